"""Set up the environment in `.venv`, then run a module in it. The same on every system:

    python tools/setup_env.py                        set up what is missing
    python tools/setup_env.py -m jupyter lab         and open the lessons

Needs nothing but Python. A new environment is built beside the old one and takes its place when it
is whole: whatever goes wrong (no network, a full disk, a power cut), a working `.venv` keeps
working, and the same command starts anew. `.venv` is up to date when its stamp, which is written
last, names this folder (it may have been moved or copied) and the checksum of requirements.txt.
A `.venv` that is a symbolic link is somebody else's: it is used as it is.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
# As long as ".venv": programs in an environment hold its path, on Windows inside binary files.
NEW, OLD = ROOT / ".vnew", ROOT / ".vold"
BIN = "Scripts" if os.name == "nt" else "bin"
PYTHON = Path(BIN, "python.exe" if os.name == "nt" else "python")
PYTHONS = (3, 11), (3, 13)  # TensorFlow has builds for these


def check_python() -> None:
    version = sys.version_info[:2]
    if not PYTHONS[0] <= version <= PYTHONS[1]:
        sys.exit(
            "This course needs Python 3.11 to 3.13 (TensorFlow has builds for these); "
            f"{sys.executable} is {version[0]}.{version[1]}. Hint: make PYTHON=python3.12"
        )


def wanted() -> dict:
    """What the stamp of an up-to-date environment says."""
    names = {"lock": "requirements.txt", "project": "pyproject.toml"}
    sums = {k: hashlib.sha256((ROOT / n).read_bytes()).hexdigest() for k, n in names.items()}
    return {"path": str(ROOT), **sums}


def stamp() -> dict:
    """What the stamp says; nothing if the environment is not whole or its Python is gone."""
    try:
        found = json.loads((ENVIRONMENT / "ready").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and (ENVIRONMENT / PYTHON).exists() else {}


def is_ready() -> bool:
    return ENVIRONMENT.is_symlink() or stamp() == wanted()


def set_up() -> None:
    """Bring the environment up to date, unless it is; one process at a time does."""
    if is_ready():
        return
    with only_one():
        if ENVIRONMENT.exists():
            remove(OLD)
        elif OLD.exists():  # stopped between the two moves of `take_its_place`
            OLD.rename(ENVIRONMENT)
        remove(NEW)
        if is_ready():  # made while this process waited
            return
        has = stamp()
        if has and has == {**wanted(), "project": has["project"]}:  # the packages are right
            install_project(ENVIRONMENT)
            write_stamp(ENVIRONMENT)
            return
        try:
            print("Setting up the environment in .venv; this takes a few minutes.", flush=True)
            run(
                [sys.executable, "-m", "venv", "--prompt", ".venv", str(NEW)], "make an environment"
            )
            pip(NEW, "--require-hashes", "-r", "requirements.txt")
            install_project(NEW)
            write_stamp(NEW)
            take_its_place()
        finally:
            remove(NEW)


def install_project(environment: Path) -> None:
    pip(environment, "--no-deps", "--no-build-isolation", "-e", ".")


def write_stamp(environment: Path) -> None:
    (environment / "ready").write_text(json.dumps(wanted()), encoding="utf-8")


def take_its_place() -> None:
    """Move the old environment away and the new one to its place; correct the path in programs."""
    built, final = os.fsencode(NEW), os.fsencode(ENVIRONMENT)
    for path in [NEW / "pyvenv.cfg", *(NEW / BIN).iterdir()]:
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if built in content:
                path.write_bytes(content.replace(built, final))
    try:
        if ENVIRONMENT.exists():
            ENVIRONMENT.rename(OLD)
        NEW.rename(ENVIRONMENT)
    except OSError as error:  # Windows moves no folder from which a program runs
        if OLD.exists() and not ENVIRONMENT.exists():
            OLD.rename(ENVIRONMENT)
        sys.exit(f"The environment in .venv is in use ({error}). Hint: close JupyterLab, try again")
    remove(OLD)


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def pip(environment: Path, *arguments: str) -> None:
    command = [str(environment / PYTHON), "-m", "pip", "install", "--quiet"]
    run([*command, "--disable-pip-version-check", *arguments], "install the packages")


def run(command: list, what: str) -> None:
    """Run a command of the set-up; if it fails, say what there is now."""
    code = subprocess.run(command, cwd=ROOT).returncode
    if code:
        left = "The environment in .venv is as it was" if stamp() else "There is no environment yet"
        sys.exit(
            f"Set-up could not {what} (see above). {left}. "
            "Hint: is there a network, and room on the disk? The same command starts anew"
        )


@contextmanager
def only_one():
    """Wait while another process sets up this folder. The system ends the lock with its process."""
    with open(ROOT / ".venv.lock", "w") as file:
        told = False
        while not locked(file):
            if not told:
                print("Another command is setting up this folder: waiting for it.", flush=True)
                told = True
            time.sleep(0.5)
        yield


def locked(file) -> bool:
    """Take the lock, if it is free."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a file system without locks
        pass
    return True


def surroundings() -> dict:
    """The environment variables, with a home folder that can be written to."""
    variables = dict(os.environ)
    try:
        home = Path.home()
        if os.access(home, os.W_OK | os.X_OK):
            return variables
    except RuntimeError:  # a user without a home
        home = Path("~")
    own = ROOT / ".home"
    print(
        f"Your home folder, {home}, cannot be written to: Jupyter's settings and the record of "
        f"the exercises that you have solved go to {own}.",
        file=sys.stderr,
    )
    own.mkdir(exist_ok=True)
    # What names another place in the same home would be tried first.
    for name in [n for n in variables if n.startswith("XDG_")]:
        if not os.access(variables[name], os.W_OK):
            del variables[name]
    return {**variables, "HOME": str(own), "USERPROFILE": str(own)}


def main(arguments: list) -> int:
    check_python()
    os.chdir(ROOT)
    try:
        set_up()
        if not arguments:
            return 0
        command, variables = [str(ENVIRONMENT / PYTHON), *arguments], surroundings()
    except KeyboardInterrupt:
        print("\nStopped. The same command starts anew.", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"Set-up: {error}. Hint: may you write to {ROOT}?", file=sys.stderr)
        return 1
    if os.name != "nt":  # in the place of this process: it gets every signal
        os.execve(command[0], command, variables)
    return subprocess.run(command, env=variables).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
