"""What is rejected, in which words: where, what was expected, what came, and a hint."""

# ruff: noqa: E501  (a message is easier to compare on one line)

import re

import numpy as np
import pytest

import nbhelpers as nb
from nbhelpers import schedules

RNG = np.random.default_rng(0)
X = np.ones((2, 3))
Y = np.array([0, 1])


def dense():
    return nb.Dense(3, 4, rng=np.random.default_rng(0))


def trained(layer, x=X):
    layer.forward(x, train=True)
    return layer


REJECTED = [
    # layers: what is built
    (lambda: nb.Dense(0, 4, rng=RNG), ValueError, "Dense: expected n_in to be a whole number >= 1, got 0 (int)"),
    (lambda: nb.Dense(3, 4, rng=7), TypeError, "Dense(3, 4): expected rng to be a numpy.random.Generator, got 7 (int). Hint: rng=np.random.default_rng(7)"),
    (lambda: nb.Maxout(3, 4, 0, rng=RNG), ValueError, "Maxout: expected pieces to be a whole number >= 1, got 0 (int)"),
    (lambda: nb.Dropout(1.0, rng=RNG), ValueError, "Dropout: expected 0 <= rate < 1, got 1.0 (float)"),
    (lambda: nb.Dropout(50, rng=RNG), ValueError, "Dropout: expected 0 <= rate < 1, got 50 (int)"),
    (lambda: nb.Dropout(0.5, rng=np.random), TypeError, "Dropout: expected rng to be a numpy.random.Generator, got <module 'numpy.random'"),
    (lambda: nb.BatchNorm(4, eps=0), ValueError, "BatchNorm: expected 0 < eps, got 0 (int)"),
    (lambda: nb.BatchNorm(4, momentum=1), ValueError, "BatchNorm: expected 0 <= momentum < 1, got 1 (int)"),
    (lambda: nb.LeakyReLU(1.5), ValueError, "LeakyReLU: expected 0 <= slope < 1, got 1.5 (float)"),
    (lambda: nb.PReLU(slope=np.nan), ValueError, "PReLU: expected -inf <= slope, got nan (float)"),
    # layers: what is handed in
    (lambda: dense().forward(X.tolist()), TypeError, "Dense(3, 4).forward: expected x of shape (N, 3), got [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]] (list). Hint: np.asarray(x, dtype=float)"),
    (lambda: dense().forward(X[0]), ValueError, "Dense(3, 4).forward: expected x of shape (N, 3), got an array of shape (3,), dtype float64. Hint: x[None, :] makes one example a batch of one"),
    (lambda: dense().forward(X.T), ValueError, "expected x of shape (N, 3), got an array of shape (3, 2), dtype float64. Hint: x.T"),
    (lambda: dense().forward(np.ones((5, 3, 1))), ValueError, "Hint: x.reshape(len(x), -1) lays each example out as one row"),
    (lambda: dense().forward(X.astype(np.uint8)), TypeError, "expected x of floats, got an array of shape (2, 3), dtype uint8. Hint: scale bytes first, x / 255"),
    (lambda: dense().forward(X[:0]), ValueError, "expected x with at least one row, got an array of shape (0, 3)"),
    (lambda: dense().forward(X * np.nan), ValueError, "expected finite numbers in x, got 6 NaN or infinite of 6. Hint: look upstream"),
    (lambda: dense().forward(np.array([[1, np.inf, -np.inf]])), ValueError, "got 2 NaN or infinite of 3"),
    (lambda: nb.BatchNorm(4).forward(X), ValueError, "BatchNorm(4).forward: expected x of shape (N, 4), got an array of shape (2, 3)"),
    (lambda: nb.PReLU(4).forward(X), ValueError, "PReLU(4).forward: expected x of shape (N, 4)"),
    (lambda: nb.Dropout(0.5, rng=RNG).forward(X.astype(np.float16), train=True), ValueError, "Dropout(0.5): expected x of float32 or float64, got dtype float16. Hint: x.astype(np.float32)"),
    (lambda: dense().backward(X), RuntimeError, "Dense(3, 4).backward: expected a forward with train=True before it, got none. Hint: forward(x, train=True) keeps what backward needs"),
    (lambda: trained(dense()).backward(X), ValueError, "Dense(3, 4).backward: expected dy of shape (2, 4), got an array of shape (2, 3)"),
    (lambda: trained(dense()).backward(np.ones((5, 4))), ValueError, "expected dy of shape (2, 4), got an array of shape (5, 4), dtype float64. Hint: dy belongs to the last batch"),
    (lambda: trained(nb.Dropout(0.2, rng=RNG)).backward(np.ones((2, 4))), ValueError, "Dropout(0.2).backward: expected dy of shape (2, 3)"),
    (lambda: trained(nb.Maxout(3, 4, rng=RNG)).backward(X), ValueError, "Maxout(3, 4).backward: expected dy of shape (2, 4)"),
    # losses
    (lambda: nb.softmax(X * np.nan), ValueError, "softmax: expected finite numbers in scores"),
    (lambda: nb.softmax_cross_entropy(X, Y[:, None]), ValueError, "softmax_cross_entropy: expected y of integers 0 … 2, shape (2,), got an array of shape (2, 1), dtype int64. Hint: y.ravel()"),
    (lambda: nb.softmax_cross_entropy(X, Y + 2), ValueError, "expected y of integers 0 … 2, shape (2,), got labels from 2 to 3. Hint: class numbers start at 0"),
    (lambda: nb.softmax_cross_entropy(X, Y * 1.0), TypeError, "Hint: np.asarray(y).astype(int)"),
    (lambda: nb.softmax_cross_entropy(X, np.eye(3)[Y]), ValueError, "Hint: y.argmax(axis=1) turns one-hot rows into class numbers"),
    (lambda: nb.softmax_cross_entropy(X, np.array([0, 1, 2])), ValueError, "Hint: take the same rows of x and y"),
    (lambda: nb.hinge(X[0], Y), ValueError, "hinge: expected scores of shape (N, any), got an array of shape (3,)"),
    (lambda: nb.logistic(X, Y), ValueError, "logistic: expected scores of shape (N, 1) or (N,), got an array of shape (2, 3), dtype float64. Hint: a last layer of one unit, or softmax_cross_entropy"),
    (lambda: nb.logistic(X[:, :1], Y[:, None]), ValueError, "logistic: expected y of integers 0 … 1, shape (2,), got an array of shape (2, 1), dtype int64. Hint: y.ravel()"),
    (lambda: nb.logistic(X[:, 0], 2 * Y - 1), ValueError, "logistic: expected y of integers 0 … 1, shape (2,), got labels from -1 to 1"),
    (lambda: nb.mse(X[:, :1], X[:, 0]), ValueError, "mse: expected y of shape (2, 1), got an array of shape (2,), dtype float64. Hint: y[:, None]"),
    (lambda: nb.mse(X, Y), TypeError, "mse: expected y of floats, got an array of shape (2,), dtype int64. Hint: y.astype(float)"),
    (lambda: nb.mse(X, X[:1]), ValueError, "mse: expected y of shape (2, 3), got an array of shape (1, 3)"),
    (lambda: nb.mse(X, X * np.nan), ValueError, "mse: expected finite numbers in y, got 6 NaN"),
    (lambda: nb.huber(X, X, delta=0), ValueError, "huber: expected 0 < delta, got 0 (int)"),
    # distributions
    (lambda: nb.entropy(np.array([0.5, 0.6])), ValueError, "entropy: expected p that sums to 1, got a sum of 1.1. Hint: p / p.sum(axis=-1, keepdims=True)"),
    (lambda: nb.entropy(np.array([1.5, -0.5])), ValueError, "entropy: expected p with no negative number or NaN, got -0.5. Hint: softmax(scores)"),
    (lambda: nb.entropy(np.array([np.nan, 1.0])), ValueError, "expected p with no negative number or NaN, got nan"),
    (lambda: nb.entropy([0.5, 0.5]), TypeError, "entropy: expected p as floats (classes,) or (N, classes), got [0.5, 0.5] (list)"),
    (lambda: nb.entropy(np.array([1.0]), base=1), ValueError, "entropy: expected 1 < base, got 1 (int)"),
    (lambda: nb.kl_divergence(np.array([1.0]), np.array([0.5, 0.5])), ValueError, "kl_divergence: expected q of shape (1,), got an array of shape (2,)"),
    # penalties, optimizers, schedules, initializers, averages
    (lambda: nb.L1(-1), ValueError, "L1: expected 0 <= strength, got -1 (int)"),
    (lambda: nb.L2("strong"), ValueError, "L2: expected 0 <= strength, got 'strong' (str)"),
    (lambda: nb.ElasticNet(0.1, -1), ValueError, "ElasticNet: expected 0 <= l2, got -1 (int)"),
    (lambda: nb.max_norm(X, 0), ValueError, "max_norm: expected 0 < limit, got 0 (int)"),
    (lambda: nb.SGD(0), ValueError, "SGD: expected 0 < learning rate, got 0 (int)"),
    (lambda: nb.Nesterov(0.1, momentum=1), ValueError, "Nesterov: expected 0 <= momentum < 1, got 1 (int)"),
    (lambda: nb.RMSprop(0.1, decay=1.0), ValueError, "RMSprop: expected 0 <= decay < 1, got 1.0 (float)"),
    (lambda: nb.Adagrad(0.1, eps=0), ValueError, "Adagrad: expected 0 < eps, got 0 (int)"),
    (lambda: nb.Adam(0.1).step(X, X), TypeError, "Adam.step: expected w, a vector of floats, got"),
    (lambda: nb.SGD(0.1).step(np.ones(2), np.ones(2, np.float32)), ValueError, "SGD.step: expected g like w, an array of shape (2,), dtype float64, got an array of shape (2,), dtype float32"),
    (lambda: nb.SGD(0.1).step(np.ones(2, int), np.ones(2, int)), TypeError, "SGD.step: expected w, a vector of floats"),
    (lambda: nb.clip_by_value(np.ones(2), 1, -1), ValueError, "clip_by_value: expected 1 <= high, got -1 (int)"),
    (lambda: nb.clip_by_global_norm(np.array([np.nan]), 1.0), FloatingPointError, "clip_by_global_norm: expected a finite gradient, got norm nan. Hint: a smaller learning rate"),
    (lambda: nb.clip_by_global_norm((np.ones(2),), 1.0), TypeError, "expected an array of floats or a list of them, got (array([1., 1.]),) (tuple)"),
    (lambda: schedules.step(0.1, 0), ValueError, "step: expected every to be a whole number >= 1, got 0 (int)"),
    (lambda: schedules.exponential(0.1, -1), ValueError, "exponential: expected 0 <= rate, got -1 (int)"),
    (lambda: schedules.inverse(-0.1, 1), ValueError, "inverse: expected 0 < lr, got -0.1 (float)"),
    (lambda: schedules.warmup(0.1, 2.5), ValueError, "warmup: expected steps to be a whole number >= 1, got 2.5 (float)"),
    (lambda: nb.he(RNG, (3,)), ValueError, "he: expected shape (n_in, n_out), got (3,) (tuple). Hint: he(rng, (784, 256))"),
    (lambda: nb.he_uniform(1, (3, 2)), TypeError, "he_uniform: expected rng to be a numpy.random.Generator, got 1 (int)"),
    (lambda: nb.truncated_normal(RNG, (3, 2), std=-1), ValueError, "truncated_normal: expected 0 <= std, got -1 (int)"),
    (lambda: nb.ExponentialAverage(1.0), ValueError, "ExponentialAverage: expected 0 <= beta < 1, got 1.0 (float)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("attempt", "error", "words"), REJECTED, ids=[words[:60] for _, _, words in REJECTED]
)
def test_rejected(attempt, error, words):
    with pytest.raises(error, match=re.escape(words)) as caught:
        attempt()
    message = str(caught.value)
    assert re.fullmatch(r".+: expected .+, got .+\.( Hint: .+)?", message, re.DOTALL), message


def test_an_optimizer_is_not_shared_between_networks():
    adam = nb.Adam(0.1)
    adam.step(np.ones(3), np.ones(3))
    with pytest.raises(
        ValueError, match="expected the weights of the steps before, got those of another network"
    ):
        adam.step(np.ones(5), np.ones(5))


@pytest.mark.parametrize("check", [np.float32, np.float64])
def test_large_but_finite_numbers_pass(check):
    """The quick look squares the numbers and overflows; the slow one behind it must still pass."""
    big = np.finfo(check).max / 10
    x = np.full((1, 3), big, check)
    assert np.isfinite(nb.ReLU().forward(x)).all()
