"""Other right answers, and wrong ones with a word of the hint they need."""

from __future__ import annotations

import math

import numpy as np

from nbhelpers.exercises import cifar10


def _array_interval(right, n):
    p = right / n
    return p + np.array([-1.96, 1.96]) * np.sqrt(p * (1 - p) / n)


def _from_answers_interval(right, n):
    answers = np.zeros(n)
    answers[:right] = 1
    half = 1.96 * answers.std() / math.sqrt(n)
    return answers.mean() - half, answers.mean() + half


def _counted_interval(right, n):
    half = 1.96 * math.sqrt(right * (n - right) / n)
    return (right - half) / n, (right + half) / n


def _loop_mirror(x):
    out = np.empty_like(x)
    for i, row in enumerate(x):
        out[i] = row.reshape(32, 32, 3)[:, ::-1].ravel()
    return out


def _index_mirror(x):
    place = np.arange(3072).reshape(32, 32, 3)[:, ::-1].ravel()
    return x[:, place].astype(np.float32)


def _fliplr_mirror(x):
    return np.stack([np.fliplr(row.reshape(32, 32, 3)).reshape(-1) for row in x])


def _strided_channels(a, b):
    a, b = a.copy(), b.copy()
    for color in range(3):
        mean, std = a[:, color::3].mean(), a[:, color::3].std()
        a[:, color::3] = (a[:, color::3] - mean) / std
        b[:, color::3] = (b[:, color::3] - mean) / std
    return a, b


def _pixel_channels(a, b):
    pixels = a.reshape(-1, 3)
    mean, std = pixels.mean(axis=0), pixels.std(axis=0)
    return [((x.reshape(-1, 3) - mean) / std).reshape(x.shape) for x in (a, b)]


def _tiled_channels(a, b):
    images = a.reshape(-1, 32, 32, 3)
    mean, std = np.tile(images.mean((0, 1, 2)), 1024), np.tile(images.std((0, 1, 2)), 1024)
    return (a - mean) / std, (b - mean) / std


def _loop_count(side, channels, filters, size):
    dense = convolution = 0
    for _ in range(filters):
        convolution += size * size * channels + 1
        dense += side * side * (side * side * channels + 1)
    return dense, convolution


def _array_count(side, channels, filters, size):
    n_in, n_out = side * side * channels, side * side * filters
    return np.array([n_in * n_out + n_out, size**2 * channels * filters + filters])


def _shapes_count(side, channels, filters, size):
    shapes = ((side, side, channels), (size, size, channels))
    answers = (side * side * filters, filters)
    return tuple((math.prod(s) + 1) * n for s, n in zip(shapes, answers, strict=True))


def _own_statistics(a, b):
    def scale(x):
        images = x.reshape(-1, 32, 32, 3)
        return ((images - images.mean((0, 1, 2))) / images.std((0, 1, 2))).reshape(x.shape)

    return scale(a), scale(b)


def _together(a, b):
    pixels = np.vstack([a, b]).reshape(-1, 3)
    return [((x.reshape(-1, 3) - pixels.mean(0)) / pixels.std(0)).reshape(x.shape) for x in (a, b)]


RIGHT = {
    cifar10.interval: [_array_interval, _from_answers_interval, _counted_interval],
    cifar10.mirror: [_loop_mirror, _index_mirror, _fliplr_mirror],
    cifar10.standardize_channels: [_strided_channels, _pixel_channels, _tiled_channels],
    cifar10.count_parameters: [_loop_count, _array_count, _shapes_count],
}

WRONG = {
    cifar10.interval: [
        (lambda r, n: (r / n - (r / n * (1 - r / n) / n) ** 0.5,
                       r / n + (r / n * (1 - r / n) / n) ** 0.5), "1.96"),
        (lambda r, n: (r / n - 1.96 * (r / n * (1 - r / n)) ** 0.5,
                       r / n + 1.96 * (r / n * (1 - r / n)) ** 0.5), "below the root"),
        (lambda r, n: (r / n - 1.96 * r / n * (1 - r / n) / n,
                       r / n + 1.96 * r / n * (1 - r / n) / n), "variance"),
        (lambda r, n: (r - 1.96 * (r * (1 - r / n)) ** 0.5,
                       r + 1.96 * (r * (1 - r / n)) ** 0.5), "counts"),
        (lambda r, n: (r / n - 1.96 * (0.25 / n) ** 0.5,
                       r / n + 1.96 * (0.25 / n) ** 0.5), "too wide"),
        (lambda r, n: r / n, "2 things"),
    ],
    cifar10.mirror: [
        (lambda x: np.fliplr(x), "upside down"),
        (lambda x: x.reshape(-1, 32, 32, 3)[:, ::-1].reshape(x.shape), "heads"),
        (lambda x: x.reshape(-1, 32, 32, 3)[..., ::-1].reshape(x.shape), "colors are swapped"),
        (lambda x: x.reshape(-1, 3, 32, 32)[:, :, :, ::-1].reshape(x.shape), "planes"),
        (lambda x: x.reshape(-1, 32, 32, 3)[:, :, ::-1], "flat"),
        (lambda x: np.transpose(x.reshape(-1, 32, 32, 3), (0, 2, 1, 3)).reshape(x.shape), "side"),
    ],
    cifar10.standardize_channels: [
        (_own_statistics, "own statistics"),
        (_together, "together"),
        (lambda a, b: ((a - a.mean(0)) / a.std(0), (b - a.mean(0)) / a.std(0)), "3,072"),
        (lambda a, b: ((a - a.mean()) / a.std(), (b - a.mean()) / a.std()), "told apart"),
        (lambda a, b: [(x.reshape(-1, 3) - a.reshape(-1, 3).mean(0)).reshape(x.shape)
                       for x in (a, b)], "divided"),
        (lambda a, b: _strided_channels(a, b)[0], "2 things"),
    ],
    cifar10.count_parameters: [
        (lambda s, c, f, k: (s * s * c * s * s * f, k * k * c * f), "biases"),
        (lambda s, c, f, k: ((s * s * c + 1) * s * s * f, (k * k * c + 1) * f * s * s),
         "counted once"),
        (lambda s, c, f, k: ((s * s * c + 1) * s * s * f, (k * k + 1) * f), "all channels"),
        (lambda s, c, f, k: ((s * s * c + 1) * f, (k * k * c + 1) * f), "place"),
        (lambda s, c, f, k: ((k * k * c + 1) * f, (s * s * c + 1) * s * s * f), "order"),
    ],
}  # fmt: skip
