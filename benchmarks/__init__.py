"""How fast is a training step, next to the fewest operations that it could take? `make bench`.

The measure is the floor: the time of the step's matrix products alone, in NumPy, on one thread.
Every contestant is a process of its own; they take turns, so that a busy machine slows all alike,
and a ratio is taken within its round.
"""
