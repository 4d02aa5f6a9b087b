"""The solver builds the training step once, as operations of the graph, and runs it batch by batch.

The loop over epochs and batches, the record and the checks are those of the NumPy solver; a step is
one `session.run` with a `feed_dict`, as in a program for TensorFlow 1. `fast_training.py` has a
solver that hands a session many steps at once.
"""

from __future__ import annotations

import math
import warnings
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .. import training
from .._checks import (
    Array,
    Examples,
    check_batch,
    check_size,
    describe,
    fail,
    register_formula,
)
from .._custom_layers import is_ours
from .._files import Arrays
from ..network import predictions_of
from ..training import count_correct
from ._tensorflow import Tensor, tf
from .layers import BatchNorm
from .migration import explained
from .network import Sequential


class Solver(training.BaseSolver):
    """Trains a graph network in a session of its own, on batches drawn without replacement.

    Arguments and methods are those of `nbhelpers.Solver`; loss, optimizer and penalty are those of
    `nbhelpers.tf1`; `clip` takes and gives the list of gradients, one for each variable of `net.w`.

    The trained weights live in the session. It is closed by `close()`, at the end of a `with`
    block, or when nothing refers to the solver any more.

    Attributes:
        session: the session; it starts with the variables initialized.

    >>> from nbhelpers import tf1
    >>> tf.reset_default_graph()
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(100, 2)); y = (x[:, 0] > 0).astype(int)
    >>> net = Sequential(tf1.Dense(2, 2, rng=rng))
    >>> with Solver(net, tf1.softmax_cross_entropy, tf1.SGD(0.5), rng=rng) as solver:
    ...     history = solver.fit((x, y), epochs=50)
    >>> history.step_losses[0] > history.step_losses[-1]
    True
    """

    engine = "graph"
    net: Sequential

    def _prepare(self) -> None:
        net, optimizer = self.net, self.optimizer
        if getattr(getattr(optimizer, "t", None), "graph", net.graph) is not net.graph:
            hint = "make the optimizer after tf.reset_default_graph(), beside the network"
            fail("Solver", "an optimizer of the network's graph", "one of another graph", hint)
        with net.graph.as_default():
            self.x = tf.placeholder(net.dtype, (None, self._input_width()), name="x")
            self.scores = net.forward(self.x)
            self.session = tf.Session(graph=net.graph)
            self.session.run(tf.global_variables_initializer())
            self._check_variables()
        self._close = weakref.finalize(self, self.session.close)
        self._train: Any = None
        self._rate = math.nan
        self._watched = False

    def _check_variables(self) -> None:
        """Raise for variables that the scores depend on and that nobody would train."""
        known = {variable.ref() for variable in self.net.w}
        others = [one for one in tf.trainable_variables() if one.ref() not in known]
        gradients = tf.gradients(self.scores, others) if others else []
        unknown = [one.op.name for one, g in zip(others, gradients, strict=True) if g is not None]
        if unknown:
            hint = "a NumPy array in self.params of the layer's __init__; trainable=False, if not"
            fail("Solver", "all that is trained in net.w", f"{unknown[0]} beside it", hint)

    def _input_width(self) -> int:
        """The width that the first layer to name one takes: those before it keep theirs."""
        known = [layer.n_in for layer in self.net.layers if layer.n_in is not None]
        if not known:
            hint = "a first layer that knows its width, such as Dense(4, 8, rng=rng)"
            fail("Solver", "a network whose input width is known", f"{self.net!r}", hint)
        return known[0]

    def close(self) -> None:
        """Free what the session holds; training, measuring and `predict` then raise."""
        self._close()

    def __enter__(self) -> Solver:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # The graph of a step

    def build(self, y: Any) -> None:
        """Add the training step to the graph, once; it waits for the first y, for its dtype."""
        self._check_open()
        if self._train is not None:
            return
        with self.net.graph.as_default():
            known = set(tf.global_variables())
            self.y = tf.placeholder(y.dtype, (None, *y.shape[1:]), name="y")
            self._measured = self._total(self.scores, self.y), self.scores
            self._train = self._add_training()
            self.session.run(tf.variables_initializer(set(tf.global_variables()) - known))

    def _add_training(self) -> Any:
        return self._add_step(self.x, self.y)

    def _add_step(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The loss of a batch and the rate of the step, known once all variables have changed."""
        net = self.net
        loss = self._total(net.forward(x, train=True), y)
        gradients = tf.gradients(loss, net.w)
        if self.clip:
            with explained("fit, clip"):
                gradients = self.clip(gradients)
            if not isinstance(gradients, list) or len(gradients) != len(net.w):
                hint = "clip=tf1.clip_by_global_norm(5.0), or take [0] of what it returns"
                hint = "end with return" if gradients is None else hint
                fail("fit, clip", f"a list of {len(net.w)} gradients", describe(gradients), hint)
            for g, w in zip(gradients, net.w, strict=True):
                self._like(g, w, "fit, clip")
        rate = self._coming_rate()
        with tf.control_dependencies([rate]):
            train = self.optimizer.step(net.w, gradients)
        if self.constraint:
            with tf.control_dependencies([train]):
                train = tf.group(*(w.assign(self._constrained(w)) for w in net.weights()))
        with tf.control_dependencies([train, *net.all_updates()]):
            return tf.identity(loss), tf.identity(tf.cast(rate, tf.float64))

    def _total(self, scores: Tensor, y: Tensor) -> Tensor:
        """The loss, penalty included."""
        name = f"loss {getattr(self.loss, '__name__', type(self.loss).__name__)}"
        with explained(name):
            loss = self.loss(scores, y)
        parts = [self._one_number(loss, name, "tf.reduce_mean over the batch")]
        for w in self.net.weights() if self.penalty else ():
            with explained("penalty.value"):
                value = self.penalty.value(w)
            parts.append(self._one_number(value, "penalty.value", "tf.reduce_sum over w"))
        return tf.add_n(parts)

    def _one_number(self, value: Any, where: str, hint: str) -> Tensor:
        """A loss or penalty in the network's dtype; raise for what is not one number."""
        if not isinstance(value, tf.Tensor) or value.shape.rank not in (0, None):
            got = f"shape {value.shape}" if isinstance(value, tf.Tensor) else describe(value)
            if isinstance(value, tuple):
                hint = "the value alone: TensorFlow derives the gradient"
            elif not isinstance(value, tf.Tensor):
                hint = "end with return" if value is None else "operations of tf on the arguments"
            fail(where, "one number of the graph", got, hint, TypeError)
        return tf.cast(value, self.net.dtype)

    def _constrained(self, w: Any) -> Tensor:
        with explained("fit, constraint"):
            new = self.constraint(w)  # type: ignore[misc]
        return tf.cast(self._like(new, w, "fit, constraint"), w.dtype)

    @staticmethod
    def _like(new: Any, w: Any, where: str) -> Tensor:
        """What a reader's function made of w or of its gradient; raise for another shape."""
        if isinstance(new, tf.Variable):
            new = new.read_value()
        if not isinstance(new, tf.Tensor) or not new.shape.is_compatible_with(w.shape):
            got = f"shape {new.shape}" if isinstance(new, tf.Tensor) else describe(new)
            hint = "end with return" if new is None else ""
            fail(where, f"a tensor of shape {w.shape}", got, hint)
        return new

    # Running it

    def _run(self, fetches: Any, feed: dict[Tensor, Any] | None = None) -> Any:
        self._check_open()
        with explained("Solver"):
            return self.session.run(fetches, feed)

    def _check_open(self) -> None:
        if not self._close.alive or self.session._closed:
            hint = "train and measure inside of the with block; keep history, or snapshot()"
            fail("Solver", "an open session", "a closed one", hint, RuntimeError)

    def batches(self, x: Array, y: Any) -> Iterator[Examples]:
        """The batches of one epoch; raise for one that BatchNorm has no variance for."""
        for batch in super().batches(x, y):
            self._check_size(batch[0])
            yield batch

    def _check_size(self, x: Array) -> None:
        if len(x) == 1 and any(isinstance(part, BatchNorm) for _, part in self.net._parts):
            hint = "a batch_size that leaves no batch of one (N % batch_size != 1)"
            fail("BatchNorm in training", "at least two examples per batch", "one", hint)

    def _check_first(self, before: Array, slots: list[Any]) -> None:
        """Raise where the first step of a reader's optimizer has changed no weight."""
        name = type(self.optimizer).__name__
        if not np.array_equal(before, self.net.get_weights(self.session)):
            if slots and not any(value.any() for value in self._run(slots)):
                text = f"{name}.update left all of its slots at zero. Hint: slot.assign(…)"
                warnings.warn(text, stacklevel=4)
            return
        hint = "return w.assign_sub(…): w - … is a new tensor, and w stays"
        fail(f"{name}.update", "w changed", "w as it was", hint)

    def step(self, x: Array, y: Any) -> float:
        """One update on one batch; returns the loss whose gradient was used."""
        self._check(x, y, "step")
        self._check_size(x)
        self.batch = x, y
        return self._step(x, y)

    def _step(self, x: Array, y: Any) -> float:
        self.build(y)
        with self._first_step_watched():
            loss, self._rate = self._run(self._train, {self.x: x, self.y: y})
        self._check_results(loss, self._rate)
        return float(loss)

    def _check_results(self, loss: float, rate: float) -> None:
        """Raise for a loss that is no number, and for a learning rate that is none."""
        if hasattr(self.optimizer, "learning_rate") and not 0 <= rate < math.inf:
            where = f"{type(self.optimizer).__name__}, step {len(self.history.step_losses)}"
            fail(where, "a finite learning rate >= 0", f"{rate:g}")
        if not math.isfinite(loss):
            self._stop_at(float(loss))

    @contextmanager
    def _first_step_watched(self) -> Iterator[None]:
        """See to it that the first step of a reader's optimizer changes the weights."""
        watched = not self._watched and not is_ours(getattr(self.optimizer, "update", None))
        before = self.net.get_weights(self.session) if watched else None
        yield
        if before is not None and self._rate != 0:
            self._check_first(before, list(getattr(self.optimizer, "_slots", {}).values()))
        self._watched = True

    def measure(self, x: Array, y: Any) -> tuple[float, float]:
        """Loss (penalty included) and number of correct predictions of one batch."""
        self._check(x, y, "measure")
        return self._measure(x, y)

    def _measure(self, x: Array, y: Any) -> tuple[float, float]:
        self.build(y)
        loss, scores = self._run(self._measured, {self.x: x, self.y: y})
        return float(loss), count_correct(scores, y)

    def predict(self, x: Array, batch_size: int = 1000) -> Any:
        """What the network says of each example: see `nbhelpers.Sequential.predict`."""
        size = check_size(batch_size, "Solver.predict", "batch_size")
        width = self.x.shape.as_list()[1]
        check_batch(x, width, "Solver.predict", images=self.net.n_in is None)
        parts = [x[i : i + size] for i in range(0, len(x), size)]
        scores = np.concatenate([self._run(self.scores, {self.x: part}) for part in parts])
        return predictions_of(scores, regression=self.net.regression)

    def learning_rate(self) -> float:
        """The learning rate of the coming step."""
        return float(self._run(self._coming_rate()))

    def _coming_rate(self) -> Tensor:
        with self.net.graph.as_default():
            if not hasattr(self.optimizer, "learning_rate"):  # a reader's own, with `step` alone
                return tf.constant(math.nan, tf.float64)
            return tf.convert_to_tensor(self.optimizer.learning_rate())

    def used_rate(self) -> float:
        """The learning rate of the latest step; NaN before the first."""
        return float(self._rate)

    def snapshot(self) -> Arrays:
        """A copy of all weights and running averages."""
        self._check_open()
        return self.net.snapshot(self.session)

    def restore(self, snapshot: Arrays) -> None:
        """Put a snapshot, such as `history.best_weights`, back into the session."""
        self._check_open()
        self.net.restore(snapshot, self.session)

    def _width(self, x: Array) -> int:
        return int(self.scores.shape[1])


register_formula(Solver.step, Solver._step)
register_formula(Solver.measure, Solver._measure)
