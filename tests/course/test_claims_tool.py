"""`make claims`: what it reads, counts, keeps and refuses; and one lesson on another processor."""

from __future__ import annotations

import math

import nbformat
import pytest
from nbformat import v4

from nbhelpers import claim
from tools import claims, claims_table, execution, kernels
from tools.claims_table import Row, Run, scores
from tools.refresh import RefreshError

HERE = Run(101, "native", 1)
STORED = Run(1, "native", 1)


@pytest.mark.parametrize(
    ("line", "held", "margin", "figures"),
    [
        ("✓ It bends: 0.06 > 0.05 (margin 0.2)", True, 0.2, "0.06 > 0.05"),
        ("✗ So: as said: 0.04 is not > 0.05 (margin -0.2)", False, -0.2, "0.04 is not > 0.05"),
        ("✓ Both (margin and all) agree: equal", True, None, "equal"),
        ("✗ It is a number: nan is not < 1 (margin nan)", False, math.nan, "nan is not < 1"),
    ],
)
def test_a_line_is_read(line, held, margin, figures):
    row = Row.of_line(HERE, 3, 1, line)
    assert (row.held, row.figures) == (held, figures)
    assert row.sentence == line[2:].rpartition(": ")[0]
    assert row.margin == pytest.approx(margin, nan_ok=True)


@pytest.mark.parametrize(
    ("value", "bounds", "margin"),
    [
        (1.1, {"above": 1}, 0.1),
        (0.9, {"above": 1}, -0.1),
        (0.2, {"below": 0.5}, 0.6),
        (2.0, {"above": 1, "below": 2.5}, 0.2),
        (7.0, {"above": 0}, 1.0),
        (-1.0, {"below": -0.5}, 1.0),
        (0.0, {"above": 0}, 0.0),
        ([1.0, 2.25], {"equals": [1, 2], "within": 0.5}, 0.5),
        ([1.0, 3.0], {"equals": [1, 2], "within": 0.5}, -1.0),
    ],
)
def test_the_margin_is_a_share_of_the_bound(value, bounds, margin, capsys, monkeypatch):
    monkeypatch.setenv("NBHELPERS_CLAIMS", "report")
    claim("So", value, **bounds)
    assert Row.of_line(HERE, 1, 1, capsys.readouterr().out.strip()).margin == pytest.approx(margin)


def rows(sentence, held, margin=None, cell=1):
    """One row a seed: `held` tells of each, the first is the stored one."""
    runs = [STORED, *(Run(101 + i, "native", 1) for i in range(len(held) - 1))]
    margins = margin or [None] * len(held)
    return [
        Row(run, cell, 1, sentence, good, m, f"figures {run.seed}")
        for run, good, m in zip(runs, held, margins, strict=True)
    ]


@pytest.mark.parametrize(
    ("held", "good"),
    [
        ([1] * 11, True),
        ([1] * 10 + [0], True),  # nine of ten seeds
        ([1] * 9 + [0, 0], False),
        ([0] + [1] * 10, False),  # the stored one: what readers see
        ([1, 0], False),
    ],
)
def test_nine_of_ten_seeds_and_every_stored_run(held, good):
    [score] = scores(rows("So", [bool(h) for h in held]))
    assert score.good is good
    assert score.held == sum(held)


def test_the_smallest_margin_is_reported_with_its_run():
    [score] = scores(rows("So", [True, True, False], [0.5, 0.2, -0.1]))
    assert score.closest.margin == -0.1
    assert "2 of   3" in str(score)
    assert "figures 102: seed 102, native, 1 thread)" in str(score)
    [score] = scores(rows("So", [True, False, True], [0.5, math.nan, 0.1]))
    assert math.isnan(score.closest.margin)


def test_equal_sentences_in_two_cells_are_two_claims_and_a_claim_not_reached_did_not_hold():
    first, second = rows("So", [True, True]), rows("So", [True, True], cell=2)
    assert [score.held for score in scores(first + second)] == [2, 2]
    assert [score.held for score in scores(first + second[:1])] == [2, 1]


def test_plan():
    runs = claims.plan(2, ["Nehalem"], [1, 2], cross=False)
    assert runs == [
        Run(101, "native", 1), Run(102, "native", 1),
        Run(1, "native", 1), Run(1, "native", 2), Run(1, "Nehalem", 1), Run(1, "Nehalem", 2),
    ]  # fmt: skip
    assert len(claims.plan(2, ["Nehalem"], [1, 2], cross=True)) == 4 * 3


# --- the command, with an `execute` that only seems to run the lesson -----------------------------


@pytest.fixture
def course(tmp_path, monkeypatch):
    """One lesson of two claims; `said` is what each seed makes of the second, `ran` who ran."""
    for name in ("NOTEBOOKS", "OFFLINE"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(execution, name, tmp_path / name)
    monkeypatch.setattr(claims_table, "FOLDER", tmp_path / "claims")
    monkeypatch.setattr(kernels, "available", lambda names: (names, []))
    nb = v4.new_notebook(
        cells=[
            v4.new_code_cell("SEED = 1\nload_style()"),
            v4.new_code_cell("claim(…)"),
            v4.new_code_cell("neurons.f.check(f)", metadata={"tags": ["exercise"]}),
        ]
    )
    nbformat.write(nb, tmp_path / "NOTEBOOKS" / "01_one.ipynb")
    said, ran = {}, []

    def execute(notebook, *, official, extra):
        seed = int(notebook.cells[0].source.split()[2])
        ran.append((seed, extra.get("OPENBLAS_CORETYPE"), extra["OPENBLAS_NUM_THREADS"]))
        assert extra["NBHELPERS_CLAIMS"] == "report"
        line = said.get(seed, "✓ The second: 2 > 1 (margin 1)")
        if line == "interrupt":
            raise KeyboardInterrupt
        if line != "raise":
            text = f"✓ The first: equal\nloss 0.5\n{line}\n"
            notebook.cells[1].outputs = [v4.new_output("stream", text=text)]
            notebook.cells[2].outputs = [v4.new_output("stream", text="✗ No: try again\n")]
        else:
            raise RefreshError("cell 2: \n ZeroDivisionError")

    monkeypatch.setattr(claims, "execute", execute)
    return tmp_path, said, ran


HERE_ALONE = ["1", "--kernels", "--threads", "1"]


def test_all_hold(course, capsys):
    _, _, ran = course
    assert claims.main(["1", "--seeds", "2", "--kernels", "Nehalem", "--threads", "1", "2"]) == 0
    assert sorted(seed for seed, *_ in ran) == [1, 1, 1, 1, 101, 102]
    assert {(1, None, "2"), (1, "Nehalem", "2")} <= set(ran)
    printed = capsys.readouterr().out
    assert "  6 of   6        1  The second" in printed
    assert "All 2 claims held" in printed
    assert "try again" not in printed


def test_a_weak_claim_fails_the_command(course, capsys):
    _, said, _ = course
    said[101] = said[102] = "✗ The second: 0 is not > 1 (margin -1)"
    assert claims.main(HERE_ALONE) == 1
    printed = capsys.readouterr().out
    assert "Too weak, of 2 claims:\n01_one  !   9 of  11" in printed
    said.clear()
    said[1] = "✗ The second: 0 is not > 1 (margin -1)"
    (course[0] / "claims" / "01_one.csv").unlink()
    assert claims.main(HERE_ALONE) == 1
    assert "fails as stored: seed 1, native, 1 thread" in capsys.readouterr().out


def test_a_lesson_that_raises_is_counted_and_its_error_shown(course, capsys):
    _, said, _ = course
    said[101] = said[102] = "raise"
    assert claims.main(HERE_ALONE) == 1
    assert "The lesson runs to its end (cell 2: ZeroDivisionError)" in capsys.readouterr().out


def test_an_interrupted_command_goes_on(course):
    folder, said, ran = course
    said[103] = "interrupt"
    with pytest.raises(KeyboardInterrupt):
        claims.main([*HERE_ALONE, "--seeds", "4", "--jobs", "1"])
    before = len(ran)
    table = folder / "claims" / "01_one.csv"
    finished = table.read_text().count("The lesson runs to its end") if table.exists() else 0
    said.clear()
    assert claims.main([*HERE_ALONE, "--seeds", "4", "--jobs", "1"]) == 0
    assert len(ran) == before + 5 - finished  # four seeds and the stored one
    assert claims.main([*HERE_ALONE, "--seeds", "4"]) == 0
    assert len(ran) == before + 5 - finished
    assert not list((folder / "claims").glob("*.part"))


def test_a_changed_lesson_is_run_anew(course):
    folder, _, ran = course
    assert claims.main([*HERE_ALONE, "--seeds", "1"]) == 0
    path = folder / "NOTEBOOKS" / "01_one.ipynb"
    path.write_text(path.read_text().replace("load_style()", "load_style() "))
    assert claims.main([*HERE_ALONE, "--seeds", "1"]) == 0
    assert len(ran) == 4


def test_what_cannot_be_run_is_said(course, capsys):
    folder, _, _ = course
    with pytest.raises(SystemExit):
        claims.main(["77"])
    assert "no lesson 77" in capsys.readouterr().err
    path = folder / "NOTEBOOKS" / "01_one.ipynb"
    path.write_text(path.read_text().replace("SEED = 1", "seed = 1"))
    assert claims.main(HERE_ALONE) == claims.NO_RESULT
    assert "expected one cell with the line SEED = 1, got 0" in capsys.readouterr().err


# --- other processors -----------------------------------------------------------------------------

MACHINES = {
    "new": {"native": ("SkylakeX", ["X86_V3", "X86_V4"]), "Nehalem": ("Nehalem", [])},
    "old": {"native": ("Haswell", ["AVX2"]), "SkylakeX": ("Haswell", [])},
    "Apple": {},
}


@pytest.fixture
def machine(monkeypatch):
    def be(name):
        def ask(kernel):
            blas, simd = MACHINES[name].get(kernel, (None, []))
            return {"blas": [blas] if blas else [], "simd": simd}

        monkeypatch.setattr(kernels, "ask", ask)

    return be


def test_what_a_machine_cannot_emulate_is_said(machine):
    machine("new")
    assert kernels.available(["Nehalem"]) == (["Nehalem"], [])
    machine("old")
    reason = "SkylakeX left out: OpenBLAS answers with Haswell here"
    assert kernels.available(["SkylakeX"]) == ([], [reason])
    machine("Apple")
    [reason] = kernels.available(["Nehalem"])[1]
    assert "no OpenBLAS with kernels to choose from" in reason
    assert kernels.available([kernels.NATIVE]) == ([kernels.NATIVE], [])


def test_environment_switches_newer_instructions_off(machine):
    machine("new")
    assert kernels.environment("SkylakeX", 2).get("NPY_DISABLE_CPU_FEATURES") is None
    assert kernels.environment("Haswell", 1)["NPY_DISABLE_CPU_FEATURES"] == "X86_V4"
    assert kernels.environment("Nehalem", 1)["NPY_DISABLE_CPU_FEATURES"] == "X86_V3 X86_V4"
    assert kernels.environment("Nehalem", 2)["OPENBLAS_NUM_THREADS"] == "2"
    assert "OPENBLAS_CORETYPE" not in kernels.environment(kernels.NATIVE, 1)


def without_exercises(path):
    nb = nbformat.read(path, as_version=4)
    nb.cells = nb.cells[: next(i for i, c in enumerate(nb.cells) if "## Exercises" in c.source)]
    return nb


def test_claims_of_a_lesson_hold_for_another_seed_on_an_older_processor():
    """The small, fast part of `make claims` that belongs to every test run."""
    names, _ = kernels.available(["Nehalem"])
    one = Run(claims.FIRST_SEED, names[0] if names else kernels.NATIVE, 1)
    [path] = execution.NOTEBOOKS.glob("*_losses.ipynb")
    nb = without_exercises(path)
    found = claims.run(nb, one, official=False)
    assert len(found) > 20
    assert not [f"{row.sentence}: {row.figures}" for row in found if not row.held]
