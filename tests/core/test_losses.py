"""Losses and distributions against numbers worked out by hand."""

import functools
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


def test_label_smoothing_by_hand():
    """Two equal scores: p is ½, q is 0.9 and 0.1, and every -log p is log 2."""
    loss, dscores = nb.softmax_cross_entropy(np.zeros((1, 2)), np.array([0]), smoothing=0.2)
    assert loss == pytest.approx(np.log(2))
    np.testing.assert_allclose(dscores, [[0.5 - 0.9, 0.5 - 0.1]])
    scores = np.log([[0.7, 0.2, 0.1]])
    loss, _ = nb.softmax_cross_entropy(scores, np.array([1]), smoothing=0.3)
    assert loss == pytest.approx(-0.8 * np.log(0.2) - 0.1 * np.log(0.7) - 0.1 * np.log(0.1))


def test_class_weights_by_hand():
    scores, y = np.log([[0.75, 0.25], [0.5, 0.5]]), np.array([0, 1])
    loss, dscores = nb.softmax_cross_entropy(scores, y, class_weights=np.array([1, 3]))
    assert loss == pytest.approx((-np.log(0.75) - 3 * np.log(0.5)) / 4)
    np.testing.assert_allclose(dscores, [[-0.25 / 4, 0.25 / 4], [0.5 * 3 / 4, -0.5 * 3 / 4]])


def test_class_weights_count_like_repeated_examples():
    r = np.random.default_rng(0)
    scores, y = r.normal(size=(6, 3)), np.array([0, 1, 2, 0, 1, 2])
    repeated = np.repeat(np.arange(6), [1, 2, 5, 1, 2, 5])
    expected, _ = nb.softmax_cross_entropy(scores[repeated], y[repeated], smoothing=0.1)
    for weights in ([1, 2, 5], [0.1, 0.2, 0.5]):
        loss, _ = nb.softmax_cross_entropy(scores, y, smoothing=0.1, class_weights=weights)
        assert loss == pytest.approx(expected)


def test_settings_of_the_softmax_loss_change_no_dtype_and_overflow_nowhere():
    scores, y = np.array([[1e4, -1e4, 0], [0, 1e4, -1e4]], np.float32), np.array([1, 2])
    weights = np.array([1.0, 2.0, 3.0])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss, dscores = nb.softmax_cross_entropy(scores, y, smoothing=0.1, class_weights=weights)
    assert np.isfinite(loss)
    assert dscores.dtype == np.float32
    plain = nb.softmax_cross_entropy(scores, y)
    neutral = nb.softmax_cross_entropy(scores, y, smoothing=0.0, class_weights=None)
    assert plain[0] == neutral[0]
    assert np.array_equal(plain[1], neutral[1])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"smoothing": 1.0}, "expected 0 <= smoothing < 1"),
        ({"smoothing": -0.1}, "expected 0 <= smoothing < 1"),
        ({"class_weights": np.ones(3)}, "class_weights of 2 positive numbers, one per class"),
        ({"class_weights": np.array([1.0, 0.0])}, "got weights from 0 to 1"),
        ({"class_weights": np.array([1.0, np.nan])}, "class_weights of 2 positive numbers"),
        ({"class_weights": "balanced"}, r"Hint: np.ones\(2\), as a start"),
    ],
)
def test_settings_that_make_no_sense(settings, words):
    with pytest.raises((TypeError, ValueError), match=words):
        nb.softmax_cross_entropy(np.zeros((1, 2)), np.array([0]), **settings)


def test_a_solver_takes_a_loss_with_settings_and_still_checks_the_labels():
    r = np.random.default_rng(0)
    loss = functools.partial(nb.softmax_cross_entropy, smoothing=0.2, class_weights=np.ones(2))
    x = r.normal(size=(40, 2))
    y = (x[:, 0] > 0).astype(int)
    net = nb.Sequential(nb.Dense(2, 2, rng=r))
    solver = nb.Solver(net, loss, nb.SGD(1.0), rng=r, progress=False)
    solver.fit((x, y), epochs=200)
    assert nb.accuracy(net, x, y) > 0.9
    assert np.abs(nb.softmax(net(x)) - 0.5).max() < 0.5  # never certain: q is 0.9
    with pytest.raises(ValueError, match="got labels from 0 to 2"):
        solver.fit((x, y * 2), epochs=1)


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


def test_huber_is_of_the_difference_from_the_target():
    loss, dscores = nb.huber(np.array([[2.0, -1.0]]), np.array([[1.5, 3.0]]))
    assert loss == (0.125 + 3.5) / 2
    assert dscores.tolist() == [[0.25, -0.5]]


@pytest.mark.parametrize("delta", [0, -0.5])
def test_huber_needs_a_positive_delta(delta):
    with pytest.raises(ValueError, match="expected 0 < delta"):
        nb.huber(np.ones((1, 1)), np.ones((1, 1)), delta=delta)


def test_huber_needs_a_target_for_each_score():
    with pytest.raises(ValueError, match="huber: expected y"):
        nb.huber(np.ones((2, 1)), np.ones(2))


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
    nearly = nb.softmax(np.log(p) + 1e-9 * rng.normal(size=p.shape))
    assert (nb.kl_divergence(p, nearly) >= 0).all()  # where rounding alone would make it negative


@pytest.mark.parametrize(
    ("p", "message"),
    [
        ([0.5, 0.4999], "a sum of 0.9999"),
        ([[0.5, 0.5], [0.6, 0.6], [0.2, 0.2]], "a sum of 0.4"),  # the farthest from 1
        ([[0.5, 0.5], [0.9, 0.9], [0.6, 0.6]], "a sum of 1.8"),
        ([1.5, -0.5], "no negative number or NaN, got -0.5"),
        ([np.nan, 1.0], "no negative number or NaN"),
        ([[[0.5, 0.5]]], "floats"),
    ],
)
def test_what_is_no_distribution_is_an_error(p, message):
    with pytest.raises((ValueError, TypeError), match=message):
        nb.entropy(np.array(p))


def test_a_distribution_is_an_array_of_floats_that_sum_to_one_nearly():
    for p in ([0.5, 0.5], np.array([0, 1])):
        with pytest.raises(TypeError, match="floats"):
            nb.entropy(p)
    rounded = np.array([0.333333, 0.333333, 0.333333])
    assert nb.entropy(rounded, base=3) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("base", [1, 0.5])
def test_a_base_is_above_one(base):
    with pytest.raises(ValueError, match="expected 1 < base"):
        nb.entropy(np.array([0.5, 0.5]), base=base)
    assert nb.entropy(np.array([0.5, 0.5]), base=1.25) == pytest.approx(math.log(2, 1.25))


def test_distributions_keep_float32():
    p = np.array([[0.25, 0.75], [0.0, 1.0]], np.float32)
    p.setflags(write=False)
    for value in (nb.entropy(p), nb.cross_entropy(p, p), nb.kl_divergence(p, p)):
        assert value.dtype == np.float32


def test_cross_entropy_of_one_hot_is_the_loss():
    scores, y = np.array([[1.0, 2.0, 0.5]]), np.array([1])
    loss, _ = nb.softmax_cross_entropy(scores, y)
    assert nb.cross_entropy(np.eye(3)[y], nb.softmax(scores), base=math.e)[0] == pytest.approx(loss)
