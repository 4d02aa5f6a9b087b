"""Layers: each maps a batch forward, and the gradient of its output back to that of its input.

`forward(x, train)` maps x (N, n_in) to y (N, n_out) and, where `train` is true, remembers what
`backward` will need. `backward(dy)` takes the gradient of the loss with respect to y, writes those
with respect to the parameters into `grads`, and returns the one with respect to x. Neither changes
an array that it was handed. In code, `dx` stands for ∂L/∂x.

The activation functions, layers without weights that act on every number, are in `activations.py`;
convolution and pooling in `convolution.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import numpy as np

from ._checks import (
    REQUIRED,
    Array,
    Initializer,
    Rng,
    check_number,
    check_rng,
    check_size,
    checked_backward,
    checked_forward,
    describe,
    fail,
)
from .initializers import he

Shape = tuple[int, ...]


class Named(dict[str, Array]):
    """Arrays by name. Once a network holds them, assigning copies into its memory.

    So `layer.params["W"] = W` changes the network, and `self.grads["W"] = x.T @ dy` reaches the
    optimizer, although every W and dW is a part of the network's vectors `w` and `g`.
    """

    held = False
    name = "params"

    def __setitem__(self, name: str, value: Array) -> None:
        if not self.held:
            super().__setitem__(name, value)
            return
        if name not in self:
            hint = "create every parameter in the layer's __init__, before the network is built"
            fail(self.name, f"one of {list(self)}", repr(name), hint, KeyError)
        if np.shape(value) != self[name].shape:
            where = f"{self.name}[{name!r}]"
            hint = "sum over the examples, axis=0" if self.name == "grads" else ""
            fail(where, f"shape {self[name].shape}", f"shape {np.shape(value)}", hint)
        self[name][...] = value

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)  # a copy is nobody's memory

    def __delitem__(self, name: str) -> None:
        if self.held:
            where, expected = self.name, "the parameters of a network to stay"
            fail(where, expected, f"del {name!r}", error=TypeError)
        super().__delitem__(name)

    def __ior__(self, other: Any) -> Named:  # type: ignore[override, misc]
        self.update(other)
        return self

    # Those of `dict` would write past the methods above.
    update, setdefault = MutableMapping.update, MutableMapping.setdefault
    pop, popitem, clear = MutableMapping.pop, MutableMapping.popitem, MutableMapping.clear


class Layer:
    """What all layers have in common; a layer of your own defines `forward` and `backward`.

    Attributes:
        params: the arrays that are trained, by name (W, b, gamma, beta, slope).
        grads: the gradients of the loss with respect to them, written by `backward`.
        state: running averages: saved with the network, never trained.
        n_in, n_out: the widths that the layer takes and gives; None where any width will do.

    >>> class Double(Layer):
    ...     def forward(self, x, train=False):
    ...         return 2 * x
    ...     def backward(self, dy, need_dx=True):
    ...         return 2 * dy
    >>> Double().forward(np.ones((1, 2)))
    array([[2., 2.]])
    """

    engine = "numpy"
    """Or "graph": the layers of `nbhelpers.tf1`."""

    images = False
    """Whether a batch may have more axes, (N, …, n_in): (N, height, width, channels), say."""

    keeps_shape = False
    """Whether y has the shape of x."""

    out_shape: Shape | None = None
    """The shape of the latest output in training, which `dy` must have; None after evaluation."""
    passes = 0
    """How often `forward` was called in training, by itself or by a layer that is made of it."""

    def __init__(self, n_in: int | None = None, n_out: int | None = None) -> None:
        self.n_in, self.n_out = n_in, n_out
        self.params: dict[str, Array] = {}
        self.grads: dict[str, Array] = {}
        self.state: dict[str, Array] = {}
        self.cache: Any = None

    def forward(self, x: Array, train: bool = False) -> Array:
        """Map a batch to the layer's output.

        Args:
            x: (N, n_in), one example per row.
            train: whether to behave as in training, and to keep what `backward` needs.

        Returns:
            y, (N, n_out).
        """
        raise NotImplementedError(f"{type(self).__name__} defines no forward(self, x, train=False)")

    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        """Write `grads`, and return the gradient of the loss with respect to x.

        Args:
            dy: (N, n_out), the gradient of the loss with respect to the latest output: the upstream
                gradient.
            need_dx: the first layer of a network needs no gradient with respect to its input; where
                this is false, None is returned in its place.

        Returns:
            dx, (N, n_in).
        """
        raise NotImplementedError(
            f"{type(self).__name__} defines no backward(self, dy, need_dx=True)"
        )

    def shape_after(self, shape: Shape | None) -> Shape | None:
        """The shape of one example's output from that of its input; None where it is not known.

        A network finds by it whether its layers fit, and says it in `summary`. A layer of your own
        may define it where its output is neither (n_out,) nor, with `keeps_shape`, as its input.
        """
        if self.keeps_shape:
            return shape
        return None if self.n_out is None else (self.n_out,)

    def __call__(self, x: Array, train: bool = False) -> Array:
        """The same as `forward`."""
        return self.forward(x, train) if train else self.forward(x)

    def __repr__(self) -> str:
        widths = [str(n) for n in (self.n_in, self.n_out) if n is not None]
        return f"{type(self).__name__}({', '.join(widths)})"

    def __getstate__(self) -> dict[str, Any]:
        # A copy belongs to no network, and holds arrays of its own, under all of their names.
        own = {k: v for k, v in self.__dict__.items() if k != "_network"}
        for name in ("params", "grads", "state"):
            if name not in own:
                continue
            copies = {key: np.array(value) for key, value in own[name].items()}
            for key, old in own[name].items():
                own |= {k: copies[key] for k, value in own.items() if value is old}
            own[name] = copies
        return own


def sublayers(layer: Layer) -> Iterator[tuple[str, Layer]]:
    """A layer and the layers that it is made of, depth first, each once, with a path like "a.0".

    They are its attributes, or in lists, tuples and dictionaries that are.
    """
    return _layers_in(layer, "", set())


def _layers_in(value: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Layer]]:
    items: Any = ()
    if isinstance(value, Layer):
        items = [item for item in vars(value).items() if item[0] != "cache"]
    elif isinstance(value, dict):
        items = value.items()
    elif isinstance(value, (list, tuple)):
        items = enumerate(value)
    if id(value) in seen or isinstance(value, (int, str)):
        return
    seen.add(id(value))
    if isinstance(value, Layer):
        yield path, value
    for key, part in items:
        yield from _layers_in(part, f"{path}.{key}".lstrip("."), seen)


class Identity(Layer):
    """y = x: a place holder, such as a network without activation functions needs.

    >>> Identity().forward(np.ones((1, 2)))
    array([[1., 1.]])
    """

    keeps_shape = True

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        return x

    @checked_backward
    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        return dy if need_dx else None


class Dense(Layer):
    """The fully connected layer, y = x W + b.

    Args:
        n_in, n_out: number of inputs and of units; W is (n_in, n_out), b is (n_out,).
        init: `init(rng, (n_in, n_out))` draws W; b starts at zero.
        rng: the numpy.random.Generator to draw from.
        bias: whether there is a b; a layer before BatchNorm needs none.

    Raises:
        TypeError, ValueError: sizes that are not whole numbers >= 1, no Generator, an `init` that
            is not a function or returns another shape.

    >>> dense = Dense(3, 4, rng=np.random.default_rng(0))
    >>> dense.forward(np.ones((2, 3))).shape
    (2, 4)
    """

    def __init__(
        self, n_in: int, n_out: int = REQUIRED, *, init: Initializer = he, rng: Rng = REQUIRED,
        bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(check_size(n_in, "Dense", "n_in"), check_size(n_out, "Dense", "n_out"))
        self.params["W"] = drawn(init, rng, (n_in, n_out), self)
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
    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        x = self.cache
        np.matmul(x.T, dy, out=self.grads["W"])
        if "b" in self.params:
            np.sum(dy, axis=0, out=self.grads["b"])
        return dy @ self.params["W"].T if need_dx else None


class Maxout(Layer):
    """The largest of several affine functions, y = max over k of x Wₖ + bₖ (Goodfellow, 2013).

    Each unit learns its own convex, piecewise linear activation: two pieces can be ReLU or |x|.

    Args:
        n_in, n_out: number of inputs and of units.
        pieces: affine functions per unit. The columns of W (n_in, pieces · n_out), and with them
            the numbers of b, are first piece 0 of all units, then piece 1, …
        init: `init(rng, (n_in, n_out))` draws the W of each piece; b starts at zero.
        rng: the numpy.random.Generator to draw from.
        bias: whether there is a b.

    Raises:
        TypeError, ValueError: as `Dense`.

    >>> absolute = Maxout(1, 1, rng=np.random.default_rng(0))
    >>> absolute.params["W"] = np.array([[1.0, -1.0]])
    >>> absolute.forward(np.array([[-2.0], [3.0]])).ravel()
    array([2., 3.])
    """

    def __init__(
        self, n_in: int, n_out: int = REQUIRED, pieces: int = 2, *, init: Initializer = he,
        rng: Rng = REQUIRED, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(check_size(n_in, "Maxout", "n_in"), check_size(n_out, "Maxout", "n_out"))
        self.pieces = check_size(pieces, "Maxout", "pieces")
        W = [drawn(init, rng, (n_in, n_out), self) for _ in range(pieces)]
        self.params["W"] = np.hstack(W)
        if bias:
            self.params["b"] = np.zeros(pieces * n_out)
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        z = x @ self.params["W"]
        if "b" in self.params:
            z += self.params["b"]
        by_piece = z.reshape(len(x), self.pieces, -1)
        y: Array = by_piece.max(axis=1)
        self.cache = (x, by_piece.argmax(axis=1)) if train else None  # of equals, the first wins
        return y

    @checked_backward
    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        x, winner = self.cache
        dz = np.zeros((len(x), self.pieces, dy.shape[1]), dy.dtype)
        np.put_along_axis(dz, winner[:, None], dy[:, None], axis=1)  # all to the winner
        flat = dz.reshape(len(x), -1)
        np.matmul(x.T, flat, out=self.grads["W"])
        if "b" in self.params:
            np.sum(flat, axis=0, out=self.grads["b"])
        return flat @ self.params["W"].T if need_dx else None


class Dropout(Layer):
    """y = x · mask; mask is 0 with probability `rate`, else 1 / (1 - rate) (Srivastava, 2014).

    Units are switched off at random in training, so that none can rely on a neighbor. This is the
    inverted form: what stays on is scaled up, so that the expectation of each output is its input,
    and at evaluation there is nothing to do.

    Args:
        rate: the share that is dropped, 0 <= rate < 1. Texts and programs that give the
            probability to *keep* a unit mean 1 - rate.
        rng: the numpy.random.Generator that draws a new mask for each forward in training.

    >>> dropout = Dropout(0.5, rng=np.random.default_rng(0))
    >>> dropout.forward(np.ones((2, 3)), train=True)
    array([[2., 0., 0.],
           [0., 2., 2.]])
    >>> dropout.forward(np.ones((1, 3)))  # evaluation
    array([[1., 1., 1.]])
    """

    keeps_shape = True

    def __init__(self, rate: float, *, rng: Rng = REQUIRED) -> None:
        super().__init__()
        self.rate = check_number(rate, "Dropout", "rate", 0, 1)
        self.rng = check_rng(rng, "Dropout")

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        if not train:
            self.cache = None
            return x
        if x.dtype not in (np.float32, np.float64):
            fail(self, "x of float32 or float64", f"dtype {x.dtype}", "x.astype(np.float32)")
        kept = self.rng.random(x.shape, dtype=x.dtype.type) >= self.rate
        mask = kept * x.dtype.type(1 / (1 - self.rate))  # typed: x's dtype is kept
        self.cache = mask
        return x * mask

    @checked_backward
    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        mask: Array = self.cache
        return dy * mask if need_dx else None

    def __repr__(self) -> str:
        return f"Dropout({self.rate:g})"


class BatchNorm(Layer):
    """y = γ x̂ + β with x̂ = (x - mean) / √(variance + ε), unit by unit (Ioffe & Szegedy, 2015).

    In training the mean and variance are those of the batch, so that every example's output depends
    on all the others, and the gradient flows through them too. At evaluation running averages stand
    in. β takes over what a bias before this layer would do: give that layer bias=False. Of images,
    (N, height, width, n), every position counts as an example.

    Args:
        n: number of units; gamma (n,) starts at 1, beta (n,) at 0.
        momentum: share of the running average that is kept at each training step,
            running = momentum · running + (1 - momentum) · batch, 0 <= momentum < 1. The running
            mean starts at 0, the running variance (biased: divided by N) at 1.
        eps: ε > 0, added to the variance so that a constant unit divides by no zero.

    Raises:
        ValueError: a training batch of one example, which has no variance: its output would be β
            whatever x is, and every gradient zero.

    >>> norm = BatchNorm(1)
    >>> norm.forward(np.array([[10.0], [20.0], [30.0]]), train=True).ravel().round(4)
    array([-1.2247,  0.    ,  1.2247])
    >>> norm.state["mean"], norm.state["variance"].round(4)  # 0.1 · 20, 0.9 · 1 + 0.1 · 66.6667
    (array([2.]), array([7.5667]))
    """

    images = keeps_shape = True

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
            if x.size == self.n_in:
                hint = "a batch_size that leaves no batch of one (N % batch_size != 1)"
                fail(f"{self!r} in training", "at least two examples per batch", "one", hint)
            over = tuple(range(x.ndim - 1))  # all axes but the last
            mean = x.mean(axis=over)
            centered = x - mean
            # The mean square of the centered numbers: mean(x²) - mean² would lose all digits of a
            # small variance beside a large mean.
            variance = np.mean(centered * centered, axis=over)
            inv_std = 1 / np.sqrt(variance + self.eps)
            x_hat = centered * inv_std
            self.cache = x_hat, inv_std
            for name, batch in (("mean", mean), ("variance", variance)):
                running = self.state[name]
                running[:] = self.momentum * running + (1 - self.momentum) * batch
        y: Array = self.params["gamma"] * x_hat + self.params["beta"]
        return y

    @checked_backward
    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        x_hat, inv_std = self.cache
        over = tuple(range(dy.ndim - 1))
        dgamma = np.sum(dy * x_hat, axis=over, out=self.grads["gamma"])
        dbeta = np.sum(dy, axis=over, out=self.grads["beta"])
        if not need_dx:
            return None
        # Through x itself, less what moving the mean and the variance takes back:
        # dx = γ / std · (dy - mean(dy) - x̂ · mean(dy · x̂))
        n = dy.size // dbeta.size
        scale = self.params["gamma"] * inv_std
        dx: Array = scale * (dy - dbeta / n - x_hat * (dgamma / n))
        return dx

    def __repr__(self) -> str:
        return f"BatchNorm({self.n_in})"


class LayerNorm(Layer):
    """y = γ x̂ + β with x̂ = (x - mean) / √(variance + ε), example by example (Ba, 2016).

    The mean and variance are those of the n numbers of one example, in training and at evaluation
    alike: there are no running averages, and a batch may be a single example. Of images,
    (N, height, width, n), each position is normalized over its n channels.

    Args:
        n: number of units; gamma (n,) starts at 1, beta (n,) at 0.
        eps: ε > 0, added to the variance.

    >>> LayerNorm(3).forward(np.array([[10.0, 20.0, 30.0], [5.0, 3.0, 1.0]])).round(3)
    array([[-1.225,  0.   ,  1.225],
           [ 1.225,  0.   , -1.225]])
    """

    images = keeps_shape = True

    def __init__(self, n: int, *, eps: float = 1e-5) -> None:
        super().__init__(check_size(n, "LayerNorm", "n"), n)
        self.eps = check_number(eps, "LayerNorm", "eps", 0, open_low=True)
        self.params = {"gamma": np.ones(n), "beta": np.zeros(n)}
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        centered = x - x.mean(axis=-1, keepdims=True)
        variance = np.mean(centered * centered, axis=-1, keepdims=True)
        inv_std = 1 / np.sqrt(variance + self.eps)
        x_hat = centered * inv_std
        self.cache = (x_hat, inv_std) if train else None
        y: Array = self.params["gamma"] * x_hat + self.params["beta"]
        return y

    @checked_backward
    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        x_hat, inv_std = self.cache
        over = tuple(range(dy.ndim - 1))
        np.sum(dy * x_hat, axis=over, out=self.grads["gamma"])
        np.sum(dy, axis=over, out=self.grads["beta"])
        if not need_dx:
            return None
        # As in BatchNorm, but γ differs within a mean, and so belongs into it:
        # dx = (g - mean(g) - x̂ · mean(g · x̂)) / std with g = γ dy
        g = self.params["gamma"] * dy
        g_mean = g.mean(axis=-1, keepdims=True)
        gx_mean = np.mean(g * x_hat, axis=-1, keepdims=True)
        dx: Array = inv_std * (g - g_mean - x_hat * gx_mean)
        return dx

    def __repr__(self) -> str:
        return f"LayerNorm({self.n_in})"


class GroupNorm(Layer):
    """`LayerNorm` with the units in groups, each with its own mean and variance (Wu & He, 2018).

    The first n / groups units are the first group, and so on. Of images, (N, height, width, n), a
    group's mean and variance are over all positions of its channels.

    Args:
        n: number of units, or of channels; gamma (n,) starts at 1, beta (n,) at 0.
        groups: into how many groups they are divided; n must be a multiple of it.
        eps: ε > 0, added to the variance.

    Raises:
        ValueError: n is not a multiple of groups; in `forward`, groups of a single number, which
            has no variance.

    >>> GroupNorm(4, 2).forward(np.array([[1.0, 3.0, 10.0, 30.0]])).round(3)
    array([[-1.,  1., -1.,  1.]])
    """

    images = keeps_shape = True

    def __init__(self, n: int, groups: int = REQUIRED, *, eps: float = 1e-5) -> None:
        super().__init__(check_size(n, "GroupNorm", "n"), n)
        self.groups = check_size(groups, "GroupNorm", "groups")
        if n % groups:
            fail("GroupNorm", f"groups to divide n = {n}", f"{groups}")
        self.eps = check_number(eps, "GroupNorm", "eps", 0, open_low=True)
        self.params = {"gamma": np.ones(n), "beta": np.zeros(n)}
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}

    def grouped(self, x: Any) -> Any:
        """x (N, …, n) seen as (N, positions, groups, n / groups)."""
        return x.reshape(len(x), -1, self.groups, x.shape[-1] // self.groups)

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        if x[0].size == self.groups:
            hint = f"fewer groups than {self.groups}"
            fail(f"{self!r}.forward", "groups of at least two numbers", "one", hint)
        by_group = self.grouped(x)
        centered = by_group - by_group.mean(axis=(1, 3), keepdims=True)
        variance = np.mean(centered * centered, axis=(1, 3), keepdims=True)
        inv_std = 1 / np.sqrt(variance + self.eps)
        x_hat = (centered * inv_std).reshape(x.shape)
        self.cache = (x_hat, inv_std) if train else None
        y: Array = self.params["gamma"] * x_hat + self.params["beta"]
        return y

    @checked_backward
    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        x_hat, inv_std = self.cache
        over = tuple(range(dy.ndim - 1))
        np.sum(dy * x_hat, axis=over, out=self.grads["gamma"])
        np.sum(dy, axis=over, out=self.grads["beta"])
        if not need_dx:
            return None
        g, x_hat = self.grouped(self.params["gamma"] * dy), self.grouped(x_hat)
        g_mean = g.mean(axis=(1, 3), keepdims=True)
        gx_mean = np.mean(g * x_hat, axis=(1, 3), keepdims=True)
        dx: Array = inv_std * (g - g_mean - x_hat * gx_mean)  # as in LayerNorm
        return dx.reshape(dy.shape)

    def __repr__(self) -> str:
        return f"GroupNorm({self.n_in}, {self.groups})"


class RMSNorm(Layer):
    """y = γ x / √(mean of x² + ε), example by example (Zhang & Sennrich, 2019).

    `LayerNorm` without the mean: the length of each example is normalized, its direction stays.

    Args:
        n: number of units; gamma (n,) starts at 1.
        eps: ε > 0, added to the mean square.

    >>> RMSNorm(2).forward(np.array([[3.0, 4.0], [-30.0, 40.0]])).round(4)  # √12.5 is 3.5355
    array([[ 0.8485,  1.1314],
           [-0.8485,  1.1314]])
    """

    images = keeps_shape = True

    def __init__(self, n: int, *, eps: float = 1e-5) -> None:
        super().__init__(check_size(n, "RMSNorm", "n"), n)
        self.eps = check_number(eps, "RMSNorm", "eps", 0, open_low=True)
        self.params = {"gamma": np.ones(n)}
        self.grads = {"gamma": np.zeros(n)}

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        inv_rms = 1 / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + self.eps)
        x_hat = x * inv_rms
        self.cache = (x_hat, inv_rms) if train else None
        y: Array = self.params["gamma"] * x_hat
        return y

    @checked_backward
    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        x_hat, inv_rms = self.cache
        np.sum(dy * x_hat, axis=tuple(range(dy.ndim - 1)), out=self.grads["gamma"])
        if not need_dx:
            return None
        g = self.params["gamma"] * dy
        dx: Array = inv_rms * (g - x_hat * np.mean(g * x_hat, axis=-1, keepdims=True))
        return dx

    def __repr__(self) -> str:
        return f"RMSNorm({self.n_in})"


def drawn(init: Initializer, rng: Rng, shape: tuple[int, int], layer: Layer) -> Array:
    """The initial weights: what `init(rng, shape)` returns, once it is known to fit."""
    if not callable(init):  # init=he(rng, shape) would be used for every layer's shape
        hint = "init=he, the function itself: the layer calls it"
        fail(layer, "init to be a function", describe(init), hint, TypeError)
    W = np.asarray(init(check_rng(rng, layer), shape))
    if W.shape != shape or not np.isfinite(W).all():
        got = f"shape {W.shape}" if W.shape != shape else "NaN or infinite numbers"
        fail(layer, f"finite initial weights of shape {shape} from init", got)
    return W
