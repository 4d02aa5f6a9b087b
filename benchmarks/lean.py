"""How fast readable NumPy can be: the reference that the package's step is held against.

The same networks, loss and Adam as the package trains, written for one workload without classes,
checks or choices: parameters in one flat float32 vector, gradients written in place by the matrix
products, sums over the batch by the BLAS (a product with ones), the optimizer's updates in place
with scratch memory, batches taken by index. What the package costs beyond this is the price of its
contract: layers that can be put together in any way, checks, and a history.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .workloads import Array, Workload

BLOCK = 32_768
F32 = np.float32


def make(workload: Workload) -> Callable[[int], float]:
    return Lean(workload).run


class Lean:
    def __init__(self, workload: Workload) -> None:
        self.work, self.orders, self.t = workload, workload.orders(), 0
        self.x, self.y = workload.data()
        self.rng = np.random.default_rng(3)
        self.last = len(workload.widths) - 2
        shapes: list[tuple[str, tuple[int, ...]]] = []
        for i, (n_in, n_out, last) in enumerate(workload.layers()):
            shapes.append((f"W{i}", (n_in, n_out)))
            normalized = workload.batch_norm and not last
            shapes += [(f"gamma{i}", (n_out,))] * normalized + [(f"b{i}", (n_out,))]
        size = sum(math.prod(shape) for _, shape in shapes)
        self.w, self.g, self.m, self.v = (np.zeros(size, F32) for _ in range(4))
        self.p: dict[str, Array] = {}
        self.d: dict[str, Array] = {}
        end = 0
        for name, shape in shapes:
            start, end = end, end + math.prod(shape)
            self.p[name] = self.w[start:end].reshape(shape)
            self.d[name] = self.g[start:end].reshape(shape)
        for i, W in enumerate(workload.weights()):
            self.p[f"W{i}"][:] = W
            if f"gamma{i}" in self.p:
                self.p[f"gamma{i}"][:] = 1
        self.running = {name: p * 0 for name, p in self.p.items() if name.startswith("gamma")}
        self.scratch = np.empty((2, min(size, BLOCK)), F32)

    def run(self, steps: int) -> float:
        loss = 0.0
        for _ in range(steps):
            rows = next(self.orders)
            loss = self.step(self.x.take(rows, axis=0), self.y.take(rows))
        return loss

    def step(self, x: Array, y: Array) -> float:
        p, d, work, n = self.p, self.d, self.work, len(x)
        ones = np.ones(n, F32)
        inputs, outputs, hats, stds, masks = [x], [], {}, {}, {}
        h = x
        for i in range(self.last + 1):
            h = h @ p[f"W{i}"]
            if f"gamma{i}" in p:
                mean = ones @ h / F32(n)
                h -= mean
                variance = np.einsum("ij,ij->j", h, h) / F32(n)
                stds[i] = 1 / np.sqrt(variance + F32(1e-5))
                h *= stds[i]
                hats[i] = h
                h = h * p[f"gamma{i}"]
                self.running[f"gamma{i}"] *= F32(0.9)
                self.running[f"gamma{i}"] += F32(0.1) * variance
            h += p[f"b{i}"]
            if i == self.last:
                break
            if work.activation == "relu":
                np.maximum(h, 0, out=h)
            else:
                np.negative(h, out=h)
                np.exp(h, out=h)
                h += 1
                np.reciprocal(h, out=h)
            outputs.append(h)
            if work.dropout:
                masks[i] = self.rng.random(h.shape, dtype=F32) >= work.dropout
                h = h * masks[i]
                h *= F32(1 / (1 - work.dropout))
            inputs.append(h)
        h -= h.max(axis=1, keepdims=True)
        score = h[np.arange(n), y]
        np.exp(h, out=h)
        total = h.sum(axis=1)
        loss = float((np.log(total) - score).mean())
        h /= total[:, None]
        h[np.arange(n), y] -= 1
        h /= n
        for i in range(self.last, -1, -1):
            if i < self.last:
                if work.dropout:
                    h *= masks[i]
                    h *= F32(1 / (1 - work.dropout))
                a = outputs[i]
                h *= a > 0 if work.activation == "relu" else a * (1 - a)
            np.matmul(ones, h, out=d[f"b{i}"])
            if i in hats:
                dgamma = np.einsum("ij,ij->j", h, hats[i], out=d[f"gamma{i}"])
                h -= d[f"b{i}"] / n
                h -= hats[i] * (dgamma / n)
                h *= p[f"gamma{i}"] * stds[i]
            np.matmul(inputs[i].T, h, out=d[f"W{i}"])
            if work.l2:
                loss += 0.5 * work.l2 * float(np.vdot(p[f"W{i}"], p[f"W{i}"]))
            if i:
                h = h @ p[f"W{i}"].T
        if work.l2:
            for i in range(self.last + 1):
                d[f"W{i}"] += F32(work.l2) * p[f"W{i}"]
        self.adam()
        return loss

    def adam(self) -> None:
        self.t += 1
        lr = F32(self.work.lr / (1 - 0.9**self.t))
        root = F32(1 / math.sqrt(1 - 0.999**self.t))
        for start in range(0, self.w.size, BLOCK):
            block = slice(start, start + BLOCK)
            w, g, m, v = self.w[block], self.g[block], self.m[block], self.v[block]
            a, b = self.scratch[:, : w.size]
            m *= F32(0.9)
            np.multiply(g, F32(0.1), out=a)
            m += a
            v *= F32(0.999)
            np.multiply(g, g, out=a)
            a *= F32(0.001)
            v += a
            np.sqrt(v, out=a)
            a *= root
            a += F32(1e-8)
            np.multiply(m, lr, out=b)
            b /= a
            w -= b
