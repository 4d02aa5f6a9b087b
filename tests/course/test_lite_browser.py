"""The lessons in the browser: JupyterLite is started from the built site, offline, in Chromium.

`make site-test` asks for it. Pyodide's core comes from npm, pure Python packages from the package
index: so the kernel starts, our wheel is installed, and nbhelpers imported. NumPy and Matplotlib
for the browser are on neither: the lessons' own cells run in an ordinary kernel here, from which
is taken what a browser has not.
"""

import json
import os
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import v4

from tests.course import browser, pyodide
from tools.chromium import launched
from tools.execution import kernel_environment, lessons
from tools.lite import write_lessons

WHOLE = os.environ.get("NBHELPERS_SITE")  # the built site, set by `make site-test`
pytestmark = pytest.mark.skipif(not WHOLE, reason="the lessons in the browser: make site-test")
LESSONS = sorted(path.name for path in lessons())
SETTINGS = "@jupyterlite/pyodide-kernel-extension:kernel"
PROMPTS = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(e => e.innerText)"
ABSENT = """\
import subprocess, sys
def refused(*_, **__):
    raise OSError("a browser starts no process")
subprocess.Popen.__init__ = refused
sys.modules.update(dict.fromkeys({absent}))
here, sys.platform = sys.platform, "emscripten"
import nbhelpers.tf1
sys.platform = here
"""
# NumPy alone is made of air: what depends on its numbers is not asked for.
TRIAL = [
    ("print(6 * 7)", "42"),
    ("%pip install -q --no-deps mlxtend watermark nbhelpers tqdm joblib threadpoolctl", ""),
    (
        "import sys\n"
        "from unittest.mock import MagicMock\n"
        "sys.modules['numpy'] = sys.modules['numpy.typing'] = MagicMock()\n"
        "import nbhelpers, nbhelpers.tf1\n"
        "print(nbhelpers.__version__, len(nbhelpers.__all__) > 50)",
        "0.1.0 True",
    ),
    (
        "%load_ext nbhelpers.jupyter.browser\n%load_ext watermark\n%watermark --packages nbhelpers",
        "nbhelpers: 0.1.0",
    ),
    (
        "%%recorded TensorFlow {name}\n1 / 0",
        "does not run in the browser. Below is what this cell put out",
    ),
    ("print(open('recorded/mnist_seeds.csv').read()[:1])", "#"),
    (
        "import zlib\n"
        "from nbhelpers.datasets import download, mnist\n"
        "[(name, checksum)] = mnist.SAMPLE.items()\n"
        "content = download.read_verified(mnist._shipped(name), checksum)\n"
        "print(len(zlib.decompress(content, wbits=31).splitlines()), 'digits')",
        "5000 digits",
    ),
    (
        "import joblib\n"
        "jobs = (joblib.delayed(pow)(k, 2) for k in range(4))\n"
        "print(sorted(joblib.Parallel(n_jobs=2, return_as='generator_unordered')(jobs)))",
        "[0, 1, 4, 9]",
    ),
    ("from tqdm import tqdm\nprint('sum', sum(tqdm(range(4), leave=False)))", "sum 6"),
    (
        "from nbhelpers.tf1 import tf\n"
        "try:\n    tf.zeros(3)\nexcept ImportError as error:\n    print(error)",
        "nbhelpers.tf1: expected TensorFlow, got a browser, in which it does not run.",
    ),
]


@pytest.fixture(scope="module")
def lessons(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lessons")
    write_lessons(folder)
    return folder


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_without_what_a_browser_has_not(lessons, name):
    """Every cell, in order: no TensorFlow, no process, only what its set-up installs."""
    lesson = nbformat.read(lessons / name, as_version=4)
    set_up = next(cell for cell in lesson.cells if "setup" in cell.metadata.get("tags", []))
    lines = set_up.source.splitlines()
    installed = " ".join(line for line in lines if line.startswith("%pip"))
    set_up.source = "\n".join(line for line in lines if not line.startswith("%pip"))
    absent = ["tensorflow", "dask", "distributed"]
    absent += [n for n in ("pandas", "ipycanvas", "ipywidgets") if n not in installed]
    lesson.cells.insert(0, v4.new_code_cell(ABSENT.format(absent=absent)))
    where = {"metadata": {"path": str(lessons)}}
    with kernel_environment(official=False) as environment:
        client = NotebookClient(lesson, timeout=900, kernel_name="python3", resources=where)
        client.execute(env=environment)


@pytest.fixture(scope="module")
def offline_site(tmp_path_factory):
    """A copy of the built site that has its own Pyodide, and one notebook more."""
    why = browser.unavailable() or pyodide.unavailable()
    assert not why, why
    folder = tmp_path_factory.mktemp("lite")
    lite = folder / "site" / "lite"
    shutil.copytree(Path(WHOLE) / "lite", lite)
    shutil.move(pyodide.local_pyodide(folder), lite / "pyodide")
    path = lite / "jupyter-lite.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    settings = config["jupyter-config-data"]["litePluginSettings"][SETTINGS]
    settings["pyodideUrl"] = "./pyodide/pyodide.mjs"
    path.write_text(json.dumps(config), encoding="utf-8")
    path = lite / "api" / "contents" / "notebooks" / "all.json"
    listing = json.loads(path.read_text(encoding="utf-8"))
    entry = next(item for item in listing["content"] if item["type"] == "notebook")
    trial = {"name": "trial.ipynb", "path": "notebooks/trial.ipynb"}
    listing["content"].append(entry | trial)
    path.write_text(json.dumps(listing), encoding="utf-8")
    recorded = next((lite / "files" / "notebooks" / "recorded" / "outputs").glob("04-*.json"))
    cells = [v4.new_code_cell(source.replace("{name}", recorded.stem)) for source, _ in TRIAL]
    kernel = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, lite / "files" / "notebooks" / "trial.ipynb")
    return folder / "site"


def test_the_record_is_what_npm_has(tmp_path):
    assert pyodide.make_record(pyodide.core(tmp_path)) == pyodide.record()


def missing(response):
    """JupyterLab asks of words in an output whether they are files; none of them is."""
    return response.status >= 400 and "/api/resolvePath?" not in response.url


def test_jupyterlite_starts_offline_and_runs_what_it_can(offline_site):
    faults = []
    with browser.served(offline_site) as base, launched() as chromium:
        context = chromium.new_context(viewport={"width": 1366, "height": 3000})  # shows all cells

        def route(route):  # of the page, its workers and its service worker
            address = route.request.url
            if address.startswith((base, "data:", "blob:")):
                return route.continue_()
            faults.append(f"request to {address}")
            return route.abort()

        context.route("**/*", route)
        page = context.new_page()
        page.set_default_timeout(browser.PATIENCE)
        page.on("pageerror", lambda error: faults.append(f"page error: {error}"))
        page.on("response", lambda r: faults.append(f"{r.status} {r.url}") if missing(r) else None)
        page.goto(f"{base}/lite/lab/index.html?path=notebooks/trial.ipynb")
        page.locator(".jp-CodeCell").first.wait_for()
        # "Run all" before the kernel is there would be lost.
        page.get_by_text("Python (Pyodide) | Idle").first.wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.locator('li[data-command="runmenu:run-all"]').click()
        page.locator(".jp-OutputArea-output").first.wait_for()
        page.wait_for_function(f"() => !{PROMPTS}.some(prompt => prompt.includes('*'))")
        outputs = [cell.inner_text() for cell in page.locator(".jp-CodeCell .jp-OutputArea").all()]
        if shot := os.environ.get("NBHELPERS_SHOT"):
            page.screenshot(path=shot)
    assert faults == []
    assert len(outputs) == len(TRIAL)
    for (source, expected), output in zip(TRIAL, outputs, strict=True):
        assert expected in output, f"{source}\n{output}"
        assert expected or not output.strip(), f"{source}\n{output}"
