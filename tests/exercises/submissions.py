"""Notebooks as students might hand them in: right, wrong, blank, broken, and hostile ones."""

from __future__ import annotations

import json

import nbformat
from nbformat import v4

SETUP = "import numpy as np\nSEED = 1"
IMPORT = "from nbhelpers.exercises import backpropagation\n\n"
STUBS = {
    "fork_gradient": "def fork_gradient(x, y, z):\n    ...\n",
    "relu_backward": "def my_relu_backward(x, dy):\n    ...\n",
    "relative_error": "def my_relative_error(a, n):\n    ...\n",
}
CHECKS = {
    "fork_gradient": "backpropagation.fork_gradient.check(fork_gradient)",
    "relu_backward": "backpropagation.relu_backward.check(my_relu_backward)",
    "relative_error": "backpropagation.relative_error.check(my_relative_error)",
}
RIGHT = {
    "fork_gradient": """def fork_gradient(x, y, z):
    q, m = x + y, max(x, z)
    return m + q * (x > z), m, q * (z > x)
""",
    "relu_backward": "def my_relu_backward(x, dy):\n    return dy * (x > 0)\n",
    "relative_error": """def my_relative_error(a, n):
    return np.linalg.norm(a - n) / (np.linalg.norm(a) + np.linalg.norm(n))
""",
}


def notebook(cells, **metadata):
    """A notebook of these sources."""
    return v4.new_notebook(cells=[v4.new_code_cell(c) for c in cells], metadata=metadata)


def answers(changed=None, *, first=(), last=(), check=True, **metadata):
    """The lesson with right answers, some of them changed, and further cells around them."""
    sources = RIGHT | (changed or {})
    exercises = [source + ("\n" + CHECKS[name] if check else "")
                 for name, source in sources.items()]  # fmt: skip
    return notebook([SETUP, *first, IMPORT, *exercises, *last], **metadata)


def the_lesson():
    """A small lesson 4: a set-up, something that it defines itself, and three exercises."""
    nb = notebook([SETUP, "def my_relu_backward_of_the_lesson(): ..."])
    for number, name in enumerate(STUBS):
        prefix = IMPORT if number == 0 else ""
        stub = v4.new_code_cell(prefix + STUBS[name] + "\n" + CHECKS[name])
        stub.metadata["tags"] = ["exercise"]
        solution = v4.new_code_cell(RIGHT[name] + "\n" + CHECKS[name])
        solution.metadata["tags"] = ["solution", "hide-cell"]
        nb.cells += [stub, solution]
    return nb


BOMB = """def my_relu_backward(x, dy):
    held = []
    while True:
        held.append(bytearray(50_000_000))
"""
STUBBORN = """def fork_gradient(x, y, z):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
"""
FAKE = """class backpropagation:
    class fork_gradient:
        check = staticmethod(lambda answer: print("✓ fork_gradient: right."))
"""
PATCH = """import nbhelpers.exercises.engine.exercise as e
e.Exercise.diagnose = e.Exercise.verdict = lambda self, answer: None
e.Exercise.check = lambda self, answer: print("✓")
"""
STEAL = """def fork_gradient(x, y, z):
    from nbhelpers.exercises import backpropagation
    return backpropagation.fork_gradient.solution(x, y, z)
"""
RAISE = "raise RuntimeError('at the end of my patience')"
DAEMON = """import subprocess, sys
for _ in range(3):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3000)"],
                     start_new_session=True)
"""
KILL = """import os
def fork_gradient(x, y, z):
    os.kill(os.getppid(), 9)
"""
OBJECTS = "def fork_gradient(x, y, z):\n    return object(), print, open\n"
WRONG_FORK = "def fork_gradient(x, y, z):\n    return x, y, z\n"

CRASH = "import os\ndef fork_gradient(x, y, z):\n    os._exit(1)\n"
LOOP = "def my_relu_backward(x, dy):\n    while True: pass\n"
SUICIDE = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
RECURSION = "def my_relu_backward(x, dy):\n    return my_relu_backward(x, dy)\n"
RAISES = f"def my_relative_error(a, n):\n    {RAISE}\n"
TEXT = "def my_relu_backward(x, dy):\n    return '=1+1'\n"
SHADOW = "exec = compile = repr = globals = open = None"

# Each student: the notebook, and for each exercise a word of the reason, or None where it passes.
HANDED_IN = {
    "ada": (answers(), [None, None, None]),
    "blank": (notebook([SETUP, IMPORT, *(s + CHECKS[n] for n, s in STUBS.items())]),
              ["not filled in", "not filled in", "not filled in"]),
    "no_checks": (answers(check=False), [None, None, None]),
    "deleted": (notebook([SETUP, IMPORT + RIGHT["relative_error"] + CHECKS["relative_error"]]),
                ["not found", "not found", None]),
    "cheat": (answers({"fork_gradient": FAKE + WRONG_FORK, "relu_backward": RECURSION},
                      first=[PATCH, "def claim(*a, **k): pass"]),
              ["numbers", "calls itself", None]),
    "thief": (answers({"fork_gradient": STEAL, "relative_error": RAISES}),
              ["AttributeError", None, "patience"]),
    "crash": (answers({"fork_gradient": CRASH, "relu_backward": LOOP}),
              ["makes the kernel crash", "runs longer than", None]),
    "hoarder": (answers({"fork_gradient": STUBBORN, "relu_backward": BOMB}),
                ["runs longer than", "emory", None]),
    "bad_cells": (answers(first=[SUICIDE, "while True: print('x' * 1000)", RAISE, "1 / 0"]),
                  [None, None, None]),
    "odd": (answers({"fork_gradient": OBJECTS, "relu_backward": TEXT}, first=[SHADOW]),
            ["numbers are expected", "'=1+1'", None]),
    "exit": (answers({"fork_gradient": "def fork_gradient(x, y, z):\n    exit()\n"},
                     first=["quit()", DAEMON]), ["never calls exit()", None, None]),
    "parent_killer": (answers({"relu_backward": KILL.replace("fork_gradient(x, y, z)",
                                                             "my_relu_backward(x, dy)")}),
                      [None, "ended early", "ended early"]),
}  # fmt: skip
NOT_NOTEBOOKS = {
    "empty": b"",
    "text": b"Dear teacher, my dog ate it.",
    "cut": json.dumps(nbformat.from_dict(answers())).encode()[:400],
    "binary": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "list": b"[1, 2, 3]",
    "other": json.dumps({"cells": [{"cell_type": "code"}], "nbformat": 4}).encode(),
    "foreign": json.dumps(notebook(["print('no lesson')"])).encode(),
}
