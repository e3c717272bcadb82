"""A critical initialisation found or excluded by exact moments."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.analysis.gaussian import BITS, FIELDS, SQUARES, enclosed, ends_of, gap_in, ratio_of
from propcheck.analysis.growth import STARTS, exact_ball, lead_of, sign_of
from propcheck.analysis.lines import over_all_lengths
from propcheck.analysis.scale import at_scale, carried, scale_of
from propcheck.analysis.shape import affine
from propcheck.analysis.window import beyond, padded, pieces_in_window
from propcheck.calculus import Undecided
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.calculus.identity import is_zero
from propcheck.calculus.number import exact_number, to_number
from propcheck.calculus.signs import constant_sign
from propcheck.calculus.tail import outward
from propcheck.language import X
from propcheck.pieces.piece import Piece, piece_beside, sample
from propcheck.pieces.values import finite, limit
from propcheck.verdict import Fact, Number, Standing, weakest

# Where criticality is looked for.
SCALES = tuple(map(sp.Rational, ("1", "64", "16", "4", "1/4", "1/16", "1/64", "256", "1024")))
_FEW_PIECES = 64  # of a function that comes back: at larger scales there are more
FAR_SCALES = tuple(sp.Integer(2) ** k for k in (12, 21, 36))  # where what g tends to decides
_PROBES = tuple(arb(side * 1.03 * 2.0 ** (k / 2)) for k in range(-12, 13) for side in (1, -1))
NEAR_SCALES = tuple(sp.Rational(1, 2**k) for k in (6, 20, 60))  # where squares are finite, if they ever are


def criticality(activation: Activation) -> Fact:
    """Is there an initialisation that keeps the mean square of the gradient from layer to layer?

    With weight variance w and bias variance b the mean square q of the pre-activations goes to w E[g^2] + b, and that
    of the gradient is multiplied by chi = w E[g'^2], both with z ~ N(0, q). So chi = 1 at a fixed point q needs
    w = 1/E[g'^2] and b = q - E[g^2]/E[g'^2] >= 0, that is q E[g'^2] >= E[g^2]. In the limit q -> 0 the slopes l and r
    on the two sides of 0 decide, where g(0) = 0: w = 2/(l^2 + r^2), b = 0.
    """
    if activation.trouble:
        return _of_endless(activation)
    scale = scale_of(activation)
    if not scale.plain:
        fact = criticality(at_scale(activation, scale))
        factors = {"q": scale.squares, "sigma_b2": scale.squares, "sigma_w2": scale.weights}
        moved = {name: None if fact[name] is None else carried(fact[name], 1 / factors[name]) for name in factors}
        return replace(fact, fields={**fact.fields, **moved})
    note = "of the mean function" if activation.noise is not None else ""
    found = _homogeneous(activation) or _at_scale(activation, SCALES[0])
    if not found and squares_finite(activation):
        found = _at_zero(activation)
    absent = {"q": None, "sigma_w2": None, "sigma_b2": None}
    if not found and (reason := _never(activation)):
        return Fact("criticality", Standing.PROVED, {"exists": False, **absent}, reason)
    scales = SCALES[1:] if all(name in enclosed(activation, SCALES[0]).balls for name in SQUARES) else ()
    if not found and scales:
        told = over_all_lengths(activation)
        if isinstance(told, tuple):
            return Fact("criticality", told[1], {"exists": False, **absent}, told[0])
        scales = (*(() if told is None else (told,)), *scales, *FAR_SCALES)
    for q in scales:
        found = found or _at_scale(activation, q)
    if found:
        q, weights, biases = found
        standing = weakest(weights.standing, biases.standing)
        fields = {"exists": True, "q": q, "sigma_w2": weights, "sigma_b2": biases}
        return Fact("criticality", standing, fields, note)
    places = ", ".join(map(str, sorted((*SCALES[:1], *scales))))
    tried = f"q E[g'^2] >= E[g^2] was not shown at q = {places}, nor in the limit q -> 0; at the others it is open"
    return Fact("criticality", Standing.OPEN, {"exists": None, **absent}, tried)


def _of_endless(activation: Activation) -> Fact:
    """The same of a function with endless pieces, which is not homogeneous unless it is a line."""
    wave, seen = activation.wave, activation.periods
    if seen is not None and gap_in(padded(seen)):
        return _absent("g is not defined on an interval")
    if seen is not None and all(piece.is_zero(piece.derivative()) for piece in seen.pieces):
        return _absent("the slope is zero almost everywhere")
    moments = enclosed(activation, SCALES[0]).balls
    if any(name in moments and moments[name] == arb.pos_inf() for name in SQUARES):  # because of a place in the window
        return _absent("E[g^2] or E[g'^2] is infinite at every q")
    found = _at_scale(activation, SCALES[0])
    if not found and (wave is not None or squares_finite(activation)):
        reach = sp.S.One if wave is None else wave.length
        found = _at_zero(activation.seen(-reach, reach))
    steep = not beyond(activation, SCALES[0])["derivative_second_moment"].is_finite()
    scales = [q for q in SCALES if q == SCALES[0] or (not steep and pieces_in_window(activation, q) <= _FEW_PIECES)]
    for q in scales:
        found = found or _at_scale(activation, q)
    if not found:
        places = ", ".join(map(str, sorted(scales)))
        raise Undecided(f"q E[g'^2] >= E[g^2] was not shown at q = {places}, nor in the limit q -> 0")
    fields = dict(zip(("q", "sigma_w2", "sigma_b2"), found, strict=True))
    return Fact("criticality", weakest(*(number.standing for number in found)), {"exists": True, **fields})


def _absent(reason: str) -> Fact:
    return Fact(
        "criticality", Standing.PROVED, {"exists": False, "q": None, "sigma_w2": None, "sigma_b2": None}, reason
    )


Initialisation = tuple[Number, Number, Number]  # q and the variances of weights and biases


def squares_finite(activation: Activation) -> bool | None:
    """Are E[g^2] and E[g'^2] finite at every small q (True), or is one of them infinite at every q (False)?

    What is finite at one q is so below it, since there the density is at most a multiple of the one at q. A singular
    place and a growth like exp(x^m), m > 2, make an integral infinite at every q.
    """
    for q in (SCALES[0], *NEAR_SCALES):
        found = enclosed(activation, q)
        if all(name in found.balls and found.balls[name].is_finite() for name in SQUARES):
            return True
        if activation.trouble:  # infinite is the integral over a window, because of a place in it
            return False if any(found.balls.get(name) == arb.pos_inf() for name in SQUARES) else None
        if q == SCALES[0] and (_singular(activation) or _outgrows(activation)):
            return False
    return None


def _singular(activation: Activation) -> bool:
    """Is E[g^2] or E[g'^2] infinite because of a place on the line?"""
    with ctx.workprec(BITS):
        ends = [end for p in activation.pieces for end in ends_of(compile_form(p.expr, X, p.removable), p, SCALES[0])]
    squares = [FIELDS.index(name) for name in SQUARES]
    return any(not end.place.is_infinite and any(end.rest[k] == arb.pos_inf() for k in squares) for end in ends)


def _outgrows(activation: Activation) -> bool:
    """Does g grow at an end faster than the density of any q falls?"""
    with ctx.workprec(BITS):
        for piece, side in ((activation.pieces[0], -1), (activation.pieces[-1], 1)):
            end = piece.lower if side < 0 else piece.upper
            lead = lead_of(outward(piece.expr, X, end, 0), STARTS[1]) if end.is_infinite else None
            if lead is not None and (power := next(iter(lead[1].q), None)):
                if power[0] > 2 and exact_ball(power[1]) > 0 and sign_of(exact_ball(lead[0])):
                    return True
    return False


def is_homogeneous(activation: Activation) -> bool:
    """Is g(c x) = c g(x) for every c > 0?"""
    pieces = activation.pieces
    if activation.trouble or activation.undefined or any(piece.lower != 0 for piece in pieces[1:]):
        return False
    return all(piece.is_zero(piece.expr - X * piece.derivative()) for piece in pieces)


def _homogeneous(activation: Activation) -> Initialisation | None:
    """Where g is homogeneous, q E[g'^2] = E[g^2] at every q."""
    found = enclosed(activation, sp.S.One).balls
    if not all(name in found for name in SQUARES) or not found[SQUARES[0]].overlaps(found[SQUARES[1]]):
        return None
    if not is_homogeneous(activation):
        return None
    slopes = [piece.derivative().subs(X, sample(piece)) for piece in activation.pieces]
    return _from_slopes(sp.S.One, slopes[0], slopes[-1])


def _from_slopes(q: sp.Expr, left: sp.Expr, right: sp.Expr) -> Initialisation | None:
    square = sp.expand(left**2 + right**2)
    if is_zero(square) is not False:
        return None
    return exact_number(q), exact_number(2 / square), exact_number(sp.S.Zero)


def _at_zero(activation: Activation) -> Initialisation | None:
    if activation.gaps:
        return None
    (g_left, left), (g_right, right) = (_side_of_zero(activation, side) for side in (-1, 1))
    if g_left is None or left is None or g_right is None or right is None:
        return None
    if not (finite(left) and finite(right)):
        return None
    if not (is_zero(g_left) and is_zero(g_right)):
        return None
    return _from_slopes(sp.S.Zero, left, right)


def _side_of_zero(activation: Activation, side: int) -> tuple[sp.Expr | None, sp.Expr | None]:
    """The one-sided limits of g and of g' at 0."""
    piece = piece_beside(activation.pieces, sp.S.Zero, side)
    with suppress(Undecided):
        if piece is not None:
            return limit(piece.expr, sp.S.Zero, side), limit(piece.derivative(), sp.S.Zero, side)
    return None, None


def _at_scale(activation: Activation, q: sp.Rational) -> Initialisation | None:
    found = enclosed(activation, q)
    slope, second = found.balls.get("derivative_second_moment"), found.balls.get("second_moment")
    if slope is None or second is None or not (slope.is_finite() and second.is_finite() and slope > 0):
        return None
    exact = found.exact
    if "derivative_second_moment" in exact and "second_moment" in exact:
        square = exact["derivative_second_moment"]
        left = q - ratio_of(exact["second_moment"], square)
        if is_zero(left) or constant_sign(left) > 0:
            return exact_number(q), exact_number(1 / square), exact_number(sp.S.Zero if is_zero(left) else left)
        return None
    with ctx.workprec(BITS):
        weights, biases = 1 / slope, constant_ball(q) - second / slope
        return (exact_number(q), to_number(weights), to_number(biases)) if biases > 0 else None


def _never(activation: Activation) -> str:
    """Why no initialisation is critical, where that is shown; else nothing.

    By parts, E[z F] = q E[F'] + q (what F = g g' jumps, weighted by the density). So where g g'' >= 0 and
    g (g - z g') >= 0, and F jumps upwards only, q E[g'^2] <= E[z g g'] <= E[g^2], and one of the two is strict unless
    all of these vanish.
    """
    if gap_in(activation.pieces):
        return "g is not defined on an interval"
    if all(piece.is_zero(piece.derivative()) for piece in activation.pieces):
        return "the slope is zero almost everywhere"
    if affine(activation)["value"]:  # through 0 it would have been found homogeneous
        return "g is a x + b with b not 0, so q E[g'^2] = q a^2 < q a^2 + b^2 = E[g^2] at every q"
    if squares_finite(activation) is False:
        return "E[g^2] or E[g'^2] is infinite at every q"
    pieces = activation.pieces
    try:
        if activation.undefined or not _apart_from_zero(activation):
            return ""
        if any(_falls_below(piece) for piece in pieces):
            return ""
        signs = {sign for before, after in pairwise(pieces) for sign in _jump(before, after)}
        for piece in pieces:
            bends = piece.chart(piece.expr * piece.derivative(2))
            lags = piece.chart(piece.expr * (piece.expr - X * piece.derivative()))
            signs |= bends.all_signs | lags.all_signs
    except Undecided:
        return ""
    if signs <= {0, 1} and 1 in signs:
        return "g g'' >= 0 and g (g - z g') >= 0, and g g' never jumps down, so q E[g'^2] < E[g^2] at every q"
    return ""


def _falls_below(piece: Piece) -> bool:
    """Is g g'' or g (g - z g') seen to be negative at one of a few points? Then there is nothing to prove."""
    g, slope, bend = (compile_form(piece.derivative(order), X, piece.removable) for order in (0, 1, 2))
    for at in probes(piece):
        with suppress(ValueError):
            value = g.ball(at)
            if value * bend.ball(at) < 0 or value * (value - at * slope.ball(at)) < 0:
                return True
    return False


def probes(piece: Piece) -> list[arb]:
    """A few points of a piece, of both signs and several sizes, where signs are looked at before they are proved."""
    lower, upper = constant_ball(piece.lower), constant_ball(piece.upper)
    return [at for at in _PROBES if lower < at < upper]


def _jump(before: Piece, after: Piece) -> set[int]:
    """The sign of the jump of g g' between two pieces; g and g' have finite limits on both sides."""
    place = after.lower
    values = [piece.limit(place, order) for piece in (before, after) for order in (0, 1)]
    if not all(finite(value) for value in values):
        raise Undecided(f"an infinite limit at {place}")
    g_before, before_slope, g_after, after_slope = values
    jump = g_after * after_slope - g_before * before_slope
    return {0} if is_zero(jump) else {1 if constant_ball(jump) > 0 else -1}


def _apart_from_zero(activation: Activation) -> bool:
    """Is no initialisation critical in the limit q -> 0, because g(0) is not 0 or the slopes on both sides are?"""
    (g_left, left), (g_right, right) = (_side_of_zero(activation, side) for side in (-1, 1))
    if g_left is None or left is None or g_right is None or right is None:
        return False
    if not all(finite(value) for value in (g_left, left, g_right, right)):
        return False
    return False in (is_zero(g_left), is_zero(g_right)) or (is_zero(left) is True and is_zero(right) is True)
