"""Other right answers, and wrong ones with a word of the hint they need."""

from __future__ import annotations

import numpy as np

from nbhelpers.exercises import tensorflow_graphs
from nbhelpers.exercises.engine.graph_exercise import tensorflow


def _horner(coefficients):
    tf = tensorflow()
    x = tf.placeholder(tf.float32)
    y = tf.zeros_like(x)
    for c in reversed(coefficients):
        y = y * x + c
    return x, y


def _powers(coefficients):
    tf = tensorflow()
    x = tf.placeholder(tf.float64, (None,), name="x")
    powers = tf.stack([tf.pow(x, float(k)) for k in range(len(coefficients))])
    return x, tf.reduce_sum(tf.constant(coefficients, tf.float64)[:, None] * powers, axis=0)


def _loop(coefficients):
    tf = tensorflow()
    x = tf.placeholder(tf.float32, shape=[4])
    y, power = 0.0, 1.0
    for c in coefficients:
        y = y + c * power
        power = power * x
    return [x, y + 0 * x]


def _numbers(coefficients):
    return 2.0, float(sum(c * 2.0**k for k, c in enumerate(coefficients)))


def _fixed(coefficients):
    tf = tensorflow()
    x = tf.Variable([1.0, 2.0, 3.0, 4.0]) + 0
    return x, sum(c * x**k for k, c in enumerate(coefficients))


def _backward(coefficients):
    x, _ = _horner(coefficients)
    y = 0.0
    for c in coefficients:
        y = y * x + c
    return x, y


def _by_hand(a, b, c, lr, steps):
    tf = tensorflow()
    w = tf.get_variable("w", (), initializer=tf.zeros_initializer())
    step = tf.assign_sub(w, lr * (2 * a * w + b))
    session = tf.Session()
    session.run(w.initializer)
    for _ in range(steps):
        session.run(step)
    return session.run(w)


def _with_gradients(a, b, c, lr, steps):
    tf = tensorflow()
    w = tf.Variable(0.0, dtype=tf.float64)
    [slope] = tf.gradients(a * w * w + b * w + c, [w])
    step = w.assign(w - lr * slope)
    with tf.Session() as session:
        session.run(tf.initialize_all_variables())
        values = [session.run(step) for _ in range(steps)]
    return values[-1]


def _with_placeholders(a, b, c, lr, steps):
    tf = tensorflow()
    k = tf.placeholder(tf.float32, (3,))
    w = tf.Variable([0.0])
    train = tf.train.GradientDescentOptimizer(lr).minimize(k[0] * w**2 + k[1] * w + k[2])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            session.run(train, feed_dict={k: [a, b, c]})
        return session.run(w)[0]


def _train(a, b, c, lr):
    tf = tensorflow()
    w = tf.Variable(0.0)
    return w, tf.train.GradientDescentOptimizer(lr).minimize(a * w**2 + b * w + c)


def _uninitialized(a, b, c, lr, steps):
    w, train = _train(a, b, c, lr)
    with tensorflow().Session() as session:
        for _ in range(steps):
            session.run(train)
        return session.run(w)


def _tensor(a, b, c, lr, steps):
    w, train = _train(a, b, c, lr)
    with tensorflow().Session() as session:
        session.run(tensorflow().global_variables_initializer())
        for _ in range(steps):
            session.run(train)
    return w


def _never_trained(a, b, c, lr, steps):
    w, _ = _train(a, b, c, lr)
    with tensorflow().Session() as session:
        session.run(tensorflow().global_variables_initializer())
        return session.run(w)


def _started_again(a, b, c, lr, steps):
    w, train = _train(a, b, c, lr)
    with tensorflow().Session() as session:
        for _ in range(steps):
            session.run(tensorflow().global_variables_initializer())
            session.run(train)
        return session.run(w)


def _too_late(a, b, c, lr, steps):
    w, train = _train(a, b, c, lr)
    with tensorflow().Session() as session:
        session.run(tensorflow().global_variables_initializer())
        for _ in range(steps):
            session.run(train)
    return session.run(w)


def _unfed(a, b, c, lr, steps):
    tf = tensorflow()
    k = tf.placeholder(tf.float32, (3,))
    w = tf.Variable(0.0)
    train = tf.train.GradientDescentOptimizer(lr).minimize(k[0] * w**2 + k[1] * w + k[2])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)
        return session.run(w)


def _plain_variables(x_a, x_b, units):
    tf = tensorflow()
    w = tf.Variable(tf.random_normal((int(x_a.shape[1]), units)))
    b = tf.Variable(tf.zeros(units))
    return x_a @ w + b, tf.matmul(x_b, w) + b


def _one_product(x_a, x_b, units):
    tf = tensorflow()
    b = tf.get_variable("b", (units,))
    w = tf.get_variable("W", (x_a.shape[1], units), initializer=tf.glorot_normal_initializer())
    y = tf.concat([x_a, x_b], axis=0) @ w + b
    return tf.split(y, 2)


def _reuse(x_a, x_b, units):
    tf = tensorflow()

    def layer(x):
        w = tf.get_variable("W", (x.shape[1], units), initializer=tf.ones_initializer())
        return tf.nn.bias_add(x @ w, tf.get_variable("b", (units,)))

    with tf.variable_scope("s") as scope:
        y_a = layer(x_a)
        scope.reuse_variables()
        return y_a, layer(x_b)


def _four_variables(x_a, x_b, units):
    tf = tensorflow()

    def layer(x):
        return x @ tf.Variable(tf.ones((x.shape[1], units))) + tf.Variable(tf.zeros(units))

    return layer(x_a), layer(x_b)


def _name_taken(x_a, x_b, units):
    tf = tensorflow()

    def layer(x):
        return x @ tf.get_variable("W", (x.shape[1], units)) + tf.get_variable("b", (units,))

    return layer(x_a), layer(x_b)


def _log(p):
    tf = tensorflow()
    return tf.log(tf.maximum(p, 1e-10))


RIGHT = {
    tensorflow_graphs.polynomial: [_horner, _powers, _loop],
    tensorflow_graphs.minimize: [_by_hand, _with_gradients, _with_placeholders],
    tensorflow_graphs.clipped_cross_entropy: [
        lambda p, t: -tensorflow().reduce_mean(tensorflow().reduce_sum(t * _log(p), 1)),
        lambda p, t: -tensorflow().reduce_sum(t * _log(p)) / float(p.shape.as_list()[0]),
        lambda p, t: tensorflow().reduce_mean(-_log(tensorflow().reduce_sum(t * p, axis=-1))),
    ],
    tensorflow_graphs.twins: [_plain_variables, _one_product, _reuse],
}

WRONG = {
    tensorflow_graphs.polynomial: [
        (_numbers, "placeholder"),
        (_fixed, "nobody can feed"),
        (_backward, "wrong end"),
        (lambda c: _horner([0.0, *c]), "too high by one"),
        (lambda c: _horner([0.0, *c[1:]]), "constant term"),
        (lambda c: _horner([*c[:-1], 0.0]), "last term is missing"),
        (lambda c: _horner([0.0, sum(c)]), "x itself"),
        (lambda c: _horner(c)[1], "x, y"),
        (lambda c: (_horner(c)[0], _horner(c)[1]), "computed from it"),
    ],
    tensorflow_graphs.minimize: [
        (_uninitialized, "Step 4"),
        (_tensor, "a number"),
        (_never_trained, "never run"),
        (_started_again, "puts w back"),
        (_too_late, "closed"),
        (_unfed, "not fed"),
        (lambda a, b, c, lr, steps: _by_hand(a, b, c, lr, steps - 1), "too few"),
        (lambda a, b, c, lr, steps: _by_hand(a, b, c, -lr, steps), "uphill"),
        (lambda a, b, c, lr, steps: _by_hand(1.0, b, c, lr, steps), "coefficient a"),
        (lambda a, b, c, lr, steps: -b / 2 / a, "by the formula"),
    ],
    tensorflow_graphs.clipped_cross_entropy: [
        (lambda p, t: -tensorflow().reduce_mean(
            tensorflow().reduce_sum(t * tensorflow().log(p), 1)), "minus infinity"),
        (lambda p, t: -tensorflow().reduce_mean(t * _log(p)), "over all"),
        (lambda p, t: -tensorflow().reduce_sum(t * _log(p)), "sum over the examples"),
        (lambda p, t: tensorflow().reduce_mean(tensorflow().reduce_sum(t * _log(p), 1)), "sign"),
        (lambda p, t: -tensorflow().reduce_sum(t * _log(p), axis=1), "one number for each"),
        (lambda p, t: -np.mean(np.sum(t * np.log(p), axis=1)), "NumPy function"),
        (lambda p, t: 0.5, "a tensor"),
    ],
    tensorflow_graphs.twins: [
        (_four_variables, "two W"),
        (_name_taken, "refused"),
        (lambda a, b, n: _plain_variables(b, a, n), "wrong order"),
        (lambda a, b, n: _plain_variables(a, a, n), "from x_a"),
        (lambda a, b, n: [tensorflow().nn.relu(y) for y in _plain_variables(a, b, n)], "linear"),
        (lambda a, b, n: _plain_variables(a, b, n)[0], "y_a, y_b"),
    ],
}  # fmt: skip
