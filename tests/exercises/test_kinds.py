"""Each kind of exercise takes its own form of answer and has its own words for it."""

from __future__ import annotations

import importlib
import json

import numpy as np
import pytest

from nbhelpers.exercises import (
    Derivation,
    Design,
    Exercise,
    Explanation,
    Mistake,
    Prediction,
    Target,
    neurons,
    progress,
)
from nbhelpers.exercises.engine import lessons
from nbhelpers.exercises.engine.exercise import UNCHANGED
from nbhelpers.exercises.engine.outcomes import is_blank
from nbhelpers.exercises.engine.task import KINDS, Task
from tests.exercises.mutants import Hostile


@pytest.fixture
def record(tmp_path, monkeypatch):
    path = tmp_path / "progress.json"
    monkeypatch.setenv("NBHELPERS_PROGRESS", str(path))
    return path


def said(capsys):
    return capsys.readouterr().out.strip()


def test_kind_and_stars_are_checked():
    assert Task("x", kind="derive", stars=3).marks == "★★★ (derive)"
    for options in ({"kind": "retype"}, {"kind": "build", "stars": 4}):
        with pytest.raises(ValueError, match="expected"):
            Task("x", **options)


# --- predict -----------------------------------------------------------------------------------


def question(**changes):
    options = {"a": "it falls", "b": "it stays", "c": "it rises"}
    content = {"options": options, "answer": "b", "why": "The two cancel.", "lesson": "neurons"}
    return Prediction("balance", **(content | changes))


def test_a_prediction_is_asked_kept_and_answered(record, capsys):
    balance = question()
    balance.predict(...)
    assert said(capsys).endswith("Choose: (a) it falls, (b) it stays, (c) it rises.")
    balance.reveal()
    assert "predict first" in said(capsys)
    assert not record.exists()
    balance.predict("(B)")
    assert said(capsys) == "… balance: you predict (b) it stays. Now run it."
    balance.reveal()
    assert said(capsys) == (
        "✓ balance: you predicted (b), and so it is: (b) it stays. The two cancel."
    )
    stored = json.loads(record.read_text(encoding="utf-8"))
    assert stored["predicted"] == {"neurons": {"balance": "b"}}
    assert list(stored["passed"]["neurons"]) == ["balance"]


def test_a_prediction_may_change_before_the_answer_and_not_after_it(record, capsys):
    balance = question()
    balance.predict("a")
    balance.predict("c")
    assert "(c) it rises in place of (a)" in said(capsys)
    balance.reveal()
    balance.predict("b")
    assert "you predicted (c) before you knew" in said(capsys)
    again = question()  # another session
    again.predict("b")
    assert "you predicted (c) before you knew" in said(capsys)
    again.reveal()
    assert "you predicted (c), and it is (b) it stays" in said(capsys)
    again.forget()
    again.predict("a")
    assert said(capsys) == "… balance: you predict (a) it falls. Now run it."
    assert json.loads(record.read_text(encoding="utf-8"))["passed"]["neurons"] == {}


def test_a_number_is_predicted_and_compared_with_what_was_measured(capsys):
    factor = Prediction("factor", answer=3.2, within=0.4, why="Noise falls like a root.")
    factor.predict("many")
    assert "Predict a number." in said(capsys)
    factor.predict(10)
    factor.check(3.1)
    assert "you predicted 10, and it is 3.1." in said(capsys)
    factor.forget()
    factor.predict(3)
    factor.check(3.1)
    assert "and so it is: 3.1" in said(capsys)


def test_predictions_that_cannot_be_answered_are_rejected():
    with pytest.raises(ValueError, match="expected one of"):
        question(answer="d")
    with pytest.raises(ValueError, match="a number"):
        question(options=None)


@pytest.mark.parametrize("choice", ["z", 3, "", [], object()])
def test_a_choice_that_is_none_is_asked_for_again(choice, capsys):
    balance = question()
    balance.predict(choice)
    assert "Choose: (a)" in said(capsys)
    assert balance.choice is None


# --- derive ------------------------------------------------------------------------------------


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


mse = Derivation(
    "mse_gradient", lambda p, y: (p - y) / len(y),
    lambda rng: (rng.normal(size=(n := int(rng.integers(3, 7)), 2)), rng.normal(size=(n, 2))),
    [Mistake("The gradient of y, not of p.", lambda p, y: (p + y) / len(y))], stars=2,
)  # fmt: skip
slope = Derivation(
    "slope", lambda z: sigmoid(z) * (1 - sigmoid(z)) * z, lambda rng: (rng.normal(size=5),)
)
outer = Derivation(
    "outer", lambda x, dy: x.T @ dy,
    lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=(4, 3))),
)  # fmt: skip


@pytest.mark.parametrize(
    ("exercise", "answer", "words"),
    [
        (mse, lambda p, y: (y - p) / len(y), "The sign is turned"),
        (mse, lambda p, y: 2 * (p - y) / len(y), "twice the right"),
        (mse, lambda p, y: (p - y) / len(y) / 2, "half of the right"),
        (mse, lambda p, y: p - y, "number of rows"),
        (mse, lambda p, y: (p + y) / len(y), "not of p"),
        (mse, lambda p, y: (p - y) / p.size, "half of the right"),
        (slope, lambda z: sigmoid(z) * (1 - sigmoid(z)), "first argument"),
        (slope, lambda z: z, "which one is missing"),
        (slope, lambda z: sigmoid(z) * (1 - sigmoid(z)) * z**2, "which one is too many"),
        (outer, lambda x, dy: (x.T @ dy).T, "ransposed"),
    ],
)
def test_usual_slips_of_a_derivation_are_named(exercise, answer, words):
    assert exercise.diagnose(exercise.solution) is None
    assert words in exercise.diagnose(answer)


def test_points_are_drawn_anew_and_from_the_seed():
    first, second = (
        Derivation("double", lambda x: 2 * x, lambda rng: (rng.normal(),)) for _ in range(2)
    )
    seen = []
    for exercise in (first, second, second):
        exercise.diagnose(lambda x: 2 * x)
        seen.append([case[0] for case in exercise.cases])
    assert seen[0] == seen[1]
    assert not set(seen[1]) & set(seen[2])


# --- debug -------------------------------------------------------------------------------------


def broken_mean(x):
    total = 0
    for row in x:
        total = row
    return total / len(x)


mean = Exercise(
    "mean", lambda x: x.mean(axis=0), lambda rng: (rng.normal(size=(4, 2)),), [],
    broken=broken_mean, stars=2,
)  # fmt: skip


def test_broken_code_is_shown_and_recognized(capsys):
    assert mean.kind == "debug"
    assert "total = row" in mean.source

    def pasted(x):
        total = 0
        for row in x:
            total = row
        return total / len(x)

    def renamed(batch):
        s = 0
        for line in batch:
            s = line
        return s / len(batch)

    for unchanged in (broken_mean, pasted, renamed):
        mean.check(unchanged)
        assert said(capsys) == f"… mean: {UNCHANGED}"
    assert "still gives what the broken one gives" in mean.diagnose(lambda x: x[-1] / len(x))
    assert mean.diagnose(lambda x: sum(x) / len(x)) is None
    assert "number of rows" in mean.diagnose(lambda x: sum(x))


# --- design ------------------------------------------------------------------------------------


plan = Design(
    "arms", lambda n: {"seeds": 5, "paired": True}, [(2,), (4,)],
    [("One seed is one sample.", lambda p, n: p["seeds"] >= 3),
     ("Pair the arms by seed.", lambda p, n: p["paired"])],
    [Mistake("More seeds than the budget allows.", lambda n: {"seeds": 10**6, "paired": True})],
    returns="a dict with seeds and paired", stars=3,
)  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda n: {"seeds": 3, "paired": 1}, None),
        (lambda n: {"seeds": 1, "paired": True}, "One seed is one sample."),
        (lambda n: {"seeds": 4, "paired": False}, "Pair the arms by seed."),
        (lambda n: {"seeds": 4}, "it should return a dict with seeds and paired"),
        (lambda n: 3, "It returns 3; it should return a dict"),
        (lambda n: print(n), "returns nothing"),
        (lambda n: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_a_plan_is_judged_by_what_it_must_meet(answer, words):
    problem = plan.diagnose(answer)
    assert problem is None if words is None else words in problem


# --- beat --------------------------------------------------------------------------------------


def held_out():
    x = np.random.default_rng(7).normal(size=(200, 2))
    return x, (x[:, 0] * x[:, 1] > 0).astype(int)


def accuracy(answer, x, y):
    predicted = np.asarray(answer(x))
    if predicted.shape != y.shape:
        raise ValueError(f"expected one class per row, {y.shape}, got {predicted.shape}")
    return np.mean(predicted == y)


xor = Target("xor", accuracy, held_out, baseline=0.5, target=0.9, best=0.99, stars=3)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x: (x[:, 0] * x[:, 1] > 0).astype(int), "✓ xor: right, on held-out data"),
        (lambda x: (x[:, 0] > -2).astype(int), "the baseline (0.5000), short of the target"),
        (lambda x: x, "It cannot be measured: expected one class per row"),
        (lambda x: x[:, 7], "It stops with IndexError"),
        (lambda x: ..., "not filled in yet"),
        (lambda x: None if len(x) else x, "It cannot be measured"),
        (..., "… xor: not filled in yet"),
        (0.95, "This is 0.95; hand over the function"),
    ],
)
def test_a_target_says_where_the_answer_stands(answer, words, capsys):
    for _ in range(2):  # the same each time
        xor.check(answer)
        assert words in said(capsys)


def test_a_target_is_measured_on_fresh_copies_and_the_same_each_time():
    def spoils(x):
        noise = np.random.random(len(x))  # noqa: NPY002
        predicted = x[:, 0] * x[:, 1] > noise - 0.5
        x[:] = 0
        return predicted.astype(int)

    assert xor.value(spoils) == xor.value(spoils)


def test_less_can_be_better_and_the_order_is_checked(capsys):
    steps = Target("steps", lambda a: a(), baseline=100, target=20, best=8, higher=False, digits=0)
    steps.check(lambda: 50)
    assert "better than the baseline (100), short of the target (20)" in said(capsys)
    steps.check(lambda: 12)
    assert "right, on held-out data its accuracy is 12" in said(capsys)
    with pytest.raises(ValueError, match="between"):
        Target("steps", lambda a: a(), baseline=1, target=20, best=8)


# --- explain -----------------------------------------------------------------------------------


def test_the_model_answer_is_shown_only_after_the_own_one(record, capsys):
    why = Explanation("why", model="The layers multiply out.", words=8, lesson="neurons")
    for text in (..., "", "  ...", "because because because because because because of it", 3):
        why.check(text)
        assert "multiply out" not in said(capsys)
    why.check(why.model + " " + why.folded())  # too few different words
    assert "✓" not in said(capsys)
    assert not record.exists()
    why.check("Without a nonlinearity between them, five matrices make one.")
    assert "The layers multiply out." in said(capsys)
    assert "neurons" in json.loads(record.read_text(encoding="utf-8"))["passed"]


@pytest.mark.parametrize("task", [question(), xor, Explanation("why", model="So.", lesson=None)])
@pytest.mark.parametrize("value", [Hostile(), Hostile, len, [[1], [2, 3]], 1j, np.nan, "x" * 10**5])
def test_whatever_is_handed_over_gets_a_sentence(task, value, capsys):
    """The mutants of `mutants.py` attack functions; this is for kinds that take something else."""
    (task.predict if isinstance(task, Prediction) else task.check)(value)
    assert said(capsys)[:2] in ("✗ ", "… ")
    assert not getattr(task, "choice", None)


# --- what all kinds of function have -----------------------------------------------------------


def test_blank_is_told_by_this_pythons_own_stubs():
    def dots(x): ...

    def dots_in_lines(x, y=1, *more, z=2):
        """Documented."""
        ...

    def returns_dots(x):
        return ...

    def five(x):
        return 5

    def calls(x):
        print(x)

    def generator(x):
        yield

    assert all(map(is_blank, (dots, dots_in_lines, returns_dots, lambda: None, lambda x: ...)))
    assert not any(map(is_blank, (five, calls, generator, lambda x: x, len, np.tanh, Exercise)))


pair = Exercise(
    "scaled", lambda x, lo, hi: (x * lo, x * hi),
    [(np.array([1.0, 2.0, 4.0]), 2.0, 5.0), (np.array([3.0, 4.0]), 1.0, 7.0)], [],
)  # fmt: skip
shares = Exercise(
    "share", lambda x, limit: float(np.mean(x > limit)),
    [(np.arange(7), 3), (np.array([5.0, 0.0, 1.0]), 0.5), (np.arange(4), 2)], [],
)  # fmt: skip


@pytest.mark.parametrize(
    ("exercise", "answer", "words"),
    [
        (pair, lambda x, lo, hi: (x * hi, x * lo), "what you return first belongs in second"),
        (shares, lambda x, limit: float(np.mean(x > 0.5)), "second argument changes nothing"),
        (shares, lambda x, limit: int((x > limit).sum()) // len(x), "divided with //"),
        (shares, lambda x, limit: float(np.mean(x > limit)) if limit > 1 else None,
         "nothing for others, such as ([5, 0, 1], 0.5)"),
        (Exercise("less", lambda a, b: a - 2 * b, [(5, 3), (1, 8)], []),
         lambda a, b: b - 2 * a, "the first and the second"),
    ],
)  # fmt: skip
def test_general_detectors(exercise, answer, words):
    assert exercise.diagnose(exercise.solution) is None
    assert words in exercise.diagnose(answer)


def test_an_argument_without_effect_is_found_even_where_the_cases_agree():
    """As with a seed that is not used, when the result of the cases happens to be right."""
    first = Exercise("first", lambda x, k: x[k], [(np.array([4.0, 9.0]), 1)], [])
    assert first.diagnose(lambda x, k: x[-1]) is None  # one value of k: nothing to tell it from
    top = Exercise("top", lambda y, classes: classes[y.argmax()],
                   [(np.array([3, 0, 1]), np.array([7, 8, 9]))], [])  # fmt: skip
    assert top.diagnose(lambda y, classes: classes[y.argmax()]) is None
    assert "second argument changes nothing" in top.diagnose(lambda y, classes: 7 + y.argmax())


def test_a_vague_hint_shows_the_smallest_failing_input():
    odd = Exercise("odd", lambda x: np.sort(x) ** 3, [(np.arange(9.0),), (np.array([3.0, -2.0]),)],
                   [])  # fmt: skip
    problem = odd.diagnose(lambda x: np.sort(x) ** 3 + (np.sort(x) < 0) + (x > 5) * x)
    assert "For example, odd([3, -2]) is [-8, 27]; yours gives [-7, 27]." in problem
    large = Exercise("large", lambda x: x * x, [(np.arange(1.0, 41.0),)], [])
    problem = large.diagnose(lambda x: x * x + (x == 3) * 50)
    assert "the entry [2] is 9; yours gives 59." in problem
    problem = large.diagnose(lambda x: x * x + (x == 3) * 5)
    assert problem.startswith("Nearly right")
    assert "yours gives 14." in problem


# --- the course --------------------------------------------------------------------------------


def test_the_summary_counts_kinds_and_stars(record):
    neurons.star.check(lambda: (np.ones(6), -4.5))
    summary = progress()
    assert summary.kinds["design"][0] == 1
    assert summary.stars[3][0] == 1
    assert sum(total for _, total in summary.kinds.values()) == summary.total
    assert sum(total for _, total in summary.stars.values()) == summary.total
    assert set(summary.kinds) <= set(KINDS)
    assert "By kind: " in repr(summary)
    assert "★★★ 1 of " in repr(summary)
    assert "★★★&nbsp;(design)" in summary._repr_html_()


def test_the_order_of_the_course_is_that_of_the_file_names(tmp_path, monkeypatch):
    for name in ("02_losses", "01_dropout", "A1_neurons", "03_not_written_yet", "template", "1_x"):
        (tmp_path / f"{name}.ipynb").touch()
    assert [file.slug for file in lessons.lesson_files(tmp_path)] == [
        "dropout", "losses", "not_written_yet", "neurons"
    ]  # fmt: skip
    monkeypatch.setattr(lessons, "course_folder", lambda: tmp_path)
    found = list(importlib.import_module("nbhelpers.exercises.engine.progress").lessons())
    assert found[:3] == ["dropout", "losses", "neurons"]  # moved by their files alone
    assert "not_written_yet" not in found
    assert "mnist" in found  # has no notebook here
    assert " A1 neurons " in repr(progress()).replace("  ", " ")


@pytest.mark.parametrize(
    "asked", ["7", "07", "dropout", "07_dropout", "notebooks/07_dropout.ipynb"]
)
def test_a_lesson_is_found_by_number_slug_and_file(tmp_path, asked):
    for name in ("07_dropout", "17_dropout_again", "A1_margins"):
        (tmp_path / f"{name}.ipynb").touch()
    assert [file.slug for file in lessons.find(tmp_path, asked)] == ["dropout"]
    assert [file.number for file in lessons.find(tmp_path, "a1")] == ["A1"]
    assert lessons.find(tmp_path, "8") == []
