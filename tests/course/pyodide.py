"""Pyodide without its public network: the core from npm, pure packages from the package index.

What is compiled (NumPy, Matplotlib, Pillow, pandas) is on neither. `pyodide.json` beside this file
keeps the versions that the lessons get there, so that they can be compared without a download.
"""

import functools
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

RECORD = Path(__file__).with_name("pyodide.json")
# What the kernel loads by itself, and what of nbhelpers' needs is pure Python.
PURE = ("micropip", "ipython", "jedi", "tqdm", "joblib", "threadpoolctl", "packaging")


def unavailable():
    """Why there is no local Pyodide; empty when there can be one."""
    if shutil.which("npm") is None:
        return "no Pyodide to test with: npm, from which its core comes, was not found"
    return ""


def version():
    """The version of Pyodide that the kernel for JupyterLite is made for."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION

    return PYODIDE_VERSION


@functools.cache
def record():
    return json.loads(RECORD.read_text(encoding="utf-8"))


def closure(names, packages):
    """These packages of Pyodide's collection, and all that they depend on."""
    found, waiting = set(), list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name not in found:
            found.add(name)
            waiting += packages[name]["depends"]
    return found


def core(folder):
    """Unpack Pyodide's core from npm; returns its list of packages."""
    command = ["npm", "pack", "--silent", f"pyodide@{version()}"]
    subprocess.run([shutil.which("npm"), *command[1:]], check=True, cwd=folder, capture_output=True)
    with tarfile.open(folder / f"pyodide-{version()}.tgz") as archive:
        archive.extractall(folder, filter="data")
    (folder / "package").rename(folder / "pyodide")
    return json.loads((folder / "pyodide" / "pyodide-lock.json").read_text(encoding="utf-8"))


def local_pyodide(folder):
    """A folder `pyodide` with the core and the pure packages."""
    lock = core(folder)
    packages = lock["packages"]
    names = sorted(closure(PURE, packages))
    python = ".".join(lock["info"]["python"].split(".")[:2])
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest",
               "pyodide", "--only-binary", ":all:", "--python-version", python,
               *(f"{name}=={packages[name]['version']}" for name in names)]  # fmt: skip
    subprocess.run(command, check=True, cwd=folder, capture_output=True)
    for name in names:  # the same versions, whose files may have been packed anew
        start = f"{packages[name]['name']}-{packages[name]['version']}".replace("-", "_").lower()
        (wheel,) = (
            path
            for path in (folder / "pyodide").glob("*.whl")
            if path.name.replace("-", "_").lower().startswith(start + "_")
        )
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        packages[name] |= {"file_name": wheel.name, "sha256": digest}
    text = json.dumps(lock)
    (folder / "pyodide" / "pyodide-lock.json").write_text(text, encoding="utf-8")
    return folder / "pyodide"


def needs():
    """What the lessons need there, with our ranges: our dependencies, and pandas."""
    text = (RECORD.parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    extra = project["optional-dependencies"]["lessons"]
    return [*project["dependencies"], *(line for line in extra if line.startswith("pandas"))]


def make_record(lock):
    """What of Pyodide's list of packages the course looks at."""
    ours = {Requirement(line).name for line in needs()}
    names = closure((ours | {*PURE}) - {"mlxtend"}, lock["packages"])
    packages = {
        name: {"version": lock["packages"][name]["version"],
               "imports": lock["packages"][name]["imports"]}
        for name in sorted(names)
    }  # fmt: skip
    return {"pyodide": version(), "python": lock["info"]["python"], "packages": packages}


if __name__ == "__main__":  # python -m tests.course.pyodide: after a change of the kernel's version
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as name:
        text = json.dumps(make_record(core(Path(name))), indent=1)
    RECORD.write_text(text + "\n", encoding="utf-8")
