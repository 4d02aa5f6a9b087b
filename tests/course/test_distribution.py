"""What `pip install .` brings: both packages whole, nothing else, and they work without extras."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from nbhelpers.exercises.engine import lessons as engine_lessons
from nbhelpers.exercises.engine import progress as record
from tools.execution import ROOT

PACKAGES = ("nbhelpers", "notebook_format")
# All that a checkout has which a distribution must not take along.
REST = (
    "tests",
    "tools",
    "notebooks/01_neurons.ipynb",
    "site/index.md",
    "Makefile",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel and the source distribution, built by setuptools without a network."""
    folder = tmp_path_factory.mktemp("build")
    source, target = folder / "source", folder / "dist"
    caches = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*")
    for name in (*PACKAGES, *REST, "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, path, ignore=caches)
        else:
            shutil.copy(ROOT / name, path)
    code = f"from setuptools import build_meta as b; b.build_sdist({str(target)!r}); " + (
        f"b.build_wheel({str(target)!r})"
    )
    run = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(run, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [wheel], [sdist] = target.glob("*.whl"), target.glob("*.tar.gz")
    return wheel, sdist


def package_files():
    """Every file of the two packages, as they lie here."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(ROOT).as_posix()


def test_the_wheel_holds_the_packages_and_nothing_else(built):
    with zipfile.ZipFile(built[0]) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == set(package_files())
    assert {"nbhelpers/py.typed", "notebook_format/py.typed"} <= names


def test_the_source_distribution_holds_what_building_needs_and_nothing_else(built):
    with tarfile.open(built[1]) as sdist:
        names = {m.name.partition("/")[2] for m in sdist.getmembers() if m.isfile()}
    names = {name for name in names if not name.startswith("nbhelpers.egg-info/")}
    others = {"LICENSE", "MANIFEST.in", "PKG-INFO", "README.md", "pyproject.toml", "setup.cfg"}
    assert names == {*package_files(), *others}


def brought_along() -> set[str]:
    """The distributions that `pip install .` installs here: those required, and theirs in turn."""
    found, todo = set(), {"nbhelpers"}
    while todo:
        name = todo.pop()
        found.add(name)
        for line in requires(name) or ():
            requirement = Requirement(line)
            other = canonicalize_name(requirement.name)
            if other not in found and (not (m := requirement.marker) or m.evaluate({"extra": ""})):
                todo.add(other)
    return found


BARE = """
import sys, warnings
sys.modules.update(dict.fromkeys({hidden!r}))
import nbhelpers, notebook_format
assert nbhelpers.__file__.startswith({folder!r}), nbhelpers.__file__
assert notebook_format.load_style() is None
from nbhelpers.datasets import load_mnist, load_mnist_sample
print(load_mnist_sample())
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    load_mnist()
print(*[warning.message for warning in caught])
"""


def test_it_works_where_no_extra_is_installed(built, tmp_path):
    """The wheel unpacked, in a process that can import only what it requires."""
    site, work = tmp_path / "site", tmp_path / "work"
    work.mkdir()
    with zipfile.ZipFile(built[0]) as wheel:
        wheel.extractall(site)
    allowed = brought_along()
    assert {"numpy", "scipy", "matplotlib"} <= allowed
    assert not {"ipython", "pytest", "tensorflow", "tensorflow-cpu"} & allowed
    hidden = [
        module
        for module, names in packages_distributions().items()
        if not {canonicalize_name(name) for name in names} & allowed and not module.startswith("_")
    ]
    assert {"IPython", "tensorflow", "ipywidgets"} <= set(hidden)
    variables = {k: v for k, v in os.environ.items() if not k.startswith("NBHELPERS_")}
    # No proxy and no name can be reached: every download fails at once.
    variables |= {"PYTHONPATH": str(site), "https_proxy": "http://127.0.0.1:9"}
    code = BARE.format(hidden=hidden, folder=str(site))
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=work, env=variables, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    sample, warning = run.stdout.splitlines()
    assert sample.startswith("a sample of MNIST")
    assert warning.startswith("MNIST could not be downloaded (")
    assert "README" not in warning
    assert f"into {work / 'data' / 'mnist'} by hand" in warning
    assert list(work.iterdir()) == [], "no empty folder stays"


def test_an_installed_package_knows_the_solutions_of_the_lessons_where_one_works(
    tmp_path, monkeypatch
):
    installed = tmp_path / "site/nbhelpers/exercises/engine/lessons.py"
    monkeypatch.setattr(engine_lessons, "__file__", str(installed))
    monkeypatch.chdir(tmp_path)
    record._solutions.cache_clear()
    try:
        assert record._solutions("neurons") == set()
        monkeypatch.chdir(ROOT / "notebooks")
        record._solutions.cache_clear()
        assert len(record._solutions("neurons")) >= 3
    finally:
        record._solutions.cache_clear()


def test_styles_and_templates_are_found_there(built, tmp_path):
    with zipfile.ZipFile(built[0]) as wheel:
        wheel.extractall(tmp_path)
    for name in ("lesson.css", "lesson.mplstyle", "template.ipynb"):
        assert Path(tmp_path, "notebook_format", name).is_file()
