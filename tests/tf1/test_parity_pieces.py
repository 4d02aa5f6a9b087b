"""The graph's pieces one by one: what they count, draw and update; TensorFlow's own beside."""

import numpy as np
import pytest

import nbhelpers as nb


@pytest.fixture(scope="module", autouse=True)
def tensorflow():
    """Imported here, not on collection: every worker reads every file, and this takes seconds."""
    global tf1, tf
    from nbhelpers import tf1
    from nbhelpers.tf1 import tf


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def start(session):
    session.run(tf.global_variables_initializer())


# --- layers -------------------------------------------------------------------------------------


def test_each_training_step_updates_the_running_averages_once(session):
    """Four steps on one batch, weights unchanged: running = 1 - 0.9⁴ of the way to the batch's."""
    x = np.random.default_rng(0).normal(3, 2, size=(20, 2))
    net = tf1.Sequential(tf1.BatchNorm(2), dtype=np.float64)
    solver = tf1.Solver(
        net, tf1.mse, tf1.SGD(1e-12), batch_size=20, rng=np.random.default_rng(0), progress=False
    )
    solver.fit((x, x), (x, x), epochs=4)  # measuring must not update them
    state = solver.session.run(net.layers[0].state)
    np.testing.assert_allclose(state["mean"], (1 - 0.9**4) * x.mean(axis=0))
    np.testing.assert_allclose(state["variance"], 0.9**4 + (1 - 0.9**4) * x.var(axis=0))


def test_running_averages_see_the_batch_before_the_update(session):
    """The first layer's update moves what BatchNorm sees: the averages are of what it saw."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 2))
    dense = tf1.Dense(2, 3, rng=rng, bias=False)
    w = dense.params["W"].copy()
    net = tf1.Sequential(dense, tf1.BatchNorm(3, momentum=0.0), dtype=np.float64)
    solver = tf1.Solver(
        net, tf1.softmax_cross_entropy, tf1.SGD(10.0), rng=np.random.default_rng(0), progress=False
    )
    solver.step(x, np.arange(20) % 3)
    moved, state = solver.session.run([dense.params["W"], net.layers[1].state])
    assert np.abs(moved - w).max() > 0.1
    np.testing.assert_allclose(state["mean"], (x @ w).mean(axis=0))
    np.testing.assert_allclose(state["variance"], (x @ w).var(axis=0))


def test_dropout_draws_once_a_training_step_and_never_at_evaluation():
    x, y = np.ones((20, 4)), np.zeros(20, int)
    layers = (
        tf1.Dropout(0.5, rng=(drawn := np.random.default_rng(1))),
        tf1.Dense(4, 2, rng=np.random.default_rng(2)),
    )
    solver = tf1.Solver(
        tf1.Sequential(*layers), tf1.softmax_cross_entropy, tf1.SGD(0.1), batch_size=10,
        rng=np.random.default_rng(3), progress=False,
    )  # fmt: skip
    solver.fit((x, y), (x, y), epochs=2)
    expected = np.random.default_rng(1)
    for _ in range(4):
        expected.random((10, 4), dtype=np.float32)
    assert drawn.bit_generator.state == expected.bit_generator.state


def test_the_mask_of_the_graph_is_the_mask_of_numpy(session):
    x = np.ones((50, 4))
    for dtype in (np.float32, np.float64):
        mask = tf1.Dropout(0.3, rng=np.random.default_rng(1)).forward(
            tf.constant(x.astype(dtype)), train=True
        )
        numpy_mask = nb.Dropout(0.3, rng=np.random.default_rng(1)).forward(
            x.astype(dtype), train=True
        )
        found = session.run(mask)
        assert found.dtype == dtype
        assert np.array_equal(found, numpy_mask)


def test_the_gradient_goes_through_the_mask(session):
    x = tf.ones((5, 4), tf.float64)
    y = tf1.Dropout(0.5, rng=np.random.default_rng(1)).forward(x, train=True)
    mask, dx = session.run([y, tf.gradients(y, x)[0]])
    assert np.array_equal(dx, mask)
    assert set(np.unique(mask)) == {0, 2}


# --- losses and distributions -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["softmax_cross_entropy", "hinge", "logistic", "mse", "huber"])
def test_huge_scores_are_finite_and_equal(name, session):
    scores = np.array([[1e4, -1e4], [-1e4, 1e4]], np.float32)
    y = np.array([1, 1])
    if name == "logistic":
        scores = scores[:, :1]
    if name in ("mse", "huber"):
        y = np.zeros_like(scores)
    value, dscores = getattr(nb, name)(scores, y)
    tensor = tf.constant(scores)
    loss = getattr(tf1, name)(tensor, tf.constant(y))
    found, found_dscores = session.run([loss, tf.gradients(loss, tensor)[0]])
    assert np.isfinite(found)
    assert found == pytest.approx(value, rel=1e-6)
    np.testing.assert_allclose(dscores, found_dscores, rtol=1e-6, atol=1e-30)


def test_flat_scores_of_logistic(session):
    scores, y = np.array([0.3, -2.0, 5.0]), np.array([1, 0, 1])
    found = session.run(tf1.logistic(tf.constant(scores), tf.constant(y)))
    assert found == pytest.approx(nb.logistic(scores, y)[0])


@pytest.mark.parametrize("delta", [0.5, 2.0])
def test_delta_of_huber(delta, session):
    scores, y = np.array([[0.1, 1.0, -3.0]]), np.zeros((1, 3))
    found = session.run(tf1.huber(tf.constant(scores), tf.constant(y), delta=delta))
    assert found == pytest.approx(nb.huber(scores, y, delta=delta)[0])


def test_softmax_and_distributions(session):
    p = nb.softmax(np.random.default_rng(0).normal(size=(4, 3)))
    q = np.array([[0.0, 0.5, 0.5], [1, 0, 0], [0.2, 0.3, 0.5], [1 / 3] * 3])
    p[0], p[1] = [0, 0.25, 0.75], [1, 0, 0]
    P, Q = tf.constant(p), tf.constant(q)
    np.testing.assert_allclose(session.run(tf1.softmax(P)), nb.softmax(p))
    for base in (2, np.e, 10):
        pairs = [
            (nb.entropy(p, base=base), tf1.entropy(P, base=base)),
            (nb.cross_entropy(p, q, base=base), tf1.cross_entropy(P, Q, base=base)),
            (nb.cross_entropy(q, p, base=base), tf1.cross_entropy(Q, P, base=base)),
            (nb.kl_divergence(p, q, base=base), tf1.kl_divergence(P, Q, base=base)),
        ]
        for expected, tensor in pairs:
            np.testing.assert_allclose(session.run(tensor), expected, atol=1e-12)


@pytest.mark.parametrize("correct", [True, False])
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.98])
def test_exponential_average(beta, correct, session):
    x = tf.placeholder(tf.float64, (2,))
    average = nb.ExponentialAverage(beta, correct=correct)
    graph_average = tf1.ExponentialAverage(beta, correct=correct).update(x)
    start(session)
    for value in np.random.default_rng(0).normal(size=(10, 2)):
        expected = average.update(value)
        np.testing.assert_allclose(session.run(graph_average, {x: value}), expected)


# --- TensorFlow's own ---------------------------------------------------------------------------

NOISE = np.random.default_rng(0).normal(size=(100, 5))
START = np.linspace(-1, 1, 5)
exact = np.float64  # of a Python float, TensorFlow's optimizers would make float32


def path(optimizer, steps=100):
    """Where ours leads on the gradient 3 w + noise."""
    w = START.copy()
    for noise in NOISE[:steps]:
        optimizer.step(w, 3 * w + noise)
    return w


def tensorflow_path(session, optimizer, steps=100, prepare=None):
    """Where TensorFlow's own leads on the same gradients."""
    w = tf.Variable(START)
    noise = tf.placeholder(tf.float64, (5,))
    step = optimizer.apply_gradients([(3 * w + noise, w)])
    start(session)
    if prepare:
        prepare(w)
    for value in NOISE[:steps]:
        session.run(step, {noise: value})
    return session.run(w)


def test_sgd_is_tensorflows(session):
    theirs = tf.train.GradientDescentOptimizer(exact(0.05))
    np.testing.assert_allclose(path(nb.SGD(0.05)), tensorflow_path(session, theirs), rtol=1e-9)


def test_momentum_is_tensorflows(session):
    theirs = tf.train.MomentumOptimizer(exact(0.05), exact(0.9))
    np.testing.assert_allclose(path(nb.Momentum(0.05)), tensorflow_path(session, theirs), rtol=1e-9)


def test_nesterov_is_tensorflows(session):
    theirs = tf.train.MomentumOptimizer(exact(0.05), exact(0.9), use_nesterov=True)
    np.testing.assert_allclose(path(nb.Nesterov(0.05)), tensorflow_path(session, theirs), rtol=1e-9)


def test_adagrad_differs_from_tensorflows_by_its_start_and_eps(session):
    theirs = tf.train.AdagradOptimizer(exact(0.1))  # starts at 0.1, without ε
    assert np.abs(path(nb.Adagrad(0.1), 5) - tensorflow_path(session, theirs, 5)).max() > 1e-3

    theirs = tensorflow_path(session, tf.train.AdagradOptimizer(exact(0.1), name="Anew"))
    ours = nb.Adagrad(0.1, eps=1e-30)
    ours.slots = [np.full(5, 0.1)]
    np.testing.assert_allclose(path(ours), theirs, rtol=1e-9)


def test_rmsprop_differs_from_tensorflows_by_its_start_and_the_place_of_eps(session):
    rates = {"decay": exact(0.9), "epsilon": exact(1e-30)}
    theirs = tf.train.RMSPropOptimizer(exact(0.05), **rates)  # its mean square starts at 1
    assert np.abs(path(nb.RMSprop(0.05), 10) - tensorflow_path(session, theirs, 10)).max() > 1e-2

    theirs = tf.train.RMSPropOptimizer(exact(0.05), **rates, name="FromZero")
    from_zero = tensorflow_path(
        session, theirs, prepare=lambda w: theirs.get_slot(w, "rms").load(np.zeros(5), session)
    )
    np.testing.assert_allclose(path(nb.RMSprop(0.05, eps=1e-30)), from_zero, rtol=1e-9)

    # ε under the root is a larger ε beside it: √ε, where the mean square is 0.
    w, optimizer = np.ones(1), nb.RMSprop(0.05, eps=1e-4)
    optimizer.step(w, np.array([1e-9]))
    theirs = tf.train.RMSPropOptimizer(exact(0.05), decay=exact(0.9), epsilon=exact(1e-8))
    v = tf.Variable(np.ones(1))
    step = theirs.apply_gradients([(tf.constant(np.array([1e-9])), v)])
    start(session)
    theirs.get_slot(v, "rms").load(np.zeros(1), session)
    session.run(step)
    np.testing.assert_allclose(1 - session.run(v), 1 - w, rtol=1e-4)


def test_adam_differs_from_tensorflows_by_the_scale_of_eps(session):
    betas = {"beta1": exact(0.9), "beta2": exact(0.999)}
    tiny = tf.train.AdamOptimizer(exact(0.05), **betas, epsilon=exact(1e-30))
    ours = path(nb.Adam(0.05, eps=1e-30))
    np.testing.assert_allclose(ours, tensorflow_path(session, tiny), rtol=1e-9)

    large = tf.train.AdamOptimizer(exact(0.05), **betas, epsilon=exact(0.1), name="LargeEps")
    theirs = tensorflow_path(session, large)
    assert np.abs(path(nb.Adam(0.05, eps=0.1)) - theirs).max() > 1e-3
    w, optimizer = START.copy(), nb.Adam(0.05)
    for t, noise in enumerate(NOISE, 1):
        optimizer.eps = 0.1 / np.sqrt(1 - 0.999**t)  # as the docstring says
        optimizer.step(w, 3 * w + noise)
    np.testing.assert_allclose(w, theirs, rtol=1e-9)


def test_with_a_falling_rate_the_two_momentum_conventions_part(session):
    """TensorFlow keeps u = μ u + g, without lr: the same only while lr is constant."""
    rate = tf.placeholder(tf.float64, ())
    w, theirs = tf.Variable(START), tf.train.MomentumOptimizer(rate, 0.9)
    step = theirs.apply_gradients([(3 * w, w)])
    start(session)
    ours, lr = START.copy(), nb.schedules.inverse(0.05, 0.5)
    optimizer = nb.Momentum(lr)
    for t in range(20):
        session.run(step, {rate: lr(t)})
        optimizer.step(ours, 3 * ours)
    assert np.abs(session.run(w) - ours).max() > 1e-2


@pytest.mark.parametrize("limit", [0.5, 5.0, 100.0])
def test_clipping_is_tensorflows(limit, session):
    g = [NOISE[:3], NOISE[3]]
    clipped, norm = nb.clip_by_global_norm(g, limit)
    tensors = [tf.constant(one) for one in g]
    graph, graph_norm = session.run(tf1.clip_by_global_norm(tensors, limit))
    own, own_norm = session.run(tf.clip_by_global_norm(tensors, limit))
    assert norm == pytest.approx(own_norm)
    assert norm == pytest.approx(graph_norm)
    for ours, counterpart, theirs in zip(clipped, graph, own, strict=True):
        np.testing.assert_allclose(ours, theirs)
        np.testing.assert_allclose(counterpart, theirs)
    flat = np.concatenate([one.ravel() for one in g])
    flat_graph = session.run(tf1.clip_by_global_norm(tf.constant(flat), limit)[0])
    np.testing.assert_allclose(nb.clip_by_global_norm(flat, limit)[0], flat_graph)

    by_value = nb.clip_by_value(g, -0.3, limit)
    for ours, counterpart, one in zip(
        by_value, session.run(tf1.clip_by_value(tensors, -0.3, limit)), tensors, strict=True
    ):
        assert np.array_equal(ours, counterpart)
        assert np.array_equal(ours, session.run(tf.clip_by_value(one, -0.3, limit)))


def test_initializers_need_no_counterpart():
    """One draw starts both engines: the variables hold the NumPy network's numbers."""
    for init in (nb.zeros, nb.normal, nb.truncated_normal, nb.xavier, nb.he, nb.he_uniform):
        net, graph_net = (
            nn.Sequential(nn.Dense(3, 2, init=init, rng=np.random.default_rng(0)))
            for nn in (nb, tf1)
        )
        with tf.Session() as session:
            start(session)
            assert np.array_equal(net.w, graph_net.get_weights(session))


# --- images -------------------------------------------------------------------------------------


def image_net(nn, *middle):
    rng = np.random.default_rng(0)
    return nn.Sequential(
        nn.Reshape(8, 8, 1), nn.Conv2D(1, 4, 3, rng=rng), *middle, nn.ReLU(), nn.MaxPool(2),
        nn.Flatten(), nn.Dense(64, 3, rng=rng),
    )  # fmt: skip


def image_examples():
    rng = np.random.default_rng(1)
    return rng.normal(size=(30, 64)).astype(np.float32), rng.integers(3, size=30)


def test_dropout_of_images_draws_the_same_mask_in_both_engines():
    x, y = image_examples()
    weights = []
    for nn in (nb, tf1):
        net = image_net(nn, nn.Dropout(0.3, rng=np.random.default_rng(2)))
        solver = nn.Solver(
            net, nn.softmax_cross_entropy, nn.SGD(0.1), batch_size=10,
            rng=np.random.default_rng(3), progress=False,
        )  # fmt: skip
        solver.fit((x, y), epochs=3)
        weights.append(net.w if nn is nb else net.get_weights(solver.session))
    np.testing.assert_allclose(*weights, atol=1e-5)


def test_the_fast_solver_takes_images_and_rejects_dropout_of_them():
    x, y = image_examples()
    weights = []
    for solver_of in (tf1.Solver, tf1.FastSolver):
        net = image_net(tf1)
        solver = solver_of(
            net, tf1.softmax_cross_entropy, tf1.SGD(0.1), batch_size=10,
            rng=np.random.default_rng(3), progress=False,
        )  # fmt: skip
        solver.fit((x, y), epochs=3)
        weights.append(net.get_weights(solver.session))
    np.testing.assert_allclose(*weights, atol=1e-6)

    net = image_net(tf1, tf1.Dropout(0.3, rng=np.random.default_rng(2)))
    solver = tf1.FastSolver(
        net, tf1.softmax_cross_entropy, tf1.SGD(0.1), rng=np.random.default_rng(3), progress=False
    )
    with pytest.raises(ValueError, match=r"FastSolver, Dropout.*Hint: Solver, or Dropout after"):
        solver.fit((x, y), epochs=1)


def test_a_graph_tells_what_does_not_fit_as_numpy_does():
    rng = np.random.default_rng(0)
    for nn in (nb, tf1):
        with pytest.raises(ValueError, match=r"Hint: Flatten\(\) before it, and n_in = 128"):
            nn.Sequential(
                nn.Reshape(8, 8, 1), nn.Conv2D(1, 2, 3, rng=rng), nn.Dense(100, 3, rng=rng)
            )
        with pytest.raises(ValueError, match=r"give the shape \(3,\) of x, got \(4,\)"):
            nn.Residual(nn.Dense(3, 4, rng=rng))


@pytest.mark.parametrize("alpha", [0.3, 1.0])
def test_gradients_of_elu_at_zero_and_far_away(alpha, session):
    x = np.array([[-1e4, -1.0, 0.0, 1.0, 1e4]])
    tensor = tf.constant(x)
    layer = nb.ELU(alpha)
    y = layer.forward(x, train=True)
    graph_y = tf1.ELU(alpha).forward(tensor)
    found, slopes = session.run([graph_y, tf.gradients(graph_y, tensor)[0]])
    np.testing.assert_allclose(found, y)
    np.testing.assert_allclose(slopes, layer.backward(np.ones_like(x)))
