"""Ten shapes in random colors, drawn by code: pictures in CIFAR-10's layout where it is missing.

Color, background, place and size are random, so that only the form tells the class.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from .._checks import check_rng, check_size

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

SIDE = 32

# Which pixels belong to the shape: u runs to the right and v down, from -1 to 1 over the shape.
DRAWN: dict[str, Callable[[Floats, Floats], Mask]] = {
    "disk": lambda u, v: u**2 + v**2 < 1,
    "ring": lambda u, v: abs(np.hypot(u, v) - 0.8) < 0.2,
    "square": lambda u, v: np.maximum(abs(u), abs(v)) < 0.85,
    "frame": lambda u, v: abs(np.maximum(abs(u), abs(v)) - 0.75) < 0.2,
    "diamond": lambda u, v: abs(u) + abs(v) < 1.1,
    "cross": lambda u, v: (np.minimum(abs(u), abs(v)) < 0.25) & (np.maximum(abs(u), abs(v)) < 1),
    "saltire": lambda u, v: (abs(abs(u) - abs(v)) < 0.35) & (np.maximum(abs(u), abs(v)) < 0.9),
    "triangle": lambda u, v: (2 * abs(u) < v + 1) & (v < 0.8),
    "rows": lambda u, v: (np.floor(2.5 * (v + 1)) % 2 == 0) & (np.maximum(abs(u), abs(v)) < 1),
    "columns": lambda u, v: (np.floor(2.5 * (u + 1)) % 2 == 0) & (np.maximum(abs(u), abs(v)) < 1),
}
SHAPES = tuple(DRAWN)


def generated_shapes(n: int, *, rng: np.random.Generator) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Draw n pictures of ten kinds of shape, in the layout of CIFAR-10.

    Returns:
        x float32 (n, 3072) in [0, 1], `x[i].reshape(32, 32, 3)` is a picture (row, column, color);
        y int64 (n,), an index into `SHAPES`; the ten are equally many (up to one), in random order.

    Raises:
        ValueError, TypeError: n < 1, or a bad rng.

    >>> x, y = generated_shapes(20, rng=np.random.default_rng(1))
    >>> x.shape, x.dtype, np.bincount(y).tolist()
    ((20, 3072), dtype('float32'), [2, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    """
    n = check_size(n, "generated_shapes", "n")
    y = check_rng(rng, "generated_shapes").permutation(np.arange(n, dtype=np.int64) % len(SHAPES))
    center = rng.uniform(10, SIDE - 10, (2, n, 1, 1)).astype(np.float32)
    radius = rng.uniform(5, 11, (n, 1, 1)).astype(np.float32)
    pixel = np.arange(0.5, SIDE, dtype=np.float32)
    u, v = (pixel - center[0]) / radius, (pixel[:, None] - center[1]) / radius  # (n,1,32), (n,32,1)
    inside = np.empty((n, SIDE, SIDE), dtype=np.bool_)
    for label, drawn in enumerate(DRAWN.values()):
        inside[y == label] = drawn(u[y == label], v[y == label])
    # Two colors that differ by at least 0.3 in each channel; a coin says which one is the shape's.
    dark = rng.uniform(0, 0.3, (n, 1, 1, 3)).astype(np.float32)
    light = dark + rng.uniform(0.3, 0.6, (n, 1, 1, 3)).astype(np.float32)
    shape_is_light = rng.random((n, 1, 1)) < 0.5
    x = np.where((inside == shape_is_light)[..., None], light, dark)
    x += np.float32(0.1) * rng.random(x.shape, dtype=np.float32)  # grain; 0.3 + 0.6 + 0.1 = 1
    return x.reshape(n, -1), y
