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
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

from tools.execution import ROOT
from tools.fault_list import FAULTS, Fault
from tools.fault_trial import caught_by, copy, pytest

ENOUGH = 0.95
STATE, REPORT = ROOT / "_build" / "faults.json", ROOT / "_build" / "faults.md"

# Some 400 tests, most with random examples, in about 15 seconds.
FAST = ("gradients", "layers", "losses", "optimizers", "network", "broken_layers", "initializers",
        "batches", "augmentation", "ensembles", "claims", "solver", "toy")  # fmt: skip


def key(fault: Fault) -> str:
    """A fault in its file as it is now."""
    return digest(repr(fault).encode(), (ROOT / fault.file).read_bytes())


def evidence(name: str | None) -> str:
    """What must be unchanged for a result to count: the test that failed, or all that passed."""
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
        f"{caught} of {len(results)} planted faults were caught; the list has {len(FAULTS)}.", "",
        "| file | fault | caught by |", "| --- | --- | --- |",
    ]  # fmt: skip
    order = sorted(results, key=lambda fault: (results[fault] is not None, FAULTS.index(fault)))
    for fault, name in ((fault, results[fault]) for fault in order):
        test = f"`{name}`" if name else "**survived**"
        lines.append(f"| `{fault.file}` | {fault.why} | {test} |")
    return "\n".join(lines) + "\n"


def plant_all(faults: list[Fault], jobs: int, *, known_only: bool = False) -> int:
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

    untried = [fault for fault in faults if fault not in results]
    if known_only:
        faults = [fault for fault in faults if fault in results]
    else:
        side_by_side(jobs, untried, caught_by, keep)
    write(REPORT, report(results))
    survived = [fault for fault in faults if results[fault] is None]
    print(
        f"\n{len(faults) - len(survived)} of {len(faults)} caught. The report is in {REPORT.name}."
    )
    for fault in survived:
        print(f"survived: {fault.file}: {fault.why}")
    return int(len(survived) > (1 - ENOUGH) * len(faults))


def repeat(times: int, jobs: int) -> int:
    """Clean runs of the fast part: `FAST`, with new random examples each time, and one lesson."""
    fast = [f"tests/test_{name}.py" for name in FAST]
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
    parser.add_argument("--report", action="store_true", help="of what is known; plant nothing")
    options = parser.parse_args(arguments)
    if options.repeats:
        return repeat(options.repeats, options.jobs)
    words = options.only.lower()
    faults = [fault for fault in FAULTS if words in f"{fault.file} {fault.why}".lower()]
    if not faults:
        parser.error(f"no fault has {options.only!r} in it")
    return plant_all(faults, options.jobs, known_only=options.report)


if __name__ == "__main__":
    sys.exit(main())
