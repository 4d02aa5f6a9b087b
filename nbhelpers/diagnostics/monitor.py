"""A monitor looks into a network while it trains, and says in words what it sees.

What it measures is in `measures.py`; what the numbers mean, in `rules.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._checks import Examples, Loss, check_examples, check_size, describe, fail
from .._files import Arrays
from ..network import Sequential
from ..training import History
from .measures import (
    best_constant_loss,
    dead_shares,
    gradient_norms,
    layer_outputs,
    named_weights,
    rehearse,
    saturated_shares,
    update_ratios,
)
from .rules import Finding, Record, Run, find


class Monitor:
    """Watches a training run: hand it to a Solver in `callbacks`, then ask it to `report`.

    It runs the network on a few hundred examples every few steps, and changes nothing: the run is
    the same with and without it.

    Args:
        net: the network, before training: its initial weights are looked at here and now.
        loss: the loss that it will be trained with.
        train: (x, y), the training examples.
        every: steps from one record to the next.
        rows: how many training examples to look at, drawn at random, the same ones every time.

    Attributes:
        records: a `Record` for each look inside.
        chance: the chance level: the loss of the best constant prediction.

    >>> from nbhelpers import SGD, Dense, ReLU, Solver, softmax_cross_entropy as loss, zeros
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(300, 2)); y = (x[:, 0] > 0).astype(int)
    >>> net = Sequential(Dense(2, 8, init=zeros, rng=rng), ReLU(), Dense(8, 2, rng=rng))
    >>> monitor = Monitor(net, loss, (x, y))
    >>> _ = Solver(net, loss, SGD(0.1), rng=rng, callbacks=monitor).fit((x, y), epochs=20)
    >>> print(monitor.report())
    All units of 0.Dense start with the same weights and will stay alike: draw W at random, init=he.
    The loss went from 0.693 to 0.689, where the chance level is 0.689: nothing was learned.
    """

    def __init__(
        self, net: Sequential, loss: Loss, train: Examples, *, every: int = 10, rows: int = 500
    ) -> None:
        if not isinstance(net, Sequential):
            hint = "watch the NumPy counterpart; a graph shows its inside through tf.summary"
            fail("Monitor", "a nbhelpers.Sequential", describe(net), hint, TypeError)
        check_examples(train, net.layers[0].n_in, "Monitor", "train")
        self.net = net
        self.every = check_size(every, "Monitor", "every")
        # At random: every fourth of examples in turn 0, 1, … 9 would hold the even classes only.
        draw = np.random.default_rng(0).permutation(len(train[0]))
        rows_seen = np.sort(draw[: check_size(rows, "Monitor", "rows")])
        self.x, self.y = (part[rows_seen] for part in train)
        self.labels = np.asarray(train[1])
        self.chance = best_constant_loss(loss, net.forward(self.x).shape[1], self.y)
        self.records: list[Record] = []
        self.history = History()
        self.label_distances: list[float] = []
        self.start = rehearse(net, loss, self.x, self.y)
        self.weighted = [name.removesuffix(".W") for name in named_weights(net)]
        hidden = list(zip(self.weighted, net.weights(), strict=True))[:-1]
        self.alike = [name for name, (w, _) in hidden if w.shape[1] > 1 and (w == w[:, :1]).all()]
        self.start_dead = dead_shares(net, self.start.outputs)
        self.batch_size = 0
        self._before: Arrays = net.snapshot()
        self._steps = 0

    def __call__(self, solver: Any) -> None:
        """Look at the step that was just taken: the Solver calls this."""
        self.history, self.batch_size, net = solver.history, solver.batch_size, solver.net
        self._steps += 1
        self._look_at_labels(np.asarray(solver.batch[1]))
        if self._steps == 1 or self._steps % self.every == 0:
            with np.errstate(over="ignore", invalid="ignore"):
                ratio, gradient = update_ratios(net, self._before), gradient_norms(net)
                outputs = layer_outputs(net, self.x)
                dead, saturated = dead_shares(net, outputs), saturated_shares(net, outputs)
            step = len(self.history.step_losses)
            self.records.append(Record(step, ratio, gradient, dead, saturated))
        if (self._steps + 1) % self.every == 0:
            self._before = net.snapshot()

    def findings(self) -> list[Finding]:
        """What there is to say, causes before symptoms; a single "good" when nothing is wrong."""
        return find(self.run())

    def run(self) -> Run:
        """What is known so far, as the rules read it."""
        return Run(
            x=self.x, y=self.y, labels=self.labels, weighted=self.weighted, alike=self.alike,
            start=self.start, start_dead=self.start_dead, chance=self.chance,
            history=self.history, records=self.records, every=self.every,
            batch_size=self.batch_size, label_distances=self.label_distances,
        )  # fmt: skip

    def report(self) -> str:
        """The findings, one sentence per line."""
        return "\n".join(finding.sentence for finding in self.findings())

    def series(self, what: str) -> dict[str, list[float]]:
        """One of "ratio", "gradient", "dead" or "saturated" over all records, by layer: to plot."""
        if what not in Record._fields[1:]:
            fail("Monitor.series", f"one of {Record._fields[1:]}", repr(what), "series('ratio')")
        return self.run().series(what)

    def _look_at_labels(self, y: Any) -> None:
        """How far the classes of this batch are from those of all: 0 the same, 1 all different."""
        if y.dtype.kind in "iu":
            classes = int(max(self.labels.max(), y.max())) + 1
            here, all_ = (np.bincount(labels, minlength=classes) for labels in (y, self.labels))
            distance = 0.5 * np.abs(here / len(y) - all_ / len(self.labels)).sum()
            self.label_distances.append(float(distance))
