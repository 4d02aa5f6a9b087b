"""Exercises of lesson 5, first half: a graph to be fed, and the five steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from .exercise import Mistake
from .graph_exercise import GraphExercise
from .graph_exercise import tensorflow as tf
from .graph_pieces import clipped_cross_entropy, twins

__all__ = ["clipped_cross_entropy", "minimize", "polynomial", "twins"]

_POINTS = np.array([-1.5, 0.0, 0.5, 2.0], np.float32)


def _power_sum(coefficients: Any, x: Any, *, shift: int = 0) -> Any:
    terms = [c * x ** (k + shift) for k, c in enumerate(coefficients)]
    return tf().add_n([tf().convert_to_tensor(term, x.dtype) for term in terms])


def _polynomial(coefficients: Any, **options: Any) -> Any:
    x = tf().placeholder(tf().float32, (None,))
    return x, _power_sum(coefficients, x, **options)


def _term_by_term(coefficients: Any, factor: Any) -> Any:
    x = tf().placeholder(tf().float32, (None,))
    return x, sum(c * factor(x, k) for k, c in enumerate(coefficients))


def _constant_input(coefficients: Any) -> Any:
    x = tf().constant(_POINTS)
    return x, _power_sum(coefficients, x)


def _feed_points(answer: Any) -> Any:
    """The values of y at some points; NaN where x is no placeholder, and so cannot be fed."""
    x, y = answer
    if not isinstance(x, tf().Tensor) or not isinstance(y, tf().Tensor):
        raise TypeError("expected two tensors")
    if x.op.type != "Placeholder":
        return np.full(len(_POINTS), np.nan)
    with tf().Session(graph=y.graph) as session:
        session.run(tf().global_variables_initializer())
        return session.run(y, {x: _POINTS})


_ORDER = "The coefficients are used from the wrong end: the first one belongs to the power 0."

polynomial = GraphExercise(
    "polynomial",
    _polynomial,
    [([1.0, 2.0, 3.0],), ([-2.0, 0.5],), ([0.0, 1.0, 0.0, -1.0],)],
    [
        Mistake("x is not a placeholder, so nobody can feed it: this graph computes one set of "
                "numbers for ever.", _constant_input),
        Mistake(_ORDER, lambda c: _polynomial(c[::-1])),
        Mistake("Every power is too high by one: the first coefficient stands alone, since x to "
                "the power 0 is 1.", lambda c: _polynomial(c, shift=1)),
        Mistake("The coefficients are multiplied by 0, 1, 2 … times x. Powers of x are wanted.",
                lambda c: _term_by_term(c, lambda x, k: k * x)),
        Mistake("Every coefficient is multiplied by x itself; each has a power of its own.",
                lambda c: _term_by_term(c, lambda x, k: x)),
        Mistake("The constant term is missing.", lambda c: _polynomial([0.0, *c[1:]])),
        Mistake("The last term is missing: does the loop stop too early?",
                lambda c: _polynomial([*c[:-1], 0.0])),
        Mistake("This is the last term alone. The terms are to be added up.",
                lambda c: _polynomial([*(0.0 for _ in c[1:]), c[-1]])),
    ],
    view=_feed_points,
    returns="x, y: a placeholder and a tensor that is computed from it, neither of them run",
)  # fmt: skip


def _minimize(
    a: float, b: float, c: float, lr: float, steps: int, *, cost: Any = None, result: str = "w",
    initialize: str = "once", sign: float = 1.0,
) -> float:  # fmt: skip
    """Five steps, with room for one of them to go wrong."""
    w = tf().Variable(0.0)
    value = cost(w, a, b, c) if cost else a * w**2 + b * w + c
    train = tf().train.GradientDescentOptimizer(lr).minimize(sign * value)
    with tf().Session() as session:
        if initialize == "once":
            session.run(tf().global_variables_initializer())
        for _ in range(steps):
            if initialize == "always":
                session.run(tf().global_variables_initializer())
            session.run(train)
        answer = session.run(w if result == "w" else value)
    return float(session.run(w) if result == "closed" else answer)


def _number(w: Any) -> float:
    if isinstance(w, str):
        raise TypeError("expected a number")
    return float(w)


def _but(**changes: Any) -> Any:
    return lambda a, b, c, lr, steps: _minimize(a, b, c, lr, steps, **changes)


minimize = GraphExercise(
    "minimize",
    _minimize,
    [(1.0, -10.0, 25.0, 0.1, 5), (2.0, 4.0, 1.0, 0.05, 8), (0.5, 3.0, 0.0, 0.3, 3)],
    [
        Mistake("Step 4 is missing: a variable has no value in a session until an initializer has "
                "run there.", _but(initialize="never")),
        Mistake("This is where one step leads, whatever `steps` says. Is there a loop? Does the "
                "initializer run before it? Inside, it puts w back to 0 each time.",
                _but(initialize="always")),
        Mistake("The session is closed when `with` ends, and its variables are gone. Run w while "
                "it is open.", _but(result="closed")),
        Mistake("It walks uphill: this makes the cost larger.", _but(sign=-1.0)),
        Mistake("This is the cost at the end. The place w is wanted.", _but(result="cost")),
        Mistake("w is still 0: the training step was built, but never run.",
                lambda a, b, c, lr, steps: 0.0),
        Mistake("One step too few.", lambda a, b, c, lr, steps: _minimize(a, b, c, lr, steps - 1)),
        Mistake("One step too many.", lambda a, b, c, lr, steps: _minimize(a, b, c, lr, steps + 1)),
        Mistake("This is where the lowest point lies by the formula. Where is gradient descent "
                "after `steps` steps?", lambda a, b, c, lr, steps: -b / (2 * a)),
        Mistake("The cost lacks its term b w, or its sign.",
                _but(cost=lambda w, a, b, c: a * w**2 - b * w + c)),
        Mistake("The coefficient a has no effect.", _but(cost=lambda w, a, b, c: w**2 + b * w + c)),
        Mistake("The learning rate is not the one that was handed over.",
                lambda a, b, c, lr, steps: _minimize(a, b, c, 0.1, steps)),
        Mistake("The learning rate is not the one that was handed over.",
                lambda a, b, c, lr, steps: _minimize(a, b, c, 0.01, steps)),
    ],
    view=_number,
    returns="a number: what session.run gives for w",
)  # fmt: skip
