"""Exercises of lesson 3, second half: KL divergence with zeros, a loss from a likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..losses import kl_divergence
from .exercise import Exercise, Mistake

_RNG = np.random.default_rng(203)


def _kl(p: Any, q: Any) -> float:
    return float(kl_divergence(p, q))


def _masked(p: Any, q: Any, where: Any) -> float:
    return float(np.sum(p[where] * np.log2(p[where] / q[where])))


kl_bits = Exercise(
    "kl_bits",
    _kl,
    [
        (np.array([0.25, 0.25, 0.5]), np.array([0.5, 0.25, 0.25])),
        (np.array([0.5, 0.0, 0.5]), np.array([0.2, 0.5, 0.3])),
        (np.array([0.5, 0.5, 0.0]), np.array([1.0, 0.0, 0.0])),
        (np.array([0.0, 1.0, 0.0, 0.0]), np.array([0.0, 0.25, 0.25, 0.5])),
    ],
    [
        Mistake("It is right as long as all probabilities are positive. A letter that never comes "
                "gives 0 · log 0, which a computer calls NaN: leave such letters out of the sum.",
                lambda p, q: np.sum(p * np.log2(p / q))),
        Mistake("It leaves out letters whose q is zero too. If such a letter *does* come, there "
                "is no word for it, and the cost is infinite.",
                lambda p, q: _masked(p, q, (p > 0) & (q > 0))),
        Mistake("A small number is added to keep the logarithm finite. But a letter that comes "
                "and has q = 0 costs infinitely much, not merely a lot.",
                lambda p, q: np.sum(p * np.log2((p + 1e-12) / (q + 1e-12)))),
        Mistake("A small number is added to keep the logarithm finite. But a letter that comes "
                "and has q = 0 costs infinitely much, not merely a lot.",
                lambda p, q: np.sum(p * np.log2((p + 1e-10) / (q + 1e-10)))),
        Mistake("These are nats, from the natural logarithm. Bits count in powers of 2.",
                lambda p, q: _kl(p, q) * np.log(2)),
        Mistake("p and q are swapped: the letters come with probability p; q is the belief.",
                lambda p, q: _kl(q, p)),
        Mistake("This is the cross-entropy: all the bits that are sent. KL counts only those "
                "that the right code would have saved.",
                lambda p, q: -np.sum(p[p > 0] * np.log2(q[p > 0]))),
        Mistake("The sign is turned: a wrong belief costs bits, it never saves any.",
                lambda p, q: -_kl(p, q)),
        Mistake("This is the entropy of p. Where does q come in?",
                lambda p, q: -np.sum(p[p > 0] * np.log2(p[p > 0]))),
        Mistake("The log ratios are added up without weights. How often does each letter come?",
                lambda p, q: np.sum(np.log2(p[p > 0] / q[p > 0]))),
    ],
    returns="one number",
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
        Mistake("Both are right for the sum over the batch. The loss is the mean.",
                lambda s, y: (len(y) * _poisson(s, y)[0], len(y) * _poisson(s, y)[1])),
        Mistake("The loss is right. But it is a mean, and the gradient is that of a sum.",
                lambda s, y: (_poisson(s, y)[0], np.exp(s) - y)),
        Mistake("The loss is right, the gradient's sign is turned: it points uphill, from what "
                "happened to what the model says.",
                lambda s, y: (_poisson(s, y)[0], (y - np.exp(s)) / len(y))),
        Mistake("The loss is right. For the gradient: what is the derivative of exp(s)?",
                lambda s, y: (_poisson(s, y)[0], (s - y) / len(y))),
        Mistake("The gradient is for the mean λ, not for the score: with λ = exp(s), the chain "
                "rule has one more factor.",
                lambda s, y: (_poisson(s, y)[0], (1 - y / np.exp(s)) / len(y))),
        Mistake("The score is taken for the mean λ itself. It is its logarithm.",
                lambda s, y: (np.mean(s - y * np.log(s)), (1 - y / s) / len(y))),
        Mistake("This is squared error of the mean. Start from -log P(y) instead.",
                lambda s, y: (np.mean((np.exp(s) - y) ** 2),
                              2 * (np.exp(s) - y) * np.exp(s) / len(y))),
        Mistake("The gradient is right. In the loss, the term with y is missing or has lost its "
                "factor s: what is the logarithm of λ to the power y?",
                lambda s, y: (np.mean(np.exp(s) - y), _poisson(s, y)[1])),
        Mistake("The gradient is right. The loss is one number for the batch: take the mean.",
                lambda s, y: (np.exp(s) - y * s, _poisson(s, y)[1])),
    ],
    returns="a pair: the loss, and its gradient for the scores",
)  # fmt: skip
