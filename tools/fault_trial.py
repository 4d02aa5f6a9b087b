"""One planted fault meets the tests: in a copy of the project, file by file, until one fails."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools.execution import ROOT, find_lessons
from tools.fault_list import FIRST, LESSONS, PACKAGE, Fault

MINUTES = 60  # of one call of pytest; who is stopped there has proved nothing
NOTHING_TO_RUN = 5  # pytest's code: an official edition, say, where its data is not at hand
LEFT_OUT = (".git", ".venv", "_build", "__pycache__", ".*_cache", ".hypothesis", "site", "*.gz")
# What has nothing to do with a fault in the package, or tests the tools rather than the course.
UNRELATED = ("style", "packaging", "hosts", "readme", "site", "site_browser", "lite",
             "lite_browser", "pdf", "nbval_rules", "notebook_hygiene", "refresh", "claims_tool",
             "faults")  # fmt: skip
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
    rules = f"(keeps and {Path(fault.file).stem}) or editions_have or percent"
    hygiene = ["tests/test_notebook_hygiene.py", "-k", rules]
    if fault.file.endswith(".ipynb"):
        return [hygiene, ["--nbval", "--nbval-cell-timeout=150", fault.file]]
    slugs = LESSONS.get(fault.file, ("neurons", "backpropagation"))
    paths = [f"notebooks/{path.name}" for path in find_lessons(slugs)]
    return [["--nbval", "--nbval-cell-timeout=150", *sorted(paths)]]


def pytest(folder: Path, arguments: list[str]) -> str | None:
    """What failed: the name of the first test, or how the run ended; None if all passed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    environment |= {"PYTHONPATH": str(folder), "NBHELPERS_TIME_FACTOR": "50"}
    environment["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder / ".hypothesis")
    done = subprocess.run(
        [*PYTEST, *arguments], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=60 * MINUTES, check=False,
    )  # fmt: skip
    if done.returncode in (0, NOTHING_TO_RUN):
        return None
    found = FAILED.search(done.stdout)
    if not found:  # that nothing ran is no proof that something was noticed
        said = (done.stdout + done.stderr)[-300:]
        raise RuntimeError(f"pytest {arguments} ended with {done.returncode}: {said}")
    return found[1]


def caught_by(folder: Path, fault: Fault) -> str | None:
    """Plant the fault in the copy, ask the tests, and take it out again."""
    path = folder / fault.file
    whole = path.read_bytes()
    calls, name = [] if fault.file.endswith(".ipynb") else package_tests(fault), None
    try:
        path.write_bytes(fault.plant(whole.decode()).encode())
        forget(path)
        for arguments in [*calls, *lesson_tests(fault)]:
            if name := pytest(folder, arguments):
                break
    finally:
        path.write_bytes(whole)
        forget(path)
    # The first files are those of the clean repeats; of any other test it must be seen here.
    elsewhere = name and name.startswith("tests/") and arguments not in calls[:1]
    if elsewhere and pytest(folder, [str(name)]):
        raise AssertionError(f"{name} fails without a fault too: mend it before planting any")
    return name


def forget(path: Path) -> None:
    """Drop the bytecode: a change within one second that keeps the size would go unnoticed."""
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
        compiled.unlink()
