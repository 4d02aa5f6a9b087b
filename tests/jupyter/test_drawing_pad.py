"""A drawn digit: from strokes to what the network reads, with and without a browser."""

import subprocess
import sys

import numpy as np
import pytest

from nbhelpers.jupyter.drawing_pad import (
    DrawingPad,
    as_mnist,
    can_draw,
    center_of_mass,
    draw_a_digit,
    in_words,
    ink,
)

SEVEN = [[(60, 40), (200, 50), (110, 240)]]
ANGLE = [[(40.0, 40.0), (40.0, 200.0), (160.0, 200.0)]]


def moved(strokes, zoom=1.0, by=(0.0, 0.0)):
    return [np.asarray(stroke) * zoom + by for stroke in strokes]


def box(image):
    """Height and width of what is inked."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    return np.ptp(rows) + 1, np.ptp(columns) + 1


def test_ink_lies_where_the_pen_went():
    image = ink([[(5, 3), (15, 3)], [(20, 20)]], pen=1.0)
    assert image.shape == (28, 28)
    assert image.dtype == np.float32
    assert image.min() == 0
    np.testing.assert_array_equal(image[3, 5:16], 1)  # x runs to the right, y down
    assert image[3, 17] == image[5, 10] == 0
    assert image[20, 20] == 1
    assert image[19:22, 19:22].all()


def test_overlapping_strokes_are_no_darker():
    line = [(5, 5), (20, 5)]
    np.testing.assert_array_equal(ink([line, line]), ink([line]))


@pytest.mark.parametrize("strokes", [SEVEN, ANGLE, [[(0, 0), (0, 9)]], [[(0, 0), (300, 1)]]])
def test_a_drawing_fills_the_box_and_balances_in_the_middle(strokes):
    image = as_mnist(strokes)
    assert image.shape == (1, 784)
    assert image.dtype == np.float32
    image = image.reshape(28, 28)
    np.testing.assert_allclose(center_of_mass(image), 14, atol=0.1)
    assert max(box(image)) in (20, 21)  # 21 where the middle falls between two pixels


def test_proportions_are_kept():
    height, width = box(as_mnist([[(0, 0), (50, 0), (50, 100), (0, 100), (0, 0)]]).reshape(28, 28))
    assert height / width == pytest.approx(20 / 11.3, abs=0.25)  # lines are 2.6 wide at any size


@pytest.mark.parametrize("zoom", [0.05, 0.3, 4.0])
@pytest.mark.parametrize("by", [(0, 0), (170, -40)])
def test_where_and_how_large_one_draws_does_not_matter(zoom, by):
    np.testing.assert_allclose(as_mnist(moved(SEVEN, zoom, by)), as_mnist(SEVEN), atol=1e-5)


def test_a_dot_is_a_drawing():
    image = as_mnist([[(100, 100)]]).reshape(28, 28)
    np.testing.assert_allclose(center_of_mass(image), 14, atol=1e-6)


def test_mnist_itself_is_centered_like_this():
    from nbhelpers import load_mnist_sample

    (x, _), _ = load_mnist_sample()
    centers = [center_of_mass(image) for image in x[:300].reshape(-1, 28, 28)]
    np.testing.assert_allclose(np.mean(centers, axis=0), 14, atol=0.1)
    assert np.max(np.abs(np.array(centers) - 14)) < 1


@pytest.mark.parametrize(
    ("strokes", "words"),
    [
        ([], "at least one stroke"),
        ([[1, 2, 3]], "shape (K, 2)"),
        ([[]], "shape (K, 2)"),
        ([[(1, 2, 3)]], "shape (K, 2)"),
        ([[(1, np.nan)]], "finite"),
    ],
)
def test_what_is_no_drawing_is_refused(strokes, words):
    for function in (ink, as_mnist):
        with pytest.raises(ValueError, match="expected") as error:
            function(strokes)
        assert words in str(error.value)


def test_an_empty_image_has_no_center():
    with pytest.raises(ValueError, match="draw first"):
        center_of_mass(np.zeros((28, 28)))


def sure_of(digit):
    return lambda image: np.eye(10)[[digit]]


def test_answers_in_words():
    assert in_words(sure_of(8)(None)) == "The network reads an 8 (probability 1.00)."
    unsure = np.array([[0.4, 0, 0, 0, 0, 0, 0.6, 0, 0, 0]])
    assert in_words(unsure) == "The network reads a 6 (probability 0.60), or a 0 (0.40)."
    with pytest.raises(ValueError, match="softmax"):
        in_words(unsure[0])


def test_without_a_browser_the_recorded_digit_stands_in(monkeypatch, capsys):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    seen = []

    def answer(image):
        seen.append(image)
        return np.eye(10)[[7]]

    assert draw_a_digit(answer, recorded=SEVEN) is None
    np.testing.assert_array_equal(seen, [as_mnist(SEVEN)])
    assert "recorded digit" in (out := capsys.readouterr().out)
    assert "reads a 7" in out


def test_the_kernels_of_tests_have_no_browser(monkeypatch):
    from tools.execution import kernel_environment

    monkeypatch.setenv("JPY_SESSION_NAME", "19_mnist.ipynb")  # make test in a cell of a notebook
    assert can_draw()
    with kernel_environment(official=False) as environment:
        assert "JPY_SESSION_NAME" not in environment


def test_the_widgets_are_imported_when_they_are_needed():
    code = (
        "import sys, nbhelpers.jupyter.drawing_pad; "
        "sys.exit(sorted({'ipycanvas', 'ipywidgets', 'IPython'} & sys.modules.keys()) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def event(pad, name, x=0.0, y=0.0):
    """What the browser sends."""
    content = {"event": name, "x": x, "y": y, "touches": [{"x": x, "y": y}]}
    pad.pad._handle_frontend_event(None, content, [])


def draw(pad, strokes, down="mouse_down", move="mouse_move", up="mouse_up"):
    for first, *rest in strokes:
        event(pad, move, 5, 5)  # without the pen down: leaves nothing
        event(pad, down, *first)
        for point in rest:
            event(pad, move, *point)
        event(pad, up, *first)


@pytest.mark.parametrize(
    "events",
    [
        ("mouse_down", "mouse_move", "mouse_up"),
        ("mouse_down", "mouse_move", "mouse_out"),
        ("touch_start", "touch_move", "touch_end"),
    ],
)
def test_drawing_on_the_pad_asks_the_network(events):
    seen = []

    def answer(image):
        seen.append(image)
        return np.eye(10)[[7]]

    pad = DrawingPad(answer)
    assert pad.pad.layout.align_self == "flex-start"  # stretched, it would ink beside the mouse
    assert "Draw" in pad.text.value
    draw(pad, SEVEN, *events)
    assert pad.strokes == SEVEN
    np.testing.assert_array_equal(seen, [as_mnist(SEVEN)])
    assert pad.message == "The network reads a 7 (probability 1.00)."
    assert pad.message in pad.text.value


def test_the_network_is_asked_again_after_each_stroke_and_clear_begins_anew():
    seen = []

    def answer(image):
        seen.append(image)
        return np.eye(10)[[4]]

    pad = DrawingPad(answer)
    draw(pad, [ANGLE[0], [(120, 60), (110, 240)]])
    assert len(seen) == 2
    assert not np.array_equal(*seen)
    pad.clear()
    assert pad.strokes == []
    assert "Draw" in pad.message
    draw(pad, SEVEN)
    np.testing.assert_array_equal(seen[2], as_mnist(SEVEN))


def test_in_jupyterlab_there_is_a_pad(monkeypatch):
    from ipywidgets import HBox

    monkeypatch.setenv("JPY_SESSION_NAME", "19_mnist.ipynb")
    assert isinstance(draw_a_digit(sure_of(7), recorded=SEVEN), HBox)
