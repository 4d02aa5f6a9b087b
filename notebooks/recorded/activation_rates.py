"""Which learning rate suits which activation? Small networks on digits, tuned and repeated.

The lesson on activation functions reads from this table at which rate each of its networks does
best, and how nine activations compare. Every arm tries the same rates on the same five seeds
(widened by the border rule of `nbhelpers.experiments.tune`), the lowest validation loss wins, and
the winner is repeated on ten fresh seeds. The official test set is not touched. Run it again, from
the top of the repository, with

    python notebooks/recorded/activation_rates.py
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from recording import write
from scipy.special import ndtr

import nbhelpers as nb
from nbhelpers.experiments import run_arms, tune

TABLE = Path(__file__).with_suffix(".csv")
WIDTH, STEPS, BATCH = 50, 300, 50
RATES = [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2]
TUNING, FRESH = range(100, 105), range(200, 210)

DATA = nb.load_mnist_sample()
IMAGES, DIGITS = DATA.train
SMALL = IMAGES.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)


class ScaledSigmoid(nb.Activation):
    """½ + gain (σ(z) − ½) − shift, whose backward pass multiplies by `back` · σ′(z)."""

    def __init__(self, gain: float = 1, back: float = 1, shift: float = 0) -> None:
        super().__init__()
        self.gain, self.back, self.shift = gain, back, shift

    def f(self, x: Any) -> Any:
        return 0.5 + self.gain * (nb.sigmoid(x) - 0.5) - self.shift

    def derivative(self, x: Any, y: Any) -> Any:
        return self.back * nb.sigmoid(x) * nb.sigmoid(-x)


class ELU(nb.Activation):
    def f(self, x: Any) -> Any:
        return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))

    def derivative(self, x: Any, y: Any) -> Any:
        return np.where(x > 0, 1, y + 1).astype(x.dtype)


class SiLU(nb.Activation):
    def f(self, x: Any) -> Any:
        return x * nb.sigmoid(x)

    def derivative(self, x: Any, y: Any) -> Any:
        s = nb.sigmoid(x)
        return s + y * (1 - s)


class GELU(nb.Activation):
    def f(self, x: Any) -> Any:
        return x * ndtr(x)

    def derivative(self, x: Any, y: Any) -> Any:
        return ndtr(x) + x * np.exp(-x * x / 2) / np.float32(np.sqrt(2 * np.pi))


KINDS: dict[str, tuple[Any, Any]] = {  # the activation, and its initializer
    "sigmoid": (lambda n: nb.Sigmoid(), nb.xavier),
    "tanh": (lambda n: nb.Tanh(), nb.xavier),
    "ReLU": (lambda n: nb.ReLU(), nb.he),
    "leaky ReLU": (lambda n: nb.LeakyReLU(0.01), nb.he),
    "PReLU": (lambda n: nb.PReLU(n), nb.he),
    "ELU": (lambda n: ELU(), nb.he),
    "SiLU": (lambda n: SiLU(), nb.he),
    "GELU": (lambda n: GELU(), nb.he),
    "Maxout": (None, nb.xavier),
    # Which of the two signals? The lesson's section on saturation.
    "forward 1, backward 1": (lambda n: ScaledSigmoid(1, 1), nb.xavier),
    "forward 1, backward 4": (lambda n: ScaledSigmoid(1, 4), nb.xavier),
    "forward 4, backward 1": (lambda n: ScaledSigmoid(4, 1), nb.xavier),
    "forward 4, backward 4": (lambda n: ScaledSigmoid(4, 4), nb.xavier),
    # Centered or not, all else equal.
    "mean 0": (lambda n: ScaledSigmoid(4, 4, 0.5), nb.xavier),
    "mean ½": (lambda n: ScaledSigmoid(4, 4, 0), nb.xavier),
    "mean 2": (lambda n: ScaledSigmoid(4, 4, -1.5), nb.xavier),
}
COMPARED = list(KINDS)[:9]
REPAIRS = [name for name in KINDS if name.startswith("forward")]
CENTERED = ["mean 0", "mean ½", "mean 2"]


def digits(seed: int) -> tuple[Any, Any]:
    """3,000 digits of 14 × 14 pixels to learn from, centered, and 1,000 for validation."""
    order = np.random.default_rng([seed, 1]).permutation(len(SMALL))
    train, val = order[:3000], order[3000:]
    mean = SMALL[train].mean(axis=0)
    return (SMALL[train] - mean, DIGITS[train]), (SMALL[val] - mean, DIGITS[val])


def build(name: str, depth: int, rng: np.random.Generator) -> nb.Sequential:
    activation, init = KINDS[name]
    layers: list[nb.Layer] = []
    for n_in in [196] + [WIDTH] * (depth - 1):
        if activation is None:
            layers.append(nb.Maxout(n_in, WIDTH, rng=rng))
        else:
            layers += [nb.Dense(n_in, WIDTH, init=init, rng=rng), activation(WIDTH)]
    return nb.Sequential(*layers, nb.Dense(WIDTH, 10, init=nb.xavier, rng=rng))


def train(name: str, depth: int, optimizer: Any, lr: float, seed: int) -> dict[str, float]:
    seen, val = digits(seed)
    rng = np.random.default_rng([seed, 2])
    net = build(name, depth, rng)
    solver = nb.Solver(net, nb.softmax_cross_entropy, optimizer(lr), batch_size=BATCH, rng=rng,
                       progress=False)  # fmt: skip
    solver.fit(seen, steps=STEPS)
    val_loss, val_accuracy = solver.evaluate(*val)
    return {"train_loss": solver.evaluate(*seen)[0], "val_loss": val_loss,
            "val_accuracy": val_accuracy}  # fmt: skip


def experiment(names: list[str], depth: int, optimizer: Any, rates: list[float]) -> pd.DataFrame:
    arms = {name: partial(train, name, depth, optimizer) for name in names}
    best = tune(arms, {"lr": rates}, TUNING, lowest="val_loss", n_jobs=1, progress=False)
    fresh = run_arms(arms, FRESH, settings=best.settings, n_jobs=1, progress=False)
    runs = pd.concat([best.runs.assign(role="tuning"), fresh.assign(role="fresh")])
    print(depth, optimizer.__name__, best.settings, flush=True)
    return runs.assign(depth=depth, optimizer=optimizer.__name__)


def main() -> None:
    tables = [experiment(COMPARED, depth, nb.SGD, RATES) for depth in (1, 8)]
    tables.append(experiment(CENTERED, 1, nb.SGD, RATES))
    # With eight layers a mean of 2 throws the units above into saturation, which is another matter.
    tables.append(experiment(CENTERED[:2], 8, nb.SGD, RATES))
    tables.append(experiment(REPAIRS, 8, nb.SGD, [0.0125, *RATES]))
    tables.append(experiment(REPAIRS, 8, nb.Adam, [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016]))
    runs = pd.concat(tables)
    runs["problem"] = runs["problem"].str.partition(":")[0]
    columns = ["optimizer", "depth", "arm", "role", "lr", "seed", "train_loss", "val_loss",
               "val_accuracy", "problem"]  # fmt: skip
    notes = (
        f"3,000 of its training digits to learn from, 1,000 for validation, 14 × 14 pixels; "
        f"{STEPS} steps of batches of {BATCH}, {WIDTH} units per hidden layer, float32"
    )
    rows = runs[columns].round(5).to_dict("records")
    write(TABLE, rows, DATA, notes)


if __name__ == "__main__":
    main()
