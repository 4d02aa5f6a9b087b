"""256 sigmoid units on MNIST over ten seeds: two kinds of first weights times two losses, 40 runs.

Each run takes 15 epochs of batches of 2048; lesson 6 shows one seed live and reads what this script
has written for ten. Run it again, from the top of the repository, with

    python notebooks/recorded/sigmoid_seeds.py

It needs the official data, skips the runs that its table already holds, and so can be interrupted.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(variable, "1")

from pathlib import Path

import numpy as np
from recording import record

from nbhelpers import batches
from nbhelpers.datasets import Dataset
from nbhelpers.tf1 import tf

TABLE = Path(__file__).with_suffix(".csv")
EPOCHS, BATCH, LR, FLOOR = 15, 2048, 0.005, 1e-10
RUNS = [
    (weights, loss, seed)
    for seed in range(1, 11)
    for weights in ("unit variance", "Xavier")
    for loss in ("clipped", "on logits")
]


def build(weights: str, loss: str, rng: np.random.Generator) -> dict[str, tf.Tensor]:
    """784-256-10 with sigmoid units; both kinds of weights are the same draw, scaled."""
    tf.reset_default_graph()
    unit = weights == "unit variance"
    scale_1, scale_2 = (1.0, 1.0) if unit else (np.sqrt(2 / 1040), np.sqrt(2 / 266))
    x = tf.placeholder(tf.float32, (None, 784))
    y = tf.placeholder(tf.int64, (None,))
    w1 = tf.Variable((scale_1 * rng.normal(size=(784, 256))).astype(np.float32))
    b1 = tf.Variable(tf.zeros(256))
    w2 = tf.Variable((scale_2 * rng.normal(size=(256, 10))).astype(np.float32))
    b2 = tf.Variable(tf.zeros(10))
    scores = tf.sigmoid(x @ w1 + b1) @ w2 + b2
    p = tf.nn.softmax(scores)
    target = tf.one_hot(y, 10)
    if loss == "clipped":
        cost = tf.reduce_mean(-tf.reduce_sum(target * tf.log(tf.clip_by_value(p, FLOOR, 1.0)), 1))
    else:
        cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=target, logits=scores))
    right = tf.equal(tf.argmax(scores, 1), y)
    return {
        "x": x, "y": y, "cost": cost, "train": tf.train.AdamOptimizer(LR).minimize(cost),
        "accuracy": tf.reduce_mean(tf.cast(right, tf.float32)),
        "floor": tf.reduce_mean(tf.cast(tf.reduce_sum(target * p, 1) < FLOOR, tf.float32)),
    }  # fmt: skip


def run(weights: str, loss: str, seed: int, data: Dataset) -> dict[str, object]:
    """Train once, and measure once on the test set."""
    rng = np.random.default_rng(seed)
    graph = build(weights, loss, rng)
    (x, y), test = data
    train, val = (x[:55_000], y[:55_000]), (x[55_000:], y[55_000:])
    first = train[0][:5000], train[1][:5000]

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())

        def measure(what: str, x: np.ndarray, y: np.ndarray) -> float:
            return float(session.run(graph[what], {graph["x"]: x, graph["y"]: y}))

        first_cost, floor_before = measure("cost", *first), measure("floor", *first)
        for _ in range(EPOCHS):
            for xb, yb in batches(*train, BATCH, rng=rng):
                session.run(graph["train"], {graph["x"]: xb, graph["y"]: yb})
        return {
            "weights": weights, "loss": loss, "seed": seed, "epochs": EPOCHS,
            "first_cost": round(first_cost, 4), "last_cost": round(measure("cost", *train), 4),
            "floor_before": round(floor_before, 4),
            "floor_after": round(measure("floor", *train), 4),
            "val_accuracy": round(measure("accuracy", *val), 4),
            "test_accuracy": round(measure("accuracy", *test), 4),
        }  # fmt: skip


NOTES = f"""trained on the first 55,000,
first_cost and floor_before are measured on the first 5,000 before training, last_cost
and floor_after on all 55,000 after it, val_accuracy on the 5,000 left over;
floor_*: the share of examples whose true class has a probability below {FLOOR:g}"""

if __name__ == "__main__":
    record(TABLE, ("weights", "loss", "seed"), RUNS, run, NOTES)
