"""What many tests start from: random numbers, digits, a small network, a solver, a graph."""

import numpy as np
import pytest

import nbhelpers as nb


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def digits():
    """The offline digits, ((x, y), (x_val, y_val)); all tests share them, so none may write."""
    from nbhelpers.datasets import load_mnist_sample

    data = load_mnist_sample()
    (x, y), (x_val, y_val) = data
    for array in (x, y, x_val, y_val):
        array.setflags(write=False)
    return data


@pytest.fixture
def examples():
    """`examples(n=50)`: n points x (n, 4) and their classes y, 0 to 2, which a line or two part."""

    def make(n=50, seed=0):
        x = np.random.default_rng(seed).normal(size=(n, 4))
        return x, (x[:, 0] > 0).astype(int) + (x[:, 1] > 0)

    return make


@pytest.fixture
def small_net():
    """`small_net(nb.ReLU())`: 4 inputs, 6 units, whatever layers are given, 3 scores; float64.

    `engine` is `nbhelpers` or `nbhelpers.tf1`: equal seeds, equal weights.
    """

    def make(*middle, engine=nb, bias=True, seed=1, dtype=np.float64):
        rng = np.random.default_rng(seed)
        first = engine.Dense(4, 6, rng=rng, bias=bias)
        return engine.Sequential(first, *middle, engine.Dense(6, 3, rng=rng), dtype=dtype)

    return make


@pytest.fixture
def make_solver(small_net):
    """`make_solver(clip=…)`: a solver of a small network with BatchNorm, in batches of 8."""

    def make(net=None, *, engine=nb, loss=None, optimizer=None, **options):
        # No bias: before BatchNorm its gradient is 0 but for rounding, which Adam makes large.
        net = net or small_net(engine.BatchNorm(6), engine.Tanh(), engine=engine, bias=False)
        options = {"batch_size": 8, "progress": False, "rng": np.random.default_rng(2)} | options
        loss, optimizer = loss or engine.softmax_cross_entropy, optimizer or engine.Adam(0.01)
        return engine.Solver(net, loss, optimizer, **options)

    return make


@pytest.fixture
def graph():
    """A graph of the test's own; TensorFlow is imported here, not when tests are collected."""
    from nbhelpers.tf1 import tf

    with tf.Graph().as_default() as graph:
        yield graph
