"""Is a stated derivative right? Compared piece by piece, on the common refinement of both partitions.

With the parameters left symbolic an equality holds for every value inside their ranges; the closed ends of the ranges
are compared by themselves. What is not settled so is asked at values of the parameters, which can refute and never
prove. At a kink no value is the derivative: one of the slopes, or a value between them, is a convention, and is named;
any other is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, islice, pairwise, product
from typing import Any

import sympy as sp
from flint import arb, ctx
from sympy.core.relational import Relational

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.calculus.ball import rational_ball
from propcheck.calculus.chart import inner_point, inner_points
from propcheck.calculus.form import Form, RealRoot, compile_form, constant_ball
from propcheck.calculus.identity import is_zero
from propcheck.calculus.signs import constant_sign, precedes, same, within
from propcheck.language import X, parse, show
from propcheck.pieces.partition import partition
from propcheck.pieces.piece import Piece, piece_beside
from propcheck.pieces.values import limit, value_at
from propcheck.spec import Parameter
from propcheck.verdict import InputError, Recorded, Standing

DIGITS = 30  # of the values in a witness, where they show that the two differ
_MOST_DIGITS = 1200
PROVED, REFUTED, OPEN = "proved", "refuted", "open"
MAX_ENDS = 80  # combinations of closed ends of the ranges that are compared by themselves
_POINTS = 12  # points of a piece at which a difference is looked for
_SAMPLES = 48  # values of the parameters at which a refutation is looked for
_TOGETHER = 24  # of them at which several parameters move at once
_COMPARING = (sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside, Relational)
PRECISIONS = (400, 4000)  # bits with which two values are told apart

Values = dict[sp.Symbol, sp.Expr]
Ranges = Mapping[sp.Symbol, tuple[sp.Expr, sp.Expr]]


# --- what may come of it ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Witness(Recorded):
    """A point at which the stated value is wrong: both values, on which piece, at which parameters."""

    x: str
    value: str
    stated: str
    piece: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        at = ", ".join([f"x = {self.x}", *(f"{name} = {value}" for name, value in self.parameters.items())])
        return f"at {at}, the value is {self.value} and the stated one {self.stated}"


@dataclass(frozen=True)
class Convention(Recorded):
    """What is taken at a point where the function has no derivative.

    `kind` is `right`, `left` or `mean` of the two slopes, `between` them, `both` where it is the limit of the slopes on
    either side of a jump, or `nothing` where no value is stated. `vanishes` tells the parameters at which the point is
    none, `when` the parameters at which it is one, where these are not all.
    """

    at: str
    left: str
    right: str
    stated: str | None
    kind: str
    jump: str = ""
    vanishes: str = ""
    when: str = ""

    def to_json(self) -> dict[str, Any]:
        return super().to_json() | {"text": str(self)}

    def __str__(self) -> str:
        if self.kind == "nothing":
            said = f"at {self.at} nothing is stated"
        elif self.kind == "both":
            said = (
                f"at {self.at} {self.jump} jumps, and the stated {self.stated} is the limit from both sides, "
                "by convention"
            )
        else:
            where = f"where {self.jump} jumps, " if self.jump else ""
            named = {
                "right": "the one on the right",
                "left": "the one on the left",
                "mean": "their mean",
                "between": "between them, a subgradient",
            }[self.kind]
            said = (
                f"at the kink {self.at}, {where}the one-sided derivatives are {self.left} and {self.right}; "
                f"the stated {self.stated} is {named}, by convention"
            )
        vanishes = f"; the kink vanishes when {self.vanishes}" if self.vanishes else ""
        return said + vanishes + (f" (when {self.when})" if self.when else "")


@dataclass(frozen=True)
class Proof:
    """What came of a stated derivative: the outcome, for which parameters, and what is taken at kinks.

    `ends` are values at the ends of the parameters' ranges, which were compared by themselves.
    """

    outcome: str
    text: str
    parameters: str = ""
    conventions: tuple[Convention, ...] = ()
    witness: Witness | None = None
    ends: tuple[str, ...] = ()

    @property
    def standing(self) -> Standing:
        return Standing.OPEN if self.outcome == OPEN else Standing.PROVED

    @property
    def found(self) -> str:
        """The outcome in words, conventions and witness aside."""
        ends = f" ({', '.join(self.ends)} by {'itself' if len(self.ends) == 1 else 'themselves'})" if self.ends else ""
        return self.text + (f", for every {self.parameters}{ends}" if self.parameters else "")

    def __str__(self) -> str:
        witness = [str(self.witness)] if self.witness else []
        return "; ".join([self.found, *witness, *map(str, self.conventions)])


class _Wrong(Exception):
    """The stated derivative is refuted."""

    def __init__(self, text: str, witness: Witness | None = None):
        super().__init__(text)
        self.witness = witness


def read(activation: Activation, text: str) -> sp.Expr:
    """A formula stated of this activation, in the expression language."""
    return parse(text, activation.spec.symbols() if activation.spec else {})


def prove(activation: Activation, stated: sp.Expr, order: int = 1, held: Collection[str] = ()) -> Proof:
    """Is `stated` the derivative of this order, at all values of the parameters in their ranges?

    Order -1 asks whether `stated` is an antiderivative: continuous, with the function as its derivative. A parameter
    without a range may be any number; one that is `held` stands at its value, unless the equality holds at every other
    as well. Where `stated` has none of the parameters of a random function it is compared with the derivative of the
    mean function.
    """
    if activation.trouble:
        return Proof(OPEN, activation.trouble)
    random = {p.symbol(): _law_range(activation, p) for p in activation.parameters if p.role == "random"}
    if activation.noise is not None and random.keys().isdisjoint(stated.free_symbols):
        return _of_the_mean(activation, stated, order)
    if not activation.ranges and not random:
        return _at_values(activation, stated, order, {})
    general = _for_all(activation, stated, order, {**activation.ranges, **random}, {})
    free = [p for p in _declared(activation) if p.name not in held]
    still = {p.symbol(): activation.values[p.name] for p in _declared(activation) if p not in free}
    if general.outcome != PROVED and still:
        rest = {symbol: ends for symbol, ends in activation.ranges.items() if symbol not in still} | random
        if not rest:
            proof = _at_values(activation, stated, order, activation.values)
            when = listed(f"{name} = {show(value)}" for name, value in activation.values.items())
            return replace(proof, text=f"{proof.text} when {when}") if proof.outcome == PROVED else proof
        general = _for_all(activation, stated, order, rest, still)
    if general.outcome == PROVED or random:
        return general
    tried = list(islice(_samples(activation, stated, free), _SAMPLES))
    for values in tried:
        proof = _moved(activation, stated, order, values)
        if proof.outcome == REFUTED:
            return proof
    return replace(general, outcome=OPEN, text=f"{general.text}; not refuted at {len(tried)} values of the parameters")


def _declared(activation: Activation) -> list[Parameter]:
    """The parameters that have values."""
    return [parameter for parameter in activation.parameters if parameter.role != "random"]


def _law_range(activation: Activation, parameter: Parameter) -> tuple[sp.Expr, sp.Expr]:
    """The support of a random parameter."""
    law = parameter.law(activation.spec.symbols() if activation.spec else {})
    return law.arguments if law.kind == "uniform" else (-sp.oo, sp.oo)


def _of_the_mean(activation: Activation, stated: sp.Expr, order: int) -> Proof:
    """The comparison with the mean function, which is known at values of the other parameters only."""
    proof = _at_values(activation, stated, order, activation.values)
    if proof.outcome != PROVED:
        return proof
    if activation.values:
        return replace(proof, outcome=OPEN, text="right of the mean at the values in use, not proved for every value")
    return replace(proof, text=f"compared with the mean over the noise: {proof.text}")


def _samples(activation: Activation, stated: sp.Expr, free: Iterable[Parameter]) -> Iterator[dict[str, sp.Expr]]:
    """Values of the parameters: the ones in use, others within the ranges, the ends, and those that a text compares.

    What is compared is met one parameter at a time, and all at once: a fault may show where several are large together.
    """
    use = dict(activation.values)
    yield use
    ranged = {p: p.ends() for p in free}
    turns = {p: _turns((stated, activation.expression), p, activation.values) for p in ranged}
    gaps = {p: _between(turns[p], *ranged[p]) for p in ranged}
    for p in ranged:
        for value in [*gaps[p][1:-1], *turns[p]]:
            if p.admits(value):
                yield use | {p.name: value}
    meeting = {p.name: [value for value in gaps[p] if p.admits(value)] or [use[p.name]] for p in ranged}
    together = (dict(zip(meeting, values, strict=True)) for values in product(*meeting.values()))
    outermost = [{name: values[place] for name, values in meeting.items()} for place in (-1, 0)]
    for values in [*outermost, *islice(together, _TOGETHER)]:
        yield use | values
    spread = [sp.Rational(1, 2), sp.Integer(2), sp.Rational(1, 7), sp.Integer(5), sp.Rational(6, 7)]
    for k in range(len(spread)):
        values: dict[str, sp.Expr] = {}
        for place, (p, (lower, upper)) in enumerate(ranged.items()):
            t = spread[(k + 2 * place) % len(spread)]
            if lower.is_finite and upper.is_finite:
                values[p.name] = lower + (upper - lower) * t / (1 + t)
            elif lower.is_finite:
                values[p.name] = lower + t
            else:
                values[p.name] = upper - t if upper.is_finite else t * (-1) ** k
        yield use | values
    for p in ranged:
        for end in _closed_ends(p):
            yield use | {p.name: end}


def _turns(texts: Iterable[sp.Expr], parameter: Parameter, use: Mapping[str, sp.Expr]) -> list[sp.Expr]:
    """The values of a parameter at which a comparison in a text may turn, the other parameters at those in use."""
    symbol = parameter.symbol()
    found: set[sp.Expr] = set()
    for node in set().union(*(text.atoms(*_COMPARING) for text in texts)):
        for x in (sp.S.One, sp.S.NegativeOne):
            put = {other: use[other.name] for other in node.free_symbols - {X, symbol} if other.name in use} | {X: x}
            sides = [arg.xreplace(put) for arg in node.args[:1] if not isinstance(node, (sp.Max, sp.Min, Relational))]
            if isinstance(node, (sp.Max, sp.Min, Relational)):
                sides = [(one - two).xreplace(put) for one, two in combinations(node.args, 2)]
            found.update(root for gap in sides for root in _roots(gap, symbol))
    return sorted(found, key=float)


def _roots(gap: sp.Expr, symbol: sp.Symbol) -> list[sp.Expr]:
    """The rational roots of a polynomial of degree 1, and numbers near those of one of degree 2."""
    if gap.free_symbols != {symbol} or not gap.is_polynomial(symbol):
        return []
    poly = sp.Poly(gap, symbol)
    if poly.degree() == 1:
        return [-poly.nth(0) / poly.nth(1)]
    if poly.degree() != 2:
        return []
    return [sp.Rational(f"{float(root):.12g}") for root in sp.roots(poly) if root.is_real]


def _between(known: Sequence[sp.Expr], lower: sp.Expr, upper: sp.Expr) -> list[sp.Expr]:
    """A number of the range below all of these, one in each gap, one above all; none where there are none."""
    inside = [value for value in known if precedes(lower, value) and precedes(value, upper)]
    if not inside:
        return []
    reach = 1 + abs(inside[-1] - inside[0])
    low = (lower + inside[0]) / 2 if lower.is_finite else inside[0] - reach
    high = (upper + inside[-1]) / 2 if upper.is_finite else inside[-1] + reach
    return [low, *((left + right) / 2 for left, right in pairwise(inside)), high]


def _closed_ends(parameter: Parameter) -> list[sp.Expr]:
    """The ends of its range that belong to it."""
    if parameter.range is None or parameter.role == "random":
        return []
    return [end for end in dict.fromkeys(parameter.ends()) if end.is_finite and parameter.admits(end)]


# --- with symbols ----------------------------------------------------------------------------------------------------


def _for_all(activation: Activation, stated: sp.Expr, order: int, ranges: Ranges, held: Values) -> Proof:
    """The comparison with these parameters symbolic, the others held; it proves, and otherwise leaves open."""
    owners = {p.symbol(): p for p in activation.parameters}
    inside = _symbolic(activation, stated, order, ranges, held)
    if inside.outcome != PROVED:
        named = listed(_span(owners[symbol], *ends) for symbol, ends in ranges.items())
        return replace(inside, text=f"not proved for every {named}: {inside.text}")
    conventions, alone = list(inside.conventions), []
    for ends in _combinations([owners[symbol] for symbol in ranges]):
        when = listed(f"{symbol} = {show(end)}" for symbol, end in ends.items())
        rest = {symbol: span for symbol, span in ranges.items() if symbol not in ends}
        if rest:
            proof = _symbolic(activation, stated, order, rest, {**held, **ends})
        else:
            values = {**activation.values, **{symbol.name: end for symbol, end in ends.items()}}
            proof = _moved(activation, stated, order, values)
        if proof.outcome == REFUTED:
            return proof
        if proof.outcome == OPEN:
            return Proof(OPEN, f"proved inside the ranges of the parameters, not when {when}: {proof.text}")
        alone.append(when)
        known = {(taken.at, taken.kind) for taken in inside.conventions}
        conventions += [replace(c, when=when) for c in proof.conventions if (c.at, c.kind) not in known]
    named = listed(_span(owners[symbol], *ends, _closed_ends(owners[symbol])) for symbol, ends in ranges.items())
    put = f", with {listed(f'{symbol} = {show(value)}' for symbol, value in held.items())}" if held else ""
    return Proof(PROVED, _everywhere(conventions), named + put, tuple(conventions), ends=tuple(alone))


def _combinations(parameters: Sequence[Parameter]) -> Iterator[Values]:
    """Each choice of parameters that stand at closed ends of their ranges, the others being inside."""
    choices: list[list[sp.Expr | None]] = [[None, *_closed_ends(parameter)] for parameter in parameters]
    for number, chosen in enumerate(product(*choices)):
        if number > MAX_ENDS:
            raise Undecided(f"the ranges have more than {MAX_ENDS} combinations of closed ends")
        ends = {p.symbol(): end for p, end in zip(parameters, chosen, strict=True) if end is not None}
        if ends:
            yield ends


def _symbolic(activation: Activation, stated: sp.Expr, order: int, ranges: Ranges, put: Values) -> Proof:
    """The comparison inside these ranges, with values put in for other parameters."""
    try:
        with within(ranges):
            g, said = (_divided(expr.xreplace(put)) for expr in (activation.expression, stated))
            found = _compare(g, said, order, {})
            return Proof(PROVED, _everywhere(found), "", tuple(_admitted_only(found, activation)))
    except (_Wrong, Undecided, InputError) as reason:
        return Proof(OPEN, str(reason))


def _span(parameter: Parameter, lower: sp.Expr, upper: sp.Expr, closed: Sequence[sp.Expr] = ()) -> str:
    """A range in words, with the ends that belong to it."""
    name = parameter.name
    low, high = ("<=" if end in closed else "<" for end in (lower, upper))
    if lower.is_finite and upper.is_finite:
        return f"{show(lower)} {low} {name} {high} {show(upper)}"
    if lower.is_finite:
        return f"{name} {low.replace('<', '>')} {show(lower)}"
    return f"{name} {high} {show(upper)}" if upper.is_finite else f"real {name}"


def listed(items: Iterable[str]) -> str:
    """Items in a sentence."""
    return " and ".join(items)


def _everywhere(conventions: Sequence[_Taken | Convention]) -> str:
    places = (taken.at if isinstance(taken, Convention) else _place(taken.at) for taken in conventions)
    points = listed(dict.fromkeys(places))
    return f"equal everywhere but at {points}" if points else "equal everywhere"


# --- at values -------------------------------------------------------------------------------------------------------


def _moved(activation: Activation, stated: sp.Expr, order: int, values: Mapping[str, sp.Expr]) -> Proof:
    """The comparison at these values; open where the function does not exist there."""
    try:
        return _at_values(activation.rebind(values), stated, order, values)
    except InputError as reason:
        return Proof(OPEN, str(reason))


def _at_values(activation: Activation, stated: sp.Expr, order: int, values: Mapping[str, sp.Expr]) -> Proof:
    """The comparison at the values that the activation has."""
    told = {name: show(value) for name, value in values.items()}
    put = {symbol: activation.values[symbol.name] for symbol in activation.ranges}
    settled = stated.xreplace(put)
    try:
        if settled.has(sp.zoo, sp.nan):
            raise _Wrong(f"nothing is stated when {listed(f'{name} = {value}' for name, value in told.items())}")
        g = _Side(activation.pieces, [point.at for point in activation.points], activation)
        found = _compare(g, _divided(settled), order, told)
        return Proof(PROVED, _everywhere(found), "", tuple(_told(taken, "") for taken in found))
    except _Wrong as wrong:
        return Proof(REFUTED, str(wrong), witness=wrong.witness)
    except Undecided as reason:
        return Proof(OPEN, str(reason))


# --- piece by piece --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Side:
    """One side of the comparison: its pieces, the points at which its value may differ from theirs, its values."""

    pieces: tuple[Piece, ...]
    places: list[sp.Expr]
    value: Callable[[sp.Expr], sp.Expr | None]

    def beside(self, at: sp.Expr) -> tuple[Piece | None, Piece | None]:
        """The pieces that hold just on the left and just on the right of a point."""
        return piece_beside(self.pieces, at, -1), piece_beside(self.pieces, at, 1)


def _divided(expr: sp.Expr) -> _Side:
    pieces, points, _ = partition(expr)
    return _Side(pieces, [point.at for point in points], lambda at: _value_at(expr, at))


def _value_at(expr: sp.Expr, at: sp.Expr) -> sp.Expr | None:
    """The value at a point; undecided where a power of 0 exists for some values of the symbols in it only."""
    for node in expr.atoms(sp.Pow):
        if (node.exp.free_symbols - {X}) and not _rises(node.exp):
            base = value_at(node.base, at)
            if base is not None and _identical(base, sp.S.Zero):
                raise Undecided(f"whether {show(node)} exists at {_place(at)}")
    return value_at(expr, at)


@dataclass(frozen=True)
class _Taken:
    """A convention, exactly."""

    at: sp.Expr
    left: sp.Expr
    right: sp.Expr
    stated: sp.Expr | None
    kind: str
    jump: str


def _compare(g: _Side, said: _Side, order: int, told: Mapping[str, str]) -> list[_Taken]:
    """What is taken where the function has no derivative; raises where `said` is wrong, or is not decided to be right.

    An antiderivative (order -1) is compared by its slope, and must be continuous.
    """
    for piece in g.pieces:
        reached = piece.lower
        for part in said.pieces:
            if common := part.within(piece.lower, piece.upper):
                low, high = common
                if precedes(reached, low):
                    raise _unstated(piece.derivative(max(order, 0)), reached, low, told)
                reached = high
                _equal(piece.derivative(max(order, 0)), part.derivative(1 if order < 0 else 0), low, high, told)
        if precedes(reached, piece.upper):
            raise _unstated(piece.derivative(max(order, 0)), reached, piece.upper, told)
    if order < 0:
        _continuous(g, said, told)
        return []
    return _at_places(g, said, order, told)


def _unstated(true: sp.Expr, low: sp.Expr, high: sp.Expr, told: Mapping[str, str]) -> _Wrong:
    where = f"on {_interval(low, high)}"
    at = inner_point(low, high)
    witness = None
    if not (true.subs(X, at).free_symbols or at.free_symbols):
        witness = Witness(_place(at), _digits(_limit(true, at, 1)), "none", where, told)
    return _Wrong(f"nothing is stated {where}", witness)


def _equal(true: sp.Expr, stated: sp.Expr, low: sp.Expr, high: sp.Expr, told: Mapping[str, str]) -> None:
    true, stated = _settled(true), _settled(stated)
    zero = is_zero(true - stated, low, high)
    if zero:
        return
    where = _interval(low, high)
    if zero is None:
        raise Undecided(f"whether {show(true)} equals {show(stated)} on {where}")
    witness = _witness(true, stated, low, high, told)
    raise _Wrong(f"not equal on {where}", witness)


def _witness(true: sp.Expr, stated: sp.Expr, low: sp.Expr, high: sp.Expr, told: Mapping[str, str]) -> Witness | None:
    """A point of the interval at which balls tell the two apart; None where symbols stand in the way."""
    if (true.free_symbols | stated.free_symbols | low.free_symbols | high.free_symbols) - {X}:
        return None
    found = pair_apart([compile_form(side, X) for side in (true, stated)], islice(inner_points(low, high), _POINTS))
    return found and Witness(_place(found[0]), *found[1], f"on {_interval(low, high)}", told)


def pair_apart(forms: Sequence[Form], points: Iterable[sp.Expr]) -> tuple[sp.Expr, tuple[str, str]] | None:
    """A point at which balls tell two forms apart, and both values; preferably one at which 30 digits show it."""
    tried = list(points)
    best = None
    for bits, point in product(PRECISIONS, tried):
        with ctx.workprec(bits):
            one, other = (form.ball(rational_ball(point)) for form in forms)
            if one.is_finite() and other.is_finite() and not (one - other).contains(0):
                texts = told_apart(one, other)
                if best is None or len(texts[0]) < len(best[1][0]):
                    best = point, texts
                if one.str(DIGITS, radius=False) == texts[0]:
                    break
    return best


def told_apart(one: arb, other: arb) -> tuple[str, str]:
    """Two numbers to 30 digits, or to as many more as show that they differ."""
    for digits in range(DIGITS, _MOST_DIGITS, 10):
        texts = one.str(digits, radius=False), other.str(digits, radius=False)
        if texts[0] != texts[1]:
            return texts
    raise Undecided("two numbers that differ late")


def apart(one: sp.Expr, other: sp.Expr) -> tuple[str, str]:
    """The same of exact numbers."""
    with ctx.workprec(PRECISIONS[-1]):
        return told_apart(constant_ball(one), constant_ball(other))


def _continuous(g: _Side, said: _Side, told: Mapping[str, str]) -> None:
    """Raises where an antiderivative jumps inside the domain of the function."""
    for at in said.places:
        left, right = said.beside(at)
        if left is None or right is None or g.value(at) is None:
            continue
        sides = [_limit(left.expr, at, -1), said.value(at), _limit(right.expr, at, 1)]
        for before, after in pairwise(side for side in sides if side is not None):
            if not _identical(before, after):
                text = f"an antiderivative is continuous, and this one jumps at {_place(at)}"
                jump = f"{_digits(before)}, then {_digits(after)}"
                raise _Wrong(text, Witness(_place(at), "without a jump", jump, "at a jump", told))


# --- at points -------------------------------------------------------------------------------------------------------


def _at_places(g: _Side, said: _Side, order: int, told: Mapping[str, str]) -> list[_Taken]:
    """What is stated at each breakpoint of the function or of the stated derivative."""
    found: list[_Taken] = []
    wrong: list[_Wrong] = []
    seen: list[sp.Expr] = []
    for at in (*g.places, *said.places):
        if any(same(at, known) for known in seen):
            continue
        seen.append(at)
        left, right = g.beside(at)
        value = g.value(at)
        if left is None or right is None or value is None:
            continue
        try:
            taken = _at_place(at, left, right, value, said.value(at), order, told)
        except _Wrong as reason:
            wrong.append(reason)
        else:
            found += [taken] if taken is not None else []
    if wrong:
        raise _Wrong(f"equal on every piece, and wrong at {listed(map(str, wrong))}", wrong[0].witness)
    return found


def _at_place(
    at: sp.Expr,
    left: Piece,
    right: Piece,
    value: sp.Expr,
    stated: sp.Expr | None,
    order: int,
    told: Mapping[str, str],
) -> _Taken | None:
    """What is stated at one point; None where it is the derivative."""
    jump = _jump(at, left, right, value, order)
    before, after = (_limit(piece.derivative(order), at, side) for piece, side in ((left, -1), (right, 1)))
    alike = _identical(before, after)
    if stated is None:
        return _Taken(at, before, after, None, "nothing", jump)
    if alike and _identical(stated, before):
        return _Taken(at, before, after, stated, "both", jump) if jump else None
    if alike and not jump:
        witness = Witness(_place(at), _digits(before), _digits(stated), "at a breakpoint", told)
        raise _Wrong(_place(at), witness)
    kind = None if alike else _kind(before, after, stated)
    if kind is None:
        sides = f"{_digits(before)} on the left, {_digits(after)} on the right"
        witness = Witness(_place(at), sides, _digits(stated), f"at a {'jump' if jump else 'kink'}", told)
        raise _Wrong(f"the {'jump' if jump else 'kink'} {_place(at)}", witness)
    return _Taken(at, before, after, stated, kind, jump)


def _jump(at: sp.Expr, left: Piece, right: Piece, value: sp.Expr, order: int) -> str:
    """Which of the function and its derivatives below this order jumps at the point, if one does."""
    for k in range(order):
        before, after = (_limit(piece.derivative(k), at, side) for piece, side in ((left, -1), (right, 1)))
        if not _identical(before, after) or (k == 0 and not _identical(before, value)):
            return ("the function", "the slope")[k] if k < 2 else f"the derivative of order {k}"
    return ""


def _kind(left: sp.Expr, right: sp.Expr, stated: sp.Expr) -> str | None:
    """Which convention a value at a kink is; None where it is none."""
    if _identical(stated, right):
        return "right"
    if _identical(stated, left):
        return "left"
    if left.is_finite and right.is_finite:
        share = sp.cancel((stated - left) / (right - left))
        if _identical(share, sp.Rational(1, 2)):
            return "mean"
        return "between" if constant_sign(share) > 0 and constant_sign(1 - share) > 0 else None
    low, high = (left, right) if precedes(left, right) else (right, left)
    return "between" if precedes(low, stated) and precedes(stated, high) else None


def _identical(left: sp.Expr, right: sp.Expr) -> bool:
    """Are two values equal, for all values of the symbols in them?"""
    left, right = _settled(left), _settled(right)
    if left == right:
        return True
    if not (left.is_finite is not False and right.is_finite is not False):
        return False
    equal = is_zero(left - right)
    if equal is None:
        raise Undecided(f"whether {show(left)} equals {show(right)}")
    return equal


# --- powers with symbols ---------------------------------------------------------------------------------------------


def _settled(expr: sp.Expr) -> sp.Expr:
    """The expression with each 0**q that is 0 for all values of the symbols in q."""
    return expr.replace(lambda node: node.is_Pow and node.base.is_zero and _rises(node.exp), lambda node: sp.S.Zero)


def _rises(power: sp.Expr) -> bool:
    try:
        return constant_sign(power) > 0
    except Undecided:
        return False


def _limit(expr: sp.Expr, at: sp.Expr, side: int) -> sp.Expr:
    """The one-sided limit at a point; where symbols stand in the way, term by term from the powers of the distance."""
    try:
        return limit(expr, at, side)
    except Undecided:
        if not (expr.free_symbols - {X}) or at.is_infinite:
            raise
    distance = sp.Dummy("distance", positive=True)
    total, infinite = sp.S.Zero, set()
    for term in sp.Add.make_args(sp.expand(expr.xreplace({X: at + side * distance}))):
        factor, power = _leading(term, distance)
        sign = constant_sign(power)
        if sign < 0:
            infinite.add(constant_sign(factor))
        elif sign == 0:
            total += factor
    if not infinite:
        return total
    if infinite in ({1}, {-1}):
        return sp.oo * infinite.pop()
    raise Undecided(f"the limit of {show(expr)} at {_place(at)}")


def _leading(term: sp.Expr, distance: sp.Symbol) -> tuple[sp.Expr, sp.Expr]:
    """c and q of the product c * distance**q to which a product comes near, c being finite and not 0 unless q > 0."""
    constant, power = sp.S.One, sp.S.Zero
    for factor in sp.Mul.make_args(term):
        base, exponent = factor.as_base_exp()
        if base == distance and distance not in exponent.free_symbols:
            power += exponent
        elif distance not in factor.free_symbols:
            constant *= factor
        else:
            value = _settled(factor.xreplace({distance: sp.S.Zero}))
            if value.has(sp.nan, sp.zoo, sp.oo) or constant_sign(value) == 0 or not _continuous_at_0(factor, distance):
                raise Undecided(f"the limit of {show(term)}")
            constant *= value
    return constant, power


def _continuous_at_0(expr: sp.Expr, distance: sp.Symbol) -> bool:
    """Is a function of the distance continuous at 0, its powers of what vanishes there being positive ones?"""
    for node in sp.preorder_traversal(expr):
        if distance not in node.free_symbols or node == distance:
            continue
        if node.is_Pow:
            base = _settled(node.base.xreplace({distance: sp.S.Zero}))
            if base.has(sp.nan, sp.zoo, sp.oo) or distance in node.exp.free_symbols:
                return False
            if not (constant_sign(base) > 0 or (constant_sign(base) == 0 and _rises(node.exp))):
                return False
        elif not isinstance(node, (sp.Add, sp.Mul, sp.exp)):
            return False
    return True


# --- in words --------------------------------------------------------------------------------------------------------


def _admitted_only(found: Iterable[_Taken], activation: Activation) -> Iterator[Convention]:
    """The conventions in words, with the admitted parameter values at which the kink is none."""
    owners = {p.symbol(): p for p in activation.parameters}
    for taken in found:
        yield _told(taken, "" if taken.jump else _when_equal(taken.left, taken.right, owners))


def _told(taken: _Taken, vanishes: str) -> Convention:
    stated = None if taken.stated is None else _value(taken.stated)
    left, right = _value(taken.left), _value(taken.right)
    return Convention(_place(taken.at), left, right, stated, taken.kind, taken.jump, vanishes)


def _when_equal(left: sp.Expr, right: sp.Expr, owners: Mapping[sp.Symbol, Parameter]) -> str:
    """The parameter values at which a kink vanishes: nothing where there are none, else their equation."""
    symbols = sorted((left - right).free_symbols, key=str)
    if not symbols:
        return ""
    equation = f"{show(left)} = {show(right)}"
    gap = sp.together(left - right).as_numer_denom()[0]
    if len(symbols) != 1 or not gap.is_polynomial(symbols[0]) or sp.degree(gap, symbols[0]) > 4:
        return equation
    poly = sp.Poly(gap, symbols[0])
    roots = sp.roots(poly)
    if sum(roots.values()) != poly.degree() or any(root.is_real is None for root in roots):
        return equation
    try:
        admitted = [root for root in roots if root.is_real and owners[symbols[0]].admits(root)]
    except InputError:
        return equation
    return " or ".join(sorted(f"{symbols[0]} = {show(root)}" for root in admitted))


def _interval(low: sp.Expr, high: sp.Expr) -> str:
    return f"({_end(low)}, {_end(high)})"


def _end(end: sp.Expr) -> str:
    return {sp.oo: "inf", -sp.oo: "-inf"}.get(end) or _place(end)


def _place(at: sp.Expr) -> str:
    """A point: its exact form, or 30 digits where that is a root without one."""
    return _digits(at) if at.has(RealRoot) else show(at)


def _value(value: sp.Expr) -> str:
    return {sp.oo: "inf", -sp.oo: "-inf"}.get(value) or _place(value)


def _digits(value: sp.Expr) -> str:
    """A number to 30 digits; what has symbols in it as it is."""
    if value.is_infinite or value.free_symbols:
        return _value(value) if value.is_infinite else show(value)
    if value.is_Integer:
        return str(value)
    with ctx.workprec(PRECISIONS[0]):
        return constant_ball(value).str(DIGITS, radius=False)
