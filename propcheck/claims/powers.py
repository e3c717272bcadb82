"""One-sided limits at kinks where powers have symbols: term by term, from the powers of the distance."""

from __future__ import annotations

import sympy as sp

from propcheck.calculus import Undecided
from propcheck.calculus.signs import constant_sign
from propcheck.claims.proof import place_text
from propcheck.language import X, show
from propcheck.pieces.values import limit


def settled(expr: sp.Expr) -> sp.Expr:
    """The expression with each 0**q that is 0 for all values of the symbols in q."""
    return expr.replace(lambda node: node.is_Pow and node.base.is_zero and rises(node.exp), lambda node: sp.S.Zero)


def rises(power: sp.Expr) -> bool:
    try:
        return constant_sign(power) > 0
    except Undecided:
        return False


def limit_of(expr: sp.Expr, at: sp.Expr, side: int) -> sp.Expr:
    """The one-sided limit at a point; where symbols stand in the way, term by term from the powers of the distance."""
    try:
        return limit(expr, at, side)
    except Undecided:
        if not (expr.free_symbols - {X}) or at.is_infinite:
            raise
    distance = sp.Dummy("distance", positive=True)
    total, infinite = sp.S.Zero, set()
    for term in sp.Add.make_args(sp.expand(expr.xreplace({X: at + side * distance}))):
        factor, power = _leading(term, distance)
        sign = constant_sign(power)
        if sign < 0:
            infinite.add(constant_sign(factor))
        elif sign == 0:
            total += factor
    if not infinite:
        return total
    if infinite in ({1}, {-1}):
        return sp.oo * infinite.pop()
    raise Undecided(f"the limit of {show(expr)} at {place_text(at)}")


def _leading(term: sp.Expr, distance: sp.Symbol) -> tuple[sp.Expr, sp.Expr]:
    """c and q of the product c * distance**q to which a product comes near, c being finite and not 0 unless q > 0."""
    constant, power = sp.S.One, sp.S.Zero
    for factor in sp.Mul.make_args(term):
        base, exponent = factor.as_base_exp()
        if base == distance and distance not in exponent.free_symbols:
            power += exponent
        elif distance not in factor.free_symbols:
            constant *= factor
        else:
            value = settled(factor.xreplace({distance: sp.S.Zero}))
            if value.has(sp.nan, sp.zoo, sp.oo) or constant_sign(value) == 0 or not _continuous_at_0(factor, distance):
                raise Undecided(f"the limit of {show(term)}")
            constant *= value
    return constant, power


def _continuous_at_0(expr: sp.Expr, distance: sp.Symbol) -> bool:
    """Is a function of the distance continuous at 0, its powers of what vanishes there being positive ones?"""
    for node in sp.preorder_traversal(expr):
        if distance not in node.free_symbols or node == distance:
            continue
        if node.is_Pow:
            base = settled(node.base.xreplace({distance: sp.S.Zero}))
            if base.has(sp.nan, sp.zoo, sp.oo) or distance in node.exp.free_symbols:
                return False
            if not (constant_sign(base) > 0 or (constant_sign(base) == 0 and rises(node.exp))):
                return False
        elif not isinstance(node, (sp.Add, sp.Mul, sp.exp)):
            return False
    return True
