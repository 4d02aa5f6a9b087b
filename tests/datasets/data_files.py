"""Small files in the official formats, what a data set must be, and the official files if any."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest

from nbhelpers.datasets import Dataset, cifar10, download

GIVEN = os.environ.get("NBHELPERS_DATA")  # before a test changes it

NAMES = {
    "train-images-idx3-ubyte.gz": (30, 28, 28),
    "train-labels-idx1-ubyte.gz": (30,),
    "t10k-images-idx3-ubyte.gz": (10, 28, 28),
    "t10k-labels-idx1-ubyte.gz": (10,),
}


def idx(array: np.ndarray) -> bytes:
    """An IDX file of unsigned bytes."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


def small_mnist() -> dict[str, bytes]:
    """Four files with the official names: 30 and 10 images of noise."""
    rng = np.random.default_rng(3)
    high = {1: 10, 3: 256}
    arrays = {name: rng.integers(0, high[len(shape)], shape) for name, shape in NAMES.items()}
    return {name: gzip.compress(idx(array), mtime=0) for name, array in arrays.items()}


def small_cifar10() -> dict[str, bytes]:
    """Six files with the official names, each of two records."""
    rng = np.random.default_rng(4)
    records = rng.integers(0, 256, (6, 2, cifar10.RECORD), dtype=np.uint8)
    records[:, :, 0] = np.arange(12).reshape(6, 2) % 10
    names = [*cifar10.TRAIN, *cifar10.TEST]
    return {name: part.tobytes() for name, part in zip(names, records, strict=True)}


def tar_gz(files: dict[str, bytes], link: str | None = None) -> bytes:
    """An archive with these members, whatever their names; first a link of the name `link`."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        if link:
            member = tarfile.TarInfo(link)
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"
            archive.addfile(member)
        for name, part in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(part)
            archive.addfile(member, io.BytesIO(part))
    return content.getvalue()


def checksums(files: dict[str, bytes], kind: str = "sha256") -> dict[str, str]:
    return {name: f"{kind}:{hashlib.new(kind, part).hexdigest()}" for name, part in files.items()}


def know_cifar10(monkeypatch, batches, archive=None) -> None:
    """Let these files pass for the official ones."""
    known = checksums(batches, "md5")
    monkeypatch.setattr(cifar10, "TRAIN", {name: known[name] for name in cifar10.TRAIN})
    monkeypatch.setattr(cifar10, "TEST", {name: known[name] for name in cifar10.TEST})
    if archive:
        monkeypatch.setattr(cifar10, "ARCHIVE", checksums(archive, "md5"))


def all_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def put(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def official(monkeypatch, name: str) -> None:
    """Point the loaders at the official files of this machine, or skip."""
    place = Path(GIVEN) if GIVEN else Path(__file__).parents[2] / "data"
    monkeypatch.setenv("NBHELPERS_DATA", str(place))
    if not place.is_dir() or not download.locate([name], "mnist", *cifar10.SUBFOLDERS):
        pytest.skip(f"the official {name} is not in the data folder (see data/README.md)")


def check_images(data: Dataset, n_train: int, n_test: int) -> None:
    width = int(np.prod(data.image_shape))
    for (x, y), n in zip(data, (n_train, n_test), strict=True):
        assert x.shape == (n, width)
        assert y.shape == (n,)
        assert (x.dtype, y.dtype) == (np.float32, np.int64)
        assert x.min() == 0
        assert x.max() == 1
        assert set(y) == set(range(10))
        assert x.flags.writeable
        assert x.flags.c_contiguous
