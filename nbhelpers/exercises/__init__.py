"""Exercises that say what is wrong with an answer, not only that it is wrong.

An exercise knows a right answer and the typical wrong ones, each with a hint. The reader's function
is run on the same inputs as these; whichever wrong one it agrees with names the misunderstanding.
Each lesson's exercises are in a file with the lesson's name: `neurons.py`, `dropout.py` and so on;
`engine/` is how they work: a class for each kind that is judged in its own way. `progress()` shows
which of them the reader has solved.
"""

from .engine import Derivation, Design, Exercise, Explanation, Mistake, Prediction, Target
from .engine.progress import progress

__all__ = [
    "Derivation", "Design", "Exercise", "Explanation", "Mistake", "Prediction", "Target",
    "progress",
]  # fmt: skip
