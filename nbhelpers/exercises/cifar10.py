"""Exercises: an interval, a mirror, channels, and what a convolution saves."""

from __future__ import annotations

from typing import Any

import numpy as np

from .engine.exercise import Exercise, Mistake

_RNG = np.random.default_rng(115)


def _interval(right: int, n: int, *, z: float = 1.96, power: float = 0.5) -> tuple[float, float]:
    """The share p = right / n, less and plus z √(p (1 - p)) / n^power."""
    p = right / n
    half = z * (p * (1 - p)) ** 0.5 / n**power
    return p - half, p + half


def _of_counts(right: int, n: int) -> tuple[float, float]:
    p = right / n
    half = 1.96 * (n * p * (1 - p)) ** 0.5
    return right - half, right + half


def _no_root(right: int, n: int) -> tuple[float, float]:
    p = right / n
    half = 1.96 * p * (1 - p) / n
    return p - half, p + half


def _widest(right: int, n: int) -> tuple[float, float]:
    return right / n - 0.98 / n**0.5, right / n + 0.98 / n**0.5


interval = Exercise(
    "interval",
    _interval,
    [(531, 1000), (2620, 5000), (30, 400)],
    [
        Mistake("The 1.96 is missing: one standard deviation to each side holds the truth in 68 of "
                "100 cases only.", lambda r, n: _interval(r, n, z=1.0)),
        Mistake("The images do not shrink the interval here: the spread of a mean of n draws has "
                "an n below the root.", lambda r, n: _interval(r, n, power=0)),
        Mistake("Divide by n inside of the root, or by √n outside of it, but not by n outside.",
                lambda r, n: _interval(r, n, power=1)),
        Mistake("p (1 - p) / n is the variance. The interval is measured in standard deviations: "
                "its root.", _no_root),
        Mistake("These are counts of right answers. Give the ends as shares.", _of_counts),
        Mistake("This takes p = 0.5 for every share. It is never too narrow, but at other shares "
                "too wide: use p itself.", _widest),
        Mistake("This is the share and the half-width. Return the two ends of the interval.",
                lambda r, n: (r / n, _interval(r, n)[1] - r / n)),
        Mistake("The ends are in the wrong order: lower end first.",
                lambda r, n: _interval(r, n)[::-1]),
    ],
)  # fmt: skip


def _flip(x: Any, axis: int) -> Any:
    return np.flip(x.reshape(-1, 32, 32, 3), axis).reshape(len(x), -1)


def _planes(x: Any) -> Any:
    return x.reshape(-1, 3, 32, 32)[..., ::-1].reshape(len(x), -1)


def _transpose(x: Any) -> Any:
    return x.reshape(-1, 32, 32, 3).swapaxes(1, 2).reshape(len(x), -1)


mirror = Exercise(
    "mirror",
    lambda x: _flip(x, 2),
    [(_RNG.random((n, 3072)),) for n in (3, 1)],
    [
        Mistake("The whole row runs backward: that turns the picture upside down and swaps red "
                "with blue, too. Which axis of (N, 32, 32, 3) runs from left to right?",
                lambda x: x[:, ::-1]),
        Mistake("The pictures stand on their heads. Axis 1 counts the rows of a picture; which one "
                "runs along a row?", lambda x: _flip(x, 1)),
        Mistake("The colors are swapped, red with blue, and nothing has moved.",
                lambda x: _flip(x, 3)),
        Mistake("The pictures are in reverse order, and each one is what it was.",
                lambda x: x[::-1]),
        Mistake("This reads the row as three planes, one a color, as the files have it. Here the "
                "three colors of a pixel stand side by side.", _planes),
        Mistake("Rows and columns are exchanged: the picture lies on its side.", _transpose),
        Mistake("The pictures are mirrored, but no longer flat: give back one row of 3,072 "
                "numbers for each.", lambda x: np.flip(x.reshape(-1, 32, 32, 3), 2)),
        Mistake("Nothing has moved.", lambda x: x * 1),
    ],
)  # fmt: skip


def _channels(x_train: Any, x_test: Any, **how: Any) -> Any:
    """Right without `how`; with it, one thing is done in another way."""
    train, test = (x.reshape(len(x), -1, 3) for x in (x_train, x_test))
    axes = how.get("axes", (0, 1))

    def scaled(x: Any, source: Any) -> Any:
        mean, std = (f(source, axis=axes, keepdims=True) for f in (np.mean, np.std))
        if how.get("variance"):
            std = std**2
        z = (x - mean * how.get("center", 1)) / (std if how.get("divide", True) else 1)
        return z.reshape(len(z), -1)

    if how.get("source") == "both":
        both = np.concatenate([train, test])
        return scaled(train, both), scaled(test, both)
    return scaled(train, train), scaled(test, test if how.get("own") else train)


def _in_channels(**how: Any) -> Any:
    return lambda x_train, x_test: _channels(x_train, x_test, **how)


def _colored(n: int, m: int) -> tuple[Any, Any]:
    tint, spread = _RNG.uniform(0.2, 0.6, 3), _RNG.uniform(0.1, 0.4, 3)
    train, test = (np.tile(tint, 1024) + np.tile(spread, 1024) * _RNG.random((k, 3072))
                   for k in (n, m))  # fmt: skip
    return train, test + 0.1


standardize_channels = Exercise(
    "standardize_channels",
    _channels,
    [_colored(4, 3), _colored(6, 2)],
    [
        Mistake("The test set was standardized by its own statistics. What was learned from the "
                "training set is used for both.", _in_channels(own=True)),
        Mistake("The statistics come from both sets together: the test set has told something "
                "about itself.", _in_channels(source="both")),
        Mistake("Each of the 3,072 numbers has a mean of its own here. A channel has one mean for "
                "all of its pixels in all images.", _in_channels(axes=(0,))),
        Mistake("One mean for everything: red, green and blue are not told apart.",
                _in_channels(axes=(0, 1, 2))),
        Mistake("Each pixel was divided by the variance. The standard deviation is its root.",
                _in_channels(variance=True)),
        Mistake("The spread is right, the mean was not subtracted.", _in_channels(center=0)),
        Mistake("The mean is subtracted, but nothing is divided by the standard deviation.",
                _in_channels(divide=False)),
        Mistake("Every third of the row was taken for a channel. In these rows the three colors of "
                "a pixel stand side by side.",
                lambda a, b: tuple(
                    z.reshape(len(z), 1024, 3).swapaxes(1, 2).reshape(len(z), -1)
                    for z in _channels(*(x.reshape(len(x), 3, 1024).swapaxes(1, 2)
                                         .reshape(len(x), -1) for x in (a, b))))),
    ],
    returns="the training set and the test set, both as rows",
)  # fmt: skip


def _count(side: int, channels: int, filters: int, size: int) -> tuple[int, int]:
    """Parameters of both layers from side² · channels numbers to side² · filters answers."""
    dense = (side**2 * channels + 1) * side**2 * filters
    return dense, (size**2 * channels + 1) * filters


count_parameters = Exercise(
    "count_parameters",
    _count,
    [(32, 3, 16, 5), (28, 1, 8, 3), (10, 4, 6, 3)],
    [
        Mistake("The biases are missing: one for each answer of the dense layer, one for each "
                "filter of the convolution.",
                lambda s, c, f, k: (s**4 * c * f, k**2 * c * f)),
        Mistake("A convolution uses the same filter at every place. Its weights are counted once, "
                "not once for each place.",
                lambda s, c, f, k: (_count(s, c, f, k)[0], _count(s, c, f, k)[1] * s**2)),
        Mistake("A filter looks at all channels of its window, not at one.",
                lambda s, c, f, k: (_count(s, c, f, k)[0], (k**2 + 1) * f)),
        Mistake("The dense layer gives one answer for each filter *and place*: side² · filters.",
                lambda s, c, f, k: ((s**2 * c + 1) * f, _count(s, c, f, k)[1])),
        Mistake("The image is a square: it has side² pixels, and the filter size² places.",
                lambda s, c, f, k: ((s * c + 1) * s * f, (k * c + 1) * f)),
        Mistake("The convolution's bias: one for each filter, shared by all places.",
                lambda s, c, f, k: (_count(s, c, f, k)[0], k**2 * c * f + s**2 * f)),
        Mistake("The two are in the wrong order: dense first.",
                lambda s, c, f, k: _count(s, c, f, k)[::-1]),
    ],
)  # fmt: skip
