"""The map of lessons on the home page: read from the opening of each lesson, so written only once.

Above its first code cell a lesson has a title, a question in bold, how long it takes, and links to
the earlier lessons that it needs. The question must be understood without its paragraph.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from nbhelpers.exercises.engine.lessons import lesson_file, lesson_files

logger = logging.getLogger(__name__)

# "# Neurons and layers", also with a number of its own: "# 1. Neurons", "# Appendix A1: Margins".
TITLE = re.compile(r"^# +(?:Lesson +|Appendix +)?(?:[A-Z]?\d+[.:]?\s+)?(.+)$", re.MULTILINE)
# In bold, and a sentence of its own.
QUESTION = re.compile(r"\*\*([^*]+\?)\*\*")
DURATION = re.compile(r"((?:Runs in|Takes):\s+[^.]+)\.")


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
    unlinked = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    found = {}
    for name, pattern, example in (
        ("title", TITLE, "# Neurons and layers"),
        ("question", QUESTION, "**What does a neuron compute?**"),
        ("duration", DURATION, "**Takes:** about 45 minutes."),
    ):
        match = pattern.search(unlinked if name == "question" else unlinked.replace("*", ""))
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
    """The lessons of a part: number, title, question, duration, what each needs.

    `{lesson-map} 1-6` shows lessons 1 to 6, `{lesson-map} A` the appendices. The option `caption`
    stands above them in the list of all pages.
    """

    required_arguments = 1
    option_spec: ClassVar = {"caption": directives.unchanged_required}

    def chosen(self, number):
        first, _, last = self.arguments[0].partition("-")
        if not (number.isdigit() and first.isdigit()):
            return number.rstrip("0123456789") == first
        return int(first) <= int(number) <= int(last)

    def run(self):
        lessons = [lesson for lesson in self.env.app.lessons if self.chosen(lesson.number)]
        if not lessons:
            return []
        items = nodes.bullet_list(classes=["lesson-map"])
        for lesson in lessons:
            facts = lesson.duration.replace(":", "", 1)
            if lesson.needs:
                facts += f" · needs {', '.join(lesson.needs)}"
            link = f"[**{lesson.number}. {lesson.title}**](notebooks/{lesson.file})"
            parts = self.parse_text_to_nodes(f"{link}\n\n{lesson.question}\n\n{facts}")
            items += nodes.list_item("", *parts)
        entries = "\n".join(f"notebooks/{Path(lesson.file).stem}" for lesson in lessons)
        options = f":hidden:\n:caption: {self.options.get('caption', 'Lessons')}"
        toctree = f"```{{toctree}}\n{options}\n\n{entries}\n```"
        return [items, *self.parse_text_to_nodes(toctree)]


def setup(app):
    app.add_directive("lesson-map", LessonMap)
    # The map is on the home page: it is read anew at every build, which costs nothing.
    app.connect("env-get-outdated", lambda *_: ["index"])
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
