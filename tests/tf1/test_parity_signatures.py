"""The graph version has the files, classes, functions, methods and arguments of NumPy.

What one side alone has is listed here, with its reason: anything else fails.
"""

import importlib
import inspect

import pytest

MODULES = [
    "layers", "activations", "convolution", "losses", "regularizers", "schedules", "optimizers",
    "network",
]  # fmt: skip
NUMPY_ONLY = {
    # Functions of arrays; in a graph tf.sigmoid and the like are at hand.
    "sigmoid", "tanh", "relu", "leaky_relu", "elu", "silu", "gelu", "places", "classes_of",
    "predictions_of",
    "Activation",  # f and its derivative: TensorFlow derives that
    # What both engines share:
    "Named", "sublayers", "drawn", "elementwise", "check_limits", "fully_connected_layers",
    "check_class_weights", "check_image", "check_fits", "print_summary",
}  # fmt: skip
GRAPH_ONLY = {
    # What is checked while a graph is built:
    "targets", "Variables", "check_tensor", "belongs", "static_shape",
}  # fmt: skip
NUMPY_METHODS = {
    "backward",  # tf.gradients stands where backward stood
    "gradient",  # … of a penalty, too
    "scores",  # of many examples: a graph's tensor is run by the caller, on any batch
    "f",
    "derivative",  # of an Activation
}
GRAPH_METHODS = {
    "get_weights",  # NumPy's vector net.w is the network; in a graph values go in and out
    "set_weights",
    "draw",  # of Dropout: for several steps before the first of them
    "all_updates",  # running averages, which NumPy assigns on its own
}
ARGUMENTS_OF_ONE_SIDE = {
    "session",  # where the values of a graph live
    "batch_size",  # of `predict`, in NumPy
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
    members = [pair for pair in members if pair[0] not in NUMPY_ONLY | GRAPH_ONLY]
    return dict(sorted(members, key=lambda m: inspect.getsourcelines(m[1])[1]))


def methods(cls):
    return {
        name: member
        for name, member in vars(cls).items()
        if inspect.isfunction(member) and not name.startswith("_")
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
    return [public(importlib.import_module(f"{package}.{request.param}"))
            for package in ("nbhelpers", "nbhelpers.tf1")]  # fmt: skip


def test_names(sides):
    assert sides[0].keys() == sides[1].keys()


def test_arguments(sides):
    numpy_side, graph_side = sides
    for name, member in numpy_side.items():
        assert arguments(member) == arguments(graph_side[name]), name


def test_methods(sides):
    numpy_side, graph_side = sides
    for name, member in numpy_side.items():
        if not inspect.isclass(member):
            continue
        for method in methods(member).keys() - NUMPY_METHODS:
            ours, theirs = (getattr(cls, method) for cls in (member, graph_side[name]))
            if method != "update":  # the formula: its slots are variables there
                assert arguments(ours) == arguments(theirs), f"{name}.{method}"
        own = methods(graph_side[name]).keys() - GRAPH_METHODS
        assert all(hasattr(member, method) for method in own), name


def test_the_solvers_take_the_same_and_share_the_loop():
    ours, theirs = (
        importlib.import_module(f"{package}.training").Solver
        for package in ("nbhelpers", "nbhelpers.tf1")
    )
    assert theirs.fit is ours.fit
    assert arguments(ours) == arguments(theirs)
    for method in methods(ours).keys() & methods(theirs).keys():
        assert arguments(getattr(ours, method)) == arguments(getattr(theirs, method)), method


def test_the_packages_export_the_same():
    import nbhelpers
    from nbhelpers import tf1

    assert set(tf1.__all__) - {"tf", "read_summaries", "FastSolver"} <= set(nbhelpers.__all__)
    mathematical = set(nbhelpers.__all__) & {
        name
        for module in MODULES
        for name in public(importlib.import_module(f"nbhelpers.{module}"))
    }
    assert mathematical <= set(tf1.__all__)
