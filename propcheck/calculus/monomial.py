"""Monomials x**p * log(x)**r * exp(sum c*x**m): their order, products, and bounds from a start on."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cmp_to_key, lru_cache, wraps
from typing import Any
from weakref import WeakValueDictionary

import flint
from flint import arb, fmpq

from propcheck.calculus.exact import (
    BOUND_BITS,
    ZERO,
    Constant,
    Exact,
    Power,
    as_fmpq,
    exact_ball,
    is_positive,
    sign_of,
    size_of,
)
from propcheck.calculus.undecided import Undecided


def lean(power: Power) -> Power:
    return power.numerator if power.denominator == 1 else power


IRRATIONAL = (0, 1)  # in an exponent: a multiple of log(x)


class Exponent:
    """sum of c * x**m * log(x)**j: terms ((m, j), c), the largest first, m > 0, or m == 0 and j > 0.

    With m == 0 and j == 1 it is an irrational power of x, and c has no rational part. Equal ones are one object.
    """

    __slots__ = ("terms", "order", "__weakref__")

    terms: tuple[tuple[tuple[Power, int], Exact], ...]
    order: int  # 1 where it outgrows all multiples of log(x), -1 where it falls below them, else 0

    def __new__(cls, terms: Mapping[tuple[Power, int], Exact]) -> Exponent:
        kept = tuple((power, c) for power, c in sorted(terms.items(), reverse=True) if isinstance(c, Constant) or c)
        found = _exponents.get(kept)
        if found is None:
            found = super().__new__(cls)
            found.terms = kept
            found.order = (1 if is_positive(kept[0][1]) else -1) if kept and kept[0][0] != IRRATIONAL else 0
            _exponents[kept] = found
        return found


class Monomial:
    """x**p * log(x)**r * exp(sum of c*x**m over q, and of c*x**m*log(x)**j over qlog); equal ones are one object.

    q holds (m, c) with m > 0, the largest first; qlog holds (m, j, c), and is empty but for x**x and x**sqrt(2).
    """

    __slots__ = ("power", "r", "exponent", "__weakref__")

    power: Power
    r: int
    exponent: Exponent

    def __new__(
        cls,
        p: Power,
        r: int,
        q: Iterable[tuple[Power, Exact]] = (),
        qlog: Iterable[tuple[Power, int, Exact]] = (),
    ) -> Monomial:
        terms = {(lean(m), 0): c for m, c in q}
        return monomial_of(lean(p), r, Exponent(terms | {(lean(m), j): c for m, j, c in qlog}))

    @property
    def p(self) -> Fraction:
        return Fraction(self.power)

    @property
    def q(self) -> tuple[tuple[Fraction, Exact], ...]:
        return tuple((Fraction(m), c) for (m, j), c in self.exponent.terms if j == 0)

    @property
    def qlog(self) -> tuple[tuple[Fraction, int, Exact], ...]:
        return tuple((Fraction(m), j, c) for (m, j), c in self.exponent.terms if j)

    @property
    def order(self) -> int:
        """1 where it tends to oo, 0 for the constant 1, -1 where it tends to 0."""
        return self.exponent.order or _power_sign(self.power, self.exponent) or (self.r > 0) - (self.r < 0)

    def slope(self) -> list[tuple[tuple[Power, int], Exact]]:
        """x times the derivative of the logarithm: terms ((a, b), c) for c * x**a * log(x)**b, the largest first."""
        terms: dict[tuple[Power, int], Exact] = {(0, 0): as_fmpq(self.power), (0, -1): fmpq(self.r)}
        for (m, j), c in self.exponent.terms:
            terms[m, j] = terms.get((m, j), ZERO) + as_fmpq(m) * c
            terms[m, j - 1] = terms.get((m, j - 1), ZERO) + j * c
        return [(power, c) for power, c in sorted(terms.items(), reverse=True) if isinstance(c, Constant) or c]

    def at(self, x: int) -> arb:
        """Its value at x >= 2."""
        log = arb(x).log()
        value = arb(x) ** as_fmpq(self.power) * log**self.r
        if self.exponent.terms:
            value *= sum(
                (exact_ball(c) * arb(x) ** as_fmpq(m) * log**j for (m, j), c in self.exponent.terms), arb(0)
            ).exp()
        return value

    def __repr__(self) -> str:
        exponent = [f"({c})*x**({m})" + (f"*log(x)**{j}" if j else "") for (m, j), c in self.exponent.terms]
        parts = [f"x**({self.power})" if self.power else "", f"log(x)**{self.r}" if self.r else ""]
        parts += [f"exp({' + '.join(exponent)})" if exponent else ""]
        return "*".join(filter(None, parts)) or "1"


_exponents: WeakValueDictionary[tuple, Exponent] = WeakValueDictionary()
_monomials: WeakValueDictionary[tuple, Monomial] = WeakValueDictionary()
# An entry that dies with the interpreter would hash its key, for which FLINT imports.
atexit.register(_exponents.clear)
atexit.register(_monomials.clear)


def monomial_of(power: Power, r: int, exponent: Exponent) -> Monomial:
    found = _monomials.get((power, r, exponent))
    if found is None:
        found = _monomials[power, r, exponent] = object.__new__(Monomial)
        found.power, found.r, found.exponent = power, r, exponent
    return found


ONE = Monomial(0, 0)
X = Monomial(1, 0)
LOG = Monomial(0, 1)


def _power_sign(power: Power, exponent: Exponent) -> int:
    """The sign of the power of x, with what an exponent adds to it."""
    if not exponent.terms or exponent.terms[-1][0] != IRRATIONAL:
        return (power > 0) - (power < 0)
    total = exponent.terms[-1][1] + as_fmpq(power)
    return sign_of(total) if isinstance(total, Constant) or total else 0


@lru_cache(maxsize=2**14)
def _combined(one: Exponent, two: Exponent, factor: int) -> Exponent:
    terms = dict(one.terms)
    for power, c in two.terms:
        terms[power] = terms.get(power, ZERO) + factor * c
    return Exponent(terms)


@lru_cache(maxsize=2**16)
def times(one: Monomial, two: Monomial) -> Monomial:
    return monomial_of(lean(one.power + two.power), one.r + two.r, _combined(one.exponent, two.exponent, 1))


@lru_cache(maxsize=2**16)
def over(one: Monomial, two: Monomial) -> Monomial:
    return monomial_of(lean(one.power - two.power), one.r - two.r, _combined(one.exponent, two.exponent, -1))


def to_power(monomial: Monomial, power: Fraction) -> Monomial:
    if (monomial.r * power).denominator != 1:
        raise Undecided("a fractional power of log(x)")
    exponent = Exponent({each: c * as_fmpq(power) for each, c in monomial.exponent.terms})
    return monomial_of(lean(monomial.power * power), int(monomial.r * power), exponent)


def compare(one: Monomial, two: Monomial) -> int:
    """1 where `one` dominates `two` as x -> oo, -1 where it is dominated, 0 where they are equal."""
    if one.exponent is not two.exponent:
        between = _combined(one.exponent, two.exponent, -1)
        order = between.order or _power_sign(one.power - two.power, between)
        return order or (one.r > two.r) - (one.r < two.r)
    first, second = (one.power, one.r), (two.power, two.r)
    return (first > second) - (first < second)


DOMINANCE = cmp_to_key(compare)


@lru_cache(maxsize=2**16)
def sup_on(monomial: Monomial, start: int) -> arb | None:
    """The supremum over x >= start of a monomial that falls there, None where that is not shown.

    It falls where its logarithm has a negative slope: the positive terms of the slope, each divided by the leading
    negative one, have suprema that add up to at most 1.
    """
    if monomial.order >= 0:
        return arb(1) if monomial.order == 0 else None
    ((a, b), lead), *rest = monomial.slope()
    positive = arb(0)
    for (p, r), c in rest:
        if is_positive(c):
            positive += size_of(c) * power_sup(p - a, r - b, start)
    return monomial.at(start) if positive <= size_of(lead) else None


def power_sup(p: Power, r: int, start: int) -> arb:
    """The supremum over x >= start of x**p * log(x)**r, for p < 0, or p == 0 and r <= 0."""
    log = arb(start).log()
    if r > 0 and not arb(as_fmpq(-p)) * log >= r:  # the peak, at log(x) = r/-p, may lie beyond start
        return ((arb(r) / as_fmpq(-p)).log() - 1).exp() ** r
    return arb(start) ** as_fmpq(p) * log**r


def known_sup(monomial: Monomial, start: int) -> arb:
    found = sup_on(monomial, start)
    if found is None:
        raise Undecided(f"{monomial} is not shown to fall from x = {start} on")
    return found


# Germs.
def at_bound_precision(function: Callable) -> Callable:
    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with flint.ctx.workprec(BOUND_BITS):
            return function(*args, **kwargs)

    return wrapped
