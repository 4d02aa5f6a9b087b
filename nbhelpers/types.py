"""The types that signatures are written in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
"""Floating-point numbers: a batch is (N, features), one example a row."""

Labels = npt.NDArray[np.integer[Any]]
"""Class numbers 0 … classes - 1, shape (N,)."""

Rng = np.random.Generator
"""Every source of randomness is one of these, made by `np.random.default_rng(seed)`."""

Initializer = Callable[[Rng, tuple[int, int]], Array]
"""`init(rng, (n_in, n_out))` returns the first values of a weight matrix."""

Schedule = Callable[[int], float]
"""`schedule(step)` returns the learning rate of that update; the first update is step 0."""

Loss = Callable[[Array, Any], tuple[float, Array]]
"""`loss(scores, y)` returns the mean loss of a batch and its gradient for the scores."""
