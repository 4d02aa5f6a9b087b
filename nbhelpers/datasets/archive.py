"""Out of an archive come only the files asked for by name, each with the right checksum."""

from __future__ import annotations

import errno
import io
import tarfile
from pathlib import Path, PurePosixPath

from .._checks import fail
from .download import (
    Checksums,
    DownloadError,
    atomic_file,
    check_content,
    disk_full,
    read_verified,
)


def unpack(path: Path, checksum: str, files: Checksums, folder: Path) -> None:
    """Take files out of a .tar.gz, into the folder; those that are there already stay as they are.

    Args:
        path, checksum: the archive, which is checked before it is opened.
        files: name (without folders) and checksum of each file to take; the rest stays inside.
        folder: where they go. Only the last part of a member's name is used and only plain files
            are taken, so that no archive can write anywhere else.

    Raises:
        ChecksumError: of the archive, or of a file in it.
        ValueError: a file is not in the archive.
        DownloadError: the disk is full. What was unpacked before is whole and stays.
    """
    content = io.BytesIO(read_verified(path, checksum))
    folder.mkdir(parents=True, exist_ok=True)
    missing = {name: kind for name, kind in files.items() if not (folder / name).exists()}
    with tarfile.open(fileobj=content, mode="r:gz") as archive:
        for member in archive:
            name = PurePosixPath(member.name).name
            if name in missing and member.isfile() and (file := archive.extractfile(member)):
                unpacked = file.read()
                check_content(folder / name, unpacked, missing.pop(name))
                try:
                    with atomic_file(folder / name) as target:
                        target.write(unpacked)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    room = f"to unpack {name} takes {len(unpacked) / 1e6:.0f} MB"
                    raise DownloadError(f"{disk_full(folder)}; {room}") from error
    if missing:
        got = "an archive without " + ", ".join(sorted(missing))
        fail(path, "an archive with " + ", ".join(files), got, "fetch the archive anew")
