"""Exercises of the lesson on backpropagation: backward passes, and tests of backward passes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, combinations
from typing import Any

import numpy as np

from ..gradient_check import numerical_gradient, relative_error
from .engine import Exercise, Mistake

__all__ = [
    "embedding_backward", "in_place", "is_sound", "sweep", "unit_rows_backward",
]  # fmt: skip

_RNG = np.random.default_rng(104)


# 1. Which activations can go back from their output alone?

_ENOUGH = "abdf"
_TOO_MANY = {
    "c": "Not the square: 4 is the output for 2 and for -2, where its derivatives are 4 and -4.",
    "e": "Not the absolute value: 2 is the output for 2 and for -2, where its derivatives are 1 "
         "and -1.",
}  # fmt: skip
_MISSING = {
    "a": "One is missing: the derivative of the sigmoid has been written as a function of its "
         "output in this lesson.",
    "b": "One is missing: to go back, ReLU asks only whether z was positive. Does its output tell?",
    "d": "One is missing: tanh rises everywhere, so its output determines z, and everything else.",
    "f": "One is missing: softplus rises everywhere, so its output determines z. Its derivative is "
         "the sigmoid of z; write it with a.",
}  # fmt: skip


def _letters(answer: Any) -> str:
    if not isinstance(answer, (str, list, tuple, set)):
        raise TypeError
    letters = set("".join(answer).lower()) - set(" ,()")
    if letters - set("abcdef"):
        raise ValueError
    return "".join(sorted(letters))


def _hint_for(letters: str) -> str:
    for letter in (_TOO_MANY | _MISSING) if letters else ():
        if letter in _TOO_MANY and letter in letters:
            return _TOO_MANY[letter]
        if letter in _MISSING and letter not in letters:
            return _MISSING[letter]
    return "None at all? Take the sigmoid: a (1 - a) needs only the output."


def _always(letters: str) -> Callable[[], str]:
    return lambda: letters


in_place = Exercise(
    "in_place",
    _always(_ENOUGH),
    [()],
    [
        Mistake(_hint_for("".join(chosen)), _always("".join(chosen)))
        for chosen in chain.from_iterable(combinations("abcdef", k) for k in range(7))
        if "".join(chosen) != _ENOUGH
    ],
    view=_letters,
    returns="a string of letters from a to f",
    kind="predict",
    stars=1,
)


# 2. Rows of length one


def _unit_rows(scale: float = 1.0, rest: float = -1.0, *, divide: bool = True) -> Any:
    """The right backward pass, with its projection scaled or its division left out."""

    def backward(x: Any, dy: Any) -> Any:
        length = np.sqrt(np.sum(x * x, axis=1, keepdims=True))
        y = x / length
        dx = scale * dy + rest * y * np.sum(dy * y, axis=1, keepdims=True)
        return dx / length if divide else dx

    return backward


def _length(x: Any) -> Any:
    return np.sqrt(np.sum(x * x, axis=1, keepdims=True))


def _with_x(x: Any, dy: Any) -> Any:
    return (dy - x * np.sum(dy * x, axis=1, keepdims=True)) / _length(x)


def _one_length_for_all(x: Any, dy: Any) -> Any:
    length = np.sqrt(np.sum(x * x))
    y = x / length
    return (dy - y * np.sum(dy * y)) / length


def _one_product_for_all(x: Any, dy: Any) -> Any:
    y = x / _length(x)
    return (dy - y * np.sum(dy * y)) / _length(x)


def _diagonal(x: Any, dy: Any) -> Any:
    y = x / _length(x)
    return dy * (1 - y * y) / _length(x)


unit_rows_backward = Exercise(
    "unit_rows_backward",
    _unit_rows(),
    [tuple(scale * _RNG.normal(size=(2, n, m))) for n, m, scale in
     ((3, 4, 2.0), (1, 3, 1.0), (4, 2, 0.5))],
    [
        Mistake("This takes the length for a constant. But every number of a row goes into its "
                "length too: a second branch at the fork.", _unit_rows(rest=0.0)),
        Mistake("Only the branch through the length is there. x_i also goes straight into y_i.",
                _unit_rows(scale=0.0)),
        Mistake("The division by the length is missing. Check it with one number: stretching x "
                "tenfold makes all derivatives ten times smaller.", _unit_rows(divide=False)),
        Mistake("The sign of the branch through the length: a longer x makes y smaller. Is your "
                "gradient perpendicular to x?", _unit_rows(rest=1.0)),
        Mistake("Nearly: in the branch through the length, 1 / length appears to the third power. "
                "Write it with y = x / length.", _with_x),
        Mistake("You compute one length for the whole batch. Each row has its own.",
                _one_length_for_all),
        Mistake("You add up dy · y over the whole batch. Examples do not mix: one sum per row.",
                _one_product_for_all),
        Mistake("This is only how y_i depends on x_i. x_i goes into the length, and so into all "
                "the other y_j of its row.", _diagonal),
        Mistake("This is the forward pass.", lambda x, dy: x / _length(x)),
    ],
    kind="derive",
    stars=2,
)  # fmt: skip


# 3. An embedding


def _embedding(words: Any, dy: Any, vocabulary: int) -> Any:
    table = np.zeros((vocabulary, dy.shape[1]))
    np.add.at(table, words, dy)
    return table


def _set(last: bool) -> Any:
    def backward(words: Any, dy: Any, vocabulary: int) -> Any:
        table = np.zeros((vocabulary, dy.shape[1]))
        order = range(len(words)) if last else range(len(words))[::-1]
        for i in order:
            table[words[i]] = dy[i]
        return table

    return backward


def _mean_of_each(words: Any, dy: Any, vocabulary: int) -> Any:
    counts = np.bincount(words, minlength=vocabulary)
    return _embedding(words, dy, vocabulary) / np.maximum(counts, 1)[:, None]


def _times_count(words: Any, dy: Any, vocabulary: int) -> Any:
    counts = np.bincount(words, minlength=vocabulary)
    return _set(True)(words, dy, vocabulary) * counts[:, None]


def _up_to_the_largest(words: Any, dy: Any, vocabulary: int) -> Any:
    return _embedding(words, dy, int(max(words)) + 1)


embedding_backward = Exercise(
    "embedding_backward",
    _embedding,
    [
        (np.array([2, 0, 2, 4]), _RNG.normal(size=(4, 3)), 6),
        (np.array([1, 1, 1]), _RNG.normal(size=(3, 2)), 3),
        (np.array([0, 3, 1, 3, 0]), _RNG.normal(size=(5, 2)), 5),
    ],
    [
        Mistake("Of a word that occurs several times, only the last gradient is there. "
                "`dE[words] += dy` reads all rows, adds, and then writes all rows: equal words "
                "overwrite each other. Add them one after the other, or look up np.add.at.",
                _set(True)),
        Mistake("Of a word that occurs several times, only the first gradient is there. A word "
                "that occurs twice is a fork: add.", _set(False)),
        Mistake("You take the mean over a word's occurrences. At a fork gradients are added; a "
                "mean over the batch is in the loss already.", _mean_of_each),
        Mistake("You multiply one gradient by the number of occurrences. Each occurrence has a "
                "gradient of its own: add these.", _times_count),
        Mistake("The table ends at the largest word of the batch. Words that do not occur have "
                "rows too, with gradient 0.", _up_to_the_largest),
        Mistake("Each row is divided by N. The 1 / N of the mean is in dy already.",
                lambda words, dy, vocabulary: _embedding(words, dy, vocabulary) / len(words)),
        Mistake("These are the upstream gradients of the words in their order. dE has one row for "
                "each row of the table.", lambda words, dy, vocabulary: dy),
    ],
    kind="build",
    stars=2,
)  # fmt: skip


# 4. A sweep in the wrong order


def _order(graph: Any, output: str) -> list[str]:
    order: list[str] = []
    seen: set[str] = set()

    def visit(node: str) -> None:
        if node not in seen:
            seen.add(node)
            for source, _ in graph.get(node, ()):
                visit(source)
            order.append(node)

    visit(output)
    return order[::-1]


def _swept(graph: Any, output: str, order: list[str], *, add: bool = True) -> dict[str, float]:
    grad = {output: 1.0}
    for node in order:
        for source, local in graph.get(node, ()):
            arriving = grad.get(node, 0.0) * local
            grad[source] = grad.get(source, 0.0) * add + arriving
    return grad


def _sweep(graph: Any, output: str) -> dict[str, float]:
    return _swept(graph, output, _order(graph, output))


def _first_come(last: bool) -> Any:
    """Handles a node when it is first reached: a queue, or a stack."""

    def sweep(graph: Any, output: str) -> dict[str, float]:
        grad, waiting, seen = {output: 1.0}, [output], set()
        while waiting:
            node = waiting.pop(-1 if last else 0)
            if node in seen:
                continue
            seen.add(node)
            for source, local in graph.get(node, ()):
                grad[source] = grad.get(source, 0.0) + grad[node] * local
                waiting.append(source)
        return grad

    return sweep


def _every_time(graph: Any, output: str) -> dict[str, float]:
    """Hands on the whole sum again each time that something arrives."""
    grad, waiting = {output: 1.0}, [output]
    while waiting:
        node = waiting.pop(0)
        for source, local in graph.get(node, ()):
            grad[source] = grad.get(source, 0.0) + grad[node] * local
            waiting.append(source)
    return grad


def _added_along(graph: Any, output: str) -> dict[str, float]:
    grad = {output: 0.0}
    for node in _order(graph, output):
        for source, local in graph.get(node, ()):
            grad[source] = grad.get(source, 0.0) + grad[node] + local
    return grad


def _inputs_alone(graph: Any, output: str) -> dict[str, float]:
    return {name: value for name, value in _sweep(graph, output).items() if name not in graph}


_SKIP = {"f": [("u", 1.0), ("q", 1.0)], "q": [("u", 5.0)], "u": [("v", 2.0)]}
_TWO_WAYS = {
    "m": [("b", -1.0), ("w", 0.5)],
    "f": [("w", 3.0), ("m", 2.0)],
    "w": [("z", 1.5), ("a", -2.0)],
    "b": [("z", 4.0)],
    "z": [("a", 0.5)],
}
_DOUBLED = {"v3": [("v2", 1.0), ("v2", 1.0)], "v1": [("v0", 1.0), ("v0", 1.0)],
            "v2": [("v1", 1.0), ("v1", 1.0)]}  # fmt: skip


def _as_given(graph: Any, output: Any) -> Any:
    """The stub of the lesson: a node is handled when it is first reached."""
    grad, waiting, seen = {output: 1.0}, [output], set()
    while waiting:
        node = waiting.pop(0)
        if node not in seen:
            seen.add(node)
            for source, local in graph.get(node, ()):
                grad[source] = grad.get(source, 0.0) + grad[node] * local
                waiting.append(source)
    return grad


sweep = Exercise(
    "sweep",
    _sweep,
    [(_SKIP, "f"), (_TWO_WAYS, "f"), (_DOUBLED, "v3")],
    [
        Mistake("A node is handled when it is *first* reached. Draw f = u + q, q = 5 u, u = 2 v "
                "(the first case): what has arrived at u by then, and what comes too late?",
                _first_come(False)),
        Mistake("Taking the node that was reached last instead of first only moves the problem. "
                "A node may pass its gradient on when *all* nodes that use it have been handled.",
                _first_come(True)),
        Mistake("A node is handled each time that something arrives, and passes on its whole sum "
                "again: the earlier part counts twice.", _every_time),
        Mistake("You go through the gates in the order of the dictionary. It promises no order; "
                "find a topological one.", lambda g, f: _swept(g, f, list(g))),
        Mistake("You go through the gates in the reverse order of the dictionary. It promises no "
                "order; find a topological one.", lambda g, f: _swept(g, f, list(g)[::-1])),
        Mistake("The order is right. But where two branches arrive, the second replaces the first: "
                "at a fork gradients add up.",
                lambda g, f: _swept(g, f, _order(g, f), add=False)),
        Mistake("Every number is too large by 1. Only the output starts with 1; all other sums "
                "start with 0.", lambda g, f: {k: v + 1 for k, v in _sweep(g, f).items()}),
        Mistake("These are the squares of the right numbers: something is multiplied in twice.",
                lambda g, f: {k: v**2 for k, v in _sweep(g, f).items()}),
        Mistake("Along a path the local derivatives are multiplied, not added.", _added_along),
        Mistake("The numbers are right. Return them for every node, the gates and the output "
                "included.", _inputs_alone),
        Mistake("You go through the topological order from the inputs to the output. Backward, the "
                "output comes first.", lambda g, f: _swept(g, f, _order(g, f)[::-1])),
    ],
    broken=_as_given,
    stars=2,
)  # fmt: skip


# 5. Write the judge


class _Layer:
    """What the reader's function is handed; `n_in` tells how wide its input is."""

    def __init__(self, n_in: int, **params: Any) -> None:
        self.n_in, self.params = n_in, params
        self.grads: dict[str, Any] = {}

    def __repr__(self) -> str:
        return "one of the nine layers"


class _Dense(_Layer):
    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__(n_in, W=_RNG.normal(size=(n_in, n_out)), b=_RNG.normal(size=n_out))
        self.initial = self.params["W"].copy()

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, dy: Any) -> Any:
        self.grads["W"], self.grads["b"] = self.x.T @ dy, dy.sum(axis=0)
        return dy @ self.params["W"].T


class _MeanForSum(_Dense):
    """Shows with more than one example, and in `grads` alone."""

    def backward(self, dy: Any) -> Any:
        dx = super().backward(dy)
        self.grads["b"] = dy.mean(axis=0)
        return dx


class _Adds(_Dense):
    """Shows when backward is called a second time."""

    def backward(self, dy: Any) -> Any:
        old, dx = dict(self.grads), super().backward(dy)
        for name, value in old.items():
            self.grads[name] = value + self.grads[name]
        return dx


class _Stale(_Dense):
    """Shows when the weights have moved."""

    def backward(self, dy: Any) -> Any:
        super().backward(dy)
        return dy @ self.initial.T


class _Leaky(_Layer):
    """A leaky ReLU with a slope below zero that is learned; keeps only its output."""

    def __init__(self, n_in: int, *, blind: bool = False) -> None:
        super().__init__(n_in, slope=np.array([0.3]))
        self.blind = blind  # to the sign of the input: shows with negative inputs

    def forward(self, x: Any) -> Any:
        self.x = x
        return np.where(x > 0, x, self.params["slope"] * x)

    def backward(self, dy: Any) -> Any:
        self.grads["slope"] = np.array([np.sum(dy * np.minimum(self.x, 0))])
        return dy if self.blind else np.where(self.x > 0, dy, self.params["slope"] * dy)


class _Tanh(_Layer):
    """Keeps its output: each forward pass, those of the differences too, is another cache."""

    def forward(self, x: Any) -> Any:
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy: Any) -> Any:
        return dy * (1 - self.y**2)


class _Softmax(_Layer):
    """With `plain` the mean of dy is taken in place of the weighted one: dy of ones looks right."""

    def __init__(self, n_in: int, *, plain: bool = False) -> None:
        super().__init__(n_in)
        self.plain = plain

    def forward(self, x: Any) -> Any:
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p

    def backward(self, dy: Any) -> Any:
        weighted = np.sum(dy * self.p, axis=1, keepdims=True)
        mean = dy.mean(axis=1, keepdims=True) if self.plain else weighted
        return self.p * (dy - mean)


def _judge(layer: Any) -> bool:
    rng = np.random.default_rng(0)

    def agrees() -> bool:
        x = rng.normal(size=(4, layer.n_in))
        c = rng.normal(size=layer.forward(x).shape)
        places = {"x": x} | layer.params
        layer.forward(x)
        analytic = {"x": layer.backward(c)} | {k: g.copy() for k, g in layer.grads.items()}

        def value() -> float:
            return float(np.sum(layer.forward(x) * c))

        return all(relative_error(analytic[k], numerical_gradient(value, place)) < 1e-7
                   for k, place in places.items())  # fmt: skip

    first = agrees()
    for value in layer.params.values():
        value += rng.normal(size=value.shape)
    return first and agrees()


def _bug(layer: Any) -> str:
    """The name of a layer's bug, or "" where it is sound."""
    if getattr(layer, "blind", False) or getattr(layer, "plain", False):
        return "signs" if isinstance(layer, _Leaky) else "pattern"
    names = {_MeanForSum: "examples", _Adds: "twice", _Stale: "moved"}
    return names.get(type(layer), "")


_SLIPS = {
    "pattern": "One is a softmax that looks right when the upstream gradient is the same number "
               "everywhere, such as ones: use random numbers.",
    "examples": "One shows only with several examples, and in `grads`: with one example, a mean "
                "over the batch is as good as a sum.",
    "signs": "One shows only for negative inputs, in what backward returns: use both signs.",
    "moved": "One layer is right at its initial weights: move its params and check once more.",
    "twice": "One shows in `grads`, when backward is called a second time: check twice.",
}  # fmt: skip
_IN_GRADS = {"examples", "twice"}


def _slips(missed: set[str]) -> Mistake:
    """The tester that misses these bugs, and what it should look at."""
    if missed == set(_SLIPS):
        hint = "Everything passes. Five of the nine layers have a bug."
    elif missed == _IN_GRADS:
        hint = ("Two bugs slip through, both in `grads`: compare these too, with several examples, "
                "and after a second call of backward.")  # fmt: skip
    elif missed == set(_SLIPS) - _IN_GRADS:
        hint = ("Three bugs slip through, all with right `grads`: compare what backward returns "
                "too.")  # fmt: skip
    else:
        how_many = "One bug slips" if len(missed) == 1 else f"{len(missed)} bugs slip"
        hint = f"{how_many} through. " + next(_SLIPS[bug] for bug in _SLIPS if bug in missed)
    return Mistake(hint, lambda layer: _bug(layer) in {"", *missed})


def _rejects(*kinds: type[_Layer]) -> Callable[[Any], bool]:
    return lambda layer: not _bug(layer) and not isinstance(layer, kinds)


is_sound = Exercise(
    "is_sound",
    _judge,
    [
        (_Dense(3, 2),), (_MeanForSum(3, 2),), (_Leaky(3),), (_Adds(2, 3),), (_Tanh(4),),
        (_Leaky(3, blind=True),), (_Stale(3, 3),), (_Softmax(3),), (_Softmax(4, plain=True),),
    ],
    [
        *(_slips(set(missed)) for k in range(1, 6) for missed in combinations(_SLIPS, k)),
        Mistake("You reject a sound layer. The outputs of softmax sum to 1, whatever its input: "
                "with an upstream gradient of ones its gradient is zero, and you compare rounding "
                "errors. Use random numbers.", _rejects(_Softmax)),
        Mistake("You reject sound layers. The forward passes of your numerical gradient overwrite "
                "the cache: call forward and backward first, keep copies of the gradients, then "
                "move numbers.", _rejects(_Tanh, _Softmax)),
        Mistake("You reject every layer. Four of the nine are sound. Is your limit wide enough for "
                "rounding errors? Is the cache that of the right forward pass?",
                lambda layer: False),
        Mistake("It is the other way round: True is for a sound layer.",
                lambda layer: bool(_bug(layer))),
    ],
    returns="True or False",
    kind="debug",
    stars=3,
)  # fmt: skip
