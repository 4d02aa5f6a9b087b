"""MNIST from local files: the right ones are read, all others are refused."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.datasets import ChecksumError, load_mnist, load_mnist_sample, mnist, read_idx

from .data_files import check_images, checksums, idx, official, put, small_mnist


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """An empty data folder, and no downloads."""
    monkeypatch.setenv("NBHELPERS_DATA", str(tmp_path))
    monkeypatch.setenv("NBHELPERS_OFFLINE", "1")
    return tmp_path


@pytest.mark.parametrize("place", [".", "mnist"])
def test_mnist_is_found_in_the_folder_and_below(monkeypatch, folder, place):
    files = small_mnist()
    monkeypatch.setattr(mnist, "FILES", checksums(files))
    put(folder / place, files)
    data = load_mnist()
    assert data.official
    assert data.source == "official MNIST, 30 training and 10 test images"
    pixels = read_idx(gzip.decompress(files["t10k-images-idx3-ubyte.gz"]))
    assert np.array_equal(data.test[0] * 255, pixels.reshape(10, 784).astype(np.float32))
    labels = read_idx(gzip.decompress(files["train-labels-idx1-ubyte.gz"]))
    assert np.array_equal(data.train[1], labels)


def test_one_missing_file_means_the_sample(monkeypatch, folder):
    files = small_mnist()
    monkeypatch.setattr(mnist, "FILES", checksums(files))
    put(folder, dict(list(files.items())[:3]))
    with pytest.warns(UserWarning, match=r"^MNIST's t10k-labels-idx1-ubyte\.gz could not be"):
        assert not load_mnist().official


@pytest.mark.parametrize("bad", [b"", b"cut", b"<html>", "altered"])
@pytest.mark.parametrize("name", mnist.FILES)
def test_a_wrong_file_is_refused_and_left_where_it_is(monkeypatch, folder, name, bad):
    files = small_mnist()
    known = checksums(files)
    monkeypatch.setattr(mnist, "FILES", known)
    content = {b"cut": files[name][:-20], "altered": files[name][:-1] + b"?"}.get(bad, bad)
    put(folder, files | {name: content})
    with pytest.raises(ChecksumError) as error:
        load_mnist()
    expected = known[name].removeprefix("sha256:")
    got = checksums({name: content})[name].removeprefix("sha256:")
    message = str(error.value)
    assert message.startswith(f"{folder / name}: expected a file with SHA256 {expected}, got {got}")
    assert "delete it" in message
    assert (folder / name).read_bytes() == content


def test_a_read_only_folder_is_read(monkeypatch, folder):
    files = small_mnist()
    monkeypatch.setattr(mnist, "FILES", checksums(files))
    put(folder / "mnist", files)
    before = sorted(folder.rglob("*"))
    (folder / "mnist").chmod(0o555)
    folder.chmod(0o555)
    try:
        assert load_mnist().official
        assert sorted(folder.rglob("*")) == before  # root could write; nothing may be written
    finally:
        folder.chmod(0o755)
        (folder / "mnist").chmod(0o755)


def test_official_mnist(monkeypatch):
    official(monkeypatch, "train-images-idx3-ubyte.gz")
    data = load_mnist()
    check_images(data, 60000, 10000)
    assert data.official
    assert str(data) == "official MNIST, 60,000 training and 10,000 test images"
    assert data.train[1][:5].tolist() == [5, 0, 4, 1, 9]
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(data.train[1]).tolist() == counts
    assert data.train[0].mean() == pytest.approx(0.1307, abs=1e-4)
    # The sample is what its docstring says: the first 500 of each digit of the training set.
    first = np.stack([data.train[0][data.train[1] == digit][:500] for digit in range(10)], axis=1)
    sample = load_mnist_sample()
    in_turns = first.reshape(100, 5, 10, 784)
    assert np.array_equal(sample.train[0], in_turns[:, :4].reshape(4000, 784))
    assert np.array_equal(sample.test[0], in_turns[:, 4:].reshape(1000, 784))


# IDX


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.data())
def test_idx_is_read_back_and_no_other_length_is(shape, data):
    array = np.arange(np.prod(shape)).reshape(shape).astype(np.uint8)
    content = idx(array)
    assert np.array_equal(read_idx(content), array)
    cut = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(ValueError, match="expected"):
        read_idx(content[:cut])
    with pytest.raises(ValueError, match="other data appended"):
        read_idx(content + b"\0")


GOOD = idx(np.zeros((3, 2, 2)))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an IDX file .* got 0 bytes"),
        (b"PNG not IDX", "an IDX file .* got 11 bytes that start with b'PNG '"),
        (gzip.compress(GOOD, mtime=0), "got a gzip file. Hint: read_idx.gzip.decompress"),
        (b"\0\0\x0d" + GOOD[3:], r"unsigned bytes \(type 8\), got type 13"),
        (b"\0\0\x08\0", "an IDX file"),
        (GOOD[:10], "a header of 16 bytes, got 10. Hint: the file is cut off"),
        (GOOD[:-1], "12 bytes after the header, for 3 x 2 x 2, got 11. .* cut off"),
        (GOOD[:7] + b"\4" + GOOD[8:], "16 bytes after the header, for 4 x 2 x 2, got 12"),
    ],
)
def test_what_is_not_idx_is_refused_by_name(content, words):
    with pytest.raises(ValueError, match=f"^digits.idx: expected .*{words}"):
        read_idx(content, "digits.idx")
