"""A schedule in the graph is a function from the step's tensor to the learning rate's."""

from __future__ import annotations

import math
from collections.abc import Callable

from .._checks import check_number, check_schedule, check_size
from ._tensorflow import Tensor, tf

Schedule = Callable[[Tensor], Tensor]
"""`schedule(step)` returns the learning rate of that update; both are float64 tensors, ()."""


def constant(lr: float) -> Schedule:
    """The same learning rate at every step.

    >>> float(tf.Session().run(constant(0.1)(tf.constant(1000.0, tf.float64))))
    0.1
    """
    lr = check_number(lr, "constant", "lr", 0, open_low=True)
    return lambda step: tf.constant(lr, tf.float64)


def step(lr: float, every: int, factor: float = 0.5) -> Schedule:
    """lr · factor^⌊step / every⌋: a stair, one tread every `every` steps.

    >>> float(tf.Session().run(step(0.8, 2)(tf.constant(5.0, tf.float64))))
    0.2
    """
    lr = check_number(lr, "step", "lr", 0, open_low=True)
    check_size(every, "step", "every")
    factor = check_number(factor, "step", "factor", 0, open_low=True)
    return lambda step: lr * factor ** (step // every)


def exponential(lr: float, rate: float) -> Schedule:
    """lr · exp(-rate · step): every step is smaller by the same share.

    >>> round(float(tf.Session().run(exponential(0.1, 0.5)(tf.constant(2.0, tf.float64)))), 4)
    0.0368
    """
    lr = check_number(lr, "exponential", "lr", 0, open_low=True)
    rate = check_number(rate, "exponential", "rate", 0)
    return lambda step: lr * tf.exp(-rate * step)


def inverse(lr: float, rate: float) -> Schedule:
    """lr / (1 + rate · step): 1/t decay.

    >>> float(tf.Session().run(inverse(0.1, 1)(tf.constant(3.0, tf.float64))))
    0.025
    """
    lr = check_number(lr, "inverse", "lr", 0, open_low=True)
    rate = check_number(rate, "inverse", "rate", 0)
    return lambda step: lr / (1 + rate * step)


def inverse_sqrt(lr: float, rate: float) -> Schedule:
    """lr / √(1 + rate · step): 1/√t decay, slower than 1/t.

    >>> float(tf.Session().run(inverse_sqrt(0.1, 1)(tf.constant(3.0, tf.float64))))
    0.05
    """
    lr = check_number(lr, "inverse_sqrt", "lr", 0, open_low=True)
    rate = check_number(rate, "inverse_sqrt", "rate", 0)
    return lambda step: lr / tf.sqrt(1 + rate * step)


def cosine(lr: float, steps: int) -> Schedule:
    """lr · ½ (1 + cos(π step / steps)): from lr down to 0.

    >>> round(float(tf.Session().run(cosine(0.1, 4)(tf.constant(2.0, tf.float64)))), 4)
    0.05
    """
    lr = check_number(lr, "cosine", "lr", 0, open_low=True)
    check_size(steps, "cosine", "steps")
    return lambda step: 0.5 * lr * (1.0 + tf.cos(math.pi * tf.minimum(step, steps) / steps))


def warmup(schedule: float | Schedule, steps: int) -> Schedule:
    """The schedule, times (step + 1) / steps for the first `steps` steps.

    >>> float(tf.Session().run(warmup(0.1, 4)(tf.constant(1.0, tf.float64))))
    0.05
    """
    if callable(schedule):
        check_schedule(schedule, "warmup", "graph")
    full = schedule if callable(schedule) else constant(schedule)
    check_size(steps, "warmup", "steps")
    return lambda step: full(step) * tf.minimum((step + 1) / steps, 1.0)
