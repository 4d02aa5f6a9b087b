"""The set-up on machines that are not ours: interrupted, moved, copied, offline, two at once.

With a small course (`small_course.py`), whose set-up takes seconds; the weekly workflow tries the
real one.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.course.small_course import Course
from tools.execution import ROOT

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals and permissions of POSIX")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A course that is set up, to be moved to a place of its own by each test."""
    folder = tmp_path_factory.mktemp("template")
    course = Course.make(folder / "course", folder / "packages")
    code, out, err = course.run()
    assert (code, err) == (0, ""), out + err
    return course


@pytest.fixture
def course(template):
    """The course as it was set up, whatever the test before has done to it."""
    folder = template.folder
    backup = folder.with_name("backup")
    shutil.copytree(folder, backup, symlinks=True)
    yield template
    shutil.rmtree(folder)
    backup.rename(folder)


@pytest.fixture
def fresh(tmp_path):
    return Course.make(tmp_path / "course", tmp_path / "packages")


def wait_for(path: Path) -> None:
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end, f"no {path}"
        time.sleep(0.02)


def where(course):
    code, out, err = course.run("-m", "here")
    assert code == 0, err
    return Path(out.splitlines()[-1]).parent


def test_it_is_set_up_once_and_then_only_used(course):
    before = (course.folder / ".venv" / "ready").stat().st_mtime_ns
    assert course.run() == (0, "", "")
    assert where(course) == course.folder
    assert (course.folder / ".venv" / "ready").stat().st_mtime_ns == before
    assert course.tool() == "tool 1.0"
    assert course.scraps() == []


def test_nothing_in_it_names_the_folder_in_which_it_was_built(course):
    for path in [course.folder / ".venv" / "pyvenv.cfg", *course.bin.iterdir()]:
        if path.is_file() and not path.is_symlink():
            assert b".vnew" not in path.read_bytes(), path


@pytest.mark.parametrize(
    "how", [pytest.param("kill", marks=POSIX), pytest.param("int", marks=POSIX)]
)
def test_interrupted_half_way_and_called_again(fresh, how):
    process = fresh.start()
    wait_for(fresh.folder / ".vnew" / "pyvenv.cfg")
    os.killpg(process.pid, signal.SIGKILL if how == "kill" else signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert not (fresh.folder / ".venv").exists()
    if how == "int":
        assert process.returncode == 130
        assert "The same command starts anew" in err
        assert "Traceback" not in err.split("Stopped")[-1]
        assert fresh.scraps() == []
    code, out, err = fresh.run()
    assert code == 0, out + err
    assert fresh.tool() == "tool 1.0"
    assert fresh.scraps() == []


def test_two_at_once_the_second_waits_and_says_so(fresh):
    first = fresh.start()
    wait_for(fresh.folder / ".vnew")
    second = fresh.run("-m", "here")
    assert second[0] == 0, second
    assert "Another command is setting up this folder: waiting for it." in second[1]
    out, err = first.communicate(timeout=60)
    assert (first.returncode, err) == (0, ""), out + err
    assert "Setting up" in out
    assert "Setting up" not in second[1]
    assert fresh.tool() == "tool 1.0"


def test_a_copied_folder_runs_its_own_code(course, tmp_path):
    shutil.copytree(course.folder, tmp_path / "copy", symlinks=True)
    copy = Course(tmp_path / "copy", course.packages)
    assert where(copy) == copy.folder
    assert copy.tool() == "tool 1.0"
    assert where(course) == course.folder


def test_a_moved_folder_is_set_up_anew(course, tmp_path):
    shutil.copytree(course.folder, tmp_path / "there", symlinks=True)
    moved = Course((tmp_path / "there").rename(tmp_path / "moved"), course.packages)
    assert "Setting up" in moved.run()[1]
    assert where(moved) == moved.folder
    assert moved.tool() == "tool 1.0"


def test_a_newer_lock_without_a_network_leaves_what_works(course):
    course.lock("2.0", deliver=False)
    code, _, err = course.run()
    assert code == 1
    assert err.splitlines()[-1] == (
        "Set-up could not install the packages (see above). The environment in .venv is as it was. "
        "Hint: is there a network, and room on the disk? The same command starts anew"
    )
    assert course.tool() == "tool 1.0"
    assert course.scraps() == []
    course.lock("2.0")
    assert course.run()[0] == 0
    assert course.tool() == "tool 2.0"
    assert course.scraps() == []


def test_stopped_between_the_two_moves(course):
    (course.folder / ".venv").rename(course.folder / ".vold")
    (course.folder / ".vnew").mkdir()
    code, out, _ = course.run()
    assert (code, out) == (0, "")
    assert course.tool() == "tool 1.0"
    assert course.scraps() == []


def test_a_change_of_the_project_alone_needs_no_network(course):
    for path in course.packages.glob("*.whl"):
        path.rename(path.with_suffix(".away"))
    try:
        with (course.folder / "pyproject.toml").open("a") as file:
            file.write("# changed\n")
        assert course.run()[0] == 0
        assert course.run() == (0, "", "")
    finally:
        for path in course.packages.glob("*.away"):
            path.rename(path.with_suffix(".whl"))
    assert where(course) == course.folder


@pytest.mark.parametrize("damage", ["stamp", "python"])
def test_an_environment_that_is_not_whole_is_made_anew(course, damage):
    if damage == "python":  # the system's Python has gone, or is a newer one
        for path in course.bin.glob("python*"):
            path.unlink()
    else:
        (course.folder / ".venv" / "ready").write_text("")
    assert course.run()[0] == 0
    assert course.tool() == "tool 1.0"


@POSIX
def test_a_link_is_used_as_it_is(course, tmp_path):
    other = Course.make(tmp_path / "other", course.packages)
    (other.folder / ".venv").symlink_to(course.folder / ".venv")
    assert where(other) == other.folder
    assert other.scraps() == []


def test_blanks_umlauts_no_language_and_a_strict_umask(tmp_path):
    variables = {} if os.name == "nt" else {"LANG": "C", "LC_ALL": "C"}
    packages = tmp_path / "packages"
    course = Course.make(tmp_path / "Über neuronale Netze (neu)", packages, **variables)
    before = os.umask(0o077)
    try:
        code, out, err = course.run("-m", "here")
    finally:
        os.umask(before)
    assert code == 0, out + err
    assert course.tool() == "tool 1.0"


@POSIX
@pytest.mark.parametrize("home", ["/nonexistent", "file"])
def test_a_home_that_cannot_be_written_to_is_replaced_and_said(course, tmp_path, home):
    (tmp_path / "file").touch()
    course = Course(course.folder, course.packages, HOME=str(tmp_path / home))
    code, out, err = course.run("-c", "import pathlib; print(pathlib.Path.home())")
    assert code == 0
    assert out == f"{course.folder / '.home'}\n"
    assert err.startswith(f"Your home folder, {tmp_path / home}, cannot be written to: ")
    assert err.count("\n") == 1


@POSIX
def test_a_folder_that_cannot_be_written_to_is_named(fresh):
    fresh.folder.chmod(0o555)
    try:
        without_rights = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
        if os.getuid() == 0 and not shutil.which("setpriv"):
            pytest.skip("root may write everywhere; setpriv would take that away")
        run = subprocess.run(
            [*(without_rights if os.getuid() == 0 else []), sys.executable,
             str(fresh.folder / "tools" / "setup_env.py")],
            env=fresh.variables, capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        fresh.folder.chmod(0o755)
    assert run.returncode == 1
    assert run.stderr.startswith("Set-up: ")
    assert run.stderr.endswith(f"Hint: may you write to {fresh.folder}?\n")


OTHER_PYTHONS = [f"python3.{n}" for n in range(6, 15) if n != sys.version_info[1]]


@pytest.mark.parametrize("name", OTHER_PYTHONS)
def test_other_pythons_work_or_are_turned_away_in_one_sentence(fresh, name):
    """Those that this machine has."""
    probe = [name, "-c", "import sys, venv, ensurepip; print(sys.executable)"]
    try:
        python = subprocess.check_output(probe, text=True, stderr=subprocess.DEVNULL).strip()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"no {name} with venv here")
    code, _, err = fresh.run("-m", "here", python=python)
    if name in ("python3.11", "python3.12", "python3.13"):
        assert code == 0, err
        assert fresh.tool() == "tool 1.0"
    else:
        assert code == 1
        assert err.startswith("This course needs Python 3.11 to 3.13")
        assert err.count("\n") == 1


@pytest.mark.skipif(not shutil.which("make"), reason="no make")
def test_make_calls_it_and_says_nothing_when_all_is_there(course):
    make = ["make", "--silent", f"PYTHON={sys.executable}"]
    run = subprocess.run(
        [*make, "setup"], cwd=course.folder, env=course.variables, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert (run.stdout, run.stderr) == ("", "")


def test_the_script_promises_the_pythons_of_the_project():
    text = (ROOT / "tools" / "setup_env.py").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "PYTHONS = (3, 11), (3, 13)" in text
    assert 'requires-python = ">=3.11,<3.14"' in project
