"""The package itself, as NumPy and as a graph, run by its own Solver as the lessons run it."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import chain, islice, repeat
from typing import Any

import numpy as np

import nbhelpers
from nbhelpers._checks import unchecked

from .workloads import Workload


def solver_of(
    workload: Workload, engine: Any = nbhelpers, kind: str = "Solver", **options: Any
) -> Any:
    """A solver of one engine; both start from the workload's weights."""
    rng = np.random.default_rng(3)
    activation = {"relu": engine.ReLU, "sigmoid": engine.Sigmoid}[workload.activation]
    layers = []
    for (n_in, n_out, last), w in zip(workload.layers(), workload.weights(), strict=True):
        normalized = workload.batch_norm and not last
        layers.append(
            engine.Dense(n_in, n_out, init=lambda *_, w=w: w, rng=rng, bias=not normalized)
        )
        layers += [engine.BatchNorm(n_out)] * normalized
        if not last:
            layers.append(activation())
            layers += [engine.Dropout(workload.dropout, rng=rng)] if workload.dropout else []
    settings = {"compiled": True} if options.pop("compiled", False) else {}
    return getattr(engine, kind)(
        engine.Sequential(*layers, **options),
        engine.softmax_cross_entropy,
        engine.Adam(workload.lr),
        penalty=engine.L2(workload.l2) if workload.l2 else None,
        batch_size=workload.batch,
        rng=np.random.default_rng(1),
        progress=False,
        **settings,
    )


def runner(solver: Any, workload: Workload) -> Callable[[int], float]:
    """Steps as `fit` takes them, epoch after epoch; `fit` looks at all data first, once a call."""
    x, y = workload.data()
    batches = chain.from_iterable(solver.batches(x, y) for _ in repeat(None))
    step = unchecked(solver.step)

    def run(steps: int) -> float:
        return [step(*batch) for batch in islice(batches, steps)][-1]

    return with_epochs(run, solver, workload)


def with_epochs(run: Any, solver: Any, workload: Workload) -> Callable[[int], float]:
    x, y = workload.data()
    run.epoch = lambda: float(solver.fit((x, y), epochs=1).step_losses[-1])
    return run  # type: ignore[no-any-return]


def make(workload: Workload) -> Callable[[int], float]:
    return runner(solver_of(workload), workload)


def graph(workload: Workload) -> Callable[[int], float]:
    from nbhelpers import tf1

    return runner(solver_of(workload, tf1), workload)


def fast_graph(*, compiled: bool = False) -> Callable[[Workload], Callable[[int], float]]:
    """Make the graph's fast solver, with or without XLA."""

    def make(workload: Workload) -> Callable[[int], float]:
        from nbhelpers import tf1

        x, y = workload.data()
        solver = solver_of(workload, tf1, "FastSolver", compiled=compiled)
        solver.build(y)
        losses = solver.steps(chain.from_iterable(solver.batches(x, y) for _ in repeat(None)))

        def run(steps: int) -> float:
            return [next(losses) for _ in range(steps)][-1]

        # Steps are taken several a call: only these hold as many losses as they took steps.
        alike = workload.n % workload.batch == 0
        calls = math.lcm(workload.steps, solver.at_once) if alike else workload.steps
        run.multiple = calls  # type: ignore[attr-defined]
        return with_epochs(run, solver, workload)

    return make
