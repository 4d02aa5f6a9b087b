"""Arms over seeds: the table, failures, workers, and the tuning of each arm."""

import functools
import os
import subprocess
import sys

import numpy as np
import pytest

from nbhelpers import Dense, ReLU, Sequential
from nbhelpers.experiments import compare_arms, plot_arms, run_arms, tune

SEEDS = range(4)
quiet = {"progress": False, "n_jobs": 1}


def noisy(rng, shift=0.0):
    return {"accuracy": shift + rng.normal(), "correct": rng.random(3) < 0.5}


def sometimes(seed):
    """Seed 1 raises, seed 2 diverges."""
    if seed == 1:
        raise ZeroDivisionError("one seed too many")
    return {"loss": np.float32(np.inf) if seed == 2 else np.float32(seed), "steps": np.int64(5)}


def trained(rng):
    """A product large enough for BLAS to use several threads, if it may."""
    net = Sequential(Dense(200, 300, rng=rng), ReLU(), Dense(300, 10, rng=rng))
    return float(net.forward(rng.normal(size=(500, 200)).astype(np.float32)).sum())


def test_the_table_has_a_row_for_each_arm_and_seed():
    arms = {"b": noisy, "a": functools.partial(noisy, shift=10.0)}
    runs = run_arms(arms, [3, 1], settings={"b": {"shift": 1.0}}, **quiet)
    assert list(runs.columns) == ["arm", "seed", "shift", "accuracy", "correct", "problem"]
    assert runs["arm"].tolist() == ["b", "b", "a", "a"]
    assert runs["seed"].tolist() == [3, 1, 3, 1]
    draws = [np.random.default_rng(seed).normal() for seed in (3, 1)]
    expected = [1 + d for d in draws] + [10 + d for d in draws]  # the same noise in both arms
    assert runs["accuracy"].tolist() == pytest.approx(expected)
    assert runs["correct"][0].shape == (3,)
    assert compare_arms(runs, "correct", baseline="b").loc["a", "difference"] == 0.0


def test_failures_stay_in_the_table_with_their_reason():
    runs = run_arms({"a": sometimes, "b": lambda seed: {"loss": seed, "steps": 5}}, SEEDS, **quiet)
    assert runs["problem"].tolist() == [
        "", "ZeroDivisionError: one seed too many", "diverged: loss is inf", "", *[""] * 4
    ]  # fmt: skip
    assert np.isnan(runs["loss"][1])
    assert runs["loss"][2] == np.inf
    found = compare_arms(runs, "loss", baseline="b").loc["a"]
    assert (found["n"], found["failed"]) == (2, 2)


def test_if_all_runs_raise_so_does_the_experiment():
    with pytest.raises(RuntimeError, match="the first: KeyError: 'x'"):
        run_arms({"a": lambda seed: {}["x"]}, SEEDS, **quiet)


def test_the_number_of_workers_changes_nothing():
    arms = {"a": trained, "b": lambda seed: sometimes(seed)["loss"], "c": noisy}
    one, two = (run_arms(arms, SEEDS, progress=False, n_jobs=n) for n in (1, 2))
    for column in one.columns.drop("correct"):
        assert one[column].astype(str).tolist() == two[column].astype(str).tolist(), column
    for x, y in zip(one["correct"], two["correct"], strict=True):
        assert np.array_equal(x, y, equal_nan=True)


def test_functions_among_the_arguments_are_named_in_the_table():
    runs = run_arms({"a": lambda seed, layer: 1.0}, [0], settings={"a": {"layer": ReLU}}, **quiet)
    assert runs["layer"].tolist() == ["ReLU"]


@pytest.mark.parametrize("disabled", [False, True])
def test_the_bar_heeds_the_environment(disabled):
    code = (
        "from nbhelpers.experiments import run_arms\n"
        "run_arms({'a': lambda seed: seed}, range(3), n_jobs=1)"
    )
    env = {name: value for name, value in os.environ.items() if name != "TQDM_DISABLE"}
    env |= {"TQDM_DISABLE": "1"} if disabled else {}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert run.returncode == 0, run.stderr
    assert ("runs" in run.stderr) != disabled


def test_importing_it_loads_no_heavy_package():
    code = (
        "import sys, nbhelpers, nbhelpers.experiments; "
        "sys.exit(sorted({'tensorflow', 'pandas', 'scipy', 'joblib', 'matplotlib'} "
        "& sys.modules.keys()) or 0)"
    )
    heavy = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert heavy.returncode == 0, heavy.stderr


def parabola(lr, rng, best=1.0):
    """Losses are least at `best`; far above it, training diverges."""
    if lr > 30 * best:
        return {"val_loss": np.nan}
    return {"val_loss": np.log10(lr / best) ** 2 + 1e-3 * rng.normal()}


def test_each_arm_gets_its_best_value_and_all_the_same_budget():
    arms = {"low": functools.partial(parabola, best=0.1), "high": parabola}
    tuning = tune(arms, {"lr": [0.01, 0.1, 1.0]}, range(3), lowest="val_loss", **quiet)
    # `high` was best at the border: 10 was added, for both.
    assert tuning.settings == {"low": {"lr": 0.1}, "high": {"lr": 1.0}}
    runs = tuning.table.pivot(index="lr", columns="arm", values="n")
    failed = tuning.table.pivot(index="lr", columns="arm", values="failed")
    assert runs.index.tolist() == [0.01, 0.1, 1.0, 10.0]
    assert (runs + failed == 3).all().all()
    assert failed.loc[10.0].to_dict() == {"low": 3, "high": 0}
    assert len(tuning.runs) == 2 * 4 * 3
    assert "low: lr = 0.1 (val_loss" in repr(tuning)
    assert "3 seeds, 4 values; 3 runs failed)" in repr(tuning)
    best = tuning.table.query("arm == 'high' and best").iloc[0]
    seeds = tuning.runs.query("arm == 'high' and lr == 1.0")["val_loss"]
    assert (best["mean"], best["sd"]) == pytest.approx((seeds.mean(), seeds.std()))


def test_the_grid_widens_at_both_ends_by_its_ratio():
    arms = {"low": functools.partial(parabola, best=0.01), "high": parabola}
    tuning = tune(arms, {"lr": [0.1, 0.05, 0.2]}, [0, 1], lowest="val_loss", **quiet)
    values = sorted(set(tuning.table["lr"]))
    assert values == [0.00625, 0.0125, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6]
    assert tuning.settings == {"low": {"lr": 0.0125}, "high": {"lr": 0.8}}


def test_the_direction_counts():
    def arm(lr, rng):
        return {"val_accuracy": 1 - parabola(lr, rng)["val_loss"]}

    tuning = tune({"a": arm}, {"lr": [0.1, 1, 10]}, [0], highest="val_accuracy", **quiet)
    assert tuning.settings == {"a": {"lr": 1.0}}


def test_a_value_that_diverged_once_loses_to_one_that_never_did():
    def arm(seed, lr):
        return np.nan if lr == 1.0 and seed == 2 else {0.1: 0.5, 1.0: 0.9}.get(lr, 0.1)

    tuning = tune({"a": arm}, {"lr": [0.01, 0.1, 1.0]}, range(3), highest="score", **quiet)
    assert tuning.settings == {"a": {"lr": 0.1}}
    row = tuning.table.query("lr == 1.0").iloc[0]
    assert (row["n"], row["failed"], row["mean"]) == (2, 1, pytest.approx(0.9))


def test_equal_means_take_the_middle_and_do_not_widen():
    tuning = tune({"a": lambda seed, lr: 1.0}, {"lr": [1, 2, 4]}, [0], highest="score", **quiet)
    assert tuning.settings == {"a": {"lr": 2.0}}
    assert len(tuning.table) == 3


def test_a_winner_that_never_leaves_the_border_is_reported():
    with pytest.raises(RuntimeError, match=r"lr = 10000 for 'a', at the border after 4 widenings"):
        tune({"a": lambda seed, lr: lr}, {"lr": [0.01, 0.1, 1]}, [0], highest="score", **quiet)
    with pytest.raises(RuntimeError, match="after 0 widenings"):
        tune(
            {"a": lambda seed, lr: lr}, {"lr": [0.01, 0.1, 1]}, [0], highest="score",
            widenings=0, **quiet,
        )  # fmt: skip


def test_an_arm_that_always_fails_is_reported():
    with pytest.raises(RuntimeError, match="'b' that succeeds, got 3 that failed; the first: Key"):
        tune(
            {"a": parabola, "b": lambda seed, lr: {}[lr]}, {"lr": [0.1, 1, 10]}, [0],
            lowest="val_loss", **quiet,
        )  # fmt: skip


def test_what_was_tuned_goes_on_to_the_comparison():
    arms = {"a": parabola, "b": parabola}
    fixed = {"a": {"best": 0.1}, "b": {"best": 1.0}}
    best = tune(
        arms, {"lr": [0.1, 1, 10]}, range(2), lowest="val_loss", settings=fixed, **quiet
    ).settings
    assert best == {"a": {"best": 0.1, "lr": 0.1}, "b": {"best": 1.0, "lr": 1.0}}
    runs = run_arms(arms, range(10, 15), settings=best, **quiet)
    assert abs(compare_arms(runs, "val_loss", baseline="a").loc["b", "difference"]) < 1e-12


@pytest.mark.parametrize("baseline", [None, "c"])
def test_the_plot_shows_each_seed_and_the_interval(baseline):
    import matplotlib.pyplot as plt

    arms = {
        "a": lambda seed: {"accuracy": np.nan if seed == 1 else np.sin(seed), "correct": 1},
        "b": lambda seed: noisy(np.random.default_rng([seed, 2])),
        "c": noisy,
    }
    runs = run_arms(arms, range(5), **quiet)
    ax = plot_arms(runs, "accuracy", baseline=baseline, ax=plt.figure().gca())
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["a\n(1 of 5 failed)", "b", "c"][: 2 if baseline else 3]
    assert len(ax.containers) == len(names)  # the intervals
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in dots] == [4, 5, 5][: len(names)]
    mark = ax.containers[1].lines[0].get_xdata()[0]
    if baseline:
        assert mark == pytest.approx(
            compare_arms(runs, "accuracy", baseline="c").loc["b", "difference"]
        )
    else:
        assert mark == pytest.approx(runs.query("arm == 'b'")["accuracy"].mean())
    with pytest.raises(ValueError, match="baseline to be one of"):
        plot_arms(runs, "accuracy", baseline="d")


def scored(seed, lr=0.1):
    return lr


GRID = {"lr": [0.1, 1, 10]}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: run_arms([scored], [0]), TypeError, "a dict of functions by name"),
        (lambda: run_arms({"a": 1.0}, [0]), TypeError, "hand over the function itself"),
        (lambda: run_arms({"a": lambda x: x}, [0]), TypeError, "function of seed or rng"),
        (lambda: run_arms({"a": scored}, 5), TypeError, r"Hint: range\(5\)"),
        (lambda: run_arms({"a": scored}, [0.5]), TypeError, "whole numbers"),
        (lambda: run_arms({"a": scored}, [-1]), TypeError, "whole numbers"),
        (lambda: run_arms({"a": scored}, [1, 1]), ValueError, "2 seeds, 1 distinct"),
        (lambda: run_arms({"a": scored}, []), ValueError, "at least one"),
        (lambda: run_arms({"a": scored}, [0], settings={"lr": 1}), TypeError, "settings={'a'"),
        (lambda: run_arms({"a": scored}, [0], settings={"b": {}}), ValueError, "settings for 'b'"),
        (lambda: run_arms({"a": scored}, [0], settings={"a": {"x": 1}}), TypeError, "'x'"),
        (lambda: run_arms({"a": scored}, [0], settings={"a": {"seed": 1}}), ValueError, "'seed'"),
        (lambda: run_arms({"a": scored}, [0], n_jobs=0), ValueError, "n_jobs"),
        (lambda: run_arms({"a": scored}, [0], cache=5), TypeError, "the name of a folder"),
        (lambda: run_arms({"a": lambda seed: "x"}, [0]), RuntimeError, "return a number"),
        (lambda: run_arms({"a": lambda seed: {"arm": 1}}, [0]), RuntimeError, "rename it"),
        (lambda: run_arms({"a": lambda seed: None}, [0]), RuntimeError, "return a number"),
        (lambda: run_arms({"a": lambda seed: {}}, [0]), RuntimeError, "return what was measured"),
        (lambda: tune({"a": scored}, {"lr": [1, 2]}, [0], highest="score"), ValueError, "three"),
        (lambda: tune({"a": scored}, {"lr": [0, 1, 2]}, [0], highest="score"), ValueError, "posit"),
        (lambda: tune({"a": scored}, {"lr": ["a"]}, [0], highest="score"), TypeError, "numbers as"),
        (lambda: tune({"a": scored}, [1, 2, 3], [0], highest="score"), TypeError, "one hyperpar"),
        (lambda: tune({"a": scored}, GRID, [0]), ValueError, "neither"),
        (lambda: tune({"a": scored}, GRID, [0], highest="a", lowest="b"), ValueError, "both"),
        (lambda: tune({"a": scored}, GRID, [0], highest="test_accuracy"), ValueError,
         "Hint: measure it on validation data, 'val_accuracy'"),
        (lambda: tune({"a": scored}, GRID, [0], highest="x", n_jobs=1), KeyError, "score"),
        (lambda: tune({"a": scored}, {"rate": [1, 2, 3]}, [0], highest="score"), TypeError, "rate"),
        (lambda: tune({"a": scored}, GRID, [0], lowest="score", widenings=-1), ValueError, "widen"),
        (lambda: tune({"a": noisy}, {"shift": [1, 2, 3]}, [0], highest="correct", n_jobs=1),
         ValueError, "a number as 'correct'"),
    ],
)  # fmt: skip
def test_wrong_input_is_rejected_with_a_message(call, error, message):
    with pytest.raises(error, match=message):
        call()
