"""The equations of a target in its unknowns, with their slopes, over a box: what is to be zero.

The function is c f(s x + t; a) + d. The outer c and d are solved for by hand where a condition gives them: d from the
mean, c from a length. What remains are equations in the parameters a, in s and in t, and they are divided by nothing
that may be 0. Slopes by s and t are taken of the density, so that kinks cost nothing:
d/dt E[h(s x + t) x^k] = (E[h x^(k+1)] - k E[h x^(k-1)])/s, d/ds = (E[h x^k (x^2 - 1)] - k E[h x^k])/s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation, from_spec, of_values
from propcheck.analysis import ask
from propcheck.analysis.extent import lipschitz
from propcheck.analysis.gaussian import enclosed
from propcheck.analysis.shape import smoothness
from propcheck.calculus import Undecided
from propcheck.calculus.any_number import AnyNumber, any_ball, any_between
from propcheck.calculus.form import constant_ball
from propcheck.calculus.identity import is_zero
from propcheck.families.partition import Budget, parts
from propcheck.families.places import Place
from propcheck.families.subject import Subject
from propcheck.language import X, show
from propcheck.language import names as names_in
from propcheck.pieces.piece import Piece, as_piecewise
from propcheck.solving.conditions import BASE
from propcheck.solving.integrals import BITS, COARSE, FINE, Bound, Part, Wanted, expectations
from propcheck.spec import Spec, from_text
from propcheck.truth import Truth, all_of
from propcheck.verdict import Number

INNER_SCALE, INNER_SHIFT, OUTER_SCALE, OUTER_SHIFT = "input_scale", "input_shift", "output_scale", "output_shift"
ALIASES = {  # short names of the scales and shifts in c*g(s*x + t) + d
    "scale": OUTER_SCALE, "shift": OUTER_SHIFT, "c": OUTER_SCALE, "d": OUTER_SHIFT, "s": INNER_SCALE, "t": INNER_SHIFT,
}  # fmt: skip
_KEYS = tuple(BASE)
_PRODUCTS: dict[str, Wanted] = {  # of the base moments, as products of g and g'
    "m": (0, ("g",)),
    "q": (0, ("g", "g")),
    "dm": (0, ("g'",)),
    "d2": (0, ("g'", "g'")),
    "pull": (1, ("g", "g'")),
    "xd": (1, ("g'",)),
}


_SECONDS, _DEEPEST = 3.0, 6  # of processor time and divisions, for a line that bounds a function


@dataclass(frozen=True)
class Values:
    """The base moments over a box, and the slope of each by each inner unknown."""

    moments: Mapping[str, arb]
    slopes: Mapping[tuple[str, str], arb]


@dataclass
class System:
    """Equations in the inner unknowns; `outer` gives c and d where they are unknown."""

    spec: Spec
    held: Mapping[str, sp.Expr]
    unknowns: tuple[str, ...]  # the inner ones
    equations: tuple[sp.Expr, ...]
    outer: Mapping[str, sp.Expr]
    divisors: tuple[sp.Expr, ...] = ()  # where one of them is 0, a condition has no meaning
    places: Mapping[str, tuple[sp.Rational, sp.Rational]] = field(default_factory=dict)  # where it is looked at
    _closed: dict[str, sp.Expr] | None = field(default=None, repr=False)
    _pieces: list[tuple[sp.Expr, sp.Expr, dict[str, sp.Expr]]] = field(default_factory=list, repr=False)
    _bounds: dict[str, Bound] = field(default_factory=dict, repr=False)
    _slopes: dict[tuple[int, str], sp.Expr] = field(default_factory=dict, repr=False)
    _whole: list[sp.Expr] = field(default_factory=list, repr=False)  # the equations in the unknowns, by closed forms
    _terms: dict[sp.Expr, Any] = field(default_factory=dict, repr=False)

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(name for name in self.unknowns if name not in (INNER_SCALE, INNER_SHIFT))

    @property
    def moves(self) -> bool:
        """Are the inner scale and shift among the unknowns?"""
        return bool({INNER_SCALE, INNER_SHIFT} & set(self.unknowns))

    # -- closed forms --

    def prepare(self, box: Mapping[str, tuple[sp.Rational, sp.Rational]], sloped: bool = True) -> None:
        """Looks, once for the whole box, for closed forms of the moments, and for lines that bound the function.

        What is not `sloped` needs no lines that bound its slopes by the parameters, and has none.
        """
        self.places = box
        made = {name: any_between(name, *box[name]) for name in self.parameters}
        values = {name: expr for name, (expr, _) in made.items()}
        numbers = {name: number for name, (_, number) in made.items()}
        if not self.moves:
            self._closed = self._forms(values, numbers)
        if self._closed is None:
            self._divide(values, numbers, sloped)
        else:
            forms = {BASE[key]: expr for key, expr in self._closed.items()}
            self._whole = _without_powers([sp.expand(eq.xreplace(forms)) for eq in self.equations], self.unknowns)

    @property
    def count(self) -> int:
        """How many equations there are."""
        return len(self.equations) if self._closed is None else len(self._whole)

    def _forms(self, values: Mapping[str, sp.Expr], numbers: Mapping[str, AnyNumber]) -> dict[str, sp.Expr] | None:
        exact = enclosed(self._at(values), sp.S.One).exact
        back = _back(values, numbers)
        names = {"m": "mean", "q": "second_moment", "dm": "derivative_mean", "d2": "derivative_second_moment",
                 "pull": "pull"}  # fmt: skip
        needed = {key for key in _KEYS if any(BASE[key] in eq.free_symbols for eq in self.equations)}
        others = (*self.outer.values(), *self.divisors)
        needed |= {key for key in _KEYS if any(BASE[key] in expr.free_symbols for expr in others)}
        if not needed <= names.keys() or any(names[key] not in exact for key in needed):
            return None
        return {key: exact[names[key]].xreplace(back) for key in needed}

    def _at(self, values: Mapping[str, sp.Expr]) -> Activation:
        made = of_values(self.spec, {**self.held, **values})
        if made.trouble or made.noise is not None or made.undefined:
            raise Undecided(made.trouble or f"{self.spec.name} is random, or not defined on the whole line")
        return made

    def _divide(self, values: Mapping[str, sp.Expr], numbers: Mapping[str, AnyNumber], sloped: bool) -> None:
        """The pieces with the parameters as symbols, and lines that bound f and its slopes by the parameters."""
        made = self._at(values)
        back = _back(values, numbers)
        for piece in made.pieces:
            if piece.removable or piece.lower.has(AnyNumber) or piece.upper.has(AnyNumber):
                raise Undecided("breakpoints that move with a parameter, or gaps that are filled in")
            expr = piece.expr.xreplace(back)
            exprs = {"g": expr} | {name: sp.diff(expr, sp.Symbol(name, real=True)) for name in values}
            self._pieces.append((piece.lower, piece.upper, exprs))
        for name in ("g", *values) if sloped else ("g",):
            whole = as_piecewise(tuple(Piece(low, high, exprs[name]) for low, high, exprs in self._pieces))
            self._bounds[name] = _line(whole, self.places)

    # -- on a box --

    def evaluated(self, box: Mapping[str, arb], order: int = FINE) -> tuple[list[arb], list[list[arb]]]:
        """The equations over a box of the unknowns, and their slopes."""
        if self._closed is not None:
            return self._of_forms(box)
        found = self._values(box, order)
        with ctx.workprec(BITS):
            values = [_value(eq, found.moments) for eq in self.equations]
            rows = []
            for number in range(len(self.equations)):
                parts = {key: _value(self._slope(number, key), found.moments) for key in _KEYS}
                rows.append([
                    sum((parts[key] * found.slopes[key, name] for key in _KEYS if (key, name) in found.slopes), arb(0))
                    for name in self.unknowns
                ])  # fmt: skip
        return values, rows

    def excluded(self, box: Mapping[str, arb]) -> bool:
        """Is an equation nowhere true in a box?"""
        if self._closed is not None:
            values = self._of_forms(box)[0]
        else:
            moments = self._values(box, COARSE, False).moments
            with ctx.workprec(BITS):
                values = [_value(eq, moments) for eq in self.equations]
        return any(value.is_finite() and not value.contains(0) for value in values)

    def _slope(self, number: int, key: str) -> sp.Expr:
        if (number, key) not in self._slopes:
            self._slopes[number, key] = sp.diff(self.equations[number], BASE[key])
        return self._slopes[number, key]

    def _of_forms(self, box: Mapping[str, arb]) -> tuple[list[arb], list[list[arb]]]:
        assert self._closed is not None
        symbols = {name: sp.Symbol(name, real=True) for name in self.unknowns}
        if not self._slopes:
            for number, whole in enumerate(self._whole):
                for name, symbol in symbols.items():
                    self._slopes[number, name] = sp.diff(whole, symbol)
        count = range(len(self._whole))
        with ctx.workprec(BITS):
            values = [self._over(whole, box) for whole in self._whole]
            rows = [[self._over(self._slopes[number, name], box) for name in self.unknowns] for number in count]
        return values, rows

    def _values(self, box: Mapping[str, arb], order: int, sloped: bool = True) -> Values:
        numbers = {name: self._number(name, ball) for name, ball in box.items()}
        s, t = numbers.get(INNER_SCALE, sp.S.One), numbers.get(INNER_SHIFT, sp.S.Zero)
        parameters = {name: numbers[name] for name in self.parameters}
        put = {sp.Symbol(name, real=True): number for name, number in parameters.items()} | {X: s * X + t}
        parts = []
        for lower, upper, exprs in self._pieces:
            low, high = ((end - t) / s if end.is_finite else end for end in (lower, upper))
            known = {name: expr for name, expr in exprs.items() if sloped or name == "g"}
            parts.append(Part.of(low, high, {name: expr.xreplace(put) for name, expr in known.items()}))
        with ctx.workprec(BITS):
            scale, shift = constant_ball(s), constant_ball(t)
            bounds = {
                name: Bound(line.at_zero + line.slope * abs(shift), line.slope * abs(scale))
                for name, line in self._bounds.items()
            }
        wanted = dict.fromkeys(_PRODUCTS.values())
        for power, factors in _PRODUCTS.values():
            if self.moves and sloped:
                wanted |= dict.fromkeys((k, factors) for k in (power - 1, power + 1, power + 2, power) if k >= 0)
            for name in self.parameters if sloped else ():
                wanted |= dict.fromkeys((power, product) for product in _varied(factors, name))
        found = expectations(parts, tuple(wanted), bounds, order)
        moments = {key: found[item] for key, item in _PRODUCTS.items()}
        slopes: dict[tuple[str, str], arb] = {}
        if not sloped:
            return Values(moments, slopes)
        with ctx.workprec(BITS):
            for key, (power, factors) in _PRODUCTS.items():
                primes = sum(name.endswith("'") for name in factors)
                under = found.get((power - 1, factors), arb(0))
                if INNER_SHIFT in self.unknowns:
                    slopes[key, INNER_SHIFT] = (found[power + 1, factors] - power * under) / scale
                if INNER_SCALE in self.unknowns:
                    here = found[power, factors]
                    moved = found[power + 2, factors] - here - power * here + primes * here
                    slopes[key, INNER_SCALE] = moved / scale
                for name in self.parameters:
                    slopes[key, name] = sum((found[power, product] for product in _varied(factors, name)), arb(0))
        return Values(moments, slopes)

    def idle(self) -> str:
        """A sentence where an equation with closed forms holds whatever the unknowns are; else nothing."""
        if self._closed is None or not self.unknowns:
            return ""
        if any(whole == 0 for whole in self._whole):
            return f"a condition holds whatever {' and '.join(self.unknowns)} are: it does not depend on the unknowns"
        return ""

    def _over(self, expr: sp.Expr, box: Mapping[str, arb]) -> arb:
        """An expression in the unknowns over a box: a polynomial by its coefficients, which are enclosed once."""
        if expr not in self._terms:
            symbols = [sp.Symbol(name, real=True) for name in self.unknowns]
            whole = expr.is_polynomial(*symbols) if symbols else not expr.free_symbols
            terms = sp.Poly(expr, *symbols).terms() if whole and symbols else [((), expr)]
            self._terms[expr] = [(powers, constant_ball(c)) for powers, c in terms] if whole else None
        terms = self._terms[expr]
        if terms is None:
            put = {sp.Symbol(name, real=True): self._number(name, ball) for name, ball in box.items()}
            return any_ball(expr.xreplace(put))
        total = arb(0)
        for powers, coefficient in terms:
            product = coefficient
            for name, power in zip(self.unknowns, powers, strict=True):
                for _ in range(power):
                    product *= box[name]
            total += product
        return total

    def _number(self, name: str, ball: arb) -> sp.Expr:
        """A ball, as far as it lies in the box that is looked at, as a number: a rational where it has no width."""
        low, high = (_rational(end) for end in (ball.lower(), ball.upper()))
        if name in self.places:
            least, most = self.places[name]
            low, high = max(low, least), min(high, most)
        return low if low >= high else any_between(name, low, high)[0]

    def vanishes(self) -> bool | None:
        """Are all equations exactly true, where no unknown is left? None where that is not decided."""
        if self._closed is not None:
            return all_of(Truth(is_zero(whole)) for whole in self._whole).value
        values, _ = self.evaluated({}, FINE)
        return False if any(value.is_finite() and not value.contains(0) for value in values) else None

    def meant(self, box: Mapping[str, arb]) -> bool | None:
        """Has each condition a meaning over a box, where a divisor is nowhere 0? False where one is 0."""
        if not self.divisors:
            return True
        moments = self._moments(box)
        with ctx.workprec(BITS):
            values = [_value(part, moments) for part in self.divisors]
        if all(value.is_finite() and not value.contains(0) for value in values):
            return True
        if self.unknowns or self._closed is None:
            return None
        forms = {BASE[key]: expr for key, expr in self._closed.items()}
        return all_of(~Truth(is_zero(part.xreplace(forms))) for part in self.divisors).value

    def outer_at(self, box: Mapping[str, arb]) -> dict[str, arb] | None:
        """The outer scale and shift over a box; None where a scale is a root of what is negative."""
        if not self.outer:
            return {}
        moments = self._moments(box)
        with ctx.workprec(BITS):
            found: dict[str, arb] = {}
            for name, expr in self.outer.items():  # the scale before the shift, which may hold it
                if name == OUTER_SCALE and _value(sp.expand(expr**2), moments) < 0:
                    return None
                found[name] = _value(expr, moments | found)
            return found

    def outer_exactly(self, name: str) -> sp.Expr | None:
        """The outer scale or shift as a number with a formula, where one is known."""
        if self.unknowns or self._closed is None:
            return None
        found: dict[sp.Expr, sp.Expr] = {BASE[key]: expr for key, expr in self._closed.items()}
        for each, expr in self.outer.items():
            found[sp.Symbol(each)] = expr.xreplace(found)
        return found[sp.Symbol(name)]

    def held_at(self, values: Mapping[str, sp.Expr]) -> System:
        """The system in the other unknowns, where some stand at values."""
        unknowns = tuple(name for name in self.unknowns if name not in values)
        return System(self.spec, {**self.held, **values}, unknowns, self.equations, self.outer, self.divisors)

    def _moments(self, box: Mapping[str, arb]) -> dict[str, arb]:
        if self._closed is None:
            return dict(self._values(box, FINE).moments)
        with ctx.workprec(BITS):
            return {key: self._over(expr, box) for key, expr in self._closed.items()}


def _without_powers(equations: list[sp.Expr], unknowns: Sequence[str]) -> list[sp.Expr]:
    """Polynomials in one unknown with the same zeros, each a simple one; several, if rational or algebraic, as one."""
    if len(unknowns) != 1:
        return equations
    symbol = sp.Symbol(unknowns[0], real=True)
    if not all(eq.free_symbols == {symbol} and eq.is_polynomial(symbol) for eq in equations):
        return equations
    polys = [sp.Poly(eq, symbol) for eq in equations]
    if len(polys) > 1:
        polys = [sp.Poly(eq, symbol, extension=True) for eq in equations]
        if not all(poly.domain.is_Numerical and poly.domain.is_Exact for poly in polys):
            return equations
        common = polys[0]
        for poly in polys[1:]:
            common = common.gcd(poly)
        polys = [common]
    if polys[0].domain.is_EX:
        return equations
    leading, factors = polys[0].sqf_list()
    if not factors or is_zero(sp.sympify(leading)) is not False:
        return [poly.as_expr() for poly in polys]
    product = sp.Integer(1)
    for factor, _ in factors:
        product *= factor.as_expr()
    return [sp.expand(product)]


def _varied(factors: Sequence[str], name: str) -> list[tuple[str, ...]]:
    """The products in the slope of a product by a parameter."""
    made = []
    for place, factor in enumerate(factors):
        other = f"{name}'" if factor.endswith("'") else name
        made.append((*factors[:place], other, *factors[place + 1 :]))
    return made


def _value(expr: sp.Expr, values: Mapping[str, arb]) -> arb:
    """A rational expression, with square roots, in symbols by their names, over balls."""
    if expr.is_Symbol:
        return values[expr.name]  # type: ignore[attr-defined]
    if not expr.free_symbols:
        return constant_ball(expr)
    if expr.is_Add:
        return sum((_value(arg, values) for arg in expr.args), arb(0))
    if expr.is_Mul:
        total = arb(1)
        for arg in expr.args:
            total *= _value(arg, values)
        return total
    if isinstance(expr, sp.Pow) and expr.exp.is_Rational:
        base = _value(expr.base, values)
        if expr.exp.is_Integer:
            total = arb(1)
            for _ in range(abs(int(expr.exp))):
                total *= base
            return total if expr.exp > 0 else 1 / total
        root = base.sqrt() if expr.exp.q == 2 else arb.nan()
        power = abs(int(expr.exp.p))
        total = arb(1)
        for _ in range(power):
            total *= root
        return total if expr.exp.p > 0 else 1 / total
    raise Undecided(f"{expr} is no rational expression of moments")


def _rational(end: arb) -> sp.Rational:
    mantissa, exponent = (int(part) for part in end.mid().man_exp())
    return sp.Rational(mantissa) * sp.Integer(2) ** exponent


def _back(values: Mapping[str, sp.Expr], numbers: Mapping[str, AnyNumber]) -> dict[sp.Expr, sp.Expr]:
    """The symbol of each parameter in place of the number that stands for it."""
    symbols = {name: sp.Symbol(name, real=True) for name in values}
    return {number: symbols[name] if values[name] == number else -symbols[name] for name, number in numbers.items()}


def _line(expr: sp.Expr, places: Mapping[str, tuple[sp.Rational, sp.Rational]]) -> Bound:
    """abs(f(x)) <= abs(f(0)) + L abs(x) at all these numbers, for a continuous f with the Lipschitz constant L."""
    text = show(expr)
    spec = from_text(text, {name: str(ends[1]) for name, ends in places.items() if name in names_in(text)})
    if not spec.parameters:
        found = [(from_spec(spec), ask(lipschitz, "lipschitz", from_spec(spec)))]
    else:
        subject = Subject(spec, tuple(p.name for p in spec.parameters))
        box = {p.name: _place(*places[p.name]) for p in spec.parameters}
        cells = parts(partial(subject.find, "lipschitz"), [box], Budget(_SECONDS), _DEEPEST)
        found = [(next(subject.seen(cell.box)).activation, cell.found) for cell in cells]
    slope, at_zero = arb(0), arb(0)
    for made, steepest in found:
        if not isinstance(steepest, Number) or steepest.upper is None or steepest.value is None:
            raise Undecided(f"the Lipschitz constant of {text} is not known")
        if smoothness(made)["class"] == "discontinuous":
            raise Undecided("a function that jumps is not bounded by a line of its slopes")
        at = made(0)
        if at is None:
            raise Undecided(f"{text} could not be evaluated at 0")
        with ctx.workprec(BITS):
            slope, at_zero = slope.max(arb(steepest.upper)), at_zero.max(abs(constant_ball(at)))
    if not (slope.is_finite() and at_zero.is_finite()):
        raise Undecided(f"no line bounds {text} at all these values")
    return Bound(at_zero, slope)


def _place(lower: sp.Rational, upper: sp.Rational) -> Place:
    return Place(lower, upper, (lower != 0, upper != 0))
