"""Finding good hyperparameters: spaces to draw from, settings to try, and trials run side by side.

`spaces.py` says where to look and on which scale, `sampling.py` which settings to try (on a grid,
jittered, at random), `trials.py` what one trial gives, `runner.py` runs them all. Plots of a
finished search are in `search.plots`, which imports matplotlib and is therefore imported by name.
"""

from .runner import coarse_to_fine, run_search
from .sampling import at_border, grid_settings, jittered_settings, random_settings, zoom
from .spaces import Choices, Integers, LogUniform, NearOne, Uniform
from .trials import Results, Trial

__all__ = [
    "Choices",
    "Integers",
    "LogUniform",
    "NearOne",
    "Results",
    "Trial",
    "Uniform",
    "at_border",
    "coarse_to_fine",
    "grid_settings",
    "jittered_settings",
    "random_settings",
    "run_search",
    "zoom",
]
