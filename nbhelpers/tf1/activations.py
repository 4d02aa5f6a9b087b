"""Activation functions: each is an operation or two, with its gradient built in.

The functions of NumPy, such as `nbhelpers.relu`, have no counterparts: `tf.nn.relu` is at hand.
"""

from __future__ import annotations

import math

from .. import activations
from ._tensorflow import Tensor, tf
from .layers import Layer


class Sigmoid(Layer, activations.Sigmoid):
    """1 / (1 + exp(-x)).

    >>> tf.Session().run(Sigmoid().forward(tf.constant([[-1e4, 0.0]])))
    array([[0. , 0.5]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.sigmoid(x)


class Tanh(Layer, activations.Tanh):
    """tanh(x).

    >>> tf.Session().run(Tanh().forward(tf.constant([[0.0, 1e4]])))
    array([[0., 1.]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.tanh(x)


class ReLU(Layer, activations.ReLU):
    """max(0, x).

    >>> tf.Session().run(ReLU().forward(tf.constant([[-2.0, 3.0]])))
    array([[0., 3.]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.nn.relu(x)


class LeakyReLU(Layer, activations.LeakyReLU):
    """max(x, slope · x), written so that the gradient at zero is `slope`, as in NumPy.

    >>> tf.Session().run(LeakyReLU(0.1).forward(tf.constant([[-2.0, 3.0]])))
    array([[-0.2,  3. ]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.where(x > 0, x, self.slope * x)


class ELU(Layer, activations.ELU):
    """x above zero, α (exp(x) - 1) below and at it.

    >>> tf.Session().run(ELU().forward(tf.constant([[-1e4, -1.0, 3.0]]))).round(4)
    array([[-1.    , -0.6321,  3.    ]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        # Without the minimum, exp of a large x would be infinite, and 0 times its gradient NaN.
        return tf.where(x > 0, x, self.alpha * tf.math.expm1(tf.minimum(x, 0)))


class SiLU(Layer, activations.SiLU):
    """x · sigmoid(x).

    >>> tf.Session().run(SiLU().forward(tf.constant([[-1.0, 0.0, 1.0]]))).round(4)
    array([[-0.2689,  0.    ,  0.7311]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return x * tf.sigmoid(x)


class GELU(Layer, activations.GELU):
    """x · Φ(x), with Φ the distribution function of the standard normal.

    >>> tf.Session().run(GELU().forward(tf.constant([[-1.0, 0.0, 1.0]]))).round(4)
    array([[-0.1587,  0.    ,  0.8413]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return x * (0.5 * (1 + tf.math.erf(x / math.sqrt(2))))


class PReLU(Layer, activations.PReLU):
    """x above zero, slope · x below and at it, with a slope that is trained.

    >>> tf.Session().run(PReLU(2).forward(tf.constant([[-2.0, 3.0]], tf.float64)))
    array([[-0.5,  3. ]])
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.where(x > 0, x, self.params["slope"] * x)
