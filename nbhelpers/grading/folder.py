"""From a folder of submissions to a table of grades, whatever the submissions do.

Each notebook is graded by a worker, a process of its own. This one only starts workers, ends them
when their time is over, and writes the table: whole, after each notebook, so that an interrupted
run goes on where it was.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tqdm import tqdm

from .course import Lesson, NotALesson, Submission, find, lesson_of, open_submission, read_course
from .processes import MARK, end_all, wait_until

COLUMNS = ["student", "lesson", "exercise", "passed", "reason", "seconds", "file", "digest"]
Row = dict[str, str]
# The kernel's surroundings: nothing is downloaded, drawn in windows or recorded.
ENVIRONMENT = {
    "NBHELPERS_OFFLINE": "1", "NBHELPERS_PROGRESS": "", "TQDM_DISABLE": "1", "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1",
}  # fmt: skip


class Table:
    """The table of grades, on disk after every change."""

    def __init__(self, path: Path, *, again: bool) -> None:
        self.path, self.rows = path, {}
        if path.exists() and not again:
            for row in _read(path):
                self.rows.setdefault(row["file"], []).append(row)

    rows: dict[str, list[Row]]

    def has(self, file: str, digest: str) -> bool:
        return any(row["digest"] == digest for row in self.rows.get(file, []))

    def put(self, file: str, rows: list[Row]) -> None:
        self.rows[file] = rows
        temporary = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}")
        try:
            with temporary.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, COLUMNS)
                writer.writeheader()
                for name in sorted(self.rows):
                    writer.writerows(self.rows[name])
            os.replace(temporary, self.path)
        finally:
            temporary.unlink(missing_ok=True)


def _read(path: Path) -> list[Row]:
    """The rows of an earlier run.

    Raises:
        ValueError: the file is no table of this command; it is left as it is.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if reader.fieldnames != COLUMNS:
            raise ValueError(f"{path} is no table of grades; choose another --output")
        return [{key: row.get(key) or "" for key in COLUMNS} for row in reader]


def plain(text: str) -> str:
    """Text that a spreadsheet does not take for a formula.

    >>> plain("=1+1"), plain("Ada")
    ("'=1+1", 'Ada')
    """
    text = " ".join(text.split())
    return f"'{text}" if text[:1] in tuple("=+-@") else text


def grade(options: argparse.Namespace) -> int:
    """Grade every notebook of a folder; see `options.py` for what is promised."""
    try:
        if not options.folder.is_dir():
            raise ValueError(f"no folder {options.folder}")
        course = read_course(options.lessons) if options.lessons.is_dir() else {}
        if not course:
            raise ValueError(f"no lessons in {options.lessons}; name their folder with --lessons")
        if not options.output.resolve().parent.is_dir():
            raise ValueError(f"no folder {options.output.resolve().parent} for the table")
        table = Table(options.output, again=options.again)
    except (ValueError, OSError) as problem:
        print(f"grade: {problem}", file=sys.stderr)
        return 2
    submissions = list(find(options.folder))
    todo = [s for s in submissions if not table.has(_file(s, options), _digest(s.path))]
    kept = len(submissions) - len(todo)
    if kept:
        print(f"{kept} of {len(submissions)} notebooks are graded already (--again: anew)")
    failed, start = 0, time.monotonic()
    pool = ThreadPoolExecutor(max_workers=max(1, int(options.jobs)))
    tokens: set[str] = set()
    try:
        waiting = {pool.submit(grade_one, s, course, options, tokens): s for s in todo}
        with tqdm(total=len(todo), unit="notebook") as bar:
            for future in as_completed(waiting):
                submission = waiting[future]
                rows, line, good = future.result()
                table.put(_file(submission, options), rows)
                failed += not good
                bar.update()
                tqdm.write(f"{submission.student}: {submission.path.name}: {line}")
    except (KeyboardInterrupt, CancelledError):
        pool.shutdown(wait=False, cancel_futures=True)
        for token in list(tokens):
            end_all(token)
        print(f"Stopped. What was graded is in {options.output}.", file=sys.stderr)
        return 130
    pool.shutdown()
    unread = sum(all(not row["exercise"] for row in rows) for rows in table.rows.values())
    print(
        f"{len(submissions)} notebooks, {len(todo)} graded in {time.monotonic() - start:.0f} s; "
        f"{unread} could not be read. The table is {options.output}"
    )
    return int(failed > 0 or unread > 0)


def grade_one(
    submission: Submission, course: dict[str, Lesson], options: Any, tokens: set[str]
) -> tuple[list[Row], str, bool]:
    """Grade one notebook: its rows, a line about it, and whether it could be graded."""
    file, digest = _file(submission, options), _digest(submission.path)
    common = {"student": plain(submission.student), "file": file, "digest": digest}
    try:
        notebook = open_submission(submission.path)
        lesson = lesson_of(notebook, submission.path, course)
    except NotALesson as problem:
        nothing = {"lesson": "", "exercise": "", "passed": "0", "seconds": "0"}
        return [{**common, **nothing, "reason": plain(str(problem))}], f"✗ {problem}", False
    start = time.monotonic()
    results, trouble = _work(submission, lesson, course, options, tokens)
    rows, passed = [], 0
    for name in lesson.exercises:
        why: dict[str, Any] = {"passed": False, "reason": f"not reached: {trouble}", "seconds": 0.0}
        result = results.get(name) or why
        passed += result["passed"] is True
        rows.append({
            **common, "lesson": lesson.name[-2:], "exercise": name,
            "passed": str(int(result["passed"] is True)),
            "reason": plain(result["reason"]), "seconds": f"{result['seconds']:.2f}",
        })  # fmt: skip
    seconds = time.monotonic() - start
    line = f"{passed} of {len(rows)} right, {seconds:.0f} s" + (f" ({trouble})" if trouble else "")
    return rows, line, not trouble


def _work(
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


def _file(submission: Submission, options: Any) -> str:
    return plain(submission.path.relative_to(options.folder).as_posix())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
