"""A network strings the layers' operations together and owns their variables.

A whole fully connected network in one line: the same few layers again for each hidden size.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import Array, Initializer, Rng, check_number, check_rng, describe, refuse
from .._files import Arrays, load_arrays, refuse_mismatch, save_arrays
from ..initializers import he
from ._tensorflow import Tensor, tf
from .activations import ReLU
from .layers import BatchNorm, Dense, Dropout, Layer


class Sequential:
    """Layers one after the other.

    Args:
        *layers: each takes what the one before gives.
        dtype: np.float32 or np.float64, of all variables.

    Attributes:
        w: all trained variables, in the order of the layers.

    >>> from nbhelpers.tf1 import Dense, ReLU
    >>> tf.reset_default_graph()
    >>> rng = np.random.default_rng(0)
    >>> net = Sequential(Dense(3, 4, rng=rng), ReLU(), Dense(4, 1, rng=rng))
    >>> net.forward(tf.ones((5, 3))).shape.as_list()
    [5, 1]
    """

    def __init__(self, *layers: Layer, dtype: npt.DTypeLike = np.float32) -> None:
        self.layers, self.dtype = layers, np.dtype(dtype)
        self.w: list[Any] = []
        with tf.variable_scope(None, default_name="Sequential"):
            for i, layer in enumerate(layers):
                scope = f"{i}.{type(layer).__name__}"
                for values, trainable in ((layer.params, True), (layer.state, False)):
                    for name, value in values.items():
                        values[name] = tf.get_variable(
                            f"{scope}.{name}",
                            initializer=value.astype(self.dtype),
                            trainable=trainable,
                        )
                self.w += layer.params.values()

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        """Map a batch (N, n_in) to its scores (N, n_out)."""
        for layer in self.layers:
            x = layer.forward(x, train)
        return x

    def predict(self, x: Tensor) -> Tensor:
        """The class of each example, (N,): that of the largest score; of one score, its sign."""
        scores = self.forward(x)
        if scores.shape[1] > 1:
            return tf.argmax(scores, axis=1)
        return tf.cast(scores[:, 0] > 0, tf.int64)

    def weights(self) -> list[Any]:
        """Each weight matrix W: what penalties and constraints act on."""
        return [layer.params["W"] for layer in self.layers if "W" in layer.params]

    def get_weights(self, session: tf.Session) -> Array:
        """All parameters as one vector (P,), in the order of the NumPy network's `w`."""
        return np.concatenate([value.ravel() for value in session.run(self.w)])

    def set_weights(self, session: tf.Session, w: Array) -> None:
        """Assign all parameters from one vector (P,), such as the NumPy network's `w`."""
        size = sum(v.shape.num_elements() for v in self.w)
        if not isinstance(w, np.ndarray) or w.shape != (size,):
            mend = "pass `net.w` of a NumPy network with the same layers"
            refuse("set_weights", f"a vector of {size} numbers", describe(w), mend)
        end = 0
        for v in self.w:
            start, end = end, end + v.shape.num_elements()
            v.load(w[start:end].reshape(v.shape.as_list()).astype(self.dtype), session)

    def arrays(self) -> dict[str, Any]:
        """Every variable under its own name: "0.Dense.W", "0.Dense.b", …"""
        return {
            f"{i}.{type(layer).__name__}.{name}": value
            for i, layer in enumerate(self.layers)
            for name, value in (layer.params | layer.state).items()
        }

    def snapshot(self, session: tf.Session) -> Arrays:
        """A copy of all variables' values, by name; the NumPy network can restore it."""
        values: Arrays = session.run(self.arrays())
        return values

    def restore(self, snapshot: Arrays, session: tf.Session) -> None:
        """Load a snapshot of this or of the NumPy network; refuse what does not fit."""
        refuse_mismatch("restore", self.snapshot(session), snapshot)
        for name, variable in self.arrays().items():
            variable.load(snapshot[name], session)

    def save(self, path: str | os.PathLike[str], session: tf.Session) -> None:
        """Write all variables to one .npz file; the NumPy network can load it."""
        save_arrays(path, self.snapshot(session))

    def load(self, path: str | os.PathLike[str], session: tf.Session) -> None:
        """Read what `save` of this or of the NumPy network wrote; refuse what does not fit."""
        found = load_arrays(path)
        refuse_mismatch(f"load {Path(path).name!r}", self.snapshot(session), found)
        self.restore(found, session)

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

    >>> from nbhelpers.tf1 import tf
    >>> tf.reset_default_graph()
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
