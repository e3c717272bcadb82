"""Where the function rises and falls, and where it is convex and concave: the signs of g' and g'' made into intervals.

Each interval that is named is the longest of its kind: g is so between its ends, and on no larger interval. Where g is
a line it is both convex and concave, so that an interval of the one kind may reach into one of the other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import sympy as sp

from propcheck.activation import Activation
from propcheck.analysis.extent import place_of
from propcheck.analysis.scale import at_scale, scale_of
from propcheck.analysis.shape import breakpoints, one_sided, sampled_signs
from propcheck.calculus import Undecided, remembered
from propcheck.calculus.chart import Chart
from propcheck.calculus.number import exact_number
from propcheck.calculus.signs import precedes, same, weak_sign
from propcheck.language import X
from propcheck.pieces.piece import Piece, Point
from propcheck.pieces.values import finite
from propcheck.verdict import Fact, Standing, weakest

RISING = {1: "increasing", -1: "decreasing", 0: "constant"}
BENDING = {1: "convex", -1: "concave", 0: "affine"}


@dataclass(frozen=True)
class Run:
    """An open interval on which a derivative has one sign, but at isolated points where it is 0."""

    lower: sp.Expr
    upper: sp.Expr
    sign: int


def monotone_intervals(activation: Activation) -> Fact:
    """The longest intervals on which the function rises, falls or is constant."""
    scale = replace(scale_of(activation), outer=sp.S.One)
    runs, period = rising(at_scale(activation, scale))
    return told("monotone_intervals", {}, runs, period, scale.inner, RISING)


def convexity(activation: Activation) -> Fact:
    """Is the function convex or concave on its domain, and on which intervals is it?

    One with a gap in its domain is neither: what is convex is so on an interval.
    """
    scale = replace(scale_of(activation), outer=sp.S.One)
    moved = at_scale(activation, scale)
    try:
        runs, period = bending(moved)
    except Undecided as reason:
        if _bends_both_ways(moved):
            return Fact("convexity", Standing.OPEN, {"value": "none"}, f"where it is convex: {reason}")
        raise
    whole = len(runs) == 1 and period is None and _in_one(moved)
    fields = {"value": _whole(moved, runs[0].sign) if whole else "none"}
    return told("convexity", fields, runs, period, scale.inner, BENDING)


def told(
    key: str, fields: dict[str, Any], runs: Sequence[Run], period: sp.Expr | None, rate: sp.Expr, words: dict[int, str]
) -> Fact:
    """Runs as a fact, each in a word; what they are of is that of x times the rate."""
    ends = [(place_of(run.lower / rate), place_of(run.upper / rate)) for run in runs]
    shown = [{"from": low, "to": high, "value": words[run.sign]} for (low, high), run in zip(ends, runs, strict=True)]
    repeated = {} if period is None else {"period": exact_number(period / rate)}
    standing = weakest(*(end.standing for pair in ends for end in pair))
    return Fact(key, standing, fields | {"intervals": shown} | repeated)


# --- the signs of a derivative ---------------------------------------------------------------------------------------


def signed_runs(piece: Piece, order: int) -> tuple[list[Run], sp.Expr | None]:
    """The runs of a derivative on a piece, neighbours of one sign made one; with a period, those of one period."""
    try:
        chart = piece.chart(piece.derivative(order))
    except Undecided as reason:
        try:
            sign = weak_sign(piece.derivative(order), X, piece.lower, piece.upper)
        except Undecided:
            raise reason from None
        return [Run(piece.lower, piece.upper, sign)], None
    if len(chart.all_signs) == 1:
        return [Run(piece.lower, piece.upper, chart.signs[0])], None
    if chart.period is None:
        cuts = [piece.lower, *(zero.at for zero in chart.zeros), piece.upper]
        return _joined(Run(*ends, sign) for ends, sign in zip(pairwise(cuts), chart.signs, strict=True)), None
    if piece.lower is not -sp.oo or piece.upper is not sp.oo:
        raise Undecided("endlessly many intervals on a half-line")
    return _of_one_period(chart), chart.period


def _joined(runs: Any, met: Callable[[Run, Run], bool] = lambda one, two: one.sign == two.sign) -> list[Run]:
    """Runs from left to right, those that meet made one."""
    out: list[Run] = []
    for run in runs:
        if out and met(out[-1], run):
            out[-1] = Run(out[-1].lower, run.upper, out[-1].sign or run.sign)
        else:
            out.append(run)
    return out


def _of_one_period(chart: Chart) -> list[Run]:
    """The runs from the first change of sign on, over one period."""
    assert chart.period is not None
    places = [zero.at for zero in chart.zeros]
    after = chart.signs if len(chart.signs) == len(places) else chart.signs[1:]
    ends = zip(places, [*places[1:], places[0] + chart.period], strict=True)
    runs = _joined(Run(*pair, sign) for pair, sign in zip(ends, after, strict=True))
    if runs[0].sign == runs[-1].sign:
        first, *runs = runs
        runs[-1] = Run(runs[-1].lower, first.upper + chart.period, first.sign)
    return runs


def _all_runs(activation: Activation, order: int) -> tuple[list[Run], sp.Expr | None]:
    """The runs of a derivative on all pieces, not joined across breakpoints."""
    found = [signed_runs(piece, order) for piece in activation.pieces]
    period = found[0][1] if len(found) == 1 else None
    return [run for runs, _ in found for run in runs], period


# --- across breakpoints ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Joint:
    """What meets at a breakpoint that has a piece on both sides: the value and the limits beside it."""

    point: Point
    left: Piece
    right: Piece

    def sides(self, order: int) -> tuple[sp.Expr | None, sp.Expr | None]:
        at = self.point.at
        return one_sided(self.left, at, -1, order), one_sided(self.right, at, 1, order)

    @property
    def continuous(self) -> bool:
        before, after = self.sides(0)
        value = self.point.value
        if value is None or before is None or after is None or not (finite(before) and finite(after)):
            return False
        return same(before, value) and same(after, value)

    def climbs(self, sign: int) -> bool:
        """Does g go on in this direction across the point?"""
        before, after = self.sides(0)
        value = self.point.value
        if value is None or before is None or after is None:
            return False
        if not sign:
            return self.continuous
        steps = (before, value, after) if sign > 0 else (after, value, before)
        return not any(precedes(two, one) for one, two in pairwise(steps))

    def bends(self, sign: int) -> bool:
        """Does g stay convex (sign 1) or concave (-1) across the point?"""
        before, after = self.sides(1)
        if before is None or after is None or not self.continuous:
            return False
        return not (precedes(after, before) if sign > 0 else precedes(before, after))


def _joints(activation: Activation) -> list[_Joint]:
    found = breakpoints(activation.pieces, activation.points)
    return [_Joint(point, left, right) for point, left, right in found if left is not None and right is not None]


def _at(joints: Mapping[sp.Expr, _Joint], one: Run, two: Run) -> _Joint | None:
    """The breakpoint at which one run ends and the other begins, of all by their places."""
    joint = joints.get(two.lower)
    return joint if joint is not None and same(one.upper, two.lower) else None


@remembered
def rising(activation: Activation) -> tuple[list[Run], sp.Expr | None]:
    """The longest runs of the slope; with a period, those of one period."""
    runs, period = _all_runs(activation, 1)
    joints = {joint.point.at: joint for joint in _joints(activation)}

    def met(one: Run, two: Run) -> bool:
        joint = _at(joints, one, two) if one.sign == two.sign else None
        return joint is not None and joint.climbs(one.sign)

    return _joined(runs, met), period


@remembered
def bending(activation: Activation) -> tuple[list[Run], sp.Expr | None]:
    """The longest runs of the second derivative; with a period, those of one period."""
    runs, period = _all_runs(activation, 2)
    joints = {joint.point.at: joint for joint in _joints(activation)}

    def longest(kind: int) -> list[Run]:
        def met(one: Run, two: Run) -> bool:
            if -kind in (one.sign, two.sign):
                return False
            joint = _at(joints, one, two)
            return joint is not None and joint.bends(kind)

        return [replace(run, sign=kind) for run in _joined(runs, met) if run.sign != -kind]

    up, down = longest(1), longest(-1)
    both = [run for run in up if (other := _holder(down, run)) is not None and _holds(run, other)]
    lines = [replace(run, sign=0) for run in both]
    ups, downs = ([run for run in runs if _holder(lines, run) is None] for runs in (up, down))
    found = [run for run in ups if _holder(downs, run) is None] + [run for run in downs if _holder(ups, run) is None]
    return _in_order([*found, *lines]), period


def _holder(outer: Sequence[Run], inner: Run) -> Run | None:
    """That of some intervals from left to right, of which none overlaps another, which holds an interval."""
    place = bisect_right(outer, _Left(inner), key=_Left)
    return outer[place - 1] if place and _holds(outer[place - 1], inner) else None


def _holds(outer: Run, inner: Run) -> bool:
    """Does one interval lie within the other?"""
    return not precedes(inner.lower, outer.lower) and not precedes(outer.upper, inner.upper)


class _Left:
    """Puts intervals in order by their left ends, exactly."""

    def __init__(self, run: Run):
        self.lower = run.lower

    def __lt__(self, other: _Left) -> bool:
        return precedes(self.lower, other.lower)


def _in_order(runs: Sequence[Run]) -> list[Run]:
    return sorted(runs, key=_Left)


# --- the whole domain ------------------------------------------------------------------------------------------------


def _in_one(activation: Activation) -> bool:
    """Is the domain one interval?"""
    inner = [joint.point for joint in _joints(activation)]
    met = len(inner) == len(activation.pieces) - 1 and all(point.value is not None for point in inner)
    ends = [end for piece in activation.pieces for end in (piece.lower, piece.upper)]
    alone = [p for p in activation.points if p.value is not None and not any(same(p.at, end) for end in ends)]
    return met and not alone


def _whole(activation: Activation, sign: int) -> str:
    """What a function that bends one way on the inside of its domain is, with the values at the ends of that."""
    kinds = {1, -1} if not sign else {sign}
    for point, left, right in breakpoints(activation.pieces, activation.points):
        piece, side = (left, -1) if right is None else (right, 1)
        if (left is not None and right is not None) or point.value is None:
            continue
        beside = one_sided(piece, point.at, side, 0)
        if beside is None:
            raise Undecided(f"the limit at {point.at}, an end of the domain")
        if precedes(beside, point.value):
            kinds -= {-1}
        elif precedes(point.value, beside):
            kinds -= {1}
    return "none" if not kinds else BENDING[sum(kinds)]


def _bends_both_ways(activation: Activation) -> bool:
    """Do some points prove that the slope rises here and falls there?"""
    found: set[int] = set()
    for piece in activation.pieces:
        found |= sampled_signs(piece, 2)
    return found >= {1, -1}
