"""What there is to grade: the exercises of the lessons, and the notebooks that were handed in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from ..exercises.engine.lessons import lesson_files

CHECK = re.compile(r"^(\w+)\.(\w+)\.check\((\w+)\)", re.MULTILINE)
LARGEST = 100_000_000  # bytes of a notebook


class NotALesson(ValueError):
    """A file that cannot be graded; the message says why."""


@dataclass
class Lesson:
    """One lesson as it was handed out.

    Args:
        exercises: the name of each exercise and of the function that its stub defines.
        texts: its code cells other than exercises; in a submission these are not the student's.
    """

    name: str
    file: str
    exercises: dict[str, str]
    texts: set[str] = field(default_factory=set)

    @property
    def number(self) -> str:
        """ "04" or "A1", as its file's name begins."""
        return self.file.partition("_")[0]


def read_course(folder: Path) -> dict[str, Lesson]:
    """The lessons of a folder, by name ("backpropagation")."""
    course = {}
    for file in lesson_files(folder):
        notebook, exercises, texts = nbformat.read(file.path, as_version=4), {}, set()  # type: ignore[no-untyped-call]
        for cell in notebook.cells:
            tags = cell.metadata.get("tags", [])
            if "exercise" in tags:
                for _, name, function in CHECK.findall(cell.source):
                    exercises[name] = function
            elif cell.cell_type == "code" and "solution" not in tags:
                texts.add(cell.source.strip())
        course[file.slug] = Lesson(file.slug, file.path.name, exercises, texts)
    return course


@dataclass(frozen=True)
class Submission:
    """One notebook that was handed in."""

    student: str
    path: Path


def find(folder: Path) -> Iterator[Submission]:
    """Every notebook of a folder: flat, or with a folder for each student (as nbgrader has it)."""
    for path in sorted(folder.rglob("*.ipynb")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith((".", "__MACOSX")) for part in parts):
            yield Submission(parts[0] if len(parts) > 1 else _student(path.stem), path)


def _student(stem: str) -> str:
    """The name in a flat file's name: what is left beside the lesson's.

    >>> _student("ada_04_backpropagation"), _student("04_backpropagation-ada"), _student("work")
    ('ada', 'ada', 'work')
    """
    rest = re.sub(
        r"(?<![A-Za-z\d])(\d\d|[A-Z]\d)_[a-z][a-z0-9]*(_[a-z][a-z0-9]*)??(?=$|[^a-z0-9_])", "", stem
    )
    return rest.strip(" _-.") or stem


def open_submission(path: Path) -> Any:
    """Read a notebook that anyone may have written.

    Raises:
        NotALesson: it is none, and why.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise NotALesson(f"larger than {LARGEST // 10**6} MB")
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        for cell in notebook.cells:
            if not isinstance(cell.source, str) or cell.cell_type not in (
                "code",
                "markdown",
                "raw",
            ):
                raise NotALesson("not a notebook: a cell without text")
    except NotALesson:
        raise
    except Exception as error:  # whatever a broken file makes its reader say
        words = " ".join(str(error).split())[:100]
        raise NotALesson(f"not a notebook: {type(error).__name__} {words}") from None
    return notebook


def lesson_of(notebook: Any, path: Path, course: dict[str, Lesson]) -> Lesson:
    """Which lesson a notebook is: by its metadata, its checks, its title in the file's name.

    Raises:
        NotALesson: none of the course.
    """
    said = notebook.metadata.get("nbhelpers", {})
    named = str(said.get("lesson", "")) if isinstance(said, dict) else ""
    sources = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    checks = Counter(lesson for lesson, _, _ in CHECK.findall(sources))
    by_number = {lesson.number: lesson.name for lesson in course.values()}
    names = [named, by_number.get(named, "")]
    names += [name for name, _ in checks.most_common()]
    by_length = sorted(course, key=len, reverse=True)
    names += [name for name in by_length if f"_{name}" in f"_{path.stem}"]
    names += [
        by_number.get(n, "") for n in re.findall(r"(?<![A-Za-z\d])(\d\d|[A-Z]\d)_", path.name)
    ]
    for name in names:
        if name in course:
            return course[name]
    raise NotALesson("none of the course's lessons: no check, no number of a lesson in its name")


def own_definition(notebook: Any, function: str, lesson: Lesson) -> bool:
    """Whether the student's own cells define a name, so that it is not the lesson's function."""
    defined = re.compile(rf"^(?:def|class) {function}\b|^{function}\b[^=\n]*=(?!=)", re.MULTILINE)
    return any(
        defined.search(cell.source)
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.source.strip() not in lesson.texts
    )
