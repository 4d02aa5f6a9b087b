"""The lesson on backpropagation: other right answers, and wrong ones with a word of their hint."""

from __future__ import annotations

import copy

import numpy as np

from nbhelpers.exercises import backpropagation


def _rows_by_jacobian(x, dy):
    dx = np.zeros_like(x)
    for n, row in enumerate(x):
        length = np.linalg.norm(row)
        jacobian = np.eye(len(row)) / length - np.outer(row, row) / length**3
        dx[n] = dy[n] @ jacobian
    return dx


def _rows_measured(x, dy):
    def loss(x):
        return np.sum(dy * x / np.linalg.norm(x, axis=1, keepdims=True))

    dx = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = 1e-6
        dx[i] = (loss(x + step) - loss(x - step)) / 2e-6
    return dx


def _rows_einsum(x, dy):
    squared = np.einsum("ni,ni->n", x, x)[:, None]
    return (dy * squared - x * np.einsum("ni,ni->n", x, dy)[:, None]) / squared**1.5


def _rows_constant_length(x, dy):
    return dy / np.linalg.norm(x, axis=1, keepdims=True)


def _rows_without_y(x, dy):
    length = np.linalg.norm(x, axis=1, keepdims=True)
    return (dy - x * (x * dy).sum(axis=1, keepdims=True)) / length


def _rows_whole_batch(x, dy):
    length = np.linalg.norm(x)
    y = x / length
    return (dy - y * (y * dy).sum()) / length


def _rows_plus(x, dy):
    length = np.linalg.norm(x, axis=1, keepdims=True)
    y = x / length
    return (dy + y * (y * dy).sum(axis=1, keepdims=True)) / length


def _rows_undivided(x, dy):
    return _rows_by_jacobian(x, dy) * np.linalg.norm(x, axis=1, keepdims=True)


def _embedding_loop(words, dy, vocabulary):
    table = [[0.0] * dy.shape[1] for _ in range(vocabulary)]
    for word, row in zip(words, dy, strict=True):
        for j, value in enumerate(row):
            table[word][j] += value
    return table


def _embedding_one_hot(words, dy, vocabulary):
    return np.eye(vocabulary)[words].T @ dy


def _embedding_masks(words, dy, vocabulary):
    return np.array([dy[words == word].sum(axis=0) for word in range(vocabulary)], np.float32)


def _embedding_lost(words, dy, vocabulary):
    table = np.zeros((vocabulary, dy.shape[1]))
    table[words] += dy
    return table


def _embedding_set(words, dy, vocabulary):
    table = np.zeros((vocabulary, dy.shape[1]))
    table[words] = dy
    return table


def _embedding_mean(words, dy, vocabulary):
    table = np.zeros((vocabulary, dy.shape[1]))
    for word in set(words.tolist()):
        table[word] = dy[words == word].mean(axis=0)
    return table


def _sweep_by_counting(graph, output):
    """A gate is ready when everything that uses it has been handled."""
    users, reached, stack = {}, {output}, [output]
    while stack:
        for source, _ in graph.get(stack.pop(), ()):
            users[source] = users.get(source, 0) + 1
            if source not in reached:
                reached.add(source)
                stack.append(source)
    grad, ready = {output: 1.0}, [output]
    while ready:
        node = ready.pop()
        for source, local in graph.get(node, ()):
            grad[source] = grad.get(source, 0.0) + local * grad[node]
            users[source] -= 1
            if users[source] == 0:
                ready.append(source)
    return grad


def _sweep_by_paths(graph, output):
    grad = {}

    def walk(node, upstream):
        grad[node] = grad.get(node, 0.0) + upstream
        for source, local in graph.get(node, ()):
            walk(source, upstream * local)

    walk(output, 1.0)
    return grad


def _sweep_by_asking(graph, output):
    names = {output} | {source for inputs in graph.values() for source, _ in inputs}

    def derivative(name):
        total = 1.0 if name == output else 0.0
        for gate, inputs in graph.items():
            total += sum(derivative(gate) * local for source, local in inputs if source == name)
        return total

    return {name: np.float32(derivative(name)) for name in names}


def _sweep_as_it_was(graph, output):
    grad, waiting, seen = {output: 1.0}, [output], set()
    while waiting:
        node = waiting.pop(0)
        if node not in seen:
            seen.add(node)
            for source, local in graph.get(node, ()):
                grad[source] = grad.get(source, 0.0) + grad[node] * local
                waiting.append(source)
    return grad


def _sweep_never_seen(graph, output):
    grad, waiting = {output: 1.0}, [output]
    while waiting:
        node = waiting.pop(0)
        for source, local in graph.get(node, ()):
            grad[source] = grad.get(source, 0.0) + grad[node] * local
            waiting.append(source)
    return grad


def _sweep_replaced(graph, output):
    """In a topological order, but without adding."""
    order = []

    def visit(node):
        for source, _ in graph.get(node, ()):
            if source not in order:
                visit(source)
        order.append(node)

    visit(output)
    grad = {output: 1.0}
    for node in order[::-1]:
        for source, local in graph.get(node, ()):
            grad[source] = grad[node] * local
    return grad


def _sweep_as_listed(graph, output):
    grad = {output: 1.0}
    for node, inputs in graph.items():
        for source, local in inputs:
            grad[source] = grad.get(source, 0.0) + grad.get(node, 0.0) * local
    return grad


def _tester(*, absolute=False, rows=3, low=-2.0, ones=False, times=2, move=1.0, what=("x", "p")):
    """Another tester, thorough unless told otherwise; it works on copies where it can."""

    def is_sound(layer):
        rng = np.random.default_rng(7)
        x = rng.uniform(low, 2.0, size=(rows, layer.n_in))
        y = layer.forward(x)
        c = np.ones_like(y) if ones else rng.uniform(-1, 1, size=y.shape)
        for time in range(times):
            if time == times - 1:
                for p in layer.params.values():
                    p += move * rng.uniform(0.5, 1.0, size=p.shape)
            layer.forward(x)
            found = {"x": layer.backward(c), **layer.grads}
            found = {k: np.array(v) for k, v in found.items() if (k if k == "x" else "p") in what}
            for name, gradient in found.items():
                place = x if name == "x" else layer.params[name]
                for i in np.ndindex(place.shape):
                    ends = []
                    for h in (1e-5, -1e-5):
                        other, moved = copy.deepcopy(layer), x.copy()
                        (moved if name == "x" else other.params[name])[i] += h
                        ends.append(np.sum(c * other.forward(moved)))
                    difference = abs((ends[0] - ends[1]) / 2e-5 - gradient[i])
                    if difference > (1e-6 if absolute else 1e-5 * (1e-3 + abs(gradient[i]))):
                        return False
        return True

    return is_sound


def _tester_with_lost_cache(layer):
    x = np.random.default_rng(3).normal(size=(4, layer.n_in))
    c = np.random.default_rng(4).normal(size=layer.forward(x).shape)
    numeric = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        ends = []
        for h in (1e-3, -2e-3):
            x[i] += h
            ends.append(np.sum(layer.forward(x) * c))
        numeric[i] = (ends[0] - ends[1]) / 2e-3
        x[i] += 1e-3
    return bool(np.allclose(numeric, layer.backward(c), atol=1e-5)) and _tester()(layer)


RIGHT = {
    backpropagation.in_place: [lambda: "FDBA", lambda: list("abdf"), lambda: "a, b, d, f"],
    backpropagation.unit_rows_backward: [_rows_by_jacobian, _rows_measured, _rows_einsum],
    backpropagation.embedding_backward: [_embedding_loop, _embedding_one_hot, _embedding_masks],
    backpropagation.sweep: [_sweep_by_counting, _sweep_by_paths, _sweep_by_asking],
    backpropagation.is_sound: [
        _tester(), _tester(absolute=True), lambda layer: int(_tester(rows=6, times=3)(layer)),
    ],
}  # fmt: skip

WRONG = {
    backpropagation.in_place: [
        (lambda: "abcdf", "Not the square"),
        (lambda: "abdef", "Not the absolute value"),
        (lambda: "ad", "whether z was positive"),
        (lambda: "abd", "softplus"),
        (lambda: "abf", "tanh"),
        (lambda: "", "None at all"),
    ],
    backpropagation.unit_rows_backward: [
        (_rows_constant_length, "for a constant"),
        (_rows_without_y, "third power"),
        (_rows_whole_batch, "Each row has its own"),
        (_rows_plus, "sign"),
        (_rows_undivided, "division by the length"),
        (lambda x, dy: x / np.linalg.norm(x, axis=1)[:, None], "forward pass"),
    ],
    backpropagation.embedding_backward: [
        (_embedding_lost, "only the last gradient"),
        (_embedding_set, "only the last gradient"),
        (_embedding_mean, "mean over a word's occurrences"),
        (lambda w, dy, v: _embedding_one_hot(w, dy, v) / len(w), "divided by N"),
        (lambda w, dy, v: dy.copy(), "in their order"),
        (lambda w, dy, v: _embedding_one_hot(w, dy, v)[: w.max() + 1], "ends at the largest"),
        (lambda w, dy, v: np.eye(v)[w].T, "shape"),
    ],
    backpropagation.sweep: [
        (lambda graph, output: _sweep_as_it_was(graph, output), "*first* reached"),
        (_sweep_never_seen, "counts twice"),
        (_sweep_as_listed, "order of the dictionary"),
        (lambda g, f: {k: v for k, v in _sweep_by_paths(g, f).items() if k not in g}, "every node"),
        (_sweep_replaced, "add up"),
        (lambda g, f: _sweep_by_paths(g, f)[f], "dict"),
    ],
    backpropagation.is_sound: [
        (_tester(rows=1), "several examples"),
        (_tester(low=0.1), "negative inputs"),
        (_tester(times=1), "second time"),
        (_tester(move=0.0), "initial weights"),
        (_tester(ones=True, absolute=True), "such as ones"),
        (_tester(what=("x",)), "both in `grads`"),
        (_tester(what=("p",)), "what backward returns"),
        (_tester_with_lost_cache, "overwrite the cache"),
        (lambda layer: not _tester()(layer), "other way round"),
        (lambda layer: True, "Everything passes"),
    ],
}  # fmt: skip
