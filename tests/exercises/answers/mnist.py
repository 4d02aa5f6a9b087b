"""Other right answers, and wrong ones with a word of the hint they need."""

from __future__ import annotations

import math
import statistics

import numpy as np

from nbhelpers.exercises import mnist


def _loop_accuracy(s, y):
    return sum(int(np.argmax(row) == t) for row, t in zip(s, y, strict=True)) / len(y)


def _array_interval(v, t):
    return np.mean(v) + np.array([-1, 1]) * t * np.std(v, ddof=1) / len(v) ** 0.5


def _variance_interval(v, t):
    half = t * (v.var(ddof=1) / v.size) ** 0.5
    return [v.mean() - half, v.mean() + half]


def _statistics_interval(v, t):
    mean, half = statistics.mean(v), t * statistics.stdev(v) / math.sqrt(len(v))
    return mean - half, mean + half


def _loop_confusion(y, guess, classes):
    return [[sum((y == i) & (guess == j)) for j in range(classes)] for i in range(classes)]


def _histogram_confusion(y, guess, classes):
    return np.bincount(y * classes + guess, minlength=classes**2).reshape(classes, classes)


def _add_at_confusion(y, guess, classes):
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (y, guess), 1.0)
    return matrix


def _loop_calibration(confidence, hit, bins):
    total = 0.0
    for b in range(bins):
        last = b == bins - 1
        inside = (confidence >= b / bins) & ((confidence < (b + 1) / bins) | last)
        if inside.any():
            total += abs(sum(hit[inside]) - sum(confidence[inside]))
    return total / len(hit)


def _digitize_calibration(confidence, hit, bins):
    edges = np.linspace(0, 1, bins + 1)[1:-1]
    gaps = np.bincount(np.digitize(confidence, edges), hit.astype(float) - confidence)
    return np.float32(np.abs(gaps).sum() / confidence.size)


def _histogram_calibration(confidence, hit, bins):
    sure, _ = np.histogram(confidence, bins, (0, 1), weights=confidence)
    right, _ = np.histogram(confidence[hit], bins, (0, 1))
    return np.sum(np.abs(right - sure)) / len(confidence)


def _means_of_bins(confidence, hit, bins):
    k = np.minimum((confidence * bins).astype(int), bins - 1)
    used = np.unique(k)
    return np.mean([abs(hit[k == b].mean() - confidence[k == b].mean()) for b in used])


def _last_edge_open(confidence, hit, bins):
    total = 0.0
    for b in range(bins):
        inside = (confidence >= b / bins) & (confidence < (b + 1) / bins)
        total += abs(hit[inside].sum() - confidence[inside].sum())
    return total / len(hit)


RIGHT = {
    mnist.accuracy: [
        lambda s, y: sum(s.argmax(1) == y) / len(y),
        lambda s, y: np.float32(np.mean(np.argmax(s, axis=-1) == y)),
        _loop_accuracy,
    ],
    mnist.interval: [_array_interval, _variance_interval, _statistics_interval],
    mnist.confusion: [_loop_confusion, _histogram_confusion, _add_at_confusion],
    mnist.calibration_error: [_loop_calibration, _digitize_calibration, _histogram_calibration],
}

WRONG = {
    mnist.accuracy: [
        (lambda s, y: np.mean(np.argmax(s, axis=1) != y), "wrong answers"),
        (lambda s, y: sum(s.argmax(1) == y), "counts"),
        (lambda s, y: 100 * np.mean(s.argmax(1) == y), "percent"),
        (lambda s, y: np.mean(np.argmax(s) == y), "axis"),
        (lambda s, y: s.argmax(1) == y, "mean"),
    ],
    mnist.interval: [
        (lambda v, t: (v.mean() - t * v.std(ddof=1), v.mean() + t * v.std(ddof=1)), "steadier"),
        (lambda v, t: (v.mean() - t * v.std() / len(v) ** 0.5,
                       v.mean() + t * v.std() / len(v) ** 0.5), "ddof=1"),
        (lambda v, t: (v.mean() - 1.96 * v.std(ddof=1) / len(v) ** 0.5,
                       v.mean() + 1.96 * v.std(ddof=1) / len(v) ** 0.5), "1.96"),
        (lambda v, t: (v.mean() - v.std(ddof=1) / len(v) ** 0.5,
                       v.mean() + v.std(ddof=1) / len(v) ** 0.5), "missing"),
        (lambda v, t: (min(v), max(v)), "range"),
        (lambda v, t: v.mean(), "2 things"),
    ],
    mnist.confusion: [
        (lambda y, g, k: np.histogram2d(g, y, bins=(range(k + 1), range(k + 1)))[0], "swapped"),
        (lambda y, g, k: np.histogram2d(y, g, bins=(range(k + 1), range(k + 1)), density=True)[0],
         "shares"),
        (lambda y, g, k: np.diag(np.bincount(y[y == g], minlength=k)), "Only the right"),
        (lambda y, g, k: np.array([[sum((y == i) & (g == j) & (i != j)) for j in range(k)]
                                   for i in range(k)]), "diagonal"),
        (lambda y, g, k: [[sum((y == i) & (g == j)) / max(sum(y == i), 1) for j in range(k)]
                          for i in range(k)], "each row"),
        (lambda y, g, k: np.zeros((k, k)), "numbers"),
        (lambda y, g, k: np.bincount(y * k + g, minlength=k * k), "shape"),
    ],
    mnist.calibration_error: [
        (_means_of_bins, "Weight"),
        (lambda c, h, b: c.mean() - h.mean(), "cancel"),
        (lambda c, h, b: abs(c.mean() - h.mean()), "bins first"),
        (lambda c, h, b: np.abs(c - h).mean(), "digit by digit"),
        (lambda c, h, b: _loop_calibration(c, h, b) * len(c), "Divide"),
        (_last_edge_open, "entirely sure"),
    ],
}  # fmt: skip
