"""Activations bend the straight line; TensorFlow has each as one operation with its gradient."""

from __future__ import annotations

from .layers import Layer
from .tensorflow import Tensor, tf


class ReLU(Layer):
    """max(0, x)."""

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.nn.relu(x)


class Sigmoid(Layer):
    """1 / (1 + exp(-x))."""

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.sigmoid(x)


class Tanh(Layer):
    """tanh(x)."""

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return tf.tanh(x)
