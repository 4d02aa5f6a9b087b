"""A layer adds the operations of its forward pass to the graph; TensorFlow derives the way back."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..initializers import he
from ..types import Initializer, Rng
from ..validation import check_rng, check_size
from .tensorflow import Tensor


class Layer:
    """What all layers have; on its own it passes everything through.

    Attributes:
        params: first NumPy arrays, the starting values; `Sequential` makes them tf variables.
        state: the same for running averages: assigned in training, never trained.
        updates: operations to run beside each training step (running averages).
        n_in, n_out: the widths that the layer takes and gives; None where any width will do.
    """

    def __init__(self, n_in: int | None = None, n_out: int | None = None) -> None:
        self.n_in, self.n_out = n_in, n_out
        self.params: dict[str, Any] = {}
        self.state: dict[str, Any] = {}
        self.updates: list[Any] = []

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return x

    def __repr__(self) -> str:
        widths = [str(n) for n in (self.n_in, self.n_out) if n is not None]
        return f"{type(self).__name__}({', '.join(widths)})"


class Dense(Layer):
    """The fully connected layer, y = x W + b."""

    def __init__(
        self, n_in: int, n_out: int, *, init: Initializer = he, rng: Rng, bias: bool = True
    ) -> None:
        super().__init__(check_size(n_in, "Dense", "n_in"), check_size(n_out, "Dense", "n_out"))
        self.params["W"] = init(check_rng(rng, self), (n_in, n_out))
        if bias:
            self.params["b"] = np.zeros(n_out)

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        y = x @ self.params["W"]
        if "b" in self.params:
            y += self.params["b"]
        return y
