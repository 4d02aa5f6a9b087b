"""Batch normalization gives every unit mean 0 and variance 1 over the batch, then lets it choose.

The running averages are variables too, but no gradient reaches them: `updates` holds the
assignments that run beside each training step, on the mean and variance which that step used.
"""

from __future__ import annotations

import numpy as np

from ..validation import check_number, check_size
from .layer import Layer
from .tensorflow import Tensor, tf


class BatchNorm(Layer):
    """y = γ x̂ + β with x̂ = (x - mean) / √(variance + ε), unit by unit; for use in a `Sequential`.

    >>> from nbhelpers.tf1 import Sequential
    >>> tf.reset_default_graph()
    >>> net = Sequential(BatchNorm(1), dtype=np.float64)
    >>> y = net.forward(tf.constant([[10.0], [20.0], [30.0]], tf.float64), train=True)
    >>> session = tf.Session(); session.run(tf.global_variables_initializer())
    >>> session.run([y, *net.layers[0].updates])[0].ravel().round(4)
    array([-1.2247,  0.    ,  1.2247])
    >>> session.run(net.layers[0].state["mean"])
    array([2.])
    """

    def __init__(self, n: int, *, momentum: float = 0.9, eps: float = 1e-5) -> None:
        super().__init__(check_size(n, "BatchNorm", "n"), n)
        self.momentum = check_number(momentum, "BatchNorm", "momentum", 0, 1)
        self.eps = check_number(eps, "BatchNorm", "eps", 0, open_low=True)
        self.params = {"gamma": np.ones(n), "beta": np.zeros(n)}
        self.state = {"mean": np.zeros(n), "variance": np.ones(n)}

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        gamma, beta = self.params["gamma"], self.params["beta"]
        mean, variance = self.state["mean"], self.state["variance"]
        if train:
            mean, variance = tf.nn.moments(x, axes=[0])
            self.updates = [
                running.assign(self.momentum * running + (1 - self.momentum) * batch)
                for running, batch in zip(self.state.values(), (mean, variance), strict=True)
            ]
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, self.eps)

    def __repr__(self) -> str:
        return f"BatchNorm({self.n_in})"
