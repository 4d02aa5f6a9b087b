"""A toy set for regression: noisy points of a curve, one number to predict from another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._checks import check_rng, check_size, describe, refuse
from .toy import Points, Rng, jitter


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
        x (n, 1) and y (n, 1), both float64: one feature, one number to predict.

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
        mend = "(c0, c1, c2), lowest power first"
        refuse("polynomial", "a list of finite coefficients", describe(coefficients), mend)
    if not (np.isfinite([low, high]).all() and low < high):
        refuse("polynomial", "finite low < high", f"low={low}, high={high}", "low=-1, high=1")
    x = rng.uniform(low, high, (n, 1))
    y = np.polynomial.polynomial.polyval(x, c)
    return x, jitter(y, noise, rng, "polynomial")
