"""That there is no critical point with marginal lengths, as far as it can be shown, and what lies beyond the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.analysis.criticality import probes
from propcheck.analysis.gaussian import BITS, enclosed, known_parity
from propcheck.calculus import Undecided
from propcheck.calculus.ball import rational_ball
from propcheck.calculus.form import compile_form
from propcheck.calculus.signs import constant_sign, precedes, same, signs
from propcheck.language import X
from propcheck.meanfield.fixed_points import depth_scale, stability
from propcheck.meanfield.law import Law
from propcheck.meanfield.maps import maps
from propcheck.meanfield.point import NEEDED, Critical, sign_of
from propcheck.pieces.piece import Piece
from propcheck.verdict import Fact, Standing


def witness(fact: Fact, activation: Activation) -> list[Critical]:
    """The critical point by which it is shown that there is one, where the table has none: at a q beyond its own."""
    if not fact["exists"] or not fact["q"].value:
        return []
    balls = enclosed(activation, sp.Rational(fact["q"].value)).balls
    if not all(name in balls for name in NEEDED):
        return []
    with ctx.workprec(BITS):
        parallel = float(
            (balls["pull"] / (rational_ball(sp.Rational(fact["q"].value)) * balls["derivative_second_moment"])).mid()
        )
    scale = depth_scale(parallel)
    length = Law("grows") if scale is None else Law("exponential", scale)
    numbers = fact["q"], fact["sigma_w2"], fact["sigma_b2"]
    return [Critical("edge", *numbers, parallel, stability(parallel), length, None)]


@dataclass(frozen=True)
class Bending:
    """The sign of E[g g''], the mass at kinks included, where it is shown to be the same at every q; else None."""

    always: int | None


def unmarginal_end(
    bending: Bending, points: Sequence[Critical], standing: Standing, searched: tuple[float, float]
) -> tuple[str, Standing]:
    """Why chi_1 and chi_parallel are never 1 at one q > 0; nothing where they are."""
    if any(point.kind == "marginal" for point in points):
        return "", Standing.PROVED
    if standing is Standing.OPEN:
        return "", standing
    if bending.always:
        side, sign = ("above", ">=") if bending.always > 0 else ("below", "<=")
        reason = (
            f"g g'' {sign} 0, kinks included, on the average over x and -x, so chi_parallel is {side} chi_1 at every q"
        )
        return reason, Standing.PROVED
    low, high = searched
    return f"chi_parallel is not 1 on the edge of chaos at any q between {low:g} and {high:g}", Standing.COMPUTED


def bending_of(activation: Activation) -> Bending:
    """By the signs of g g'' on the pieces and of its masses at kinks; else by those of its sums over x and -x.

    Of a function that comes back without a rise one period tells them all.
    """
    wave = activation.wave
    if activation.undefined or maps(activation).broken or (activation.trouble and (wave is None or wave.rise != 0)):
        return Bending(None)
    pieces = activation.pieces if activation.periods is None else activation.periods.pieces
    ways = (False,) if wave is not None else (False, True) if len(pieces) > 1 else (True,)
    try:
        masses = {
            after.lower: before.limit(after.lower, 0) * (after.limit(after.lower, 1) - before.limit(after.lower, 1))
            for before, after in pairwise(pieces)
        }
        for folded in ways:
            found = {constant_sign(mass) for mass in (_folded(masses) if folded else masses.values())}
            if {-1, 1} <= found | _probed(pieces, folded):
                continue
            if not folded:
                found |= {sign for piece in pieces for sign in piece.chart(_product(piece)).all_signs}
            elif len(pieces) == 1 and known_parity(activation) in ("odd", "even"):
                found |= _half_line_signs(_product(pieces[0]), sp.S.Zero, sp.oo, pieces[0].removable)
            else:
                found |= {sign for half in _halves(pieces) for sign in _half_line_signs(*half)}
            decided = found - {0}
            return Bending(None if len(decided) > 1 else decided.pop() if decided else 0)
    except (Undecided, NotImplementedError):
        pass
    return Bending(None)


def _product(piece: Piece) -> sp.Expr:
    return piece.expr * piece.derivative(2)


def _folded(masses: Mapping[sp.Expr, sp.Expr]) -> Iterator[sp.Expr]:
    """What stands at x and at -x together, which have one weight under every normal law about 0."""
    for at, mass in masses.items():
        opposite = [other for place, other in masses.items() if place != at and same(place, -at)]
        yield mass + sum(opposite, sp.S.Zero)


def _halves(pieces: Sequence[Piece]) -> Iterator[tuple[sp.Expr, sp.Expr, sp.Expr, tuple[sp.Expr, ...]]]:
    """g g'' at x and at -x together, on the intervals of x > 0 on which that is one expression; and its gaps."""
    for piece in pieces:
        for other in pieces:
            low, high = (end if precedes(sp.S.Zero, end) else sp.S.Zero for end in (-other.upper, -other.lower))
            if precedes(low, high) and (common := piece.within(low, high)):
                gaps = {*piece.removable, *(-gap for gap in other.removable)}
                yield _product(piece) + _product(other).subs(X, -X), *common, tuple(gaps)


def _probed(pieces: Sequence[Piece], folded: bool) -> set[int]:
    """The signs of g g'' at a few points, or of its sums over x and -x: with both, nothing is to prove."""
    values: dict[float, arb] = {}
    for piece in pieces:
        value, bend = (compile_form(piece.derivative(order), X, piece.removable) for order in (0, 2))
        for at in probes(piece):
            with suppress(ValueError):
                values[float(at)] = value.ball(at) * bend.ball(at)
    if folded:
        values = {at: found + values[-at] for at, found in values.items() if at > 0 and -at in values}
    found: set[int] = set()
    for known in values.values():
        with suppress(ValueError):
            found.add(sign_of(known))
    return found


def _half_line_signs(expr: sp.Expr, lower: sp.Expr, upper: sp.Expr, removable: tuple[sp.Expr, ...]) -> frozenset[int]:
    gaps = tuple(gap for gap in removable if precedes(lower, gap) and precedes(gap, upper))
    try:
        return signs(expr, X, lower, upper, gaps).all_signs
    except Undecided:
        return signs(sp.expand(expr), X, lower, upper, gaps).all_signs
