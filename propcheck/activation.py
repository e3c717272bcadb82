"""Spec -> Activation: analytic pieces on a partition of the real line.

`Max`, `Min`, `Abs`, `sign`, `Heaviside` and `Piecewise` are resolved once, by the proved signs of what they compare;
nothing behind this page knows them. Where a piece divides by zero the point is filled in by its limit, or cut out of
the domain. A random activation is replaced by its mean function, and its variance stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import sympy as sp
from flint import ctx
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFalse, BooleanFunction, BooleanTrue

from propcheck.calculus import Undecided, local
from propcheck.calculus.form import RealRoot, compile_form, constant_ball, rational_ball
from propcheck.calculus.identity import is_zero, normal_form
from propcheck.calculus.signs import (
    Chart,
    constant_sign,
    inner_point,
    period_of,
    precedes,
    same,
    signs,
    simple_rational,
    within,
)
from propcheck.calculus.tail import outward
from propcheck.grammar import Condition, X, defined_where, lost_conditions, parse, show
from propcheck.precision import alone
from propcheck.spec import Distribution, Parameter, Spec, bind
from propcheck.verdict import Computed, InputError, Plotted, Shown

MAX_PIECES = 400
MOST_CASES = 8  # of a formula that a notebook shows by cases
_LINE_BITS = 160  # precision at which a slope is recognised as a rational
_CONDITIONAL = (sp.Pow, sp.log, sp.tan, sp.asin, sp.acos, sp.acosh, sp.atanh)  # what not every number is put into
_NO_VALUE = (sp.zoo, sp.nan, sp.oo, -sp.oo, sp.I, sp.AccumBounds)


class EndlessGaps(Undecided):
    """The function is not defined at the points of `gaps`, and again with `period`: there are endlessly many pieces."""

    def __init__(self, gaps: tuple[sp.Expr, ...], period: sp.Expr):
        super().__init__(f"not defined at {', '.join(map(str, gaps))} and so on with period {period}: no finite pieces")
        self.gaps, self.period = gaps, period


@dataclass(frozen=True)
class Piece:
    """An expression that is analytic on the open interval (lower, upper), with the gaps in it that are filled in."""

    lower: sp.Expr
    upper: sp.Expr
    expr: sp.Expr
    removable: tuple[sp.Expr, ...] = ()

    def chart(self, expr: sp.Expr) -> Chart:
        """The signs of another expression of the same kind on this interval."""
        return signs(expr, X, self.lower, self.upper, self.removable)

    @cached_property
    def derivatives(self) -> list[sp.Expr]:
        return [self.expr]

    def derivative(self, order: int = 1) -> sp.Expr:
        """The derivative of this order, as an expression."""
        while len(self.derivatives) <= order:
            slope = self._without_sizes(self.derivatives[-1].diff(X))
            self.derivatives.append(_combined(slope, self.removable) if self.removable else slope)
        return self.derivatives[order]

    def _without_sizes(self, expr: sp.Expr) -> sp.Expr:
        """The expression without the |u| that SymPy makes of sqrt(u**2), where u keeps one sign on this interval."""
        for size in expr.atoms(sp.Abs) if expr.has(sp.Abs) else ():
            u = size.args[0]
            found = () if u.has(sp.Abs) else self.chart(u).signs
            if len(found) == 1:
                expr = expr.xreplace({size: found[0] * u})
        return expr

    def is_zero(self, expr: sp.Expr) -> bool | None:
        """Is another expression of the same kind zero on all of this interval?"""
        return is_zero(expr, self.lower, self.upper)

    def holds(self, at: sp.Expr) -> bool:
        """Does a point lie inside?"""
        return precedes(self.lower, at) and precedes(at, self.upper)

    def within(self, lower: sp.Expr, upper: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
        """The ends of the part that lies between two numbers; None where there is none."""
        low = self.lower if precedes(lower, self.lower) else lower
        high = self.upper if precedes(self.upper, upper) else upper
        return (low, high) if precedes(low, high) else None

    def limit(self, end: sp.Expr, order: int = 0) -> sp.Expr:
        """The limit of the derivative of this order at one of the ends: a number, oo or -oo."""
        return limit(self.derivative(order), end, 1 if same(end, self.lower) else -1)


@dataclass(frozen=True)
class Point:
    """A breakpoint and the value of the function there; None where it is not defined."""

    at: sp.Expr
    value: sp.Expr | None


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
    pieces, where that is so: then the facts are open.
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

    def point(self, at: sp.Expr) -> Point | None:
        """The breakpoint at a point; None where it is none."""
        return next((point for point in self.points if same(point.at, at)), None)

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
        if not self.values or self.noise is not None:
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
        derivative = self.derivative_expression()
        return {
            "name": self.name,
            "title": self.title,
            "expression": show(self.expression),
            "parameters": {item.name: item.to_json(self.values.get(item.name)) for item in self.parameters},
            "source": self.spec.source if self.spec else "",
            "note": self.spec.note if self.spec else "",
            "pieces": [
                {"lower": str(piece.lower), "upper": str(piece.upper), "expression": show(piece.expr)}
                for piece in self.pieces
            ],
            "derivative": show(derivative),
            "latex": {"expression": sp.latex(self.expression), "derivative": sp.latex(derivative)},
        }

    @alone
    def shown(self) -> dict[str, Any]:
        """The same, with the formula by cases where it is written without them but has some."""
        if isinstance(self.expression, sp.Piecewise) or not 1 < len(self.symbolic) <= MOST_CASES:
            return self.to_json() | {"cases": None}
        cases = as_piecewise(self.symbolic)
        return self.to_json() | {"cases": {"expression": show(cases), "latex": sp.latex(cases)}}

    @alone
    def derivative_expression(self, order: int = 1) -> sp.Expr:
        """The derivative, piece by piece, parameters symbolic where their ranges allow it."""
        return as_piecewise(self.symbolic, order) if self.pieces else self.expression.diff((X, order))


def piece_beside(pieces: Iterable[Piece], at: sp.Expr, side: int) -> Piece | None:
    """The piece that holds the points just beside a point, on its right for side 1, on its left for -1."""
    for piece in pieces:
        near, far = (piece.lower, piece.upper) if side > 0 else (piece.upper, piece.lower)
        reaches = precedes(at, far) if side > 0 else precedes(far, at)
        if reaches and not (precedes(at, near) if side > 0 else precedes(near, at)):
            return piece
    return None


def as_piecewise(pieces: tuple[Piece, ...], order: int = 0) -> sp.Expr:
    """The pieces (or a derivative of theirs) as one SymPy expression; a breakpoint belongs to the right-hand piece."""
    if len(pieces) == 1:
        return shortest(pieces[0].derivative(order))
    branches: list[tuple[sp.Expr, Any]] = []
    for piece in reversed(pieces):
        last = piece is pieces[0]
        branches.append((shortest(piece.derivative(order)), sp.true if last else sp.Ge(X, piece.lower, evaluate=False)))
    return sp.Piecewise(*branches, evaluate=False)


def shortest(expr: sp.Expr) -> sp.Expr:
    """The shortest of a few equal ways to write an expression, none of which costs a search."""
    forms = [expr, sp.factor_terms(expr)]
    if len(expr.args) <= 8:
        forms.append(sp.together(expr))
    counts = {form: form.count_ops() for form in forms}
    least = [form for form, count in counts.items() if count == min(counts.values())]
    return least[0] if len(least) == 1 else min(least, key=str)


# --- targets ---------------------------------------------------------------------------------------------------------


@alone
def from_spec(spec: Spec, params: Mapping[str, Any] | None = None) -> Activation:
    """The activation of a spec at given values of its parameters (their defaults otherwise)."""
    values = bind(spec, params)
    symbols = spec.symbols()
    expression = parse(spec.formula, symbols)
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
        lost = lost_conditions(spec.formula, symbols)
        return _divided(made, tuple((node, kind, u.xreplace(put)) for node, kind, u in lost))

    return _cut_up(made, divided)


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


def _divided(made: Activation, conditions: tuple[Condition, ...] = ()) -> Activation:
    pieces, points, undefined = partition(made.bound, conditions=conditions)
    if not pieces:
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


# --- resolving into pieces -------------------------------------------------------------------------------------------

_SPLITTING = (sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside, sp.Piecewise, Relational)


def settle(expr: sp.Expr) -> sp.Expr:
    """Turns functions that SymPy may bring in by itself into those that the rest of the page knows."""
    if expr.has(sp.I, sp.zoo, sp.nan):
        raise InputError(f"{expr} is not a real number")
    return expr.replace(sp.re, lambda u: u) if expr.has(sp.re) else expr


def partition(
    expr: sp.Expr, conditions: tuple[Condition, ...] = ()
) -> tuple[tuple[Piece, ...], tuple[Point, ...], tuple[tuple[sp.Expr, sp.Expr], ...]]:
    """The pieces of an expression in X, its breakpoints with their values, and the gaps in its domain.

    Other symbols stand for any number within their ranges. `conditions` must hold beside those of the expression; those
    in which branches are chosen are resolved with it.
    """
    raw: list[tuple[sp.Expr, sp.Expr, sp.Expr | None]] = []
    if _chooses(expr):
        conditions += tuple(_standing_conditions(expr))
    beside = [defined_where(kind, u) for _, kind, u in conditions if _chooses(u)]
    conditions = tuple(condition for condition in conditions if not _chooses(condition[2]))
    todo: list[tuple[sp.Expr, sp.Expr, Any]] = [(-sp.oo, sp.oo, sp.Tuple(expr, *beside))]
    while todo:
        lower, upper, current = todo.pop()
        if len(raw) + len(todo) > MAX_PIECES:
            raise Undecided(f"more than {MAX_PIECES} pieces")
        steps = _steps(current, lower, upper)
        if len(steps) > 1:
            cuts = [lower, *sorted({step.at for step in steps if step.inside}), upper]
            if len(raw) + len(todo) + len(cuts) > MAX_PIECES:
                raise Undecided(f"more than {MAX_PIECES} pieces")
            for low, high in reversed([*pairwise(cuts)]):
                todo.append((low, high, _replaced(current, {step.node: step.before(high) for step in steps})))
            continue
        node = next(_decisions(current), None)
        if node is not None:
            u, branches = _branches(node)
            while isinstance(split := _domain_split(u, lower, upper), sp.Expr):
                u = split
            if split is not None:
                _cut(split, current, todo, raw)
                continue
            chart = _one_pass(signs(u, X, lower, upper), u, touching=isinstance(node, (sp.Abs, sp.Max, sp.Min)))
            cuts = [lower, *[zero.at for zero in chart.zeros], upper]
            for k in reversed(range(len(chart.signs))):
                todo.append((cuts[k], cuts[k + 1], _replaced(current, {node: branches[chart.signs[k]]})))
            continue
        split = _domain_split(current, lower, upper, conditions)
        if isinstance(split, sp.Expr):
            todo.append((lower, upper, sp.Tuple(split, *current.args[1:])))
        elif split is None:
            raw.append((lower, upper, _unsquared(current.args[0], lower, upper)))
        else:
            _cut(split, current, todo, raw)
    raw.sort(key=_Left)
    return _assembled(expr, raw, lambda at: _met(conditions, at) and all(value_at(u, at) is not None for u in beside))


def _chooses(expr: sp.Expr) -> bool:
    return any(isinstance(node, _SPLITTING) for node in sp.preorder_traversal(expr))


def _cut(
    split: list[tuple[sp.Expr, sp.Expr, bool]],
    current: sp.Expr,
    todo: list[tuple[sp.Expr, sp.Expr, sp.Expr]],
    raw: list[tuple[sp.Expr, sp.Expr, sp.Expr | None]],
) -> None:
    """The parts inside a domain are still to be done; those outside are done."""
    for low, high, inside in reversed(split):
        if inside:
            todo.append((low, high, current))
        else:
            raw.append((low, high, None))


class _Left:
    """Sorts raw pieces by their left ends, exactly."""

    def __init__(self, part: tuple[sp.Expr, sp.Expr, sp.Expr | None]):
        self.lower = part[0]

    def __lt__(self, other: _Left) -> bool:
        return precedes(self.lower, other.lower)


def _one_pass(chart: Chart, u: sp.Expr, touching: bool = False) -> Chart:
    """A chart with finitely many zeros; `touching` says that zeros without a change of sign do not matter."""
    if chart.period is None:
        return chart
    if len(chart.all_signs) > 1 or (chart.zeros and not touching):
        raise Undecided(f"infinitely many breakpoints: {u} is 0 again and again, with period {chart.period}")
    return Chart((), chart.signs[:1])


def _decisions(expr: Any) -> Iterator[Any]:
    """Nodes that choose between branches and whose own arguments choose no more: the innermost, conditions first."""
    if isinstance(expr, sp.Piecewise):
        yield from _decisions(expr.args[0][1])
        return
    for arg in expr.args:
        yield from _decisions(arg)
    if isinstance(expr, _SPLITTING) and expr.free_symbols:
        yield expr


def _branches(node: Any) -> tuple[sp.Expr, dict[int, Any]]:
    """What a node looks at, and what it is when that is negative, zero or positive."""
    if isinstance(node, sp.Abs):
        u = node.args[0]
        return u, {-1: -u, 0: sp.S.Zero, 1: u}
    if isinstance(node, sp.sign):
        return node.args[0], {-1: sp.S.NegativeOne, 0: sp.S.Zero, 1: sp.S.One}
    if isinstance(node, sp.Heaviside):
        middle = node.args[1] if len(node.args) > 1 else sp.Rational(1, 2)
        return node.args[0], {-1: sp.S.Zero, 0: middle, 1: sp.S.One}
    if isinstance(node, (sp.Max, sp.Min)):
        first, second, *rest = node.args
        most = isinstance(node, sp.Max)
        kind = sp.Max if most else sp.Min

        def with_rest(value: sp.Expr) -> sp.Expr:
            left = kind(value, *rest, evaluate=False) if rest else value
            return left if X in left.free_symbols else _constant_choice(left)

        smaller, larger = with_rest(first), with_rest(second)
        return first - second, {-1: larger if most else smaller, 0: smaller, 1: smaller if most else larger}
    truths = {
        sp.Gt: (False, False, True), sp.Ge: (False, True, True), sp.Lt: (True, False, False),
        sp.Le: (True, True, False), sp.Eq: (False, True, False), sp.Ne: (True, False, True),
    }  # fmt: skip
    below, at, above = truths[type(node)]
    return node.lhs - node.rhs, {-1: sp.sympify(below), 0: sp.sympify(at), 1: sp.sympify(above)}


@dataclass(frozen=True)
class _Step:
    """A node that chooses by the sign of a line: where that is 0, whether it rises, what it is below and above."""

    node: Any
    at: sp.Rational
    inside: bool
    below: Any
    above: Any

    def before(self, high: sp.Expr) -> Any:
        """What the node is on an interval up to `high` that the step does not lie inside of."""
        return self.below if bool(high <= self.at) else self.above


def _steps(current: Any, lower: sp.Expr, upper: sp.Expr) -> list[_Step]:
    """All nodes at once that choose by the sign of a line with rational numbers, between two rational ends.

    Many of them, as in a sum of masks, would be decided on each interval one after the other.
    """
    if not all(end.is_Rational or end.is_infinite for end in (lower, upper)):
        return []
    found = {}
    for node in _decisions(current):
        if node in found or any(arg.has(*_SPLITTING) for arg in node.args):
            continue
        u, branches = _branches(node)
        slope = u.coeff(X, 1)
        rest = u - slope * X
        if not (slope.is_Rational and slope != 0 and rest.is_Rational):
            continue
        at, rising = -rest / slope, 1 if slope > 0 else -1
        inside = bool(lower < at) and bool(at < upper)
        found[node] = _Step(node, at, inside, branches[-rising], branches[rising])
    return list(found.values())


def _replaced(expr: Any, values: Mapping[Any, Any]) -> Any:
    """`expr` with nodes replaced, branches that are decided taken, and nothing else evaluated that chooses."""
    if expr in values:
        return values[expr]
    if not expr.args or not expr.has(*{type(node) for node in values}):
        return expr
    args = [_replaced(arg, values) for arg in expr.args]
    if all(new is old for new, old in zip(args, expr.args, strict=True)):
        return expr
    if isinstance(expr, sp.Piecewise):
        kept = []
        for arg in args:
            branch, condition = arg.args
            if isinstance(condition, BooleanFalse):
                continue
            kept.append((branch, condition))
            if isinstance(condition, BooleanTrue):
                break
        if kept and isinstance(kept[0][1], BooleanTrue):
            return kept[0][0]
        return sp.Piecewise(*kept, evaluate=False) if kept else sp.nan
    if isinstance(expr, sp.functions.elementary.piecewise.ExprCondPair):
        return sp.functions.elementary.piecewise.ExprCondPair(*args)
    if isinstance(expr, (sp.Max, sp.Min, Relational)):
        made = expr.func(*args, evaluate=False)
        if not made.free_symbols:
            return _constant_choice(made)
        return made
    made = expr.func(*args)
    return _constant_choice(made) if isinstance(made, _SPLITTING) and not made.free_symbols else made


def _constant_choice(node: Any) -> Any:
    """A choice between constants, decided exactly."""
    while isinstance(node, _SPLITTING) and not isinstance(node, sp.Piecewise) and X not in node.free_symbols:
        u, branches = _branches(node)
        node = branches[constant_sign(u)]
    return node


def value_at(expr: Any, point: sp.Expr) -> sp.Expr | None:
    """The exact value of an expression in X at a point, branches chosen exactly; None where it is not defined.

    In an expression without branches a removable gap is filled in by its limit.
    """
    value = _value(expr, point)
    if value is None and not _chooses(expr):
        value = _plain_value(expr, point)
    return None if value is None or value.has(*_NO_VALUE) else _plainer(value)


def _plainer(value: sp.Expr) -> sp.Expr:
    """A value at a root without a short form: the sums and products in it that are rational are written so."""
    if not value.has(RealRoot):
        return value
    known = {node: plain for node in value.atoms(sp.Add, sp.Mul) if (plain := _as_rational(node)) is not None}
    return value.xreplace(known) if known else value


def _as_rational(value: sp.Expr) -> sp.Rational | None:
    """The simple rational number that a value at a root is proved to be."""
    if not value.has(RealRoot):
        return None
    with ctx.workprec(_LINE_BITS):
        number = simple_rational(constant_ball(value))
    return number if number is not None and is_zero(value - number) else None


def _value(node: Any, point: sp.Expr) -> Any:
    """The value as the formula is written, argument by argument; None where one of them has none."""
    if X not in node.free_symbols and not isinstance(node, (*_SPLITTING, BooleanFunction)):
        return node
    if node == X:
        return point
    if isinstance(node, sp.Piecewise):
        for branch, condition in node.args:
            truth = _value(condition, point)
            if truth is None or isinstance(truth, BooleanTrue):
                return None if truth is None else _value(branch, point)
            if not isinstance(truth, BooleanFalse):
                raise Undecided(f"whether {truth}")
        return None
    values = [_value(arg, point) for arg in node.args]
    if None in values:
        return None
    if isinstance(node, _SPLITTING):
        rest = {} if isinstance(node, (sp.Abs, sp.sign, sp.Heaviside)) else {"evaluate": False}
        return _constant_choice(node.func(*values, **rest))
    if not _stands(node, values):
        return None
    made = node.func(*values)
    return None if made.has(*_NO_VALUE) or made.is_extended_real is False else made


def _stands(node: sp.Expr, values: list[Any]) -> bool:
    """Is a function a real number at these constants, those included that are 0 in a way which SymPy does not see?"""
    if not isinstance(node, _CONDITIONAL) or any(value.free_symbols or value.has(*_NO_VALUE) for value in values):
        return True
    for _, kind, u in local.conditions(node.func(X, *values[1:], evaluate=False), X, inner=False):
        sign = constant_sign(u.xreplace({X: values[0]}))
        if sign == 0 and kind != "nonnegative" or sign < 0 and kind != "nonzero":
            return False
    return True


def _plain_value(expr: sp.Expr, point: sp.Expr) -> sp.Expr | None:
    """The value of an analytic expression; a removable gap is filled in by the limit from the right."""
    if X not in expr.free_symbols:
        return expr
    if local.regular(expr, X, point):
        return expr.subs(X, point)
    divided = False
    for _, kind, u in local.conditions(expr, X):
        at = _plain_value(u, point)
        if kind == "nonzero":
            divided |= at is None or constant_sign(at) == 0
            continue
        sign = -1 if at is None else constant_sign(at)
        if sign < 0 or (sign == 0 and kind == "positive"):
            return None
    value = expr.subs(X, point)
    if divided or value.has(*_NO_VALUE):
        try:
            sides = [limit(expr, point, side) for side in (1, -1)]
        except Undecided:
            return None
        return sides[0] if sides[0].is_finite and same(*sides) else None
    return value


# --- the domain ------------------------------------------------------------------------------------------------------


def _imaginary(node: sp.Expr) -> bool:
    """Is this a constant that is not a real number?"""
    return bool(node.args) and not node.free_symbols and node.is_extended_real is False


def _standing_conditions(expr: sp.Expr) -> Iterator[Condition]:
    """Conditions that hold whichever branches are taken, so that a branch that is 0 does not swallow them."""
    if isinstance(expr, sp.Piecewise) or X not in expr.free_symbols:
        return
    for arg in expr.args:
        yield from _standing_conditions(arg)
    if isinstance(expr, Relational):
        return
    for node, kind, u in local.conditions(expr, X, inner=False):
        if kind != "nonzero" and not u.is_positive:
            yield (node, "defined", node) if _chooses(node) else (node, kind, u)


def _domain_split(
    expr: sp.Expr, lower: sp.Expr, upper: sp.Expr, conditions: tuple[Condition, ...] = ()
) -> list[tuple[sp.Expr, sp.Expr, bool]] | sp.Expr | None:
    """None where the expression is analytic on (lower, upper), gaps that can be filled aside; else the parts of it.

    Where poles inside it cancel, the expression that shows it.
    """
    if expr.has(*_NO_VALUE) or any(_imaginary(node) for node in sp.preorder_traversal(expr)):
        return [(lower, upper, False)]
    for _, kind, u in (*conditions, *local.conditions(expr, X)):
        if u.is_positive:
            continue
        chart = signs(u, X, lower, upper)
        if kind == "nonzero":
            if chart.signs == (0,):
                raise InputError(f"a division by {u}, which is 0")
            whole = expr.args[0] if isinstance(expr, sp.Tuple) else expr
            if chart.period is not None and chart.zeros:
                raise _endless(whole, u, chart)
            for zero in chart.zeros:
                if not _fills(whole, zero.at):
                    return [(lower, zero.at, True), (zero.at, upper, True)]
                shown = _quotient(whole, (zero.at,))
                if shown != whole:
                    return shown
            continue
        if chart.all_signs == {1} and not chart.zeros:
            continue
        if chart.signs == (0,) and kind == "nonnegative":
            continue
        chart = _one_pass(chart, u)
        cuts = [lower, *[zero.at for zero in chart.zeros], upper]
        if chart.signs in ((-1,), (0,)):
            return [(lower, upper, False)]
        return [(cuts[k], cuts[k + 1], sign > 0) for k, sign in enumerate(chart.signs)]
    return None


def _unsquared(expr: sp.Expr, lower: sp.Expr, upper: sp.Expr) -> sp.Expr:
    """Square roots of squares replaced by what is squared, with the sign that it has on (lower, upper)."""
    roots = [n for n in expr.atoms(sp.Pow) if n.exp.is_Rational and n.exp.q == 2 and X in n.base.free_symbols]
    for node in sorted(roots, key=sp.count_ops):
        try:
            kernels, (base,) = normal_form(node.base)
        except Undecided:
            continue
        outside: sp.Expr = sp.S.One
        inside: sp.Expr = sp.S.One
        for poly, direction in ((base.num, 1), (base.den, -1)):
            content, factors = poly.factor()
            inside *= sp.Rational(int(content.p), int(content.q)) ** direction
            for factor, power in factors:
                half, odd = divmod(int(power), 2)
                part = kernels.poly_back(factor)
                inside *= part ** (odd * direction)
                if half:
                    chart = signs(part, X, lower, upper)
                    if len(chart.all_signs) != 1 or chart.zeros:
                        return expr
                    outside *= (chart.signs[0] * part) ** (half * direction)
        if outside is not sp.S.One:
            expr = expr.xreplace({node: outside**node.exp.p * inside**node.exp})
    return expr


def _fills(expr: sp.Expr, point: sp.Expr) -> bool:
    """Is the whole of an expression analytic at a zero of a denominator, and can it be enclosed there?

    A jump, a kink or a flat place is not: there a piece ends, and both sides are asked for what they tend to.
    """
    if not local.analytic(expr, X, point):
        return False
    try:
        return _enclosed(_quotient(expr, (point,)), (point,))
    except Undecided:
        return False


def _quotient(expr: sp.Expr, removable: tuple[sp.Expr, ...]) -> sp.Expr:
    """The expression as it is written where each quotient in it can be filled in by itself; else over one denominator.

    In 1/tanh(x) - 1/x two poles cancel, and only (x - tanh(x))/(x*tanh(x)) shows it.
    """
    if _enclosed(expr, removable):
        return expr
    combined = _combined(expr, removable)
    return combined if _enclosed(combined, removable) else over_one(combined)


def _enclosed(expr: sp.Expr, removable: tuple[sp.Expr, ...]) -> bool:
    """Do balls hold the value at each gap?"""
    with ctx.workprec(_LINE_BITS):
        form = compile_form(expr, X, removable)
        return all(form.ball(constant_ball(point)).is_finite() for point in removable)


def _combined(expr: sp.Expr, removable: tuple[sp.Expr, ...]) -> sp.Expr:
    """In each sum, the terms with poles over one denominator; the whole sum where their poles do not cancel."""
    if not expr.args or X not in expr.free_symbols:
        return expr
    args = [_combined(arg, removable) for arg in expr.args]
    if not isinstance(expr, sp.Add):
        return expr.func(*args)
    poles = [arg for arg in args if not all(local.analytic(arg, X, point) for point in removable)]
    others = [arg for arg in args if arg not in poles]
    together = over_one(sp.Add(*poles))
    if others and not all(local.analytic(together, X, point) for point in removable):
        return over_one(sp.Add(*args))
    return sp.Add(together, *others)


def over_one(expr: sp.Expr) -> sp.Expr:
    """The expression over one denominator, in which what is flat somewhere (exp(-1/x**2)) stays as it is."""
    flat = {node: sp.Dummy() for node in expr.atoms(sp.exp) if not node.args[0].is_polynomial(X)}
    return sp.together(expr.xreplace(flat)).xreplace({dummy: node for node, dummy in flat.items()})


def _removable(expr: sp.Expr, lower: sp.Expr, upper: sp.Expr) -> tuple[sp.Expr, ...]:
    points: list[sp.Expr] = []
    for _, kind, u in local.conditions(expr, X):
        if kind == "nonzero" and not u.is_positive:
            for zero in signs(u, X, lower, upper).zeros:
                if not any(same(zero.at, known) for known in points):
                    points.append(zero.at)
    return tuple(points)


def _endless(expr: sp.Expr, u: sp.Expr, chart: Chart) -> Undecided:
    """What is to be said of a denominator that is 0 again and again: where the gaps are that cannot be filled in."""
    assert chart.period is not None
    zeros = tuple(zero.at for zero in chart.zeros)
    core = _with_poles(expr, u)
    period = period_of(core, X)
    if period is None:
        return Undecided(f"division by {u}, which is 0 again and again: at which of its zeros the function is defined")
    again = int(sp.simplify(period / chart.period))
    zeros = tuple(zero + k * chart.period for k in range(again) for zero in zeros)
    gaps = tuple(zero for zero in zeros if not local.analytic(core, X, zero))
    if not gaps:
        return Undecided(f"division by {u}, which is 0 again and again, each time with a gap that can be filled in")
    if len(gaps) == len(zeros):
        return EndlessGaps(gaps[: len(chart.zeros)], chart.period)
    return EndlessGaps(gaps, period)


def _with_poles(expr: sp.Expr, u: sp.Expr) -> sp.Expr:
    """The expression less terms that have no poles, and less factors that have none and no zero in common with u."""
    terms = [term for term in sp.Add.make_args(expr) if any(local.conditions(term, X))]
    return sp.Mul(*[factor for factor in sp.Mul.make_args(sp.Add(*terms)) if not _apart(factor, u)])


def _apart(factor: sp.Expr, u: sp.Expr) -> bool:
    if any(local.conditions(factor, X)) or period_of(factor, X) is not None:
        return False
    try:
        chart = signs(factor, X, -sp.oo, sp.oo)
    except Undecided:
        return False
    return chart.period is None and all(is_zero(u.subs(X, zero.at)) is False for zero in chart.zeros)


def limit(expr: sp.Expr, end: sp.Expr, side: int) -> sp.Expr:
    """The one-sided limit of an analytic expression at `end` (side 1: from the right): a number, oo or -oo."""
    if X not in expr.free_symbols:
        return expr
    if not end.is_infinite and local.regular(expr, X, end):
        value = _plainer(expr.subs(X, end))
        return sp.S.Zero if value.has(RealRoot) and is_zero(value) else value
    try:
        return local.one_sided(expr, X, end, side)
    except Undecided as reason:
        composed = _composed_limit(outward(expr, X, end, side))
        if composed is None:
            raise Undecided(f"the limit of {expr} at {end}: {reason}") from None
        return composed


def _composed_limit(expr: sp.Expr) -> sp.Expr | None:
    """The limit at +oo by the rules for exp, sums and products, for what outgrows every germ; None if they fail."""
    if X not in expr.free_symbols:
        return expr
    if isinstance(expr, sp.exp):
        inner = _limit_or_none(expr.args[0])
        return None if inner is None else sp.S.Zero if inner is -sp.oo else sp.oo if inner is sp.oo else sp.exp(inner)
    if not isinstance(expr, (sp.Add, sp.Mul)):
        return None
    parts = [_limit_or_none(arg) for arg in expr.args]
    if None in parts:
        return None
    total = expr.func(*parts)
    return None if total.has(sp.nan, sp.zoo) else total


def _limit_or_none(expr: sp.Expr) -> sp.Expr | None:
    try:
        return limit(expr, sp.oo, -1)
    except Undecided:
        return None


# --- putting the parts together --------------------------------------------------------------------------------------


def _assembled(
    expr: sp.Expr, raw: list[tuple[sp.Expr, sp.Expr, sp.Expr | None]], admitted: Callable[[sp.Expr], bool]
) -> tuple[tuple[Piece, ...], tuple[Point, ...], tuple[tuple[sp.Expr, sp.Expr], ...]]:
    merged: list[tuple[sp.Expr, sp.Expr, sp.Expr | None]] = []
    points: list[Point] = []
    gaps: list[tuple[sp.Expr, sp.Expr]] = []
    for lower, upper, part in raw:
        if merged:
            last = merged[-1]
            value = value_at(expr, lower) if admitted(lower) else None
            if value is None and part is not None and last[2] is not None:
                value = _filling(last[2], part, lower)
            if part is not None and last[2] is not None and _continues(last[2], part, lower, value):
                merged[-1] = (last[0], upper, min(last[2], part, key=lambda e: (e.count_ops(), str(e))))
                continue
            points.append(Point(lower, value))
            if value is None and part is not None and last[2] is not None:
                gaps.append((lower, lower))
        merged.append((lower, upper, part))
    for lower, upper, part in merged:
        if part is None:
            gaps.append((lower, upper))
    pieces = tuple(_piece(lower, upper, part) for lower, upper, part in merged if part is not None)
    return pieces, tuple(points), tuple(_joined_gaps(gaps))


def _met(conditions: tuple[Condition, ...], at: sp.Expr) -> bool:
    """Do the conditions hold at a point?"""
    for _, kind, u in conditions:
        value = value_at(u, at)
        if value is None or constant_sign(value) < (kind == "positive"):
            return False
    return True


def _piece(lower: sp.Expr, upper: sp.Expr, expr: sp.Expr) -> Piece:
    removable = _removable(expr, lower, upper)
    return _straightened(Piece(lower, upper, _quotient(expr, removable) if removable else expr, removable))


def _straightened(piece: Piece) -> Piece:
    """A piece on which the function is linear, however it is written, written as a x + b where a and b are rational."""
    if piece.expr.free_symbols != {X} or piece.expr.is_polynomial(X):
        return piece
    form = compile_form(piece.expr, X, piece.removable)
    with ctx.workprec(_LINE_BITS):
        point = rational_ball(sample(piece))
        value, slope, bend = form.series(point, 3)
        if not (value.is_finite() and bend.contains(0)):
            return piece
        a, b = simple_rational(slope), simple_rational(value - slope * point)
    if a is None or b is None or piece.is_zero(piece.expr - a * X - b) is not True:
        return piece
    return replace(piece, expr=a * X + b, removable=())


def _filling(left: sp.Expr, right: sp.Expr, at: sp.Expr) -> sp.Expr | None:
    """The common finite limit at a point where the formula has no value."""
    try:
        before, after = limit(left, at, -1), limit(right, at, 1)
    except Undecided:
        return None
    return after if before.is_finite and after.is_finite and same(before, after) else None


def _continues(left: sp.Expr, right: sp.Expr, at: sp.Expr, value: sp.Expr | None) -> bool:
    """Is the breakpoint none, since one analytic expression holds on both sides and at the point?"""
    if value is None or (left != right and is_zero(left - right) is not True):
        return False
    if local.regular(left, X, at):
        return is_zero(left.subs(X, at) - value) is True
    return _fills(left, at) and same(limit(left, at, 1), value)


def _joined_gaps(gaps: list[tuple[sp.Expr, sp.Expr]]) -> list[tuple[sp.Expr, sp.Expr]]:
    ordered: list[tuple[sp.Expr, sp.Expr]] = []
    for gap in sorted(gaps, key=lambda g: _Left((g[0], g[1], None))):
        if ordered and same(ordered[-1][1], gap[0]):
            ordered[-1] = (ordered[-1][0], gap[1])
        else:
            ordered.append(gap)
    return ordered


def sample(piece: Piece) -> sp.Rational:
    """A point inside a piece."""
    return inner_point(piece.lower, piece.upper)
