"""Paper: lessons printed as `make pdf` prints the course, and each page as a reader prints it.

`make site-test` looks at two lessons of the built site; see test_site_browser.py.
"""

from io import BytesIO
from unicodedata import normalize

import pytest

from tests.course import browser
from tests.course.test_site_browser import WHOLE, names, reason
from tests.course.test_site_browser import chromium as chromium  # fixtures
from tests.course.test_site_browser import site as site

if reason and not WHOLE:
    pytest.skip(reason, allow_module_level=True)

from pypdf import PdfReader
from pypdf.generic import PdfObject

from tools import pdf

LESSONS = ["03_losses", "07_overfitting"] if WHOLE else ["99_sample"]
ONLY = [*(f"notebooks/{name}" for name in LESSONS), "notation", "api/index"]
PAGES = (20, 90) if WHOLE else (5, 15)
A4 = (594, 596, 841, 843)  # points
CUT = """() => {
  const edge = document.querySelector("article").getBoundingClientRect().right + 1;
  return [...document.querySelectorAll("article *")].filter((e) => e.checkVisibility() &&
    (e.getBoundingClientRect().right > edge || (getComputedStyle(e).overflowX !== "visible" &&
      e.clientWidth && e.scrollWidth > e.clientWidth + 1)))
    .slice(0, 3).map((e) => e.outerHTML.slice(0, 120));
}"""


@pytest.fixture(scope="module")
def soup(site):
    return pdf.book(site.resolve(), ONLY)


@pytest.fixture(scope="module")
def printed(site, tmp_path_factory):
    output = tmp_path_factory.mktemp("pdf") / "course.pdf"
    pdf.make(site, output, ONLY)
    return PdfReader(BytesIO(output.read_bytes()))


@pytest.fixture(scope="module")
def texts(printed):
    return [page.extract_text() for page in printed.pages]


def joined(text):
    """Without blanks, since a line may be broken anywhere; the letters of formulas as letters."""
    return "".join(normalize("NFKC", text).split())


def test_every_heading_and_output_is_on_paper(soup, texts):
    text = joined("".join(texts))
    wanted = soup.select("h1, h2, h3, .cell_output pre, figcaption strong")
    assert len(wanted) > 15
    for tag in wanted:
        assert joined(tag.get_text()) in text, tag


def test_the_pages_are_full_and_numbered(printed, texts):
    assert PAGES[0] <= len(texts) <= PAGES[1]
    for number, (page, text) in enumerate(zip(printed.pages, texts, strict=True), 1):
        left, right, top, bottom = A4
        assert left < page.mediabox.width < right
        assert top < page.mediabox.height < bottom
        assert str(number) in text.splitlines(), f"page {number}: {text!r}"
        assert len(text.split()) > 12 or len(page.images), f"page {number} is empty: {text!r}"


def test_fonts_are_embedded(printed):
    fonts = [font for page in printed.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in map(PdfObject.get_object, fonts):
        if font["/Subtype"] == "/Type3":  # drawn in the file itself
            continue
        (inner,) = font["/DescendantFonts"]
        assert {"/FontFile2", "/FontFile3"} & set(inner.get_object()["/FontDescriptor"])


def test_it_says_what_it_is_to_a_screen_reader(printed, soup):
    root = printed.root_object
    assert printed.metadata.title == soup.title.string == "How neural networks work"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert "/StructTreeRoot" in root


def outlined(entries):
    for entry in entries:
        yield from outlined(entry) if isinstance(entry, list) else [entry.title]


def test_the_outline_has_every_heading_in_its_words(printed, soup):
    headings = [" ".join(tag.get_text().split()) for tag in soup.main.find_all(pdf.HEADING)]
    assert list(outlined(printed.outline)) == headings


def test_links_arrive(printed, soup):
    links = [a.get_object() for page in printed.pages for a in page.get("/Annots", [])]
    inside = [link["/Dest"] for link in links if "/Dest" in link]
    addresses = [link["/A"]["/URI"] for link in links if "/A" in link]
    assert len(inside) >= len(soup.select("a[href^='#']"))
    assert set(inside) <= set(printed.named_destinations)
    assert all(address.startswith("https://") for address in addresses), addresses


def test_solutions_stand_apart(printed, soup, texts):
    places = printed.named_destinations
    start = printed.get_destination_page_number(places["/solutions"])
    end = printed.get_destination_page_number(places["/notation"])
    before, after = joined("".join(texts[:start])), joined("".join(texts[start:end]))
    code = [joined(cell.get_text()) for cell in soup.select("#solutions .cell_input")]
    assert len(code) == sum("The exercise" in p.text for p in soup.select("#solutions .see"))
    for solution in code:
        assert solution in after
        assert solution not in before


def test_page_numbers_in_the_contents_are_right(printed, soup, texts):
    words = joined(texts[0])
    for link in soup.select("p.entry > a"):
        place = printed.named_destinations["/" + link["href"].removeprefix("#")]
        number = printed.get_destination_page_number(place) + 1
        assert joined(link.text) + str(number) in words
        assert joined(link.text) in joined(texts[number - 1])


def test_a_page_that_a_reader_prints_is_not_cut(site, chromium):
    page = chromium.new_page(viewport={"width": 658, "height": 900})  # A4 without its margins
    page.set_default_timeout(browser.PATIENCE)
    page.emulate_media(media="print")
    cut = {}
    for name in names(site):
        if not name.startswith(("_modules", "search")):
            page.goto((site / name).as_uri())
            cut[name] = page.evaluate(CUT)
    page.close()
    assert not {name: found for name, found in cut.items() if found}
