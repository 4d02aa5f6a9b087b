"""The course site is built from a copy of the tree and its pages are looked through.

Beside the lessons of the course, a sample lesson (number 99) has every convention in it, so that
the checks have something to bite on whatever the lessons contain.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import nbformat
import pytest
from bs4 import BeautifulSoup

from nbhelpers.exercises.engine.lessons import lesson_file
from tests.course.sample_lesson import PIECE, TWIN, sample_lesson
from tools.execution import lessons

ROOT = Path(__file__).resolve().parents[2]
LESSONS = lessons()
NAMES = sorted([path.stem for path in LESSONS] + ["99_sample"])
GENERATED = shutil.ignore_patterns("notebooks", "api", "__pycache__", ".ipynb_checkpoints")


def label(name):
    """The number of a lesson as its page has it."""
    return lesson_file(Path(f"{name}.ipynb")).label


def build(folder, repository="", address="", builder="html", options=()):
    """What `make site` does, in a copy of the tree; returns what was said and whether it passed."""
    shutil.copytree(ROOT / "site", folder / "site", ignore=GENERATED)
    (folder / "benchmarks").mkdir()
    shutil.copy(ROOT / "benchmarks" / "results.md", folder / "benchmarks")  # a page includes it
    conf = (folder / "site" / "conf.py").read_text(encoding="utf-8")
    conf, found = re.subn(r"(?m)^repository_url = .*$", f'repository_url = "{repository}"', conf)
    assert found == 1
    (folder / "site" / "conf.py").write_text(conf, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "-n", "-q"]
    return subprocess.run(
        [*command, *options, "-b", builder, "site", f"_build/{builder}"],
        check=False,
        cwd=folder,
        env=os.environ | {"SITE_URL": address, "PYTHONPATH": str(ROOT)},  # for tools.execution
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "nbhelpers", folder / "nbhelpers", ignore=GENERATED)
    (folder / "nbhelpers" / "sample_piece.py").write_text(PIECE, encoding="utf-8")
    (folder / "nbhelpers" / "tf1" / "sample_piece.py").write_text(TWIN, encoding="utf-8")
    (folder / "notebooks").mkdir()
    for path in LESSONS:
        shutil.copy(path, folder / "notebooks")
    nbformat.write(sample_lesson(), folder / "notebooks" / "99_sample.ipynb")
    done = build(folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return folder / "_build" / "html"


@cache
def soup(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def places(path):
    """What links to the page can point at."""
    return {tag["id"] for tag in soup(path).find_all(id=True)}


def pages(site):
    found = sorted(site.rglob("*.html"))
    # The theme keeps templates for its own build among its files.
    return [path for path in found if "_static" not in path.parts]


def lesson(site, name):
    return soup(site / "notebooks" / f"{name}.html").select_one("article")


def local(page, address):
    """The file that an address on a page means."""
    path = unquote(urlsplit(address).path)
    return (page.parent / path).resolve() if path else page


def test_every_lesson_has_a_page_on_the_map_and_in_the_search_index(site):
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    documents = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))["docnames"]
    on_map = [
        link["href"].split("#")[0] for link in soup(site / "index.html").select(".lesson-map a")
    ]
    assert on_map == [f"notebooks/{name}.html" for name in NAMES]
    assert {f"notebooks/{name}" for name in NAMES} <= set(documents)
    for name in NAMES:
        assert lesson(site, name).h1.text.startswith(f"{label(name)}. ")


def test_the_map_says_number_question_and_duration(site):
    items = soup(site / "index.html").select(".lesson-map > li")
    sample = items[NAMES.index("99_sample")].text.split("\n")
    assert [line for line in sample if line] == [
        "99. A sample lesson",
        "What does a lesson look like when every part of it is there?",
        "Takes a minute to read, three seconds to run",
    ]


def test_the_map_and_the_list_of_pages_are_grouped_by_the_parts(site):
    index = soup(site / "index.html")
    parts = {h2.find(string=True): h2.parent for h2 in index.select("article h2")}
    for title, first in (("Part I ·", "01_neurons"), ("Appendices", "A1_margins")):
        (part,) = [section for name, section in parts.items() if name.startswith(title)]
        assert part.select_one(".lesson-map a")["href"] == f"notebooks/{first}.html"
    captions = [p.text.strip() for p in index.select("nav .caption")]
    assert " ".join(c.partition(" ·")[0] for c in captions[:6]) == "I II III IV V Appendices"


FIRST_EDITION = {
    "02_activations": "activations",
    "05_tensorflow_graphs": "tensorflow_graphs",
    "06_overfitting": "overfitting",
    "07_regularization": "regularization",
    "08_dropout": "dropout",
    "09_initialization": "initialization",
    "10_batch_normalization": "batch_normalization",
    "11_optimizers": "adaptive_optimizers",
    "12_hyperparameters": "hyperparameters",
    "13_diagnosis": "diagnosis",
    "14_mnist": "mnist",
    "15_cifar10": "cifar10",
}


def leads_to(page):
    """Where a page of a moved address sends the reader: by its head, its script and its link."""
    refresh = soup(page).select_one("meta[http-equiv=refresh]")["content"]
    targets = {refresh.removeprefix("0; url="), soup(page).select_one("main a")["href"]}
    targets |= set(re.findall(r'location.replace\("(.*?)" \+ location.hash\)', page.read_text()))
    (target,) = targets
    return local(page, target)


@pytest.mark.parametrize("old", FIRST_EDITION)
def test_an_address_of_the_first_edition_leads_to_the_lesson(site, old):
    target = leads_to(site / "notebooks" / f"{old}.html")
    assert target.stem.partition("_")[2] == FIRST_EDITION[old]
    assert target.stem in NAMES


def test_an_old_address_of_the_reference_leads_to_its_page(site):
    for old, new in (("solver", "training"), ("gradcheck", "gradient_check"), ("types", "index")):
        assert leads_to(site / "api" / f"{old}.html") == site / "api" / f"{new}.html"
        assert (site / "api" / f"{new}.html").exists()


def test_nothing_is_fetched_from_outside(site):
    for page in pages(site):
        for tag in soup(page).select("script[src], img[src], iframe[src], source[src], link[href]"):
            address = tag.get("src") or tag.get("href")
            assert not urlsplit(address).netloc, f"{page.name} fetches {address}"
            if not address.startswith("data:"):
                assert local(page, address).exists(), f"{page.name}: {address} is missing"
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", text), sheet.name


def test_links_and_anchors_inside_the_site_resolve(site):
    for page in pages(site):
        for link in soup(page).select("a[href]"):
            parts = urlsplit(link["href"])
            if parts.scheme:
                continue
            target = local(page, link["href"])
            assert target.exists(), f"{page.name} links to {link['href']}, which is no file"
            if parts.fragment and target.suffix == ".html":
                found = unquote(parts.fragment) in places(target)
                assert found, f"{page.name}: no place {link['href']}"


@pytest.mark.parametrize("name", NAMES)
def test_pictures_have_a_text_alternative_and_a_caption(site, name):
    number = label(name)
    for image in lesson(site, name).select("img"):
        alt = image.get("alt", "")
        assert len(alt) > 15, f"{name}: {image}"
        assert not alt.endswith(".png"), f"{name}: {image}"
    captions = [place.get("id") for place in lesson(site, name).select("figure, .knob-caption")]
    assert captions == [f"fig-{number.lower()}-{i}" for i in range(1, len(captions) + 1)]


def test_a_caption_belongs_to_its_picture(site):
    figure = lesson(site, "99_sample").find("figure", id="fig-99-1")
    assert figure.figcaption.text.strip().startswith("Figure 99.1. The rectified linear unit")
    assert figure.figcaption.find("math")
    assert (figure.img["width"], figure.img["height"]) == ("500", "300")  # it has twice the pixels
    assert lesson(site, "99_sample").text.count("Figure 99.1. ") == 1


def test_a_knob_is_on_the_page_with_its_caption(site):
    article = lesson(site, "99_sample")
    knob = article.select_one(".interactive")
    assert len(json.loads(knob["data-interactive"])["frames"]) == 3
    assert len(article.select(".interactive script")) == 1
    assert len(article.select("img")) == 2  # the figure, and the slider's still picture once
    caption = article.find(id="fig-99-2")
    assert caption.text.startswith("Figure 99.2. A line through the origin.")
    assert caption.find_previous(class_="interactive") is knob


@pytest.mark.parametrize("name", NAMES)
def test_solutions_and_set_up_are_folded_away(site, name):
    folded = lesson(site, name).select(".tag_solution, .tag_setup")
    assert folded
    for cell in folded:
        (details,) = cell.find_all("details", recursive=False)
        assert not details.has_attr("open")
        assert [child for child in cell.children if child.name] == [details]
        assert not cell.find("style")


def test_sections_are_numbered_and_keep_their_anchors(site):
    article = lesson(site, "99_sample")
    titles = [h2.find(string=True, recursive=False) for h2 in article.select("h2")]
    assert titles == ["99.1 One neuron", "99.2 Exercises", "99.3 Summary"]
    assert article.find(id="One-neuron").find_next("h2").text.startswith("99.1 ")


def test_the_foot_of_a_lesson_says_what_is_checked(site):
    paragraphs = lesson(site, "99_sample").select(".checked > p, .checked > div > p")
    assert [p.text for p in paragraphs if "admonition-title" not in p.get("class", [])] == [
        "make test runs this lesson again and compares 6 outputs with what is shown here: 3 to the "
        "letter, 1 within a tolerance, 2 pictures, which must be there and not blank. In it 1 "
        "claim is asserted.",
        "Stored with Python 3.11.7, numpy 2.4.6.",
        "Data: moons: Two half circles of radius 1 that reach into each other.",
    ]
    for name in NAMES:
        assert len(lesson(site, name).select(".checked")) == 1


@pytest.mark.skipif(not shutil.which("git"), reason="no git: then no day is named")
def test_a_lesson_says_on_which_day_it_was_stored(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "site" / "_ext")
    from checked import note, stored_on

    path = tmp_path / "99_sample.ipynb"
    nbformat.write(sample_lesson(), path)
    assert stored_on(path) == ""
    for key in ("GIT_AUTHOR", "GIT_COMMITTER"):
        monkeypatch.setenv(f"{key}_DATE", "2024-02-29T12:00:00Z")
        monkeypatch.setenv(f"{key}_NAME", "name")
        monkeypatch.setenv(f"{key}_EMAIL", "name@example.org")
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "One lesson"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    assert stored_on(path) == "2024-02-29"
    text = note(sample_lesson(), ROOT / "nbhelpers", stored_on(path))
    assert "Stored on 2024-02-29 with Python 3.11.7" in text


def test_mathematics_needs_no_script(site):
    formulas = lesson(site, "99_sample").select("math")
    assert len(formulas) == 10
    assert len([formula for formula in formulas if formula.get("display") == "block"]) == 4
    assert lesson(site, "99_sample").find(id="equation-eq-neuron").text.strip().endswith("(1)#")
    for page in pages(site):
        scripts = " ".join(str(script) for script in soup(page).select("script"))
        assert not re.search("mathjax|katex", scripts, re.IGNORECASE), page.name


def test_no_raw_tex_or_directive_is_visible(site):
    raw = re.compile(
        r"\$\$|\\[a-zA-Z]+[{ ^_]|\{(ref|cite|term|eq|math|doc)\b|:::|\]\(\.|\bmystnb\b"
    )
    for page in pages(site):
        if "_modules" in page.parts:
            continue
        strings = soup(page).main.find_all(string=True)
        text = "".join(t for t in strings if not t.find_parent(["pre", "code", "script", "style"]))
        assert not (found := raw.search(text)), f"{page.name} shows {found[0]!r}"


def test_pages_are_light(site):
    fonts = sum(path.stat().st_size for path in site.rglob("*.woff2") if "brands" not in path.name)
    for page in pages(site):
        tags = soup(page).select("script[src], img[src], link[rel=stylesheet]")
        addresses = {tag.get("src") or tag.get("href") for tag in tags}
        files = {local(page, a) for a in addresses if not a.startswith("data:")} | {page}
        weight = fonts + sum(path.stat().st_size for path in files)
        assert weight < 3e6, f"{page.name} weighs {weight / 1e6:.1f} MB"


def test_the_download_is_the_notebook_itself(site):
    for path in [*LESSONS, site.parents[1] / "notebooks" / "99_sample.ipynb"]:
        page = soup(site / "notebooks" / f"{path.stem}.html")
        (address,) = {a["href"] for a in page.select("a[href$='.ipynb']")}
        copy = local(site / "notebooks" / f"{path.stem}.html", address)
        assert copy.read_bytes() == path.read_bytes()


def test_the_reference_shows_both_versions_beside_each_other(site):
    page = soup(site / "api" / "sample_piece.html")
    columns = page.select("#piece .twins .sd-col")
    assert [column.p.text for column in columns] == ["NumPy", "TensorFlow graph"]
    for column, package in zip(columns, ("nbhelpers", "nbhelpers.tf1"), strict=True):
        assert column.find(id=f"{package}.sample_piece.Piece")
        assert "|W| small, a | b" in column.text
        assert column.find("math")
        assert "[source]" in column.text
        assert "\n|a| 2\n" in column.pre.text


def test_what_the_theme_leaves_undone_is_mended(site):
    for page in pages(site):
        assert all(th.text.strip() for th in soup(page).select("th")), page.name
        for summary in soup(page).select("summary"):
            assert summary.text.strip() or summary.get("aria-label"), page.name
        faults = soup(page).select("[role=doc-biblioentry], .search-button-field[aria-label]")
        assert faults == [], page.name


def test_a_course_without_lessons_or_code_has_a_site(tmp_path):
    done = build(tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert not soup(tmp_path / "_build" / "html" / "index.html").select(".lesson-map li")
    assert not (tmp_path / "_build" / "html" / "sitemap.xml").exists()  # it has no address


FAULTS = {
    "opening": "# A lesson with faults\n\nIt says neither what it asks nor how long it takes.",
    "formulas": "## One\n\nBad: $\\frac{1$ and $\\undefined$.\n\n[Gone](98_gone.ipynb), "
    "[nowhere](../site/glossary.md#term-nonsense).",
    "exercise": "**Figure 99.9.** A caption without a picture.",
}


@pytest.fixture(scope="module")
def faulty_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("faulty")


@pytest.fixture(scope="module")
def faulty(faulty_folder):
    folder = faulty_folder
    (folder / "notebooks").mkdir()
    notebook = sample_lesson(**FAULTS)
    for cell in notebook.cells:
        cell.metadata.pop("mystnb", None)
    nbformat.write(notebook, folder / "notebooks" / "99_faulty.ipynb")
    address = "https://owner.github.io/name"
    return build(folder, repository="https://github.com/owner/name", address=address)


@pytest.mark.parametrize(
    "message",
    [
        r"not valid TeX, .*Expected closing token.*\\frac\{1",
        r"not valid TeX, .*Unknown command \"\\undefined\"",
        r"98_gone.ipynb",
        r"term-nonsense",
        r"Figure 99.9: no picture in the cell above its caption",
        r"no text alternative",
        r"99_faulty.ipynb: expected the question",
        r"99_faulty.ipynb: expected the duration",
    ],
)
def test_a_fault_in_a_lesson_fails_the_build(faulty, message):
    assert faulty.returncode != 0
    assert re.search(message, faulty.stderr), faulty.stderr


def test_launch_links_appear_when_the_course_has_an_address(site, faulty, faulty_folder):
    def launched(page):
        return {a["href"] for a in soup(page).select("a[href*='://']") if "99_" in a["href"]}

    assert not launched(site / "notebooks" / "99_sample.html")
    assert not soup(site / "notebooks" / "99_sample.html").select(".in-browser")  # no `make lite`
    page = faulty_folder / "_build" / "html" / "notebooks" / "99_faulty.html"
    assert launched(page) == {
        "https://mybinder.org/v2/gh/owner/name/main?urlpath=lab/tree/notebooks/99_faulty.ipynb",
        "https://colab.research.google.com/github/owner/name/blob/colab/notebooks/99_faulty.ipynb",
    }


def test_a_site_with_an_address_has_a_sitemap_and_a_404_page(faulty, faulty_folder):
    folder = faulty_folder / "_build" / "html"
    text = (folder / "sitemap.xml").read_text(encoding="utf-8")
    places = [loc.text for loc in ElementTree.fromstring(text).iter() if loc.tag.endswith("}loc")]
    assert "https://owner.github.io/name/notebooks/99_faulty.html" in places
    assert len(places) == len(set(places))
    missing = soup(folder / "404.html")
    for tag in missing.select("[href], [src]"):
        found = tag.get("href") or tag.get("src")
        assert found.startswith(("/name/", "#", "https://")), found
    assert (folder / missing.select_one("article p a")["href"].removeprefix("/name/")).exists()


def test_make_links_tries_addresses_outside(tmp_path):
    class Answer(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(200 if self.path == "/there" else 404)
            self.end_headers()

        do_GET = do_HEAD

        def log_message(self, *arguments):
            pass

    (tmp_path / "notebooks").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    notebook = sample_lesson(formulas=f"## One\n\n[A]({address}/there), [B]({address}/gone).")
    nbformat.write(notebook, tmp_path / "notebooks" / "99_sample.ipynb")
    try:
        done = build(
            tmp_path, builder="linkcheck", options=["-D", "linkcheck_ignore=https?://(?!127).*"]
        )
    finally:
        server.shutdown()
        server.server_close()
    assert done.returncode != 0
    assert re.findall(r"broken link: (\S+)", done.stderr) == [f"{address}/gone"]
    target = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nlinks:")[2]
    assert "-b linkcheck site" in target.partition("\n\n")[0]
