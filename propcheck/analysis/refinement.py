"""Functions made of others on the common refinement of their pieces: a difference, a quotient.

What comes out is an activation, so that every fact can be asked of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cmp_to_key
from itertools import pairwise

import sympy as sp

from propcheck.activation import Activation
from propcheck.calculus.signs import precedes, same
from propcheck.pieces.partition import joined_gaps, piece_of
from propcheck.pieces.piece import Piece, Point, piece_beside
from propcheck.pieces.values import value_at

Operation = Callable[[sp.Expr, sp.Expr], sp.Expr]


def cuts(*activations: Activation) -> list[sp.Expr]:
    """All finite ends of pieces and breakpoints of the functions, in order, each once."""
    ends = {end for item in activations for piece in item.pieces for end in (piece.lower, piece.upper)}
    ends |= {point.at for item in activations for point in item.points}
    found: list[sp.Expr] = []
    for end in sorted((end for end in ends if not end.is_infinite), key=cmp_to_key(_order)):
        if not found or not same(found[-1], end):
            found.append(end)
    return found


def _order(left: sp.Expr, right: sp.Expr) -> int:
    return -1 if precedes(left, right) else 1 if precedes(right, left) else 0


def value(activation: Activation, at: sp.Expr) -> sp.Expr | None:
    """The exact value of a function at a point; None where it is not defined."""
    if point := activation.point(at):
        return point.value
    inside = next((piece for piece in activation.pieces if piece.holds(at)), None)
    return None if inside is None else value_at(inside.expr, at)


def difference(left: Activation, right: Activation) -> Activation:
    """left - right, where both are defined."""
    return _combined(left, right, lambda one, other: sp.S.Zero if one == other else one - other)


def _combined(left: Activation, right: Activation, operation: Operation) -> Activation:
    """A function made of the values of two, where both are defined; it is analytic where both are."""
    ends = cuts(left, right)
    pieces: list[Piece] = []
    gaps: list[tuple[sp.Expr, sp.Expr]] = []
    points = []
    for lower, upper in pairwise([-sp.oo, *ends, sp.oo]):
        beside = [piece_beside(item.pieces, lower, 1) for item in (left, right)]
        one, other = beside
        if one is None or other is None:
            gaps.append((lower, upper))
        else:
            pieces.append(piece_of(lower, upper, operation(one.expr, other.expr)))
    for at in ends:
        values = [value(item, at) for item in (left, right)]
        known = None if values[0] is None or values[1] is None else operation(values[0], values[1])
        points.append(Point(at, known))
        if known is None:
            gaps.append((at, at))
    expression = operation(left.bound, right.bound)
    name = f"{left.name} and {right.name}"
    trouble = left.trouble or right.trouble
    undefined = tuple(joined_gaps(gaps))
    return Activation(name, name, expression, expression, tuple(pieces), tuple(points), undefined, trouble=trouble)


def alone(left: Activation, right: Activation) -> list[tuple[sp.Expr, sp.Expr, int]]:
    """The stretches and points at which one of two functions alone is defined: 0 the left one, 1 the right one."""
    ends = cuts(left, right)
    found: list[tuple[sp.Expr, sp.Expr, int]] = []
    for lower, upper in pairwise([-sp.oo, *ends, sp.oo]):
        if not lower.is_infinite:
            found += _one_of(lower, lower, [value(item, lower) for item in (left, right)])
        found += _one_of(lower, upper, [piece_beside(item.pieces, lower, 1) for item in (left, right)])
    joined: list[tuple[sp.Expr, sp.Expr, int]] = []
    for lower, upper, which in found:
        if joined and joined[-1][1] == lower and joined[-1][2] == which:
            joined[-1] = (joined[-1][0], upper, which)
        else:
            joined.append((lower, upper, which))
    return joined


def _one_of(lower: sp.Expr, upper: sp.Expr, known: Sequence[object]) -> list[tuple[sp.Expr, sp.Expr, int]]:
    missing = [item is None for item in known]
    return [(lower, upper, missing.index(False))] if missing[0] != missing[1] else []
