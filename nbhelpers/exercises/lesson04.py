"""Exercises of lesson 4, first half: a fork, and backward of Dense, of ReLU and of the loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from .exercise import Exercise, Mistake
from .gradient_checks import mended, numerical_gradient, relative_error

__all__ = [
    "dense_backward", "fork_gradient", "mended", "numerical_gradient", "relative_error",
    "relu_backward", "softmax_loss",
]  # fmt: skip

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
