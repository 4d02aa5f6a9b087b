"""A layer adds the operations of its forward pass to the graph; TensorFlow derives the gradients.

Constructors are those of `nbhelpers.layers`, so that both engines start from the same numbers; what
differs is `forward`, which takes and gives tensors, and that there is no `backward`.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from .. import layers
from .._checks import Array, describe, fail
from ._tensorflow import Tensor, tf


class Layer(layers.Layer):
    """What all layers have in common; a layer of your own defines `forward`.

    Attributes:
        params: first NumPy arrays, the initial values; `Sequential` makes them tf variables.
        state: the same for running averages: assigned in training, never trained.
        updates: operations to run beside each training step (running averages).
        n_in, n_out: the widths that the layer takes and gives; None where any width will do.

    >>> class Double(Layer):
    ...     def forward(self, x, train=False):
    ...         return 2 * x
    >>> tf.Session().run(Double().forward(tf.ones((1, 2))))
    array([[2., 2.]], dtype=float32)
    """

    engine = "graph"
    updates: tuple[Any, ...] = ()

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        """Add the layer's operations to the graph: from x (N, n_in) to y (N, n_out)."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward(self, x, train=False)")

    def backward(self, dy: Tensor, need_dx: bool = True) -> Tensor:
        """A graph has none: TensorFlow derives it."""
        hint = "tf.gradients(loss, net.w)"
        fail(f"{self!r}.backward", "a NumPy layer", "one of a graph", hint, TypeError)

    def __getstate__(self) -> dict[str, Any]:
        for name, value in (self.params | self.state).items():
            if not isinstance(value, np.ndarray):
                hint = "build a second network and restore(snapshot) into it"
                fail(f"copy of {self!r}", "a layer outside of a graph", f"{name} in one", hint)
        return super().__getstate__()


class Identity(Layer, layers.Identity):
    """y = x.

    >>> tf.Session().run(Identity().forward(tf.ones((1, 2))))
    array([[1., 1.]], dtype=float32)
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return x


class Dense(Layer, layers.Dense):
    """The fully connected layer, y = x W + b; arguments as `nbhelpers.Dense`.

    >>> dense = Dense(3, 4, rng=np.random.default_rng(0))
    >>> dense.forward(tf.ones((2, 3), tf.float64)).shape.as_list()
    [2, 4]
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        y = x @ self.params["W"]
        if "b" in self.params:
            y += self.params["b"]
        return y


class Maxout(Layer, layers.Maxout):
    """The largest of several affine functions, y = max over k of x Wₖ + bₖ; as `nbhelpers.Maxout`.

    >>> absolute = Maxout(1, 1, rng=np.random.default_rng(0))
    >>> absolute.params["W"][:] = [[1.0, -1.0]]
    >>> tf.Session().run(absolute.forward(tf.constant([[-2.0], [3.0]], tf.float64))).ravel()
    array([2., 3.])
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        z = x @ self.params["W"]
        if "b" in self.params:
            z += self.params["b"]
        return functools.reduce(tf.maximum, tf.split(z, self.pieces, axis=1))


class Dropout(Layer, layers.Dropout):
    """y = x · mask; mask is 0 with probability `rate`, else 1 / (1 - rate); as `nbhelpers.Dropout`.

    Each run of the training graph draws once; the evaluation graph does not draw. The random
    numbers come from the NumPy generator, called from within the graph: from one seed, this layer
    and its NumPy counterpart draw the same masks.

    >>> dropout = Dropout(0.5, rng=np.random.default_rng(0))
    >>> tf.Session().run(dropout.forward(tf.ones((2, 3), tf.float64), train=True))
    array([[2., 0., 0.],
           [0., 2., 2.]])
    """

    drawn: Tensor | None = None
    """Numbers that a `FastSolver` has drawn, while it builds its step."""
    width: int | None = None
    """The width of x, where the graph knows it."""

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        self.width = x.shape.as_list()[1]
        if not train:
            return x
        if self.drawn is not None and x.shape.rank != 2:
            hint = "Solver, or Dropout after Flatten()"
            fail(f"FastSolver, {self!r}", "x of shape (N, units)", f"shape {x.shape}", hint)
        drawn = self.drawn
        if drawn is None:
            # The draw waits for x itself: of two such layers, the lower one draws first.
            drawn = tf.numpy_function(lambda x: self.draw(x.shape, x.dtype), [x], x.dtype)
        mask = tf.cast(drawn >= self.rate, x.dtype) * (1 / (1 - self.rate))
        return x * tf.ensure_shape(mask, x.shape)

    def draw(self, shape: tuple[int, ...], dtype: Any) -> Array:
        """Random numbers in [0, 1), one for each number of a batch."""
        return self.rng.random(shape, dtype=dtype)


class BatchNorm(Layer, layers.BatchNorm):
    """y = γ x̂ + β with x̂ = (x - mean) / √(variance + ε), unit by unit; as `nbhelpers.BatchNorm`.

    For use in a `Sequential`. The running averages are variables too, but no gradient reaches them:
    `updates` holds the assignments that must run beside each training step, on the mean and
    variance which that step used. A Solver runs them; a loop of your own has to:
    `session.run([train, *net.all_updates()])`.

    >>> from nbhelpers.tf1 import Sequential
    >>> tf.reset_default_graph()
    >>> net = Sequential(BatchNorm(1), dtype=np.float64)
    >>> y = net.forward(tf.constant([[10.0], [20.0], [30.0]], tf.float64), train=True)
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> session.run([y, *net.all_updates()])[0].ravel().round(4)
    array([-1.2247,  0.    ,  1.2247])
    >>> session.run(net.layers[0].state["mean"])
    array([2.])
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        gamma, beta = self.params["gamma"], self.params["beta"]
        mean, variance = self.state["mean"], self.state["variance"]
        if isinstance(gamma, np.ndarray):
            hint = f"net = Sequential({self!r}); net.forward(x)"
            fail(f"{self!r}.forward", "a layer of a tf1.Sequential", "one on its own", hint)
        if train:
            if x.shape.num_elements() == self.n_in:
                hint = "a batch of at least two: one example has no variance"
                fail(f"{self!r} in training", "at least two examples per batch", "one", hint)
            mean, variance = tf.nn.moments(x, axes=list(range(x.shape.rank - 1)))
            self.updates = tuple(
                running.assign(self.momentum * running + (1 - self.momentum) * batch)
                for running, batch in zip(self.state.values(), (mean, variance), strict=True)
            )
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, self.eps)


class LayerNorm(Layer, layers.LayerNorm):
    """y = γ x̂ + β with x̂ = (x - mean) / √(variance + ε), example by example.

    >>> x = tf.constant([[10.0, 20.0, 30.0]], tf.float64)
    >>> tf.Session().run(LayerNorm(3).forward(x)).round(3)
    array([[-1.225,  0.   ,  1.225]])
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        x_hat = (x - mean) / tf.sqrt(variance + self.eps)
        return self.params["gamma"] * x_hat + self.params["beta"]


class GroupNorm(Layer, layers.GroupNorm):
    """`LayerNorm` with the units in groups, each with its own mean and variance.

    >>> x = tf.constant([[1.0, 3.0, 10.0, 30.0]], tf.float64)
    >>> tf.Session().run(GroupNorm(4, 2).forward(x)).round(3)
    array([[-1.,  1., -1.,  1.]])
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        shape, n = tf.shape(x), self.params["gamma"].shape[0]
        by_group = tf.reshape(x, (shape[0], -1, self.groups, n // self.groups))
        mean, variance = tf.nn.moments(by_group, axes=[1, 3], keepdims=True)
        x_hat = tf.reshape((by_group - mean) / tf.sqrt(variance + self.eps), shape)
        return self.params["gamma"] * tf.ensure_shape(x_hat, x.shape) + self.params["beta"]


class RMSNorm(Layer, layers.RMSNorm):
    """y = γ x / √(mean of x² + ε), example by example.

    >>> tf.Session().run(RMSNorm(2).forward(tf.constant([[3.0, 4.0]], tf.float64))).round(4)
    array([[0.8485, 1.1314]])
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        mean_square = tf.reduce_mean(x * x, axis=-1, keepdims=True)
        return self.params["gamma"] * (x / tf.sqrt(mean_square + self.eps))


def static_shape(x: Tensor) -> layers.Shape | None:
    """The shape of one example of a batch, where the graph knows all of it."""
    shape = None if x.shape.rank is None else x.shape.as_list()[1:]
    return None if shape is None or None in shape else tuple(shape)


def belongs(inner: Any, graph: Any) -> bool:
    """Whether a graph is this one, or that of a loop or function in it."""
    while inner is not None and inner is not graph:
        inner = getattr(inner, "outer_graph", None)
    return inner is graph


def check_tensor(x: Any, n_in: int | None, dtype: Any, graph: Any, where: str) -> Tensor:
    """Return x as a tensor of this graph; raise where it cannot be a batch (N, n_in)."""
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        with graph.as_default():
            x = tf.constant(x, dtype)
    if isinstance(x, tf.Variable):
        x = x.read_value()
    if not isinstance(x, tf.Tensor):
        hint = f"x = tf.placeholder(tf.{np.dtype(dtype)}, (None, {n_in or 'n_in'}))"
        fail(where, "a tensor", describe(x), hint, TypeError)
    if not belongs(x.graph, graph):
        hint = "build everything after one tf.reset_default_graph(), the network included"
        fail(where, "a tensor of the network's graph", "one of another graph", hint)
    if x.dtype != tf.as_dtype(dtype):
        hint = f"tf.placeholder(tf.{np.dtype(dtype)}, …)"
        if x.dtype in (tf.float32, tf.float64):
            hint += f", or Sequential(…, dtype=np.{x.dtype.name})"
        fail(where, f"x of {np.dtype(dtype)}", x.dtype.name, hint, TypeError)
    shape = x.shape.as_list() if x.shape.rank is not None else None
    expected = f"x of shape (None, {'any' if n_in is None else n_in})"
    if shape is None or len(shape) < 2 or (n_in is not None and len(shape) != 2):
        fail(where, expected, f"a tensor of shape {x.shape}", f"shape=(None, {n_in or 'n_in'})")
    if n_in is not None and shape[1] not in (None, n_in):
        fail(where, expected, f"a tensor of shape {x.shape}")
    return x
