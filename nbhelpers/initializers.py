"""First weights: drawn so that signals keep their size from layer to layer.

Each initializer is a function `init(rng, shape) -> array` with shape (n_in, n_out). The values are
float64; `Sequential` casts them to its own dtype, so that both dtypes start from the same draw.
"""

from __future__ import annotations

import math

import numpy as np

from .types import Array, Rng
from .validation import check_rng, describe, refuse


def _fans(rng: Rng, shape: tuple[int, int], where: str) -> tuple[int, int]:
    check_rng(rng, where)
    if len(shape) != 2 or min(shape) < 1:
        refuse(where, "shape (n_in, n_out)", describe(shape), f"{where}(rng, (784, 256))")
    return shape


def zeros(rng: Rng, shape: tuple[int, int]) -> Array:
    """All zeros. Right for biases; as weights it keeps all units of a layer equal for ever.

    >>> zeros(np.random.default_rng(0), (1, 2))
    array([[0., 0.]])
    """
    return np.zeros(_fans(rng, shape, "zeros"))


def normal(rng: Rng, shape: tuple[int, int], *, std: float = 0.01) -> Array:
    """Normal with mean 0 and standard deviation `std`, whatever the size of the layer.

    >>> normal(np.random.default_rng(0), (500, 200), std=2.0).std().round(2)
    np.float64(2.0)
    """
    return rng.normal(0.0, std, _fans(rng, shape, "normal"))


def xavier(rng: Rng, shape: tuple[int, int]) -> Array:
    """Normal with variance 2 / (n_in + n_out), for tanh and sigmoid units (Glorot & Bengio, 2010).

    >>> xavier(np.random.default_rng(0), (300, 100)).std().round(3)  # sqrt(2 / 400)
    np.float64(0.071)
    """
    n_in, n_out = _fans(rng, shape, "xavier")
    return rng.normal(0.0, math.sqrt(2.0 / (n_in + n_out)), shape)


def he(rng: Rng, shape: tuple[int, int]) -> Array:
    """Normal with variance 2 / n_in, for ReLU units, which pass half of the variance (He, 2015).

    >>> he(np.random.default_rng(0), (200, 100)).std().round(2)  # sqrt(2 / 200)
    np.float64(0.1)
    """
    n_in, _ = _fans(rng, shape, "he")
    return rng.normal(0.0, math.sqrt(2.0 / n_in), shape)
