"""The benchmarks run: contestants that need NumPy alone train, and are compared with the floor.

How fast it is depends on the machine and is asserted nowhere.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import naive, package
from benchmarks.parts import parts
from benchmarks.rounds import Failed, Process, race
from benchmarks.tricks import UNDONE
from benchmarks.workloads import W1, WORKLOADS

SMALL = [replace(work, n=60, batch=min(work.batch, 25)) for work in WORKLOADS]
TINY = replace(W1, widths=(4, 3, 2), batch=5, n=12)


@pytest.mark.parametrize("work", SMALL, ids=lambda work: work.name)
def test_package_and_naive_version_train_the_same_network(work):
    """Same weights, same batches: what is compared in time is the same step."""
    work = replace(work, dropout=0.0)  # the masks are drawn differently
    losses = [[run(1) for _ in range(4)] for run in (package.make(work), naive.make(work))]
    np.testing.assert_allclose(*losses, rtol=1e-4)


@pytest.mark.parametrize("name", UNDONE)
def test_a_trick_undone_changes_nothing_but_the_time(name, monkeypatch):
    for module in ("optimizers.BLOCK", "_custom_layers.formula_of_method", "training.formula_of"):
        where = f"nbhelpers.{module}"
        owner, attribute = where.rsplit(".", 1)
        kept = getattr(__import__(owner, fromlist=["_"]), attribute)
        monkeypatch.setattr(where, kept)  # put back at the end
    losses = [[run(1) for _ in range(4)] for run in (package.make(TINY), UNDONE[name](TINY))]
    np.testing.assert_allclose(*losses, rtol=1e-5)


def test_a_race_gives_finite_ratios_to_the_floor():
    results = race(["floor", "nbhelpers", "naive NumPy"], TINY, 2, epochs=1)
    for result in results.values():
        assert len(result.ratios) == 2
        assert all(math.isfinite(x) and x > 0 for x in (*result.ratios, *result.epoch))
        assert result.megabytes > 1
    assert results["floor"].ratios == [1.0, 1.0]


def test_a_contestant_that_ends_is_named_with_what_it_said():
    process = Process("nobody", TINY)
    with pytest.raises(Failed, match=r"nobody on W1 ended:(.|\n)*KeyError"):
        process.wait()
    process.end()


def test_the_parts_of_a_step_add_up():
    found = parts(TINY, 20)
    assert {"forward", "loss", "backward", "Adam"} < set(found)
    assert all(math.isfinite(seconds) for seconds in found.values())
