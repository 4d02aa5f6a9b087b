"""Importing the package is quick, because what is heavy is imported where it is used."""

import subprocess
import sys

CODE = """
import sys, time
import numpy
start = time.perf_counter()
import nbhelpers
print(time.perf_counter() - start)
print(*sys.modules)
"""


def test_heavy_packages_wait_until_they_are_needed():
    run = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    seconds, modules = run.stdout.splitlines()
    print(f"importing nbhelpers costs {float(seconds):.2f} s over NumPy")  # shown by pytest -rP
    heavy = {"tensorflow", "pandas", "matplotlib", "sklearn", "scipy", "mlxtend", "joblib", "dask"}
    assert heavy & set(modules.split()) == set()
    assert run.stderr == ""


def test_tensorflow_comes_without_keras_until_it_is_asked_for():
    code = """
import os, sys
from nbhelpers.tf1 import tf
assert "keras" not in sys.modules and "TF_USE_LEGACY_KERAS" not in os.environ
from tensorflow.keras.layers import Dense
assert Dense is tf.keras.layers.Dense is sys.modules["keras"].layers.Dense
"""
    subprocess.run([sys.executable, "-c", code], check=True)
