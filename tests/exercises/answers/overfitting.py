"""Other right answers, and wrong ones with a word of the hint they need."""

from __future__ import annotations

import math
import random

import numpy as np

from nbhelpers.exercises import overfitting


def _stacked(A, y, strength):
    """Ridge as plain least squares: each coefficient gets an example that says 0."""
    k = A.shape[1]
    rows = np.vstack([A, math.sqrt(strength) * np.eye(k)])
    return np.linalg.lstsq(rows, np.vstack([y, np.zeros((k, 1))]), rcond=None)[0]


def _by_svd(A, y, strength):
    u, s, vt = np.linalg.svd(A, full_matrices=False)
    return vt.T @ (s[:, None] / (s[:, None] ** 2 + strength) * (u.T @ y))


def _descent(A, y, strength):
    w = np.zeros((A.shape[1], 1))
    h = A.T @ A + strength * np.eye(A.shape[1])
    for _ in range(5000):
        w = w - (h @ w - A.T @ y) / np.trace(h)
    return w


def _in_place(A, y, strength):
    A += strength
    return np.linalg.solve(A.T @ A, A.T @ y)


def _lists(n, n_dev, n_test, seed):
    rows = list(range(n))
    random.Random(seed).shuffle(rows)
    return rows[: n - n_dev - n_test], rows[n - n_dev - n_test : n - n_test], rows[n - n_test :]


def _sorted_parts(n, n_dev, n_test, seed):
    rng = np.random.default_rng(seed)
    held = rng.choice(n, n_dev + n_test, replace=False)
    train = np.setdiff1d(np.arange(n), held)
    return train, np.sort(held[:n_dev]), np.sort(held[n_dev:])


def _split(n, n_dev, n_test, seed):
    order = np.random.default_rng([seed, 7]).permutation(n).astype(np.int32)
    dev, test, train = np.split(order, [n_dev, n_dev + n_test])
    return train, dev, test


def _cut_late(n, n_dev, n_test, seed):
    order = np.random.default_rng(seed).permutation(n)
    return order[n_dev:], order[:n_dev], order[-n_test:]


def _two_orders(n, n_dev, n_test, seed):
    rng = np.random.default_rng(seed)
    dev, test = rng.permutation(n)[:n_dev], rng.permutation(n)[:n_test]
    return rng.permutation(n)[n_dev + n_test :], dev, test


def _with_ifs(best, train, train_dev, dev):
    bias, variance, mismatch = train - best, train_dev - train, dev - train_dev
    if bias >= variance and bias >= mismatch:
        return "bias"
    return "variance" if variance >= mismatch else "mismatch"


def _loop(p, margin):
    n = 1
    while 2 * math.sqrt(p * (1 - p) / n) > margin:
        n += 1
    return n


RIGHT = {
    overfitting.ridge_by_sum: [_stacked, _by_svd, _descent,
                            lambda A, y, s: np.linalg.inv(A.T @ A + s * np.eye(len(A.T)))
                            @ A.T @ y],
    overfitting.three_sets: [_lists, _sorted_parts, _split],
    overfitting.largest_gap: [
        _with_ifs,
        lambda *e: ["bias", "variance", "mismatch"][int(np.argmax(np.diff(e)))],
        lambda a, b, c, d: max((b - a, "bias"), (c - b, "variance"), (d - c, "mismatch"))[1],
    ],
    overfitting.examples_needed: [
        _loop,
        lambda p, m: np.ceil(p * (1 - p) * (2 / m) ** 2),
        lambda p, m: -int(-4 * p * (1 - p) // m**2),
    ],
}  # fmt: skip

WRONG = {
    overfitting.ridge_by_sum: [
        (lambda A, y, s: np.linalg.lstsq(A, y, rcond=None)[0], "does nothing"),
        (lambda A, y, s: np.linalg.pinv(A) @ y / (1 + s), "afterwards"),
        (lambda A, y, s: np.linalg.solve(A.T @ A + np.full(2 * A.shape[1:], s), A.T @ y),
         "diagonal"),
        (lambda A, y, s: np.linalg.solve(2 * A.T @ A + s * np.eye(len(A.T)), 2 * A.T @ y), "half"),
        (lambda A, y, s: np.linalg.solve(A.T @ A / len(A) + s * np.eye(len(A.T)),
                                         A.T @ y / len(A)), "divided"),
        (lambda A, y, s: np.linalg.solve(A @ A.T + s * np.eye(len(A)), y), "shape"),
        (_in_place, "changes an array"),
    ],
    overfitting.three_sets: [
        (lambda n, d, t, seed: np.split(np.arange(n), [n - d - t, n - t]), "shuffled"),
        (_cut_late, "test examples are in training"),
        (_two_orders, "on its own"),
        (lambda n, d, t, seed: np.split(np.random.default_rng(seed).permutation(n), [d, d + t]),
         "wrong order"),
        (lambda n, d, t, seed: np.random.default_rng(seed).permutation(n), "three arrays"),
        (lambda n, d, t, seed: np.split(np.random.default_rng(seed).permutation(n),
                                        [n - d - t - 1, n - t - 1]), "off by one"),
    ],
    overfitting.largest_gap: [
        (lambda a, b, c, d: "bias" if b - a > c - b else "variance", "Mismatch is never"),
        (lambda a, b, c, d: ["bias", "variance", "mismatch"][int(np.argmin(np.diff([a, b, c, d])))],
         "smallest"),
        (lambda a, b, c, d: max((b, "bias"), (c - b, "variance"), (d - c, "mismatch"))[1],
         "from zero"),
        (lambda a, b, c, d: max(b - a, c - b, d - c), "one of the words"),
        (lambda a, b, c, d: ["bias", "variance", "mismatch"][
            int(np.argmax(np.abs(np.diff([a, b, c, d]))))], "without sign"),
        (lambda a, b, c, d: "bias", "whatever"),
    ],
    overfitting.examples_needed: [
        (lambda p, m: int(4 * p * (1 - p) / m**2), "down"),
        (lambda p, m: (2 * math.sqrt(p * (1 - p)) / m) ** 2, "whole"),
        (lambda p, m: math.ceil(p * (1 - p) / m / m), "one standard"),
        (lambda p, m: math.ceil((2 / m) ** 2 * p), "factor is missing"),
        (lambda p, m: int(np.ceil(2 * p * (1 - p) / m**2)), "squared along"),
        (lambda p, m: math.ceil(4 * p * (1 - p) / m**2) + 1, "one more"),
    ],
}  # fmt: skip
