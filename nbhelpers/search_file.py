"""The file of a search: what has been tried so far, so that an interrupted search can go on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from ._checks import Rng, refuse
from ._files import written_whole
from .trials import Trial

FORMAT = "nbhelpers search 1"


class SearchFile:
    """Reads and writes the finished trials of one search, and refuses those of another.

    Args:
        path: a JSON file, or where one is to be.
        settings: those of the search.
        first: the Generator of its first trial; it tells searches with other seeds apart.
    """

    def __init__(
        self, path: str | os.PathLike[str], settings: Sequence[Mapping[str, Any]], first: Rng
    ) -> None:
        seed: Any = first.bit_generator.seed_seq
        self.path = Path(path)
        self.settings = [{name: plain(v) for name, v in s.items()} for s in settings]
        self.rng = [str(seed.entropy), *map(int, seed.spawn_key)]
        self._originals = settings

    def write(self, done: Mapping[int, Trial]) -> None:
        """Replace the file in one piece: whenever it is read, it is whole."""
        trials = [
            {"number": n, "values": done[n].values, "problem": done[n].problem}
            for n in sorted(done)
        ]
        content = {
            "format": FORMAT, "rng": self.rng, "settings": self.settings, "trials": trials
        }  # fmt: skip
        with written_whole(self.path) as file:
            file.write(json.dumps(content, indent=1, allow_nan=False).encode())

    def read(self) -> dict[int, Trial]:
        """The trials that are done, by number; none if there is no file yet."""
        if not self.path.exists():
            self.write({})  # a folder that is not there is better known before hours of work
            return {}
        try:
            content = json.loads(self.path.read_bytes())
        except (OSError, ValueError) as problem:
            self._refuse("a file that holds a search", f"one that cannot be read ({problem})")
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            self._refuse("a file written by run_search", "something else")
        if content.get("settings") != self.settings:
            self._refuse("these settings", "a search over others")
        if content.get("rng") != self.rng:
            seed = "rng = np.random.default_rng(seed), made anew just before the search"
            self._refuse("the same rng", "a search with another seed", f"{seed}; or ")
        try:
            trials = [
                Trial(int(row["number"]), dict(self._originals[row["number"]]),
                      dict(row["values"]), str(row["problem"]))
                for row in content["trials"]
            ]  # fmt: skip
        except (KeyError, TypeError, ValueError, IndexError) as problem:
            self._refuse("trials with number, values and problem", f"others ({problem!r})")
        return {trial.number: trial for trial in trials}

    def _refuse(self, expected: str, got: str, mend: str = "") -> NoReturn:
        mend += "delete the file to start anew, or give another name"
        refuse(f"search file {self.path.name!r}", expected, got, mend)


def plain(value: Any) -> Any:
    """A value of a setting as JSON has it; functions and classes by their name.

    >>> plain(0.5), plain("he"), plain((64, 32)), plain(len)
    (0.5, 'he', [64, 32], 'builtins.len')
    """
    if hasattr(value, "item") and not getattr(value, "shape", ()):
        return value.item()  # a number of NumPy's
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        return [plain(part) for part in value]
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    mend = "name it: Choices('a', 'b'), and look the object up in the trial"
    return refuse("search file", "numbers, texts or functions in a setting", repr(value), mend)
