"""An exponentially weighted average remembers about the last 1 / (1 - β) values, in one number."""

from __future__ import annotations

from typing import Any

from ..validation import check_number
from .tensorflow import Tensor, tf


class ExponentialAverage:
    """v ← β v + (1 - β) x, from v = 0; the average is v / (1 - β^t) after t values.

    >>> tf.reset_default_graph()
    >>> x = tf.placeholder(tf.float64, ())
    >>> average = ExponentialAverage(0.9).update(x)
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> [round(float(session.run(average, {x: value})), 4) for value in (10.0, 20.0)]
    [10.0, 15.2632]
    """

    def __init__(self, beta: float = 0.9, *, correct: bool = True) -> None:
        self.beta = check_number(beta, "ExponentialAverage", "beta", 0, 1)
        self.correct = correct
        self.v: Any = None
        self.t: Any = None

    def update(self, x: Tensor) -> Tensor:
        """The average so far: each run of this tensor takes in one value."""
        self.v = tf.Variable(tf.zeros(x.shape, x.dtype), trainable=False)
        self.t = tf.Variable(0, dtype=x.dtype, trainable=False)
        t = self.t.assign_add(1)
        v = self.v.assign(self.beta * self.v + (1 - self.beta) * x)
        return v / (1 - self.beta**t) if self.correct else v.read_value()
