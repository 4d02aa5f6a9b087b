"""Diagrams of neurons and networks, drawn by code so that they always show what is counted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle

from .._checks import check_size, describe, fail

INK, BLUE, ORANGE, GREEN = "#333333", "#0072B2", "#E69F00", "#009E73"


def _canvas(ax: Axes | None) -> Axes:
    ax = ax if ax is not None else plt.gca()
    ax.set_aspect("equal")
    ax.axis("off")
    return ax


def draw_biological_neuron(ax: Axes | None = None) -> Axes:
    """A neuron as a schematic: dendrites bring signals in, the body adds up, the axon fires."""
    ax = _canvas(ax)
    line: dict[str, Any] = {"color": INK, "lw": 2.5, "solid_capstyle": "round", "zorder": 1}
    for x0, y0, x1, y1, x2, y2 in (
        (0.0, 2.6, 0.9, 2.2, 1.6, 1.5),
        (-0.2, 1.5, 0.8, 1.4, 1.5, 1.2),
        (0.0, 0.2, 0.9, 0.6, 1.6, 1.0),
    ):
        t = np.linspace(0, 1, 30)
        ax.plot(*_bend(t, (x0, y0), (x1, y1), (x2, y2)), **line)
        for tip in (0.35, -0.35):  # every branch splits once on its way out
            twig = np.array([[x0 - 0.3, y0 + tip], [x0 + 0.35, y0 + 0.05], [x1 - 0.1, y1]])
            ax.plot(*_bend(t, *map(tuple, twig)), **{**line, "lw": 1.5})
    t = np.linspace(0, 1, 60)
    ax.plot(*_bend(t, (2.1, 1.25), (3.4, 1.0), (4.7, 1.3)), **{**line, "lw": 3.5})
    for y in (0.75, 1.3, 1.85):
        ax.plot(*_bend(t, (4.7, 1.3), (5.0, (1.3 + y) / 2), (5.4, y)), **line)
        ax.plot(5.45, y, "o", color=ORANGE, ms=8, zorder=3)
    ax.add_patch(Circle((1.8, 1.25), 0.52, fc="#cfe3f1", ec=INK, lw=2, zorder=2))
    for x, y, text in (
        (0.2, -0.65, "dendrites:\nsignals come in"), (1.85, 2.35, "cell body:\nadds them up"),
        (3.5, 0.1, "axon:\nfires"), (5.3, 2.55, "to other\nneurons"),
    ):  # fmt: skip
        ax.text(x, y, text, ha="center", va="center", fontsize=9, color=INK)
    ax.set(xlim=(-0.9, 6.1), ylim=(-1.1, 3.2))
    return ax


def _bend(t: Any, start: Any, middle: Any, end: Any) -> Any:
    """A curve from start to end, pulled toward the middle: a quadratic Bézier curve."""
    a, b, c = (np.asarray(p, dtype=float)[:, None] for p in (start, middle, end))
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c


def draw_model_neuron(ax: Axes | None = None) -> Axes:
    """The model: inputs times weights, summed with the bias, through the activation f."""
    ax = _canvas(ax)
    for i, y in enumerate((2.4, 1.25, 0.1), start=1):
        ax.annotate("", (2.1, 1.25 + 0.3 * (y - 1.25)), (0.4, y), arrowprops=_arrow())
        ax.text(0.15, y, f"$x_{i}$", ha="center", va="center", fontsize=12)
        height = 1.3 + 0.72 * (y - 1.25)
        ax.text(1.1, height, f"$w_{i}$", ha="center", va="bottom", color=BLUE, fontsize=11)
    ax.annotate("", (2.6, 0.75), (2.6, -0.25), arrowprops=_arrow())
    ax.text(2.6, -0.5, "$b$", ha="center", va="center", color=BLUE, fontsize=12)
    for x, text in ((2.6, r"$\sum$"), (4.1, "$f$")):
        ax.add_patch(Circle((x, 1.25), 0.5, fc="#cfe3f1", ec=INK, lw=2))
        ax.text(x, 1.23, text, ha="center", va="center", fontsize=14)
    ax.annotate("", (3.6, 1.25), (3.1, 1.25), arrowprops=_arrow())
    ax.annotate("", (5.5, 1.25), (4.6, 1.25), arrowprops=_arrow())
    ax.text(5.75, 1.25, "$y$", ha="center", va="center", fontsize=12)
    ax.text(3.35, 1.5, "$z$", ha="center", va="center", fontsize=11)
    ax.text(2.6, 2.35, "weighted\nsum", ha="center", va="center", fontsize=9, color=INK)
    ax.text(4.1, 2.35, "activation", ha="center", va="center", fontsize=9, color=INK)
    ax.set(xlim=(-0.2, 6.1), ylim=(-1.1, 3.2))
    return ax


def _arrow() -> dict[str, Any]:
    return {"arrowstyle": "-|>", "color": INK, "lw": 1.4, "shrinkA": 0, "shrinkB": 0}


def draw_network(
    sizes: Sequence[int], ax: Axes | None = None, *, names: Sequence[str] | None = None
) -> Axes:
    """A fully connected network, one column of circles a layer and one line a weight.

    Args:
        sizes: units a layer, the inputs first: (3, 4, 4, 1).
        ax: the axes to draw in; the current ones by default.
        names: a caption below each column.

    >>> len(draw_network((3, 4, 4, 1)).lines)  # 3·4 + 4·4 + 4·1 weights
    32
    """
    sizes = [check_size(n, "draw_network", "sizes") for n in sizes]
    if len(sizes) < 2 or max(sizes) > 16:
        hint = "draw a smaller network with the same depth"
        fail("draw_network", "two or more sizes of at most 16", describe(sizes), hint)
    ax = _canvas(ax)
    places = [[(2.0 * i, 0.8 * ((n - 1) / 2 - j)) for j in range(n)] for i, n in enumerate(sizes)]
    for left, right in pairwise(places):
        for x0, y0 in left:
            for x1, y1 in right:
                ax.plot((x0, x1), (y0, y1), color="#8a8a8a", lw=0.9, zorder=1)
    last = len(sizes) - 1
    for i, column in enumerate(places):
        color = GREEN if i == 0 else ORANGE if i == last else BLUE
        for x, y in column:
            ax.add_patch(Circle((x, y), 0.26, fc=color, ec="white", lw=1.5, zorder=2))
        if names:
            ax.text(2.0 * i, -0.4 * max(sizes) - 0.15, names[i], ha="center", va="top", fontsize=9)
    ax.set(xlim=(-0.8, 2.0 * last + 0.8), ylim=(-0.4 * max(sizes) - 0.9, 0.4 * max(sizes) + 0.1))
    return ax
