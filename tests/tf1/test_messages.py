"""What the graph engine rejects: in the package's words, never in a page of TensorFlow's.

Each row of the table is what a beginner types, and words of the message that name the fix.
"""

import copy
import pickle

import numpy as np
import pytest

import nbhelpers as nb
from nbhelpers import tf1
from nbhelpers.diagnostics import Monitor
from nbhelpers.tf1 import schedules, tf
from nbhelpers.tf1.migration import remedy

X = np.random.default_rng(1).normal(size=(12, 4))
Y = np.random.default_rng(2).integers(3, size=12)
ONE_HOT = np.eye(3)[Y]
LOSS = tf1.softmax_cross_entropy


def dense(n_in, n_out, side=tf1):
    return side.Dense(n_in, n_out, rng=np.random.default_rng(0))


def network(*middle, side=tf1, n_out=3):
    layers = dense(4, 5, side), *(middle or [side.Tanh()]), dense(5, n_out, side)
    return side.Sequential(*layers, dtype=np.float64)


def make(net=None, loss=None, optimizer=None, *, side=tf1, **options):
    options = {"batch_size": 5, "rng": np.random.default_rng(3), "progress": False} | options
    loss = loss or side.softmax_cross_entropy
    return side.Solver(net or network(side=side), loss, optimizer or side.SGD(0.5), **options)


def fit(net=None, loss=None, optimizer=None, y=Y, **options):
    return make(net, loss, optimizer, **options).fit((X, y), epochs=1)


def placeholder(shape, dtype=tf.float64):
    return tf.placeholder(dtype, shape)


def layer(forward, **names):
    """A layer of a reader, whose forward is this function of x."""
    body = {"forward": lambda self, x, train=False: forward(x)} | names
    return type("Own", (tf1.Layer,), body)()


def used_twice():
    one = dense(4, 4)
    return tf1.Sequential(one, one)


def of_two_networks():
    one = dense(4, 4)
    kept = tf1.Sequential(one)
    return kept, tf1.Sequential(one)


def after_reset(use):
    net = network()
    tf.reset_default_graph()
    return use(net)


def old_optimizer():
    optimizer = tf1.SGD(0.1)
    tf.reset_default_graph()
    return make(optimizer=optimizer)


def second_network():
    adam = tf1.Adam(0.1)
    fit(optimizer=adam)
    fit(optimizer=adam)


def closed(use):
    with make() as solver:
        solver.fit((X, Y), epochs=1)
        snapshot = solver.snapshot()
    return use(solver, snapshot)


def in_new_session(use):
    net = network()
    with tf.Session() as session:
        return use(net, session)


def in_other_graph(use):
    net = network()
    with tf.Session(graph=tf.Graph()) as session:
        return use(net, session)


def assigned(name, value):
    net = network()
    setattr(net, name, value)
    return net


def update(function, n_slots=0):
    return type("Own", (tf1.Optimizer,), {"update": function, "n_slots": n_slots})(0.1)


def in_place(self, w, g, *, lr):
    w -= lr * g


class Penalty:
    def __init__(self, value):
        self.value = value


NETWORKS = {
    "a list": (lambda: tf1.Sequential([dense(4, 5)]), "Sequential(*layers), with the star"),
    "a class": (lambda: tf1.Sequential(tf1.Dense), "Dense(…), an instance"),
    "no layers": (tf1.Sequential, "at least one layer"),
    "a layer twice": (used_twice, "make a second one"),
    "a layer in two networks": (of_two_networks, "make a second layer; snapshot and restore"),
    "a layer of NumPy": (
        lambda: tf1.Sequential(dense(4, 5, nb)), "take all layers from nbhelpers.tf1"),
    "a graph layer in NumPy": (lambda: nb.Sequential(dense(4, 5)), "nbhelpers.tf1.Sequential"),
    "a function": (lambda: tf1.Sequential(dense(4, 5), tf.nn.relu), "ReLU() for relu"),
    "widths that do not fit": (
        lambda: tf1.Sequential(dense(4, 5), dense(6, 3)), "make its n_in 5"),
    "forward misspelt": (
        lambda: network(type("Own", (tf1.Layer,), {"foward": tf.tanh})()), "none, but foward"),
    "other layers": (lambda: assigned("layers", ()), "snapshot and restore carry the weights"),
    "an array as net.w": (lambda: assigned("w", np.ones(43)), "net.set_weights(session, w)"),
    "an array as params[W]": (
        lambda: network().layers[0].params.__setitem__("W", np.ones((4, 5))), "variable.assign"),
    "params.update": (
        lambda: network().layers[0].params.update(W=np.ones((4, 5))), "variable.assign"),
    "a variable as params[W]": (lambda: network(with_variable()), "NumPy arrays as params"),
    "a deep copy": (lambda: copy.deepcopy(network()), "restore(snapshot) into it"),
    "a pickle": (lambda: pickle.dumps(network()), "restore(snapshot) into it"),
    "backward": (lambda: network().backward(X), "tf.gradients(loss, net.w)"),
    "accuracy": (lambda: nb.accuracy(network(), X, Y), "solver.evaluate(x, y)[1]"),
    "check_network": (
        lambda: nb.check_network(network(), nb.softmax_cross_entropy, X, Y), "NumPy counterpart"),
    "a monitor": (
        lambda: Monitor(network(), nb.softmax_cross_entropy, (X, Y)), "NumPy counterpart"),
}  # fmt: skip


def with_variable():
    own = layer(lambda x: x)
    own.params["W"] = tf.get_variable("W", initializer=np.ones(5))
    return own


FORWARD = {
    "a list": (lambda: network()(X.tolist()), "tf.placeholder(tf.float64, (None, 4))"),
    "integers": (lambda: network()(X.astype(int)), "tf.placeholder(tf.float64, (None, 4))"),
    "float32": (
        lambda: network()(placeholder((None, 4), tf.float32)), "Sequential(…, dtype=np.float32)"),
    "another width": (lambda: network()(placeholder((None, 3))), "x of shape (None, 4)"),
    "one example": (lambda: network()(placeholder((4,))), "shape=(None, 4)"),
    "no shape": (lambda: network()(placeholder(None)), "shape=(None, 4)"),
    "another graph": (
        lambda: after_reset(lambda net: net(placeholder((None, 4)))), "tf.reset_default_graph()"),
    "BatchNorm on its own": (lambda: tf1.BatchNorm(4)(X), "Sequential(BatchNorm(4))"),
}  # fmt: skip

PIECES = {
    "a NumPy network": (lambda: fit(network(side=nb)), "nbhelpers.Solver"),
    "a NumPy loss": (lambda: fit(loss=nb.softmax_cross_entropy), "take it from nbhelpers.tf1"),
    "a NumPy optimizer": (lambda: fit(optimizer=nb.SGD(0.1)), "take it from nbhelpers.tf1"),
    "a NumPy penalty": (lambda: fit(penalty=nb.L2(0.1)), "take it from nbhelpers.tf1"),
    "a NumPy constraint": (lambda: fit(constraint=nb.max_norm), "take it from nbhelpers.tf1"),
    "a NumPy clip": (lambda: fit(clip=nb.clip_by_global_norm(1.0)), "take it from nbhelpers.tf1"),
    "a NumPy clip in a function": (
        lambda: fit(clip=lambda g: nb.clip_by_global_norm(g, 1.0)[0]), "nbhelpers.tf1 has"),
    "a NumPy schedule": (
        lambda: tf1.SGD(nb.schedules.cosine(0.1, 9)), "a schedule of nbhelpers.tf1.schedules"),
    "a graph network in NumPy": (lambda: fit(network(), side=nb), "nbhelpers.tf1.Solver"),
    "a graph loss in NumPy": (lambda: fit(loss=LOSS, side=nb), "take it from nbhelpers"),
    "a graph optimizer in NumPy": (
        lambda: fit(optimizer=tf1.SGD(0.1), side=nb), "take it from nbhelpers"),
    "a graph penalty in NumPy": (
        lambda: fit(penalty=tf1.L2(0.1), side=nb), "take it from nbhelpers"),
    "a graph constraint in NumPy": (
        lambda: fit(constraint=tf1.max_norm, side=nb), "take it from nbhelpers"),
    "a graph schedule in NumPy": (
        lambda: nb.SGD(schedules.constant(0.1)), "a schedule of nbhelpers.schedules"),
    "TensorFlow's optimizer": (
        lambda: fit(optimizer=tf.train.GradientDescentOptimizer(0.1)), "SGD(0.1) of nbhelpers.tf1"),
    "TensorFlow's loss": (
        lambda: fit(loss=tf.losses.sparse_softmax_cross_entropy), "print(tensor.shape)"),
    "a class": (lambda: fit(optimizer=tf1.SGD), "SGD(…), an instance"),
    "a number": (lambda: fit(optimizer=0.1), "SGD(0.1)"),
    "exchanged": (lambda: make(loss=tf1.SGD(0.1), optimizer=LOSS), "Solver(net, loss, optimizer)"),
    "an optimizer of an old graph": (old_optimizer, "after tf.reset_default_graph()"),
    "an optimizer of another network": (second_network, "a new optimizer for each network"),
    "a network of an old graph": (lambda: after_reset(make), "beside the network"),
    "a width that nobody knows": (lambda: make(tf1.Sequential(tf1.ReLU())), "Dense(4, 8, rng=rng)"),
    "a copy of an optimizer": (lambda: copy.deepcopy(tf1.Adam(0.1)), "make a second one"),
    "cosine, not called": (lambda: tf1.SGD(schedules.cosine), "schedules.cosine(…), called"),
    "clip, not called": (
        lambda: fit(clip=tf1.clip_by_global_norm), "clip=clip_by_global_norm(5.0)"),
    "clip with its norm": (
        lambda: fit(clip=lambda g: tf1.clip_by_global_norm(g, 1.0)), "take [0] of what it returns"),
    "clip of other shapes": (
        lambda: fit(clip=lambda g: [tf.reduce_sum(one) for one in g]), "shape (4, 5)"),
    "clip that returns nothing": (lambda: fit(clip=lambda g: None), "end with return"),
    "constraint to one number": (lambda: fit(constraint=tf.reduce_mean), "shape (4, 5)"),
    "constraint that returns nothing": (lambda: fit(constraint=lambda w: None), "end with return"),
}  # fmt: skip

SESSIONS = {
    "fit": (lambda solver, _: solver.fit((X, Y), epochs=1), "inside of the with block"),
    "step": (lambda solver, _: solver.step(X, Y), "inside of the with block"),
    "evaluate": (lambda solver, _: solver.evaluate(X, Y), "inside of the with block"),
    "predict": (lambda solver, _: solver.predict(X), "inside of the with block"),
    "learning_rate": (lambda solver, _: solver.learning_rate(), "inside of the with block"),
    "snapshot": (lambda solver, _: solver.snapshot(), "inside of the with block"),
    "restore": (lambda solver, snapshot: solver.restore(snapshot), "inside of the with block"),
    "net.get_weights": (
        lambda solver, _: solver.net.get_weights(solver.session), "inside of the `with"),
}  # fmt: skip
CLOSED = {
    f"{name}, closed": (lambda use=use: closed(use), words)
    for name, (use, words) in SESSIONS.items()
}
OTHER_SESSIONS = {
    "initializer forgotten": (
        lambda: in_new_session(lambda net, session: net.get_weights(session)),
        "tf.global_variables_initializer()"),
    "initializer forgotten, snapshot": (
        lambda: in_new_session(lambda net, session: net.snapshot(session)),
        "tf.global_variables_initializer()"),
    "a session of another graph": (
        lambda: in_other_graph(lambda net, session: net.get_weights(session)),
        "tf.reset_default_graph()"),
    "no session": (lambda: network().get_weights(None), "solver.session"),
    "session forgotten": (lambda: network().get_weights(), "solver.session"),
    "session forgotten, save": (lambda: network().save("net.npz"), "solver.session"),
    "weights of another size": (
        lambda: in_new_session(lambda net, session: net.set_weights(session, np.ones(3))),
        "a vector of 43 numbers"),
}  # fmt: skip

DATA = {
    "predict of a list": (lambda: make().predict(X.tolist()), "np.asarray(x, dtype=float)"),
    "predict of one example": (lambda: make().predict(X[0]), "x[None, :]"),
    "predict of another width": (lambda: make().predict(X[:, :3]), "shape (N, 4)"),
    "predict of nothing": (lambda: make().predict(X[:0]), "at least one row"),
    "predict of NaN": (lambda: make().predict(X * np.nan), "finite numbers in x"),
    "predict of integers": (lambda: make().predict(X.astype(int)), "x.astype(float)"),
    "predict by none": (lambda: make().predict(X, batch_size=0), "batch_size"),
    "labels from one": (lambda: fit(y=Y + 1), "class numbers start at 0"),
    "one-hot rows": (lambda: fit(y=ONE_HOT), "y.argmax(axis=1)"),
    "labels from one, own loss": (
        lambda: fit(loss=lambda scores, y: LOSS(scores, y), y=Y + 1), "class numbers start at 0"),
    "targets in a row": (
        lambda: fit(network(n_out=1), tf1.mse, y=X[:, 0]), "y[:, None]"),
    "another shape of y": (
        lambda: with_other_targets(), "the shapes that they had"),
    "BatchNorm on a batch of one": (
        lambda: fit(network(tf1.BatchNorm(5)), batch_size=11), "leaves no batch of one"),
}  # fmt: skip


def with_other_targets():
    solver = make(loss=lambda scores, y: tf.reduce_mean(scores**2))
    solver.fit((X, Y), epochs=1)
    solver.fit((X, ONE_HOT.astype(int)), epochs=1)


def tensors(*shapes, dtypes=(tf.float32, tf.float32)):
    return [tf.zeros(shape, dtype) for shape, dtype in zip(shapes, dtypes, strict=True)]


CLASSES = (tf.float32, tf.int64)
LOSSES = {
    "mse, targets in a row": (lambda: tf1.mse(*tensors((3, 1), (3,))), "y[:, None]"),
    "huber, targets in a row": (lambda: tf1.huber(*tensors((3, 1), (3,))), "y[:, None]"),
    "mse, one target for two scores": (
        lambda: tf1.mse(*tensors((3, 2), (3, 1))), "one target per score"),
    "arrays": (lambda: LOSS(np.zeros((3, 2)), Y[:3]), "nbhelpers.softmax_cross_entropy"),
    "softmax of one score": (
        lambda: LOSS(*tensors((3, 1), (3,), dtypes=CLASSES)), "the loss `logistic`"),
    "logistic of two scores": (
        lambda: tf1.logistic(*tensors((3, 2), (3,), dtypes=CLASSES)), "softmax_cross_entropy"),
    "labels in a column": (
        lambda: LOSS(*tensors((3, 2), (3, 1), dtypes=CLASSES)), "shape (None,)"),
    "labels as floats": (lambda: LOSS(*tensors((3, 2), (3,))), "tf.placeholder(tf.int64, (None,))"),
    "a NumPy loss inside": (
        lambda: fit(loss=lambda scores, y: nb.softmax_cross_entropy(scores, y)[0]),
        "nbhelpers.tf1 has the functions of tensors"),
    "np.mean inside": (lambda: fit(loss=lambda scores, y: np.mean(scores)), "operations of tf"),
    "if": (
        lambda: fit(loss=lambda scores, y: LOSS(scores, y) if scores[0, 0] > 0 else 0 * scores),
        "tf.where or tf.cond"),
    "one number per example": (
        lambda: fit(loss=lambda scores, y: scores[:, 0]), "tf.reduce_mean over the batch"),
    "with its gradient": (
        lambda: fit(loss=lambda scores, y: (LOSS(scores, y), scores)), "the value alone"),
    "nothing": (lambda: fit(loss=lambda scores, y: None), "end with return"),
    "a Python number": (lambda: fit(loss=lambda scores, y: 1.0), "operations of tf"),
    "a constant": (
        lambda: fit(loss=lambda scores, y: tf.constant(1.0)), "must depend on every variable"),
    "other arguments": (lambda: fit(loss=lambda scores: 0), "a function loss(scores, y)"),
    "a placeholder that is not fed": (
        lambda: fit(loss=lambda scores, y: LOSS(scores, y) * tf.placeholder(tf.float64, (), "z")),
        "feed_dict={x: …}"),
    "a penalty per weight": (
        lambda: fit(penalty=Penalty(lambda w: w * w)), "tf.reduce_sum over w"),
    "a penalty of NumPy": (lambda: fit(penalty=Penalty(np.sum)), "operations of tf"),
    "a penalty of nothing": (lambda: fit(penalty=Penalty(lambda w: None)), "end with return"),
    "a function as penalty": (lambda: fit(penalty=lambda w: 0.0), "a penalty with value(W)"),
}  # fmt: skip

OWN = {
    "forward returns nothing": (lambda: fit(network(layer(lambda x: None))), "end with return y"),
    "np.tanh in forward": (lambda: fit(network(layer(np.tanh))), "operations of tf"),
    "shapes that do not fit": (
        lambda: fit(network(layer(lambda x: x @ tf.ones((3, 5), tf.float64)))), "tensor.shape"),
    "another width": (
        lambda: fit(network(layer(lambda x: tf.concat([x, x], 1)))), "super().__init__(n_in"),
    "a variable made in forward": (
        lambda: fit(network(layer(lambda x: x * tf.Variable(np.ones(5))))), "self.params"),
    "a variable of the same name": (
        lambda: fit(network(layer(lambda x: x * tf.get_variable("a", initializer=np.ones(5))))),
        "self.params"),
    "update returns nothing": (
        lambda: fit(optimizer=update(lambda self, w, g, *, lr: None)), "return w.assign_sub(…)"),
    "update returns w - lr g": (
        lambda: fit(optimizer=update(lambda self, w, g, *, lr: w - lr * g)), "return w.assign_sub"),
    "update in place": (lambda: fit(optimizer=update(in_place)), "return w.assign_sub"),
    "n_slots forgotten": (
        lambda: fit(optimizer=update(lambda self, w, g, v, *, lr: w)), "n_slots = 1 in Own"),
    "no super().__init__": (
        lambda: fit(optimizer=type("Own", (tf1.Optimizer,), {"__init__": lambda self: None})()),
        "super().__init__(lr)"),
    "np.cos in a schedule": (lambda: fit(optimizer=tf1.SGD(lambda t: np.cos(t))), "tf.cos"),
    "if in a schedule": (
        lambda: fit(optimizer=tf1.SGD(lambda t: 0.1 if t < 5 else 0.01)), "tf.where or tf.cond"),
    "a schedule of nothing": (lambda: fit(optimizer=tf1.SGD(lambda t: None)), "end the function"),
    "a schedule of two numbers": (
        lambda: fit(optimizer=tf1.SGD(lambda t: tf.stack([t, t]))), "one number of the graph"),
    "a schedule below zero": (lambda: fit(optimizer=tf1.SGD(lambda t: 0.1 - t)), "-0.9"),
    "a schedule of NaN": (lambda: fit(optimizer=tf1.SGD(lambda t: t * np.nan)), "learning rate"),
}  # fmt: skip

REJECTED = {
    f"{group}: {name}": row
    for group, rows in {
        "network": NETWORKS, "forward": FORWARD, "pieces": PIECES,
        "session": CLOSED | OTHER_SESSIONS, "data": DATA, "loss": LOSSES, "own": OWN,
    }.items()
    for name, row in rows.items()
}  # fmt: skip


@pytest.fixture(autouse=True)
def new_graph():
    tf.reset_default_graph()


@pytest.mark.parametrize(("attempt", "words"), REJECTED.values(), ids=REJECTED)
def test_message(attempt, words):
    with pytest.raises((TypeError, ValueError, RuntimeError)) as caught:
        attempt()
    message = str(caught.value)
    assert ": expected " in message, message
    assert ", got " in message, message
    assert words in message
    assert "\n" not in message
    assert len(message) < 500


@pytest.mark.parametrize("name", ["hinge", "logistic", "softmax_cross_entropy"])
@pytest.mark.parametrize("label", [-1, 3])
def test_a_loss_on_its_own_takes_no_label_out_of_range(name, label):
    """Run by hand, TensorFlow raises; the notebook extension then shows the remedy."""
    scores = tf.zeros((2, 1 if name == "logistic" else 3))
    y = tf.placeholder_with_default(np.array([0, label]), (2,))
    loss = getattr(tf1, name)(scores, y)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError) as caught:
        session.run(loss)
    assert remedy(caught.value).startswith("class numbers start at 0")


def test_targets_of_unknown_shape_are_not_stretched():
    y = tf.placeholder_with_default(np.zeros(3, np.float32), None)
    loss = tf1.mse(tf.zeros((3, 1)), y)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError):
        session.run(loss)
