"""A trial is one setting tried out: its numbers, or the reason why there are none."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import Rng, describe, fail

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Trial:
    """One row of a search.

    Attributes:
        number: its place in the list of settings, from 0.
        setting: the hyperparameters.
        values: what the trial function returned, as a dict; empty where it failed.
        problem: why it failed; empty where it did not.
    """

    number: int
    setting: dict[str, Any]
    values: dict[str, float] = field(default_factory=dict)
    problem: str = ""


@dataclass
class Results:
    """The trials of a search, in the order of the settings, whoever finished first.

    >>> results = Results([Trial(0, {"lr": 0.1}, {"accuracy": 0.9}),
    ...                    Trial(1, {"lr": 9.0}, problem="FloatingPointError: loss is nan")])
    >>> results
    2 trials, 1 of them failed (first: trial 1, FloatingPointError: loss is nan)
    >>> results.best(highest="accuracy").setting
    {'lr': 0.1}
    """

    trials: list[Trial]

    @property
    def failed(self) -> list[Trial]:
        """The trials that raised or whose numbers were not finite."""
        return [trial for trial in self.trials if trial.problem]

    def best(self, *, highest: str | None = None, lowest: str | None = None) -> Trial:
        """The trial with the highest, or the lowest, value of this name; of equal ones the first.

        Raises:
            ValueError: both or neither are given, or no trial has succeeded.
            KeyError: the trials returned no value of this name.
        """
        if (highest is None) == (lowest is None):
            got = "neither" if highest is None else "both"
            fail("best", "highest=… or lowest=…", got, 'best(highest="val_accuracy")')
        name, sign = (highest, 1) if highest is not None else (lowest, -1)
        assert name is not None
        good = [trial for trial in self.trials if not trial.problem]
        if not good:
            got = f"{len(self.trials)} failed; the first: {self.trials[0].problem}"
            fail("best", "a trial that succeeded", got, "call the trial function by hand once")
        if name not in good[0].values:
            hint = "take the name that the trial function returned"
            fail("best", f"one of {list(good[0].values)}", repr(name), hint, KeyError)
        return max(good, key=lambda trial: sign * trial.values[name])

    def to_frame(self) -> pd.DataFrame:
        """A pandas DataFrame: a row for each trial, its setting, its values (NaN), its problem."""
        import pandas as pd  # only here: importing nbhelpers must stay quick

        names = next((list(trial.values) for trial in self.trials if not trial.problem), [])
        missing = dict.fromkeys(names, math.nan)
        rows = [
            {"trial": t.number, **t.setting, **missing, **t.values, "problem": t.problem}
            for t in self.trials
        ]
        return pd.DataFrame(rows).set_index("trial")

    def __iter__(self) -> Iterator[Trial]:
        return iter(self.trials)

    def __len__(self) -> int:
        return len(self.trials)

    def __add__(self, other: Results) -> Results:
        """Both searches as one, numbered on: such as the rounds of coarse to fine."""
        start = len(self)
        moved = [Trial(start + t.number, t.setting, t.values, t.problem) for t in other]
        return Results(self.trials + moved)

    def __repr__(self) -> str:
        if not self.failed:
            return f"{len(self)} trials, none failed"
        first = self.failed[0]
        reason = f"first: trial {first.number}, {first.problem}"
        return f"{len(self)} trials, {len(self.failed)} of them failed ({reason})"


def run_trial(
    function: Callable[..., Any], number: int, setting: dict[str, Any], rng: Rng
) -> Trial:
    """Call `function(**setting, rng=rng)` and record what comes of it: this runs in the workers.

    >>> run_trial(lambda lr, rng: 1 / lr, 0, {"lr": 0}, np.random.default_rng(0)).problem
    'ZeroDivisionError: division by zero'
    """
    # A number that is not finite is recorded below and needs no warning as well.
    quiet = np.errstate(over="ignore", invalid="ignore", divide="ignore")
    try:
        with _one_thread(), quiet:
            values = _numbers(function(**setting, rng=rng))
        problem = _problem(values, setting)
    except Exception as error:  # whatever it is, the other trials go on
        return Trial(number, setting, problem=f"{type(error).__name__}: {error}")
    return Trial(number, setting, {} if problem else values, problem)


def _problem(values: dict[str, float], setting: dict[str, Any]) -> str:
    """Why these values cannot be used; empty if they can."""
    if taken := (values.keys() & {*setting, "trial", "problem"}):
        return f"the value {sorted(taken)[0]!r} has the name of another column: rename it"
    bad = next((name for name, value in values.items() if not math.isfinite(value)), None)
    return "" if bad is None else f"diverged: {bad} is {values[bad]}"


def _numbers(result: Any) -> dict[str, float]:
    """What a trial returned, as plain numbers by name."""
    values = result if isinstance(result, Mapping) else {"score": result}
    for name, value in values.items():
        if not isinstance(name, str) or not isinstance(value, (int, float, np.number)):
            hint = "return a number, or a dict of numbers by name"
            fail("trial", "a number or a dict of numbers", describe(value), hint, TypeError)
    return {
        name: value.item() if hasattr(value, "item") else value for name, value in values.items()
    }


def _one_thread() -> Any:
    """One thread of BLAS a worker: more would fight for the cores, and round in another order."""
    from threadpoolctl import threadpool_limits  # late: it looks through all loaded libraries

    return threadpool_limits(1)
