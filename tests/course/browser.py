"""What is looked at in every page of the course site, in the Chromium of the machine.

axe-core, which axe-playwright-python ships, audits the pages.
"""

import re
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from tools import chromium

PATIENCE = 180_000  # milliseconds: a busy machine is slow, which is no fault of the page
SETTLE = 400  # milliseconds: the theme looks after 300 at what scrolls at a new size
SIZES = {"desktop": (1366, 768), "phone": (390, 844)}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE = {
    "runOnly": {"type": "tag", "values": WCAG},
    "resultTypes": ["violations", "incomplete"],
    "selectors": False,  # the html of a place is enough
    "preload": False,  # would fetch style sheets a second time, some from where they are not
}
RAW = re.compile(r"\$\$|\\[a-zA-Z]+[{ ^_]|\{(ref|cite|term|eq|math|doc)\b|:::|\]\(\.|\bmystnb\b")
# What can be seen, but for code: there a backslash is meant.
VISIBLE = """() => {
  const hidden = [...document.querySelectorAll("main :is(pre, code)")];
  hidden.forEach((e) => e.style.display = "none");
  const text = document.querySelector("main").innerText;
  hidden.forEach((e) => e.style.display = "");
  return text;
}"""
# Nothing fades: colors are what they become as soon as they change.
STILL = "*, ::before, ::after { transition: none !important; animation: none !important; }"
# Each word of code has its element, ten thousand on a page, and axe takes minutes for their colors.
# Three of a kind in boxes of a kind are enough: the others become plain text, and nothing moves.
# A single letter is a kind of its own: axe does not judge its color.
THREE_OF_A_KIND = """() => {
  const seen = {};
  for (const word of document.querySelectorAll("pre span:not(:has(*))")) {
    let kind = word.textContent.length > 1;
    for (let e = word; e.matches("article *"); e = e.parentElement)
      kind += `${e.className} ${e.getAttribute("style")}/`;
    seen[kind] = (seen[kind] || 0) + 1;
    if (seen[kind] > 3) word.replaceWith(word.textContent);
  }
  document.querySelectorAll("pre").forEach((box) => box.normalize());
}"""
WIDE = """() => [...document.querySelectorAll("main *:not(pre *)")]
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3)
  .map((e) => e.outerHTML.slice(0, 120))"""


def unavailable():
    """Why there is no browser to test with; empty when there is one."""
    return chromium.unavailable(("playwright", "axe_playwright_python", "pypdf"))


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@contextmanager
def served(folder):
    """The address of a local server for the folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def watched_page(context, base, faults):
    """A page that writes down what goes wrong in it, and each request to elsewhere."""

    def look(request):
        if not request.url.startswith((base, "data:", "blob:")):
            faults.append(f"request to {request.url}")

    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("request", look)  # to route requests would switch the cache off
    page.on("response", lambda r: faults.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.on("pageerror", lambda error: faults.append(f"page error: {error}"))
    page.on("console", lambda m: faults.append(f"console: {m.text}") if m.type == "error" else None)
    return page


def faults_of_looks(page):
    """At both sizes, light and dark: nothing wider than the page, nothing that axe objects to."""
    from axe_playwright_python.sync_playwright import Axe

    faults = []
    page.add_style_tag(content=STILL)
    page.evaluate(THREE_OF_A_KIND)
    page.evaluate(Axe().axe_script)
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(SETTLE)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append(f"{size}: scrolls sideways, {page.evaluate(WIDE)}")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
            result = page.evaluate("(options) => axe.run(document, options)", AXE)
            for violation in result["violations"] + invisible(result["incomplete"]):
                places = [node["html"][:160] for node in violation["nodes"]]
                faults.append(f"{size}, {scheme}: {violation['id']}, {places[:3]}")
    return faults


def invisible(incomplete):
    """Text in the very color of its ground: axe leaves it to a person whether that is meant."""
    found = []
    for rule in incomplete:
        data = [(node, check.get("data")) for node in rule["nodes"] for check in node["any"]]
        nodes = [n for n, d in data if isinstance(d, dict) and d.get("messageKey") == "equalRatio"]
        found += [{"id": "text without contrast", "nodes": nodes}] if nodes else []
    return found


def faults_of_text(page):
    """Source that was not rendered, and pictures that say nothing."""
    faults = []
    if "/_modules/" not in page.url and (found := RAW.search(page.evaluate(VISIBLE))):
        faults.append(f"shows {found[0]!r}")
    for alt in page.eval_on_selector_all("main img", "all => all.map((e) => e.alt)"):
        if len(alt) < 15 or re.search(r"\.(png|svg|jpe?g|webp)$", alt):
            faults.append(f"a picture with the text alternative {alt!r}")
    return faults
