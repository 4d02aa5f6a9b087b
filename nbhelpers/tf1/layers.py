"""The layers with weights: each unit adds up its inputs, weighted, and a bias."""

from __future__ import annotations

import functools

import numpy as np

from ..initializers import he
from ..types import Initializer, Rng
from ..validation import check_rng, check_size
from .batchnorm import BatchNorm
from .dropout import Dropout
from .layer import Layer
from .tensorflow import Tensor, tf

__all__ = ["BatchNorm", "Dense", "Dropout", "Layer", "Maxout"]


class Dense(Layer):
    """The fully connected layer, y = x W + b.

    >>> dense = Dense(3, 4, rng=np.random.default_rng(0))
    >>> dense.forward(tf.ones((2, 3), tf.float64)).shape.as_list()
    [2, 4]
    """

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


class Maxout(Layer):
    """The largest of several affine functions, y = max over k of x Wₖ + bₖ.

    >>> absolute = Maxout(1, 1, rng=np.random.default_rng(0))
    >>> absolute.params["W"][:] = [[1.0, -1.0]]
    >>> tf.Session().run(absolute.forward(tf.constant([[-2.0], [3.0]], tf.float64))).ravel()
    array([2., 3.])
    """

    def __init__(
        self, n_in: int, n_out: int, pieces: int = 2, *, init: Initializer = he, rng: Rng,
        bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(check_size(n_in, "Maxout", "n_in"), check_size(n_out, "Maxout", "n_out"))
        self.pieces = check_size(pieces, "Maxout", "pieces")
        check_rng(rng, self)
        self.params["W"] = np.hstack([init(rng, (n_in, n_out)) for _ in range(pieces)])
        if bias:
            self.params["b"] = np.zeros(pieces * n_out)

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        z = x @ self.params["W"]
        if "b" in self.params:
            z += self.params["b"]
        return functools.reduce(tf.maximum, tf.split(z, self.pieces, axis=1))
