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
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Protocol

from . import lessons as course

# A record of the first edition names lessons by these places: "lesson04" is backpropagation.
FIRST_EDITION = (
    "neurons", "activations", "losses", "backpropagation", "tensorflow_graphs", "overfitting",
    "regularization", "dropout", "initialization", "batch_normalization", "adaptive_optimizers",
    "hyperparameters", "diagnosis", "mnist", "cifar10",
)  # fmt: skip

Passed = dict[str, dict[str, str]]
"""Lesson ("dropout") to exercise ("monte_carlo") to the day on which it was first right."""


class OfALesson(Protocol):
    """What the record needs to know of an exercise."""

    name: str
    lesson: str | None
    kind: str
    stars: int


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
    """Read which exercises are solved; what is missing, damaged or foreign is not yet done."""
    return _read(path, "passed")


def _read(path: Path | None, section: str) -> Passed:
    """A part of the record: "passed", or "predicted" with the choices in place of days."""
    try:
        found = json.loads(path.read_text(encoding="utf-8")).get(section, {}) if path else {}
        record: Passed = {}
        for lesson, names in found.items():
            known = record.setdefault(_slug(str(lesson)), {})
            known.update({str(name): str(value) for name, value in names.items()})
        return record
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _slug(lesson: str) -> str:
    """A lesson's slug; the first edition wrote "lesson04" for "backpropagation".

    >>> _slug("lesson04"), _slug("dropout"), _slug("lesson99")
    ('backpropagation', 'dropout', 'lesson99')
    """
    number = re.fullmatch(r"lesson(\d\d)", lesson)
    return FIRST_EDITION[int(number[1]) - 1] if number and 0 < int(number[1]) <= 15 else lesson


def save(path: Path, record: Passed, predicted: Passed | None = None) -> None:
    """Replace the file in one move: a crash leaves the old or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        content: dict[str, Any] = {"version": 2, "passed": record}
        if choices := _read(path, "predicted") if predicted is None else predicted:
            content["predicted"] = choices
        text = json.dumps(content, indent=1, sort_keys=True)
        temporary.write_text(text + "\n", encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def is_passed(exercise: OfALesson) -> bool:
    """Whether the record says that the reader has solved this exercise."""
    return exercise.name in load(place()).get(exercise.lesson or "", {})


def predicted(exercise: OfALesson, choice: Any = None, *, forget: bool = False) -> str | None:
    """What the reader has predicted; with a choice, write that down first, or forget it."""
    path, lesson = place(), exercise.lesson
    if path is None or lesson is None:
        return None
    choices = _read(path, "predicted")
    if choice is None and not forget:
        return choices.get(lesson, {}).get(exercise.name)
    try:
        record = load(path)
        mine = choices.setdefault(lesson, {})
        if forget:
            mine.pop(exercise.name, None)
            record.get(lesson, {}).pop(exercise.name, None)
        else:
            mine[exercise.name] = str(choice)
        save(path, record, choices)
    except Exception:  # a full disk: the kernel still knows it
        return None
    return None if forget else str(choice)


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
    """Every lesson that has exercises, in the order of the course, by the names in its notebook.

    A lesson without exercises, or without a notebook yet, does no harm: the one is not there, and
    the other comes last.
    """
    package = importlib.import_module("nbhelpers.exercises")
    there = [info.name for info in pkgutil.iter_modules(package.__path__) if not info.ispkg]
    order = [slug for slug in course.numbers() if slug in there]
    return {slug: exercises_of(slug) for slug in [*order, *(t for t in there if t not in order)]}


def exercises_of(lesson: str) -> dict[str, OfALesson]:
    """The exercises of one lesson: all objects of its module that say they belong to it."""
    module = importlib.import_module(f"nbhelpers.exercises.{lesson}")
    return {key: v for key, v in vars(module).items() if getattr(v, "lesson", None) == lesson}


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
    found = set()
    for file in course.find(course.course_folder(), lesson):
        for cell in json.loads(file.path.read_text(encoding="utf-8"))["cells"]:
            if "solution" in cell["metadata"].get("tags", []):
                found.add(_bare("".join(cell["source"])))
    return frozenset(found)


def _bare(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


WIDTH = 10  # characters of a bar


@dataclass(frozen=True)
class Mark:
    """One exercise, and whether it is solved."""

    lesson: str
    number: str
    name: str
    kind: str
    stars: int
    done: bool


def _count(marks: Iterable[Mark]) -> tuple[int, int]:
    """How many are solved, of how many."""
    done = [mark.done for mark in marks]
    return sum(done), len(done)


@dataclass(frozen=True)
class Summary:
    """What `progress` returns: a table in a notebook, text elsewhere."""

    marks: tuple[Mark, ...]
    where: str

    @property
    def lessons(self) -> dict[str, dict[str, bool]]:
        """For each lesson by its slug, whether each exercise is solved."""
        found: dict[str, dict[str, bool]] = {}
        for mark in self.marks:
            found.setdefault(mark.lesson, {})[mark.name] = mark.done
        return found

    @property
    def kinds(self) -> dict[str, tuple[int, int]]:
        """For each kind, how many are solved, of how many."""
        known = dict.fromkeys(mark.kind for mark in self.marks)
        return {kind: _count(m for m in self.marks if m.kind == kind) for kind in known}

    @property
    def stars(self) -> dict[int, tuple[int, int]]:
        """For each number of stars, how many are solved, of how many."""
        known = sorted({mark.stars for mark in self.marks})
        return {stars: _count(m for m in self.marks if m.stars == stars) for stars in known}

    @property
    def done(self) -> int:
        return _count(self.marks)[0]

    @property
    def total(self) -> int:
        return len(self.marks)

    def _tallies(self) -> list[str]:
        kinds = (f"{kind} {a} of {b}" for kind, (a, b) in self.kinds.items())
        stars = (f"{'★' * n} {a} of {b}" for n, (a, b) in self.stars.items())
        return [f"By kind: {', '.join(kinds)}.", f"By difficulty: {', '.join(stars)}."]

    def _of_lesson(self, lesson: str) -> list[Mark]:
        return [mark for mark in self.marks if mark.lesson == lesson]

    def __repr__(self) -> str:
        lines = [f"Exercises solved: {self.done} of {self.total}"]
        width = max(map(len, self.lessons), default=0)
        for lesson in self.lessons:
            marks = self._of_lesson(lesson)
            done, total = _count(marks)
            bar = "█" * (WIDTH * done // total)
            left = ", ".join(mark.name for mark in marks if not mark.done)
            still = f"  still to do: {left}" if done and left else ""
            count = f"{done} of {total}"
            title = f"{marks[0].number:>2} {lesson:<{width}}"
            lines.append(f"  {title}  {bar:·<{WIDTH}}  {count:>7}{still}")
        return "\n".join([*lines, *self._tallies(), self.where])

    def _repr_html_(self) -> str:
        rows = []
        for lesson in self.lessons:
            marks = self._of_lesson(lesson)
            names = ", ".join(
                f"<span>{'✓' if mark.done else '○'}&nbsp;{escape(mark.name)}&nbsp;"
                f"{'★' * mark.stars}&nbsp;({mark.kind})</span>"
                for mark in marks
            )
            done, total = _count(marks)
            rows.append(
                f'<tr><th scope="row">{marks[0].number} {escape(lesson)}</th>'
                f'<td><progress value="{done}" max="{total}" '
                f'aria-label="{done} of {total} exercises solved">{done}</progress></td>'
                f"<td>{done} of {total}</td>"
                f'<td style="text-align: left">{names}</td></tr>'
            )
        tallies = "<br>".join(map(escape, self._tallies()))
        return (
            f"<table><caption>Exercises solved: {self.done} of {self.total}"
            " (✓ solved, ○ still to do)</caption>"
            '<thead><tr><th scope="col">Lesson</th><th scope="col">Progress</th>'
            '<th scope="col">Solved</th><th scope="col">Exercises</th></tr></thead>'
            f"<tbody>{''.join(rows)}</tbody></table><p>{tallies}</p><p>{escape(self.where)}</p>"
        )


def progress(*, reset: bool = False) -> Summary:
    """Show which exercises of the course the reader has solved.

    The checks of the exercises write it down, on this machine only. An exercise counts once its
    answer was right, a prediction once it was made and answered, an explanation once it is written;
    running the lesson's own solution does not count.

    Args:
        reset: forget everything first.

    >>> progress()  # doctest: +ELLIPSIS
    Exercises solved: 0 of ...
      01 neurons ...
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
    numbers = course.numbers()
    marks = tuple(
        Mark(slug, numbers.get(slug, ""), e.name, e.kind, e.stars, e.name in solved.get(slug, {}))
        for slug, exercises in lessons().items()
        for e in exercises.values()
    )
    return Summary(marks, where)
