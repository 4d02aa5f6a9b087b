"""Exercises on graphs: predict runs, repair a program, a clipped loss, two stateful graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .engine.exercise import Exercise, Mistake
from .engine.graph_exercise import GraphExercise
from .engine.graph_exercise import tensorflow as tf

_RNG = np.random.default_rng(206)


# 1. Five calls


def _five(*numbers: float) -> Callable[[], list[float]]:
    return lambda: list(numbers)


_TWICE = (
    "The third: an operation runs once in one session.run, however often it is asked for. Both "
    "entries of the list show the same run."
)
_FED = (
    "The fourth: any tensor can be fed, and what is fed is not computed. Which tensor does the "
    "feed_dict name besides x?"
)
_SESSION = (
    "The fifth: the value of w lives in the session. What is it in a new one, once the initializer "
    "has run?"
)
_BEFORE = "The second: what `assign` returns is the value after the assignment, not before it."

five_calls = Exercise(
    "five_calls",
    _five(2, 2, 4, 3, 2),
    [()],
    [
        Mistake(_TWICE, _five(2, 2, 8, 3, 2)),
        Mistake(_FED, _five(2, 2, 4, 9, 2)),
        Mistake(_FED + " (And building `double` has changed nothing.)", _five(2, 2, 4, 6, 2)),
        Mistake(_SESSION, _five(2, 2, 4, 3, 8)),
        Mistake(_TWICE + " " + _FED, _five(2, 2, 8, 13, 2)),
        Mistake(_TWICE + " " + _SESSION, _five(2, 2, 8, 3, 16)),
        Mistake(_SESSION + " " + _FED, _five(2, 2, 4, 9, 8)),
        Mistake("Three things go together here. " + _TWICE + " " + _FED + " Last: a new session "
                "has a w of its own.", _five(2, 2, 8, 13, 16)),
        Mistake("The first: `double` stands above it, but is only built there. Nothing runs "
                "before session.run.", _five(3, 4, 8, 3, 2)),
        Mistake(_BEFORE, _five(2, 1, 2, 3, 1)),
        Mistake("The second and the third: `double` is run in both, and w keeps its value from one "
                "run to the next within a session.", _five(2, 2, 2, 3, 2)),
    ],
    returns="a list of five numbers",
    kind="predict",
    stars=1,
)  # fmt: skip


# 2. A loss curve


def _loss_curve(
    x_data: Any, y_data: Any, lr: float, steps: int, *, early: bool = True, inside: bool = False,
    initialize: str = "once", sign: float = 1.0, reduce: str = "reduce_mean", shift: int = 0,
) -> list[float]:  # fmt: skip
    """The program, with room for each of its faults."""
    x, y = (tf().placeholder(tf().float32, (None,)) for _ in range(2))
    w = tf().Variable(0.0)
    loss = getattr(tf(), reduce)((w * x - y) ** 2)

    def training() -> Any:
        return tf().train.GradientDescentOptimizer(lr).minimize(sign * loss)

    train = None if inside else training()
    feed, curve = {x: x_data, y: y_data}, []
    with tf().Session() as session:
        session.run(tf().global_variables_initializer())
        for _ in range(steps + shift):
            if initialize == "always":
                session.run(tf().global_variables_initializer())
            if early:
                curve.append(float(session.run(loss, feed)))
            session.run(training() if inside else train, feed)
            if not early:
                curve.append(float(session.run(loss, feed)))
    return curve


_UPDATES = (
    "ResourceApplyGradientDescent", "AssignVariableOp", "AssignSubVariableOp",
    "AssignAddVariableOp",
)  # fmt: skip


def _curve_and_growth(curve: Any) -> Any:
    """The losses, and whether the graph holds more than one training step."""
    if isinstance(curve, str):
        raise TypeError("expected numbers")
    types = [op.type for op in tf().get_default_graph().get_operations()]
    updates = sum(types.count(kind) for kind in _UPDATES) - len(tf().global_variables())
    return [float(value) for value in curve], updates > 1


def _curve_with(**faults: Any) -> Any:
    return lambda x, y, lr, steps: _loss_curve(x, y, lr, steps, **faults)


def _as_given(x_data: Any, y_data: Any, lr: float, steps: int) -> list[float]:
    """The stub of the lesson, with both of its faults."""
    return _loss_curve(x_data, y_data, lr, steps, early=False, inside=True)


def _line(n: int, w: float) -> tuple[Any, Any]:
    x = _RNG.normal(size=n)
    return x, w * x + 0.1 * _RNG.normal(size=n)


_GROWS = "`minimize` inside of the loop builds another training step each time: the graph grows."

loss_curve = GraphExercise(
    "loss_curve",
    _loss_curve,
    [(*_line(8, 2.0), 0.1, 5), (*_line(5, -1.0), 0.3, 4), (*_line(20, 0.5), 0.05, 7)],
    [
        Mistake("The curve is right now. But " + _GROWS[0].lower() + _GROWS[1:] + " Build it once, "
                "where the loss is built.", _curve_with(inside=True)),
        Mistake("The graph no longer grows. But the first number is still the loss after an "
                "update: at w = 0 it must be the mean of y².", _curve_with(early=False)),
        Mistake("w starts again in each round: the initializer belongs before the loop.",
                _curve_with(initialize="always")),
        Mistake("The initializer is inside of the loop, so that w starts again in each round, and "
                "the loss is read after the update.",
                _curve_with(initialize="always", early=False)),
        Mistake("The losses grow: this walks uphill.", _curve_with(sign=-1.0)),
        Mistake("One number too many: `steps` losses, each before its update.",
                _curve_with(shift=1)),
        Mistake("This is the sum over the examples; leave the loss as it was, a mean.",
                _curve_with(reduce="reduce_sum")),
        Mistake("The first loss is left out, at w = 0, and there is one number too few.",
                lambda x, y, lr, steps: _loss_curve(x, y, lr, steps)[1:]),
    ],
    view=_curve_and_growth,
    returns="a list of `steps` numbers",
    broken=_as_given,
    stars=2,
)  # fmt: skip


# 3. The gradient of the clipped loss


def _softmax(scores: Any) -> Any:
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def _clipped_gradient(
    scores: Any, y: Any, floor: float, *, clip: str = "examples", over: str = "all",
    sign: float = 1.0,
) -> Any:  # fmt: skip
    rows = np.arange(len(y))
    p = _softmax(scores)
    gradient = sign * (p - np.eye(scores.shape[1])[y])
    taught = p[rows, y] >= floor
    if clip == "examples":
        gradient = gradient * taught[:, None]
    elif clip == "entries":
        gradient = np.where(p >= floor, gradient, 0.0)
    elif clip == "true class":
        gradient[rows, y] *= taught
    elif clip == "inside":
        gradient = np.maximum(p, floor) - np.eye(scores.shape[1])[y]
    elif clip == "the others":
        gradient = gradient * ~taught[:, None]
    return gradient / {"all": len(y), "none": 1, "taught": max(taught.sum(), 1)}[over]


def _scores(n: int, classes: int, floor: float) -> tuple[Any, ...]:
    """Scores of which some leave the true class below the floor, and some another class."""
    scores = 4 * _RNG.normal(size=(n, classes))
    y = _RNG.integers(0, classes, n)
    scores[0, y[0]] = scores[0].max() - 12.0
    scores[1, y[1]] = scores[1].max() + 9.0
    return scores, y, floor


def _gradient_with(**faults: Any) -> Any:
    return lambda scores, y, floor: _clipped_gradient(scores, y, floor, **faults)


clipped_gradient = Exercise(
    "clipped_gradient",
    _clipped_gradient,
    [_scores(2, 3, 1e-3), _scores(6, 5, 1e-2), _scores(9, 10, 1e-4)],
    [
        Mistake("This is the gradient without the clip. Below the floor the loss of an example is "
                "a constant: what is the derivative of a constant?", _gradient_with(clip="no")),
        Mistake("You have set to zero the entries whose own probability is below the floor. The "
                "loss contains the probability of the true class only: it decides for the whole "
                "row.", _gradient_with(clip="entries")),
        Mistake("Only the entry of the true class is zero in the clipped rows. The loss of such an "
                "example is a constant, in all of its scores.", _gradient_with(clip="true class")),
        Mistake("This is max(p, floor) - y. The clip acts inside of the loss, so its derivative "
                "comes in as a factor, 0 or 1.", _gradient_with(clip="inside")),
        Mistake("It is the other way round: the examples below the floor have no gradient.",
                _gradient_with(clip="the others")),
        Mistake("Divide by N: the loss is the mean over the examples.",
                _gradient_with(over="none")),
        Mistake("Divide by all N examples: those below the floor count in the mean, with the "
                "constant -ln(floor).", _gradient_with(over="taught")),
        Mistake("The sign is turned: a higher score of the true class must lower the loss.",
                _gradient_with(sign=-1.0)),
        Mistake("Without the clip, and not yet divided by N.",
                _gradient_with(clip="no", over="none")),
        Mistake("Every number is zero. Are they cut to integers, or is no example left above the "
                "floor?", lambda scores, y, floor: np.zeros_like(scores)),
    ],
    returns="an array of the shape of scores",
    kind="derive",
    stars=2,
)  # fmt: skip


# 4. A running mean as a graph


def _running_mean(*, order: str = "chained", count_from: float = 0.0, fixed: bool = False) -> Any:
    x = tf().constant(2.0) if fixed else tf().placeholder(tf().float32, ())
    count, mean = tf().Variable(count_from), tf().Variable(0.0)
    if order == "old count":
        with tf().control_dependencies([tf().identity(count)]):
            old = tf().maximum(tf().identity(count), 1.0)
        with tf().control_dependencies([old]):
            new = count.assign_add(1.0)
        with tf().control_dependencies([new]):
            return x, mean.assign_add((x - mean) / old)
    new = count.assign_add(1.0)
    if order == "old mean":
        with tf().control_dependencies([new]):
            old = tf().identity(mean)
        with tf().control_dependencies([mean.assign_add((x - old) / new)]):
            return x, tf().identity(old)
    if order == "no count":
        return x, mean.assign_add(x - mean)
    if order == "sum":
        return x, mean.assign_add(x)
    if order == "not stored":
        return x, mean + (x - mean) / new
    return x, mean.assign_add((x - mean) / new)


def _stream(answer: Any) -> Any:
    """What a session gives for a stream of numbers; NaN where nothing can be fed."""
    x, mean = answer
    if not isinstance(x, tf().Tensor) or not hasattr(mean, "graph"):
        raise TypeError("expected two tensors")
    if isinstance(mean, tf().Operation):
        raise TypeError("expected a tensor")
    if x.op.type != "Placeholder":
        return np.full(5, np.nan)
    with tf().Session(graph=x.graph) as session:
        session.run(tf().global_variables_initializer())
        numbers = (3.0, -1.0, 4.0, 10.0, 0.5)
        shape = () if x.shape.rank in (0, None) else (1,)
        return np.array([float(np.squeeze(session.run(mean, {x: np.full(shape, number)})))
                         for number in numbers])  # fmt: skip


running_mean = GraphExercise(
    "running_mean",
    _running_mean,
    [()],
    [
        Mistake("x is not a placeholder, so nothing can be fed.",
                lambda: _running_mean(fixed=True)),
        Mistake("The division uses the count from before its increase. Let it use what assign_add "
                "returns.", lambda: _running_mean(order="old count")),
        Mistake("This is the mean before the new number. Ask for what the second assignment "
                "returns.", lambda: _running_mean(order="old mean")),
        Mistake("It gives back each number as it is: divide what is added by the count.",
                lambda: _running_mean(order="no count")),
        Mistake("This is the sum of the stream so far.", lambda: _running_mean(order="sum")),
        Mistake("The new mean is computed and not kept: mean stays 0, since nothing is assigned "
                "to it.", lambda: _running_mean(order="not stored")),
        Mistake("The count starts at 1, and is 2 for the first number.",
                lambda: _running_mean(count_from=1.0)),
    ],
    view=_stream,
    returns="x, mean: a placeholder and a tensor",
    kind="build",
    stars=2,
)  # fmt: skip


# 5. Gradient accumulation


def _model() -> Any:
    """A linear model with a mean squared error; its placeholders are found by their names."""
    x = tf().placeholder(tf().float32, (None, 3), name="x")
    y = tf().placeholder(tf().float32, (None,), name="y")
    w = tf().Variable([0.5, -1.0, 2.0], name="w")
    b = tf().Variable(0.25, name="b")
    product = tf().reduce_sum(x * w, axis=1) + b
    return [w, b], tf().reduce_mean((product - y) ** 2)


def _accumulation(
    model: Any, lr: float, *, add: bool = True, divide: str = "parts", clears: bool = True,
    clears_count: bool = True, learns: bool = False, sign: float = 1.0, trains: bool = False,
) -> Any:  # fmt: skip
    variables, loss = model()
    totals = [tf().Variable(tf().zeros(v.shape), trainable=trains) for v in variables]
    parts = tf().Variable(0.0, trainable=trains)
    clear = tf().group(*(t.assign(tf().zeros(t.shape)) for t in totals if clears),
                       *([parts.assign(0.0)] if clears_count else []))  # fmt: skip
    gradients = tf().gradients(loss, variables)
    with tf().control_dependencies(gradients):
        steps = [t.assign_add(g) if add else t.assign(g)
                 for t, g in zip(totals, gradients, strict=True)]  # fmt: skip
        if learns:
            steps += [v.assign_sub(lr * g) for v, g in zip(variables, gradients, strict=True)]
        collect = tf().group(parts.assign_add(1.0), *steps)
    by = {"parts": parts, "none": 1.0, "three": 3.0}[divide]
    update = tf().group(
        *(v.assign_sub(sign * lr * t / by) for v, t in zip(variables, totals, strict=True))
    )
    return clear, collect, update


def _needs_data(model: Any, lr: float) -> Any:
    """The update takes the gradient of what is fed, and nothing was kept."""
    variables, loss = model()
    gradients = tf().gradients(loss, variables)
    update = tf().group(*(v.assign_sub(lr * g) for v, g in zip(variables, gradients, strict=True)))
    return tf().no_op(), tf().group(*gradients), update


def _two_rounds(answer: Any) -> Any:
    """The model's variables while two batches are collected: in four parts, then in two."""
    clear, collect, update = answer
    graph = tf().get_default_graph()
    rng = np.random.default_rng(6)
    variables = [v for v in tf().global_variables() if v.op.name in ("w", "b")]
    seen: list[Any] = []
    with tf().Session() as session:
        session.run(tf().global_variables_initializer())

        def look() -> None:
            seen.extend(np.ravel(value) for value in session.run(variables))

        for n_parts in (4, 2):
            session.run(clear)
            for _ in range(n_parts):
                feed = {"x:0": rng.normal(size=(2, 3)), "y:0": rng.normal(size=2)}
                session.run(collect, {graph.get_tensor_by_name(k): v for k, v in feed.items()})
            look()
            try:
                session.run(update)
            except tf().errors.InvalidArgumentError:  # it asks for data
                return np.full(16, np.nan)
            look()
    return np.concatenate(seen)


def _accumulation_with(**faults: Any) -> Any:
    return lambda model, lr: _accumulation(model, lr, **faults)


accumulation = GraphExercise(
    "accumulation",
    _accumulation,
    [(_model, 0.1), (_model, 0.02)],
    [
        Mistake("`collect` overwrites what earlier runs have collected: add to it.",
                _accumulation_with(add=False)),
        Mistake("`update` takes the sum of the collected gradients as its step. The mean is "
                "wanted: count the parts.", _accumulation_with(divide="none")),
        Mistake("The number of parts is fixed in the graph. Count them in a variable, as they "
                "come.", _accumulation_with(divide="three")),
        Mistake("`clear` leaves what has been collected: the second batch begins with the gradient "
                "of the first one.", _accumulation_with(clears=False)),
        Mistake("`clear` does not set the number of parts back: in the second round the mean is "
                "taken over the parts of both.", _accumulation_with(clears_count=False)),
        Mistake("`clear` does nothing: gradients and number of parts must both start at zero.",
                _accumulation_with(clears=False, clears_count=False)),
        Mistake("`collect` changes the model's variables. Only `update` may.",
                _accumulation_with(learns=True)),
        Mistake("The step goes uphill: subtract the gradient.", _accumulation_with(sign=-1.0)),
        Mistake("`update` needs data: it computes a gradient anew, where it should use what was "
                "collected. Keep that in variables.", _needs_data),
    ],
    view=_two_rounds,
    returns="clear, collect, update: three operations",
    kind="build",
    stars=3,
)  # fmt: skip
