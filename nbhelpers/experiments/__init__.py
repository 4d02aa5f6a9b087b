"""Comparing networks fairly: the same seeds for every arm, each tuned, differences with intervals.

An **arm** is one of the things compared: a function of a seed that trains something and returns
what was measured. Here a noisy formula stands for the network, so that the example is quick:

>>> import numpy as np
>>> from functools import partial
>>> def train(activation, lr, rng):
...     best, best_lr = {"sigmoid": (0.90, 1.0), "relu": (0.92, 0.1)}[activation]
...     noise = rng.normal(scale=0.01) + rng.normal(scale=0.005, size=2)[len(activation) % 2]
...     return {"val_accuracy": best - 0.1 * abs(np.log10(lr / best_lr)) + noise}
>>> arms = {name: partial(train, name) for name in ("sigmoid", "relu")}

Three lines tune the learning rate of each arm, repeat each at its best over fresh seeds, and
compare:

>>> best = tune(arms, {"lr": [0.01, 0.1, 1.0]}, range(3), highest="val_accuracy", n_jobs=1)
>>> runs = run_arms(arms, range(10, 20), settings=best.settings, n_jobs=1)
>>> table = compare_arms(runs, "val_accuracy", baseline="sigmoid")

Each arm has a learning rate of its own. The grid ended at sigmoid's best one and was widened, for
both. At one learning rate, 0.1, relu would have won by 0.12; it is better by 0.02:

>>> best
sigmoid: lr = 1 (val_accuracy 0.9031, 3 seeds, 4 values)
relu: lr = 0.1 (val_accuracy 0.9225, 3 seeds, 4 values)
>>> table.loc["relu", ["difference", "low", "high"]].round(3).tolist()
[0.017, 0.012, 0.023]

The rules of a fair comparison, and what here serves each:

1. Say what is compared, on what data, with how many examples and seeds: every table and every
   printed interval has its n; the rest is for your sentence to say.
2. Tune nuisance hyperparameters for each arm, at equal budget, on validation data: `tune`. All
   arms try the same values; a winner at the edge of the grid widens it, for all of them.
3. Change one thing: an arm is a function, so two arms that differ in one argument differ in one
   thing. For a ladder of additions, also run the arms that leave one out.
4. Same examples, same number of updates, and the controls: another arm in the same dict.
5. Repeat over at least 5 seeds, 10 for a small effect: `run_arms(arms, range(10))`. Use the seed
   for the data draw, the initial weights and the order of the examples together.
6. Pair: `compare_arms` and `paired_difference` (over seeds, or over seeds and examples), `mcnemar`
   (two classifiers on one test set), `holm` (many comparisons), `prediction_interval` (against
   one published number).
7. Keep the test set for the last table: `tune` rejects a column whose name contains "test".
8. Print what was measured: an `Estimate` prints the number, its interval and n.
9. Report what did not work: runs that raised or diverged stay in the table, with the reason, and
   are counted in the column `failed`.
10. Record it by a script that anyone can run: `run_arms(..., cache="folder")` keeps every finished
    run, so that an interrupted script goes on, and a changed function runs again.

pandas and scipy are loaded when a function needs them, not by importing this package.
"""

from __future__ import annotations

from .arms import Tuning, run_arms, tune
from .plots import plot_arms
from .statistics import (
    Estimate,
    McNemar,
    compare_arms,
    holm,
    mcnemar,
    mean_interval,
    paired_difference,
    prediction_interval,
)

__all__ = [
    "Estimate",
    "McNemar",
    "Tuning",
    "compare_arms",
    "holm",
    "mcnemar",
    "mean_interval",
    "paired_difference",
    "plot_arms",
    "prediction_interval",
    "run_arms",
    "tune",
]
