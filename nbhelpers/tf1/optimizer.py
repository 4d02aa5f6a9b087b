"""An optimizer adds one operation to the graph that changes every variable along its gradient.

TensorFlow's own optimizers differ from the textbook in small ways (RMSprop's mean square starts at
1, Adam's epsilon is scaled), so these are written out as assignments, formula by formula.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ..validation import check_number
from .schedules import Schedule, constant
from .tensorflow import Tensor, tf


class Optimizer:
    """The learning rate, the step count, the slots.

    Args:
        lr: a learning rate > 0, or a schedule of `tf1.schedules`.

    Attributes:
        t: a variable (float64) that counts the steps.

    One's own needs a formula and the number of slots:

    >>> class SignDescent(Optimizer):
    ...     def update(self, w, g, *, lr):
    ...         return w.assign_sub(lr * tf.sign(g))
    >>> tf.reset_default_graph()
    >>> w, optimizer = tf.Variable([1.0]), SignDescent(0.1)
    >>> step = optimizer.step([w], [tf.constant([7.0])])
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> session.run(step); session.run(w)
    array([0.9], dtype=float32)
    """

    n_slots: ClassVar[int] = 0

    def __init__(self, lr: float | Schedule) -> None:
        if not callable(lr):
            check_number(lr, type(self).__name__, "learning rate", 0, open_low=True)
        self.lr = lr if callable(lr) else constant(lr)
        self.t: Any = tf.Variable(0.0, dtype=tf.float64, trainable=False, name="t")

    def learning_rate(self) -> Tensor:
        """The rate of the coming update."""
        return self.lr(self.t)

    def step(self, w: list[Any], g: list[Tensor]) -> tf.Operation:
        """The operation that takes one step: w are variables, g their gradients.

        No variable changes before every gradient is known; the slots are made outside of that
        condition, or initializing them would ask for a batch.
        """
        slots = [[self._slot(v, i) for i in range(self.n_slots)] for v in w]
        with tf.control_dependencies(g):
            lr = self.learning_rate()
            with tf.control_dependencies([lr]):
                self.t_now = self.t.assign_add(1.0)
            updates = [
                self.update(v, dv, *s, lr=tf.cast(lr, v.dtype))
                for v, dv, s in zip(w, g, slots, strict=True)
            ]
        return tf.group(self.t_now, *updates)

    update: Callable[..., tf.Operation]
    """`update(w, g, *slots, lr)`: the formula, for one variable. `t_now` counts from 1 here."""

    def _slot(self, w: Any, i: int) -> Any:
        name = f"{w.op.name}/{type(self).__name__}_{i}"
        with tf.init_scope():  # outside of the solver's loop
            return tf.Variable(tf.zeros(w.shape, w.dtype), trainable=False, name=name)
