"""Histograms of a network's activations, weights and gradients, as numbers: a plot can follow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ._checks import Array
from .measures import layer_outputs, named_weights
from .network import Sequential


class Histogram(NamedTuple):
    """How many numbers fall between each two neighboring edges, and the numbers' mean and std."""

    counts: Array
    edges: Array
    mean: float
    std: float


def histogram(values: Array, bins: int = 20) -> Histogram:
    """The histogram of all finite values of an array.

    >>> histogram(np.array([0.0, 1.0, 1.0, 2.0]), bins=2)
    Histogram(counts=array([1, 3]), edges=array([0., 1., 2.]), mean=1.0, std=0.7071067811865476)
    """
    finite = values[np.isfinite(values)].astype(np.float64)
    counts, edges = np.histogram(finite, bins)
    empty = finite.size == 0
    mean, std = (np.nan, np.nan) if empty else (float(finite.mean()), float(finite.std()))
    return Histogram(counts, edges, mean, std)


def activation_histograms(net: Sequential, x: Array, bins: int = 20) -> dict[str, Histogram]:
    """The histogram of each layer's output on x (N, n_in), by the layer's name.

    >>> from nbhelpers import Dense
    >>> net = Sequential(Dense(2, 3, rng=np.random.default_rng(0)))
    >>> activation_histograms(net, np.zeros((5, 2)))["0.Dense"].std  # no input, no answer
    0.0
    """
    return {name: histogram(y, bins) for name, y in layer_outputs(net, x).items()}


def weight_histograms(net: Sequential, bins: int = 20) -> dict[str, Histogram]:
    """The histogram of each W, by name.

    >>> from nbhelpers import Dense
    >>> net = Sequential(Dense(2, 3, rng=np.random.default_rng(0)))
    >>> weight_histograms(net, bins=3)["0.Dense.W"].counts.sum()
    np.int64(6)
    """
    return {name: histogram(w, bins) for name, (w, _) in named_weights(net).items()}


def gradient_histograms(net: Sequential, bins: int = 20) -> dict[str, Histogram]:
    """The histogram of the gradient of each W, as the latest backward left it.

    >>> from nbhelpers import Dense
    >>> net = Sequential(Dense(2, 3, rng=np.random.default_rng(0)))
    >>> gradient_histograms(net)["0.Dense.W"].mean  # no backward yet
    0.0
    """
    return {name: histogram(g, bins) for name, (_, g) in named_weights(net).items()}
