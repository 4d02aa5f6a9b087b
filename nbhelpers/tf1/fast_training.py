"""The same training, faster: a session is handed many steps at once, and loops over them itself.

A call of a session costs as much as a small step. Here one call takes several batches, and the loop
over them is in the graph. XLA can compile that loop (https://openxla.org/xla): its many operations
then become few passes. The numbers are those of `Solver`; what it costs is that nobody can look at
the network between two steps of one call.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import chain, groupby, islice, repeat
from typing import Any

import numpy as np
from tqdm import tqdm

from .._checks import Array, Examples, fail
from ..training import History
from ._tensorflow import Tensor, tf
from .layers import Dropout
from .network import Sequential
from .training import Solver

STEPS = 100  # in one call of the session, at most …
NUMBERS = 1_000_000  # … and of what they read, so that the batches in wait stay small


class FastSolver(Solver):
    """A `Solver` that takes many small steps in one call of the session.

    With `callbacks`, which may look at the network after each step, a call makes one step. After an
    interrupt training can go on as usual, but the losses of the last call are not recorded.

    Args:
        compiled: whether XLA compiles the training step. That takes a second or two, again for each
            new size of the batches, and pays where thousands of steps follow.
        net, loss, optimizer: as `Solver`.
        **settings: as `Solver`.

    Attributes:
        at_once: steps in one call of the session, known when training has begun.

    >>> from nbhelpers import tf1
    >>> tf.reset_default_graph()
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(100, 2)); y = (x[:, 0] > 0).astype(int)
    >>> net = tf1.Sequential(tf1.Dense(2, 2, rng=rng))
    >>> with FastSolver(net, tf1.softmax_cross_entropy, tf1.SGD(0.5), rng=rng) as solver:
    ...     history = solver.fit((x, y), epochs=50)
    >>> solver.at_once, history.step_losses[0] > history.step_losses[-1]
    (100, True)
    """

    def __init__(
        self, net: Sequential, loss: Any, optimizer: Any, *, compiled: bool = False, **settings: Any
    ) -> None:
        super().__init__(net, loss, optimizer, **settings)
        self.compiled = compiled
        self._dropouts = [part for _, part in self.net._parts if isinstance(part, Dropout)]
        self.at_once = 1

    def fit(
        self, train: Examples, val: Examples | None = None,
        epochs: int | None = None, steps: int | None = None,
    ) -> History:  # fmt: skip
        """Train for a number of epochs, or of steps; arguments as `nbhelpers.Solver.fit`."""
        self._check_fit(train, val, epochs, steps)
        history, start = self.history, len(self.history.epochs)
        per_epoch = math.ceil(len(train[0]) / self.batch_size)
        left = steps or (epochs or 0) * per_epoch
        sample = self._sample(train, val)
        self.build(train[1])
        with tqdm(total=left, unit=" steps", leave=False, **self._bar()) as bar:
            while left > 0 and not history.stalled(self.patience, start):
                # Steps are one stream for as long as nobody looks at the network in between.
                stretch = left if val is None and not self.callbacks else min(left, per_epoch)
                left -= stretch
                stream = chain.from_iterable(self.batches(*train) for _ in repeat(None))
                for i, loss in enumerate(self.steps(islice(stream, stretch)), 1):
                    history.step_losses.append(loss)
                    bar.update()
                    if i % per_epoch == 0 or i == stretch:
                        self._end_epoch(sample, val, (i - 1) % per_epoch + 1)
                    self._call_back()
        if self.patience and history.best_epoch:
            self.restore(history.best_weights)
        return history

    def steps(self, batches: Iterator[Examples]) -> Iterator[float]:
        """A step on each batch; small ones are handed to the session several per call."""
        # The last batch of an epoch may be short: it is no part of a stack.
        for _, alike in groupby(self._with_draws(batches), lambda batch: len(batch[0])):
            while several := list(islice(alike, 1 if self.callbacks else self.at_once)):
                stacks = [stacked(one) for one in zip(*several, strict=True)]
                with self._first_step_watched():
                    results = self._run_compiled(dict(zip(self._stacks, stacks, strict=True)))
                    losses, rates = map(np.atleast_1d, results)
                    self._rate = float(rates[0])
                for batch, loss, rate in zip(several, losses, rates, strict=True):
                    self.batch, self._rate = (batch[0], batch[1]), float(rate)
                    self._check_results(float(loss), float(rate))
                    yield float(loss)

    def _step(self, x: Array, y: Any) -> float:
        self.build(y)
        return next(self.steps(iter([(x, y)])))

    def _add_training(self) -> Any:
        """The loop over the steps; where batches are large it would only cost time."""
        n_in = self.net.n_in or 1
        widths = [n_in, *(layer.width or n_in for layer in self._dropouts)]
        few = NUMBERS // (self.batch_size * sum(widths))
        self.at_once = 1 if self.callbacks else min(STEPS, max(1, few))
        self._stacks = [tf.placeholder(one.dtype, (None, *one.shape)) for one in (self.x, self.y)]
        self._stacks += [tf.placeholder(self.net.dtype, (None, None, w)) for w in widths[1:]]
        train: Any = self._loop if self.at_once > 1 else self._one
        if self.compiled:
            train = tf.function(train, jit_compile=True, autograph=False)
        return train(*self._stacks)

    def _loop(self, *stacks: Tensor) -> tuple[Tensor, ...]:
        """What a step returns, on the first of each stack, on the second and so on."""
        n = tf.shape(stacks[0])[0]
        results = [tf.TensorArray(dtype, size=n) for dtype in (self.net.dtype, tf.float64)]

        def step(i: Tensor, results: Any) -> tuple[Tensor, Any]:
            found = self._drawn_step(*(stack[i] for stack in stacks))
            return i + 1, [array.write(i, one) for array, one in zip(results, found, strict=True)]

        start = (0, results)
        _, results = tf.while_loop(lambda i, _: i < n, step, start, parallel_iterations=1)
        return tuple(array.stack() for array in results)

    def _one(self, *stacks: Tensor) -> tuple[Tensor, Tensor]:
        return self._drawn_step(*(tf.squeeze(stack, 0) for stack in stacks))

    def _drawn_step(self, x: Tensor, y: Tensor, *drawn: Tensor) -> tuple[Tensor, Tensor]:
        for layer, numbers in zip(self._dropouts, drawn, strict=True):
            layer.drawn = numbers
        try:
            return self._add_step(x, y)
        finally:
            for layer in self._dropouts:
                layer.drawn = None

    def _with_draws(self, batches: Iterator[Examples]) -> Iterator[tuple[Array, ...]]:
        """Each batch and what its Dropout layers draw, in the order in which NumPy would draw."""
        for x, y in batches:
            shapes = [(len(x), layer.width or x.shape[1]) for layer in self._dropouts]
            drawn = zip(self._dropouts, shapes, strict=True)
            yield x, y, *(layer.draw(shape, self.net.dtype) for layer, shape in drawn)

    def _run_compiled(self, feed: dict[Tensor, Any]) -> Any:
        try:
            return self._run(self._train, feed)
        except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError) as error:
            lines = [line for line in error.message.splitlines() if re.search("XLA|compiler", line)]
            if not self.compiled or not lines:
                raise
            hint = "leave compiled=True out"
            expected = "operations that XLA can compile"
            fail("FastSolver, compiled", expected, lines[0].strip(), hint)


def stacked(arrays: tuple[Array, ...]) -> Array:
    """Batches of one size behind one another, without a copy where there is one."""
    return np.stack(arrays) if len(arrays) > 1 else arrays[0][None]
