"""The checks and file helpers that this folder uses, imported in one place."""

from __future__ import annotations

from typing import NoReturn

from .._checks import Rng, check_number, check_rng, check_size, describe
from .._files import written_whole as atomic_write

__all__ = [
    "Rng",
    "atomic_write",
    "check_number",
    "check_rng",
    "check_size",
    "describe",
    "fail",
]


def fail(
    where: object, expected: str, got: str, hint: str = "", error: type[Exception] = ValueError
) -> NoReturn:
    """Raise `error` with a message in the one form that this package uses.

    >>> fail("holm", "p-values from 0 to 1", "1.5", "hand over p-values, not test statistics")
    Traceback (most recent call last):
    ValueError: holm: expected p-values from 0 to 1, got 1.5.
    Hint: hand over p-values, not test statistics
    """
    raise error(f"{where}: expected {expected}, got {got}." + (f" Hint: {hint}" if hint else ""))
