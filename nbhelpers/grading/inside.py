"""What the grader does inside the kernel of a submission; sent there as text, not imported there.

Before the notebook runs, a stand-in takes the place of `nbhelpers.exercises`: it remembers which
function was handed to which check, and knows no answers. Afterwards each function is tried on the
inputs of the true exercise, and what it returns is written down. The verdict is made outside.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from types import ModuleType
from typing import Any

PACKAGE = "nbhelpers.exercises"


class StandIn:
    """`losses.stable_softmax` as a submission sees it: a check that only takes the function."""

    def __init__(self, lesson: str, name: str, handed_in: dict[Any, Any]) -> None:
        self._key, self._handed_in = (lesson, name), handed_in

    def check(self, answer: Any) -> None:
        self._handed_in[self._key] = answer

    def predict(self, choice: Any) -> None:
        """Predictions are the reader's own: nothing is graded."""

    reveal = forget = folded = lambda self: None


def prepare(lessons: list[str], memory: int, names: dict[str, Any]) -> None:
    """Limit the kernel's memory and files, and put the stand-in in place."""
    names.update(exit=sys.exit, quit=sys.exit)  # IPython's own would end the kernel a cell later
    try:
        import resource

        # Beside what a program uses, addresses count that it only reserves: TensorFlow 1.5 GB.
        limits = {resource.RLIMIT_AS: memory + (2 << 30), resource.RLIMIT_FSIZE: 1 << 30,
                  resource.RLIMIT_CORE: 0}  # fmt: skip
        for which, most in limits.items():
            resource.setrlimit(which, (most, most))
    except (ImportError, ValueError, OSError):
        pass  # Windows knows no such limit, macOS not this one: there it is only watched

    handed_in: dict[Any, Any] = {}
    package = ModuleType(PACKAGE)
    package.__dict__.update(__path__=[], handed_in=handed_in, progress=lambda **_: None)
    for lesson in lessons:
        module = ModuleType(f"{PACKAGE}.{lesson}")

        def stand_in(name: str, lesson: str = lesson) -> StandIn:
            if name.startswith("__"):
                raise AttributeError(name)
            return StandIn(lesson, name, handed_in)

        module.__dict__["__getattr__"] = stand_in
        setattr(package, lesson, module)
        sys.modules[module.__name__] = module
    sys.modules[PACKAGE] = package


def true_exercise(lesson: str, name: str) -> Any:
    """The exercise itself, loaded anew; whoever imports it by name still gets the stand-in."""
    mine = {k: sys.modules.pop(k) for k in list(sys.modules) if k.startswith(PACKAGE)}
    try:
        return getattr(importlib.import_module(f"{PACKAGE}.{lesson}"), name)
    finally:
        for key in [k for k in sys.modules if k.startswith(PACKAGE)]:
            del sys.modules[key]
        sys.modules.update(mine)
        if PACKAGE in mine:
            sys.modules["nbhelpers"].exercises = mine[PACKAGE]  # type: ignore[attr-defined]


def outcomes(
    path: str, lesson: str, name: str, function: str, names: dict[str, Any], transport: Any
) -> None:
    """Try one submitted function, and write what came of it to a file.

    Args:
        function: the name that the function has in the lesson; "" if the notebook defines none.
        names: what the notebook has defined.
    """
    package = sys.modules.get(PACKAGE)
    answer = getattr(package, "handed_in", {}).get((lesson, name))
    if not callable(answer):  # its check is gone, or someone else's
        answer = names.get(function)
    report: dict[str, Any] = {"found": answer is not None}
    if answer is not None:
        exercise, start = true_exercise(lesson, name), time.perf_counter()
        report["refusal"] = exercise.refusal(answer)
        if report["refusal"] is None:
            report["outcomes"] = [
                {
                    "value": transport["encode"](o.value),
                    "raw": transport["encode"](o.raw),
                    "error": transport["encode_error"](o.error),
                    **{key: getattr(o, key) for key in ("line", "changed", "strange", "printed")},
                }
                for o in exercise.outcomes(answer)
            ]
        report["seconds"] = time.perf_counter() - start
    with open(path, "w", encoding="utf-8") as file:
        json.dump(report, file)
