"""Exact coefficients: rational sums of products of roots, logarithms and exponentials of rationals."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

import flint
import sympy
from flint import arb, fmpq

from propcheck.calculus.any_number import AnyNumber
from propcheck.calculus.form import constant_ball
from propcheck.calculus.phase import over_all_phases, phases_in
from propcheck.calculus.recursion import is_zero, sign_of_any
from propcheck.calculus.undecided import Undecided

BOUND_BITS = 128  # remainders and enclosures
_CONSTANT_BITS = (256, 1024, 4096)  # coefficients: the first that shows the sign
_LARGEST_FACTORED = 10**12
_MOST_PRODUCTS = 2048  # of terms, in one product; public formulas need 31
ZERO, UNITY = fmpq(0), fmpq(1)

# Exact numbers: rationals, and rational combinations of products of powers of known constants.
_Key: TypeAlias = tuple[tuple[int, int | Fraction], ...]  # (index of a generator, its exponent), by index
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
                self._ball = over_all_phases(self.expr, BOUND_BITS).intersection(self._ball)
        if self._ball is None:
            self._ball = next((ball for ball in map(self.enclose, _CONSTANT_BITS) if not ball.contains(0)), None)
            if self._ball is None:
                raise Undecided(f"the sign of {self.expr} is not known")
        return self._ball

    @property
    def sign(self) -> int:
        """The sign; 0 where it depends on the phase. Of any number whose ball reaches 0 by those of its factors."""
        try:
            return 1 if self.ball > 0 else -1 if self.ball < 0 else 0
        except Undecided:
            if self.expr.has(AnyNumber):
                return sign_of_any(self.expr)
            raise

    @property
    def hull(self) -> arb:
        """An enclosure that costs little; of one that swings it is wide."""
        if not self.swings:
            try:
                return self.ball
            except Undecided:
                if self.sign:
                    return self.enclose(BOUND_BITS)
                raise
        if self._hull is None:
            self._hull = self.enclose(BOUND_BITS)
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
            terms[key] = terms.get(key, ZERO) + factor
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
            return Constant({key: factor * other for key, factor in self.terms.items()}) if other else ZERO
        return _product(self, other)

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


@lru_cache(maxsize=2**12)
def _product(one: Constant, two: Constant) -> Exact:
    """The product, kept: expansions from one start after the other have the same coefficients."""
    if len(one.terms) * len(two.terms) > _MOST_PRODUCTS:
        raise Undecided("a coefficient of an expansion grows too long")
    terms: dict[_Key, fmpq] = {}
    for first, factor in one.terms.items():
        for second, other in two.terms.items():
            scale, key = _key_product(first, second)
            terms[key] = terms.get(key, ZERO) + factor * other * scale
    return _exact_sum(terms)


def _exact_sum(terms: dict[_Key, fmpq]) -> Exact:
    terms = {key: factor for key, factor in terms.items() if factor}
    if not terms:
        return ZERO
    if len(terms) == 1:
        ((key, factor),) = terms.items()
        return Constant(terms) if key else factor
    total = Constant(terms)
    if total.enclose(_CONSTANT_BITS[0]).contains(0) and is_zero(total.expr):
        return ZERO
    if total.swings:
        return total
    total.sign  # noqa: B018 - raises where zero is not excluded
    return total


def _rational(value: fmpq) -> sympy.Rational:
    return sympy.Rational(int(value.p), int(value.q))


def as_fmpq(value: Fraction | int | sympy.Rational) -> fmpq:
    return fmpq(int(value.numerator), int(value.denominator))


def as_fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def in_symbols(value: Exact) -> sympy.Expr:
    """An exact number as an expression."""
    return value.expr if isinstance(value, Constant) else _rational(value)


def exact_ball(value: Exact) -> arb:
    return value.hull if isinstance(value, Constant) else arb(value)


def sign_of(value: Exact) -> int:
    """The sign of a number that is not zero; 0 where it depends on the phase or may be zero at some."""
    if not isinstance(value, Constant):
        return 1 if value > 0 else -1
    return value.sign


def is_positive(value: Exact) -> bool:
    sign = sign_of(value)
    if not sign and isinstance(value, Constant):
        raise Undecided(f"the sign of {value} depends on the phase")
    return sign > 0


def does_swing(value: Exact) -> bool:
    return isinstance(value, Constant) and value.swings


def size_of(value: Exact) -> arb:
    return abs(exact_ball(value))


def _key_expr(key: _Key) -> sympy.Expr:
    return sympy.Mul(*(sympy.Pow(_generators[i], sympy.Rational(e.numerator, e.denominator)) for i, e in key))


@lru_cache(maxsize=2**12)
def _key_ball(key: _Key, bits: int) -> arb:
    with flint.ctx.workprec(bits):
        out = arb(1)
        for index, exponent in key:
            out *= _generator_ball(index, bits) ** as_fmpq(exponent)
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
        exponents[index] = exponents.get(index, 0) + exponent
    scale = UNITY
    for index, exponent in exponents.items():
        base = _generators[index]
        if base.is_Integer and not 0 <= exponent < 1:
            whole = math.floor(exponent)
            scale *= fmpq(int(base)) ** whole
            exponents[index] = exponent - whole
    plain = ((k, e if e.denominator != 1 else int(e)) for k, e in sorted(exponents.items()) if e)  # hashed at once
    return scale, tuple(plain)


def _generator(base: sympy.Expr, exponent: Fraction = Fraction(1)) -> Exact:
    """base**exponent for a constant that is taken as it stands."""
    swings = bool(phases_in(base))
    with flint.ctx.workprec(_CONSTANT_BITS[0]):
        ball = over_all_phases(base, BOUND_BITS) if swings else constant_ball(base)
    if not ball.is_finite():
        raise Undecided(f"no finite real value of {base} is known")
    signed = (
        isinstance(base, AnyNumber) and base.is_zero is False and exponent > 0
    )  # it is not 0, though its ball may reach there
    if ball.contains(0) and not signed and not (swings and exponent.denominator == 1 and exponent > 0):
        if exponent > 0 and is_zero(base) is True:
            return ZERO
        raise Undecided(f"whether {base} is zero is not known")
    if exponent.denominator != 1 and not (ball > 0 or (signed and base.is_positive)):
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


def exact_power(value: Exact, exponent: Fraction) -> Exact:
    """value**exponent, exactly; a fractional exponent needs a positive value, a negative one a nonzero value."""
    whole = exponent.denominator == 1
    if isinstance(value, Constant):
        if len(value.terms) == 1:
            ((key, factor),) = value.terms.items()
            sound = exponent > 0 or not value.swings or _all_positive(key)  # no division by what is 0 at a phase
            if (whole and sound) or (factor > 0 and _all_positive(key)):
                scale, key = _key_product((), tuple((index, each * exponent) for index, each in key))
                return exact_power(factor, exponent) * scale * (Constant({key: UNITY}) if key else UNITY)
        if whole and 0 <= exponent <= 16:
            return math.prod([value] * int(exponent), start=UNITY)
        return _generator(value.expr, exponent)
    if whole:
        if not value and exponent < 0:
            raise Undecided("a division by zero")
        return value ** int(exponent)
    if not value > 0:
        if not value and exponent > 0:
            return ZERO
        raise Undecided(f"the power {exponent} of {value}")
    out: Exact = UNITY
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


def exact_log(value: Exact) -> Exact:
    if not is_positive(value):
        raise Undecided(f"the logarithm of {value}")
    out: Exact = ZERO
    if not isinstance(value, Constant):
        for prime, multiplicity in _factors(value):
            out = out + multiplicity * _generator(sympy.log(sympy.Integer(prime)))
        return out
    ((key, factor),) = value.terms.items() if len(value.terms) == 1 else (((), ZERO),)
    if not factor > 0 or not _all_positive(key):
        return _generator(sympy.log(value.expr, evaluate=False))
    for index, exponent in key:
        base = _generators[index]
        if base is sympy.E:
            part: Exact = UNITY
        elif isinstance(base, sympy.exp):
            part = exact(base.args[0])
        elif isinstance(base, sympy.Pow):
            part = exact(base.exp) * exact_log(exact(base.base))
        else:
            part = _generator(sympy.log(base))
        out = out + as_fmpq(exponent) * part
    return out + exact_log(factor)


@lru_cache(maxsize=2**12)
def exact_exp(value: Exact) -> Exact:
    if not isinstance(value, Constant):
        return _generator(sympy.E, as_fraction(value)) if value else UNITY
    out: Exact = UNITY
    for key, factor in value.terms.items():
        base = sympy.exp(_key_expr(key))  # exp(log(2)) becomes 2 here
        if base is sympy.E or isinstance(base, (sympy.exp, sympy.Pow)):
            out = out * _generator(base, as_fraction(factor))
        else:
            out = out * exact_power(exact(base), as_fraction(factor))
    return out


@lru_cache(maxsize=2**12)
def exact(expr: sympy.Expr) -> Exact:
    """The real number that a constant expression stands for."""
    if expr.is_Rational:
        return as_fmpq(expr)
    if expr.is_Add:
        return sum((exact(arg) for arg in expr.args), start=ZERO)
    if expr.is_Mul:
        return math.prod((exact(arg) for arg in expr.args), start=UNITY)
    if isinstance(expr, sympy.exp):
        return exact_exp(exact(expr.args[0]))
    if isinstance(expr, sympy.log) and len(expr.args) == 1:
        return exact_log(exact(expr.args[0]))
    if expr.is_Pow:
        base, exponent = exact(expr.base), exact(expr.exp)
        if not isinstance(exponent, Constant):
            return exact_power(base, as_fraction(exponent))
        if not is_positive(base):
            raise Undecided(f"the real value of {expr} is not known")
    return _generator(expr)


# Monomials and their order.
Power: TypeAlias = "int | Fraction"  # a whole one is an int, which is quicker to hash and to add
