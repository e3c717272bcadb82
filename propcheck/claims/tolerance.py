"""Statements that are not right to the letter, and right within a tolerance: by how far they are off, enclosed.

Constants are typed in decimals, 0.7978845608028654 for sqrt(2/pi): such a formula is refuted, and off by 1e-17. What is
said here holds at the values of the parameters in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy as sp
from flint import arb

from propcheck.activation import Activation, from_expression
from propcheck.analysis.farthest import Farthest, farthest
from propcheck.analysis.refinement import cuts, difference, value
from propcheck.calculus import Undecided
from propcheck.calculus.form import constant_ball
from propcheck.claims.finding import AGREES, Finding
from propcheck.language import show
from propcheck.pieces.piece import Piece, Point, as_piecewise, piece_beside
from propcheck.pieces.values import limit
from propcheck.spec import Interval, constant
from propcheck.verdict import InputError, Standing
from propcheck.wording import rounded_up


def of_derivative(activation: Activation, stated: sp.Expr, order: int, found: Finding) -> Finding:
    """The finding on a derivative that is not the stated one: it agrees where the two are near enough everywhere.

    At a kink what is stated may lie between the slopes on its sides; at a jump nothing is near enough.
    """
    if activation.noise is not None or activation.trouble or not activation.pieces:
        return found
    symbols = activation.spec.symbols() if activation.spec else {}
    put = {symbols[name]: number for name, number in activation.values.items()}
    try:
        claimed = from_expression(stated.xreplace(put))
        claimed = claimed if activation.on is None else claimed.within(*activation.on)
        slope = derived(activation, order)
        judged = _judged(found, [farthest(difference(slope, claimed), 0)], activation)
        if judged.outcome != AGREES:
            return judged
        alike = _defined_alike(slope, claimed) and _points_hold(slope, claimed, constant(found.claim.within))
        return judged if alike else found
    except (Undecided, InputError):  # nor is it near where it is not defined
        return found


def of_function(activation: Activation, stated: Activation, on: Sequence[Interval], found: Finding) -> Finding:
    """The finding on a function that is not the stated one on some intervals: it agrees where they are near enough."""
    try:
        parts = [[item.within(span.lower, span.upper) for item in (activation, stated)] for span in on]
        if not all(_defined_alike(*sides) for sides in parts):
            return found
        return _judged(found, [farthest(difference(*sides), 0) for sides in parts], activation)
    except (Undecided, InputError):  # nor is it near where one of them is not defined
        return found


def derived(activation: Activation, order: int) -> Activation:
    """A derivative as a function, with a value at a breakpoint where both sides tend to one."""
    pieces = tuple(Piece(p.lower, p.upper, p.derivative(order), p.removable) for p in activation.pieces)
    points = []
    for point in activation.points:
        sides = _sides(pieces, point.at)
        joined = point.value is not None and len(sides) == 2 and not _apart(*sides)
        points.append(Point(point.at, sides[0] if joined else None))
    expression = as_piecewise(pieces)
    return replace(activation, expression=expression, bound=expression, pieces=pieces, points=tuple(points))


def _sides(pieces: Sequence[Piece], at: sp.Expr) -> list[sp.Expr]:
    """The finite limits on the left and on the right of a point, as far as there are any."""
    beside = [(piece_beside(pieces, at, side), side) for side in (-1, 1)]
    found = [limit(piece.expr, at, side) for piece, side in beside if piece is not None]
    return [item for item in found if item.is_finite]


def _apart(one: sp.Expr, other: sp.Expr) -> bool:
    return one != other and not constant_ball(one - other).contains(0)


def _defined_alike(one: Activation, other: Activation) -> bool:
    """Are two functions defined on the same intervals?"""
    return all(
        (piece_beside(one.pieces, at, 1) is None) == (piece_beside(other.pieces, at, 1) is None)
        for at in (-sp.oo, *cuts(one, other))
    )


def _points_hold(slope: Activation, claimed: Activation, within: sp.Expr) -> bool:
    """Is what is stated at each breakpoint near to the slope there, or between those on its sides?"""
    slack = constant_ball(within)
    for at in cuts(slope, claimed):
        if at in (slope.on or ()):  # a derivative there has one side alone
            continue
        stated = value(claimed, at)
        sides = [constant_ball(side) for side in _sides(slope.pieces, at)]
        if stated is None:
            continue
        mine = constant_ball(stated)
        if len(sides) < 2 or not (
            any(mine >= side - slack for side in sides) and any(mine <= side + slack for side in sides)
        ):
            return False
    return True


def _judged(found: Finding, parts: Sequence[Farthest], activation: Activation) -> Finding:
    """Whether the greatest distance is within the tolerance, and where it is taken."""
    far = max(parts, key=lambda part: part.sup.upper if part.sup.upper is not None else float("inf"))
    upper = far.sup.upper
    if upper is None or not arb(upper) <= constant_ball(constant(found.claim.within)):
        told = "" if far.sup.value is None else f"they are up to {far.sup.value:.3g} apart{_where(far)}"
        text = found.proof and replace(found.proof, text="; ".join(part for part in (found.proof.text, told) if part))
        return replace(found, proof=text, reason=found.reason or told)
    when = "".join(f", {name} = {show(number)}" for name, number in activation.values.items())
    words = "" if not when else f" (at {when[2:]})"
    text = f"they are at most {rounded_up(upper, far.sup.exact)} apart{_where(far)}{words}"
    return Finding(found.claim, AGREES, f"equal within {found.claim.within}: {text}", Standing.ENCLOSED)


def _where(far: Farthest) -> str:
    return f", the most at x = {' and '.join(f'{at.value:.10g}' for at in far.at)}" if far.at else ""
