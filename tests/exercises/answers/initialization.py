"""Other right answers, and wrong ones with a word of the hint they need."""

from __future__ import annotations

import numpy as np

from nbhelpers.exercises import initialization


def _factor_by_layers(std, n, depth):
    square = 1.0
    for _ in range(depth):
        square = n * std**2 * square / 2
    return np.sqrt(square)


def _clip_only_if_long(dW, db, limit):
    norm = np.linalg.norm(np.concatenate([dW.ravel(), db]))
    return [dW * (limit / norm), db * (limit / norm)] if norm > limit else [dW, db]


def _clip_loops(dW, db, limit):
    square = 0.0
    for g in (dW, db):
        for value in g.flat:
            square += value**2
    return [g * min(1.0, limit / square**0.5) for g in (dW, db)]


def _clip_float32(dW, db, limit):
    dW, db = dW.astype(np.float32), db.astype(np.float32)
    norm = np.sqrt(np.vdot(dW, dW) + np.vdot(db, db))
    return tuple(np.float32(limit) * g / np.maximum(norm, limit) for g in (dW, db))


def _clip_each(dW, db, limit):
    norms = np.linalg.norm(dW), np.linalg.norm(db)
    return [g * min(1, limit / norm) for g, norm in zip((dW, db), norms, strict=True)]


def _clip_in_place(dW, db, limit):
    norm = np.sqrt(np.sum(dW**2) + np.sum(db**2))
    dW *= limit / max(norm, limit)
    db *= limit / max(norm, limit)
    return dW, db


def _residual_loops(x, W, dy):
    dx, dW = dy.copy(), np.zeros_like(W)
    for n in range(len(x)):
        for j in range(W.shape[1]):
            t = np.tanh(sum(x[n, i] * W[i, j] for i in range(W.shape[0])))
            for i in range(W.shape[0]):
                dx[n, i] += dy[n, j] * (1 - t * t) * W[i, j]
                dW[i, j] += dy[n, j] * (1 - t * t) * x[n, i]
    return dx, dW


def _residual_float32(x, W, dy):
    x, W, dy = (a.astype(np.float32) for a in (x, W, dy))
    dz = dy / np.cosh(x @ W) ** 2
    return [dz @ W.T + dy, (dz.T @ x).T]


def _residual_from_output(x, W, dy):
    y = x + np.tanh(x @ W)
    dz = dy * (1 - (y - x) ** 2)
    return np.einsum("nj,ij->ni", dz, W) + dy, np.einsum("ni,nj->ij", x, dz)


def _residual_in_dy(x, W, dy):
    dz = dy.copy()
    dz *= 1 - np.tanh(x @ W) ** 2
    dy += dz @ W.T
    return dy, x.T @ dz


RIGHT = {
    initialization.he_std: [
        lambda n_in, n_out: (2 / n_in) ** 0.5,
        lambda n_in, n_out: np.float32(np.sqrt(2) / np.sqrt(n_in)),
        lambda n_in, n_out: np.exp(0.5 * np.log(2 / n_in)),
    ],
    initialization.signal_factor: [
        _factor_by_layers,
        lambda std, n, depth: (std * np.sqrt(n / 2)) ** depth,
        lambda std, n, depth: np.prod([np.sqrt(n * std * std / 2)] * depth),
    ],
    initialization.clip_global: [_clip_only_if_long, _clip_loops, _clip_float32],
    initialization.residual_backward: [_residual_loops, _residual_float32, _residual_from_output],
}

WRONG = {
    initialization.he_std: [
        (lambda n_in, n_out: 2 / n_in, "variance"),
        (lambda n_in, n_out: n_in**-0.5, "throws half"),
        (lambda n_in, n_out: (2 / n_out) ** 0.5, "over its inputs"),
        (lambda n_in, n_out: np.sqrt(2.0 / (n_in + n_out)), "compromise"),
        (lambda n_in, n_out: 2 * n_in**-0.5, "under the root"),
        (lambda n_in, n_out: 0.01, "whatever"),
    ],
    initialization.signal_factor: [
        (lambda std, n, depth: (0.5 * n * std * std) ** depth, "mean square"),
        (lambda std, n, depth: np.sqrt(n * std**2) ** depth, "ReLU is missing"),
        (lambda std, n, depth: (0.5 * std * n**0.5) ** depth, "not a factor of"),
        (lambda std, n, depth: std * np.sqrt(n / 2), "one layer"),
        (lambda std, n, depth: (std * np.sqrt(n / 2)) * depth, "added up"),
        (lambda std, n, depth: np.sqrt(n / 2 * std) ** depth, "square of the standard"),
    ],
    initialization.clip_global: [
        (_clip_each, "of its own"),
        (lambda dW, db, limit: [limit * g / np.hypot(np.linalg.norm(dW), np.linalg.norm(db))
                                for g in (dW, db)], "stretched"),
        (lambda dW, db, limit: [np.maximum(np.minimum(g, limit), -limit) for g in (dW, db)],
         "by value"),
        (lambda dW, db, limit: [g * min(1, limit / ((dW**2).sum() + db @ db)) for g in (dW, db)],
         "root is missing"),
        (lambda dW, db, limit: [g * min(1, limit / (np.linalg.norm(dW) + np.linalg.norm(db)))
                                for g in (dW, db)], "norms of the arrays"),
        (_clip_in_place, "changes an array"),
        (lambda dW, db, limit: _clip_only_if_long(dW, db, limit)[0], "2 things"),
    ],
    initialization.residual_backward: [
        (lambda x, W, dy: ((dy * (1 - np.tanh(x @ W) ** 2)) @ W.T,
                           x.T @ (dy * (1 - np.tanh(x @ W) ** 2))), "bypass is missing"),
        (lambda x, W, dy: (dy + dy @ W.T, x.T @ dy), "slope"),
        (lambda x, W, dy: (dy, _residual_loops(x, W, dy)[1]), "branch is missing"),
        (lambda x, W, dy: (_residual_loops(x, W, dy)[0], x.T @ dy), "before the tanh"),
        (lambda x, W, dy: _residual_loops(x, W, dy)[::-1], "another order"),
        (lambda x, W, dy: _residual_loops(x, W, dy)[0], "2 things"),
        (_residual_in_dy, "changes an array"),
    ],
}  # fmt: skip
