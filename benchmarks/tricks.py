"""The package with one trick undone at a time: what would a step cost without it?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy, deepcopy
from typing import Any

import numpy as np

from nbhelpers import ReLU, _custom_layers, optimizers, training
from nbhelpers.network import Sequential

from .package import runner, solver_of
from .workloads import Array, Workload

Run = Callable[[int], float]


def float64(workload: Workload) -> Run:
    return runner(solver_of(workload, dtype=np.float64), workload)


def whole_vectors(workload: Workload) -> Run:
    """The optimizer takes its formula on all weights at once."""
    optimizers.BLOCK = 1 << 40
    return runner(solver_of(workload), workload)


def with_input_gradient(workload: Workload) -> Run:
    """The gradient of the pictures is computed too, and nobody looks at it."""
    trained = solver_of(workload)
    backward = trained.net._backward
    trained.net._backward = lambda dy, **_: backward(dy)
    return runner(trained, workload)


def array_by_array(workload: Workload) -> Run:
    """An optimizer for each W and each b, in place of one for the flat vector."""
    trained = solver_of(workload)
    pairs = [
        (layer.params[name].reshape(-1), layer.grads[name].reshape(-1))
        for layer in trained.net.layers
        for name in layer.params
    ]
    each = [copy(trained.optimizer) for _ in pairs]
    for one in each:
        one.slots, one._w = [], None

    class Many(type(trained.optimizer)):  # type: ignore[misc]
        def step(self, w: Array, g: Array) -> None:
            for one, (w, g) in zip(each, pairs, strict=True):
                one.step(w, g)

    trained.optimizer = Many(workload.lr)
    return runner(trained, workload)


def checked(workload: Workload) -> Run:
    """Every layer and the loss look at what they are handed, in every step."""
    _custom_layers.formula_of_method = lambda method: None
    training.formula_of = lambda function: function
    return runner(solver_of(workload), workload)


def reordered(workload: Workload) -> Run:
    """The whole data set is put into a new order before each epoch."""
    trained = solver_of(workload)

    def batches(x: Array, y: Any) -> Iterator[tuple[Array, Any]]:
        order = trained.rng.permutation(len(x))
        x, y = x[order], y[order]
        for start in range(0, len(x), workload.batch):
            yield x[start : start + workload.batch], y[start : start + workload.batch]

    trained.batches = batches
    return runner(trained, workload)


def where(workload: Workload) -> Run:
    """ReLU as np.where, forward and back."""

    class Where(ReLU):
        def forward(self, x: Array, train: bool = False) -> Array:
            self.cache = x if train else None
            return np.where(x > 0, x, np.float32(0))

        def backward(self, dy: Array, need_dx: bool = True) -> Array:
            return np.where(self.cache > 0, dy, np.float32(0))

    trained = solver_of(workload)
    layers = [
        Where() if isinstance(layer, ReLU) else deepcopy(layer) for layer in trained.net.layers
    ]
    trained.net = Sequential(*layers)
    return runner(trained, workload)


UNDONE: dict[str, Callable[[Workload], Run]] = {
    "float64": float64,
    "whole vectors, no blocks": whole_vectors,
    "an optimizer an array": array_by_array,
    "the first layer's dx too": with_input_gradient,
    "all checks in every step": checked,
    "data reordered each epoch": reordered,
    "ReLU by np.where": where,
}
