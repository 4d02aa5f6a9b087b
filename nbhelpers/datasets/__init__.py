"""The data of the lessons: digits, pictures and toy sets; batches, preprocessing, augmentation.

>>> data = load_mnist_sample()
>>> print(data)
a sample of MNIST (5,000 of its training digits), 4,000 training and 1,000 test images
>>> (x, y), (x_test, y_test) = data
>>> x.shape, y.shape
((4000, 784), (4000,))
"""

from .augmentation import Augment
from .batches import Dataset, batches, train_val_split
from .cifar10 import load_cifar10
from .download import ChecksumError, DownloadError, data_folder
from .idx import read_idx
from .mnist import load_mnist, load_mnist_sample
from .preprocessing import Standardizer, Whitener
from .shapes import generated_shapes
from .toy import blobs, circles, moons, polynomial, spirals

__all__ = [
    "Augment",
    "ChecksumError",
    "Dataset",
    "DownloadError",
    "Standardizer",
    "Whitener",
    "batches",
    "blobs",
    "circles",
    "data_folder",
    "generated_shapes",
    "load_cifar10",
    "load_mnist",
    "load_mnist_sample",
    "moons",
    "polynomial",
    "read_idx",
    "spirals",
    "train_val_split",
]
