"""A lesson is executed in the same surroundings when its outputs are stored and when tested.

A lesson on downloaded data says so in its metadata, `{"nbhelpers": {"data": "mnist"}}`, and is
stored in two editions with the same cells: in `notebooks/` with outputs from the official files, in
`tests/offline/` with outputs from the sample that is always at hand.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
OFFLINE = ROOT / "tests" / "offline"

# These win over what the shell says: outputs must not depend on who runs the tests.
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",  # one order of summation; two threads on a busy machine only spin
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TQDM_DISABLE": "1",  # a stored bar would be frozen
    "NBHELPERS_PROGRESS": "",  # which exercises are solved is the reader's own record
    "NBHELPERS_OFFLINE": "1",  # lifted for editions on official data only
}
# The first would switch inline pictures off; seeing the second, ipykernel drops C-level output; by
# the third, lesson 19 would believe that somebody is there to draw.
REMOVED = ("MPLBACKEND", "PYTEST_CURRENT_TEST", "JPY_SESSION_NAME")

# The file by which a data set is recognized.
OFFICIAL = {"mnist": "train-images-idx3-ubyte.gz", "cifar10": "data_batch_1.bin"}


def dataset(notebook: dict[str, Any]) -> str | None:
    """The downloaded data set that a lesson uses, if any."""
    name = notebook.get("metadata", {}).get("nbhelpers", {}).get("data")
    if name is not None and name not in OFFICIAL:
        raise ValueError(f"metadata nbhelpers.data: expected one of {list(OFFICIAL)}, got {name!r}")
    return name


def is_offline(path: Path) -> bool:
    """Whether a stored notebook is the edition made from the offline sample."""
    return path.parent.name == OFFLINE.name


def data_folder() -> Path:
    return Path(os.environ.get("NBHELPERS_DATA") or ROOT / "data").resolve()


def missing_data(path: Path) -> str | None:
    """The official file that this edition needs and the data folder does not hold."""
    try:
        name = dataset(json.loads(path.read_text(encoding="utf-8")))
    except ValueError:  # not a notebook, or unknown data: said where its cells are collected
        return None
    if name is None or is_offline(path):
        return None
    file, folder = OFFICIAL[name], data_folder()
    return None if (folder / file).is_file() or (folder / name / file).is_file() else file


@contextmanager
def kernel_environment(
    *, official: bool, extra: Mapping[str, str] | None = None
) -> Iterator[dict[str, str]]:
    """The whole environment of a lesson's kernel; `official` opens the data folder to it.

    `extra` wins over everything: `tools.claims` asks for other threads and another processor.
    """
    # Windows may still hold the history file of a kernel that has just ended.
    with TemporaryDirectory(prefix="lesson-", ignore_cleanup_errors=True) as scratch:
        no_data = Path(scratch, "data")
        no_data.mkdir()
        environment = {k: v for k, v in os.environ.items() if k not in REMOVED} | ENVIRONMENT
        # Neither the reader's IPython settings nor a history shared by kernels belong to a lesson.
        environment["IPYTHONDIR"] = str(Path(scratch, "ipython"))
        environment["NBHELPERS_DATA"] = str(data_folder() if official else no_data)
        if official:
            del environment["NBHELPERS_OFFLINE"]
        yield environment | dict(extra or {})
