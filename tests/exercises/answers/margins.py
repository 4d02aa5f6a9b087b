"""Other right answers to the appendix on margins, and wrong ones with a word of their hint."""

from __future__ import annotations

import statistics
from itertools import combinations, product

import numpy as np

from nbhelpers.exercises import margins


def _by_counting(y):
    ordered = sorted(y)
    return sum(ordered) / len(y), ordered[len(y) // 2], max(ordered, key=ordered.count)


def _by_trying(y):
    grid = np.append(np.unique(y), np.mean(y))
    return [
        grid[np.argmin([np.mean(loss(y - c)) for c in grid])]
        for loss in (np.square, np.abs, lambda d: d != 0)
    ]


def _loop_hinge(scores, y):
    total = 0.0
    for row, k in zip(scores, y, strict=True):
        for j, s in enumerate(row):
            if j != k and s - row[k] + 1 > 0:
                total += s - row[k] + 1
    return total / len(y)


def _deleted_hinge(scores, y):
    losses = [np.delete(r, k) - r[k] + 1 for r, k in zip(scores, y, strict=True)]
    return np.clip(losses, 0, None).sum(axis=1).mean()


def _log_softmax(s):
    return s - np.logaddexp.reduce(s, axis=1, keepdims=True)


def _loop_weighted(scores, y, weights):
    total, loss, gradient = sum(weights[k] for k in y), 0.0, []
    for row, k in zip(_log_softmax(scores), y, strict=True):
        loss -= weights[k] * row[k] / total
        gradient.append([(np.exp(v) - (j == k)) * weights[k] / total for j, v in enumerate(row)])
    return loss, gradient


def _masked_weighted(scores, y, weights):
    mask = np.eye(len(weights))[y] * weights
    mask /= mask.sum()
    log_p = _log_softmax(scores)
    return -(mask * log_p).sum(), mask.sum(axis=1, keepdims=True) * np.exp(log_p) - mask


def _repeated(scores, y, weights):
    r = weights[y][:, None]
    hard = y[:, None] == np.arange(scores.shape[1])
    log_p = _log_softmax(scores)
    return np.average(-log_p[hard], weights=r[:, 0]), r * (np.exp(log_p) - hard) / r.sum()


def _hulls(x, t):
    """The distance of the two convex hulls: every point from every edge of the other class."""
    best = np.inf
    for a, b in ((x[t > 0], x[t < 0]), (x[t < 0], x[t > 0])):
        best = min(best, np.linalg.norm(a[:, None] - b[None], axis=2).min())
        for p, q in combinations(b, 2):
            place = np.clip((a - p) @ (q - p) / ((q - p) @ (q - p)), 0, 1)
            best = min(best, np.linalg.norm(a - p - place[:, None] * (q - p), axis=1).min())
    return best


def _refined(x, t):
    around, half = 0.0, np.pi
    for _ in range(8):
        angles = around + np.linspace(-half, half, 2001)
        along = x @ np.array([np.cos(angles), np.sin(angles)])
        gaps = along[t > 0].min(axis=0) - along[t < 0].max(axis=0)
        around, half = angles[gaps.argmax()], half / 100
    return gaps.max()


def _pairs(x, t):
    """Only directions along two points of opposite classes, or across two of one, can be best."""
    u = [p - q for p, q in product(x[t > 0], x[t < 0])]
    for c in (x[t > 0], x[t < 0]):
        across = [np.array([q[1] - p[1], p[0] - q[0]]) for p, q in combinations(c, 2)]
        u += [*across, *(-v for v in across)]
    u = np.array(u).T
    along = x @ (u / np.linalg.norm(u, axis=0))
    return (along[t > 0].min(axis=0) - along[t < 0].max(axis=0)).max()


RIGHT = {
    margins.best_constants: [
        _by_counting,
        _by_trying,
        lambda y: (np.sum(y) / y.size, np.sort(y)[y.size // 2], statistics.mode(y.tolist())),
    ],
    margins.hinge_loss: [
        _loop_hinge,
        _deleted_hinge,
        lambda s, y: np.mean(
            np.maximum(0, s - np.take_along_axis(s, y[:, None], 1) + 1).sum(axis=1) - 1
        ),
    ],
    margins.weighted_cross_entropy: [_loop_weighted, _masked_weighted, _repeated],
    margins.widest_margin: [_hulls, _refined, _pairs],
}

WRONG = {
    margins.best_constants: [
        (lambda y: (np.median(y), np.mean(y), _by_counting(y)[2]), "first two are swapped"),
        (lambda y: (np.mean(y), _by_counting(y)[2], np.median(y)), "last two are swapped"),
        (lambda y: (np.mean(y),) * 3, "squared error only"),
        (lambda y: (np.mean(y), np.median(y), np.median(y)), "exactly hit"),
        (lambda y: (np.mean(y), (min(y) + max(y)) / 2, _by_counting(y)[2]), "middle of the range"),
        (lambda y: np.mean(y), "3 things"),
    ],
    margins.hinge_loss: [
        (lambda s, y: np.maximum(0, s - s[:, y] + 1).mean(), "whole columns"),
        (lambda s, y: np.maximum(0, s - s[range(len(y)), y][:, None] + 1).mean(), "Two bugs"),
        (lambda s, y: np.maximum(0, s - s[range(len(y)), y][:, None] + 1).sum(1).mean(), "itself"),
        (lambda s, y: _loop_hinge(s, y) / s.shape[1], "classes too"),
        (lambda s, y: _loop_hinge(s, y) * len(y), "adds up the batch"),
        (lambda s, y: np.mean([max(0, np.delete(r, k).max() - r[k] + 1)
                               for r, k in zip(s, y, strict=True)]), "strongest"),
    ],
    margins.weighted_cross_entropy: [
        (lambda s, y, w: [part * w[y].sum() / len(y) for part in _masked_weighted(s, y, w)],
         "number of examples"),
        (lambda s, y, w: [part * w[y].sum() / w.sum() for part in _masked_weighted(s, y, w)],
         "class weights"),
        (lambda s, y, w: (_repeated(s, y, w)[0],
                          (np.exp(_log_softmax(s)) - np.eye(len(w))[y]) / len(y)), "not weighted"),
        (lambda s, y, w: (_repeated(s, y, w)[0],
                          (np.exp(_log_softmax(s)) - np.eye(len(w))[y]) * w / w[y].sum()),
         "column"),
        (lambda s, y, w: (_repeated(s, y, w)[0], -_repeated(s, y, w)[1]), "sign"),
        (lambda s, y, w: _repeated(s, y, w)[0], "2 things"),
    ],
    margins.widest_margin: [
        (lambda x, t: _hulls(x, t) / 2, "half"),
        (lambda x, t: _hulls(x, t) * 2, "twice"),
        (lambda x, t: np.linalg.norm(x[t > 0][:, None] - x[t < 0], axis=2).min(), "nearest points"),
        (lambda x, t: np.linalg.norm(x[t > 0].mean(0) - x[t < 0].mean(0)), "centers"),
        (lambda x, t: max((s * x[t > 0, k]).min() - (s * x[t < 0, k]).max()
                          for k in (0, 1) for s in (1, -1)), "axes"),
    ],
}  # fmt: skip
