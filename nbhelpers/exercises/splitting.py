"""Exercises of lesson 6, second half: three sets without overlap, and how large they must be."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .exercise import Exercise, Mistake


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
