"""Germs: how an analytic expression behaves as x -> +oo.

A germ is a finite sum of exact coefficients times monomials x**p * log(x)**r * exp(sum c*x**m), the largest first, and
a remainder |R(x)| <= sum C*m(x) that holds for every real x >= start, not only in the limit. Sums, products, powers and
the elementary functions act on germs: what is infinite in an argument is taken out exactly, what is small is expanded,
and each dropped term goes into the remainder. So the leading term decides limits, and the remainder decides the whole
tail. Coefficients are exact, since a coefficient that is zero but known only as a ball would ruin a limit.

For x -> -oo substitute -x, for x -> b from the right b + 1/x, from the left b - 1/x.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, cmp_to_key, lru_cache, wraps
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

import flint
import sympy
from flint import arb, fmpq

from propcheck.calculus import Undecided
from propcheck.calculus.form import LARGEST, RealRoot, constant_ball
from propcheck.calculus.identity import is_zero
from propcheck.calculus.phase import PHASES, Waves, over_all_phases, phases_in, waves

_BOUND_BITS = 128  # remainders and enclosures
_CONSTANT_BITS = (256, 1024, 4096)  # coefficients: the first that shows the sign
_LARGEST_FACTORED = 10**12
_FAR = 1024  # where it is asked what the argument of a wave does
_ZERO, _ONE = fmpq(0), fmpq(1)


# Exact numbers: rationals, and rational combinations of products of powers of known constants.

_Key: TypeAlias = tuple[tuple[int, Fraction], ...]  # (index of a generator, its exponent), by index

_generators: list[sympy.Expr] = []
_swinging: set[int] = set()  # the generators that depend on a phase
_index: dict[sympy.Expr, int] = {}


class Constant:
    """An irrational number, proven nonzero: a rational combination of products of powers of generators.

    Generators are constants such as 2, pi, E, log(2), atan(3); a fractional exponent stands on positive ones only.
    One that swings has generators such as sin(phase): it is a number for each phase, zero at some perhaps.
    """

    __slots__ = ("terms", "_hash", "_ball", "_hull", "swings")

    def __init__(self, terms: dict[_Key, fmpq]):
        self.terms = terms
        self._hash: int | None = None
        self._ball: arb | None = None
        self._hull: arb | None = None
        self.swings = bool(_swinging) and not _swinging.isdisjoint(index for key in terms for index, _ in key)

    @property
    def ball(self) -> arb:
        """An enclosure, over all phases where the number swings; it excludes zero where it does not."""
        if self._ball is None and self.swings:
            self._ball = self.hull
            if self._ball.contains(0) and len(phases_in(self.expr)) == 1:
                self._ball = over_all_phases(self.expr, _BOUND_BITS).intersection(self._ball)
        if self._ball is None:
            self._ball = next((ball for ball in map(self.enclose, _CONSTANT_BITS) if not ball.contains(0)), None)
            if self._ball is None:
                raise Undecided(f"the sign of {self.expr} is not known")
        return self._ball

    @property
    def hull(self) -> arb:
        """An enclosure that costs little; of one that swings it is wide."""
        if not self.swings:
            return self.ball
        if self._hull is None:
            self._hull = self.enclose(_BOUND_BITS)
        return self._hull

    def enclose(self, bits: int) -> arb:
        with flint.ctx.workprec(bits):
            return sum((factor * _key_ball(key, bits) for key, factor in self.terms.items()), arb(0))

    @property
    def expr(self) -> sympy.Expr:
        return sympy.Add(*(_rational(factor) * _key_expr(key) for key, factor in self.terms.items()))

    def __add__(self, other: Exact | int) -> Exact:
        if not isinstance(other, (Constant, fmpq, int)):
            return NotImplemented
        terms = dict(self.terms)
        for key, factor in other.terms.items() if isinstance(other, Constant) else (((), other),):
            terms[key] = terms.get(key, _ZERO) + factor
        return _exact_sum(terms)

    __radd__ = __add__

    def __neg__(self) -> Constant:
        return Constant({key: -factor for key, factor in self.terms.items()})

    def __sub__(self, other: Exact | int) -> Exact:
        return self + -other if isinstance(other, (Constant, fmpq, int)) else NotImplemented

    def __rsub__(self, other: Exact | int) -> Exact:
        return -self + other

    def __mul__(self, other: Exact | int) -> Exact:
        if not isinstance(other, (Constant, fmpq, int)):
            return NotImplemented
        if not isinstance(other, Constant):
            return Constant({key: factor * other for key, factor in self.terms.items()}) if other else _ZERO
        terms: dict[_Key, fmpq] = {}
        for one, first in self.terms.items():
            for two, second in other.terms.items():
                scale, key = _key_product(one, two)
                terms[key] = terms.get(key, _ZERO) + first * second * scale
        return _exact_sum(terms)

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and self.terms == other.terms

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.terms.items()))
        return self._hash

    def __repr__(self) -> str:
        return str(self.expr)


Exact: TypeAlias = "fmpq | Constant"


def _exact_sum(terms: dict[_Key, fmpq]) -> Exact:
    terms = {key: factor for key, factor in terms.items() if factor}
    if not terms:
        return _ZERO
    if len(terms) == 1:
        ((key, factor),) = terms.items()
        return Constant(terms) if key else factor
    total = Constant(terms)
    if total.enclose(_CONSTANT_BITS[0]).contains(0) and is_zero(total.expr):
        return _ZERO
    if total.swings:
        return total
    total.ball  # noqa: B018 - raises where zero is not excluded
    return total


def _rational(value: fmpq) -> sympy.Rational:
    return sympy.Rational(int(value.p), int(value.q))


def _fmpq(value: Fraction | int | sympy.Rational) -> fmpq:
    return fmpq(int(value.numerator), int(value.denominator))


def _fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def in_symbols(value: Exact) -> sympy.Expr:
    """An exact number as an expression."""
    return value.expr if isinstance(value, Constant) else _rational(value)


def _ball(value: Exact) -> arb:
    return value.hull if isinstance(value, Constant) else arb(value)


def _sign(value: Exact) -> int:
    """The sign of a number that is not zero; 0 where it depends on the phase or may be zero at some."""
    if not isinstance(value, Constant):
        return 1 if value > 0 else -1
    return 1 if value.ball > 0 else -1 if value.ball < 0 else 0


def _positive(value: Exact) -> bool:
    sign = _sign(value)
    if not sign and isinstance(value, Constant):
        raise Undecided(f"the sign of {value} depends on the phase")
    return sign > 0


def _swings(value: Exact) -> bool:
    return isinstance(value, Constant) and value.swings


def _size(value: Exact) -> arb:
    return abs(_ball(value))


def _key_expr(key: _Key) -> sympy.Expr:
    return sympy.Mul(*(sympy.Pow(_generators[i], sympy.Rational(e.numerator, e.denominator)) for i, e in key))


@lru_cache(maxsize=2**12)
def _key_ball(key: _Key, bits: int) -> arb:
    with flint.ctx.workprec(bits):
        out = arb(1)
        for index, exponent in key:
            out *= _generator_ball(index, bits) ** _fmpq(exponent)
        return out


@lru_cache(maxsize=2**12)
def _generator_ball(index: int, bits: int) -> arb:
    if index in _swinging:
        return over_all_phases(_generators[index], bits)
    with flint.ctx.workprec(bits):
        return constant_ball(_generators[index])


@lru_cache(maxsize=2**14)
def _key_product(one: _Key, two: _Key) -> tuple[fmpq, _Key]:
    exponents = dict(one)
    for index, exponent in two:
        exponents[index] = exponents.get(index, Fraction(0)) + exponent
    scale = _ONE
    for index, exponent in exponents.items():
        base = _generators[index]
        if base.is_Integer and not 0 <= exponent < 1:
            whole = math.floor(exponent)
            scale *= fmpq(int(base)) ** whole
            exponents[index] = exponent - whole
    return scale, tuple(sorted((index, exponent) for index, exponent in exponents.items() if exponent))


def _generator(base: sympy.Expr, exponent: Fraction = Fraction(1)) -> Exact:
    """base**exponent for a constant that is taken as it stands."""
    swings = bool(phases_in(base))
    with flint.ctx.workprec(_CONSTANT_BITS[0]):
        ball = over_all_phases(base, _BOUND_BITS) if swings else constant_ball(base)
    if not ball.is_finite():
        raise Undecided(f"no finite real value of {base} is known")
    if ball.contains(0) and not (swings and exponent.denominator == 1 and exponent > 0):
        if exponent > 0 and is_zero(base) is True:
            return _ZERO
        raise Undecided(f"whether {base} is zero is not known")
    if exponent.denominator != 1 and not ball > 0:
        raise Undecided(f"a fractional power of the negative number {base}")
    if base not in _index:
        _index[base] = len(_generators)
        _generators.append(base)
        if swings:
            _swinging.add(_index[base])
    scale, key = _key_product((), ((_index[base], exponent),))
    return Constant({key: scale}) if key else scale


def _all_positive(key: _Key) -> bool:
    return all(bool(_generator_ball(index, _CONSTANT_BITS[0]) > 0) for index, _ in key)


def _raise(value: Exact, exponent: Fraction) -> Exact:
    """value**exponent, exactly; a fractional exponent needs a positive value, a negative one a nonzero value."""
    whole = exponent.denominator == 1
    if isinstance(value, Constant):
        if len(value.terms) == 1:
            ((key, factor),) = value.terms.items()
            sound = exponent > 0 or not value.swings or _all_positive(key)  # no division by what is 0 at a phase
            if (whole and sound) or (factor > 0 and _all_positive(key)):
                scale, key = _key_product((), tuple((index, each * exponent) for index, each in key))
                return _raise(factor, exponent) * scale * (Constant({key: _ONE}) if key else _ONE)
        if whole and 0 <= exponent <= 16:
            return math.prod([value] * int(exponent), start=_ONE)
        return _generator(value.expr, exponent)
    if whole:
        if not value and exponent < 0:
            raise Undecided("a division by zero")
        return value ** int(exponent)
    if not value > 0:
        if not value and exponent > 0:
            return _ZERO
        raise Undecided(f"the power {exponent} of {value}")
    out: Exact = _ONE
    for prime, multiplicity in _factors(value):
        out = out * _generator(sympy.Integer(prime), exponent * multiplicity)
    return out


def _factors(value: fmpq) -> list[tuple[int, int]]:
    """Prime factors of a positive rational with their multiplicities; a large part stays whole."""
    out = []
    for part, sign in ((value.p, 1), (value.q, -1)):
        found = part.factor() if part <= _LARGEST_FACTORED else [(part, 1)]
        out += [(int(prime), sign * int(multiplicity)) for prime, multiplicity in found if prime != 1]
    return out


def _exact_log(value: Exact) -> Exact:
    if not _positive(value):
        raise Undecided(f"the logarithm of {value}")
    out: Exact = _ZERO
    if not isinstance(value, Constant):
        for prime, multiplicity in _factors(value):
            out = out + multiplicity * _generator(sympy.log(sympy.Integer(prime)))
        return out
    ((key, factor),) = value.terms.items() if len(value.terms) == 1 else (((), _ZERO),)
    if not factor > 0 or not _all_positive(key):
        return _generator(sympy.log(value.expr, evaluate=False))
    for index, exponent in key:
        base = _generators[index]
        if base is sympy.E:
            part: Exact = _ONE
        elif isinstance(base, sympy.exp):
            part = exact(base.args[0])
        elif isinstance(base, sympy.Pow):
            part = exact(base.exp) * _exact_log(exact(base.base))
        else:
            part = _generator(sympy.log(base))
        out = out + _fmpq(exponent) * part
    return out + _exact_log(factor)


@lru_cache(maxsize=2**12)
def _exact_exp(value: Exact) -> Exact:
    if not isinstance(value, Constant):
        return _generator(sympy.E, _fraction(value)) if value else _ONE
    out: Exact = _ONE
    for key, factor in value.terms.items():
        base = sympy.exp(_key_expr(key))  # exp(log(2)) becomes 2 here
        if base is sympy.E or isinstance(base, (sympy.exp, sympy.Pow)):
            out = out * _generator(base, _fraction(factor))
        else:
            out = out * _raise(exact(base), _fraction(factor))
    return out


@lru_cache(maxsize=2**12)
def exact(expr: sympy.Expr) -> Exact:
    """The real number that a constant expression stands for."""
    if expr.is_Rational:
        return _fmpq(expr)
    if expr.is_Add:
        return sum((exact(arg) for arg in expr.args), start=_ZERO)
    if expr.is_Mul:
        return math.prod((exact(arg) for arg in expr.args), start=_ONE)
    if isinstance(expr, sympy.exp):
        return _exact_exp(exact(expr.args[0]))
    if isinstance(expr, sympy.log) and len(expr.args) == 1:
        return _exact_log(exact(expr.args[0]))
    if expr.is_Pow:
        base, exponent = exact(expr.base), exact(expr.exp)
        if not isinstance(exponent, Constant):
            return _raise(base, _fraction(exponent))
        if not _positive(base):
            raise Undecided(f"the real value of {expr} is not known")
    return _generator(expr)


# Monomials and their order.


_Power: TypeAlias = "int | Fraction"  # a whole one is an int, which is quicker to hash and to add


def _lean(power: _Power) -> _Power:
    return power.numerator if power.denominator == 1 else power


_IRRATIONAL = (0, 1)  # in an exponent: a multiple of log(x)


class Exponent:
    """sum of c * x**m * log(x)**j: terms ((m, j), c), the largest first, m > 0, or m == 0 and j > 0.

    With m == 0 and j == 1 it is an irrational power of x, and c has no rational part. Equal ones are one object.
    """

    __slots__ = ("terms", "order", "__weakref__")

    terms: tuple[tuple[tuple[_Power, int], Exact], ...]
    order: int  # 1 where it outgrows all multiples of log(x), -1 where it falls below them, else 0

    def __new__(cls, terms: Mapping[tuple[_Power, int], Exact]) -> Exponent:
        kept = tuple((power, c) for power, c in sorted(terms.items(), reverse=True) if isinstance(c, Constant) or c)
        found = _exponents.get(kept)
        if found is None:
            found = super().__new__(cls)
            found.terms = kept
            found.order = (1 if _positive(kept[0][1]) else -1) if kept and kept[0][0] != _IRRATIONAL else 0
            _exponents[kept] = found
        return found


class Monomial:
    """x**p * log(x)**r * exp(sum of c*x**m over q, and of c*x**m*log(x)**j over qlog); equal ones are one object.

    q holds (m, c) with m > 0, the largest first; qlog holds (m, j, c), and is empty but for x**x and x**sqrt(2).
    """

    __slots__ = ("power", "r", "exponent", "__weakref__")

    power: _Power
    r: int
    exponent: Exponent

    def __new__(
        cls,
        p: _Power,
        r: int,
        q: Iterable[tuple[_Power, Exact]] = (),
        qlog: Iterable[tuple[_Power, int, Exact]] = (),
    ) -> Monomial:
        terms = {(_lean(m), 0): c for m, c in q}
        return _monomial(_lean(p), r, Exponent(terms | {(_lean(m), j): c for m, j, c in qlog}))

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

    def slope(self) -> list[tuple[tuple[_Power, int], Exact]]:
        """x times the derivative of the logarithm: terms ((a, b), c) for c * x**a * log(x)**b, the largest first."""
        terms: dict[tuple[_Power, int], Exact] = {(0, 0): _fmpq(self.power), (0, -1): fmpq(self.r)}
        for (m, j), c in self.exponent.terms:
            terms[m, j] = terms.get((m, j), _ZERO) + _fmpq(m) * c
            terms[m, j - 1] = terms.get((m, j - 1), _ZERO) + j * c
        return [(power, c) for power, c in sorted(terms.items(), reverse=True) if isinstance(c, Constant) or c]

    def at(self, x: int) -> arb:
        """Its value at x >= 2."""
        log = arb(x).log()
        value = arb(x) ** _fmpq(self.power) * log**self.r
        if self.exponent.terms:
            value *= sum((_ball(c) * arb(x) ** _fmpq(m) * log**j for (m, j), c in self.exponent.terms), arb(0)).exp()
        return value

    def __repr__(self) -> str:
        exponent = [f"({c})*x**({m})" + (f"*log(x)**{j}" if j else "") for (m, j), c in self.exponent.terms]
        parts = [f"x**({self.power})" if self.power else "", f"log(x)**{self.r}" if self.r else ""]
        parts += [f"exp({' + '.join(exponent)})" if exponent else ""]
        return "*".join(filter(None, parts)) or "1"


_exponents: WeakValueDictionary[tuple, Exponent] = WeakValueDictionary()
_monomials: WeakValueDictionary[tuple, Monomial] = WeakValueDictionary()


def _monomial(power: _Power, r: int, exponent: Exponent) -> Monomial:
    found = _monomials.get((power, r, exponent))
    if found is None:
        found = _monomials[power, r, exponent] = object.__new__(Monomial)
        found.power, found.r, found.exponent = power, r, exponent
    return found


ONE = Monomial(0, 0)
_X = Monomial(1, 0)
_LOG = Monomial(0, 1)


def _power_sign(power: _Power, exponent: Exponent) -> int:
    """The sign of the power of x, with what an exponent adds to it."""
    if not exponent.terms or exponent.terms[-1][0] != _IRRATIONAL:
        return (power > 0) - (power < 0)
    total = exponent.terms[-1][1] + _fmpq(power)
    return _sign(total) if isinstance(total, Constant) or total else 0


@lru_cache(maxsize=2**14)
def _combined(one: Exponent, two: Exponent, factor: int) -> Exponent:
    terms = dict(one.terms)
    for power, c in two.terms:
        terms[power] = terms.get(power, _ZERO) + factor * c
    return Exponent(terms)


@lru_cache(maxsize=2**16)
def _times(one: Monomial, two: Monomial) -> Monomial:
    return _monomial(_lean(one.power + two.power), one.r + two.r, _combined(one.exponent, two.exponent, 1))


@lru_cache(maxsize=2**16)
def _over(one: Monomial, two: Monomial) -> Monomial:
    return _monomial(_lean(one.power - two.power), one.r - two.r, _combined(one.exponent, two.exponent, -1))


def _to_power(monomial: Monomial, power: Fraction) -> Monomial:
    if (monomial.r * power).denominator != 1:
        raise Undecided("a fractional power of log(x)")
    exponent = Exponent({each: c * _fmpq(power) for each, c in monomial.exponent.terms})
    return _monomial(_lean(monomial.power * power), int(monomial.r * power), exponent)


def _compare(one: Monomial, two: Monomial) -> int:
    """1 where `one` dominates `two` as x -> oo, -1 where it is dominated, 0 where they are equal."""
    if one.exponent is not two.exponent:
        between = _combined(one.exponent, two.exponent, -1)
        order = between.order or _power_sign(one.power - two.power, between)
        return order or (one.r > two.r) - (one.r < two.r)
    first, second = (one.power, one.r), (two.power, two.r)
    return (first > second) - (first < second)


_DOMINANCE = cmp_to_key(_compare)


@lru_cache(maxsize=2**16)
def _sup(monomial: Monomial, start: int) -> arb | None:
    """The supremum over x >= start of a monomial that falls there, None where that is not shown.

    It falls where its logarithm has a negative slope: the positive terms of the slope, each divided by the leading
    negative one, have suprema that add up to at most 1.
    """
    if monomial.order >= 0:
        return arb(1) if monomial.order == 0 else None
    ((a, b), lead), *rest = monomial.slope()
    positive = arb(0)
    for (p, r), c in rest:
        if _positive(c):
            positive += _size(c) * _power_sup(p - a, r - b, start)
    return monomial.at(start) if positive <= _size(lead) else None


def _power_sup(p: _Power, r: int, start: int) -> arb:
    """The supremum over x >= start of x**p * log(x)**r, for p < 0, or p == 0 and r <= 0."""
    log = arb(start).log()
    if r > 0 and not arb(_fmpq(-p)) * log >= r:  # the peak, at log(x) = r/-p, may lie beyond start
        return ((arb(r) / _fmpq(-p)).log() - 1).exp() ** r
    return arb(start) ** _fmpq(p) * log**r


def _known_sup(monomial: Monomial, start: int) -> arb:
    found = _sup(monomial, start)
    if found is None:
        raise Undecided(f"{monomial} is not shown to fall from x = {start} on")
    return found


# Germs.


def _at_bound_precision(function: Callable) -> Callable:
    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with flint.ctx.workprec(_BOUND_BITS):
            return function(*args, **kwargs)

    return wrapped


@dataclass(frozen=True, eq=False)
class Germ:
    """A function for all x >= start: `main`, exact coefficients of monomials, the largest first, and a remainder.

    The remainder is at most the sum of its bounds times their monomials in absolute value, for every x >= start.
    """

    main: Mapping[Monomial, Exact]
    remainder: Mapping[Monomial, arb]
    start: int
    terms: int

    @_at_bound_precision
    def leading(self) -> tuple[Exact, Monomial] | None:
        """The coefficient and monomial that the function is asymptotic to; None if it is identically zero."""
        if any(map(_swings, self.main.values())):
            raise Undecided("the leading term depends on a phase")
        return self._dominant()

    def _dominant(self) -> tuple[Exact, Monomial] | None:
        """The term that outgrows all others, if it does not vanish at some phase; None for the function 0."""
        if self.is_zero:
            return None
        if self.main:
            first, *others = self.main
            if _sign(self.main[first]) and all(_compare(other, first) < 0 for other in (*others, *self.remainder)):
                return self.main[first], first
        raise Undecided("the remainder hides the leading term")

    @_at_bound_precision
    def sign(self) -> int:
        """The sign of the function at every x >= start, 0 if it is identically zero."""
        if self.is_zero:
            return 0
        if not self.main:
            raise Undecided("the remainder hides the sign")
        (first, coefficient), *others = self.main.items()
        sign = 1 if _positive(coefficient) else -1
        against = [(m, _size(c)) for m, c in others if _sign(c) != sign]
        if sup_of_sum(first, (*against, *self.remainder.items()), self.start) < _size(coefficient):
            return sign
        raise Undecided(f"the leading term does not dominate from x = {self.start} on")

    @_at_bound_precision
    def limit(self) -> sympy.Expr:
        """The limit as x -> oo, exactly: a number, oo or -oo."""
        if self.main and next(iter(self.main)).order > 0:
            coefficient, _ = self._dominant() or (_ZERO, ONE)
            return sympy.oo if _positive(coefficient) else -sympy.oo
        if any(m.order >= 0 for m in self.remainder):
            raise Undecided("the remainder does not tend to 0")
        value = self.main.get(ONE, _ZERO)
        if _swings(value):
            raise Undecided(f"the function comes near to {value} at each phase")
        return in_symbols(value)

    @_at_bound_precision
    def bounds(self) -> tuple[arb, arb]:
        """A number below and a number above all values at x >= start; infinite where none is known."""
        lower, upper = _hull(self.main.items(), self.remainder.items(), self.start)
        shift, rest = _ZERO, dict(self.main)
        if not any(m.order > 0 for m in rest):
            shift = rest.pop(ONE, _ZERO)
        if rest and _sign(next(iter(rest.values()))):
            # as shift + leading * (size + others), which keeps the sign of the leading term
            first, *others = rest
            sign, size = 1 if _positive(rest[first]) else -1, _size(rest[first])
            below, above = _hull(
                [(_over(m, first), sign * rest[m]) for m in others],
                [(_over(m, first), bound) for m, bound in self.remainder.items()],
                self.start,
            )
            least, greatest = _range(first, self.start)
            if size + below > 0:
                low = least * (size + below)
                high = greatest * (size + above) if greatest.is_finite() and above.is_finite() else arb.pos_inf()
                if sign < 0:
                    low, high = -high, -low
                lower, upper = lower.max((_ball(shift) + low).lower()), upper.min((_ball(shift) + high).upper())
        return lower, upper

    @_at_bound_precision
    def growth(self) -> list[tuple[arb, Monomial]]:
        """Bounds C and monomials m without qlog, |f(x)| <= sum of C*m(x) for x >= start."""
        found = (*((m, _size(c)) for m, c in self.main.items()), *self.remainder.items())
        return [(size.upper(), _without_qlog(monomial, self.start)) for monomial, size in found]

    @property
    def is_zero(self) -> bool:
        """Whether it is known to be identically zero."""
        return not self.main and not self.remainder

    @cached_property
    def _bound(self) -> dict[Monomial, arb]:
        """A bound for the absolute value, of few terms."""
        sizes = dict(self.remainder)
        for monomial, coefficient in self.main.items():
            _accumulate(sizes, monomial, _size(coefficient))
        return _collapse(sizes, self.start)

    @cached_property
    def _main_bound(self) -> dict[Monomial, arb]:
        return _collapse({m: _size(c) for m, c in self.main.items()}, self.start)

    @cached_property
    def _rests(self) -> list[tuple[Monomial, Exact, arb | None]]:
        """The main terms; with each a bound for it and all smaller ones as a multiple of its monomial."""
        out: list[tuple[Monomial, Exact, arb | None]] = []
        total, previous = arb(0), None
        for monomial, coefficient in reversed(list(self.main.items())):
            if previous is not None and total is not None:
                ratio = _sup(_over(previous, monomial), self.start)
                total = None if ratio is None else total * ratio
            total = None if total is None else total + _size(coefficient)
            out.append((monomial, coefficient, total))
            previous = monomial
        return out[::-1]

    def __add__(self, other: Germ | Exact | int) -> Germ:
        return _sum([self, self._constant(other)])

    __radd__ = __add__

    def __sub__(self, other: Germ | Exact | int) -> Germ:
        return self + -self._constant(other)

    def __rsub__(self, other: Germ | Exact | int) -> Germ:
        return -self + other

    def __neg__(self) -> Germ:
        return Germ({m: -c for m, c in self.main.items()}, self.remainder, self.start, self.terms)

    def __mul__(self, other: Germ | Exact | int) -> Germ:
        return _product(self, self._constant(other))

    __rmul__ = __mul__

    def _constant(self, value: Germ | Exact | int) -> Germ:
        if isinstance(value, Germ):
            return value
        return _monomial_germ(fmpq(value) if isinstance(value, int) else value, ONE, self)


def _monomial_germ(coefficient: Exact, monomial: Monomial, like: Germ) -> Germ:
    nonzero = isinstance(coefficient, Constant) or coefficient
    return Germ({monomial: coefficient} if nonzero else {}, {}, like.start, like.terms)


def _bounded_by(bound: arb, monomial: Monomial, like: Germ) -> Germ:
    return Germ({}, {monomial: bound}, like.start, like.terms)


def _accumulate(bounds: dict[Monomial, arb], monomial: Monomial, bound: arb) -> None:
    bounds[monomial] = bounds[monomial] + bound if monomial in bounds else bound


def sup_of_sum(unit: Monomial, sizes: Iterable[tuple[Monomial, arb]], start: int) -> arb:
    """A bound for the sum of sizes times monomials, as a multiple of `unit`, over x >= start."""
    return sum((size * _known_sup(_over(monomial, unit), start) for monomial, size in sizes), arb(0))


def _range(monomial: Monomial, start: int) -> tuple[arb, arb]:
    """Bounds for the values of a monomial at x >= start."""
    if monomial.order > 0:
        rises = _sup(_over(ONE, monomial), start) is not None
        return (monomial.at(start).lower() if rises else arb(0)), arb.pos_inf()
    sup = _sup(monomial, start)
    return (arb(0) if monomial.order else arb(1)), (arb.pos_inf() if sup is None else sup.upper())


def _hull(
    main: Iterable[tuple[Monomial, Exact]], remainder: Iterable[tuple[Monomial, arb]], start: int
) -> tuple[arb, arb]:
    lower, upper = arb(0), arb(0)
    for monomial, coefficient in main:
        least, greatest = _range(monomial, start)
        size = _size(coefficient)
        near, far = size * least, size * greatest if greatest.is_finite() else arb.pos_inf()
        sign = _sign(coefficient)
        below, above = (near, far) if sign > 0 else (-far, -near) if sign < 0 else (-far, far)
        lower, upper = lower + below, upper + above
    for monomial, bound in remainder:
        _, greatest = _range(monomial, start)
        far = bound * greatest if greatest.is_finite() else arb.pos_inf()
        lower, upper = lower - far, upper + far
    return lower.lower(), upper.upper()


def _without_qlog(monomial: Monomial, start: int) -> Monomial:
    """A monomial without qlog that is at least as large for x >= start."""
    if not monomial.qlog:
        return monomial
    steepest = _power_sup(-1, 1, start).upper()  # log(x) <= steepest * x
    log = arb(start).log().lower()
    power, added = monomial.p, {}
    for m, j, c in monomial.qlog:
        if (m, j) == _IRRATIONAL:
            power += _fraction(_rational_above(_ball(c)))
            continue
        raised, factor = (m + j, steepest**j) if _positive(c) else (m, log**j)
        if raised:
            bound = _rational_above(_ball(c) * factor)
            added[raised] = added.get(raised, _ZERO) + bound
    return _times(Monomial(power, monomial.r, monomial.q), Monomial(0, 0, added.items()))


def _rational_above(value: arb, bits: int = 40) -> fmpq:
    """A short rational that is at least `value`."""
    mantissa, exponent = (int(part) for part in value.upper().man_exp())
    if exponent > LARGEST:
        raise Undecided("a bound that is too large to be written")
    spare = max(abs(mantissa).bit_length() - bits, 0)
    mantissa, exponent = -(-mantissa >> spare), exponent + spare
    if exponent < -LARGEST:
        return fmpq(mantissa > 0, 1 << LARGEST)
    return fmpq(mantissa << exponent) if exponent >= 0 else fmpq(mantissa, 1 << -exponent)


def _collapse(bounds: dict[Monomial, arb], start: int) -> dict[Monomial, arb]:
    """The same bound with each monomial absorbed by a larger one wherever their quotient is shown to fall."""
    if len(bounds) < 2:
        return bounds
    kept: dict[Monomial, arb] = {}
    for monomial in sorted(bounds, key=_DOMINANCE, reverse=True):
        for larger in kept:
            ratio = _sup(_over(monomial, larger), start)
            if ratio is not None:
                kept[larger] += bounds[monomial] * ratio
                break
        else:
            kept[monomial] = bounds[monomial]
    return kept


def _tidy(main: dict[Monomial, Exact], remainder: dict[Monomial, arb], start: int, terms: int) -> Germ:
    """The germ with its terms in order, at most 2*terms of them, and none far below the remainder."""
    main = {m: c for m, c in main.items() if isinstance(c, Constant) or c}
    if len(main) > 1:
        ordered = sorted(main, key=_DOMINANCE, reverse=True)
        if len(ordered) > 2 * terms:
            remainder = dict(remainder)
            for monomial in ordered[2 * terms :]:
                _accumulate(remainder, monomial, _size(main[monomial]))
        main = {m: main[m] for m in ordered[: 2 * terms]}
    remainder = _collapse(remainder, start)
    if remainder:
        remainder = dict(remainder)
        for monomial in reversed(list(main)):
            larger = next((m for m in remainder if _compare(monomial, m) < 0), None)
            ratio = None if larger is None else _sup(_over(monomial, larger), start)
            if larger is None or ratio is None:
                break
            remainder[larger] += _size(main.pop(monomial)) * ratio
    return Germ(main, remainder, start, terms)


def _sum(germs: Sequence[Germ]) -> Germ:
    main: dict[Monomial, Exact] = {}
    remainder: dict[Monomial, arb] = {}
    for germ in germs:
        for monomial, coefficient in germ.main.items():
            main[monomial] = main[monomial] + coefficient if monomial in main else coefficient
        for monomial, bound in germ.remainder.items():
            _accumulate(remainder, monomial, bound)
    return _tidy(main, remainder, germs[0].start, germs[0].terms)


def _product(f: Germ, g: Germ) -> Germ:
    start = f.start
    remainder: dict[Monomial, arb] = {}
    bounds = ((f.remainder, g._bound), (g.remainder, f._main_bound)) if f.remainder or g.remainder else ()
    for left, right in bounds:
        for one, first in left.items():
            for two, second in right.items():
                _accumulate(remainder, _times(one, two), first * second)
    remainder = dict(_collapse(remainder, start))
    top = next(iter(remainder), None)
    main: dict[Monomial, Exact] = {}
    for one, first in f.main.items():
        for two, second, rest in g._rests:
            monomial = _times(one, two)
            if top is not None and rest is not None and _compare(monomial, top) < 0:
                sup = _sup(_over(monomial, top), start)
                if sup is not None:  # this product and the smaller ones of the row are lost in the remainder
                    remainder[top] += _size(first) * rest * sup
                    break
            value = first * second
            main[monomial] = main[monomial] + value if monomial in main else value
    return _tidy(main, remainder, start, f.terms)


# Powers and functions of germs.


def _sup_of(f: Germ) -> arb:
    """A bound for |f(x)| over x >= start."""
    return sup_of_sum(ONE, ((*((m, _size(c)) for m, c in f.main.items()), *f.remainder.items())), f.start)


def _leading_factor(f: Germ) -> tuple[Exact, Monomial, Germ]:
    """c, m, s with f = c * m * (1 + s) and |s| < 1 for x >= start."""
    if not f.main:
        raise Undecided("a power or logarithm of a function whose leading term is not known")
    (first, coefficient), *others = f.main.items()
    inverse = _raise(coefficient, Fraction(-1))
    size = _size(inverse)
    s = Germ(
        {_over(m, first): c * inverse for m, c in others},
        {_over(m, first): bound * size for m, bound in f.remainder.items()},
        f.start,
        f.terms,
    )
    if not _sup_of(s) < 1:
        raise Undecided(f"the leading term {first} does not dominate from x = {f.start} on")
    return coefficient, first, s


def _compose(coefficients: Sequence[Exact], tail: arb, s: Germ) -> Germ:
    """sum of coefficients[k] * s**k, plus a remainder of at most tail * |s|**len(coefficients)."""
    if s.is_zero:
        return _monomial_germ(coefficients[0], ONE, s)
    if len(s.main) == 1 and not s.remainder:
        ((monomial, base),) = s.main.items()
        main: dict[Monomial, Exact] = {}
        power, factor = ONE, _ONE
        for coefficient in coefficients:
            main[power] = coefficient * factor
            power, factor = _times(power, monomial), factor * base
        return _tidy(main, {power: tail * _size(factor)}, s.start, s.terms)
    out = Germ({}, {m: tail * bound for m, bound in s._bound.items()}, s.start, s.terms) + coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        out = _product(out, s) + coefficient
    return out


@lru_cache(maxsize=2**10)
def _binomials(power: Fraction, count: int) -> list[fmpq]:
    out = [_ONE]
    for k in range(count):
        out.append(out[-1] * (_fmpq(power) - k) / (k + 1))
    return out


def _integer_power(f: Germ, power: int) -> Germ:
    out = f if power % 2 else None
    while power := power // 2:
        f = _product(f, f)
        if power % 2:
            out = f if out is None else _product(out, f)
    return out if out is not None else f


def _power(f: Germ, power: Fraction) -> Germ:
    if power == 0:
        return f._constant(1)
    if power.denominator == 1 and 0 < power <= 64:
        return _integer_power(f, int(power))
    if f.is_zero:
        if power > 0:
            return f
        raise Undecided("a division by zero")
    coefficient, monomial, s = _leading_factor(f)
    factor = _monomial_germ(_raise(coefficient, power), _to_power(monomial, power), f)
    if s.is_zero:
        return factor
    *coefficients, dropped = _binomials(power, f.terms)
    # the quotient of neighbouring binomials is at most `ratio` from the first dropped one on
    ratio = max(1, abs(power - f.terms) / (f.terms + 1))
    contraction = 1 - _sup_of(s) * _fmpq(Fraction(ratio))
    if not contraction > 0:
        raise Undecided(f"the binomial series of the power {power} is not shown to converge")
    return _product(factor, _compose(coefficients, abs(arb(dropped)) / contraction, s))


def _log(f: Germ) -> Germ:
    coefficient, monomial, s = _leading_factor(f)
    if monomial.r:
        raise Undecided("log(log(x)) is not expanded")
    main: dict[Monomial, Exact] = {Monomial(m, j): c for (m, j), c in monomial.exponent.terms}
    main |= {_LOG: main.get(_LOG, _ZERO) + _fmpq(monomial.power), ONE: _exact_log(coefficient)}
    exact_part = _tidy(main, {}, f.start, f.terms)
    if s.is_zero:
        return exact_part
    count = f.terms
    coefficients = [_ZERO, *(fmpq((-1) ** (k + 1), k) for k in range(1, count))]
    return exact_part + _compose(coefficients, 1 / (count * (1 - _sup_of(s))), s)


def _split(f: Germ) -> tuple[dict[Monomial, Exact], Exact, Germ]:
    """The infinite part, the constant and the rest, which with its remainder is bounded."""
    large = {m: c for m, c in f.main.items() if m.order > 0}
    small = {m: c for m, c in f.main.items() if m.order < 0}
    return large, f.main.get(ONE, _ZERO), Germ(small, f.remainder, f.start, f.terms)


def _is_bounded(f: Germ) -> bool:
    return all(m.order <= 0 for m in (*f.main, *f.remainder))


def _has_limit(f: Germ) -> bool:
    return all(m.order <= 0 for m in f.main) and all(m.order < 0 for m in f.remainder)


def _exp(f: Germ) -> Germ:
    large, constant, small = _split(f)
    power: _Power = 0
    terms: dict[tuple[_Power, int], Exact] = {}
    for monomial, coefficient in large.items():
        if monomial is _LOG and not _swings(coefficient):
            whole = coefficient.terms.get((), _ZERO) if isinstance(coefficient, Constant) else coefficient
            power, terms[_IRRATIONAL] = _lean(_fraction(whole)), coefficient - whole
        elif monomial is _LOG or monomial.exponent.terms or monomial.r < 0 or _swings(coefficient):
            return _exp_of_falling(f)
        else:
            terms[monomial.power, monomial.r] = coefficient
    if not _is_bounded(small):
        return _exp_of_falling(f)
    factor = _monomial_germ(_exact_exp(constant), _monomial(power, 0, Exponent(terms)), f)
    if small.is_zero:
        return factor
    coefficients = [fmpq(1, math.factorial(k)) for k in range(f.terms)]
    return _product(factor, _compose(coefficients, _sup_of(small).exp() / math.factorial(f.terms), small))


_SLOWER = (*(Monomial(m, 0) for m in (8, 4, 2, 1, Fraction(1, 2))), _LOG)


def _exp_of_falling(f: Germ) -> Germ:
    """exp(f) as a remainder only, for an f that falls to -oo in a way that exp cannot keep as a monomial."""
    (first, coefficient), *others = f.main.items() or [(ONE, _ONE)]
    if first.order <= 0 or _positive(coefficient):
        raise Undecided("exp of a function that grows faster than the scale can carry")
    against = [(m, _size(c)) for m, c in others if _sign(c) >= 0]
    rate = _size(coefficient) - sup_of_sum(first, (*against, *f.remainder.items()), f.start)
    for slower in _SLOWER:
        ratio = _sup(_over(slower, first), f.start)  # f <= -rate * first <= -rate / ratio * slower
        if ratio is not None and rate > 0:
            scale = _rational_above(-rate / ratio)
            if not scale < 0:
                continue
            if slower is _LOG:
                return _bounded_by(arb(1), Monomial(_fraction(scale), 0), f)
            return _bounded_by(arb(1), Monomial(0, 0, ((slower.power, scale),)), f)
    raise Undecided(f"exp of a function that is not shown to fall from x = {f.start} on")


def _sign_at_end(f: Germ) -> int:
    """Whether f tends to oo (1), to -oo (-1), or stays bounded (0)."""
    if _is_bounded(f):
        return 0
    found = f._dominant()
    if found is None or found[1].order <= 0:
        raise Undecided("the remainder hides whether the argument is infinite")
    return 1 if _positive(found[0]) else -1


# Series at 0 of odd functions: the coefficients of s, s**3, s**5, ... do not grow in absolute value.


@lru_cache(maxsize=2**6)
def _odd_coefficients(name: str, count: int) -> list[fmpq]:
    odd = range(1, 2 * count, 2)
    if name in ("atan", "atanh"):
        out = [fmpq(1, n) for n in odd]
    elif name in ("sin", "sinh"):
        out = [fmpq(1, math.factorial(n)) for n in odd]
    elif name in ("asin", "asinh"):
        out = [fmpq(math.comb(n - 1, n // 2), 4 ** (n // 2) * n) for n in odd]
    elif name == "erf":  # times 2/sqrt(pi)
        out = [fmpq(1, math.factorial(n // 2) * n) for n in odd]
    else:  # tanh: y' = 1 - y**2
        out = []
        for k, n in enumerate(odd):
            square = sum((out[i] * out[k - 1 - i] for i in range(k)), _ZERO)
            out.append((_ONE if k == 0 else square) / n)
    alternate = name in ("atan", "sin", "asinh", "erf", "tanh")
    return [-c if alternate and k % 2 else c for k, c in enumerate(out)]


def _odd(name: str, s: Germ) -> Germ:
    if s.is_zero:
        return s
    square = _product(s, s)
    room = 1 - _sup_of(square)
    if not room > 0:
        raise Undecided(f"the series of {name} is not shown to converge from x = {s.start} on")
    *coefficients, dropped = _odd_coefficients(name, s.terms + 1)
    return _product(s, _compose(coefficients, abs(arb(dropped)) / room, square))


def _sin_cos(f: Germ) -> tuple[Germ, Germ]:
    if not _has_limit(f):
        return _bounded_by(arb(1), ONE, f), _bounded_by(arb(1), ONE, f)
    _, constant, s = _split(f)
    square = _product(s, s)
    room = 1 - _sup_of(square)
    if not room > 0:
        raise Undecided(f"the series of sin and cos are not shown to converge from x = {f.start} on")
    coefficients = [fmpq((-1) ** k, math.factorial(2 * k)) for k in range(f.terms)]
    sin, cos = _odd("sin", s), _compose(coefficients, 1 / (room * math.factorial(2 * f.terms)), square)
    if not constant:
        return sin, cos
    sin_0, cos_0 = exact(sympy.sin(in_symbols(constant))), exact(sympy.cos(in_symbols(constant)))
    return cos * sin_0 + sin * cos_0, cos * cos_0 - sin * sin_0


def _atan(f: Germ) -> Germ:
    side = _sign_at_end(f)
    if side:
        return -_odd("atan", _power(f, Fraction(-1))) + exact(sympy.pi / 2) * side
    if not _has_limit(f):
        return _bounded_by(arb.pi() / 2, ONE, f)
    _, c, s = _split(f)
    if not c:
        return _odd("atan", s)
    # atan(c + s) - atan(c) = atan(s / (1 + c*(c + s))), since 1 + c*(c + s) is shown to be positive
    denominator = s * c + (c * c + 1)
    if denominator.sign() <= 0:
        raise Undecided("the addition theorem of atan does not apply")
    return _odd("atan", _product(s, _power(denominator, Fraction(-1)))) + exact(sympy.atan(in_symbols(c)))


def _tanh(f: Germ) -> Germ:
    side = _sign_at_end(f)
    if not side:
        if not _has_limit(f):
            return _bounded_by(arb(1), ONE, f)
        _, c, s = _split(f)
        if not c:
            return _odd("tanh", s)
        side = _sign(c) or 1
    decaying = _exp(f * (-2 * side))
    return (1 - 2 * _product(decaying, _power(decaying + 1, Fraction(-1)))) * side


def _sinh(f: Germ) -> Germ:
    if _has_limit(f) and ONE not in f.main:
        return _odd("sinh", f)
    return (_exp(f) - _exp(-f)) * fmpq(1, 2)


def _cosh(f: Germ) -> Germ:
    return (_exp(f) + _exp(-f)) * fmpq(1, 2)


def _asinh(f: Germ) -> Germ:
    if _has_limit(f) and ONE not in f.main:
        return _odd("asinh", f)
    if next((not _positive(c) for c in f.main.values()), False):
        return -_asinh(-f)
    return _log(f + _power(_product(f, f) + 1, Fraction(1, 2)))


def _acosh(f: Germ) -> Germ:
    return _log(f + _power(_product(f, f) - 1, Fraction(1, 2)))


def _atanh(f: Germ) -> Germ:
    if _has_limit(f) and ONE not in f.main:
        return _odd("atanh", f)
    return (_log(1 + f) - _log(1 - f)) * fmpq(1, 2)


def _asin(f: Germ) -> Germ:
    if _has_limit(f) and ONE not in f.main:
        return _odd("asin", f)
    if not _has_limit(f):
        raise Undecided("asin of a function without a limit")
    c = f.main[ONE]
    side = 1 if _positive(c) else -1
    if c == side:
        half = _power((1 - f * side) * fmpq(1, 2), Fraction(1, 2))
        return (-2 * _odd("asin", half) + exact(sympy.pi / 2)) * side
    return _atan(_product(f, _power(1 - _product(f, f), Fraction(-1, 2))))


def _acos(f: Germ) -> Germ:
    return -_asin(f) + exact(sympy.pi / 2)


def _erf(f: Germ) -> Germ:
    side = _sign_at_end(f)
    if side:
        return (1 - _erfc_at_infinity(f * side)) * side
    if not _has_limit(f):
        return _bounded_by(arb(1), ONE, f)
    _, c, s = _split(f)
    scale = exact(2 / sympy.sqrt(sympy.pi))
    if not c:
        return _odd("erf", s) * scale
    scale_at_c = scale * _exact_exp(-c * c)
    coefficients = [exact(sympy.erf(in_symbols(c))), *(scale_at_c * each for each in _gauss_integral(c, s.terms - 1))]
    reach = _sup_of(s).upper()
    around = _ball(c) + (-reach).union(reach)
    dropped = _ball(scale) * (-around * around).exp() * _gauss_integral(around, s.terms)[-1]
    return _compose(coefficients, dropped.abs_upper(), s)


def _gauss_integral(c: Any, count: int) -> list[Any]:
    """exp(c**2) times the coefficients of s, s**2, ... in the integral of exp(-(c + s)**2)."""
    h = [c * 0 + 1]  # h' = -2*(c + s)*h
    for k in range(count - 1):
        h.append((c * h[k] + (h[k - 1] if k else 0)) * fmpq(-2, k + 1))
    return [each * fmpq(1, k + 1) for k, each in enumerate(h)]


def _erfc(f: Germ) -> Germ:
    return _erfc_at_infinity(f) if _sign_at_end(f) > 0 else 1 - _erf(f)


def _erfc_at_infinity(u: Germ) -> Germ:
    """exp(-u**2)/(u*sqrt(pi)) * (1 - 1/(2*u**2) + 3/(4*u**4) - ...), the error below the first dropped term."""
    square = _product(u, u)
    coefficients = [_ONE]
    for k in range(u.terms):
        coefficients.append(coefficients[-1] * fmpq(-(2 * k + 1), 2))
    *coefficients, dropped = coefficients
    series = _compose(coefficients, abs(arb(dropped)), _power(square, Fraction(-1)))
    front = _product(_exp(-square), _power(u, Fraction(-1)))
    return _product(front, series) * exact(1 / sympy.sqrt(sympy.pi))


_RULES: dict[Any, Callable[[Germ], Germ]] = {
    sympy.exp: _exp, sympy.log: _log, sympy.atan: _atan, sympy.tanh: _tanh, sympy.sinh: _sinh, sympy.cosh: _cosh,
    sympy.asinh: _asinh, sympy.acosh: _acosh, sympy.atanh: _atanh, sympy.asin: _asin, sympy.acos: _acos,
    sympy.erf: _erf, sympy.erfc: _erfc,
    sympy.sin: lambda f: _sin_cos(f)[0],
    sympy.cos: lambda f: _sin_cos(f)[1],
    sympy.tan: lambda f: _product(_sin_cos(f)[0], _power(_sin_cos(f)[1], Fraction(-1))),
}  # fmt: skip


@lru_cache(maxsize=2**13)
def _expand(expr: sympy.Expr, x: sympy.Symbol, start: int, terms: int) -> Germ:
    if expr == x:
        return Germ({_X: _ONE}, {}, start, terms)
    if expr.is_Symbol and expr not in PHASES:
        raise Undecided(f"the value of {expr} is not given")
    if not expr.args or isinstance(expr, RealRoot):
        value = exact(expr)
        return Germ({ONE: value} if isinstance(value, Constant) or value else {}, {}, start, terms)
    parts = [_expand(arg, x, start, terms) for arg in expr.args]
    if expr.is_Add:
        return _sum(parts)
    if expr.is_Mul:
        parts.sort(key=lambda part: (len(part.remainder), len(part.main)))
        return math.prod(parts[1:], start=parts[0])
    if all(_is_constant(part) for part in parts):
        value = exact(expr.func(*(in_symbols(part.main.get(ONE, _ZERO)) for part in parts)))
        return Germ({ONE: value} if isinstance(value, Constant) or value else {}, {}, start, terms)
    if expr.is_Pow:
        base, exponent = parts
        value = exponent.main.get(ONE, _ZERO)
        if _is_constant(exponent) and not isinstance(value, Constant):
            return _power(base, _fraction(value))
        return _exp(_product(exponent, _log(base)))
    if expr.func not in _RULES or len(parts) != 1:
        raise Undecided(f"the behaviour of {expr.func} at the ends is not known")
    return _RULES[expr.func](parts[0])


def _is_constant(f: Germ) -> bool:
    return not f.remainder and (not f.main or (len(f.main) == 1 and ONE in f.main))


@_at_bound_precision
def outward(expr: sympy.Expr, x: sympy.Symbol, end: sympy.Expr, side: int) -> sympy.Expr:
    """The expression with one end moved to +oo, where a germ describes it: oo, -oo, or a point (side 1: its right)."""
    if end.is_infinite:
        return expr if end is sympy.oo else expr.xreplace({x: -x})
    return expr.xreplace({x: end + side / x})


def germ(expr: sympy.Expr, x: sympy.Symbol, start: int, terms: int = 8) -> Germ:
    """The germ of `expr`, valid for every x >= start, where start >= 2.

    Raises Undecided where that cannot be shown at this start; a larger one may do.
    """
    if start < 2:
        raise ValueError(f"start is {start}, and log(x) > 0 needs at least 2")
    with_phases = still(expr, x)
    return _expand(expr if with_phases is None else with_phases.expr, x, start, terms)


@lru_cache(maxsize=2**12)
def still(expr: sympy.Expr, x: sympy.Symbol) -> Waves | None:
    """The expression with its waves read as functions of phases, None where it has none."""
    return waves(expr, x, lambda arg: _runs(arg, x))


def _runs(arg: sympy.Expr, x: sympy.Symbol) -> bool:
    """Is the argument of a wave not shown to have a limit?"""
    try:
        with flint.ctx.workprec(_BOUND_BITS):
            return not _has_limit(_expand(arg, x, _FAR, 8))
    except Undecided:
        return True


def driven(expr: sympy.Expr, x: sympy.Symbol) -> Waves | None:
    """The waves of an expression where one argument drives them all and is shown to run to infinity; else None."""
    found = still(expr, x)
    if found is None or found.driver is None or not _runs_away(found.driver, x):
        return None
    return found


def _runs_away(driver: sympy.Expr, x: sympy.Symbol) -> bool:
    for start in (_FAR, _FAR**2):
        try:
            with flint.ctx.workprec(_BOUND_BITS):
                return _sign_at_end(_expand(driver, x, start, 8)) != 0
        except Undecided:
            continue
    return False
