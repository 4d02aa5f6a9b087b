"""How good are the answers? The mean loss and the share of right ones, batch by batch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .types import Array

Measure = Callable[[Array, Any], tuple[float, float]]
"""`measure(x, y)` returns the mean loss of a batch and the number of right answers in it."""


def evaluate(measure: Measure, x: Array, y: Any, batch_size: int = 1000) -> tuple[float, float]:
    """Mean loss and share of right answers (NaN where y is not classes) over all examples.

    A short last batch counts for as much as it holds.

    >>> evaluate(lambda x, y: (float(x.mean()), len(x)), np.arange(3.0), np.zeros(3), batch_size=2)
    (1.0, 1.0)
    """
    batches = [(x[i : i + batch_size], y[i : i + batch_size]) for i in range(0, len(x), batch_size)]
    losses, rights = zip(*(measure(*batch) for batch in batches), strict=True)
    sizes = [len(x) for x, _ in batches]
    return float(np.average(losses, weights=sizes)), sum(rights) / len(x)


def count_right(scores: Array, y: Any) -> float:
    """How many rows of scores name the class y, as `Sequential.predict` would; NaN for real y.

    >>> count_right(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    1
    """
    if np.asarray(y).dtype.kind not in "iu":
        return math.nan
    guess = scores.argmax(axis=1) if scores.shape[1] > 1 else scores[:, 0] > 0
    return int((guess == y).sum())
