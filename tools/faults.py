"""Do the tests notice? Plant one fault at a time in a copy of the project, and see what catches it.

    python -m tools.faults                    all of `fault_list.py`; a report in _build/faults.md
    python -m tools.faults --only adam        those whose reason or file has this in it
    python -m tools.faults --repeats 20       no fault, 20 times: nothing may be reported

Each fault meets the package's tests first, those most likely to know it before the others, then the
lessons that it concerns. The first test that fails is the one that caught it. Interrupted, the
command goes on from `_build/faults.json`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

from tools.execution import ROOT
from tools.fault_list import FAULTS, FIRST, LESSONS, PACKAGE, Fault

ENOUGH = 0.95
MINUTES = 10  # of one call of pytest
STATE, REPORT = ROOT / "_build" / "faults.json", ROOT / "_build" / "faults.md"
LEFT_OUT = (".git", ".venv", "_build", "__pycache__", ".*_cache", ".hypothesis", "site", "*.gz")
# What has nothing to do with a fault in the package, or tests the tools rather than the course.
UNRELATED = ("style", "packaging", "hosts", "readme", "site", "nbval_rules", "notebook_hygiene",
             "refresh", "claims_tool", "faults")  # fmt: skip
BRIEF = ["-o", "addopts=", "-x", "-q", "--tb=line", "-p", "no:cacheprovider", "-p", "no:xdist"]
PYTEST = [sys.executable, "-m", "pytest", *BRIEF]
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+(?: \S+)*?)(?: - |$)", re.MULTILINE)


def copy(target: Path) -> Path:
    """A copy of the project that can be spoiled."""
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (target / "site").symlink_to(ROOT / "site")
    return target


def package_tests(fault: Fault) -> list[list[str]]:
    """Calls of pytest: the files most likely to know the fault, then all the others."""
    first = [f"tests/test_{name}.py" for name in FIRST.get(fault.file, PACKAGE)]
    names = {path.stem.removeprefix("test_") for path in (ROOT / "tests").glob("test_*.py")}
    rest = sorted(f"tests/test_{name}.py" for name in names - set(UNRELATED))
    return [first, [name for name in rest if name not in first]]


def lesson_tests(fault: Fault) -> list[list[str]]:
    """Calls of pytest: the rules for stored lessons, then the lessons themselves."""
    hygiene = ["tests/test_notebook_hygiene.py", "-k", "keeps or editions or percent"]
    if fault.file.endswith(".ipynb"):
        return [hygiene, ["--nbval", "--nbval-cell-timeout=150", fault.file]]
    numbers = LESSONS.get(fault.file, ("01", "04"))
    paths = [str(p.relative_to(ROOT)) for n in numbers for p in (ROOT / "notebooks").glob(f"{n}_*")]
    return [["--nbval", "--nbval-cell-timeout=150", *sorted(paths)]]


def pytest(folder: Path, arguments: list[str]) -> str | None:
    """What failed: the name of the first test, or how the run ended; None if all passed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    environment |= {"PYTHONPATH": str(folder), "NBHELPERS_TIME_FACTOR": "50"}
    environment["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder / ".hypothesis")
    try:
        done = subprocess.run(
            [*PYTEST, *arguments], cwd=folder, env=environment, capture_output=True, text=True,
            timeout=60 * MINUTES, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"no end within {MINUTES} minutes"
    if done.returncode == 0:
        return None
    found = FAILED.search(done.stdout)
    return found[1] if found else f"pytest ended with {done.returncode}: {done.stdout[-200:]!r}"


def caught_by(folder: Path, fault: Fault) -> str | None:
    """Plant the fault in the copy, ask the tests, and take it out again."""
    path = folder / fault.file
    whole = path.read_bytes()
    calls = [] if fault.file.endswith(".ipynb") else package_tests(fault)
    try:
        path.write_bytes(fault.plant(whole.decode()).encode())
        forget(path)
        for arguments in [*calls, *lesson_tests(fault)]:
            if name := pytest(folder, arguments):
                return name
    finally:
        path.write_bytes(whole)
        forget(path)
    return None


def forget(path: Path) -> None:
    """Drop the bytecode: a change within one second that keeps the size would go unnoticed."""
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
        compiled.unlink()


def key(fault: Fault) -> str:
    """A fault in its file as it is now."""
    return digest(repr(fault).encode(), (ROOT / fault.file).read_bytes())


def evidence(name: str | None) -> str:
    """What must be the same for a result to count still: the test that failed, or all that passed.

    >>> evidence("tests/test_losses.py::test_mse") == evidence("tests/test_losses.py::test_hinge")
    True
    """
    path = ROOT / (name or "").partition("::")[0]
    tests = [path] if path.is_file() else sorted((ROOT / "tests").glob("*.py"))
    return digest(*(test.read_bytes() for test in tests))


def digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def side_by_side(jobs: int, tasks: list[Any], work: Callable[[Path, Any], Any], done: Any) -> None:
    """`done(task, work(copy, task))` for each task, each of the `jobs` workers in its own copy."""
    with TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as scratch:
        folders: SimpleQueue[Path] = SimpleQueue()
        for i in range(jobs):
            folders.put(copy(Path(scratch, str(i))))

        def one(task: Any) -> Any:
            folder = folders.get()
            try:
                return work(folder, task)
            finally:
                folders.put(folder)

        with ThreadPoolExecutor(jobs) as pool:
            futures = {pool.submit(one, task): task for task in tasks}
            for future in as_completed(futures):
                done(futures[future], future.result())


def report(results: dict[Fault, str | None]) -> str:
    """A Markdown table: each fault and the test that caught it; survivors first."""
    caught = sum(name is not None for name in results.values())
    lines = [
        f"{caught} of {len(results)} planted faults were caught.", "",
        "| file | fault | caught by |", "| --- | --- | --- |",
    ]  # fmt: skip
    for fault, name in sorted(results.items(), key=lambda item: item[1] is not None):
        test = f"`{name}`" if name else "**survived**"
        lines.append(f"| `{fault.file}` | {fault.why} | {test} |".replace("|x|", "x"))
    return "\n".join(lines) + "\n"


def plant_all(faults: list[Fault], jobs: int) -> int:
    STATE.parent.mkdir(exist_ok=True)
    known = json.loads(STATE.read_text(encoding="utf-8")) if STATE.exists() else {}
    results = {}
    for fault in faults:
        name, seen = known.get(key(fault), (None, ""))
        if seen == evidence(name):
            results[fault] = name

    def keep(fault: Fault, name: str | None) -> None:
        results[fault], known[key(fault)] = name, (name, evidence(name))
        write(STATE, json.dumps(known, indent=1))
        print(f"{name or 'SURVIVED'}  <-  {fault.file}: {fault.why}", flush=True)

    side_by_side(jobs, [fault for fault in faults if fault not in results], caught_by, keep)
    write(REPORT, report(results))
    survived = [fault for fault in faults if results[fault] is None]
    print(
        f"\n{len(faults) - len(survived)} of {len(faults)} caught. The report is in {REPORT.name}."
    )
    for fault in survived:
        print(f"survived: {fault.file}: {fault.why}")
    return int(len(survived) > (1 - ENOUGH) * len(faults))


def repeat(times: int, jobs: int) -> int:
    """Clean runs of the fast part: every file that some fault meets first, and one lesson."""
    files = sorted({f"tests/test_{name}.py" for names in FIRST.values() for name in names})
    fast = [*files, "tests/test_notebook_hygiene.py"]
    lesson = ["--nbval", "--nbval-cell-timeout=150", "notebooks/04_backpropagation.ipynb"]
    alarms = []

    def work(folder: Path, _: int) -> str | None:
        return pytest(folder, fast) or pytest(folder, lesson)

    def keep(number: int, name: str | None) -> None:
        alarms.extend([name] if name else [])
        print(f"clean run {number + 1}: {name or 'nothing'}", flush=True)

    start = time.monotonic()
    side_by_side(jobs, list(range(times)), work, keep)
    print(f"\n{len(alarms)} false alarms in {times} clean runs, {time.monotonic() - start:.0f} s")
    return int(bool(alarms))


def write(path: Path, text: str) -> None:
    temporary = path.with_suffix(".part")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.faults", description=__doc__)
    parser.add_argument("--only", default="", help="faults with this in their file or reason")
    parser.add_argument("--jobs", type=int, default=2, help="faults side by side")
    parser.add_argument("--repeats", type=int, default=0, help="clean runs in place of faults")
    options = parser.parse_args(arguments)
    if options.repeats:
        return repeat(options.repeats, options.jobs)
    words = options.only.lower()
    faults = [fault for fault in FAULTS if words in f"{fault.file} {fault.why}".lower()]
    if not faults:
        parser.error(f"no fault has {options.only!r} in it")
    return plant_all(faults, options.jobs)


if __name__ == "__main__":
    sys.exit(main())
