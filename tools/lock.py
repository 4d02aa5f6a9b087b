"""Resolve the versions that all is tested with: `make lock`, after a change of pyproject.toml.

Writes requirements.txt, with hashes, for every platform and Python that the course supports, and
constraints.txt, the same versions without the hashes: pip refuses to install a project in editable
form, as environment.yml does, beside requirements that carry hashes.

The resolver, uv, is installed into a temporary environment: it is needed for nothing else.
"""

from __future__ import annotations

import os
import subprocess
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
UV = "uv==0.13.9"  # a known resolver: from the same index it finds the same answer
OPTIONS = (
    "--all-extras", "--universal", "--fork-strategy", "fewest", "--python-version", "3.11",
    "--generate-hashes", "--no-emit-index-url", "--no-annotate",
    "--custom-compile-command", "make lock",
)  # fmt: skip


def without_hashes(lock: str) -> str:
    """The lines of a lock that pin a version, without the hashes that follow."""
    lines = [line.rstrip(" \\") for line in lock.splitlines() if line and line[0] not in " #"]
    note = "# Written by `make lock`: the versions of requirements.txt, without the hashes."
    return "\n".join([note, *lines]) + "\n"


def compile_lock() -> None:
    """Run uv on pyproject.toml; it keeps the versions of the old lock where they still fit."""
    with TemporaryDirectory(prefix="lock-") as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder, "Scripts/python.exe" if os.name == "nt" else "bin/python")
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, UV], check=True)
        uv = [str(python), "-m", "uv", "pip", "compile", "--quiet", "pyproject.toml"]
        subprocess.run([*uv, *OPTIONS, "-o", "requirements.txt"], cwd=ROOT, check=True)


def main() -> None:
    compile_lock()
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    (ROOT / "constraints.txt").write_text(without_hashes(lock), encoding="utf-8")


if __name__ == "__main__":
    main()
