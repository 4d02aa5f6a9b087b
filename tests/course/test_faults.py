"""`make faults`: a fault is planted where its kind fits, and what the tests make of it counts."""

from __future__ import annotations

import nbformat
import pytest
from nbformat import v4

from tools import faults
from tools.fault_list import Fault, off, swap


def lesson(*cells):
    return nbformat.writes(v4.new_notebook(cells=list(cells)))


def printing(source, text, **metadata):
    output = v4.new_output("stream", name="stdout", text=text)
    return v4.new_code_cell(source, outputs=[output], metadata=metadata)


LESSON = lesson(
    v4.new_markdown_cell("Pi is `3.0`, no: 3.14, see [2.0](a.ipynb). e is 2.72."),
    printing("print(1.5)", "1.5\n"),
    printing("print(9.5)", "9.5\n", tags=["rtol=0.01"]),
    printing("print(2.5)", "2.5\n"),
    v4.new_markdown_cell("## Exercises\n\nGuess: 7.77"),
)
DECIMAL = r"\d+\.\d+"


def planted(*row, **options):
    notebook = nbformat.reads(faults.plant(LESSON, Fault("one", "", *row, **options)), 4)
    changed = []
    for old, new in zip(nbformat.reads(LESSON, 4).cells, notebook.cells, strict=True):
        changed += [new] if old != new else []
    return changed


@pytest.mark.parametrize(("at", "text"), [(0, "no: 3.23, see"), (0.9, "e is 2.80.")])
def test_a_number_of_the_prose_is_spoiled_and_none_of_code_links_or_exercises(at, text):
    [cell] = planted("prose", DECIMAL, off(0.03), at)
    assert text in cell.source


def test_outputs_with_and_without_a_tolerance_are_told_apart():
    [cell] = planted("output", DECIMAL, off(0.03), 0.9)
    assert cell.outputs[0].text == "2.6\n"
    [cell] = planted("tolerant output", DECIMAL, off(0.2))
    assert cell.outputs[0].text == "11.4\n"


def test_a_function_is_given_a_cell_and_the_next_of_its_part():
    one, other = planted("printing", lambda cell, other: swap(cell, other, "outputs"))
    assert (one.outputs[0].text, other.outputs[0].text) == ("2.5\n", "1.5\n")


def test_what_is_gone_is_said():
    for row in (("prose", "absent"), ("figure", lambda cell, _: cell.clear())):
        with pytest.raises(faults.Gone):
            planted(*row)


def test_a_run_that_never_ran_is_no_evidence(tmp_path):
    with pytest.raises(RuntimeError, match=r"absent.py'\] ended with 4: (.|\n)*not found"):
        faults.pytest(tmp_path, ["tests/absent.py"])


@pytest.fixture
def course(tmp_path, monkeypatch):
    """One lesson, two faults; `catch` says in which text the tests find what."""
    root = tmp_path / "course"
    for name in ("notebooks", "tests"):
        (root / name).mkdir(parents=True)
    (root / "notebooks" / "01_one.ipynb").write_text(LESSON)
    for name in ("notebook_hygiene", "readme", "site"):
        (root / "tests" / f"test_{name}.py").touch()
    monkeypatch.setattr(faults, "ROOT", root)
    monkeypatch.setattr(faults, "STATE", tmp_path / "build" / "faults.json")
    monkeypatch.setattr(faults, "REPORT", tmp_path / "build" / "faults.md")
    rows = [Fault("one", why, "prose", why, "0") for why in ("3.14", "2.72")]
    monkeypatch.setattr(faults, "FAULTS", rows)
    catch = {"no: 0": "tests/test_site.py::a", "e is 0": "tests/test_readme.py::b"}
    calls = []

    def pytest(folder, arguments):
        text = (folder / "notebooks" / "01_one.ipynb").read_text()
        calls.append(arguments)
        found = (name for old, name in catch.items() if old in text and name[:18] in arguments[0])
        return next(found, None)

    monkeypatch.setattr(faults, "pytest", pytest)
    return catch, calls


def test_the_report_says_what_caught_each_fault(course):
    assert faults.main([]) == 0
    assert faults.REPORT.read_text().startswith("2 of 2 faults were caught.")
    assert "| `one` | 3.14 | prose | `tests/test_site.py::a` |" in faults.REPORT.read_text()


def test_a_fault_that_survives_or_cannot_be_planted_fails_the_command(course, capsys):
    catch, _ = course
    del catch["no: 0"]
    faults.FAULTS.append(Fault("two", "a lesson that is gone", "prose", "a", "b"))
    assert faults.main([]) == 1
    said = capsys.readouterr().out
    assert "one: 3.14  ->  **survived**" in said
    assert "two: a lesson that is gone  ->  **not planted**: 0 files" in said
    assert "1 of 3 caught" in said


def test_a_test_that_fails_without_the_fault_too_has_caught_nothing(course):
    catch, _ = course
    catch["Pi is"] = "tests/test_readme.py::always"
    with pytest.raises(AssertionError, match="always fails without a fault too"):
        faults.main([])


def test_an_interrupted_run_goes_on_until_a_test_changes(course):
    catch, calls = course
    del catch["no: 0"]
    assert faults.main([]) == 1
    done = len(calls)
    assert faults.main([]) == 1
    assert len(calls) == done
    (faults.ROOT / "tests" / "test_new.py").touch()  # may know the one that survived
    assert faults.main(["--only", "2.72"]) == 0
    assert len(calls) == done
    assert faults.main(["--only", "3.14"]) == 1
    assert len(calls) > done
