"""Germs and their algebra: sums, products, powers, logarithms and exponentials, each with its remainder.

It is one page: sums, products and powers of germs are defined through each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import sympy
from flint import arb, fmpq

from propcheck.calculus.ball import LARGEST
from propcheck.calculus.exact import (
    UNITY,
    ZERO,
    Constant,
    Exact,
    Power,
    as_fmpq,
    as_fraction,
    does_swing,
    exact_ball,
    exact_exp,
    exact_log,
    exact_power,
    in_symbols,
    is_positive,
    sign_of,
    size_of,
)
from propcheck.calculus.monomial import (
    DOMINANCE,
    IRRATIONAL,
    LOG,
    ONE,
    Exponent,
    Monomial,
    at_bound_precision,
    compare,
    known_sup,
    lean,
    monomial_of,
    over,
    power_sup,
    sup_on,
    times,
    to_power,
)
from propcheck.calculus.undecided import Undecided
from propcheck.processes.lazy import cached_property


class Swinging(Undecided):
    """There is no limit, wherever the function is looked at: its swings do not die out."""


class TooFast(Undecided):
    """An exponential that outgrows all monomials; one that falls so fast is a remainder."""


@dataclass(frozen=True, eq=False)
class Germ:
    """A function for all x >= start: `main`, exact coefficients of monomials, the largest first, and a remainder.

    The remainder is at most the sum of its bounds times their monomials in absolute value, for every x >= start.
    """

    main: Mapping[Monomial, Exact]
    remainder: Mapping[Monomial, arb]
    start: int
    terms: int

    @at_bound_precision
    def leading(self) -> tuple[Exact, Monomial] | None:
        """The coefficient and monomial that the function is asymptotic to; None if it is identically zero."""
        if any(map(does_swing, self.main.values())):
            raise Undecided("the leading term depends on a phase")
        return self._dominant()

    def _dominant(self) -> tuple[Exact, Monomial] | None:
        """The term that outgrows all others, if it does not vanish at some phase; None for the function 0."""
        if self.is_zero:
            return None
        if self.main:
            first, *others = self.main
            if sign_of(self.main[first]) and all(compare(other, first) < 0 for other in (*others, *self.remainder)):
                return self.main[first], first
        raise Undecided("the remainder hides the leading term")

    @at_bound_precision
    def sign(self) -> int:
        """The sign of the function at every x >= start, 0 if it is identically zero."""
        if self.is_zero:
            return 0
        if not self.main:
            raise Undecided("the remainder hides the sign")
        (first, coefficient), *others = self.main.items()
        sign = 1 if is_positive(coefficient) else -1
        against = [(m, size_of(c)) for m, c in others if sign_of(c) != sign]
        if sup_of_sum(first, (*against, *self.remainder.items()), self.start) < size_of(coefficient):
            return sign
        raise Undecided(f"the leading term does not dominate from x = {self.start} on")

    @at_bound_precision
    def limit(self) -> sympy.Expr:
        """The limit as x -> oo, exactly: a number, oo or -oo."""
        if self.main and next(iter(self.main)).order > 0:
            coefficient, _ = self._dominant() or (ZERO, ONE)
            return sympy.oo if is_positive(coefficient) else -sympy.oo
        if any(m.order >= 0 for m in self.remainder):
            raise Undecided("the remainder does not tend to 0")
        value = self.main.get(ONE, ZERO)
        if does_swing(value):
            raise Swinging(f"the function comes near to {value} at each phase")
        return in_symbols(value)

    @at_bound_precision
    def bounds(self) -> tuple[arb, arb]:
        """A number below and a number above all values at x >= start; infinite where none is known."""
        lower, upper = _hull(self.main.items(), self.remainder.items(), self.start)
        shift, rest = ZERO, dict(self.main)
        if not any(m.order > 0 for m in rest):
            shift = rest.pop(ONE, ZERO)
        if rest and sign_of(next(iter(rest.values()))):
            # as shift + leading * (size + others), which keeps the sign of the leading term
            first, *others = rest
            sign, size = 1 if is_positive(rest[first]) else -1, size_of(rest[first])
            below, above = _hull(
                [(over(m, first), sign * rest[m]) for m in others],
                [(over(m, first), bound) for m, bound in self.remainder.items()],
                self.start,
            )
            least, greatest = _range(first, self.start)
            if size + below > 0:
                low = least * (size + below)
                high = greatest * (size + above) if greatest.is_finite() and above.is_finite() else arb.pos_inf()
                if sign < 0:
                    low, high = -high, -low
                lower, upper = (
                    lower.max((exact_ball(shift) + low).lower()),
                    upper.min((exact_ball(shift) + high).upper()),
                )
        return lower, upper

    @at_bound_precision
    def growth(self) -> list[tuple[arb, Monomial]]:
        """Bounds C and monomials m without qlog, |f(x)| <= sum of C*m(x) for x >= start."""
        found = (*((m, size_of(c)) for m, c in self.main.items()), *self.remainder.items())
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
            _accumulate(sizes, monomial, size_of(coefficient))
        return _collapse(sizes, self.start)

    @cached_property
    def _main_bound(self) -> dict[Monomial, arb]:
        return _collapse({m: size_of(c) for m, c in self.main.items()}, self.start)

    @cached_property
    def _rests(self) -> list[tuple[Monomial, Exact, arb | None]]:
        """The main terms; with each a bound for it and all smaller ones as a multiple of its monomial."""
        out: list[tuple[Monomial, Exact, arb | None]] = []
        total, previous = arb(0), None
        for monomial, coefficient in reversed(list(self.main.items())):
            if previous is not None and total is not None:
                ratio = sup_on(over(previous, monomial), self.start)
                total = None if ratio is None else total * ratio
            total = None if total is None else total + size_of(coefficient)
            out.append((monomial, coefficient, total))
            previous = monomial
        return out[::-1]

    def __add__(self, other: Germ | Exact | int) -> Germ:
        return sum_of([self, self._constant(other)])

    __radd__ = __add__

    def __sub__(self, other: Germ | Exact | int) -> Germ:
        return self + -self._constant(other)

    def __rsub__(self, other: Germ | Exact | int) -> Germ:
        return -self + other

    def __neg__(self) -> Germ:
        return Germ({m: -c for m, c in self.main.items()}, self.remainder, self.start, self.terms)

    def __mul__(self, other: Germ | Exact | int) -> Germ:
        return product(self, self._constant(other))

    __rmul__ = __mul__

    def _constant(self, value: Germ | Exact | int) -> Germ:
        if isinstance(value, Germ):
            return value
        return _monomial_germ(fmpq(value) if isinstance(value, int) else value, ONE, self)


def _monomial_germ(coefficient: Exact, monomial: Monomial, like: Germ) -> Germ:
    nonzero = isinstance(coefficient, Constant) or coefficient
    return Germ({monomial: coefficient} if nonzero else {}, {}, like.start, like.terms)


def bounded_by(bound: arb, monomial: Monomial, like: Germ) -> Germ:
    return Germ({}, {monomial: bound}, like.start, like.terms)


def _accumulate(bounds: dict[Monomial, arb], monomial: Monomial, bound: arb) -> None:
    bounds[monomial] = bounds[monomial] + bound if monomial in bounds else bound


def sup_of_sum(unit: Monomial, sizes: Iterable[tuple[Monomial, arb]], start: int) -> arb:
    """A bound for the sum of sizes times monomials, as a multiple of `unit`, over x >= start."""
    return sum((size * known_sup(over(monomial, unit), start) for monomial, size in sizes), arb(0))


def _range(monomial: Monomial, start: int) -> tuple[arb, arb]:
    """Bounds for the values of a monomial at x >= start."""
    if monomial.order > 0:
        rises = sup_on(over(ONE, monomial), start) is not None
        return (monomial.at(start).lower() if rises else arb(0)), arb.pos_inf()
    sup = sup_on(monomial, start)
    return (arb(0) if monomial.order else arb(1)), (arb.pos_inf() if sup is None else sup.upper())


def _hull(
    main: Iterable[tuple[Monomial, Exact]], remainder: Iterable[tuple[Monomial, arb]], start: int
) -> tuple[arb, arb]:
    lower, upper = arb(0), arb(0)
    for monomial, coefficient in main:
        least, greatest = _range(monomial, start)
        size = size_of(coefficient)
        near, far = size * least, size * greatest if greatest.is_finite() else arb.pos_inf()
        sign = sign_of(coefficient)
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
    steepest = power_sup(-1, 1, start).upper()  # log(x) <= steepest * x
    log = arb(start).log().lower()
    power, added = monomial.p, {}
    for m, j, c in monomial.qlog:
        if (m, j) == IRRATIONAL:
            power += as_fraction(_rational_above(exact_ball(c)))
            continue
        raised, factor = (m + j, steepest**j) if is_positive(c) else (m, log**j)
        if raised:
            bound = _rational_above(exact_ball(c) * factor)
            added[raised] = added.get(raised, ZERO) + bound
    return times(Monomial(power, monomial.r, monomial.q), Monomial(0, 0, added.items()))


def _rational_above(value: arb, bits: int = 40) -> fmpq:
    """A short rational that is at least `value`."""
    most = value.upper()
    if not most.is_finite():
        raise Undecided("a bound that is not finite")
    mantissa, exponent = (int(part) for part in most.man_exp())
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
    for monomial in sorted(bounds, key=DOMINANCE, reverse=True):
        for larger in kept:
            ratio = sup_on(over(monomial, larger), start)
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
        ordered = sorted(main, key=DOMINANCE, reverse=True)
        if len(ordered) > 2 * terms:
            remainder = dict(remainder)
            for monomial in ordered[2 * terms :]:
                _accumulate(remainder, monomial, size_of(main[monomial]))
        main = {m: main[m] for m in ordered[: 2 * terms]}
    remainder = _collapse(remainder, start)
    if remainder:
        remainder = dict(remainder)
        for monomial in reversed(list(main)):
            larger = next((m for m in remainder if compare(monomial, m) < 0), None)
            ratio = None if larger is None else sup_on(over(monomial, larger), start)
            if larger is None or ratio is None:
                break
            remainder[larger] += size_of(main.pop(monomial)) * ratio
    return Germ(main, remainder, start, terms)


def sum_of(germs: Sequence[Germ]) -> Germ:
    main: dict[Monomial, Exact] = {}
    remainder: dict[Monomial, arb] = {}
    for germ in germs:
        for monomial, coefficient in germ.main.items():
            main[monomial] = main[monomial] + coefficient if monomial in main else coefficient
        for monomial, bound in germ.remainder.items():
            _accumulate(remainder, monomial, bound)
    return _tidy(main, remainder, germs[0].start, germs[0].terms)


def product(f: Germ, g: Germ) -> Germ:
    start = f.start
    remainder: dict[Monomial, arb] = {}
    bounds = ((f.remainder, g._bound), (g.remainder, f._main_bound)) if f.remainder or g.remainder else ()
    for left, right in bounds:
        for one, first in left.items():
            for two, second in right.items():
                _accumulate(remainder, times(one, two), first * second)
    remainder = dict(_collapse(remainder, start))
    top = next(iter(remainder), None)
    main: dict[Monomial, Exact] = {}
    for one, first in f.main.items():
        for two, second, rest in g._rests:
            monomial = times(one, two)
            if top is not None and rest is not None and compare(monomial, top) < 0:
                sup = sup_on(over(monomial, top), start)
                if sup is not None:  # this product and the smaller ones of the row are lost in the remainder
                    remainder[top] += size_of(first) * rest * sup
                    break
            value = first * second
            main[monomial] = main[monomial] + value if monomial in main else value
    return _tidy(main, remainder, start, f.terms)


# Powers and functions of germs.
def sup_of(f: Germ) -> arb:
    """A bound for |f(x)| over x >= start."""
    return sup_of_sum(ONE, ((*((m, size_of(c)) for m, c in f.main.items()), *f.remainder.items())), f.start)


def _leading_factor(f: Germ) -> tuple[Exact, Monomial, Germ]:
    """c, m, s with f = c * m * (1 + s) and |s| < 1 for x >= start."""
    if not f.main:
        raise Undecided("a power or logarithm of a function whose leading term is not known")
    (first, coefficient), *others = f.main.items()
    inverse = exact_power(coefficient, Fraction(-1))
    size = size_of(inverse)
    s = Germ(
        {over(m, first): c * inverse for m, c in others},
        {over(m, first): bound * size for m, bound in f.remainder.items()},
        f.start,
        f.terms,
    )
    if not sup_of(s) < 1:
        raise Undecided(f"the leading term {first} does not dominate from x = {f.start} on")
    return coefficient, first, s


def compose(coefficients: Sequence[Exact], tail: arb, s: Germ) -> Germ:
    """sum of coefficients[k] * s**k, plus a remainder of at most tail * |s|**len(coefficients)."""
    if s.is_zero:
        return _monomial_germ(coefficients[0], ONE, s)
    if len(s.main) == 1 and not s.remainder:
        ((monomial, base),) = s.main.items()
        main: dict[Monomial, Exact] = {}
        power, factor = ONE, UNITY
        for coefficient in coefficients:
            main[power] = coefficient * factor
            power, factor = times(power, monomial), factor * base
        return _tidy(main, {power: tail * size_of(factor)}, s.start, s.terms)
    out = Germ({}, {m: tail * bound for m, bound in s._bound.items()}, s.start, s.terms) + coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        out = product(out, s) + coefficient
    return out


@lru_cache(maxsize=2**10)
def _binomials(power: Fraction, count: int) -> list[fmpq]:
    out = [UNITY]
    for k in range(count):
        out.append(out[-1] * (as_fmpq(power) - k) / (k + 1))
    return out


def _integer_power(f: Germ, power: int) -> Germ:
    out = f if power % 2 else None
    while power := power // 2:
        f = product(f, f)
        if power % 2:
            out = f if out is None else product(out, f)
    return out if out is not None else f


def power_of(f: Germ, power: Fraction) -> Germ:
    if power == 0:
        return f._constant(1)
    if power.denominator == 1 and 0 < power <= 64:
        return _integer_power(f, int(power))
    if f.is_zero:
        if power > 0:
            return f
        raise Undecided("a division by zero")
    coefficient, monomial, s = _leading_factor(f)
    factor = _monomial_germ(exact_power(coefficient, power), to_power(monomial, power), f)
    if s.is_zero:
        return factor
    *coefficients, dropped = _binomials(power, f.terms)
    # the quotient of neighbouring binomials is at most `ratio` from the first dropped one on
    ratio = max(1, abs(power - f.terms) / (f.terms + 1))
    contraction = 1 - sup_of(s) * as_fmpq(Fraction(ratio))
    if not contraction > 0:
        raise Undecided(f"the binomial series of the power {power} is not shown to converge")
    return product(factor, compose(coefficients, abs(arb(dropped)) / contraction, s))


def log_of(f: Germ) -> Germ:
    coefficient, monomial, s = _leading_factor(f)
    if monomial.r:
        raise Undecided("log(log(x)) is not expanded")
    main: dict[Monomial, Exact] = {Monomial(m, j): c for (m, j), c in monomial.exponent.terms}
    main |= {LOG: main.get(LOG, ZERO) + as_fmpq(monomial.power), ONE: exact_log(coefficient)}
    exact_part = _tidy(main, {}, f.start, f.terms)
    if s.is_zero:
        return exact_part
    count = f.terms
    coefficients = [ZERO, *(fmpq((-1) ** (k + 1), k) for k in range(1, count))]
    return exact_part + compose(coefficients, 1 / (count * (1 - sup_of(s))), s)


def split(f: Germ) -> tuple[dict[Monomial, Exact], Exact, Germ]:
    """The infinite part, the constant and the rest, which with its remainder is bounded."""
    large = {m: c for m, c in f.main.items() if m.order > 0}
    small = {m: c for m, c in f.main.items() if m.order < 0}
    return large, f.main.get(ONE, ZERO), Germ(small, f.remainder, f.start, f.terms)


def _is_bounded(f: Germ) -> bool:
    return all(m.order <= 0 for m in (*f.main, *f.remainder))


def has_limit(f: Germ) -> bool:
    return all(m.order <= 0 for m in f.main) and all(m.order < 0 for m in f.remainder)


def exp(f: Germ) -> Germ:
    large, constant, small = split(f)
    power: Power = 0
    terms: dict[tuple[Power, int], Exact] = {}
    for monomial, coefficient in large.items():
        if monomial is LOG and not does_swing(coefficient):
            whole = coefficient.terms.get((), ZERO) if isinstance(coefficient, Constant) else coefficient
            power, terms[IRRATIONAL] = lean(as_fraction(whole)), coefficient - whole
        elif monomial is LOG or monomial.exponent.terms or monomial.r < 0 or does_swing(coefficient):
            return _exp_of_falling(f)
        else:
            terms[monomial.power, monomial.r] = coefficient
    if not _is_bounded(small):
        return _exp_of_falling(f)
    factor = _monomial_germ(exact_exp(constant), monomial_of(power, 0, Exponent(terms)), f)
    if small.is_zero:
        return factor
    coefficients = [fmpq(1, math.factorial(k)) for k in range(f.terms)]
    return product(factor, compose(coefficients, sup_of(small).exp() / math.factorial(f.terms), small))


_SLOWER = (*(Monomial(m, 0) for m in (8, 4, 2, 1, Fraction(1, 2))), LOG)


def _exp_of_falling(f: Germ) -> Germ:
    """exp(f) as a remainder only, for an f that falls to -oo in a way that exp cannot keep as a monomial."""
    (first, coefficient), *others = f.main.items() or [(ONE, UNITY)]
    if first.order <= 0 or is_positive(coefficient):
        raise TooFast("exp of a function that grows faster than the scale can carry")
    against = [(m, size_of(c)) for m, c in others if sign_of(c) >= 0]
    rate = size_of(coefficient) - sup_of_sum(first, (*against, *f.remainder.items()), f.start)
    for slower in _SLOWER:
        ratio = sup_on(over(slower, first), f.start)  # f <= -rate * first <= -rate / ratio * slower
        if ratio is not None and rate > 0 and (most := -rate / ratio).is_finite():
            scale = _rational_above(most)
            if not scale < 0:
                continue
            if slower is LOG:
                return bounded_by(arb(1), Monomial(as_fraction(scale), 0), f)
            return bounded_by(arb(1), Monomial(0, 0, ((slower.power, scale),)), f)
    raise Undecided(f"exp of a function that is not shown to fall from x = {f.start} on")


def sign_at_end(f: Germ) -> int:
    """Whether f tends to oo (1), to -oo (-1), or stays bounded (0)."""
    if _is_bounded(f):
        return 0
    found = f._dominant()
    if found is None or found[1].order <= 0:
        raise Undecided("the remainder hides whether the argument is infinite")
    return 1 if is_positive(found[0]) else -1
