"""Renaming one file moves a lesson: links, figures, offline edition and README follow."""

from __future__ import annotations

import nbformat
import pytest
from nbformat import v4

from tools import execution, renumber

README = """# A course

| | lesson | what it answers |
| --- | --- | --- |
| 01 | [One](notebooks/01_one.ipynb) | Why one? |
| 02 | [Two](notebooks/02_two.ipynb) | Old? |

See [lesson 2](notebooks/02_two.ipynb).
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    for name in ("notebooks", "offline", "site"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(execution, "ROOT", tmp_path)
    monkeypatch.setattr(execution, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(execution, "OFFLINE", tmp_path / "offline")
    (tmp_path / "README.md").write_text(README, encoding="utf-8")
    (tmp_path / "CONTRIBUTING.md").write_text("[a](notebooks/02_two.ipynb)", encoding="utf-8")
    one = "# One\n\n**Why one?** Then [lesson 2](02_two.ipynb#Its-end), [lesson 9](09_none.ipynb)."
    two = "# Two\n\nWhat now? **Why two?**\n\n**Figure 2.1.** As figures 2.1 and 1.2: 2.5, not 2.1."
    for folder, names in (
        ("notebooks", {"01_one": one, "02_two": two}),
        ("offline", {"02_two": two}),
    ):
        for name, text in names.items():
            cells = [v4.new_markdown_cell(text), v4.new_code_cell("'02_two.ipynb, figure 2.1'")]
            nbformat.write(v4.new_notebook(cells=cells), tmp_path / folder / f"{name}.ipynb")
    return tmp_path


def sources(path):
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


@pytest.mark.parametrize("new", ["07", "A1"])
def test_everything_follows_the_file(course, new):
    (course / "notebooks" / "02_two.ipynb").rename(course / "notebooks" / f"{new}_two.ipynb")
    assert renumber.main() == 0
    label = new.lstrip("0")
    text, code = sources(course / "notebooks" / f"{new}_two.ipynb")
    end = f"**Figure {label}.1.** As figures {label}.1 and 1.2: 2.5, not 2.1."
    assert text.endswith(end)
    assert code == "'02_two.ipynb, figure 2.1'"
    assert [path.name for path in (course / "offline").iterdir()] == [f"{new}_two.ipynb"]
    assert sources(course / "offline" / f"{new}_two.ipynb")[0].endswith(end)
    assert f"[lesson {label}]({new}_two.ipynb#Its-end), [lesson 9](09_none.ipynb)" in sources(
        course / "notebooks" / "01_one.ipynb"
    )[0]  # fmt: skip
    readme = (course / "README.md").read_text(encoding="utf-8")
    assert f"| {new} | [Two](notebooks/{new}_two.ipynb) | Why two? |" in readme
    assert f"See [lesson {label}](notebooks/{new}_two.ipynb)." in readme
    assert new in (course / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_nothing_changes_where_nothing_has_moved(course, capsys):
    renumber.main()
    capsys.readouterr()
    files = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    renumber.main()
    assert capsys.readouterr().out.strip() == ""
    assert {path: path.read_bytes() for path in files} == files
