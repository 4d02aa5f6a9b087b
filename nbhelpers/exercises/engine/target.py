"""A target to beat: what the reader hands over is measured on data that the notebook does not hold.

The held-out data are made or loaded by the exercise, and the same answer is measured the same way
each time. It says where the answer stands: beside a baseline, the target, and the best known.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .exercise import BLANK
from .hints import describe
from .outcomes import Answer, is_blank
from .task import Task, is_dots


class Target(Task):
    """A number to reach: accuracy, loss, steps, whatever `measure` returns.

    Args:
        name: the name that the notebook calls it by.
        measure: `measure(answer, *data)` returns one number; a `ValueError` that it raises is told
            to the reader, such as "the predictions have the wrong shape".
        data: makes the held-out data, the same at each call; called at the first check.
        baseline: what is reached without an idea.
        target: what the answer must reach.
        best: the best known, by the author's own attempts.
        unit: what the number is, such as "accuracy".
        higher: whether more is better.
        digits: decimals shown.
        stars, lesson: see `Task`.

    Raises:
        ValueError: baseline, target and best are not in order.

    >>> def draw():
    ...     x = np.random.default_rng(7).normal(size=(100, 2))
    ...     return x, x[:, 0] + x[:, 1] > 0
    >>> halves = Target("halves", lambda answer, x, y: np.mean(answer(x) == y), draw,
    ...                 baseline=0.5, target=0.9, best=1.0, unit="accuracy", stars=3)
    >>> halves.check(lambda x: x[:, 0] > 0)
    ✗ halves: not yet. On held-out data its accuracy is 0.7500: better than the baseline (0.5000), short of the target (0.9000). The best known is 1.0000.
    >>> halves.check(lambda x: x.sum(axis=1) > 0)
    ✓ halves: right, on held-out data its accuracy is 1.0000; the target was 0.9000. That is as good as the best known (1.0000).
    """  # noqa: E501

    def __init__(
        self,
        name: str,
        measure: Callable[..., Any],
        data: Callable[[], tuple[Any, ...]] = lambda: (),
        *,
        baseline: float,
        target: float,
        best: float,
        unit: str = "accuracy",
        higher: bool = True,
        digits: int = 4,
        stars: int = 2,
        lesson: str | None = None,
    ) -> None:
        super().__init__(name, kind="beat", stars=stars, lesson=lesson)
        sign = 1 if higher else -1
        if not sign * baseline < sign * target <= sign * best:
            raise ValueError(
                f"{name}: expected a target between baseline and best, got "
                f"{baseline}, {target}, {best}"
            )
        self.measure, self.data, self.unit, self.digits = measure, data, unit, digits
        self.baseline, self.target, self.best, self.higher = baseline, target, best, higher
        self._held_out: tuple[Any, ...] | None = None

    def check(self, answer: Answer) -> None:
        """Measure the answer and print where it stands."""
        if is_dots(answer) or (callable(answer) and is_blank(answer)):
            self._open(BLANK)
            return
        value, problem = self.value(answer)
        if problem:
            self._wrong(problem)
            return
        shown, target, best, baseline = (
            f"{number:.{self.digits}f}" for number in (value, self.target, self.best, self.baseline)
        )
        said = f"on held-out data its {self.unit} is {shown}"
        if self._better(self.target, value):
            than = "better" if self._better(value, self.baseline) else "no better"
            self._wrong(f"{said[0].upper()}{said[1:]}: {than} than the baseline ({baseline}), "
                        f"short of the target ({target}). The best known is {best}.")  # fmt: skip
        else:
            known = f"The best known is {best}." if self._better(self.best, value) else (
                f"That is as good as the best known ({best}).")  # fmt: skip
            self._right(f"right, {said}; the target was {target}. {known}")

    def value(self, answer: Answer) -> tuple[float, str]:
        """What is measured, and what is wrong with the answer in words, or ""."""
        if not callable(answer):
            return (
                math.nan,
                f"This is {describe(answer)}; hand over the function or network itself.",
            )
        if self._held_out is None:
            self._held_out = self.data()
        state = np.random.get_state()  # noqa: NPY002
        # Who draws from NumPy's own generator gets the same numbers each time.
        np.random.seed(1)  # noqa: NPY002
        try:
            value = float(self.measure(answer, *copy.deepcopy(self._held_out)))
        except ValueError as error:
            return math.nan, f"It cannot be measured: {str(error).rstrip('.')}."
        except Exception as error:
            text = f": {error}" if str(error) else ""
            return math.nan, f"It stops with {type(error).__name__}{text[:200]}."
        finally:
            np.random.set_state(state)  # noqa: NPY002
        return value, "" if math.isfinite(value) else f"Its {self.unit} is {value}."

    def _better(self, a: float, b: float) -> bool:
        return a > b if self.higher else a < b
