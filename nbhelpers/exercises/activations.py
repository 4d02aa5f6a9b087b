"""Exercises: slopes of tanh and leaky ReLU, a count of dead units, a safe sigmoid."""

from __future__ import annotations

from typing import Any

import numpy as np

from .engine.exercise import Exercise, Mistake

_RNG = np.random.default_rng(102)

_TWICE = "y is tanh(x) already: taking tanh of it once more gives another slope."

tanh_slope = Exercise(
    "tanh_slope",
    lambda y: 1 - y**2,
    [(np.tanh(_RNG.normal(size=size)),) for size in ((5,), (3, 4), (2, 1))],
    [
        Mistake(_TWICE, lambda y: 1 - np.tanh(y) ** 2),
        Mistake("This is the slope of the sigmoid. At y = 0, where tanh is steepest, the slope of "
                "tanh is 1.", lambda y: y * (1 - y)),
        Mistake("One minus y is not enough: the slope must be the same at y and at -y.",
                lambda y: 1 - y),
        Mistake("It must be small where tanh is flat, at y = 1 and y = -1. This is largest there.",
                lambda y: y**2),
        Mistake("It falls off on both sides, but with a kink at 0. The slope of tanh is smooth "
                "there: which power of y has no sign and no kink?", lambda y: 1 - np.abs(y)),
        Mistake("It is smallest at y = 0, where tanh is steepest. At y = 1 and y = -1 tanh is "
                "flat.",
                lambda y: 1 + y**2),
        Mistake("The square belongs to y alone, not to the whole difference.",
                lambda y: (1 - y) ** 2),
        Mistake("The sign is turned: tanh rises everywhere, so its slope is never negative.",
                lambda y: y**2 - 1),
        Mistake("This is the slope of 1 - y² for y. The slope of tanh for x is asked.",
                lambda y: -2 * y),
        Mistake("This is the slope of the sigmoid at x. Tanh is that S, stretched in both "
                "directions.", lambda y: (1 - y**2) / 4),
    ],
)  # fmt: skip


def _leaky_case(shape: tuple[int, ...], slope: float) -> tuple[Any, Any, float]:
    return _RNG.normal(size=shape), _RNG.normal(size=shape), slope


_WHOSE_SIGN = "Whether a unit leaks depends on the sign of its sum x, not on that of the gradient."

leaky_backward = Exercise(
    "leaky_backward",
    lambda dy, x, slope: dy * np.where(x > 0, 1, slope),
    [_leaky_case((6, 3), 0.01), _leaky_case((4, 5), 0.25), _leaky_case((9, 1), 0.1)],
    [
        Mistake("This is ReLU: below zero nothing comes through. The leak lets a little pass.",
                lambda dy, x, slope: dy * (x > 0)),
        Mistake("This is the slope alone. The gradient dy that arrives is multiplied by it.",
                lambda dy, x, slope: np.where(x > 0, 1, slope)),
        Mistake("The two sides are swapped: above zero everything comes through.",
                lambda dy, x, slope: dy * np.where(x > 0, slope, 1)),
        Mistake(_WHOSE_SIGN, lambda dy, x, slope: np.where(dy > 0, dy, slope * dy)),
        Mistake("This is the forward pass of x. Backward multiplies dy by the slope at x.",
                lambda dy, x, slope: np.where(x > 0, x, slope * x)),
        Mistake("The forward value is multiplied in. Only the slope at x belongs here.",
                lambda dy, x, slope: dy * np.where(x > 0, x, slope * x)),
        Mistake("Below zero, dy is missing: the slope multiplies it on both sides.",
                lambda dy, x, slope: np.where(x > 0, dy, slope)),
        Mistake("Below zero, x takes the place of dy. That is the gradient of a learned slope's "
                "input, not of x.", lambda dy, x, slope: np.where(x > 0, dy, slope * x)),
        Mistake("It multiplies by the slope everywhere. Above zero the slope is 1.",
                lambda dy, x, slope: dy * slope),
    ],
)  # fmt: skip


def _answers(examples: int, units: int, dead: int) -> tuple[Any]:
    """Answers of a ReLU layer: some units dead, and one example to which nobody answers."""
    y = np.maximum(_RNG.normal(size=(examples, units)), 0)
    y[0] = _RNG.uniform(0.1, 1, units)  # so that exactly the units chosen below are dead
    y[:, _RNG.permutation(units)[:dead]] = 0
    y[-1] = 0
    return (y,)


def _dead(y: Any) -> float:
    return float(np.mean(np.all(y == 0, axis=0)))


_AXIS = ("It looks for examples to which no unit answers. Which axis of (examples, units) are the "
         "examples?")  # fmt: skip

share_of_dead = Exercise(
    "share_of_dead",
    _dead,
    [_answers(30, 10, 4), _answers(8, 20, 3), _answers(50, 6, 1)],
    [
        Mistake("This is the share of zeros. A living unit answers 0 to about half of the "
                "examples; a dead one to all.", lambda y: float(np.mean(y == 0))),
        Mistake(_AXIS, lambda y: float(np.mean(np.all(y == 0, axis=1)))),
        Mistake("This counts units that answer 0 to at least one example. Dead means to all of "
                "them.", lambda y: float(np.mean(np.any(y == 0, axis=0)))),
        Mistake("This is the number of dead units. Their share of all units is asked.",
                lambda y: int(np.sum(np.all(y == 0, axis=0)))),
        Mistake("This is the share of living units.", lambda y: 1 - _dead(y)),
        Mistake("This is in per cent; a share lies between 0 and 1.", lambda y: 100 * _dead(y)),
        Mistake("Divide by the number of units, not by that of the examples.",
                lambda y: float(np.sum(np.all(y == 0, axis=0)) / len(y))),
        Mistake("This says for each unit whether it is dead. Take the mean of that.",
                lambda y: np.all(y == 0, axis=0)),
        Mistake("It asks whether all units are dead for all examples. np.all needs an axis.",
                lambda y: float(np.mean(np.all(y == 0)))),
    ],
)  # fmt: skip


def _stable_sigmoid(x: Any) -> Any:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def _log(y: Any) -> Any:
    """Logarithms, so that 1e-300 and 0 count as different; what is below 1e-318 counts as 0."""
    y = np.asarray(y, dtype=float)
    return np.log(np.where(y < 1e-318, 1e-318, y))


_NAIVE = ("Far below zero, exp(-x) overflows and the answer becomes exactly 0. There, the other "
          "form of the fraction is safe.")  # fmt: skip
_OTHER = ("Far above zero, exp(x) overflows and infinity divided by infinity is NaN. There, the "
          "first form of the fraction is safe.")  # fmt: skip
_CANCEL = ("Far below zero, this is the difference of two numbers that are nearly equal: all "
           "digits cancel and the answer is 0. Compute the small number itself.")  # fmt: skip
_CLIP = ("Cutting x off prevents the overflow, but all answers beyond the cut become equal. No cut "
         "is needed when exp only ever sees numbers below zero.")  # fmt: skip

stable_sigmoid = Exercise(
    "stable_sigmoid",
    _stable_sigmoid,
    [
        (np.array([-2.0, 0.0, 3.0]),),
        (np.array([-720.0, -100.0, -30.0, 30.0, 100.0, 720.0]),),
        (np.array([[-1e4, -700.0], [1e4, 700.0]]),),
    ],
    [
        Mistake(_NAIVE, lambda x: 1 / (1 + np.exp(-x))),
        Mistake(_OTHER, lambda x: np.exp(x) / (1 + np.exp(x))),
        Mistake(_CANCEL, lambda x: (1 + np.tanh(x / 2)) / 2),
        Mistake(_CANCEL, lambda x: 1 - 1 / (1 + np.exp(x))),
        *(
            Mistake(_CLIP, lambda x, c=c: 1 / (1 + np.exp(-np.clip(x, -c, c))))
            for c in (20, 30, 50, 80, 88, 100, 500, 700, 709)
        ),
        Mistake("exp(-|x|) is used on both sides in the same way, so the curve is even: a sigmoid "
                "answers above ½ on one side and below ½ on the other.",
                lambda x: 1 / (1 + np.exp(-np.abs(x)))),
        Mistake("exp(|x|) is used on both sides in the same way, so the curve is even: a sigmoid "
                "answers above ½ on one side and below ½ on the other.",
                lambda x: 1 / (1 + np.exp(np.abs(x)))),
        Mistake("The two sides are swapped: it falls where it should rise.",
                lambda x: _stable_sigmoid(-x)),
        Mistake("This is the slope of the sigmoid.",
                lambda x: _stable_sigmoid(x) * _stable_sigmoid(-x)),
    ],
    view=_log,
    returns="an array of numbers, one for each of x",
)  # fmt: skip
