"""Where the slope is zero (dead), where the function is zero, and how much Gaussian mass lies there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.analysis import closed_form, gaussian
from propcheck.analysis.extent import place_of
from propcheck.analysis.shape import constant_piece
from propcheck.analysis.window import mass as recurring_mass
from propcheck.analysis.window import meeting, window
from propcheck.calculus import Undecided
from propcheck.calculus.form import Form, compile_form, constant_ball, refine_root
from propcheck.calculus.number import confined, exact_number, to_number
from propcheck.calculus.signs import same
from propcheck.language import X
from propcheck.pieces.piece import Piece
from propcheck.verdict import Fact, Number

NEAR = sp.Rational(1, 10)  # near zero: within this share of the root mean square

_BITS = 160
_INSET = 60  # how near to an end, in bits, the sign beside it is looked at
_FAR = sp.Integer(20)  # standard deviations; the mass beyond is below 2**-280
_BEYOND = arb(0, 2.0**-280)

Span = tuple[sp.Expr, sp.Expr]


def dead_region(activation: Activation) -> Fact:
    """The intervals on which the slope is identically 0."""
    return _region("dead_region", activation, constant_piece)


def zero_region(activation: Activation) -> Fact:
    """The intervals on which the function is identically 0, and the mass on which it is near 0."""
    return with_near(identically_zero(activation), activation)


def with_near(fact: Fact, activation: Activation) -> Fact:
    """Where a function is identically 0, with the mass on which it is near 0."""
    near = _near(activation)
    return Fact(fact.key, fact.standing, {**fact.fields, "near": near}, fact.note)


def identically_zero(activation: Activation) -> Fact:
    """The intervals alone on which the function is identically 0, and their mass."""
    wave = activation.wave
    if wave is None or wave.rise == 0:
        return _region("zero_region", activation, _vanishes)
    return _region("zero_region", activation.seen(*meeting(activation, sp.S.Zero, wave.rise)), _vanishes)


def _vanishes(piece: Piece) -> bool:
    zero = piece.is_zero(piece.expr)
    if zero is None:
        raise Undecided(f"whether {piece.expr} is zero")
    return zero


def joined(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, neighbours made one."""
    out: list[Span] = []
    for span in spans:
        if out and same(out[-1][1], span[0]):
            out[-1] = (out[-1][0], span[1])
        else:
            out.append(span)
    return out


def mass(spans: list[Span]) -> Number:
    """P[z in one of the spans]."""
    exact = sp.Add(*[closed_form.mass(lower, upper) for lower, upper in spans])
    return exact_number(exact)


def _region(key: str, activation: Activation, holds: Callable[[Piece], bool]) -> Fact:
    """The intervals of the pieces of which something holds; of one that comes back those of one period."""
    seen, wave, again = activation, activation.wave, {}
    if wave is not None and activation.periods is not None:
        seen = activation.periods
    spans = joined((p.lower, p.upper) for p in seen.pieces if holds(p))
    if wave is not None:
        if len(spans) == 1 and all(same(*pair) for pair in zip(spans[0], wave.around, strict=True)):
            spans = [(-sp.oo, sp.oo)]
        elif spans := [span for span in spans if wave.chosen(span[0])]:
            again = {"period": exact_number(wave.length)}
    shown = [[place_of(lower), place_of(upper)] for lower, upper in spans]
    total = recurring_mass(activation, spans) if again else mass(spans)
    return Fact(key, total.standing, {"intervals": shown, "mass": total} | again)


def _near(activation: Activation) -> Number:
    """P[abs(g(z)) <= NEAR * rms], a threshold of six digits standing for NEAR * rms."""
    second = gaussian.find(activation)["second_moment"]
    if second.value == second.upper == 0.0:
        return exact_number(sp.S.One)
    if second.value is None or math.isinf(second.value):
        return Number.missing("there is no finite root mean square", second.standing)
    if second.lower is None or not 1e-200 < second.lower < 1e200:
        return Number.missing("the root mean square is not told apart from 0, or too large for a double")
    threshold = sp.Rational(f"{float(NEAR) * second.value**0.5:.6g}")
    try:
        pieces = window(activation, sp.S.One, int(_FAR)).pieces if activation.trouble else activation.pieces
        with ctx.workprec(_BITS):
            near = to_number(sum((_near_on(piece, threshold) for piece in pieces), start=_BEYOND))
            return confined(near, 0.0, 1.0)
    except Undecided as reason:
        return Number.missing(str(reason))


def _near_on(piece: Piece, threshold: sp.Rational) -> arb:
    """The mass on one piece: between its turns the function is monotone and crosses each threshold once at most."""
    slope = piece.derivative(1)
    try:
        chart = piece.chart(slope)
    except Undecided:
        chart = None
    if chart is None or chart.period is not None:
        near = piece.within(-_FAR, _FAR)
        if near is None:
            return arb(0)
        piece = replace(piece, lower=near[0], upper=near[1])
        chart = piece.chart(slope)
    cuts = [_clipped(end) for end in (piece.lower, *[zero.at for zero in chart.zeros], piece.upper)]
    above = compile_form(piece.expr - threshold, X, piece.removable)
    under = compile_form(piece.expr + threshold, X, piece.removable)
    total = arb(0)
    for (low, high), sign in zip(pairwise(cuts), chart.signs, strict=True):
        if low >= high:
            continue
        if not low < high:
            raise Undecided("the order of two turning points")
        first, last = (under, above) if sign >= 0 else (above, under)
        start, end = _crossing(first, low, high, sign), _crossing(last, low, high, sign)
        total += (end / arb(2).sqrt()).erf() / 2 - (start / arb(2).sqrt()).erf() / 2
    return total


def _clipped(end: sp.Expr) -> arb:
    ball = constant_ball(end)
    far = constant_ball(_FAR)
    return -far if ball < -far else far if ball > far else ball


def _crossing(form: Form, low: arb, high: arb, sign: int) -> arb:
    """Where a monotone function passes 0 between two points; the nearer of them where it does not.

    The ends themselves may be singular: what is asked is the sign just inside.
    """
    inset = (high - low) * arb(2) ** -_INSET
    first, last = (low + inset).mid(), (high - inset).mid()
    left, right = form.ball(first) * (sign or 1), form.ball(last) * (sign or 1)
    if left > 0:
        return low.union(first)
    if right < 0:
        return high.union(last)
    if left < 0 and right > 0:
        return refine_root(form, first, last)
    raise Undecided("where the function comes near to zero")
