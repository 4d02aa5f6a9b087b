"""Old TensorFlow code meets a remedy: tried on the errors that TensorFlow really raises."""

import json
import subprocess
import sys

import pytest

EAGER = """
import tensorflow as tf
v1 = tf.compat.v1
programs = {
    "session": lambda: tf.Session(),
    "placeholder": lambda: tf.placeholder(tf.float32),
    "optimizer": lambda: tf.train.GradientDescentOptimizer(0.1),
    "contrib": lambda: tf.contrib.layers.xavier_initializer(),
    "digits": lambda: __import__("tensorflow.examples.tutorials.mnist"),
    "eager placeholder": lambda: v1.placeholder(tf.float32),
    "eager session": lambda: v1.Session().run(tf.constant(1)),
    "eager gradients": lambda: tf.gradients(tf.constant(1.0), tf.constant(1.0)),
}
"""
GRAPH = """
from nbhelpers.tf1 import tf
x = tf.placeholder(tf.float32, (None, 3))
programs = {
    "dense": lambda: tf.layers.dense(x, 4),
    "cell": lambda: tf.nn.rnn_cell.BasicLSTMCell(3),
    "not initialized": lambda: tf.Session().run(tf.get_variable("w", ())),
    "numpy": lambda: x.numpy(),
    "if": lambda: 1 if x else 0,
    "another": lambda: 1 / 0,
}
"""
REPORT = """
import json
raised = {}
for name, program in programs.items():
    try:
        program()
    except Exception as error:
        raised[name] = error
from nbhelpers.tf1.migration import remedy  # the package leaves eager execution: not before
print(json.dumps({name: remedy(error) for name, error in raised.items()}))
"""


def said(programs):
    command = [sys.executable, "-c", programs + REPORT]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def eager():
    return said(EAGER)


@pytest.fixture(scope="module")
def graph():
    return said(GRAPH)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("session", "`Session` belongs to TensorFlow 1: write `from nbhelpers.tf1 import tf`"),
        ("placeholder", "`placeholder` belongs to TensorFlow 1"),
        ("optimizer", "`GradientDescentOptimizer` belongs to TensorFlow 1"),
        ("contrib", "tf.contrib is gone"),
        ("digits", "load_mnist()"),
        ("eager placeholder", "in place of `import tensorflow as tf`, before the first of them"),
        ("eager session", "before the first of them"),
        ("eager gradients", "before the first of them"),
    ],
)
def test_under_eager_execution(eager, name, words):
    assert words in eager[name]
    assert "\n" not in eager[name]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dense", "`dense` is gone with Keras 3: write the layer as variables"),
        ("cell", "`BasicLSTMCell` is gone with Keras 3"),
        ("not initialized", "session.run(tf.global_variables_initializer())"),
        ("numpy", "session.run(tensor, feed_dict={...})"),
        ("if", "tf.cond"),
    ],
)
def test_in_a_graph(graph, name, words):
    assert words in graph[name]


def test_other_errors_are_left_alone(graph):
    assert graph["another"] is None
