"""What must be true of stored outputs and metadata, and what nbval does not look at.

A rule takes a notebook and its path and yields a sentence for each thing that is wrong.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup
from nbformat import NotebookNode

from tests.lessons.nbval_tolerance import is_blank, mask_pictures, rtol_of
from tools.refresh import ANSI, tidy

Problems = Iterator[str]

KNOWN_TAGS = {
    *("setup", "exercise", "solution", "versions", "raises-exception", "nbval-ignore-output"),
    *("hide-cell", "hide-input", "hide-output", "remove-cell", "remove-input", "remove-output"),
}
MACHINE_PATH = re.compile(
    r"(?<![\w./:])/(?:home|Users|root|tmp|var|usr|opt|mnt|private|workspace|work)/\w|\b[A-Z]:\\\w"
)
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")


def code_cells(nb: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """The code cells, numbered as the reader sees them once all have run."""
    yield from enumerate((cell for cell in nb.cells if cell.cell_type == "code"), 1)


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def texts(cell: NotebookNode) -> Iterator[str]:
    """Every text that a cell has put out, without colors."""
    for output in cell.outputs:
        data = output.get("data", {})
        shown = [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", [])]
        shown += [value for kind, value in data.items() if not kind.startswith("image/")]
        yield from (mask_pictures(ANSI.sub("", text)) for text in shown if isinstance(text, str))


def pictures(cell: NotebookNode) -> list[str]:
    """The PNGs of a cell; a figure that was named but not stored counts as an empty one."""
    outputs = [output.get("data", {}) for output in cell.outputs]
    figures = [d for d in outputs if "image/png" in d or "<Figure size" in d.get("text/plain", "")]
    return [data.get("image/png", "") for data in figures]


def alt_text(cell: NotebookNode) -> str:
    return cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")


def valid(nb: NotebookNode, path: Path) -> Problems:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # two cells with one id are only warned of
        try:
            nbformat.validate(deepcopy(nb))
        except (nbformat.ValidationError, Warning) as error:
            yield f"not a valid notebook: {error}"


def stored_by_refresh(nb: NotebookNode, path: Path) -> Problems:
    """Timing, widget state, names of environments, alt text that the picture lacks: all go."""
    if tidy(deepcopy(nb)) != nb:
        yield "not in the form in which lessons are stored: run python -m tools.refresh"


def executed_in_order(nb: NotebookNode, path: Path) -> Problems:
    for number, cell in code_cells(nb):
        if not cell.source.strip():
            yield f"cell {number} is empty"
        if cell.execution_count != number:
            yield f"cell {number} has execution count {cell.execution_count}: run tools.refresh"


def no_stderr(nb: NotebookNode, path: Path) -> Problems:
    for number, cell in code_cells(nb):
        if any(output.get("name") == "stderr" for output in cell.outputs):
            yield f"cell {number} has output on stderr"


def errors_are_announced(nb: NotebookNode, path: Path) -> Problems:
    for number, cell in code_cells(nb):
        raised = any(output.output_type == "error" for output in cell.outputs)
        if raised != ("raises-exception" in tags(cell)):
            yield f"cell {number}: an error output and the tag raises-exception belong together"
        if {"raises-exception", "nbval-ignore-output"} <= set(tags(cell)):
            yield f"cell {number}: with both tags nobody would notice that nothing is raised"


def nothing_of_this_machine(nb: NotebookNode, path: Path) -> Problems:
    for number, cell in code_cells(nb):
        for text in [cell.source, *texts(cell)]:
            for pattern, what in ((MACHINE_PATH, "a path of one machine"), (ADDRESS, "an address")):
                if found := pattern.search(text):
                    yield f"cell {number}: {what}: {text[found.start() :][:40]!r}"


def no_widgets(nb: NotebookNode, path: Path) -> Problems:
    for number, cell in code_cells(nb):
        if any("widget-view" in kind for output in cell.outputs for kind in output.get("data", {})):
            yield f"cell {number} shows a widget, which needs a running kernel"


def figures_are_stored(nb: NotebookNode, path: Path) -> Problems:
    for number, cell in code_cells(nb):
        figures = pictures(cell)
        if len(figures) > 1:
            yield f"cell {number} draws {len(figures)} figures, one is allowed"
        for png in figures:
            if not png:
                yield f"cell {number}: the figure's picture is missing"
            elif is_blank(png):
                yield f"cell {number}: the figure is blank"


def figures_have_alt_text(nb: NotebookNode, path: Path) -> Problems:
    for number, cell in code_cells(nb):
        alt = alt_text(cell)
        if pictures(cell) and (len(alt) < 40 or " " not in alt.strip()):
            yield f"cell {number}: metadata mystnb.image.alt must say in 40 letters what is seen"
        if alt and not pictures(cell):
            yield f"cell {number} has alt text and no figure"


def knobs_are_whole(nb: NotebookNode, path: Path) -> Problems:
    """Each picture of a slider says what it shows, is not blank, and is not its neighbor's."""
    for number, cell in code_cells(nb):
        for output in cell.outputs:
            page = BeautifulSoup(output.get("data", {}).get("text/html", ""), "html.parser")
            for knob in page.select("[data-interactive]"):
                data = json.loads(str(knob["data-interactive"]))
                frames = data["frames"]
                for frame in frames:
                    if is_blank(frame["src"].partition(",")[2]):
                        yield f"cell {number}: {data['name']} {frame['text']}: a blank picture"
                    if len(frame["alt"]) < 40:
                        yield f"cell {number}: {data['name']} {frame['text']}: alt text too short"
                for key in ("src", "text", "alt"):
                    if any(a[key] == b[key] for a, b in pairwise(frames)):
                        yield f"cell {number}: {data['name']}: two neighbors have the same {key}"


def tags_are_known(nb: NotebookNode, path: Path) -> Problems:
    for number, cell in code_cells(nb):
        for tag in tags(cell):
            if tag.startswith("rtol="):
                if not re.fullmatch(r"rtol=0\.\d+", tag) or not 0 < (rtol_of([tag]) or 0) <= 0.05:
                    yield f"cell {number}: {tag}: between 0 and 0.05, written as in rtol=0.01"
            elif tag not in KNOWN_TAGS:
                yield f"cell {number}: unknown tag {tag!r}"
        if re.search(r"#\s*(NBVAL|PYTEST_VALIDATE)_", cell.source):
            yield f"cell {number}: a tag instead of a comment: it can hold a reason"


def ignored_outputs_say_why(nb: NotebookNode, path: Path) -> Problems:
    for number, cell in code_cells(nb):
        if ("nbval-ignore-output" in tags(cell)) != bool(cell.metadata.get("ignore_reason")):
            yield f"cell {number}: tag nbval-ignore-output and metadata ignore_reason go together"


OUTPUT_RULES = [
    valid,
    stored_by_refresh,
    executed_in_order,
    no_stderr,
    errors_are_announced,
    nothing_of_this_machine,
    no_widgets,
    figures_are_stored,
    figures_have_alt_text,
    knobs_are_whole,
    tags_are_known,
    ignored_outputs_say_why,
]
