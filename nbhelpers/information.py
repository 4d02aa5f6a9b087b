"""How much there is to tell: the entropy of a distribution, and what a wrong one costs on top.

A distribution is (classes,), or (N, classes) for one a row; its numbers are probabilities that sum
to one. Results are in bits with base 2 and in nats with base e; 0 · log 0 counts as 0, its limit.
"""

from __future__ import annotations

import math

import numpy as np

from .types import Array
from .validation import check_number, describe, refuse


def _check_distribution(p: Array, where: str, name: str) -> None:
    """Refuse what is not probabilities that sum to one along the last axis."""
    if not isinstance(p, np.ndarray) or p.dtype.kind != "f" or p.ndim not in (1, 2):
        mend = f"{name} = np.array([0.25, 0.25, 0.5])"
        refuse(where, f"{name} as floats (classes,) or (N, classes)", describe(p), mend, TypeError)
    if not (p >= 0).all():  # NaN is not
        mend = "softmax(scores) makes probabilities of scores"
        refuse(where, f"{name} with no negative number or NaN", f"{p.min():g}", mend)
    sums = p.sum(axis=-1)
    if not np.allclose(sums, 1, rtol=0, atol=1e-5):
        worst = sums.flat[np.abs(sums - 1).argmax()]
        mend = f"{name} / {name}.sum(axis=-1, keepdims=True)"
        refuse(where, f"{name} that sums to 1", f"a sum of {worst:g}", mend)


def _check_pair(p: Array, q: Array, base: float, where: str) -> None:
    """Refuse what is not two distributions over the same classes and a base above 1."""
    check_number(base, where, "base", 1, open_low=True)
    _check_distribution(p, where, "p")
    _check_distribution(q, where, "q")
    if p.shape != q.shape:
        mend = "two distributions over the same classes"
        refuse(where, f"q of shape {p.shape}", describe(q), mend)


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
