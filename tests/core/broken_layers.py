"""The mistakes that are easily made, one piece a mistake: each does its work but for one line.

`test_broken_layers.py` names for each the right piece and the promise that tells them apart.
"""

import numpy as np

import nbhelpers as nb


def rng():
    return np.random.default_rng(3)


class ReLUInPlace(nb.ReLU):
    def forward(self, x, train=False):
        x[x < 0] = 0  # the caller's array
        self.cache = (x, x) if train else None
        return x


class ReLUWithoutMask(nb.ReLU):
    def backward(self, dy):
        return dy * 1.0


class LeakyReLUSlopeBackward(nb.LeakyReLU):
    def backward(self, dy):
        return dy * np.where(self.cache[0] > 0, 1, 1 - self.slope)


class SigmoidSlopeOfInput(nb.Sigmoid):
    def backward(self, dy):
        x, _ = self.cache
        return dy * x * (1 - x)  # y (1 - y) was meant


class PReLUSlopeFromAbove(nb.PReLU):
    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["slope"][:] = (dy * np.maximum(self.cache, 0)).sum()
        return dx


class DenseAdds(nb.Dense):
    def backward(self, dy):
        self.grads["W"] += self.cache.T @ dy
        self.grads["b"] += dy.sum(axis=0)
        return dy @ self.params["W"].T


class DenseBiasMean(nb.Dense):
    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["b"][:] = dy.mean(axis=0)
        return dx


class DenseRemembersAlways(nb.Dense):
    def forward(self, x, train=False):
        return super().forward(x, train=True)


class MaxoutToAll(nb.Maxout):
    def backward(self, dy, need_dx=True):
        x, _ = self.cache
        dz = np.hstack([dy] * self.pieces)  # to the winner alone was meant
        self.grads["W"][:] = x.T @ dz
        self.grads["b"][:] = dz.sum(axis=0)
        return dz @ self.params["W"].T


class DropoutKeepsTheRate(nb.Dropout):
    def forward(self, x, train=False):
        self.cache = (self.rng.random(x.shape) < self.rate) / self.rate if train else None
        return x * self.cache if train else x


class DropoutNormalMask(nb.Dropout):
    def forward(self, x, train=False):
        kept = self.rng.normal(size=x.shape) < 1 - self.rate  # random() was meant
        self.cache = kept / (1 - self.rate) if train else None
        return x * self.cache if train else x


class DropoutWithoutScale(nb.Dropout):
    def forward(self, x, train=False):
        self.cache = (self.rng.random(x.shape) >= self.rate) * 1.0 if train else None
        return x * self.cache if train else x


class DropoutMaskForward(nb.Dropout):
    def backward(self, dy):
        return dy * 1.0


class DropoutAlways(nb.Dropout):
    def forward(self, x, train=False):
        return super().forward(x, train=True)


class DropoutFloat64(nb.Dropout):
    def forward(self, x, train=False):
        if not train:
            return x
        self.cache = (self.rng.random(x.shape) >= self.rate) / (1 - self.rate)
        return x * self.cache


class DropoutGlobal(nb.Dropout):
    def forward(self, x, train=False):
        self.cache = (np.random.rand(*x.shape) >= self.rate) / (1 - self.rate)  # noqa: NPY002
        return x * self.cache


class BatchNormWithoutEps(nb.BatchNorm):
    def forward(self, x, train=False):
        if train:
            return super().forward(x, train)
        x_hat = (x - self.state["mean"]) / np.sqrt(self.state["variance"])
        return self.params["gamma"] * x_hat + self.params["beta"]


class BatchNormOnePass(nb.BatchNorm):
    def forward(self, x, train=False):
        variance = np.mean(x * x, axis=0) - x.mean(axis=0) ** 2
        return (x - x.mean(axis=0)) / np.sqrt(variance + self.eps)


class BatchNormThroughXAlone(nb.BatchNorm):
    def backward(self, dy):
        super().backward(dy)
        _, inv_std = self.cache
        return self.params["gamma"] * inv_std * dy  # mean and variance move too


class BatchNormZeroGradient(nb.BatchNorm):
    """With dy = 1 the gradient for x is zero, and so a check with dy = 1 accepts this one."""

    def backward(self, dy):
        super().backward(dy)
        return np.zeros_like(dy)


class BatchNormMomentumTurned(nb.BatchNorm):
    def forward(self, x, train=False):
        self.momentum = 1 - self.momentum
        y = super().forward(x, train)
        self.momentum = 1 - self.momentum
        return y


class BatchNormUnbiased(nb.BatchNorm):
    def forward(self, x, train=False):
        y = super().forward(x, train)
        if train:
            self.state["variance"] += 0.1 * (x.var(axis=0, ddof=1) - x.var(axis=0))
        return y


class PenalizesBiases(nb.Sequential):
    def weights(self):
        for layer in self.layers:
            yield from ((layer.params[name], layer.grads[name]) for name in layer.params)


class L2WithoutHalf(nb.L2):
    def value(self, w):
        return self.strength * float(np.vdot(w, w))


class AdamUncorrected(nb.Adam):
    def update(self, w, g, m, v, *, lr):
        m[:] = self.beta1 * m + (1 - self.beta1) * g
        v[:] = self.beta2 * v + (1 - self.beta2) * g * g
        w -= lr * m / (np.sqrt(v) + self.eps)


class AdamCountsBlocks(nb.Adam):
    def update(self, w, g, m, v, *, lr):
        self.t += 1
        super().update(w, g, m, v, lr=lr)


class MomentumMixed(nb.Momentum):
    def update(self, w, g, v, *, lr):
        v[:] = self.momentum * v - lr * g
        w += lr * v  # the lr of the other convention, a second time


def softmax_unshifted(scores, y):
    e = np.exp(scores)
    p = e / e.sum(axis=1, keepdims=True)
    onehot = np.eye(scores.shape[1])[y]
    return float(-np.log(p[np.arange(len(y)), y]).mean()), (p - onehot) / len(y)


def log_of_softmax(scores, y):
    p = nb.softmax(scores)
    onehot = np.eye(scores.shape[1])[y]
    return float(-np.log(p[np.arange(len(y)), y]).mean()), (p - onehot) / len(y)


def softmax_summed(scores, y):
    loss, dscores = nb.softmax_cross_entropy(scores, y)
    return loss, dscores * len(y)


def logistic_naive(scores, y):
    p = 1 / (1 + np.exp(-scores[:, 0]))
    return float(-np.where(y, np.log(p), np.log(1 - p)).mean()), (p - y)[:, None] / len(y)


def logistic_stretched(scores, y):
    p = 1 / (1 + np.exp(-scores))
    losses = -(y * np.log(p) + (1 - y) * np.log(1 - p))  # (N,) against (N, 1): N x N
    return float(losses.mean()), (p - y) / len(y)


def batches_with_replacement(x, y, size, *, rng):
    for start in range(0, len(x), size):
        rows = rng.integers(len(x), size=min(size, len(x) - start))
        yield x[rows], y[rows]


class KeepsReferences(nb.Solver):
    def snapshot(self):
        return self.net.arrays()


def before_batchnorm(bias):
    layers = nb.Dense(4, 3, rng=rng(), bias=bias), nb.BatchNorm(3), nb.Dense(3, 2, rng=rng())
    return nb.Sequential(*layers, dtype=np.float64)
