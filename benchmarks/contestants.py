"""Who takes part: a name, the module it needs, and how to make its `run(steps) -> loss`."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from . import floor, lean, naive, package, peers, tricks
from .workloads import Workload

TENSORFLOW = ("tensorflow", "tensorflow-cpu")
Make = Callable[[Workload], Callable[[int], float]]

# name: (module to look for, distributions whose version is told, make)
CONTESTANTS: dict[str, tuple[str, tuple[str, ...], Make]] = {
    "floor": ("numpy", ("numpy",), floor.make),
    "nbhelpers": ("numpy", ("numpy",), package.make),
    "nbhelpers.tf1": ("tensorflow", TENSORFLOW, package.graph),
    "nbhelpers.tf1, fast": ("tensorflow", TENSORFLOW, package.fast_graph()),
    "nbhelpers.tf1, compiled": ("tensorflow", TENSORFLOW, package.fast_graph(compiled=True)),
    "lean NumPy": ("numpy", ("numpy",), lean.make),
    "naive NumPy": ("numpy", ("numpy",), naive.make),
    "PyTorch": ("torch", ("torch",), peers.torch_with()),
    "PyTorch, fused Adam": ("torch", ("torch",), peers.torch_with(fused=True)),
    "PyTorch, compiled": ("torch", ("torch",), peers.torch_with(compiled=True)),
    "JAX, a call a step": ("jax", ("jax",), peers.jax_with(scan=False)),
    "JAX, scan": ("jax", ("jax",), peers.jax_with(scan=True)),
    "Keras": ("keras", ("keras",), peers.keras),
    "scikit-learn": ("sklearn", ("scikit-learn",), peers.sklearn),
}
CONTESTANTS |= {name: ("numpy", ("numpy",), make) for name, make in tricks.UNDONE.items()}


def installed(name: str) -> bool:
    """Whether what a contestant needs is here; it is looked for and not imported."""
    return find_spec(CONTESTANTS[name][0]) is not None


def versions() -> dict[str, str]:
    """The version of every library that takes part."""
    found = {}
    for _, distributions, _ in CONTESTANTS.values():
        for name in distributions:
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                continue
    return found
