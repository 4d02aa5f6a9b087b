"""An optimizer turns a gradient into a change of the weights.

`step(w, g)` changes w in place. It walks both vectors in blocks that fit the processor's cache:
each `update` is the textbook formula on a few thousand numbers, and its intermediate results never
leave the cache. On whole vectors of a quarter of a million weights, they may need fresh pages of
memory in every step, and then the same formula takes three to four times as long.

Six ways to use a gradient, from the plain step to Adam; each is its formula, in `update`.

What they share, the learning rate, the step count and the walk through the weights, is in
`optimizer.py`; clipping, which comes before any of them, in `clipping.py`.

Clipping shortens a gradient that is too long, before it throws the weights out of the valley.

Each function takes one array, such as a network's flat gradient `net.g`, or a list of arrays, and
returns the same in new arrays.

An exponentially weighted average remembers about the last 1 / (1 - β) values, in one number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import numpy as np

from ._checks import Array, Schedule, check_number, describe, refuse

BLOCK = 32_768
"""Numbers in a block: 128 kB of float32."""


class Optimizer:
    """Plain gradient descent's common ground: the learning rate, the step count, the slots.

    Args:
        lr: a learning rate > 0, or a schedule: a function of the step (the first is 0).

    Attributes:
        t: how many steps were taken.
        slots: the vectors the optimizer remembers between steps, shaped like w.

    One's own needs a formula and the number of slots:

    >>> class SignDescent(Optimizer):
    ...     def update(self, w, g, *, lr):
    ...         w -= lr * np.sign(g)
    >>> w = np.array([1.0]); SignDescent(0.1).step(w, np.array([7.0])); w
    array([0.9])
    """

    n_slots: ClassVar[int] = 0

    def __init__(self, lr: float | Schedule) -> None:
        if not callable(lr):
            check_number(lr, type(self).__name__, "learning rate", 0, open_low=True)
        self.lr = lr
        self.t = 0
        self.slots: list[Array] = []

    def learning_rate(self) -> float:
        """The rate of the coming update."""
        return float(self.lr(self.t) if callable(self.lr) else self.lr)

    def step(self, w: Array, g: Array) -> None:
        """Change the weights w, shape (P,), in place by one update along their gradient g."""
        if w.shape != g.shape or w.ndim != 1 or w.dtype != g.dtype or w.dtype.kind != "f":
            expected = "two vectors of floats, of one size and dtype"
            got = f"{describe(w)} and {describe(g)}"
            refuse(f"{type(self).__name__}.step", expected, got, "pass net.w and net.g")
        if not self.slots:
            self.slots = [np.zeros_like(w) for _ in range(self.n_slots)]
        elif self.slots[0].shape != w.shape:
            mend = "make a new optimizer for each network"
            known = f"{self.slots[0].size} weights, as before"
            refuse(f"{type(self).__name__}.step", known, f"{w.size}", mend)
        lr = self.learning_rate()
        self.t += 1
        for start in range(0, w.size, BLOCK):
            block = slice(start, start + BLOCK)
            self.update(w[block], g[block], *(slot[block] for slot in self.slots), lr=lr)

    update: Callable[..., None]
    """`update(w, g, *slots, lr)`: the formula, on one block, in place. `t` counts from 1 here."""


class SGD(Optimizer):
    """w ← w - lr g (Robbins & Monro, 1951).

    >>> w = np.array([1.0]); SGD(0.1).step(w, np.array([2.0])); w
    array([0.8])
    """

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

    def update(self, w: Array, g: Array, m: Array, v: Array, *, lr: float) -> None:
        m *= self.beta1
        m += (1 - self.beta1) * g
        v *= self.beta2
        v += (1 - self.beta2) * g * g
        # m̂ = m / correct1 and v̂ = v / correct2; lr takes the first, which saves a sweep over m.
        correct1, correct2 = 1 - self.beta1**self.t, 1 - self.beta2**self.t
        w -= lr / correct1 * m / (np.sqrt(v / correct2) + self.eps)


Gradients = TypeVar("Gradients", Array, list[Array])


def clip_by_value(g: Gradients, low: float, high: float) -> Gradients:
    """Every number below `low` becomes `low`, above `high`, `high`; the direction may change.

    >>> clip_by_value(np.array([-7.0, 0.5]), -1, 1)
    array([-1. ,  0.5])
    """
    low = check_number(low, "clip_by_value", "low", -np.inf)
    high = check_number(high, "clip_by_value", "high", low)
    clipped = [np.clip(one, low, high) for one in _listed(g, "clip_by_value")]
    return clipped if isinstance(g, list) else clipped[0]


def clip_by_global_norm(g: Gradients, limit: float) -> tuple[Gradients, float]:
    """g · limit / max(‖g‖, limit), with the norm over all numbers of all arrays (Pascanu, 2013).

    All are scaled alike, so the direction stays. Returns the clipped gradient and the norm that it
    had before, which is worth a plot, as `tf.clip_by_global_norm` does. A solver wants the first:
    `Solver(..., clip=lambda g: clip_by_global_norm(g, 5.0)[0])`.

    >>> clip_by_global_norm([np.array([3.0]), np.array([4.0])], 1.0)
    ([array([0.6]), array([0.8])], 5.0)
    """
    limit = check_number(limit, "clip_by_global_norm", "limit", 0, open_low=True)
    arrays = _listed(g, "clip_by_global_norm")
    norm = math.sqrt(sum(float(np.vdot(one, one)) for one in arrays))
    if not math.isfinite(norm):
        mend = "a smaller learning rate; clipping cannot mend a gradient that has overflowed"
        refuse("clip_by_global_norm", "a finite gradient", f"norm {norm}", mend, FloatingPointError)
    scale = limit / max(norm, limit)
    clipped = [one * scale for one in arrays]
    return (clipped if isinstance(g, list) else clipped[0]), norm


def _listed(g: Array | list[Array], where: str) -> list[Array]:
    arrays = g if isinstance(g, list) else [g]
    for one in arrays:
        if not isinstance(one, np.ndarray) or one.dtype.kind != "f":
            refuse(where, "an array of floats or a list of them", describe(one), "net.g", TypeError)
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
        self.t = 0

    def update(self, x: Any) -> Any:
        """Take in one value, a number or an array, and return the average so far."""
        self.t += 1
        self.v = self.beta * self.v + (1 - self.beta) * x
        return self.v / (1 - self.beta**self.t) if self.correct else self.v
