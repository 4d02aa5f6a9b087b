"""Training: batches forward, loss, gradients back, a step; and the record of how it went.

`Solver.fit` is two loops, over epochs and over batches. `evaluate` and `accuracy` say how good a
network is on examples that it was not trained on.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm  # not tqdm.auto: that would leave a frozen bar in a stored notebook

from ._checks import (
    REQUIRED,
    Array,
    Examples,
    Loss,
    Rng,
    accepts,
    check_examples,
    check_rng,
    check_size,
    check_targets_of,
    describe,
    fail,
    formula_of,
    register_formula,
    unchecked,
)
from ._custom_layers import guarded, is_ours
from ._files import Arrays
from .datasets.batches import batches
from .network import Sequential, classes_of, predictions_of
from .optimizers import Optimizer
from .regularizers import Penalty

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class History:
    """The record that `Solver.fit` returns.

    Attributes:
        step_losses: the loss of each step's batch, penalty included: the one whose gradient was
            used. When training fails because the loss is no longer finite, that loss is the last.
        epochs: a row for each epoch: epoch, step, lr (the learning rate of its last step), loss
            (mean over the epoch's steps) and, where there is a validation set, train_loss,
            train_accuracy, val_loss, val_accuracy, measured at the end of the epoch in evaluation
            mode. The training examples that are measured are drawn once, at random, from all.
        best_epoch: the epoch with the lowest val_loss; a NaN is never the lowest.
        best_weights: a copy of the network's weights and running averages at that time.

    >>> history = History(step_losses=[2.0], epochs=[{"epoch": 1, "loss": 2.0, "val_loss": 1.5}])
    >>> history["val_loss"]
    [1.5]
    """

    step_losses: list[float] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int | None = None
    best_weights: Any = field(default=None, repr=False)

    def __getitem__(self, column: str) -> list[float]:
        """One column of `epochs`, as a list; NaN for epochs that did not measure it."""
        known = list({name: None for row in self.epochs for name in row})
        if column not in known:
            hint = "val_… and train_… are measured where fit is given val=(x, y)" if known else ""
            fail("History", f"one of the columns {known}", repr(column), hint, KeyError)
        return [row.get(column, math.nan) for row in self.epochs]

    def __getattr__(self, name: str) -> Any:
        if any(name in row for row in vars(self).get("epochs", ())):
            hint = f'history["{name}"], per epoch; history.step_losses is the loss of each step'
            fail("History", "an attribute", repr(name), hint, AttributeError)
        raise AttributeError(f"'History' object has no attribute {name!r}")

    @property
    def at_epoch_end(self) -> bool:
        """Whether the latest step was the last one of its epoch: for callbacks."""
        return bool(self.epochs) and self.epochs[-1]["step"] == len(self.step_losses)

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
            fail("History.to_frame", "at least one finished epoch", "none", "fit(…, epochs=1)")
        return pd.DataFrame(self.epochs).set_index("epoch")


class BaseSolver:
    """The training loop, and what else the solvers of both engines have in common.

    An engine adds what a step is and what is measured: see `Solver`, and `nbhelpers.tf1.Solver`.
    """

    engine = "numpy"
    net: Any

    def __init__(
        self, net: Any, loss: Any, optimizer: Any, *, penalty: Any = None,
        constraint: Callable[[Any], Any] | None = None, clip: Callable[[Any], Any] | None = None,
        batch_size: int = 100, rng: Rng = REQUIRED,
        callbacks: Callable[[Any], object] | Sequence[Callable[[Any], object]] = (),
        progress: bool = True, patience: int | None = None,
        augment: Callable[[Array], Array] | None = None,
    ) -> None:  # fmt: skip
        self.callbacks = as_tuple(callbacks)
        check_pieces(self.engine, net, loss, optimizer, penalty, constraint=constraint, clip=clip)
        functions = {"constraint(W)": constraint, "clip(g)": clip, "augment(x)": augment}
        for call, function in functions.items():
            if function is not None:
                check_function(function, call)
        self.net, self.loss, self.optimizer = net, loss, optimizer
        self.penalty, self.constraint, self.clip = penalty, constraint, clip
        self.augment, self.progress = augment, progress
        self.batch_size = check_size(batch_size, "Solver", "batch_size")
        self.patience = patience if patience is None else check_size(patience, "Solver", "patience")
        self.rng = check_rng(rng, "Solver")
        self.history = History()
        self.batch: Examples
        self._prepare()

    def _prepare(self) -> None:
        """What an engine sets up when a solver is made."""

    def fit(
        self, train: Examples, val: Examples | None = None,
        epochs: int | None = None, steps: int | None = None,
    ) -> History:  # fmt: skip
        """Train for a number of epochs, or of steps.

        Args:
            train: (x, y) with x (N, n_in).
            val: (x, y), measured after each epoch, beside as many training examples.
            epochs, steps: one of the two.

        Raises:
            FloatingPointError: the loss is no longer a finite number.
            TypeError, ValueError: examples that do not fit the network or the loss.
        """
        self._check_fit(train, val, epochs, steps)
        history, start = self.history, len(self.history.epochs)
        left = steps or (epochs or 0) * math.ceil(len(train[0]) / self.batch_size)
        sample, step = self._sample(train, val), unchecked(self.step)
        # An overflow needs no warning from NumPy: a loss that is not finite ends the training.
        quiet = np.errstate(over="ignore", invalid="ignore")
        with quiet, tqdm(total=left, unit=" steps", leave=False, **self._bar()) as bar:
            while left > 0 and not history.stalled(self.patience, start):
                steps_before = len(history.step_losses)
                for x, y in self.batches(*train):
                    self.batch = x, y
                    history.step_losses.append(step(x, y))
                    left -= 1
                    bar.update()
                    steps_here = len(history.step_losses) - steps_before
                    last = left == 0 or steps_here * self.batch_size >= len(train[0])
                    if last:
                        self._end_epoch(sample, val, steps_here)
                        bar.set_postfix(loss=f"{history['loss'][-1]:.4f}")
                    self._call_back()
                    if len(history.step_losses) != steps_before + steps_here:
                        hint = "solver.step(x, y), or a second solver"
                        fail("fit, callbacks", "one fit at a time", "another one inside", hint)
                    if left == 0:
                        break
        if self.patience and history.best_epoch:
            self.restore(history.best_weights)
        return history

    def batches(self, x: Array, y: Any) -> Iterator[Examples]:
        """The batches of one epoch: every example once, in a fresh order, augmented."""
        for batch, labels in batches(x, y, self.batch_size, rng=self.rng):
            if self.augment:
                batch = same_shape(self.augment(batch), batch, "fit, augment")
            yield batch, labels

    def _stop_at(self, loss: float) -> None:
        """Raise for a loss that is NaN or infinite."""
        self.history.step_losses.append(loss)  # a plot then shows where the run ended
        lr = self.learning_rate()
        hint = "smaller initial weights, inputs of unit scale" + (
            "" if math.isnan(lr) else f", or a learning rate below {lr:g}"
        )
        got = f"{loss} at step {len(self.history.step_losses)}"
        fail("fit", "a finite loss", got, hint, FloatingPointError)

    # Measuring

    def evaluate(self, x: Array, y: Any, batch_size: int = 1000) -> tuple[float, float]:
        """Mean loss (penalty included) and accuracy (NaN where y is not classes) of (x, y)."""
        self._check(x, y, "evaluate")
        return evaluate(unchecked(self.measure), x, y, batch_size)

    def _sample(self, train: Examples, val: Examples | None) -> Examples:
        """As many training examples as there are for validation, drawn from all of them."""
        if val is None or len(val[0]) >= len(train[0]):
            return train
        # A generator of its own: whether there is a validation set must not change the batches.
        rows = np.random.default_rng(0).permutation(len(train[0]))[: len(val[0])]
        return train[0][rows], train[1][rows]

    def _end_epoch(self, train: Examples, val: Examples | None, steps: int) -> None:
        history = self.history
        row: dict[str, float] = {"epoch": len(history.epochs) + 1, "step": len(history.step_losses)}
        row["lr"] = self.used_rate()
        row["loss"] = float(np.mean(history.step_losses[-steps:]))
        if val is not None:
            measure = unchecked(self.measure)
            row["train_loss"], row["train_accuracy"] = evaluate(measure, *train)
            row["val_loss"], row["val_accuracy"] = evaluate(measure, *val)
            if history.is_best(row["val_loss"]):
                history.best_epoch, history.best_weights = int(row["epoch"]), self.snapshot()
        history.epochs.append(row)

    # Checks

    def _check(self, x: Array, y: Any, where: str, name: str = "(x, y)") -> None:
        """Raise where examples do not fit the network or the loss."""
        n_in = self.net.n_in
        check_examples((x, y), n_in, where, name, images=n_in is None)
        width = self._width(x)
        check_targets_of(self.loss, y, width)
        self.net.regression = not are_classes(y, width)

    def _check_fit(
        self, train: Examples, val: Examples | None, epochs: int | None, steps: int | None
    ) -> None:
        check_length(epochs, steps)
        if self.patience and val is None:
            hint = "fit(train, val, …), or a Solver without patience"
            fail("fit with patience", "val to watch", "None", hint)
        for name, examples in (("train", train), ("val", val)):
            if examples is not None:
                if not isinstance(examples, tuple) or len(examples) != 2:
                    hint = f"{name} = (x, y): fit((x, y), epochs=10)"
                    fail("fit", f"{name} as a pair (x, y)", describe(examples), hint, TypeError)
                self._check(*examples, "fit", name)

    def _bar(self) -> dict[str, Any]:
        # Without `disable`, tqdm heeds the environment variable TQDM_DISABLE.
        return {} if self.progress else {"disable": True}

    def _call_back(self) -> None:
        if not isinstance(self.callbacks, tuple):  # replaced since
            self.callbacks = as_tuple(self.callbacks)
        for callback in self.callbacks:
            callback(self)

    # What an engine adds

    def step(self, x: Array, y: Any) -> float:
        """One update on one batch; returns the loss whose gradient was used.

        Raises:
            FloatingPointError: that loss is no longer a finite number; nothing is updated.
            TypeError, ValueError: a batch that does not fit the network or the loss.
        """
        raise NotImplementedError

    def measure(self, x: Array, y: Any) -> tuple[float, float]:
        """Loss (penalty included) and number of correct predictions of one batch."""
        raise NotImplementedError

    def predict(self, x: Array) -> Any:
        """What the network says of each example: see `Sequential.predict`."""
        raise NotImplementedError

    def learning_rate(self) -> float:
        """The learning rate of the coming step; NaN for an optimizer that does not tell."""
        raise NotImplementedError

    def used_rate(self) -> float:
        """The learning rate of the latest step; NaN for an optimizer that does not tell."""
        raise NotImplementedError

    def snapshot(self) -> Arrays:
        """A copy of all weights and running averages."""
        raise NotImplementedError

    def restore(self, snapshot: Arrays) -> None:
        """Put a snapshot, such as `history.best_weights`, back into the network."""
        raise NotImplementedError

    def _width(self, x: Array) -> int:
        """How many scores the network gives per example."""
        raise NotImplementedError


class Solver(BaseSolver):
    """Trains a network on batches drawn without replacement: an epoch sees every example once.

    Args:
        net: the network; it is changed in place.
        loss: `loss(scores, y) -> (value, dscores)`.
        optimizer: its `step(w, g)` is called once per batch.
        penalty: its value is added to the loss and its gradient to that of every W.
        constraint: `constraint(W) -> W`, applied to every W after each step.
        clip: `clip(g) -> g`, applied to the gradient of all parameters, penalty included, such as
            `clip_by_global_norm(5.0)`.
        batch_size: examples per step; the last batch of an epoch holds the rest.
        rng: the numpy.random.Generator that shuffles the examples.
        callbacks: functions `callback(solver)`, called after each step, or one of them; `history`
            and `batch` are up to date, and `history.at_epoch_end` is true when the step closed an
            epoch.
        progress: whether to show a bar (the environment variable TQDM_DISABLE=1 hides it too).
        patience: early stopping: end after this many epochs without a lower val_loss. However `fit`
            then returns, early or not, the network has its best weights (Prechelt, 1998).
        augment: `augment(x) -> x`, applied to each training batch and never to what is measured.

    Attributes:
        history: the record so far; it is kept when training is interrupted or fails, and a second
            `fit` goes on from it.
        batch: the examples (x, y) of the latest step.

    Raises:
        TypeError: a piece of the other engine, a class for an instance, a function in another's
            place.

    >>> from nbhelpers import Dense, SGD, softmax_cross_entropy
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(100, 2)); y = (x[:, 0] > 0).astype(int)
    >>> net = Sequential(Dense(2, 2, rng=rng))
    >>> solver = Solver(net, softmax_cross_entropy, SGD(0.5), rng=rng, progress=False)
    >>> history = solver.fit((x, y), epochs=50)
    >>> history.step_losses[0] > history.step_losses[-1]
    True
    """

    net: Sequential
    loss: Loss
    optimizer: Optimizer
    penalty: Penalty | None
    constraint: Callable[[Array], Array] | None
    clip: Callable[[Array], Array] | None

    def step(self, x: Array, y: Any) -> float:
        """One update on one batch; returns the loss whose gradient was used.

        Raises:
            FloatingPointError: that loss is no longer a finite number; nothing is updated.
            TypeError, ValueError: a batch that does not fit the network or the loss.
        """
        self._check(x, y, "step")
        self.batch = x, y
        return self._step(x, y)

    def _step(self, x: Array, y: Any) -> float:
        """`step` on a batch that was checked before, as each batch of a checked set is."""
        net, constraint = self.net, self.constraint
        scores = net._forward(x, train=True)
        loss, dscores = self._loss(scores, y)
        loss += self._penalty_value()
        if not math.isfinite(loss):
            self._stop_at(loss)
        net._backward(dscores, need_dx=False)
        if self.penalty:
            for w, g in net.weights():
                g += penalty_gradient(self.penalty, w)
        if self.clip:
            net.g = same_shape(self.clip(net.g), net.g, "fit, clip")
        self._update()
        if constraint:
            for w, _ in net.weights():
                w[...] = same_shape(constraint(w), w, "fit, constraint")
        return loss

    def _update(self) -> None:
        """The optimizer's step; one of a reader's that is no `Optimizer` is watched at first."""
        w, g = self.net.w, self.net.g
        watched = not isinstance(self.optimizer, Optimizer) and not self.history.step_losses
        before = w.copy() if watched else w
        self.optimizer.step(w, g)
        if watched and g.any() and np.array_equal(before, w):
            where = f"{type(self.optimizer).__name__}.step"
            hint = "w -= …, or w[:] = …; w = … gives a new array that name"
            fail(where, "w changed in place", "w as it was", hint)

    def _loss(self, scores: Array, y: Any) -> tuple[float, Array]:
        formula = formula_of(self.loss)
        if formula is self.loss:
            return loss_of(self.loss, scores, y)
        return formula(scores, y)

    def _penalty_value(self) -> float:
        if not self.penalty:
            return 0.0
        return sum(penalty_value(self.penalty, w) for w, _ in self.net.weights())

    def measure(self, x: Array, y: Any) -> tuple[float, float]:
        """Loss (penalty included) and number of correct predictions of one batch."""
        self._check(x, y, "measure")
        return self._measure(x, y)

    def _measure(self, x: Array, y: Any) -> tuple[float, float]:
        scores = self.net.forward(x)
        return self._loss(scores, y)[0] + self._penalty_value(), count_correct(scores, y)

    def predict(self, x: Array) -> Any:
        """What the network says of each example: see `Sequential.predict`."""
        return self.net.predict(x)

    def learning_rate(self) -> float:
        """The learning rate of the coming step; NaN for an optimizer that does not tell."""
        return float(getattr(self.optimizer, "learning_rate", lambda: math.nan)())

    def used_rate(self) -> float:
        """The learning rate of the latest step; NaN for an optimizer that does not tell."""
        return float(getattr(self.optimizer, "used_rate", math.nan))

    def snapshot(self) -> Arrays:
        """A copy of all weights and running averages."""
        return self.net.snapshot()

    def restore(self, snapshot: Arrays) -> None:
        """Put a snapshot, such as `history.best_weights`, back into the network."""
        self.net.restore(snapshot)

    def _width(self, x: Array) -> int:
        return int(self.net.forward(x[:1]).shape[1])


register_formula(Solver.step, Solver._step)
register_formula(Solver.measure, Solver._measure)


def as_tuple(callbacks: Any) -> tuple[Callable[[Any], object], ...]:
    """Several callbacks, or one, each known to take a solver."""
    if not callable(callbacks) and callbacks is not None and not isinstance(callbacks, Iterable):
        fail("Solver", "callbacks, functions", describe(callbacks), error=TypeError)
    several = (callbacks,) if callable(callbacks) else tuple(callbacks or ())
    for i, callback in enumerate(several):
        check_function(callback, f"callbacks[{i}](solver)")
    return several


def check_function(function: Any, call: str) -> None:
    """Raise where this is no function that can be called with one argument."""
    if not callable(function) or isinstance(function, type):
        hint = f"{function.__name__}(…), an instance" if isinstance(function, type) else ""
        fail("Solver", f"a function {call}", describe(function), hint, TypeError)
    if not accepts(function, None):
        got = "one that takes other arguments"
        fail("Solver", f"a function {call}", got, error=TypeError)


def check_pieces(
    engine: str, net: Any, loss: Any, optimizer: Any, penalty: Any, **functions: Any
) -> None:  # fmt: skip
    """Raise where a piece is of the other engine, or not what its place asks for."""
    home = {"numpy": "nbhelpers", "graph": "nbhelpers.tf1"}
    asked = {
        "net": ("a network, Sequential(…)", hasattr(net, "layers") and hasattr(net, "forward")),
        "loss": ("a loss, a function loss(scores, y)", accepts(loss, None, None)),
        "optimizer": (
            "an optimizer with step(w, g), such as SGD(0.1)",
            hasattr(optimizer, "step") and accepts(optimizer.step, None, None),
        ),
        "penalty": (
            f"a penalty with {'value(W)' if engine == 'graph' else 'value(W) and gradient(W)'}, "
            "such as L2(1e-4)",
            penalty is None or (hasattr(penalty, "value") and hasattr(penalty, "gradient"))
            or (engine == "graph" and hasattr(penalty, "value")),
        ),
    }  # fmt: skip
    for (name, (expected, fits)), piece in zip(
        asked.items(), (net, loss, optimizer, penalty), strict=True
    ):
        hint = ""
        if isinstance(piece, type):
            hint = f"{piece.__name__}(…), an instance"
        elif name == "loss" and hasattr(piece, "step"):
            hint = "the order is Solver(net, loss, optimizer)"
        elif not fits and isinstance(piece, (int, float)) and name != "net":
            hint = {"optimizer": f"SGD({piece})", "penalty": f"L2({piece})"}.get(name, "")
        elif not fits and type(piece).__module__.startswith("tensorflow"):
            hint = "SGD(0.1) of nbhelpers.tf1, written out" if name == "optimizer" else ""
        if not fits or isinstance(piece, type) or (name == "loss" and hasattr(piece, "step")):
            fail("Solver", f"{name} to be {expected}", describe(piece), hint, TypeError)
        functions[name] = piece
    for name, piece in functions.items():
        known = engine_of(piece)
        if piece is not None and known not in (None, engine):
            hint = f"take it from {home[engine]}, or use {home[known]}.Solver"
            got = f"one of {home[known]}"
            fail("Solver", f"{name} of {home[engine]}", got, hint, TypeError)
    if isinstance(optimizer, Optimizer) and not hasattr(optimizer, "slots"):
        name = type(optimizer).__name__
        hint = f"call super().__init__(lr) in {name}.__init__"
        fail("Solver", "an optimizer that was set up", f"a {name} without", hint, TypeError)


def engine_of(piece: Any) -> str | None:
    """Which engine a piece of this package is for; None where it may be a reader's own."""
    if isinstance(piece, functools.partial):
        piece = piece.func
    known = getattr(piece, "engine", None)
    if isinstance(known, str):
        return known
    module = getattr(piece, "__module__", "") or ""
    if not module.startswith("nbhelpers.") or module.startswith("nbhelpers.exercises"):
        return None
    return "graph" if module.startswith("nbhelpers.tf1") else "numpy"


def check_length(epochs: int | None, steps: int | None) -> None:
    """Raise where there is not a number of epochs or else a number of steps.

    >>> check_length(None, None)
    Traceback (most recent call last):
    ValueError: fit: expected epochs=… or steps=…, got neither. Hint: fit(train, epochs=10)
    """
    if (epochs is None) == (steps is None):
        got = "neither" if epochs is None else "both"
        fail("fit", "epochs=… or steps=…", got, "fit(train, epochs=10)")
    if epochs is not None:
        check_size(epochs, "fit", "epochs")
    if steps is not None:
        check_size(steps, "fit", "steps")


def loss_of(loss: Any, scores: Array, y: Any) -> tuple[float, Array]:
    """What a reader's loss returns for scores and y, which it can read and not change.

    Raises:
        TypeError, ValueError: it is not its value and its gradient.
    """
    where = f"loss {getattr(loss, '__name__', type(loss).__name__)}"
    result = guarded(loss, where, {"scores": scores, "y": y})
    if not isinstance(result, tuple) or len(result) != 2:
        hint = "end with return value, dscores"
        fail(where, "a pair (value, dscores)", describe(result), hint, TypeError)
    value, dscores = result
    check_one_number(value, where, "value, one number", "the mean over the batch")
    if not isinstance(dscores, np.ndarray) or dscores.shape != scores.shape:
        fail(where, f"dscores of shape {scores.shape}, as scores", describe(dscores))
    if np.isfinite(value) and not np.isfinite(dscores).all():
        hint = "look for a division by zero or a log of 0 in the gradient"
        fail(where, "finite numbers in dscores", "NaN or infinite ones", hint)
    return float(value), dscores


def check_one_number(value: Any, where: str, expected: str, hint: str) -> None:
    """Raise where a value is not one real number."""
    if np.ndim(value) != 0 or np.asarray(value).dtype.kind not in "fiu":
        hint = "end with return" if value is None else hint
        fail(where, expected, describe(value), hint, TypeError)


def penalty_value(penalty: Penalty, w: Array) -> float:
    """The value of a penalty, one of ours or a reader's, on one weight matrix."""
    if is_ours(penalty.value):
        return penalty.value(w)
    value = guarded(penalty.value, "penalty.value", {"w": w})
    check_one_number(value, "penalty.value", "one number", "the sum over w")
    return float(value)


def penalty_gradient(penalty: Penalty, w: Array) -> Array:
    """The gradient of a penalty, one of ours or a reader's, on one weight matrix."""
    if is_ours(penalty.gradient):
        return penalty.gradient(w)
    gradient = guarded(penalty.gradient, "penalty.gradient", {"w": w})
    return same_shape(gradient, w, "penalty.gradient")


def same_shape(new: Any, old: Array, where: str) -> Array:
    """Raise where a function returned no finite array of the shape that it was handed.

    >>> same_shape((np.zeros(3), 2.0), np.zeros(3), "fit, clip")
    Traceback (most recent call last):
    ValueError: fit, clip: expected an array of shape (3,), got a tuple. Hint: \
clip=clip_by_global_norm(5.0), or take [0] of what it returns
    """
    if not isinstance(new, np.ndarray) or new.shape != old.shape:
        hint = ""
        if isinstance(new, tuple) and where.endswith("clip"):
            hint = "clip=clip_by_global_norm(5.0), or take [0] of what it returns"
        elif new is None:
            hint = "end with return"
        got = "a tuple" if isinstance(new, tuple) else describe(new)
        fail(where, f"an array of shape {old.shape}", got, hint)
    if not math.isfinite(new.sum()) and np.isnan(new).any() and np.isfinite(old).all():
        zero = "look for 0 / 0: a norm, for one, is 0 where all weights are"
        fail(where, "finite numbers", "NaN", zero if "penalty" in where else "")
    result: Array = new
    return result


# Measuring

Measure = Callable[[Array, Any], tuple[float, float]]
"""`measure(x, y)` returns the mean loss of a batch and the number of correct predictions in it."""


def evaluate(measure: Measure, x: Array, y: Any, batch_size: int = 1000) -> tuple[float, float]:
    """Mean loss and accuracy (NaN where y is not classes) over all examples.

    A short last batch counts for as much as it holds.

    >>> evaluate(lambda x, y: (float(x.mean()), len(x)), np.arange(3.0), np.zeros(3), batch_size=2)
    (1.0, 1.0)
    """
    size = check_size(batch_size, "evaluate", "batch_size")
    parts = [(x[i : i + size], y[i : i + size]) for i in range(0, len(x), size)]
    losses, correct = zip(*(measure(*part) for part in parts), strict=True)
    sizes = [len(x) for x, _ in parts]
    return float(np.average(losses, weights=sizes)), sum(correct) / len(x)


def accuracy(net: Sequential, x: Array, y: Any) -> float:
    """The share of examples whose class the network predicts correctly.

    >>> from nbhelpers import Dense
    >>> net = Sequential(Dense(2, 2, rng=np.random.default_rng(0)))
    >>> net.layers[0].params["W"] = np.eye(2)
    >>> accuracy(net, np.array([[0.0, 1.0], [2.0, 1.0]]), np.array([1, 1]))
    0.5
    """
    if not isinstance(net, Sequential):
        graph = engine_of(net) == "graph"
        hint = "solver.evaluate(x, y)[1]" if graph else "accuracy(net, x, y)"
        fail("accuracy", "a network of nbhelpers", describe(net), hint, TypeError)
    check_examples((x, y), net.n_in, "accuracy", "(x, y)", images=net.n_in is None)
    if y.dtype.kind not in "iu":
        hint = "y.argmax(axis=1) for one-hot rows; the mean squared error for real targets"
        fail("accuracy", "y of class numbers, (N,)", describe(y), hint, TypeError)
    scores = net.scores(x)
    predictions_of(scores, regression=False)  # raises for a network that has diverged
    return float(count_correct(scores, y)) / len(x)


def count_correct(scores: Array, y: Any) -> float:
    """How many rows of scores name the class y, as `Sequential.predict` would.

    NaN where y is no classes: real targets, several labels per row, counts. The two classes of one
    score may also be -1 and 1.

    >>> count_correct(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    1
    """
    if not are_classes(y, scores.shape[1]):
        return math.nan
    if scores.shape[1] == 1:
        return int(((scores[:, 0] > 0) == (y > 0)).sum())
    return int((classes_of(scores) == y).sum())


def are_classes(y: Any, n_scores: int) -> bool:
    """Whether y are class numbers (N,) of a network with so many scores per example.

    >>> are_classes(np.array([0, 2]), 3), are_classes(np.array([0, 2]), 1)
    (True, False)
    """
    if y.dtype.kind not in "iu" or y.ndim != 1:
        return False
    low, high = (-1, 1) if n_scores == 1 else (0, n_scores - 1)
    return bool(low <= y.min() and y.max() <= high)
