"""Downloads: whole and right or not there at all, whichever way a mirror or the disk fails."""

from __future__ import annotations

import os
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from nbhelpers.datasets import DownloadError, cifar10, download, load_cifar10, load_mnist, mnist

from .data_files import all_files, checksums, small_mnist
from .data_mirror import (
    NOWHERE,
    allow_downloads_from_here_only,
    altered,
    cut_off,
    mirror,
    no_http,
    not_found,
    sign_in_page,
    whole,
)

FILES = small_mnist()
BAD_MIRRORS = [cut_off, altered, sign_in_page, not_found, no_http]


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    allow_downloads_from_here_only(monkeypatch, tmp_path)
    monkeypatch.setattr(mnist, "FILES", checksums(FILES))
    return tmp_path


def fetch(folder: Path, *addresses: str) -> None:
    download.download(addresses, checksums(FILES), folder)


def test_a_mirror_delivers_every_file_once(monkeypatch, folder):
    with mirror(FILES) as (address, asked):
        monkeypatch.setattr(mnist, "MIRRORS", [address])
        first, second = load_mnist(), load_mnist()
    assert asked == list(FILES)
    assert all_files(folder / "mnist") == sorted(FILES)
    assert first.official
    assert str(first) == "official MNIST, 30 training and 10 test images"
    assert np.array_equal(first.train[0], second.train[0])


@pytest.mark.parametrize("failure", BAD_MIRRORS)
def test_the_second_mirror_steps_in(folder, failure):
    with mirror(FILES, failure) as (bad, _), mirror(FILES) as (good, asked):
        fetch(folder, bad, good)
    assert asked == list(FILES)
    assert {name: (folder / name).read_bytes() for name in FILES} == FILES


def test_the_second_mirror_goes_on_where_the_first_stopped(folder):
    def one_file_only(request, content):
        (whole if request.path == "/" + next(iter(FILES)) else not_found)(request, content)

    with mirror(FILES, one_file_only) as (first, _), mirror(FILES) as (second, asked):
        fetch(folder, first, second)
    assert asked == list(FILES)[1:]


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (cut_off, "train-images-idx3-ubyte.gz came incomplete or altered"),
        (altered, "train-images-idx3-ubyte.gz came incomplete or altered"),
        (sign_in_page, "train-images-idx3-ubyte.gz came incomplete or altered"),
        (not_found, "Not Found"),
        (no_http, "SSH-2.0"),
    ],
)
def test_a_failed_download_leaves_nothing_and_says_why(folder, failure, reason):
    with mirror(FILES, failure) as (address, _), pytest.raises(DownloadError) as error:
        fetch(folder, address)
    assert all_files(folder) == []
    assert reason in str(error.value)
    assert address.split("/")[2] in str(error.value)


def test_a_mirror_that_falls_silent_is_given_up(monkeypatch, folder):
    monkeypatch.setattr(download, "TIMEOUT", 0.1)
    done = threading.Event()

    def silent(request, content):
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        done.wait(5)

    with mirror(FILES, silent) as (address, _):
        start = time.monotonic()
        with pytest.raises(DownloadError, match="timed out"):
            fetch(folder, address)
        assert time.monotonic() - start < 3
        done.set()
    assert all_files(folder) == []


def test_both_mirrors_down_gives_one_warning_and_the_sample(monkeypatch, folder):
    monkeypatch.setattr(mnist, "MIRRORS", [NOWHERE, "http://127.0.0.1:7/"])
    with pytest.warns(UserWarning, match="^MNIST could not be downloaded") as caught:
        data = load_mnist()
    [warning] = caught
    text = str(warning.message)
    assert "(127.0.0.1:9: " in text
    assert "127.0.0.1:7: " in text
    assert "so the 5,000-digit sample is used instead" in text
    assert warning.filename == __file__  # it points at the caller's line, not into the package
    assert not data.official
    assert "sample of MNIST" in data.source
    assert all_files(folder) == []


def test_offline_nothing_is_tried_and_nothing_is_warned(monkeypatch):
    monkeypatch.setenv("NBHELPERS_OFFLINE", "1")
    with mirror(FILES) as (address, asked), warnings.catch_warnings():
        warnings.simplefilter("error")
        monkeypatch.setattr(mnist, "MIRRORS", [address])
        monkeypatch.setattr(cifar10, "MIRRORS", [address])
        assert not load_mnist().official
        assert not load_cifar10().official
    assert asked == []


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("yes", True), ("0", False), ("", False)]
)
def test_offline_reads_its_variable(monkeypatch, value, expected):
    monkeypatch.setenv("NBHELPERS_OFFLINE", value)
    assert download.offline() is expected


class Bar:
    """Stands in for the progress bar: calls a function whenever a block has been written."""

    def __init__(self, on_update):
        self.on_update = on_update

    def __call__(self, **_):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def update(self, n):
        self.on_update(n)


def test_an_interrupt_leaves_nothing(monkeypatch, folder):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "tqdm", Bar(interrupt))
    with mirror(FILES) as (address, _), pytest.raises(KeyboardInterrupt):
        fetch(folder, address)
    assert all_files(folder) == []


def test_a_file_gets_its_name_only_when_it_is_whole(monkeypatch, folder):
    seen = []
    monkeypatch.setattr(download, "BLOCK", 2000)
    monkeypatch.setattr(download, "tqdm", Bar(lambda n: seen.append(all_files(folder))))
    name = "train-images-idx3-ubyte.gz"
    with mirror(FILES) as (address, _):
        download.download([address], {name: checksums(FILES)[name]}, folder)
    assert len(seen) > 5
    for names in seen:
        [part] = names
        assert part.startswith(name)
        assert part.endswith(".part")
    assert all_files(folder) == [name]


def test_an_error_while_writing_keeps_the_old_file(folder):
    path = folder / "kept"
    path.write_bytes(b"old")
    with pytest.raises(TypeError), download.atomic_file(path) as file:
        file.writelines([b"new, but", "not bytes"])
    assert path.read_bytes() == b"old"
    assert all_files(folder) == ["kept"]


def test_two_at_once_do_not_disturb_each_other(folder):
    errors = []

    def load(address):
        try:
            fetch(folder, address)
        except Exception as error:
            errors.append(error)

    with mirror(FILES) as (address, _):
        threads = [threading.Thread(target=load, args=(address,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []
    assert {name: (folder / name).read_bytes() for name in FILES} == FILES
    assert all_files(folder) == sorted(FILES)


def test_a_folder_that_cannot_be_made_or_written_to_falls_back(monkeypatch, folder):
    with mirror(FILES) as (address, asked):
        monkeypatch.setattr(mnist, "MIRRORS", [address])
        (folder / "mnist").write_text("a file where the folder should be")
        with pytest.warns(UserWarning, match="cannot be made"):
            assert not load_mnist().official
        (folder / "mnist").unlink()
        monkeypatch.setattr(os, "access", lambda *_: False)  # as root, no folder is read-only
        with pytest.warns(UserWarning, match="cannot be written to"):
            assert not load_mnist().official
    assert asked == []
