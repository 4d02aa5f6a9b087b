"""The solver builds the training step once, as operations of the graph, and runs it batch by batch.

The loop over epochs, the record and the checks are inherited from the NumPy solver; what differs is
what a step, a measurement and a copy of the weights are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import losses, solver
from ..evaluation import count_right
from ..solver_checks import check_finite
from ..storage import Arrays
from ..types import Array, Rng
from ..validation import describe, refuse
from .network import Sequential
from .optimizers import Optimizer
from .regularizers import Penalty
from .tensorflow import Tensor, tf


class Solver(solver.Solver):
    """Trains a graph network in a session of its own, on batches drawn without replacement.

    Arguments and methods are those of `nbhelpers.Solver`; loss, optimizer and penalty are those of
    `nbhelpers.tf1`; `clip` takes and gives the list of gradients, one for each variable of `net.w`.

    Attributes:
        session: the session; it starts with the variables initialized.

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

    def build(self, y: Any) -> None:
        """Add the training step; it waits for the first y, whose dtype and shape it must know."""
        net: Any = self.net
        known = set(tf.global_variables())
        self.y = tf.placeholder(y.dtype, (None, *y.shape[1:]), name="y")
        penalties = [self.penalty.value(w) for w in net.weights()] if self.penalty else []
        total = tf.add_n([self.loss(net.forward(self.x, train=True), self.y), *penalties])
        gradients: Any = tf.gradients(total, net.w)
        if self.clip:
            gradients = self.clip(gradients)
            if not isinstance(gradients, list) or len(gradients) != len(net.w):
                mend = "lambda g: clip_by_global_norm(g, 5.0)[0] leaves the norm out"
                refuse("fit, clip", f"{len(net.w)} gradients", describe(gradients), mend)
        optimizer: Any = self.optimizer
        self._learning_rate = optimizer.learning_rate()
        train = optimizer.step(net.w, gradients)
        if self.constraint:
            with tf.control_dependencies([train]):
                train = tf.group(*(w.assign(self.constraint(w)) for w in net.weights()))
        updates = [update for layer in net.layers for update in layer.updates]
        measured = tf.add_n([self.loss(self.scores, self.y), *penalties])

        self.session.run(tf.variables_initializer(set(tf.global_variables()) - known))
        inputs = [self.x, self.y]
        self._train = self.session.make_callable([total, train, *updates], inputs)
        self._measure = self.session.make_callable([measured, self.scores], inputs)

    def step(self, x: Array, y: Any) -> float:
        if self._train is None:
            with self.session.graph.as_default():
                self.build(y)
        loss = float(self._train(x, y)[0])
        check_finite(loss, self)
        return loss

    def measure(self, x: Array, y: Any) -> tuple[float, float]:
        if self._train is None:
            with self.session.graph.as_default():
                self.build(y)
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
