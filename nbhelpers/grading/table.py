"""The table of grades: a CSV file that is whole after every notebook."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from .._files import atomic_write

COLUMNS = ["student", "lesson", "exercise", "passed", "reason", "seconds", "file", "digest"]
Row = dict[str, str]


class Table:
    """The table of grades, on disk after every change."""

    def __init__(self, path: Path, *, again: bool) -> None:
        self.path, self.rows = path, {}
        if path.exists() and not again:
            for row in _read(path):
                self.rows.setdefault(row["file"], []).append(row)

    rows: dict[str, list[Row]]

    def has(self, file: str, digest: str) -> bool:
        return any(row["digest"] == digest for row in self.rows.get(file, []))

    def put(self, file: str, rows: list[Row]) -> None:
        self.rows[file] = rows
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        for name in sorted(self.rows):
            writer.writerows(self.rows[name])
        with atomic_write(self.path) as stream:
            stream.write(text.getvalue().encode())


def _read(path: Path) -> list[Row]:
    """The rows of an earlier run.

    Raises:
        ValueError: the file is no table of this command; it is left as it is.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if reader.fieldnames != COLUMNS:
            raise ValueError(f"{path} is no table of grades; choose another --output")
        return [{key: row.get(key) or "" for key in COLUMNS} for row in reader]


def plain(text: str) -> str:
    """Text that a spreadsheet does not take for a formula.

    >>> plain("=1+1"), plain("Ada")
    ("'=1+1", 'Ada')
    """
    text = " ".join(text.split())
    return f"'{text}" if text[:1] in tuple("=+-@") else text
