"""Which exercises the reader has solved: a small file on the reader's own machine, sent nowhere.

It lies in the home folder, `~/.nbhelpers/progress.json`; the environment variable
NBHELPERS_PROGRESS names another file, or switches the record off when it is empty. Deleting the
file forgets everything, and nothing else depends on it.
"""

from __future__ import annotations

import datetime
import functools
import importlib
import json
import os
import pkgutil
import re
import secrets
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Protocol

# The order of the course: a lesson's number is its place here, and in the name of its notebook.
LESSONS = (
    "neurons", "activations", "losses", "backpropagation", "tensorflow_graphs", "overfitting",
    "regularization", "dropout", "initialization", "batch_normalization", "optimizers",
    "hyperparameters", "diagnosis", "mnist", "cifar10",
)  # fmt: skip

Passed = dict[str, dict[str, str]]
"""Lesson ("dropout") to exercise ("monte_carlo") to the day on which it was first right."""


class OfALesson(Protocol):
    """What the record needs to know of an exercise."""

    name: str
    lesson: str | None


def place() -> Path | None:
    """The file of the record; None while it is switched off."""
    named = os.environ.get("NBHELPERS_PROGRESS")
    if named is not None:
        return Path(named).expanduser() if named else None
    try:
        return Path.home() / ".nbhelpers" / "progress.json"
    except RuntimeError:  # a reader without a home
        return None


def load(path: Path | None) -> Passed:
    """Read the record; what is missing, damaged or foreign counts as not yet done."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["passed"] if path else {}
        record: Passed = {}
        for lesson, names in found.items():
            known = record.setdefault(_slug(str(lesson)), {})
            known.update({str(name): str(day) for name, day in names.items()})
        return record
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _slug(lesson: str) -> str:
    """A lesson's name; the first edition wrote "lesson04" for "backpropagation".

    >>> _slug("lesson04"), _slug("dropout"), _slug("lesson99")
    ('backpropagation', 'dropout', 'lesson99')
    """
    number = re.fullmatch(r"lesson(\d\d)", lesson)
    return LESSONS[int(number[1]) - 1] if number and 0 < int(number[1]) <= 15 else lesson


def save(path: Path, record: Passed) -> None:
    """Replace the file in one move: a crash leaves the old or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        text = json.dumps({"version": 2, "passed": record}, indent=1, sort_keys=True)
        temporary.write_text(text + "\n", encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def passed(exercise: OfALesson) -> None:
    """Write down that the reader's answer was right. A check never fails because of it."""
    try:
        path, lesson = place(), exercise.lesson
        if path is None or lesson is None or _is_the_solution(lesson, exercise):
            return
        record = load(path)
        if exercise.name not in record.get(lesson, {}):
            today = datetime.date.today().isoformat()
            record.setdefault(lesson, {})[exercise.name] = today
            save(path, record)
    except Exception:  # a full disk, a home that cannot be written: the answer is right
        return


def lessons() -> dict[str, dict[str, OfALesson]]:
    """Every lesson that has exercises, by the names under which its notebook calls them."""
    package = importlib.import_module("nbhelpers.exercises")
    there = {info.name for info in pkgutil.iter_modules(package.__path__)}
    return {name: exercises_of(name) for name in LESSONS if name in there}


def exercises_of(lesson: str) -> dict[str, OfALesson]:
    """The exercises of one lesson: all objects of its module that say they belong to it."""
    module = importlib.import_module(f"nbhelpers.exercises.{lesson}")
    return {key: v for key, v in vars(module).items() if getattr(v, "lesson", None) == lesson}


def _number(lesson: str) -> int:
    return LESSONS.index(lesson) + 1


def _is_the_solution(lesson: str, exercise: OfALesson) -> bool:
    """Whether the cell that runs is the lesson's own solution, which is no merit of the reader.

    JupyterLab says so in the request, by the cell's tags; elsewhere the text of the cell is looked
    up in the lesson.
    """
    ipython = sys.modules.get("IPython")  # not loaded: no notebook
    shell: Any = ipython.get_ipython() if ipython else None
    if shell is None:
        return False
    kernel = getattr(shell, "kernel", None)
    if kernel and "solution" in kernel.get_parent("shell").get("metadata", {}).get("tags", []):
        return True
    cells = shell.user_ns.get("In") or [""]
    return _bare(cells[-1]) in _solutions(lesson)


@functools.cache
def _solutions(lesson: str) -> frozenset[str]:
    """The solution cells of a lesson, where the course's notebooks lie beside the package."""
    folder, found = Path(__file__).resolve().parents[3] / "notebooks", set()
    for path in folder.glob(f"[0-9][0-9]_{lesson}.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if "solution" in cell["metadata"].get("tags", []):
                found.add(_bare("".join(cell["source"])))
    return frozenset(found)


def _bare(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


WIDTH = 10  # characters of a bar


@dataclass(frozen=True)
class Summary:
    """What `progress` returns: a table in a notebook, text elsewhere."""

    lessons: dict[str, dict[str, bool]]
    where: str

    @property
    def done(self) -> int:
        return sum(sum(names.values()) for names in self.lessons.values())

    @property
    def total(self) -> int:
        return sum(map(len, self.lessons.values()))

    def __repr__(self) -> str:
        lines = [f"Exercises solved: {self.done} of {self.total}"]
        for lesson, names in self.lessons.items():
            done = sum(names.values())
            bar = "█" * (WIDTH * done // len(names))
            left = ", ".join(name for name, right in names.items() if not right)
            still = f"  still to do: {left}" if done and left else ""
            count = f"{done} of {len(names)}"
            lines.append(f"  lesson {_number(lesson):02}  {bar:·<{WIDTH}}  {count:>7}{still}")
        return "\n".join([*lines, self.where])

    def _repr_html_(self) -> str:
        rows = []
        for lesson, names in self.lessons.items():
            marks = ", ".join(
                f"<span>{'✓' if right else '○'}&nbsp;{escape(name)}</span>"
                for name, right in names.items()
            )
            done = sum(names.values())
            rows.append(
                f'<tr><th scope="row">Lesson {_number(lesson)}</th>'
                f'<td><progress value="{done}" max="{len(names)}" '
                f'aria-label="{done} of {len(names)} exercises solved">{done}</progress></td>'
                f"<td>{done} of {len(names)}</td>"
                f'<td style="text-align: left">{marks}</td></tr>'
            )
        return (
            f"<table><caption>Exercises solved: {self.done} of {self.total}"
            " (✓ solved, ○ still to do)</caption>"
            '<thead><tr><th scope="col">Lesson</th><th scope="col">Progress</th>'
            '<th scope="col">Solved</th><th scope="col">Exercises</th></tr></thead>'
            f"<tbody>{''.join(rows)}</tbody></table><p>{escape(self.where)}</p>"
        )


def progress(*, reset: bool = False) -> Summary:
    """Show which exercises of the course the reader has solved.

    The checks of the exercises write it down, on this machine only. An exercise counts once its
    answer was right; running the lesson's own solution does not count.

    Args:
        reset: forget everything first.

    >>> progress()  # doctest: +ELLIPSIS
    Exercises solved: 0 of ...
      lesson 01  ··········   0 of ...
    ...
    """
    path = place()
    if reset and path is not None:
        path.unlink(missing_ok=True)
    solved = load(path)
    if path is None:
        where = "Nothing is recorded: the environment variable NBHELPERS_PROGRESS is empty."
    else:
        where = (
            f"Stored in {path}, on this machine only. To forget it: progress(reset=True), or "
            "python -m nbhelpers progress --reset"
        )
    marks = {
        lesson: {e.name: e.name in solved.get(lesson, {}) for e in exercises.values()}
        for lesson, exercises in lessons().items()
    }
    return Summary({lesson: names for lesson, names in marks.items() if names}, where)
