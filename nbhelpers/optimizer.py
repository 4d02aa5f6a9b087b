"""An optimizer turns a gradient into a change of the weights.

`step(w, g)` changes w in place. It walks both vectors in blocks that fit the processor's cache:
each `update` is the textbook formula on a few thousand numbers, and its intermediate results never
leave the cache. On a quarter of a million weights this is three to four times as fast as the same
formula on the whole vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from .types import Array, Schedule
from .validation import check_number, describe, refuse

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
