"""A loss is one number of the graph, `loss(scores, y)`: its gradient is TensorFlow's to find.

How much there is to tell: the entropy of a distribution, and what a wrong one costs on top.

A distribution is (classes,), or (N, classes) for one a row. Results are in bits with base 2 and in
nats with base e; `xlogy` takes 0 · log 0 as 0.
"""

from __future__ import annotations

import math

from .._checks import check_number
from ._tensorflow import Tensor, tf


def softmax(scores: Tensor) -> Tensor:
    """Turn scores (N, classes) into probabilities, row by row.

    >>> tf.Session().run(softmax(tf.constant([[3.2, 0.8, 0.0]], tf.float64))).round(4)
    array([[0.8838, 0.0802, 0.036 ]])
    """
    return tf.nn.softmax(scores)


def softmax_cross_entropy(scores: Tensor, y: Tensor) -> Tensor:
    """The mean of -log p[y] with p = softmax(scores), computed from the scores: no log of 0.

    >>> loss = softmax_cross_entropy(tf.zeros((1, 10)), tf.constant([3]))
    >>> round(float(tf.Session().run(loss)), 4)  # log(10)
    2.3026
    """
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=scores)
    return tf.reduce_mean(losses)


def logistic(scores: Tensor, y: Tensor) -> Tensor:
    """The mean of -log p for y = 1 and -log(1 - p) for y = 0, with p = sigmoid(score).

    >>> loss = logistic(tf.constant([[0.0], [1e4]]), tf.constant([1, 1]))
    >>> round(float(tf.Session().run(loss)), 4)  # log(2) / 2
    0.3466
    """
    y = tf.reshape(tf.cast(y, scores.dtype), tf.shape(scores))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=scores))


def hinge(scores: Tensor, y: Tensor) -> Tensor:
    """The multi-class SVM loss: Σ over wrong classes of max(0, s_wrong - s_true + 1), batch mean.

    >>> loss = hinge(tf.constant([[8.0, 14.0, 9.5, 10.0]]), tf.constant([3]))
    >>> float(tf.Session().run(loss))
    5.5
    """
    true = tf.one_hot(y, tf.shape(scores)[1], dtype=scores.dtype)
    margins = tf.nn.relu(scores - tf.reduce_sum(scores * true, axis=1, keepdims=True) + 1)
    return tf.reduce_mean(tf.reduce_sum(margins * (1 - true), axis=1))


def mse(scores: Tensor, y: Tensor) -> Tensor:
    """The mean of (s - y)² over all numbers of the batch.

    >>> float(tf.Session().run(mse(tf.constant([[3.0], [1.0]]), tf.ones((2, 1)))))
    2.0
    """
    d = scores - tf.cast(y, scores.dtype)
    return tf.reduce_mean(d * d)


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
