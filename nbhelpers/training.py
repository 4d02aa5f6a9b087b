"""What happened in a training run, step by step and epoch by epoch.

How good are the answers? The mean loss and the share of right ones, batch by batch.

A solver trains a network: draw a batch, go forward, go back, let the optimizer step, repeat.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from ._checks import (
    Array,
    Examples,
    Loss,
    Rng,
    check_examples,
    check_finite,
    check_fit,
    check_hook,
    check_rng,
    check_size,
    refuse,
    unchecked,
)
from ._files import Arrays
from .datasets import batches
from .network import Sequential
from .optimizers import BLOCK, Optimizer
from .regularizers import Penalty

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class History:
    """The record that `Solver.fit` returns.

    Attributes:
        loss: the loss of each step's batch, penalty included: the one whose gradient was used. When
            training fails because the loss is no longer finite, that loss is the last one here.
        epochs: a row for each epoch: epoch, step, lr, loss (mean over the epoch's steps) and, where
            there is a validation set, train_loss, train_accuracy, val_loss, val_accuracy, measured
            at the end of the epoch in evaluation mode.
        best_epoch: the epoch with the lowest val_loss; a NaN is never the lowest.
        best_weights: a copy of the network's weights and running averages at that time.

    >>> history = History(loss=[2.0], epochs=[{"epoch": 1, "val_loss": 1.5}])
    >>> history["val_loss"]
    [1.5]
    """

    loss: list[float] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int | None = None
    best_weights: Any = field(default=None, repr=False)

    def __getitem__(self, column: str) -> list[float]:
        """One column of `epochs`, as a list; NaN for epochs that did not measure it."""
        known = list({name: None for row in self.epochs for name in row})
        if column not in known:
            mend = "val_… and train_… are measured where fit is given val=(x, y)"
            refuse("History", f"one of the columns {known}", repr(column), mend, KeyError)
        return [row.get(column, math.nan) for row in self.epochs]

    @property
    def at_epoch_end(self) -> bool:
        """Whether the latest step was the last one of its epoch: for callbacks."""
        return bool(self.epochs) and self.epochs[-1]["step"] == len(self.loss)

    def is_best(self, val_loss: float) -> bool:
        """Whether this validation loss is lower than every one before."""
        best = math.inf if self.best_epoch is None else self.epochs[self.best_epoch - 1]["val_loss"]
        return val_loss < best

    def stalled(self, patience: int | None, start: int = 0) -> bool:
        """Whether the latest `patience` epochs, counted from epoch `start` on, brought no best."""
        since = len(self.epochs) - max(start, self.best_epoch or 0)
        return patience is not None and since >= patience

    def to_frame(self) -> pd.DataFrame:
        """The epochs as a pandas DataFrame, one row each."""
        import pandas as pd  # only here: importing nbhelpers must stay quick

        if not self.epochs:
            refuse("History.to_frame", "at least one finished epoch", "none", "fit(…, epochs=1)")
        return pd.DataFrame(self.epochs).set_index("epoch")


Measure = Callable[[Array, Any], tuple[float, float]]
"""`measure(x, y)` returns the mean loss of a batch and the number of right answers in it."""


def evaluate(measure: Measure, x: Array, y: Any, batch_size: int = 1000) -> tuple[float, float]:
    """Mean loss and share of right answers (NaN where y is not classes) over all examples.

    A short last batch counts for as much as it holds.

    >>> evaluate(lambda x, y: (float(x.mean()), len(x)), np.arange(3.0), np.zeros(3), batch_size=2)
    (1.0, 1.0)
    """
    batches = [(x[i : i + batch_size], y[i : i + batch_size]) for i in range(0, len(x), batch_size)]
    losses, rights = zip(*(measure(*batch) for batch in batches), strict=True)
    sizes = [len(x) for x, _ in batches]
    return float(np.average(losses, weights=sizes)), sum(rights) / len(x)


def count_right(scores: Array, y: Any) -> float:
    """How many rows of scores name the class y, as `Sequential.predict` would; NaN for real y.

    >>> count_right(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    1
    """
    if np.asarray(y).dtype.kind not in "iu":
        return math.nan
    guess = scores.argmax(axis=1) if scores.shape[1] > 1 else scores[:, 0] > 0
    return int((guess == y).sum())


class Solver:
    """Trains a network on batches drawn without replacement: an epoch sees every example once.

    Args:
        net: the network; it is changed in place.
        loss: `loss(scores, y) -> (value, dscores)`.
        optimizer: its `step(w, g)` is called once a batch.
        penalty: its value is added to the loss and its gradient to that of every W.
        constraint: `constraint(W) -> W`, applied to every W after each step.
        batch_size: examples a step; the last batch of an epoch holds the rest.
        rng: the numpy.random.Generator that shuffles the examples.
        progress: whether to show a bar (the environment variable TQDM_DISABLE=1 hides it too).
        patience: early stopping: end after this many epochs without a lower val_loss. However `fit`
            then returns, early or not, the network has its best weights (Prechelt, 1998).
        clip: `clip(g) -> g`, applied to the gradient of all parameters, penalty included, such as
            `lambda g: clip_by_global_norm(g, 5.0)[0]`.
        augment: `augment(x) -> x`, applied to each training batch and never to what is measured.
        callback: `callback(solver)`, called after each step; `history` and `batch` are up to date,
            and `history.at_epoch_end` is true when the step closed an epoch.

    Attributes:
        history: the record so far; it is kept when training is interrupted or fails, and a second
            `fit` goes on from it.
        batch: the examples (x, y) of the latest step.

    >>> from nbhelpers import Dense, SGD, softmax_cross_entropy
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(100, 2)); y = (x[:, 0] > 0).astype(int)
    >>> net = Sequential(Dense(2, 2, rng=rng))
    >>> solver = Solver(net, softmax_cross_entropy, SGD(0.5), rng=rng, progress=False)
    >>> history = solver.fit((x, y), epochs=50)
    >>> history.loss[0] > history.loss[-1]
    True
    """

    def __init__(
        self, net: Sequential, loss: Loss, optimizer: Optimizer, *,
        penalty: Penalty | None = None, constraint: Callable[[Array], Array] | None = None,
        batch_size: int = 100, rng: Rng, progress: bool = True,
        patience: int | None = None, clip: Callable[[Array], Array] | None = None,
        augment: Callable[[Array], Array] | None = None,
        callback: Callable[[Any], object] | None = None,
    ) -> None:  # fmt: skip
        self.net, self.loss, self.optimizer = net, loss, optimizer
        self.penalty, self.constraint, self.clip = penalty, constraint, clip
        self.augment, self.callback, self.progress = augment, callback, progress
        self.batch_size = check_size(batch_size, "Solver", "batch_size")
        self.patience = patience if patience is None else check_size(patience, "Solver", "patience")
        self.rng = check_rng(rng, "Solver")
        self.history = History()
        self.batch: Examples

    def fit(
        self, train: Examples, val: Examples | None = None,
        epochs: int | None = None, steps: int | None = None,
    ) -> History:  # fmt: skip
        """Train for a number of epochs, or of steps.

        Args:
            train: (x, y) with x (N, n_in).
            val: (x, y) measured after each epoch, beside as many of the first training examples.
            epochs, steps: one of both.

        Raises:
            FloatingPointError: the loss is no longer a finite number.
        """
        check_fit(self, train, val, epochs, steps)
        start, an_epoch = len(self.history.epochs), math.ceil(len(train[0]) / self.batch_size)
        left = steps or (epochs or 0) * an_epoch
        # Without `disable`, tqdm heeds the environment variable TQDM_DISABLE. An overflow needs no
        # warning from NumPy as well: a loss that is not finite ends the training below.
        hidden = {} if self.progress else {"disable": True}
        quiet = np.errstate(over="ignore", invalid="ignore")
        with quiet, tqdm(total=left, unit=" steps", leave=False, **hidden) as bar:
            while left > 0 and not self.history.stalled(self.patience, start):
                # Steps are one stream for as long as nobody looks at the network in between.
                stretch = left if val is None and not self.callback else min(left, an_epoch)
                left -= stretch
                stream = chain.from_iterable(self.batches(*train) for _ in repeat(None))
                for i, loss in enumerate(self.steps(islice(stream, stretch)), 1):
                    self.history.loss.append(loss)
                    bar.update()
                    if i % an_epoch == 0 or i == stretch:
                        self._end_epoch(train, val, steps=(i - 1) % an_epoch + 1)
                        bar.set_postfix(loss=f"{self.history.epochs[-1]['loss']:.4f}")
                    if self.callback:
                        self.callback(self)
        if self.patience and self.history.best_epoch:
            self.restore(self.history.best_weights)
        return self.history

    def batches(self, x: Array, y: Any) -> Iterator[Examples]:
        """The batches of one epoch: every example once, in a fresh order, augmented."""
        for batch, labels in batches(x, y, self.batch_size, rng=self.rng):
            yield check_hook(self.augment, batch, "augment") if self.augment else batch, labels

    def steps(self, batches: Iterator[Examples]) -> Iterator[float]:
        """A step on each batch, as the losses are asked for."""
        for batch in batches:
            self.batch = batch
            yield self.step(*batch)

    def step(self, x: Array, y: Any) -> float:
        """One update on one batch; returns the loss whose gradient was used."""
        scores = self.net.forward_unchecked(x, True)
        loss, dscores = unchecked(self.loss)(scores, y)
        loss += self._penalty_value()
        check_finite(loss, self)
        self.net.backward(dscores, input_gradient=False)
        if self.penalty:
            for w, g in self.net.weights():
                flat_w, flat_g = w.reshape(-1), g.reshape(-1)
                for start in range(0, w.size, BLOCK):  # in the cache, as in the optimizer
                    block = slice(start, start + BLOCK)
                    flat_g[block] += self.penalty.gradient(flat_w[block])
        if self.clip:
            self.net.g[:] = check_hook(self.clip, self.net.g, "clip")
        self.optimizer.step(self.net.w, self.net.g)
        if self.constraint:
            for w, _ in self.net.weights():
                w[:] = self.constraint(w)
        return loss

    def measure(self, x: Array, y: Any) -> tuple[float, float]:
        """Loss (penalty included) and number of right answers of one batch, in evaluation mode."""
        scores = self.net.forward(x)
        loss, _ = unchecked(self.loss)(scores, y)
        return loss + self._penalty_value(), count_right(scores, y)

    def evaluate(self, x: Array, y: Any, batch_size: int = 1000) -> tuple[float, float]:
        """Mean loss (penalty included) and share of right answers (NaN where y is not classes)."""
        check_examples((x, y), self.net.layers[0].n_in, "evaluate", "(x, y)")
        self.check_targets(x, y)
        return evaluate(self.measure, x, y, batch_size)

    def learning_rate(self) -> float:
        """The learning rate of the coming step."""
        return self.optimizer.learning_rate()

    def snapshot(self) -> Arrays:
        """A copy of all weights and running averages."""
        return self.net.snapshot()

    def restore(self, snapshot: Arrays) -> None:
        """Put a snapshot, such as `history.best_weights`, back into the network."""
        self.net.restore(snapshot)

    def check_targets(self, x: Array, y: Any) -> None:
        """Send all labels once through the loss's own door; the steps then do without."""
        width = self.net.forward(x[:1]).shape[1]
        self.loss(np.zeros((len(y), width), self.net.dtype), y)

    def _penalty_value(self) -> float:
        return sum(self.penalty.value(w) for w, _ in self.net.weights()) if self.penalty else 0.0

    def _end_epoch(self, train: Examples, val: Examples | None, steps: int) -> None:
        history = self.history
        row: dict[str, float] = {"epoch": len(history.epochs) + 1, "step": len(history.loss)}
        row["lr"] = self.learning_rate()
        row["loss"] = float(np.mean(history.loss[-steps:]))
        if val is not None:
            few = len(val[0])
            seen = evaluate(self.measure, train[0][:few], train[1][:few])
            row["train_loss"], row["train_accuracy"] = seen
            row["val_loss"], row["val_accuracy"] = evaluate(self.measure, *val)
            if history.is_best(row["val_loss"]):
                history.best_epoch, history.best_weights = int(row["epoch"]), self.snapshot()
        history.epochs.append(row)
