"""Turns the measurements into the Markdown of `results.md`; no number in it is typed."""

from __future__ import annotations

import datetime
import math
import os
import platform
import re
from dataclasses import replace
from pathlib import Path
from statistics import median

from tools.execution import ROOT

from .contestants import versions
from .parts import parts
from .rounds import Result, race
from .tricks import UNDONE
from .workloads import W1, Workload

RESULTS = ROOT / "benchmarks" / "results.md"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def said(result: Result) -> str:
    """A ratio with its quartiles, such as 1.38 (1.36 to 1.41)."""
    if result.refused or not result.ratios:
        return "–"
    low, high = result.spread()
    digits = 2 if result.ratio() < 10 else 1
    return f"{result.ratio():.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def told(seconds: float) -> str:
    if math.isnan(seconds):
        return "–"
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def races(works: list[Workload], names: list[str], rounds: int) -> str:
    """The contestants on every workload: a step, an epoch, the memory."""
    results = {work.name: race(names, work, rounds, epochs=1) for work in works}
    heads = [work.name for work in works]

    def rows(tell) -> list[list[str]]:
        return [[name, *(tell(results[head][name]) for head in heads)] for name in names]

    def middle(times: list[float]) -> str:
        return told(median(times)) if times else "–"

    where = "\n".join(f"- **{work.name}**: {work}" for work in works)
    return "\n\n".join([
        "### A step, in floors",
        "Time over that of the step's matrix products alone: the median, and between which "
        "values half of the rounds lie. Lower is better.",
        where,
        table(["contestant", *heads], rows(said)),
        "### A step, in time",
        table(["contestant", *heads], rows(lambda result: middle(result.step))),
        "### An epoch",
        "As `fit` runs it: with the look at all data before the first step, the record, the "
        "short last batch; one run.",
        table(["contestant", *heads], rows(lambda result: middle(result.epoch))),
        "### The most memory held, in MB",
        "Of the whole process, libraries and data included.",
        table(["contestant", *heads], rows(lambda result: f"{result.megabytes:.0f}"
                                 if not math.isnan(result.megabytes) else "–")),
    ])  # fmt: skip


def undone(works: list[Workload], names: list[str], rounds: int) -> str:
    """Each trick undone alone, against the package as it is."""
    del names
    works = [work for work in works if work.name in ("W1", "W4")] or works[:1]
    results = {work.name: race(["nbhelpers", *UNDONE], work, rounds) for work in works}
    head = ["undone", *(f"{work.name}, times the package" for work in works)]
    rows = [[name, *(said(results[work.name][name]) for work in works)] for name in UNDONE]
    about = "The package with one trick undone, as a multiple of the package as it is."
    return "\n\n".join(["### What each trick buys", about, table(head, rows)])


def shares(works: list[Workload], names: list[str], rounds: int) -> str:
    """Where the time of a step goes."""
    del names
    found = {work.name: parts(work, 20 * rounds) for work in works}
    rows = [
        [name, *(f"{100 * found[w.name][name] / sum(found[w.name].values()):.0f} %" for w in works)]
        for name in next(iter(found.values()))
    ]
    about = "Shares of a NumPy step of the package, by part. The penalty is in the last row."
    return "\n\n".join(
        ["### Where the time goes", about, table(["part", *(w.name for w in works)], rows)]
    )


FEWER = replace(W1, n=10_000)
GROWTH = {
    "batch size": [(f"{n:,}", replace(FEWER, batch=n)) for n in (10, 100, 1000)],
    "width of the first hidden layer": [
        (f"{n:,}", replace(FEWER, widths=(784, n, 100, 10))) for n in (64, 256, 1024)
    ],
    "hidden layers of 100": [
        (f"{n}", replace(FEWER, widths=(784, *[100] * n, 10))) for n in (1, 4, 16)
    ],
    "examples": [(f"{n:,}", replace(W1, n=n)) for n in (1000, 10_000, 60_000)],
}


def growth(works: list[Workload], names: list[str], rounds: int) -> str:
    """How cost grows with batch size, width, depth and the size of the data."""
    del works, names
    found = [
        "### How cost grows",
        f"From {FEWER}, one thing is changed at a time. The time of an epoch is of one run.",
    ]
    for what, changes in GROWTH.items():
        rows = []
        for value, work in changes:
            result = race(["floor", "nbhelpers"], work, rounds, epochs=1)["nbhelpers"]
            step = median(result.step)
            of_one = told(step / min(work.batch, work.n))
            rows.append([
                value, told(step), of_one, said(result), told(median(result.epoch)),
                f"{result.megabytes:.0f} MB",
            ])  # fmt: skip
        head = [what, "a step", "an example", "in floors", "an epoch", "memory"]
        found.append(table(head, rows))
    return "\n\n".join(found)


PARTS = {"race": races, "tricks": undone, "parts": shares, "growth": growth}


def processor() -> str:
    """The model of the processor, as the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    return platform.processor() or platform.machine()


def measured(rounds: int) -> str:
    """On what, when and with what: every part says it, since each can be measured alone."""
    made_of = ", ".join(f"{name} {number}" for name, number in versions().items())
    load = f", load {os.getloadavg()[0]:.0f}" if hasattr(os, "getloadavg") else ""
    return (
        f"Measured on {datetime.date.today():%Y-%m-%d} on one thread of: {processor()}, "
        f"{os.cpu_count()} cores, {platform.system()}{load}; "
        f"Python {platform.python_version()}, with "
        f"{made_of} installed; {rounds} rounds."
    )


def write(part: str, works: list[Workload], names: list[str], rounds: int) -> None:
    """Measure one part and put it in its place on the page; the other parts stay as they are."""
    found = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    texts = dict(re.findall(r"<!-- make bench: (\w+) -->\n(.*?)(?=\n<!-- |\Z)", found, re.DOTALL))
    heading, _, rest = PARTS[part](works, names, rounds).partition("\n\n")
    texts[part] = f"\n{heading}\n\n{measured(rounds)}\n\n{rest}\n"
    pieces = [f"<!-- make bench: {name} -->\n{texts[name]}" for name in PARTS if name in texts]
    RESULTS.write_text("\n".join(pieces), encoding="utf-8")
    print(texts[part], flush=True)
