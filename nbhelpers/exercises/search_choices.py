"""Exercises of lesson 12, second half: a jittered mesh, and a winner chosen without peeking."""

from __future__ import annotations

from typing import Any

import numpy as np

from .exercise import Exercise, Mistake

_RNG = np.random.default_rng(212)


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
