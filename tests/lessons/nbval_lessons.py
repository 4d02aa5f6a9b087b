"""Lessons as tests: nbval executes them again, here with our tolerance, a watch and a time budget.

A cell that hangs (`--nbval-cell-timeout`) or kills its kernel is reported, and the rest of its
lesson is skipped. The timeout is that of the reference machine; it is multiplied by how many times
slower this machine is, measured when each lesson starts.

The time budget is reported. Only where NBHELPERS_TIME_FACTOR is set, as in continuous integration,
does a lesson fail that takes more than so many times its budget: a reader's machine may be slow.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from queue import Empty
from unittest.mock import patch

import psutil
import pytest
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile, nocolors

from tests.lessons.nbval_tolerance import Tolerant, rule
from tools import execution

# Seconds of processor time for the cells of a lesson, and for the long ones: unlike the time on the
# wall, it hardly depends on what else the machine is doing. Processors differ.
BUDGET, LONG_BUDGET = 30, 120
LONG = ("mnist", "cifar10", "convolution")


def factor() -> float | None:
    """How many times its budget a lesson may take; None: as long as it needs."""
    text = os.environ.get("NBHELPERS_TIME_FACTOR")
    return float(text) if text else None


def is_long(path: Path) -> bool:
    """Whether a lesson may take longer: known by its slug, whatever its number."""
    return path.stem.partition("_")[2] in LONG


class KernelDiedError(Exception):
    pass


class TooSlowError(Exception):
    pass


class Kernel(RunningKernel):
    slowness = 1.0

    def execute_cell_input(self, cell_input: str, allow_stdin: bool | None = None) -> str:
        # With history a trailing ";" silences a cell, as it does for the reader.
        options = {"store_history": True, "stop_on_error": False}
        return self.kc.execute(cell_input, allow_stdin=allow_stdin, **options)

    def seconds(self) -> float:
        """Processor time that the kernel and its child processes have taken so far."""
        total = 0.0
        with suppress(psutil.NoSuchProcess):  # one that has just ended
            kernel = psutil.Process(self.km.provisioner.pid)
            for process in [kernel, *kernel.children(recursive=True)]:
                t = process.cpu_times()
                total += t.user + t.system + t.children_user + t.children_system
        return total

    def await_reply(self, msg_id: str, timeout: float) -> None:
        """Ask every second whether the kernel lives: nbval waits for a dead one to the end."""
        end = time.monotonic() + timeout * self.slowness
        while True:
            try:
                return super().await_reply(msg_id, timeout=1)
            except Empty:
                if not self.is_alive():
                    raise KernelDiedError from None
                if time.monotonic() > end:
                    raise


class Lesson(IPyNbFile):
    stopped = ""  # why the remaining cells cannot run

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.skip_compare = tuple(key for key in self.skip_compare if key != "image/png")
        self.offline = execution.is_offline(self.path)
        self.seconds: dict[int, float] = {}
        self.resources = ExitStack()

    def setup(self) -> None:
        official = execution.dataset(self.nb) is not None and not self.offline
        self.slowness = execution.slowness()
        surroundings = execution.kernel_environment(official=official)
        environment = self.resources.enter_context(surroundings)
        # nbval hands no environment to the kernel: it inherits this process's.
        with patch.dict(os.environ, environment, clear=True):
            self.kernel = Kernel(
                CURRENT_ENV_KERNEL_NAME,
                cwd=str(execution.NOTEBOOKS if self.offline else self.path.parent),
                startup_timeout=self.config.option.nbval_kernel_startup_timeout * self.slowness,
            )
        self.kernel.slowness = self.slowness

    def teardown(self) -> None:
        if hasattr(self.kernel, "km"):  # else nbval has stopped it already
            self.kernel.stop()
        self.resources.close()

    def collect(self) -> Iterator[pytest.Item]:
        for number, cell in enumerate(super().collect(), 1):  # as the reader sees it: [1], [2] …
            yield Cell.from_parent(
                self, name=f"Cell {number}", cell_num=number, cell=cell.cell, options=cell.options
            )
        yield Budget.from_parent(self, name="time budget")


class Cell(IPyNbCell):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.output_timeout = 60  # seconds after the reply; nbval's 5 are few on a busy machine
        self.colors = nocolors  # else escape codes go into logs
        self.sanitize = rule(self.cell.metadata.get("tags", []))

    def setup(self) -> None:
        if self.parent.stopped:
            pytest.skip(self.parent.stopped)

    def runtest(self) -> None:
        lesson, start = self.parent, self.parent.kernel.seconds()
        try:
            super().runtest()
        except KernelDiedError:
            self.raise_cell_error("The kernel died (out of memory, or a crash in compiled code)")
        finally:
            if lesson.timed_out or not lesson.kernel.is_alive():
                lesson.stopped = f"cell {self.cell_num} hung or killed the kernel"
            else:
                lesson.seconds[self.cell_num] = lesson.kernel.seconds() - start
        errors = [output.text for output in self.test_outputs if output.get("name") == "stderr"]
        if errors and not self.options["check"]:
            self.raise_cell_error("Output to stderr, in a cell whose output is ignored", errors[0])

    def format_output_compare(self, key: str, left: str, right: str) -> None:
        right = left.settled(right) if isinstance(left, Tolerant) else right
        super().format_output_compare(key, left, right)


class Budget(pytest.Item):
    """The last item of a lesson: did its cells together take too much processor time?"""

    def runtest(self) -> None:
        seconds = self.parent.seconds
        budget = LONG_BUDGET if is_long(self.path) else BUDGET
        slowest = sorted(seconds, key=seconds.__getitem__, reverse=True)[:3]
        where = ", ".join(f"cell {number} {seconds[number]:.1f} s" for number in slowest)
        total, edition = sum(seconds.values()), "offline" if self.parent.offline else ""
        line = f"{self.path.stem:24} {edition:8} {total:6.1f} of {budget:3} s   slowest: {where}"
        self.user_properties.append(("lesson time", line))
        if (most := factor()) and total > budget * most:
            raise TooSlowError(
                f"{self.path.name} took {total:.1f} s. Its budget is {budget} s, and it fails above"
                f" {most:g} times that. Slowest: {where}. Where the machine is slow, not the"
                " lesson, raise NBHELPERS_TIME_FACTOR, or unset it: then nothing fails."
            )

    def repr_failure(self, excinfo, style=None):
        error = excinfo.value
        return str(error) if isinstance(error, TooSlowError) else super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, None, self.nodeid


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    collectors = yield
    if not any(isinstance(collector, IPyNbFile) for collector in collectors):
        return collectors
    if execution.is_own_work(file_path) or execution.missing_data(file_path):
        return []
    return [Lesson.from_parent(parent, path=file_path)]


def pytest_collection_modifyitems(items):
    # Lessons first, the long ones before all: no worker is left alone with one at the end.
    items.sort(key=lambda i: (not isinstance(i.parent, Lesson), not is_long(i.path)))


def pytest_report_header():
    lines, folder = [], execution.data_folder()
    missing = [(p, file) for p in execution.lessons() if (file := execution.missing_data(p))]
    if missing:
        left_out = ", ".join(f"{path.stem} (no {file})" for path, file in missing)
        where = f"in {folder} (NBHELPERS_DATA names another folder)"
        lines.append(f"official editions not compared: {left_out} {where}")
    if own := ", ".join(path.name for path in execution.own_work()):
        lines.append(f"your own work, saved by Jupyter, not tested: {own} (with CI=1 it is)")
    return lines


def pytest_terminal_summary(terminalreporter):
    reports = [r for name in ("passed", "failed") for r in terminalreporter.getreports(name)]
    lines = sorted(text for r in reports for key, text in r.user_properties if key == "lesson time")
    if lines:
        limit = f"fails above {most:g} times the budget" if (most := factor()) else "only reported"
        terminalreporter.section(f"processor time of the cells ({limit})")
        terminalreporter.write("\n".join([*lines, ""]))
