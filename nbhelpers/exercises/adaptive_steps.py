"""Exercises of lesson 11 on steps in units of the gradient's own size: RMSprop and Adam."""

from __future__ import annotations

from typing import Any

import numpy as np

from .exercise import Exercise, Mistake

_RNG = np.random.default_rng(111)


def vectors(n: int, k: int) -> tuple[Any, ...]:
    """k vectors of n random numbers: weights, velocities, gradients."""
    return tuple(_RNG.normal(size=(k, n)))


def _squares(n: int) -> Any:
    return _RNG.uniform(0.2, 3, n)


def _rmsprop(w: Any, s: Any, g: Any, lr: float, decay: float, eps: float, **how: Any) -> Any:
    kept, entered = how.get("weights", lambda decay: (decay, 1 - decay))(decay)
    new = kept * s + entered * how.get("square", lambda g: g**2)(g)
    used = s if how.get("late") else new
    root = {
        "outside": np.sqrt(used) + eps, "inside": np.sqrt(used + eps),
        "square": np.sqrt(used + eps**2), "none": np.sqrt(used), "variance": used + eps,
        "times": 1 / (np.sqrt(used) + eps),
    }[how.get("root", "outside")]  # fmt: skip
    moved = w + how.get("sign", -1) * lr * how.get("top", lambda g: g)(g) / root
    return (new, moved) if how.get("swapped") else (moved, s if how.get("forgets") else new)


def _rmsprops(**how: Any) -> Any:
    return lambda w, s, g, lr, decay, eps: _rmsprop(w, s, g, lr, decay, eps, **how)


_PLACE = "ε stands inside the root here. In this lesson it is added to the root, outside."


def _rmsprop_case(n: int, *rest: float) -> tuple[Any, ...]:
    w, g = vectors(n, 2)
    return w, _squares(n), g, *rest


rmsprop_step = Exercise(
    "rmsprop_step",
    _rmsprop,
    [_rmsprop_case(4, 0.1, 0.9, 0.1), _rmsprop_case(3, 0.5, 0.5, 0.01),
     _rmsprop_case(5, 0.02, 0.99, 0.3)],
    [
        Mistake("The gradient is not squared in the average. It is an average of sizes, and a size "
                "has no sign.", _rmsprops(square=lambda g: g)),
        Mistake("The average is of absolute values here; it should be of squares, or there is "
                "nothing to take the root of.", _rmsprops(square=np.abs)),
        Mistake(_PLACE, _rmsprops(root="inside")),
        Mistake("ε is missing: a weight whose gradient was always zero would divide by zero.",
                _rmsprops(root="none")),
        Mistake("Divided by the average square itself: its root is missing.",
                _rmsprops(root="variance")),
        Mistake("Multiplied by the root. Where gradients are large, should the steps be longer or "
                "shorter?", _rmsprops(root="times")),
        Mistake("The old average was used: today's gradient belongs into it first.",
                _rmsprops(late=True)),
        Mistake("The average came back as it was. The next step needs the new one.",
                _rmsprops(forgets=True)),
        Mistake("This sum never forgets: that is Adagrad.", _rmsprops(weights=lambda d: (1, 1))),
        Mistake("The square enters whole. In an average the two weights sum to 1.",
                _rmsprops(weights=lambda d: (d, 1))),
        Mistake("decay is the share that is kept; here it is the share that is new.",
                _rmsprops(weights=lambda d: (1 - d, d))),
        Mistake("Uphill: the gradient points to where the loss rises.", _rmsprops(sign=1)),
        Mistake("The step is made of g squared, so that it has lost its sign.",
                _rmsprops(top=lambda g: g**2)),
        Mistake("The order: return the weights first, then the average.", _rmsprops(swapped=True)),
    ],
    returns="two arrays: the new weights and the new average of squares",
)  # fmt: skip


def _adam(
    w: Any, m: Any, v: Any, g: Any, t: int, lr: float, beta1: float, beta2: float, eps: float,
    **how: Any,
) -> Any:  # fmt: skip
    if how.get("betas_swapped"):
        beta1, beta2 = beta2, beta1
    new_m = beta1 * m + (1 - beta1) * g
    new_v = beta2 * v + (1 - beta2) * how.get("square", lambda g: g**2)(g)
    power = t + how.get("shift", 0)
    m_hat = new_m / (1 - beta1**power if how.get("correct_m", True) else 1)
    v_hat = new_v / (1 - beta2**power if how.get("correct_v", True) else 1)
    if how.get("factor"):
        m_hat, v_hat = new_m / (1 - beta1), new_v / (1 - beta2)
    root = {
        "outside": np.sqrt(v_hat) + eps, "inside": np.sqrt(v_hat + eps), "none": np.sqrt(v_hat),
        "variance": v_hat + eps,
        "tensorflow": np.sqrt(v_hat) + eps / np.sqrt(1 - beta2**t),
    }[how.get("root", "outside")]  # fmt: skip
    top = g if how.get("plain") else m_hat
    moved = w + how.get("sign", -1) * lr * top / root
    return (moved, m_hat, v_hat) if how.get("stores_hat") else (moved, new_m, new_v)


def _adams(**how: Any) -> Any:
    return lambda *arguments: _adam(*arguments, **how)


def _adam_case(n: int, t: int, *rest: float) -> tuple[Any, ...]:
    w, m, g = vectors(n, 3)
    return w, m, _squares(n), g, t, *rest


adam_step = Exercise(
    "adam_step",
    _adam,
    [
        _adam_case(4, 2, 0.1, 0.9, 0.99, 0.1),
        _adam_case(3, 5, 0.01, 0.5, 0.9, 0.01),
        _adam_case(5, 30, 0.3, 0.8, 0.999, 0.3),
    ],
    [
        Mistake("The bias correction is missing: the averages started at zero.",
                _adams(correct_m=False, correct_v=False)),
        Mistake("m is corrected, v is not: both started at zero.", _adams(correct_v=False)),
        Mistake("v is corrected, m is not: both started at zero.", _adams(correct_m=False)),
        Mistake("Off by one in the correction: t counts from 1, so that it is the number of "
                "gradients seen, this one included.", _adams(shift=-1)),
        Mistake("Off by one in the correction: t counts from 1 already.", _adams(shift=1)),
        Mistake("Divided by 1 - β in every step: the correction must fade with t.",
                _adams(factor=True)),
        Mistake("The corrected averages were stored. The next step would correct them again: "
                "return m and v as they are averaged.", _adams(stores_hat=True)),
        Mistake("ε stands inside the root here. In the paper, and in this lesson, it is added "
                "outside.", _adams(root="inside")),
        Mistake("This is TensorFlow's ε, under the correction of v. The paper's is added to the "
                "corrected root.", _adams(root="tensorflow")),
        Mistake("ε is missing: a weight whose gradient was always zero would divide by zero.",
                _adams(root="none")),
        Mistake("The root is missing: this divides by the average square.",
                _adams(root="variance")),
        Mistake("The gradient is not squared in v.", _adams(square=lambda g: g)),
        Mistake("The step is made of g itself, as in RMSprop. What is m for?",
                _adams(plain=True)),
        Mistake("β1 and β2 have changed places: the squares are averaged over longer.",
                _adams(betas_swapped=True)),
        Mistake("Uphill: the gradient points to where the loss rises.", _adams(sign=1)),
    ],
    returns="three arrays: the new weights and the two new averages",
)  # fmt: skip
