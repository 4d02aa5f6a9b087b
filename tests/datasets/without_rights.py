"""Code that runs as a user whom permissions bind, whoever runs the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

DROP = "-dac_override,-dac_read_search"  # by these root reads and writes everything


def run_bound(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python code; root gives up the right to pass over permissions first."""
    command = [sys.executable, "-c", code]
    if os.name == "nt":
        pytest.skip("permissions of POSIX")
    if os.getuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root may read everything, and there is no setpriv to take that away")
        command = ["setpriv", f"--bounding-set={DROP}", f"--inh-caps={DROP}", *command]
    return subprocess.run(
        command, env=os.environ | variables, capture_output=True, text=True, check=False
    )
