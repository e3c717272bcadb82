"""Is this expression zero? A rational normal form over kernels, and the proof or refutation that it gives.

An expression is written as a quotient of two polynomials with rational coefficients in *kernels*: x itself, exp(t) for
independent monomials t, roots with their relation r**n = v, logarithms of irreducible factors, and every other function
as a symbol. Hyperbolic and circular functions become exponentials. When the numerator, reduced by the relations,
expands to 0, the expression is zero wherever it is defined: that is a proof. That it is not zero is proved by a ball
that excludes 0 at one point. Where neither happens the answer is None.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from math import gcd, lcm

import sympy as sp
from flint import arb, ctx, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from propcheck.calculus import Undecided
from propcheck.calculus.form import RealRoot, compile_form, constant_ball

_WIDTH = 20  # kernels in one expression
_DEGREE = 64  # powers of one exponential
_BITS = 128  # of a ball that tells multiples of pi apart
_FAR = 64  # from where on the limit at an end is asked
_SUMMANDS = 8  # multiples of two exponents that are tried for a third
_TERMS = 4000  # terms of one polynomial
_RING = fmpq_mpoly_ctx.get([f"k{n}" for n in range(_WIDTH)], "degrevlex")
_GENS = _RING.gens()
_ZERO, _ONE = _RING.constant(0), _RING.constant(1)


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


def _rational(value: fmpq | int) -> Quotient:
    return Quotient(_RING.constant(value), _ONE)


Span = tuple[sp.Symbol, sp.Expr, sp.Expr]  # a variable and the interval on which it runs


class _Restart(Exception):
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
        return Quotient(_GENS[self.generator(key, expr, positive)], _ONE)

    # -- from SymPy --

    def of(self, expr: sp.Expr) -> Quotient:
        if expr not in self.seen:
            self.seen[expr] = self.build(expr)
        return self.seen[expr]

    def build(self, expr: sp.Expr) -> Quotient:
        if isinstance(expr, sp.Rational):
            return _rational(fmpq(int(expr.p), int(expr.q)))
        if isinstance(expr, sp.Symbol):
            return self.symbol((expr,), expr, bool(expr.is_positive))
        if expr is sp.pi:
            return self.symbol((sp.pi,), sp.pi, True)
        if expr is sp.E:
            return self.exp(sp.S.One)
        if expr is sp.I:
            index = self.generator((sp.I,), sp.I)
            self.relations.setdefault(index, (2, _rational(-1)))
            return Quotient(_GENS[index], _ONE)
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
                return (e + _rational(-1)) * (e + _rational(1)).inverse()
            e = self.exp(u)
            return (e + (e.inverse() if kind is sp.cosh else e.inverse() * _rational(-1))) * _rational(half)
        if kind in (sp.sin, sp.cos, sp.tan):
            i = self.of(sp.I)
            if kind is sp.tan:
                e = self.exp(2 * sp.I * u)
                return (e + _rational(-1)) * ((e + _rational(1)) * i).inverse()
            e = self.exp(sp.I * u)
            if kind is sp.cos:
                return (e + e.inverse()) * _rational(half)
            return (e + e.inverse() * _rational(-1)) * i * _rational(-half)
        if kind is sp.asinh:
            return self.of(sp.log(u + sp.sqrt(u**2 + 1)))
        if kind is sp.acosh:
            return self.of(sp.log(u + sp.sqrt(u**2 - 1)))
        if kind is sp.atanh:
            return self.of(sp.log((1 + u) / (1 - u)) / 2)
        if kind is sp.acos:
            return self.of(sp.pi / 2) + self.function(sp.asin(u, evaluate=False)) * _rational(-1)
        if kind is sp.erfc:
            return _rational(1) + self.odd(sp.erf, u) * _rational(-1)
        if kind in (sp.erf, sp.atan, sp.asin):
            return self.odd(kind, u)
        raise Undecided(f"{kind.__name__} has no normal form here")

    def odd(self, kind: type, u: sp.Expr) -> Quotient:
        """An odd function of u as a kernel, the sign of its argument normalised."""
        inner = self.reduced(self.of(u)).cancelled()
        if inner.num.is_zero():
            return _rational(0)
        if inner.num.leading_coefficient() < 0:
            return self.symbol((kind, _key(Quotient(-inner.num, inner.den))), kind(-u)) * _rational(-1)
        return self.symbol((kind, _key(inner)), kind(u))

    def exp(self, u: sp.Expr) -> Quotient:
        inner = self.reduced(self.of(u)).cancelled()
        total = _rational(1)
        if inner.den.is_constant():
            scale = inner.den.leading_coefficient()
            for exponents, coefficient in inner.num.to_dict().items():
                total = total * self.exp_term(exponents, None, coefficient / scale)
            return total
        total, rest = _rational(1), inner.num
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
        monomial = quotient or Quotient(_monomial(exponents), _ONE)
        real = not (quotient is None and any(self.exprs[k] is sp.I for k in logs)) and not (
            quotient is not None and self.back(quotient).has(sp.I)
        )
        total = _rational(1)
        for unit, power in self.in_units(key, coefficient):
            exponent = monomial * _rational(unit)
            index = self.generator((*key, unit), sp.exp(self.back(exponent)), real)
            self.logs[index] = exponent
            total = total * Quotient(_GENS[index], _ONE) ** power
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
                raise _Restart
        units.append(abs(coefficient))
        return self.in_units(key, coefficient)

    def log(self, inner: Quotient) -> Quotient:
        inner = self.reduced(inner).cancelled()
        if inner.num.is_zero():
            raise Undecided("the logarithm of zero")
        total = _rational(0)
        unsigned: Quotient = _rational(1)
        sign, count = 1, 0
        for poly, direction in ((inner.num, 1), (inner.den, -1)):
            content, factors = poly.factor()
            if content < 0:
                sign, content = -sign, -content
            total = total + self.log_rational(content) * _rational(direction)
            for base, power in factors:
                known = self.sign_of(base)
                if known:
                    positive = base if known > 0 else -base
                    sign *= known**power
                    total = total + self.log_kernel(Quotient(positive, _ONE)) * _rational(direction * power)
                else:
                    count += 1
                    unsigned = unsigned * Quotient(base, _ONE) ** (direction * power)
        if count or sign < 0:
            total = total + self.log_kernel((unsigned * _rational(sign)).cancelled())
        return total

    def log_kernel(self, inner: Quotient) -> Quotient:
        if inner.den.is_one() and len(inner.num) == 1:
            generators = [k for k, power in enumerate(inner.num.degrees()) if power]
            if len(generators) == 1 and generators[0] in self.logs and inner.num == _GENS[generators[0]]:
                return self.logs[generators[0]]
            if len(generators) == 1 and generators[0] in self.relations and inner.num == _GENS[generators[0]]:
                n, value = self.relations[generators[0]]
                if self.positive[generators[0]]:
                    return self.log(value) * _rational(fmpq(1, n))
        index = self.generator(("log", _key(inner)), sp.log(self.back(inner)))
        self.inside[index] = inner
        return Quotient(_GENS[index], _ONE)

    def log_rational(self, value: fmpq) -> Quotient:
        total = _rational(0)
        for number, direction in ((int(value.p), 1), (int(value.q), -1)):
            if number > 1:
                for prime, power in _prime_factors(number):
                    total = total + self.log_kernel(_rational(prime)) * _rational(direction * power)
        return total

    def root(self, base: sp.Expr, power: sp.Rational) -> Quotient:
        """base**power for a fractional power."""
        n = int(power.q)
        inner = self.reduced(self.of(base)).cancelled()
        if inner.num.is_zero():
            return _rational(0)
        total = _rational(1)
        rest = _rational(1)
        for poly, direction in ((inner.num, 1), (inner.den, -1)):
            content, factors = poly.factor()
            if content < 0:
                rest, content = rest * _rational(-1), -content
            total = total * self.rational_root(content, n) ** (direction * int(power.p))
            for factor, multiplicity in factors:
                known = self.sign_of(factor)
                if known:
                    positive = Quotient(factor if known > 0 else -factor, _ONE)
                    rest = rest * _rational(known**multiplicity)
                    whole, part = divmod(multiplicity * int(power.p) * direction, n)
                    total = total * positive**whole
                    if part:
                        total = total * self.root_kernel(positive, n, True) ** part
                else:
                    rest = rest * Quotient(factor, _ONE) ** (direction * multiplicity)
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
        return Quotient(_GENS[index], _ONE)

    def rational_root(self, value: fmpq, n: int) -> Quotient:
        total = _rational(1)
        for number, direction in ((int(value.p), 1), (int(value.q), -1)):
            if number > 1:
                for prime, power in _prime_factors(number):
                    whole, part = divmod(power * direction, n)
                    total = total * _rational(fmpq(prime)) ** whole
                    if part:
                        shared = gcd(part, n)
                        total = total * self.root_kernel(_rational(prime), n // shared, True) ** (part // shared)
        return total

    def real_root(self, root: RealRoot) -> Quotient:
        symbol = sp.Symbol(f"root{abs(hash(root))}", real=True)
        known = (symbol,) in self.keys
        out = self.symbol((symbol,), root, bool(root.is_positive))
        self.seen[symbol] = out
        if not known:
            (variable,) = root.args[0].free_symbols
            self.definitions.append(self.of(root.args[0].xreplace({variable: symbol})))
        return out

    # -- using relations --

    def reduced(self, value: Quotient) -> Quotient:
        """`value` with every power r**k, k >= n, of a root kernel replaced by its relation."""
        return self._reduce(value.num) * self._reduce(value.den).inverse()

    def _reduce(self, poly: fmpq_mpoly) -> Quotient:
        scale = _ONE
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
        from propcheck.calculus.signs import constant_sign, signs

        expr = self.poly_back(poly)
        try:
            if not expr.free_symbols:
                return 0 if expr.has(sp.I) else constant_sign(expr)
            if self.where is None or expr.has(sp.I) or self.where[0] not in expr.free_symbols:
                return 0
            chart = signs(expr, *self.where)
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
    return _RING.from_dict({tuple(int(k) for k in exponents): 1})


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


def normal_form(*exprs: sp.Expr, where: Span | None = None) -> tuple[Kernels, list[Quotient]]:
    """The kernels of some expressions and their normal forms over them, in lowest terms.

    With `where` the forms hold there only: roots and logarithms are divided by the signs of factors on that interval.
    """
    units: dict[tuple, list[fmpq]] = {}
    for _ in range(40):
        kernels = Kernels(units=units, where=where)
        try:
            return kernels, [kernels.reduced(kernels.of(expr)).cancelled() for expr in exprs]
        except _Restart:
            units = kernels.units
    raise Undecided("the exponents have no common denominator")


@lru_cache(maxsize=4096)
def is_zero(expr: sp.Expr, lower: sp.Expr = -sp.oo, upper: sp.Expr = sp.oo) -> bool | None:
    """Is `expr` zero wherever it is defined on (lower, upper)? True and False are proved; None is undecided.

    A function that is analytic on the interval is either zero on all of it or at isolated points only.
    """
    if isinstance(expr, sp.Rational):
        return bool(expr.p == 0)
    if expr.is_Atom and (expr.is_infinite or expr is sp.nan):
        return False
    if _refuted(expr, 64, 3, lower, upper):
        return False
    if expr.is_infinite:  # asked late, since SymPy takes long to answer
        return False
    try:
        kernels, (value,) = normal_form(expr)
        if value.num.is_zero():
            return True
        if _logs_cancel(kernels, value.num):
            return True
        rest = value.num
        for definition in kernels.definitions:
            rest = divmod(rest, kernels.reduced(definition).num)[1]
        if kernels.definitions and rest.is_zero():
            return True
        if _arcs_cancel(kernels, value.num):
            return True
    except Undecided:
        pass
    if _refuted(expr, 1000, 12, lower, upper):
        return False
    return True if _is_zero_there(expr, lower, upper) else None


def _is_zero_there(expr: sp.Expr, lower: sp.Expr, upper: sp.Expr) -> bool:
    """Is it proved by what holds on this interval only, or by a slope that is zero and one value?"""
    from propcheck.calculus.signs import within

    x = next((symbol for symbol in expr.free_symbols if symbol.name == "x"), None)
    if x is None or (lower.free_symbols | upper.free_symbols):
        return False
    try:
        with within({}):  # for all values of other symbols, since the answer is kept
            if any(isinstance(node, (sp.Pow, sp.log, sp.acosh)) for node in sp.preorder_traversal(expr)):
                _, (value,) = normal_form(expr, where=(x, lower, upper))
                if value.num.is_zero():
                    return True
            return expr.has(*_INVERSES) and _is_constant_zero(expr, x, lower, upper)
    except Undecided:
        return False


_INVERSES = (sp.asin, sp.acos, sp.atan, sp.asinh, sp.acosh, sp.atanh, sp.log, sp.erf, sp.erfc)


def _is_constant_zero(expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr) -> bool:
    """Is the function analytic on the whole interval, its slope zero, and one of its values or limits zero?"""
    from propcheck.calculus.domain import analytic_on
    from propcheck.calculus.signs import inner_point, precedes

    slope = expr.diff(x)
    if _inverses(slope, x) >= _inverses(expr, x) or is_zero(slope, lower, upper) is not True:
        return False
    if not analytic_on(expr, x, lower, upper):
        return False
    for point in (sp.S.Zero, sp.S.One, sp.S.NegativeOne, inner_point(lower, upper)):
        if precedes(lower, point) and precedes(point, upper) and is_zero(expr.subs(x, point)):
            return True
    return any(_tends_to_zero(expr, x, end, side) for end, side in ((upper, -1), (lower, 1)))


def _inverses(expr: sp.Expr, x: sp.Symbol) -> int:
    """How many functions there are that differentiation removes."""
    return len({node for node in sp.preorder_traversal(expr) if isinstance(node, _INVERSES) and x in node.free_symbols})


def _tends_to_zero(expr: sp.Expr, x: sp.Symbol, end: sp.Expr, side: int) -> bool:
    from propcheck.calculus.tail import germ, outward

    try:
        return is_zero(germ(outward(expr, x, end, side), x, _FAR).limit()) is True
    except Undecided:
        return False


def _arcs_cancel(kernels: Kernels, num: fmpq_mpoly) -> bool:
    """Is a sum of integer multiples of constant arcs zero? The product of (1 + i t)**n is real and the sum is small."""
    product, imaginary = _rational(1), kernels.of(sp.I)
    common = lcm(1, *(int(c.q) for c in num.to_dict().values()))
    for exponents, coefficient in num.to_dict().items():
        used = [k for k, power in enumerate(exponents) if power]
        if len(used) != 1 or exponents[used[0]] != 1 or kernels.exprs[used[0]].free_symbols:
            return False
        kernel, times = kernels.exprs[used[0]], int(coefficient * common)
        if isinstance(kernel, (sp.atan, sp.asin)):
            u = kernel.args[0]
            t = u if isinstance(kernel, sp.atan) else u / sp.sqrt(1 - u**2)
            product = product * (_rational(1) + imaginary * kernels.of(t)) ** times
        elif kernel is not sp.pi:
            return False
    if not _is_real(kernels, kernels.reduced(product)):
        return False
    with ctx.workprec(_BITS):
        return bool(abs(constant_ball(kernels.poly_back(num))) * 2 * common < arb.pi())


def _is_real(kernels: Kernels, value: Quotient) -> bool:
    """Does a quotient equal its conjugate, all kernels but the imaginary unit being real?"""
    imaginary = kernels.keys[(sp.I,)]
    num, den = (
        _RING.from_dict({key: c if int(key[imaginary]) % 2 == 0 else -c for key, c in poly.to_dict().items()})
        for poly in (value.num, value.den)
    )
    return kernels.reduced(Quotient(value.num * den - num * value.den, _ONE)).num.is_zero()


def _logs_cancel(kernels: Kernels, num: fmpq_mpoly) -> bool:
    """Is a sum of rational multiples of logarithms zero, since the product of their arguments is 1?"""
    product, common = _rational(1), 1
    terms = num.to_dict().items()
    for exponents, coefficient in terms:
        used = [k for k, power in enumerate(exponents) if power]
        if len(used) != 1 or exponents[used[0]] != 1 or used[0] not in kernels.inside:
            return False
        common = lcm(common, int(coefficient.q))
    for exponents, coefficient in terms:
        index = next(k for k, power in enumerate(exponents) if power)
        product = product * kernels.inside[index] ** int(coefficient * common)
    one = kernels.reduced(product).cancelled()
    return (kernels.reduced(one) + _rational(-1)).num.is_zero()


def equal(left: sp.Expr, right: sp.Expr) -> bool | None:
    """Are two expressions equal wherever both are defined?"""
    return True if left == right else is_zero(left - right)


def _points(count: int, lower: sp.Expr, upper: sp.Expr) -> Iterator[arb]:
    """Points of an interval, of both signs and several sizes where it has them, none of them special."""
    if lower.is_infinite and upper.is_infinite:
        for k in range(count):
            yield arb(fmpq((-1) ** k * (2 * k * k + 7 * k + 5), 17 + 3 * k if k % 3 else 29 * (k + 1)))
        return
    low, high = (constant_ball(end) for end in (lower, upper))
    for k in range(count):
        step = arb(fmpq(2 * k * k + 7 * k + 5, 17 + 3 * k))
        share = step / (1 + step)
        point = low + step if upper.is_infinite else high - step if lower.is_infinite else low + (high - low) * share
        if low < point < high:
            yield point.mid()


def _refuted(expr: sp.Expr, bits: int, count: int, lower: sp.Expr = -sp.oo, upper: sp.Expr = sp.oo) -> bool:
    """Does a ball at some point of the interval exclude 0?"""
    symbols = sorted(expr.free_symbols, key=str)
    with ctx.workprec(bits):
        if not symbols:
            try:
                ball = constant_ball(expr)
            except Undecided:
                return False
            return ball.is_finite() and not ball.contains(0)
        x = next((symbol for symbol in symbols if symbol.name == "x"), symbols[0])
        if lower.free_symbols or upper.free_symbols:
            return False
        for number, point in enumerate(_points(count, lower, upper)):
            others = {s: _inside(s, number + k) for k, s in enumerate(symbols) if s != x}
            at = expr.xreplace(others) if others else expr
            try:
                ball = compile_form(at, x).ball(point)
            except Undecided:
                return False
            if ball.is_finite() and not ball.contains(0):
                return True
    return False


def _inside(symbol: sp.Symbol, k: int) -> sp.Rational:
    value = sp.Rational(2 * k + 3, 7 + k)
    return -value if symbol.is_nonpositive else value


def order_of_zero(expr: sp.Expr, x: sp.Symbol | None, point: sp.Expr, least: int = 12) -> int:
    """How often `expr` vanishes at `point`: the first k with f^(k)(point) not 0, or `least` where that is no less."""
    if x is not None and isinstance(expr, (sp.Mul, sp.Pow)):
        try:
            return min(least, _order_of_product(expr, x, point, least))
        except Undecided:
            pass  # a factor may be undecided where the product is not
    return _order_by_derivatives(expr, x, point, least)


def _order_of_product(expr: sp.Expr, x: sp.Symbol, point: sp.Expr, least: int) -> int:
    """The sum of the factors' orders: the derivatives of a product grow with each."""
    total = 0
    for factor in sp.Mul.make_args(expr):
        base, power = factor.as_base_exp() if isinstance(factor, sp.Pow) else (factor, sp.S.One)
        if power.is_Integer and power > 0:
            total += int(power) * order_of_zero(base, x, point, least)
        else:
            total += _order_by_derivatives(factor, x, point, least)
    return total


def _apart_from_zero(expr: sp.Expr, x: sp.Symbol, point: sp.Expr) -> bool:
    """Does a ball at the point show that the value is not 0?"""
    if expr.free_symbols != {x} or point.free_symbols:
        return False
    try:
        ball = compile_form(expr, x).ball(constant_ball(point))
    except Undecided:
        return False
    return ball.is_finite() and not ball.contains(0)


def _order_by_derivatives(expr: sp.Expr, x: sp.Symbol | None, point: sp.Expr, least: int) -> int:
    for order in range(least):
        if x is not None and _apart_from_zero(expr, x, point):
            return order
        value = expr.subs(x, point) if x is not None else expr
        if value is sp.nan or value.has(sp.zoo, sp.nan, sp.oo):
            raise Undecided(f"the expression has no value at {point}")
        zero = is_zero(value)
        if zero is None:
            raise Undecided(f"whether {value} is zero")
        if not zero:
            return order
        expr = expr.diff(x)
    return least
