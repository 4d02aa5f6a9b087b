"""Every exercise accepts right answers, fails kindly when blank, and names typical mistakes."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import numpy as np
import pytest

import nbhelpers.exercises
from nbhelpers.exercises import Exercise, lesson01
from nbhelpers.exercises.exercise import BLANK

LESSONS = [
    importlib.import_module(f"nbhelpers.exercises.{module.name}")
    for module in pkgutil.iter_modules(nbhelpers.exercises.__path__)
    if module.name.startswith("lesson")
]
ANSWERS = [importlib.import_module(f"tests.answers.{name.__name__[-8:]}") for name in LESSONS]
RIGHT = {exercise: answers for module in ANSWERS for exercise, answers in module.RIGHT.items()}
WRONG = {exercise: answers for module in ANSWERS for exercise, answers in module.WRONG.items()}
EXERCISES = [
    pytest.param(value, id=f"{lesson.__name__[-2:]}-{value.name}")
    for lesson in LESSONS
    for value in vars(lesson).values()
    if isinstance(value, Exercise)
]


def test_exercises_on_graphs_import_tensorflow_only_when_checked():
    code = "import nbhelpers.exercises.lesson05, sys; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


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
        str(arguments)

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


@pytest.mark.parametrize("exercise", EXERCISES)
def test_other_right_answers_pass(exercise):
    assert len(RIGHT[exercise]) >= 3
    for answer in RIGHT[exercise]:
        assert exercise.diagnose(answer) is None


@pytest.mark.parametrize("exercise", EXERCISES)
def test_other_wrong_answers_get_a_hint_that_fits(exercise):
    assert len(WRONG[exercise]) >= 5
    for answer, word in WRONG[exercise]:
        assert word in exercise.diagnose(answer)
