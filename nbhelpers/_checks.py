"""The types that signatures are written in, and the checks that stand in front of formulas.

Every message has one form: who speaks, what was expected, what came, and, where there is something
concrete to do, a hint. Layers and losses carry their checks as a decorator, so that the formula
under it stays bare. Code that has checked its data once (a network, a solver) calls the formula
itself through `formula_of`; that works for the package's own pieces alone, never for a reader's.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
"""Floating-point numbers: a batch is (N, features), one example per row."""

Labels = npt.NDArray[np.integer[Any]]
"""Class numbers 0 … classes - 1, shape (N,)."""

Rng = np.random.Generator
"""Every source of randomness is one of these, made by `np.random.default_rng(seed)`."""

Initializer = Callable[[Rng, tuple[int, int]], Array]
"""`init(rng, (n_in, n_out))` returns the initial values of a weight matrix."""

Schedule = Callable[[int], float]
"""`schedule(step)` returns the learning rate of that update; the first update is step 0."""

Loss = Callable[[Array, Any], tuple[float, Array]]
"""`loss(scores, y)` returns a batch's mean loss and its gradient with respect to the scores."""

Examples = tuple[Array, Any]
"""Inputs x (N, …) and what belongs to them, y, row by row."""

F = TypeVar("F", bound=Callable[..., Any])


class _Required:
    def __repr__(self) -> str:
        return "<required>"


REQUIRED: Any = _Required()
"""The default of an argument that must be given: forgotten, it is named in a message of ours."""


def fail(
    where: object, expected: str, got: str, hint: str = "", error: type[Exception] = ValueError
) -> NoReturn:
    """Raise `error` with a message in the one form that this package uses.

    >>> fail("Dense(3, 4)", "x of shape (N, 3)", "(3,)", "x[None, :]")
    Traceback (most recent call last):
    ValueError: Dense(3, 4): expected x of shape (N, 3), got (3,). Hint: x[None, :]
    """
    raise error(f"{where}: expected {expected}, got {got}." + (f" Hint: {hint}" if hint else ""))


def describe(value: object) -> str:
    """Say in a few words what a value is: an array by its shape and dtype, the rest by its type."""
    if isinstance(value, np.ndarray):
        kind = "an array" if type(value) is np.ndarray else f"a {type(value).__name__}"
        return f"{kind} of shape {value.shape}, dtype {value.dtype}"
    if value is REQUIRED:
        return "nothing"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if hasattr(value, "shape") and not isinstance(value, np.generic):
        return f"a {type(value).__name__} of shape {value.shape}"
    text = " ".join(repr(value).split())
    return f"{text if len(text) < 40 else text[:37] + '…'} ({type(value).__name__})"


def accepts(function: Any, *arguments: Any, **named: Any) -> bool:
    """Whether a function can be called so; True where its signature cannot be known.

    >>> accepts(lambda solver: None, "solver"), accepts(lambda: None, "solver")
    (True, False)
    """
    try:
        for follow in (True, False):  # what a decorator takes, and what is under it
            inspect.signature(function, follow_wrapped=follow).bind(*arguments, **named)
    except TypeError:
        return False
    except ValueError:  # written in C, without a signature
        return True
    return True


# Arrays

TENSORS = "nbhelpers.tf1 has the functions of tensors; session.run(tensor) gives a tensor's numbers"
UPSTREAM = "look upstream for a division by zero, a log of 0, a learning rate that is too high"


def check_array(x: Any, where: object, name: str, expected: str, dtype: str = "float") -> None:
    """Raise a TypeError for what is not a plain NumPy array; `dtype` is that of the hint."""
    if type(x) is np.ndarray:
        return
    if isinstance(x, np.ma.MaskedArray):
        hint = f"leave out the masked rows, or np.ma.filled({name}, 0)"
    elif isinstance(x, np.ndarray):  # np.matrix multiplies where an array would not
        hint = f"np.asarray({name})"
    elif type(x).__module__.startswith("tensorflow"):
        hint = TENSORS
    elif hasattr(x, "to_numpy"):
        hint = f"{name}.to_numpy()"
    else:
        hint = f"np.asarray({name}, dtype={dtype})" if dtype else f"np.asarray({name})"
    fail(where, expected, describe(x), hint, TypeError)


def check_batch(
    x: Array, width: int | None, where: object, name: str = "x", *, images: bool = False,
    hint: str = UPSTREAM,
) -> None:  # fmt: skip
    """Raise where x is not a finite floating-point batch of shape (N, width).

    Args:
        width: the number of columns; None where any will do.
        images: whether a batch may have more axes, such as (N, height, width, channels).
        hint: what to do about NaN and infinity.
    """
    shape = f"{name} of shape (N, {'any' if width is None else width})"
    check_array(x, where, name, shape)
    if x.dtype.kind != "f":
        scale = "scale bytes first, x / 255" if x.dtype == np.uint8 else f"{name}.astype(float)"
        fail(where, f"{name} of floats", describe(x), scale, TypeError)
    if x.ndim != 2 and not (images and x.ndim > 2):
        rows = (
            f"{name}[None, :] makes one example a batch of one"
            if x.ndim == 1
            else f"{name}.reshape(len({name}), -1) lays each example out as one row"
        )
        fail(where, shape, describe(x), rows if x.ndim else "")
    if width is not None and x.shape[-1] != width:
        turned = x.ndim == 2 and x.shape[0] == width
        turn = f"{name}.T" if turned else f"a width of {width}, as the layer has"
        fail(where, shape, describe(x), turn)
    if len(x) == 0:
        fail(where, f"{name} with at least one row", describe(x))
    # A vector times itself is the quickest look at every number; it alone may also overflow.
    if not math.isfinite(np.vdot(x, x)) and not np.isfinite(x).all():
        bad = int((~np.isfinite(x)).sum())
        fail(where, f"finite numbers in {name}", f"{bad} NaN or infinite of {x.size}", hint)


def check_labels(y: Labels, n: int | None, classes: int, where: object) -> None:
    """Raise where y is not one class number from 0 to classes - 1 for each of n examples."""
    expected = f"y of integers 0 … {classes - 1}, shape ({'N' if n is None else n},)"
    if isinstance(y, np.ndarray) and y.ndim == 2 and y.shape[1] == classes > 1:
        hint = "y.argmax(axis=1) turns one-hot rows into class numbers"
        fail(where, expected, describe(y), hint)
    check_array(y, where, "y", expected, "int")
    if y.dtype.kind not in "iu":
        fail(where, expected, describe(y), "np.asarray(y).astype(int)", TypeError)
    if y.ndim != 1:
        fail(where, expected, describe(y), "y.ravel()")
    if n is not None and len(y) != n:
        fail(where, expected, describe(y), "take the same rows of x and y")
    if len(y) and (y.min() < 0 or y.max() >= classes):
        hint = "class numbers start at 0, and the last layer has one unit per class"
        fail(where, expected, f"labels from {y.min()} to {y.max()}", hint)


def check_examples(
    examples: Examples, n_in: int | None, where: str, name: str, *, images: bool = False
) -> None:
    """Raise where examples are not a pair of x (N, n_in), finite floats, and as many y.

    >>> import numpy as np
    >>> check_examples((np.ones((3, 2)), np.ones(2, int)), 2, "fit", "train")
    Traceback (most recent call last):
    ValueError: fit, train: expected 3 labels, one per row, got 2. Hint: take the same rows of x \
and y
    """
    if not isinstance(examples, tuple) or len(examples) != 2:
        hint = f"{name} = (x, y)"
        fail(where, f"{name} as a pair (x, y)", describe(examples), hint, TypeError)
    x, y = examples
    hint = "leave out such rows: whole = np.isfinite(x).all(axis=1); x[whole], y[whole]"
    check_batch(x, n_in, f"{where}, {name}", images=images, hint=hint)
    check_array(y, f"{where}, {name}", "y", "y as an array", "")
    if y.ndim == 0 or len(x) != len(y):
        hint = "take the same rows of x and y"
        fail(f"{where}, {name}", f"{len(x)} labels, one per row", f"{y.size}", hint)


# Settings


def check_rng(rng: Rng, where: object) -> Rng:
    """Raise where rng is no Generator: an integer seed, a RandomState, the module `np.random`."""
    if not isinstance(rng, np.random.Generator):
        seed = rng if isinstance(rng, int) else 0
        hint = f"rng=np.random.default_rng({seed})"
        fail(where, "rng to be a numpy.random.Generator", describe(rng), hint, TypeError)
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
    """Raise where a number lies outside of [low, high), or of (low, high) with `open_low`.

    Returns a Python float: a NumPy scalar would turn float32 arrays into float64.
    """
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not is_number or not (low < value < high or (value == low and not open_low)):
        sign = "<" if open_low else "<="
        upper = "" if high == np.inf else f" < {high:g}"
        fail(where, f"{low:g} {sign} {name}{upper}", describe(value))
    return float(value)


def check_size(value: int, where: object, name: str) -> int:
    """Raise where value is not a whole number of at least one."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
        hint = f"give {name}, an int" if value is REQUIRED else ""
        if isinstance(value, float) and value >= 1:
            hint = f"int({name})"
        fail(where, f"{name} to be a whole number >= 1", describe(value), hint)
    return int(value)


def check_schedule(schedule: Any, where: str, engine: str) -> None:
    """Raise where this is not a function of the step alone, such as `cosine` before it is called.

    >>> from nbhelpers.schedules import cosine
    >>> check_schedule(cosine, "SGD", "numpy")
    Traceback (most recent call last):
    TypeError: SGD: expected a schedule, a function of the step alone, got cosine, which makes one\
. Hint: schedules.cosine(…), called
    """
    name = getattr(schedule, "__qualname__", "")
    module = getattr(schedule, "__module__", "") or ""
    makes = module.startswith("nbhelpers.") and module.endswith("schedules") and "<" not in name
    if makes or not accepts(schedule, 0):
        got = f"{name}, which makes one" if makes else f"{describe(schedule)} of other arguments"
        hint = f"schedules.{name}(…), called" if makes else ""
        fail(where, "a schedule, a function of the step alone", got, hint, TypeError)
    homes = {"numpy": "nbhelpers.schedules", "graph": "nbhelpers.tf1.schedules"}
    if module in homes.values() and module != homes[engine]:
        fail(where, f"a schedule of {homes[engine]}", f"one of {module}", error=TypeError)


# Checks in front of formulas

_FORMULAS: dict[Callable[..., Any], Callable[..., Any]] = {}
_TARGET_CHECKS: dict[Callable[..., Any], Callable[[Any, Any, str], None]] = {}


def formula_of(function: F) -> F:
    """The bare formula behind a checked function of this package; any other function as it is.

    Known by the function, not by an attribute: `functools.wraps` copies attributes, and a reader's
    wrapper around one of our losses must be called, not looked through.
    """
    return cast(F, _FORMULAS.get(function, function))


def formula_of_method(method: Callable[..., Any]) -> Callable[..., Any] | None:
    """The formula of a bound method, to be called with its object first; None for a reader's own.

    >>> class Reader:
    ...     def forward(self, x): ...
    >>> formula_of_method(Reader().forward) is None
    True
    """
    return _FORMULAS.get(getattr(method, "__func__", method))


def unchecked(method: F) -> F:
    """A method without the check in front of it, such as `_step` for `step`; a reader's, as is."""
    formula = formula_of_method(method)
    return getattr(cast(Any, method).__self__, formula.__name__) if formula else method


def checked_forward(formula: F) -> F:
    """Check x in front of a layer's `forward(x, train=False)`."""

    @functools.wraps(formula)
    def forward(self: Any, x: Array, train: bool = False) -> Array:
        check_batch(x, self.n_in, f"{self!r}.forward", images=self.images or self.n_in is None)
        if train:
            check_known(self)
        y = cast(Array, formula(self, x, train))
        self.out_shape = y.shape if train else None
        return y

    _FORMULAS[forward] = formula
    return cast(F, forward)


enclosing: list[Any] = []
"""The layer of a reader in a network whose forward pass in training is running."""


def check_known(layer: Any) -> None:
    """Count a layer's passes; raise where a network could not find it inside of a reader's."""
    layer.passes += 1
    if enclosing and layer.params and "_network" not in vars(layer):
        outer = enclosing[-1]
        hint = f"self.inner = {layer!r} in {type(outer).__name__}.__init__; a list or dict will do"
        fail(f"{outer!r}.forward", "layers that the network can find", f"{layer!r}", hint)


def checked_backward(formula: F) -> F:
    """Check dy in front of a layer's `backward(dy, need_dx=True)`."""

    @functools.wraps(formula)
    def backward(self: Any, dy: Array, need_dx: bool = True) -> Array | None:
        if formula_of_method(self.forward):  # a reader's forward may keep other things
            check_gradient(dy, self.out_shape, f"{self!r}.backward")
        return cast("Array | None", formula(self, dy, need_dx))

    _FORMULAS[backward] = formula
    return cast(F, backward)


def register_formula(checked: Callable[..., Any], formula: Callable[..., Any]) -> None:
    """Say that `checked` is `formula` behind a check."""
    _FORMULAS[checked] = formula


def check_gradient(dy: Array, shape: tuple[int, ...] | None, where: object) -> None:
    """Raise where dy does not belong to the last output of a forward pass in training, `shape`."""
    if shape is None:
        hint = "forward(x, train=True) keeps what backward needs"
        fail(where, "a forward with train=True before it", "none", hint, RuntimeError)
    check_batch(dy, None, where, "dy", images=len(shape) > 2)
    if dy.shape != shape:
        hint = "dy belongs to the last batch that went forward with train=True"
        fail(where, f"dy of shape {shape}", describe(dy), hint)


def checked_by(check: Callable[[Any, Any, str], None]) -> Callable[[F], F]:
    """Check scores and targets in front of a loss `loss(scores, y)`."""

    def decorate(formula: F) -> F:
        @functools.wraps(formula)
        def loss(scores: Array, y: Any, **settings: Any) -> tuple[float, Array]:
            check(scores, y, formula.__name__)
            return cast(tuple[float, Array], formula(scores, y, **settings))

        _FORMULAS[loss] = formula
        _TARGET_CHECKS[loss] = check
        return cast(F, loss)

    return decorate


def register_target_check(loss: Callable[..., Any], check: Callable[[Any, Any, str], None]) -> None:
    """Say how all targets of a loss can be checked before training."""
    _TARGET_CHECKS[loss] = check


def check_targets_of(loss: Any, y: Any, width: int) -> None:
    """Check all targets at once for a loss of this package; a reader's own loss checks itself."""
    ours = loss.func if isinstance(loss, functools.partial) else loss
    if check := _TARGET_CHECKS.get(ours):
        check(np.zeros((len(y), width), np.float32), y, ours.__name__)


# Targets. NumPy would stretch targets (N,) against scores (N, 1) to N × N differences without a
# word.


def check_classes(scores: Array, y: Labels, where: str) -> None:
    """Raise where these are not scores (N, classes) with one class number for each row."""
    check_batch(scores, None, where, "scores")
    if scores.shape[1] == 1:
        hint = "one unit per class in the last layer, or the loss `logistic` for one score"
        fail(where, "scores of at least two classes", describe(scores), hint)
    check_labels(y, len(scores), scores.shape[1], where)


def check_binary(scores: Array, y: Labels, where: str) -> None:
    """Raise where these are not one score per example, (N, 1) or (N,), with labels 0 or 1."""
    flat = isinstance(scores, np.ndarray) and scores.ndim == 1
    if not flat and isinstance(scores, np.ndarray) and scores.ndim == 2 and scores.shape[1] > 1:
        hint = "a last layer of one unit, or softmax_cross_entropy for one score per class"
        fail(where, "scores of shape (N, 1) or (N,)", describe(scores), hint)
    check_batch(scores[:, None] if flat else scores, 1, where, "scores")
    check_labels(y, len(scores), 2, where)


def check_targets(scores: Array, y: Array, where: str) -> None:
    """Raise where these are not scores (N, k) with real targets of the same shape."""
    check_batch(scores, None, where, "scores")
    if isinstance(y, np.ndarray) and y.shape == (len(scores),) and scores.shape[1] == 1:
        fail(where, f"y of shape {scores.shape}", describe(y), "y[:, None]")
    check_batch(y, scores.shape[1], where, "y")
    if len(y) != len(scores):
        fail(where, f"y of shape {scores.shape}", describe(y), "take the same rows of x and y")
