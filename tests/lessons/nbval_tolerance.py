"""When is a new output still the stored one? To the letter, unless the cell's tags say otherwise.

A cell tagged `rtol=0.01` may have other decimals, within that relative tolerance; one tagged
`versions` other version numbers. A picture must be there again and not be blank.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from decimal import Decimal

from PIL import Image

# A number with a point or an exponent, not part of a name or of a version such as 1.2.3.
DECIMAL = re.compile(
    r"(?<![\w.])([-+]?(?:\d+\.\d*|\.\d+|\d+(?=e[-+]?\d))(?:e[-+]?\d+)?)(?!\.?\d)", re.IGNORECASE
)
# "100." is a whole number: it ends a sentence, or NumPy left the zeros out.
WHOLE = re.compile(r"[-+]?\d+\.")


def close(stored: str, new: str, rtol: float) -> bool:
    """Within `rtol`; with three or more decimals printed, also within one unit of the last."""
    if WHOLE.fullmatch(stored) and WHOLE.fullmatch(new):
        return stored == new
    a, b = Decimal(stored), Decimal(new)
    decimals = len(re.split("[eE]", stored)[0].partition(".")[2])
    unit = Decimal(1).scaleb(int(a.as_tuple().exponent)) if decimals >= 3 else Decimal(0)
    return abs(a - b) <= max(Decimal(str(rtol)) * max(abs(a), abs(b)), unit)


class Tolerant(str):
    """A stored output that equals a new one when its words are the same and its decimals close."""

    rtol = 0.0

    def settled(self, new: str) -> str:
        """`new` in the stored spelling wherever that is close: only real differences stay."""
        ours, theirs = DECIMAL.split(self), DECIMAL.split(new)
        if len(ours) != len(theirs):
            return new
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            # Columns move when a number needs another digit: blanks do not count.
            same = close(a, b, self.rtol) if i % 2 else a.split() == b.split()
            theirs[i] = a if same else b
        return "".join(theirs)

    def __eq__(self, new: object) -> bool:
        return isinstance(new, str) and str(self) == self.settled(new)

    def __ne__(self, new: object) -> bool:
        return not self == new

    __hash__ = str.__hash__


# The lines of a version table that describe the machine.
MACHINE = re.compile(
    r"^(\s*(?:Compiler|OS|Release|Machine|Processor|CPU cores|Architecture|Hostname|Git hash)"
    r"\s*:).*$",
    re.MULTILINE,
)
VERSION = re.compile(r"\b\d+(?:\.\w+)+(?:[-+][\w.]+)*")


def mask_versions(text: str) -> str:
    text = VERSION.sub("<version>", MACHINE.sub(r"\1 <machine>", text))
    return "\n".join(" ".join(line.split()) for line in text.splitlines())


# A picture inside HTML, such as those of a slider.
EMBEDDED = re.compile(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+")


def mask_pictures(text: str) -> str:
    """Leave out the pixels of embedded pictures: that they are there, and how many, is compared."""
    return EMBEDDED.sub("<picture>", text)


def is_blank(png: str) -> bool:
    """Whether a PNG, in base64 as notebooks store it, has one color only."""
    with Image.open(io.BytesIO(base64.b64decode(png))) as image:
        return all(low == high for low, high in image.convert("RGBA").getextrema())


def rtol_of(tags: list[str]) -> float | None:
    return next((float(tag.partition("=")[2]) for tag in tags if tag.startswith("rtol=")), None)


def rule(tags: list[str]) -> Callable[[str], str]:
    """What nbval does to both texts before it asks whether they are equal."""
    rtol = rtol_of(tags)

    def sanitize(text: str) -> str:
        if not isinstance(text, str):  # JSON of a custom type
            return text
        if text.startswith("iVBORw0KGgo"):  # a PNG: its pixels change with every matplotlib
            return "a blank picture" if is_blank(text) else "a picture"
        text = mask_pictures(text)
        if "versions" in tags:
            text = mask_versions(text)
        if rtol is not None:
            text = Tolerant(text)
            text.rtol = rtol
        return text

    return sanitize
