"""Other right answers, and wrong ones with a word of the hint they need."""

from __future__ import annotations

import math

import numpy as np

from nbhelpers.exercises import activations


def _loop_slope(y):
    flat = [1 - value * value for value in y.ravel()]
    return np.reshape(flat, y.shape)


def _copy_leaky(dy, x, slope):
    dx = dy.copy()
    dx[x < 0] *= slope
    return dx


def _loop_leaky(dy, x, slope):
    return [[d if v > 0 else slope * d for d, v in zip(ds, vs, strict=True)]
            for ds, vs in zip(dy, x, strict=True)]  # fmt: skip


def _in_place(dy, x, slope):
    dy[x < 0] *= slope
    return dy


def _loop_dead(y):
    dead = 0
    for unit in range(y.shape[1]):
        dead += not any(answer > 0 for answer in y[:, unit])
    return dead / y.shape[1]


def _one(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _masked(x):
    y = np.empty_like(x)
    low = x < 0
    y[~low] = 1 / (1 + np.exp(-x[~low]))
    y[low] = np.exp(x[low]) / (1 + np.exp(x[low]))
    return y


RIGHT = {
    activations.tanh_slope: [
        _loop_slope,
        lambda y: (1 - y) * (1 + y),
        lambda y: 1 - np.square(y.astype(np.float32)),
        lambda y: 1 - np.tanh(np.arctanh(y)) ** 2,
    ],
    activations.leaky_backward: [
        _copy_leaky,
        _loop_leaky,
        lambda dy, x, slope: dy * (x > 0) + slope * dy * (x <= 0),
        lambda dy, x, slope: np.where(x < 0, slope * dy, dy).astype(np.float32),
    ],
    activations.share_of_dead: [
        _loop_dead,
        lambda y: np.mean(y.max(axis=0) == 0),
        lambda y: 1 - np.count_nonzero(y.sum(axis=0)) / y.shape[1],
        lambda y: (y.astype(np.float32) <= 0).all(0).mean(),
    ],
    activations.stable_sigmoid: [
        np.vectorize(_one),
        _masked,
        lambda x: np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x))),
        lambda x: np.exp(-np.logaddexp(0, -x)),
        lambda x: np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x))),
    ],
}

WRONG = {
    activations.tanh_slope: [
        (lambda y: 1 / np.cosh(y) ** 2, "already"),
        (lambda y: y - y * y, "sigmoid"),
        (lambda y: 1 - abs(y), "kink"),
        (lambda y: 1 - y, "-y"),
        (lambda y: 1 + y**2, "steepest"),
        (lambda y: 1 - 2 * y + y * y, "square"),
        (lambda y: 1 - (y**2).sum(), "shape"),
    ],
    activations.leaky_backward: [
        (lambda dy, x, slope: dy * np.maximum(np.sign(x), 0), "ReLU"),
        (lambda dy, x, slope: dy * np.where(x < 0, 1, slope), "swapped"),
        (lambda dy, x, slope: np.maximum(dy, slope * dy), "sign of its sum"),
        (lambda dy, x, slope: np.maximum(x, slope * x), "forward"),
        (lambda dy, x, slope: slope * dy, "everywhere"),
        (_in_place, "changes an array"),
        (lambda dy, x, slope: dy if x > 0 else slope * dy, "ValueError"),
    ],
    activations.share_of_dead: [
        (lambda y: (y == 0).sum() / y.size, "share of zeros"),
        (lambda y: (y == 0).all(1).mean(), "Which axis"),
        (lambda y: (y.min(axis=0) == 0).mean(), "at least one"),
        (lambda y: (y.sum(axis=0) == 0).sum(), "number of dead"),
        (lambda y: (y.max(axis=0) > 0).mean(), "living"),
        (lambda y: y.max(axis=0) == 0, "mean"),
    ],
    activations.stable_sigmoid: [
        (lambda x: 1 / (1 / np.exp(x) + 1) * (np.exp(x) / np.exp(x)), "NaN"),
        (lambda x: (1 + np.exp(-x)) ** -1, "overflows"),
        (lambda x: 1 - 1 / (np.exp(x) + 1), "cancel"),
        (lambda x: 0.5 + 0.5 * np.tanh(0.5 * x), "cancel"),
        (lambda x: 1 / (1 + np.exp(np.clip(-x, -500, 500))), "Cutting"),
        (lambda x: 1 / (1 + np.exp(np.minimum(-x, 700))), "Cutting"),
        (lambda x: 1 / (1 + np.exp(abs(x))), "even"),
        (lambda x: np.exp(-np.logaddexp(0, x)), "falls where"),
    ],
}  # fmt: skip
