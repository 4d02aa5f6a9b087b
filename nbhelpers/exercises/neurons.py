"""Exercises of lesson `neurons`: a boundary, XOR, a broken forward pass, a star."""

from __future__ import annotations

from typing import Any

import numpy as np

from .engine.exercise import Exercise, Mistake

_RNG = np.random.default_rng(101)
_CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


# 1. derive: the neuron whose decision boundary passes through two points


def _unit_length(result: Any) -> Any:
    """Scaling w and b moves no boundary, so (w, b) is compared with w brought to length 1."""
    w, b = result
    w, b = np.asarray(w, dtype=float).reshape(2), np.asarray(b, dtype=float).reshape(())
    return np.append(w, b) / np.linalg.norm(w)


def _boundary(p: Any, q: Any, inside: Any, bias: Any = None, flip: Any = None) -> Any:
    """The neuron; `bias` and `flip` replace its bias and its choice of sign."""
    w = np.array([q[1] - p[1], p[0] - q[0]])
    if flip(w, p, inside) if flip else w @ (inside - p) < 0:
        w = -w
    return w, bias(w, p, inside) if bias else -w @ p


def _parallel(p: Any, q: Any, inside: Any) -> Any:
    w = q - p
    return (w, -w @ p) if w @ (inside - p) > 0 else (-w, w @ p)


boundary_neuron = Exercise(
    "boundary_neuron",
    _boundary,
    [
        (np.array([2.0, 0.0]), np.array([0.0, 4.0]), np.array([0.0, 0.0])),
        (np.array([2.0, 0.0]), np.array([0.0, 4.0]), np.array([3.0, 3.0])),
        (np.array([-1.0, -2.0]), np.array([3.0, 1.0]), np.array([0.5, 2.0])),
    ],
    [
        Mistake("Your w points along the line from p to q. The vector w is perpendicular to the "
                "boundary: which vector has a dot product of 0 with q - p?", _parallel),
        Mistake("The boundary is right, but the neuron fires on the other side. What happens to z "
                "if w and b both change their sign?",
                lambda p, q, inside: _boundary(p, q, inside, flip=lambda w, p, i: w @ (i - p) > 0)),
        Mistake("The boundary is right, but the side does not depend on `inside`: compute z there, "
                "and change the sign of w and b where it is negative.",
                lambda p, q, inside: _boundary(p, q, inside, flip=lambda w, p, i: False)),
        Mistake("The boundary is right, but the side does not depend on `inside`: compute z there, "
                "and change the sign of w and b where it is negative.",
                lambda p, q, inside: _boundary(p, q, inside, flip=lambda w, p, i: True)),
        Mistake("The direction of w is right, the sign of b is not: z must be 0 at p, so w @ p + b "
                "is 0.", lambda p, q, inside: _boundary(p, q, inside, lambda w, p, i: w @ p)),
        Mistake("Without a bias the boundary passes through the origin. Choose b so that z is 0 "
                "at p.", lambda p, q, inside: _boundary(p, q, inside, lambda w, p, i: 0.0)),
        Mistake("This boundary passes through `inside`. It must pass through p and q: z is 0 "
                "there.", lambda p, q, inside: _boundary(p, q, inside, lambda w, p, i: -w @ i)),
    ],
    view=_unit_length,
    returns="a pair (w, b): an array of two weights and one bias",
    kind="derive",
    stars=1,
)  # fmt: skip


# 2. build: XOR from two ReLU units


def _net(w1: Any, b1: Any, w2: Any, b2: float) -> Any:
    return lambda x: np.maximum(0, x @ np.array(w1) + b1) @ np.array(w2) + b2


_SUM = [[1, 1], [1, 1]]
_TWO_SIDED = [[1, -1], [-1, 1]]
_ONE_SIDED = ("One of the two corners (0, 1) and (1, 0) is missing. The second unit can do for it "
              "what the first does for the other.")  # fmt: skip

xor_with_relu = Exercise(
    "xor_with_relu",
    _net(_SUM, [0, -1], [1, -2], 0),
    [(_CORNERS,), (_CORNERS[[3, 1, 0]],), (_CORNERS[2:3],)],
    [
        Mistake("This gives the sum of the inputs, 2 at (1, 1). Let the second unit be on at "
                "(1, 1) alone, and subtract what is too much there.",
                _net(_SUM, [0, -2], [1, 0], 0)),
        Mistake("This is OR: it gives 1 at (1, 1). Your second unit subtracts something there, but "
                "not enough.", _net(_SUM, [0, -1], [1, -1], 0)),
        Mistake("This is AND: 1 at (1, 1) alone.", _net(_SUM, [-1, -2], [1, 0], 0)),
        Mistake("This is the opposite of XOR: change the sign of w2, and adapt b2.",
                _net(_SUM, [0, -1], [-1, 2], 1)),
        Mistake("This is NAND: it must be 0 at (0, 0) as well.", _net(_SUM, [-1, -2], [-1, 0], 1)),
        Mistake("The output is 0 everywhere. Is any unit on at (0, 1)? Compute its "
                "pre-activation.",
                _net(_SUM, [-3, -3], [1, -2], 0)),
        Mistake("These are the weights of the network with the step function. A ReLU unit passes "
                "on how far z is above zero, not only that it is.",
                _net(_SUM, [-0.5, -1.5], [1, -1], -0.5)),
        Mistake("This is x1 - x2, negative at (0, 1). Two ReLU units can make its absolute value: "
                "one for each sign.", _net(_TWO_SIDED, [0, 0], [1, -1], 0)),
        Mistake("This is x2 - x1, negative at (1, 0). Two ReLU units can make its absolute value: "
                "one for each sign.", _net(_TWO_SIDED, [0, 0], [-1, 1], 0)),
        Mistake(_ONE_SIDED, _net(_TWO_SIDED, [0, 0], [1, 0], 0)),
        Mistake(_ONE_SIDED, _net(_TWO_SIDED, [0, 0], [0, 1], 0)),
    ],
    returns="one output per row of x",
    kind="build",
    stars=2,
)  # fmt: skip


# 3. debug: a forward pass with three bugs


def _forward(late_bias: bool = False, relu_output: bool = False, wrong_axis: bool = False) -> Any:
    """The forward pass, with any of the three bugs of the exercise left in."""

    def run(x: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        h = np.maximum(0, x @ w1) + b1 if late_bias else np.maximum(0, x @ w1 + b1)
        scores = h @ w2 + b2
        if relu_output:
            scores = np.maximum(0, scores)
        return scores, scores.argmax(axis=0 if wrong_axis else 1)

    return run


def _as_given(x: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
    """The stub of the lesson, with its three bugs."""
    a = np.maximum(0, x @ w1) + b1
    scores = np.maximum(0, a @ w2 + b2)
    return scores, scores.argmax(axis=0)


_LATE = ("The bias of the hidden layer comes too late: it belongs to the pre-activation, which "
         "decides whether a unit is on.")  # fmt: skip
_CUT = "The output layer has no activation: scores may be negative, and here they are cut off at 0."
_AXIS = ("argmax goes over the wrong axis: it finds the best example for each class. An example is "
         "a row; its scores lie along axis 1.")  # fmt: skip


def _weights(n_in: int, hidden: int, n_out: int) -> tuple[Any, ...]:
    shapes = ((n_in, hidden), (hidden,), (hidden, n_out), (n_out,))
    return tuple(_RNG.normal(size=shape) for shape in shapes)


fixed_reader = Exercise(
    "fixed_reader",
    _forward(),
    [(_RNG.normal(size=(n, 4)), *_weights(4, 5, 3)) for n in (6, 1, 3)],
    [
        Mistake(f"All three bugs are still there. Start with the first line. {_LATE}",
                _forward(True, True, True)),
        Mistake(f"One bug is left. {_LATE}", _forward(late_bias=True)),
        Mistake(f"One bug is left. {_CUT}", _forward(relu_output=True)),
        Mistake(f"One bug is left. {_AXIS}", _forward(wrong_axis=True)),
        Mistake(f"Two bugs are left, one of them here: {_LATE}", _forward(True, True)),
        Mistake(f"Two bugs are left, one of them here: {_LATE}",
                _forward(late_bias=True, wrong_axis=True)),
        Mistake(f"Two bugs are left, one of them here: {_CUT}",
                _forward(relu_output=True, wrong_axis=True)),
        Mistake("The hidden layer has lost its ReLU: without it the two layers are one.",
                lambda x, w1, b1, w2, b2: (
                    (x @ w1 + b1) @ w2 + b2, ((x @ w1 + b1) @ w2 + b2).argmax(1))),
        Mistake("The hidden layer's bias is gone. It is to be added before the activation.",
                lambda x, w1, b1, w2, b2: (
                    np.maximum(0, x @ w1) @ w2 + b2, (np.maximum(0, x @ w1) @ w2 + b2).argmax(1))),
        Mistake("The scores are right. Return the predicted classes beside them.",
                lambda x, w1, b1, w2, b2: _forward()(x, w1, b1, w2, b2)[0]),
        Mistake("The predicted classes are right. Return the scores before them.",
                lambda x, w1, b1, w2, b2: _forward()(x, w1, b1, w2, b2)[1]),
    ],
    returns="a pair: the scores, one row per example, and the predicted classes",
    broken=_as_given,
    stars=2,
)  # fmt: skip


# 4. design: the star with seven neurons

_ANGLES = np.pi / 180 * np.array([270, 30, 150, 90, 210, 330])
_GRID = np.stack(np.meshgrid(*2 * [np.linspace(-1.15, 1.15, 41)]), axis=-1).reshape(-1, 2)
_SIDES = (_GRID @ -np.array([np.cos(_ANGLES), np.sin(_ANGLES)]) + 0.5 > 0).astype(float)


def _star_region(result: Any) -> Any:
    """Where the output neuron (w, b) on the six half-planes fires, on a grid of the plane."""
    w, b = result
    w, b = np.asarray(w, dtype=float).reshape(6), np.asarray(b, dtype=float).reshape(())
    return (_SIDES @ w + b > 0).astype(int)


def _output(w: Any, b: float) -> Any:
    return lambda: (np.array(w, dtype=float), b)


_ONES = [1.0] * 6

star = Exercise(
    "star",
    _output(_ONES, -4.5),
    [()],
    [
        Mistake("This is AND of all six half-planes, the hexagon in the middle. How many of the "
                "six does a point in a tip of the star still satisfy?", _output(_ONES, -5.5)),
        Mistake("This region is larger than the star: it holds the notches between the tips. How "
                "many of the six half-planes does a point in a notch satisfy?",
                _output(_ONES, -3.5)),
        Mistake("It fires everywhere: even far from the star every point satisfies three of the "
                "six half-planes.", _output(_ONES, -2.5)),
        Mistake("It never fires: even in the middle the six together give no more than 6.",
                _output(_ONES, -6.5)),
        Mistake("This is the first triangle alone: the other three half-planes have no weight.",
                _output([1, 1, 1, 0, 0, 0], -2.5)),
        Mistake("This is the second triangle alone: the other three half-planes have no weight.",
                _output([0, 0, 0, 1, 1, 1], -2.5)),
        Mistake("It fires outside of the star and is silent inside: change the sign of w and b.",
                _output([-1.0] * 6, 4.5)),
        Mistake("The two triangles have opposite weights here. By symmetry, all six half-planes "
                "should count alike.", _output([1, 1, 1, -1, -1, -1], -0.5)),
    ],
    view=_star_region,
    returns="a pair (w, b): an array of six weights and one bias",
    kind="design",
    stars=3,
)  # fmt: skip
