"""The layers with weights: each unit adds up its inputs, weighted, and a bias.

`layer.py` says what all layers promise. The layers without weights are in `dropout.py`,
`batchnorm.py` and `activations.py`.
"""

from __future__ import annotations

import functools

import numpy as np

from .batchnorm import BatchNorm
from .dropout import Dropout
from .initializers import he
from .layer import Layer
from .types import Array, Initializer, Rng
from .validation import check_rng, check_size, checked_backward, checked_forward

__all__ = ["BatchNorm", "Dense", "Dropout", "Layer", "Maxout"]


class Dense(Layer):
    """The fully connected layer, y = x W + b.

    Args:
        n_in, n_out: number of inputs and of units; W is (n_in, n_out), b is (n_out,).
        init: `init(rng, (n_in, n_out))` draws W; b starts at zero.
        rng: the numpy.random.Generator to draw from.
        bias: whether there is a b; a layer before BatchNorm needs none.

    >>> dense = Dense(3, 4, rng=np.random.default_rng(0))
    >>> dense.forward(np.ones((2, 3))).shape
    (2, 4)
    """

    def __init__(
        self, n_in: int, n_out: int, *, init: Initializer = he, rng: Rng, bias: bool = True
    ) -> None:
        super().__init__(check_size(n_in, "Dense", "n_in"), check_size(n_out, "Dense", "n_out"))
        self.params["W"] = init(check_rng(rng, self), (n_in, n_out))
        if bias:
            self.params["b"] = np.zeros(n_out)
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        self.cache = x if train else None
        y = x @ self.params["W"]
        if "b" in self.params:
            y += self.params["b"]
        return y

    @checked_backward
    def backward(self, dy: Array) -> Array:
        self.backward_params(dy)
        return dy @ self.params["W"].T

    def backward_params(self, dy: Array) -> None:
        x = self.cache
        np.matmul(x.T, dy, out=self.grads["W"])
        if "b" in self.params:
            dy.sum(axis=0, out=self.grads["b"])


class Maxout(Layer):
    """The largest of several affine functions, y = max over k of x Wₖ + bₖ (Goodfellow, 2013).

    Each unit learns its own convex, piecewise linear activation: two pieces can be ReLU or |x|.

    Args:
        n_in, n_out: number of inputs and of units.
        pieces: affine functions a unit. The columns of W (n_in, pieces · n_out), and with them the
            numbers of b, are first piece 0 of all units, then piece 1, …
        init: `init(rng, (n_in, n_out))` draws the W of each piece; b starts at zero.
        rng: the numpy.random.Generator to draw from.
        bias: whether there is a b.

    >>> absolute = Maxout(1, 1, rng=np.random.default_rng(0))
    >>> absolute.params["W"][:] = [[1.0, -1.0]]
    >>> absolute.forward(np.array([[-2.0], [3.0]])).ravel()
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
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        z = x @ self.params["W"]
        if "b" in self.params:
            z += self.params["b"]
        y = functools.reduce(np.maximum, np.split(z, self.pieces, axis=1))
        self.cache = (x, z, y) if train else None
        return y

    @checked_backward
    def backward(self, dy: Array) -> Array:
        dx: Array = self._backward_pieces(dy) @ self.params["W"].T
        return dx

    def backward_params(self, dy: Array) -> None:
        self._backward_pieces(dy)

    def _backward_pieces(self, dy: Array) -> Array:
        x, z, y = self.cache
        dz: Array = np.empty_like(z)
        left, split = dy.copy(), functools.partial(np.split, axis=1)
        for piece, dpiece in zip(split(z, self.pieces), split(dz, self.pieces), strict=True):
            np.multiply(left, piece == y, out=dpiece)  # all to the winner; of equals, the first
            left -= dpiece
        np.matmul(x.T, dz, out=self.grads["W"])
        if "b" in self.params:
            dz.sum(axis=0, out=self.grads["b"])
        return dz
