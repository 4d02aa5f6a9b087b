"""Other right answers to lesson 4, and wrong ones with a word of the hint they need."""

from __future__ import annotations

import numpy as np

from nbhelpers.exercises import backpropagation


def _fork_step_by_step(x, y, z):
    q, m = x + y, max(x, z)
    dq, dm = m, q
    dx = dq
    dy = dq
    dz = 0.0
    if x > z:
        dx += dm
    else:
        dz = dm
    return [dx, dy, dz]


def _fork_numbers(x, y, z):
    x, y, z = np.float32(x), np.float32(y), np.float32(z)
    return np.array([max(x, z) + (x + y) * (x >= z), max(x, z), (x + y) * (z > x)])


def _fork_measured(x, y, z):
    def f(x, y, z):
        return (x + y) * max(x, z)

    h = 1e-5
    return (
        (f(x + h, y, z) - f(x - h, y, z)) / (2 * h),
        (f(x, y + h, z) - f(x, y - h, z)) / (2 * h),
        (f(x, y, z + h) - f(x, y, z - h)) / (2 * h),
    )


def _dense_loops(x, w, dy):
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros(w.shape[1])
    for n in range(len(x)):
        for j in range(w.shape[1]):
            db[j] += dy[n, j]
            for i in range(w.shape[0]):
                dw[i, j] += x[n, i] * dy[n, j]
                dx[n, i] += w[i, j] * dy[n, j]
    return dx, dw, db


def _dense_float32(x, w, dy):
    x, w, dy = (a.astype(np.float32) for a in (x, w, dy))
    return dy.dot(w.T), (dy.T @ x).T, dy.sum(0)


def _dense_einsum(x, w, dy):
    return (np.einsum("nj,ij->ni", dy, w), np.einsum("ni,nj->ij", x, dy), np.ones(len(x)) @ dy)


def _relu_loops(x, dy):
    return [[float(d) if v > 0 else 0.0 for v, d in zip(*rows, strict=True)]
            for rows in zip(x, dy, strict=True)]  # fmt: skip


def _relu_copy(x, dy):
    dx = dy.copy()
    dx[x <= 0] = 0
    return dx


def _loss_loops(scores, y):
    loss, rows = 0.0, []
    for row, k in zip(scores, y, strict=True):
        e = np.exp(row - max(row))
        p = e / sum(e)
        loss -= np.log(p[k]) / len(y)
        p[k] -= 1
        rows.append(p / len(y))
    return loss, rows


def _loss_logsumexp(scores, y):
    log_p = scores - np.logaddexp.reduce(scores, axis=1)[:, None]
    d = np.exp(log_p)
    d[np.arange(len(y)), y] -= 1
    return -np.mean([log_p[i, k] for i, k in enumerate(y)]), d / y.size


def _loss_onehot(scores, y):
    scores = scores - scores.max()
    onehot = (np.arange(scores.shape[1]) == y[:, None]).astype(float)
    p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    return np.float32(-(onehot * np.log(p)).sum() / len(y)), ((p - onehot) / len(y)).astype("f4")


def _loss_naive(scores, y):
    p = np.exp(scores) / np.exp(scores).sum(axis=1)[:, None]
    d = p.copy()
    d[range(len(y)), y] -= 1
    return -np.log(p[range(len(y)), y]).mean(), d / len(y)


def _loss_forgot_n(scores, y):
    loss, d = _loss_logsumexp(scores, y)
    return loss, d * len(y)


def _loss_whole_columns(scores, y):
    e = np.exp(scores - scores.max(axis=1)[:, None])
    p = e / e.sum(axis=1)[:, None]
    loss = -np.log(p[np.arange(len(y)), y]).mean()
    p[:, y] -= 1
    return loss, p / len(y)


def _loss_p_alone(scores, y):
    loss, _ = _loss_logsumexp(scores, y)
    return loss, np.exp(scores - np.logaddexp.reduce(scores, axis=1)[:, None]) / len(y)


def _central_in_place(f, x, h):
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        keep = x[i]
        x[i] = keep + h
        above = f(x)
        x[i] = keep - h
        gradient[i] = (above - f(x)) / 2 / h
        x[i] = keep
    return gradient


def _central_flat(f, x, h):
    unit = np.eye(x.size).reshape(x.size, *x.shape)
    slopes = [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in unit]
    return np.array(slopes).reshape(x.shape)


def _central_averaged(f, x, h):
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = h
        gradient[i] = ((f(x + e) - f(x)) / h + (f(x) - f(x - e)) / h) / 2
    return gradient


def _one_sided(f, x, h):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        moved = x.copy()
        moved[i] += h
        gradient[i] = (f(moved) - f(x)) / h
    return gradient


def _central_of_h(f, x, h):
    return _central_flat(f, x, h) * 2


def _left_moved(f, x, h):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        gradient[i] = (above - f(x)) / (2 * h)
    return gradient


def _mended(x, y, W1, b1, W2, b2, strength, *, factor=1, reduce=np.sum, biases=False):
    z = x @ W1 + b1
    h = np.maximum(0, z)
    _, dscores = _loss_logsumexp(h @ W2 + b2, y)
    dW2 = h.T @ dscores + factor * strength * W2
    db2 = dscores.sum(axis=0)
    dz = (dscores @ W2.T) * (z > 0)
    dW1 = x.T @ dz + strength * W1
    db1 = reduce(dz, axis=0)
    if biases:
        db1, db2 = db1 + strength * b1, db2 + strength * b2
    return dW1, db1, dW2, db2


def _mended_by_pieces(x, y, W1, b1, W2, b2, strength):
    h = _relu(x @ W1 + b1)
    _, dscores = _loss_loops(h @ W2 + b2, y)
    dh, dW2, db2 = _dense_loops(h, W2, np.array(dscores))
    _, dW1, db1 = _dense_loops(x, W1, _relu_copy(x @ W1 + b1, dh))
    return dW1 + strength * W1, db1, dW2 + strength * W2, db2


def _relu(x):
    return np.where(x > 0, x, 0.0)


def _mended_float32(*arguments):
    *arrays, strength = arguments
    cast = [a.astype(np.float32) if a.dtype.kind == "f" else a for a in arrays]
    return _mended(*cast, np.float32(strength))


RIGHT = {
    backpropagation.fork_gradient: [_fork_step_by_step, _fork_numbers, _fork_measured],
    backpropagation.dense_backward: [_dense_loops, _dense_float32, _dense_einsum],
    backpropagation.relu_backward: [_relu_loops, _relu_copy, lambda x, dy: np.where(x > 0, dy, 0)],
    backpropagation.softmax_loss: [_loss_loops, _loss_logsumexp, _loss_onehot],
    backpropagation.numerical_gradient: [_central_in_place, _central_flat, _central_averaged],
    backpropagation.relative_error: [
        lambda a, n: np.linalg.norm(a - n) / (np.linalg.norm(a) + np.linalg.norm(n)),
        lambda a, n: ((n - a) ** 2).sum() ** 0.5 / ((a**2).sum() ** 0.5 + (n**2).sum() ** 0.5),
        lambda a, n: np.float32(np.linalg.norm(n - a)
                                / (np.vdot(a, a) ** 0.5 + np.vdot(n, n) ** 0.5)),
    ],
    backpropagation.mended: [_mended, _mended_by_pieces, _mended_float32],
}  # fmt: skip

WRONG = {
    backpropagation.fork_gradient: [
        (lambda x, y, z: (max(x, z), max(x, z), x + y if z > x else 0), "max gate is missing"),
        (lambda x, y, z: (x + y if x > z else 0, max(x, z), x + y if z > x else 0),
         "add gate is missing"),
        (lambda x, y, z: (max(x, z) + x + y, max(x, z), x + y), "larger input alone"),
        (lambda x, y, z: (x + y + (x if x > z else 0), x + y, z if z > x else 0), "swaps"),
        (lambda x, y, z: (x + y) * max(x, z), "value of f"),
        (lambda x, y, z: (max(x, z), max(x, z)), "3 things"),
    ],
    backpropagation.dense_backward: [
        (lambda x, w, dy: (dy @ w.T, x.T @ dy, np.mean(dy, 0)), "mean"),
        (lambda x, w, dy: (np.dot(dy, w), np.dot(x.T, dy), dy.sum(axis=0)), "other way"),
        (lambda x, w, dy: (dy @ w.T, dy.T @ x, dy.sum(axis=0)), "transposed"),
        (lambda x, w, dy: (dy @ w.T, x.T @ dy, dy), "one row for each"),
        (lambda x, w, dy: (dy @ w.reshape(w.shape[1], -1), x.T @ dy, dy.sum(0)), "reshape"),
        (lambda x, w, dy: (x.T @ dy, dy.sum(axis=0)), "3 things"),
        (lambda x, w, dy: (dy @ w.T, x.T @ dy, dy.sum(axis=0, keepdims=True)), "shape"),
    ],
    backpropagation.relu_backward: [
        (lambda x, dy: 1.0 * dy, "Everything passes"),
        (lambda x, dy: np.maximum(0, dy), "looks at the gradient"),
        (lambda x, dy: x.clip(0) * dy, "not x"),
        (lambda x, dy: np.where(x > 0, 1, 0), "local derivative"),
        (lambda x, dy: x * (x > 0), "forward"),
        (lambda x, dy: dy[x > 0], "shape"),
    ],
    backpropagation.softmax_loss: [
        (_loss_naive, "overflows"),
        (_loss_forgot_n, "1 / N"),
        (_loss_whole_columns, "whole columns"),
        (_loss_p_alone, "not p"),
        (lambda s, y: (_loss_logsumexp(s, y)[0], -_loss_logsumexp(s, y)[1]), "wrong sign"),
        (lambda s, y: _loss_logsumexp(s, y)[0], "2 things"),
    ],
    backpropagation.numerical_gradient: [
        (_one_sided, "one-sided"),
        (_central_of_h, "2 h"),
        (lambda f, x, h: (f(x + h) - f(x - h)) / (2 * h), "all numbers at once"),
        (lambda f, x, h: -_central_flat(f, x, h), "sign"),
        (lambda f, x, h: _one_sided(f, x, -h), "from x - h to x."),
        (lambda f, x, h: np.ones_like(x) * (f(x + h) - f(x - h)) / 2 / h, "all numbers at once"),
        (lambda f, x, h: _central_flat(f, x, h) / 2, "half"),
        (_left_moved, "changes an array"),
    ],
    backpropagation.relative_error: [
        (lambda a, n: np.linalg.norm(a - n), "absolute"),
        (lambda a, n: np.linalg.norm(a - n) / np.linalg.norm(n), "Only one"),
        (lambda a, n: np.linalg.norm(a - n) / np.linalg.norm(a + n), "length of the sum"),
        (lambda a, n: ((a - n) ** 2).sum() / ((a**2).sum() + (n**2).sum()), "root"),
        (lambda a, n: abs(a - n) / (abs(a) + abs(n)), "One number"),
        (lambda a, n: np.linalg.norm(a - n) / max(np.linalg.norm(a), np.linalg.norm(n)), "larger"),
    ],
    backpropagation.mended: [
        (lambda *all: _mended(*all, factor=2, reduce=np.mean), "still the code"),
        (lambda *all: _mended(*all, factor=2), "b1 is mended"),
        (lambda *all: _mended(*all, reduce=np.mean), "W2 is mended"),
        (lambda *all: _mended(*all, factor=0), "no penalty at all"),
        (lambda *all: _mended(*all, biases=True), "no penalty on the biases"),
        (lambda *all: _mended(*all)[:2], "4 things"),
    ],
}  # fmt: skip
