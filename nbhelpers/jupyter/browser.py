"""Python inside the reader's browser (Pyodide), where neither TensorFlow nor other processes run.

In the edition of the lessons for the browser, cells that need them open with `%%recorded`: they
show once more what they put out when the lesson was stored. `tools/lite_lessons.py` writes it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NoReturn

from tqdm import tqdm

from .._checks import fail


class NoTensorFlow:
    """Stands where `tf` would be: its names can be looked up, but none of them can be called.

    So `nbhelpers.tf1` can be imported, and what follows the import in a cell still happens.

    >>> tf = NoTensorFlow()
    >>> tf.float32 is tf
    True
    >>> tf.zeros((2, 3))
    Traceback (most recent call last):
    ImportError: nbhelpers.tf1: expected TensorFlow, got a browser, in which it does not run. Hint:
    the lesson's page shows what this puts out; to run it yourself, install the course
    """

    def __getattr__(self, name: str) -> NoTensorFlow:
        if name.startswith("__"):  # Python's own questions, such as whether this can be copied
            raise AttributeError(name)
        return self

    def __call__(self, *_: object, **__: object) -> NoReturn:
        hint = "the lesson's page shows what this puts out; to run it yourself, install the course"
        got = "a browser, in which it does not run"
        fail("nbhelpers.tf1", "TensorFlow", got, hint, ImportError)


def recorded(line: str, cell: str) -> None:
    """Show what this cell put out when the lesson was stored, in place of running it.

    Args:
        line: what the cell needs, and the name of its file in `recorded/outputs`.
        cell: the code, which is not run. Without the line `%%recorded` it would be.

    >>> recorded("TensorFlow 04-nowhere", "")
    TensorFlow does not run in the browser. What this cell puts out is on the lesson's page.
    """
    from IPython.display import display

    what, name = line.rsplit(maxsplit=1)
    path = Path("recorded", "outputs", f"{name}.json")
    start = f"{what} does not run in the browser."
    if not path.is_file():  # a browser that does not let a site keep files
        print(start, "What this cell puts out is on the lesson's page.")
        return
    outputs: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    print(start, "Below is what this cell put out when the lesson was stored.\n" if outputs else "")
    for output in outputs:
        if "data" in output:
            data, metadata = output["data"], output["metadata"]
            display(data, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]
        elif output["output_type"] == "error":
            print(f"{output['ename']}: {output['evalue']}")
        else:
            print(output["text"], end="")


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext nbhelpers.jupyter.browser`, in the set-up cell of a lesson."""
    os.environ.setdefault("NBHELPERS_OFFLINE", "1")  # a page cannot download the official data
    tqdm.monitor_interval = 0  # there are no threads, which it would say in red
    shell.register_magic_function(recorded, "cell")
