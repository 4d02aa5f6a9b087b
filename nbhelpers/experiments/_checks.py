"""The checks and file helpers that this folder uses, imported in one place."""

from __future__ import annotations

from typing import NoReturn

from ..storage import written_whole
from ..types import Rng
from ..validation import check_number, check_rng, check_size, describe

__all__ = [
    "Rng",
    "check_number",
    "check_rng",
    "check_size",
    "describe",
    "fail",
    "written_whole",
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
