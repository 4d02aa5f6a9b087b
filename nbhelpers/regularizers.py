"""A penalty makes large weights cost something, so that the fit has to pay for being wild.

A penalty has `value(W)`, which is added to the loss, and `gradient(W)`, which is added to the
gradient of W. Solvers apply it to the weight matrices W alone, never to b, gamma or beta.
"""

from __future__ import annotations

import numpy as np

from .types import Array
from .validation import check_number


class L2:
    """½ λ Σ w², with gradient λ w: every weight is pulled to zero in proportion to its size.

    Args:
        strength: λ >= 0. Texts that write λ/2m mean this with strength λ/m.

    >>> L2(0.1).value(np.array([[3.0, 4.0]])), L2(0.1).gradient(np.array([[3.0, 4.0]]))
    (1.25, array([[0.3, 0.4]]))
    """

    def __init__(self, strength: float) -> None:
        self.strength = check_number(strength, "L2", "strength", 0)

    def value(self, w: Array) -> float:
        return 0.5 * self.strength * float(np.vdot(w, w))

    def gradient(self, w: Array) -> Array:
        return self.strength * w
