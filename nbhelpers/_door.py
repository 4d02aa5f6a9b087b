"""Bad arguments of the data functions are refused in one form: expected, got, likely mend."""

from __future__ import annotations

from typing import NoReturn

import numpy as np


def refuse(
    where: object, expected: str, got: str, mend: str, error: type[Exception] = ValueError
) -> NoReturn:
    """Raise `error` with a message in the one form that this package uses."""
    raise error(f"{where}: expected {expected}, got {got}. Likely mend: {mend}")


def describe(value: object) -> str:
    """Say in a few words what a value is: an array by its shape and dtype, the rest by its type."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}, dtype {value.dtype}"
    text = repr(value)
    return f"{text if len(text) < 40 else text[:37] + '…'} ({type(value).__name__})"


def check_rng(rng: np.random.Generator, where: object) -> np.random.Generator:
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
    """Refuse a number outside of [low, high), or of (low, high) where `open_low` is true."""
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not is_number or not (low < value < high or (value == low and not open_low)):
        sign = "<" if open_low else "<="
        upper = "" if high == np.inf else f" < {high:g}"
        refuse(where, f"{low:g} {sign} {name}{upper}", describe(value), f"a {name} in this range")
    return value


def check_size(value: int, where: object, name: str) -> int:
    """Refuse what is not a whole number of at least one."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
        refuse(where, f"{name} to be a whole number >= 1", describe(value), f"an int as {name}")
    return int(value)
