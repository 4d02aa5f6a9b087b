"""What only a notebook needs: claims under a sentence, sliders, a pad to draw on, the browser.

`claims.py` checks what the text says; `sliders.py` (`slider`, `player`) draws each setting of a
knob once; `drawing_pad.py` takes a digit drawn with the mouse; `browser.py` stands in where Python
runs inside the reader's browser. The sliders import matplotlib, so they are imported by their file.
"""

from .claims import check, claim
from .drawing_pad import DrawingPad, draw_a_digit

__all__ = [
    "DrawingPad",
    "check",
    "claim",
    "draw_a_digit",
]
