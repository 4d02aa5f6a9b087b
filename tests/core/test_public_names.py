"""Every public name is documented, with an example that the doctests run."""

import importlib
import inspect
import pkgutil
import sys

import nbhelpers

PACKAGES = ("nbhelpers", "nbhelpers.tf1")


def examples(name, member):
    """The docstring of a name, and what its module's docstring shows of it."""
    module = sys.modules[member.__module__].__doc__ or ""
    return (member.__doc__ or "") + (module if f">>> {name}(" in module else "")


def test_exported_names_exist_and_have_an_example():
    for package in PACKAGES:
        module = importlib.import_module(package)
        assert len(set(module.__all__)) == len(module.__all__)
        for name in module.__all__:
            member = getattr(module, name)
            if inspect.isclass(member) or inspect.isfunction(member):
                assert ">>>" in examples(name, member), f"{package}.{name} has no example"


def test_every_schedule_has_an_example():
    for package in PACKAGES:
        module = importlib.import_module(f"{package}.schedules")
        own = [
            (name, member)
            for name, member in vars(module).items()
            if inspect.isfunction(member) and member.__module__ == module.__name__
        ]
        assert own
        for name, member in own:
            assert ">>>" in member.__doc__, f"{package}.schedules.{name} has no example"


def test_every_module_says_what_it_is_about():
    for info in pkgutil.walk_packages(nbhelpers.__path__, "nbhelpers."):
        assert importlib.import_module(info.name).__doc__, info.name


def test_every_public_method_says_what_it_does():
    import nbhelpers
    from nbhelpers import tf1

    silent = [
        f"{package.__name__}.{name}.{method}"
        for package in (nbhelpers, tf1)
        for name in package.__all__
        if inspect.isclass(getattr(package, name))
        for method, function in inspect.getmembers(getattr(package, name), inspect.isfunction)
        if not method.startswith("_") and not inspect.getdoc(function)
    ]
    assert silent == []
