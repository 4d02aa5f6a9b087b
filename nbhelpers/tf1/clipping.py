"""Clipping shortens a gradient that is too long, before it throws the weights out of the valley.

Each function takes one tensor or a list of tensors, such as `tf.gradients` returns, and gives back
the same.
"""

from __future__ import annotations

from typing import TypeVar

from ..validation import check_number
from .tensorflow import Tensor, tf

Gradients = TypeVar("Gradients", Tensor, list[Tensor])


def clip_by_value(g: Gradients, low: float, high: float) -> Gradients:
    """Every number below `low` becomes `low`, above `high`, `high`; the direction may change.

    >>> tf.Session().run(clip_by_value(tf.constant([-7.0, 0.5]), -1, 1))
    array([-1. ,  0.5], dtype=float32)
    """
    low = check_number(low, "clip_by_value", "low", -float("inf"))
    high = check_number(high, "clip_by_value", "high", low)
    clipped = [tf.clip_by_value(one, low, high) for one in _listed(g)]
    return clipped if isinstance(g, list) else clipped[0]


def clip_by_global_norm(g: Gradients, limit: float) -> tuple[Gradients, Tensor]:
    """g · limit / max(‖g‖, limit), with the norm over all numbers of all tensors.

    Returns the clipped gradient and the norm that it had before.

    >>> tf.Session().run(clip_by_global_norm([tf.constant([3.0]), tf.constant([4.0])], 1.0))
    ([array([0.6], dtype=float32), array([0.8], dtype=float32)], np.float32(5.0))
    """
    limit = check_number(limit, "clip_by_global_norm", "limit", 0, open_low=True)
    arrays = _listed(g)
    norm = tf.sqrt(tf.add_n([tf.reduce_sum(one * one) for one in arrays]))
    scale = limit / tf.maximum(norm, limit)
    clipped = [one * scale for one in arrays]
    return (clipped if isinstance(g, list) else clipped[0]), norm


def _listed(g: Tensor | list[Tensor]) -> list[Tensor]:
    return g if isinstance(g, list) else [g]
