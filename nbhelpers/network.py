"""A network is a list of layers: forward runs through it, backward runs back.

All parameters live in one flat vector `w`, all gradients in another, `g`; each layer's W and b are
views into them. An optimizer then needs to know nothing of layers: it changes w by g.
"""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from ._checks import (
    REQUIRED,
    Array,
    Initializer,
    Labels,
    Rng,
    check_batch,
    check_gradient,
    check_number,
    check_rng,
    check_size,
    checked_backward,
    checked_forward,
    describe,
    fail,
    formula_of_method,
    register_formula,
)
from ._custom_layers import (
    Parts,
    check_held,
    check_input,
    check_layers,
    hold,
    is_ours,
    network_of,
    parts_of,
    run_backward,
    run_forward,
    shape_through,
)
from ._files import Arrays, check_same_arrays, load_arrays, save_arrays
from .activations import ReLU
from .initializers import he
from .layers import BatchNorm, Dense, Dropout, Layer, Shape


class Sequential(Layer):
    """Layers one after the other.

    A layer may itself be made of layers, and a network may be a layer of another one: the
    parameters of all of them are found, and live in the memory of the outermost network.

    Args:
        *layers: each takes what the one before gives.
        dtype: np.float32 to train, np.float64 to check gradients; parameters and inputs are cast.

    Attributes:
        w, g: all parameters and all gradients, shape (P,), in the order of the layers. Assigning,
            as in `net.w = v`, copies v into that memory.

    Raises:
        TypeError, ValueError: what is no layer, widths that do not fit, a layer twice or in two
            networks, a layer without `forward` or `backward`, parameters that are no numbers.

    >>> from nbhelpers import Dense, ReLU
    >>> rng = np.random.default_rng(0)
    >>> net = Sequential(Dense(3, 4, rng=rng), ReLU(), Dense(4, 1, rng=rng))
    >>> net.w.size, net(np.ones((5, 3))).shape
    (21, (5, 1))
    """

    regression = False
    """Whether `predict` gives the scores themselves; a Solver sets it from the targets."""

    def __init__(self, *layers: Layer, dtype: npt.DTypeLike = np.float32) -> None:
        self.layers, self.dtype = layers, np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            fail("Sequential", "dtype np.float32 or np.float64", str(self.dtype))
        shape = check_layers(layers)
        super().__init__(layers[0].n_in, shape[0] if shape and len(shape) == 1 else None)
        self._bind()

    @property
    def layers(self) -> tuple[Layer, ...]:
        return cast("tuple[Layer, ...]", vars(self)["layers"])

    @layers.setter
    def layers(self, layers: Sequence[Layer]) -> None:
        if "_w" in vars(self):
            hint = "Sequential(*copy.deepcopy(net.layers[:2])), a network of its own"
            fail("net.layers", "the layers that the network holds", "others", hint, TypeError)
        vars(self)["layers"] = tuple(layers)

    # The memory

    def _bind(self) -> None:
        """Move all parameters and gradients into two vectors; layers keep views of them."""
        parts = parts_of(self.layers)
        inner = [part for _, part in parts if isinstance(part, Sequential)]
        for name, part in parts:
            holder = network_of(part)
            if part.params and holder is not None and all(holder is not net for net in inner):
                hint = "copy.deepcopy(layer); or layer_outputs(net, x) to look inside a network"
                fail(f"Sequential, {name}", "layers of no other network", f"{part!r} of one", hint)
        size = sum(np.size(value) for _, part in parts for value in part.params.values())
        w, g, end = np.empty(size, self.dtype), np.zeros(size, self.dtype), 0
        starts: dict[int, int] = {}
        for name, part in parts:
            starts[id(part)] = end
            if not isinstance(part, Sequential):
                end = hold(part, name, self, w, g, end)
            for key, value in part.state.items():
                part.state[key] = np.array(value, self.dtype)
        self._adopt(parts, w, g)
        for net in inner:  # its vectors are now a stretch of ours
            stretch = slice(starts[id(net)], starts[id(net)] + net.w.size)
            net.dtype = self.dtype
            net._adopt(parts_of(net.layers), w[stretch], g[stretch])

    def _adopt(self, parts: Parts, w: Array, g: Array) -> None:
        self._w, self._g, self._parts = w, g, parts
        self._known: list[Shape | None] = [None] * len(self.layers)
        self._held = [(n, part, part.params, part.grads) for n, part in parts if part.params]
        self._weighted = [part for _, part in parts if "W" in part.params]
        self._customized = any(not is_ours(part.forward) for _, part in parts)
        # The first layer that must be visited on the way back: with parameters, or a reader's own.
        self._first = next(
            (
                i
                for i, layer in enumerate(self.layers)
                if any(part.params for _, part in parts_of([layer]))
                or not formula_of_method(layer.backward)
            ),
            len(self.layers),
        )

    @property
    def w(self) -> Array:
        return self._w

    @w.setter
    def w(self, value: Array) -> None:
        self._assign(self._w, value, "net.w")

    @property
    def g(self) -> Array:
        return self._g

    @g.setter
    def g(self, value: Array) -> None:
        self._assign(self._g, value, "net.g")

    def _assign(self, memory: Array, value: Array, name: str) -> None:
        if np.shape(value) != memory.shape or np.asarray(value).dtype.kind not in "fiu":
            fail(name, f"a vector of numbers of shape {memory.shape}", describe(value))
        memory[...] = value

    # Forward and backward

    def forward(self, x: Array, train: bool = False) -> Array:
        """Map a batch (N, n_in) to its scores (N, n_out).

        With `train`, layers such as Dropout behave as in training, and all keep what `backward`
        needs.
        """
        where = f"Sequential.forward, {self.layers[0]!r}"
        check_batch(x, self.n_in, where, images=self.n_in is None)
        return self._forward(x, train)

    def _forward(self, x: Array, train: bool = False) -> Array:
        """`forward` on a batch that was checked before, as each batch of a checked set is."""
        x = x.astype(self.dtype, copy=False)
        for name, part, params, grads in self._held:
            if part.params is not params or part.grads is not grads:
                check_held(name, part, params, grads)
        self.passes += train
        shapes = []
        for i, layer in enumerate(self.layers):
            shapes.append(x.shape)
            if x.shape[1:] != self._known[i]:  # the first batch, or another kind of examples
                check_input(layer, x.shape[1:], f"Sequential, layer {i}")
                self._known[i] = x.shape[1:]
            x = run_forward(layer, x, train, self.dtype)
        if train:
            self._shapes = shapes
        self.out_shape = x.shape if train else None
        if train and self._customized:
            self._check_complete()
        return x

    def _check_complete(self) -> None:
        """Raise for layers that a reader's layer has made since the network was built."""
        known = {id(part) for _, part in self._parts}
        for name, part in parts_of(self.layers):
            if id(part) not in known and part.params and not isinstance(part, Sequential):
                hint = "create every layer inside of a layer in its __init__"
                fail(f"Sequential, {name}", "the layers that the network holds", "more", hint)

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        """Write `g` from the gradient with respect to the scores, return that for the input.

        With `need_dx=False`, nothing is computed below the first parameters (a third of the work of
        a training step in a wide first layer), and None is returned.
        """
        check_gradient(dy, self.out_shape, f"Sequential.backward, {self.layers[-1]!r}")
        return self._backward(dy, need_dx)

    def _backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        dx: Array | None = dy.astype(self.dtype, copy=False)
        layers = self.layers
        for i in range(len(layers) - 1, -1, -1):
            layer, need = layers[i], need_dx or i > self._first
            if i < self._first and not need_dx:
                break
            dx = run_backward(layer, cast(Array, dx), need, self._shapes[i], self.dtype)
        return dx if need_dx else None

    # Using it

    def predict(self, x: Array, batch_size: int = 1000) -> Array | Labels:
        """What the network says of each example.

        Classes, (N,): the one with the largest score; of a single score, 1 where it is positive.
        For a network that a Solver has trained on real targets, the scores themselves, (N, k);
        after a loop of your own, they are `net.scores(x)`.

        Raises:
            ValueError: scores that are NaN or infinite, as of a network that has diverged.
        """
        return predictions_of(self.scores(x, batch_size), regression=self.regression)

    def scores(self, x: Array, batch_size: int = 1000) -> Array:
        """The scores (N, n_out) of many examples, computed `batch_size` at a time."""
        size = check_size(batch_size, "Sequential", "batch_size")
        check_batch(x, self.n_in, "Sequential.predict", images=self.n_in is None)
        return np.concatenate([self.forward(x[i : i + size]) for i in range(0, len(x), size)])

    def parameters(self) -> list[Array]:
        """Every array that is trained, in the order of the layers: views, not copies."""
        return [value for _, part, *_ in self._held for value in part.params.values()]

    def weights(self) -> Iterator[tuple[Array, Array]]:
        """Each weight matrix W with its gradient: what penalties and constraints act on."""
        return ((part.params["W"], part.grads["W"]) for part in self._weighted)

    def arrays(self) -> Arrays:
        """Every parameter and running average under its own name: "0.Dense.W", "0.Dense.b", …"""
        return {
            f"{name}.{key}": value
            for name, part in self._parts
            for key, value in (part.params | part.state).items()
        }

    def summary(self) -> None:
        """Print the layers, the shapes that they give, and how many parameters they have.

        >>> from nbhelpers import Dense, ReLU
        >>> rng = np.random.default_rng(0)
        >>> Sequential(Dense(784, 100, rng=rng), ReLU(), Dense(100, 10, rng=rng)).summary()
        layer           output    parameters
        Dense(784, 100) (N, 100)      78,500
        ReLU()          (N, 100)           0
        Dense(100, 10)  (N, 10)        1,010
        all                           79,510
        """
        shape = self._known[0] or (None if self.n_in is None else (self.n_in,))
        print_summary(self.layers, shape)

    def shape_after(self, shape: Shape | None) -> Shape | None:
        return shape_through(self.layers, shape)

    def snapshot(self) -> Arrays:
        """A copy of all parameters and running averages, by name."""
        return {name: array.copy() for name, array in self.arrays().items()}

    def restore(self, snapshot: Arrays) -> None:
        """Put back a snapshot.

        Raises:
            ValueError: it is of a network with other layers or another dtype.
        """
        here = self.arrays()
        check_same_arrays("restore", here, snapshot)
        for name, array in here.items():
            array[...] = snapshot[name]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all parameters and running averages to one .npz file."""
        save_arrays(path, self.arrays())

    def load(self, path: str | os.PathLike[str]) -> None:
        """Read what `save` wrote; a file that does not fit leaves the network as it was.

        Raises:
            FileNotFoundError, ValueError: no such file; damaged, or of another network.
        """
        found = load_arrays(path)
        check_same_arrays(f"load {os.path.basename(path)!r}", self.arrays(), found)
        for name, array in self.arrays().items():
            array[...] = found[name]

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"

    def __copy__(self) -> Sequential:
        return copy.deepcopy(self)  # two networks cannot hold the same layers

    def __getstate__(self) -> dict[str, Any]:
        memory = ("_w", "_g", "_parts", "_held", "_weighted", "_shapes", "_known")
        return {k: v for k, v in super().__getstate__().items() if k not in memory}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._bind()


register_formula(Sequential.forward, Sequential._forward)
register_formula(Sequential.backward, Sequential._backward)


class Residual(Layer):
    """y = x + F(x), with the skip connection around F, the given layers (He, 2016).

    The upstream gradient reaches x through F and, unchanged, beside it: dx = dy + dF(x). A block
    whose last layer starts at zero is the identity at first, however deep the network.

    Args:
        *layers: F, which must give the shape that it takes.

    Raises:
        TypeError, ValueError: as `Sequential`; layers that give another shape than they take.

    >>> from nbhelpers import Dense, ReLU, zeros
    >>> rng = np.random.default_rng(0)
    >>> block = Residual(Dense(2, 8, rng=rng), ReLU(), Dense(8, 2, init=zeros, rng=rng))
    >>> block.forward(np.array([[3.0, 4.0]]))
    array([[3., 4.]])
    """

    def __init__(self, *layers: Layer) -> None:
        shape = check_layers(layers, self.engine, "Residual")
        super().__init__(layers[0].n_in, layers[0].n_in)
        self.layers, self.images = layers, layers[0].images
        self._check_shape(None if self.n_in is None else (self.n_in,), shape)

    def _check_shape(self, taken: Shape | None, given: Shape | None) -> None:
        if taken is not None and given is not None and taken != given:
            hint = "a last layer with as many units (or channels) as x has"
            fail(repr(self), f"layers that give the shape {taken} of x", f"{given}", hint)

    def shape_after(self, shape: Shape | None) -> Shape | None:
        self._check_shape(shape, shape_through(self.layers, shape, "Residual"))
        return shape

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        self.shape_after(x.shape[1:])
        y, shapes = x, []
        for layer in self.layers:
            shapes.append(y.shape)
            y = run_forward(layer, y, train, x.dtype)
        self._check_shape(x.shape[1:], y.shape[1:])
        self.cache = shapes if train else None
        return x + y

    @checked_backward
    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        dx: Array | None = dy
        for i in range(len(self.layers) - 1, -1, -1):
            need = need_dx or i > 0
            dx = run_backward(self.layers[i], cast(Array, dx), need, self.cache[i], dy.dtype)
        return dy + dx if dx is not None else None

    def __repr__(self) -> str:
        return f"Residual({', '.join(map(repr, self.layers))})"


def print_summary(layers: Sequence[Layer], shape: Shape | None) -> None:
    """Print the layers of either engine; `shape` is that of one example of the input."""
    rows, total = [("layer", "output", "parameters")], 0
    for layer in layers:
        shape = layer.shape_after(shape)
        params = [p for _, part in parts_of([layer]) for p in part.params.values()]
        n = sum(math.prod(int(size) for size in p.shape) for p in params)
        axes = "…" if shape is None else ", ".join(map(str, shape))
        rows.append((repr(layer), f"(N, {axes})", f"{n:,}"))
        total += n
    rows.append(("all", "", f"{total:,}"))
    wide = [max(len(row[i]) for row in rows) for i in range(3)]
    for a, b, c in rows:
        print(f"{a:<{wide[0]}}  {b:<{wide[1]}}  {c:>{wide[2]}}")


def classes_of(scores: Array) -> Labels:
    """The class of each row of scores, (N,): the largest; of a single score, 1 where positive.

    >>> classes_of(np.array([[0.1, 0.9], [0.8, 0.2]]))
    array([1, 0])
    """
    return scores.argmax(axis=1) if scores.shape[1] > 1 else (scores[:, 0] > 0).astype(np.int64)


def predictions_of(scores: Array, *, regression: bool) -> Array | Labels:
    """Scores, or the class of each row; raise for a network that has diverged."""
    if not np.isfinite(scores).all():
        hint = "train again with a lower learning rate: this network has diverged"
        fail("predict", "finite scores", "NaN or infinite ones", hint)
    return scores if regression else classes_of(scores)


def FullyConnectedNet(
    hidden: Sequence[int],
    *,
    n_in: int = 3072,
    n_out: int = 10,
    rng: Rng = REQUIRED,
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
    layers = fully_connected_layers(
        hidden, n_in, n_out, rng, dropout, batchnorm, init, activation, (Dense, BatchNorm, Dropout)
    )
    return Sequential(*layers, dtype=dtype)


def fully_connected_layers(
    hidden: Sequence[int], n_in: int, n_out: int, rng: Rng, dropout: float, batchnorm: bool,
    init: Initializer, activation: Callable[[], Any], kinds: tuple[Any, Any, Any],
) -> list[Any]:  # fmt: skip
    """The layers of a `FullyConnectedNet`, from an engine's (Dense, BatchNorm, Dropout)."""
    dense, norm, drop = kinds
    if not isinstance(hidden, Sequence) or isinstance(hidden, str):
        hint = f"[{hidden}]" if isinstance(hidden, int) else "list(hidden)"
        fail("FullyConnectedNet", "a list of hidden sizes", describe(hidden), hint, TypeError)
    check_rng(rng, "FullyConnectedNet")
    check_number(dropout, "FullyConnectedNet", "dropout", 0, 1)
    layers: list[Any] = []
    for n in hidden:
        layers.append(dense(n_in, n, init=init, rng=rng, bias=not batchnorm))
        if batchnorm:
            layers.append(norm(n))
        layers.append(activation())
        if dropout:
            layers.append(drop(dropout, rng=rng))
        n_in = n
    return [*layers, dense(n_in, n_out, init=init, rng=rng)]
