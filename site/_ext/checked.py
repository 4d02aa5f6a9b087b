"""The note at the foot of a lesson: what `make test` compares, counted in the stored notebook."""

import ast
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

from lesson_map import text_of
from reference import pieces

VERSION = re.compile(r"^([\w-]+)(?: version)?\s*:\s*(\d[\w.+-]*)$", re.MULTILINE)
IMPORT = re.compile(r"from nbhelpers[\w.]* import (\([^)]*\)|[^\n]*)")
# How a data set names itself when it is printed.
PRINTED = re.compile(r"^([^:;\n]*?[\d,]+ training and [\d,]+ test images)", re.MULTILINE)
DATA = (
    "cifar10",
    "mnist",
    "shapes",
    "toy",
    "toy_curve",
)


def printed(cell):
    return "".join("".join(output.get("text", "")) for output in cell["outputs"])


def counts(cells):
    """How many outputs are compared, and how; claims and exercises whose check has passed."""
    found = Counter()
    for cell in cells:
        tags = cell["metadata"].get("tags", [])
        if "setup" in tags or "versions" in tags:
            continue
        for output in cell["outputs"]:
            if "nbval-ignore-output" in tags:
                found["ignored"] += 1
            elif any(kind.startswith("image/") for kind in output.get("data", {})):
                found["picture"] += 1
            elif any(tag.startswith("rtol=") for tag in tags):
                found["tolerance"] += 1
            else:
                found["letter"] += 1
        for line in printed(cell).splitlines():
            if line.startswith("✓"):
                found["claim" if "claim(" in text_of(cell) else "exercise"] += 1
    return found


def data_of(cells, package):
    """The data sets that the lesson imports, each with the sentence that describes it."""
    source = "\n".join(text_of(cell) for cell in cells)
    used = set(re.findall(r"\b(?:nbhelpers|datasets)\.(?:datasets\.)?(\w+)\(", source))
    for names in IMPORT.findall(source):
        used |= set(re.findall(r"\w+", names))
    outputs = "\n".join(printed(cell) for cell in cells)
    said = list(dict.fromkeys(PRINTED.findall(outputs)))
    described = []
    for module in DATA:
        for node in pieces(Path(package) / "datasets" / f"{module}.py")[1]:
            if node.name in used and not (said and node.name.startswith("load_")):
                doc = (ast.get_docstring(node) or "").partition("\n")[0].rstrip(".")
                described.append(f"[`{node.name}`](../api/datasets.md#{node.name}): {doc}")
    return said + described


def stored_on(notebook):
    """The day on which the stored notebook last changed, where git knows it."""
    if not shutil.which("git"):
        return ""

    def git(*command):
        command = ["git", "-C", str(notebook.parent), *command]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    if git("rev-parse", "--is-shallow-repository") != "false":  # its first commit has every file
        return ""
    return git("log", "-1", "--format=%cs", "--", notebook.name)


def several(number, one, many):
    return f"{number} {one if number == 1 else many}"


def note(notebook, package, day=""):
    """The note in Markdown; none for a lesson without code."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    found = counts(cells)
    how = [
        several(found["letter"], "to the letter", "to the letter"),
        several(found["tolerance"], "within a tolerance", "within a tolerance"),
        several(found["picture"], "picture, which must be there and not blank",
                "pictures, which must be there and not blank"),
    ]  # fmt: skip
    how = [words for words in how if not words.startswith("0 ")]
    total = found["letter"] + found["tolerance"] + found["picture"]
    if not total:
        return ""
    text = f"`make test` runs this lesson again and compares {several(total, 'output', 'outputs')}"
    text += f" with what is shown here: {', '.join(how)}."
    if found["ignored"]:
        text += f" {several(found['ignored'], 'output is', 'outputs are')} not compared."
    if "data" in notebook["metadata"].get("nbhelpers", {}):
        text += (
            " This is so where the official data has been downloaded; an edition of the lesson on"
        )
        text += " data that is always there is compared in any case."
    checks = [
        several(found["claim"], "claim is asserted", "claims are asserted"),
        several(found["exercise"], "solution is checked", "solutions are checked"),
    ]
    checks = [words for words in checks if not words.startswith("0 ")]
    text += f" In it {' and '.join(checks)}." if checks else ""
    tables = [printed(cell) for cell in cells if "versions" in cell["metadata"].get("tags", [])]
    if versions := VERSION.findall("\n".join(tables)):
        text += f"\n\nStored{day and f' on {day}'}"
        text += f" with {', '.join(' '.join(pair) for pair in versions)}."
    if data := data_of(cells, package):
        text += f"\n\nData: {'; '.join(data)}."
    return f":::{{admonition}} What is checked on this page\n:class: note checked\n\n{text}\n:::"
