"""Layers, penalties and projections against numbers worked out by hand."""

import numpy as np
import pytest

import nbhelpers as nb


def rng():
    return np.random.default_rng(0)


def test_dense_by_hand():
    dense = nb.Dense(2, 2, rng=rng())
    dense.params["W"][:] = [[1, 2], [3, 4]]
    dense.params["b"][:] = [10, 20]
    assert dense.forward(np.array([[1.0, 1.0]]), train=True).tolist() == [[14, 26]]
    assert dense.backward(np.array([[1.0, -1.0]])).tolist() == [[-1, -1]]
    assert dense.grads["W"].tolist() == [[1, -1], [1, -1]]
    assert dense.grads["b"].tolist() == [1, -1]


def test_maxout_by_hand():
    """Two units of two pieces: the columns are piece 0 of both units, then piece 1 of both."""
    maxout = nb.Maxout(1, 2, rng=rng())
    maxout.params["W"][:] = [[1, 2, -1, 5]]
    maxout.params["b"][:] = [0, 0, 0, -6]
    y = maxout.forward(np.array([[1.0], [-3.0]]), train=True)
    assert y.tolist() == [[1, 2], [3, -6]]
    dx = maxout.backward(np.ones((2, 2)))
    assert dx.tolist() == [[1 + 2], [-1 + 2]]
    assert maxout.grads["W"].tolist() == [[1, 1 - 3, -3, 0]]
    assert maxout.grads["b"].tolist() == [1, 2, 1, 0]


def test_maxout_gives_the_gradient_of_a_tie_to_one_piece():
    maxout = nb.Maxout(1, 1, 3, rng=rng())
    maxout.params["W"][:] = 2
    maxout.forward(np.ones((1, 1)), train=True)
    assert maxout.backward(np.ones((1, 1))) == 2
    assert maxout.grads["W"].tolist() == [[1, 0, 0]]


def test_maxout_draws_each_piece_for_its_own_fans():
    """Xavier looks at n_out: of one piece, not of all."""
    maxout = nb.Maxout(100, 100, 4, init=nb.xavier, rng=rng())
    assert maxout.params["W"].shape == (100, 400)
    assert maxout.params["W"].std() == pytest.approx(np.sqrt(2 / 200), rel=0.02)


def test_slopes_at_and_around_zero():
    x, dy = np.array([[-2.0, 0.0, 2.0]]), np.ones((1, 3))
    prelu = nb.PReLU(slope=0.5)
    for layer, expected in (
        (nb.ReLU(), [[0, 0, 1]]),
        (nb.LeakyReLU(0.1), [[0.1, 0.1, 1]]),
        (prelu, [[0.5, 0.5, 1]]),
        (nb.Tanh(), 1 - np.tanh(x) ** 2),
    ):
        layer.forward(x, train=True)
        np.testing.assert_allclose(layer.backward(dy), expected)
    assert prelu.grads["slope"] == [-2]


def test_tanh_is_a_stretched_sigmoid():
    x = np.linspace(-20, 20, 41)[None]
    stretched = 2 * nb.Sigmoid().forward(2 * x) - 1
    np.testing.assert_allclose(nb.Tanh().forward(x), stretched, atol=1e-15)


def test_sigmoid_never_reaches_its_ends_in_float64_within_30():
    y = nb.Sigmoid().forward(np.array([[-700.0, -30.0, 30.0, 1e4]]))
    assert (y[0, :3] > 0).all()
    assert (y[0, :3] < 1).all()
    assert y[0, 3] == 1


def test_dropout_keeps_the_expectation():
    dropout = nb.Dropout(0.75, rng=rng())
    x = np.full((1, 4), 3.0)
    mean = np.mean([dropout.forward(x, train=True) for _ in range(20_000)], axis=0)
    np.testing.assert_allclose(mean, x, atol=0.15)  # four standard deviations


def test_dropout_of_nothing_is_the_identity():
    x = np.random.default_rng(1).normal(size=(5, 4))
    assert np.array_equal(nb.Dropout(0, rng=rng()).forward(x, train=True), x)


def test_batchnorm_normalizes_then_scales_and_shifts():
    norm = nb.BatchNorm(2, eps=1e-12)
    norm.params["gamma"][:], norm.params["beta"][:] = [2, 3], [-1, 5]
    x = np.random.default_rng(1).normal([10, -4], [3, 0.1], size=(50, 2))
    y = norm.forward(x, train=True)
    np.testing.assert_allclose(y.mean(axis=0), [-1, 5], atol=1e-9)
    np.testing.assert_allclose(y.std(axis=0), [2, 3], rtol=1e-6)


def test_batchnorm_at_evaluation_uses_the_running_averages():
    norm = nb.BatchNorm(1, momentum=0.5, eps=1e-12)
    x = np.array([[1.0], [3.0]])
    assert norm.forward(x).ravel() == pytest.approx([1, 3])  # mean 0, variance 1, to begin with
    norm.forward(x, train=True)
    assert norm.state["mean"] == [1]  # ½ · 0 + ½ · 2
    assert norm.state["variance"] == [1]  # ½ · 1 + ½ · 1
    assert norm.forward(x).ravel() == pytest.approx([0, 2])


def test_batchnorm_cannot_be_trained_on_a_single_example():
    with pytest.raises(ValueError, match="at least two examples per batch, got one"):
        nb.BatchNorm(3).forward(np.array([[7.0, 8, 9]]), train=True)


def test_a_bias_before_batchnorm_changes_nothing():
    x, b = np.random.default_rng(1).normal(size=(8, 3)), np.array([5.0, -2, 100])
    plain, shifted = (nb.BatchNorm(3).forward(z, train=True) for z in (x, x + b))
    np.testing.assert_allclose(plain, shifted, atol=1e-12)


# --- penalties and projections ------------------------------------------------------------------


def test_penalties_by_hand():
    w = np.array([[3.0, -4.0], [0.0, 1.0]])
    assert nb.L1(0.5).value(w) == 4
    assert nb.L1(0.5).gradient(w).tolist() == [[0.5, -0.5], [0, 0.5]]
    assert nb.L2(0.5).value(w) == 0.5 * 0.5 * 26
    assert nb.L2(0.5).gradient(w).tolist() == [[1.5, -2], [0, 0.5]]
    both = nb.ElasticNet(0.5, 0.25)
    assert both.value(w) == nb.L1(0.5).value(w) + nb.L2(0.25).value(w)
    assert np.array_equal(both.gradient(w), nb.L1(0.5).gradient(w) + nb.L2(0.25).gradient(w))


def test_max_norm_acts_on_columns_and_only_on_long_ones():
    w = np.array([[3.0, 0.3, 0.0], [4.0, 0.4, 0.0]])
    projected = nb.max_norm(w, 2.5)
    np.testing.assert_allclose(projected, [[1.5, 0.3, 0], [2.0, 0.4, 0]])
    np.testing.assert_allclose(nb.max_norm(projected, 2.5), projected)  # a projection
    assert w[0, 0] == 3


def test_the_solver_applies_max_norm():
    net = nb.Sequential(nb.Dense(4, 2, init=nb.he, rng=rng()))
    solver = nb.Solver(
        net, nb.hinge, nb.SGD(100.0), constraint=nb.max_norm, rng=rng(), progress=False
    )
    solver.step(np.ones((6, 4)), np.array([0, 1, 0, 1, 1, 1]))
    norms = np.linalg.norm(net.layers[0].params["W"], axis=0)
    np.testing.assert_allclose(norms, 3, rtol=1e-5)
