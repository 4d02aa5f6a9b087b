"""Figures that several lessons share; each is drawn by code, from the numbers it shows.

`charts.py` plots data, training curves and what a network decides; `diagrams.py` draws neurons and
networks; `graphs.py` draws computational graphs, by hand or as TensorFlow holds them.
"""

from .charts import plot_confusion, plot_history, plot_images, plot_pictures, plot_regions
from .diagrams import draw_biological_neuron, draw_model_neuron, draw_network
from .graphs import draw_graph, draw_tf_graph

__all__ = [
    "draw_biological_neuron",
    "draw_graph",
    "draw_model_neuron",
    "draw_network",
    "draw_tf_graph",
    "plot_confusion",
    "plot_history",
    "plot_images",
    "plot_pictures",
    "plot_regions",
]
