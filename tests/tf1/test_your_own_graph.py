"""What a curious reader writes for the graph engine: right, and equal to its NumPy counterpart.

Each piece is written twice, with NumPy and with tf, and trained from the same numbers; what is
rejected is in `test_messages.py`.
"""

import functools

import numpy as np
import pytest

import nbhelpers as nb
from nbhelpers import tf1
from nbhelpers.tf1 import tf

X = np.random.default_rng(1).normal(size=(12, 4))
Y = np.random.default_rng(2).integers(3, size=12)
SIGNS = np.where(X[:, 0] > 0, 1, -1)


@pytest.fixture(autouse=True)
def new_graph():
    tf.reset_default_graph()


def dense(side, n_in, n_out, seed=0):
    return side.Dense(n_in, n_out, rng=np.random.default_rng(seed))


def network(side, *middle, n_out=3):
    layers = dense(side, 4, 5), *(middle or [side.Tanh()]), dense(side, 5, n_out, 1)
    return side.Sequential(*layers, dtype=np.float64)


def make(side, net=None, kind="Solver", loss=None, optimizer=None, **options):
    options = {"batch_size": 5, "rng": np.random.default_rng(3), "progress": False} | options
    loss, optimizer = loss or side.softmax_cross_entropy, optimizer or side.SGD(0.5)
    return getattr(side, kind)(net or network(side), loss, optimizer, **options)


def place(name):
    """Where a parameter is, without the name of the layer's class: "1.Scale.a" → "1.a"."""
    number, _, *path = name.split(".")
    return ".".join([number, *path])


def alike(pieces, y=Y):
    """Train with `pieces(side)` in NumPy, in a graph and in a fast graph; compare all numbers."""
    runs = []
    for side, kind in ((nb, "Solver"), (tf1, "Solver"), (tf1, "FastSolver")):
        tf.reset_default_graph()
        solver = make(side, kind=kind, **pieces(side))
        history = solver.fit((X, y), (X, y), epochs=3)
        weights = {place(name): value for name, value in solver.snapshot().items()}
        runs.append((history, weights, solver.predict(X)))
    (ours, weights, said), *graphs = runs
    for history, snapshot, predicted in graphs:
        np.testing.assert_allclose(history.step_losses, ours.step_losses, rtol=1e-9)
        for column in ("lr", "loss", "val_loss", "val_accuracy", "train_accuracy"):
            np.testing.assert_allclose(history[column], ours[column], rtol=1e-9)
        assert snapshot.keys() == weights.keys()
        for name, value in weights.items():
            np.testing.assert_allclose(snapshot[name], value, rtol=1e-7, atol=1e-10)
        np.testing.assert_allclose(predicted, said, rtol=1e-7)
    return ours


# Layers


class Scale(nb.Layer):
    def __init__(self, n):
        super().__init__(n, n)
        self.params["a"] = np.linspace(0.5, 1.5, n)

    def forward(self, x, train=False):
        self.x = x
        return x * self.params["a"]

    def backward(self, dy, need_dx=True):
        self.grads["a"] = (dy * self.x).sum(axis=0)
        return dy * self.params["a"]


class ScaleGraph(tf1.Layer):
    """Only forward: TensorFlow derives the rest."""

    def __init__(self, n):
        super().__init__(n, n)
        self.params["a"] = np.linspace(0.5, 1.5, n)

    def forward(self, x, train=False):
        return x * self.params["a"]


class Bare(ScaleGraph):
    def forward(self, x):
        return super().forward(x)


class Alias(ScaleGraph):
    def __init__(self, n):
        super().__init__(n)
        self.a = self.params["a"]

    def forward(self, x, train=False):
        return x * self.a


class Undeclared(ScaleGraph):
    def __init__(self, n):
        super().__init__(n)
        self.n_in = self.n_out = None


class Single(ScaleGraph):
    """In another dtype, which is cast back: the digits are those of float32."""

    def forward(self, x, train=False):
        return tf.cast(super().forward(x), tf.float32)


@pytest.mark.parametrize("kind", [ScaleGraph, Bare, Alias, Undeclared])
def test_own_layer(kind):
    kinds = {nb: Scale, tf1: kind}
    alike(lambda side: {"net": network(side, kinds[side](5))})


def test_own_layer_of_another_dtype():
    ours = make(nb, network(nb, Scale(5))).fit((X, Y), epochs=3)
    graph = make(tf1, network(tf1, Single(5))).fit((X, Y), epochs=3)
    np.testing.assert_allclose(graph.step_losses, ours.step_losses, rtol=1e-4)


class Residual(nb.Layer):
    def __init__(self):
        super().__init__(5, 5)
        self.inner = [dense(nb, 5, 5, 7), nb.Tanh()]

    def forward(self, x, train=False):
        a, b = self.inner
        return x + b(a(x, train), train)

    def backward(self, dy, need_dx=True):
        a, b = self.inner
        return dy + a.backward(b.backward(dy))


class ResidualGraph(tf1.Layer):
    def __init__(self):
        super().__init__(5, 5)
        self.inner = [dense(tf1, 5, 5, 7), tf1.Tanh()]

    def forward(self, x, train=False):
        a, b = self.inner
        return x + b(a(x, train), train)


def test_a_block_of_layers():
    blocks = {nb: Residual, tf1: ResidualGraph}
    alike(lambda side: {"net": network(side, blocks[side]())})


def test_a_network_in_a_network():
    def pieces(side):
        inner = side.Sequential(dense(side, 5, 5, 7), side.Tanh(), dtype=np.float64)
        return {"net": network(side, inner)}

    alike(pieces)


def test_a_layer_that_is_used_twice_is_right_in_a_graph():
    """NumPy rejects it, for a layer remembers one batch; a graph shares the variables."""

    class Twice(tf1.Layer):
        def __init__(self):
            super().__init__(5, 5)
            self.inner = dense(tf1, 5, 5, 7)

        def forward(self, x, train=False):
            return self.inner(tf.tanh(self.inner(x)))

    solver = make(tf1, network(tf1, Twice()))
    w = solver.net.get_weights(solver.session)
    solver.step(X, Y)
    first, inner, last = dense(nb, 4, 5), dense(nb, 5, 5, 7), dense(nb, 5, 3, 1)

    def loss(w):
        for layer, part in ((first, w[:25]), (inner, w[25:55]), (last, w[55:])):
            layer.params["W"][...] = part[: layer.params["W"].size].reshape(layer.params["W"].shape)
            layer.params["b"][...] = part[layer.params["W"].size :]
        h = inner(np.tanh(inner(first(X))))
        return nb.softmax_cross_entropy(last(h), Y)[0]

    used = (w - solver.net.get_weights(solver.session)) / 0.5
    steps = 1e-5 * np.eye(w.size)
    expected = [(loss(w + step) - loss(w - step)) / 2e-5 for step in steps]
    np.testing.assert_allclose(used, expected, atol=1e-8)


def test_weights_outside_of_params_are_noticed():
    class Outside(tf1.Layer):
        def __init__(self):
            super().__init__(5, 5)
            self.W = np.ones(5)

        def forward(self, x, train=False):
            return x * self.W

    with pytest.warns(UserWarning, match=r'self\.W is not in params.*self\.params\["W"\] = …'):
        network(tf1, Outside())


def test_a_frozen_variable_is_left_alone():
    class Frozen(tf1.Layer):
        def forward(self, x, train=False):
            with tf.variable_scope("frozen", reuse=tf.AUTO_REUSE):
                half = tf.constant_initializer(0.5)
                a = tf.get_variable("a", (5,), tf.float64, initializer=half, trainable=False)
            return x * a

    solver = make(tf1, network(tf1, Frozen()))
    solver.fit((X, Y), epochs=1)
    (a,) = [v for v in tf.global_variables() if v.op.name == "frozen/a"]
    np.testing.assert_array_equal(solver.session.run(a), 5 * [0.5])


# Losses


def softmax(scores, y):
    """Named like a function of the package: nothing is looked up by a name."""
    if isinstance(scores, np.ndarray):
        return nb.softmax_cross_entropy(scores, y)
    return tf1.softmax_cross_entropy(scores, y)


def logistic(scores, y):
    """With labels -1 and 1, which the package's function of this name rejects."""
    if isinstance(scores, np.ndarray):
        z = scores[:, 0] * y
        return np.log1p(np.exp(-z)).mean(), (-y / (1 + np.exp(z)) / len(y))[:, None]
    return tf.reduce_mean(tf.nn.softplus(-scores[:, 0] * tf.cast(y, scores.dtype)))


def test_a_loss_named_like_another():
    alike(lambda side: {"loss": softmax})
    history = alike(lambda side: {"loss": logistic, "net": network(side, n_out=1)}, y=SIGNS)
    assert history["val_accuracy"][-1] > 0.5


def doubled(side):
    loss = side.softmax_cross_entropy

    @functools.wraps(loss)
    def wrapper(scores, y):
        if side is nb:
            value, dscores = loss(scores, y)
            return 2 * value, 2 * dscores
        return 2 * loss(scores, y)

    return wrapper


def test_a_wrapped_and_a_partial_loss():
    history = alike(lambda side: {"loss": doubled(side)})
    assert history.step_losses[0] == 2 * make(nb).fit((X, Y), epochs=1).step_losses[0]
    alike(lambda side: {"loss": functools.partial(side.huber, delta=0.1)}, y=np.eye(3)[Y])


def test_a_loss_in_another_dtype_with_a_penalty():
    def loss(scores, y):
        return tf.cast(tf1.softmax_cross_entropy(scores, y), tf.float32)

    ours = make(nb, penalty=nb.L2(0.1)).fit((X, Y), epochs=3)
    graph = make(tf1, loss=loss, penalty=tf1.L2(0.1)).fit((X, Y), epochs=3)
    np.testing.assert_allclose(graph.step_losses, ours.step_losses, rtol=1e-5)


# Penalties and constraints


class GroupLasso:
    """Σ over units of the norm of their incoming weights: W must come as a matrix."""

    def value(self, W):
        if isinstance(W, np.ndarray):
            return 0.1 * np.sqrt((W * W).sum(axis=0)).sum()
        return 0.1 * tf.reduce_sum(tf.sqrt(tf.reduce_sum(W * W, axis=0)))

    def gradient(self, W):
        return 0.1 * W / np.sqrt((W * W).sum(axis=0))


def test_group_lasso():
    alike(lambda side: {"penalty": GroupLasso()})


def test_own_constraint_and_clip():
    clips = {nb: lambda g: g * 0.5, tf1: lambda g: [0.5 * one for one in g]}
    limits = {nb: lambda W: np.clip(W, -0.4, 0.4), tf1: lambda W: tf.clip_by_value(W, -0.4, 0.4)}
    alike(lambda side: {"clip": clips[side], "constraint": limits[side]})


# Optimizers and schedules


class Heavy(nb.Optimizer):
    n_slots = 1

    def update(self, w, g, v, *, lr):
        v[:] = 0.9 * v - lr * g
        w += v


class HeavyGraph(tf1.Optimizer):
    n_slots = 1

    def update(self, w, g, v, *, lr):
        v = v.assign(0.9 * v - lr * g)
        return w.assign_add(v)


class OnlyStep:
    def step(self, w, g):
        if isinstance(w, np.ndarray):
            w -= 0.5 * g
            return None
        return tf.group(*(one.assign_sub(0.5 * dw) for one, dw in zip(w, g, strict=True)))


def test_own_optimizer():
    kinds = {nb: Heavy, tf1: HeavyGraph}
    alike(lambda side: {"optimizer": kinds[side](0.1)})
    history = alike(lambda side: {"optimizer": OnlyStep()})
    assert history.step_losses == make(nb).fit((X, Y), epochs=3).step_losses


def test_slots_that_are_never_written_are_noticed():
    class Forgets(tf1.Optimizer):
        n_slots = 1

        def update(self, w, g, v, *, lr):
            v = 0.9 * v - lr * g
            return w.assign_add(v)

    with pytest.warns(UserWarning, match="all of its slots at zero"):
        make(tf1, optimizer=Forgets(0.1)).step(X, Y)


@pytest.mark.parametrize(
    "schedule",
    [lambda t: 0.5 / (1 + t), lambda t: 0.1, lambda t: 0.1 if isinstance(t, int) else 0.1 + 0 * t],
    ids=["1/t", "a number", "either"],
)
def test_own_schedule(schedule):
    alike(lambda side: {"optimizer": side.Adam(schedule)})


def test_a_first_rate_of_zero_is_no_fault_of_the_optimizer():
    """A warm-up from zero leaves the weights where they are, at first."""
    kinds = {nb: Heavy, tf1: HeavyGraph}
    alike(lambda side: {"optimizer": kinds[side](lambda t: 0.01 * t)})


# Callbacks and sessions


@pytest.mark.parametrize("kind", ["Solver", "FastSolver"])
def test_callbacks_see_each_step(kind):
    seen = []

    def look(solver):
        seen.append(float(np.abs(solver.net.get_weights(solver.session)).sum()))

    solver = make(tf1, kind=kind, callbacks=(one for one in [look, lambda solver: None]))
    solver.fit((X, Y), epochs=2)
    assert len(seen) == len(set(seen)) == 6


@pytest.mark.parametrize("kind", ["Solver", "FastSolver"])
def test_a_session_is_closed(kind):
    with make(tf1, kind=kind) as solver:
        history = solver.fit((X, Y), (X, Y), epochs=2)
    with pytest.raises(RuntimeError, match="Attempted to use a closed Session"):
        solver.session.run(tf.constant(1))
    ours = network(nb)
    ours.restore(history.best_weights)  # what was learned stays
    assert ours.predict(X).shape == (12,)
    solver.close()  # twice does no harm

    by_hand = make(tf1, network(tf1), kind=kind)
    by_hand.session.close()
    with pytest.raises(RuntimeError, match="expected an open session"):
        by_hand.fit((X, Y), epochs=1)

    session = make(tf1, network(tf1), kind=kind).session  # nothing refers to the solver
    with pytest.raises(RuntimeError, match="Attempted to use a closed Session"):
        session.run(tf.constant(1))


def test_a_reset_of_the_graph_does_not_stop_a_solver():
    solver = make(tf1)
    tf.reset_default_graph()
    graph = solver.fit((X, Y), epochs=3)
    np.testing.assert_allclose(graph.step_losses, make(nb).fit((X, Y), epochs=3).step_losses)


def test_a_network_in_a_graph_of_its_own():
    with tf.Graph().as_default():
        solver = make(tf1)
    graph = solver.fit((X, Y), epochs=3)
    np.testing.assert_allclose(graph.step_losses, make(nb).fit((X, Y), epochs=3).step_losses)


def test_regression_predicts_scores():
    targets = X[:, :1]
    solver = make(tf1, network(tf1, n_out=1), loss=tf1.mse, optimizer=tf1.SGD(0.01))
    solver.fit((X, targets), epochs=1)
    ours = network(nb, n_out=1)
    ours.restore(solver.snapshot())
    np.testing.assert_allclose(solver.predict(X), ours(X))
    assert np.isnan(solver.evaluate(X, targets)[1])


def test_summary_and_weights(capsys):
    network(tf1).summary()
    graph = capsys.readouterr().out
    network(nb).summary()
    assert graph == capsys.readouterr().out
    net = network(tf1)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        net.set_weights(session, np.arange(43.0))
        np.testing.assert_array_equal(net.get_weights(session), np.arange(43.0))
