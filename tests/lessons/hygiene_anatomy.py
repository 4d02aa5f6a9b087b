"""The anatomy of a second-edition lesson: questions before results, something to turn, its words.

These rules hold for lessons whose metadata says `{"nbhelpers": {"edition": 2}}`.
"""

from __future__ import annotations

import importlib
import re
from itertools import pairwise
from pathlib import Path

from nbformat import NotebookNode

from nbhelpers.exercises.engine.lessons import lesson_file
from nbhelpers.exercises.engine.task import KINDS, Task
from tests.lessons.hygiene_outputs import Problems, code_cells, pictures, tags, texts
from tests.lessons.hygiene_text import FENCED, INLINE, prose

FEWEST_PREDICTIONS = 3
CLAIMS = range(8, 31)  # printed in a lesson
PLOT_LINES = 6  # more than these are folded away
PREDICT = re.compile(r"^\*\*Predict\.\*\*", re.MULTILINE)
ANSWER = re.compile(r"<details>\s*<summary>[^<]+</summary>\n\s*\n.*?\n\s*\n</details>", re.DOTALL)
PLOTS = re.compile(r"\b(?:plt\.\w+|axes\w*(?:\[[^\]]*\])?\.\w+|ax\.\w+)\(")
EXERCISE = re.compile(r"^### (\d+)\. .+? (★{1,3}) \((\w+)\)$", re.MULTILINE)
CALL = re.compile(r"^(\w+)\.(\w+)\.(check|predict)\(", re.MULTILINE)
ENTRY = re.compile(r"^- (?=\S)(.+?)(?=^- |\Z)", re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(r"\]\((https?://[^)\s]+)\)")
YEAR = re.compile(r"\((\d{4})[a-z]?\)")

# Words of the first edition that are private, and what the field says (STYLE has the whole table).
# Here are those that can be told without reading: the word has no other use in these lessons.
PRIVATE = {
    r"learned by heart": "memorized",
    r"put on one footing": "standardize; bring to the same scale",
    r"twins?": "counterpart, graph version",
    r"planted faults?": "injected bug",
    r"for ever": "forever",
    r"(?:go|goes|went) into the bin": "in the bin",
    r"likely mend|mends?|mended": "fix, Hint:",
    r"shares? of right answers": "accuracy",
    r"shares? of (?:mistakes|wrong answers)": "error rate",
    r"surer than (?:it|they) (?:is|are) right": "overconfident",
    r"taken for": "confused with",
    r"more than luck": "statistically significant, with the test",
    r"falling rates?": "learning-rate decay",
    r"changed digits": "augmented digits",
    r"what comes from above": "upstream gradient",
    r"first weights": "initial weights",
    r"loss on logits": "loss computed from logits",
    r"(?:one|bits|rate) a (?:layer|letter)": "one per layer",
    r"(?:an?|the|this|each|every|no|without|of) bends?": "nonlinearity",
    r"gradients? for [$\\]?[A-Za-z]\w?\b": "gradient with respect to",
    r"at the door": "rejected, raises",
    r"bypass(?:es)?": "skip connection",
    r"costs? (?:is|falls|rises|goes down)": "loss",
}  # fmt: skip
PRIVATE_WORDS = {
    re.compile(rf"\b(?:{bad})\b", re.IGNORECASE): good for bad, good in PRIVATE.items()
}


def is_second(nb: NotebookNode) -> bool:
    return nb.metadata.get("nbhelpers", {}).get("edition") == 2


def markdown(nb: NotebookNode) -> list[tuple[int, str]]:
    """The Markdown cells without code, with their places among all cells."""
    cells = enumerate(nb.cells)
    return [(i, FENCED.sub("", c.source)) for i, c in cells if c.cell_type == "markdown"]


def predictions_are_answered(nb: NotebookNode, path: Path) -> Problems:
    """`**Predict.**` before a result, its folded answer in a later cell, before the next one."""
    asked = [i for i, text in markdown(nb) if PREDICT.search(text)]
    answers = [i for i, text in markdown(nb) if ANSWER.search(text)]
    if len(asked) < FEWEST_PREDICTIONS:
        yield f"{len(asked)} cells with **Predict.**, a lesson has {FEWEST_PREDICTIONS} or more"
    for i, until in pairwise([*asked, len(nb.cells)]):
        found = next((k for k in answers if i < k <= until), None)
        ran = found is not None and any(c.cell_type == "code" for c in nb.cells[i:found])
        if not ran:
            yield (f"the question in cell {i} of all: after its code comes <details><summary>Why"
                   "</summary>, an empty line, the answer, an empty line, </details>")  # fmt: skip


def something_to_turn(nb: NotebookNode, path: Path) -> Problems:
    pages = "".join(text for _, cell in code_cells(nb) for text in texts(cell))
    if "data-interactive" not in pages:
        yield "a slider or a player is missing: every lesson has something to turn"


def claims_are_8_to_30(nb: NotebookNode, path: Path) -> Problems:
    printed = sum(
        line.startswith("✓ ")
        for _, cell in code_cells(nb)
        if not {"exercise", "solution"} & set(tags(cell))
        for text in texts(cell)
        for line in text.splitlines()
    )
    if printed not in CLAIMS:
        yield f"{printed} claims are printed, a lesson has {CLAIMS.start} to {CLAIMS.stop - 1}"


def plot_code_is_folded(nb: NotebookNode, path: Path) -> Problems:
    """Over six lines of plotting are folded; metadata `plotting` where it is the point."""
    for number, cell in code_cells(nb):
        lines = sum(bool(PLOTS.search(line)) for line in cell.source.splitlines())
        folded = "hide-input" in tags(cell) and cell.metadata.get("jupyter", {}).get(
            "source_hidden"
        )
        excused = cell.metadata.get("plotting") or {"setup", "solution"} & set(tags(cell))
        if pictures(cell) and lines > PLOT_LINES and not folded and not excused:
            yield (f"cell {number}: {lines} lines of plotting: tag hide-input and metadata "
                   "jupyter.source_hidden")  # fmt: skip


def references_are_cited(nb: NotebookNode, path: Path) -> Problems:
    """Each entry of the list is linked or named with its year above it: `[Author (2000)](link)`."""
    text = "\n".join(text for _, text in markdown(nb))
    above, heading, below = text.partition("\n## References")
    for entry in ENTRY.findall(below if heading else ""):
        entry = " ".join(entry.split())
        links, year = ADDRESS.findall(entry), YEAR.search(entry)
        author = re.search(r"([A-Z][\w'’-]+)(?:,| and|\s*\(|$)", entry)
        named = year and author and re.search(rf"{author[1]}[^.\n]{{0,80}}{year[1]}", above)
        if not named and not any(link in above for link in links):
            yield f"a reference that the text does not cite: {entry[:60]}"


def words_are_the_fields(nb: NotebookNode, path: Path) -> Problems:
    said = [*prose(nb)]
    for _, cell in code_cells(nb):
        said += re.findall(r"claim\(\s*f?[\"']([^\"']+)", cell.source)
        said.append(cell.metadata.get("mystnb", {}).get("image", {}).get("alt", ""))
    for text in said:
        for word, field in PRIVATE_WORDS.items():
            for match in word.finditer(INLINE.sub("", text)):
                place = " ".join(text[max(0, match.start() - 20) : match.end() + 20].split())
                yield f"{match[0]!r}: the field says {field}: … {place}"


def exercises_say_kind_and_stars(nb: NotebookNode, path: Path) -> Problems:
    """`### 2. XOR with two ReLUs ★★ (build)`, as the exercise in the lesson's module says."""
    section = "\n".join(c.source if c.cell_type == "markdown" else f"\n{c.source}\n"
                        for c in nb.cells)  # fmt: skip
    _, heading, section = section.partition("## Exercises")
    section = re.split(r"^## ", section, maxsplit=1, flags=re.MULTILINE)[0] if heading else ""
    titles = re.findall(r"^### .*$", section, re.MULTILINE)
    if not 4 <= len(titles) <= 7:
        yield f"{len(titles)} exercises, a lesson has four to seven"
    for part in re.split(r"^(?=### )", section, flags=re.MULTILINE)[1:]:
        title, match = part.splitlines()[0], EXERCISE.match(part)
        if not match or match[3] not in KINDS:
            yield f"{title!r}: expected number, title, stars and kind: ### 2. Title ★★ (build)"
            continue
        call = CALL.search(part)
        if not call:
            if match[3] != "explain":  # which may be a question with a folded answer
                yield f"{title!r}: no cell that checks it"
        elif not (task := task_of(path, call[2])):
            yield f"{title!r}: the lesson's module has no exercise {call[2]}"
        elif task.marks != f"{match[2]} ({match[3]})":
            yield f"{title!r}: the exercise {call[2]} says {task.marks}"


def task_of(path: Path, name: str) -> Task | None:
    """The exercise in the module of a lesson, which goes by the lesson's slug."""
    file = lesson_file(path)
    try:
        module = importlib.import_module(f"nbhelpers.exercises.{file.slug}" if file else "")
    except (ImportError, ValueError):
        return None
    task = getattr(module, name, None)
    return task if isinstance(task, Task) else None


def second_edition(rule):
    """The rule, for lessons of the second edition alone."""

    def only(nb: NotebookNode, path: Path) -> Problems:
        if is_second(nb):
            yield from rule(nb, path)

    only.__name__, only.__doc__ = rule.__name__, rule.__doc__
    return only


ANATOMY_RULES = [
    second_edition(rule)
    for rule in (
        predictions_are_answered,
        something_to_turn,
        claims_are_8_to_30,
        plot_code_is_folded,
        references_are_cited,
        words_are_the_fields,
        exercises_say_kind_and_stars,
    )
]
