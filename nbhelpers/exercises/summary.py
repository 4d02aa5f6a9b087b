"""The reader's own summary: which exercises of the course are done."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from . import record

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
            lines.append(f"  lesson {lesson[-2:]}  {bar:·<{WIDTH}}  {count:>7}{still}")
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
                f'<tr><th scope="row">Lesson {int(lesson[-2:])}</th>'
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
      lesson 01  ··········   0 of 4
    ...
    """
    path = record.place()
    if reset and path is not None:
        path.unlink(missing_ok=True)
    solved = record.load(path)
    if path is None:
        where = "Nothing is recorded: the environment variable NBHELPERS_PROGRESS is empty."
    else:
        where = (
            f"Stored in {path}, on this machine only. To forget it: progress(reset=True), or "
            "python -m nbhelpers progress --reset"
        )
    lessons = {
        lesson: {e.name: e.name in solved.get(lesson, {}) for e in exercises.values()}
        for lesson, exercises in record.lessons().items()
    }
    return Summary({lesson: names for lesson, names in lessons.items() if names}, where)
