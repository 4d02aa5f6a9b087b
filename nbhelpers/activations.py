"""Activations bend the straight line: without them, any stack of layers is one matrix product.

Each acts on every number alone, so y has the shape of x, and `backward` is dy · f′(x).
"""

from __future__ import annotations

import numpy as np

from .layers import Layer
from .types import Array
from .validation import checked_backward, checked_forward


class ReLU(Layer):
    """max(0, x); the slope is 1 above zero and 0 below and at it (Nair & Hinton, 2010).

    >>> ReLU().forward(np.array([[-2.0, 0.0, 3.0]]))
    array([[0., 0., 3.]])
    """

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        y = np.maximum(x, 0)
        self.cache = y if train else None
        return y

    @checked_backward
    def backward(self, dy: Array) -> Array:
        y: Array = self.cache
        return dy * (y > 0)


class Sigmoid(Layer):
    """1 / (1 + exp(-x)), between 0 and 1; the slope is y (1 - y), at most 1/4.

    >>> Sigmoid().forward(np.array([[-1e4, 0.0, 1e4]])).round(3)
    array([[0. , 0.5, 1. ]])
    """

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        y = 1 / (1 + np.exp(-np.maximum(x, -80)))  # exp(80) is large, and still fits float32
        self.cache = y if train else None
        return y

    @checked_backward
    def backward(self, dy: Array) -> Array:
        y: Array = self.cache
        return dy * y * (1 - y)


class Tanh(Layer):
    """tanh(x), between -1 and 1 and centered on zero; the slope is 1 - y².

    >>> Tanh().forward(np.array([[0.0, 1.0]])).round(4)
    array([[0.    , 0.7616]])
    """

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        y = np.tanh(x)
        self.cache = y if train else None
        return y

    @checked_backward
    def backward(self, dy: Array) -> Array:
        y: Array = self.cache
        return dy * (1 - y * y)
