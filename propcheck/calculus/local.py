"""How an expression behaves at one point of the line: analytic there, its gap filled in, or but for what is flat.

A sum, product or quotient of functions that are analytic at a point is analytic there or has a pole, and a function
whose argument is analytic there is so too, where the argument lies inside its domain. So of the whole expression one
finite limit proves that its gap can be filled in. Where an argument has a pole (atan(1/x), exp(-1/x**2)) there is none
of this: the point is a jump, a kink, or flat, and what holds there is asked from either side.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import sympy as sp

from propcheck.calculus.germ import Swinging
from propcheck.calculus.polynomial import order_of, polynomial, rational
from propcheck.calculus.recursion import answers
from propcheck.calculus.signs import STARTS, constant_sign
from propcheck.calculus.tail import germ, outward
from propcheck.calculus.undecided import Undecided, remembered
from propcheck.language import Condition
from propcheck.language.functions import HEADS

TERMS = (2, 8)  # of expansions in which a limit is looked for: a few suffice but where leading ones cancel
_WITH_POLES = tuple(head for head, row in HEADS.items() if row.poles is not None)


def conditions(expr: sp.Expr, x: sp.Symbol, inner: bool = True) -> Iterator[Condition]:
    """What must hold for an analytic expression to be a real number, the inner parts first.

    (node, positive | nonnegative | nonzero, u); with `inner` false, of the outermost node alone.
    """
    for node in sp.postorder_traversal(expr) if inner else (expr,):
        if not node.args or x not in node.free_symbols:
            continue
        if isinstance(node, sp.Pow):
            base, power = node.base, node.exp
            if power.is_Integer:
                if power < 0:
                    yield node, "nonzero", base
            elif power.is_number and constant_sign(power) > 0:
                yield node, "nonnegative", base
            elif x in base.free_symbols or not base.is_positive:
                yield node, "positive", base
        elif (row := HEADS.get(node.func)) is not None:
            for kind, u in row.asks(node.args[0]):
                yield node, kind, u


def regular(expr: sp.Expr, x: sp.Symbol, at: sp.Expr) -> bool:
    """Is an expression analytic in a whole neighbourhood of a point, as it is written?"""
    for _, kind, u in conditions(expr, x):
        value = u.subs(x, at)
        if value.has(sp.zoo, sp.nan, sp.oo):
            return False
        sign = constant_sign(value)
        if sign == 0 or (sign < 0 and kind != "nonzero"):
            return False
    return True


@remembered
def analytic(expr: sp.Expr, x: sp.Symbol, at: sp.Expr) -> bool:
    """Is it proved that an expression is analytic at a point, its gap there filled in by its limit?"""
    if not at.is_infinite and polynomial(expr, x) is not None:
        return True
    try:
        return _meromorphic(expr, x, at) and (regular(expr, x, at) or one_sided(expr, x, at, 1).is_finite is True)
    except Undecided:
        return False


@remembered
def _meromorphic(expr: sp.Expr, x: sp.Symbol, at: sp.Expr) -> bool:
    """Is an expression a quotient of functions that are analytic at a point?"""
    if x not in expr.free_symbols or expr == x:
        return True
    if isinstance(expr, (sp.Add, sp.Mul)):
        return all(_meromorphic(arg, x, at) for arg in expr.args)
    if isinstance(expr, sp.Pow) and expr.exp.is_Integer:
        return _meromorphic(expr.base, x, at)
    if not isinstance(expr, (sp.Pow, *HEADS)):
        return False
    if not all(analytic(arg, x, at) for arg in expr.args):
        return False
    needed = () if isinstance(expr, _WITH_POLES) else conditions(expr, x, inner=False)
    return all(constant_sign(_value(u, x, at)) > 0 for _, _, u in needed)


def _value(expr: sp.Expr, x: sp.Symbol, at: sp.Expr) -> sp.Expr:
    """The value of an expression that is analytic at a point."""
    return expr.subs(x, at) if regular(expr, x, at) else one_sided(expr, x, at, 1)


def one_sided(expr: sp.Expr, x: sp.Symbol, at: sp.Expr, side: int) -> sp.Expr:
    """The one-sided limit as the germ has it: a number, oo or -oo. Terms that are regular there have their values."""
    if isinstance(expr, sp.Add) and not at.is_infinite:
        terms = [term for term in expr.args if _plain(term, x, at)]
        if terms:
            rest = sp.Add(*[term for term in expr.args if term not in terms])
            return sp.Add(*[term.subs(x, at) for term in terms]) + one_sided(rest, x, at, side)
    if isinstance(expr, sp.Mul) and not at.is_infinite:
        factors = [factor for factor in expr.args if _plain(factor, x, at, nonzero=True)]
        if factors:
            rest = sp.Mul(*[factor for factor in expr.args if factor not in factors])
            return sp.Mul(*[factor.subs(x, at) for factor in factors]) * one_sided(rest, x, at, side)
    moved = outward(expr, x, at, side)
    reason = Undecided("no limit was looked for")
    for terms, start in product(TERMS, STARTS[::3]):
        try:
            return germ(moved, x, start, terms).limit()
        except Swinging:
            raise
        except Undecided as why:
            reason = why
    raise reason


def _plain(expr: sp.Expr, x: sp.Symbol, at: sp.Expr, nonzero: bool = False) -> bool:
    """Has an expression a value at a point as it is written, and one that is not 0 where that is asked?"""
    try:
        return regular(expr, x, at) and not (nonzero and constant_sign(expr.subs(x, at)) == 0)
    except Undecided:
        return False


@answers
def order_at(expr: sp.Expr, x: sp.Symbol, at: sp.Expr) -> int:
    """How often an expression vanishes at a point where it is analytic or has a pole, negative for a pole."""
    poly = polynomial(expr, x) if at.is_Rational else None
    if poly:
        return order_of(poly, rational(at))
    moved = outward(expr, x, at, 1)
    reason = Undecided(f"the order of {expr} at {at}")
    for start in STARTS[::3]:
        try:
            found = germ(moved, x, start).leading()
        except Undecided as why:
            reason = why
            continue
        if found is None:
            raise Undecided(f"{expr} is zero beside {at}")
        power = found[1].p
        if found[1].r or found[1].exponent.terms or power.denominator != 1:
            break
        return -int(power)
    raise reason


# --- what is flat ----------------------------------------------------------------------------------------------------


def analytic_part(expr: sp.Expr, x: sp.Symbol, at: sp.Expr, side: int) -> sp.Expr | None:
    """An expression analytic at a point from which `expr` differs, on one side, by what is flat there; None if unknown.

    Flat is what falls below every power of the distance, and with it all its derivatives do: a germ of exponentials,
    logarithms and powers lies in a Hardy field, and there the derivative of such a germ falls as fast. Products of what
    is flat with functions that have at most poles are flat again, so that the rules of sums, products, quotients and of
    functions that are analytic at a value carry it along.
    """
    if not at.is_infinite and polynomial(expr, x) is not None:
        return expr
    try:
        part = _but_for_flat(expr, x, at, side)
    except Undecided:
        return None
    return part if part is not None and analytic(part, x, at) else None


def _but_for_flat(expr: sp.Expr, x: sp.Symbol, at: sp.Expr, side: int) -> sp.Expr | None:
    """The same of a function that may have a pole there."""
    if _meromorphic(expr, x, at):
        return expr
    if isinstance(expr, (sp.Add, sp.Mul)):
        parts = [_but_for_flat(arg, x, at, side) for arg in expr.args]
        if None not in parts:
            return expr.func(*parts)
        if isinstance(expr, sp.Mul) and sp.S.Zero in parts:
            others = [arg for arg, part in zip(expr.args, parts, strict=True) if part is None]
            if all(_tame(arg, x, at, side) for arg in others):
                return sp.S.Zero
        return _flat_limit(expr, x, at, side)
    steady = _flat_limit(expr, x, at, side)
    if steady is not None:
        return steady
    if isinstance(expr, sp.Pow) and expr.exp.is_Integer:
        base = _but_for_flat(expr.base, x, at, side)
        return None if base is None or _vanishes(base, x, at) else base**expr.exp
    if not isinstance(expr, (sp.Pow, *HEADS)) or isinstance(expr, _WITH_POLES):
        return None
    inner = [analytic_part(arg, x, at, side) for arg in expr.args]
    if isinstance(expr, sp.Pow) and expr.exp.is_Rational and inner[0] is not None and _vanishes_at(inner[0], x, at):
        return _root(inner[0], expr.exp, x, at, side)
    needed = [u for _, _, u in conditions(expr, x, inner=False)]
    if None in inner or any(constant_sign(one_sided(u, x, at, side)) <= 0 for u in needed):
        return None
    return expr.func(*inner)


def _vanishes_at(expr: sp.Expr, x: sp.Symbol, at: sp.Expr) -> bool:
    return at.is_finite is True and constant_sign(one_sided(expr, x, at, 1)) == 0


def _root(base: sp.Expr, power: sp.Rational, x: sp.Symbol, at: sp.Expr, side: int) -> sp.Expr | None:
    """A broken power of what is analytic and vanishes at a point, where that takes out a whole power of the distance.

    On the one side sqrt(1 - exp(-x**2)) is x*sqrt((1 - exp(-x**2))/x**2).
    """
    order = order_at(base, x, at)
    distance = side * (x - at)
    if not (order * power).is_Integer:
        return None
    rest = sp.Add(*(term / distance**order for term in sp.Add.make_args(base)))  # a product would lose it to |x|
    return distance ** (order * power) * rest**power


def _tame(expr: sp.Expr, x: sp.Symbol, at: sp.Expr, side: int) -> bool:
    """Do a function and all its derivatives grow like powers of the distance at most, however it oscillates?"""
    if _meromorphic(expr, x, at) or _flat_limit(expr, x, at, side) is not None:
        return True
    return isinstance(expr, (sp.Add, sp.Mul, sp.sin, sp.cos)) and all(_tame(arg, x, at, side) for arg in expr.args)


def _vanishes(expr: sp.Expr, x: sp.Symbol, at: sp.Expr) -> bool:
    """Is an expression, for all that is known, zero in a whole neighbourhood of a point?"""
    try:
        order_at(expr, x, at)
    except Undecided:
        return True
    return False


def _flat_limit(expr: sp.Expr, x: sp.Symbol, at: sp.Expr, side: int) -> sp.Expr | None:
    """The limit of an expression that differs from it by what is flat; None where that is not proved."""
    try:
        limit = one_sided(expr, x, at, side)
        waves = [one_sided(wave.args[0], x, at, side) for wave in expr.atoms(sp.sin, sp.cos, sp.tan)]
    except Undecided:
        return None
    if not all(value.is_finite for value in (limit, *waves)):  # a wave without end: small, and its slope large
        return None
    moved = outward(expr - limit, x, at, side)
    for start in STARTS[::3]:
        try:
            leading = germ(moved, x, start).leading()
        except Undecided:
            continue
        return limit if leading is None or leading[1].exponent.order < 0 else None
    return None
