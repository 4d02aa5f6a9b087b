"""Grading survives what is handed in, gives each answer its due, and goes on where it was."""

from __future__ import annotations

import base64
import copy
import csv
import io
import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import numpy as np
import psutil
import pytest

from nbhelpers.__main__ import main
from nbhelpers.exercises.engine.outcomes import Outcome
from nbhelpers.exercises.engine.progress import lessons
from nbhelpers.grading import course, folder, processes, transport
from tests.exercises.submissions import (
    HANDED_IN,
    NOT_NOTEBOOKS,
    SETUP,
    answers,
    notebook,
    the_lesson,
)
from tools.execution import NOTEBOOKS

GRAPH = [
    "import numpy as np\nfrom nbhelpers.tf1 import tf\n"
    "from nbhelpers.exercises import tensorflow_graphs",
    "def running_mean():\n    x = tf.placeholder(tf.float32, ())\n"
    "    count, mean = tf.Variable(0.0), tf.Variable(0.0)\n"
    "    return x, mean.assign_add((x - mean) / count.assign_add(1.0))\n"
    "tensorflow_graphs.running_mean.check(running_mean)",
    "def clipped_gradient(scores, y, floor):\n"
    "    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)\n"
    "    return (p - np.eye(scores.shape[1])[y]) / len(y)\n"
    "tensorflow_graphs.clipped_gradient.check(clipped_gradient)",
    "def five_calls():\n    return [2, 2, 8, 3, 2]\ntensorflow_graphs.five_calls.check(five_calls)",
    "def accumulation(model, lr):\n    return 1.0\n"
    "tensorflow_graphs.accumulation.check(accumulation)",
]


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory):
    """Lessons to grade with: a small one of NumPy and one of graphs."""
    target = tmp_path_factory.mktemp("lessons")
    nbformat.write(the_lesson(), target / "11_initialization.ipynb")
    graphs = notebook(GRAPH[:1])
    for source in GRAPH[1:]:
        cell = nbformat.v4.new_code_cell(source)
        cell.metadata["tags"] = ["exercise"]
        graphs.cells.append(cell)
    nbformat.write(graphs, target / "06_tensorflow_graphs.ipynb")
    return target


def grade(submitted, handed_out, output, *more):
    return main(
        ["grade", str(submitted), "--lessons", str(handed_out), "--output", str(output), *more]
    )  # fmt: skip


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def graded(tmp_path_factory, handed_out):
    """All hostile submissions, graded once: the exit code and the table."""
    place = tmp_path_factory.mktemp("grading")
    for student, (nb, _) in HANDED_IN.items():
        (place / "in" / student).mkdir(parents=True)
        nbformat.write(nb, place / "in" / student / "11_initialization.ipynb")
    # A module of the submissions' folder must not take the place of NumPy.
    (place / "in" / "numpy.py").write_text("raise SystemExit('shadowed')")
    limits = ("--cell-time", "6", "--memory", "0.7", "--time", "150", "--jobs", "2")
    code = grade(place / "in", handed_out, place / "grades.csv", *limits)
    return code, rows_of(place / "grades.csv")


@pytest.mark.parametrize("student", HANDED_IN)
def test_each_exercise_of_a_submission_gets_its_due(graded, student):
    rows = [row for row in graded[1] if row["student"] == student]
    assert [row["exercise"] for row in rows] == ["clip_global", "he_std", "residual_backward"]
    for row, word in zip(rows, HANDED_IN[student][1], strict=True):
        assert row["passed"] == str(int(word is None)), row
        assert (word or "") in row["reason"], row
        assert row["lesson"] == "11"
        assert float(row["seconds"]) < 6
        assert "/tmp" not in row["reason"]


def test_a_cell_that_was_left_out_is_named_to_who_failed(graded):
    failed = [row for row in graded[1] if row["student"] == "exit" and row["passed"] == "0"]
    assert "was left out" not in failed[0]["reason"]  # quit() in a cell ends nothing


def test_graphs_are_graded_too(tmp_path, handed_out):
    (tmp_path / "in").mkdir()
    nbformat.write(notebook(GRAPH), tmp_path / "in" / "grace_06_tensorflow_graphs.ipynb")
    assert grade(tmp_path / "in", handed_out, tmp_path / "grades.csv") == 0
    rows = {row["exercise"]: row for row in rows_of(tmp_path / "grades.csv")}
    assert rows["running_mean"]["passed"] == "1"
    assert "derivative of a constant" in rows["clipped_gradient"]["reason"]
    assert "once in one session.run" in rows["five_calls"]["reason"]
    assert "it should return clear, collect, update" in rows["accumulation"]["reason"]


def test_the_exit_code_tells_that_one_could_not_be_graded(graded):
    assert graded[0] == 1  # the parent killer's


def test_nothing_of_a_submission_lives_on(graded):
    for process in psutil.process_iter():
        try:
            environment, line = process.environ(), " ".join(process.cmdline())
        except (psutil.Error, OSError):
            continue
        assert processes.MARK not in environment, line


def test_the_time_of_a_notebook_is_limited(tmp_path, handed_out):
    (tmp_path / "in").mkdir()
    slow = answers(first=["import time\ntime.sleep(100)"])
    nbformat.write(slow, tmp_path / "in" / "eve_11_initialization.ipynb")
    assert grade(tmp_path / "in", handed_out, tmp_path / "grades.csv", "--time", "3") == 1
    rows = rows_of(tmp_path / "grades.csv")
    assert [row["passed"] for row in rows] == ["0", "0", "0"]
    assert all("runs longer than 3 s" in row["reason"] for row in rows)


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.2)
    return found


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to a single process")
def test_ctrl_c_ends_everything_that_was_started(tmp_path, handed_out):
    (tmp_path / "in").mkdir()
    slow = answers(first=["import time\ntime.sleep(1000)"])
    nbformat.write(slow, tmp_path / "in" / "eve_11_initialization.ipynb")
    command = [sys.executable, "-m", "nbhelpers", "grade", str(tmp_path / "in")]
    run = subprocess.Popen(
        [*command, "--lessons", str(handed_out), "--output", str(tmp_path / "grades.csv")],
        stderr=subprocess.PIPE,
        text=True,
        # A test run in the background ignores the signal, and its children would, too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    me = psutil.Process(run.pid)
    started = wait_for(lambda: len(c := me.children(recursive=True)) >= 2 and c)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Stopped. What was graded is in" in said
    assert "Traceback" not in said
    wait_for(lambda: not any(process.is_running() for process in started), 20)


# --- the table ---------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch):
    """Grading without running: every exercise passes. Gives the files in their order."""
    seen = []

    def at_once(submission, lesson, *_):
        seen.append(submission.path.name)
        if "stop" in submission.path.name:
            raise KeyboardInterrupt
        return {
            name: {"passed": True, "reason": "", "seconds": 0.1} for name in lesson.exercises
        }, ""

    monkeypatch.setattr(folder, "work", at_once)
    return seen


def hand_in(place, *names):
    place.mkdir(exist_ok=True)
    for name in names:
        nbformat.write(answers(), place / f"{name}_11_initialization.ipynb")


def test_it_goes_on_where_it_was(tmp_path, handed_out, quick, capsys):
    output = tmp_path / "grades.csv"
    hand_in(tmp_path / "in", "ada", "bob")
    assert grade(tmp_path / "in", handed_out, output) == 0
    hand_in(tmp_path / "in", "carl")
    changed = tmp_path / "in" / "bob_11_initialization.ipynb"
    nbformat.write(answers(last=["1"]), changed)
    quick.clear()
    assert grade(tmp_path / "in", handed_out, output) == 0
    assert sorted(name[:3] for name in quick) == ["bob", "car"]
    assert "1 of 3 notebooks are graded already" in capsys.readouterr().out
    rows = rows_of(output)
    assert [row["student"] for row in rows] == ["ada"] * 3 + ["bob"] * 3 + ["carl"] * 3
    quick.clear()
    assert grade(tmp_path / "in", handed_out, output, "--again") == 0
    assert len(quick) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["grades.csv", "in"]


def test_what_is_graded_survives_an_interruption(tmp_path, handed_out, quick, capsys):
    output = tmp_path / "grades.csv"
    hand_in(tmp_path / "in", "ada", "stop", "zoe")
    assert grade(tmp_path / "in", handed_out, output) == 130
    assert "Stopped" in capsys.readouterr().err
    assert {row["student"] for row in rows_of(output)} >= {"ada"}
    (tmp_path / "in" / "stop_11_initialization.ipynb").unlink()
    quick.clear()
    assert grade(tmp_path / "in", handed_out, output) == 0
    assert {name[:3] for name in quick} <= {"zoe"}
    assert {row["student"] for row in rows_of(output)} == {"ada", "zoe"}


def test_a_full_disk_leaves_the_old_table(tmp_path, handed_out, quick, monkeypatch):
    output = tmp_path / "grades.csv"
    hand_in(tmp_path / "in", "ada")
    grade(tmp_path / "in", handed_out, output)
    before = output.read_bytes()
    hand_in(tmp_path / "in", "bob")

    def full(*_):
        raise OSError("No space left")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        grade(tmp_path / "in", handed_out, output)
    assert output.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["grades.csv", "in"]


def test_files_that_are_no_notebooks_are_named(tmp_path, handed_out, quick):
    place = tmp_path / "in"
    hand_in(place, "ada")
    for name, content in NOT_NOTEBOOKS.items():
        (place / f"{name}.ipynb").write_bytes(content)
    (place / ".ipynb_checkpoints").mkdir()
    (place / ".ipynb_checkpoints" / "x.ipynb").write_bytes(b"")
    (place / "folder.ipynb").mkdir()
    assert grade(place, handed_out, tmp_path / "grades.csv") == 1
    rows = {row["student"]: row for row in rows_of(tmp_path / "grades.csv")}
    assert set(rows) == {"ada", *NOT_NOTEBOOKS}
    for name in NOT_NOTEBOOKS:
        words = "none of the course's lessons" if name == "foreign" else "not a notebook"
        assert rows[name]["reason"].startswith(words), rows[name]
        assert rows[name]["passed"] == "0"
    # Graded once: a second run still says that some could not be read.
    assert grade(place, handed_out, tmp_path / "grades.csv") == 1


def test_a_spreadsheet_takes_nothing_for_a_formula(tmp_path, handed_out, quick):
    hand_in(tmp_path / "in", "=cmd()", "+1", "@x")
    grade(tmp_path / "in", handed_out, tmp_path / "grades.csv")
    cells = [cell for row in rows_of(tmp_path / "grades.csv") for cell in row.values()]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@")]
    assert "'=cmd()" in cells
    quick.clear()
    grade(tmp_path / "in", handed_out, tmp_path / "grades.csv")
    assert quick == []  # still known by their files


@pytest.mark.parametrize("fault", ["no folder", "no lessons", "foreign table", "nowhere"])
def test_wrong_usage_is_refused_in_a_sentence(tmp_path, handed_out, fault, capsys):
    hand_in(tmp_path / "in", "ada")
    output = tmp_path / "grades.csv"
    submitted, taught = tmp_path / "in", handed_out
    if fault == "no folder":
        submitted = tmp_path / "absent"
    elif fault == "no lessons":
        taught = tmp_path
    elif fault == "foreign table":
        output.write_text("my,own,table\n1,2,3\n")
    else:
        output = tmp_path / "absent" / "grades.csv"
    assert grade(submitted, taught, output) == 2
    said = capsys.readouterr().err
    assert said.startswith("grade: ")
    assert said.count("\n") == 1
    if fault == "foreign table":
        assert output.read_text() == "my,own,table\n1,2,3\n"


def test_a_time_below_zero_is_refused(capsys):
    with pytest.raises(SystemExit) as refused:
        main(["grade", "x", "--time", "-3"])
    assert refused.value.code == 2
    assert "above 0" in capsys.readouterr().err


# --- what is handed in -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "student"),
    [
        ("ada/11_initialization.ipynb", "ada"),
        ("ada/ps1/11_initialization.ipynb", "ada"),
        ("ada_11_initialization.ipynb", "ada"),
        ("11_initialization-ada.ipynb", "ada"),
        ("Ada Lovelace_123_file_11_initialization.ipynb", "Ada Lovelace_123_file"),
        ("work.ipynb", "work"),
    ],
)
def test_the_student_is_told_from_the_path(tmp_path, path, student):
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).touch()
    assert [found.student for found in course.find(tmp_path)] == [student]


@pytest.mark.parametrize("told_by", ["metadata", "checks", "file name"])
def test_the_lesson_is_told_without_a_right_file_name(tmp_path, handed_out, told_by):
    metadata = {"nbhelpers": {"lesson": "11"}} if told_by == "metadata" else {}
    nb = answers(**metadata) if told_by == "checks" else notebook([SETUP], **metadata)
    path = tmp_path / ("11_x.ipynb" if told_by == "file name" else "homework.ipynb")
    found = course.lesson_of(nb, path, course.read_course(handed_out))
    assert found.name == "initialization"


def test_a_function_of_the_lesson_is_no_answer(handed_out):
    lesson = course.read_course(handed_out)["initialization"]
    nb = the_lesson()
    assert not course.own_definition(nb, "he_std_of_the_lesson", lesson)
    assert course.own_definition(nb, "clip_global", lesson)


def test_every_lesson_of_the_course_can_be_graded():
    found = course.read_course(NOTEBOOKS)
    assert set(found) == set(lessons())
    for name, exercises in lessons().items():
        assert set(found[name].exercises) == set(exercises)


ALL = [pytest.param(name, e, id=f"{name[-2:]}-{e.name}") for name, es in lessons().items()
       for e in es.values()]  # fmt: skip


@pytest.mark.parametrize(("lesson", "exercise"), ALL)
def test_the_verdict_is_the_same_from_outside(lesson, exercise):
    """What a kernel would send home is judged as it is in the notebook."""

    def sent(outcome):
        value, raw = (
            transport.decode(json.loads(json.dumps(transport.encode(v))))
            for v in (outcome.value, outcome.raw)
        )
        error = transport.decode_error(transport.encode_error(outcome.error))
        return Outcome(
            value, error, outcome.line, outcome.changed, outcome.strange, outcome.printed, raw
        )

    known = [(exercise.solution, None), *((m.answer, m.hint) for m in exercise.mistakes)]
    for answer, hint in known:
        outcomes = [sent(copy.copy(outcome)) for outcome in exercise._outcomes_of(answer)]
        assert exercise.verdict(outcomes) == hint


def test_transport_runs_nothing():
    class Evil:
        def __reduce__(self):
            return os.system, ("echo harm",)

    assert type(transport.decode(transport.encode(Evil()))).__name__ == "Evil"
    assert transport.encode([[[Evil()]]])[0] == "list"
    deep = []
    for _ in range(100):
        deep = [deep]
    assert "object" in json.dumps(transport.encode(deep))
    file = io.BytesIO()
    np.save(file, np.array([Evil()], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        transport.decode(["array", base64.b64encode(file.getvalue()).decode()])


def test_the_command_is_there():
    run = subprocess.run(
        [sys.executable, "-m", "nbhelpers", "grade", "--help"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    for option in ("--output", "--lessons", "--jobs", "--cell-time", "--time", "--memory"):
        assert option in run.stdout
