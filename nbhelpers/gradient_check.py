"""Gradients on trial: move one number a little, and see whether the loss moves as backward says.

The central difference (f(x + h) - f(x - h)) / 2h is off by about h² times the third derivative, and
by rounding of about 1e-16 / h: h = 1e-5 is near the best of both in float64. In float32 rounding
drowns the answer, so that checks are made in float64. Within h of a kink (of ReLU at 0, say) the
difference is neither slope: keep the numbers of a check away from there.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ._checks import Array, Loss, Rng, describe, fail, formula_of_method
from ._custom_layers import forward_of, parts_of
from .layers import Layer, sublayers
from .network import Sequential
from .regularizers import Penalty
from .training import loss_of, penalty_gradient, penalty_value

FLOOR = 1e-3
"""Gradients shorter than this are compared absolutely: rounding alone makes central differences
wrong by about 1e-11, which beside a gradient of 0, like that of a bias before BatchNorm, is all."""


def numerical_gradient(f: Callable[[], float], x: Array, h: float = 1e-5) -> Array:
    """Central differences of f for each number of x, which f reads; x is left as it was.

    >>> x = np.array([3.0])
    >>> numerical_gradient(lambda: float(x[0] ** 2), x).round(6)
    array([6.])
    """
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        hint = "check in float64: Sequential(..., dtype=np.float64)"
        fail("numerical_gradient", "x in float64", describe(x), hint, TypeError)
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        keep = x[i]
        x[i] = keep + h
        above = f()
        x[i] = keep - h
        below = f()
        x[i] = keep
        gradient[i] = (above - below) / (2 * h)
    return gradient


def relative_error(a: Array, n: Array, *, floor: float = 0.0) -> float:
    """‖a - n‖ / (‖a‖ + ‖n‖): 0 when equal, 1 when opposite; 0 when both are zero, ∞ for a NaN.

    As a rule under 1e-7 is right, over 1e-4 is wrong, and between them a kink is likely. The
    denominator is at least `floor`.

    >>> a = np.array([1.0, 2.0])
    >>> relative_error(a, a), relative_error(a, -a)
    (0.0, 1.0)
    """
    if a.shape != n.shape:
        fail("relative_error", f"two arrays of shape {a.shape}", f"{n.shape}", "like with like")
    size = max(float(np.linalg.norm(a) + np.linalg.norm(n)), floor)
    error = float(np.linalg.norm(a - n)) / size if size else 0.0
    return math.inf if math.isnan(error) else error  # max(…) over errors would pass over a NaN


def check_layer(layer: Layer, x: Array, *, rng: Rng) -> dict[str, float]:
    """Relative error of a layer's gradient with respect to its input "x" and to each parameter.

    The loss is Σ c y with fixed random c: with all c equal, gradients that sum to zero, like those
    of BatchNorm, would look right whatever they are. A layer that draws, like Dropout, draws the
    same each time: a new mask would make a new loss. The layer is left as it was.

    Raises:
        ValueError: the output is not the same twice, because the layer draws from a generator that
            is not one of its attributes.

    >>> from nbhelpers import Dense
    >>> rng = np.random.default_rng(0)
    >>> errors = check_layer(Dense(3, 2, rng=rng), rng.normal(size=(4, 3)), rng=rng)
    >>> sorted(errors), max(errors.values()) < 1e-7
    (['W', 'b', 'x'], True)
    """
    x = x.copy()
    with _untouched([part for _, part in sublayers(layer)]) as rewind:

        def forward() -> Array:
            rewind()
            if formula_of_method(layer.forward):
                return layer.forward(x, train=True)
            return forward_of(layer, x, True, x.dtype)

        c = rng.normal(size=forward().shape)
        check_frozen("check_layer", forward(), forward())
        dx = layer.backward(c)
        if dx is None:
            fail("check_layer", "dx from backward", "None", "end with return dx", TypeError)
        analytic = {"x": dx} | {name: g.copy() for name, g in layer.grads.items()}
        errors = {}
        for name, place in ({"x": x} | layer.params).items():
            numeric = numerical_gradient(lambda: float(np.sum(c * forward())), place)
            errors[name] = relative_error(analytic[name], numeric, floor=FLOOR)
    return errors


@contextmanager
def _untouched(layers: Sequence[Layer]) -> Iterator[Callable[[], None]]:
    """Leave layers' gradients, running averages, caches and generators as they were.

    Yields a function that sets the generators back, so that the next forward draws the same.
    """
    rngs = [value for layer in layers for value in vars(layer).values() if isinstance(value, Rng)]
    draws = [copy.deepcopy(rng.bit_generator.state) for rng in rngs]
    attributes = [dict(vars(layer)) for layer in layers]
    arrays = [array for layer in layers for array in _arrays(layer) if array.flags.writeable]
    values = [array.copy() for array in arrays]

    def rewind() -> None:
        for rng, state in zip(rngs, draws, strict=True):
            rng.bit_generator.state = state

    try:
        yield rewind
    finally:
        rewind()
        for layer, before in zip(layers, attributes, strict=True):
            vars(layer).clear()
            vars(layer).update(before)
        for array, value in zip(arrays, values, strict=True):
            array[...] = value


def _arrays(layer: Layer) -> list[Array]:
    """The arrays that a forward or backward pass may write into."""
    known = [*layer.params.values(), *layer.grads.values(), *layer.state.values()]
    return known + [value for value in vars(layer).values() if isinstance(value, np.ndarray)]


def check_frozen(where: str, once: Any, again: Any) -> None:
    """Raise where the same pass gave different numbers twice."""
    if not np.array_equal(once, again):
        hint = "freeze dropout: take it out, or let the layer draw from a generator in self.rng"
        fail(where, "the same output twice for the same weights", "two", hint)


def check_loss(loss: Loss, scores: Array, y: Any) -> float:
    """Relative error of a loss's gradient for the scores.

    >>> from nbhelpers import softmax_cross_entropy
    >>> check_loss(softmax_cross_entropy, np.array([[1.0, 2.0, 0.5]]), np.array([0])) < 1e-7
    True
    """
    scores = scores.copy()
    _, analytic = loss_of(loss, scores, y)
    numeric = numerical_gradient(lambda: loss(scores, y)[0], scores)
    return relative_error(analytic, numeric, floor=FLOOR)


def check_penalty(penalty: Penalty, w: Array) -> float:
    """Relative error of a penalty's gradient: a ½ in one of value and gradient alone shows here.

    >>> from nbhelpers import L2
    >>> check_penalty(L2(0.1), np.array([[1.0, -2.0]])) < 1e-7
    True
    """
    w = w.copy()
    numeric = numerical_gradient(lambda: penalty_value(penalty, w), w)
    return relative_error(penalty_gradient(penalty, w), numeric, floor=FLOOR)


def check_network(
    net: Sequential, loss: Loss, x: Array, y: Any, *, penalty: Penalty | None = None
) -> dict[str, float]:
    """Relative error of a network's gradient for each parameter, by name, penalty included.

    Layers that draw, like Dropout, draw the same mask each time. The network is left as it was.

    Raises:
        ValueError: the loss is not the same twice, because a layer draws from a generator that
            cannot be set back: one that is not an attribute of the layer.

    >>> from nbhelpers import BatchNorm, Dense, Tanh, softmax_cross_entropy
    >>> rng = np.random.default_rng(0)
    >>> layers = Dense(3, 4, rng=rng, bias=False), BatchNorm(4), Tanh(), Dense(4, 2, rng=rng)
    >>> net = Sequential(*layers, dtype=np.float64)
    >>> x, y = rng.normal(size=(5, 3)), np.array([0, 1, 0, 1, 1])
    >>> errors = check_network(net, softmax_cross_entropy, x, y)
    >>> list(errors), max(errors.values()) < 1e-7
    (['0.Dense.W', '1.BatchNorm.gamma', '1.BatchNorm.beta', '3.Dense.W', '3.Dense.b'], True)
    """
    if not isinstance(net, Sequential):
        hint = "check its NumPy counterpart" if getattr(net, "engine", "") == "graph" else ""
        fail("check_network", "a network of nbhelpers", describe(net), hint, TypeError)
    parts = parts_of(net.layers)
    with _untouched([part for _, part in parts]) as rewind:

        def value() -> float:
            rewind()
            total, _ = loss_of(loss, net.forward(x, train=True), y)
            if penalty:
                total += sum(penalty_value(penalty, w) for w, _ in net.weights())
            return total

        check_frozen("check_network", value(), value())
        rewind()
        _, dscores = loss_of(loss, net.forward(x, train=True), y)
        net.backward(dscores)
        for w, g in net.weights():
            if penalty:
                g += penalty_gradient(penalty, w)
        analytic = net.g.copy()
        numeric = numerical_gradient(value, net.w)
    errors, end = {}, 0
    for name, part in parts:
        for key, p in part.params.items():
            start, end = end, end + p.size
            errors[f"{name}.{key}"] = relative_error(
                analytic[start:end], numeric[start:end], floor=FLOOR
            )
    return errors
