"""A layer adds the operations of its forward pass to the graph; TensorFlow derives the way back."""

from __future__ import annotations

from typing import Any

from .tensorflow import Tensor


class Layer:
    """What all layers have; on its own it passes everything through.

    Attributes:
        params: first NumPy arrays, the starting values; `Sequential` makes them tf variables.
        state: the same for running averages: assigned in training, never trained.
        updates: operations to run beside each training step (running averages).
        n_in, n_out: the widths that the layer takes and gives; None where any width will do.

    >>> from nbhelpers.tf1 import tf
    >>> tf.Session().run(Layer().forward(tf.ones((1, 2))))
    array([[1., 1.]], dtype=float32)
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
