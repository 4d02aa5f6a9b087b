"""The options of `python -m nbhelpers grade`."""

from __future__ import annotations

import argparse
from pathlib import Path

ABOUT = """\
FOLDER holds notebooks, or one folder for each student with notebooks in it. Each notebook is run in
a process of its own, then its exercise functions are tried. Run the command again to go on where it
was stopped: what is graded already, and has not changed, is kept.

Exit code: 0 all notebooks were graded (whatever the grades), 1 some could not be, 2 wrong usage,
130 stopped.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.description = ABOUT
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the submitted notebooks")
    parser.add_argument(
        "--output", type=Path, default=Path("grades.csv"), metavar="FILE",
        help="the table to write (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--lessons", type=Path, default=Path(__file__).resolve().parents[2] / "notebooks",
        metavar="FOLDER", help="the lessons as they were handed out (this course's own)",
    )  # fmt: skip
    number = {"type": _positive, "metavar": "N"}
    parser.add_argument("--jobs", **number, default=1, help="how many at a time (1)")  # type: ignore[arg-type]
    parser.add_argument("--cell-time", **number, default=120, help="seconds for a cell (120)")  # type: ignore[arg-type]
    parser.add_argument("--time", **number, default=900, help="seconds for a notebook (900)")  # type: ignore[arg-type]
    parser.add_argument("--memory", **number, default=4, help="gigabytes for a notebook (4)")  # type: ignore[arg-type]
    parser.add_argument("--again", action="store_true", help="grade everything anew")


def _positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text}")
    return value
