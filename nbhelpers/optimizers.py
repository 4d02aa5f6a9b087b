"""Six ways to use a gradient, from the plain step to Adam; each is its formula, in `update`.

What they share, the learning rate, the step count and the walk through the weights, is in
`optimizer.py`; clipping, which comes before any of them, in `clipping.py`.
"""

from __future__ import annotations

import numpy as np

from .clipping import clip_by_global_norm, clip_by_value
from .optimizer import BLOCK, Optimizer
from .types import Array, Schedule
from .validation import check_number

__all__ = [
    "BLOCK", "SGD", "Adagrad", "Adam", "Momentum", "Nesterov", "Optimizer", "RMSprop",
    "clip_by_global_norm", "clip_by_value",
]  # fmt: skip


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
