"""A kernel in which a submitted notebook runs cell by cell, each within its time and memory."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from . import inside, transport
from .processes import Watch

STARTUP = 120  # seconds


class Client(NotebookClient):
    """A client that looks at no output: a submission may print without end."""

    def output(self, *_: Any) -> None:
        return None

    def _update_display_id(self, *_: Any) -> None:
        return None


class Stopped(Exception):
    """The kernel is gone; the message says why."""


class Kernel:
    """A kernel while it lives.

    Args:
        folder: where the notebook runs.
        cell_time: seconds for a cell.
        memory: bytes for the kernel and its child processes.
    """

    def __init__(self, folder: Path, cell_time: float, memory: int) -> None:
        notebook = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
        self.client = Client(
            notebook,
            startup_timeout=STARTUP,
            kernel_name="python3",
            allow_errors=True,
            record_timing=False,
            shutdown_kernel="immediate",
            resources={"metadata": {"path": str(folder)}},
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
        )
        self.memory, self.cell_time = memory, cell_time

    def __enter__(self) -> Kernel:
        self._setup = self.client.setup_kernel(env=dict(os.environ))
        self._setup.__enter__()
        self.watch = Watch(self.client.km.provisioner.pid, self.memory)  # type: ignore[union-attr]
        self.watch.start()
        return self

    def __exit__(self, *exception: Any) -> None:
        self.watch.stop()
        self._setup.__exit__(None, None, None)

    def run(self, source: str, seconds: float | None = None) -> None:
        """Run one cell.

        Raises:
            Stopped: it took too long, or the kernel died of it.
        """
        cell = nbformat.v4.new_code_cell(source)  # type: ignore[no-untyped-call]
        self.client.nb.cells = [cell]
        self.client.timeout = max(1, round(seconds or self.cell_time))
        try:
            self.client.execute_cell(cell, 0)
        except CellTimeoutError:
            raise Stopped(f"runs longer than {self.cell_time:g} s") from None
        except (DeadKernelError, RuntimeError, OSError):
            if self.watch.exceeded:
                limit = f"{self.memory / 2**30:.3g} GB"
                raise Stopped(f"takes more memory than {limit}") from None
            raise Stopped("makes the kernel crash") from None


def code(call: str) -> str:
    """A cell that runs a call of `inside` without leaving a name behind, nor using one."""
    mine, theirs = inspect.getsource(inside), inspect.getsource(transport)
    return (
        "(lambda python, inside, transport: ("
        f"python.exec(python.compile({mine!r}, '<inside>', 'exec'), inside), "
        f"python.exec(python.compile({theirs!r}, '<transport>', 'exec'), transport), "
        f"{call}) and None)"
        "(__import__('builtins'), {'__name__': 'inside'}, {'__name__': 'transport'})"
    )
