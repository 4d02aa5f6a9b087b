"""What numbers from inside a training run mean, in words: each finding names a cause and a mend.

The thresholds are rules of thumb. Where no source is given, they were chosen on small networks on
MNIST, wide of what healthy runs show, and tried on other seeds, widths and optimizers.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .history import History
from .types import Array

RATIO = 1e-3
"""A healthy ‖ΔW‖ / ‖W‖ a step (Karpathy et al., notes of Stanford's course CS231n)."""
RATIO_LOW, RATIO_HIGH = RATIO / 10, RATIO * 30
DEAD = 0.4
"""So many units die when the learning rate is too high, say the same notes; few do otherwise."""
SATURATED_SHARE = 0.6
"""A trained sigmoid network had up to 0.4 of its outputs saturated, one that is stuck over 0.8."""
INPUT_RMS = 0.03, 10.0
"""√mean(x²) of all inputs: standardized it is 1, pixels from 0 to 1 have 0.3, bytes have 80."""
INPUT_OFFSET = 5.0
"""|mean| / std of all inputs: zero when centered, 2 for bright pictures from 0 to 1."""
SCORES = 0.01, 4.0
"""Standard deviation of the first scores: He's and Xavier's weights give 0.3 to 2. Near 0 all
examples get one answer; at 4 the network is sure of random answers."""
FLOW = 100.0
"""How much of the gradient is gained or lost between the last layer with weights and the first."""
SORTED = 0.5
"""Half the sum of the differences between the classes' shares in a batch and in all: 1 when every
batch has one rare class, 0.12 for random batches of 100 from ten classes."""


class Finding(NamedTuple):
    """What was found, in a word or two, and the sentence that tells it."""

    kind: str
    sentence: str


def loss_verdict(history: History, start: float | None = None) -> Finding:
    """Read a loss curve: good, learning rate too high, too low, no progress, overfitting.

    The loss of the steps is smoothed over 5 % of the run. What the curve cannot show is the cause:
    bad inputs or first weights look the same; `diagnostics.Monitor` looks for these too.

    Args:
        history: a run of some tens of steps or more.
        start: the loss before the first step; None: that of the first step.

    >>> loss_verdict(History(loss=[2.3, 2.9, 80.0, float("nan")])).sentence
    'The loss is no longer a number after step 4: the learning rate is too high by far.'
    >>> loss_verdict(History(loss=[2.3 * 0.97**i for i in range(100)])).kind
    'good'
    """
    loss = np.asarray(history.loss)
    if not len(loss):
        return Finding("nothing yet", "There is no training step yet.")
    if not math.isfinite(loss[-1]):
        sentence = f"The loss is no longer a number after step {len(loss)}"
        return Finding(
            "learning rate too high", f"{sentence}: the learning rate is too high by far."
        )
    start = float(loss[0]) if start is None else start
    window = max(1, len(loss) // 20)
    smooth = np.convolve(loss, np.full(window, 1 / window), mode="valid")
    peak, end = float(smooth.max()), float(smooth[-1])
    if peak > 3 * start or (peak > 1.15 * start and end > 0.25 * start):
        text = f"The loss jumped from {start:.3g} to {peak:.3g} and ended at {end:.3g}"
        return Finding("learning rate too high", f"{text}: the learning rate is too high.")
    if end > 0.97 * start:
        text = f"The loss stayed where it was: {start:.3g} at the start, {end:.3g} at the end."
        return Finding("no progress", text)
    late = (smooth[2 * len(smooth) // 3] - end) / (start - end)
    if end > 0.4 * start and late > 0.25:
        text = f"The loss fell from {start:.3g} to {end:.3g}, {late:.0%} of it in the last third"
        mend = "the learning rate is too low, or the training too short"
        return Finding("learning rate too low", f"{text}: {mend}.")
    return overfitting(history) or Finding(
        "good", f"The loss fell from {start:.3g} to {end:.3g} and has leveled off: a good run."
    )


def overfitting(history: History) -> Finding | None:
    """Whether the network learned its training examples better than the task.

    >>> history = History(epochs=[{"train_loss": 0.2, "val_loss": 0.3, "train_accuracy": 0.9,
    ...     "val_accuracy": 0.88}, {"train_loss": 0.01, "val_loss": 0.5, "train_accuracy": 1.0,
    ...     "val_accuracy": 0.87}])
    >>> overfitting(history).kind
    'overfitting'
    """
    if not history.epochs or "val_loss" not in history.epochs[-1]:
        return None
    last, lowest = history.epochs[-1], float(np.nanmin(history["val_loss"]))
    rising = last["val_loss"] > 1.1 * lowest and last["train_loss"] < 0.7 * last["val_loss"]
    gap = last["train_accuracy"] - last["val_accuracy"]
    if not rising and not (gap > 0.1 and last["val_loss"] > 4 * last["train_loss"]):
        return None
    text = f"training loss {last['train_loss']:.3g}, validation loss {last['val_loss']:.3g}"
    if rising:
        text += f" after {lowest:.3g} at its best"
    mend = "regularize, augment, stop early or find more data"
    return Finding("overfitting", f"The network overfits ({text}): {mend}.")


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
