"""Bad input is refused at the door: the message says what was expected, what came, and the mend.

Layers and losses carry their checks as a decorator, so that the formula under it stays bare. Code
that has checked a batch once, as `Sequential` does, calls the formula itself through `unchecked`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

import numpy as np

from .types import Array, Labels, Rng

F = TypeVar("F", bound=Callable[..., Any])


def refuse(
    where: object, expected: str, got: str, mend: str, error: type[Exception] = ValueError
) -> NoReturn:
    """Raise `error` with a message in the one form that this package uses.

    >>> refuse("Dense(3, 4)", "x of shape (N, 3)", "(3,)", "x[None, :]")
    Traceback (most recent call last):
    ValueError: Dense(3, 4): expected x of shape (N, 3), got (3,). Likely mend: x[None, :]
    """
    raise error(f"{where}: expected {expected}, got {got}. Likely mend: {mend}")


def describe(value: object) -> str:
    """Say in a few words what a value is: an array by its shape and dtype, the rest by its type."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}, dtype {value.dtype}"
    text = repr(value)
    return f"{text if len(text) < 40 else text[:37] + '…'} ({type(value).__name__})"


def check_batch(x: Array, width: int | None, where: object, name: str = "x") -> None:
    """Refuse what is not a finite floating-point batch of shape (N, width)."""
    shape = f"{name} of shape (N, {'any' if width is None else width})"
    if not isinstance(x, np.ndarray):
        refuse(where, shape, describe(x), f"np.asarray({name}, dtype=float)", TypeError)
    if x.dtype.kind != "f":
        mend = "scale bytes first, x / 255" if x.dtype == np.uint8 else f"{name}.astype(float)"
        refuse(where, f"{name} of floats", describe(x), mend, TypeError)
    if x.ndim != 2:
        mend = (
            f"{name}[None, :] makes one example a batch of one"
            if x.ndim == 1
            else (f"{name}.reshape(len({name}), -1) lays each example out as one row")
        )
        refuse(where, shape, describe(x), mend)
    if width is not None and x.shape[1] != width:
        mend = f"{name}.T" if x.shape[0] == width else "match this width to what comes before"
        refuse(where, shape, describe(x), mend)
    if len(x) == 0:
        refuse(where, f"{name} with at least one row", describe(x), "leave out the empty batch")
    # A vector times itself is the quickest look at every number; it alone may also overflow.
    if not math.isfinite(np.vdot(x, x)) and not np.isfinite(x).all():
        bad = int((~np.isfinite(x)).sum())
        mend = "look upstream for a division by zero, a log of 0, a learning rate too high"
        refuse(where, f"finite numbers in {name}", f"{bad} NaN or infinite of {x.size}", mend)


def check_labels(y: Labels, n: int | None, classes: int, where: object) -> None:
    """Refuse what is not one class number from 0 to classes - 1 for each of n examples."""
    expected = f"y of integers 0 … {classes - 1}, shape ({'N' if n is None else n},)"
    if isinstance(y, np.ndarray) and y.ndim == 2 and y.shape[1] == classes > 1:
        mend = "y.argmax(axis=1) turns one-hot rows into class numbers"
        refuse(where, expected, describe(y), mend)
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "iu":
        refuse(where, expected, describe(y), "np.asarray(y).astype(int)", TypeError)
    if y.ndim != 1:
        refuse(where, expected, describe(y), "y.ravel()")
    if n is not None and len(y) != n:
        refuse(where, expected, describe(y), "take the same rows of x and y")
    if len(y) and (y.min() < 0 or y.max() >= classes):
        mend = "class numbers start at 0; does the last layer have one unit a class?"
        refuse(where, expected, f"labels from {y.min()} to {y.max()}", mend)


def check_rng(rng: Rng, where: object) -> Rng:
    """Refuse what is not a Generator: an integer seed, a RandomState, the module `np.random`."""
    if not isinstance(rng, np.random.Generator):
        seed = rng if isinstance(rng, int) else 0
        mend = f"rng=np.random.default_rng({seed})"
        refuse(where, "rng to be a numpy.random.Generator", describe(rng), mend, TypeError)
    return rng


def check_number(
    value: float,
    where: object,
    name: str,
    low: float,
    high: float = np.inf,
    *,
    open_low: bool = False,
) -> float:
    """Refuse a number outside of [low, high), or of (low, high) where `open_low` is true.

    Returns a Python float: a NumPy scalar would turn float32 arrays into float64.
    """
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not is_number or not (low < value < high or (value == low and not open_low)):
        sign = "<" if open_low else "<="
        upper = "" if high == np.inf else f" < {high:g}"
        refuse(where, f"{low:g} {sign} {name}{upper}", describe(value), f"a {name} in this range")
    return float(value)


def check_size(value: int, where: object, name: str) -> int:
    """Refuse what is not a whole number of at least one."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
        refuse(where, f"{name} to be a whole number >= 1", describe(value), f"an int as {name}")
    return int(value)


def checked_forward(formula: F) -> F:
    """Put the door in front of a layer's `forward(x, train=False)`."""

    @functools.wraps(formula)
    def forward(self: Any, x: Array, train: bool = False) -> Array:
        check_batch(x, self.n_in, f"{self!r}.forward")
        return cast(Array, formula(self, x, train))

    return cast(F, forward)


def check_gradient(layer: Any, dy: Array, where: object) -> None:
    """Refuse a dy that does not belong to the last batch that `layer` remembers."""
    if layer.cache is None:
        mend = "forward(x, train=True) keeps what backward needs"
        refuse(where, "a forward with train=True before it", "none", mend, RuntimeError)
    check_batch(dy, layer.n_out, where, "dy")
    x = layer.cache[0] if isinstance(layer.cache, tuple) else layer.cache
    if len(dy) != len(x) or (layer.n_out is None and dy.shape != x.shape):
        mend = "dy belongs to the last batch that went forward with train=True"
        refuse(where, f"dy of shape {(len(x), layer.n_out or x.shape[1])}", describe(dy), mend)


def checked_backward(formula: F) -> F:
    """Put the door in front of a layer's `backward(dy)`."""

    @functools.wraps(formula)
    def backward(self: Any, dy: Array) -> Array:
        check_gradient(self, dy, f"{self!r}.backward")
        return cast(Array, formula(self, dy))

    return cast(F, backward)


def unchecked(function: F) -> F:
    """Return the bare formula behind a checked function, or the function itself."""
    return cast(F, getattr(function, "__wrapped__", function))
