"""A loss is one number of the graph, `loss(scores, y)`: its gradient is TensorFlow's to find."""

from __future__ import annotations

from ..validation import check_number
from .tensorflow import Tensor, tf


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
