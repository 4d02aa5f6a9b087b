"""What happened in a training run, step by step and epoch by epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .validation import refuse

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class History:
    """The record that `Solver.fit` returns.

    Attributes:
        loss: the loss of each step's batch, penalty included: the one whose gradient was used. When
            training fails because the loss is no longer finite, that loss is the last one here.
        epochs: a row for each epoch: epoch, step, lr, loss (mean over the epoch's steps) and, where
            there is a validation set, train_loss, train_accuracy, val_loss, val_accuracy, measured
            at the end of the epoch in evaluation mode.
        best_epoch: the epoch with the lowest val_loss; a NaN is never the lowest.
        best_weights: a copy of the network's weights and running averages at that time.

    >>> history = History(loss=[2.0], epochs=[{"epoch": 1, "val_loss": 1.5}])
    >>> history["val_loss"]
    [1.5]
    """

    loss: list[float] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int | None = None
    best_weights: Any = field(default=None, repr=False)

    def __getitem__(self, column: str) -> list[float]:
        """One column of `epochs`, as a list; NaN for epochs that did not measure it."""
        known = list({name: None for row in self.epochs for name in row})
        if column not in known:
            mend = "val_… and train_… are measured where fit is given val=(x, y)"
            refuse("History", f"one of the columns {known}", repr(column), mend, KeyError)
        return [row.get(column, math.nan) for row in self.epochs]

    @property
    def at_epoch_end(self) -> bool:
        """Whether the latest step was the last one of its epoch: for callbacks."""
        return bool(self.epochs) and self.epochs[-1]["step"] == len(self.loss)

    def is_best(self, val_loss: float) -> bool:
        """Whether this validation loss is lower than every one before."""
        best = math.inf if self.best_epoch is None else self.epochs[self.best_epoch - 1]["val_loss"]
        return val_loss < best

    def stalled(self, patience: int | None, start: int = 0) -> bool:
        """Whether the latest `patience` epochs, counted from epoch `start` on, brought no best."""
        since = len(self.epochs) - max(start, self.best_epoch or 0)
        return patience is not None and since >= patience

    def to_frame(self) -> pd.DataFrame:
        """The epochs as a pandas DataFrame, one row each."""
        import pandas as pd  # only here: importing nbhelpers must stay quick

        if not self.epochs:
            refuse("History.to_frame", "at least one finished epoch", "none", "fit(…, epochs=1)")
        return pd.DataFrame(self.epochs).set_index("epoch")
