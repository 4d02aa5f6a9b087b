"""A layer turns a batch forward, and turns the gradient of its output back into that of its input.

Every layer keeps the same promises. `forward(x, train)` maps x (N, n_in) to y (N, n_out) and, only
when `train` is true, remembers what `backward` will need. `backward(dy)` takes the gradient of the
loss for y, writes the gradients of the parameters into `grads`, and returns that for x. Neither
changes an array that it was handed.
"""

from __future__ import annotations

from typing import Any

from .types import Array
from .validation import checked_backward, checked_forward


class Layer:
    """What all layers have; on its own it passes everything through.

    Attributes:
        params: the arrays that are trained, by name (W, b, gamma, beta, slope).
        grads: their gradients, under the same names, written by `backward`.
        state: running averages: saved with the network, never trained.
        n_in, n_out: the widths that the layer takes and gives; None where any width will do.

    >>> import numpy as np
    >>> Layer().forward(np.ones((1, 2)))
    array([[1., 1.]])
    """

    def __init__(self, n_in: int | None = None, n_out: int | None = None) -> None:
        self.n_in, self.n_out = n_in, n_out
        self.params: dict[str, Array] = {}
        self.grads: dict[str, Array] = {}
        self.state: dict[str, Array] = {}
        self.cache: Any = None

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        self.cache = x if train else None
        return x

    @checked_backward
    def backward(self, dy: Array) -> Array:
        return dy

    def backward_params(self, dy: Array) -> None:
        """Write `grads` alone: the first layer of a network needs no gradient for its input."""
        unchecked_backward = getattr(type(self).backward, "__wrapped__", type(self).backward)
        unchecked_backward(self, dy)

    def __repr__(self) -> str:
        widths = [str(n) for n in (self.n_in, self.n_out) if n is not None]
        return f"{type(self).__name__}({', '.join(widths)})"
