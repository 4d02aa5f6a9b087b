"""The solver builds the training step once, as operations of the graph, and runs it batch by batch.

The loop over epochs and batches, the record and the checks are those of the NumPy solver; a step is
one `session.run` with a `feed_dict`, as in a program for TensorFlow 1. `fast_training.py` has a
solver that hands a session many steps at once.
"""

from __future__ import annotations

import math
import weakref
from typing import Any

import numpy as np

from .. import training
from .._checks import Array, describe, fail, register_formula
from .._files import Arrays
from ..network import predictions_of
from ..training import count_correct
from ._tensorflow import Tensor, tf
from .migration import remedy
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
        if getattr(optimizer.t, "graph", net.graph) is not net.graph:
            hint = "make the optimizer after tf.reset_default_graph(), beside the network"
            fail("Solver", "an optimizer of the network's graph", "one of another graph", hint)
        with net.graph.as_default():
            self.x = tf.placeholder(net.dtype, (None, self._input_width()), name="x")
            self.scores = net.forward(self.x)
            self.session = tf.Session(graph=net.graph)
            self.session.run(tf.global_variables_initializer())
        self._close = weakref.finalize(self, self.session.close)
        self._train: Any = None
        self._rate = math.nan

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
            gradients = self.clip(gradients)
            if not isinstance(gradients, list) or len(gradients) != len(net.w):
                hint = "clip=tf1.clip_by_global_norm(5.0), or take [0] of what it returns"
                fail("fit, clip", f"{len(net.w)} gradients", describe(gradients), hint)
        rate = self.optimizer.learning_rate()
        with tf.control_dependencies([rate]):
            train = self.optimizer.step(net.w, gradients)
        if self.constraint:
            with tf.control_dependencies([train]):
                train = tf.group(*(w.assign(self._constrained(w)) for w in net.weights()))
        with tf.control_dependencies([train, *net.all_updates()]):
            return tf.identity(loss), tf.identity(tf.cast(rate, tf.float64))

    def _total(self, scores: Tensor, y: Tensor) -> Tensor:
        """The loss, penalty included."""
        loss = self.loss(scores, y)
        name = f"loss {getattr(self.loss, '__name__', self.loss)}"
        if not isinstance(loss, tf.Tensor) or loss.shape.rank not in (0, None):
            hint = "tf.reduce_mean over the batch" if isinstance(loss, tf.Tensor) else ""
            got = f"shape {loss.shape}" if isinstance(loss, tf.Tensor) else describe(loss)
            fail(name, "one number of the graph", got, hint, TypeError)
        penalties = [self.penalty.value(w) for w in self.net.weights()] if self.penalty else []
        return tf.add_n([loss, *penalties])

    def _constrained(self, w: Any) -> Tensor:
        new = tf.convert_to_tensor(self.constraint(w))  # type: ignore[misc]
        if new.shape.as_list() != w.shape.as_list():
            fail("fit, constraint", f"a tensor of shape {w.shape}", f"shape {new.shape}")
        return new

    # Running it

    def _run(self, fetches: Any, feed: dict[Tensor, Any] | None = None) -> Any:
        if not self._close.alive:
            hint = "train and measure inside of the with block; keep history, or snapshot()"
            fail("Solver", "an open session", "a closed one", hint, RuntimeError)
        try:
            return self.session.run(fetches, feed)
        except (RuntimeError, ValueError, TypeError, tf.errors.OpError) as error:
            if found := remedy(error):
                raise RuntimeError(f"{error}. Hint: {found}") from error
            raise

    def step(self, x: Array, y: Any) -> float:
        """One update on one batch; returns the loss whose gradient was used."""
        self._check(x, y, "step")
        self.batch = x, y
        return self._step(x, y)

    def _step(self, x: Array, y: Any) -> float:
        self.build(y)
        loss, self._rate = self._run(self._train, {self.x: x, self.y: y})
        if not math.isfinite(loss):
            self._stop_at(float(loss))
        return float(loss)

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
        parts = [x[i : i + batch_size] for i in range(0, len(x), batch_size)]
        scores = np.concatenate([self._run(self.scores, {self.x: part}) for part in parts])
        return predictions_of(scores, regression=self.net.regression)

    def learning_rate(self) -> float:
        """The learning rate of the coming step."""
        return float(self._run(self._coming_rate()))

    def _coming_rate(self) -> Tensor:
        with self.net.graph.as_default():
            return self.optimizer.learning_rate()

    def used_rate(self) -> float:
        """The learning rate of the latest step; NaN before the first."""
        return float(self._rate)

    def snapshot(self) -> Arrays:
        """A copy of all weights and running averages."""
        return self.net.snapshot(self.session)

    def restore(self, snapshot: Arrays) -> None:
        """Put a snapshot, such as `history.best_weights`, back into the session."""
        self.net.restore(snapshot, self.session)

    def _width(self, x: Array) -> int:
        return int(self.scores.shape[1])


register_formula(Solver.step, Solver._step)
register_formula(Solver.measure, Solver._measure)
