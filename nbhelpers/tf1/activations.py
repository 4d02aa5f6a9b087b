"""Activation functions: each is an operation or two, with its gradient built in."""

from __future__ import annotations

from .. import activations
from ._tensorflow import Tensor, tf
from .layers import Layer


class ReLU(Layer):
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


class PReLU(Layer, activations.PReLU):
    """x above zero, slope · x below and at it, with a slope that is trained.

    >>> tf.Session().run(PReLU(2).forward(tf.constant([[-2.0, 3.0]], tf.float64)))
    array([[-0.5,  3. ]])
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.where(x > 0, x, self.params["slope"] * x)


class Sigmoid(Layer):
    """1 / (1 + exp(-x)).

    >>> tf.Session().run(Sigmoid().forward(tf.constant([[-1e4, 0.0]])))
    array([[0. , 0.5]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.sigmoid(x)


class Tanh(Layer):
    """tanh(x).

    >>> tf.Session().run(Tanh().forward(tf.constant([[0.0, 1e4]])))
    array([[0., 1.]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.tanh(x)
