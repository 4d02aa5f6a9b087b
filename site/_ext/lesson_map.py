"""The map of lessons on the home page: read from the opening of each lesson, so written only once.

Above its first code cell a lesson has a title, a question, how long it runs, and links to the
earlier lessons that it needs.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from nbhelpers.exercises.engine.lessons import lesson_file, lesson_files

logger = logging.getLogger(__name__)

# "# Neurons and layers", also with a number of its own: "# 1. Neurons", "# Appendix A1: Margins".
TITLE = re.compile(r"^# +(?:Lesson +|Appendix +)?(?:[A-Z]?\d+[.:]?\s+)?(.+)$", re.MULTILINE)
# The first sentence that ends with a question mark; it does not run across paragraphs.
QUESTION = re.compile(r"(?:^|(?<=[.!?]\s))([A-Z](?:(?!\n\s*\n)[^.!?])*\?)", re.MULTILINE)
DURATION = re.compile(r"(?:Runs in|Takes):\s+([^.]+)\.")


@dataclass
class Lesson:
    number: str  # "4" or "A1"
    file: str
    title: str
    question: str
    duration: str
    needs: list[str]


def text_of(cell):
    """The source of a cell, which a notebook stores as a string or as a list of lines."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def read_opening(path):
    opening = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "markdown":
            break
        opening.append(text_of(cell))
    text = "\n\n".join(opening)
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("*", "")
    found = {}
    for name, pattern, example in (
        ("title", TITLE, "# Neurons and layers"),
        ("question", QUESTION, "What does a neuron compute?"),
        ("duration", DURATION, "**Runs in:** about a minute."),
    ):
        match = pattern.search(plain)
        found[name] = " ".join(match[1].split()) if match else ""
        if not match:
            logger.warning(
                "%s: expected the %s of the lesson (such as '%s') in the Markdown above its first "
                "code cell, found none",
                path.name,
                name,
                example,
                type="lessons",
            )
    linked, needs = set(re.findall(r"\]\(\w+?_(\w+)\.ipynb", text)), []
    for other in lesson_files(path.parent):
        if other.path.name == path.name:
            break
        if other.slug in linked:
            needs.append(other.label)
    return Lesson(number=lesson_file(path).label, file=path.name, needs=needs, **found)


class LessonMap(SphinxDirective):
    """The lessons that exist: number, title, question, duration, what each needs."""

    def run(self):
        lessons = self.env.app.lessons
        if not lessons:
            return []
        items = nodes.bullet_list(classes=["lesson-map"])
        for lesson in lessons:
            facts = f"Takes {lesson.duration}"
            if lesson.needs:
                facts += f" · needs {', '.join(lesson.needs)}"
            link = f"[**{lesson.number}. {lesson.title}**](notebooks/{lesson.file})"
            parts = self.parse_text_to_nodes(f"{link}\n\n{lesson.question}\n\n{facts}")
            items += nodes.list_item("", *parts)
        entries = "\n".join(f"notebooks/{Path(lesson.file).stem}" for lesson in lessons)
        toctree = f"```{{toctree}}\n:hidden:\n:caption: Lessons\n\n{entries}\n```"
        return [items, *self.parse_text_to_nodes(toctree)]


def setup(app):
    app.add_directive("lesson-map", LessonMap)
    # The map is on the home page: it is read anew at every build, which costs nothing.
    app.connect("env-get-outdated", lambda *_: ["index"])
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
