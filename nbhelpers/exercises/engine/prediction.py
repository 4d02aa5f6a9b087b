"""A prediction: chosen before the run, kept, and answered after it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from html import escape
from typing import Any

from . import progress
from .hints import describe
from .task import Task, is_dots

Choice = str | float


class Prediction(Task):
    """A question about what an experiment will show.

    The reader answers it with `predict` before the experiment runs. After it, `reveal` (or `check`
    with what was measured) says how the prediction did, and why things are as they are. It is
    solved by predicting, right or wrong.

    Args:
        name: the name that the notebook calls it by.
        options: the choices by their letters; None where a number is predicted.
        answer: the letter, or the number, that the experiment shows.
        why: one to three sentences on the reason, shown with the answer.
        within: how far a predicted number may be from the right one to be called right.
        stars, lesson: see `Task`.

    Raises:
        ValueError: the answer is none of the options.

    >>> doubled = Prediction("doubled", options={"a": "nothing changes", "b": "the largest grows"},
    ...                      answer="b", why="Differences of scores are log odds: they double.")
    >>> doubled.predict(...)
    … doubled: not predicted yet. Choose: (a) nothing changes, (b) the largest grows.
    >>> doubled.reveal()
    … doubled: predict first, before you run it: doubled.predict("a").
    >>> doubled.predict("a")
    … doubled: you predict (a) nothing changes. Now run it.
    >>> doubled.reveal()
    ✓ doubled: you predicted (a), and it is (b) the largest grows. Differences of scores are log odds: they double.
    >>> doubled.predict("b")
    … doubled: you predicted (a) before you knew; that is what counts. To predict anew: forget().
    """  # noqa: E501

    def __init__(
        self,
        name: str,
        *,
        options: Mapping[str, str] | None = None,
        answer: Choice,
        why: str,
        within: float = 0.0,
        stars: int = 1,
        lesson: str | None = None,
    ) -> None:
        super().__init__(name, kind="predict", stars=stars, lesson=lesson)
        if options is not None and answer not in options:
            raise ValueError(f"{name}.answer: expected one of {list(options)}, got {answer!r}")
        if options is None and not isinstance(answer, (int, float)):
            raise ValueError(f"{name}.answer: expected a number, or options=, got {answer!r}")
        self.options, self.answer, self.why, self.within = options, answer, why, within
        self._choice: Choice | None = None
        self._revealed = False

    @property
    def choice(self) -> Choice | None:
        """What the reader has predicted, also in an earlier session; None: nothing yet."""
        if self._choice is None:
            self._choice = self._read(progress.predicted(self))
        return self._choice

    def predict(self, choice: Any) -> None:
        """Keep what the reader expects: a letter, or a number."""
        first, read = self.choice, self._read(choice)
        if is_dots(choice):
            if first is None:
                self._open(f"not predicted yet. {self._ask()}")
            else:
                self._open(f"you predict {self._words(first)}. Now run it.")
        elif read is None:
            self._wrong(f"This is {describe(choice)}. {self._ask()}")
        elif first is None or (not self._known and first != read):
            self._choice = read
            progress.predicted(self, read)
            again = "" if first is None else f" in place of {self._words(first, short=True)}"
            self._open(f"you predict {self._words(read)}{again}. Now run it.")
        elif first == read:
            self._open(f"you predict {self._words(read)}. Now run it.")
        else:
            self._open(
                f"you predicted {self._words(first, short=True)} before you knew; that is what "
                "counts. To predict anew: forget()."
            )

    def reveal(self) -> None:
        """Say how the prediction did, and why; without one, only how to make it."""
        self._answer(self.answer)

    def check(self, measured: Any) -> None:
        """The same, with what the reader's own run has measured in place of the stored answer."""
        read = self._read(measured)
        self._answer(self.answer if read is None else read)

    def forget(self) -> None:
        """Make the prediction open again."""
        self._choice, self._revealed = None, False
        progress.predicted(self, forget=True)

    @property
    def _known(self) -> bool:
        return self._revealed or progress.is_passed(self)

    def _answer(self, answer: Choice) -> None:
        choice = self.choice
        if choice is None:
            example = '"a"' if self.options is not None else "2.5"
            self._open(f"predict first, before you run it: {self.name}.predict({example}).")
            _fold(f"{self._words(answer)}. {self.why}")
            return
        self._revealed = True
        hit = choice == answer
        if isinstance(answer, (int, float)) and isinstance(choice, (int, float)):
            hit = abs(choice - answer) <= self.within
        said = self._words(choice, short=True)
        if hit:
            self._right(f"you predicted {said}, and so it is: {self._words(answer)}. {self.why}")
        else:
            self._right(f"you predicted {said}, and it is {self._words(answer)}. {self.why}")

    def _read(self, choice: Any) -> Choice | None:
        """A choice in the form in which it is kept; None if it is none."""
        if self.options is not None:
            letter = choice.strip(" ().").lower() if isinstance(choice, str) else choice
            return letter if isinstance(letter, str) and letter in self.options else None
        try:
            return None if isinstance(choice, bool) or choice is None else float(choice)
        except (TypeError, ValueError):
            return None

    def _words(self, choice: Choice, *, short: bool = False) -> str:
        if self.options is None:
            return f"{choice:.4g}"
        return f"({choice})" if short else f"({choice}) {self.options[str(choice)]}"

    def _ask(self) -> str:
        if self.options is None:
            return "Predict a number."
        return f"Choose: {', '.join(self._words(letter) for letter in self.options)}."


def _fold(text: str) -> None:
    """In a notebook, the answer for who only reads: folded away until it is wanted."""
    ipython = sys.modules.get("IPython")
    if ipython and ipython.get_ipython() is not None:
        from IPython.display import HTML, display

        # mypy has no types for IPython's display.
        display(HTML(f"<details><summary>Answer</summary>{escape(text)}</details>"))  # type: ignore[no-untyped-call]
