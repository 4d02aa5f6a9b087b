"""Exercises of lesson 3: softmax, cross-entropy, hinge; KL divergence, a loss from a likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..losses import hinge, kl_divergence, softmax, softmax_cross_entropy
from .engine.exercise import Exercise, Mistake

_RNG = np.random.default_rng(103)


def _batch(n: int, classes: int, size: float = 2.0) -> tuple[Any, Any]:
    return _RNG.normal(0, size, (n, classes)), _RNG.integers(0, classes, n)


def _share(e: Any, axis: int | None = 1) -> Any:
    return e / e.sum(axis=axis, keepdims=True)


_APART = np.array([[1e4, -1e4, 0.0], [-2.0, 1.0, 0.5], [-1e4, -1e4, -1e4 + 2], [1e4, 9999.0, 0.5]])

stable_softmax = Exercise(
    "stable_softmax",
    softmax,
    [(np.array([[3.2, 0.8, 0.0]]),), (_batch(5, 4)[0],), (_APART,)],
    [
        Mistake("It is right for small scores, but large ones overflow: exp(10,000) is infinity. "
                "What may be subtracted from all scores of a row without changing the result?",
                lambda s: _share(np.exp(s))),
        Mistake("It subtracts one maximum from the whole batch. A row whose scores all lie far "
                "below it becomes 0 / 0: each row needs its own.",
                lambda s: _share(np.exp(s - s.max()))),
        Mistake("It subtracts each column's maximum, another number from each class, and that "
                "changes the log odds. Along which axis do the classes of one example lie?",
                lambda s: _share(np.exp(s - s.max(axis=0)))),
        Mistake("The maximum or the sum of each row is a flat row of N numbers. They must stand in "
                "a column, one beside each example: how do you keep their axis?",
                lambda s: np.exp(s - s.max(axis=1)) / np.exp(s).sum(axis=1)
                if len(s) > 1 else softmax(s)),
        Mistake("It normalizes over the batch: all numbers together sum to one. Each example's "
                "probabilities must.",
                lambda s: _share(np.exp(s - s.max(axis=1, keepdims=True)), axis=None)),
        Mistake("It normalizes the columns. One example is a row, and its probabilities sum to "
                "one.", lambda s: _share(np.exp(s - s.max(axis=1, keepdims=True)), axis=0)),
        Mistake("It clips the scores. No overflow any more, but the differences between large "
                "scores are lost; subtracting keeps them.",
                lambda s: _share(np.exp(np.clip(s, -500, 500)))),
        Mistake("These are not yet probabilities: what must they be divided by to sum to one?",
                lambda s: np.exp(s - s.max(axis=1, keepdims=True))),
        Mistake("This divides the scores themselves. First make every one of them positive.",
                lambda s: _share(s)),
        Mistake("This is hardmax: all for the largest score, nothing for the rest.",
                lambda s: np.eye(s.shape[1])[s.argmax(axis=1)]),
        Mistake("This is the logarithm of the probabilities.",
                lambda s: s - s.max(axis=1, keepdims=True)
                - np.log(np.exp(s - s.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True))),
    ],
)  # fmt: skip


def _one_hot(s: Any, y: Any) -> Any:
    return np.eye(s.shape[1])[y]


cross_entropy_gradient = Exercise(
    "cross_entropy_gradient",
    lambda s, y: softmax_cross_entropy(s, y)[1],
    [_batch(5, 3), _batch(4, 6), (np.array([[1e4, 0.0], [0.0, 1e4]]), np.array([0, 0]))],
    [
        Mistake("This is right for the sum over the batch. The loss is the mean.",
                lambda s, y: softmax(s) - _one_hot(s, y)),
        Mistake("It divides by the number of all scores. The mean is over the examples.",
                lambda s, y: (softmax(s) - _one_hot(s, y)) / s.size),
        Mistake("It divides by the number of classes. The mean is over the examples.",
                lambda s, y: (softmax(s) - _one_hot(s, y)) / s.shape[1]),
        Mistake("The sign is turned: this is the direction in which the loss *falls*. The gradient "
                "points uphill.", lambda s, y: (_one_hot(s, y) - softmax(s)) / len(y)),
        Mistake("These are the probabilities over N. What happened, the true class, is not yet "
                "taken off.", lambda s, y: softmax(s) / len(y)),
        Mistake("It takes the label off the scores. First turn the scores into probabilities.",
                lambda s, y: (s - _one_hot(s, y)) / len(y)),
        Mistake("It takes 1 off *every* row at each label: `[:, y]` is whole columns. One entry a "
                "row is meant.",
                lambda s, y: (softmax(s) - np.isin(np.arange(s.shape[1]), y)) / len(y)),
        Mistake("It keeps only the true class's entry. The wrong classes are pushed down too, by "
                "as much as they got.",
                lambda s, y: (softmax(s) - 1) * _one_hot(s, y) / len(y)),
        Mistake("This is the slope of the loss in p_y, before it went through the softmax. Which "
                "matrix says how the probabilities depend on the scores?",
                lambda s, y: -_one_hot(s, y) / softmax(s) / len(y)),
        Mistake("This is the loss. Its gradient has the shape of the scores.",
                lambda s, y: softmax_cross_entropy(s, y)[0]),
    ],
)  # fmt: skip


def _margins(s: Any, y: Any, margin: float = 1.0) -> Any:
    """What is missing to the margin, for each class; the true one against itself is 0."""
    missing = np.maximum(0, s - s[np.arange(len(y)), y][:, None] + margin)
    missing[np.arange(len(y)), y] = 0
    return missing


hinge_loss = Exercise(
    "hinge_loss",
    lambda s, y: hinge(s, y)[0],
    [(np.array([[8, 14, 9.5, 10]]), np.array([3])), _batch(6, 3), _batch(5, 7)],
    [
        Mistake("It is 1 too large: the true class pays a margin to itself. Leave it out.",
                lambda s, y: _margins(s, y).sum(axis=1).mean() + 1),
        Mistake("It adds up the batch. Take the mean over the examples.",
                lambda s, y: _margins(s, y).sum()),
        Mistake("It takes the mean over the classes too. Add up the classes of an example, then "
                "take the mean over the examples.", lambda s, y: _margins(s, y).mean()),
        Mistake("A class that is far enough below pays nothing. Here it earns something: a "
                "negative number comes into the sum.",
                lambda s, y: (s - s[np.arange(len(y)), y][:, None] + 1).sum(axis=1).mean() - 1),
        Mistake("The margin is missing: a class that is just below the true one should pay too.",
                lambda s, y: _margins(s, y, 0.0).sum(axis=1).mean()),
        Mistake("The margin has the wrong sign: classes pay only when they are 1 *above* the true "
                "one.", lambda s, y: _margins(s, y, -1.0).sum(axis=1).mean()),
        Mistake("The difference is turned around: it charges the classes that lose clearly.",
                lambda s, y: _margins(-s, y).sum(axis=1).mean()),
        Mistake("It looks at the strongest wrong class only. That is a hinge loss too (Crammer & "
                "Singer's); the one asked for adds up all classes inside the margin.",
                lambda s, y: _margins(s, y).max(axis=1).mean()),
        Mistake("It squares what is missing. That is a hinge loss too, but here the cost grows "
                "in proportion.", lambda s, y: (_margins(s, y) ** 2).sum(axis=1).mean()),
        Mistake("This is one loss for each example. Take their mean.",
                lambda s, y: _margins(s, y).sum(axis=1)),
    ],
)  # fmt: skip


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
