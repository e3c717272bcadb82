"""A function of the second opinion as a Taylor series of balls: quick, and as sure as the radius says.

The text is that of `second_opinion.Function`, read by Python's own parser; nothing of the engine is used. What balls do
not decide (a choice between equal sides, a zero in a denominator, an end of a domain) is left to mpmath.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import arb, arb_series, ctx, fmpq
from mpmath import mp, mpf
from second_opinion import Function

PRECISIONS = (160, 640, 2560)  # binary digits
ENOUGH = 2.0**-90  # radius over size of a value that is taken


class Unsure(ArithmeticError):
    """Balls do not decide."""


def _series(value: Any, length: int) -> arb_series:
    return arb_series([value], length)


def _first(u: arb_series) -> arb:
    return u[0]


def _sign(ball: arb) -> int:
    if ball > 0:
        return 1
    if ball < 0:
        return -1
    if ball == 0:
        return 0
    raise Unsure


def _chosen(u: arb_series, v: arb_series, largest: bool) -> arb_series:
    sign = _sign(_first(u) - _first(v))
    if not sign:
        raise Unsure  # a kink
    return u if (sign > 0) == largest else v


def _positive(u: arb_series) -> arb_series:
    if _sign(_first(u)) <= 0:
        raise Unsure
    return u


def _inside(u: arb_series) -> arb_series:
    if not (_first(u) < 1 and _first(u) > -1):
        raise Unsure
    return u


def _absolute(u: arb_series) -> arb_series:
    return u * _nonzero(u)


def _nonzero(u: arb_series) -> int:
    sign = _sign(_first(u))
    if not sign:
        raise Unsure
    return sign


def _sigmoid(u: arb_series) -> arb_series:
    return 1 / (1 + (-u).exp())


def _tanh(u: arb_series) -> arb_series:
    return 1 - 2 / (1 + (2 * u).exp())


def _halved(sign: int) -> Callable[[arb_series], arb_series]:
    return lambda u: (u.exp() + sign * (-u).exp()) / 2


def _gelu(u: arb_series) -> arb_series:
    return u * (-u / arb(2).sqrt()).erfc() / 2


CALLS: dict[str, Callable[..., arb_series]] = {
    "abs": _absolute,
    "relu": lambda u: u if _nonzero(u) > 0 else 0 * u,
    "sqrt": lambda u: _positive(u).sqrt(),
    "exp": lambda u: u.exp(),
    "expm1": lambda u: u.exp() - 1,
    "log": lambda u: _positive(u).log(),
    "log1p": lambda u: _positive(1 + u).log(),
    "sin": lambda u: u.sin(),
    "cos": lambda u: u.cos(),
    "tan": lambda u: u.tan(),
    "sinh": _halved(-1),
    "cosh": _halved(1),
    "tanh": _tanh,
    "asinh": lambda u: (u + (1 + u * u).sqrt()).log() if _first(u) > 0 else -((1 + u * u).sqrt() - u).log(),
    "acosh": lambda u: (u + _positive(u * u - 1).sqrt()).log() if _first(u) > 1 else _positive(0 * u),
    "atanh": lambda u: ((1 + _inside(u)) / (1 - u)).log() / 2,
    "asin": lambda u: _inside(u).asin(),
    "acos": lambda u: _inside(u).acos(),
    "atan": lambda u: u.atan(),
    "erf": lambda u: u.erf(),
    "erfc": lambda u: u.erfc(),
    "sigmoid": _sigmoid,
    "softplus": lambda u: (1 + u.exp()).log(),
    "softsign": lambda u: u / (1 + _absolute(u)),
    "gelu": _gelu,
}
CALLS |= {f"arc{name[1:]}": CALLS[name] for name in ("asin", "acos", "atan")}
_HOLDS: dict[type, Callable[[int], bool]] = {
    ast.Lt: lambda s: s < 0,
    ast.LtE: lambda s: s <= 0,
    ast.Gt: lambda s: s > 0,
    ast.GtE: lambda s: s >= 0,
    ast.Eq: lambda s: s == 0,
    ast.NotEq: lambda s: s != 0,
}


class BallJets:
    """The Taylor coefficients of one function at exact points."""

    def __init__(self, function: Function):
        self.function = function
        self.constants: dict[tuple[int, int, int], Any] = {}

    def derivatives(self, x: float, order: int) -> tuple[mpf, mpf]:
        """The derivative of this order and the next one at x, to some 25 digits; `Unsure` where balls do not tell."""
        for precision in PRECISIONS:
            with ctx.workprec(precision):
                try:
                    found = self._walk(self.function.tree, arb_series([arb(x), 1], order + 2))
                except (ZeroDivisionError, ValueError):
                    raise Unsure from None
                wanted = found[order] * math.factorial(order), found[order + 1] * math.factorial(order + 1)
                if _known(wanted[0]) and wanted[1].is_finite():
                    return _exact(wanted[0]), _exact(wanted[1])
        raise Unsure

    def _walk(self, node: ast.expr, x: arb_series) -> Any:
        if id(node) not in self.function._fixed:
            return self._value(node, x)
        key = (id(node), ctx.prec, x.prec)
        if key not in self.constants:
            self.constants[key] = self._value(node, x)
        return self.constants[key]

    def _value(self, node: ast.expr, x: arb_series) -> Any:
        length = x.prec
        if isinstance(node, ast.Constant):
            source = self.function.source
            spelt = ast.get_source_segment(source, node) if hasattr(node, "lineno") else str(node.value)
            number = Fraction(str(spelt))
            return _series(fmpq(number.numerator, number.denominator), length)
        if isinstance(node, ast.Name):
            if node.id == "x":
                return x
            if node.id in ("pi", "e"):
                return _series(arb.pi() if node.id == "pi" else arb(1).exp(), length)
            inner = Function(self.function.values[node.id])
            return BallJets(inner)._walk(inner.tree, x)
        if isinstance(node, ast.UnaryOp):
            inner = self._walk(node.operand, x)
            return not inner if isinstance(node.op, ast.Not) else -inner if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.BinOp):
            return self._arithmetic(node, x)
        if isinstance(node, ast.IfExp):
            return self._walk(node.body if self._walk(node.test, x) else node.orelse, x)
        if isinstance(node, ast.BoolOp):
            parts = [self._walk(value, x) for value in node.values]
            return all(parts) if isinstance(node.op, ast.And) else any(parts)
        if isinstance(node, ast.Compare):
            sides = [_first(self._walk(side, x)) for side in (node.left, *node.comparators)]
            return all(_holds(op, a, b) for op, (a, b) in zip(node.ops, pairwise(sides), strict=True))
        assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        name = node.func.id
        if name == "Piecewise":
            return self._piecewise(node, x)
        parts = [self._walk(part, x) for part in node.args]
        if name in ("max", "min"):
            chosen = parts[0]
            for part in parts[1:]:
                chosen = _chosen(chosen, part, name == "max")
            return chosen
        if name in ("sign", "heaviside"):
            sign = _nonzero(parts[0])
            return _series(sign if name == "sign" else (1 + sign) // 2, length)
        return CALLS[name](*parts)

    def _piecewise(self, node: ast.Call, x: arb_series) -> Any:
        for branch in node.args:
            assert isinstance(branch, ast.Tuple)
            value, condition = branch.elts
            true = isinstance(condition, ast.Constant) and condition.value is True
            if true or self._walk(condition, x):
                return self._walk(value, x)
        raise Unsure

    def _arithmetic(self, node: ast.BinOp, x: arb_series) -> arb_series:
        sides = (self._walk(side, x) for side in (node.left, node.right))
        left, right = (_series(int(side), x.prec) if isinstance(side, bool) else side for side in sides)
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.Div):
            _nonzero(right)
            return left / right
        assert isinstance(node.op, ast.Pow)
        exponent = _first(right)
        if id(node.right) in self.function._fixed and exponent.is_integer() and abs(exponent) < 4096:
            power = int(exponent.unique_fmpz())
            if power < 0:
                _nonzero(left)
                return 1 / _whole(left, -power)
            return _whole(left, power)
        return (right * _positive(left).log()).exp()


def _whole(u: arb_series, power: int) -> arb_series:
    made = _series(1, u.prec)
    while power:
        made = made * u if power & 1 else made
        power >>= 1
        u = u * u if power else u
    return made


def _holds(op: ast.cmpop, a: arb, b: arb) -> bool:
    sign = _sign(a - b)
    if not sign:
        raise Unsure  # a breakpoint: its slopes are the other opinion's matter
    return _HOLDS[type(op)](sign)


def _known(ball: arb) -> bool:
    if not ball.is_finite():
        return False
    return ball == 0 or bool(ball.rad() < abs(ball.mid()) * ENOUGH)


def _exact(ball: arb) -> mpf:
    digits, exponent = ball.mid().man_exp()
    return mp.ldexp(mpf(int(digits)), int(exponent))
