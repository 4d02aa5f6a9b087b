"""Other right answers to lesson 3, and wrong ones with a word of the hint they need."""

from __future__ import annotations

import math

import numpy as np

from nbhelpers.exercises import losses


def _loop_softmax(scores):
    rows = []
    for row in scores:
        e = [math.exp(s - max(row)) for s in row]
        rows.append([value / sum(e) for value in e])
    return rows


def _log_softmax(scores):
    shifted = scores.T - np.max(scores, axis=1)
    return np.exp(shifted - np.log(np.sum(np.exp(shifted), axis=0))).T


def _column_maximum(scores):
    e = np.exp(scores - np.max(scores, axis=0, keepdims=True))
    return e / np.sum(e, axis=1)[:, np.newaxis]


def _flat_sums(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1)


def _normal_softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _loop_gradient(scores, y):
    rows = _loop_softmax(scores)
    for i, row in enumerate(rows):
        row[y[i]] -= 1
    return [[value / len(y) for value in row] for row in rows]


def _jacobian_gradient(scores, y):
    rows = []
    for p, k in zip(_normal_softmax(scores), y, strict=True):
        row_of_jacobian = -p * p[k]
        row_of_jacobian[k] += p[k]
        rows.append(-row_of_jacobian / max(p[k], 1e-300) if p[k] else p - np.eye(len(p))[k])
    return np.array(rows) / len(y)


def _whole_columns(scores, y):
    p = _normal_softmax(scores)
    p[:, y] -= 1
    return p / len(y)


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


def _loop_kl(p, q):
    total = 0.0
    for a, b in zip(p, q, strict=True):
        if a > 0 and b == 0:
            return math.inf
        if a > 0:
            total += a * math.log2(a / b)
    return total


def _where_kl(p, q):
    with np.errstate(all="ignore"):
        return np.where(p > 0, p * (np.log(p) - np.log(q)), 0).sum() / np.log(2)


def _loop_poisson(scores, y):
    loss, gradient = 0.0, []
    for s, k in zip(scores, y, strict=True):
        loss += (math.exp(s) - k * s) / len(y)
        gradient.append((math.exp(s) - k) / len(y))
    return loss, gradient


def _single(scores, y):
    s = scores.astype(np.float32)
    return np.average(np.exp(s) - y * s), (np.exp(s) - y.astype(np.float32)) / np.float32(s.size)


RIGHT = {
    losses.stable_softmax: [
        _loop_softmax,
        _log_softmax,
        lambda s: 1 / np.exp(np.minimum(s[:, None] - s[:, :, None], 700)).sum(axis=2),
        lambda s: np.array(_loop_softmax(s.astype(np.float32)), np.float32),
    ],
    losses.cross_entropy_gradient: [
        _loop_gradient,
        _jacobian_gradient,
        lambda s, y: (_log_softmax(s) - np.eye(s.shape[1])[y]) / s.shape[0],
        lambda s, y: (_normal_softmax(s) - (y[:, None] == np.arange(s.shape[1]))) / len(s),
    ],
    losses.hinge_loss: [
        _loop_hinge,
        _deleted_hinge,
        lambda s, y: np.mean(
            np.maximum(0, s - np.take_along_axis(s, y[:, None], 1) + 1).sum(axis=1) - 1
        ),
        lambda s, y: np.float32(_loop_hinge(s, y)),
    ],
    losses.kl_bits: [
        _loop_kl,
        _where_kl,
        lambda p, q: sum(a * np.log2(np.divide(a, b)) for a, b in zip(p, q, strict=True) if a),
    ],
    losses.poisson_loss: [
        _loop_poisson,
        _single,
        lambda s, y: [np.exp(s).mean() - np.dot(y, s) / len(s), (np.exp(s) - y) / len(s)],
    ],
}

WRONG = {
    losses.stable_softmax: [
        (lambda s: np.exp(s) / np.exp(s).sum(axis=1)[:, None], "overflow"),
        (lambda s: np.exp(s - np.max(s)) / np.exp(s - np.max(s)).sum(1, keepdims=True), "own"),
        (_column_maximum, "column"),
        (lambda s: np.exp(s - s.max(1)[:, None]), "not yet probabilities"),
        (lambda s: (s == s.max(axis=1, keepdims=True)) * 1.0, "hardmax"),
        (lambda s: s / s.sum(axis=1)[:, None], "positive"),
        (lambda s: np.exp(s - s.max(axis=1)) / np.exp(s - s.max(axis=1)).sum(1), "column"),
        (_flat_sums, "keep"),
        (lambda s: _normal_softmax(s).T, "transposed"),
    ],
    losses.cross_entropy_gradient: [
        (lambda s, y: _normal_softmax(s) - np.eye(s.shape[1])[y], "mean"),
        (lambda s, y: (np.eye(s.shape[1])[y] - _log_softmax(s)) / len(y), "uphill"),
        (lambda s, y: _normal_softmax(s) / len(s), "true class"),
        (_whole_columns, "columns"),
        (lambda s, y: (_normal_softmax(s) - np.eye(s.shape[1])[y]) / s.size, "examples"),
        (lambda s, y: -np.log(_normal_softmax(s)[np.arange(len(y)), y]).mean(), "shape"),
    ],
    losses.hinge_loss: [
        (lambda s, y: np.maximum(0, s - s[np.arange(len(y)), y][:, None] + 1).sum(1).mean(),
         "itself"),
        (lambda s, y: _loop_hinge(s, y) * len(y), "adds up the batch"),
        (lambda s, y: _loop_hinge(s, y) / s.shape[1], "classes too"),
        (lambda s, y: np.mean([np.maximum(0, r - r[k]).sum() for r, k in zip(s, y, strict=True)]),
         "margin is missing"),
        (lambda s, y: np.mean([max(0, np.delete(r, k).max() - r[k] + 1)
                               for r, k in zip(s, y, strict=True)]), "strongest"),
        (lambda s, y: -_loop_hinge(s, y), "sign"),
    ],
    losses.kl_bits: [
        (lambda p, q: (p * np.log2(p / q)).sum(), "never comes"),
        (lambda p, q: np.nansum(p * np.log2(q / p)), "sign"),
        (lambda p, q: _where_kl(p, q) * np.log(2), "nats"),
        (lambda p, q: _loop_kl(q, p), "swapped"),
        (lambda p, q: -np.sum(p[p > 0] * np.log2(q[p > 0])), "cross-entropy"),
        (lambda p, q: np.sum(p * np.log2((p + 1e-12) / (q + 1e-12))), "infinitely"),
    ],
    losses.poisson_loss: [
        (lambda s, y: (np.mean(y * s - np.exp(s)), (y - np.exp(s)) / len(y)), "maximized"),
        (lambda s, y: (np.sum(np.exp(s) - y * s), np.exp(s) - y), "sum"),
        (lambda s, y: (np.mean(np.exp(s) - y * s), np.exp(s) - y), "gradient is that of a sum"),
        (lambda s, y: (np.mean(np.exp(s) - y * s), (1 - y * np.exp(-s)) / len(y)), "chain rule"),
        (lambda s, y: (np.mean(s - y * np.log(s)), (1 - y / s) / len(s)), "logarithm"),
        (lambda s, y: np.mean(np.exp(s) - y * s), "2 things"),
    ],
}  # fmt: skip
