"""Augmentation: each change does what it says, to each image alone, and leaves the input alone."""

import numpy as np
import pytest

from nbhelpers import SGD, Augment, FullyConnectedNet, Solver, softmax_cross_entropy
from nbhelpers.datasets import load_mnist_sample
from nbhelpers.datasets.augmentation import (
    elastic,
    gaussian_matrix,
    pixel_grid,
    rotate,
    sample,
    scale,
    shift,
)
from tests.samples import rng


def digits(n=40):
    (x, _), _ = load_mnist_sample()
    return x[:n].copy()


CHANGES = {
    "shift": lambda x, **k: shift(x, 2, **k),
    "rotate": lambda x, **k: rotate(x, 15, **k),
    "scale": lambda x, **k: scale(x, 0.15, **k),
    "elastic": elastic,
    "all": lambda x, **k: Augment(shift=2, rotate=15, scale=0.15, elastic=34, **k)(x),
}


@pytest.fixture(params=CHANGES)
def change(request):
    return CHANGES[request.param]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shape_dtype_and_input_are_kept(change, dtype):
    x = digits().astype(dtype)
    x.setflags(write=False)
    for images in (x, x.reshape(-1, 28, 28)):
        new = change(images, rng=rng())
        assert new.shape == images.shape
        assert new.dtype == dtype
        assert not np.shares_memory(new, images)
        assert np.mean(new != images) > 0.1


def test_values_stay_within_their_range(change):
    x = digits()
    new = change(x, rng=rng())
    assert new.min() >= x.min()
    assert new.max() <= x.max()


def test_it_is_the_same_from_the_same_seed_and_differs_from_image_to_image(change):
    x = np.tile(digits(1), (30, 1))
    np.testing.assert_array_equal(change(x, rng=rng(3)), change(x, rng=rng(3)))
    assert len(np.unique(change(x, rng=rng(3)), axis=0)) == 30


def test_flat_rows_and_images_are_changed_alike(change):
    x = digits()
    flat, square = change(x, rng=rng()), change(x.reshape(-1, 28, 28), rng=rng())
    np.testing.assert_array_equal(flat, square.reshape(len(x), -1))


def test_channels_of_a_picture_move_together(change):
    grey = digits().reshape(-1, 28, 28)
    color = np.stack([grey, 0.5 * grey, 0 * grey], axis=-1)
    new = change(color, rng=rng())
    np.testing.assert_array_equal(new[..., 0], change(grey, rng=rng()))
    np.testing.assert_allclose(new[..., 1], 0.5 * new[..., 0], atol=1e-6)
    flat = change(color.reshape(len(color), -1), rng=rng(), image_shape=(28, 28, 3))
    np.testing.assert_array_equal(flat.reshape(new.shape), new)


def test_images_need_not_be_square():
    x = rng().random((5, 6, 9))
    assert Augment(shift=1, rotate=90, elastic=9, rng=rng())(x).shape == x.shape


def test_no_change_asked_for_is_no_change():
    x = digits()
    np.testing.assert_array_equal(Augment(rng=rng())(x), x)


def centers(images):
    weight = images.sum(axis=(1, 2))
    size = np.arange(images.shape[1])
    return np.stack(
        [(images.sum(axis=2) @ size) / weight, (images.sum(axis=1) @ size) / weight], axis=1
    )


def blob(n, row=10.0, column=12.0):
    rows, columns = np.mgrid[:25, :25]
    one = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 8)
    return np.repeat(one[None], n, axis=0)


def test_shift_moves_by_up_to_so_many_pixels_both_ways():
    moved = centers(shift(blob(400), 2, rng=rng())) - [10, 12]
    assert np.abs(moved).max() < 2.05
    np.testing.assert_allclose(moved.std(axis=0), 2 / np.sqrt(3), rtol=0.1)
    np.testing.assert_allclose(moved.mean(axis=0), 0, atol=0.2)


def test_rotate_turns_about_the_center_within_the_angle():
    turned = centers(rotate(blob(400, 6.0, 12.0), 30, rng=rng())) - 12
    np.testing.assert_allclose(np.hypot(*turned.T), 6, atol=0.1)
    angles = np.degrees(np.arctan2(turned[:, 1], -turned[:, 0]))
    assert 28 < np.abs(angles).max() < 31
    assert abs(angles.mean()) < 3


def test_rotate_by_90_degrees_is_exact():
    class Quarter(np.random.Generator):
        def uniform(self, low, high, size):
            return np.full(size, high)

    image = rng().random((1, 5, 5))
    turned = rotate(image, 90, rng=Quarter(np.random.PCG64(0)))
    np.testing.assert_allclose(turned[0], np.rot90(image[0], -1), atol=1e-6)


def test_scale_changes_the_size_and_not_the_place():
    scaled = scale(blob(400, 12.0, 12.0), 0.2, rng=rng())
    np.testing.assert_allclose(centers(scaled), 12, atol=0.05)
    size = np.sqrt(scaled.sum(axis=(1, 2)) / blob(1).sum())
    assert size.min() == pytest.approx(0.8, abs=0.02)
    assert size.max() == pytest.approx(1.2, abs=0.02)


def test_elastic_displaces_smoothly_by_about_what_the_paper_says():
    # The displacement of each pixel is read off two ramps, whose value is the row or the column.
    ramp = np.broadcast_to(np.arange(64.0)[:, None], (50, 64, 64))
    inner = slice(16, 48)
    move = (elastic(ramp, rng=rng()) - ramp)[:, inner, inner]
    # Uniform noise in ±1 has variance 1/3; a Gaussian of σ keeps 1 / 4πσ² of it.
    assert move.std() == pytest.approx(34 * np.sqrt(1 / 3 / (4 * np.pi * 16)), rel=0.1)
    assert np.abs(np.diff(move, axis=1)).mean() < move.std() / 2


def test_a_training_with_it_sees_the_examples_in_the_same_order():
    (x, y), _ = load_mnist_sample()
    orders = []
    for augment in (None, Augment(shift=2, rotate=10, rng=rng(2))):
        labels = []
        solver = Solver(
            FullyConnectedNet([10], n_in=784, rng=rng()), softmax_cross_entropy, SGD(0.1),
            rng=rng(1), progress=False, batch_size=30, augment=augment,
            callbacks=lambda solver, labels=labels: labels.extend(solver.batch[1]),
        )  # fmt: skip
        solver.fit((x[:100], y[:100]), epochs=2)
        orders.append(labels)
    assert orders[0] == orders[1]


# Resampling


def test_sampling_is_scipys():
    ndimage = pytest.importorskip("scipy.ndimage")
    images, places = rng().random((3, 9, 7)), rng(1).uniform(-2, 10, (3, 2, 9, 7))
    for new, image, place in zip(sample(images, places), images, places, strict=True):
        expected = ndimage.map_coordinates(image, place, order=1, mode="grid-constant")
        np.testing.assert_allclose(new, expected, atol=1e-12)


def test_smoothing_is_scipys():
    ndimage = pytest.importorskip("scipy.ndimage")
    noise = rng().normal(size=(20, 30))
    smooth = gaussian_matrix(20, 2.0) @ noise @ gaussian_matrix(30, 2.0)
    expected = ndimage.gaussian_filter(noise, 2.0, mode="constant", truncate=9)
    np.testing.assert_allclose(smooth, expected, atol=1e-6)


def test_at_the_pixels_themselves_an_image_is_what_it_was():
    images = rng().random((2, 5, 6))
    places = np.broadcast_to(pixel_grid(5, 6)[:2].reshape(2, 5, 6), (2, 2, 5, 6))
    np.testing.assert_array_equal(sample(images, places), images)


REFUSED = {
    "Augment: expected images of floats (N, H, W) or (N, features), got": (
        lambda: shift(np.ones((2, 9), np.uint8), 1, rng=rng())
    ),
    "Augment: expected images of shape (3, 3), got an array of shape (2, 10)": (
        lambda: shift(np.ones((2, 10)), 1, rng=rng())
    ),
    "Augment: expected images of shape (32, 32, 3), got an array of shape (2, 10)": (
        lambda: shift(np.ones((2, 10)), 1, rng=rng(), image_shape=(32, 32, 3))
    ),
    "Augment: expected 0 <= scale < 1, got 1.5": lambda: scale(digits(), 1.5, rng=rng()),
    "Hint: rng=np.random.default_rng(1)": lambda: shift(digits(), 1, rng=1),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_does_not_fit_is_refused_in_words(message):
    with pytest.raises((ValueError, TypeError)) as problem:
        REFUSED[message]()
    assert message in str(problem.value)
