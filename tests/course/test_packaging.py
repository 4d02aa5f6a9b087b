"""pyproject.toml, its lock and environment.yml say the same, on every platform that is promised."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tools.execution import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
EXTRAS = PROJECT["optional-dependencies"]
DIRECT = [Requirement(line) for line in sum(EXTRAS.values(), PROJECT["dependencies"])]
PLATFORMS = {
    "Linux": {"sys_platform": "linux", "platform_machine": "x86_64", "platform_system": "Linux"},
    "Linux on ARM": {
        "sys_platform": "linux", "platform_machine": "aarch64", "platform_system": "Linux",
    },
    "macOS": {"sys_platform": "darwin", "platform_machine": "arm64", "platform_system": "Darwin"},
    "Windows": {
        "sys_platform": "win32", "platform_machine": "AMD64", "platform_system": "Windows",
    },
}  # fmt: skip
PYTHONS = ("3.11", "3.12", "3.13")


def pins():
    """Each pin of the lock: (requirement, number of hashes)."""
    for block in re.split(r"\n(?=\S)", LOCK):
        if not block.startswith("#"):
            line, *hashes = block.rstrip().replace("\\\n", "\n").split("\n")
            assert all(re.fullmatch(r" *--hash=sha256:[0-9a-f]{64} *", h) for h in hashes), block
            yield Requirement(line.strip()), len(hashes)


PINS = list(pins())


def environment(platform, python):
    return PLATFORMS[platform] | {"python_version": python, "python_full_version": f"{python}.9"}


def applies(marker: Marker | None, where):
    return marker is None or marker.evaluate(where)


def pinned(name, where):
    """The versions that the lock gives a package there."""
    return [
        next(iter(pin.specifier)).version
        for pin, _ in PINS
        if canonicalize_name(pin.name) == canonicalize_name(name) and applies(pin.marker, where)
    ]


def test_every_pin_is_one_exact_version_with_hashes():
    assert len(PINS) > 100
    for pin, hashes in PINS:
        assert re.fullmatch(r"==[^*,]+", str(pin.specifier)), pin
        assert hashes > 0, pin


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_direct_requirement_is_pinned_within_its_range(platform, python):
    where = environment(platform, python)
    for requirement in DIRECT:
        versions = pinned(requirement.name, where)
        if applies(requirement.marker, where):
            assert len(versions) == 1, (requirement, versions)
            assert requirement.specifier.contains(versions[0]), (requirement, versions)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_graphics_card_is_catered_for(platform):
    where = environment(platform, "3.12")
    names = {canonicalize_name(pin.name) for pin, _ in PINS if applies(pin.marker, where)}
    assert {name for name in names if re.match("nvidia|cuda|triton", name)} == set()
    light = platform == "Linux"  # the one platform with a TensorFlow without these
    assert {"tensorflow-cpu", "tensorflow"} & names == {"tensorflow-cpu" if light else "tensorflow"}


def test_the_constraints_are_the_lock_without_hashes():
    written = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    lines = [Requirement(line) for line in written.splitlines() if line[0] != "#"]
    assert [str(line) for line in lines] == [str(pin) for pin, _ in PINS], "run `make lock`"


def test_conda_installs_the_lessons_at_the_versions_of_the_lock():
    env = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, section = env["dependencies"]
    assert section == {"pip": ["-c constraints.txt", "-e .[lessons,cluster]"]}
    assert pip == "pip"
    assert {"lessons", "cluster"} <= set(EXTRAS)
    version = python.removeprefix("python=")
    assert version in PYTHONS
    assert SpecifierSet(PROJECT["requires-python"]).contains(version)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"conda activate {env['name']}" in readme


def imported(folder):
    """The packages that the code imports, other than its own and Python's."""
    for file in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            for name in names:
                top = name.split(".")[0]
                if top not in sys.stdlib_module_names | {"nbhelpers", "notebook_format"}:
                    yield file.relative_to(ROOT).as_posix(), top


# By jupyter, whose kernel is made of them.
BROUGHT_ALONG = {"ipython", "matplotlib-inline"}


def test_what_is_imported_is_required():
    given = {canonicalize_name(requirement.name) for requirement in DIRECT} | BROUGHT_ALONG
    providers = packages_distributions()
    for file, module in {*imported("nbhelpers"), *imported("notebook_format")}:
        names = {canonicalize_name(name) for name in providers[module]}
        assert names & given, f"{file} imports {module}, which pyproject.toml does not require"
