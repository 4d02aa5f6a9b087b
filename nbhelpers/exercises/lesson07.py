"""Exercises of lesson 7, first half: what penalties add to the loss and to its gradient."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from .exercise import Exercise, Mistake
from .holding_back import early_stopping, l1_step, project

__all__ = ["early_stopping", "elastic", "l1_step", "penalized_gradients", "project"]

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
