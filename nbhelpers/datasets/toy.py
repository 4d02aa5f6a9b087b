"""Toy sets: points in the plane whose classes a picture shows at a glance, made from an `rng`.

Each has its examples in random order and its classes equally large (up to one example), and takes
`noise`: the standard deviation of the Gaussian that is added to every coordinate. `polynomial` is
for regression: noisy points of a curve, one number to predict from another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_number, check_rng, check_size, describe, fail

Rng = np.random.Generator
Points = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def spirals(
    n: int, *, classes: int = 3, turns: float = 0.75, noise: float = 0.05, rng: Rng
) -> tuple[Points, Labels]:
    """Arms that wind around the origin, one a class: no straight line separates them.

    In polar coordinates an example of class c lies at radius r in [0.1, 1) and at the angle
    2π (c / classes + turns · r).

    Returns:
        x (n, 2) float64 and y (n,) int64 in 0 … classes - 1.

    Raises:
        ValueError, TypeError: n < classes, classes < 2, turns <= 0, noise < 0, a bad rng.

    >>> x, y = spirals(300, rng=np.random.default_rng(1))
    >>> x.shape, np.bincount(y).tolist()
    ((300, 2), [100, 100, 100])
    """
    check_number(turns, "spirals", "turns", 0, open_low=True)
    y = _labels(n, classes, rng, "spirals")
    r = rng.uniform(0.1, 1, n)
    return jitter(_polar(r, 2 * np.pi * (y / classes + turns * r)), noise, rng, "spirals"), y


def moons(n: int, *, noise: float = 0.1, rng: Rng) -> tuple[Points, Labels]:
    """Two half circles of radius 1 that reach into each other.

    Class 0 lies at (cos t, sin t), class 1 at (1 - cos t, 1/2 - sin t), with t in [0, π).

    Returns:
        x (n, 2) float64 and y (n,) int64, 0 or 1.

    Raises:
        ValueError, TypeError: n < 2, noise < 0, a bad rng.

    >>> x, y = moons(5, noise=0, rng=np.random.default_rng(1))
    >>> bool(np.allclose(np.hypot(*x[y == 0].T), 1)), np.bincount(y).tolist()
    (True, [3, 2])
    """
    y = _labels(n, 2, rng, "moons")
    upper = _polar(1.0, rng.uniform(0, np.pi, n))
    return jitter(np.where(y[:, None] == 0, upper, [1, 0.5] - upper), noise, rng, "moons"), y


def circles(n: int, *, ratio: float = 0.5, noise: float = 0.1, rng: Rng) -> tuple[Points, Labels]:
    """A circle of radius 1, class 0, around one of radius `ratio`, class 1.

    Returns:
        x (n, 2) float64 and y (n,) int64, 0 or 1.

    Raises:
        ValueError, TypeError: n < 2, ratio outside (0, 1), noise < 0, a bad rng.

    >>> x, y = circles(4, noise=0, rng=np.random.default_rng(1))
    >>> bool(np.allclose(np.hypot(*x.T), np.where(y == 0, 1, 0.5)))
    True
    """
    check_number(ratio, "circles", "ratio", 0, 1, open_low=True)
    y = _labels(n, 2, rng, "circles")
    rings = _polar(np.where(y == 0, 1, ratio), rng.uniform(0, 2 * np.pi, n))
    return jitter(rings, noise, rng, "circles"), y


def blobs(
    n: int, *, classes: int = 3, centers: npt.ArrayLike | None = None, noise: float = 0.5, rng: Rng
) -> tuple[Points, Labels]:
    """Gaussian clouds around one center a class: straight lines separate them when noise is small.

    Args:
        n: examples in all.
        classes: how many centers, evenly spaced on a circle of radius 2.
        centers: (classes, 2), given in place of `classes`.
        noise: the standard deviation of each cloud.
        rng: draws the points.

    Returns:
        x (n, 2) float64 and y (n,) int64 in 0 … classes - 1.

    Raises:
        ValueError, TypeError: n < classes, classes < 2, centers of another shape or not finite,
            noise < 0, a bad rng.

    >>> x, y = blobs(6, centers=[[0, 0], [4, 1]], noise=0, rng=np.random.default_rng(1))
    >>> x[y == 1].tolist()
    [[4.0, 1.0], [4.0, 1.0], [4.0, 1.0]]
    """
    if centers is None:
        classes = check_size(classes, "blobs", "classes")
        places = _polar(2.0, 2 * np.pi * np.arange(classes) / classes)
    else:
        places = np.array(centers, dtype=np.float64)
        if places.ndim != 2 or places.shape[1] != 2 or not np.isfinite(places).all():
            hint = "one row (x1, x2) of finite numbers for each class"
            fail("blobs", "centers of shape (classes, 2)", describe(places), hint)
    y = _labels(n, len(places), rng, "blobs")
    return jitter(places[y], noise, rng, "blobs"), y


def _labels(n: int, classes: int, rng: Rng, where: str) -> Labels:
    """Return the classes 0 … classes - 1 in turn, n in all, shuffled."""
    n, classes = check_size(n, where, "n"), check_size(classes, where, "classes")
    if classes < 2 or n < classes:
        got = f"n={n}, classes={classes}"
        fail(where, "at least two classes and one example for each", got, "raise n or classes")
    return check_rng(rng, where).permutation(np.arange(n, dtype=np.int64) % classes)


def _polar(radius: float | Points, angle: Points) -> Points:
    """Return the points (n, 2) at these polar coordinates."""
    points: Points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return points


def jitter(points: npt.NDArray[Any], noise: float, rng: Rng, where: str) -> Points:
    """Return the points with Gaussian noise of this standard deviation added to each coordinate."""
    check_number(noise, where, "noise", 0)
    moved: Points = points + noise * rng.standard_normal(points.shape)
    return moved


def polynomial(
    n: int,
    *,
    coefficients: Sequence[float] = (0, -3, 0, 4),
    noise: float = 0.2,
    low: float = -1,
    high: float = 1,
    rng: Rng,
) -> tuple[Points, Points]:
    """Noisy points of a polynomial: y = c0 + c1 x + c2 x² + … + noise, x uniform in [low, high).

    Args:
        n: examples in all.
        coefficients: c0, c1, c2 …, lowest power first; the default is 4x³ - 3x, which rises,
            falls and rises between -1 and 1.
        noise: the standard deviation of what is added to y; x stays exact.
        low, high: the range of x.
        rng: draws x and the noise.

    Returns:
        One feature x (n, 1) and one number to predict, y (n, 1), both float64.

    Raises:
        ValueError, TypeError: n < 1, coefficients not a list of finite numbers, noise < 0,
            low >= high, a bad rng.

    >>> x, y = polynomial(20, coefficients=[1, 2], noise=0, rng=np.random.default_rng(1))
    >>> x.shape, y.shape, bool(np.allclose(y, 1 + 2 * x))
    ((20, 1), (20, 1), True)
    """
    n = check_size(n, "polynomial", "n")
    check_rng(rng, "polynomial")
    c = np.asarray(coefficients, dtype=np.float64)
    if c.ndim != 1 or c.size == 0 or not np.isfinite(c).all():
        hint = "(c0, c1, c2), lowest power first"
        fail("polynomial", "a list of finite coefficients", describe(coefficients), hint)
    if not (np.isfinite([low, high]).all() and low < high):
        fail("polynomial", "finite low < high", f"low={low}, high={high}", "low=-1, high=1")
    x = rng.uniform(low, high, (n, 1))
    y = np.polynomial.polynomial.polyval(x, c)
    return x, jitter(y, noise, rng, "polynomial")
