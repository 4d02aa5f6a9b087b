"""Activation functions: each is an operation or two, with its gradient built in.

As in NumPy, they come in two forms: `relu(z)` for a tensor, `ReLU()` as the layer of a network.
"""

from __future__ import annotations

import math

from .. import activations
from ._tensorflow import Tensor, tf
from .layers import Layer


def sigmoid(z: Tensor) -> Tensor:
    """1 / (1 + exp(-z)).

    >>> tf.Session().run(sigmoid(tf.constant([-1e4, 0.0])))
    array([0. , 0.5], dtype=float32)
    """
    return tf.sigmoid(z)


def tanh(z: Tensor) -> Tensor:
    """The hyperbolic tangent.

    >>> tf.Session().run(tanh(tf.constant([0.0, 1e4])))
    array([0., 1.], dtype=float32)
    """
    return tf.tanh(z)


def relu(z: Tensor) -> Tensor:
    """max(0, z).

    >>> tf.Session().run(relu(tf.constant([-2.0, 3.0])))
    array([0., 3.], dtype=float32)
    """
    return tf.nn.relu(z)


def leaky_relu(z: Tensor, slope: float = 0.01) -> Tensor:
    """max(z, slope · z), written so that the gradient at zero is `slope`, as in NumPy.

    >>> tf.Session().run(leaky_relu(tf.constant([-2.0, 3.0]), 0.1))
    array([-0.2,  3. ], dtype=float32)
    """
    return tf.where(z > 0, z, slope * z)


def elu(z: Tensor, alpha: float = 1.0) -> Tensor:
    """z above zero, α (exp(z) - 1) below and at it.

    >>> tf.Session().run(elu(tf.constant([-1e4, -1.0, 3.0]))).round(4)
    array([-1.    , -0.6321,  3.    ], dtype=float32)
    """
    # Without the minimum, exp of a large z would be infinite, and 0 times its gradient NaN.
    return tf.where(z > 0, z, alpha * tf.math.expm1(tf.minimum(z, 0)))


def silu(z: Tensor) -> Tensor:
    """z · sigmoid(z), also known as Swish.

    >>> tf.Session().run(silu(tf.constant([-1.0, 0.0, 1.0]))).round(4)
    array([-0.2689,  0.    ,  0.7311], dtype=float32)
    """
    return z * tf.sigmoid(z)


def gelu(z: Tensor) -> Tensor:
    """z · Φ(z), with Φ(z) = ½ (1 + erf(z / √2)), the distribution function of the standard normal.

    >>> tf.Session().run(gelu(tf.constant([-1.0, 0.0, 1.0]))).round(4)
    array([-0.1587,  0.    ,  0.8413], dtype=float32)
    """
    return z * (0.5 * (1 + tf.math.erf(z / math.sqrt(2))))


class Sigmoid(Layer, activations.Sigmoid):
    """1 / (1 + exp(-x)).

    >>> tf.Session().run(Sigmoid().forward(tf.constant([[-1e4, 0.0]])))
    array([[0. , 0.5]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return sigmoid(x)


class Tanh(Layer, activations.Tanh):
    """tanh(x).

    >>> tf.Session().run(Tanh().forward(tf.constant([[0.0, 1e4]])))
    array([[0., 1.]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tanh(x)


class ReLU(Layer, activations.ReLU):
    """max(0, x).

    >>> tf.Session().run(ReLU().forward(tf.constant([[-2.0, 3.0]])))
    array([[0., 3.]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return relu(x)


class LeakyReLU(Layer, activations.LeakyReLU):
    """max(x, slope · x); the gradient at zero is `slope`.

    >>> tf.Session().run(LeakyReLU(0.1).forward(tf.constant([[-2.0, 3.0]])))
    array([[-0.2,  3. ]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return leaky_relu(x, self.slope)


class ELU(Layer, activations.ELU):
    """x above zero, α (exp(x) - 1) below and at it.

    >>> tf.Session().run(ELU().forward(tf.constant([[-1e4, -1.0, 3.0]]))).round(4)
    array([[-1.    , -0.6321,  3.    ]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return elu(x, self.alpha)


class SiLU(Layer, activations.SiLU):
    """x · sigmoid(x).

    >>> tf.Session().run(SiLU().forward(tf.constant([[-1.0, 0.0, 1.0]]))).round(4)
    array([[-0.2689,  0.    ,  0.7311]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return silu(x)


class GELU(Layer, activations.GELU):
    """x · Φ(x), with Φ the distribution function of the standard normal.

    >>> tf.Session().run(GELU().forward(tf.constant([[-1.0, 0.0, 1.0]]))).round(4)
    array([[-0.1587,  0.    ,  0.8413]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return gelu(x)


class PReLU(Layer, activations.PReLU):
    """x above zero, slope · x below and at it, with a slope that is trained.

    >>> tf.Session().run(PReLU(2).forward(tf.constant([[-2.0, 3.0]], tf.float64)))
    array([[-0.5,  3. ]])
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.where(x > 0, x, self.params["slope"] * x)
