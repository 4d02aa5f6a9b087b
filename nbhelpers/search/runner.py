"""A search runs many trials side by side: on all cores of this machine, or on a cluster.

joblib hands the trials to worker processes. On a Dask cluster instead, by one line around it:

    with joblib.parallel_config("dask"):      # after client = dask.distributed.Client(…)
        results = run_search(trial, settings, rng=rng)

The finished trials are kept in a file, so that an interrupted search can go on.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from tqdm import tqdm  # not tqdm.auto: that would leave a frozen bar in a stored notebook

from .._checks import Rng, check_rng, check_size, describe, fail
from .._files import atomic_write
from .sampling import Setting, Space, random_settings, zoom
from .trials import Results, Trial, run_trial

FORMAT = "nbhelpers search 1"


class SearchFile:
    """Reads and writes the finished trials of one search, and rejects those of another.

    Args:
        path: a JSON file, or where one is to be.
        settings: those of the search.
        first: the Generator of its first trial; it tells searches with other seeds apart.
    """

    def __init__(
        self, path: str | os.PathLike[str], settings: Sequence[Mapping[str, Any]], first: Rng
    ) -> None:
        seed: Any = first.bit_generator.seed_seq
        self.path = Path(path)
        self.settings = [{name: plain(v) for name, v in s.items()} for s in settings]
        self.rng = [str(seed.entropy), *map(int, seed.spawn_key)]
        self._originals = settings

    def write(self, done: Mapping[int, Trial]) -> None:
        """Replace the file in one piece: whenever it is read, it is whole."""
        trials = [
            {"number": n, "values": done[n].values, "problem": done[n].problem}
            for n in sorted(done)
        ]
        content = {
            "format": FORMAT, "rng": self.rng, "settings": self.settings, "trials": trials
        }  # fmt: skip
        with atomic_write(self.path) as file:
            file.write(json.dumps(content, indent=1, allow_nan=False).encode())

    def read(self) -> dict[int, Trial]:
        """The trials that are done, by number; none if there is no file yet."""
        if not self.path.exists():
            self.write({})  # a folder that is not there is better known before hours of work
            return {}
        try:
            content = json.loads(self.path.read_bytes())
        except (OSError, ValueError) as problem:
            self._reject("a file that holds a search", f"one that cannot be read ({problem})")
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            self._reject("a file written by run_search", "something else")
        if content.get("settings") != self.settings:
            self._reject("these settings", "a search over others")
        if content.get("rng") != self.rng:
            seed = "rng = np.random.default_rng(seed), made anew just before the search"
            self._reject("the same rng", "a search with another seed", f"{seed}; or ")
        try:
            trials = [
                Trial(int(row["number"]), dict(self._originals[row["number"]]),
                      dict(row["values"]), str(row["problem"]))
                for row in content["trials"]
            ]  # fmt: skip
        except (KeyError, TypeError, ValueError, IndexError) as problem:
            self._reject("trials with number, values and problem", f"others ({problem!r})")
        return {trial.number: trial for trial in trials}

    def _reject(self, expected: str, got: str, hint: str = "") -> NoReturn:
        hint += "delete the file to start anew, or give another name"
        fail(f"search file {self.path.name!r}", expected, got, hint)


def plain(value: Any) -> Any:
    """A value of a setting as JSON has it; functions and classes by their name, NaN as a text.

    >>> plain(0.5), plain("he"), plain((64, 32)), plain(len), plain(float("nan"))
    (0.5, 'he', [64, 32], 'builtins.len', 'nan')
    """
    if hasattr(value, "item") and not getattr(value, "shape", ()):
        value = value.item()  # a number of NumPy's
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        return [plain(part) for part in value]
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    hint = "name it: Choices('a', 'b'), and look the object up in the trial"
    return fail("search file", "numbers, texts or functions in a setting", repr(value), hint)


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
    >>> from nbhelpers.search.spaces import Uniform
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
        hint = "hand over the function itself, without ( )"
        fail(where, "trial to be a function", describe(trial), hint, TypeError)
    if not isinstance(settings, Sequence) or not settings:
        hint = "random_settings(space, 20, rng=rng)"
        fail(where, "a list of settings", describe(settings), hint, TypeError)
    for setting in settings:
        if not isinstance(setting, dict) or setting.keys() != settings[0].keys():
            hint = "each setting names all hyperparameters, the same ones"
            fail(where, f"settings like {settings[0]}", describe(setting), hint, TypeError)
    if taken := settings[0].keys() & {"rng", "trial", "problem"}:
        fail(where, "other names", f"the name {sorted(taken)[0]!r}", "rename hyperparameter")
    check_rng(rng, where)
    if not isinstance(n_jobs, int) or isinstance(n_jobs, bool) or n_jobs == 0:
        hint = "-1 for all cores, 1 for this process"
        fail(where, "n_jobs: a whole number, not 0", describe(n_jobs), hint)


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
        fail("run_search", "an rng that can spawn others", describe(rng), "default_rng(seed)")
