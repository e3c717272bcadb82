"""Relations, and how they are joined, negated and decided."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

import sympy
from sympy import S
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from propcheck.language.building import (
    absolute,
    by_cases,
    exp,
    extreme,
    heaviside,
    log,
    power,
    product_of,
    signum,
    tan,
)
from propcheck.language.constants import constant, sign_of
from propcheck.language.limits import MAX_SIZE, Refused, node_count

RELATIONS: dict[type[ast.cmpop], type[Relational]] = {
    ast.Lt: sympy.Lt,
    ast.LtE: sympy.Le,
    ast.Gt: sympy.Gt,
    ast.GtE: sympy.Ge,
    ast.Eq: sympy.Eq,
    ast.NotEq: sympy.Ne,
}
_TRUTHS: dict[type[Relational], Callable[[int, int], bool]] = {
    sympy.Lt: operator.lt,
    sympy.Le: operator.le,
    sympy.Gt: operator.gt,
    sympy.Ge: operator.ge,
    sympy.Eq: operator.eq,
    sympy.Ne: operator.ne,
}
_OPPOSITE: dict[type, type[Relational]] = {
    sympy.Lt: sympy.Ge,
    sympy.Le: sympy.Gt,
    sympy.Gt: sympy.Le,
    sympy.Ge: sympy.Lt,
    sympy.Eq: sympy.Ne,
    sympy.Ne: sympy.Eq,
}


def joined(kind: type[sympy.And] | type[sympy.Or], conditions: list[Boolean]) -> Boolean:
    """All or any of the conditions, with those left out that are known."""
    decisive, neutral = (S.false, S.true) if kind is sympy.And else (S.true, S.false)
    if decisive in conditions:
        return decisive
    left = list(dict.fromkeys(condition for condition in conditions if condition != neutral))
    return neutral if not left else left[0] if len(left) == 1 else kind(*left, evaluate=False)


def negated(condition: Boolean) -> Boolean:
    if type(condition) in _OPPOSITE:
        return _OPPOSITE[type(condition)](*condition.args, evaluate=False)
    if isinstance(condition, (sympy.And, sympy.Or)):
        other = sympy.Or if isinstance(condition, sympy.And) else sympy.And
        return joined(other, [negated(part) for part in condition.args])
    return S.false if condition == S.true else S.true


_BUILDERS: dict[type, Callable[..., sympy.Expr]] = {
    sympy.Mul: lambda *factors: product_of(list(factors)),
    sympy.Pow: power,
    sympy.exp: exp,
    sympy.log: log,
    sympy.tan: tan,
    sympy.Abs: absolute,
    sympy.sign: signum,
    sympy.Heaviside: lambda u, half: heaviside(u),
    sympy.Max: lambda *arguments: extreme(sympy.Max, list(arguments)),
    sympy.Min: lambda *arguments: extreme(sympy.Min, list(arguments)),
}


def decided(relation: type[Relational], left: sympy.Expr, right: sympy.Expr) -> Boolean:
    """The relation as it stands, or its truth where both sides differ by a constant.

    Cases inside a condition become conditions, since SymPy would rewrite them in its own way, which may not come back.
    """
    piece = next((part for side in (left, right) for part in side.atoms(sympy.Piecewise)), None)
    if piece is not None:
        ways, before = [], S.true
        for value, condition in piece.args:
            sides = _with(left, piece, value), _with(right, piece, value)
            ways.append(joined(sympy.And, [before, condition, decided(relation, *sides)]))
            before = joined(sympy.And, [before, negated(condition)])
        if sum(node_count(way, MAX_SIZE) for way in ways) > MAX_SIZE:
            raise Refused(f"makes a condition of more than {MAX_SIZE} parts, which is the limit")
        return joined(sympy.Or, ways)
    difference = left - right
    if not difference.is_number:
        return relation(left, right, evaluate=False)
    sign = sign_of(difference)
    if sign is None:
        raise Refused("compares two numbers that cannot be told apart")
    return S.true if _TRUTHS[relation](sign, 0) else S.false


def _with(expr: sympy.Expr, piece: sympy.Expr, value: sympy.Expr) -> sympy.Expr:
    """`expr` with `value` for `piece`, built by the rules of this file."""
    if expr == piece:
        return value
    if not expr.has(piece):
        return expr
    if isinstance(expr, sympy.Piecewise):
        return by_cases([(_with(inner, piece, value), condition) for inner, condition in expr.args])
    made = _BUILDERS.get(type(expr), type(expr))(*(_with(argument, piece, value) for argument in expr.args))
    if made.is_number:
        constant(made)
    return made
