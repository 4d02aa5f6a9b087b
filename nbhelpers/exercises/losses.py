"""Exercises of the lesson on losses: first loss, a loss to debug, counts, the temperature."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..losses import softmax, softmax_cross_entropy
from .engine.exercise import Exercise, Mistake

__all__ = ["cross_entropy", "first_losses", "fit_temperature", "poisson_loss"]

_RNG = np.random.default_rng(303)

first_losses = Exercise(
    "first_losses",
    lambda K: (np.log(K), K * np.log(2)),
    [(10,), (2,), (1000,)],
    [
        Mistake("The softmax is correct. Each sigmoid gives one half to either label, so its loss "
                "is log 2; the example has K of them, added up.",
                lambda K: (np.log(K), np.log(2))),
        Mistake("The softmax is correct. A sigmoid knows nothing of the other classes: which "
                "probability belongs to a score of zero?",
                lambda K: (np.log(K), K * np.log(K))),
        Mistake("The softmax is correct. A sigmoid knows nothing of the other classes: which "
                "probability belongs to a score of zero?",
                lambda K: (np.log(K), np.log(K))),
        Mistake("These are the probabilities. The loss is the negative logarithm of the one that "
                "the label got.", lambda K: (1 / K, 0.5)),
        Mistake("These are the probabilities. The loss is the negative logarithm of the one that "
                "the label got.", lambda K: (1 / K, K * 0.5)),
        Mistake("Both are in bits. Losses use the natural logarithm.",
                lambda K: (np.log2(K), K)),
        Mistake("A score of zero is not a loss of zero: the network spreads its probability "
                "evenly, and the label gets only its share.", lambda K: (0.0, 0.0)),
        Mistake("The sign is turned: the logarithm of a probability is negative, the loss is not.",
                lambda K: (-np.log(K), -K * np.log(2))),
        Mistake("The two are swapped: the softmax comes first.",
                lambda K: (K * np.log(2), np.log(K))),
        Mistake("The sigmoids are correct. The softmax gives 1/K to each class: what is the "
                "negative logarithm of that?", lambda K: (np.log(2), K * np.log(2))),
    ],
    returns="a pair: the loss of the softmax, and that of the sigmoids",
    kind="predict",
    stars=1,
)  # fmt: skip


def _shifted(s: Any, axis: int | None = 1) -> Any:
    return s - s.max(axis=axis, keepdims=True)


def _clipped(s: Any, y: Any, eps: float) -> Any:
    return -np.mean(np.log(softmax(s)[np.arange(len(y)), y] + eps))


def _from_probabilities(s: Any, y: Any) -> Any:
    return -np.mean(np.log(softmax(s)[np.arange(len(y)), y]))


def _as_given(scores: Any, y: Any) -> Any:
    """The stub of the lesson, with its three bugs."""
    e = np.exp(scores - scores.max())
    p = e / e.sum(axis=0)
    return -np.mean(np.log(p[:, y] + 1e-12))


cross_entropy = Exercise(
    "cross_entropy",
    lambda s, y: softmax_cross_entropy(s, y)[0],
    [
        (_RNG.normal(0, 2, (5, 3)), _RNG.integers(0, 3, 5)),
        (_RNG.normal(0, 2, (4, 6)), _RNG.integers(0, 6, 4)),
        (np.array([[1e4, -1e4, 0.0], [-1e4, -1e4 + 2, -1e4]]), np.array([1, 2])),
    ],
    [
        Mistake("All three bugs are still there. Start with the second line: the probabilities of "
                "one example are a row, and each row has to sum to one.",
                lambda s, y: _as_given(s, y)),
        Mistake("The sums are correct now. `p[:, y]` still takes whole columns, one for each "
                "label; one entry per row is meant.",
                lambda s, y: -np.mean(np.log((softmax(s) + 1e-12)[:, y]))),
        Mistake("The entries are picked well now. But each column is divided by its own sum, so "
                "the probabilities of an example don't sum to one.",
                lambda s, y: -np.mean(np.log(
                    (np.exp(s - s.max()) / np.exp(s - s.max()).sum(axis=0))[np.arange(len(y)), y]
                    + 1e-12))),
        Mistake("It is correct for ordinary scores. The third bug: a small number inside the "
                "logarithm keeps a loss of 20,000 below 28, and makes its gradient zero. Compute "
                "the loss from the scores instead.", lambda s, y: _clipped(s, y, 1e-12)),
        Mistake("It is correct for ordinary scores. For large ones p is rounded to 0, and its "
                "logarithm is minus infinity. Can you write log p without computing p?",
                _from_probabilities),
        Mistake("It is correct for ordinary scores. But one maximum is subtracted from the whole "
                "batch, so all exponentials of a row far below it are 0. Each row needs its own.",
                lambda s, y: np.mean(np.log(np.exp(s - s.max()).sum(axis=1))
                                     - (s - s.max())[np.arange(len(y)), y])),
        Mistake("It is correct for ordinary scores. For large ones exp overflows: subtract each "
                "row's largest score first.",
                lambda s, y: np.mean(np.log(np.exp(s).sum(axis=1)) - s[np.arange(len(y)), y])),
        Mistake("This is the sum over the batch. The loss is the mean.",
                lambda s, y: len(y) * softmax_cross_entropy(s, y)[0]),
        Mistake("This is one loss per example. Take their mean.",
                lambda s, y: np.log(np.exp(_shifted(s)).sum(axis=1))
                - _shifted(s)[np.arange(len(y)), y]),
        Mistake("The sign is turned: this is the mean log-likelihood.",
                lambda s, y: -softmax_cross_entropy(s, y)[0]),
    ],
    returns="one number",
    broken=_as_given,
    stars=2,
)  # fmt: skip


def _poisson(s: Any, y: Any) -> tuple[Any, Any]:
    return np.mean(np.exp(s) - y * s), (np.exp(s) - y) / len(y)


poisson_loss = Exercise(
    "poisson_loss",
    _poisson,
    [(_RNG.normal(1, 0.7, n), _RNG.poisson(3, n)) for n in (6, 3, 20)],
    [
        Mistake("Both signs are turned: this is the log-likelihood, which is to be *maximized*.",
                lambda s, y: (-_poisson(s, y)[0], -_poisson(s, y)[1])),
        Mistake("Both are correct for the sum over the batch. The loss is the mean.",
                lambda s, y: (len(y) * _poisson(s, y)[0], len(y) * _poisson(s, y)[1])),
        Mistake("The loss is correct. But it is a mean, and the gradient is that of a sum.",
                lambda s, y: (_poisson(s, y)[0], np.exp(s) - y)),
        Mistake("The loss is correct, the gradient's sign is turned: it is the prediction minus "
                "the label.", lambda s, y: (_poisson(s, y)[0], (y - np.exp(s)) / len(y))),
        Mistake("The loss is correct. For the gradient: what is the derivative of exp(s)?",
                lambda s, y: (_poisson(s, y)[0], (s - y) / len(y))),
        Mistake("The gradient is with respect to the mean r, not to the score: with r = exp(s), "
                "the chain rule has one more factor.",
                lambda s, y: (_poisson(s, y)[0], (1 - y / np.exp(s)) / len(y))),
        Mistake("The score is used as the mean r itself. It is its logarithm.",
                lambda s, y: (np.mean(s - y * np.log(s)), (1 - y / s) / len(y))),
        Mistake("This is squared error of the mean. Start from -log P(y) instead.",
                lambda s, y: (np.mean((np.exp(s) - y) ** 2),
                              2 * (np.exp(s) - y) * np.exp(s) / len(y))),
        Mistake("The gradient is correct. In the loss, the term with y is missing or has lost its "
                "factor s: what is the logarithm of r to the power y?",
                lambda s, y: (np.mean(np.exp(s) - y), _poisson(s, y)[1])),
        Mistake("The gradient is correct. The loss is one number for the batch: take the mean.",
                lambda s, y: (np.exp(s) - y * s, _poisson(s, y)[1])),
    ],
    returns="a pair: the loss, and its gradient with respect to the scores",
    kind="derive",
    stars=2,
)  # fmt: skip


def _best(s: Any, y: Any, low: float = 0.05, high: float = 20.0) -> float:
    """The temperature of the lowest loss between two bounds: bisection on 1 / T, convex there."""
    shifted = _shifted(s)
    true = shifted[np.arange(len(y)), y]
    low, high = 1 / high, 1 / low
    for _ in range(60):
        middle = np.sqrt(low * high)
        p = softmax(middle * s)
        too_low = np.mean((p * shifted).sum(axis=1) - true) < 0
        low, high = (middle, high) if too_low else (low, middle)
    return float(1 / middle)


def _drawn(n: int, k: int, true_T: float) -> tuple[Any, Any]:
    """Scores whose labels are drawn at a temperature, which is then about the best one."""
    s = _RNG.normal(0, 3, (n, k))
    p = softmax(s / true_T)
    return s, np.array([_RNG.choice(k, p=row) for row in p])


def _confidence(s: Any, T: float) -> float:
    return float(softmax(s / T).max(axis=1).mean())


def _mean_confidence(s: Any, y: Any) -> float:
    """The temperature at which the mean confidence is the accuracy."""
    accuracy = np.mean(s.argmax(axis=1) == y)
    Ts = np.geomspace(0.05, 20, 2000)
    return float(Ts[np.argmin([abs(_confidence(s, T) - accuracy) for T in Ts])])


fit_temperature = Exercise(
    "fit_temperature",
    _best,
    [_drawn(300, 4, 3.0), _drawn(200, 3, 0.6), _drawn(900, 5, 15.0), _drawn(400, 3, 0.2)],
    [
        Mistake("This is 1 / T. The scores are to be *divided* by the result.",
                lambda s, y: 1 / _best(s, y)),
        Mistake("It is correct for overconfident scores. The best temperature of an underconfident "
                "classifier lies below 1: search there too.",
                lambda s, y: _best(s, y, low=1.0)),
        Mistake("It is correct for temperatures up to 10. The best one may be as large as 20: when "
                "the best value is at the edge of what you have tried, go on beyond it.",
                lambda s, y: _best(s, y, high=10.0)),
        Mistake("It is correct for temperatures up to 5. The best one may be as large as 20: when "
                "the best value is at the edge of what you have tried, go on beyond it.",
                lambda s, y: _best(s, y, high=5.0)),
        Mistake("This is always 1, as if the scores were calibrated already. Dividing by T never "
                "changes the accuracy: minimize the cross-entropy.", lambda s, y: 1.0),
        Mistake("It is the *worst* temperature allowed: the cross-entropy is to be minimized.",
                lambda s, y: max((0.05, 20.0),
                                 key=lambda T: softmax_cross_entropy(s / T, y)[0])),
        Mistake("This maximizes the confidence in the predicted class. The labels must decide: "
                "the loss is that of the true class.", lambda s, y: 0.05),
        Mistake("This makes the mean confidence equal to the accuracy, a reasonable idea. Asked "
                "for is the temperature with the lowest cross-entropy.", _mean_confidence),
        Mistake("This is the lowest loss. Which temperature belongs to it?",
                lambda s, y: softmax_cross_entropy(s / _best(s, y), y)[0]),
        Mistake("This is the standard deviation of the scores. How much they scatter does not say "
                "how often they are correct: the labels must decide.",
                lambda s, y: float(np.std(s))),
    ],
    view=float,  # any number within two percent is correct
    returns="one number",
    rtol=0.02,
    kind="build",
    stars=3,
)  # fmt: skip
