"""The shared code of the course: neural networks written by hand, in NumPy.

Start with `layers.py`; then `network.py` strings layers together and `solver.py` trains them. The
same networks as TensorFlow graphs are in `nbhelpers.tf1`, file for file. Importing this package
loads neither TensorFlow nor pandas.
"""

from .activations import ReLU, Sigmoid, Tanh
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
from .gradcheck import check_layer, check_network, numerical_gradient, relative_error
from .history import History
from .initializers import he, normal, xavier, zeros
from .layers import Dense, Layer
from .losses import softmax, softmax_cross_entropy
from .network import Sequential
from .optimizers import SGD, Adam, Optimizer
from .regularizers import L2
from .solver import Solver

__version__ = "0.1.0"
__all__ = [
    "L2", "SGD", "Adam", "Dataset", "Dense", "History", "Layer", "Optimizer", "ReLU",
    "Sequential", "Sigmoid", "Solver", "Tanh", "batches", "blobs", "check_layer",
    "check_network", "circles", "claim", "he", "load_cifar10", "load_mnist",
    "load_mnist_sample", "moons", "normal", "numerical_gradient", "polynomial",
    "relative_error", "softmax", "softmax_cross_entropy", "spirals", "train_val_split",
    "xavier", "zeros",
]  # fmt: skip
