"""A function at a place of its parameter, and what is asked of it there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import sympy as sp
from flint import arb, ctx
from sympy.functions.elementary.hyperbolic import HyperbolicFunction
from sympy.functions.elementary.trigonometric import TrigonometricFunction

from propcheck.activation import Activation, of_values
from propcheck.analysis import QUESTIONS, ask, flat
from propcheck.calculus import Undecided
from propcheck.calculus.any_number import AnyNumber
from propcheck.calculus.ball import above, below
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.calculus.signs import constant_sign
from propcheck.families.carrying import Carrying
from propcheck.families.places import Box, Place, rational_near
from propcheck.language import X, parse
from propcheck.spec import Spec
from propcheck.verdict import Fact, InputError, Number, Standing

# What the engine may come to where a number is known by its ends alone: it was written for numbers.
STUMBLES = (ArithmeticError, AttributeError, IndexError, InputError, NotImplementedError, RecursionError, TypeError,
            ValueError, Undecided)  # fmt: skip
KEYS = tuple(key for key, _ in QUESTIONS if key not in ("gaussian_at", "noise", "cost"))
EXTREMES = ("range", "derivative_range", "lipschitz")  # the largest of several numbers, which may be told apart
NUMBERS = ("gaussian", "nonlinearity", "criticality")  # they rest on a normal law, and change with the scale
ASK = dict(QUESTIONS) | {"zero_region": flat.identically_zero}
_SURE = (Standing.PROVED, Standing.ENCLOSED)
_FAR = (6, 8)  # powers of ten
_FEW_POWERS = 4  # of which each is asked
_WIDE = 1e-12  # of a number without a formula, relative to it


@dataclass(frozen=True)
class Seen:
    """The function at a place: g, and how its facts become those of f."""

    activation: Activation
    carrying: Carrying = Carrying()
    beside_line: Activation | None = None  # g(u) - u/(c s), whose zeros are where f(x) = x


@dataclass
class Subject:
    """A spec of which some parameters run, the others standing at their values."""

    spec: Spec
    names: tuple[str, ...]
    held: Mapping[str, sp.Expr] = field(default_factory=dict)
    _seen: dict[Any, tuple[list[Seen], Iterator[Seen]]] = field(default_factory=dict)
    _found: dict[Any, Fact | Number | None] = field(default_factory=dict)
    _bands: dict[int, Fact | Number] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.symbols = self.spec.symbols()
        self.expression = parse(self.spec.formula, self.symbols)

    def at(self, values: Mapping[str, sp.Expr]) -> Activation:
        """The function at these numbers."""
        values = {**self.held, **values}
        _whole_or_not(self.expression.xreplace({self.symbols[name]: value for name, value in values.items()}))
        return of_values(self.spec, values)

    def seen(self, box: Box) -> Iterator[Seen]:
        """The ways in which the function may be seen at a box, the plain one first, each made when it is asked for."""
        known, rest = self._seen.setdefault(tuple(sorted(box.items())), ([], self._ways(box)))
        place = 0
        while place < len(known) or (found := next(rest, None)) is not None:
            if place == len(known):
                known.append(found)
            yield known[place]
            place += 1

    def _ways(self, box: Box) -> Iterator[Seen]:
        if all(place.bounded for place in box.values()):
            try:
                yield Seen(self.at({name: place.value(name) for name, place in box.items()}))
            except STUMBLES:
                pass
            shut = {name: place.shut() for name, place in box.items()}
            if shut != box:
                try:
                    yield Seen(self.at({name: place.value(name) for name, place in shut.items()}))
                except STUMBLES:
                    pass
        endless = [name for name, place in box.items() if not place.single]
        if len(box) == 1 and endless:
            yield from self._scaled(endless[0], box[endless[0]])
        if not all(place.bounded for place in box.values()):
            try:
                yield Seen(self.at({name: place.value(name) for name, place in box.items()}))
            except STUMBLES:
                pass

    def _scaled(self, name: str, place: Place) -> Iterator[Seen]:
        """f(x) = c g(s x), c and s powers of the parameter, where g depends on it no more, or has a limit far out."""
        if place.lower >= 0:
            sign = 1
        elif place.upper <= 0:
            sign = -1
        else:
            return
        a = sp.Symbol(name, positive=True)
        expr = self.expression.xreplace({self.symbols[n]: value for n, value in self.held.items()})
        expr = expr.xreplace({self.symbols[name]: sign * a})
        for outer, inner in _exponents():
            c, s = a**outer, a**inner
            if not _may_be(expr, a, c, s, place, sign):
                continue
            try:
                made = tidied(expr.xreplace({X: X / s}), a, c)
            except STUMBLES:
                continue
            carrying = Carrying(_written(c, a, place, name, sign), _written(s, a, place, name, sign))
            if a not in made.free_symbols:
                if _agrees(expr, made, a, c, s):
                    yield Seen(self._of(made), carrying)
                    return
                continue
            number = self._near_or_far(name, place, sign)
            if number is None:
                continue
            limit = made.xreplace({a: number})
            if _regular(limit) and _agrees(expr, made, a, c, s):
                try:
                    beside = tidied(made - X / (c * s), a).xreplace({a: number})
                    seen = Seen(self._of(limit), carrying, self._of(beside))
                except STUMBLES:
                    continue
                if not seen.activation.trouble:
                    yield seen

    @staticmethod
    def _near_or_far(name: str, place: Place, sign: int) -> sp.Expr | None:
        """The parameter's size next to 0, or from 1 on as 1/h^2; None for what lies between."""
        low, high = (place.lower, place.upper) if sign > 0 else (-place.upper, -place.lower)
        called = name if sign > 0 else f"(-{name})"
        if high.is_infinite and low >= 1:
            limit = rational_near(sp.sqrt(1 / low), up=True)
            return AnyNumber(f"sqrt(1/{called})", sp.S.Zero, limit) ** -2
        if low == 0 and high.is_finite:
            return AnyNumber(called, sp.S.Zero, rational_near(high, up=True))
        return None

    def _of(self, expr: sp.Expr) -> Activation:
        from propcheck.activation import from_expression

        _whole_or_not(expr)
        return replace(from_expression(expr, self.spec.name), name=self.spec.name)

    def find(self, key: str, box: Box) -> Fact | Number | None:
        """The answer to one question at every value in a box; None where it is not proved."""
        place = (key, tuple(sorted(box.items())))
        if place not in self._found:
            self._found[place] = self._asked(key, box)
        return self._found[place]

    def known(self, key: str, box: Box) -> Fact | Number | None:
        """The answer where it was looked for already."""
        return self._found.get((key, tuple(sorted(box.items()))))

    def _in_plain_order(self, box: Box) -> Iterator[Seen]:
        """The last of the plain ways first, then those at another scale."""
        plain: list[Seen] = []
        for seen in self.seen(box):
            if not seen.carrying.plain:
                yield from reversed(plain)
                plain = []
                yield seen
            else:
                plain.append(seen)
        yield from reversed(plain)

    def _asked(self, key: str, box: Box) -> Fact | Number | None:
        single = all(place.single for place in box.values())
        ways = self.seen(box)
        if key in NUMBERS:  # open ends tell no more of them, and longer formulas less
            ways = self._in_plain_order(box)
        band = None  # an answer without formulas, where no way has one
        for seen in ways:
            try:
                if key == "fixed_points" and seen.beside_line is not None:
                    found = ask(ASK["zeros"], "zeros", seen.beside_line)
                    found = replace(found, key=key) if isinstance(found, Fact) else found
                else:
                    found = ask(ASK[key], key, seen.activation)
                if found is None and key == "image":
                    return Fact(key, Standing.PROVED, {"intervals": None}, "the whole range is taken")
                if found is None or found.standing is Standing.OPEN:
                    continue
                if key == "criticality" and isinstance(found, Fact):  # the numbers are those of one initialisation
                    found = Fact(key, found.standing, {"exists": found.get("exists")})
                if not single and (found.standing not in _SURE or not all(map(_known, numbers_in(found)))):
                    continue
                beside = key == "fixed_points" and seen.beside_line is not None
                made = seen.carrying.carried("zeros" if beside else key, found)
                if single or key not in EXTREMES or exactly(found):
                    return made
                band = band or made
            except STUMBLES:
                if single:
                    raise
        if band is not None:
            self._bands[id(band)] = band
        return band

    def sharp(self, found: Any) -> bool:
        """Is an answer none of those that are taken where nothing better is found?"""
        return id(found) not in self._bands


def _whole_or_not(expr: sp.Expr) -> None:
    """Undecided where an exponent may be a whole number or not: of what is negative, only whole powers are real."""
    for node in expr.atoms(sp.Pow):
        exponent = node.exp
        if exponent.has(AnyNumber) and X in node.base.free_symbols and not node.base.is_nonnegative:
            with ctx.workprec(64):
                ball = constant_ball(exponent)
            if not ball.is_finite() or ball.rad() > _FEW_POWERS:
                raise Undecided("a power whose exponent may be a whole number or not")
            for whole in range(math.floor(below(ball)), math.ceil(above(ball)) + 1):
                constant_sign(exponent - whole)


def exactly(found: Any) -> bool:
    """Has each number in an answer a formula, or next to no width, and is it known whether the ends are attained?"""
    if isinstance(found, Fact):
        ends = [name for name in found.fields if name.endswith("_attained")]
        return all(found[name] is not None for name in ends) and all(map(exactly, found.fields.values()))
    if isinstance(found, Number) and found.lower is not None and found.upper is not None:
        width = found.upper - found.lower
        return found.exact is not None or not width > _WIDE * max(1.0, abs(found.lower))
    return True


def numbers_in(value: Any) -> Iterator[Number]:
    """The numbers in a fact, or in a part of one."""
    if isinstance(value, Number):
        yield value
    elif isinstance(value, Fact):
        yield from numbers_in(value.fields)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from numbers_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from numbers_in(item)


def _known(number: Number) -> bool:
    """Is it proved or enclosed, and does its enclosure say something?"""
    if number.standing not in _SURE:
        return False
    return number.value is None or number.lower == number.upper or (
        number.lower is not None and number.upper is not None and math.isfinite(number.lower + number.upper)
    )  # fmt: skip


def _exponents() -> Iterator[tuple[sp.Rational, sp.Rational]]:
    """Powers of the parameter for the outer and the inner scale, the usual ones first."""
    pairs = ((1, -1), (-1, 1), (1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (-2, 1), (2, -1))
    usual = [(k * sp.S.One, j * sp.S.One) for k, j in pairs]
    halves = [(sp.Rational(k, 2), sp.Rational(j, 2)) for k, j in ((1, -1), (-1, 1), (0, 1), (0, -1), (1, 0), (-1, 0))]
    yield from usual
    yield from halves


def tidied(expr: sp.Expr, a: sp.Symbol, divisor: sp.Expr = sp.S.One) -> sp.Expr:
    """An expression over a divisor in which powers of the positive symbol are cancelled, branches kept as they are."""
    if isinstance(expr, sp.Piecewise):
        parts = [(tidied(branch, a, divisor), _condition(when, a)) for branch, when in expr.args]
        return sp.Piecewise(*parts, evaluate=False) if len(parts) > 1 else parts[0][0]
    if isinstance(expr, (sp.Max, sp.Min)):
        return expr.func(*[tidied(arg, a, divisor) for arg in expr.args])
    if expr.has(sp.Piecewise, sp.Max, sp.Min):
        if expr.is_Add:
            return sp.Add(*[tidied(term, a, divisor) for term in expr.args])
        if expr.is_Mul:
            choosing = [part for part in expr.args if part.has(sp.Piecewise, sp.Max, sp.Min)]
            rest = sp.Mul(*[part for part in expr.args if part not in choosing])
            if len(choosing) == 1 and (rest.is_positive or isinstance(choosing[0], sp.Piecewise)):
                return tidied(choosing[0], a, divisor / rest)
        raise Undecided("branches inside a function")
    made = expr / divisor
    if a not in made.free_symbols:
        return made
    for way in (sp.expand_mul, partial(_simplified, a=a)):
        short = way(made)
        if a not in short.free_symbols:
            return short
        made = min(made, short, key=lambda e: (len(e.atoms(sp.Pow)), e.count_ops()))
    return made


def _simplified(expr: sp.Expr, a: sp.Symbol) -> sp.Expr:
    """An expression simplified, and the arguments of waves in it, of which no identity is tried: that takes long."""
    waves = expr.atoms(TrigonometricFunction, HyperbolicFunction)
    names = {wave: sp.Dummy(real=True) for wave in waves}
    made = sp.simplify(expr.xreplace(names))
    return made.xreplace({names[wave]: wave.func(*[tidied(arg, a) for arg in wave.args]) for wave in waves})


def _condition(when: Any, a: sp.Symbol) -> Any:
    """A comparison without the positive factors that both sides share."""
    if isinstance(when, (sp.And, sp.Or, sp.Not)):
        return when.func(*[_condition(part, a) for part in when.args])
    if not isinstance(when, sp.core.relational.Relational):
        if when in (sp.true, sp.false):
            return when
        raise Undecided("a condition that is no comparison")
    gap = sp.factor(when.lhs - when.rhs)
    parts = [part for part in sp.Mul.make_args(gap) if not part.is_positive]
    return when.func(sp.Mul(*parts), 0, evaluate=False)


def _may_be(expr: sp.Expr, a: sp.Symbol, c: sp.Expr, s: sp.Expr, place: Place, sign: int) -> bool:
    """Does f(x/s)/c stay near a limit where a goes on towards 0, or out? Where it does not, no g is looked for."""
    low, high = (place.lower, place.upper) if sign > 0 else (-place.upper, -place.lower)
    far = [sp.Rational(1, 10**k) for k in _FAR] if low == 0 else [sp.Integer(10**k) for k in _FAR]
    if low != 0 and not high.is_infinite:
        far = [sp.Rational(3, 7), sp.Rational(19, 8)]  # then all is lost but what does not depend on a at all
    for point in (sp.Rational(-7, 5), sp.Rational(4, 11)):
        try:
            one, two = (
                (expr.xreplace({a: v, X: point / s.xreplace({a: v})}) / c.xreplace({a: v})).evalf(15) for v in far
            )
            if not abs(one - two) < 0.01 * (1 + abs(two)):
                return False
        except (TypeError, ValueError, ZeroDivisionError, OverflowError):
            return True
    return True


def _agrees(expr: sp.Expr, made: sp.Expr, a: sp.Symbol, c: sp.Expr, s: sp.Expr) -> bool:
    """Do numbers confirm that f(x) = c g(s x)? The steps that lead there are exact; this catches one that is not."""
    for value in (sp.Rational(3, 7), sp.Rational(19, 8)):
        for point in (sp.Rational(-7, 5), sp.Rational(-1, 9), sp.Rational(4, 11), sp.Rational(13, 6)):
            put = {a: value, X: point}
            left, right = expr.xreplace(put), (c * made.xreplace({X: s * X})).xreplace(put)
            try:
                if abs(sp.N(left - right, 40)) > sp.Float("1e-30"):
                    return False
            except TypeError:
                return False
    return True


def _regular(expr: sp.Expr) -> bool:
    """Has it a finite ball at a few points, on both sides of 0, though its numbers reach 0?"""
    branches = [arg[0] for arg in expr.args] if isinstance(expr, sp.Piecewise) else [expr]
    if any(branch.has(sp.Piecewise, sp.Max, sp.Min, sp.Abs, sp.Heaviside) for branch in branches):
        return False
    with ctx.workprec(64):
        for branch in branches:
            form = compile_form(branch, X)
            if not all(form.ball(arb(point)).is_finite() for point in (-1.3, -0.2, 0.3, 1.7)):
                return False
    return True


def _written(power: sp.Expr, a: sp.Symbol, place: Place, name: str, sign: int) -> sp.Expr:
    """A power of the parameter as a number of which the place is known: with its ball, and its formula to print."""
    if power == 1:
        return power
    low, high = (place.lower, place.upper) if sign > 0 else (-place.upper, -place.lower)
    base: sp.Expr
    if high.is_infinite:
        if low <= 0:
            return _of_any_size(power, a, name, sign)
        base = 1 / AnyNumber(f"(1/({sign}*{name}))", sp.S.Zero, rational_near(1 / low, up=True))
    elif low == high:
        base = low
    else:
        called = name if sign > 0 else f"(-{name})"
        base = AnyNumber(called, max(sp.S.Zero, rational_near(low, up=False)), rational_near(high, up=True))
    return power.xreplace({a: base})


def _of_any_size(power: sp.Expr, a: sp.Symbol, name: str, sign: int) -> sp.Expr:
    """A power of a parameter that may be any positive number; nothing is known of its size."""
    return power.xreplace({a: sp.Symbol(name if sign > 0 else f"(-{name})", positive=True)})
