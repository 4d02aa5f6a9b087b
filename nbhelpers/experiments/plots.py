"""A plot of arms: every seed, the mean and its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import fail
from .statistics import by_arm_and_seed, mean_interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def plot_arms(
    runs: pd.DataFrame, column: str = "score", *, baseline: str | None = None, level: float = 0.95,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Each seed as a faint dot, the mean and its t interval as a mark, a row for each arm.

    Args:
        runs: as `run_arms` returns it; runs that failed are left out, and counted at the arm.
        column: what is drawn: numbers.
        baseline: an arm. Then the differences from it at the same seeds are drawn, with the
            interval of `paired_difference`: one that leaves out the line at 0 is significant at
            1 − level, before correction. Without, the values themselves; a faint line joins those
            of a seed, for overlapping intervals say little about arms that move together.
        level: of the intervals.

    >>> import pandas as pd
    >>> runs = pd.DataFrame({"arm": ["sgd"] * 3 + ["adam"] * 3, "seed": [0, 1, 2] * 2,
    ...                      "score": [0.90, 0.92, 0.91, 0.93, 0.95, 0.95]})
    >>> plot_arms(runs, baseline="sgd").get_xlabel()
    'score: difference from sgd'
    """
    import matplotlib.pyplot as plt

    table = by_arm_and_seed(runs, column, "plot_arms")
    if baseline is not None and baseline not in table:
        fail("plot_arms", f"baseline to be one of {list(table)}", repr(baseline))
    values = {
        arm: np.array([float(np.mean(v)) for v in row.values()]) for arm, row in table.items()
    }
    if baseline is not None:
        base = values.pop(baseline)
        values = {arm: x - base for arm, x in values.items()}
    ax = ax if ax is not None else plt.gca()
    ink: Any = plt.rcParams["text.color"]  # dark on a light page, light on a dark one
    # A seed has the same height in every row, so that it can be followed; top to bottom as given.
    n = len(next(iter(values.values())))
    heights = np.linspace(0.22, -0.22, n) if n > 1 else np.zeros(1)
    if baseline is None:
        for i in range(n):
            line = [x[i] for x in values.values()], np.arange(len(values)) - heights[i]
            ax.plot(*line, color="C5", lw=0.7, alpha=0.5)
    else:
        ax.axvline(0, color=ink, lw=1, ls=":")
    labels = []
    for y, (arm, x) in enumerate(values.items()):
        good = np.isfinite(x)
        ax.plot(x[good], y - heights[good], "o", color="C5", alpha=0.75, ms=4, mew=0)
        if good.sum() > 1:
            mark = mean_interval(x[good], level=level)  # of differences: the paired interval
            reach = [[mark.mean - mark.low], [mark.high - mark.mean]]
            ax.errorbar(mark.mean, y, xerr=reach, fmt="D", color="C3", ms=5, capsize=4, lw=1.8)
        labels.append(arm + ("" if good.all() else f"\n({(~good).sum()} of {n} failed)"))
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    name = column.replace("_", " ")
    ax.set_xlabel(name if baseline is None else f"{name}: difference from {baseline}")
    ax.set_title(f"mean and {100 * level:g} % interval, n = {n}")
    ax.grid(axis="y", visible=False)
    return ax
