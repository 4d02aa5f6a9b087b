"""An exponentially weighted average remembers about the last 1 / (1 - β) values, in one number."""

from __future__ import annotations

from typing import Any

from .validation import check_number


class ExponentialAverage:
    """v ← β v + (1 - β) x, from v = 0; the average is v / (1 - β^t) after t values.

    v starts at 0, and so comes out too small at first: after t values the weights of all values
    seen sum to 1 - β^t, and dividing by that corrects it (Kingma & Ba, 2015, section 3).

    Args:
        beta: what is kept at each value, 0 <= beta < 1.
        correct: whether to divide; without, the first averages lean to 0.

    >>> average = ExponentialAverage(0.9)
    >>> [round(average.update(x), 4) for x in (10.0, 20.0)]
    [10.0, 15.2632]
    >>> plain = ExponentialAverage(0.9, correct=False)
    >>> [round(plain.update(x), 4) for x in (10.0, 20.0)]
    [1.0, 2.9]
    """

    def __init__(self, beta: float = 0.9, *, correct: bool = True) -> None:
        self.beta = check_number(beta, "ExponentialAverage", "beta", 0, 1)
        self.correct = correct
        self.v: Any = 0.0
        self.t = 0

    def update(self, x: Any) -> Any:
        """Take in one value, a number or an array, and return the average so far."""
        self.t += 1
        self.v = self.beta * self.v + (1 - self.beta) * x
        return self.v / (1 - self.beta**self.t) if self.correct else self.v
