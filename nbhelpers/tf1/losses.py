"""A loss is one number of the graph, `loss(scores, y)`: its gradient is TensorFlow's to find."""

from __future__ import annotations

from .tensorflow import Tensor, tf


def softmax(scores: Tensor) -> Tensor:
    """Turn scores (N, classes) into probabilities, row by row."""
    return tf.nn.softmax(scores)


def softmax_cross_entropy(scores: Tensor, y: Tensor) -> Tensor:
    """The mean of -log p[y] with p = softmax(scores), computed from the scores: no log of 0."""
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=scores)
    return tf.reduce_mean(losses)
