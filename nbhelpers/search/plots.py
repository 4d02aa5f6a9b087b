"""Plots of a search: every trial as one line across all axes, or two hyperparameters as a map."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from .._checks import check_size, fail
from .sampling import Space
from .spaces import Choices
from .trials import Results

CMAP = "cividis"  # reads the same with and without color vision


def plot_parallel(
    results: Results, space: Space, *, highest: str | None = None, lowest: str | None = None,
    top: int = 10, ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Parallel coordinates: an upright axis for each hyperparameter, a line for each trial.

    Args:
        results: trials over this space; failed ones are drawn dashed, without a value.
        highest, lowest: the value on the last axis, and which end of it is the good one.
        top: how many of the best are drawn in color; all others are gray.

    >>> from nbhelpers import Uniform, run_search
    >>> rng = np.random.default_rng(0)
    >>> settings = [{"a": 0.1, "b": 0.9}, {"a": 0.5, "b": 0.3}]
    >>> results = run_search(lambda a, b, rng: a * b, settings, rng=rng, n_jobs=1)
    >>> ax = plot_parallel(results, {"a": Uniform(0, 1), "b": Uniform(0, 1)}, highest="score")
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['a', 'b', 'score']
    """
    results.best(highest=highest, lowest=lowest)  # says what is wrong with the names
    ax = ax if ax is not None else plt.gca()
    column, names, cmap = str(highest or lowest), list(space), plt.get_cmap(CMAP)
    values = _values(results, column)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    scaled = (values - low) / ((high - low) or 1.0)
    good = np.nan_to_num(scaled if highest else -scaled, nan=-np.inf)
    order = np.argsort(good, kind="stable")  # the best ones on top
    for place, i in enumerate(order.tolist(), start=top - len(order)):
        heights = [space[name].place(results.trials[i].setting[name]) for name in names]
        failed = bool(np.isnan(values[i]))
        heights += [] if failed else [float(scaled[i])]
        style: dict[str, Any] = {"color": "0.8", "lw": 0.5, "ls": "--" if failed else "-"}
        style["antialiased"] = False  # a hundred lines of soft edges make a picture of a megabyte
        if place >= 0 and not failed:
            style = {"color": cmap(place / top), "lw": 1.2 + place / top}
        ax.plot(heights, **style)
    ends = [_ends(space[name]) for name in names] + [(f"{low:.3g}", f"{high:.3g}")]
    for x, (bottom, top_end) in enumerate(ends):
        ax.axvline(x, color="0.3", lw=1)
        ax.text(x, -0.03, bottom, ha="center", va="top", fontsize=9)
        ax.text(x, 1.03, top_end, ha="center", va="bottom", fontsize=9)
    ax.set_xticks(range(len(ends)), [*names, column])
    ax.tick_params(axis="x", pad=16, length=0)
    ax.set(yticks=[], ylim=(-0.02, 1.02))
    ax.spines[:].set_visible(False)
    ax.grid(False)
    return ax


def plot_heat_map(
    results: Results, space: Space, x: str, y: str, column: str, cells: int = 4,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """The mean of a value over the trials in each cell of two hyperparameters; blank where none.

    Args:
        x, y: the hyperparameters along and up.
        cells: how many cells each axis is cut into.

    >>> from nbhelpers import Uniform, grid_settings, run_search
    >>> space = {"a": Uniform(0, 1), "b": Uniform(0, 1)}
    >>> results = run_search(lambda a, b, rng: a, grid_settings(space, 2),
    ...                      rng=np.random.default_rng(0), n_jobs=1)
    >>> plot_heat_map(results, space, "a", "b", "score", 2).get_images()[0].get_array().tolist()
    [[0.25, 0.75], [0.25, 0.75]]
    """
    check_size(cells, "plot_heat_map", "cells")
    if unknown := {x, y} - space.keys():
        hint = "take two names of the space"
        fail("plot_heat_map", f"two of {list(space)}", str(sorted(unknown)), hint)
    ax = ax if ax is not None else plt.gca()
    values = _values(results, column)
    places = np.array([[space[n].place(t.setting[n]) for n in (y, x)] for t in results])
    rows, columns = np.clip((places * cells).astype(int), 0, cells - 1).T
    means = np.full((cells, cells), np.nan)
    for i, j in {*zip(rows.tolist(), columns.tolist(), strict=True)}:
        here = values[(rows == i) & (columns == j)]
        means[i, j] = np.nan if np.isnan(here).all() else np.nanmean(here)
    shown = np.ma.masked_invalid(means)
    ax.imshow(shown, origin="lower", cmap=CMAP, extent=(0, cells, 0, cells), aspect="auto")
    middle = (np.nanmin(means) + np.nanmax(means)) / 2
    for (i, j), mean in np.ndenumerate(means):
        if not np.isnan(mean):
            color = "black" if mean > middle else "white"
            ax.text(j + 0.5, i + 0.5, f"{mean:.2f}", ha="center", va="center", color=color)
    edges = np.linspace(0, 1, cells + 1)
    for axis, name in ((ax.xaxis, x), (ax.yaxis, y)):
        axis.set_ticks(np.arange(cells + 1), [_label(space[name].at(u)) for u in edges])
        axis.set_label_text(name)
    ax.grid(False)
    return ax


def _values(results: Results, column: str) -> Any:
    """One value of all trials, NaN for those that failed."""
    results.best(highest=column)  # says which names there are
    return np.array([t.values.get(column, np.nan) for t in results], dtype=float)


def _label(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _ends(axis: Any) -> tuple[str, str]:
    if isinstance(axis, Choices):
        return str(axis.values[0]), str(axis.values[-1])
    return _label(axis.at(0.0)), _label(axis.at(1.0))
