"""A formula's values in double precision, against which those of the code that it was read from are held.

It knows nothing of how formulas are read elsewhere. An operation of the code that was written down wrongly, or what a
formula of real numbers cannot follow, shows itself at a few points: infinities on the way to a finite result, say.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from propcheck.code.formula import Untraceable, apply
from propcheck.code.numbers import TOLERANCE

POINTS = (-110.0, -31.0, -19.0, -7.3, -4.4, -3.0, -2.2, -1.3, -1.0, -0.6, -0.23, -0.04, 0.03, 0.21, 0.5, 0.9, 1.0, 1.7,
          2.6, 3.0, 4.1, 6.0, 8.7, 21.0, 33.0, 120.0, 1.31)  # fmt: skip


def _reaching(function: Callable[..., float]) -> Callable[..., float]:
    """A function of `math` that is infinite, as arrays are, where it is beyond the format."""

    def reached(u: float, *other: float) -> float:
        try:
            return function(u, *other)
        except OverflowError:
            even = function is math.cosh or other and other[0] % 2 != 1
            return math.inf if even else math.copysign(math.inf, u)

    return reached


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{name: getattr(math, name) for name in (
        "sqrt", "log", "log1p", "sin", "cos", "tan", "tanh", "asinh", "acosh", "atanh",
        "asin", "acos", "atan", "erf", "erfc", "floor", "ceil", "trunc", "cbrt")},
    **{f"arc{name}": getattr(math, f"a{name}") for name in ("sinh", "cosh", "tanh", "sin", "cos", "tan")},
    **{name: _reaching(getattr(math, name)) for name in ("exp", "expm1", "sinh", "cosh")},
    "abs": abs, "max": max, "min": min, "round": round,
    "sign": lambda u: (u > 0) - (u < 0),
    "sigmoid": lambda u: 1/(1 + math.exp(-u)) if u >= 0 else math.exp(u)/(1 + math.exp(u)),
    "logsigmoid": lambda u: min(u, 0) - math.log1p(math.exp(-abs(u))),
    "ndtr": lambda u: math.erfc(-u/math.sqrt(2))/2,
    "logit": lambda u: math.log(u/(1 - u)),
    "relu": lambda u: max(u, 0.0),
    "sinc": lambda u: math.sin(math.pi*u)/(math.pi*u) if u else 1.0,
    "logaddexp": lambda u, v: max(u, v) + math.log1p(math.exp(-abs(u - v))),
}  # fmt: skip
_SIGNS: Mapping[type, Callable[[float, float], float]] = {
    ast.Add: lambda u, v: u + v,
    ast.Sub: lambda u, v: u - v,
    ast.Mult: lambda u, v: u * v,
    ast.Div: lambda u, v: u / v,
    ast.Pow: _reaching(math.pow),
}
_RELATIONS: Mapping[type, Callable[[float, float], bool]] = {
    ast.Gt: lambda u, v: u > v,
    ast.GtE: lambda u, v: u >= v,
    ast.Lt: lambda u, v: u < v,
    ast.LtE: lambda u, v: u <= v,
    ast.Eq: lambda u, v: u == v,
    ast.NotEq: lambda u, v: u != v,
}


def value(node: ast.expr, at: Mapping[str, float]) -> float:
    """The value of a formula in double precision; NaN where it has none."""
    try:
        return float(_value(node, {"pi": math.pi, "e": math.e, **at}, {}))
    except (ValueError, OverflowError, ZeroDivisionError):
        return math.nan


def _value(node: ast.expr, at: Mapping[str, float], known: dict[int, float]) -> float:
    found = known.get(id(node))
    if found is None:
        found = known[id(node)] = _calculated(node, at, known)
    return found


def _calculated(node: ast.expr, at: Mapping[str, float], known: dict[int, float]) -> float:
    match node:
        case ast.Constant(value=int(number) | float(number)):
            return number
        case ast.Name(id=name):
            return at[name]
        case ast.UnaryOp(op=ast.USub()):
            return -_value(node.operand, at, known)
        case ast.UnaryOp():
            return not _value(node.operand, at, known)
        case ast.BinOp():
            return _SIGNS[type(node.op)](_value(node.left, at, known), _value(node.right, at, known))
        case ast.Compare():
            left, right = _value(node.left, at, known), _value(node.comparators[0], at, known)
            return _RELATIONS[type(node.ops[0])](left, right)
        case ast.BoolOp():
            kind = all if isinstance(node.op, ast.And) else any
            return kind(bool(_value(part, at, known)) for part in node.values)
        case ast.IfExp():
            return _value(node.body if _value(node.test, at, known) else node.orelse, at, known)
        case ast.Call(func=ast.Name(id=name)):
            return _FUNCTIONS[name](*(_value(part, at, known) for part in node.args))
    raise AssertionError(ast.dump(node))


def apart(one: ast.expr, other: ast.expr) -> bool:
    """Whether two formulas are seen to differ at one of the points, y and all parameters at numbers of their own."""
    names = {part.id for node in (one, other) for part in ast.walk(node) if isinstance(part, ast.Name)} - {"x"}
    others = {name: 0.7 + 0.31 * k for k, name in enumerate(sorted(names))}
    pairs = ((value(one, others | {"x": x}), value(other, others | {"x": x})) for x in POINTS)
    return any(_differ(left, right) for left, right in pairs)


def _differ(left: float, right: float, tolerance: float = TOLERANCE) -> bool:
    return abs(left - right) > tolerance * max(1.0, abs(left), abs(right))


def check_multiple(once: Sequence[ast.expr], twice: Sequence[ast.expr]) -> None:
    """Raises where what a backward makes of an incoming gradient of 2 is not twice what it makes of 1."""
    if any(apart(apply("2*a", one), two) for one, two in zip(once, twice, strict=True)):
        raise Untraceable("its backward is no multiple of the gradient that comes in")


def check(
    formula: ast.expr,
    names: Sequence[str],
    points: Iterable[Sequence[float]],
    got: Iterable[float],
    tolerance: float = TOLERANCE,
) -> None:
    """Raises where the code's values at some points are not those of the formula; what overflows is no matter."""
    for point, computed in zip(points, got, strict=True):
        wanted = value(formula, dict(zip(names, point, strict=True)))
        if math.isinf(computed) or math.isnan(computed) and math.isnan(wanted):
            continue
        if math.isnan(wanted) and max(map(abs, point)) > 9:
            continue
        if math.isnan(computed) or math.isnan(wanted) or _differ(wanted, computed, tolerance):
            at = ", ".join(f"{name} = {number:g}" for name, number in zip(names, point, strict=False) if name in "xy")
            told = "no number" if math.isnan(wanted) else f"{wanted:.9g}"
            raise Untraceable(
                f"the code gives {computed:.9g} at {at}, where the formula that was read from it gives {told}"
            )
