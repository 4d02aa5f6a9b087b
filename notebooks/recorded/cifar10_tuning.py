"""What lessons 7 to 13 add to a fully connected network on CIFAR-10, step by step, over seeds.

Each step changes one thing and keeps what came before. Settings were chosen on the 5,000 validation
images alone; the test images are measured once a run and decide nothing. Lesson 15 reads what this
script has written. Run it again, from the top of the repository, with

    python notebooks/recorded/cifar10_tuning.py

It needs the official data, skips the runs that its table already holds, and so can be interrupted.
The class probabilities of the last networks are kept beside the table, for their average.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from recording import record

import nbhelpers
from nbhelpers import ensembles, schedules
from nbhelpers.datasets import Dataset

TABLE = Path(__file__).with_suffix(".csv")
MEMBERS = TABLE.with_name("cifar10_members.npz")
N_TRAIN, WORTH = 45_000, 5  # images; networks in the ensemble

# Each step is the one before it with these changes.
STEPS: dict[str, dict[str, Any]] = {
    "as it comes": {
        "hidden": [100, 50, 25], "batch": 200, "epochs": 10, "l2": 1e-4, "inputs": "pixels",
        "falling": False, "batchnorm": False, "dropout": 0.0, "flip": False, "shift": 0,
    },
    "+ standardized inputs": {"inputs": "standardized"},
    "+ falling rate": {"falling": True},
    "+ whitened inputs": {"inputs": "whitened"},
    "+ wider": {"hidden": [800, 400], "batch": 256},
    "+ batch normalization": {"batchnorm": True},
    "+ dropout": {"dropout": 0.3},
    "+ mirror images": {"flip": True},
    "+ shifted images": {"shift": 2},
    "+ four times as long": {"epochs": 40},
}  # fmt: skip
LAST = list(STEPS)[-1]
ENSEMBLE = f"average of {WORTH}"
RUNS = [
    *[(step, seed) for seed in range(1, 4) for step in STEPS],
    *[(step, seed) for seed in range(4, WORTH + 1) for step in (*list(STEPS)[:4], LAST)],
    (ENSEMBLE, 1),
]


def setting(step: str) -> dict[str, Any]:
    """All that holds at a step: its own changes, and those of the steps before."""
    merged: dict[str, Any] = {}
    for name, changes in STEPS.items():
        merged |= changes
        if name == step:
            break
    return merged


def moved(x: np.ndarray, down: int, right: int, most: int) -> np.ndarray:
    """Images (N, 32, 32, 3) moved by up to `most` pixels; the border is repeated."""
    wide = np.pad(x, ((0, 0), (most, most), (most, most), (0, 0)), mode="edge")
    return wide[:, most - down : 32 + most - down, most - right : 32 + most - right]


def augmented(x: np.ndarray, flip: bool, shift: int, rng: np.random.Generator) -> np.ndarray:
    """A random view of each image: mirrored or not, moved by whole pixels along both axes."""
    images = x.reshape(-1, 32, 32, 3).copy()
    if flip:
        chosen = rng.random(len(images)) < 0.5
        images[chosen] = images[chosen, :, ::-1]
    if shift:
        offsets = rng.integers(-shift, shift + 1, (len(images), 2))
        for down, right in np.unique(offsets, axis=0):
            chosen = (offsets == (down, right)).all(axis=1)
            images[chosen] = moved(images[chosen], down, right, shift)
    return images.reshape(x.shape)


@cache
def preparation(kind: str) -> nbhelpers.Standardizer | nbhelpers.Whitener | None:
    """What is learned from the training images before training; None leaves the pixels."""
    x = nbhelpers.load_cifar10().train[0][:N_TRAIN] if kind != "pixels" else None
    if kind == "standardized":
        return nbhelpers.Standardizer().fit(x)
    return nbhelpers.Whitener(400, eps=0.01).fit(x) if kind == "whitened" else None


def run(step: str, seed: int, data: Dataset) -> dict[str, object]:
    """Train once; measure on validation images, the same ones moved, and test images."""
    start = time.perf_counter()
    (x, y), (x_test, y_test) = data
    x_val, y_val, x, y = x[N_TRAIN:], y[N_TRAIN:], x[:N_TRAIN], y[:N_TRAIN]
    if step == ENSEMBLE:
        return {"step": step, "seed": seed} | averaged(y_val, y_test)
    s, rng = setting(step), np.random.default_rng(seed)
    prepared = preparation(s["inputs"])
    see = prepared.transform if prepared else lambda x: x

    first = see(x)
    net = nbhelpers.FullyConnectedNet(
        s["hidden"], n_in=first.shape[1], rng=rng, batchnorm=s["batchnorm"], dropout=s["dropout"]
    )
    steps = s["epochs"] * -(-N_TRAIN // s["batch"])
    solver = nbhelpers.Solver(
        net, nbhelpers.softmax_cross_entropy,
        nbhelpers.Adam(schedules.cosine(1e-3, steps) if s["falling"] else 1e-3),
        penalty=nbhelpers.L2(s["l2"]), batch_size=s["batch"], rng=rng,
    )  # fmt: skip
    views = np.random.default_rng([seed, 1])
    for _ in range(s["epochs"]):
        if s["flip"] or s["shift"]:
            first = see(augmented(x, s["flip"], s["shift"], views))
        solver.fit((first, y), epochs=1)

    if step == LAST:
        keep(net, see(x_val), see(x_test), seed)
    row: dict[str, object] = {
        "step": step, "seed": seed, "epochs": s["epochs"], "parameters": net.w.size,
        "train_accuracy": share_right(net, see(x), y),
        "val_accuracy": share_right(net, see(x_val), y_val),
        "test_accuracy": share_right(net, see(x_test), y_test),
    }  # fmt: skip
    images = x_val.reshape(-1, 32, 32, 3)
    for k in range(1, 5):
        four = [moved(images, *by, k) for by in ((k, 0), (-k, 0), (0, k), (0, -k))]
        rows = [see(view.reshape(len(view), -1)) for view in four]
        row[f"val_moved_{k}"] = round(np.mean([share_right(net, z, y_val) for z in rows]), 4)
    return row | {"seconds": round(time.perf_counter() - start)}


def share_right(net: nbhelpers.Sequential, x: np.ndarray, y: np.ndarray) -> float:
    return round(float(np.mean(net.predict(x) == y)), 4)


def keep(net: nbhelpers.Sequential, x_val: np.ndarray, x_test: np.ndarray, seed: int) -> None:
    """Add what a network answers to the file of members, whole or not at all."""
    kept = dict(np.load(MEMBERS)) if MEMBERS.exists() else {}
    for name, x in (("val", x_val), ("test", x_test)):
        kept[f"{name}_{seed}"] = ensembles.probabilities([net], x)[0].astype(np.float16)
    temporary = MEMBERS.with_suffix(".part.npz")
    np.savez_compressed(temporary, **kept)
    temporary.replace(MEMBERS)


def averaged(y_val: np.ndarray, y_test: np.ndarray) -> dict[str, object]:
    """The accuracy of the members' mean probabilities."""
    kept = np.load(MEMBERS)
    shares: dict[str, object] = {}
    for name, y in (("val", y_val), ("test", y_test)):
        members = np.stack([kept[f"{name}_{seed}"] for seed in range(1, WORTH + 1)])
        mean = ensembles.average(members.astype(np.float32))
        shares[f"{name}_accuracy"] = round(float(np.mean(mean.argmax(axis=1) == y)), 4)
    return shares


NOTES = f"""trained on the first {N_TRAIN:,},
val_accuracy is measured on the last 5,000 of the training images, val_moved_k on the same ones
moved by k pixels in four directions (mean of four)"""

if __name__ == "__main__":
    record(TABLE, ("step", "seed"), RUNS, run, NOTES, nbhelpers.load_cifar10)
