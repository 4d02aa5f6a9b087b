"""What a lesson says is held by its code: figures by claims, decimals in the prose by outputs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from tests.lessons.hygiene_outputs import Problems, code_cells, pictures, tags, texts
from tests.lessons.hygiene_text import FENCED, INLINE

NEAR = 4  # code cells after a figure in which its claim may stand, whatever the headings
CLAIM = re.compile(r"\bclaim\(")
HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
# Here the reader is asked for other numbers than the lesson's, or sent elsewhere.
NOT_RESULTS = re.compile(r"#{2,3} (?:Exercises?\b|\d+\.|What to try next|References)", re.MULTILINE)
# Not a result either: links, code, numbers of figures, sections, lessons and papers.
NOT_NUMBERS = re.compile(
    r"\]\([^)]*\)|https?://\S+|arXiv:\S+|"
    r"\b(?:[Ff]igures?|[Ss]ections?) \d+\.\d+(?:(?:,| and| to) \d+\.\d+)*"
)
DECIMAL = re.compile(r"(?<![\w.^/])(\d+\.\d+)(?:\s*(\\?%))?(?![\w.]*\d)|(?<![\w.^/])(\d+)\s*(\\?%)")
NUMBER = re.compile(r"(?<!\w)\d*\.?\d+(?:e[-+]?\d+)?", re.IGNORECASE)


def figures_are_claimed(nb: NotebookNode, path: Path) -> Problems:
    """A figure's numbers are claimed in its section or soon after, or `no_claim` says why not."""
    section, cells = 0, []  # (number, section, cell)
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            section += bool(HEADING.search(cell.source))
        else:
            cells.append((section, cell))
    claims = {i for i, (_, cell) in enumerate(cells) if CLAIM.search(cell.source)}
    for i, (section, cell) in enumerate(cells):
        near = {j for j in claims if cells[j][0] == section or i <= j <= i + NEAR}
        reason = cell.metadata.get("no_claim")
        if pictures(cell) and not near and not reason:
            yield f"cell {i + 1}: claim the numbers behind the figure, or say why not: no_claim"
        if reason is not None and (near or not pictures(cell) or len(reason) < 10):
            yield f"cell {i + 1}: no_claim is the reason why a figure has no claim near it"


def claims_and_not_asserts(nb: NotebookNode, path: Path) -> Problems:
    for number, cell in code_cells(nb):
        if re.search(r"^\s*assert\b", cell.source, re.MULTILINE) and "solution" not in tags(cell):
            yield f"cell {number}: claim(…) says what is asserted, and by how much it holds"


def numbers_in_prose_are_the_lessons(nb: NotebookNode, path: Path) -> Problems:
    """A decimal or a percentage in the text is one that the code holds or has put out, rounded."""
    known = known_numbers(nb)
    for text in results(nb):
        excused = set()
        for match in DECIMAL.finditer(text):
            written, percent = match[1] or match[3], match[2] or match[4]
            unit, value = 10.0 ** -len(written.partition(".")[2]), float(written)
            forms = [*known]
            if percent:  # 0.98 may be told as 98 %, or as 2 % wrong
                forms += [100 * k for k in known] + [100 - 100 * k for k in known]
            near = any(abs(number - value) <= 0.501 * unit for number in forms)
            if not near and written not in excused:
                excused.add(written)
                place = " ".join(text[max(0, match.start() - 30) : match.end() + 10].split())
                yield f"no code or output of the lesson has the number {written}: … {place}"


def results(nb: NotebookNode) -> Iterator[str]:
    """The prose that tells of results; metadata `numbers_from` names a source outside the code."""
    skipped = False
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            text = INLINE.sub("", FENCED.sub("", cell.source))
            for part in re.split(r"^(?=#{1,6} )", text, flags=re.MULTILINE):
                if HEADING.match(part):
                    skipped = bool(NOT_RESULTS.match(part))
                if not skipped and not cell.metadata.get("numbers_from"):
                    yield NOT_NUMBERS.sub("", part)


def known_numbers(nb: NotebookNode) -> set[float]:
    """Every number in code and in outputs; pictures do not count, nor do versions."""
    found = set()
    for _, cell in code_cells(nb):
        if "versions" not in tags(cell):
            for text in (cell.source, *texts(cell)):
                plain = re.sub(r"(?<=\d)[_,](?=\d{3})", "", text)
                found.update(float(number) for number in NUMBER.findall(plain))
    return found


CLAIM_RULES = [figures_are_claimed, claims_and_not_asserts, numbers_in_prose_are_the_lessons]
