"""Batch normalization gives every unit mean 0 and variance 1 over the batch, then lets it choose.

In training the mean and variance are those of the batch, so that every example's output depends on
all the others, and the gradient flows through them too. At evaluation running averages stand in.
"""

from __future__ import annotations

import numpy as np

from .layer import Layer
from .types import Array
from .validation import check_number, check_size, checked_backward, checked_forward


class BatchNorm(Layer):
    """y = γ x̂ + β with x̂ = (x - mean) / √(variance + ε), unit by unit (Ioffe & Szegedy, 2015).

    β takes over what a bias before this layer would do: give that layer bias=False. A batch of a
    single example has no spread: its training output is β.

    Args:
        n: number of units; gamma (n,) starts at 1, beta (n,) at 0.
        momentum: share of the running average that is kept at each training step,
            running = momentum · running + (1 - momentum) · batch, 0 <= momentum < 1. The running
            mean starts at 0, the running variance (biased: divided by N) at 1.
        eps: ε > 0, added to the variance so that a constant unit divides by no zero.

    >>> norm = BatchNorm(1)
    >>> norm.forward(np.array([[10.0], [20.0], [30.0]]), train=True).ravel().round(4)
    array([-1.2247,  0.    ,  1.2247])
    >>> norm.state["mean"], norm.state["variance"].round(4)  # 0.1 · 20, 0.9 · 1 + 0.1 · 66.6667
    (array([2.]), array([7.5667]))
    """

    def __init__(self, n: int, *, momentum: float = 0.9, eps: float = 1e-5) -> None:
        super().__init__(check_size(n, "BatchNorm", "n"), n)
        self.momentum = check_number(momentum, "BatchNorm", "momentum", 0, 1)
        self.eps = check_number(eps, "BatchNorm", "eps", 0, open_low=True)
        self.params = {"gamma": np.ones(n), "beta": np.zeros(n)}
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        self.state = {"mean": np.zeros(n), "variance": np.ones(n)}

    @checked_forward
    def forward(self, x: Array, train: bool = False) -> Array:
        if not train:
            self.cache = None
            x_hat = (x - self.state["mean"]) / np.sqrt(self.state["variance"] + self.eps)
        else:
            mean = x.mean(axis=0)
            centered = x - mean
            # The mean square of the centered numbers: mean(x²) - mean² would lose all digits of a
            # small variance beside a large mean.
            variance = np.mean(centered * centered, axis=0)
            inv_std = 1 / np.sqrt(variance + self.eps)
            x_hat = centered * inv_std
            self.cache = x_hat, inv_std
            for name, batch in (("mean", mean), ("variance", variance)):
                running = self.state[name]
                running[:] = self.momentum * running + (1 - self.momentum) * batch
        y: Array = self.params["gamma"] * x_hat + self.params["beta"]
        return y

    @checked_backward
    def backward(self, dy: Array) -> Array:
        x_hat, inv_std = self.cache
        dgamma, dbeta = self.grads["gamma"], self.grads["beta"]
        np.sum(dy * x_hat, axis=0, out=dgamma)
        np.sum(dy, axis=0, out=dbeta)
        # Through x itself, less what moving the mean and the variance takes back:
        # dx = γ / std · (dy - mean(dy) - x̂ · mean(dy · x̂))
        n = len(dy)
        scale = self.params["gamma"] * inv_std
        dx: Array = scale * (dy - dbeta / n - x_hat * (dgamma / n))
        return dx

    def __repr__(self) -> str:
        return f"BatchNorm({self.n_in})"
