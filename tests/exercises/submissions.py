"""Notebooks as students might hand them in: right, wrong, blank, broken, and hostile ones."""

from __future__ import annotations

import json

import nbformat
from nbformat import v4

SETUP = "import numpy as np\nSEED = 1"
IMPORT = "from nbhelpers.exercises import initialization\n\n"
STUBS = {
    "clip_global": "def clip_global(dW, db, limit):\n    ...\n",
    "he_std": "def he_std(n_in, n_out):\n    ...\n",
    "residual_backward": "def residual_backward(x, W, dy):\n    ...\n",
}
CHECKS = {
    "clip_global": "initialization.clip_global.check(clip_global)",
    "he_std": "initialization.he_std.check(he_std)",
    "residual_backward": "initialization.residual_backward.check(residual_backward)",
}
RIGHT = {
    "clip_global": """def clip_global(dW, db, limit):
    factor = limit / max(np.sqrt(np.sum(dW**2) + np.sum(db**2)), limit)
    return factor * dW, factor * db
""",
    "he_std": "def he_std(n_in, n_out):\n    return np.sqrt(2 / n_in)\n",
    "residual_backward": """def residual_backward(x, W, dy):
    dz = dy * (1 - np.tanh(x @ W)**2)
    return dy + dz @ W.T, x.T @ dz
""",
}

LAST = "residual_backward"


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
    """A small lesson: a set-up, something that it defines itself, and three exercises."""
    nb = notebook([SETUP, "def he_std_of_the_lesson(): ..."])
    for number, name in enumerate(STUBS):
        prefix = IMPORT if number == 0 else ""
        stub = v4.new_code_cell(prefix + STUBS[name] + "\n" + CHECKS[name])
        stub.metadata["tags"] = ["exercise"]
        solution = v4.new_code_cell(RIGHT[name] + "\n" + CHECKS[name])
        solution.metadata["tags"] = ["solution", "hide-cell"]
        nb.cells += [stub, solution]
    return nb


BOMB = """def he_std(n_in, n_out):
    held = []
    while True:
        held.append(bytearray(50_000_000))
"""
STUBBORN = """def clip_global(dW, db, limit):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
"""
FAKE = """class initialization:
    class clip_global:
        check = staticmethod(lambda answer: print("✓ clip_global: right."))
"""
PATCH = """import nbhelpers.exercises.engine.exercise as e
e.Exercise.diagnose = e.Exercise.verdict = lambda self, answer: None
e.Exercise.check = lambda self, answer: print("✓")
"""
STEAL = """def clip_global(dW, db, limit):
    from nbhelpers.exercises import initialization
    return initialization.clip_global.solution(dW, db, limit)
"""
RAISE = "raise RuntimeError('at the end of my patience')"
DAEMON = """import subprocess, sys
for _ in range(3):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3000)"],
                     start_new_session=True)
"""
KILL = """import os
def clip_global(dW, db, limit):
    os.kill(os.getppid(), 9)
"""
OBJECTS = "def clip_global(dW, db, limit):\n    return object(), print\n"
WRONG_CLIP = "def clip_global(dW, db, limit):\n    return dW, db\n"

CRASH = "import os\ndef clip_global(dW, db, limit):\n    os._exit(1)\n"
LOOP = "def he_std(n_in, n_out):\n    while True: pass\n"
SUICIDE = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
RECURSION = "def he_std(n_in, n_out):\n    return he_std(n_in, n_out)\n"
RAISES = f"def residual_backward(x, W, dy):\n    {RAISE}\n"
TEXT = "def he_std(n_in, n_out):\n    return '=1+1'\n"
SHADOW = "exec = compile = repr = globals = open = None"

# Each student: the notebook, and for each exercise a word of the reason, or None where it passes.
HANDED_IN = {
    "ada": (answers(), [None, None, None]),
    "blank": (notebook([SETUP, IMPORT, *(s + CHECKS[n] for n, s in STUBS.items())]),
              ["not filled in", "not filled in", "not filled in"]),
    "no_checks": (answers(check=False), [None, None, None]),
    "deleted": (notebook([SETUP, IMPORT + RIGHT[LAST] + CHECKS[LAST]]),
                ["not found", "not found", None]),
    "cheat": (answers({"clip_global": FAKE + WRONG_CLIP, "he_std": RECURSION},
                      first=[PATCH, "def claim(*a, **k): pass"]),
              ["Nothing is clipped", "calls itself", None]),
    "thief": (answers({"clip_global": STEAL, "residual_backward": RAISES}),
              ["AttributeError", None, "patience"]),
    "crash": (answers({"clip_global": CRASH, "he_std": LOOP}),
              ["makes the kernel crash", "runs longer than", None]),
    "hoarder": (answers({"clip_global": STUBBORN, "he_std": BOMB}),
                ["runs longer than", "emory", None]),
    "bad_cells": (answers(first=[SUICIDE, "while True: print('x' * 1000)", RAISE, "1 / 0"]),
                  [None, None, None]),
    "odd": (answers({"clip_global": OBJECTS, "he_std": TEXT}, first=[SHADOW]),
            ["numbers are expected", "'=1+1'", None]),
    "exit": (answers({"clip_global": "def clip_global(dW, db, limit):\n    exit()\n"},
                     first=["quit()", DAEMON]), ["never calls exit()", None, None]),
    "parent_killer": (answers({"he_std": KILL.replace("clip_global(dW, db, limit)",
                                                             "he_std(n_in, n_out)")}),
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
