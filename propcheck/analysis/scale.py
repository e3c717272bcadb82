"""The scale of an activation: facts of c g(k x) are those of g on other axes, and are asked where g is of size 1.

Where every function in the formula of x has nearly the same rate, g(k x) says the same as g(u), u = k x: what balls and
grids look for lies where they look.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.calculus.any_number import AnyNumber
from propcheck.calculus.ball import above, below
from propcheck.calculus.form import constant_ball
from propcheck.calculus.number import exact_number, to_number
from propcheck.language import X
from propcheck.pieces.piece import Piece, Point
from propcheck.spec import constant
from propcheck.verdict import InputError, Number

NEAR = 4  # a rate within this factor of 1 is left as it is, and rates within it of each other are alike
COMMON, MOST = 1000, 10**100  # the same for factors in front, and what squares of doubles can carry
_BITS = 128
_NATURAL = {sp.erf: math.sqrt(2), sp.erfc: math.sqrt(2)}  # the argument at deviation 1 is 1/sqrt(2)


@dataclass(frozen=True)
class Scale:
    """g(x) = outer h(inner x): what stands for g is asked of h."""

    inner: sp.Rational
    outer: sp.Rational

    @property
    def plain(self) -> bool:
        return self.inner == self.outer == 1

    @property
    def squares(self) -> sp.Rational:
        """By what q and bias variances of g are to be multiplied for those of h."""
        return self.inner**2

    @property
    def weights(self) -> sp.Rational:
        """By what weight variances of g are to be multiplied for those of h."""
        return (self.inner * self.outer) ** 2


@lru_cache(maxsize=512)
def scale_of(activation: Activation) -> Scale:
    """The scale of an activation; that of size 1 where its rates are near 1, or unlike each other."""
    return Scale(_rate(activation), _factor(activation))


def at_scale(activation: Activation, scale: Scale) -> Activation:
    """The h of a scale, as an activation under the same name."""
    if scale.plain:
        return activation
    k, c = scale.inner, scale.outer

    def moved(expr: sp.Expr) -> sp.Expr:
        return expr.xreplace({X: X / k}) / c

    def scaled(piece: Piece) -> Piece:
        gaps = tuple(k * gap for gap in piece.removable)
        whole = None if piece.whole is None else scaled(piece.whole)
        return Piece(k * piece.lower, k * piece.upper, moved(piece.expr), gaps, whole)

    pieces = tuple(map(scaled, activation.pieces))
    points = tuple(Point(k * point.at, None if point.value is None else point.value / c) for point in activation.points)
    undefined = tuple((k * lower, k * upper) for lower, upper in activation.undefined)
    bound = moved(activation.bound)
    return replace(
        activation,
        expression=bound,
        bound=bound,
        pieces=pieces,
        points=points,
        undefined=undefined,
        parameters=(),
        values={},
        spec=None,
        period=None if activation.period is None else k * activation.period,
        on=None if activation.on is None else (k * activation.on[0], k * activation.on[1]),
    )


def carried(number: Number, factor: sp.Expr) -> Number:
    """A positive multiple of a number, exact where it is, rounded outward where it is enclosed."""
    if factor == 1 or number.value is None or not math.isfinite(number.value):
        return number
    if number.exact is not None:
        with suppress(InputError, Undecided):
            return exact_number(factor * constant(number.exact), number.standing)
    with ctx.workprec(_BITS):
        ratio = constant_ball(factor)
        lower, value, upper = (arb(end) * ratio for end in (number.lower, number.value, number.upper))
        return replace(to_number(value), lower=below(lower), upper=above(upper), standing=number.standing)


def _rate(activation: Activation) -> sp.Rational:
    found = [(rate, exact) for piece in activation.pieces for rate, exact in rates(piece.expr)]
    if not found:
        return sp.S.One
    sizes = [rate for rate, _ in found]
    if max(sizes) > NEAR * min(sizes) or 1 / NEAR < max(sizes) < NEAR:
        return sp.S.One
    exact = {k for _, k in found}
    if len(exact) == 1 and (k := exact.pop()).is_Rational:
        return k
    return sp.Integer(2) ** round(math.log2(max(sizes)))


def rates(expr: sp.Expr) -> Iterator[tuple[float, sp.Expr]]:
    """The k of each function of k x, or of (k x)^n, in an expression, as a float and exactly."""
    for node in sp.preorder_traversal(expr):
        if isinstance(node, sp.Function) and X in node.free_symbols:
            rest = node.args[0].as_independent(X, as_Add=True)[1]
            factor, power = rest.as_independent(X, as_Add=False)
            base, exponent = power.as_base_exp()
            known = factor.is_number and not factor.is_zero and not factor.has(AnyNumber)
            if base == X and exponent.is_Rational and exponent > 0 and known:
                exact = abs(factor) ** (1 / exponent) * sp.sqrt(2 if type(node) in _NATURAL else 1)
                value = float(abs(factor)) ** (1 / float(exponent)) * _NATURAL.get(type(node), 1.0)
                if 1 / MOST < value < MOST:
                    yield value, exact


def _in_front(expr: sp.Expr) -> Iterator[sp.Expr]:
    """The rational factors in front of the terms of a sum, each without its sign."""
    content, rest = expr.primitive()
    for term in sp.Add.make_args(rest):
        yield abs(content * term.as_coeff_Mul()[0])


def _factor(activation: Activation) -> sp.Rational:
    """The largest rational factor in front of a term of a piece, where it is far from 1."""
    factors = [factor for piece in activation.pieces if piece.expr != 0 for factor in _in_front(piece.expr)]
    most = max((factor for factor in factors if factor.is_Rational and factor > 0), default=sp.S.One)
    return most if COMMON <= most <= MOST or COMMON <= 1 / most <= MOST else sp.S.One
