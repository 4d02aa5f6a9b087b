"""What a solver refuses before it trains: one look at all examples, so that no step has to look."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .types import Array
from .validation import check_batch, check_size, describe, refuse

Examples = tuple[Array, Any]


def check_fit(
    solver: Any, train: Examples, val: Examples | None, epochs: int | None, steps: int | None
) -> None:
    """Refuse arguments of `fit` that do not fit the solver's network and loss."""
    check_length(epochs, steps)
    if solver.patience and val is None:
        mend = "fit(train, val, …), or Solver without patience"
        refuse("fit with patience", "val to watch", "None", mend)
    for name, examples in (("train", train), ("val", val)):
        if examples is not None:
            check_examples(examples, solver.net.layers[0].n_in, "fit", name)
            solver.check_targets(*examples)


def check_length(epochs: int | None, steps: int | None) -> None:
    """Refuse what is not a number of epochs or else a number of steps.

    >>> check_length(None, None)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: fit: expected epochs=… or steps=…, got neither. Likely mend: fit(train, epochs=10)
    """
    if (epochs is None) == (steps is None):
        got = "neither" if epochs is None else "both"
        refuse("fit", "epochs=… or steps=…", got, "fit(train, epochs=10)")
    if epochs is not None:
        check_size(epochs, "fit", "epochs")
    if steps is not None:
        check_size(steps, "fit", "steps")


def check_examples(examples: Examples, n_in: int | None, where: str, name: str) -> None:
    """Refuse what is not a pair of x (N, n_in), finite floats, and as many y.

    >>> import numpy as np
    >>> check_examples((np.ones((3, 2)), np.ones(2, int)), 2, "fit", "train")
    Traceback (most recent call last):
    ValueError: fit, train: expected 3 labels, one a row, got 2. Likely mend: take the same rows \
of x and y
    """
    if not isinstance(examples, tuple) or len(examples) != 2:
        mend = f"{name} = (x, y)"
        refuse(where, f"{name} as a pair (x, y)", describe(examples), mend, TypeError)
    x, y = examples
    check_batch(x, n_in, f"{where}, {name}")
    if not hasattr(y, "dtype"):
        refuse(f"{where}, {name}", "y as an array", describe(y), "np.asarray(y)", TypeError)
    if len(x) != len(y):
        mend = "take the same rows of x and y"
        refuse(f"{where}, {name}", f"{len(x)} labels, one a row", f"{len(y)}", mend)


def check_hook(hook: Callable[[Array], Array], old: Array, name: str) -> Array:
    """Call `augment` or `clip` and refuse an answer of another shape.

    >>> import numpy as np
    >>> check_hook(lambda g: (g, 2.0), np.zeros(3), "clip")
    Traceback (most recent call last):
    ValueError: fit, clip: expected an array of shape (3,), got a tuple. Likely mend: \
lambda g: clip_by_global_norm(g, 5.0)[0] leaves the norm out
    """
    new = hook(old)
    if getattr(new, "shape", None) != old.shape:
        mend = {
            "augment": "augment(x) returns one changed copy of each row",
            "clip": "lambda g: clip_by_global_norm(g, 5.0)[0] leaves the norm out",
        }[name]
        got = "a tuple" if isinstance(new, tuple) else describe(new)
        refuse(f"fit, {name}", f"an array of shape {old.shape}", got, mend)
    return new


def check_finite(loss: float, solver: Any) -> None:
    """Record a loss that is NaN or infinite, and refuse to go on from it."""
    if not math.isfinite(loss):
        solver.history.loss.append(loss)  # a plot then shows where the run ended
        got = f"{loss} at step {len(solver.history.loss)}"
        lr = f"{solver.learning_rate():g}"
        mend = f"a learning rate below {lr}, smaller first weights, inputs of unit scale"
        refuse("fit", "a finite loss", got, mend, FloatingPointError)
