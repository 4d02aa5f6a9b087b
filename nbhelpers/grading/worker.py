"""One submission, in a process of its own: run the notebook in a kernel, then try its functions.

    python -m nbhelpers.grading.worker JOB

A cell that runs too long or takes the kernel down is left out, and the notebook is run again
without it, so that it costs no more than what depends on it. The same goes for a function.
"""

from __future__ import annotations

import importlib
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

import nbformat

from ..exercises.engine.outcomes import Outcome
from . import transport
from .course import Lesson, own_definition
from .kernel import STARTUP, Kernel, Stopped, code

MOST_RUNS = 6  # so many times the notebook is started at most
MOST_BYTES = 200_000_000  # of a report

Result = dict[str, Any]


def read_report(path: Path) -> Result:
    """What `inside.outcomes` has written, as far as it can be believed."""
    if path.stat().st_size > MOST_BYTES:
        raise ValueError("the result is too large")
    report: Result = json.loads(path.read_text(encoding="utf-8"))
    for outcome in report.get("outcomes", []):
        for key in ("value", "raw"):
            outcome[key] = transport.decode(outcome[key])
        outcome["error"] = transport.decode_error(outcome["error"])
        outcome["line"] = int(outcome["line"])
        outcome["changed"] = str(outcome["changed"])[:40]
    return report


def judge(lesson: str, name: str, report: Result) -> Result:
    """The verdict of this package's own exercise on what a submitted function returned."""
    seconds = float(report.get("seconds", 0.0))
    if not report.get("found"):
        reason = "not found: neither a check of it nor a function of its name"
        return {"passed": False, "reason": reason, "seconds": seconds}
    if report.get("refusal"):
        return {"passed": False, "reason": str(report["refusal"])[:500], "seconds": seconds}
    exercise = getattr(importlib.import_module(f"nbhelpers.exercises.{lesson}"), name)
    outcomes = [Outcome(**outcome) for outcome in report["outcomes"]]
    if len(outcomes) != len(exercise.cases):
        raise ValueError("cases are missing")
    problem = exercise.verdict(outcomes)
    return {"passed": problem is None, "reason": problem or "", "seconds": seconds}


def grade(job: Result, save: Any) -> dict[str, Result]:
    """Grade one notebook; `save` gets all results so far, after each."""
    notebook = nbformat.read(job["notebook"], as_version=4)  # type: ignore[no-untyped-call]
    lesson = Lesson(**{**job["lesson"], "texts": set(job["lesson"]["texts"])})
    cells = [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "code" and "solution" not in cell.metadata.get("tags", [])
    ]
    left_out: dict[int, str] = {}
    results: dict[str, Result] = {}
    for _ in range(MOST_RUNS):
        if not _run_once(job, lesson, notebook, cells, left_out, results, save):
            break
    for name in lesson.exercises:
        if name not in results:
            why = f"not reached: the notebook stopped its kernel {MOST_RUNS} times"
            results[name] = {"passed": False, "reason": why, "seconds": 0.0}
    for index, why in left_out.items():
        note = f"Code cell {index + 1} was left out: it {why}."
        for result in results.values():
            if not result["passed"]:
                result["reason"] = f"{result['reason']} {note}"
    save(results)
    return results


def _run_once(
    job: Result, lesson: Lesson, notebook: Any, cells: list[str], left_out: dict[int, str],
    results: dict[str, Result], save: Any,
) -> bool:  # fmt: skip
    """Run the notebook and try what is not yet judged; True if the kernel was lost on the way."""
    folder, memory = Path(job["folder"]), int(job["memory"])
    with Kernel(folder, job["cell_time"], memory) as kernel:
        kernel.run(
            code(f"inside['prepare']({job['lessons']!r}, {memory}, python.globals())"), STARTUP
        )
        for index, source in enumerate(cells):
            if index not in left_out:
                try:
                    kernel.run(source)
                except Stopped as stopped:
                    left_out[index] = str(stopped)
                    return True
        for name, function in lesson.exercises.items():
            if name in results:
                continue
            own = function if own_definition(notebook, function, lesson) else ""
            path = folder / f"{secrets.token_hex(8)}.json"
            arguments = (
                f"{str(path)!r}, {lesson.name!r}, {name!r}, {own!r}, python.globals(), transport"
            )
            try:
                kernel.run(code(f"inside['outcomes']({arguments})"))
                results[name] = judge(lesson.name, name, read_report(path))
            except Stopped as stopped:
                results[name] = {"passed": False, "reason": f"It {stopped}.", "seconds": 0.0}
                save(results)
                return True
            except FileNotFoundError:
                why = "could not be tried: the notebook has broken Python itself"
                results[name] = {"passed": False, "reason": why, "seconds": 0.0}
            except Exception as error:
                why = f"could not be tried: {type(error).__name__}: {error}"[:300]
                results[name] = {"passed": False, "reason": why, "seconds": 0.0}
            finally:
                path.unlink(missing_ok=True)
            save(results)
    return False


def main(path: str) -> None:
    job = json.loads(Path(path).read_text(encoding="utf-8"))
    target = Path(job["result"])

    def save(results: dict[str, Result]) -> None:
        temporary = target.with_suffix(".tmp")
        temporary.write_text(json.dumps(results), encoding="utf-8")
        os.replace(temporary, target)

    grade(job, save)


if __name__ == "__main__":
    main(sys.argv[1])
