"""A layer adds the operations of its forward pass to the graph; TensorFlow derives the way back.

The layers with weights: each unit adds up its inputs, weighted, and a bias.

Dropout switches units off at random while training, so that none can rely on a neighbor.

The random numbers come from a NumPy generator, called from within the graph: from one seed, this
layer and its NumPy twin draw the same masks. A solver draws them beforehand, in the same order.

Batch normalization gives every unit mean 0 and variance 1 over the batch, then lets it choose.

The running averages are variables too, but no gradient reaches them: `updates` holds the
assignments that run beside each training step, on the mean and variance which that step used.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from .._checks import Array, Initializer, Rng, check_number, check_rng, check_size
from ..initializers import he
from ._tensorflow import Tensor, tf


class Layer:
    """What all layers have; on its own it passes everything through.

    Attributes:
        params: first NumPy arrays, the starting values; `Sequential` makes them tf variables.
        state: the same for running averages: assigned in training, never trained.
        updates: operations to run beside each training step (running averages).
        n_in, n_out: the widths that the layer takes and gives; None where any width will do.

    >>> from nbhelpers.tf1 import tf
    >>> tf.Session().run(Layer().forward(tf.ones((1, 2))))
    array([[1., 1.]], dtype=float32)
    """

    def __init__(self, n_in: int | None = None, n_out: int | None = None) -> None:
        self.n_in, self.n_out = n_in, n_out
        self.params: dict[str, Any] = {}
        self.state: dict[str, Any] = {}
        self.updates: list[Any] = []

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return x

    def __repr__(self) -> str:
        widths = [str(n) for n in (self.n_in, self.n_out) if n is not None]
        return f"{type(self).__name__}({', '.join(widths)})"


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


class Dropout(Layer):
    """y = x · mask; mask is 0 with probability `rate`, else 1 / (1 - rate).

    Each run of the training graph draws once; the evaluation graph does not draw.

    >>> import numpy as np
    >>> dropout = Dropout(0.5, rng=np.random.default_rng(0))
    >>> tf.Session().run(dropout.forward(tf.ones((2, 3), tf.float64), train=True))
    array([[2., 0., 0.],
           [0., 2., 2.]])
    """

    def __init__(self, rate: float, *, rng: Rng) -> None:
        super().__init__()
        self.rate = check_number(rate, "Dropout", "rate", 0, 1)
        self.rng = check_rng(rng, "Dropout")
        self.drawn: Tensor | None = None  # what a solver has drawn, while it builds its step

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        self.width = x.shape.as_list()[1]  # None where only the data know it
        if not train:
            return x
        drawn = self.drawn
        if drawn is None:
            # The draw waits for x itself: of two such layers, the lower one draws first.
            drawn = tf.numpy_function(lambda x: self.draw(x.shape, x.dtype), [x], x.dtype)
        mask = tf.cast(drawn >= self.rate, x.dtype) * (1 / (1 - self.rate))
        return x * tf.ensure_shape(mask, x.shape)

    def draw(self, shape: tuple[int, ...], dtype: Any) -> Array:
        """Random numbers in [0, 1), one for each number of a batch."""
        return self.rng.random(shape, dtype=dtype)

    def __repr__(self) -> str:
        return f"Dropout({self.rate:g})"


class BatchNorm(Layer):
    """y = γ x̂ + β with x̂ = (x - mean) / √(variance + ε), unit by unit; for use in a `Sequential`.

    >>> from nbhelpers.tf1 import Sequential
    >>> tf.reset_default_graph()
    >>> net = Sequential(BatchNorm(1), dtype=np.float64)
    >>> y = net.forward(tf.constant([[10.0], [20.0], [30.0]], tf.float64), train=True)
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> session.run([y, *net.layers[0].updates])[0].ravel().round(4)
    array([-1.2247,  0.    ,  1.2247])
    >>> session.run(net.layers[0].state["mean"])
    array([2.])
    """

    def __init__(self, n: int, *, momentum: float = 0.9, eps: float = 1e-5) -> None:
        super().__init__(check_size(n, "BatchNorm", "n"), n)
        self.momentum = check_number(momentum, "BatchNorm", "momentum", 0, 1)
        self.eps = check_number(eps, "BatchNorm", "eps", 0, open_low=True)
        self.params = {"gamma": np.ones(n), "beta": np.zeros(n)}
        self.state = {"mean": np.zeros(n), "variance": np.ones(n)}

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        gamma, beta = self.params["gamma"], self.params["beta"]
        mean, variance = self.state["mean"], self.state["variance"]
        if train:
            mean, variance = tf.nn.moments(x, axes=[0])
            self.updates = [
                running.assign(self.momentum * running + (1 - self.momentum) * batch)
                for running, batch in zip(self.state.values(), (mean, variance), strict=True)
            ]
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, self.eps)

    def __repr__(self) -> str:
        return f"BatchNorm({self.n_in})"
