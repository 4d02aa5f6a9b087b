"""A solver trains a network: draw a batch, go forward, go back, let the optimizer step, repeat."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from tqdm import tqdm  # not tqdm.auto: that would leave a frozen bar in a stored notebook

from .datasets import batches
from .history import History
from .network import Sequential
from .optimizers import Optimizer
from .regularizers import L2
from .types import Array, Loss, Rng
from .validation import check_batch, check_rng, check_size, describe, refuse, unchecked

Examples = tuple[Array, Any]
BLOCK = 16_384  # numbers of W at a time, so that a penalty's gradient stays in the cache


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

    Attributes:
        history: the record so far; it is kept when training is interrupted or fails, and a second
            `fit` goes on from it.

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
        self,
        net: Sequential,
        loss: Loss,
        optimizer: Optimizer,
        *,
        penalty: L2 | None = None,
        constraint: Callable[[Array], Array] | None = None,
        batch_size: int = 100,
        rng: Rng,
        progress: bool = True,
    ) -> None:
        self.net, self.loss, self.optimizer = net, loss, optimizer
        self.penalty, self.constraint = penalty, constraint
        self.batch_size = check_size(batch_size, "Solver", "batch_size")
        self.rng = check_rng(rng, "Solver")
        self.progress = progress
        self.history = History()

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
        self._check_fit(train, val, epochs, steps)
        x, y = train
        an_epoch = math.ceil(len(x) / self.batch_size)
        left = steps if epochs is None else check_size(epochs, "fit", "epochs") * an_epoch
        assert left is not None
        # Without `disable`, tqdm heeds the environment variable TQDM_DISABLE.
        hidden = {} if self.progress else {"disable": True}
        with tqdm(total=left, unit=" steps", leave=False, **hidden) as bar:
            while left > 0:
                done = 0
                for batch in batches(x, y, self.batch_size, rng=self.rng):
                    self.history.loss.append(self.step(*batch))
                    bar.update()
                    done += 1
                    if done == left:
                        break
                left -= done
                self._end_epoch(train, val, done)
                bar.set_postfix(loss=f"{self.history.epochs[-1]['loss']:.4f}")
        return self.history

    def step(self, x: Array, y: Any) -> float:
        """One update on one batch; returns the loss whose gradient was used."""
        scores = self.net.forward_unchecked(x, True)
        loss, dscores = unchecked(self.loss)(scores, y)
        self.net.backward(dscores, input_gradient=False)
        if self.penalty:
            for w, g in self.net.weights():
                loss += self.penalty.value(w)
                flat_w, flat_g = w.reshape(-1), g.reshape(-1)
                for start in range(0, w.size, BLOCK):
                    block = slice(start, start + BLOCK)
                    flat_g[block] += self.penalty.gradient(flat_w[block])
        self._check_finite(loss)
        self.optimizer.step(self.net.w, self.net.g)
        if self.constraint:
            for w, _ in self.net.weights():
                w[:] = self.constraint(w)
        return loss

    def measure(self, x: Array, y: Any) -> tuple[float, float]:
        """Loss (penalty included) and number of right answers of one batch, in evaluation mode."""
        scores = self.net.forward(x)
        loss, _ = self.loss(scores, y)
        if self.penalty:
            loss += sum(self.penalty.value(w) for w, _ in self.net.weights())
        return loss, count_right(scores, y)

    def evaluate(self, x: Array, y: Any, batch_size: int = 1000) -> tuple[float, float]:
        """Mean loss (penalty included) and share of right answers (NaN where y is not classes)."""
        starts = range(0, len(x), batch_size)
        batches = [(x[i : i + batch_size], y[i : i + batch_size]) for i in starts]
        sizes = [len(x) for x, _ in batches]
        losses, rights = zip(*(self.measure(*batch) for batch in batches), strict=True)
        return float(np.average(losses, weights=sizes)), sum(rights) / len(x)

    def learning_rate(self) -> float:
        """The learning rate of the coming step."""
        return self.optimizer.learning_rate()

    def snapshot(self) -> dict[str, Array]:
        """A copy of all weights and running averages."""
        return {name: array.copy() for name, array in self.net.arrays().items()}

    def restore(self, snapshot: dict[str, Array]) -> None:
        """Put a snapshot, such as `history.best_weights`, back into the network."""
        for name, array in self.net.arrays().items():
            array[...] = snapshot[name]

    def _end_epoch(self, train: Examples, val: Examples | None, done: int) -> None:
        history = self.history
        row: dict[str, float] = {"epoch": len(history.epochs) + 1, "step": len(history.loss)}
        row["lr"] = self.learning_rate()
        row["loss"] = float(np.mean(history.loss[-done:]))
        if val is not None:
            few = len(val[0])
            row["train_loss"], row["train_accuracy"] = self.evaluate(train[0][:few], train[1][:few])
            row["val_loss"], row["val_accuracy"] = self.evaluate(*val)
            if history.best_epoch is None or row["val_loss"] < min(history["val_loss"]):
                history.best_epoch, history.best_weights = int(row["epoch"]), self.snapshot()
        history.epochs.append(row)

    def _check_fit(
        self, train: Examples, val: Examples | None, epochs: int | None, steps: int | None
    ) -> None:
        if (epochs is None) == (steps is None):
            got = "both" if epochs else "neither"
            refuse("fit", "epochs=… or steps=…", got, "fit(train, epochs=10)")
        if steps is not None:
            check_size(steps, "fit", "steps")
        for name, examples in (("train", train), ("val", val)):
            if examples is None:
                continue
            if not isinstance(examples, tuple) or len(examples) != 2:
                mend = f"{name} = (x, y)"
                refuse("fit", f"{name} as a pair (x, y)", describe(examples), mend, TypeError)
            x, y = examples
            check_batch(x, self.net.layers[0].n_in, f"fit, {name}")
            if len(x) != len(y):
                mend = "take the same rows of x and y"
                refuse(f"fit, {name}", f"{len(x)} labels, one a row", f"{len(y)}", mend)
            self._check_targets(x, y)

    def _check_targets(self, x: Array, y: Any) -> None:
        # All labels go once through the loss's own door; the steps then do without.
        width = self.net.forward(x[:1]).shape[1]
        self.loss(np.zeros((len(y), width), self.net.dtype), y)

    def _check_finite(self, loss: float) -> None:
        if not math.isfinite(loss):
            step, lr = len(self.history.loss), self.learning_rate()
            mend = f"a learning rate below {lr:g}, smaller first weights, inputs of unit scale"
            refuse("fit", "a finite loss", f"{loss} at step {step}", mend, FloatingPointError)


def count_right(scores: Array, y: Any) -> float:
    """How many rows of scores name the class y, as `Sequential.predict` would; NaN for real y."""
    if np.asarray(y).dtype.kind not in "iu":
        return math.nan
    guess = scores.argmax(axis=1) if scores.shape[1] > 1 else scores[:, 0] > 0
    return int((guess == y).sum())
