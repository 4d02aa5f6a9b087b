"""What a loss may be handed: class numbers, zeros and ones, or real numbers; the rest is refused.

NumPy would stretch targets (N,) against scores (N, 1) to N x N differences without a word. Here
they are refused, or laid out right where only one layout can be meant.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from .types import Array, Labels
from .validation import check_batch, check_labels, describe, refuse

F = TypeVar("F", bound=Callable[..., Any])


def check_classes(scores: Array, y: Labels, where: str) -> None:
    """Refuse what is not scores (N, classes) with one class number for each row."""
    check_batch(scores, None, where, "scores")
    check_labels(y, len(scores), scores.shape[1], where)


def check_binary(scores: Array, y: Labels, where: str) -> None:
    """Refuse what is not one score an example, (N, 1) or (N,), with labels 0 or 1, (N,)."""
    flat = isinstance(scores, np.ndarray) and scores.ndim == 1
    if not flat and isinstance(scores, np.ndarray) and scores.ndim == 2 and scores.shape[1] > 1:
        mend = "a last layer of one unit, or softmax_cross_entropy for one score a class"
        refuse(where, "scores of shape (N, 1) or (N,)", describe(scores), mend)
    check_batch(scores[:, None] if flat else scores, 1, where, "scores")
    check_labels(y, len(scores), 2, where)


def check_targets(scores: Array, y: Array, where: str) -> None:
    """Refuse what is not scores (N, k) with real targets of the same shape."""
    check_batch(scores, None, where, "scores")
    if isinstance(y, np.ndarray) and y.shape == (len(scores),) and scores.shape[1] == 1:
        mend = "y[:, None] makes the targets a column too"
        refuse(where, f"y of shape {scores.shape}", describe(y), mend)
    check_batch(y, scores.shape[1], where, "y")
    if len(y) != len(scores):
        refuse(where, f"y of shape {scores.shape}", describe(y), "take the same rows of x and y")


def checked_by(check: Callable[[Any, Any, str], None]) -> Callable[[F], F]:
    """Put a door in front of a loss `loss(scores, y)`; `unchecked(loss)` is the formula alone."""

    def decorate(formula: F) -> F:
        @functools.wraps(formula)
        def loss(scores: Array, y: Any, **settings: Any) -> tuple[float, Array]:
            check(scores, y, formula.__name__)
            return cast(tuple[float, Array], formula(scores, y, **settings))

        return cast(F, loss)

    return decorate
