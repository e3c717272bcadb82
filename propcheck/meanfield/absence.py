"""That there is no critical point with marginal lengths, as far as it can be shown, and what lies beyond the table."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

import sympy as sp
from flint import ctx

from propcheck.activation import Activation
from propcheck.analysis.criticality import probes
from propcheck.analysis.gaussian import BITS, enclosed, known_parity
from propcheck.calculus import Undecided
from propcheck.calculus.ball import rational_ball
from propcheck.calculus.form import compile_form
from propcheck.calculus.signs import constant_sign, signs
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
    if activation.undefined or maps(activation).broken or (activation.wave and activation.wave.rise != 0):
        return Bending(None)
    pieces = activation.pieces if activation.periods is None else activation.periods.pieces
    found: set[int] = set()
    try:
        for before, after in pairwise(pieces):
            place = after.lower
            mass = before.limit(place, 0) * (after.limit(place, 1) - before.limit(place, 1))
            found.add(constant_sign(mass))
        if {-1, 1} <= found | _probed(pieces):
            return Bending(None)
        if len(pieces) == 1:
            product = pieces[0].expr * pieces[0].derivative(2)
            even = product if known_parity(activation) in ("odd", "even") else product + product.subs(X, -X)
            found |= _half_line_signs(even, pieces[0].removable)
        else:
            for piece in pieces:
                found |= piece.chart(piece.expr * piece.derivative(2)).all_signs
    except (Undecided, NotImplementedError):
        return Bending(None)
    decided = found - {0}
    return Bending(None if len(decided) > 1 else decided.pop() if decided else 0)


def _probed(pieces: Sequence[Piece]) -> set[int]:
    """The signs of g g'' at a few points, of its even part where there is one piece: with both, nothing is to prove."""
    found: set[int] = set()
    for piece in pieces:
        value, bend = (compile_form(piece.derivative(order), X, piece.removable) for order in (0, 2))
        for at in probes(piece):
            with suppress(ValueError):
                product = value.ball(at) * bend.ball(at)
                found.add(sign_of(product + value.ball(-at) * bend.ball(-at) if len(pieces) == 1 else product))
    return found


def _half_line_signs(expr: sp.Expr, removable: tuple[sp.Expr, ...]) -> frozenset[int]:
    gaps = tuple(gap for gap in removable if gap > 0)
    try:
        return signs(expr, X, sp.S.Zero, sp.oo, gaps).all_signs
    except Undecided:
        return signs(sp.expand(expr), X, sp.S.Zero, sp.oo, gaps).all_signs
