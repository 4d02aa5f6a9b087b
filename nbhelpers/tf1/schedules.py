"""A schedule in the graph is a function from the step's tensor to the learning rate's."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..validation import check_number, check_size
from .tensorflow import Tensor, tf

Schedule = Callable[[Tensor], Tensor]


def constant(lr: float) -> Schedule:
    """The same learning rate at every step."""
    check_number(lr, "constant", "lr", 0, open_low=True)
    return lambda step: tf.constant(lr, tf.float64)


def cosine(lr: float, steps: int) -> Schedule:
    """lr · ½ (1 + cos(π step / steps)): from lr down to 0."""
    check_number(lr, "cosine", "lr", 0, open_low=True)
    check_size(steps, "cosine", "steps")
    return lambda step: 0.5 * lr * (1.0 + tf.cos(math.pi * tf.minimum(step, steps) / steps))
