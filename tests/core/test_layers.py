"""Layers, penalties and projections against numbers worked out by hand."""

import math

import numpy as np
import pytest

import nbhelpers as nb
from tests.samples import rng


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


def test_smooth_activations_by_hand():
    x, dy = np.array([[-1.0, 0.0, 2.0]]), np.ones((1, 3))
    s = 1 / (1 + np.exp(-x))
    phi = np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
    Phi = np.array([[0.15865525393145707, 0.5, 0.9772498680518208]])  # from a table
    e = np.exp(-1)
    for layer, y, slopes in (
        (nb.ELU(2.0), [[2 * (e - 1), 0, 2]], [[2 * e, 2, 1]]),
        (nb.SiLU(), x * s, s + x * s * (1 - s)),
        (nb.GELU(), x * Phi, Phi + x * phi),
    ):
        np.testing.assert_allclose(layer.forward(x, train=True), y, atol=1e-14)
        np.testing.assert_allclose(layer.backward(dy), slopes, atol=1e-14)


@pytest.mark.parametrize(("dtype", "error"), [(np.float64, 2e-15), (np.float32, 1e-7)])
def test_gelu_is_as_exact_as_the_docstring_says(dtype, error):
    x = np.concatenate([np.linspace(-12, 12, 40_001), rng().normal(size=10_000)]).astype(dtype)
    normal = np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in x.tolist()])
    assert nb.gelu(x).dtype == dtype
    assert np.abs(nb.gelu(x) - x.astype(float) * normal)[np.abs(x) < 1].max() < error
    relative = np.abs(nb.gelu(x)[x > 1] / (x.astype(float) * normal)[x > 1] - 1)
    assert relative.max() < 2 * error


@pytest.mark.parametrize("layer", [nb.ELU(), nb.SiLU(), nb.GELU()], ids=repr)
def test_smooth_activations_of_huge_numbers(layer):
    x = np.array([[-1e9, -100, 100, 1e9]], np.float32)
    with np.errstate(over="raise", invalid="raise"):
        y = layer.forward(x, train=True)
        slopes = layer.backward(np.ones_like(x))
    lowest = -1 if isinstance(layer, nb.ELU) else 0
    np.testing.assert_allclose(y, [[lowest, lowest, 100, 1e9]], atol=1e-6)
    np.testing.assert_allclose(slopes, [[0, 0, 1, 1]], atol=1e-6)


def test_layer_norm_by_hand():
    norm = nb.LayerNorm(2, eps=1e-12)
    norm.params["gamma"][:], norm.params["beta"][:] = [2, 3], [10, 20]
    y = norm.forward(np.array([[1.0, 5.0], [7.0, 1.0]]), train=True)  # x̂ is -1 and 1, 1 and -1
    np.testing.assert_allclose(y, [[8, 23], [12, 17]])
    dx = norm.backward(np.array([[1.0, 1.0], [5.0, 0.0]]))
    np.testing.assert_allclose(dx, 0, atol=1e-11)  # of two numbers, x̂ is ±1 whatever they are
    np.testing.assert_allclose(norm.grads["gamma"], [-1 + 5, 1])
    np.testing.assert_allclose(norm.grads["beta"], [6, 1])


def test_layer_norm_is_the_same_for_every_batch():
    norm, x = nb.LayerNorm(5), rng().normal(3, 7, size=(8, 5))
    y = norm.forward(x, train=True)
    np.testing.assert_allclose(y.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(norm.forward(x[3:4]), y[3:4])


def test_group_norm_between_layer_norm_and_single_channels():
    x = rng().normal(2, 3, size=(4, 6, 5, 8))
    of_rows = x[:, 0, 0]
    one, layer_norm = nb.GroupNorm(8, 1), nb.LayerNorm(8)
    np.testing.assert_allclose(one.forward(of_rows), layer_norm.forward(of_rows), atol=1e-12)
    for groups in (1, 2, 4, 8):
        y = nb.GroupNorm(8, groups, eps=1e-12).forward(x)
        by_group = y.reshape(4, 30, groups, -1)
        np.testing.assert_allclose(by_group.mean(axis=(1, 3)), 0, atol=1e-12)
        np.testing.assert_allclose(by_group.std(axis=(1, 3)), 1, rtol=1e-9)


def test_groups_that_make_no_sense():
    with pytest.raises(ValueError, match="groups to divide n = 6, got 4"):
        nb.GroupNorm(6, 4)
    with pytest.raises(ValueError, match="groups of at least two numbers, got one"):
        nb.GroupNorm(4, 4).forward(np.ones((2, 4)))


def test_rms_norm_keeps_the_direction():
    norm = nb.RMSNorm(2, eps=1e-12)
    y = norm.forward(np.array([[3.0, 4.0], [0.06, -0.08]]), train=True)
    np.testing.assert_allclose(y, np.sqrt(2) * np.array([[0.6, 0.8], [0.6, -0.8]]))
    dx = norm.backward(np.array([[3.0, 4.0], [0.8, 0.6]]))
    np.testing.assert_allclose(dx[0], 0, atol=1e-12)  # along x, nothing changes
    np.testing.assert_allclose(dx[1], np.array([0.8, 0.6]) * np.sqrt(2) / 0.1)  # across: · 1 / rms


def test_batchnorm_of_images_counts_every_position_as_an_example():
    x = rng().normal(size=(3, 4, 5, 2))
    rows = x.reshape(-1, 2)
    of_images, of_rows = nb.BatchNorm(2), nb.BatchNorm(2)
    y, y_rows = of_images.forward(x, train=True), of_rows.forward(rows, train=True)
    np.testing.assert_allclose(y.reshape(-1, 2), y_rows)
    dx, dx_rows = of_images.backward(x**2), of_rows.backward(rows**2)
    np.testing.assert_allclose(dx.reshape(-1, 2), dx_rows)
    np.testing.assert_allclose(of_images.state["variance"], of_rows.state["variance"])


def test_residual_by_hand():
    dense = nb.Dense(2, 2, rng=rng())
    dense.params["W"][:] = [[1, 2], [3, 4]]
    block = nb.Residual(dense)
    x, dy = np.array([[1.0, -1.0]]), np.array([[1.0, 10.0]])
    assert block.forward(x, train=True).tolist() == [[1 - 2, -1 - 2]]
    assert block.backward(dy).tolist() == [[1 + 21, 10 + 43]]
    assert dense.grads["W"].tolist() == [[1, 10], [-1, -10]]
    assert block.backward(dy, need_dx=False) is None


def test_a_stack_of_residual_blocks_starts_as_the_identity_and_learns():
    r = rng()
    blocks = [
        nb.Residual(nb.Dense(4, 8, rng=r), nb.ReLU(), nb.Dense(8, 4, init=nb.zeros, rng=r))
        for _ in range(30)
    ]
    net = nb.Sequential(*blocks)
    x = r.normal(size=(20, 4)).astype(np.float32)
    assert np.array_equal(net(x), x)
    dy = r.normal(size=(20, 4)).astype(np.float32)
    net.forward(x, train=True)
    assert np.array_equal(net.backward(dy), dy)  # the gradient arrives at the bottom as it was
    first = net.layers[0].layers
    assert np.abs(first[2].grads["W"]).max() > 0.1
    solver = nb.Solver(net, nb.mse, nb.Adam(1e-3), batch_size=20, rng=r, progress=False)
    losses = solver.fit((x, -x), steps=200).step_losses
    assert losses[-1] < 0.1 * losses[0]


def test_residual_needs_the_shape_of_its_input():
    r = rng()
    with pytest.raises(ValueError, match=r"give the shape \(3,\) of x, got \(4,\). Hint: a last"):
        nb.Residual(nb.Dense(3, 4, rng=r))
    with pytest.raises(ValueError, match="Residual, layer 1: expected 4 inputs"):
        nb.Residual(nb.Dense(3, 4, rng=r), nb.Dense(3, 3, rng=r))
    with pytest.raises(ValueError, match="expected 5 inputs, as the layer before gives"):
        nb.Sequential(nb.Dense(2, 5, rng=r), nb.Residual(nb.Dense(3, 3, rng=r)))
    with pytest.raises(ValueError, match=r"give the shape \(6, 6, 1\) of x, got \(6, 6, 2\)"):
        nb.Residual(nb.Conv2D(1, 2, 3, rng=r)).forward(np.ones((1, 6, 6, 1)))


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
