"""How much there is to tell: the entropy of a distribution, and what a wrong one costs on top.

A distribution is (classes,), or (N, classes) for one a row. Results are in bits with base 2 and in
nats with base e; `xlogy` takes 0 · log 0 as 0.
"""

from __future__ import annotations

import math

from .tensorflow import Tensor, tf


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
