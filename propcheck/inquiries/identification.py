"""Which function of the catalogue is this, and at which values of its parameters?

Balls at a few points tell apart what is not the same. What they leave is proved or refuted piece by piece. The
parameters of a family are found by solving for them: from the breakpoints where they stand in the ends of pieces, else
from one value at a time, to hundreds of bits, in which a number that has a short spelling shows itself. Only what is
then proved is a match; the rest is named as open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import sympy as sp
from flint import arb, ctx

from propcheck import spec, target
from propcheck.activation import Activation, from_expression, from_spec
from propcheck.analysis import waves
from propcheck.calculus import Undecided
from propcheck.calculus.ball import rational_ball
from propcheck.calculus.form import Form, compile_form, constant_ball
from propcheck.calculus.signs import precedes
from propcheck.claims.proof import told_apart
from propcheck.inquiries.closeness import Close, close
from propcheck.inquiries.equality import OPEN, PROVED, Witness, equality
from propcheck.inquiries.relation import (
    AGREES,
    BITS,
    SCREEN,
    constants,
    line,
    near,
    piece_at,
    recognised,
    sampled,
    written,
)
from propcheck.language import X, show
from propcheck.pieces.piece import Piece
from propcheck.processes import worker
from propcheck.processes.precision import alone
from propcheck.spec import Spec
from propcheck.verdict import InputError, Shown, loaded

SCHEMA = "propcheck.identification/1"
LONGEST = 160  # characters of a parameter's value; a longer one has not been recognised
NEAREST = 3  # functions that are named where none is the same
_SOLVE = tuple(sp.Rational(*q) for q in ((1, 4), (-1, 4), (3, 1), (-3, 1)))  # at which equations are set up
_QUANTILES = 24  # of z ~ N(0, 1), at which the distance to a function is taken
_BREAKPOINTS = 8  # of a function, among which those of a family are looked for
_GRID = 24  # powers of 2 on each side of 1 between which a root is looked for, half steps included

Values = Mapping[str, sp.Expr]


@dataclass(frozen=True)
class Match:
    """A function of the catalogue that may be the same: at these values, as this formula, proved or open and why."""

    name: str
    title: str
    outcome: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    formula: str = ""
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        names = ("name", "title", "outcome", "formula", "reason")
        return {name: getattr(self, name) for name in names} | {"parameters": dict(self.parameters)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Match:
        """The match that became this object."""
        return cls(**data)


@dataclass(frozen=True)
class Identification(Shown):
    """What a function is: `same` as these, `related` to these by c*g(x) + d or c*g(-x) + d, near to the others.

    `unsettled` could neither be proved nor refuted; `within` has those that are nowhere far. `nearest` has the root
    mean square of the difference from each for z ~ N(0, 1), estimated at quantiles; `apart` has for these a point at
    which the two are proved to differ, where one was found.
    """

    name: str
    expression: str
    same: tuple[Match, ...]
    related: tuple[Match, ...] = ()
    unsettled: tuple[Match, ...] = ()
    nearest: tuple[tuple[str, float], ...] = ()
    within: tuple[Close, ...] = ()
    trouble: str = ""
    apart: Mapping[str, Witness] = field(default_factory=dict)

    shown_as = "identification"

    def to_json(self) -> dict[str, Any]:
        """The object that `propcheck identify --json` prints."""
        lists = {key: [match.to_json() for match in getattr(self, key)] for key in ("same", "related", "unsettled")}
        seen = {name: witness.to_json() for name, witness in self.apart.items()}
        nearest = [
            {"name": name, "distance": distance, "standing": "computed", "witness": seen.get(name)}
            for name, distance in self.nearest
        ]
        return {
            "schema": SCHEMA,
            "name": self.name,
            "expression": self.expression,
            **lists,
            "nearest": nearest,
            "within": [near.to_json() for near in self.within],
            "trouble": self.trouble,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | str) -> Identification:
        """The identification that became this object, or this text of JSON."""
        data = loaded(data, SCHEMA)
        lists = {key: _restored(data[key]) for key in ("same", "related", "unsettled")}
        nearest = tuple((other["name"], other["distance"]) for other in data["nearest"])
        near = {"nearest": nearest, "within": tuple(map(Close.from_json, data.get("within", ())))}
        apart = {other["name"]: Witness(**other["witness"]) for other in data["nearest"] if other.get("witness")}
        return cls(data["name"], data["expression"], **lists, **near, trouble=data["trouble"], apart=apart)


def _restored(matches: Sequence[Mapping[str, Any]]) -> tuple[Match, ...]:
    return tuple(map(Match.from_json, matches))


def identify(item: str | Path | Spec | sp.Expr | Activation, *, time_limit: float | None = None) -> Identification:
    """The functions of the catalogue that a target is the same as. Under a time limit the work is done in a child."""
    subject = target.prepared(item)
    target.check_kind(subject)
    worker.check_limit(time_limit)
    job = worker.Job(subject=partial(target.activation, subject), questions=(("identity", _asked),))
    found = worker.one(job, time_limit)["identity"]
    if isinstance(found, worker.Stopped):
        name = subject.name if isinstance(subject, Spec | Activation) else str(subject)
        return Identification(name, subject.formula if isinstance(subject, Spec) else name, (), trouble=found.note)
    return found


def _asked(activation: Activation, answers: Mapping[str, Any]) -> Identification:
    return identified(activation)


@alone
def identified(wanted: Activation) -> Identification:
    """The identification of an activation, parameters at the values in use."""
    shown = wanted.spec.formula if wanted.spec is not None and not wanted.values else show(wanted.bound)
    if wanted.wave is not None and waves.smoothness(wanted)["kinks"]:
        return Identification(wanted.name, shown, ())  # it has endlessly many, and no function of the catalogue has
    if wanted.trouble or wanted.noise is not None:
        return Identification(wanted.name, shown, (), trouble=wanted.trouble or "the function is random")
    pool = tuple(constants(wanted.bound))
    others = [other for other in _catalogue() if other.spec != wanted.spec]
    found = [match for other in others for match in _matches(wanted, other, pool)]
    same = tuple(match for match in found if match.outcome == PROVED)
    unsettled = tuple(match for match in found if match.outcome == OPEN)
    if same:
        return Identification(wanted.name, shown, same, unsettled=unsettled)
    plain = [other for other in others if not other.values]
    related = tuple(match for other in plain for match in _related(wanted, other, pool))
    nearest = tuple(_nearest(wanted, others))
    within, seen = close(wanted, others, nearest), dict(_apart(wanted, others, nearest))
    return Identification(wanted.name, shown, (), related, unsettled, nearest, within, apart=seen)


@lru_cache(maxsize=1)
def _catalogue() -> tuple[Activation, ...]:
    """The functions of the catalogue that are no random ones, parameters at their defaults."""
    made = (from_spec(item) for item in spec.catalogue().values())
    return tuple(one for one in made if one.noise is None and not one.trouble)


# ---------------------------------------------------------------------------------------------- the same function


def _matches(wanted: Activation, other: Activation, pool: Sequence[sp.Expr]) -> Iterator[Match]:
    """The matches with one entry of the catalogue, at one or several values of its parameters."""
    try:
        yield from _proved(wanted, other, pool)
    except Undecided as reason:
        yield Match(other.name, other.title, OPEN, reason=str(reason))


def _proved(wanted: Activation, other: Activation, pool: Sequence[sp.Expr]) -> Iterator[Match]:
    tried: set[tuple[sp.Expr, ...]] = set()
    for values in _fits(wanted, other, pool) if other.values else [{}]:
        key = tuple(values.values())
        if key in tried:
            continue
        tried.add(key)
        try:
            candidate = other.rebind({name: show(value) for name, value in values.items()}) if values else other
        except InputError:  # a value outside its range
            continue
        if not _agree(wanted, candidate):
            continue
        told = {name: show(value) for name, value in values.items()}
        if any(len(text) > LONGEST for text in told.values()):
            near = {name: f"{float(value):.17g}" for name, value in values.items()}
            yield Match(other.name, other.title, OPEN, near, reason="equal to 120 digits at values with no short form")
            continue
        result = equality(wanted, candidate)
        if result.outcome in (PROVED, OPEN):
            yield Match(other.name, other.title, result.outcome, told, reason=result.reason)


def _agree(wanted: Activation, other: Activation) -> bool:
    """Do the balls of two functions at every point of the screen lie together?"""
    return all(near(sampled(wanted, point), sampled(other, point)) for point in SCREEN)


# ---------------------------------------------------------------------------------------------- values of parameters


def _fits(wanted: Activation, family: Activation, pool: Sequence[sp.Expr]) -> Iterator[Values]:
    """Values of the parameters at which the family may be the wanted function."""
    symbols = {parameter.symbol(): parameter for parameter in family.parameters}
    yield from _solved(wanted, family.symbolic, family.ranges, pool)
    ends = {symbol: [end for end in family.ranges[symbol] if end.is_finite] for symbol in symbols}
    for symbol in symbols:  # at the end of its range a family may lose its pieces
        for end in ends[symbol]:
            settled = {other: family.values[other.name] for other in symbols} | {symbol: end}
            yield {other.name: settled[other] for other in symbols}


def _solved(
    wanted: Activation,
    pieces: Sequence[Piece],
    ranges: Mapping[sp.Symbol, tuple[sp.Expr, sp.Expr]],
    pool: Sequence[sp.Expr],
    known: Mapping[sp.Symbol, sp.Expr] | None = None,
) -> Iterator[Values]:
    """The values, one parameter after another: those in the ends of pieces first, for they decide which piece holds."""
    known = known or {}
    unknown = [symbol for symbol in ranges if symbol not in known]
    if not unknown:
        yield {symbol.name: known[symbol] for symbol in ranges}
        return
    candidates: Iterator[tuple[sp.Symbol, sp.Expr]] = iter(())
    bounding = [symbol for symbol in unknown if any(symbol in p.lower.free_symbols for p in pieces)]
    if bounding and len(wanted.points) <= _BREAKPOINTS:
        symbol = bounding[0]
        at = [point.at for point in wanted.points]
        candidates = ((symbol, value) for value in dict.fromkeys([*at, *(-point for point in at)]))
    elif not bounding:
        candidates = _from_values(wanted, pieces, ranges, unknown, pool)
    for symbol, value in candidates:
        if not _within(value, ranges[symbol]):
            continue
        put = [_bound(piece, {symbol: value}) for piece in pieces]
        try:
            yield from _solved(wanted, put, ranges, pool, {**known, symbol: value})
        except Undecided:
            continue


def _bound(piece: Piece, values: Mapping[sp.Symbol, sp.Expr]) -> Piece:
    return Piece(piece.lower.xreplace(values), piece.upper.xreplace(values), piece.expr.xreplace(values))


def _within(value: sp.Expr, ends: tuple[sp.Expr, sp.Expr]) -> bool:
    return not precedes(value, ends[0]) and not precedes(ends[1], value)


def _from_values(
    wanted: Activation,
    pieces: Sequence[Piece],
    ranges: Mapping[sp.Symbol, tuple[sp.Expr, sp.Expr]],
    unknown: Sequence[sp.Symbol],
    pool: Sequence[sp.Expr],
) -> Iterator[tuple[sp.Symbol, sp.Expr]]:
    """Values of a parameter on which alone a value of the family depends."""
    for point in _SOLVE:
        piece, value = piece_at(pieces, point), sampled(wanted, point)
        if piece is None or value is None or not value.is_finite():
            continue
        equation = piece.expr.xreplace({X: point})
        free = equation.free_symbols & set(unknown)
        if len(free) == 1:
            (symbol,) = free
            for root in _roots(compile_form(equation, symbol), value, ranges[symbol]):
                yield symbol, recognised(root, pool)
            return


def _roots(form: Form, value: arb, ends: tuple[sp.Expr, sp.Expr]) -> Iterator[arb]:
    """Where a function of one parameter takes a value, as far as a grid of its range shows it."""
    with ctx.workprec(BITS):
        grid = list(_grid(ends))
        heights = [form.ball(place) - value for place in grid]
        hits = [bool(height.is_finite() and abs(height).upper() < AGREES) for height in heights]
        for k, place in enumerate(grid):
            if hits[k] and not any(hits[max(0, k - 1) : k] + hits[k + 1 : k + 2]):  # two beside each other: a plateau
                yield place
        for k in range(len(grid) - 1):
            left, right = heights[k], heights[k + 1]
            if (left > 0 and right < 0) or (left < 0 and right > 0):
                root = _newton(form, value, grid[k], grid[k + 1], rising=bool(right > 0))
                if root is not None:
                    yield root


def _grid(ends: tuple[sp.Expr, sp.Expr]) -> Iterator[arb]:
    """Numbers of both signs and of many sizes within a range, in order; 0 among them."""
    lower, upper = (constant_ball(end) for end in ends)
    sizes = [arb(2) ** (arb(k) / 2) for k in range(-2 * _GRID, 2 * _GRID + 1)]
    if ends[0].is_finite and ends[1].is_finite:
        yield from (lower + (upper - lower) * arb(k) / 64 for k in range(65))
        return
    for place in [*(-size for size in reversed(sizes)), arb(0), *sizes]:
        if lower <= place <= upper:
            yield place


def _newton(form: Form, value: arb, low: arb, high: arb, rising: bool) -> arb | None:
    """The root between two places of opposite sign: halving, then Newton's steps; None where they do not settle."""
    for _ in range(60):
        middle = ((low + high) / 2).mid()
        height = form.ball(middle) - value
        if not height.is_finite():
            return None
        low, high = (low, middle) if bool(height > 0) == rising else (middle, high)
    root = ((low + high) / 2).mid()
    for _ in range(8):
        height, slope = form.series(root, 2)
        step = (height - value) / slope
        if not step.is_finite():
            return None
        root = (root - step).mid()
        if abs(step) < arb(2) ** (-BITS // 2 - 40):
            break
    else:
        return None
    error = abs((form.ball(root) - value) / slope).upper() * 4 + arb(2) ** (20 - BITS)
    return root + arb(0, error)


# ---------------------------------------------------------------------------------------------- related and near


def _related(wanted: Activation, other: Activation, pool: Sequence[sp.Expr]) -> Iterator[Match]:
    """c*g(x) + d or c*g(-x) + d, where that is the wanted function."""
    if all(piece.derivative(2) == 0 for piece in other.pieces) and len(other.pieces) == 1:
        return  # every line is related to every other
    for side in (1, -1):
        found = line(wanted, other, sp.Integer(side), pool)
        if found is None:
            continue
        scale, shift = found
        inner = other.bound.xreplace({X: -X}) if side < 0 else other.bound
        result = equality(wanted, from_expression(scale * inner + shift))
        if result.outcome == PROVED:
            g = f"{other.name}({'-' if side < 0 else ''}x)"
            yield Match(other.name, other.title, PROVED, formula=written(scale, g, shift))
            return


def _nearest(wanted: Activation, others: Sequence[Activation]) -> Iterator[tuple[str, float]]:
    """The functions, parameters at their defaults, that differ least from the wanted one for z ~ N(0, 1)."""
    points = [_quantile((2 * k + 1) / (2 * _QUANTILES)) for k in range(_QUANTILES)]
    own = [_float(wanted, point) for point in points]
    distances = []
    for other in others:
        gaps = [left - _float(other, point) for left, point in zip(own, points, strict=True)]
        size = (sum(gap * gap for gap in gaps) / _QUANTILES) ** 0.5
        if size < float("inf"):
            distances.append((other.name, float(f"{size:.3g}")))
    yield from sorted(distances, key=lambda item: item[1])[:NEAREST]


def _apart(
    wanted: Activation, others: Sequence[Activation], near: Sequence[tuple[str, float]]
) -> Iterator[tuple[str, Witness]]:
    """A point at which each of the nearest is proved to be another function: of the screen the farthest apart."""
    by_name = {other.name: other for other in others}
    own = {point: sampled(wanted, point) for point in SCREEN}
    for name, _ in near:
        seen = []
        for point, value in own.items():
            other = sampled(by_name[name], point)
            if value is not None and other is not None and value.is_finite() and not (value - other).contains(0):
                seen.append((float(abs(value - other).mid()), point, value, other))
        if seen:
            _, point, value, other = max(seen, key=lambda found: found[0])
            yield name, Witness(show(point), *told_apart(value, other))
        elif witness := equality(wanted, by_name[name]).witness:
            yield name, witness


def _quantile(share: float) -> sp.Rational:
    from statistics import NormalDist

    return sp.Rational(round(NormalDist().inv_cdf(share) * 10**6), 10**6)


def _float(activation: Activation, point: sp.Rational) -> float:
    piece = piece_at(activation.pieces, point)
    if piece is None:
        return float("inf")
    with ctx.workprec(64):
        return float(compile_form(piece.expr, X, piece.removable).ball(rational_ball(point)).mid())
