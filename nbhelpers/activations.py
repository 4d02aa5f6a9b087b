"""Activation functions: without them, any stack of layers is one matrix product.

Each acts on every number alone, so y has the shape of x and the backward pass is dy · f′(x). The
functions come in two forms: `relu(z)` for an array, `ReLU()` as the layer of a network.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ._checks import Array, check_number, check_size, checked_backward, checked_forward
from .layers import Layer


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), between 0 and 1.

    >>> sigmoid(np.array([-1e4, 0.0, 1e4])).round(3)
    array([0. , 0.5, 1. ])
    """
    y: Array = 1 / (1 + np.exp(-np.maximum(z, -80)))  # exp(80) is large, and still fits float32
    return y


def tanh(z: Array) -> Array:
    """The hyperbolic tangent, between -1 and 1; tanh(z) = 2 sigmoid(2z) - 1.

    >>> tanh(np.array([0.0, 1.0])).round(4)
    array([0.    , 0.7616])
    """
    return np.tanh(z)


def relu(z: Array) -> Array:
    """max(0, z).

    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    """
    return np.maximum(z, 0)


def leaky_relu(z: Array, slope: float = 0.01) -> Array:
    """max(z, slope · z).

    >>> leaky_relu(np.array([-2.0, 3.0]), 0.1)
    array([-0.2,  3. ])
    """
    y: Array = np.maximum(z, slope * z)
    return y


class Activation(Layer):
    """A function of every number on its own: a subclass gives f(x) and its derivative.

    >>> class Square(Activation):
    ...     def f(self, x):
    ...         return x * x
    ...     def derivative(self, x, y):
    ...         return 2 * x
    >>> Square().forward(np.array([[-3.0, 2.0]]))
    array([[9., 4.]])
    """

    def f(self, x: Array) -> Array:
        """The function; it leaves x as it is."""
        raise NotImplementedError(f"{type(self).__name__} defines no f(self, x)")

    def derivative(self, x: Array, y: Array) -> npt.NDArray[Any]:
        """f′(x), where y = f(x) is at hand."""
        raise NotImplementedError(f"{type(self).__name__} defines no derivative(self, x, y)")

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        y = self.f(x)
        self.cache = (x, y) if train else None
        return y

    @checked_backward
    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        return dy * self.derivative(*self.cache) if need_dx else None


class Sigmoid(Activation):
    """1 / (1 + exp(-x)), between 0 and 1; the derivative y (1 - y) is at most 1/4.

    >>> Sigmoid().forward(np.array([[-1e4, 0.0, 1e4]])).round(3)
    array([[0. , 0.5, 1. ]])
    """

    def f(self, x: Array) -> Array:
        return sigmoid(x)

    def derivative(self, x: Array, y: Array) -> Array:
        return y * (1 - y)


class Tanh(Activation):
    """tanh(x), between -1 and 1 and centered on zero; the derivative is 1 - y².

    >>> Tanh().forward(np.array([[0.0, 1.0]])).round(4)
    array([[0.    , 0.7616]])
    """

    def f(self, x: Array) -> Array:
        return np.tanh(x)

    def derivative(self, x: Array, y: Array) -> Array:
        return 1 - y * y


class ReLU(Activation):
    """max(0, x); the derivative is 1 above zero, 0 below; at zero, 0 of the subgradients [0, 1].

    Nair & Hinton (2010).

    >>> ReLU().forward(np.array([[-2.0, 0.0, 3.0]]))
    array([[0., 0., 3.]])
    """

    def f(self, x: Array) -> Array:
        return np.maximum(x, 0)

    def derivative(self, x: Array, y: Array) -> npt.NDArray[Any]:
        return y > 0


class LeakyReLU(Activation):
    """max(x, slope · x): below and at zero the derivative is `slope`, so no unit dies (Maas, 2013).

    Args:
        slope: 0 <= slope < 1.

    >>> LeakyReLU(0.1).forward(np.array([[-2.0, 0.0, 3.0]]))
    array([[-0.2,  0. ,  3. ]])
    """

    def __init__(self, slope: float = 0.01) -> None:
        super().__init__()
        self.slope = check_number(slope, "LeakyReLU", "slope", 0, 1)

    def f(self, x: Array) -> Array:
        return leaky_relu(x, self.slope)

    def derivative(self, x: Array, y: Array) -> Array:
        return np.maximum((x > 0).astype(x.dtype), self.slope)  # 1 or slope

    def __repr__(self) -> str:
        return f"LeakyReLU({self.slope:g})"


class PReLU(Layer):
    """x above zero, slope · x below and at it, with a slope that is trained (He, 2015).

    Penalties leave the slope alone: pulling it to zero would pull the unit to ReLU.

    Args:
        n: number of units, each with a slope of its own; None for one slope that all share.
        slope: its initial value.

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
    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        x: Array = self.cache
        dslope = dy * np.minimum(x, 0)
        # A slope of its own adds up over the examples, a shared one over everything.
        self.grads["slope"][:] = dslope.sum(axis=0) if self.n_in else dslope.sum()
        if not need_dx:
            return None
        positive = x > 0
        return dy * positive + self.params["slope"] * (dy * ~positive)

    def __repr__(self) -> str:
        return f"PReLU({self.n_in or ''})"
