"""The types that signatures are written in.

Bad input is refused at the door: the message says what was expected, what came, and the mend.

Layers and losses carry their checks as a decorator, so that the formula under it stays bare. Code
that has checked a batch once, as `Sequential` does, calls the formula itself through `unchecked`.

What a loss may be handed: class numbers, zeros and ones, or real numbers; the rest is refused.

NumPy would stretch targets (N,) against scores (N, 1) to N x N differences without a word. Here
they are refused, or laid out right where only one layout can be meant.

What a solver refuses before it trains: one look at all examples, so that no step has to look.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
"""Floating-point numbers: a batch is (N, features), one example a row."""

Labels = npt.NDArray[np.integer[Any]]
"""Class numbers 0 … classes - 1, shape (N,)."""

Rng = np.random.Generator
"""Every source of randomness is one of these, made by `np.random.default_rng(seed)`."""

Initializer = Callable[[Rng, tuple[int, int]], Array]
"""`init(rng, (n_in, n_out))` returns the first values of a weight matrix."""

Schedule = Callable[[int], float]
"""`schedule(step)` returns the learning rate of that update; the first update is step 0."""

Loss = Callable[[Array, Any], tuple[float, Array]]
"""`loss(scores, y)` returns the mean loss of a batch and its gradient for the scores."""


F = TypeVar("F", bound=Callable[..., Any])


def refuse(
    where: object, expected: str, got: str, mend: str, error: type[Exception] = ValueError
) -> NoReturn:
    """Raise `error` with a message in the one form that this package uses.

    >>> refuse("Dense(3, 4)", "x of shape (N, 3)", "(3,)", "x[None, :]")
    Traceback (most recent call last):
    ValueError: Dense(3, 4): expected x of shape (N, 3), got (3,). Likely mend: x[None, :]
    """
    raise error(f"{where}: expected {expected}, got {got}. Likely mend: {mend}")


def describe(value: object) -> str:
    """Say in a few words what a value is: an array by its shape and dtype, the rest by its type."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}, dtype {value.dtype}"
    text = repr(value)
    return f"{text if len(text) < 40 else text[:37] + '…'} ({type(value).__name__})"


def check_batch(x: Array, width: int | None, where: object, name: str = "x") -> None:
    """Refuse what is not a finite floating-point batch of shape (N, width)."""
    shape = f"{name} of shape (N, {'any' if width is None else width})"
    if not isinstance(x, np.ndarray):
        refuse(where, shape, describe(x), f"np.asarray({name}, dtype=float)", TypeError)
    if x.dtype.kind != "f":
        mend = "scale bytes first, x / 255" if x.dtype == np.uint8 else f"{name}.astype(float)"
        refuse(where, f"{name} of floats", describe(x), mend, TypeError)
    if x.ndim != 2:
        mend = (
            f"{name}[None, :] makes one example a batch of one"
            if x.ndim == 1
            else (f"{name}.reshape(len({name}), -1) lays each example out as one row")
        )
        refuse(where, shape, describe(x), mend)
    if width is not None and x.shape[1] != width:
        mend = f"{name}.T" if x.shape[0] == width else "match this width to what comes before"
        refuse(where, shape, describe(x), mend)
    if len(x) == 0:
        refuse(where, f"{name} with at least one row", describe(x), "leave out the empty batch")
    # A vector times itself is the quickest look at every number; it alone may also overflow.
    if not math.isfinite(np.vdot(x, x)) and not np.isfinite(x).all():
        bad = int((~np.isfinite(x)).sum())
        mend = "look upstream for a division by zero, a log of 0, a learning rate too high"
        refuse(where, f"finite numbers in {name}", f"{bad} NaN or infinite of {x.size}", mend)


def check_labels(y: Labels, n: int | None, classes: int, where: object) -> None:
    """Refuse what is not one class number from 0 to classes - 1 for each of n examples."""
    expected = f"y of integers 0 … {classes - 1}, shape ({'N' if n is None else n},)"
    if isinstance(y, np.ndarray) and y.ndim == 2 and y.shape[1] == classes > 1:
        mend = "y.argmax(axis=1) turns one-hot rows into class numbers"
        refuse(where, expected, describe(y), mend)
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "iu":
        refuse(where, expected, describe(y), "np.asarray(y).astype(int)", TypeError)
    if y.ndim != 1:
        refuse(where, expected, describe(y), "y.ravel()")
    if n is not None and len(y) != n:
        refuse(where, expected, describe(y), "take the same rows of x and y")
    if len(y) and (y.min() < 0 or y.max() >= classes):
        mend = "class numbers start at 0; does the last layer have one unit a class?"
        refuse(where, expected, f"labels from {y.min()} to {y.max()}", mend)


def check_rng(rng: Rng, where: object) -> Rng:
    """Refuse what is not a Generator: an integer seed, a RandomState, the module `np.random`."""
    if not isinstance(rng, np.random.Generator):
        seed = rng if isinstance(rng, int) else 0
        mend = f"rng=np.random.default_rng({seed})"
        refuse(where, "rng to be a numpy.random.Generator", describe(rng), mend, TypeError)
    return rng


def check_number(
    value: float,
    where: object,
    name: str,
    low: float,
    high: float = np.inf,
    *,
    open_low: bool = False,
) -> float:
    """Refuse a number outside of [low, high), or of (low, high) where `open_low` is true.

    Returns a Python float: a NumPy scalar would turn float32 arrays into float64.
    """
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not is_number or not (low < value < high or (value == low and not open_low)):
        sign = "<" if open_low else "<="
        upper = "" if high == np.inf else f" < {high:g}"
        refuse(where, f"{low:g} {sign} {name}{upper}", describe(value), f"a {name} in this range")
    return float(value)


def check_size(value: int, where: object, name: str) -> int:
    """Refuse what is not a whole number of at least one."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
        refuse(where, f"{name} to be a whole number >= 1", describe(value), f"an int as {name}")
    return int(value)


def checked_forward(formula: F) -> F:
    """Put the door in front of a layer's `forward(x, train=False)`."""

    @functools.wraps(formula)
    def forward(self: Any, x: Array, train: bool = False) -> Array:
        check_batch(x, self.n_in, f"{self!r}.forward")
        return cast(Array, formula(self, x, train))

    return cast(F, forward)


def check_gradient(layer: Any, dy: Array, where: object) -> None:
    """Refuse a dy that does not belong to the last batch that `layer` remembers."""
    if layer.cache is None:
        mend = "forward(x, train=True) keeps what backward needs"
        refuse(where, "a forward with train=True before it", "none", mend, RuntimeError)
    check_batch(dy, layer.n_out, where, "dy")
    x = layer.cache[0] if isinstance(layer.cache, tuple) else layer.cache
    if len(dy) != len(x) or (layer.n_out is None and dy.shape != x.shape):
        mend = "dy belongs to the last batch that went forward with train=True"
        refuse(where, f"dy of shape {(len(x), layer.n_out or x.shape[1])}", describe(dy), mend)


def checked_backward(formula: F) -> F:
    """Put the door in front of a layer's `backward(dy)`."""

    @functools.wraps(formula)
    def backward(self: Any, dy: Array) -> Array:
        check_gradient(self, dy, f"{self!r}.backward")
        return cast(Array, formula(self, dy))

    return cast(F, backward)


def unchecked(function: F) -> F:
    """Return the bare formula behind a checked function, or the function itself."""
    return cast(F, getattr(function, "__wrapped__", function))


def check_classes(scores: Array, y: Labels, where: str) -> None:
    """Refuse what is not scores (N, classes) with one class number for each row."""
    check_batch(scores, None, where, "scores")
    check_labels(y, len(scores), scores.shape[1], where)


def check_binary(scores: Array, y: Labels, where: str) -> None:
    """Refuse what is not one score an example, (N, 1) or (N,), with labels 0 or 1, (N,)."""
    flat = isinstance(scores, np.ndarray) and scores.ndim == 1
    if not flat and isinstance(scores, np.ndarray) and scores.ndim == 2 and scores.shape[1] > 1:
        mend = "a last layer of one unit, or softmax_cross_entropy for one score a class"
        refuse(where, "scores of shape (N, 1) or (N,)", describe(scores), mend)
    check_batch(scores[:, None] if flat else scores, 1, where, "scores")
    check_labels(y, len(scores), 2, where)


def check_targets(scores: Array, y: Array, where: str) -> None:
    """Refuse what is not scores (N, k) with real targets of the same shape."""
    check_batch(scores, None, where, "scores")
    if isinstance(y, np.ndarray) and y.shape == (len(scores),) and scores.shape[1] == 1:
        mend = "y[:, None] makes the targets a column too"
        refuse(where, f"y of shape {scores.shape}", describe(y), mend)
    check_batch(y, scores.shape[1], where, "y")
    if len(y) != len(scores):
        refuse(where, f"y of shape {scores.shape}", describe(y), "take the same rows of x and y")


def checked_by(check: Callable[[Any, Any, str], None]) -> Callable[[F], F]:
    """Put a door in front of a loss `loss(scores, y)`; `unchecked(loss)` is the formula alone."""

    def decorate(formula: F) -> F:
        @functools.wraps(formula)
        def loss(scores: Array, y: Any, **settings: Any) -> tuple[float, Array]:
            check(scores, y, formula.__name__)
            return cast(tuple[float, Array], formula(scores, y, **settings))

        return cast(F, loss)

    return decorate


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
