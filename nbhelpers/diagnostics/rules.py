"""What the measured numbers mean, in words: each rule is a threshold and a sentence.

Before the first step: are inputs, initial weights and gradients of a healthy size? Of a loss curve:
is the learning rate too high or too low, does the network overfit? Then why a run went wrong:
causes before symptoms, each with its figures and a fix. What the rules read is a `Run`.

The thresholds are rules of thumb. Where no source is given, they were chosen on small networks on
MNIST, wide of what healthy runs show, and tried on other seeds, widths and optimizers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._checks import Array
from ..training import History
from .measures import Rehearsal


class Finding(NamedTuple):
    """What was found, in a word or two, and the sentence that tells it."""

    kind: str
    sentence: str


class Record(NamedTuple):
    """What the monitor saw at one step; each dict has a number per layer, by name."""

    step: int
    ratio: dict[str, float]
    """‖ΔW‖ / ‖W‖ of this step."""
    gradient: dict[str, float]
    """‖g‖ of each W."""
    dead: dict[str, float]
    """Share of ReLU units that are 0 on all examples."""
    saturated: dict[str, float]
    """Share of sigmoid and tanh outputs where the derivative is under a tenth of its largest."""


@dataclass
class Run:
    """What is known of a training run.

    Attributes:
        x, y: the examples that were looked at.
        labels: the targets of all training examples.
        weighted: the names of the layers with weights, from the input up.
        alike: those of them whose units all start with the same weights.
        start: forward and backward before the first step.
        start_dead: the share of dead units of each ReLU layer before the first step, by name.
        chance: the loss of the best constant prediction.
        history, records: the steps taken, and what was seen at some of them.
        every: steps from one record to the next.
        batch_size: examples per step; 0 before the first.
        label_distances: for each step, how far the classes of its batch are from those of all.
    """

    x: Array
    y: npt.NDArray[np.generic]
    labels: npt.NDArray[np.generic]
    weighted: list[str]
    alike: list[str]
    start: Rehearsal
    start_dead: dict[str, float]
    chance: float
    history: History
    records: list[Record]
    every: int
    batch_size: int
    label_distances: list[float]

    def series(self, what: str) -> dict[str, list[float]]:
        """One of "ratio", "gradient", "dead" or "saturated" over all records, by layer."""
        looks = [getattr(record, what) for record in self.records]
        return {name: [look[name] for look in looks] for name in (looks[0] if looks else ())}


SMOOTH = 20
"""A loss is smoothed over one part in so many of the run: 5 %."""
PEAK, LATE_PEAK, RECOVERED = 3.0, 1.15, 0.25
"""A loss that rises above `PEAK` times its start says that the learning rate is too high; above
`LATE_PEAK` times, where the run does not end under `RECOVERED` of its start."""
NOTHING_LEARNED, HARDLY_LEARNED = 0.97, 0.93
"""A final loss above these shares of the chance level."""
UNFINISHED, LATE_SHARE = 0.4, 0.2
"""A loss above this share of its start, of whose fall more than this share is in the last third (at
a constant pace it is a third), is still falling."""
RISE, RISE_OF_CHANCE = 1.1, 0.05
"""A validation loss has risen where it is above `RISE` times its lowest, and by more than
`RISE_OF_CHANCE` of the chance level."""
GAP, LOSS_GAP = 0.1, 4.0
"""Overfitting too: accuracy in training is better by `GAP`, and the validation loss is more than
`LOSS_GAP` times the training loss."""


def loss_verdict(
    history: History, start: float | None = None, chance: float | None = None
) -> Finding:
    """Read a loss curve: good, learning rate too high, too low, no progress, overfitting.

    The loss of the steps is smoothed over 5 % of the run. What the curve cannot show is the cause:
    bad inputs or initial weights look the same; `diagnostics.Monitor` looks for these too.

    Args:
        history: a run of some tens of steps or more.
        start: the loss before the first step; None: that of the first step.
        chance: the chance level, the loss of the best constant prediction, such as log(classes);
            None: the start.

    >>> loss_verdict(History(step_losses=[2.3, 2.9, 80.0, float("nan")])).sentence
    'The loss is no longer a number after step 4: the learning rate is too high by far.'
    >>> loss_verdict(History(step_losses=[2.3 * 0.97**i for i in range(100)])).kind
    'good'
    """
    loss = np.asarray(history.step_losses)
    if not len(loss):
        return Finding("nothing yet", "There is no training step yet.")
    if not math.isfinite(loss[-1]):
        text = f"The loss is no longer a number after step {len(loss)}"
        return Finding("learning rate too high", f"{text}: the learning rate is too high by far.")
    start = float(loss[0]) if start is None else start
    smooth = np.convolve(loss, np.full(w := max(1, len(loss) // SMOOTH), 1 / w), mode="valid")
    peak, end = float(smooth.max()), float(smooth[-1])
    text = f"The loss went from {start:.3g} to {end:.3g}"
    if peak > PEAK * start or (peak > LATE_PEAK * start and end > RECOVERED * start):
        text += f" by way of {peak:.3g}"
        return Finding("learning rate too high", f"{text}: the learning rate is too high.")
    chance = start if chance is None else min(chance, start)
    if end > NOTHING_LEARNED * chance:
        text += "" if chance == start else f", where the chance level is {chance:.3g}"
        return Finding("no progress", f"{text}: nothing was learned.")
    late = (smooth[2 * len(smooth) // 3] - end) / (smooth[0] - end)
    if (end > UNFINISHED * start and late > LATE_SHARE) or end > HARDLY_LEARNED * chance:
        text += f", {late:.0%} of that in the last third of the run"
        hint = "the learning rate is too low, or the training too short"
        return Finding("learning rate too low", f"{text}: {hint}.")
    good = Finding("good", f"{text} and has leveled off: a good run.")
    return overfitting(history, chance) or good


def overfitting(history: History, chance: float = 0.0) -> Finding | None:
    """Whether the network learned its training examples better than the task.

    Args:
        history: a run with a validation set.
        chance: the chance level; a rise by less than 5 % of it is not worth a word.

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
    level = max(RISE * lowest, lowest + RISE_OF_CHANCE * chance)
    rising = recent > level and lowest > last["train_loss"]
    gap = last["train_accuracy"] - last["val_accuracy"]
    if not rising and not (gap > GAP and last["val_loss"] > LOSS_GAP * last["train_loss"]):
        return None
    text = f"training loss {last['train_loss']:.3g}, validation loss {last['val_loss']:.3g}"
    if rising:
        text += f" after {lowest:.3g} at its best"
    hint = "regularize, augment, stop early or find more data"
    return Finding("overfitting", f"The network overfits ({text}): {hint}.")


INPUT_RMS = 0.03, 10.0
"""√mean(x²) of all inputs: standardized it is 1, pixels from 0 to 1 have 0.3, bytes have 80."""
INPUT_OFFSET = 5.0
"""|mean| / std of all inputs: zero when centered, 2 for bright pictures from 0 to 1."""
SCORES = 0.01, 4.0
"""Standard deviation of the initial scores: He's and Xavier's weights give 0.3 to 2. Near 0 all
examples get one prediction; at 4 the network is confident of random ones."""
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


def bad_start(run: Run) -> Iterator[Finding]:
    """Weights that are all alike; a gradient that explodes or vanishes; scores too large, small."""
    if run.alike:
        text = f"All units of {', '.join(run.alike)} start with the same weights"
        yield Finding("zero weights", f"{text} and will stay alike: draw W at random, init=he.")
        return
    if not run.weighted:
        return
    start, y = run.start, run.y
    first, last = run.weighted[0], run.weighted[-1]
    growth = start.flow[first] / start.flow[last] if start.flow[last] else math.nan
    a_layer = growth ** (1 / max(1, len(run.weighted) - 1))
    spread = float(start.outputs[list(start.outputs)[-1]].std())
    unit = 1.0 if y.dtype.kind in "iu" else float(y.std()) or 1.0
    too_large = spread > SCORES[1] * unit or not math.isfinite(spread)
    way = f"on its way from {last} down to {first}, by {a_layer:.2g} a layer"
    deep = len(run.weighted) >= DEEP
    if (growth > FLOW or not math.isfinite(start.loss)) and (deep or not too_large):
        hint = "smaller initial weights, init=he, or BatchNorm; clipping helps against outbursts"
        text = f"The gradient grows {growth:,.0f}-fold {way}"
        yield Finding("exploding gradient", f"{text}: {hint}.")
    dead = run.start_dead
    name = max(dead, key=lambda layer: dead[layer], default="")
    if name and dead[name] > DEAD:
        flat = f"{dead[name]:.0%} of {name} are 0 for every example before the first step"
        yield Finding("dead units", f"{flat}: raise the biases, draw other weights, init=he.")
        return  # whatever is small behind them is so because of them
    scores = f"The initial scores have a standard deviation of {spread:.2g} and a loss of "
    scores += f"{start.loss:.3g}, where the chance level is {run.chance:.3g}"
    if spread < SCORES[0] * unit:
        yield Finding("initial weights too small", f"{scores}: draw larger weights, init=he.")
    elif growth < 1 / FLOW:  # small weights carry small gradients, too
        hint = "ReLU in place of sigmoids, init=he, or BatchNorm"
        text = f"The gradient shrinks {1 / growth if growth else math.inf:,.0f}-fold {way}"
        yield Finding("vanishing gradient", f"{text}: {hint}.")
    if too_large:
        yield Finding("initial weights too large", f"{scores}: draw smaller weights, init=he.")


def good_start(run: Run) -> Finding:
    """What is said of a network that is not trained yet, and may well be."""
    text = f"The initial loss is {run.start.loss:.3g}, the chance level {run.chance:.3g}"
    return Finding(
        "good initialization", f"{text}; inputs, weights and gradients are of a healthy size."
    )


RATIO = 1e-3
"""A healthy ‖ΔW‖ / ‖W‖ a step (Karpathy et al., notes of Stanford's course CS231n)."""
RATIO_LOW, RATIO_HIGH = RATIO / 3, RATIO * 30
SATURATED_SHARE = 0.6
"""A trained sigmoid network had up to 0.4 of its outputs saturated, one that is stuck over 0.8."""
TRAVEL = 0.3
"""The sum of ‖ΔW‖ / ‖W‖ over all steps: healthy runs of any length came to 1 and more."""
SOLVED = 0.1
"""A loss under a tenth of the chance level needs no reproach, however little the weights moved."""
HALF = 0.5
"""A loss under this share of the chance level shows that a doubtful initialization did no harm."""
SMALL_GAIN = 0.08
"""What validation accuracy must gain on the majority class, as a share of what there is to gain."""
SOME_FIT, NO_TRANSFER, AT_CHANCE = 0.95, 0.97, 1.05
"""Labels do not match where the training loss is under `SOME_FIT` of the chance level and the
validation loss never under `NO_TRANSFER` of it; or where the loss stays under `AT_CHANCE` of it:
steps that are too large throw it higher."""
SLOW_END = 0.3
"""Steps of a high ratio are too large where the loss ends above this share of its first value."""
LEARNED = "good", "overfitting"
BLAME = "learning rate too high", "learning rate too low"


def find(run: Run) -> list[Finding]:
    """All findings of a run. What a cause explains is not blamed on the learning rate."""
    loss = run.history.step_losses
    start = max(loss[0], run.start.loss) if loss else None
    curve = loss_verdict(run.history, start, run.chance)
    causes = list(filter(None, [bad_input(run.x), *bad_start(run)]))
    symptoms = [] if run.alike else list(stuck_units(run, curve))
    half = len(loss) > 0 and np.mean(loss[-max(1, len(loss) // SMOOTH) :]) < HALF * run.chance
    if curve.kind in LEARNED and half and not symptoms:  # then these did no harm
        harmless = "initial weights too small", "vanishing gradient"
        causes = [found for found in causes if found.kind not in harmless]
    causes += filter(None, [missing_shuffle(run)])
    if curve.kind == "nothing yet":
        return causes or [good_start(run)]
    if not causes:
        causes += filter(None, [wrong_labels(run, curve, symptoms)])
    if not causes:
        curve = sharpened(curve, run)
    if not (causes and curve.kind in BLAME):
        # A high rate kills units: name it first.
        symptoms.insert(0 if curve.kind in BLAME else len(symptoms), curve)
    return causes + symptoms


def missing_shuffle(run: Run) -> Finding | None:
    """Whether the batches hold other classes than the whole, far more than by chance."""
    if not run.label_distances:
        return None
    p = np.bincount(run.labels) / len(run.labels)
    distance = float(np.mean(run.label_distances))
    # The mean of |share - p| over random batches, from the normal distribution.
    expected = 0.5 * float(np.sum(np.sqrt(2 * p * (1 - p) / (np.pi * run.batch_size))))
    one_class = float(np.sum(p * (1 - p)))  # the same, when each batch holds a single class
    if distance < max(2 * expected, (expected + one_class) / 2):
        return None
    text = f"The classes in a batch differ from those in all examples by {distance:.0%}"
    text += f", by chance it would be {expected:.0%}"
    return Finding("missing shuffle", f"{text}: shuffle the examples anew for each epoch.")


def wrong_labels(run: Run, curve: Finding, stuck: list[Finding]) -> Finding | None:
    """Whether x and y do not belong together: what is learned is of no use on other examples."""
    history, y = run.history, run.y
    if y.dtype.kind in "iu" and history.epochs and "val_accuracy" in history.epochs[-1]:
        majority = float(np.bincount(y).max() / len(y))  # always the most frequent class
        error = 3 * (majority * (1 - majority) / len(y)) ** 0.5  # three standard errors
        late = slice(len(history.epochs) // 2, None)  # one epoch scatters, some tell
        seen = float(np.mean(history["train_accuracy"][late]))
        val, small = float(np.mean(history["val_accuracy"][late])), SMALL_GAIN * (1 - majority)
        if val < majority + small and seen > max(majority, val) + max(small, error):
            text = f"Accuracy is {seen:.0%} in training and {val:.0%} in validation"
            text += f", where the most frequent class has {majority:.0%}"
            hint = "do x and y belong together, and do both sets number the classes alike?"
            return Finding("labels do not match", f"{text}: {hint}")
        loss, lowest = history["train_loss"][-1], float(np.nanmin(history["val_loss"]))
        if loss < SOME_FIT * run.chance and lowest > NO_TRANSFER * run.chance:
            text = f"Training loss {loss:.3g}, validation loss never under {lowest:.3g}"
            text += f", where the chance level is {run.chance:.3g}"
            return Finding("labels do not match", f"{text}: do x and y belong together?")
    moved = travel(run)
    later = history.step_losses[len(history.step_losses) // 2 :]
    level = float(np.median(later)) < AT_CHANCE * run.chance
    if curve.kind == "no progress" and moved > TRAVEL and level and not stuck:
        text = f"The weights have moved by {moved:.0%} of their size, and nothing was learned"
        return Finding("labels do not match", f"{text}: do x and y belong together, row by row?")
    return None


def stuck_units(run: Run, curve: Finding) -> Iterator[Finding]:
    """ReLU units that are always 0; sigmoid and tanh units that are nearly always flat."""
    dead, name = max_dead(run)
    if dead > DEAD:
        hint = "lower the learning rate, raise the biases, or use LeakyReLU"
        yield Finding("dead units", f"{dead:.0%} of {name} are 0 for every example: {hint}.")
    saturated = {name: share[-1] for name, share in run.series("saturated").items()}
    name = max(saturated, key=lambda layer: saturated[layer], default="")
    if name and saturated[name] > SATURATED_SHARE and curve.kind not in LEARNED:
        text = (
            f"{saturated[name]:.0%} of the outputs of {name} are where its derivative is next to 0"
        )
        yield Finding("saturated units", f"{text}: smaller weights and inputs, or ReLU.")


def sharpened(curve: Finding, run: Run) -> Finding:
    """What is found in the loss curve, once it is known how far each step moves the weights."""
    loss, ratio, moved = run.history.step_losses, typical_ratio(run), travel(run)
    if not run.records or curve.kind in ("learning rate too high", "overfitting"):
        return curve
    end = float(np.mean(loss[-max(1, len(loss) // SMOOTH) :]))
    text = f"Each step moves the weights by {ratio:.1g} of their size, where {RATIO:g} is healthy"
    name, died = most_died(run)
    if died > DEAD:
        text = f"{died:.0%} of {name} were alive at first and have died"
        return Finding("learning rate too high", f"{text}: the learning rate is too high.")
    if ratio > RATIO_HIGH and end > SLOW_END * loss[0]:
        return Finding("learning rate too high", f"{text}: the learning rate is too high.")
    if ratio < RATIO_LOW and curve.kind != "good":
        return Finding("learning rate too low", f"{text}: the learning rate is too low.")
    if moved < TRAVEL and curve.kind == "good" and end > SOLVED * run.chance:
        text = f"The loss is {end:.2g}, and all steps together moved the weights by {moved:.0%} of"
        hint = "the learning rate is too low, or the training too short"
        return Finding("learning rate too low", f"{text} their size: {hint}.")
    return curve


def typical_ratio(run: Run) -> float:
    """The median of ‖ΔW‖ / ‖W‖ after the first third, in the layer that moves most."""
    later = run.records[len(run.records) // 3 :]
    return float(np.median([max(record.ratio.values(), default=0.0) for record in later] or [0.0]))


def travel(run: Run) -> float:
    """The length of the weights' way so far, in units of their size, where they moved most."""
    ways = (sum(ratios) * run.every for ratios in run.series("ratio").values())
    return max(ways, default=0.0)


def max_dead(run: Run) -> tuple[float, str]:
    """The largest share of dead units at the latest look, and in which layer."""
    dead = {name: share[-1] for name, share in run.series("dead").items()}
    return max(((share, name) for name, share in dead.items()), default=(0.0, ""))


def most_died(run: Run) -> tuple[str, float]:
    """The layer that lost most units between the start and the latest look, and their share."""
    lost = {name: share[-1] - run.start_dead[name] for name, share in run.series("dead").items()}
    return max(lost.items(), key=lambda item: item[1], default=("", 0.0))
