"""What stands in a table, at a place that a formula of whole numbers says: steps, lines through knots, entries."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from propcheck.code.formula import Untraceable, apply, is_condition, spelled

_LONGEST = 512  # entries


def looked_up(place: ast.expr, values: Sequence[ast.expr]) -> ast.expr:
    """The value of a table at a place, a formula of whole numbers; from the end where it is negative, as in Python."""
    low, high = ends(place)
    if not (-len(values) <= low and high < len(values)):
        raise Untraceable("it takes a number out of a table at a place that may be beyond its ends: clip it first")
    if high - low >= _LONGEST:
        raise Untraceable(f"it looks up a table of more than {_LONGEST} numbers")
    made = values[int(high)]
    for k in range(int(high) - 1, int(low) - 1, -1):
        made = apply("b if a <= c else d", place, values[k], ast.Constant(k), made)
    return made


def counted(x: ast.expr, edges: Sequence[ast.expr], inclusive: bool) -> ast.expr:
    """How many of the edges, which rise, lie below x, or are x where asked for."""
    row = "c if a >= b else d" if inclusive else "c if a > b else d"
    made: ast.expr = ast.Constant(0)
    for count, edge in enumerate(edges, 1):
        made = apply(row, x, edge, ast.Constant(count), made)
    return made


def interpolated(x: ast.expr, knots: Sequence[ast.expr], values: Sequence[ast.expr]) -> ast.expr:
    """The line through the values at knots, which rise, and the first and the last value beyond."""
    made = values[-1]
    for k in range(len(knots) - 2, -1, -1):
        slope = _quotient(values[k + 1], values[k], knots[k + 1], knots[k])
        made = apply("b if a <= c else d", x, apply("a + b*(c - d)", values[k], slope, x, knots[k]), knots[k + 1], made)
    return apply("b if a <= c else d", x, values[0], knots[0], made)


def _quotient(*numbers: ast.expr) -> ast.expr:
    """(a - b)/(c - d), as one number where all are decimals."""
    try:
        a, b, c, d = (Fraction(ast.unparse(node)) for node in numbers)
    except ValueError:
        return apply("(a - b)/(c - d)", *numbers)
    return spelled(str((a - b) / (c - d)))


def ends(node: ast.expr, known: Mapping[str, tuple[float, float]] = MappingProxyType({})) -> tuple[float, float]:
    """Bounds of a formula, as far as its form shows them, with those `known` of its parts, by their dump."""
    if known and (found := known.get(ast.dump(node))):
        return found
    match node:
        case ast.Constant(value=int(value) | float(value)):
            return float(value), float(value)
        case ast.UnaryOp(op=ast.USub()):
            low, high = ends(node.operand, known)
            return -high, -low
        case ast.IfExp(test=ast.Compare(left=left, ops=[ast.Lt()], comparators=[ast.Constant(value=0)])) if (
            ends(left, known)[0] >= 0
        ):
            return ends(node.orelse, known)
        case ast.IfExp():
            low, high = zip(ends(node.body, known), ends(node.orelse, known), strict=True)
            return min(low), max(high)
        case ast.Call(func=ast.Name(id="max" | "min" as name)):
            low, high = zip(*(ends(part, known) for part in node.args), strict=True)
            return (max(low), max(high)) if name == "max" else (min(low), min(high))
        case ast.Call(func=ast.Name(id="trunc" | "floor" | "ceil" | "round" as name)):
            step = {"floor": math.floor, "ceil": math.ceil, "trunc": math.trunc, "round": round}[name]
            low, high = (end if math.isinf(end) else float(step(end)) for end in ends(node.args[0], known))
            return low, high
        case ast.Call(func=ast.Name(id="tanh" | "sign" | "sigmoid" | "ndtr" as name)):
            return (-1.0 if name in ("tanh", "sign") else 0.0), 1.0
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            (low, high), (less, more) = ends(node.left, known), ends(node.right, known)
            return (low + less, high + more) if isinstance(node.op, ast.Add) else (low - more, high - less)
        case ast.BinOp(op=ast.Mult() | ast.Div(), right=ast.Constant(value=int(by) | float(by))) if by:
            low, high = (end * by if isinstance(node.op, ast.Mult) else end / by for end in ends(node.left, known))
            return min(low, high), max(low, high)
    return (0.0, 1.0) if is_condition(node) else (-math.inf, math.inf)


def is_whole(node: ast.expr) -> bool:
    """Whether a formula has whole numbers for values, as far as its form shows it."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int)
        case ast.Call(func=ast.Name(id="trunc" | "floor" | "ceil" | "round" | "sign")):
            return True
        case ast.Call(func=ast.Name(id="max" | "min"), args=parts):
            return all(map(is_whole, parts))
        case (
            ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, op=ast.Add() | ast.Sub() | ast.Mult(), right=other)
        ):
            return is_whole(one) and is_whole(other)
        case ast.UnaryOp(op=ast.USub()):
            return is_whole(node.operand)
    return is_condition(node)
