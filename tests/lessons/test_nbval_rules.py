"""The comparison of outputs: what passes, what fails, and how a cell that hangs is reported."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET

import nbformat
import pytest
from nbformat import v4

from tests.lessons.nbval_tolerance import mask_versions, rule
from tests.lessons.sample_pictures import BLUE, WHITE, png
from tools.execution import ROOT

DRIFTING = rule(["rtol=0.01"])


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ("loss 0.345678", "loss 0.345678346"),  # noise of 1e-6
        ("loss 0.3456", "loss 0.3487"),
        ("loss 0.0001", "loss 0.0002"),  # one unit of the last of four decimals
        ("loss 1.0000", "loss 0.9999"),
        ("[ 0.1234 -0.0001]", "[0.1234  0.0000]"),  # blanks do not count, nor a sign below the unit
        ("rate 1e-05, 3.21e-07", "rate 1e-05, 3.22e-07"),
        ("[1.   0.25]", "[0.9999 0.25  ]"),
        ("<td>0.9816</td>", "<td>0.9820</td>"),
        ("98.16%, 1.5s", "98.20%, 1.5s"),
        ("in 100 steps: 0.5.", "in 100 steps: 0.502."),
    ],
)
def test_passes(stored, new):
    assert DRIFTING(stored) == DRIFTING(new)
    differs = DRIFTING(stored) != DRIFTING(new)  # what nbval asks
    assert not differs
    assert rule([])(stored) != rule([])(new)


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ("loss 0.3456", "loss 0.3629"),  # 5 %
        ("loss 0.3456", "cost 0.3456"),
        ("step 100 0.5", "step 101 0.5"),
        ("step 100.", "step 101."),
        ("step 100", "step 100.0"),
        ("loss 0.5", "loss 0"),
        ("loss 1.0", "loss 1"),
        ("loss 0.5", "loss nan"),
        ("loss 0.5", "loss inf"),
        ("loss 0.25", "loss -0.25"),
        ("loss 0.01", "loss 0.02"),  # two decimals: no allowance for the last one
        ("loss 0.5\nstep 7", "loss 0.5"),
        ("loss 0.5", "loss 0.5\nloss 0.5"),
        ("version 1.2.3", "version 1.2.4"),
        ("lr 1e-3", "lr 1e-4"),
        ("relu1.5", "relu1.501"),
    ],
)
def test_fails(stored, new):
    assert DRIFTING(stored) != DRIFTING(new)


def test_pixels_inside_html_may_differ_and_their_number_may_not():
    page = '<img src="data:image/webp;base64,{}" alt="a line">'
    assert rule([])(page.format("Aa0+/=")) == rule([])(page.format("Bb1+/9=="))
    assert rule([])(page.format("Aa0")) != rule([])(2 * page.format("Aa0"))
    assert rule([])(page.format("Aa0")) != rule([])(page.format("Aa0").replace("line", "dot"))


def test_difference_shown_is_the_real_one():
    assert DRIFTING("a 0.500 b 100").settled("a 0.501 b 101") == "a 0.500 b 101"


TABLE = """Python implementation: CPython
Python version       : 3.11.7

numpy     : 2.4.6
tensorflow: 2.21.0
OS          : Linux
CPU cores   : 2
Git hash: c0ae4e4dddd0c87495dc426618628d00daaa2f0d
"""


def test_versions_are_masked_and_names_compared():
    other = TABLE.replace("3.11.7", "3.13.0rc1").replace("2.4.6", "2.10.0+g12").replace("2.21", "3")
    other = (
        other.replace("Linux", "Darwin").replace("cores   : 2", "cores   : 10").replace("c0a", "f")
    )
    assert other != TABLE
    assert mask_versions(other) == mask_versions(TABLE)
    for change in (("numpy ", "jax "), ("2.21.0", "not installed"), ("CPython", "PyPy")):
        assert mask_versions(TABLE.replace(*change)) != mask_versions(TABLE)


# --- with nbval, kernels and workers -----------------------------------------------------------

FIGURE = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
SHOWN = {"text/plain": "<Figure size 640x480 with 1 Axes>"}
PNG = png(WHITE, BLUE)


def stream(text, name="stdout"):
    return v4.new_output("stream", name=name, text=text)


def picture(**data):
    return v4.new_output("display_data", data=SHOWN | data)


# name of the outcome, source, stored outputs, tags
CELLS = [
    ("passed", "print('loss 0.5000004')", [stream("loss 0.5\n")], ["rtol=0.01"]),
    ("failed", "print('loss 0.5000004')", [stream("loss 0.5\n")], []),
    ("failed", "print('loss 0.525')", [stream("loss 0.5\n")], ["rtol=0.01"]),
    ("failed", "print('a')", [stream("a\nb\n")], []),
    ("failed", "print('a')", [], []),
    ("failed", "pass", [stream("a\n")], []),
    ("failed", "import warnings; warnings.warn('new'); print('a')", [stream("a\n")], []),
    ("failed", "import sys; print('a', file=sys.stderr)", [], ["nbval-ignore-output"]),
    ("passed", "import random; random.random()", [stream("a\n")], ["nbval-ignore-output"]),
    ("passed", FIGURE, [picture(**{"image/png": PNG})], []),
    ("failed", FIGURE, [picture()], []),
    ("failed", "pass", [picture(**{"image/png": PNG})], []),
    ("failed", "1 / 0", [], []),
    ("failed", "1", [v4.new_output("error", ename="E", evalue="")], ["raises-exception"]),
    ("passed", "1;", [], []),
    # What C prints comes through a pipe: it must have arrived before the cell ends.
    ("passed", "import os, time; os.system('echo C'); time.sleep(1)", [stream("C\n")], []),
    (
        "passed",
        "print([os.environ.get(k) for k in ('OMP_NUM_THREADS', 'MPLBACKEND', 'NBHELPERS_OFFLINE')],"
        " os.listdir(os.environ['NBHELPERS_DATA']))",
        [stream("['1', 'module://matplotlib_inline.backend_inline', '1'] []\n")],
        [],
    ),
]
ENDLESS = [
    ("failed", "while True: pass", [], []),
    ("skipped", "1;", [], []),
]
DEADLY = [
    ("failed", "import os; os._exit(1)", [], []),
    ("skipped", "1;", [], []),
]
SLOW = [("passed", "busy = sum(range(60_000_000))", [], [])]
LESSONS = {"01_rule": CELLS, "02_endless": ENDLESS, "03_deadly": DEADLY, "04_slow": SLOW}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One run of pytest over lessons that break the rules: its outcomes and what it printed."""
    folder = tmp_path_factory.mktemp("course")
    for name, cells in LESSONS.items():
        nb = v4.new_notebook()
        for number, (_, source, outputs, tags) in enumerate(cells, 1):
            cell = v4.new_code_cell(source, outputs=outputs, metadata={"tags": tags})
            cell.execution_count = number
            nb.cells.append(cell)
        nbformat.write(nb, folder / f"{name}.ipynb")
    nb.metadata["nbhelpers"] = {"data": "mnist"}
    nbformat.write(nb, folder / "14_official.ipynb")  # no data here: must not be collected
    (folder / "pytest.ini").write_text("[pytest]\n")  # not the project's own settings
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    environment |= {"NBHELPERS_TIME_FACTOR": "0.005", "NBHELPERS_DATA": str(folder)}
    options = "-p tests.lessons.nbval_lessons --nbval --nbval-cell-timeout=3 -n 2 --dist loadfile"
    result = subprocess.run(
        [sys.executable, "-m", "pytest", *options.split(), "-W", "error", "--junitxml=out.xml"],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (folder / "out.xml").exists(), result.stdout + result.stderr
    outcomes = {}
    for case in ET.parse(folder / "out.xml").iter("testcase"):
        kinds = {child.tag: child.get("message", "") + (child.text or "") for child in case}
        key = case.get("classname", "").replace(".ipynb", ""), case.get("name")
        outcome = next((k for k in ("failure", "error", "skipped") if k in kinds), "passed")
        outcomes[key] = outcome.replace("failure", "failed"), "".join(kinds.values())
    return outcomes, result.stdout


CASES = [(name, i) for name, cells in LESSONS.items() for i in range(len(cells))]


@pytest.mark.parametrize(
    ("lesson", "i"), [pytest.param(n, i, id=f"{n}-{LESSONS[n][i][1][:20]!r}") for n, i in CASES]
)
def test_cell_ends_as_it_must(run, lesson, i):
    outcomes, printed = run
    outcome, text = outcomes[lesson, f"Cell {i + 1}"]
    assert outcome == LESSONS[lesson][i][0], text or printed


def test_hang_and_dead_kernel_are_reported(run):
    outcomes, _ = run
    assert "Timeout of 3 seconds" in outcomes["02_endless", "Cell 1"][1]
    assert "cell 1 hung" in outcomes["02_endless", "Cell 2"][1]
    assert "The kernel died" in outcomes["03_deadly", "Cell 1"][1]


def test_budget_names_the_slowest_cell(run):
    outcomes, printed = run
    outcome, text = outcomes["04_slow", "time budget"]
    assert outcome == "failed"
    assert "Slowest: cell 1 0." in text
    assert "Its budget is 30 s" in text
    assert "04_slow" in printed.partition("times the budget")[2]


def test_lesson_without_its_data_is_left_out(run):
    outcomes, printed = run
    assert not [key for key in outcomes if "14_official" in key[0]]
    assert printed.strip().splitlines()[-1].startswith("=")  # pytest's closing line is the last
