"""A penalty makes large weights cost something, so that the fit has to pay for being wild.

A penalty has `value(W)`, which is added to the loss, and `gradient(W)`, which is added to the
gradient of W. Solvers apply it to the weight matrices W alone, never to b, gamma, beta or slope.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ._checks import Array, check_number


class Penalty(Protocol):
    """What a solver asks of a penalty: any object with these two methods will do.

    >>> penalty: Penalty = L2(0.1)
    >>> penalty.value(np.zeros((2, 2)))
    0.0
    """

    def value(self, w: Array) -> float:
        """What is added to the loss."""

    def gradient(self, w: Array) -> Array:
        """Its derivative for every number of w, as a new array."""


class L1(Penalty):
    """λ Σ |w|, with gradient λ sign(w): each weight is pulled to zero with the same force.

    The pull does not fade near zero, so weights that the data do not defend end there: sparse
    weights (Tibshirani, 1996). At zero itself the gradient is taken as 0.

    Args:
        strength: λ >= 0.

    >>> L1(0.5).value(np.array([[3.0, -4.0]])), L1(0.5).gradient(np.array([[3.0, -4.0]]))
    (3.5, array([[ 0.5, -0.5]]))
    """

    def __init__(self, strength: float) -> None:
        self.strength = check_number(strength, "L1", "strength", 0)

    def value(self, w: Array) -> float:
        return self.strength * float(np.abs(w).sum())

    def gradient(self, w: Array) -> Array:
        return self.strength * np.sign(w)


class L2(Penalty):
    """½ λ Σ w², with gradient λ w: every weight is pulled to zero in proportion to its size.

    Args:
        strength: λ >= 0. Texts that write λ/2m mean this with strength λ/m.

    >>> L2(0.1).value(np.array([[3.0, 4.0]])), L2(0.1).gradient(np.array([[3.0, 4.0]]))
    (1.25, array([[0.3, 0.4]]))
    """

    def __init__(self, strength: float) -> None:
        self.strength = check_number(strength, "L2", "strength", 0)

    def value(self, w: Array) -> float:
        return 0.5 * self.strength * float(np.vdot(w, w))

    def gradient(self, w: Array) -> Array:
        return self.strength * w


class ElasticNet(Penalty):
    """λ₁ Σ |w| + ½ λ₂ Σ w²: L1 and L2 in one (Zou & Hastie, 2005; their λ₂ carries no ½).

    Args:
        l1, l2: λ₁ >= 0 and λ₂ >= 0.

    >>> ElasticNet(0.1, 0.2).value(np.array([[3.0, -4.0]]))  # 0.7 + 2.5
    3.2
    >>> ElasticNet(0.1, 0.2).gradient(np.array([[3.0, -4.0]]))
    array([[ 0.7, -0.9]])
    """

    def __init__(self, l1: float, l2: float) -> None:
        self.l1 = check_number(l1, "ElasticNet", "l1", 0)
        self.l2 = check_number(l2, "ElasticNet", "l2", 0)

    def value(self, w: Array) -> float:
        return self.l1 * float(np.abs(w).sum()) + 0.5 * self.l2 * float(np.vdot(w, w))

    def gradient(self, w: Array) -> Array:
        return self.l1 * np.sign(w) + self.l2 * w


def max_norm(w: Array, limit: float = 3.0) -> Array:
    """Scale the incoming weights of each unit, a column of W, back to a norm of at most `limit`.

    A projection, not a penalty: `Solver(..., constraint=max_norm)` applies it after every step;
    `constraint=lambda w: max_norm(w, 4)` sets another limit. Usual limits are 3 to 4 (Srivastava,
    2014). Returns a new array.

    >>> max_norm(np.array([[3.0, 0.3], [4.0, 0.4]]), 1.0)  # norms 5 and 0.5
    array([[0.6, 0.3],
           [0.8, 0.4]])
    """
    limit = check_number(limit, "max_norm", "limit", 0, open_low=True)
    norms = np.sqrt(np.sum(w * w, axis=0))
    projected: Array = w * (limit / np.maximum(norms, limit))
    return projected
