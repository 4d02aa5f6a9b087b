"""A search space says for each hyperparameter where to look, and on which scale.

Each axis maps u in [0, 1] to its values, so that equal lengths of u deserve equal attention. How to
draw u is a second question: see `sampling.py`. Hyperparameters that come in separate values are
`Integers` and `Choices`.

>>> space = {"lr": LogUniform(1e-4, 1), "momentum": NearOne(0.9, 0.999), "rate": Uniform(0, 0.8)}
>>> {name: axis.at(0.5) for name, axis in space.items()}
{'lr': 0.01, 'momentum': 0.99, 'rate': 0.4}
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

from .._checks import check_number, check_size, describe, fail


class Axis(Protocol):
    """One hyperparameter of a space."""

    def at(self, u: float) -> Any:
        """The value at the place u, from 0 (the low end) to 1 (the high end)."""

    def place(self, value: Any) -> float:
        """The place u of a value: the way back."""

    def cells(self, n: int) -> int:
        """How many cells a grid with n of them to an axis makes of this one."""

    def zoom(self, value: Any, share: float) -> Axis:
        """The part around a value that has this share of the length; it stays within the range."""


@dataclass(frozen=True)
class Uniform(Axis):
    """Equal chances for equal lengths: for what matters by its difference, such as a dropout rate.

    >>> Uniform(0, 0.8).at(0.25)
    0.2
    >>> Uniform(0, 0.8).zoom(0.7, share=0.5)  # around 0.7, and not beyond 0.8
    Uniform(low=0.4, high=0.8)
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        check_number(self.low, type(self).__name__, "low", -math.inf)
        check_number(self.high, type(self).__name__, "high", -math.inf)
        if not self.low < self.high:
            fail(repr(self), "low < high", f"{self.low} and {self.high}", "swap them")

    def at(self, u: float) -> float:
        return self._back(self._scaled(self.low) * (1 - u) + self._scaled(self.high) * u)

    def place(self, value: float) -> float:
        low, high = self._scaled(self.low), self._scaled(self.high)
        return (self._scaled(value) - low) / (high - low)

    def cells(self, n: int) -> int:
        return n

    def zoom(self, value: float, share: float) -> Uniform:
        start = min(max(self.place(value) - share / 2, 0), 1 - share)
        return type(self)(self.at(start), self.at(start + share))

    def _scaled(self, value: float) -> float:
        """The scale on which equal lengths get equal chances."""
        return value

    def _back(self, scaled: float) -> float:
        return float(f"{scaled:.12g}")  # 0.2 and not 0.20000000000000004


class LogUniform(Uniform):
    """Equal chances for equal ratios: as likely from 0.001 to 0.01 as from 0.1 to 1.

    For what matters by its order of magnitude: a learning rate, the strength of a penalty.

    >>> LogUniform(1e-4, 1).at(0.25)
    0.001
    >>> LogUniform(1e-4, 1).zoom(0.01, share=0.5)
    LogUniform(low=0.001, high=0.1)
    """

    def __post_init__(self) -> None:
        check_number(self.low, "LogUniform", "low", 0, open_low=True)
        super().__post_init__()

    def _scaled(self, value: float) -> float:
        return math.log10(value)

    def _back(self, scaled: float) -> float:
        return super()._back(10**scaled)


class NearOne(Uniform):
    """Log-uniform in 1 - value: as likely from 0.9 to 0.99 as from 0.99 to 0.999.

    For averages that forget by a factor β each step, such as momentum: they look back about
    1 / (1 - β) steps, and it is this number that matters by its order of magnitude.

    >>> NearOne(0.9, 0.999).at(0.5)
    0.99
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.high >= 1:
            hint = "0.999 looks back a thousand steps; 1 would never forget"
            fail("NearOne", "high < 1", describe(self.high), hint)

    def _scaled(self, value: float) -> float:
        return -math.log10(1 - value)

    def _back(self, scaled: float) -> float:
        return super()._back(1 - 10**-scaled)


@dataclass(frozen=True)
class Integers(Axis):
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
            fail("Integers", "whole numbers low < high", f"{self.low}, {self.high}", "swap them")

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


class Choices(Axis):
    """A few values without an order, such as names of activations.

    >>> Choices("relu", "tanh").at(0.6)
    'tanh'
    """

    def __init__(self, *values: Any) -> None:
        if not values:
            fail("Choices", "at least one value", "none", 'Choices("relu", "tanh")')
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
