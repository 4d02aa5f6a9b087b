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
