"""The solver: what an epoch is, which loss is reported, which weights are best, what it rejects."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest

from nbhelpers import (
    L2,
    SGD,
    Adam,
    BatchNorm,
    Dense,
    FullyConnectedNet,
    ReLU,
    Sequential,
    Solver,
    clip_by_global_norm,
    max_norm,
    mse,
    softmax_cross_entropy,
)
from nbhelpers.datasets import load_mnist_sample
from nbhelpers.schedules import cosine
from tests.samples import examples


def make(optimizer=None, dtype=np.float64, loss=softmax_cross_entropy, solver=Solver, **options):
    rng = np.random.default_rng(1)
    layers = Dense(4, 8, rng=rng, bias=False), BatchNorm(8), ReLU(), Dense(8, 3, rng=rng)
    net = Sequential(*layers, dtype=dtype)
    options = {"batch_size": 8, "progress": False, "rng": np.random.default_rng(2)} | options
    return solver(net, loss, optimizer or Adam(0.01), **options)


def global_state():
    return repr(np.random.get_state())  # noqa: NPY002  (the point is that nobody uses it)


class Spy:
    """A loss that remembers the labels of each batch it was called with in training."""

    def __init__(self):
        self.seen = []

    def __call__(self, scores, y):
        self.seen.append(y.copy())
        return mse(scores, y)


# An epoch


@pytest.mark.parametrize("batch_size", [1, 8, 50, 99])
def test_an_epoch_sees_every_example_once_in_a_new_order(batch_size):
    spy = Spy()
    net = Sequential(Dense(4, 1, rng=np.random.default_rng(0)))
    solver = Solver(
        net, spy, SGD(1e-9), rng=np.random.default_rng(0), batch_size=batch_size, progress=False
    )
    numbers = np.arange(50.0)[:, None]
    solver.fit((examples()[0], numbers), epochs=2)
    batches = spy.seen  # a reader's own loss is called in the steps alone
    sizes = [len(batch) for batch in batches]
    an_epoch = math.ceil(50 / batch_size)
    assert len(sizes) == 2 * an_epoch
    assert sizes[: an_epoch - 1] == [batch_size] * (an_epoch - 1)
    first, second = (np.concatenate(batches[i * an_epoch :][:an_epoch]) for i in (0, 1))
    assert sorted(first) == sorted(second) == list(numbers)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("val", [examples(20), None], ids=["val", "no val"])
def test_steps_may_end_within_an_epoch(val):
    """Without examples to measure, too, each epoch has its row."""
    solver = make(Adam(cosine(0.01, 17)))
    history = solver.fit(examples(), val, steps=17)
    assert len(history.step_losses) == solver.optimizer.t == 17
    assert history["epoch"] == [1, 2, 3]
    assert history["step"] == [7, 14, 17]
    parts = history.step_losses[:7], history.step_losses[7:14], history.step_losses[14:]
    assert history["loss"] == [np.mean(part) for part in parts]
    assert history["lr"] == [cosine(0.01, 17)(step - 1) for step in history["step"]]


def test_two_runs_from_the_same_seeds_are_equal_to_the_bit():
    first, second = make(), make()
    for solver in (first, second):
        solver.fit(examples(), examples(20), epochs=3)
    assert first.history.step_losses == second.history.step_losses
    assert first.history.epochs == second.history.epochs
    assert first.net.w.tobytes() == second.net.w.tobytes()


def test_neither_examples_nor_the_global_generator_are_touched():
    (x, y), state = examples(), global_state()
    for array in (x, y):
        array.setflags(write=False)
    make().fit((x, y), (x, y), epochs=2)
    assert global_state() == state


def test_float32_stays_float32():
    solver = make(dtype=np.float32, penalty=L2(0.1), constraint=max_norm)
    history = solver.fit(examples(), examples(20), epochs=1)
    dtypes = {a.dtype for a in (*solver.net.arrays().values(), *history.best_weights.values())}
    assert dtypes | {slot.dtype for slot in solver.optimizer.slots} == {np.dtype(np.float32)}


# The loss


def test_the_loss_that_is_reported_is_the_one_whose_gradient_is_used():
    x, y = examples(8)
    solver = make(SGD(0.1), penalty=L2(0.5))
    net, w = solver.net, solver.net.w.copy()

    def total():
        loss, _ = softmax_cross_entropy(net.forward(x, train=True), y)
        return loss + sum(0.25 * np.sum(weights**2) for weights, _ in net.weights())

    expected, gradient = total(), np.empty_like(w)
    for i in range(len(w)):
        net.w[i] = w[i] + 1e-6
        above = total()
        net.w[i] = w[i] - 1e-6
        gradient[i] = (above - total()) / 2e-6
        net.w[i] = w[i]
    assert solver.step(x, y) == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(net.w, w - 0.1 * gradient, atol=1e-8)


def test_penalty_and_constraint_act_on_w_alone():
    x, y = examples(8)
    plain, both = make(SGD(0.1)), make(SGD(0.1), penalty=L2(10.0), constraint=lambda w: 0.5 * w)
    before = both.net.snapshot()
    plain.step(x, y)
    both.step(x, y)
    for name, array in both.net.arrays().items():
        change = array - 0.5 * (plain.net.arrays()[name] - 0.1 * 10 * before[name])
        if name.endswith(".W"):
            np.testing.assert_allclose(change, 0, atol=1e-12)
        else:
            np.testing.assert_array_equal(array, plain.net.arrays()[name])


def test_a_large_w_is_penalized_in_all_its_blocks():
    rng = np.random.default_rng(0)
    solver = Solver(
        Sequential(Dense(200, 150, rng=rng), dtype=np.float64), mse, SGD(1.0),
        penalty=L2(1.0), rng=rng, progress=False,
    )  # fmt: skip
    solver.step(np.zeros((1, 200)), np.zeros((1, 150)))  # no data gradient: w - 1 · w
    assert np.count_nonzero(solver.net.layers[0].params["W"]) == 0


def test_the_first_loss_is_near_the_log_of_the_number_of_classes():
    (x, y), _ = load_mnist_sample()
    for seed in range(3):
        net = FullyConnectedNet([64, 32], n_in=784, rng=np.random.default_rng(seed))
        loss, _ = softmax_cross_entropy(net.forward(x), y)
        assert loss == pytest.approx(math.log(10), rel=0.15)


@pytest.mark.parametrize("seed", range(3))
def test_twenty_examples_are_learned_to_zero_error(seed):
    (x, y), _ = load_mnist_sample()
    few = x[:20], np.random.default_rng(seed).permutation(y[:20])  # even where the labels lie
    rng = np.random.default_rng(seed)
    net = FullyConnectedNet([32], n_in=784, rng=rng)
    solver = Solver(net, softmax_cross_entropy, Adam(0.01), rng=rng, progress=False)
    solver.fit(few, epochs=200)
    loss, accuracy = solver.evaluate(*few)
    assert accuracy == 1
    assert loss < 0.01


# Measuring, and the best weights


def test_rows_of_the_history_are_measured_at_the_end_of_each_epoch():
    train, val = examples(50), examples(20, seed=5)
    solver = make(penalty=L2(0.1))
    row = solver.fit(train, val, epochs=3).epochs[-1]
    assert (row["val_loss"], row["val_accuracy"]) == solver.evaluate(*val)
    rows = np.random.default_rng(0).permutation(50)[:20]  # drawn from all, not the first ones
    drawn = train[0][rows], train[1][rows]
    assert (row["train_loss"], row["train_accuracy"]) == solver.evaluate(*drawn)
    assert row["epoch"] == 3
    assert row["lr"] == 0.01


def test_the_penalty_is_part_of_what_is_measured():
    solver, plain = make(penalty=L2(0.5)), make()
    penalty = sum(0.25 * np.sum(weights**2) for weights, _ in plain.net.weights())
    loss, accuracy = plain.evaluate(*examples())
    assert solver.evaluate(*examples()) == (pytest.approx(loss + penalty), accuracy)


def test_evaluation_in_batches_weighs_the_short_last_one_right():
    solver, (x, y) = make(penalty=L2(0.1)), examples(23)
    np.testing.assert_allclose(solver.evaluate(x, y, batch_size=5), solver.evaluate(x, y))


def test_without_validation_nothing_but_the_loss_is_recorded():
    history = make().fit(examples(), epochs=2)
    assert list(history.epochs[0]) == ["epoch", "step", "lr", "loss"]
    assert history.best_epoch is None
    with pytest.raises(KeyError, match=r"one of the columns \['epoch', 'step', 'lr', 'loss'\]"):
        history["val_loss"]


def test_accuracy_of_real_numbers_is_nan():
    x, _ = examples()
    history = make(loss=mse).fit((x, x[:, :3]), (x, x[:, :3]), epochs=1)
    assert math.isnan(history["val_accuracy"][0])
    assert history.best_epoch == 1


class Scripted(Solver):
    """A solver whose validation loss follows a script."""

    script = ()

    def measure(self, x, y):
        return self.script[len(self.history.epochs)], 0


def scripted(*script, **options):
    solver = make(solver=Scripted, **options)
    solver.script = script
    return solver


def test_the_best_weights_are_those_of_the_lowest_validation_loss_by_value():
    solver, kept = scripted(3.0, 1.0, 2.0, 1.0), []
    solver.callbacks = lambda s: kept.append(s.net.w.copy()) if s.history.at_epoch_end else None
    history = solver.fit(examples(), examples(8), epochs=4)
    assert history.best_epoch == 2
    solver.net.w[:] = 0
    np.testing.assert_array_equal(history.best_weights["0.Dense.W"].ravel(), kept[1][:32])
    solver.restore(history.best_weights)
    np.testing.assert_array_equal(solver.net.w, kept[1])
    assert not any(np.shares_memory(a, solver.net.w) for a in history.best_weights.values())


@pytest.mark.parametrize(
    ("script", "best"),
    [
        ((math.nan, 2.0, 1.0, math.nan), 3),
        ((2.0, math.nan, 3.0, math.nan), 1),
        ((math.nan,) * 4, None),
    ],
)
def test_nan_is_never_the_best(script, best):
    history = scripted(*script).fit(examples(), examples(8), epochs=4)
    assert history.best_epoch == best
    assert (history.best_weights is None) == (best is None)


# Early stopping


def test_patience_stops_after_so_many_epochs_without_a_new_best_and_restores_it():
    solver = scripted(3.0, 1.0, 2.0, math.nan, 0.5, patience=2)
    history = solver.fit(examples(), examples(8), epochs=5)
    assert history["epoch"] == [1, 2, 3, 4]
    assert history.best_epoch == 2
    for name, array in solver.net.arrays().items():
        np.testing.assert_array_equal(array, history.best_weights[name])


def test_with_patience_the_best_weights_are_restored_even_when_no_epoch_is_cut():
    solver = scripted(1.0, 2.0, patience=5)
    history = solver.fit(examples(), examples(8), epochs=2)
    np.testing.assert_array_equal(
        solver.net.layers[0].params["W"], history.best_weights["0.Dense.W"]
    )
    assert len(history.epochs) == 2


def test_without_patience_the_last_weights_stay():
    solver = scripted(1.0, 2.0)
    history = solver.fit(examples(), examples(8), epochs=2)
    assert not np.array_equal(solver.net.layers[0].params["W"], history.best_weights["0.Dense.W"])


def test_a_second_fit_has_its_patience_anew():
    solver = scripted(1.0, 2.0, 3.0, 4.0, 5.0, patience=2)
    assert len(solver.fit(examples(), examples(8), epochs=9).epochs) == 3
    assert len(solver.fit(examples(), examples(8), epochs=9).epochs) == 5


def test_patience_needs_something_to_watch():
    with pytest.raises(ValueError, match="fit with patience: expected val to watch, got None"):
        make(patience=3).fit(examples(), epochs=1)
    with pytest.raises(ValueError, match="Solver: expected patience to be a whole number >= 1"):
        make(patience=0)


# Hooks


def test_clip_sees_the_whole_gradient_penalty_included_and_its_answer_is_used():
    seen = []

    def clip(g):
        seen.append(g.copy())
        return np.ones_like(g)

    x, y = examples(8)
    solver, plain = make(SGD(0.5), clip=clip, penalty=L2(1.0)), make(SGD(0.5), penalty=L2(1.0))
    w = solver.net.w.copy()
    solver.step(x, y)
    plain.step(x, y)
    np.testing.assert_array_equal(seen[0], plain.net.g)
    np.testing.assert_array_equal(solver.net.w, w - 0.5)


def test_clipping_by_norm_bounds_the_step_and_forgetting_the_norm_is_explained():
    x, y = examples(8)
    solver = make(SGD(1.0), clip=lambda g: clip_by_global_norm(g, 1e-3)[0])
    w = solver.net.w.copy()
    solver.step(x, y)
    assert np.linalg.norm(solver.net.w - w) == pytest.approx(1e-3)
    with pytest.raises(ValueError, match=r"fit, clip: .* got a tuple.*clip_by_global_norm\(5.0\)"):
        make(clip=lambda g: clip_by_global_norm(g, 1.0)).step(x, y)


def test_augment_changes_training_batches_and_nothing_that_is_measured():
    calls = []

    def augment(x):
        calls.append(len(x))
        return x + 100

    train, val = examples(20), examples(10, seed=1)
    solver = make(augment=augment)
    row = solver.fit(train, val, epochs=1).epochs[0]
    assert calls == [8, 8, 4]
    assert solver.batch[0].mean() > 50
    assert (row["val_loss"], row["val_accuracy"]) == solver.evaluate(*val)
    assert train[0].max() < 10
    with pytest.raises(ValueError, match=r"augment: expected an array of shape \(8, 4\)"):
        make(augment=lambda x: x[:, :2]).fit(train, epochs=1)


def test_callback_comes_after_each_step_and_knows_when_an_epoch_ends():
    seen = []

    def callback(solver):
        history = solver.history
        seen.append((len(history.step_losses), len(history.epochs), history.at_epoch_end))
        assert len(solver.batch[0]) == len(solver.batch[1])

    make(callbacks=callback).fit(examples(20), epochs=2)
    assert seen == [(1, 0, False), (2, 0, False), (3, 1, True),
                    (4, 1, False), (5, 1, False), (6, 2, True)]  # fmt: skip


# Interruptions and failures


def test_an_interrupted_run_keeps_its_history_and_a_second_fit_goes_on():
    def interrupt(solver):
        if len(solver.history.step_losses) == 10:
            raise KeyboardInterrupt

    solver = make(callbacks=interrupt)
    with pytest.raises(KeyboardInterrupt):
        solver.fit(examples(), examples(20), epochs=3)
    assert len(solver.history.step_losses) == 10
    assert solver.history["epoch"] == [1]
    solver.fit(examples(), examples(20), epochs=1)
    assert solver.optimizer.t == len(solver.history.step_losses) == 17
    assert solver.history["step"] == [7, 17]


def test_a_loss_that_is_no_number_ends_the_run_and_is_on_record():
    solver = make(SGD(1e30), dtype=np.float32)
    with pytest.raises(FloatingPointError, match=r"expected a finite loss, got .* below 1e\+30"):
        solver.fit(examples(), epochs=5)
    losses = solver.history.step_losses
    assert not math.isfinite(losses[-1])
    assert np.isfinite(losses[:-1]).all()


# Progress

A_RUN = """
import numpy as np
from nbhelpers import SGD, Dense, Sequential, Solver, mse
rng = np.random.default_rng(0)
solver = Solver(Sequential(Dense(2, 1, rng=rng)), mse, SGD(0.1), rng=rng, progress={progress})
solver.fit((np.ones((500, 2)), np.ones((500, 1))), epochs=2)
"""


@pytest.mark.parametrize(
    ("disable", "progress", "shown"), [("1", True, False), ("", False, False), ("", True, True)]
)
def test_the_bar_is_shown_unless_it_is_hidden_and_leaves_nothing_then(disable, progress, shown):
    # In a process of its own: tqdm reads its environment variable when it is imported.
    environment = os.environ | {"TQDM_DISABLE": disable}
    run = subprocess.run(
        [sys.executable, "-c", A_RUN.format(progress=progress)],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout == ""
    assert ("steps" in run.stderr) == shown
    assert shown or run.stderr == ""


# Rejections

REJECTED = {
    "no length": (lambda s, t: s.fit(t), "fit: expected epochs=… or steps=…, got neither"),
    "two lengths": (lambda s, t: s.fit(t, epochs=0, steps=5), "epochs=… or steps=…, got both"),
    "no epoch": (lambda s, t: s.fit(t, epochs=0), "fit: expected epochs to be a whole number >= 1"),
    "half a step": (lambda s, t: s.fit(t, steps=0.5), "fit: expected steps to be a whole number"),
    "x alone": (lambda s, t: s.fit(t[0], epochs=1), "fit: expected train as a pair (x, y), got"),
    "rows": (
        lambda s, t: s.fit((t[0], t[1][:-1]), epochs=1),
        "fit, train: expected 50 labels, one per row, got 49. Hint: take the same rows of x and y",
    ),
    "width": (
        lambda s, t: s.fit(t, (t[0][:, :3], t[1]), epochs=1),
        "fit, val: expected x of shape (N, 4), got an array of shape (50, 3)",
    ),
    "classes": (
        lambda s, t: s.fit((t[0], t[1] + 1), epochs=1),
        "expected y of integers 0 … 2, shape (50,), got labels from 1 to 3. Hint: "
        "class numbers start at 0, and the last layer has one unit per class",
    ),
    "a list": (lambda s, t: s.fit((t[0], [0] * 50), epochs=1), "train: expected y as an array"),
    "evaluate": (lambda s, t: s.evaluate(t[0], t[1] - 1), "got labels from -1 to 1"),
}


@pytest.mark.parametrize("case", REJECTED)
def test_what_does_not_fit_is_rejected_before_the_first_step(case):
    call, message = REJECTED[case]
    solver = make()
    w = solver.net.w.copy()
    with pytest.raises((ValueError, TypeError)) as problem:
        call(solver, examples())
    assert message in str(problem.value)
    np.testing.assert_array_equal(solver.net.w, w)
    assert solver.history.step_losses == []


def test_a_seed_is_no_generator():
    with pytest.raises(TypeError, match=r"Hint: rng=np.random.default_rng\(3\)"):
        make(rng=3)


# The record as a table


def test_to_frame_has_a_row_an_epoch():
    frame = make().fit(examples(), examples(20), epochs=2).to_frame()
    assert list(frame.index) == [1, 2]
    assert "val_accuracy" in frame.columns
    with pytest.raises(ValueError, match="expected at least one finished epoch, got none"):
        make().history.to_frame()
