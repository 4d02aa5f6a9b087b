"""A course of one module, whose set-up needs no network: its one package lies beside it.

The set-up script and the Makefile are the real ones.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

from tools.execution import ROOT

# Builds the editable install without setuptools: one line of path.
BACKEND = """
import os, zipfile

def build_editable(folder, settings=None, metadata=None):
    name = "course-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("course.pth", f"import sys; sys.path.append({ascii(os.getcwd())})")
        wheel.writestr("course-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: course\\nVersion: 1.0\\n")
        wheel.writestr("course-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("course-1.0.dist-info/RECORD", "")
    return name
"""  # noqa: E501
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def wheel(folder: Path, version: str) -> str:
    """A package `tool` with a program that prints its version; returns the line to pin it."""
    path, info = folder / f"tool-{version}-py3-none-any.whl", f"tool-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("tool.py", f"def main():\n    print('tool {version}')\n")
        file.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tool\nVersion: {version}\n"
        )
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{info}/entry_points.txt", "[console_scripts]\ntool = tool:main\n")
        file.writestr(f"{info}/RECORD", "")
    return f"tool=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def interruptible() -> None:
    """A test run that was started in the background ignores Ctrl-C, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Course:
    """The folder, and what a reader does in it."""

    def __init__(self, folder: Path, packages: Path, **variables: str) -> None:
        self.folder, self.packages = folder, packages
        # What the machine says about pip would reach an index; what it says about Python, this one.
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON"))}
        self.variables = (
            kept | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": packages.as_uri()} | variables
        )

    @classmethod
    def make(cls, folder: Path, packages: Path, **variables: str) -> Course:
        (folder / "tools").mkdir(parents=True)
        shutil.copy(ROOT / "tools" / "setup_env.py", folder / "tools")
        shutil.copy(ROOT / "Makefile", folder)
        (folder / "pyproject.toml").write_text(PROJECT)
        (folder / "backend.py").write_text(BACKEND)
        (folder / "here.py").write_text("print(__file__)\n")
        packages.mkdir(exist_ok=True)
        course = cls(folder, packages, **variables)
        course.lock("1.0")
        return course

    def lock(self, version: str, *, deliver: bool = True) -> None:
        """Pin this version; `deliver`: it can be had."""
        line = wheel(self.packages, version)
        if not deliver:
            (self.packages / f"tool-{version}-py3-none-any.whl").unlink()
        (self.folder / "requirements.txt").write_text(line)

    def start(self, *arguments: str, python: str = sys.executable) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [python, str(self.folder / "tools" / "setup_env.py"), *arguments],
            env=self.variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, preexec_fn=None if os.name == "nt" else interruptible,
        )  # fmt: skip

    def run(self, *arguments: str, python: str = sys.executable) -> tuple[int, str, str]:
        """Exit code, output and errors of the set-up script."""
        process = self.start(*arguments, python=python)
        out, err = process.communicate(timeout=300)
        return process.returncode, out, err

    @property
    def bin(self) -> Path:
        return self.folder / ".venv" / ("Scripts" if os.name == "nt" else "bin")

    def tool(self) -> str:
        """What the installed program says, called by its name as a reader would."""
        command = [str(self.bin / "tool")]
        return subprocess.run(command, check=True, text=True, capture_output=True).stdout.strip()

    def scraps(self) -> list[str]:
        """What the set-up has left beside `.venv` and the lock of processes."""
        return sorted({p.name for p in self.folder.glob(".*")} - {".venv", ".venv.lock"})
