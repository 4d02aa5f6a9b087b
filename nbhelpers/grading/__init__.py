"""Grading a folder of submitted notebooks, each in a process of its own.

`folder.py` goes through the submissions and writes the table; `worker.py` runs one of them in a
kernel. What happens inside that kernel is `inside.py`: it calls the submitted functions and sends
home what they return, as plain numbers (`transport.py`). Whether these are right is decided
outside, by the checks of the grader's own package: redefining one in the notebook changes nothing.
"""
