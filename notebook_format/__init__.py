"""How a lesson looks: one style for its text and its figures, loaded by `load_style()`.

`template.ipynb` shows the anatomy of a lesson; CONTRIBUTING.md explains it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

if TYPE_CHECKING:
    from IPython.display import HTML

_HERE = Path(__file__).parent


def load_style() -> HTML | None:
    """Set the style of this lesson's figures, and return that of its text.

    Works from any working directory. Call it on the last line of the set-up cell, so that Jupyter
    shows, and thereby applies, what it returns. Without IPython, where there is no text to style,
    it returns None.

    >>> "<style>" in load_style().data
    True
    """
    plt.style.use(_HERE / "lesson.mplstyle")
    try:
        from IPython import get_ipython
        from IPython.display import HTML
    except ImportError:
        return None
    if get_ipython() is not None:  # in a notebook: figures sharp on dense screens
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("retina")  # type: ignore[no-untyped-call]
    css = (_HERE / "lesson.css").read_text(encoding="utf-8")
    return HTML(f"<style>{css}</style>")  # type: ignore[no-untyped-call]
