"""Is the slope a function of the output, so that backward needs no more than what forward left behind?

It is where no two points have one output and two slopes. Between its turns a function takes each value once; so the
stretches on which it rises, falls or stands still are compared in pairs, as far as their values meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cmp_to_key
from itertools import combinations, islice
from typing import Any

import sympy as sp
from flint import arb, arb_mat, ctx

from propcheck.activation import Activation
from propcheck.analysis.course import Run, signed_runs
from propcheck.analysis.extent import place_of
from propcheck.analysis.scale import at_scale, carried, scale_of
from propcheck.analysis.shape import breakpoints, one_sided, steady
from propcheck.calculus import Undecided
from propcheck.calculus.ball import rational_ball
from propcheck.calculus.chart import inner_point, inner_points
from propcheck.calculus.form import Form, RealRoot, compile_form, constant_ball, refine_root
from propcheck.calculus.number import to_number
from propcheck.calculus.signs import precedes, same, simple_rational, vanishes
from propcheck.language import OUTPUT as Y
from propcheck.language import X, show
from propcheck.pieces.piece import Piece
from propcheck.pieces.values import limit
from propcheck.verdict import Fact, InputError, Standing

MOST = 24  # stretches that are compared
_BITS = 200
_STRETCHES = (2, 8)  # how far one reaches on both sides of 0
_TRIED = 5  # outputs of two stretches at which slopes are compared
_STEPS = 60  # towards an end of a stretch, in search of an output
# What a slope may be made of, besides numbers: the formula is a sum of these, times numbers that are found.
_BASES = (
    (1, Y, Y**2, Y**3),
    (1, sp.exp(-Y)),
    (1, sp.exp(Y)),
    (1, sp.exp(-2 * Y)),
    (sp.cos(Y) ** 2,),
    (1 / sp.cosh(Y),),
    (sp.exp(-Y), sp.exp(-2 * Y)),
    (sp.sqrt(1 - Y**2) ** 3,),
)


@dataclass(frozen=True)
class Stretch:
    """Where a function rises, falls or is constant, and the open interval of its values; a constant has equal ends."""

    piece: Piece
    run: Run
    low: sp.Expr
    high: sp.Expr


def slope_of_output(activation: Activation) -> Fact:
    """Is g' a function of g; which one, where that is known; and if it is none, two points that show it."""
    scale = replace(scale_of(activation), outer=sp.S.One)
    moved = at_scale(activation, scale)
    try:
        return _found(moved, scale.inner)
    except Undecided:
        for reach in _STRETCHES if activation.on is None else ():  # two points of a stretch may refute it
            with suppress(Undecided, InputError):
                found = _found(moved.within(-reach, reach), scale.inner)
                if not found["value"]:
                    return found
        raise


def _found(moved: Activation, rate: sp.Rational) -> Fact:
    """The same of a function of x times the rate."""
    with ctx.workprec(_BITS):
        found = _stretches(moved)
        for one, other in combinations(found, 2):
            witness = _apart(one, other)
            if witness is not None:
                fields = {"value": False, "formula": None, "witness": _told(witness, rate)}
                return Fact("slope_of_output", Standing.PROVED, fields)
        _check_points(moved, found)
        formula = _formula(found, rate)
    return Fact("slope_of_output", Standing.PROVED, {"value": True, "formula": formula, "witness": None})


def _stretches(activation: Activation) -> list[Stretch]:
    out = []
    for piece in activation.pieces:
        runs, _ = signed_runs(piece, 1)
        for run in runs:
            ends = [limit(piece.expr, run.lower, 1), limit(piece.expr, run.upper, -1)]
            low, high = ends if run.sign >= 0 else ends[::-1]
            out.append(Stretch(piece, run, low, high))
        if len(out) > MOST:
            raise Undecided(f"more than {MOST} pieces on which the function rises or falls")
    return out


# --- one output, two slopes ------------------------------------------------------------------------------------------

Witness = tuple[sp.Expr | arb, sp.Expr | arb, arb, arb, arb]  # two points, their output, and their slopes


def _told(witness: Witness, rate: sp.Rational) -> dict[str, Any]:
    *points, output, first, second = witness
    places = [place_of(at / rate) if isinstance(at, sp.Expr) else carried(to_number(at), 1 / rate) for at in points]
    slopes = [carried(to_number(slope), rate) for slope in (first, second)]
    return {"x": places, "output": to_number(output), "slopes": slopes}


def _apart(one: Stretch, other: Stretch) -> Witness | None:
    """Two points of two stretches with one output and two slopes; None where it is proved that there are none."""
    if not one.run.sign and not other.run.sign:
        return None
    if not one.run.sign or not other.run.sign:
        flat, moving = (one, other) if not one.run.sign else (other, one)
        if not (precedes(moving.low, flat.low) and precedes(flat.low, moving.high)):
            return None
        return _beside_a_constant(flat, moving)
    low = one.low if precedes(other.low, one.low) else other.low
    high = one.high if precedes(one.high, other.high) else other.high
    if not precedes(low, high):
        return None
    if steady(one.piece, 1) and steady(other.piece, 1) and same(*(side.piece.derivative() for side in (one, other))):
        return None
    for output in islice(inner_points(low, high), _TRIED):
        level = rational_ball(output)
        places = [_where(side, output) for side in (one, other)]
        slopes = [_slope(side.piece, at) for side, at in zip((one, other), places, strict=True)]
        if not all(map(_narrow, (*places, *slopes))):
            continue
        if slopes[0] < slopes[1] or slopes[1] < slopes[0]:
            return places[0], places[1], level, slopes[0], slopes[1]
    raise Undecided(f"whether slopes are the same where both take values between {low} and {high}")


def _beside_a_constant(flat: Stretch, moving: Stretch) -> Witness:
    at = _where(moving, flat.low)
    slope = _slope(moving.piece, at)
    if not (_narrow(at) and (slope > 0 or slope < 0)):
        raise Undecided(f"whether the slope is 0 where the function is {flat.low}")
    return inner_point(flat.run.lower, flat.run.upper), at, constant_ball(flat.low), arb(0), slope


def _slope(piece: Piece, at: arb) -> arb:
    return compile_form(piece.derivative(), X, piece.removable).ball(at)


def _where(side: Stretch, output: sp.Expr) -> arb:
    """The point of a stretch at which the function has this value, which lies between its ends."""
    form = compile_form(side.piece.expr - output, X, side.piece.removable)
    low, high = (_beyond(form, side, toward) for toward in (-1, 1))
    found = refine_root(form, low, high)
    if _narrow(found):
        return found
    guess = simple_rational(found.mid())  # halving may have met the very point, at which no ball has a sign
    inside = guess is not None and low.min(high) < rational_ball(guess) < low.max(high)
    return rational_ball(guess) if inside and vanishes(side.piece.expr - output, X, guess) else found


def _narrow(ball: arb) -> bool:
    """Is a number known to more digits than a double has?"""
    return ball.is_finite() and bool(ball.rad() < (1 + abs(ball.mid())) * arb(2) ** -60)


def _beyond(form: Form, side: Stretch, toward: int) -> arb:
    """A point of the stretch, on this side of the one that is looked for."""
    lower, upper = side.run.lower, side.run.upper
    point = inner_point(lower, upper)
    for _ in range(_STEPS):
        ball = form.ball(rational_ball(point)) * side.run.sign
        if ball * toward > 0:
            return rational_ball(point)
        point = inner_point(point, upper) if toward > 0 else inner_point(lower, point)
        if toward > 0 and upper is sp.oo or toward < 0 and lower is -sp.oo:
            point = 2 * point if point * toward > 0 else point / 2
    raise Undecided("whether the function takes a value between those at the ends")


def _check_points(activation: Activation, found: Sequence[Stretch]) -> None:
    """Raises where at a breakpoint that has a slope the function may have the value of a constant stretch."""
    flat = [side.low for side in found if not side.run.sign]
    for point, left, right in breakpoints(activation.pieces, activation.points):
        if left is None or right is None or point.value is None:
            continue
        sides = [one_sided(piece, point.at, side, 1) for piece, side in ((left, -1), (right, 1))]
        if None in sides or not same(*sides) or same(sides[0], sp.S.Zero):
            continue
        if any(same(point.value, value) for value in flat):
            raise Undecided(f"whether the slope at {point.at} is that of other points with this value")


# --- the formula -----------------------------------------------------------------------------------------------------


def _formula(found: Sequence[Stretch], rate: sp.Rational) -> str | None:
    """The slope as a formula in y, by cases where it has several; None where it is not among those that are tried."""
    cases: list[tuple[Stretch, str]] = []
    for side in sorted(found, key=cmp_to_key(_higher)):
        text = _of_piece(side, rate)
        if text is None:
            return None
        if cases and cases[-1][1] == text and side.run.sign:
            cases.pop()
        cases.append((side, text))
    if any(side.low.has(RealRoot) for side, _ in cases):
        return None  # the language has no words for where one case ends
    *upper, (_, last) = cases
    for side, text in reversed(upper):
        if text != last:
            last = f"{text} if y {'>' if side.run.sign else '>='} {show(side.low)} else {_bracketed(last)}"
    return last


def _bracketed(text: str) -> str:
    return f"({text})" if " if " in text else text


def _higher(one: Stretch, other: Stretch) -> int:
    """The order of stretches by their values, the highest first."""
    if precedes(other.low, one.low):
        return -1
    if precedes(one.low, other.low):
        return 1
    return -1 if one.run.sign and not other.run.sign else 1 if other.run.sign and not one.run.sign else 0


def _of_piece(side: Stretch, rate: sp.Rational) -> str | None:
    piece = side.piece
    if not side.run.sign:
        return "0"
    for base in _BASES:
        made = _fitted(piece, [sp.sympify(part) for part in base])
        if made is not None:
            return show(rate * made)
    return None


def _fitted(piece: Piece, base: Sequence[sp.Expr]) -> sp.Expr | None:
    """A sum of these functions of y, times rational numbers, that is proved to be the slope."""
    value, slope = (compile_form(piece.derivative(order), X, piece.removable) for order in (0, 1))
    points = [rational_ball(at) for at in islice(inner_points(piece.lower, piece.upper), len(base))]
    outputs = [value.ball(at) for at in points]
    try:
        table = [[_at(part, output) for part in base] for output in outputs]
        solved = arb_mat(table).solve(arb_mat([[slope.ball(at)] for at in points]))
    except (ZeroDivisionError, ValueError, Undecided):
        return None
    factors = [simple_rational(solved[k, 0]) for k in range(len(base))]
    if None in factors:
        return None
    made = sp.Add(*(factor * part for factor, part in zip(factors, base, strict=True)))
    difference = piece.derivative() - made.xreplace({Y: piece.expr})
    return made if piece.is_zero(difference) else None


def _at(part: sp.Expr, output: arb) -> arb:
    return compile_form(part, Y).ball(output) if Y in part.free_symbols else constant_ball(part)
