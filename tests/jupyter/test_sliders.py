"""Sliders and animations: what their output holds, and that bad input is refused."""

import io
import json

import matplotlib.pyplot as plt
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from nbhelpers.jupyter.sliders import player, slider


def draw(slope):
    plt.plot([0, 1], [0, slope])
    plt.ylim(0, 3)


def alt(slope):
    return f'A line, "{slope}" high & <steep>'


def knob(**changes):
    options = {"name": "slope", "alt": alt, **changes}
    return slider(draw, [1, 2, 3], **options)


def content(shown):
    page = BeautifulSoup(shown._repr_html_(), "html.parser")
    return page, json.loads(page.select_one("[data-interactive]")["data-interactive"])


def test_every_setting_has_its_picture_words_and_alternative():
    page, data = content(knob(text=lambda slope: f"{slope} up"))
    assert [frame["text"] for frame in data["frames"]] == ["1 up", "2 up", "3 up"]
    assert [frame["alt"] for frame in data["frames"]] == [alt(1), alt(2), alt(3)]
    assert len({frame["src"] for frame in data["frames"]}) == 3
    still = page.select("img")
    assert [(image["src"], image["alt"]) for image in still] == [
        (data["frames"][1]["src"], alt(2))  # without scripts the one in the middle is seen
    ]


def test_pictures_have_one_size_and_the_still_one_is_a_png(tmp_path):
    shown = knob(start=0, figsize=(2, 1))
    (tmp_path / "still.png").write_bytes(shown._repr_png_())
    with Image.open(tmp_path / "still.png") as image:
        border, dpi = round(0.1 * plt.rcParams["figure.dpi"]), plt.rcParams["figure.dpi"]
        assert image.size == (4 * dpi + 2 * border, 2 * dpi + 2 * border)
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
        assert not all(low == high for low, high in image.convert("RGB").getextrema())


def test_the_ground_stays_white():
    def fill(value):
        plt.gca().set_facecolor("#fcfdff")  # so close to white that they share a place
        plt.axis("off")

    shown = slider(fill, [1, 2], name="n", alt=alt)
    image = Image.open(io.BytesIO(shown._repr_png_())).convert("RGB")
    assert image.getpixel((30, 30)) == (255, 255, 255)


def test_a_player_opens_with_its_last_picture_and_leaves_no_figure_open():
    before = plt.get_fignums()
    _, data = content(player(draw, [1, 2, 3], name="time", alt=alt, interval=40))
    assert (data["kind"], data["start"], data["interval"]) == ("player", 2, 40)
    assert plt.get_fignums() == before


def test_the_same_pictures_come_again():
    assert knob()._repr_html_() == knob()._repr_html_()


def test_nothing_is_fetched_and_names_are_escaped():
    shown = knob(name='<b>"slope"</b>')
    assert "http" not in shown._repr_html_()
    page, data = content(shown)
    assert data["name"] == '<b>"slope"</b>'
    assert page.b is None


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ([1], {}, "expected two values or more"),
        ([1, 2], {"start": 2}, "expected an index from 0 to 1, got 2"),
        ([1, 2], {"start": -1}, "expected an index from 0 to 1, got -1"),
    ],
)
def test_bad_input_is_refused(values, options, message):
    with pytest.raises(ValueError, match=message):
        slider(draw, values, name="slope", alt=alt, **options)


def test_nothing_drawn_is_refused_and_the_figure_is_closed():
    before = plt.get_fignums()
    with pytest.raises(ValueError, match=r"expected a picture on the current figure"):
        slider(lambda value: None, [1, 2], name="slope", alt=alt)
    assert plt.get_fignums() == before


def test_too_heavy_a_page_is_refused(monkeypatch):
    monkeypatch.setattr("nbhelpers.jupyter.sliders._LARGEST", 3000)
    with pytest.raises(ValueError, match=r"at most together, got 0\.0 MB.*fewer values"):
        knob()
