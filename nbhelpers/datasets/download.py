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
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
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
        folder = Path(named).expanduser()
        if not folder.is_dir():
            hint = "create the folder, correct the path, or unset NBHELPERS_DATA to use data/"
            got = f"{named!r}, which is {'a file' if folder.exists() else 'not there'}"
            fail("NBHELPERS_DATA", "the path of a folder", got, hint, NotADirectoryError)
        return folder
    top = Path(__file__).resolve().parents[2]
    # An installed copy has no repository around it; its data goes where the reader works.
    return (top if (top / "pyproject.toml").exists() else Path.cwd()) / "data"


def offline() -> bool:
    """Say whether downloads are switched off: NBHELPERS_OFFLINE is set, and not to 0."""
    return os.environ.get("NBHELPERS_OFFLINE", "") not in ("", "0")


def locate(names: Iterable[str], *subfolders: str) -> dict[str, Path]:
    """Return the paths of those files that lie in the data folder or in one of its sub-folders."""
    folder = data_folder()
    places = [folder, *(folder / sub for sub in subfolders)]
    found = {name: [p / name for p in places if (p / name).is_file()] for name in names}
    return {name: paths[0] for name, paths in found.items() if paths}


def read_verified(path: Path, checksum: str) -> bytes:
    """Return the bytes of a file, once their checksum is known to be right.

    Raises:
        ChecksumError: the message names the file, both checksums and the mend. Nothing is deleted.
    """
    content = path.read_bytes()
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
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DownloadError(f"the folder {folder} cannot be made: {error.strerror}") from error
    if not os.access(folder, os.W_OK):
        raise DownloadError(f"the folder {folder} cannot be written to")
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
            if getattr(error, "errno", None) == errno.ENOSPC:  # another mirror cannot mend that
                full = f"the disk of {folder} is full; NBHELPERS_DATA may name a folder elsewhere"
                raise DownloadError(full) from error
            failures.append(f"{urlsplit(mirror).netloc}: {getattr(error, 'reason', None) or error}")
    raise DownloadError("; ".join(failures))


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
