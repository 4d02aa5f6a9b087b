"""A claim is a sentence with a check under it: it prints what held and by how much, or raises.

>>> claim("Two layers without activation are one layer", 3e-16, below=1e-12)
✓ Two layers without activation are one layer: 3e-16 < 1e-12
>>> claim("A depth of 40 hides this gradient", 0.2, below=0.1)
Traceback (most recent call last):
AssertionError: ✗ A depth of 40 hides this gradient: 0.2 is not < 0.1
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from ._checks import refuse


def _show(value: float) -> str:
    return f"{value:.4g}"


def _margin(value: float, bound: float, sign: int) -> float:
    """How far the value is on the right side: 0.1 for 1.1 above 1; negative on the wrong side."""
    size = abs(bound) or abs(value) or 1.0
    return sign * (value - bound) / size


def claim(
    sentence: str,
    value: Any,
    *,
    above: float | None = None,
    below: float | None = None,
    equals: npt.ArrayLike | None = None,
    within: float = 0.0,
) -> None:
    """Check a sentence of the lesson.

    Args:
        sentence: what the reader is told.
        value: a number; an array with `equals`; a bool where no number is behind the sentence.
        above, below: the value must be greater, or smaller, than this; both may be given.
        equals, within: every number of the value must be this, give or take `within`.

    Raises:
        AssertionError: with the figures, when the sentence does not hold. Where the environment
            variable NBHELPERS_CLAIMS is "report", it is printed instead (`make claims`), and each
            line ends with the margin: how far the value lies on its side of the bound, as a share
            of the bound's size (of the value's, where the bound is 0).
    """
    margin: float | None = None
    if equals is not None:
        if above is not None or below is not None:
            refuse("claim", "equals= or bounds", "both", "make two claims of it")
        a, b = np.asarray(value), np.asarray(equals)
        if a.shape != b.shape:
            held, figures = False, f"shape {a.shape} is not {b.shape}"
        elif a.dtype.kind in "fc" or within:
            # 1 * : a difference of unsigned or Boolean numbers would wrap around, or be refused.
            gap = float(np.max(np.abs(1.0 * a - b), initial=0.0))
            margin = (within - gap) / within if within else None
            held, figures = gap <= within, f"largest difference {gap:.0e}, allowed {_show(within)}"
            if held:
                figures = f"equal within {_show(within)}" if within else "equal"
        else:
            held = bool(np.array_equal(a, b))
            figures = "equal" if held else f"{value} is not {equals}"
    elif above is None and below is None:
        if not isinstance(value, (bool, np.bool_)):
            mend = "say what the number must be"
            refuse("claim", "above=, below= or equals=", "none of them", mend)
        held, figures = bool(value), "holds" if value else "does not hold"
    else:
        number = float(value)
        held = (above is None or number > above) and (below is None or number < below)
        limits = (number, above, 1), (number, below, -1)
        margin = min(_margin(v, b, sign) for v, b, sign in limits if b is not None)
        bounds = [f"{sign} {_show(b)}" for sign, b in ((">", above), ("<", below)) if b is not None]
        figures = f"{_show(number)} {'' if held else 'is not '}{' and '.join(bounds)}"
    if os.environ.get("NBHELPERS_CLAIMS") == "report":
        figures += "" if margin is None else f" (margin {margin:.3g})"
    elif not held:
        raise AssertionError(f"✗ {sentence}: {figures}")
    print(f"{'✓' if held else '✗'} {sentence}: {figures}")
