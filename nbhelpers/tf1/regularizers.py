"""A penalty is a number of the graph that is added to the loss; its gradient comes along."""

from __future__ import annotations

from ..validation import check_number
from .tensorflow import Tensor, tf


class L2:
    """½ λ Σ w², with gradient λ w."""

    def __init__(self, strength: float) -> None:
        self.strength = check_number(strength, "L2", "strength", 0)

    def value(self, w: Tensor) -> Tensor:
        return 0.5 * self.strength * tf.reduce_sum(w * w)
