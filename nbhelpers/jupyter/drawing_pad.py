"""A pad to draw a digit on with the mouse or a finger, in JupyterLab; the answer stands beside it.

Anywhere else (tests, the course site, a plain script) nobody can draw: a recorded digit stands in.
ipycanvas and ipywidgets are imported only when the pad is opened.

A drawing is a few strokes, each a line through points; here it becomes an image as MNIST's were. Of
MNIST the authors say: the digits were scaled to fit a box of 20 by 20 pixels, proportions kept, and
put into 28 by 28 so that their center of mass is in the middle (LeCun et al., 1998, section III). A
network has never seen a digit elsewhere: a drawing needs the same before it can be read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import Array, describe, fail

SIDE, BOX = 28, 20
PEN = 1.3  # pixels from the middle of a line to its edge: about as thick as MNIST's

Strokes = Sequence[npt.ArrayLike]
"""Each stroke is (K, 2): x to the right and y down of K points, in pixels of any size."""


def ink(strokes: Strokes, *, pen: float = PEN, side: int = SIDE) -> Array:
    """An image (side, side) of strokes as they lie: 1 where the pen went, with soft edges.

    The point (x, y) = (0, 0) is the middle of the first pixel; what lies outside is cut off.

    >>> ink([[(1, 1), (3, 1)]], pen=0.5, side=5)[1]
    array([0., 1., 1., 1., 0.], dtype=float32)
    """
    pixels = np.indices((side, side))[::-1].reshape(2, -1).T.astype(float)
    image: Array = np.zeros(side * side)
    for points in checked(strokes):
        start, end = points[:-1], points[1:]
        if len(points) == 1:  # a dot
            start = end = points
        along = end - start
        length = np.maximum((along**2).sum(axis=1), 1e-12)
        # How far along each line the point nearest to each pixel lies, from 0 to 1.
        t = ((pixels[:, None] - start) * along).sum(axis=2) / length
        nearest = start + np.clip(t, 0, 1)[..., None] * along
        distance = np.sqrt(((pixels[:, None] - nearest) ** 2).sum(axis=2)).min(axis=1)
        image = np.maximum(image, np.clip(pen + 0.5 - distance, 0, 1))
    return image.reshape(side, side).astype(np.float32)


def center_of_mass(image: Array) -> Array:
    """Where the ink of an image balances, as (x, y) in pixels.

    >>> center_of_mass(np.array([[0.0, 1.0], [0.0, 1.0]])).tolist()
    [1.0, 0.5]
    """
    rows, columns = np.indices(image.shape)
    mass = image.sum(dtype=np.float64)
    if not mass > 0:
        fail("center_of_mass", "an image with ink", describe(image), "draw first")
    center: Array = np.array([(columns * image).sum(), (rows * image).sum()]) / mass
    return center


def as_mnist(strokes: Strokes, *, pen: float = PEN) -> Array:
    """Strokes of any size, anywhere, as a row (1, 784) like those that `load_mnist` gives.

    >>> image = as_mnist([[(100, 50), (100, 250)]]).reshape(28, 28)  # a 1, drawn large
    >>> image[:, 14].sum().round(3), center_of_mass(image).round(1).tolist()  # 20 pixels high
    (np.float32(20.0), [14.0, 14.0])
    """
    drawn = checked(strokes)
    points = np.concatenate(drawn)
    low, high = points.min(axis=0), points.max(axis=0)
    zoom = (BOX - 2 * pen) / max((high - low).max(), 1e-12)
    boxed = [(stroke - (low + high) / 2) * zoom + SIDE / 2 for stroke in drawn]
    off = SIDE / 2 - center_of_mass(ink(boxed, pen=pen))
    return ink([stroke + off for stroke in boxed], pen=pen).reshape(1, -1)


def checked(strokes: Strokes) -> list[Array]:
    """The strokes as arrays of floats (K, 2); whatever is not that is rejected."""
    drawn: list[Array] = [np.asarray(stroke, dtype=float) for stroke in strokes]
    if not drawn:
        fail("strokes", "at least one stroke", "none", "draw first")
    for stroke in drawn:
        if stroke.ndim != 2 or stroke.shape[1] != 2 or not len(stroke):
            hint = "a list of strokes, each a list of points (x, y)"
            fail("strokes", "points of shape (K, 2)", describe(stroke), hint)
        if not np.isfinite(stroke).all():
            fail("strokes", "finite coordinates", "NaN or infinite", "leave these points out")
    return drawn


PAD, ZOOM = 280, 5  # pixels: the pad's side, and the side of each pixel that the network sees

Answer = Callable[[Array], Array]
"""Takes a digit (1, 784), 0 for paper and 1 for ink, and gives probabilities (1, 10)."""


def can_draw() -> bool:
    """Whether this runs in a notebook that a Jupyter server has opened, with ipycanvas at hand."""
    return "JPY_SESSION_NAME" in os.environ and find_spec("ipycanvas") is not None


def draw_a_digit(answer: Answer, recorded: Strokes) -> Any:
    """Open a pad where one can draw; else read the recorded digit. The answer is told in words.

    >>> def sure_of_seven(image):
    ...     return np.eye(10)[[7]]
    >>> draw_a_digit(sure_of_seven, recorded=[[(0, 0), (9, 0), (3, 9)]])
    There is no JupyterLab to draw in: a recorded digit stands in for yours.
    The network reads a 7 (probability 1.00).
    """
    if can_draw():
        return DrawingPad(answer).widget
    print("There is no JupyterLab to draw in: a recorded digit stands in for yours.")
    print(in_words(answer(as_mnist(recorded))))
    return None


def in_words(probabilities: Array) -> str:
    """The likeliest digit, and the next one if it is worth a word.

    >>> in_words(np.array([[0, 0.7, 0, 0, 0, 0, 0, 0.25, 0.05, 0]]))
    'The network reads a 1 (probability 0.70), or a 7 (0.25).'
    """
    if not isinstance(probabilities, np.ndarray) or probabilities.shape != (1, 10):
        hint = "softmax(net.forward(image))"
        fail("answer", "probabilities of shape (1, 10)", describe(probabilities), hint)
    p = probabilities[0]
    first, second = np.argsort(p)[::-1][:2]
    text = f"The network reads {_a(first)} (probability {p[first]:.2f})"
    return f"{text}, or {_a(second)} ({p[second]:.2f})." if p[second] >= 0.01 else f"{text}."


class DrawingPad:
    """The pad, what the network sees of the drawing, its answer in words, and a button to clear.

    Args:
        answer: see `Answer`; it is asked after each stroke.

    Attributes:
        strokes: what was drawn, each stroke a list of points (x, y) in pixels.
        message: the answer in words.
        widget: to display.
    """

    def __init__(self, answer: Answer) -> None:
        from ipycanvas import Canvas
        from ipywidgets import HTML, Button, HBox, Layout, VBox

        self.answer = answer
        self.strokes: list[list[tuple[float, float]]] = []
        self.drawing = False
        # Boxes stretch what is in them, and then the ink would not lie under the mouse.
        frame = Layout(border="1px solid #767676", flex="none", align_self="flex-start")
        self.pad = Canvas(width=PAD, height=PAD, layout=frame)
        self.seen = Canvas(width=SIDE * ZOOM, height=SIDE * ZOOM, layout=frame)
        self.message, self.text = "", HTML()
        button = Button(description="Clear", tooltip="Wipe the pad and draw another digit")
        button.on_click(lambda _: self.clear())
        self.pad.on_mouse_down(self.down)
        self.pad.on_mouse_move(self.move)
        self.pad.on_mouse_up(self.up)
        self.pad.on_mouse_out(self.up)
        self.pad.on_touch_start(lambda touches: self.down(*touches[0]))
        self.pad.on_touch_move(lambda touches: self.move(*touches[0]))
        self.pad.on_touch_end(lambda touches: self.up())
        self.pad.on_client_ready(self.clear)  # the canvas of a page that was loaded anew is empty
        self.widget = HBox([self.pad, VBox([self.text, self.seen, button])])
        self.clear()

    def down(self, x: float, y: float) -> None:
        """The pen touches the paper: a stroke begins."""
        self.drawing = True
        self.strokes.append([(x, y)])
        self.pad.fill_circle(x, y, self.pad.line_width / 2)

    def move(self, x: float, y: float) -> None:
        """The pen moves; it leaves ink only while it is down."""
        if self.drawing:
            self.pad.stroke_line(*self.strokes[-1][-1], x, y)
            self.strokes[-1].append((x, y))

    def up(self, *_: float) -> None:
        """The pen is lifted: ask the network."""
        if self.drawing:
            self.drawing = False
            image = as_mnist(self.strokes)
            pixels = 255 * (1 - image.reshape(SIDE, SIDE)).repeat(ZOOM, 0).repeat(ZOOM, 1)
            self.seen.put_image_data(np.stack(3 * [pixels.astype(np.uint8)], axis=2))
            self._say(in_words(self.answer(image)))

    def clear(self) -> None:
        """Wipe the pad."""
        self.strokes, self.drawing = [], False
        self.pad.line_width, self.pad.line_cap = 18, "round"
        for canvas in (self.pad, self.seen):
            canvas.fill_style = "white"
            canvas.fill_rect(0, 0, canvas.width, canvas.height)
        self.pad.fill_style = self.pad.stroke_style = "black"
        self._say("Draw a digit, with the mouse or a finger.")

    def _say(self, message: str) -> None:
        self.message = message
        self.text.value = f'<p role="status">{message}</p>'


def _a(digit: int) -> str:
    return f"an {digit}" if digit == 8 else f"a {digit}"
