"""One contestant in a process of its own: told how many steps to take, it says how long they took.

    python -m benchmarks.worker NAME WORKLOAD_AS_JSON

It answers in lines of JSON and waits in between, so that it takes no time from the others.
"""

from __future__ import annotations

import json
import os
import sys
import time

from .contestants import CONTESTANTS
from .workloads import Workload

WARM_UP = 3
# Processor time, all threads together: what other programs take from a busy machine is not in it.
# On Windows its ticks are too coarse.
clock = time.perf_counter if sys.platform == "win32" else time.process_time


def peak_memory() -> float:
    """The most memory that this process has held so far, in MB."""
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        return float(psutil.Process().memory_info().peak_wset / 1e6)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not be taken for an answer

    def answer(**values: object) -> None:
        print(json.dumps(values), file=answers, flush=True)

    settings = json.loads(sys.argv[2])
    workload = Workload(**settings | {"widths": tuple(settings["widths"])})
    try:
        run = CONTESTANTS[sys.argv[1]][2](workload)
    except NotImplementedError as reason:
        answer(refused=str(reason))
        return
    loss = run(WARM_UP)
    answer(loss=loss, least=getattr(run, "least", 0.0), multiple=getattr(run, "multiple", 1))
    epoch = getattr(run, "epoch", lambda: run(workload.steps))
    for line in sys.stdin:
        steps, bursts = map(int, line.split())
        seconds, loss = [], 0.0
        for _ in range(bursts):
            start = clock()
            loss = run(steps) if steps else epoch()
            seconds.append(clock() - start)
        answer(seconds=seconds, loss=loss, megabytes=peak_memory())


if __name__ == "__main__":
    main()
