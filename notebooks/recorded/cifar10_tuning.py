"""What lessons 8 to 18 add to a fully connected network on CIFAR-10, step by step, over seeds.

Each step changes one thing and keeps what came before. Settings were chosen on the 5,000 validation
images alone; the test images are measured once a run and decide nothing. Lesson 20 reads what this
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
from nbhelpers._files import atomic_write
from nbhelpers.datasets import Dataset

TABLE = Path(__file__).with_suffix(".csv")
MEMBERS = TABLE.with_name("cifar10_members.npz")
N_TRAIN = 45_000
load = cache(nbhelpers.load_cifar10)

# Each step is the one before it with these changes.
STEPS: dict[str, dict[str, Any]] = {
    "as it comes": {
        "hidden": [100, 50, 25], "batch": 200, "epochs": 10, "l2": 1e-4, "inputs": "pixels",
        "falling": False, "batchnorm": False, "dropout": 0.0, "flip": False, "shift": False,
    },
    "+ standardized inputs": {"inputs": "standardized"},
    "+ stronger penalty": {"l2": 3e-3},
    "+ falling rate": {"falling": True},
    "+ 256 components": {"inputs": "components"},
    "+ wider": {"hidden": [800, 400], "batch": 250, "l2": 1e-4},
    "+ batch normalization": {"batchnorm": True},
    "+ dropout": {"dropout": 0.3},
    "+ mirror images": {"flip": True},
    "+ shifted images": {"shift": True},
    "+ less dropout, longer": {"dropout": 0.1, "epochs": 20},
}  # fmt: skip
LESSON, LAST = "+ falling rate", list(STEPS)[-1]  # the network of lesson 20; the best one
ENSEMBLES = {f"average of {n}": n for n in (2, 3, 5)}
# The most telling runs first: whoever interrupts this has a table that can be read.
RUNS = dict.fromkeys([  # each once
    *[(step, 1) for step in STEPS],
    (LESSON, 2), (LESSON, 3),
    (LAST, 2), ("average of 2", 1), (LAST, 3), ("average of 3", 1),
    *[(step, seed) for seed in (2, 3) for step in STEPS],
    (LAST, 4), (LAST, 5), ("average of 5", 1),
])  # fmt: skip


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


@cache
def preparation(kind: str) -> nbhelpers.Standardizer | nbhelpers.Whitener:
    """What is learned from training images before training."""
    x = load().train[0]
    if kind == "standardized":
        return nbhelpers.Standardizer().fit(x[:N_TRAIN])
    return nbhelpers.Whitener(256, eps=1.0).fit(x[:15_000])  # enough for 256 directions


def prepared(x: np.ndarray, kind: str) -> np.ndarray:
    """Flat images (N, 3072) as the network sees them."""
    return x if kind == "pixels" else preparation(kind).transform(x)


@cache
def views(kind: str, flip: bool, shift: bool) -> np.ndarray:
    """Every training image as seen in one or two mirrorings, times one or five places."""
    images = load().train[0][:N_TRAIN].reshape(-1, 32, 32, 3)
    sides = [images, images[:, :, ::-1]] if flip else [images]
    places = [(0, 0), (2, 2), (2, -2), (-2, 2), (-2, -2)] if shift else [(0, 0)]
    seen = (moved(side, *place, 2).reshape(N_TRAIN, -1) for side in sides for place in places)
    return np.stack([prepared(view, kind) for view in seen])


def run(step: str, seed: int, data: Dataset) -> dict[str, object]:
    """Train once; measure on validation images, the same ones moved, and test images."""
    start = time.process_time()
    (x, y), (x_test, y_test) = data
    x_val, y_val, y = x[N_TRAIN:], y[N_TRAIN:], y[:N_TRAIN]
    if step in ENSEMBLES:
        return {"step": step, "seed": seed} | averaged(ENSEMBLES[step], y_val, y_test)
    s, rng = setting(step), np.random.default_rng(seed)

    bank = views(s["inputs"], s["flip"], s["shift"])
    net = nbhelpers.FullyConnectedNet(
        s["hidden"], n_in=bank.shape[2], rng=rng, batchnorm=s["batchnorm"], dropout=s["dropout"]
    )
    steps = s["epochs"] * -(-N_TRAIN // s["batch"])
    solver = nbhelpers.Solver(
        net, nbhelpers.softmax_cross_entropy,
        nbhelpers.Adam(schedules.cosine(1e-3, steps) if s["falling"] else 1e-3),
        penalty=nbhelpers.L2(s["l2"]), batch_size=s["batch"], rng=rng,
    )  # fmt: skip
    draws, everyone = np.random.default_rng([seed, 1]), np.arange(N_TRAIN)
    for _ in range(s["epochs"]):  # each image in one of its views, drawn anew for each epoch
        chosen = draws.integers(0, len(bank), N_TRAIN)
        epoch = bank[chosen, everyone] if len(bank) > 1 else bank[0]
        solver.fit((epoch, y), epochs=1)

    if step == LAST:
        keep(net, prepared(x_val, s["inputs"]), prepared(x_test, s["inputs"]), seed)
    row: dict[str, object] = {
        "step": step, "seed": seed, "epochs": s["epochs"], "parameters": net.w.size,
        "train_accuracy": share_right(net, bank[0], y),
        "val_accuracy": share_right(net, prepared(x_val, s["inputs"]), y_val),
        "test_accuracy": share_right(net, prepared(x_test, s["inputs"]), y_test),
    }  # fmt: skip
    images = x_val.reshape(-1, 32, 32, 3)
    for k in range(1, 5):
        four = [moved(images, *by, k) for by in ((k, 0), (-k, 0), (0, k), (0, -k))]
        rows = [prepared(view.reshape(len(view), -1), s["inputs"]) for view in four]
        shares = [share_right(net, z, y_val) for z in rows]
        row[f"val_moved_{k}"] = round(float(np.mean(shares)), 4)
    return row | {"cpu_seconds": round(time.process_time() - start)}


def share_right(net: nbhelpers.Sequential, x: np.ndarray, y: np.ndarray) -> float:
    return round(float(np.mean(net.predict(x) == y)), 4)


def keep(net: nbhelpers.Sequential, x_val: np.ndarray, x_test: np.ndarray, seed: int) -> None:
    """Add what a network answers to the file of members, whole or not at all."""
    kept = dict(np.load(MEMBERS)) if MEMBERS.exists() else {}
    for name, x in (("val", x_val), ("test", x_test)):
        kept[f"{name}_{seed}"] = ensembles.probabilities([net], x)[0].astype(np.float16)
    with atomic_write(MEMBERS) as file:
        np.savez_compressed(file, **kept)


def averaged(n: int, y_val: np.ndarray, y_test: np.ndarray) -> dict[str, object]:
    """The accuracy of the mean probabilities of the first n members."""
    kept = np.load(MEMBERS)
    shares: dict[str, object] = {}
    for name, y in (("val", y_val), ("test", y_test)):
        members = np.stack([kept[f"{name}_{seed}"] for seed in range(1, n + 1)])
        mean = ensembles.average(members.astype(np.float32))
        shares[f"{name}_accuracy"] = round(float(np.mean(mean.argmax(axis=1) == y)), 4)
    return shares


NOTES = f"""trained on the first {N_TRAIN:,},
val_accuracy is measured on the last 5,000 of the training images, val_moved_k on the same ones
moved by k pixels in four directions (mean of four), the border repeated"""

if __name__ == "__main__":
    record(TABLE, ("step", "seed"), list(RUNS), run, NOTES, load)
