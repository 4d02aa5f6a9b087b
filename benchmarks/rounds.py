"""Contestants take turns, round by round; a ratio is taken to the floor of the same round.

A turn is a few bursts of some milliseconds, of which the quickest counts: what interrupts a burst
is another program. The median over the rounds is reported, with the quartiles as its spread.
"""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from statistics import median, quantiles

from tools.execution import ENVIRONMENT, ROOT

from .workloads import Workload

BURST = 0.01  # seconds, or a step if that takes longer
BURSTS = 3


class Failed(RuntimeError):
    """A contestant ended, or its loss is no finite number."""


class Process:
    """A worker that waits until it is asked."""

    def __init__(self, name: str, workload: Workload) -> None:
        self.name, self.workload = name, workload
        # One thread for every library, as in the tests; XLA has a word of its own.
        one_thread = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false", "JAX_PLATFORMS": "cpu"}
        one_thread |= {"MKL_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | ENVIRONMENT | one_thread | {"PYTHONPATH": os.pathsep.join(paths)}
        command = [sys.executable, "-m", "benchmarks.worker", name, json.dumps(asdict(workload))]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env=environment, cwd=ROOT,
        )  # fmt: skip

    def wait(self) -> None:
        """Wait for its first steps, then find out how many of them make a burst."""
        first = self._answer()
        self.refused = first.get("refused")
        if self.refused:
            return
        self._check(first["loss"])
        self.multiple, least = first["multiple"], max(BURST, first["least"])
        self.steps = self.multiple
        while (seconds := min(self.ask(self.steps, 2))) < least / 2 and self.steps < 10_000:
            self.steps *= 2
        bursts = math.ceil(self.steps * least / seconds / self.multiple)
        self.steps = bursts * self.multiple

    def ask(self, steps: int, bursts: int = BURSTS) -> list[float]:
        """Seconds of each burst of that many steps; 0 steps is an epoch."""
        assert self.process.stdin
        self.process.stdin.write(f"{steps} {bursts}\n")
        self.process.stdin.flush()
        answer = self._answer()
        self._check(answer["loss"])
        self.megabytes = answer["megabytes"]
        return list(answer["seconds"])

    def step_seconds(self) -> float:
        return min(self.ask(self.steps)) / self.steps

    def _answer(self) -> dict:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            _, errors = self.process.communicate()
            raise Failed(f"{self.name} on {self.workload.name} ended:\n{errors[-2000:]}")
        return json.loads(line)

    def _check(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise Failed(f"{self.name} on {self.workload.name}: its loss is {loss}")

    def end(self) -> None:
        """Close its input, at which it ends by itself."""
        if self.process.poll() is None:
            self.process.communicate()


@dataclass
class Result:
    """What was measured of one contestant on one workload."""

    ratios: list[float] = field(default_factory=list)  # to the floor, a round each
    step: list[float] = field(default_factory=list)  # seconds
    epoch: list[float] = field(default_factory=list)
    megabytes: float = math.nan
    refused: str | None = None

    def ratio(self) -> float:
        return median(self.ratios)

    def spread(self) -> tuple[float, float]:
        """The quartiles of the ratios: half of the rounds lie between."""
        if len(self.ratios) < 2:
            return self.ratios[0], self.ratios[0]
        low, _, high = quantiles(self.ratios, n=4, method="inclusive")
        return low, high


def race(
    names: list[str], workload: Workload, rounds: int, *, epochs: int = 0
) -> dict[str, Result]:
    """Let the contestants take turns; the first in `names` is what all are compared with."""
    results = {name: Result() for name in names}
    processes: list[Process] = []
    try:
        processes += [Process(name, workload) for name in names]  # they start side by side
        for process in processes:
            try:
                process.wait()
            except Failed as failure:  # another library's trouble must not cost the whole run
                if process.name == names[0]:
                    raise
                process.refused = str(failure)
                print(failure, file=sys.stderr)
            results[process.name].refused = process.refused
        first, *others = [p for p in processes if not p.refused]
        shuffle = random.Random(0)
        for _ in range(rounds):
            shuffle.shuffle(others)
            before = first.step_seconds()
            times = {p.name: p.step_seconds() for p in others}
            base = (before + first.step_seconds()) / 2
            for name, seconds in {first.name: base, **times}.items():
                results[name].step.append(seconds)
                results[name].ratios.append(seconds / base)
        for _ in range(epochs):
            for process in (p for p in (first, *others) if workload.steps % p.multiple == 0):
                results[process.name].epoch += process.ask(0, 1)
        for process in (first, *others):
            results[process.name].megabytes = process.megabytes
    finally:
        for process in processes:
            process.end()
    return results
