"""What a network looks like from inside, in numbers: outputs, gradients, weights, layer by layer.

Everything here only looks on: it changes neither weights, nor running averages, nor the state of a
random generator, so that a run that is watched is the same run.
Histograms come as numbers: a plot can follow.
"""

from __future__ import annotations

import copy
from typing import Any, NamedTuple, cast

import numpy as np

from .._checks import Array, Loss, check_batch
from .._custom_layers import run_backward, run_forward
from .._files import Arrays
from ..activations import ReLU, Sigmoid, Tanh
from ..layers import sublayers
from ..network import Sequential

SATURATED = 0.1
"""A sigmoid or tanh unit counts as saturated where its slope is under this share of its largest:
beyond ±3.7 for the sigmoid, ±1.8 for tanh. Saturated units hardly learn (Glorot & Bengio, 2010)."""


def layer_outputs(net: Sequential, x: Array) -> Arrays:
    """Each layer's output on x (N, n_in), by name, in order: "0.Dense", "1.ReLU", …

    >>> from nbhelpers import Dense
    >>> net = Sequential(Dense(2, 3, rng=np.random.default_rng(0)), ReLU())
    >>> {name: y.shape for name, y in layer_outputs(net, np.ones((5, 2))).items()}
    {'0.Dense': (5, 3), '1.ReLU': (5, 3)}
    """
    check_batch(x, net.layers[0].n_in, "layer_outputs")
    outputs: Arrays = {}
    y = x.astype(net.dtype, copy=False)
    for i, layer in enumerate(net.layers):
        parts = [part for _, part in sublayers(layer)]
        kept = [vars(part).copy() for part in parts]
        y = run_forward(layer, y, False, net.dtype)
        for part, attributes in zip(parts, kept, strict=True):
            vars(part).update(attributes)  # a backward that is still to come finds what it needs
        outputs[f"{i}.{type(layer).__name__}"] = y
    return outputs


def named_weights(net: Sequential) -> dict[str, tuple[Array, Array]]:
    """Each weight matrix and its gradient, under the name that `net.arrays()` gives it."""
    names = (name for name in net.arrays() if name.endswith(".W"))
    return dict(zip(names, net.weights(), strict=True))


def gradient_norms(net: Sequential) -> dict[str, float]:
    """‖g‖ of each W, as the latest backward left it.

    >>> from nbhelpers import Dense
    >>> gradient_norms(Sequential(Dense(2, 3, rng=np.random.default_rng(0))))
    {'0.Dense.W': 0.0}
    """
    return {name: float(np.linalg.norm(g)) for name, (_, g) in named_weights(net).items()}


def update_ratios(net: Sequential, before: Arrays) -> dict[str, float]:
    """‖ΔW‖ / ‖W‖ of each W between the snapshot `before` and now; ΔW / 0 is infinite, 0 / 0 is 0.

    >>> from nbhelpers import Dense
    >>> net = Sequential(Dense(2, 3, rng=np.random.default_rng(0)))
    >>> before = net.snapshot()
    >>> net.w *= 1.001
    >>> {name: round(ratio, 6) for name, ratio in update_ratios(net, before).items()}
    {'0.Dense.W': 0.001}
    """
    ratios = {}
    for name, (w, _) in named_weights(net).items():
        change, size = np.linalg.norm(w - before[name]), np.linalg.norm(before[name])
        ratios[name] = float(change / size) if size else (float("inf") if change else 0.0)
    return ratios


def dead_shares(net: Sequential, outputs: Arrays) -> dict[str, float]:
    """For each ReLU layer, the share of units that are 0 for every example: they cannot learn.

    Args:
        net: the network.
        outputs: its `layer_outputs`, on several hundred examples: a unit that is on for 1 in 100
            seems dead to 37 % of all batches of 100.

    >>> from nbhelpers import Dense
    >>> net = Sequential(Dense(2, 4, rng=np.random.default_rng(0)), ReLU())
    >>> net.layers[0].params["b"][:] = [-9.0, 0.0, 9.0, 9.0]
    >>> dead_shares(net, layer_outputs(net, np.eye(2)))
    {'1.ReLU': 0.25}
    """
    return {
        name: float((y <= 0).all(axis=0).mean())
        for (name, y), layer in zip(outputs.items(), net.layers, strict=True)
        if isinstance(layer, ReLU)
    }


def saturated_shares(net: Sequential, outputs: Arrays) -> dict[str, float]:
    """For each Sigmoid or Tanh layer, the share of its outputs where the unit is saturated.

    >>> net = Sequential(Tanh())
    >>> saturated_shares(net, layer_outputs(net, np.array([[-9.0, 0.0, 1.0, 9.0]])))
    {'0.Tanh': 0.5}
    """
    shares = {}
    for (name, y), layer in zip(outputs.items(), net.layers, strict=True):
        if isinstance(layer, (Sigmoid, Tanh)):
            centered = 2 * y - 1 if isinstance(layer, Sigmoid) else y
            shares[name] = float((1 - centered**2 < SATURATED).mean())  # slope / largest slope
    return shares


class Rehearsal(NamedTuple):
    """One step that was tried out and not taken; by layer name, in order."""

    loss: float
    outputs: Arrays
    flow: dict[str, float]
    """‖dL / dy‖ of each layer's output y: how much of the gradient arrives there."""


def rehearse(net: Sequential, loss: Loss, x: Array, y: Any) -> Rehearsal:
    """Forward and backward in training mode, on a copy of the layers.

    >>> from nbhelpers import Dense, softmax_cross_entropy
    >>> net = Sequential(Dense(2, 3, rng=np.random.default_rng(0)))
    >>> tried = rehearse(net, softmax_cross_entropy, np.zeros((4, 2)), np.array([0, 1, 2, 0]))
    >>> round(tried.loss, 4), round(tried.flow["0.Dense"], 4)  # log 3, …
    (1.0986, 0.4082)
    """
    layers = copy.deepcopy(net.layers)
    names = [f"{i}.{type(layer).__name__}" for i, layer in enumerate(layers)]
    outputs, flow = {}, {}
    with np.errstate(over="ignore", invalid="ignore"):
        value, shapes = x.astype(net.dtype, copy=False), []
        for name, layer in zip(names, layers, strict=True):
            shapes.append(value.shape)
            value = outputs[name] = run_forward(layer, value, True, net.dtype)
        result, dy = loss(value, y)
        for name, layer, shape in zip(names[::-1], layers[::-1], shapes[::-1], strict=True):
            flow[name] = float(np.linalg.norm(dy))
            dy = cast(Array, run_backward(layer, dy, True, shape, net.dtype))
    return Rehearsal(result, outputs, dict(reversed(flow.items())))


def best_constant_loss(loss: Loss, n_scores: int, y: Any) -> float:
    """The chance level of a loss: the lowest that the same scores for all examples can reach.

    It is that of the classes' shares for a cross-entropy, of their log odds for one score, of the
    mean for squared errors; for any other loss it is found by gradient descent from the best of
    these.

    >>> from nbhelpers import mse, softmax_cross_entropy
    >>> round(best_constant_loss(softmax_cross_entropy, 2, np.array([0, 0, 0, 1])), 4)
    0.5623
    >>> best_constant_loss(mse, 1, np.array([[4.0], [6.0]]))  # around the mean
    1.0
    """

    def of(scores: Array) -> tuple[float, Array]:
        value, gradient = loss(np.tile(scores, (len(y), 1)), y)
        return float(value), gradient.sum(axis=0)

    starts = [np.zeros(n_scores)]
    if y.dtype.kind == "f":
        starts.append(np.broadcast_to(y.mean(axis=0), (n_scores,)).astype(float))
    elif y.ndim == 1 and n_scores == 1:
        share = np.clip(np.mean(y > 0), 1e-12, 1 - 1e-12)
        starts.append(np.full(1, np.log(share / (1 - share))))
    elif y.ndim == 1 and y.min() >= 0 and y.max() < n_scores:
        shares = np.bincount(y, minlength=n_scores) / len(y)
        starts.append(np.log(np.maximum(shares, 1e-12)))
    scores = min(starts, key=lambda start: of(start)[0])
    value, gradient = of(scores)
    step = 1.0
    for _ in range(200):  # twice as far after each success, half as far after each failure
        moved, slope = of(scores - step * gradient)
        if moved < value:
            scores, value, gradient, step = scores - step * gradient, moved, slope, 2 * step
        else:
            step /= 2
    return value


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
