"""Images read at places between their pixels: what moving, turning and bending them comes down to.

For each pixel of the new image one asks where it comes from in the old one, and interpolates there.
"""

from __future__ import annotations

import math

import numpy as np

from ._checks import Array


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
