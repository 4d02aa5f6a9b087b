"""What every piece promises, one short function a promise: each raises AssertionError if broken.

The functions are handed the piece on trial, so that the same function accepts the right one and
rejects the broken ones of `broken_layers.py`.
"""

import copy

import numpy as np
import pytest

from nbhelpers import (
    SGD,
    Dense,
    Sequential,
    Solver,
    check_layer,
    check_loss,
    check_penalty,
    mse,
    softmax_cross_entropy,
)  # fmt: skip
from nbhelpers.optimizers import BLOCK

X = np.random.default_rng(7).normal(size=(6, 4))
DY = np.random.default_rng(8).normal(size=(6, 4))


def gradient_is_right(layer):
    errors = check_layer(layer, X, rng=np.random.default_rng(9))
    assert max(errors.values()) < 1e-7, errors


def gradient_of_the_loss_is_right(loss):
    assert check_loss(loss, X, np.array([0, 1, 2, 3, 0, 1])) < 1e-7


def gradient_of_the_penalty_is_right(penalty):
    assert check_penalty(penalty, X) < 1e-7


def leaves_its_arguments_alone(layer):
    x, dy = X.copy(), DY.copy()
    layer.forward(x, train=True)
    layer.backward(dy)
    assert np.array_equal(x, X), "forward or backward changed x"
    assert np.array_equal(dy, DY), "backward changed dy"


def writes_gradients_and_does_not_add(layer):
    layer.forward(X, train=True)
    layer.backward(DY)
    once = copy.deepcopy(layer.grads)
    layer.backward(DY)
    for name, value in layer.grads.items():
        assert np.array_equal(value, once[name]), name


def remembers_only_in_training(layer):
    layer.forward(X, train=True)
    layer.forward(X)
    assert layer.cache is None, "a forward at evaluation filled the cache"


def keeps_float32(layer):
    net = Sequential(layer, dtype=np.float32)
    x, dy = X.astype(np.float32), DY.astype(np.float32)
    for train in (False, True):
        assert layer.forward(x, train=train).dtype == np.float32, f"forward, train={train}"
    assert layer.backward(dy).dtype == np.float32, "dx"
    for name, value in (layer.grads | layer.state).items():
        assert value.dtype == np.float32, name
    assert net.w.dtype == net.g.dtype == np.float32


def touches_no_global_randomness(layer):
    before = np.random.get_state()[1:3]  # noqa: NPY002  (it is the legacy state that is watched)
    layer.forward(X, train=True)
    layer.backward(DY)
    after = np.random.get_state()[1:3]  # noqa: NPY002
    assert np.array_equal(before[0], after[0])
    assert before[1] == after[1]


def drops_its_rate(dropout):
    """`dropout` has rate 0.2: a fifth is off, the rest is 1 / 0.8, the mean stays."""
    y = dropout.forward(np.ones((500, 200)), train=True)
    assert abs(np.mean(y == 0) - 0.2) < 0.005, f"{np.mean(y == 0):.3f} dropped"
    assert np.allclose(np.unique(y), [0, 1.25]), np.unique(y)
    assert abs(y.mean() - 1) < 0.01, f"mean {y.mean():.2f}"


def does_nothing_at_evaluation(dropout):
    assert np.array_equal(dropout.forward(X), X)


def survives_a_constant_unit_at_evaluation(norm):
    """`norm` has momentum 0, so that its running variance is that of the batch: 0."""
    x = np.full((4, 1), 3.0)
    norm.forward(x, train=True)
    with np.errstate(all="ignore"):
        assert np.isfinite(norm.forward(x)).all()


def keeps_a_small_variance_beside_a_large_mean(norm):
    with np.errstate(all="ignore"):
        y = norm.forward(np.array([[1e8], [1e8 + 1], [1e8 + 2]]), train=True)
    assert np.allclose(y.ravel(), [-1.2247, 0, 1.2247], atol=1e-4), y.ravel()


def averages_with_the_documented_momentum(norm):
    """`norm` has momentum 0.9: nine tenths of the old, one of the batch; biased variance."""
    norm.forward(np.array([[10.0], [20.0], [30.0]]), train=True)
    assert np.allclose(norm.state["mean"], 2.0), norm.state["mean"]
    assert np.allclose(norm.state["variance"], 0.9 + 20 / 3), norm.state["variance"]


def moves_with_every_parameter(net):
    """No parameter's gradient is always zero: such a one is redundant and never trained."""
    y = np.array([0, 1, 0, 1, 0, 1])
    net.backward(softmax_cross_entropy(net.forward(X, train=True), y)[1])
    for i, layer in enumerate(net.layers):
        for name, value in layer.grads.items():
            assert np.abs(value).max() > 1e-9, f"{i}.{name} never moves"


def penalizes_only_weight_matrices(net_class):
    """Where the data pull nowhere, a step with a penalty moves W alone."""
    methods = {"value": lambda self, w: 0.0, "gradient": lambda self, w: 1 + 0 * w}
    penalty = type("Pull", (), methods)
    net = net_class(Dense(4, 2, rng=np.random.default_rng(0)), dtype=np.float64)
    net.w[:] = 0
    solver = Solver(net, mse, SGD(1.0), penalty=penalty(), rng=np.random.default_rng(0))
    solver.step(X, np.zeros((6, 2)))
    assert (net.layers[0].params["W"] == -1).all()
    assert (net.layers[0].params["b"] == 0).all(), "the penalty pulled on b"


def first_step_is_the_learning_rate(adam):
    """`adam` has lr 0.1; bias correction makes its first step 0.1 whatever the gradient's size."""
    w = np.zeros(2)
    adam.step(w, np.array([1e-3, -50.0]))
    assert np.allclose(w, [-0.1, 0.1], rtol=1e-4), w


def counts_a_step_once(optimizer):
    """All numbers of a long vector have equal gradients, so all must take equal steps."""
    w = np.zeros(2 * BLOCK + 5)
    for _ in range(3):
        optimizer.step(w, np.ones_like(w))
    assert np.ptp(w) == 0, f"steps from {w.min():.4f} to {w.max():.4f}"
    assert optimizer.t == 3, f"{optimizer.t} steps counted"


def keeps_its_velocity_in_steps(momentum):
    """`momentum` has lr 0.1 and μ 0.9: v = -0.1, w = -0.1; then v = 0.9 v - 0.1 = -0.19."""
    w = np.zeros(1)
    momentum.step(w, np.ones(1))
    assert np.allclose(w, -0.1), w
    momentum.step(w, np.ones(1))
    assert np.allclose(w, -0.29), w


def stays_finite(loss):
    """Scores of ±1e4, and the loss itself: the difference of the scores where it is wrong."""
    scores = np.array([[1e4, -1e4], [-1e4, 1e4]])
    with np.errstate(all="ignore"):
        value, dscores = loss(scores, np.array([1, 1]))
    assert value == pytest.approx(1e4), value  # 2e4 for the first row, 0 for the second
    assert np.isfinite(dscores).all()


def stays_finite_for_two_classes(loss):
    with np.errstate(all="ignore"):
        value, dscores = loss(np.array([[1e4], [-1e4]]), np.array([0, 0]))
    assert value == pytest.approx(5e3), value
    assert np.isfinite(dscores).all()


def gives_a_gradient_shaped_like_the_scores(loss):
    """`loss` is a loss of two classes: scores (N, 1) meet labels (N,)."""
    scores, y = np.array([[1.0], [2.0], [3.0]]), np.array([0, 1, 1])
    value, dscores = loss(scores, y)
    assert dscores.shape == scores.shape, dscores.shape
    one_by_one = [loss(scores[[i]], y[[i]])[0] for i in range(3)]
    assert value == pytest.approx(np.mean(one_by_one))


def visits_every_example_once(batches):
    x = np.arange(23.0)[:, None]
    seen = [x for x, _ in batches(x, np.arange(23), 5, rng=np.random.default_rng(0))]
    assert np.array_equal(np.sort(np.concatenate(seen), axis=0), x), "not every example once"
    assert [len(x) for x in seen] == [5, 5, 5, 5, 3]


def keeps_a_copy_of_the_best(solver_class):
    """A good first epoch, then one that ruins the weights: the copy must not be ruined too."""
    net = Sequential(Dense(4, 2, rng=np.random.default_rng(0)), dtype=np.float64)
    rng, y = np.random.default_rng(0), np.array([0, 1, 0, 1, 0, 1])
    solver = solver_class(net, softmax_cross_entropy, SGD(0.01), rng=rng, progress=False)
    history = solver.fit((X, y), (X, y), epochs=1)
    best = net.w.copy()
    net.w += 1
    kept = np.concatenate([a.ravel() for a in history.best_weights.values()])
    assert np.array_equal(kept, best), "the best weights went along with the network's"
