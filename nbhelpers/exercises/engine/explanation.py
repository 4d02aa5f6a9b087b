"""Two or three sentences of the reader's, and then a model answer to compare them with."""

from __future__ import annotations

import re
import textwrap
from typing import Any

from .task import Task, is_dots


class Explanation(Task):
    """A question that is answered in words.

    Nobody judges the text: it counts as written. The model answer is shown once there is one.

    Args:
        name: the name that the notebook calls it by.
        model: a model answer, two to four sentences.
        words: the fewest words that count as an answer.
        stars, lesson: see `Task`.

    >>> deeper = Explanation("deeper", model="Five linear layers multiply out to one.", words=5)
    >>> deeper.check(...)
    … deeper: not written yet. Write two or three sentences between the quotation marks.
    >>> deeper.check("Don't.")
    … deeper: 1 word so far. Write two or three sentences: at least 5 words, and the reason in them.
    >>> deeper.check("Without nonlinearities it is a single layer.")
    ✓ deeper: written. Compare it with this answer:
    <BLANKLINE>
        Five linear layers multiply out to one.
    <BLANKLINE>
    Does yours give the same reason?
    """

    def __init__(
        self, name: str, *, model: str, words: int = 15, stars: int = 1, lesson: str | None = None
    ) -> None:
        super().__init__(name, kind="explain", stars=stars, lesson=lesson)
        self.model, self.words = " ".join(model.split()), words

    def check(self, text: Any) -> None:
        """Take the reader's sentences, and show the model answer beside them."""
        if is_dots(text):
            self._open("not written yet. Write two or three sentences between the quotation marks.")
            return
        if not isinstance(text, str):
            self._wrong('Hand over your sentences as a text: """…""".')
            return
        count = len(set(re.findall(r"\w+(?:['’]\w+)?", text.lower())))  # a repeated word is no more
        if count < self.words:
            some = f"{count} word{'' if count == 1 else 's'}"
            self._open(
                f"{some} so far. Write two or three sentences: at least {self.words} words, and "
                "the reason in them."
            )
            return
        counts = " ".join(text.split()) != self.model
        self._right(f"written. Compare it with this answer:\n\n{self.folded()}\n\n"
                    "Does yours give the same reason?", counts=counts)  # fmt: skip

    def folded(self) -> str:
        """The model answer in lines of 80 characters, for the lesson's own solution cell."""
        return textwrap.fill(self.model, 80, initial_indent="    ", subsequent_indent="    ")
