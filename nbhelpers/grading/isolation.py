"""A worker for one notebook: its own process, its own folder and home, and an end to its time."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .course import Lesson, Submission
from .processes import MARK, end_all, wait_until

# The kernel's surroundings: nothing is downloaded, drawn in windows or recorded.
ENVIRONMENT = {
    "NBHELPERS_OFFLINE": "1", "NBHELPERS_PROGRESS": "", "TQDM_DISABLE": "1", "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1",
}  # fmt: skip


def work(
    submission: Submission, lesson: Lesson, course: dict[str, Lesson], options: Any,
    tokens: set[str],
) -> tuple[dict[str, Any], str]:  # fmt: skip
    """What the worker found out, and what kept it from the rest."""
    token = secrets.token_hex(16)
    tokens.add(token)
    with TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True) as scratch:
        job, folder = Path(scratch, "job.json"), Path(scratch, "notebooks")
        # The tables that lessons read lie beside them; what else the student sent does not.
        shutil.copytree(options.lessons, folder, ignore=shutil.ignore_patterns("*.ipynb", ".*"))
        copy = Path(shutil.copyfile(submission.path, Path(scratch, "submission.ipynb")))
        described = {**asdict(lesson), "texts": sorted(lesson.texts)}
        job.write_text(
            json.dumps({
                "notebook": str(copy), "lesson": described, "lessons": sorted(course),
                "folder": str(folder), "result": str(Path(scratch, "result.json")),
                "cell_time": options.cell_time, "memory": int(options.memory * 2**30),
            }),
            encoding="utf-8",
        )  # fmt: skip
        log = Path(scratch, "log.txt")
        with log.open("wb") as stream:
            # -P: a file in the folder of submissions must not be taken for a module.
            worker = subprocess.Popen(
                [sys.executable, "-P", "-m", "nbhelpers.grading.worker", str(job)],
                cwd=scratch, env=_environment(scratch, token), stdin=subprocess.DEVNULL,
                stdout=stream, stderr=stream, start_new_session=True,
            )  # fmt: skip
        try:
            in_time = wait_until(time.monotonic() + options.time, worker)
        finally:
            worker.kill()
            worker.wait()
            end_all(token)
            tokens.discard(token)
        try:
            results = json.loads(Path(scratch, "result.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            results = {}
        trouble = ""
        if not in_time:
            trouble = f"the notebook runs longer than {options.time:g} s"
        elif worker.returncode != 0:
            said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            trouble = f"its process ended early ({worker.returncode}) {' '.join(said)}"[:200]
        return results, trouble


def _environment(scratch: str, token: str) -> dict[str, str]:
    """A home of its own; of the instructor's environment only what Python needs to run."""
    environment = {k: v for k, v in os.environ.items() if not _private(k)} | ENVIRONMENT
    home = Path(scratch, "home")
    for folder in (home, Path(scratch, "data")):
        folder.mkdir()
    path = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
    return environment | {
        "HOME": str(home), "USERPROFILE": str(home), "IPYTHONDIR": str(home),
        "NBHELPERS_DATA": str(Path(scratch, "data")), "TMPDIR": scratch, "TEMP": scratch,
        "PYTHONPATH": os.pathsep.join(filter(None, path)), MARK: token,
    }  # fmt: skip


def _private(name: str) -> bool:
    words = ("TOKEN", "SECRET", "PASSWORD", "CREDENTIAL", "API_KEY", "SSH_")
    return any(word in name.upper() for word in words) or name in ("MPLBACKEND", "JPY_PARENT_PID")
