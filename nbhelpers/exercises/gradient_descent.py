"""Exercises of the lesson on gradient descent: rates, gradients by hand, conditioning, batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .engine.exercise import Exercise, Mistake

__all__ = [
    "five_rates", "hundred_gradients", "largest_rate", "one_epoch", "tanh_gradient", "two_targets",
]  # fmt: skip

_RNG = np.random.default_rng(202)


# --- predict: five learning rates on (w - 5)^2 ----------------------------------------------------


def _letters(answer: Any) -> str:
    """Five letters, however they were written: "caebd", "C, A, E, B, D" or a list of them."""
    letters = [c for c in "".join(answer).lower() if c.isalpha()]
    if len(letters) != 5 or set(letters) - set("abcde"):
        raise ValueError("five letters from a to e")
    return "".join(letters)


five_rates = Exercise(
    "five_rates",
    lambda: "caebd",
    [()],
    [
        Mistake("Your limits fit a second derivative of 1. That of w² − 10 w + 25 is 2, whatever w "
                "is.", lambda: "aacab"),
        Mistake("You have the limit of convergence at η = 1 / L''. There, one step arrives; how "
                "far may a step overshoot before it lands farther away?", lambda: "eaede"),
        Mistake("The rates 0.1 and 1.1 are right, and so is 0.9. What is the factor 1 − η L'' at "
                "0.5, and what at 1.0?", lambda: "caedb"),
        Mistake("At a rate of 0.9 each step overshoots, since the factor is negative. Is it "
                "smaller than 1 in size?", lambda: "eaebd"),
        Mistake("At a rate of 0.9 the factor 1 − η L'' is negative: on which side of the minimum "
                "does the next step land?", lambda: "aaebd"),
        Mistake("At a rate of 1.0 the factor is −1. Does such a step come closer?",
                lambda: "caebc"),
        Mistake("At a rate of 1.0 the factor is exactly −1, neither smaller nor larger in size.",
                lambda: "caebe"),
    ],
    view=_letters,
    returns='five letters from a to e, such as "aabbc"',
    kind="predict",
    stars=1,
)  # fmt: skip


# --- derive: a neuron with tanh -------------------------------------------------------------------


def _tanh(
    x: Any, y: Any, w: Any, b: Any, *,
    local: Callable[[Any, Any], Any] = lambda a, z: 1 - a**2, sign: int = 1, mean: bool = True,
) -> Any:  # fmt: skip
    """The right gradient, or one with another local derivative, sign or sum."""
    z = x @ w + b
    a = np.tanh(z)
    by_z = sign * (a - y) * local(a, z) / (len(x) if mean else 1)
    return x.T @ by_z, by_z.sum()


def _tanh_case(n: int, n_in: int) -> Any:
    x, w = _RNG.normal(size=(n, n_in)), _RNG.normal(size=n_in)
    return x, np.sign(_RNG.normal(size=n)), w, float(_RNG.normal())


def _tanh_b_mean(x: Any, y: Any, w: Any, b: Any) -> Any:
    by_w, by_b = _tanh(x, y, w, b)
    return by_w, by_b / len(x)


tanh_gradient = Exercise(
    "tanh_gradient",
    _tanh,
    [_tanh_case(5, 3), _tanh_case(4, 2), _tanh_case(1, 3)],
    [
        Mistake("This is the gradient of a neuron without nonlinearity. The chain rule needs one "
                "more factor: the derivative of tanh.",
                lambda x, y, w, b: _tanh(x, y, w, b, local=lambda a, z: 1.0)),
        Mistake("a (1 − a) is the derivative of the sigmoid. This neuron has a tanh.",
                lambda x, y, w, b: _tanh(x, y, w, b, local=lambda a, z: a * (1 - a))),
        Mistake("1 − tanh² is meant at z: 1 − tanh(z)², not 1 − z².",
                lambda x, y, w, b: _tanh(x, y, w, b, local=lambda a, z: 1 - z**2)),
        Mistake("tanh is applied twice: a is tanh(z) already, so the derivative is 1 − a².",
                lambda x, y, w, b: _tanh(x, y, w, b, local=lambda a, z: 1 - np.tanh(a) ** 2)),
        Mistake("The derivative of tanh is 1 − a²: the square is missing.",
                lambda x, y, w, b: _tanh(x, y, w, b, local=lambda a, z: 1 - a)),
        Mistake("The loss is a mean over the examples, so 1 / N belongs to its gradient.",
                lambda x, y, w, b: _tanh(x, y, w, b, mean=False)),
        Mistake("Twice too large: the ½ of the loss cancels the 2 of the square.",
                lambda x, y, w, b: tuple(2 * g for g in _tanh(x, y, w, b))),
        Mistake("The sign is wrong: a prediction above the label means a positive ∂L/∂a.",
                lambda x, y, w, b: _tanh(x, y, w, b, sign=-1)),
        Mistake("The gradient with respect to w is right. That with respect to b is divided by N "
                "once too often.", _tanh_b_mean),
        Mistake("Both are right, in the other order: first w, then b.",
                lambda x, y, w, b: _tanh(x, y, w, b)[::-1]),
    ],
    returns="two things: the gradient with respect to w, and that with respect to b",
    kind="derive",
    stars=2,
)  # fmt: skip


# --- debug: one epoch with three bugs -------------------------------------------------------------


def _epoch(
    x: Any, y: Any, w: Any, lr: float, batch: int, order: Any, *,
    shuffled: bool = True, current: bool = True, own_size: bool = True, sign: int = 1,
    whole: bool = True, total: bool = False,
) -> Any:  # fmt: skip
    """One epoch; each option that is not the default is one bug."""
    new = w
    for start in range(0, len(x), batch):
        rows = order[start : start + batch]
        if not shuffled:
            rows = np.arange(len(x))[start : start + batch]
        if len(rows) < batch and not whole:
            break
        error = x[rows] @ (new if current else w) - y[rows]
        size = 1 if total else len(rows) if own_size else batch
        new = new - sign * lr * error @ x[rows] / size
    return new


def _with(**bugs: Any) -> Any:
    return lambda x, y, w, lr, batch, order: _epoch(x, y, w, lr, batch, order, **bugs)


def _epoch_case(n: int, n_in: int, batch: int) -> Any:
    x = _RNG.normal(size=(n, n_in))
    return x, _RNG.normal(size=n), _RNG.normal(size=n_in), 0.1, batch, _RNG.permutation(n)


_ORDER = "The batches are cut from the data as they lie; nobody uses the permutation `order`."
_START = "The error is always computed with the weights of the start, not with the newest ones."
_SIZE = "The last batch may be smaller, and its gradient is divided by the wrong number."


def _as_given(x: Any, y: Any, w: Any, lr: float, batch: int, order: Any) -> Any:
    """The stub of the lesson, with its three bugs."""
    new_w = w
    for start in range(0, len(x), batch):
        rows = slice(start, start + batch)
        error = x[rows] @ w - y[rows]
        new_w = new_w - lr * error @ x[rows] / batch
    return new_w


one_epoch = Exercise(
    "one_epoch",
    _epoch,
    [_epoch_case(7, 3, 3), _epoch_case(8, 2, 5), _epoch_case(6, 2, 2)],
    [
        # With the weights of the start and one divisor, the order of the examples cancels out.
        Mistake("It still gives what the broken code gives. With which weights is the error of the "
                "second batch computed, and how large is the last batch?",
                _with(shuffled=False, current=False, own_size=False)),
        Mistake(f"One bug is fixed, two are left. {_ORDER} And: {_START[0].lower()}{_START[1:]}",
                _with(shuffled=False, current=False)),
        Mistake(f"One bug is fixed, two are left. {_ORDER} And: {_SIZE[0].lower()}{_SIZE[1:]}",
                _with(shuffled=False, own_size=False)),
        Mistake(f"Two bugs are fixed. {_ORDER}", _with(shuffled=False)),
        Mistake(f"Two bugs are fixed. {_START}", _with(current=False)),
        Mistake(f"Two bugs are fixed. {_SIZE}", _with(own_size=False)),
        Mistake("The last batch is left out. Each example is to be used once in an epoch.",
                _with(whole=False)),
        Mistake("The gradient is the sum over the batch. The loss is a mean.", _with(total=True)),
        Mistake("This climbs: the step must go against the gradient.", _with(sign=-1)),
    ],
    returns="the weights after the epoch, an array like w",
    broken=_as_given,
    stars=2,
)  # fmt: skip


# --- build: the largest rate ----------------------------------------------------------------------


def _with_ones(x: Any) -> Any:
    return np.column_stack([x, np.ones(len(x))])


def _eigenvalues(x: Any) -> Any:
    return np.linalg.eigvalsh(x.T @ x / len(x))


def _rates_case(n: int, n_in: int, mean: float) -> Any:
    return (_RNG.normal(size=(n, n_in)) * np.arange(1, n_in + 1) + mean,)


largest_rate = Exercise(
    "largest_rate",
    lambda x: 2 / _eigenvalues(_with_ones(x)).max(),
    [_rates_case(20, 2, 1.0), _rates_case(12, 1, 3.0), _rates_case(30, 4, -0.5)],
    [
        Mistake("The bias is missing. It is a weight whose input is always 1.",
                lambda x: 2 / _eigenvalues(x).max()),
        Mistake("This is the rate at which the steepest direction arrives in one step. The limit "
                "is farther out.", lambda x: 1 / _eigenvalues(_with_ones(x)).max()),
        Mistake("This is the rate at which the steepest direction arrives in one step, and the "
                "bias is missing.", lambda x: 1 / _eigenvalues(x).max()),
        Mistake("The smallest curvature sets the pace; the limit comes from another one.",
                lambda x: 2 / _eigenvalues(_with_ones(x)).min()),
        Mistake("The loss is a mean over the examples, so H is, too: divide by N.",
                lambda x: 2 / (len(x) * _eigenvalues(_with_ones(x)).max())),
        Mistake("A singular value of the inputs is not a curvature yet: the curvatures are "
                "squares, divided by N.",
                lambda x: 2 / np.linalg.svd(_with_ones(x), compute_uv=False).max()),
        Mistake("The diagonal of H holds the curvatures along the single weights. The steepest "
                "direction need not be one of them.",
                lambda x: 2 / np.mean(_with_ones(x) ** 2, axis=0).max()),
        Mistake("The trace is the sum of all curvatures. Only the largest one sets the limit.",
                lambda x: 2 / _eigenvalues(_with_ones(x)).sum()),
        Mistake("This is the rate that is best for the slowest and the fastest direction together. "
                "The limit is asked for.",
                lambda x: 2 / (_eigenvalues(_with_ones(x)).max()
                               + _eigenvalues(_with_ones(x)).min())),
        Mistake("The inputs are centered here. The neuron gets them as they are.",
                lambda x: 2 / _eigenvalues(_with_ones(x - x.mean(axis=0))).max()),
    ],
    returns="a number",
    kind="build",
    stars=2,
)  # fmt: skip


# --- design: two targets that fool ----------------------------------------------------------------


def _axes(x: Any) -> Any:
    """The eigenvectors of H as rows, smallest curvature first."""
    return np.linalg.eigh(x.T @ x / len(x))[1].T


def _up_to_sign(targets: Any) -> Any:
    """A target and its opposite take the same number of steps: the larger component is positive."""
    pair = np.array(targets, float)
    if pair.ndim != 2:
        return pair  # a wrong shape, which is told as such
    return np.array([t * np.sign(t[np.argmax(np.abs(t))]) for t in pair])


_TILTED = (
    "These are the axes of the single weights. The valley is tilted: along which directions does "
    "gradient descent run straight?"
)

two_targets = Exercise(
    "two_targets",
    lambda x: (_axes(x)[-1], _axes(x)[0]),
    [(_RNG.random((30, 2)) * (1, 2),), (_RNG.random((20, 3)) + (0.2, 1, 0.5),)],  # noqa: RUF005
    [
        Mistake("The right two, in the wrong order. At η = 1/λ₁, which factor does the direction "
                "of the largest curvature get?", lambda x: (_axes(x)[0], _axes(x)[-1])),
        Mistake("`eigh` returns the eigenvectors as *columns*; these are its rows.",
                lambda x: (_axes(x)[:, -1], _axes(x)[:, 0])),
        Mistake("`eigh` returns the eigenvectors as *columns*, smallest eigenvalue first; these "
                "are its rows, in the wrong order.", lambda x: (_axes(x)[:, 0], _axes(x)[:, -1])),
        Mistake(_TILTED, lambda x: (np.eye(x.shape[1])[0], np.eye(x.shape[1])[-1])),
        Mistake(_TILTED, lambda x: (np.eye(x.shape[1])[-1], np.eye(x.shape[1])[0])),
        Mistake("The directions are right. Scale each target to length 1.",
                lambda x: (2 * _axes(x)[-1], 2 * _axes(x)[0])),
        Mistake("These are the axes of the *centered* data. The neuron gets x as it is.",
                lambda x: (_axes(x - x.mean(axis=0))[-1], _axes(x - x.mean(axis=0))[0])),
    ],
    view=_up_to_sign,
    returns="two targets, each an array with one number for each column of x",
    kind="design",
    stars=3,
)  # fmt: skip


# --- beat: a hundred gradients --------------------------------------------------------------------

_MINIMUM = _RNG.normal(size=5)


class CountedGradient:
    """The gradient H (w - minimum) of a parabola, which may be asked for a hundred times.

    `start` has the distance 1 from the minimum along each axis of H.
    """

    def __init__(self, largest: float) -> None:
        axes, _ = np.linalg.qr(_RNG.normal(size=(5, 5)))
        self.largest, self.smallest = largest, largest / 400
        curvatures = np.geomspace(self.smallest, largest, 5)
        self.start = _MINIMUM + axes @ np.ones(5)
        self._matrix, self._calls = axes @ np.diag(curvatures) @ axes.T, 0

    def __call__(self, w: Any) -> Any:
        """Return the gradient at w, shape (5,).

        Raises:
            RuntimeError: when it is called for the 101st time.
        """
        self._calls += 1
        if self._calls > 100:
            raise RuntimeError("gradient was called more than 100 times")
        return self._matrix @ (np.asarray(w, float) - _MINIMUM)


def _newton(gradient: Any, w: Any) -> Any:
    at_start = gradient(w)
    columns = [gradient(w + unit) - at_start for unit in np.eye(5)]
    return w - np.linalg.solve(np.column_stack(columns), at_start)


def _place(w: Any) -> str:
    """How near the minimum the answer is, in words."""
    w = np.asarray(w, float)
    if w.shape != (5,):
        raise ValueError("five weights")
    with np.errstate(all="ignore"):
        left = float(np.linalg.norm(w - _MINIMUM)) / 5**0.5  # 1 at the start
    if not left < 1.5:
        return "away"
    if abs(left - 1) < 1e-9:
        return "at the start"
    return "there" if left <= 0.01 else "near" if left < 0.15 else "on the way"


def _plain(gradient: Any, w: Any, steps: int = 100) -> Any:
    for _ in range(steps):
        w = w - 2 / (gradient.largest + gradient.smallest) * gradient(w)
    return w


hundred_gradients = Exercise(
    "hundred_gradients",
    _newton,
    [(gradient, gradient.start) for gradient in (CountedGradient(2.0), CountedGradient(10.0))],
    [
        Mistake("Much of the way is left. With a condition number of 400, one learning rate for "
                "all directions cannot do it in a hundred steps. What does the difference of two "
                "gradients tell you about the curvature between them?", _plain),
        Mistake("Nearly: a few percent of the way are left. Are all directions served, or only the "
                "steep ones?", lambda gradient, w: w + 0.95 * (_newton(gradient, w) - w)),
        Mistake("It has moved away from the minimum: in some direction the step is too large, or "
                "it has the wrong sign.", lambda gradient, w: w - 1e6 * gradient(w)),
        Mistake("These are still the initial weights.", lambda gradient, w: w),
        Mistake("`gradient` was called more than 100 times. Which idea needs fewer calls?",
                lambda gradient, w: _plain(gradient, w, steps=101)),
    ],
    view=_place,
    returns="five weights, an array of shape (5,)",
    kind="beat",
    stars=3,
)  # fmt: skip
