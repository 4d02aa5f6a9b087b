"""Activations bend the straight line: without them, any stack of layers is one matrix product.

Each acts on every number alone, so y has the shape of x, and `backward` is dy · f′(x).
"""

from __future__ import annotations

import numpy as np

from ._checks import Array, check_number, check_size, checked_backward, checked_forward
from .layers import Layer


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


class LeakyReLU(Layer):
    """max(x, slope · x): below and at zero a little slope is left, so no unit dies (Maas, 2013).

    Args:
        slope: 0 <= slope < 1.

    >>> LeakyReLU(0.1).forward(np.array([[-2.0, 0.0, 3.0]]))
    array([[-0.2,  0. ,  3. ]])
    """

    def __init__(self, slope: float = 0.01) -> None:
        super().__init__()
        self.slope = check_number(slope, "LeakyReLU", "slope", 0, 1)

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        self.cache = x if train else None
        y: Array = np.maximum(x, self.slope * x)
        return y

    @checked_backward
    def backward(self, dy: Array) -> Array:
        x: Array = self.cache
        return dy * np.maximum((x > 0).astype(x.dtype), self.slope)  # 1 or slope

    def __repr__(self) -> str:
        return f"LeakyReLU({self.slope:g})"


class PReLU(Layer):
    """x above zero, slope · x below and at it, with a slope that is trained (He, 2015).

    Penalties leave the slope alone: pulling it to zero would pull the unit to ReLU.

    Args:
        n: number of units, each with a slope of its own; None for one slope that all share.
        slope: what it starts at.

    >>> prelu = PReLU(2)
    >>> prelu.forward(np.array([[-2.0, 3.0]])), prelu.params["slope"]
    (array([[-0.5,  3. ]]), array([0.25, 0.25]))
    """

    def __init__(self, n: int | None = None, *, slope: float = 0.25) -> None:
        super().__init__(n, n)
        size = 1 if n is None else check_size(n, "PReLU", "n")
        self.params["slope"] = np.full(size, check_number(slope, "PReLU", "slope", -np.inf))
        self.grads["slope"] = np.zeros(size)

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        self.cache = x if train else None
        return np.maximum(x, 0) + self.params["slope"] * np.minimum(x, 0)

    @checked_backward
    def backward(self, dy: Array) -> Array:
        x: Array = self.cache
        dslope = (dy * np.minimum(x, 0)).sum(axis=0)
        self.grads["slope"][:] = dslope if self.n_in else dslope.sum()  # a shared slope gets all
        positive = x > 0
        return dy * positive + self.params["slope"] * (dy * ~positive)

    def __repr__(self) -> str:
        return f"PReLU({self.n_in or ''})"


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
