"""Dropout switches units off at random while training, so that none can rely on a neighbor.

The random numbers come from a NumPy generator, called from within the graph: from one seed, this
layer and its NumPy twin draw the same masks.
"""

from __future__ import annotations

from ..types import Array, Rng
from ..validation import check_number, check_rng
from .layer import Layer
from .tensorflow import Tensor, tf


class Dropout(Layer):
    """y = x · mask; mask is 0 with probability `rate`, else 1 / (1 - rate).

    Each run of the training graph draws once; the evaluation graph does not draw.

    >>> import numpy as np
    >>> dropout = Dropout(0.5, rng=np.random.default_rng(0))
    >>> tf.Session().run(dropout.forward(tf.ones((2, 3), tf.float64), train=True))
    array([[2., 0., 0.],
           [0., 2., 2.]])
    """

    def __init__(self, rate: float, *, rng: Rng) -> None:
        super().__init__()
        self.rate = check_number(rate, "Dropout", "rate", 0, 1)
        self.rng = check_rng(rng, "Dropout")

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        if not train:
            return x
        # The draw waits for x itself: of two such layers, the lower one draws first.
        kept = tf.numpy_function(self._draw, [x], x.dtype) >= self.rate
        mask = tf.cast(kept, x.dtype) * (1 / (1 - self.rate))
        return x * tf.ensure_shape(mask, x.shape)

    def _draw(self, x: Array) -> Array:
        return self.rng.random(x.shape, dtype=x.dtype.type)

    def __repr__(self) -> str:
        return f"Dropout({self.rate:g})"
