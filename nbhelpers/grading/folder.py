"""From a folder of submissions to a table of grades, whatever the submissions do.

Each notebook is graded by a worker, a process of its own. This one only starts workers, ends them
when their time is over, and writes the table: whole, after each notebook, so that an interrupted
run goes on where it was.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from tqdm import tqdm

from .course import Lesson, NotALesson, Submission, find, lesson_of, open_submission, read_course
from .isolation import work
from .processes import end_all
from .table import Row, Table, plain

Graded = tuple[list[Row], str, bool]
"""The rows of a notebook, a line about it, and whether it could be graded."""


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
    start = time.monotonic()
    good = _all(todo, course, options, table)
    if good is None:
        print(f"Stopped. What was graded is in {options.output}.", file=sys.stderr)
        return 130
    unread = sum(all(not row["exercise"] for row in rows) for rows in table.rows.values())
    print(
        f"{len(submissions)} notebooks, {len(todo)} graded in {time.monotonic() - start:.0f} s; "
        f"{unread} could not be read. The table is {options.output}"
    )
    return int(not good or unread > 0)


def _all(
    todo: list[Submission], course: dict[str, Lesson], options: argparse.Namespace, table: Table
) -> bool | None:
    """Grade these, some at a time; whether all could be graded, or None when it was stopped."""
    tokens: set[str] = set()
    waiting: dict[Future[Graded], Submission] = {}
    good = True

    def keep(future: Future[Graded]) -> None:
        nonlocal good
        submission = waiting.pop(future)
        rows, line, fine = future.result()
        good = good and fine
        table.put(_file(submission, options), rows)
        tqdm.write(f"{submission.student}: {submission.path.name}: {line}")

    pool = ThreadPoolExecutor(max_workers=max(1, int(options.jobs)))
    try:
        waiting |= {pool.submit(grade_one, s, course, options, tokens): s for s in todo}
        for future in tqdm(as_completed(list(waiting)), total=len(todo), unit="notebook"):
            keep(future)
    except KeyboardInterrupt:
        for future in [f for f in waiting if f.done() and not f.cancelled() and not f.exception()]:
            keep(future)
        return None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for token in list(tokens):
            end_all(token)
    return good


def grade_one(
    submission: Submission, course: dict[str, Lesson], options: Any, tokens: set[str]
) -> Graded:
    """Grade one notebook."""
    file, digest = _file(submission, options), _digest(submission.path)
    common = {"student": plain(submission.student), "file": file, "digest": digest}
    try:
        notebook = open_submission(submission.path)
        lesson = lesson_of(notebook, submission.path, course)
    except NotALesson as problem:
        nothing = {"lesson": "", "exercise": "", "passed": "0", "seconds": "0"}
        return [{**common, **nothing, "reason": plain(str(problem))}], f"✗ {problem}", False
    start = time.monotonic()
    results, trouble = work(submission, lesson, course, options, tokens)
    rows, passed = [], 0
    for name in lesson.exercises:
        why: dict[str, Any] = {"passed": False, "reason": f"not reached: {trouble}", "seconds": 0.0}
        result = results.get(name) or why
        passed += result["passed"] is True
        rows.append({
            **common, "lesson": lesson.number, "exercise": name,
            "passed": str(int(result["passed"] is True)),
            "reason": plain(result["reason"]), "seconds": f"{result['seconds']:.2f}",
        })  # fmt: skip
    seconds = time.monotonic() - start
    line = f"{passed} of {len(rows)} right, {seconds:.0f} s" + (f" ({trouble})" if trouble else "")
    return rows, line, not trouble


def _file(submission: Submission, options: Any) -> str:
    return plain(submission.path.relative_to(options.folder).as_posix())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
