"""How an exercise works: take an answer, judge it, name the mistake, remember what is solved.

`task.py` is what all kinds share. `exercise.py` judges a function (build, debug) with
`outcomes.py`, and `derivation.py` and `design.py` do it in their own way; `prediction.py`,
`target.py` and `explanation.py` are the kinds that take something else. `hints.py`,
`error_patterns.py` and `detectors.py` find words for what is wrong; `graph_exercise.py` runs
TensorFlow graphs; `progress.py` keeps the reader's own record, `lessons.py` knows which lessons
there are.
"""

from .derivation import Derivation
from .design import Design
from .exercise import Exercise, Mistake
from .explanation import Explanation
from .prediction import Prediction
from .target import Target

__all__ = ["Derivation", "Design", "Exercise", "Explanation", "Mistake", "Prediction", "Target"]
