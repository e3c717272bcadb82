"""The greatest size of a function or of its slope, and all places where it is taken."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cmp_to_key

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.analysis.candidate import Candidate
from propcheck.analysis.extent import number_of, only_value, place_of, sizes
from propcheck.analysis.shape import steady, symmetry
from propcheck.analysis.supremum import seen
from propcheck.calculus import Undecided
from propcheck.calculus.ball import INFINITY, is_known
from propcheck.calculus.form import compile_form
from propcheck.calculus.number import exact_number
from propcheck.calculus.signs import precedes, same
from propcheck.language import X
from propcheck.pieces.piece import Point
from propcheck.verdict import Number

BITS = 200
SHARP = 40  # bits of a size that is known sharply
SMALL = arb(2) ** -8  # a size below which a function is raised
MOST_RAISED = 8  # times
NOT_FOUND = "where it is taken was not found"
TIED = "the sizes at these places are equal as far as they are enclosed; it is taken at one of them at least"
APPROACHED = "it is approached and not taken"


@dataclass(frozen=True)
class Farthest:
    """sup abs h; whether it is taken, and at which points, or all along which intervals."""

    sup: Number
    taken: bool | None
    at: tuple[Number, ...] = ()
    along: tuple[tuple[Number, Number], ...] = ()
    note: str = ""


def farthest(activation: Activation, order: int) -> Farthest:
    """The greatest size of the derivative of this order over the domain, one-sided values at kinks included."""
    if activation.trouble:  # what pieces and points it has are not all
        raise Undecided(activation.trouble)
    if not activation.pieces and not activation.points:
        raise Undecided("there is no point at which it is defined")
    with ctx.workprec(BITS):
        ball, value, tops = _sharp(activation, order)
        if value is sp.oo:
            return Farthest(INFINITY, False)
        spans = [] if value is None else _along(activation, order, value)
        found = _places([top.at for top in tops if top.attained and top.at is not None])
        places = [at for at in found if not any(_holds(span, at) for span in spans)]
        takers = {top.attained for top in tops}
        taken = True if True in takers else None if None in takers else False
        return Farthest(
            number_of(Candidate(value, ball, None, taken)),
            taken,
            tuple(map(place_of, places)),
            tuple((exact_number(low), exact_number(high)) for low, high in spans),
            _note(activation, tops, value, places),
        )


def _note(activation: Activation, tops: Sequence[Candidate], value: sp.Expr | None, places: Sequence[sp.Expr]) -> str:
    if all(top.attained is False for top in tops):
        return APPROACHED
    if any(top.at is None for top in tops if top.attained is not False):
        return NOT_FOUND
    if value is not None or len(places) < 2:
        return ""
    with suppress(Undecided):
        if len(places) == 2 and same(places[0], -places[1]) and symmetry(activation) != "none":
            return ""
    return TIED


# --- the greatest ----------------------------------------------------------------------------------------------------


def _sharp(activation: Activation, order: int) -> tuple[arb, sp.Expr | None, list[Candidate]]:
    """The greatest size, exactly where it is known so, and who takes it: of 2**up h, which has digits of its own."""
    up = _bits_below(_seen(activation, order))
    for turn in range(MOST_RAISED + 1):
        ball, value, tops = _top(sizes(_raised(activation, up) if up else activation, order))
        size = ball.abs_upper()
        settled = not ball.is_finite() or value is not None or ball.rel_accuracy_bits() >= SHARP or size.is_zero()
        if settled or not size < SMALL or turn == MOST_RAISED:
            break
        up += _bits_below(size)
    if not up:
        return ball, value, tops
    return ball * arb(2) ** -up, None if value is None else value / sp.Integer(2) ** up, tops


def _seen(activation: Activation, order: int) -> arb:
    """The greatest size at some points: the greatest of all is not less."""
    most = arb(0)
    for piece in activation.pieces:
        form = compile_form(piece.derivative(order), X, piece.removable)
        for size in (value.abs_lower() for value in seen(form, piece)):
            most = size if size > most else most
    return most


def _bits_below(size: arb) -> int:
    """By how many binary digits a number is smaller than 1; 0 where it is none of the small ones."""
    if size.is_zero() or not size < SMALL:
        return 0
    digits = (-size.log() / arb(2).log()).floor().unique_fmpz()
    return 0 if digits is None else int(digits)


def _raised(activation: Activation, up: int) -> Activation:
    factor = sp.Integer(2) ** up
    pieces = tuple(replace(piece, expr=factor * piece.expr) for piece in activation.pieces)
    points = tuple(Point(at.at, None if at.value is None else factor * at.value) for at in activation.points)
    bound = factor * activation.bound
    return replace(activation, expression=bound, bound=bound, pieces=pieces, points=points)


def _top(ends: Sequence[Candidate]) -> tuple[arb, sp.Expr | None, list[Candidate]]:
    """The greatest of sizes, exactly where it is known so, and all of them that are as great or may be."""
    if not all(is_known(end.ball) for end in ends):
        raise Undecided("a value that is not enclosed")
    if any(end.value is sp.oo for end in ends):
        return arb.pos_inf(), sp.oo, []
    low, high = arb(0), arb(0)
    for end in ends:
        low = end.ball.lower() if end.ball.lower() > low else low
        high = end.ball.upper() if end.ball.upper() > high else high
    tops = [end for end in ends if not end.ball < low]
    if all(end.value is not None for end in tops):
        with suppress(Undecided):
            best = tops[0]
            for end in tops[1:]:
                best = end if precedes(best.value, end.value) else best
            tops = [end for end in tops if end is best or same(end.value, best.value)]
            return best.ball, min((end.value for end in tops), key=lambda e: (len(str(e)), str(e))), tops
    return low.union(high), None, tops


# --- places ----------------------------------------------------------------------------------------------------------


def _along(activation: Activation, order: int, value: sp.Expr) -> list[tuple[sp.Expr, sp.Expr]]:
    """The pieces on which the derivative has this size everywhere; those that meet are one."""
    spans: list[tuple[sp.Expr, sp.Expr]] = []
    for piece in activation.pieces:
        if not steady(piece, order):
            continue
        constant = only_value(piece, order)
        if not (same(constant, value) or same(constant, -value)):
            continue
        if spans and same(spans[-1][1], piece.lower):
            spans[-1] = (spans[-1][0], piece.upper)
        else:
            spans.append((piece.lower, piece.upper))
    return spans


def _holds(span: tuple[sp.Expr, sp.Expr], at: sp.Expr) -> bool:
    return not (precedes(at, span[0]) or precedes(span[1], at))


def _places(found: Sequence[sp.Expr]) -> list[sp.Expr]:
    """Places from left to right, each once."""
    kept: list[sp.Expr] = []
    for at in sorted(found, key=cmp_to_key(lambda one, two: -1 if precedes(one, two) else int(precedes(two, one)))):
        if not kept or not same(kept[-1], at):
            kept.append(at)
    return kept
