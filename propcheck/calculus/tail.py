"""Germs: how an analytic expression behaves as x -> +oo.

A germ is a finite sum of exact coefficients times monomials x**p * log(x)**r * exp(sum c*x**m), the largest first, and
a remainder |R(x)| <= sum C*m(x) that holds for every real x >= start, not only in the limit. Sums, products, powers and
the elementary functions act on germs: what is infinite in an argument is taken out exactly, what is small is expanded,
and each dropped term goes into the remainder. So the leading term decides limits, and the remainder decides the whole
tail. Coefficients are exact, since a coefficient that is zero but known only as a ball would ruin a limit.

For x -> -oo substitute -x, for x -> b from the right b + 1/x, from the left b - 1/x.
"""

from __future__ import annotations

import math
from functools import lru_cache

import flint
import sympy

from propcheck.calculus.exact import BOUND_BITS, UNITY, ZERO, Constant, as_fraction, exact, in_symbols
from propcheck.calculus.expansion import RULES
from propcheck.calculus.form import RealRoot
from propcheck.calculus.germ import Germ, TooFast, exp, has_limit, log_of, power_of, product, sign_at_end, sum_of
from propcheck.calculus.monomial import ONE, X, at_bound_precision
from propcheck.calculus.phase import PHASES, Waves, waves
from propcheck.calculus.undecided import Undecided

_FAR = 1024  # where it is asked what the argument of a wave does


@lru_cache(maxsize=2**13)
def _expand(expr: sympy.Expr, x: sympy.Symbol, start: int, terms: int) -> Germ:
    if expr == x:
        return Germ({X: UNITY}, {}, start, terms)
    if expr.is_Symbol and expr not in PHASES:
        raise Undecided(f"the value of {expr} is not given")
    if not expr.args or isinstance(expr, RealRoot):
        value = exact(expr)
        return Germ({ONE: value} if isinstance(value, Constant) or value else {}, {}, start, terms)
    parts = [_expand(arg, x, start, terms) for arg in expr.args]
    if expr.is_Add:
        return sum_of(parts)
    if expr.is_Mul:
        parts.sort(key=lambda part: (len(part.remainder), len(part.main)))
        return math.prod(parts[1:], start=parts[0])
    if all(_is_constant(part) for part in parts):
        value = exact(expr.func(*(in_symbols(part.main.get(ONE, ZERO)) for part in parts)))
        return Germ({ONE: value} if isinstance(value, Constant) or value else {}, {}, start, terms)
    if expr.is_Pow:
        base, exponent = parts
        value = exponent.main.get(ONE, ZERO)
        if _is_constant(exponent) and not isinstance(value, Constant):
            return power_of(base, as_fraction(value))
        return exp(product(exponent, log_of(base)))
    if expr.func not in RULES or len(parts) != 1:
        raise Undecided(f"the behaviour of {expr.func} at the ends is not known")
    return RULES[expr.func](parts[0])


def _is_constant(f: Germ) -> bool:
    return not f.remainder and (not f.main or (len(f.main) == 1 and ONE in f.main))


@at_bound_precision
def outward(expr: sympy.Expr, x: sympy.Symbol, end: sympy.Expr, side: int) -> sympy.Expr:
    """The expression with one end moved to +oo, where a germ describes it: oo, -oo, or a point (side 1: its right)."""
    if end.is_infinite:
        return expr if end is sympy.oo else expr.xreplace({x: -x})
    return expr.xreplace({x: end + side / x})


def germ(expr: sympy.Expr, x: sympy.Symbol, start: int, terms: int = 8) -> Germ:
    """The germ of `expr`, valid for every x >= start, where start >= 2.

    Raises Undecided where that cannot be shown at this start; a larger one may do.
    """
    if start < 2:
        raise ValueError(f"start is {start}, and log(x) > 0 needs at least 2")
    with_phases = still(expr, x)
    expr = expr if with_phases is None else with_phases.expr
    try:
        return _expand(expr, x, start, terms)
    except TooFast:
        return _expand(_turned_over(expr, x, start), x, start, terms)


@lru_cache(maxsize=2**8)
def _turned_over(expr: sympy.Expr, x: sympy.Symbol, start: int) -> sympy.Expr:
    """The expression over the reciprocals of the exponentials that outgrow all else: 1/(1 + e) is (1/e)/(1/e + 1)."""
    put: dict[sympy.Expr, sympy.Expr] = {}
    back: dict[sympy.Symbol, sympy.Expr] = {}
    nodes = sorted((node for node in expr.atoms(sympy.exp) if _outgrows(node, x, start)), key=str)
    while nodes:
        ratios = {node: node.args[0] / nodes[0].args[0] for node in nodes}
        alike = {node: ratio for node, ratio in ratios.items() if ratio.is_Rational}
        unit = sympy.Rational(1, math.lcm(*(int(ratio.q) for ratio in alike.values())))
        small = sympy.Symbol(f"falling{len(back)}", positive=True)
        back[small] = nodes[0].args[0] * unit
        put |= {node: small ** (-ratio / unit) for node, ratio in alike.items()}
        nodes = [node for node in nodes if node not in alike]
    falling = {small: sympy.exp(-u) for small, u in back.items()}

    def log(inside: sympy.Expr) -> sympy.Expr:
        top, bottom = sympy.fraction(sympy.together(inside))
        powers = bottom.as_powers_dict()
        taken = {small: powers[small] for small in back if small in powers}
        rest = top / (bottom / sympy.Mul(*(small**k for small, k in taken.items())))
        return sympy.log(rest) + sympy.Add(*(k * back[small] for small, k in taken.items()))

    turned = expr.xreplace(put).replace(lambda node: isinstance(node, sympy.log), lambda node: log(node.args[0]))
    return sympy.together(turned).xreplace(falling)


def _outgrows(node: sympy.Expr, x: sympy.Symbol, start: int) -> bool:
    try:
        _expand(node, x, start, 8)
    except TooFast:
        return True
    except Undecided:
        pass
    return False


@lru_cache(maxsize=2**12)
def still(expr: sympy.Expr, x: sympy.Symbol) -> Waves | None:
    """The expression with its waves read as functions of phases, None where it has none."""
    return waves(expr, x, lambda arg: _runs(arg, x))


def _runs(arg: sympy.Expr, x: sympy.Symbol) -> bool:
    """Is the argument of a wave not shown to have a limit?"""
    try:
        with flint.ctx.workprec(BOUND_BITS):
            return not has_limit(_expand(arg, x, _FAR, 8))
    except Undecided:
        return True


def driven(expr: sympy.Expr, x: sympy.Symbol) -> Waves | None:
    """The waves of an expression where one argument drives them all and is shown to run to infinity; else None."""
    found = still(expr, x)
    if found is None or found.driver is None or not _runs_away(found.driver, x):
        return None
    return found


def _runs_away(driver: sympy.Expr, x: sympy.Symbol) -> bool:
    for start in (_FAR, _FAR**2):
        try:
            with flint.ctx.workprec(BOUND_BITS):
                return sign_at_end(_expand(driver, x, start, 8)) != 0
        except Undecided:
            continue
    return False
