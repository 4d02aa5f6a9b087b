"""Computational graphs: one worked out by hand, and one as TensorFlow holds it.

In the first, values flow forward above the edges and gradients backward below. The second shows
what a session would run to get some tensors; only attributes of the tensors are read, so that this
file need not import TensorFlow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch

from .._checks import fail
from .diagrams import BLUE, GREEN, INK

RED = "#B34700"  # dark enough to be read on white
RADIUS = 0.25

Gates = Mapping[str, Sequence[str]]


def draw_graph(
    gates: Gates,
    values: Mapping[str, float],
    gradients: Mapping[str | tuple[str, str], float],
    ax: Axes | None = None,
    *,
    rows: Mapping[str, float] | None = None,
    step: float = 1.6,
) -> Axes:
    """Inputs as names, gates as circles; each edge with its value above and its gradient below.

    Args:
        gates: for each gate's name its symbol and the names of what goes in, in the order of
            computation: {"q": ("+", "x", "y"), "f": ("×", "q", "z")}.
        values: the value of each name, from the forward pass.
        gradients: the derivative of the last gate for each name; where a name goes into several
            gates, also the part that comes back from each: {"x": 7, ("x", "q"): 3, ("x", "f"): 4}.
        ax: the axes to draw in; the current ones by default.
        rows: heights of names, counted downward, where the drawing is to differ from its own.
        step: the distance of two columns; the rows are 1 apart.

    >>> gates = {"q": ("+", "x", "y"), "f": ("×", "q", "z")}
    >>> values = {"x": 4, "y": -1, "z": 2, "q": 3, "f": 6}
    >>> gradients = {"x": 2, "y": 2, "z": 3, "q": 2, "f": 1}
    >>> [text.get_text() for text in draw_graph(gates, values, gradients).texts][-3:]
    ['6', '1', 'f']
    """
    places = _places(gates, rows or {}, step)
    for name in places:
        if name not in values or name not in gradients:
            fail("draw_graph", f"a value and a gradient for {name!r}", "one is missing",
                   f"add {name!r} to both dictionaries")  # fmt: skip
    ax = ax if ax is not None else plt.gca()
    ax.set_aspect("equal")
    ax.axis("off")
    goes_to: dict[str, list[str]] = {name: [] for name in places}
    for gate, (_, *inputs) in gates.items():
        for name in inputs:
            goes_to[name].append(gate)
    for name, (x, y) in places.items():
        symbol = gates[name][0] if name in gates else name
        face, ink = ("#cfe3f1", INK) if name in gates else ("white", GREEN)
        ax.add_patch(Circle((x, y), RADIUS, fc=face, ec=ink, lw=1.6, zorder=2))
        ax.text(x, y, symbol, ha="center", va="center", fontsize=10, color=INK, zorder=3)
        for gate in goes_to[name]:
            gradient = gradients.get((name, gate), gradients[name])
            _edge(ax, (x, y), places[gate], values[name], gradient)
        if len(goes_to[name]) > 1:
            text = f"sum: {_show(gradients[name])}"
            ax.text(x, y - RADIUS - 0.08, text, ha="center", va="top", fontsize=9, color=RED)
    last = list(gates)[-1]
    x, y = places[last]
    _edge(ax, (x, y), (x + step, y), values[last], gradients[last])
    ax.text(x + step - RADIUS + 0.06, y, last, ha="left", va="center", fontsize=11, color=INK)
    heights = [y for _, y in places.values()]
    ax.set(xlim=(-0.5, x + step + 0.2), ylim=(min(heights) - 0.6, max(heights) + 0.5))
    return ax


def _places(gates: Gates, rows: Mapping[str, float], step: float) -> dict[str, tuple[float, float]]:
    """Each gate one column right of what goes in, at its mean height; inputs where they are used.

    An input stands in the column before the first gate that it goes into.
    """
    column: dict[str, int] = {}
    row: dict[str, float] = {}
    for gate, (_, *inputs) in gates.items():
        column[gate] = 1 + max(column.get(name, 0) for name in inputs)
        for name in inputs:
            if name not in gates and name not in column:
                column[name] = column[gate] - 1
                row[name] = float(sum(other not in gates for other in row))
    for gate, (_, *inputs) in gates.items():
        row[gate] = sum(row[name] for name in inputs) / len(inputs)
    row.update(rows)
    return {name: (step * column[name], -row[name]) for name in column}


def _edge(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], value: float, gradient: float
) -> None:
    (x0, y0), (x1, y1) = start, end
    length = math.hypot(x1 - x0, y1 - y0)
    dx, dy = RADIUS * (x1 - x0) / length, RADIUS * (y1 - y0) / length
    arrow = {"arrowstyle": "-|>", "color": "#8a8a8a", "lw": 1.2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (x1 - dx, y1 - dy), (x0 + dx, y0 + dy), arrowprops=arrow, zorder=1)
    near = 0.4  # nearer to where it comes from: edges that meet are farther apart there
    x, y = x0 + near * (x1 - x0), y0 + near * (y1 - y0)
    angle = math.degrees(math.atan2(dy, dx))
    gap = 0.06 / RADIUS  # across the edge, so that the numbers run along it
    for text, color, side, va in ((value, BLUE, gap, "bottom"), (gradient, RED, -gap, "top")):
        ax.text(
            x - side * dy, y + side * dx, _show(text), color=color, ha="center", va=va,
            rotation=angle, rotation_mode="anchor", fontsize=9, zorder=3,
        )  # fmt: skip


def _show(number: float) -> str:
    """At most three decimals, none where the number is whole, and a true minus sign."""
    return f"{round(float(number), 3) + 0.0:g}".replace("-", "−")


# Placeholders, variables and constants bring numbers in; every other operation computes.
KINDS = {
    "Placeholder": ("placeholder", "#bfe3d6"),
    "VarHandleOp": ("variable", "#fbe0a6"),
    "Const": ("constant", "#e8e8e8"),
}
COMPUTES = "#cfe3f1"
PASSED_THROUGH = ("ReadVariableOp", "Identity")


def draw_tf_graph(*tensors: Any, ax: Axes | None = None) -> Axes:
    """Every operation that the tensors depend on, inputs on the left, as boxes and arrows.

    Args:
        tensors: what would be handed to `session.run`; all of one graph.
        ax: the axes to draw in; the current ones by default.

    >>> from nbhelpers.tf1 import tf
    >>> product = tf.placeholder(tf.float32, name="x") * tf.Variable(2.0, name="w")
    >>> ax = draw_tf_graph(product, ax=plt.figure().subplots())
    >>> sorted(text.get_text() for text in ax.texts)
    ['mul', 'w\\nvariable', 'x\\nplaceholder']
    """
    feeds: dict[Any, list[Any]] = {}
    for tensor in tensors:
        _walk_back(_source(tensor), feeds)
    places = _places_in_columns(feeds)
    ax = ax if ax is not None else plt.gca()
    ax.axis("off")
    boxes = {}
    for operation, (x, y) in places.items():
        kind, color = KINDS.get(operation.type, ("", COMPUTES))
        boxes[operation] = ax.text(
            x, y, f"{operation.name}\n{kind}".strip(), ha="center", va="center", fontsize=10,
            color=INK, bbox={"boxstyle": "round,pad=0.5", "fc": color, "ec": INK, "lw": 1.2},
        )  # fmt: skip
    columns = [x for x, _ in places.values()]
    rows = [y for _, y in places.values()]
    ax.set(xlim=(-0.5, max(columns) + 0.5), ylim=(min(rows) - 0.6, max(rows) + 0.6))
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()  # the boxes get their size, which the arrows end at
    for operation, inputs in feeds.items():
        for source in inputs:
            ax.add_patch(
                FancyArrowPatch(
                    places[source], places[operation], arrowstyle="-|>", mutation_scale=14,
                    color=INK, lw=1.2, zorder=0, shrinkA=0, shrinkB=0,
                    patchA=boxes[source].get_bbox_patch(),
                    patchB=boxes[operation].get_bbox_patch(),
                )
            )  # fmt: skip
    return ax


def _source(tensor: Any) -> Any:
    """The operation a tensor comes from; a variable's reads are not worth a box of their own."""
    operation = tensor.op
    while operation.type in PASSED_THROUGH:
        operation = operation.inputs[0].op
    return operation


def _walk_back(operation: Any, feeds: dict[Any, list[Any]]) -> None:
    """Note what feeds each operation, in the order of computation."""
    if operation not in feeds:
        inputs = [_source(tensor) for tensor in operation.inputs]
        for source in inputs:
            _walk_back(source, feeds)
        feeds[operation] = inputs


def _places_in_columns(feeds: dict[Any, list[Any]]) -> dict[Any, tuple[float, float]]:
    """Columns by depth; what has no input stands just before the first that needs it."""
    column: dict[Any, int] = {}
    for operation, inputs in feeds.items():  # in the order of computation
        column[operation] = max((column[source] + 1 for source in inputs), default=0)
    for operation, inputs in feeds.items():
        users = [column[user] for user, sources in feeds.items() if operation in sources]
        if not inputs and users:
            column[operation] = min(users) - 1
    stacks: dict[int, list[Any]] = {}
    for operation in feeds:
        stacks.setdefault(column[operation], []).append(operation)
    return {
        operation: (float(x), (len(stack) - 1) / 2 - row)
        for x, stack in stacks.items()
        for row, operation in enumerate(stack)
    }
