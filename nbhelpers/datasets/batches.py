"""A data set is two pairs of arrays and a sentence that says where they come from.

Here it is held, split into training and validation examples, and cut into batches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_number, check_rng, check_size, describe, fail

Array = npt.NDArray[Any]
Pair = tuple[Array, Array]
"""Examples x (N, …) and what belongs to them, y (N, …), row by row."""


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Training and test examples that say which data they are; unpacks as `train, test`.

    Attributes:
        train, test: a pair (x, y) each: x float32 (N, features) in [0, 1], y int64 (N,).
        source: which data this is and how many examples, in words, to print beside every result.
        official: True when the training set is the whole official one, checked by its checksums.
        classes: the name of each class; y is an index into it.
        image_shape: `x[i].reshape(image_shape)` is a picture that `imshow` takes.

    >>> from nbhelpers.datasets import load_mnist_sample
    >>> data = load_mnist_sample()
    >>> (x, y), (x_test, y_test) = data
    >>> x.shape, y_test.shape
    ((4000, 784), (1000,))
    >>> print(data)
    a sample of MNIST (5,000 of its training digits), 4,000 training and 1,000 test images
    """

    train: Pair
    test: Pair
    source: str
    official: bool
    classes: tuple[str, ...]
    image_shape: tuple[int, ...]

    def __iter__(self) -> Iterator[Pair]:
        return iter((self.train, self.test))

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"<Dataset: {self.source}>"


def batches(x: Array, y: Array, size: int, *, rng: np.random.Generator) -> Iterator[Pair]:
    """One epoch: every example exactly once, in a fresh random order, `size` at a time.

    The last batch is shorter when `size` does not divide N. Rows are picked by index, batch by
    batch, which costs far less than putting the whole data set into the new order.

    Args:
        x, y: N rows each.
        size: examples a batch, at least 1; more than N gives one batch of N.
        rng: draws one permutation, at the call.

    Returns:
        An iterator over pairs: `size` rows of x, and the same rows of y.

    Raises:
        ValueError, TypeError: x and y of different lengths, no rows, a bad size or rng.

    >>> x, y = np.arange(10.0)[:, None], np.arange(10)
    >>> [len(yb) for xb, yb in batches(x, y, 4, rng=np.random.default_rng(1))]
    [4, 4, 2]
    """
    n = _check_pair(x, y, "batches")
    size = check_size(size, "batches", "size")
    order = check_rng(rng, "batches").permutation(n)
    rows = (order[i : i + size] for i in range(0, n, size))
    return ((x.take(i, axis=0), y.take(i, axis=0)) for i in rows)


def train_val_split(
    x: Array, y: Array, share: float, *, rng: np.random.Generator
) -> tuple[Pair, Pair]:
    """Set a random share of the examples aside for validation.

    Args:
        x, y: N rows each; they are copied, not changed.
        share: the part that goes to validation, 0 < share < 1; share * N is rounded.
        rng: draws who goes where.

    Returns:
        The training pair (x, y), then the validation pair (x, y).

    Raises:
        ValueError, TypeError: as `batches`; a share outside (0, 1), or that leaves a side empty.

    >>> x, y = np.arange(10.0)[:, None], np.arange(10)
    >>> train, val = train_val_split(x, y, 0.2, rng=np.random.default_rng(1))
    >>> len(train[0]), len(val[0]), np.intersect1d(train[1], val[1]).size  # nobody is in both
    (8, 2, 0)
    """
    n = _check_pair(x, y, "train_val_split")
    check_number(share, "train_val_split", "share", 0, 1, open_low=True)
    n_val = round(share * n)
    if not 0 < n_val < n:
        got = f"share={share:g} of {n}, which is {n_val} for validation"
        expected = "at least one example on either side"
        fail("train_val_split", expected, got, "more examples, or a share nearer to 0.5")
    order = check_rng(rng, "train_val_split").permutation(n)
    val, train = order[:n_val], order[n_val:]
    return (x[train], y[train]), (x[val], y[val])


def _check_pair(x: Array, y: Array, where: str) -> int:
    """Return N, when x and y are arrays of the same N >= 1 rows."""
    for name, value in (("x", x), ("y", y)):
        if not isinstance(value, np.ndarray):
            fail(where, f"an array {name}", describe(value), f"np.asarray({name})", TypeError)
        if value.ndim == 0 or len(value) == 0:
            fail(where, f"{name} with at least one row", describe(value), "pass N >= 1 examples")
    if len(x) != len(y):
        got = f"{len(x)} rows of x and {len(y)} of y"
        fail(where, "as many rows in y as in x", got, "take the same rows of both")
    return len(x)
