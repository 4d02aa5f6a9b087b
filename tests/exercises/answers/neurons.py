"""Other right answers, and wrong ones with a word of the hint they need."""

from __future__ import annotations

import numpy as np

from nbhelpers.exercises import neurons


def _cross(p, q, inside):
    (x1, y1), (x2, y2) = p, q
    w, b = [y1 - y2, x2 - x1], x1 * y2 - x2 * y1
    z = w[0] * inside[0] + w[1] * inside[1] + b
    return ([-v for v in w], -b) if z < 0 else (w, b)


def _solved(p, q, inside):
    """Three equations: z = 0 at p and at q, z = 1 at `inside`."""
    w1, w2, b = np.linalg.solve(np.column_stack([[p, q, inside], np.ones(3)]), [0, 0, 1])
    return np.array([w1, w2]), b


def _scaled(p, q, inside):
    w, b = _solved(p, q, inside)
    return 100 * w, 100 * b


def _along(p, q, inside):
    w = q - p
    z = w @ inside - w @ p
    return np.sign(z) * w, -np.sign(z) * (w @ p)


def _loop_reader(x, w1, b1, w2, b2):
    rows = []
    for row in x:
        hidden = [max(0.0, float(row @ w1[:, j] + b1[j])) for j in range(len(b1))]
        rows.append([float(np.dot(hidden, w2[:, k]) + b2[k]) for k in range(len(b2))])
    return rows, [int(np.argmax(row)) for row in rows]


def _clipped_reader(x, w1, b1, w2, b2):
    scores = (x @ w1 + b1).clip(min=0) @ w2 + b2
    return scores, np.argmax(scores, axis=-1)


def _float32_reader(x, w1, b1, w2, b2):
    x, w1, b1, w2, b2 = (a.astype(np.float32) for a in (x, w1, b1, w2, b2))
    h = x @ w1 + b1
    scores = (h * (h > 0)) @ w2 + b2
    return [scores, scores.argmax(axis=1).tolist()]


def _late(x, w1, b1, w2, b2):
    scores = ((x @ w1).clip(0) + b1) @ w2 + b2
    return scores, scores.argmax(axis=1)


def _axis(x, w1, b1, w2, b2):
    scores = (x @ w1 + b1).clip(0) @ w2 + b2
    return scores, scores.argmax(axis=0)


def _cut(x, w1, b1, w2, b2):
    scores = ((x @ w1 + b1).clip(0) @ w2 + b2).clip(0)
    return scores, scores.argmax(axis=1)


RIGHT = {
    neurons.boundary_neuron: [_cross, _solved, _scaled],
    neurons.xor_with_relu: [
        lambda x: np.abs(x[:, 0] - x[:, 1]),
        lambda x: np.maximum(0, x @ [[1, -1], [-1, 1]]).sum(axis=1),
        lambda x: 1 - np.maximum(0, x @ [[-1, 1], [-1, 1]] + [1, -1]).sum(axis=1),
    ],
    neurons.fixed_reader: [_loop_reader, _clipped_reader, _float32_reader],
    neurons.star: [
        lambda: ([2] * 6, -9),
        lambda: (np.ones((6, 1)), np.array([-4.2])),
        lambda: ([1, 1, 1, 1.1, 1.1, 1.1], -4.8),
    ],
}

WRONG = {
    neurons.boundary_neuron: [
        (_along, "perpendicular"),
        (lambda p, q, i: tuple(-np.asarray(v) for v in _cross(p, q, i)), "other side"),
        (lambda p, q, i: (np.array([p[1] - q[1], q[0] - p[0]]), p[0] * q[1] - q[0] * p[1]),
         "depend on `inside`"),
        (lambda p, q, i: (_solved(p, q, i)[0], -_solved(p, q, i)[1]), "sign of b"),
        (lambda p, q, i: (_solved(p, q, i)[0], 0), "origin"),
        (lambda p, q, i: _solved(p, q, i)[0], "a pair"),
    ],
    neurons.xor_with_relu: [
        (lambda x: np.maximum(0, x @ [[1, 1], [1, 1]] + [0, -1]) @ [1, -1], "OR"),
        (lambda x: x.sum(axis=1), "sum of the inputs"),
        (lambda x: np.maximum(0, x @ [1, 1] - 0.5) - np.maximum(0, x @ [1, 1] - 1.5) - 0.5,
         "step function"),
        (lambda x: 3 * np.abs(x @ [1, -1]), "3 times"),
        (lambda x: x @ [1, -1], "absolute value"),
        (lambda x: x.prod(axis=1), "AND"),
    ],
    neurons.fixed_reader: [
        (_late, "too late"),
        (_axis, "axis 1"),
        (_cut, "cut off"),
        (lambda x, w1, b1, w2, b2: (x @ w1 + b1).clip(0) @ w2 + b2, "beside"),
        (lambda x, w1, b1, w2, b2: (
            _late(x, w1, b1, w2, b2)[0].clip(0), _late(x, w1, b1, w2, b2)[0].clip(0).argmax(1)),
         "Two bugs"),
    ],
    neurons.star: [
        (lambda: (np.ones(6), -5.1), "hexagon"),
        (lambda: (np.ones(6), -3.2), "notch"),
        (lambda: (np.ones(6), -1), "everywhere"),
        (lambda: (-np.ones(6), 4.4), "change the sign"),
        (lambda: (np.ones(6), -7), "never"),
    ],
}  # fmt: skip
