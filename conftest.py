"""At the top, because lessons and package tests share it: the environment, and lessons as tests."""

import os

from tools.execution import ENVIRONMENT

# Before NumPy is imported: it reads its thread count once. No windows, whatever the machine offers.
os.environ.update(ENVIRONMENT, MPLBACKEND="Agg")

pytest_plugins = ["tests.lessons.nbval_lessons"]
