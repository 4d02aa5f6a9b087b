"""A penalty is a number of the graph that is added to the loss; its gradient comes along."""

from __future__ import annotations

from typing import Protocol

from .. import regularizers
from .._checks import check_number
from ._tensorflow import Tensor, tf


class Penalty(Protocol):
    """What a solver asks of a penalty: any object with this method will do.

    >>> penalty: Penalty = L2(0.1)
    >>> float(tf.Session().run(penalty.value(tf.zeros((2, 2)))))
    0.0
    """

    def value(self, w: Tensor) -> Tensor:
        """What is added to the loss."""


class L1(regularizers.L1):
    """λ Σ |w|; TensorFlow too takes its gradient at zero as 0.

    >>> float(tf.Session().run(L1(0.5).value(tf.constant([[3.0, -4.0]]))))
    3.5
    """

    engine = "graph"

    def value(self, w: Tensor) -> Tensor:
        return self.strength * tf.reduce_sum(tf.abs(w))


class L2(regularizers.L2):
    """½ λ Σ w², with gradient λ w.

    >>> float(tf.Session().run(L2(0.5).value(tf.constant([[3.0, 4.0]]))))
    6.25
    """

    engine = "graph"

    def value(self, w: Tensor) -> Tensor:
        return 0.5 * self.strength * tf.reduce_sum(w * w)


class ElasticNet(regularizers.ElasticNet):
    """λ₁ Σ |w| + ½ λ₂ Σ w²: L1 and L2 in one.

    >>> float(tf.Session().run(ElasticNet(0.5, 0.5).value(tf.constant([[3.0, -4.0]]))))
    9.75
    """

    engine = "graph"

    def value(self, w: Tensor) -> Tensor:
        return self.l1 * tf.reduce_sum(tf.abs(w)) + 0.5 * self.l2 * tf.reduce_sum(w * w)


def max_norm(w: Tensor, limit: float = 3.0) -> Tensor:
    """Scale the incoming weights of each unit, a column of W, back to a norm of at most `limit`.

    >>> tf.Session().run(max_norm(tf.constant([[3.0, 0.3], [4.0, 0.4]]), 1.0))
    array([[0.6, 0.3],
           [0.8, 0.4]], dtype=float32)
    """
    limit = check_number(limit, "max_norm", "limit", 0, open_low=True)
    norms = tf.sqrt(tf.reduce_sum(w * w, axis=0))
    return w * (limit / tf.maximum(norms, limit))
