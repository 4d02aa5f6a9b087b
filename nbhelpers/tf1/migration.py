"""What to write instead, when a program for TensorFlow 1 meets TensorFlow 2 and Keras 3.

`%load_ext nbhelpers.tf1.migration` adds the remedy, one line, below the error in a notebook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .._checks import fail

GRAPH = "write `from nbhelpers.tf1 import tf` in place of `import tensorflow as tf`"
EAGER = (
    f"operations run at once here, instead of joining a graph: {GRAPH}, before the first of them"
)
LAYER = "write the layer as variables, as `nbhelpers.tf1.Dense` does"
SYMBOLIC = (
    "a tensor of a graph holds no number yet: compute with operations of tf, tf.cos in place of "
    "np.cos or math.cos; session.run(tensor, feed_dict={...}) gives its number"
)
ONE_GRAPH = (
    "build everything in one graph and open the session last; in a notebook, run the cells again "
    "from tf.reset_default_graph() on"
)

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
    (r"numpy\(\) is only available when eager execution", SYMBOLIC),
    (r"when eager execution is enabled", EAGER),
    (r"`(\w+)` is not available with Keras 3",
     f"`{{0}}` is gone with Keras 3: {LAYER}"),
    (r"Could not find variable|[Uu]ninitialized value",
     "first run session.run(tf.global_variables_initializer()), after the last variable was made; "
     f"variables of Keras layers are not among these: {LAYER}"),
    (r"Tensor' object has no attribute 'numpy'", SYMBOLIC),
    (r"Cannot convert a symbolic tf.Tensor", SYMBOLIC),
    (r"must be real number, not \w*Tensor", SYMBOLIC),
    (r"must feed a value for placeholder",
     "hand its value over: session.run(…, feed_dict={x: …}) with the placeholder itself as the "
     "key; what a solver runs depends on x and y alone"),
    (r"closed Session",
     "run it inside of the `with tf.Session() as session:` block; a solver's history and "
     "snapshot() outlive it"),
    (r"is not an element of this graph|must be from the same graph|different graph", ONE_GRAPH),
    (r"Session graph is empty", f"{EAGER}; or {ONE_GRAPH}"),
    (r"Variable (\S+) already exists",
     "tf.reset_default_graph() before the graph is built again, or "
     "tf.variable_scope(…, reuse=tf.AUTO_REUSE) where two layers are to share `{0}`; a layer of "
     "your own for Sequential has a NumPy array in self.params instead"),
    (r"Trying to share variable (\S+),",
     "self.params['{0}'] = a NumPy array in the layer's __init__, of which Sequential makes one "
     "variable of the network's dtype"),
    (r"label value of \S+ which is outside the valid range|labels below the classes|"
     r"labels start at 0|labels are 0 or 1",
     "class numbers start at 0, and the last layer has one unit per class"),
    (r"Use `variable.assign_sub", "return w.assign_sub(lr * g)"),
    (r"Shape of tensor \S+ \[[\d,]*\] is not compatible",
     "y of the shape of the scores, such as y[:, None]"),
    (r"Cannot feed value of shape",
     "x and y of the shapes that they had when the solver built its graph"),
    (r"None values not supported", "end the function with return"),
    (r"that does not match type|don't all match|Tensor conversion requested dtype|"
     r"in list of allowed values|expected to be a \w+ tensor but is",
     "tf.cast(tensor, dtype) brings both to one dtype"),
    (r"Dimensions must be equal|Shapes must be equal|Incompatible shapes|must equal `logits|"
     r"Dimension \d+ in both shapes must be equal|Cannot reshape a tensor",
     "print(tensor.shape) of what goes in, while the graph is built"),
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
    found = _find(error)
    return found and found[1]


def _find(error: BaseException) -> tuple[str, str] | None:
    """The line of an error's message that a remedy is known for, and the remedy."""
    text = str(error)
    for pattern, hint in REMEDIES:
        if found := re.search(pattern, text):
            start = text.rfind("\n", 0, found.start()) + 1
            line = text[start:].splitlines()[0].split(". ")[0].strip()
            return line[:200].rstrip("."), hint.format(*found.groups()) if found.groups() else hint
    return None


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Raise what TensorFlow raises in the form of this package, where a remedy is known."""
    try:
        yield
    except Exception as error:
        found = None if " Hint: " in str(error) else _find(error)
        if found is None:
            raise
        line, hint = found
        fail(where, "what TensorFlow can build and run", line, hint, RuntimeError)


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
            print(f"Remedy: {hint}.")

    shell.set_custom_exc((Exception,), show)
