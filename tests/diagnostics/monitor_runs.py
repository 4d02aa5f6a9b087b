"""Runs that go wrong on purpose, on data and networks that the monitor's thresholds never saw.

The thresholds were chosen on digits. Here are seven other sets of data, each with one way of
training that goes well; a fault changes one thing about it. What was done, against what the monitor
named first, is the table that `python -m tests.diagnostics.monitor_runs` prints.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from mlxtend.data import iris_data, wine_data

from nbhelpers import (
    SGD,
    Adam,
    FullyConnectedNet,
    LeakyReLU,
    Momentum,
    Monitor,
    Nesterov,
    ReLU,
    RMSprop,
    Sigmoid,
    Solver,
    Standardizer,
    Tanh,
    blobs,
    circles,
    he,
    moons,
    softmax_cross_entropy,
    spirals,
    xavier,
    zeros,
)  # fmt: skip


class Unshuffled(Solver):
    """Takes the batches in the order in which the examples lie."""

    def batches(self, x, y):
        n = self.batch_size
        return ((x[i : i + n], y[i : i + n]) for i in range(0, len(x), n))


@dataclass
class Plan:
    """One way to train, on one set of data."""

    data: Any
    classes: int
    hidden: tuple[int, ...]
    activation: Any
    init: Any
    optimizer: Any
    lr: float
    batch_size: int
    epochs: int
    change: Any = None
    change_val: Any = None
    solver: Any = Solver
    bias: float = 0.0


def drawn(make, n):
    """A training and a validation set from one generator."""
    return lambda rng: (make(n, rng=rng), make(n, rng=rng))


def measured(load, n):
    """Real measurements of wines or irises, standardized: n to train with, the others to check."""

    def data(rng):
        x, y = load()
        rows = rng.permutation(len(x))
        x, y = x[rows], y[rows].astype(np.int64)
        scaler = Standardizer().fit(x[:n])
        return (scaler.transform(x[:n]), y[:n]), (scaler.transform(x[n:]), y[n:])

    return data


def clouds(n, *, rng):
    """Eight overlapping clouds in 64 dimensions; class 0 is as large as three others."""
    y = np.maximum(rng.integers(10, size=n) - 2, 0)
    return CENTERS[y] + rng.normal(size=(n, 64)), y


CENTERS = 0.5 * np.random.default_rng(5).normal(size=(8, 64))
five_arms = partial(spirals, classes=5, turns=0.4)
six_blobs = partial(blobs, classes=6, noise=0.45)

HEALTHY = {
    "spirals": Plan(drawn(spirals, 600), 3, (40, 40), ReLU, he, Adam, 0.01, 50, 30),
    "arms": Plan(drawn(five_arms, 800), 5, (80,), LeakyReLU, he, RMSprop, 0.005, 40, 30),
    "circles": Plan(drawn(circles, 400), 2, (24,), Tanh, xavier, Momentum, 0.05, 32, 30),
    "moons": Plan(drawn(moons, 500), 2, (30, 20, 10), ReLU, he, Nesterov, 0.03, 25, 30),
    "blobs": Plan(drawn(six_blobs, 600), 6, (32,), ReLU, he, SGD, 0.2, 30, 30),
    "wine": Plan(measured(wine_data, 120), 3, (16,), Tanh, xavier, Adam, 0.01, 20, 30),
    "irises": Plan(measured(iris_data, 100), 3, (8,), ReLU, he, Momentum, 0.01, 10, 30),
    "clouds": Plan(drawn(clouds, 1500), 8, (50, 30), LeakyReLU, he, Adam, 0.001, 50, 8),
}


def times(factor, init):
    return lambda rng, shape: factor * init(rng, shape)


def scaled(factor, offset=0.0):
    return lambda x, y: (factor * x + offset, y)


def by_class(x, y):
    order = np.argsort(y, kind="stable")
    return x[order], y[order]


def junk(x, y, seed=0):
    """Two noisy inputs beside the real ones; they mean nothing."""
    noise = np.random.default_rng(len(x) + seed).normal(size=(len(x), 2))
    return np.column_stack([x, noise]), y


def few_and_noisy(x, y):
    return tuple(part[:100] for part in junk(x, y, 1))


def deep(plan, layers, factor):
    return replace(plan, hidden=(32,) * layers, init=times(factor, plan.init))


FAULTS = {
    "good": [
        lambda plan: plan,
        lambda plan: replace(plan, hidden=tuple(2 * n for n in plan.hidden)),
        lambda plan: replace(plan, epochs=2 * plan.epochs, lr=plan.lr / 2),
    ],
    "learning rate too high": [
        lambda plan: replace(plan, lr=30 * plan.lr),
        lambda plan: replace(plan, lr=100 * plan.lr),
        lambda plan: replace(plan, lr=1000 * plan.lr),
    ],
    "learning rate too low": [
        lambda plan: replace(plan, lr=plan.lr / 100),
        lambda plan: replace(plan, lr=plan.lr / 1000),
    ],
    "bad input scale": [
        lambda plan: replace(plan, change=scaled(255), change_val=scaled(255)),
        lambda plan: replace(plan, change=scaled(1e-3), change_val=scaled(1e-3)),
        lambda plan: replace(plan, change=scaled(1, 100), change_val=scaled(1, 100)),
    ],
    "zero weights": [
        lambda plan: replace(plan, init=zeros),
        lambda plan: replace(plan, init=zeros, activation=Sigmoid),
    ],
    "initial weights too small": [
        lambda plan: deep(plan, 4, 0.05),
        lambda plan: replace(deep(plan, 3, 0.02), optimizer=SGD, lr=0.05),
    ],
    "initial weights too large": [
        lambda plan: replace(plan, init=times(8, plan.init)),
        lambda plan: deep(plan, 2, 8),
    ],
    "dead units": [
        lambda plan: replace(plan, activation=ReLU, init=he, bias=-6.0),
        lambda plan: replace(plan, activation=ReLU, init=he, bias=-10.0, optimizer=SGD, lr=0.05),
    ],
    "missing shuffle": [
        lambda plan: replace(plan, change=by_class, solver=Unshuffled),
        lambda plan: replace(plan, change=by_class, solver=Unshuffled, batch_size=20),
    ],
    "labels do not match": [
        lambda plan: replace(plan, change=lambda x, y: (x, np.roll(y, 1))),
        lambda plan: replace(plan, change_val=lambda x, y: (x, (y + 1) % plan.classes)),
    ],
    "overfitting": [
        lambda plan: replace(
            plan, change=few_and_noisy, change_val=junk, hidden=(100,), epochs=300, optimizer=Adam,
            lr=0.01,
        ),
    ],
    "exploding gradient": [
        lambda plan: deep(plan, 12, 3 if plan.activation is Tanh else 2),
        lambda plan: deep(plan, 8, 4),
    ],
}  # fmt: skip


def run(plan: Plan, seed: int) -> Monitor:
    """Train as planned, and return the monitor that watched."""
    rng = np.random.default_rng([seed, 13])
    train, val = plan.data(rng)
    train = plan.change(*train) if plan.change else train
    val = plan.change_val(*val) if plan.change_val else val
    net = FullyConnectedNet(
        plan.hidden, n_in=train[0].shape[1], n_out=plan.classes, rng=rng, init=plan.init,
        activation=plan.activation,
    )  # fmt: skip
    for layer in net.layers[:-1]:
        if "b" in layer.params:
            layer.params["b"][:] = plan.bias
    monitor = Monitor(net, softmax_cross_entropy, train)
    solver = plan.solver(
        net, softmax_cross_entropy, plan.optimizer(plan.lr), rng=rng, callbacks=monitor,
        batch_size=plan.batch_size, progress=False,
    )  # fmt: skip
    try:
        solver.fit(train, val, epochs=plan.epochs)
    except FloatingPointError:
        assert not np.isfinite(solver.history.step_losses[-1])
    return monitor


def did_harm(kind: str, monitor: Monitor) -> bool:
    """Whether a run came out badly. Some faults are forgiven: an easy task learns at any rate."""
    last = monitor.history.epochs[-1] if monitor.history.epochs else {}
    if not last or kind not in FORGIVEN:
        return True
    if kind == "overfitting":
        # And something was learned: at the level of guessing, wrong labels look the same.
        guess = np.bincount(monitor.labels).max() / len(monitor.labels)
        return last["train_accuracy"] - 0.1 > last["val_accuracy"] > guess + 0.1
    return not last["train_loss"] < 0.25 * monitor.chance


FORGIVEN = (
    "learning rate too high", "learning rate too low", "initial weights too small", "overfitting",
)  # fmt: skip


def first_words(kind: str, seeds: Any, data: Any = HEALTHY) -> list[tuple[str, str, str]]:
    """What the monitor names first, in runs with one fault: (where, kind named, report)."""
    found = []
    for name in data:
        for i, fault in enumerate(FAULTS[kind]):
            for seed in seeds:
                monitor = run(fault(HEALTHY[name]), seed)
                if did_harm(kind, monitor):
                    where = f"{name} {i} seed {seed}"
                    found.append((where, monitor.findings()[0].kind, monitor.report()))
    return found


if __name__ == "__main__":
    seeds = range(*(int(part) for part in (sys.argv[1] if sys.argv[1:] else "0:5").split(":")))
    data = sys.argv[2].split(",") if sys.argv[2:] else list(HEALTHY)
    for kind in FAULTS:
        words = first_words(kind, seeds, data)
        right = sum(word == kind for _, word, _ in words)
        others = Counter(word for _, word, _ in words if word != kind)
        print(f"{kind:>24}: {right:3} of {len(words):3}", dict(others) or "")
        for where, word, report in words if sys.argv[3:] else ():
            if word != kind:
                print(f"    {where}: {report.replace(chr(10), ' | ')}")
