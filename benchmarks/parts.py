"""Where the time of a training step goes: each part of `Solver.step` under a clock of its own."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from itertools import chain, repeat
from typing import Any

from .package import solver_of
from .workloads import Workload


def parts(workload: Workload, steps: int) -> dict[str, float]:
    """Mean seconds of each part in the quickest tenth of the steps: nothing interrupted those."""
    solver, clocks = solver_of(workload), defaultdict(list)
    x, y = workload.data()

    def under(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            result = function(*args, **kwargs)
            clocks[name].append(time.perf_counter() - start)
            return result

        return timed

    net = solver.net
    net._forward = under("forward", net._forward)
    net._backward = under("backward", net._backward)
    solver._loss = under("loss", solver._loss)
    solver.optimizer.step = under("Adam", solver.optimizer.step)
    batches = chain.from_iterable(solver.batches(x, y) for _ in repeat(None))
    draw = under("drawing the batch", lambda: next(batches))
    step = under("step", solver._step)
    for _ in range(steps):
        step(*draw())
    wholes = clocks.pop("step")
    quick = sorted(range(steps), key=wholes.__getitem__)[: max(1, steps // 10)]
    seconds = {name: sum(times[i] for i in quick) / len(quick) for name, times in clocks.items()}
    inside = sum(seconds.values()) - seconds["drawing the batch"]
    rest = sum(wholes[i] for i in quick) / len(quick) - inside
    return seconds | {"L2, checks, the rest": rest}
