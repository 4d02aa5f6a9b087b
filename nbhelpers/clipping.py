"""Clipping shortens a gradient that is too long, before it throws the weights out of the valley.

Each function takes one array, such as a network's flat gradient `net.g`, or a list of arrays, and
returns the same in new arrays.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np

from .types import Array
from .validation import check_number, describe, refuse

Gradients = TypeVar("Gradients", Array, list[Array])


def clip_by_value(g: Gradients, low: float, high: float) -> Gradients:
    """Every number below `low` becomes `low`, above `high`, `high`; the direction may change.

    >>> clip_by_value(np.array([-7.0, 0.5]), -1, 1)
    array([-1. ,  0.5])
    """
    low = check_number(low, "clip_by_value", "low", -np.inf)
    high = check_number(high, "clip_by_value", "high", low)
    clipped = [np.clip(one, low, high) for one in _listed(g, "clip_by_value")]
    return clipped if isinstance(g, list) else clipped[0]


def clip_by_global_norm(g: Gradients, limit: float) -> tuple[Gradients, float]:
    """g · limit / max(‖g‖, limit), with the norm over all numbers of all arrays (Pascanu, 2013).

    All are scaled alike, so the direction stays. Returns the clipped gradient and the norm that it
    had before, which is worth a plot, as `tf.clip_by_global_norm` does. A solver wants the first:
    `Solver(..., clip=lambda g: clip_by_global_norm(g, 5.0)[0])`.

    >>> clip_by_global_norm([np.array([3.0]), np.array([4.0])], 1.0)
    ([array([0.6]), array([0.8])], 5.0)
    """
    limit = check_number(limit, "clip_by_global_norm", "limit", 0, open_low=True)
    arrays = _listed(g, "clip_by_global_norm")
    norm = math.sqrt(sum(float(np.vdot(one, one)) for one in arrays))
    if not math.isfinite(norm):
        mend = "a smaller learning rate; clipping cannot mend a gradient that has overflowed"
        refuse("clip_by_global_norm", "a finite gradient", f"norm {norm}", mend, FloatingPointError)
    scale = limit / max(norm, limit)
    clipped = [one * scale for one in arrays]
    return (clipped if isinstance(g, list) else clipped[0]), norm


def _listed(g: Array | list[Array], where: str) -> list[Array]:
    arrays = g if isinstance(g, list) else [g]
    for one in arrays:
        if not isinstance(one, np.ndarray) or one.dtype.kind != "f":
            refuse(where, "an array of floats or a list of them", describe(one), "net.g", TypeError)
    return arrays
