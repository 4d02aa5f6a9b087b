"""Other right answers to lesson `activations`, and wrong ones with a word of their hint."""

from __future__ import annotations

import numpy as np

from nbhelpers.exercises import activations


def _walk(d):
    forward, backward, left = [], [], 1.0
    for factor in d:
        left *= factor
        forward.append(left)
    for i in range(len(d)):
        backward.append(np.prod(d[i:]))
    return forward, backward


def _divided(d):
    up = np.cumprod(d)
    return up, up[-1] / up * d


def _by_logarithms(d):
    logs = np.log(d)
    return np.exp(np.cumsum(logs)), np.exp(logs.sum() - np.cumsum(logs) + logs)


def _sigmoid(z):
    return 0.5 * (1 + np.tanh(z / 2))


def _with_sech(z):
    s = 1 / (1 + np.exp(-z))
    softplus = np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))
    return s, np.tanh(softplus) + z * s / np.cosh(np.minimum(softplus, 300)) ** 2


def _naive(z):
    s, t = 1 / (1 + np.exp(-z)), np.tanh(np.log(1 + np.exp(z)))
    return s, t + z * (1 - t * t) * s


def _no_chain(z):
    s, t = 1 / (1 + np.exp(-z)), np.tanh(np.logaddexp(0, z))
    return s, t + z * (1 - t * t)


def _second_only(z):
    s, t = 1 / (1 + np.exp(-z)), np.tanh(np.logaddexp(0, z))
    return s, z * s * (1 - t * t)


def _as_given(da, z, slope):
    dz = da
    dz[da < 0] *= slope
    return dz, np.sum(dz * np.minimum(z, 0))


def _copied(da, z, slope):
    dz = da.copy()
    dz[da < 0] *= slope
    return dz, np.sum(dz * np.minimum(z, 0))


def _doubled(da, z, slope):
    dz = np.where(z > 0, da, slope * da)
    return dz, np.sum(dz * np.minimum(z, 0))


def _by_rows(z, k):
    return [max(0.0, -sorted(column)[-k]) for column in np.transpose(z)]


def _searched(z, k):
    needed = np.sort(np.maximum(0, -np.asarray(z)), axis=0)
    return needed[k - 1]


def _by_units(t, m, c):
    """Each unit from its lines through the kinks, one after the other."""
    first, second = [(m[0], c - m[0] * t[0])], [(0.0, 0.0)]
    for here, rise in zip(t, np.diff(m), strict=True):
        unit = first if rise > 0 else second
        w, b = unit[-1]
        unit.append((w + abs(rise), b - abs(rise) * here))
    w1, b1 = zip(*first, strict=True)
    w2, b2 = zip(*second, strict=True)
    return w1, b1, w2, b2


def _with_a_slope_in_both(t, m, c):
    w1, b1, w2, b2 = (np.array(part) for part in _by_units(t, m, c))
    return w1 + 3, b1 - 1, w2 + 3, b2 - 1


def _unsorted(t, m, c):
    return [np.array(part)[::-1] for part in _by_units(t, m, c)]


def _own_pieces(t, m, c):
    values = c + np.append(0, np.cumsum(m[1:-1] * np.diff(t)))
    return m, np.append(c - m[0] * t[0], values - m[1:] * t), [0], [0]


def _changed(part, change):
    def run(t, m, c):
        found = [np.array(p) for p in _by_units(t, m, c)]
        found[part] = change(found[part], t, m, c)
        return found

    return run


RIGHT = {
    activations.signals: [_walk, _divided, _by_logarithms],
    activations.smooth: [_with_sech, _naive, lambda z: (_sigmoid(z), _with_sech(z)[1])],
    activations.prelu_backward: [
        lambda da, z, slope: (np.where(z > 0, da, slope * da), np.sum((da * z)[z < 0])),
        lambda da, z, slope: (da * (z > 0) + slope * da * (z <= 0), (da * np.minimum(z, 0)).sum()),
        lambda da, z, slope: [da - (1 - slope) * da * (z < 0), np.vdot(da, np.minimum(z, 0))],
    ],
    activations.revive: [
        _by_rows,
        _searched,
        lambda z, k: -np.minimum(0, np.partition(z, len(z) - k, axis=0)[len(z) - k]),
    ],
    activations.maxouts: [_by_units, _with_a_slope_in_both, _unsorted],
}

WRONG = {
    activations.signals: [
        (lambda d: (np.cumprod(d), np.cumprod(d)[-1] / np.cumprod(d)), "*own*"),
        (lambda d: (np.cumprod(d) / d, _walk(d)[1]), "*own*"),
        (lambda d: [np.cumprod(d)] * 2, "other end"),
        (lambda d: _walk(d)[::-1], "swapped"),
        (lambda d: (np.cumprod(d), np.cumprod(d[::-1])), "layer 1 comes first"),
        (lambda d: (np.cumsum(d), np.cumsum(d[::-1])[::-1]), "multiplies"),
    ],
    activations.smooth: [
        (_no_chain, "last factor"),
        (_second_only, "z itself"),
        (lambda z: (_sigmoid(z), np.tanh(np.logaddexp(0, z))), "the tanh is"),
        (lambda z: (np.exp(-np.logaddexp(0, z) - np.logaddexp(0, -z)), _with_sech(z)[1]),
         "*second* derivative"),
        (lambda z: (1 / (1 + np.exp(z)), _with_sech(z)[1]), "inner derivative"),
        (lambda z: (np.logaddexp(0, z), z * np.tanh(np.logaddexp(0, z))), "values"),
    ],
    activations.prelu_backward: [
        (_as_given, "changes"),
        (_copied, "two bugs"),
        (_doubled, "multiplied by the slope already"),
        (lambda da, z, slope: (np.where(da > 0, da, slope * da), np.sum(da * np.minimum(z, 0))),
         "sign of z"),
        (lambda da, z, slope: (np.where(z > 0, da, slope * da), np.sum(da * z)), "plays no part"),
        (lambda da, z, slope: (np.where(z > 0, da, slope * da),
                               (da * np.minimum(z, 0)).sum(axis=0)), "share"),
    ],
    activations.revive: [
        (lambda z, k: np.maximum(0, -z.max(axis=0)), "larger k"),
        (lambda z, k: -np.sort(z, axis=0)[-k], "left alone"),
        (lambda z, k: np.minimum(0, np.sort(z, axis=0)[-k]), "sign is turned"),
        (lambda z, k: np.maximum(0, -np.sort(z, axis=0)[k - 1]), "*largest*"),
        (lambda z, k: max(_by_rows(z, k)), "whole layer"),
        (lambda z, k: -z.mean(axis=0).clip(max=0), "*mean*"),
    ],
    activations.maxouts: [
        (_own_pieces, "convex"),
        (lambda t, m, c: [*_by_units(t, m, c)[2:], *_by_units(t, m, c)[:2]], "upside down"),
        (_changed(1, lambda b, t, m, c: b - c), "must be c"),
        (_changed(1, lambda b, t, m, c: b + m[0] * t[0]), "at the first kink"),
        (lambda t, m, c: [*_by_units(t, m, c)[:2], [0], [0]], "second unit is missing"),
        (lambda t, m, c: _by_units(t, m, c)[:2], "four arrays"),
    ],
}  # fmt: skip
