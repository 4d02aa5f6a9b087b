"""A full disk: whatever is written, the old file stays whole, no scrap is left, the report says it.

Each writer is stopped before its first byte and in the middle.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from nbformat import v4

from nbhelpers import Dense, Sequential
from nbhelpers.datasets import DownloadError, download, load_mnist, mnist
from tests.datasets.data_files import checksums, small_mnist
from tests.datasets.data_mirror import allow_downloads_from_here_only, mirror
from tools import claims_table, execution, refresh

from .full_disk import fill

OLD = b"what was there before"


def notebook(path):
    nb = v4.new_notebook(cells=[v4.new_code_cell("1 + 1", id=f"c{i}") for i in range(300)])
    refresh.write(nb, path)


def network(path):
    net = Sequential(Dense(100, 30, rng=np.random.default_rng(0)))
    net.save(path)


def recorded_run(path):
    sys.path.insert(0, str(execution.NOTEBOOKS / "recorded"))
    try:
        import recording
    finally:
        sys.path.pop(0)
    rows = [{"seed": i, "accuracy": 0.5} for i in range(1000)]
    recording.write(path, rows, SimpleNamespace(source="nothing"), "none")


def claims_of_a_run(path):
    table = claims_table.Table("01_one", v4.new_notebook(), official=False)
    table.path, table.rows = path, []
    run = claims_table.Run(1, "native", 1)
    table.add([claims_table.Row(run, i, 1, "So", True, 0.5, "1 > 0") for i in range(500)])


def one_download(path):
    with download.atomic_file(path) as file:
        file.write(b"x" * 20_000)


WRITERS = [notebook, network, recorded_run, claims_of_a_run, one_download]


@pytest.mark.parametrize("room", [0, 5000])
@pytest.mark.parametrize("write", WRITERS, ids=lambda f: f.__name__)
def test_the_old_file_stays_and_the_error_says_why(tmp_path, monkeypatch, write, room):
    path = tmp_path / "file.csv"
    path.write_bytes(OLD)
    with monkeypatch.context() as patch:
        fill(patch, room)
        with pytest.raises(OSError, match="No space left on device"):
            write(path)
    assert path.read_bytes() == OLD
    assert [p.name for p in tmp_path.iterdir()] == [path.name], "no scraps are left"
    write(path)  # and with room again it is written
    assert path.read_bytes() != OLD


def test_refresh_reports_it_and_keeps_the_lesson(tmp_path, monkeypatch, capsys):
    for name in ("NOTEBOOKS", "OFFLINE"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(execution, name, tmp_path / name)
    monkeypatch.setattr(refresh, "execute", lambda notebook, *, official: None)
    path = tmp_path / "NOTEBOOKS" / "01_one.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("1", id="c")]), path)
    before = path.read_bytes()
    fill(monkeypatch, 100)
    assert refresh.main(["01"]) == 1
    assert path.read_bytes() == before
    message = capsys.readouterr().err
    assert message.startswith("01_one.ipynb: [Errno 28] No space left on device")
    assert "Each file is as it was, or new." in message


def test_a_download_says_so_once_and_asks_no_other_mirror(tmp_path, monkeypatch):
    files = small_mnist()
    allow_downloads_from_here_only(monkeypatch, tmp_path)
    monkeypatch.setattr(mnist, "FILES", checksums(files))
    with mirror(files) as (first, asked), mirror(files) as (second, not_asked):
        monkeypatch.setattr(mnist, "MIRRORS", [first, second])
        fill(monkeypatch, 1000)
        with pytest.warns(UserWarning, match=r"the disk of .* is full; NBHELPERS_DATA may name"):
            data = load_mnist()
        with pytest.raises(DownloadError, match=r"the disk of .* is full"):
            download.download([first, second], checksums(files), tmp_path / "mnist")
    assert not data.official
    assert len(asked) <= 4
    assert not not_asked
    assert not list((tmp_path / "mnist").glob("*.part"))
