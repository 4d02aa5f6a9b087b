"""The reference network on MNIST over five seeds, two engines and two schedules: twenty runs.

Each run takes 10,000 steps, too long for a lesson; lesson 14 reads what this script has written.
Run it again, from the top of the repository, with

    python notebooks/recorded/mnist_seeds.py

It needs the official data, skips the runs that its table already holds, and so can be interrupted.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(variable, "1")

import platform
import time
from importlib.metadata import distributions
from pathlib import Path

import numpy as np
import pandas as pd

import nbhelpers
from nbhelpers import schedules
from nbhelpers.datasets import Dataset, load_mnist

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


def write(rows: list[dict[str, object]], source: str) -> None:
    """Write the table whole or not at all, with where its numbers come from on top."""
    names = ("tensorflow", "tensorflow-cpu", "tensorflow_cpu")
    tensorflow = next(d.version for d in distributions() if d.name in names)
    provenance = (
        f"# {source}; trained on the first 55,000,\n"
        "# val_accuracy is measured on the last 5,000 of the training images\n"
        f"# Python {platform.python_version()}, NumPy {np.__version__}, TensorFlow {tensorflow}, "
        f"{platform.system()} {platform.machine()}, one BLAS thread\n"
    )
    temporary = TABLE.with_suffix(".part")
    temporary.write_text(provenance + pd.DataFrame(rows).to_csv(index=False, lineterminator="\n"))
    temporary.replace(TABLE)


def main() -> None:
    data = load_mnist()
    if not data.official:
        raise SystemExit(f"This needs the official MNIST files, and found {data.source}.")
    rows = pd.read_csv(TABLE, comment="#").to_dict("records") if TABLE.exists() else []
    done = {(row["engine"], row["schedule"], row["seed"]) for row in rows}
    for one in RUNS:
        if one not in done:
            rows.append(run(*one, data))
            write(rows, data.source)
            print(rows[-1], flush=True)


if __name__ == "__main__":
    main()
