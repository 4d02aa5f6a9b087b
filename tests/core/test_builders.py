"""FullyConnectedNet is nothing but its layers, one after the other."""

import numpy as np
import pytest

from nbhelpers import Dense, FullyConnectedNet, LeakyReLU, ReLU, Sequential, Tanh, xavier
from tests.samples import rng


def test_it_is_the_same_network_as_the_layers_written_out():
    r = rng()
    written_out = Sequential(
        Dense(3072, 100, rng=r), ReLU(), Dense(100, 50, rng=r), ReLU(),
        Dense(50, 25, rng=r), ReLU(), Dense(25, 10, rng=r),
    )  # fmt: skip
    net = FullyConnectedNet([100, 50, 25], rng=rng())
    assert repr(net) == repr(written_out)
    np.testing.assert_array_equal(net.w, written_out.w)


def test_the_options_reach_the_layers():
    net = FullyConnectedNet(
        (6, 5), n_in=4, n_out=3, rng=rng(), dropout=0.25, batchnorm=True, init=xavier,
        activation=lambda: LeakyReLU(0.2), dtype=np.float64,
    )  # fmt: skip
    assert repr(net) == (
        "Sequential(Dense(4, 6), BatchNorm(6), LeakyReLU(0.2), Dropout(0.25), "
        "Dense(6, 5), BatchNorm(5), LeakyReLU(0.2), Dropout(0.25), Dense(5, 3))"
    )
    assert net.dtype == np.float64
    assert "0.Dense.b" not in net.arrays()  # BatchNorm's beta does its work
    assert "8.Dense.b" in net.arrays()
    np.testing.assert_array_equal(net.layers[0].params["W"], xavier(rng(), (4, 6)))


def test_no_hidden_layer_makes_a_linear_classifier():
    assert repr(FullyConnectedNet([], n_in=4, rng=rng())) == "Sequential(Dense(4, 10))"


def test_the_graph_counterpart_builds_the_same_from_the_same_numbers():
    from nbhelpers import tf1

    tf1.tf.reset_default_graph()
    options = {"n_in": 4, "n_out": 3, "dropout": 0.5, "batchnorm": True, "init": xavier}
    net = FullyConnectedNet([6, 5], rng=rng(), activation=Tanh, **options)
    graph = tf1.FullyConnectedNet([6, 5], rng=rng(), activation=tf1.Tanh, **options)
    assert repr(net) == repr(graph)
    with tf1.tf.Session() as session:
        session.run(tf1.tf.global_variables_initializer())
        np.testing.assert_array_equal(graph.get_weights(session), net.w)


REJECTED = {
    "FullyConnectedNet: expected a list of hidden sizes, got 100 (int). Hint: [100]": (
        lambda: FullyConnectedNet(100, rng=rng())
    ),
    "expected n_out to be a whole number >= 1": lambda: FullyConnectedNet([0], rng=rng()),
    "FullyConnectedNet: expected rng to be a numpy.random.Generator": (
        lambda: FullyConnectedNet([3], rng=0)
    ),
    "FullyConnectedNet: expected 0 <= dropout < 1": (
        lambda: FullyConnectedNet([3], rng=rng(), dropout=1.0)
    ),
}


@pytest.mark.parametrize("message", REJECTED)
def test_what_does_not_fit_is_rejected_in_words(message):
    with pytest.raises((ValueError, TypeError)) as problem:
        REJECTED[message]()
    assert message in str(problem.value)
