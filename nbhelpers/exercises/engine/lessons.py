"""Which lessons there are, and in which order: the names of the notebooks say it, and only they.

`04_backpropagation.ipynb` is lesson 04, `A1_margins.ipynb` an appendix. Everything else knows a
lesson by its slug ("backpropagation"), so that renaming one file moves it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"(\d\d|[A-Z]\d)_([a-z]\w*)\.ipynb")


@dataclass(frozen=True)
class LessonFile:
    """The notebook of a lesson.

    >>> file = lesson_file(Path("04_backpropagation.ipynb"))
    >>> file.number, file.slug, file.label
    ('04', 'backpropagation', '4')
    """

    number: str
    slug: str
    path: Path

    @property
    def label(self) -> str:
        """Its number as figures and sections bear it: "4", "A1"."""
        return self.number.lstrip("0") or "0"


def lesson_file(path: Path) -> LessonFile | None:
    """The lesson that a file is by its name; None for any other file."""
    match = NAME.fullmatch(path.name)
    return LessonFile(match[1], match[2], path) if match else None


def lesson_files(folder: Path) -> list[LessonFile]:
    """The lessons of a folder in the order of the course, appendices last."""
    files = (lesson_file(path) for path in sorted(folder.glob("*.ipynb")))
    return [file for file in files if file]


def find(folder: Path, asked: str) -> list[LessonFile]:
    """The lessons that a reader may mean by "7", "07", "dropout", "A1" or a file's name."""
    name = Path(asked).name.removesuffix(".ipynb")
    wanted = {name.lower(), name.zfill(2)}
    return [
        file for file in lesson_files(folder)
        if {file.number, file.number.lower(), file.slug, file.path.stem.lower()} & wanted
    ]  # fmt: skip


def course_folder() -> Path:
    """Where the notebooks are: beside the package, or, if it was installed, where one works."""
    places = [Path(__file__).resolve().parents[3] / "notebooks", Path.cwd() / "notebooks"]
    return next((place for place in places if lesson_files(place)), Path.cwd())


def numbers() -> dict[str, str]:
    """The number of each lesson by its slug, in the order of the course."""
    return {file.slug: file.number for file in lesson_files(course_folder())}
