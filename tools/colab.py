"""The lessons as Colab needs them: with one cell in front that installs the course.

    python -m tools.colab https://github.com/owner/name _build/colab

Colab opens notebooks from a repository but does not install what they import. The cell is nowhere
else: the workflow `site` puts these copies on the branch `colab`, to which the site's links lead.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import nbformat
from nbformat import v4

from tools.execution import lessons

ADDRESS = re.compile(r"https://[\w.-]+/[\w.-]+/[\w.-]+")


def with_installation(notebook: nbformat.NotebookNode, address: str) -> nbformat.NotebookNode:
    """The notebook with a first cell that installs the lessons' packages from the repository."""
    source = (
        "# Installs the course in this Colab session; it takes about a minute.\n"
        f'%pip install --quiet "nbhelpers[lessons,cluster] @ git+{address}"'
    )
    cell = v4.new_code_cell(source, id="install", metadata={"tags": ["install"]})
    return v4.new_notebook(metadata=notebook.metadata, cells=[cell, *notebook.cells])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.colab", description=__doc__)
    parser.add_argument("address", help="of the repository, such as https://github.com/owner/name")
    parser.add_argument("folder", type=Path, help="where the lessons are written")
    options = parser.parse_args(arguments)
    address = options.address.removesuffix("/").removesuffix(".git")
    if not ADDRESS.fullmatch(address):
        parser.error(f"expected an address such as https://github.com/owner/name, got {address!r}")
    folder = options.folder / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    for path in lessons():
        lesson = nbformat.read(path, as_version=4)
        nbformat.write(with_installation(lesson, address), folder / path.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
