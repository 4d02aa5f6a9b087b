"""The graph solver has the hooks of the NumPy solver, and they do the same to the same numbers."""

import math

import numpy as np
import pytest

import nbhelpers as numpy_side
from nbhelpers import Snapshots
from tests.samples import examples


def make(side, *, fast=False, **options):
    rng = np.random.default_rng(1)
    if side is not numpy_side:
        side.tf.reset_default_graph()
    # No bias: before BatchNorm its gradient is 0 but for rounding, which Adam makes large.
    first = side.Dense(4, 6, rng=rng, bias=False)
    layers = first, side.BatchNorm(6), side.Tanh(), side.Dense(6, 3, rng=rng)
    net = side.Sequential(*layers, dtype=np.float64)
    options = {"batch_size": 8, "progress": False, "rng": np.random.default_rng(2)} | options
    kind = side.FastSolver if fast else side.Solver
    return kind(net, side.softmax_cross_entropy, side.Adam(0.05), **options)


def same_run(tf1, fit, **options):
    """Fit all three, compare their records and weights; return the NumPy and the fast solver."""
    ours = make(numpy_side, **by_side(options, numpy_side))
    fit(ours)
    for fast in (False, True):
        graph = make(tf1, fast=fast, **by_side(options, tf1))
        fit(graph)
        compare(ours, graph)
    return ours, graph


def by_side(options, side):
    return {k: v(side) if k == "clip" else v for k, v in options.items()}


def compare(ours, graph):
    np.testing.assert_allclose(graph.history.step_losses, ours.history.step_losses, rtol=1e-9)
    assert graph.history.best_epoch == ours.history.best_epoch
    for name, array in ours.snapshot().items():
        np.testing.assert_allclose(graph.snapshot()[name], array, rtol=1e-7, atol=1e-9)


def test_several_steps_a_call_are_the_same_steps(tf1):
    """With a callback a call makes one step; the last batch of an epoch is short."""
    data, seen = examples(42), []
    several = same_run(tf1, lambda solver: solver.fit(data, epochs=3))[1]
    one = same_run(tf1, lambda solver: solver.fit(data, epochs=3), callbacks=id)[1]
    assert (several.at_once, one.at_once) == (100, 1)
    np.testing.assert_allclose(several.history.step_losses, one.history.step_losses, rtol=1e-12)
    assert len(several.batch[0]) == 2
    assert several.history.at_epoch_end
    several.callbacks = lambda solver: seen.append(solver.session.run(solver.optimizer.t))
    several.fit(data, epochs=1)  # given later, it still sees the network after every step
    assert seen == [19, 20, 21, 22, 23, 24]


def rich(side, kind="Solver", **options):
    """Every hook that draws or changes something, with one generator for all that is random."""
    rng = np.random.default_rng(1)
    layers = [side.Dense(4, 6, rng=rng, bias=False), side.BatchNorm(6), side.ReLU(),
              side.Dropout(0.3, rng=rng), side.Maxout(6, 5, rng=rng), side.Dropout(0.2, rng=rng),
              side.Dense(5, 3, rng=rng)]  # fmt: skip
    solver = getattr(side, kind)(
        side.Sequential(*layers, dtype=np.float64), side.softmax_cross_entropy,
        side.Adam(side.schedules.cosine(0.05, 30)), penalty=side.ElasticNet(0.001, 0.01),
        constraint=side.max_norm, clip=lambda g: side.clip_by_global_norm(g, 0.5)[0],
        augment=lambda x: x + rng.normal(0, 0.1, x.shape), batch_size=8, rng=rng, progress=False,
        **options,
    )  # fmt: skip
    solver.fit(examples(42), epochs=4)
    solver.fit(examples(42), examples(10), steps=8)
    return solver


@pytest.mark.parametrize(
    ("kind", "options"),
    [("Solver", {}), ("FastSolver", {}), ("FastSolver", {"compiled": True})],
    ids=["plain", "fast", "compiled"],
)
def test_everything_is_drawn_in_the_same_order(tf1, kind, options):
    tf1.tf.reset_default_graph()
    ours, graph = rich(numpy_side), rich(tf1, kind, **options)
    assert getattr(graph, "at_once", 100) == 100
    np.testing.assert_allclose(graph.history.step_losses, ours.history.step_losses, rtol=1e-9)
    assert [row.keys() for row in graph.history.epochs] == [r.keys() for r in ours.history.epochs]
    for row, same in zip(graph.history.epochs, ours.history.epochs, strict=True):
        np.testing.assert_allclose([*row.values()], [*same.values()], rtol=1e-9)
    assert graph.learning_rate() == pytest.approx(ours.learning_rate(), rel=1e-12)
    for name, array in ours.snapshot().items():
        np.testing.assert_allclose(graph.snapshot()[name], array, rtol=1e-7, atol=1e-9)


def test_a_step_on_all_data_is_an_epoch_and_many_go_into_one_call(tf1):
    calls = []

    def fit(solver):
        if isinstance(solver, tf1.FastSolver):
            run = solver._run_compiled
            solver._run_compiled = lambda feed: (
                calls.append(len(next(iter(feed.values())))) or run(feed)
            )
        solver.fit(examples(20), epochs=150)

    ours, graph = same_run(tf1, fit, batch_size=20)
    assert calls == [100, 50]
    assert graph.history.epochs == [
        row | {"loss": pytest.approx(row["loss"])} for row in ours.history.epochs
    ]


def test_the_learning_rate_is_known_before_the_first_step(tf1):
    assert make(tf1).learning_rate() == 0.05


def test_what_cannot_be_compiled_is_rejected(tf1):
    def loss(scores, y):
        called = tf1.tf.numpy_function(np.sum, [scores], tf1.tf.float64)
        return tf1.softmax_cross_entropy(scores, y) + 0 * called

    rng = np.random.default_rng(0)
    tf1.tf.reset_default_graph()
    net = tf1.Sequential(tf1.Dense(4, 3, rng=rng), dtype=np.float64)
    options = {"batch_size": 8, "rng": rng, "progress": False, "compiled": True}
    solver = tf1.FastSolver(net, loss, tf1.SGD(0.1), **options)
    words = (
        r"FastSolver, compiled: expected .* XLA can compile, got .*PyFunc.*leave compiled=True out"
    )
    with pytest.raises(ValueError, match=words):
        solver.fit(examples(40), epochs=1)


def test_clipping(tf1):
    same_run(
        tf1,
        lambda solver: solver.fit(examples(40), epochs=3),
        clip=lambda side: lambda g: side.clip_by_global_norm(g, 0.1)[0],
    )
    with pytest.raises(ValueError, match=r"fit, clip: expected a list of 5 .*clip_by_global_norm"):
        make(tf1, clip=lambda g: tf1.clip_by_global_norm(g, 0.1)).fit(examples(40), epochs=1)


def test_augmentation_and_callback(tf1):
    seen = []
    same_run(
        tf1,
        lambda solver: solver.fit(examples(40), examples(10), epochs=2),
        augment=lambda x: x[:, ::-1].copy(),
        callbacks=lambda solver: seen.append(solver.history.at_epoch_end),
    )
    assert seen == 3 * [False, False, False, False, True] * 2


def test_patience_ends_the_run_and_restores_the_best_weights(tf1):
    def fit(solver):
        train, (x, y) = examples(16), examples(30, seed=7)
        solver.fit(train, (x, np.roll(y, 1)), epochs=40)  # soon gets no better

    ours, graph = same_run(tf1, fit, patience=3)
    assert len(ours.history.epochs) == len(graph.history.epochs) < 40
    for name, array in graph.history.best_weights.items():
        np.testing.assert_array_equal(graph.snapshot()[name], array)


def test_snapshots_and_files_pass_from_one_side_to_the_other(tf1, tmp_path):
    snapshots = Snapshots(every=2)
    graph = make(tf1, callbacks=snapshots)
    graph.fit(examples(40), epochs=4)
    ours = make(numpy_side)
    ours.restore(snapshots.weights[4])
    x, y = examples(20, seed=3)
    np.testing.assert_allclose(ours.evaluate(x, y), graph.evaluate(x, y), rtol=1e-9)
    ours.restore(snapshots.weights[2])
    ours.net.save(tmp_path / "net.npz")
    graph.net.load(tmp_path / "net.npz", graph.session)
    np.testing.assert_allclose(graph.evaluate(x, y), ours.evaluate(x, y), rtol=1e-9)
    with pytest.raises(ValueError, match=r"restore: expected 0.Dense.W \(4, 6\)"):
        graph.restore({"0.Dense.W": np.ones((4, 6))})


def test_an_interrupted_run_goes_on(tf1):
    def interrupt(solver):
        if len(solver.history.step_losses) == 7:
            raise KeyboardInterrupt

    def fit(solver):
        with pytest.raises(KeyboardInterrupt):
            solver.fit(examples(40), examples(10), epochs=3)
        assert len(solver.history.step_losses) == 7
        solver.fit(examples(40), examples(10), epochs=1)

    same_run(tf1, fit, callbacks=interrupt)


def test_a_loss_that_is_no_number_ends_the_run(tf1):
    x, y = examples(40)
    solver = make(tf1)
    solver.session.run([v.assign(v * math.nan) for v in solver.net.w])
    with pytest.raises(FloatingPointError, match=r"expected a finite loss, got nan at step 1"):
        solver.fit((x, y), epochs=1)
    assert math.isnan(solver.history.step_losses[-1])
