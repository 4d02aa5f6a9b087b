"""The API reference: a page for each file of nbhelpers, each piece beside its graph twin.

Which pieces there are is read from the source without importing it, so a new file or class has its
place in the reference as soon as it exists. autodoc then imports the modules (TensorFlow mocked).
"""

import ast
import re
from pathlib import Path

from sphinx.pycode import ModuleAnalyzer

BLANK = "\n\n"
INDEX = """# Reference of `nbhelpers`

One page for each file, made from its docstrings. On the left the NumPy version, on the right its
counterpart in `nbhelpers.tf1`, the same network as a TensorFlow graph. `[source]` shows the code
itself: it is short, and written to be read.

"""


def pieces(path):
    """Docstring and public classes and functions of a module, in the order of the file.

    Of a package these are the ones that its __init__.py brings in from its files.
    """
    package = path.with_suffix("")
    if package.is_dir():
        tree = ast.parse((package / "__init__.py").read_text(encoding="utf-8"))
        public = [
            node
            for line in tree.body
            if isinstance(line, ast.ImportFrom) and line.level == 1
            for node in pieces(package / f"{line.module}.py")[1]
            if node.name in {alias.name for alias in line.names}
        ]
        return ast.get_docstring(tree) or "", public
    if not path.exists():
        return "", []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.ClassDef, ast.FunctionDef)
    # By name: of an overloaded function the last definition counts, which has the docstring.
    public = {n.name: n for n in tree.body if isinstance(n, kinds) and not n.name.startswith("_")}
    return ast.get_docstring(tree) or "", list(public.values())


def directive(kind, name, options=""):
    return f"```{{eval-rst}}\n.. auto{kind}:: {name}\n{options}```\n"


def piece(module, node):
    if isinstance(node, ast.ClassDef):
        return directive("class", f"{module}.{node.name}", "   :members:\n   :undoc-members:\n")
    return directive("function", f"{module}.{node.name}")


def beside(numpy, graph):
    """Two columns, or one below the other on a phone; a piece without a twin has the page."""
    if not (numpy and graph):
        return (numpy or graph) + "\n"
    columns = "".join(
        f"::::{{grid-item}}\n**{label}**\n\n{content}::::\n"
        for label, content in (("NumPy", numpy), ("TensorFlow graph", graph))
    )
    return f":::::{{grid}} 1 1 2 2\n:class-container: twins\n\n{columns}:::::\n\n"


def page(package, name):
    _, ours = pieces(package / f"{name}.py")
    _, twins = pieces(package / "tf1" / f"{name}.py")
    twin_of = {node.name: node for node in twins}
    names = {node.name for node in ours}
    text = f"---\nhtml_theme.sidebar_secondary.remove: true\n---\n\n# {name}\n\n"
    modules = [f"nbhelpers.{name}" if ours else "", f"nbhelpers.tf1.{name}" if twins else ""]
    text += beside(*(module and directive("module", module) for module in modules))
    for node in ours + [node for node in twins if node.name not in names]:
        text += f"## {node.name}\n\n" + beside(
            piece(f"nbhelpers.{name}", node) if node.name in names else "",
            piece(f"nbhelpers.tf1.{name}", node) if node.name in twin_of else "",
        )
    return text


def write(app, config):
    """Write the pages that changed; a page whose module is gone goes too."""
    package = Path(app.srcdir).parent / "nbhelpers"
    folder = Path(app.srcdir) / "api"
    folder.mkdir(exist_ok=True)
    found = [p for folder in (package, package / "tf1") for p in folder.glob("[a-z]*")]
    stems = {p.stem for p in found if p.suffix == ".py" or (p / "__init__.py").exists()} - {"tf1"}
    modules = [
        name
        for name in sorted(stems)
        if pieces(package / f"{name}.py")[1] or pieces(package / "tf1" / f"{name}.py")[1]
    ]
    pages = {f"{name}.md": page(package, name) for name in modules}
    index = INDEX
    for name in modules:
        sentence = pieces(package / f"{name}.py")[0] or pieces(package / "tf1" / f"{name}.py")[0]
        index += f"[`{name}`]({name}.md)\n: {' '.join(sentence.partition(BLANK)[0].split())}\n\n"
    if modules:
        index += "```{toctree}\n:hidden:\n\n" + "\n".join(modules) + "\n```\n"
    pages["index.md"] = index
    for old in folder.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def find_source(app, module):
    """The code behind [source], read from its file: to import it would start TensorFlow."""
    path = Path(app.srcdir).parent / f"{module.replace('.', '/')}.py"
    if not path.exists():
        return None
    analyzer = ModuleAnalyzer.for_file(path, module)
    analyzer.find_tags()
    return analyzer.code, analyzer.tags


def keep_bars(app, what, name, member, options, lines):
    """In a docstring |w| is an absolute value, where reStructuredText sees a name to replace."""
    doctest = False
    for i, line in enumerate(lines):
        doctest = line.lstrip().startswith(">>>") or (doctest and line.strip() != "")
        if not doctest:
            lines[i] = re.sub(r"(`+[^`]*`+)|\|", lambda found: found[1] or r"\|", line)


def skip_data(app, what, name, member, skip, options):
    """A class describes its attributes in its docstring; a bare list of them says nothing."""
    described = isinstance(member, property) and member.__doc__
    return None if callable(member) or described else True


def setup(app):
    app.connect("config-inited", write)
    app.connect("autodoc-process-docstring", keep_bars)
    app.connect("autodoc-skip-member", skip_data)
    app.connect("viewcode-find-source", find_source)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
