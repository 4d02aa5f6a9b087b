"""How an answer is judged: run it, compare it, and recognize what went wrong."""

from __future__ import annotations

import copy
import dis
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Answer = Callable[..., Any]


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer, and the hint for whoever gives it.

    Args:
        hint: points to the idea behind the mistake; it never shows the solution.
        answer: a function that makes the mistake.
    """

    hint: str
    answer: Answer


class Exercise:
    """One exercise of a lesson.

    Args:
        name: the name of the function that the reader writes.
        solution: a right answer; any other that gives the same numbers is right too.
        cases: the inputs to try, each a tuple of arguments.
        mistakes: typical wrong answers with their hints, the most telling first.
        view: turns a result into what is compared, where several results are right.
        returns: what the function returns, in words, for who returns something else.
        rtol: how far numbers may be off, relative to the largest.

    >>> double = Exercise("double", lambda x: 2 * x, [(1.0,), (3.0,)],
    ...                   [Mistake("That is the square.", lambda x: x * x)])
    >>> double.check(lambda x: x + x)
    ✓ double: right.
    >>> double.check(lambda x: x ** 2)
    ✗ double: not yet. That is the square.
    """

    def __init__(
        self,
        name: str,
        solution: Answer,
        cases: Sequence[tuple[Any, ...]],
        mistakes: Sequence[Mistake],
        *,
        view: Callable[[Any], Any] = lambda result: result,
        returns: str = "",
        rtol: float = 1e-5,
    ) -> None:
        self.name, self.solution, self.cases = name, solution, cases
        self.mistakes, self.view, self.returns, self.rtol = mistakes, view, returns, rtol

    def check(self, answer: Answer) -> None:
        """Print whether the answer is right, or the hint that fits what is wrong with it."""
        problem = self.diagnose(answer)
        if problem is None:
            print(f"✓ {self.name}: right.")
        elif problem == BLANK:
            print(f"… {self.name}: {BLANK}")
        else:
            print(f"✗ {self.name}: not yet. {problem}")

    def diagnose(self, answer: Answer) -> str | None:
        """Return what is wrong with the answer in words, or None if it is right."""
        if not callable(answer):
            return f"This is {_describe(answer)}; hand over the function itself, without ( )."
        if _is_blank(answer):
            return BLANK
        expected = [self._run(self.solution, case) for case in self.cases]
        got = [self._run(answer, case) for case in self.cases]
        if any(isinstance(g.error, NotImplementedError) for g in got):
            return BLANK
        if any(g.strange for g in got):
            value = next(g.value for g in got if g.strange)
            return f"It returns {_describe(value)}; it should return {self.returns}."
        if any(g.changed for g in got):
            return (
                "It changes an array that it was handed. Whoever called it still needs that array: "
                "compute a new one instead of using +=, *= or [...] = on the argument."
            )
        if all(self._same(g, e) for g, e in zip(got, expected, strict=True)):
            return None
        for mistake in self.mistakes:
            wrong = [self._run(mistake.answer, case) for case in self.cases]
            if all(self._same(g, w) for g, w in zip(got, wrong, strict=True)):
                return mistake.hint
        first = next(i for i, g in enumerate(got) if not self._same(g, expected[i]))
        case = f" (Case {first + 1} of {len(got)}.)" if len(got) > 1 else ""
        return _compare(got[first], expected[first]) + case

    def _run(self, answer: Answer, case: tuple[Any, ...]) -> _Outcome:
        arguments = copy.deepcopy(case)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                value = answer(*arguments)
            except Exception as error:  # whatever the reader's code raises is theirs to be told
                return _Outcome(error=error)
            changed = not _equal(arguments, case, 0.0)
            if value is not None and value is not Ellipsis:
                try:
                    value = self.view(value)
                except Exception:  # not of the form that can be looked at
                    return _Outcome(value, changed=changed, strange=True)
        return _Outcome(value, changed=changed)

    def _same(self, a: _Outcome, b: _Outcome) -> bool:
        if a.error or b.error:
            return _kind(a.error) == _kind(b.error)
        return _equal(a.value, b.value, self.rtol)


BLANK = "not filled in yet. Replace the three dots above, then run the cell again."


@dataclass
class _Outcome:
    value: Any = None
    error: Exception | None = None
    changed: bool = False
    strange: bool = False


def _is_blank(answer: Answer) -> bool:
    """Whether a function does nothing at all: its body is `...`, `pass` or a docstring."""
    code = getattr(answer, "__code__", None)
    nothing = {"RESUME", "NOP", "POP_TOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
    constants = {None, Ellipsis}
    return (
        code is not None
        and all(
            step.opname in nothing and (step.opname != "RETURN_CONST" or step.argval in constants)
            for step in dis.get_instructions(code)
        )
        and set(code.co_consts) - {answer.__doc__} <= constants
    )


def _equal(a: Any, b: Any, rtol: float) -> bool:
    """Whether two results are the same numbers in the same arrangement, lists or arrays alike."""
    if isinstance(b, dict):
        same_keys = isinstance(a, dict) and a.keys() == b.keys()
        return same_keys and all(_equal(a[key], b[key], rtol) for key in b)
    if isinstance(b, (tuple, list)):
        same_length = _is_sequence(a) and len(a) == len(b)
        return same_length and all(_equal(x, y, rtol) for x, y in zip(a, b, strict=True))
    try:
        a, b = np.asarray(a), np.asarray(b)
    except ValueError:  # lists of unequal lengths
        return False
    if a.shape != b.shape:
        return False
    if a.dtype.kind not in "fiub" or b.dtype.kind not in "fiub":
        return bool(np.array_equal(a, b))
    scale = float(np.max(np.abs(b[np.isfinite(b)]), initial=0.0)) if b.size else 0.0
    return bool(np.allclose(a, b, rtol=rtol, atol=rtol * scale, equal_nan=True))


def _kind(error: Exception | None) -> str:
    """Errors that mean the same: @ and np.dot word a product of misfits differently."""
    text = repr(error)
    if any(words in text for words in ("core dimension", "not aligned")):
        return "misfit product"
    return "misfit sum" if "broadcast" in text else text


def _is_sequence(value: Any) -> bool:
    return isinstance(value, (tuple, list)) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _describe(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return repr(value) if isinstance(value, (int, float, str)) else f"a {type(value).__name__}"


def _compare(got: _Outcome, expected: _Outcome) -> str:
    """Say in general terms how a result differs from the right one, without showing that one."""
    if got.error is not None:
        trace, line = got.error.__traceback__, ""
        while trace and trace.tb_next and "exercise.py" in trace.tb_frame.f_code.co_filename:
            trace = trace.tb_next
            line = f" in its line {trace.tb_lineno - trace.tb_frame.f_code.co_firstlineno + 1}"
        return f"It stops{line} with {type(got.error).__name__}: {got.error}."
    if got.value is None or got.value is Ellipsis:
        return "It returns nothing. Does its last line start with `return`?"
    if isinstance(expected.value, (tuple, list)):
        if not _is_sequence(got.value) or len(got.value) != len(expected.value):
            return f"It should return {len(expected.value)} things, separated by commas."
        for i, (g, e) in enumerate(zip(got.value, expected.value, strict=True), start=1):
            if not _equal(g, e, 1e-5):
                return f"Result {i} of {len(expected.value)}: {_compare(_Outcome(g), _Outcome(e))}"
    if isinstance(expected.value, str):
        return f"It says {got.value!r} where another word fits."
    try:
        g, e = np.asarray(got.value, dtype=float), np.asarray(expected.value, dtype=float)
    except (TypeError, ValueError):
        return f"It returns {_describe(got.value)}; numbers are expected."
    if g.shape != e.shape:
        flipped = " Is it transposed?" if g.shape == e.shape[::-1] else ""
        return f"The shape of the result is {g.shape}; it should be {e.shape}.{flipped}"
    if not np.isfinite(g).all():
        return "The result holds NaN or infinity. Which step can overflow or divide by zero?"
    if np.allclose(g, -e, rtol=1e-5):
        return "The size is right, the sign is not."
    ratio = float(np.sum(g * e) / np.sum(e * e)) if np.any(e) else 0.0
    if ratio and np.allclose(g, ratio * e, rtol=1e-4):
        return f"Every number is {ratio:.4g} times what it should be. Which factor is that?"
    share = float(np.mean(np.isclose(g, e, rtol=1e-5)))
    some = f"{share:.0%} of the numbers are right." if 0 < share < 1 else "The numbers differ."
    return f"The shape is right. {some} Compute a small case by hand and compare."
