"""What happened in a training run, step by step and epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class History:
    """The record that `Solver.fit` returns.

    Attributes:
        loss: the loss of each step's batch, penalty included: the one whose gradient was used.
        epochs: a row for each epoch: epoch, step, lr, loss (mean over the epoch's steps) and, where
            there is a validation set, train_loss, train_accuracy, val_loss, val_accuracy, measured
            at the end of the epoch in evaluation mode.
        best_epoch: the epoch with the lowest val_loss.
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
        """One column of `epochs`, as a list."""
        return [row[column] for row in self.epochs]

    def to_frame(self) -> pd.DataFrame:
        """The epochs as a pandas DataFrame, one row each."""
        import pandas as pd  # only here: importing nbhelpers must stay quick

        return pd.DataFrame(self.epochs).set_index("epoch")
