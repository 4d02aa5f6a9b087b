"""A table of runs that can be interrupted: what it holds already is not run again."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nbhelpers._files import atomic_write
from nbhelpers.datasets import Dataset, load_mnist


def record(
    table: Path, keys: Sequence[str], runs: Sequence[tuple[Any, ...]],
    run: Callable[..., dict[str, Any]], notes: str, load: Callable[[], Dataset] = load_mnist,
) -> None:  # fmt: skip
    """Add a row `run(*key, data)` for each key that the table lacks, on the official data set."""
    data = load()
    if not data.official:
        raise SystemExit(f"This needs the official files, and found {data.source}.")
    rows = pd.read_csv(table, comment="#").to_dict("records") if table.exists() else []
    done = {tuple(row[key] for key in keys) for row in rows}
    for one in runs:
        if one not in done:
            rows.append(run(*one, data))
            write(table, rows, data, notes)
            print(rows[-1], flush=True)


def write(table: Path, rows: list[Any], data: Dataset, notes: str) -> None:
    """Write the table whole or not at all, with where its numbers come from on top."""
    names = ("tensorflow", "tensorflow-cpu", "tensorflow_cpu")
    tensorflow = next(d.version for d in distributions() if d.name in names)
    provenance = (
        f"{data.source}; {notes}\n"
        f"Python {platform.python_version()}, NumPy {np.__version__}, TensorFlow {tensorflow}, "
        f"{platform.system()} {platform.machine()}, one thread"
    )
    header = "".join(f"# {line}\n" for line in provenance.splitlines())
    with atomic_write(table) as file:
        rest = pd.DataFrame(rows).to_csv(index=False, lineterminator="\n")
        file.write((header + rest).encode())
