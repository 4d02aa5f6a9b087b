"""The monitor names what goes wrong, is content with what goes right, and never interferes."""

import functools
import math
from functools import partial

import numpy as np
import pytest

from nbhelpers import (
    L2,
    SGD,
    Adam,
    BatchNorm,
    Dense,
    Dropout,
    FullyConnectedNet,
    History,
    LeakyReLU,
    Momentum,
    Monitor,
    ReLU,
    Sequential,
    Sigmoid,
    Solver,
    Tanh,
    he,
    hinge,
    huber,
    logistic,
    mse,
    normal,
    softmax_cross_entropy,
    xavier,
    zeros,
)
from nbhelpers.datasets import load_mnist_sample, moons, polynomial, spirals
from nbhelpers.diagnostics import (
    activation_histograms,
    best_constant_loss,
    dead_shares,
    gradient_histograms,
    gradient_norms,
    histogram,
    layer_outputs,
    loss_verdict,
    rehearse,
    saturated_shares,
    update_ratios,
    weight_histograms,
)

# Runs that go wrong in a known way, and runs that go well


digits = functools.cache(load_mnist_sample)


class Unshuffled(Solver):
    """Takes the batches in the order in which the examples lie."""

    def batches(self, x, y):
        n = self.batch_size
        return ((x[i : i + n], y[i : i + n]) for i in range(0, len(x), n))


def run(
    seed, *, hidden=(64, 32), examples=1000, epochs=10, optimizer=lambda: SGD(0.1),
    change=lambda x, y: (x, y), change_val=lambda x, y: (x, y), solver=Solver, batch_size=100,
    bias=0.0, penalty=None, **options,
):  # fmt: skip
    """Train on some digits, and return the monitor that watched."""
    train, test = digits()
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(train[0]))[:examples]
    x, y = change(train[0][rows], train[1][rows])
    net = FullyConnectedNet(hidden, n_in=784, rng=rng, **options)
    for layer in net.layers[:-1]:
        if "b" in layer.params:
            layer.params["b"][:] = bias
    monitor = Monitor(net, softmax_cross_entropy, (x, y))
    solver = solver(
        net, softmax_cross_entropy, optimizer(), rng=rng, callbacks=monitor, progress=False,
        batch_size=batch_size, penalty=penalty,
    )  # fmt: skip
    try:
        solver.fit((x, y), change_val(*test), epochs=epochs)
    except FloatingPointError:
        assert not math.isfinite(solver.history.step_losses[-1])
    return monitor


def scaled(factor, offset=0.0):
    def change(x, y):
        return x * np.float32(factor) + np.float32(offset), y

    return {"change": change, "change_val": change}


def by_class(x, y):
    order = np.argsort(y, kind="stable")
    return x[order], y[order]


LONGER = {"examples": 4000, "epochs": 5}
DEEP = {"hidden": (64,) * 12}

FAILURES = [
    ("learning rate too high", {"optimizer": partial(SGD, 2.0)}),
    ("learning rate too high", {"optimizer": partial(SGD, 20.0)}),
    ("learning rate too high", {"optimizer": partial(Adam, 0.1)}),
    ("learning rate too low", {"optimizer": partial(SGD, 1e-4)}),
    ("learning rate too low", {"optimizer": partial(SGD, 1e-2)}),
    ("learning rate too low", {"optimizer": partial(Adam, 1e-5)}),
    ("bad input scale", scaled(255)),
    ("bad input scale", scaled(1e-3)),
    ("bad input scale", scaled(1, 100)),
    ("bad input scale", scaled(1, 8)),
    ("bad input scale", scaled(1, -8)),
    ("zero weights", {"init": zeros}),
    ("zero weights", {"init": zeros, "activation": Sigmoid}),
    ("initial weights too small", {"init": normal}),
    ("initial weights too small", {"init": normal, "activation": Tanh, "hidden": (64,) * 4}),
    ("initial weights too large", {"init": partial(normal, std=1.0)}),
    ("initial weights too large", {"init": partial(normal, std=1.0), "activation": Tanh}),
    ("exploding gradient", DEEP | {"init": lambda rng, shape: 2 * he(rng, shape)}),
    (
        "exploding gradient",
        DEEP | {"init": lambda rng, shape: 3 * xavier(rng, shape), "activation": Tanh},
    ),
    ("vanishing gradient", {"hidden": (64,) * 7, "activation": Sigmoid, "init": xavier}),
    ("dead units", {"bias": -4.0}),
    ("missing shuffle", {"change": by_class, "solver": Unshuffled}),
    ("missing shuffle", {"change": by_class, "solver": Unshuffled, "batch_size": 20, "epochs": 3}),
    ("labels do not match", {"change": lambda x, y: (x, np.roll(y, 1))}),
    ("labels do not match", {"change": lambda x, y: (x, (y + 1) % 10)}),
    ("labels do not match", {"change_val": lambda x, y: (x, np.roll(y, 1))}),
    (
        "overfitting",
        {"examples": 200, "epochs": 50, "optimizer": partial(Adam, 3e-3), "hidden": (100,)},
    ),
]


@pytest.mark.parametrize("seed", [30, 31])
@pytest.mark.parametrize(("kind", "options"), FAILURES)
def test_the_first_finding_is_what_went_wrong(kind, options, seed):
    monitor = run(seed, **options)
    kinds = [finding.kind for finding in monitor.findings()]
    assert kinds[0] == kind, monitor.report()
    if not kind.startswith("learning rate"):
        assert not any(found.startswith("learning rate") for found in kinds), monitor.report()


GOOD = [
    LONGER,
    LONGER | {"optimizer": partial(Adam, 1e-3)},
    LONGER | {"optimizer": partial(Momentum, 0.02), "hidden": (100,), "batch_size": 50},
    LONGER | {"activation": Tanh, "init": xavier, "penalty": L2(1e-3)},
    LONGER | {"activation": LeakyReLU, "hidden": (64,) * 5, "optimizer": partial(Adam, 1e-3)},
    LONGER | {"batchnorm": True},
    LONGER | {"dropout": 0.3, "hidden": (128,), "optimizer": partial(Adam, 2e-3)},
    LONGER | scaled(1 / 0.31, -0.13 / 0.31) | {"optimizer": partial(SGD, 0.03)},
]


@pytest.mark.parametrize("seed", [30, 31])
@pytest.mark.parametrize("options", GOOD)
def test_a_good_run_is_called_good_and_nothing_else(options, seed):
    monitor = run(seed, **options)
    assert [finding.kind for finding in monitor.findings()] == ["good"], monitor.report()


def test_a_high_rate_is_named_before_the_units_that_it_killed():
    monitor = run(30, optimizer=partial(SGD, 2.0))
    assert [f.kind for f in monitor.findings()] == ["learning rate too high", "dead units"]
    assert max(monitor.series("dead")["3.ReLU"]) > 0.9


TOY = {
    "logistic": (logistic, moons, 1, 0.01),
    "softmax": (softmax_cross_entropy, spirals, 3, 0.01),
    "mse": (mse, partial(polynomial, noise=0.1), 1, 0.01),
}


@pytest.mark.parametrize("case", TOY)
def test_other_tasks_than_digits(case):
    loss, data, n_out, lr = TOY[case]
    rng = np.random.default_rng(30)
    train, val = data(300, rng=rng), data(300, rng=rng)
    n_in = train[0].shape[1]
    net = FullyConnectedNet([20], n_in=n_in, n_out=n_out, activation=Tanh, init=xavier, rng=rng)
    monitor = Monitor(net, loss, train)
    assert [finding.kind for finding in monitor.findings()] == ["good initialization"]
    Solver(net, loss, Adam(lr), rng=rng, callbacks=monitor, progress=False).fit(
        train, val, epochs=200
    )
    assert [finding.kind for finding in monitor.findings()] == ["good"], monitor.report()


def test_examples_in_turn_are_looked_at_as_a_whole():
    x, y = np.random.default_rng(0).normal(size=(2000, 4)), np.arange(2000) % 10
    monitor = Monitor(FullyConnectedNet([5], n_in=4, rng=np.random.default_rng(0)),
                      softmax_cross_entropy, (x, y))  # fmt: skip
    assert len(monitor.y) == 500
    assert len(set(monitor.y.tolist())) == 10  # not every fourth, which are all even
    assert monitor.chance == pytest.approx(math.log(10), abs=0.02)


def test_the_chance_level_knows_how_frequent_the_classes_are():
    x, y = np.zeros((100, 4)), np.repeat([0, 1], [90, 10])
    net = FullyConnectedNet([5], n_in=4, n_out=2, rng=np.random.default_rng(0))
    monitor = Monitor(net, softmax_cross_entropy, (x, y))
    assert monitor.chance == pytest.approx(-0.9 * math.log(0.9) - 0.1 * math.log(0.1))


def absolute(scores, y):
    """An own loss; the best constant is the median."""
    return float(np.abs(scores - y).mean()), np.sign(scores - y) / scores.size


REAL = np.concatenate([np.random.default_rng(0).normal(5, 1, 195), np.full(5, 50.0)])[:, None]
RARE = np.repeat([0, 1], [190, 10])
SHARES = np.repeat([0, 1, 2], [100, 60, 40])
CHANCE = {
    "mse": (mse, 1, REAL, np.var(REAL)),
    "huber": (huber, 1, REAL, min(huber(np.full_like(REAL, c), REAL)[0]
                                  for c in np.linspace(4, 7, 3001))),
    "own": (absolute, 1, REAL, np.abs(REAL - np.median(REAL)).mean()),
    "logistic": (logistic, 1, RARE, -0.95 * math.log(0.95) - 0.05 * math.log(0.05)),
    "one class": (logistic, 1, 0 * RARE, 0.0),
    "softmax": (softmax_cross_entropy, 3, SHARES, -sum(p * math.log(p) for p in (0.5, 0.3, 0.2))),
    "a class that is absent": (softmax_cross_entropy, 4, SHARES,
                               -sum(p * math.log(p) for p in (0.5, 0.3, 0.2))),
    "hinge": (hinge, 3, SHARES, min(hinge(np.tile([0.0, a, b], (200, 1)), SHARES)[0]
                                    for a in np.arange(-2, 2.1, 0.25)
                                    for b in np.arange(-2, 2.1, 0.25))),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANCE)
def test_the_chance_level_is_that_of_the_best_constant_prediction(case):
    loss, n_scores, y, expected = CHANCE[case]
    assert best_constant_loss(loss, n_scores, y) == pytest.approx(expected, rel=1e-3, abs=1e-9)


@pytest.mark.parametrize(
    ("loss", "y"),
    [(logistic, np.random.default_rng(2).permutation(np.repeat([0, 1], [380, 20]))),
     (mse, 5 + np.random.default_rng(2).normal(size=(400, 1)))],
    ids=["rare class", "mean of 5"],
)  # fmt: skip
def test_a_run_that_learned_nothing_is_not_called_good(loss, y):
    """The loss falls a long way, from scores near zero to the best constant: x is noise."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 3))
    net = FullyConnectedNet([1], n_in=3, n_out=1, activation=Tanh, rng=rng)
    monitor = Monitor(net, loss, (x, y))
    solver = Solver(net, loss, SGD(0.05), rng=rng, callbacks=monitor, progress=False)
    solver.fit((x, y), epochs=100)
    assert solver.evaluate(x, y)[0] < 0.7 * monitor.start.loss
    kinds = [finding.kind for finding in monitor.findings()]
    assert kinds == ["labels do not match", "no progress"], monitor.report()


# The monitor looks on


def watched(watch):
    rng = np.random.default_rng(0)
    net = Sequential(
        Dense(4, 16, rng=rng), BatchNorm(16), ReLU(), Dropout(0.3, rng=rng), Dense(16, 3, rng=rng)
    )
    x, y = rng.normal(size=(60, 4)), np.arange(60) % 3
    x.setflags(write=False)
    monitor = Monitor(net, softmax_cross_entropy, (x, y), every=2) if watch else None
    solver = Solver(
        net, softmax_cross_entropy, Adam(0.01), rng=rng, batch_size=20, callbacks=monitor,
        progress=False,
    )  # fmt: skip
    return solver.fit((x, y), epochs=4).step_losses, net.snapshot(), monitor


def test_a_run_that_is_watched_is_the_same_run():
    (loss, weights, _), (watched_loss, watched_weights, _) = watched(False), watched(True)
    assert loss == watched_loss
    for name, array in weights.items():
        assert array.tobytes() == watched_weights[name].tobytes(), name


def test_records_come_at_the_first_and_at_every_so_many_steps():
    monitor = watched(True)[2]
    assert [record.step for record in monitor.records] == [1, 2, 4, 6, 8, 10, 12]
    ratio = monitor.series("ratio")
    assert list(ratio) == list(monitor.series("gradient")) == ["0.Dense.W", "4.Dense.W"]
    assert list(monitor.series("dead")) == ["2.ReLU"]
    # Adam's first step moves each weight by the learning rate, whatever the gradient.
    w = Dense(4, 16, rng=np.random.default_rng(0)).params["W"]
    assert ratio["0.Dense.W"][0] == pytest.approx(0.01 * 8 / np.linalg.norm(w), rel=1e-4)


def test_the_report_is_one_sentence_per_line():
    monitor = run(30, **scaled(255))
    lines = monitor.report().split("\n")
    assert lines == [finding.sentence for finding in monitor.findings()]
    assert lines[0].startswith("The inputs have a typical size of 8")
    assert all(line[0] in "AETW0123456789" and line[-1] in ".?" for line in lines)


REJECTED = {
    "Monitor: expected a nbhelpers.Sequential, got": lambda: Monitor(None, mse, ()),
    "Monitor, train: expected x of shape (N, 4), got an array of shape (5, 3)": (
        lambda: monitor_of(np.ones((5, 3)), np.ones((5, 3)))
    ),
    "labels from 7 to 7": lambda: monitor_of(np.ones((5, 4)), np.full(5, 7)),
    "Monitor: expected every to be a whole number >= 1": (
        lambda: monitor_of(np.ones((5, 4)), np.ones(5, int), every=0)
    ),
    "Monitor.series: expected one of ('ratio', 'gradient', 'dead', 'saturated'), got 'loss'": (
        lambda: monitor_of(np.ones((5, 4)), np.ones(5, int)).series("loss")
    ),
}


def monitor_of(x, y, **options):
    net = FullyConnectedNet([5], n_in=4, n_out=3, rng=np.random.default_rng(0))
    return Monitor(net, softmax_cross_entropy, (x, y), **options)


@pytest.mark.parametrize("message", REJECTED)
def test_what_does_not_fit_is_rejected_in_words(message):
    with pytest.raises((ValueError, TypeError)) as problem:
        REJECTED[message]()
    assert message in str(problem.value)


# The loss curve alone

CURVES = {
    "learning rate too high": [
        [2.3, 3.0, math.nan],
        [2.3, 5.0, 40.0, *[2.3] * 97],
        list(np.linspace(2.3, 4, 100)),
    ],
    "no progress": [[2.3] * 100, list(np.linspace(2.3, 2.27, 100))],
    "learning rate too low": [list(np.linspace(2.3, 1.5, 100))],
    "good": [list(0.1 + 2.2 * np.exp(-np.arange(100) / 15))],
    "nothing yet": [[]],
}


@pytest.mark.parametrize("kind", CURVES)
def test_a_loss_curve_is_read(kind):
    for curve in CURVES[kind]:
        assert loss_verdict(History(step_losses=curve)).kind == kind


def test_a_noisy_curve_is_read_like_a_smooth_one():
    noise = 0.3 * np.random.default_rng(0).normal(size=500)
    curve = 0.5 + 1.8 * np.exp(-np.arange(500) / 60)
    assert loss_verdict(History(step_losses=list(curve + noise)), start=2.3).kind == "good"
    level = 2.3 + 0.3 * np.random.default_rng(1).normal(size=500)
    assert loss_verdict(History(step_losses=list(level)), start=2.3).kind == "no progress"


# The measures


def small_net(*activation, rng=None):
    rng = rng or np.random.default_rng(0)
    layers = Dense(4, 6, rng=rng), *activation, Dense(6, 3, rng=rng)
    return Sequential(*layers, dtype=np.float64)


def test_outputs_end_with_the_scores_and_a_pending_backward_still_works():
    net, x = small_net(ReLU()), np.random.default_rng(1).normal(size=(5, 4))
    scores = net.forward(x, train=True)
    outputs = layer_outputs(net, x[:2])
    assert list(outputs) == ["0.Dense", "1.ReLU", "2.Dense"]
    np.testing.assert_allclose(outputs["2.Dense"], scores[:2])
    net.backward(np.ones_like(scores))


def test_update_ratios_and_gradient_norms():
    net = small_net(ReLU())
    before = net.snapshot()
    net.layers[0].params["W"] *= 1.5
    net.layers[0].params["b"] += 9  # biases do not count
    assert update_ratios(net, before) == {"0.Dense.W": pytest.approx(0.5), "2.Dense.W": 0.0}
    net.layers[2].grads["W"][:] = 2
    assert gradient_norms(net) == {"0.Dense.W": 0.0, "2.Dense.W": pytest.approx(2 * math.sqrt(18))}


def test_moving_away_from_zero_weights_is_an_infinite_ratio():
    net = Sequential(Dense(2, 2, init=zeros, rng=np.random.default_rng(0)))
    before = net.snapshot()
    assert update_ratios(net, before) == {"0.Dense.W": 0.0}
    net.w += 1
    assert update_ratios(net, before) == {"0.Dense.W": math.inf}


def test_dead_are_units_that_are_off_for_all_and_only_relus_die():
    net, x = small_net(ReLU()), np.eye(4)
    net.layers[0].params["b"][:] = [-9, -9, -9, 9, 9, 9]
    assert dead_shares(net, layer_outputs(net, x)) == {"1.ReLU": 0.5}
    net.layers[0].params["W"][0, 0] = 10  # now on for one example
    assert dead_shares(net, layer_outputs(net, x)) == {"1.ReLU": pytest.approx(2 / 6)}
    leaky = small_net(LeakyReLU())
    assert dead_shares(leaky, layer_outputs(leaky, x)) == {}


@pytest.mark.parametrize(("layer", "edge"), [(Sigmoid(), 3.6369), (Tanh(), 1.8184)])
def test_saturated_is_where_the_slope_is_under_a_tenth_of_its_largest(layer, edge):
    net = Sequential(layer, dtype=np.float64)
    x = np.array([[-edge - 1e-3, -edge + 1e-3, 0.0, edge - 1e-3, edge + 1e-3]])
    assert list(saturated_shares(net, layer_outputs(net, x)).values()) == [0.4]


def test_a_rehearsal_is_a_training_step_that_is_not_taken():
    rng = np.random.default_rng(0)
    net = small_net(BatchNorm(6), Sigmoid(), Dropout(0.5, rng=rng), rng=rng)
    x, y = rng.normal(size=(8, 4)), np.arange(8) % 3
    state, before, g = rng.bit_generator.state, net.snapshot(), net.g.copy()
    tried = rehearse(net, softmax_cross_entropy, x, y)
    assert rng.bit_generator.state == state
    for name, array in net.arrays().items():
        np.testing.assert_array_equal(array, before[name])
    np.testing.assert_array_equal(net.g, g)
    scores = net.forward(x, train=True)  # the same mask, from the same state of the generator
    loss, dscores = softmax_cross_entropy(scores, y)
    assert tried.loss == loss
    assert list(tried.flow) == list(tried.outputs)
    assert tried.flow["4.Dense"] == np.linalg.norm(dscores)
    upstream = dscores @ net.layers[-1].params["W"].T
    assert tried.flow["3.Dropout"] == pytest.approx(np.linalg.norm(upstream))


def test_histograms_count_every_finite_number():
    net, x = small_net(Tanh()), np.random.default_rng(1).normal(size=(50, 4))
    net.forward(x, train=True)
    net.backward(np.ones((50, 3)))
    for found, sizes in (
        (activation_histograms(net, x), {"0.Dense": 300, "1.Tanh": 300, "2.Dense": 150}),
        (weight_histograms(net, bins=7), {"0.Dense.W": 24, "2.Dense.W": 18}),
        (gradient_histograms(net), {"0.Dense.W": 24, "2.Dense.W": 18}),
    ):
        assert {name: h.counts.sum() for name, h in found.items()} == sizes
        assert all(len(h.edges) == len(h.counts) + 1 for h in found.values())
    weights = weight_histograms(net)["0.Dense.W"]
    w = net.layers[0].params["W"]
    assert (weights.mean, weights.std) == (pytest.approx(w.mean()), pytest.approx(w.std()))
    assert histogram(np.array([1.0, np.nan, np.inf])).counts.sum() == 1
    assert math.isnan(histogram(np.array([np.nan])).mean)
