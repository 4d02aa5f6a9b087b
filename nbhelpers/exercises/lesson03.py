"""Exercises of lesson 3, first half: a safe softmax, its gradient p - y, the hinge."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..losses import hinge, softmax, softmax_cross_entropy
from .exercise import Exercise, Mistake
from .likelihood import kl_bits, poisson_loss

__all__ = [
    "cross_entropy_gradient", "hinge_loss", "kl_bits", "poisson_loss", "stable_softmax",
]  # fmt: skip

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
