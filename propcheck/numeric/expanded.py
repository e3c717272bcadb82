"""An analytic piece as polynomials side by side: expansions whose remainders are proved to be lost in rounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb, arb_poly, ctx, fmpq

from propcheck.calculus import Undecided
from propcheck.calculus.ball import ball_of
from propcheck.calculus.form import Form, compile_form, constant_ball
from propcheck.language import X
from propcheck.pieces.piece import Piece
from propcheck.pieces.values import limit

DEGREE = 12
BITS = 300
HALVINGS = 40
_LOST = arb(2) ** -92  # of the terms of an expansion: what its remainder may be
_MOST_PARTS = 256  # of one piece


@dataclass(frozen=True)
class Part:
    """A polynomial about a centre from an edge on; the first has no edge of its own. Is it right to the last place?"""

    edge: float | None
    centre: float
    words: Sequence[tuple[float, float]]
    known: bool


def expansions(piece: Piece, order: int) -> list[Part]:
    """The parts of a bounded piece, from left to right; Undecided where it would take too many."""
    expr = piece.derivative(order)
    form = compile_form(expr, X, piece.removable)
    with ctx.workprec(BITS):
        ends = [constant_ball(end) for end in (piece.lower, piece.upper)]
        cuts = [float(end.mid()) for end in ends]
        zeros = {cut for cut, end in zip(cuts, (piece.lower, piece.upper), strict=True) if piece.limit(end, order) == 0}
        exact = {cut for cut, end in zip(cuts, ends, strict=True) if cut in zeros and end == arb(cut)}
        if cuts[0] < 0 < cuts[1] and limit(expr, sp.S.Zero, 1) == 0:
            exact.add(0.0)
        todo, parts = [(cuts[0], cuts[1])], list[Part]()
        while todo:
            low, high = todo.pop()
            box = (ends[0] if low == cuts[0] else arb(low)).union(ends[1] if high == cuts[1] else arb(high))
            centre = _centre((low, high), zeros)
            part = _part(form, box, centre, centre in exact, None if low == cuts[0] else low)
            if part is not None:
                parts.append(part)
                continue
            middle = (low + high) / 2
            if not low < middle < high or len(parts) + len(todo) > _MOST_PARTS:
                raise Undecided(f"an expansion of {piece.expr} between {low:.6g} and {high:.6g}")
            todo += [(middle, high), (low, middle)]
    return parts


def _part(form: Form, box: arb, centre: float, is_zero: bool, edge: float | None) -> Part | None:
    """The expansion on a box; None where its remainder is too large. `is_zero`: is the function 0 at the centre?"""
    at = arb(centre)
    around = box.union(at)
    own = form.series(at, DEGREE + 1)
    last = form.series(around, DEGREE + 2)[DEGREE + 1]
    if not last.is_finite() or not all(c.is_finite() for c in own):
        return None
    first = 1 if is_zero else 0
    own[:first] = [arb(0)] * first
    reach = abs(around - at).abs_upper()
    rest = last.abs_upper() * reach ** (DEGREE + 1 - first)
    size = sum((abs(c) * reach**k for k, c in enumerate(own[first:])), start=arb(0)).abs_upper()
    if not rest <= _LOST * size:
        return None
    return Part(edge, centre, [*map(two_words, own)], is_simple(own[first:], at, box - at, rest))


def _centre(ends: tuple[float, float], zeros: set[float]) -> float:
    """The double from which inputs are counted: 0 where it is in reach, or else a zero at an end, or the middle."""
    low, high = ends
    if low <= 0 <= high:
        return 0.0
    for end in ends:
        if end in zeros:
            return end
    nearest = min(abs(Fraction(low)), abs(Fraction(high)))
    return 0.0 if nearest < (Fraction(high) - Fraction(low)) / 2**20 else (low + high) / 2


def two_words(ball: arb) -> tuple[float, float]:
    """A number in two doubles."""
    high = float(ball.mid())
    return (high, float((ball - high).mid())) if np.isfinite(high) else (high, 0.0)


def is_simple(own: Sequence[arb | fmpq], at: arb, span: arb, rest: arb) -> bool:
    """Is the size of a polynomial, or what half a unit of the input changes, everywhere above what is rounded?

    It is one of the distance from `at`, over `span`; `rest` is what it may be wrong by.
    """
    value, size = arb_poly([*own]), arb_poly([abs(c) for c in own])
    slope = value.derivative()
    todo = [(span.lower().mid(), span.upper().mid(), 0)]
    while todo:
        a, b, depth = todo.pop()
        box = ball_of(a, b)
        room = size(abs(box)).abs_upper()
        change = slope(box).abs_lower() * (box + at).abs_lower() * arb(2) ** -54
        least = value(box).abs_lower()
        if least > arb(2) ** -30 * room and least > arb(2) ** 60 * rest:
            continue
        if change > arb(2) ** -82 * room and change > arb(2) ** 6 * rest:
            continue
        if depth == HALVINGS:
            return False
        middle = ((a + b) / 2).mid()
        todo += [(a, middle, depth + 1), (middle, b, depth + 1)]
    return True
