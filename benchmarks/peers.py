"""The same step in other libraries, each as its documentation shows it, on one thread.

A library is imported in its own process only; where it is not installed, its column is left out.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from itertools import islice

import numpy as np

from .workloads import Workload

Run = Callable[[int], float]
SCAN = 20  # steps inside of one call


def torch_with(*, compiled: bool = False, **settings: bool) -> Callable[[Workload], Run]:
    """PyTorch with `settings` of its Adam; `compiled` hands the loss and Adam to its compiler."""

    def make(workload: Workload) -> Run:
        import torch
        from torch import nn

        if compiled and not shutil.which(os.environ.get("CXX", "g++")):
            raise NotImplementedError("it needs a C++ compiler")
        torch.set_num_threads(1)
        layers: list[nn.Module] = []
        for (n_in, n_out, last), w in zip(workload.layers(), workload.weights(), strict=True):
            normalized = workload.batch_norm and not last
            dense = nn.Linear(n_in, n_out, bias=not normalized)
            with torch.no_grad():
                dense.weight[:] = torch.from_numpy(w.T)
            layers += [dense, *([nn.BatchNorm1d(n_out)] if normalized else [])]
            if not last:
                layers.append(nn.ReLU() if workload.activation == "relu" else nn.Sigmoid())
                layers += [nn.Dropout(workload.dropout)] if workload.dropout else []
        net, loss_of = nn.Sequential(*layers), nn.CrossEntropyLoss()
        weights = [layer.weight for layer in layers if isinstance(layer, nn.Linear)]
        kept = {id(w) for w in weights}
        others = [p for p in net.parameters() if id(p) not in kept]
        groups = [{"params": weights, "weight_decay": workload.l2}, {"params": others}]
        optimizer = torch.optim.Adam(groups, lr=workload.lr, **settings)
        x, y = map(torch.from_numpy, workload.data())
        orders = workload.orders()

        def forward(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return loss_of(net(x), y)

        compiler = torch.compile if compiled else lambda function: function
        forward, update = compiler(forward), compiler(optimizer.step)

        def run(steps: int) -> float:
            loss = torch.zeros(())
            for _ in range(steps):
                rows = torch.from_numpy(next(orders))
                optimizer.zero_grad()
                loss = forward(x[rows], y[rows])
                loss.backward()
                update()
            return loss.item()

        return run

    return make


def jax_with(*, scan: bool) -> Callable[[Workload], Run]:
    def make(workload: Workload) -> Run:
        import jax
        import jax.numpy as jnp

        last = len(workload.widths) - 2
        params = {f"W{i}": jnp.asarray(w, jnp.float32) for i, w in enumerate(workload.weights())}
        params |= {f"b{i}": jnp.zeros(w.shape[1]) for i, w in enumerate(workload.weights())}
        if workload.batch_norm:
            params |= {f"gamma{i}": jnp.ones(params[f"b{i}"].shape) for i in range(last)}
        zeros = jax.tree.map(jnp.zeros_like, params)
        bend = jax.nn.relu if workload.activation == "relu" else jax.nn.sigmoid

        def loss_of(p, x, y, key):
            h, penalty = x, 0.0
            for i in range(last + 1):
                h, penalty = h @ p[f"W{i}"], penalty + (p[f"W{i}"] ** 2).sum()
                if f"gamma{i}" in p:
                    std = jnp.sqrt(h.var(axis=0) + 1e-5)
                    h = p[f"gamma{i}"] * (h - h.mean(axis=0)) / std
                h = h + p[f"b{i}"]
                if i < last:
                    h = bend(h)
                    if workload.dropout:
                        kept = jax.random.bernoulli(
                            jax.random.fold_in(key, i), 1 - workload.dropout, h.shape
                        )
                        h = jnp.where(kept, h / (1 - workload.dropout), 0)
            logp = jax.nn.log_softmax(h)
            loss = -jnp.take_along_axis(logp, y[:, None], axis=1).mean()
            return loss + 0.5 * workload.l2 * penalty

        x_all, y_all = map(jnp.asarray, workload.data())

        def step(state, rows):
            p, m, v, t = state
            key = jax.random.fold_in(jax.random.key(0), t)
            loss, g = jax.value_and_grad(loss_of)(p, x_all[rows], y_all[rows], key)
            t = t + 1
            m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
            v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
            a, b = 1 - 0.9**t, 1 - 0.999**t
            p = jax.tree.map(
                lambda p, m, v: p - workload.lr * (m / a) / (jnp.sqrt(v / b) + 1e-8), p, m, v
            )
            return (p, m, v, t), loss

        one = jax.jit(step, donate_argnums=0)
        many = jax.jit(lambda state, rows: jax.lax.scan(step, state, rows), donate_argnums=0)
        copy = jax.tree.map(jnp.array, zeros)
        state = [(params, zeros, copy, jnp.zeros((), jnp.int32))]
        orders = workload.orders()

        def run_one(steps: int) -> float:
            loss = jnp.zeros(())
            for _ in range(steps):
                state[0], loss = one(state[0], next(orders))
            return float(jax.block_until_ready(loss))

        def run_scan(steps: int) -> float:
            for _ in range(-(-steps // SCAN)):
                rows = [rows for rows in islice(orders, SCAN) if len(rows) == workload.batch]
                rows += rows[: SCAN - len(rows)]  # one shape a scan: no short last batch
                state[0], losses = many(state[0], np.stack(rows))
            return float(jax.block_until_ready(losses)[-1])

        run_scan.multiple = SCAN  # type: ignore[attr-defined]
        return run_scan if scan else run_one

    return make


def keras(workload: Workload) -> Run:
    from keras import Sequential, layers, losses, optimizers, regularizers

    net = Sequential()
    decay = regularizers.L2(workload.l2 / 2) if workload.l2 else None
    for _, n_out, last in workload.layers():
        normalized = workload.batch_norm and not last
        net.add(layers.Dense(n_out, kernel_regularizer=decay, use_bias=not normalized))
        if normalized:
            net.add(layers.BatchNormalization())
        if not last:
            net.add(layers.Activation(workload.activation))
            if workload.dropout:
                net.add(layers.Dropout(workload.dropout))
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(optimizer=optimizers.Adam(workload.lr), loss=loss)
    x, y = workload.data()

    def run(steps: int) -> float:
        epochs, rest = divmod(steps, workload.steps)
        for n, times in ((workload.n, epochs), (rest * workload.batch, 1)):
            if n and times:
                history = net.fit(x[:n], y[:n], workload.batch, epochs=times, verbose=0)
        return float(history.history["loss"][-1])

    run.least = 0.4  # type: ignore[attr-defined]  # seconds: a `fit` has a start of its own
    return run


def sklearn(workload: Workload) -> Run:
    from sklearn.neural_network import MLPClassifier

    if workload.batch_norm:
        raise NotImplementedError("scikit-learn has no batch normalization")
    if workload.steps == 1:
        raise NotImplementedError("scikit-learn's partial_fit would prepare itself for each step")
    x, y = workload.data()
    classes = np.arange(workload.widths[-1])
    net = MLPClassifier(
        workload.widths[1:-1],
        activation={"relu": "relu", "sigmoid": "logistic"}[workload.activation],
        alpha=workload.l2 * workload.batch,  # divided by the batch size again
        batch_size=workload.batch,
        learning_rate_init=workload.lr,
    )

    def run(steps: int) -> float:
        epochs, rest = divmod(steps, workload.steps)
        for n in [workload.n] * epochs + [rest * workload.batch] * bool(rest):
            net.partial_fit(x[:n], y[:n], classes=classes)
        return float(net.loss_)

    run.least = 0.2  # type: ignore[attr-defined]
    return run
