"""What the property tests draw: small shapes, seeds, and numbers kept away from kinks.

Hypothesis draws a shape and a seed; the numbers then come from a NumPy generator. A failing test so
shrinks to the smallest shape that fails, and every run tries the same examples.
"""

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# No clocks: on a busy machine a slow example is no mistake.
proof = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)

seeds = st.integers(0, 2**32 - 1)
rngs = seeds.map(np.random.default_rng)
rows = st.integers(1, 5)
widths = st.integers(1, 5)
class_counts = st.integers(2, 5)

MARGIN = 1e-3  # a hundred times the h of the central differences


def away_from(kink, x):
    """x with every number at least MARGIN from the kink: nearer ones are pushed that far."""
    side = np.where(x < kink, -1.0, 1.0)
    return kink + side * np.maximum(np.abs(x - kink), MARGIN)


def apart(pieces):
    """Whether the largest of the pieces, along axis 0, leads by MARGIN everywhere."""
    if len(pieces) == 1:
        return True
    second, first = np.sort(pieces, axis=0)[-2:]
    return bool((first - second > MARGIN).all())
