"""Is a stated derivative right? Compared piece by piece, on the common refinement of both partitions.

With the parameters left symbolic an equality holds for every value in their ranges. What is not settled so is asked at
values of the parameters, which can refute and never prove. At a kink no value is the derivative: one of the slopes, or
a value between them, is a convention, and is named; any other is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import sympy as sp
from flint import ctx

from propcheck.activation import Activation, Piece, Point, partition, value_at
from propcheck.analysis.shape import breakpoints
from propcheck.calculus import Undecided
from propcheck.calculus.form import compile_form, constant_ball, rational_ball
from propcheck.calculus.identity import is_zero
from propcheck.calculus.signs import constant_sign, inner_point, precedes, same, within
from propcheck.grammar import X, parse
from propcheck.verdict import InputError, Standing

DIGITS = 30  # of the values in a witness
PROVED, REFUTED, OPEN = "proved", "refuted", "open"
_STEPS = 12  # points at which a difference that is not zero is looked for

Ranges = Mapping[sp.Symbol, tuple[sp.Expr, sp.Expr]]
Pieces = tuple[Piece, ...]


@dataclass(frozen=True)
class Witness:
    """A point at which the stated value is wrong: both values, on which piece, at which parameters."""

    x: str
    value: str
    stated: str
    piece: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        at = ", ".join([f"x = {self.x}", *(f"{name} = {value}" for name, value in self.parameters.items())])
        return f"at {at}, {self.piece}, the derivative is {self.value} and the stated value {self.stated}"


@dataclass(frozen=True)
class Proof:
    """What came of a stated derivative: the outcome, for which parameters, and what is taken at kinks."""

    outcome: str
    text: str
    parameters: str = ""
    notes: tuple[str, ...] = ()
    witness: Witness | None = None

    @property
    def standing(self) -> Standing:
        return Standing.OPEN if self.outcome == OPEN else Standing.PROVED

    def __str__(self) -> str:
        return "; ".join([self.text + (f", for every {self.parameters}" if self.parameters else ""), *self.notes])


class _Wrong(Exception):
    """The stated derivative is refuted."""

    def __init__(self, text: str, witness: Witness | None = None):
        super().__init__(text)
        self.witness = witness


def verify(activation: Activation, text: str) -> tuple[str, Standing, str]:
    """("proved" | "refuted" | "open", standing, what was found) for a derivative stated in the expression language."""
    proof = prove(activation, parse(text, symbols_of(activation)))
    return proof.outcome, proof.standing, str(proof)


def symbols_of(activation: Activation) -> dict[str, sp.Symbol]:
    """The names that may stand in a stated formula beside x."""
    return activation.spec.symbols() if activation.spec else {}


def prove(activation: Activation, stated: sp.Expr, order: int = 1) -> Proof:
    """Is `stated` the derivative of this order, at all values of the parameters in their ranges?

    Order -1 asks whether `stated` is an antiderivative: continuous, with the function as its derivative. Where `stated`
    has none of the parameters of a random function it is compared with the derivative of the mean function.
    """
    if activation.trouble:
        return Proof(OPEN, activation.trouble)
    random = {p.symbol(): _law_range(activation, p.name) for p in activation.parameters if p.role == "random"}
    if activation.noise is not None and random.keys().isdisjoint(stated.free_symbols):
        return _at_values(activation, stated, order, {})
    ranges = {**activation.ranges, **random}
    if not ranges:
        return _at_values(activation, stated, order, {})
    general = _for_all(activation, stated, order, ranges)
    if general.outcome == PROVED or random:
        return general
    tried = [*_samples(activation)]
    for values in tried:
        proof = _at_values(activation.rebind(values), stated, order, values)
        if proof.outcome == REFUTED:
            return proof
    return replace(general, outcome=OPEN, text=f"{general.text}; not refuted at {len(tried)} values of the parameters")


def _law_range(activation: Activation, name: str) -> tuple[sp.Expr, sp.Expr]:
    """The support of a random parameter."""
    parameter = next(p for p in activation.parameters if p.name == name)
    law = parameter.law(symbols_of(activation))
    return law.arguments if law.kind == "uniform" else (-sp.oo, sp.oo)


def _samples(activation: Activation) -> Iterator[dict[str, sp.Expr]]:
    """Values of the parameters: the ones in use first, then others within the ranges."""
    yield dict(activation.values)
    spread = [sp.Rational(1, 2), sp.Integer(2), sp.Rational(1, 7), sp.Integer(5), sp.Rational(6, 7)]
    for k, share in enumerate(spread):
        values: dict[str, sp.Expr] = {}
        for place, (symbol, (lower, upper)) in enumerate(activation.ranges.items()):
            t = spread[(k + 2 * place) % len(spread)]
            if lower.is_finite and upper.is_finite:
                values[symbol.name] = lower + (upper - lower) * t / (1 + t)
            elif lower.is_finite:
                values[symbol.name] = lower + t
            else:
                values[symbol.name] = upper - t if upper.is_finite else t * (-1) ** k
        del share
        yield values


# --- with symbols ----------------------------------------------------------------------------------------------------


def _for_all(activation: Activation, stated: sp.Expr, order: int, ranges: Ranges) -> Proof:
    """The comparison with every parameter symbolic; it proves, and otherwise leaves open."""
    named = " and ".join(_span(symbol.name, *ends) for symbol, ends in ranges.items())
    try:
        with within(ranges):
            notes = _compare(activation.expression, stated, order, tuple(ranges), {})
    except (_Wrong, Undecided, InputError) as reason:
        return Proof(OPEN, f"not proved for every {named}: {reason}")
    return Proof(PROVED, "equal on every piece", named, notes)


def _span(name: str, lower: sp.Expr, upper: sp.Expr) -> str:
    """The inside of a range; its ends are limits that the proof need not reach."""
    if lower.is_finite and upper.is_finite:
        return f"{lower} < {name} < {upper}"
    return f"{name} > {lower}" if lower.is_finite else f"{name} < {upper}" if upper.is_finite else name


def _at_values(activation: Activation, stated: sp.Expr, order: int, values: Mapping[str, sp.Expr]) -> Proof:
    put = {symbol: activation.values[symbol.name] for symbol in activation.ranges}
    told = {name: str(value) for name, value in values.items()}
    try:
        return Proof(PROVED, "equal on every piece", "", _compare(activation, stated.xreplace(put), order, (), told))
    except _Wrong as wrong:
        return Proof(REFUTED, str(wrong), witness=wrong.witness)
    except Undecided as reason:
        return Proof(OPEN, str(reason))


def _compare(
    g: Activation | sp.Expr, stated: sp.Expr, order: int, symbols: tuple[sp.Symbol, ...], values: Mapping[str, str]
) -> tuple[str, ...]:
    """Notes on what is taken at kinks, where `stated` is the derivative; raises where it is wrong or undecided."""
    if isinstance(g, Activation):
        own, own_points = g.pieces, g.points
    else:
        own, own_points, _ = partition(g, symbols)
    parts, points, _ = partition(stated, symbols)
    if order < 0:
        _continuous(parts, points, values)
        own, own_points, parts, points, order = parts, points, own, own_points, 1
        return _compare_pieces(own, own_points, order, parts, points, None, values)
    return _compare_pieces(own, own_points, order, parts, points, stated, values)


def _compare_pieces(
    own: Pieces,
    own_points: tuple[Point, ...],
    order: int,
    parts: Pieces,
    points: tuple[Point, ...],
    stated: sp.Expr | None,
    values: Mapping[str, str],
) -> tuple[str, ...]:
    for piece in own:
        reached = piece.lower
        for part in parts:
            low = part.lower if precedes(piece.lower, part.lower) else piece.lower
            high = part.upper if precedes(part.upper, piece.upper) else piece.upper
            if precedes(low, high):
                if precedes(reached, low):
                    raise _Wrong(f"nothing is stated on ({reached}, {low})")
                reached = high
                _equal(piece.derivative(order), part.expr, low, high, values)
        if precedes(reached, piece.upper):
            raise _Wrong(f"nothing is stated on ({reached}, {piece.upper})")
    if stated is None:
        return ()
    return tuple(_at_points(own, own_points, order, points, stated, values))


def _continuous(parts: Pieces, points: tuple[Point, ...], values: Mapping[str, str]) -> None:
    for point, left, right in breakpoints(parts, points):
        if left is None or right is None:
            continue
        before, after = left.limit(point.at), right.limit(point.at)
        if not _identical(before, after):
            witness = Witness(str(point.at), _digits(before), _digits(after), "where it jumps", values)
            raise _Wrong(f"an antiderivative is continuous, and this one jumps at {point.at}", witness)


def _equal(slope: sp.Expr, stated: sp.Expr, low: sp.Expr, high: sp.Expr, values: Mapping[str, str]) -> None:
    zero = is_zero(slope - stated, low, high)
    if zero is None:
        raise Undecided(f"whether {slope} equals {stated} on ({low}, {high})")
    if zero:
        return
    witness = _witness(slope, stated, low, high, values)
    raise _Wrong(str(witness) if witness else f"they differ on ({low}, {high})", witness)


def _witness(slope: sp.Expr, stated: sp.Expr, low: sp.Expr, high: sp.Expr, values: Mapping[str, str]) -> Witness | None:
    """A point of the interval at which a ball tells the two apart; None where symbols stand in the way."""
    if (slope.free_symbols | stated.free_symbols | low.free_symbols | high.free_symbols) - {X}:
        return None
    forms = [compile_form(side, X) for side in (slope, stated)]
    points = [inner_point(low, high)]
    for _ in range(_STEPS // 2):
        points += [inner_point(low, points[-2] if len(points) > 1 else points[0]), inner_point(points[-1], high)]
    with ctx.workprec(400):
        for point in points:
            true, said = (form.ball(rational_ball(point)) for form in forms)
            if true.is_finite() and said.is_finite() and not (true - said).contains(0):
                shown = [ball.str(DIGITS, radius=False) for ball in (true, said)]
                return Witness(str(point), *shown, f"on ({low}, {high})", values)
    return None


def _digits(value: sp.Expr) -> str:
    if value.free_symbols or value.is_infinite:
        return str(value)
    with ctx.workprec(200):
        return constant_ball(value).str(DIGITS, radius=False)


# --- at breakpoints --------------------------------------------------------------------------------------------------


def _at_points(
    own: Pieces,
    own_points: tuple[Point, ...],
    order: int,
    points: tuple[Point, ...],
    stated: sp.Expr,
    values: Mapping[str, str],
) -> Iterator[str]:
    """Notes on the stated value at each breakpoint of the function or of the stated derivative."""
    seen: list[sp.Expr] = []
    for point, left, right in breakpoints(own, own_points):
        seen.append(point.at)
        if left is not None and right is not None:
            sides = [left.limit(point.at, order), right.limit(point.at, order)]
            smooth = all(_identical(left.limit(point.at, k), right.limit(point.at, k)) for k in range(order))
            yield from _at_kink(point.at, sides, smooth, value_at(stated, point.at), order, values)
    for point in points:
        inside = next((p for p in own if precedes(p.lower, point.at) and precedes(point.at, p.upper)), None)
        if inside is not None and not any(same(point.at, known) for known in seen):
            slope = inside.derivative(order).subs(X, point.at)
            yield from _at_kink(point.at, [slope, slope], True, value_at(stated, point.at), order, values)


def _at_kink(
    at: sp.Expr, sides: list[sp.Expr], smooth: bool, value: sp.Expr | None, order: int, values: Mapping[str, str]
) -> Iterator[str]:
    left, right = sides
    slopes = "slopes" if order == 1 else f"derivatives of order {order}"
    if value is None:
        yield f"nothing is stated at {at}"
        return
    if smooth and _identical(left, right):
        if not _identical(value, left):
            witness = Witness(str(at), _digits(left), _digits(value), "at a breakpoint", values)
            raise _Wrong(str(witness), witness)
        return
    vanishing = _when_equal(left, right)
    for side, name in ((right, "right"), (left, "left")):
        if _identical(value, side):
            yield f"at the kink {at} the value {value} is the one from the {name}, by convention{vanishing}"
            return
    low, high = (left, right) if precedes(left, right) else (right, left)
    if precedes(low, value) and precedes(value, high):
        yield f"at the kink {at} the value {value} is a subgradient, between {low} and {high}, by convention{vanishing}"
        return
    witness = Witness(str(at), f"none ({slopes} {left} and {right})", _digits(value), "at a kink", values)
    raise _Wrong(f"at the kink {at} the {slopes} are {left} and {right}, and {value} is not between them", witness)


def _identical(left: sp.Expr, right: sp.Expr) -> bool:
    """Are two values equal, for all values of the symbols in them?"""
    equal = left == right or (is_zero(left - right) if left.is_finite and right.is_finite else False)
    if equal is None:
        raise Undecided(f"whether {left} equals {right}")
    return equal


def _when_equal(left: sp.Expr, right: sp.Expr) -> str:
    """The parameter values at which a kink vanishes, where they are easily found."""
    symbols = sorted((left - right).free_symbols, key=str)
    if len(symbols) != 1:
        return ""
    gap = sp.together(left - right).as_numer_denom()[0]
    if not gap.is_polynomial(symbols[0]) or sp.degree(gap, symbols[0]) > 4:
        return ""
    roots = [root for root in sp.roots(sp.Poly(gap, symbols[0])) if root.is_real and _admitted(symbols[0], root)]
    if not roots:
        return ""
    return f"; it vanishes when {' or '.join(f'{symbols[0]} = {root}' for root in roots)}"


def _admitted(symbol: sp.Symbol, value: sp.Expr) -> bool:
    try:
        sign = constant_sign(value)
    except Undecided:
        return False
    return not (
        (symbol.is_positive and sign <= 0)
        or (symbol.is_nonnegative and sign < 0)
        or (symbol.is_negative and sign >= 0)
        or (symbol.is_nonpositive and sign > 0)
    )
