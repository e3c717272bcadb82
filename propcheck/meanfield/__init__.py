"""Signal propagation through wide random layers, and the initialisation at which signals and gradients survive.

    line (quadrature) -> maps, correlation -> fixed_points -> critical -> diagram, gains, recommend; blocks -> gain

    >>> from propcheck.meanfield import phase
    >>> (point,) = phase("tanh", sigma_w2=1.5, sigma_b2=0.1).at.points
    >>> print(round(point.q, 9), round(point.chi_1, 9), point.stability)
    0.520216136 0.877512796 stable

What is enclosed in ball arithmetic or exact says so; the rest is `computed`, the sums of a quadrature that is split at
the kinks, compared between two orders and, at one q, with an enclosure.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from propcheck.activation import Activation
from propcheck.analysis.scale import at_scale, scale_of
from propcheck.calculus import Undecided
from propcheck.meanfield.blocks import BLOCKS, LAYERS, BlockMaps, block_maps, named
from propcheck.meanfield.correlation import CorrelationMap
from propcheck.meanfield.critical import Edge, edge, edge_at_biases, edge_at_weights
from propcheck.meanfield.diagram import Diagram, diagram
from propcheck.meanfield.fixed_points import FixedPoint, FixedPoints, fixed_points
from propcheck.meanfield.gain import Gain, gain
from propcheck.meanfield.gains import Gains, gains
from propcheck.meanfield.maps import Maps, maps
from propcheck.meanfield.point import Critical
from propcheck.meanfield.recommend import answer, best, code
from propcheck.processes.precision import alone
from propcheck.verdict import InputError, Shown

SCHEMA = "propcheck.phase/1"


@dataclass(frozen=True)
class Phase(Shown):
    """What is known of the mean field of one activation.

    `at` holds the fixed points at the variances that were given, or `on_edge` the critical points at the one that was.
    `recommended` is the critical initialisation to prefer, `code` the lines that set it: of plain layers, whatever
    `block` is, which says what another kind of block does.
    """

    name: str
    title: str
    note: str
    edge: Edge
    recommended: Critical | None
    at: FixedPoints | None
    on_edge: Sequence[Critical] | None
    gains: Gains
    block: BlockMaps

    shown_as = "phase"

    def __repr__(self) -> str:
        return f"<Phase of {self.name}>"

    @property
    def code(self) -> dict[str, str]:
        return {} if self.recommended is None else dict(code(self.recommended))

    def to_json(self) -> dict[str, Any]:
        """The object that `propcheck phase --json` prints."""
        recommended = None if self.recommended is None else self.recommended.to_json() | {"code": self.code}
        return {
            "schema": SCHEMA,
            "activation": {"name": self.name, "title": self.title, "note": self.note or None},
            "answer": answer(self.edge) if self.block.block.name in LAYERS else None,
            "critical": self.edge.to_json(),
            "recommended": recommended,
            "at": None if self.at is None else self.at.to_json(),
            "on_edge": None if self.on_edge is None else [point.to_json() for point in self.on_edge],
            "gains": self.gains.to_json(),
            "block": self.block.to_json(),
        }


@alone
def phase(
    target: Any,
    *,
    sigma_w2: float | None = None,
    sigma_b2: float | None = None,
    block: str = "plain",
    **params: Any,
) -> Phase:
    """The mean field of a target: its critical initialisations and gains, and what happens at given variances.

    With both variances, the fixed points there; with one of them, where on its line the edge of chaos lies. `sigma_w2`
    is the variance of a weight times the fan-in, `sigma_b2` that of a bias. In a residual `block` (residual, pre_norm,
    post_norm) `sigma_w2` is that of both matrices, 1 unless given, and there are no biases.
    """
    from propcheck.target import activation

    made: Activation = activation(target, params)
    w, b = _variance("sigma_w2", sigma_w2), _variance("sigma_b2", sigma_b2)
    own = _block(made, named(block).name, w, b)
    at = on_edge = None
    try:
        border = edge(made)
        if block in LAYERS and w is not None and b is not None:
            at = settled(made, w, b)
        elif block in LAYERS and b is not None:
            on_edge = edge_at_biases(made, b)
        elif block in LAYERS and w is not None:
            on_edge = edge_at_weights(made, w)
    except Undecided as reason:
        raise InputError(f"the mean field of {made.name} could not be computed: {reason}") from reason
    note = "of the mean function" if made.noise is not None else ""
    return Phase(made.name, made.title, note, border, best(border), at, on_edge, gains(made), own)


def _block(activation: Activation, name: str, w: float | None, b: float | None) -> BlockMaps:
    if name in LAYERS:
        return block_maps(activation, name)
    if b:
        raise InputError(f"the matrices of a {name} block have no biases; leave sigma_b2 = {b:g} out")
    if w is not None and w == 0:
        raise InputError(f"the branch of a {name} block needs weights; give a sigma_w2 above 0")
    return block_maps(activation, name, 1.0 if w is None else w)


def settled(activation: Activation, w: float, b: float) -> FixedPoints:
    """The fixed points of an activation at the variances w and b of weights and biases, found at its scale."""
    scale = scale_of(activation)
    squares, weights = float(scale.squares), float(scale.weights)
    found = fixed_points(maps(at_scale(activation, scale)), w * weights, b * squares)
    points = tuple(replace(point, q=point.q if found.every else point.q / squares) for point in found.points)
    low, high = (q / squares for q in found.searched)
    return FixedPoints(w, b, points, found.every, (low, high))


def _variance(name: str, value: float | None) -> float | None:
    if value is None:
        return None
    try:
        number = math.nan if isinstance(value, str | bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not 0 <= number < math.inf:
        raise InputError(f"{name} is a variance: a finite number that is not below 0, not {reprlib.repr(value)}")
    return number


__all__ = [
    "BLOCKS",
    "SCHEMA",
    "BlockMaps",
    "CorrelationMap",
    "Critical",
    "Diagram",
    "Edge",
    "FixedPoint",
    "FixedPoints",
    "Gain",
    "Gains",
    "Maps",
    "Phase",
    "answer",
    "best",
    "block_maps",
    "code",
    "diagram",
    "edge",
    "edge_at_biases",
    "edge_at_weights",
    "fixed_points",
    "gain",
    "gains",
    "maps",
    "phase",
]
