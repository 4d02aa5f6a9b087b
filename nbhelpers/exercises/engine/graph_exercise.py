"""An exercise whose answer builds a TensorFlow graph: each attempt gets a graph of its own.

TensorFlow is imported when the first answer is checked: importing the exercises stays light.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from .exercise import Exercise
from .outcomes import Answer, Outcome

# Errors carry names of operations and lines of code; what they mean is the same for everyone.
MEANINGS = {
    "uninitialized": "a variable has no value in this session",
    "must feed": "a placeholder was not fed",
    "closed Session": "the session is closed already",
    "to a numpy array": "a NumPy function was called on a tensor",
    "not an element of this graph": "a tensor of another graph",
    "already exists": "a variable of this name exists already",
    "fetch": "this cannot be run in a session",
}


def tensorflow() -> Any:
    """TensorFlow in graph mode, imported on the first use."""
    from ...tf1 import tf

    return tf


class GraphError(Exception):
    """What an error of TensorFlow means, in one sentence that depends on nobody's names."""


class GraphExercise(Exercise):
    """An exercise that runs every answer in an empty default graph.

    Args:
        feed: turn each array among the arguments into a constant tensor of the graph.

    >>> def squared(x):
    ...     return x * x
    >>> square = GraphExercise("square", squared, [(np.arange(3.0),)], [], feed=True, view=run,
    ...                        returns="a tensor")
    >>> square.check(lambda x: x**2)
    ✓ square: right.
    >>> square.check(np.sin)
    ✗ square: not yet. It stops with GraphError: a NumPy function was called on a tensor.
    """

    def __init__(self, *definition: Any, feed: bool = False, **options: Any) -> None:
        super().__init__(*definition, **options)
        self.feed = feed

    def _surroundings(self) -> AbstractContextManager[Any]:
        graph: AbstractContextManager[Any] = tensorflow().Graph().as_default()
        return graph

    def _hand_over(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        if not self.feed:
            return arguments
        constant = tensorflow().constant
        return tuple(constant(a) if isinstance(a, np.ndarray) else a for a in arguments)

    def _run(self, answer: Answer, case: tuple[Any, ...]) -> Outcome:
        outcome = super()._run(answer, case)
        outcome.raw = None  # a tensor: what is compared are the numbers behind it
        return outcome

    def _meaning(self, error: BaseException) -> BaseException:
        meanings = (meaning for words, meaning in MEANINGS.items() if words in str(error))
        meaning = next(meanings, None)
        return GraphError(meaning) if meaning else error


def run(tensor: Any) -> Any:
    """The value of a tensor; anything that is no tensor is rejected."""
    tf = tensorflow()
    if not isinstance(tensor, tf.Tensor):
        raise TypeError(f"expected a tensor, got {type(tensor).__name__}")
    with tf.Session(graph=tensor.graph) as session:
        session.run(tf.global_variables_initializer())
        return session.run(tensor)
