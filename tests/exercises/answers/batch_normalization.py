"""Other right answers, and wrong ones with a word of the hint they need."""

from __future__ import annotations

import numpy as np

import nbhelpers
from nbhelpers.exercises import batch_normalization


def _standardize_loops(x_train, x_test):
    results = np.array(x_train), np.array(x_test)
    for j in range(x_train.shape[1]):
        column = [float(value) for value in x_train[:, j]]
        mean = sum(column) / len(column)
        std = (sum((value - mean) ** 2 for value in column) / len(column)) ** 0.5
        for result in results:
            result[:, j] = (result[:, j] - mean) / (std or 1)
    return results


def _standardize_package(x_train, x_test):
    scaler = nbhelpers.Standardizer().fit(x_train)
    return [scaler.transform(x_train), scaler.transform(x_test)]


def _standardize_float32(x_train, x_test):
    a, b = x_train.astype(np.float32), x_test.astype(np.float32)
    mean = a.mean(0)
    std = np.sqrt(np.mean((a - mean) ** 2, 0))
    std[std == 0] = 1
    return (a - mean) / std, (b - mean) / std


def _forward_loops(x, gamma, beta, eps):
    y = np.empty_like(x)
    for j in range(x.shape[1]):
        mean = sum(x[:, j]) / len(x)
        variance = sum((value - mean) ** 2 for value in x[:, j]) / len(x)
        y[:, j] = [gamma[j] * (v - mean) / (variance + eps) ** 0.5 + beta[j] for v in x[:, j]]
    return y


def _forward_package(x, gamma, beta, eps):
    norm = nbhelpers.BatchNorm(x.shape[1], eps=eps)
    norm.params["gamma"], norm.params["beta"] = gamma, beta
    return norm.forward(x, train=True)


def _forward_float32(x, gamma, beta, eps):
    x = x.astype(np.float32)
    centered = x - np.average(x, axis=0)
    scale = gamma.astype(np.float32) / np.sqrt(np.mean(centered**2, axis=0) + np.float32(eps))
    return centered * scale + beta.astype(np.float32)


def _backward_steps(dy, x_hat, inv_std, gamma):
    n, dx_hat, centered = len(dy), dy * gamma, x_hat / inv_std
    dvariance = -0.5 * (dx_hat * centered).sum(0) * inv_std**3
    dcentered = dx_hat * inv_std + 2 / n * centered * dvariance
    return dcentered - dcentered.mean(0), (dy * x_hat).sum(0), dy.sum(0)


def _backward_jacobian(dy, x_hat, inv_std, gamma):
    n, columns = len(dy), []
    for j in range(dy.shape[1]):
        jacobian = np.eye(n) - 1 / n - np.outer(x_hat[:, j], x_hat[:, j]) / n
        columns.append(gamma[j] * inv_std[j] * jacobian @ dy[:, j])
    return np.column_stack(columns), np.einsum("ni,ni->i", dy, x_hat), np.ones(n) @ dy


def _backward_times_n(dy, x_hat, inv_std, gamma):
    dy, x_hat, inv_std, gamma = (a.astype(np.float32) for a in (dy, x_hat, inv_std, gamma))
    n, dgamma, dbeta = dy.shape[0], np.sum(dy * x_hat, 0), np.sum(dy, 0)
    return gamma * inv_std / np.float32(n) * (n * dy - dbeta - x_hat * dgamma), dgamma, dbeta


def _running_loops(mean, variance, x, momentum):
    new = [], []
    for j, column in enumerate(x.T):
        m = sum(column) / len(column)
        v = sum((value - m) ** 2 for value in column) / len(column)
        new[0].append(momentum * mean[j] + (1 - momentum) * m)
        new[1].append(momentum * variance[j] + (1 - momentum) * v)
    return new


def _running_package(mean, variance, x, momentum):
    norm = nbhelpers.BatchNorm(len(mean), momentum=momentum)
    norm.state["mean"][:], norm.state["variance"][:] = mean, variance
    norm.forward(x, train=True)
    return norm.state["mean"], norm.state["variance"]


def _running_toward(mean, variance, x, momentum):
    rate = 1 - momentum
    return mean + rate * (np.mean(x, 0) - mean), variance + rate * (np.var(x, 0) - variance)


def _fold_loops(w, gamma, beta, mean, variance, eps):
    scale = [g / (v + eps) ** 0.5 for g, v in zip(gamma, variance, strict=True)]
    weights = [[value * s for value, s in zip(row, scale, strict=True)] for row in w]
    return weights, [b - m * s for b, m, s in zip(beta, mean, scale, strict=True)]


def _fold_matrix(w, gamma, beta, mean, variance, eps):
    scale = np.diag(gamma * (variance + eps) ** -0.5)
    return w @ scale, beta - mean @ scale


def _fold_by_asking(w, gamma, beta, mean, variance, eps):
    def both(x):
        return gamma * (x @ w - mean) / np.sqrt(variance + eps) + beta

    bias = both(np.zeros(len(w)))
    return both(np.eye(len(w))) - bias, bias


def _scaled(x, of, axis=0, power=1, ddof=0):
    spread = of.std(axis=axis, ddof=ddof, keepdims=True)
    return (x - of.mean(axis=axis, keepdims=True)) / np.where(spread == 0, 1, spread) ** power


def _normalized(x, variance, eps, outside=0.0):
    return (x - x.mean(0)) / (np.sqrt(variance + eps) + outside)


def _parts(dy, x_hat, inv_std, gamma):
    return gamma * inv_std, dy - dy.mean(0), x_hat * (dy * x_hat).mean(0)


def _with_dx(dx):
    def answer(dy, x_hat, inv_std, gamma):
        return dx(dy, x_hat, inv_std, gamma), np.sum(dy * x_hat, axis=0), np.sum(dy, axis=0)

    return answer


RIGHT = {
    batch_normalization.standardize: [
        _standardize_loops,
        _standardize_package,
        _standardize_float32,
    ],
    batch_normalization.batchnorm_forward: [_forward_loops, _forward_package, _forward_float32],
    batch_normalization.batchnorm_backward: [
        _backward_steps,
        _backward_jacobian,
        _backward_times_n,
    ],
    batch_normalization.update_running: [_running_loops, _running_package, _running_toward],
    batch_normalization.fold: [_fold_loops, _fold_matrix, _fold_by_asking],
}

WRONG = {
    batch_normalization.standardize: [
        (lambda a, b: (_scaled(a, a), _scaled(b, b)), "own statistics"),
        (lambda a, b: ((a - a.mean(0)) / a.std(0), (b - a.mean(0)) / a.std(0)), "constant"),
        (lambda a, b: ((a - a.mean(0)) / a.std(0), (b - b.mean(0)) / b.std(0)), "own statistics"),
        (lambda a, b: (_scaled(a, np.r_[a, b]), _scaled(b, np.r_[a, b])), "leak"),
        (lambda a, b: (_scaled(a, b), _scaled(b, b)), "from the test set"),
        (lambda a, b: (_scaled(a, a, axis=1), _scaled(b, b, axis=1)), "axis"),
        (lambda a, b: (_scaled(a, a, power=2), _scaled(b, a, power=2)), "variance"),
        (lambda a, b: (a - a.mean(0), b - a.mean(0)), "not scaled"),
        (lambda a, b: (_scaled(a, a), b), "as it was"),
        (lambda a, b: (_scaled(a, a, ddof=1), _scaled(b, a, ddof=1)), "N - 1"),
        (lambda a, b: _scaled(a, a), "2 things"),
    ],
    batch_normalization.batchnorm_forward: [
        (lambda x, g, b, eps: g * ((x.T - x.mean(1)) / np.sqrt(x.var(1) + eps)).T + b, "axis"),
        (lambda x, g, b, eps: g * _normalized(x, (x * x).mean(0), eps) + b, "distance from zero"),
        (lambda x, g, b, eps: g * _normalized(x, x.var(0), 0, outside=eps) + b, "outside"),
        (lambda x, g, b, eps: g * _normalized(x, x.var(0), 0) + b, "missing"),
        (lambda x, g, b, eps: g * _normalized(x, x.var(0, ddof=1), eps) + b, "unbiased"),
        (lambda x, g, b, eps: g * (x - x.mean(0)) / (x.var(0) + eps) + b, "root"),
        (lambda x, g, b, eps: _normalized(x, x.var(0), eps), "x_hat"),
        (lambda x, g, b, eps: g * x / np.sqrt(x.var(0) + eps) + b, "not subtracted"),
        (lambda x, g, b, eps: g * (x - x.mean()) / np.sqrt(x.var() + eps) + b, "its own"),
        (lambda x, g, b, eps: g * (_normalized(x, x.var(0), eps) + b), "before"),
    ],
    batch_normalization.batchnorm_backward: [
        (_with_dx(lambda dy, h, r, g: dy * g * r), "two terms"),
        (_with_dx(lambda *a: _parts(*a)[0] * _parts(*a)[1]), "variance"),
        (_with_dx(lambda dy, h, r, g: g * r * (dy - h * (dy * h).mean(0))), "through the mean"),
        (_with_dx(lambda dy, h, r, g: g * r * (dy - dy.sum(0) - h * (dy * h).sum(0))), "1 / N"),
        (_with_dx(lambda *a: a[2] * (_parts(*a)[1] - _parts(*a)[2])), "γ is missing"),
        (_with_dx(lambda *a: a[3] * (_parts(*a)[1] - _parts(*a)[2])), "inv_std is missing"),
        (lambda *a: (_backward_steps(*a)[0], (a[0] * a[1]).mean(0), a[0].mean(0)), "fork"),
        (lambda *a: (_backward_steps(*a)[0], a[0].sum(0), (a[0] * a[1]).sum(0)), "places"),
        (lambda *a: _backward_steps(*a)[0], "3 things"),
    ],
    batch_normalization.update_running: [
        (lambda m, v, x, k: (k * x.mean(0) + (1 - k) * m, k * x.var(0) + (1 - k) * v), "swapped"),
        (lambda m, v, x, k: (k * m + (1 - k) * x.mean(0), k * v + (1 - k) * x.var(0, ddof=1)),
         "unbiased"),
        (lambda m, v, x, k: (k * m + (1 - k) * x.mean(0), k * v + (1 - k) * x.std(0)), "deviation"),
        (lambda m, v, x, k: (k * m + (1 - k) * x.mean(0), k * v + (1 - k) * (x**2).mean(0)),
         "mean of x²"),
        (lambda m, v, x, k: (k * m + (1 - k) * x.mean(1), k * v + (1 - k) * x.var(1)), "axis"),
        (lambda m, v, x, k: (k * m + x.mean(0), k * v + x.var(0)), "sum to 1"),
        (lambda m, v, x, k: (np.mean(x, 0), np.var(x, 0)), "own statistics"),
        (lambda m, v, x, k: k * m + (1 - k) * x.mean(0), "2 things"),
    ],
    batch_normalization.fold: [
        (lambda w, g, b, m, v, e: (w * g / np.sqrt(v + e), b - m), "same factor"),
        (lambda w, g, b, m, v, e: (w * g / np.sqrt(v + e), b), "missing from the bias"),
        (lambda w, g, b, m, v, e: (w * g / np.sqrt(v + e), b + m * g / np.sqrt(v + e)),
         "subtracted"),
        (lambda w, g, b, m, v, e: (w / np.sqrt(v + e), b - m / np.sqrt(v + e)), "γ"),
        (lambda w, g, b, m, v, e: (w * g / (v + e), b - m * g / (v + e)), "root"),
        (lambda w, g, b, m, v, e: (w * (g / np.sqrt(v + e))[:, None], b - m * g / np.sqrt(v + e)),
         "rows"),
        (lambda w, g, b, m, v, e: (w * g / (np.sqrt(v) + e), b - m * g / (np.sqrt(v) + e)),
         "outside"),
        (lambda w, g, b, m, v, e: w * g / np.sqrt(v + e), "2 things"),
    ],
}  # fmt: skip
