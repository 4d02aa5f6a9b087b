"""`make pdf`: the pages of the built site become one document, which Chromium prints to one PDF.

One document rather than one print a page: links lead from lesson to lesson, outline and tags for
screen readers go through the whole, fonts are stored once. On paper nothing unfolds, so that the
solutions are a chapter of their own, after the lessons. Chromium cannot say on which page a link
arrives: the first print tells, the second has the numbers.
"""

import argparse
import os
import posixpath
import re
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, TextStringObject

from tools.chromium import launched, unavailable

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
API = "api/index.html"
SOLUTIONS = "solutions"
HEADING = re.compile("h[1-6]$")
NOTE = """This is the course as one document, made from the pages of its site. The cells that set a
lesson up are left out, sliders show one of their settings, and the solutions of the exercises
are <a href="#solutions">in a chapter of their own</a>. To run the lessons, or to write answers
that are checked, download the course."""
BOOK = """<!doctype html><html lang="en" data-theme="light" data-mode="light"><head>
<meta charset="utf-8"></head><body class="book"><main></main></body></html>"""
# A header of its own for each page of the site; what all of them share is in course.css.
HEADER = '@page {page} {{ @top-right {{ content: "{title}" }} }} #{id} {{ page: {page} }}\n'


def read(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def anchor(name, fragment=""):
    """The id that a place of the site has in the book."""
    return f"{name.removesuffix('.html').replace('/', '-')}{'--' if fragment else ''}{fragment}"


def chapters(index, only=()):
    """The pages of the site in the order of its navigation; `only` those that start so, if any."""
    links = [link["href"] for link in index.select("nav.bd-links a[href]")]
    found = [urlsplit(link).path for link in links if not urlsplit(link).netloc]
    return [name for name in found if name.startswith(tuple(only) or "")]


def chapter(site, name, names, base=""):
    """A page as a part of the book: its ids and links are unique in the whole, folds are gone."""
    article = read(site / name).find("article")
    article["id"] = anchor(name)
    folder = posixpath.dirname(name)
    for tag in article.find_all(id=True):
        tag["id"] = anchor(name, tag["id"])
    for image in article.select("img[src]:not([src^='data:'])"):
        image["src"] = (site / folder / image["src"]).resolve().as_uri()
    for link in article.select("a[href]"):
        parts = urlsplit(link["href"])
        if parts.scheme:
            continue
        path = posixpath.normpath(posixpath.join(folder, parts.path)) if parts.path else name
        if path in names:
            link["href"] = "#" + anchor(path, unquote(parts.fragment))
        elif base:
            link["href"] = f"{base.rstrip('/')}/{path}{parts.fragment and '#'}{parts.fragment}"
        else:
            link.unwrap()
    for gone in article.select(".headerlink, .viewcode-link, .tag_setup, .toctree-wrapper"):
        gone.decompose()
    for word in article.select("pre span:is(.n, .p, .w)"):
        word.unwrap()  # black as all text: each element costs a tag, two thirds of the file
    if name.startswith("api/") and name != API:
        for level in (4, 3, 2, 1):  # the files of the package are sections of one chapter
            for heading in article.find_all(f"h{level}"):
                heading.name = f"h{level + 1}"
    return article


def cross_reference(soup, to, text, kind="see"):
    """A paragraph with a link whose page number the second print adds."""
    line = soup.new_tag("p", attrs={"class": kind})
    line.append(soup.new_tag("a", href=f"#{to}", string=text))
    return line


def move_solutions(soup, lessons):
    """Take the solutions out of the lessons, into a chapter with links there and back."""
    chapter = soup.new_tag("article", attrs={"class": "bd-article", "id": SOLUTIONS})
    chapter.append(soup.new_tag("h1", string="Solutions"))
    for lesson in lessons:
        cells = lesson.select(".tag_solution")
        if cells:
            chapter.append(soup.new_tag("h2", string=lesson.h1.get_text()))
        for i, cell in enumerate(cells, 1):
            section = cell.find_parent("section")
            heading = section.find(["h2", "h3", "h4"])
            here = f"{SOLUTIONS}--{lesson['id']}-{i}"
            chapter.append(soup.new_tag("h3", id=here, string=heading.get_text()))
            chapter.append(cross_reference(soup, section["id"], "The exercise"))
            cell.replace_with(cross_reference(soup, here, "The solution"))
            chapter.append(cell)
            cell.summary.decompose()
            cell.details.unwrap()
    return chapter


def contents(soup, parts):
    listed = soup.new_tag("nav")
    listed.append(soup.new_tag("h2", string="Contents"))
    for part in parts:
        if part.h1:
            listed.append(cross_reference(soup, part["id"], part.h1.get_text(), "entry"))
    return listed


def book(site, only=(), base=""):
    """The whole course as one document; its pictures and styles are those of the site."""
    index = read(site / "index.html")
    names = ["index.html", *chapters(index, only)]
    soup = BeautifulSoup(BOOK, "html.parser")
    parts = [chapter(site, name, set(names), base) for name in names]
    lessons = [part for part in parts if part["id"].startswith("notebooks-")]
    parts.insert(1 + len(lessons), move_solutions(soup, lessons))
    front = parts[0]
    note = BeautifulSoup(f"<p>{NOTE}</p>", "html.parser")
    front.select_one("#index--lessons").replace_with(note)
    front.append(contents(soup, parts[1:]))
    style = soup.new_tag("style")
    number, title = 0, ""
    for part in parts[1:]:
        if part.h1:  # else it goes on with the chapter before
            number, title = number + 1, part.h1.get_text().replace('"', r"\"")
        style.append(HEADER.format(page=f"part{number}", title=title, id=part["id"]))
    soup.head.append(soup.new_tag("title", string=front.h1.get_text()))
    for sheet in index.select("link[rel=stylesheet]"):
        address = f"{site.as_uri()}/{sheet['href']}"
        soup.head.append(soup.new_tag("link", rel="stylesheet", href=address))
    soup.head.append(style)
    soup.main.extend(parts)
    return soup


def printed(browser, address):
    page = browser.new_page(color_scheme="light")
    page.set_default_timeout(600_000)
    page.goto(address, wait_until="load")
    pdf = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
    page.close()
    return pdf


def number_links(soup, pdf):
    """Write beside each cross reference the page on which it arrives."""
    reader = PdfReader(BytesIO(pdf))
    for link in soup.select("p:is(.see, .entry) > a"):
        place = reader.named_destinations["/" + link["href"].removeprefix("#")]
        number = reader.get_destination_page_number(place) + 1
        link.append(soup.new_tag("span", string=str(number)))


def titled(pdf, headings):
    """Mend the outline: a heading that moves to the next page stands in it with its words twice."""
    writer = PdfWriter(BytesIO(pdf), incremental=True)
    items, left = [], [writer.root_object["/Outlines"]["/First"]]
    while left:
        item = left.pop()
        items.append(item)
        left += [item[key] for key in ("/Next", "/First") if key in item]
    for item, heading in zip(items, headings, strict=True):
        title = " ".join(heading.get_text().split())
        # Chromium leaves formulas out; the words before the first must be those of this heading.
        opening = title.partition(formula.get_text())[0] if (formula := heading.math) else title
        found = item["/Title"]
        assert "".join(found.split()).startswith("".join(opening.split())), (found, title)
        item[NameObject("/Title")] = TextStringObject(title)
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def make(site, output, only=(), base=""):
    """Print the course to the file `output`."""
    site = site.resolve()
    soup = book(site, only, base)
    with TemporaryDirectory() as folder, launched() as chromium:
        source = Path(folder) / "course.html"
        source.write_text(str(soup), encoding="utf-8")
        number_links(soup, printed(chromium, source.as_uri()))
        source.write_text(str(soup), encoding="utf-8")
        pdf = printed(chromium, source.as_uri())
    output.write_bytes(titled(pdf, soup.main.find_all(HEADING)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--site", type=Path, default=SITE, help="folder of the built site")
    parser.add_argument("--only", nargs="*", default=(), metavar="START",
                        help="only the pages that start so, such as notebooks/03")  # fmt: skip
    parser.add_argument("output", type=Path, nargs="?", default=SITE.parent / "course.pdf")
    options = parser.parse_args()
    if why := unavailable():
        parser.error(why)
    if not (options.site / "index.html").exists():
        parser.error(f"expected the built site in {options.site}, found none; make site builds it")
    make(options.site, options.output, options.only, os.environ.get("SITE_URL", ""))
    print(f"The course is in {options.output}")


if __name__ == "__main__":
    main()
