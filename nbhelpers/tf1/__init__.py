"""The same networks as TensorFlow 1 graphs, file for file: build first, run later.

Lay `nbhelpers/layers.py` and `nbhelpers/tf1/layers.py` side by side: `forward` is the same line for
line, and one call of `tf.gradients` stands where every `backward` stood. Initializers, data,
batches and History are those of `nbhelpers`: both engines start from the same numbers.

>>> from nbhelpers.tf1 import tf      # tensorflow.compat.v1, quiet and in graph mode
>>> tf.executing_eagerly()
False
"""

from ._tensorflow import tf  # isort: skip  (first: it silences TensorFlow before the import)

from . import schedules
from .activations import (
    ELU,
    GELU,
    LeakyReLU,
    PReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Tanh,
)
from .convolution import Conv2D, Flatten, MaxPool, Reshape
from .fast_training import FastSolver
from .layers import (
    BatchNorm,
    Dense,
    Dropout,
    GroupNorm,
    Identity,
    Layer,
    LayerNorm,
    Maxout,
    RMSNorm,
)
from .losses import (
    cross_entropy,
    entropy,
    hinge,
    huber,
    kl_divergence,
    logistic,
    mse,
    softmax,
    softmax_cross_entropy,
)
from .network import FullyConnectedNet, Residual, Sequential
from .optimizers import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    ExponentialAverage,
    Momentum,
    Nesterov,
    Optimizer,
    RMSprop,
    clip_by_global_norm,
    clip_by_value,
)
from .regularizers import L1, L2, ElasticNet, Penalty, max_norm
from .summaries import read_summaries
from .training import Solver

__all__ = [
    "ELU", "GELU", "L1", "L2", "SGD", "Adagrad", "Adam", "AdamW", "BatchNorm", "Conv2D", "Dense",
    "Dropout", "ElasticNet", "ExponentialAverage", "FastSolver", "Flatten", "FullyConnectedNet",
    "GroupNorm", "Identity", "Layer", "LayerNorm", "LeakyReLU", "MaxPool", "Maxout", "Momentum",
    "Nesterov", "Optimizer", "PReLU", "Penalty", "RMSNorm", "RMSprop", "ReLU", "Reshape",
    "Residual", "Sequential", "SiLU", "Sigmoid", "Solver", "Tanh", "clip_by_global_norm",
    "clip_by_value", "cross_entropy", "entropy", "hinge", "huber", "kl_divergence", "logistic",
    "max_norm", "mse", "read_summaries", "schedules", "softmax", "softmax_cross_entropy", "tf",
]  # fmt: skip
