"""Why a run went wrong, in words: causes before symptoms, each with its figures and a mend.

The thresholds are rules of thumb. Where no source is given, they were chosen on small networks on
MNIST, wide of what healthy runs show, and tried on other seeds, widths and optimizers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .first_look import DEAD, bad_input, bad_start, good_start
from .measures import dead_shares
from .verdicts import Finding, loss_verdict

RATIO = 1e-3
"""A healthy ‖ΔW‖ / ‖W‖ a step (Karpathy et al., notes of Stanford's course CS231n)."""
RATIO_LOW, RATIO_HIGH = RATIO / 3, RATIO * 30
SATURATED_SHARE = 0.6
"""A trained sigmoid network had up to 0.4 of its outputs saturated, one that is stuck over 0.8."""
TRAVEL = 0.3
"""The sum of ‖ΔW‖ / ‖W‖ over all steps: healthy runs of any length came to 1 and more."""
SOLVED = 0.1
"""A loss under a tenth of that of guessing needs no reproach, however little the weights moved."""
LEARNED = "good", "overfitting"
BLAME = "learning rate too high", "learning rate too low"


def find(monitor: Any) -> list[Finding]:
    """All findings of a `diagnostics.Monitor`. What a cause explains is not blamed on the rate."""
    loss = monitor.history.step_losses
    start = max(loss[0], monitor.start.loss) if loss else None
    curve = loss_verdict(monitor.history, start, monitor.guess)
    causes = list(filter(None, [bad_input(monitor.x), *bad_start(monitor)]))
    symptoms = [] if monitor.alike else list(stuck_units(monitor, curve))
    half = len(loss) > 0 and np.mean(loss[-max(1, len(loss) // 20) :]) < 0.5 * monitor.guess
    if curve.kind in LEARNED and half and not symptoms:  # then these did no harm
        harmless = "first weights too small", "vanishing gradient"
        causes = [found for found in causes if found.kind not in harmless]
    causes += filter(None, [missing_shuffle(monitor)])
    if curve.kind == "nothing yet":
        return causes or [good_start(monitor)]
    if not causes:
        causes += filter(None, [wrong_labels(monitor, curve, symptoms)])
    if not causes:
        curve = sharpened(curve, monitor)
    if not (causes and curve.kind in BLAME):
        # A high rate kills units: name it first.
        symptoms.insert(0 if curve.kind in BLAME else len(symptoms), curve)
    return causes + symptoms


def missing_shuffle(monitor: Any) -> Finding | None:
    """Whether the batches hold other classes than the whole, far more than by chance."""
    if not monitor.label_distances:
        return None
    p = np.bincount(monitor.labels) / len(monitor.labels)
    distance = float(np.mean(monitor.label_distances))
    # The mean of |share - p| over random batches, from the normal distribution.
    chance = 0.5 * float(np.sum(np.sqrt(2 * p * (1 - p) / (np.pi * monitor.batch_size))))
    one_class = float(np.sum(p * (1 - p)))  # the same, when each batch holds a single class
    if distance < max(2 * chance, (chance + one_class) / 2):
        return None
    text = f"The classes in a batch differ from those in all examples by {distance:.0%}"
    text += f", by chance it would be {chance:.0%}"
    return Finding("missing shuffle", f"{text}: shuffle the examples anew for each epoch.")


def wrong_labels(monitor: Any, curve: Finding, stuck: list[Finding]) -> Finding | None:
    """Whether x and y do not belong together: what is learned is of no use on other examples."""
    history, y = monitor.history, monitor.y
    if y.dtype.kind in "iu" and history.epochs and "val_accuracy" in history.epochs[-1]:
        guess = float(np.bincount(y).max() / len(y))
        chance = 3 * (guess * (1 - guess) / len(y)) ** 0.5  # so far luck alone may carry
        late = slice(len(history.epochs) // 2, None)  # one epoch scatters, some tell
        seen = float(np.mean(history["train_accuracy"][late]))
        val, small = float(np.mean(history["val_accuracy"][late])), 0.08 * (1 - guess)
        if val < guess + small and seen > max(guess, val) + max(small, chance):
            text = f"{seen:.0%} right in training and {val:.0%} in validation"
            text += f", where guessing gives {guess:.0%}"
            mend = "do x and y belong together, and do both sets number the classes alike?"
            return Finding("labels do not match", f"{text}: {mend}")
        loss, lowest = history["train_loss"][-1], float(np.nanmin(history["val_loss"]))
        if loss < 0.95 * monitor.guess and lowest > 0.97 * monitor.guess:
            text = f"Training loss {loss:.3g}, validation loss never under {lowest:.3g}"
            text += f", where guessing gives {monitor.guess:.3g}"
            return Finding("labels do not match", f"{text}: do x and y belong together?")
    moved = travel(monitor)
    # Steps that are too large throw the loss above that of guessing; wrong labels leave it there.
    level = (
        float(np.median(history.step_losses[len(history.step_losses) // 2 :]))
        < 1.05 * monitor.guess
    )
    if curve.kind == "no progress" and moved > TRAVEL and level and not stuck:
        text = f"The weights have moved by {moved:.0%} of their size, and nothing was learned"
        return Finding("labels do not match", f"{text}: do x and y belong together, row by row?")
    return None


def stuck_units(monitor: Any, curve: Finding) -> Iterator[Finding]:
    """ReLU units that are always 0; sigmoid and tanh units that are nearly always flat."""
    dead, name = max_dead(monitor)
    if dead > DEAD:
        mend = "lower the learning rate, raise the biases, or use LeakyReLU"
        yield Finding("dead units", f"{dead:.0%} of {name} are 0 for every example: {mend}.")
    saturated = {name: share[-1] for name, share in monitor.series("saturated").items()}
    name = max(saturated, key=lambda layer: saturated[layer], default="")
    if name and saturated[name] > SATURATED_SHARE and curve.kind not in LEARNED:
        text = f"{saturated[name]:.0%} of the outputs of {name} are where its slope is next to 0"
        yield Finding("saturated units", f"{text}: smaller weights and inputs, or ReLU.")


def sharpened(curve: Finding, monitor: Any) -> Finding:
    """The verdict on the loss curve, once it is known how far each step moves the weights."""
    loss, ratio, moved = monitor.history.step_losses, typical_ratio(monitor), travel(monitor)
    if not monitor.records or curve.kind in ("learning rate too high", "overfitting"):
        return curve
    end = float(np.mean(loss[-max(1, len(loss) // 20) :]))
    text = f"Each step moves the weights by {ratio:.1g} of their size, where {RATIO:g} is healthy"
    name, died = most_died(monitor)
    if died > DEAD:
        text = f"{died:.0%} of {name} were alive at first and have died"
        return Finding("learning rate too high", f"{text}: the learning rate is too high.")
    if ratio > RATIO_HIGH and end > 0.3 * loss[0]:
        return Finding("learning rate too high", f"{text}: the learning rate is too high.")
    if ratio < RATIO_LOW and curve.kind != "good":
        return Finding("learning rate too low", f"{text}: the learning rate is too low.")
    if moved < TRAVEL and curve.kind == "good" and end > SOLVED * monitor.guess:
        text = f"The loss is {end:.2g}, and all steps together moved the weights by {moved:.0%} of"
        mend = "the learning rate is too low, or the training too short"
        return Finding("learning rate too low", f"{text} their size: {mend}.")
    return curve


def typical_ratio(monitor: Any) -> float:
    """The median of ‖ΔW‖ / ‖W‖ after the first third, in the layer that moves most."""
    later = monitor.records[len(monitor.records) // 3 :]
    return float(np.median([max(record.ratio.values(), default=0.0) for record in later] or [0.0]))


def travel(monitor: Any) -> float:
    """The length of the weights' way so far, in units of their size, where they moved most."""
    ways = (sum(ratios) * monitor.every for ratios in monitor.series("ratio").values())
    return max(ways, default=0.0)


def max_dead(monitor: Any) -> tuple[float, str]:
    """The largest share of dead units at the latest look, and in which layer."""
    dead = {name: share[-1] for name, share in monitor.series("dead").items()}
    return max(((share, name) for name, share in dead.items()), default=(0.0, ""))


def most_died(monitor: Any) -> tuple[str, float]:
    """The layer that lost most units between the start and the latest look, and their share."""
    first = dead_shares(monitor.net, monitor.start.outputs)
    lost = {name: share[-1] - first[name] for name, share in monitor.series("dead").items()}
    return max(lost.items(), key=lambda item: item[1], default=("", 0.0))
