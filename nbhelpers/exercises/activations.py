"""Exercises of lesson `activations`: vanishing signals, Mish, PReLU, dead units, Maxout."""

from __future__ import annotations

from typing import Any

import numpy as np

from .engine.exercise import Exercise, Mistake

__all__ = ["maxouts", "prelu_backward", "revive", "signals", "smooth"]

_RNG = np.random.default_rng(505)


# 1. predict: what is left of both signals in each layer


def _signals(d: Any) -> tuple[Any, Any]:
    return np.cumprod(d), np.cumprod(d[::-1])[::-1]


_OWN = ("The forward signal is correct. The gradient with respect to z of a layer has also passed "
        "through this layer's *own* activation: its derivative is a factor too.")  # fmt: skip

signals = Exercise(
    "signals",
    _signals,
    [
        (np.array([0.25, 1.0, 0.25, 1.0, 0.25]),),
        (np.array([1.0, 0.25, 0.2, 0.9]),),
        (np.array([0.24, 0.5, 1.0]),),
    ],
    [
        Mistake(_OWN, lambda d: (np.cumprod(d), np.append(np.cumprod(d[:0:-1])[::-1], 1.0))),
        Mistake("The gradient is correct. The activations of a layer have passed through this "
                "layer's *own* function as well: its derivative is a factor too.",
                lambda d: (np.append(1.0, np.cumprod(d[:-1])), _signals(d)[1])),
        Mistake("The forward signal is correct. The gradient comes from the other end: the last "
                "layer has met one factor, the first all of them.",
                lambda d: (np.cumprod(d), np.cumprod(d))),
        Mistake("The two are swapped: the forward signal comes first. It shrinks on the way up, "
                "the gradient on the way down.", lambda d: _signals(d)[::-1]),
        Mistake("The forward signal is correct. The gradients are listed from the last layer to "
                "the first; layer 1 comes first.",
                lambda d: (np.cumprod(d), np.cumprod(d[::-1]))),
        Mistake("These are the layers' own factors. A signal has met those of all layers on its "
                "way, multiplied.", lambda d: (d, d)),
        Mistake("The factors are added. Going through one layer after the other multiplies.",
                lambda d: (np.cumsum(d), np.cumsum(d[::-1])[::-1])),
        Mistake("This is what is left at the far end, and equal for both. Each layer has a number "
                "of its own.", lambda d: (np.prod(d), np.prod(d))),
        Mistake("The factors are divided by instead of multiplied with: a derivative below 1 makes "
                "a signal smaller.",
                lambda d: (1 / np.cumprod(d), 1 / np.cumprod(d[::-1])[::-1])),
        Mistake("A product of all layers up to the top is right for the gradient. The forward "
                "signal has met only those from the input up to its layer.",
                lambda d: (_signals(d)[1], _signals(d)[1])),
    ],
    returns="a pair of arrays with one number per layer, from layer 1 up",
    kind="predict",
    stars=1,
)  # fmt: skip


# 2. derive: softplus and Mish


def _sigmoid(z: Any) -> Any:
    return np.exp(-np.logaddexp(0, -z))


def _mish_parts(z: Any) -> tuple[Any, Any]:
    """tanh(softplus(z)), and its derivative with respect to softplus(z)."""
    t = np.tanh(np.logaddexp(0, z))
    return t, 1 - t**2


def _smooth(z: Any) -> tuple[Any, Any]:
    t, dt = _mish_parts(z)
    return _sigmoid(z), t + z * dt * _sigmoid(z)


smooth = Exercise(
    "smooth",
    _smooth,
    [
        (np.array([-3.0, -1.0, 0.0, 0.5, 2.0]),),
        (_RNG.normal(0, 2, (4, 3)),),
        (np.array([-800.0, -40.0, 40.0, 800.0]),),
    ],
    [
        Mistake("The first is correct. In the second, the last factor of the chain rule is "
                "missing: softplus(z) has a derivative of its own, the one you have just found.",
                lambda z: (_sigmoid(z), _mish_parts(z)[0] + z * _mish_parts(z)[1])),
        Mistake("The first is correct. Mish is a *product*: its derivative has two terms, and the "
                "one in which z itself is differentiated is missing.",
                lambda z: (_sigmoid(z), z * _mish_parts(z)[1] * _sigmoid(z))),
        Mistake("The first is correct. Mish is a *product*: its derivative has two terms, and the "
                "one in which the tanh is differentiated is missing.",
                lambda z: (_sigmoid(z), _mish_parts(z)[0])),
        Mistake("The first is correct. In the second, the product rule has a factor z in the term "
                "where z is *not* differentiated.",
                lambda z: (_sigmoid(z), _mish_parts(z)[0] + _mish_parts(z)[1] * _sigmoid(z))),
        Mistake("The first is correct. The derivative of tanh is 1 minus its *square*.",
                lambda z: (_sigmoid(z),
                           _mish_parts(z)[0] + z * (1 - _mish_parts(z)[0]) * _sigmoid(z))),
        Mistake("The first is correct. In the second, tanh is differentiated at z. It has to be "
                "at softplus(z), which is what stands inside of it.",
                lambda z: (_sigmoid(z),
                           _mish_parts(z)[0] + z * (1 - np.tanh(z) ** 2) * _sigmoid(z))),
        Mistake("These are the values. Their derivatives are asked.",
                lambda z: (np.logaddexp(0, z), z * _mish_parts(z)[0])),
        Mistake("The first is the derivative of the sigmoid, the *second* derivative of softplus. "
                "Differentiate log(1 + exp(z)) once.",
                lambda z: (_sigmoid(z) * _sigmoid(-z), _smooth(z)[1])),
        Mistake("The second is correct. In the first, the inner derivative is missing: that of "
                "1 + exp(z) is exp(z), not 1.", lambda z: (1 - _sigmoid(z), _smooth(z)[1])),
        Mistake("Both are correct for ordinary z. For a large z, exp(z) overflows, and infinity "
                "divided by infinity is NaN. Divide both by exp(z).",
                lambda z: (np.exp(z) / (1 + np.exp(z)),
                           _mish_parts(z)[0]
                           + z * _mish_parts(z)[1] * np.exp(z) / (1 + np.exp(z)))),
        Mistake("The two are swapped: softplus comes first.", lambda z: _smooth(z)[::-1]),
    ],
    returns="a pair of arrays: the derivatives of softplus and of Mish",
    kind="derive",
    stars=2,
)  # fmt: skip


# 3. debug: the backward pass of PReLU


def _prelu(da: Any, z: Any, slope: float) -> tuple[Any, Any]:
    return da * np.where(z > 0, 1, slope), float(np.sum(da * np.minimum(z, 0)))


def _prelu_sign(da: Any, slope: float) -> Any:
    return np.where(da < 0, slope * da, da)


def _prelu_case(shape: tuple[int, ...], slope: float) -> tuple[Any, Any, float]:
    return _RNG.normal(size=shape), _RNG.normal(size=shape), slope


def _as_given(da: Any, z: Any, slope: float) -> Any:
    # The stub of the lesson, with its three bugs.
    dz = da
    dz[da < 0] *= slope
    dslope = np.sum(dz * np.minimum(z, 0))
    return dz, dslope


_SIGN = ("Whether a unit is on its leaky side depends on the sign of z, not on that of the "
         "upstream gradient.")  # fmt: skip
_TWICE = ("the slope's gradient uses `dz`, which has been multiplied by the slope already. The "
          "output is slope · z there, so its derivative with respect to the slope is z, times the "
          "upstream gradient `da`.")  # fmt: skip

prelu_backward = Exercise(
    "prelu_backward",
    _prelu,
    [_prelu_case((6, 3), 0.25), _prelu_case((4, 5), 0.1), _prelu_case((9, 1), 0.5)],
    [
        Mistake(f"`da` is safe now; two bugs are left. {_SIGN}",
                lambda da, z, s: (_prelu_sign(da, s),
                                  np.sum(_prelu_sign(da, s) * np.minimum(z, 0)))),
        Mistake(f"One bug is left. {_SIGN}",
                lambda da, z, s: (_prelu_sign(da, s), _prelu(da, z, s)[1])),
        Mistake(f"`dz` is correct. One bug is left: {_TWICE}",
                lambda da, z, s: (_prelu(da, z, s)[0], s * _prelu(da, z, s)[1])),
        Mistake("`dz` is correct. The slope's gradient adds up over all examples and units, also "
                "over those above zero: there the slope plays no part.",
                lambda da, z, s: (_prelu(da, z, s)[0], np.sum(da * z))),
        Mistake("`dz` is correct. The slope's gradient is still one number per entry. All of them "
                "share the slope, so their contributions are added.",
                lambda da, z, s: (_prelu(da, z, s)[0], da * np.minimum(z, 0))),
        Mistake("`dz` is correct. The slope's gradient is one number per unit. All units share "
                "this slope, so add over the units too.",
                lambda da, z, s: (_prelu(da, z, s)[0], np.sum(da * np.minimum(z, 0), axis=0))),
        Mistake("`dz` is correct. The slope's gradient is a mean. The 1/N of the loss is in `da` "
                "already: add, and don't divide again.",
                lambda da, z, s: (_prelu(da, z, s)[0], np.mean(da * np.minimum(z, 0)))),
        Mistake("The slope's gradient is correct. `dz` is zero below zero, as for ReLU; here the "
                "slope lets a part through.",
                lambda da, z, s: (da * (z > 0), _prelu(da, z, s)[1])),
        Mistake("The slope's gradient is correct. In `dz` the two sides are swapped.",
                lambda da, z, s: (np.where(z > 0, s * da, da), _prelu(da, z, s)[1])),
    ],
    returns="a pair: dz of the shape of z, and one number for the slope",
    broken=_as_given,
    stars=2,
)  # fmt: skip


# 4. build: the smallest shift of the biases after which no unit is dead


def _revive(z: Any, k: int) -> Any:
    return np.maximum(0, -np.sort(z, axis=0)[-k])


def _layer(examples: int, units: int, k: int) -> tuple[Any, int]:
    return _RNG.normal(_RNG.uniform(-4, 1, units), 1, (examples, units)), k


revive = Exercise(
    "revive",
    _revive,
    [_layer(30, 8, 1), _layer(20, 6, 3), _layer(50, 5, 10)],
    [
        Mistake("It is correct for k = 1. For a larger k the unit must reach zero for k examples: "
                "which of its pre-activations decides then?", lambda z, k: _revive(z, 1)),
        Mistake("Units that are on often enough already get a negative shift. They should be left "
                "alone.", lambda z, k: -np.sort(z, axis=0)[-k]),
        Mistake("The sign is turned: the shift is added to the bias, and has to raise z.",
                lambda z, k: np.minimum(0, np.sort(z, axis=0)[-k])),
        Mistake("This counts from the smallest pre-activation. With such a shift nearly every "
                "example turns the unit on; the k *largest* are enough.",
                lambda z, k: np.maximum(0, -np.sort(z, axis=0)[k - 1])),
        Mistake("With this shift every unit is on for *all* examples. k are enough.",
                lambda z, k: np.maximum(0, -z.min(axis=0))),
        Mistake("This is off by one example: the k-th largest entry of a sorted column is [-k].",
                lambda z, k: np.maximum(0, -np.sort(z, axis=0)[-k - 1])),
        Mistake("The axes are mixed up: this gives one shift per example. A unit is a column.",
                lambda z, k: np.maximum(0, -np.sort(z, axis=1)[:, -min(k, z.shape[1])])),
        Mistake("This is one shift for the whole layer. Each unit has a bias of its own, and most "
                "of them need less.", lambda z, k: float(_revive(z, k).max())),
        Mistake("This is one shift for the whole layer. Each unit has a bias of its own, and most "
                "of them need less.", lambda z, k: np.full(z.shape[1], _revive(z, k).max())),
        Mistake("This brings the *mean* of each unit to zero. Its mean says little about how many "
                "examples turn it on.", lambda z, k: np.maximum(0, -z.mean(axis=0))),
        Mistake("These are the pre-activations after the shift. Only the shift is asked.",
                lambda z, k: z + _revive(z, k)),
        Mistake("This says which units need a shift. How large is it?",
                lambda z, k: _revive(z, k) > 0),
    ],
    returns="an array with one shift per unit",
    kind="build",
    stars=2,
)  # fmt: skip


# 5. build: any piecewise linear function as the difference of two Maxout units

_Z = np.linspace(-5, 5, 81)


def _difference(result: Any) -> Any:
    """The function that the weights stand for, on a grid: many weights give the same one."""
    w1, b1, w2, b2 = (np.asarray(part, dtype=float).ravel() for part in result)
    if len(w1) != len(b1) or len(w2) != len(b2):
        raise ValueError("one bias per line")
    return (np.outer(_Z, w1) + b1).max(axis=1) - (np.outer(_Z, w2) + b2).max(axis=1)


def _lines(w: float, b: float, rises: Any, t: Any) -> tuple[Any, Any]:
    """The lines of the function that starts as w z + b and whose slope rises at each t."""
    return w + np.append(0, np.cumsum(rises)), b - np.append(0, np.cumsum(rises * t))


def _maxouts(t: Any, slopes: Any, c: float) -> tuple[Any, ...]:
    up = np.diff(slopes)
    return (*_lines(slopes[0], c - slopes[0] * t[0], np.maximum(up, 0), t),
            *_lines(0.0, 0.0, np.maximum(-up, 0), t))  # fmt: skip


def _own_lines(t: Any, slopes: Any, c: float) -> tuple[Any, ...]:
    return *_lines(slopes[0], c - slopes[0] * t[0], np.diff(slopes), t), [0.0], [0.0]


def _with(**changes: Any) -> Any:
    """The solution with one part done wrong."""

    def run(t: Any, slopes: Any, c: float) -> tuple[Any, ...]:
        w1, b1, w2, b2 = _maxouts(t, slopes, c)
        parts = {"w1": w1, "b1": b1, "w2": w2, "b2": b2}
        parts |= {name: change(t, slopes, c, parts) for name, change in changes.items()}
        return tuple(parts.values())

    return run


maxouts = Exercise(
    "maxouts",
    _maxouts,
    [
        (np.array([0.0, 1.0]), np.array([0.0, 1.0, 0.0]), 0.0),
        (np.array([-2.0, -1.0, 1.5]), np.array([1.0, -1.0, 2.0, 0.5]), 0.5),
        (np.array([-1.0, 0.0, 2.0, 3.0]), np.array([-0.5, 1.0, 0.0, -1.0, 2.0]), -1.0),
    ],
    [
        Mistake("This takes the maximum over the function's own pieces. A maximum of lines is "
                "convex: its slope only rises. Where the slope of the function falls, the second "
                "unit has to rise.", _own_lines),
        Mistake("The two units are swapped: this is the function upside down.",
                lambda t, m, c: (*_maxouts(t, m, c)[2:], *_maxouts(t, m, c)[:2])),
        Mistake("The form is correct, but the function lies too high or too low: at the first "
                "kink its value must be c.",
                _with(b1=lambda t, m, c, p: p["b1"] - c)),
        Mistake("The function has the value c at 0. It should have it at the first kink, t[0].",
                _with(b1=lambda t, m, c, p: p["b1"] + m[0] * t[0])),
        Mistake("The first piece is flat. Its slope is slopes[0].",
                _with(w1=lambda t, m, c, p: p["w1"] - m[0],
                      b1=lambda t, m, c, p: p["b1"] + m[0] * t[0])),
        Mistake("The sign of the biases is turned: a line that joins in at a kink t has the "
                "value it had before *at* t, so its bias is smaller by (rise of the slope) · t.",
                _with(b1=lambda t, m, c, p: 2 * p["b1"][0] - p["b1"],
                      b2=lambda t, m, c, p: -p["b2"])),
        Mistake("The second unit is missing: this has only the kinks at which the slope rises.",
                _with(w2=lambda t, m, c, p: [0.0], b2=lambda t, m, c, p: [0.0])),
        Mistake("The second unit is *subtracted*. Its own slopes must therefore rise, by as much "
                "as those of the function fall.",
                _with(w2=lambda t, m, c, p: -p["w2"], b2=lambda t, m, c, p: -p["b2"])),
    ],
    view=_difference,
    returns="four arrays: weights and biases of the first unit's lines, then of the second's",
    kind="build",
    stars=3,
)  # fmt: skip
