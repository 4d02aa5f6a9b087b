"""How an answer is judged: run it, compare it, and recognize what went wrong."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from .hints import describe, explain
from .outcomes import Answer, Listener, Outcome, change, is_blank, line_of, same, takes
from .progress import passed

BLANK = "not filled in yet. Replace the three dots above, then run the cell again."


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer, and the hint for whoever gives it.

    Args:
        hint: points to the idea behind the mistake; it never shows the solution.
        answer: a function that makes the mistake.
    """

    hint: str
    answer: Answer


def _lesson_of_the_file() -> str | None:
    """The lesson in whose file an exercise is made: dropout for `nbhelpers.exercises.dropout`."""
    frame = inspect.currentframe()
    while frame and frame.f_globals.get("__name__", "").startswith(__package__):
        frame = frame.f_back
    package, _, lesson = (frame.f_globals.get("__name__", "") if frame else "").rpartition(".")
    return lesson if package == __package__.rpartition(".")[0] else None


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
        lesson: the lesson that it belongs to, "dropout"; by default the one in whose file it is.

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
        view: Callable[[Any], Any] | None = None,
        returns: str = "",
        rtol: float = 1e-5,
        lesson: str | None = None,
    ) -> None:
        self.name, self.solution, self.cases = name, solution, cases
        self.mistakes, self.view, self.returns, self.rtol = mistakes, view, returns, rtol
        self.lesson = lesson or _lesson_of_the_file()
        self._known: dict[Answer, list[Outcome]] = {}

    def check(self, answer: Answer) -> None:
        """Print whether the answer is right, or the hint that fits what is wrong with it."""
        try:
            problem = self.diagnose(answer)
        except KeyboardInterrupt:  # the reader's, whose loop found no end
            problem = "You stopped it. If it ran on and on: what should end its loop?"
        if problem is None:
            passed(self)  # written down for the summary of the course
            print(f"✓ {self.name}: right.")
        elif problem == BLANK:
            print(f"… {self.name}: {BLANK}")
        else:
            print(f"✗ {self.name}: not yet. {problem}")

    def diagnose(self, answer: Answer) -> str | None:
        """Return what is wrong with the answer in words, or None if it is right."""
        return self.refusal(answer) or self.verdict(self.outcomes(answer))

    def refusal(self, answer: Any) -> str | None:
        """Return why the answer cannot even be tried, or None."""
        if not callable(answer):
            return f"This is {describe(answer)}; hand over the function itself, without ( )."
        if is_blank(answer):
            return BLANK
        if not all(takes(answer, case) for case in self.cases):
            return (
                f"It cannot be called with the {len(self.cases[0])} arguments that it gets. Put "
                "the first line back as it was; only the dots under it are to be replaced."
            )
        return None

    def outcomes(self, answer: Answer) -> list[Outcome]:
        """Run the answer on every input."""
        return [self._run(answer, case) for case in self.cases]

    def verdict(self, got: Sequence[Outcome]) -> str | None:
        """Return what is wrong with these outcomes in words, or None if they are right."""
        expected = self._outcomes_of(self.solution)
        if any(isinstance(g.error, NotImplementedError) for g in got):
            return BLANK
        strange = [g.value for g in got if g.strange]
        if strange:
            return f"It returns {describe(strange[0])}; it should return {self.returns}."
        if kinds := [g.changed for g in got if g.changed]:
            return (
                f"It changes {kinds[0]} that it was handed. Whoever called it still needs what was "
                "there: compute a new one instead of using +=, *= or [...] = on the argument."
            )
        right = self._agree(got, expected)
        if all(right):
            return None
        for mistake in self.mistakes:
            if all(self._agree(got, self._outcomes_of(mistake.answer))):
                return mistake.hint
        return explain(got, expected, self.cases, right, self.returns)

    def _agree(self, some: Sequence[Outcome], others: Sequence[Outcome]) -> list[bool]:
        return [same(a, b, self.rtol) for a, b in zip(some, others, strict=True)]

    def _outcomes_of(self, known: Answer) -> list[Outcome]:
        """What the solution or a mistake gives: it never changes, so it is computed once."""
        if known not in self._known:
            self._known[known] = self.outcomes(known)
        return self._known[known]

    def _run(self, answer: Answer, case: tuple[Any, ...]) -> Outcome:
        arguments = copy.deepcopy(case)
        with warnings.catch_warnings(), np.errstate(all="ignore"), self._surroundings():
            warnings.simplefilter("ignore")
            with Listener() as printed:
                try:
                    value = answer(*self._hand_over(arguments))
                except (Exception, SystemExit) as error:  # whatever it is, the reader is told
                    line, told = line_of(error, answer), self._meaning(error)
                    # Its frames would hold on to all that the answer had made.
                    return Outcome(error=told.with_traceback(None), line=line)
            outcome = Outcome(value, changed=change(arguments, case), printed=printed.heard)
            if self.view and value is not None and value is not Ellipsis:
                outcome.raw = value
                try:
                    outcome.value = self.view(value)
                except Exception:  # not of the form that can be looked at
                    outcome.strange = True
        return outcome

    # What an exercise of another kind does in its own way.

    def _surroundings(self) -> AbstractContextManager[Any]:
        """Where the answer runs."""
        return nullcontext()

    def _hand_over(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """What the answer gets of its arguments."""
        return arguments

    def _meaning(self, error: BaseException) -> BaseException:
        """The error as the reader is to be told of it."""
        return error
