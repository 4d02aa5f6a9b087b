"""CIFAR-10 from its archive: only its six files come out of it, and only when they are right."""

from __future__ import annotations

import pytest

from nbhelpers.datasets import ChecksumError, cifar10, load_cifar10

from .data_files import all_files, checksums, know_cifar10, put, small_cifar10, tar_gz
from .data_mirror import allow_downloads_from_here_only, mirror


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    allow_downloads_from_here_only(monkeypatch, tmp_path)
    return tmp_path


def test_an_archive_is_downloaded_and_only_its_six_files_stay(monkeypatch, folder):
    batches = small_cifar10()
    # Also names that would lead out of the folder, files that nobody asked for, and a link.
    members = {f"../../{name}": part for name, part in batches.items()}
    members |= {"cifar-10-batches-bin/readme.html": b"?", "../escaped.bin": b"?", "/root.bin": b"?"}
    archive = {"cifar-10-binary.tar.gz": tar_gz(members, link="data_batch_1.bin")}
    (folder / "deep" / "data").mkdir(parents=True)
    monkeypatch.setenv("NBHELPERS_DATA", str(folder / "deep" / "data"))
    know_cifar10(monkeypatch, batches, archive)
    with mirror(archive) as (address, asked):
        monkeypatch.setattr(cifar10, "MIRRORS", [address])
        data = load_cifar10()
        load_cifar10()
    assert asked == list(archive)
    assert all_files(folder) == all_files(folder / "deep/data/cifar10") == sorted(batches)
    assert not any(path.is_symlink() for path in folder.rglob("*"))
    assert data.official
    assert str(data) == "official CIFAR-10, 10 training images and 2 test images"


@pytest.mark.parametrize("place", [".", "cifar10", "cifar-10-batches-bin"])
def test_an_archive_put_there_by_hand_is_read_offline_and_kept(monkeypatch, folder, place):
    monkeypatch.setenv("NBHELPERS_OFFLINE", "1")
    batches = small_cifar10()
    archive = {"cifar-10-binary.tar.gz": tar_gz(batches)}
    know_cifar10(monkeypatch, batches, archive)
    put(folder / place, archive)
    assert load_cifar10().official
    assert all_files(folder) == sorted([*batches, *archive])


def test_an_archive_with_bad_content_is_refused(monkeypatch, folder):
    batches = small_cifar10()
    bad = batches | {"data_batch_3.bin": b"altered"}
    archive = {"cifar-10-binary.tar.gz": tar_gz(bad)}
    know_cifar10(monkeypatch, batches, archive)
    path = folder / "cifar-10-binary.tar.gz"
    path.write_bytes(archive["cifar-10-binary.tar.gz"])
    with pytest.raises(ChecksumError, match=r"data_batch_3\.bin"):
        load_cifar10()
    assert "data_batch_3.bin" not in all_files(folder)

    del bad["data_batch_3.bin"]
    path.write_bytes(tar_gz(bad))
    monkeypatch.setattr(cifar10, "ARCHIVE", checksums({path.name: path.read_bytes()}, "md5"))
    with pytest.raises(ValueError, match=r"without data_batch_3\.bin"):
        load_cifar10()

    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ChecksumError, match=r"cifar-10-binary\.tar\.gz: expected a file with MD5"):
        load_cifar10()


def test_the_mirror_down_gives_one_warning_and_shapes(folder):
    with pytest.warns(UserWarning, match="so generated shapes are used instead") as caught:
        data = load_cifar10()
    assert len(caught) == 1
    assert not data.official
    assert "not CIFAR-10" in data.source
    assert all_files(folder) == []
