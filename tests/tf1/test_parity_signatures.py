"""The graph twin has the files, classes, functions, methods and arguments of NumPy, in their order.

What one side alone has is listed here, with its reason: anything else fails.
"""

import importlib
import inspect

import pytest

MODULES = [
    "layers", "activations", "losses", "regularizers", "schedules", "optimizers", "network",
]  # fmt: skip
NUMPY_ONLY = {
    "backward",  # tf.gradients stands where backward stood
    "backward_params",
    "gradient",  # … of a penalty, too
    "forward_unchecked",  # a graph checks nothing while it runs
}
GRAPH_ONLY = {
    "get_weights",  # NumPy's vector net.w is the network; in a graph values go in and out
    "set_weights",
    "draw",  # of Dropout: for several steps before the first of them
}
ARGUMENTS_OF_ONE_SIDE = {
    "session",  # where the values of a graph live
    "batch_size",  # of `predict`, in NumPy: a graph's tensor is run by the caller, on any batch
    "compiled",  # NumPy has no compiler
}


def public(module):
    """The classes and functions that a module defines, in the order of its lines."""
    members = [
        (name, member)
        for name, member in vars(module).items()
        if (inspect.isclass(member) or inspect.isfunction(member))
        and member.__module__ == module.__name__
        and not name.startswith("_")
    ]
    return dict(sorted(members, key=lambda m: inspect.getsourcelines(m[1])[1]))


def methods(cls):
    return {
        name: member
        for name, member in vars(cls).items()
        if inspect.isfunction(member) and (name == "__init__" or not name.startswith("_"))
    }


def arguments(function):
    """Name, kind and default of each; annotations differ, for arrays are tensors in a graph.

    A default that is a class or a function is its counterpart's by name.
    """
    return [
        (p.name, p.kind, getattr(p.default, "__name__", p.default))
        for p in inspect.signature(function).parameters.values()
        if p.name not in ARGUMENTS_OF_ONE_SIDE
    ]


@pytest.fixture(params=MODULES)
def sides(request):
    return [importlib.import_module(f"{package}.{request.param}")
            for package in ("nbhelpers", "nbhelpers.tf1")]  # fmt: skip


def test_names_and_their_order(sides):
    numpy_side, graph_side = (list(public(module)) for module in sides)
    assert numpy_side == graph_side


def test_methods_and_their_order(sides):
    numpy_side, graph_side = (public(module) for module in sides)
    for name, member in numpy_side.items():
        if inspect.isclass(member):
            ours = [m for m in methods(member) if m not in NUMPY_ONLY]
            twins = [m for m in methods(graph_side[name]) if m not in GRAPH_ONLY]
            assert ours == twins, name


def test_bases(sides):
    numpy_side, graph_side = (public(module) for module in sides)
    for name, member in numpy_side.items():
        if inspect.isclass(member):
            ours, twins = (
                [base.__name__ for base in cls.__bases__] for cls in (member, graph_side[name])
            )
            assert ours == twins, name


def test_arguments(sides):
    numpy_side, graph_side = (public(module) for module in sides)
    for name, member in numpy_side.items():
        if not inspect.isclass(member):
            assert arguments(member) == arguments(graph_side[name]), name
            continue
        twins = methods(graph_side[name])
        for method, function in methods(member).items():
            if method not in NUMPY_ONLY:
                assert arguments(function) == arguments(twins[method]), f"{name}.{method}"


def test_the_solver_takes_the_same_and_shares_the_loop():
    ours, twin = (
        importlib.import_module(f"{package}.training").Solver
        for package in ("nbhelpers", "nbhelpers.tf1")
    )
    assert issubclass(twin, ours)
    assert twin.fit is ours.fit
    for method in methods(ours).keys() & methods(twin).keys():
        taken = [list(inspect.signature(vars(side)[method]).parameters) for side in (ours, twin)]
        assert taken[0] == [name for name in taken[1] if name != "compiled"], method


def test_the_packages_export_the_same():
    import nbhelpers
    from nbhelpers import tf1

    assert set(tf1.__all__) - {"tf", "read_summaries"} <= set(nbhelpers.__all__)
    mathematical = set(nbhelpers.__all__) & {
        name
        for module in MODULES
        for name in public(importlib.import_module(f"nbhelpers.{module}"))
    }
    assert mathematical <= set(tf1.__all__)
