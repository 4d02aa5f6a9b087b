"""Exercises: right answers, an interval, who is taken for whom, calibration."""

from __future__ import annotations

from typing import Any

import numpy as np

from .engine.exercise import Exercise, Mistake

_RNG = np.random.default_rng(114)


def _scores(n: int, classes: int) -> tuple[Any, Any]:
    return _RNG.normal(size=(n, classes)), _RNG.integers(0, classes, n)


def _accuracy(scores: Any, y: Any) -> float:
    return float(np.mean(scores.argmax(axis=1) == y))


accuracy = Exercise(
    "accuracy",
    _accuracy,
    [_scores(50, 3), _scores(7, 4), _scores(200, 10)],
    [
        Mistake("This is the share of wrong answers.", lambda s, y: 1 - _accuracy(s, y)),
        Mistake("This counts the right answers. Accuracy is their share of all answers.",
                lambda s, y: int((s.argmax(axis=1) == y).sum())),
        Mistake("This is in percent; a share lies between 0 and 1.",
                lambda s, y: 100 * _accuracy(s, y)),
        Mistake("It looks for the largest score in the whole batch: give argmax the axis along "
                "which the classes lie.", lambda s, y: float(np.mean(s.argmax() == y))),
        Mistake("It looks down the columns, at the best example for each class. Which axis of "
                "(N, classes) are the classes?",
                lambda s, y: float(np.mean(s.argmax(axis=0) == y[: s.shape[1]]))),
        Mistake("It looks down the columns, at the best example for each class. Which axis of "
                "(N, classes) are the classes?", lambda s, y: float(np.mean(s.argmax(0) == y))),
        Mistake("It takes the smallest score. The class with the largest score is the answer.",
                lambda s, y: float(np.mean(s.argmin(axis=1) == y))),
        Mistake("It compares the largest score itself with the label. You need its place: argmax.",
                lambda s, y: float(np.mean(s.max(axis=1) == y))),
        Mistake("This says for each example whether it is right. Take the mean of that.",
                lambda s, y: s.argmax(axis=1) == y),
    ],
)  # fmt: skip

# 97.5 % of a t distribution lie below this, by its degrees of freedom (1 to 9).
T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)


def _interval(values: Any, t: float, *, ddof: int = 1, power: float = 0.5) -> tuple[float, float]:
    """Mean ± t s / n^power, with s the standard deviation that divides by n - ddof."""
    half = t * np.std(values, ddof=ddof) / len(values) ** power
    return float(np.mean(values) - half), float(np.mean(values) + half)


interval = Exercise(
    "interval",
    _interval,
    [(_RNG.normal(0.98, 0.001, n), T[n - 2]) for n in (5, 3, 10)],
    [
        Mistake("The spread is that of single runs. The mean of n runs is steadier: divide by √n.",
                lambda v, t: _interval(v, t, power=0)),
        Mistake("The standard deviation of a sample divides by n - 1: in NumPy, ddof=1.",
                lambda v, t: _interval(v, t, ddof=0)),
        Mistake("Both at once: divide by √n, and use ddof=1 for the standard deviation.",
                lambda v, t: _interval(v, t, ddof=0, power=0)),
        Mistake("Divide by √n, not by n.", lambda v, t: _interval(v, t, power=1)),
        Mistake("1.96 is right for a standard deviation that is known. With few runs it is only "
                "estimated, and t takes its place.", lambda v, t: _interval(v, 1.96)),
        Mistake("The factor t is missing.", lambda v, t: _interval(v, 1.0)),
        Mistake("This is the range of the runs seen. Where does the *mean* of many more runs lie?",
                lambda v, t: (np.min(v), np.max(v))),
        Mistake("This is the mean and the half-width. Return the two ends of the interval.",
                lambda v, t: (np.mean(v), _interval(v, t)[1] - np.mean(v))),
        Mistake("The ends are in the wrong order: lower end first.",
                lambda v, t: _interval(v, t)[::-1]),
    ],
)  # fmt: skip


def _confusion(y: Any, guess: Any, classes: int) -> Any:
    matrix = np.zeros((classes, classes), dtype=int)
    np.add.at(matrix, (y, guess), 1)
    return matrix


def _overwrite(y: Any, guess: Any, classes: int) -> Any:
    matrix = np.zeros((classes, classes), dtype=int)
    matrix[y, guess] += 1
    return matrix


confusion = Exercise(
    "confusion",
    _confusion,
    [(_RNG.integers(0, k, n), _RNG.integers(0, k, n), k) for k, n in ((3, 60), (4, 25), (10, 300))],
    [
        Mistake("Rows and columns are swapped: the true class is the row.",
                lambda y, g, k: _confusion(g, y, k)),
        Mistake("No entry is above 1: `matrix[y, guess] += 1` counts a place that comes up twice "
                "only once. Use a loop, or np.add.at.", _overwrite),
        Mistake("These are shares. The matrix counts examples.",
                lambda y, g, k: _confusion(y, g, k) / len(y)),
        Mistake("These are shares of each row. The matrix counts examples.",
                lambda y, g, k: _confusion(y, g, k) / np.bincount(y, minlength=k)[:, None]),
        Mistake("Only the mistakes are counted. The right answers belong on the diagonal.",
                lambda y, g, k: _confusion(y, g, k) * (1 - np.eye(k, dtype=int))),
        Mistake("Only the right answers are counted.",
                lambda y, g, k: _confusion(y, g, k) * np.eye(k, dtype=int)),
    ],
)  # fmt: skip


def _gaps(confidence: Any, hit: Any, bins: int) -> tuple[Any, Any]:
    """How many examples each bin that is not empty holds, and right answers less confidence."""
    k = np.minimum((confidence * bins).astype(int), bins - 1)
    n = np.bincount(k, minlength=bins)
    gaps = np.bincount(k, hit - confidence, minlength=bins)[n > 0] / n[n > 0]
    return n[n > 0], gaps


def _calibration(confidence: Any, hit: Any, bins: int) -> float:
    n, gaps = _gaps(confidence, hit, bins)
    return float(np.sum(n * np.abs(gaps)) / n.sum())


def _answers(n: int, bins: int, middle: float) -> tuple[Any, Any, int]:
    """Confidences too high above the middle and too low below it, some of them 1."""
    confidence = _RNG.uniform(0.1, 1, n) ** 0.3
    hit = _RNG.random(n) < 0.5 * (confidence + middle)
    confidence[:4], hit[:4] = 1.0, [False, True, False, True]
    return confidence, hit, bins


calibration_error = Exercise(
    "calibration_error",
    _calibration,
    [_answers(200, 10, 0.7), _answers(400, 5, 0.85), _answers(90, 4, 0.8)],
    [
        Mistake("All bins count the same. Weight each gap by the number of digits in its bin.",
                lambda c, h, b: float(np.mean(np.abs(_gaps(c, h, b)[1])))),
        Mistake("Gaps above and below cancel: take the absolute value of each bin's gap.",
                lambda c, h, b: float(np.mean(c) - np.mean(h))),
        Mistake("Gaps above and below cancel: take the absolute value of each bin's gap.",
                lambda c, h, b: float(np.mean(h) - np.mean(c))),
        Mistake("This is the gap of all digits together. Sort them into bins first.",
                lambda c, h, b: float(abs(np.mean(c) - np.mean(h)))),
        Mistake("This compares digit by digit. A digit is right or wrong; only a bin has a share.",
                lambda c, h, b: float(np.mean(np.abs(h - c)))),
        Mistake("The gaps are squared. The error is the mean of their absolute values.",
                lambda c, h, b: float(np.average(_gaps(c, h, b)[1] ** 2,
                                                 weights=_gaps(c, h, b)[0]))),
        Mistake("This is a sum over digits. Divide by their number.",
                lambda c, h, b: _calibration(c, h, b) * len(c)),
        Mistake("This is the largest gap. The expected one is a weighted mean over the bins.",
                lambda c, h, b: float(np.abs(_gaps(c, h, b)[1]).max())),
        Mistake("The answers of which the network is entirely sure are missing: a confidence of 1 "
                "belongs into the last bin.",
                lambda c, h, b: _calibration(c[c < 1], h[c < 1], b) * np.mean(c < 1)),
        Mistake("The answers of which the network is entirely sure are missing: a confidence of 1 "
                "belongs into the last bin.",
                lambda c, h, b: _calibration(c[c < 1], h[c < 1], b)),
    ],
)  # fmt: skip
