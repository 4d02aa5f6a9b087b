"""What exercises of every kind have in common: a name, a lesson, a kind, stars, and three verdicts.

A check prints one line: `✓` it is right, `✗` not yet and why, `…` nothing has been done yet.
"""

from __future__ import annotations

import inspect
from typing import Any

from .progress import passed

KINDS = {
    "predict": "choose before you run",
    "derive": "a formula, checked at random points",
    "debug": "find what is broken, and fix it",
    "build": "something new from known parts",
    "design": "a plan that must meet its requirements",
    "beat": "a target on data that you do not see",
    "explain": "two or three sentences, compared with a model answer",
}


def _lesson_of_the_file() -> str | None:
    """The lesson in whose file an exercise is made: dropout for `nbhelpers.exercises.dropout`."""
    frame = inspect.currentframe()
    while frame and frame.f_globals.get("__name__", "").startswith(__package__):
        frame = frame.f_back
    package, _, lesson = (frame.f_globals.get("__name__", "") if frame else "").rpartition(".")
    return lesson if package == __package__.rpartition(".")[0] else None


class Task:
    """An exercise of any kind.

    Args:
        name: the name that the notebook calls it by.
        kind: one of `KINDS`.
        stars: 1 to 3, how hard it is.
        lesson: the slug of its lesson; by default the lesson in whose file it is made.

    Raises:
        ValueError: an unknown kind, or another number of stars.

    >>> Task("two_layers", kind="derive", stars=2).marks
    '★★ (derive)'
    """

    def __init__(self, name: str, *, kind: str, stars: int = 1, lesson: str | None = None) -> None:
        if kind not in KINDS:
            raise ValueError(f"{name}.kind: expected one of {list(KINDS)}, got {kind!r}")
        if stars not in (1, 2, 3):
            raise ValueError(f"{name}.stars: expected 1, 2 or 3, got {stars!r}")
        self.name, self.kind, self.stars = name, kind, stars
        self.lesson = lesson or _lesson_of_the_file()

    @property
    def marks(self) -> str:
        """What follows its title in the notebook's heading."""
        return f"{'★' * self.stars} ({self.kind})"

    def _right(self, words: str, *, counts: bool = True) -> None:
        if counts:
            passed(self)  # written down for the summary of the course
        print(f"✓ {self.name}: {words}")

    def _wrong(self, words: str) -> None:
        print(f"✗ {self.name}: not yet. {words}")

    def _open(self, words: str) -> None:
        print(f"… {self.name}: {words}")


def is_dots(value: Any) -> bool:
    """Whether the three dots of a stub are still there, or nothing is."""
    return (
        value is ... or value is None or (isinstance(value, str) and value.strip() in ("", "..."))
    )
