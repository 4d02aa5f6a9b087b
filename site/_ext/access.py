"""What the theme and the extensions leave undone for readers with a keyboard or a screen reader.

Each entry of MENDS is a fault in the finished pages, most of them found by axe, and its mend.
"""

import re
from pathlib import Path

MENDS = [
    # A label that hides the words that can be seen.
    (r'(<button class="btn search-button-field[^>]*?) aria-label="[^"]*"', r"\1"),
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    # A toggle that has only an icon.
    (r'<summary>(?=<span class="toctree-toggle")', '<summary aria-label="Pages of this part">'),
    # The name of the course and the search lie outside every landmark.
    (
        r'(<div class="sidebar-primary-items__start sidebar-primary__section")>',
        r'\1 role="navigation" aria-label="Course">',
    ),
    # Roles of citations that are not allowed there.
    (r'<div role="list" class="citation-list">', '<div class="citation-list">'),
    (r' role="doc-biblioentry"', ""),
    # 1.5 MB of icons as a script, when the style sheet has the same icons as a font.
    (r'<script defer src="[^"]*/fontawesome\.js[^"]*"></script>', ""),
    # Without a script, the page would have no color at all.
    (r'(<html [^>]*)data-theme="auto"', r'\1data-theme="light"'),
    # The empty corner of a pandas table is no heading.
    (r"<th></th>", "<td></td>"),
]


def mend(app, exception):
    if exception or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        before = page = path.read_text(encoding="utf-8")
        for pattern, replacement in MENDS:
            page = re.sub(pattern, replacement, page)
        if page != before:
            path.write_text(page, encoding="utf-8")


def setup(app):
    app.connect("build-finished", mend)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
