"""`make faults`: every planted text is still there, and the tool counts what the tests catch."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from tools import fault_trial, faults
from tools.execution import ROOT, find_lessons
from tools.fault_list import FAULTS, FIRST, LESSONS, Fault


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{Path(f.file).stem}: {f.why}")
def test_fault_can_still_be_planted(fault):
    whole = (ROOT / fault.file).read_text(encoding="utf-8")
    planted = fault.plant(whole)
    assert planted != whole
    if fault.file.endswith(".py"):
        compile(planted, fault.file, "exec")


def test_list_is_long_and_of_all_kinds():
    assert len(FAULTS) >= 40
    assert len(set(FAULTS)) == len(FAULTS)
    assert {fault.part for fault in FAULTS} == {"source", "output", "picture", "tags"}
    lessons = {fault.file for fault in FAULTS if fault.file.endswith(".ipynb")}
    assert len(lessons) >= 6


def test_maps_name_files_that_exist():
    for file, names in FIRST.items():
        assert (ROOT / file).exists(), file
        assert all((ROOT / "tests" / f"test_{name}.py").exists() for name in names), names
    for slugs in LESSONS.values():
        assert find_lessons(slugs)
    assert all(
        (ROOT / "tests" / f"test_{name}.py").exists()
        for name in (*fault_trial.UNRELATED, *faults.FAST)
    )


CAUGHT = ROOT / "tests" / "faults.md"


def test_the_stored_report_is_of_these_faults_and_of_tests_that_exist():
    """After a change of the list: `make faults`, then copy _build/faults.md to tests/faults.md."""
    lines = CAUGHT.read_text(encoding="utf-8").splitlines()
    found = {}
    for line in lines[4:]:
        file, why, name = (part.strip(" `") for part in line.strip("|").split(" | "))
        found[file, why] = name
    assert found.keys() <= {(fault.file, fault.why) for fault in FAULTS}
    assert len(found) >= 40
    survived = [key for key, name in found.items() if "survived" in name]
    caught = f"{len(found) - len(survived)} of {len(found)} planted faults were caught"
    assert lines[0] == f"{caught}; the list has {len(FAULTS)}."
    assert len(survived) <= (1 - faults.ENOUGH) * len(found)
    for name in set(found.values()):
        file, _, test = name.partition("::")
        if file.endswith(".py"):
            text = (ROOT / file).read_text(encoding="utf-8")
            assert f"def {test.partition('[')[0]}(" in text, name


# --- planting -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a = 2\n", "a = 1\na = 1\n"])
def test_text_that_is_gone_or_ambiguous_is_refused(text):
    with pytest.raises(ValueError, match=r"m\.py: expected once 'a = 1', found \d times"):
        Fault("m.py", "a = 1", "a = 2", "").plant(text)


def lesson():
    data = {"image/png": "abc", "text/plain": "<Figure>"}
    nb = v4.new_notebook(
        cells=[
            v4.new_markdown_cell("Pi is 3.14."),
            v4.new_code_cell("print(1)", outputs=[v4.new_output("stream", text="1\n")]),
            v4.new_code_cell("plot(2)", outputs=[v4.new_output("display_data", data=data)]),
        ]
    )
    return nbformat.writes(nb)


def test_each_part_of_a_notebook_can_be_spoiled():
    def plant(old, new, part):
        return nbformat.reads(Fault("n.ipynb", old, new, "", part).plant(lesson()), 4).cells

    assert plant("3.14", "3.41", "source")[0].source == "Pi is 3.41."
    assert plant("print(1)", "print(2)", "source")[1].source == "print(2)"
    assert plant("1\n", "2\n", "output")[1].outputs[0].text == "2\n"
    assert plant("plot", "", "picture")[2].outputs[0].data == {"text/plain": "<Figure>"}
    assert plant("plot", "rtol=0.5", "tags")[2].metadata["tags"] == ["rtol=0.5"]
    with pytest.raises(ValueError, match="found 0 times"):
        plant("4.2", "", "source")


def test_a_run_that_never_ran_is_no_evidence(tmp_path):
    with pytest.raises(RuntimeError, match=r"absent.py'\] ended with 4: (.|\n)*not found"):
        fault_trial.pytest(tmp_path, ["tests/absent.py"])


# --- the command, with tests that only seem to run ------------------------------------------------


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of one module; `catch` is what the tests find in the text of the module."""
    root = tmp_path / "project"
    for name in ("tests", "notebooks", "site"):
        (root / name).mkdir(parents=True)
    (root / "m.py").write_text("a = 1\nb = 1\n")
    (root / "tests" / "test_m.py").touch()
    for module in (faults, fault_trial):
        monkeypatch.setattr(module, "ROOT", root)
    monkeypatch.setattr(faults, "STATE", tmp_path / "build" / "faults.json")
    monkeypatch.setattr(faults, "REPORT", tmp_path / "build" / "faults.md")
    monkeypatch.setattr(
        faults,
        "FAULTS",
        [Fault("m.py", "a = 1", "a = 2", "A"), Fault("m.py", "b = 1", "b = 2", "B")],
    )
    catch, calls = {"a = 2": "tests/test_m.py::a", "b = 2": "tests/test_m.py::b"}, []

    def pytest(folder, arguments):
        text = (folder / "m.py").read_text()
        calls.append((arguments, text))
        first = arguments == ["tests/test_doctests.py"]
        found = next((name for old, name in catch.items() if old in text), None)
        return None if first and "flaky" in str(found) else found

    for module in (faults, fault_trial):
        monkeypatch.setattr(module, "pytest", pytest)
    return catch, calls


def test_each_fault_is_planted_alone_and_the_report_says_what_caught_it(project, capsys):
    _, calls = project
    assert faults.main(["--jobs", "1"]) == 0
    assert [text for _, text in calls] == ["a = 2\nb = 1\n", "a = 1\nb = 2\n"]
    table = faults.REPORT.read_text()
    assert table.startswith("2 of 2 planted faults were caught; the list has 2.")
    assert "| `m.py` | A | `tests/test_m.py::a` |" in table
    assert "2 of 2 caught" in capsys.readouterr().out


def test_a_survivor_meets_every_test_is_named_and_fails_the_command(project, capsys):
    catch, calls = project
    catch.clear()
    assert faults.main(["--jobs", "1", "--only", "a"]) == 1
    asked = [word for arguments, _ in calls for word in arguments]
    assert "tests/test_m.py" in asked
    assert "--nbval" in asked
    assert "| `m.py` | A | **survived** |" in faults.REPORT.read_text()
    assert "survived: m.py: A" in capsys.readouterr().out


def test_a_test_that_fails_without_the_fault_too_has_caught_nothing(project):
    catch, _ = project
    catch.clear()
    catch["b = "] = "tests/test_m.py::flaky"  # whatever is planted, and not in the first files
    with pytest.raises(AssertionError, match=r"flaky fails without a fault too"):
        faults.main(["--only", "a"])


def test_an_interrupted_run_goes_on_until_a_test_changes(project):
    _, calls = project
    assert faults.main([]) == 0
    known = json.loads(faults.STATE.read_text())
    known.popitem()
    faults.STATE.write_text(json.dumps(known))
    assert faults.main(["--report"]) == 0
    assert faults.REPORT.read_text().startswith("1 of 1 planted faults were caught; the list has 2")
    assert len(calls) == 2
    assert faults.main([]) == 0
    assert len(calls) == 3
    (faults.ROOT / "tests" / "test_other.py").touch()
    assert faults.main([]) == 0
    assert len(calls) == 3
    (faults.ROOT / "tests" / "test_m.py").write_text("# better\n")
    assert faults.main([]) == 0
    assert len(calls) == 5


def test_a_survivor_is_tried_anew_with_every_new_test(project):
    catch, calls = project
    catch.clear()
    assert faults.main(["--only", "a"]) == 1
    before = len(calls)
    assert faults.main(["--only", "a"]) == 1
    assert len(calls) == before
    (faults.ROOT / "tests" / "test_new.py").touch()
    catch["a = 2"] = "tests/test_new.py::a"
    assert faults.main(["--only", "a"]) == 0


def test_false_alarms_fail_the_clean_runs(project, capsys):
    catch, _ = project
    assert faults.main(["--repeats", "2"]) == 0
    assert "0 false alarms in 2 clean runs" in capsys.readouterr().out
    catch["a = 1"] = "tests/test_m.py::flaky"
    assert faults.main(["--repeats", "2"]) == 1
    assert "2 false alarms" in capsys.readouterr().out


def test_what_failed_is_read_from_pytest(tmp_path):
    (tmp_path / "test_one.py").write_text("def test_good(): pass\n\ndef test_bad(): assert 0\n")
    assert fault_trial.pytest(tmp_path, ["test_one.py"]) == "test_one.py::test_bad"
    assert fault_trial.pytest(tmp_path, ["test_one.py", "-k", "absent"]) is None


def test_old_bytecode_is_dropped(tmp_path):
    (tmp_path / "__pycache__").mkdir()
    for name in ("m.cpython-311.pyc", "n.cpython-311.pyc"):
        (tmp_path / "__pycache__" / name).touch()
    fault_trial.forget(tmp_path / "m.py")
    assert [path.name for path in (tmp_path / "__pycache__").iterdir()] == ["n.cpython-311.pyc"]
