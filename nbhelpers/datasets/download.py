"""A data file is used only when its checksum is right, and gets its name only when it is whole.

Files lie in the data folder: the one that NBHELPERS_DATA names, else `data/` at the top of the
repository. With NBHELPERS_OFFLINE=1 nothing is downloaded.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import secrets
import stat
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from tqdm import tqdm

from .._checks import fail

TIMEOUT = 10  # seconds without a byte, after which a mirror counts as down
BLOCK = 1 << 16

Checksums = Mapping[str, str]
"""File name to checksum, written "sha256:…" or "md5:…" as the publisher gives it."""


class ChecksumError(ValueError):
    """A file is not, byte for byte, the one that was asked for."""


class DownloadError(OSError):
    """No mirror could deliver; the message says why, mirror by mirror."""


def data_folder() -> Path:
    """Return the folder that data is read from and downloaded to.

    Raises:
        NotADirectoryError: NBHELPERS_DATA names something that is not an existing folder.
    """
    named = os.environ.get("NBHELPERS_DATA")
    if named:
        folder = Path(os.path.expanduser(named))
        if (kind := what_is(folder)) != "a folder":
            hint = "create the folder, correct the path, or unset NBHELPERS_DATA to use data/"
            shown = repr(named if len(named) <= 100 else named[:100] + "…")
            fail(
                "NBHELPERS_DATA", "the path of a folder", f"{shown}, which is {kind}", hint,
                NotADirectoryError,
            )  # fmt: skip
        return folder
    top = Path(__file__).resolve().parents[2]
    # An installed copy has no repository around it; its data goes where the reader works.
    return (top if (top / "pyproject.toml").exists() else Path.cwd()) / "data"


def what_is(path: Path) -> str:
    """Say what lies there: "a folder", "a file", "not there", or why that cannot be seen."""
    try:
        return "a folder" if stat.S_ISDIR(path.stat().st_mode) else "a file"
    except (FileNotFoundError, NotADirectoryError):
        return "not there"
    except OSError as error:
        return f"out of reach ({error.strerror})"


def offline() -> bool:
    """Say whether downloads are switched off: NBHELPERS_OFFLINE is set, and not to 0."""
    return os.environ.get("NBHELPERS_OFFLINE", "") not in ("", "0")


def locate(names: Iterable[str], *subfolders: str) -> dict[str, Path]:
    """Return the paths of those files that lie in the data folder or in one of its sub-folders.

    Raises:
        IsADirectoryError: a folder has the name of such a file.
    """
    folder, found = data_folder(), dict[str, Path]()
    paths = [
        (name, p / name) for name in names for p in (folder, *map(folder.joinpath, subfolders))
    ]
    for name, path in paths:
        kind = what_is(path)
        if kind == "a folder":
            hint = "move it away, then load again"
            fail(path, "a data file", "a folder of that name", hint, IsADirectoryError)
        if kind == "a file":
            found.setdefault(name, path)
    return found


def check_readable(*subfolders: str) -> None:
    """Raise a DownloadError if the data folder or one of those in it is closed to the reader."""
    for folder in (data_folder(), *map(data_folder().joinpath, subfolders)):
        try:
            with os.scandir(folder):
                (folder / "any").exists()
        except PermissionError as error:
            raise DownloadError(f"the folder {folder} cannot be read: no permission") from error
        except OSError:  # not there, or a file: said by whoever needs it
            pass


def read_verified(path: Path, checksum: str) -> bytes:
    """Return the bytes of a file, once their checksum is known to be right.

    Raises:
        ChecksumError: the message names the file, both checksums and the fix. Nothing is deleted.
        PermissionError: the file may not be read.
    """
    try:
        content = path.read_bytes()
    except PermissionError:
        hint = f"chmod u+r {path.name}, or ask whose file it is"
        fail(path, "a data file that you may read", "no permission", hint, PermissionError)
    check_content(path, content, checksum)
    return content


def check_content(path: Path, content: bytes, checksum: str) -> None:
    """Raise a ChecksumError unless these bytes, of the file of that path, have this checksum."""
    hasher = _hasher(checksum)
    hasher.update(content)
    _check(path, hasher.hexdigest(), checksum, len(content))


def download(mirrors: Iterable[str], files: Checksums, folder: Path) -> None:
    """Fetch the files that are not in the folder yet, from the first mirror that delivers.

    A mirror that fails is left for the next one, which goes on where the other stopped.

    Raises:
        DownloadError: the folder cannot be written to, its disk is full, or no mirror delivered
            every file.
    """
    made = [path for path in (folder, *folder.parents) if what_is(path) == "not there"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DownloadError(f"the folder {folder} cannot be made: {error.strerror}") from error
    if not os.access(folder, os.W_OK):
        raise DownloadError(f"the folder {folder} cannot be written to")
    try:
        _fetch_all(mirrors, files, folder)
    finally:
        for path in made:  # what is still empty goes, from the inside out
            with suppress(OSError):
                path.rmdir()


def _fetch_all(mirrors: Iterable[str], files: Checksums, folder: Path) -> None:
    """Fetch the files that are not there yet from the first mirror that delivers."""
    failures = []
    for mirror in mirrors:
        try:
            for name, checksum in files.items():
                if not (folder / name).exists():
                    _fetch(mirror + name, folder / name, checksum)
            return
        except ChecksumError:
            failures.append(f"{urlsplit(mirror).netloc}: {name} came incomplete or altered")
        except (OSError, http.client.HTTPException) as error:
            if getattr(error, "errno", None) == errno.ENOSPC:  # another mirror cannot help
                raise DownloadError(disk_full(folder)) from error
            failures.append(f"{urlsplit(mirror).netloc}: {getattr(error, 'reason', None) or error}")
    raise DownloadError("; ".join(failures))


def disk_full(folder: Path) -> str:
    """What the message of a full disk says."""
    return f"the disk of {folder} is full; NBHELPERS_DATA may name a folder elsewhere"


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that takes its name only when the block ends without an error."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")  # several may write at once
    try:
        with part.open("xb") as file:
            yield file
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _fetch(url: str, path: Path, checksum: str) -> None:
    """Download one file, with a progress bar; it appears only when its checksum is right."""
    with urllib.request.urlopen(url, timeout=TIMEOUT) as answer, atomic_file(path) as file:
        hasher = _hasher(checksum)
        with tqdm(
            total=answer.length, desc=path.name, unit="B", unit_scale=True, leave=False
        ) as bar:
            while block := answer.read(BLOCK):
                file.write(block)
                hasher.update(block)
                bar.update(len(block))
        _check(path, hasher.hexdigest(), checksum, file.tell())


def _hasher(checksum: str) -> hashlib._Hash:
    """Return a running hash of the kind that the checksum names."""
    # MD5 stands where the publisher gives nothing else; it tells damage, not an attack.
    return hashlib.new(checksum.partition(":")[0], usedforsecurity=False)


def _check(path: Path, digest: str, checksum: str, size: int) -> None:
    """Raise a ChecksumError unless the digest is the one in the checksum."""
    kind, _, expected = checksum.partition(":")
    if digest != expected:
        hint = "the file is incomplete, altered or another one; delete it, then load again"
        got = f"{digest} ({size:,} bytes)"
        fail(path, f"a file with {kind.upper()} {expected}", got, hint, ChecksumError)
