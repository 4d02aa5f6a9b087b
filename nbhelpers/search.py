"""A search runs many trials side by side: on all cores of this machine, or on a cluster.

joblib hands the trials to worker processes. On a Dask cluster instead, by one line around it:

    with joblib.parallel_config("dask"):      # after client = dask.distributed.Client(…)
        results = run_search(trial, settings, rng=rng)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tqdm import tqdm  # not tqdm.auto: that would leave a frozen bar in a stored notebook

from ._checks import Rng, check_rng, check_size, describe, refuse
from .designs import Setting, Space, random_settings, zoom
from .search_file import SearchFile
from .trials import Results, Trial, run_trial


def run_search(
    trial: Callable[..., Any], settings: Sequence[Setting], *, rng: Rng,
    file: str | os.PathLike[str] | None = None, n_jobs: int = -1, progress: bool = True,
) -> Results:  # fmt: skip
    """Try every setting; a trial that raises, or returns nan or infinity, is recorded as failed.

    Args:
        trial: `trial(**setting, rng=rng)` returns a number, called "score", or a dict of numbers.
        settings: what to try, from `grid_settings`, `random_settings`, `jittered_settings`.
        rng: each trial gets a Generator of its own, spawned from this one. So the results depend
            neither on the number of workers nor on who finishes first.
        file: a JSON file that grows by each finished trial. If it exists, its trials are not run
            again: an interrupted search goes on. It must belong to the same settings and rng; that
            the trial function was changed, it cannot know: then delete it.
        n_jobs: worker processes; -1 is one for each core, 1 runs all trials in this process.
        progress: whether to show a bar (the environment variable TQDM_DISABLE=1 hides it too).

    Raises:
        TypeError, ValueError: settings or rng are not what they should be; the file is not one of
            this search, or was cut short.

    >>> import numpy as np
    >>> def trial(lr, rng):
    ...     return {"loss": (lr - 0.3) ** 2 + rng.normal(scale=1e-3)}
    >>> settings = [{"lr": 0.1}, {"lr": 0.3}, {"lr": float("nan")}]
    >>> results = run_search(trial, settings, rng=np.random.default_rng(0), n_jobs=1)
    >>> results
    3 trials, 1 of them failed (first: trial 2, diverged: loss is nan)
    >>> results.best(lowest="loss").setting
    {'lr': 0.3}
    """
    import joblib  # only here: importing nbhelpers must stay quick

    _check(trial, settings, rng, n_jobs)
    rngs = _spawn(rng, len(settings))
    store = SearchFile(file, settings, rngs[0]) if file is not None else None
    done = store.read() if store else {}
    left = [
        joblib.delayed(run_trial)(trial, number, dict(settings[number]), rngs[number])
        for number in range(len(settings))
        if number not in done
    ]
    # Without `disable`, tqdm heeds the environment variable TQDM_DISABLE.
    hidden = {} if progress else {"disable": True}
    bar = tqdm(total=len(settings), initial=len(done), unit=" trials", leave=False, **hidden)
    workers = joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    with bar, _stopping(workers(left) if left else iter(())) as outputs:
        for finished in outputs:
            done[finished.number] = finished
            if store:
                store.write(done)
            bar.update()
            bar.set_postfix(failed=sum(bool(t.problem) for t in done.values()))
    return Results([done[number] for number in range(len(settings))])


def coarse_to_fine(
    trial: Callable[..., Any], space: Space, *, rounds: int = 3, n: int, share: float = 0.3,
    highest: str | None = None, lowest: str | None = None, rng: Rng,
    file: str | os.PathLike[str] | None = None, **options: Any,
) -> Results:  # fmt: skip
    """Rounds of n random settings, each in the part of the space around the best one so far.

    Args:
        share: how much of each axis the next round keeps; the third round has share² of it.
        highest, lowest: the name of the value that says which trial is the best.
        file: each round has one of its own, "search-1.json", "search-2.json" … for "search.json".
        trial, rng, options: as in `run_search`.

    >>> import numpy as np
    >>> from nbhelpers.spaces import Uniform
    >>> results = coarse_to_fine(lambda x, rng: x * x, {"x": Uniform(-9, 9)}, n=8, lowest="score",
    ...                          rng=np.random.default_rng(0), n_jobs=1)
    >>> len(results), bool(abs(results.best(lowest="score").setting["x"]) < 0.5)
    (24, True)
    """
    check_size(rounds, "coarse_to_fine", "rounds")
    results, part = Results([]), space
    for k in range(1, rounds + 1):
        settings = random_settings(part, n, rng=rng)
        path = Path(file).with_stem(f"{Path(file).stem}-{k}") if file is not None else None
        results += run_search(trial, settings, rng=rng, file=path, **options)
        best: Trial = results.best(highest=highest, lowest=lowest)
        part = zoom(space, best.setting, share**k)
    return results


def _check(trial: Any, settings: Any, rng: Any, n_jobs: Any) -> None:
    where = "run_search"
    if not callable(trial):
        mend = "hand over the function itself, without ( )"
        refuse(where, "trial to be a function", describe(trial), mend, TypeError)
    if not isinstance(settings, Sequence) or not settings:
        mend = "random_settings(space, 20, rng=rng)"
        refuse(where, "a list of settings", describe(settings), mend, TypeError)
    for setting in settings:
        if not isinstance(setting, dict) or setting.keys() != settings[0].keys():
            mend = "each setting names all hyperparameters, the same ones"
            refuse(where, f"settings like {settings[0]}", describe(setting), mend, TypeError)
    if taken := settings[0].keys() & {"rng", "trial", "problem"}:
        refuse(where, "other names", f"the name {sorted(taken)[0]!r}", "rename hyperparameter")
    check_rng(rng, where)
    if not isinstance(n_jobs, int) or isinstance(n_jobs, bool) or n_jobs == 0:
        mend = "-1 for all cores, 1 for this process"
        refuse(where, "n_jobs: a whole number, not 0", describe(n_jobs), mend)


@contextmanager
def _stopping(outputs: Any) -> Iterator[Any]:
    """Tell joblib of what stops us, such as the stop button: it then stops the workers."""
    try:
        yield outputs
    except BaseException as stop:
        if hasattr(outputs, "throw"):
            with suppress(BaseException):
                outputs.throw(stop)
        raise


def _spawn(rng: Rng, n: int) -> list[Rng]:
    try:
        return list(rng.spawn(n))
    except (TypeError, AttributeError):  # its bit generator was set up without a SeedSequence
        refuse("run_search", "an rng that can spawn others", describe(rng), "default_rng(seed)")
