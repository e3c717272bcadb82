"""Balls: their ends, what is known of them, and exact numbers as balls."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import sympy as sp
from flint import arb, fmpq

from propcheck.language.functions import HEADS
from propcheck.verdict import Number, Standing

INF = float("inf")
LARGEST = 1 << 16  # binary digits of a number that is written out


# --- balls -----------------------------------------------------------------------------------------------------------


def below(ball: arb) -> float:
    """The largest double that no number in `ball` lies under."""
    low = ball.lower()
    if not ball.is_finite():
        return low if isinstance(low, float) else (float(low) if not math.isnan(float(low)) else -INF)
    value = float(low)
    return math.nextafter(value, -INF) if not arb(value) <= low else value


def above(ball: arb) -> float:
    """The smallest double that no number in `ball` lies over."""
    return -below(-ball)


def nearest(ball: arb) -> float:
    """The double nearest to the middle of a ball; the largest one for what is finite and larger."""
    value = float(ball.mid())
    return math.copysign(sys.float_info.max, value) if math.isinf(value) and ball.is_finite() else value


def is_known(ball: arb) -> bool:
    """Does the ball say anything: a number with a finite radius, or an exact infinity?"""
    return not ball.is_nan() and ball.rad().is_finite()


def ball_of(lower: float | arb, upper: float | arb) -> arb:
    """The ball around [lower, upper]."""
    return arb(lower).union(arb(upper))


def fraction(value: arb) -> Fraction | None:
    """The middle of a ball, exactly; None for what is not finite, or so large or small that it would fill memory.

    FLINT ends the process where it cannot hold such a number.
    """
    middle = value.mid()
    if not middle.is_finite():
        return None
    mantissa, exponent = (int(part) for part in middle.man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent if abs(exponent) <= LARGEST else None


INFINITY = Number(INF, INF, INF, "oo", Standing.PROVED)
MINUS_INFINITY = Number(-INF, -INF, -INF, "-oo", Standing.PROVED)


# --- compiling -------------------------------------------------------------------------------------------------------


UNARY: dict[type, str] = {**{head: row.name for head, row in HEADS.items()}, sp.LambertW: "lambertw"}


def sign_of(ball: arb) -> int:
    return 1 if ball > 0 else -1 if ball < 0 else 0


def rational_ball(value: sp.Expr) -> arb:
    return arb(fmpq(int(value.p), int(value.q)))
