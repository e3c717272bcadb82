"""A polynomial with rational coefficients, as an expression is written: what is asked of it takes no search.

The pieces of a table are such, and there may be thousands of them.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from operator import add, mul

import sympy as sp
from flint import fmpq, fmpq_poly

_MOST_DEGREE = 64


@lru_cache(maxsize=8192)
def polynomial(expr: sp.Expr, x: sp.Symbol) -> fmpq_poly | None:
    """The polynomial that an expression in x is; None where something else occurs in it, or a high degree."""
    if expr.is_Rational:
        return fmpq_poly([rational(expr)])
    if expr == x:
        return fmpq_poly([0, 1])
    if expr.is_Add or expr.is_Mul:
        parts = []
        for arg in expr.args:
            part = polynomial(arg, x)
            if part is None:
                return None
            parts.append(part)
        if expr.is_Mul and sum(part.degree() for part in parts) > _MOST_DEGREE:
            return None
        return reduce(add if expr.is_Add else mul, parts)
    if not (expr.is_Pow and expr.exp.is_Integer and 0 < expr.exp <= _MOST_DEGREE):
        return None
    base = polynomial(expr.base, x)
    power = int(expr.exp)
    return None if base is None or base.degree() * power > _MOST_DEGREE else base**power


def rational(number: sp.Expr) -> fmpq:
    return fmpq(int(number.p), int(number.q))  # type: ignore[attr-defined]


def order_of(poly: fmpq_poly, at: fmpq) -> int:
    """How often a polynomial that is not 0 vanishes at a point."""
    order = 0
    while poly(at) == 0:
        poly, order = poly.derivative(), order + 1
    return order


def only_zero(poly: fmpq_poly) -> sp.Rational:
    """Where a polynomial of the degree 1 vanishes."""
    at = -poly[0] / poly[1]
    return sp.Rational(int(at.p), int(at.q))
