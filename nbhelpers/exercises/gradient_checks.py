"""Exercises of lesson 4, second half: the pieces of a gradient check, and a bug that it finds."""

from __future__ import annotations

from typing import Any

import numpy as np

from .exercise import Exercise, Mistake

_RNG = np.random.default_rng(204)


def _difference(above: float, below: float, divisor: float) -> Any:
    """(f(x + above h) - f(x + below h)) / (divisor h), number by number."""

    def gradient(f: Any, x: Any, h: float) -> Any:
        result = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            step = np.zeros_like(x)
            step[i] = h
            result[i] = (f(x + above * step) - f(x + below * step)) / (divisor * h)
        return result

    return gradient


def _all_at_once(f: Any, x: Any, h: float) -> Any:
    return (f(x + h) - f(x - h)) / (2 * h)


def _filled(f: Any, x: Any, h: float) -> Any:
    return np.full_like(x, _all_at_once(f, x, h))


def _never_put_back(f: Any, x: Any, h: float) -> Any:
    x, result = x.copy(), np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        result[i] = (above - f(x)) / (2 * h)
    return result


def _summed_cubes(x: Any) -> float:
    return float(np.sum(x**3))


def _product(x: Any) -> float:
    return float(np.prod(x) + x.sum())


numerical_gradient = Exercise(
    "numerical_gradient",
    _difference(1, -1, 2),
    [
        (_summed_cubes, _RNG.normal(size=4), 0.25),
        (_product, _RNG.normal(size=(2, 3)), 0.5),
        (_product, _RNG.normal(size=3), 0.125),
    ],
    [
        Mistake("This is the one-sided difference, from x to x + h. Take the central one: it looks "
                "as far to the left as to the right.", _difference(1, 0, 1)),
        Mistake("This is the one-sided difference, from x - h to x. Take the central one: it looks "
                "as far to the left as to the right.", _difference(0, -1, 1)),
        Mistake("From x - h to x + h it is a distance of 2 h.", _difference(1, -1, 1)),
        Mistake("It is half of what it should be. From x - h to x + h it is a distance of 2 h.",
                _difference(1, -1, 4)),
        Mistake("The sign: the value at x + h comes first.", _difference(-1, 1, 2)),
        Mistake("It moves all numbers at once, which gives one slope for all. Move one at a time.",
                _all_at_once),
        Mistake("It moves all numbers at once, which gives one slope for all. Move one at a time.",
                _filled),
        Mistake("A number that was moved is not put back before the next one is moved.",
                _never_put_back),
    ],
)  # fmt: skip


def _norm(v: Any) -> float:
    return float(np.sqrt(np.sum(v * v)))


relative_error = Exercise(
    "relative_error",
    lambda a, n: _norm(a - n) / (_norm(a) + _norm(n)),
    [tuple(_RNG.normal(size=(2, 5))), tuple(_RNG.normal(size=(2, 3, 4))),
     (np.array([3.0, 4.0]), np.array([6.0, 8.0]))],
    [
        Mistake("This is the absolute error. Next to gradients of 1e-6 an error of 1e-6 is huge: "
                "divide by their size.", lambda a, n: _norm(a - n)),
        Mistake("Only one of both is in the denominator: then it is not the same when the two are "
                "swapped.", lambda a, n: _norm(a - n) / _norm(a)),
        Mistake("Only one of both is in the denominator: then it is not the same when the two are "
                "swapped.", lambda a, n: _norm(a - n) / _norm(n)),
        Mistake("The denominator is the length of the sum. Two opposite gradients would make it 0: "
                "add the two lengths instead.", lambda a, n: _norm(a - n) / _norm(a + n)),
        Mistake("The numerator compares the lengths only: two gradients of one length that point "
                "in different directions would pass.",
                lambda a, n: abs(_norm(a) - _norm(n)) / (_norm(a) + _norm(n))),
        Mistake("A norm is the *root* of the sum of squares.",
                lambda a, n: np.sum((a - n) ** 2) / (np.sum(a**2) + np.sum(n**2))),
        Mistake("The denominator is the larger of the two lengths; take their sum.",
                lambda a, n: _norm(a - n) / max(_norm(a), _norm(n))),
        Mistake("One number is wanted for all: the norm of the whole array, not of each number.",
                lambda a, n: np.abs(a - n) / (np.abs(a) + np.abs(n))),
        Mistake("These are sums of absolute values. The norm here is the root of the sum of "
                "squares.",
                lambda a, n: np.abs(a - n).sum() / (np.abs(a).sum() + np.abs(n).sum())),
    ],
)  # fmt: skip


def _gradients(w2: float = 1.0, b1: Any = np.sum, on_biases: float = 0.0, w1: float = 1.0) -> Any:
    """Gradients of the two-layer network, with the strengths and the sum that may be wrong."""

    def gradients(x: Any, y: Any, W1: Any, b_1: Any, W2: Any, b_2: Any, strength: float) -> Any:
        z = x @ W1 + b_1
        h = np.maximum(z, 0)
        scores = h @ W2 + b_2
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        d = (e / e.sum(axis=1, keepdims=True) - np.eye(W2.shape[1])[y]) / len(y)
        dz = (d @ W2.T) * (z > 0)
        dW1, dW2 = x.T @ dz + w1 * strength * W1, h.T @ d + w2 * strength * W2
        extra = on_biases * strength
        return dW1, b1(dz, axis=0) + extra * b_1, dW2, d.sum(axis=0) + extra * b_2

    return gradients


def _network(n: int, n_in: int, hidden: int, classes: int) -> Any:
    shapes = ((n_in, hidden), (hidden,), (hidden, classes), (classes,))
    weights = (_RNG.normal(size=shape) for shape in shapes)
    return (_RNG.normal(size=(n, n_in)), _RNG.integers(0, classes, n), *weights, 0.3)


_W2 = "b1 is mended. The gradient of W2 is still wrong: what is the derivative of ½ λ w²?"
_B1 = "W2 is mended. The gradient of b1 is still wrong: every example uses b1, a fork."

mended = Exercise(
    "mended",
    _gradients(),
    [_network(6, 3, 4, 3), _network(4, 2, 5, 2)],
    [
        Mistake("This is still the code from above. Which two of the four gradients fail the "
                "check? Look at the lines that compute these.", _gradients(w2=2, b1=np.mean)),
        Mistake(_W2, _gradients(w2=2)),
        Mistake(_B1, _gradients(b1=np.mean)),
        Mistake("b1 is mended. But now W2 has no penalty at all: the loss has one.",
                _gradients(w2=0)),
        Mistake("Now W2 has no penalty at all, and the loss has one. The gradient of b1 is still "
                "wrong: every example uses b1, a fork.", _gradients(w2=0, b1=np.mean)),
        Mistake("Both agree now, but the loss has ½ λ w², the derivative of which is λ w, for W1 "
                "as for W2.", _gradients(w1=2, w2=2)),
        Mistake("The loss has no penalty on the biases, so their gradients have none either.",
                _gradients(on_biases=1)),
        Mistake("W1 and W2 have lost their penalty: the loss has it.", _gradients(w1=0, w2=0)),
    ],
)  # fmt: skip
