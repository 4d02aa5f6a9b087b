"""What to write instead, when a program for TensorFlow 1 meets TensorFlow 2 and Keras 3.

`%load_ext nbhelpers.tf1.migration` adds the remedy, one line, below the error in a notebook.
"""

from __future__ import annotations

import re
from typing import Any

GRAPH = "write `from nbhelpers.tf1 import tf` in place of `import tensorflow as tf`"
EAGER = (
    f"operations run at once here, instead of joining a graph: {GRAPH}, before the first of them"
)
LAYER = "write the layer as variables, as `nbhelpers.tf1.Dense` does"

# Error message -> remedy, the first that fits; {0} is the first group.
REMEDIES = (
    (r"module 'tensorflow(?:\._api\.v2)?' has no attribute 'contrib'",
     "tf.contrib is gone; its initializers and losses have plain names in tf and tf.nn, and its "
     "layers are a few lines with tf.get_variable"),
    (r"module 'tensorflow[\w.]*' has no attribute '(?:keras|layers)'", LAYER),
    (r"module 'tensorflow[\w.]*' has no attribute '(\w+)'",
     f"`{{0}}` belongs to TensorFlow 1: {GRAPH}"),
    (r"No module named 'tensorflow\.(?:examples|contrib)",
     "TensorFlow ships no data any more: `nbhelpers.load_mnist()` reads the same digits"),
    (r"placeholder\(\) is not compatible with eager execution", EAGER),
    (r"Session graph is empty", EAGER),
    (r"when eager execution is enabled", EAGER),
    (r"`(\w+)` is not available with Keras 3",
     f"`{{0}}` is gone with Keras 3: {LAYER}"),
    (r"Could not find variable|[Uu]ninitialized value",
     "first run session.run(tf.global_variables_initializer()), after the last variable was made; "
     f"variables of Keras layers are not among these: {LAYER}"),
    (r"must feed a value for placeholder",
     "hand its value over: session.run(…, feed_dict={x: …}), with the placeholder as the key"),
    (r"is not an element of this graph",
     "build everything in one graph and open the session last; in a notebook, run the cells again "
     "from tf.reset_default_graph() on"),
    (r"closed Session", "run it inside of the `with tf.Session() as session:` block"),
    (r"Variable (\S+) already exists",
     "tf.reset_default_graph() before the graph is built again, or "
     "tf.variable_scope(…, reuse=tf.AUTO_REUSE) where two layers are to share `{0}`"),
    (r"Tensor' object has no attribute 'numpy'",
     "a tensor of a graph holds no number yet: session.run(tensor, feed_dict={...}) computes it"),
    (r"as a Python `bool` is not allowed",
     "the graph is built before any number is known: tf.where or tf.cond decides while it runs"),
)  # fmt: skip


def remedy(error: BaseException) -> str | None:
    """One line that says what to write instead, or None if this error is not about old code.

    >>> print(remedy(AttributeError("`dense` is not available with Keras 3.")))
    `dense` is gone with Keras 3: write the layer as variables, as `nbhelpers.tf1.Dense` does
    >>> remedy(ZeroDivisionError("division by zero")) is None
    True
    """
    for pattern, hint in REMEDIES:
        if found := re.search(pattern, str(error)):
            return hint.format(*found.groups()) if found.groups() else hint
    return None


def load_ipython_extension(shell: Any) -> None:
    """Show the remedy below the error, from now on in this notebook."""

    def show(
        self: Any,
        kind: type[BaseException],
        error: BaseException,
        frames: Any,
        tb_offset: Any = None,
    ) -> None:
        hint = remedy(error)
        self.showtraceback((kind, error, frames), tb_offset=tb_offset)
        if hint:
            print(f"Hint: {hint}.")

    shell.set_custom_exc((Exception,), show)
