"""Do the claims of a lesson hold for other seeds? Run it again with each, and count.

    python -m tools.claims 01 --seeds 10

`SEED = 1` of the set-up cell becomes 101, 102, …; a claim that does not hold is counted instead of
stopping the lesson. A claim that holds in fewer than nine of ten runs is to be rewritten.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from copy import deepcopy
from unittest.mock import patch

import nbformat
from nbformat import NotebookNode

from tools import execution
from tools.refresh import RefreshError, execute

ENOUGH = 0.9


def run(notebook: NotebookNode, seed: int, *, official: bool) -> list[tuple[str, bool, str]]:
    """Execute with another seed: (sentence, held, figures) of each claim, in order."""
    notebook = deepcopy(notebook)
    setups = [cell for cell in notebook.cells if "SEED = 1\n" in cell.source]
    if len(setups) != 1:
        raise RefreshError(f"expected one cell with the line SEED = 1, got {len(setups)}")
    setups[0].source = setups[0].source.replace("SEED = 1\n", f"SEED = {seed}\n")
    with patch.dict(os.environ, {"NBHELPERS_CLAIMS": "report"}):
        execute(notebook, official=official)
    lines = [
        line
        for cell in notebook.cells
        if "exercise" not in str(cell.metadata.get("tags")) and "solution" not in str(cell.metadata)
        for output in cell.get("outputs", [])
        for line in output.get("text", "").splitlines()
        if line[:2] in ("✓ ", "✗ ")
    ]
    parts = [(line[0] == "✓", *line[2:].rpartition(": ")[::2]) for line in lines]
    return [(sentence, held, figures) for held, sentence, figures in parts]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.claims", description=__doc__)
    parser.add_argument("lessons", nargs="*", help="numbers, such as 07; every lesson if none")
    parser.add_argument("--seeds", type=int, default=10, help="how many other seeds")
    options = parser.parse_args(arguments)
    weak = 0
    for path in sorted(execution.NOTEBOOKS.glob("*.ipynb")):
        if options.lessons and path.name[:2] not in {n.zfill(2) for n in options.lessons}:
            continue
        notebook = nbformat.read(path, as_version=4)
        official = bool(execution.dataset(notebook)) and not execution.missing_data(path)
        held, seen = defaultdict(int), defaultdict(list)
        for seed in range(101, 101 + options.seeds):
            for sentence, good, figures in run(notebook, seed, official=official):
                held[sentence] += good
                seen[sentence].append(figures)
        print(f"\n{path.stem}, {options.seeds} seeds{', official data' if official else ''}")
        for sentence, figures in seen.items():
            good = held[sentence] >= ENOUGH * len(figures)
            weak += not good
            mark = " " if good else "!"
            print(f"{mark} {held[sentence]:3} of {len(figures):3}  {sentence}: {figures[0]}, …")
    print(f"\n{weak} claims held in fewer than {ENOUGH:.0%} of the runs" if weak else "\nAll held.")
    return int(weak > 0)


if __name__ == "__main__":
    sys.exit(main())
