"""What can be said about a wrong result that no exercise foresaw, without showing the right one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .error_patterns import Pairs, habit
from .outcomes import Outcome, equal, is_sequence

LAST_RESORT = "Compute a small case by hand and compare."
NOTHING = "It returns nothing. Does its last line start with `return`?"
PRINTED = "It prints its answer and returns nothing. Hand it back with `return` instead."


def describe(value: Any) -> str:
    """Say what a value is, in a few words.

    >>> describe(np.zeros((2, 3))), describe(np.float32(0.5)), describe({1: 2})
    ('an array of shape (2, 3)', '0.5', 'a dict')
    """
    if isinstance(value, np.ndarray):
        kind = " of complex numbers" if value.dtype.kind == "c" else ""
        return f"an array of shape {value.shape}{kind}"
    if isinstance(value, np.generic):
        value = value.item()
    if value is None:
        return "nothing (None)"
    if isinstance(value, (bool, int, float, complex, str)):
        text = repr(value)
        return text if len(text) < 60 else f"{text[:57]}…"
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def explain(
    got: Sequence[Outcome],
    expected: Sequence[Outcome],
    cases: Sequence[Any],
    right: Sequence[bool],
    returns: str = "",
) -> str:
    """Say in general terms how results differ from the right ones, without showing these."""
    for g in got:
        if g.error is not None:
            return _stopped(g)
    if any(g.value is None or g.value is Ellipsis for g in got):
        return PRINTED if any(g.printed for g in got) else NOTHING
    first = right.index(False)
    with np.errstate(all="ignore"):
        if any(e.raw is not None for e in expected):
            text = _compare_raw([g.raw for g in got], [e.raw for e in expected], cases, returns)
            if not text and all(np.shape(e.raw) == np.shape(e.value) for e in expected):
                text = _shapes([(np.asarray(g.value), np.asarray(e.value))
                                for g, e in zip(got, expected, strict=True)])  # fmt: skip
            return text or f"{sum(right)} of {len(got)} cases are right. {LAST_RESORT}"
        text = _compare([g.value for g in got], [e.value for e in expected], cases, first)
    return text + (f" (Case {first + 1} of {len(got)}.)" if len(got) > 1 else "")


def _stopped(outcome: Outcome) -> str:
    error, line = outcome.error, f" in its line {outcome.line}" if outcome.line else ""
    if isinstance(error, RecursionError):
        return f"It calls itself again and again, without end{line}. What should stop it?"
    if isinstance(error, SystemExit):
        return f"It ends the program{line}: an answer returns, it never calls exit()."
    text = " ".join(str(error).split()).rstrip(".")
    text = f": {text if len(text) < 200 else text[:197] + '…'}" if text else ""
    return f"It stops{line} with {type(error).__name__}{text}."


def _compare_raw(got: list[Any], expected: list[Any], cases: Sequence[Any], returns: str) -> str:
    """Where several results are right, say only what is wrong with every one like this."""
    if all(isinstance(e, tuple) for e in expected):
        for i in range(len(expected[0]) if all(map(is_sequence, got)) else 0):
            parts = [g[i] for g in got if i < len(g)], [e[i] for e in expected]
            if len(parts[0]) == len(got) and (text := _compare_raw(*parts, cases, "")):
                return f"Result {i + 1} of {len(expected[0])}: {text}"
    if all(isinstance(value, str) for value in (*got, *expected)):
        return _compare_words(got, expected)
    if not all(map(_is_numbers, expected)):
        return ""
    for g in got:
        if not _is_numbers(g):
            return f"It returns {describe(g)}; it should return {returns or 'numbers'}."
    pairs = [(np.asarray(g, dtype=float), np.asarray(e, dtype=float))
             for g, e in zip(got, expected, strict=True)]  # fmt: skip
    if any(g.shape != e.shape for g, e in pairs):
        return _same_everywhere(pairs)
    return habit(pairs, got, cases)


def _compare(got: list[Any], expected: list[Any], cases: Sequence[Any], first: int) -> str:
    if isinstance(expected[first], tuple) or not _is_numbers(expected[first]):
        return _compare_parts(got, expected, cases, first)
    for g in (got[first], *got):
        if not _is_numbers(g):
            return f"It returns {describe(g)}; numbers are expected."
    pairs = [(np.asarray(g, dtype=float), np.asarray(e, dtype=float))
             for g, e in zip(got, expected, strict=True)]  # fmt: skip
    if text := _same_everywhere(pairs) or _shapes([pairs[first], *pairs]):
        return text
    if text := habit(pairs, got, cases):
        return text
    share = float(np.mean(np.isclose(*pairs[first], rtol=1e-5)))
    some = f"{share:.0%} of the numbers are right." if 0 < share < 1 else "The numbers differ."
    return f"The shape is right. {some} {LAST_RESORT}"


def _compare_parts(got: list[Any], expected: list[Any], cases: Sequence[Any], first: int) -> str:
    """Of several results, look at the first one that is wrong."""
    if isinstance(expected[first], dict):
        return _compare_dicts(got, expected, cases)
    if all(isinstance(value, str) for value in (*got, *expected)):
        return _compare_words(got, expected)
    if not is_sequence(expected[first]):
        return f"It returns {describe(got[first])}; something else is expected. {LAST_RESORT}"
    count = len(expected[first])
    for g, e in zip(got, expected, strict=True):
        if not is_sequence(g) or len(g) != len(e):
            return f"It should return {count} things, separated by commas."
    for i in range(count):
        part = [(g[i], e[i]) for g, e in zip(got, expected, strict=True) if i < len(e)]
        wrong = [k for k, (g, e) in enumerate(part) if not equal(g, e, 1e-5)]
        if wrong:
            some, others = [g for g, _ in part], [e for _, e in part]
            return f"Result {i + 1} of {count}: {_compare(some, others, cases, wrong[0])}"
    return LAST_RESORT


def _same_everywhere(pairs: Pairs) -> str:
    shapes = {e.shape for _, e in pairs}
    if len(shapes) > 1 and all(np.array_equal(g, pairs[0][0]) for g, _ in pairs):
        return "The result is the same in every case, whatever it is handed."
    return ""


def _shapes(pairs: Sequence[tuple[Any, Any]]) -> str:
    for g, e in pairs:
        if g.shape != e.shape:
            flipped = " Is it transposed?" if g.shape == e.shape[::-1] else ""
            return f"The shape of the result is {g.shape}; it should be {e.shape}.{flipped}"
    return ""


def _compare_words(got: list[str], expected: list[str]) -> str:
    if len(set(got)) == 1 < len(got):
        return f"It says {describe(got[0])} in every case, even where another word fits."
    wrong = next(g for g, e in zip(got, expected, strict=True) if g != e)
    return f"It says {describe(wrong)} where another word fits."


def _compare_dicts(got: list[Any], expected: list[Any], cases: Sequence[Any]) -> str:
    for g, e in zip(got, expected, strict=True):
        if not isinstance(g, dict) or g.keys() != e.keys():
            keys = ", ".join(map(repr, e))
            return f"It returns {describe(g)}; it should return a dict with the keys {keys}."
    for key in expected[0]:
        part = [(g[key], e[key]) for g, e in zip(got, expected, strict=True) if key in e]
        wrong = [i for i, (g, e) in enumerate(part) if not equal(g, e, 1e-5)]
        if wrong:
            some, others = [g for g, _ in part], [e for _, e in part]
            return f"Under {key!r}: {_compare(some, others, cases, wrong[0])}"
    return LAST_RESORT


def _is_numbers(value: Any) -> bool:
    try:
        array = np.asarray(value)
        return array.dtype.kind in "fiub" or (array.dtype.kind == "O" and _all_numbers(array))
    except Exception:
        return False


def _all_numbers(array: npt.NDArray[Any]) -> bool:
    return array.size > 0 and all(isinstance(v, (int, float, np.number)) for v in array.flat)
