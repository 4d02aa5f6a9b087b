"""Exercises of lesson 4: backward of a fork, Dense, ReLU and the loss; a gradient check.

The last one hands out a network with a bug that the check finds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .engine.exercise import Exercise, Mistake

_RNG = np.random.default_rng(104)


def _fork(x: float, y: float, z: float) -> Any:
    q, m = x + y, max(x, z)
    return m + q * (x > z), m, q * (x < z)


fork_gradient = Exercise(
    "fork_gradient",
    _fork,
    [(3.0, -1.0, 2.0), (1.0, 4.0, 2.5), (-2.0, 5.0, -3.0)],
    [
        Mistake("x goes into two gates. What comes back from the max gate is there; what comes "
                "back from the add gate is missing.",
                lambda x, y, z: ((x + y) * (x > z), max(x, z), (x + y) * (x < z))),
        Mistake("x goes into two gates. What comes back from the add gate is there; what comes "
                "back from the max gate is missing.",
                lambda x, y, z: (max(x, z), max(x, z), (x + y) * (x < z))),
        Mistake("At a fork the parts are added up, not multiplied.",
                lambda x, y, z: (max(x, z) * (x + y) * (x > z), max(x, z), (x + y) * (x < z))),
        Mistake("A max gate hands its gradient to the larger input alone; the other one gets 0.",
                lambda x, y, z: (max(x, z) + x + y, max(x, z), x + y)),
        Mistake("Your max gate hands the gradient to the smaller input.",
                lambda x, y, z: (max(x, z) + (x + y) * (x < z), max(x, z), (x + y) * (x > z))),
        Mistake("A multiply gate swaps: each input's local derivative is the value of the *other* "
                "one.",
                lambda x, y, z: (x + y + max(x, z) * (x > z), x + y, max(x, z) * (x < z))),
        Mistake("This is the value of f. Its three derivatives are asked for.",
                lambda x, y, z: (x + y) * max(x, z)),
    ],
)  # fmt: skip


def _dense(x: Any, w: Any, dy: Any) -> Any:
    return dy @ w.T, x.T @ dy, dy.sum(axis=0)


def _dense_case(n: int, n_in: int, n_out: int) -> Any:
    return tuple(_RNG.normal(size=shape) for shape in ((n, n_in), (n_in, n_out), (n, n_out)))


dense_backward = Exercise(
    "dense_backward",
    _dense,
    [_dense_case(5, 3, 3), _dense_case(2, 4, 3), _dense_case(1, 3, 2)],
    [
        Mistake("db is the mean over the examples. Every example uses b, and at a fork gradients "
                "are added up; the 1 / N is in the loss already.",
                lambda x, w, dy: (dy @ w.T, x.T @ dy, dy.mean(axis=0))),
        Mistake("dW is divided by N once too often: the 1 / N is in dy already.",
                lambda x, w, dy: (dy @ w.T, x.T @ dy / len(x), dy.sum(axis=0))),
        Mistake("dW and db are divided by N once too often: the 1 / N is in dy already.",
                lambda x, w, dy: (dy @ w.T, x.T @ dy / len(x), dy.mean(axis=0))),
        Mistake("db has one row for each example. All examples share one b.",
                lambda x, w, dy: (dy @ w.T, x.T @ dy, dy)),
        Mistake("db is added up over the units. Which axis of dy are the examples?",
                lambda x, w, dy: (dy @ w.T, x.T @ dy, dy.sum(axis=1))),
        Mistake("db is one number. Each unit has a bias of its own: which axis is to be summed?",
                lambda x, w, dy: (dy @ w.T, x.T @ dy, dy.sum())),
        Mistake("dW comes out transposed. It must have the shape of W.",
                lambda x, w, dy: (dy @ w.T, dy.T @ x, dy.sum(axis=0))),
        Mistake("dx goes back through the same weights the other way: from units to inputs. W is "
                "(n_in, n_out); what is (n_out, n_in)?",
                lambda x, w, dy: (dy @ w, x.T @ dy, dy.sum(axis=0))),
        Mistake("A reshape is not a transpose: the shape fits, but the numbers stand in other "
                "places.",
                lambda x, w, dy: (dy @ w.reshape(w.shape[::-1]), x.T @ dy, dy.sum(axis=0))),
        Mistake("All three are right, but in another order: return dx, dW, db.",
                lambda x, w, dy: (x.T @ dy, dy.sum(axis=0), dy @ w.T)),
    ],
)  # fmt: skip


relu_backward = Exercise(
    "relu_backward",
    lambda x, dy: dy * (x > 0),
    [tuple(_RNG.normal(size=(2, n, 4))) for n in (1, 3, 6)],
    [
        Mistake("Everything passes. Where x was negative, the output was 0 whatever x was: how "
                "much can have come back from there?", lambda x, dy: dy),
        Mistake("The mask looks at the gradient. It was the *input* that decided who passes.",
                lambda x, dy: dy * (dy > 0)),
        Mistake("The slope of ReLU above zero is 1, not x.", lambda x, dy: dy * np.maximum(x, 0)),
        Mistake("This is the local derivative. The chain rule multiplies it by what comes from "
                "above.", lambda x, dy: (x > 0).astype(float)),
        Mistake("This is the forward pass.", lambda x, dy: np.maximum(x, 0)),
        Mistake("It passes what was negative. ReLU stops exactly that.",
                lambda x, dy: dy * (x < 0)),
        Mistake("It sets small gradients to 0 or lifts them to x: np.maximum compares two numbers, "
                "and here one of them only decides about the other.",
                lambda x, dy: np.maximum(x, dy)),
    ],
)  # fmt: skip


def _softmax_loss(scores: Any, y: Any, shift: bool = True) -> Any:
    e = np.exp(scores - scores.max(axis=1, keepdims=True) if shift else scores)
    p = e / e.sum(axis=1, keepdims=True)
    rows = np.arange(len(y))
    return -np.log(p[rows, y]).mean(), (p - np.eye(scores.shape[1])[y]) / len(y)


def _probabilities(scores: Any, y: Any) -> Any:
    return _softmax_loss(scores, y)[1] * len(y) + np.eye(scores.shape[1])[y]


def _but(loss: Any = None, gradient: Any = None, shift: bool = True) -> Any:
    """The right answer with its loss or its gradient changed; both changes see (result, N)."""

    def wrong(scores: Any, y: Any) -> Any:
        value, d = _softmax_loss(scores, y, shift)
        return loss(value, y) if loss else value, gradient(d, scores, y) if gradient else d

    return wrong


def _all_columns(d: Any, scores: Any, y: Any) -> Any:
    p = _probabilities(scores, y)
    p[:, y] -= 1
    return p / len(y)


def _scores(n: int, classes: int, size: float) -> Any:
    return size * _RNG.normal(size=(n, classes)), _RNG.integers(0, classes, n)


_NO_N = "The loss is a mean over the batch, so that its gradient carries 1 / N too."

softmax_loss = Exercise(
    "softmax_loss",
    _softmax_loss,
    [_scores(4, 3, 1.0), _scores(1, 5, 1.0), (np.array([[1000.0, 999.0]]), np.array([1]))],
    [
        Mistake("The third case has scores near 1000, and exp overflows. What may be subtracted "
                "from a row of scores without changing its softmax?", _but(shift=False)),
        Mistake("The loss is right. " + _NO_N, _but(gradient=lambda d, s, y: d * len(y))),
        Mistake("The loss is right. The gradient for the scores is not p: something is missing at "
                "the true class.", _but(gradient=lambda d, s, y: _probabilities(s, y) / len(y))),
        Mistake("The loss is right. The gradient for the scores is not p: something is missing at "
                "the true class, and so is 1 / N.",
                _but(gradient=lambda d, s, y: _probabilities(s, y))),
        Mistake("The gradient has the wrong sign: raising the true class's score must lower the "
                "loss.", _but(gradient=lambda d, s, y: -d)),
        Mistake("`[:, y]` takes whole columns. Each row has its own true class: "
                "`[np.arange(N), y]`.", _but(gradient=_all_columns)),
        Mistake("The gradient is right. The loss is the sum over the batch; take the mean.",
                _but(loss=lambda value, y: value * len(y))),
        Mistake("Both are sums over the batch; take the mean, or steps grow with the batch.",
                _but(lambda value, y: value * len(y), lambda d, s, y: d * len(y))),
        Mistake("The loss has the wrong sign: a log of a probability is negative.",
                _but(loss=lambda value, y: -value)),
    ],
)  # fmt: skip


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
