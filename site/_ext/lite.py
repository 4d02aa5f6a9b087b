"""Lessons that run in the reader's browser: where `make lite` has made them, they become a part of
the site, and each lesson gets its link. Without them no page speaks of it.
"""

import json
import shutil
from pathlib import Path
from urllib.parse import quote

FOLDER = Path("_build", "lite")
NOTE = """\
:::{{admonition}} In the browser
:class: note in-browser

{text}
:::"""
RUN = (
    '<a href="../lite/lab/index.html?path={path}">Run this lesson in the browser</a>: nothing to '
    "install. Python, NumPy and Matplotlib come from the public network of Pyodide the first time; "
    "what you change stays in your browser."
)
NOT_RUN = """\
This lesson is about TensorFlow, which does not run in a browser: to run it, install the course."""


def runs(counts):
    """Whether a lesson is worth running there: half of its cells or more do."""
    return counts["recorded"] <= counts["cells"] / 2


def note(app, docname):
    """What the foot of a lesson says about running it in the browser."""
    name = Path(docname).name + ".ipynb"
    counts = app.config.lite_lessons.get(name)
    if not counts:
        return ""
    if not runs(counts):
        return NOTE.format(text=NOT_RUN)
    text = RUN.format(path=quote(f"notebooks/{name}"))
    if recorded := counts["recorded"]:
        text += (
            f" {counts['cells'] - recorded} of its {counts['cells']} code cells can run there; "
            f"{'one, which needs' if recorded == 1 else f'{recorded}, which need'} TensorFlow or "
            f"another process, {'shows' if recorded == 1 else 'show'} what was recorded."
        )
    else:
        text += " All of its code cells can run there."
    return NOTE.format(text=text)


def add_button(app, pagename, templatename, context, doctree):
    """Beside the other launch links of the page, if there are any."""
    counts = app.config.lite_lessons.get(Path(pagename).name + ".ipynb")
    if not pagename.startswith("notebooks/") or not counts or not runs(counts):
        return
    path = quote(f"notebooks/{Path(pagename).name}.ipynb")
    button = {
        "type": "link",
        "text": "Browser",
        "tooltip": "Run in the browser",
        "icon": "fas fa-play",
        "url": f"../lite/lab/index.html?path={path}",
        "label": "run-in-browser",
    }
    groups = [b for b in context["header_buttons"] if b.get("label") == "launch-buttons"]
    if groups:
        groups[0]["buttons"].insert(0, button)
    else:  # on its own, its sign is enough
        context["header_buttons"].insert(0, button | {"text": None})


def read(app, config):
    folder = Path(app.srcdir).parent / FOLDER
    path = folder / "lessons.json"
    config.lite_lessons = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if config.lite_lessons:
        app.tags.add("lite")


def copy(app, exception):
    if exception or app.builder.format != "html":
        return
    source, target = Path(app.srcdir).parent / FOLDER, Path(app.outdir) / "lite"
    shutil.rmtree(target, ignore_errors=True)
    if app.config.lite_lessons:
        shutil.copytree(source, target)


def setup(app):
    app.add_config_value("lite_lessons", {}, "env", dict)
    app.connect("config-inited", read)
    app.connect("html-page-context", add_button, priority=900)
    app.connect("build-finished", copy, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
