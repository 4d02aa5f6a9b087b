"""Other right answers to the lesson on gradient descent, and wrong ones with a hint's word."""

from __future__ import annotations

import numpy as np

from nbhelpers.exercises import gradient_descent


def _tanh_loops(x, y, w, b):
    by_w, by_b = np.zeros(len(w)), 0.0
    for row, label in zip(x, y, strict=True):
        a = np.tanh(sum(row * w) + b)
        d = (a - label) / np.cosh(np.arctanh(a)) ** 2
        by_w, by_b = by_w + d * row / len(x), by_b + d / len(x)
    return by_w, by_b


def _tanh_measured(x, y, w, b, h=1e-5):
    def loss(w, b):
        return np.mean((np.tanh(x @ w + b) - y) ** 2) / 2

    moves = h * np.eye(len(w))
    by_w = [(loss(w + m, b) - loss(w - m, b)) / (2 * h) for m in moves]
    return by_w, (loss(w, b + h) - loss(w, b - h)) / (2 * h)


def _tanh_linear(x, y, w, b):
    error = np.tanh(x @ w + b) - y
    return x.T @ error / len(y), error.mean()


def _tanh_sum(x, y, w, b):
    a = np.tanh(x @ w + b)
    d = (a - y) * (1 - a * a)
    return d @ x, sum(d)


def _epoch_split(x, y, w, lr, batch, order):
    for rows in np.split(order, range(batch, len(x), batch)):
        w = w - lr * np.mean((x[rows] @ w - y[rows])[:, None] * x[rows], axis=0)
    return w


def _epoch_reordered(x, y, w, lr, batch, order):
    x, y, w = x[order], y[order], w.copy()
    for start in range(0, len(x), batch):
        part = x[start : start + batch]
        w -= lr * part.T @ (part @ w - y[start : start + batch]) / len(part)
    return w


def _epoch_start_weights(x, y, w, lr, batch, order):
    new = w
    for rows in np.split(order, range(batch, len(x), batch)):
        new = new - lr * (x[rows] @ w - y[rows]) @ x[rows] / len(rows)
    return new


def _epoch_unshuffled(x, y, w, lr, batch, order):
    return _epoch_split(x, y, w, lr, batch, np.arange(len(x)))


def _epoch_whole_batches(x, y, w, lr, batch, order):
    for rows in order[: len(x) // batch * batch].reshape(-1, batch):
        w = w - lr * (x[rows] @ w - y[rows]) @ x[rows] / batch
    return w


def _epoch_in_place(x, y, w, lr, batch, order):
    for rows in np.split(order, range(batch, len(x), batch)):
        w -= lr * (x[rows] @ w - y[rows]) @ x[rows] / len(rows)
    return w


def _rate_by_svd(x):
    inputs = np.hstack([np.ones((len(x), 1)), x])
    return 2 * len(x) / np.linalg.svd(inputs)[1][0] ** 2


def _rate_by_power(x):
    inputs = np.column_stack([x, np.ones(len(x))])
    v = np.ones(inputs.shape[1])
    for _ in range(5000):
        v = inputs.T @ (inputs @ v) / len(x)
        length = np.linalg.norm(v)
        v = v / length
    return [2 / length][0]


def _targets_by_svd(x):
    axes = np.linalg.svd(x)[2]
    return axes[0], axes[-1]


def _targets_by_power(x):
    h = x.T @ x / len(x)
    fast, slow = np.linalg.matrix_power(h, 64), np.linalg.matrix_power(np.linalg.inv(h), 64)
    return [m[:, 0] / np.linalg.norm(m[:, 0]) for m in (fast, slow)]


def _heavy_ball(gradient, w):
    a, b = np.sqrt(gradient.largest), np.sqrt(gradient.smallest)
    rate, momentum = 4 / (a + b) ** 2, ((a - b) / (a + b)) ** 2
    step = 0.0
    for _ in range(100):
        step = momentum * step - rate * gradient(w)
        w = w + step
    return w


def _conjugate(gradient, w):
    g = gradient(w)
    direction = -g
    for _ in range(5):
        bend = gradient(w + direction) - g
        length = -(g @ direction) / (direction @ bend)
        w = w + length * direction
        new = gradient(w)
        direction = -new + (new @ new) / (g @ g) * direction
        g = new
    return list(w)


def _secant(gradient, w):
    g, columns = gradient(w), []
    for i in range(5):
        moved = w.copy()
        moved[i] += 0.5
        columns.append((gradient(moved) - g) / 0.5)
    return w - np.linalg.inv(np.transpose(columns)) @ g


def _cautious(gradient, w):
    for _ in range(100):
        w = w - 0.05 * gradient(w)
    return w


def _too_bold(gradient, w):
    for _ in range(100):
        w = w - 5 * gradient(w)
    return w


def _too_long(gradient, w):
    for _ in range(5000):
        w = w - 0.1 * gradient(w)
    return w


RIGHT = {
    gradient_descent.five_rates: [
        lambda: "CAEBD",
        lambda: ["c", "a", "e", "b", "d"],
        lambda: "c, a, e, b, d",
    ],
    gradient_descent.tanh_gradient: [
        _tanh_loops,
        _tanh_measured,
        lambda x, y, w, b: [*_tanh_measured(x, y, w, b)],
    ],
    gradient_descent.one_epoch: [
        _epoch_split,
        _epoch_reordered,
        lambda *all: _epoch_split(*all).astype(np.float32),
    ],
    gradient_descent.largest_rate: [
        _rate_by_svd,
        _rate_by_power,
        lambda x: 2 / np.linalg.norm(np.cov(np.c_[x, np.ones(len(x))].T, bias=True)
                                     + np.outer(m := np.append(x.mean(0), 1), m), 2),
    ],
    gradient_descent.two_targets: [
        _targets_by_svd,
        _targets_by_power,
        lambda x: -np.linalg.svd(x.T)[0].T[[0, x.shape[1] - 1]],
    ],
    gradient_descent.hundred_gradients: [_heavy_ball, _conjugate, _secant],
}  # fmt: skip

WRONG = {
    gradient_descent.five_rates: [
        (lambda: "aacab", "second derivative of 1"),
        (lambda: "eaede", "one step arrives"),
        (lambda: "caedb", "0.5"),
        (lambda: "aaebd", "which side"),
        (lambda: "eaebd", "overshoots"),
        (lambda: "caebe", "exactly"),
        (lambda: "caeb", "five letters"),
    ],
    gradient_descent.tanh_gradient: [
        (_tanh_linear, "without nonlinearity"),
        (_tanh_sum, "1 / N"),
        (lambda x, y, w, b: _tanh_loops(x, y, w, b)[::-1], "other order"),
        (lambda x, y, w, b: [-g for g in _tanh_loops(x, y, w, b)], "sign"),
        (lambda x, y, w, b: [2 * g for g in _tanh_loops(x, y, w, b)], "Twice"),
        (lambda x, y, w, b: _tanh_loops(x, y, w, b)[0], "2 things"),
    ],
    gradient_descent.one_epoch: [
        (_epoch_start_weights, "weights of the start"),
        (_epoch_unshuffled, "permutation"),
        (_epoch_in_place, "changes"),
        (_epoch_whole_batches, "left out"),
        (lambda x, y, w, lr, batch, order: _epoch_split(x, y, w, -lr, batch, order), "climbs"),
        (lambda x, y, w, lr, batch, order:
         _epoch_start_weights(x, y, w, lr, batch, np.arange(len(x))), "One bug is fixed"),
    ],
    gradient_descent.largest_rate: [
        (lambda x: 2 / np.linalg.eigvalsh(x.T @ x / len(x))[-1], "bias is missing"),
        (lambda x: _rate_by_svd(x) / 2, "one step"),
        (lambda x: _rate_by_svd(x) / len(x), "divide by N"),
        (lambda x: 2 / np.linalg.svd(np.c_[x, np.ones(len(x))])[1][0], "singular value"),
        (lambda x: 2 / ((x**2).sum(axis=1).mean() + 1), "trace"),
        (lambda x: _rate_by_svd(x - x.mean(axis=0)), "centered"),
    ],
    gradient_descent.two_targets: [
        (lambda x: _targets_by_svd(x)[::-1], "wrong order"),
        (lambda x: np.linalg.eigh(x.T @ x)[1][[-1, 0]], "columns"),
        (lambda x: np.eye(x.shape[1])[[0, -1]], "tilted"),
        (lambda x: 2 * np.array(_targets_by_svd(x)), "length 1"),
        (lambda x: _targets_by_svd(x - x.mean(axis=0)), "centered"),
        (lambda x: _targets_by_svd(x)[0], "shape"),
    ],
    gradient_descent.hundred_gradients: [
        (_cautious, "Much of the way"),
        (_too_bold, "moved away"),
        (lambda gradient, w: w.copy(), "initial weights"),
        (_too_long, "100 times"),
        (lambda gradient, w: gradient(w)[:3], "five weights"),
        (lambda gradient, w: w + 0.97 * (_secant(gradient, w) - w), "Nearly"),
    ],
}  # fmt: skip
