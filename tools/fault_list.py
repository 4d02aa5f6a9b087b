"""The faults that `tools.faults` plants in lessons, their outputs and figures, the site and data.

A fault is known by its kind, not by a text that stands somewhere, so that it outlives a rewriting.
A row is a place (a lesson's slug, or a file), what is wrong, and how it gets there: the part of the
lesson (see `faults.PARTS`), there a pattern and what comes in its place, or a function of a cell
and the next one of that part. Of all the places that fit, the last number chooses: 0 is the first,
0.5 one in the middle. The formulas of the package are spoiled by `make mutants`, not here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from nbformat import NotebookNode as Cell
from nbformat.v4 import new_output


class Fault(NamedTuple):
    place: str
    why: str
    part: str
    what: str | Callable[[Cell, Cell], object]
    new: str | Callable[[re.Match[str]], str] = ""
    at: float = 0.0


def off(share: float) -> Callable[[re.Match[str]], str]:
    """The number is off by a share, or by one in its last digit if that is more."""

    def change(match: re.Match[str]) -> str:
        decimals = len(match[0].partition(".")[2])
        return f"{float(match[0]) + max(share * float(match[0]), 10.0**-decimals):.{decimals}f}"

    return change


def picture(cell: Cell) -> Cell:
    return next(o["data"] for o in cell["outputs"] if "image/png" in o.get("data", {}))


def swap(one: Cell, other: Cell, key: str) -> None:
    one[key], other[key] = other[key], one[key]


STDERR = new_output("stream", name="stderr", text="RuntimeWarning: overflow\n")
WHITE = (  # one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"
)
RESULT = r"(?<![\w.^/])\d+\.\d\d+(?![\w.]*\d)"  # 0.5 may be a setting
DECIMAL = r"(?<![\w.^/])\d+\.\d+(?![\w.]*\d)"
WHOLE = r"(?<![\w.,^/-])\d{2,}(?![\w.,:]*\d)"
DIGITS = r"(?<=\d\.\d\d)(\d)(?!\1)(\d)(?!\d)"
PERCENT = r"(?<![\w.^/])\d+(?= ?\\?%)"
PLUS = r"(?<=[\w)\]] )\+(?= [\w(])"
IMAGE = r"data:image/\w+;base64,[\w+/=]+"
UNCITED = "\n- A. M. Turing (1950). Computing machinery and intelligence. *Mind* 59, 433–460."
INDEX, PAGE, PAPERS = "site/index.md", "site/instructors.md", "site/references.bib"
RUNS, SEEDS = (f"notebooks/recorded/{n}.csv" for n in ("mnist_improvements", "sigmoid_seeds"))

FAULTS = [
    # --- prose ---
    Fault("losses", "a decimal is 3 % off", "prose", RESULT, off(0.03), 0.5),
    Fault("backpropagation", "a decimal is 3 % off", "prose", RESULT, off(0.03)),
    Fault("optimizers", "a percentage is 1 off", "prose", PERCENT, off(0), 0.5),
    Fault("mnist", "two digits are swapped", "prose", DIGITS, r"\2\1", 0.5),
    Fault("neurons", "a figure has a wrong number", "text", r"(?<=^\*\*Figure \d\.)\d+", off(0)),
    Fault("initialization", "a figure has no caption", "text", r"^\*\*Figure [\d.]+\*\* ", at=0.9),
    Fault("regularization", "a heading skips a level", "prose", r"^##(?= )", "####", 0.5),
    Fault("activations", "a link leads nowhere", "text", r"(?<=\]\()\w+(?=\.ipynb)", "9_gone", 0.5),
    Fault("losses", "a formula lacks its last $", "prose", r"(?<=\w)\$(?=[ ,.])", at=0.7),
    Fault("batch_normalization", "a British spelling", "prose", r"(?<=ormali)z", "s"),
    Fault("dropout", "nothing cites a reference", "text", r"\Z(?<=\.)", UNCITED, 0.99),
    # --- code ---
    Fault("neurons", "a minus for a plus", "code", PLUS, "-", 0.3),
    Fault("backpropagation", "a minus for a plus", "code", PLUS, "-", 0.6),
    Fault("activations", "a constant is 3 % off", "code", DECIMAL, off(0.03), 0.5),
    Fault("batch_normalization", "a constant is 3 % off", "code", DECIMAL, off(0.03), 0.2),
    Fault("backpropagation", "the wrong axis", "source", r"(?<=axis=)0", "1", 0.5),
    Fault("initialization", "another seed", "source", r"(?<=^SEED = )\d+|(?<=_rng\()\d+", off(0)),
    Fault("losses", "a claim may be off by more", "source", r"(?<=within=)[\d.]+", "9", 0.5),
    Fault("neurons", "a claim names a wrong number", "source", r'(?<=claim\("A )\d+', off(0)),
    Fault("dropout", "a solution is not folded away", "solution",
          lambda cell, _: cell["metadata"]["tags"].remove("hide-cell")),
    Fault("optimizers", "a solution is not checked", "solution", r"^[\w.]+\.check\(.*\)$", at=0.5),
    # --- stored outputs ---
    Fault("backpropagation", "a decimal is 3 % off", "output", DECIMAL, off(0.03)),
    Fault("initialization", "a decimal is 3 % off", "output", DECIMAL, off(0.03), 0.5),
    Fault("losses", "a claim's figure is 3 % off", "output", rf"(?<=: ){DECIMAL}", off(0.03), 0.5),
    Fault("dropout", "a decimal is 20 % off", "tolerant output", DECIMAL, off(0.2), 0.5),
    Fault("neurons", "a whole number is 1 off", "output", WHOLE, off(0), 0.5),
    Fault("activations", "two outputs are swapped", "printing",
          lambda cell, other: swap(cell, other, "outputs"), at=0.5),
    Fault("tensorflow_graphs", "an output is missing", "printing",
          lambda cell, _: cell["outputs"].pop(), at=0.2),
    Fault("overfitting", "a warning", "printing", lambda cell, _: cell["outputs"].append(STDERR)),
    Fault("hyperparameters", "a path of one machine", "output", r"\A", "/home/reader/net.npz\n"),
    Fault("diagnosis", "a cell was run once more", "printing",
          lambda cell, _: cell.update(execution_count=99), at=0.5),
    Fault("activations", "an output is ignored without a reason", "printing",
          lambda cell, _: cell["metadata"].update(tags=["nbval-ignore-output"])),
    Fault("dropout", "a tolerance of half", "printing",
          lambda cell, _: cell["metadata"].update(tags=["rtol=0.5"]), at=0.5),
    # --- figures ---
    Fault("neurons", "a picture is missing", "figure",
          lambda cell, _: picture(cell).pop("image/png")),
    Fault("optimizers", "a picture is blank", "figure",
          lambda cell, _: picture(cell).update({"image/png": WHITE}), at=0.5),
    Fault("regularization", "two pictures are swapped", "figure",
          lambda cell, other: swap(picture(cell), picture(other), "image/png"), at=0.5),
    Fault("cifar10", "a picture has no alternative text", "figure",
          lambda cell, _: cell["metadata"].pop("mystnb"), at=0.5),
    Fault("overfitting", "a slider stands still", "html", rf"({IMAGE})(.*?){IMAGE}", r"\1\2\1"),
    # --- site, README, data ---
    Fault(INDEX, "a link leads nowhere", "file", r"(?<=\]\()\w+(?=\.md)", "gone"),
    Fault(INDEX, "a page is in no table of contents", "file", r"^glossary\n"),
    Fault(PAPERS, "a paper has another key", "file", r"(?<=^@article\{)\w+", "gone", 0.5),
    Fault("README.md", "a lesson is not listed", "file", r"^.*\(notebooks/\d.*\n", at=0.5),
    Fault(PAGE, "a command that does not exist", "file", r"(?<=`make )\w+", "everything"),
    Fault("tests/offline/*_mnist.ipynb", "a constant is 3 % off", "code", DECIMAL, off(0.03), 0.5),
    Fault(RUNS, "a result is 3 % off", "file", r"(?<=,)0\.\d+(?=,|$)", off(0.03), 0.5),
    Fault(RUNS, "a run is missing", "file", r"^[^#\n]+,\d[^\n]*\n", at=0.5),
    Fault(SEEDS, "the source of the numbers is missing", "file", r"\A(?:#.*\n)+"),
]  # fmt: skip
