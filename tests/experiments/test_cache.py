"""Runs on disk: nothing done twice, nothing stale."""

import functools
import json
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from nbhelpers import ReLU, Tanh
from nbhelpers.experiments import run_arms, tune
from nbhelpers.experiments.cache import fingerprint

quiet = {"progress": False, "n_jobs": 1}


@pytest.fixture
def calls(tmp_path):
    """How often an arm has run: in a file, for what an arm refers to belongs to its fingerprint."""
    file = tmp_path / "calls"
    file.touch()

    def count():
        found = file.read_text().split()
        file.write_text("")
        return found

    count.path = str(file)
    return count


def counting(path, seed, scale=1.0):
    with open(path, "a") as file:
        file.write(f"{seed} ")
    return {"loss": scale * seed, "correct": np.array([True, False])}


def test_what_is_done_is_not_done_again(tmp_path, calls):
    arms = {"a/b ö": functools.partial(counting, calls.path)}
    first = run_arms(arms, range(3), cache=tmp_path / "runs" / "new", **quiet)
    assert calls() == ["0", "1", "2"]
    again = run_arms(arms, range(4), cache=tmp_path / "runs" / "new", **quiet)
    assert calls() == ["3"]
    assert again["loss"].tolist() == [*first["loss"], 3.0]
    assert again["correct"][0].dtype == bool
    run_arms(
        arms, [0], settings={"a/b ö": {"scale": 2.0}}, cache=tmp_path / "runs" / "new", **quiet
    )
    assert calls() == ["0"]


def test_tune_and_run_arms_share_runs(tmp_path, calls):
    path = calls.path
    arms = {"a": lambda seed, scale: counting(path, seed + 1, (scale - 2) ** 2)}
    found = tune(arms, {"scale": [1, 2, 4]}, [0], lowest="loss", cache=tmp_path / "r", **quiet)
    assert len(calls()) == 3
    run_arms(arms, [0], settings=found.settings, cache=tmp_path / "r", **quiet)
    assert calls() == []


def test_an_interrupted_experiment_goes_on(tmp_path, calls):
    stop = tmp_path / "stop"
    stop.touch()
    path, stopper = calls.path, str(stop)

    def arm(seed):
        import os

        if seed == 2 and os.path.exists(stopper):
            raise KeyboardInterrupt
        return counting(path, seed)

    with pytest.raises(KeyboardInterrupt):
        run_arms({"a": arm, "b": arm}, range(4), cache=tmp_path / "runs", **quiet)
    assert calls() == ["0", "0", "1", "1"]  # seed by seed: these are pairs
    stop.unlink()
    runs = run_arms({"a": arm, "b": arm}, range(4), cache=tmp_path / "runs", **quiet)
    assert calls() == ["2", "2", "3", "3"]
    assert runs["loss"].tolist() == [0.0, 1.0, 2.0, 3.0] * 2


def test_an_exception_in_the_middle_is_tried_again_but_not_what_diverged(tmp_path, calls):
    broken = tmp_path / "broken"
    broken.touch()
    path, marker = calls.path, str(broken)

    def arm(seed):
        import os

        counting(path, seed)
        if seed == 1 and os.path.exists(marker):
            raise OSError("disk full")
        return np.nan if seed == 2 else seed

    runs = run_arms({"a": arm}, range(4), cache=tmp_path / "runs", **quiet)
    assert runs["problem"].tolist() == ["", "OSError: disk full", "diverged: score is nan", ""]
    calls()
    broken.unlink()
    runs = run_arms({"a": arm}, range(4), cache=tmp_path / "runs", **quiet)
    assert calls() == ["1"]
    assert runs["problem"].tolist() == ["", "", "diverged: score is nan", ""]


@pytest.mark.parametrize("damage", [
    lambda text: text[: len(text) // 2],
    lambda text: text.replace('"loss": 3.0', '"loss": 4.0'),
    lambda text: "[]",
    lambda text: "",
])  # fmt: skip
def test_a_damaged_file_is_replaced(tmp_path, calls, damage):
    arms = {"a": functools.partial(counting, calls.path)}
    run_arms(arms, [3], cache=tmp_path / "runs", **quiet)
    (file,) = (tmp_path / "runs").iterdir()
    whole = file.read_text()
    assert json.loads(whole)["values"]["loss"] == 3.0
    file.write_text(damage(whole))
    assert run_arms(arms, [3], cache=tmp_path / "runs", **quiet)["loss"].tolist() == [3.0]
    assert calls() == ["3", "3"]
    assert file.read_text() == whole
    assert list((tmp_path / "runs").iterdir()) == [file]  # no temporary files are left


def test_workers_and_cache_agree(tmp_path):
    arms = {"a": lambda rng: rng.normal(), "b": lambda rng: {"score": rng.normal()}}
    two = run_arms(arms, range(5), cache=tmp_path / "runs", n_jobs=2, progress=False)
    read = run_arms(arms, range(5), cache=tmp_path / "runs", **quiet)
    plain = run_arms(arms, range(5), **quiet)
    assert two.equals(read)
    assert two.equals(plain)


def defined(source, name="arm"):
    """A function from source, as a notebook's cell would define it."""
    space = {"__name__": "__main__", "np": np}
    exec(textwrap.dedent(source), space)
    return space[name]


BASE = """
import math
data = np.arange(5)
table = {"low": [0.1, 0.2], "kinds": {"x", "y"}}
class Layer:
    width = 3
    def forward(self, x):
        return 2 * x
def helper(x):
    return Layer().forward(x) + math.pi
def arm(seed, lr=0.1):
    \"\"\"What it does.\"\"\"
    parts = [helper(x) for x in data]  # in a comprehension
    return sum(parts) * lr + table["low"][0] + (seed in {1, 2})
"""


@pytest.mark.parametrize(("old", "new"), [
    ("sum(parts) * lr", "sum(parts) / lr"),  # its code
    ("(seed in {1, 2})", "(seed in {1, 3})"),  # a constant
    ("lr=0.1", "lr=0.2"),  # a default
    ("+ math.pi", "- math.pi"),  # a function that it calls, in a comprehension
    ("return 2 * x", "return 3 * x"),  # a class that this one uses
    ("width = 3", "width = 4"),
    ("np.arange(5)", "np.arange(6)"),  # data
    ("[0.1, 0.2]", "[0.1, 0.3]"),
    ('"y"}', '"z"}'),
    ("import math", "import numpy as math"),
])  # fmt: skip
def test_whatever_a_function_depends_on_changes_its_fingerprint(old, new):
    assert old in BASE
    assert fingerprint(defined(BASE)) != fingerprint(defined(BASE.replace(old, new)))


@pytest.mark.parametrize(("old", "new"), [
    ("# in a comprehension", "# of all data"),
    ("import math", "\n\nimport math\nunused = 1"),
    ("import math", "import math\nforward = 1"),  # a method has this name
    ("", ""),
])  # fmt: skip
def test_what_does_not_matter_leaves_the_fingerprint(old, new):
    assert fingerprint(defined(BASE)) == fingerprint(defined(BASE.replace(old, new)))


def test_closures_partials_wrappers_and_methods_are_followed():
    def made(by):
        return lambda seed: seed * by

    def decorated(function):
        @functools.wraps(function)
        def wrapper(seed):
            return function(seed)

        return wrapper

    class Arm:
        def __init__(self, lr):
            self.lr = lr

        def run(self, seed):
            return self.lr

        def __call__(self, seed):
            return self.lr

    def both(make):
        return fingerprint(make(1)), fingerprint(make(2)), fingerprint(make(1))

    for make in (
        made,
        lambda by: functools.partial(made(0), by),
        lambda by: functools.partial(made(by)),
        lambda by: functools.lru_cache(made(by)),
        lambda by: decorated(made(by)),
        lambda by: functools.partial(counting, scale=[Tanh, ReLU][by - 1]),
        lambda by: Arm(by).run,
    ):
        one, other, again = both(make)
        assert one == again
        assert one != other


def test_a_function_that_calls_itself_has_a_fingerprint():
    source = "def arm(seed): return seed and arm(seed - 1)"
    assert fingerprint(defined(source)) == fingerprint(defined(source))
    assert fingerprint(defined(source)) != fingerprint(defined(source.replace("1", "2")))


def test_a_changed_function_is_not_served_stale_results(tmp_path):
    def score(source):
        arms = {"a": defined(source)}
        return run_arms(arms, [0], cache=tmp_path / "runs", **quiet)["score"].tolist()

    one, two = "def arm(seed): return 1.0", "def arm(seed): return 2.0"
    assert [score(one), score(two), score(one)] == [[1.0], [2.0], [1.0]]


def test_fingerprints_are_equal_in_every_process():
    code = (
        "from nbhelpers.experiments.cache import fingerprint\n"
        "from tests.experiments.test_cache import BASE, defined\n"
        "print(fingerprint(defined(BASE)))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)  # each with another seed for the order of sets
    }
    assert found == {fingerprint(defined(BASE)) + "\n"}


def test_what_cannot_be_hashed_is_named(tmp_path):
    with open(tmp_path / "file", "w") as file:
        arm = lambda seed: file.name  # noqa: E731
        with pytest.raises(TypeError, match="Hint: create it inside the function"):
            run_arms({"a": arm}, [0], cache=tmp_path / "runs", **quiet)


def test_a_file_in_place_of_the_folder_is_rejected(tmp_path):
    (tmp_path / "runs").touch()
    with pytest.raises(NotADirectoryError, match="a folder, got the file"):
        run_arms({"a": lambda seed: seed}, [0], cache=tmp_path / "runs", **quiet)
