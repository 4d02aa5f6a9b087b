"""A loss says in one number how wrong the scores are, and which way each score should move.

Every loss is `loss(scores, y) -> (value, dscores)`: the mean over the batch and its gradient for
the scores, ready to be handed to `backward`.
"""

from __future__ import annotations

import numpy as np

from .types import Array, Labels
from .validation import checked_loss


def softmax(scores: Array) -> Array:
    """Turn scores (N, classes) into probabilities: exp(s) / Σ exp(s), row by row.

    Subtracting the row's largest score first changes nothing in the quotient and keeps exp finite.

    >>> softmax(np.array([[3.2, 0.8, 0.0]])).round(4)
    array([[0.8838, 0.0802, 0.036 ]])
    """
    e: Array = np.exp(scores - scores.max(axis=1, keepdims=True))
    e /= e.sum(axis=1, keepdims=True)
    return e


@checked_loss
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
    rows = np.arange(len(y))
    shifted = scores - scores.max(axis=1, keepdims=True)
    dscores = np.exp(shifted)
    total = dscores.sum(axis=1, keepdims=True)
    loss = float(np.mean(np.log(total[:, 0]) - shifted[rows, y]))
    dscores /= total  # the probabilities p …
    dscores[rows, y] -= 1  # … minus 1 at the true class
    dscores /= len(y)
    return loss, dscores
