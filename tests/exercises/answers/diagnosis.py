"""Other right answers, and wrong ones with a word of the hint they need."""

from __future__ import annotations

import math

import numpy as np

from nbhelpers import softmax_cross_entropy
from nbhelpers.exercises import diagnosis


def _loss_by_loops(n_classes, W, lam):
    squares = 0.0
    for row in W:
        for w in row:
            squares += w * w
    return -math.log(1 / n_classes) + lam * squares / 2


def _loss_by_package(n_classes, W, lam):
    guess, _ = softmax_cross_entropy(np.zeros((1, n_classes)), np.array([0]))
    return guess + 0.5 * lam * np.vdot(W, W)


def _pairs(before, after):
    return zip(before, after, strict=True)


def _ratio_loops(before, after):
    largest = 0.0
    for a, b in _pairs(before, after):
        change = size = 0.0
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                change += (b[i, j] - a[i, j]) ** 2
                size += a[i, j] ** 2
        largest = max(largest, (change / size) ** 0.5)
    return largest


def _ratio_float32(before, after):
    pairs = [(a.astype(np.float32), b.astype(np.float64)) for a, b in _pairs(before, after)]
    return np.max([np.linalg.norm((a - b).ravel()) / np.linalg.norm(a.ravel()) for a, b in pairs])


def _ratio_in_place(before, after):
    for a, b in _pairs(before, after):
        b -= a
    return max(np.linalg.norm(b) / np.linalg.norm(a) for a, b in _pairs(before, after))


def _dead_loops(z):
    dead = 0
    for unit in range(z.shape[1]):
        dead += all(z[n, unit] <= 0 for n in range(len(z)))
    return dead / z.shape[1]


def _name_nested(train, val, guess):
    last = train[-1]
    if np.isnan(last) or np.isinf(last):
        return "diverged"
    if last > 0.95 * guess:
        return "diverged" if last > 1.5 * guess else "stuck"
    return "good" if val[-1] <= 1.2 * np.min(val) else "overfitting"


def _name_negated(train, val, guess):
    if not train[-1] <= 1.5 * guess:
        return "diverged"
    if not train[-1] <= 0.95 * guess:
        return "stuck"
    if val[-1] / sorted(val)[0] > 1.2:
        return "overfitting"
    return "good"


def _name_table(train, val, guess):
    rules = {
        "diverged": not math.isfinite(train[-1]) or train[-1] > 1.5 * guess,
        "stuck": train[-1] > 0.95 * guess,
        "overfitting": val[-1] > 1.2 * min(val),
        "good": True,
    }
    return next(word for word, fits in rules.items() if fits)


def _name_without_nan(train, val, guess):
    if train[-1] > 1.5 * guess:
        return "diverged"
    if train[-1] > 0.95 * guess:
        return "stuck"
    return "overfitting" if val[-1] > 1.2 * min(val) else "good"


def _name_stuck_first(train, val, guess):
    if train[-1] > 0.95 * guess:
        return "stuck"
    if not np.isfinite(train[-1]):
        return "diverged"
    return "overfitting" if val[-1] > 1.2 * min(val) else "good"


def _name_val_first(train, val, guess):
    if val[-1] > 1.2 * min(val):
        return "overfitting"
    return _name_nested(train, val, guess)


def _name_gap(train, val, guess):
    word = _name_nested(train, val, guess)
    if word in ("good", "overfitting"):
        return "overfitting" if val[-1] > 1.2 * train[-1] else "good"
    return word


def _name_no_overfitting(train, val, guess):
    word = _name_nested(train, val, guess)
    return "good" if word == "overfitting" else word


RIGHT = {
    diagnosis.expected_loss: [
        _loss_by_loops,
        _loss_by_package,
        lambda n_classes, W, lam: np.log(n_classes) + lam / 2 * np.linalg.norm(W) ** 2,
    ],
    diagnosis.largest_ratio: [
        _ratio_loops,
        _ratio_float32,
        lambda before, after: max(
            np.sqrt(np.sum((a - b) ** 2) / np.sum(a * a)) for a, b in _pairs(before, after)
        ),
    ],
    diagnosis.share_dead: [
        _dead_loops,
        lambda z: (z.max(axis=0) <= 0).mean(),
        lambda z: 1 - np.count_nonzero(np.maximum(z, 0).sum(axis=0)) / z.shape[1],
    ],
    diagnosis.name_the_fault: [_name_nested, _name_negated, _name_table],
}

WRONG = {
    diagnosis.expected_loss: [
        (lambda n_classes, W, lam: np.log(n_classes), "penalty is missing"),
        (lambda n_classes, W, lam: np.log(n_classes) + lam * np.sum(W**2), "½"),
        (lambda n_classes, W, lam: np.log(1 / n_classes) + lam / 2 * np.sum(W**2), "sign"),
        (lambda n_classes, W, lam: np.log2(n_classes) + lam / 2 * np.sum(W**2), "bits"),
        (lambda n_classes, W, lam: np.log(n_classes) + lam / 2 * W.sum(), "adds up the weights"),
        (lambda n_classes, W, lam: np.log(n_classes) + lam / 2 * np.linalg.norm(W), "one root"),
        (lambda n_classes, W, lam: np.log(n_classes) + lam / 2 * W**2, "shape"),
    ],
    diagnosis.largest_ratio: [
        (lambda before, after: max(np.linalg.norm(b - a) for a, b in _pairs(before, after)),
         "Divide each"),
        (lambda before, after: max(np.linalg.norm(b - a) / np.linalg.norm(b)
                                   for a, b in _pairs(before, after)), "*before*"),
        (lambda before, after: [np.linalg.norm(b - a) / np.linalg.norm(a)
                                for a, b in _pairs(before, after)], "all ratios"),
        (lambda before, after: np.mean([np.linalg.norm(b - a) / np.linalg.norm(a)
                                        for a, b in _pairs(before, after)]), "mean of the ratios"),
        (lambda before, after: max(np.sum((b - a) ** 2) / np.sum(a**2)
                                   for a, b in _pairs(before, after)), "roots are missing"),
        (lambda before, after: max(np.abs((b - a) / a).max() for a, b in _pairs(before, after)),
         "number by number"),
        (_ratio_in_place, "changes an array"),
    ],
    diagnosis.share_dead: [
        (lambda z: (np.maximum(z, 0) == 0).mean(), "share of all answers"),
        (lambda z: (z <= 0).any(axis=0).mean(), "*one* example"),
        (lambda z: (z <= 0).all(axis=1).mean(), "columns"),
        (lambda z: (z <= 0).all(axis=0).sum(), "number of units"),
        (lambda z: (z == 0).all(axis=0).mean(), "before the ReLU"),
        (lambda z: (z < 0).all(axis=0).mean(), "exactly 0"),
        (lambda z: (z <= 0).all(axis=0), "mean"),
    ],
    diagnosis.name_the_fault: [
        (_name_without_nan, "NaN slips through"),
        (_name_stuck_first, "worse fault first"),
        (_name_val_first, "training loss first"),
        (_name_gap, "gap"),
        (_name_no_overfitting, 'never says "overfitting"'),
        (lambda train, val, guess: _name_nested(train, val, guess).upper(), "one of the words"),
        (lambda train, val, guess: "stuck", "another word"),
    ],
}  # fmt: skip
