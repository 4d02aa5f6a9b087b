"""The edition to hand out: the lessons without solutions and without outputs, ready to be run.

    python -m tools.student

It is written to `_build/student`, in one move: a folder with the notebooks, the code that they
use, and what sets both up. Nothing in the course itself changes.
"""

from __future__ import annotations

import re
import secrets
import shutil
import sys
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools import execution
from tools.refresh import METADATA, write

TARGET = execution.ROOT / "_build" / "student"
# What lies beside the notebooks. The rest (tests, tools, site) is for those who write the course.
FILES = (
    "LICENSE", "constraints.txt", "environment.yml", "pyproject.toml", "requirements.txt",
    "data/README.md", "tools/setup_env.py",
    "site/bibliography.md", "site/glossary.md", "site/notation.md",
)  # fmt: skip
FOLDERS = ("nbhelpers", "notebook_format", "notebooks/recorded")
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info", "template.ipynb")
TARGETS = ("setup", "lab")  # of the Makefile
TAGS = {"setup", "exercise", "raises-exception"}  # what a reader's Jupyter or the grader looks at
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z*`_])")

README = """\
# How neural networks work

A course in executable notebooks. You need Python 3.11, 3.12 or 3.13, `make`, and a network
connection the first time. Then

    make lab

sets up everything in `.venv` and opens the lessons in JupyterLab. With conda: `conda env create -f
environment.yml`, `conda activate neural-networks`, `jupyter lab`.

{lessons}

Each lesson ends with exercises. Replace the three dots, run the cell, and it says what is right
and what is not yet. In a notebook, `from nbhelpers.exercises import progress; progress()` shows
which exercises you have solved; so does `.venv/bin/python -m nbhelpers progress`. That is stored on
your machine only.
"""


def without_solutions(lesson: NotebookNode, slug: str) -> NotebookNode:
    """A lesson as it is handed out: the stubs stay, solutions and outputs go, and so does every
    mark that only the tests and the site need."""
    notebook = deepcopy(lesson)
    notebook.cells = [c for c in notebook.cells if "solution" not in c.metadata.get("tags", [])]
    for cell in notebook.cells:
        tags = [tag for tag in cell.metadata.get("tags", []) if tag in TAGS]
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            if "setup" in tags:
                cell.metadata["jupyter"] = {"source_hidden": True}
        elif re.search(r"^## Exercises", cell.source, re.MULTILINE):
            cell.source = without_promise(cell.source)
    own = {"lesson": slug, "edition": "student"}
    own = {**lesson.metadata.get("nbhelpers", {}), **own}
    notebook.metadata = nbformat.from_dict({**METADATA, "nbhelpers": own})
    return notebook


def without_promise(text: str) -> str:
    """Take out the sentences that say where the solution is.

    >>> without_promise("## Exercises\\n\\nFill it in. The solution is below. Then\\ngo on.")
    '## Exercises\\n\\nFill it in. Then\\ngo on.'
    """
    paragraphs = []
    for paragraph in text.split("\n\n"):
        if "solution" in paragraph.lower():
            sentences = SENTENCE.split(paragraph)
            paragraph = " ".join(s for s in sentences if "solution" not in s.lower())
        paragraphs.append(paragraph)
    return "\n\n".join(p for p in paragraphs if p)


def makefile(text: str) -> str:
    """The Makefile with the targets that a student has files for."""
    kept = []
    for block in text.split("\n\n"):
        target = re.match(r"(?:\.PHONY|(\w+)):", block)
        if target and target[1] == "help":
            lines = block.splitlines()
            named = [f'"make {name} ' for name in TARGETS]
            block = "\n".join([lines[0], *(x for x in lines[1:] if any(n in x for n in named))])
        elif target and target[1] and target[1] not in TARGETS:
            continue
        kept.append(re.sub(r"\.PHONY: .*", ".PHONY: help " + " ".join(TARGETS), block))
    return "\n\n".join(kept).rstrip() + "\n"


def build(folder: Path) -> tuple[int, int]:
    """Write the edition into a new folder; the numbers of lessons and of solutions left out."""
    root, solutions, titles = execution.ROOT, 0, []
    for name in FOLDERS:
        if (root / name).is_dir():
            shutil.copytree(root / name, folder / name, ignore=LEFT_OUT)
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, folder / name)
    paths = execution.lessons()
    for path in paths:
        lesson, (number, _, slug) = nbformat.read(path, as_version=4), path.stem.partition("_")
        student = without_solutions(lesson, slug)
        solutions += len(lesson.cells) - len(student.cells)
        write(student, folder / "notebooks" / path.name)
        title = lesson.cells[0].source.splitlines()[0].removeprefix("# ")
        titles.append(f"- {number} [{title}](notebooks/{path.name})")
    text = README.format(lessons="\n".join(titles))
    (folder / "README.md").write_text(text, encoding="utf-8")
    text = (root / "Makefile").read_text(encoding="utf-8")
    (folder / "Makefile").write_text(makefile(text), encoding="utf-8")
    return len(paths), solutions


def main(target: Path = TARGET) -> int:
    target.parent.mkdir(exist_ok=True)
    new = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    old = target.with_name(f".{target.name}-old-{secrets.token_hex(4)}")
    try:
        lessons, solutions = build(new)
        if target.exists():
            target.rename(old)
        try:
            new.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    finally:
        for folder in (new, old):
            shutil.rmtree(folder, ignore_errors=True)
    if own := ", ".join(path.name for path in execution.own_work()):
        print(f"Not among them, because they are not as `make refresh` stores lessons: {own}")
    print(f"{lessons} lessons to hand out are in {target}")
    print(
        f"Left out: {solutions} solutions, all outputs, tests, tools and the site. Left in, because"
    )
    print("the checks need them: the right answers in nbhelpers/exercises/ (site/instructors.md).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
