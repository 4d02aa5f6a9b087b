"""Standardizing and whitening: what they promise of the training set, and what they refuse."""

import numpy as np
import pytest

from nbhelpers import Standardizer, Whitener
from nbhelpers.datasets import load_mnist_sample


def correlated(n=400, dtype=np.float64):
    rng = np.random.default_rng(0)
    mix = [[3.0, 1.0, 0.0, 2.0], [0.0, 0.1, 1.0, 0.0], [0.0, 0.0, 0.5, 1.0]]
    x = rng.normal(size=(n, 3)) @ mix + np.array([5, -20, 0, 100])
    return x.astype(dtype)  # four features of rank three


def covariance(z):
    return z.T @ z / len(z)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("make", [Standardizer, Whitener, lambda: Whitener(2, zca=True)])
def test_dtype_and_input_are_kept_and_the_way_back_is_the_way_back(make, dtype):
    x = correlated(dtype=dtype)
    x.setflags(write=False)
    scaler = make().fit(x)
    z = scaler.transform(x)
    assert z.dtype == scaler.inverse(z).dtype == dtype
    again = scaler.transform(scaler.inverse(z))
    np.testing.assert_allclose(again, z, atol=1e-10 if dtype == np.float64 else 0.02)


def test_standardized_training_examples_have_mean_0_and_spread_1():
    z = Standardizer().fit(correlated()).transform(correlated())
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(z.std(axis=0), 1)


def test_other_examples_are_measured_by_the_training_set():
    x = correlated()
    scaler = Standardizer().fit(x)
    moved = scaler.transform(x[:1] + 3 * scaler.std)
    np.testing.assert_allclose(moved, scaler.transform(x[:1]) + 3)
    np.testing.assert_allclose(scaler.inverse(scaler.transform(x)), x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_feature_that_never_varies_becomes_0_and_stays_finite(dtype):
    x = np.full((1000, 2), 0.1, dtype)  # 0.1 has no exact mean in binary
    x[:, 1] = np.arange(1000)
    z = Standardizer().fit(x).transform(x)
    np.testing.assert_allclose(z[:, 0], 0, atol=1e-6)
    new = Standardizer().fit(x).transform(x + dtype(1))
    np.testing.assert_allclose(new[:, 0], 1, rtol=1e-5)


def test_digits_have_pixels_that_never_vary():
    (x, _), (x_test, _) = load_mnist_sample()
    scaler = Standardizer().fit(x)
    assert np.count_nonzero(x.max(axis=0) == x.min(axis=0)) > 50
    assert np.isfinite(scaler.transform(x_test)).all()
    assert scaler.transform(x).std() < 1


def test_whitened_examples_have_covariance_1_in_every_direction_kept():
    z = Whitener(3, eps=0).fit(correlated()).transform(correlated())
    np.testing.assert_allclose(covariance(z), np.eye(3), atol=1e-9)


def test_components_come_in_the_order_of_their_variance():
    white = Whitener().fit(correlated())
    x = correlated() - correlated().mean(axis=0)
    np.testing.assert_allclose((x @ white.components.T).var(axis=0), white.variance, atol=1e-9)
    assert (np.diff(white.variance) <= 0).all()
    assert white.explained.sum() == pytest.approx(1)
    np.testing.assert_allclose(white.components @ white.components.T, np.eye(4), atol=1e-12)


def test_eps_keeps_a_direction_without_variance_at_0():
    z = Whitener(eps=1e-5).fit(correlated()).transform(correlated())
    assert np.abs(z[:, 3]).max() < 1e-6
    np.testing.assert_allclose(covariance(z)[:3, :3], np.eye(3), atol=1e-3)


def test_zca_is_the_whitening_that_changes_least():
    x = correlated()[:, :3] * [1, 2, 3]
    centered = x - x.mean(axis=0)
    pca, zca = (Whitener(zca=zca, eps=0).fit(x).transform(x) for zca in (False, True))
    np.testing.assert_allclose(covariance(zca), np.eye(3), atol=1e-9)
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    for other in (pca, zca @ turn):
        assert np.sum((zca - centered) ** 2) < np.sum((other - centered) ** 2)


def test_two_points_become_plus_and_minus_one():
    x = np.array([[10.0, 20.0], [32.0, 52.0]])
    z = Whitener(1, eps=0).fit(x).transform(x)
    np.testing.assert_allclose(np.sort(z.ravel()), [-1, 1])


def test_a_few_components_tell_most_of_a_digit():
    (x, _), _ = load_mnist_sample()
    white = Whitener(50).fit(x)
    assert white.explained.sum() > 0.8
    lost = np.mean((white.inverse(white.transform(x)) - x) ** 2) / x.var(axis=0).mean()
    assert lost == pytest.approx(1 - white.explained.sum(), abs=1e-3)


REFUSED = {
    "Standardizer: expected fit before transform, got no fit yet. "
    "Hint: Standardizer().fit(x_train)": lambda: Standardizer().transform(correlated()),
    "Whitener: expected fit before transform, got no fit yet.": (
        lambda: Whitener().inverse(correlated())
    ),
    "Standardizer.transform: expected x of shape (N, 4), got an array of shape (400, 3)": (
        lambda: Standardizer().fit(correlated()).transform(correlated()[:, :3])
    ),
    "Whitener.inverse: expected z of shape (N, 2)": (
        lambda: Whitener(2).fit(correlated()).inverse(correlated())
    ),
    "Whitener.fit: expected at least 9 features": lambda: Whitener(9).fit(correlated()),
    "Whitener.fit with eps=0: expected 4 directions that vary, got 3. "
    "Hint: eps=1e-5, or fewer components": lambda: Whitener(eps=0).fit(correlated()),
    "Whitener: expected n_components to be a whole number >= 1": lambda: Whitener(0),
    "Hint: scale bytes first, x / 255": (lambda: Standardizer().fit(np.ones((2, 2), np.uint8))),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_does_not_fit_is_refused_in_words(message):
    with pytest.raises((ValueError, TypeError, RuntimeError)) as problem:
        REFUSED[message]()
    assert message in str(problem.value)
