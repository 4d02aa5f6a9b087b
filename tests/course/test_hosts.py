"""Workflows, Makefile and README agree; the copies for Colab are right."""

from __future__ import annotations

import re

import nbformat
import pytest
import yaml

from tests.course.test_packaging import PLATFORMS, PYTHONS
from tools import colab
from tools.execution import ROOT, lessons

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in (ROOT / ".github" / "workflows").glob("*.yml")
}


def commands(workflow, job=None):
    jobs = WORKFLOWS[workflow]["jobs"]
    chosen = [jobs[job]] if job else jobs.values()
    return [step["run"] for j in chosen for step in j["steps"] if "run" in step]


def recipe(target):
    """The command of a target, as one who has no make types it."""
    command = re.search(rf"^{re.escape(target)}:.*\n\t(.*)\n", MAKEFILE, re.MULTILINE)[1]
    run = re.search(r"^RUN := (.*)\n", MAKEFILE, re.MULTILINE)[1]
    return command.replace("$(RUN)", run).replace('"$(PYTHON)"', "python")


def test_the_workflows_are_these():
    assert set(WORKFLOWS) == {"tests", "site", "newest"}


def test_every_promised_system_and_python_is_tested():
    jobs = WORKFLOWS["tests"]["jobs"]
    systems = {*jobs["make"]["strategy"]["matrix"]["os"], jobs["windows"]["runs-on"]}
    assert {system.partition("-")[0] for system in systems} == {"ubuntu", "macos", "windows"}
    assert {name.split()[0].lower() for name in PLATFORMS} == {"linux", "macos", "windows"}
    for job in jobs.values():
        assert tuple(job["strategy"]["matrix"]["python"]) == PYTHONS
        assert job["strategy"]["fail-fast"] is False


def test_workflows_call_targets_of_the_makefile():
    targets = set(re.findall(r"^([\w-]+):", MAKEFILE, re.MULTILINE))
    called = {name: re.findall(r"\bmake ([\w-]+)", " ".join(commands(name))) for name in WORKFLOWS}
    assert called == {
        "tests": [],
        "site": ["setup", "site-test", "pdf"],
        "newest": ["setup", "setup", "setup", "test"],
    }
    assert {target for names in called.values() for target in names} <= targets


def test_the_systems_with_make_run_what_runs_everywhere():
    assert commands("tests", "make") == [".ci/run"]
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"^\s*(?:env .*)?\bmake (.*)$", script, re.MULTILINE) == ["test"]


def test_windows_runs_what_make_would_run():
    assert commands("tests", "windows") == [recipe("setup"), recipe("test")]


def test_the_readme_tells_windows_the_same_commands():
    block = README.split("Windows without `make`")[1].split("```")[1]
    lines = [line.strip() for line in block.splitlines() if line.strip()]
    lab = recipe("lab").replace(" $(LAB_OPTIONS)", "")
    assert lines == [lab, recipe("test")]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_secret_is_needed_and_rights_are_small(name):
    text = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
    assert "secrets." not in text  # github.token is given to every run, in a fork too
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}
    for job in WORKFLOWS[name]["jobs"].values():
        for step in job["steps"]:
            assert re.fullmatch(r"actions/[\w-]+@v\d+", step.get("uses", "actions/checkout@v6"))
    writing = {
        (job, right)
        for job, content in WORKFLOWS[name]["jobs"].items()
        for right, level in content.get("permissions", {}).items()
        if level == "write"
    }
    allowed = {("publish", "pages"), ("publish", "id-token"), ("colab", "contents")}
    assert writing == (allowed if name == "site" else set())


def test_the_weekly_run_ignores_the_lock_and_always_reports():
    install = next(line for line in commands("newest", "newest") if "--upgrade" in line)
    assert "requirements" not in install
    assert "constraints" not in install
    assert re.search(r'--upgrade -e "\.\[lessons,cluster,test,site\]"', install)
    last = WORKFLOWS["newest"]["jobs"]["newest"]["steps"][-1]
    assert "GITHUB_STEP_SUMMARY" in last["run"]
    assert last["if"] == "always()"


def test_hooks_use_the_ruff_of_the_lock():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    revisions = {repo["repo"].rpartition("/")[2]: repo.get("rev") for repo in hooks["repos"]}
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert f"ruff=={revisions['ruff-pre-commit'].removeprefix('v')}\n" in constraints


def test_forms_are_well_made():
    for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"):
        form = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert {"name", "description", "body"} <= set(form), path
        assert all(part["attributes"]["label"] for part in form["body"]), path
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{citation["version"]}"' in pyproject
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for release in changes.split("\n## ")[1:]:
        assert "**Numbers changed**" in release, release.splitlines()[0]


# --- Colab ------------------------------------------------------------------------------------


def test_colab_gets_every_lesson_with_one_more_cell(tmp_path):
    assert colab.main(["https://github.com/owner/name.git", str(tmp_path)]) == 0
    written = sorted((tmp_path / "notebooks").glob("*.ipynb"))
    assert [path.name for path in written] == [path.name for path in lessons()]
    for copy, lesson in zip(written, lessons(), strict=True):
        first, *rest = nbformat.read(copy, as_version=4).cells
        assert first.source.endswith(
            '%pip install --quiet "nbhelpers[lessons,cluster] @ git+https://github.com/owner/name"'
        )
        assert rest == nbformat.read(lesson, as_version=4).cells
        nbformat.validate(nbformat.read(copy, as_version=4))


@pytest.mark.parametrize("address", ["owner/name", "https://github.com/owner", '"; rm -rf /'])
def test_colab_refuses_what_is_no_address(tmp_path, address, capsys):
    with pytest.raises(SystemExit):
        colab.main([address, str(tmp_path)])
    assert "expected an address such as https://github.com/owner/name" in capsys.readouterr().err
