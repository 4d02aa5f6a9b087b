"""What a loss curve tells, in words: good, too high or too low a learning rate, overfitting.

The thresholds were chosen on small networks on MNIST, and tried on other seeds, widths, optimizers.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .training import History


class Finding(NamedTuple):
    """What was found, in a word or two, and the sentence that tells it."""

    kind: str
    sentence: str


def loss_verdict(
    history: History, start: float | None = None, guess: float | None = None
) -> Finding:
    """Read a loss curve: good, learning rate too high, too low, no progress, overfitting.

    The loss of the steps is smoothed over 5 % of the run. What the curve cannot show is the cause:
    bad inputs or first weights look the same; `diagnostics.Monitor` looks for these too.

    Args:
        history: a run of some tens of steps or more.
        start: the loss before the first step; None: that of the first step.
        guess: the loss of guessing, such as log(classes); None: the start.

    >>> loss_verdict(History(loss=[2.3, 2.9, 80.0, float("nan")])).sentence
    'The loss is no longer a number after step 4: the learning rate is too high by far.'
    >>> loss_verdict(History(loss=[2.3 * 0.97**i for i in range(100)])).kind
    'good'
    """
    loss = np.asarray(history.loss)
    if not len(loss):
        return Finding("nothing yet", "There is no training step yet.")
    if not math.isfinite(loss[-1]):
        text = f"The loss is no longer a number after step {len(loss)}"
        return Finding("learning rate too high", f"{text}: the learning rate is too high by far.")
    start = float(loss[0]) if start is None else start
    smooth = np.convolve(loss, np.full(w := max(1, len(loss) // 20), 1 / w), mode="valid")
    peak, end = float(smooth.max()), float(smooth[-1])
    text = f"The loss went from {start:.3g} to {end:.3g}"
    if peak > 3 * start or (peak > 1.15 * start and end > 0.25 * start):
        text += f" by way of {peak:.3g}"
        return Finding("learning rate too high", f"{text}: the learning rate is too high.")
    guess = start if guess is None else min(guess, start)
    if end > 0.97 * guess:
        text += "" if guess == start else f", where guessing gives {guess:.3g}"
        return Finding("no progress", f"{text}: nothing was learned.")
    late = (smooth[2 * len(smooth) // 3] - end) / (smooth[0] - end)  # at an even pace: a third
    if (end > 0.4 * start and late > 0.2) or end > 0.93 * guess:
        text += f", {late:.0%} of that in the last third of the run"
        mend = "the learning rate is too low, or the training too short"
        return Finding("learning rate too low", f"{text}: {mend}.")
    good = Finding("good", f"{text} and has leveled off: a good run.")
    return overfitting(history, guess) or good


def overfitting(history: History, guess: float = 0.0) -> Finding | None:
    """Whether the network learned its training examples better than the task.

    Args:
        history: a run with a validation set.
        guess: the loss of guessing; a rise by less than 5 % of it is not worth a word.

    >>> names = "train_loss", "train_accuracy", "val_loss", "val_accuracy"
    >>> rows = [(0.20, 0.90, 0.30, 0.88)] + 3 * [(0.01, 1.00, 0.50, 0.87)]
    >>> history = History(epochs=[dict(zip(names, row)) for row in rows], best_epoch=1)
    >>> overfitting(history).kind
    'overfitting'
    """
    if history.best_epoch is None or "val_loss" not in history.epochs[-1]:
        return None
    last, lowest = history.epochs[-1], history.epochs[history.best_epoch - 1]["val_loss"]
    # Three epochs in a row: a single one may go up by chance.
    recent = min(history["val_loss"][-3:])
    rising = recent > max(1.1 * lowest, lowest + 0.05 * guess) and lowest > last["train_loss"]
    gap = last["train_accuracy"] - last["val_accuracy"]
    if not rising and not (gap > 0.1 and last["val_loss"] > 4 * last["train_loss"]):
        return None
    text = f"training loss {last['train_loss']:.3g}, validation loss {last['val_loss']:.3g}"
    if rising:
        text += f" after {lowest:.3g} at its best"
    mend = "regularize, augment, stop early or find more data"
    return Finding("overfitting", f"The network overfits ({text}): {mend}.")
