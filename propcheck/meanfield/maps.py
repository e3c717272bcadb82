"""The maps of a wide random layer: where the mean square q, and small differences, go from layer to layer.

With weights of variance w/fan_in and biases of variance b, pre-activations of mean square q go to
V(q) = w E[g^2] + b, with x ~ N(0, q) throughout. Small differences, and backward the gradients, are multiplied in mean
square by chi_1 = w E[g'^2], and a small change of q by chi_parallel = V'(q) = w E[x g g'] / q, which by parts holds
the mass of g'' at each kink; where g itself jumps, the step of g^2 is added. (Poole et al. 2016, arXiv 1606.05340;
Schoenholz et al. 2017, arXiv 1611.01232.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from propcheck.activation import Activation
from propcheck.analysis.criticality import is_homogeneous, squares_finite
from propcheck.analysis.parts import parts_of
from propcheck.analysis.window import pieces_near
from propcheck.calculus import Undecided
from propcheck.calculus.form import constant_ball
from propcheck.meanfield.line import (
    ALL_DEVIATIONS,
    CHECK_ORDER,
    DEVIATIONS,
    FAR_DEVIATIONS,
    LOWEST_Q,
    MANY_PANELS,
    NEARER,
    ORDER,
    REACHES,
    ROWS,
    Line,
    ends,
    legendre,
    line,
    needs_far_parts,
    reaches,
    size_of,
    values,
)
from propcheck.pieces.piece import Piece, piece_beside
from propcheck.pieces.values import limit
from propcheck.processes.lazy import cached_property
from propcheck.processes.precision import alone
from propcheck.verdict import InputError

ROUNDING = 4e-15  # relative error of a sum, beside what two orders of quadrature show
PER_DECADE = 40  # points of the table
NEARER_TOP = 700.0  # served by the second of the reaches
TINY = 1e-280  # below it a sum loses digits, since the densities do


class Step(NamedTuple):
    """One layer at q: V(q), the slope C'(1) of the correlation map of two inputs of mean square q, and chi_1."""

    length: float
    slope_at_one: float
    chi_1: float


@dataclass(frozen=True)
class Jump:
    """A breakpoint, with what g, g^2 and g' jump by there."""

    at: float
    value: float
    square: float
    slope: float


@dataclass(frozen=True)
class Side:
    """One side of 0: the limits of g and g' there."""

    value: float
    slope: float


@dataclass(frozen=True, eq=False)
class Maps:
    """The maps of one activation. The methods take q, and the variances w and b of weights and biases."""

    activation: Activation
    jumps: tuple[Jump, ...]
    sides: tuple[Side, Side] | None  # of 0, left and right; None where g or g' has no finite limits there
    homogeneous: bool  # g(c x) = c g(x) for c > 0
    fine: bool  # nodes for the far parts of the density, since they matter
    _lines: dict[float, Line] = field(default_factory=dict, repr=False)

    # -- integrals --

    def line(self, q: float, order: int = ORDER) -> Line:
        """The nodes that reach far enough for q."""
        if not LOWEST_Q <= q <= self.highest:
            raise InputError(
                f"q = {q:g} is out of range; the maps are computed from {LOWEST_Q:g} to {self.highest:.3g}"
            )
        return self._reaching(self.deviations * math.sqrt(q), order)

    def _reaching(self, need: float, order: int) -> Line:
        reach = next(reach for reach in self._reaches if need <= reach)
        if order != ORDER:
            return line(self.activation, reach, order, self.fine)
        if reach not in self._lines:
            self._lines[reach] = line(self.activation, reach, ORDER, self.fine)
        return self._lines[reach]

    def _sums(self, q: float, order: int = ORDER) -> tuple[np.ndarray, Line, float]:
        """The integrals without what jumps add, the nodes, and how many deviations out they have to be taken."""
        here = self.line(q, order)
        found = here.sums(q, self.deviations)
        if self.fine and (found[0] == 0.0 or np.isnan(found[:3]).any()):
            need = ALL_DEVIATIONS * math.sqrt(q)
            if need <= self._reaches[-1]:
                here = self._reaching(need, order)
                return here.sums(q, ALL_DEVIATIONS), here, ALL_DEVIATIONS
        return found, here, self.deviations

    def moments(self, q: float, order: int = ORDER) -> np.ndarray:
        """E[g^2], E[g'^2], q V'(q)/w, and E[g] at q."""
        found, _, _ = self._sums(q, order)
        if self.broken:
            found[2] += sum(0.5 * j.square * j.at * _density(j.at, q) for j in self.jumps)
        return found

    @cached_property
    def broken(self) -> bool:
        """Does g jump somewhere?"""
        return any(j.value for j in self.jumps)

    def slopes(self, q: float) -> np.ndarray:
        """The derivatives of `moments` by q."""
        _, here, deviations = self._sums(q)
        found = here.slopes(q, deviations)
        if self.broken:
            found[2] += sum(0.5 * j.square * j.at * _density(j.at, q) * (j.at**2 / q - 1) / (2 * q) for j in self.jumps)
        return found

    def error(self, q: float) -> np.ndarray:
        """An estimate of the relative error of each moment: two orders compared, and what rounding may do.

        Rounding harms the density by as many units as its exponent has, and q d/dq tells the mean of that.
        """
        first, second = self.moments(q), self.moments(q, CHECK_ORDER)
        size = np.maximum(np.abs(second), [size_of(name, second, q) for name in ROWS])
        with np.errstate(all="ignore"):
            apart = np.where(np.isfinite(second), np.abs(first - second), 0.0)
            exponent = np.nan_to_num(np.abs(q * self.slopes(q)) / size, nan=0.0, posinf=0.0)
            known = apart / size + ROUNDING * (1 + exponent / 8)
            return np.where(size > TINY, known, np.where(size > 0, 1.0, ROUNDING))

    @cached_property
    def deviations(self) -> float:
        """Of the density that the integrals go over."""
        return FAR_DEVIATIONS if self.fine else DEVIATIONS

    @cached_property
    def highest(self) -> float:
        """The largest q that the nodes serve."""
        return (self._reaches[-1] / self.deviations) ** 2

    @property
    def few(self) -> bool:
        """Do they serve fewer q than those of other functions?"""
        return len(self._reaches) == 1

    @cached_property
    def _reaches(self) -> tuple[float, ...]:
        return reaches(self.activation)

    @cached_property
    def top(self) -> float:
        """The largest q of the table: 10^6, less where g swings so often that the nodes would be too many."""
        if len(self._reaches) == 1:
            return self.highest
        second = self._reaches[1]
        try:
            many = len(line(self.activation, second, ORDER, False).edges) >= MANY_PANELS or second == NEARER
        except Undecided:
            return (REACHES[0] / self.deviations) ** 2
        return NEARER_TOP if many else min(1e6, self.highest)

    @cached_property
    def table(self) -> tuple[np.ndarray, np.ndarray]:
        """q on a logarithmic grid, and the moments there, one row each."""
        decades = math.log10(self.top / LOWEST_Q)
        qs = np.geomspace(LOWEST_Q, self.top, round(decades * PER_DECADE) + 1)
        return qs, np.stack([self.moments(float(q)) for q in qs], axis=1)

    @lru_cache(maxsize=64)  # noqa: B019 - the maps of an activation are themselves kept
    @alone
    def bend(self, q: float) -> float:
        """E[g''^2] of the pointwise second derivative."""
        here = self.line(q)
        first, last = here.window(self.deviations * math.sqrt(q))
        x = here.x[first:last]
        weights = here.weights[first:last]
        total = 0.0
        density = np.exp(-x * x / (2 * q)) / math.sqrt(2 * math.pi * q)
        for piece in pieces_near(self.activation, int(REACHES[0])):
            lower, upper = ends(piece)
            inside = (x > lower) & (x < upper)
            if inside.any() and not piece.is_zero(piece.derivative(2)):
                second = values(piece, x[inside], 2)[1]
                total += float((second**2 * weights[inside]) @ density[inside])
        return total

    # -- maps --

    def step(self, q: float, w: float, b: float) -> Step:
        """V(q), C'(1) and chi_1 at once. C'(1) is infinite where g jumps; chi_1 is that of the pointwise slope."""
        second, slope = self._sums(q)[0][:2].tolist()
        length, chi = w * second + b, w * slope
        return Step(length, math.inf if self.broken else q * chi / length, chi)

    def length(self, q: float, w: float, b: float) -> float:
        """V(q) = w E[g^2] + b."""
        return w * float(self.moments(q)[0]) + b

    def chi_1(self, q: float, w: float) -> float:
        """w E[g'^2], of the pointwise slope."""
        return w * float(self.moments(q)[1])

    def chi_parallel(self, q: float, w: float) -> float:
        """V'(q), kinks and jumps included."""
        return w * float(self.moments(q)[2]) / q

    @cached_property
    def slope_square(self) -> float | None:
        """The limit of E[g'^2] as q -> 0; None where it is not known to be finite at small q, and so has none."""
        if self.sides is None or not squares_finite(self.activation):
            return None
        return (self.sides[0].slope ** 2 + self.sides[1].slope ** 2) / 2

    @property
    def through_zero(self) -> bool:
        """Does g tend to 0 at 0 from both sides?"""
        return self.sides is not None and self.sides[0].value == self.sides[1].value == 0.0

    @cached_property
    def values(self) -> Callable[[np.ndarray], np.ndarray]:
        """g on arrays; of what comes back, from one period between the nodes, and of what drifts by its parts."""
        if (wave := self.activation.wave) is not None:
            length, rise, begin = (float(constant_ball(part).mid()) for part in (wave.length, wave.rise, wave.start))
            nodes = self._reaching(REACHES[0], ORDER)

            def recurring(x: np.ndarray) -> np.ndarray:
                turns = np.floor((x - begin) / length)
                return nodes.at(x - turns * length)[0] + turns * rise

            return recurring
        from propcheck.numeric import compile

        if self.activation.trouble:
            parts = parts_of(self.activation)
            swing, rest = (compile(part, fast=False) for part in (parts.swing, parts.rest))
            return lambda x: swing(x) + rest(x)
        return compile(self.activation, fast=False)


def _density(x: float, q: float) -> float:
    return math.exp(-x * x / (2 * q)) / math.sqrt(2 * math.pi * q)


@lru_cache(maxsize=256)
@alone
def maps(activation: Activation) -> Maps:
    """The maps of an activation; `InputError` where E[g^2] is infinite, or g is not defined or cannot be integrated."""
    try:
        fine = needs_far_parts(activation)
        return Maps(activation, _jumps(activation), _sides(activation), is_homogeneous(activation), fine)
    except Undecided as reason:
        raise InputError(f"the mean field of {activation.name} could not be computed: {reason}") from reason


def _jumps(activation: Activation) -> tuple[Jump, ...]:
    out = []
    for before, after in pairwise(pieces_near(activation, int(REACHES[0]))):
        (a, da), (b, db) = (_limits(piece, after.lower, side) for piece, side in ((before, -1), (after, 1)))
        if a is None or b is None:
            raise InputError(f"{activation.name} has no mean field: its limits at {after.lower} are not finite")
        apart = b - a if abs(b - a) > 1e-14 * max(abs(a), abs(b)) else 0.0
        bend = math.nan if da is None or db is None else db - da
        out.append(Jump(ends(after)[0], apart, b * b - a * a if apart else 0.0, bend))
    return tuple(out)


def _limits(piece: Piece, end: sp.Expr, side: int) -> list[float | None]:
    """The one-sided limits of g and g'; None where one is not finite or not found."""
    out: list[float | None] = []
    for k in (0, 1):
        try:
            value = limit(piece.derivative(k), end, side)
            out.append(float(constant_ball(value).mid()) if value.is_finite else None)
        except (Undecided, NotImplementedError, ValueError):
            out.append(None)
    return out


def _sides(activation: Activation) -> tuple[Side, Side] | None:
    found = []
    for side in (-1, 1):
        piece = piece_beside(pieces_near(activation, int(REACHES[0])), sp.S.Zero, side)
        value, slope = (None, None) if piece is None else _beside_zero(piece, side)
        if value is None or slope is None:
            return None
        found.append(Side(value, slope))
    return found[0], found[1]


def _beside_zero(piece: Piece, side: int) -> list[float | None]:
    """The value and the slope beside 0."""
    if piece.lower.is_zero or piece.upper.is_zero or any(gap.is_zero for gap in piece.removable):
        return _limits(piece, sp.S.Zero, side)
    found = [float(column[0]) for column in values(piece, [0.0])]
    return [value if math.isfinite(value) else None for value in found]


def composite(edges: Sequence[float] | np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights on the panels between edges; edges may be rows of several such lists."""
    places: Any = np.asarray(edges, float)
    nodes, weights, _ = legendre(order)
    middle, radius = (places[..., 1:] + places[..., :-1]) / 2, (places[..., 1:] - places[..., :-1]) / 2
    shape = (*places.shape[:-1], -1)
    x = (middle[..., None] + radius[..., None] * nodes).reshape(shape)
    return x, (radius[..., None] * weights).reshape(shape)
