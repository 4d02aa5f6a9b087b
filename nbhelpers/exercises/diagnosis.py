"""Exercises: the first loss, update ratios, dead units, a fault read from curves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .engine.exercise import Exercise, Mistake

_RNG = np.random.default_rng(113)


def _half_squares(w: Any, lam: Any) -> float:
    return 0.5 * float(lam) * float(np.sum(w**2))


expected_loss = Exercise(
    "expected_loss",
    lambda n, w, lam: math.log(n) + _half_squares(w, lam),
    [(n, _RNG.normal(size=(4, n)), lam) for n, lam in ((10, 0.1), (3, 0.0), (2, 0.5))],
    [
        Mistake("The penalty is missing. It does not wait until the network knows something.",
                lambda n, w, lam: math.log(n)),
        Mistake("Only the penalty is left. Guessing among the classes costs something, too.",
                lambda n, w, lam: _half_squares(w, lam)),
        Mistake("The ½ of the penalty is missing.",
                lambda n, w, lam: math.log(n) + 2 * _half_squares(w, lam)),
        Mistake("The logarithm of cross-entropy is the natural one; this one counts bits.",
                lambda n, w, lam: math.log2(n) + _half_squares(w, lam)),
        Mistake("The logarithm of cross-entropy is the natural one; this one counts digits.",
                lambda n, w, lam: math.log10(n) + _half_squares(w, lam)),
        Mistake("A loss of -log p is positive, as p is below 1. Mind the sign.",
                lambda n, w, lam: -math.log(n) + _half_squares(w, lam)),
        Mistake("This is the probability of each class. The loss is minus its logarithm.",
                lambda n, w, lam: 1 / n + _half_squares(w, lam)),
        Mistake("This is the share of wrong guesses, not their cross-entropy.",
                lambda n, w, lam: 1 - 1 / n + _half_squares(w, lam)),
        Mistake("The penalty adds up squares; this adds up the weights themselves.",
                lambda n, w, lam: math.log(n) + 0.5 * lam * float(np.sum(w))),
        Mistake("This is the penalty L1. Squares are asked for.",
                lambda n, w, lam: math.log(n) + 0.5 * lam * float(np.sum(np.abs(w)))),
        Mistake("The penalty takes the sum over all weights, not their mean.",
                lambda n, w, lam: math.log(n) + 0.5 * lam * float(np.mean(w**2))),
        Mistake("The norm has one root too many: the penalty takes the sum of squares as it is.",
                lambda n, w, lam: math.log(n) + 0.5 * lam * float(np.linalg.norm(w))),
    ],
)  # fmt: skip


def _norm(w: Any) -> float:
    return math.sqrt(float(np.sum(w**2)))


def _ratios(before: Any, after: Any) -> list[float]:
    return [_norm(b - a) / _norm(a) for a, b in zip(before, after, strict=True)]


def _steps(sizes: Any, shares: Any) -> Any:
    before = [_RNG.normal(size=size) for size in sizes]
    after = [w + share * _RNG.normal(size=w.shape)
             for w, share in zip(before, shares, strict=True)]  # fmt: skip
    return before, after


largest_ratio = Exercise(
    "largest_ratio",
    lambda before, after: max(_ratios(before, after)),
    [_steps([(4, 3), (3, 5)], [0.01, 0.4]), _steps([(2, 6), (6, 3), (3, 2)], [0.3, 0.02, 0.05]),
     _steps([(5, 5)], [0.001])],
    [
        Mistake("This is the smallest one. The largest tells whether a layer is overwritten.",
                lambda before, after: min(_ratios(before, after))),
        Mistake("This is the mean of the ratios. A single layer in trouble would drown in it.",
                lambda before, after: float(np.mean(_ratios(before, after)))),
        Mistake("These are the sizes of the steps alone. Divide each by the size of its weights.",
                lambda before, after: max(
                    _norm(b - a) for a, b in zip(before, after, strict=True))),
        Mistake("Divide by the size that the weights had *before* the step.",
                lambda before, after: max(
                    _norm(b - a) / _norm(b) for a, b in zip(before, after, strict=True))),
        Mistake("The roots are missing: this is the square of the ratio.",
                lambda before, after: max(r * r for r in _ratios(before, after))),
        Mistake("Norm of the difference, not difference of the norms: weights can move far and "
                "keep their size.",
                lambda before, after: max(
                    abs(_norm(b) - _norm(a)) / _norm(a)
                    for a, b in zip(before, after, strict=True))),
        Mistake("This is the ratio of new to old size. What counts is the step between the two.",
                lambda before, after: max(
                    _norm(b) / _norm(a) for a, b in zip(before, after, strict=True))),
        Mistake("This compares number by number. A weight that happens to be near 0 then has an "
                "enormous ratio; take the norms of whole matrices.",
                lambda before, after: max(
                    float(np.max(np.abs((b - a) / a)))
                    for a, b in zip(before, after, strict=True))),
        Mistake("This is one ratio for all weights together. Each matrix has its own.",
                lambda before, after: math.sqrt(
                    sum(_norm(b - a) ** 2 for a, b in zip(before, after, strict=True))
                    / sum(_norm(a) ** 2 for a in before))),
        Mistake("These are all ratios. The largest of them is asked for.", _ratios),
        Mistake("This is the ratio of the first matrix. Look at the others, too.",
                lambda before, after: _ratios(before, after)[0]),
    ],
)  # fmt: skip


def _sums() -> list[tuple[Any]]:
    z = _RNG.normal(size=(6, 8))
    z[:, [1, 4, 5]] = -np.abs(z[:, [1, 4, 5]])
    z[:, [0, 2, 3, 6, 7]] = (
        np.abs(z[:, [0, 2, 3, 6, 7]]) * np.where(np.arange(6) == 3, 1, -1)[:, None]
    )
    z[0, 0], z[2, 4] = 0.5, 0.0
    alive = _RNG.normal(size=(5, 4))
    alive[0], alive[1] = 1.0, -1.0
    return [(z,), (alive,), (-np.abs(_RNG.normal(size=(3, 5))),)]


share_dead = Exercise(
    "share_dead",
    lambda z: float(np.mean(np.all(z <= 0, axis=0))),
    _sums(),
    [
        Mistake("This is the share of all answers that are 0. A unit may be off for many examples "
                "and alive for others.", lambda z: float(np.mean(z <= 0))),
        Mistake("A unit that is off for *one* example is not dead. It must be off for all.",
                lambda z: float(np.mean(np.any(z <= 0, axis=0)))),
        Mistake("This counts examples that no unit answers to. Units are the columns.",
                lambda z: float(np.mean(np.all(z <= 0, axis=1)))),
        Mistake("This is the share of units that are alive.",
                lambda z: float(np.mean(np.any(z > 0, axis=0)))),
        Mistake("This is a number of units. The share is asked for.",
                lambda z: int(np.sum(np.all(z <= 0, axis=0)))),
        Mistake("z comes before the ReLU: a dead unit's sums are negative, not exactly 0.",
                lambda z: float(np.mean(np.all(z == 0, axis=0)))),
        Mistake("At exactly 0 a ReLU answers 0 as well, and passes no gradient.",
                lambda z: float(np.mean(np.all(z < 0, axis=0)))),
        Mistake("A negative *mean* is not yet dead: one example that switches the unit on "
                "is enough to learn from.", lambda z: float(np.mean(z.mean(axis=0) <= 0))),
        Mistake("The answers are one for each unit. Take their mean to get the share.",
                lambda z: np.all(z <= 0, axis=0)),
    ],
)  # fmt: skip


def _name(train: Any, val: Any, guess: Any) -> str:
    if not math.isfinite(train[-1]) or train[-1] > 1.5 * guess:
        return "diverged"
    if train[-1] > 0.95 * guess:
        return "stuck"
    return "overfitting" if val[-1] > 1.2 * min(val) else "good"


def _without(*words: str) -> Any:
    """The monitor that never says one of these, and says what would have come next."""

    def wrong(train: Any, val: Any, guess: Any) -> str:
        if "diverged" not in words and _name(train, val, guess) == "diverged":
            return "diverged"
        if "stuck" not in words and train[-1] > 0.95 * guess:
            return "stuck"
        late = "overfitting" not in words and val[-1] > 1.2 * min(val)
        return "overfitting" if late else "good"

    return wrong


def _overfitting_first(train: Any, val: Any, guess: Any) -> str:
    return "overfitting" if val[-1] > 1.2 * min(val) else _name(train, val, guess)


def _first_val(train: Any, val: Any, guess: Any) -> str:
    word = _name(train, val, guess)
    if word in ("diverged", "stuck"):
        return word
    return "overfitting" if val[-1] > 1.2 * val[0] else "good"


def _by_gap(train: Any, val: Any, guess: Any) -> str:
    word = _name(train, val, guess)
    if word in ("diverged", "stuck"):
        return word
    return "overfitting" if val[-1] > 1.2 * train[-1] else "good"


def _nan_unseen(train: Any, val: Any, guess: Any) -> str:
    word = _name(train, val, guess)
    return _without("diverged")(train, val, guess) if math.isnan(train[-1]) else word


def _stuck_first(train: Any, val: Any, guess: Any) -> str:
    if train[-1] > 0.95 * guess:
        return "stuck"
    return _name(train, val, guess)


def _any_nan_only(train: Any, val: Any, guess: Any) -> str:
    word = _name(train, val, guess)
    finite = math.isfinite(train[-1])
    return _without("diverged")(train, val, guess) if finite and word == "diverged" else word


def _known(word: Any) -> str:
    return next(known for known in ("diverged", "stuck", "overfitting", "good") if known == word)


_NAN, _INF = math.nan, math.inf
name_the_fault = Exercise(
    "name_the_fault",
    _name,
    [
        ([2.0, 1.0, 0.5, 0.3], [2.0, 1.1, 0.7, 0.6], 2.3),
        ([2.0, 0.8, 0.2, 0.1], [1.9, 1.0, 1.2, 1.5], 2.3),
        ([2.3, 2.3, 2.29, 2.28], [2.3, 2.3, 2.3, 2.3], 2.3),
        ([2.3, 9.0, _NAN, _NAN], [2.4, 8.0, _NAN, _NAN], 2.3),
        ([2.3, 9.0, 80.0, _INF], [2.4, 8.0, 70.0, _INF], 2.3),
        ([2.0, 5.0, 8.0, 6.0], [2.4, 5.0, 9.0, 6.5], 2.3),
        ([0.69, 0.7, 0.69, 0.69], [0.7, 0.8, 0.9, 1.1], 0.69),
        ([0.6, 4.0, 0.3, 0.2], [0.6, 4.1, 0.4, 0.35], 0.69),
        ([0.7, 0.4, 0.1, 0.02], [0.6, 0.5, 0.8, 1.2], 0.69),
        ([0.7, 0.5, 0.2, 0.05], [0.7, 0.5, 0.3, 0.33], 0.69),
    ],
    [
        Mistake("NaN slips through: a comparison with NaN is never true. Ask whether the loss is "
                "finite.", _nan_unseen),
        Mistake("A loss that has run away is finite at first. Above 1.5 times the guess it has "
                "diverged, too.", _any_nan_only),
        Mistake("What has diverged is above the guess as well. Ask for the worse fault first.",
                _stuck_first),
        Mistake("A run that learned nothing, or has blown up, does not overfit: ask about the "
                "training loss first.", _overfitting_first),
        Mistake("Compare the last validation loss with the lowest, not with the first one.",
                _first_val),
        Mistake("A gap between training and validation is normal. Overfitting, as defined here, is "
                "a validation loss that rises again.", _by_gap),
        Mistake("It never says \"stuck\": a loss at the level of guessing is no success.",
                _without("stuck")),
        Mistake("It never says \"overfitting\". What does the validation loss do at the end?",
                _without("overfitting")),
        Mistake("It never says \"diverged\".", _without("diverged")),
    ],
    view=_known,
    returns='one of the words "diverged", "stuck", "overfitting" and "good"',
)  # fmt: skip
