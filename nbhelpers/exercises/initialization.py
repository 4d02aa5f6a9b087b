"""Exercises: He's weights, what many layers leave, clipping, a residual block."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .engine.exercise import Exercise, Mistake

_RNG = np.random.default_rng(109)

he_std = Exercise(
    "he_std",
    lambda n_in, n_out: math.sqrt(2 / n_in),
    [(784, 100), (100, 10), (50, 300)],
    [
        Mistake("This is the variance. A standard deviation is its square root.",
                lambda n_in, n_out: 2 / n_in),
        Mistake("This keeps a layer without activation. ReLU throws half of the mean square away; "
                "the weights have to make up for it.", lambda n_in, n_out: math.sqrt(1 / n_in)),
        Mistake("The sum of one unit runs over its inputs, not over the units of the layer.",
                lambda n_in, n_out: math.sqrt(2 / n_out)),
        Mistake("This is Xavier's compromise between forward and backward. He looks at the forward "
                "signal alone, and at ReLU.", lambda n_in, n_out: math.sqrt(2 / (n_in + n_out))),
        Mistake("The 2 belongs under the root: it makes up for a lost half of the *variance*.",
                lambda n_in, n_out: 2 / math.sqrt(n_in)),
        Mistake("It goes the wrong way: ReLU makes the signal smaller, so that the weights must be "
                "larger than 1 / √n, not smaller.", lambda n_in, n_out: math.sqrt(1 / (2 * n_in))),
        Mistake("It grows with the number of inputs. More terms make a larger sum: what must the "
                "weights do?", lambda n_in, n_out: math.sqrt(n_in / 2)),
        Mistake("This is the limit ±a of He's uniform weights. Their standard deviation is smaller "
                "than the limit.", lambda n_in, n_out: math.sqrt(6 / n_in)),
    ],
)  # fmt: skip


def _factor(std: Any, n: Any, depth: Any) -> Any:
    return (n * std**2 / 2) ** (depth / 2)


signal_factor = Exercise(
    "signal_factor",
    _factor,
    [(0.1, 100, 3), (0.2, 50, 10), (0.01, 784, 2)],
    [
        Mistake("This is the factor of the mean square. Its root is asked for.",
                lambda std, n, depth: (n * std**2 / 2) ** depth),
        Mistake("ReLU is missing: it leaves half of the mean square in every layer.",
                lambda std, n, depth: (std * math.sqrt(n)) ** depth),
        Mistake("ReLU takes half of the mean *square*. For the root of it, that is not a factor of "
                "one half.", lambda std, n, depth: (std * math.sqrt(n) / 2) ** depth),
        Mistake("This is one layer. Each of the others multiplies again.",
                lambda std, n, depth: std * math.sqrt(n / 2)),
        Mistake("Layers multiply. A factor is not added up, it is raised to a power.",
                lambda std, n, depth: depth * std * math.sqrt(n / 2)),
        Mistake("The number of inputs is missing: the sum of n terms is larger than one term.",
                lambda std, n, depth: (std / math.sqrt(2)) ** depth),
        Mistake("A sum of n independent terms does not grow as n: it is the variances that add "
                "up.", lambda std, n, depth: (std * n / math.sqrt(2)) ** depth),
        Mistake("Variance is the square of the standard deviation.",
                lambda std, n, depth: (n * std / 2) ** (depth / 2)),
        Mistake("One layer is missing: also the first one multiplies.",
                lambda std, n, depth: _factor(std, n, depth - 1)),
    ],
)  # fmt: skip


def _norm(*gradients: Any) -> float:
    return math.sqrt(sum(float(np.sum(g**2)) for g in gradients))


def _clip(dw: Any, db: Any, limit: Any, norm: Any = None) -> Any:
    factor = limit / max(_norm(dw, db) if norm is None else norm, limit)
    return dw * factor, db * factor


def _gradients(size: float, limit: float) -> Any:
    return size * _RNG.normal(size=(3, 4)), size * _RNG.normal(size=4), limit


clip_global = Exercise(
    "clip_global",
    _clip,
    [_gradients(10.0, 5.0), _gradients(1.0, 0.5), _gradients(0.01, 5.0)],
    [
        Mistake("Each array is clipped by a norm of its own. That changes the direction of the "
                "whole: *global* means one norm for both.",
                lambda w, b, limit: (w * limit / max(_norm(w), limit),
                                     b * limit / max(_norm(b), limit))),
        Mistake("Short gradients are stretched to the limit, too. Clipping only ever shortens.",
                lambda w, b, limit: (w * limit / _norm(w, b), b * limit / _norm(w, b))),
        Mistake("Each array is scaled to the limit by itself, the short ones too. One norm for "
                "both, and only if it exceeds the limit.",
                lambda w, b, limit: (w * limit / _norm(w), b * limit / _norm(b))),
        Mistake("This clips by value: every number by itself.",
                lambda w, b, limit: (np.clip(w, -limit, limit), np.clip(b, -limit, limit))),
        Mistake("The root is missing: this is the square of the norm.",
                lambda w, b, limit: _clip(w, b, limit, _norm(w, b) ** 2)),
        Mistake("The norms of the arrays are added up. In a norm it is the squares that are added, "
                "before the root.", lambda w, b, limit: _clip(w, b, limit, _norm(w) + _norm(b))),
        Mistake("This looks at the largest number. The norm is the length of the whole gradient.",
                lambda w, b, limit: _clip(w, b, limit, max(np.abs(w).max(), np.abs(b).max()))),
        Mistake("The norm of dW alone decides. db belongs to the same gradient.",
                lambda w, b, limit: _clip(w, b, limit, _norm(w))),
        Mistake("These are sums of sizes, |g|. A length is the root of the sum of squares.",
                lambda w, b, limit: _clip(w, b, limit, np.abs(w).sum() + np.abs(b).sum())),
        Mistake("Scaled to length 1: the limit is missing in the numerator.",
                lambda w, b, limit: (w / max(_norm(w, b), limit), b / max(_norm(w, b), limit))),
        Mistake("The choice is turned round: long gradients stay, and short ones are stretched.",
                lambda w, b, limit: (w * limit / min(_norm(w, b), limit),
                                     b * limit / min(_norm(w, b), limit))),
        Mistake("Nothing is clipped. Compare the norm with the limit.",
                lambda w, b, limit: (w, b)),
    ],
)  # fmt: skip


def _residual(x: Any, w: Any, dy: Any) -> Any:
    dz = dy * (1 - np.tanh(x @ w) ** 2)
    return dy + dz @ w.T, x.T @ dz


def _but(dx: Any = None, dw: Any = None) -> Any:
    """The right answer with dx or dW changed; both changes see x, W, dy and the branch's dz."""

    def wrong(x: Any, w: Any, dy: Any) -> Any:
        dz = dy * (1 - np.tanh(x @ w) ** 2)
        right = _residual(x, w, dy)
        return (dx(x, w, dy, dz) if dx else right[0]), (dw(x, w, dy, dz) if dw else right[1])

    return wrong


residual_backward = Exercise(
    "residual_backward",
    _residual,
    [tuple(_RNG.normal(size=shape) for shape in ((n, k), (k, k), (n, k)))
     for n, k in ((5, 3), (2, 4), (1, 3))],
    [
        Mistake("The bypass is missing: x also reaches y without passing the weights.",
                _but(lambda x, w, dy, dz: dz @ w.T)),
        Mistake("The branch is missing: x also reaches y through the weights.",
                _but(lambda x, w, dy, dz: dy)),
        Mistake("The bypass hands on the gradient dy, not 1 and not x.",
                _but(lambda x, w, dy, dz: 1 + dz @ w.T)),
        Mistake("The bypass hands on the gradient dy, not 1 and not x.",
                _but(lambda x, w, dy, dz: x + dz @ w.T)),
        Mistake("At a fork the parts are added up, not multiplied.",
                _but(lambda x, w, dy, dz: dy * (dz @ w.T))),
        Mistake("The slope of tanh is missing.",
                lambda x, w, dy: (dy + dy @ w.T, x.T @ dy)),
        Mistake("The slope of tanh is in dx, but W lies before the tanh too.",
                _but(dw=lambda x, w, dy, dz: x.T @ dy)),
        Mistake("The bypass comes back before the weights: it passes neither tanh nor W.",
                _but(lambda x, w, dy, dz: (dy + dz) @ w.T)),
        Mistake("W is on the branch only. The bypass adds nothing to its gradient.",
                _but(dw=lambda x, w, dy, dz: x.T @ (dy + dz))),
        Mistake("The slope of tanh is 1 - t², where t is the tanh of the branch, not the output y, "
                "which has x added.",
                lambda x, w, dy: (
                    dy + (dy * (1 - (x + np.tanh(x @ w)) ** 2)) @ w.T,
                    x.T @ (dy * (1 - (x + np.tanh(x @ w)) ** 2)))),
        Mistake("The slope of tanh is 1 - t² with t = tanh(z), not 1 - z².",
                lambda x, w, dy: (dy + (dy * (1 - (x @ w) ** 2)) @ w.T,
                                  x.T @ (dy * (1 - (x @ w) ** 2)))),
        Mistake("Back through W means its transpose: from units to inputs.",
                _but(lambda x, w, dy, dz: dy + dz @ w)),
        Mistake("dW comes out transposed. Row i of W belongs to input i.",
                _but(dw=lambda x, w, dy, dz: dz.T @ x)),
        Mistake("Both are right, in another order: return dx, dW.",
                lambda x, w, dy: _residual(x, w, dy)[::-1]),
    ],
)  # fmt: skip
