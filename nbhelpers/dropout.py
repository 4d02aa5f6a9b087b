"""Dropout switches units off at random while training, so that none can rely on a neighbor.

This is the inverted form: what stays on is scaled up by 1 / (1 - rate), so that the expectation of
each output is its input, and at evaluation there is nothing to do.
"""

from __future__ import annotations

from .layer import Layer
from .types import Array, Rng
from .validation import check_number, check_rng, checked_backward, checked_forward


class Dropout(Layer):
    """y = x · mask; mask is 0 with probability `rate`, else 1 / (1 - rate) (Srivastava, 2014).

    Args:
        rate: the share that is dropped, 0 <= rate < 1. Texts and programs that give the
            probability to *keep* a unit mean 1 - rate.
        rng: the numpy.random.Generator that draws a new mask for each forward in training.

    >>> import numpy as np
    >>> dropout = Dropout(0.5, rng=np.random.default_rng(0))
    >>> dropout.forward(np.ones((2, 3)), train=True)
    array([[2., 0., 0.],
           [0., 2., 2.]])
    >>> dropout.forward(np.ones((1, 3)))  # evaluation
    array([[1., 1., 1.]])
    """

    def __init__(self, rate: float, *, rng: Rng) -> None:
        super().__init__()
        self.rate = check_number(rate, "Dropout", "rate", 0, 1)
        self.rng = check_rng(rng, "Dropout")

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        if not train:
            self.cache = None
            return x
        kept = self.rng.random(x.shape, dtype=x.dtype.type) >= self.rate
        mask = kept * x.dtype.type(1 / (1 - self.rate))  # typed: x's dtype is kept
        self.cache = mask
        return x * mask

    @checked_backward
    def backward(self, dy: Array) -> Array:
        mask: Array = self.cache
        return dy * mask

    def __repr__(self) -> str:
        return f"Dropout({self.rate:g})"
