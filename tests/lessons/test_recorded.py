"""Tables of long runs: each row is one of the script beside it, and tables do not contradict."""

import importlib
import sys

import pandas as pd
import pytest

from tools.execution import NOTEBOOKS

RECORDED = NOTEBOOKS / "recorded"


def table(name):
    return pd.read_csv(RECORDED / f"{name}.csv", comment="#")


@pytest.fixture(scope="module")
def improvements():
    sys.path.insert(0, str(RECORDED))
    try:
        yield importlib.import_module("mnist_improvements")
    finally:
        sys.path.remove(str(RECORDED))


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*.csv")), ids=lambda path: path.stem)
def test_a_table_says_where_its_numbers_come_from(path):
    header = [line for line in path.read_text(encoding="utf-8").splitlines() if line[0] == "#"]
    assert any("MNIST" in line or "CIFAR" in line for line in header)
    assert any("NumPy" in line for line in header)


def test_improvements_are_runs_of_the_script_each_once(improvements):
    rows = list(table("mnist_improvements")[["step", "seed"]].itertuples(index=False, name=None))
    assert len(set(rows)) == len(rows)
    assert set(rows) <= set(improvements.RUNS)
    assert {step for step, _ in rows} == {step for step, _ in improvements.RUNS}


def test_the_members_of_an_ensemble_have_rows_of_their_own_and_no_other_ensemble(improvements):
    rows = table("mnist_improvements")
    alone = set(rows[rows["step"] == improvements.LAST]["seed"])
    ensembles = rows[rows["step"] == improvements.ENSEMBLE]["seed"]
    members = [s + 5 * i for s in ensembles for i in range(improvements.MEMBERS)]
    assert set(members) <= alone
    assert len(set(members)) == len(members)


def test_steps_that_were_not_run_again_are_as_recorded(improvements):
    rows = table("mnist_improvements").set_index(["step", "seed"])["test_accuracy"]
    seeds = table("mnist_seeds").query("engine == 'NumPy'").set_index(["schedule", "seed"])
    for step, schedule in improvements.SAME.items():
        for seed in improvements.SEEDS:
            assert rows[step, seed] == seeds["test_accuracy"][schedule, seed]
