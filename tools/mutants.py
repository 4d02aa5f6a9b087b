"""Do the tests notice a changed formula? Mutation testing of the package, by Cosmic Ray.

    python -m tools.mutants losses schedules      two modules; a report in _build/mutants/
    python -m tools.mutants                       every module that is a piece of the network

Each mutant is one module with one operator, number, comparison or condition changed, in a copy of
the project. The doctests of the module and the tests named after it run first, then the other tests
of the core; a mutant that passes them all has survived. Interrupted, the command goes on where it
stopped, as long as neither the module nor a test has changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tools.execution import ENVIRONMENT, ROOT

FOLDER = ROOT / "_build" / "mutants"
MODULES = ("activations", "ensembles", "gradient_check", "initializers", "layers", "losses",
           "network", "optimizers", "regularizers", "schedules", "training")  # fmt: skip
# What imports TensorFlow or asks for the files of the project: it would cost more than it catches.
SLOW = ("builders", "doctests", "imports", "public_names")
# No plugin and no conftest of the lessons: they take ten times as long as most mutants live.
PYTEST = "python -m pytest -o addopts= -x -q --confcutdir=tests -p no:cacheprovider"
# One change of each kind in a place: ten other operators for every plus would teach nothing new.
# Annotations are not evaluated, so `int | None` is no place.
SKIPPED = (
    "core/ReplaceBinaryOperator_(?!Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Div|Mod_Div|Pow_Mul)",
    "core/ReplaceComparisonOperator_(?!Eq_NotEq|NotEq_Eq|Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt|Is_IsNot|IsNot_Is)",
    "core/ReplaceUnaryOperator_(?!USub_UAdd|Delete_Not)",
    "core/Variable",
)
CONFIG = """\
[cosmic-ray]
module-path = "nbhelpers/{module}.py"
timeout = 300.0
test-command = "{command}"
[cosmic-ray.distributor]
name = "local"
[cosmic-ray.filters.operators-filter]
exclude-operators = {skipped}
"""


def tests(module: str) -> list[str]:
    """The tests of the core, those named after the module first."""
    files = sorted((ROOT / "tests" / "core").glob("test_*.py"))
    files = [path for path in files if path.stem.removeprefix("test_") not in SLOW]
    files.sort(key=lambda path: path.stem != f"test_{module}")
    return [path.relative_to(ROOT).as_posix() for path in files]


def session(module: str, config: str) -> Path:
    """The folder of a run: a copy of package and tests, named after all that decides the result."""
    sources = [
        *sorted((ROOT / "nbhelpers").rglob("*.py")),
        *(ROOT / name for name in tests(module)),
    ]
    parts = [config.encode(), *(path.read_bytes() for path in sources)]
    folder = FOLDER / f"{module}-{hashlib.sha256(b''.join(parts)).hexdigest()[:12]}"
    if not folder.exists():
        for old in FOLDER.glob(f"{module}-*"):
            shutil.rmtree(old)
        for name in ("nbhelpers", "notebook_format", "tests", "tools"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.pyc"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        (folder / "config.toml").write_text(config, encoding="utf-8")
    return folder


def mutate(module: str) -> tuple[int, int]:
    """Run what has not run yet; writes the survivors' changes and returns (killed, tried)."""
    command = f"{PYTEST} --doctest-modules nbhelpers/{module}.py {' '.join(tests(module))}"
    config = CONFIG.format(module=module, command=command, skipped=list(SKIPPED))
    folder = session(module, config)
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    environment = os.environ | ENVIRONMENT | {
        "PATH": path, "PYTHONPATH": str(folder), "MPLBACKEND": "Agg",
        "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }  # fmt: skip

    def run(*words: str) -> str:
        done = subprocess.run(words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout[-2000:]}")
        return done.stdout

    if not (folder / "session.sqlite").exists():
        run("cosmic-ray", "baseline", "config.toml")  # without a mutant everything passes
        run("cosmic-ray", "init", "config.toml", "session.sqlite")
        run("cr-filter-operators", "session.sqlite", "config.toml")
    # An interrupted run may have left its last mutant in place.
    shutil.copy(ROOT / "nbhelpers" / f"{module}.py", folder / "nbhelpers")
    run("cosmic-ray", "exec", "config.toml", "session.sqlite")
    survivors = run("cr-report", "--surviving-only", "--show-diff", "session.sqlite")
    (FOLDER / f"{module}.txt").write_text(survivors, encoding="utf-8")
    dump = [
        json.loads(line)[1] for line in run("cosmic-ray", "dump", "session.sqlite").splitlines()
    ]
    outcomes = [result["test_outcome"] for result in dump if result["test_outcome"]]
    return len(outcomes) - outcomes.count("survived"), len(outcomes)


def install() -> None:
    """Cosmic Ray, beside the lock: no lesson and no test needs it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *project["dependency-groups"]["mutants"]], check=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="module", help=f"of {', '.join(MODULES)}")
    modules = parser.parse_args(arguments).modules or MODULES
    if shutil.which("cosmic-ray", path=Path(sys.executable).parent) is None:
        install()
    for module in modules:
        if not (ROOT / "nbhelpers" / f"{module}.py").is_file():
            parser.error(f"there is no nbhelpers/{module}.py")
        killed, tried = mutate(module)
        rest = (FOLDER / f"{module}.txt").relative_to(ROOT)
        print(
            f"{module}: {killed} of {tried} killed, {killed / tried:.1%}; the rest: {rest}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
