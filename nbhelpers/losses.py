"""A loss says in one number how wrong the scores are, and which way each score should move.

Every loss is `loss(scores, y) -> (value, dscores)`: the mean over the batch and its gradient for
the scores, ready to be handed to `backward`.

How much there is to tell: the entropy of a distribution, and what a wrong one costs on top.

A distribution is (classes,), or (N, classes) for one a row; its numbers are probabilities that sum
to one. Results are in bits with base 2 and in nats with base e; 0 · log 0 counts as 0, its limit.
"""

from __future__ import annotations

import math

import numpy as np

from ._checks import (
    Array,
    Labels,
    check_batch,
    check_binary,
    check_classes,
    check_number,
    check_targets,
    checked_by,
    describe,
    fail,
)


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
def softmax_cross_entropy(
    scores: Array, y: Labels, *, smoothing: float = 0.0, class_weights: Array | None = None
) -> tuple[float, Array]:
    """The mean of -log p[y] with p = softmax(scores); its gradient is (p - onehot(y)) / N.

    Args:
        scores: (N, classes), any finite size: ±1e4 is no problem.
        y: (N,), the true class numbers.
        smoothing: ε, 0 <= ε < 1. The target is then not onehot(y) but q = (1 - ε) onehot(y) +
            ε / classes, the loss is -Σ q log p (label smoothing, Szegedy, 2016).
        class_weights: (classes,), positive. Each example counts by the weight v of its class; the
            loss is the weighted mean Σ v[y] · loss / Σ v[y], as in PyTorch, so that multiplying all
            weights by one number changes nothing. With smoothing too, PyTorch weights the terms of
            an example's sum class by class, where here the example as a whole has one weight.

    For a Solver, bind the settings: `functools.partial(softmax_cross_entropy, smoothing=0.1)`.

    Returns:
        The loss in nats, and its gradient for the scores (N, classes).

    >>> loss, dscores = softmax_cross_entropy(np.zeros((1, 10)), np.array([3]))
    >>> round(loss, 4) == round(float(np.log(10)), 4)  # ten equal scores: a guess among ten
    True
    >>> loss, dscores = softmax_cross_entropy(np.zeros((1, 2)), np.array([0]), smoothing=0.2)
    >>> dscores  # p - q = ½ - 0.9 and ½ - 0.1
    array([[-0.4,  0.4]])
    """
    classes = scores.shape[1]
    weights = check_class_weights(class_weights, classes)
    if smoothing:
        smoothing = check_number(smoothing, "softmax_cross_entropy", "smoothing", 0, 1)
    s = scores.T.copy()  # a class a row: NumPy runs along few long rows far faster than many short
    n, true = len(y), (y, np.arange(len(y)))
    s -= s.max(axis=0)
    p = np.exp(s)
    total = p.sum(axis=0)
    losses = np.log(total) - s[true]
    p /= total  # now the probabilities …
    p[true] -= 1 - smoothing  # … minus 1 at the true class
    if smoothing:
        losses += smoothing * (s[true] - s.mean(axis=0))
        p -= smoothing / classes
    if weights is None:
        p /= n
        return float(losses.sum() / n), p.T
    share = weights[y].astype(scores.dtype)
    share /= share.sum()
    p *= share
    return float(losses @ share), p.T


def check_class_weights(weights: Array | None, classes: int) -> Array | None:
    """Raise where these are not one positive weight for each class."""
    if weights is None:
        return None
    expected = f"class_weights of {classes} positive numbers, one per class"
    found = np.asarray(weights)
    if found.dtype.kind not in "fiu":
        hint = f"np.ones({classes}), as a start"
        fail("softmax_cross_entropy", expected, describe(weights), hint, TypeError)
    if found.shape != (classes,):
        fail("softmax_cross_entropy", expected, describe(found))
    if not (found > 0).all() or not np.isfinite(found).all():
        fail("softmax_cross_entropy", expected, f"weights from {found.min():g} to {found.max():g}")
    return found


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


def _check_distribution(p: Array, where: str, name: str) -> None:
    """Raise for what is not probabilities that sum to one along the last axis."""
    if not isinstance(p, np.ndarray) or p.dtype.kind != "f" or p.ndim not in (1, 2):
        hint = f"{name} = np.array([0.25, 0.25, 0.5])"
        fail(where, f"{name} as floats (classes,) or (N, classes)", describe(p), hint, TypeError)
    if not (p >= 0).all():  # NaN is not
        hint = "softmax(scores) makes probabilities of scores"
        fail(where, f"{name} with no negative number or NaN", f"{p.min():g}", hint)
    sums = p.sum(axis=-1)
    if not np.allclose(sums, 1, rtol=0, atol=1e-5):
        worst = sums.flat[np.abs(sums - 1).argmax()]
        hint = f"{name} / {name}.sum(axis=-1, keepdims=True)"
        fail(where, f"{name} that sums to 1", f"a sum of {worst:g}", hint)


def _check_pair(p: Array, q: Array, base: float, where: str) -> None:
    """Raise for what is not two distributions over the same classes and a base above 1."""
    check_number(base, where, "base", 1, open_low=True)
    _check_distribution(p, where, "p")
    _check_distribution(q, where, "q")
    if p.shape != q.shape:
        hint = "two distributions over the same classes"
        fail(where, f"q of shape {p.shape}", describe(q), hint)


def entropy(p: Array, *, base: float = 2) -> Array:
    """H(p) = -Σ p log p: the length of the shortest code for what p draws (Shannon, 1948).

    >>> float(entropy(np.array([0.25, 0.25, 0.5])))  # two bits, two bits, one bit
    1.5
    """
    _check_pair(p, p, base, "entropy")
    return _code_length(p, p, base)


def cross_entropy(p: Array, q: Array, *, base: float = 2) -> Array:
    """H(p, q) = -Σ p log q: the length with a code made for q; infinite where only q is 0.

    >>> float(cross_entropy(np.array([0.25, 0.25, 0.5]), np.array([0.5, 0.25, 0.25])))
    1.75
    """
    _check_pair(p, q, base, "cross_entropy")
    return _code_length(p, q, base)


def kl_divergence(p: Array, q: Array, *, base: float = 2) -> Array:
    """KL(p‖q) = H(p, q) - H(p): what the wrong code costs (Kullback & Leibler, 1951).

    Never negative, and 0 only for q = p.

    >>> float(kl_divergence(np.array([0.25, 0.25, 0.5]), np.array([0.5, 0.25, 0.25])))
    0.25
    """
    _check_pair(p, q, base, "kl_divergence")
    return np.maximum(_code_length(p, q, base) - _code_length(p, p, base), 0)


def _code_length(p: Array, q: Array, base: float) -> Array:
    log_q = np.log(q, where=q > 0, out=np.full_like(q, -np.inf))
    terms = np.multiply(p, log_q, where=p > 0, out=np.zeros_like(p))
    return np.asarray(0 - terms.sum(axis=-1) / math.log(base))[()]
