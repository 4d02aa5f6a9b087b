"""256 sigmoid units on MNIST: two initializations times two losses, every run of 15 epochs.

Each run takes batches of 2048 and Adam. Three parts, in this order:

- `published`: all four variants at the learning rate of the program that lesson 06 reproduces, ten
  seeds each;
- `tuning`: three of them on a grid of learning rates, three other seeds each. The loss makes no
  difference with Xavier weights, so that one of the two is enough;
- `tuned`: these three at the rate with the best mean validation accuracy, ten seeds each.

Run it again, from the top of the repository, with

    python notebooks/recorded/sigmoid_seeds.py

It needs the official data, skips the runs that its table already holds, and so can be interrupted.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(variable, "1")

from pathlib import Path

import numpy as np
import pandas as pd
from recording import record

from nbhelpers import batches
from nbhelpers.datasets import Dataset
from nbhelpers.tf1 import tf

TABLE = Path(__file__).with_suffix(".csv")
EPOCHS, BATCH, LR, FLOOR = 15, 2048, 0.005, 1e-10
RATES = (0.0025, 0.005, 0.01, 0.02, 0.04, 0.08)
KEYS = ("part", "weights", "loss", "lr", "seed")
ARMS = (
    ("unit variance", "clipped"),
    ("unit variance", "from logits"),
    ("Xavier", "from logits"),
)
PUBLISHED = [
    ("published", *arm, LR, seed) for seed in range(1, 11) for arm in (*ARMS, ("Xavier", "clipped"))
]
TUNING = [("tuning", *arm, lr, seed) for seed in range(11, 14) for lr in RATES for arm in ARMS]


def build(weights: str, loss: str, lr: float, rng: np.random.Generator) -> dict[str, tf.Tensor]:
    """784-256-10 with sigmoid units; both initializations are the same draw, scaled."""
    tf.reset_default_graph()
    unit = weights == "unit variance"
    scale_1, scale_2 = (1.0, 1.0) if unit else (np.sqrt(2 / 1040), np.sqrt(2 / 266))
    bias = 1.0 if unit else 0.0
    x = tf.placeholder(tf.float32, (None, 784))
    y = tf.placeholder(tf.int64, (None,))
    w1 = tf.Variable((scale_1 * rng.normal(size=(784, 256))).astype(np.float32))
    b1 = tf.Variable((bias * rng.normal(size=256)).astype(np.float32))
    w2 = tf.Variable((scale_2 * rng.normal(size=(256, 10))).astype(np.float32))
    b2 = tf.Variable((bias * rng.normal(size=10)).astype(np.float32))
    scores = tf.sigmoid(x @ w1 + b1) @ w2 + b2
    p = tf.nn.softmax(scores)
    target = tf.one_hot(y, 10)
    if loss == "clipped":
        mean = tf.reduce_mean(-tf.reduce_sum(target * tf.log(tf.clip_by_value(p, FLOOR, 1.0)), 1))
    else:
        mean = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=target, logits=scores))
    correct = tf.equal(tf.argmax(scores, 1), y)
    return {
        "x": x, "y": y, "loss": mean, "train": tf.train.AdamOptimizer(lr).minimize(mean),
        "accuracy": tf.reduce_mean(tf.cast(correct, tf.float32)),
        "floor": tf.reduce_mean(tf.cast(tf.reduce_sum(target * p, 1) < FLOOR, tf.float32)),
    }  # fmt: skip


def run(
    part: str, weights: str, loss: str, lr: float, seed: int, data: Dataset
) -> dict[str, object]:
    """Train once, and measure once on the test set; tuning runs never see it."""
    rng = np.random.default_rng(seed)
    graph = build(weights, loss, lr, rng)
    (x, y), test = data
    train, val = (x[:55_000], y[:55_000]), (x[55_000:], y[55_000:])
    first = train[0][:5000], train[1][:5000]

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())

        def measure(what: str, x: np.ndarray, y: np.ndarray) -> float:
            return float(session.run(graph[what], {graph["x"]: x, graph["y"]: y}))

        first_loss, floor_before = measure("loss", *first), measure("floor", *first)
        for _ in range(EPOCHS):
            for xb, yb in batches(*train, BATCH, rng=rng):
                session.run(graph["train"], {graph["x"]: xb, graph["y"]: yb})
        return {
            "part": part, "weights": weights, "loss": loss, "lr": lr, "seed": seed,
            "epochs": EPOCHS,
            "first_loss": round(first_loss, 4), "last_loss": round(measure("loss", *train), 4),
            "floor_before": round(floor_before, 4),
            "floor_after": round(measure("floor", *train), 4),
            "val_accuracy": round(measure("accuracy", *val), 4),
            "test_accuracy": "" if part == "tuning" else round(measure("accuracy", *test), 4),
        }  # fmt: skip


def best_rates(table: Path = TABLE) -> dict[tuple[str, str], float]:
    """The learning rate of each arm with the best mean validation accuracy; no edge of the grid."""
    rows = pd.read_csv(table, comment="#").query("part == 'tuning'")
    means = rows.groupby(["weights", "loss", "lr"])["val_accuracy"].mean()
    best = {arm: float(means[arm].idxmax()) for arm in ARMS}
    if any(lr in (min(RATES), max(RATES)) for lr in best.values()):
        raise SystemExit(f"{best}: the best rate lies at the edge of the grid, widen RATES.")
    return best


NOTES = f"""trained on the first 55,000,
first_loss and floor_before are measured on the first 5,000 before training, last_loss
and floor_after on all 55,000 after it, val_accuracy on the 5,000 left over;
floor_*: the share of examples whose true class has a probability below {FLOOR:g}"""

if __name__ == "__main__":
    record(TABLE, KEYS, PUBLISHED + TUNING, run, NOTES)
    rates = best_rates()
    tuned = [("tuned", *arm, rates[arm], seed) for seed in range(1, 11) for arm in ARMS]
    record(TABLE, KEYS, tuned, run, NOTES)
