"""Every stored lesson keeps every rule, and every rule is one that a lesson can break."""

from __future__ import annotations

import html
import json
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from tests.lessons.hygiene_anatomy import ANATOMY_RULES, PRIVATE, PRIVATE_WORDS
from tests.lessons.hygiene_claims import CLAIM_RULES
from tests.lessons.hygiene_outputs import OUTPUT_RULES, code_cells, tags, texts
from tests.lessons.hygiene_text import TEXT_RULES
from tests.lessons.sample_pictures import BLUE, WHITE, png
from tools.execution import NOTEBOOKS, OFFLINE, ROOT, dataset, lessons, own_work
from tools.refresh import execute, tidy

RULES = [*OUTPUT_RULES, *TEXT_RULES, *CLAIM_RULES, *ANATOMY_RULES]
LESSONS = lessons()
STORED = [*LESSONS, *sorted(OFFLINE.glob("*.ipynb"))]


def read(path):
    return nbformat.read(path, as_version=4)


def test_there_are_lessons():
    assert LESSONS or own_work(), f"no lesson in {NOTEBOOKS}"


@pytest.mark.parametrize("path", STORED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_lesson_keeps_every_rule(path):
    problems = [problem for rule in RULES for problem in rule(read(path), path)]
    assert not problems, "\n".join(problems)


def cells(nb):
    """What both editions of a lesson must have in common."""
    return [(c.cell_type, c.source, tags(c), c.metadata.get("mystnb")) for c in nb.cells]


def edition_problems(lessons, offline):
    for path in lessons:
        nb, twin = read(path), offline / path.name
        if dataset(nb) and not twin.exists():
            yield f"{path.name} has no offline edition: run python -m tools.refresh {path.stem}"
        elif dataset(nb) and cells(nb) != cells(read(twin)):
            yield f"{path.name}: the editions differ: run python -m tools.refresh {path.stem}"
    with_data = {path.name for path in lessons if dataset(read(path))}
    for orphan in {path.name for path in offline.glob("*.ipynb")} - with_data:
        yield f"{orphan} is an offline edition of nothing"


def test_both_editions_have_the_same_cells():
    own = {f"{path.name} is an offline edition of nothing" for path in own_work()}
    assert not set(edition_problems(LESSONS, OFFLINE)) - own


def ignored_share(notebooks):
    shown = [cell for nb in notebooks for _, cell in code_cells(nb) if cell.outputs]
    return sum("nbval-ignore-output" in tags(cell) for cell in shown) / max(len(shown), 1)


def test_at_least_95_percent_of_outputs_are_compared():
    assert ignored_share(map(read, STORED)) < 0.05


# --- that each of these can fail ---------------------------------------------------------------


ALT = "A straight blue line rises from zero to three over a white ground."


def good():
    """A small lesson without fault: set-up, a figure with its caption, an exercise."""
    figure = v4.new_output(
        "display_data",
        {"text/plain": "<Figure size 640x480 with 1 Axes>", "image/png": png(WHITE, BLUE)},
    )
    hidden = {"tags": ["solution", "hide-cell"], "jupyter": {"source_hidden": True}}
    nb = v4.new_notebook(
        cells=[
            v4.new_markdown_cell(
                "# Neurons\n\nA sum, $w^\\top x$, costs \\$0. See `$`, $$\\{x\\}$$"
            ),
            v4.new_code_cell("import math", metadata={"tags": ["setup"]}),
            v4.new_code_cell(
                "claim(s, 0.2512)\nplt.plot()", metadata={"mystnb": {"image": {"alt": ALT}}}
            ),
            v4.new_markdown_cell("**Figure 1.1.** A line: its slope is 0.25.\n\n## Exercises"),
            *(
                v4.new_code_cell(f"def f(x): {body}\n\nneurons.f.check(f)", metadata=metadata)
                for _ in range(3)
                for body, metadata in (("...", {"tags": ["exercise"]}), ("return x", hidden))
            ),
        ]
    )
    nb.cells[2].outputs = [figure]
    for number, cell in code_cells(nb):
        cell.execution_count = number
    return tidy(nb)


PATH = Path("01_neurons.ipynb")


def test_a_good_lesson_has_no_problem():
    assert [problem for rule in RULES for problem in rule(good(), PATH)] == []


def source(position, text):
    def change(nb):
        nb.cells[position].source = text

    return change


def metadata(position, **items):
    def change(nb):
        nb.cells[position].metadata.update(items)

    return change


def output(kind, position=5, **content):
    def change(nb):
        nb.cells[position].outputs.append(v4.new_output(kind, **content))

    return change


def printed(text):
    return output("stream", name="stdout", text=text)


def picture(payload):
    def change(nb):
        nb.cells[2].outputs[0].data["image/png"] = payload

    return change


FRAMES = [
    {"src": f"data:image/png;base64,{png(WHITE, color)}", "text": text, "alt": f"{ALT} {text}"}
    for color, text in ((BLUE, "slow"), ((255, 0, 0), "fast"))
]


def knob(*changes):
    """A slider among the outputs, with the frame number `i` changed."""
    frames = deepcopy(FRAMES)
    for i, change in changes:
        frames[i].update(change)
    data = json.dumps({"name": "rate", "start": 0, "frames": frames})
    page = f'<div data-interactive="{html.escape(data)}"></div>'
    return output("display_data", data={"text/html": page})


def test_a_good_knob_has_no_problem():
    nb = good()
    knob()(nb)
    assert [problem for rule in RULES for problem in rule(nb, PATH)] == []


QUESTION = "**Predict.** Will it rise?\n\n- (a) Yes.\n- (b) No."
WHY = "\n\n<details><summary>Why</summary>\n\n(a). It must.\n\n</details>"
EXERCISES = {"boundary_neuron": "★ (derive)", "xor_with_relu": "★★ (build)",
             "fixed_reader": "★★ (debug)", "star": "★★★ (design)"}  # fmt: skip


def second_edition():
    """A small lesson of the second edition without fault."""
    nb = good()
    setup, figure = nb.cells[1], nb.cells[2]
    text = "As [Minsky (1969)](https://a.b/c) and Rosenblatt (1958) knew, a line is not enough."
    body = [v4.new_markdown_cell(f"# Neurons\n\n{text}"), setup, v4.new_markdown_cell("## A line")]
    knob()(nb)
    slider = nb.cells[5].outputs.pop()
    claims = v4.new_output("stream", name="stdout", text="✓ It rises: 0.25 > 0\n" * 8)
    figure.outputs += [claims, slider]
    figure.source = 'claim("It rises", 0.2512, above=0)\n' + "axes.plot(x)\n" * 6
    for code in (figure, v4.new_code_cell("2"), v4.new_code_cell("3")):
        caption = "**Figure 1.1.** A line.\n\n" if code is figure else ""
        body += [v4.new_markdown_cell(QUESTION), code,
                 v4.new_markdown_cell(f"{caption}It rises.{WHY}")]  # fmt: skip
    body[-1].source += "\n\n## Exercises"
    for number, (name, marks) in enumerate(EXERCISES.items(), 1):
        stub, solution = deepcopy(nb.cells[4:6])
        stub.source = solution.source = f"def f(x): ...\n\nneurons.{name}.check(f)"
        body += [v4.new_markdown_cell(f"### {number}. A title {marks}"), stub, solution]
    entries = ("- M. Minsky (1969). [Perceptrons](https://a.b/c). MIT Press.\n"
               "- F. Rosenblatt (1958). *The perceptron.* Review 65.")  # fmt: skip
    body.append(v4.new_markdown_cell(f"## References\n\n{entries}"))
    body = [deepcopy(cell) for cell in body]
    for i, cell in enumerate(body):
        cell.id = f"cell-{i}"
    new = v4.new_notebook(cells=body, metadata={"nbhelpers": {"edition": 2}})
    for number, cell in code_cells(new):
        cell.execution_count = number
    return tidy(new)


def second(fault):
    """A fault that is tried on the lesson of the second edition."""
    fault.second = True
    return fault


def test_a_good_lesson_of_the_second_edition_has_no_problem():
    nb = second_edition()
    assert [problem for rule in RULES for problem in rule(nb, PATH)] == []


def test_the_anatomy_is_asked_of_the_second_edition_alone():
    assert [problem for rule in ANATOMY_RULES for problem in rule(good(), PATH)] == []
    nb = good()
    nb.metadata["nbhelpers"] = {"edition": 2}
    assert all(any(rule(nb, PATH)) for rule in ANATOMY_RULES[:3])


@pytest.mark.parametrize("text", [
    "The boundaries bend around the arms, and a twinkle is mending nothing: commend the bender.",
    "The gradient with respect to x, one layer per class, a slope of the line, forever and ever.",
])  # fmt: skip
def test_words_of_the_field_are_no_problem(text):
    assert not [word for word in PRIVATE_WORDS if word.search(text.replace("mending", ""))]


def test_private_words_are_found_with_their_counterparts():
    assert len(PRIVATE) >= 20
    for text in ("learned by heart", "Twins", "the first weights", "one a layer", "a bend",
                 "the gradient for $W$", "more than luck"):  # fmt: skip
        assert [word for word in PRIVATE_WORDS if word.search(text)], text


ERROR = {"ename": "ValueError", "evalue": "no", "traceback": []}
FAULTS = {
    "valid": [lambda nb: nb.cells[0].update(id=nb.cells[1].id)],
    "stored_by_refresh": [
        lambda nb: nb.metadata.kernelspec.update(name="my-env"),
        lambda nb: nb.metadata.update(widgets={}),
        lambda nb: nb.cells[2].outputs[0].metadata.clear(),
        metadata(1, execution={"iopub.execute_input": "2020-01-01"}),
    ],
    "executed_in_order": [
        lambda nb: nb.cells[1].update(execution_count=None),
        lambda nb: nb.cells[1].update(execution_count=7),
        source(1, " \n"),
    ],
    "no_stderr": [output("stream", name="stderr", text="RuntimeWarning: overflow")],
    "errors_are_announced": [
        output("error", **ERROR),
        metadata(5, tags=["raises-exception"]),
        metadata(5, tags=["raises-exception", "nbval-ignore-output"]),
    ],
    "nothing_of_this_machine": [
        printed("saved to /home/reader/net.npz"),
        printed("in C:\\Users\\ada"),
        printed("<function f at 0x7f3a2b1c9d00>"),
        source(5, "open('/tmp/x')"),
    ],
    "no_widgets": [
        output("display_data", data={"application/vnd.jupyter.widget-view+json": {"model_id": ""}})
    ],
    "figures_are_stored": [
        picture(png(WHITE, WHITE)),
        lambda nb: nb.cells[2].outputs[0].data.pop("image/png"),
        lambda nb: nb.cells[2].outputs.append(nb.cells[2].outputs[0]),
    ],
    "figures_have_alt_text": [
        metadata(2, mystnb={}),
        metadata(2, mystnb={"image": {"alt": "A line."}}),
        metadata(2, mystnb={"image": {"alt": "neurons_" * 8 + ".png"}}),
        metadata(5, mystnb={"image": {"alt": ALT}}),
    ],
    "knobs_are_whole": [
        knob((1, {"src": f"data:image/png;base64,{png(WHITE, WHITE)}"})),
        knob((1, {"src": FRAMES[0]["src"]})),
        knob((1, {"text": "slow"})),
        knob((1, {"alt": FRAMES[0]["alt"]})),
        knob((0, {"alt": "A line."})),
    ],
    "tags_are_known": [
        metadata(5, tags=["rtol=0.5"]),
        metadata(5, tags=["rtol=.01x"]),
        metadata(5, tags=["rtol 0.01"]),
        source(5, "# NBVAL_SKIP\n1 + 1"),
    ],
    "ignored_outputs_say_why": [metadata(5, tags=["nbval-ignore-output"])],
    "headings_nest": [
        source(0, "No title"),
        source(3, "**Figure 1.1.** A line.\n\n# Second title"),
        source(3, "**Figure 1.1.** A line.\n\n### Skipped a level"),
    ],
    "figures_are_captioned": [
        source(3, "A figure without number"),
        source(3, "**Figure 2.1.** Number of another lesson"),
        source(0, "# Neurons\n\n**Figure 1.1.** A caption without figure"),
    ],
    "links_resolve": [
        source(0, "# Neurons\n\n[next](99_missing.ipynb)"),
        source(0, "# Neurons\n\n![drawing](drawing.png 'title')"),
        source(0, "# Neurons\n\n[next]: 99_missing.ipynb#top"),
    ],
    "formulas_are_balanced": [
        source(0, "# Neurons\n\nA sum $w x.\n\nAnother $y."),
        source(0, "# Neurons\n\n$$ w x"),
        source(0, "# Neurons\n\n$\\frac{1}{2$"),
        source(0, "# Neurons\n\n$$\\begin{aligned} x$$"),
        source(0, "# Neurons\n\n$\\left( x$"),
    ],
    "exercises_have_check_and_solution": [
        lambda nb: nb.cells.pop(5),
        lambda nb: nb.cells.pop(6),
        lambda nb: (nb.cells.pop(8), nb.cells.pop(8)),
        metadata(5, jupyter={}),
        metadata(5, tags=["solution"]),
        source(4, "def f(x): ..."),
        source(5, "def f(x): return x"),
    ],
    "figures_are_claimed": [
        source(2, "plt.plot()"),
        source(2, "disclaim()\nplt.plot()"),
        metadata(2, no_claim="there is one, though"),
        metadata(5, no_claim="there is no figure"),
        lambda nb: (source(2, "plt.plot()")(nb), metadata(2, no_claim="no")(nb)),
    ],
    "claims_and_not_asserts": [source(1, "import math\nassert math.pi > 3")],
    "numbers_in_prose_are_the_lessons": [
        source(3, "**Figure 1.1.** A line: its slope is 0.26.\n\n## Exercises"),
        source(3, "**Figure 1.1.** A line: its slope is 0.252.\n\n## Exercises"),
        source(0, "# Neurons\n\nRight in 98.5 % of all cases"),
        source(0, "# Neurons\n\nRight in 26\\% of all cases, $x = 0.25$"),
    ],
    "cells_are_short": [source(2, "1\n" * 26)],
    "predictions_are_answered": [
        second(source(3, "What happens?")),  # two questions are left
        second(source(5, "**Figure 1.1.** Nothing about why.")),
        second(source(5, "<details><summary>Why</summary>\nNo empty line.\n</details>")),
        second(lambda nb: nb.cells.insert(4, nb.cells.pop(5))),  # before the run
    ],
    "something_to_turn": [second(lambda nb: nb.cells[4].outputs.pop())],
    "claims_are_8_to_30": [
        second(output("stream", 4, name="stdout", text="✓ One more: 1 > 0\n" * 30)),
        second(lambda nb: nb.cells[4].outputs[1].update(text="✓ One: 1 > 0\n")),
    ],
    "plot_code_is_folded": [
        second(source(4, "claim(s, 0.2512)\n" + "axes.plot(x)\n" * 7)),
        second(source(4, "claim(s, 0.2512)\n" + "axes[0, 1].set(xlabel='x')\n" * 7)),
    ],
    "references_are_cited": [
        second(source(-1, "## References\n\n- A. Nobody (1999). [Title](https://a.b/d). *J.* 1.")),
        second(source(-1, "## References\n\n- F. Rosenblatt (1962). *Principles.* Spartan.")),
    ],
    "words_are_the_fields": [
        second(source(0, "# Neurons\n\nIt is taken for a seven.")),
        second(source(4, 'claim("Learned by heart", 0.2512, above=0)')),
        second(metadata(4, mystnb={"image": {"alt": f"{ALT} The falling rate is dashed."}})),
    ],
    "exercises_say_kind_and_stars": [
        second(source(12, "### 1. A boundary (derive)")),
        second(source(12, "### 1. A boundary ★ (retype)")),
        second(source(12, "### 1. A boundary ★★ (derive)")),
        second(source(13, "def f(x): ...\n\nneurons.no_such_thing.check(f)")),
        second(lambda nb: [nb.cells.pop(12) for _ in range(3)]),
    ],
    "american_spelling": [
        source(0, "# Regularisation"),
        source(5, "colour = 1"),
        source(0, "# Neurons\n\nThe centre of the labelled data, behaviour unnormalised"),
    ],
}


@pytest.mark.parametrize(
    "text",
    [
        "See [this](https://doi.org/10.1/2.34), figures 2.6 and 2.7, arXiv:1207.0580, `x = 7.5`",
        "Of all cases 25 %, 25.1 %, and 74.9 % of the others; a slope of $0.251$",
        "Figure 2.6 shows 0.25. That is version 1.2.3",
    ],
)
def test_numbers_in_prose_that_are_no_problem(text):
    nb = good()
    nb.cells[0].source = f"# Neurons\n\n{text}"
    assert [problem for rule in CLAIM_RULES for problem in rule(nb, PATH)] == []


def test_numbers_that_need_no_output():
    nb = good()
    nb.cells.append(v4.new_markdown_cell("## What to try next\n\nA rate of 0.77."))
    assert [problem for rule in CLAIM_RULES for problem in rule(nb, PATH)] == []
    nb.cells.append(v4.new_markdown_cell("## More\n\nA rate of 0.78."))
    assert [problem for rule in CLAIM_RULES for problem in rule(nb, PATH)] != []
    nb.cells[-1].metadata["numbers_from"] = "the paper"
    assert [problem for rule in CLAIM_RULES for problem in rule(nb, PATH)] == []


def test_every_rule_is_tried():
    assert set(FAULTS) == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize(
    ("rule", "fault"),
    [pytest.param(r, f, id=r.__name__) for r in RULES for f in FAULTS[r.__name__]],
)
def test_rule_finds_fault(rule, fault):
    nb = second_edition() if getattr(fault, "second", False) else good()
    fault(nb)
    assert list(rule(nb, PATH))


@pytest.mark.parametrize("fault", ["no twin", "other source", "other tag", "orphan"])
def test_editions_that_differ_are_found(tmp_path, fault):
    offline = tmp_path / "offline"
    offline.mkdir()
    nb = good()
    nb.metadata["nbhelpers"] = {"data": "mnist"}
    twin = deepcopy(nb)
    lesson = tmp_path / "19_mnist.ipynb"
    nbformat.write(nb, lesson)
    nbformat.write(twin, offline / lesson.name)
    assert not list(edition_problems([lesson], offline))
    if fault == "other source":
        twin.cells[1].source = "import cmath"
    if fault == "other tag":
        twin.cells[1].metadata["tags"] = []
    nbformat.write(twin, offline / lesson.name)
    if fault == "no twin":
        (offline / lesson.name).unlink()
    if fault == "orphan":
        nbformat.write(twin, offline / "20_cifar10.ipynb")
    assert list(edition_problems([lesson], offline))


def test_ignored_share_counts():
    nb = good()
    assert ignored_share([nb]) == 0
    nb.cells[2].metadata["tags"] = ["nbval-ignore-output"]
    assert ignored_share([nb]) == 1


def test_the_template_runs(tmp_path):
    nb = nbformat.read(ROOT / "notebook_format" / "template.ipynb", as_version=4)
    execute(nb, official=False)
    text = "".join(text for _, cell in code_cells(nb) for text in texts(cell))
    assert text.count("✓") == 1
    assert "✗" not in text
