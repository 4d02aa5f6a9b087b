"""Networks on disk: one .npz file, written in one piece or not at all, read without pickle."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from .validation import refuse

Arrays = dict[str, npt.NDArray[Any]]


def save_arrays(path: str | os.PathLike[str], arrays: Arrays) -> None:
    """Write named arrays to exactly `path`; until all is written, an older file stays as it was.

    Raises:
        FileNotFoundError: the folder does not exist.
    """
    path = Path(path)
    if not path.parent.is_dir():
        mend = f"create the folder {str(path.parent)!r} first"
        refuse("save", "an existing folder", repr(str(path.parent)), mend, FileNotFoundError)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load_arrays(path: str | os.PathLike[str]) -> Arrays:
    """Read what `save_arrays` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is cut short, is something else, or holds Python objects (pickle).
    """
    path = Path(path)
    if not path.is_file():
        mend = "check the name; paths start from the folder that the notebook runs in"
        refuse("load", "a saved network", f"no file {str(path)!r}", mend, FileNotFoundError)
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, AttributeError, TypeError, BadZipFile) as problem:
        mend = "save again; this file is cut short, of another kind, or holds pickled objects"
        refuse("load", "an .npz file written by `save`", f"{path.name!r} ({problem})", mend)


def refuse_mismatch(path: str | os.PathLike[str], here: Arrays, found: Arrays) -> None:
    """Refuse arrays whose names, shapes or dtypes are not those of the network here."""

    def outline(arrays: Arrays) -> str:
        return ", ".join(f"{name} {a.shape} {a.dtype}" for name, a in arrays.items())

    if outline(here) != outline(found):
        mend = "build the network with the same layers and dtype as the one that was saved"
        refuse(f"load {Path(path).name!r}", outline(here), outline(found), mend)
    for name, array in found.items():
        if not np.isfinite(array).all():
            refuse(f"load {Path(path).name!r}", f"finite {name}", "NaN or infinite", "save again")
