"""The only way outputs are made: execute the lessons and store what they print and draw.

    python -m tools.refresh           every lesson
    python -m tools.refresh 01 dropout    these two

A lesson is written when all of its cells have run, in one move; else the old file stays whole.
"""

from __future__ import annotations

import argparse
import base64
import io
import re
import sys
import time
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from PIL import Image

from nbhelpers._files import atomic_write
from nbhelpers.jupyter.sliders import few_colors
from tools import execution

CELL_TIMEOUT = 600  # seconds: refreshing may meet a slower machine than the tests allow for
MOST_COLORS = 20_000  # of a drawing with its soft edges; a mosaic of photographs has more
ANSI = re.compile(r"\x1b\[[\d;]*m")
METADATA = execution.METADATA


class RefreshError(Exception):
    """A lesson could not be executed; the message names its cell."""


def execute(
    notebook: nbformat.NotebookNode, *, official: bool, extra: Mapping[str, str] | None = None
) -> None:
    """Run all cells in a new kernel and put the outputs in place; `extra`: more of environment."""
    running = 0

    def on_start(cell: nbformat.NotebookNode, cell_index: int) -> None:
        nonlocal running
        running += cell.cell_type == "code"

    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        on_cell_start=on_start,
        resources={"metadata": {"path": str(execution.NOTEBOOKS)}},
    )
    try:
        with execution.kernel_environment(official=official, extra=extra) as environment:
            client.execute(env=environment)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise RefreshError(f"cell {running}: {error}") from None


def lighter(png: str) -> str:
    """The picture with a palette: a third of the bytes. One with many colors stays as it is."""
    with Image.open(io.BytesIO(base64.b64decode(png))) as image:
        if image.mode == "P" or image.convert("RGB").getcolors(MOST_COLORS) is None:
            return png
        buffer = io.BytesIO()
        few_colors(image, 256).save(buffer, "PNG", optimize=True)
    smaller = base64.b64encode(buffer.getvalue()).decode("ascii")
    return smaller if len(smaller) < len(png) else png


def tidy(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Bring a notebook into the one form in which it is stored, whatever editor it comes from."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata.pop("widgets", None)
    notebook.metadata.update(nbformat.from_dict(METADATA))
    for number, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"cell-{number}")
        for key in ("execution", "ExecuteTime", "collapsed", "scrolled"):
            cell.metadata.pop(key, None)
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
        for output in cell.get("outputs", []):
            if png := output.get("data", {}).get("image/png"):
                output.data["image/png"] = lighter(png.replace("\n", ""))
            if alt and png:
                output.metadata.setdefault("image/png", nbformat.NotebookNode())["alt"] = alt
            if output.output_type == "error":  # a frame in a file tells where that lies here
                frames = output.traceback
                output.traceback = [f for f in frames if not ANSI.sub("", f).startswith("File ")]
    return notebook


def write(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Replace the file in one move: whoever reads it sees the old or the new one, never half."""
    nbformat.validate(notebook)
    path.parent.mkdir(exist_ok=True)
    with atomic_write(path) as file:
        file.write((nbformat.writes(notebook).rstrip("\n") + "\n").encode())


def refresh(path: Path) -> None:
    """Execute a lesson in each of its editions that can be made here, then store them."""
    source = nbformat.read(path, as_version=4)
    uses_data = execution.dataset(source) is not None
    editions = {execution.OFFLINE / path.name: False} if uses_data else {path: False}
    if missing := execution.missing_data(path):
        print(
            f"{path.stem}: official edition left alone, no {missing} in {execution.data_folder()}"
            " (NBHELPERS_DATA names another folder)"
        )
    elif uses_data:
        editions[path] = True
    done = {}
    for target, official in editions.items():
        start, notebook = time.perf_counter(), deepcopy(source)
        execute(notebook, official=official)
        done[target] = tidy(notebook)
        edition = (" official" if official else " offline") if uses_data else ""
        print(f"{path.stem}{edition}: {time.perf_counter() - start:.1f} s", flush=True)
    for target, notebook in done.items():
        write(notebook, target)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.refresh", description=__doc__)
    parser.add_argument("lessons", nargs="*", help="dropout, 07 or A1; every lesson if none")
    try:
        paths = execution.find_lessons(parser.parse_args(arguments).lessons)
    except LookupError as error:
        parser.error(error.args[0])
    failed = False
    for path in paths:
        try:
            refresh(path)
        except (RefreshError, OSError, ValueError) as error:
            # A disk may be full after one of two editions was stored.
            whole = "Each file is as it was, or new." if isinstance(error, OSError) else ""
            stored = f"\n{whole or 'Nothing was stored.'}"
            print(f"{path.name}: {error}{stored}", file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
