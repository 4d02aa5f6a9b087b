"""CIFAR-10 from local files: the right ones are read, all others are refused."""

from __future__ import annotations

import numpy as np
import pytest

from nbhelpers.datasets import ChecksumError, cifar10, load_cifar10

from .data_files import check_images, checksums, know_cifar10, official, put, small_cifar10


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """An empty data folder, and no downloads."""
    monkeypatch.setenv("NBHELPERS_DATA", str(tmp_path))
    monkeypatch.setenv("NBHELPERS_OFFLINE", "1")
    return tmp_path


@pytest.fixture
def batches(monkeypatch):
    """Small files with the official names, whose checksums are taken for the official ones."""
    files = small_cifar10()
    know_cifar10(monkeypatch, files)
    return files


@pytest.mark.parametrize("place", [".", "cifar10", "cifar-10-batches-bin"])
def test_cifar10_is_found_and_its_color_put_last(folder, batches, place):
    put(folder / place, batches)
    data = load_cifar10()
    assert data.official
    assert data.source == "official CIFAR-10, 10 training images and 2 test images"
    assert data.train[1].tolist() == list(range(10))
    assert data.classes[data.train[1][6]] == "frog"
    record = batches["data_batch_2.bin"][cifar10.RECORD :]
    picture = data.train[0][3].reshape(data.image_shape)
    assert record[0] == data.train[1][3] == 3
    for color in range(3):
        plane = np.frombuffer(record, np.uint8, 1024, offset=1 + 1024 * color).reshape(32, 32)
        assert np.array_equal(picture[:, :, color] * 255, plane.astype(np.float32))


def test_cifar10_takes_a_part_of_the_test_batch_and_says_so(monkeypatch, folder, batches):
    part = {"test_batch_first_1000.bin": batches.pop("test_batch.bin")[: cifar10.RECORD]}
    monkeypatch.setattr(cifar10, "FIRST_1000", checksums(part, "md5"))
    put(folder, batches | part)
    data = load_cifar10()
    assert data.official
    assert len(data.test[0]) == 1
    assert "and the first 1,000 of the 10,000 test images" in data.source
    put(folder, {"test_batch_first_1000.bin": b"?"})
    with pytest.raises(ChecksumError, match=r"test_batch_first_1000\.bin"):
        load_cifar10()


def test_cifar10_without_a_training_batch_is_not_official(folder, batches):
    del batches["data_batch_4.bin"]
    put(folder, batches)
    with pytest.warns(UserWarning, match=r"^CIFAR-10's data_batch_4\.bin could not be downloaded"):
        data = load_cifar10()
    assert not data.official
    assert data.source.startswith("generated shapes, not CIFAR-10, 5,000 training and 1,000 test")
    assert data.train[0].shape == (5000, 3072)
    assert data.test[0].shape == (1000, 3072)
    assert data.train[0].dtype == np.float32
    assert not set(data.classes) & set(cifar10.CLASSES)


def test_cifar10_refuses_a_wrong_batch(folder, batches):
    put(folder, batches | {"data_batch_5.bin": batches["data_batch_5.bin"][:-1]})
    with pytest.raises(ChecksumError, match=r"data_batch_5\.bin: expected a file with MD5"):
        load_cifar10()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "records of 3,073 bytes, got 0 bytes"),
        (bytes(3072), "records of 3,073 bytes, got 3,072 bytes, not a multiple"),
        (bytes([10]) + bytes(3072), "classes 0 … 9, got class 10"),
    ],
)
def test_what_is_not_a_cifar10_file_is_refused(content, words):
    with pytest.raises(ValueError, match=f"^batch.bin: expected {words}"):
        cifar10.read_records(content, "batch.bin")


def test_official_cifar10(monkeypatch):
    official(monkeypatch, "data_batch_1.bin")
    data = load_cifar10()
    check_images(data, 50000, len(data.test[0]))
    assert data.official
    assert data.source.startswith("official CIFAR-10, 50,000 training images and ")
    assert len(data.test[0]) == (1000 if "the first 1,000" in data.source else 10000)
    assert np.bincount(data.train[1]).tolist() == [5000] * 10
    assert [data.classes[label] for label in data.train[1][:3]] == ["frog", "truck", "truck"]
    assert [data.classes[label] for label in data.test[1][:3]] == ["cat", "ship", "ship"]
