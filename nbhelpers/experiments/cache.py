"""Finished runs on disk: found again only if nothing that they depend on has changed.

A run is one JSON file, named by the arm, the seed and a key. The key is a hash of the seed, the
setting and a fingerprint of the function. A fingerprint follows the function to what it uses: its
compiled code (comments do not count), default values, the variables and data that it refers to,
other functions and classes of yours, the code of nbhelpers, and the versions of the libraries it
names. What it cannot see: files that are read, environment variables, modules of yours that are
imported inside the function, and what a module of yours imports in turn. Delete the folder after a
change in those.
"""

from __future__ import annotations

import ast
import dis
import functools
import hashlib
import inspect
import json
import re
import sys
import sysconfig
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import describe, fail
from .._files import atomic_write

FORMAT = "nbhelpers run 1"
# Parts of nbhelpers that show or check things, and do not change what is measured.
_NO_NUMBERS = {"exercises", "grading", "jupyter", "plotting"}
_PACKAGE = Path(__file__).parents[1]
_LIBRARIES = [*map(sysconfig.get_path, ("stdlib", "purelib", "platlib")), str(_PACKAGE)]


class RunCache:
    """A folder of finished runs.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = RunCache(folder)
    ...     cache.write("relu", 0, {"lr": 0.1}, "key", {"loss": 0.5})
    ...     cache.read("relu", 0, "key"), cache.read("relu", 0, "another key")
    ({'loss': 0.5}, None)
    """

    def __init__(self, folder: Any) -> None:
        try:
            self.folder = Path(folder)
        except TypeError:
            fail("cache", "the name of a folder", describe(folder), 'cache="runs"', TypeError)
        if self.folder.exists() and not self.folder.is_dir():
            fail("cache", "a folder", f"the file {str(folder)!r}", error=NotADirectoryError)
        self.folder.mkdir(parents=True, exist_ok=True)

    def _path(self, arm: str, seed: int, key: str) -> Path:
        name = re.sub(r"[^\w.-]+", "_", arm)[:40]
        return self.folder / f"{name}-seed{seed}-{key[:16]}.json"

    def read(self, arm: str, seed: int, key: str) -> dict[str, Any] | None:
        """What the run measured; None if it is not there, damaged, or another one."""
        try:
            content = json.loads(self._path(arm, seed, key).read_bytes())
            checksum = content.pop("checksum")
            if checksum != _digest(_text(content)) or content["key"] != key:
                return None
            return {name: _decoded(value) for name, value in content["values"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None  # then it runs again, and the file is replaced

    def write(
        self, arm: str, seed: int, setting: Mapping[str, Any], key: str, values: Mapping[str, Any]
    ) -> None:
        """Store a run, in one piece."""
        content = {
            "format": FORMAT, "arm": arm, "seed": seed,
            "setting": {name: str(value) for name, value in setting.items()},  # to be read by you
            "values": {name: _encoded(value) for name, value in values.items()}, "key": key,
        }  # fmt: skip
        content["checksum"] = _digest(_text(content))
        with atomic_write(self._path(arm, seed, key)) as file:
            file.write(json.dumps(content, indent=1).encode())


def run_key(arm: str, code: str, seed: int, setting: Mapping[str, Any]) -> str:
    """The key of a run; `code` is the fingerprint of its function."""
    versions = [np.__version__, _nbhelpers_code()]
    parts = [FORMAT, arm, code, str(seed), *versions]
    return _digest(_text([*parts, {name: fingerprint(setting[name]) for name in sorted(setting)}]))


def fingerprint(value: Any) -> str:
    """A hash of a value or of a function with all that it refers to; equal in every process.

    Raises:
        TypeError: the function refers to something that cannot be hashed, such as an open file.

    >>> def arm(seed, scale=1): return scale * seed
    >>> before = fingerprint(arm)
    >>> def arm(seed, scale=2): return scale * seed
    >>> fingerprint(arm) == before
    False
    """
    return _digest("\n".join(_parts(value, {})))


def _parts(value: Any, seen: dict[int, Any]) -> Iterator[str]:
    """The texts that make up a fingerprint: what the value is, then what it is made of."""
    name = f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', '')}"
    if isinstance(value, (types.FunctionType, type, list, dict)):  # may refer to themselves
        if id(value) in seen:
            yield f"again {list(seen).index(id(value))}"
            return
        seen[id(value)] = value
    inside: list[Any]
    if isinstance(value, types.ModuleType):
        yield f"module {value.__name__} {_module_version(value)}"
        return
    if isinstance(value, functools.partial):
        kind, inside = "partial", [value.func, value.args, value.keywords]
    elif isinstance(value, (types.MethodType, classmethod, staticmethod)):
        owner = getattr(value, "__self__", None)
        kind, inside = str(type(value).__name__), [value.__func__, owner]
    elif isinstance(value, property):
        kind, inside = "property", [value.fget, value.fset]
    elif isinstance(value, (types.FunctionType, type)) and _of_a_library(value):
        top = sys.modules.get(value.__module__.partition(".")[0])
        kind, inside = f"library {name} {getattr(top, '__version__', '')}", []
        if isinstance(value, types.FunctionType):  # a decorator's wrapper closes over yours
            inside = list(_closed_over(value))
    elif isinstance(value, types.FunctionType):
        kind, inside = f"function {name}", list(_of_function(value))
    elif isinstance(value, type):
        members = {k: v for k, v in vars(value).items() if k not in _CLASS_NOISE}
        kind, inside = f"class {name}", [list(value.__bases__), members]
    elif isinstance(value, types.CodeType):
        kind, inside = (
            f"code {value.co_code.hex()} {value.co_names} {value.co_varnames}",
            [value.co_consts],
        )
    elif isinstance(value, (tuple, list)) and type(value).__module__ == "builtins":
        kind, inside = f"{type(value).__name__} {len(value)}", list(value)
    elif isinstance(value, (set, frozenset)):  # their order differs between processes
        kind, inside = f"set {sorted(fingerprint(part) for part in value)}", []
    elif isinstance(value, dict) and all(isinstance(k, str) for k in value):
        kind, inside = f"dict {sorted(value)}", [value[k] for k in sorted(value)]
    elif hasattr(value, "__wrapped__"):  # such as functools.lru_cache
        kind, inside = f"wrapped {name}", [value.__wrapped__]
    elif all(kind is object or not _of_a_library(kind) for kind in type(value).__mro__):
        # An object of a class of yours: it may be local, which cannot be pickled.
        kind, inside = "object", [type(value), getattr(value, "__dict__", None)]
        inside += [getattr(value, slot, None) for slot in getattr(type(value), "__slots__", ())]
    else:
        kind = f"{type(value).__qualname__} {_hash_of_data(value)}"
        inside = [] if _of_a_library(type(value)) else [type(value)]
    yield kind
    for part in inside:
        yield from _parts(part, seen)


# In vars() of each class; positions and documentation change nothing.
_CLASS_NOISE = {
    "__dict__", "__weakref__", "__doc__", "__module__", "__firstlineno__", "__static_attributes__",
    "__annotations__", "__annotate__", "__abstractmethods__", "_abc_impl",
}  # fmt: skip


def _of_function(function: types.FunctionType) -> Iterator[Any]:
    """Its code, defaults, and the outer variables that it, or a function in it, refers to."""
    yield from (function.__code__, function.__defaults__, function.__kwdefaults__)
    yield from _closed_over(function)
    names: set[str] = set()
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        names.update(i.argval for i in dis.get_instructions(code) if i.opname in _READS_OUTER)
        codes += [const for const in code.co_consts if isinstance(const, types.CodeType)]
    for name in sorted(names & function.__globals__.keys()):
        yield name
        yield function.__globals__[name]


_READS_OUTER = {"LOAD_GLOBAL", "LOAD_NAME"}


def _closed_over(function: types.FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not yet assigned
            yield "empty"


def _hash_of_data(value: Any) -> str:
    """joblib's hash: of arrays by their content, of everything that can be pickled."""
    import joblib

    if isinstance(value, types.BuiltinFunctionType) or value is Ellipsis:
        return repr(value)
    try:
        return str(joblib.hash(value, hash_name="sha1"))
    except Exception as problem:
        hint = "create it inside the function, or run without cache="
        got = f"{describe(value)} ({type(problem).__name__})"
        fail("cache", "values that can be hashed in what the arm uses", got, hint, TypeError)


def _of_a_library(value: Any) -> bool:
    """Whether a function or class is not the reader's own, so that a version stands for it."""
    if isinstance(value, types.FunctionType):
        return _in_library(value.__code__.co_filename)
    if value.__module__ == "__main__":  # also where a test runner or IPython is that module's file
        return False
    return value.__module__ == "builtins" or _is_library(sys.modules.get(value.__module__))


def _is_library(module: Any) -> bool:
    file = getattr(module, "__file__", None)
    if file is None:  # __main__ of a notebook has no file; built-in modules neither
        return module is not None and module.__name__ in sys.builtin_module_names
    return _in_library(file)


def _in_library(file: str) -> bool:
    """Whether a file is Python's, an installed package's or nbhelpers' (see `_nbhelpers_code`)."""
    if file.startswith("<frozen"):
        return True
    return any(Path(file).is_relative_to(folder) for folder in _LIBRARIES)


def _module_version(module: types.ModuleType) -> str:
    """Of a library its version, of the reader's own module its code."""
    file = getattr(module, "__file__", None)
    if _is_library(module) or not file or not file.endswith(".py"):
        return str(getattr(module, "__version__", ""))
    return _code_of_file(Path(file))


@functools.cache
def _nbhelpers_code() -> str:
    """A hash of all code of the package that can change what is measured: a quarter of a second."""
    files = (
        f for f in _PACKAGE.rglob("*.py") if not _NO_NUMBERS & {*f.relative_to(_PACKAGE).parts}
    )
    return _digest("\n".join(_code_of_file(file) for file in sorted(files)))


def _code_of_file(file: Path) -> str:
    """A hash of its code, without comments and docstrings."""
    tree = ast.parse(file.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and inspect.cleandoc(
            ast.get_docstring(node) or ""
        ):
            del node.body[0]
    return _digest(ast.dump(tree))


def _encoded(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {"dtype": value.dtype.str, "array": value.tolist()}
    return value


def _decoded(value: Any) -> Any:
    return np.array(value["array"], value["dtype"]) if isinstance(value, dict) else value


def _text(content: Any) -> str:
    return json.dumps(content, sort_keys=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
