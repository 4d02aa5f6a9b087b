"""The course site in a browser: what its pages do, which reading their HTML cannot tell.

`make site-test` looks at every page of the built site. Where NBHELPERS_CHROMIUM names a browser,
`make test` looks at a small site that has a lesson with every convention in it.
"""

import os
from pathlib import Path

import nbformat
import pytest

from tests.course import browser, sample_lesson
from tests.course.test_site import build
from tools.chromium import launched

WHOLE = os.environ.get("NBHELPERS_SITE")  # the built site, set by `make site-test`
SMALL = {"index.html", "search.html", "notebooks/99_sample.html", "api/sample_piece.html",
         "_modules/nbhelpers/sample_piece.html"}  # fmt: skip
reason = browser.unavailable()
if not WHOLE and not os.environ.get("NBHELPERS_CHROMIUM"):
    reason = "no browser: make site-test, or NBHELPERS_CHROMIUM names a browser"
if reason and not WHOLE:
    pytestmark = pytest.mark.skip(reason=reason)


def small_site(folder):
    for package, piece in (("nbhelpers", "PIECE"), ("nbhelpers/tf1", "TWIN")):
        (folder / package).mkdir()
        (folder / package / "__init__.py").touch()
        text = getattr(sample_lesson, piece)
        (folder / package / "sample_piece.py").write_text(text, encoding="utf-8")
    (folder / "notebooks").mkdir()
    lesson = sample_lesson.sample_lesson()
    lesson.cells[-1:-1] = sample_lesson.player_cells()
    nbformat.write(lesson, folder / "notebooks" / "99_sample.ipynb")
    done = build(folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return folder / "_build" / "html"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    assert not reason, reason
    return Path(WHOLE).resolve() if WHOLE else small_site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def address(site):
    with browser.served(site) as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    assert not reason, reason
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def context(chromium):
    """Pages share it, and with it what they have loaded."""
    context = chromium.new_context(has_touch=True)  # copy buttons as a phone shows them
    yield context
    context.close()


@pytest.fixture
def faults():
    return []


@pytest.fixture
def page(context, address, faults):
    page = browser.watched_page(context, address, faults)
    yield page
    page.close()
    assert faults == []


def names(site, folder=""):
    """The pages of the site, the longest first, or those in one of its folders."""
    found = sorted(site.rglob("*.html"), key=lambda path: -path.stat().st_size)
    chosen = [path.relative_to(site).as_posix() for path in found]
    # JupyterLab, in lite, has its own test.
    chosen = [name for name in chosen if name.startswith(folder)]
    chosen = [name for name in chosen if not name.startswith(("_static/", "lite/"))]
    # What has moved leads elsewhere at once.
    moved = 'http-equiv="refresh"'
    chosen = [name for name in chosen if moved not in (site / name).read_text("utf-8")]
    if (site / "sitemap.xml").exists():  # made for its address, so that 404.html fits nowhere else
        chosen = [name for name in chosen if name != "404.html"]
    return [name for name in chosen if WHOLE or name in SMALL]


def with_some(site, text):
    found = [name for name in names(site, "notebooks/") if text in (site / name).read_text("utf-8")]
    assert found
    return found


@pytest.mark.parametrize("name", names(Path(WHOLE)) if WHOLE else sorted(SMALL))
def test_a_page_is_sound_at_any_size_light_and_dark_and_from_a_file(
    site, address, context, page, faults, name
):
    page.goto(f"{address}/{name}", wait_until="load")
    text = browser.faults_of_text(page)
    assert browser.faults_of_looks(page) + text + faults == []
    from_file = browser.watched_page(context, "file://", faults)
    from_file.goto((site / name).as_uri(), wait_until="load")
    from_file.close()
    assert faults == []


def test_search_finds_each_lesson(site, address, page):
    page.goto(f"{address}/index.html")
    lessons = page.eval_on_selector_all(
        ".lesson-map a", "all => all.map((e) => [e.getAttribute('href'), e.innerText])"
    )
    assert {name for name, _ in lessons} == set(names(site, "notebooks/"))
    for name, title in lessons:
        word = max(title.split(), key=len).strip(",:?")
        page.goto(f"{address}/search.html?q={word}")
        page.locator(f"#search-results a[href*='{name}']").first.wait_for()


def test_a_solution_is_hidden_until_it_is_asked_for(site, address, page):
    for name in with_some(site, "tag_solution"):
        page.goto(f"{address}/{name}")
        for cell in page.locator(".tag_solution").all():
            code, summary = cell.locator("pre").first, cell.locator("summary").first
            assert not code.is_visible()
            summary.focus()
            page.keyboard.press("Enter")
            assert code.is_visible()
            summary.click()
            assert not code.is_visible()


def state(knob):
    slider = knob.locator("input")
    return knob.locator("img").get_attribute("src"), slider.get_attribute("aria-valuetext")


def test_every_slider_obeys_the_keyboard(site, address, page):
    for name in with_some(site, "data-interactive"):
        page.goto(f"{address}/{name}")
        for knob in page.locator(".interactive").all():
            knob.locator("input").focus()
            page.keyboard.press("Home")
            first = state(knob)
            page.keyboard.press("ArrowRight")
            second = state(knob)
            assert second[0] != first[0], f"{name}: the picture stays"
            assert second[1] != first[1], f"{name}: the words stay {first[1]!r}"
            page.keyboard.press("ArrowLeft")
            assert state(knob) == first


def test_every_player_plays_pauses_and_steps(site, address, page):
    for name in with_some(site, "Step back"):
        page.goto(f"{address}/{name}")
        for player in page.locator(".interactive:has(button)").all():
            play = player.get_by_role("button", name="Play")
            player.locator("input").focus()
            page.keyboard.press("Home")
            first = state(player)
            play.click()
            image = player.locator("img").element_handle()
            page.wait_for_function("([image, old]) => image.src !== old", arg=[image, first[0]])
            player.get_by_role("button", name="Pause").click()
            paused = state(player)
            page.wait_for_timeout(500)
            assert state(player) == paused, f"{name}: it plays on"
            page.keyboard.press("Tab")  # from the button Pause to Step back
            page.keyboard.press("Enter")
            back = state(player)
            assert back != paused
            player.get_by_role("button", name="Step", exact=True).click()
            assert state(player) == paused


PRINTED = """() => addEventListener("beforeprint", () => {
  window.printed = [...document.querySelectorAll(".interactive > img")].map((e) => e.src);
})"""


def test_print_shows_the_still_picture_and_no_knob(site, address, page):
    for name in with_some(site, "data-interactive"):
        page.goto(f"{address}/{name}")
        knobs = page.locator(".interactive").all()
        stills = [state(knob) for knob in knobs]
        for knob in knobs:
            knob.locator("input").focus()
            page.keyboard.press("End" if knob.locator("input").input_value() == "0" else "Home")
        moved = [state(knob) for knob in knobs]
        page.evaluate(PRINTED)
        assert page.pdf().startswith(b"%PDF")
        assert page.evaluate("printed") == [source for source, _ in stills]
        assert [state(knob) for knob in knobs] == moved != stills
        page.emulate_media(media="print")
        assert not any(knob.locator(".knob").is_visible() for knob in knobs)
        page.emulate_media(media="screen")


def test_formulas_and_pictures_need_no_script(site, address, chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(browser.PATIENCE)
    for name in names(site, "notebooks/"):
        page.goto(f"{address}/{name}")
        assert page.locator("article math").first.bounding_box()["width"] > 5
        for image in page.locator("article img:visible").all():
            assert image.bounding_box()["width"] > 100
    context.close()
