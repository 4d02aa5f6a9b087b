"""What broke with the newest releases, and which releases are newer than the lock.

    python -m tools.newest results.xml

Prints Markdown: the failed tests from pytest's JUnit file, then every package whose installed
version is not that of constraints.txt.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from xml.etree import ElementTree

from packaging.requirements import Requirement

from tools.execution import ROOT


def failures(results: Path) -> list[tuple[str, str]]:
    """Name and first line of the message of each test that failed or could not run."""
    found = []
    for case in ElementTree.parse(results).iter("testcase"):
        for problem in (*case.findall("failure"), *case.findall("error")):
            message = (problem.get("message") or problem.text or "").strip().splitlines()
            name = f"{case.get('classname')}::{case.get('name')}"
            found.append((name, message[0] if message else ""))
    return found


def changes(constraints: str) -> list[tuple[str, str, str]]:
    """Package, locked and installed version, where these differ."""
    found = []
    for line in constraints.splitlines():
        if not line or line.startswith("#"):
            continue
        pin = Requirement(line)
        if pin.marker and not pin.marker.evaluate():
            continue
        locked = next(iter(pin.specifier)).version
        try:
            installed = version(pin.name)
        except PackageNotFoundError:
            continue
        if installed != locked:
            found.append((pin.name, locked, installed))
    return found


def report(broken: list[tuple[str, str]], newer: list[tuple[str, str, str]]) -> str:
    """A page of Markdown."""
    lines = [f"## {len(broken)} tests fail with the newest releases" if broken else "## All passed"]
    lines += ["", *(f"- `{name}`: {message}" for name, message in broken), ""]
    lines += ["| package | lock | newest |", "| --- | --- | --- |"] if newer else []
    lines += [f"| {name} | {locked} | {installed} |" for name, locked, installed in newer]
    return "\n".join(lines) + "\n"


def main() -> int:
    results = Path(sys.argv[1])
    if not results.exists():
        print("## The tests could not be run\n\nSee the log of the installation.")
        return 0
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    print(report(failures(results), changes(constraints)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
