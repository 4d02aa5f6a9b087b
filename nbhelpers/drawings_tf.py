"""A TensorFlow graph, drawn as TensorFlow holds it: what a session would run to get some tensors.

Only attributes of the tensors are read, so that this file need not import TensorFlow.
"""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch

from .drawings import INK

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
    >>> sorted(text.get_text() for text in draw_tf_graph(product).texts)
    ['mul', 'w\\nvariable', 'x\\nplaceholder']
    """
    feeds: dict[Any, list[Any]] = {}
    for tensor in tensors:
        _walk_back(_source(tensor), feeds)
    places = _places(feeds)
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


def _places(feeds: dict[Any, list[Any]]) -> dict[Any, tuple[float, float]]:
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
