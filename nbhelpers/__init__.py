"""The shared code of the course: neural networks written by hand, in NumPy.

Start with `layer.py` and `layers.py`; then `network.py` strings layers together and `solver.py`
trains them. The same networks as TensorFlow graphs are in `nbhelpers.tf1`, file for file. Importing
this package loads neither TensorFlow nor pandas.
"""

from . import schedules
from .activations import LeakyReLU, PReLU, ReLU, Sigmoid, Tanh
from .augmentation import Augment
from .choices import Choices, Integers
from .claims import claim
from .datasets import (
    Dataset,
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
from .designs import at_border, grid_settings, jittered_settings, random_settings, zoom
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
from .layers import BatchNorm, Dense, Dropout, Layer, Maxout
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
    ExponentialAverage,
    Momentum,
    Nesterov,
    Optimizer,
    RMSprop,
    clip_by_global_norm,
    clip_by_value,
)
from .preprocessing import Standardizer, Whitener
from .regularizers import L1, L2, ElasticNet, Penalty, max_norm
from .search import coarse_to_fine, run_search
from .spaces import LogUniform, NearOne, Uniform
from .training import History, Solver

__version__ = "0.1.0"
__all__ = [
    "L1", "L2", "SGD", "Adagrad", "Adam", "Augment", "BatchNorm", "Choices", "Dataset", "Dense",
    "Dropout", "ElasticNet", "ExponentialAverage", "FullyConnectedNet", "History", "Integers",
    "Layer", "LeakyReLU", "LogUniform", "Maxout", "Momentum", "Monitor", "NearOne", "Nesterov",
    "Optimizer", "PReLU", "Penalty", "RMSprop", "ReLU", "Sequential", "Sigmoid", "Snapshots",
    "Solver", "Standardizer", "Tanh", "Uniform", "Whitener", "at_border", "batches", "blobs",
    "check_layer", "check_loss", "check_network", "check_penalty", "circles", "claim",
    "clip_by_global_norm", "clip_by_value", "coarse_to_fine", "cross_entropy", "entropy",
    "grid_settings", "he", "he_uniform", "hinge", "huber", "jittered_settings", "kl_divergence",
    "load_cifar10", "load_mnist", "load_mnist_sample", "logistic", "max_norm", "moons", "mse",
    "normal", "numerical_gradient", "polynomial", "random_settings", "relative_error", "run_search",
    "schedules", "softmax", "softmax_cross_entropy", "spirals", "train_val_split",
    "truncated_normal", "xavier", "xavier_uniform", "zeros", "zoom",
]  # fmt: skip
