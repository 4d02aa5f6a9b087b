"""README and the page for instructors name only commands that exist, and what there is."""

from __future__ import annotations

import argparse
import re
import subprocess

import nbformat
import pytest

import nbhelpers.__main__
from nbhelpers.grading.options import add_options
from nbhelpers.grading.table import COLUMNS
from tools.execution import ROOT, own_work
from tools.execution import lessons as stored_lessons

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_lesson_is_listed_by_its_title():
    own = {path.name for path in own_work()}
    links = re.findall(r"\[([^\]]+)\]\(notebooks/([^)]+)\)", README)
    listed = [(title, name) for title, name in links if name not in own]
    lessons = stored_lessons()
    titles = [nbformat.read(path, 4).cells[0].source.splitlines()[0][2:] for path in lessons]
    assert listed == list(zip(titles, (path.name for path in lessons), strict=True))


INSTRUCTORS = (ROOT / "site" / "instructors.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [README, INSTRUCTORS], ids=["README", "instructors"])
def test_every_command_is_a_target_of_the_makefile(text):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:`|^    )make ([\w-]+)", text, re.MULTILINE))
    assert named
    assert named <= targets


def test_make_help_lists_every_target():
    run = ["make", "--no-print-directory", "help"]
    told = subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"^make ([\w-]+)", told, re.MULTILINE)) == targets - {"help", "clean"}


def test_every_command_line_for_instructors_is_understood(monkeypatch, capsys):
    """Each `python -m nbhelpers …` of the page is parsed by the command itself."""
    lines = re.findall(r"^    (?:\.venv/bin/)?python -m nbhelpers (.+)$", INSTRUCTORS, re.MULTILINE)
    assert len(lines) >= 5
    seen = []
    monkeypatch.setattr("nbhelpers.grading.folder.grade", lambda options: seen.append(options) or 0)
    for line in lines:
        assert nbhelpers.__main__.main(line.split()) == 0, line
    capsys.readouterr()
    assert len(seen) == sum(line.startswith("grade") for line in lines) >= 3
    known = {action.dest.replace("_", "-") for action in options_of_grade()}
    named = set(re.findall(r"`--([a-z-]+)", INSTRUCTORS))
    assert named <= known
    assert named >= {"jobs", "cell-time", "time", "memory", "again", "lessons"}


def options_of_grade():
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser._actions


def test_what_the_page_for_instructors_names_exists():
    workflow = ".github/workflows/site.yml"
    for name in ("nbhelpers/exercises/", "CONTRIBUTING.md", "site/conf.py", workflow):
        assert f"`{name}`" in INSTRUCTORS
        assert (ROOT / name).exists()
    conf = (ROOT / "site" / "conf.py").read_text(encoding="utf-8")
    assert re.search(r'^repository_url = .*"REPOSITORY_URL"', conf, re.MULTILINE)
    defaults = {action.dest: action.default for action in options_of_grade()}
    assert f"`{defaults['output']}`" in INSTRUCTORS
    assert "student, lesson, exercise, passed" in INSTRUCTORS
    assert COLUMNS[:4] == ["student", "lesson", "exercise", "passed"]
    assert "site/instructors.md" in README
    index = (ROOT / "site" / "index.md").read_text(encoding="utf-8")
    assert re.search(r"^instructors$", index, re.MULTILINE)


def test_every_folder_in_the_readme_exists():
    folders = re.findall(r"^    ([\w/]+)/ ", README, re.MULTILINE)
    assert len(folders) >= 8
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []
