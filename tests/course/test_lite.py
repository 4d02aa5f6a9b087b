"""The edition of the lessons for the browser, as far as it can be tested without a browser."""

import ast
import json
import subprocess
import sys

import nbformat
import pytest
from nbformat import v4
from packaging.requirements import Requirement

from nbhelpers.jupyter.browser import recorded
from tests.course import pyodide
from tests.course.sample_lesson import PIECE, sample_lesson
from tests.course.test_site import build, soup
from tools.execution import OFFLINE, ROOT, lessons
from tools.lite import WHEELS, pins, write_lessons
from tools.lite_lessons import HERE, REST, edition, imported, statements_of

LESSONS = lessons()
PACKAGES = pyodide.record()["packages"]
THERE = {
    *sys.stdlib_module_names,
    *(module.replace("-", "_") for package in PACKAGES.values() for module in package["imports"]),
    *WHEELS,
    "nbhelpers",
    "notebook_format",
}
MISSING = {  # what our package imports and a browser has not: where, and why this does no harm
    "tensorflow": "tf1/_tensorflow.py",  # it says so kindly
    "psutil": "grading/processes.py",  # grading is not done there
    "nbformat": "grading/",
    "nbclient": "grading/",
    "jupyter_client": "grading/",
}


def cut(*sources, setup="import numpy as np\nfrom nbhelpers import tf1"):
    """The code cells of the edition of a small lesson."""
    cells = [v4.new_code_cell(source) for source in (setup, *sources)]
    cells[0].metadata["tags"] = ["setup"]
    lesson, _ = edition(v4.new_notebook(cells=cells), "99_small")
    return [cell.source for cell in lesson.cells]


def test_the_set_up_installs_what_the_lesson_needs():
    set_up, _ = cut("history.to_frame()")
    assert "%pip install -q nbhelpers pandas\n" in set_up
    assert set_up.endswith("from nbhelpers import tf1")
    set_up, _ = cut("from nbhelpers.jupyter.drawing_pad import draw_a_digit")
    assert "watermark ipywidgets ipycanvas\n%pip install -q nbhelpers\n" in set_up


@pytest.mark.parametrize(
    ("sources", "kinds"),
    [
        (["x = tf1.ReLU()", "print(x)", "x = 3", "print(x)"], "rr.."),
        (["net = tf1.ReLU()", "def f(net):\n    return net", "f(3)"], "r.."),
        (["net = tf1.ReLU()", "def f(x):\n    return net", "f(3)"], "rrr"),
        (["for i in [tf1]:\n    pass", "for i in range(3):\n    print(i)"], "r."),
        (["shared = []", "shared[0] = tf1.ReLU()", "shared"], ".rr"),
        (["shared = 1", "shared += tf1.one", "shared"], ".rr"),
        (["from nbhelpers.tf1 import tf", "tf.zeros(3)"], ".r"),
        (["import tensorflow as tf"], "r"),
        (["%load_ext nbhelpers.tf1.migration"], "r"),
        (["import subprocess\nsubprocess.run('ls')", "from dask.distributed import Client"], "rr"),
        (["%%script --out said bash\nls", "said"], "rr"),
        (["a = 1", "a\\\n % 2"], ".."),
    ],
)  # fmt: skip
def test_cells_that_need_what_is_not_there_are_recorded(sources, kinds):
    found = ["r" if s.startswith("%%recorded") else "." for s in cut(*sources)[1:]]
    assert "".join(found) == kinds


def test_what_is_read_later_of_a_recorded_cell_is_kept():
    mixed = "from math import pi\na = 2 * pi\nb = tf1.two(a)\nc = 3\nprint(a, b)"
    _, first, rest, _ = cut(mixed, "print(a)")
    assert first == f"%%recorded TensorFlow 99-2\n{mixed}"
    assert rest == f"{REST}\nfrom math import pi\na = 2 * pi"
    assert len(cut(mixed, "print(b)")) == 3
    assert len(cut(mixed, "a = 1\nprint(a)")) == 3


def offline_edition(path):
    offline = OFFLINE / path.name
    lesson = nbformat.read(offline if offline.exists() else path, as_version=4)
    return lesson, edition(lesson, path.stem)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_keeps_its_cells_and_outputs_and_imports_what_is_there(path):
    lesson, (lite, outputs) = offline_edition(path)
    cells = [c for c in lite.cells if not c.source.startswith(REST) and c.get("id") != HERE]
    assert [cell.get("outputs") for cell in cells] == [c.get("outputs") for c in lesson.cells]
    for ours, theirs in zip(cells, lesson.cells, strict=True):
        assert ours.source.endswith(theirs.source)
        if ours.source.startswith("%%recorded"):
            name = ours.source.partition("\n")[0].split()[-1]
            assert outputs[name] == theirs.outputs
        elif ours.cell_type == "code":
            modules = {
                origin.partition(".")[0]
                for statement in statements_of(theirs.source)
                for node in ast.walk(statement)
                for _, origin in imported(node)
            }
            assert modules <= THERE, f"{modules - THERE} is not in Pyodide's collection"
    nbformat.validate(lite)


def test_what_is_written_holds_together(tmp_path):
    told = write_lessons(tmp_path)
    assert list(told) == [path.name for path in LESSONS]
    for name, counts in told.items():
        lesson = json.loads((tmp_path / name).read_text(encoding="utf-8"))
        cells = [cell for cell in lesson["cells"] if cell["cell_type"] == "code"]
        heads = [cell["source"].partition("\n")[0] for cell in cells]
        shown = [head.split()[-1] for head in heads if head.startswith("%%recorded")]
        assert len(shown) == counts["recorded"]
        assert all((tmp_path / "recorded" / "outputs" / f"{s}.json").is_file() for s in shown)
        for output in (output for cell in cells for output in cell["outputs"]):
            assert isinstance(output.get("text", ""), str)  # see write_lessons
    assert (tmp_path / "recorded" / "mnist_seeds.csv").is_file()


def test_most_of_every_lesson_runs_there_but_of_the_one_on_tensorflow():
    shares = {}
    for path in LESSONS:
        lesson, (_, outputs) = offline_edition(path)
        shares[path.stem.partition("_")[2]] = len(outputs) / sum(
            c.cell_type == "code" for c in lesson.cells
        )
    assert [slug for slug, share in shares.items() if share > 0.2] == ["tensorflow_graphs"]


def test_what_the_package_imports_is_there():
    for path in sorted([*(ROOT / "nbhelpers").rglob("*.py"), *ROOT.glob("notebook_format/*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                continue
            for _, origin in imported(node):
                module = origin.partition(".")[0]
                known = module in THERE or MISSING.get(module, "nowhere") in path.as_posix()
                assert known, f"{path.name} imports {module}, which Pyodide's collection has not"


def test_the_versions_there_are_within_our_ranges():
    checked = []
    for requirement in map(Requirement, pyodide.needs()):
        if requirement.name not in WHEELS:  # these are taken from the lock
            there = PACKAGES[requirement.name]["version"]
            assert requirement.specifier.contains(there), f"{requirement}: there it is {there}"
            checked.append(requirement.name)
    assert {"numpy", "matplotlib", "pillow", "pandas", "tqdm"} <= set(checked)


def test_the_record_is_that_of_the_kernel_in_the_lock():
    pytest.importorskip("jupyterlite_pyodide_kernel")
    assert pyodide.record()["pyodide"] == pyodide.version(), (
        "python -m tests.course.pyodide mends it"
    )


def test_wheels_for_the_site_are_in_the_lock():
    assert pins(WHEELS).count("--hash=") >= len(WHEELS)
    with pytest.raises(ValueError, match="expected one pin each"):
        pins(("no-such-package",))


def test_a_recorded_cell_shows_its_outputs_again(tmp_path, monkeypatch, capsys):
    (tmp_path / "recorded" / "outputs").mkdir(parents=True)
    outputs = [
        v4.new_output("stream", text="seven\n"),
        v4.new_output("error", ename="ValueError", evalue="no"),
        v4.new_output("execute_result", {"text/plain": "42"}, execution_count=3),
    ]
    path = tmp_path / "recorded" / "outputs" / "04-1.json"
    path.write_text(json.dumps(outputs), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    recorded("TensorFlow 04-1", "1 / 0")
    said = capsys.readouterr().out
    assert said.startswith("TensorFlow does not run in the browser. Below is what this cell put")
    assert "seven\nValueError: no\n" in said
    assert "42" in said


IN_BROWSER = """
import sys, nbhelpers, matplotlib.pyplot
sys.modules["tensorflow"], sys.platform = None, "emscripten"
from nbhelpers import tf1
from nbhelpers.tf1 import tf
import nbhelpers.plotting.graphs, nbhelpers.tf1.migration
assert tf.float32
for use in (lambda: tf.zeros(3), lambda: tf.Session(), lambda: tf.train.AdamOptimizer(1e-3)):
    try:
        use()
    except ImportError as error:
        print(error)
"""


def test_without_tensorflow_the_import_works_and_its_use_is_kindly_refused():
    done = subprocess.run(
        [sys.executable, "-c", IN_BROWSER], check=True, capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    for line in lines:
        assert line.startswith("nbhelpers.tf1: expected TensorFlow, got a browser, in which it")


def small_course(folder):
    (folder / "notebooks").mkdir()
    (folder / "nbhelpers").mkdir()
    (folder / "nbhelpers" / "__init__.py").touch()
    (folder / "nbhelpers" / "sample_piece.py").write_text(PIECE, encoding="utf-8")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A site with two lessons, as if `make lite` had been there."""
    folder = tmp_path_factory.mktemp("lite")
    small_course(folder)
    for name in ("98_sample", "99_sample"):
        lesson = sample_lesson()
        for cell in lesson.cells:
            cell.source = cell.source.replace("99", name[:2]).replace("eq-", f"eq-{name[:2]}-")
        nbformat.write(lesson, folder / "notebooks" / f"{name}.ipynb")
    (folder / "_build" / "lite" / "lab").mkdir(parents=True)
    (folder / "_build" / "lite" / "lab" / "index.html").write_text("<p>JupyterLab</p>")
    counts = {"98_sample.ipynb": {"cells": 9, "recorded": 8},
              "99_sample.ipynb": {"cells": 9, "recorded": 1}}  # fmt: skip
    (folder / "_build" / "lite" / "lessons.json").write_text(json.dumps(counts))
    done = build(folder, repository="https://github.com/owner/name")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return folder / "_build" / "html"


def test_a_lesson_links_to_where_it_runs_and_says_how_much_of_it(small):
    page = soup(small / "notebooks" / "99_sample.html")
    address = "../lite/lab/index.html?path=notebooks/99_sample.ipynb"
    assert len(page.select(f'.article-header-buttons a[href="{address}"]')) == 1
    assert len(page.select(f'.in-browser a[href="{address}"]')) == 1
    assert (small / "lite" / "lab" / "index.html").is_file()
    said = " ".join(page.select_one(".in-browser").text.split())
    assert "8 of its 9 code cells can run there; one, which needs TensorFlow or another" in said
    assert "it runs in your browser" in soup(small / "index.html").text


def test_a_lesson_that_does_not_run_there_says_so(small):
    page = soup(small / "notebooks" / "98_sample.html")
    assert not page.select('a[href*="/lite/"]')
    assert "about TensorFlow, which does not run in a browser" in page.text
