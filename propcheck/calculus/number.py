"""An exact value as a number with its standing."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import sympy as sp
from flint import arb, ctx

from propcheck.calculus.any_number import AnyNumber, any_ball, rooted
from propcheck.calculus.ball import INF, INFINITY, MINUS_INFINITY, above, below, is_known, nearest
from propcheck.calculus.elementary import NAN
from propcheck.calculus.form import RealRoot, constant_ball
from propcheck.calculus.undecided import Undecided
from propcheck.verdict import Number, Standing

_EXACT_BITS = (160, 640, 2560, 10240)  # for an exact constant, the later ones where its terms cancel
_ENOUGH_BITS = 60  # of a constant that is to be read as a double
_TOLD_BITS = 20  # of a number beyond the doubles: fewer tell nothing of it


@lru_cache(maxsize=4096)
def exact_number(value: sp.Expr, standing: Standing = Standing.PROVED) -> Number:
    """An exactly known constant as a Number with its enclosure."""
    if value is sp.oo:
        return INFINITY
    if value is -sp.oo:
        return MINUS_INFINITY
    if value.has(AnyNumber):
        return _of_any(value, standing)
    with ctx.workprec(160):
        ball = accurate_ball(value)
        low, high, near = below(ball), above(ball), nearest(ball)
        if value.is_Rational and Fraction(int(value.p), int(value.q)) == Fraction(near):
            low = high = near
        text = None if value.has(RealRoot) else str(value)
        return Number(near, low, high, text if text and len(text) <= 120 else None, standing)


def _of_any(value: sp.Expr, standing: Standing) -> Number:
    """A number that holds any number: by its formula, and the ends between which it lies for each."""
    with ctx.workprec(160):
        ball = any_ball(value)
    if not ball.is_finite():
        raise Undecided(f"{value} is not enclosed")
    text = None if rooted(value) else str(value)
    return Number(nearest(ball), below(ball), above(ball), text if text and len(text) <= 120 else None, standing)


def accurate_ball(value: sp.Expr) -> arb:
    """A constant as a ball of so many digits that a double may be read from it, however much its terms cancel."""
    if value.has(AnyNumber):
        return any_ball(value)
    ball = NAN
    for bits in _EXACT_BITS:
        with ctx.workprec(max(bits, ctx.prec)):
            ball = constant_ball(value)
            if ball.is_finite() and (ball.rel_accuracy_bits() >= _ENOUGH_BITS or ball.is_zero()):
                return ball
        if bits == _EXACT_BITS[1] and ball.is_finite() and _vanishes(value):
            return arb(0)
    if not ball.is_finite():
        raise Undecided(f"an exact form has no finite value at {_EXACT_BITS[-1]} bits")
    return ball


def _vanishes(value: sp.Expr) -> bool:
    from propcheck.calculus.identity import is_zero

    try:
        return is_zero(value) is True
    except Undecided:
        return False


def to_number(ball: arb, exact: sp.Expr | None = None, standing: Standing | None = None) -> Number:
    """A ball as a Number: `enclosed`, or `proved` when the exact value stands beside it."""
    if exact is not None:
        return exact_number(exact, standing or Standing.PROVED)
    low, high = below(ball), above(ball)
    told = is_known(ball) and (math.isfinite(low) and math.isfinite(high) or ball.rel_accuracy_bits() >= _TOLD_BITS)
    if not told and not (is_known(ball) and ball.is_exact()):
        return Number.missing("no enclosure was found that tells anything")
    return Number(nearest(ball), low, high, None, standing or Standing.ENCLOSED)


def confined(number: Number, least: float, most: float = INF) -> Number:
    """A number that is known to lie in [least, most], with its enclosure cut down to that."""
    if number.value is None or number.lower is None or number.upper is None:
        return number
    value, lower, upper = (min(max(v, least), most) + 0.0 for v in (number.value, number.lower, number.upper))
    return replace(number, value=value, lower=lower, upper=upper)
