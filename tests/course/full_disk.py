"""A disk that has room for so many bytes and then for none: every file opened through a Path."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

OPEN = Path.open


class Full(io.FileIO):
    """A file on such a disk: what still fits is written, as on a real one."""

    room = 0

    def write(self, data) -> int:
        fits = min(len(data), Full.room)
        if not fits:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.name)
        Full.room -= fits
        return super().write(bytes(data[:fits]))


def fill(monkeypatch, room: int) -> None:
    """From now on the disk has `room` bytes."""
    Full.room = room

    def open_there(self, mode="r", buffering=-1, encoding=None, errors=None, newline=None):
        if not set(mode) & set("wxa"):
            return OPEN(self, mode, buffering, encoding, errors, newline)
        file = io.BufferedRandom(Full(self, mode.replace("b", "").replace("t", "") + "+"))
        return file if "b" in mode else io.TextIOWrapper(file, encoding, errors, newline)

    monkeypatch.setattr(Path, "open", open_there)
