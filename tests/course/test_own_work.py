"""A learner's own work beside the lessons, or in them, is not tested; on CI everything is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbformat import v4

from tools import execution
from tools.execution import NOTEBOOKS, ROOT

LESSON = next(path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if not execution.is_own_work(path))


def saved_by_jupyter(path):
    """What JupyterLab and VS Code change when they save."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["kernelspec"]["display_name"] = "Python 3 (ipykernel)"
    notebook.metadata["language_info"]["version"] = "3.12.1"
    nbformat.write(notebook, path)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A lesson as stored, one solved and saved, two notebooks of the reader's."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name in ("01_stored.ipynb", "02_solved.ipynb", "01_stored-Copy1.ipynb"):
        shutil.copy(LESSON, folder / name)
    for name in ("02_solved.ipynb", "01_stored-Copy1.ipynb"):
        saved_by_jupyter(folder / name)
    failing = v4.new_notebook(cells=[v4.new_code_cell("1 / 0")])
    nbformat.write(failing, folder / "scratch.ipynb")
    (folder / "empty.ipynb").touch()
    monkeypatch.setattr(execution, "NOTEBOOKS", folder)
    monkeypatch.delenv("CI", raising=False)
    return folder


OWN = ["01_stored-Copy1.ipynb", "02_solved.ipynb", "empty.ipynb", "scratch.ipynb"]


def test_only_what_refresh_has_stored_is_a_lesson(folder, monkeypatch):
    assert [path.name for path in execution.lessons()] == ["01_stored.ipynb"]
    assert [path.name for path in execution.own_work()] == OWN
    monkeypatch.setenv("CI", "true")
    assert [path.name for path in execution.lessons()] == ["01_stored.ipynb", "02_solved.ipynb"]
    assert execution.own_work() == []


def test_every_lesson_here_is_stored(monkeypatch):
    """On CI: the author of a lesson may have forgotten `make refresh`."""
    if not os.environ.get("CI"):
        pytest.skip("a reader's work is no fault")
    monkeypatch.delenv("CI")
    assert [path.name for path in execution.own_work()] == []


def collected(folder, **variables):
    """What pytest finds in that folder, with the plugin that tests the lessons."""
    (folder.parent / "pytest.ini").write_text("[pytest]\n")
    plugin = "from pathlib import Path\nfrom tools import execution\n"
    plugin += "execution.NOTEBOOKS = Path(__file__).parent / 'notebooks'\n"
    (folder.parent / "conftest.py").write_text(plugin)
    options = "-p tests.lessons.nbval_lessons --nbval --collect-only -q -p no:xdist"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST") and k != "CI"}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options.split(), "notebooks"],
        cwd=folder.parent, env=environment | {"PYTHONPATH": str(ROOT)} | variables,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return {line.partition("::")[0] for line in run.stdout.splitlines() if "::" in line}, run.stdout


def test_pytest_leaves_own_work_out_and_ci_does_not(folder):
    (folder / "empty.ipynb").unlink()
    found, _ = collected(folder)
    assert found == {"notebooks/01_stored.ipynb"}
    found, _ = collected(folder, CI="true")
    assert len(found) == 4


def test_a_test_run_says_what_it_leaves_out(folder):
    from tests.lessons import nbval_lessons

    lines = nbval_lessons.pytest_report_header()
    assert (
        f"your own work, saved by Jupyter, not tested: {', '.join(OWN)} (with CI=1 it is)" in lines
    )
