"""Habits of wrong numbers: a sign, a factor, lost decimals, other places.

Each rule looks at all cases together and speaks only if it fits them all: then it is no accident.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Pairs = list[tuple[Numbers, Numbers]]
"""(got, expected) of each case, in arrays of one shape."""


def habit(pairs: Pairs, got: list[Any], cases: Sequence[Any]) -> str:
    """What the first rule says that fits all cases; "" if none does.

    >>> pairs = [(np.array([2.0, 4.0]), np.array([-2.0, -4.0]))]
    >>> habit(pairs, [pairs[0][0]], [()])
    'The size is right, the sign is not.'
    """
    if any(np.isnan(g[~np.isnan(e)]).any() or np.isinf(g[np.isfinite(e)]).any() for g, e in pairs):
        return "The result holds NaN or infinity. Which step can overflow or divide by zero?"
    if not all(np.isfinite(e).all() for _, e in pairs):  # where infinity is right, look elsewhere
        if not all(np.array_equal(g[~np.isfinite(e)], e[~np.isfinite(e)]) for g, e in pairs):
            return "Where infinity is right, the result is a finite number."
        finite = [(g[np.isfinite(e)], e[np.isfinite(e)]) for g, e in pairs]
        keep = [i for i, (g, _) in enumerate(finite) if g.size]
        pairs = [finite[i] for i in keep]
        got, cases = [pairs[k][0] for k in range(len(keep))], [cases[i] for i in keep]
    rules = (_plain, _off_by_a_factor, _transformed, _rounded)
    return next((hint for rule in rules if pairs and (hint := rule(pairs, got, cases))), "")


def _everywhere(pairs: Pairs, test: Callable[[Numbers, Numbers], Any]) -> bool:
    return all(np.allclose(test(g, e), 0, atol=1e-5 * _size(e)) for g, e in pairs)


def _size(e: Numbers) -> float:
    """The largest finite number, which says what counts as small beside it."""
    return float(np.max(np.abs(e[np.isfinite(e)]), initial=0.0)) or 1.0


def _plain(pairs: Pairs, got: list[Any], cases: Sequence[Any]) -> str:
    """The same everywhere, turned signs, lost decimals, other places."""
    kinds = {np.asarray(g).dtype.kind for g in got}
    fractions = any((e != np.trunc(e)).any() for _, e in pairs)
    if kinds == {"i"} and fractions and _everywhere(pairs, lambda g, e: g - np.floor(e)):
        return ("It gives whole numbers: what comes after the decimal point is lost. Is something "
                "divided with //, or put into an array of integers?")  # fmt: skip
    answers = [g.ravel()[0] if g.size else 0.0 for g, _ in pairs]
    values = [e.ravel()[0] if e.size else 0.0 for _, e in pairs]
    if all((g == a).all() for (g, _), a in zip(pairs, answers, strict=True)):
        constant = len(pairs) > 1 and len(set(answers)) == 1 and not np.allclose(values, values[0])
        if all(g.size > 1 for g, _ in pairs) and not any((e == e.flat[0]).all() for _, e in pairs):
            return f"All numbers of the result are {answers[0]:.4g}." if constant else (
                "All numbers of the result are equal; those of the right one are not.")  # fmt: skip
        if constant:
            return (f"It answers {answers[0]:.4g} whatever it is handed. Where do its arguments "
                    "come in?")  # fmt: skip
    if _everywhere(pairs, lambda g, e: g + e):
        return "The size is right, the sign is not."
    turned = any((np.sign(g) != np.sign(e)).any() for g, e in pairs)
    if turned and _everywhere(pairs, lambda g, e: np.abs(g) - np.abs(e)):
        return "The sizes are right, some of the signs are not."
    if kinds == {"b"}:
        return "It returns True and False; numbers are expected."
    if fractions and (
        _everywhere(pairs, lambda g, e: g - np.trunc(e))
        or (kinds == {"i"} and all((np.abs(g - e) < 1).all() for g, e in pairs))
    ):
        return ("What comes after the decimal point is lost. Is the result put into an array of "
                "integers, or rounded, or divided with //?")  # fmt: skip
    if all(e.ndim == 2 and g.shape == e.shape[::-1] for g, e in pairs) and _everywhere(
        pairs, lambda g, e: g.T - e
    ):
        return "It is transposed: rows and columns have changed places."
    if any(e.size > 1 for _, e in pairs) and _everywhere(
        pairs, lambda g, e: np.sort(g, axis=None) - np.sort(e, axis=None)
    ):
        return "These are the right numbers, in the wrong places."
    return ""


def _off_by_a_factor(pairs: Pairs, got: list[Any], cases: Sequence[Any]) -> str:
    """One factor everywhere, or the number of rows or columns: a sum for a mean."""
    if all(g.any() == e.any() for g, e in pairs):  # a case of zeros says nothing about a factor
        keep = [i for i, (_, e) in enumerate(pairs) if e.any()]
        pairs, cases = [pairs[i] for i in keep], [cases[i] for i in keep]
    ratios = [float(np.sum(g * e) / np.sum(e * e)) if np.any(e) else 0.0 for g, e in pairs]
    if not ratios or 0.0 in ratios or not np.isfinite(ratios).all():
        return ""
    if not all(
        np.allclose(g, r * e, rtol=1e-4, atol=1e-5 * _size(e))
        for r, (g, e) in zip(ratios, pairs, strict=True)
    ):
        return ""
    arrays = [[a for a in case if isinstance(a, np.ndarray) and a.ndim] for case in cases]
    if all(arrays):
        for name, axis in (("rows", 0), ("columns", -1)):
            n = np.array([float(case[0].shape[axis]) for case in arrays])
            if np.any(n != 1) and np.allclose(ratios, n):
                return (f"It is too large by the number of {name} of the first argument: a sum "
                        "where a mean belongs?")  # fmt: skip
            if np.any(n != 1) and np.allclose(ratios, 1 / n):
                return (f"It is too small by the number of {name} of the first argument: a mean "
                        "where a sum belongs, or one division too many?")  # fmt: skip
    if np.allclose(ratios, 1, rtol=1e-3):  # rounded, rather
        return ""
    if np.allclose(ratios, ratios[0], rtol=1e-4):
        return f"Every number is {ratios[0]:.4g} times what it should be. Which factor is that?"
    if all(e.size > 1 for _, e in pairs):
        return ("All numbers are off by one factor, but by another one in each case. On which "
                "argument does that factor depend?")  # fmt: skip
    return ""


def _transformed(pairs: Pairs, got: list[Any], cases: Sequence[Any]) -> str:
    """A known function of the right numbers, or a constant added to them."""
    for test, words in (
        (lambda g, e: g - e**2, "These are the squares of the right numbers: a root is missing."),
        (lambda g, e: g**2 - np.abs(e), "These are the roots of the right numbers."),
        (lambda g, e: g * e - 1, "This is one divided by what is asked for."),
        (lambda g, e: g - 1 + e, "This is one minus what is asked for."),
    ):
        if _everywhere(pairs, test):
            return words
    gap = pairs[0][0].ravel()[:1] - pairs[0][1].ravel()[:1]
    if gap.size and abs(gap[0]) > 1e-4 and _everywhere(pairs, lambda g, e: g - e - gap[0]):
        more = f"{abs(gap[0]):.4g} too {'large' if gap[0] > 0 else 'small'}"
        return f"Every number is {more}. What is added or left out?"
    return ""


def _rounded(pairs: Pairs, got: list[Any], cases: Sequence[Any]) -> str:
    if all(np.allclose(g, e, rtol=0, atol=0.01 * _size(e)) for g, e in pairs):
        return ("Nearly right, but not to five digits. Is something rounded, or does a small term "
                "stand in the wrong place?")  # fmt: skip
    return ""
