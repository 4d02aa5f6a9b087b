"""Numbers that many tests start from."""

import numpy as np


def rng(seed=0):
    return np.random.default_rng(seed)


def examples(n=50, seed=0):
    """n points x (n, 4) and their classes y, 0 to 2, which two lines part."""
    x = rng(seed).normal(size=(n, 4))
    return x, (x[:, 0] > 0).astype(int) + (x[:, 1] > 0)
