"""Exercises: a graph to be fed, the five steps, a clipped loss, shared variables."""

from __future__ import annotations

from typing import Any

import numpy as np

from .engine.exercise import Mistake
from .engine.graph_exercise import GraphExercise, run
from .engine.graph_exercise import tensorflow as tf

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


_RNG = np.random.default_rng(205)


def _probabilities(n: int, classes: int) -> tuple[Any, Any]:
    """Probabilities of which some are 0 or 1, and one-hot targets."""
    p = _RNG.dirichlet(np.full(classes, 0.5), n)
    p[0], p[1] = np.eye(classes)[0], np.eye(classes)[1]
    target = np.eye(classes)[_RNG.integers(0, classes, n)]
    target[0], target[1] = np.eye(classes)[1], np.eye(classes)[1]  # one wrong, one right
    return p.astype(np.float32), target.astype(np.float32)


def _clipped(p: Any, target: Any, *, low: float = 1e-10, axis: Any = 1, sign: float = -1.0) -> Any:
    log_p = tf().log(tf().clip_by_value(p, low, 1.0))
    return tf().reduce_mean(sign * tf().reduce_sum(target * log_p, axis=axis))


def _clip_after(p: Any, target: Any) -> Any:
    log_p = tf().clip_by_value(tf().log(p), 1e-10, 1.0)
    return tf().reduce_mean(-tf().reduce_sum(target * log_p, axis=1))


clipped_cross_entropy = GraphExercise(
    "clipped_cross_entropy",
    _clipped,
    [_probabilities(6, 3), _probabilities(9, 4), _probabilities(20, 10)],
    [
        Mistake("Nothing is clipped yet: where p is 0, its logarithm is minus infinity.",
                lambda p, t: -tf().reduce_mean(tf().reduce_sum(t * tf().log(p), axis=1))),
        Mistake("The logarithm is clipped. Clip the probability, before its logarithm is taken.",
                _clip_after),
        Mistake("The sign: the logarithm of a probability is negative, and a loss should not be.",
                lambda p, t: _clipped(p, t, sign=1.0)),
        Mistake("This is the mean over all N · classes numbers. Sum over the classes first, then "
                "take the mean over the examples.",
                lambda p, t: -tf().reduce_mean(t * tf().log(tf().clip_by_value(p, 1e-10, 1.0)))),
        Mistake("This is the sum over the examples. Their mean does not grow with the batch.",
                lambda p, t: _clipped(p, t, axis=None)),
        Mistake("It sums down the columns, over the examples. Classes lie along the other axis.",
                lambda p, t: _clipped(p, t, axis=0)),
        Mistake("This is one number for each example. Their mean is wanted.",
                lambda p, t: -tf().reduce_sum(t * tf().log(tf().clip_by_value(p, 1e-10, 1.0)), 1)),
        Mistake("p and target have changed places: the logarithm is that of p.",
                lambda p, t: _clipped(t, p)),
        Mistake("These are probabilities already; softmax was taken before.",
                lambda p, t: _clipped(tf().nn.softmax(p), t)),
        Mistake("The clip is too high: no probability is to be changed but those below 1e-10.",
                lambda p, t: _clipped(p, t, low=1e-7)),
        Mistake("The clip is too high: no probability is to be changed but those below 1e-10.",
                lambda p, t: _clipped(p, t, low=1e-8)),
    ],
    feed=True,
    view=run,
    returns="a tensor: the mean loss, not yet run",
)  # fmt: skip


def _layer(x: Any, units: int, *, bias: bool = True, after: Any = None, name: str = "twin") -> Any:
    with tf().variable_scope(name, reuse=tf().AUTO_REUSE):
        w = tf().get_variable("W", (x.shape[1], units))
        y = x @ w
        if bias:
            y += tf().get_variable("b", (units,), initializer=tf().zeros_initializer())
    return after(y) if after else y


def _twins(x_a: Any, x_b: Any, units: int, **options: Any) -> Any:
    return _layer(x_a, units, **options), _layer(x_b, units, **options)


def _refused(x_a: Any, x_b: Any, units: int) -> Any:
    for x in (x_a, x_b):
        with tf().variable_scope("twin"):
            tf().get_variable("W", (x.shape[1], units))


def _known_weights(answer: Any) -> Any:
    """How many variables there are, and both outputs with weights that everyone gets."""
    y_a, y_b = answer
    with tf().Session(graph=y_a.graph) as session:
        variables = tf().trainable_variables()
        rng = np.random.default_rng(5)
        for rank in (2, 1):  # the matrix first, in whichever order they were made
            for variable in variables:
                if variable.shape.rank == rank:
                    variable.load(rng.normal(size=variable.shape).astype(np.float32), session)
        return len(variables), *session.run([y_a, y_b])


def _pair_of_inputs(n: int, n_in: int, units: int) -> tuple[Any, ...]:
    return *_RNG.normal(size=(2, n, n_in)).astype(np.float32), units


twins = GraphExercise(
    "twins",
    _twins,
    [_pair_of_inputs(2, 3, 4), _pair_of_inputs(5, 4, 2), _pair_of_inputs(3, 6, 3)],
    [
        Mistake("There are two W and two b: each call makes its own. Make them once, or find them "
                "again by their names.",
                lambda a, b, n: (_layer(a, n, name="first"), _layer(b, n, name="second"))),
        Mistake("W is shared, but the layer has no bias.",
                lambda a, b, n: _twins(a, b, n, bias=False)),
        Mistake("The second call of get_variable was refused, because the name is taken. What must "
                "the scope allow?", _refused),
        Mistake("Both outputs come from x_a.", lambda a, b, n: _twins(a, a, n)),
        Mistake("The outputs are in the wrong order.", lambda a, b, n: _twins(b, a, n)),
        Mistake("The layer is to be linear: no activation.",
                lambda a, b, n: _twins(a, b, n, after=tf().nn.relu)),
        Mistake("The layer is to be linear: no activation.",
                lambda a, b, n: _twins(a, b, n, after=tf().sigmoid)),
    ],
    feed=True,
    view=_known_weights,
    returns="y_a, y_b: two tensors",
)  # fmt: skip
