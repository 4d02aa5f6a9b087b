"""Other right answers to lesson 1, and wrong ones with a word of the hint they need."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from nbhelpers.exercises import neurons


def _loop_forward(x, w1, b1, w2, b2):
    rows = []
    for row in x:
        hidden = [max(0.0, float(sum(row * w1[:, j]) + b1[j])) for j in range(w1.shape[1])]
        rows.append([sum(h * w for h, w in zip(hidden, w2[:, k], strict=True)) + b2[k]
                     for k in range(w2.shape[1])])  # fmt: skip
    return rows


def _float32_forward(x, w1, b1, w2, b2):
    hidden = np.dot(x.astype(np.float32), w1.astype(np.float32)) + b1.astype(np.float32)
    return (hidden * (hidden > 0)).dot(w2.astype(np.float32)) + b2.astype(np.float32)


def _einsum_forward(x, w1, b1, w2, b2):
    hidden = (np.einsum("ni,ij->nj", x, w1) + b1).clip(min=0)
    return np.einsum("nj,jk->nk", hidden, w2) + b2


def _loop_counts(sizes):
    weights = 0
    for i in range(1, len(sizes)):
        weights += sizes[i - 1] * sizes[i]
    return [sum(sizes) - sizes[0], weights, sum(sizes) - sizes[0]]


def _array_counts(sizes):
    s = np.array(sizes)
    return s[1:].sum(), s[:-1] @ s[1:], s[1:].sum()


RIGHT = {
    neurons.nand_neuron: [
        lambda: ([-2, -2], 3),
        lambda: (np.array([[-1], [-1]]), 1.2),
        lambda: (np.array([-0.6, -0.5]), np.array([1.0])),
    ],
    neurons.count_parameters: [
        _loop_counts,
        _array_counts,
        lambda s: (sum(s[1:]), int(np.dot(s[1:], s[:-1])), sum(s[1:])),
    ],
    neurons.forward: [_loop_forward, _float32_forward, _einsum_forward],
    neurons.collapse: [
        lambda w1, b1, w2, b2: (np.dot(w1, w2), np.dot(b1, w2) + b2),
        lambda w1, b1, w2, b2: [w1 @ w2, (b1[None] @ w2 + b2)[0]],
        lambda w1, b1, w2, b2: ((w2.T @ w1.T).T, b2 + w2.T @ b1),
    ],
}

WRONG = {
    neurons.nand_neuron: [
        (lambda: ([2, 2], -3), "AND"),
        (lambda: ([1, 1], -0.9), "OR"),
        (lambda: ([-3, -3], 1), "NOR"),
        (lambda: ([0, 0], -1), "never"),
        (lambda: ([0, 0], 1), "always"),
        (lambda: ([-2, 0], 1), "one input"),
        (lambda: [-1, -1, 1.5], "a pair"),
    ],
    neurons.count_parameters: [
        (lambda s: (sum(s), sum(a * b for a, b in pairwise(s)), sum(s)), "Inputs"),
        (lambda s: (sum(s[1:]), sum(s), sum(s[1:])), "every pair"),
        (lambda s: (sum(s[1:]), sum(a * b for a, b in pairwise(s)), len(s) - 1),
         "each neuron"),
        (lambda s: (sum(s[1:-1]), sum(a * b for a, b in pairwise(s)), sum(s[1:])),
         "output units"),
        (lambda s: (sum(s[1:]), sum(a * b + b for a, b in pairwise(s)), sum(s[1:])),
         "already include"),
        (lambda s: sum(a * b + b for a, b in pairwise(s)), "3 things"),
    ],
    neurons.forward: [
        (lambda x, w1, b1, w2, b2: np.dot(np.dot(x, w1) + b1, w2) + b2, "no activation"),
        (lambda x, w1, b1, w2, b2: ((x @ w1 + b1).clip(0) @ w2 + b2).clip(0), "output layer"),
        (lambda x, w1, b1, w2, b2: (x @ w1 + b1).clip(0) @ w2, "output layer's bias"),
        (lambda x, w1, b1, w2, b2: (w1 @ x + b1).clip(0) @ w2 + b2, "transposed"),
        (lambda x, w1, b1, w2, b2: np.tanh(x @ w1 + b1) @ w2 + b2, "ReLU"),
        (lambda x, w1, b1, w2, b2: (x @ w1 + b1).clip(0), "shape"),
    ],
    neurons.collapse: [
        (lambda w1, b1, w2, b2: (w1 @ w2, b2), "substitute"),
        (lambda w1, b1, w2, b2: (np.dot(w2, w1), b1 @ w2 + b2), "order"),
        (lambda w1, b1, w2, b2: (w1 @ w2, b1 + b2), "added"),
        (lambda w1, b1, w2, b2: (w2.T @ w1.T, b1 @ w2 + b2), "transposed"),
        (lambda w1, b1, w2, b2: (b1 @ w2 + b2, w1 @ w2), "W first"),
        (lambda w1, b1, w2, b2: w1 @ w2, "2 things"),
    ],
}  # fmt: skip
