"""Six ways to use a gradient, from the plain step to Adam; each is its formula, in `update`."""

from __future__ import annotations

from typing import Any

from ..validation import check_number
from .clipping import clip_by_global_norm, clip_by_value
from .optimizer import Optimizer
from .schedules import Schedule
from .tensorflow import Tensor, tf

__all__ = [
    "SGD", "Adagrad", "Adam", "Momentum", "Nesterov", "Optimizer", "RMSprop",
    "clip_by_global_norm", "clip_by_value",
]  # fmt: skip


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
