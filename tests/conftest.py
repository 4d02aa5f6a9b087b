"""What tests of several folders share: see also `samples.py`."""

import pytest


@pytest.fixture(scope="session")
def tf1():
    """The graph engine; TensorFlow is imported here, not when tests are collected."""
    from nbhelpers import tf1

    return tf1
