"""A network is a list of layers: forward runs through it, backward runs back.

All parameters live in one flat vector `w`, all gradients in another, `g`; each layer's W and b are
views into them. An optimizer then needs to know nothing of layers: it changes w by looking at g.

A whole fully connected network in one line: the same few layers again for each hidden size.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ._checks import (
    Array,
    Initializer,
    Labels,
    Rng,
    check_batch,
    check_gradient,
    check_number,
    check_rng,
    describe,
    refuse,
    unchecked,
)
from ._files import Arrays, load_arrays, refuse_mismatch, save_arrays
from .activations import ReLU
from .initializers import he
from .layers import BatchNorm, Dense, Dropout, Layer


class Sequential:
    """Layers one after the other.

    Args:
        *layers: each takes what the one before gives.
        dtype: np.float32 to train, np.float64 to check gradients; parameters and inputs are cast.

    Attributes:
        w, g: all parameters and all gradients, shape (P,), in the order of the layers.

    >>> from nbhelpers import Dense, ReLU
    >>> rng = np.random.default_rng(0)
    >>> net = Sequential(Dense(3, 4, rng=rng), ReLU(), Dense(4, 1, rng=rng))
    >>> net.w.size, net.forward(np.ones((5, 3))).shape
    (21, (5, 1))
    """

    def __init__(self, *layers: Layer, dtype: npt.DTypeLike = np.float32) -> None:
        self.layers, self.dtype = layers, np.dtype(dtype)
        self._check_layers()
        size = sum(p.size for layer in layers for p in layer.params.values())
        self.w: Array = np.empty(size, self.dtype)
        self.g: Array = np.zeros(size, self.dtype)
        end = 0
        for layer in layers:
            for name, value in layer.params.items():
                start, end = end, end + value.size
                self.w[start:end] = value.ravel()
                layer.params[name] = self.w[start:end].reshape(value.shape)
                layer.grads[name] = self.g[start:end].reshape(value.shape)
            for name, value in layer.state.items():
                layer.state[name] = value.astype(self.dtype)
        self._forward = [unchecked(type(layer).forward) for layer in layers]
        self._backward = [unchecked(type(layer).backward) for layer in layers]
        self._where = f"Sequential.backward, {layers[-1]!r}"  # formatted once, not in every step
        self._first = next((i for i, layer in enumerate(layers) if layer.params), 0)

    def forward(self, x: Array, train: bool = False) -> Array:
        """Map a batch (N, n_in) to its scores (N, n_out)."""
        check_batch(x, self.layers[0].n_in, f"Sequential.forward, {self.layers[0]!r}")
        return self.forward_unchecked(x, train)

    def forward_unchecked(self, x: Array, train: bool) -> Array:
        """`forward` on a batch that was checked before, as each batch of a checked set is."""
        x = x.astype(self.dtype, copy=False)
        for layer, forward in zip(self.layers, self._forward, strict=True):
            x = forward(layer, x, train)
        return x

    def backward(self, dy: Array, *, input_gradient: bool = True) -> Array | None:
        """Write `g` from the gradient of the scores, and return that of the input.

        With `input_gradient=False`, nothing is computed below the first parameters (a third of the
        work of a training step in a wide first layer), and None is returned.
        """
        check_gradient(self.layers[-1], dy, self._where)
        dy = dy.astype(self.dtype, copy=False)
        stop = 0 if input_gradient else self._first + 1
        for i in range(len(self.layers) - 1, stop - 1, -1):
            dy = self._backward[i](self.layers[i], dy)
        if input_gradient:
            return dy
        self.layers[self._first].backward_params(dy)
        return None

    def predict(self, x: Array, batch_size: int = 1000) -> Labels:
        """The class of each example, (N,): that of the largest score; of one score, its sign."""
        parts = [self.forward(x[i : i + batch_size]) for i in range(0, len(x), batch_size)]
        scores = np.concatenate(parts)
        return scores.argmax(axis=1) if scores.shape[1] > 1 else (scores[:, 0] > 0).astype(np.int64)

    def weights(self) -> Iterator[tuple[Array, Array]]:
        """Each weight matrix W with its gradient: what penalties and constraints act on."""
        with_weights = (layer for layer in self.layers if "W" in layer.params)
        return ((layer.params["W"], layer.grads["W"]) for layer in with_weights)

    def arrays(self) -> Arrays:
        """Every parameter and running average under its own name: "0.Dense.W", "0.Dense.b", …"""
        return {
            f"{i}.{type(layer).__name__}.{name}": value
            for i, layer in enumerate(self.layers)
            for name, value in (layer.params | layer.state).items()
        }

    def snapshot(self) -> Arrays:
        """A copy of all parameters and running averages, by name."""
        return {name: array.copy() for name, array in self.arrays().items()}

    def restore(self, snapshot: Arrays) -> None:
        """Copy a snapshot back into this network; whatever does not fit is refused, by name."""
        here = self.arrays()
        refuse_mismatch("restore", here, snapshot)
        for name, array in snapshot.items():
            here[name][...] = array

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all parameters and running averages to one .npz file, whole or not at all."""
        save_arrays(path, self.arrays())

    def load(self, path: str | os.PathLike[str]) -> None:
        """Read what `save` wrote into this network; whatever does not fit is refused, by name."""
        found = load_arrays(path)
        refuse_mismatch(f"load {Path(path).name!r}", self.arrays(), found)
        self.restore(found)

    def _check_layers(self) -> None:
        if self.dtype not in (np.float32, np.float64):
            refuse("Sequential", "dtype np.float32 or np.float64", str(self.dtype), "np.float32")
        width: int | None = None
        for i, layer in enumerate(self.layers):
            where = f"Sequential, layer {i}"
            if not isinstance(layer, Layer):
                mend = "pass layers one by one: Sequential(*layers)"
                refuse(where, "a Layer", describe(layer), mend, TypeError)
            if any(layer is other for other in self.layers[:i]):
                refuse(where, "a layer of its own", f"{layer!r} twice", "make a second one")
            if None not in (width, layer.n_in) and layer.n_in != width:
                mend = f"make its n_in {width}"
                refuse(where, f"{width} inputs, as the layer before gives", f"{layer!r}", mend)
            width = layer.n_out or width
        if not self.layers:
            refuse("Sequential", "at least one layer", "none", "Sequential(Dense(4, 2, rng=rng))")

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"


def FullyConnectedNet(
    hidden: Sequence[int],
    *,
    n_in: int = 3072,
    n_out: int = 10,
    rng: Rng,
    dropout: float = 0.0,
    batchnorm: bool = False,
    init: Initializer = he,
    activation: Callable[[], Layer] = ReLU,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """{Dense, [BatchNorm], activation, [Dropout]} for each hidden size, and a Dense on top.

    Args:
        hidden: the number of units of each hidden layer; none makes a linear classifier.
        n_in, n_out: inputs and scores; the defaults are those of CIFAR-10, 32 · 32 · 3 and 10.
        rng: draws the weights and the masks of Dropout.
        dropout: the share of hidden units to drop; 0 leaves the Dropout layers out.
        batchnorm: whether to normalize before each activation; those Dense layers have no bias.
        init: draws each W.
        activation: a class of layers, or a function that makes one.
        dtype: of the network.

    >>> FullyConnectedNet([100, 50, 25], rng=np.random.default_rng(0)).w.size
    313885
    >>> FullyConnectedNet([5], n_in=4, n_out=3, dropout=0.5, batchnorm=True,
    ...     rng=np.random.default_rng(0))
    Sequential(Dense(4, 5), BatchNorm(5), ReLU(), Dropout(0.5), Dense(5, 3))
    """
    if not isinstance(hidden, Sequence) or isinstance(hidden, str):
        mend = f"[{hidden}]" if isinstance(hidden, int) else "list(hidden)"
        refuse("FullyConnectedNet", "a list of hidden sizes", describe(hidden), mend, TypeError)
    check_rng(rng, "FullyConnectedNet")
    check_number(dropout, "FullyConnectedNet", "dropout", 0, 1)
    layers: list[Layer] = []
    for n in hidden:
        layers.append(Dense(n_in, n, init=init, rng=rng, bias=not batchnorm))
        if batchnorm:
            layers.append(BatchNorm(n))
        layers.append(activation())
        if dropout:
            layers.append(Dropout(dropout, rng=rng))
        n_in = n
    return Sequential(*layers, Dense(n_in, n_out, init=init, rng=rng), dtype=dtype)
