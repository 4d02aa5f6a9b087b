"""Every gradient of the package against central differences, in float64, under 1e-7."""

import functools

import numpy as np
import pytest
from hypothesis import assume, given

from nbhelpers import (
    ELU,
    GELU,
    L1,
    L2,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    ElasticNet,
    Flatten,
    GroupNorm,
    Identity,
    LayerNorm,
    LeakyReLU,
    Maxout,
    MaxPool,
    PReLU,
    ReLU,
    Reshape,
    Residual,
    RMSNorm,
    Sequential,
    Sigmoid,
    SiLU,
    Tanh,
    check_layer,
    check_loss,
    check_network,
    check_penalty,
    hinge,
    huber,
    logistic,
    mse,
    numerical_gradient,
    relative_error,
    softmax_cross_entropy,
)  # fmt: skip

from .strategies import MARGIN, apart, away_from, class_counts, proof, rngs, rows, widths

RIGHT = 1e-7

# Each from (n_in, n_out, rng); those that keep the width use n_in alone.
LAYERS = {
    "Identity": lambda n, m, rng: Identity(),
    "Dense": lambda n, m, rng: Dense(n, m, rng=rng),
    "Dense without bias": lambda n, m, rng: Dense(n, m, rng=rng, bias=False),
    "Maxout": lambda n, m, rng: Maxout(n, m, rng=rng),
    "Maxout of one piece": lambda n, m, rng: Maxout(n, m, 1, rng=rng),
    "Maxout of four, without bias": lambda n, m, rng: Maxout(n, m, 4, rng=rng, bias=False),
    "Dropout": lambda n, m, rng: Dropout(0.4, rng=rng),
    "Dropout of nothing": lambda n, m, rng: Dropout(0.0, rng=rng),
    "BatchNorm": lambda n, m, rng: BatchNorm(n),
    "BatchNorm with a large eps": lambda n, m, rng: BatchNorm(n, eps=0.5),
    "ReLU": lambda n, m, rng: ReLU(),
    "LeakyReLU": lambda n, m, rng: LeakyReLU(),
    "LeakyReLU, steep": lambda n, m, rng: LeakyReLU(0.7),
    "PReLU, shared": lambda n, m, rng: PReLU(),
    "PReLU, one a unit": lambda n, m, rng: PReLU(n),
    "Sigmoid": lambda n, m, rng: Sigmoid(),
    "Tanh": lambda n, m, rng: Tanh(),
    "ELU": lambda n, m, rng: ELU(),
    "ELU, flat": lambda n, m, rng: ELU(0.3),
    "SiLU": lambda n, m, rng: SiLU(),
    "GELU": lambda n, m, rng: GELU(),
    "LayerNorm": lambda n, m, rng: LayerNorm(n, eps=0.1),
    "RMSNorm": lambda n, m, rng: RMSNorm(n, eps=0.1),
    "Reshape": lambda n, m, rng: Reshape(1, n, 1),
    "Flatten": lambda n, m, rng: Flatten(),
}

# Each from an rng, for images of 6 × 5 pixels with 4 channels.
IMAGE_LAYERS = {
    "Conv2D": lambda rng: Conv2D(4, 3, 3, rng=rng),
    "Conv2D, even size": lambda rng: Conv2D(4, 3, 2, rng=rng),
    "Conv2D of a pixel, without bias": lambda rng: Conv2D(4, 2, 1, rng=rng, bias=False),
    "Conv2D, stride 2": lambda rng: Conv2D(4, 2, 3, stride=2, rng=rng),
    "Conv2D, stride 2, size 2": lambda rng: Conv2D(4, 2, 2, stride=2, rng=rng),
    "Conv2D, stride over size": lambda rng: Conv2D(4, 2, 2, stride=3, padding="valid", rng=rng),
    "Conv2D, valid": lambda rng: Conv2D(4, 2, 5, padding="valid", rng=rng),
    "Conv2D, padded by 2, stride 3": lambda rng: Conv2D(4, 2, 3, stride=3, padding=2, rng=rng),
    "MaxPool": lambda rng: MaxPool(2),
    "MaxPool, overlapping": lambda rng: MaxPool(3, 1),
    "MaxPool, with gaps": lambda rng: MaxPool(2, 3),
    "Flatten": lambda rng: Flatten(),
    "BatchNorm": lambda rng: BatchNorm(4),
    "LayerNorm": lambda rng: LayerNorm(4),
    "GroupNorm": lambda rng: GroupNorm(4, 2),
    "RMSNorm": lambda rng: RMSNorm(4),
    "PReLU, shared": lambda rng: PReLU(),
    "GELU": lambda rng: GELU(),
}


@pytest.mark.parametrize("name", LAYERS)
@proof
@given(rng=rngs, n=rows, n_in=widths, n_out=widths)
def test_layer(name, rng, n, n_in, n_out):
    layer = LAYERS[name](n_in, n_out, rng)
    for value in layer.params.values():
        value[:] = rng.normal(size=value.shape)  # a gamma of 1 or a b of 0 could hide a mistake
    n = n + 3 if isinstance(layer, BatchNorm) else n
    x = away_from(0, rng.normal(size=(n, n_in)))
    if isinstance(layer, BatchNorm):
        assume(x.std(axis=0).min() > 0.3)  # dividing by less would magnify the differences' error
    if isinstance(layer, Maxout):
        z = x @ layer.params["W"] + layer.params.get("b", 0)
        assume(apart(z.reshape(n, layer.pieces, n_out).transpose(1, 0, 2)))
    errors = check_layer(layer, x, rng=rng)
    assert errors.keys() == {"x"} | layer.params.keys()
    assert max(errors.values()) < RIGHT, errors


@pytest.mark.parametrize("name", IMAGE_LAYERS)
@pytest.mark.parametrize("seed", range(3))
def test_layer_of_images(name, seed):
    rng = np.random.default_rng(seed)
    layer = IMAGE_LAYERS[name](rng)
    for value in layer.params.values():
        value[:] = rng.normal(size=value.shape)
    # A permutation of equal steps: no two numbers of a window are near a tie, none is near zero.
    x = (rng.permutation(240).reshape(2, 6, 5, 4) - 119.5) / 70
    errors = check_layer(layer, x, rng=rng)
    assert errors.keys() == {"x"} | layer.params.keys()
    assert max(errors.values()) < RIGHT, errors


@proof
@given(rng=rngs, n=rows, groups=widths, size=widths)
def test_group_norm(rng, n, groups, size):
    assume(size > 1)
    norm = GroupNorm(groups * size, groups, eps=0.1)
    for value in norm.params.values():
        value[:] = rng.normal(size=value.shape)
    errors = check_layer(norm, rng.normal(size=(n, groups * size)), rng=rng)
    assert errors.keys() == {"x", "gamma", "beta"}
    assert max(errors.values()) < RIGHT, errors


def residual_networks(rng):
    """By name: a network with residual blocks, and what goes in."""
    rows, images = rng.normal(size=(5, 4)), rng.normal(size=(3, 5, 4, 2))
    plain = Residual(Dense(4, 6, rng=rng), Tanh(), Dense(6, 4, rng=rng))
    normalized = Residual(LayerNorm(4), Dense(4, 4, rng=rng), GELU(), Dropout(0.3, rng=rng))
    nested = Residual(Residual(Dense(4, 4, rng=rng), SiLU()), Sequential(Dense(4, 4, rng=rng)))
    conv = Residual(Conv2D(2, 3, 3, rng=rng), BatchNorm(3), Tanh(), Conv2D(3, 2, 3, rng=rng))
    return {
        "first": (Sequential(plain, Dense(4, 3, rng=rng), dtype=np.float64), rows),
        "in the middle": (
            Sequential(Dense(4, 4, rng=rng), normalized, Dense(4, 3, rng=rng), dtype=np.float64),
            rows,
        ),
        "nested": (Sequential(nested, Dense(4, 3, rng=rng), dtype=np.float64), rows),
        "of images": (
            Sequential(conv, Flatten(), Dense(40, 3, rng=rng), dtype=np.float64),
            images,
        ),
    }


@pytest.mark.parametrize("name", ["first", "in the middle", "nested", "of images"])
@pytest.mark.parametrize("seed", range(3))
def test_residual(name, seed):
    rng = np.random.default_rng(seed)
    net, x = residual_networks(rng)[name]
    net.w += 0.1 * rng.normal(size=net.w.size)
    y = rng.integers(3, size=len(x))
    errors = check_network(net, softmax_cross_entropy, x, y)
    assert max(errors.values()) < RIGHT, errors
    errors = check_layer(net.layers[0], x, rng=rng)
    assert max(errors.values()) < RIGHT, errors  # of dx

    net.backward(softmax_cross_entropy(net.forward(x, train=True), y)[1])
    if name != "in the middle":  # there the first layer is Dense, and Dropout draws anew
        whole = net.g.copy()
        net.backward(softmax_cross_entropy(net.forward(x, train=True), y)[1], need_dx=False)
        assert np.array_equal(net.g, whole)


def test_check_layer_leaves_no_trace():
    rng = np.random.default_rng(0)
    norm, x = BatchNorm(3), rng.normal(size=(5, 3))
    before = x.copy()
    check_layer(norm, x, rng=rng)
    assert np.array_equal(x, before)
    assert np.array_equal(norm.state["mean"], np.zeros(3))
    assert np.array_equal(norm.state["variance"], np.ones(3))


@proof
@given(rng=rngs, n=rows, classes=class_counts)
def test_softmax_cross_entropy(rng, n, classes):
    scores, y = 3 * rng.normal(size=(n, classes)), rng.integers(classes, size=n)
    assert check_loss(softmax_cross_entropy, scores, y) < RIGHT


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("weighted", [False, True])
@proof
@given(rng=rngs, n=rows, classes=class_counts)
def test_label_smoothing_and_class_weights(smoothing, weighted, rng, n, classes):
    scores, y = 3 * rng.normal(size=(n, classes)), rng.integers(classes, size=n)
    weights = rng.uniform(0.1, 5, size=classes) if weighted else None
    loss = functools.partial(softmax_cross_entropy, smoothing=smoothing, class_weights=weights)
    assert check_loss(loss, scores, y) < RIGHT


@pytest.mark.parametrize("shape", ["(N, 1)", "(N,)"])
@proof
@given(rng=rngs, n=rows)
def test_logistic(shape, rng, n):
    scores, y = 3 * rng.normal(size=(n, 1)), rng.integers(2, size=n)
    assert check_loss(logistic, scores if shape == "(N, 1)" else scores[:, 0], y) < RIGHT


@proof
@given(rng=rngs, n=rows, classes=class_counts)
def test_hinge(rng, n, classes):
    scores, y = 3 * rng.normal(size=(n, classes)), rng.integers(classes, size=n)
    margins = scores - scores[np.arange(n), y][:, None] + 1
    assume(np.abs(margins).min() > MARGIN)
    assert check_loss(hinge, scores, y) < RIGHT


@proof
@given(rng=rngs, n=rows, k=widths)
def test_mse(rng, n, k):
    assert check_loss(mse, rng.normal(size=(n, k)), rng.normal(size=(n, k))) < RIGHT


@pytest.mark.parametrize("delta", [0.3, 1.0, 5.0])
@proof
@given(rng=rngs, n=rows, k=widths)
def test_huber(delta, rng, n, k):
    y = rng.normal(size=(n, k))
    scores = y + away_from(delta, away_from(-delta, 2 * rng.normal(size=(n, k))))
    assert check_loss(lambda scores, y: huber(scores, y, delta=delta), scores, y) < RIGHT


@pytest.mark.parametrize("penalty", [L1(0.3), L2(0.3), ElasticNet(0.2, 0.4)], ids=lambda p: type(p))
@proof
@given(rng=rngs, n_in=widths, n_out=widths)
def test_penalty(penalty, rng, n_in, n_out):
    assert check_penalty(penalty, away_from(0, rng.normal(size=(n_in, n_out)))) < RIGHT


@pytest.mark.parametrize("penalty", [None, L1(0.1), L2(0.1)], ids=["none", "L1", "L2"])
@proof
@given(rng=rngs, n=rows, n_in=widths, n_out=class_counts)
def test_network(penalty, rng, n, n_in, n_out):
    net = Sequential(
        Dense(n_in, 4, rng=rng, bias=False), BatchNorm(4), Tanh(), Dense(4, 3, rng=rng), Sigmoid(),
        Dense(3, n_out, rng=rng), dtype=np.float64,
    )  # fmt: skip
    net.w[:] = away_from(0, rng.normal(size=net.w.size))
    x, y = rng.normal(size=(n + 4, n_in)), rng.integers(n_out, size=n + 4)
    assume(net.layers[0].forward(x).std(axis=0).min() > 0.3)
    errors = check_network(net, softmax_cross_entropy, x, y, penalty=penalty)
    assert len(errors) == 7
    assert max(errors.values()) < RIGHT, errors


@proof
@given(rng=rngs, n=rows, n_in=widths)
def test_gradient_of_a_networks_input(rng, n, n_in):
    net = Sequential(Dense(n_in, 3, rng=rng), Tanh(), Dense(3, 2, rng=rng), dtype=np.float64)
    x, y = rng.normal(size=(n, n_in)), rng.integers(2, size=n)
    dx = net.backward(softmax_cross_entropy(net.forward(x, train=True), y)[1])
    whole = net.g.copy()
    numeric = numerical_gradient(lambda: softmax_cross_entropy(net.forward(x), y)[0], x)
    assert relative_error(dx, numeric, floor=1e-3) < RIGHT

    net.g[:] = np.nan
    net.backward(softmax_cross_entropy(net.forward(x, train=True), y)[1], need_dx=False)
    assert np.array_equal(net.g, whole)  # leaving out dx leaves out nothing else


def test_bias_before_batchnorm_counts_as_right():
    """Its gradient is zero but for rounding: a relative error of two roundings would cry wolf."""
    rng = np.random.default_rng(0)
    layers = Dense(3, 4, rng=rng), BatchNorm(4), Tanh(), Dense(4, 2, rng=rng)
    net = Sequential(*layers, dtype=np.float64)
    x, y = rng.normal(size=(6, 3)), rng.integers(2, size=6)
    assert max(check_network(net, softmax_cross_entropy, x, y).values()) < RIGHT


def test_relative_error_of_gradients_in_words():
    a = np.array([3.0, 4.0])
    assert relative_error(a, np.zeros(2)) == 1.0
    assert relative_error(np.zeros(2), np.zeros(2)) == 0.0
    assert relative_error(a, np.array([np.nan, 1.0])) == np.inf
    assert relative_error(a, a * 1.02) == pytest.approx(0.02 / 2.02)
    assert relative_error(1e-12 * a, -1e-12 * a, floor=1e-3) == pytest.approx(1e-8)
    with pytest.raises(ValueError, match=r"relative_error: expected two arrays of shape \(2,\)"):
        relative_error(a, a[:1])


def test_differences_are_rejected_in_float32():
    with pytest.raises(TypeError, match=r"expected x in float64, got an array .* dtype float32"):
        numerical_gradient(lambda: 0.0, np.zeros(2, np.float32))
