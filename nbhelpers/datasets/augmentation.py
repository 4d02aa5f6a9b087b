"""More examples than were collected: a digit moved or turned a little is still the same digit.

Every function takes images as (N, H, W), (N, H, W, channels) or flat rows (N, features), draws one
random change for each image from `rng`, and returns new images of the same shape and dtype. What
comes into view from outside is 0. `Augment` makes several changes at once: the pixels are then
interpolated, and so blurred, a single time. All of this is in Simard, Steinkraus & Platt (2003).

The images are read at places between their pixels: for each pixel of the new image one asks where
it comes from in the old one, and interpolates there.
"""

from __future__ import annotations

import math

import numpy as np

from .._checks import Array, Rng, check_number, check_rng, describe, fail

BLOCK = 10  # images at a time, so that what is computed in between stays in the cache


def shift(
    x: Array, pixels: float, *, rng: Rng, image_shape: tuple[int, ...] | None = None
) -> Array:
    """Move each image by up to `pixels`, drawn uniformly, along each axis.

    >>> image = np.zeros((1, 5, 5)); image[0, 2, 2] = 1.0
    >>> shift(image, 1, rng=np.random.default_rng(0)).sum().round(6)  # moved, and nothing lost
    np.float64(1.0)
    """
    return Augment(shift=pixels, rng=rng, image_shape=image_shape)(x)


def rotate(
    x: Array, degrees: float, *, rng: Rng, image_shape: tuple[int, ...] | None = None
) -> Array:
    """Turn each image about its center by an angle within ± `degrees`.

    >>> rotate(np.ones((2, 784)), 15, rng=np.random.default_rng(0)).shape
    (2, 784)
    """
    return Augment(rotate=degrees, rng=rng, image_shape=image_shape)(x)


def scale(x: Array, share: float, *, rng: Rng, image_shape: tuple[int, ...] | None = None) -> Array:
    """Make each image larger or smaller: by a factor within 1 ± `share`.

    >>> scale(np.ones((2, 28, 28)), 0.1, rng=np.random.default_rng(0)).shape
    (2, 28, 28)
    """
    return Augment(scale=share, rng=rng, image_shape=image_shape)(x)


def elastic(
    x: Array, alpha: float = 34.0, sigma: float = 4.0, *,
    rng: Rng, image_shape: tuple[int, ...] | None = None,
) -> Array:  # fmt: skip
    """Bend each image, as a hand that never writes the same digit twice.

    Each pixel is displaced by a random field: uniform in ±1, smoothed by a Gaussian of standard
    deviation `sigma` pixels, times `alpha`. The defaults, the paper's for MNIST, displace by about
    1.4 pixels.

    >>> elastic(np.ones((2, 784)), rng=np.random.default_rng(0)).shape
    (2, 784)
    """
    return Augment(elastic=alpha, sigma=sigma, rng=rng, image_shape=image_shape)(x)


class Augment:
    """All of these changes at once, each as strong as given: the `augment` of a Solver.

    Args:
        shift: pixels; rotate: degrees; scale: share; elastic: alpha, smoothed by sigma. 0: none.
        rng: draws the changes; give it a generator of its own.
        image_shape: (H, W) or (H, W, channels) of flat rows; None: one square channel.

    >>> augment = Augment(shift=2, rotate=10, scale=0.1, rng=np.random.default_rng(0))
    >>> augment(np.zeros((100, 784), np.float32)).dtype
    dtype('float32')
    """

    def __init__(
        self, *, shift: float = 0.0, rotate: float = 0.0, scale: float = 0.0, elastic: float = 0.0,
        sigma: float = 4.0, rng: Rng, image_shape: tuple[int, ...] | None = None,
    ) -> None:  # fmt: skip
        self.shift = check_number(shift, "Augment", "shift", 0)
        self.rotate = check_number(rotate, "Augment", "rotate", 0)
        self.scale = check_number(scale, "Augment", "scale", 0, 1)
        self.elastic = check_number(elastic, "Augment", "elastic", 0)
        self.sigma = check_number(sigma, "Augment", "sigma", 0, open_low=True)
        self.rng, self.image_shape = check_rng(rng, "Augment"), image_shape

    def __call__(self, x: Array) -> Array:
        images = x.reshape(len(x), *_image_shape(x, self.image_shape))
        n, height, width = images.shape[:3]
        matrices, pixels = self._matrices(n, height, width), pixel_grid(height, width)
        new = np.empty_like(images)
        for start in range(0, n, BLOCK):
            block = slice(start, start + BLOCK)
            places = (matrices[block].reshape(-1, 3) @ pixels).reshape(-1, 2, height, width)
            if self.elastic:
                places += self.elastic * self._smooth_noise(len(places), height, width)
            if images.ndim == 3:
                new[block] = sample(images[block], places)
            else:
                for channel in range(images.shape[3]):
                    new[block, ..., channel] = sample(images[block, ..., channel], places)
        return new.reshape(x.shape)

    def _matrices(self, n: int, height: int, width: int) -> Array:
        """For each image the (2, 3) that takes a new pixel (row, column, 1) to its old place."""

        def draw(largest: float, *shape: int) -> Array:
            return self.rng.uniform(-largest, largest, (n, *shape))

        angle = np.radians(draw(self.rotate))
        zoom = 1 / (1 + draw(self.scale))  # an image twice as large is read in steps half as large
        cos, sin = zoom * np.cos(angle), zoom * np.sin(angle)
        turn = np.stack([cos, -sin, sin, cos], axis=1).reshape(n, 2, 2)
        center = np.array([[(height - 1) / 2], [(width - 1) / 2]])
        offset = center - turn @ center + draw(self.shift, 2, 1)
        return np.concatenate([turn, offset], axis=2).astype(np.float32)

    def _smooth_noise(self, n: int, height: int, width: int) -> Array:
        # Axes in this order make the smoothing two products of large matrices, not 2 N of small.
        noise = 2 * self.rng.random((height, n * 2 * width), dtype=np.float32) - 1
        columns: Array = gaussian_matrix(height, self.sigma) @ noise
        both: Array = columns.reshape(-1, width) @ gaussian_matrix(width, self.sigma)
        return both.reshape(height, n, 2, width).transpose(1, 2, 0, 3)


def _image_shape(x: Array, image_shape: tuple[int, ...] | None) -> tuple[int, ...]:
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f" or x.ndim not in (2, 3, 4):
        hint = "floats in the shape that the data set gives, images / 255"
        fail("Augment", "images of floats (N, H, W) or (N, features)", describe(x), hint)
    shape = image_shape or (x.shape[1:] if x.ndim > 2 else (math.isqrt(x.shape[1]),) * 2)
    if len(shape) not in (2, 3) or math.prod(shape) != math.prod(x.shape[1:]):
        hint = "image_shape=(H, W) or (H, W, channels), such as `image_shape` of the data set"
        fail("Augment", f"images of shape {shape}", describe(x), hint)
    return shape


def pixel_grid(height: int, width: int) -> Array:
    """(row, column, 1) of every pixel, as the columns of a (3, height · width).

    >>> pixel_grid(1, 3)
    array([[0., 0., 0.],
           [0., 1., 2.],
           [1., 1., 1.]], dtype=float32)
    """
    rows, columns = np.mgrid[:height, :width].reshape(2, -1)
    return np.stack([rows, columns, np.ones_like(rows)]).astype(np.float32)


def gaussian_matrix(size: int, sigma: float) -> Array:
    """The symmetric matrix G (size, size) with which G @ image smooths along the columns.

    exp(-(i - j)² / 2σ²) / (σ √(2π)), σ in pixels; beyond the border lies nothing.

    >>> gaussian_matrix(101, 4.0)[50].sum().round(4)  # far from the border nothing is lost
    np.float32(1.0)
    """
    i = np.arange(size)
    kernel: Array = np.exp(-((i[:, None] - i) ** 2) / (2 * sigma**2))
    return (kernel / (sigma * math.sqrt(2 * math.pi))).astype(np.float32)


def sample(images: Array, places: Array) -> Array:
    """The values of images at fractional places, by bilinear interpolation; 0 is all around.

    Args:
        images: (N, H, W).
        places: (N, 2, h, w), the row and the column in the old image of each new pixel.

    Returns:
        (N, h, w), of the dtype of `images`.

    >>> image = np.array([[[0.0, 2.0], [4.0, 6.0]]])
    >>> places = np.array([[[[0.5, 0.0, 9.0]], [[0.5, 0.25, 0.0]]]])  # center, on an edge, outside
    >>> sample(image, places)
    array([[[3. , 0.5, 0. ]]])
    """
    n, height, width = images.shape
    padded = np.zeros((n, height + 3, width + 3), images.dtype)
    padded[:, 1:-2, 1:-2] = images
    row, column = (
        np.clip(places[:, axis] + 1, 0, size + 1) for axis, size in enumerate((height, width))
    )
    row_0, column_0 = row.astype(np.intp), column.astype(np.intp)
    down, right = (row - row_0).astype(images.dtype), (column - column_0).astype(images.dtype)
    # Numbers of the pixels in `padded`, counted through, are quicker to look up than triples.
    start = row_0 * (width + 3) + column_0
    start += (np.arange(n) * (height + 3) * (width + 3))[:, None, None]
    a, b = padded.take(start), padded.take(start + 1)
    start += width + 3
    c, d = padded.take(start), padded.take(start + 1)
    above, below = a + right * (b - a), c + right * (d - c)
    new: Array = above + down * (below - above)
    return new
