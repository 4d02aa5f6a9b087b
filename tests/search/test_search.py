"""A search gives the same results however it is run, and survives what goes wrong on the way."""

import json
import math
import os
import pickle
import subprocess
import sys
import time

import joblib
import numpy as np
import psutil
import pytest
from joblib.externals.loky import get_reusable_executor
from matplotlib.figure import Figure

import nbhelpers as nb
from nbhelpers.search import plots as search_plots
from nbhelpers.search.runner import SearchFile
from nbhelpers.search.trials import Results, Trial
from tools.execution import ROOT

SPACE = {"lr": nb.LogUniform(1e-4, 1), "momentum": nb.NearOne(0.5, 0.999)}
SETTINGS = nb.random_settings(SPACE, 8, rng=np.random.default_rng(0))


@pytest.fixture(scope="module", autouse=True)
def no_worker_outlives_the_tests():
    before = set(psutil.Process().children(recursive=True))
    yield
    get_reusable_executor().shutdown(wait=True)
    left = set(psutil.Process().children(recursive=True)) - before
    assert [p.cmdline() for p in left if "resource_tracker" not in " ".join(p.cmdline())] == []


def rng():
    return np.random.default_rng(7)


def trial(lr, momentum, rng):
    return {"loss": (np.log10(lr) + 2) ** 2 + rng.normal(), "pid": float(os.getpid())}


def quick(lr, momentum, rng):
    return {"loss": float((np.log10(lr) + 2) ** 2 + rng.normal())}


def search(function=quick, settings=SETTINGS, **options):
    return nb.run_search(function, settings, **({"rng": rng(), "n_jobs": 1} | options))


# ------------------------------------------------------------------ spaces and designs

AXES = [
    nb.Uniform(-1, 3), nb.LogUniform(1e-6, 100), nb.NearOne(0.5, 0.999), nb.Integers(1, 4),
    nb.Integers(8, 128, log=True), nb.Integers(0, 3), nb.Choices("a", "b", None),
]  # fmt: skip


@pytest.mark.parametrize("axis", AXES, ids=repr)
def test_an_axis_maps_there_and_back(axis):
    for u in np.linspace(0, 1, 41):
        value = axis.at(float(u))
        assert axis.at(axis.place(value)) == value or axis.at(axis.place(value)) == pytest.approx(
            value, rel=1e-9
        )
        assert -1e-9 <= axis.place(value) <= 1 + 1e-9


@pytest.mark.parametrize("axis", AXES[:3], ids=repr)
def test_a_range_reaches_from_low_to_high(axis):
    assert axis.at(0.0) == pytest.approx(axis.low)
    assert axis.at(1.0) == pytest.approx(axis.high)


def test_equal_chances_for_equal_ratios():
    u = np.random.default_rng(0).random(4000)
    rates = np.array([nb.LogUniform(1e-4, 1).at(p) for p in u])
    betas = np.array([nb.NearOne(0.9, 0.9999).at(p) for p in u])
    for k in range(4):
        assert np.mean((rates >= 10.0 ** (k - 4)) & (rates < 10.0 ** (k - 3))) == pytest.approx(
            0.25, abs=0.03
        )
    for k in range(1, 4):
        lower, upper = 1 - 10.0**-k, 1 - 10.0 ** -(k + 1)
        assert np.mean((betas >= lower) & (betas < upper)) == pytest.approx(1 / 3, abs=0.03)


def test_every_whole_number_has_the_same_chance():
    drawn = [nb.Integers(1, 4).at(u) for u in np.linspace(0, 0.9999, 4000)]
    assert [drawn.count(n) for n in (1, 2, 3, 4)] == pytest.approx([1000] * 4, abs=2)


@pytest.mark.parametrize("axis", AXES[:3], ids=repr)
@pytest.mark.parametrize("u", [0.0, 0.05, 0.5, 0.99])
def test_a_zoomed_range_keeps_its_share_and_stays_inside(axis, u):
    part = axis.zoom(axis.at(u), 0.3)
    ends = axis.place(part.low), axis.place(part.high)
    assert ends[1] - ends[0] == pytest.approx(0.3, abs=1e-6)
    assert ends[0] > -1e-9
    assert ends[1] < 1 + 1e-9
    assert ends[0] - 1e-6 <= u <= ends[1] + 1e-6


def test_zoomed_integers_hold_the_best_and_never_run_empty():
    part = nb.Integers(8, 128, log=True)
    for _ in range(8):
        part = part.zoom(32, 0.3)
        assert part.low <= 32 <= part.high


def test_a_grid_has_all_combinations_and_choices_come_whole():
    space = {"lr": nb.LogUniform(1e-4, 1), "n": nb.Integers(1, 2), "f": nb.Choices("a", "b", "c")}
    grid = nb.grid_settings(space, 4)
    assert len(grid) == 4 * 2 * 3
    assert len({s["lr"] for s in grid}) == 4
    assert {s["n"] for s in grid} == {1, 2}
    assert {s["f"] for s in grid} == {"a", "b", "c"}


def test_a_jittered_mesh_has_one_point_a_cell_and_no_value_twice():
    space = {"a": nb.Uniform(0, 1), "b": nb.LogUniform(1, 16)}
    mesh = nb.jittered_settings(space, 4, rng=rng())
    cells = {(int(s["a"] * 4), int(math.log2(s["b"]))) for s in mesh}
    assert len(cells) == len(mesh) == 16
    assert len({s["a"] for s in mesh}) == len({s["b"] for s in mesh}) == 16


def test_the_border_rule():
    space = SPACE | {"f": nb.Choices("a", "b")}
    assert nb.at_border(space, {"lr": 2e-4, "momentum": 0.9985, "f": "a"}) == {
        "lr": "low", "momentum": "high",
    }  # fmt: skip
    assert nb.at_border(space, {"lr": 1e-2, "momentum": 0.9, "f": "a"}) == {}


@pytest.mark.parametrize("log", [False, True], ids=["uniform", "log"])
@pytest.mark.parametrize("high", [2, 3, 4])
def test_the_border_rule_holds_for_a_few_whole_numbers(high, log):
    space = {"layers": nb.Integers(1, high, log=log)}
    assert nb.at_border(space, {"layers": 1}) == {"layers": "low"}
    assert nb.at_border(space, {"layers": high}) == {"layers": "high"}
    for inside in range(2, high):
        assert nb.at_border(space, {"layers": inside}) == {}


def test_a_setting_may_be_nan_and_be_kept_in_a_file(tmp_path):
    def trial(lr, rng):
        return lr

    settings = [{"lr": 0.1}, {"lr": float("nan")}, {"lr": np.inf}]
    once = nb.run_search(trial, settings, rng=rng(), file=tmp_path / "search.json", n_jobs=1)
    again = nb.run_search(trial, settings, rng=rng(), file=tmp_path / "search.json", n_jobs=1)
    for results in (once, again):
        assert [bool(one.problem) for one in results] == [False, True, True]


# ------------------------------------------------------------------ the same, whoever runs it


def uneven(lr, momentum, rng):
    time.sleep(0.05 if lr > 0.01 else 0)  # later ones overtake
    return {"loss": rng.normal()}


def test_any_number_of_workers_gives_the_same_results():
    one, two = search(uneven), search(uneven, n_jobs=2)
    assert one.trials == two.trials
    assert [t.number for t in two] == list(range(8))
    assert [t.setting for t in two] == SETTINGS


def test_workers_are_other_processes_with_one_thread_each():
    def spy(rng):
        from threadpoolctl import threadpool_info

        np.ones((2, 2)) @ np.ones((2, 2))
        threads = max((lib["num_threads"] for lib in threadpool_info()), default=1)
        time.sleep(0.1)
        return {"pid": os.getpid(), "threads": threads}

    results = search(spy, [{}] * 4, n_jobs=2)
    assert os.getpid() not in {t.values["pid"] for t in results}
    assert {t.values["threads"] for t in results} == {1}


def test_trials_have_streams_of_their_own_that_the_seed_repeats():
    def draw(rng):
        return rng.random()

    first, again = search(draw, [{}] * 5), search(draw, [{}] * 5)
    assert first.trials == again.trials
    assert len({t.values["score"] for t in first}) == 5
    assert search(draw, [{}] * 5, rng=np.random.default_rng(8)).trials != first.trials
    assert first.trials[3].values["score"] == rng().spawn(5)[3].random()


def test_a_dask_cluster_by_one_line():
    from dask.distributed import Client, LocalCluster

    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options, silence_logs=50) as cluster, Client(cluster) as client:
        pids = set(client.run(os.getpid).values())
        with joblib.parallel_config("dask"):
            results = nb.run_search(trial, SETTINGS, rng=rng())
            failing = nb.run_search(fragile, FRAGILE, rng=rng())
    assert {t.values["pid"] for t in results} <= pids
    assert os.getpid() not in pids
    assert [t.values["loss"] for t in results] == [t.values["loss"] for t in search()]
    assert failing.trials == search(fragile, FRAGILE).trials


SCRIPT = """
import numpy as np, nbhelpers as nb, psutil

def trial(lr, rng):
    return {"loss": np.exp(np.float32(lr))}  # overflows, in a worker

settings = [{"lr": lr} for lr in (1.0, 2.0, 3.0, 1e9)]
if __name__ == "__main__":
    results = nb.run_search(trial, settings, rng=np.random.default_rng(0), n_jobs=2)
    print(results)
    print(*(p.pid for p in psutil.Process().children(recursive=True)))
"""


def test_a_script_shows_a_bar_and_no_warning_and_leaves_no_process(tmp_path):
    file = tmp_path / "script.py"
    file.write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TQDM_DISABLE": ""}
    run = subprocess.run(
        [sys.executable, file], capture_output=True, text=True, env=environment, check=True
    )
    said, pids = run.stdout.splitlines()
    assert said == "4 trials, 1 of them failed (first: trial 3, diverged: loss is inf)"
    assert "4/4" in run.stderr
    assert "Warning" not in run.stderr
    deadline = time.monotonic() + 10
    while any(map(psutil.pid_exists, map(int, pids.split()))) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [pid for pid in map(int, pids.split()) if psutil.pid_exists(pid)] == []


# ------------------------------------------------------------------ what goes wrong


def fragile(kind, rng):
    if kind == "raises":
        raise ValueError("no such layer")
    if kind == "solver":
        net = nb.FullyConnectedNet([4], n_in=2, n_out=2, rng=rng)
        solver = nb.Solver(net, nb.softmax_cross_entropy, nb.SGD(1e38), rng=rng, progress=False)
        solver.fit((rng.normal(size=(20, 2)), rng.integers(0, 2, 20)), steps=20)
    return {"loss": {"nan": math.nan, "inf": np.float32(np.inf)}.get(kind, 0.5)}


FRAGILE = [{"kind": kind} for kind in ("fine", "raises", "nan", "inf", "solver", "fine")]


def test_a_trial_that_fails_is_recorded_with_its_reason_and_the_search_goes_on():
    results = search(fragile, FRAGILE)
    problems = [t.problem for t in results]
    assert problems[0] == problems[5] == ""
    assert problems[1] == "ValueError: no such layer"
    assert problems[2:4] == ["diverged: loss is nan", "diverged: loss is inf"]
    assert problems[4].startswith("FloatingPointError")
    assert [t.number for t in results.failed] == [1, 2, 3, 4]
    assert "6 trials, 4 of them failed (first: trial 1, ValueError" in repr(results)
    assert results.best(lowest="loss").number == 0


def test_the_table():
    frame = search(fragile, FRAGILE).to_frame()
    assert list(frame.columns) == ["kind", "loss", "problem"]
    assert frame.index.name == "trial"
    assert frame["loss"].isna().tolist() == [False, True, True, True, True, False]
    assert search(fragile, FRAGILE[1:3]).to_frame()["problem"].str.len().min() > 0


def test_what_trials_may_return():
    assert search(lambda rng: np.float32(0.5), [{}]).trials[0].values == {"score": 0.5}
    assert search(lambda rng: {"n": np.int64(3)}, [{}]).trials[0].values == {"n": 3}
    for wrong in (None, "0.5", [1, 2], {"loss": None}, {1: 2.0}):
        assert "a number or a dict of numbers" in search(lambda rng, w=wrong: w, [{}]).trials[
            0
        ].problem  # fmt: skip
    assert "must be real" in search(lambda rng: np.complex128(1j), [{}]).trials[0].problem
    assert "rename" in search(lambda lr, rng: {"lr": lr}, [{"lr": 1}]).trials[0].problem


def test_the_best_of_what_succeeded():
    results = Results([Trial(0, {}, problem="x"), Trial(1, {}, {"a": 2.0}), Trial(2, {}, {"a": 2})])
    assert results.best(highest="a").number == results.best(lowest="a").number == 1
    with pytest.raises(ValueError, match="highest=… or lowest=…, got neither"):
        results.best()
    with pytest.raises(KeyError, match="one of \\['a'\\]"):
        results.best(highest="b")
    with pytest.raises(ValueError, match="1 failed; the first: x"):
        Results(results.trials[:1]).best(highest="a")


# ------------------------------------------------------------------ interrupted, and resumed


def test_an_interrupted_search_goes_on_where_it_stopped(tmp_path):
    calls, file = [], tmp_path / "search.json"

    def stopped(**setting):
        calls.append(setting["lr"])
        if len(calls) == 4:
            raise KeyboardInterrupt
        return quick(**setting)

    with pytest.raises(KeyboardInterrupt):
        search(stopped, file=file)
    assert [row["number"] for row in json.loads(file.read_text())["trials"]] == [0, 1, 2]
    resumed = search(stopped, file=file)
    assert calls == [s["lr"] for s in SETTINGS[:4] + SETTINGS[3:]]
    assert resumed.trials == search().trials
    assert search(stopped, file=file).trials == resumed.trials  # a third time: nothing to do
    assert len(calls) == 9
    assert [p.name for p in tmp_path.iterdir()] == ["search.json"]


def test_an_interrupted_search_on_two_workers_goes_on(tmp_path, monkeypatch):
    file, write = tmp_path / "search.json", SearchFile.write

    def interrupted(self, done):
        write(self, done)
        if len(done) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(SearchFile, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            search(uneven, n_jobs=2, file=file)
    assert len(json.loads(file.read_text())["trials"]) == 3
    assert search(uneven, n_jobs=2, file=file).trials == search(uneven).trials


def test_failed_trials_are_remembered_with_their_reason(tmp_path):
    first = search(fragile, FRAGILE, file=tmp_path / "a.json")
    assert search(pytest.fail, FRAGILE, file=tmp_path / "a.json").trials == first.trials


def test_functions_as_choices_can_be_stored(tmp_path):
    settings = [{"init": nb.he, "hidden": (3, 2)}, {"init": nb.xavier, "hidden": (3, 2)}]

    def names(init, hidden, rng):
        return len(init.__name__) + len(hidden)

    first = search(names, settings, file=tmp_path / "a.json")
    assert search(names, settings, file=tmp_path / "a.json").trials == first.trials
    assert first.trials[1].setting["init"] is nb.xavier
    with pytest.raises(ValueError, match="numbers, texts or functions"):
        search(names, [{"init": object(), "hidden": ()}], file=tmp_path / "b.json")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "these settings, got a search over others"),
        ('{"format": "nbhelpers se', "cannot be read"),
        ("", "cannot be read"),
        (b"\x93NUMPY\xff", "cannot be read"),
        ('{"weights": [1, 2]}', "written by run_search, got something else"),
        ("[1, 2]", "something else"),
    ],
)
def test_a_file_of_something_else_is_rejected_and_kept(tmp_path, content, words):
    file = tmp_path / "search.json"
    if content is None:
        search(quick, SETTINGS[:2], file=file)
    else:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = file.read_bytes()
    with pytest.raises(ValueError, match=words) as caught:
        search(file=file)
    assert "'search.json'" in str(caught.value)
    assert "delete the file to start anew" in str(caught.value)
    assert file.read_bytes() == before


def test_a_file_of_another_seed_or_with_damaged_rows_is_rejected(tmp_path):
    file = tmp_path / "search.json"
    search(file=file)
    with pytest.raises(ValueError, match="a search with another seed"):
        search(file=file, rng=np.random.default_rng(8))
    used = rng()
    search(file=None, rng=used)
    with pytest.raises(ValueError, match="made anew just before the search"):
        search(file=file, rng=used)
    for row in ({"number": 99, "values": {}, "problem": ""}, {"number": 0}, 3):
        file.write_text(json.dumps(json.loads(file.read_text()) | {"trials": [row]}))
        with pytest.raises(ValueError, match="trials with number, values and problem"):
            search(file=file)


def test_a_missing_folder_is_rejected_before_the_first_trial(tmp_path):
    with pytest.raises(FileNotFoundError, match="create the folder"):
        search(pytest.fail, file=tmp_path / "none" / "search.json")


def test_coarse_to_fine_zooms_resumes_and_repeats(tmp_path):
    options = {"n": 6, "lowest": "loss", "n_jobs": 1, "file": tmp_path / "s.json"}
    first = nb.coarse_to_fine(quick, SPACE, rng=rng(), **options)
    again = nb.coarse_to_fine(pytest.fail, SPACE, rng=rng(), **options)
    assert first.trials == again.trials
    assert [t.number for t in first] == list(range(18))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s-1.json", "s-2.json", "s-3.json"]
    widths = [
        np.ptp([SPACE["lr"].place(t.setting["lr"]) for t in first.trials[k : k + 6]])
        for k in (0, 6, 12)
    ]
    assert widths[0] > 0.3 >= widths[1]
    assert widths[2] <= 0.09 + 1e-9


# ------------------------------------------------------------------ seen, and elsewhere


def test_plots_show_failed_trials_and_leave_empty_cells_blank():
    settings = [{"a": a, "b": b} for a, b in ((0.1, 0.1), (0.9, 0.9), (0.6, 0.2), (0.7, 0.3))]
    results = search(lambda a, b, rng: {"loss": math.nan if a == 0.6 else a}, settings)
    space = {"a": nb.Uniform(0, 1), "b": nb.Uniform(0, 1)}
    lines = search_plots.plot_parallel(results, space, lowest="loss", top=1, ax=Figure().subplots())
    lengths = [len(line.get_xdata()) for line in lines.get_lines() if line.get_ls() == "--"]
    assert lengths == [2]  # the failed one has no value to end at
    trials = [line for line in lines.get_lines() if len(line.get_xdata()) == 3]
    assert trials[-1].get_ydata()[0] == 0.1
    assert trials[-1].get_color() != "0.8"
    ax = search_plots.plot_heat_map(results, space, "a", "b", "loss", 2, ax=Figure().subplots())
    shown = ax.get_images()[0].get_array()
    assert np.ma.filled(shown, -1).tolist() == [[0.1, 0.7], [-1, 0.9]]
    with pytest.raises(ValueError, match="two of"):
        search_plots.plot_heat_map(results, space, "a", "c", "loss")
    with pytest.raises(KeyError, match="one of \\['loss'\\]"):
        search_plots.plot_parallel(results, space, highest="accuracy")


def test_a_graph_is_built_inside_its_trial_and_gives_the_same():
    from nbhelpers import tf1

    x, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2

    def train(library, lr, rng):
        layer = library.Dense(3, 2, rng=rng)
        net = library.Sequential(layer, dtype=np.float64)
        loss, optimizer = library.softmax_cross_entropy, library.SGD(lr)
        solver = library.Solver(net, loss, optimizer, rng=rng, progress=False)
        return float(solver.fit((x, y), steps=5).step_losses[-1])

    settings = [{"lr": 0.1}, {"lr": 1.0}]
    ours, theirs = (
        search(lambda lr, rng, lib=library: train(lib, lr, rng), settings) for library in (nb, tf1)
    )
    assert ours.failed == theirs.failed == []
    for a, b in zip(ours, theirs, strict=True):
        assert a.values["score"] == pytest.approx(b.values["score"], rel=1e-9)
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(tf1.tf.Session())


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: nb.LogUniform(0, 1), "0 < low"),
        (lambda: nb.Uniform(2, 1), "low < high, got 2 and 1"),
        (lambda: nb.NearOne(0.9, 1), "high < 1"),
        (lambda: nb.Integers(5, 5), "whole numbers low < high"),
        (lambda: nb.Integers(0, 5, log=True), "low to be a whole number >= 1"),
        (lambda: nb.Choices(), "at least one value"),
        (lambda: nb.grid_settings({}, 3), "a dict of ranges"),
        (lambda: nb.grid_settings({"lr": (0, 1)}, 3), "a dict of ranges"),
        (lambda: nb.grid_settings(SPACE, 0), "n to be a whole number >= 1"),
        (lambda: nb.random_settings(SPACE, 3, rng=0), "default_rng(0)"),
        (lambda: nb.zoom(SPACE, {"lr": 0.1}), "a setting of ['lr', 'momentum']"),
        (lambda: nb.at_border(SPACE, {"lr": 5.0, "momentum": 0.9}), "lr in LogUniform"),
        (lambda: nb.zoom(SPACE, SETTINGS[0], share=1.5), "share"),
        (lambda: search(quick(**SETTINGS[0], rng=rng())), "without ( )"),
        (lambda: search(quick, []), "a list of settings"),
        (lambda: search(quick, SPACE), "a list of settings"),
        (lambda: search(quick, [{"lr": 1}, {"momentum": 2}]), "settings like {'lr': 1}"),
        (lambda: search(quick, [{"rng": 1}]), "the name 'rng'"),
        (lambda: search(rng=3), "default_rng(3)"),
        (lambda: search(n_jobs=0), "n_jobs: a whole number, not 0"),
    ],
)
def test_bad_input_is_rejected_in_words(call, words):
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    assert words in str(caught.value)
