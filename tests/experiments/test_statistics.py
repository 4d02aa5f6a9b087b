"""Intervals and tests against scipy and numbers worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from nbhelpers.experiments import (
    Estimate,
    compare_arms,
    holm,
    mcnemar,
    mean_interval,
    paired_difference,
    prediction_interval,
)

proof = settings(max_examples=40, deadline=None, derandomize=True)  # the same ones every time
seeds = st.integers(0, 2**32 - 1)

A = [0.93, 0.95, 0.94, 0.96, 0.94]
B = [0.92, 0.93, 0.93, 0.94, 0.93]


def test_a_paired_difference_by_hand():
    # d = 1, 2, 1, 2, 1 hundredths: mean 1.4, s = sqrt(0.3), t(0.975; 4) = 2.776
    gap = paired_difference(A, B)
    reach = 2.776445 * math.sqrt(0.3 / 5)
    assert [100 * x for x in (gap.mean, *gap)] == pytest.approx([1.4, 1.4 - reach, 1.4 + reach])
    assert (gap.n, gap.examples, gap.test) == (5, None, "paired t-test")


@proof
@given(seeds, st.integers(2, 12), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_a_paired_difference_is_scipys(seed, n, level):
    a, b = np.random.default_rng(seed).normal(size=(2, n))
    gap, there = paired_difference(a, b, level=level), stats.ttest_rel(a, b)
    assert gap.p == pytest.approx(there.pvalue)
    assert gap.interval == pytest.approx(tuple(there.confidence_interval(level)))
    assert (0 in gap) == (gap.p >= 1 - level)
    back = paired_difference(b, a, level=level)
    assert (back.mean, back.low, back.p) == pytest.approx((-gap.mean, -gap.high, gap.p))


def test_the_permutation_test_counts_sign_patterns():
    # All five differences are positive: only the two patterns of equal signs are as extreme.
    gap = paired_difference(A, B, test="permutation")
    assert gap.p == 2 / 2**5
    assert "smallest p possible 0.062" in gap.test
    assert gap.interval == paired_difference(A, B).interval
    # d = 3, 1, 1, -1: of 16 patterns, |sum| >= 4 has 3+1+1-1, 3+1-1+1, 3-1+1+1, 6, and mirrored.
    assert paired_difference([3, 1, 1, -1], [0] * 4, test="permutation").p == 8 / 16


def test_a_permutation_test_of_many_seeds_is_drawn_by_rng():
    rng = np.random.default_rng(0)
    a = rng.normal(0.3, size=30)
    b = np.zeros(30)
    found = [
        paired_difference(a, b, test="permutation", rng=np.random.default_rng(7)).p
        for _ in range(2)
    ]
    assert found[0] == found[1] == pytest.approx(paired_difference(a, b).p, abs=0.02)
    with pytest.raises(TypeError, match="rng"):
        paired_difference(a, b, test="permutation")


def test_the_bootstrap_is_reproducible_and_needs_its_rng():
    one, two = (
        paired_difference(A, B, method="bootstrap", rng=np.random.default_rng(0)) for _ in range(2)
    )
    assert one == two
    assert one.low > 0
    assert one.p == paired_difference(A, B).p
    with pytest.raises(TypeError, match=r"rng=np\.random\.default_rng\(0\)"):
        paired_difference(A, B, method="bootstrap")


def test_seeds_and_examples_by_hand():
    # Examples alone differ, each seed sees the same: the t interval over the examples.
    d = np.tile([0.0, 1.0, 1.0, 0.0, 1.0, 1.0], (3, 1))
    gap = paired_difference(d, np.zeros_like(d))
    assert gap.interval == pytest.approx(mean_interval(d[0]).interval)
    # Seeds alone differ: the t interval over the seeds.
    gap = paired_difference(d.T, np.zeros_like(d.T))
    assert gap.interval == pytest.approx(mean_interval(d[0]).interval)
    assert (gap.n, gap.examples) == (6, 3)
    assert str(gap).endswith("6 seeds × 3 examples)")


def test_variances_of_seeds_and_examples_add_up():
    d = np.add.outer([-1.0, 0.0, 1.0], [-3.0, 1.0, 2.0, 0.0])  # no cell of its own
    gap = paired_difference(d, np.zeros_like(d))
    seeds_, examples = 1.0 / 3, (9 + 1 + 4) / 3 / 4
    freedom = (seeds_ + examples) ** 2 / (seeds_**2 / 2 + examples**2 / 3)
    reach = stats.t.ppf(0.975, freedom) * math.sqrt(seeds_ + examples)
    assert gap.interval == pytest.approx((-reach, reach))
    assert gap.p == pytest.approx(1.0)


def test_both_ways_agree_on_many_seeds_and_correct_or_not():
    rng = np.random.default_rng(0)
    a, b = (rng.random((40, 300)) < share for share in (0.9, 0.8))  # Boolean, as predictions == y
    t = paired_difference(a, b)
    boot = paired_difference(a, b, method="bootstrap", rng=rng, n_resamples=500)
    assert t.mean == boot.mean == pytest.approx(a.mean() - b.mean())
    assert 0.08 < t.low < t.mean < t.high < 0.12
    assert boot.low <= t.low < t.high <= boot.high  # too wide where single cells vary, as it says


def test_no_variation():
    assert paired_difference([1, 2], [1, 2]).p == 1.0
    assert paired_difference([1, 2], [1, 2]).interval == (0.0, 0.0)
    assert mean_interval([0.5, 0.5]).interval == (0.5, 0.5)
    with pytest.raises(ValueError, match=r"Hint: does each run use its seed\?"):
        paired_difference([0.3, 0.5, 0.4], [0.2, 0.4, 0.3])


@proof
@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 20))
def test_mcnemar_is_a_binomial_test(only_a, only_b, both):
    assume(only_a + only_b + both)
    a = np.repeat([1, 0, 1], [only_a, only_b, both])
    b = np.repeat([0, 1, 1], [only_a, only_b, both])
    found = mcnemar(a, b.astype(bool))
    assert (found.only_a, found.only_b, found.n) == (only_a, only_b, len(a))
    assert found.difference == pytest.approx(a.mean() - b.mean())
    m, k = only_a + only_b, min(only_a, only_b)
    tail = sum(math.comb(m, i) for i in range(k + 1)) / 2**m
    assert found.p == pytest.approx(min(1.0, 2 * tail))


def test_holm_by_hand():
    assert holm([0.01, 0.02, 0.03, 0.5]).tolist() == pytest.approx([0.04, 0.06, 0.06, 0.5])
    assert holm([0.9, 0.8]).tolist() == [1.0, 1.0]
    assert holm([]).tolist() == []


@proof
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_step_by_step(ps):
    """Holm's own formulation: go through the sorted p-values until one exceeds 0.05 / (m - k)."""
    rejected = set()
    for k, i in enumerate(np.argsort(ps, kind="stable").tolist()):
        if ps[i] * (len(ps) - k) > 0.05:
            break
        rejected.add(i)
    assert {i for i, p in enumerate(holm(ps)) if p <= 0.05} == rejected


def test_intervals_of_means_and_predictions_by_hand():
    # mean 3, s = sqrt(2.5), t(0.975; 4) = 2.776
    reach = 2.776445 * math.sqrt(2.5)
    assert mean_interval([1, 2, 3, 4, 5]).high == pytest.approx(3 + reach / math.sqrt(5))
    assert prediction_interval([1, 2, 3, 4, 5]).high == pytest.approx(3 + reach * math.sqrt(1.2))
    assert prediction_interval([1, 2, 3, 4, 5], 5).high == pytest.approx(3 + reach * math.sqrt(0.4))


@pytest.mark.parametrize(
    ("estimate", "printed"),
    [
        ((0.0123, 0.0088, 0.0158, 10), "0.012 (95 % interval 0.009 to 0.016, n = 10)"),
        ((0.0123, 0.0103, 0.0143, 10), "0.0123 (95 % interval 0.0103 to 0.0143, n = 10)"),
        ((-0.00001, -0.4, 0.4, 5), "0.0 (95 % interval -0.4 to 0.4, n = 5)"),
        ((1234.5, 1200.0, 1269.0, 5), "1234 (95 % interval 1200 to 1269, n = 5)"),
        ((0.5, 0.5, 0.5, 2), "0.500 (95 % interval 0.500 to 0.500, n = 2)"),
    ],
)
def test_what_an_estimate_prints(estimate, printed):
    assert str(Estimate(*estimate)) == printed


def test_an_estimate_serves_a_claim():
    gap = paired_difference(A, B)
    low, high = gap
    assert low < float(gap) < high
    assert tuple(gap) == gap.interval == (gap.low, gap.high)
    assert repr(gap) == f"{gap}; p = 0.0046, paired t-test"


def table(**arms):
    rows = [
        {"arm": arm, "seed": seed, "score": value}
        for arm, values in arms.items() for seed, value in enumerate(values)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_arms_are_compared_by_pairs_and_corrected():
    runs = table(base=B, a=A, c=[0.93, 0.92, 0.94, 0.93, 0.94]).sample(frac=1, random_state=0)
    found = compare_arms(runs, baseline="base")
    gap = paired_difference(A, B)
    assert found.loc["a", ["difference", "low", "high", "p"]].tolist() == pytest.approx(
        [gap.mean, gap.low, gap.high, gap.p]
    )
    assert found.loc["a", ["mean", "baseline"]].tolist() == pytest.approx([0.944, 0.93])
    assert found["p_holm"].loc[["a", "c"]].tolist() == pytest.approx(
        holm(found["p"].loc[["a", "c"]]).tolist()
    )
    assert found["failed"].tolist() == [0, 0]


def test_failed_runs_are_left_out_and_counted():
    gone = [0.94, math.nan, 0.95, math.inf, 0.96]
    found = compare_arms(table(base=B, a=gone, b=[math.nan] * 5, c=A), baseline="base")
    assert found[["n", "failed"]].to_numpy().tolist() == [[3, 2], [0, 5], [5, 0]]
    gap = paired_difference([0.94, 0.95, 0.96], [0.92, 0.93, 0.93])
    assert found.loc["a", "difference"] == pytest.approx(gap.mean)
    assert found.loc["a", "baseline"] == pytest.approx(np.mean([0.92, 0.93, 0.93]))
    assert found.loc["b"].drop(["n", "failed"]).isna().all()
    assert found.loc[["a", "c"], "p_holm"].tolist() == pytest.approx(
        holm(found.loc[["a", "c"], "p"]).tolist()  # of two comparisons: the third was not made
    )


def test_cells_of_examples_are_compared_over_seeds_and_examples():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 4, 50)) < 0.7
    runs = pd.DataFrame({
        "arm": ["a"] * 4 + ["b"] * 4, "seed": [*range(4)] * 2, "correct": [*a, *b]
    })  # fmt: skip
    found = compare_arms(runs, "correct", baseline="b").loc["a"]
    gap = paired_difference(a, b)
    assert found[["difference", "low", "high"]].tolist() == [gap.mean, gap.low, gap.high]


RUNS = table(a=A, b=B)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: paired_difference(A, B[:4]), ValueError, r"\(5,\) and \(4,\).*Hint: run both"),
        (lambda: paired_difference([1.0], [2.0]), ValueError, "at least 2 values in a, got 1"),
        (lambda: paired_difference([1.0, math.nan], [1, 2]), ValueError, "1 NaN.*compare_arms"),
        (lambda: paired_difference(["x", "y"], [1, 2]), TypeError, "numbers of shape"),
        (lambda: paired_difference(1.0, 2.0), ValueError, r"\(n,\) or \(seeds, examples\)"),
        (lambda: paired_difference(A, B, method="magic"), ValueError, "method to be one of"),
        (lambda: paired_difference(A, B, test="u"), ValueError, "test to be one of"),
        (lambda: paired_difference(A, B, level=95), ValueError, "level"),
        (lambda: paired_difference([A, B], [B, A], test="permutation"), ValueError, "test='t'"),
        (lambda: mean_interval([1.0]), ValueError, "at least 2"),
        (lambda: mean_interval([[1.0, 2.0]]), ValueError, r"shape \(n,\), got shape \(1, 2\)"),
        (lambda: prediction_interval([1.0, 2.0], 0), ValueError, "m to be a whole number"),
        (lambda: mcnemar([3, 1], [1, 1]), ValueError, "got 3. Hint: compare first"),
        (lambda: mcnemar([1, 1], [1]), ValueError, "got 2 and 1. Hint: take both"),
        (lambda: holm([0.1, 1.5]), ValueError, "p-values from 0 to 1, got 1.5"),
        (lambda: holm([math.nan]), ValueError, "finite"),
        (lambda: compare_arms(RUNS, baseline="c"), ValueError, r"\['a', 'b'\], got 'c'"),
        (lambda: compare_arms(RUNS, "loss", baseline="a"), KeyError, "column='score'"),
        (lambda: compare_arms([1], baseline="a"), TypeError, "the DataFrame of run_arms"),
        (lambda: compare_arms(RUNS[:-1], baseline="a"), ValueError, "seed 4 for only one of"),
        (lambda: compare_arms(pd.concat([RUNS, RUNS[:1]]), baseline="a"), ValueError, "two of 'a'"),
        (lambda: compare_arms(RUNS[:5], baseline="a"), ValueError, "a second arm"),
        (lambda: compare_arms(RUNS[:0], baseline="a"), ValueError, "got 'a'"),
    ],
)  # fmt: skip
def test_wrong_input_is_rejected_with_a_message(call, error, message):
    with pytest.raises(error, match=message):
        call()
