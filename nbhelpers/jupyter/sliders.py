"""A knob to turn on a page without a server: every setting is drawn once, and a slider shows one.

The pictures, their text alternatives and a few lines of script travel inside the output, so that it
works in JupyterLab, on the course site and from a file. Print, and readers of notebooks that run no
scripts, show the still picture.
"""

from __future__ import annotations

import base64
import html
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import matplotlib.pyplot as plt
from PIL import Image, ImageOps

from .._checks import describe, fail

_PAGE = Path(__file__).with_suffix(".html")
_LARGEST = 1_500_000  # bytes of one output: a page with two still loads at once
_COLORS = 64  # enough for lines and regions; a picture takes a third of the bytes


class Interactive:
    """What `slider` and `player` return: Jupyter shows it when it is the last line of a cell.

    `frames` holds a dict for each setting: its picture `src` (a data address), `text` and `alt`.
    """

    def __init__(self, kind: str, name: str, frames: list[dict[str, str]], start: int, png: bytes,
                 interval: int = 0) -> None:  # fmt: skip
        self.kind, self.name, self.frames, self.start = kind, name, frames, start
        self._png, self._interval = png, interval

    def __repr__(self) -> str:
        first, last = self.frames[0]["text"], self.frames[-1]["text"]
        return f"<{self.kind} {self.name}: {len(self.frames)} pictures from {first} to {last}>"

    def _repr_html_(self) -> str:
        still = self.frames[self.start]
        data = {"kind": self.kind, "name": self.name, "start": self.start,
                "interval": self._interval, "frames": self.frames}  # fmt: skip
        page = _PAGE.read_text(encoding="utf-8")
        for key, value in (
            ("{{data}}", json.dumps(data, ensure_ascii=False)),
            ("{{src}}", still["src"]),
            ("{{alt}}", still["alt"]),
        ):
            page = page.replace(key, html.escape(value, quote=True))
        return page

    def _repr_png_(self) -> bytes:
        return self._png


def slider(
    draw: Callable[[Any], object],
    values: Sequence[Any],
    *,
    name: str,
    alt: Callable[[Any], str],
    text: Callable[[Any], str] = str,
    start: int | None = None,
    figsize: tuple[float, float] | None = None,
) -> Interactive:
    """A picture and a knob: the reader turns it with the mouse, a finger or the arrow keys.

    Args:
        draw: draws the picture for one value on the current figure. Fix the limits of the axes, so
            that pictures do not jump.
        values: the settings, in order; nine to fifteen are enough.
        name: of the knob, such as "strength λ".
        alt: the text alternative of the picture for one value.
        text: a value in words, shown beside the knob and read aloud.
        start: the index of the value shown first, and in print; the middle one if not given.
        figsize: inches; the style's own if not given.

    >>> knob = slider(lambda a: plt.plot([0, 1], [0, a]), [1, 2, 3], name="slope",
    ...               alt=lambda a: f"a line with slope {a}")
    >>> knob
    <slider slope: 3 pictures from 1 to 3>
    """
    start = len(values) // 2 if start is None else start
    return _build("slider", draw, values, name, alt, text, start, figsize)


def player(
    draw: Callable[[Any], object],
    values: Sequence[Any],
    *,
    name: str,
    alt: Callable[[Any], str],
    text: Callable[[Any], str] = str,
    still: int | None = None,
    interval: int = 100,
    figsize: tuple[float, float] | None = None,
) -> Interactive:
    """An animation that the reader starts, stops and steps through; it never starts by itself.

    Args are those of `slider`, and:
        still: the index of the picture shown before it plays, and in print; the last if not given.
        interval: milliseconds from one picture to the next.

    >>> play = player(lambda t: plt.plot([0, t], [0, t]), [1, 2], name="time", alt=str)
    >>> play.frames[1]["text"], play.start
    ('2', 1)
    """
    still = len(values) - 1 if still is None else still
    return _build("player", draw, values, name, alt, text, still, figsize, interval)


def _build(
    kind: str,
    draw: Callable[[Any], object],
    values: Sequence[Any],
    name: str,
    alt: Callable[[Any], str],
    text: Callable[[Any], str],
    start: int,
    figsize: tuple[float, float] | None,
    interval: int = 0,
) -> Interactive:
    if len(values) < 2:
        fail(kind, "two values or more", describe(values), "plt.plot(...) for a single picture")
    if not 0 <= start < len(values):
        fail(kind, f"an index from 0 to {len(values) - 1}", str(start), "leave it out")
    frames, png = [], b""
    for i, value in enumerate(values):
        image = _picture(draw, value, figsize)
        frames.append({"src": _address(image), "text": text(value), "alt": alt(value)})
        if i == start:
            png = _bytes(image.quantize(_COLORS), "PNG", optimize=True)
    if (size := sum(len(frame["src"]) for frame in frames)) > _LARGEST:
        fail(kind, f"pictures of {_LARGEST / 1e6} MB at most together", f"{size / 1e6:.1f} MB",
               "fewer values, or a smaller figsize")  # fmt: skip
    return Interactive(kind, name, frames, start, png, interval)


def _picture(
    draw: Callable[[Any], object], value: Any, figsize: tuple[float, float] | None
) -> Image.Image:
    """Draw one setting, twice as fine as the style says, in few colors."""
    figure = plt.figure(figsize=figsize)
    try:
        draw(value)
        if not figure.axes:
            fail("draw", "a picture on the current figure", f"none for {describe(value)}",
                   "draw with plt.gca() or plt.gcf().subplots()")  # fmt: skip
        buffer = io.BytesIO()
        figure.savefig(buffer, dpi=2 * figure.dpi, pil_kwargs={"compress_level": 1})
    finally:
        plt.close(figure)
    image = few_colors(Image.open(buffer), _COLORS).convert("RGB")
    return ImageOps.expand(image, border=round(0.1 * figure.dpi), fill="white")


def few_colors(image: Image.Image, colors: int) -> Image.Image:
    """The picture with a palette of so many colors; the ground, found in a corner, stays as it is.

    >>> few_colors(Image.new("RGB", (8, 8), "white"), 16).mode
    'P'
    """
    image = image.convert("RGB")
    ground = image.getpixel((0, 0))
    # The octree is ten times faster than the other ways, but takes a mean for the ground.
    image = image.quantize(colors, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette, place = image.getpalette() or [], 3 * cast(int, image.getpixel((0, 0)))
    palette[place : place + 3] = cast(tuple[int, int, int], ground)
    image.putpalette(palette)
    return image


def _address(image: Image.Image) -> str:
    # Lossless WebP takes less bytes than PNG; a higher quality only means a longer search.
    webp = _bytes(image, "WEBP", lossless=True, quality=20, method=2)
    return "data:image/webp;base64," + base64.b64encode(webp).decode("ascii")


def _bytes(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
