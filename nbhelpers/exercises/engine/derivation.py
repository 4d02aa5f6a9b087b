"""A formula that the reader derives, checked at random points, with the usual slips named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .exercise import Draw, Exercise, Mistake
from .hints import is_numbers
from .outcomes import Answer, Outcome

Numbers = npt.NDArray[np.float64]

FACTORS = {
    -1.0: "The sign is turned. Follow the minus through your derivation.",
    2.0: "It is twice the right formula. Does a 2 from a square cancel a ½ in front?",
    0.5: "It is half of the right formula. A square brings a factor 2 when it is differentiated.",
}
CHAIN = ("It is right up to a factor that depends on the {} argument. A chain rule multiplies by "
         "the derivative of each inner function, once: which one is {}?")  # fmt: skip
# What a chain rule brings most often, of the argument that the inner function has.
INNER: tuple[Callable[[Numbers], Numbers], ...] = (
    lambda a: a,
    lambda a: a**2,
    lambda a: 1 - a,
    lambda a: 1 - a**2,
    lambda a: a * (1 - a),
    lambda a: 2 * a,
    lambda a: np.exp(a),
    lambda a: np.exp(-a),
    lambda a: 1 / (1 + np.exp(-a)),
    lambda a: np.exp(-a) / (1 + np.exp(-a)) ** 2,
    lambda a: 1 - np.tanh(a) ** 2,
    lambda a: (a > 0).astype(float),
)


class Derivation(Exercise):
    """A formula as a function of arrays, checked at points that are drawn anew for every check.

    A turned sign, a factor ½ or 2, a sum for a mean, a transposed result and a missing factor of
    the chain rule are recognized in every formula; `mistakes` has what is typical of this one.

    Args:
        name: the name of the function that the reader writes.
        formula: the right formula.
        draw: draws its arguments, `lambda rng: (rng.normal(size=3), 0.5)`.
        mistakes: typical wrong formulas with their hints.
        options: as for `Exercise`.

    >>> slope = Derivation("slope", lambda x: 3 * np.cos(3 * x), lambda rng: (rng.normal(size=4),),
    ...                    [Mistake("The inner derivative is missing.", lambda x: np.cos(3 * x))])
    >>> slope.check(lambda x: np.cos(3 * x) * 3)
    ✓ slope: right.
    >>> slope.check(lambda x: np.cos(3 * x))
    ✗ slope: not yet. The inner derivative is missing.
    >>> slope.check(lambda x: -3 * np.cos(3 * x))
    ✗ slope: not yet. The sign is turned. Follow the minus through your derivation.
    """

    def __init__(
        self,
        name: str,
        formula: Answer,
        draw: Draw,
        mistakes: Sequence[Mistake] = (),
        **options: Any,
    ) -> None:
        super().__init__(name, formula, draw, mistakes, **{"kind": "derive", **options})

    def _in_general(
        self, got: Sequence[Outcome], expected: Sequence[Outcome], right: Sequence[bool]
    ) -> str:
        return self._slip(got, expected) or super()._in_general(got, expected, right)

    def _slip(self, got: Sequence[Outcome], expected: Sequence[Outcome]) -> str:
        values = [(g.value, e.value) for g, e in zip(got, expected, strict=True)]
        if any(g.error for g in got) or not all(map(is_numbers, sum(values, ()))):
            return ""
        pairs = [(np.asarray(g, dtype=float), np.asarray(e, dtype=float)) for g, e in values]
        if any(g.shape != e.shape for g, e in pairs) or not any(e.any() for _, e in pairs):
            return ""
        for factor, hint in FACTORS.items():
            if all(_close(g, factor * e) for g, e in pairs):
                return hint
        with np.errstate(all="ignore"):
            for i, factors in self._chain(pairs):
                for missing, what in ((True, "missing"), (False, "too many")):
                    if all(
                        _close(f * g, e) if missing else _close(g, f * e)
                        for f, (g, e) in zip(factors, pairs, strict=True)
                    ):
                        return CHAIN.format(("first", "second", "third", "fourth")[i], what)
        return ""

    def _chain(self, pairs: Sequence[tuple[Numbers, Numbers]]) -> Iterator[tuple[int, list[Any]]]:
        """For each argument the factors that it may bring: a number of each kind for each case."""
        for i, arguments in enumerate(list(zip(*self.cases, strict=False))[:4]):
            if all(is_numbers(a) for a in arguments):
                arrays = [np.asarray(a, dtype=float) for a in arguments]
                if all(
                    a.ndim <= e.ndim and _fits(a, e)
                    for a, (_, e) in zip(arrays, pairs, strict=True)
                ):
                    for inner in INNER:
                        yield i, [inner(a) for a in arrays]


def _fits(a: Numbers, e: Numbers) -> bool:
    try:
        return np.broadcast_shapes(a.shape, e.shape) == e.shape
    except ValueError:
        return False


def _close(a: Numbers, b: Numbers) -> bool:
    size = float(np.max(np.abs(b[np.isfinite(b)]), initial=0.0))
    return bool(np.allclose(a, b, rtol=1e-5, atol=1e-6 * size))
