"""A design of experiments: which settings of the hyperparameters to try, given a search space.

Each function returns a list of settings, such as [{"lr": 0.1, "units": 32}, …], for `run_search`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from .._checks import Rng, check_number, check_rng, check_size, describe, fail
from .spaces import Axis, Choices, Integers

Space = Mapping[str, Axis]
Setting = dict[str, Any]


def grid_settings(space: Space, n: int) -> list[Setting]:
    """The middle of each cell of a grid: n to the power of the number of axes.

    An axis of choices has a cell for each of them, an axis of integers at most one for each.

    >>> from nbhelpers.search.spaces import LogUniform, Uniform
    >>> for setting in grid_settings({"lr": LogUniform(1e-4, 1), "rate": Uniform(0, 1)}, 2):
    ...     print(setting)
    {'lr': 0.001, 'rate': 0.25}
    {'lr': 0.001, 'rate': 0.75}
    {'lr': 0.1, 'rate': 0.25}
    {'lr': 0.1, 'rate': 0.75}
    """
    return [_setting(space, u) for u in _cells(space, n, "grid_settings", lambda: 0.5)]


def jittered_settings(space: Space, n: int, *, rng: Rng) -> list[Setting]:
    """A random place in each cell of the same grid: even as a grid, and no value comes twice.

    Cook (1986), "Stochastic sampling in computer graphics".

    >>> import numpy as np
    >>> from nbhelpers.search.spaces import Uniform
    >>> settings = jittered_settings({"rate": Uniform(0, 1)}, 4, rng=np.random.default_rng(0))
    >>> [int(setting["rate"] * 4) for setting in settings]
    [0, 1, 2, 3]
    """
    check_rng(rng, "jittered_settings")
    return [_setting(space, u) for u in _cells(space, n, "jittered_settings", rng.random)]


def random_settings(space: Space, n: int, *, rng: Rng) -> list[Setting]:
    """n places of the space, each drawn without a look at the others (Bergstra & Bengio, 2012).

    >>> import numpy as np
    >>> from nbhelpers import Choices, NearOne
    >>> space = {"momentum": NearOne(0.9, 0.999), "init": Choices("he", "xavier")}
    >>> len(random_settings(space, 5, rng=np.random.default_rng(0)))
    5
    """
    check_rng(rng, "random_settings")
    _check_space(space, "random_settings")
    check_size(n, "random_settings", "n")
    return [_setting(space, u) for u in rng.random((n, len(space)))]


def zoom(space: Space, setting: Setting, share: float = 0.3) -> dict[str, Axis]:
    """The part of a space around a setting that has this share of each axis; choices stay.

    >>> from nbhelpers.search.spaces import LogUniform
    >>> zoom({"lr": LogUniform(1e-4, 1)}, {"lr": 0.01}, share=0.5)
    {'lr': LogUniform(low=0.001, high=0.1)}
    """
    _check_inside(space, setting, "zoom")
    check_number(share, "zoom", "share", 0, 1, open_low=True)
    return {name: axis.zoom(setting[name], share) for name, axis in space.items()}


def at_border(space: Space, setting: Setting, margin: float = 0.1) -> dict[str, str]:
    """The border rule: which values lie within this share of the low or the high end of their axis.

    A best setting that lies there asks for another search beyond: the range was guessed wrong.

    >>> from nbhelpers.search.spaces import LogUniform, Uniform
    >>> space = {"lr": LogUniform(1e-4, 1), "rate": Uniform(0, 0.8)}
    >>> at_border(space, {"lr": 0.9, "rate": 0.5})
    {'lr': 'high'}
    >>> at_border({"layers": Integers(1, 4)}, {"layers": 4})
    {'layers': 'high'}
    """
    _check_inside(space, setting, "at_border")
    found = {}
    for name, axis in space.items():
        if not isinstance(axis, Choices):
            value, u = setting[name], axis.place(setting[name])
            # A whole number's place is the middle of its cell: of a few, none is near an end.
            ends = (axis.low, axis.high) if isinstance(axis, Integers) else (None, None)
            if u <= margin or value == ends[0]:
                found[name] = "low"
            elif u >= 1 - margin or value == ends[1]:
                found[name] = "high"
    return found


def _cells(space: Space, n: int, where: str, within: Any) -> Iterable[list[float]]:
    _check_space(space, where)
    check_size(n, where, "n")
    sizes = [axis.cells(n) for axis in space.values()]
    for cell in product(*map(range, sizes)):
        yield [(i + within()) / size for i, size in zip(cell, sizes, strict=True)]


def _setting(space: Space, u: Iterable[float]) -> Setting:
    return {name: axis.at(float(p)) for (name, axis), p in zip(space.items(), u, strict=True)}


def _check_space(space: Space, where: str) -> None:
    fine = isinstance(space, Mapping) and space
    if not fine or not all(hasattr(axis, "at") for axis in space.values()):
        hint = 'space = {"lr": LogUniform(1e-4, 1)}'
        fail(where, "a dict of ranges", describe(space), hint, TypeError)


def _check_inside(space: Space, setting: Setting, where: str) -> None:
    _check_space(space, where)
    if not isinstance(setting, Mapping) or not space.keys() <= setting.keys():
        fail(where, f"a setting of {list(space)}", describe(setting), "results.best(…).setting")
    for name, axis in space.items():
        outside = (
            setting[name] not in axis.values
            if isinstance(axis, Choices)
            else not -1e-9 <= axis.place(setting[name]) <= 1 + 1e-9
        )
        if outside:
            hint = "take the space that the setting was drawn from"
            fail(where, f"{name} in {axis}", describe(setting[name]), hint)
