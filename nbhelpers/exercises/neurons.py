"""Exercises of lesson 1: a unit as a gate, counting parameters, the forward pass, a collapse."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from .engine.exercise import Exercise, Mistake

_RNG = np.random.default_rng(101)
_CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def _truth_table(answer: Any) -> Any:
    """What a unit (w, b) says at (0, 0), (0, 1), (1, 0), (1, 1): 1 where its sum is above zero."""
    w, b = answer
    w, b = np.asarray(w, dtype=float).reshape(2), np.asarray(b, dtype=float).reshape(())
    return (_CORNERS @ w + b > 0).astype(int)


def _pair(w: Any, b: float) -> Any:
    return lambda: (np.array(w, dtype=float), b)


nand_neuron = Exercise(
    "nand_neuron",
    _pair([-1, -1], 1.5),
    [()],
    [
        Mistake("This is AND: it fires for (1, 1) alone. NAND fires everywhere else; what turns "
                "every answer of a unit into its opposite?", _pair([1, 1], -1.5)),
        Mistake("This is OR. NAND must be silent for (1, 1) and fire for the other three.",
                _pair([1, 1], -0.5)),
        Mistake("This is NOR: it fires for (0, 0) alone. The weights pull the right way; the bias "
                "must outweigh one input, but not two.", _pair([-1, -1], 0.5)),
        Mistake("It never fires. For (0, 0) only the bias is left, and there NAND must fire: what "
                "sign does the bias need?", _pair([-1, -1], -1.5)),
        Mistake("It always fires. For (1, 1) the sum w1 + w2 + b must not be above zero.",
                _pair([-1, -1], 2.5)),
        Mistake("It looks at one input only: the other one's weight is too small to matter.",
                _pair([-1, 0], 0.5)),
        *(
            Mistake("It looks at one input only: the other one's weight is too small to matter.",
                    _pair(w, b)) for w, b in (([0, -1], 0.5), ([1, 0], -0.5), ([0, 1], -0.5))
        ),
        *(
            Mistake("The two inputs pull in different directions. To NAND they are alike: their "
                    "weights need the same sign.", _pair(w, b))
            for w in ([1, -1], [-1, 1]) for b in (-0.5, 0.5)
        ),
    ],
    view=_truth_table,
    returns="a pair (w, b): two weights and one bias",
)  # fmt: skip


def _counts(sizes: Any) -> tuple[int, int, int]:
    weights = sum(n_in * n_out for n_in, n_out in pairwise(sizes))
    return sum(sizes[1:]), weights, sum(sizes[1:])


def _counts_but(neurons: Any = None, weights: Any = None, biases: Any = None) -> Any:
    """`_counts` with some of the three counted in another way."""

    def wrong(sizes: Any) -> tuple[int, int, int]:
        right = _counts(sizes)
        ways = (neurons, weights, biases)
        return tuple(w(sizes) if w else r for w, r in zip(ways, right, strict=True))  # type: ignore[return-value]

    return wrong


_ADDED = "Between a layer of n_in and one of n_out units, every pair is joined: how many pairs?"
_INPUTS = "Inputs are not neurons: they only hold the numbers that come in, and have no bias."

count_parameters = Exercise(
    "count_parameters",
    _counts,
    [([3, 4, 4, 1],), ([2, 5],), ([784, 256, 100, 10],)],
    [
        Mistake(_INPUTS, _counts_but(neurons=sum, biases=sum)),
        Mistake(_INPUTS, _counts_but(neurons=sum)),
        Mistake(_INPUTS, _counts_but(biases=sum)),
        Mistake(_ADDED, _counts_but(weights=lambda s: sum(a + b for a, b in pairwise(s)))),
        Mistake(_ADDED, _counts_but(weights=sum)),
        Mistake("One pair of layers is missing: the weights from the inputs count too.",
                _counts_but(weights=lambda s: sum(a * b for a, b in pairwise(s[1:])))),
        Mistake("The product of all sizes joins every layer with every other. Only neighbors are "
                "joined.", _counts_but(weights=lambda s: int(np.prod(s)))),
        Mistake("A bias belongs to each neuron, not to each layer.",
                _counts_but(biases=lambda s: len(s) - 1)),
        Mistake("The output units have biases too.", _counts_but(biases=lambda s: sum(s[1:-1]))),
        Mistake("The output units are neurons too.", _counts_but(neurons=lambda s: sum(s[1:-1]))),
        Mistake("The weights already include the biases: count these apart.",
                _counts_but(weights=lambda s: _counts(s)[1] + _counts(s)[2])),
    ],
)  # fmt: skip


def _forward(x: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
    return np.maximum(x @ w1 + b1, 0) @ w2 + b2


def _weights(n_in: int, hidden: int, n_out: int) -> tuple[Any, ...]:
    shapes = ((n_in, hidden), (hidden,), (hidden, n_out), (n_out,))
    return tuple(_RNG.normal(size=shape) for shape in shapes)


forward = Exercise(
    "forward",
    _forward,
    [(_RNG.normal(size=(n, 3)), *_weights(3, 4, 2)) for n in (1, 2, 5)],
    [
        Mistake("The hidden layer has no activation yet, so the two layers are one.",
                lambda x, w1, b1, w2, b2: (x @ w1 + b1) @ w2 + b2),
        Mistake("The output layer gives scores as they are: no activation there, or no score could "
                "ever be negative.",
                lambda x, w1, b1, w2, b2: np.maximum(np.maximum(x @ w1 + b1, 0) @ w2 + b2, 0)),
        Mistake("The output layer's bias is missing.",
                lambda x, w1, b1, w2, b2: np.maximum(x @ w1 + b1, 0) @ w2),
        Mistake("The hidden layer's bias is missing.",
                lambda x, w1, b1, w2, b2: np.maximum(x @ w1, 0) @ w2 + b2),
        Mistake("Both biases are missing.", lambda x, w1, b1, w2, b2: np.maximum(x @ w1, 0) @ w2),
        Mistake("The bias comes before the activation: it shifts the sum that decides whether the "
                "unit fires.", lambda x, w1, b1, w2, b2: (np.maximum(x @ w1, 0) + b1) @ w2 + b2),
        Mistake("The hidden layer's activation should be ReLU, the larger of the sum and 0.",
                lambda x, w1, b1, w2, b2: 1 / (1 + np.exp(-(x @ w1 + b1))) @ w2 + b2),
        Mistake("The hidden layer's activation should be ReLU, the larger of the sum and 0.",
                lambda x, w1, b1, w2, b2: np.tanh(x @ w1 + b1) @ w2 + b2),
        Mistake("ReLU keeps what is above zero; this keeps what is below.",
                lambda x, w1, b1, w2, b2: np.minimum(x @ w1 + b1, 0) @ w2 + b2),
        Mistake("A transposed product: with one example a row, x (N, 3) times W1 (3, 4) gives "
                "(N, 4). Which matrix comes first?",
                lambda x, w1, b1, w2, b2: np.maximum(w1 @ x + b1, 0) @ w2 + b2),
    ],
)  # fmt: skip


def _collapse(w1: Any, b1: Any, w2: Any, b2: Any) -> tuple[Any, Any]:
    return w1 @ w2, b1 @ w2 + b2


collapse = Exercise(
    "collapse",
    _collapse,
    [_weights(3, 4, 2), _weights(5, 2, 3), _weights(2, 6, 1)],
    [
        Mistake("W is right. But the first bias also goes through the second layer: substitute "
                "x W1 + b1 into the second layer, and multiply out.",
                lambda w1, b1, w2, b2: (w1 @ w2, b2)),
        Mistake("W is right. Which bias of the second layer is left over when you multiply out "
                "(x W1 + b1) W2 + b2?", lambda w1, b1, w2, b2: (w1 @ w2, b1 @ w2)),
        Mistake("The order of the product: x meets W1 first, so W1 stands on the left.",
                lambda w1, b1, w2, b2: (w2 @ w1, b1 @ w2 + b2)),
        Mistake("b1 has one number for each hidden unit, b2 one for each output: they cannot be "
                "just added. What does b1 pass through on its way?",
                lambda w1, b1, w2, b2: (w1 @ w2, b1 + b2)),
        Mistake("Both are right, but in the order (b, W): return W first.",
                lambda w1, b1, w2, b2: (b1 @ w2 + b2, w1 @ w2)),
        Mistake("W comes out transposed: rows are inputs, columns are outputs.",
                lambda w1, b1, w2, b2: ((w1 @ w2).T, b1 @ w2 + b2)),
    ],
)  # fmt: skip
