"""Before the first step: are inputs, first weights and first gradients of a healthy size?

The thresholds are rules of thumb. Where no source is given, they were chosen on small networks on
MNIST, wide of what healthy runs show, and tried on other seeds, widths and optimizers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ._checks import Array
from .measures import dead_shares
from .verdicts import Finding

INPUT_RMS = 0.03, 10.0
"""√mean(x²) of all inputs: standardized it is 1, pixels from 0 to 1 have 0.3, bytes have 80."""
INPUT_OFFSET = 5.0
"""|mean| / std of all inputs: zero when centered, 2 for bright pictures from 0 to 1."""
SCORES = 0.01, 4.0
"""Standard deviation of the first scores: He's and Xavier's weights give 0.3 to 2. Near 0 all
examples get one answer; at 4 the network is sure of random answers."""
FLOW = 30.0
"""How much of the gradient is gained or lost between the last layer with weights and the first."""
DEEP = 5
"""From so many layers with weights on, factors that look harmless one by one can explode. In fewer,
it takes weights that are plainly too large."""
DEAD = 0.4
"""So many units die when the learning rate is too high, say the same notes; few do otherwise."""


def bad_input(x: Array) -> Finding | None:
    """Whether the inputs are far from unit scale, or far off center.

    >>> bad_input(np.array([[0.0, 255.0]])).sentence
    'The inputs have a typical size of 180: scale them to about 1, with Standardizer or x / 255.'
    """
    size = math.sqrt(float(np.mean(np.square(x, dtype=np.float64))))
    mean, std = float(x.mean(dtype=np.float64)), float(x.std(dtype=np.float64))
    if not INPUT_RMS[0] < size < INPUT_RMS[1]:
        text = f"The inputs have a typical size of {size:.3g}"
        return Finding(
            "bad input scale", f"{text}: scale them to about 1, with Standardizer or x / 255."
        )
    if abs(mean) > INPUT_OFFSET * std:
        text = f"The inputs lie around {mean:.2g}, give or take {std:.2g}"
        return Finding("bad input scale", f"{text}: subtract their mean, with Standardizer.")
    return None


def bad_start(monitor: Any) -> Iterator[Finding]:
    """Weights that are all alike; a gradient that explodes or vanishes; scores too large, small."""
    if monitor.alike:
        text = f"All units of {', '.join(monitor.alike)} start with the same weights"
        yield Finding("zero weights", f"{text} and will stay alike: draw W at random, init=he.")
        return
    if not monitor.weighted:
        return
    start, y = monitor.start, monitor.y
    first, last = monitor.weighted[0], monitor.weighted[-1]
    growth = start.flow[first] / start.flow[last] if start.flow[last] else math.nan
    a_layer = growth ** (1 / max(1, len(monitor.weighted) - 1))
    spread = float(start.outputs[list(start.outputs)[-1]].std())
    unit = 1.0 if y.dtype.kind in "iu" else float(y.std()) or 1.0
    too_large = spread > SCORES[1] * unit or not math.isfinite(spread)
    way = f"on its way from {last} down to {first}, by {a_layer:.2g} a layer"
    deep = len(monitor.weighted) >= DEEP
    if (growth > FLOW or not math.isfinite(start.loss)) and (deep or not too_large):
        mend = "smaller first weights, init=he, or BatchNorm; clipping helps against outbursts"
        text = f"The gradient grows {growth:,.0f}-fold {way}"
        yield Finding("exploding gradient", f"{text}: {mend}.")
    dead = dead_shares(monitor.net, start.outputs)
    name = max(dead, key=lambda layer: dead[layer], default="")
    if name and dead[name] > DEAD:
        flat = f"{dead[name]:.0%} of {name} are 0 for every example before the first step"
        yield Finding("dead units", f"{flat}: raise the biases, draw other weights, init=he.")
        return  # whatever is small behind them is so because of them
    scores = f"The first scores spread by {spread:.2g} around their mean and cost {start.loss:.3g}"
    scores += f", where guessing would cost {monitor.guess:.3g}"
    if spread < SCORES[0] * unit:
        yield Finding("first weights too small", f"{scores}: draw larger weights, init=he.")
    elif growth < 1 / FLOW:  # small weights carry small gradients, too
        mend = "ReLU in place of sigmoids, init=he, or BatchNorm"
        text = f"The gradient shrinks {1 / growth if growth else math.inf:,.0f}-fold {way}"
        yield Finding("vanishing gradient", f"{text}: {mend}.")
    if too_large:
        yield Finding("first weights too large", f"{scores}: draw smaller weights, init=he.")


def good_start(monitor: Any) -> Finding:
    """What is said of a network that is not trained yet, and may well be."""
    text = f"The first loss is {monitor.start.loss:.3g}, guessing would give {monitor.guess:.3g}"
    return Finding("good start", f"{text}; inputs, weights and gradients are of a healthy size.")
