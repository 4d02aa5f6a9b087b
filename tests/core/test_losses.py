"""Losses and distributions against numbers worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given

import nbhelpers as nb

from .strategies import proof, rngs, rows, widths


def test_softmax_of_the_lesson():
    p = nb.softmax(np.array([[3.2, 0.8, 0.0]]))
    np.testing.assert_allclose(p, [[0.8838, 0.0802, 0.0360]], atol=5e-5)


@proof
@given(rng=rngs, n=rows, classes=widths)
def test_softmax_is_a_distribution_that_no_shift_changes(rng, n, classes):
    scores = 3 * rng.normal(size=(n, classes))
    p = nb.softmax(scores)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert (p > 0).all()
    np.testing.assert_allclose(nb.softmax(scores + rng.normal(size=(n, 1))), p)
    np.testing.assert_allclose(nb.softmax(scores[0]), p[0])  # a single row


def test_softmax_of_huge_scores_is_finite():
    assert nb.softmax(np.array([[1e4, -1e4], [-1e4, -1e4]])).tolist() == [[1, 0], [0.5, 0.5]]


def test_softmax_cross_entropy_and_its_gradient_by_hand():
    scores, y = np.log([[1.0, 2.0, 7.0], [5.0, 4.0, 1.0]]), np.array([2, 1])
    loss, dscores = nb.softmax_cross_entropy(scores, y)
    assert loss == pytest.approx(-(math.log(0.7) + math.log(0.4)) / 2)
    np.testing.assert_allclose(dscores, np.array([[0.1, 0.2, -0.3], [0.5, -0.6, 0.1]]) / 2)


def test_logistic_is_softmax_of_two_scores():
    s, y = np.array([[0.5], [-2.0], [3.0]]), np.array([1, 1, 0])
    two = np.hstack([np.zeros_like(s), s])
    loss, ds = nb.logistic(s, y)
    expected, dtwo = nb.softmax_cross_entropy(two, y)
    assert loss == pytest.approx(expected)
    np.testing.assert_allclose(ds, dtwo[:, 1:])


def test_logistic_takes_columns_and_rows():
    s, y = np.array([0.5, -2.0, 3.0]), np.array([1, 1, 0])
    row, drow = nb.logistic(s, y)
    column, dcolumn = nb.logistic(s[:, None], y)
    assert row == column
    assert drow.shape == (3,)
    assert np.array_equal(drow, dcolumn[:, 0])


def test_hinge_of_the_lesson():
    loss, dscores = nb.hinge(np.array([[8.0, 14.0, 9.5, 10.0]]), np.array([3]))
    assert loss == 5.5
    assert dscores.tolist() == [[0, 1, 1, -2]]


def test_hinge_is_content_at_a_margin_of_one():
    loss, dscores = nb.hinge(np.array([[3.0, 2.0], [5.0, -1.0]]), np.array([0, 0]))
    assert loss == 0
    assert not dscores.any()


def test_mse_is_the_mean_over_all_numbers():
    scores, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0], [3.0, 8.0]])
    loss, dscores = nb.mse(scores, y)
    assert loss == (0 + 4 + 0 + 16) / 4
    assert dscores.tolist() == [[0, 1], [0, -2]]


def test_huber_is_half_a_square_inside_and_straight_outside():
    y = np.zeros((1, 1))
    assert nb.huber(np.array([[0.5]]), y)[0] == 0.125
    assert nb.huber(np.array([[1.0]]), y)[0] == 0.5
    assert nb.huber(np.array([[-3.0]]), y)[0] == 3 - 0.5
    assert nb.huber(np.array([[-3.0]]), y, delta=2.0)[0] == 2 * (3 - 1)
    assert nb.huber(np.array([[-300.0]]), y)[1] == -1  # an outlier pulls with delta, no more


# --- distributions ------------------------------------------------------------------------------


def test_the_entropy_of_the_lesson():
    p = np.array([0.25, 0.25, 0.5])
    assert nb.entropy(p) == 1.5
    assert nb.entropy(p, base=math.e) == pytest.approx(1.5 * math.log(2))


@pytest.mark.parametrize("base", [2, math.e, 10])
def test_entropies_at_the_ends(base):
    certain = np.array([1.0, 0.0, 0.0])
    assert nb.entropy(certain, base=base) == 0
    assert math.copysign(1, nb.entropy(certain, base=base)) == 1  # not -0.0
    assert nb.entropy(np.full(8, 1 / 8), base=base) == pytest.approx(math.log(8, base))
    assert nb.cross_entropy(certain, certain, base=base) == 0
    assert nb.cross_entropy(certain, np.array([0.0, 1, 0]), base=base) == math.inf
    assert nb.kl_divergence(certain, np.array([0.0, 1, 0]), base=base) == math.inf
    assert nb.kl_divergence(certain, np.array([0.5, 0.5, 0]), base=base) == pytest.approx(
        math.log(2, base)
    )


@proof
@given(rng=rngs, n=rows, classes=widths)
def test_kl_is_cross_entropy_less_entropy_and_never_negative(rng, n, classes):
    p, q = (nb.softmax(2 * rng.normal(size=(n, classes))) for _ in range(2))
    kl = nb.kl_divergence(p, q)
    assert kl.shape == (n,)
    np.testing.assert_allclose(kl, nb.cross_entropy(p, q) - nb.entropy(p), atol=1e-12)
    assert (kl >= 0).all()
    np.testing.assert_allclose(nb.kl_divergence(p, p), 0, atol=1e-12)


def test_distributions_keep_float32():
    p = np.array([[0.25, 0.75], [0.0, 1.0]], np.float32)
    p.setflags(write=False)
    for value in (nb.entropy(p), nb.cross_entropy(p, p), nb.kl_divergence(p, p)):
        assert value.dtype == np.float32


def test_cross_entropy_of_one_hot_is_the_loss():
    scores, y = np.array([[1.0, 2.0, 0.5]]), np.array([1])
    loss, _ = nb.softmax_cross_entropy(scores, y)
    assert nb.cross_entropy(np.eye(3)[y], nb.softmax(scores), base=math.e)[0] == pytest.approx(loss)
