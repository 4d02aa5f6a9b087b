"""NumPy = graph: forward, gradients, one update and 50 steps, from equal weights and equal seeds.

Each case builds its network, loss, penalty … once from `nbhelpers` and once from `nbhelpers.tf1`,
by the same function: the names are the same.
"""

from functools import partial

import numpy as np
import pytest

import nbhelpers as nb


@pytest.fixture(scope="module", autouse=True)
def tensorflow():
    """Imported here, not on collection: every worker reads every file, and this takes seconds."""
    global tf1, tf
    from nbhelpers import tf1
    from nbhelpers.tf1 import tf


TOLERANCE = {np.float64: 1e-9, np.float32: 1e-5}
N_IN, CLASSES = 5, 3

# Each from (engine, rng): a layer that takes 6 numbers and gives 6.
LAYERS = {
    "Identity": lambda nn, rng: nn.Identity(),
    "Dense": lambda nn, rng: nn.Dense(6, 6, rng=rng),
    "Dense, xavier, without bias": lambda nn, rng: nn.Dense(
        6, 6, init=nb.xavier, rng=rng, bias=False
    ),
    "Maxout": lambda nn, rng: nn.Maxout(6, 6, rng=rng),
    "Maxout of three": lambda nn, rng: nn.Maxout(6, 6, 3, init=nb.xavier, rng=rng, bias=False),
    "Dropout": lambda nn, rng: nn.Dropout(0.3, rng=rng),
    "BatchNorm": lambda nn, rng: nn.BatchNorm(6),
    "BatchNorm, slow, large eps": lambda nn, rng: nn.BatchNorm(6, momentum=0.99, eps=0.1),
    "ReLU": lambda nn, rng: nn.ReLU(),
    "LeakyReLU": lambda nn, rng: nn.LeakyReLU(0.1),
    "PReLU, shared": lambda nn, rng: nn.PReLU(),
    "PReLU, one a unit": lambda nn, rng: nn.PReLU(6),
    "Sigmoid": lambda nn, rng: nn.Sigmoid(),
    "Tanh": lambda nn, rng: nn.Tanh(),
    "ELU": lambda nn, rng: nn.ELU(0.5),
    "SiLU": lambda nn, rng: nn.SiLU(),
    "GELU": lambda nn, rng: nn.GELU(),
    "LayerNorm": lambda nn, rng: nn.LayerNorm(6),
    "GroupNorm": lambda nn, rng: nn.GroupNorm(6, 2),
    "RMSNorm": lambda nn, rng: nn.RMSNorm(6, eps=0.1),
    "Residual": lambda nn, rng: nn.Residual(
        nn.Dense(6, 4, rng=rng, bias=False),
        nn.BatchNorm(4),
        nn.ReLU(),
        nn.Dropout(0.3, rng=rng),
        nn.Dense(4, 6, init=nb.zeros, rng=rng),
    ),
    "Conv2D": lambda nn, rng: nn.Residual(
        nn.Reshape(2, 3, 1),
        nn.Conv2D(1, 4, 3, rng=rng, bias=False),
        nn.BatchNorm(4),
        nn.ReLU(),
        nn.Conv2D(4, 1, 2, rng=rng),
        nn.Flatten(),
    ),
    "Conv2D with strides, MaxPool": lambda nn, rng: nn.Residual(
        nn.Dense(6, 98, rng=rng),
        nn.Reshape(7, 7, 2),
        nn.Conv2D(2, 3, 3, stride=2, rng=rng),
        nn.GroupNorm(3, 1),
        nn.MaxPool(2, 1),
        nn.Conv2D(3, 2, 2, padding=1, stride=2, rng=rng),
        nn.GELU(),
        nn.MaxPool(2),
        nn.Flatten(),
        nn.Dense(2, 6, rng=rng),
    ),
}
LOSSES = {
    "softmax_cross_entropy": lambda nn: nn.softmax_cross_entropy,
    "smoothed labels": lambda nn: partial(nn.softmax_cross_entropy, smoothing=0.2),
    "class weights": lambda nn: partial(
        nn.softmax_cross_entropy, smoothing=0.1, class_weights=np.array([0.5, 1.0, 4.0])
    ),
    "logistic": lambda nn: nn.logistic,
    "hinge": lambda nn: nn.hinge,
    "mse": lambda nn: nn.mse,
    "huber": lambda nn: nn.huber,
}
PENALTIES = {
    "L1": lambda nn: nn.L1(0.01),
    "L2": lambda nn: nn.L2(0.1),
    "ElasticNet": lambda nn: nn.ElasticNet(0.01, 0.1),
}
SCHEDULES = {
    "constant": lambda nn: nn.schedules.constant(0.2),
    "step": lambda nn: nn.schedules.step(0.4, 7, factor=0.8),
    "exponential": lambda nn: nn.schedules.exponential(0.4, 0.05),
    "inverse": lambda nn: nn.schedules.inverse(0.4, 0.1),
    "inverse_sqrt": lambda nn: nn.schedules.inverse_sqrt(0.4, 0.5),
    "cosine": lambda nn: nn.schedules.cosine(0.4, 40),
    "warmup": lambda nn: nn.schedules.warmup(nn.schedules.cosine(0.4, 60), 10),
    "warmup to a constant": lambda nn: nn.schedules.warmup(0.2, 10),
}
OPTIMIZERS = {
    "SGD": lambda nn, lr: nn.SGD(lr),
    "Momentum": lambda nn, lr: nn.Momentum(lr, momentum=0.8),
    "Nesterov": lambda nn, lr: nn.Nesterov(lr, momentum=0.8),
    "Adagrad": lambda nn, lr: nn.Adagrad(lr),
    "RMSprop": lambda nn, lr: nn.RMSprop(lr, decay=0.8),
    "Adam": lambda nn, lr: nn.Adam(lr, beta1=0.8, beta2=0.99),
    "AdamW": lambda nn, lr: nn.AdamW(lr, decay=0.1),
}


def examples(loss):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(40, N_IN))
    x[3] = 0  # with biases of zero, units then stand exactly on their kinks
    if loss in ("mse", "huber"):
        return x, 2 * rng.normal(size=(40, CLASSES))
    return x, rng.integers(2 if loss == "logistic" else CLASSES, size=40)


def layers(nn, middle, rng, n_out):
    first = nn.Dense(N_IN, 6, rng=rng)
    return [first, *(LAYERS[name](nn, rng) for name in middle), nn.Dense(6, n_out, rng=rng)]


def close(a, b, dtype, drift=1):
    scale = drift * max(1.0, float(np.abs(a).max(initial=0)))
    np.testing.assert_allclose(a, b, rtol=0, atol=TOLERANCE[dtype] * scale)


class Pair:
    """The same network and its solver in both engines, with the graph's session."""

    def __init__(
        self, dtype, middle=("Tanh",), loss="softmax_cross_entropy", optimizer="SGD",
        schedule="constant", penalty=None, constraint=None, batch_size=10,
    ):  # fmt: skip
        self.dtype, self.x, self.y = dtype, *examples(loss)
        self.x = self.x.astype(dtype)
        n_out = 1 if loss == "logistic" else CLASSES
        self.solvers = []
        for nn in (nb, tf1):
            rng = np.random.default_rng(1)
            net = nn.Sequential(*layers(nn, middle, rng, n_out), dtype=dtype)
            solver = nn.Solver(
                net, LOSSES[loss](nn), OPTIMIZERS[optimizer](nn, SCHEDULES[schedule](nn)),
                penalty=penalty and PENALTIES[penalty](nn),
                constraint=constraint and getattr(nn, constraint),
                batch_size=batch_size, rng=rng, progress=False,
            )  # fmt: skip
            self.solvers.append(solver)
        self.session = self.solvers[1].session

    def weights(self):
        net, graph_net = (solver.net for solver in self.solvers)
        return net.w, graph_net.get_weights(self.session)

    def arrays(self):
        net, graph_net = (solver.net for solver in self.solvers)
        return net.arrays(), self.session.run(graph_net.arrays())


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


both_dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])


@both_dtypes
@pytest.mark.parametrize(
    ("middle", "loss"),
    [(layer, "softmax_cross_entropy") for layer in LAYERS] + [("ReLU", loss) for loss in LOSSES],
)
def test_forward_and_gradients(middle, loss, dtype):
    """Scores in training and at evaluation, the loss, the gradients, the running averages."""
    x, y = examples(loss)
    x = x.astype(dtype)
    n_out = 1 if loss == "logistic" else CLASSES
    rng, graph_rng = np.random.default_rng(1), np.random.default_rng(1)
    net = nb.Sequential(*layers(nb, [middle], rng, n_out), dtype=dtype)
    graph_net = tf1.Sequential(*layers(tf1, [middle], graph_rng, n_out), dtype=dtype)
    net.w += 0.1 * np.random.default_rng(5).normal(size=net.w.size)  # no gamma of 1, no b of 0

    x_in = tf.placeholder(dtype, (None, N_IN))
    scores = graph_net.forward(x_in, train=True)
    value = LOSSES[loss](tf1)(scores, tf.constant(y))
    gradients = tf.gradients(value, [*graph_net.w, x_in])
    updates = graph_net.all_updates()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        graph_net.set_weights(session, net.w)
        found = session.run([scores, value, gradients, *updates], {x_in: x})
        evaluated = session.run(graph_net.forward(x_in), {x_in: x})
        arrays = graph_net.snapshot(session)

    expected = net.forward(x, train=True)
    expected_value, dscores = LOSSES[loss](nb)(expected, y)
    dx = net.backward(dscores)
    assert expected.dtype == found[0].dtype == dtype
    close(expected, found[0], dtype)
    assert found[1] == pytest.approx(expected_value, rel=TOLERANCE[dtype])
    close(net.g, np.concatenate([g.ravel() for g in found[2][:-1]]), dtype)
    close(dx, found[2][-1], dtype)
    close(net.forward(x), evaluated, dtype)
    assert net.arrays().keys() == arrays.keys()
    for name, value in net.arrays().items():
        close(value, arrays[name], dtype)


# All pieces piled up, with their kinks, make more of a last bit of float32 in fifty steps: over
# twelve other data sets the engines came to differ by up to 4.2e-5.
PILED_UP_DRIFT = {np.float64: 1, np.float32: 10}
CASES = (
    [{"middle": [name]} for name in LAYERS]
    + [{"loss": name} for name in LOSSES]
    + [{"penalty": name} for name in PENALTIES]
    + [{"constraint": "max_norm", "middle": ["Maxout"], "loss": "hinge"}]
    + [{"schedule": name} for name in SCHEDULES]
    + [{"optimizer": name, "middle": ["Sigmoid"]} for name in OPTIMIZERS]
    + [{
        "middle": ["BatchNorm", "PReLU, one a unit", "Dropout", "Maxout", "Dropout"],
        "penalty": "ElasticNet", "constraint": "max_norm", "optimizer": "Nesterov",
        "schedule": "warmup", "batch_size": 12,
    }]
)  # fmt: skip


@both_dtypes
@pytest.mark.parametrize("case", CASES, ids=lambda case: ", ".join(map(str, case.values())))
def test_one_update_and_fifty_steps(case, dtype):
    pair = Pair(dtype, **case)
    close(*pair.weights(), dtype)
    one, one_graph = (solver.step(pair.x[:10], pair.y[:10]) for solver in pair.solvers)
    assert one == pytest.approx(one_graph, rel=TOLERANCE[dtype])
    close(*pair.weights(), dtype)

    histories = [solver.fit((pair.x, pair.y), steps=50) for solver in pair.solvers]
    losses, graph_losses = (np.array(history.step_losses) for history in histories)
    assert len(losses) == 50
    assert losses[-10:].mean() < losses[:10].mean()  # it is a training run that is compared
    drift = PILED_UP_DRIFT[dtype] if case is CASES[-1] else 1
    close(losses, graph_losses, dtype, drift)
    arrays, graph_arrays = pair.arrays()
    assert arrays.keys() == graph_arrays.keys()
    for name, value in arrays.items():
        assert value.dtype == graph_arrays[name].dtype == dtype
        close(value, graph_arrays[name], dtype, drift)
    close(np.array(histories[0]["lr"]), np.array(histories[1]["lr"]), np.float64)
    loss, accuracy = pair.solvers[0].evaluate(pair.x, pair.y)
    graph_loss, graph_accuracy = pair.solvers[1].evaluate(pair.x, pair.y)
    assert loss == pytest.approx(graph_loss, rel=TOLERANCE[dtype])
    np.testing.assert_equal(accuracy, graph_accuracy)
