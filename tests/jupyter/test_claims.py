"""A claim prints what held and by how much, or raises with the figures."""

import numpy as np
import pytest

from nbhelpers import check, claim

HOLD = {
    "greater: 0.9816 > 0.98": {"value": 0.9816, "above": 0.98},
    "smaller: 3e-16 < 1e-12": {"value": 3e-16, "below": 1e-12},
    "between: 2 > 1 and < 3": {"value": np.float32(2), "above": 1, "below": 3},
    "the same: [1, 2]": {"value": [1, 2], "equals": [1, 2]},
    "words: ab": {"value": "ab", "equals": "ab"},
    "a count: 41": {"value": 41, "equals": 41},
    "rounded: 0.884 = 0.88 ± 0.01": {"value": 0.8838, "equals": 0.88, "within": 0.01},
    "a mean: 0.02 [0.01, 0.03] > 0": {"value": 0.02, "above": 0, "interval": (0.01, 0.03)},
    "near: equal within 0.1": {"value": np.array([1.0, 2.05]), "equals": [1, 2], "within": 0.1},
    "bytes: equal within 3": {"value": np.uint8([3]), "equals": np.uint8([5]), "within": 3},
    "truth: holds": {"value": np.bool_(True)},
}
FAIL = {
    "greater: 0.97 is not > 0.98": {"value": 0.97, "above": 0.98},
    "equal is not greater: 0.98 is not > 0.98": {"value": 0.98, "above": 0.98},
    "between: 4 is not > 1 and < 3": {"value": 4, "above": 1, "below": 3},
    "NaN is above nothing: nan is not > 0": {"value": np.nan, "above": 0},
    "NaN is below nothing: nan is not < 0": {"value": np.nan, "below": 0},
    "NaN has no bound: 1 is not > nan": {"value": 1, "above": np.nan},
    "NaN equals nothing: largest difference nan, allowed 1": {
        "value": [np.nan], "equals": [np.nan], "within": 1,
    },
    "far: largest difference 5e-01, allowed 0.1": {"value": 1.5, "equals": 1, "within": 0.1},
    "other: 3 is not 4": {"value": 3, "equals": 4},
    "shapes: shape (2,) is not (2, 1)": {"value": [1, 2], "equals": [[1], [2]]},
    "open: 0.02 [-0.01, 0.05] is not > 0": {
        "value": 0.02, "above": 0, "interval": (-0.01, 0.05),
    },
    "truth: does not hold": {"value": False},
}  # fmt: skip


@pytest.mark.parametrize("line", HOLD)
def test_what_holds_is_printed_the_same_each_time(line, capsys):
    for _ in range(2):
        assert claim(line.split(":")[0], **HOLD[line]) is None
        assert capsys.readouterr().out == f"✓ {line}\n"


@pytest.mark.parametrize("line", FAIL)
def test_what_does_not_hold_raises_with_the_figures(line, capsys, monkeypatch):
    monkeypatch.delenv("NBHELPERS_CLAIMS", raising=False)
    with pytest.raises(AssertionError) as problem:
        claim(line.split(":")[0], **FAIL[line])
    assert str(problem.value) == f"✗ {line}"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("line", FAIL)
def test_where_claims_are_counted_it_is_reported_instead(line, capsys, monkeypatch):
    monkeypatch.setenv("NBHELPERS_CLAIMS", "report")
    claim(line.split(":")[0], **FAIL[line])
    printed, _, margin = capsys.readouterr().out.rstrip("\n").partition(" (margin ")
    assert printed == f"✗ {line}"
    assert not margin or float(margin.rstrip(")")) <= 0 or margin == "nan)"


def test_where_claims_are_counted_the_margin_is_a_share_of_the_bound(capsys, monkeypatch):
    monkeypatch.setenv("NBHELPERS_CLAIMS", "report")
    claim("So", 1.25, above=1, below=2)
    claim("So", [1.0, 2.25], equals=[1, 2], within=1)
    claim("So", 3.0, above=0)
    claim("So", [1, 2], equals=[1, 2])
    assert capsys.readouterr().out.splitlines() == [
        "✓ So: 1.25 > 1 and < 2 (margin 0.25)",
        "✓ So: equal within 1 (margin 0.75)",
        "✓ So: 3 > 0 (margin 1)",
        "✓ So: [1, 2]",
    ]


def test_a_number_without_a_bound_is_no_claim():
    with pytest.raises(ValueError, match="claim: expected above=, below= or equals=, got none"):
        claim("Something", 1.0)
    with pytest.raises(ValueError, match="claim: expected equals= or bounds, got both"):
        claim("Something", 1.0, equals=1.0, above=0.5)


def test_a_check_is_silent_while_it_holds(capsys):
    check(2 > 1)
    check(np.ones(3), [1, 1, 1 + 1e-12], within=1e-9)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((1 > 2,), "False is not True"), (([1.0], [1.5]), "5e-01"), (([1.0], [1.0, 2.0]), "shape")],
)
def test_a_check_that_fails_says_how(arguments, words):
    with pytest.raises(AssertionError, match=words):
        check(*arguments)


def test_an_interval_lies_around_its_value():
    with pytest.raises(ValueError, match="an interval around the value"):
        claim("So", 1.0, above=0, interval=(2, 3))


def test_bounds_are_for_one_number():
    with pytest.raises(ValueError, match="one number with above= or below=, got 3 numbers"):
        claim("So", np.ones(3), above=0)
