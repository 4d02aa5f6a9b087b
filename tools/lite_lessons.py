"""The lessons as they run in a browser: which of their cells need what does not run there.

A cell is found by its names: what comes from `nbhelpers.tf1`, or from a package that starts
processes, and what is computed from that, cell after cell. Such a cell opens with `%%recorded`
(see `nbhelpers/jupyter/browser.py`); all other cells are those of the lesson.
"""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterator

import nbformat
from nbformat import v4

TENSORFLOW, PROCESSES = "TensorFlow", "A second Python process"
# What is imported from these cannot be used there; `import nbhelpers.tf1` itself can.
ABSENT = {
    "nbhelpers.tf1": TENSORFLOW,
    "tensorflow": TENSORFLOW,
    "dask": PROCESSES,
    "distributed": PROCESSES,
    "subprocess": PROCESSES,
}
NO_IMPORT = ("tensorflow", "dask", "distributed")
SET_UP = """\
# This edition of the lesson runs in your browser; its first run fetches NumPy and Matplotlib.
%pip install -q --no-deps mlxtend watermark{widgets}
%pip install -q nbhelpers{pandas}
%load_ext nbhelpers.jupyter.browser
"""
REST = "# What the lesson needs later of the cell above, as far as it runs here."
PANDAS = re.compile(r"\bpandas\b|\bpd\.|\bto_frame\(")


def why_absent(module: str) -> str | None:
    """What a module needs that does not run in a browser."""
    found = [why for name, why in ABSENT.items() if f"{module}.".startswith(f"{name}.")]
    return found[0] if found else None


def imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The names that an import binds, each with the module or object that it stands for."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0], alias.name
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def used(statement: ast.stmt) -> set[str]:
    """The names of the notebook that a statement reads, also inside the functions in it."""

    def reads(table: symtable.SymbolTable) -> set[str]:
        top = table.get_type() == "module"
        own = {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (top or symbol.is_global())
        }
        return own.union(*map(reads, table.get_children()))

    return reads(symtable.symtable(ast.unparse(statement), "cell", "exec"))


def bound(statement: ast.stmt) -> set[str]:
    """The names that a statement gives a value or changes a part of."""
    names = {name for name, _ in imported(statement)}
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return names | {statement.name}
    for node in ast.walk(statement):
        if isinstance(node, ast.Name | ast.Subscript | ast.Attribute) and isinstance(
            node.ctx, ast.Store
        ):
            while not isinstance(node, ast.Name):  # of a.b[c] = d, a
                node = getattr(node, "value", ast.Name("", ast.Store()))
            names.add(node.id)
    return names


def fresh(statements: list[ast.stmt]) -> set[str]:
    """The names that statements read before they bind them, which must be there already."""
    read: set[str] = set()
    own: set[str] = set()
    for statement in statements:
        parts = [statement]
        if isinstance(statement, ast.For | ast.With):
            head = ast.copy_location(type(statement)(**vars(statement)), statement)
            head.body, head.orelse = [ast.Pass()], []
            parts = [head]
        read |= set().union(*map(used, parts)) - own
        if isinstance(statement, ast.AugAssign):
            read |= bound(statement) - own
        own |= bound(parts[0])
        if parts != [statement]:
            read |= fresh(statement.body + getattr(statement, "orelse", [])) - own
        own |= bound(statement)
    return read


def statements_of(source: str) -> list[ast.stmt]:
    """The top statements of a cell, magics left out, each with its own text as `text`."""
    lines = source.splitlines()
    if lines and lines[0].startswith("%%"):
        return []
    code = "\n".join("" if line.startswith(("%", "!")) else line for line in lines)
    found = ast.parse(code).body
    for statement in found:
        decorated = bool(getattr(statement, "decorator_list", []))
        text = ast.unparse(statement) if decorated else ast.get_source_segment(code, statement)
        statement.text = text
    return found


def needs(source: str, absent: dict[str, str]) -> tuple[str | None, list[ast.stmt]]:
    """What the cell needs that does not run there, and its statements that do without.

    `absent` says of names that are not there what they need; it is brought up to date.
    """
    extensions = re.findall(r"^%load_ext (\S+)", source, re.MULTILINE)
    reasons = [why for name in extensions if (why := why_absent(name))]
    if source.startswith("%%script"):
        reasons.append(PROCESSES)
        absent.update(dict.fromkeys(re.findall(r"--out (\w+)", source), PROCESSES))
    kept = []
    for statement in statements_of(source):
        lacks = [absent[name] for name in sorted(fresh([statement]) & absent.keys())]
        for node in ast.walk(statement):
            origins = [origin for _, origin in imported(node)]
            lacks += [why_absent(origin) for origin in origins if origin.startswith(NO_IMPORT)]
        reasons += lacks
        for name in bound(statement):
            absent.pop(name, None)
        if lacks:
            absent.update(dict.fromkeys(bound(statement), lacks[0]))
        else:
            kept.append(statement)
        origins = imported(statement)
        absent.update({name: why for name, origin in origins if (why := why_absent(origin))})
    return (reasons[0] if reasons else None), kept


def wanted(statements: list[ast.stmt], later: set[str]) -> tuple[list[ast.stmt], set[str]]:
    """Those statements that give names which are read later, and then the names that they read."""
    chosen = []
    for statement in reversed(statements):
        if bound(statement) & later and not isinstance(statement, ast.Expr):
            chosen.insert(0, statement)
            later = (later - bound(statement)) | fresh([statement])
    return chosen, later


HERE = "set-up-here"  # the id of a set-up cell that the browser alone has


def edition(
    lesson: nbformat.NotebookNode, stem: str
) -> tuple[nbformat.NotebookNode, dict[str, list]]:
    """The lesson for the browser, and by the names of their files the outputs that are recorded."""
    lesson, outputs = nbformat.from_dict(lesson), {}
    absent: dict[str, str] = {}
    found = [
        needs(cell.source, absent) if cell.cell_type == "code" else (None, [])
        for cell in lesson.cells
    ]
    cells, later = [], set()
    for number, (cell, (why, kept)) in reversed(
        [*enumerate(zip(lesson.cells, found, strict=True), 1)]
    ):
        if cell.cell_type == "code":
            cell.execution_count = None
        if why:
            name = f"{stem[:2]}-{number}"
            cell.source = f"%%recorded {why} {name}\n{cell.source}"
            outputs[name] = cell.outputs
            chosen, later = wanted(kept, later)
            if chosen:
                source = "\n".join([REST, *(statement.text for statement in chosen)])
                cells.append(v4.new_code_cell(source, id=f"rest-{number}"))
        elif kept:
            later = (later - set().union(*map(bound, kept))) | fresh(kept)
        cells.append(cell)
    text = "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "code")
    set_up = next(c for c in lesson.cells if "setup" in c.metadata.get("tags", []))
    pandas = " pandas" if PANDAS.search(text) else ""
    widgets = " ipywidgets ipycanvas" if "drawing_pad" in text else ""
    first = SET_UP.format(pandas=pandas, widgets=widgets)
    lesson.cells = cells[::-1]
    if set_up.source.startswith("%%recorded"):  # a cell magic stays the first line of its cell
        place = next(i for i, cell in enumerate(lesson.cells) if cell is set_up)
        lesson.cells.insert(place, v4.new_code_cell(first, id=HERE))
    else:
        set_up.source = first + set_up.source
    kernel = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
    lesson.metadata["kernelspec"] = kernel
    return lesson, outputs
