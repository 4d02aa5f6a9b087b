"""How a network takes up layers, and how it calls one that a reader has written.

A layer of this package is known to keep the contract, and a network calls its formulas directly.
For any other one this module looks at what comes back, so that it works or is rejected with the
reason, and never trains wrongly without a word.
"""

from __future__ import annotations

import difflib
import inspect
import math
import weakref
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from ._checks import Array, describe, fail, formula_of_method
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


def _check_kind(layer: Any, where: str, engine: str) -> None:
    if not isinstance(layer, Layer):
        hint = ""
        if isinstance(layer, type) and issubclass(layer, Layer):
            hint = f"{layer.__name__}(…), an instance"
        elif callable(layer):
            hint = "the layer in place of the function: ReLU() for relu"
        fail(where, "a Layer", describe(layer), hint, TypeError)
    if layer.engine != engine:
        home = {"numpy": "nbhelpers", "graph": "nbhelpers.tf1"}
        here, there = home[engine], home[layer.engine]
        hint = f"take all layers from {here}, or build the network with {there}.Sequential"
        fail(where, f"a layer of {here}", f"{layer!r} of {there}", hint, TypeError)
    needed = ("forward", "backward") if engine == "numpy" else ("forward",)
    for name in needed:
        if getattr(type(layer), name) is getattr(Layer, name) and name not in vars(layer):
            close = difflib.get_close_matches(name, vars(type(layer)), n=1)
            got = f"none, but {close[0]}" if close else "none"
            arguments = {"forward": "x, train=False", "backward": "dy, need_dx=True"}[name]
            hint = f"def {name}(self, {arguments}) in {type(layer).__name__}"
            fail(where, f"a layer that defines {name}", got, hint, TypeError)


def parts_of(layers: Sequence[Layer]) -> Parts:
    """All layers with those inside of them, each once, the outer before the inner."""
    parts: Parts = []
    for i, layer in enumerate(layers):
        name = f"{i}.{type(layer).__name__}"
        for path, part in sublayers(layer):
            if all(part is not known for _, known in parts):
                parts.append((f"{name}.{path}" if path else name, part))
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
    for key, old in part.params.items():
        value = np.asarray(old)
        if value.dtype.kind not in "fiu" or not np.isfinite(value).all():
            hint = f"np.zeros(…) or an initializer as params[{key!r}]"
            fail(name, f"finite numbers in params[{key!r}]", describe(old), hint, TypeError)
        end = start + value.size
        params[key], grads[key] = (a[start:end].reshape(value.shape) for a in (w, g))
        params[key][...] = value
        for attribute, known in list(vars(part).items()):
            if known is old:
                setattr(part, attribute, params[key])
            elif known is not None and known is part.grads.get(key):
                setattr(part, attribute, grads[key])
        start = end
    params.held = grads.held = True
    try:
        part.params, part.grads = params, grads
    except AttributeError:
        hint = "set self.params = {…} in __init__ in place of a property"
        fail(name, "params that a network can hold", "a property", hint, TypeError)
    part._network = weakref.ref(network)  # type: ignore[attr-defined]
    return start


def check_held(part: Layer, name: str, params: dict[str, Array]) -> None:
    """Raise where somebody has put another dictionary in the place of the one that is trained."""
    if part.params is not params:
        hint = "layer.params['W'] = W copies new values in"
        fail(name, "the params that the network holds", "another dictionary", hint, TypeError)


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
    shown = x.view()
    shown.flags.writeable = False  # nobody changes an array that it was handed
    try:
        if takes(layer.forward, "train", where):
            y = layer.forward(shown, train=train)
        else:
            y = layer.forward(shown)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        fail(where, "x left as it is", "an assignment into x", "y = x.copy(), then change y")
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "fiub":
        hint = "end with return y" if y is None else ""
        fail(where, "an array of numbers", describe(y), hint, TypeError)
    if y.ndim < 2 or len(y) != len(x):
        fail(where, f"y with one row per example, ({len(x)}, …)", describe(y))
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
    shown = dy.view()
    shown.flags.writeable = False
    with_need = takes(layer.backward, "need_dx", where)
    try:
        dx = layer.backward(shown, need_dx=need_dx) if with_need else layer.backward(shown)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        fail(where, "dy left as it is", "an assignment into dy", "dx = dy.copy(), then change dx")
    for part, grads in zip(parts, held, strict=True):
        if part.grads is not grads:  # the reader's backward has made a dictionary of its own
            for name, value in part.grads.items():
                grads[name] = value
            part.grads = grads
        for name, array in grads.items():
            if np.isnan(array).any():
                got = "nothing, or NaN"
                hint = f'self.grads["{name}"] = …; assigned, not added to what was there'
                fail(where, f'the gradient of {name} in grads["{name}"]', got, hint)
    if need_dx and (not isinstance(dx, np.ndarray) or dx.shape != shape):
        hint = "end with return dx" if dx is None else ""
        fail(where, f"dx of shape {shape}, as x", describe(dx), hint)
    return dx if need_dx else None


def takes(method: Any, name: str, where: str) -> bool:
    """Whether a method takes the second argument `name`; raise where it takes something else."""
    try:
        parameters = list(inspect.signature(method).parameters.values())
    except (TypeError, ValueError):  # written in C, or without a signature
        return True
    if any(p.name == name or p.kind is p.VAR_KEYWORD for p in parameters):
        return True
    required = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(required) > 1:
        names = ", ".join(p.name for p in required)
        expected = f"the arguments {'x' if name == 'train' else 'dy'} and {name}"
        fail(where, expected, names, f"call the second argument {name}", TypeError)
    return False
