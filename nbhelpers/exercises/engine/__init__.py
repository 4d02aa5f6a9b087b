"""How an exercise works: run an answer, compare it, recognize the mistake, remember what is solved.

`exercise.py` judges an answer with `outcomes.py`; `hints.py` and `error_patterns.py` find words for
what is wrong with it; `graph_exercise.py` does the same for TensorFlow graphs; `progress.py` keeps
the reader's own record.
"""

from .exercise import Exercise, Mistake

__all__ = ["Exercise", "Mistake"]
