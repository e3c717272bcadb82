"""The functions that coefficients make: exact rationals, on pieces, defined on the whole line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
import sympy as sp
from flint import arb

from propcheck.activation import Activation
from propcheck.approximation import links, remez
from propcheck.approximation.rounding import Rounding, decimal
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.language import X
from propcheck.pieces.piece import Piece, Point, as_piecewise
from propcheck.verdict import InputError

_NOTHING = 1e-16  # of the size of a polynomial: a term that adds less is left out

Values = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class StandIn:
    """A fitted function: its coefficients (of x^k; or values at knots; or values of steps), knots, and pieces."""

    kind: str
    coefficients: tuple[Fraction, ...]
    knots: tuple[Fraction, ...]
    activation: Activation
    expression: str
    outside: str

    def at(self, xs: np.ndarray) -> np.ndarray:
        """The values in doubles."""
        values = np.array([float(c) for c in self.coefficients])
        if self.kind == "poly":
            return np.polynomial.polynomial.polyval(xs, values)
        knots = np.array([float(knot) for knot in self.knots])
        return np.interp(xs, knots, values) if self.kind == "pwl" else values[np.searchsorted(knots[1:-1], xs, "right")]


def sampler(activation: Activation) -> Values:
    """The function in doubles, for fits."""
    forms = [
        (float(constant_ball(p.lower).mid()), float(constant_ball(p.upper).mid()), compile_form(p.expr, X, p.removable))
        for p in activation.pieces
    ]

    first, last = forms[0][0], forms[-1][1]

    def value(x: float) -> float:
        x = min(max(x, first), last)  # an end that is no double was rounded
        for low, high, form in forms:
            if low <= x <= high:
                found = float(form.ball(arb(x)).mid())
                if np.isfinite(found):
                    return found
        raise InputError(f"{activation.name} has no finite value at {x:.6g}; take an interval on which it is bounded")

    return lambda xs: np.array([value(float(x)) for x in xs])


def polynomial(values: Values, low: float, high: float, degree: int, to: Rounding) -> StandIn:
    """The best polynomial, its coefficients of x^k rounded."""
    made, _ = remez.fit(values, low, high, degree)
    exact = _monomials([Fraction(float(c)) for c in made.coef], Fraction(low), Fraction(high))
    reach = max(abs(low), abs(high))
    sizes = [abs(float(c)) * reach**k for k, c in enumerate(exact)]
    kept = [to(c) if size > _NOTHING * max(sizes) else Fraction(0) for c, size in zip(exact, sizes, strict=True)]
    expr = sp.Add(*[sp.Rational(c.numerator, c.denominator) * X**k for k, c in enumerate(kept)])
    terms = [f"({decimal(c)})" + ("" if k == 0 else "*x" if k == 1 else f"*x**{k}") for k, c in enumerate(kept) if c]
    text = " + ".join(terms) or "0*x"
    piece = Piece(-sp.oo, sp.oo, expr)
    outside = "the polynomial goes on, and grows without bound" if X in expr.free_symbols else "the constant goes on"
    return StandIn("poly", tuple(kept), (), Activation("poly", "poly", expr, expr, (piece,)), text, outside)


def _monomials(chebyshev: Sequence[Fraction], low: Fraction, high: Fraction) -> list[Fraction]:
    """The coefficients of x^k of a sum of Chebyshev's polynomials on an interval, exactly."""
    scale, shift = 2 / (high - low), -(low + high) / (high - low)

    def times(poly: list[Fraction]) -> list[Fraction]:
        out = [Fraction(0)] * (len(poly) + 1)
        for k, c in enumerate(poly):
            out[k] += shift * c
            out[k + 1] += scale * c
        return out

    total = [Fraction(0)] * len(chebyshev)
    before, current = [Fraction(0)], [Fraction(1)]
    for place, c in enumerate(chebyshev):
        for k, d in enumerate(current):
            total[k] += c * d
        following = times(current)
        if place:
            following = [2 * d for d in following]
        for k, d in enumerate(before):
            following[k] -= d
        before, current = (current, following) if place else ([Fraction(1)], following)
    return total


def linear_pieces(
    values: Values, low: float, high: float, pieces: int, to: Rounding, corners: Sequence[float] = ()
) -> StandIn:
    """The best joined linear pieces, knots and values rounded; beyond the last knots the value is held."""
    found, ends, _ = links.fit(values, low, high, pieces, corners)
    points: list[tuple[Fraction, Fraction]] = []
    for knot, end in zip(found, ends, strict=True):
        at = to(knot)
        if not points or at > points[-1][0]:
            points.append((at, to(end)))
    if len(points) < 2:
        raise InputError(f"the knots are one number in {to.name}; take a longer interval or a finer format")
    exprs: list[sp.Expr] = [_exact(points[0][1])]
    for (one, at_one), (other, at_other) in pairwise(points):
        slope = (at_other - at_one) / (other - one)
        exprs.append(_exact(slope) * X + _exact(at_one - slope * one))
    exprs.append(_exact(points[-1][1]))
    made = _made("pwl", [knot for knot, _ in points], exprs, [end for _, end in points])
    text = (
        "Piecewise("
        + "".join(
            f"({_line(one, other)}, x < {decimal(other[0])}), "
            for one, other in pairwise([(points[0][0], points[0][1]), *points])
        )
        + f"({decimal(points[-1][1])}, True))"
    )
    knots, ends_ = tuple(k for k, _ in points), tuple(v for _, v in points)
    return StandIn("pwl", ends_, knots, made, text, "the value at the nearer end is held")


def _line(one: tuple[Fraction, Fraction], other: tuple[Fraction, Fraction]) -> str:
    if one[0] == other[0]:
        return decimal(one[1])
    slope = (other[1] - one[1]) / (other[0] - one[0])
    return f"{decimal(one[1])} + ({slope})*(x - {decimal(one[0])})"


def steps(values: Values, low: Fraction, high: Fraction, count: int, to: Rounding) -> StandIn:
    """A table of so many values, each for as long a part of the interval; outside the nearer end is held."""
    edges = [low + (high - low) * k / count for k in range(count + 1)]
    inner = 8
    samples = values(np.array([float(low + (high - low) * k / (count * inner)) for k in range(count * inner + 1)]))
    parts = [samples[k * inner : (k + 1) * inner + 1] for k in range(count)]
    table = [to((float(part.min()) + float(part.max())) / 2) for part in parts]
    made = _made("lut", edges[1:-1], [_exact(v) for v in table], table[1:])
    text = (
        "Piecewise("
        + "".join(
            f"({decimal(v)}, x < {decimal(edge)}), " for v, edge in zip(table, edges[1:], strict=False) if edge != high
        )
        + f"({decimal(table[-1])}, True))"
    )
    return StandIn("lut", tuple(table), tuple(edges), made, text, "the value at the nearer end is held")


def _made(name: str, knots: Sequence[Fraction], exprs: Sequence[sp.Expr], at: Sequence[Fraction]) -> Activation:
    """Pieces between knots, with the values at them."""
    ends = [-sp.oo, *map(_exact, knots), sp.oo]
    pieces = tuple(Piece(low, high, expr) for (low, high), expr in zip(pairwise(ends), exprs, strict=True))
    points = tuple(Point(_exact(knot), _exact(v)) for knot, v in zip(knots, at, strict=True))
    whole = as_piecewise(pieces)
    return Activation(name, name, whole, whole, pieces, points)


def _exact(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)
