"""Differences with intervals: what repeated runs say, and with what precision. On scipy.stats.

**Which interval.** Share of 95 % intervals that contain the true mean, over 2,000 simulated
experiments (standard error at most 0.01; `tests/experiments/test_coverage.py` repeats some):

    differences      n    t      bootstrap: percentile  BCa
    normal           5    0.94              0.83        0.84
    normal          10    0.95              0.90        0.90
    normal          20    0.95              0.92        0.92
    exponential      5    0.89              0.79        0.81
    exponential     10    0.89              0.84        0.86

With few seeds the bootstrap's intervals are too short: five values resampled do not show how far a
sixth may lie. So the interval of Student's t is the default here, and `method="bootstrap"` (BCa)
is for n of 20 and more, or to compare. For strongly skewed differences neither holds its 95 %.
Over seeds and 200 examples both, the interval of t covers 0.95 to 0.97 where seeds or examples
contribute much to the variation. Where nearly all is that of single cells it is too wide: 0.97 to
0.98 with 10 seeds, 0.99 and more with 5.

**Which test.** The paired t-test, which agrees with that interval: p < 0.05 where it leaves out 0.
It assumes differences that are roughly normal. `test="permutation"` does not: under the null
hypothesis each difference may as well have the other sign, and p is the share of the 2ⁿ
sign patterns with a mean as far from 0. So its smallest possible p is 2 / 2ⁿ: 0.0625 with 5 seeds,
which can never be below 0.05, 0.03 with 6 and 0.002 with 10. (Wilcoxon's signed-rank test has the
same limits.)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._checks import Rng, check_number, check_rng, check_size, describe, fail

if TYPE_CHECKING:
    import pandas as pd

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Estimate:
    """A mean with its interval; unpacks to (low, high) and counts as the number `mean`.

    Attributes:
        mean, low, high: in the unit of the values.
        n: how many seeds; for seeds and examples both, `examples` is the number of those.
        level: how often such an interval is to contain the true value.
        kind: "interval" (of a mean) or "prediction interval" (of values still to come).
        p, test: the p-value of "the true difference is 0" and the test it is from, if any.

    >>> gain = Estimate(0.0123, 0.0088, 0.0158, n=10)
    >>> print(gain)
    0.012 (95 % interval 0.009 to 0.016, n = 10)
    >>> low, high = gain
    >>> 0.01 in gain, float(gain) > 0
    (True, True)
    """

    mean: float
    low: float
    high: float
    n: int
    level: float = 0.95
    kind: str = "interval"
    p: float | None = None
    test: str = ""
    examples: int | None = None

    @property
    def interval(self) -> tuple[float, float]:
        """The two bounds."""
        return self.low, self.high

    def __iter__(self) -> Iterator[float]:
        return iter(self.interval)

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __float__(self) -> float:
        return self.mean

    def __str__(self) -> str:
        # One digit of the half-width, two where it starts with 1 or 2; more would be noise.
        half = (self.high - self.low) / 2
        digits = 3
        if 0 < half < math.inf:
            leading = math.floor(math.log10(half))
            digits = max(0, (0 if half >= 3 * 10.0**leading else 1) - leading)
        mean, low, high = (
            f"{round(x, digits) + 0.0:.{digits}f}"  # + 0.0: not "-0.0"
            for x in (self.mean, self.low, self.high)
        )
        n = (
            f"n = {self.n}"
            if self.examples is None
            else f"{self.n} seeds × {self.examples} examples"
        )
        return f"{mean} ({100 * self.level:g} % {self.kind} {low} to {high}, {n})"

    def __repr__(self) -> str:
        return str(self) if self.p is None else f"{self}; p = {self.p:.2g}, {self.test}"


def mean_interval(values: npt.ArrayLike, *, level: float = 0.95) -> Estimate:
    """The mean of n runs with the t interval in which the true mean is expected.

    >>> mean_interval([0.91, 0.93, 0.92, 0.94, 0.90])
    0.920 (95 % interval 0.900 to 0.940, n = 5)
    """
    return _t_estimate(_checked("mean_interval", "values", values, (1,)), level, "mean_interval")


def prediction_interval(values: npt.ArrayLike, m: int = 1, *, level: float = 0.95) -> Estimate:
    """Where the mean of m further runs is expected, given n runs: mean ± t · s · √(1/n + 1/m).

    For a published number, which is one run (m=1) or the mean of m: if it lies in this interval, it
    does not differ significantly from the runs here. Assumes normal values. Even with many runs, it
    is as wide as the seed-to-seed variation: `mean_interval` would be too narrow for this.

    >>> ours = prediction_interval([0.9813, 0.9800, 0.9825, 0.9829, 0.9811])
    >>> ours
    0.982 (95 % prediction interval 0.978 to 0.985, n = 5)
    >>> 0.9816 in ours
    True
    """
    from scipy import stats

    where = "prediction_interval"
    x = _checked(where, "values", values, (1,))
    check_size(m, where, "m")
    _check_level(level, where)
    reach = stats.t.ppf((1 + level) / 2, len(x) - 1) * x.std(ddof=1) * math.sqrt(1 / len(x) + 1 / m)
    mean = float(x.mean())
    return Estimate(
        mean, mean - float(reach), mean + float(reach), len(x), level, "prediction interval"
    )


def paired_difference(
    a: npt.ArrayLike, b: npt.ArrayLike, *, level: float = 0.95, method: str = "t",
    test: str = "t", rng: Rng | None = None, n_resamples: int = 9999,
) -> Estimate:  # fmt: skip
    """The mean of a − b over paired runs, with its interval and the p-value of "no difference".

    Args:
        a, b: one number for each seed, shape (seeds,), in the same order of seeds; or one for each
            seed and test example, shape (seeds, examples), such as 1 where the prediction is
            correct; the examples must be the same at every seed. Then both are taken as samples:
            the interval says what to expect of other seeds *and* other test examples. It is wider
            where the test set is small.
        level: of the interval.
        method: "t" or "bootstrap"; the module's docstring says why "t" is the default.
            The bootstrap is BCa over seeds (`scipy.stats.bootstrap`); for (seeds, examples) both
            are resampled independently and the percentiles taken, which is too wide rather than too
            narrow where most of the variation is that of single examples.
        test: "t", or "permutation": sign flips, for (seeds,) only. All 2ⁿ of them, or `n_resamples`
            drawn by rng where there are more.
        rng: for what is random: the bootstrap, and the permutation test of many seeds.

    Raises:
        TypeError, ValueError: a and b do not pair, have fewer than two seeds, or NaN; all
            differences are equal but not 0, so that the seed seems to have no effect.

    >>> a, b = [0.93, 0.95, 0.94, 0.96, 0.94], [0.92, 0.93, 0.93, 0.94, 0.93]
    >>> paired_difference(a, b)
    0.014 (95 % interval 0.007 to 0.021, n = 5); p = 0.0046, paired t-test
    >>> paired_difference(a, b, test="permutation").p
    0.0625
    >>> paired_difference(a, b, method="bootstrap", rng=np.random.default_rng(0)).low > 0
    True
    """
    where = "paired_difference"
    _check_level(level, where)
    for name, value, names in (
        ("method", method, ("t", "bootstrap")),
        ("test", test, ("t", "permutation")),
    ):
        if value not in names:
            fail(where, f"{name} to be one of {names}", describe(value))
    first, second = _checked(where, "a", a, (1, 2)), _checked(where, "b", b, (1, 2))
    if first.shape != second.shape:
        got = f"{first.shape} and {second.shape}"
        fail(where, "a and b of the same shape", got, "run both over the same seeds")
    d = first - second
    if method == "bootstrap" or (test == "permutation" and 2 ** len(d) > n_resamples):
        check_rng(rng, where)  # type: ignore[arg-type]
        check_size(n_resamples, where, "n_resamples")
    if np.ptp(d) <= 1e-12 * max(np.abs(first).max(), np.abs(second).max()):
        return _constant(d, level, where)
    if d.ndim == 2:
        if test == "permutation":
            fail(where, "test='t' for (seeds, examples)", "'permutation'", "test='t'")
        return _crossed(d, level, method, rng, n_resamples)
    estimate = _t_estimate(d, level, where)
    low, high = estimate
    if method == "bootstrap":
        low, high = _bootstrap(d, level, rng, n_resamples)
    p, name = estimate.p, "paired t-test"
    if test == "permutation":
        p, name = _sign_flips(d, rng, n_resamples)
    return Estimate(estimate.mean, low, high, len(d), level, p=p, test=name)


@dataclass(frozen=True, repr=False)
class McNemar:
    """Two classifiers on one test set.

    Attributes:
        only_a, only_b: examples that one of them alone has correct: all that the test depends on.
        n: all examples.
        p: of "both are equally accurate".
    """

    only_a: int
    only_b: int
    n: int
    p: float

    @property
    def difference(self) -> float:
        """Accuracy of a minus accuracy of b."""
        return (self.only_a - self.only_b) / self.n

    def __repr__(self) -> str:
        return (
            f"only a correct: {self.only_a}, only b: {self.only_b}, of {self.n} examples; "
            f"p = {self.p:.2g}, exact McNemar test"
        )


def mcnemar(correct_a: npt.ArrayLike, correct_b: npt.ArrayLike) -> McNemar:
    """McNemar's exact test: do two classifiers differ in accuracy, on the same test examples?

    Where both are correct or both wrong, nothing tells them apart. If they were equally accurate,
    each would be the correct one on half of the other examples: a binomial test
    (`scipy.stats.binomtest`). It speaks of these two trained networks; of two ways to train,
    `paired_difference` over seeds does.

    Args:
        correct_a, correct_b: shape (examples,), true where the prediction is correct.

    >>> a = np.array([1, 1, 1, 1, 1, 1, 1, 1, 0, 1])
    >>> b = np.array([0, 0, 0, 0, 0, 0, 1, 1, 0, 1])
    >>> mcnemar(a, b)
    only a correct: 6, only b: 0, of 10 examples; p = 0.031, exact McNemar test
    """
    from scipy import stats

    a, b = (
        _checked("mcnemar", name, x, (1,), least=1)
        for name, x in (("correct_a", correct_a), ("correct_b", correct_b))
    )
    for name, x in (("correct_a", a), ("correct_b", b)):
        if not np.isin(x, (0, 1)).all():
            hint = "compare first: predictions == y"
            fail("mcnemar", f"{name} of true and false", f"{x[~np.isin(x, (0, 1))][0]:g}", hint)
    if a.shape != b.shape:
        hint = "take both predictions on the same test set"
        fail("mcnemar", "as many examples for both", f"{len(a)} and {len(b)}", hint)
    only_a, only_b = int((a > b).sum()), int((b > a).sum())
    p = float(stats.binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0
    return McNemar(only_a, only_b, len(a), p)


def holm(p_values: npt.ArrayLike) -> Values:
    """Holm's correction: p-values that may each be compared with 0.05, however many there are.

    Of m comparisons where nothing differs, one in twenty is below 0.05 by chance. The smallest p is
    multiplied by m, the next by m − 1, and so on, none being less than the one before: then the
    probability that *any* is below 0.05 by chance is at most 0.05 (Holm, 1979). With m comparisons
    and a permutation test of n seeds, the smallest value possible is m · 2 / 2ⁿ.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p = _checked("holm", "p_values", p_values, (1,), least=0)
    if ((p < 0) | (p > 1)).any():
        fail("holm", "p-values from 0 to 1", f"{p[(p < 0) | (p > 1)][0]:g}")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    factors = np.arange(len(p), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1.0)
    return adjusted


def compare_arms(
    runs: pd.DataFrame, column: str = "score", *, baseline: str, **options: Any
) -> pd.DataFrame:
    """All paired differences against one arm, corrected for their number by Holm's method.

    Args:
        runs: a row for each arm and seed, as `run_arms` returns it: columns arm, seed, `column`.
        column: what is compared; its cells are numbers, or arrays (examples,) of equal length.
        baseline: the arm that is subtracted from each other one.
        options: for `paired_difference`: level, method, test, rng, n_resamples.

    Returns:
        A row for each arm but the baseline. `mean` and `baseline` are the two means over the `n`
        seeds at which both succeeded; `failed` counts the seeds left out, because one of the two
        raised or diverged: where it is not 0, the row only speaks of the runs that went well, and
        the text has to say so. `low` and `high` are not corrected; `p_holm` is. NaN where fewer
        than two pairs are left.

    >>> import pandas as pd
    >>> runs = pd.DataFrame({"arm": ["sgd"] * 3 + ["adam"] * 3, "seed": [0, 1, 2] * 2,
    ...                      "score": [0.90, 0.92, 0.91, 0.93, 0.95, 0.95]})
    >>> compare_arms(runs, baseline="sgd").round(3).loc["adam"].to_dict()
    {'mean': 0.943, 'baseline': 0.91, 'difference': 0.033, 'low': 0.019, 'high': 0.048, 'n': 3.0,
    'failed': 0.0, 'p': 0.01, 'p_holm': 0.01}
    """
    import pandas as pd

    table = by_arm_and_seed(runs, column, "compare_arms")
    if baseline not in table:
        hint = f"baseline={next(iter(table))!r}" if table else ""
        fail("compare_arms", f"baseline to be one of {list(table)}", repr(baseline), hint)
    rows = {}
    for arm in table:
        if arm == baseline:
            continue
        pairs = [
            (table[arm][seed], value)
            for seed, value in table[baseline].items()
            if np.isfinite(value).all() and np.isfinite(table[arm][seed]).all()
        ]
        row = dict.fromkeys(("mean", "baseline", "difference", "low", "high"), math.nan)
        p = math.nan
        if len(pairs) >= 2:
            a, b = (np.stack(side) for side in zip(*pairs, strict=True))
            gap = paired_difference(a, b, **options)
            row = dict(zip(row, (a.mean(), b.mean(), gap.mean, *gap), strict=True))
            p = math.nan if gap.p is None else gap.p
        rows[arm] = {**row, "n": len(pairs), "failed": len(table[arm]) - len(pairs), "p": p}
    if not rows:
        fail("compare_arms", "a second arm", f"only {baseline!r}")
    result = pd.DataFrame.from_dict(rows, orient="index").rename_axis("arm")
    known = result["p"].notna()
    result["p_holm"] = math.nan
    result.loc[known, "p_holm"] = holm(result.loc[known, "p"])
    return result


def by_arm_and_seed(runs: pd.DataFrame, column: str, where: str) -> dict[str, dict[int, Values]]:
    """The cells of a column by arm and seed, or a message if the arms do not pair."""
    if not hasattr(runs, "columns"):
        fail(where, "the DataFrame of run_arms", describe(runs), error=TypeError)
    for name in ("arm", "seed", column):
        if name not in runs.columns:
            numbers = [c for c in runs.columns if c not in ("arm", "seed", "problem")]
            hint = f"column={numbers[-1]!r}" if name == column and numbers else ""
            fail(where, f"a column {name!r}", f"columns {list(runs.columns)}", hint, KeyError)
    table: dict[str, dict[int, Values]] = {}
    for arm, seed, value in zip(runs["arm"], runs["seed"], runs[column], strict=True):
        try:
            cell = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            fail(where, f"numbers in column {column!r}", describe(value), error=TypeError)
        row = table.setdefault(arm, {})
        if seed in row:
            hint = "select one setting for each arm first"
            fail(where, "one run for each arm and seed", f"two of {arm!r} at seed {seed}", hint)
        row[seed] = cell
    first = next(iter(table.items()), None)
    for arm, row in table.items():
        assert first is not None
        if missing := row.keys() ^ first[1].keys():
            got = f"seed {min(missing)} for only one of {first[0]!r} and {arm!r}"
            fail(where, "the same seeds for every arm", got, "run all arms over the same seeds")
    return table


def _checked(
    where: str, name: str, values: npt.ArrayLike, ndims: tuple[int, ...], least: int = 2
) -> Values:
    """The values as finite floats, at least `least` along the first axis."""
    shape = " or ".join({1: "(n,)", 2: "(seeds, examples)"}[k] for k in ndims)
    try:
        x = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        fail(where, f"{name}: numbers of shape {shape}", describe(values), error=TypeError)
    if x.ndim not in ndims:
        fail(where, f"{name} of shape {shape}", f"shape {x.shape}")
    if len(x) < least or x.size < least:
        fail(where, f"at least {least} values in {name}", str(len(x)))
    if bad := int((~np.isfinite(x)).sum()):
        hint = "compare_arms leaves failed runs out, and counts them"
        got = f"{bad} NaN or infinite of {x.size}"
        fail(where, f"finite numbers in {name}", got, hint if where == "paired_difference" else "")
    return x


def _check_level(level: float, where: str) -> None:
    check_number(level, where, "level", 0, 1, open_low=True)


def _t_estimate(x: Values, level: float, where: str) -> Estimate:
    """The mean with its t interval, and the p-value of "the mean is 0"."""
    from scipy import stats

    _check_level(level, where)
    mean = float(x.mean())
    if np.ptp(x) <= 1e-12 * np.abs(x).max():  # no variation: scipy would warn
        return Estimate(mean, mean, mean, len(x), level)
    found = stats.ttest_1samp(x, 0.0)
    low, high = found.confidence_interval(level)
    p = float(found.pvalue) if where == "paired_difference" else None
    return Estimate(mean, float(low), float(high), len(x), level, p=p)


def _constant(d: Values, level: float, where: str) -> Estimate:
    """Differences without any variation: all 0, or nothing that statistics could help with."""
    mean = float(d.mean())
    if abs(mean) > 1e-12:
        hint = "does each run use its seed?"
        fail(where, "differences that vary over the seeds", f"{d.size} times {mean:g}", hint)
    examples = d.shape[1] if d.ndim == 2 else None
    return Estimate(0.0, 0.0, 0.0, len(d), level, p=1.0, test="no difference", examples=examples)


def _bootstrap(d: Values, level: float, rng: Any, n_resamples: int) -> tuple[float, float]:
    from scipy import stats

    found = stats.bootstrap(
        (d,), np.mean, confidence_level=level, n_resamples=n_resamples, method="BCa", rng=rng
    ).confidence_interval
    return float(found.low), float(found.high)


def _sign_flips(d: Values, rng: Any, n_resamples: int) -> tuple[float, str]:
    from scipy import stats

    # With a single sample, "samples" means that each observation may have either sign.
    found = stats.permutation_test(
        (d,), np.mean, permutation_type="samples", n_resamples=n_resamples, rng=rng
    )
    smallest = max(2 / 2 ** len(d), 1 / (n_resamples + 1))
    return float(found.pvalue), f"sign-flip permutation test, smallest p possible {smallest:.2g}"


def _crossed(d: Values, level: float, method: str, rng: Any, n_resamples: int) -> Estimate:
    """Differences (seeds, examples), both a sample: their variances add up.

    The mean of each seed varies by seed and by single cells, the mean of each example as well; what
    varies by cell alone is counted once (two-way analysis of variance without replication). Degrees
    of freedom by Welch and Satterthwaite.
    """
    from scipy import stats

    n, m = d.shape
    if m < 2:
        fail("paired_difference", "at least two examples", "one", "d.ravel() has the seeds alone")
    mean, by_seed, by_example = float(d.mean()), d.mean(axis=1), d.mean(axis=0)
    rest = d - by_seed[:, None] - by_example + mean
    cells = float((rest**2).sum()) / ((n - 1) * (m - 1)) / (n * m)
    seeds = float(by_seed.var(ddof=1)) / n
    examples = max(float(by_example.var(ddof=1)) / m - cells, 0.0)
    seeds = max(seeds, cells)  # by chance, the means of seeds can vary less than their cells do
    error = math.sqrt(seeds + examples)
    freedom = (seeds + examples) ** 2 / (seeds**2 / (n - 1) + examples**2 / (m - 1))
    p = float(2 * stats.t.sf(abs(mean) / error, freedom))
    low, high = (float(mean + q * error) for q in stats.t.interval(level, freedom))
    if method == "bootstrap":
        means = np.empty(n_resamples)
        for i in range(n_resamples):  # how often each seed and each example was drawn
            drawn = rng.multinomial(n, np.full(n, 1 / n)), rng.multinomial(m, np.full(m, 1 / m))
            means[i] = drawn[0] @ d @ drawn[1] / d.size
        low, high = (float(q) for q in np.quantile(means, [(1 - level) / 2, (1 + level) / 2]))
    test = "t-test over seeds and examples"
    return Estimate(mean, low, high, n, level, p=p, test=test, examples=m)
