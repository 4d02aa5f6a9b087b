"""How a function is judged: run it, compare it, and recognize what went wrong."""

from __future__ import annotations

import copy
import inspect
import textwrap
import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from .detectors import ignored, permuted, swapped
from .hints import LAST_RESORT, describe, explain
from .outcomes import (
    Answer,
    Listener,
    Outcome,
    change,
    is_blank,
    line_of,
    same,
    same_code,
    takes,
)  # fmt: skip
from .task import Task

BLANK = "not filled in yet. Replace the three dots above, then run the cell again."
UNCHANGED = "this is still the broken one. Find what is wrong with it, change it, and run it again."

Draw = Callable[[np.random.Generator], tuple[Any, ...]]
"""Draws the arguments of one case."""


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer, and the hint for whoever gives it.

    Args:
        hint: points to the idea behind the mistake; it never shows the solution.
        answer: a function that makes the mistake.
    """

    hint: str
    answer: Answer


class Exercise(Task):
    """An exercise whose answer is a function: its results are compared with the right ones.

    Args:
        name: the name of the function that the reader writes.
        solution: a right answer; any other that gives the same numbers is right too.
        cases: the inputs to try, each a tuple of arguments; or a function that draws one with a
            generator, `lambda rng: (rng.normal(size=3),)`: then every check tries new inputs.
        mistakes: typical wrong answers with their hints, the most telling first.
        broken: the function that a debugging exercise hands out. Its source stands in the stub.
        view: turns a result into what is compared, where several results are right.
        returns: what the function returns, in words, for who returns something else.
        rtol: how far numbers may be off, relative to the largest.
        kind, stars, lesson: see `Task`. With `broken` the kind is "debug", else "build".
        draws, seed: how many inputs are drawn for a check, and from which seed.

    >>> double = Exercise("double", lambda x: 2 * x, [(1.0,), (3.0,)],
    ...                   [Mistake("That is the square.", lambda x: x * x)])
    >>> double.check(lambda x: x + x)
    ✓ double: right.
    >>> double.check(lambda x: x ** 2)
    ✗ double: not yet. That is the square.

    >>> def mean(x):
    ...     return x.sum() / x.shape[1]
    >>> fixed = Exercise("fixed", np.mean, lambda rng: (rng.normal(size=(2, 3)),), [],
    ...                  broken=mean, stars=2)
    >>> fixed.check(mean)
    … fixed: this is still the broken one. Find what is wrong with it, change it, and run it again.
    >>> fixed.check(lambda x: x.sum() / x.size)
    ✓ fixed: right.
    """

    def __init__(
        self,
        name: str,
        solution: Answer,
        cases: Sequence[tuple[Any, ...]] | Draw,
        mistakes: Sequence[Mistake],
        *,
        broken: Answer | None = None,
        view: Callable[[Any], Any] | None = None,
        returns: str = "",
        rtol: float = 1e-5,
        kind: str = "",
        stars: int = 1,
        draws: int = 4,
        seed: int = 1,
        lesson: str | None = None,
    ) -> None:
        super().__init__(
            name, kind=kind or ("debug" if broken else "build"), stars=stars, lesson=lesson
        )
        self.solution, self.broken = solution, broken
        self.mistakes, self.view, self.returns, self.rtol = mistakes, view, returns, rtol
        self._known: dict[Any, list[Outcome]] = {}
        self._draw, self._draws = (cases if callable(cases) else None), draws
        self._seed, self._checks = seed, 0
        self.cases: Sequence[tuple[Any, ...]] = () if callable(cases) else cases
        self._new_cases()

    def _new_cases(self) -> None:
        """Draw the inputs of the next check; they depend on the seed and on its number alone."""
        if self._draw:
            rng = np.random.default_rng([self._seed, self._checks])
            self.cases = [self._draw(rng) for _ in range(self._draws)]
            self._checks += 1
            self._known.clear()

    @property
    def source(self) -> str:
        """The source of the broken function, as the stub of a debugging exercise shows it."""
        return textwrap.dedent(inspect.getsource(self.broken)) if self.broken else ""

    def check(self, answer: Answer) -> None:
        """Print whether the answer is right, or the hint that fits what is wrong with it."""
        try:
            problem = self.diagnose(answer)
        except KeyboardInterrupt:  # the reader's, whose loop found no end
            problem = "You stopped it. If it ran on and on: what should end its loop?"
        if problem is None:
            self._right("right.", counts=answer is not self.solution)
        elif problem in (BLANK, UNCHANGED):
            self._open(problem)
        else:
            self._wrong(problem)

    def diagnose(self, answer: Answer) -> str | None:
        """Return what is wrong with the answer in words, or None if it is right."""
        self._new_cases()
        if refused := self.refusal(answer):
            return refused
        problem = self.verdict(self.outcomes(answer))
        if problem is None or LAST_RESORT in problem:  # more can be told by trying other inputs
            problem = self._look_closer(answer) or problem
        return problem

    def refusal(self, answer: Any) -> str | None:
        """Return why the answer cannot even be tried, or None."""
        if not callable(answer):
            return f"This is {describe(answer)}; hand over the function itself, without ( )."
        if is_blank(answer):
            return BLANK
        if self.broken and same_code(answer, self.broken):
            return UNCHANGED
        if not all(takes(answer, case) for case in self.cases):
            return (
                f"It cannot be called with the {len(self.cases[0])} arguments that it gets. Put "
                "the first line back as it was; only the dots under it are to be replaced."
            )
        return None

    def outcomes(
        self, answer: Answer, cases: Sequence[tuple[Any, ...]] | None = None
    ) -> list[Outcome]:
        """Run the answer on every input; on other ones if they are given."""
        return [self._run(answer, case) for case in (self.cases if cases is None else cases)]

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
        if self.broken and all(self._agree(got, self._outcomes_of(self.broken))):
            return "It still gives what the broken one gives, on every input."
        found = permuted(got, expected, self.rtol) or swapped(self, got)
        return found or self._in_general(got, expected, right)

    def _agree(self, some: Sequence[Outcome], others: Sequence[Outcome]) -> list[bool]:
        return [same(a, b, self.rtol) for a, b in zip(some, others, strict=True)]

    def _outcomes_of(self, known: Answer) -> list[Outcome]:
        """What the solution or a mistake gives on these inputs: computed once."""
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

    def _look_closer(self, answer: Answer) -> str:
        """What other inputs than the cases show to be wrong."""
        return ignored(self, answer)

    def _in_general(
        self, got: Sequence[Outcome], expected: Sequence[Outcome], right: Sequence[bool]
    ) -> str:
        """What to say where no mistake of the exercise's own list fits."""
        return explain(got, expected, self.cases, right, self.returns, self.name)

    def _surroundings(self) -> AbstractContextManager[Any]:
        """Where the answer runs."""
        return nullcontext()

    def _hand_over(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """What the answer gets of its arguments."""
        return arguments

    def _meaning(self, error: BaseException) -> BaseException:
        """The error as the reader is to be told of it."""
        return error
