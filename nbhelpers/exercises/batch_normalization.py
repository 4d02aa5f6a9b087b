"""Exercises: batch normalization forward and backward, its averages, and folding."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from .engine.exercise import Exercise, Mistake

_RNG = np.random.default_rng(111)


def batch(n: int, units: int) -> Any:
    """A batch x (n, units) away from zero, and γ and β for each unit."""
    return _RNG.normal(size=(n, units)) * 2 + 3, *_RNG.normal(size=(2, units))


def divisor(variance: Any, eps: float, root: str = "inside") -> Any:
    """√(σ² + ε), by which a unit is divided, or what may be taken for it."""
    return {
        "inside": np.sqrt(variance + eps),
        "outside": np.sqrt(variance) + eps,
        "none": np.sqrt(variance),
        "variance": variance + eps,
    }[root]


def _backward(dy: Any, x_hat: Any, inv_std: Any, gamma: Any, **how: Any) -> Any:
    axis = how.get("axis", 0)
    reduce = np.mean if how.get("means") else np.sum
    dgamma, dbeta = reduce(dy * x_hat, axis=0), reduce(dy, axis=0)
    if how.get("swap"):
        dgamma, dbeta = dbeta, dgamma
    mean = np.sum if how.get("sums") else np.mean
    shift = mean(dy, axis=axis, keepdims=True) * how.get("shift", 1)
    stretch = x_hat * mean(dy * x_hat, axis=axis, keepdims=True) * how.get("stretch", 1)
    scale = (gamma if how.get("with_gamma", True) else 1) * (inv_std if how.get("std", True) else 1)
    scale = scale * how.get("sign", 1) if how.get("right_std", True) else gamma / inv_std
    dx = scale * (dy - shift - stretch)
    if how.get("plus"):
        dx = scale * (dy + shift + stretch)
    return dx, dgamma, dbeta


def _backward_case(n: int, units: int, eps: float) -> Any:
    x, gamma, _ = batch(n, units)
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    return _RNG.normal(size=(n, units)), (x - x.mean(axis=0)) * inv_std, inv_std, gamma


batchnorm_backward = Exercise(
    "batchnorm_backward",
    _backward,
    [_backward_case(5, 5, 1e-5), _backward_case(8, 3, 0.1), _backward_case(3, 2, 1e-5)],
    [
        Mistake("dx goes straight back only. The mean and the variance depend on x too: two terms "
                "are missing.", partial(_backward, shift=0, stretch=0)),
        Mistake("The way through the mean is missing from dx: what is the sum of your dx over the "
                "batch?", partial(_backward, shift=0)),
        Mistake("The way through the variance is missing from dx: the part of dy along x_hat is "
                "taken out too.", partial(_backward, stretch=0)),
        Mistake("In dx, sums stand where means should: what fed a mean gets 1 / N back.",
                partial(_backward, sums=True)),
        Mistake("γ is missing from dx: y = γ x_hat + β.", partial(_backward, with_gamma=False)),
        Mistake("inv_std is missing from dx: a unit that was shrunk passes less back.",
                partial(_backward, std=False)),
        Mistake("dx is divided by inv_std. That is 1 / std already.",
                partial(_backward, right_std=False)),
        Mistake("Wrong axis in the means of dx: the examples lie along axis 0.",
                partial(_backward, axis=1)),
        Mistake("The signs in dx: moving the mean and the variance takes something *back*.",
                partial(_backward, plus=True)),
        Mistake("dγ and dβ are means. Every example uses them: at a fork gradients are added up.",
                partial(_backward, means=True)),
        Mistake("dγ and dβ have changed places: which of the two is multiplied by x_hat in "
                "forward?", partial(_backward, swap=True)),
        Mistake("All three are there, but in another order: return dx, dgamma, dbeta.",
                lambda *case: (*_backward(*case)[1:], _backward(*case)[0])),
    ],
)  # fmt: skip


def _running(mean: Any, variance: Any, x: Any, momentum: float, **how: Any) -> Any:
    axis = how.get("axis", 0)
    old, new = (1 - momentum, momentum) if how.get("swapped") else (momentum, 1 - momentum)
    new = how.get("share", new)
    spread = {
        "biased": x.var(axis=axis),
        "unbiased": x.var(axis=axis, ddof=1),
        "std": x.std(axis=axis),
        "square": (x**2).mean(axis=axis),
        "running": ((x - mean) ** 2).mean(axis=axis),
        "updated": ((x - old * mean - new * x.mean(axis=0)) ** 2).mean(axis=axis),
    }[how.get("spread", "biased")]
    return old * mean + new * x.mean(axis=axis), old * variance + new * spread


def _state(n: int, units: int, momentum: float) -> Any:
    return _RNG.normal(size=units), _RNG.uniform(1, 3, units), batch(n, units)[0], momentum


update_running = Exercise(
    "update_running",
    _running,
    [_state(5, 5, 0.9), _state(4, 3, 0.99), _state(7, 2, 0.6)],
    [
        Mistake("The momentum is swapped: here it is the share of the *old* value that is kept.",
                partial(_running, swapped=True)),
        Mistake("The variance is the unbiased one, divided by N - 1. Divide by N, as in forward.",
                partial(_running, spread="unbiased")),
        Mistake("The standard deviation was averaged; what is kept is the variance.",
                partial(_running, spread="std")),
        Mistake("The mean of x² is not the variance: the batch's mean must be taken out first.",
                partial(_running, spread="square")),
        Mistake("The variance is measured around the running mean. It belongs to the batch: around "
                "the batch's own mean.", partial(_running, spread="running")),
        Mistake("The variance is measured around the running mean. It belongs to the batch: around "
                "the batch's own mean.", partial(_running, spread="updated")),
        Mistake("Wrong axis: each unit has an average over the examples.",
                partial(_running, axis=1)),
        Mistake("The batch was added in full. The two shares must sum to 1, or the average grows "
                "and grows.", partial(_running, share=1.0)),
        Mistake("These are the batch's own statistics. Nothing of the old averages is left.",
                lambda mean, variance, x, momentum: (x.mean(axis=0), x.var(axis=0))),
        Mistake("The mean is right. The variance has not been updated.",
                lambda mean, variance, x, m: (_running(mean, variance, x, m)[0], variance)),
    ],
)  # fmt: skip


def _fold(
    w: Any, gamma: Any, beta: Any, mean: Any, variance: Any, eps: float, **how: Any
) -> tuple[Any, Any]:
    scale = (1 if how.get("bare") else gamma) / divisor(variance, eps, how.get("root", "inside"))
    shift = mean if how.get("mean_as_is") else mean * scale
    return (w.T * scale).T if how.get("rows") else w * scale, beta - shift * how.get("sign", 1)


def _fold_case(n_in: int, units: int, eps: float) -> Any:
    gamma, beta, mean = _RNG.normal(size=(3, units))
    return _RNG.normal(size=(n_in, units)), gamma, beta, mean, _RNG.uniform(0.2, 3, units), eps


fold = Exercise(
    "fold",
    _fold,
    [_fold_case(3, 3, 0.1), _fold_case(4, 4, 0.5), _fold_case(2, 2, 1e-3)],
    [
        Mistake("The weights are right. The mean is scaled by the same factor before β is added.",
                partial(_fold, mean_as_is=True)),
        Mistake("The weights are right. The mean is *subtracted* before the scaling.",
                partial(_fold, sign=-1)),
        Mistake("The weights are right. The mean is missing from the bias.",
                partial(_fold, sign=0)),
        Mistake("A unit is a column of W. You scaled its rows, which are the inputs.",
                partial(_fold, rows=True)),
        Mistake("γ is missing: it scales the weights, and the mean too.",
                partial(_fold, bare=True)),
        Mistake("ε is outside of the root; in forward it stood inside.",
                partial(_fold, root="outside")),
        Mistake("ε is missing. In training it was there, so it must be here.",
                partial(_fold, root="none")),
        Mistake("Divided by the variance: its root is missing.", partial(_fold, root="variance")),
        Mistake("Both are right, but in another order: weights first, then bias.",
                lambda *case: _fold(*case)[::-1]),
    ],
)  # fmt: skip


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
        if how.get("fix", True):
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
                "so that it becomes 0 in the training set?", partial(_standardize, fix=False)),
        Mistake(_OWN + " And one feature is constant: its spread is zero.",
                partial(_standardize, own=True, fix=False)),
        Mistake("Statistics from both sets together let the test set leak into the preparation.",
                partial(_standardize, source="both")),
        Mistake("Statistics from both sets together let the test set leak into the preparation.",
                partial(_standardize, source="both", fix=False)),
        Mistake("The statistics come from the test set. Which set is there to learn from?",
                partial(_standardize, source="test")),
        Mistake("The statistics come from the test set. Which set is there to learn from?",
                partial(_standardize, source="test", fix=False)),
        Mistake("Wrong axis: this makes every example have mean 0. Each *feature* is to have it: "
                "along which axis do the examples lie?", partial(_standardize, axis=1)),
        Mistake("Wrong axis: this makes every example have mean 0. Each *feature* is to have it: "
                "along which axis do the examples lie?", partial(_standardize, axis=1, fix=False)),
        Mistake("The mean and spread of *all* numbers together: each feature has its own.",
                partial(_standardize, axis=None)),
        Mistake("Divided by the variance. The spread is its root.",
                partial(_standardize, variance=True)),
        Mistake("Divided by the variance. The spread is its root. (And it may be zero.)",
                partial(_standardize, variance=True, fix=False)),
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
