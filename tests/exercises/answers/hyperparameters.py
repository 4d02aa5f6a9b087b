"""Answers to the exercises, right and wrong, as readers would write them."""

import math

import numpy as np

from nbhelpers.exercises import hyperparameters


def _log_loop(u, low, high):
    return [math.exp(math.log(low) + v * math.log(high / low)) for v in u]


def _mesh_loop(u):
    n = u.shape[0]
    points = np.empty_like(u)
    for i in range(n):
        for j in range(n):
            points[i, j] = (i + u[i, j, 0]) / n, (j + u[i, j, 1]) / n
    return points


def _mesh_indices(u):
    n = len(u)
    return (np.moveaxis(np.indices((n, n)), 0, -1) + u) / n


def _mesh_linspace(u):
    start = np.linspace(0, 1, len(u), endpoint=False, dtype=np.float32)
    return np.dstack([start[:, None] + u[..., 0] / len(u), start + u[..., 1] / len(u)])


def _mesh_in_place(u):
    u += np.moveaxis(np.indices(u.shape[:2]), 0, -1)
    u /= len(u)
    return u


def _zoom_log10(best, low, high, share):
    a, b, x = math.log10(low), math.log10(high), math.log10(best)
    width = share * (b - a)
    start = x - width / 2
    if start < a:
        start = a
    if start + width > b:
        start = b - width
    return 10**start, 10 ** (start + width)


def _zoom_clip(best, low, high, share):
    a, b = np.log2([low, high])
    half = share * (b - a) / 2
    middle = np.clip(np.log2(best), a + half, b - half)
    return 2 ** (middle - half), 2 ** (middle + half)


def _zoom_array(best, low, high, share):
    half = (high / low) ** (share / 2)
    middle = min(max(best, low * half), high / half)
    return np.array([middle / half, middle * half])


def _zoom_cut(best, low, high, share):
    half = (high / low) ** (share / 2)
    return max(best / half, low), min(best * half, high)


def _zoom_each_side(best, low, high, share):
    width = (high / low) ** share
    middle = min(max(best, low * width), high / width)
    return middle / width, middle * width


def _zoom_even(best, low, high, share):
    half = share * (high - low) / 2
    middle = np.clip(best, low + half, high - half)
    return middle - half, middle + half


def _pick_loop(val, test):
    winner = None
    for i, accuracy in enumerate(val):
        if not math.isnan(accuracy) and (winner is None or accuracy > val[winner]):
            winner = i
    return winner, test[winner]


def _pick_filled(val, test):
    winner = np.argmax(np.where(np.isnan(val), -1, val))
    return winner, test[winner]


def _pick_sorted(val, test):
    good = [i for i in range(len(val)) if val[i] == val[i]]
    winner = sorted(good, key=lambda i: val[i])[-1]
    return [winner, np.float32(test[winner])]


RIGHT = {
    hyperparameters.log_uniform: [
        _log_loop,
        lambda u, low, high: low * (high / low) ** u,
        lambda u, low, high: np.float32(low ** (1 - u) * high**u),
    ],
    hyperparameters.near_one: [
        lambda u, low, high: 1 - np.array(_log_loop(u, 1 - low, 1 - high)),
        lambda u, low, high: 1 - (1 - low) * ((1 - high) / (1 - low)) ** u,
        lambda u, low, high: np.float32(1 - (1 - low) ** (1 - u) * (1 - high) ** u),
    ],
    hyperparameters.jittered_mesh: [_mesh_loop, _mesh_indices, _mesh_linspace],
    hyperparameters.zoom_log: [_zoom_log10, _zoom_clip, _zoom_array],
    hyperparameters.pick_winner: [_pick_loop, _pick_filled, _pick_sorted],
}

WRONG = {
    hyperparameters.log_uniform: [
        (lambda u, low, high: (1 - u) * low + u * high, "evenly"),
        (lambda u, low, high: np.log10(low) * (1 - u) + np.log10(high) * u, "exponents"),
        (lambda u, low, high: 10 ** np.interp(u, [0, 1], np.log([low, high])), "one base"),
        (lambda u, low, high: np.exp(np.interp(u, [0, 1], np.log10([low, high]))), "one base"),
        (lambda u, low, high: high * (low / high) ** u, "swapped"),
        (lambda u, low, high: (high / low) ** u, "starts at 1"),
        (lambda u, low, high: low ** (1 - u), "up to 1"),
    ],
    hyperparameters.near_one: [
        (lambda u, low, high: u * (high - low) + low, "evenly"),
        (lambda u, low, high: low * (high / low) ** u, "β itself"),
        (lambda u, low, high: (1 - low) ** (1 - u) * (1 - high) ** u, "One step is missing"),
        (lambda u, low, high: 1 - (1 - high) ** (1 - u) * (1 - low) ** u, "wrong order"),
        (lambda u, low, high: high - u * (high - low), "draws 1 - β evenly"),
        (lambda u, low, high: 1 - low * (high / low) ** u, "magnitude of low and high"),
        (lambda u, low, high: (1 - low) ** (u - 1) * (1 - high) ** -u, "looked back"),
    ],
    hyperparameters.jittered_mesh: [
        (lambda u: u.copy(), "plain random"),
        (lambda u: (np.moveaxis(np.indices(u.shape[:2]), 0, -1) + 0.5) / len(u), "middles"),
        (lambda u: np.moveaxis(np.indices(u.shape[:2]), 0, -1) / len(u) + u, "whole square"),
        (lambda u: np.moveaxis(np.indices(u.shape[:2]), 0, -1) + u, "units of cells"),
        (lambda u: (np.moveaxis(np.indices(u.shape[:2])[::-1], 0, -1) + u) / len(u), "swapped"),
        (lambda u: _mesh_loop(u) + 0.5 / len(u), "around the middle"),
        (_mesh_in_place, "changes an array"),
    ],
    hyperparameters.zoom_log: [
        (_zoom_even, "evenly"),
        (_zoom_cut, "cut off"),
        (_zoom_each_side, "twice as wide"),
        (lambda b, lo, hi, s: (b * (lo / hi) ** (s / 2), b * (hi / lo) ** (s / 2)), "sticks out"),
        (lambda *a: (math.log10(_zoom_log10(*a)[0]), math.log10(_zoom_log10(*a)[1])), "exponents"),
        (lambda b, lo, hi, s: _zoom_log10((lo * hi) ** 0.5, lo, hi, s), "around the best"),
        (lambda b, lo, hi, s: (b - b * s / 2, b + b * s / 2), "best value itself"),
    ],
    hyperparameters.pick_winner: [
        (lambda val, test: _pick_filled(test, test), "by the test set"),
        (lambda val, test: _pick_filled(val, val), "too high"),
        (lambda val, test: (_pick_filled(val, val)[0], np.nanmax(test)), "peeking"),
        (lambda val, test: (val.argmax(), test[val.argmax()]), "failed trial"),
        (lambda val, test: _pick_filled((val + test) / 2, test), "both sets"),
        (lambda val, test: (np.nanargmin(val), test[np.nanargmin(val)]), "lowest"),
        (lambda val, test: _pick_filled(val, test)[1], "2 things"),
    ],
}
