"""The reader's record: kept on this machine, never in the way of a check, easily forgotten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from nbhelpers.__main__ import main
from nbhelpers.exercises import Exercise, neurons, progress, tensorflow_graphs
from nbhelpers.exercises.engine import progress as record
from tools.execution import ENVIRONMENT, ROOT


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "home" / "progress.json"
    monkeypatch.setenv("NBHELPERS_PROGRESS", str(path))
    return path


def solve():
    neurons.xor_with_relu.check(xor)


def xor(x):
    return abs(x[:, 0] - x[:, 1])


def test_a_right_answer_is_written_down_once(file):
    neurons.xor_with_relu.check(lambda x: 0)
    neurons.xor_with_relu.check(neurons.xor_with_relu)
    neurons.xor_with_relu.check(neurons.xor_with_relu.solution)  # no merit of the reader
    assert not file.exists()
    solve()
    stored = json.loads(file.read_text(encoding="utf-8"))
    assert list(stored["passed"]["neurons"]) == ["xor_with_relu"]
    before = file.stat().st_mtime_ns
    solve()
    assert file.stat().st_mtime_ns == before
    assert [path.name for path in file.parent.iterdir()] == ["progress.json"]


def test_the_summary_counts_and_says_where_and_how_to_forget(file, capsys):
    assert progress().done == 0
    solve()
    text = repr(progress())
    assert "Exercises solved: 1 of " in text
    assert "still to do: boundary_neuron, fixed_reader, star" in text
    assert str(file) in text
    assert "--reset" in text
    assert main(["progress"]) == 0
    assert capsys.readouterr().out.endswith(text + "\n")
    assert main(["progress", "--reset"]) == 0
    assert not file.exists()
    solve()
    assert progress().done == 1
    assert progress(reset=True).done == 0


def test_a_record_of_the_first_edition_is_still_read(file):
    file.parent.mkdir()
    old = {"lesson01": {"star": "2026-01-02"}, "lesson04": {"sweep": "2026-01-03"}}
    file.write_text(json.dumps({"version": 1, "passed": old}), encoding="utf-8")
    assert progress().lessons["neurons"]["star"]
    assert progress().lessons["backpropagation"]["sweep"]
    solve()
    stored = json.loads(file.read_text(encoding="utf-8"))["passed"]
    assert list(stored) == ["backpropagation", "neurons"]
    assert stored["neurons"]["star"] == "2026-01-02"


def test_an_exercise_knows_the_lesson_whose_file_it_is_in():
    assert neurons.star.lesson == "neurons"
    assert tensorflow_graphs.five_calls.lesson == "tensorflow_graphs"
    assert Exercise("mine", abs, [(1,)], []).lesson is None


def test_lessons_are_in_the_order_of_their_notebooks():
    order = [path.stem.partition("_")[2] for path in sorted((ROOT / "notebooks").glob("*_*.ipynb"))]
    known = [slug for slug in order if slug in record.lessons()]
    assert list(record.lessons())[: len(known)] == known


def test_every_lesson_is_in_the_summary(file):
    names = [path.stem for path in (ROOT / "nbhelpers" / "exercises").glob("[a-z]*.py")]
    assert sorted(progress().lessons) == sorted(names)
    assert progress().total >= 46


def test_the_table_can_be_read_aloud_and_shows_nothing_unescaped(file, monkeypatch):
    odd = Exercise("<b>", lambda x: x, [(1,)], [], lesson="neurons")
    monkeypatch.setattr(neurons, "odd", odd, raising=False)
    html = progress()._repr_html_()
    assert html.count("<progress") == html.count('scope="row"') == len(progress().lessons)
    assert "<caption>" in html
    assert "aria-label" in html
    assert "<b>" not in html
    assert "&lt;b&gt;" in html


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"\xff\xfe\x00", b"[]", b'{"passed": 3}', b'{"passed": {"neurons": 3}}',
     b"[" * 100_000],
)  # fmt: skip
def test_a_damaged_file_breaks_no_check(file, damage, capsys):
    file.parent.mkdir()
    file.write_bytes(damage)
    assert progress().done == 0
    solve()
    assert "right" in capsys.readouterr().out
    assert progress().done == 1


def test_a_place_that_cannot_be_written_breaks_no_check(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("NBHELPERS_PROGRESS", str(tmp_path / "file" / "progress.json"))
    solve()
    assert capsys.readouterr().out == "✓ xor_with_relu: right.\n"
    monkeypatch.setattr(os, "replace", lambda *_: 1 / 0)
    monkeypatch.setenv("NBHELPERS_PROGRESS", str(tmp_path / "progress.json"))
    solve()
    assert capsys.readouterr().out == "✓ xor_with_relu: right.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]  # no half-written rest


def test_it_lies_in_the_home_folder_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("NBHELPERS_PROGRESS")
    assert record.place() == Path.home() / ".nbhelpers" / "progress.json"

    def homeless():
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", homeless)
    assert record.place() is None


def test_nothing_is_written_while_lessons_are_tested_or_refreshed():
    assert ENVIRONMENT["NBHELPERS_PROGRESS"] == ""
    assert os.environ["NBHELPERS_PROGRESS"] == ""  # here, too
    assert record.place() is None
    assert "Nothing is recorded" in repr(progress())


def test_an_exercise_of_no_lesson_is_not_recorded(file):
    Exercise("double", lambda x: 2 * x, [(1,)], []).check(lambda x: x + x)
    assert not file.exists()


SOLUTION = """def xor_with_relu(x):
    W1, b1 = np.array([[1, 1], [1, 1]]), np.array([0, -1])
    w2, b2 = np.array([1, -2]), 0                # the sum, less 2 where both inputs are 1
    return np.maximum(0, x @ W1 + b1) @ w2 + b2

neurons.xor_with_relu.check(xor_with_relu)
"""


@pytest.mark.parametrize("way", ["tags", "text", "own"])
def test_running_the_solution_of_the_lesson_is_no_merit(file, monkeypatch, way):
    import IPython

    tags = ["solution"] if way == "tags" else []
    kernel = SimpleNamespace(get_parent=lambda channel: {"metadata": {"tags": tags}})
    cell = SOLUTION if way == "text" else SOLUTION.replace("w2", "w")
    shell = SimpleNamespace(kernel=kernel, user_ns={"In": ["", cell]})
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    solve()
    assert file.exists() == (way == "own")


def test_in_a_kernel_the_own_answer_counts_and_the_solution_does_not(tmp_path):
    import nbformat
    from nbclient import NotebookClient
    from nbformat import v4

    lesson = nbformat.read(ROOT / "notebooks" / "01_neurons.ipynb", as_version=4)
    solutions = [c.source for c in lesson.cells if "solution" in c.metadata.get("tags", [])]
    own = "neurons.star.check(lambda: (np.full(6, 2), -9))"
    first = "import numpy as np\nfrom nbhelpers.exercises import neurons, progress"
    cells = [v4.new_code_cell(s) for s in (first, *solutions, own, "progress()")]
    notebook = v4.new_notebook(cells=cells)
    path = tmp_path / "progress.json"
    environment = os.environ | {"NBHELPERS_PROGRESS": str(path)}
    NotebookClient(notebook, timeout=120).execute(env=environment)
    outputs = [output for cell in notebook.cells for output in cell.outputs]
    assert sum("right" in output.get("text", "") for output in outputs) == len(solutions) + 1
    assert list(json.loads(path.read_text(encoding="utf-8"))["passed"]["neurons"]) == ["star"]
    assert "Exercises solved: 1 of" in outputs[-1].data["text/plain"]
    assert "<table>" in outputs[-1].data["text/html"]


def test_the_command_works_without_a_notebook():
    command = [sys.executable, "-m", "nbhelpers", "progress"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    assert "Exercises solved: 0 of" in run.stdout
