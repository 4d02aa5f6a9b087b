"""TensorFlow as it was in version 1: quiet, with graphs and sessions.

The log settings count only when they are set before the first import, for readers as for tests.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # also keeps sums in one order
# Memory is kept for the next operation rather than given back: a third of a step's time.
os.environ.setdefault("TF_CPU_ALLOCATOR_USE_BFC", "true")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # C++ warnings only repeat what Python raises
# Keras would be loaded at once, which takes seconds. Set to use a Keras that is not installed,
# TensorFlow leaves it out; `tf.keras` then loads the real one when it is first used.
keras_later = "TF_USE_LEGACY_KERAS" not in os.environ and not find_spec("tf_keras")
if keras_later:
    os.environ["TF_USE_LEGACY_KERAS"] = "1"

try:
    import tensorflow.compat.v1 as tf
except ImportError as problem:
    if sys.platform != "emscripten":
        raise ImportError(
            "nbhelpers.tf1 needs TensorFlow, which is not installed here. The NumPy half, "
            "nbhelpers, works without it. Hint: make setup, or "
            'pip install "nbhelpers[lessons]"'
        ) from problem
    from ..jupyter.browser import NoTensorFlow

    tf = NoTensorFlow()
else:
    tf.logging.set_verbosity(tf.logging.ERROR)
    tf.disable_v2_behavior()
    tf.enable_resource_variables()  # a read after an assign then sees the new value
finally:
    if keras_later:
        del os.environ["TF_USE_LEGACY_KERAS"]

Tensor = tf.Tensor
__all__ = ["Tensor", "tf"]
