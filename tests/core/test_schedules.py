"""Learning rates by their formula, at the first step, in between, and long after the end."""

import math

import pytest

from nbhelpers import schedules


def test_constant():
    assert {schedules.constant(0.1)(t) for t in (0, 1, 10**9)} == {0.1}


def test_step():
    lr = schedules.step(1.0, 10, factor=0.1)
    assert [lr(t) for t in (0, 9)] == [1.0, 1.0]
    assert [lr(t) for t in (10, 19, 20, 35)] == pytest.approx([0.1, 0.1, 0.01, 0.001])


def test_exponential():
    lr = schedules.exponential(2.0, math.log(2) / 100)
    assert [lr(t) for t in (0, 100, 300)] == pytest.approx([2.0, 1.0, 0.25])


def test_inverse():
    lr = schedules.inverse(1.0, 0.5)
    assert [lr(t) for t in (0, 2, 18)] == pytest.approx([1.0, 1 / 2, 1 / 10])


def test_inverse_sqrt():
    lr = schedules.inverse_sqrt(1.0, 0.5)
    assert [lr(t) for t in (0, 6, 198)] == pytest.approx([1.0, 1 / 2, 1 / 10])


def test_cosine():
    lr = schedules.cosine(1.0, 100)
    assert [lr(t) for t in (0, 50, 100, 1000)] == pytest.approx([1.0, 0.5, 0.0, 0.0])
    assert all(lr(t) > lr(t + 1) for t in range(100))


def test_warmup():
    lr = schedules.warmup(0.5, 5)
    assert [lr(t) for t in range(7)] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5])
    whole = schedules.cosine(1.0, 100)
    lr = schedules.warmup(whole, 10)
    assert lr(4) == pytest.approx(whole(4) / 2)
    assert [lr(t) for t in range(10, 100)] == [whole(t) for t in range(10, 100)]


@pytest.mark.parametrize(
    "lr",
    [
        schedules.constant(0.1), schedules.step(0.1, 5), schedules.exponential(0.1, 0.01),
        schedules.inverse(0.1, 0.01), schedules.inverse_sqrt(0.1, 0.01), schedules.cosine(0.1, 50),
        schedules.warmup(0.1, 5),
    ],
)  # fmt: skip
def test_rates_are_python_floats_and_need_no_memory(lr):
    forward = [lr(t) for t in range(60)]
    assert {type(rate) for rate in forward} == {float}
    assert [lr(t) for t in reversed(range(60))] == forward[::-1]
    assert max(forward) == pytest.approx(0.1)


SCHEDULES = {
    "constant": schedules.constant,
    "step": lambda lr: schedules.step(lr, 5),
    "exponential": lambda lr: schedules.exponential(lr, 0.01),
    "inverse": lambda lr: schedules.inverse(lr, 0.01),
    "inverse_sqrt": lambda lr: schedules.inverse_sqrt(lr, 0.01),
    "cosine": lambda lr: schedules.cosine(lr, 50),
}


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
@pytest.mark.parametrize("lr", [0, -0.5])
def test_a_learning_rate_is_positive(schedule, lr):
    with pytest.raises(ValueError, match="expected 0 < lr"):
        schedule(lr)


@pytest.mark.parametrize("factor", [0, -0.5])
def test_a_step_has_a_positive_factor(factor):
    with pytest.raises(ValueError, match="expected 0 < factor"):
        schedules.step(0.1, 5, factor=factor)


@pytest.mark.parametrize(
    "schedule", [schedules.exponential, schedules.inverse, schedules.inverse_sqrt]
)
def test_a_decay_of_nothing_is_allowed_and_a_negative_one_is_not(schedule):
    assert schedule(0.1, 0)(100) == 0.1
    with pytest.raises(ValueError, match="expected 0 <= rate"):
        schedule(0.1, -0.5)
