"""Are two functions the same? The same value wherever one of them is defined.

It is proved on the common refinement of both partitions and at every breakpoint, or refuted by a point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, pairwise, product
from typing import Any

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.analysis import refinement
from propcheck.calculus import Undecided
from propcheck.calculus.ball import rational_ball
from propcheck.calculus.chart import inner_points
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.calculus.identity import equal, is_zero
from propcheck.calculus.signs import precedes, same
from propcheck.claims.proof import DIGITS, PRECISIONS, apart, pair_apart, value_text
from propcheck.language import X
from propcheck.language.periods import comes_back
from propcheck.pieces.piece import piece_beside
from propcheck.processes.precision import alone
from propcheck.verdict import InputError, Recorded

PROVED, REFUTED, OPEN = "proved", "refuted", "open"
_LOOKED = sp.Integer(16)  # how far out functions are compared of which one has endless pieces
_POINTS = 13  # points of an interval at which two functions that differ are told apart


@dataclass(frozen=True)
class Witness(Recorded):
    """A point at which two functions differ, and the value of each; None where one is not defined."""

    x: str
    left: str | None
    right: str | None


@dataclass(frozen=True)
class Equality:
    """Are two functions equal: `proved`, `refuted` with a witness, or `open`; and the intervals where they are."""

    outcome: str
    reason: str = ""
    equal_on: tuple[str, ...] = ()
    witness: Witness | None = None

    def to_json(self) -> dict[str, Any]:
        witness = self.witness.to_json() if self.witness else None
        return {
            "outcome": self.outcome,
            "equal_on": list(self.equal_on),
            "witness": witness,
            "reason": self.reason,
        }


@alone
def equality(left: Activation, right: Activation) -> Equality:
    """Are two activations the same function, on the line or the interval in view? Parameters have the values in use."""
    trouble = left.trouble or right.trouble
    if trouble:
        return _again_and_again(left, right, trouble)
    if left.noise is None and right.noise is None:
        return _equal_functions(left, right)
    return _equally_random(left, right)


def _again_and_again(left: Activation, right: Activation, trouble: str) -> Equality:
    """Functions of which one has endless pieces: both on two periods where they come back together, else on _LOOKED.

    Where they differ there they differ; where they are equal they are so if both come back, by the same rise.
    """
    if any(item.noise is not None or item.on is not None for item in (left, right)):
        return Equality(OPEN, trouble)
    periods = [comes_back(item.bound, [u for _, _, u in item.conditions]) for item in (left, right)]
    reach, whole = _LOOKED, False
    first, second = periods
    if first is not None and second is not None:
        (one, rise), (other, climb) = first, second
        share = sp.cancel(one / other)
        if share.is_Rational:
            reach = other * int(share.p)
            whole = same(rise * int(share.q), climb * int(share.p))
    try:
        found = _equal_functions(left.seen(-reach, reach), right.seen(-reach, reach))
    except (Undecided, InputError):
        return Equality(OPEN, trouble)
    if found.outcome == PROVED:
        return Equality(PROVED, "", ("(-oo, oo)",)) if whole else Equality(OPEN, trouble)
    return Equality(found.outcome, found.reason, (), found.witness)


def _equally_random(left: Activation, right: Activation) -> Equality:
    means = _equal_functions(left, right)
    if left.noise is None or right.noise is None:
        return Equality(OPEN, "one of them is random, and is compared by its mean", means.equal_on)
    if means.outcome == REFUTED:
        return Equality(REFUTED, "their means differ", means.equal_on, means.witness)
    alike = left.expression == right.expression and left.values == right.values
    if alike and [p.distribution for p in left.parameters] == [p.distribution for p in right.parameters]:
        return Equality(PROVED, "the same formula with the same distribution", means.equal_on)
    return Equality(OPEN, "both are random, and only their means were compared", means.equal_on)


def _equal_functions(left: Activation, right: Activation) -> Equality:
    found: list[tuple[sp.Expr, sp.Expr, bool | None]] = []  # open intervals and points, from left to right
    reasons: list[str] = []
    try:
        cuts = refinement.cuts(left, right)
    except Undecided as reason:
        return Equality(OPEN, str(reason))
    for lower, upper in _parts(cuts, left.on if left.on == right.on else None):
        try:
            truth = _equal_at(left, right, lower) if lower == upper else _equal_between(left, right, lower, upper)
        except Undecided as reason:
            truth = None
            reasons.append(str(reason))
        found.append((lower, upper, truth))
    truths = [truth for _, _, truth in found]
    spans = tuple(_spans(found))
    if False not in truths:
        return Equality(OPEN if None in truths else PROVED, "; ".join(reasons), spans)
    lower, upper, _ = next(entry for entry in found if entry[2] is False)
    return Equality(REFUTED, "", spans, _witness(left, right, lower, upper))


def _parts(cuts: Sequence[sp.Expr], on: tuple[sp.Expr, sp.Expr] | None) -> Iterator[tuple[sp.Expr, sp.Expr]]:
    """Points and the open intervals between them, from left to right: of the line, or of the interval in view."""
    lower, upper = on or (-sp.oo, sp.oo)
    marks = [lower, *(cut for cut in cuts if precedes(lower, cut) and precedes(cut, upper)), upper]
    for low, high in pairwise(marks):
        if low.is_finite:
            yield low, low
        yield low, high
    if upper.is_finite:
        yield upper, upper


def _equal_at(left: Activation, right: Activation, at: sp.Expr) -> bool | None:
    values = [refinement.value(item, at) for item in (left, right)]
    if None in values:
        return values[0] is values[1]
    return equal(*values)


def _equal_between(left: Activation, right: Activation, lower: sp.Expr, upper: sp.Expr) -> bool | None:
    pieces = [piece_beside(item.pieces, lower, 1) for item in (left, right)]
    if None in pieces:
        return pieces[0] is pieces[1]
    one, other = (piece.expr for piece in pieces if piece is not None)
    return True if one == other else is_zero(one - other, lower, upper)


def _spans(found: Sequence[tuple[sp.Expr, sp.Expr, bool | None]]) -> Iterator[str]:
    """The longest intervals on which the functions are equal."""
    run: list[tuple[sp.Expr, sp.Expr]] = []
    for lower, upper, truth in [*found, (sp.oo, sp.oo, False)]:
        if truth:
            run.append((lower, upper))
            continue
        if any(low != high for low, high in run):
            opening, shutting = ("[" if run[0][0] == run[0][1] else "("), ("]" if run[-1][0] == run[-1][1] else ")")
            yield f"{opening}{value_text(run[0][0])}, {value_text(run[-1][1])}{shutting}"
        run = []


def _witness(left: Activation, right: Activation, lower: sp.Expr, upper: sp.Expr) -> Witness | None:
    """A point at which two functions are proved to differ."""
    if lower == upper:
        values = [refinement.value(item, lower) for item in (left, right)]
        told = [_digits(value) for value in values]
        if None not in values and sp.Rational(told[0]) == sp.Rational(told[1]):
            with suppress(Undecided):  # they differ beyond all digits that are written
                told = list(apart(*values))
        return Witness(str(lower), *told)
    pieces = [piece_beside(item.pieces, lower, 1) for item in (left, right)]
    points = [*islice(inner_points(lower, upper), _POINTS)]
    one, other = (None if piece is None else compile_form(piece.expr, X, piece.removable) for piece in pieces)
    if one is not None and other is not None:
        found = pair_apart((one, other), points)
        return found and Witness(str(found[0]), *found[1])
    for bits, point in product(PRECISIONS, points):  # one of them is not defined there
        with ctx.workprec(bits):
            values = [None if form is None else form.ball(rational_ball(point)) for form in (one, other)]
            if all(value is None or value.is_finite() for value in values):
                return Witness(str(point), *(None if value is None else _digits_of(value) for value in values))
    return None


def _digits_of(ball: arb) -> str:
    return ball.str(DIGITS, radius=False)


def _digits(value: sp.Expr | None) -> str | None:
    if value is None or value.is_Rational:
        return None if value is None else str(value)
    with ctx.workprec(400):
        return _digits_of(constant_ball(value))
