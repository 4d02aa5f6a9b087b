"""Dropout switches units off at random while training, so that none can rely on a neighbor.

The random numbers come from a NumPy generator, called from within the graph: from one seed, this
layer and its NumPy twin draw the same masks. A solver draws them beforehand, in the same order.
"""

from __future__ import annotations

from typing import Any

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
        self.drawn: Tensor | None = None  # what a solver has drawn, while it builds its step

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        self.width = x.shape.as_list()[1]  # None where only the data know it
        if not train:
            return x
        drawn = self.drawn
        if drawn is None:
            # The draw waits for x itself: of two such layers, the lower one draws first.
            drawn = tf.numpy_function(lambda x: self.draw(x.shape, x.dtype), [x], x.dtype)
        mask = tf.cast(drawn >= self.rate, x.dtype) * (1 / (1 - self.rate))
        return x * tf.ensure_shape(mask, x.shape)

    def draw(self, shape: tuple[int, ...], dtype: Any) -> Array:
        """Random numbers in [0, 1), one for each number of a batch."""
        return self.rng.random(shape, dtype=dtype)

    def __repr__(self) -> str:
        return f"Dropout({self.rate:g})"
