"""Exercises of lesson 10: standardize, batch normalization both ways, running averages, folding."""

from __future__ import annotations

from typing import Any

import numpy as np

from .exercise import Exercise, Mistake

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


def _standardizes(**how: Any) -> Any:
    return lambda x_train, x_test: _standardize(x_train, x_test, **how)


_OWN = ("The test set was standardized by its own statistics. What was learned from the training "
        "set must be used for both: in use, examples come one at a time.")  # fmt: skip

standardize = Exercise(
    "standardize",
    _standardize,
    [_two_sets(7, 4, 3), _two_sets(5, 5, 2), _two_sets(6, 3, 3, constant=True)],
    [
        Mistake(_OWN, _standardizes(own=True)),
        Mistake("A constant feature was divided by its spread of zero. By what may it be divided, "
                "so that it becomes 0 in the training set?", _standardizes(mend=False)),
        Mistake(_OWN + " And one feature is constant: its spread is zero.",
                _standardizes(own=True, mend=False)),
        Mistake("Statistics from both sets together let the test set leak into the preparation.",
                _standardizes(source="both")),
        Mistake("Statistics from both sets together let the test set leak into the preparation.",
                _standardizes(source="both", mend=False)),
        Mistake("The statistics come from the test set. Which set is there to learn from?",
                _standardizes(source="test")),
        Mistake("The statistics come from the test set. Which set is there to learn from?",
                _standardizes(source="test", mend=False)),
        Mistake("Wrong axis: this makes every example have mean 0. Each *feature* is to have it: "
                "along which axis do the examples lie?", _standardizes(axis=1)),
        Mistake("Wrong axis: this makes every example have mean 0. Each *feature* is to have it: "
                "along which axis do the examples lie?", _standardizes(axis=1, mend=False)),
        Mistake("The mean and spread of *all* numbers together: each feature has its own.",
                _standardizes(axis=None)),
        Mistake("Divided by the variance. The spread is its root.", _standardizes(variance=True)),
        Mistake("Divided by the variance. The spread is its root. (And it may be zero.)",
                _standardizes(variance=True, mend=False)),
        Mistake("Centered, but not scaled.", _standardizes(divide=False)),
        Mistake("Scaled, but not centered: where is the mean subtracted?",
                _standardizes(center=0)),
        Mistake("Scaled before it was centered: the mean belongs to the numbers as they are.",
                _standardizes(divide_first=True)),
        Mistake("The spread is divided by N - 1 here. The batch, or set, is all there is: divide "
                "by N, as x.std(axis=0) does.", _standardizes(ddof=1)),
        Mistake("The test set came back as it was. The network expects the same scales from it.",
                _standardizes(skip_test=True)),
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
    root = {
        "inside": np.sqrt(variance + eps),
        "outside": np.sqrt(variance) + eps,
        "none": np.sqrt(variance),
        "variance": variance + eps,
    }[how.get("root", "inside")]
    x_hat = (x - mean * how.get("center", 1)) / root
    if how.get("swapped"):
        return beta * x_hat + gamma
    if how.get("shift_first"):
        return gamma * (x_hat + beta)
    return x_hat if how.get("bare") else gamma * x_hat + beta


def _forwards(**how: Any) -> Any:
    return lambda x, gamma, beta, eps: _forward(x, gamma, beta, eps, **how)


def _batch(n: int, units: int) -> Any:
    return _RNG.normal(size=(n, units)) * 2 + 3, *_RNG.normal(size=(2, units))


batchnorm_forward = Exercise(
    "batchnorm_forward",
    _forward,
    [(*_batch(5, 5), 0.1), (*_batch(8, 3), 1e-5), (*_batch(4, 2), 0.5)],
    [
        Mistake("Wrong axis: each unit is normalized over the examples, down its column.",
                _forwards(axis=1)),
        Mistake("One mean and one variance for the whole batch: each unit has its own.",
                _forwards(axis=None)),
        Mistake("Without the mean taken out first, the mean of x² is not the variance: it is the "
                "mean square distance from zero.", _forwards(around_zero=True)),
        Mistake("The mean is not subtracted: only the scale was normalized.",
                _forwards(center=0)),
        Mistake("The mean is not subtracted, neither from x nor inside the variance.",
                _forwards(center=0, around_zero=True)),
        Mistake("ε is added outside of the root. It belongs to the variance, inside.",
                _forwards(root="outside")),
        Mistake("ε is missing: a unit that is constant over the batch would divide by zero.",
                _forwards(root="none")),
        Mistake("Divided by the variance: its root is missing.", _forwards(root="variance")),
        Mistake("This is the unbiased variance, divided by N - 1. Batch normalization divides by "
                "N.", _forwards(ddof=1)),
        Mistake("This is x_hat. What each unit may choose for itself is missing.",
                _forwards(bare=True)),
        Mistake("γ and β have changed places: which one multiplies?", _forwards(swapped=True)),
        Mistake("β was added before γ multiplied, so that it is scaled too.",
                _forwards(shift_first=True)),
    ],
)  # fmt: skip


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


def _backwards(**how: Any) -> Any:
    return lambda dy, x_hat, inv_std, gamma: _backward(dy, x_hat, inv_std, gamma, **how)


def _backward_case(n: int, units: int, eps: float) -> Any:
    x, gamma, _ = _batch(n, units)
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    return _RNG.normal(size=(n, units)), (x - x.mean(axis=0)) * inv_std, inv_std, gamma


batchnorm_backward = Exercise(
    "batchnorm_backward",
    _backward,
    [_backward_case(5, 5, 1e-5), _backward_case(8, 3, 0.1), _backward_case(3, 2, 1e-5)],
    [
        Mistake("dx goes straight back only. The mean and the variance depend on x too: two terms "
                "are missing.", _backwards(shift=0, stretch=0)),
        Mistake("The way through the mean is missing from dx: what is the sum of your dx over the "
                "batch?", _backwards(shift=0)),
        Mistake("The way through the variance is missing from dx: the part of dy along x_hat is "
                "taken out too.", _backwards(stretch=0)),
        Mistake("In dx, sums stand where means should: what fed a mean gets 1 / N back.",
                _backwards(sums=True)),
        Mistake("γ is missing from dx: y = γ x_hat + β.", _backwards(with_gamma=False)),
        Mistake("inv_std is missing from dx: a unit that was shrunk passes less back.",
                _backwards(std=False)),
        Mistake("dx is divided by inv_std. That is 1 / std already.", _backwards(right_std=False)),
        Mistake("Wrong axis in the means of dx: the examples lie along axis 0.",
                _backwards(axis=1)),
        Mistake("The signs in dx: moving the mean and the variance takes something *back*.",
                _backwards(plus=True)),
        Mistake("dγ and dβ are means. Every example uses them: at a fork gradients are added up.",
                _backwards(means=True)),
        Mistake("dγ and dβ have changed places: which of the two is multiplied by x_hat in "
                "forward?", _backwards(swap=True)),
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


def _runs(**how: Any) -> Any:
    return lambda mean, variance, x, momentum: _running(mean, variance, x, momentum, **how)


def _state(n: int, units: int, momentum: float) -> Any:
    return _RNG.normal(size=units), _RNG.uniform(1, 3, units), _batch(n, units)[0], momentum


update_running = Exercise(
    "update_running",
    _running,
    [_state(5, 5, 0.9), _state(4, 3, 0.99), _state(7, 2, 0.6)],
    [
        Mistake("The momentum is swapped: here it is the share of the *old* value that is kept.",
                _runs(swapped=True)),
        Mistake("The variance is the unbiased one, divided by N - 1. Divide by N, as in forward.",
                _runs(spread="unbiased")),
        Mistake("The standard deviation was averaged; what is kept is the variance.",
                _runs(spread="std")),
        Mistake("The mean of x² is not the variance: the batch's mean must be taken out first.",
                _runs(spread="square")),
        Mistake("The variance is measured around the running mean. It belongs to the batch: around "
                "the batch's own mean.", _runs(spread="running")),
        Mistake("The variance is measured around the running mean. It belongs to the batch: around "
                "the batch's own mean.", _runs(spread="updated")),
        Mistake("Wrong axis: each unit has an average over the examples.", _runs(axis=1)),
        Mistake("The batch was added in full. The two shares must sum to 1, or the average grows "
                "and grows.", _runs(share=1.0)),
        Mistake("These are the batch's own statistics. Nothing of the old averages is left.",
                lambda mean, variance, x, momentum: (x.mean(axis=0), x.var(axis=0))),
        Mistake("The mean is right. The variance has not been updated.",
                lambda mean, variance, x, m: (_running(mean, variance, x, m)[0], variance)),
    ],
)  # fmt: skip


def _fold(
    w: Any, gamma: Any, beta: Any, mean: Any, variance: Any, eps: float, **how: Any
) -> tuple[Any, Any]:
    root = {
        "inside": np.sqrt(variance + eps),
        "outside": np.sqrt(variance) + eps,
        "none": np.sqrt(variance),
        "variance": variance + eps,
    }[how.get("root", "inside")]
    scale = (1 if how.get("bare") else gamma) / root
    shift = mean if how.get("mean_as_is") else mean * scale
    return (w.T * scale).T if how.get("rows") else w * scale, beta - shift * how.get("sign", 1)


def _folds(**how: Any) -> Any:
    return lambda *case: _fold(*case, **how)


def _fold_case(n_in: int, units: int, eps: float) -> Any:
    gamma, beta, mean = _RNG.normal(size=(3, units))
    return _RNG.normal(size=(n_in, units)), gamma, beta, mean, _RNG.uniform(0.2, 3, units), eps


fold = Exercise(
    "fold",
    _fold,
    [_fold_case(3, 3, 0.1), _fold_case(4, 4, 0.5), _fold_case(2, 2, 1e-3)],
    [
        Mistake("The weights are right. The mean is scaled by the same factor before β is added.",
                _folds(mean_as_is=True)),
        Mistake("The weights are right. The mean is *subtracted* before the scaling.",
                _folds(sign=-1)),
        Mistake("The weights are right. The mean is missing from the bias.", _folds(sign=0)),
        Mistake("A unit is a column of W. You scaled its rows, which are the inputs.",
                _folds(rows=True)),
        Mistake("γ is missing: it scales the weights, and the mean too.", _folds(bare=True)),
        Mistake("ε is outside of the root; in forward it stood inside.", _folds(root="outside")),
        Mistake("ε is missing. In training it was there, so it must be here.",
                _folds(root="none")),
        Mistake("Divided by the variance: its root is missing.", _folds(root="variance")),
        Mistake("Both are right, but in another order: weights first, then bias.",
                lambda *case: _fold(*case)[::-1]),
    ],
)  # fmt: skip
