"""A slow machine fails nothing; a hang fails everywhere, after a time that fits the machine."""

from __future__ import annotations

from queue import Empty
from types import SimpleNamespace

import pytest

from tests.lessons import nbval_lessons
from tools import execution


def budget(seconds):
    """The last item of a lesson that took so long."""
    parent = SimpleNamespace(seconds={1: seconds, 2: 0.5}, offline=False)
    path = SimpleNamespace(name="07_slow.ipynb", stem="07_slow")
    item = SimpleNamespace(parent=parent, path=path, user_properties=[])
    nbval_lessons.Budget.runtest(item)
    return item.user_properties


def test_a_budget_is_reported_and_fails_nothing(monkeypatch):
    monkeypatch.delenv("NBHELPERS_TIME_FACTOR", raising=False)
    [(key, line)] = budget(10_000)
    assert key == "lesson time"
    assert line.split() == [
        "07_slow", "10000.5", "of", "30", "s", "slowest:", "cell", "1", "10000.0", "s,", "cell",
        "2", "0.5", "s",
    ]  # fmt: skip


def test_where_a_factor_is_set_the_limit_is_enforced(monkeypatch):
    monkeypatch.setenv("NBHELPERS_TIME_FACTOR", "3")
    assert budget(89)
    with pytest.raises(nbval_lessons.TooSlowError, match=r"took 91\.5 s.* above 3 times that"):
        budget(91)


def test_slowness_is_measured_and_never_below_one(monkeypatch):
    monkeypatch.setattr(execution, "REFERENCE", 1e-3)
    assert execution.slowness() > 3
    monkeypatch.setattr(execution, "REFERENCE", 1e3)
    assert execution.slowness() == 1


@pytest.mark.parametrize(("slowness", "limit"), [(1.0, 5), (4.0, 20)])
def test_a_hang_is_stopped_after_a_time_that_fits_the_machine(monkeypatch, slowness, limit):
    clock = iter(range(1000))
    monkeypatch.setattr(nbval_lessons.time, "monotonic", lambda: next(clock))

    def never(self, msg_id, timeout):
        raise Empty

    monkeypatch.setattr(nbval_lessons.RunningKernel, "await_reply", never)
    kernel = nbval_lessons.Kernel.__new__(nbval_lessons.Kernel)
    kernel.slowness, kernel.is_alive = slowness, lambda: True
    with pytest.raises(Empty):
        kernel.await_reply("id", timeout=5)
    assert limit <= next(clock) <= limit + 3
