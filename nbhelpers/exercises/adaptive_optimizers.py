"""Exercises: momentum, a corrected average, RMSprop, Adam, cosine with warm-up."""

from __future__ import annotations

from typing import Any

import numpy as np

from .engine.exercise import Exercise, Mistake

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


def _momentum(w: Any, v: Any, g: Any, lr: float, mu: float, **how: Any) -> Any:
    """Right without `how`; with it, one thing is done in another way."""
    push = how.get("sign", -1) * lr * how.get("weight", lambda mu: 1)(mu) * g
    new = how.get("keep", lambda mu: mu)(mu) * v + push
    moves = {"new": new, "old": v, "ahead": mu * new + push, "again": new - lr * g}
    moved = w + how.get("direction", 1) * moves[how.get("move", "new")]
    if how.get("stores_sum"):  # the other convention: v is a sum of gradients
        new = mu * v + g
        moved = w - lr * new
    return (new, moved) if how.get("swapped") else (moved, v if how.get("forgets") else new)


def _momenta(**how: Any) -> Any:
    return lambda w, v, g, lr, mu: _momentum(w, v, g, lr, mu, **how)


_STORED = "The velocity came back as it was. The next step needs the new one."

momentum_step = Exercise(
    "momentum_step",
    _momentum,
    [(*vectors(4, 3), 0.1, 0.9), (*vectors(3, 3), 0.5, 0.5), (*vectors(5, 3), 0.02, 0.99)],
    [
        Mistake("The other convention: this velocity is a sum of gradients, without the learning "
                "rate. Here v holds a step.", _momenta(stores_sum=True)),
        Mistake("The push goes uphill: the gradient points to where the loss rises.",
                _momenta(sign=1)),
        Mistake("The velocity points the right way, and was subtracted: v holds a step that is "
                "already downhill.", _momenta(direction=-1)),
        Mistake("The velocity points uphill and is subtracted: the weights are right, but not in "
                "this convention; v is to be the step itself, with its sign.",
                lambda w, v, g, lr, mu: (w - (mu * v + lr * g), mu * v + lr * g)),
        Mistake("The old velocity moved the weights: today's gradient comes a step late.",
                _momenta(move="old")),
        Mistake(_STORED, _momenta(forgets=True)),
        Mistake("This is Nesterov's step, which looks ahead. Plain momentum adds the velocity.",
                _momenta(move="ahead")),
        Mistake("The gradient moved the weights twice: it is in the new velocity already.",
                _momenta(move="again")),
        Mistake("The friction is missing: which share of the old velocity is kept?",
                _momenta(keep=lambda mu: 1)),
        Mistake("The old velocity is kept by 1 - μ here. At μ = 0.9 nine tenths of it stay.",
                _momenta(keep=lambda mu: 1 - mu)),
        Mistake("This is an average: the gradient enters by 1 - μ. In this lesson's convention it "
                "enters whole.", _momenta(weight=lambda mu: 1 - mu)),
        Mistake("The order: return the weights first, then the velocity.", _momenta(swapped=True)),
    ],
    returns="two arrays: the new weights and the new velocity",
)  # fmt: skip


def _average(values: Any, beta: float, **how: Any) -> Any:
    v, averages = how.get("start", lambda values: 0.0)(values), []
    kept, entered = how.get("weights", lambda beta: (beta, 1 - beta))(beta)
    for t, value in enumerate(values):
        v = kept * v + entered * value
        average = v / how.get("divisor", lambda beta, t: 1 - beta ** (t + 1))(beta, t)
        if how.get("feeds_back"):
            v = average
        averages.append(average)
    return averages[-1] if how.get("last") else averages


def _averages(**how: Any) -> Any:
    return lambda values, beta: _average(values, beta, **how)


_EARLY = "Off by one: after the first value one value was seen, so the first divisor is 1 - β."

moving_average = Exercise(
    "moving_average",
    _average,
    [(_RNG.normal(5, 2, size=6), 0.9), (_RNG.normal(size=9), 0.5),
     (np.array([20.0, 10.0, 30.0]), 0.98)],
    [
        Mistake("The averages start too near to zero: the correction is missing. What do the "
                "weights of all values seen so far sum to?",
                _averages(divisor=lambda beta, t: 1)),
        Mistake(_EARLY + " Yours is 1 - β⁰ = 0.", _averages(divisor=lambda beta, t: 1 - beta**t)),
        Mistake(_EARLY, _averages(divisor=lambda beta, t: 1 - beta ** (t + 2))),
        Mistake("The corrected average was carried on. Correct what you return, and go on with "
                "the uncorrected v.", _averages(feeds_back=True)),
        Mistake("β and 1 - β have changed places: β is the share that is kept.",
                _averages(weights=lambda beta: (1 - beta, beta))),
        Mistake("New values enter whole, so that this is a sum. By how much does each enter?",
                _averages(weights=lambda beta: (beta, 1))),
        Mistake("The same divisor for every average: the correction must fade as values come in.",
                _averages(divisor=lambda beta, t: 1 - beta)),
        Mistake("Multiplied by the sum of the weights instead of divided by it.",
                _averages(divisor=lambda beta, t: 1 / (1 - beta ** (t + 1)))),
        Mistake("Divided by β to the power t: that is the share which still sits on the zero. What "
                "is the share of the values?", _averages(divisor=lambda beta, t: beta ** (t + 1))),
        Mistake("It starts at the first value. That hides the start as well, but it is not the "
                "correction: the first value then weighs more than any other.",
                _averages(start=lambda values: values[0], divisor=lambda beta, t: 1)),
        Mistake("Only the last average came back. Return one for every value.",
                _averages(last=True)),
    ],
    returns="as many averages as there are values",
)  # fmt: skip


def _rate(t: int, base: float, warm: int, steps: int, **how: Any) -> float:
    t_cos = t if how.get("bounces") else min(t, steps)
    t_cos, length = (t_cos - warm, steps - warm) if how.get("after") else (t_cos, steps)
    if how.get("after"):
        t_cos = min(max(t_cos, 0), length)
    angle = how.get("turn", np.pi) * t_cos / length
    wave = {"half": (1 + np.cos(angle)) / 2, "double": 1 + np.cos(angle), "bare": np.cos(angle)}
    climb = (t + how.get("first", 1)) / warm
    if not how.get("unlimited"):
        climb = min(1.0, climb)
    return base * float(wave[how.get("wave", "half")]) * (climb if how.get("climbs", True) else 1.0)


def _rates(**how: Any) -> Any:
    return lambda t, base, warm, steps: _rate(t, base, warm, steps, **how)


learning_rate = Exercise(
    "learning_rate",
    _rate,
    [(t, 0.1, 10, 100) for t in (0, 4, 9, 10, 50, 100, 130)] + [(3, 0.5, 1, 8), (7, 2.0, 4, 8)],
    [
        Mistake("Step 0 has the rate 0: that step is wasted. The first factor is 1/warm.",
                _rates(first=0)),
        Mistake("The warm-up climbs on beyond 1. What keeps the factor from passing it?",
                _rates(unlimited=True)),
        Mistake("The cosine alone: the warm-up is missing.", _rates(climbs=False)),
        Mistake("After `steps` the cosine comes up again. It should stay at 0.",
                _rates(bounces=True)),
        Mistake("The factor ½ is missing: 1 + cos starts at 2.", _rates(wave="double")),
        Mistake("A bare cosine falls below zero halfway: lift it by 1, then halve it.",
                _rates(wave="bare")),
        Mistake("A whole turn, 2π: down and up again. Half a turn leads from the top to the "
                "bottom.", _rates(turn=2 * np.pi)),
        Mistake("A quarter of a turn, π/2: it ends halfway down.", _rates(turn=np.pi / 2)),
        Mistake("Here the cosine begins only after the warm-up. It is also done so; in this "
                "lesson the cosine counts from step 0 and the warm-up multiplies it.",
                _rates(after=True)),
    ],
    view=lambda rate: round(float(rate), 9),  # a cosine may miss its zero by rounding
    returns="one number",
)  # fmt: skip
