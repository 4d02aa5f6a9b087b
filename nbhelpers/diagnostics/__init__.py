"""Looking into a network while it trains: what to measure, and what the numbers mean.

`monitor.py` watches a run and reports in words; `measures.py` has what it measures, layer by layer;
`rules.py` says what healthy and sick numbers look like, and what to do about the sick ones.
"""

from .measures import (
    Histogram,
    activation_histograms,
    best_constant_loss,
    dead_shares,
    gradient_histograms,
    gradient_norms,
    histogram,
    layer_outputs,
    rehearse,
    saturated_shares,
    update_ratios,
    weight_histograms,
)
from .monitor import Monitor
from .rules import Finding, Record, loss_verdict, overfitting

__all__ = [
    "Finding",
    "Histogram",
    "Monitor",
    "Record",
    "activation_histograms",
    "best_constant_loss",
    "dead_shares",
    "gradient_histograms",
    "gradient_norms",
    "histogram",
    "layer_outputs",
    "loss_verdict",
    "overfitting",
    "rehearse",
    "saturated_shares",
    "update_ratios",
    "weight_histograms",
]
