"""Convolution and pooling by TensorFlow's own operations; the gradients come with them.

W stays the matrix of `nbhelpers.convolution`; row by row it is the filter that `conv2d` asks for.
"""

from __future__ import annotations

import math

from .. import convolution
from ._tensorflow import Tensor, tf
from .layers import Layer, static_shape


class Conv2D(Layer, convolution.Conv2D):
    """Each output is a weighted sum of one window of all channels; as `nbhelpers.Conv2D`.

    >>> import numpy as np
    >>> conv = Conv2D(1, 1, 2, padding="valid", rng=np.random.default_rng(0))
    >>> conv.params["W"][:] = [[1.0], [-1.0], [0.0], [0.0]]  # a pixel less its right neighbor
    >>> x = np.array([[3.0, 3.0, 9.0], [0.0, 0.0, 0.0]]).reshape(1, 2, 3, 1)
    >>> tf.Session().run(conv.forward(tf.constant(x))).ravel()
    array([ 0., -6.])
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        self.shape_after(static_shape(x))
        filters = (self.size, self.size, self.channels_in, self.channels_out)
        if isinstance(self.padding, int):
            p = [self.padding, self.padding]
            x = tf.pad(x, [[0, 0], p, p, [0, 0]])
        padding = "SAME" if self.padding == "same" else "VALID"
        W = tf.reshape(self.params["W"], filters)
        y = tf.nn.conv2d(x, W, strides=self.stride, padding=padding)
        if "b" in self.params:
            y += self.params["b"]
        return y


class MaxPool(Layer, convolution.MaxPool):
    """The largest number of each window, channel by channel; as `nbhelpers.MaxPool`.

    >>> import numpy as np
    >>> x = np.array([[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 8.0, 7.0]]).reshape(1, 2, 4, 1)
    >>> tf.Session().run(MaxPool(2).forward(tf.constant(x))).ravel()
    array([4., 8.])
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        self.shape_after(static_shape(x))
        return tf.nn.max_pool2d(x, ksize=self.size, strides=self.stride, padding="VALID")


class Flatten(Layer, convolution.Flatten):
    """Lay each image out as one row.

    >>> Flatten().forward(tf.zeros((5, 4, 4, 8))).shape.as_list()
    [5, 128]
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.reshape(x, (tf.shape(x)[0], math.prod(x.shape.as_list()[1:])))


class Reshape(Layer, convolution.Reshape):
    """See each row as an image.

    >>> Reshape(28, 28, 1).forward(tf.zeros((5, 784))).shape.as_list()
    [5, 28, 28, 1]
    """

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.reshape(x, (tf.shape(x)[0], *self.shape))
