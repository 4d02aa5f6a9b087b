"""The style that CONTRIBUTING.md promises: one layout, no lint, types all the way."""

import subprocess
import sys

import pytest

from tools.execution import ROOT


@pytest.mark.parametrize(
    "command", ["ruff check", "ruff format --check", "mypy"], ids=lambda command: command
)
def test_nothing_to_mend(command):
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
