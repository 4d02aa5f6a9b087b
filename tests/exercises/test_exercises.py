"""Every exercise accepts right answers, fails kindly when blank, and names typical mistakes.

A lesson that is added is found here by itself: `nbhelpers/exercises/SLUG.py` with its
`tests/exercises/answers/SLUG.py`.
"""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from copy import deepcopy

import numpy as np
import pytest

import nbhelpers.exercises
from nbhelpers.exercises import Derivation, Exercise, neurons
from nbhelpers.exercises.engine.derivation import FACTORS
from nbhelpers.exercises.engine.exercise import BLANK
from nbhelpers.exercises.engine.graph_exercise import GraphExercise
from nbhelpers.exercises.engine.hints import LAST_RESORT
from nbhelpers.exercises.engine.outcomes import equal
from nbhelpers.exercises.engine.task import Task
from tests.exercises.mutants import MUTANTS, mutants_of

LESSONS = [
    importlib.import_module(f"nbhelpers.exercises.{module.name}")
    for module in pkgutil.iter_modules(nbhelpers.exercises.__path__)
    if not module.ispkg
]
SLUGS = [lesson.__name__.rpartition(".")[2] for lesson in LESSONS]
ANSWERS = [importlib.import_module(f"tests.exercises.answers.{slug}") for slug in SLUGS]
RIGHT = {exercise: answers for module in ANSWERS for exercise, answers in module.RIGHT.items()}
WRONG = {exercise: answers for module in ANSWERS for exercise, answers in module.WRONG.items()}
EXERCISES = [
    pytest.param(value, id=f"{slug}-{value.name}")
    for slug, lesson in zip(SLUGS, LESSONS, strict=True)
    for value in vars(lesson).values()
    if isinstance(value, Exercise)
]


def own_hints(exercise):
    """What the exercise's author says of wrong answers; of a derivation also the usual slips."""
    general = set(FACTORS.values()) if isinstance(exercise, Derivation) else set()
    requirements = {hint for hint, _ in getattr(exercise, "requirements", ())}
    return {mistake.hint for mistake in exercise.mistakes} | requirements | general


def is_graph(param):
    return isinstance(param.values[0], GraphExercise)


def test_exercises_on_graphs_import_tensorflow_only_when_checked():
    code = (
        "import nbhelpers.exercises.tensorflow_graphs, sys; sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_lessons_have_at_least_three_exercises():
    for lesson in LESSONS:
        found = [value for value in vars(lesson).values() if isinstance(value, Task)]
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
    assert len(own_hints(exercise)) >= 5
    for mistake in exercise.mistakes:
        assert exercise.diagnose(mistake.answer) == mistake.hint


@pytest.mark.parametrize("exercise", EXERCISES)
def test_whatever_can_go_wrong_is_named(exercise, capsys):
    """A systematic attack: each way to be wrong gets a message that fits, and never a traceback."""
    own = own_hints(exercise)
    for name, answer, words in mutants_of(exercise):
        problem = exercise.diagnose(answer)
        if problem is None:  # the spoiled answer is right all the same: a transposed number
            assert exercise.view or is_the_same(exercise, answer), name
        elif problem not in own:
            assert any(word in problem for word in words), f"{name}: {problem}"
            assert LAST_RESORT not in problem, name
            assert len(problem) < 400, name
        exercise.check(answer)
        assert "Traceback" not in capsys.readouterr().out


def is_the_same(exercise, answer):
    return all(
        equal(a, b, 0.0)
        for case in exercise.cases
        for a, b in [(answer(*deepcopy(case)), exercise.solution(*deepcopy(case)))]
    )


def test_the_attack_bites():
    """Nearly every exercise can be spoiled in nearly every way."""
    tried = [name for param in EXERCISES for name, _, _ in mutants_of(param.values[0])]
    for name in MUTANTS:
        assert tried.count(name) >= len(EXERCISES) / 2, name


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_value_in_place_of_a_function_is_named(exercise):
    assert "the function itself" in exercise.diagnose(3)


@pytest.mark.parametrize("exercise", [p for p in EXERCISES if not is_graph(p)])
def test_other_number_types_and_lists_are_accepted(exercise):
    """float32 for float64, and lists for arrays, in whatever the right answer returns."""
    for convert in (
        lambda v: np.asarray(v, np.float32) if np.asarray(v).dtype.kind == "f" else v,
        lambda v: np.asarray(v).tolist(),
        lambda v: np.asarray(v),
    ):
        for join in (tuple, list):

            def answer(*arguments, convert=convert, join=join):
                value = exercise.solution(*arguments)
                if isinstance(value, str):
                    return value
                if isinstance(value, dict):
                    return {key: convert(part) for key, part in value.items()}
                if isinstance(value, tuple):
                    return join(convert(part) for part in value)
                return convert(value)

            if exercise.name != "stable_sigmoid":  # whose smallest numbers float32 cannot hold
                assert exercise.diagnose(answer) is None


def test_an_endless_answer_can_be_stopped(capsys):
    def endless(*arguments):
        raise KeyboardInterrupt  # what Jupyter's stop button raises

    neurons.star.check(endless)
    assert "You stopped it" in capsys.readouterr().out


def test_prints_of_an_answer_are_still_shown(capsys):
    def talks(x):
        print("x is", x)
        return 2 * x

    Exercise("double", lambda x: 2 * x, [(1,)], []).check(talks)
    assert capsys.readouterr().out == "x is 1\n✓ double: right.\n"


def test_an_advanced_generator_is_no_changed_input():
    draw = Exercise("draw", lambda rng: 0 * rng.random() + 1, [(np.random.default_rng(1),)], [])
    assert draw.diagnose(lambda rng: rng.random() * 0 + 1) is None


def test_a_changed_list_is_named():
    first = Exercise("first", lambda values: values[0], [([1, 2],)], [])
    assert "changes a list" in first.diagnose(lambda values: values.pop(0))


def test_a_changed_input_is_named():
    def xor(x):
        x -= 0.5
        return (x[:, 0] * x[:, 1] < 0).astype(int)

    assert "changes an array" in neurons.xor_with_relu.diagnose(xor)


def test_words_and_dicts_are_compared_too():
    word = Exercise("word", lambda x: "up" if x > 0 else "down", [(1,), (-1,), (2,)], [])
    assert "'up' in every case" in word.diagnose(lambda x: "up")
    assert "'up' where another word fits" in word.diagnose(lambda x: "down" if x == 2 else "up")
    both = Exercise("both", lambda x: {"w": x, "b": -x}, [(1.0,), (2.0,)], [])
    assert "a dict with the keys 'w', 'b'" in both.diagnose(lambda x: x)
    assert "Under 'b': The size is right" in both.diagnose(lambda x: {"w": x, "b": x})
    assert both.diagnose(lambda x: {"b": -x, "w": np.float32(x)}) is None


def test_zeros_do_not_hide_a_factor_and_whole_numbers_lose_no_decimals():
    first = Exercise("first", lambda n: n, [(0,), (5,), (7,)], [])
    assert "3 times" in first.diagnose(lambda n: 3 * n)
    large = Exercise("large", lambda n: 100 * n + 1, [(1,), (2,), (10**7,)], [])
    assert "1 too large" in large.diagnose(lambda n: 100 * n + 2)


@pytest.mark.parametrize(
    ("factor", "hint"),
    [(-1, "sign"), (5, "5 times"), (3, "number of rows"), (1 / 3, "division too many"),
     (np.nan, "NaN"), ([[1], [2]], "shape"), ([1, 2, 1], "67% of the numbers")],
)  # fmt: skip
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
    """At least five get hints of their own, written for this exercise; none the last resort."""
    own, given = own_hints(exercise), set()
    for answer, word in WRONG[exercise]:
        problem = exercise.diagnose(answer)
        assert word in problem
        assert LAST_RESORT not in problem
        given.add(problem)
    assert len(given & own) >= 5, f"{len(given & own)} of {len(given)} hints are its own"
