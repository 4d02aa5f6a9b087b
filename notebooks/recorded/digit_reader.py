"""The small network that reads digits in lesson `neurons`: 784-24-10 with ReLU, trained once.

Training is the subject of later lessons, so the first one only uses what this script stored. It
trains on the 4,000 training digits of the bundled sample and on each of them moved by one pixel in
four directions. The L2 coefficient is chosen on 500 of these digits held out for validation. The
1,000 test digits are measured once, at the end, and so is the official test set where its files
are found. Run it again (it takes less than a minute), from the top of the repository, with

    python notebooks/recorded/digit_reader.py

The weights are stored as half-precision numbers, which costs nothing that can be measured here.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import platform
from pathlib import Path
from typing import Any

import numpy as np

import nbhelpers as nb

WEIGHTS = Path(__file__).with_suffix(".npz")
HIDDEN, SEEDS, COEFFICIENTS = 24, (1, 2, 3), (1e-3, 3e-3, 1e-2)
RATES = {3e-3: 15, 1e-3: 5, 3e-4: 5}  # epochs at each learning rate
SHIFTS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))


def shifted(x: Any, y: Any) -> Any:
    """The digits, and four copies of each that are moved by one pixel."""
    images = x.reshape(-1, 28, 28)
    moved = np.concatenate([np.roll(images, shift, axis=(1, 2)) for shift in SHIFTS])
    return moved.reshape(-1, 784), np.tile(y, len(SHIFTS))


def train(examples: Any, coefficient: float, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    net = nb.Sequential(nb.Dense(784, HIDDEN, rng=rng), nb.ReLU(), nb.Dense(HIDDEN, 10, rng=rng))
    for rate, epochs in RATES.items():
        solver = nb.Solver(
            net, nb.softmax_cross_entropy, nb.Adam(rate), penalty=nb.L2(coefficient), rng=rng,
            progress=False,
        )  # fmt: skip
        solver.fit(shifted(*examples), epochs=epochs)
    return net


def accuracy(net: Any, x: Any, y: Any) -> float:
    return float(np.mean(net.predict(x) == y))


def choose(x: Any, y: Any) -> float:
    """The coefficient with the highest mean accuracy on 500 digits kept for validation."""
    means = {}
    for coefficient in COEFFICIENTS:
        nets = [train((x[:3500], y[:3500]), coefficient, seed) for seed in SEEDS]
        means[coefficient] = np.mean([accuracy(net, x[3500:], y[3500:]) for net in nets])
        print(f"L2 coefficient {coefficient}: validation accuracy {means[coefficient]:.4f}")
    return max(means, key=means.__getitem__)


def main() -> None:
    data = nb.load_mnist_sample()
    net = train(data.train, choose(*data.train), SEEDS[0])
    first, last = net.layers[0].params, net.layers[2].params
    arrays = {"W1": first["W"], "b1": first["b"], "W2": last["W"], "b2": last["b"]}
    about = f"{data.source}; {Path(__file__).name}, NumPy {np.__version__}, {platform.machine()}"
    np.savez_compressed(
        WEIGHTS, about=about, **{name: a.astype(np.float16) for name, a in arrays.items()}
    )
    for a in arrays.values():
        a[...] = a.astype(np.float16)
    print(f"test accuracy {accuracy(net, *data.test):.4f}, {WEIGHTS.stat().st_size:,} bytes")
    official = nb.load_mnist()
    if official.official:  # other writers: harder than the sample, whose writers overlap
        print(f"official test set: {accuracy(net, *official.test):.4f}")


if __name__ == "__main__":
    main()
