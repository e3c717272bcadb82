"""The value of an expression at a point, and its limit at an end."""

from __future__ import annotations

from typing import Any

import sympy as sp
from flint import ctx
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFalse, BooleanFunction, BooleanTrue

from propcheck.calculus import Undecided, local
from propcheck.calculus.form import RealRoot, constant_ball
from propcheck.calculus.identity import is_zero
from propcheck.calculus.signs import constant_sign, same, simple_rational
from propcheck.calculus.tail import outward
from propcheck.language import X
from propcheck.language.functions import ASKING
from propcheck.language.stairs import LEVELS, Stair

LINE_BITS = 160  # precision at which a slope is recognised as a rational
_CONDITIONAL = (sp.Pow, *ASKING)  # what not every number is put into
NO_VALUE = (sp.zoo, sp.nan, sp.oo, -sp.oo, sp.I, sp.AccumBounds)


# --- resolving into pieces -------------------------------------------------------------------------------------------


SPLITTING = (sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside, sp.Piecewise, Relational)


def chooses(expr: sp.Expr) -> bool:
    return any(isinstance(node, SPLITTING) for node in sp.preorder_traversal(expr))


def branches_of(node: Any) -> tuple[sp.Expr, dict[int, Any]]:
    """What a node looks at, and what it is when that is negative, zero or positive."""
    if isinstance(node, sp.Abs):
        u = node.args[0]
        return u, {-1: -u, 0: sp.S.Zero, 1: u}
    if isinstance(node, sp.sign):
        return node.args[0], {-1: sp.S.NegativeOne, 0: sp.S.Zero, 1: sp.S.One}
    if isinstance(node, sp.Heaviside):
        middle = node.args[1] if len(node.args) > 1 else sp.Rational(1, 2)
        return node.args[0], {-1: sp.S.Zero, 0: middle, 1: sp.S.One}
    if isinstance(node, (sp.Max, sp.Min)):
        first, second, *rest = node.args
        most = isinstance(node, sp.Max)
        kind = sp.Max if most else sp.Min

        def with_rest(value: sp.Expr) -> sp.Expr:
            left = kind(value, *rest, evaluate=False) if rest else value
            return left if X in left.free_symbols else constant_choice(left)

        smaller, larger = with_rest(first), with_rest(second)
        return first - second, {-1: larger if most else smaller, 0: smaller, 1: smaller if most else larger}
    truths = {
        sp.Gt: (False, False, True), sp.Ge: (False, True, True), sp.Lt: (True, False, False),
        sp.Le: (True, True, False), sp.Eq: (False, True, False), sp.Ne: (True, False, True),
    }  # fmt: skip
    below, at, above = truths[type(node)]
    return node.lhs - node.rhs, {-1: sp.sympify(below), 0: sp.sympify(at), 1: sp.sympify(above)}


def constant_choice(node: Any) -> Any:
    """A choice between constants, decided exactly."""
    while isinstance(node, SPLITTING) and not isinstance(node, sp.Piecewise) and X not in node.free_symbols:
        u, branches = branches_of(node)
        node = branches[constant_sign(u)]
    return node


def value_at(expr: Any, point: sp.Expr) -> sp.Expr | None:
    """The exact value of an expression in X at a point, branches chosen exactly; None where it is not defined.

    In an expression without branches a removable gap is filled in by its limit.
    """
    value = _value(expr, point)
    if value is None and not chooses(expr):
        value = _plain_value(expr, point)
    return None if value is None or value.has(*NO_VALUE) else _plainer(value)


def _plainer(value: sp.Expr) -> sp.Expr:
    """A value at a root without a short form: the sums and products in it that are rational are written so."""
    if not value.has(RealRoot):
        return value
    known = {node: plain for node in value.atoms(sp.Add, sp.Mul) if (plain := _as_rational(node)) is not None}
    return value.xreplace(known) if known else value


def _as_rational(value: sp.Expr) -> sp.Rational | None:
    """The simple rational number that a value at a root is proved to be."""
    if not value.has(RealRoot):
        return None
    with ctx.workprec(LINE_BITS):
        number = simple_rational(constant_ball(value))
    return number if number is not None and is_zero(value - number) else None


def _value(node: Any, point: sp.Expr) -> Any:
    """The value as the formula is written, argument by argument; None where one of them has none."""
    if X not in node.free_symbols and not isinstance(node, (*SPLITTING, BooleanFunction)):
        return node
    if node == X:
        return point
    if isinstance(node, sp.Piecewise):
        for branch, condition in node.args:
            truth = _value(condition, point)
            if truth is None or isinstance(truth, BooleanTrue):
                return None if truth is None else _value(branch, point)
            if not isinstance(truth, BooleanFalse):
                raise Undecided(f"whether {truth}")
        return None
    values = [_value(arg, point) for arg in node.args]
    if None in values:
        return None
    if isinstance(node, SPLITTING):
        rest = {} if isinstance(node, (sp.Abs, sp.sign, sp.Heaviside)) else {"evaluate": False}
        return constant_choice(node.func(*values, **rest))
    if not _stands(node, values):
        return None
    if isinstance(node, Stair):
        return _step(node, values[0])
    made = node.func(*values)
    return None if made.has(*NO_VALUE) or made.is_extended_real is False else made


def _step(node: Stair, u: sp.Expr) -> sp.Integer:
    """The value of a step function at a constant: the k of the level that it is up to, and not up to the one below."""
    with ctx.workprec(LINE_BITS):
        near = constant_ball(u).floor().mid()
    first = int(near.fmpq().p) - 1  # type: ignore[attr-defined]
    for k in range(first, first + 4):
        relation, bound = LEVELS[type(node)](k)
        sign = constant_sign(u - bound)
        if sign < 0 or (sign == 0 and relation is sp.Le):
            return sp.Integer(k)
    raise Undecided(f"the value of {node} at {u}")


def _stands(node: sp.Expr, values: list[Any]) -> bool:
    """Is a function a real number at these constants, those included that are 0 in a way which SymPy does not see?"""
    if not isinstance(node, _CONDITIONAL) or any(value.free_symbols or value.has(*NO_VALUE) for value in values):
        return True
    for _, kind, u in local.conditions(node.func(X, *values[1:], evaluate=False), X, inner=False):
        sign = constant_sign(u.xreplace({X: values[0]}))
        if sign == 0 and kind != "nonnegative" or sign < 0 and kind != "nonzero":
            return False
    return True


def _plain_value(expr: sp.Expr, point: sp.Expr) -> sp.Expr | None:
    """The value of an analytic expression; a removable gap is filled in by the limit from the right."""
    if X not in expr.free_symbols:
        return expr
    if local.regular(expr, X, point):
        return expr.subs(X, point)
    divided = False
    for _, kind, u in local.conditions(expr, X):
        at = _plain_value(u, point)
        if kind == "nonzero":
            divided |= at is None or constant_sign(at) == 0
            continue
        sign = -1 if at is None else constant_sign(at)
        if sign < 0 or (sign == 0 and kind == "positive"):
            return None
    value = expr.subs(X, point)
    if divided or value.has(*NO_VALUE):
        try:
            sides = [limit(expr, point, side) for side in (1, -1)]
        except Undecided:
            return None
        return sides[0] if finite(sides[0]) and same(*sides) else None
    return value


def finite(value: sp.Expr) -> bool:
    """Is a value, or a limit, finite? SymPy may not know it of a quotient; then its ball does, or it is undecided."""
    known = value.is_finite
    if known is None and not constant_ball(value).is_finite():
        raise Undecided(f"whether {value} is finite")
    return known is not False


def limit(expr: sp.Expr, end: sp.Expr, side: int) -> sp.Expr:
    """The one-sided limit of an analytic expression at `end` (side 1: from the right): a number, oo or -oo."""
    if X not in expr.free_symbols:
        return expr
    shift, rest = expr.as_coeff_Add()
    slope, power = rest.as_coeff_Mul()
    if power == X and end.is_Rational:  # a line, as most pieces of a long table are
        return slope * end + shift
    if not end.is_infinite and local.regular(expr, X, end):
        value = _plainer(expr.subs(X, end))
        return sp.S.Zero if value.has(RealRoot) and is_zero(value) else value
    try:
        return local.one_sided(expr, X, end, side)
    except Undecided as reason:
        composed = _composed_limit(outward(expr, X, end, side))
        if composed is None:
            raise Undecided(f"the limit of {expr} at {end}: {reason}") from None
        return composed


def _composed_limit(expr: sp.Expr) -> sp.Expr | None:
    """The limit at +oo by the rules for exp, sums and products, for what outgrows every germ; None if they fail."""
    if X not in expr.free_symbols:
        return expr
    if isinstance(expr, sp.exp):
        inner = _limit_or_none(expr.args[0])
        return None if inner is None else sp.S.Zero if inner is -sp.oo else sp.oo if inner is sp.oo else sp.exp(inner)
    if not isinstance(expr, (sp.Add, sp.Mul)):
        return None
    parts = [_limit_or_none(arg) for arg in expr.args]
    if None in parts:
        return None
    total = expr.func(*parts)
    return None if total.has(sp.nan, sp.zoo) else total


def _limit_or_none(expr: sp.Expr) -> sp.Expr | None:
    try:
        return limit(expr, sp.oo, -1)
    except Undecided:
        return None
