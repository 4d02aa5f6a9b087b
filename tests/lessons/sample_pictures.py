"""Pictures for notebooks that tests make up."""

from __future__ import annotations

import base64
import io

from PIL import Image

WHITE, BLUE = (255, 255, 255), (0, 0, 255)


def png(*colors: tuple[int, int, int]) -> str:
    """A picture one pixel high, in base64 as notebooks store it."""
    buffer = io.BytesIO()
    image = Image.new("RGB", (len(colors), 1))
    image.putdata(colors)
    image.save(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()
