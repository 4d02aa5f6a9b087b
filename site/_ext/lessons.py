"""Lessons come from notebooks/ as they are stored, and become pages here.

The notebooks are copied into site/notebooks/ (ignored by git) without a change, so that the
download link gives the very file. What a page needs and a notebook cannot say is added while Sphinx
reads it: captions become captions, the set-up folds away, links to other files lead to pages.
"""

import json
import re
import shutil
from itertools import count
from pathlib import Path

import lite
from checked import note, stored_on
from lesson_map import TITLE, read_opening, text_of
from sphinx.util import logging

from nbhelpers.exercises.engine.lessons import lesson_file, lesson_files
from tools.execution import is_own_work

logger = logging.getLogger(__name__)

CAPTION = re.compile(r"\*\*Figure (\d+|[A-Z]\d)\.(\d+)\.\*\*.*?(?=\n\s*\n|\Z)", re.DOTALL)
# A number stands before the words of a section on the page, and is no part of its anchor.
SECTION = re.compile(r"^## +(.+)$", re.MULTILINE)
NUMBER = re.compile(r"^(?:\d+|[A-Z]\d)\.\d+ ")
FENCE = re.compile(r"(^```.*?^```)", re.MULTILINE | re.DOTALL)
# To what is no lesson: in another folder, or among the recorded runs.
LINK = re.compile(r"\[([^\]]*)\]\((?:\.\./|(?=recorded/))([^)#\s]+)(#[^)\s]*)?\)")


def slug(title):
    """The anchor that JupyterLab gives a heading, so that links to sections work in both."""
    return NUMBER.sub("", title).replace(" ", "-")


def numbered(text, lesson, sections):
    """Give the sections of a cell their numbers, such as 3.2; `sections` counts them."""
    parts = FENCE.split(text)  # a "## " inside a block of code is a comment
    for i in range(0, len(parts), 2):
        parts[i] = SECTION.sub(lambda found: f"## {lesson}.{next(sections)} {found[1]}", parts[i])
    return "".join(parts)


def collect(app, config):
    """Copy the notebooks into the source tree; leave alone what has not changed."""
    target = Path(app.srcdir) / "notebooks"
    target.mkdir(exist_ok=True)
    folder = Path(app.srcdir).parent / "notebooks"
    paths = [file.path for file in lesson_files(folder) if not is_own_work(file.path)]
    for old in target.glob("*.ipynb"):
        if old.name not in {p.name for p in paths}:
            old.unlink()
    for path in paths:
        copy = target / path.name
        if not copy.exists() or copy.read_bytes() != path.read_bytes():
            shutil.copyfile(path, copy)
    app.lessons = [read_opening(path) for path in paths]


def prepare(app, docname, source):
    """Say in myst-nb's words what the notebook's conventions mean."""
    if not docname.startswith("notebooks/"):
        return
    notebook = json.loads(source[0])
    number = lesson_file(Path(f"{docname}.ipynb")).label
    root = Path(app.srcdir).parent
    day = stored_on(root / f"{docname}.ipynb")
    foot = note(notebook, root / "nbhelpers", day)
    previous, titled, sections = {}, False, count(1)
    for i, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "markdown":
            text = LINK.sub(page_link(app.config.repository_url), text_of(cell))
            if not titled and TITLE.search(text):
                text, titled = TITLE.sub(rf"# {number}. \1", text, count=1), True
            cell["source"] = numbered(move_caption(text, previous, docname), number, sections)
        elif cell["cell_type"] == "code":
            fold(cell)
            alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt")
            if has_image(cell) and not alt:
                message = "cell %d: its picture has no text alternative (metadata mystnb.image.alt)"
                logger.warning(message, i, location=docname, type="lessons")
        previous = cell
    for name, text in (("checked", foot), ("in-browser", lite.note(app, docname))):
        if text:
            cell = {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}
            notebook["cells"].append(cell)
    source[0] = json.dumps(notebook)


def page_link(repository):
    """A link out of notebooks/ becomes one to the page of the site that shows the same thing."""

    def replace(match):
        text, path, anchor = match[1], match[2], match[3] or ""
        if path.startswith("site/"):
            return f"[{text}](../{path.removeprefix('site/')}{anchor})"
        if module := re.fullmatch(r"nbhelpers/(?:tf1/)?([a-z]\w*)(?:\.py|/.*)", path):
            return f"[{text}](../api/{module[1]}.md)"
        # Any other file of the repository has no page here.
        path = f"notebooks/{path}" if path.startswith("recorded/") else path
        return f"[{text}]({repository}/blob/main/{path})" if repository else text

    return replace


def move_caption(text, figure, docname):
    """Give the paragraph '**Figure 1.2.** ...' to the picture above it, as its caption."""
    caption = CAPTION.match(text)
    if not caption:
        return text
    if not has_image(figure):
        message = "Figure %s.%s: no picture in the cell above its caption"
        logger.warning(message, *caption.groups(), location=docname, type="lessons")
        return text
    name = f"fig-{caption[1].lower()}-{caption[2]}"  # as docutils writes names
    if has_knob(figure):  # HTML, for which myst-nb has no caption
        return f"{{#{name} .knob-caption}}\n{text}"
    figure["metadata"].setdefault("mystnb", {})["figure"] = {"caption": caption[0], "name": name}
    return text[caption.end() :]


def fold(cell):
    """Set-up and solutions are folded away; the style of the notebook is not that of the site."""
    tags = set(cell["metadata"].get("tags", []))
    if "setup" in tags:
        cell["outputs"] = [
            output
            for output in cell["outputs"]
            if "<style" not in "".join(output.get("data", {}).get("text/html", ""))
        ]
        what = "the set-up"
    elif "solution" in tags:
        what = "the solution"
    else:
        return
    cell["metadata"]["tags"] = sorted(tags - {"hide-input"} | {"hide-cell"})
    prompts = {"code_prompt_show": f"Show {what}", "code_prompt_hide": f"Hide {what}"}
    cell["metadata"].setdefault("mystnb", {}).update(prompts)


def has_image(cell):
    kinds = (kind for output in cell.get("outputs", []) for kind in output.get("data", {}))
    return any(kind.startswith("image/") for kind in kinds)


def has_knob(cell):
    pages = (output.get("data", {}).get("text/html", "") for output in cell.get("outputs", []))
    return any("data-interactive" in "".join(page) for page in pages)


def register_anchors(app, env):
    """Let plain Markdown links reach a term (glossary.md#term-relu) and a paper (by its key)."""
    standard = env.get_domain("std")
    for (kind, _), (docname, anchor) in standard.objects.items():
        if kind == "term":
            standard.anonlabels[anchor] = (docname, anchor)
    for paper in env.get_domain("cite").citations:
        standard.anonlabels[paper.key] = (paper.bibliography_key.docname, paper.citation_id)


def colab_has_its_own_branch(app, pagename, templatename, context, doctree):
    """Colab opens the lessons that install the course first: tools/colab.py puts them there."""
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if button.get("text") == "Colab":
                button["url"] = button["url"].replace("/blob/main/", "/blob/colab/")


def setup(app):
    app.add_config_value("repository_url", "", "env", str)
    app.connect("config-inited", collect)
    app.connect("source-read", prepare)
    app.connect("env-updated", register_anchors)
    app.connect("html-page-context", colab_has_its_own_branch, priority=900)  # after the theme
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
