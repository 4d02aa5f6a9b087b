"""The solver builds the training step once, as operations of the graph, and runs it batch by batch.

The loop over epochs, the record and the checks are inherited from the NumPy solver; what differs is
what a step, a measurement and a copy of the weights are. A call of a session costs as much as a
small step: therefore one call is handed several batches, and the loop over them is in the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from .. import losses, solver
from ..evaluation import count_right
from ..solver_checks import Examples, check_finite
from ..storage import Arrays
from ..types import Array, Rng
from ..validation import describe, refuse
from .network import Sequential
from .optimizers import Optimizer
from .regularizers import Penalty
from .tensorflow import Tensor, tf

STEPS = 100  # in one call of the session, at most …
NUMBERS = 1_000_000  # … and of what they read, so that the batches in wait stay small


class Solver(solver.Solver):
    """Trains a graph network in a session of its own, on batches drawn without replacement.

    Arguments and methods are those of `nbhelpers.Solver`; loss, optimizer and penalty are those of
    `nbhelpers.tf1`; `clip` takes and gives the list of gradients, one for each variable of `net.w`.
    With a `callback`, which may look at the network after each step, a call makes one step. After
    an interrupt training can go on as usual, but the losses of the last call are not recorded.

    Attributes:
        session: the session; it starts with the variables initialized.
        at_once: steps in one call of the session, known when training has begun.

    >>> from nbhelpers import tf1
    >>> tf.reset_default_graph()
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(100, 2)); y = (x[:, 0] > 0).astype(int)
    >>> net = Sequential(tf1.Dense(2, 2, rng=rng))
    >>> solver = Solver(net, tf1.softmax_cross_entropy, tf1.SGD(0.5), rng=rng, progress=False)
    >>> history = solver.fit((x, y), epochs=50)
    >>> history.loss[0] > history.loss[-1]
    True
    """

    def __init__(
        self, net: Sequential, loss: Callable[[Tensor, Tensor], Tensor], optimizer: Optimizer, *,
        penalty: Penalty | None = None, constraint: Callable[[Tensor], Tensor] | None = None,
        batch_size: int = 100, rng: Rng, progress: bool = True,
        patience: int | None = None,
        clip: Callable[[list[Tensor]], list[Tensor]] | None = None,
        augment: Callable[[Array], Array] | None = None,
        callback: Callable[[Any], object] | None = None,
    ) -> None:  # fmt: skip
        given: Any = (net, loss, optimizer)
        keywords: Any = {"penalty": penalty, "constraint": constraint, "clip": clip}
        super().__init__(
            *given, **keywords, batch_size=batch_size, rng=rng, progress=progress,
            patience=patience, augment=augment, callback=callback,
        )  # fmt: skip
        self.x = tf.placeholder(net.dtype, (None, net.layers[0].n_in), name="x")
        self.scores = net.forward(self.x)
        self.session = tf.Session()
        self.session.run(tf.global_variables_initializer())
        self._train: Any = None

    def build(self, x: Array, y: Any) -> None:
        """Add the training step, once; it waits for the first y, for its dtype and shape.

        Where a batch is all data, or large, a call makes one step, and a loop would only cost time.
        """
        if self._train is not None:
            return
        few = NUMBERS // (self.batch_size * x[0].size) if len(x) > self.batch_size else 1
        self.at_once = 1 if self.callback else min(STEPS, max(1, few))
        with self.session.graph.as_default():
            known = set(tf.global_variables())
            self.y = tf.placeholder(y.dtype, (None, *y.shape[1:]), name="y")
            ends = tf.placeholder(tf.int32, (None,), name="ends")  # of the batches, after a 0
            losses = self._loop(ends) if self.at_once > 1 else self._step(self.x, self.y)[None]
            self._learning_rate = self.optimizer.learning_rate()
            measured = tf.add_n([self.loss(self.scores, self.y), *self._penalties()])

            self.session.run(tf.variables_initializer(set(tf.global_variables()) - known))
            inputs = [self.x, self.y]
            self._train = self.session.make_callable(losses, [*inputs, ends])
            self._measure = self.session.make_callable([measured, self.scores], inputs)

    def _loop(self, ends: Tensor) -> Tensor:
        """The losses of the steps on x[0 : ends[1]], x[ends[1] : ends[2]] and so on."""

        def step(i: Tensor, losses: Any) -> tuple[Tensor, Any]:
            rows = slice(ends[i], ends[i + 1])
            return i + 1, losses.write(i, self._step(self.x[rows], self.y[rows]))

        n = tf.size(ends) - 1
        losses = tf.TensorArray(self.net.dtype, size=n)
        start = (0, losses)
        _, losses = tf.while_loop(lambda i, _: i < n, step, start, parallel_iterations=1)
        return losses.stack()

    def _step(self, x: Tensor, y: Tensor) -> Tensor:
        """The loss of a batch, which is told after all variables have changed."""
        net: Any = self.net
        loss = tf.add_n([self.loss(net.forward(x, train=True), y), *self._penalties()])
        gradients: Any = tf.gradients(loss, net.w)
        if self.clip:
            gradients = self.clip(gradients)
            if not isinstance(gradients, list) or len(gradients) != len(net.w):
                mend = "lambda g: clip_by_global_norm(g, 5.0)[0] leaves the norm out"
                refuse("fit, clip", f"{len(net.w)} gradients", describe(gradients), mend)
        optimizer: Any = self.optimizer
        train = optimizer.step(net.w, gradients)
        if self.constraint:
            with tf.control_dependencies([train]):
                train = tf.group(*(w.assign(self.constraint(w)) for w in net.weights()))
        updates = [update for layer in net.layers for update in layer.updates]
        with tf.control_dependencies([train, *updates]):
            return tf.identity(loss)

    def _penalties(self) -> list[Tensor]:
        net: Any = self.net
        return [self.penalty.value(w) for w in net.weights()] if self.penalty else []

    def batches(self, x: Array, y: Any) -> Iterator[Examples]:
        self.build(x, y)
        return super().batches(x, y)

    def steps(self, batches: Iterator[Examples]) -> Iterator[float]:
        """A step on each batch; small ones are handed to the session several a call."""
        at_once = 1 if self.callback else self.at_once  # one that was given after the first `fit`
        while several := list(islice(batches, at_once)):
            x, y = several[0]
            if len(several) > 1:
                x, y = (np.concatenate(arrays) for arrays in zip(*several, strict=True))
            ends = np.cumsum([0, *(len(y) for _, y in several)])
            for batch, loss in zip(several, self._train(x, y, ends), strict=True):
                self.batch = batch
                check_finite(float(loss), self)
                yield float(loss)

    def step(self, x: Array, y: Any) -> float:
        self.build(x, y)
        return next(self.steps(iter([(x, y)])))

    def measure(self, x: Array, y: Any) -> tuple[float, float]:
        self.build(x, y)
        loss, scores = self._measure(x, y)
        return float(loss), count_right(scores, y)

    def learning_rate(self) -> float:
        return float(self.session.run(self._learning_rate))

    def snapshot(self) -> Arrays:
        net: Any = self.net
        arrays: Arrays = net.snapshot(self.session)
        return arrays

    def restore(self, snapshot: Arrays) -> None:
        net: Any = self.net
        net.restore(snapshot, self.session)

    def check_targets(self, x: Array, y: Any) -> None:
        # The NumPy loss of the same name has the door.
        twin = getattr(losses, getattr(self.loss, "__name__", ""), None)
        if twin:
            twin(np.zeros((len(y), int(self.scores.shape[1]))), y)
