"""Spec -> Activation: analytic pieces on a partition of the real line.

`Max`, `Min`, `Abs`, `sign`, `Heaviside` and `Piecewise` are resolved once, by the proved signs of what they compare;
nothing behind this page knows them. Where a piece divides by zero the point is filled in by its limit, or cut out of
the domain. A random activation is replaced by its mean function, and its variance stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cmp_to_key
from typing import Any

import sympy as sp

from propcheck import notation
from propcheck.calculus import Undecided
from propcheck.calculus.signs import precedes, same, within
from propcheck.language import Condition, X, lost_conditions, parse, show, told
from propcheck.pieces.domain import EndlessGaps
from propcheck.pieces.levels import nearest_level, stepped
from propcheck.pieces.partition import joined_gaps, partition, settle
from propcheck.pieces.piece import Piece, Point, as_piecewise
from propcheck.pieces.printed import printed
from propcheck.pieces.restriction import gaps_within, marked, outside, restricted
from propcheck.pieces.values import value_at
from propcheck.pieces.wave import Wave, wave_of
from propcheck.processes.lazy import cached_property
from propcheck.processes.precision import alone
from propcheck.spec import Distribution, Parameter, Spec, Table, bind, normal, span
from propcheck.spec.knots import Part
from propcheck.verdict import Computed, InputError, Plotted, Shown

MOST_CASES = 8  # of a formula that a notebook shows by cases
MOST_READ = 24  # pieces that somebody reads


@dataclass(frozen=True)
class Noise:
    """A random activation: its variance function, beside the mean function that the pieces hold."""

    law: str
    mean: sp.Expr
    variance: sp.Expr
    variance_pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Activation(Shown, Plotted, Computed):
    """An activation function in one real variable.

    `expression` is the formula as it was written, its parameters symbolic; `bound` has their values put in. `pieces`
    run from left to right over the domain; `points` are the breakpoints; `undefined` lists the closed gaps
    [lower, upper] of the domain, those of one `period` where they come back for ever. `trouble` says why there are no
    pieces, where that is so: then the facts are open. Where it is looked at on an interval alone, `on` has its
    ends, pieces and points are those within, and what lies outside counts as undefined.
    `law` has mean and deviation of a normal law at which its moments are asked too.
    """

    name: str
    title: str
    expression: sp.Expr
    bound: sp.Expr
    pieces: tuple[Piece, ...]
    points: tuple[Point, ...] = ()
    undefined: tuple[tuple[sp.Expr, sp.Expr], ...] = ()
    parameters: tuple[Parameter, ...] = ()
    values: Mapping[str, sp.Expr] = field(default_factory=dict)
    spec: Spec | None = None
    noise: Noise | None = None
    trouble: str = ""
    period: sp.Expr | None = None
    on: tuple[sp.Expr, sp.Expr] | None = None
    law: tuple[sp.Expr, sp.Expr] | None = None

    shown_as = "activation"

    def __hash__(self) -> int:
        return hash((self.name, self.bound, tuple(sorted(self.values.items(), key=str))))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"<Activation {self.name}{f' ({values})' if values else ''}: {self.expression}>"

    def __call__(self, point: Any) -> Any:
        """The value at a point: exact, or None where there is none; of floats and arrays, what `compile` computes.

        A whole number, a fraction, a text such as "1/3" and an expression of SymPy are exact points. A float gives a
        float, and an array or a list of numbers an array, NaN where the function is not defined.
        """
        if isinstance(point, float | list | tuple) or hasattr(point, "__array__"):
            return Computed.computed(self, point)
        return self._exact(point)

    @alone
    def _exact(self, point: Any) -> sp.Expr | None:
        exact = point if isinstance(point, sp.Expr) and not point.has(sp.Float) else sp.Rational(str(point))
        if known := self.point(exact):
            return known.value
        if any(not precedes(exact, lower) and not precedes(upper, exact) for lower, upper in self.undefined):
            return None
        return value_at(self.bound, exact)

    @property
    def gaps(self) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
        """The gaps of the domain, those within the interval where it is looked at on one."""
        if self.on is None:
            return self.undefined
        lower, upper = self.on
        return tuple(gap for gap in self.undefined if not (precedes(gap[0], lower) or precedes(upper, gap[1])))

    @alone
    def within(self, lower: Any, upper: Any, closed: tuple[bool, bool] = (True, True)) -> Activation:
        """The function on an interval, of which an end belongs to it where it is `closed`: numbers, or texts of them.

        >>> from_expression(sp.sin(X)).within(0, "pi/2").on
        (0, pi/2)
        """
        lower, upper = span((lower, upper))
        made = self
        if self.trouble and all(parameter.role != "random" for parameter in self.parameters):
            bare = replace(self, trouble="", period=None, undefined=())
            made = _cut_up(bare, lambda: _divided(bare, _conditions(bare), lower, upper))
        pieces = restricted(made.pieces, lower, upper)
        if not pieces and not made.trouble:
            raise InputError(f"{self.name} is not defined on [{lower}, {upper}]; give another interval")
        gaps = gaps_within(made.undefined, lower, upper)
        kept = tuple(
            gap for gap in gaps if precedes(*gap) or made(gap[0]) is None
        )  # an end may be all that is left of one
        points = marked(made.points, lower, upper, closed, made)
        undefined = (*kept, *outside(lower, upper))
        return replace(made, pieces=pieces, points=points, undefined=undefined, on=(lower, upper))

    @cached_property
    @alone
    def wave(self) -> Wave | None:
        """How the function comes back, where it has endless pieces since it does; None where that is not shown."""
        if not self.trouble or self.on is not None or self.noise is not None or self.bound.free_symbols != {X}:
            return None
        try:
            return wave_of(self.bound, [u for _, _, u in self.conditions], self.seen)
        except InputError:  # it is defined nowhere
            return None

    def seen(self, lower: sp.Expr, upper: sp.Expr) -> Activation:
        """The function on a closed interval; Undecided where it has no pieces there that are known."""
        try:
            made = self.within(lower, upper)
        except InputError as reason:
            raise Undecided(str(reason)) from None
        if made.trouble:
            raise Undecided(made.trouble)
        return made

    @cached_property
    def periods(self) -> Activation | None:
        """Two periods of a function that comes back, around the place at which one begins."""
        return None if self.wave is None else self.seen(*self.wave.around)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What has to hold for the formula to have a value and does not show in the expression any more."""
        return _conditions(self)

    def point(self, at: sp.Expr) -> Point | None:
        """The breakpoint at a point; None where it is none."""
        return self._by_place.get(at) or next((point for point in self.points if same(point.at, at)), None)

    @cached_property
    def _by_place(self) -> dict[sp.Expr, Point]:
        return {point.at: point for point in self.points}

    @alone
    def rebind(self, values: Mapping[str, Any]) -> Activation:
        """The same function at other values of its parameters."""
        if self.spec is None:
            raise InputError(f"{self.name} has no parameters")
        return from_spec(self.spec, {**self.values, **values})

    @cached_property
    @alone
    def symbolic(self) -> tuple[Piece, ...]:
        """The pieces with the parameters left symbolic, where their ranges decide every sign; else those in use."""
        known = self.spec is None or (self.spec.quantize_input is None and self.spec.table is None)
        if not self.values or self.noise is not None or not known:
            return self.pieces
        try:
            with within(self.ranges):
                return partition(self.expression)[0]
        except (Undecided, InputError):
            return self.pieces

    @cached_property
    def ranges(self) -> dict[sp.Symbol, tuple[sp.Expr, sp.Expr]]:
        """The symbols of the parameters with the ends of their ranges."""
        return {p.symbol(): p.ends() for p in self.parameters if p.role != "random"}

    @alone
    def to_json(self) -> dict[str, Any]:
        """What the activation is, each thing a text: the `activation` of what `propcheck analyze --json` prints."""
        derivative = self.printed_derivative()
        written = self.formula if self.spec is not None and self.noise is None else ""
        return {
            "name": self.name,
            "title": self.title,
            "expression": show(self.expression),
            "formula": self.formula,
            "in_short": self.in_short,
            "parameters": {item.name: item.to_json(self.values.get(item.name)) for item in self.parameters},
            "source": self.spec.source if self.spec else "",
            "note": self.spec.note if self.spec else "",
            "pieces": [
                {"lower": str(piece.lower), "upper": str(piece.upper), "expression": show(piece.expr)}
                for piece in self.pieces
            ],
            "derivative": derivative,
            **({} if self.on is None else {"on": [str(end) for end in self.on]}),
            **(self.spec.read_as if self.spec else {}),
            "latex": {
                "expression": notation.latex(written) or _latex(self.expression),
                "derivative": notation.latex(derivative) or _latex(self.derivative_expression()),
            },
        }

    @property
    def in_short(self) -> str:
        """What it is, where it has more pieces than one reads: its table, or how many pieces; else nothing."""
        if len(self.pieces) <= MOST_READ:
            return ""
        known = self.spec is not None and self.spec.quantize_input is None
        if known and self.spec.knots is not None:  # type: ignore[union-attr]
            return self.spec.knots.told  # type: ignore[union-attr]
        return f"{len(self.pieces)} pieces, which meet from {self.points[0].at} to {self.points[-1].at}"

    @property
    def formula(self) -> str:
        """The formula as it was written, in the names of its parameters; that of the mean of a random activation."""
        return self.spec.formula if self.spec is not None and self.noise is None else show(self.bound)

    @alone
    def shown(self) -> dict[str, Any]:
        """The same, with the formula by cases where it is written without them but has some."""
        if isinstance(self.expression, sp.Piecewise) or not 1 < len(self.symbolic) <= MOST_CASES:
            return self.to_json() | {"cases": None}
        cases = as_piecewise(self.symbolic)
        return self.to_json() | {"cases": {"expression": show(cases), "latex": _latex(cases)}}

    def _repr_html_(self) -> str:
        return Shown.drawn(self.shown_as, {**self.shown(), "graph": Plotted.graphed(self)}, "html")

    @alone
    def derivative_expression(self, order: int = 1) -> sp.Expr:
        """The derivative, piece by piece, parameters symbolic where their ranges allow it."""
        return as_piecewise(self.symbolic, order) if self.pieces else self.expression.diff((X, order))

    @alone
    def printed_derivative(self, order: int = 1) -> str:
        """The same in the expression language, as one prints it: 1 - tanh(x)**2."""
        return told(printed(self.symbolic, order) if self.pieces else self.derivative_expression(order))


def _latex(expression: sp.Expr) -> str:
    return notation.latex(show(expression)) or sp.latex(expression)


# --- targets ---------------------------------------------------------------------------------------------------------


@alone
def from_spec(spec: Spec, params: Mapping[str, Any] | None = None) -> Activation:
    """The activation of a spec at given values of its parameters (their defaults otherwise)."""
    if spec.inputs:
        told = "fix one of them, such as y=1, or ask `analyze`, `verify`, `phase`, `export`, which take the unit whole"
        raise InputError(f"{spec.name} has two inputs, x and y; {told}")
    found = of_values(spec, bind(spec, params)) if spec.quantize_input is None else _of_levels(spec, params)
    if spec.law:
        found = replace(found, law=normal(spec.law))
    return found.within(*span(spec.on)) if spec.on else found


def of_values(spec: Spec, values: Mapping[str, sp.Expr]) -> Activation:
    """The activation of a spec at these exact values of its parameters, whatever their ranges."""
    if spec.knots is None:
        return _of_formula(spec, values)
    table = _of_knots(spec, spec.knots)
    if not spec.knots.plus:
        return table
    return _added(table, _of_formula(replace(spec, expression=spec.knots.plus, table=None), values), spec)


def _of_formula(spec: Spec, values: Mapping[str, sp.Expr]) -> Activation:
    symbols = spec.symbols()
    expression = parse(spec.formula, symbols, _ends(spec))
    put = {symbols[name]: value for name, value in values.items()}
    bound = settle(expression.xreplace(put) if put else expression)
    made = Activation(
        name=spec.name,
        title=spec.title,
        expression=expression,
        bound=bound,
        pieces=(),
        parameters=spec.parameters,
        values=values,
        spec=spec,
    )
    laws = {symbols[p.name]: p.law(symbols) for p in spec.parameters if p.role == "random"}

    def divided() -> Activation:
        if laws:
            return _averaged(made, {name: _bound_law(law, symbols, values) for name, law in laws.items()})
        return _divided(made, _conditions(made))

    return _cut_up(made, divided)


def _of_knots(spec: Spec, table: Table) -> Activation:
    """The activation that a table gives, whose pieces are known."""
    parts = table.parts
    lower = [-sp.oo if part.lower is None else _rational(part.lower) for part in parts]
    upper = [sp.oo if part.upper is None else _rational(part.upper) for part in parts]
    exprs = [sp.Add(*(_rational(c) * X**k for k, c in enumerate(part.polynomial))) for part in parts]
    pieces = tuple(Piece(*piece) for piece in zip(lower, upper, exprs, strict=True))
    places: dict[Fraction, Part | None] = {part.lower: part for part in parts if part.lower is not None}
    if parts[-1].upper is not None:
        places[parts[-1].upper] = None
    points = tuple(Point(_rational(at), _rational(table.at(at, part))) for at, part in places.items())
    gaps = () if lower[0].is_infinite else ((-sp.oo, lower[0]), (upper[-1], sp.oo))
    cases = [(expr, sp.Lt(X, high, evaluate=False)) for expr, high in zip(exprs[:-1], upper[:-1], strict=True)]
    bound = sp.Piecewise(*cases, (exprs[-1], True), evaluate=False) if cases else exprs[-1]
    return Activation(spec.name, spec.title, bound, bound, pieces, points, gaps, spec=spec)


def _added(table: Activation, other: Activation, spec: Spec) -> Activation:
    """The sum of a table and of a formula: pieces where both have one, values where both are defined."""
    if other.noise is not None:
        raise InputError(f"{spec.name} has a random parameter, and what is added to a table has none")
    pieces: list[Piece] = []
    for piece in table.pieces:
        for part in restricted(other.pieces, piece.lower, piece.upper):
            expr = piece.expr + part.expr
            if pieces and pieces[-1].expr == expr and same(pieces[-1].upper, part.lower):
                pieces[-1] = replace(pieces[-1], upper=part.upper, removable=(*pieces[-1].removable, *part.removable))
            else:
                pieces.append(Piece(part.lower, part.upper, expr, part.removable))
    gaps = tuple(joined_gaps([*table.undefined, *other.undefined]))
    places = [point.at for point in table.points]
    places += [point.at for point in other.points if not any(same(point.at, at) for at in places)]
    points = []
    for at in sorted(places, key=cmp_to_key(lambda one, two: -1 if precedes(one, two) else 1)):
        values = table(at), other(at)
        points.append(Point(at, None if values[0] is None or values[1] is None else values[0] + values[1]))
    return replace(
        other,
        expression=table.bound + other.expression,
        bound=table.bound + other.bound,
        pieces=tuple(pieces),
        points=tuple(points),
        undefined=gaps,
        spec=spec,
    )


def _of_levels(spec: Spec, params: Mapping[str, Any] | None) -> Activation:
    """The activation of inputs that are rounded to levels first: its values there, rounded where outputs are."""
    inner, outer = spec.quantize_input, spec.quantize
    assert inner is not None
    base = from_spec(replace(spec, quantize=None, quantize_input=None, on="", law=""), params)
    if base.noise is not None:
        raise InputError(f"{spec.name} has a random parameter, and inputs are quantized of a function that has none")

    def value(at: sp.Rational) -> sp.Expr | None:
        found = base(at)
        if found is None or outer is None:
            return found
        return nearest_level(found, Fraction(outer.scale), outer.zero_point, outer.ends)

    pieces, points, gaps = stepped(value, Fraction(inner.scale), inner.zero_point, inner.ends)
    if not pieces:
        raise InputError(f"{spec.name} has no value at any level of its input: there is nothing to analyse")
    cases = [(piece.expr, sp.Lt(X, piece.upper, evaluate=False)) for piece in pieces[:-1]]
    bound = sp.Piecewise(*cases, (pieces[-1].expr, True), evaluate=False) if cases else pieces[0].expr
    made = replace(base, expression=bound, bound=bound, pieces=pieces, points=points, undefined=gaps, spec=spec)
    return replace(made, trouble="", period=None)


def _ends(spec: Spec | None) -> tuple[sp.Expr, sp.Expr]:
    """The interval on which a formula is meant."""
    return span(spec.on) if spec is not None and spec.on else (-sp.oo, sp.oo)


def _rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)


@alone
def exact(expr: sp.Expr) -> sp.Expr:
    """The expression with each decimal as the rational that it spells."""
    return expr.xreplace({f: sp.Rational(str(f)) for f in expr.atoms(sp.Float)})


def from_expression(expr: sp.Expr, name: str = "") -> Activation:
    """The activation of a SymPy expression in one symbol."""
    expr = exact(sp.sympify(expr))
    free = sorted(expr.free_symbols, key=str)
    if len(free) > 1:
        raise InputError(
            f"the expression has several variables: {', '.join(map(str, free))}; put values in for all but one"
        )
    if free:
        expr = expr.xreplace({free[0]: X})
    expr = settle(expr)
    made = Activation(name=name or str(expr), title=name or str(expr), expression=expr, bound=expr, pieces=())
    return _cut_up(made, lambda: _divided(made))


def _cut_up(made: Activation, divided: Callable[[], Activation]) -> Activation:
    """The activation in pieces; without them, and with the reason, where that is undecided."""
    try:
        return divided()
    except EndlessGaps as endless:
        gaps = tuple((gap, gap) for gap in endless.gaps)
        return replace(made, trouble=str(endless), undefined=gaps, period=endless.period)
    except Undecided as reason:
        return replace(made, trouble=str(reason))


def _bound_law(law: Distribution, symbols: Mapping[str, sp.Symbol], values: Mapping[str, sp.Expr]) -> Distribution:
    put = {symbols[name]: value for name, value in values.items()}
    return Distribution(law.kind, tuple(argument.xreplace(put) for argument in law.arguments))  # type: ignore[arg-type]


def _conditions(made: Activation) -> tuple[Condition, ...]:
    """What has to hold for the formula to have a value and does not show in the expression any more."""
    if made.spec is None:
        return ()
    symbols = made.spec.symbols()
    put = {symbols[name]: value for name, value in made.values.items()}
    lost = lost_conditions(made.spec.formula, symbols, _ends(made.spec))
    return tuple((node, kind, u.xreplace(put)) for node, kind, u in lost)


def _divided(
    made: Activation, conditions: tuple[Condition, ...] = (), lower: sp.Expr = -sp.oo, upper: sp.Expr = sp.oo
) -> Activation:
    pieces, points, undefined = partition(made.bound, conditions, lower, upper)
    if not pieces and made.on is None and lower is -sp.oo and upper is sp.oo:
        raise InputError(f"{made.name} is not a real number at any x: there is nothing to analyse")
    return replace(made, pieces=pieces, points=points, undefined=undefined)


def _averaged(made: Activation, laws: Mapping[sp.Symbol, Distribution]) -> Activation:
    """A random activation as its mean function, with its variance beside it; the noise enters as a polynomial."""
    pieces, _, undefined = partition(made.bound)
    means, variances = [], []
    for piece in pieces:
        mean = _expectation(piece.expr, laws, made.name)
        second = _expectation(piece.expr**2, laws, made.name)
        means.append((piece, mean))
        variances.append((piece, sp.factor(sp.expand(second - mean**2))))
    mean = _joined(means)
    variance = _joined(variances)
    cut, points, _ = partition(mean)
    spread = partition(variance)[0]
    text = "; ".join(f"{p.name} ~ {p.distribution}" for p in made.parameters if p.role == "random")
    noise = Noise(text, mean, variance, spread)
    return replace(made, bound=mean, pieces=cut, points=points, undefined=undefined, noise=noise)


def _joined(parts: list[tuple[Piece, sp.Expr]]) -> sp.Expr:
    if len(parts) == 1:
        return parts[0][1]
    branches = [(expr, sp.Ge(X, piece.lower, evaluate=False)) for piece, expr in reversed(parts[1:])]
    return sp.Piecewise(*branches, (parts[0][1], True), evaluate=False)


def _expectation(expr: sp.Expr, laws: Mapping[sp.Symbol, Distribution], name: str) -> sp.Expr:
    for symbol, law in laws.items():
        if symbol not in expr.free_symbols:
            continue
        polynomial = sp.Poly(sp.expand(expr), symbol) if expr.is_polynomial(symbol) else None
        if polynomial is None:
            raise InputError(f"{name}: the random parameter {symbol} must enter as a polynomial on each piece")
        expr = sp.Add(*[c * _moment(law, int(k)) for (k,), c in polynomial.terms()])
    return expr


def _moment(law: Distribution, k: int) -> sp.Expr:
    """E[Y**k]."""
    first, second = law.arguments
    if law.kind == "uniform":
        return sp.cancel((second ** (k + 1) - first ** (k + 1)) / ((k + 1) * (second - first)))
    return sp.Add(
        *[
            sp.binomial(k, j) * first ** (k - j) * second ** sp.Rational(j, 2) * sp.factorial2(j - 1)
            for j in range(0, k + 1, 2)
        ]
    )
