"""Exercises of lesson 8, first half: dropout forward and backward, inverted and vanilla."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dropout_numbers import mean_and_spread, monte_carlo, share_dropped
from .exercise import Exercise, Mistake

__all__ = [
    "dropout_forward", "forward_and_backward", "mean_and_spread", "monte_carlo", "share_dropped",
    "vanilla_forward",
]  # fmt: skip

_RNG = np.random.default_rng(108)

# Rates other than 0.5: there, keep and drop could not be told apart.
_CASES = [
    (_RNG.normal(size=shape), rate, _RNG.random(shape), train)
    for shape, rate, train in (
        ((6, 5), 0.3, True), ((8, 4), 0.2, True), ((4, 3), 0.6, False), ((9, 2), 0.7, True),
    )
]  # fmt: skip


def _inverted(x: Any, rate: float, u: Any, train: bool) -> Any:
    return x * (u >= rate) / (1 - rate) if train else x


dropout_forward = Exercise(
    "dropout_forward",
    _inverted,
    _CASES,
    [
        Mistake("The factor is missing: in training the mean of y is too small, and at test time "
                "nobody makes up for it.",
                lambda x, rate, u, train: x * (u >= rate) if train else x),
        Mistake("This is vanilla dropout: it mends the mean at test time. Inverted dropout does it "
                "in training.",
                lambda x, rate, u, train: x * (u >= rate) if train else x * (1 - rate)),
        Mistake("It scales in training and at test time too: the mean is mended twice.",
                lambda x, rate, u, train: _inverted(x, rate, u, True) if train else x * (1 - rate)),
        Mistake("It drops at test time too. Then all units are to be on.",
                lambda x, rate, u, train: _inverted(x, rate, u, True)),
        Mistake("Keep and drop are confused: it keeps the share that is to be dropped. The rate is "
                "the share that is dropped.",
                lambda x, rate, u, train: x * (u < rate) / (1 - rate) if train else x),
        Mistake("It treats the rate as the probability to keep, in the mask and in the factor.",
                lambda x, rate, u, train: x * (u < rate) / rate if train else x),
        Mistake("The mask is right; the factor belongs to the other share. What is left of the "
                "mean after dropping, and what brings it back to x?",
                lambda x, rate, u, train: x * (u >= rate) / rate if train else x),
        Mistake("The factor goes the wrong way: what is kept must become larger, to stand in for "
                "what is missing.",
                lambda x, rate, u, train: x * (u >= rate) * (1 - rate) if train else x),
        Mistake("All examples get the same mask, that of the first row. Each one needs its own.",
                lambda x, rate, u, train: _inverted(x, rate, u[:1], train)),
        Mistake("All units of an example are dropped together. Each unit needs its own draw.",
                lambda x, rate, u, train: _inverted(x, rate, u[:, :1], train)),
        Mistake("This is the mask alone. What does it do to x?",
                lambda x, rate, u, train: _inverted(np.ones_like(x), rate, u, train)),
        Mistake("It drops in evaluation and not in training: the two modes are swapped.",
                lambda x, rate, u, train: _inverted(x, rate, u, not train)),
    ],
    returns="an array of the shape of x",
)  # fmt: skip


class Draw:
    """`draw(shape)` gives uniform numbers, new ones each time; a copy starts at the same place."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def __call__(self, *shape: Any) -> Any:
        return self._rng.random(shape[0] if len(shape) == 1 else shape)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Draw)  # that numbers were drawn is no change of an argument

    __hash__ = None  # type: ignore[assignment]


def _mask(draw: Any, shape: Any, rate: float) -> Any:
    return (draw(shape) >= rate) / (1 - rate)


def _both(x: Any, dy: Any, rate: float, draw: Any) -> Any:
    mask = _mask(draw, x.shape, rate)
    return x * mask, dy * mask


def _one_mask(forward: Any, backward: Any) -> Any:
    """An answer with one draw, given as y and dx from (x or dy, kept, rate)."""

    def answer(x: Any, dy: Any, rate: float, draw: Any) -> Any:
        kept = draw(x.shape) >= rate
        return forward(x, kept, rate), backward(dy, kept, rate)

    return answer


def _scaled(a: Any, kept: Any, rate: float) -> Any:
    return a * kept / (1 - rate)


forward_and_backward = Exercise(
    "forward_and_backward",
    _both,
    [(*_RNG.normal(size=(2, n, 5)), rate, Draw(n)) for n, rate in ((6, 0.3), (4, 0.6), (9, 0.2))],
    [
        Mistake("Backward draws a mask anew. The units that were off in forward are the ones that "
                "must hear nothing.",
                lambda x, dy, rate, draw: (x * _mask(draw, x.shape, rate),
                                           dy * _mask(draw, x.shape, rate))),
        Mistake("The factor is missing in both directions.",
                _one_mask(lambda x, kept, rate: x * kept, lambda dy, kept, rate: dy * kept)),
        Mistake("The factor is in forward but not in backward. A gate that multiplies its input "
                "does what to the gradient?", _one_mask(_scaled, lambda dy, kept, rate: dy * kept)),
        Mistake("The factor is in backward but not in forward.",
                _one_mask(lambda x, kept, rate: x * kept, _scaled)),
        Mistake("Everything comes back. A unit that was off did nothing for the loss.",
                _one_mask(_scaled, lambda dy, kept, rate: dy)),
        Mistake("Keep and drop are confused: the rate is the share that is dropped.",
                lambda x, dy, rate, draw: _one_mask(_scaled, _scaled)(
                    x, dy, rate, lambda shape: rate - draw(shape) + rate)),
        Mistake("It treats the rate as the probability to keep, in the mask and in the factor.",
                lambda x, dy, rate, draw: _both(x, dy, 1 - rate, lambda s: 1 - draw(s))),
        Mistake("Backward passes through the units that were dropped: it is the other way round.",
                _one_mask(_scaled, lambda dy, kept, rate: dy * ~kept / (1 - rate))),
        Mistake("Both are right, but in another order: return y, dx.",
                lambda x, dy, rate, draw: _both(x, dy, rate, draw)[::-1]),
    ],
    returns="two arrays, y and dx",
)  # fmt: skip


vanilla_forward = Exercise(
    "vanilla_forward",
    lambda x, rate, u, train: x * (u >= rate) if train else x * (1 - rate),
    _CASES,
    [
        Mistake("This is inverted dropout. Vanilla dropout leaves training alone and mends the "
                "other mode.", _inverted),
        Mistake("At test time every sum is too large: training saw only a part of the units, and "
                "now all are on.", lambda x, rate, u, train: x * (u >= rate) if train else x),
        Mistake("It scales in training and at test time too: the mean is mended twice.",
                lambda x, rate, u, train: _inverted(x, rate, u, True) if train else x * (1 - rate)),
        Mistake("At test time it multiplies by the share that was dropped. Which share was there "
                "on average?", lambda x, rate, u, train: x * (u >= rate) if train else x * rate),
        Mistake("At test time it makes the answers larger. Training saw smaller sums, not larger "
                "ones.",
                lambda x, rate, u, train: x * (u >= rate) if train else x / (1 - rate)),
        Mistake("It drops at test time too. Then all units are to be on.",
                lambda x, rate, u, train: x * (u >= rate)),
        Mistake("Keep and drop are confused in the mask: the rate is the share that is dropped.",
                lambda x, rate, u, train: x * (u < rate) if train else x * (1 - rate)),
        Mistake("It treats the rate as the probability to keep, in both modes.",
                lambda x, rate, u, train: x * (u < rate) if train else x * rate),
        Mistake("All examples get the same mask, that of the first row. Each one needs its own.",
                lambda x, rate, u, train: x * (u[:1] >= rate) if train else x * (1 - rate)),
    ],
    returns="an array of the shape of x",
)  # fmt: skip
