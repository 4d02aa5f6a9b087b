"""Sequential: one flat vector, views into it, and a door that says what is wrong."""

import numpy as np
import pytest

from nbhelpers import (
    BatchNorm,
    Dense,
    Dropout,
    Identity,
    ReLU,
    Sequential,
    Sigmoid,
    softmax_cross_entropy,
)
from tests.samples import rng

Y = np.array([0, 1, 2, 0, 1])


def make(dtype=np.float64):
    first = Dense(4, 6, rng=rng(), bias=False)
    return Sequential(first, BatchNorm(6), ReLU(), Dense(6, 3, rng=rng()), dtype=dtype)


def batch(n=5, width=4):
    return np.random.default_rng(1).normal(size=(n, width))


def test_all_parameters_lie_in_w_in_the_order_of_the_layers():
    net = make()
    parts = [p.ravel() for layer in net.layers for p in layer.params.values()]
    np.testing.assert_array_equal(net.w, np.concatenate(parts))
    assert list(net.arrays()) == [
        "0.Dense.W", "1.BatchNorm.gamma", "1.BatchNorm.beta", "1.BatchNorm.mean",
        "1.BatchNorm.variance", "3.Dense.W", "3.Dense.b",
    ]  # fmt: skip


def test_layers_hold_views_so_that_changing_w_changes_the_answers():
    net = make()
    before = net.forward(batch())
    net.w *= 2
    assert net.layers[0].params["W"].base is net.w
    assert not np.allclose(net.forward(batch()), before)


def test_gradients_are_written_to_g():
    net = make()
    _, dscores = softmax_cross_entropy(net.forward(batch(), train=True), Y)
    net.backward(dscores)
    parts = [g.ravel() for layer in net.layers for g in layer.grads.values()]
    np.testing.assert_array_equal(net.g, np.concatenate(parts))
    assert np.count_nonzero(net.g) > net.g.size / 2


@pytest.mark.parametrize("first", [[], [Dropout(0.0, rng=rng())], [Sigmoid()]])
def test_without_the_gradient_of_the_input_g_is_the_same(first):
    net = Sequential(*first, *make().layers, dtype=np.float64)
    _, dscores = softmax_cross_entropy(net.forward(batch(), train=True), Y)
    assert net.backward(dscores).shape == (5, 4)
    whole = net.g.copy()
    net.g[:] = np.nan
    assert net.backward(dscores, need_dx=False) is None
    np.testing.assert_array_equal(net.g, whole)


def test_arrays_that_may_not_be_written_go_through():
    net, x, y = make(), batch(), Y.copy()
    for array in (x, y):
        array.setflags(write=False)
    _, dscores = softmax_cross_entropy(net.forward(x, train=True), y)
    dscores.setflags(write=False)
    net.backward(dscores)
    net.predict(x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("given", [np.float32, np.float64])
def test_the_network_alone_sets_the_dtype(dtype, given):
    net = make(dtype)
    scores = net.forward(batch().astype(given), train=True)
    dx = net.backward(np.ones_like(scores, dtype=given))
    arrays = scores, dx, net.w, net.g, *net.arrays().values()
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_predict_names_the_largest_score_or_the_sign_of_the_only_one():
    several = Sequential(Identity(3, 3))
    np.testing.assert_array_equal(several.predict(np.eye(3)[[2, 0, 1]]), [2, 0, 1])
    single = Sequential(Identity(1, 1))
    np.testing.assert_array_equal(single.predict(np.array([[-1.0], [0.0], [0.5]])), [0, 0, 1])


def test_predict_in_batches_is_predict_in_one():
    net, x = make(), batch(50)
    np.testing.assert_array_equal(net.predict(x, batch_size=7), net.predict(x))


def test_a_snapshot_is_a_copy_and_can_be_put_back():
    net = make()
    snapshot, w = net.snapshot(), net.w.copy()
    net.w[:] = 0
    net.restore(snapshot)
    np.testing.assert_array_equal(net.w, w)
    snapshot["0.Dense.W"][:] = 7
    np.testing.assert_array_equal(net.w, w)


def test_a_snapshot_of_another_network_is_rejected():
    with pytest.raises(ValueError, match=r"restore: expected 0.Dense.W \(4, 6\)"):
        make().restore(Sequential(Dense(2, 2, rng=rng())).snapshot())


REJECTED = {
    "no layer": (
        lambda: Sequential(),
        "Sequential: expected at least one layer, got none.",
    ),
    "a list": (
        lambda: Sequential([ReLU()]),
        "Sequential: expected layers one by one, got a list. "
        "Hint: Sequential(*layers), with the star",
    ),
    "widths": (
        lambda: Sequential(Dense(3, 4, rng=rng()), ReLU(), Dense(5, 2, rng=rng())),
        "Sequential, layer 2: expected 4 inputs, as the layer before gives, got Dense(5, 2). "
        "Hint: make its n_in 4",
    ),
    "one layer twice": (
        lambda: Sequential(*[ReLU()] * 2),
        "Sequential, layer 1: expected a layer of its own, got ReLU() twice.",
    ),
    "integers": (
        lambda: Sequential(ReLU(), dtype=int),
        "Sequential: expected dtype np.float32 or np.float64, got int64.",
    ),
    "one example": (
        lambda: make().forward(np.ones(4)),
        "Sequential.forward, Dense(4, 6): expected x of shape (N, 4), got an array of shape (4,), "
        "dtype float64. Hint: x[None, :] makes one example a batch of one",
    ),
    "bytes": (
        lambda: make().forward(np.ones((1, 4), np.uint8)),
        "expected x of floats, got an array of shape (1, 4), dtype uint8. "
        "Hint: scale bytes first, x / 255",
    ),
    "NaN": (
        lambda: make().forward(np.array([[1.0, np.nan, 1.0, np.inf]])),
        "expected finite numbers in x, got 2 NaN or infinite of 4.",
    ),
    "backward first": (
        lambda: make().backward(np.ones((1, 3))),
        "Sequential.backward, Dense(6, 3): expected a forward with train=True before it, got none.",
    ),
}


@pytest.mark.parametrize("case", REJECTED)
def test_what_does_not_fit_is_rejected_in_words(case):
    call, message = REJECTED[case]
    with pytest.raises((ValueError, TypeError, RuntimeError)) as problem:
        call()
    assert message in str(problem.value)
