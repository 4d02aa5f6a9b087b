"""Diagrams of neurons and networks, drawn by code so that they always show what is counted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Circle

from .._checks import check_size, describe, fail

INK, BLUE, ORANGE, GREEN = "#333333", "#0072B2", "#E69F00", "#009E73"


def _canvas(ax: Axes | None) -> Axes:
    ax = ax if ax is not None else plt.gca()
    ax.set_aspect("equal")
    ax.axis("off")
    return ax


def draw_biological_neuron(ax: Axes | None = None) -> Axes:
    """A neuron as a schematic: axons of others end at synapses, the body adds up, the axon fires.

    The synapses are numbered and blue, as the weights are in `draw_model_neuron`.
    """
    ax = _canvas(ax)
    line: dict[str, Any] = {"color": INK, "lw": 2.5, "solid_capstyle": "round", "zorder": 1}
    t = np.linspace(0, 1, 60)
    for i, (y, end) in enumerate(((2.5, 1.55), (1.25, 1.25), (0.0, 0.95)), start=1):
        middle = (0.9 * y + 1.1 * end) / 2
        ax.plot(*_bend(t, (0.75, y), (1.3, middle), (2.0, end)), **line)  # a dendrite
        for tip in (0.3, -0.3):  # which splits on its way out
            twig = _bend(t, (0.62, y + tip), (0.9, y + 0.2 * tip), (1.2, 0.6 * y + 0.4 * end))
            ax.plot(*twig, **{**line, "lw": 1.5})
        ax.plot((-0.75, 0.45), (y, y), color="#8a8a8a", lw=2, zorder=1)  # another neuron's axon
        ax.plot(0.52, y, "o", color=BLUE, ms=8, zorder=3)
        ax.text(-0.95, y, f"${i}$", ha="center", va="center", fontsize=11)
    ax.plot(*_bend(t, (2.3, 1.25), (3.5, 1.1), (4.6, 1.25)), **{**line, "lw": 3.5})
    ax.annotate("", (4.0, 1.19), (3.5, 1.18), arrowprops={**_arrow(), "mutation_scale": 18})
    for y in (0.75, 1.25, 1.75):
        ax.plot(*_bend(t, (4.6, 1.25), (4.9, (1.25 + y) / 2), (5.3, y)), **line)
        ax.plot(5.35, y, "o", color=BLUE, ms=8, zorder=3)
    ax.add_patch(Circle((2.1, 1.25), 0.5, fc="#cfe3f1", ec=INK, lw=2, zorder=2))
    for x, y, text, color in (
        (0.52, 3.15, "synapses", BLUE), (2.1, 2.2, "cell body", INK), (3.6, 0.75, "axon", INK),
        (1.45, -0.35, "dendrites", INK), (-0.4, -0.6, "axons of\nother neurons", INK),
        (5.3, 2.4, "to other\nneurons", INK),
    ):  # fmt: skip
        ax.text(x, y, text, ha="center", va="center", fontsize=9, color=color)
    ax.set(xlim=(-1.2, 6.1), ylim=(-1.0, 3.4))
    return ax


def _bend(t: Any, start: Any, middle: Any, end: Any) -> Any:
    """A curve from start to end, pulled toward the middle: a quadratic Bézier curve."""
    a, b, c = (np.asarray(p, dtype=float)[:, None] for p in (start, middle, end))
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c


def draw_model_neuron(ax: Axes | None = None) -> Axes:
    """The model: inputs times weights, summed with the bias to z, and a = f(z)."""
    ax = _canvas(ax)
    for i, y in enumerate((2.5, 1.25, 0.0), start=1):
        ax.annotate("", (2.13, 1.25 + 0.3 * (y - 1.25)), (-0.2, y), arrowprops=_arrow())
        ax.text(-0.5, y, f"$x_{i}$", ha="center", va="center", fontsize=12)
        ax.plot(0.52, 1.25 + 0.782 * (y - 1.25), "o", color=BLUE, ms=8, zorder=3)
        height = 1.36 + 0.782 * (y - 1.25)
        ax.text(0.62, height, f"$w_{i}$", ha="left", va="bottom", color=BLUE, fontsize=11)
    ax.annotate("", (2.6, 0.75), (2.6, -0.25), arrowprops=_arrow())
    ax.text(2.6, -0.5, "$b$", ha="center", va="center", color=BLUE, fontsize=12)
    for x, text in ((2.6, r"$\sum$"), (4.1, "$f$")):
        ax.add_patch(Circle((x, 1.25), 0.5, fc="#cfe3f1", ec=INK, lw=2))
        ax.text(x, 1.23, text, ha="center", va="center", fontsize=14)
    ax.annotate("", (3.6, 1.25), (3.1, 1.25), arrowprops=_arrow())
    ax.annotate("", (5.5, 1.25), (4.6, 1.25), arrowprops=_arrow())
    ax.text(5.75, 1.25, "$a$", ha="center", va="center", fontsize=12)
    ax.text(3.35, 1.5, "$z$", ha="center", va="center", fontsize=11)
    for x, y, text, color in (
        (0.52, 3.15, "weights", BLUE), (2.6, 2.2, "weighted\nsum", INK),
        (4.1, 2.2, "activation\nfunction", INK), (3.15, -0.5, "bias", BLUE),
        (-0.4, -0.6, "inputs", INK), (5.65, 0.8, "output", INK),
    ):  # fmt: skip
        ax.text(x, y, text, ha="center", va="center", fontsize=9, color=color)
    ax.set(xlim=(-1.2, 6.1), ylim=(-1.0, 3.4))
    return ax


def _arrow() -> dict[str, Any]:
    return {"arrowstyle": "-|>", "color": INK, "lw": 1.4, "shrinkA": 0, "shrinkB": 0}


def draw_network(
    sizes: Sequence[int], ax: Axes | None = None, *, names: Sequence[str] | None = None
) -> Axes:
    """A fully connected network: one column of circles per layer and one line per weight.

    Args:
        sizes: units per layer, the inputs first: (3, 4, 4, 1).
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
        tint = tuple(1 - 0.25 * (1 - c) for c in to_rgb(color))  # light enough for a symbol
        for x, y in column:
            ax.add_patch(Circle((x, y), 0.26, fc=tint, ec=color, lw=1.8, zorder=2))
        if names:
            ax.text(2.0 * i, -0.4 * max(sizes) - 0.05, names[i], ha="center", va="top", fontsize=9)
    low = -0.4 * max(sizes) - (0.4 if names else 0.1)
    ax.set(xlim=(-0.6, 2.0 * last + 0.6), ylim=(low, 0.4 * max(sizes) + 0.1))
    return ax
