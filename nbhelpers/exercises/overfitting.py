"""Exercises: a ridge fit, three sets and their sizes, and the largest of three gaps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .engine.exercise import Exercise, Mistake

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


def _three_sets(n: int, n_dev: int, n_test: int, seed: int) -> Any:
    order = np.random.default_rng(seed).permutation(n)
    return order[n_dev + n_test :], order[:n_dev], order[n_dev : n_dev + n_test]


def _facts(sets: Any) -> Any:
    """What counts about three sets: sizes, who is in two, who is twice in one, whether in order."""
    if any(np.any(np.asarray(part) != np.asarray(part).real.astype(int)) for part in sets):
        raise ValueError("row numbers are whole numbers")
    train, dev, test = (np.asarray(part).real.astype(int).ravel() for part in sets)
    pairs = ((train, dev), (train, test), (dev, test))
    shared = [len(np.intersect1d(a, b)) > 0 for a, b in pairs]
    twice = [len(np.unique(part)) < len(part) for part in (train, dev, test)]
    in_a_row = [len(p) > 0 and bool(np.ptp(p) == len(p) - 1) for p in (dev, test)]
    every = np.unique(np.concatenate([train, dev, test]))
    outside = every[0] != 0 or every[-1] != len(every) - 1
    sizes = (len(train), len(dev), len(test))
    return np.array([*sizes, *shared, *twice, *in_a_row, outside], dtype=int)


def _unshuffled(n: int, n_dev: int, n_test: int, seed: int) -> Any:
    rest, rows = n - n_dev - n_test, np.arange(n)
    return rows[:rest], rows[rest : rest + n_dev], rows[rest + n_dev :]


def _first_rows(n: int, n_dev: int, n_test: int, seed: int) -> Any:
    rows = np.arange(n)
    return rows[n_dev + n_test :], rows[:n_dev], rows[n_dev : n_dev + n_test]


def _separately(n: int, n_dev: int, n_test: int, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return tuple(rng.choice(n, k, replace=False) for k in (n - n_dev - n_test, n_dev, n_test))


def _same_start(n: int, n_dev: int, n_test: int, seed: int) -> Any:
    order = np.random.default_rng(seed).permutation(n)
    return order[n_dev + n_test :], order[:n_dev], order[:n_test]


def _train_on_all(n: int, n_dev: int, n_test: int, seed: int) -> Any:
    _, dev, test = _three_sets(n, n_dev, n_test, seed)
    return np.arange(n), dev, test


def _test_trained(n: int, n_dev: int, n_test: int, seed: int) -> Any:
    order = np.random.default_rng(seed).permutation(n)
    return order[n_dev:], order[:n_dev], order[n_dev : n_dev + n_test]


def _replaced(n: int, n_dev: int, n_test: int, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return tuple(rng.integers(0, n, k) for k in (n - n_dev - n_test, n_dev, n_test))


def _swapped(n: int, n_dev: int, n_test: int, seed: int) -> Any:
    train, dev, test = _three_sets(n, n_dev, n_test, seed)
    return train, test, dev


def _dev_first(n: int, n_dev: int, n_test: int, seed: int) -> Any:
    train, dev, test = _three_sets(n, n_dev, n_test, seed)
    return dev, test, train


def _shifted(n: int, n_dev: int, n_test: int, seed: int) -> Any:
    return tuple(part + 1 for part in _three_sets(n, n_dev, n_test, seed))


def _one_off(n: int, n_dev: int, n_test: int, seed: int) -> Any:
    order = np.random.default_rng(seed).permutation(n)
    return order[n_dev + n_test + 1 :], order[:n_dev], order[n_dev : n_dev + n_test]


def _cut_one_early(n: int, n_dev: int, n_test: int, seed: int) -> Any:
    return tuple(np.split(np.random.default_rng(seed).permutation(n),
                          [n - n_dev - n_test - 1, n - n_test - 1]))  # fmt: skip


_SORTED = "Nothing is shuffled: in a sorted file, one of the sets would get what the others lack."

three_sets = Exercise(
    "three_sets",
    _three_sets,
    [(1000, 200, 100, 1), (500, 50, 100, 2), (2000, 300, 400, 3)],
    [
        Mistake(_SORTED, _unshuffled),
        Mistake(_SORTED, _first_rows),
        Mistake("Each set is drawn on its own, so some examples are in two of them. Shuffle once, "
                "then cut.", _separately),
        Mistake("Validation and test start at the same place of the order: they share examples.",
                _same_start),
        Mistake("All examples are in training, those for validation and test too: that is "
                "remembering, not learning.", _train_on_all),
        Mistake("The test examples are in training too. Cut them off as well.", _test_trained),
        Mistake("They are drawn with replacement: some examples come twice, others never.",
                _replaced),
        Mistake("Validation and test are swapped: the second one is validation.", _swapped),
        Mistake("The sets come in the wrong order: training first, then validation, then test.",
                _dev_first),
        Mistake("Row numbers go from 0 to n - 1; yours start at 1.", _shifted),
        Mistake("A cut is off by one: one set has an example too many or too few.", _one_off),
        Mistake("A cut is off by one: one set has an example too many or too few.",
                _cut_one_early),
    ],
    view=_facts,
    returns="three arrays of row numbers: training, validation, test",
)  # fmt: skip


def _needed(p: float, margin: float) -> int:
    return math.ceil(4 * p * (1 - p) / margin**2)


examples_needed = Exercise(
    "examples_needed",
    _needed,
    [(0.91, 0.023), (0.77, 0.053), (0.985, 0.0041), (0.6, 0.11)],
    [
        Mistake("This is for one standard deviation; two are to fit into the margin.",
                lambda p, m: math.ceil(p * (1 - p) / m**2)),
        Mistake("Twice the standard deviation takes more than twice the examples: the 2 is "
                "squared along.", lambda p, m: math.ceil(2 * p * (1 - p) / m**2)),
        Mistake("The margin is not squared: to halve the scatter takes four times the examples.",
                lambda p, m: math.ceil(4 * p * (1 - p) / m)),
        Mistake("Rounded down, the scatter is still a little larger than the margin.",
                lambda p, m: math.floor(4 * p * (1 - p) / m**2)),
        Mistake("This is not a whole number yet. Round up.", lambda p, m: 4 * p * (1 - p) / m**2),
        Mistake("The variance of a right-or-wrong answer is p (1 - p); one factor is missing.",
                lambda p, m: math.ceil(4 * p / m**2)),
        Mistake("The variance of a right-or-wrong answer is p (1 - p); one factor is missing.",
                lambda p, m: math.ceil(4 * (1 - p) / m**2)),
        Mistake("This is the scatter for margin = n. Solve the equation for n.",
                lambda p, m: 2 * math.sqrt(p * (1 - p) / m)),
        Mistake("This is one more than is needed. Rounding up is enough.",
                lambda p, m: math.ceil(4 * p * (1 - p) / m**2) + 1),
        Mistake("p is taken as ½, the worst case. This model's p is known.",
                lambda p, m: math.ceil(1 / m**2)),
    ],
    rtol=1e-9,
)  # fmt: skip
