"""A drawing is a few strokes, each a line through points; here it becomes an image as MNIST's were.

Of MNIST the authors say: the digits were scaled to fit a box of 20 by 20 pixels, proportions kept,
and put into 28 by 28 so that their center of mass is in the middle (LeCun et al., 1998, section
III). A network has never seen a digit elsewhere: a drawing needs the same before it can be read.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ._checks import Array, describe, refuse

SIDE, BOX = 28, 20
PEN = 1.3  # pixels from the middle of a line to its edge: about as thick as MNIST's

Strokes = Sequence[npt.ArrayLike]
"""Each stroke is (K, 2): x to the right and y down of K points, in pixels of any size."""


def ink(strokes: Strokes, *, pen: float = PEN, side: int = SIDE) -> Array:
    """An image (side, side) of strokes as they lie: 1 where the pen went, with soft edges.

    The point (x, y) = (0, 0) is the middle of the first pixel; what lies outside is cut off.

    >>> ink([[(1, 1), (3, 1)]], pen=0.5, side=5)[1]
    array([0., 1., 1., 1., 0.], dtype=float32)
    """
    pixels = np.indices((side, side))[::-1].reshape(2, -1).T.astype(float)
    image: Array = np.zeros(side * side)
    for points in checked(strokes):
        start, end = points[:-1], points[1:]
        if len(points) == 1:  # a dot
            start = end = points
        along = end - start
        length = np.maximum((along**2).sum(axis=1), 1e-12)
        # How far along each line the point nearest to each pixel lies, from 0 to 1.
        t = ((pixels[:, None] - start) * along).sum(axis=2) / length
        nearest = start + np.clip(t, 0, 1)[..., None] * along
        distance = np.sqrt(((pixels[:, None] - nearest) ** 2).sum(axis=2)).min(axis=1)
        image = np.maximum(image, np.clip(pen + 0.5 - distance, 0, 1))
    return image.reshape(side, side).astype(np.float32)


def center_of_mass(image: Array) -> Array:
    """Where the ink of an image balances, as (x, y) in pixels.

    >>> center_of_mass(np.array([[0.0, 1.0], [0.0, 1.0]])).tolist()
    [1.0, 0.5]
    """
    rows, columns = np.indices(image.shape)
    mass = image.sum(dtype=np.float64)
    if not mass > 0:
        refuse("center_of_mass", "an image with ink", describe(image), "draw first")
    center: Array = np.array([(columns * image).sum(), (rows * image).sum()]) / mass
    return center


def as_mnist(strokes: Strokes, *, pen: float = PEN) -> Array:
    """Strokes of any size, anywhere, as a row (1, 784) like those that `load_mnist` gives.

    >>> image = as_mnist([[(100, 50), (100, 250)]]).reshape(28, 28)  # a 1, drawn large
    >>> image[:, 14].sum().round(3), center_of_mass(image).round(1).tolist()  # 20 pixels high
    (np.float32(20.0), [14.0, 14.0])
    """
    drawn = checked(strokes)
    points = np.concatenate(drawn)
    low, high = points.min(axis=0), points.max(axis=0)
    zoom = (BOX - 2 * pen) / max((high - low).max(), 1e-12)
    boxed = [(stroke - (low + high) / 2) * zoom + SIDE / 2 for stroke in drawn]
    off = SIDE / 2 - center_of_mass(ink(boxed, pen=pen))
    return ink([stroke + off for stroke in boxed], pen=pen).reshape(1, -1)


def checked(strokes: Strokes) -> list[Array]:
    """The strokes as arrays of floats (K, 2); whatever is not that is refused."""
    drawn: list[Array] = [np.asarray(stroke, dtype=float) for stroke in strokes]
    if not drawn:
        refuse("strokes", "at least one stroke", "none", "draw first")
    for stroke in drawn:
        if stroke.ndim != 2 or stroke.shape[1] != 2 or not len(stroke):
            mend = "a list of strokes, each a list of points (x, y)"
            refuse("strokes", "points of shape (K, 2)", describe(stroke), mend)
        if not np.isfinite(stroke).all():
            refuse("strokes", "finite coordinates", "NaN or infinite", "leave these points out")
    return drawn
