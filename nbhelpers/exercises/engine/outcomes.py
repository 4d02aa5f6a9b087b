"""What came of running an answer on one input, and when two outcomes are the same.

An outcome is all that is needed to judge an answer. So the answer may run elsewhere (in the kernel
of a submitted notebook) and be judged here.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Answer = Callable[..., Any]


@dataclass
class Outcome:
    """A value or an error, and what was noticed on the way.

    Args:
        line: the line of the answer in which the error came up, counted from its `def`; 0: unknown.
        changed: what kind of argument was changed in place, such as "an array"; else "".
        strange: whether the value is not of the form that the exercise can look at.
        printed: whether the answer printed something.
        raw: the value as it was returned, where only a view of it is compared.
    """

    value: Any = None
    error: BaseException | None = None
    line: int = 0
    changed: str = ""
    strange: bool = False
    printed: bool = False
    raw: Any = None


class Listener:
    """Stands in for `sys.stdout`: hands everything on and remembers that something was printed."""

    def __init__(self) -> None:
        self.stream, self.heard = sys.stdout, False

    def __enter__(self) -> Listener:
        self._redirect = contextlib.redirect_stdout(self)
        self._redirect.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._redirect.__exit__(*exception)

    def write(self, text: str) -> int:
        self.heard = True
        return self.stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


# What a function that does nothing may look like; compared are the codes of this very Python.
def _dots() -> None: ...


def _documented() -> None:
    """It does nothing."""


def _returns_dots() -> Any:
    return ...


def _documented_dots() -> Any:
    """It does nothing."""
    return ...


_STUBS = {stub.__code__.co_code for stub in (_dots, _documented, _returns_dots, _documented_dots)}


def is_blank(answer: Answer) -> bool:
    """Whether a function does nothing at all: its body is `...`, `pass` or a docstring.

    >>> def stub(x):
    ...     ...
    >>> is_blank(stub), is_blank(lambda x: x), is_blank(lambda x: 0)
    (True, False, False)
    """
    code = getattr(answer, "__code__", None)
    return (
        code is not None
        and code.co_code in _STUBS
        and set(code.co_consts) - {answer.__doc__} <= {None, Ellipsis}
    )


def same_code(a: Answer, b: Answer) -> bool:
    """Whether two functions are the same text, but for docstrings and their variables' names.

    Compared is what was written: the codes also differ by what is imported around a function. Where
    that text is not known, as of a function made by `exec`, they count as different.
    """
    texts = [_text(function) for function in (a, b)]
    return texts[0] == texts[1] is not None


def _text(function: Answer) -> str | None:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
        names = {name: f"v{i}" for i, name in enumerate(function.__code__.co_varnames)}
    except (OSError, TypeError, SyntaxError, AttributeError, IndexError):
        return None
    if not isinstance(tree, ast.FunctionDef):
        return None
    if ast.get_docstring(tree) is not None:
        del tree.body[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.arg, node.annotation = names.get(node.arg, node.arg), None
        elif isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
    return ast.dump(tree.args) + "".join(map(ast.dump, tree.body))


def takes(answer: Answer, arguments: tuple[Any, ...]) -> bool:
    """Whether a function can be called with these arguments, as far as its first line tells."""
    try:
        inspect.signature(answer).bind(*arguments)
    except TypeError:
        return False
    except ValueError:  # written in C, and its first line unknown
        pass
    return True


def line_of(error: BaseException, answer: Answer) -> int:
    """The line of the answer, counted from its `def`, in which an error came up; 0: unknown."""
    code, trace, line = getattr(answer, "__code__", None), error.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code is code:
            line = trace.tb_lineno - trace.tb_frame.f_code.co_firstlineno + 1
        trace = trace.tb_next
    return line


def equal(a: Any, b: Any, rtol: float) -> bool:
    """Whether two results are the same numbers in the same arrangement, lists or arrays alike.

    >>> equal([1, 2.0], np.array([1.0, 2.0], np.float32), 1e-5), equal([1, 2], [[1, 2]], 1e-5)
    (True, False)
    """
    if isinstance(b, dict):
        same_keys = isinstance(a, dict) and a.keys() == b.keys()
        return same_keys and all(equal(a[key], b[key], rtol) for key in b)
    if isinstance(b, (tuple, list)):
        same_length = is_sequence(a) and len(a) == len(b)
        return same_length and all(equal(x, y, rtol) for x, y in zip(a, b, strict=True))
    try:
        a, b = np.asarray(a), np.asarray(b)
        if a.shape != b.shape:
            return False
        if a.dtype.kind not in "fiub" or b.dtype.kind not in "fiub":
            return bool(np.array_equal(a, b))
    except Exception:  # ragged lists, and objects that will not be looked at as numbers
        return False
    scale = float(np.max(np.abs(b[np.isfinite(b)]), initial=0.0)) if b.size else 0.0
    return bool(np.allclose(a, b, rtol=rtol, atol=rtol * scale, equal_nan=True))


def same(a: Outcome, b: Outcome, rtol: float) -> bool:
    """Whether two outcomes are the same, errors of one meaning included."""
    if a.error or b.error:
        return _kind(a.error) == _kind(b.error)
    return equal(a.value, b.value, rtol)


def _kind(error: BaseException | None) -> str:
    """Errors that mean the same: @ and np.dot word a product of misfits differently."""
    text = repr(error)
    if any(words in text for words in ("core dimension", "not aligned")):
        return "misfit product"
    return "misfit sum" if "broadcast" in text else text


def change(after: Any, before: Any) -> str:
    """What kind of thing was changed in place, such as "an array"; "" if nothing was.

    >>> change((np.ones(2), 1), (np.zeros(2), 1)), change(([1, 2],), ([1, 2],))
    ('an array', '')
    """
    if isinstance(before, (tuple, list)) and len(after) == len(before):
        kinds = (change(a, b) for a, b in zip(after, before, strict=True))
        return next((kind for kind in kinds if kind), "")
    if isinstance(before, dict) and after.keys() == before.keys():
        return change(list(after.values()), list(before.values()))
    comparable = any("__eq__" in vars(kind) for kind in type(before).__mro__[:-1])
    if not comparable or equal(after, before, 0.0):
        return ""  # of what has no ==, such as a random generator, nothing can be said
    return "an array" if isinstance(before, np.ndarray) else f"a {type(before).__name__}"


def is_sequence(value: Any) -> bool:
    return isinstance(value, (tuple, list)) or (isinstance(value, np.ndarray) and value.ndim > 0)
