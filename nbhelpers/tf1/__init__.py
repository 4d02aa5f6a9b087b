"""The same networks as TensorFlow 1 graphs, file for file: build first, run later.

Lay `nbhelpers/layers.py` and `nbhelpers/tf1/layers.py` side by side: `forward` is the same line for
line, and one call of `tf.gradients` stands where every `backward` stood. Initializers, data,
batches and History are those of `nbhelpers`: both engines start from the same numbers.

>>> from nbhelpers.tf1 import tf      # tensorflow.compat.v1, quiet and in graph mode
>>> tf.executing_eagerly()
False
"""

from .tensorflow import tf  # isort: skip  (first: it silences TensorFlow before the import)

from .activations import ReLU, Sigmoid, Tanh
from .layers import Dense, Layer
from .losses import softmax, softmax_cross_entropy
from .network import Sequential
from .optimizers import SGD, Adam, Optimizer
from .regularizers import L2
from .solver import Solver

__all__ = [
    "L2", "SGD", "Adam", "Dense", "Layer", "Optimizer", "ReLU", "Sequential", "Sigmoid", "Solver",
    "Tanh", "softmax", "softmax_cross_entropy", "tf",
]  # fmt: skip
