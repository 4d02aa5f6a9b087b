"""Summaries are numbers and histograms that a graph writes to a file, step by step.

TensorBoard draws such files. They can also be read back: here every tag becomes a `Series`.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .._checks import Array, fail
from ._tensorflow import tf


class Counts(NamedTuple):
    """One histogram: how many numbers fall below each limit and above the limit before."""

    counts: Array
    limits: Array
    size: float
    sum: float
    sum_squares: float

    @property
    def norm(self) -> float:
        """The root of the sum of squares: TensorFlow adds these up before it sorts into bins."""
        return math.sqrt(self.sum_squares)

    def quantile(self, share: float) -> float:
        """The value that this share of the numbers is below, but for the width of its bin."""
        below = np.cumsum(self.counts) / self.size
        return float(np.interp(share, below, self.limits))


class Series(NamedTuple):
    """What was written under one tag: the steps, and a float or a `Counts` for each."""

    steps: list[int]
    values: list[Any]


def read_summaries(folder: str | os.PathLike[str]) -> dict[str, Series]:
    """Read everything that a `tf.summary.FileWriter` wrote to a folder, by tag, in order.

    >>> import tempfile
    >>> tf.reset_default_graph()
    >>> with tempfile.TemporaryDirectory() as folder, tf.Session() as session:
    ...     summary = tf.summary.histogram("g", tf.constant([3.0, -4.0]))
    ...     with tf.summary.FileWriter(folder) as writer:
    ...         writer.add_summary(session.run(summary), global_step=7)
    ...     found = read_summaries(folder)
    >>> found["g"].steps, found["g"].values[0].norm
    ([7], 5.0)
    """
    files = sorted(Path(folder).glob("events.out.tfevents.*"))
    if not files:
        hint = "close the writer before reading"
        fail("read_summaries", "a folder with event files", "none in it", hint)
    found: dict[str, Series] = {}
    for path in files:
        for event in tf.train.summary_iterator(str(path)):
            for value in event.summary.value:
                series = found.setdefault(value.tag, Series([], []))
                series.steps.append(event.step)
                series.values.append(_read(value))
    return found


def _read(value: Any) -> Any:
    if value.WhichOneof("value") != "histo":
        return value.simple_value
    histo = value.histo
    counts, limits = np.array(histo.bucket), np.array(histo.bucket_limit)
    return Counts(counts, limits, histo.num, histo.sum, histo.sum_squares)
