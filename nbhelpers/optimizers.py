"""An optimizer turns a gradient into a change of the weights.

`step(w, g)` changes the vector w in place. Gradient clipping, which shortens a gradient before the
step, is here too, and the exponential moving average that momentum and Adam are made of.
"""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, overload

import numpy as np

from ._checks import (
    TENSORS,
    Array,
    F,
    Schedule,
    accepts,
    check_number,
    check_schedule,
    describe,
    fail,
)

BLOCK = 32_768
"""Numbers in a block: 128 kB of float32, which a processor's cache holds."""

_ELEMENTWISE: set[Callable[..., Any]] = set()


def elementwise(update: F) -> F:
    """Mark an `update` in which no number depends on another one: it may be run block by block.

    Its intermediate results then never leave the processor's cache, and the numbers are the same.
    A subclass with an `update` of its own is not marked by this.
    """
    _ELEMENTWISE.add(update)
    return update


class Optimizer:
    """What all optimizers have in common: the learning rate, the step count, the slots.

    Args:
        lr: a learning rate > 0, or a schedule: a function of the step (the first is 0).

    Attributes:
        t: how many steps were taken.
        used_rate: the learning rate of the latest step; NaN before the first.
        slots: the vectors that the optimizer remembers between steps, shaped like w.

    Raises:
        TypeError, ValueError: a learning rate that is none; in `step`, vectors that do not fit, or
            the weights of a second network.

    One of your own needs a formula, which changes w in place, and the number of slots:

    >>> class SignDescent(Optimizer):
    ...     def update(self, w, g, *, lr):
    ...         w -= lr * np.sign(g)
    >>> w = np.array([1.0]); SignDescent(0.1).step(w, np.array([7.0])); w
    array([0.9])
    """

    engine = "numpy"
    n_slots: ClassVar[int] = 0
    _w: Any = None  # the weights of the latest step

    def __init__(self, lr: float | Schedule) -> None:
        name = type(self).__name__
        if not callable(lr):
            check_number(lr, name, "learning rate", 0, open_low=True)
        else:
            check_schedule(lr, name, self.engine)
        self.lr = lr
        self.t = 0
        self.slots: list[Array] = []
        self.used_rate = math.nan

    def learning_rate(self) -> float:
        """The rate of the coming update."""
        lr = self.lr(self.t) if callable(self.lr) else self.lr
        if not isinstance(lr, (int, float, np.number)) or not 0 <= lr < math.inf:
            where = f"{type(self).__name__}, step {self.t}"
            fail(where, "a finite learning rate >= 0", describe(lr))
        return float(lr)

    def step(self, w: Array, g: Array) -> None:
        """Change the weights w, shape (P,), in place by one update along their gradient g."""
        if self._w is not w:
            self._meet(w, g)
        if w.shape != g.shape or w.dtype != g.dtype:
            fail(f"{type(self).__name__}.step", f"g like w, {describe(w)}", describe(g))
        lr = self.used_rate = self.learning_rate()
        self.t += 1
        if type(self).update in _ELEMENTWISE:
            for start in range(0, w.size, BLOCK):
                block = slice(start, start + BLOCK)
                self.update(w[block], g[block], *(slot[block] for slot in self.slots), lr=lr)
        elif self.t == 1:
            self._first_update(w, g, lr)
        else:
            self.update(w, g, *self.slots, lr=lr)

    def update(self, *arguments: Any, **settings: Any) -> Any:
        """The formula: `update(w, g, *slots, lr=…)` changes w and the slots in place.

        `self.t` counts from 1 here.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no update(self, w, g, *, lr)")

    def _meet(self, w: Array, g: Array) -> None:
        """Take up a vector of weights; raise where it is not the one of the steps before."""
        where = f"{type(self).__name__}.step"
        if not hasattr(self, "slots"):  # without a solver, which has looked already
            hint = f"call super().__init__(lr) in {type(self).__name__}.__init__"
            fail(where, "an optimizer with a learning rate", "one without", hint, TypeError)
        for name, vector in (("w", w), ("g", g)):
            if not isinstance(vector, np.ndarray) or vector.ndim != 1 or vector.dtype.kind != "f":
                hint = "optimizer.step(net.w, net.g)"
                fail(where, f"{name}, a vector of floats", describe(vector), hint, TypeError)
        if self._w is not None and not np.may_share_memory(self._w, w) and (self.slots or self.t):
            hint = "make a new optimizer for each network: it remembers the steps of one"
            fail(where, "the weights of the steps before", "those of another network", hint)
        if self.slots and self.slots[0].shape != w.shape:
            known = f"{self.slots[0].size} weights, as before"
            fail(where, known, f"{w.size}", "make a new optimizer for each network")
        self._check_update(w, g)
        if not self.slots:
            self.slots = [np.zeros_like(w) for _ in range(self.n_slots)]
        self._w = w

    def _check_update(self, w: Any, g: Any) -> None:
        """Raise where a reader's `update` does not take what it is called with."""
        if accepts(self.update, w, g, *self.n_slots * [w], lr=0.1):
            return
        name, update = type(self).__name__, inspect.signature(self.update)
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        taken = sum(p.kind in kinds for p in update.parameters.values())
        hint = f"n_slots = {taken - 2} in {name}" if "lr" in update.parameters else "add *, lr"
        expected = f"update(self, w, g, *, lr) with {self.n_slots} slots after g"
        fail(name, expected, f"update{update}", hint, TypeError)

    def _first_update(self, w: Array, g: Array, lr: float) -> None:
        """The first update by a reader's formula: one that binds new names would change nothing."""
        before = w.copy()
        self.update(w, g, *self.slots, lr=lr)
        if not lr or not g.any():
            return
        name = type(self).__name__
        if np.array_equal(before, w):
            hint = "w -= …, or w[:] = …; w = … gives a new array that name"
            fail(f"{name}.update", "w changed in place", "w as it was", hint)
        if self.slots and not any(slot.any() for slot in self.slots):
            text = f"{name}.update left all of its slots at zero. Hint: slot[:] = …, in place"
            warnings.warn(text, stacklevel=3)

    def __getstate__(self) -> dict[str, Any]:
        # A copy goes on with a copy of the network, which has a vector of its own.
        return self.__dict__ | {"_w": None}


class SGD(Optimizer):
    """w ← w - lr g (Robbins & Monro, 1951).

    >>> w = np.array([1.0]); SGD(0.1).step(w, np.array([2.0])); w
    array([0.8])
    """

    @elementwise
    def update(self, w: Array, g: Array, *, lr: float) -> None:
        w -= lr * g


class Momentum(Optimizer):
    """v ← μ v - lr g, w ← w + v: a velocity v that rolls on through small bumps (Polyak, 1964).

    The other convention, u ← μ u + g, w ← w - lr u, has v = -lr u: the same path as long as lr is
    constant. When lr falls, v remembers the old, larger steps, and u does not. A third one writes
    u ← μ u + (1 - μ) g; its lr is 1 / (1 - μ) times the lr here.

    >>> w, optimizer = np.array([1.0]), Momentum(0.1)
    >>> for _ in range(2):
    ...     optimizer.step(w, np.array([1.0]))
    >>> w.round(4)  # first -0.1, then 0.9 · -0.1 - 0.1
    array([0.71])
    """

    n_slots = 1

    def __init__(self, lr: float | Schedule, momentum: float = 0.9) -> None:
        super().__init__(lr)
        self.momentum = check_number(momentum, type(self).__name__, "momentum", 0, 1)

    @elementwise
    def update(self, w: Array, g: Array, v: Array, *, lr: float) -> None:
        v[:] = self.momentum * v - lr * g
        w += v


class Nesterov(Momentum):
    """Momentum that looks ahead: v ← μ v - lr g, w ← w + μ v - lr g (Sutskever, 2013).

    The first form takes the gradient not at the weights but where the velocity is about to carry
    them: v ← μ v - lr ∇f(θ + μ v), θ ← θ + v (Nesterov, 1983). With w = θ + μ v for the weights,
    both are the same: w is always the point looked ahead to, so that g is the gradient at w, and
    the update needs no second set of weights. TensorFlow's `use_nesterov=True` is this form.

    >>> w, optimizer = np.array([1.0]), Nesterov(0.1)
    >>> for _ in range(2):
    ...     optimizer.step(w, np.array([1.0]))
    >>> w.round(4)  # first 0.9 · -0.1 - 0.1, then 0.9 · -0.19 - 0.1
    array([0.539])
    """

    @elementwise
    def update(self, w: Array, g: Array, v: Array, *, lr: float) -> None:
        v[:] = self.momentum * v - lr * g
        w += self.momentum * v - lr * g


class Adagrad(Optimizer):
    """s ← s + g², w ← w - lr g / (√s + ε): what moved much moves less from now on (Duchi, 2011).

    TensorFlow's own starts s at 0.1 and has no ε.

    >>> w, optimizer = np.array([1.0]), Adagrad(0.1)
    >>> for _ in range(2):
    ...     optimizer.step(w, np.array([7.0]))
    >>> w.round(4)  # -0.1 / √1 - 0.1 / √2
    array([0.8293])
    """

    n_slots = 1

    def __init__(self, lr: float | Schedule, eps: float = 1e-8) -> None:
        super().__init__(lr)
        self.eps = check_number(eps, "Adagrad", "eps", 0, open_low=True)

    @elementwise
    def update(self, w: Array, g: Array, s: Array, *, lr: float) -> None:
        s += g * g
        w -= lr * g / (np.sqrt(s) + self.eps)


class RMSprop(Optimizer):
    """s ← β s + (1 - β) g², w ← w - lr g / (√s + ε): Adagrad that forgets (Hinton, 2012).

    β is `decay`. s starts at 0, so the first step is 1 / √(1 - β) times too long; Adam corrects it.
    TensorFlow's own starts s at 1 and has ε under the root.

    >>> w = np.array([1.0]); RMSprop(0.1).step(w, np.array([7.0])); w.round(4)  # -0.1 / √0.1
    array([0.6838])
    """

    n_slots = 1

    def __init__(self, lr: float | Schedule, decay: float = 0.9, eps: float = 1e-8) -> None:
        super().__init__(lr)
        self.decay = check_number(decay, "RMSprop", "decay", 0, 1)
        self.eps = check_number(eps, "RMSprop", "eps", 0, open_low=True)

    @elementwise
    def update(self, w: Array, g: Array, s: Array, *, lr: float) -> None:
        s[:] = self.decay * s + (1 - self.decay) * g * g
        w -= lr * g / (np.sqrt(s) + self.eps)


class Adam(Optimizer):
    """Steps in units of the gradient's own recent size (Kingma & Ba, 2015, algorithm 1).

    m ← β1 m + (1 - β1) g and v ← β2 v + (1 - β2) g² average the gradient and its square. Both start
    at zero, so they are divided by 1 - β^t; then w ← w - lr m̂ / (√v̂ + ε). TensorFlow's own leaves
    out the correction of v under ε: its epsilon is ours times √(1 - β2^t).

    >>> w = np.array([1.0]); Adam(0.1).step(w, np.array([1e-3])); w.round(4)  # one lr, whatever g
    array([0.9])
    """

    n_slots = 2

    def __init__(
        self, lr: float | Schedule, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        super().__init__(lr)
        self.beta1 = check_number(beta1, "Adam", "beta1", 0, 1)
        self.beta2 = check_number(beta2, "Adam", "beta2", 0, 1)
        self.eps = check_number(eps, "Adam", "eps", 0, open_low=True)

    @elementwise
    def update(self, w: Array, g: Array, m: Array, v: Array, *, lr: float) -> None:
        m *= self.beta1
        m += (1 - self.beta1) * g
        v *= self.beta2
        v += (1 - self.beta2) * g * g
        # m̂ = m / correct1 and v̂ = v / correct2; lr takes the first, which saves a sweep over m.
        correct1, correct2 = 1 - self.beta1**self.t, 1 - self.beta2**self.t
        w -= lr / correct1 * m / (np.sqrt(v / correct2) + self.eps)


class AdamW(Adam):
    """Adam with decoupled weight decay: w ← w - lr (m̂ / (√v̂ + ε) + λ w).

    An L2 penalty under Adam is divided by √v̂ like the rest of the gradient, so that weights with
    large gradients are pulled less; here every weight is pulled alike (Loshchilov & Hutter, 2019).
    The decay takes all
    parameters, biases too. PyTorch's AdamW is this form; the paper scales λ by the schedule alone.

    Args:
        decay: λ >= 0, the share of w that goes per step and unit of lr.

    >>> w = np.array([1.0]); AdamW(0.1, decay=0.5).step(w, np.array([1e-3])); w.round(4)
    array([0.85])
    """

    def __init__(
        self, lr: float | Schedule, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8,
        *, decay: float = 0.01,
    ) -> None:  # fmt: skip
        super().__init__(lr, beta1, beta2, eps)
        self.decay = check_number(decay, "AdamW", "decay", 0)

    @elementwise
    def update(self, w: Array, g: Array, m: Array, v: Array, *, lr: float) -> None:
        w *= 1 - lr * self.decay
        super().update(w, g, m, v, lr=lr)


Gradients = TypeVar("Gradients", Array, list[Array])


@overload
def clip_by_value(g: Gradients, low: float, high: float) -> Gradients: ...
@overload
def clip_by_value(g: float, low: float) -> Callable[[Array], Array]: ...
def clip_by_value(g: Any, low: float, high: float | None = None) -> Any:
    """Every number below `low` becomes `low`, above `high`, `high`; the direction may change.

    Args:
        g: an array, such as a network's `net.g`, or a list of arrays; they are left as they are.
        low, high: the limits. Without g, `clip_by_value(low, high)` is the function of g that a
            solver takes as `clip`.

    >>> clip_by_value(np.array([-7.0, 0.5]), -1, 1)
    array([-1. ,  0.5])
    >>> clip_by_value(-1, 1)(np.array([-7.0, 0.5]))
    array([-1. ,  0.5])
    """
    if high is None:
        limits = check_limits(g, low)
        return lambda g: clip_by_value(g, *limits)
    low, high = check_limits(low, high)
    clipped = [np.clip(one, low, high) for one in _listed(g, "clip_by_value")]
    return clipped if isinstance(g, list) else clipped[0]


def check_limits(low: float, high: float) -> tuple[float, float]:
    """Raise where low and high are no limits for `clip_by_value`."""
    low = check_number(low, "clip_by_value", "low", -np.inf)
    return low, check_number(high, "clip_by_value", "high", low)


@overload
def clip_by_global_norm(g: Gradients, limit: float) -> tuple[Gradients, float]: ...
@overload
def clip_by_global_norm(g: float) -> Callable[[Array], Array]: ...
def clip_by_global_norm(g: Any, limit: float | None = None) -> Any:
    """g · limit / max(‖g‖, limit), with the norm over all numbers of all arrays (Pascanu, 2013).

    All are scaled alike, so the direction stays.

    Args:
        g: an array, such as a network's `net.g`, or a list of arrays; they are left as they are.
        limit: the largest norm, > 0. Without g, `clip_by_global_norm(5.0)` is the function of g
            that a solver takes as `clip`.

    Returns:
        The clipped gradient and the norm that it had before, as `tf.clip_by_global_norm` does.

    Raises:
        FloatingPointError: the gradient has overflowed.

    >>> clip_by_global_norm([np.array([3.0]), np.array([4.0])], 1.0)
    ([array([0.6]), array([0.8])], 5.0)
    >>> clip_by_global_norm(1.0)(np.array([3.0, 4.0]))
    array([0.6, 0.8])
    """
    if limit is None:
        if isinstance(g, (np.ndarray, list)):
            hint = "clip_by_global_norm(g, 5.0); as an argument, clip=clip_by_global_norm(5.0)"
            fail("clip_by_global_norm", "a limit", "none", hint, TypeError)
        limit = check_number(g, "clip_by_global_norm", "limit", 0, open_low=True)
        return lambda g: clip_by_global_norm(g, limit)[0]
    limit = check_number(limit, "clip_by_global_norm", "limit", 0, open_low=True)
    arrays = _listed(g, "clip_by_global_norm")
    norm = math.sqrt(sum(float(np.vdot(one, one)) for one in arrays))
    if not math.isfinite(norm):
        hint = "a smaller learning rate: clipping cannot repair a gradient that has overflowed"
        fail("clip_by_global_norm", "a finite gradient", f"norm {norm}", hint, FloatingPointError)
    scale = limit / max(norm, limit)
    clipped = [one * scale for one in arrays]
    return (clipped if isinstance(g, list) else clipped[0]), norm


def _listed(g: Any, where: str) -> list[Array]:
    arrays = g if isinstance(g, list) else [g]
    for one in arrays:
        if not isinstance(one, np.ndarray) or one.dtype.kind != "f":
            hint = TENSORS if type(one).__module__.startswith("tensorflow") else "net.g"
            fail(where, "an array of floats or a list of them", describe(one), hint, TypeError)
    return arrays


class ExponentialAverage:
    """v ← β v + (1 - β) x, from v = 0; the average is v / (1 - β^t) after t values.

    v starts at 0, and so comes out too small at first: after t values the weights of all values
    seen sum to 1 - β^t, and dividing by that corrects it (Kingma & Ba, 2015, section 3).

    Args:
        beta: what is kept at each value, 0 <= beta < 1.
        correct: whether to divide; without, the first averages lean to 0.

    >>> average = ExponentialAverage(0.9)
    >>> [round(average.update(x), 4) for x in (10.0, 20.0)]
    [10.0, 15.2632]
    >>> plain = ExponentialAverage(0.9, correct=False)
    >>> [round(plain.update(x), 4) for x in (10.0, 20.0)]
    [1.0, 2.9]
    """

    def __init__(self, beta: float = 0.9, *, correct: bool = True) -> None:
        self.beta = check_number(beta, "ExponentialAverage", "beta", 0, 1)
        self.correct = correct
        self.v: Any = 0.0
        self.t: Any = 0

    def update(self, x: Any) -> Any:
        """Take in one value, a number or an array, and return the average so far."""
        self.t += 1
        self.v = self.beta * self.v + (1 - self.beta) * x
        return self.v / (1 - self.beta**self.t) if self.correct else self.v
