"""The floor: the matrix products of one step and nothing else, each into memory that is there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .workloads import Workload


def make(workload: Workload) -> Callable[[int], float]:
    """Three products a layer (y = x W, dW = xᵀ dy, dx = dy Wᵀ), two in the first."""
    n = min(workload.batch, workload.n)
    rng = np.random.default_rng(0)

    def numbers(*shape: int) -> np.ndarray:
        return rng.random(shape, dtype=np.float32)

    weights = [w.astype(np.float32) for w in workload.weights()]
    x = [numbers(n, width) for width in workload.widths]
    y, dx = [np.empty_like(a) for a in x], [np.empty_like(a) for a in x]
    grads = [np.empty_like(w) for w in weights]

    def run(steps: int) -> float:
        for _ in range(steps):
            for i, w in enumerate(weights):
                np.matmul(x[i], w, out=y[i + 1])
            for i in range(len(weights) - 1, -1, -1):
                np.matmul(x[i].T, x[i + 1], out=grads[i])
                if i:
                    np.matmul(x[i + 1], weights[i].T, out=dx[i])
        return float(y[-1][0, 0])

    return run
