"""Convolution and pooling: numbers worked out by hand, shapes, messages, a network that learns."""

import copy
import re

import numpy as np
import pytest

import nbhelpers as nb
from tests.samples import rng


def image(rows):
    """One image of one channel."""
    return np.array(rows, float)[None, :, :, None]


def test_convolution_by_hand():
    """A window of 2 × 2 on 2 × 3 pixels: two places, 1 · a + 2 · b + 3 · c + 4 · d + 10."""
    conv = nb.Conv2D(1, 1, 2, padding="valid", rng=rng())
    conv.params["W"][:] = [[1], [2], [3], [4]]
    conv.params["b"][:] = 10
    y = conv.forward(image([[1, 0, 2], [0, 1, 1]]), train=True)
    assert y.shape == (1, 1, 2, 1)
    assert y.ravel().tolist() == [1 + 4 + 10, 4 + 3 + 4 + 10]
    dx = conv.backward(np.array([1.0, -1.0]).reshape(1, 1, 2, 1))
    assert dx[0, :, :, 0].tolist() == [[1, 2 - 1, -2], [3, 4 - 3, -4]]
    assert conv.grads["W"].ravel().tolist() == [1 - 0, 0 - 2, 0 - 1, 1 - 1]
    assert conv.grads["b"].tolist() == [0]


def test_rows_of_w_are_the_windows_rows_columns_and_channels_in_that_order():
    conv = nb.Conv2D(2, 1, 2, padding="valid", init=nb.zeros, rng=rng())
    window = np.arange(8.0).reshape(1, 2, 2, 2)
    for i in range(8):
        conv.params["W"][:] = np.eye(8)[:, i : i + 1]
        assert conv.forward(window).item() == i


def test_same_padding_puts_the_odd_one_below_and_to_the_right():
    ones = image(np.ones((2, 2)))
    conv = nb.Conv2D(1, 1, 2, init=lambda rng, shape: np.ones(shape), rng=rng())
    assert conv.forward(ones)[0, :, :, 0].tolist() == [[4, 2], [2, 1]]


def test_a_convolution_of_one_pixel_is_dense_at_every_position():
    conv, dense = nb.Conv2D(3, 4, 1, rng=rng()), nb.Dense(3, 4, rng=rng())
    x = rng().normal(size=(2, 5, 6, 3))
    np.testing.assert_allclose(conv.forward(x).reshape(-1, 4), dense.forward(x.reshape(-1, 3)))


def test_he_counts_the_whole_window_as_inputs():
    conv = nb.Conv2D(16, 64, 5, rng=rng())
    assert conv.params["W"].shape == (400, 64)
    assert conv.params["W"].std() == pytest.approx(np.sqrt(2 / 400), rel=0.02)


def test_moving_the_image_moves_the_output():
    conv = nb.Conv2D(1, 2, 3, rng=rng())
    x = np.zeros((1, 9, 9, 1))
    x[0, 2:5, 2:5] = rng().normal(size=(3, 3, 1))
    moved = np.roll(x, (2, 1), axis=(1, 2))
    y, y_moved = conv.forward(x), conv.forward(moved)
    np.testing.assert_allclose(np.roll(y, (2, 1), axis=(1, 2)), y_moved, atol=1e-15)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("padding", ["same", "valid", 0, 2])
def test_the_announced_shape_is_the_shape(padding, size, stride):
    conv = nb.Conv2D(2, 3, size, stride=stride, padding=padding, rng=rng())
    for height, width in ((7, 6), (5, 9)):
        y = conv.forward(np.ones((1, height, width, 2)))
        assert y.shape[1:] == conv.shape_after((height, width, 2))
        if padding == "same":
            assert y.shape[1:3] == (-(-height // stride), -(-width // stride))


def test_pooling_by_hand():
    x = image([[1, 5, 2, 0, 9], [3, 4, 8, 8, 9]])
    pool = nb.MaxPool(2)
    assert pool.forward(x, train=True).ravel().tolist() == [5, 8]  # the last column is left out
    dx = pool.backward(np.array([10.0, 20.0]).reshape(1, 1, 2, 1))
    assert dx[0, :, :, 0].tolist() == [[0, 10, 0, 0, 0], [0, 0, 20, 0, 0]]  # of equals, the first


def test_gradients_of_overlapping_windows_add_up():
    pool = nb.MaxPool(2, 1)
    pool.forward(image([[0, 7, 0], [0, 0, 0]]), train=True)
    dx = pool.backward(np.array([1.0, 2.0]).reshape(1, 1, 2, 1))
    assert dx[0, 0, :, 0].tolist() == [0, 3, 0]


def test_reshape_and_flatten_undo_each_other():
    x = rng().normal(size=(3, 24))
    reshape, flatten = nb.Reshape(2, 3, 4), nb.Flatten()
    images = reshape.forward(x, train=True)
    assert images.shape == (3, 2, 3, 4)
    assert np.array_equal(flatten.forward(images, train=True), x)
    assert np.array_equal(reshape.backward(flatten.backward(x)), x)


def small_net(**settings):
    r = rng()
    return nb.Sequential(
        nb.Reshape(28, 28, 1), nb.Conv2D(1, 8, 3, rng=r), nb.ReLU(), nb.MaxPool(2),
        nb.Conv2D(8, 16, 3, rng=r), nb.ReLU(), nb.MaxPool(2), nb.Flatten(),
        nb.Dense(784, 10, rng=r), **settings,
    )  # fmt: skip


def test_a_small_network_learns_digits_in_float32():
    x, y = (part[:500] for part in nb.load_mnist_sample().train)
    net = small_net()
    solver = nb.Solver(
        net, nb.softmax_cross_entropy, nb.Adam(3e-3), penalty=nb.L2(1e-4), batch_size=50,
        rng=rng(), progress=False,
    )  # fmt: skip
    solver.fit((x, y), epochs=6)
    assert nb.accuracy(net, x, y) > 0.9
    assert net.w.dtype == net.g.dtype == net(x[:2]).dtype == np.float32
    assert [part.grads["W"].dtype for part in net.layers if "W" in part.grads] == [np.float32] * 3
    again = copy.deepcopy(net)
    assert np.array_equal(again(x[:5]), net(x[:5]))


def test_images_may_come_as_they_are():
    net = nb.Sequential(*small_net().layers[1:])
    net = copy.deepcopy(net)
    assert net(np.ones((2, 28, 28, 1))).shape == (2, 10)
    assert net.predict(np.ones((2, 28, 28, 1))).shape == (2,)


def test_summary_tells_the_shapes(capsys):
    small_net().summary()
    lines = capsys.readouterr().out.splitlines()
    assert lines[4].split("  ")[0] == "MaxPool(2)"
    assert "(N, 14, 14, 8)" in lines[4]
    assert lines[-1].split() == ["all", "9,098"]


def conv(*sizes, **settings):
    return nb.Conv2D(*sizes, rng=rng(), **settings)


def dense(n, m):
    return nb.Dense(n, m, rng=rng())


MESSAGES = [
    (
        lambda: nb.Sequential(conv(1, 2, 3)).forward(np.ones((2, 784))),
        "expected images (N, height, width, 1), got examples of shape (784,). "
        "Hint: Reshape(28, 28, 1) before it",
    ),
    (
        lambda: nb.Sequential(nb.Reshape(28, 28, 1), conv(1, 2, 3), dense(100, 10)),
        "layer 2: expected inputs of shape (28, 28, 2), as the layer before gives, got Dense(100, "
        "10). Hint: Flatten() before it, and n_in = 1568",
    ),
    (
        lambda: nb.Sequential(nb.Reshape(28, 28, 1), conv(1, 2, 3), nb.Flatten(), dense(100, 10)),
        "layer 3: expected 1568 inputs, as the layer before gives",
    ),
    (
        lambda: nb.Sequential(conv(1, 2, 3), dense(2, 10)).forward(np.ones((2, 8, 8, 1))),
        "layer 1: expected inputs of shape (8, 8, 2)",  # found out when the first batch comes
    ),
    (
        lambda: nb.Sequential(nb.Reshape(8, 8, 1), conv(1, 2, 3), conv(3, 2, 3)),
        "expected images (N, height, width, 3), got examples of shape (8, 8, 2). "
        "Hint: make its channels_in 2",
    ),
    (lambda: nb.Sequential(nb.Reshape(8, 8, 1), conv(1, 2, 3), nb.BatchNorm(3)), "make its n_in 2"),
    (
        lambda: conv(3, 2, 3).forward(np.ones((2, 3, 28, 28))),
        "Hint: x.transpose(0, 2, 3, 1) puts the channels last",
    ),
    (lambda: conv(1, 2, 3).forward(np.ones((2, 28, 28))), "Hint: x[..., None] adds the axis"),
    (lambda: conv(1, 2, 3, padding="sames"), 'expected padding "same", "valid" or a number'),
    (lambda: conv(1, 2, 3, padding=-1), 'expected padding "same", "valid" or a number'),
    (lambda: conv(1, 2), "expected size to be a whole number >= 1, got nothing. Hint: give size"),
    (
        lambda: conv(1, 2, 5, padding="valid").forward(np.ones((1, 4, 9, 1))),
        "expected images of at least 5 × 5 pixels, got 4 × 9",
    ),
    (
        lambda: nb.Sequential(nb.Reshape(4, 4, 1), nb.MaxPool(2), nb.MaxPool(2), nb.MaxPool(2)),
        "expected images of at least 2 × 2 pixels, got 1 × 1",
    ),
    (lambda: nb.Reshape((28, 28, 1)), "Hint: Reshape(*shape), with the star"),
    (lambda: nb.Sequential(dense(4, 9), nb.Reshape(2, 4, 1)), "make its n_in 9"),
]


@pytest.mark.parametrize(("attempt", "words"), MESSAGES, ids=[words for _, words in MESSAGES])
def test_what_does_not_fit_is_rejected_with_the_fix(attempt, words):
    with pytest.raises((TypeError, ValueError), match=re.escape(words)):
        attempt()


def test_a_layer_of_the_readers_may_change_the_shape():
    class Halve(nb.Layer):
        def forward(self, x, train=False):
            return x[:, ::2]

        def backward(self, dy, need_dx=True):
            return np.repeat(dy, 2, axis=1) * [1, 0]

    net = nb.Sequential(dense(4, 6), Halve(), dense(3, 2))
    assert net(np.ones((5, 4))).shape == (5, 2)
    wrong = nb.Sequential(dense(4, 6), Halve(), dense(6, 2))
    with pytest.raises(ValueError, match="layer 2: expected 3 inputs, as the layer before gives"):
        wrong(np.ones((5, 4)))
