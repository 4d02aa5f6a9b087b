"""The shared code of the course: neural networks written by hand, in NumPy.

Start with `layers.py`; then `network.py` strings layers together and `training.py` trains them.
<<<<<<< HEAD
Every file beside this one is a piece of the network; the folders say what else there is. The same
networks as TensorFlow graphs are in `nbhelpers.tf1`, file for file. Importing this package loads
neither TensorFlow nor pandas nor SciPy.
=======
Each file beside this one is a piece of the network, and `nbhelpers.tf1` has the same pieces as
TensorFlow graphs, file for file. Everything else is in a folder that says what it is for. Importing
this package loads neither TensorFlow nor pandas.
>>>>>>> house
"""

from . import schedules
from .activations import (
    Activation,
    LeakyReLU,
    PReLU,
    ReLU,
    Sigmoid,
    Tanh,
    leaky_relu,
    relu,
    sigmoid,
    tanh,
)
from .datasets import (
    Augment,
    Dataset,
    Standardizer,
    Whitener,
    batches,
    blobs,
    circles,
    load_cifar10,
    load_mnist,
    load_mnist_sample,
    moons,
    polynomial,
    spirals,
    train_val_split,
)  # fmt: skip
from .diagnostics import Monitor
from .ensembles import Snapshots
from .gradient_check import (
    check_layer,
    check_loss,
    check_network,
    check_penalty,
    numerical_gradient,
    relative_error,
)
from .initializers import (
    he,
    he_uniform,
    normal,
    truncated_normal,
    xavier,
    xavier_uniform,
    zeros,
)
from .jupyter import claim
from .layers import BatchNorm, Dense, Dropout, Identity, Layer, Maxout
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
from .network import FullyConnectedNet, Sequential
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
from .search import (
    Choices,
    Integers,
    LogUniform,
    NearOne,
    Uniform,
    at_border,
    coarse_to_fine,
    grid_settings,
    jittered_settings,
    random_settings,
    run_search,
    zoom,
)
from .training import History, Solver, accuracy

__version__ = "0.1.0"
__all__ = [
    "L1",
    "L2",
    "SGD",
    "Activation",
    "Adagrad",
    "Adam",
    "AdamW",
    "Augment",
    "BatchNorm",
    "Choices",
    "Dataset",
    "Dense",
    "Dropout",
    "ElasticNet",
    "ExponentialAverage",
    "FullyConnectedNet",
    "History",
    "Identity",
    "Integers",
    "Layer",
    "LeakyReLU",
    "LogUniform",
    "Maxout",
    "Momentum",
    "Monitor",
    "NearOne",
    "Nesterov",
    "Optimizer",
    "PReLU",
    "Penalty",
    "RMSprop",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Snapshots",
    "Solver",
    "Standardizer",
    "Tanh",
    "Uniform",
    "Whitener",
    "accuracy",
    "at_border",
    "batches",
    "blobs",
    "check_layer",
    "check_loss",
    "check_network",
    "check_penalty",
    "circles",
    "claim",
    "clip_by_global_norm",
    "clip_by_value",
    "coarse_to_fine",
    "cross_entropy",
    "entropy",
    "grid_settings",
    "he",
    "he_uniform",
    "hinge",
    "huber",
    "jittered_settings",
    "kl_divergence",
    "leaky_relu",
    "load_cifar10",
    "load_mnist",
    "load_mnist_sample",
    "logistic",
    "max_norm",
    "moons",
    "mse",
    "normal",
    "numerical_gradient",
    "polynomial",
    "random_settings",
    "relative_error",
    "relu",
    "run_search",
    "schedules",
    "sigmoid",
    "softmax",
    "softmax_cross_entropy",
    "spirals",
    "tanh",
    "train_val_split",
    "truncated_normal",
    "xavier",
    "xavier_uniform",
    "zeros",
    "zoom",
]  # fmt: skip
