"""An exercise whose answer builds a TensorFlow graph: each attempt gets a graph of its own.

TensorFlow is imported when the first answer is checked: importing the exercises stays light.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .exercise import Answer, Exercise, Mistake, _Outcome

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
    from ..tf1 import tf

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

    def __init__(
        self,
        name: str,
        solution: Answer,
        cases: Sequence[tuple[Any, ...]],
        mistakes: Sequence[Mistake],
        *,
        feed: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(name, solution, cases, mistakes, **options)
        self.feed = feed
        self._known: dict[tuple[Answer, int], _Outcome] = {}

    def _run(self, answer: Answer, case: tuple[Any, ...]) -> _Outcome:
        """Graphs take a while to build: what the exercise itself knows is run only once."""
        if answer is not self.solution and all(answer is not m.answer for m in self.mistakes):
            return self._run_in_a_graph(answer, case)
        key = answer, id(case)
        if key not in self._known:
            self._known[key] = self._run_in_a_graph(answer, case)
        return self._known[key]

    def _run_in_a_graph(self, answer: Answer, case: tuple[Any, ...]) -> _Outcome:
        tf = tensorflow()

        def with_tensors(*arguments: Any) -> Any:
            given = (tf.constant(a) if isinstance(a, np.ndarray) else a for a in arguments)
            return answer(*given)

        with tf.Graph().as_default():
            outcome = super()._run(with_tensors if self.feed else answer, case)
        text = str(outcome.error) if outcome.error else ""
        for words, meaning in MEANINGS.items():
            if words in text:
                outcome.error = GraphError(meaning)
                break
        return outcome


def run(tensor: Any) -> Any:
    """The value of a tensor; anything that is no tensor is refused."""
    tf = tensorflow()
    if not isinstance(tensor, tf.Tensor):
        raise TypeError(f"expected a tensor, got {type(tensor).__name__}")
    with tf.Session(graph=tensor.graph) as session:
        session.run(tf.global_variables_initializer())
        return session.run(tensor)
