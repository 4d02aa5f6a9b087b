"""Other right answers, and wrong ones with a word of the hint they need."""

from __future__ import annotations

import math

import numpy as np

import nbhelpers
from nbhelpers import schedules
from nbhelpers.exercises import adaptive_optimizers


def _momentum_loops(w, v, g, lr, mu):
    velocity = [mu * a - lr * b for a, b in zip(v, g, strict=True)]
    return [a + b for a, b in zip(w, velocity, strict=True)], velocity


def _momentum_package(w, v, g, lr, mu):
    w, optimizer = w.copy(), nbhelpers.Momentum(lr, mu)
    optimizer.slots = [v.copy()]
    optimizer.step(w, g)
    return w, optimizer.slots[0]


def _momentum_float32(w, v, g, lr, mu):
    w, v, g = (a.astype(np.float32) for a in (w, v, g))
    v = np.float32(mu) * v - np.float32(lr) * g
    return np.add(w, v), v


def _momentum_copies(w, v, g, lr, mu):
    w, v = w.copy(), v.copy()
    v *= mu
    v -= lr * g
    w += v
    return [w, v]


def _average_package(values, beta):
    average = nbhelpers.ExponentialAverage(beta)
    return [average.update(value) for value in values]


def _average_sums(values, beta):
    averages = []
    for t in range(1, len(values) + 1):
        weights = beta ** np.arange(t)[::-1]
        averages.append(np.sum(weights * values[:t]) / np.sum(weights))
    return np.array(averages)


def _average_rate(values, beta):
    """The correction as a rate that falls: (1 - β) / (1 - β^t)."""
    average, averages = 0.0, []
    for t, value in enumerate(values, start=1):
        average += (1 - beta) / (1 - beta**t) * (value - average)
        averages.append(average)
    return tuple(averages)


def _rmsprop_loops(w, s, g, lr, decay, eps):
    squares = [decay * a + (1 - decay) * b * b for a, b in zip(s, g, strict=True)]
    moved = [a - lr * b / (c**0.5 + eps) for a, b, c in zip(w, g, squares, strict=True)]
    return moved, squares


def _rmsprop_package(w, s, g, lr, decay, eps):
    w, optimizer = w.copy(), nbhelpers.RMSprop(lr, decay, eps)
    optimizer.slots = [s.copy()]
    optimizer.step(w, g)
    return [w, optimizer.slots[0]]


def _rmsprop_toward(w, s, g, lr, decay, eps):
    s = s + (1 - decay) * (np.square(g) - s)
    return w - np.divide(lr * g, eps + s**0.5), s


def _adam_loops(w, m, v, g, t, lr, beta1, beta2, eps):
    results = [], [], []
    for a, b, c, d in zip(w, m, v, g, strict=True):
        b, c = beta1 * b + (1 - beta1) * d, beta2 * c + (1 - beta2) * d * d
        step = b / (1 - beta1**t) / (math.sqrt(c / (1 - beta2**t)) + eps)
        for result, value in zip(results, (a - lr * step, b, c), strict=True):
            result.append(value)
    return results


def _adam_package(w, m, v, g, t, lr, beta1, beta2, eps):
    w, optimizer = w.copy(), nbhelpers.Adam(lr, beta1, beta2, eps)
    optimizer.slots, optimizer.t = [m.copy(), v.copy()], t - 1
    optimizer.step(w, g)
    return w, *optimizer.slots


def _adam_one_rate(w, m, v, g, t, lr, beta1, beta2, eps):
    """The corrections gathered in the rate, and in ε."""
    m, v = m + (1 - beta1) * (g - m), v + (1 - beta2) * (g * g - v)
    root = np.sqrt(1 - beta2**t)
    return w - lr * root / (1 - beta1**t) * m / (np.sqrt(v) + eps * root), m, v


def _rate_if(t, base, warm, steps):
    rate = 0.0 if t >= steps else base * (1 + math.cos(math.pi * t / steps)) / 2
    return rate if t >= warm else rate * (t + 1) / warm


def _rate_package(t, base, warm, steps):
    return schedules.warmup(schedules.cosine(base, steps), warm)(t)


def _rate_half_angle(t, base, warm, steps):
    falling = np.cos(0.5 * np.pi * np.minimum(t, steps) / steps) ** 2
    return np.float64(base * falling * np.minimum(1, (t + 1) / warm))


def _in_place(w, v, g, lr, mu):
    v *= mu
    v -= lr * g
    w += v
    return w, v


def _rmsprop_in_place(w, s, g, lr, decay, eps):
    s *= decay
    s += (1 - decay) * g**2
    return w - lr * g / (np.sqrt(s) + eps), s


def _adam_in_place(w, m, v, g, t, lr, beta1, beta2, eps):
    m[:] = beta1 * m + (1 - beta1) * g
    v[:] = beta2 * v + (1 - beta2) * g**2
    return w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def _running(values, beta, divide=lambda beta, t: 1 - beta**t, enter=None, start=0.0, first=1):
    v, averages = start, []
    for t, value in enumerate(values, start=first):
        v = beta * v + (1 - beta if enter is None else enter) * value
        averages.append(v / divide(beta, t))
    return np.array(averages)


def _fed_back(values, beta):
    v, averages = 0.0, []
    for t, value in enumerate(values, start=1):
        v = (beta * v + (1 - beta) * value) / (1 - beta**t)
        averages.append(v)
    return averages


def _new_s(s, g, decay):
    return decay * s + (1 - decay) * g * g


def _hats(m, v, g, t, beta1, beta2, shift=0):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
    return m, v, m / (1 - beta1 ** (t + shift)), v / (1 - beta2 ** (t + shift))


def _adam_with(step, shift=0):
    """An Adam whose step is step(m, v, m_hat, v_hat, g, eps, t, beta2)."""

    def answer(w, m, v, g, t, lr, beta1, beta2, eps):
        m, v, m_hat, v_hat = _hats(m, v, g, t, beta1, beta2, shift)
        return w - lr * step(m, v, m_hat, v_hat, g, eps, t, beta2), m, v

    return answer


def _adam_unsquared(w, m, v, g, t, lr, beta1, beta2, eps):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g
    return w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def _adam_hats_stored(w, m, v, g, t, lr, beta1, beta2, eps):
    _, _, m, v = _hats(m, v, g, t, beta1, beta2)
    return w - lr * m / (np.sqrt(v) + eps), m, v


def _cosine(t, base, steps, turn=math.pi):
    return base * (1 + math.cos(turn * t / steps)) / 2


RIGHT = {
    adaptive_optimizers.momentum_step: [
        _momentum_loops, _momentum_package, _momentum_float32, _momentum_copies,
    ],
    adaptive_optimizers.moving_average: [_average_package, _average_sums, _average_rate],
    adaptive_optimizers.rmsprop_step: [_rmsprop_loops, _rmsprop_package, _rmsprop_toward],
    adaptive_optimizers.adam_step: [_adam_loops, _adam_package, _adam_one_rate],
    adaptive_optimizers.learning_rate: [_rate_if, _rate_package, _rate_half_angle],
}  # fmt: skip

WRONG = {
    adaptive_optimizers.momentum_step: [
        (_in_place, "changes an array"),
        (lambda w, v, g, lr, mu: (w + mu * v + lr * g, mu * v + lr * g), "uphill"),
        (lambda w, v, g, lr, mu: (w - lr * (mu * v + g), mu * v + g), "without the learning rate"),
        (lambda w, v, g, lr, mu: (w + v, mu * v - lr * g), "late"),
        (lambda w, v, g, lr, mu: (w + mu * v - lr * g, v), "came back as it was"),
        (lambda w, v, g, lr, mu: (w + (1 - mu) * v - lr * g, (1 - mu) * v - lr * g), "nine tenths"),
        (lambda w, v, g, lr, mu: (w + mu * v - (1 - mu) * lr * g, mu * v - (1 - mu) * lr * g),
         "average"),
        (lambda w, v, g, lr, mu: (w - mu * v - lr * g, mu * v + lr * g), "sign"),
        (lambda w, v, g, lr, mu: (w + mu * (mu * v - lr * g) - lr * g, mu * v - lr * g),
         "Nesterov"),
        (lambda w, v, g, lr, mu: w + mu * v - lr * g, "2 things"),
    ],
    adaptive_optimizers.moving_average: [
        (lambda values, beta: _running(values, beta, lambda beta, t: 1), "missing"),
        (lambda values, beta: _running(values, beta, first=0), "Off by one"),
        (lambda values, beta: _running(values, beta, first=2), "Off by one"),
        (_fed_back, "carried on"),
        (lambda values, beta: _running(values, 1 - beta, lambda b, t: 1 - (1 - b) ** t),
         "changed places"),
        (lambda values, beta: _running(values, beta, lambda beta, t: 1 - beta), "fade"),
        (lambda values, beta: _running(values, beta, enter=1), "sum"),
        (lambda values, beta: _running(values, beta, lambda beta, t: 1, start=values[0]), "hides"),
        (lambda values, beta: float(_running(values, beta)[-1]), "one for every value"),
    ],
    adaptive_optimizers.rmsprop_step: [
        (_rmsprop_in_place, "changes an array"),
        (lambda w, s, g, lr, d, eps: (w - lr * g / np.sqrt(_new_s(s, g, d) + eps),
                                      _new_s(s, g, d)), "inside"),
        (lambda w, s, g, lr, d, eps: (w - lr * g / (np.sqrt(d * s + (1 - d) * g) + eps),
                                      d * s + (1 - d) * g), "not squared"),
        (lambda w, s, g, lr, d, eps: (w - lr * g / (np.sqrt(s) + eps), _new_s(s, g, d)),
         "old average"),
        (lambda w, s, g, lr, d, eps: (w - lr * g / (np.sqrt(s + g * g) + eps), s + g * g),
         "Adagrad"),
        (lambda w, s, g, lr, d, eps: (w - lr * g / (_new_s(s, g, d) + eps), _new_s(s, g, d)),
         "root is missing"),
        (lambda w, s, g, lr, d, eps: (w - lr * g / (np.sqrt(_new_s(s, g, 1 - d)) + eps),
                                      _new_s(s, g, 1 - d)), "is new"),
        (lambda w, s, g, lr, d, eps: (w + lr * g / (np.sqrt(_new_s(s, g, d)) + eps),
                                      _new_s(s, g, d)), "Uphill"),
        (lambda w, s, g, lr, d, eps: w - lr * g / (np.sqrt(_new_s(s, g, d)) + eps), "2 things"),
    ],
    adaptive_optimizers.adam_step: [
        (_adam_in_place, "changes an array"),
        (_adam_with(lambda m, v, mh, vh, g, eps, t, b2: m / (np.sqrt(v) + eps)), "is missing"),
        (_adam_with(lambda m, v, mh, vh, g, eps, t, b2: mh / (np.sqrt(vh) + eps), -1),
         "this one included"),
        (_adam_with(lambda m, v, mh, vh, g, eps, t, b2: mh / (np.sqrt(vh) + eps), 1), "already"),
        (_adam_with(lambda m, v, mh, vh, g, eps, t, b2: mh / np.sqrt(vh + eps)), "inside"),
        (_adam_with(lambda m, v, mh, vh, g, eps, t, b2: mh / (np.sqrt(v) + eps)), "v is not"),
        (_adam_with(lambda m, v, mh, vh, g, eps, t, b2: m / (np.sqrt(vh) + eps)), "m is not"),
        (_adam_with(lambda m, v, mh, vh, g, eps, t, b2:
                    mh * np.sqrt(1 - b2**t) / (np.sqrt(v) + eps)), "TensorFlow"),
        (_adam_with(lambda m, v, mh, vh, g, eps, t, b2: mh / (vh + eps)), "root"),
        (_adam_with(lambda m, v, mh, vh, g, eps, t, b2: -mh / (np.sqrt(vh) + eps)), "Uphill"),
        (_adam_unsquared, "not squared"),
        (_adam_hats_stored, "correct them again"),
    ],
    adaptive_optimizers.learning_rate: [
        (lambda t, base, warm, steps: _cosine(min(t, steps), base, steps), "missing"),
        (lambda t, base, warm, steps: _cosine(min(t, steps), base, steps) * min(1, t / warm),
         "wasted"),
        (lambda t, base, warm, steps: _cosine(t, base, steps) * min(1, (t + 1) / warm),
         "up again"),
        (lambda t, base, warm, steps:
            2 * _cosine(min(t, steps), base, steps) * min(1, (t + 1) / warm), "½"),
        (lambda t, base, warm, steps: _cosine(min(t, steps), base, steps) * (t + 1) / warm,
         "beyond"),
        (lambda t, base, warm, steps:
            base * math.cos(math.pi * min(t, steps) / steps) * min(1, (t + 1) / warm), "lift"),
        (lambda t, base, warm, steps:
            _cosine(min(t, steps), base, steps, 2 * math.pi) * min(1, (t + 1) / warm), "whole"),
        (lambda t, base, warm, steps: base * (t + 1) / warm if t < warm else
         _cosine(min(t, steps) - warm, base, steps - warm), "only after"),
    ],
}  # fmt: skip
