"""A loss is one number of the graph, `loss(scores, y)`: TensorFlow derives its gradient.

A distribution is (classes,), or (N, classes) for one per row. Results are in bits with base 2 and
in nats with base e; `xlogy` takes 0 · log 0 as 0.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, cast

from .._checks import (
    Array,
    F,
    check_binary,
    check_classes,
    check_number,
    check_targets,
    describe,
    fail,
    register_target_check,
)
from ..losses import check_class_weights
from ._tensorflow import Tensor, tf


def targets(check: Callable[[Any, Any, str], None], *, rank: int) -> Callable[[F], F]:
    """Say what targets y a loss takes: its rank, and the check of all labels before training."""

    def decorate(formula: F) -> F:
        name = formula.__name__

        @functools.wraps(formula)
        def loss(scores: Tensor, y: Tensor, **settings: Any) -> Tensor:
            if not isinstance(scores, tf.Tensor):
                hint = f"net.forward(x) of a tensor x; nbhelpers.{name} is the loss of arrays"
                fail(name, "scores, a tensor", describe(scores), hint, TypeError)
            y = tf.convert_to_tensor(y)
            shape = scores.shape.as_list() if scores.shape.rank else []
            wide = len(shape) == 2 and shape[1] is not None and shape[1] > 1
            if len(shape) == 2 and shape[1] == 1 and check is check_classes:
                hint = "one unit per class in the last layer, or the loss `logistic` for one score"
                fail(name, "scores of at least two classes", f"shape {scores.shape}", hint)
            if wide and check is check_binary:
                hint = "a last layer of one unit, or softmax_cross_entropy for one score per class"
                fail(name, "scores of shape (N, 1) or (N,)", f"shape {scores.shape}", hint)
            if y.shape.rank not in (None, rank):
                hint = {1: "class numbers, shape (None,)", 2: "y[:, None], shape (None, 1)"}[rank]
                expected = f"y with {rank} axis" if rank == 1 else f"y with {rank} axes"
                fail(name, expected, f"shape {y.shape}", hint)
            if rank == 1 and not y.dtype.is_integer:
                hint = "tf.placeholder(tf.int64, (None,)) for y"
                fail(name, "y of integers", y.dtype.name, hint, TypeError)
            if rank == 2 and not y.shape.is_compatible_with(scores.shape):
                got = f"shape {y.shape}"
                fail(name, f"y of shape {scores.shape}, as scores", got, "one target per score")
            if y.shape.rank is None or None in y.shape.as_list()[1:]:  # it might be stretched
                y = tf.ensure_shape(y, (None,) if rank == 1 else scores.shape)
            return formula(scores, y, **settings)

        register_target_check(loss, check)
        return cast(F, loss)

    return decorate


def softmax(scores: Tensor) -> Tensor:
    """Turn scores (N, classes) into probabilities, row by row.

    >>> tf.Session().run(softmax(tf.constant([[3.2, 0.8, 0.0]], tf.float64))).round(4)
    array([[0.8838, 0.0802, 0.036 ]])
    """
    return tf.nn.softmax(scores)


@targets(check_classes, rank=1)
def softmax_cross_entropy(
    scores: Tensor, y: Tensor, *, smoothing: float = 0.0, class_weights: Array | None = None
) -> Tensor:
    """The mean of -log p[y] with p = softmax(scores), computed from the scores: no log of 0.

    Label smoothing and class weights as in `nbhelpers.softmax_cross_entropy`.

    >>> loss = softmax_cross_entropy(tf.zeros((1, 10)), tf.constant([3]))
    >>> round(float(tf.Session().run(loss)), 4)  # log(10)
    2.3026
    """
    weights = check_class_weights(class_weights, scores.shape.as_list()[1])
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=scores)
    if smoothing:
        smoothing = check_number(smoothing, "softmax_cross_entropy", "smoothing", 0, 1)
        s = scores - tf.reduce_max(scores, axis=1, keepdims=True)
        to_all = tf.reduce_logsumexp(s, axis=1) - tf.reduce_mean(s, axis=1)  # mean of all -log p
        losses = (1 - smoothing) * losses + smoothing * to_all
    if weights is None:
        return tf.reduce_mean(losses)
    share = tf.gather(tf.constant(weights, scores.dtype), y)
    return tf.reduce_sum(losses * share) / tf.reduce_sum(share)


@targets(check_binary, rank=1)
def logistic(scores: Tensor, y: Tensor) -> Tensor:
    """The mean of -log p for y = 1 and -log(1 - p) for y = 0, with p = sigmoid(score).

    >>> loss = logistic(tf.constant([[0.0], [1e4]]), tf.constant([1, 1]))
    >>> round(float(tf.Session().run(loss)), 4)  # log(2) / 2
    0.3466
    """
    known = tf.debugging.assert_less(tf.abs(2 * y - 1), tf.constant(2, y.dtype),
                                     message="logistic: labels are 0 or 1")  # fmt: skip
    with tf.control_dependencies([known]):
        y = tf.reshape(tf.cast(y, scores.dtype), tf.shape(scores))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=scores))


@targets(check_classes, rank=1)
def hinge(scores: Tensor, y: Tensor) -> Tensor:
    """The multi-class SVM loss: Σ over wrong classes of max(0, s_wrong - s_true + 1), batch mean.

    >>> loss = hinge(tf.constant([[8.0, 14.0, 9.5, 10.0]]), tf.constant([3]))
    >>> float(tf.Session().run(loss))
    5.5
    """
    known = [
        tf.debugging.assert_non_negative(y, message="hinge: labels start at 0"),
        tf.debugging.assert_less(
            y, tf.cast(tf.shape(scores)[1], y.dtype), message="hinge: labels below the classes"
        ),
    ]
    with tf.control_dependencies(known):  # one_hot would take such a label for none at all
        y = tf.identity(y)
    true = tf.one_hot(y, tf.shape(scores)[1], dtype=scores.dtype)
    margins = tf.nn.relu(scores - tf.reduce_sum(scores * true, axis=1, keepdims=True) + 1)
    return tf.reduce_mean(tf.reduce_sum(margins * (1 - true), axis=1))


@targets(check_targets, rank=2)
def mse(scores: Tensor, y: Tensor) -> Tensor:
    """The mean of (s - y)² over all numbers of the batch.

    >>> float(tf.Session().run(mse(tf.constant([[3.0], [1.0]]), tf.ones((2, 1)))))
    2.0
    """
    d = scores - tf.cast(y, scores.dtype)
    return tf.reduce_mean(d * d)


@targets(check_targets, rank=2)
def huber(scores: Tensor, y: Tensor, *, delta: float = 1.0) -> Tensor:
    """½ d² for |d| <= delta, then only delta · (|d| - ½ delta), with d = s - y; the mean of all.

    >>> float(tf.Session().run(huber(tf.constant([[0.5, 100.0]]), tf.zeros((1, 2)))))
    49.8125
    """
    delta = check_number(delta, "huber", "delta", 0, open_low=True)
    d = scores - tf.cast(y, scores.dtype)
    inner = tf.clip_by_value(d, -delta, delta)
    return tf.reduce_mean(inner * (d - 0.5 * inner))


def entropy(p: Tensor, *, base: float = 2) -> Tensor:
    """H(p) = -Σ p log p.

    >>> float(tf.Session().run(entropy(tf.constant([0.25, 0.25, 0.5]))))
    1.5
    """
    return _code_length(p, p, base)


def cross_entropy(p: Tensor, q: Tensor, *, base: float = 2) -> Tensor:
    """H(p, q) = -Σ p log q.

    >>> p, q = tf.constant([0.25, 0.25, 0.5]), tf.constant([0.5, 0.25, 0.25])
    >>> float(tf.Session().run(cross_entropy(p, q)))
    1.75
    """
    return _code_length(p, q, base)


def kl_divergence(p: Tensor, q: Tensor, *, base: float = 2) -> Tensor:
    """KL(p‖q) = H(p, q) - H(p).

    >>> p, q = tf.constant([0.25, 0.25, 0.5]), tf.constant([0.5, 0.25, 0.25])
    >>> float(tf.Session().run(kl_divergence(p, q)))
    0.25
    """
    return tf.maximum(_code_length(p, q, base) - _code_length(p, p, base), 0)


def _code_length(p: Tensor, q: Tensor, base: float) -> Tensor:
    return 0 - tf.reduce_sum(tf.math.xlogy(p, q), axis=-1) / math.log(base)
