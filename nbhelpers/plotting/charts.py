"""Plots that several lessons share: each takes data or a History, and returns the Axes.

A lesson's own idea is drawn in the lesson; what is here is only plumbing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from .._checks import Array, Labels, describe, fail
from ..training import History

COLORS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000")


def plot_history(
    history: History, columns: Sequence[str] = ("train_loss", "val_loss"), ax: Axes | None = None
) -> Axes:
    """Columns of the epochs against the epoch; the best epoch, if known, is marked.

    >>> rows = [{"epoch": 1, "val_loss": 2.0}, {"epoch": 2, "val_loss": 1.0}]
    >>> plot_history(History(epochs=rows), ["val_loss"]).get_xlabel()
    'epoch'
    """
    ax = ax if ax is not None else plt.gca()
    for column in columns:
        ax.plot(history["epoch"], history[column], label=column.replace("_", " "))
    if history.best_epoch is not None and any(column.startswith("val") for column in columns):
        ax.axvline(history.best_epoch, color="0.5", ls=":", lw=1.2, label="best epoch")
    ax.set(xlabel="epoch", ylabel=columns[0].split("_")[-1])
    ax.legend()
    return ax


def plot_images(
    x: Array, titles: Sequence[Any] | None = None, *, columns: int = 10, ax: Axes | None = None
) -> Axes:
    """Gray images (N, side²) as one mosaic; it draws ten times faster than a plot for each.

    Args:
        x: N square images as rows; each is drawn on its own scale from its least to its largest.
        titles: a short text above each image.
        columns: images a row.

    >>> plot_images(np.eye(4, 9), columns=2).get_images()[0].get_array().shape
    (8, 8)
    """
    side = round(x.shape[1] ** 0.5) if x.ndim == 2 else 0
    if side * side != x.shape[-1] or side == 0:
        fail("plot_images", "x of shape (N, side * side)", describe(x), "x.reshape(len(x), -1)")
    rows, wide = -(-len(x) // columns), side + 1
    strip = side // 3 if titles is not None else 0  # above each image, for its title
    high = wide + strip
    least, most = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
    scaled = ((x - least) / np.maximum(most - least, 1e-12)).reshape(-1, side, side)
    mosaic = np.ones((rows * high, columns * wide))
    for i, image in enumerate(scaled):
        top, left = i // columns * high + strip, i % columns * wide
        mosaic[top : top + side, left : left + side] = 1 - image
    ax = ax if ax is not None else plt.gca()
    ax.imshow(mosaic, cmap="gray", vmin=0, vmax=1)
    ax.axis("off")
    for i, title in enumerate(titles if titles is not None else ()):
        place = ((i % columns + 0.5) * wide, i // columns * high + 0.5 * strip)
        ax.text(*place, str(title), color=COLORS[3], fontsize=9, ha="center", va="center")
    return ax


def plot_regions(
    predict: Callable[[Array], Labels],
    x: Array,
    y: Labels,
    *,
    points: int = 200,
    ax: Axes | None = None,
) -> Axes:
    """The class that `predict` gives to each place of the plane, under the examples x (N, 2)."""
    if x.ndim != 2 or x.shape[1] != 2:
        fail("plot_regions", "x of shape (N, 2)", describe(x), "choose two features, x[:, :2]")
    ax = ax if ax is not None else plt.gca()
    margin = 0.1 * np.ptp(x, axis=0)
    low, high = x.min(axis=0) - margin, x.max(axis=0) + margin
    grid = np.meshgrid(*(np.linspace(a, b, points) for a, b in zip(low, high, strict=True)))
    plane = np.column_stack([g.ravel() for g in grid]).astype(x.dtype)
    classes = int(y.max()) + 1
    colors = ListedColormap([COLORS[k % len(COLORS)] for k in range(classes)])
    extent = (low[0], high[0], low[1], high[1])
    ax.imshow(
        predict(plane).reshape(points, points), origin="lower", extent=extent, aspect="auto",
        cmap=colors, vmin=0, vmax=max(classes - 1, 1), alpha=0.25, interpolation="nearest",
    )  # fmt: skip
    for k in range(classes):
        marker = "osD^vP*X<>"[k % 10]  # told apart without color too
        style: dict[str, Any] = {"color": colors(k), "ms": 4, "mec": "white", "mew": 0.4}
        ax.plot(*x[y == k].T, marker, label=f"class {k}", **style)
    ax.grid(False)
    return ax


def plot_confusion(
    matrix: Labels, names: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Counts of true class (rows) against predicted class (columns); right answers are left blank.

    The diagonal holds nearly everything and would drown the mistakes, which are what one looks for.
    """
    ax = ax if ax is not None else plt.gca()
    mistakes = np.where(np.eye(len(matrix), dtype=bool), 0, matrix)
    ax.imshow(mistakes, cmap="Blues")
    for (i, j), n in np.ndenumerate(mistakes):
        if n:
            color = "white" if n > mistakes.max() / 2 else "black"
            ax.text(j, i, str(n), ha="center", va="center", fontsize=8, color=color)
    ticks, labels = np.arange(len(matrix)), names or [str(i) for i in range(len(matrix))]
    ax.set_xticks(ticks, labels)
    ax.set_yticks(ticks, labels)
    ax.set(xlabel="predicted", ylabel="true")
    ax.grid(False)
    return ax


SIDE, GAP, STRIP = 32, 1, 11  # pixels: of a picture, between two, above one for its title


def plot_pictures(
    x: Array, titles: Sequence[Any] | None = None, *, columns: int = 10, ax: Axes | None = None
) -> Axes:
    """Color images of 32 by 32 pixels as one mosaic; it draws ten times faster than a plot each.

    Args:
        x: (N, 3072) in [0, 1], the color last, as `load_cifar10` gives them.
        titles: a short text above each picture.
        columns: pictures a row.

    >>> ax = plt.figure().subplots()
    >>> plot_pictures(np.ones((3, 3072)), columns=2, ax=ax).get_images()[0].get_array().shape
    (66, 66, 3)
    """
    if x.ndim != 2 or x.shape[1] != 3 * SIDE**2 or x.min() < 0 or x.max() > 1:
        hint = "the data set's own x, before it is standardized"
        fail("plot_pictures", "x of shape (N, 3072) in [0, 1]", describe(x), hint)
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
