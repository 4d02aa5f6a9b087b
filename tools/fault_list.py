"""The faults that `tools.faults` plants: each as it is easily made, chosen before it was tried.

A fault is a file, the text that is there, the text that should not be, and why it is one. In a
lesson, `part` says where the text is: "source", "output", or a cell that is known by the text and
loses its "picture" or gets another of the "tags".
"""

# ruff: noqa: E501  (the texts stand here as they stand in their files)

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple


class Fault(NamedTuple):
    file: str
    old: str
    new: str
    why: str
    part: str = "source"

    def plant(self, whole: str) -> str:
        """The whole file with the fault in it; refuses where the old text is not there once."""
        if not self.file.endswith(".ipynb"):
            self._once(whole.count(self.old))
            return whole.replace(self.old, self.new)
        nb = json.loads(whole)
        holders = list(self._holders(nb["cells"]))
        self._once(sum(text.count(self.old) for _, _, text in holders))
        [(cell, holder, text)] = [found for found in holders if self.old in found[2]]
        if self.part == "picture":
            pictures = [o["data"] for o in cell["outputs"] if "image/png" in o.get("data", {})]
            pictures[0].pop("image/png")
        elif self.part == "tags":
            cell["metadata"].setdefault("tags", []).append(self.new)
        else:
            key = next(key for key in ("source", "text", "text/plain") if key in holder)
            holder[key] = text.replace(self.old, self.new).splitlines(keepends=True)
        return json.dumps(nb, indent=1, ensure_ascii=False) + "\n"

    def _holders(self, cells: list[Any]) -> Iterator[tuple[Any, Any, str]]:
        """Each text in which the old one may be: its cell, the dict that holds it, the text."""
        for cell in cells:
            if self.part != "output":
                yield cell, cell, "".join(cell["source"])
                continue
            for output in cell.get("outputs", []):
                for holder, key in ((output, "text"), (output.get("data", {}), "text/plain")):
                    if key in holder:
                        yield cell, holder, "".join(holder[key])

    def _once(self, times: int) -> None:
        if times != 1:
            raise ValueError(f"{self.file}: expected once {self.old!r}, found {times} times")


# The tests that are most likely to know a fault, tried first; any other file comes after them.
PACKAGE = ("doctests",)
FIRST = {
    "nbhelpers/activations.py": ("gradients", "layers"),
    "nbhelpers/augmentation.py": ("augmentation",),
    "nbhelpers/averages.py": ("doctests", "optimizers"),
    "nbhelpers/batchnorm.py": ("gradients", "layers", "broken_layers"),
    "nbhelpers/causes.py": ("diagnostics",),
    "nbhelpers/claims.py": ("claims",),
    "nbhelpers/clipping.py": ("optimizers",),
    "nbhelpers/datasets/cifar10.py": ("cifar10", "archive"),
    "nbhelpers/datasets/download.py": ("download",),
    "nbhelpers/datasets/mnist.py": ("mnist", "datasets"),
    "nbhelpers/datasets/splits.py": ("batches", "datasets"),
    "nbhelpers/datasets/toy.py": ("toy",),
    "nbhelpers/diagnostics.py": ("diagnostics",),
    "nbhelpers/dropout.py": ("gradients", "layers", "broken_layers"),
    "nbhelpers/ensembles.py": ("ensembles",),
    "nbhelpers/evaluation.py": ("solver",),
    "nbhelpers/first_look.py": ("diagnostics",),
    "nbhelpers/gradcheck.py": ("gradients", "broken_layers"),
    "nbhelpers/history.py": ("solver",),
    "nbhelpers/information.py": ("losses", "doctests"),
    "nbhelpers/initializers.py": ("initializers",),
    "nbhelpers/layers.py": ("gradients", "layers"),
    "nbhelpers/losses.py": ("gradients", "losses"),
    "nbhelpers/measures.py": ("diagnostics",),
    "nbhelpers/network.py": ("network",),
    "nbhelpers/optimizer.py": ("optimizers",),
    "nbhelpers/optimizers.py": ("optimizers",),
    "nbhelpers/preprocessing.py": ("preprocessing",),
    "nbhelpers/regularizers.py": ("gradients", "promises", "doctests"),
    "nbhelpers/resampling.py": ("augmentation",),
    "nbhelpers/schedules.py": ("schedules",),
    "nbhelpers/solver.py": ("solver", "promises"),
    "nbhelpers/storage.py": ("storage",),
    "nbhelpers/tf1/batchnorm.py": ("parity",),
    "nbhelpers/tf1/dropout.py": ("parity",),
    "nbhelpers/tf1/losses.py": ("parity",),
    "nbhelpers/tf1/optimizer.py": ("parity",),
    "nbhelpers/tf1/optimizers.py": ("parity",),
    "nbhelpers/tf1/regularizers.py": ("parity", "parity_pieces"),
    "nbhelpers/tf1/schedules.py": ("parity_pieces", "parity"),
    "nbhelpers/tf1/solver.py": ("parity", "solver_graph"),
    "nbhelpers/verdicts.py": ("diagnostics",),
}
# The lessons that show what a file does; the others meet 1 and 4.
LESSONS = {
    "nbhelpers/activations.py": ("02",),
    "nbhelpers/batchnorm.py": ("10",),
    "nbhelpers/datasets/splits.py": ("06",),
    "nbhelpers/dropout.py": ("08",),
    "nbhelpers/ensembles.py": ("08",),
    "nbhelpers/initializers.py": ("09",),
    "nbhelpers/losses.py": ("03",),
    "nbhelpers/optimizers.py": ("05",),
    "nbhelpers/regularizers.py": ("06",),
    "nbhelpers/tf1/solver.py": ("05",),
}

FAULTS = [
    # --- activations, layers ---
    Fault("nbhelpers/activations.py", "return dy * (y > 0)", "return dy * (y >= 0)",
          "ReLU lets the gradient through where it is off"),
    Fault("nbhelpers/activations.py", "return dy * y * (1 - y)", "return dy * (1 - y)",
          "a factor of the sigmoid's slope is missing"),
    Fault("nbhelpers/activations.py", "return dy * (1 - y * y)", "return dy * (1 - y)",
          "tanh's slope without the square"),
    Fault("nbhelpers/layers.py", "        x = self.cache\n        np.matmul(x.T, dy, out",
          "        x = self.cache\n        np.matmul(x.T, -dy, out", "the sign of dW"),
    Fault("nbhelpers/layers.py",
          'dy.sum(axis=0, out=self.grads["b"])\n\n\nclass Maxout',
          'self.grads["b"][:] = dy.mean(axis=0)\n\n\nclass Maxout',
          "db is a mean over the batch, not a sum"),
    Fault("nbhelpers/layers.py", 'return dy @ self.params["W"].T', 'return dy[:, ::-1] @ self.params["W"].T',
          "dx with the units in the wrong order"),
    # --- dropout, batch normalization ---
    Fault("nbhelpers/dropout.py", "x.dtype.type(1 / (1 - self.rate))", "x.dtype.type(1)",
          "the scale 1 / (1 - rate) is missing"),
    Fault("nbhelpers/dropout.py", ">= self.rate", "< self.rate", "rate and keep mixed up"),
    Fault("nbhelpers/dropout.py", "        return dy * mask", "        return dy * (mask > 0)",
          "the way back forgets the scale"),
    Fault("nbhelpers/batchnorm.py", "np.mean(centered * centered, axis=0)",
          "np.mean(centered * centered)", "one variance for all units: the axis is missing"),
    Fault("nbhelpers/batchnorm.py", "self.momentum * running + (1 - self.momentum) * batch",
          "(1 - self.momentum) * running + self.momentum * batch", "momentum turned round"),
    Fault("nbhelpers/batchnorm.py", "dbeta / n - x_hat", "dbeta - x_hat",
          "a mean over the batch became a sum"),
    Fault("nbhelpers/batchnorm.py", '(("mean", mean), ("variance", variance))', '(("mean", mean),)',
          "a stale statistic: the running variance never moves"),
    # --- losses, information ---
    Fault("nbhelpers/losses.py", "    p /= n\n", "",
          "cross-entropy's gradient is not divided by the batch size"),
    Fault("nbhelpers/losses.py", "    s -= s.max(axis=0)\n", "",
          "softmax without the shift: large scores overflow"),
    Fault("nbhelpers/losses.py", "[:, None] + 1, 0)", "[:, None] + 0.9, 0)",
          "a slightly wrong margin in the hinge loss"),
    Fault("nbhelpers/losses.py", "return float(np.mean(d * d)), d * (2 / d.size)",
          "return float(np.mean(d * d)), d * (2 / len(d))", "mse: rows counted in place of numbers"),
    Fault("nbhelpers/losses.py", "np.log1p(np.exp(-np.abs(scores)))", "np.log1p(np.exp(-scores))",
          "logistic: the absolute value is missing"),
    Fault("nbhelpers/information.py", "terms.sum(axis=-1)", "terms.sum(axis=0)",
          "entropy summed over the examples in place of the classes"),
    # --- penalties, first weights ---
    Fault("nbhelpers/regularizers.py", "return 0.5 * self.strength * float(np.vdot(w, w))",
          "return self.strength * float(np.vdot(w, w))", "the value of L2 without its ½"),
    Fault("nbhelpers/initializers.py", "math.sqrt(2.0 / n_in), shape)\n\n\ndef he_uniform",
          "math.sqrt(1.0 / n_in), shape)\n\n\ndef he_uniform", "He's weights without the 2"),
    Fault("nbhelpers/initializers.py", "return rng.normal(0.0, math.sqrt(2.0 / (n_in + n_out)), shape)",
          "return rng.normal(0.0, 2.0 / (n_in + n_out), shape)", "Xavier's variance as the deviation"),
    # --- optimizers, schedules ---
    Fault("nbhelpers/optimizers.py", "lr / correct1 * m", "lr * m",
          "Adam without the correction of m"),
    Fault("nbhelpers/optimizers.py", "(1 - self.beta2) * g * g\n        #",
          "(1 - self.beta2) * g\n        #", "Adam's second moment without the square"),
    Fault("nbhelpers/optimizers.py", "w += self.momentum * v - lr * g", "w += v",
          "Nesterov does not look ahead"),
    Fault("nbhelpers/optimizers.py", "s[:] = self.decay * s + (1 - self.decay) * g * g",
          "s[:] = self.decay * s + g * g", "RMSprop's average does not sum to one"),
    Fault("nbhelpers/optimizers.py", "beta2: float = 0.999", "beta2: float = 0.99",
          "a slightly wrong default of Adam"),
    Fault("nbhelpers/optimizer.py", "        lr = self.learning_rate()\n        self.t += 1\n",
          "        self.t += 1\n        lr = self.learning_rate()\n", "the schedule is one step ahead"),
    Fault("nbhelpers/schedules.py", "factor ** (step // every)", "factor ** (step / every)",
          "the stair became a ramp"),
    Fault("nbhelpers/schedules.py", "(step + 1) / steps)", "step / steps)",
          "warm-up starts at a rate of 0: off by one"),
    Fault("nbhelpers/clipping.py", "scale = limit / max(norm, limit)", "scale = limit / norm",
          "short gradients are stretched to the limit"),
    # --- network, solver, history ---
    Fault("nbhelpers/network.py", "return {name: array.copy() for name, array in self.arrays().items()}",
          "return dict(self.arrays())", "the best weights are kept by reference"),
    Fault("nbhelpers/network.py", "stop = 0 if input_gradient else self._first + 1",
          "stop = 0 if input_gradient else self._first + 2", "one layer too few on the way back"),
    Fault("nbhelpers/solver.py", "flat_g[block] += self.penalty", "flat_g[block] -= self.penalty",
          "the sign of the penalty's gradient"),
    Fault("nbhelpers/solver.py", "if i % an_epoch == 0 or i == stretch:", "if i == stretch:",
          "the epochs of one stream of steps are recorded as one"),
    Fault("nbhelpers/solver.py", "np.mean(history.step_losses[-steps:])", "np.mean(history.step_losses)",
          "an epoch's loss is the mean of the whole run"),
    Fault("nbhelpers/solver.py", 'row["val_loss"], row["val_accuracy"] = evaluate(self.measure, *val)',
          'row["val_loss"], row["val_accuracy"] = seen', "validation measures the training examples"),
    Fault("nbhelpers/solver.py", "return loss + self._penalty_value(), count_right",
          "return loss, count_right", "what is reported leaves the penalty out"),
    Fault("nbhelpers/history.py", "return val_loss < best", "return val_loss <= best",
          "a later epoch that is equally good counts as the best"),
    Fault("nbhelpers/history.py", "since >= patience", "since > patience",
          "early stopping an epoch late"),
    Fault("nbhelpers/evaluation.py", "np.average(losses, weights=sizes)", "np.mean(losses)",
          "a short last batch counts as much as a whole one"),
    Fault("nbhelpers/storage.py", "allow_pickle=False", "allow_pickle=True",
          "a saved network may run code when it is loaded"),
    # --- data ---
    Fault("nbhelpers/datasets/splits.py", "check_rng(rng, \"batches\").permutation(n)",
          "check_rng(rng, \"batches\").integers(n, size=n)", "an epoch drawn with replacement"),
    Fault("nbhelpers/datasets/splits.py", "y.take(i, axis=0)) for i in rows",
          "y.take(np.sort(i), axis=0)) for i in rows", "labels of other rows"),
    Fault("nbhelpers/datasets/splits.py", "return (x[train], y[train]), (x[val], y[val])",
          "return (x[order], y[order]), (x[val], y[val])", "validation examples are trained on"),
    Fault("nbhelpers/datasets/mnist.py", "/ np.float32(255)", "/ np.float32(256)",
          "pixels do not reach 1"),
    Fault("nbhelpers/datasets/toy.py", "places = _polar(2.0, 2 * np.pi *", "places = _polar(2.0, np.pi *",
          "blobs on half a circle"),
    Fault("nbhelpers/datasets/download.py", "    if digest != expected:", "    if False:",
          "a wrong checksum goes unnoticed"),
    Fault("nbhelpers/preprocessing.py", "z: Array = (x - mean.astype(x.dtype)) / std.astype(x.dtype)",
          "z: Array = (x - x.mean(axis=0)) / std.astype(x.dtype)",
          "the test set is centered by its own mean"),
    Fault("nbhelpers/augmentation.py", "np.stack([cos, -sin, sin, cos], axis=1)",
          "np.stack([cos, sin, sin, cos], axis=1)", "a sign in the rotation's matrix"),
    Fault("nbhelpers/resampling.py", "places[:, axis] + 1, 0, size + 1)", "places[:, axis], 0, size + 1)",
          "every picture moves by one pixel: off by one"),
    # --- looking inside, claims, checks ---
    Fault("nbhelpers/ensembles.py", "shares: Array = w / w.sum()", "shares: Array = w / len(w)",
          "weights of an ensemble do not sum to one"),
    Fault("nbhelpers/measures.py", "(y <= 0).all(axis=0)", "(y <= 0).any(axis=0)",
          "a unit that is off once counts as dead"),
    Fault("nbhelpers/verdicts.py", "if end > 0.97 * guess:", "if end > 0.5 * guess:",
          "the monitor calls slow progress none"),
    Fault("nbhelpers/causes.py", "if distance < max(2 * chance,",
          "if distance > max(2 * chance,", "the monitor warns of shuffled batches"),
    Fault("nbhelpers/first_look.py", "if abs(mean) > INPUT_OFFSET * std:",
          "if mean > INPUT_OFFSET * std:", "inputs far below zero are not warned of"),
    Fault("nbhelpers/claims.py", "number > above)", "number >= above)",
          "a claim holds on its bound"),
    Fault("nbhelpers/claims.py", "held, figures = gap <= within,", "held, figures = gap <= within or within,",
          "a claim with a tolerance holds always"),
    Fault("nbhelpers/gradcheck.py", "(above - below) / (2 * h)", "(above - below) / h",
          "the check itself: twice the difference"),
    Fault("nbhelpers/gradcheck.py", "return math.inf if math.isnan(error) else error", "return error",
          "the check passes over a NaN"),
    # --- the graph twin ---
    Fault("nbhelpers/tf1/optimizers.py", "self.beta2**self.t_now", "self.beta2**self.t",
          "Adam's correction reads a count that may be stale"),
    Fault("nbhelpers/tf1/optimizers.py", "w.assign_add(self.momentum * v - lr * g)", "w.assign_add(v)",
          "the graph's Nesterov does not look ahead"),
    Fault("nbhelpers/tf1/batchnorm.py", "self.momentum * running + (1 - self.momentum) * batch",
          "self.momentum * batch + (1 - self.momentum) * running", "momentum turned round"),
    Fault("nbhelpers/tf1/dropout.py", "* (1 / (1 - self.rate))", "* (1 / self.rate)",
          "scaled by the rate in place of what is kept"),
    Fault("nbhelpers/tf1/losses.py", "axis=1, keepdims=True) + 1)", "axis=1, keepdims=True) + 2)",
          "a margin of 2 in the graph's hinge loss"),
    Fault("nbhelpers/tf1/regularizers.py", "norms = tf.sqrt(tf.reduce_sum(w * w, axis=0))",
          "norms = tf.sqrt(tf.reduce_sum(w * w, axis=1, keepdims=True))",
          "max norm of the outgoing weights: the wrong axis"),
    Fault("nbhelpers/tf1/solver.py", "layer, numbers in zip(self._dropouts, drawn,",
          "layer, numbers in zip(self._dropouts, drawn[::-1],", "two Dropout layers swap their masks"),
    Fault("nbhelpers/tf1/solver.py", "control_dependencies([train, *updates])",
          "control_dependencies(updates)", "a loss is told before the weights have changed"),
    Fault("nbhelpers/tf1/solver.py", "for update in layer.updates]", "for update in []]",
          "running averages are not part of the training step"),
    # --- cells of lessons: code ---
    Fault("notebooks/01_neurons.ipynb", "as_a_layer = sigmoid(x @ W + b)",
          "as_a_layer = sigmoid(x @ W - b)", "the sign of the bias"),
    Fault("notebooks/01_neurons.ipynb", "share = (784 * 256 + 256) /", "share = (784 * 256 + 100) /",
          "biases of another layer are counted"),
    Fault("notebooks/01_neurons.ipynb", "sigmoid(weight * x_axis)", "sigmoid(weight + x_axis)",
          "a plotted curve is not what its legend says"),
    Fault("notebooks/02_activations.ipynb", '"tanh": lambda x: 1 - np.tanh(x) ** 2',
          '"tanh": lambda x: 1 - np.tanh(x)', "tanh's slope without the square"),
    Fault("notebooks/02_activations.ipynb", '"PReLU": lambda x: np.where(x > 0, 1.0, 0.25)',
          '"PReLU": lambda x: np.where(x > 0, 1.0, 0.2)', "value and slope have other constants"),
    Fault("notebooks/02_activations.ipynb", "below=2e-5)", "below=2e-3)", "a claim is weakened"),
    Fault("notebooks/03_losses.ipynb", "np.prod(np.where(tosses == 1, p, 1 - p))",
          "np.prod(np.where(tosses == 0, p, 1 - p))", "heads and tails are swapped"),
    Fault("notebooks/03_losses.ipynb", "    error = sigmoid(w * x + b) - y\n    w -= 0.5 * np.mean(error * x)",
          "    error = sigmoid(w * x + b) - y\n    w -= 0.5 * np.mean(error)",
          "the gradient forgets the input"),
    Fault("notebooks/04_backpropagation.ipynb", "dy.sum(axis=0)     # dx, dW, db",
          "dy.sum(axis=1)     # dx, dW, db", "db summed over the wrong axis"),
    Fault("notebooks/04_backpropagation.ipynb", "0.5, -2.0, -0.5\n", "0.5, -2.0, -0.4\n",
          "a slightly wrong constant in the worked example"),
    Fault("notebooks/05_tensorflow_graphs.ipynb", "y_data = 2 * x_data + 1 +",
          "y_data = 2 * x_data + 1.1 +", "data of another line than the text says"),
    Fault("notebooks/08_dropout.ipynb", "(x * (1 - rate)) @ w", "(x * rate) @ w",
          "rate and keep mixed up"),
    Fault("notebooks/08_dropout.ipynb", "dx = dropout_backward(dy, mask)",
          "dx = dropout_backward(dy, mask > 0)", "the way back forgets the scale"),
    Fault("notebooks/10_batch_normalization.ipynb", "    variance = (centered**2).mean(axis=0)\n",
          "    variance = centered.var(axis=0, ddof=1)\n", "the unbiased variance"),
    Fault("notebooks/10_batch_normalization.ipynb", "dr = (dh * c).sum()", "dr = (dh * c).mean()",
          "what served all examples collects a mean"),
    Fault("notebooks/10_batch_normalization.ipynb", '("centered only", "standardized")',
          '("standardized", "centered only")', "two panels of a figure with swapped titles"),
    Fault("notebooks/14_mnist.ipynb", "np.mean(y_test == most_frequent)",
          "np.mean(y_test != most_frequent)", "right and wrong answers are swapped"),
    # --- cells of lessons: prose ---
    Fault("notebooks/01_neurons.ipynb", "**Figure 1.2.**", "**Figure 1.3.**", "a figure's number"),
    Fault("notebooks/01_neurons.ipynb", 'claim("A 3-4-4-1 network has 41 parameters"',
          'claim("A 3-4-4-1 network has 42 parameters"', "a number in a claim's sentence"),
    Fault("notebooks/03_losses.ipynb", "the **nat**, 1.44\n", "the **nat**, 1.34\n", "a slightly wrong constant"),
    Fault("notebooks/04_backpropagation.ipynb", "$0.235$", "$0.253$", "two digits are swapped"),
    Fault("notebooks/08_dropout.ipynb", "the neuron sees 5.5", "the neuron sees 5.7",
          "a slightly wrong constant"),
    Fault("notebooks/10_batch_normalization.ipynb", "$m = 0.9$", "$m = 0.95$",
          "a slightly wrong constant"),
    Fault("notebooks/14_mnist.ipynb", "reached 0.9816", "reached 0.9861", "two digits are swapped"),
    Fault("notebooks/14_mnist.ipynb", "$t = 2.776$", "$t = 2.571$", "one degree of freedom more"),
    # --- what is stored ---
    Fault("notebooks/01_neurons.ipynb", "9 neurons, 32 weights", "9 neurons, 36 weights",
          "a changed whole number", "output"),
    Fault("notebooks/04_backpropagation.ipynb", "dx = 2.0  dy = 2.0  dz = 3.0",
          "dx = 2.0  dy = 2.0  dz = 3.1", "a changed decimal", "output"),
    Fault("notebooks/08_dropout.ipynb", "With 8 units, dropout costs accuracy: 0.0724",
          "With 8 units, dropout costs accuracy: 0.0824", "a changed decimal, in a cell with rtol",
          "output"),
    Fault("tests/offline/14_mnist.ipynb", "graph 0.9510", "graph 0.9501",
          "two digits swapped in a cell with rtol", "output"),
    Fault("notebooks/01_neurons.ipynb", "draw_network((3, 4, 4, 1), axes", "", "a deleted picture",
          "picture"),
    Fault("notebooks/02_activations.ipynb", "ten sigmoids at x = 5", "nbval-ignore-output",
          "an output is ignored without a reason", "tags"),
    Fault("notebooks/08_dropout.ipynb", "With {name}, dropout costs accuracy", "rtol=0.5",
          "a tolerance of half", "tags"),
]  # fmt: skip
