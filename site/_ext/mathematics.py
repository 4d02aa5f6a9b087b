"""Mathematics is turned into MathML while the site is built, so that no page needs a script for it.

math-core is strict: a formula that TeX would refuse stops the build (warnings are errors), with the
page and line. What it makes is MathML Core, which all current browsers draw themselves; the math
font lies in _static.
"""

import re

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)


# What browsers draw as they are told, and TeX draws better: a prime is high by itself, so that as
# a superscript it flies away; the sign of a root over a low letter hangs below the line.
FIXES = [
    (r"<msup>(<mi>[^<]*</mi>)<mo>([′″‴])</mo></msup>",
     r'<mrow>\1<mo lspace="0" rspace="0">\2</mo></mrow>'),
    ("<msqrt>", '<msqrt><mspace width="0" height="0.7em" depth="0.15em"></mspace>'),
]  # fmt: skip


def convert(translator, node, displaystyle):
    # A blank line ends a formula in TeX, but in a lesson it is only space between lines.
    tex = re.sub(r"\n\s*\n", "\n", node.astext()).strip()
    macros = translator.config.mathematics_macros
    try:
        converter = LatexToMathML(macros=macros, fancy_error=False)
        formula = converter.convert_with_local_state(tex, displaystyle=displaystyle)
    except LatexError as error:
        place, _, what = str(error).partition(": ")
        logger.warning(
            "this formula is not valid TeX, at its character %s: %s The formula: %s",
            place, what, tex, location=node, type="mathematics",
        )  # fmt: skip
        return translator.encode(tex)
    for pattern, replacement in FIXES:
        formula = re.sub(pattern, replacement, formula)
    return formula


def visit_math(translator, node):
    translator.body.append(
        f'<span class="math notranslate nohighlight">{convert(translator, node, False)}</span>'
    )
    raise nodes.SkipNode


def visit_math_block(translator, node):
    # A wide formula scrolls inside its own box, which the keyboard must be able to reach.
    attributes = {"CLASS": "math notranslate nohighlight"}
    translator.body.append(translator.starttag(node, "div", **attributes))
    formula = convert(translator, node, True)
    translator.body.append(f'<div class="formula" tabindex="0">{formula}</div>')
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app):
    app.add_config_value("mathematics_macros", {}, "html", dict)
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
