"""A plan with more than one right form: it is right if it meets every requirement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .exercise import Draw, Exercise, Mistake
from .hints import describe, explain
from .outcomes import Answer, Outcome

Requirement = tuple[str, Callable[..., Any]]
"""A hint, and `holds(plan, *arguments)`, which says whether the plan needs it not."""


class Design(Exercise):
    """A function that returns a plan or a choice, judged by requirements in place of one result.

    Args:
        name: the name of the function that the reader writes.
        solution: one plan that meets all requirements.
        cases: the situations to plan for, or a function that draws one; see `Exercise`.
        requirements: pairs of a hint and of what must hold of the plan and the arguments. The
            first that does not hold is what the reader is told.
        mistakes: plans of which something better can be said than by the requirements.
        options: as for `Exercise`.

    >>> split = Design("split", lambda n: (n - n // 5, n // 5), [(100,), (55,)],
    ...                [("Every example belongs to one part.", lambda p, n: sum(p) == n),
    ...                 ("Too few are left for the test.", lambda p, n: p[1] >= n / 10)],
    ...                returns="two numbers", stars=2)
    >>> split.check(lambda n: (n - n // 4, n // 4))
    ✓ split: right.
    >>> split.check(lambda n: (n, 0))
    ✗ split: not yet. Too few are left for the test.
    >>> split.check(lambda n: "all")
    ✗ split: not yet. It returns 'all'; it should return two numbers.
    """

    def __init__(
        self,
        name: str,
        solution: Answer,
        cases: Sequence[tuple[Any, ...]] | Draw,
        requirements: Sequence[Requirement],
        mistakes: Sequence[Mistake] = (),
        **options: Any,
    ) -> None:
        self.requirements = requirements
        super().__init__(name, solution, cases, mistakes, **{"kind": "design", **options})

    def _agree(self, some: Sequence[Outcome], others: Sequence[Outcome]) -> list[bool]:
        if others is self._outcomes_of(self.solution):  # the question is not whether it is this one
            return [not self._lacks(g, case) for g, case in zip(some, self.cases, strict=True)]
        return super()._agree(some, others)

    def _lacks(self, outcome: Outcome, case: tuple[Any, ...]) -> str:
        """The hint of the first requirement that a plan does not meet; "" if it meets all."""
        if outcome.error or outcome.value is None:
            return "an error"
        for hint, holds in self.requirements:
            try:
                if not holds(outcome.value, *case):
                    return hint
            except Exception:  # not of the form that can be looked at
                wanted = self.returns or "a plan of the form that the exercise asks for"
                return f"It returns {describe(outcome.value)}; it should return {wanted}."
        return ""

    def _look_closer(self, answer: Answer) -> str:
        return ""  # a plan may well be one for all situations

    def _in_general(
        self, got: Sequence[Outcome], expected: Sequence[Outcome], right: Sequence[bool]
    ) -> str:
        if any(g.error or g.value is None or g.value is Ellipsis for g in got):
            return explain(got, expected, self.cases, right, self.returns, self.name)
        lacking = (self._lacks(g, case) for g, case in zip(got, self.cases, strict=True))
        return next(hint for hint in lacking if hint)
