"""First weights: their spread, their bounds, their seeds, and what they do to a deep stack."""

import math

import numpy as np
import pytest

import nbhelpers as nb

N_IN, N_OUT = 400, 200
SPREAD = {
    nb.zeros: 0.0,
    nb.normal: 0.01,
    nb.truncated_normal: 0.01 * 0.8796,  # of a normal cut off at two standard deviations
    nb.xavier: math.sqrt(2 / (N_IN + N_OUT)),
    nb.xavier_uniform: math.sqrt(2 / (N_IN + N_OUT)),
    nb.he: math.sqrt(2 / N_IN),
    nb.he_uniform: math.sqrt(2 / N_IN),
    nb.orthogonal: math.sqrt(1 / N_IN),  # N_OUT columns of length 1 have N_IN numbers each
}
BOUND = {
    nb.truncated_normal: 0.02,
    nb.xavier_uniform: math.sqrt(6 / (N_IN + N_OUT)),
    nb.he_uniform: math.sqrt(6 / N_IN),
}

every = pytest.mark.parametrize("init", SPREAD, ids=lambda init: init.__name__)


@every
def test_spread_and_mean(init):
    w = init(np.random.default_rng(0), (N_IN, N_OUT))
    assert w.shape == (N_IN, N_OUT)
    assert w.dtype == np.float64
    assert w.std() == pytest.approx(SPREAD[init], rel=0.01)
    assert abs(w.mean()) <= 4 * SPREAD[init] / math.sqrt(w.size)


@pytest.mark.parametrize("init", BOUND, ids=lambda init: init.__name__)
def test_bounds_are_kept_and_reached(init):
    w = init(np.random.default_rng(0), (N_IN, N_OUT))
    assert np.abs(w).max() <= BOUND[init]
    assert np.abs(w).max() > 0.99 * BOUND[init]


@every
def test_seeds(init):
    first, same, other = (init(np.random.default_rng(seed), (5, 4)) for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert init is nb.zeros or not np.array_equal(first, other)


def depth(init, layer, n=200, layers=20):
    """The spread of what comes out of 20 layers, for inputs of spread 1."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, n))
    for _ in range(layers):
        x = layer.forward(x @ init(rng, (n, n)))
    return np.sqrt(np.mean(x * x))


@pytest.mark.parametrize("init", [nb.he, nb.he_uniform], ids=lambda init: init.__name__)
def test_he_carries_a_signal_through_twenty_relu_layers(init):
    assert 0.3 < depth(init, nb.ReLU()) < 3
    assert depth(nb.xavier, nb.ReLU()) < 0.01
    assert depth(nb.normal, nb.ReLU()) < 1e-15


@pytest.mark.parametrize("init", [nb.xavier, nb.xavier_uniform], ids=lambda init: init.__name__)
def test_xavier_carries_a_signal_through_twenty_linear_layers(init):
    assert 0.3 < depth(init, nb.Identity()) < 3
    assert depth(nb.he, nb.Identity()) > 300


def test_zeros_keep_the_units_of_a_layer_equal():
    rng = np.random.default_rng(0)
    first, last = (nb.Dense(n, m, init=nb.zeros, rng=rng) for n, m in ((4, 3), (3, 2)))
    net = nb.Sequential(first, nb.Sigmoid(), last)
    x, y = rng.normal(size=(20, 4)), rng.integers(2, size=20)
    solver = nb.Solver(net, nb.softmax_cross_entropy, nb.SGD(1.0), rng=rng, progress=False)
    solver.fit((x, y), steps=20)
    w = first.params["W"]
    assert np.abs(w).max() > 0
    assert np.array_equal(w[:, 0], w[:, 1])
    assert np.array_equal(w[:, 0], w[:, 2])


def test_any_function_of_rng_and_shape_will_do():
    def init(rng, shape):
        return nb.normal(rng, shape, std=5.0)

    dense = nb.Dense(3, 2, init=init, rng=np.random.default_rng(0))
    assert dense.params["W"].std() > 1


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (1, 4)])
def test_orthogonal(shape):
    w = nb.orthogonal(np.random.default_rng(0), shape, gain=3.0)
    assert w.shape == shape
    product = w.T @ w if shape[0] >= shape[1] else w @ w.T
    np.testing.assert_allclose(product, 9 * np.eye(min(shape)), atol=1e-12)


def test_orthogonal_matrices_keep_lengths_through_a_hundred_layers():
    rng = np.random.default_rng(0)
    x = y = rng.normal(size=(3, 50))
    for _ in range(100):
        y = y @ nb.orthogonal(rng, (50, 50))
    np.testing.assert_allclose(np.linalg.norm(y, axis=1), np.linalg.norm(x, axis=1))


def test_orthogonal_favors_no_rotation():
    """Without the signs of R, the first number of Q would never be positive."""
    rng = np.random.default_rng(0)
    first = np.array([nb.orthogonal(rng, (2, 2))[0, 0] for _ in range(400)])
    assert abs(first.mean()) < 4 * math.sqrt(0.5 / 400)


def test_scaled_scales():
    init = nb.scaled(nb.he, 3.0)
    w, plain = (one(np.random.default_rng(0), (5, 4)) for one in (init, nb.he))
    assert np.array_equal(w, 3 * plain)
    with pytest.raises(TypeError, match="init to be a function"):
        nb.scaled(np.ones((2, 2)), 2.0)


@pytest.mark.parametrize("layer", [nb.ReLU(), nb.LeakyReLU(0.2), nb.ELU(), nb.SiLU(), nb.GELU()],
                         ids=repr)  # fmt: skip
def test_gains_keep_the_mean_square_of_a_normal_signal(layer):
    """1 / √E[f(z)²], by a sum over a fine grid of z."""
    z = np.linspace(-10, 10, 200_001)
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    mean_square = np.sum(density * layer.forward(z[None])[0] ** 2) * (z[1] - z[0])
    assert nb.gain(layer) == pytest.approx(1 / math.sqrt(mean_square), abs=1e-3)


def test_gain_by_name_class_function_and_layer():
    assert nb.gain("relu") == nb.gain(nb.ReLU) == nb.gain(nb.relu) == nb.gain(nb.ReLU())
    assert nb.gain("leaky_relu") == nb.gain(nb.LeakyReLU) == nb.gain(nb.LeakyReLU())
    assert nb.gain(nb.PReLU()) == nb.gain(nb.LeakyReLU(0.25)) == nb.gain("prelu")
    assert nb.gain(nb.Tanh) == 5 / 3
    he, scaled = (
        init(np.random.default_rng(0), (400, 200)).std()
        for init in (nb.he, nb.scaled(nb.orthogonal, nb.gain("relu")))
    )
    assert he == pytest.approx(scaled, rel=0.02)
    with pytest.raises(ValueError, match=r"gain: expected one of identity, sigmoid, .*'softplus'"):
        nb.gain("softplus")
