"""Three mistakes that every exercise knows: results permuted, arguments swapped or without effect.

The second and the third run the solution, or both functions, on inputs that are put together from
those of the cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from .hints import is_numbers
from .outcomes import Answer, Outcome, equal, is_sequence, same

if TYPE_CHECKING:
    from .exercise import Exercise

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
MOST = 5  # results; of more, the orders are too many


def permuted(got: Sequence[Outcome], expected: Sequence[Outcome], rtol: float) -> str:
    """What to say if the right results are returned in another order; "" if they are not.

    >>> permuted([Outcome((2, 1))], [Outcome((1, 2))], 1e-5)
    'These are the right results in another order: what you return first belongs in second place.'
    """
    results = [e.value for e in expected]
    if not all(isinstance(r, tuple) and len(r) == len(results[0]) <= MOST for r in results):
        return ""
    count = len(results[0])
    if not all(is_sequence(g.value) and len(g.value) == count for g in got):
        return ""
    for order in permutations(range(count)):
        moved = next((i for i, k in enumerate(order) if i != k), None)
        if moved is not None and all(
            equal(g.value[i], r[k], rtol)
            for g, r in zip(got, results, strict=True)
            for i, k in enumerate(order)
        ):
            return ("These are the right results in another order: what you return "
                    f"{ORDINALS[moved]} belongs in {ORDINALS[order[moved]]} place.")  # fmt: skip
    return ""


def swapped(exercise: Exercise, got: Sequence[Outcome]) -> str:
    """What to say if the results are those of two arguments in each other's place; else ""."""
    cases = exercise.cases
    for i, k in combinations(range(min(map(len, cases), default=0)), 2):
        if not all(type(case[i]) is type(case[k]) for case in cases):
            continue
        turned = [_with(_with(case, i, case[k]), k, case[i]) for case in cases]
        others = exercise.outcomes(exercise.solution, turned)
        pairs = zip(others, exercise.outcomes(exercise.solution), strict=True)
        if all(_mirrored(o.value, e.value) for o, e in pairs):
            continue  # a - b: that the sign is turned says more
        if not any(o.error or o.strange for o in others) and all(
            same(g, o, exercise.rtol) for g, o in zip(got, others, strict=True)
        ):
            return (f"This is right with two arguments in each other's place: the {ORDINALS[i]} "
                    f"and the {ORDINALS[k]}.")  # fmt: skip
    return ""


def ignored(exercise: Exercise, answer: Answer) -> str:
    """What to say if an argument changes the right result and not the answer's; else ""."""
    for i in range(min(map(len, exercise.cases), default=0)):
        for case, changed in _pairs(exercise.cases, i):
            before, after = exercise.outcomes(exercise.solution, [case, changed])
            if _fails(before) or _fails(after) or same(before, after, exercise.rtol):
                continue
            mine, then = exercise.outcomes(answer, [case, changed])
            if _fails(mine) or _fails(then):
                continue
            if same(mine, then, 0.0) and not same(then, after, exercise.rtol):
                return (
                    f"Its {ORDINALS[i]} argument changes nothing, and it should. Where does it "
                    "come in?"
                )
            break  # it has an effect
    return ""


def _fails(outcome: Outcome) -> bool:
    return bool(outcome.error or outcome.strange or outcome.value is None)


def _mirrored(a: Any, b: Any) -> bool:
    """Whether one is the other's negative or transpose."""
    if not (is_numbers(a) and is_numbers(b)):
        return False
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return equal(a, -b, 1e-9) or equal(a, b.T, 1e-9)


def _with(case: tuple[Any, ...], i: int, value: Any) -> tuple[Any, ...]:
    return (*case[:i], value, *case[i + 1 :])


def _pairs(cases: Sequence[tuple[Any, ...]], i: int) -> Iterator[tuple[Any, Any]]:
    """Cases, each with another value of its argument i: another case's, or its rows turned."""
    for case in cases:
        here = case[i]
        if isinstance(here, np.random.Generator):
            yield case, _with(case, i, np.random.default_rng(20_001))
        elif not callable(here):
            for there in (other[i] for other in cases):
                if _form(there) == _form(here) and not equal(there, here, 0.0):
                    yield case, _with(case, i, there)
            if isinstance(here, np.ndarray) and here.ndim and not equal(here[::-1], here, 0.0):
                yield case, _with(case, i, here[::-1].copy())


def _form(value: Any) -> Any:
    return type(value), getattr(value, "shape", None)
