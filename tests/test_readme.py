"""The README names every lesson by its title, and only commands that exist."""

from __future__ import annotations

import re

import nbformat

from tools.execution import NOTEBOOKS, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_lesson_is_listed_by_its_title():
    listed = re.findall(r"\[([^\]]+)\]\(notebooks/([^)]+)\)", README)
    lessons = sorted(NOTEBOOKS.glob("*.ipynb"))
    titles = [nbformat.read(path, 4).cells[0].source.splitlines()[0][2:] for path in lessons]
    assert listed == list(zip(titles, (path.name for path in lessons), strict=True))


def test_every_command_is_a_target_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    named = set(re.findall(r"\bmake (\w+)", README))
    assert named
    assert named <= targets


def test_every_folder_in_the_readme_exists():
    folders = re.findall(r"^    ([\w/]+)/ ", README, re.MULTILINE)
    assert len(folders) >= 8
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []
