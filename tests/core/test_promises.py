"""What every layer, loss, penalty and optimizer promises, each of them held to all of it."""

import copy

import numpy as np
import pytest

import nbhelpers as nb

from . import contracts

# Layers that take 4 numbers and give 4, from an rng.
LAYERS = {
    "Identity": lambda rng: nb.Identity(),
    "Dense": lambda rng: nb.Dense(4, 4, rng=rng),
    "Dense without bias": lambda rng: nb.Dense(4, 4, rng=rng, bias=False),
    "Maxout": lambda rng: nb.Maxout(4, 4, rng=rng),
    "Maxout of three, without bias": lambda rng: nb.Maxout(4, 4, 3, rng=rng, bias=False),
    "Dropout": lambda rng: nb.Dropout(0.3, rng=rng),
    "BatchNorm": lambda rng: nb.BatchNorm(4),
    "ReLU": lambda rng: nb.ReLU(),
    "LeakyReLU": lambda rng: nb.LeakyReLU(),
    "PReLU": lambda rng: nb.PReLU(),
    "PReLU, one a unit": lambda rng: nb.PReLU(4),
    "Sigmoid": lambda rng: nb.Sigmoid(),
    "Tanh": lambda rng: nb.Tanh(),
    "ELU": lambda rng: nb.ELU(0.5),
    "SiLU": lambda rng: nb.SiLU(),
    "GELU": lambda rng: nb.GELU(),
    "LayerNorm": lambda rng: nb.LayerNorm(4),
    "GroupNorm": lambda rng: nb.GroupNorm(4, 1),  # two numbers to a group: each would be ±1
    "RMSNorm": lambda rng: nb.RMSNorm(4),
    "Residual": lambda rng: nb.Residual(nb.Dense(4, 4, rng=rng), nb.ReLU()),
    "Conv2D": lambda rng: nb.Sequential(
        nb.Reshape(2, 2, 1), nb.Conv2D(1, 1, 3, rng=rng), nb.Flatten(), dtype=np.float64
    ),
    "MaxPool": lambda rng: nb.Sequential(
        nb.Reshape(1, 1, 4), nb.MaxPool(1), nb.Flatten(), dtype=np.float64
    ),
}
CLASS_LOSSES = [nb.softmax_cross_entropy, nb.hinge]
REAL_LOSSES = [nb.mse, nb.huber]
PENALTIES = [nb.L1(0.1), nb.L2(0.1), nb.ElasticNet(0.1, 0.2)]
OPTIMIZERS = [nb.SGD, nb.Momentum, nb.Nesterov, nb.Adagrad, nb.RMSprop, nb.Adam, nb.AdamW]
FLOATS = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["f32", "f64"])

every_layer = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)


def frozen(array):
    array = array.copy()
    array.setflags(write=False)
    return array


def named(value):
    return getattr(value, "__name__", type(value).__name__)


# --- layers -------------------------------------------------------------------------------------


@every_layer
@pytest.mark.parametrize(
    "promise",
    [
        contracts.leaves_its_arguments_alone,
        contracts.writes_gradients_and_does_not_add,
        contracts.remembers_only_in_training,
        contracts.keeps_float32,
        contracts.touches_no_global_randomness,
    ],
    ids=named,
)
def test_layer_keeps(promise, make):
    promise(make(np.random.default_rng(0)))


@every_layer
def test_layer_takes_read_only_arrays(make):
    layer = make(np.random.default_rng(0))
    for train in (True, False, True):
        y = layer.forward(frozen(contracts.X), train=train)
        assert y.shape == (6, 4)
    assert layer.backward(frozen(contracts.DY)).shape == (6, 4)
    assert layer.params.keys() == layer.grads.keys()
    for name, value in layer.params.items():
        assert layer.grads[name].shape == value.shape


@every_layer
def test_layer_is_the_same_from_the_same_seed(make):
    def run():
        layer = make(np.random.default_rng(5))
        forward = [layer.forward(contracts.X, train=True) for _ in range(2)]
        return [*forward, layer.backward(contracts.DY), *layer.params.values()]

    for a, b in zip(run(), run(), strict=True):
        assert np.array_equal(a, b)


@every_layer
def test_evaluation_knows_each_example_alone_and_changes_nothing(make):
    layer = make(np.random.default_rng(0))
    layer.forward(contracts.X, train=True)
    before = copy.deepcopy((layer.params, layer.state))
    whole = layer.forward(contracts.X)
    rows = np.concatenate([layer.forward(contracts.X[[i]]) for i in range(6)])
    np.testing.assert_allclose(whole, rows, rtol=1e-12)
    np.testing.assert_array_equal(whole, layer.forward(contracts.X))
    after = (layer.params, layer.state)
    for old, new in zip(before, after, strict=True):
        for name in old:
            assert np.array_equal(old[name], new[name])


@FLOATS
@every_layer
def test_layer_is_finite_at_1e4(make, dtype):
    net = nb.Sequential(make(np.random.default_rng(0)), dtype=dtype)
    x = np.array([[1e4, -1e4, 0, 1e4], [-1e4, -1e4, 0, 1e4]], dtype)
    for train in (True, False, True):
        assert np.isfinite(net.forward(x, train=train)).all()
    assert np.isfinite(net.backward(np.full((2, 4), 1e4, dtype))).all()
    assert np.isfinite(net.g).all()


# --- losses -------------------------------------------------------------------------------------


def cases(loss, dtype, rng):
    """Scores and targets that suit the loss."""
    if loss is nb.logistic:
        return rng.normal(size=(5, 1)).astype(dtype), rng.integers(2, size=5)
    scores = rng.normal(size=(5, 3)).astype(dtype)
    if loss in REAL_LOSSES:
        return scores, rng.normal(size=(5, 3))  # float64 targets must not lift float32 scores
    return scores, rng.integers(3, size=5)


@FLOATS
@pytest.mark.parametrize("loss", [*CLASS_LOSSES, *REAL_LOSSES, nb.logistic], ids=named)
def test_loss(loss, dtype):
    scores, y = (frozen(a) for a in cases(loss, dtype, np.random.default_rng(0)))
    value, dscores = loss(scores, y)
    assert type(value) is float
    assert dscores.shape == scores.shape
    assert dscores.dtype == dtype
    assert dscores.flags.writeable
    again, same = loss(scores, y)
    assert again == value
    assert np.array_equal(same, dscores)


@pytest.mark.parametrize("loss", [*CLASS_LOSSES, *REAL_LOSSES, nb.logistic], ids=named)
def test_loss_is_the_mean_over_the_batch(loss):
    scores, y = cases(loss, np.float64, np.random.default_rng(0))
    value, dscores = loss(scores, y)
    twice, dtwice = loss(np.concatenate([scores, scores]), np.concatenate([y, y]))
    assert twice == pytest.approx(value)
    np.testing.assert_allclose(dtwice, np.concatenate([dscores, dscores]) / 2)


@FLOATS
@pytest.mark.parametrize("loss", CLASS_LOSSES, ids=named)
def test_class_loss_at_1e4(loss, dtype):
    scores = np.array([[1e4, -1e4, 0], [-1e4, 1e4, 1e4]], dtype)
    for y in np.ndindex(3, 3):
        value, dscores = loss(scores, np.array(y))
        assert np.isfinite(value)
        assert value >= 0
        assert np.isfinite(dscores).all()


@FLOATS
def test_other_losses_at_1e4(dtype):
    scores = np.array([[1e4], [-1e4]], dtype)
    for loss, y in (
        (nb.logistic, np.array([0, 1])), (nb.logistic, np.array([1, 0])),
        (nb.mse, -scores), (nb.huber, -scores),
    ):  # fmt: skip
        value, dscores = loss(scores, y)
        assert np.isfinite(value)
        assert np.isfinite(dscores).all()


# --- penalties, projections, optimizers, clipping -----------------------------------------------


@FLOATS
@pytest.mark.parametrize("penalty", PENALTIES, ids=named)
def test_penalty(penalty, dtype):
    w = frozen(np.array([[3.0, -4.0], [0.0, 1e4]], dtype))
    assert type(penalty.value(w)) is float
    gradient = penalty.gradient(w)
    assert gradient.dtype == dtype
    assert gradient.shape == w.shape
    assert not np.shares_memory(gradient, w)
    assert penalty.value(np.zeros_like(w)) == 0


@FLOATS
def test_numpy_numbers_as_settings_do_not_lift_float32(dtype):
    """A strength out of np.logspace is a float64: beside a float32 array it must not win."""
    number = np.float64(0.5)
    w = np.ones((2, 2), dtype)
    pieces = [
        nb.L1(number).gradient(w),
        nb.L2(number).gradient(w),
        nb.ElasticNet(number, number).gradient(w),
        nb.max_norm(w, number),
        nb.clip_by_value(w, -number, number),
        nb.clip_by_global_norm(w, number)[0],
        nb.LeakyReLU(number).forward(w),
        nb.Dropout(number, rng=np.random.default_rng(0)).forward(w, train=True),
        nb.Sequential(nb.BatchNorm(2, momentum=number, eps=number), dtype=dtype).forward(w),
        nb.huber(w, w, delta=number)[1],
    ]
    for i, array in enumerate(pieces):
        assert array.dtype == dtype, i
    for make in OPTIMIZERS:
        flat = np.ones(3, dtype)
        optimizer = make(number)
        optimizer.step(flat, flat.copy())
        assert {slot.dtype for slot in optimizer.slots} <= {np.dtype(dtype)}


@FLOATS
def test_max_norm_takes_read_only_arrays(dtype):
    w = frozen(np.array([[3.0, 0.3], [4.0, 0.4]], dtype))
    assert nb.max_norm(w).dtype == dtype


@FLOATS
@pytest.mark.parametrize("make", OPTIMIZERS, ids=named)
def test_optimizer(make, dtype):
    w, g = np.array([1.0, -2.0, 0.0], dtype), frozen(np.array([0.5, 1e4, 0.0], dtype))
    place = w
    optimizer = make(0.1)
    for _ in range(3):
        optimizer.step(w, g)
    assert w is place
    assert w.dtype == dtype
    assert w[2] == 0  # no gradient, no move
    assert np.isfinite(w).all()
    assert all(slot.dtype == dtype and slot.shape == w.shape for slot in optimizer.slots)
    assert optimizer.t == 3


@FLOATS
def test_clipping_returns_new_arrays(dtype):
    g = frozen(np.array([3.0, -4.0], dtype))
    for clipped in (nb.clip_by_value(g, -9, 9), nb.clip_by_global_norm(g, 9.0)[0]):
        assert clipped.dtype == dtype
        assert np.array_equal(clipped, g)
        assert not np.shares_memory(clipped, g)


# --- learning -----------------------------------------------------------------------------------


# Not Dropout: with units missing some error remains.
@pytest.mark.parametrize("name", [name for name in LAYERS if name != "Dropout"])
def test_twenty_examples_are_memorized(name):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 8)), rng.integers(3, size=20)
    net = nb.Sequential(
        nb.Dense(8, 40, rng=rng), nb.Tanh(), nb.Dense(40, 4, rng=rng), LAYERS[name](rng),
        nb.Dense(4, 3, rng=rng),
    )  # fmt: skip
    solver = nb.Solver(
        net, nb.softmax_cross_entropy, nb.Adam(0.01), batch_size=20, rng=rng, progress=False
    )
    solver.fit((x, y), steps=500)
    loss, accuracy = solver.evaluate(x, y)
    assert accuracy == 1
    assert loss < 0.1


@pytest.mark.parametrize("classes", [2, 10, 100])
def test_first_loss_is_the_log_of_the_classes(classes):
    rng = np.random.default_rng(0)
    last = nb.Dense(50, classes, init=nb.normal, rng=rng)
    net = nb.Sequential(nb.Dense(20, 50, rng=rng), nb.ReLU(), last)
    x, y = rng.normal(size=(200, 20)), rng.integers(classes, size=200)
    loss, _ = nb.softmax_cross_entropy(net.forward(x), y)
    assert loss == pytest.approx(np.log(classes), rel=0.02)
