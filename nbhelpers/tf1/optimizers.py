"""An optimizer adds one operation to the graph that changes every variable along its gradient.

TensorFlow's own optimizers differ from the textbook in small ways (RMSprop's mean square starts at
1, Adam's epsilon is scaled), so these are written out as assignments, formula by formula.

Six ways to use a gradient, from the plain step to Adam; each is its formula, in `update`.

Clipping shortens a gradient that is too long, before it throws the weights out of the valley.

Each function takes one tensor or a list of tensors, such as `tf.gradients` returns, and gives back
the same.

An exponentially weighted average remembers about the last 1 / (1 - β) values, in one number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from .._checks import check_number
from ._tensorflow import Tensor, tf
from .schedules import Schedule, constant


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


class SGD(Optimizer):
    """w ← w - lr g.

    >>> tf.reset_default_graph()
    >>> w, optimizer = tf.Variable([1.0]), SGD(0.1)
    >>> step = optimizer.step([w], [tf.constant([2.0])])
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> session.run(step); session.run(w).round(4)
    array([0.8], dtype=float32)
    """

    def update(self, w: Any, g: Tensor, *, lr: Tensor) -> tf.Operation:
        return w.assign_sub(lr * g)


class Momentum(Optimizer):
    """v ← μ v - lr g, w ← w + v: a velocity v that rolls on through small bumps.

    >>> tf.reset_default_graph()
    >>> w, optimizer = tf.Variable([1.0]), Momentum(0.1)
    >>> step = optimizer.step([w], [tf.constant([2.0])])
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> session.run(step); session.run(w).round(4)
    array([0.8], dtype=float32)
    """

    n_slots = 1

    def __init__(self, lr: float | Schedule, momentum: float = 0.9) -> None:
        super().__init__(lr)
        self.momentum = check_number(momentum, type(self).__name__, "momentum", 0, 1)

    def update(self, w: Any, g: Tensor, v: Any, *, lr: Tensor) -> tf.Operation:
        v = v.assign(self.momentum * v - lr * g)
        return w.assign_add(v)


class Nesterov(Momentum):
    """Momentum that looks ahead: v ← μ v - lr g, w ← w + μ v - lr g.

    >>> tf.reset_default_graph()
    >>> w, optimizer = tf.Variable([1.0]), Nesterov(0.1)
    >>> step = optimizer.step([w], [tf.constant([2.0])])
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> session.run(step); session.run(w).round(4)
    array([0.62], dtype=float32)
    """

    def update(self, w: Any, g: Tensor, v: Any, *, lr: Tensor) -> tf.Operation:
        v = v.assign(self.momentum * v - lr * g)
        return w.assign_add(self.momentum * v - lr * g)


class Adagrad(Optimizer):
    """s ← s + g², w ← w - lr g / (√s + ε): what moved much moves less from now on.

    >>> tf.reset_default_graph()
    >>> w, optimizer = tf.Variable([1.0]), Adagrad(0.1)
    >>> step = optimizer.step([w], [tf.constant([2.0])])
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> session.run(step); session.run(w).round(4)
    array([0.9], dtype=float32)
    """

    n_slots = 1

    def __init__(self, lr: float | Schedule, eps: float = 1e-8) -> None:
        super().__init__(lr)
        self.eps = check_number(eps, "Adagrad", "eps", 0, open_low=True)

    def update(self, w: Any, g: Tensor, s: Any, *, lr: Tensor) -> tf.Operation:
        s = s.assign_add(g * g)
        return w.assign_sub(lr * g / (tf.sqrt(s) + self.eps))


class RMSprop(Optimizer):
    """s ← β s + (1 - β) g², w ← w - lr g / (√s + ε): Adagrad that forgets.

    >>> tf.reset_default_graph()
    >>> w, optimizer = tf.Variable([1.0]), RMSprop(0.1)
    >>> step = optimizer.step([w], [tf.constant([2.0])])
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> session.run(step); session.run(w).round(4)
    array([0.6838], dtype=float32)
    """

    n_slots = 1

    def __init__(self, lr: float | Schedule, decay: float = 0.9, eps: float = 1e-8) -> None:
        super().__init__(lr)
        self.decay = check_number(decay, "RMSprop", "decay", 0, 1)
        self.eps = check_number(eps, "RMSprop", "eps", 0, open_low=True)

    def update(self, w: Any, g: Tensor, s: Any, *, lr: Tensor) -> tf.Operation:
        s = s.assign(self.decay * s + (1 - self.decay) * g * g)
        return w.assign_sub(lr * g / (tf.sqrt(s) + self.eps))


class Adam(Optimizer):
    """m and v average the gradient and its square; w ← w - lr m̂ / (√v̂ + ε).

    >>> tf.reset_default_graph()
    >>> w, optimizer = tf.Variable([1.0]), Adam(0.1)
    >>> step = optimizer.step([w], [tf.constant([2.0])])
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> session.run(step); session.run(w).round(4)
    array([0.9], dtype=float32)
    """

    n_slots = 2

    def __init__(
        self, lr: float | Schedule, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        super().__init__(lr)
        self.beta1 = check_number(beta1, "Adam", "beta1", 0, 1)
        self.beta2 = check_number(beta2, "Adam", "beta2", 0, 1)
        self.eps = check_number(eps, "Adam", "eps", 0, open_low=True)

    def update(self, w: Any, g: Tensor, m: Any, v: Any, *, lr: Tensor) -> tf.Operation:
        m = m.assign(self.beta1 * m + (1 - self.beta1) * g)
        v = v.assign(self.beta2 * v + (1 - self.beta2) * g * g)
        correct1 = tf.cast(1 - self.beta1**self.t_now, w.dtype)
        correct2 = tf.cast(1 - self.beta2**self.t_now, w.dtype)
        return w.assign_sub(lr / correct1 * m / (tf.sqrt(v / correct2) + self.eps))


Gradients = TypeVar("Gradients", Tensor, list[Tensor])


def clip_by_value(g: Gradients, low: float, high: float) -> Gradients:
    """Every number below `low` becomes `low`, above `high`, `high`; the direction may change.

    >>> tf.Session().run(clip_by_value(tf.constant([-7.0, 0.5]), -1, 1))
    array([-1. ,  0.5], dtype=float32)
    """
    low = check_number(low, "clip_by_value", "low", -float("inf"))
    high = check_number(high, "clip_by_value", "high", low)
    clipped = [tf.clip_by_value(one, low, high) for one in _listed(g)]
    return clipped if isinstance(g, list) else clipped[0]


def clip_by_global_norm(g: Gradients, limit: float) -> tuple[Gradients, Tensor]:
    """g · limit / max(‖g‖, limit), with the norm over all numbers of all tensors.

    Returns the clipped gradient and the norm that it had before.

    >>> tf.Session().run(clip_by_global_norm([tf.constant([3.0]), tf.constant([4.0])], 1.0))
    ([array([0.6], dtype=float32), array([0.8], dtype=float32)], np.float32(5.0))
    """
    limit = check_number(limit, "clip_by_global_norm", "limit", 0, open_low=True)
    arrays = _listed(g)
    norm = tf.sqrt(tf.add_n([tf.reduce_sum(one * one) for one in arrays]))
    scale = limit / tf.maximum(norm, limit)
    clipped = [one * scale for one in arrays]
    return (clipped if isinstance(g, list) else clipped[0]), norm


def _listed(g: Tensor | list[Tensor]) -> list[Tensor]:
    return g if isinstance(g, list) else [g]


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
