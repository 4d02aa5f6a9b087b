"""Exercises of lesson 10, second half: batch normalization backward, its averages, and folding."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from .exercise import Exercise, Mistake

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
