"""How often the intervals contain the true value: figures of `statistics.py`, measured again."""

import numpy as np
import pytest
from scipy import stats

from nbhelpers.experiments import mean_interval, paired_difference, prediction_interval

EXPERIMENTS = 600  # the standard error of a coverage of 0.95 is then 0.009


def coverage(estimate, draw, truth=0.0, experiments=EXPERIMENTS):
    """The share of experiments whose interval contains the true value."""
    rng = np.random.default_rng(0)
    return np.mean([truth in estimate(draw(rng)) for _ in range(experiments)])


@pytest.mark.parametrize("n", [5, 10])
def test_the_t_interval_of_normal_differences_covers_95_percent(n):
    found = coverage(lambda d: paired_difference(d, np.zeros(n)), lambda rng: rng.normal(size=n))
    assert found == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(("n", "documented"), [(5, 0.84), (10, 0.90)])
def test_the_bootstrap_of_few_seeds_covers_less_as_documented(n, documented):
    # In one call of scipy's for speed; one experiment is checked against our own function.
    d = np.random.default_rng(1).normal(size=(EXPERIMENTS, n))
    options = {"method": "BCa", "n_resamples": 999}
    found = stats.bootstrap(
        (d,), np.mean, axis=1, batch=50, rng=np.random.default_rng(2), **options
    ).confidence_interval
    assert np.mean((found.low <= 0) & (found.high >= 0)) == pytest.approx(documented, abs=0.025)
    ours = paired_difference(
        d[0], np.zeros(n), method="bootstrap", n_resamples=999, rng=np.random.default_rng(3)
    )
    same = stats.bootstrap((d[0],), np.mean, rng=np.random.default_rng(3), **options)
    assert ours.interval == pytest.approx(tuple(same.confidence_interval))


def test_skewed_differences_are_covered_less_as_documented():
    found = coverage(
        lambda d: paired_difference(d, np.zeros(5)), lambda rng: rng.exponential(size=5), truth=1.0
    )
    assert found == pytest.approx(0.89, abs=0.025)


@pytest.mark.parametrize(
    ("n", "seed_sd", "example_sd"), [(5, 1.0, 0.0), (5, 1.0, 10.0), (10, 0.3, 10.0)]
)
def test_seeds_and_examples_are_covered_at_least_as_promised(n, seed_sd, example_sd):
    def draw(rng):
        seeds, examples = rng.normal(size=(n, 1)), rng.normal(size=(1, 200))
        return seed_sd * seeds + example_sd * examples + 10 * rng.normal(size=(n, 200))

    zeros = np.zeros((n, 200))
    found = coverage(lambda d: paired_difference(d, zeros), draw)
    assert found == pytest.approx(0.95, abs=0.025)
    if example_sd:  # what an interval over seeds alone would do with other test examples
        alone = coverage(lambda d: paired_difference(d.mean(axis=1), zeros[:, 0]), draw)
        assert alone < 0.85


@pytest.mark.parametrize(("n", "m"), [(5, 1), (5, 3), (10, 1)])
def test_the_prediction_interval_contains_further_runs(n, m):
    rng = np.random.default_rng(0)
    found = np.mean([
        rng.normal(size=m).mean() in prediction_interval(rng.normal(size=n), m)
        for _ in range(EXPERIMENTS)
    ])  # fmt: skip
    assert found == pytest.approx(0.95, abs=0.02)
    narrow = np.mean([
        rng.normal() in mean_interval(rng.normal(size=n)) for _ in range(EXPERIMENTS)
    ])  # fmt: skip
    assert narrow < 0.8  # why the mean's own interval is the wrong one
