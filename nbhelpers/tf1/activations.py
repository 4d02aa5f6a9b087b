"""Activations bend the straight line; each is an operation or two, with its gradient built in."""

from __future__ import annotations

import numpy as np

from .._checks import check_number, check_size
from ._tensorflow import Tensor, tf
from .layers import Layer


class ReLU(Layer):
    """max(0, x).

    >>> tf.Session().run(ReLU().forward(tf.constant([[-2.0, 3.0]])))
    array([[0., 3.]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.nn.relu(x)


class LeakyReLU(Layer):
    """max(x, slope · x), written so that the gradient at zero is `slope`, as in NumPy.

    >>> tf.Session().run(LeakyReLU(0.1).forward(tf.constant([[-2.0, 3.0]])))
    array([[-0.2,  3. ]], dtype=float32)
    """

    def __init__(self, slope: float = 0.01) -> None:
        super().__init__()
        self.slope = check_number(slope, "LeakyReLU", "slope", 0, 1)

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.where(x > 0, x, self.slope * x)

    def __repr__(self) -> str:
        return f"LeakyReLU({self.slope:g})"


class PReLU(Layer):
    """x above zero, slope · x below and at it, with a slope that is trained.

    >>> tf.Session().run(PReLU(2).forward(tf.constant([[-2.0, 3.0]], tf.float64)))
    array([[-0.5,  3. ]])
    """

    def __init__(self, n: int | None = None, *, slope: float = 0.25) -> None:
        super().__init__(n, n)
        size = 1 if n is None else check_size(n, "PReLU", "n")
        self.params["slope"] = np.full(size, check_number(slope, "PReLU", "slope", -np.inf))

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.where(x > 0, x, self.params["slope"] * x)

    def __repr__(self) -> str:
        return f"PReLU({self.n_in or ''})"


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
