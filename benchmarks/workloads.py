"""Five networks to train, from one so small that only overhead counts to one that is all products.

The data are random numbers in the shape of real ones: the time of a step does not depend on what
the pictures show, and nothing has to be downloaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Workload:
    """A network, its data's shape, and how it is trained: always Adam and cross-entropy."""

    name: str
    widths: tuple[int, ...]
    batch: int
    n: int
    activation: str = "relu"
    l2: float = 0.0
    batch_norm: bool = False
    dropout: float = 0.0
    lr: float = 1e-3

    def __str__(self) -> str:
        parts = ["-".join(map(str, self.widths)), *(["sigmoid"] * (self.activation == "sigmoid"))]
        parts += [f"L2 {self.l2:g}"] * bool(self.l2) + ["batch norm"] * self.batch_norm
        parts += [f"dropout {self.dropout:g}"] * bool(self.dropout)
        size = f"batch {self.batch:,}" if self.batch < self.n else "full batch"
        return ", ".join([*parts, size, f"{self.n:,} examples"])

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return -(-self.n // self.batch)

    def layers(self) -> Iterator[tuple[int, int, bool]]:
        """The width before, the width after, and whether it is the last, of each Dense layer."""
        last = len(self.widths) - 2
        for i, (n_in, n_out) in enumerate(zip(self.widths, self.widths[1:], strict=False)):
            yield n_in, n_out, i == last

    def data(self) -> tuple[Array, Array]:
        """x float32 (n, n_in) in [0, 1] and y int64 (n,)."""
        rng = np.random.default_rng(0)
        x = rng.random((self.n, self.widths[0]), dtype=np.float32)
        return x, rng.integers(self.widths[-1], size=self.n)

    def orders(self) -> Iterator[Array]:
        """Row numbers, a batch at a time, epoch after epoch, without end."""
        rng = np.random.default_rng(1)
        while True:
            order = rng.permutation(self.n)
            for start in range(0, self.n, self.batch):
                yield order[start : start + self.batch]

    def weights(self) -> list[Array]:
        """The first W of each Dense layer, float64 (n_in, n_out)."""
        rng = np.random.default_rng(2)
        return [rng.normal(0, (2 / n_in) ** 0.5, (n_in, n)) for n_in, n, _ in self.layers()]


W1 = Workload("W1", (784, 256, 100, 10), batch=100, n=60_000, l2=5e-5)
WORKLOADS = (
    W1,
    Workload("W2", (784, 256, 10), batch=2048, n=60_000, activation="sigmoid"),
    Workload("W3", (3072, 100, 50, 25, 10), batch=200, n=10_000),
    Workload("W4", (2, 20, 2), batch=300, n=300),
    Workload("W5", (784, 256, 100, 10), batch=100, n=60_000, l2=5e-5, batch_norm=True, dropout=0.2),
)
