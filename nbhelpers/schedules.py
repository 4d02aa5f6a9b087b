"""A schedule is a function of the step: it returns the learning rate of that update.

The first update is step 0. Any function of the step will do; these make the usual ones. Large steps
find the valley, small ones its floor.
"""

from __future__ import annotations

import math

from ._checks import Schedule, check_number, check_schedule, check_size


def constant(lr: float) -> Schedule:
    """The same learning rate at every step.

    >>> constant(0.1)(1000)
    0.1
    """
    lr = check_number(lr, "constant", "lr", 0, open_low=True)
    return lambda step: lr


def step(lr: float, every: int, factor: float = 0.5) -> Schedule:
    """lr · factor^⌊step / every⌋: a stair, one tread every `every` steps.

    >>> [step(0.8, 2)(t) for t in range(6)]
    [0.8, 0.8, 0.4, 0.4, 0.2, 0.2]
    """
    lr = check_number(lr, "step", "lr", 0, open_low=True)
    check_size(every, "step", "every")
    factor = check_number(factor, "step", "factor", 0, open_low=True)
    return lambda step: lr * factor ** (step // every)


def exponential(lr: float, rate: float) -> Schedule:
    """lr · exp(-rate · step): every step is smaller by the same share.

    >>> [round(exponential(0.1, 0.5)(t), 4) for t in range(3)]
    [0.1, 0.0607, 0.0368]
    """
    lr = check_number(lr, "exponential", "lr", 0, open_low=True)
    rate = check_number(rate, "exponential", "rate", 0)
    return lambda step: lr * math.exp(-rate * step)


def inverse(lr: float, rate: float) -> Schedule:
    """lr / (1 + rate · step): 1/t decay. The steps sum to infinity, their squares do not, so that
    plain gradient descent comes to rest at the minimum of a convex loss (Robbins & Monro, 1951).

    >>> [round(inverse(0.1, 1)(t), 4) for t in range(4)]
    [0.1, 0.05, 0.0333, 0.025]
    """
    lr = check_number(lr, "inverse", "lr", 0, open_low=True)
    rate = check_number(rate, "inverse", "rate", 0)
    return lambda step: lr / (1 + rate * step)


def inverse_sqrt(lr: float, rate: float) -> Schedule:
    """lr / √(1 + rate · step): 1/√t decay, slower than 1/t.

    >>> [round(inverse_sqrt(0.1, 1)(t), 4) for t in range(4)]
    [0.1, 0.0707, 0.0577, 0.05]
    """
    lr = check_number(lr, "inverse_sqrt", "lr", 0, open_low=True)
    rate = check_number(rate, "inverse_sqrt", "rate", 0)
    return lambda step: lr / math.sqrt(1 + rate * step)


def cosine(lr: float, steps: int) -> Schedule:
    """lr · ½ (1 + cos(π step / steps)): from lr down to 0 (Loshchilov & Hutter, 2017).

    >>> [round(cosine(0.1, 4)(step), 3) for step in range(6)]
    [0.1, 0.085, 0.05, 0.015, 0.0, 0.0]
    """
    lr = check_number(lr, "cosine", "lr", 0, open_low=True)
    check_size(steps, "cosine", "steps")
    return lambda step: 0.5 * lr * (1.0 + math.cos(math.pi * min(step, steps) / steps))


def warmup(schedule: float | Schedule, steps: int) -> Schedule:
    """The schedule, times (step + 1) / steps for the first `steps` steps (Goyal, 2017).

    Args:
        schedule: a schedule, or a constant learning rate. Its own steps count from the start, so
            that after the warm-up it is where it would be without.
        steps: how many updates it takes to reach the full rate.

    >>> [round(warmup(0.1, 4)(t), 3) for t in range(6)]
    [0.025, 0.05, 0.075, 0.1, 0.1, 0.1]
    """
    if callable(schedule):
        check_schedule(schedule, "warmup", "numpy")
    full = schedule if callable(schedule) else constant(schedule)
    check_size(steps, "warmup", "steps")
    return lambda step: full(step) * min(1.0, (step + 1) / steps)
