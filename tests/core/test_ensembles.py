"""Ensembles: means, votes and snapshots."""

import numpy as np
import pytest

from nbhelpers import SGD, FullyConnectedNet, Snapshots, Solver, softmax_cross_entropy
from nbhelpers.ensembles import average, probabilities, vote


def nets(n=3):
    return [FullyConnectedNet([5], n_in=4, n_out=3, rng=np.random.default_rng(i)) for i in range(n)]


def batch(n=10):
    return np.random.default_rng(9).normal(size=(n, 4))


def test_probabilities_of_each_member_sum_to_one_and_do_not_depend_on_the_batch_size():
    p = probabilities(nets(), batch())
    assert p.shape == (3, 10, 3)
    assert p.dtype == np.float32
    np.testing.assert_allclose(p.sum(axis=2), 1, rtol=1e-6)
    np.testing.assert_allclose(probabilities(nets(), batch(), batch_size=3), p, rtol=1e-6)
    np.testing.assert_array_equal(p.argmax(axis=2), [net.predict(batch()) for net in nets()])


def test_average_is_the_mean_and_weights_shift_it():
    p = probabilities(nets(), batch())
    np.testing.assert_allclose(average(p), p.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(average(p, weights=[0, 5, 0]), p[1], rtol=1e-6)
    weighted = average(p, weights=[2, 1, 1])
    np.testing.assert_allclose(weighted, (2 * p[0] + p[1] + p[2]) / 4, rtol=1e-6)
    assert weighted.dtype == np.float32


def test_vote_is_for_the_majority_and_weights_can_turn_it():
    members = np.array([[0, 2, 1], [1, 2, 2], [1, 0, 0]])
    np.testing.assert_array_equal(vote(members), [1, 2, 0])  # the last is a tie: the lowest
    np.testing.assert_array_equal(vote(members, weights=[3, 1, 1]), [0, 2, 1])
    np.testing.assert_array_equal(vote(members, weights=[2, 1, 1]), [0, 2, 1])  # a tie, and not


def test_a_tie_of_unequal_fractions_is_still_a_tie():
    members = np.array([[1]] * 3 + [[0]] * 3)
    np.testing.assert_array_equal(vote(members, weights=[0.1, 0.2, 0.7, 0.7, 0.2, 0.1]), [0])


def test_members_that_err_apart_are_right_together():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 10, 2000)
    members = np.where(rng.random((15, 2000)) < 0.4, rng.integers(0, 10, (15, 2000)), y)
    alone = (members == y).mean(axis=1).max()
    assert (vote(members) == y).mean() > alone + 0.2


def train(epochs, callbacks=None):
    x, y = batch(30), np.arange(30) % 3
    solver = Solver(
        nets(1)[0], softmax_cross_entropy, SGD(0.5), rng=np.random.default_rng(0), batch_size=10,
        callbacks=callbacks, progress=False,
    )  # fmt: skip
    solver.fit((x, y), epochs=epochs)
    return solver.net


@pytest.mark.parametrize(
    ("snapshots", "epochs"), [(Snapshots(every=2), [2, 4, 6]), (Snapshots(epochs=[1, 5]), [1, 5])]
)
def test_snapshots_are_copies_of_the_weights_at_the_end_of_these_epochs(snapshots, epochs):
    train(6, snapshots)
    assert list(snapshots.weights) == epochs
    for epoch, weights in snapshots.weights.items():
        expected = train(epoch).arrays()
        for name, array in weights.items():
            np.testing.assert_array_equal(array, expected[name])


def test_snapshots_answer_as_the_networks_of_their_time_and_leave_the_network_alone():
    snapshots = Snapshots(epochs=[1, 5])
    net = train(6, snapshots)
    before = net.w.copy()
    expected = probabilities([train(1), train(5)], batch())
    np.testing.assert_array_equal(snapshots.probabilities(net, batch()), expected)
    np.testing.assert_array_equal(net.w, before)


def test_a_second_fit_adds_to_the_snapshots():
    snapshots = Snapshots(every=1)
    x, y = batch(30), np.arange(30) % 3
    solver = Solver(
        nets(1)[0], softmax_cross_entropy, SGD(0.5), rng=np.random.default_rng(0),
        callbacks=snapshots, progress=False,
    )  # fmt: skip
    for _ in range(2):
        solver.fit((x, y), epochs=2)
    assert list(snapshots.weights) == [1, 2, 3, 4]


REJECTED = {
    "Snapshots: expected every=… or epochs=…, got neither": Snapshots,
    "Snapshots: expected every=… or epochs=…, got both": lambda: Snapshots(2, [1]),
    "Snapshots: expected every to be a whole number >= 1": lambda: Snapshots(every=0),
    "Snapshots: expected at least one snapshot, got none. Hint: pass it as callbacks=…": (
        lambda: Snapshots(every=1).probabilities(nets(1)[0], batch())
    ),
    "average: expected members of shape (M, N, classes), got an array of shape (2, 3)": (
        lambda: average(np.ones((2, 3)))
    ),
    "average: expected 2 weights >= 0, one a member, not all zero, got [1] (list)": (
        lambda: average(np.ones((2, 3, 4)), weights=[1])
    ),
    "vote: expected 2 weights >= 0": lambda: vote(np.zeros((2, 3), int), weights=[1, -1]),
    "vote: expected members as class numbers (M, N)": lambda: vote(np.ones((2, 3))),
}


@pytest.mark.parametrize("message", REJECTED)
def test_what_does_not_fit_is_rejected_in_words(message):
    with pytest.raises(ValueError, match=r"expected") as problem:
        REJECTED[message]()
    assert message in str(problem.value)
