"""Answers to the exercises, right and wrong, as readers would write them."""

import math

import numpy as np

from nbhelpers.exercises import dropout


def _forward_loops(x, rate, u, train):
    y = [[float(value) for value in row] for row in x]
    if train:
        for i, row in enumerate(u):
            for j, number in enumerate(row):
                y[i][j] = 0.0 if number < rate else y[i][j] / (1 - rate)
    return y


def _forward_float32(x, rate, u, train):
    mask = (u >= rate).astype(np.float32) / np.float32(1 - rate)
    return x.astype(np.float32) * mask if train else x.astype(np.float32)


def _forward_in_place(x, rate, u, train):
    if train:
        x *= (u >= rate) / (1 - rate)
    return x


def _both_steps(x, dy, rate, draw):
    u = draw(x.shape)
    y, dx = x / (1 - rate), dy / (1 - rate)
    y[u < rate] = 0
    dx[u < rate] = 0
    return y, dx


def _both_loops(x, dy, rate, draw):
    y, dx = np.zeros_like(x), np.zeros_like(dy)
    for i in np.ndindex(x.shape):
        if draw(()) >= rate:
            y[i], dx[i] = x[i] / (1 - rate), dy[i] / (1 - rate)
    return y, dx


def _both_from_y(x, dy, rate, draw):
    y = np.where(draw(*x.shape) < rate, 0, x / (1 - rate))
    return y, np.where(y != 0, dy / (1 - rate), 0)


def _both_anew(x, dy, rate, draw):
    y = np.where(draw(x.shape) < rate, 0, x / (1 - rate))
    return y, np.where(draw(dy.shape) < rate, 0, dy / (1 - rate))


def _both_unscaled(x, dy, rate, draw):
    mask = 1.0 * (draw(x.shape) > rate)
    return mask * x, mask * dy


def _both_without_mask(x, dy, rate, draw):
    return x * (draw(x.shape) >= rate) / (1 - rate), dy


def _both_backward_unscaled(x, dy, rate, draw):
    y = x * (draw(x.shape) >= rate) / (1 - rate)
    return y, dy * (y != 0)


def _both_as_keep(x, dy, rate, draw):
    mask = (1 - draw(x.shape) >= 1 - rate) / rate
    return x * mask, dy * mask


def _both_confused(x, dy, rate, draw):
    mask = (draw(x.shape) < rate) / (1 - rate)
    return x * mask, dy * mask


def _both_in_place(x, dy, rate, draw):
    mask = (draw(x.shape) >= rate) / (1 - rate)
    x *= mask
    dy *= mask
    return x, dy


def _vanilla_loops(x, rate, u, train):
    def one(value, number):
        if not train:
            return value * (1 - rate)
        return value if number >= rate else 0.0

    return [[one(*pair) for pair in zip(*rows, strict=True)] for rows in zip(x, u, strict=True)]


def _moments_of_cases(x, rate):
    values, chances = np.stack([0 * x, x / (1 - rate)]), np.array([rate, 1 - rate])
    mean = np.tensordot(chances, values, axes=1)
    return mean, np.tensordot(chances, (values - mean) ** 2, axes=1) ** 0.5


def _moments_loops(x, rate):
    spread = [math.sqrt(value**2 / (1 - rate) - value**2) for value in x.ravel()]
    return x.tolist(), np.array(spread).reshape(x.shape).tolist()


def _softmax(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _mc(h, W, b, rate, u, factor=None, keep=np.greater_equal):
    factor = 1 / (1 - rate) if factor is None else factor
    p = _softmax(np.einsum("tnu,uk->tnk", h[None] * keep(u, rate) * factor, W) + b)
    return p.mean(0), p.std(0)


def _mc_loops(h, W, b, rate, u):
    total, squares = 0, 0
    for numbers in u:
        p = _softmax(np.where(numbers < rate, 0, h / (1 - rate)) @ W + b)
        total, squares = total + p, squares + p**2
    mean = total / len(u)
    return mean, np.sqrt(np.maximum(squares / len(u) - mean**2, 0))


def _mc_float32(h, W, b, rate, u):
    h, W, b = (a.astype(np.float32) for a in (h, W, b))
    return _mc(h, W, b, rate, u, factor=np.float32(1 / (1 - rate)))


def _below(z):
    return 0.5 + math.erf(z / math.sqrt(2)) / 2


RIGHT = {
    dropout.dropout_forward: [_forward_loops, _forward_float32, lambda x, rate, u, train: (
        np.where(u < rate, 0, x / (1 - rate)) if train else x.copy())],
    dropout.forward_and_backward: [_both_steps, _both_loops, _both_from_y],
    dropout.vanilla_forward: [
        _vanilla_loops,
        lambda x, rate, u, train: np.where(u < rate, 0, x) if train else (1 - rate) * x,
        lambda x, rate, u, train: np.float32(x) * ((u >= rate) if train else np.float32(1 - rate)),
    ],
    dropout.mean_and_spread: [
        _moments_of_cases,
        _moments_loops,
        lambda x, rate: (np.float32(x), np.float32(abs(x) * (rate / (1 - rate)) ** 0.5)),
    ],
    dropout.monte_carlo: [_mc, _mc_loops, _mc_float32],
    dropout.share_dropped: [
        lambda keep: 1 - _below(keep),
        lambda keep: math.erfc(keep / 2**0.5) / 2,
        lambda keep: np.float32(_below(-keep)),
    ],
}  # fmt: skip

WRONG = {
    dropout.dropout_forward: [
        (lambda x, rate, u, train: np.where(u < rate, 0, x) if train else x, "factor is missing"),
        (lambda x, rate, u, train: np.where(u < rate, 0, x) if train else x - rate * x, "vanilla"),
        (lambda x, rate, u, train: np.where(u > rate, 0, x / (1 - rate)) if train else x,
         "Keep and drop"),
        (lambda x, rate, u, train: np.where(u < rate, x / rate, 0) if train else x,
         "probability to keep"),
        (lambda x, rate, u, train: np.where(u < rate, 0, x / (1 - rate)), "drops at test time"),
        (lambda x, rate, u, train: x * (u[0] >= rate) / (1 - rate) if train else x, "same mask"),
        (_forward_in_place, "changes an array"),
    ],
    dropout.forward_and_backward: [
        (_both_anew, "anew"),
        (_both_unscaled, "missing in both"),
        (_both_without_mask, "Everything comes back"),
        (_both_backward_unscaled, "not in backward"),
        (_both_as_keep, "probability to keep"),
        (_both_confused, "Keep and drop"),
        (_both_in_place, "changes an array"),
        (lambda x, dy, rate, draw: x * (draw(x.shape) >= rate) / (1 - rate), "2 things"),
    ],
    dropout.vanilla_forward: [
        (lambda x, rate, u, train: np.where(u < rate, 0, x / (1 - rate)) if train else x,
         "inverted"),
        (lambda x, rate, u, train: np.where(u < rate, 0, x) if train else x, "too large"),
        (lambda x, rate, u, train: np.where(u < rate, 0, x) if train else rate * x,
         "share that was dropped"),
        (lambda x, rate, u, train: np.where(u < rate, 0, x), "drops at test time"),
        (lambda x, rate, u, train: np.where(u < rate, x, 0) if train else (1 - rate) * x,
         "confused in the mask"),
        (lambda x, rate, u, train: np.where(u < rate, x, 0) if train else rate * x,
         "probability to keep"),
    ],
    dropout.mean_and_spread: [
        (lambda x, rate: (x, x**2 / (1 - rate) - x**2), "variance"),
        (lambda x, rate: (x, x * (rate / (1 - rate)) ** 0.5), "negative"),
        (lambda x, rate: ((1 - rate) * x, abs(x) * (rate - rate**2) ** 0.5), "vanilla"),
        (lambda x, rate: (x, abs(x) / (1 - rate) ** 0.5), "last step"),
        (lambda x, rate: (x, abs(x) * ((1 - rate) / rate) ** 0.5), "Keep and drop"),
        (lambda x, rate: (x.mean(), x.std()), "shape"),
    ],
    dropout.monte_carlo: [
        (lambda h, W, b, rate, u: _mc(h, W, b, rate, u, factor=1), "factor is missing"),
        (lambda h, W, b, rate, u: _mc(h, W, b, rate, u, keep=np.less), "Keep and drop"),
        (lambda h, W, b, rate, u: _mc(h, W, b, rate, u[0:1]), "first mask"),
        (lambda h, W, b, rate, u: (_softmax(h @ W + b), np.zeros((len(h), len(b)))),
         "Dropout is off"),
        (lambda h, W, b, rate, u: (_mc(h, W, b, rate, u)[0], _mc(h, W, b, rate, u)[1] ** 2),
         "variance"),
        (lambda h, W, b, rate, u: _mc(h, W, b, rate, u)[0], "2 things"),
    ],
    dropout.share_dropped: [
        (_below, "share that is kept"),
        (lambda keep: 1 - keep, "meant to drop"),
        (lambda keep: math.erfc(keep / 2**0.5), "both tails"),
        (lambda keep: math.erf(keep / 2**0.5) / 2, "between 0 and keep"),
        (lambda keep: math.erfc(keep) / 2, "divided"),
        (lambda keep: 1 - _below(1 - keep), "compares with keep"),
    ],
}  # fmt: skip
