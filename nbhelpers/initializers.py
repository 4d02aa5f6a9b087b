"""First weights: drawn so that signals keep their size from layer to layer.

Each initializer is a function `init(rng, shape) -> array` with shape (n_in, n_out). The values are
float64; `Sequential` casts them to its own dtype, so that both dtypes start from the same draw.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._checks import Array, Initializer, Rng, check_number, check_rng, describe, fail


def _fans(rng: Rng, shape: tuple[int, int], where: str) -> tuple[int, int]:
    check_rng(rng, where)
    if len(shape) != 2 or min(shape) < 1:
        fail(where, "shape (n_in, n_out)", describe(shape), f"{where}(rng, (784, 256))")
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
    std = check_number(std, "normal", "std", 0)
    return rng.normal(0.0, std, _fans(rng, shape, "normal"))


def truncated_normal(rng: Rng, shape: tuple[int, int], *, std: float = 0.01) -> Array:
    """As `normal`, but what falls beyond 2 · std is drawn again: no unit starts with an outlier.

    What is left has a standard deviation of 0.88 · std.

    >>> w = truncated_normal(np.random.default_rng(0), (500, 200), std=2.0)
    >>> bool(np.abs(w).max() <= 4.0), w.std().round(2)
    (True, np.float64(1.76))
    """
    std = check_number(std, "truncated_normal", "std", 0)
    w = rng.normal(0.0, std, _fans(rng, shape, "truncated_normal"))
    while (far := np.abs(w) > 2 * std).any():
        w[far] = rng.normal(0.0, std, far.sum())
    return w


def xavier(rng: Rng, shape: tuple[int, int]) -> Array:
    """Normal with variance 2 / (n_in + n_out), for tanh and sigmoid units (Glorot & Bengio, 2010).

    >>> xavier(np.random.default_rng(0), (300, 100)).std().round(3)  # sqrt(2 / 400)
    np.float64(0.071)
    """
    n_in, n_out = _fans(rng, shape, "xavier")
    return rng.normal(0.0, math.sqrt(2.0 / (n_in + n_out)), shape)


def xavier_uniform(rng: Rng, shape: tuple[int, int]) -> Array:
    """Uniform within ±√(6 / (n_in + n_out)): the variance of `xavier` (Glorot & Bengio, 2010).

    >>> w = xavier_uniform(np.random.default_rng(0), (300, 100))
    >>> w.std().round(2), w.max().round(3)  # sqrt(2 / 400), sqrt(6 / 400)
    (np.float64(0.07), np.float64(0.122))
    """
    n_in, n_out = _fans(rng, shape, "xavier_uniform")
    limit = math.sqrt(6.0 / (n_in + n_out))
    return rng.uniform(-limit, limit, shape)


def he(rng: Rng, shape: tuple[int, int]) -> Array:
    """Normal with variance 2 / n_in, for ReLU units, which pass half of the variance (He, 2015).

    >>> he(np.random.default_rng(0), (200, 100)).std().round(2)  # sqrt(2 / 200)
    np.float64(0.1)
    """
    n_in, _ = _fans(rng, shape, "he")
    return rng.normal(0.0, math.sqrt(2.0 / n_in), shape)


def he_uniform(rng: Rng, shape: tuple[int, int]) -> Array:
    """Uniform within ±√(6 / n_in): the variance of `he` (He, 2015).

    >>> w = he_uniform(np.random.default_rng(0), (200, 100))
    >>> w.std().round(2), w.max().round(3)  # sqrt(2 / 200), sqrt(6 / 200)
    (np.float64(0.1), np.float64(0.173))
    """
    n_in, _ = _fans(rng, shape, "he_uniform")
    limit = math.sqrt(6.0 / n_in)
    return rng.uniform(-limit, limit, shape)


def orthogonal(rng: Rng, shape: tuple[int, int], *, gain: float = 1.0) -> Array:
    """A random rotation: the shorter of rows and columns are orthogonal, with length `gain`.

    A square matrix then keeps every length, whatever the number of layers, where a random normal
    one does so only on average (Saxe, 2014). It is the Q of a normal matrix's QR decomposition,
    with the signs that make all rotations equally likely (Mezzadri, 2007).

    >>> w = orthogonal(np.random.default_rng(0), (3, 2), gain=2.0)
    >>> (w.T @ w).round(9) + 0.0
    array([[4., 0.],
           [0., 4.]])
    """
    gain = check_number(gain, "orthogonal", "gain", 0)
    n_in, n_out = _fans(rng, shape, "orthogonal")
    q, r = np.linalg.qr(rng.normal(size=(max(n_in, n_out), min(n_in, n_out))))
    q *= np.where(np.diag(r) < 0, -gain, gain)
    w: Array = q if n_in >= n_out else q.T
    return w


def scaled(init: Initializer, factor: float) -> Initializer:
    """An initializer whose numbers are those of `init`, times a factor.

    >>> init = scaled(xavier, gain("tanh"))
    >>> init(np.random.default_rng(0), (300, 100)).std().round(3)  # 5/3 · sqrt(2 / 400)
    np.float64(0.118)
    """
    if not callable(init):
        hint = "scaled(xavier, 2.0), with the function itself"
        fail("scaled", "init to be a function", describe(init), hint, TypeError)
    factor = check_number(factor, "scaled", "factor", 0)

    def scaled_init(rng: Rng, shape: tuple[int, int]) -> Array:
        return factor * init(rng, shape)

    return scaled_init


GAINS = {
    "identity": 1.0,
    "sigmoid": 1.0,
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "selu": 3 / 4,
    "elu": 1.245,
    "silu": 1.677,
    "gelu": 1.534,
}


def gain(activation: Any) -> float:
    """The factor on initial weights of variance 1 / n_in that makes up for an activation function.

    To keep the mean square of a signal z ~ N(0, 1), f needs 1 / √E[f(z)²]: exactly √2 for ReLU
    (He, 2015) and √(2 / (1 + slope²)) for its leaky forms, 1.245 for ELU, 1.677 for SiLU and 1.534
    for GELU. For tanh it would be 1.593; the usual 5/3, like sigmoid's 1 and SELU's 3/4, is the
    convention of PyTorch's `calculate_gain`.

    Args:
        activation: a layer such as LeakyReLU(0.2), its class, its function, or a name: "tanh".

    >>> gain("tanh"), round(gain("relu"), 4)
    (1.6666666666666667, 1.4142)
    >>> from nbhelpers import LeakyReLU
    >>> gain(LeakyReLU(0.5))**2
    1.6
    """
    name = activation if isinstance(activation, str) else type(activation).__name__
    name = getattr(activation, "__name__", name).lower().replace("_", "")
    if name in ("leakyrelu", "prelu"):
        default = 0.01 if name == "leakyrelu" else 0.25
        slope = getattr(activation, "params", {}).get("slope", [default])[0]
        slope = float(getattr(activation, "slope", slope))
        return math.sqrt(2 / (1 + slope**2))
    if name not in GAINS:
        known = ", ".join([*GAINS, "leaky_relu", "prelu"])
        fail("gain", f"one of {known}", describe(activation))
    return GAINS[name]
