"""No critical initialisation where g tends to lines: shown for every q at once, or for one stretch of q after another.

Let h be g less a x on the right of 0 and less b x on its left. Integration by parts gives, for z ~ N(0, q),

    q E[g'^2] - E[g^2] = sqrt(q/(2 pi)) (B(q) + sum of t exp(-p^2/(2 q))) - E[h^2],
    B(q) = integral of h'^2 exp(-x^2/(2 q)) dx,

where t = -2 times what c h jumps by at the breakpoint p, c being a on the right of 0 and b on its left: at p = 0 it is
-2 (a h(0+) - b h(0-)), elsewhere it is 0 unless g jumps. B grows with q, to the integral I of h'^2, and so does
sqrt(q) E[h^2], an integral with the same weight. With the slopes at infinity for a and b, I is finite where g tends to
lines fast enough. Then a large q is critical if I + sum of t > 0, and none is if I + sum of max(t, 0) <= 0, the t at 0
taken as it is.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.analysis.gaussian import BITS, gap_in, known_parity, moments
from propcheck.analysis.growth import STARTS, square_beyond
from propcheck.calculus import Undecided
from propcheck.calculus.ball import rational_ball
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.calculus.identity import is_zero
from propcheck.calculus.signs import constant_sign, precedes
from propcheck.calculus.tail import outward
from propcheck.language import X
from propcheck.pieces.piece import Piece
from propcheck.pieces.values import finite
from propcheck.verdict import Standing

FLAT = 4096  # q over the square of where a tail begins: the weight up to there is 1 to 2e-4
SMALL, LAST = 1e-4, 4  # a bound of the tails that is enough, and the places that are tried for it
LOWEST, HIGHEST = -24, 24  # log2 of the q between which stretches are halved
STEP = 4  # of log2 q, on the way there
NARROWEST = 1 / 64  # of log2 q
MOST = 32  # q at which moments are taken


@dataclass(frozen=True)
class Rest:
    """h by its pieces, cut at 0; its parity; and the terms (p, t) that are not 0."""

    slopes: tuple[sp.Expr, sp.Expr]
    pieces: tuple[Piece, ...]
    parity: str
    terms: tuple[tuple[sp.Expr, sp.Expr], ...]

    @property
    def jumps(self) -> bool:
        return any(not place.is_zero for place, _ in self.terms)

    def most(self, low: arb | None = None, high: arb | None = None) -> arb:
        """The most that the sum of t exp(-p^2/(2 q)) is for q between two numbers; None for 0 and for oo."""
        out = arb(0)
        for place, t in self.terms:
            factors = [arb(0) if low is None else _weight(place, low), arb(1) if high is None else _weight(place, high)]
            found = [constant_ball(t) * factor for factor in ([arb(1)] if place.is_zero else factors)]
            out += max((ball.upper() for ball in found), key=float)
        return out


def over_all_lengths(activation: Activation) -> tuple[str, Standing] | sp.Rational | None:
    """Why no q is critical, and how surely that is shown; or a q that is; or nothing."""
    with suppress(Undecided), ctx.workprec(BITS):
        rest = _rest_of(activation)
        if rest is None:
            return None
        least, most = _whole(rest)
        if most + rest.most() < 0:
            return _said(rest), Standing.ENCLOSED
        exact = None if least + rest.most() > 0 else _exactly(rest)
        if exact is not None and least <= constant_ball(exact) <= most:
            if constant_sign(exact + sum(_upward(rest), sp.S.Zero)) <= 0:
                return _said(rest), Standing.PROVED
        return _swept(rest, most) if rest.jumps else None
    return None


def _said(rest: Rest) -> str:
    left, right = rest.slopes
    return (
        f"g tends to lines of slopes {left} and {right}, and what is left of it over these has too little slope for "
        "q E[g'^2] to reach E[g^2] at any q"
    )


# --- h ---------------------------------------------------------------------------------------------------------------


def _rest_of(activation: Activation) -> Rest | None:
    """h for the slopes at infinity; None where they are not finite, or both 0."""
    if activation.undefined or gap_in(activation.pieces):
        return None
    slopes = activation.pieces[0].limit(-sp.oo, 1), activation.pieces[-1].limit(sp.oo, 1)
    if not all(finite(slope) for slope in slopes) or all(slope.is_zero for slope in slopes):
        return None
    pieces: list[Piece] = []
    for side, slope in zip((-1, 1), slopes, strict=True):
        for piece in activation.pieces:
            ends = piece.within(*((-sp.oo, sp.S.Zero) if side < 0 else (sp.S.Zero, sp.oo)))
            if ends is not None:
                filled = tuple(gap for gap in piece.removable if Piece(*ends, piece.expr).holds(gap))
                pieces.append(Piece(*ends, piece.expr - slope * X, filled))
    terms = []
    for before, after in pairwise(pieces):
        place = after.lower
        left, right = before.limit(place), after.limit(place)
        if not (finite(left) and finite(right)):
            return None
        sides = slopes if place.is_zero else (slopes[0], slopes[0]) if precedes(place, sp.S.Zero) else slopes[1:] * 2
        t = -2 * (sides[1] * right - sides[0] * left)
        if is_zero(t) is not True:
            terms.append((place, t))
    return Rest(slopes, tuple(pieces), known_parity(activation), tuple(terms))


def _weight(place: sp.Expr, q: arb) -> arb:
    return (-(constant_ball(place) ** 2) / (2 * q)).exp()


def _upward(rest: Rest) -> list[sp.Expr]:
    """The terms whose sum is never less than that of t exp(-p^2/(2 q))."""
    return [t for place, t in rest.terms if place.is_zero or constant_sign(t) > 0]


def _exactly(rest: Rest) -> sp.Expr | None:
    """The integral of h'^2 where h is made of powers and exponentials, and not 0 everywhere."""
    out = sp.S.Zero
    for piece in rest.pieces:
        square = sp.expand(piece.derivative() ** 2)
        powers = [node.exp for node in square.atoms(sp.exp) if X in node.free_symbols]
        if not (square.is_polynomial(X, *square.atoms(sp.exp)) and all(sp.degree(power, X) == 1 for power in powers)):
            return None
        out += sp.integrate(square, (X, piece.lower, piece.upper))
    zero = all(piece.is_zero(piece.expr) is not False for piece in rest.pieces)
    return out if out.is_finite and not zero else None


def _whole(rest: Rest) -> tuple[arb, arb]:
    """Bounds of the integral of h'^2; the upper one is infinite where none is shown."""
    ends = [outward(rest.pieces[k].derivative(), X, side * sp.oo, 0) for k, side in ((0, -1), (-1, 1))]
    tails, far = arb.pos_inf(), STARTS[0]
    for start in STARTS[:LAST]:
        beyond = sum((square_beyond(end, start, arb(start)) for end in ends), arb(0)).upper()
        if beyond < tails:
            tails, far = beyond, start
        if tails < SMALL:
            break
    found = _at(rest, sp.Integer(FLAT * far**2)) if tails.is_finite() else None
    if found is None:
        return arb(0), arb.pos_inf()
    return found[0].lower(), (found[0] * (arb(1) / (2 * FLAT)).exp() + tails).upper()


def _at(rest: Rest, q: sp.Rational) -> tuple[arb, arb] | None:
    """B(q) and E[h^2]."""
    balls = moments(rest.pieces, q, rest.parity).balls
    slope, second = balls.get("derivative_second_moment"), balls.get("second_moment")
    if slope is None or second is None or not (slope.is_finite() and second.is_finite()):
        return None
    return (2 * arb.pi() * rational_ball(q)).sqrt() * slope, second


def excess(rest: Rest, q: sp.Rational, bends: arb, second: arb) -> arb:
    """q E[g'^2] - E[g^2] from B(q) and E[h^2]."""
    at = rational_ball(q)
    jumps = sum((constant_ball(t) * _weight(place, at) for place, t in rest.terms), arb(0))
    return (at / (2 * arb.pi())).sqrt() * (bends + jumps) - second


# --- one stretch after another ---------------------------------------------------------------------------------------


def _swept(rest: Rest, whole: arb) -> tuple[str, Standing] | sp.Rational | None:
    """Stretches of q are halved until each is shown to have no critical q, or one is found, or the work is too much."""
    known: dict[float, tuple[sp.Rational, arb, arb]] = {}
    todo: list[tuple[float, float]] = [(-math.inf, math.inf)]
    while todo:
        low, high = todo.pop()
        if _none_between(rest, whole, known.get(low), known.get(high)):
            continue
        middle = _between(low, high)
        if middle is None or len(known) == MOST:
            return None
        q = sp.Rational(2.0**middle)
        found = _at(rest, q)
        if found is None:
            return None
        if excess(rest, q, *found) > 0:
            return q
        known[middle] = (q, *found)
        todo += [(low, middle), (middle, high)]
    return _said(rest), Standing.ENCLOSED


def _between(low: float, high: float) -> float | None:
    """Where a stretch of log2 q is halved; None where it is as short as they get, or as far out."""
    if math.isinf(low) and math.isinf(high):
        return 0.0
    if math.isinf(low):
        return high - STEP if high > LOWEST else None
    if math.isinf(high):
        return low + STEP if low < HIGHEST else None
    return (low + high) / 2 if high - low > NARROWEST else None


_Found = tuple[sp.Rational, arb, arb]


def _none_between(rest: Rest, whole: arb, low: _Found | None, high: _Found | None) -> bool:
    """Is no q between two critical, from 0 without the one, up to oo without the other?"""
    ends = [None if end is None else rational_ball(end[0]) for end in (low, high)]
    above = (whole if high is None else high[1].upper()) + rest.most(*ends)
    if high is not None:
        q = rational_ball(high[0])
        if low is not None:  # sqrt(q) E[h^2] grows
            above -= (2 * arb.pi() * rational_ball(low[0])).sqrt() * low[2] / q
        else:
            above -= (2 * arb.pi() / q).sqrt() * _beside_zero(rest, q.sqrt())
    return bool(above < 0)


def _beside_zero(rest: Rest, reach: arb) -> arb:
    """A lower bound of E[h^2] for all q up to reach^2: more than a third of the mass lies on either side as near."""
    out = arb(0)
    for piece, side in ((piece, side) for piece in rest.pieces for side in (-1, 1)):
        near, far = (piece.lower, piece.upper) if side > 0 else (piece.upper, piece.lower)
        if near.is_zero and abs(constant_ball(far)) > reach:
            box = arb(0).union(side * reach)
            with suppress(ValueError):
                value = compile_form(piece.expr, X, piece.removable).ball(box)
                out += value.abs_lower() ** 2 / 3 if value.is_finite() else 0
    return out
