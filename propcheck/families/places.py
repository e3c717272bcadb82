"""A place is an interval of a parameter, or one value of it; a box has one for each parameter.

A function at a place is the function at a number of which only the place is known: an exact number at one value, and
else one that holds an `AnyNumber` in whose ball all values lie. So an open end is approached as c + h with h > 0, and
infinity as 1/h.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import sympy as sp
from flint import arb, ctx

from propcheck.calculus.any_number import AnyNumber
from propcheck.calculus.ball import above, below, fraction
from propcheck.calculus.form import constant_ball

_BITS = 120


@dataclass(frozen=True)
class Place:
    """An interval of values, or one; `closed` says which ends belong to it."""

    lower: sp.Expr
    upper: sp.Expr
    closed: tuple[bool, bool] = (True, True)

    @property
    def single(self) -> bool:
        return self.lower == self.upper

    @property
    def bounded(self) -> bool:
        return bool(self.lower.is_finite and self.upper.is_finite)

    @property
    def width(self) -> float:
        return float("inf") if not self.bounded else as_float(self.upper) - as_float(self.lower)

    def to_json(self) -> list[float]:
        return [as_float(self.lower), as_float(self.upper)]

    def holds(self, value: sp.Expr) -> bool:
        """Does a rational number lie in it?"""
        low = value > self.lower or (self.closed[0] and value == self.lower)
        high = value < self.upper or (self.closed[1] and value == self.upper)
        return bool(low) and bool(high)

    def middle(self) -> sp.Rational:
        """A rational number inside that halves it; of an endless one a number some way out."""
        if self.bounded:
            low, high = rational_near(self.lower), rational_near(self.upper)
            middle = (low + high) / 2
            for digits in (1, 2, 3, 4, 6, 8, 10, 13, 16):  # a short one
                short = sp.Rational(Fraction(int(middle.p), int(middle.q)).limit_denominator(10**digits))
                if abs(short - middle) < (high - low) / 8:
                    return short
            return middle
        if self.lower.is_finite:
            return rational_near(self.lower, up=True) * 4 if self.lower >= 1 else sp.Max(1, sp.ceiling(self.lower) + 1)
        if self.upper.is_finite:
            return -Place(-self.upper, sp.oo).middle()
        return sp.S.Zero

    def split(self) -> tuple[Place, Place]:
        middle = self.middle()
        return Place(self.lower, middle, (self.closed[0], True)), Place(middle, self.upper, (True, self.closed[1]))

    def shut(self) -> Place:
        """With both ends, where it lies on one side of 0; else as it is."""
        return Place(self.lower, self.upper) if self.bounded and _apart(self.lower, self.upper) else self

    def value(self, name: str) -> sp.Expr:
        """The number in a place, an end that is no rational number left open; of one without end 1/h is known."""
        if self.single:
            return self.lower
        if not self.bounded and self.upper > 0:
            if self.lower > 0:
                return 1 / AnyNumber(f"(1/{name})", sp.S.Zero, rational_near(1 / self.lower, up=True))
            raise ValueError("an interval that reaches infinity and 0")
        if self.upper <= 0:
            return -Place(-self.upper, -self.lower, (self.closed[1], self.closed[0])).value(f"(-{name})")
        if (self.closed == (True, True) or self.lower != 0 != self.upper) and _apart(self.lower, self.upper):
            if self.closed == (True, True) and self.lower.is_Rational and self.upper.is_Rational:
                return AnyNumber(name, self.lower, self.upper)
        reach = rational_near(self.upper - self.lower, up=True)
        if not self.closed[0] or not self.closed[1]:
            if not self.closed[0]:
                called = name if self.lower == 0 else f"({name} - ({self.lower}))"
                return self.lower + AnyNumber(called, sp.S.Zero, reach)
            return self.upper - AnyNumber(f"({self.upper} - {name})", sp.S.Zero, reach)
        if self.lower == 0:
            raise ValueError("an interval that begins at 0 is open there")
        return AnyNumber(name, rational_near(self.lower, up=False), rational_near(self.upper, up=True))


def _apart(lower: sp.Expr, upper: sp.Expr) -> bool:
    """Does an interval lie on one side of 0, 0 left out?"""
    return bool(lower > 0) or bool(upper < 0)


def rational_near(value: sp.Expr, up: bool | None = None) -> sp.Rational:
    """A rational number as near as balls tell; not below or not above the value where that is asked for."""
    if value.is_Rational:
        return value
    with ctx.workprec(_BITS):
        ball = constant_ball(value)
        end = ball.mid() if up is None else ball.upper() if up else ball.lower()
        found = fraction(end)
    assert found is not None
    return sp.Rational(found.numerator, found.denominator)


def as_float(value: sp.Expr) -> float:
    if value.is_infinite:
        return float("inf") if value > 0 else float("-inf")
    with ctx.workprec(_BITS):
        return float(constant_ball(value).mid())


def ball_at(value: sp.Expr) -> tuple[float, float]:
    """The ends of a ball around a number, rounded outward; infinite where it has no finite ball."""
    if value.free_symbols:
        return float("-inf"), float("inf")
    with ctx.workprec(_BITS):
        ball: arb = constant_ball(value)
    return (below(ball), above(ball)) if ball.is_finite() else (float("-inf"), float("inf"))


def joined(places: Iterable[Place]) -> Place:
    """Neighbours as one."""
    first, *rest = places
    last = rest[-1] if rest else first
    return Place(first.lower, last.upper, (first.closed[0], last.closed[1]))


Box = Mapping[str, Place]
