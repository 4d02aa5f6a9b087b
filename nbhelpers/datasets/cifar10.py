"""CIFAR-10: 60,000 color pictures of ten kinds of things, or generated shapes where it is missing.

In the binary version a record has 3,073 bytes: the class, then 32 · 32 pixels of each color.
Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", technical report, 2009.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .._checks import fail
from .archive import unpack
from .batches import Dataset, Pair
from .download import (
    Checksums,
    DownloadError,
    check_readable,
    data_folder,
    download,
    locate,
    offline,
    read_verified,
)
from .shapes import SHAPES, generated_shapes

MIRRORS = ["https://www.cs.toronto.edu/~kriz/"]
ARCHIVE = {"cifar-10-binary.tar.gz": "md5:c32a1d4ab5d03f1284b67883e8d87530"}
TRAIN = {
    "data_batch_1.bin": "md5:5dd7e06a14cb22eb9f671a540d1b7c25",
    "data_batch_2.bin": "md5:5ea93a67294ea407fff1d09f752e9692",
    "data_batch_3.bin": "md5:942cd6a4bcdd0dd3c604fbe906cb4421",
    "data_batch_4.bin": "md5:ae636b3ba5c66a11e91e8cb52e771fcb",
    "data_batch_5.bin": "md5:53f37980c15c3d472c316c40844f3f0d",
}
TEST = {"test_batch.bin": "md5:803d5f7f4d78ea53de84dbe85f74fb6d"}
FIRST_1000 = {"test_batch_first_1000.bin": "md5:371f65da31ad652f5e24b3699a3e6515"}
SUBFOLDERS = ("cifar10", "cifar-10-batches-bin")
OWN = "cifar10/download"  # the archive, while it is being unpacked
CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
RECORD = 1 + 32 * 32 * 3

Bytes = npt.NDArray[np.uint8]


def load_cifar10() -> Dataset:
    """Load the official CIFAR-10, or a small set of generated shapes where it cannot be had.

    The six files of the binary version are looked for in the data folder and in its sub-folders
    `cifar10` and `cifar-10-batches-bin`, then the archive that holds them. If they are missing, the
    archive (170 MB) is downloaded once, unless NBHELPERS_OFFLINE=1. If that fails, one warning says
    so and generated shapes are returned, with classes of their own; offline, that is said only
    where some of the six are there. `source` says which data it is. In place of the whole test
    batch its first 1,000 records, `test_batch_first_1000.bin`, are taken too. An unpacking that was
    stopped, or met a full disk, goes on where it was.

    Returns:
        A Dataset: x float32 (50000, 3072) and (10000, 3072) in [0, 1], the color last:
        `x[i].reshape(32, 32, 3)` is a picture (row, column, red-green-blue). y int64 (50000,) and
        (10000,), an index into `classes`. (The files have the color first.) About 740 MB.

    Raises:
        ChecksumError: a file in the data folder is not the official one.
        IsADirectoryError: a folder has the name of a data file.
        NotADirectoryError: NBHELPERS_DATA does not name a folder.
        PermissionError: a file in the data folder may not be read.

    >>> data = load_cifar10()
    >>> data.train[0].shape[1], data.image_shape, len(data.classes)
    (3072, (32, 32, 3), 10)
    """
    paths = _found()
    try:
        check_readable(*SUBFOLDERS)
        if not paths and (not offline() or locate(ARCHIVE, *SUBFOLDERS, OWN)):
            _provide(data_folder() / SUBFOLDERS[0])
            paths = _found()
        elif not paths and locate(TRAIN | TEST | FIRST_1000, *SUBFOLDERS):
            raise DownloadError("NBHELPERS_OFFLINE is set")
    except DownloadError as error:
        there = locate(TRAIN | TEST | FIRST_1000, *SUBFOLDERS)
        missing = [name for name in TRAIN | TEST if name not in there]
        which = f"CIFAR-10's {', '.join(missing)}" if there and missing else "CIFAR-10"
        warnings.warn(
            f"{which} could not be downloaded ({error}), so generated shapes are used instead. "
            f"Hint: put {', '.join(ARCHIVE)} into {data_folder() / SUBFOLDERS[0]} by hand, from "
            f"{MIRRORS[0]}",
            stacklevel=2,
        )
    if not paths:
        x, y = generated_shapes(6000, rng=np.random.default_rng(0))
        source = "generated shapes, not CIFAR-10, 5,000 training and 1,000 test images"
        train, test = (x[:5000], y[:5000]), (x[5000:], y[5000:])
        return Dataset(train, test, source, False, SHAPES, (32, 32, 3))
    train = _read([paths[name] for name in TRAIN], TRAIN)
    whole = TEST.keys() <= paths.keys()
    [(name, checksum)] = (TEST if whole else FIRST_1000).items()
    test = _read([paths[name]], {name: checksum})
    last = f"{len(test[0]):,} test images" if whole else "the first 1,000 of the 10,000 test images"
    source = f"official CIFAR-10, {len(train[0]):,} training images and {last}"
    return Dataset(train, test, source, True, CLASSES, (32, 32, 3))


def read_records(content: bytes, name: object = "read_records") -> tuple[Bytes, Bytes]:
    """Return pictures (N, 3, 32, 32) and classes (N,), both uint8 views, of a CIFAR-10 file.

    Raises:
        ValueError: not a whole number of records, or a class above 9.

    >>> pictures, classes = read_records(bytes([7]) + bytes(3072))
    >>> pictures.shape, classes.tolist()
    ((1, 3, 32, 32), [7])
    """
    if not content or len(content) % RECORD:
        expected = f"records of {RECORD:,} bytes"
        got = f"{len(content):,} bytes, not a multiple"
        fail(name, expected, got, "the file is cut off or not of the binary version")
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    if records[:, 0].max() > 9:
        hint = "the file is not of CIFAR-10's binary version"
        fail(name, "classes 0 … 9", f"class {records[:, 0].max()}", hint)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0]


def _found() -> dict[str, Path]:
    """Return where the files are, or nothing unless all that a data set needs are there."""
    paths = locate([*TRAIN, *TEST, *FIRST_1000], *SUBFOLDERS)
    tests = TEST.keys() | FIRST_1000.keys()
    return paths if TRAIN.keys() <= paths.keys() and tests & paths.keys() else {}


def _provide(folder: Path) -> None:
    """Unpack the six files from the archive, which is downloaded unless it lies there already."""
    [(name, checksum)] = ARCHIVE.items()
    by_hand = locate(ARCHIVE, *SUBFOLDERS).get(name)
    own = data_folder() / OWN
    if by_hand is None:
        download(MIRRORS, ARCHIVE, own)
    unpack(by_hand or own / name, checksum, TRAIN | TEST, folder)
    if by_hand is None:  # 170 MB that have done their duty
        (own / name).unlink(missing_ok=True)
        with suppress(OSError):
            own.rmdir()


def _read(paths: list[Path], checksums: Checksums) -> Pair:
    """Return x float32 (N, 3072), color last, from 0 to 1, and y int64 (N,) of files in a row."""
    n = sum(path.stat().st_size // RECORD for path in paths)
    x = np.empty((n, 32, 32, 3), np.float32)  # filled file by file, with no second large array
    y = np.empty(n, np.int64)
    stop = 0
    for path in paths:
        pictures, classes = read_records(read_verified(path, checksums[path.name]), path)
        start, stop = stop, stop + len(classes)
        np.divide(pictures.transpose(0, 2, 3, 1), np.float32(255), out=x[start:stop])
        y[start:stop] = classes
    return x.reshape(n, -1), y
