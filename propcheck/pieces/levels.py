"""A function of inputs in whole numbers of so many bits: as many steps as there are levels.

The input is rounded to scale (q - zero_point), q that whole number between two ends next to x/scale + zero_point; ties
of x/scale go to the even one, as IEEE 754, NumPy and ONNX have it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import sympy as sp
from flint import ctx

from propcheck.calculus import Undecided
from propcheck.calculus.form import constant_ball
from propcheck.pieces.piece import Piece, Point

_BITS = (64, 256, 1024)
Pieces = tuple[tuple[Piece, ...], tuple[Point, ...], tuple[tuple[sp.Expr, sp.Expr], ...]]


def stepped(
    value: Callable[[sp.Rational], sp.Expr | None], scale: Fraction, zero: int, ends: tuple[int, int]
) -> Pieces:
    """Pieces, breakpoints and gaps of value(scale (q - zero)); None is a level at which there is no value."""
    size = sp.Rational(scale.numerator, scale.denominator)
    low, high = ends
    held = [value(size * (q - zero)) for q in range(low, high + 1)]
    places = [size * (q - zero + sp.S.Half) for q in range(low, high)]
    pieces: list[Piece] = []
    points: list[Point] = []
    gaps: list[tuple[sp.Expr, sp.Expr]] = []
    start: sp.Expr = -sp.oo
    for k, here in enumerate(held):
        end = places[k] if k < len(places) else sp.oo
        if k + 1 < len(held) and held[k + 1] == here:
            continue
        if here is None:
            gaps.append((start, end))
        else:
            pieces.append(Piece(start, end, here))
        if k + 1 < len(held):
            points.append(Point(end, here if (low + k - zero) % 2 == 0 else held[k + 1]))
        start = end
    return tuple(pieces), tuple(points), tuple(gaps)


def nearest_level(value: sp.Expr, scale: Fraction, zero: int, ends: tuple[int, int]) -> sp.Rational:
    """A number rounded to scale (q - zero), q whole between two ends; Undecided where no precision tells which."""
    size = sp.Rational(scale.numerator, scale.denominator)
    share = value / size
    if share.is_Rational:
        found = round(Fraction(int(share.p), int(share.q)))
    else:
        found = _nearest(share)
    return size * (min(ends[1], max(ends[0], found + zero)) - zero)


def _nearest(share: sp.Expr) -> int:
    for bits in _BITS:
        with ctx.workprec(bits):
            ball = constant_ball(share)
            below, above = ((end + 0.5).floor().unique_fmpz() for end in (ball.lower(), ball.upper()))
            if below is not None and below == above:
                return int(below)
    raise Undecided(f"whether {share} is nearer to one whole number or to the next")
