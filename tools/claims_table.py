"""What came of each claim in each run: a CSV file a lesson, and how often and by how much it held.

A table is good for one text of the lesson and of the package: when either changes, it starts anew.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from nbformat import NotebookNode

from nbhelpers._files import atomic_write
from tools.execution import ROOT

FOLDER = ROOT / "_build" / "claims"
ENOUGH = 0.9
MARGIN = re.compile(r" \(margin (\S+)\)$")


class Run(NamedTuple):
    """Under which seed, on which BLAS kernel, with how many threads."""

    seed: int
    kernel: str
    threads: int

    def __str__(self) -> str:
        return f"seed {self.seed}, {self.kernel}, {self.threads} thread{'s'[: self.threads > 1]}"


class Row(NamedTuple):
    """One claim in one run: the `number`-th of its cell. Cell 0 stands for the whole lesson."""

    run: Run
    cell: int
    number: int
    sentence: str
    held: bool
    margin: float | None
    figures: str

    @classmethod
    def of_line(cls, run: Run, cell: int, number: int, line: str) -> Row:
        """From what `claim` prints: "✓ sentence: figures (margin 0.1)"."""
        found = MARGIN.search(line)
        line = line[: found.start()] if found else line
        sentence, _, figures = line[2:].rpartition(": ")
        margin = float(found[1]) if found else None
        return cls(run, cell, number, sentence, line[0] == "✓", margin, figures)


@dataclass
class Score:
    """How one claim did: `held` of `runs`, and where it came closest to its bound."""

    sentence: str
    held: int
    runs: int
    stored_failed: list[Run]  # the seed that readers have, on some processor
    seeds_held: int
    seeds: int
    closest: Row | None

    @property
    def good(self) -> bool:
        return not self.stored_failed and self.seeds_held >= ENOUGH * self.seeds

    def __str__(self) -> str:
        margin = "" if self.closest is None else f"{self.closest.margin:8.2g}"
        text = f"{' ' if self.good else '!'} {self.held:3} of {self.runs:3} {margin:8}  "
        text += self.sentence
        if self.closest and self.held < self.runs:
            text += f" (at worst {self.closest.figures}: {self.closest.run})"
        if self.stored_failed:
            text += f" (fails as stored: {'; '.join(map(str, self.stored_failed))})"
        return text


def scores(rows: list[Row], stored_seed: int = 1) -> list[Score]:
    """One score a claim, in the order of the lesson; a run that never reached it counts against."""
    runs = {row.run for row in rows}
    drawn = {one for one in runs if one.seed != stored_seed}

    def position(row: Row) -> tuple[float, int]:
        return row.cell or math.inf, row.number  # the lesson as a whole comes last

    def margin(row: Row) -> float:
        return -math.inf if math.isnan(row.margin) else row.margin  # NaN is worse than any number

    result = []
    for place in sorted({position(row) for row in rows}):
        mine = [row for row in rows if position(row) == place]
        held = {row.run for row in mine if row.held}
        problem = next((row.figures for row in mine if row.cell == 0 and row.figures), "")
        result.append(
            Score(
                sentence=mine[0].sentence + (f" ({problem})" if problem else ""),
                held=len(held),
                runs=len(runs),
                stored_failed=sorted(runs - drawn - held),
                seeds_held=len(held & drawn),
                seeds=len(drawn),
                closest=min((r for r in mine if r.margin is not None), default=None, key=margin),
            )
        )
    return result


def digest(notebook: NotebookNode) -> str:
    """Changes with any cell of the lesson and any line of the package."""
    text = hashlib.sha256("\0".join(cell.source for cell in notebook.cells).encode())
    for path in sorted((ROOT / "nbhelpers").rglob("*.py")):
        text.update(path.read_bytes())
    return text.hexdigest()[:16]


class Table:
    """The rows of one lesson, on disk after each run."""

    def __init__(self, name: str, notebook: NotebookNode, *, official: bool) -> None:
        self.path = FOLDER / f"{name}{'_official' if official else ''}.csv"
        self.digest = digest(notebook)
        self.rows = [row for key, row in _read(self.path) if key == self.digest]

    def runs(self) -> set[Run]:
        """Those that are finished: their last row is there."""
        return {row.run for row in self.rows if row.cell == 0}

    def add(self, rows: list[Row]) -> None:
        """Add a run and write the table in one move: interrupted, it is the one before."""
        self.rows += rows
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["digest", *Run._fields, *Row._fields[1:]])
        for row in self.rows:
            margin = "" if row.margin is None else repr(row.margin)
            rest = (row.cell, row.number, row.sentence, int(row.held), margin, row.figures)
            writer.writerow((self.digest, *row.run, *rest))
        with atomic_write(self.path) as file:
            file.write(text.getvalue().encode())


def _read(path: Path) -> list[tuple[str, Row]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        found = []
        for r in csv.DictReader(file):
            run = Run(int(r["seed"]), r["kernel"], int(r["threads"]))
            margin = float(r["margin"]) if r["margin"] else None
            row = (int(r["cell"]), int(r["number"]), r["sentence"], r["held"] == "1", margin)
            found.append((r["digest"], Row(run, *row, r["figures"])))
    return found
