"""Toy sets, batches and splits: what they promise, for shapes and seeds drawn at random."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.datasets import (
    blobs,
    circles,
    generated_shapes,
    moons,
    polynomial,
    spirals,
)
from nbhelpers.datasets.shapes import SHAPES

TOYS = [spirals, moons, circles, blobs]
SEED = st.integers(0, 2**32 - 1)


def rng(seed=1):
    return np.random.default_rng(seed)


@given(st.sampled_from(TOYS), st.integers(3, 50), SEED)
def test_a_toy_set_is_balanced_shuffled_and_repeats_under_its_seed(toy, n, seed):
    x, y = toy(n, rng=rng(seed))
    assert x.shape == (n, 2)
    assert y.shape == (n,)
    assert (x.dtype, y.dtype) == (np.float64, np.int64)
    assert np.ptp(np.bincount(y)) <= 1
    assert np.isfinite(x).all()
    again = toy(n, rng=rng(seed))
    assert np.array_equal(x, again[0])
    assert np.array_equal(y, again[1])


@pytest.mark.parametrize("toy", [*TOYS, polynomial, generated_shapes])
def test_another_seed_gives_other_points_and_the_global_generator_is_left_alone(toy):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    assert not np.array_equal(toy(30, rng=rng(1))[0], toy(30, rng=rng(2))[0])
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("toy", TOYS)
def test_classes_come_in_random_order(toy):
    _, y = toy(300, rng=rng())
    assert 100 < np.count_nonzero(np.diff(y)) < 290  # neither sorted nor in turns


def test_without_noise_the_points_lie_on_their_curves():
    x, y = circles(100, ratio=0.3, noise=0, rng=rng())
    np.testing.assert_allclose(np.hypot(*x.T), np.where(y == 0, 1, 0.3))
    x, y = moons(100, noise=0, rng=rng())
    np.testing.assert_allclose(np.hypot(*x[y == 0].T), 1)
    np.testing.assert_allclose(np.hypot(*(x[y == 1] - [1, 0.5]).T), 1)
    assert x[y == 0, 1].min() >= 0
    assert x[y == 1, 1].max() <= 0.5
    x, y = spirals(300, classes=4, turns=0.6, noise=0, rng=rng())
    radius, turn = np.hypot(*x.T), np.arctan2(x[:, 1], x[:, 0]) / (2 * np.pi)
    off = (turn - y / 4 - 0.6 * radius + 0.5) % 1 - 0.5
    np.testing.assert_allclose(off, 0, atol=1e-12)
    assert radius.min() >= 0.1
    assert radius.max() < 1
    x, y = blobs(9, classes=3, noise=0, rng=rng())
    np.testing.assert_allclose(np.hypot(*x.T), 2)
    np.testing.assert_allclose(x[y == 0], [[2, 0]] * 3, atol=1e-12)
    x, y = polynomial(50, coefficients=[1, -2, 0, 3], noise=0, low=-2, high=3, rng=rng())
    np.testing.assert_allclose(y, 1 - 2 * x + 3 * x**3)
    assert x.min() >= -2
    assert x.max() < 3


@pytest.mark.parametrize("toy", TOYS)
def test_noise_is_the_standard_deviation_of_each_coordinate(toy):
    exact, noisy = (toy(20000, noise=noise, rng=rng())[0] for noise in (0, 0.3))
    np.testing.assert_allclose((noisy - exact).std(axis=0), 0.3, rtol=0.03)


def test_polynomial_noise_is_on_y_alone():
    (x0, y0), (x1, y1) = (polynomial(20000, noise=noise, rng=rng()) for noise in (0, 0.3))
    assert np.array_equal(x0, x1)
    assert (y1 - y0).std() == pytest.approx(0.3, rel=0.03)
    assert (y1.shape, y1.dtype) == ((20000, 1), np.float64)


def test_centers_of_blobs_may_be_given():
    centers = np.array([[0.0, 0.0], [5.0, 1.0], [-3.0, 2.0], [1.0, 9.0]])
    x, y = blobs(4000, centers=centers, noise=0.1, rng=rng())
    means = np.stack([x[y == label].mean(axis=0) for label in range(4)])
    np.testing.assert_allclose(means, centers, atol=0.02)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: spirals(0, rng=rng()),
            ValueError,
            "spirals: expected n to be a whole number >= 1",
        ),
        (lambda: spirals(2.5, rng=rng()), ValueError, r"got 2\.5 \(float\)"),
        (lambda: spirals(2, rng=rng()), ValueError, "one example for each, got n=2, classes=3"),
        (lambda: spirals(9, classes=1, rng=rng()), ValueError, "at least two classes"),
        (lambda: spirals(9, turns=0, rng=rng()), ValueError, "0 < turns"),
        (lambda: moons(9, noise=-1, rng=rng()), ValueError, "moons: expected 0 <= noise, got -1"),
        (lambda: moons(9, noise=np.nan, rng=rng()), ValueError, "0 <= noise, got nan"),
        (lambda: moons(9, rng=3), TypeError, r"Hint: rng=np.random.default_rng\(3\)"),
        (lambda: circles(9, ratio=1, rng=rng()), ValueError, "0 < ratio < 1, got 1"),
        (lambda: blobs(9, centers=[1, 2], rng=rng()), ValueError, r"\(classes, 2\), got an array"),
        (lambda: blobs(9, centers=[[1, np.inf]] * 2, rng=rng()), ValueError, "finite"),
        (lambda: blobs(9, classes=0, rng=rng()), ValueError, "classes to be a whole number"),
        (lambda: polynomial(0, rng=rng()), ValueError, "polynomial: expected n to be"),
        (lambda: polynomial(9, coefficients=[], rng=rng()), ValueError, "finite coefficients"),
        (
            lambda: polynomial(9, low=1, high=1, rng=rng()),
            ValueError,
            "low < high, got low=1, high",
        ),
        (lambda: polynomial(9, rng=np.random), TypeError, "to be a numpy.random.Generator"),
        (lambda: generated_shapes(0, rng=rng()), ValueError, "generated_shapes: expected n"),
        (lambda: generated_shapes(9, rng=None), TypeError, "generated_shapes: expected rng"),
    ],
)
def test_bad_arguments_are_refused_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call()


# Generated shapes


def test_generated_shapes_are_pictures_whose_form_tells_the_class():
    x, y = generated_shapes(400, rng=rng())
    assert (x.shape, x.dtype, y.dtype) == ((400, 3072), np.float32, np.int64)
    assert x.min() >= 0
    assert x.max() <= 1
    assert np.bincount(y).tolist() == [40] * 10
    # Every picture shows something: two groups of pixels, apart by more than the grain.
    contrast = np.ptp(x.reshape(400, 1024, 3), axis=1).min(axis=1)
    assert contrast.min() > 0.25
    # The same label is the same form: a disk covers more than a ring, a ring more than a cross.
    inside = {name: _share_inside(x[y == SHAPES.index(name)]) for name in ("disk", "ring", "cross")}
    assert inside["disk"] > inside["ring"] > inside["cross"]


def _share_inside(x: np.ndarray) -> float:
    """The mean share of pixels that differ from the corner, which is background."""
    pictures = x.reshape(-1, 1024, 3)
    return float((abs(pictures - pictures[:, :1]).mean(axis=2) > 0.15).mean())
