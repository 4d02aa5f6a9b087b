"""Exercises of lesson 10, first half: standardize, and batch normalization forward."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from .exercise import Exercise, Mistake
from .normalization import batch, batchnorm_backward, divisor, fold, update_running

__all__ = ["batchnorm_backward", "batchnorm_forward", "fold", "standardize", "update_running"]

_RNG = np.random.default_rng(110)


def _two_sets(n: int, m: int, features: int, constant: bool = False) -> Any:
    spread, middle = _RNG.uniform(0.5, 5, features), _RNG.uniform(-9, 9, features)
    train, test = (_RNG.normal(size=(k, features)) * spread + middle for k in (n, m))
    if constant:
        train[:, 0] = 3.0
    return train, test


def _standardize(x_train: Any, x_test: Any, **how: Any) -> Any:
    """Right without `how`; with it, one thing is done in another way."""
    learned_from = {"test": x_test, "both": np.vstack([x_train, x_test])}
    source = learned_from.get(how.get("source", ""), x_train)

    def scale(x: Any, source: Any) -> Any:
        axis, ddof = how.get("axis", 0), how.get("ddof", 0)
        mean = source.mean(axis=axis, keepdims=True)
        std = source.std(axis=axis, ddof=ddof, keepdims=True)
        if how.get("variance"):
            std = std**2
        if how.get("mend", True):
            std = np.where(std == 0, 1, std)
        if how.get("divide_first"):
            return x / std - mean
        return (x - mean * how.get("center", 1)) / (std if how.get("divide", True) else 1)

    own = x_test if how.get("own") else source
    if how.get("axis", 0) == 1:  # each example by its own row: no set teaches another
        return scale(x_train, x_train), scale(x_test, x_test)
    return scale(x_train, source), x_test if how.get("skip_test") else scale(x_test, own)


_OWN = ("The test set was standardized by its own statistics. What was learned from the training "
        "set must be used for both: in use, examples come one at a time.")  # fmt: skip

standardize = Exercise(
    "standardize",
    _standardize,
    [_two_sets(7, 4, 3), _two_sets(5, 5, 2), _two_sets(6, 3, 3, constant=True)],
    [
        Mistake(_OWN, partial(_standardize, own=True)),
        Mistake("A constant feature was divided by its spread of zero. By what may it be divided, "
                "so that it becomes 0 in the training set?", partial(_standardize, mend=False)),
        Mistake(_OWN + " And one feature is constant: its spread is zero.",
                partial(_standardize, own=True, mend=False)),
        Mistake("Statistics from both sets together let the test set leak into the preparation.",
                partial(_standardize, source="both")),
        Mistake("Statistics from both sets together let the test set leak into the preparation.",
                partial(_standardize, source="both", mend=False)),
        Mistake("The statistics come from the test set. Which set is there to learn from?",
                partial(_standardize, source="test")),
        Mistake("The statistics come from the test set. Which set is there to learn from?",
                partial(_standardize, source="test", mend=False)),
        Mistake("Wrong axis: this makes every example have mean 0. Each *feature* is to have it: "
                "along which axis do the examples lie?", partial(_standardize, axis=1)),
        Mistake("Wrong axis: this makes every example have mean 0. Each *feature* is to have it: "
                "along which axis do the examples lie?", partial(_standardize, axis=1, mend=False)),
        Mistake("The mean and spread of *all* numbers together: each feature has its own.",
                partial(_standardize, axis=None)),
        Mistake("Divided by the variance. The spread is its root.",
                partial(_standardize, variance=True)),
        Mistake("Divided by the variance. The spread is its root. (And it may be zero.)",
                partial(_standardize, variance=True, mend=False)),
        Mistake("Centered, but not scaled.", partial(_standardize, divide=False)),
        Mistake("Scaled, but not centered: where is the mean subtracted?",
                partial(_standardize, center=0)),
        Mistake("Scaled before it was centered: the mean belongs to the numbers as they are.",
                partial(_standardize, divide_first=True)),
        Mistake("The spread is divided by N - 1 here. The batch, or set, is all there is: divide "
                "by N, as x.std(axis=0) does.", partial(_standardize, ddof=1)),
        Mistake("The test set came back as it was. The network expects the same scales from it.",
                partial(_standardize, skip_test=True)),
    ],
    returns="two arrays: the training set and the test set, standardized",
)  # fmt: skip


def _forward(x: Any, gamma: Any, beta: Any, eps: float, **how: Any) -> Any:
    axis, keep = how.get("axis", 0), how.get("axis", 0) != 0
    mean = x.mean(axis=axis, keepdims=keep)
    if how.get("around_zero"):
        variance = (x**2).mean(axis=axis, keepdims=keep)
    else:
        variance = x.var(axis=axis, ddof=how.get("ddof", 0), keepdims=keep)
    root = divisor(variance, eps, how.get("root", "inside"))
    x_hat = (x - mean * how.get("center", 1)) / root
    if how.get("swapped"):
        return beta * x_hat + gamma
    if how.get("shift_first"):
        return gamma * (x_hat + beta)
    return x_hat if how.get("bare") else gamma * x_hat + beta


batchnorm_forward = Exercise(
    "batchnorm_forward",
    _forward,
    [(*batch(5, 5), 0.1), (*batch(8, 3), 1e-5), (*batch(4, 2), 0.5)],
    [
        Mistake("Wrong axis: each unit is normalized over the examples, down its column.",
                partial(_forward, axis=1)),
        Mistake("One mean and one variance for the whole batch: each unit has its own.",
                partial(_forward, axis=None)),
        Mistake("Without the mean taken out first, the mean of x² is not the variance: it is the "
                "mean square distance from zero.", partial(_forward, around_zero=True)),
        Mistake("The mean is not subtracted: only the scale was normalized.",
                partial(_forward, center=0)),
        Mistake("The mean is not subtracted, neither from x nor inside the variance.",
                partial(_forward, center=0, around_zero=True)),
        Mistake("ε is added outside of the root. It belongs to the variance, inside.",
                partial(_forward, root="outside")),
        Mistake("ε is missing: a unit that is constant over the batch would divide by zero.",
                partial(_forward, root="none")),
        Mistake("Divided by the variance: its root is missing.",
                partial(_forward, root="variance")),
        Mistake("This is the unbiased variance, divided by N - 1. Batch normalization divides by "
                "N.", partial(_forward, ddof=1)),
        Mistake("This is x_hat. What each unit may choose for itself is missing.",
                partial(_forward, bare=True)),
        Mistake("γ and β have changed places: which one multiplies?",
                partial(_forward, swapped=True)),
        Mistake("β was added before γ multiplied, so that it is scaled too.",
                partial(_forward, shift_first=True)),
    ],
)  # fmt: skip
