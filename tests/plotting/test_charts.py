"""Plots show all that they are handed."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nbhelpers.plotting import plot_regions


@pytest.mark.parametrize("classes", [2, 7, 9, 12])
def test_all_classes_are_drawn_and_differ(classes):
    y = np.arange(3 * classes) % classes
    x = np.random.default_rng(0).normal(size=(len(y), 2))
    figure, ax = plt.subplots()
    plot_regions(lambda plane: np.zeros(len(plane), int), x, y, points=5, ax=ax)
    assert [line.get_label() for line in ax.lines] == [f"class {k}" for k in range(classes)]
    assert all(len(line.get_xdata()) == 3 for line in ax.lines)
    looks = {(line.get_marker(), line.get_color()) for line in ax.lines}
    assert len(looks) == classes
    plt.close(figure)
