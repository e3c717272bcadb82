"""An interval as a restriction of pieces: what is left of a function between two numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import sympy as sp

from propcheck.calculus.signs import precedes
from propcheck.pieces.piece import Piece, Point

Gap = tuple[sp.Expr, sp.Expr]


def restricted(pieces: Sequence[Piece], lower: sp.Expr, upper: sp.Expr) -> tuple[Piece, ...]:
    """The pieces as far as they lie between two numbers."""
    out = []
    for piece in pieces:
        if part := piece.within(lower, upper):
            gaps = tuple(gap for gap in piece.removable if precedes(part[0], gap) and precedes(gap, part[1]))
            cut = part != (piece.lower, piece.upper)
            out.append(replace(piece, lower=part[0], upper=part[1], removable=gaps, whole=piece) if cut else piece)
    return tuple(out)


def marked(
    points: Sequence[Point],
    lower: sp.Expr,
    upper: sp.Expr,
    closed: tuple[bool, bool],
    value: Callable[[sp.Expr], sp.Expr | None],
) -> tuple[Point, ...]:
    """The breakpoints between two numbers, and the two where they are finite; one that is not closed has no value."""
    inside = [point for point in points if precedes(lower, point.at) and precedes(point.at, upper)]
    low, high = (
        [Point(end, value(end) if belongs else None)] if not end.is_infinite else []
        for end, belongs in zip((lower, upper), closed, strict=True)
    )
    return (*low, *inside, *high)


def gaps_within(gaps: Sequence[Gap], lower: sp.Expr, upper: sp.Expr) -> tuple[Gap, ...]:
    """The closed gaps of a domain as far as they lie between two numbers, these included."""
    out = []
    for low, high in gaps:
        if not (precedes(high, lower) or precedes(upper, low)):
            out.append((lower if precedes(low, lower) else low, upper if precedes(upper, high) else high))
    return tuple(out)


def outside(lower: sp.Expr, upper: sp.Expr) -> tuple[Gap, ...]:
    """What lies on the two sides of an interval."""
    left = [] if lower is -sp.oo else [(-sp.oo, lower)]
    return (*left, *([] if upper is sp.oo else [(upper, sp.oo)]))
