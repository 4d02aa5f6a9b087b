"""A whole fully connected network in one line: the same few layers again for each hidden size."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ..initializers import he
from ..types import Initializer, Rng
from ..validation import check_number, check_rng, describe, refuse
from .activations import ReLU
from .layers import BatchNorm, Dense, Dropout, Layer
from .network import Sequential


def FullyConnectedNet(
    hidden: Sequence[int],
    *,
    n_in: int = 3072,
    n_out: int = 10,
    rng: Rng,
    dropout: float = 0.0,
    batchnorm: bool = False,
    init: Initializer = he,
    activation: Callable[[], Layer] = ReLU,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """{Dense, [BatchNorm], activation, [Dropout]} for each hidden size, and a Dense on top.

    >>> from nbhelpers.tf1 import tf
    >>> tf.reset_default_graph()
    >>> FullyConnectedNet([5], n_in=4, n_out=3, dropout=0.5, batchnorm=True,
    ...     rng=np.random.default_rng(0))
    Sequential(Dense(4, 5), BatchNorm(5), ReLU(), Dropout(0.5), Dense(5, 3))
    """
    if not isinstance(hidden, Sequence) or isinstance(hidden, str):
        mend = f"[{hidden}]" if isinstance(hidden, int) else "list(hidden)"
        refuse("FullyConnectedNet", "a list of hidden sizes", describe(hidden), mend, TypeError)
    check_rng(rng, "FullyConnectedNet")
    check_number(dropout, "FullyConnectedNet", "dropout", 0, 1)
    layers: list[Layer] = []
    for n in hidden:
        layers.append(Dense(n_in, n, init=init, rng=rng, bias=not batchnorm))
        if batchnorm:
            layers.append(BatchNorm(n))
        layers.append(activation())
        if dropout:
            layers.append(Dropout(dropout, rng=rng))
        n_in = n
    return Sequential(*layers, Dense(n_in, n_out, init=init, rng=rng), dtype=dtype)
