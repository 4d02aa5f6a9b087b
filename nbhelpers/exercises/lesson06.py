"""Exercises of lesson 6, first half: a ridge fit, and which of three gaps is the largest."""

from __future__ import annotations

from typing import Any

import numpy as np

from .exercise import Exercise, Mistake
from .splitting import examples_needed, three_sets

__all__ = ["examples_needed", "largest_gap", "ridge_by_sum", "three_sets"]

_RNG = np.random.default_rng(106)


def _ridge(times: float = 1.0, divided: bool = False, spared: int = 0) -> Any:
    """The solution with λ multiplied, the sums divided by n, or the first coefficients spared."""

    def ridge(A: Any, y: Any, strength: float) -> Any:
        penalty = np.eye(A.shape[1]) * strength * times
        penalty[:spared] = 0
        n = len(A) if divided else 1
        return np.linalg.solve(A.T @ A / n + penalty, A.T @ y / n)

    return ridge


def _ridge_case(n: int, order: int, strength: float) -> tuple[Any, Any, float]:
    x = _RNG.uniform(-1, 1, (n, 1))
    return x ** np.arange(order + 1), _RNG.normal(size=(n, 1)), strength


_MEAN = ("The data are divided by the number of examples, but here the penalty stands beside their "
         "*sum*.")  # fmt: skip

ridge_by_sum = Exercise(
    "ridge_by_sum",
    _ridge(),
    [_ridge_case(20, 3, 0.5), _ridge_case(8, 4, 2.0), _ridge_case(30, 2, 0.1)],
    [
        Mistake("This is the fit without penalty: the strength does nothing yet.", _ridge(0)),
        Mistake(_MEAN, _ridge(divided=True)),
        Mistake(_MEAN, _ridge(0.5, divided=True)),
        Mistake(_MEAN, _ridge(0.5, divided=True, spared=1)),
        Mistake("The constant is spared. In this exercise all coefficients pay.", _ridge(spared=1)),
        Mistake("The penalty counts half. Here it has no ½: both gradients carry the same factor "
                "2, which cancels.", _ridge(0.5)),
        Mistake("The penalty counts twice. Both gradients carry the same factor 2, which cancels.",
                _ridge(2)),
        Mistake("The penalty has the wrong sign: it rewards large coefficients.", _ridge(-1)),
        Mistake("The strength is added to every number of AᵀA. Each coefficient pays for itself "
                "alone, so it belongs on the diagonal.",
                lambda A, y, s: np.linalg.solve(A.T @ A + s, A.T @ y)),
        Mistake("The fit is made first and shrunk afterwards. The penalty must take part in the "
                "fit.", lambda A, y, s: np.linalg.lstsq(A, y, rcond=None)[0] / (1 + s)),
    ],
)  # fmt: skip


_WORDS = ("bias", "variance", "mismatch")


def _largest(*gaps: int) -> Any:
    """The answer that looks at these gaps only, 0: bias, 1: variance, 2: mismatch."""

    def answer(best: float, train: float, train_dev: float, dev: float) -> str:
        values = (train - best, train_dev - train, dev - train_dev)
        return _WORDS[max(gaps, key=lambda i: values[i])]

    return answer


def _by_size(a: float, b: float, c: float, d: float) -> str:
    gaps = [abs(b - a), abs(c - b), abs(d - c)]
    return _WORDS[gaps.index(max(gaps))]


def _smallest(a: float, b: float, c: float, d: float) -> str:
    gaps = [b - a, c - b, d - c]
    return _WORDS[gaps.index(min(gaps))]


def _from_zero(a: float, b: float, c: float, d: float) -> str:
    gaps = [b, c - b, d - c]
    return _WORDS[gaps.index(max(gaps))]


def _to_training(a: float, b: float, c: float, d: float) -> str:
    gaps = [b - a, c - b, d - b]
    return _WORDS[gaps.index(max(gaps))]


def _renamed(a: float, b: float, c: float, d: float) -> str:
    gaps = [c - b, b - a, d - c]
    return _WORDS[gaps.index(max(gaps))]


def _from_dev(a: float, b: float, c: float, d: float) -> str:
    gaps = [b - a, d - b, d - c]
    return _WORDS[gaps.index(max(gaps))]


def _one_of_three(word: Any) -> Any:
    return np.eye(3)[_WORDS.index(word)]


largest_gap = Exercise(
    "largest_gap",
    _largest(0, 1, 2),
    [(1.0, 12.0, 14.0, 15.0), (0.0, 1.0, 11.0, 12.0), (0.5, 1.0, 2.0, 20.0),
     (14.0, 15.0, 19.0, 20.0), (1.0, 10.0, 16.0, 20.0), (0.0, 3.0, 9.0, 14.0),
     (2.0, 6.0, 9.0, 1.0)],
    [
        Mistake("Mismatch is never found. Is the gap from train-dev to dev among the three?",
                _largest(0, 1)),
        Mistake("Bias is never found. How far is training from what is possible?", _largest(1, 2)),
        Mistake("Variance is never found. Which gap is between two sets of the same source?",
                _largest(0, 2)),
        Mistake("A gap counts by its size without sign. Errors that fall from one set to the next "
                "are no fault.", _by_size),
        Mistake("This is the smallest gap; most is gained at the largest.", _smallest),
        Mistake("Bias is measured from zero. Part of the training error cannot be avoided.",
                _from_zero),
        Mistake("Mismatch is measured from training, so it holds the variance too. Measure it "
                "from train-dev.", _to_training),
        Mistake("Variance is measured up to dev, so it holds the mismatch too. Measure it up to "
                "train-dev.", _from_dev),
        Mistake("Bias and variance are swapped: bias already shows in training.", _renamed),
        *(
            Mistake(f"It says {word} whatever the four errors are. Compute the three gaps first.",
                    lambda a, b, c, d, word=word: word) for word in _WORDS
        ),
    ],
    view=_one_of_three,
    returns='one of the words "bias", "variance" and "mismatch"',
)  # fmt: skip
