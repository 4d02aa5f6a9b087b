"""Hyperparameters that come in separate values: whole numbers, and choices without an order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ._checks import check_size, refuse
from .spaces import LogUniform, Uniform


@dataclass(frozen=True)
class Integers:
    """Whole numbers from low to high, both included; with `log`, by their order of magnitude.

    >>> Integers(1, 4).at(0.0), Integers(1, 4).at(0.3), Integers(1, 4).at(1.0)
    (1, 2, 4)
    >>> Integers(10, 1000, log=True).at(0.5)  # ten times 10, a tenth of 1000, nearly
    97
    """

    low: int
    high: int
    log: bool = False

    def __post_init__(self) -> None:
        check_size(self.high, "Integers", "high")
        if self.log:
            check_size(self.low, "Integers, log=True", "low")
        if not isinstance(self.low, int) or self.low >= self.high:
            refuse("Integers", "whole numbers low < high", f"{self.low}, {self.high}", "swap them")

    def at(self, u: float) -> int:
        return min(max(round(self._between().at(u)), self.low), self.high)

    def place(self, value: int) -> float:
        return self._between().place(value)

    def cells(self, n: int) -> int:
        return min(n, self.high - self.low + 1)

    def zoom(self, value: int, share: float) -> Integers:
        part = self._between().zoom(value, share)
        low, high = max(math.ceil(part.low), self.low), min(math.floor(part.high), self.high)
        return self if high <= low else Integers(low, high, self.log)

    def _between(self) -> Uniform:
        """Each whole number stands for the half on either side of it."""
        return (LogUniform if self.log else Uniform)(self.low - 0.5, self.high + 0.5)


class Choices:
    """A few values without an order, such as names of activations.

    >>> Choices("relu", "tanh").at(0.6)
    'tanh'
    """

    def __init__(self, *values: Any) -> None:
        if not values:
            refuse("Choices", "at least one value", "none", 'Choices("relu", "tanh")')
        self.values = values

    def __repr__(self) -> str:
        return f"Choices({', '.join(map(repr, self.values))})"

    def at(self, u: float) -> Any:
        return self.values[min(int(u * len(self.values)), len(self.values) - 1)]

    def place(self, value: Any) -> float:
        return (self.values.index(value) + 0.5) / len(self.values)

    def cells(self, n: int) -> int:
        return len(self.values)

    def zoom(self, value: Any, share: float) -> Choices:
        return self  # there is no neighborhood
