"""What one writes first: float64, dictionaries of arrays, each formula on whole arrays.

Nothing in it is wrong, and much of it is how textbooks print it; it is what the tricks are
measured against.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .workloads import Workload


def make(workload: Workload) -> Callable[[int], float]:
    return Naive(workload).run


class Naive:
    def __init__(self, workload: Workload) -> None:
        x, y = workload.data()
        self.workload, self.n_layers, self.t = workload, len(workload.widths) - 1, 0
        self.x = x.astype(np.float64)
        self.y = np.eye(workload.widths[-1])[y]
        self.params = {f"W{i}": w for i, w in enumerate(workload.weights())}
        for i, w in enumerate(workload.weights()):
            self.params[f"b{i}"] = np.zeros(w.shape[1])
            if workload.batch_norm and i < self.n_layers - 1:
                self.params[f"gamma{i}"] = np.ones(w.shape[1])
        self.m = {name: np.zeros_like(p) for name, p in self.params.items()}
        self.v = {name: np.zeros_like(p) for name, p in self.params.items()}
        self.rng = np.random.default_rng(3)
        self.orders = workload.orders()

    def run(self, steps: int) -> float:
        loss = 0.0
        for rows in (next(self.orders) for _ in range(steps)):
            loss = self.step(self.x[rows], self.y[rows])
        return loss

    def step(self, x: np.ndarray, y: np.ndarray) -> float:
        p, work, cache, grads = self.params, self.workload, {}, {}
        h = x
        for i in range(self.n_layers):
            cache[f"x{i}"] = h
            h = np.dot(h, p[f"W{i}"])
            if f"gamma{i}" in p:
                cache[f"std{i}"] = np.sqrt(h.var(axis=0) + 1e-5)
                cache[f"hat{i}"] = (h - h.mean(axis=0)) / cache[f"std{i}"]
                h = p[f"gamma{i}"] * cache[f"hat{i}"]
            h = h + p[f"b{i}"]
            if i == self.n_layers - 1:
                break
            h = np.where(h > 0, h, 0) if work.activation == "relu" else 1 / (1 + np.exp(-h))
            cache[f"y{i}"] = h
            if work.dropout:
                kept = self.rng.random(h.shape) >= work.dropout
                cache[f"mask{i}"] = kept / (1 - work.dropout)
                h = h * cache[f"mask{i}"]
        e = np.exp(h - h.max(axis=1, keepdims=True))
        prob = e / e.sum(axis=1, keepdims=True)
        loss = -np.sum(y * np.log(prob + 1e-300)) / len(x)
        d = (prob - y) / len(x)
        for i in reversed(range(self.n_layers)):
            if i < self.n_layers - 1:
                d = d * cache[f"mask{i}"] if work.dropout else d
                a = cache[f"y{i}"]
                d = d * np.where(a > 0, 1, 0) if work.activation == "relu" else d * a * (1 - a)
            grads[f"b{i}"] = np.sum(d, axis=0)
            if f"gamma{i}" in p:
                hat = cache[f"hat{i}"]
                grads[f"gamma{i}"] = np.sum(d * hat, axis=0)
                d = p[f"gamma{i}"] * d
                d = (d - d.mean(axis=0) - hat * np.mean(d * hat, axis=0)) / cache[f"std{i}"]
            grads[f"W{i}"] = np.dot(cache[f"x{i}"].T, d) + work.l2 * p[f"W{i}"]
            loss += 0.5 * work.l2 * np.sum(p[f"W{i}"] ** 2)
            d = np.dot(d, p[f"W{i}"].T)
        self.adam(grads)
        return float(loss)

    def adam(self, grads: dict[str, np.ndarray]) -> None:
        self.t += 1
        for name, g in grads.items():
            self.m[name] = 0.9 * self.m[name] + 0.1 * g
            self.v[name] = 0.999 * self.v[name] + 0.001 * g**2
            m_hat = self.m[name] / (1 - 0.9**self.t)
            v_hat = self.v[name] / (1 - 0.999**self.t)
            self.params[name] = self.params[name] - self.workload.lr * m_hat / (
                np.sqrt(v_hat) + 1e-8
            )
