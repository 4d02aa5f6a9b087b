"""An optimizer adds one operation to the graph that changes every variable along its gradient.

TensorFlow's own optimizers differ from the textbook in small ways (RMSprop's mean square starts at
1, Adam's epsilon is scaled), so these are written out as assignments, formula by formula; their
constructors are those of `nbhelpers.optimizers`.
"""

from __future__ import annotations

from typing import Any

from .. import optimizers
from .._checks import check_number, describe, fail
from ._tensorflow import Tensor, tf
from .migration import explained
from .schedules import Schedule, constant


class Optimizer(optimizers.Optimizer):
    """What all optimizers have in common: the learning rate, the step count, the slots.

    Args:
        lr: a learning rate > 0, or a schedule of `tf1.schedules`.

    Attributes:
        t: a variable (float64) that counts the steps.

    One of your own needs a formula, which returns the assignment, and the number of slots:

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

    engine = "graph"

    def __init__(self, lr: float | Schedule) -> None:
        super().__init__(lr)
        self.schedule = lr if callable(lr) else constant(lr)
        self.t: Any = tf.Variable(0.0, dtype=tf.float64, trainable=False, name="t")
        self._slots: dict[tuple[str, int], Any] = {}
        self._w: Any = None

    def learning_rate(self) -> Tensor:
        """The rate of the coming update, a float64 tensor."""
        where = f"{type(self).__name__}, its schedule"
        with explained(where):
            lr = self.schedule(self.t)
            lr = lr if isinstance(lr, tf.Tensor) else tf.convert_to_tensor(lr, tf.float64)
        if lr.shape.rank != 0:
            fail(where, "one number of the graph", f"shape {lr.shape}", error=TypeError)
        return tf.cast(lr, tf.float64)

    def step(self, w: Any, g: Any) -> tf.Operation:
        """The operation that takes one step: w are variables, g their gradients.

        No variable changes before every gradient is known; the slots are made outside of that
        condition, or initializing them would ask for a batch.
        """
        self._check_step(w, g)
        self._check_update(w[0], g[0])
        slots = [[self._slot(v, i) for i in range(self.n_slots)] for v in w]
        with tf.control_dependencies(g):
            lr = self.learning_rate()
            with tf.control_dependencies([lr]):
                self.t_now = self.t.assign_add(1.0)
            with explained(f"{type(self).__name__}.update"):
                updates = [
                    self.update(v, dv, *s, lr=tf.cast(lr, v.dtype))
                    for v, dv, s in zip(w, g, slots, strict=True)
                ]
        if any(update is None for update in updates):
            hint = "return w.assign_sub(…): a graph changes only by what is run"
            fail(f"{type(self).__name__}.update", "an assignment returned", "None", hint, TypeError)
        return tf.group(self.t_now, *updates)

    def update(self, *arguments: Any, **settings: Any) -> Any:
        """The formula, for one variable: `update(w, g, *slots, lr=…)` returns the assignment.

        `self.t_now` counts from 1 here.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no update(self, w, g, *, lr)")

    def _check_step(self, w: Any, g: Any) -> None:
        where = f"{type(self).__name__}.step"
        if not isinstance(w, list) or not all(hasattr(v, "assign") for v in w):
            hint = "optimizer.step(net.w, tf.gradients(loss, net.w))"
            fail(where, "w, a list of variables", describe(w), hint, TypeError)
        if None in g:
            name = w[g.index(None)].op.name
            hint = "the loss must depend on every variable of w"
            fail(where, "a gradient for every variable", f"None for {name}", hint)
        if w[0].graph is not self.t.graph:
            hint = "make the optimizer after tf.reset_default_graph(), beside the network"
            fail(where, "variables of the optimizer's graph", "those of another", hint)
        if self._w is not None and any(a is not b for a, b in zip(self._w, w, strict=False)):
            hint = "make a new optimizer for each network: it remembers the steps of one"
            fail(where, "the variables of the steps before", "those of another network", hint)
        self._w = list(w)

    def __getstate__(self) -> dict[str, Any]:
        hint = "make a second one: its slots are variables of the graph"
        name = type(self).__name__
        fail(f"copy of {name}", "an optimizer outside of a graph", "one in it", hint, TypeError)

    def _slot(self, w: Any, i: int) -> Any:
        if (w.op.name, i) not in self._slots:
            name = f"{w.op.name}/{type(self).__name__}_{i}"
            with tf.init_scope():  # outside of a solver's loop
                zeros = tf.zeros(w.shape, w.dtype)
                self._slots[w.op.name, i] = tf.Variable(zeros, trainable=False, name=name)
        return self._slots[w.op.name, i]


class SGD(optimizers.SGD, Optimizer):
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


class Momentum(optimizers.Momentum, Optimizer):
    """v ← μ v - lr g, w ← w + v: a velocity v that rolls on through small bumps.

    >>> tf.reset_default_graph()
    >>> w, optimizer = tf.Variable([1.0]), Momentum(0.1)
    >>> step = optimizer.step([w], [tf.constant([2.0])])
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> session.run(step); session.run(w).round(4)
    array([0.8], dtype=float32)
    """

    def update(self, w: Any, g: Tensor, v: Any, *, lr: Tensor) -> tf.Operation:
        v = v.assign(self.momentum * v - lr * g)
        return w.assign_add(v)


class Nesterov(optimizers.Nesterov, Optimizer):
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


class Adagrad(optimizers.Adagrad, Optimizer):
    """s ← s + g², w ← w - lr g / (√s + ε): what moved much moves less from now on.

    >>> tf.reset_default_graph()
    >>> w, optimizer = tf.Variable([1.0]), Adagrad(0.1)
    >>> step = optimizer.step([w], [tf.constant([2.0])])
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> session.run(step); session.run(w).round(4)
    array([0.9], dtype=float32)
    """

    def update(self, w: Any, g: Tensor, s: Any, *, lr: Tensor) -> tf.Operation:
        s = s.assign_add(g * g)
        return w.assign_sub(lr * g / (tf.sqrt(s) + self.eps))


class RMSprop(optimizers.RMSprop, Optimizer):
    """s ← β s + (1 - β) g², w ← w - lr g / (√s + ε): Adagrad that forgets.

    >>> tf.reset_default_graph()
    >>> w, optimizer = tf.Variable([1.0]), RMSprop(0.1)
    >>> step = optimizer.step([w], [tf.constant([2.0])])
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> session.run(step); session.run(w).round(4)
    array([0.6838], dtype=float32)
    """

    def update(self, w: Any, g: Tensor, s: Any, *, lr: Tensor) -> tf.Operation:
        s = s.assign(self.decay * s + (1 - self.decay) * g * g)
        return w.assign_sub(lr * g / (tf.sqrt(s) + self.eps))


class Adam(optimizers.Adam, Optimizer):
    """m and v average the gradient and its square; w ← w - lr m̂ / (√v̂ + ε).

    >>> tf.reset_default_graph()
    >>> w, optimizer = tf.Variable([1.0]), Adam(0.1)
    >>> step = optimizer.step([w], [tf.constant([2.0])])
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> session.run(step); session.run(w).round(4)
    array([0.9], dtype=float32)
    """

    def update(self, w: Any, g: Tensor, m: Any, v: Any, *, lr: Tensor) -> tf.Operation:
        m = m.assign(self.beta1 * m + (1 - self.beta1) * g)
        v = v.assign(self.beta2 * v + (1 - self.beta2) * g * g)
        correct1 = tf.cast(1 - self.beta1**self.t_now, w.dtype)
        correct2 = tf.cast(1 - self.beta2**self.t_now, w.dtype)
        return w.assign_sub(lr / correct1 * m / (tf.sqrt(v / correct2) + self.eps))


class AdamW(Adam, optimizers.AdamW):
    """Adam with decoupled weight decay: w ← w - lr (m̂ / (√v̂ + ε) + λ w).

    >>> tf.reset_default_graph()
    >>> w, optimizer = tf.Variable([1.0]), AdamW(0.1, decay=0.5)
    >>> step = optimizer.step([w], [tf.constant([2.0])])
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> session.run(step); session.run(w).round(4)
    array([0.85], dtype=float32)
    """

    def update(self, w: Any, g: Tensor, m: Any, v: Any, *, lr: Tensor) -> tf.Operation:
        with tf.control_dependencies([w.assign(w * (1 - lr * self.decay))]):
            return Adam.update(self, w, g, m, v, lr=lr)


def clip_by_value(g: Any, low: float, high: float | None = None) -> Any:
    """Every number below `low` becomes `low`, above `high`, `high`; the direction may change.

    Args:
        g: a tensor or a list of tensors, such as `tf.gradients` returns.
        low, high: the limits. Without g, `clip_by_value(low, high)` is the function of g that a
            solver takes as `clip`.

    >>> tf.Session().run(clip_by_value(tf.constant([-7.0, 0.5]), -1, 1))
    array([-1. ,  0.5], dtype=float32)
    """
    if high is None:
        limits = optimizers.check_limits(g, low)
        return lambda g: clip_by_value(g, *limits)
    low, high = optimizers.check_limits(low, high)
    clipped = [tf.clip_by_value(one, low, high) for one in _listed(g)]
    return clipped if isinstance(g, list) else clipped[0]


def clip_by_global_norm(g: Any, limit: float | None = None) -> Any:
    """g · limit / max(‖g‖, limit), with the norm over all numbers of all tensors.

    Returns the clipped gradient and the norm that it had before. Without g,
    `clip_by_global_norm(5.0)` is the function of g that a solver takes as `clip`.

    >>> tf.Session().run(clip_by_global_norm([tf.constant([3.0]), tf.constant([4.0])], 1.0))
    ([array([0.6], dtype=float32), array([0.8], dtype=float32)], np.float32(5.0))
    """
    if limit is None:
        if isinstance(g, (tf.Tensor, list)):
            hint = "clip_by_global_norm(g, 5.0); as an argument, clip=clip_by_global_norm(5.0)"
            fail("clip_by_global_norm", "a limit", "none", hint, TypeError)
        limit = check_number(g, "clip_by_global_norm", "limit", 0, open_low=True)
        return lambda g: clip_by_global_norm(g, limit)[0]
    limit = check_number(limit, "clip_by_global_norm", "limit", 0, open_low=True)
    arrays = _listed(g)
    norm = tf.sqrt(tf.add_n([tf.reduce_sum(one * one) for one in arrays]))
    scale = limit / tf.maximum(norm, limit)
    clipped = [one * scale for one in arrays]
    return (clipped if isinstance(g, list) else clipped[0]), norm


def _listed(g: Tensor | list[Tensor]) -> list[Tensor]:
    return g if isinstance(g, list) else [g]


class ExponentialAverage(optimizers.ExponentialAverage):
    """v ← β v + (1 - β) x, from v = 0; the average is v / (1 - β^t) after t values.

    >>> tf.reset_default_graph()
    >>> x = tf.placeholder(tf.float64, ())
    >>> average = ExponentialAverage(0.9).update(x)
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> [round(float(session.run(average, {x: value})), 4) for value in (10.0, 20.0)]
    [10.0, 15.2632]
    """

    def __init__(self, beta: float = 0.9, *, correct: bool = True) -> None:
        super().__init__(beta, correct=correct)
        self.v: Any = None  # variables, once the shape of x is known
        self.t: Any = None

    def update(self, x: Tensor) -> Tensor:
        """The average so far: each run of this tensor takes in one value."""
        self.v = tf.Variable(tf.zeros(x.shape, x.dtype), trainable=False)
        self.t = tf.Variable(0, dtype=x.dtype, trainable=False)
        t = self.t.assign_add(1)
        v = self.v.assign(self.beta * self.v + (1 - self.beta) * x)
        return v / (1 - self.beta**t) if self.correct else v.read_value()
