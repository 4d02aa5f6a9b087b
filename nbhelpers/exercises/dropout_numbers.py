"""Exercises of lesson 8, second half: mean and spread, Monte-Carlo, normal numbers for uniform."""

from __future__ import annotations

from math import erf, sqrt
from typing import Any

import numpy as np

from ..losses import softmax
from .exercise import Exercise, Mistake

_RNG = np.random.default_rng(208)


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
