"""Inputs on one footing: centered, of equal spread, and, by whitening, without correlation.

What is subtracted and divided by is learned from the training set alone, by `fit`; validation and
test sets only go through `transform`, or they would tell the network about themselves.
"""

from __future__ import annotations

from typing import Self

import numpy as np

from .._checks import Array, check_batch, check_number, check_size, describe, fail


class Standardizer:
    """(x - mean) / std, feature by feature: mean 0 and standard deviation 1 (LeCun et al., 1998).

    A feature that never varies in the training set, such as a corner pixel, has no spread to divide
    by: it is divided by 1, so that it becomes 0 there.

    Attributes:
        mean, std: (features,), in float64; std is 1 for constant features.

    >>> x = np.array([[1.0, 5.0], [3.0, 5.0]])
    >>> scaler = Standardizer().fit(x)
    >>> scaler.transform(x)
    array([[-1.,  0.],
           [ 1.,  0.]])
    >>> scaler.inverse(scaler.transform(x)).tolist()
    [[1.0, 5.0], [3.0, 5.0]]
    """

    def __init__(self) -> None:
        self.mean: Array | None = None
        self.std: Array | None = None

    def fit(self, x: Array) -> Self:
        """Learn mean and spread from the training set x (N, features)."""
        check_batch(x, None, "Standardizer.fit")
        self.mean = x.mean(axis=0, dtype=np.float64)
        std = x.std(axis=0, dtype=np.float64)
        # Rounding may give a constant feature a spread of 1e-17; only equal ends are sure.
        self.std = np.where(x.max(axis=0) == x.min(axis=0), 1.0, std)
        return self

    def transform(self, x: Array) -> Array:
        """x (N, features), as the training set taught; the dtype is kept."""
        mean, std = _fitted(self, self.mean, self.std)
        check_batch(x, len(mean), "Standardizer.transform")
        z: Array = (x - mean.astype(x.dtype)) / std.astype(x.dtype)
        return z

    def inverse(self, z: Array) -> Array:
        """The way back: z · std + mean."""
        mean, std = _fitted(self, self.mean, self.std)
        check_batch(z, len(mean), "Standardizer.inverse", "z")
        x: Array = z * std.astype(z.dtype) + mean.astype(z.dtype)
        return x


class Whitener:
    """Turns features so that none correlates with another, and scales each to variance 1.

    The covariance XᵀX / N of the centered training set is U diag(s) Uᵀ, by SVD. PCA whitening is
    (x - mean) U / √(s + eps): the columns are principal components, largest variance first. ZCA
    turns the result back, · Uᵀ: of all whitenings it stays nearest to x, so that images still look
    like images (Bell & Sejnowski, 1997).

    Args:
        n_components: how many principal components to keep; None: all.
        zca: whether to turn back to the original axes.
        eps: is added to each variance. Directions that hold next to nothing but noise are not blown
            up; with 0 a direction without any variance is rejected.

    Attributes:
        mean (features,), components (n_components, features), variance (n_components,).
        explained: the share of the total variance in each component kept.

    >>> x = np.array([[10.0, 20.0], [32.0, 52.0]])
    >>> white = Whitener(n_components=1, eps=0).fit(x)
    >>> np.abs(white.transform(x)).round(6), white.explained.round(6)
    (array([[1.],
           [1.]]), array([1.]))
    >>> white.inverse(white.transform(x)).round(6).tolist()
    [[10.0, 20.0], [32.0, 52.0]]
    """

    def __init__(
        self, n_components: int | None = None, *, zca: bool = False, eps: float = 1e-5
    ) -> None:
        if n_components is not None:
            check_size(n_components, "Whitener", "n_components")
        self.n_components, self.zca = n_components, zca
        self.eps = check_number(eps, "Whitener", "eps", 0)
        self.mean: Array | None = None
        self.components: Array | None = None
        self.variance: Array
        self.explained: Array

    def fit(self, x: Array) -> Self:
        """Learn the directions and their variances from the training set x (N, features)."""
        check_batch(x, None, "Whitener.fit")
        n, features = x.shape
        k = self.n_components or features
        if k > features:
            hint = f"n_components={features} or less"
            fail("Whitener.fit", f"at least {k} features", describe(x), hint)
        mean = x.mean(axis=0, dtype=np.float64)
        centered = x - mean
        u, s, _ = np.linalg.svd(centered.T @ centered / n)
        if self.eps == 0 and s[k - 1] <= s[0] * features * np.finfo(x.dtype).eps:
            rank = int((s > s[0] * features * np.finfo(x.dtype).eps).sum())
            hint = "eps=1e-5, or fewer components"
            fail("Whitener.fit with eps=0", f"{k} directions that vary", f"{rank}", hint)
        # A sign for each direction that does not depend on the library: the largest entry is > 0.
        u = u * np.sign(u[np.abs(u).argmax(axis=0), np.arange(features)])
        self.mean, self.components, self.variance = mean, u[:, :k].T, s[:k]
        self.explained = s[:k] / s.sum() if s.sum() else np.zeros(k)
        return self

    def transform(self, x: Array) -> Array:
        """x (N, features) whitened: (N, n_components), or (N, features) with zca; dtype kept."""
        mean, components = _fitted(self, self.mean, self.components)
        check_batch(x, len(mean), "Whitener.transform")
        matrix = components.T / np.sqrt(self.variance + self.eps)
        if self.zca:
            matrix = matrix @ components
        z: Array = (x - mean.astype(x.dtype)) @ matrix.astype(x.dtype)
        return z

    def inverse(self, z: Array) -> Array:
        """The way back to (N, features); what lay outside of the components kept is lost."""
        mean, components = _fitted(self, self.mean, self.components)
        check_batch(z, len(mean) if self.zca else len(components), "Whitener.inverse", "z")
        matrix = np.sqrt(self.variance + self.eps)[:, None] * components
        if self.zca:
            matrix = components.T @ matrix
        x: Array = z @ matrix.astype(z.dtype) + mean.astype(z.dtype)
        return x


def _fitted(owner: object, a: Array | None, b: Array | None) -> tuple[Array, Array]:
    if a is None or b is None:
        name = type(owner).__name__
        fail(name, "fit before transform", "no fit yet", f"{name}().fit(x_train)", RuntimeError)
    return a, b
