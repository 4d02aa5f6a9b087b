"""Exercises of the appendix on margins: constants, a hinge to debug, class weights, a margin."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..losses import hinge, softmax, softmax_cross_entropy
from .engine.exercise import Exercise, Mistake

__all__ = ["best_constants", "hinge_loss", "weighted_cross_entropy", "widest_margin"]

_RNG = np.random.default_rng(503)


def _mode(y: Any) -> Any:
    values, counts = np.unique(y, return_counts=True)
    return values[np.argmax(counts)]


best_constants = Exercise(
    "best_constants",
    lambda y: (np.mean(y), np.median(y), _mode(y)),
    [
        (np.array([1.0, 1.0, 2.0, 4.0, 17.0]),),
        (np.array([0.5, -3.0, 8.0, 2.5, 8.0, 8.0, -1.0, 0.0, 3.0]),),
        (np.array([7.0, 7.0, 7.0, 1.0, 2.0, 3.0, 100.0, 9.0, 11.0]),),
    ],
    [
        Mistake("The first two are swapped. Which of mean and median can a single far target pull "
                "away?", lambda y: (np.median(y), np.mean(y), _mode(y))),
        Mistake("The last two are swapped. The absolute error balances how many targets lie below "
                "and above; for equal or not, the most frequent target wins.",
                lambda y: (np.mean(y), _mode(y), np.median(y))),
        Mistake("The mean minimizes the squared error only. The derivative of |c - y| is its sign: "
                "at the best c as many targets lie below as above.",
                lambda y: (np.mean(y), np.mean(y), _mode(y))),
        Mistake("The mean minimizes the squared error only. What limits the other two?",
                lambda y: (np.mean(y), np.mean(y), np.mean(y))),
        Mistake("The first two are correct. The third counts targets that are exactly hit: which "
                "constant hits the most?", lambda y: (np.mean(y), np.median(y), np.median(y))),
        Mistake("The first two are correct. The third counts targets that are exactly hit: which "
                "constant hits the most?", lambda y: (np.mean(y), np.median(y), np.mean(y))),
        Mistake("The second is the middle of the range. How many targets lie below it, and how "
                "many above?", lambda y: (np.mean(y), (y.min() + y.max()) / 2, _mode(y))),
        Mistake("These are the smallest losses. The constants that reach them are asked for.",
                lambda y: (np.var(y), np.mean(np.abs(y - np.median(y))), np.mean(y != _mode(y)))),
        Mistake("The third is how often the most frequent target comes. Which one is it?",
                lambda y: (np.mean(y), np.median(y), np.unique(y, return_counts=True)[1].max())),
    ],
    returns="three numbers",
    kind="predict",
    stars=1,
)  # fmt: skip


def _violations(s: Any, y: Any, margin: float = 1.0) -> Any:
    """By how much each class violates the margin; the true one against itself is 0."""
    found = np.maximum(0, s - s[np.arange(len(y)), y][:, None] + margin)
    found[np.arange(len(y)), y] = 0
    return found


def _with_true(s: Any, y: Any) -> Any:
    return np.maximum(0, s - s[np.arange(len(y)), y][:, None] + 1)


def _as_given(scores: Any, y: Any) -> Any:
    """The stub of the appendix, with its three bugs."""
    true = scores[:, y]
    violations = np.maximum(0, scores - true + 1)
    return violations.mean()


hinge_loss = Exercise(
    "hinge_loss",
    lambda s, y: hinge(s, y)[0],
    [
        (np.array([[8, 14, 9.5, 10], [3, 1, 0, 0.5], [2, 2, 2, 2], [0, 5, 4.5, -1]]),
         np.array([3, 0, 2, 1])),
        (_RNG.normal(0, 2, (6, 6)), _RNG.integers(0, 6, 6)),
        (_RNG.normal(0, 2, (7, 7)), _RNG.integers(0, 7, 7)),
    ],
    [
        Mistake("All three bugs are still there. `scores[:, y]` takes whole columns, one for each "
                "label; one entry per row is meant.", lambda s, y: _as_given(s, y)),
        Mistake("The true scores are still those of whole columns: `scores[:, y]` has the shape "
                "(N, N). Pick one entry per row, and keep it as a column.",
                lambda s, y: np.maximum(0, s - s[:, y] + 1).sum(axis=1).mean() - 1),
        Mistake("The true scores are still those of whole columns: `scores[:, y]` has the shape "
                "(N, N). Pick one entry per row, and keep it as a column.",
                lambda s, y: np.maximum(0, s - s[:, y] + 1).sum(axis=1).mean()),
        Mistake("The true scores are picked well now. Two bugs are left: the true class is "
                "penalized against itself, and the mean is taken over the classes too.",
                lambda s, y: _with_true(s, y).mean()),
        Mistake("It is 1 too large: the true class violates a margin to itself. Leave it out.",
                lambda s, y: _with_true(s, y).sum(axis=1).mean()),
        Mistake("It takes the mean over the classes too. Add up the classes of an example, then "
                "take the mean over the examples.", lambda s, y: _violations(s, y).mean()),
        Mistake("The sum over all wrong classes is meant, not their mean.",
                lambda s, y: _violations(s, y).sum(axis=1).mean() / (s.shape[1] - 1)),
        Mistake("It adds up the batch. Take the mean over the examples.",
                lambda s, y: _violations(s, y).sum()),
        Mistake("The margin is missing: a class that is just below the true one violates it too.",
                lambda s, y: _violations(s, y, 0.0).sum(axis=1).mean()),
        Mistake("It takes the strongest wrong class only. That is a hinge loss too (Crammer & "
                "Singer's); the one asked for adds up all classes inside the margin.",
                lambda s, y: _violations(s, y).max(axis=1).mean()),
        Mistake("The difference is turned around: it penalizes the classes that lose clearly.",
                lambda s, y: _violations(-s, y).sum(axis=1).mean()),
        Mistake("This is one loss per example. Take their mean.",
                lambda s, y: _violations(s, y).sum(axis=1)),
    ],
    returns="one number",
    broken=_as_given,
    stars=2,
)  # fmt: skip


def _weighted(s: Any, y: Any, weights: Any, total: float | None = None) -> tuple[Any, Any]:
    r = weights[y] / (weights[y].sum() if total is None else total)
    p = softmax(s)
    error = p - np.eye(s.shape[1])[y]
    return -np.sum(r * np.log(p[np.arange(len(y)), y])), r[:, None] * error


def _normalized(w: Any) -> Any:
    return w / w.sum()


weighted_cross_entropy = Exercise(
    "weighted_cross_entropy",
    _weighted,
    [
        (_RNG.normal(0, 2, (6, 3)), np.array([0, 2, 1, 1, 0, 1]), np.array([1.0, 4.0, 0.5])),
        (_RNG.normal(0, 2, (5, 4)), np.array([3, 3, 0, 1, 3]), np.array([2.0, 1.0, 5.0, 0.2])),
    ],
    [
        Mistake("It divides by the number of examples. Divide by the sum of their weights, so that "
                "equal weights change nothing.",
                lambda s, y, w: _weighted(s, y, w, total=len(y))),
        Mistake("It divides by the sum of the K class weights. What is asked for is the sum over "
                "the batch, where a class counts as often as it occurs.",
                lambda s, y, w: _weighted(s, y, w, total=w.sum())),
        Mistake("Both are the unweighted ones. Where do the weights come in?",
                lambda s, y, w: softmax_cross_entropy(s, y)),
        Mistake("The loss is correct. Its gradient is not weighted: each example's p - y is "
                "multiplied by the same number as its loss.",
                lambda s, y, w: (_weighted(s, y, w)[0], softmax_cross_entropy(s, y)[1])),
        Mistake("The loss is correct. The gradient is weighted by *column*: the weight belongs to "
                "the example's true class, and multiplies its whole row.",
                lambda s, y, w: (_weighted(s, y, w)[0],
                                 (softmax(s) - np.eye(s.shape[1])[y]) * w / w[y].sum())),
        Mistake("The loss is correct. The gradient is not yet divided by the sum of the weights.",
                lambda s, y, w: (_weighted(s, y, w)[0], w[y].sum() * _weighted(s, y, w)[1])),
        Mistake("Nothing is divided: the weighted losses are to be averaged.",
                lambda s, y, w: _weighted(s, y, w, total=1.0)),
        Mistake("The loss is correct, the gradient's sign is turned: it is p - y.",
                lambda s, y, w: (_weighted(s, y, w)[0], -_weighted(s, y, w)[1])),
        Mistake("The loss is correct. In the gradient the label is not yet subtracted: p - y.",
                lambda s, y, w: (_weighted(s, y, w)[0],
                                 softmax(s) * (w[y] / w[y].sum())[:, None])),
        Mistake("The loss's sign is turned: it is the *negative* log-likelihood.",
                lambda s, y, w: (-_weighted(s, y, w)[0], _weighted(s, y, w)[1])),
    ],
    returns="a pair: the loss, and its gradient with respect to the scores",
    kind="build",
    stars=2,
)  # fmt: skip


def _width(x: Any, t: Any, angles: int = 200_000) -> float:
    """The widest gap between the classes over all directions, a block of them at a time."""
    return max(float(_gaps(x, t, block).max())
               for block in np.array_split(np.linspace(0, 2 * np.pi, angles), 20))  # fmt: skip


def _gaps(x: Any, t: Any, angle: Any) -> Any:
    along = (x - x.mean(axis=0)) @ np.array([np.cos(angle), np.sin(angle)])
    return along[t > 0].min(axis=0) - along[t < 0].max(axis=0)


def _nearest(x: Any, t: Any) -> float:
    return float(np.min(np.linalg.norm(x[t > 0][:, None] - x[t < 0][None], axis=2)))


def _centers(x: Any, t: Any) -> Any:
    return x[t > 0].mean(axis=0) - x[t < 0].mean(axis=0)


def _two_clouds(n: int, angle: float, width: float, shift: float) -> tuple[Any, Any]:
    """Two oblique clouds with a margin of about this width between them."""
    x = _RNG.normal(0, [0.5, 2.0], (n, 2))
    t = np.where(np.arange(n) % 3 == 0, -1, 1)
    x[:, 0] = np.abs(x[:, 0]) * t + t * width / 2
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return x @ turn + shift, t


widest_margin = Exercise(
    "widest_margin",
    _width,
    [_two_clouds(60, 0.6, 0.8, 0.0), _two_clouds(30, 2.2, 0.2, 40.0),
     _two_clouds(8, -1.0, 1.5, 3.0),
     (np.array([[0.0, 0.0], [0.0, 4.0], [3.0, 1.0]]), np.array([-1, -1, 1]))],
    [
        Mistake("This is half of it: the distance from the boundary to the nearest point. The "
                "margin reaches from one class to the other.",
                lambda x, t: _width(x, t) / 2),
        Mistake("This is twice the width. Between the two edges the score grows by 2, not by 4.",
                lambda x, t: 2 * _width(x, t)),
        Mistake("This is the distance of the two nearest points. The margin may be narrower: other "
                "points limit it, since its edges are straight lines.", _nearest),
        Mistake("This is the distance of the two centers. The points nearest to the other class "
                "limit the margin.", lambda x, t: float(np.linalg.norm(_centers(x, t)))),
        Mistake("This is the margin across the line from center to center. Another direction may "
                "have a wider one: search over the angle.",
                lambda x, t: float(_gaps(x, t, np.arctan2(*_centers(x, t)[::-1])))),
        Mistake("It compares the axes only. Any direction is allowed: search over the angle.",
                lambda x, t: float(_gaps(x, t, np.arange(4) * np.pi / 2).max())),
        Mistake("It searches half of the directions. Turned by 180 degrees, w gives the classes "
                "the other sides of the margin.",
                lambda x, t: float(_gaps(x, t, np.linspace(0, np.pi, 20_000)).max())),
        Mistake("It tries only a few directions. One degree may be enough to lose a narrow "
                "margin: search more finely.",
                lambda x, t: float(_gaps(x, t, np.linspace(0, 2 * np.pi, 37)).max())),
    ],
    view=float,  # any number within one percent is correct
    returns="one number",
    rtol=0.01,
    kind="beat",
    stars=3,
)  # fmt: skip
