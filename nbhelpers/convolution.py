"""Convolution and pooling: layers that know that neighboring pixels belong together.

A batch of images is (N, height, width, channels). A convolution is a `Dense` layer that looks at
one window after the other with the same weights: cut out all windows, lay each out as a row, and
multiply by W. `Reshape` makes images of rows such as MNIST's, `Flatten` rows of images.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ._checks import (
    REQUIRED,
    Array,
    Initializer,
    Rng,
    check_size,
    checked_backward,
    checked_forward,
    describe,
    fail,
)
from .initializers import he
from .layers import Layer, Shape, drawn


class Conv2D(Layer):
    """Each output is a weighted sum of one window of all channels (LeCun, 1989).

    y[n, i, j] = (the window of x[n] at row i · stride, column j · stride, as a row) W + b. As
    everywhere in deep learning, the window is not flipped: mathematics calls this correlation.

    Args:
        channels_in, channels_out: x is (N, height, width, channels_in), y is (N, rows, columns,
            channels_out).
        size: the windows are size × size pixels.
        stride: how many pixels lie between the starts of two windows.
        padding: how many zeros are put around x on each side; "valid" for none, or "same" for as
            many as make rows = ⌈height / stride⌉. Where their number is odd, "same" puts the one
            more below and to the right, as TensorFlow does.
        init: draws W, a matrix (size · size · channels_in, channels_out): a row is an input (from
            the window's row, column and channel, in that order), a column an output channel.
        rng: the numpy.random.Generator to draw from.
        bias: whether there is a b (channels_out,); a layer before BatchNorm needs none.

    Raises:
        TypeError, ValueError: sizes that are not whole numbers, an unknown padding, as `Dense`; in
            `forward`, images with other channels, or smaller than a window.

    >>> conv = Conv2D(1, 1, 2, padding="valid", rng=np.random.default_rng(0))
    >>> conv.params["W"][:] = [[1.0], [-1.0], [0.0], [0.0]]  # a pixel less its right neighbor
    >>> x = np.array([[3.0, 3.0, 9.0], [0.0, 0.0, 0.0]]).reshape(1, 2, 3, 1)
    >>> conv.forward(x).ravel()
    array([ 0., -6.])
    """

    def __init__(
        self, channels_in: int, channels_out: int = REQUIRED, size: int = REQUIRED, *,
        stride: int = 1, padding: str | int = "same", init: Initializer = he, rng: Rng = REQUIRED,
        bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.channels_in = check_size(channels_in, "Conv2D", "channels_in")
        self.channels_out = check_size(channels_out, "Conv2D", "channels_out")
        self.size = check_size(size, "Conv2D", "size")
        self.stride = check_size(stride, "Conv2D", "stride")
        if padding not in ("same", "valid") and not (isinstance(padding, int) and padding >= 0):
            expected = 'padding "same", "valid" or a number of pixels >= 0'
            fail("Conv2D", expected, describe(padding))
        self.padding = padding
        self.params["W"] = drawn(init, rng, (size * size * channels_in, channels_out), self)
        if bias:
            self.params["b"] = np.zeros(channels_out)
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}

    def pads(self, height: int, width: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """How many zeros are put (above, below) and (to the left, to the right) of an image."""
        if self.padding != "same":
            p = 0 if isinstance(self.padding, str) else self.padding
            return (p, p), (p, p)

        def same(n: int) -> tuple[int, int]:
            missing = max((math.ceil(n / self.stride) - 1) * self.stride + self.size - n, 0)
            return missing // 2, missing - missing // 2

        return same(height), same(width)

    def shape_after(self, shape: Shape | None) -> Shape | None:
        if shape is None:
            return None
        check_image(shape, self.channels_in, self)
        height, width = (n + sum(p) for n, p in zip(shape, self.pads(*shape[:2]), strict=False))
        check_fits(height, width, self.size, self)
        rows, columns = (1 + (n - self.size) // self.stride for n in (height, width))
        return rows, columns, self.channels_out

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        rows, columns, _ = self.shape_after(x.shape[1:]) or ()
        padded = np.pad(x, ((0, 0), *self.pads(*x.shape[1:3]), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(
            padded, (self.size, self.size), axis=(1, 2)
        )  # (N, all rows, all columns, channels, size, size), without a copy
        windows = windows[:, :: self.stride, :: self.stride].transpose(0, 1, 2, 4, 5, 3)
        flat = windows.reshape(len(x) * rows * columns, -1)  # a window a row: here it is copied
        self.cache = (flat, x.shape) if train else None
        y = flat @ self.params["W"]
        if "b" in self.params:
            y += self.params["b"]
        return y.reshape(len(x), rows, columns, -1)

    @checked_backward
    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        flat, (n, height, width, channels) = self.cache
        dy_flat = dy.reshape(-1, self.channels_out)
        np.matmul(flat.T, dy_flat, out=self.grads["W"])
        if "b" in self.params:
            np.sum(dy_flat, axis=0, out=self.grads["b"])
        if not need_dx:
            return None
        # A pixel has a part in several windows; what comes back from each of them adds up.
        (above, below), (left, right) = self.pads(height, width)
        padded = np.zeros((n, above + height + below, left + width + right, channels), dy.dtype)
        W = self.params["W"].reshape(self.size**2, channels, -1)
        for W_place, place in zip(W, places(padded, self.size, self.stride), strict=True):
            place += (dy_flat @ W_place.T).reshape(place.shape)
        dx: Array = padded[:, above : above + height, left : left + width]
        return dx

    def __repr__(self) -> str:
        more = "" if self.stride == 1 else f", stride={self.stride}"
        more += "" if self.padding == "same" else f", padding={self.padding!r}"
        return f"Conv2D({self.channels_in}, {self.channels_out}, {self.size}{more})"


class MaxPool(Layer):
    """The largest number of each window, channel by channel.

    Windows that would reach over the image's edge are left out ("valid").

    Args:
        size: the windows are size × size pixels.
        stride: how many pixels lie between the starts of two windows; None for size, so that they
            touch.

    >>> x = np.array([[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 8.0, 7.0]]).reshape(1, 2, 4, 1)
    >>> MaxPool(2).forward(x).ravel()
    array([4., 8.])
    """

    def __init__(self, size: int, stride: int | None = None) -> None:
        super().__init__()
        self.size = check_size(size, "MaxPool", "size")
        self.stride = self.size if stride is None else check_size(stride, "MaxPool", "stride")

    def shape_after(self, shape: Shape | None) -> Shape | None:
        if shape is None:
            return None
        check_image(shape, None, self)
        height, width, channels = shape
        check_fits(height, width, self.size, self)
        rows, columns = (1 + (n - self.size) // self.stride for n in (height, width))
        return rows, columns, channels

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        self.shape_after(x.shape[1:])
        y: Array = functools.reduce(np.maximum, places(x, self.size, self.stride))
        self.cache = (x, y) if train else None
        return y

    @checked_backward
    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        if not need_dx:
            return None
        x, y = self.cache
        dx: Array = np.zeros_like(x)
        open_ = np.ones(y.shape, bool)  # whether the window's largest number is still to be found
        for x_place, dx_place in zip(
            places(x, self.size, self.stride), places(dx, self.size, self.stride), strict=True
        ):
            largest = open_ & (x_place == y)
            dx_place += dy * largest
            open_ ^= largest  # of equals, the first wins
        return dx

    def __repr__(self) -> str:
        return f"MaxPool({self.size}{'' if self.stride == self.size else f', {self.stride}'})"


class Flatten(Layer):
    """Lay each image out as one row: (N, height, width, channels) becomes (N, all of them).

    >>> Flatten().forward(np.zeros((5, 4, 4, 8))).shape
    (5, 128)
    """

    def shape_after(self, shape: Shape | None) -> Shape | None:
        return None if shape is None else (math.prod(shape),)

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        self.cache = x.shape if train else None
        return x.reshape(len(x), -1)

    @checked_backward
    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        dx: Array | None = dy.reshape(self.cache) if need_dx else None
        return dx


class Reshape(Layer):
    """See each row as an image: (N, 784) becomes (N, 28, 28, 1), say.

    Args:
        *shape: the shape of one example, such as 28, 28, 1.

    >>> Reshape(28, 28, 1).forward(np.zeros((5, 784))).shape
    (5, 28, 28, 1)
    """

    def __init__(self, *shape: int) -> None:
        if len(shape) == 1 and isinstance(shape[0], tuple):
            hint = "Reshape(*shape), with the star"
            fail("Reshape", "whole numbers", describe(shape[0]), hint, TypeError)
        self.shape = tuple(check_size(n, "Reshape", "each number") for n in shape)
        super().__init__(math.prod(self.shape))

    def shape_after(self, shape: Shape | None) -> Shape | None:
        return self.shape

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        return x.reshape(len(x), *self.shape)

    @checked_backward
    def backward(self, dy: Array, need_dx: bool = True) -> Array | None:
        return dy.reshape(len(dy), -1) if need_dx else None

    def __repr__(self) -> str:
        return f"Reshape({', '.join(map(str, self.shape))})"


def places(x: Array, size: int, stride: int) -> Iterator[Array]:
    """For each place in a window, row by row: what x (N, height, width, channels) has there.

    Each is a view of x, (N, rows, columns, channels), with one number for every window.

    >>> x = np.arange(12.0).reshape(1, 3, 4, 1)
    >>> [place.ravel().tolist() for place in places(x, 2, 2)]  # two windows, four places
    [[0.0, 2.0], [1.0, 3.0], [4.0, 6.0], [5.0, 7.0]]
    """
    height, width = (n - size + 1 for n in x.shape[1:3])  # where a window may start
    for i in range(size):
        for j in range(size):
            yield x[:, i : i + height : stride, j : j + width : stride]


def check_image(shape: Shape, channels: int | None, layer: Any) -> None:
    """Raise where examples of this shape are not images with so many channels."""
    many = "channels" if channels is None else channels
    got = f"examples of shape {shape}"
    if len(shape) != 3:
        hint = ""
        if len(shape) == 2 and channels in (None, 1):
            hint = "x[..., None] adds the axis of a single channel"
        elif len(shape) == 1:
            side = math.isqrt(shape[0] // (channels or 1))
            square = side * side * (channels or 1) == shape[0]
            sides = f"{side}, {side}" if square else "height, width"
            hint = f"Reshape({sides}, {channels or 1}) before it"
        fail(layer, f"images (N, height, width, {many})", got, hint)
    if channels is not None and shape[2] != channels:
        hint = f"make its channels_in {shape[2]}"
        if shape[0] == channels:
            hint = "x.transpose(0, 2, 3, 1) puts the channels last"
        fail(layer, f"images (N, height, width, {many})", got, hint)


def check_fits(height: int, width: int, size: int, layer: Any) -> None:
    """Raise where an image, padding included, is smaller than a window."""
    if min(height, width) < size:
        hint = f"a smaller size than {size}, or fewer pooling layers before it"
        fail(layer, f"images of at least {size} × {size} pixels", f"{height} × {width}", hint)
