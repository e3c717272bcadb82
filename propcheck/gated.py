"""Gated units: functions of two inputs that are a product g(x) h(y), as u*silu(v) is.

Each factor is a function of one variable, and all that is known of such functions carries over: the two inputs are
independent. What is no such product is said not to be one, and nothing is claimed of it. One input fixed, any function
of two is an ordinary one.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace

import sympy as sp

from propcheck.activation import Activation, from_expression
from propcheck.calculus import Undecided
from propcheck.language import X, lost_conditions, parse, show
from propcheck.processes.precision import alone
from propcheck.spec import Claim, Spec, bind, constant
from propcheck.verdict import InputError

INPUTS = ("x", "y")
Y = sp.Symbol("y", real=True)


@dataclass(frozen=True)
class Product:
    """A gated unit as g(x) h(y); both factors are written in x."""

    spec: Spec
    g: Activation
    h: Activation

    def of(self, name: str) -> Activation:
        """The factor of an input."""
        return self.g if name == INPUTS[0] else self.h


class _Put(ast.NodeTransformer):
    """Other formulas in place of names."""

    def __init__(self, put: Mapping[str, ast.expr]):
        self.put = put

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.put.get(node.id, node)


def _replaced(text: str, put: Mapping[str, str]) -> str:
    nodes = {name: ast.parse(value, mode="eval").body for name, value in put.items()}
    return ast.unparse(_Put(nodes).visit(ast.parse(text, mode="eval")))


@alone
def fixed(item: Spec, name: str, value: str) -> Spec:
    """The function of the other input, called x, that a unit is where this input has a value."""
    constant(value)
    put = {"y": value} if name == "y" else {"x": value, "y": "x"}
    other = INPUTS[1 - INPUTS.index(name)]
    claims = tuple(
        Claim("derivative", _replaced(text, put), source=f"the slope by {by}")
        for by, text in item.partials
        if by == other
    )
    told = f"{item.name}({name}={value})"
    parse(item.formula, {**item.symbols(), "y": Y})
    return replace(
        item, name=told, title=f"{item.title}, {name} = {value}", expression=_replaced(item.formula, put), inputs=(),
        partials=(), claims=claims,
    )  # fmt: skip


@alone
def product(item: Spec) -> Product:
    """A unit as the product of its factors, its parameters at their values; InputError where it is none."""
    if not item.inputs:
        raise InputError(f"{item.name} has one input; a gated unit has two, x and y")
    bound = _bound(item, item.formula)
    if lost_conditions(item.formula, {**item.symbols(), "y": Y}):
        raise InputError(f"where {item.name} is defined is more than its factors show; fix one of its inputs, as y=1")
    parts = separated(bound)
    if parts is None:
        raise InputError(
            f"{item.name} is no product of a function of x and one of y; fix one of its inputs, such as y=1"
        )
    try:
        g, h = (_factor(part) for part in parts)
    except Undecided as reason:
        raise InputError(f"the factors of {item.name} could not be read: {reason}") from None
    if (g.undefined or h.undefined) and bound.has(sp.Piecewise):  # a case of 0 may cover what a factor lacks
        raise InputError(f"where {item.name} is defined is more than its factors show; fix one of its inputs, as y=1")
    return Product(item, g, h)


def slope_parts(item: Spec, text: str) -> tuple[Activation, Activation] | None:
    """The factors of a stated slope; None where it is no product."""
    if lost_conditions(text, {**item.symbols(), "y": Y}):
        return None
    parts = separated(_bound(item, text))
    return None if parts is None else (_factor(parts[0]), _factor(parts[1]))


def along(item: Spec, text: str, name: str, value: str) -> tuple[str, str] | None:
    """Two formulas in x that are equal, at all values of the parameters, where a stated slope goes along an input as
    the unit does: h(x) s(c) and s(x) h(c), for the factors h of the unit and s of the slope by it, and c the `value`.

    None where one of the two is no product, or h(c) may be 0.
    """
    symbols, place = {**item.symbols(), "y": Y}, INPUTS.index(name)
    factors = []
    for formula in (item.formula, text):
        parts = None if lost_conditions(formula, symbols) else separated(parse(formula, symbols))
        if parts is None:
            return None
        factors.append(parts[place].xreplace({Y: X}))
    held = [factor.xreplace({X: sp.Rational(value)}) for factor in factors]
    if not held[0].is_nonzero:
        return None
    return show(factors[0] * held[1]), show(factors[1] * held[0])


def _bound(item: Spec, text: str) -> sp.Expr:
    symbols = item.symbols()
    expression = parse(text, {**symbols, "y": Y})
    return expression.xreplace({symbols[name]: value for name, value in bind(item).items()})


def _factor(part: sp.Expr) -> Activation:
    return from_expression(part.xreplace({Y: X}), show(part.xreplace({Y: X})))


def separated(expr: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """g and h of an expression that is g(x) h(y); None where none were found."""
    inputs = expr.free_symbols & {X, Y}
    if inputs <= {X}:
        return expr, sp.S.One
    if inputs <= {Y}:
        return sp.S.One, expr
    if isinstance(expr, sp.Piecewise):
        return _separated_cases(expr)
    if isinstance(expr, sp.Add):
        taken = sp.factor_terms(expr)
        expr = taken if isinstance(taken, sp.Mul) else _gathered(expr)
    if not isinstance(expr, sp.Mul):
        return None
    g, h = [], []
    for factor in expr.args:
        parts = separated(factor)
        if parts is None:
            return None
        g.append(parts[0])
        h.append(parts[1])
    return sp.Mul(*g), sp.Mul(*h)


def _gathered(expr: sp.Expr) -> sp.Expr:
    """A sum of products all of which have one factor of one input in common: x*y*s + x*s is x*s*(y + 1)."""
    terms = [separated(term) for term in expr.args]
    if any(term is None for term in terms):
        return expr
    for place in (0, 1):
        shared = [term[place] for term in terms if term is not None]
        ratios = [sp.cancel(one / shared[0]) if one != shared[0] else sp.S.One for one in shared]
        if all(map(_is_factor, ratios)):
            rest = sp.Add(*(term[1 - place] * ratio for term, ratio in zip(terms, ratios, strict=True) if term))
            return sp.Mul(shared[0], rest, evaluate=False)
    return expr


def _is_factor(ratio: sp.Expr) -> bool:
    """Whether it depends on no input, and exists at all values of the parameters."""
    return not ratio.free_symbols & {X, Y} and not sp.denom(ratio).free_symbols


def _separated_cases(expr: sp.Piecewise) -> tuple[sp.Expr, sp.Expr] | None:
    """Cases of one input whose values share their factor of the other."""
    asked = set().union(*(condition.free_symbols for _, condition in expr.args)) & {X, Y}
    if len(asked) != 1:
        return None
    place = 0 if asked == {X} else 1
    parts = [separated(value) for value, _ in expr.args]
    if any(part is None for part in parts):
        return None
    shared: sp.Expr | None = None
    cases = []
    for part, (value, condition) in zip(parts, expr.args, strict=True):
        assert part is not None
        own, other = part[place], part[1 - place]
        if value == 0:
            cases.append((sp.S.Zero, condition))
            continue
        if shared is None:
            shared = other
        ratio = sp.S.One if other == shared else sp.cancel(other / shared)
        if not _is_factor(ratio):
            return None
        cases.append((own * ratio, condition))
    made = sp.Piecewise(*cases, evaluate=False)
    shared = sp.S.One if shared is None else shared
    return (made, shared) if place == 0 else (shared, made)
