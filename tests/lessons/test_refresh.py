"""Outputs are stored whole or not at all, in both editions, and in one form."""

from __future__ import annotations

import nbformat
import pytest
from nbformat import v4

from tools import execution, refresh

FIGURE = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
ASK = """from os import environ, listdir
print(environ.get('NBHELPERS_OFFLINE'), listdir(environ['NBHELPERS_DATA']))"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of its own, without data."""
    for name in ("notebooks", "offline", "data"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(execution, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(execution, "OFFLINE", tmp_path / "offline")
    monkeypatch.setenv("NBHELPERS_DATA", str(tmp_path / "data"))
    return tmp_path


def store(path, *sources, **metadata):
    nb = v4.new_notebook(cells=[v4.new_code_cell(s) for s in sources], metadata=metadata)
    nbformat.write(nb, path)
    return nb


def read(path):
    return nbformat.read(path, as_version=4)


def test_outputs_are_stored_in_one_form(course):
    path = course / "notebooks" / "01_one.ipynb"
    nb = store(
        path, "print('a')\nprint('b')", FIGURE, "import json\njson.loads('no')", language="x"
    )
    nb.cells[1].metadata["mystnb"] = {"image": {"alt": "A rising line"}}
    nb.cells[2].metadata["tags"] = ["raises-exception"]
    nb.metadata["kernelspec"] = {"name": "mine", "display_name": "Mine", "language": "python"}
    nbformat.write(nb, path)
    assert refresh.main(["1"]) == 0
    new = read(path)
    assert [cell.execution_count for cell in new.cells] == [1, 2, 3]
    assert new.cells[0].outputs[0].text == "a\nb\n"
    assert new.cells[1].outputs[0].metadata["image/png"]["alt"] == "A rising line"
    assert "File" not in "".join(new.cells[2].outputs[0].traceback)  # where json lies here
    assert "JSONDecodeError" in "".join(new.cells[2].outputs[0].traceback)
    assert [cell.metadata for cell in new.cells] == [cell.metadata for cell in nb.cells]
    assert new.metadata.kernelspec.name == "python3"
    assert "version" not in new.metadata.language_info
    assert [cell.id for cell in new.cells] == [cell.id for cell in nb.cells]


def test_failing_cell_is_named_and_nothing_stored(course, capsys):
    path = course / "notebooks" / "01_one.ipynb"
    store(path, "print('a')", "1 / 0")
    before = path.read_bytes()
    assert refresh.main([]) == 1
    assert path.read_bytes() == before
    message = capsys.readouterr().err
    assert message.startswith("01_one.ipynb: cell 2: ")
    assert "ZeroDivisionError" in message
    assert message.endswith("Nothing was stored.\n")


def test_dying_kernel_is_reported(course, capsys):
    store(course / "notebooks" / "01_one.ipynb", "import os\nos._exit(1)")
    assert refresh.main([]) == 1
    assert "cell 1: Kernel died" in capsys.readouterr().err


def test_offline_edition_is_made_without_the_data_and_the_official_left_alone(course, capsys):
    path = course / "notebooks" / "19_mnist.ipynb"
    store(path, ASK, nbhelpers={"data": "mnist"})
    before = path.read_bytes()
    assert refresh.main(["19"]) == 0
    assert path.read_bytes() == before
    assert read(course / "offline" / path.name).cells[0].outputs[0].text == "1 []\n"
    assert "official edition left alone, no train-images-idx3" in capsys.readouterr().out


def test_both_editions_are_made_with_the_data(course):
    (course / "data" / "mnist").mkdir()
    (course / "data" / "mnist" / execution.OFFICIAL["mnist"]).touch()
    path = course / "notebooks" / "19_mnist.ipynb"
    store(path, ASK, nbhelpers={"data": "mnist"})
    assert refresh.main(["19"]) == 0
    assert read(course / "offline" / path.name).cells[0].outputs[0].text == "1 []\n"
    assert read(path).cells[0].outputs[0].text == "None ['mnist']\n"


def test_unknown_lesson_and_unknown_data_are_refused(course, capsys):
    with pytest.raises(SystemExit):
        refresh.main(["77"])
    assert "no lesson 77" in capsys.readouterr().err
    path = course / "notebooks" / "01_one.ipynb"
    store(path, "1", nbhelpers={"data": "minst"})
    assert refresh.main([]) == 1
    assert "expected one of ['mnist', 'cifar10'], got 'minst'" in capsys.readouterr().err
