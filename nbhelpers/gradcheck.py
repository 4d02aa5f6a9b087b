"""Gradients on trial: move one number a little, and see whether the loss moves as backward says.

The central difference (f(x + h) - f(x - h)) / 2h is off by about h² times the third derivative, and
by rounding of about 1e-16 / h: h = 1e-5 is near the best of both in float64. In float32 rounding
drowns the answer, so that checks are made in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .layers import Layer
from .network import Sequential
from .regularizers import L2
from .types import Array, Loss, Rng
from .validation import describe, refuse


def numerical_gradient(f: Callable[[], float], x: Array, h: float = 1e-5) -> Array:
    """Central differences of f for each number of x, which f reads; x is left as it was.

    >>> x = np.array([3.0])
    >>> numerical_gradient(lambda: float(x[0] ** 2), x).round(6)
    array([6.])
    """
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        mend = "check in float64: Sequential(..., dtype=np.float64)"
        refuse("numerical_gradient", "x in float64", describe(x), mend, TypeError)
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


def relative_error(a: Array, n: Array) -> float:
    """‖a - n‖ / (‖a‖ + ‖n‖): 0 when equal, 1 when opposite; 0 when both are zero.

    As a rule under 1e-7 is right, over 1e-4 is wrong, and between them a kink is likely.

    >>> a = np.array([1.0, 2.0])
    >>> relative_error(a, a), relative_error(a, -a)
    (0.0, 1.0)
    """
    if a.shape != n.shape:
        refuse("relative_error", f"two arrays of shape {a.shape}", f"{n.shape}", "like with like")
    size = float(np.linalg.norm(a) + np.linalg.norm(n))
    return float(np.linalg.norm(a - n)) / size if size else 0.0


def check_layer(layer: Layer, x: Array, *, rng: Rng) -> dict[str, float]:
    """Relative error of a layer's gradient for its input "x" and for each parameter, by name.

    The loss is Σ c y with fixed random c: with all c equal, gradients that sum to zero, like those
    of BatchNorm, would look right whatever they are.

    >>> from nbhelpers import Dense
    >>> rng = np.random.default_rng(0)
    >>> errors = check_layer(Dense(3, 2, rng=rng), rng.normal(size=(4, 3)), rng=rng)
    >>> sorted(errors), max(errors.values()) < 1e-7
    (['W', 'b', 'x'], True)
    """
    x = x.copy()
    c = rng.normal(size=layer.forward(x, train=True).shape)

    def loss() -> float:
        return float(np.sum(c * layer.forward(x, train=True)))

    layer.forward(x, train=True)
    analytic = {"x": layer.backward(c)} | {name: g.copy() for name, g in layer.grads.items()}
    places = {"x": x} | layer.params
    return {
        name: relative_error(analytic[name], numerical_gradient(loss, place))
        for name, place in places.items()
    }


def check_network(
    net: Sequential, loss: Loss, x: Array, y: Any, *, penalty: L2 | None = None
) -> dict[str, float]:
    """Relative error of a network's gradient for each parameter, by name, penalty included.

    Dropout must be out of the network or off: a new mask each time makes a new loss each time.
    """

    def value() -> float:
        data_loss, _ = loss(net.forward(x, train=True), y)
        return data_loss + sum(penalty.value(w) for w, _ in net.weights()) if penalty else data_loss

    _, dscores = loss(net.forward(x, train=True), y)
    net.backward(dscores)
    for w, g in net.weights():
        if penalty:
            g += penalty.gradient(w)
    analytic = net.g.copy()
    numeric = numerical_gradient(value, net.w)
    errors, end = {}, 0
    for i, layer in enumerate(net.layers):
        for name, p in layer.params.items():
            start, end = end, end + p.size
            errors[f"{i}.{type(layer).__name__}.{name}"] = relative_error(
                analytic[start:end], numeric[start:end]
            )
    return errors
