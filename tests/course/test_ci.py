"""Continuous integration runs the README's test command as on a stranger's machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.execution import ROOT

# What was set where this was written, or may be: some of it hides faults.
SET_HERE = {
    "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_L2_SIZE": "512",
    "PYTHONPATH": "/elsewhere", "NBHELPERS_DATA": "/elsewhere", "MPLBACKEND": "agg",
    "VIRTUAL_ENV": "/elsewhere", "XDG_CONFIG_HOME": "/elsewhere",
}  # fmt: skip
HANDED_ON = {
    "PIP_INDEX_URL": "https://127.0.0.1/a b/", "PIP_CERT": "/c", "UV_INDEX_URL": "https://127.0.0.1",
    "SSL_CERT_FILE": "/c", "REQUESTS_CA_BUNDLE": "/c", "https_proxy": "http://127.0.0.1:9",
    "NO_PROXY": "*",
}  # fmt: skip


@pytest.fixture
def seen(tmp_path):
    """The environment that `make test` meets."""
    if os.name == "nt" or not shutil.which("make"):
        pytest.skip("no make")
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    (tmp_path / "Makefile").write_text("test:\n\t@env; touch $$HOME/used\n")
    run = subprocess.run(
        [tmp_path / ".ci" / "run"], env={"PATH": os.environ["PATH"], **SET_HERE, **HANDED_ON},
        cwd="/", capture_output=True, text=True, check=True,
    )  # fmt: skip
    return dict(line.split("=", 1) for line in run.stdout.splitlines())


def test_only_what_reaches_the_package_index_is_handed_on(seen):
    of_make = {"MAKEFLAGS", "MAKELEVEL", "MAKE_TERMERR", "MAKE_TERMOUT", "MFLAGS", "PWD", "SHLVL"}
    own = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "CI": "true"}
    found = {name: value for name, value in seen.items() if name not in {*of_make, "_", "HOME"}}
    assert found == own | HANDED_ON | {"NBHELPERS_TIME_FACTOR": "3"}


def test_its_home_is_new_and_does_not_stay(seen):
    assert seen["HOME"] != os.environ.get("HOME")
    assert not Path(seen["HOME"]).exists()


def test_a_failure_is_passed_on(tmp_path):
    if os.name == "nt" or not shutil.which("make"):
        pytest.skip("no make")
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    (tmp_path / "Makefile").write_text("test:\n\t@exit 3\n")
    run = subprocess.run([tmp_path / ".ci" / "run"], capture_output=True, check=False)
    assert run.returncode != 0
