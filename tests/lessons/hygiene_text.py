"""What must be true of a lesson's text: headings, captions, links, formulas, exercises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from nbformat import NotebookNode

from nbhelpers.exercises.engine.lessons import lesson_file
from tests.lessons.hygiene_outputs import Problems, code_cells, pictures, tags
from tools.execution import NOTEBOOKS

LONGEST_CELL = 25  # lines; more does not fit beside its explanation

STEMS = (
    "regular|normal|initial|general|optim|minim|maxim|visual|standard|summar|util|organ|real|"
    "emphas|penal|vector|parameter|memor|recogn"
)
BRITISH = re.compile(
    rf"\b(?:\w*(?:{STEMS})is(?:e[ds]?|ers?|ing|ations?)|(?:colour|behaviour|neighbour|favour)\w*|"
    r"analys(?:ed?|ing)|cent(?:re|red|res|ring)|(?:mod|lab)ell(?:ed|ing)|whilst|artefacts?)\b",
    re.IGNORECASE,
)
PREDICTION = re.compile(r"^(\w+\.\w+)\.predict\(", re.MULTILINE)
# The check of a function, of a text, or the model answer to that text.
CHECKED = re.compile(
    r'^\w+\.\w+\.check\((?:\w+\)$|""")|^print\(\w+\.\w+\.folded\(\)\)$', re.MULTILINE
)
FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"(?<!`)(`+)(?!`)(?:(?!\n\s*\n).)*?(?<!`)\1(?!`)", re.DOTALL)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)


def prose(nb: NotebookNode) -> Iterator[str]:
    """The Markdown cells without code."""
    sources = (cell.source for cell in nb.cells if cell.cell_type == "markdown")
    yield from (INLINE.sub("", FENCED.sub("", source)) for source in sources)


def headings_nest(nb: NotebookNode, path: Path) -> Problems:
    levels = [len(h) for text in prose(nb) for h in re.findall(r"^(#{1,6})\s", text, re.MULTILINE)]
    if levels[:1] != [1] or levels.count(1) != 1:
        yield f"a lesson opens with its title, its only heading of the first level: got {levels}"
    for above, below in pairwise(levels):
        if below > above + 1:
            yield f"a heading of level {below} follows one of level {above}"


def figures_are_captioned(nb: NotebookNode, path: Path) -> Problems:
    file = lesson_file(path)
    lesson = file.label if file else "0"
    figures = [i for i, c in enumerate(nb.cells) if c.cell_type == "code" and pictures(c)]
    for k, i in enumerate(figures, 1):
        following = (c.source for c in nb.cells[i + 1 :] if c.cell_type == "markdown")
        caption, text = f"**Figure {lesson}.{k}.** ", next(following, "")
        if not text.startswith(caption):
            yield f"after figure {k} the next text opens with {caption!r}, not {text[:20]!r}"
    captions = sum(len(re.findall(r"^\*\*Figure", text, re.MULTILINE)) for text in prose(nb))
    if captions != len(figures):
        yield f"{len(figures)} figures, {captions} captions"


def links_resolve(nb: NotebookNode, path: Path) -> Problems:
    for text in prose(nb):
        for link in (a or b for a, b in LINK.findall(text)):
            if not re.match(r"https?://|mailto:|#", link):
                # The offline edition has the lesson's text: its links are read where the lesson is.
                target = NOTEBOOKS / unquote(link.partition("#")[0])
                if not target.exists():
                    yield f"the link to {link} leads nowhere"


def formulas_are_balanced(nb: NotebookNode, path: Path) -> Problems:
    for text in prose(nb):
        text = text.replace(r"\\", " ").replace(r"\$", " ")
        if text.count("$$") % 2:
            yield f"a $$ without its partner in: {text[:60]!r}"
            continue
        outside = text.split("$$")
        formulas = outside[1::2]
        for paragraph in re.split(r"\n\s*\n", "".join(outside[::2])):
            if paragraph.count("$") % 2:
                yield f"a $ without its partner in: {paragraph[:60]!r}"
            formulas += paragraph.split("$")[1::2]
        for formula in formulas:
            bare = re.sub(r"\\[{}]", "", formula)
            pairs = [(r"\{", r"\}"), (r"\\begin\b", r"\\end\b"), (r"\\left\b", r"\\right\b")]
            if any(len(re.findall(a, bare)) != len(re.findall(b, bare)) for a, b in pairs):
                yield f"unbalanced formula: {formula[:60]!r}"


def exercises_have_check_and_solution(nb: NotebookNode, path: Path) -> Problems:
    """A prediction is answered by a later cell; every other exercise has its solution below it."""
    cells = [cell for _, cell in code_cells(nb)]
    stubs = [i for i, cell in enumerate(cells) if "exercise" in tags(cell)]
    solutions = [i for i, cell in enumerate(cells) if "solution" in tags(cell)]
    if lesson_file(path) and len(stubs) < 3:
        yield f"{len(stubs)} exercises, a lesson has three or more"
    asked = {i: match[1] for i in stubs if (match := PREDICTION.search(cells[i].source))}
    for i, name in asked.items():
        answered = re.compile(rf"^{re.escape(name)}\.(?:reveal\(\)|check\()", re.MULTILINE)
        if not any(answered.search(cell.source) for cell in cells[i + 1 :]):
            yield f"cell {i + 1}: no later cell answers the prediction: {name}.reveal()"
    if solutions != [i + 1 for i in stubs if i not in asked]:
        yield "the next code cell after each exercise is its solution, and there are no others"
    for i in [*stubs, *solutions]:
        if i not in asked and not CHECKED.search(cells[i].source):
            yield f"cell {i + 1} does not check its answer: slug.name.check(name)"
    for i in solutions:
        if not (cells[i].metadata.get("jupyter", {}).get("source_hidden")
                and "hide-cell" in tags(cells[i])):  # fmt: skip
            yield f"solution in cell {i + 1}: metadata jupyter.source_hidden and tag hide-cell"


def cells_are_short(nb: NotebookNode, path: Path) -> Problems:
    for number, cell in code_cells(nb):
        lines = len(cell.source.splitlines())
        if lines > LONGEST_CELL and not {"setup", "solution"} & set(tags(cell)):
            yield f"cell {number} has {lines} lines, {LONGEST_CELL} are allowed"


def american_spelling(nb: NotebookNode, path: Path) -> Problems:
    for cell in nb.cells:
        for word in BRITISH.findall(cell.source):
            yield f"{word}: American spelling"


TEXT_RULES = [
    headings_nest,
    figures_are_captioned,
    links_resolve,
    formulas_are_balanced,
    exercises_have_check_and_solution,
    cells_are_short,
    american_spelling,
]
