"""Networks on disk: one .npz file, written in one piece or not at all, read without pickle."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from ._checks import fail

Arrays = dict[str, npt.NDArray[Any]]
# What NumPy's reader is known to raise on damaged or foreign files.
UNREADABLE = (
    ValueError, OSError, EOFError, AttributeError, TypeError, KeyError, NotImplementedError,
    RuntimeError, BadZipFile, zlib.error,
)  # fmt: skip


def save_arrays(path: str | os.PathLike[str], arrays: Arrays) -> None:
    """Write named arrays to exactly `path`; until all is written, an older file stays as it was.

    Raises:
        FileNotFoundError: the folder does not exist.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_arrays(f"{folder}/net.npz", {"b": np.zeros(2)})
    ...     load_arrays(f"{folder}/net.npz")
    {'b': array([0., 0.])}
    """
    with atomic_write(path) as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file for writing that replaces `path` once the block has ended without an error.

    Raises:
        FileNotFoundError: the folder does not exist.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_write(f"{folder}/a.txt") as file:
    ...         _ = file.write(b"all or nothing")
    ...     Path(folder, "a.txt").read_text()
    'all or nothing'
    """
    path = Path(path)
    if not path.parent.is_dir():
        hint = f"create the folder {str(path.parent)!r} first"
        fail("save", "an existing folder", repr(str(path.parent)), hint, FileNotFoundError)
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def load_arrays(path: str | os.PathLike[str]) -> Arrays:
    """Read what `save_arrays` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is cut short, is something else, or holds Python objects (pickle).

    >>> load_arrays("absent.npz")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FileNotFoundError: load: expected a saved network, got no file 'absent.npz'. Hint: ...
    """
    path = Path(path)
    if not path.is_file():
        hint = "check the name; paths start from the folder that the notebook runs in"
        fail("load", "a saved network", f"no file {str(path)!r}", hint, FileNotFoundError)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except UNREADABLE as problem:
        hint = "save again; this file is cut short, of another kind, or holds pickled objects"
        fail("load", "an .npz file written by `save`", f"{path.name!r} ({problem})", hint)


def check_same_arrays(where: str, here: Arrays, found: Arrays) -> None:
    """Raise where the names, shapes or dtypes of arrays are not those of the network here.

    >>> here, found = {"0.Dense.b": np.zeros(2)}, {"0.Dense.b": np.zeros(3)}
    >>> check_same_arrays("load 'net.npz'", here, found)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: load 'net.npz': expected 0.Dense.b (2,) float64, got 0.Dense.b (3,) float64. ...
    """

    def outline(arrays: Arrays) -> str:
        return ", ".join(f"{name} {a.shape} {a.dtype}" for name, a in arrays.items())

    if outline(here) != outline(found):
        hint = "build the network with the same layers and dtype as the one that was saved"
        fail(where, outline(here) or "no arrays", outline(found) or "none", hint)
    for name, array in found.items():
        if not np.isfinite(array).all():
            hint = "train it again with a lower learning rate: this network had diverged"
            fail(where, f"finite numbers in {name}", "NaN or infinite ones", hint)
