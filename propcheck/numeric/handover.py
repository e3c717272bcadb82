"""From which number of a format on a function is, correctly rounded, its limit, x, 0, its asymptote, or overflows.

Going inward from the largest number, the line is cut where what is rounded turns: at the zeros of the next derivative,
at breakpoints, and for x at powers of two. On each stretch the numbers that round to what is asked are neighbours of
each other, since they are those whose value lies in one interval, and the function is monotone. So both ends of a
stretch tell of all of it, and halving finds the first. In formats of 16 bits every number can be tried, where turns are
not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sympy as sp

from propcheck.activation import Activation
from propcheck.analysis.ends import SIDES, end_limit, unbounded_piece
from propcheck.calculus import Undecided
from propcheck.calculus.form import constant_ball
from propcheck.calculus.signs import precedes
from propcheck.language import X
from propcheck.numeric.formats import Format
from propcheck.numeric.truth import Reference
from propcheck.pieces.piece import Piece
from propcheck.pieces.values import limit

FEW = 1 << 16  # numbers of a format that may all be tried
SOME = 64  # that are tried of one that has more


@dataclass(frozen=True)
class Handover:
    """What a function becomes, and the first number of the format from which it is so, going outward; and the last
    number before, at which it is not: None where there is none."""

    becomes: str
    start: float
    before: float | None


@dataclass(frozen=True)
class _Goal:
    """What is asked of the rounded value at a number; `line` is what it is compared with, where that is no constant."""

    becomes: str
    met: Callable[[float], bool]
    line: sp.Expr | None = None
    tends: bool = False  # to the line itself, which is exact in the format

    @property
    def steady(self) -> bool:
        """Is it the same interval of values at every number?"""
        return self.line is None


def handovers(activation: Activation, order: int, side: str, form: Format) -> tuple[list[Handover], list[str]]:
    """What the derivative of this order becomes on a side, and what of it is not decided."""
    piece = unbounded_piece(activation, side)
    if piece is None:
        return [], []
    found, open_ = [], []
    try:
        goals = _goals(activation, piece, order, side, form)
    except Undecided as reason:
        return [], [str(reason)]
    for goal in goals:
        try:
            handover = _first(activation, goal, order, _Way(form, 1 if side == "right" else -1))
        except Undecided as reason:
            open_.append(f"{goal.becomes}: {reason}")
            continue
        found += [handover] if handover is not None else []
    return found, open_


# --- what is asked ---------------------------------------------------------------------------------------------------


def _goals(activation: Activation, piece: Piece, order: int, side: str, form: Format) -> list[_Goal]:
    reference = Reference(activation, order, form)
    least = 2.0**form.lowest

    def equal(target: Callable[[float], float]) -> Callable[[float], bool]:
        return lambda x: reference.rounded(x, (wanted := target(x))) == wanted

    level = end_limit(piece, side, order)
    if level is None:
        return []
    if level.is_zero:
        return [
            _Goal("subnormal", lambda x: abs(reference.rounded(x, 0.0)) < least),
            _Goal("0", equal(lambda x: 0.0)),
        ]
    if level.is_finite:
        rounded = reference.constant(level)
        return [_Goal("limit", equal(lambda x: rounded))]
    infinity = float("inf") if level is sp.oo else -float("inf")
    goals = [_Goal("overflow", equal(lambda x: infinity))]
    if order == 0:
        goals += _asymptotes(piece, side, form, equal)
    return goals


def _asymptotes(
    piece: Piece, side: str, form: Format, equal: Callable[[Callable[[float], float]], Callable[[float], bool]]
) -> Iterator[_Goal]:
    slope = end_limit(piece, side, 1)
    if slope is None or not slope.is_finite or slope.is_zero:
        return
    rest = limit(piece.expr - slope * X, SIDES[side], 0)
    if not rest.is_finite:
        return
    if slope == 1 and rest.is_zero:
        yield _Goal("x", equal(lambda x: x), X, tends=True)
        return
    expr = slope * X + rest
    line = Reference(Activation("line", "line", expr, expr, (Piece(-sp.oo, sp.oo, expr),)), 0, form)
    yield _Goal("asymptote", equal(lambda x: line.rounded(x, x)), expr)


# --- the first number ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Way:
    """The numbers of a format on the way to one side: the larger the place, the farther out."""

    form: Format
    outward: int

    def number(self, place: int) -> float:
        return self.form.number(self.outward * place)

    def after(self, cut: sp.Expr, at: bool = False) -> int:
        """The place of the first number beyond a point, or `at` it."""
        if cut.is_infinite:
            return -self.form.last
        middle = float(constant_ball(cut).mid())
        near = min(max(middle, -self.form.number(self.form.last)), self.form.number(self.form.last))
        place = self.outward * self.form.place(self.form.nearest(near))
        while place <= self.form.last and not self._ahead(place, cut, at):
            place += 1
        while place > -self.form.last and self._ahead(place - 1, cut, at):
            place -= 1
        return place

    def _ahead(self, place: int, cut: sp.Expr, at: bool) -> bool:
        number = sp.Rational(self.number(place))
        one, other = (cut, number) if self.outward > 0 else (number, cut)
        return not precedes(other, one) if at else precedes(one, other)


def _first(activation: Activation, goal: _Goal, order: int, way: _Way) -> Handover | None:
    """The outermost numbers at which the goal is met, as the first of them; None where it is not met far out."""
    start: int | None = None
    for inner, outer in _stretches(activation, goal, order, way):
        if not goal.met(way.number(outer)):
            break
        if goal.met(way.number(inner)):
            start = inner
            continue
        bad, good = inner, outer
        while good - bad > 1:
            middle = (good + bad) // 2
            bad, good = (bad, middle) if goal.met(way.number(middle)) else (middle, good)
        start = good
        break
    if start is None:
        return None
    return Handover(goal.becomes, way.number(start), way.number(start - 1) if start > -way.form.last else None)


def _stretches(activation: Activation, goal: _Goal, order: int, way: _Way) -> Iterator[tuple[int, int]]:
    """The inner and the outer place of each stretch, from outside inward; none is left out."""
    outer = way.form.last
    for piece in activation.pieces[:: -way.outward]:
        end = piece.lower if way.outward > 0 else piece.upper
        if outer != way.form.last and way.after(piece.upper if way.outward > 0 else piece.lower, at=True) <= outer:
            return  # a gap: there is nothing to round
        try:
            cuts = _turns(piece, goal, order, way.outward)
        except Undecided:
            yield from _singly(way.after(end), outer, way.form)
            cuts = [end]
            outer = way.after(end) - 1
        for cut in cuts:
            inner = way.after(cut)
            if inner <= outer:
                yield from [(inner, outer)] if goal.steady else _evenly(inner, outer, way.form)
            outer = way.after(cut, at=True) - 1
            if outer < inner - 1:
                yield inner - 1, inner - 1  # the cut is a number of the format


def _turns(piece: Piece, goal: _Goal, order: int, outward: int) -> list[sp.Expr]:
    """Where what is rounded, less the line, turns in a piece, then its inner end: from outside inward."""
    end = piece.lower if outward > 0 else piece.upper
    if goal.line is not None and not goal.tends:
        if piece.is_zero(piece.expr - goal.line) is not True:
            raise Undecided("where two rounded functions agree")
        return [end]
    slope = piece.derivative(order + 1) - (0 if goal.line is None else goal.line.diff(X))
    if piece.is_zero(slope):
        return [end]
    chart = piece.chart(slope)
    if chart.period is not None and chart.zeros:
        raise Undecided("a function that turns again and again")
    return [*[zero.at for zero in chart.zeros][::-outward], end]


def _singly(inner: int, outer: int, form: Format) -> Iterator[tuple[int, int]]:
    """One number after the other, where these are not too many."""
    for count, place in enumerate(range(outer, inner - 1, -1)):
        if count == (FEW if form.last < FEW else SOME):
            raise Undecided(f"all numbers of {form.name} one after the other, which are too many")
        yield place, place


def _evenly(inner: int, outer: int, form: Format) -> Iterator[tuple[int, int]]:
    """A stretch cut at powers of two, about which numbers lie less far apart on one side.

    Far out it need not be cut: there the distance from the line falls, while that of neighbours grows.
    """
    if outer == form.last:
        yield max(inner, 1), outer
        outer = max(inner, 1) - 1
    while inner <= outer:
        low, high = form.evenly(outer)
        if low and abs(outer) == low:
            stop = outer
        elif outer > 0 and low:
            stop = max(inner, low + 1)
        else:
            stop = max(inner, -high)
        yield stop, outer
        outer = stop - 1
