"""The course site: `make site` renders the stored notebooks (it never runs them) to _build/html."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
# jsonschema, which reads notebooks, would build 38 grammars of internet addresses when it is
# imported, a third of the time of a build; it does without them when their package is missing.
sys.modules["rfc3987_syntax"] = None
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

project = "How neural networks work"
html_title = project
# The address of the published repository, such as "https://github.com/owner/name": the one line
# that a fork changes; the workflow `site` fills it in by itself. The links that need it (to the
# repository, launch in Colab or Binder) appear when it is set; without it there are none.
repository_url = os.environ.get("REPOSITORY_URL", "")
# Where the site is published, such as "https://owner.github.io/name/", for the sitemap.
html_baseurl = os.environ.get("SITE_URL", "")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinxcontrib.bibtex",
    "lessons",
    "lesson_map",
    "mathematics",
    "reference",
    "access",
    "published",
    "moved",
    "lite",
]
exclude_patterns = ["_build", "README.md", "**.ipynb_checkpoints"]

# Notebooks: stored outputs are shown as they are.
nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
nb_render_markdown_format = "myst"
nb_ipywidgets_js = {}  # would come from an outside host
myst_enable_extensions = [
    "amsmath",
    "attrs_block",
    "attrs_inline",
    "colon_fence",
    "deflist",
    "dollarmath",
]
myst_heading_anchors = 3
myst_heading_slug_func = "lessons.slug"
math_number_all = False
html_math_renderer = "mathml"
mathematics_macros = {"bm": r"\boldsymbol{#1}"}
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True
# Code is copied; on an output the button would only cover its end.
copybutton_selector = ":not(.output) > div.highlight > pre"
copybutton_exclude = ".linenos, .gp, .go"

bibtex_bibfiles = ["references.bib"]
bibtex_reference_style = "author_year"
bibtex_cite_id = "{key}"

# `make links`: some publishers refuse programs, whether the page is there or not.
linkcheck_timeout = 20
linkcheck_workers = 8
linkcheck_allow_unauthorized = True
linkcheck_anchors = False

# The reference: names from other packages have no page here.
autodoc_mock_imports = ["tensorflow"]
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings give the shapes
autodoc_preserve_defaults = True
toc_object_entries = False
add_module_names = False
default_role = "code"
nitpick_ignore_regex = [(r"py:.*", r"(?!nbhelpers\.).*")]

html_theme = "sphinx_book_theme"
html_static_path = ["_static"]
html_css_files = ["course.css"]
html_favicon = "_static/favicon.svg"
html_copy_source = True
html_show_sourcelink = False
html_context = {"default_mode": "auto"}
html_use_index = False
html_domain_indices = False
html_show_copyright = False
html_show_sphinx = False
pygments_style = "a11y-high-contrast-light"
html_theme_options = {
    "navbar_persistent": [],
    "show_navbar_depth": 1,
    "show_toc_level": 2,
    "use_fullscreen_button": False,
    "footer_content_items": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
} | (
    {
        "repository_url": repository_url,
        "repository_branch": "main",
        "use_repository_button": True,
        "launch_buttons": {
            "notebook_interface": "jupyterlab",
            "binderhub_url": "https://mybinder.org",
            "colab_url": "https://colab.research.google.com",
        },
    }
    if repository_url
    else {}
)
