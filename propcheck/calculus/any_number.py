"""Any number between two others: what is decided of it is decided of each of them.

It stands for a parameter whose value is known by its ends alone. Where the calculus compares numbers by balls, the ball
of this one holds all values that it may have, at every precision; where it compares them by their normal form, it is a
kernel of its own, as the root of an equation is that nobody knows. So an answer that rests on balls that exclude 0 and
on forms that vanish is true of each value, and all else stays undecided.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from flint import arb

from propcheck.calculus.ball import ball_of, rational_ball
from propcheck.calculus.form import RealRoot, constant_ball


def any_between(name: str, lower: sp.Rational, upper: sp.Rational) -> tuple[sp.Expr, AnyNumber]:
    """Any number of an interval, and the positive one in it where the interval lies below 0."""
    if upper <= 0:
        number = AnyNumber(f"(-{name})", -upper, -lower)
        return -number, number
    number = AnyNumber(name, lower, upper)
    return number, number


def any_ball(value: sp.Expr) -> arb:
    """A ball of what a constant comes to at every value of the numbers in it, tighter than that of its formula.

    A polynomial in one of them, or a quotient of two, is expanded about the middle, its coefficients summed first.
    """
    plain = constant_ball(value)
    known = value.atoms(AnyNumber)
    if len(known) != 1:
        return plain
    (number,) = known
    t = sp.Dummy(real=True)
    parts = []
    for part in sp.together(value.xreplace({number: t})).as_numer_denom():
        if not part.is_polynomial(t):
            return _about_the_middle(value, number, plain)
        parts.append(_taylor(sp.Poly(part, t), number))
    made = parts[0] / parts[1]
    return _common(made, plain)


def _common(one: arb, two: arb) -> arb:
    if not one.is_finite():
        return two
    return one.intersection(two) if two.is_finite() else one


def _taylor(poly: sp.Poly, number: AnyNumber) -> arb:
    """The values of a polynomial, by its expansion about the middle of the interval."""
    lower, upper = number.args[1:]
    middle = rational_ball((lower + upper) / 2)
    coefficients = [constant_ball(c) for c in reversed(poly.all_coeffs())]
    for start in range(len(coefficients)):  # Horner's shift
        for k in reversed(range(start, len(coefficients) - 1)):
            coefficients[k] += middle * coefficients[k + 1]
    step = number.ball() - middle
    total = arb(0)
    for coefficient in reversed(coefficients):
        total = total * step + coefficient
    return total


def _about_the_middle(value: sp.Expr, number: AnyNumber, plain: arb) -> arb:
    """The mean value form."""
    lower, upper = number.args[1:]
    t = sp.Dummy(real=True)
    slope = constant_ball(value.xreplace({number: t}).diff(t).xreplace({t: number}))
    if not slope.is_finite():
        return plain
    middle = (lower + upper) / 2
    made = constant_ball(value.xreplace({number: middle})) + slope * (number.ball() - rational_ball(middle))
    return _common(made, plain)


def rooted(value: sp.Expr) -> bool:
    """Does a number hold a root that has no formula?"""
    return any(not isinstance(root, AnyNumber) for root in value.atoms(RealRoot))


class AnyNumber(RealRoot):
    """Any number of an interval with rational ends, which belong to it; one that ends at 0 is not 0.

    `name` is what it is called in formulas: that of a parameter, or a formula of it.
    """

    settled = False

    def __new__(cls, name: str | sp.Symbol, lower: sp.Rational, upper: sp.Rational) -> AnyNumber:
        if not lower < upper:
            raise ValueError(f"{name}: an interval has a lower and an upper end, not {lower} and {upper}")
        symbol = name if isinstance(name, sp.Symbol) else sp.Symbol(name, real=True)
        return sp.Expr.__new__(cls, symbol, sp.Rational(lower), sp.Rational(upper))

    @property
    def is_zero(self) -> bool | None:  # type: ignore[override]
        """Known where the interval has one sign."""
        return None if self.args[1] < 0 < self.args[2] else False

    @property
    def name(self) -> str:
        return self.args[0].name  # type: ignore[attr-defined]

    def ball(self) -> arb:
        """The interval, at every precision."""
        return ball_of(*map(rational_ball, self.args[1:]))

    def _eval_evalf(self, prec: int) -> Any:
        return None  # it has no digits: nothing of SymPy's that rests on them may decide

    def _sympystr(self, printer: Any) -> str:
        return self.name

    def _latex(self, printer: Any) -> str:
        return self.name
