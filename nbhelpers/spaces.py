"""A search space says for each hyperparameter where to look, and on which scale.

Each axis maps u in [0, 1] to its values, so that equal lengths of u deserve equal attention. How to
draw u is a second question: see `designs.py`. Values without steps between them: `choices.py`.

>>> space = {"lr": LogUniform(1e-4, 1), "momentum": NearOne(0.9, 0.999), "rate": Uniform(0, 0.8)}
>>> {name: axis.at(0.5) for name, axis in space.items()}
{'lr': 0.01, 'momentum': 0.99, 'rate': 0.4}
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

from ._checks import check_number, describe, refuse


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
class Uniform:
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
            refuse(repr(self), "low < high", f"{self.low} and {self.high}", "swap them")

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
            mend = "0.999 looks back a thousand steps; 1 would never forget"
            refuse("NearOne", "high < 1", describe(self.high), mend)

    def _scaled(self, value: float) -> float:
        return -math.log10(1 - value)

    def _back(self, scaled: float) -> float:
        return super()._back(1 - 10**-scaled)
