"""After what an expression comes back, up to a rise: read off its waves, its steps and its lines.

Each part of an expression is asked by how much it climbs for each unit of x: x itself by 1, a sum by the sum of its
terms, a wave of a line and whatever depends on x through such waves alone by nothing. What holds for shifts that are
whole multiples of several units holds for those of their least common multiple.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import sympy
from sympy import S
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFunction

from propcheck.language.constants import X
from propcheck.language.stairs import Ceil, Floor, Round, Stair

_TURN = {sympy.sin: 2 * S.Pi, sympy.cos: 2 * S.Pi, sympy.tan: S.Pi}  # of a wave
_STEP = {Floor: S.One, Ceil: S.One, Round: sympy.Integer(2)}  # by what u moves when the steps of u stay as they are


def comes_back(expr: sympy.Expr, beside: Sequence[sympy.Expr] = ()) -> tuple[sympy.Expr, sympy.Expr] | None:
    """(P, D) with P > 0 and f(x + P) = f(x) + D at every x, f not defined at both or at neither; None if not shown.

    What stands `beside` it comes back after P without a rise.
    """
    units: list[sympy.Expr] = []
    rate = _climb(expr, units)
    if rate is None or not units or any(_climb(other, units) != 0 for other in beside):
        return None
    ratios = [sympy.cancel(unit / units[0]) for unit in units]
    if not all(isinstance(ratio, sympy.Rational) for ratio in ratios):
        return None
    common = sympy.Rational(
        math.lcm(*(int(ratio.p) for ratio in ratios)), math.gcd(*(int(ratio.q) for ratio in ratios))
    )
    length = common * units[0]
    return length, sympy.expand(rate * length)


def _climb(node: sympy.Basic, units: list[sympy.Expr]) -> sympy.Expr | None:
    """The r with node(x + P) = node(x) + r P for every P that is a whole multiple of each of the units."""
    if X not in node.free_symbols:
        return S.Zero
    if node == X:
        return S.One
    if isinstance(node, sympy.Mul):
        factor, rest = node.as_independent(X, as_Add=False)
        if factor != 1:
            inner = _climb(rest, units)
            return None if inner is None else factor * inner
    if isinstance(node, sympy.Piecewise):
        conditions = [_climb(condition, units) for _, condition in node.args]
        return _one([_climb(value, units) for value, _ in node.args]) if set(conditions) == {S.Zero} else None
    rates = [_climb(arg, units) for arg in node.args]
    if None in rates:
        return None
    if isinstance(node, sympy.Add):
        return sympy.expand(sympy.Add(*rates))
    if isinstance(node, sympy.Max | sympy.Min):
        return _one(rates)
    if isinstance(node, Relational):
        return None if _one(rates) is None else S.Zero
    first = rates[0]
    if first is not None and first != 0 and type(node) in (*_TURN, *_STEP):
        if not first.is_real or not first.is_nonzero:
            return None
        units.append(abs((_TURN if type(node) in _TURN else _STEP)[type(node)] / first))
        return first if isinstance(node, Stair) else S.Zero
    if isinstance(node, sympy.Expr | BooleanFunction) and all(rate == 0 for rate in rates):
        return S.Zero
    return None


def _one(rates: Sequence[sympy.Expr | None]) -> sympy.Expr | None:
    """The rate that several have in common; None where there is none."""
    return rates[0] if rates[0] is not None and len(set(rates)) == 1 else None
