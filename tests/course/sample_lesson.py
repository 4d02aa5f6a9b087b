"""A lesson with every convention of the notebooks in it, for the tests of the course site."""

import base64
import io

from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

TABLE = """<div><style scoped>.dataframe tbody tr th { vertical-align: top; }</style>
<table border="1" class="dataframe">
<thead><tr style="text-align: right;"><th></th>{head}</tr></thead>
<tbody><tr><th>0</th>{row}</tr><tr><th>1</th>{row}</tr></tbody></table></div>"""


# A piece of nbhelpers and its graph twin, as the reference shows them beside each other.
PIECE = """\"\"\"One idea in one sentence.\"\"\"


class Piece:
    \"\"\"Every output sees every input: `y = x W + b`, :math:`y = x W + b`, |W| small, `a | b`.

    >>> print("|a|", Piece(2).n_in)
    |a| 2
    \"\"\"

    def __init__(self, n_in, *, bias=True):
        self.n_in = n_in
"""
TWIN = PIECE.replace("\n\n\nclass", "\n\nimport tensorflow.compat.v1 as tf\n\n\nclass")


FAILURE = new_output(
    "error",
    ename="ValueError",
    evalue="n_in must be at least 1, got 0",
    traceback=[
        "\x1b[31m" + 75 * "-" + "\x1b[39m",
        "\x1b[31mValueError\x1b[39m                     Traceback (most recent call last)",
        "\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[1]\x1b[39m\x1b[32m, line 1\x1b[39m",
        "\x1b[32m----> \x1b[39m\x1b[32m1\x1b[39m Dense(\x1b[32m0\x1b[39m, \x1b[32m3\x1b[39m)\n",
        "\x1b[31mValueError\x1b[39m: n_in must be at least 1, got 0",
    ],
)


def curve():
    """A plot as a retina notebook stores it: twice as many pixels as it is shown wide."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot([x / 10 for x in range(-50, 51)], [max(0, x / 10) for x in range(-50, 51)])
    axes.set(xlabel="weighted sum z", ylabel="activation a", title="ReLU")
    file = io.BytesIO()
    figure.savefig(file, dpi=200)
    return base64.b64encode(file.getvalue()).decode()


def display(**data):
    return new_output("display_data", {k.replace("_", "/"): v for k, v in data.items()})


def code(source, outputs=(), **metadata):
    return new_code_cell(source, outputs=list(outputs), metadata=metadata, execution_count=1)


def picture(png):
    output = new_output("display_data", {"image/png": png, "text/plain": "<Figure size 500x300>"})
    output["metadata"] = {"image/png": {"width": 500, "height": 300}}
    return output


def knob():
    """A slider as a lesson stores it: HTML, and the still picture for readers without scripts."""
    from matplotlib import pyplot as plt

    from nbhelpers.jupyter.sliders import slider

    knob = slider(
        lambda slope: plt.plot([0, 1], [0, slope]),
        [1, 2, 3],
        name="slope a",
        alt=lambda slope: f"A straight line from the origin to the height {slope}",
    )
    png = base64.b64encode(knob._repr_png_()).decode()
    data = {"text/html": knob._repr_html_(), "image/png": png, "text/plain": repr(knob)}
    return new_output("execute_result", data, execution_count=1)


def player_cells():
    """Frames that play, and their caption."""
    from matplotlib import pyplot as plt

    from nbhelpers.jupyter.sliders import player

    moving = player(
        lambda place: plt.plot(place, place, "o"),
        range(6),
        name="step",
        alt=lambda place: f"A point at {place} and {place} on its way up to the right",
    )
    data = {"text/html": moving._repr_html_(), "text/plain": repr(moving)}
    alt = {"image": {"alt": "A point at the end of its way up to the right"}}
    data["image/png"] = base64.b64encode(moving._repr_png_()).decode()
    output = new_output("execute_result", data, execution_count=1)
    caption = "**Figure 99.3.** A point. Press Play: it moves up to the right."
    return [code("player(draw, range(6))", [output], mystnb=alt), new_markdown_cell(caption)]


def stream(text):
    return new_output("stream", name="stdout", text=text)


def sample_lesson(**replaced):
    """The lesson; a keyword replaces the Markdown of one part (to try what must not pass)."""
    columns = 14
    table = TABLE.replace("{head}", "".join(f"<th>measurement {i}</th>" for i in range(columns)))
    table = table.replace("{row}", "<td>0.123456</td>" * columns)
    parts = {
        "opening": """# A sample lesson

Why not? **What does a lesson look like when every part of it is there?**

**You will be able to** tell one part from another. **Takes:** a minute to read, three
seconds to run.""",
        "formulas": r"""## One neuron

A [neuron](../site/glossary.md#term-neuron) adds up $z = \sum_i w_i x_i + b$, after
[McCulloch and Pitts, 1943](../site/bibliography.md#mcculloch1943); see
[the notation](../site/notation.md) and [the equation](#eq-neuron).

$$
a = f\left(\sum_{i=1}^{n} w_i x_i + b\right)
$$ (eq-neuron)

$$
\begin{aligned}
z^{(1)} &= x W^{(1)} + b^{(1)} \\
a^{(1)} &= \max\left(0, z^{(1)}\right) \\
p &= \operatorname{softmax}\left(a^{(1)} W^{(2)} + b^{(2)}\right)
\end{aligned}
$$

$$
\operatorname{ReLU}(x) = \begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}
\qquad
W = \begin{pmatrix}
  w_{11} & \cdots & w_{1m} \\ \vdots & \ddots & \vdots \\ w_{n1} & \cdots & w_{nm}
\end{pmatrix}
$$

$$
L = \underbrace{\frac{1}{N}\sum_{i} -\log \hat p_{y_i}}_{\text{data}}
  + \underbrace{\frac{\lambda}{2}\lVert \mathbf{W} \rVert_2^2}_{\text{penalty}},
\qquad \frac{\partial L}{\partial \mathbf{W}} \in \mathbb{R}^{n \times m}
$$

> **Takeaway.** A neuron is a weighted sum through a
> [function](../site/glossary.md#term-activation-function).

| activation | range |
| --- | --- |
| [tanh](../site/glossary.md#term-tanh) | $(-1, 1)$ |

1. An item with `code`.
2. An item with $\hat{y}$.""",
        "caption": """**Figure 99.1.** The rectified linear unit $\\max(0, z)$. Look at the corner.

The curve has a corner at zero, see [Figure 99.1](#fig-99-1).""",
        "knob": """**Figure 99.2.** A line through the origin. Move the slider: it is steeper, with
slope $a$, as in [Figure 99.2](#fig-99-2).

> **Takeaway.** A slope is a number.""",
        "exercise": """## Exercises

**Exercise 1.** Write `relu`.

<details><summary>Hint</summary>

Use `np.maximum`: $\\max(0, x)$.

</details>""",
        "summary": """## Summary

A neuron is a weighted sum through a function. Back to [one neuron](#One-neuron); its code is in
[`sample_piece.py`](../nbhelpers/sample_piece.py).""",
    } | replaced
    alt = {"image": {"alt": "A line, flat at zero on the left, rising with slope one on the right"}}
    style = display(text_html="<style>body { color: red }</style>")
    long_line = "print(" + " + ".join(f"some_long_name_{i}" for i in range(12)) + ")"
    return new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
        cells=[
            new_markdown_cell(parts["opening"]),
            code(
                "from nbhelpers.datasets import moons\nload_style()",
                [stream("Python version       : 3.11.7\n\nnumpy: 2.4.6\n"), style],
                tags=["setup", "versions", "hide-input"],
            ),
            new_markdown_cell(parts["formulas"]),
            code("plot(relu)", [picture(curve())], mystnb=alt),
            new_markdown_cell(parts["caption"]),
            code("slider(draw, [1, 2, 3])", [knob()], mystnb=alt),
            new_markdown_cell(parts["knob"]),
            code("table", [display(text_html=table, text_plain="a table")]),
            code(long_line, [stream("1 " * 200 + "\n")], tags=["rtol=0.01"]),
            code(
                'claim("the test accuracy is above 0.98", accuracy, above=0.98)',
                [stream("✓ the test accuracy is above 0.98: 0.9816 > 0.98 (margin 0.0016)\n")],
            ),
            code("Dense(0, 3)", [FAILURE], tags=["raises-exception"]),
            new_markdown_cell(parts["exercise"]),
            code("def relu(x):\n    ...  # your code here", tags=["exercise"]),
            code("def relu(x):\n    return np.maximum(0, x)", tags=["solution", "hide-cell"],
                 jupyter={"source_hidden": True}),
            new_markdown_cell(parts["summary"]),
        ],
    )  # fmt: skip
