"""Exercises of lesson 5, second half: a clipped loss, and variables that are shared."""

from __future__ import annotations

from typing import Any

import numpy as np

from .exercise import Mistake
from .graph_exercise import GraphExercise, run
from .graph_exercise import tensorflow as tf

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
