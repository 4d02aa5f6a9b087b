"""What a curious reader writes: it works and is right, or it is rejected with the fix by name.

"Right" is measured against something computed in another way: the package's own piece trained
beside it, a formula in plain NumPy, or central differences written here.
"""

import copy
import functools
import pickle

import numpy as np
import pandas as pd
import pytest

import nbhelpers as nb
from nbhelpers import schedules

X = np.random.default_rng(1).normal(size=(12, 4))
Y = np.random.default_rng(2).integers(3, size=12)
LOSS = nb.softmax_cross_entropy
ERRORS = (TypeError, ValueError, KeyError, RuntimeError)


def seeded(seed=0):
    return np.random.default_rng(seed)


def dense(n_in, n_out, seed=0):
    return nb.Dense(n_in, n_out, rng=seeded(seed))


def network(*middle, seed=0, dtype=np.float64):
    """4 inputs, 5 hidden units, 3 scores; `middle` in place of tanh."""
    layers = dense(4, 5, seed), *(middle or [nb.Tanh()]), dense(5, 3, seed + 1)
    return nb.Sequential(*layers, dtype=dtype)


def make(net=None, loss=LOSS, optimizer=None, **options):
    options = {"batch_size": 5, "rng": seeded(3), "progress": False} | options
    return nb.Solver(net or network(), loss, optimizer or nb.SGD(0.5), **options)


def trained(net, **options):
    """The weights after three epochs."""
    make(net, **options).fit((X, Y), epochs=3)
    return net.w


def differences(net, loss=LOSS, x=X, y=Y, penalty=lambda W: 0.0):
    """The gradient of the loss by central differences, written out: nothing of the package's."""
    gradient = np.empty(net.w.size)
    for i, w in enumerate(net.w.copy()):
        values = []
        for moved in (w + 1e-5, w - 1e-5):
            net.w[i] = moved
            total = loss(net.forward(x, train=True), y)[0]
            values.append(total + sum(penalty(W) for W, _ in net.weights()))
        net.w[i] = w
        gradient[i] = (values[0] - values[1]) / 2e-5
    return gradient


def has_right_gradients(net, loss=LOSS, y=Y):
    before = net.w.copy()
    make(net, loss, nb.SGD(1.0)).step(X, y)  # w ← w - g
    used, net.w = before - net.w, before
    np.testing.assert_allclose(used, differences(net, loss, y=y), atol=1e-8)


def rejected(attempt, *words):
    """Raise in the package's form, with all of these words and a hint where there is one."""
    with pytest.raises(ERRORS) as caught:
        attempt()
    message = str(caught.value)
    assert ": expected " in message, message
    for word in words:
        assert word in message, message


# Layers of your own. Each of these is a fully connected layer, as a reader may write it: a network
# with it must train to the same weights as one with `Dense`.


class Own(nb.Layer):
    """The plainest form; any name will do for what backward needs."""

    def __init__(self, n_in, n_out, seed=0):
        super().__init__(n_in, n_out)
        self.params["W"] = dense(n_in, n_out, seed).params["W"]
        self.params["b"] = np.zeros(n_out)

    def forward(self, x, train=False):
        self.inputs = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, dy, need_dx=True):
        self.grads["W"] = self.inputs.T @ dy
        self.grads["b"] = dy.sum(axis=0)
        return dy @ self.params["W"].T


class DictCache(Own):
    def forward(self, x, train=False):
        self.cache = {"x": x}
        return x @ self.params["W"] + self.params["b"]

    def backward(self, dy, need_dx=True):
        self.inputs = self.cache["x"]
        return super().backward(dy)


class WidthNotDeclared(Own):
    def __init__(self, n_in, n_out, seed=0):
        super().__init__(n_in, n_out, seed)
        self.n_in = self.n_out = None


class Bare(Own):
    """Without `train` and without `need_dx`."""

    def forward(self, x):
        return super().forward(x)

    def backward(self, dy):
        return super().backward(dy)


class GradsAnew(Own):
    def backward(self, dy, need_dx=True):
        self.grads = {"W": self.inputs.T @ dy, "b": dy.sum(axis=0)}
        return dy @ self.params["W"].T


class GradsInPlace(Own):
    def __init__(self, n_in, n_out, seed=0):
        super().__init__(n_in, n_out, seed)
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}

    def backward(self, dy, need_dx=True):
        np.matmul(self.inputs.T, dy, out=self.grads["W"])
        self.grads["b"][:] = dy.sum(axis=0)
        return dy @ self.params["W"].T if need_dx else None


class Aliases(Own):
    def __init__(self, n_in, n_out, seed=0):
        super().__init__(n_in, n_out, seed)
        self.W, self.b = self.params["W"], self.params["b"]

    def forward(self, x, train=False):
        self.inputs = x
        return x @ self.W + self.b


class SubclassOfDense(nb.Dense):
    """With a backward of its own; as the first layer too."""

    def __init__(self, n_in, n_out, seed=0):
        super().__init__(n_in, n_out, rng=seeded(seed))

    def backward(self, dy, need_dx=True):
        self.calls = getattr(self, "calls", 0) + 1
        return super().backward(dy, need_dx)


def counted(method):
    @functools.wraps(method)
    def wrapper(self, *args, **settings):
        self.calls = getattr(self, "calls", 0) + 1
        return method(self, *args, **settings)

    return wrapper


def positional(method):
    @functools.wraps(method)
    def wrapper(*args):
        return method(*args)

    return wrapper


class Decorated(Own):
    forward, backward = counted(Own.forward), counted(Own.backward)


class DecoratedPositional(Own):
    forward, backward = positional(Own.forward), positional(Own.backward)


class Integers(Own):
    """Other dtypes than the network's are cast: at float16, to the digits that it has."""

    def __init__(self, n_in, n_out, seed=0):
        super().__init__(n_in, n_out, seed)
        self.params = {"W": self.params["W"].tolist(), "b": [0] * n_out}


OWN = [
    Own, DictCache, WidthNotDeclared, Bare, GradsAnew, GradsInPlace, Aliases, SubclassOfDense,
    Decorated, DecoratedPositional, Integers,
]  # fmt: skip


@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "middle", "last"])
@pytest.mark.parametrize("kind", OWN)
def test_an_own_dense_layer_trains_like_dense(kind, place):
    def layers(own):
        kinds = [kind if own and i == place else dense for i in range(3)]
        a, b, c = kinds[0](4, 5, seed=0), kinds[1](5, 5, seed=1), kinds[2](5, 3, seed=2)
        return a, nb.Tanh(), b, nb.Tanh(), c

    ours, theirs = (nb.Sequential(*layers(own), dtype=np.float64) for own in (False, True))
    np.testing.assert_allclose(trained(theirs), trained(ours), rtol=1e-12)
    has_right_gradients(theirs)
    if kind in (Decorated, SubclassOfDense):
        assert theirs.layers[2 * place].calls > 0
    assert kind(4, 5)(X).shape == (12, 5)  # it can be called on its own


def test_a_forward_replaced_on_one_layer_is_called():
    net, seen = network(), []
    first = net.layers[0]
    original = first.forward

    def forward(x, train=False):
        seen.append(len(x))
        return 2 * original(x, train)

    first.forward = forward
    np.testing.assert_allclose(net.layers[1](2 * X @ first.params["W"]) @ net.layers[2].params["W"],
                               net(X))  # fmt: skip
    assert seen == [12]


class Scale(nb.Layer):
    """One factor per unit."""

    def __init__(self, n):
        super().__init__(n, n)
        self.params["a"] = np.linspace(0.5, 1.5, n)

    def forward(self, x, train=False):
        self.x = x
        return x * self.params["a"]

    def backward(self, dy, need_dx=True):
        self.grads["a"] = (dy * self.x).sum(axis=0)
        return dy * self.params["a"]


def variant(base=Scale, **methods):
    """A subclass with other methods."""
    return type("Variant", (base,), methods)


def writes(key, of=lambda self, dy: (dy * self.x).sum(axis=0)):
    def backward(self, dy, need_dx=True):
        self.grads[key] = of(self, dy)
        return dy * self.params["a"]

    return backward


def adds(self, dy, need_dx=True):
    self.grads["a"] += (dy * self.x).sum(axis=0)
    return dy * self.params["a"]


def changes_x(self, x, train=False):
    x *= 2
    return self.params["a"] * x


def changes_dy(self, dy, need_dx=True):
    dy *= 2
    return Scale.backward(self, dy)


def second_name(self, n):
    Scale.__init__(self, n)
    self.weights = [self.params["a"]]


def a_view(self, n):
    Scale.__init__(self, n)
    self.row = self.params["a"][None, :]


def makes_late(self, x, train=False):
    self.params["c"] = np.ones(x.shape[1])
    return x


def no_init(self, n):
    self.n = n


def swaps(self, x, train=False):
    self.x = x
    return (x * self.params["a"]).T


REJECTED_LAYERS = {
    "no super().__init__": (variant(__init__=no_init), ["super().__init__()", "Variant.__init__"]),
    "forward misspelt": (
        variant(nb.Layer, __init__=lambda self, n: nb.Layer.__init__(self), foward=Scale.forward,
                backward=Scale.backward),
        ["defines forward", "foward"],
    ),
    "backward misspelt": (
        variant(nb.Layer, __init__=lambda self, n: nb.Layer.__init__(self), forward=Scale.forward,
                backwards=Scale.backward),
        ["defines backward", "backwards"],
    ),
    "forward returns nothing": (variant(forward=lambda self, x, train=False: None), ["return y"]),
    "backward returns nothing": (
        variant(backward=lambda self, dy, need_dx=True: self.grads.update(a=dy.sum(axis=0))),
        ["return dx"],
    ),
    "forward returns a pair": (variant(forward=lambda self, x, train=False: (x, 1)), ["tuple"]),
    "forward returns complex numbers": (
        variant(forward=lambda self, x, train=False: x + 1j), ["complex"]),
    "forward returns columns": (variant(forward=swaps), ["one row per example"]),
    "width other than declared": (
        variant(forward=lambda self, x, train=False: np.hstack([x, x])),
        ["y of shape", "as it declares", "super().__init__(n_in, n_out)"],
    ),
    "called training": (
        variant(forward=lambda self, x, training=False: x), ["call the second argument train"]),
    "a gradient not written": (
        variant(backward=lambda self, dy, need_dx=True: dy), ['self.grads["a"] = …']),
    "a gradient added to": (variant(backward=adds), ["assigned, not added"]),
    "a gradient under another name": (variant(backward=writes("da")), ["grads", "'da'", "['a']"]),
    "a gradient of each example": (
        variant(backward=writes("a", lambda self, dy: dy * self.x)), ["sum over the examples"]),
    "dx that is NaN": (
        variant(backward=lambda self, dy, need_dx=True: Scale.backward(self, dy) * np.nan),
        ["finite numbers in dx"],
    ),
    "x changed in place": (variant(forward=changes_x), ["x left unchanged", "x.copy()"]),
    "dy changed in place": (variant(backward=changes_dy), ["dy left unchanged", "dy.copy()"]),
    "a second name in a list": (variant(__init__=second_name), ["self.weights", 'params["a"]']),
    "a view of a parameter": (variant(__init__=a_view), ["self.row", "stay behind"]),
    "a parameter made in forward": (variant(forward=makes_late), ["layer's __init__"]),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "words"), REJECTED_LAYERS.values(), ids=REJECTED_LAYERS)
def test_a_layer_that_breaks_the_contract_is_rejected(kind, words):
    rejected(lambda: make(network(kind(5))).step(X, Y), *words)


def test_weights_outside_of_params_are_noticed():
    def init(self, n):
        nb.Layer.__init__(self, n, n)
        self.W = np.ones(n)

    kind = variant(nb.Layer, __init__=init, forward=lambda self, x, train=False: x * self.W,
                   backward=lambda self, dy, need_dx=True: dy * self.W)  # fmt: skip
    with pytest.warns(UserWarning, match=r'self\.W is not in params.*self\.params\["W"\] = …'):
        network(kind(5))


class Doubled(nb.Layer):
    """Each input twice: a width that it gives without having said so."""

    def forward(self, x, train=False):
        return np.hstack([x, x])

    def backward(self, dy, need_dx=True):
        n = dy.shape[1] // 2
        return dy[:, :n] + dy[:, n:]


def test_an_undeclared_change_of_width():
    has_right_gradients(nb.Sequential(dense(4, 2), Doubled(), dense(4, 3), dtype=np.float64))
    has_right_gradients(nb.Sequential(dense(4, 2), Doubled(), dtype=np.float64))
    wrong = nb.Sequential(dense(4, 2), Doubled(), dense(2, 3))
    rejected(lambda: wrong(X), "layer 2: expected 4 inputs", "got Dense(2, 3)", "make its n_in 4")


def test_a_layer_that_returns_x_itself():
    kind = variant(nb.Layer, __init__=lambda self: nb.Layer.__init__(self),
                   forward=lambda self, x, train=False: x,
                   backward=lambda self, dy, need_dx=True: dy)  # fmt: skip
    np.testing.assert_allclose(trained(network(kind())), trained(network(nb.Identity())))


def test_a_layer_that_changes_the_dtype():
    half = variant(forward=lambda self, x, train=False: Scale.forward(self, x).astype(np.float16))
    net, exact = network(half(5), dtype=np.float32), network(Scale(5), dtype=np.float32)
    assert net(X).dtype == np.float32
    np.testing.assert_allclose(trained(net), trained(exact), atol=0.05)


def test_a_wrapper_that_hides_the_arguments():
    """Without functools.wraps nothing is known of what is under it: `train` must still arrive."""

    def plain(method):
        return lambda *args: method(*args)

    kind = variant(nb.Dropout, forward=plain(nb.Dropout.forward))
    ours, theirs = (network(make(0.5, rng=seeded(7))) for make in (nb.Dropout, kind))
    np.testing.assert_allclose(trained(theirs), trained(ours))


class Square(nb.Activation):
    def f(self, x):
        return x * x

    def derivative(self, x, y):
        return 2 * x


def test_own_activation():
    has_right_gradients(network(Square()))
    for methods, words in (
        ({"f": lambda self, x: np.multiply(x, x, out=x)}, "x.copy()"),
        ({"f": lambda self, x: None}, "end with return"),
        ({"f": lambda self, x: x.sum()}, "array of shape"),
        ({"derivative": lambda self, x, y: None}, "end with return"),
    ):
        rejected(lambda m=methods: make(network(variant(Square, **m)())).step(X, Y), words)


# Layers made of layers


# Where a reader may keep two inner layers: how to put them there, and how to get them back.
KEEPS = {
    "attributes": (lambda a, b: {"a": a, "b": b}, lambda self: (self.a, self.b)),
    "a list": (lambda a, b: {"parts": [a, b]}, lambda self: self.parts),
    "a dict": (lambda a, b: {"parts": {"a": a, "b": b}}, lambda self: self.parts.values()),
    "lists in a list": (
        lambda a, b: {"parts": [[a], [b]]},
        lambda self: (self.parts[0][0], self.parts[1][0]),
    ),
}


class Residual(nb.Layer):
    """x + tanh(x W + b)."""

    def __init__(self, keep):
        super().__init__(5, 5)
        put, self.get = KEEPS[keep]
        vars(self).update(put(dense(5, 5, 7), nb.Tanh()))

    def forward(self, x, train=False):
        a, b = self.get(self)
        return x + b.forward(a.forward(x, train), train)

    def backward(self, dy, need_dx=True):
        a, b = self.get(self)
        return dy + a.backward(b.backward(dy))


@pytest.mark.parametrize("keep", KEEPS)
def test_a_block_trains_the_layers_inside_of_it(keep):
    net = network(Residual(keep))
    assert net.w.size == 25 + 30 + 18
    has_right_gradients(net)


class Block(nb.Layer):
    """One inner layer, and what a subclass does with it."""

    def __init__(self, inner=None):
        super().__init__(5, 5)
        self.inner = inner or dense(5, 5, 7)

    def forward(self, x, train=False):
        return self.inner(x, train)

    def backward(self, dy, need_dx=True):
        return self.inner.backward(dy)


def hides(self):
    nb.Layer.__init__(self, 5, 5)
    hidden = dense(5, 5)
    self.get = lambda: hidden


def late(self, x, train=False):
    if not hasattr(self, "late"):
        self.late = dense(5, 5)
    return self.late(x, train)


SHARED = dense(5, 5)
REJECTED_BLOCKS = {
    "an inner layer used twice": (
        lambda: [variant(Block, forward=lambda self, x, train=False:
                         self.inner(self.inner(x, train), train))()],
        ["Dense(5, 5) twice in one pass", "make a second one"],
    ),
    "an inner tanh used twice": (
        lambda: [variant(Block, forward=lambda self, x, train=False:
                         self.inner(self.inner(x, train), train))(nb.Tanh())],
        ["Tanh() twice", "make a second one"],
    ),
    "inner backward forgotten": (
        lambda: [variant(Block, backward=lambda self, dy, need_dx=True: dy)()],
        ["call Dense(5, 5).backward", "Variant.backward"],
    ),
    "train not handed on": (
        lambda: [variant(Block, forward=lambda self, x, train=False: self.inner(x))()],
        ["forward(x, train=True)"],
    ),
    "a layer that cannot be found": (
        lambda: [variant(Block, __init__=hides, forward=lambda self, x, train=False:
                         self.get()(x, train))()],
        ["layers that the network can find", "__init__"],
    ),
    "a layer made in forward": (lambda: [variant(Block, forward=late)()], ["__init__"]),
    "two blocks that share a layer": (
        lambda: [Block(SHARED), nb.Tanh(), Block(SHARED)], ["1.Block.inner too", "make a second"]),
    "a layer beside a block of it": (
        lambda: [SHARED, Block(SHARED)], ["1.Dense too", "make a second one"]),
    "the same layer twice": (lambda: [SHARED, SHARED], ["Dense(5, 5) twice", "make a second one"]),
    "the same relu twice": (lambda: 2 * [nb.ReLU()], ["ReLU() twice", "make a second one"]),
}  # fmt: skip


@pytest.mark.parametrize(("middle", "words"), REJECTED_BLOCKS.values(), ids=REJECTED_BLOCKS)
def test_a_block_that_breaks_the_contract_is_rejected(middle, words):
    rejected(lambda: make(network(*middle())).step(X, Y), *words)


def test_a_network_as_a_layer():
    inner = nb.Sequential(dense(5, 5, 7), nb.Tanh(), dtype=np.float64)
    net, flat = network(inner), network(dense(5, 5, 7), nb.Tanh())
    np.testing.assert_allclose(trained(net), trained(flat))
    h = np.tanh(X @ net.layers[0].params["W"] + net.layers[0].params["b"])
    np.testing.assert_allclose(inner(h), np.tanh(h @ inner.layers[0].params["W"]
                                                 + inner.layers[0].params["b"]))  # fmt: skip
    assert np.shares_memory(inner.w, net.w)
    rejected(lambda: nb.Sequential(inner, dense(5, 2)), "layers of no other network", "deepcopy")


def test_a_second_network_from_the_layers_of_one_is_rejected_and_harms_nothing():
    net = network()
    rejected(
        lambda: nb.Sequential(*net.layers[:2]), "copy.deepcopy(layer)", "layer_outputs(net, x)"
    )
    np.testing.assert_allclose(trained(net), trained(network()))
    hidden = nb.Sequential(*copy.deepcopy(net.layers[:2]), dtype=np.float64)
    np.testing.assert_allclose(hidden(X), net.layers[1](net.layers[0](X)))


# Copies


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))],
    ids=["copy", "deepcopy", "pickle"],
)
@pytest.mark.parametrize("middle", [nb.Tanh, lambda: Aliases(5, 5), Block, lambda: nb.BatchNorm(5)],
                         ids=["tanh", "aliases", "block", "batchnorm"])  # fmt: skip
def test_a_copy_is_a_network_of_its_own(duplicate, middle):
    net = network(middle())
    make(net).step(X, Y)
    other = duplicate(net)
    np.testing.assert_array_equal(other(X), net(X))
    kept = net.w.copy()
    np.testing.assert_allclose(trained(other), trained(copy.deepcopy(net)))
    np.testing.assert_array_equal(net.w, kept)
    has_right_gradients(other)
    layer = duplicate(net.layers[0])
    assert not np.shares_memory(layer.params["W"], net.w)
    nb.Sequential(layer)  # it belongs to no network


def stage():
    rng = seeded(4)
    layers = dense(4, 5), nb.BatchNorm(5), nb.Tanh(), nb.Dropout(0.3, rng=rng), dense(5, 3)
    return make(nb.Sequential(*layers), optimizer=nb.Adam(0.1))


def as_pair(solver):
    """Only the network and its optimizer, in one pickle; with no random layer that is enough."""
    net, optimizer, rng = pickle.loads(pickle.dumps((solver.net, solver.optimizer, solver.rng)))
    return make(net, optimizer=optimizer, rng=rng)


@pytest.mark.parametrize(
    "resume",
    [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it)), as_pair],
    ids=["copy", "deepcopy", "pickle", "pair"],
)
def test_training_that_is_resumed_is_training_that_was_not_interrupted(resume):
    whole, first = stage(), stage()
    whole.fit((X, Y), epochs=4)
    first.fit((X, Y), epochs=2)
    second = resume(first)
    second.fit((X, Y), epochs=2)
    np.testing.assert_array_equal(second.net.w, whole.net.w)
    assert whole.history.step_losses[-6:] == second.history.step_losses[-6:]


def test_an_optimizer_is_of_one_network():
    adam = nb.Adam(0.1)
    make(optimizer=adam).step(X, Y)
    other = make(network(seed=5), optimizer=adam)
    rejected(lambda: other.step(X, Y), "those of another network", "a new optimizer for each")
    again = copy.deepcopy(make(optimizer=nb.Adam(0.1)))
    np.testing.assert_allclose(trained(again.net, optimizer=again.optimizer),
                               trained(network(), optimizer=nb.Adam(0.1)))  # fmt: skip


# Penalties and constraints


class GroupLasso:
    """Σ over units of the norm of their incoming weights: W must come as a matrix."""

    def value(self, W):
        return 0.1 * float(np.sqrt((W * W).sum(axis=0)).sum())

    def gradient(self, W):
        return 0.1 * W / np.sqrt((W * W).sum(axis=0))


def test_group_lasso():
    net = network()
    solver = make(net, optimizer=nb.SGD(1.0), penalty=GroupLasso())
    before = net.w.copy()
    loss = solver.step(X, Y)
    used, net.w = before - net.w, before
    np.testing.assert_allclose(used, differences(net, penalty=GroupLasso().value), atol=1e-8)
    assert loss == LOSS(net(X), Y)[0] + sum(GroupLasso().value(W) for W, _ in net.weights())
    assert solver.evaluate(X, Y)[0] == pytest.approx(loss)


def penalty(value=lambda W: float((W * W).sum()), gradient=lambda W: 2 * W):
    return type("Own", (), {"value": staticmethod(value), "gradient": staticmethod(gradient)})()


def halves(W):
    W *= 0.5
    return W


REJECTED_PENALTIES = {
    "a gradient of another shape": (penalty(gradient=lambda W: W[0]), ["gradient", "(4, 5)"]),
    "a number as gradient": (penalty(gradient=lambda W: 0.1), ["penalty.gradient", "0.1 (float)"]),
    "a gradient that is not returned": (penalty(gradient=lambda W: None), ["end with return"]),
    "NaN, as of group lasso at 0": (penalty(gradient=lambda W: W * np.nan), ["finite", "0 / 0"]),
    "a gradient that changes W": (penalty(gradient=halves), ["w left unchanged", "w.copy()"]),
    "a value for each weight": (penalty(value=lambda W: W * W), ["one number", "sum over w"]),
    "a value that changes W": (penalty(value=lambda W: halves(W).sum()), ["w left unchanged"]),
    "a function": (lambda W: 0.0, ["value(W) and gradient(W)"]),
    "a list of penalties": ([nb.L1(0.1)], ["value(W) and gradient(W)"]),
    "a number": (0.1, ["L2(0.1)"]),
    "a class": (nb.L2, ["L2(…), an instance"]),
}  # fmt: skip


@pytest.mark.parametrize(("own", "words"), REJECTED_PENALTIES.values(), ids=REJECTED_PENALTIES)
def test_a_penalty_that_breaks_the_contract_is_rejected(own, words):
    rejected(lambda: make(penalty=own).step(X, Y), *words)


def test_gradient_checks_see_the_same_penalty_and_loss_as_training():
    assert nb.check_penalty(GroupLasso(), dense(4, 5).params["W"]) < 1e-7
    rejected(lambda: nb.check_penalty(penalty(gradient=lambda W: 0.1), np.ones((2, 2))), "0.1")
    rejected(lambda: nb.check_loss(lambda scores, y: 1.0, X, Y), "return value, dscores")
    assert nb.check_penalty(penalty(gradient=lambda W: W), np.ones((2, 2))) > 0.1


def test_constraint():
    solver = make(constraint=lambda W: np.clip(W, -0.1, 0.1))
    solver.step(X, Y)
    for W, _ in solver.net.weights():
        assert np.abs(W).max() <= 0.1
    for wrong, words in (
        (lambda W: W.mean(), "(4, 5)"),
        (lambda W: W[0], "(4, 5)"),
        (lambda W: None, "end with return"),
        (lambda W: W * np.nan, "finite numbers"),
    ):
        rejected(lambda c=wrong: make(constraint=c).step(X, Y), "constraint", words)


@pytest.mark.parametrize(
    ("name", "wrong", "words"),
    [
        ("clip", lambda g: nb.clip_by_global_norm(g, 1.0), "clip=clip_by_global_norm(5.0)"),
        ("clip", nb.clip_by_global_norm, "clip=clip_by_global_norm(5.0)"),
        ("clip", lambda g: None, "end with return"),
        ("clip", lambda g: g * np.nan, "finite numbers"),
        ("clip", 5.0, "a function clip(g)"),
        ("clip", lambda g, limit: g, "a function clip(g)"),
        ("augment", lambda x: x[:2], "fit, augment"),
        ("augment", lambda x: x[0], "fit, augment"),
        ("augment", lambda x: (x, 1), "a tuple"),
        ("augment", lambda x: x * np.nan, "finite numbers"),
        ("augment", lambda x, rng: x, "a function augment(x)"),
    ],
)
def test_clip_and_augment_are_checked(name, wrong, words):
    rejected(lambda: make(**{name: wrong}).fit((X, Y), epochs=1), words)


def test_clip_and_augment():
    solver = make(optimizer=nb.SGD(1.0), clip=nb.clip_by_global_norm(1e-3))
    before = solver.net.w.copy()
    solver.step(X, Y)
    assert np.linalg.norm(solver.net.w - before) == pytest.approx(1e-3)

    def flip(x):
        x[:] = x[:, ::-1]  # a batch is a copy: its own
        return x

    mine = X.copy()
    net = network()
    make(net, augment=flip).fit((mine, Y), epochs=3)
    np.testing.assert_array_equal(mine, X)
    other = network()
    make(other).fit((X[:, ::-1].copy(), Y), epochs=3)
    np.testing.assert_array_equal(net.w, other.w)


# Losses


@functools.wraps(LOSS)
def doubled(scores, y):
    value, dscores = LOSS(scores, y)
    return 2 * value, 2 * dscores


def summed(scores, y):
    value, dscores = LOSS(scores, y)
    return len(y) * value, len(y) * dscores


def float32_value(scores, y):
    value, dscores = LOSS(scores, y)
    return np.float32(value), dscores


class Brier:
    """Σ (p - onehot)² over classes, the mean of the batch; an object that can be called."""

    def __call__(self, scores, y):
        p, target = nb.softmax(scores), np.eye(scores.shape[1])[y]
        dp = 2 * (p - target)
        dscores = p * (dp - (dp * p).sum(axis=1, keepdims=True))
        return ((p - target) ** 2).sum() / len(y), dscores / len(y)


@pytest.mark.parametrize(
    ("loss", "y"),
    [
        (doubled, Y),
        (summed, Y),
        (float32_value, Y),
        (Brier(), Y),
        (functools.partial(nb.huber, delta=0.1), np.eye(3)[Y]),
        (lambda scores, y: nb.mse(scores, np.eye(3)[y]), Y),
    ],
    ids=["wrapped", "sum", "float32 value", "object", "partial", "own targets"],
)
def test_own_loss(loss, y):
    net = network()
    if loss is not float32_value:  # whose value is too coarse for differences
        has_right_gradients(net, loss, y)
    value = make(net, loss).step(X, y)
    assert type(value) is float
    assert value == pytest.approx(float(loss(network()(X), y)[0]), rel=1e-6)


def changes_scores(scores, y):
    scores -= 1
    return LOSS(scores, y)


def changes_y(scores, y):
    y[:] = 0
    return LOSS(scores, y)


REJECTED_LOSSES = {
    "without gradient": (lambda scores, y: LOSS(scores, y)[0], ["return value, dscores"]),
    "three values": (lambda scores, y: (1.0, scores, scores), ["return value, dscores"]),
    "a list": (lambda scores, y: [1.0, scores], ["return value, dscores"]),
    "one value per example": (lambda scores, y: (scores[:, 0], scores), ["one number", "the mean"]),
    "None": (lambda scores, y: (None, scores), ["one number", "end with return"]),
    "a word": (lambda scores, y: ("a", scores), ["one number"]),
    "a gradient of another shape": (lambda scores, y: (1.0, scores[:, 0]), ["(12, 3)"]),
    "a gradient that is a list": (lambda scores, y: (1.0, scores.tolist()), ["(12, 3)"]),
    "a gradient of NaN": (lambda scores, y: (1.0, scores * np.nan), ["finite numbers in dscores"]),
    "changes the scores": (changes_scores, ["left unchanged", "scores.copy()"]),
    "changes y": (changes_y, ["left unchanged"]),
    "other arguments": (lambda scores: (1.0, scores), ["a function loss(scores, y)"]),
    "accuracy": (nb.accuracy, ["a function loss(scores, y)"]),
    "a name": ("mse", ["a function loss(scores, y)"]),
    "an optimizer": (nb.SGD(0.1), ["the order is Solver(net, loss, optimizer)"]),
    "partial, wrong targets": (functools.partial(nb.huber, delta=0.1), ["huber", "y of floats"]),
}


@pytest.mark.parametrize(("loss", "words"), REJECTED_LOSSES.values(), ids=REJECTED_LOSSES)
def test_a_loss_that_breaks_the_contract_is_rejected(loss, words):
    y = Y.copy()
    rejected(lambda: make(loss=loss).step(X, y), *words)
    np.testing.assert_array_equal(y, Y)


def signs(scores, y):
    """The logistic loss with labels -1 and 1."""
    z = scores[:, 0] * y
    return np.log1p(np.exp(-z)).mean(), (-y / (1 + np.exp(z)) / len(y))[:, None]


def test_accuracy_is_right_for_labels_of_plus_and_minus_one_and_absent_for_counts():
    net = nb.Sequential(dense(4, 1), dtype=np.float64)
    y = np.where(X[:, 0] > 0, 1, -1)
    solver = make(net, signs)
    solver.fit((X, y), epochs=20)
    assert solver.evaluate(X, y)[1] == np.mean(np.sign(net(X)[:, 0]) == y)

    def poisson(scores, y):
        s = scores[:, 0]
        return (np.exp(s) - y * s).mean(), ((np.exp(s) - y) / len(y))[:, None]

    counts = np.arange(12)
    solver = make(nb.Sequential(dense(4, 1), dtype=np.float64), poisson, nb.SGD(0.01))
    solver.fit((X, counts), epochs=1)
    assert np.isnan(solver.evaluate(X, counts)[1])
    np.testing.assert_array_equal(solver.predict(X), solver.net(X))

    several = np.eye(3, dtype=int)[Y]  # N labels per column, not N classes
    solver = make(loss=lambda scores, y: LOSS(scores, y.argmax(axis=1)))
    assert np.isnan(solver.fit((X, several), (X, several), epochs=1)["val_accuracy"][0])


# Optimizers and schedules


class Descent(nb.Optimizer):
    def update(self, w, g, *, lr):
        w -= lr * g


class Heavy(nb.Optimizer):
    n_slots = 1

    def update(self, w, g, v, *, lr):
        v[:] = 0.9 * v - lr * g
        w += v


class Remembers(nb.Optimizer):
    """Keeps its velocity as an attribute, bound anew at each step."""

    v = 0.0

    def update(self, w, g, *, lr):
        self.v = 0.9 * self.v - lr * g
        w += self.v


class OnlyStep:
    def step(self, w, g):
        w -= 0.5 * g


@pytest.mark.parametrize(
    ("own", "ours"),
    [
        (lambda: Descent(0.5), lambda: nb.SGD(0.5)),
        (OnlyStep, lambda: nb.SGD(0.5)),
        (lambda: Heavy(0.1), lambda: nb.Momentum(0.1)),
        (lambda: Remembers(0.1), lambda: nb.Momentum(0.1)),
    ],
    ids=["Descent", "OnlyStep", "Heavy", "Remembers"],
)
def test_own_optimizer(own, ours):
    np.testing.assert_allclose(trained(network(), optimizer=own()),
                               trained(network(), optimizer=ours()), rtol=1e-12)  # fmt: skip


class Normalized(nb.Optimizer):
    def update(self, w, g, *, lr):
        w -= lr * g / np.linalg.norm(g)


class NormalizedAdam(nb.Adam):
    def update(self, w, g, m, v, *, lr):
        super().update(w, g / np.linalg.norm(g), m, v, lr=lr)


@pytest.mark.parametrize("size", [100, 32_769, 100_000])
def test_a_formula_over_all_weights_sees_all_of_them(size):
    g = seeded().normal(size=size)
    w = np.zeros(size)
    Normalized(0.1).step(w, g)
    np.testing.assert_allclose(w, -0.1 * g / np.sqrt(g @ g))
    a, b = np.zeros(size), np.zeros(size)
    NormalizedAdam(0.1, eps=1.0).step(a, g)
    nb.Adam(0.1, eps=1.0).step(b, g / np.sqrt(g @ g))
    np.testing.assert_allclose(a, b)


def optimizer(update, n_slots=0):
    return type("Own", (nb.Optimizer,), {"update": update, "n_slots": n_slots})(0.1)


def rebinds(self, w, g, *, lr):
    w = w - lr * g


class RebindsStep:
    def step(self, w, g):
        w = w - 0.1 * g


class ForgotSuper(nb.Optimizer):
    def __init__(self, lr):
        self.lr = lr

    update = Descent.update


REJECTED_OPTIMIZERS = {
    "binds w anew": (lambda: optimizer(rebinds), ["in place", "w -= …"]),
    "returns the new w": (lambda: optimizer(lambda self, w, g, *, lr: w - g), ["in place"]),
    "only step, binds w anew": (RebindsStep, ["RebindsStep.step", "in place", "w -= …"]),
    "n_slots forgotten": (lambda: optimizer(Heavy.update), ["n_slots = 1 in Own"]),
    "n_slots too large": (lambda: optimizer(Heavy.update, 2), ["n_slots = 1 in Own"]),
    "no lr": (lambda: optimizer(lambda self, w, g: None), ["add *, lr"]),
    "no super().__init__": (lambda: ForgotSuper(0.1), ["super().__init__(lr)"]),
    "another step": (
        lambda: type("Own", (), {"step": lambda self, pairs: None})(), ["step(w, g)"]),
    "a class": (lambda: nb.SGD, ["SGD(…), an instance"]),
    "a number": (lambda: 0.1, ["SGD(0.1)"]),
}  # fmt: skip


@pytest.mark.parametrize(("own", "words"), REJECTED_OPTIMIZERS.values(), ids=REJECTED_OPTIMIZERS)
def test_an_optimizer_that_breaks_the_contract_is_rejected(own, words):
    rejected(lambda: make(optimizer=own()).step(X, Y), *words)


def test_slots_that_are_never_written_are_noticed():
    def update(self, w, g, v, *, lr):
        v = 0.9 * v - lr * g
        w += v

    with pytest.warns(UserWarning, match=r"all of its slots at zero. Hint: slot\[:\] = …"):
        make(optimizer=optimizer(update, 1)).step(X, Y)
    with pytest.raises(NotImplementedError, match="defines no update"):
        nb.Optimizer(0.1).step(np.ones(2), np.ones(2))


def test_a_schedule_with_a_memory_is_asked_once_per_step():
    asked = []

    def schedule(step):
        asked.append(step)
        return 0.5 / len(asked)

    solver = make(optimizer=nb.Adam(schedule))
    solver.fit((X, Y), (X, Y), epochs=2)
    assert asked == list(range(6))
    assert solver.history["lr"] == [0.5 / 3, 0.5 / 6]  # as used by the last step of each epoch


REJECTED_SCHEDULES = {
    "NaN": (lambda step: np.nan, ["step 0", "nan"]),
    "below zero": (lambda step: 0.1 - step, ["step 1", "-0.9", ">= 0"]),
    "infinite": (lambda step: np.inf, ["inf"]),
    "nothing": (lambda step: None, ["None"]),
    "an array": (lambda step: np.array([0.1]), ["(1,)"]),
    "two arguments": (lambda step, steps: 0.1, ["a function of the step alone"]),
    "no argument": (lambda: 0.1, ["a function of the step alone"]),
    "cosine, not called": (schedules.cosine, ["schedules.cosine(…), called"]),
    "constant, not called": (schedules.constant, ["schedules.constant(…), called"]),
    "changed to a negative number": (-0.1, ["0 < learning rate"]),
}


@pytest.mark.parametrize(("own", "words"), REJECTED_SCHEDULES.values(), ids=REJECTED_SCHEDULES)
def test_a_schedule_that_breaks_the_contract_is_rejected(own, words):
    rejected(lambda: make(optimizer=nb.SGD(own)).fit((X, Y), epochs=1), "SGD", *words)


def test_schedules_in_schedules():
    rejected(lambda: schedules.warmup(schedules.cosine, 4), "schedules.cosine(…), called")
    sgd = nb.SGD(0.1)
    sgd.lr = -0.1
    rejected(lambda: make(optimizer=sgd).step(X, Y), "-0.1")


# Callbacks and solvers


def test_callbacks():
    seen = []

    def note(name):
        return lambda solver: seen.append((name, len(solver.history.step_losses)))

    make(callbacks=(note(name) for name in "ab")).fit((X, Y), steps=2)  # a generator, read once
    assert seen == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]
    seen.clear()
    solver = make(callbacks=note("c"))
    solver.fit((X, Y), steps=1)
    for callbacks, after in ((note("d"), [("c", 1), ("d", 2)]), (None, []), ([note("e")], [])):
        solver.callbacks = callbacks
        solver.fit((X, Y), steps=1)
        assert seen[: len(after)] == after
    assert seen[-1] == ("e", 4)


def test_a_callback_that_changes_weights():
    def forget(solver):
        solver.net.w = 0 * solver.net.w

    net = network()
    make(net, callbacks=forget).fit((X, Y), epochs=1)
    assert not net.w.any()


@pytest.mark.parametrize(
    ("callbacks", "words"),
    [
        (3, ["callbacks", "3 (int)"]),
        ([3], ["callbacks[0](solver)", "3 (int)"]),
        ([nb.Snapshots], ["Snapshots(…), an instance"]),
        (lambda: None, ["callbacks[0](solver)", "other arguments"]),
        (lambda solver: solver.fit((X, Y), epochs=1) if solver.batch_size == 5 else 0,
         ["one fit at a time"]),
    ],
)  # fmt: skip
def test_a_callback_that_breaks_the_contract_is_rejected(callbacks, words):
    def attempt():
        solver = make(callbacks=callbacks)
        if not isinstance(callbacks, list) and callable(callbacks):
            fit = solver.fit
            solver.fit = lambda *a, **k: setattr(solver, "callbacks", ()) or fit(*a, **k)
            return fit((X, Y), epochs=1)
        return solver.fit((X, Y), epochs=1)

    rejected(attempt, *words)


def test_a_subclass_that_overrides_step_or_measure():
    class Own(nb.Solver):
        taken = 0

        def step(self, x, y):
            self.taken += 1
            return super().step(x, y)

        def measure(self, x, y):
            return 42.0, len(x)

    solver = Own(network(), LOSS, nb.SGD(0.5), rng=seeded(3), progress=False, batch_size=5)
    history = solver.fit((X, Y), (X, Y), epochs=3)
    assert solver.taken == 9
    assert history["val_loss"] == 3 * [42.0]
    assert solver.evaluate(X, Y) == (42.0, 1.0)
    np.testing.assert_array_equal(solver.net.w, trained(network()))


def test_history():
    solver = make()
    rejected(lambda: solver.history.to_frame(), "fit(…, epochs=1)")
    history = solver.fit((X, Y), epochs=1)
    rejected(lambda: history["val_loss"], "val=(x, y)")
    with pytest.raises(AttributeError, match=r'Hint: history\["loss"\].*step_losses'):
        _ = history.loss
    solver.fit((X, Y), (X, Y), epochs=1)
    assert np.isnan(history["val_loss"][0])
    assert history.best_epoch == 2
    assert history["loss"] == pytest.approx(
        [np.mean(history.step_losses[i : i + 3]) for i in (0, 3)]
    )
    best = {name: value.copy() for name, value in history.best_weights.items()}
    solver.net.w = 0 * solver.net.w
    for name, value in history.best_weights.items():
        np.testing.assert_array_equal(value, best[name])
    assert list(history.to_frame().columns)[-1] == "val_accuracy"


# Data


def test_sorted_data_is_measured_on_rows_of_every_class():
    x = np.repeat([[1.0], [-1.0]], 500, axis=0)
    y = np.repeat([0, 1], 500)
    net = nb.Sequential(dense(1, 2))
    net.w = np.array([0.0, 0.0, 1.0, 0.0])  # always class 0
    solver = make(net, optimizer=nb.SGD(1e-9), batch_size=100)
    row = solver.fit((x, y), (x[:200], y[:200]), epochs=1).epochs[0]
    assert row["val_accuracy"] == 1
    assert 0.4 < row["train_accuracy"] < 0.6
    shares = np.log([1 + np.exp(-1), 1 + np.exp(1)])
    expected = row["train_accuracy"] * shares[0] + (1 - row["train_accuracy"]) * shares[1]
    assert row["train_loss"] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("x", "y", "batch_size", "steps"),
    [(X[:1], Y[:1], 5, 1), (X, 0 * Y, 5, 3), (X, Y, 1000, 1), (X[:2], Y[:2], 1, 2)],
    ids=["one example", "one class", "a batch larger than the data", "batches of one"],
)
def test_tiny_data(x, y, batch_size, steps):
    net = network()
    loss = make(net, batch_size=batch_size).fit((x, y), (x, y), epochs=1)["loss"][0]
    assert loss > LOSS(net(x), y)[0]
    assert np.isfinite(net.w).all()
    again = make(network(), batch_size=batch_size).fit((x, y), epochs=20)
    assert len(again.step_losses) == 20 * steps
    if steps == 1:  # full-batch gradient descent, written out
        plain = network()
        for _ in range(20):
            plain.backward(LOSS(plain.forward(x, train=True), y)[1])
            plain.w -= 0.5 * plain.g
        np.testing.assert_allclose(again.step_losses[-1], LOSS(plain(x), y)[0], rtol=0.2)


REJECTED_DATA = {
    "a list": ((X.tolist(), Y), ["np.asarray(x, dtype=float)"]),
    "labels in a list": ((X, Y.tolist()), ["np.asarray(y)"]),
    "a DataFrame": ((pd.DataFrame(X), Y), ["a DataFrame of shape (12, 4)", "x.to_numpy()"]),
    "labels in a Series": ((X, pd.Series(Y)), ["y.to_numpy()"]),
    "a matrix": ((X.view(np.matrix), Y), ["a matrix", "np.asarray(x)"]),
    "a masked array": ((np.ma.masked_array(X, X > 1), Y), ["MaskedArray", "masked rows"]),
    "masked labels": ((X, np.ma.masked_array(Y, Y == 1)), ["MaskedArray", "masked rows"]),
    "integers": ((X.astype(int), Y), ["x.astype(float)"]),
    "bytes": ((np.abs(X).astype(np.uint8), Y), ["x / 255"]),
    "truth values": ((X > 0, Y), ["x.astype(float)"]),
    "NaN": ((np.where(X > 1, np.nan, X), Y), ["4 NaN", "np.isfinite(x).all(axis=1)"]),
    "labels as floats": ((X, 1.0 * Y), ["np.asarray(y).astype(int)"]),
    "labels as words": ((X, Y.astype(str)), ["np.asarray(y).astype(int)"]),
    "labels as truth values": ((X, Y > 0), ["np.asarray(y).astype(int)"]),
    "one-hot rows": ((X, np.eye(3)[Y]), ["y.argmax(axis=1)"]),
    "labels in a column": ((X, Y[:, None]), ["y.ravel()"]),
    "labels from one": ((X, Y + 1), ["labels from 1 to 3", "class numbers start at 0"]),
    "fewer labels": ((X, Y[:5]), ["same rows of x and y"]),
    "one feature less": ((X[:, :3], Y), ["(N, 4)"]),
    "transposed": ((X[:, :3].T.repeat(4, 1)[:, :12], Y[:3]), ["(N, 4)"]),
    "one example as a vector": ((X[0], Y[:1]), ["x[None, :]"]),
    "images": ((X.reshape(12, 2, 2), Y), ["x.reshape(len(x), -1)"]),
    "nothing": ((X[:0], Y[:0]), ["at least one row"]),
    "a pair as a list": ([X, Y], ["train = (x, y)"]),
    "three": ((X, Y, Y), ["train = (x, y)"]),
    "x alone": (X, ["fit((x, y), epochs=10)"]),
    "exchanged": ((Y, X), ["x of floats"]),
}


@pytest.mark.parametrize(("data", "words"), REJECTED_DATA.values(), ids=REJECTED_DATA)
def test_data_that_does_not_fit_is_rejected(data, words):
    rejected(lambda: make().fit(data, epochs=1), *words)


@pytest.mark.parametrize(
    "change",
    [lambda x: x.astype(np.float32), np.asfortranarray, lambda x: x.astype(">f8"), lambda x: x[::1],
     lambda x: np.repeat(x, 2, axis=0)[::2]],
    ids=["float32", "fortran", "big endian", "view", "strided"],
)  # fmt: skip
def test_the_same_numbers_in_another_memory_train_the_same(change):
    x = X.astype(np.float32).astype(float)
    results = []
    for data in (x, change(x)):
        data.setflags(write=False)  # nobody changes an array that was handed over
        results.append(make(net := network(dtype=np.float32)).fit((data, Y), epochs=3) and net.w)
    np.testing.assert_allclose(*results, rtol=1e-6)


# Weights, predictions, checks


def test_assigned_weights_act():
    net = network()
    net.w = np.arange(net.w.size)
    np.testing.assert_array_equal(net.layers[0].params["W"], np.arange(20).reshape(4, 5))
    net.g = np.ones(net.w.size)
    net.w = net.w - 0.5 * net.g
    assert net.layers[0].params["b"][0] == 19.5
    W = seeded().normal(size=(4, 5))
    first = net.layers[0]
    for assign in (
        lambda: first.params.__setitem__("W", W),
        lambda: first.params.update(W=W),
        lambda: first.params.__ior__({"W": W}),
        lambda: np.copyto(first.params["W"], W),
    ):
        net.w = np.zeros(net.w.size)
        assign()
        np.testing.assert_array_equal(net.w[:20].reshape(4, 5), W)
        hidden = np.tanh(X @ W)
        assert net.layers[1](first(X)) == pytest.approx(hidden)
    params = first.params
    params |= {"b": np.ones(5)}
    assert net.w[20:25].tolist() == 5 * [1.0]


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda net: setattr(net, "w", np.ones(3)), ["net.w", "(43,)"]),
        (lambda net: setattr(net, "w", 0.0), ["net.w", "(43,)"]),
        (lambda net: setattr(net, "w", net.w * 1j), ["net.w", "complex"]),
        (lambda net: setattr(net, "g", None), ["net.g", "(43,)"]),
        (lambda net: setattr(net, "layers", net.layers[:1]), ["net.layers", "copy.deepcopy"]),
        (lambda net: net.layers[0].params.__setitem__("W", np.ones(3)), ["(4, 5)"]),
        (lambda net: net.layers[0].params.__setitem__("V", np.ones(3)), ["['W', 'b']", "__init__"]),
        (lambda net: net.layers[0].params.setdefault("V", np.ones(3)), ["['W', 'b']"]),
        (lambda net: net.layers[0].params.pop("b"), ["del 'b'"]),
        (lambda net: net.layers[0].params.clear(), ["del"]),
    ],
)
def test_weights_that_do_not_fit_are_rejected(attempt, words):
    net = network()
    before = net(X)
    rejected(lambda: attempt(net), *words)
    np.testing.assert_array_equal(net(X), before)


@pytest.mark.parametrize("kind", ["params", "grads"])
@pytest.mark.parametrize("use", [lambda net: net(X), lambda net: make(net).step(X, Y)],
                         ids=["forward", "step"])  # fmt: skip
def test_another_dictionary_is_rejected(kind, use):
    net = network()
    setattr(net.layers[0], kind, {"W": np.ones((4, 5)), "b": np.zeros(5)})
    rejected(lambda: use(net), "another dictionary", f'layer.{kind}["W"] = …')


def test_predict():
    net = network()
    np.testing.assert_array_equal(net.predict(X), net(X).argmax(axis=1))
    np.testing.assert_array_equal(net.predict(X, batch_size=5), net.predict(X))
    rejected(lambda: net.predict(X[:0]), "at least one row")
    rejected(lambda: net.predict(X, batch_size=0), "batch_size", ">= 1")
    rejected(lambda: make(net).evaluate(X, Y, batch_size=0), "batch_size", ">= 1")
    rejected(lambda: make(net).evaluate(X[:0], Y[:0]), "at least one row")
    net.w[0] = np.nan
    for attempt in (lambda: net.predict(X), lambda: nb.accuracy(net, X, Y)):
        rejected(attempt, "finite scores", "lower learning rate")
    rejected(lambda: make(net).evaluate(X * np.nan, Y), "finite numbers in x")


def test_a_network_for_regression_predicts_its_scores():
    net = nb.Sequential(dense(4, 1), dtype=np.float64)
    solver = make(net, nb.mse, nb.SGD(0.01))
    history = solver.fit((X, X[:, :1]), (X, X[:, :1]), epochs=1)
    for predict in (net.predict, solver.predict, copy.deepcopy(net).predict):
        np.testing.assert_array_equal(predict(X), net(X))
    assert np.isnan(history["val_accuracy"][0])
    for use in (solver.step, solver.measure, solver.evaluate):  # (N,) would stretch to N × N
        rejected(lambda use=use: use(X, X[:, 0]), "(12, 1)", "y[:, None]")
    rejected(lambda: nb.accuracy(net, X, X[:, :1]), "class numbers", "mean squared error")


class OwnDropout(nb.Layer):
    """Draws from a generator under a name of its own, and counts."""

    def __init__(self, rng):
        super().__init__()
        self.generator, self.count, self.average = rng, 0, np.zeros(5)

    def forward(self, x, train=False):
        if not train:
            return x
        self.count += 1
        self.average *= 0.9
        self.average += 0.1 * x.mean(axis=0)
        self.mask = 2.0 * (self.generator.random(x.shape) < 0.5)
        return x * self.mask

    def backward(self, dy, need_dx=True):
        return dy * self.mask


def test_a_gradient_check_freezes_dropout_and_leaves_no_trace():
    def build():
        return network(nb.BatchNorm(5), nb.Dropout(0.5, rng=seeded(5)), OwnDropout(seeded(6)))

    net, other = build(), build()
    for one in (net, other):
        make(one).step(X, Y)
    for layer in net.layers[1:4]:
        h = seeded(9).normal(size=(12, 5))
        assert nb.check_layer(layer, h, rng=seeded())["x"] < 1e-7
    assert max(nb.check_network(net, LOSS, X, Y).values()) < 1e-6
    assert net.layers[3].count == other.layers[3].count == 1
    np.testing.assert_array_equal(net.layers[3].average, other.layers[3].average)
    np.testing.assert_array_equal(net.g, other.g)
    for name, value in net.snapshot().items():
        np.testing.assert_array_equal(value, other.snapshot()[name])
    np.testing.assert_array_equal(trained(net), trained(other))


def test_a_layer_that_draws_from_elsewhere_cannot_be_frozen():
    rng = seeded(5)
    kind = variant(
        nb.Layer, __init__=lambda self: nb.Layer.__init__(self),
        forward=lambda self, x, train=False: x * rng.random(x.shape),
        backward=lambda self, dy, need_dx=True: dy,
    )  # fmt: skip
    rejected(lambda: nb.check_network(network(kind()), LOSS, X, Y), "freeze dropout", "in self.rng")
    rejected(lambda: nb.check_layer(kind(), X, rng=seeded()), "freeze dropout", "in self.rng")
