"""Every exercise accepts right answers, fails kindly when blank, and names typical mistakes."""

from __future__ import annotations

import importlib
import math
import pkgutil
import statistics

import numpy as np
import pytest

import nbhelpers.exercises
from nbhelpers.exercises import Exercise, lesson01, lesson14
from nbhelpers.exercises.exercise import BLANK

LESSONS = [
    importlib.import_module(f"nbhelpers.exercises.{module.name}")
    for module in pkgutil.iter_modules(nbhelpers.exercises.__path__)
    if module.name.startswith("lesson")
]
EXERCISES = [
    pytest.param(value, id=f"{lesson.__name__[-2:]}-{value.name}")
    for lesson in LESSONS
    for value in vars(lesson).values()
    if isinstance(value, Exercise)
]


def test_lessons_have_at_least_three_exercises():
    for lesson in LESSONS:
        found = [value for value in vars(lesson).values() if isinstance(value, Exercise)]
        assert len(found) >= 3, lesson.__name__


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_solution_is_right(exercise, capsys):
    exercise.check(exercise.solution)
    assert capsys.readouterr().out == f"✓ {exercise.name}: right.\n"


@pytest.mark.parametrize("exercise", EXERCISES)
def test_blank_stubs_fail_kindly(exercise, capsys):
    def dots(*arguments): ...

    def documented(*arguments):
        """What it should do."""

    def passing(*arguments):
        pass

    def not_implemented(*arguments):
        raise NotImplementedError

    for blank in (dots, documented, passing, not_implemented):
        exercise.check(blank)
        assert capsys.readouterr().out == f"… {exercise.name}: {BLANK}\n"


@pytest.mark.parametrize("exercise", EXERCISES)
def test_typical_mistakes_get_their_own_hint(exercise):
    assert len(exercise.mistakes) >= 5
    for mistake in exercise.mistakes:
        assert exercise.diagnose(mistake.answer) == mistake.hint


@pytest.mark.parametrize("exercise", EXERCISES)
def test_what_any_reader_may_do_is_named(exercise):
    def nothing_back(*arguments):
        sum(np.size(argument) for argument in arguments)

    def stops(*arguments):
        return 1 / 0

    assert exercise.diagnose(nothing_back).startswith("It returns nothing")
    assert "ZeroDivisionError" in exercise.diagnose(stops)
    assert "the function itself" in exercise.diagnose(3)
    assert exercise.diagnose(lambda *arguments: "text") is not None


def test_a_changed_input_is_named():
    def forward(x, w1, b1, w2, b2):
        x += 1
        return np.maximum(x @ w1 + b1, 0) @ w2 + b2

    assert "changes an array" in lesson01.forward.diagnose(forward)


@pytest.mark.parametrize(
    ("factor", "hint"), [(-1, "sign"), (3, "3 times"), (np.nan, "NaN"), ([[1], [2]], "shape")]
)
def test_general_hints(factor, hint):
    exercise = Exercise("double", lambda x: 2 * x, [(np.arange(1.0, 4.0),)], [])
    assert hint in exercise.diagnose(lambda x: 2 * x * np.asarray(factor))


def test_part_of_a_result_is_named():
    exercise = Exercise("both", lambda x: (x, -x), [(2.0,)], [])
    assert "Result 2 of 2" in exercise.diagnose(lambda x: (x, x))
    assert "2 things" in exercise.diagnose(lambda x: x)


def _loop_forward(x, w1, b1, w2, b2):
    rows = []
    for row in x:
        hidden = [max(0.0, float(sum(row * w1[:, j]) + b1[j])) for j in range(w1.shape[1])]
        rows.append([sum(h * w for h, w in zip(hidden, w2[:, k], strict=True)) + b2[k]
                     for k in range(w2.shape[1])])  # fmt: skip
    return rows


def _float32_forward(x, w1, b1, w2, b2):
    hidden = np.dot(x.astype(np.float32), w1.astype(np.float32)) + b1.astype(np.float32)
    return (hidden * (hidden > 0)).dot(w2.astype(np.float32)) + b2.astype(np.float32)


def _einsum_forward(x, w1, b1, w2, b2):
    hidden = (np.einsum("ni,ij->nj", x, w1) + b1).clip(min=0)
    return np.einsum("nj,jk->nk", hidden, w2) + b2


def _loop_counts(sizes):
    weights = 0
    for i in range(1, len(sizes)):
        weights += sizes[i - 1] * sizes[i]
    return [sum(sizes) - sizes[0], weights, sum(sizes) - sizes[0]]


def _array_counts(sizes):
    s = np.array(sizes)
    return s[1:].sum(), s[:-1] @ s[1:], s[1:].sum()


def _loop_confusion(y, guess, classes):
    return [[sum((y == i) & (guess == j)) for j in range(classes)] for i in range(classes)]


def _histogram_confusion(y, guess, classes):
    return np.bincount(y * classes + guess, minlength=classes**2).reshape(classes, classes)


def _add_at_confusion(y, guess, classes):
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (y, guess), 1.0)
    return matrix


def _loop_accuracy(s, y):
    return sum(int(np.argmax(row) == t) for row, t in zip(s, y, strict=True)) / len(y)


def _array_interval(v, t):
    return np.mean(v) + np.array([-1, 1]) * t * np.std(v, ddof=1) / len(v) ** 0.5


def _variance_interval(v, t):
    half = t * (v.var(ddof=1) / v.size) ** 0.5
    return [v.mean() - half, v.mean() + half]


def _statistics_interval(v, t):
    mean, half = statistics.mean(v), t * statistics.stdev(v) / math.sqrt(len(v))
    return mean - half, mean + half


RIGHT = {
    lesson01.nand_neuron: [
        lambda: ([-2, -2], 3),
        lambda: (np.array([[-1], [-1]]), 1.2),
        lambda: (np.array([-0.6, -0.5]), np.array([1.0])),
    ],
    lesson01.count_parameters: [
        _loop_counts,
        _array_counts,
        lambda s: (sum(s[1:]), int(np.dot(s[1:], s[:-1])), sum(s[1:])),
    ],
    lesson01.forward: [_loop_forward, _float32_forward, _einsum_forward],
    lesson01.collapse: [
        lambda w1, b1, w2, b2: (np.dot(w1, w2), np.dot(b1, w2) + b2),
        lambda w1, b1, w2, b2: [w1 @ w2, (b1[None] @ w2 + b2)[0]],
        lambda w1, b1, w2, b2: ((w2.T @ w1.T).T, b2 + w2.T @ b1),
    ],
    lesson14.accuracy: [
        lambda s, y: sum(s.argmax(1) == y) / len(y),
        lambda s, y: np.float32(np.mean(np.argmax(s, axis=-1) == y)),
        _loop_accuracy,
    ],
    lesson14.interval: [_array_interval, _variance_interval, _statistics_interval],
    lesson14.confusion: [_loop_confusion, _histogram_confusion, _add_at_confusion],
}


@pytest.mark.parametrize("exercise", EXERCISES)
def test_other_right_answers_pass(exercise):
    assert len(RIGHT[exercise]) >= 3
    for answer in RIGHT[exercise]:
        assert exercise.diagnose(answer) is None
