"""What only a site with an address can have: a sitemap, and a 404 page that works in any folder."""

import re
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

RELATIVE = re.compile(r'(\s(?:href|src|action|data-content_root)=")(?!\w+:|[/#])(?:\./)?([^"]*")')
SITEMAP = """<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
{}
</urlset>
"""


def publish(app, exception):
    base = app.config.html_baseurl
    if exception or app.builder.format != "html" or not base:
        return
    base = base.rstrip("/") + "/"
    names = sorted(app.env.found_docs - {"404"})
    addresses = [base + app.builder.get_target_uri(name) for name in names]
    text = SITEMAP.format("\n".join(f"<url><loc>{escape(a)}</loc></url>" for a in addresses))
    out = Path(app.outdir)
    (out / "sitemap.xml").write_text(text, encoding="utf-8")
    # A server shows this page in place of any that is missing, so its links start at the root.
    page, root = out / "404.html", urlsplit(base).path
    text = RELATIVE.sub(rf"\g<1>{root}\2", page.read_text(encoding="utf-8"))
    page.write_text(text, encoding="utf-8")


def setup(app):
    app.connect("build-finished", publish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
