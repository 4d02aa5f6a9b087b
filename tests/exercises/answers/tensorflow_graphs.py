"""Other right answers to the exercises on graphs, and wrong ones with a word of their hint."""

from __future__ import annotations

import numpy as np

from nbhelpers.exercises import tensorflow_graphs
from nbhelpers.exercises.engine.graph_exercise import tensorflow


def _calls_by_running():
    tf = tensorflow()
    x = tf.placeholder(tf.float32, ())
    w = tf.Variable(1.0)
    y = w + x
    double = w.assign(2.0 * w)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        calls = [
            session.run(y, {x: 1.0}),
            session.run(double),
            session.run([double, double])[1],
            session.run(y, {x: 5.0, y: 3.0}),
        ]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return [*calls, session.run(double)]


def _curve_in_one_run(x_data, y_data, lr, steps):
    tf = tensorflow()
    x, y = (tf.placeholder(tf.float64, (None,)) for _ in range(2))
    w = tf.Variable(0.0, dtype=tf.float64)
    loss = tf.reduce_mean((w * x - y) ** 2)
    [dw] = tf.gradients(loss, [w])
    with tf.control_dependencies([loss, dw]):
        train = w.assign_sub(lr * dw)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return [session.run([loss, train], {x: x_data, y: y_data})[0] for _ in range(steps)]


def _curve_by_hand(x_data, y_data, lr, steps):
    tf = tensorflow()
    w = tf.get_variable("w", (), initializer=tf.zeros_initializer())
    x, y = tf.constant(x_data, tf.float32), tf.constant(y_data, tf.float32)
    loss = tf.reduce_mean(tf.square(w * x - y))
    train = w.assign(w - lr * 2 * tf.reduce_mean(x * (w * x - y)))
    losses = []
    session = tf.Session()
    session.run(w.initializer)
    for _ in range(steps):
        losses.append(session.run(loss))
        session.run(train)
    return np.array(losses)


def _broken(x_data, y_data, lr, steps, *, inside=True, late=True):
    """The stub as the reader finds it, and with one of its faults repaired."""
    tf = tensorflow()
    x, y = (tf.placeholder(tf.float32, (None,)) for _ in range(2))
    w = tf.Variable(0.0)
    loss = tf.reduce_mean((w * x - y) ** 2)
    optimizer = tf.train.GradientDescentOptimizer(lr)
    train = optimizer.minimize(loss)
    feed, curve = {x: x_data, y: y_data}, []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            if not late:
                curve.append(session.run(loss, feed))
            session.run(optimizer.minimize(loss) if inside else train, feed)
            if late:
                curve.append(session.run(loss, feed))
    return curve


def _uninitialized(x_data, y_data, lr, steps):
    tf = tensorflow()
    w = tf.Variable(0.0)
    loss = tf.reduce_mean((w * x_data - y_data) ** 2)
    with tf.Session() as session:
        return [session.run(loss) for _ in range(steps)]


def _by_cases(scores, y, floor):
    result = []
    for s, label in zip(scores, y, strict=True):
        p = np.exp(s) / np.exp(s).sum()
        row = p - (np.arange(len(s)) == label)
        result.append(row * (p[label] > floor) / len(y))
    return result


def _as_graph(scores, y, floor):
    tf = tensorflow()
    with tf.Graph().as_default(), tf.Session() as session:
        s = tf.constant(scores)
        p = tf.reduce_sum(tf.nn.softmax(s) * np.eye(scores.shape[1])[y], axis=1)
        loss = -tf.reduce_mean(tf.log(tf.maximum(p, floor)))
        return session.run(tf.gradients(loss, s)[0])


def _unclipped(scores, y, floor):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    return p / len(y)


def _by_entries(scores, y, floor):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return np.where(p < floor, 0, p - np.eye(scores.shape[1])[y]) / len(y)


def _one_entry(scores, y, floor):
    gradient = np.array(_by_cases(scores, y, 0.0))
    rows = np.arange(len(y))
    gradient[rows, y] = np.array(_by_cases(scores, y, floor))[rows, y]
    return gradient


def _without_loops(scores, y, floor):
    p = np.exp(scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)))
    true = np.take_along_axis(p, y[:, None], axis=1)
    one_hot = (np.arange(scores.shape[1]) == y[:, None]).astype(float)
    return np.where(true < floor, 0.0, p - one_hot) / scores.shape[0]


def _not_a_mean(scores, y, floor):
    return np.array(_by_cases(scores, y, floor)) * len(y)


def _mean_of_sum():
    tf = tensorflow()
    x = tf.placeholder(tf.float64)
    total = tf.Variable(0.0, dtype=tf.float64)
    count = tf.Variable(0, dtype=tf.int64)
    return x, total.assign_add(x) / tf.cast(count.assign_add(1), tf.float64)


def _mean_in_order():
    tf = tensorflow()
    x = tf.placeholder(tf.float32, shape=())
    count, mean = tf.Variable(0.0), tf.Variable(0.0)
    with tf.control_dependencies([count.assign_add(1.0)]):
        step = (x - mean) / count.read_value()
    with tf.control_dependencies([mean.assign_add(step)]):
        return [x, mean.read_value()]


def _mean_assigned():
    tf = tensorflow()
    x = tf.placeholder(tf.float32, (None,))
    count = tf.get_variable("count", (), initializer=tf.zeros_initializer())
    mean = tf.get_variable("mean", (), initializer=tf.zeros_initializer())
    n = tf.assign_add(count, 1.0)
    return x, tf.assign(mean, (mean * (n - 1) + tf.reduce_sum(x)) / n)


def _numbers():
    return 1.0, 2.0


def _sum_only():
    tf = tensorflow()
    x = tf.placeholder(tf.float32, ())
    return x, tf.Variable(0.0).assign_add(x)


def _constant():
    tf = tensorflow()
    count, mean = tf.Variable(0.0), tf.Variable(0.0)
    x = tf.constant(1.0)
    return x, mean.assign_add((x - mean) / count.assign_add(1.0))


def _no_count():
    tf = tensorflow()
    x = tf.placeholder(tf.float32, ())
    mean = tf.Variable(0.0)
    return x, mean.assign(mean + x - mean)


def _never_kept():
    tf = tensorflow()
    x = tf.placeholder(tf.float32, ())
    count, mean = tf.Variable(0.0), tf.Variable(0.0)
    return x, mean + (x - mean) / count.assign_add(1.0)


def _starts_at_one():
    tf = tensorflow()
    x = tf.placeholder(tf.float32, ())
    count, mean = tf.Variable(1.0), tf.Variable(0.0)
    return x, mean.assign_add((x - mean) / count.assign_add(1.0))


def _with_optimizer(model, lr):
    tf = tensorflow()
    variables, loss = model()
    optimizer = tf.train.GradientDescentOptimizer(lr)
    pairs = optimizer.compute_gradients(loss, variables)
    totals = [tf.Variable(tf.zeros_like(v), trainable=False) for v in variables]
    count = tf.Variable(0, trainable=False)
    clear = tf.variables_initializer([*totals, count])
    collect = [t.assign_add(g) for t, (g, _) in zip(totals, pairs, strict=True)]
    collect = tf.group(count.assign_add(1), *collect)
    mean = [t / tf.cast(count, tf.float32) for t in totals]
    return clear, collect, optimizer.apply_gradients(zip(mean, variables, strict=True))


def _running_means(model, lr):
    """The mean itself is kept, instead of sum and count."""
    tf = tensorflow()
    variables, loss = model()
    gradients = tf.gradients(loss, variables)
    means = [tf.Variable(tf.zeros(v.shape)) for v in variables]
    count = tf.Variable(0.0)
    clear = [count.assign(0.0), *(m.assign(tf.zeros_like(m)) for m in means)]
    new = count.assign_add(1.0)
    collect = [m.assign_add((g - m) / new) for m, g in zip(means, gradients, strict=True)]
    update = [v.assign(v - lr * m) for v, m in zip(variables, means, strict=True)]
    return clear, collect, update


def _step(model, lr, *, overwrite=False, total=False, keeps_count=False, trains=False):
    tf = tensorflow()
    variables, loss = model()
    sums = [tf.get_variable(f"sum{i}", v.shape, initializer=tf.zeros_initializer())
            for i, v in enumerate(variables)]  # fmt: skip
    n = tf.get_variable("n", (), initializer=tf.zeros_initializer())
    clear = [s.assign(tf.zeros(s.shape)) for s in sums] + ([] if keeps_count else [n.assign(0.0)])
    gradients = tf.gradients(loss, variables)
    with tf.control_dependencies(gradients):
        collect = [s.assign(g) if overwrite else s.assign_add(g)
                   for s, g in zip(sums, gradients, strict=True)]  # fmt: skip
        if trains:
            collect += [v.assign_sub(lr * g) for v, g in zip(variables, gradients, strict=True)]
    collect = tf.group(n.assign_add(1.0), *collect)
    update = [v.assign_sub(lr * s / (1.0 if total else n))
              for v, s in zip(variables, sums, strict=True)]  # fmt: skip
    return clear, collect, update


def _minimizes(model, lr):
    tf = tensorflow()
    variables, loss = model()
    train = tf.train.GradientDescentOptimizer(lr).minimize(loss)
    return tf.no_op(), tf.group(*tf.gradients(loss, variables)), train


RIGHT = {
    tensorflow_graphs.five_calls: [
        _calls_by_running,
        lambda: (2.0, 2.0, 4.0, 3.0, 2.0),
        lambda: np.array([2, 2, 4, 3, 2]),
    ],
    tensorflow_graphs.loss_curve: [
        _curve_in_one_run,
        _curve_by_hand,
        lambda *a: _broken(*a, inside=False, late=False),
    ],
    tensorflow_graphs.clipped_gradient: [_by_cases, _as_graph, _without_loops],
    tensorflow_graphs.running_mean: [_mean_of_sum, _mean_in_order, _mean_assigned],
    tensorflow_graphs.accumulation: [_with_optimizer, _running_means, _step],
}

WRONG = {
    tensorflow_graphs.five_calls: [
        (lambda: [2, 2, 8, 3, 2], "once in one session.run"),
        (lambda: (2, 2, 4, 9, 2), "any tensor can be fed"),
        (lambda: [2.0, 2.0, 4.0, 3.0, 8.0], "lives in the session"),
        (lambda: [2, 1, 2, 3, 1], "after the assignment"),
        (lambda: [3, 4, 8, 3, 2], "only built there"),
    ],
    tensorflow_graphs.loss_curve: [
        (lambda *a: _broken(*a, late=False), "the graph grows"),
        (lambda *a: _broken(*a, inside=False), "at w = 0 it must be the mean of y²"),
        (_uninitialized, "no value in this session"),
        (lambda x, y, lr, n: _curve_by_hand(x, y, -lr, n), "walks uphill"),
        (lambda x, y, lr, n: _curve_by_hand(x, y, lr, n + 1), "One number too many"),
        (lambda *a: _curve_by_hand(*a)[1:], "one number too few"),
    ],
    tensorflow_graphs.clipped_gradient: [
        (_unclipped, "derivative of a constant"),
        (_by_entries, "true class only"),
        (_not_a_mean, "Divide by N"),
        (lambda *a: -np.array(_by_cases(*a)), "sign is turned"),
        (_one_entry, "in all of its scores"),
    ],
    tensorflow_graphs.running_mean: [
        (_numbers, "a placeholder and a tensor"),
        (_no_count, "divide what is added"),
        (_never_kept, "nothing is assigned"),
        (_starts_at_one, "starts at 1"),
        (_sum_only, "the sum of the stream"),
        (_constant, "not a placeholder"),
    ],
    tensorflow_graphs.accumulation: [
        (lambda *a: _step(*a, overwrite=True), "add to it"),
        (lambda *a: _step(*a, total=True), "count the parts"),
        (lambda *a: _step(*a, keeps_count=True), "does not set the number of parts back"),
        (lambda *a: _step(*a, trains=True), "Only `update` may"),
        (_minimizes, "`update` needs data"),
    ],
}
