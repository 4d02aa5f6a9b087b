"""Activation functions: without them, any stack of layers is one matrix product.

Each acts on every number alone, so y has the shape of x and the backward pass is dy · f′(x). The
functions come in two forms: `relu(z)` for an array, `ReLU()` as the layer of a network.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ._checks import (
    Array,
    check_number,
    check_size,
    checked_backward,
    checked_forward,
    describe,
    fail,
)
from ._custom_layers import guarded, is_ours
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


def elu(z: Array, alpha: float = 1.0) -> Array:
    """z above zero, α (exp(z) - 1) below: smooth for α = 1, and never below -α.

    >>> elu(np.array([-1e4, -1.0, 3.0])).round(4)
    array([-1.    , -0.6321,  3.    ])
    """
    y: Array = np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))
    return y


def silu(z: Array) -> Array:
    """z · sigmoid(z), a smooth ReLU, also known as Swish.

    >>> silu(np.array([-1.0, 0.0, 1.0, 100.0])).round(4)
    array([ -0.2689,   0.    ,   0.7311, 100.    ])
    """
    return z * sigmoid(z)


def gelu(z: Array) -> Array:
    """z · Φ(z), with Φ the distribution function of the standard normal: a smooth ReLU.

    This is the exact form, not the approximation by tanh, which is off by up to 5e-4.

    >>> gelu(np.array([-1.0, 0.0, 1.0, 100.0])).round(4)
    array([ -0.1587,   0.    ,   0.8413, 100.    ])
    """
    return z * _normal_distribution(z)[0]


def _normal_distribution(z: Array) -> tuple[Array, Array]:
    """Φ(z) = ½ (1 + erf(z / √2)) and its derivative φ(z), the standard normal's density.

    NumPy has no erf, and `math.erf` takes one number at a time. So Φ is read from a table with
    steps of 1/1024, and Taylor's polynomial of degree 3 leads from there to z. What is left out is
    below d⁴/24 · max |φ‴| < 4e-15 for d <= 1/2048; measured against `scipy.special.ndtr`, Φ is off
    by at most 2e-15 in float64 and 6e-8 in float32.
    """
    near = np.clip(z, -_TABLE_END, _TABLE_END)  # beyond, Φ is 0 or 1 and φ is 0, within 1e-18
    place = np.rint(near * 1024).astype(np.intp)
    d = near - place.astype(z.dtype) / 1024
    density = np.exp(-0.5 * near * near) * (1 / math.sqrt(2 * math.pi))
    # Φ(z - d) = Φ - d φ + d²/2 φ′ - d³/6 φ″ with φ′ = -z φ and φ″ = (z² - 1) φ, solved for Φ(z)
    rest = density * d * (1 + d * (near / 2 + d * (near * near - 1) / 6))
    return _table(z.dtype.char)[place + 1024 * _TABLE_END] + rest, density


_TABLE_END = 9


@functools.cache
def _table(dtype: str) -> Array:
    """Φ at -9, -9 + 1/1024, …, 9."""
    steps = range(-1024 * _TABLE_END, 1024 * _TABLE_END + 1)
    phi = np.array([0.5 * math.erfc(-i / 1024 / math.sqrt(2)) for i in steps], dtype)
    phi[0] = 0  # the end stands for all numbers beyond, and 0 times them is 0
    return phi


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

    keeps_shape = True

    def f(self, x: Array) -> Array:
        """The function; it leaves x as it is."""
        raise NotImplementedError(f"{type(self).__name__} defines no f(self, x)")

    def derivative(self, x: Array, y: Array) -> npt.NDArray[Any]:
        """f′(x), where y = f(x) is at hand."""
        raise NotImplementedError(f"{type(self).__name__} defines no derivative(self, x, y)")

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        y = self.f(x) if is_ours(self.f) else self._checked(self.f, {"x": x})
        self.cache = (x, y) if train else None
        return y

    @checked_backward
    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        if not need_dx:
            return None
        x, y = self.cache
        return dy * (
            self.derivative(x, y)
            if is_ours(self.derivative)
            else self._checked(self.derivative, {"x": x, "y": y})
        )

    def _checked(self, function: Callable[..., Array], arrays: dict[str, Array]) -> Array:
        """What a reader's `f` or `derivative` returns: an array like x."""
        where, x = f"{self!r}.{function.__name__}", arrays["x"]
        value = guarded(function, where, arrays)
        if not isinstance(value, np.ndarray) or value.shape != x.shape:
            hint = "end with return" if value is None else "np.where(x > 0, …) acts on every number"
            fail(where, f"an array of shape {x.shape}, as x", describe(value), hint, TypeError)
        return value.astype(x.dtype, copy=False)


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


class ELU(Activation):
    """x above zero, α (exp(x) - 1) below and at it: outputs center on zero (Clevert, 2016).

    Args:
        alpha: α >= 0; below zero the output tends to -α, and the derivative is y + α.

    >>> ELU().forward(np.array([[-1e4, -1.0, 0.0, 3.0]])).round(4)
    array([[-1.    , -0.6321,  0.    ,  3.    ]])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = check_number(alpha, "ELU", "alpha", 0)

    def f(self, x: Array) -> Array:
        return elu(x, self.alpha)

    def derivative(self, x: Array, y: Array) -> Array:
        return np.where(x > 0, x.dtype.type(1), y + self.alpha)

    def __repr__(self) -> str:
        return f"ELU({self.alpha:g})"


class SiLU(Activation):
    """x · σ(x) with σ = sigmoid: smooth, and lowest at -0.28, for x = -1.28 (Elfwing, 2018).

    The derivative is σ + y (1 - σ). Also known as Swish (Ramachandran, 2017).

    >>> SiLU().forward(np.array([[-1.0, 0.0, 1.0]])).round(4)
    array([[-0.2689,  0.    ,  0.7311]])
    """

    def f(self, x: Array) -> Array:
        return silu(x)

    def derivative(self, x: Array, y: Array) -> Array:
        s = sigmoid(x)
        return s + y * (1 - s)


class GELU(Activation):
    """x · Φ(x): smooth, and lowest at -0.17, for x = -0.75 (Hendrycks & Gimpel, 2016).

    Φ(x) is the probability that a standard normal number is below x: each input is kept with the
    larger a probability, the larger it is, and this is the expectation. The derivative is
    Φ(x) + x φ(x).

    >>> GELU().forward(np.array([[-1.0, 0.0, 1.0]])).round(4)
    array([[-0.1587,  0.    ,  0.8413]])
    """

    def f(self, x: Array) -> Array:
        return gelu(x)

    def derivative(self, x: Array, y: Array) -> Array:
        distribution, density = _normal_distribution(x)
        return distribution + np.clip(x, -_TABLE_END, _TABLE_END) * density


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

    keeps_shape = True

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
