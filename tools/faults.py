"""Do the tests notice? Plant one fault at a time in a copy of the course, and see what catches it.

    python -m tools.faults                all of `fault_list.py`; a report in _build/faults.md
    python -m tools.faults --only losses  those whose place or reason has this in it

A fault meets the rules for stored lessons first, then the lesson itself, then the tests of site and
README; the first test that fails has caught it. A fault whose place is gone is reported and counts
as one that was missed. Interrupted, the command goes on from `_build/faults.json`.
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
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat

from nbhelpers._files import atomic_write
from tools.execution import ROOT
from tools.fault_list import FAULTS, Cell, Fault

ENOUGH = 0.95
STATE, REPORT = ROOT / "_build" / "faults.json", ROOT / "_build" / "faults.md"
LEFT_OUT = (".git", ".venv", "_build", "__pycache__", ".*_cache", ".hypothesis", "*.gz", "*.bin")
PYTEST = [sys.executable, "-m", "pytest", "-o", "addopts=", "-x", "-q", "--tb=line",
          "-p", "no:cacheprovider", "-p", "no:xdist"]  # fmt: skip
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+(?: \S+)*?)(?: - |$)", re.MULTILINE)
PASSED, NOTHING_TO_RUN = 0, 5  # the second: an official edition, say, where its data is not at hand

# --- planting -------------------------------------------------------------------------------------

# Not what the text tells as a result: code, links, numbers of figures. Nor what a string says.
ASIDE = re.compile(
    r"^```.*?^```|`[^`]*`|\]\([^)]*\)|https?://\S+|arXiv:\S+|"
    r"\b(?:[Ff]igure|[Ss]ection)s? [\d., and]+",
    re.DOTALL | re.MULTILINE,
)
STRING = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|#.*")
NOT_RESULTS = re.compile(r"^#{2,3} (?:Exercises?\b|What to try next|References)", re.MULTILINE)
NOT_THE_LESSONS = {"setup", "exercise", "solution", "versions", "nbval-ignore-output"}


class Gone(Exception):
    """What the fault would spoil is no longer there."""


def tags(cell: Cell) -> set[str]:
    return set(cell.metadata.get("tags", []))


def shown(cell: Cell, data: str) -> bool:
    return any(data in output.get("data", {}) for output in cell.get("outputs", []))


def prints(cell: Cell, *, tolerant: bool = False) -> bool:
    """Whether a cell of the lesson's own text prints something, compared exactly or not."""
    stdout = any(output.get("name") == "stdout" for output in cell.get("outputs", []))
    rtol = any(tag.startswith("rtol") for tag in tags(cell))
    return stdout and rtol == tolerant and not tags(cell) & NOT_THE_LESSONS


# Which cells belong to a part of the lesson; "prose" ends where the exercises begin.
PARTS: dict[str, Callable[[Cell], bool]] = {
    "text": lambda cell: cell.cell_type == "markdown",
    "prose": lambda cell: cell.cell_type == "markdown",
    "source": lambda cell: cell.cell_type == "code",
    "code": prints,
    "solution": lambda cell: "solution" in tags(cell),
    "printing": prints,
    "output": prints,
    "tolerant output": lambda cell: prints(cell, tolerant=True),
    "figure": lambda cell: shown(cell, "image/png"),
    "html": lambda cell: shown(cell, "text/html"),
}


def cells(nb: Cell, part: str) -> list[Cell]:
    told = nb.cells
    if part == "prose":
        ends = (i for i, c in enumerate(told) if PARTS[part](c) and NOT_RESULTS.search(c.source))
        told = told[: next(ends, None)]
    return [cell for cell in told if PARTS[part](cell)]


def texts(cell: Cell, part: str) -> list[tuple[Cell, str]]:
    """What holds each text of the part in this cell, and under which key."""
    if part in ("output", "tolerant output"):
        return [(o, "text") for o in cell.outputs if o.get("name") == "stdout"]
    if part == "html":
        data = [output.get("data", {}) for output in cell.outputs]
        return [(d, "text/html") for d in data if "text/html" in d]
    return [(cell, "source")]


def matches(text: str, part: str, pattern: str) -> Iterator[re.Match[str]]:
    """Where the pattern stands, outside of what is no part of it."""
    aside = {"prose": ASIDE, "code": STRING}.get(part)
    hidden = [match.span() for match in aside.finditer(text)] if aside else []
    for match in re.finditer(pattern, text, re.MULTILINE):
        if not any(start <= match.start() < end for start, end in hidden):
            yield match


def plant(whole: str, fault: Fault) -> str:
    """The whole file with the fault in it."""

    def choose(places: list[Any]) -> Any:
        if not places:
            raise Gone("nothing there fits")
        return places[int(fault.at * len(places))]

    def spoil(match: re.Match[str]) -> str:
        new = fault.new(match) if callable(fault.new) else match.expand(fault.new)
        return match.string[: match.start()] + new + match.string[match.end() :]

    if fault.part == "file":
        return spoil(choose(list(matches(whole, fault.part, fault.what))))
    nb = nbformat.reads(whole, as_version=4)
    found = cells(nb, fault.part)
    if callable(fault.what):
        fault.what(*choose(list(zip(found, [*found[1:], *found[:1]], strict=True))))
    else:
        holders = [holder for cell in found for holder in texts(cell, fault.part)]
        holder, key, match = choose([
            (holder, key, match)
            for holder, key in holders
            for match in matches(holder[key], fault.part, fault.what)
        ])  # fmt: skip
        holder[key] = spoil(match)
    return nbformat.writes(nb) + "\n"


def file_of(fault: Fault) -> Path:
    """The file of the place, relative to the project."""
    pattern = fault.place if "." in fault.place else f"notebooks/*_{fault.place}.ipynb"
    found = sorted(ROOT.glob(pattern))
    if len(found) != 1:
        raise Gone(f"{len(found)} files are called {pattern}")
    return found[0].relative_to(ROOT)


# --- what catches it ------------------------------------------------------------------------------


def calls(file: Path) -> Iterator[list[str]]:
    """The calls of pytest that a fault in this file meets, one after the other."""
    lesson = ["--nbval", "--nbval-cell-timeout=150"]
    if file.suffix == ".ipynb":
        rules = f"(keeps and {file.parent.name}/{file.stem}) or editions_have or percent"
        yield [*test("notebook_hygiene"), "-k", rules.replace("/", " and ")]
        yield [*lesson, file.as_posix()]
    if file.parent.name == "recorded":
        yield test("recorded")
        stored = [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("tests/offline/*.ipynb")]
        users = [path for path in stored if file.name in path.read_text(encoding="utf-8")]
        yield [*lesson, *(path.relative_to(ROOT).as_posix() for path in sorted(users))]
    yield test("readme")
    yield test("site")


def test(name: str) -> list[str]:
    """The test file of this name, in whatever folder of `tests` it is."""
    [path] = (ROOT / "tests").rglob(f"test_{name}.py")
    return [path.relative_to(ROOT).as_posix()]


def pytest(folder: Path, arguments: list[str]) -> str | None:
    """The first test that failed; None if all passed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    environment |= {"PYTHONPATH": str(folder), "NBHELPERS_TIME_FACTOR": "50"}
    done = subprocess.run(
        [*PYTEST, *arguments], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=3600, check=False,
    )  # fmt: skip
    if done.returncode in (PASSED, NOTHING_TO_RUN):
        return None
    found = FAILED.search(done.stdout)
    if not found:  # that nothing ran is no proof that something was noticed
        said = (done.stdout + done.stderr)[-300:]
        raise RuntimeError(f"pytest {arguments} ended with {done.returncode}: {said}")
    return found[1]


def caught_by(folder: Path, file: Path, spoiled: str) -> str | None:
    """Put the fault into the copy, ask the tests, and take it out again."""
    path = folder / file
    whole = path.read_bytes()
    for arguments in calls(file):
        path.write_text(spoiled, encoding="utf-8")
        try:
            name = pytest(folder, arguments)
        finally:
            path.write_bytes(whole)
        if name:
            if pytest(folder, arguments):
                raise AssertionError(f"{name} fails without a fault too: repair it first")
            return name
    return None


# --- the command ----------------------------------------------------------------------------------


def digest(*parts: str | bytes) -> str:
    parts_in_bytes = (part.encode() if isinstance(part, str) else part for part in parts)
    return hashlib.sha256(b"\0".join(parts_in_bytes)).hexdigest()[:16]


def evidence(name: str | None) -> str:
    """What must be unchanged for a result to count: the test that failed, or all that passed."""
    path = ROOT / (name or "").partition("::")[0]
    tests = [path] if path.is_file() else sorted((ROOT / "tests").rglob("*.py"))
    return digest(*(test.read_bytes() for test in tests))


def report(results: dict[Fault, str]) -> str:
    """A Markdown table: each fault and the test that caught it, those that none caught first."""
    rows = sorted(results.items(), key=lambda row: not row[1].startswith("**"))
    caught = sum(not name.startswith("**") for name in results.values())
    lines = [f"{caught} of {len(results)} faults were caught.", "",
             "| place | fault | part | caught by |", "| --- | --- | --- | --- |"]  # fmt: skip
    lines += [f"| `{f.place}` | {f.why} | {f.part} | {name} |" for f, name in rows]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.faults", description=__doc__)
    parser.add_argument("--only", default="", help="faults with this in their place or reason")
    words = parser.parse_args(arguments).only.lower()
    faults = [fault for fault in FAULTS if words in f"{fault.place} {fault.why}".lower()]
    if not faults:
        parser.error(f"no fault has {words!r} in it")
    STATE.parent.mkdir(exist_ok=True)
    known = json.loads(STATE.read_text(encoding="utf-8")) if STATE.exists() else {}
    results: dict[Fault, str] = {}
    with TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch, "course")
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
        for fault in faults:
            try:
                file = file_of(fault)
                spoiled = plant((ROOT / file).read_text(encoding="utf-8"), fault)
            except Gone as why:
                results[fault] = f"**not planted**: {why}"
            else:
                key = digest(str(file), spoiled)
                name, seen = known.get(key, (None, ""))
                if seen != evidence(name):
                    name = caught_by(folder, file, spoiled)
                    known[key] = name, evidence(name)
                    write(STATE, json.dumps(known, indent=1))
                results[fault] = f"`{name}`" if name else "**survived**"
            print(f"{fault.place}: {fault.why}  ->  {results[fault]}", flush=True)
    write(REPORT, report(results))
    missed = sum(name.startswith("**") for name in results.values())
    print(f"\n{len(faults) - missed} of {len(faults)} caught. The report is in {REPORT.name}.")
    return int(missed > (1 - ENOUGH) * len(faults))


def write(path: Path, text: str) -> None:
    with atomic_write(path) as file:
        file.write(text.encode())


if __name__ == "__main__":
    sys.exit(main())
