"""The edition to hand out has no solution and no output in it, and still runs."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from nbclient import NotebookClient

from tests.lessons.hygiene_anatomy import CALL, task_of
from tests.lessons.hygiene_text import LINK, TEXT_RULES, prose
from tools import execution, student
from tools.execution import ROOT

LESSONS = execution.lessons()
pytestmark = pytest.mark.skipif(
    not os.access(ROOT / "data" / "README.md", os.R_OK),
    reason="data/ is closed to this user, and its page belongs to the edition",
)
NO_CACHES = {"PYTHONDONTWRITEBYTECODE": "1"}  # what is run there leaves nothing behind


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    folder = tmp_path_factory.mktemp("build") / "student"
    assert student.main(folder) == 0
    return folder


def read(path):
    return nbformat.read(path, as_version=4)


def tagged(notebook, tag):
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]


def is_exercise(cell):
    return bool({"solution", "exercise"} & set(cell.metadata.get("tags", [])))


def body(source):
    """The lines of a solution that say how it is done: no definition, no check, no comments."""
    lines = (line.split("  #")[0].strip() for line in source.splitlines())
    return [line for line in lines if line and not re.match(r"def |class |\w+\.\w+\.check\(", line)]


def test_every_lesson_is_there(edition):
    names = [path.name for path in sorted((edition / "notebooks").glob("*.ipynb"))]
    assert names == [path.name for path in LESSONS]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_solutions_are_gone_and_stubs_are_there(edition, path):
    lesson, notebook = read(path), read(edition / "notebooks" / path.name)
    stubs = tagged(notebook, "exercise")
    assert [cell.source for cell in stubs] == [cell.source for cell in tagged(lesson, "exercise")]
    assert len(stubs) >= 3 or not path.stem[0].isdigit()  # an appendix may have none
    for cell in stubs:  # dots to be replaced, or a broken function to be fixed
        dots = re.search(r"^    \.\.\.( |$)|\(\.\.\.\)", cell.source, re.MULTILINE)
        _, name, _ = CALL.search(cell.source).groups()
        assert dots or task_of(path, name).kind == "debug", cell.source
    assert tagged(notebook, "solution") == []
    exercises = [c.source for c in notebook.cells]
    exercises = exercises[next(i for i, s in enumerate(exercises) if "## Exercises" in s) :]
    for cell in tagged(lesson, "solution"):
        assert all(cell.source not in source for source in exercises)
        # A line alone may be part of a later text; all lines of a solution are nowhere together.
        assert all(not set(body(cell.source)) <= set(body(source)) for source in exercises)
    text = "\n".join(s for s, c in zip(exercises, notebook.cells[-len(exercises) :], strict=True)
                     if c.cell_type == "markdown")  # fmt: skip
    assert not re.search(r"solution is|folded|unfold", text, re.IGNORECASE)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_nothing_hidden_is_left(edition, path):
    file = edition / "notebooks" / path.name
    notebook = read(file)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info", "nbhelpers"}
    assert notebook.metadata.nbhelpers["lesson"] == path.stem.partition("_")[2]
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags", "jupyter"}
        assert set(cell.metadata.get("tags", [])) <= {"setup", "exercise", "raises-exception"}
        assert "attachments" not in cell
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    raw = json.loads(file.read_text(encoding="utf-8"))  # nothing that nbformat would not show
    assert set(raw) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    kinds = {"id", "cell_type", "metadata", "source", "outputs", "execution_count"}
    assert all(set(cell) <= kinds for cell in raw["cells"])


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_text_is_whole_and_its_links_lead_somewhere(edition, path):
    notebook = read(edition / "notebooks" / path.name)
    for text in prose(notebook):
        for link in (a or b for a, b in LINK.findall(text)):
            if not re.match(r"https?://|mailto:|#", link):
                target = edition / "notebooks" / unquote(link.partition("#")[0])
                assert target.exists(), f"the link to {link} leads nowhere"
    for rule in TEXT_RULES:
        if rule.__name__ in ("headings_nest", "formulas_are_balanced", "cells_are_short"):
            assert list(rule(notebook, path)) == []


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_nothing_after_an_exercise_needs_its_solution(path):
    """The stubs give None: a later cell that uses an exercise's function would fail."""
    cells = read(path).cells
    for i, cell in enumerate(cells):
        if "solution" in cell.metadata.get("tags", []):
            for name in re.findall(r"^(\w+) =|^def (\w+)", cell.source, re.MULTILINE):
                word = re.compile(rf"\b{''.join(name)}\(")
                later = (c for c in cells[i + 1 :] if c.cell_type == "code")
                others = [c.source for c in later if not is_exercise(c)]
                assert not any(map(word.search, others)), f"{name} is needed later"


@pytest.mark.parametrize("name", ["01_neurons", "04_backpropagation"])
def test_it_runs_from_top_to_bottom(edition, name):
    """One lesson in NumPy and one with graphs too, with the code of the edition and no other."""
    notebook = read(edition / "notebooks" / f"{name}.ipynb")
    notebook.cells.append(
        nbformat.v4.new_code_cell("import nbhelpers, notebook_format; print(nbhelpers.__file__)")
    )
    place = {"metadata": {"path": str(edition / "notebooks")}}
    # A busy machine may send a text in two pieces.
    options = {"timeout": 600, "kernel_name": "python3", "coalesce_streams": True}
    client = NotebookClient(notebook, resources=place, **options)
    with execution.kernel_environment(official=False) as environment:
        client.execute(env=environment | {"PYTHONPATH": str(edition), **NO_CACHES})
    printed = [o.get("text", "") for c in tagged(notebook, "exercise") for o in c.outputs]
    for text in printed:  # nothing is done yet, and nothing wrong
        assert text.splitlines()[-1].startswith("… "), text
    assert len(printed) == len(tagged(notebook, "exercise"))
    assert Path(notebook.cells[-1].outputs[0].text.strip()).is_relative_to(edition)


def test_no_answers_and_no_tools_are_handed_out(edition):
    files = [path.relative_to(edition) for path in edition.rglob("*") if path.is_file()]
    assert {path.parts[0] for path in files} == {
        "LICENSE", "Makefile", "README.md", "constraints.txt", "data", "environment.yml",
        "nbhelpers", "notebook_format", "notebooks", "pyproject.toml", "requirements.txt", "site",
        "tools",
    }  # fmt: skip
    for path in files:
        assert "__pycache__" not in path.parts
        if path.suffix == ".npz":  # recorded probabilities
            continue
        text = (edition / path).read_text(encoding="utf-8")
        assert '"solution"' not in text or path.suffix == ".py", path
        assert str(ROOT) not in text, path


def test_its_commands_are_there_and_its_readme_tells_the_truth(edition):
    readme = (edition / "README.md").read_text(encoding="utf-8")
    run = subprocess.run(
        ["make", "help"], cwd=edition, check=True, capture_output=True, text=True
    ).stdout  # fmt: skip
    listed = set(re.findall(r"^make (\w+)", run, re.MULTILINE))
    assert listed == {"setup", "lab"}
    makefile = (edition / "Makefile").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+):", makefile, re.MULTILINE)) == {*listed, "help"}
    assert set(re.findall(r"make (\w+)", readme)) <= listed
    for _, file in re.findall(r"\[([^\]]+)\]\(([^)]+)\)", readme):
        assert (edition / file).is_file(), file
    assert "python -m nbhelpers progress" in readme


def test_progress_works_there(edition):
    run = subprocess.run(
        [sys.executable, "-m", "nbhelpers", "progress"], cwd=edition, check=True,
        capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(edition), **NO_CACHES},
    )  # fmt: skip
    assert "Exercises solved: 0 of" in run.stdout


def test_it_is_written_in_one_move(tmp_path, monkeypatch):
    target = tmp_path / "_build" / "student"
    target.mkdir(parents=True)
    (target / "old").touch()

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(student, "write", full)
        with pytest.raises(OSError, match="No space left"):
            student.main(target)
    assert [path.name for path in target.iterdir()] == ["old"]
    assert [path.name for path in target.parent.iterdir()] == ["student"]
    student.main(target)
    assert not (target / "old").exists()
    assert [path.name for path in target.parent.iterdir()] == ["student"]


def test_it_says_where_it_is_and_what_was_left_out(tmp_path, capsys):
    student.main(tmp_path / "student")
    said = capsys.readouterr().out
    assert str(tmp_path / "student") in said
    solutions = sum(len(tagged(read(path), "solution")) for path in LESSONS)
    assert f"Left out: {solutions} solutions, all outputs" in said
    assert "the right answers in nbhelpers/exercises/" in said


def test_a_promise_of_a_solution_is_taken_out():
    text = "## Exercises\n\nRun it. It says\nwhat. The solution is folded\naway. `rng` is new."
    assert student.without_promise(text) == "## Exercises\n\nRun it. It says\nwhat. `rng` is new."
