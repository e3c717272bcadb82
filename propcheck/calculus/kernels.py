"""Kernels, and quotients of polynomials in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from math import gcd

import sympy as sp
from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from propcheck.calculus import recursion
from propcheck.calculus.any_number import AnyNumber
from propcheck.calculus.form import RealRoot
from propcheck.calculus.undecided import Undecided

_WIDTH = 20  # kernels in one expression
_DEGREE = 64  # powers of one exponential
_SUMMANDS = 8  # multiples of two exponents that are tried for a third
_TERMS = 4000  # terms of one polynomial
RING = fmpq_mpoly_ctx.get([f"k{n}" for n in range(_WIDTH)], "degrevlex")
_GENS = RING.gens()
_ZERO, ONE = RING.constant(0), RING.constant(1)


@dataclass(frozen=True)
class Quotient:
    """num/den, two polynomials in kernels."""

    num: fmpq_mpoly
    den: fmpq_mpoly

    def __add__(self, other: Quotient) -> Quotient:
        if self.den == other.den:
            return _checked(self.num + other.num, self.den)
        common = self.den.gcd(other.den)
        if common.is_one():
            return _checked(self.num * other.den + other.num * self.den, self.den * other.den)
        left, right = self.den / common, other.den / common
        return _checked(self.num * right + other.num * left, left * other.den)

    def __mul__(self, other: Quotient) -> Quotient:
        return _checked(self.num * other.num, self.den * other.den)

    def __pow__(self, n: int) -> Quotient:
        if n < 0:
            return self.inverse() ** -n
        if abs(n) > 64 and (len(self.num) > 1 or len(self.den) > 1):
            raise Undecided("a power is too high to expand")
        return _checked(self.num**n, self.den**n)

    def inverse(self) -> Quotient:
        if self.num.is_zero():
            raise Undecided("a quotient whose denominator is zero")
        return Quotient(self.den, self.num)

    def cancelled(self) -> Quotient:
        """In lowest terms, the leading coefficient of the denominator 1."""
        common = self.num.gcd(self.den)
        num, den = self.num / common, self.den / common
        scale = den.leading_coefficient()
        return Quotient(num / scale, den / scale)


def _checked(num: fmpq_mpoly, den: fmpq_mpoly) -> Quotient:
    if len(num) > _TERMS or len(den) > _TERMS:
        raise Undecided("the normal form has too many terms")
    return Quotient(num, den)


def rational(value: fmpq | int) -> Quotient:
    return Quotient(RING.constant(value), ONE)


Span = tuple[sp.Symbol, sp.Expr, sp.Expr]  # a variable and the interval on which it runs


class Restart(Exception):
    """A kernel exp(u t) turned out to need a smaller u."""


@dataclass
class Kernels:
    """The kernels met so far. `of` gives the normal form of an expression over them."""

    exprs: list[sp.Expr] = field(default_factory=list)  # what each generator stands for
    positive: list[bool] = field(default_factory=list)
    relations: dict[int, tuple[int, Quotient]] = field(default_factory=dict)  # generator: r**n = v
    keys: dict[tuple, int] = field(default_factory=dict)
    units: dict[tuple, list[fmpq]] = field(default_factory=dict)  # exp kernel's monomial t: each u in a kernel exp(u t)
    reach: dict[tuple, fmpq] = field(default_factory=dict)  # a unit's key: the largest multiple of t made from it
    where: Span | None = None  # where the signs of factors may be asked
    logs: dict[int, Quotient] = field(default_factory=dict)  # exp kernel -> its exponent
    inside: dict[int, Quotient] = field(default_factory=dict)  # log kernel -> its argument
    seen: dict[sp.Expr, Quotient] = field(default_factory=dict)
    definitions: list[Quotient] = field(default_factory=list)  # zero by the definition of a RealRoot

    def generator(self, key: tuple, expr: sp.Expr, positive: bool = False) -> int:
        if key not in self.keys:
            if len(self.exprs) >= _WIDTH:
                raise Undecided("the expression has too many different kernels")
            self.keys[key] = len(self.exprs)
            self.exprs.append(expr)
            self.positive.append(positive)
        return self.keys[key]

    def symbol(self, key: tuple, expr: sp.Expr, positive: bool = False) -> Quotient:
        return Quotient(_GENS[self.generator(key, expr, positive)], ONE)

    # -- from SymPy --

    def of(self, expr: sp.Expr) -> Quotient:
        if expr not in self.seen:
            self.seen[expr] = self.build(expr)
        return self.seen[expr]

    def build(self, expr: sp.Expr) -> Quotient:
        if isinstance(expr, sp.Rational):
            return rational(fmpq(int(expr.p), int(expr.q)))
        if isinstance(expr, sp.Symbol):
            return self.symbol((expr,), expr, bool(expr.is_positive))
        if expr is sp.pi:
            return self.symbol((sp.pi,), sp.pi, True)
        if expr is sp.E:
            return self.exp(sp.S.One)
        if expr is sp.I:
            index = self.generator((sp.I,), sp.I)
            self.relations.setdefault(index, (2, rational(-1)))
            return Quotient(_GENS[index], ONE)
        if isinstance(expr, sp.Add):
            total = self.of(expr.args[0])
            for arg in expr.args[1:]:
                total = total + self.of(arg)
            return total
        if isinstance(expr, sp.Mul):
            total = self.of(expr.args[0])
            for arg in expr.args[1:]:
                total = total * self.of(arg)
            return total
        if isinstance(expr, sp.Pow):
            if expr.exp.is_Integer:
                return self.of(expr.base) ** int(expr.exp)
            if expr.exp.is_Rational:
                return self.root(expr.base, expr.exp)
            return self.exp(expr.exp * sp.log(expr.base))
        if isinstance(expr, RealRoot):
            return self.real_root(expr)
        return self.function(expr)

    def function(self, expr: sp.Expr) -> Quotient:
        kind = type(expr)
        if len(expr.args) != 1:
            raise Undecided(f"{kind.__name__} has no normal form here")
        u = expr.args[0]
        if kind is sp.exp:
            return self.exp(u)
        if kind is sp.log:
            return self.log(self.of(u))
        half = fmpq(1, 2)
        if kind in (sp.sinh, sp.cosh, sp.tanh):
            if kind is sp.tanh:
                e = self.exp(2 * u)
                return (e + rational(-1)) * (e + rational(1)).inverse()
            e = self.exp(u)
            return (e + (e.inverse() if kind is sp.cosh else e.inverse() * rational(-1))) * rational(half)
        if kind in (sp.sin, sp.cos, sp.tan):
            i = self.of(sp.I)
            if kind is sp.tan:
                e = self.exp(2 * sp.I * u)
                return (e + rational(-1)) * ((e + rational(1)) * i).inverse()
            e = self.exp(sp.I * u)
            if kind is sp.cos:
                return (e + e.inverse()) * rational(half)
            return (e + e.inverse() * rational(-1)) * i * rational(-half)
        if kind in (sp.asinh, sp.atanh):
            sign, u, _ = self.turned(u)
            inside = u + sp.sqrt(u**2 + 1) if kind is sp.asinh else (1 + u) / (1 - u)
            return self.of(sp.log(inside)) * rational(sign if kind is sp.asinh else fmpq(sign, 2))
        if kind is sp.acosh:
            return self.of(sp.log(u + sp.sqrt(u**2 - 1)))
        if kind is sp.acos:
            return self.of(sp.pi / 2) + self.function(sp.asin(u, evaluate=False)) * rational(-1)
        if kind is sp.erfc:
            return rational(1) + self.odd(sp.erf, u) * rational(-1)
        if kind in (sp.erf, sp.atan, sp.asin):
            return self.odd(kind, u)
        raise Undecided(f"{kind.__name__} has no normal form here")

    def odd(self, kind: type, u: sp.Expr) -> Quotient:
        """An odd function of u as a kernel, the sign of its argument normalised."""
        sign, u, inner = self.turned(u)
        return rational(0) if inner.num.is_zero() else self.symbol((kind, _key(inner)), kind(u)) * rational(sign)

    def turned(self, u: sp.Expr) -> tuple[int, sp.Expr, Quotient]:
        """The argument of an odd function with its form, or its negative and -1: the one that begins positively."""
        inner = self.reduced(self.of(u)).cancelled()
        if not inner.num.is_zero() and inner.num.leading_coefficient() < 0:
            return -1, -u, Quotient(-inner.num, inner.den)
        return 1, u, inner

    def exp(self, u: sp.Expr) -> Quotient:
        inner = self.reduced(self.of(u)).cancelled()
        total = rational(1)
        if inner.den.is_constant():
            scale = inner.den.leading_coefficient()
            for exponents, coefficient in inner.num.to_dict().items():
                total = total * self.exp_term(exponents, None, coefficient / scale)
            return total
        total, rest = rational(1), inner.num
        if len(inner.den) == 1:  # (p + 1)/p is 1 + 1/p
            whole, rest = divmod(inner.num, inner.den)
            for exponents, coefficient in whole.to_dict().items():
                total = total * self.exp_term(exponents, None, coefficient)
        rest = Quotient(rest, inner.den).cancelled()
        content = rest.num.leading_coefficient()
        return total * self.exp_term((), Quotient(rest.num / content, rest.den), content)

    def exp_term(self, exponents: tuple, quotient: Quotient | None, coefficient: fmpq) -> Quotient:
        """exp(coefficient * monomial), the monomial given by its exponents or as a quotient of polynomials."""
        logs = [k for k, power in enumerate(exponents) if power]
        if len(logs) == 1 and exponents[logs[0]] == 1 and logs[0] in self.inside:
            inside = self.inside[logs[0]]
            if coefficient.q == 1:
                return inside ** int(coefficient.p)
            return self.root(self.back(inside), sp.Rational(int(coefficient.p), int(coefficient.q)))
        key = ("exp", exponents if quotient is None else _key(quotient))
        monomial = quotient or Quotient(_monomial(exponents), ONE)
        real = not (quotient is None and any(self.exprs[k] is sp.I for k in logs)) and not (
            quotient is not None and self.back(quotient).has(sp.I)
        )
        total = rational(1)
        for unit, power in self.in_units(key, coefficient):
            exponent = monomial * rational(unit)
            index = self.generator((*key, unit), sp.exp(self.back(exponent)), real)
            self.logs[index] = exponent
            total = total * Quotient(_GENS[index], ONE) ** power
        return total

    def in_units(self, key: tuple, coefficient: fmpq) -> list[tuple[fmpq, int]]:
        """The coefficient as a sum of small multiples of units; a smaller unit or one more where there is none.

        Kernels of two units count as independent: what vanishes then vanishes all the more where they are related.
        """
        units = self.units.setdefault(key, [])
        for unit in units:
            power = coefficient / unit
            if power.q == 1 and abs(power) <= _DEGREE:
                self.reach[*key, unit] = max(self.reach.get((*key, unit), fmpq(0)), abs(coefficient))
                return [(unit, int(power.p))]
        for one, two in combinations(units, 2):
            for k in range(-_SUMMANDS, _SUMMANDS + 1):
                power = (coefficient - k * one) / two
                if power.q == 1 and abs(power) <= _SUMMANDS:
                    return [(one, k), (two, int(power.p))]
        for place, unit in enumerate(units):
            smaller = fmpq(gcd(int(unit.p * coefficient.q), int(coefficient.p * unit.q)), unit.q * coefficient.q)
            if max(self.reach.get((*key, unit), unit), abs(coefficient)) / smaller <= _DEGREE:
                units[place] = smaller
                raise Restart
        units.append(abs(coefficient))
        return self.in_units(key, coefficient)

    def log(self, inner: Quotient) -> Quotient:
        inner = self.reduced(inner).cancelled()
        if inner.num.is_zero():
            raise Undecided("the logarithm of zero")
        total = rational(0)
        unsigned: Quotient = rational(1)
        sign, count = 1, 0
        for poly, direction in ((inner.num, 1), (inner.den, -1)):
            content, factors = poly.factor()
            if content < 0:
                sign, content = -sign, -content
            total = total + self.log_rational(content) * rational(direction)
            for base, power in factors:
                known = self.sign_of(base)
                if known:
                    positive = base if known > 0 else -base
                    sign *= known**power
                    total = total + self.log_kernel(Quotient(positive, ONE)) * rational(direction * power)
                else:
                    count += 1
                    unsigned = unsigned * Quotient(base, ONE) ** (direction * power)
        if count or sign < 0:
            total = total + self.log_kernel((unsigned * rational(sign)).cancelled())
        return total

    def log_kernel(self, inner: Quotient) -> Quotient:
        if inner.den.is_one() and len(inner.num) == 1:
            generators = [k for k, power in enumerate(inner.num.degrees()) if power]
            if len(generators) == 1 and generators[0] in self.logs and inner.num == _GENS[generators[0]]:
                return self.logs[generators[0]]
            if len(generators) == 1 and generators[0] in self.relations and inner.num == _GENS[generators[0]]:
                n, value = self.relations[generators[0]]
                if self.positive[generators[0]]:
                    return self.log(value) * rational(fmpq(1, n))
        index = self.generator(("log", _key(inner)), sp.log(self.back(inner)))
        self.inside[index] = inner
        return Quotient(_GENS[index], ONE)

    def log_rational(self, value: fmpq) -> Quotient:
        total = rational(0)
        for number, direction in ((int(value.p), 1), (int(value.q), -1)):
            if number > 1:
                for prime, power in _prime_factors(number):
                    total = total + self.log_kernel(rational(prime)) * rational(direction * power)
        return total

    def root(self, base: sp.Expr, power: sp.Rational) -> Quotient:
        """base**power for a fractional power."""
        n = int(power.q)
        inner = self.reduced(self.of(base)).cancelled()
        if inner.num.is_zero():
            return rational(0)
        total = rational(1)
        rest = rational(1)
        for poly, direction in ((inner.num, 1), (inner.den, -1)):
            content, factors = poly.factor()
            if content < 0:
                rest, content = rest * rational(-1), -content
            total = total * self.rational_root(content, n) ** (direction * int(power.p))
            for factor, multiplicity in factors:
                known = self.sign_of(factor)
                if known:
                    positive = Quotient(factor if known > 0 else -factor, ONE)
                    rest = rest * rational(known**multiplicity)
                    whole, part = divmod(multiplicity * int(power.p) * direction, n)
                    total = total * positive**whole
                    if part:
                        total = total * self.root_kernel(positive, n, True) ** part
                else:
                    rest = rest * Quotient(factor, ONE) ** (direction * multiplicity)
        if not (rest.num.is_one() and rest.den.is_one()):
            total = total * self.root_kernel(rest, n, False) ** int(power.p)
        return total

    def root_kernel(self, inner: Quotient, n: int, positive: bool) -> Quotient:
        if positive and inner.den.is_one() and len(inner.num) == 1:
            generators = [k for k, power in enumerate(inner.num.degrees()) if power]
            if len(generators) == 1 and generators[0] in self.logs and inner.num == _GENS[generators[0]]:
                return self.exp(self.back(self.logs[generators[0]]) / n)
        index = self.generator(("root", n, _key(inner)), self.back(inner) ** sp.Rational(1, n), positive)
        self.relations[index] = (n, inner)
        return Quotient(_GENS[index], ONE)

    def rational_root(self, value: fmpq, n: int) -> Quotient:
        total = rational(1)
        for number, direction in ((int(value.p), 1), (int(value.q), -1)):
            if number > 1:
                for prime, power in _prime_factors(number):
                    whole, part = divmod(power * direction, n)
                    total = total * rational(fmpq(prime)) ** whole
                    if part:
                        shared = gcd(part, n)
                        total = total * self.root_kernel(rational(prime), n // shared, True) ** (part // shared)
        return total

    def real_root(self, root: RealRoot) -> Quotient:
        symbol = sp.Symbol(f"root{abs(hash(root))}", real=True)
        known = (symbol,) in self.keys
        out = self.symbol((symbol,), root, bool(root.is_positive))
        self.seen[symbol] = out
        if not known and not isinstance(root, AnyNumber):
            (variable,) = root.args[0].free_symbols
            self.definitions.append(self.of(root.args[0].xreplace({variable: symbol})))
        return out

    # -- using relations --

    def reduced(self, value: Quotient) -> Quotient:
        """`value` with every power r**k, k >= n, of a root kernel replaced by its relation."""
        return self._reduce(value.num) * self._reduce(value.den).inverse()

    def _reduce(self, poly: fmpq_mpoly) -> Quotient:
        scale = ONE
        for index in sorted(self.relations, reverse=True):
            n, relation = self.relations[index]
            while poly.degrees()[index] >= n:
                top = poly.degrees()[index] // n
                total = _ZERO
                for exponents, coefficient in poly.to_dict().items():
                    whole, part = divmod(int(exponents[index]), n)
                    kept = list(exponents)
                    kept[index] = part
                    term = _monomial(tuple(kept)) * coefficient
                    total += term * relation.num**whole * relation.den ** (top - whole)
                poly = total
                scale = scale * relation.den**top
                if len(poly) > _TERMS:
                    raise Undecided("the normal form has too many terms")
        return Quotient(poly, scale)

    def sign_of(self, poly: fmpq_mpoly) -> int:
        """The sign of a polynomial: of terms of one sign, of a constant, or on the interval of these kernels."""
        return self.common_sign(poly) or self.sign_there(poly)

    def sign_there(self, poly: fmpq_mpoly) -> int:
        """The sign of a constant, or the one sign on the interval of these kernels; 0 where none is known."""
        expr = self.poly_back(poly)
        try:
            if not expr.free_symbols:
                return 0 if expr.has(sp.I) else recursion.constant_sign(expr)
            if self.where is None or expr.has(sp.I) or self.where[0] not in expr.free_symbols:
                return 0
            chart = recursion.signs(expr, *self.where)
        except Undecided:
            return 0
        return 0 if chart.zeros else chart.signs[0]

    def common_sign(self, poly: fmpq_mpoly) -> int:
        """The sign of a polynomial whose terms all have one sign: every kernel in it positive, or in an even power."""
        signs = set()
        for exponents, coefficient in poly.to_dict().items():
            for index, power in enumerate(exponents):
                if power and not self.positive[index] and (power % 2 or not self.is_real(index)):
                    return 0
            if any(power and not self.positive[index] for index, power in enumerate(exponents)):
                signs.add(2 if coefficient > 0 else -2)  # a square: it may vanish
            else:
                signs.add(1 if coefficient > 0 else -1)
        if 1 in signs and not signs & {-1, -2}:
            return 1
        if -1 in signs and not signs & {1, 2}:
            return -1
        return 0

    def is_real(self, index: int) -> bool:
        return not self.exprs[index].has(sp.I)

    # -- back to SymPy --

    def back(self, value: Quotient) -> sp.Expr:
        return self.poly_back(value.num) / self.poly_back(value.den)

    def poly_back(self, poly: fmpq_mpoly) -> sp.Expr:
        terms = []
        for exponents, coefficient in poly.to_dict().items():
            factors = [self.exprs[k] ** int(power) for k, power in enumerate(exponents) if power]
            terms.append(sp.Mul(sp.Rational(int(coefficient.p), int(coefficient.q)), *factors))
        return sp.Add(*terms)


def _monomial(exponents: tuple) -> fmpq_mpoly:
    return RING.from_dict({tuple(int(k) for k in exponents): 1})


def _key(value: Quotient) -> tuple:
    return (
        tuple(sorted(value.num.to_dict().items(), key=_order)),
        tuple(sorted(value.den.to_dict().items(), key=_order)),
    )


def _order(item: tuple) -> tuple:
    return tuple(int(k) for k in item[0])


def _prime_factors(number: int) -> list[tuple[int, int]]:
    if number.bit_length() > 200:
        raise Undecided("a number is too large to factor")
    factors = sp.factorint(number, limit=10**4)
    return [(int(base), int(power)) for base, power in sorted(factors.items())]
