"""Run the benchmarks and write `benchmarks/results.md`.

python -m benchmarks                    everything, about a quarter of an hour
python -m benchmarks --rounds 5         quicker and rougher
python -m benchmarks --only race W1 W4  one part, on these workloads: printed, not written
"""

from __future__ import annotations

import argparse

from . import report
from .contestants import CONTESTANTS, installed
from .tricks import UNDONE
from .workloads import WORKLOADS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("workloads", nargs="*", help="W1 … W5; all if none is named")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--skip", nargs="*", default=[], help="contestants to leave out")
    parser.add_argument("--only", choices=report.PARTS, help="measure this part alone")
    options = parser.parse_args()
    known = [work.name for work in WORKLOADS]
    if unknown := set(options.workloads) - set(known):
        parser.error(f"expected some of {', '.join(known)}, got {', '.join(sorted(unknown))}")
    works = [w for w in WORKLOADS if w.name in (options.workloads or known)]
    names = [name for name in CONTESTANTS if name not in UNDONE and installed(name)]
    names = [name for name in names if name not in options.skip]
    for part in [options.only] if options.only else report.PARTS:
        if options.workloads:
            print(report.PARTS[part](works, names, options.rounds))
        else:
            report.write(part, works, names, options.rounds)


if __name__ == "__main__":
    main()
