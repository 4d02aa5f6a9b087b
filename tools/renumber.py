"""After a lesson's file was renamed: bring what names its number up to date.

    git mv notebooks/07_dropout.ipynb notebooks/10_dropout.ipynb
    python -m tools.renumber

Everything but text goes by the slug ("dropout") and needs no change. This rewrites, by the slug,
links to notebooks and the "lesson 7" in their words, the numbers of the figures in a lesson that
moved, the name of its offline edition, and the table of lessons in the README.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat

from nbhelpers.exercises.engine.lessons import LessonFile, lesson_files
from tools import execution
from tools.refresh import write

LINK = re.compile(r"(\[[^\]]*\]\([^)\s]*?)(\d\d|[A-Z]\d)_([a-z]\w*)\.ipynb")
WORDS = re.compile(r"^\[([Ll]esson|[Aa]ppendix) (?:\d+|[A-Z]\d)\]")
CAPTION = re.compile(r"^\*\*Figure (\d+|[A-Z]\d)\.\d+\.\*\*", re.MULTILINE)
QUESTION = re.compile(r"\*\*([A-Z][^*]*\?)\*\*")
ROW = re.compile(r"(?:^\| [^|]* \| \[[^\]]+\]\(notebooks/[^)]+\) \| .* \|\n)+", re.MULTILINE)


def relinked(text: str, files: dict[str, LessonFile]) -> str:
    """The text with every link to a lesson leading to the file that has its slug now.

    >>> file = LessonFile("10", "dropout", Path("10_dropout.ipynb"))
    >>> relinked("[lesson 7](07_dropout.ipynb)", {"dropout": file})
    '[lesson 10](10_dropout.ipynb)'
    """

    def replace(match: re.Match[str]) -> str:
        file = files.get(match[3])
        if not file or file.number == match[2]:
            return match[0]
        start = WORDS.sub(lambda words: f"[{words[1]} {file.label}]", match[1])
        return f"{start}{file.path.name}"

    return LINK.sub(replace, text)


def refigured(text: str, old: str, new: str) -> str:
    """The text with its own figures under the new number: captions, mentions and lists of them.

    >>> refigured("**Figure 7.2.** As in figures 7.1 and 7.3, and figure 3.1.", "7", "10")
    '**Figure 10.2.** As in figures 10.1 and 10.3, and figure 3.1.'
    """
    mention = re.compile(r"\b[Ff]igures?\s(?:(?:\d+|[A-Z]\d)\.\d+(?:,| and| to|,? or)?\s?)+")
    number = re.compile(rf"(?<![\w.]){old}(?=\.\d)")
    return mention.sub(lambda match: number.sub(new, match[0]), text)


def move(file: LessonFile, path: Path, files: dict[str, LessonFile]) -> bool:
    """Rewrite one stored edition of a lesson; whether anything was changed."""
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    before = [cell.source for cell in cells]
    found = {match for cell in cells for match in CAPTION.findall(cell.source)}
    for cell in cells:
        cell.source = relinked(cell.source, files)
        for old in found - {file.label}:
            cell.source = refigured(cell.source, old, file.label)
    changed = before != [cell.source for cell in cells] or path.name != file.path.name
    if changed:
        write(notebook, path.with_name(file.path.name))
        if path.name != file.path.name:
            path.unlink()
    return changed


def table(files: dict[str, LessonFile]) -> str:
    """The rows of the README: number, title and question of each lesson, from its opening."""
    rows = []
    for file in files.values():
        opening = nbformat.read(file.path, as_version=4).cells[0].source
        title = opening.splitlines()[0].removeprefix("# ")
        question = QUESTION.search(" ".join(opening.split()))
        link = f"[{title}](notebooks/{file.path.name})"
        rows.append(f"| {file.number} | {link} | {question[1] if question else ''} |\n")
    return "".join(rows)


def main() -> int:
    files = {file.slug: file for file in lesson_files(execution.NOTEBOOKS)}
    changed = [file.path for file in files.values() if move(file, file.path, files)]
    for twin in lesson_files(execution.OFFLINE):
        if twin.slug in files and move(files[twin.slug], twin.path, files):
            changed.append(twin.path)
    pages = [execution.ROOT / name for name in ("README.md", "CONTRIBUTING.md")]
    for page in [*pages, *sorted((execution.ROOT / "site").glob("*.md"))]:
        text = page.read_text(encoding="utf-8")
        new = relinked(text, files)
        if page.name == "README.md" and page.parent == execution.ROOT:
            new = ROW.sub(lambda _: table(files), new, count=1)
        if new != text:
            page.write_text(new, encoding="utf-8")
            changed.append(page)
    print(*(path.relative_to(execution.ROOT) for path in changed), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
