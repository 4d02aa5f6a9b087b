"""Pages that have moved: the old address answers with a small page that leads to the new one.

sphinx-reredirects does the same, but knows neither that a lesson goes by its slug, whatever its
number is today, nor that the place on the page (`#One-neuron`) goes along.
"""

from html import escape
from pathlib import Path, PurePosixPath

# The lessons of the first edition, and the slug of the lesson that has taken their place.
LESSONS = {
    "02_activations": "activations",
    "05_tensorflow_graphs": "tensorflow_graphs",
    "06_overfitting": "overfitting",
    "07_regularization": "regularization",
    "08_dropout": "dropout",
    "09_initialization": "initialization",
    "10_batch_normalization": "batch_normalization",
    "11_optimizers": "adaptive_optimizers",
    "12_hyperparameters": "hyperparameters",
    "13_diagnosis": "diagnosis",
    "14_mnist": "mnist",
    "15_cifar10": "cifar10",
}
# Pages of the reference, and those of the first edition that are a part of them now.
REFERENCE = {
    "datasets": "augmentation preprocessing resampling",
    "diagnostics": "causes first_look measures verdicts",
    "gradient_check": "gradcheck",
    "index": "solver_checks storage targets tensorflow types validation",
    "jupyter": "claims drawing_pad in_browser interactive strokes",
    "layers": "batchnorm dropout layer",
    "losses": "information",
    "migration": "remedies",
    "network": "builders",
    "optimizers": "averages clipping optimizer",
    "plotting": "drawings drawings_graph drawings_tf histograms pictures plots",
    "search": "choices designs search_file search_plots spaces trials",
    "training": "evaluation history solver",
}
PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>This page has moved</title>
<link rel="canonical" href="{canonical}">
<meta http-equiv="refresh" content="0; url={target}">
<script>location.replace("{target}" + location.hash)</script>
<main><p>This page has moved: <a href="{target}">{target}</a></p></main>
</html>
"""


def moves(app):
    """The old and the new name of each page that is elsewhere now."""
    by_slug = {name.split("_", 1)[1]: name for name in (Path(x.file).stem for x in app.lessons)}
    for old, slug in LESSONS.items():
        if slug in by_slug:
            yield f"notebooks/{old}", f"notebooks/{by_slug[slug]}"
    for new, former in REFERENCE.items():
        yield from ((f"api/{old}", f"api/{new}") for old in former.split())


def redirect(app, exception):
    if exception or app.builder.format != "html":
        return
    base = app.config.html_baseurl.rstrip("/")
    for old, new in moves(app):
        if new in app.env.found_docs and old not in app.env.found_docs:
            target = PurePosixPath(new).name + ".html"  # in the same folder
            text = PAGE.format(
                target=escape(target), canonical=escape(f"{base}/{new}.html" if base else target)
            )
            (Path(app.outdir) / f"{old}.html").write_text(text, encoding="utf-8")


def setup(app):
    app.connect("build-finished", redirect)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
