"""The deep network of the paper's section 2, run by its equations (26) to (34).

    units             what a layer does with its pre-activations: g, g with noise drawn, or the largest of k
    initialisation    the weights that a network starts from, drawn once and shared by all functions
    perceptron        the pass forward and back, the loss, and the update
    sums, loops       what is summed over the units and samples of a layer, by NumPy, torch or compiled loops

Arrays hold a unit in a row and a sample in a column, as in the paper.
"""

from propcheck.network.initialisation import SCHEMES, Initialisation, initialise, read
from propcheck.network.perceptron import (
    CROSS_ENTROPY,
    SQUARED,
    Gradient,
    Layer,
    Loss,
    Network,
    Pass,
    loss,
    update,
)
from propcheck.numeric.units import Units, units

__all__ = [
    "CROSS_ENTROPY",
    "SCHEMES",
    "SQUARED",
    "Gradient",
    "Initialisation",
    "Layer",
    "Loss",
    "Network",
    "Pass",
    "Units",
    "initialise",
    "loss",
    "read",
    "units",
    "update",
]
