"""Do the claims of a lesson hold for other seeds and on other processors? Run it again and count.

    python -m tools.claims 01 --seeds 10 --kernels Haswell Nehalem --threads 1 2 --jobs 2

`SEED = 1` of the set-up cell becomes 101, 102, … on this processor as it is; the stored seed runs
on every other kernel and number of threads. A claim that fails is counted instead of stopping the
lesson. It must hold for nine of ten seeds, and for the stored seed everywhere: that is what readers
run. Each run is kept in `_build/claims/`; an interrupted command goes on from there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools import claims_table, execution, kernels
from tools.claims_table import Row, Run
from tools.refresh import RefreshError, execute

STORED_SEED, FIRST_SEED = 1, 101
NO_RESULT = 2  # exit code: something other than a claim went wrong


def run(notebook: NotebookNode, one: Run, *, official: bool) -> list[Row]:
    """Execute as `one` says; a row for each claim in order, the last for the lesson as a whole."""
    notebook = deepcopy(notebook)
    setups = [cell for cell in notebook.cells if "SEED = 1\n" in cell.source]
    if len(setups) != 1:
        raise RefreshError(f"expected one cell with the line SEED = 1, got {len(setups)}")
    setups[0].source = setups[0].source.replace("SEED = 1\n", f"SEED = {one.seed}\n")
    extra = kernels.environment(one.kernel, one.threads) | {"NBHELPERS_CLAIMS": "report"}
    problem = ""
    try:
        execute(notebook, official=official, extra=extra)
    except RefreshError as error:  # the claims above the cell that raised still count
        problem = " ".join(str(error).split())[-300:]
    rows = [Row.of_line(one, *found) for found in claim_lines(notebook)]
    return [*rows, Row(one, 0, 0, "The lesson runs to its end", not problem, None, problem)]


def claim_lines(notebook: NotebookNode) -> Iterator[tuple[int, int, str]]:
    """What `claim` has printed: (cell, number within the cell, line); exercises make no claims."""
    cells = (cell for cell in notebook.cells if cell.cell_type == "code")
    for number, cell in enumerate(cells, 1):
        if not {"exercise", "solution"} & set(cell.metadata.get("tags", [])):
            texts = (output.get("text", "") for output in cell.get("outputs", []))
            lines = (line for text in texts for line in text.splitlines())
            for i, line in enumerate((line for line in lines if line[:2] in ("✓ ", "✗ ")), 1):
                yield number, i, line


def plan(seeds: int, names: list[str], threads: list[int], *, cross: bool) -> list[Run]:
    """The seeds here, and the stored seed everywhere; or, with `cross`, every seed everywhere."""
    places = [(name, t) for name in [kernels.NATIVE, *names] for t in threads]
    drawn = range(FIRST_SEED, FIRST_SEED + seeds)
    if cross:
        return [Run(seed, *place) for place in places for seed in (STORED_SEED, *drawn)]
    return [Run(s, *places[0]) for s in drawn] + [Run(STORED_SEED, *place) for place in places]


def lesson(path: Path, runs: list[Run], jobs: int) -> list[Row]:
    """Make the runs that the lesson's table lacks, `jobs` at a time, and return the whole table."""
    notebook = nbformat.read(path, as_version=4)
    official = bool(execution.dataset(notebook)) and not execution.missing_data(path)
    table = claims_table.Table(path.stem, notebook, official=official)
    missing = [one for one in runs if one not in table.runs()]
    # Threads suffice: each run computes in a kernel, which is a process of its own.
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(run, notebook, one, official=official) for one in missing]
        try:
            for future in as_completed(futures):
                table.add(future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [row for row in table.rows if row.run in runs]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.claims", description=__doc__)
    parser.add_argument("lessons", nargs="*", help="dropout, 07 or A1; every lesson if none")
    parser.add_argument("--seeds", type=int, default=10, help="how many other seeds")
    known = list(kernels.KERNELS)
    parser.add_argument("--kernels", nargs="*", default=known, choices=known, help="of OpenBLAS")
    parser.add_argument("--threads", nargs="*", type=int, default=[1, 2])
    parser.add_argument("--jobs", type=int, default=2, help="runs side by side")
    parser.add_argument("--cross", action="store_true", help="every seed on every processor")
    options = parser.parse_args(arguments)
    try:
        paths = execution.find_lessons(options.lessons)
    except LookupError as error:
        parser.error(error.args[0])
    names, left_out = kernels.available(options.kernels)
    print(*left_out, sep="\n", end="\n" if left_out else "")
    runs = plan(options.seeds, names, options.threads or [1], cross=options.cross)
    weak, total = [], 0
    for path in paths:
        try:
            rows = lesson(path, runs, options.jobs)
        except (RefreshError, OSError, ValueError) as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            return NO_RESULT
        scores = claims_table.scores(rows)
        print(f"\n{path.stem}, {len(runs)} runs", *map(str, scores), sep="\n", flush=True)
        weak += [f"{path.stem}  {score}" for score in scores if not score.good]
        total += len(scores) - 1  # "The lesson runs" is not the lesson's own
    if weak:
        print(f"\nToo weak, of {total} claims:", *weak, sep="\n")
        return 1
    print(f"\nAll {total} claims held in nine of ten seeds, and for the stored seed everywhere.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
