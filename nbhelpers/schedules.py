"""A schedule is a function of the step: it returns the learning rate of that update.

The first update is step 0. Any function of the step will do; these make the usual ones.
"""

from __future__ import annotations

import math

from .types import Schedule
from .validation import check_number, check_size


def constant(lr: float) -> Schedule:
    """The same learning rate at every step.

    >>> constant(0.1)(1000)
    0.1
    """
    check_number(lr, "constant", "lr", 0, open_low=True)
    return lambda step: lr


def cosine(lr: float, steps: int) -> Schedule:
    """lr · ½ (1 + cos(π step / steps)): from lr down to 0 (Loshchilov & Hutter, 2017).

    >>> [round(cosine(0.1, 4)(step), 3) for step in range(6)]
    [0.1, 0.085, 0.05, 0.015, 0.0, 0.0]
    """
    check_number(lr, "cosine", "lr", 0, open_low=True)
    check_size(steps, "cosine", "steps")
    return lambda step: 0.5 * lr * (1.0 + math.cos(math.pi * min(step, steps) / steps))
