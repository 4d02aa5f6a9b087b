"""A claim is a sentence of a lesson with a check under it: it prints what was measured, or raises.

`check` is for what must agree but is no news, such as the package and a lesson's own lines: it is
silent as long as it holds.

>>> claim("At depth 40 the gradient has all but vanished", 0.0123, below=0.1)
✓ At depth 40 the gradient has all but vanished: 0.0123 < 0.1
>>> claim("Momentum gains accuracy", 0.012, above=0, interval=(0.009, 0.016))
✓ Momentum gains accuracy: 0.012 [0.009, 0.016] > 0
>>> claim("At depth 2 too", 0.2, below=0.1)
Traceback (most recent call last):
AssertionError: ✗ At depth 2 too: 0.2 is not < 0.1
>>> check(np.ones(3) @ np.ones(3), 3.0)
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import fail


def _show(value: float) -> str:
    return f"{value:.4g}"


def _margin(value: float, bound: float, sign: int) -> float:
    """How far the value is on its side of the bound: 0.1 for 1.1 above 1; negative if not."""
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
    interval: tuple[float, float] | None = None,
) -> None:
    """Check a sentence of the lesson, and print the value that was measured.

    Args:
        sentence: what the reader is told.
        value: a number; an array with `equals`; an estimate of `nbhelpers.experiments`, which
            brings its interval; a bool where no number is behind the sentence.
        above, below: the value must be greater, or smaller, than this; both may be given. With an
            interval, its nearer end must be.
        equals, within: every number of the value must be this, give or take `within`.
        interval: the ends of a confidence interval around the value.

    Raises:
        AssertionError: with the figures, when the sentence does not hold. Where the environment
            variable NBHELPERS_CLAIMS is "report", it is printed instead (`make claims`), and each
            line ends with the margin: how far the value lies on its side of the bound, as a share
            of the bound's size (of the value's, where the bound is 0).
    """
    if interval is None:
        interval = getattr(value, "interval", None)
    margin: float | None = None
    if equals is not None:
        if above is not None or below is not None:
            fail("claim", "equals= or bounds", "both", "make two claims of it")
        held, figures, margin = _equal(value, np.asarray(equals), within)
    elif above is None and below is None:
        if not isinstance(value, (bool, np.bool_)):
            fail(
                "claim", "above=, below= or equals=", "none of them", "say what the number must be"
            )
        held, figures = bool(value), "holds" if value else "does not hold"
    else:
        if np.size(value) != 1:
            got = f"{np.size(value)} numbers"
            fail("claim", "one number with above= or below=", got, "value.min() or value.max()")
        held, figures, margin = _bounded(float(value), above, below, interval)
    if os.environ.get("NBHELPERS_CLAIMS") == "report":
        figures += "" if margin is None else f" (margin {margin:.3g})"
    elif not held:
        raise AssertionError(f"✗ {sentence}: {figures}")
    print(f"{'✓' if held else '✗'} {sentence}: {figures}")


def check(value: Any, equals: Any = True, *, within: float = 0.0) -> None:
    """Raise unless every number of `value` is that of `equals`, give or take `within`.

    Args:
        value: a number or an array; or a condition, when it stands alone.

    Raises:
        AssertionError: with the largest difference, and where it is.
    """
    held, figures, _ = _equal(value, np.asarray(equals), within)
    if not held:
        raise AssertionError(f"check: {figures}")


def _bounded(
    value: float, above: float | None, below: float | None, interval: tuple[float, float] | None
) -> tuple[bool, str, float]:
    low, high = (value, value) if interval is None else map(float, interval)
    if not low <= value <= high and interval is not None:
        fail("claim", "an interval around the value", f"{interval} and {value}")
    held = (above is None or low > above) and (below is None or high < below)
    limits = (low, above, 1), (high, below, -1)
    margin = min(_margin(end, bound, sign) for end, bound, sign in limits if bound is not None)
    bounds = [f"{sign} {_show(b)}" for sign, b in ((">", above), ("<", below)) if b is not None]
    ends = "" if interval is None else f" [{_show(low)}, {_show(high)}]"
    figures = f"{_show(value)}{ends} {'' if held else 'is not '}{' and '.join(bounds)}"
    return held, figures, margin


def _equal(value: Any, b: npt.NDArray[Any], within: float) -> tuple[bool, str, float | None]:
    a = np.asarray(value)
    if a.shape != b.shape:
        return False, f"shape {a.shape} is not {b.shape}", None
    if a.dtype.kind not in "fc" and not within:
        held = bool(np.array_equal(a, b))
        return held, f"{value}" if held else f"{value} is not {b}", None
    # 1 * : a difference of unsigned or Boolean numbers would wrap around, or be rejected.
    gap = float(np.max(np.abs(1.0 * a - b), initial=0.0))
    margin = (within - gap) / within if within else None
    if gap > within or np.isnan(gap):
        return False, f"largest difference {gap:.0e}, allowed {_show(within)}", margin
    if not within:
        return True, "equal", margin
    if a.ndim:
        return True, f"equal within {_show(within)}", margin
    decimals = max(0, 1 - int(np.floor(np.log10(within))))  # no digit that the check leaves open
    return (
        True,
        f"{float(a.real):.{min(decimals, 12)}f} = {_show(float(b.real))} ± {_show(within)}",
        margin,
    )
