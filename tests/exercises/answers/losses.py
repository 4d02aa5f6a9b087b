"""Other right answers to the lesson on losses, and wrong ones with a word of the hint they need."""

from __future__ import annotations

import math

import numpy as np

from nbhelpers.exercises import losses


def _softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _loop_loss(scores, y):
    total = 0.0
    for row, k in zip(scores, y, strict=True):
        m = max(row)
        total += m - row[k] + math.log(sum(math.exp(s - m) for s in row))
    return total / len(y)


def _one_bug_left_columns(scores, y):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.mean(np.log(p[:, y] + 1e-12))


def _one_bug_left_axis(scores, y):
    e = np.exp(scores - scores.max())
    p = e / e.sum(axis=0)
    return -np.mean(np.log(p[range(len(y)), y] + 1e-12))


def _one_bug_left_epsilon(scores, y):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.mean(np.log(p[range(len(y)), y] + 1e-12))


def _loop_poisson(scores, y):
    loss, gradient = 0.0, []
    for s, k in zip(scores, y, strict=True):
        loss += (math.exp(s) - k * s) / len(y)
        gradient.append((math.exp(s) - k) / len(y))
    return loss, gradient


def _single(scores, y):
    s = scores.astype(np.float32)
    return np.average(np.exp(s) - y * s), (np.exp(s) - y.astype(np.float32)) / np.float32(s.size)


def _loss_at(s, y, T):
    return _loop_loss(s / T, y)


def _grid(s, y, low=0.05, high=20):
    Ts = np.geomspace(low, high, 700)
    return Ts[np.argmin([-np.log(_softmax(s / T)[range(len(y)), y]).mean() for T in Ts])]


def _golden(s, y):
    low, high, ratio = math.log(0.05), math.log(20), (math.sqrt(5) - 1) / 2
    while high - low > 1e-3:
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        if _loss_at(s, y, math.exp(a)) < _loss_at(s, y, math.exp(b)):
            high = b
        else:
            low = a
    return math.exp((low + high) / 2)


def _descent(s, y):
    log_T = 0.0
    for _ in range(3000):
        T = math.exp(log_T)
        p = _softmax(s / T)
        p[np.arange(len(y)), y] -= 1
        log_T += 0.05 * np.sign((p * s).sum()) * min(1.0, abs((p * s).sum() / T / len(y)))
    return math.exp(log_T)


RIGHT = {
    losses.first_losses: [
        lambda K: (math.log(K), K * math.log(2)),
        lambda K: [-math.log(1 / K), -K * math.log(0.5)],
        lambda K: np.array([np.log(K), np.log(2.0 ** min(K, 1000))]),
    ],
    losses.cross_entropy: [
        _loop_loss,
        lambda s, y: np.mean(np.logaddexp.reduce(s, axis=1) - s[range(len(y)), y]),
        lambda s, y: (
            np.log(np.exp(s - s[range(len(y)), y][:, None]).sum(1)).mean()
            if np.ptp(s) < 100
            else _loop_loss(s, y)
        ),
    ],
    losses.poisson_loss: [
        _loop_poisson,
        _single,
        lambda s, y: [np.exp(s).mean() - np.dot(y, s) / len(s), (np.exp(s) - y) / len(s)],
    ],
    losses.fit_temperature: [_grid, _golden, _descent],
}

WRONG = {
    losses.first_losses: [
        (lambda K: (math.log(K), math.log(2)), "added up"),
        (lambda K: (math.log(K), math.log(K)), "other classes"),
        (lambda K: (math.log2(K), K * math.log2(2)), "bits"),
        (lambda K: (1 / K, 1 / 2), "negative logarithm"),
        (lambda K: (0, 0), "share"),
        (lambda K: (math.log(1 / K), K * math.log(1 / 2)), "sign"),
        (lambda K: math.log(K), "2 things"),
    ],
    losses.cross_entropy: [
        (_one_bug_left_columns, "whole columns"),
        (_one_bug_left_axis, "own sum"),
        (_one_bug_left_epsilon, "from the scores"),
        (lambda s, y: -np.mean(np.log(_softmax(s)[range(len(y)), y])), "without computing p"),
        (lambda s, y: np.mean(np.log(np.exp(s).sum(1)) - s[range(len(y)), y]), "overflows"),
        (lambda s, y: _loop_loss(s, y) * len(s), "sum over the batch"),
    ],
    losses.poisson_loss: [
        (lambda s, y: (np.mean(y * s - np.exp(s)), (y - np.exp(s)) / len(y)), "maximized"),
        (lambda s, y: (np.sum(np.exp(s) - y * s), np.exp(s) - y), "sum"),
        (lambda s, y: (np.mean(np.exp(s) - y * s), np.exp(s) - y), "gradient is that of a sum"),
        (lambda s, y: (np.mean(np.exp(s) - y * s), (1 - y * np.exp(-s)) / len(y)), "chain rule"),
        (lambda s, y: (np.mean(s - y * np.log(s)), (1 - y / s) / len(s)), "logarithm"),
        (lambda s, y: np.mean(np.exp(s) - y * s), "2 things"),
    ],
    losses.fit_temperature: [
        (lambda s, y: 1 / _grid(s, y), "divided"),
        (lambda s, y: _grid(s, y, low=1), "below 1"),
        (lambda s, y: _grid(s, y, high=10), "beyond"),
        (lambda s, y: 1.0, "calibrated already"),
        (lambda s, y: s.std(), "labels must decide"),
        (lambda s, y: _loss_at(s, y, _grid(s, y)), "lowest loss"),
        (lambda s, y: _grid(s, s.argmax(axis=1)), "maximizes the confidence"),
    ],
}  # fmt: skip
