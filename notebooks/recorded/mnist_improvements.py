"""What each step adds on MNIST, from one layer to an ensemble, over five seeds.

Together these runs take half an hour or more, too long for a lesson; lesson 19 reads what this
script has written. Run it again, from the top of the repository, with

    python notebooks/recorded/mnist_improvements.py

It needs the official data, skips the runs that its table already holds, and so can be interrupted.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from recording import record

import nbhelpers
from nbhelpers import ensembles, schedules
from nbhelpers._checks import Array
from nbhelpers.datasets import Dataset, load_mnist

TABLE = Path(__file__).with_suffix(".csv")
STEPS = 10_000
SEEDS, MEMBERS = range(1, 6), 2  # ensemble s holds the networks of the seeds s and s + 5

# Each step is the one before and one thing more; the last one changes two.
FIRST: dict[str, Any] = {"hidden": [256, 100]}
SCHEDULE = FIRST | {"cosine": True}
NORM = SCHEDULE | {"batchnorm": True}
DROPOUT = NORM | {"dropout": 0.1}
CHANGES = {"shift": 1, "rotate": 10, "scale": 0.1, "elastic": 34}
AUGMENTED = DROPOUT | {"augment": CHANGES}
WIDE = AUGMENTED | {"hidden": [512, 256], "dropout": 0.0}
RECIPES = {
    "one layer": {"hidden": []},
    "+ two hidden layers": FIRST,
    "+ schedule": SCHEDULE,
    "+ batch norm": NORM,
    "+ dropout": DROPOUT,
    "+ augmentation": AUGMENTED,
    "+ width, dropout off": WIDE,
}
ENSEMBLE = "+ ensemble"

# Two steps are runs that mnist_seeds.py has made: the same seeds, settings and order of examples.
SAME = {"+ two hidden layers": "constant", "+ schedule": "cosine"}
KNOWN = pd.read_csv(Path(__file__).with_name("mnist_seeds.csv"), comment="#")
KNOWN = KNOWN.query("engine == 'NumPy'").set_index(["schedule", "seed"])

LAST = list(RECIPES)[-1]
RUNS = [(step, seed) for step in list(RECIPES)[:-1] for seed in SEEDS]
for s in SEEDS:
    RUNS += [(LAST, s + 5 * i) for i in range(MEMBERS)] + [(ENSEMBLE, s)]


@cache  # an ensemble holds networks that have a row of their own
def train(step: str, seed: int) -> tuple[Array, Array]:
    """Train one network; the probabilities that it gives to validation and test images."""
    recipe = RECIPES[step]
    (x, y), (x_test, _) = load_mnist()
    rng = np.random.default_rng(seed)
    parts = {name: recipe[name] for name in ("batchnorm", "dropout") if name in recipe}
    net = nbhelpers.FullyConnectedNet(recipe["hidden"], n_in=784, rng=rng, **parts)
    lr = schedules.cosine(1e-3, STEPS) if "cosine" in recipe else 1e-3
    changes = recipe.get("augment")
    augment_rng = np.random.default_rng([seed, 1])  # the batches stay those of the step before
    solver = nbhelpers.Solver(
        net, nbhelpers.softmax_cross_entropy, nbhelpers.Adam(lr), penalty=nbhelpers.L2(5e-5),
        rng=rng, augment=nbhelpers.Augment(rng=augment_rng, **changes) if changes else None,
    )  # fmt: skip
    solver.fit((x[:55_000], y[:55_000]), steps=STEPS)
    val, test = (ensembles.probabilities([net], images)[0] for images in (x[55_000:], x_test))
    return val, test


def run(step: str, seed: int, data: Dataset) -> dict[str, object]:
    """One row: a network, or an ensemble, measured on validation and test images."""
    (_, y), (_, y_test) = data
    if step in SAME:
        known = KNOWN.loc[(SAME[step], seed)]
        val_accuracy, test_accuracy = known["val_accuracy"], known["test_accuracy"]
    else:
        seeds = range(seed, seed + 5 * MEMBERS, 5) if step == ENSEMBLE else [seed]
        nets = [train(LAST if step == ENSEMBLE else step, s) for s in seeds]
        val, test = (np.stack(p) for p in zip(*nets, strict=True))
        val_accuracy = np.mean(ensembles.average(val).argmax(axis=1) == y[55_000:])
        test_accuracy = np.mean(ensembles.average(test).argmax(axis=1) == y_test)
    return {
        "step": step, "seed": seed,
        "val_accuracy": round(float(val_accuracy), 4),
        "test_accuracy": round(float(test_accuracy), 4),
    }  # fmt: skip


NOTES = f"""trained on the first 55,000 for 10,000 steps,
val_accuracy is measured on the last 5,000 of the training images; the settings were chosen by it,
in runs with another seed. "+ two hidden layers" and "+ schedule" are the NumPy runs of
mnist_seeds.csv. Ensemble s averages the {MEMBERS} networks "{LAST}" of the seeds
s and s + 5: no network is in two ensembles"""

if __name__ == "__main__":
    record(TABLE, ("step", "seed"), RUNS, run, NOTES)
