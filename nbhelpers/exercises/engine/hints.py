"""What can be said about a wrong result that no exercise foresaw, without showing the right one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .error_patterns import Pairs, habit
from .outcomes import Outcome, equal, is_sequence

NEARLY = "Nearly right"
LAST_RESORT = "Compute a small case by hand and compare."
FEW = 12  # numbers that can be read at a glance
BRANCH = ("It returns something for some inputs and nothing for others, such as ({}). Does every "
          "branch of it end with `return`?")  # fmt: skip
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
    name: str = "it",
) -> str:
    """Say in general terms how results differ from the right ones.

    Where nothing better can be said, it shows the smallest input on which they do.
    """
    text = _explain(got, expected, cases, right, returns)
    if text.endswith(LAST_RESORT) or text.startswith(NEARLY):
        text += example(got, expected, cases, right, name)
    return text


def _explain(
    got: Sequence[Outcome],
    expected: Sequence[Outcome],
    cases: Sequence[Any],
    right: Sequence[bool],
    returns: str,
) -> str:
    for g in got:
        if g.error is not None:
            return _stopped(g)
    nothing = [g.value is None or g.value is Ellipsis for g in got]
    if any(nothing):
        if all(nothing):
            return PRINTED if any(g.printed for g in got) else NOTHING
        smallest = min((c for c, n in zip(cases, nothing, strict=True) if n), key=_size)
        return BRANCH.format(_arguments(smallest))
    first = right.index(False)
    with np.errstate(all="ignore"):
        if any(e.raw is not None for e in expected):
            text = _compare_raw([g.raw for g in got], [e.raw for e in expected], cases, returns)
            if not text and all(np.shape(e.raw) == np.shape(e.value) for e in expected):
                text = _shapes([(np.asarray(g.value), np.asarray(e.value))
                                for g, e in zip(got, expected, strict=True)])  # fmt: skip
            return text or f"{sum(right)} of {len(got)} cases are right. {LAST_RESORT}"
        text = _compare([g.value for g in got], [e.value for e in expected], cases, first)
    case = f"(Case {first + 1} of {len(got)}.)" if len(got) > 1 else ""
    if text.endswith(LAST_RESORT):
        return f"{text.removesuffix(LAST_RESORT)}{case} {LAST_RESORT}".replace("  ", " ")
    return f"{text} {case}".rstrip()


def example(
    got: Sequence[Outcome],
    expected: Sequence[Outcome],
    cases: Sequence[Any],
    right: Sequence[bool],
    name: str,
) -> str:
    """The smallest input with a wrong result, and both results; of large ones, one entry.

    >>> example([Outcome(3)], [Outcome(4)], [(2,)], [False], "square")
    ' For example, square(2) is 4; yours gives 3.'
    """
    wrong = [i for i, held in enumerate(right) if not held]
    i = min(wrong, key=lambda i: _size(cases[i]))
    call = f"{name}({_arguments(cases[i])})"
    if expected[i].raw is not None:  # several results are right
        return f" For example, {call} should not be {show(got[i].raw)}."
    ours, yours = expected[i].value, got[i].value
    if is_numbers(ours) and is_numbers(yours) and np.shape(ours) == np.shape(yours) != ():
        a, b = np.asarray(ours, dtype=float), np.asarray(yours, dtype=float)
        if a.size > FEW or len(show(ours)) + len(show(yours)) > 100:
            gap = np.where(np.isclose(a, b, rtol=1e-5), 0.0, np.abs(a - b))
            at = tuple(map(int, np.unravel_index(np.nanargmax(gap), a.shape)))
            where = ", ".join(map(str, at))
            return (f" For example, in {call} the entry [{where}] is {show(a[at])}; yours gives "
                    f"{show(b[at])}.")  # fmt: skip
    return f" For example, {call} is {show(ours)}; yours gives {show(yours)}."


def show(value: Any) -> str:
    """A value as a reader would type it, or what it is where it is large.

    >>> show(np.array([1.0, 2.5])), show((1 / 3, np.zeros((9, 9)))), show(None)
    ('[1, 2.5]', '(0.333333, an array of shape (9, 9))', 'nothing (None)')
    """
    numbers = isinstance(value, np.ndarray) and value.dtype.kind in "fiub"
    if numbers and value.ndim and value.size <= FEW:
        return str(value.tolist() if value.dtype.kind != "f" else _short(value.tolist()))
    if isinstance(value, (tuple, list)) and len(value) <= FEW:
        inner = ", ".join(map(show, value))
        return f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.6g}"
    return describe(value)


def _short(numbers: Any) -> str:
    if isinstance(numbers, list):
        return f"[{', '.join(map(_short, numbers))}]"
    return f"{numbers:.6g}"


def _arguments(case: tuple[Any, ...]) -> str:
    text = ", ".join(map(show, case))
    return text if len(text) < 90 else ", ".join(map(describe, case))


def _size(case: Any) -> int:
    """How much there is to read in the arguments of a case."""
    return sum(
        a.size if isinstance(a, np.ndarray) else len(a)
        for a in case
        if isinstance(a, (np.ndarray, list, tuple))
    )


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
    if not all(map(is_numbers, expected)):
        return ""
    for g in got:
        if not is_numbers(g):
            return f"It returns {describe(g)}; it should return {returns or 'numbers'}."
    pairs = [(np.asarray(g, dtype=float), np.asarray(e, dtype=float))
             for g, e in zip(got, expected, strict=True)]  # fmt: skip
    if any(g.shape != e.shape for g, e in pairs):
        return _same_everywhere(pairs)
    return habit(pairs, got, cases)


def _compare(got: list[Any], expected: list[Any], cases: Sequence[Any], first: int) -> str:
    if isinstance(expected[first], tuple) or not is_numbers(expected[first]):
        return _compare_parts(got, expected, cases, first)
    for g in (got[first], *got):
        if not is_numbers(g):
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


def is_numbers(value: Any) -> bool:
    try:
        array = np.asarray(value)
        return array.dtype.kind in "fiub" or (array.dtype.kind == "O" and _all_numbers(array))
    except Exception:
        return False


def _all_numbers(array: npt.NDArray[Any]) -> bool:
    return array.size > 0 and all(isinstance(v, (int, float, np.number)) for v in array.flat)
