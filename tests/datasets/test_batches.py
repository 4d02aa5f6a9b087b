"""Batches and splits: every example once, whatever the sizes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.datasets import batches, train_val_split

SEED = st.integers(0, 2**32 - 1)
EXAMPLES = st.integers(1, 60)


def rng(seed=1):
    return np.random.default_rng(seed)


@given(EXAMPLES, st.integers(1, 70), SEED)
def test_an_epoch_visits_every_example_once(n, size, seed):
    x, y = np.arange(2.0 * n).reshape(n, 2), np.arange(n)
    parts = list(batches(x, y, size, rng=rng(seed)))
    assert sorted(np.concatenate([part for _, part in parts])) == list(range(n))
    assert all(len(part) == size for _, part in parts[:-1])
    assert 0 < len(parts[-1][1]) <= size
    for xb, yb in parts:
        assert np.array_equal(xb, x[yb])


def test_each_epoch_has_its_own_order_and_repeats_under_its_seed():
    x, y = np.zeros((100, 1)), np.arange(100)

    def two_epochs(generator):
        return [np.concatenate([yb for _, yb in batches(x, y, 7, rng=generator)]) for _ in "12"]

    first, second = two_epochs(rng(3))
    assert not np.array_equal(first, second)
    assert np.array_equal([first, second], two_epochs(rng(3)))
    assert not np.array_equal(first, np.arange(100))


def test_batches_keep_dtype_and_leave_the_data_alone():
    x, y = np.ones((10, 3), np.float32), np.arange(10)
    x.flags.writeable = y.flags.writeable = False
    for xb, yb in batches(x, y, 4, rng=rng()):
        assert (xb.dtype, yb.dtype) == (np.float32, y.dtype)
        xb += 1  # a copy: the batch may be changed, the data is not
    assert x.sum() == 30


@given(st.integers(2, 60), st.floats(0.01, 0.99), SEED)
def test_a_split_shares_out_every_example_once(n, share, seed):
    x, y = np.arange(2.0 * n).reshape(n, 2), np.arange(n)
    if not 0 < round(share * n) < n:
        with pytest.raises(ValueError, match="at least one example on either side"):
            train_val_split(x, y, share, rng=rng(seed))
        return
    train, val = train_val_split(x, y, share, rng=rng(seed))
    assert len(val[1]) == round(share * n)
    assert sorted(np.concatenate([train[1], val[1]])) == list(range(n))
    for part_x, part_y in (train, val):
        assert np.array_equal(part_x, x[part_y])


@pytest.mark.parametrize("call", [batches, train_val_split])
def test_batches_and_splits_refuse_what_does_not_fit(call):
    x, y = np.zeros((6, 2)), np.zeros(6, int)
    half = 3 if call is batches else 0.5
    with pytest.raises(ValueError, match="as many rows in y as in x, got 6 rows of x and 5 of y"):
        call(x, y[:5], half, rng=rng())
    with pytest.raises(ValueError, match="x with at least one row"):
        call(x[:0], y[:0], half, rng=rng())
    with pytest.raises(TypeError, match=r"Hint: np.asarray\(y\)"):
        call(x, y.tolist(), half, rng=rng())
    with pytest.raises(TypeError, match=r"Hint: rng=np.random.default_rng\(7\)"):
        call(x, y, half, rng=7)
    for bad in (0, -1, True, "3", *([2.5] if call is batches else [1, 1.5, np.nan])):
        with pytest.raises(ValueError, match=r"expected .*(size|share)"):
            call(x, y, bad, rng=rng())  # at the call, not at the first batch
