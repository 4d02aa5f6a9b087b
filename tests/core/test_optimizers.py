"""Optimizers against numbers worked out by hand, on surfaces with a known minimum, in blocks."""

import math

import numpy as np
import pytest

import nbhelpers as nb
from nbhelpers import schedules
from nbhelpers.optimizers import BLOCK

# For gradients 2, then -1, from w = 0: where two steps lead, worked out by hand.
BY_HAND = {
    "SGD": (nb.SGD(0.1), [-0.2, -0.2 + 0.1]),
    "Momentum": (nb.Momentum(0.1, momentum=0.5), [-0.2, -0.2 + (0.5 * -0.2 + 0.1)]),
    "Nesterov": (
        nb.Nesterov(0.1, momentum=0.5),
        # v = -0.2, step 0.5 v - 0.2; then v = 0.5 · -0.2 + 0.1 = 0, step 0.5 · 0 + 0.1
        [-0.3, -0.3 + 0.1],
    ),
    "Adagrad": (nb.Adagrad(0.1, eps=1e-12), [-0.1, -0.1 + 0.1 / math.sqrt(5)]),
    "RMSprop": (
        nb.RMSprop(0.1, decay=0.75, eps=1e-12),
        # s = ¼ · 4 = 1; then s = ¾ · 1 + ¼ · 1 = 1
        [-0.2, -0.2 + 0.1],
    ),
    "Adam": (
        nb.Adam(0.1, beta1=0.5, beta2=0.75, eps=1e-12),
        # m = 1, v = 1, m̂ = 1 / ½, v̂ = 1 / ¼; then m = 0, so w stays
        [-0.1, -0.1],
    ),
    "AdamW": (
        nb.AdamW(0.1, beta1=0.5, beta2=0.75, eps=1e-12, decay=0.5),
        # as Adam, and the second step first takes 0.1 · 0.5 of -0.1 away
        [-0.1, -0.1 * 0.95],
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_two_steps_by_hand(name):
    optimizer, expected = BY_HAND[name]
    w = np.zeros(1)
    for gradient, place in zip([2.0, -1.0], expected, strict=True):
        optimizer.step(w, np.array([gradient]))
        assert w[0] == pytest.approx(place, abs=1e-9)


def test_eps_stands_beside_the_root():
    for optimizer in (nb.Adagrad(0.1, eps=1.0), nb.Adam(0.1, eps=1.0)):
        w = np.zeros(1)
        optimizer.step(w, np.ones(1))
        assert w[0] == pytest.approx(-0.1 / (1 + 1))
    w = np.zeros(1)
    nb.RMSprop(0.1, decay=0.75, eps=1.0).step(w, np.ones(1))
    assert w[0] == pytest.approx(-0.1 / (0.5 + 1))


def test_nesterov_in_both_its_forms():
    """The form with a look ahead, θ, and the one written here, at w = θ + μ v: the same path."""
    mu, lr, curvature = 0.9, 0.02, np.array([1.0, 10.0])
    theta, v = np.array([1.0, -2.0]), np.zeros(2)
    w, optimizer = theta.copy(), nb.Nesterov(lr, momentum=mu)
    for _ in range(50):
        v = mu * v - lr * curvature * (theta + mu * v)
        theta = theta + v
        optimizer.step(w, curvature * w)
        np.testing.assert_allclose(w, theta + mu * v, rtol=1e-12)


def test_the_momentum_conventions_map_while_lr_is_constant():
    lr, mu, curvature = 0.02, 0.9, np.array([1.0, 10.0])
    w, optimizer = np.array([1.0, -2.0]), nb.Momentum(lr, momentum=mu)
    other, u = w.copy(), np.zeros(2)
    averaged, a = w.copy(), np.zeros(2)
    for _ in range(50):
        optimizer.step(w, curvature * w)
        u = mu * u + curvature * other
        other = other - lr * u
        a = mu * a + (1 - mu) * curvature * averaged
        averaged = averaged - lr / (1 - mu) * a
        np.testing.assert_allclose(w, other, rtol=1e-9)
        np.testing.assert_allclose(w, averaged, rtol=1e-9)


@pytest.mark.parametrize(
    "optimizer",
    [
        nb.SGD(0.05), nb.Momentum(0.01), nb.Nesterov(0.01), nb.Adagrad(0.5),
        nb.RMSprop(schedules.inverse_sqrt(0.05, 0.1)), nb.Adam(schedules.cosine(0.1, 1500)),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)  # fmt: skip
def test_each_reaches_the_minimum_of_a_quadratic(optimizer):
    """½ (w - w*)ᵀ A (w - w*) with curvatures 1 and 20, turned by 30°."""
    turn = np.array([[math.cos(0.5), -math.sin(0.5)], [math.sin(0.5), math.cos(0.5)]])
    a = turn @ np.diag([1.0, 20.0]) @ turn.T
    minimum, w = np.array([1.0, -2.0]), np.zeros(2)
    for _ in range(1500):
        optimizer.step(w, a @ (w - minimum))
    np.testing.assert_allclose(w, minimum, atol=5e-3)


@pytest.mark.parametrize(
    "make", [nb.SGD, nb.Momentum, nb.Nesterov, nb.Adagrad, nb.RMSprop, nb.Adam, nb.AdamW]
)
@pytest.mark.parametrize("size", [1, BLOCK, BLOCK + 1, 2 * BLOCK + 100])
def test_blocks_make_no_difference(make, size):
    rng = np.random.default_rng(0)
    w, gradients = rng.normal(size=size), rng.normal(size=(3, size))
    whole, by_blocks = w.copy(), w.copy()
    optimizer, formula = make(0.1), make(0.1)
    slots = [np.zeros_like(w) for _ in range(formula.n_slots)]
    for g in gradients:
        optimizer.step(by_blocks, g)
        formula.t += 1
        formula.update(whole, g, *slots, lr=0.1)
    assert np.array_equal(by_blocks, whole)


def test_the_learning_rate_comes_from_the_schedule_step_by_step():
    asked = []
    optimizer = nb.SGD(lambda step: asked.append(step) or 0.5**step)
    w = np.zeros(2 * BLOCK)
    for _ in range(3):
        optimizer.step(w, np.ones_like(w))
    assert asked == [0, 1, 2]  # once a step, not once a block
    assert w[0] == w[-1] == -(1 + 0.5 + 0.25)


# --- clipping -----------------------------------------------------------------------------------


def test_clip_by_global_norm_keeps_the_direction():
    g = [np.array([[3.0, 0.0]]), np.array([0.0, 4.0])]
    clipped, norm = nb.clip_by_global_norm(g, 2.5)
    assert norm == 5
    assert [one.tolist() for one in clipped] == [[[1.5, 0.0]], [0.0, 2.0]]
    unchanged, norm = nb.clip_by_global_norm(g, 5.0)
    assert norm == 5
    for one, same in zip(g, unchanged, strict=True):
        assert np.array_equal(one, same)


def test_clip_by_global_norm_of_nothing_but_zeros():
    clipped, norm = nb.clip_by_global_norm(np.zeros(3), 1.0)
    assert norm == 0
    assert np.array_equal(clipped, np.zeros(3))


def test_clip_by_value_may_turn_the_direction():
    assert nb.clip_by_value(np.array([10.0, 1.0]), -1, 1).tolist() == [1, 1]
    assert [one.tolist() for one in nb.clip_by_value([np.array([-3.0])], -1, 2)] == [[-1]]


# --- averages -----------------------------------------------------------------------------------


def test_exponential_average_is_the_weighted_mean_of_all_values():
    values, beta = np.random.default_rng(0).normal(size=20), 0.8
    weights = beta ** np.arange(19, -1, -1.0)
    average, plain = nb.ExponentialAverage(beta), nb.ExponentialAverage(beta, correct=False)
    for x in values:
        corrected, raw = average.update(x), plain.update(x)
    assert corrected == pytest.approx(np.average(values, weights=weights))
    assert raw == pytest.approx((1 - beta) * np.sum(weights * values))


def test_exponential_average_of_arrays_keeps_float32():
    average = nb.ExponentialAverage(0.5)
    x = np.array([1.0, 2.0], np.float32)
    x.setflags(write=False)
    for _ in range(3):
        result = average.update(x)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, x)


def test_adamw_decays_all_weights_alike_where_an_l2_penalty_under_adam_does_not():
    """Two weights of 1, gradients +5 and -5, then +0.1 and -0.1, …: only the pull to 0 is left."""
    moved = {}
    for name in ("decoupled", "penalty"):
        optimizer = nb.AdamW(0.01, decay=0.1) if name == "decoupled" else nb.Adam(0.01)
        w = np.ones(2)
        for t in range(200):
            g = np.array([5.0, 0.1]) * (-1) ** t
            optimizer.step(w, g if name == "decoupled" else g + 0.1 * w)
        moved[name] = 1 - w
    assert moved["decoupled"] == pytest.approx(1 - (1 - 0.01 * 0.1) ** 200, rel=0.1)
    assert moved["decoupled"][0] == pytest.approx(moved["decoupled"][1])
    assert moved["penalty"][1] > 5 * moved["penalty"][0]


def test_adamw_without_decay_is_adam():
    w, w_adam = np.ones(3), np.ones(3)
    adamw, adam = nb.AdamW(0.1, decay=0.0), nb.Adam(0.1)
    for g in np.random.default_rng(0).normal(size=(20, 3)):
        adamw.step(w, g)
        adam.step(w_adam, g)
    assert np.array_equal(w, w_adam)


RANGES = [
    (lambda eps: nb.RMSprop(0.1, eps=eps), "0 < eps", (0, -1e-8), (1e-8, 1)),
    (lambda eps: nb.Adam(0.1, eps=eps), "0 < eps", (0, -1e-8), (1e-8, 1)),
    (lambda beta: nb.Adam(0.1, beta1=beta), "0 <= beta1 < 1", (-0.5, 1), (0, 0.99)),
    (lambda beta: nb.Adam(0.1, beta2=beta), "0 <= beta2 < 1", (-0.5, 1), (0, 0.999)),
    (lambda limit: nb.clip_by_global_norm(np.ones(2), limit), "0 < limit", (0, -0.5), (0.5,)),
]


@pytest.mark.parametrize(("make", "expected", "wrong", "right"), RANGES)
def test_a_setting_has_its_range(make, expected, wrong, right):
    for value in right:
        make(value)
    for value in wrong:
        with pytest.raises(ValueError, match=expected):
            make(value)


def test_an_average_follows_a_tenth_of_each_value_unless_told_otherwise():
    average = nb.ExponentialAverage(correct=False)
    assert average.update(10.0) == pytest.approx(1.0)
