"""A lesson is executed in the same surroundings when its outputs are stored and when tested.

A lesson on downloaded data says so in its metadata, `{"nbhelpers": {"data": "mnist"}}`, and is
stored in two editions with the same cells: in `notebooks/` with outputs from the official files, in
`tests/offline/` with outputs from the sample that is always at hand.
"""

from __future__ import annotations

import json
import os
import time
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

# The same for every machine: no name of an environment, no patch release of Python.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}

REFERENCE = 0.1  # seconds that the work of `slowness` takes on the reference machine

# The file by which a data set is recognized.
OFFICIAL = {"mnist": "train-images-idx3-ubyte.gz", "cifar10": "data_batch_1.bin"}


def dataset(notebook: dict[str, Any]) -> str | None:
    """The downloaded data set that a lesson uses, if any."""
    name = notebook.get("metadata", {}).get("nbhelpers", {}).get("data")
    if name is not None and name not in OFFICIAL:
        raise ValueError(f"metadata nbhelpers.data: expected one of {list(OFFICIAL)}, got {name!r}")
    return name


def is_own_work(path: Path) -> bool:
    """Whether a notebook is the reader's own, or a lesson that the reader has worked in.

    Such a notebook is not tested. Every Jupyter writes the release of its Python into what it
    saves; `refresh`, which stores the lessons, does not. Continuous integration (CI is set) takes
    every notebook for a lesson, so that none is left untested because its author forgot `refresh`.
    """
    if path.parent != NOTEBOOKS or os.environ.get("CI"):
        return False
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
        return any(metadata.get(key) != value for key, value in METADATA.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # nothing that was stored
        return True


def own_work() -> list[Path]:
    """The rest of the notebooks beside the lessons."""
    return [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if is_own_work(path)]


def slowness() -> float:
    """How many times as long as the reference machine this one takes for a fixed piece of work.

    Timed on the wall, so that a slow processor and a busy one both count; at least 1.
    """
    start = time.perf_counter()
    for _ in range(30):
        sum(i * i for i in range(100_000))
    return max(1.0, (time.perf_counter() - start) / REFERENCE)


def is_offline(path: Path) -> bool:
    """Whether a stored notebook is the edition made from the offline sample."""
    return path.parent.name == OFFLINE.name


def data_folder() -> Path:
    return Path(os.path.abspath(os.environ.get("NBHELPERS_DATA") or ROOT / "data"))


def missing_data(path: Path) -> str | None:
    """The official file that this edition needs and the data folder does not hold."""
    try:
        name = dataset(json.loads(path.read_text(encoding="utf-8")))
    except ValueError:  # not a notebook, or unknown data: said where its cells are collected
        return None
    if name is None or is_offline(path):
        return None
    file, folder = OFFICIAL[name], data_folder()
    # Unlike Path.is_file, isfile takes a folder without permission for one without the file.
    places = folder / file, folder / name / file
    return None if any(os.path.isfile(path) for path in places) else file


def lessons() -> list[Path]:
    """The notebooks of the course in its order; which files these are, their names say."""
    # Not at the top: before NumPy is imported, the number of its threads is set.
    from nbhelpers.exercises.engine.lessons import lesson_files

    return [file.path for file in lesson_files(NOTEBOOKS) if not is_own_work(file.path)]


def find_lessons(asked: list[str]) -> list[Path]:
    """The notebooks that are meant by numbers, slugs or file names; every one if none is asked for.

    Raises:
        LookupError: one that is no lesson.
    """
    from nbhelpers.exercises.engine.lessons import find, lesson_files

    # One that was just saved in Jupyter is the reader's own work, and the author's to be stored.
    paths = [] if asked else [file.path for file in lesson_files(NOTEBOOKS)]
    for one in asked:
        found = find(NOTEBOOKS, one)
        if not found:
            raise LookupError(f"no lesson {one} in {NOTEBOOKS}")
        paths += [file.path for file in found]
    return paths


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
