"""Exercises: penalties and their gradients, a step of L1, max norm, early stopping."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from .engine.exercise import Exercise, Mistake

_RNG = np.random.default_rng(107)


def _elastic(
    value1: Any = lambda W: np.abs(W).sum(), value2: Any = lambda W: 0.5 * (W**2).sum(),
    slope1: Any = np.sign, slope2: Any = lambda W: W,
) -> Any:  # fmt: skip
    """The right answer, or one with some of its four parts replaced."""
    return lambda W, l1, l2: (l1 * value1(W) + l2 * value2(W), l1 * slope1(W) + l2 * slope2(W))


def _weights(*shape: int) -> Any:
    W = _RNG.normal(size=shape)
    W.flat[1] = 0.0
    return W


_SIGN = "The slope of |w| is not |w|. What is it right of zero, and what left of it?"

elastic = Exercise(
    "elastic",
    _elastic(),
    [(_weights(3, 2), 0.5, 0.2), (_weights(2, 4), 0.1, 3.0), (_weights(1, 3), 2.0, 0.7)],
    [
        Mistake("The ½ is missing in the value, but the gradient is the one with it: they do not "
                "belong to the same penalty.", _elastic(value2=lambda W: (W**2).sum())),
        Mistake("The gradient is twice what belongs to the value. Take the derivative of ½ w².",
                _elastic(slope2=lambda W: 2 * W)),
        Mistake("Value and gradient fit together, but without the ½: the square part is twice as "
                "strong as asked for.",
                _elastic(value2=lambda W: (W**2).sum(), slope2=lambda W: 2 * W)),
        Mistake("The gradient of the square part is halved. The ½ cancels with the 2 of the "
                "derivative.", _elastic(slope2=lambda W: W / 2)),
        Mistake(_SIGN, _elastic(slope1=np.abs)),
        Mistake(_SIGN + " It is not the same for all weights.", _elastic(slope1=np.ones_like)),
        Mistake("A weight that is exactly zero has nothing to give back: its pull is taken as 0.",
                _elastic(slope1=lambda W: np.where(W >= 0, 1.0, -1.0))),
        Mistake("A weight that is exactly zero has nothing to give back: its pull is taken as 0.",
                _elastic(slope1=lambda W: np.where(W > 0, 1.0, -1.0))),
        Mistake("Negative weights cancel positive ones in the value. Each must cost something.",
                _elastic(value1=lambda W: W.sum())),
        Mistake("A mean was taken. The penalty is a sum over the weights.",
                _elastic(lambda W: np.abs(W).mean(), lambda W: 0.5 * (W**2).mean())),
        Mistake("A root was taken: L2 charges the squares, not the length.",
                _elastic(value2=lambda W: 0.5 * np.sqrt((W**2).sum()))),
        Mistake("The two strengths are swapped.", lambda W, l1, l2: _elastic()(W, l2, l1)),
        Mistake("Both are right, but in another order: value first, then gradient.",
                lambda W, l1, l2: _elastic()(W, l1, l2)[::-1]),
    ],
    returns="the value, a number, and the gradient, an array of the shape of W",
)  # fmt: skip


def _penalized(change: Any, which: Any = lambda name: name[0] == "W") -> Any:
    """New gradients: `change(p, g, strength)` for the parameters that pay, g for the others."""

    def answer(params: Any, grads: Any, strength: float) -> Any:
        return {
            name: change(params[name], g, strength) if which(name) else g
            for name, g in grads.items()
        }

    return answer


def _parameters(*sizes: int) -> tuple[Any, Any]:
    shapes: dict[str, tuple[int, ...]] = {}
    for i, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        shapes |= {f"W{i}": (n_in, n_out), f"b{i}": (n_out,)}
    params, grads = ({n: _RNG.normal(size=s) for n, s in shapes.items()} for _ in range(2))
    return params, grads


def _added(p: Any, g: Any, strength: float) -> Any:
    return g + strength * p


_BIASES = "The biases pay here. They say where things are, not how wildly they vary."

penalized_gradients = Exercise(
    "penalized_gradients",
    _penalized(_added),
    [(*_parameters(3, 4, 2), 0.1), (*_parameters(2, 2, 3, 2), 0.5), (*_parameters(4, 1), 2.0)],
    [
        Mistake(_BIASES, _penalized(_added, lambda name: True)),
        Mistake(_BIASES + " And the weights go free.", _penalized(_added, lambda n: n[0] == "b")),
        Mistake("The gradient of the data is gone. The penalty's is added to it.",
                _penalized(lambda p, g, s: s * p)),
        Mistake("The sign: a positive weight must get a positive gradient, so that the step, which "
                "goes against it, makes the weight smaller.",
                _penalized(lambda p, g, s: g - s * p)),
        Mistake("Twice too much: with the ½ in the penalty, the 2 of the derivative cancels.",
                _penalized(lambda p, g, s: g + 2 * s * p)),
        Mistake("Half of it: the derivative of ½ λ w² has no ½ left.",
                _penalized(lambda p, g, s: g + s * p / 2)),
        Mistake("It depends on the gradient instead of the weight. What is the derivative of the "
                "penalty?", _penalized(lambda p, g, s: g + s * g)),
        Mistake("That is the pull of L1. Under L2 a large weight is pulled harder.",
                _penalized(lambda p, g, s: g + s * np.sign(p))),
        Mistake("The *value* of the penalty is added. Its gradient is one number for each weight.",
                _penalized(lambda p, g, s: g + 0.5 * s * (p**2).sum())),
        Mistake("Only the first layer pays. Every W does.",
                _penalized(_added, lambda n: n == "W1")),
    ],
    returns="a dict with the same names as `grads`",
)  # fmt: skip


def _soft(v: Any, amount: float) -> Any:
    return np.sign(v) * np.maximum(np.abs(v) - amount, 0)


l1_step = Exercise(
    "l1_step",
    lambda w, g, lr, s: _soft(w - lr * g, lr * s),
    [(np.array([0.5, -0.5, 0.02, 0.0, -3.0]), np.array([1.0, -1, 0, 2, 0.5]), 0.1, 0.5),
     (_RNG.normal(size=(3, 2)), _RNG.normal(size=(3, 2)), 0.3, 1.5),
     (_RNG.normal(size=(2, 3)), _RNG.normal(size=(2, 3)), 0.5, 0.4)],
    [
        Mistake("That is the step with the gradient of L1. It jumps over zero and back; here the "
                "penalty's part is to stop *at* zero.",
                lambda w, g, lr, s: w - lr * (g + s * np.sign(w))),
        Mistake("The threshold is λ itself. A step that is η long pulls by how much?",
                lambda w, g, lr, s: _soft(w - lr * g, s)),
        Mistake("First the threshold and then the gradient: the result is not at zero any more.",
                lambda w, g, lr, s: _soft(w, lr * s) - lr * g),
        Mistake("Weights smaller than the pull change their sign. They should stop at zero.",
                lambda w, g, lr, s: w - lr * g - lr * s * np.sign(w - lr * g)),
        Mistake("Small weights are cut and large ones left whole. L1 pulls at the large ones too.",
                lambda w, g, lr, s: np.where(np.abs(w - lr * g) > lr * s, w - lr * g, 0.0)),
        Mistake("The sign is lost: all weights come out positive.",
                lambda w, g, lr, s: np.abs(_soft(w - lr * g, lr * s))),
        Mistake("The data have no say: where is the gradient step?",
                lambda w, g, lr, s: _soft(w, lr * s)),
        Mistake("The step goes up the gradient. Down is w - η g.",
                lambda w, g, lr, s: _soft(w + lr * g, lr * s)),
        Mistake("That is weight decay, the step of L2: large weights lose more.",
                lambda w, g, lr, s: (1 - lr * s) * w - lr * g),
        Mistake("The penalty has no effect: that is plain SGD.", lambda w, g, lr, s: w - lr * g),
        Mistake("Only positive weights are kept. Soft-threshold their sizes, then give the signs "
                "back.", lambda w, g, lr, s: np.maximum(w - lr * g - lr * s, 0)),
    ],
    returns="an array of the shape of w",
)  # fmt: skip


def _length(W: Any, axis: int | None = 0) -> Any:
    return np.sqrt(np.sum(W**2, axis=axis, keepdims=True))


def _columns(*lengths: float) -> Any:
    """Three incoming weights for each unit, of these lengths."""
    W = _RNG.normal(size=(3, len(lengths)))
    return W / _length(W) * np.array(lengths)


def _shrunk(length: Any) -> Any:
    return lambda W, limit: W * np.minimum(1, limit / np.maximum(length(W), 1e-12))


_GROW = "Short columns were made longer. A limit leaves alone what is below it."

project = Exercise(
    "project",
    _shrunk(_length),
    [(_columns(5, 0.5, 2), 3.0), (_columns(0.3, 4), 1.0), (_columns(1, 0, 6, 2), 2.5)],
    [
        Mistake("The rows were measured. The incoming weights of a unit are a column of W.",
                _shrunk(lambda W: _length(W, 1))),
        Mistake("The whole matrix was measured. Each unit has a limit of its own.",
                _shrunk(lambda W: _length(W, None))),
        Mistake("Each weight was clipped by itself, so a column changes its direction. The limit "
                "is on the length of the column.", lambda W, limit: np.clip(W, -limit, limit)),
        Mistake(_GROW, lambda W, limit: W * limit / np.maximum(_length(W), 1e-12)),
        Mistake(_GROW + " And a column of zeros has no direction to grow in: 0 / 0.",
                lambda W, limit: W * limit / _length(W)),
        Mistake("The sum of squares was compared with the limit. The length is its root.",
                _shrunk(lambda W: _length(W) ** 2)),
        Mistake("The sum of the absolute values was taken for the length.",
                _shrunk(lambda W: np.abs(W).sum(axis=0, keepdims=True))),
        Mistake("The largest weight of a column was taken for its length.",
                _shrunk(lambda W: np.abs(W).max(axis=0, keepdims=True))),
        Mistake("Long columns come back with length 1. They may keep the limit's length.",
                lambda W, limit: np.where(_length(W) > limit,
                                          W / np.maximum(_length(W), 1e-12), W)),
        Mistake("Long columns were set to zero. They are only scaled back to the limit.",
                lambda W, limit: np.where(_length(W) > limit, 0, W)),
        Mistake("It is the wrong way round: short columns grow and long ones stay.",
                lambda W, limit: W * np.maximum(1, limit / np.maximum(_length(W), 1e-12))),
    ],
    returns="an array of the shape of W",
)  # fmt: skip


def _stopping(
    *, wait: int = 0, margin: float = 1.0, against: str = "best", kept: str = "best",
    first: int = 1, counts: str = "since", never: bool = False,
) -> Any:  # fmt: skip
    """Early stopping, with one thing or another changed."""

    def answer(val_losses: Any, patience: int, least_gain: float) -> tuple[int, int]:
        best, low, bad = 0, val_losses[0], 0
        for epoch, loss in enumerate(val_losses):
            if epoch and loss < low - margin * least_gain:
                best, low = epoch, loss
                bad = 0 if counts == "since" else bad
            elif epoch:
                bad += 1
            if against == "previous":
                low = loss
            if bad >= patience + wait and not never:
                return epoch + first, (best if kept == "best" else epoch) + first
        last = len(val_losses) - 1
        return last + first, (best if kept == "best" else last) + first

    return answer


early_stopping = Exercise(
    "early_stopping",
    _stopping(),
    [([0.9, 0.7, 0.6, 0.65, 0.62, 0.61, 0.5], 3, 0.0),
     ([0.9, 0.7, 0.69, 0.685, 0.6, 0.61, 0.62, 0.585], 3, 0.02),
     ([1.0, 0.8, 0.9, 0.7, 0.75, 0.72, 0.74, 0.3, 0.2], 2, 0.01),
     ([0.5, 0.6, 0.55, 0.58, 0.54, 0.53], 4, 0.0),
     ([1.0, 0.99, 0.98, 0.97, 0.96, 0.5], 4, 0.015),
     ([0.9, 0.7, 0.71, 0.72, 0.73, 0.6], 2, 0.02),
     ([0.9, 0.8, 0.7, 0.6], 2, 0.05)],
    [
        Mistake("It runs one epoch too long: after `patience` epochs without a new best, stop.",
                _stopping(wait=1)),
        Mistake("It stops one epoch too early: `patience` epochs without a new best are allowed.",
                _stopping(wait=-1)),
        Mistake("Epochs are counted from 1 here, not from 0.", _stopping(first=0)),
        Mistake("Any lower loss counts as a new best. It must be lower by more than `least_gain`.",
                _stopping(margin=0.0)),
        Mistake("The sign of `least_gain`: a loss that is a little *higher* counts as a new best.",
                _stopping(margin=-1.0)),
        Mistake("Each loss is compared with the one before. Compare it with the best so far.",
                _stopping(against="previous")),
        Mistake("The last epoch is returned as the best one. By then the net has overfitted.",
                _stopping(kept="last")),
        Mistake("Bad epochs are counted over the whole run. A new best starts the count again.",
                _stopping(counts="all")),
        Mistake("It never stops: the later epochs would not have been run.", _stopping(never=True)),
        Mistake("Both numbers are right, but in another order: epochs run first.",
                lambda losses, patience, gain: _stopping()(losses, patience, gain)[::-1]),
    ],
    returns="two whole numbers: the epochs run, and the best epoch",
)  # fmt: skip
