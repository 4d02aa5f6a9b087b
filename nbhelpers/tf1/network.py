"""A network strings the layers' operations together and owns their variables."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from .. import network
from .._checks import REQUIRED, Array, Initializer, Rng, describe, fail
from .._custom_layers import (
    call_pass,
    check_input,
    check_layers,
    follow,
    is_ours,
    network_of,
    parts_of,
    shape_through,
    warn_of_untrained,
)
from .._files import Arrays, check_same_arrays, load_arrays, save_arrays
from ..initializers import he
from ..layers import Named, Shape
from ._tensorflow import Tensor, tf
from .activations import ReLU
from .layers import BatchNorm, Dense, Dropout, Layer, check_tensor, static_shape
from .migration import ONE_GRAPH, explained

ASSIGN = "session.run(variable.assign(value)), or net.set_weights(session, w)"


class Variables(Named):
    """The variables of a layer in a network, by name."""

    held = True

    def __setitem__(self, name: str, value: Any) -> None:
        fail(f"params[{name!r}]", "the variable to stay", describe(value), ASSIGN, TypeError)


class Sequential(Layer):
    """Layers one after the other.

    Args:
        *layers: each takes what the one before gives.
        dtype: np.float32 or np.float64, of all variables.

    Attributes:
        w: all trained variables, in the order of the layers.
        graph: the graph that they are in: the default one when the network is built.

    Raises:
        TypeError, ValueError: what is no layer of this engine, widths that do not fit, a layer
            twice or in two networks, a layer without `forward`.

    >>> from nbhelpers.tf1 import Dense, ReLU
    >>> tf.reset_default_graph()
    >>> rng = np.random.default_rng(0)
    >>> net = Sequential(Dense(3, 4, rng=rng), ReLU(), Dense(4, 1, rng=rng))
    >>> net.forward(tf.ones((5, 3))).shape.as_list()
    [5, 1]
    """

    regression = False
    """Whether a solver's `predict` gives the scores themselves; it is set from the targets."""

    def __init__(self, *layers: Layer, dtype: npt.DTypeLike = np.float32) -> None:
        self.layers, self.dtype = layers, np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            fail("Sequential", "dtype np.float32 or np.float64", str(self.dtype))
        shape = check_layers(layers, "graph")
        super().__init__(layers[0].n_in, shape[0] if shape and len(shape) == 1 else None)
        self.graph = tf.get_default_graph()
        self._parts = parts_of(layers)
        self._w: list[Any] = []
        with tf.variable_scope(None, default_name="Sequential"):
            for name, part in self._parts:
                self._make_variables(name, part)
        self._held = [(part, part.params) for _, part in self._parts if part.params]

    @property
    def layers(self) -> tuple[Layer, ...]:
        return cast("tuple[Layer, ...]", vars(self)["layers"])

    @layers.setter
    def layers(self, layers: Sequence[Layer]) -> None:
        if "_w" in vars(self):
            hint = "Sequential(…) of new layers; snapshot and restore carry the weights over"
            fail("net.layers", "the layers that the network holds", "others", hint, TypeError)
        vars(self)["layers"] = tuple(layers)

    @property
    def w(self) -> list[Any]:
        return self._w

    @w.setter
    def w(self, value: Any) -> None:
        fail("net.w", "the variables to stay", describe(value), ASSIGN, TypeError)

    def _make_variables(self, name: str, part: Any) -> None:
        holder = network_of(part)
        if holder is not None and any(holder is other for _, other in self._parts):
            self._w += part.params.values()  # a network in this one has made them
            return
        taken = holder is not None or any(
            not isinstance(value, np.ndarray) for value in (part.params | part.state).values()
        )
        if taken and part.params | part.state:
            hint = "make a second layer; snapshot and restore carry the weights over"
            if holder is None:
                hint = "NumPy arrays as params: Sequential makes variables of them"
                fail(f"Sequential, {name}", "arrays in params", "variables", hint, TypeError)
            fail(f"Sequential, {name}", "layers of no other network", f"{part!r} of one", hint)
        params, state = (
            Variables(
                (
                    key,
                    tf.get_variable(
                        f"{name}.{key}",
                        initializer=np.asarray(value, self.dtype),
                        trainable=trainable,
                    ),
                )
                for key, value in values.items()
            )
            for values, trainable in ((part.params, True), (part.state, False))
        )
        for values, variables in ((part.params, params), (part.state, state)):
            for key, old in values.items():
                follow(part, name, key, old, variables[key])
        part.params, part.state, part._network = params, state, weakref.ref(self)
        self._w += params.values()
        warn_of_untrained(part, name)

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        """Map a batch (N, n_in) to its scores (N, n_out)."""
        x = check_tensor(x, self.n_in, self.dtype, self.graph, "Sequential.forward")
        for part, params in self._held:
            if part.params is not params:
                got = "another dictionary"
                fail(f"{part!r}", "the params that the network holds", got, ASSIGN, TypeError)
        with x.graph.as_default():
            for i, layer in enumerate(self.layers):
                check_input(layer, static_shape(x), f"Sequential, layer {i}")
                x = (
                    layer.forward(x, train)
                    if is_ours(layer.forward)
                    else self._own(layer, x, train)
                )
        return x

    def _own(self, layer: Layer, x: Tensor, train: bool) -> Tensor:
        """Call `forward` of a reader's layer, and check what comes back."""
        where = f"{layer!r}.forward"
        with explained(where):
            y = call_pass(layer.forward, x, {"train": train}, where)
        if not isinstance(y, tf.Tensor):
            hint = "end with return y" if y is None else "y = tf.…"
            fail(where, "a tensor", describe(y), hint, TypeError)
        if y.dtype.is_floating:
            y = tf.cast(y, self.dtype)
        width = y.shape.as_list()[-1] if y.shape.rank else None
        following = self.layers[self.layers.index(layer) + 1 :]
        expected = layer.n_out or (following[0].n_in if following else None)
        if None not in (width, expected) and width != expected:
            hint = "super().__init__(n_in, n_out) with the width that it gives"
            fail(where, f"y of shape (None, {expected})", f"shape {y.shape}", hint)
        return y

    def predict(self, x: Tensor) -> Tensor:
        """The class of each example, (N,): that of the largest score; of one score, its sign."""
        scores = self.forward(x)
        if scores.shape[1] > 1:
            return tf.argmax(scores, axis=1)
        return tf.cast(scores[:, 0] > 0, tf.int64)

    def all_updates(self) -> list[Any]:
        """The assignments that must run beside each training step (running averages)."""
        return [update for _, part in self._parts for update in getattr(part, "updates", ())]

    def parameters(self) -> list[Any]:
        """Every variable that is trained, in the order of the layers."""
        return list(self.w)

    def weights(self) -> list[Any]:
        """Each weight matrix W: what penalties and constraints act on."""
        return [part.params["W"] for _, part in self._parts if "W" in part.params]

    def shape_after(self, shape: Shape | None) -> Shape | None:
        return shape_through(self.layers, shape)

    def get_weights(self, session: tf.Session = REQUIRED) -> Array:
        """All parameters as one vector (P,), in the order of the NumPy network's `w`."""
        return np.concatenate(
            [value.ravel() for value in self._run(session, self.w, "get_weights")]
        )

    def set_weights(self, session: tf.Session, w: Array = REQUIRED) -> None:
        """Assign all parameters from one vector (P,), such as the NumPy network's `w`."""
        self._check_session(session, "set_weights")
        size = sum(v.shape.num_elements() for v in self.w)
        if not isinstance(w, np.ndarray) or w.shape != (size,):
            hint = "pass `net.w` of a NumPy network with the same layers"
            fail("set_weights", f"a vector of {size} numbers", describe(w), hint)
        end = 0
        for v in self.w:
            start, end = end, end + v.shape.num_elements()
            v.load(w[start:end].reshape(v.shape.as_list()).astype(self.dtype), session)

    def arrays(self) -> dict[str, Any]:
        """Every variable under its own name: "0.Dense.W", "0.Dense.b", …"""
        return {
            f"{name}.{key}": value
            for name, part in self._parts
            for key, value in (part.params | part.state).items()
        }

    def snapshot(self, session: tf.Session = REQUIRED) -> Arrays:
        """A copy of all variables' values, by name; the NumPy network can restore it."""
        values: Arrays = self._run(session, self.arrays(), "snapshot")
        return values

    def _run(self, session: tf.Session, fetches: Any, where: str) -> Any:
        self._check_session(session, where)
        with explained(where):
            return session.run(fetches)

    def _check_session(self, session: Any, where: str) -> None:
        if not hasattr(session, "run"):
            fail(where, "a session", describe(session), "solver.session", TypeError)
        if session.graph is not self.graph:
            got = "one of another graph"
            fail(where, "a session of the network's graph", got, ONE_GRAPH)

    def restore(self, snapshot: Arrays, session: tf.Session = REQUIRED) -> None:
        """Load a snapshot of this or of the NumPy network.

        Raises:
            ValueError: it is of a network with other layers or another dtype.
        """
        check_same_arrays("restore", self.snapshot(session), snapshot)
        for name, variable in self.arrays().items():
            variable.load(snapshot[name], session)

    def save(self, path: str | os.PathLike[str], session: tf.Session = REQUIRED) -> None:
        """Write all variables to one .npz file; the NumPy network can load it."""
        save_arrays(path, self.snapshot(session))

    def load(self, path: str | os.PathLike[str], session: tf.Session = REQUIRED) -> None:
        """Read what `save` of this or of the NumPy network wrote."""
        self.restore(load_arrays(path), session)

    def summary(self) -> None:
        """Print the layers, the widths that they give, and how many parameters they have."""
        network.print_summary(self.layers, None if self.n_in is None else (self.n_in,))

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"


class Residual(Layer, network.Residual):
    """y = x + F(x), with the skip connection around F, the given layers; as `nbhelpers.Residual`.

    >>> from nbhelpers.tf1 import Dense, ReLU
    >>> from nbhelpers import zeros
    >>> rng = np.random.default_rng(0)
    >>> block = Residual(Dense(2, 8, rng=rng), ReLU(), Dense(8, 2, init=zeros, rng=rng))
    >>> tf.Session().run(block.forward(tf.constant([[3.0, 4.0]], tf.float64)))
    array([[3., 4.]])
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        self.shape_after(static_shape(x))
        y = x
        for layer in self.layers:
            y = layer.forward(y, train)
        self._check_shape(static_shape(x), static_shape(y))
        return x + y


def FullyConnectedNet(
    hidden: Sequence[int], *, n_in: int = 3072, n_out: int = 10, rng: Rng = REQUIRED,
    dropout: float = 0.0, batchnorm: bool = False, init: Initializer = he,
    activation: Callable[[], Layer] = ReLU, dtype: npt.DTypeLike = np.float32,
) -> Sequential:  # fmt: skip
    """The same network as `nbhelpers.FullyConnectedNet` builds, from the same numbers.

    >>> tf.reset_default_graph()
    >>> FullyConnectedNet([5], n_in=4, n_out=3, dropout=0.5, rng=np.random.default_rng(0))
    Sequential(Dense(4, 5), ReLU(), Dropout(0.5), Dense(5, 3))
    """
    layers = network.fully_connected_layers(
        hidden, n_in, n_out, rng, dropout, batchnorm, init, activation, (Dense, BatchNorm, Dropout)
    )
    return Sequential(*layers, dtype=dtype)
