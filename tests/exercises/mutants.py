"""Ways in which any answer to any exercise can be wrong, and the words that name each of them.

A mutant takes the right answer of an exercise and spoils it. It gives None where it cannot be
told from the right answer (the transpose of a number).
"""

from __future__ import annotations

import copy

import numpy as np

from nbhelpers.exercises.engine.exercise import BLANK
from nbhelpers.exercises.engine.graph_exercise import GraphExercise


def apply(function, value):
    """A change to each array or number of a result; anything else stays as it is."""
    if isinstance(value, tuple):
        return tuple(apply(function, part) for part in value)
    if isinstance(value, dict):
        return {key: apply(function, part) for key, part in value.items()}
    if isinstance(value, list):
        value = np.asarray(value)
    if isinstance(value, (int, float, np.number, np.ndarray)):
        return function(value)
    return value


def changed(function):
    """A mutant that computes the right result and then does something to its numbers."""

    def make(exercise):
        if isinstance(exercise, GraphExercise):
            return None
        return lambda *arguments: apply(function, exercise.solution(*arguments))

    return make


def first_rows(value):
    return len(value) if isinstance(value, np.ndarray) and value.ndim else 1


def summed(exercise):
    """A sum where a mean belongs, over the rows of the first argument."""
    rows = [first_rows(case[0]) if case else 1 for case in exercise.cases]
    if isinstance(exercise, GraphExercise) or max(rows) == 1:
        return None
    return lambda *arguments: apply(
        lambda v: v * first_rows(arguments[0]), exercise.solution(*arguments)
    )


def constant(exercise):
    if isinstance(exercise, GraphExercise):
        return None
    always = exercise.solution(*copy.deepcopy(exercise.cases[0]))
    return lambda *arguments: apply(lambda v: np.zeros_like(v) + 0.37, always)


def mutated(exercise):
    """Changes the arrays and lists among its arguments in place, after the answer is found."""
    kinds = (list,) if isinstance(exercise, GraphExercise) else (list, np.ndarray)
    if not any(isinstance(a, kinds) for case in exercise.cases for a in case):
        return None

    def answer(*arguments):
        result = exercise.solution(*arguments)
        for argument in arguments:
            if isinstance(argument, list):
                argument.append(argument.pop(0) + 1)
            elif isinstance(argument, np.ndarray) and argument.dtype.kind in "fiu":
                argument += 1
        return result

    return answer


def nothing(*arguments):
    str(arguments)


def prints(exercise):
    def answer(*arguments):
        print("0.37")

    return answer


def raises(error):
    def answer(*arguments):
        raise error

    return lambda exercise: answer


def recursive(exercise):
    def answer(*arguments):
        return answer(*arguments)

    return answer


def generator(exercise):
    def answer(*arguments):
        yield exercise.solution(*arguments)

    return answer


class Hostile:
    """Nothing that is asked of it goes well."""

    def __array__(self, *arguments, **options):
        raise RuntimeError("no array")

    def __len__(self):
        raise RuntimeError("no length")

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    def __repr__(self):
        raise RuntimeError("no words")

    __hash__ = None


def rounded(value):
    size = np.max(np.abs(value)) or 1.0
    return np.round(value / size * 999.3) / 999.3 * size


def text(exercise):
    return lambda *arguments: "0.37"


# Where a word is enough to show that the message fits; an exercise's own hint always does.
MUTANTS = {
    "returns None": (lambda exercise: lambda *arguments: None, [BLANK]),
    "forgets the return": (lambda exercise: nothing, ["It returns nothing"]),
    "prints only": (prints, ["It prints its answer"]),
    "raises an error": (raises(ZeroDivisionError("by zero")), ["It stops in its line"]),
    "raises with a long text": (raises(KeyError("x" * 10_000)), ["It stops in its line"]),
    "raises NotImplementedError": (raises(NotImplementedError()), [BLANK]),
    "asserts": (raises(AssertionError()), ["with AssertionError."]),
    "ends the program": (raises(SystemExit(0)), ["never calls exit()"]),
    "calls itself": (recursive, ["calls itself again and again"]),
    "takes no arguments": (
        lambda exercise: (lambda: 0.37) if exercise.cases[0] else (lambda x: x),
        ["cannot be called with"],
    ),
    "is a generator": (generator, ["a generator", "things, separated"]),
    "returns text": (text, ["'0.37'", "things, separated"]),
    "returns a dict": (lambda exercise: lambda *a: {"x": 1}, ["a dict", "things, separated"]),
    "returns a function": (lambda exercise: lambda *a: len, ["a builtin", "things, separated"]),
    "returns complex numbers": (
        changed(lambda v: v * 1j), ["it should return", "numbers are expected"],
    ),
    "returns something hostile": (
        lambda exercise: lambda *a: Hostile(), ["a Hostile", "things, separated"],
    ),
    "returns a ragged list": (
        lambda exercise: lambda *a: [[1.0], [1.0, 2.0], 3.0, [], []],
        ["a list", "things, separated", "shape"],
    ),
    "returns a class": (
        lambda exercise: lambda *a: Hostile, ["a type", "things, separated"],
    ),
    "NaN everywhere": (changed(lambda v: v * np.nan), ["NaN", "it should return"]),
    "sign flipped": (changed(lambda v: -v), ["sign"]),
    "three times": (changed(lambda v: v * 3), ["3 times", "number of", "words"]),
    "one too many": (changed(lambda v: v + 1), ["too large", "it should return"]),
    "summed": (summed, ["number of rows", "times what", "differs", "another one in each"]),
    "always the same": (
        constant,
        ["whatever it is handed", "in every case", "All numbers", "infinity", "Nearly right",
         "should return"],
    ),
    "cut to integers": (
        changed(lambda v: np.trunc(v).astype(int)),
        ["decimal point", "numbers of the result are 0", "It answers 0 ", "infinity"],
    ),
    "transposed": (changed(lambda v: np.asarray(v).T), ["ransposed", "in the wrong places"]),
    "one dimension too many": (changed(lambda v: np.asarray(v)[None]), ["shape"]),
    "squared": (changed(lambda v: v**2), ["squares", "signs"]),
    "in another order": (
        changed(lambda v: v[::-1] if isinstance(v, np.ndarray) and v.ndim else v),
        ["in the wrong places"],
    ),
    "rounded to three digits": (
        changed(rounded), ["Nearly right", "decimal point", "NaN", "too small", "should return"],
    ),
    "changes its input": (mutated, ["It changes a"]),
}  # fmt: skip


def mutants_of(exercise):
    """Every mutant that is wrong for this exercise: (name, answer, fitting words)."""
    for name, (make, words) in MUTANTS.items():
        answer = make(exercise)
        if answer is not None:
            yield name, answer, words
