"""The reference network on MNIST over five seeds, two engines and two schedules: twenty runs.

Each run takes 10,000 steps, too long for a lesson; lesson 19 reads what this script has written.
Run it again, from the top of the repository, with

    python notebooks/recorded/mnist_seeds.py

It needs the official data, skips the runs that its table already holds, and so can be interrupted.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(variable, "1")

import time
from pathlib import Path

import numpy as np
from recording import record

import nbhelpers
from nbhelpers import schedules
from nbhelpers.datasets import Dataset

TABLE = Path(__file__).with_suffix(".csv")
STEPS, LR = 10_000, 1e-3
RUNS = [
    (engine, schedule, seed)
    for seed in range(1, 6)
    for schedule in ("constant", "cosine")
    for engine in ("NumPy", "graph")
]


def run(engine: str, schedule: str, seed: int, data: Dataset) -> dict[str, object]:
    """Train 784-256-100-10 once, and measure it once on the test set."""
    if engine == "graph":
        from nbhelpers import tf1 as library

        library.tf.reset_default_graph()
        from nbhelpers.tf1 import schedules as rates
    else:
        library, rates = nbhelpers, schedules
    rng = np.random.default_rng(seed)
    (x, y), test = data
    net = library.Sequential(
        library.Dense(784, 256, rng=rng), library.ReLU(),
        library.Dense(256, 100, rng=rng), library.ReLU(),
        library.Dense(100, 10, rng=rng),
    )  # fmt: skip
    lr = rates.constant(LR) if schedule == "constant" else rates.cosine(LR, STEPS)
    solver = library.Solver(
        net, library.softmax_cross_entropy, library.Adam(lr), penalty=library.L2(5e-5), rng=rng
    )
    start = time.perf_counter()
    solver.fit((x[:55_000], y[:55_000]), steps=STEPS)
    seconds = time.perf_counter() - start
    _, val_accuracy = solver.evaluate(x[55_000:], y[55_000:])
    _, test_accuracy = solver.evaluate(*test)
    return {
        "engine": engine, "schedule": schedule, "seed": seed, "steps": STEPS,
        "val_accuracy": round(val_accuracy, 4), "test_accuracy": round(test_accuracy, 4),
        "seconds": round(seconds, 1),
    }  # fmt: skip


NOTES = """trained on the first 55,000,
val_accuracy is measured on the last 5,000 of the training images"""

if __name__ == "__main__":
    record(TABLE, ("engine", "schedule", "seed"), RUNS, run, NOTES)
