"""How a network takes up layers, and how it calls one that a reader has written.

A layer of this package is known to keep the contract, and a network calls its formulas directly.
For any other one this module looks at what comes back, so that it works or is rejected with the
reason, and never trains wrongly without a word.
"""

from __future__ import annotations

import difflib
import inspect
import math
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from ._checks import Array, accepts, describe, enclosing, fail, formula_of_method
from .layers import Layer, Named, Shape, sublayers

Parts = list[tuple[str, Layer]]
"""Each layer of a network, and each layer inside of one, with its name such as "0.Dense"."""


def check_layers(
    layers: Sequence[Any], engine: str = "numpy", name: str = "Sequential"
) -> Shape | None:
    """Raise where these cannot be the layers of one network of this engine.

    Returns the shape of what the last layer gives for one example, where it is known.
    """
    where = name
    if len(layers) == 1 and isinstance(layers[0], (list, tuple)):
        hint = f"{name}(*layers), with the star"
        fail(where, "layers one by one", f"a {type(layers[0]).__name__}", hint, TypeError)
    if not layers:
        fail(where, "at least one layer", "none", f"{name}(Dense(4, 2, rng=rng))")
    for i, layer in enumerate(layers):
        where = f"{name}, layer {i}"
        _check_kind(layer, where, engine)
        if any(layer is other for other in layers[:i]):
            hint = "make a second one: a layer remembers one batch at a time"
            fail(where, "a layer of its own", f"{layer!r} twice", hint)
    return shape_through(layers, None if layers[0].n_in is None else (layers[0].n_in,), name)


def shape_through(
    layers: Sequence[Layer], shape: Shape | None, name: str = "Sequential"
) -> Shape | None:
    """The shape of one example after these layers, from that before them, as far as it is known.

    Raises:
        ValueError: a layer that does not fit the one before it.
    """
    for i, layer in enumerate(layers):
        shape = check_input(layer, shape, f"{name}, layer {i}")
    return shape


def check_input(layer: Layer, shape: Shape | None, where: str) -> Shape | None:
    """Raise where a layer cannot take examples of this shape; return that of its output."""
    n = layer.n_in
    if shape is not None and n is not None:
        fits = shape == (n,) or (layer.images and shape[-1] == n)
        hint = f"make its n_in {shape[-1]}"
        if len(shape) > 1 and not layer.images:
            hint = f"Flatten() before it, and n_in = {math.prod(shape)}"
        if not fits:
            inputs = f"{shape[0]} inputs" if len(shape) == 1 else f"inputs of shape {shape}"
            fail(where, f"{inputs}, as the layer before gives", f"{layer!r}", hint)
    return layer.shape_after(shape)


def is_ours(function: Any) -> bool:
    """Whether a function or method is of this package."""
    return (getattr(function, "__module__", "") or "").startswith("nbhelpers.")


def _check_kind(layer: Any, where: str, engine: str) -> None:
    if not isinstance(layer, Layer):
        hint = ""
        if isinstance(layer, type) and issubclass(layer, Layer):
            hint = f"{layer.__name__}(…), an instance"
        elif callable(layer):
            hint = "the layer in place of the function: ReLU() for relu"
        fail(where, "a Layer", describe(layer), hint, TypeError)
    missing = [name for name in ("params", "grads", "state", "n_in") if not hasattr(layer, name)]
    if missing:
        name = type(layer).__name__
        hint = f"call super().__init__() first in {name}.__init__"
        fail(where, "a layer that was set up", f"a {name} without {missing[0]}", hint, TypeError)
    if layer.engine != engine:
        home = {"numpy": "nbhelpers", "graph": "nbhelpers.tf1"}
        here, there = home[engine], home[layer.engine]
        hint = f"take all layers from {here}, or build the network with {there}.Sequential"
        fail(where, f"a layer of {here}", f"{layer!r} of {there}", hint, TypeError)
    needed = ("forward", "backward") if engine == "numpy" else ("forward",)
    for name in needed:
        defined = getattr(type(layer), name)
        if is_ours(defined) and defined.__qualname__ == f"Layer.{name}" and name not in vars(layer):
            close = difflib.get_close_matches(name, vars(type(layer)), n=1)
            got = f"none, but {close[0]}" if close else "none"
            arguments = {"forward": "x, train=False", "backward": "dy, need_dx=True"}[name]
            hint = f"def {name}(self, {arguments}) in {type(layer).__name__}"
            fail(where, f"a layer that defines {name}", got, hint, TypeError)


def parts_of(layers: Sequence[Layer]) -> Parts:
    """All layers with those inside of them, each once, the outer before the inner."""
    parts: Parts = []
    known: dict[int, str] = {}
    for i, layer in enumerate(layers):
        name = f"{i}.{type(layer).__name__}"
        for path, part in sublayers(layer):
            here = f"{name}.{path}" if path else name
            if id(part) in known:
                hint = "make a second one: a layer remembers one batch at a time"
                got = f"{part!r}, which is {known[id(part)]} too"
                fail(f"Sequential, {here}", "a layer of its own", got, hint)
            known[id(part)] = here
            parts.append((here, part))
    return parts


def network_of(part: Layer) -> Any:
    """The network that holds the parameters of a layer, if it is still there."""
    holder = vars(part).get("_network")
    return holder() if isinstance(holder, weakref.ref) else None


def hold(part: Layer, name: str, network: Any, w: Array, g: Array, start: int) -> int:
    """Move a layer's parameters into w, from `start` on, and its gradients into g; return the end.

    A reader's layer may also know its arrays as attributes, `self.W` beside `self.params["W"]`:
    these follow.
    """
    params, grads = Named(), Named()
    grads.name = "grads"
    for key, old in part.params.items():
        value = np.asarray(old)
        if value.dtype.kind not in "fiu" or not np.isfinite(value).all():
            hint = f"np.zeros(…) or an initializer as params[{key!r}]"
            fail(name, f"finite numbers in params[{key!r}]", describe(old), hint, TypeError)
        end = start + value.size
        params[key], grads[key] = (a[start:end].reshape(value.shape) for a in (w, g))
        params[key][...] = value
        follow(part, name, key, old, params[key])
        if key in part.grads:
            follow(part, name, key, part.grads[key], grads[key])
        start = end
    params.held = grads.held = True
    try:
        part.params, part.grads = params, grads
    except AttributeError:
        hint = "set self.params = {…} in __init__ in place of a property"
        fail(name, "params that a network can hold", "a property", hint, TypeError)
    part._network = weakref.ref(network)  # type: ignore[attr-defined]
    warn_of_untrained(part, name)
    return start


def follow(part: Layer, name: str, key: str, old: Any, new: Any) -> None:
    """Let the attributes that are the array `old` be `new`; raise for views, which cannot follow.

    Args:
        key: the name of `old` in the layer's `params`.
    """
    for attribute, value in list(vars(part).items()):
        if attribute in ("params", "grads", "state", "cache"):
            continue
        if value is old:
            setattr(part, attribute, new)
        elif isinstance(old, np.ndarray) and any(
            np.shares_memory(array, old) for array in _arrays_in(value)
        ):
            hint = f'read self.params["{key}"] where it is needed'
            got = f"a view of it in self.{attribute}, which would stay behind"
            fail(name, f"{key} in params alone", got, hint, TypeError)


WEIGHTS = {"w", "b", "weight", "weights", "bias", "biases", "kernel", "gamma", "beta", "slope"}
"""Attributes that are meant to be trained, by their names."""


def warn_of_untrained(part: Layer, name: str) -> None:
    """Warn of an array that is named like a parameter, and is none."""
    for key, value in vars(part).items():
        known = any(value is one for one in part.params.values())
        if key.lower() in WEIGHTS and isinstance(value, np.ndarray) and not known:
            hint = f'self.params["{key}"] = …, or another name for a constant'
            text = f"{name}: self.{key} is not in params, and will not be trained. Hint: {hint}"
            warnings.warn(text, stacklevel=5)


def _arrays_in(value: Any) -> Iterator[Array]:
    """The arrays of an attribute: it is one, or a list, tuple or dictionary that holds some."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _arrays_in(one)


def check_held(
    name: str, part: Layer, params: dict[str, Array], grads: dict[str, Array]
) -> None:  # fmt: skip
    """Raise where somebody has put another dictionary in the place of the one that is trained."""
    for kind, now, held in (("params", part.params, params), ("grads", part.grads, grads)):
        if now is not held:
            hint = f'layer.{kind}["W"] = … copies new values in'
            fail(name, f"the {kind} that the network holds", "another dictionary", hint, TypeError)


def run_forward(layer: Layer, x: Array, train: bool, dtype: npt.DTypeLike) -> Array:
    """A layer's forward pass on a batch that was checked before."""
    formula = formula_of_method(layer.forward)
    y: Array = formula(layer, x, train) if formula else forward_of(layer, x, train, dtype)
    layer.out_shape = y.shape if train else None
    return y


def run_backward(
    layer: Layer, dy: Array, need_dx: bool, shape: tuple[int, ...], dtype: npt.DTypeLike
) -> Array | None:
    """A layer's backward pass for a dy that was checked before; `shape` is that of its x."""
    formula = formula_of_method(layer.backward)
    if formula:
        return cast("Array | None", formula(layer, dy, need_dx))
    dx = backward_of(layer, dy, need_dx, shape)
    return dx if dx is None else dx.astype(dtype, copy=False)


def forward_of(layer: Layer, x: Array, train: bool, dtype: npt.DTypeLike) -> Array:
    """Call `forward` of a reader's layer, and check what comes back."""
    where = f"{layer!r}.forward"
    inner = [part for _, part in sublayers(layer)][1:]
    for part in inner:
        part.passes = 0
    in_network = train and "_network" in vars(layer)
    if in_network:
        enclosing.append(layer)
    try:
        y = guarded(lambda x: call_pass(layer.forward, x, {"train": train}, where), where, {"x": x})
    finally:
        if in_network:
            enclosing.pop()
    for part in inner:
        if part.passes > 1:
            got = f"{part!r} twice in one pass"
            hint = "make a second one: a layer remembers one batch at a time"
            fail(where, "each layer inside of it to be used once", got, hint)
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "fiub":
        hint = "end with return y" if y is None else ""
        fail(where, "an array of numbers", describe(y), hint, TypeError)
    if y.ndim < 2 or len(y) != len(x):
        fail(where, f"y with one row per example, ({len(x)}, …)", describe(y))
    if layer.n_out is not None and y.shape[-1] != layer.n_out:
        hint = "super().__init__(n_in, n_out) with the width that it gives"
        fail(where, f"y of shape ({len(x)}, {layer.n_out}), as it declares", describe(y), hint)
    return y.astype(dtype, copy=not y.flags.writeable)


def backward_of(layer: Layer, dy: Array, need_dx: bool, shape: tuple[int, ...]) -> Array | None:
    """Call `backward` of a reader's layer, and check dx and that every gradient was written.

    Args:
        shape: the shape of x in the forward pass.
    """
    where = f"{layer!r}.backward"
    parts = [part for _, part in sublayers(layer)]
    held = [part.grads for part in parts]
    for grads in held:
        for array in grads.values():
            array[...] = np.nan  # so that a gradient which nobody writes is seen
    need = {"need_dx": need_dx}
    dx = guarded(lambda dy: call_pass(layer.backward, dy, need, where), where, {"dy": dy})
    for part, grads in zip(parts, held, strict=True):
        if part.grads is not grads:  # the reader's backward has made a dictionary of its own
            for name, value in part.grads.items():
                grads[name] = value
            part.grads = grads
        for name, array in grads.items():
            if np.isnan(array).any() and np.isfinite(dy).all():
                got = "nothing, or NaN"
                hint = f'self.grads["{name}"] = …; assigned, not added to what was there'
                if part is not layer:
                    hint = f"call {part!r}.backward(…) in {type(layer).__name__}.backward"
                fail(where, f'the gradient of {name} in grads["{name}"]', got, hint)
    if need_dx and (not isinstance(dx, np.ndarray) or dx.shape != shape):
        hint = "end with return dx" if dx is None else ""
        fail(where, f"dx of shape {shape}, as x", describe(dx), hint)
    if need_dx and np.isnan(dx).any() and np.isfinite(dy).all():
        hint = "look for a division by zero or a log of 0 in backward"
        fail(where, "finite numbers in dx", "NaN", hint)
    return dx if need_dx else None


def guarded(function: Callable[..., Any], where: str, arrays: dict[str, Any]) -> Any:
    """Call a reader's function on arrays, given by name, that it can read and not change."""
    shown = [array.view() if isinstance(array, np.ndarray) else array for array in arrays.values()]
    for array in shown:
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    try:
        return function(*shown)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        hint = f"work on a copy, {next(iter(arrays))}.copy()"
        fail(where, f"{' and '.join(arrays)} left unchanged", "an assignment into it", hint)


def call_pass(method: Any, array: Array, second: dict[str, bool], where: str) -> Any:
    """Call a reader's forward(x, train) or backward(dy, need_dx), or one without the second."""
    if not takes(method, next(iter(second)), where):
        return method(array)
    if accepts(method, array, **second):
        return method(array, **second)
    return method(array, *second.values())  # as through a decorator's *args


def takes(method: Any, name: str, where: str) -> bool:
    """Whether a method takes the second argument `name`; raise where it takes something else."""
    try:
        parameters = list(inspect.signature(method).parameters.values())
    except (TypeError, ValueError):  # written in C, or without a signature
        return True
    if any(p.name == name or p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in parameters):
        return True
    required = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(required) > 1:
        names = ", ".join(p.name for p in required)
        expected = f"the arguments {'x' if name == 'train' else 'dy'} and {name}"
        fail(where, expected, names, f"call the second argument {name}", TypeError)
    return False
