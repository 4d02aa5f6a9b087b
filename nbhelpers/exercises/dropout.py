"""Exercises: dropout forward and backward, mean and spread, Monte Carlo dropout."""

from __future__ import annotations

from math import erf, sqrt
from typing import Any

import numpy as np

from ..losses import softmax
from .engine.exercise import Exercise, Mistake

_RNG = np.random.default_rng(108)

# Rates other than 0.5: there, keep and drop could not be told apart.
_CASES = [
    (_RNG.normal(size=shape), rate, _RNG.random(shape), train)
    for shape, rate, train in (
        ((6, 5), 0.3, True), ((8, 4), 0.2, True), ((4, 3), 0.6, False), ((9, 2), 0.7, True),
    )
]  # fmt: skip


def _inverted(x: Any, rate: float, u: Any, train: bool) -> Any:
    return x * (u >= rate) / (1 - rate) if train else x


dropout_forward = Exercise(
    "dropout_forward",
    _inverted,
    _CASES,
    [
        Mistake("The factor is missing: in training the mean of y is too small, and at test time "
                "nobody makes up for it.",
                lambda x, rate, u, train: x * (u >= rate) if train else x),
        Mistake("This is vanilla dropout: it mends the mean at test time. Inverted dropout does it "
                "in training.",
                lambda x, rate, u, train: x * (u >= rate) if train else x * (1 - rate)),
        Mistake("It scales in training and at test time too: the mean is corrected twice.",
                lambda x, rate, u, train: _inverted(x, rate, u, True) if train else x * (1 - rate)),
        Mistake("It drops at test time too. Then all units are to be on.",
                lambda x, rate, u, train: _inverted(x, rate, u, True)),
        Mistake("Keep and drop are confused: it keeps the share that is to be dropped. The rate is "
                "the share that is dropped.",
                lambda x, rate, u, train: x * (u < rate) / (1 - rate) if train else x),
        Mistake("It treats the rate as the probability to keep, in the mask and in the factor.",
                lambda x, rate, u, train: x * (u < rate) / rate if train else x),
        Mistake("The mask is right; the factor belongs to the other share. What is left of the "
                "mean after dropping, and what brings it back to x?",
                lambda x, rate, u, train: x * (u >= rate) / rate if train else x),
        Mistake("The factor goes the wrong way: what is kept must become larger, to stand in for "
                "what is missing.",
                lambda x, rate, u, train: x * (u >= rate) * (1 - rate) if train else x),
        Mistake("All examples get the same mask, that of the first row. Each one needs its own.",
                lambda x, rate, u, train: _inverted(x, rate, u[:1], train)),
        Mistake("All units of an example are dropped together. Each unit needs its own draw.",
                lambda x, rate, u, train: _inverted(x, rate, u[:, :1], train)),
        Mistake("This is the mask alone. What does it do to x?",
                lambda x, rate, u, train: _inverted(np.ones_like(x), rate, u, train)),
        Mistake("It drops in evaluation and not in training: the two modes are swapped.",
                lambda x, rate, u, train: _inverted(x, rate, u, not train)),
    ],
    returns="an array of the shape of x",
)  # fmt: skip


class Draw:
    """`draw(shape)` gives uniform numbers, new ones each time; a copy starts at the same place."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def __call__(self, *shape: Any) -> Any:
        return self._rng.random(shape[0] if len(shape) == 1 else shape)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Draw)  # that numbers were drawn is no change of an argument

    __hash__ = None  # type: ignore[assignment]


def _mask(draw: Any, shape: Any, rate: float) -> Any:
    return (draw(shape) >= rate) / (1 - rate)


def _both(x: Any, dy: Any, rate: float, draw: Any) -> Any:
    mask = _mask(draw, x.shape, rate)
    return x * mask, dy * mask


def _one_mask(forward: Any, backward: Any) -> Any:
    """An answer with one draw, given as y and dx from (x or dy, kept, rate)."""

    def answer(x: Any, dy: Any, rate: float, draw: Any) -> Any:
        kept = draw(x.shape) >= rate
        return forward(x, kept, rate), backward(dy, kept, rate)

    return answer


def _scaled(a: Any, kept: Any, rate: float) -> Any:
    return a * kept / (1 - rate)


forward_and_backward = Exercise(
    "forward_and_backward",
    _both,
    [(*_RNG.normal(size=(2, n, 5)), rate, Draw(n)) for n, rate in ((6, 0.3), (4, 0.6), (9, 0.2))],
    [
        Mistake("Backward draws a mask anew. The units that were off in forward are the ones that "
                "must hear nothing.",
                lambda x, dy, rate, draw: (x * _mask(draw, x.shape, rate),
                                           dy * _mask(draw, x.shape, rate))),
        Mistake("The factor is missing in both directions.",
                _one_mask(lambda x, kept, rate: x * kept, lambda dy, kept, rate: dy * kept)),
        Mistake("The factor is in forward but not in backward. A gate that multiplies its input "
                "does what to the gradient?", _one_mask(_scaled, lambda dy, kept, rate: dy * kept)),
        Mistake("The factor is in backward but not in forward.",
                _one_mask(lambda x, kept, rate: x * kept, _scaled)),
        Mistake("Everything comes back. A unit that was off did nothing for the loss.",
                _one_mask(_scaled, lambda dy, kept, rate: dy)),
        Mistake("Keep and drop are confused: the rate is the share that is dropped.",
                lambda x, dy, rate, draw: _one_mask(_scaled, _scaled)(
                    x, dy, rate, lambda shape: rate - draw(shape) + rate)),
        Mistake("It treats the rate as the probability to keep, in the mask and in the factor.",
                lambda x, dy, rate, draw: _both(x, dy, 1 - rate, lambda s: 1 - draw(s))),
        Mistake("Backward passes through the units that were dropped: it is the other way round.",
                _one_mask(_scaled, lambda dy, kept, rate: dy * ~kept / (1 - rate))),
        Mistake("Both are right, but in another order: return y, dx.",
                lambda x, dy, rate, draw: _both(x, dy, rate, draw)[::-1]),
    ],
    returns="two arrays, y and dx",
)  # fmt: skip


vanilla_forward = Exercise(
    "vanilla_forward",
    lambda x, rate, u, train: x * (u >= rate) if train else x * (1 - rate),
    _CASES,
    [
        Mistake("This is inverted dropout. Vanilla dropout leaves training alone and mends the "
                "other mode.", _inverted),
        Mistake("At test time every sum is too large: training saw only a part of the units, and "
                "now all are on.", lambda x, rate, u, train: x * (u >= rate) if train else x),
        Mistake("It scales in training and at test time too: the mean is corrected twice.",
                lambda x, rate, u, train: _inverted(x, rate, u, True) if train else x * (1 - rate)),
        Mistake("At test time it multiplies by the share that was dropped. Which share was there "
                "on average?", lambda x, rate, u, train: x * (u >= rate) if train else x * rate),
        Mistake("At test time it makes the answers larger. Training saw smaller sums, not larger "
                "ones.",
                lambda x, rate, u, train: x * (u >= rate) if train else x / (1 - rate)),
        Mistake("It drops at test time too. Then all units are to be on.",
                lambda x, rate, u, train: x * (u >= rate)),
        Mistake("Keep and drop are confused in the mask: the rate is the share that is dropped.",
                lambda x, rate, u, train: x * (u < rate) if train else x * (1 - rate)),
        Mistake("It treats the rate as the probability to keep, in both modes.",
                lambda x, rate, u, train: x * (u < rate) if train else x * rate),
        Mistake("All examples get the same mask, that of the first row. Each one needs its own.",
                lambda x, rate, u, train: x * (u[:1] >= rate) if train else x * (1 - rate)),
    ],
    returns="an array of the shape of x",
)  # fmt: skip


def _moments(x: Any, rate: float) -> Any:
    return x, np.abs(x) * np.sqrt(rate / (1 - rate))


mean_and_spread = Exercise(
    "mean_and_spread",
    _moments,
    [(_RNG.normal(size=6), 0.3), (_RNG.normal(size=(2, 4)), 0.6), (np.array([-2.0, 0.0]), 0.2)],
    [
        Mistake("The spread is the variance. Its root is asked for.",
                lambda x, rate: (x, x**2 * rate / (1 - rate))),
        Mistake("The spread is negative where x is. A standard deviation never is.",
                lambda x, rate: (x, x * np.sqrt(rate / (1 - rate)))),
        Mistake("These are the mean and the spread of vanilla dropout. Here, what is kept is "
                "scaled up.",
                lambda x, rate: (x * (1 - rate), np.abs(x) * np.sqrt(rate * (1 - rate)))),
        Mistake("The mean is right; the spread is that of vanilla dropout. The factor stretches "
                "it, too.", lambda x, rate: (x, np.abs(x) * np.sqrt(rate * (1 - rate)))),
        Mistake("The spread is right, the mean is not: that is what the factor is there for.",
                lambda x, rate: (x * (1 - rate), _moments(x, rate)[1])),
        Mistake("Keep and drop are confused in the spread: with a rate near 0, hardly anything "
                "scatters.", lambda x, rate: (x, np.abs(x) * np.sqrt((1 - rate) / rate))),
        Mistake("The spread lacks its last step: take the square of the mean away from the mean "
                "square.", lambda x, rate: (x, np.abs(x) / np.sqrt(1 - rate))),
        Mistake("Both are right, but in another order: return mean, spread.",
                lambda x, rate: _moments(x, rate)[::-1]),
    ],
    returns="two arrays, mean and spread",
)  # fmt: skip


def _softmax(scores: Any) -> Any:
    return np.array([softmax(s) for s in scores]) if scores.ndim == 3 else softmax(scores)


def _scores(h: Any, w: Any, b: Any, rate: float, u: Any) -> Any:
    return (h * (u >= rate) / (1 - rate)) @ w + b


def _sampled(h: Any, w: Any, b: Any, rate: float, u: Any) -> Any:
    p = _softmax(_scores(h, w, b, rate, u))
    return p.mean(axis=0), p.std(axis=0)


def _mean_std(p: Any, axis: int = 0) -> Any:
    return p.mean(axis=axis), p.std(axis=axis)


def _mc_case(times: int, n: int, units: int, classes: int, rate: float) -> Any:
    w = 2 * _RNG.normal(size=(units, classes))
    h = np.abs(_RNG.normal(size=(n, units)))
    return h, w, _RNG.normal(size=classes), rate, _RNG.random((times, n, units))


monte_carlo = Exercise(
    "monte_carlo",
    _sampled,
    [_mc_case(7, 4, 5, 3, 0.3), _mc_case(20, 2, 6, 3, 0.6), _mc_case(3, 5, 4, 2, 0.2)],
    [
        Mistake("It averages the scores and then takes the softmax. That is close to all units on; "
                "the members' *probabilities* are to be averaged.",
                lambda h, w, b, rate, u: (_softmax(_scores(h, w, b, rate, u).mean(axis=0)),
                                          _sampled(h, w, b, rate, u)[1])),
        Mistake("These are mean and spread of the scores. Each mask's scores must become "
                "probabilities first.",
                lambda h, w, b, rate, u: _mean_std(_scores(h, w, b, rate, u))),
        Mistake("The factor is missing: with a part of the units off, the scores are too small.",
                lambda h, w, b, rate, u: _mean_std(
                    _softmax((h * (u >= rate)) @ w + b))),
        Mistake("Keep and drop are confused: the rate is the share that is dropped.",
                lambda h, w, b, rate, u: _mean_std(
                    _softmax((h * (u < rate)) @ w / (1 - rate) + b))),
        Mistake("Dropout is off. Monte-Carlo prediction leaves it on and asks many masks.",
                lambda h, w, b, rate, u: (softmax(h @ w + b), 0 * softmax(h @ w + b))),
        Mistake("It asks the first mask alone.",
                lambda h, w, b, rate, u: _mean_std(_softmax(_scores(h, w, b, rate, u[:1])))),
        Mistake("All examples share one mask each time. Every example has numbers of its own in u.",
                lambda h, w, b, rate, u: _sampled(h, w, b, rate, u[:, :1])),
        Mistake("It averages over the examples. Which axis of u are the masks?",
                lambda h, w, b, rate, u: _mean_std(_softmax(_scores(h, w, b, rate, u)), axis=1)),
        Mistake("The spread is the variance. Its root is asked for.",
                lambda h, w, b, rate, u: (_sampled(h, w, b, rate, u)[0],
                                          _sampled(h, w, b, rate, u)[1] ** 2)),
        Mistake("The bias is scaled, too. Dropout acts on h alone.",
                lambda h, w, b, rate, u: _mean_std(_softmax(
                    ((h * (u >= rate)) @ w + b) / (1 - rate)))),
    ],
    returns="two arrays, mean and spread",
)  # fmt: skip


def _below(z: float) -> float:
    return (1 + erf(z / sqrt(2))) / 2


share_dropped = Exercise(
    "share_dropped",
    lambda keep: 1 - _below(keep),
    [(0.5,), (0.8,), (0.95,)],
    [
        Mistake("This is the share that is kept.", _below),
        Mistake("This is what the author meant to drop. A normal number is not below 0.5 in half "
                "of all cases: what does it do in the other half?", lambda keep: 1 - keep),
        Mistake("This is what the author meant to keep.", lambda keep: keep),
        Mistake("Half of the normal numbers are below 0; the question is how many are above keep.",
                lambda keep: 0.5),
        Mistake("This is the share below 1 - keep; the program compares with keep.",
                lambda keep: _below(1 - keep)),
        Mistake("This is the share above 1 - keep; the program compares with keep.",
                lambda keep: 1 - _below(1 - keep)),
        Mistake("It counts both tails. A number below -keep is below keep, too, and is kept.",
                lambda keep: 2 * (1 - _below(keep))),
        Mistake("It counts the numbers between 0 and keep alone.",
                lambda keep: _below(keep) - 0.5),
        Mistake("Inside erf, keep is divided by something. Look at the formula again.",
                lambda keep: (1 - erf(keep)) / 2),
    ],
    returns="a number from 0 to 1",
)  # fmt: skip
