"""A layer turns a batch forward, and turns the gradient of its output back into that of its input.

Every layer keeps the same promises. `forward(x, train)` maps x (N, n_in) to y (N, n_out) and, only
when `train` is true, remembers what `backward` will need. `backward(dy)` takes the gradient of the
loss for y, writes the gradients of the parameters into `grads`, and returns that for x. Neither
changes an array that it was handed.

The layers with weights: each unit adds up its inputs, weighted, and a bias.

`layer.py` says what all layers promise. The layers without weights are in `dropout.py`,
`batchnorm.py` and `activations.py`.

Dropout switches units off at random while training, so that none can rely on a neighbor.

This is the inverted form: what stays on is scaled up by 1 / (1 - rate), so that the expectation of
each output is its input, and at evaluation there is nothing to do.

Batch normalization gives every unit mean 0 and variance 1 over the batch, then lets it choose.

In training the mean and variance are those of the batch, so that every example's output depends on
all the others, and the gradient flows through them too. At evaluation running averages stand in.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ._checks import (
    Array,
    Initializer,
    Rng,
    check_number,
    check_rng,
    check_size,
    checked_backward,
    checked_forward,
)
from .initializers import he


class Layer:
    """What all layers have; on its own it passes everything through.

    Attributes:
        params: the arrays that are trained, by name (W, b, gamma, beta, slope).
        grads: their gradients, under the same names, written by `backward`.
        state: running averages: saved with the network, never trained.
        n_in, n_out: the widths that the layer takes and gives; None where any width will do.

    >>> import numpy as np
    >>> Layer().forward(np.ones((1, 2)))
    array([[1., 1.]])
    """

    def __init__(self, n_in: int | None = None, n_out: int | None = None) -> None:
        self.n_in, self.n_out = n_in, n_out
        self.params: dict[str, Array] = {}
        self.grads: dict[str, Array] = {}
        self.state: dict[str, Array] = {}
        self.cache: Any = None

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        self.cache = x if train else None
        return x

    @checked_backward
    def backward(self, dy: Array) -> Array:
        return dy

    def backward_params(self, dy: Array) -> None:
        """Write `grads` alone: the first layer of a network needs no gradient for its input."""
        unchecked_backward = getattr(type(self).backward, "__wrapped__", type(self).backward)
        unchecked_backward(self, dy)

    def __repr__(self) -> str:
        widths = [str(n) for n in (self.n_in, self.n_out) if n is not None]
        return f"{type(self).__name__}({', '.join(widths)})"


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


class Dropout(Layer):
    """y = x · mask; mask is 0 with probability `rate`, else 1 / (1 - rate) (Srivastava, 2014).

    Args:
        rate: the share that is dropped, 0 <= rate < 1. Texts and programs that give the
            probability to *keep* a unit mean 1 - rate.
        rng: the numpy.random.Generator that draws a new mask for each forward in training.

    >>> import numpy as np
    >>> dropout = Dropout(0.5, rng=np.random.default_rng(0))
    >>> dropout.forward(np.ones((2, 3)), train=True)
    array([[2., 0., 0.],
           [0., 2., 2.]])
    >>> dropout.forward(np.ones((1, 3)))  # evaluation
    array([[1., 1., 1.]])
    """

    def __init__(self, rate: float, *, rng: Rng) -> None:
        super().__init__()
        self.rate = check_number(rate, "Dropout", "rate", 0, 1)
        self.rng = check_rng(rng, "Dropout")

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        if not train:
            self.cache = None
            return x
        kept = self.rng.random(x.shape, dtype=x.dtype.type) >= self.rate
        mask = kept * x.dtype.type(1 / (1 - self.rate))  # typed: x's dtype is kept
        self.cache = mask
        return x * mask

    @checked_backward
    def backward(self, dy: Array) -> Array:
        mask: Array = self.cache
        return dy * mask

    def __repr__(self) -> str:
        return f"Dropout({self.rate:g})"


class BatchNorm(Layer):
    """y = γ x̂ + β with x̂ = (x - mean) / √(variance + ε), unit by unit (Ioffe & Szegedy, 2015).

    β takes over what a bias before this layer would do: give that layer bias=False. A batch of a
    single example has no spread: its training output is β.

    Args:
        n: number of units; gamma (n,) starts at 1, beta (n,) at 0.
        momentum: share of the running average that is kept at each training step,
            running = momentum · running + (1 - momentum) · batch, 0 <= momentum < 1. The running
            mean starts at 0, the running variance (biased: divided by N) at 1.
        eps: ε > 0, added to the variance so that a constant unit divides by no zero.

    >>> norm = BatchNorm(1)
    >>> norm.forward(np.array([[10.0], [20.0], [30.0]]), train=True).ravel().round(4)
    array([-1.2247,  0.    ,  1.2247])
    >>> norm.state["mean"], norm.state["variance"].round(4)  # 0.1 · 20, 0.9 · 1 + 0.1 · 66.6667
    (array([2.]), array([7.5667]))
    """

    def __init__(self, n: int, *, momentum: float = 0.9, eps: float = 1e-5) -> None:
        super().__init__(check_size(n, "BatchNorm", "n"), n)
        self.momentum = check_number(momentum, "BatchNorm", "momentum", 0, 1)
        self.eps = check_number(eps, "BatchNorm", "eps", 0, open_low=True)
        self.params = {"gamma": np.ones(n), "beta": np.zeros(n)}
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        self.state = {"mean": np.zeros(n), "variance": np.ones(n)}

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        if not train:
            self.cache = None
            x_hat = (x - self.state["mean"]) / np.sqrt(self.state["variance"] + self.eps)
        else:
            mean = x.mean(axis=0)
            centered = x - mean
            # The mean square of the centered numbers: mean(x²) - mean² would lose all digits of a
            # small variance beside a large mean.
            variance = np.mean(centered * centered, axis=0)
            inv_std = 1 / np.sqrt(variance + self.eps)
            x_hat = centered * inv_std
            self.cache = x_hat, inv_std
            for name, batch in (("mean", mean), ("variance", variance)):
                running = self.state[name]
                running[:] = self.momentum * running + (1 - self.momentum) * batch
        y: Array = self.params["gamma"] * x_hat + self.params["beta"]
        return y

    @checked_backward
    def backward(self, dy: Array) -> Array:
        x_hat, inv_std = self.cache
        dgamma, dbeta = self.grads["gamma"], self.grads["beta"]
        np.sum(dy * x_hat, axis=0, out=dgamma)
        np.sum(dy, axis=0, out=dbeta)
        # Through x itself, less what moving the mean and the variance takes back:
        # dx = γ / std · (dy - mean(dy) - x̂ · mean(dy · x̂))
        n = len(dy)
        scale = self.params["gamma"] * inv_std
        dx: Array = scale * (dy - dbeta / n - x_hat * (dgamma / n))
        return dx

    def __repr__(self) -> str:
        return f"BatchNorm({self.n_in})"
