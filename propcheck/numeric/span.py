"""The parts of a plan: spans, segments, and where the goal is not met."""

from __future__ import annotations

import math
from dataclasses import dataclass

import sympy as sp

from propcheck.numeric.formats import Format


@dataclass(frozen=True)
class Span:
    """From `lower` to `upper` the form is `expr`."""

    lower: float
    upper: float
    expr: sp.Expr


@dataclass(frozen=True)
class Shortfall:
    """Where the estimate stays above the goal, and by how much."""

    lower: float
    upper: float
    estimate: float


@dataclass(frozen=True)
class Segment:
    """One piece of the activation: a main form on the floats between two breakpoints, and local spans inside.

    A breakpoint that is no float lies between two: one belongs to the piece, the other one to its neighbour.
    """

    lower: float
    upper: float
    expr: sp.Expr
    local: tuple[Span, ...] = ()
    below: float = -math.inf  # the float next to the piece on the left, or the breakpoint itself
    above: float = math.inf
    doubtful: tuple[Shortfall, ...] = ()  # where the estimate of the main form comes near to what is promised


@dataclass(frozen=True)
class Plan:
    """The segments of one derivative of an activation, from left to right, for one working and one output format."""

    order: int
    work: Format
    out: Format
    segments: tuple[Segment, ...]
    shortfalls: tuple[Shortfall, ...] = ()
    found: tuple[tuple[float, float], ...] = ()  # spans on which a form was seen to be wrong before it was made
