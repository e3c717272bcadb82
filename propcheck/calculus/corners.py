"""The one sign of an expression in symbols on an interval of x, from an end of the range of each symbol.

Where an expression rises or falls in a symbol, whatever x and the other symbols are, it is above what it comes to at
one end of the symbol's range: so symbols are put away one after the other, until x alone is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import sympy as sp

from propcheck.calculus.recursion import constant_sign, precedes, signs, within
from propcheck.calculus.undecided import Undecided

Ranges = Mapping[sp.Symbol, tuple[sp.Expr, sp.Expr]]


def sign_at_corners(expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr, ranges: Ranges) -> int:
    """The sign that an expression has at every x in (lower, upper), for all values of symbols within their ranges."""
    if not expr.free_symbols - {x} <= ranges.keys():
        raise Undecided("the sign of an expression in symbols without ranges")
    if precedes(lower, sp.S.Zero) and precedes(sp.S.Zero, upper):
        halves = {_sign(expr, x, *half, ranges) for half in ((lower, sp.S.Zero), (sp.S.Zero, upper))}
        with within(ranges):
            found = halves | {constant_sign(expr.subs(x, 0))}
    else:
        found = {_sign(expr, x, lower, upper, ranges)}
    if len(found) > 1:
        raise Undecided("the sign of an expression in symbols, which turns")
    return found.pop()


def _sign(expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr, ranges: Ranges) -> int:
    everything = {**ranges, x: (lower, upper)}
    with suppress(Undecided), within(everything):
        return constant_sign(expr)
    for goal in (1, -1):
        with suppress(Undecided):
            with within(everything):
                bound = _bound(expr, x, goal, ranges)
            found = signs(bound, x, lower, upper).all_signs
            if found <= ({goal, 0} if expr.free_symbols - {x} else {goal}):  # it is above what it comes to, not at it
                return goal
    raise Undecided("the sign of an expression in symbols for all their values")


def _bound(expr: sp.Expr, x: sp.Symbol, goal: int, ranges: Ranges) -> sp.Expr:
    """What an expression is above, for goal 1, or below, whatever x is."""
    for symbol in sorted(expr.free_symbols - {x}, key=str):
        slope = constant_sign(expr.diff(symbol))
        if slope:  # else nothing of the symbol is left
            expr = expr.subs(symbol, ranges[symbol][0 if slope == goal else 1])
        if not slope or expr.has(sp.oo, -sp.oo, sp.zoo, sp.nan):
            raise Undecided("the sign of an expression in symbols beyond what their ranges allow")
    return expr
