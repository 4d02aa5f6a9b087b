"""Run every arm over the same seeds; tune what has to be tuned for each arm first."""

from __future__ import annotations

import inspect
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from tqdm import tqdm  # not tqdm.auto: that would leave a frozen bar in a stored notebook

from .._checks import check_size, describe, fail
from .cache import RunCache, fingerprint, run_key

if TYPE_CHECKING:
    import pandas as pd

Arm = Callable[..., Any]
Setting = dict[str, Any]
Cache = str | os.PathLike[str] | None


class Run(NamedTuple):
    """What one arm is to do at one seed."""

    arm: str
    seed: int
    setting: Setting


@dataclass
class Outcome:
    """What came of a run: its values, and why they cannot be used ("" if they can)."""

    values: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


def run_arms(
    arms: Mapping[str, Arm], seeds: Sequence[int], *,
    settings: Mapping[str, Mapping[str, Any]] | None = None, cache: Cache = None,
    n_jobs: int = -1, progress: bool = True,
) -> pd.DataFrame:  # fmt: skip
    """Run every arm over the same seeds.

    Args:
        arms: by name, functions of `seed` (an int) or of `rng` (`np.random.default_rng(seed)`),
            whichever the parameter is called. At one seed, all arms thus see the same randomness:
            use it for the data draw, the initial weights and the order of the examples. They
            return a number, called "score", or a dict of numbers, or of arrays (examples,).
        seeds: distinct whole numbers, such as range(10).
        settings: further arguments for each arm: {"relu": {"lr": 0.1}, ...}, as `tune` finds them.
        cache: a folder. Each finished run is kept there; the same call again, also after an
            interrupt, runs only what is missing. A run is found again if arm, seed, setting and
            function are the same; `cache.py` says what counts as the function. Runs that raised are
            not kept.
        n_jobs: worker processes; -1 is one for each core, 1 runs all in this process. The results
            are the same.
        progress: whether to show a bar (the environment variable TQDM_DISABLE=1 hides it too).

    Returns:
        A row for each arm and seed, in this order: columns arm, seed, one for each argument, one
        for each value, and problem. A run that raised, or gave NaN or infinity, has the reason in
        problem and stays in the table, NaN standing for what is missing.

    Raises:
        TypeError, ValueError: arms, seeds or settings are not what they should be.
        RuntimeError: every single run raised an exception.

    >>> arms = {"a": lambda rng: rng.normal(), "b": lambda rng: 1 + rng.normal()}
    >>> run_arms(arms, range(2), n_jobs=1).round(3)
      arm  seed  score problem
    0   a     0  0.126
    1   a     1  0.346
    2   b     0  1.126
    3   b     1  1.346
    """
    where = "run_arms"
    given = _checked_settings(arms, settings, where)
    seeds = _checked_seeds(seeds, where)
    runs = [Run(arm, seed, given[arm]) for arm in arms for seed in seeds]
    outcomes = _execute(arms, runs, cache, n_jobs, progress, where)
    if not any(outcome.values for outcome in outcomes):
        hint = "call one arm by hand"
        got = f"{len(runs)} that raised; the first: {outcomes[0].problem}"
        fail(where, "a run that ends without an exception", got, hint, RuntimeError)
    return _frame(runs, outcomes)


@dataclass(repr=False)
class Tuning:
    """The best value of one hyperparameter for each arm.

    Attributes:
        settings: {"relu": {"lr": 0.1}, ...}, to hand on to `run_arms`.
        table: a row for each arm and value: mean and sd over the n runs that succeeded, failed (the
            number that raised or diverged), and whether this value is the best.
        runs: every single run, as `run_arms` returns it.
    """

    settings: dict[str, Setting]
    table: pd.DataFrame
    runs: pd.DataFrame
    name: str
    column: str

    def __repr__(self) -> str:
        lines = []
        for row in self.table[self.table["best"]].to_dict("records"):
            values = int((self.table["arm"] == row["arm"]).sum())
            failed = int(self.table.loc[self.table["arm"] == row["arm"], "failed"].sum())
            lines.append(
                f"{row['arm']}: {self.name} = {row[self.name]:g} ({self.column} {row['mean']:.4g}, "
                f"{row['n'] + row['failed']} seeds, {values} values"
                + (f"; {failed} runs failed)" if failed else ")")
            )
        return "\n".join(lines)


def tune(
    arms: Mapping[str, Arm], grid: Mapping[str, Sequence[float]], seeds: Sequence[int], *,
    highest: str | None = None, lowest: str | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None, widenings: int = 4,
    cache: Cache = None, n_jobs: int = -1, progress: bool = True,
) -> Tuning:  # fmt: skip
    """Find the best value of one nuisance hyperparameter for each arm, at equal budget.

    Every arm runs with every value at every seed. The border rule: while the best value of any arm
    is the smallest or the largest of the grid, a value is added at this end, at the ratio of the
    two there, and *all* arms run with it, so that all have had the same number of attempts.

    The best value has the best mean over the seeds. One with which some run raised, or gave NaN or
    infinity, loses to each value with fewer such runs, whatever its mean over the rest. Of equal
    means, the one nearest to the middle of the grid is taken.

    The winning mean is a little too good: of several noisy ones, the best was chosen. Report a run
    over fresh seeds, with `run_arms`.

    Args:
        arms: as in `run_arms`; they must return what is to be `highest` or `lowest`.
        grid: one name with at least three positive values, such as {"lr": [0.01, 0.1, 1.0]}.
        seeds: a few, such as range(3); others than those of the comparison.
        highest, lowest: the column to choose by ("score" if an arm returns a number). It must be
            measured on validation data: a name that contains "test" is rejected.
        settings: further, fixed arguments for each arm.
        widenings: how often the grid may be widened.
        cache, n_jobs, progress: as in `run_arms`.

    Raises:
        TypeError, ValueError: the arguments are not what they should be.
        KeyError: the arms return no such column.
        RuntimeError: a best value is still at the border after the last widening; or an arm has
            failed with every value.

    >>> def arm(lr, rng):
    ...     return (np.log10(lr) - 1.1) ** 2 + 0.01 * rng.normal()
    >>> tuning = tune({"a": arm}, {"lr": [0.01, 0.1, 1.0]}, range(3), lowest="score", n_jobs=1)
    >>> tuning.settings
    {'a': {'lr': 10.0}}
    >>> tuning.table[["lr", "n", "best"]].values.tolist()
    [[0.01, 3, False], [0.1, 3, False], [1.0, 3, False], [10.0, 3, True], [100.0, 3, False]]
    """
    where = "tune"
    name, values = _checked_grid(grid)
    column, sign = _checked_column(highest, lowest)
    seeds = _checked_seeds(seeds, where)
    check_size(widenings + 1, where, "widenings + 1")
    given = _checked_settings(arms, settings, where, {name: values[0]})
    done: dict[tuple[str, float, int], Outcome] = {}
    for widened in range(widenings + 1):
        runs = [
            Run(arm, seed, {**given[arm], name: value})
            for value in values for arm in arms for seed in seeds
            if (arm, value, seed) not in done
        ]  # fmt: skip
        for run, outcome in zip(
            runs, _execute(arms, runs, cache, n_jobs, progress, where), strict=True
        ):
            done[run.arm, run.setting[name], run.seed] = outcome
        scores = {
            (arm, value): [_score(done[arm, value, seed], column) for seed in seeds]
            for arm in arms for value in values
        }  # fmt: skip
        best = {arm: _best(arm, values, scores, sign, done, seeds) for arm in arms}
        at_low = [arm for arm in arms if best[arm] == values[0]]
        at_high = [arm for arm in arms if best[arm] == values[-1]]
        if not at_low and not at_high:
            break
        if widened == widenings:
            arm = (at_low + at_high)[0]
            expected = f"the best {name} of every arm inside of the grid"
            got = f"{name} = {best[arm]:g} for {arm!r}, at the border after {widenings} widenings"
            hint = f"start with a wider grid than {grid[name]}, or look at whether {name} matters"
            fail(where, expected, got, hint, RuntimeError)
        low, high = values[0] * values[0] / values[1], values[-1] * values[-1] / values[-2]
        values = [_rounded(low)] * bool(at_low) + values + [_rounded(high)] * bool(at_high)
    runs = [Run(a, s, {**given[a], name: v}) for a in arms for v in values for s in seeds]
    return Tuning(
        {arm: {**given[arm], name: best[arm]} for arm in arms},
        _tuning_table(name, scores, best),
        _frame(runs, [done[run.arm, run.setting[name], run.seed] for run in runs]),
        name,
        column,
    )


def _score(outcome: Outcome, column: str) -> float:
    """The value to choose by; NaN for a run that failed."""
    if not outcome.values:
        return math.nan
    if column not in outcome.values:
        names = list(outcome.values)
        fail("tune", f"one of {names}", repr(column), f"return {{{column!r}: ...}}", KeyError)
    value = outcome.values[column]
    if np.ndim(value):
        fail("tune", f"a number as {column!r}", describe(value), "return its mean as well")
    return float(value) if not outcome.problem else math.nan


def _best(
    arm: str, values: list[float], scores: Mapping[tuple[str, float], list[float]], sign: int,
    done: Mapping[tuple[str, float, int], Outcome], seeds: Sequence[int],
) -> float:  # fmt: skip
    def loses_by(i: int) -> tuple[int, float, float]:
        found = np.array(scores[arm, values[i]])
        failed = int(np.isnan(found).sum())
        mean = float(np.nanmean(found)) if failed < len(found) else -sign * math.inf
        return failed, -sign * mean, abs(i - (len(values) - 1) / 2)

    best = min(range(len(values)), key=loses_by)
    if loses_by(best)[0] == len(seeds):
        got = f"{len(values) * len(seeds)} that failed; the first: "
        got += done[arm, values[0], seeds[0]].problem
        fail("tune", f"a run of arm {arm!r} that succeeds", got, "", RuntimeError)
    return values[best]


def _tuning_table(
    name: str, scores: Mapping[tuple[str, float], list[float]], best: Mapping[str, float]
) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for (arm, value), all_found in scores.items():
        found = np.array(all_found)[~np.isnan(all_found)]
        rows.append({
            "arm": arm, name: value,
            "mean": found.mean() if len(found) else math.nan,
            "sd": found.std(ddof=1) if len(found) > 1 else math.nan,
            "n": len(found), "failed": len(all_found) - len(found), "best": value == best[arm],
        })  # fmt: skip
    return pd.DataFrame(rows)


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")  # 0.3, not 0.30000000000000004


def _execute(
    arms: Mapping[str, Arm], runs: Sequence[Run], cache: Cache, n_jobs: int, progress: bool,
    where: str,
) -> list[Outcome]:  # fmt: skip
    """All runs, from the cache or on joblib's workers; in the order of `runs`."""
    import joblib  # only here: importing nbhelpers must stay quick

    if not isinstance(n_jobs, int) or isinstance(n_jobs, bool) or n_jobs == 0:
        hint = "-1 for all cores, 1 for this process"
        fail(where, "n_jobs: a whole number, not 0", describe(n_jobs), hint)
    done: dict[int, Outcome] = {}
    store, keys = None, [""] * len(runs)
    if cache is not None:
        store = RunCache(cache)
        code = {arm: fingerprint(arms[arm]) for arm in arms}
        keys = [run_key(run.arm, code[run.arm], run.seed, run.setting) for run in runs]
        for i, run in enumerate(runs):
            values = store.read(run.arm, run.seed, keys[i])
            if values is not None:
                done[i] = Outcome(values, _problem(values))
    # Seed by seed: if we are interrupted, most of what is there can be paired.
    left = sorted((i for i in range(len(runs)) if i not in done), key=lambda i: runs[i].seed)
    jobs = [joblib.delayed(_run)(i, arms[runs[i].arm], runs[i]) for i in left]
    hidden = {} if progress else {"disable": True}  # without it, tqdm heeds TQDM_DISABLE
    bar = tqdm(total=len(runs), initial=len(done), unit=" runs", leave=False, **hidden)
    workers = joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    with bar, _stopping(workers(jobs) if jobs else iter(())) as finished:
        for i, outcome in finished:
            done[i] = outcome
            if store and outcome.values:
                store.write(runs[i].arm, runs[i].seed, runs[i].setting, keys[i], outcome.values)
            bar.update()
            bar.set_postfix(failed=sum(bool(o.problem) for o in done.values()))
    return [done[i] for i in range(len(runs))]


def _run(i: int, arm: Arm, run: Run) -> tuple[int, Outcome]:
    """This happens in the workers. One thread each: more would round in another order."""
    from threadpoolctl import threadpool_limits

    source: dict[str, Any] = {"seed": run.seed}
    if "rng" in inspect.signature(arm).parameters:
        source = {"rng": np.random.default_rng(run.seed)}
    try:
        # What is not finite is recorded, and needs no warning as well.
        with threadpool_limits(1), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            values = _values(arm(**source, **run.setting), run.setting)
    except Exception as error:  # whatever it is, the other runs go on
        return i, Outcome(problem=f"{type(error).__name__}: {error}")
    return i, Outcome(values, _problem(values))


def _problem(values: Mapping[str, Any]) -> str:
    for name, value in values.items():
        if not np.isfinite(value).all():
            return f"diverged: {name} is {value}" if np.ndim(value) == 0 else f"diverged: {name}"
    return ""


def _values(result: Any, setting: Setting) -> dict[str, Any]:
    """What an arm returned, by name: Python's numbers, and NumPy's arrays (examples,)."""
    found = dict(result) if isinstance(result, Mapping) else {"score": result}
    values: dict[str, Any] = {}
    for name, value in found.items():
        x = np.asarray(value)
        if not isinstance(name, str) or x.dtype.kind not in "biuf" or x.ndim > 1:
            hint = "return a number, or a dict of numbers by name"
            fail("arm", "numbers, or arrays (examples,)", describe(value), hint, TypeError)
        if name in {*setting, "arm", "seed", "problem"}:
            fail("arm", "other names for values", f"{name!r}, a column of the table", "rename it")
        values[name] = x if x.ndim else x.item()
    if not values:
        fail("arm", "a number or a dict of numbers", describe(result), "return what was measured")
    return values


def _frame(runs: Sequence[Run], outcomes: Sequence[Outcome]) -> pd.DataFrame:
    import pandas as pd

    names = list(dict.fromkeys(name for outcome in outcomes for name in outcome.values))
    arguments = list(dict.fromkeys(name for run in runs for name in run.setting))
    rows = []
    for run, outcome in zip(runs, outcomes, strict=True):
        row: dict[str, Any] = {"arm": run.arm, "seed": run.seed}
        # Functions and classes by their name.
        row |= {k: getattr(v, "__name__", v) for k, v in run.setting.items()}
        row |= {name: outcome.values.get(name, math.nan) for name in names}
        rows.append({**row, "problem": outcome.problem})
    return pd.DataFrame(rows, columns=["arm", "seed", *arguments, *names, "problem"])


def _checked_settings(
    arms: Any, settings: Any, where: str, tuned: Mapping[str, Any] | None = None
) -> dict[str, Setting]:
    """The arguments of each arm, once it is known that it can be called with them."""
    if not isinstance(arms, Mapping) or not arms:
        hint = 'arms = {"relu": train_relu, "tanh": train_tanh}'
        fail(where, "a dict of functions by name", describe(arms), hint, TypeError)
    given = dict(settings) if isinstance(settings, Mapping) else settings
    if given is None:
        given = {}
    if not isinstance(given, dict) or not all(isinstance(s, Mapping) for s in given.values()):
        hint = f"settings={{{next(iter(arms))!r}: {{...}}, ...}}"
        fail(where, "settings for each arm by its name", describe(settings), hint, TypeError)
    if unknown := [arm for arm in given if arm not in arms]:
        fail(where, f"settings for arms of {list(arms)}", f"settings for {unknown[0]!r}")
    complete = {arm: dict(given.get(arm, {})) for arm in arms}
    for name, arm in arms.items():
        if not isinstance(name, str) or not callable(arm):
            hint = "hand over the function itself, without ( )"
            fail(where, "functions by name", f"{name!r}: {describe(arm)}", hint, TypeError)
        if taken := complete[name].keys() & {"seed", "rng", "arm", "problem", *(tuned or {})}:
            fail(where, f"settings of {name!r} without {min(taken)!r}", f"{complete[name]}")
        try:
            signature = inspect.signature(arm)
            source = next(s for s in ("rng", "seed") if s in signature.parameters)
        except (ValueError, StopIteration):
            hint = "def arm(seed): ..."
            fail(where, f"{name!r} to be a function of seed or rng", describe(arm), hint, TypeError)
        try:
            signature.bind(**{source: 0}, **complete[name], **(tuned or {}))
        except TypeError as problem:
            got = f"{name}{signature}: {problem}"
            names = [source, *complete[name], *(tuned or {})]
            fail(where, f"{name!r} to take the arguments {names}", got, error=TypeError)
    return complete


def _checked_seeds(seeds: Any, where: str) -> list[int]:
    if isinstance(seeds, (int, np.integer)) and not isinstance(seeds, bool):
        fail(where, "a sequence of seeds", describe(seeds), f"range({seeds})", TypeError)
    try:
        found = list(seeds)
    except TypeError:
        fail(where, "a sequence of seeds", describe(seeds), "range(10)", TypeError)
    for seed in found:
        if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool) or seed < 0:
            fail(where, "seeds: whole numbers >= 0", describe(seed), "range(10)", TypeError)
    if not found or len(set(found)) < len(found):
        got = f"{len(found)} seeds, {len(set(found))} distinct ones"
        fail(where, "distinct seeds, at least one", got, "range(10)")
    return [int(seed) for seed in found]


def _checked_grid(grid: Any) -> tuple[str, list[float]]:
    example = '{"lr": [0.01, 0.1, 1.0]}'
    if not isinstance(grid, Mapping) or len(grid) != 1:
        fail("tune", "a dict with one hyperparameter", describe(grid), example, TypeError)
    name, given = next(iter(grid.items()))
    try:
        values = sorted(float(value) for value in given)
    except (TypeError, ValueError):
        fail("tune", f"numbers as {name}", describe(given), example, TypeError)
    if len(set(values)) < 3 or len(set(values)) < len(values):
        fail("tune", f"at least three distinct values of {name}", str(list(given)), example)
    if not 0 < values[0] <= values[-1] < math.inf:  # the grid is continued by its ratio
        fail("tune", f"positive, finite values of {name}", str(list(given)), example)
    return str(name), values


def _checked_column(highest: str | None, lowest: str | None) -> tuple[str, int]:
    if (highest is None) == (lowest is None):
        got = "neither" if highest is None else "both"
        fail("tune", "highest=... or lowest=...", got, 'highest="val_accuracy"')
    column = str(highest if highest is not None else lowest)
    if "test" in column.lower().split("_"):
        hint = "measure it on validation data, " + repr(column.lower().replace("test", "val"))
        fail("tune", "a column measured on validation data", repr(column), hint)
    return column, 1 if highest is not None else -1


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
