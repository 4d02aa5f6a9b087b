"""Several networks answer together: their mistakes differ, so that part of them cancels.

Probabilities are averaged (`average`), or classes are voted for (`vote`); both take weights. The
networks may be trained one by one, or be snapshots of a single run (Huang et al., 2017). That the
members differ is what the gain comes from (Hansen & Salamon, 1990; Dietterich, 2000).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ._checks import Array, Labels, check_size, describe, fail
from ._files import Arrays
from .losses import softmax
from .network import Sequential


def probabilities(nets: Sequence[Sequential], x: Array, batch_size: int = 1000) -> Array:
    """The class probabilities that each of M networks gives to x (N, n_in): (M, N, classes).

    >>> from nbhelpers import Dense
    >>> nets = [Sequential(Dense(2, 3, rng=np.random.default_rng(seed))) for seed in range(4)]
    >>> probabilities(nets, np.ones((5, 2))).shape
    (4, 5, 3)
    """
    starts = range(0, len(x), batch_size)
    return np.stack(
        [np.concatenate([softmax(n.forward(x[i : i + batch_size])) for i in starts]) for n in nets]
    )


def average(members: Array, *, weights: npt.ArrayLike | None = None) -> Array:
    """The mean of M members' probabilities (M, N, classes): (N, classes); `argmax` is the answer.

    Args:
        members: what `probabilities` returns.
        weights: (M,), how much each member counts; they need not sum to 1. None: all the same.

    >>> average(np.array([[[0.6, 0.4]], [[0.1, 0.9]]]))
    array([[0.35, 0.65]])
    """
    if not isinstance(members, np.ndarray) or members.ndim != 3:
        hint = "probabilities(nets, x)"
        fail("average", "members of shape (M, N, classes)", describe(members), hint)
    w = _shares(weights, len(members), "average").astype(members.dtype)
    mean: Array = np.tensordot(w, members, axes=1)
    return mean


def vote(members: Labels, *, weights: npt.ArrayLike | None = None) -> Labels:
    """The class that most of M members name for each example; a tie goes to the lowest number.

    Args:
        members: (M, N), the class numbers that each member predicts.
        weights: (M,), how many votes each member has. None: one each.

    >>> vote(np.array([[0, 2], [1, 2], [1, 0]]))
    array([1, 2])
    """
    members = np.asarray(members)
    if members.ndim != 2 or members.dtype.kind not in "iu":
        hint = "np.stack([net.predict(x) for net in nets])"
        fail("vote", "members as class numbers (M, N)", describe(members), hint)
    w = _shares(weights, len(members), "vote")
    votes = np.zeros((members.shape[1], int(members.max()) + 1))
    for labels, share in zip(members, w, strict=True):
        votes[np.arange(len(labels)), labels] += share
    # Shares such as 1/3 do not add up exactly; what differs by rounding alone is a tie.
    winners: Labels = votes.round(12).argmax(axis=1)
    return winners


class Snapshots:
    """Copies of the weights at the end of chosen epochs: the members of an ensemble, in one run.

    Hand it to a Solver in `callbacks`. With a learning rate that decays to zero and restarts,
    each cycle ends in a minimum of its own: take the last epoch of each (Huang et al., 2017).

    Args:
        every: keep each `every`-th epoch; or
        epochs: keep these epochs, counted from 1.

    Attributes:
        weights: the copies by epoch; `solver.restore(snapshots.weights[10])` puts one back.

    >>> from nbhelpers import SGD, Dense, Solver, softmax_cross_entropy
    >>> rng, snapshots = np.random.default_rng(0), Snapshots(every=2)
    >>> net = Sequential(Dense(2, 3, rng=rng))
    >>> solver = Solver(net, softmax_cross_entropy, SGD(0.1), rng=rng, callbacks=snapshots)
    >>> x, y = rng.normal(size=(30, 2)), np.arange(30) % 3
    >>> _ = solver.fit((x, y), epochs=5)
    >>> list(snapshots.weights), snapshots.probabilities(net, x).shape
    ([2, 4], (2, 30, 3))
    """

    def __init__(self, every: int | None = None, epochs: Collection[int] | None = None) -> None:
        if (every is None) == (epochs is None):
            got = "neither" if every is None else "both"
            fail("Snapshots", "every=… or epochs=…", got, "Snapshots(every=5)")
        self.every = every if every is None else check_size(every, "Snapshots", "every")
        self.epochs = frozenset(check_size(e, "Snapshots", "epoch") for e in epochs or ())
        self.weights: dict[int, Arrays] = {}

    def __call__(self, solver: Any) -> None:
        epoch = len(solver.history.epochs)
        chosen = epoch % self.every == 0 if self.every else epoch in self.epochs
        if solver.history.at_epoch_end and chosen:
            self.weights[epoch] = solver.snapshot()

    def probabilities(self, net: Sequential, x: Array) -> Array:
        """The probabilities of each snapshot, (M, N, classes); the network is left as it was."""
        if not self.weights:
            hint = "pass it as callbacks=… to the Solver, and train for enough epochs"
            fail("Snapshots", "at least one snapshot", "none", hint)
        before, parts = net.snapshot(), []
        try:
            for weights in self.weights.values():
                net.restore(weights)
                parts.append(probabilities([net], x))
        finally:
            net.restore(before)
        return np.concatenate(parts)


def _shares(weights: npt.ArrayLike | None, m: int, where: str) -> Array:
    w: Array = np.ones(m) if weights is None else np.asarray(weights, dtype=float)
    if w.shape != (m,) or not np.isfinite(w).all() or w.min(initial=0) < 0 or w.sum() <= 0:
        expected = f"{m} weights >= 0, one a member, not all zero"
        fail(where, expected, describe(weights), "weights in the order of the members")
    shares: Array = w / w.sum()
    return shares
