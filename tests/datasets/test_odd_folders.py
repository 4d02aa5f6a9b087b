"""The data folder as it is found: closed, read-only, missing, half full; the disk that is full."""

from __future__ import annotations

import gzip
import subprocess
import sys

import numpy as np
import pytest

from nbhelpers.datasets import ChecksumError, cifar10, data_folder, load_cifar10, load_mnist, mnist
from tests.course.full_disk import fill
from tests.datasets.data_files import (
    all_files,
    checksums,
    know_cifar10,
    put,
    small_cifar10,
    small_mnist,
    tar_gz,
)
from tests.datasets.data_mirror import allow_downloads_from_here_only, mirror
from tests.datasets.without_rights import run_bound

FILES = small_mnist()
UNPACKED = {name.removesuffix(".gz"): gzip.decompress(part) for name, part in FILES.items()}
LABELS = "t10k-labels-idx1-ubyte.gz"


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """An empty data folder; small files pass for the official ones, and nothing is downloaded."""
    allow_downloads_from_here_only(monkeypatch, tmp_path)
    monkeypatch.setattr(mnist, "FILES", checksums(FILES))
    monkeypatch.setattr(mnist, "UNPACKED", checksums(UNPACKED))
    return tmp_path


@pytest.fixture
def batches(monkeypatch):
    files = small_cifar10()
    know_cifar10(monkeypatch, files, {"cifar-10-binary.tar.gz": tar_gz(files)})
    return files


LOAD = """
import warnings
from nbhelpers.datasets import load_mnist, load_cifar10
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(load_{name}().source)
print(*(warning.message for warning in caught), sep="\\n")
"""


@pytest.mark.parametrize("offline", ["", "1"])
@pytest.mark.parametrize(("name", "instead"), [("mnist", "sample"), ("cifar10", "shapes")])
def test_a_closed_folder_is_said_and_the_lessons_go_on(folder, offline, name, instead):
    data = folder / "data"
    data.mkdir()
    data.chmod(0)
    try:
        code = LOAD.replace("{name}", name)
        run = run_bound(code, NBHELPERS_DATA=str(data), NBHELPERS_OFFLINE=offline)
    finally:
        data.chmod(0o755)
    source, *warnings = run.stdout.splitlines()
    assert run.stderr == ""
    assert instead in source
    [warning] = warnings
    assert f"(the folder {data} cannot be read: no permission), so" in warning


def test_a_read_only_folder_is_said_and_the_lessons_go_on(folder):
    data = folder / "data"
    data.mkdir()
    data.chmod(0o555)
    try:
        run = run_bound(LOAD.replace("{name}", "mnist"), NBHELPERS_DATA=str(data))
    finally:
        data.chmod(0o755)
    source, *warnings = run.stdout.splitlines()
    assert "sample" in source
    [warning] = warnings
    assert f"the folder {data / 'mnist'} cannot be made: Permission denied" in warning


def test_a_file_that_may_not_be_read_is_named(folder):
    name = "mnist_5k.csv.gz"
    path = folder / name
    path.touch()
    path.chmod(0)
    code = "from nbhelpers.datasets import load_mnist_sample; load_mnist_sample()"
    run = run_bound(code, NBHELPERS_DATA=str(folder))
    last = run.stderr.splitlines()[-1]
    assert last.startswith(
        f"PermissionError: {path}: expected a data file that you may read, got no permission."
    )
    assert f"chmod u+r {name}" in last


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("place", [".", "mnist"])
@pytest.mark.parametrize("offline", ["", "1"])
def test_a_folder_in_place_of_a_file_is_named(monkeypatch, folder, name, place, offline):
    monkeypatch.setenv("NBHELPERS_OFFLINE", offline)
    path = folder / place / name
    path.mkdir(parents=True)
    with pytest.raises(IsADirectoryError) as error:
        load_mnist()
    assert str(error.value).startswith(f"{path}: expected a data file, got a folder of that name.")


def test_a_folder_in_place_of_a_batch_is_named(folder, batches):
    (folder / "cifar10" / "data_batch_2.bin").mkdir(parents=True)
    with pytest.raises(IsADirectoryError, match=r"data_batch_2\.bin: expected a data file"):
        load_cifar10()


@pytest.mark.parametrize("load", [load_mnist, load_cifar10])
@pytest.mark.parametrize(
    ("value", "reason"), [("x" * 5000, "File name too long"), ("~nobody-here/x", "not there")]
)
def test_an_impossible_folder_is_rejected_in_one_line(monkeypatch, load, value, reason):
    monkeypatch.setenv("NBHELPERS_DATA", value)
    with pytest.raises(NotADirectoryError) as error:
        load()
    message = str(error.value)
    assert message.startswith("NBHELPERS_DATA: expected the path of a folder, got '")
    assert reason in message
    assert len(message) < 400


# Unpacked files


@pytest.mark.parametrize("place", [".", "mnist"])
@pytest.mark.parametrize("which", [list(UNPACKED), list(UNPACKED)[1:3], list(UNPACKED)[3:]])
def test_unpacked_files_are_used_in_place_of_compressed_ones(monkeypatch, folder, place, which):
    monkeypatch.setenv("NBHELPERS_OFFLINE", "1")
    put(folder, {k: v for k, v in FILES.items() if k.removesuffix(".gz") not in which})
    put(folder / place, {name: UNPACKED[name] for name in which})
    data = load_mnist()
    assert data.official
    labels = np.frombuffer(UNPACKED[LABELS.removesuffix(".gz")], np.uint8)[8:]
    assert np.array_equal(data.test[1], labels)


def test_an_altered_unpacked_file_is_rejected_by_its_own_checksum(folder):
    name = LABELS.removesuffix(".gz")
    put(folder, UNPACKED | {name: UNPACKED[name][:-1] + b"\x0b"})
    with pytest.raises(ChecksumError) as error:
        load_mnist()
    expected = mnist.UNPACKED[name].removeprefix("sha256:")
    assert str(error.value).startswith(f"{folder / name}: expected a file with SHA256 {expected}")


def test_the_compressed_file_comes_first(folder):
    put(folder, FILES | {LABELS.removesuffix(".gz"): b"?"})
    assert load_mnist().official


# What is missing is named


@pytest.mark.parametrize("name", FILES)
def test_the_missing_one_of_four_is_named_offline(monkeypatch, folder, name):
    monkeypatch.setenv("NBHELPERS_OFFLINE", "1")
    put(folder, {k: v for k, v in FILES.items() if k != name})
    with pytest.warns(UserWarning, match="^MNIST") as caught:
        assert not load_mnist().official
    [warning] = caught
    text = str(warning.message)
    assert text.startswith(f"MNIST's {name} could not be downloaded (NBHELPERS_OFFLINE is set)")
    assert f"Hint: put {name} into {folder / 'mnist'} by hand" in text


def test_the_missing_one_of_four_is_named_when_no_mirror_answers(folder):
    put(folder, {k: v for k, v in FILES.items() if k != LABELS})
    with pytest.warns(UserWarning, match=rf"^MNIST's {LABELS} could not be downloaded \(127"):
        assert not load_mnist().official


# A failed download leaves nothing and points nowhere


def test_no_empty_folder_stays(monkeypatch, folder, batches):
    (folder / "somewhere").mkdir()
    monkeypatch.delenv("NBHELPERS_DATA")
    monkeypatch.setattr("nbhelpers.datasets.download.__file__", str(folder / "a/b/c/download.py"))
    monkeypatch.chdir(folder / "somewhere")  # an installed package: data/ lies where one works
    assert data_folder() == folder / "somewhere" / "data"
    for load in (load_mnist, load_cifar10):
        with pytest.warns(UserWarning, match="could not be downloaded") as caught:
            load()
        text = str(caught[0].message)
        assert "README" not in text
        assert "by hand, from http" in text
    assert list((folder / "somewhere").iterdir()) == []


def test_a_folder_of_the_readers_stays_though_empty(folder):
    (folder / "mnist").mkdir()
    with pytest.warns(UserWarning, match="could not be downloaded"):
        load_mnist()
    assert (folder / "mnist").is_dir()


# A disk that fills up


def test_a_disk_that_fills_while_cifar10_is_unpacked_is_named_and_the_next_load_goes_on(
    monkeypatch, folder, batches
):
    archive = {"cifar-10-binary.tar.gz": tar_gz(batches)}
    monkeypatch.setattr(cifar10, "ARCHIVE", checksums(archive, "md5"))
    room = len(archive["cifar-10-binary.tar.gz"]) + 2 * len(batches["data_batch_1.bin"]) + 100
    with mirror(archive) as (address, asked):
        monkeypatch.setattr(cifar10, "MIRRORS", [address])
        with monkeypatch.context() as patch:
            fill(patch, room)
            with pytest.warns(UserWarning, match="^CIFAR-10's data_batch_3") as caught:
                assert not load_cifar10().official
        text = str(caught[0].message)
        assert len(caught) == 1
        assert f"(the disk of {folder / 'cifar10'} is full; NBHELPERS_DATA may name" in text
        assert "to unpack data_batch_3.bin takes" in text
        kept = ["cifar-10-binary.tar.gz", "data_batch_1.bin", "data_batch_2.bin"]
        assert all_files(folder) == kept, "what is whole, and no scraps"
        assert load_cifar10().official
    assert asked == list(archive), "downloaded once"
    assert all_files(folder) == sorted(batches)
    assert not (folder / cifar10.OWN).exists()


def test_the_loaders_are_quick_to_import_without_the_extras():
    """A bare `pip install .` has no notebook: the style sheet loads without IPython, too."""
    code = """
import sys
sys.modules["IPython"] = None
import notebook_format
assert notebook_format.load_style() is None
import matplotlib
assert matplotlib.rcParams["axes.spines.top"] is False
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
