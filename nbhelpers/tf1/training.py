"""The solver builds the training step once, as operations of the graph, and runs it batch by batch.

The loop over epochs, the record and the checks are inherited from the NumPy solver; what differs is
what a step, a measurement and a copy of the weights are. A call of a session costs as much as a
small step: therefore one call is handed several batches, and the loop over them is in the graph.
XLA can compile that loop (https://openxla.org/xla): its many operations then become few passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby, islice
from typing import Any

import numpy as np

from .. import losses, training
from .._checks import Array, Examples, Rng, check_finite, describe, refuse
from .._files import Arrays
from ..training import count_right
from ._tensorflow import Tensor, tf
from .layers import Dropout
from .network import Sequential
from .optimizers import Optimizer
from .regularizers import Penalty

STEPS = 100  # in one call of the session, at most …
NUMBERS = 1_000_000  # … and of what they read, so that the batches in wait stay small


def stacked(arrays: tuple[Array, ...]) -> Array:
    return np.stack(arrays) if len(arrays) > 1 else arrays[0][None]  # without a copy


class Solver(training.Solver):
    """Trains a graph network in a session of its own, on batches drawn without replacement.

    Arguments and methods are those of `nbhelpers.Solver`; loss, optimizer and penalty are those of
    `nbhelpers.tf1`; `clip` takes and gives the list of gradients, one for each variable of `net.w`.
    With a `callback`, which may look at the network after each step, a call makes one step. After
    an interrupt training can go on as usual, but the losses of the last call are not recorded.

    Args:
        compiled: whether XLA compiles the training step. That takes a second or two, again for each
            new size of the batches, and pays where thousands of steps follow.

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
        compiled: bool = False,
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
        self.compiled = compiled
        self._dropouts = [layer for layer in net.layers if isinstance(layer, Dropout)]
        self._rate = float(self.session.run(optimizer.learning_rate()))
        self._train: Any = None

    def build(self, x: Array, y: Any) -> None:
        """Add the training step, once; it waits for the first y, for its dtype and shape.

        Where batches are large a call makes one step: a loop would only cost time.
        """
        if self._train is not None:
            return
        widths = [x.shape[1], *(layer.width or x.shape[1] for layer in self._dropouts)]
        few = NUMBERS // (min(self.batch_size, len(x)) * sum(widths))
        self.at_once = 1 if self.callback else min(STEPS, max(1, few))
        with self.session.graph.as_default():
            known = set(tf.global_variables())
            self.y = tf.placeholder(y.dtype, (None, *y.shape[1:]), name="y")
            inputs = [self.x, self.y]
            stacks = [tf.placeholder(one.dtype, (None, *one.shape)) for one in inputs]
            stacks += [tf.placeholder(self.net.dtype, (None, None, w)) for w in widths[1:]]
            train: Any = self._loop if self.at_once > 1 else self._one
            if self.compiled:
                train = tf.function(train, jit_compile=True, autograph=False)
            trained = train(*stacks)
            measured = tf.add_n([self.loss(self.scores, self.y), *self._penalties()])

            self.session.run(tf.variables_initializer(set(tf.global_variables()) - known))
            self._train = self.session.make_callable(trained, stacks)
            self._measure = self.session.make_callable([measured, self.scores], inputs)

    def _loop(self, *stacks: Tensor) -> tuple[Tensor, ...]:
        """What `_step` tells of a step on the first of each stack, on the second and so on."""
        n = tf.shape(stacks[0])[0]
        told = [tf.TensorArray(dtype, size=n) for dtype in (self.net.dtype, tf.float64)]

        def step(i: Tensor, told: Any) -> tuple[Tensor, Any]:
            found = self._step(*(stack[i] for stack in stacks))
            return i + 1, [array.write(i, one) for array, one in zip(told, found, strict=True)]

        start = (0, told)
        _, told = tf.while_loop(lambda i, _: i < n, step, start, parallel_iterations=1)
        return tuple(array.stack() for array in told)

    def _one(self, *stacks: Tensor) -> tuple[Tensor, Tensor]:
        return self._step(*(tf.squeeze(stack, 0) for stack in stacks))

    def _step(self, x: Tensor, y: Tensor, *drawn: Tensor) -> tuple[Tensor, Tensor]:
        """The loss of a batch and the next learning rate, told after all variables have changed."""
        net: Any = self.net
        for layer, numbers in zip(self._dropouts, drawn, strict=True):
            layer.drawn = numbers
        loss = tf.add_n([self.loss(net.forward(x, train=True), y), *self._penalties()])
        for layer in self._dropouts:
            layer.drawn = None
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
            return tf.identity(loss), tf.cast(optimizer.learning_rate(), tf.float64)

    def _penalties(self) -> list[Tensor]:
        net: Any = self.net
        return [self.penalty.value(w) for w in net.weights()] if self.penalty else []

    def batches(self, x: Array, y: Any) -> Iterator[Examples]:
        self.build(x, y)
        return super().batches(x, y)

    def steps(self, batches: Iterator[Examples]) -> Iterator[float]:
        """A step on each batch; small ones are handed to the session several a call."""
        # The last batch of an epoch may be short: it is no part of a stack.
        for _, alike in groupby(self._with_draws(batches), lambda batch: len(batch[0])):
            while several := list(islice(alike, 1 if self.callback else self.at_once)):
                told = self._run(*map(stacked, zip(*several, strict=True)))
                for batch, loss, rate in zip(several, *map(np.atleast_1d, told), strict=True):
                    self.batch, self._rate = (batch[0], batch[1]), float(rate)
                    check_finite(float(loss), self)
                    yield float(loss)

    def _run(self, *stacks: Array) -> Any:
        try:
            return self._train(*stacks)
        except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError) as error:
            told = [line for line in error.message.splitlines() if re.search("XLA|compiler", line)]
            if not self.compiled or not told:
                raise
            mend = "leave compiled=True out"
            refuse("Solver, compiled", "operations that XLA can compile", told[0].strip(), mend)

    def _with_draws(self, batches: Iterator[Examples]) -> Iterator[tuple[Array, ...]]:
        """Each batch and what its Dropout layers draw, in the order in which NumPy would draw."""
        for x, y in batches:
            shapes = [(len(x), layer.width or x.shape[1]) for layer in self._dropouts]
            drawn = zip(self._dropouts, shapes, strict=True)
            yield x, y, *(layer.draw(shape, self.net.dtype) for layer, shape in drawn)

    def step(self, x: Array, y: Any) -> float:
        self.build(x, y)
        return next(self.steps(iter([(x, y)])))

    def measure(self, x: Array, y: Any) -> tuple[float, float]:
        self.build(x, y)
        loss, scores = self._measure(x, y)
        return float(loss), count_right(scores, y)

    def learning_rate(self) -> float:
        return float(self._rate)

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
