"""The examples in the docstrings of nbhelpers hold."""

import doctest
import importlib
import sys

import matplotlib.pyplot as plt
import pytest

from tools.execution import ROOT

FILES = sorted((ROOT / "nbhelpers").rglob("*.py"))


# Imported by the test, not on collection: each worker collects, and TensorFlow takes seconds.
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_examples(file):
    parts = file.relative_to(ROOT).with_suffix("").parts
    module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
    plt.close("all")  # each file starts with an empty figure and an empty graph
    if "nbhelpers.tf1" in sys.modules:
        sys.modules["nbhelpers.tf1"].tf.reset_default_graph()
    failures = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE).failed
    assert failures == 0, "the examples that failed are printed above"
