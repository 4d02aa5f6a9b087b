"""placeholder"""
from __future__ import annotations
from collections.abc import Iterator
from typing import Any
from .types import Array, Rng
def batches(x: Array, y: Any, size: int, *, rng: Rng) -> Iterator[tuple[Array, Any]]:
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        rows = order[start : start + size]
        yield x[rows], y[rows]
