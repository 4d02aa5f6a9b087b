"""Exercises: scales to draw from, a jittered mesh, zooming in, choosing a winner."""

from __future__ import annotations

from typing import Any

import numpy as np

from .engine.exercise import Exercise, Mistake

_RNG = np.random.default_rng(112)


def _log(u: Any, low: float, high: float) -> Any:
    return 10 ** (np.log10(low) + u * (np.log10(high) - np.log10(low)))


log_uniform = Exercise(
    "log_uniform",
    _log,
    [(_RNG.random(6), 1e-4, 1.0), (_RNG.random(5), 0.02, 3.0), (_RNG.random(4), 1e-6, 1e-3)],
    [
        Mistake("This is drawn evenly between low and high: nearly all draws have the magnitude of "
                "high. Which quantity should be even instead?",
                lambda u, low, high: low + u * (high - low)),
        Mistake("These are the exponents. The last step, back to the numbers themselves, is "
                "missing.", lambda u, low, high: np.log10(_log(u, low, high))),
        Mistake("The logarithm to one base, the power of another: both must belong together.",
                lambda u, low, high: 10 ** (np.log(low) + u * (np.log(high) - np.log(low)))),
        Mistake("The logarithm to one base, the power of another: both must belong together.",
                lambda u, low, high: np.exp(np.log10(_log(u, low, high)))),
        Mistake("u = 0 gives high, and u = 1 gives low: the ends are swapped.",
                lambda u, low, high: _log(1 - u, low, high)),
        Mistake("It always goes from low up to 1. Where does high come in?",
                lambda u, low, high: _log(u, low, 1.0)),
        Mistake("It starts at 1, whatever low is: low is missing from the exponent.",
                lambda u, low, high: 10 ** (u * (np.log10(high) - np.log10(low)))),
    ],
    returns="an array of the shape of u",
)  # fmt: skip


near_one = Exercise(
    "near_one",
    lambda u, low, high: 1 - _log(u, 1 - low, 1 - high),
    [(_RNG.random(6), 0.9, 0.999), (_RNG.random(5), 0.5, 0.99), (_RNG.random(4), 0.8, 0.9999)],
    [
        Mistake("This is drawn evenly: hardly a draw comes near 1, where every digit counts.",
                lambda u, low, high: low + u * (high - low)),
        Mistake("This is log-uniform in β itself. Between 0.9 and 0.999 that is nearly the same as "
                "even: it is the distance from 1 that has a magnitude.", _log),
        Mistake("This is 1 - β. One step is missing.",
                lambda u, low, high: _log(u, 1 - low, 1 - high)),
        Mistake("The right values in the wrong order: u = 0 must give low. Which end of 1 - β "
                "belongs to low?", lambda u, low, high: 1 - _log(u, 1 - high, 1 - low)),
        Mistake("It draws 1 - β evenly, which is the same as drawing β evenly.",
                lambda u, low, high: 1 - ((1 - high) + u * (high - low))),
        Mistake("It takes the magnitude of low and high, not of 1 - low and 1 - high.",
                lambda u, low, high: 1 - _log(u, low, high)),
        Mistake("This is 1 / (1 - β), the steps looked back. Which β has them?",
                lambda u, low, high: 1 / _log(u, 1 - low, 1 - high)),
    ],
    returns="an array of the shape of u",
)  # fmt: skip


def _zoom(best: float, low: float, high: float, share: float, inside: str = "move") -> Any:
    place = np.log(best / low) / np.log(high / low)
    start, end = place - share / 2, place + share / 2
    if inside == "move":
        start = min(max(start, 0.0), 1 - share)
        end = start + share
    elif inside == "cut":
        start, end = max(start, 0.0), min(end, 1.0)
    return low * (high / low) ** start, low * (high / low) ** end


def _evenly(best: float, low: float, high: float, share: float) -> Any:
    width = share * (high - low)
    start = min(max(best - width / 2, low), high - width)
    return start, start + width


zoom_log = Exercise(
    "zoom_log",
    _zoom,
    [(0.01, 1e-4, 1.0, 0.5), (0.5, 1e-4, 1.0, 0.3), (2e-6, 1e-6, 1e-2, 0.4), (0.1, 0.01, 3.0, 0.2)],
    [
        Mistake("It zooms evenly between low and high. The range is one of magnitudes: work with "
                "the logarithms.", _evenly),
        Mistake("The new range sticks out of the old one when the best lies near an end. Move it "
                "back inside.", lambda b, lo, hi, s: _zoom(b, lo, hi, s, "no")),
        Mistake("Near an end the new range is cut off, and smaller than share says. Move it "
                "inside instead.", lambda b, lo, hi, s: _zoom(b, lo, hi, s, "cut")),
        Mistake("It is twice as wide as it should be: share is the whole new range, not each side "
                "of the best.", lambda b, lo, hi, s: _zoom(b, lo, hi, 2 * s)),
        Mistake("It is half as wide as it should be: half of the share belongs on each side.",
                lambda b, lo, hi, s: _zoom(b, lo, hi, s / 2)),
        Mistake("These are the exponents. The last step, back to the rates themselves, is missing.",
                lambda *a: tuple(np.log10(_zoom(*a)))),
        Mistake("These are the exponents. The last step, back to the rates themselves, is missing.",
                lambda *a: tuple(np.log(_zoom(*a)))),
        Mistake("It takes a part of the best value itself. How wide the new range is depends on "
                "how wide the old one was.",
                lambda b, lo, hi, s: (b * (1 - s / 2), b * (1 + s / 2))),
        Mistake("It keeps the middle of the old range. The new one belongs around the best.",
                lambda b, lo, hi, s: _zoom((lo * hi) ** 0.5, lo, hi, s)),
        Mistake("Both are right, but in another order: return low, high.",
                lambda *a: _zoom(*a)[::-1]),
    ],
    returns="two numbers, low and high",
)  # fmt: skip


def _mesh(u: Any, swap: bool = False) -> Any:
    n = len(u)
    i, j = np.meshgrid(np.arange(n), np.arange(n), indexing="xy" if swap else "ij")
    return (np.stack([i, j], axis=-1) + u) / n


jittered_mesh = Exercise(
    "jittered_mesh",
    _mesh,
    [(_RNG.random((n, n, 2)),) for n in (2, 3, 5)],
    [
        Mistake("These are plain random points: nothing keeps them in a cell each.", lambda u: u),
        Mistake("This is the grid of the middles: the jitter u is not used.",
                lambda u: _mesh(np.full_like(u, 0.5))),
        Mistake("These are the corners of the cells: the jitter u is not used.",
                lambda u: _mesh(np.zeros_like(u))),
        Mistake("The jitter is as wide as the whole square: a point can leave its cell. How wide "
                "is a cell?", lambda u: _mesh(np.zeros_like(u)) + u),
        Mistake("The cells are counted in units of cells; the points should lie between 0 and 1.",
                lambda u: len(u) * _mesh(u)),
        Mistake("i and j are swapped: the first coordinate belongs to the first index.",
                lambda u: _mesh(u, swap=True)),
        Mistake("The jitter is added around the middle of the cell, so that half of the points "
                "leave it. Where does a cell start?", lambda u: _mesh(u + 0.5)),
        Mistake("The cells must fill the square from 0 to 1: there are n of them on an axis, not "
                "n - 1.", lambda u: len(u) * _mesh(u) / (len(u) - 1)),
        Mistake("Both coordinates get the same jitter: the points lie on the diagonals of their "
                "cells.", lambda u: _mesh(np.repeat(u[..., :1], 2, axis=-1))),
    ],
    returns="an array of the shape of u",
)  # fmt: skip


def _pick(val: Any, test: Any) -> Any:
    winner = int(np.nanargmax(val))
    return winner, test[winner]


def _accuracies(n: int, failed: tuple[int, ...]) -> tuple[Any, Any]:
    val, test = _RNG.uniform(0.5, 0.9, n), _RNG.uniform(0.4, 0.8, n)
    val[list(failed)] = test[list(failed)] = np.nan
    return val, test


pick_winner = Exercise(
    "pick_winner",
    _pick,
    [_accuracies(8, (2,)), _accuracies(6, ()), _accuracies(9, (0, 5))],
    [
        Mistake("It chose by the test set. Then that set has had a say, and its accuracy is as "
                "lucky as any other that was chosen for being high.",
                lambda val, test: (int(np.nanargmax(test)), np.nanmax(test))),
        Mistake("The winner is right. Its validation accuracy is why it was chosen, and so too "
                "high: which examples had no say?", lambda val, test: (_pick(val, test)[0],
                                                                       np.nanmax(val))),
        Mistake("The winner is right, but what is reported is the best test accuracy of all: that "
                "of another network, chosen by peeking.",
                lambda val, test: (_pick(val, test)[0], np.nanmax(test))),
        Mistake("A failed trial has won: np.argmax takes NaN for the highest number.",
                lambda val, test: (int(np.argmax(val)), test[np.argmax(val)])),
        Mistake("It chose by both sets together. The test set must have no say at all.",
                lambda val, test: (int(np.nanargmax(val + test)), test[np.nanargmax(val + test)])),
        Mistake("It chose the lowest accuracy. That would be right for a loss.",
                lambda val, test: (int(np.nanargmin(val)), test[np.nanargmin(val)])),
        Mistake("The winner is right. Report its own test accuracy, not the average of all.",
                lambda val, test: (_pick(val, test)[0], np.nanmean(test))),
        Mistake("The index counts only the trials that succeeded. Which trial is it in the list "
                "that you were given?",
                lambda val, test: (int(np.argmax(val[~np.isnan(val)])), _pick(val, test)[1])),
    ],
    returns="an index and an accuracy",
)  # fmt: skip
