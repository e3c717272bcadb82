"""x, the named constants, and the exact value and sign of an expression without x."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from functools import lru_cache

import flint
import sympy
from sympy import S

from propcheck.language.functions import FUNCTIONS, HEADS
from propcheck.language.limits import (
    MAX_BITS,
    MAX_CONSTANT_DEPTH,
    MAX_CONSTANT_SIZE,
    MAX_DIGITS,
    MAX_MAGNITUDE,
    Refused,
    bits_of,
    height,
    node_count,
)

X = sympy.Symbol("x", real=True)
OUTPUT = sympy.Symbol("y", real=True)  # g(x), in a formula of the slope
CONSTANTS = {"pi": S.Pi, "e": S.Exp1}
RESERVED = frozenset({"x", *CONSTANTS, *FUNCTIONS, *keyword.kwlist})  # what no parameter may be called


def with_output(symbols: Mapping[str, sympy.Symbol]) -> dict[str, sympy.Symbol]:
    """The symbols of a formula of the slope: y is the output, where no parameter is called so."""
    return {OUTPUT.name: OUTPUT, **symbols}


def rational(spelling: str) -> sympy.Rational:
    """The number that `spelling` spells, exactly."""
    digits, _, exponent = spelling.replace("_", "").lower().partition("e")
    whole, _, fraction = digits.partition(".")
    shift = exponent.lstrip("+-").lstrip("0") or "0"
    if len(whole) > MAX_DIGITS or len(fraction) > MAX_DIGITS or len(shift) > 6 or int(shift) > MAX_DIGITS:
        raise Refused(f"is too long: a number may have {MAX_DIGITS} digits before and after the point")
    power = (-int(shift) if exponent.startswith("-") else int(shift)) - len(fraction)
    digits = int((whole + fraction) or "0")
    value = sympy.Integer(digits * 10**power) if power >= 0 else sympy.Rational(digits, 10**-power)
    if bits_of(value) > MAX_BITS:
        raise Refused(f"is too long: a number may have {MAX_DIGITS} digits before and after the point")
    return value


class _NotReal(Exception):
    pass


@lru_cache(maxsize=4096)
def _ball(expr: sympy.Basic, precision: int) -> flint.arb:
    """An enclosure of a constant at this precision, which is the current one; NaN where it is not known to exist."""
    if isinstance(expr, sympy.Rational):
        return flint.arb(flint.fmpq(int(expr.p), int(expr.q)))
    if expr is S.Pi:
        return flint.arb.pi()
    if expr is S.Exp1:
        return flint.arb.const_e()
    if isinstance(expr, sympy.exp):
        return _ball(expr.args[0], precision).exp()
    if isinstance(expr, sympy.Add):
        return sum((_ball(arg, precision) for arg in expr.args), flint.arb(0))
    if isinstance(expr, sympy.Mul):
        product = flint.arb(1)
        for arg in expr.args:
            product *= _ball(arg, precision)
        return product
    if isinstance(expr, sympy.Pow):
        base = _ball(expr.base, precision)
        if isinstance(expr.exp, sympy.Integer):
            if base.is_zero() and expr.exp < 0:
                raise _NotReal
            return base ** int(expr.exp)
        if base < 0:
            raise _NotReal
        return base.sqrt() if expr.exp is S.Half else base ** _ball(expr.exp, precision)
    if isinstance(expr, (sympy.Max, sympy.Min)):
        balls = [_ball(arg, precision) for arg in expr.args]
        extremum = balls[0]
        for ball in balls[1:]:
            extremum = extremum.max(ball) if isinstance(expr, sympy.Max) else extremum.min(ball)
        return extremum
    if isinstance(expr, (sympy.Abs, sympy.sign)):
        argument = _ball(expr.args[0], precision)
        return abs(argument) if isinstance(expr, sympy.Abs) else argument.sgn()
    if (row := HEADS.get(type(expr))) is not None:
        argument = _ball(expr.args[0], precision)
        outside = argument < row.low or argument > row.high
        if outside or not row.closed and (argument <= row.low or argument >= row.high):
            raise _NotReal
        return getattr(argument, row.name)()
    raise _NotReal


def constant(expr: sympy.Expr) -> flint.arb:
    """A finite enclosure of a constant that is not too large or small, as tight as it takes to tell its sign."""
    if node_count(expr, MAX_CONSTANT_SIZE) > MAX_CONSTANT_SIZE:
        raise Refused(f"is too long a constant: the limit is {MAX_CONSTANT_SIZE} parts")
    if height(expr) > MAX_CONSTANT_DEPTH:
        raise Refused(f"is too deep a constant: the limit is {MAX_CONSTANT_DEPTH} operations inside each other")
    ball = flint.arb.nan()
    for precision in (64, 256, 1024):
        with flint.ctx.workprec(precision):
            try:
                ball = _ball(expr, precision)
            except _NotReal:
                raise Refused("is not a real number") from None
            if ball.is_finite() and (ball.is_zero() or not ball.contains(0)):
                break
    if ball.is_nan():
        raise Refused("cannot be told from something that is not a real number")
    if not abs(ball) < flint.arb(2) ** MAX_MAGNITUDE:
        raise Refused("is too large: constants go up to 1e10000")
    if not ball.is_zero() and abs(ball) < flint.arb(2) ** -MAX_MAGNITUDE:
        raise Refused("is too small: constants go down to 1e-10000")
    return ball


def sign_of(expr: sympy.Expr) -> int | None:
    """The sign of a constant; None where the enclosure does not decide, or where `expr` is not constant."""
    if isinstance(expr, sympy.Rational):
        return int(sympy.sign(expr))
    if not expr.is_number:
        return None
    ball = constant(expr)
    return 0 if ball.is_zero() else 1 if ball > 0 else -1 if ball < 0 else None
