"""A loss says in one number how wrong the scores are, and which way each score should move.

Every loss is `loss(scores, y) -> (value, dscores)`: the mean over the batch and its gradient for
the scores, ready to be handed to `backward`.
"""

from __future__ import annotations

import numpy as np

from .targets import check_binary, check_classes, check_targets, checked_by
from .types import Array, Labels
from .validation import check_batch, check_number


def softmax(scores: Array) -> Array:
    """Turn scores (N, classes), or (classes,), into probabilities: exp(s) / Σ exp(s), row by row.

    Subtracting the row's largest score first changes nothing in the quotient and keeps exp finite.

    >>> softmax(np.array([3.2, 0.8, 0.0])).round(4)
    array([0.8838, 0.0802, 0.036 ])
    """
    one_row = isinstance(scores, np.ndarray) and scores.ndim == 1
    check_batch(scores[None] if one_row else scores, None, "softmax", "scores")
    e: Array = np.exp(scores - scores.max(axis=-1, keepdims=True))
    e /= e.sum(axis=-1, keepdims=True)
    return e


@checked_by(check_classes)
def softmax_cross_entropy(scores: Array, y: Labels) -> tuple[float, Array]:
    """The mean of -log p[y] with p = softmax(scores); its gradient is (p - onehot(y)) / N.

    Args:
        scores: (N, classes), any finite size: ±1e4 is no problem.
        y: (N,), the true class numbers.

    Returns:
        The loss in nats, and its gradient for the scores (N, classes).

    >>> loss, dscores = softmax_cross_entropy(np.zeros((1, 10)), np.array([3]))
    >>> round(loss, 4) == round(float(np.log(10)), 4)  # ten equal scores: a guess among ten
    True
    """
    s = scores.T.copy()  # a class a row: NumPy runs along few long rows far faster than many short
    n, true = len(y), (y, np.arange(len(y)))
    s -= s.max(axis=0)
    p = np.exp(s)
    total = p.sum(axis=0)
    loss = float((np.log(total) - s[true]).sum() / n)
    p /= total  # now the probabilities …
    p[true] -= 1  # … minus 1 at the true class
    p /= n
    return loss, p.T


@checked_by(check_binary)
def logistic(scores: Array, y: Labels) -> tuple[float, Array]:
    """The mean of -log p for y = 1 and -log(1 - p) for y = 0, with p = sigmoid(score).

    Computed from the scores as max(s, 0) - s y + log(1 + exp(-|s|)), which never takes the log of
    0 nor exp of a large number; its gradient is (p - y) / N.

    Args:
        scores: (N, 1) or (N,), the log odds of y = 1, any finite size.
        y: (N,), integers 0 or 1.

    >>> loss, dscores = logistic(np.array([[0.0], [1e4]]), np.array([1, 1]))
    >>> round(loss, 4), dscores.ravel()  # log(2) / 2: the first is a guess, the second certain
    (0.3466, array([-0.25,  0.  ]))
    """
    y = y.reshape(scores.shape).astype(scores.dtype)
    losses = np.maximum(scores, 0) - scores * y + np.log1p(np.exp(-np.abs(scores)))
    p = 1 / (1 + np.exp(-np.maximum(scores, -80)))  # exp(80) is large, and still fits float32
    return float(losses.mean()), (p - y) / len(y)


@checked_by(check_classes)
def hinge(scores: Array, y: Labels) -> tuple[float, Array]:
    """The multi-class SVM loss: Σ over wrong classes of max(0, s_wrong - s_true + 1), batch mean.

    A wrong class costs nothing once it is 1 below the true one (Weston & Watkins, 1999).

    Args:
        scores: (N, classes).
        y: (N,), the true class numbers.

    >>> hinge(np.array([[8.0, 14.0, 9.5, 10.0]]), np.array([3]))  # 0 + 5 + 0.5
    (5.5, array([[ 0.,  1.,  1., -2.]]))
    """
    rows = np.arange(len(y))
    margins = np.maximum(scores - scores[rows, y][:, None] + 1, 0)
    margins[rows, y] = 0
    loss = float(margins.sum(axis=1).mean())
    dscores = (margins > 0).astype(scores.dtype)
    dscores[rows, y] = -dscores.sum(axis=1)
    dscores /= len(y)
    return loss, dscores


@checked_by(check_targets)
def mse(scores: Array, y: Array) -> tuple[float, Array]:
    """The mean of (s - y)² over all numbers of the batch; no ½: the gradient is 2 (s - y) / size.

    Args:
        scores, y: (N, k), both.

    >>> mse(np.array([[3.0], [1.0]]), np.array([[1.0], [1.0]]))
    (2.0, array([[2.],
           [0.]]))
    """
    d = scores - y.astype(scores.dtype, copy=False)
    return float(np.mean(d * d)), d * (2 / d.size)


@checked_by(check_targets)
def huber(scores: Array, y: Array, *, delta: float = 1.0) -> tuple[float, Array]:
    """½ d² for |d| <= delta, then only delta · (|d| - ½ delta), with d = s - y; the mean of all.

    An outlier pulls with delta at most, where it would pull without limit in `mse` (Huber, 1964).

    Args:
        scores, y: (N, k), both.
        delta: from which error on a target counts as an outlier, > 0, in the units of y.

    >>> huber(np.array([[0.5, 100.0]]), np.array([[0.0, 0.0]]))  # mean of 0.125 and 99.5
    (49.8125, array([[0.25, 0.5 ]]))
    """
    delta = check_number(delta, "huber", "delta", 0, open_low=True)
    d = scores - y.astype(scores.dtype, copy=False)
    inner = np.clip(d, -delta, delta)  # its slope in d is 1 inside of ±delta, 0 outside
    return float(np.mean(inner * (d - 0.5 * inner))), inner / d.size
