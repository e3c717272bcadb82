"""Integrals against a normal law of a function with endless pieces: those in a window, and a bound of the rest.

What lies beyond so many deviations is bounded by the roots of the integrals of g^2, g'^2 and (x g)^2 there: of a
function that comes back by its values in one period and its rise, of a sum and the greater of two by those of the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation, from_expression
from propcheck.analysis.candidate import Candidate
from propcheck.analysis.course import signed_runs
from propcheck.analysis.extent import extremes
from propcheck.analysis.growth import squares_beyond
from propcheck.analysis.parts import parts_of
from propcheck.calculus import Undecided, remembered
from propcheck.calculus.form import constant_ball
from propcheck.calculus.number import confined, to_number
from propcheck.calculus.signs import precedes
from propcheck.language import X
from propcheck.pieces.piece import Piece
from propcheck.pieces.values import chooses
from propcheck.pieces.wave import Wave
from propcheck.verdict import Number

DEVIATIONS = 12  # of the window; what lies beyond has a mass of 2**-109
MOST_PIECES = 400  # in a window
MOST_PERIODS = 200  # in which zeros are looked for one by one
_LEAST = sp.Integer(16)  # how far a window reaches at the least
_BITS = 128
_TOO_MANY = f"more than {MOST_PIECES} pieces within {{}} deviations"


def two_periods(activation: Activation) -> Activation:
    """Two periods of a function that comes back; Undecided where that is not shown."""
    if activation.periods is None:
        raise Undecided(activation.trouble)
    return activation.periods


def window(activation: Activation, q: sp.Rational, deviations: int = DEVIATIONS) -> Activation:
    """The function within so many deviations of N(0, q)."""
    if pieces_in_window(activation, q, deviations) > MOST_PIECES:
        raise Undecided(_TOO_MANY.format(deviations))
    reach = _far(activation, q, deviations)
    seen = activation.seen(-reach, reach)
    if len(seen.pieces) > MOST_PIECES:
        raise Undecided(_TOO_MANY.format(deviations))
    return seen


def pieces_in_window(activation: Activation, q: sp.Rational, deviations: int = DEVIATIONS) -> float:
    """About how many pieces the function has within so many deviations of N(0, q)."""
    if activation.wave is None:
        with suppress(Undecided):
            return pieces_in_window(parts_of(activation).swing, q, deviations)
        return len(activation.seen(-_LEAST, _LEAST).pieces) * float(_reach(q, deviations) / _LEAST)
    seen = two_periods(activation)
    return (float(2 * _reach(q, deviations) / sp.N(activation.wave.length)) + 1) * (len(seen.pieces) + 1) / 2


def _reach(q: sp.Rational, deviations: int) -> sp.Integer:
    """A whole number that is so many deviations or more."""
    return sp.ceiling(deviations * sp.sqrt(q))


def _far(activation: Activation, q: sp.Rational, deviations: int) -> sp.Integer:
    """How far a window reaches; without a period so far that what parts of the function tend to is soon seen."""
    reach = _reach(q, deviations)
    return reach if activation.wave is not None else sp.Max(reach, _LEAST)


@remembered
def pieces_near(activation: Activation, reach: int) -> tuple[Piece, ...]:
    """The pieces; of a function with endless ones those so far out on both sides."""
    if not activation.trouble:
        return activation.pieces
    wave = activation.wave
    many = pieces_in_window(activation, sp.S.One, reach) if wave is None else _over(wave.length, activation, reach)
    if many > MOST_PIECES:
        raise Undecided(f"more than {MOST_PIECES} pieces between {-reach} and {reach}")
    return activation.seen(sp.Integer(-reach), sp.Integer(reach)).pieces


def _over(length: sp.Expr, activation: Activation, reach: int) -> float:
    """About how many pieces there are up to so far out, by those of two periods."""
    return float(2 * reach / sp.N(length)) * len(two_periods(activation).pieces) / 2


def padded(near: Activation) -> tuple[Piece, ...]:
    """The pieces of a window with 0 beside them, so that only what lies within counts as a gap."""
    assert near.on is not None
    lower, upper = near.on
    return (Piece(-sp.oo, lower, sp.S.Zero), *near.pieces, Piece(upper, sp.oo, sp.S.Zero))


@dataclass(frozen=True)
class _Norms:
    """Bounds of the roots of the integrals of g^2, g'^2 and (x g)^2 outside of a window."""

    value: arb
    slope: arb
    pulled: arb

    def __add__(self, other: _Norms) -> _Norms:
        return _Norms(self.value + other.value, self.slope + other.slope, self.pulled + other.pulled)

    def times(self, factor: arb) -> _Norms:
        return _Norms(self.value * factor, self.slope * factor, self.pulled * factor)


@dataclass(frozen=True)
class _Outside:
    """What lies beyond `reach`, N(0, q): the integrals of 1, x^2 and x^4 there."""

    q: sp.Rational
    reach: sp.Integer

    @property
    def even(self) -> tuple[arb, arb, arb]:
        reach, square = constant_ball(self.reach), constant_ball(self.q)
        edge = 2 * square * (-reach * reach / (2 * square)).exp() / (2 * square * arb.pi()).sqrt()
        mass = (reach / (2 * square).sqrt()).erfc()
        second = reach * edge + square * mass
        return mass, second, reach**3 * edge + 3 * square * second


def beyond(activation: Activation, q: sp.Rational) -> Mapping[str, arb]:
    """Bounds of what each integral has outside of the window; infinite where none is known."""
    outside = _Outside(q, _far(activation, q, DEVIATIONS))
    with ctx.workprec(_BITS):
        found = _norms(activation, outside)
        mass, second, _ = (part.sqrt() for part in outside.even)
        bounds = {
            "mean": found.value * mass,
            "second_moment": found.value**2,
            "derivative_mean": found.slope * mass if found.slope.is_finite() else _climb(activation, outside),
            "derivative_second_moment": found.slope**2,
            "covariance": found.value * second,
            "pull": found.pulled * found.slope,
        }
        return {name: bound.upper() if bound.is_finite() else arb.pos_inf() for name, bound in bounds.items()}


@remembered
def _norms(activation: Activation, outside: _Outside) -> _Norms:
    """The norms of a function by its pieces, by one period of them, or by those of its parts."""
    if not activation.trouble:
        return _of_pieces(activation, outside)
    if activation.wave is not None:
        return _of_wave(activation, activation.wave, outside)
    expr = activation.bound
    if activation.conditions:
        raise Undecided(activation.trouble)
    if isinstance(expr, sp.Add | sp.Max | sp.Min | sp.Abs):
        found = [
            _norms(from_expression(part), outside) if X in part.free_symbols else _constant(part, outside)
            for part in expr.args
        ]
        return sum(found[1:], start=found[0])
    if isinstance(expr, sp.Mul):
        return _of_product(expr, outside)
    raise Undecided(activation.trouble)


def _of_pieces(activation: Activation, outside: _Outside) -> _Norms:
    """Those of a function of finitely many pieces, of which the outer two reach into the window."""
    least, most = activation.pieces[0], activation.pieces[-1]
    if activation.undefined or not (precedes(-outside.reach, least.upper) and precedes(most.lower, outside.reach)):
        raise Undecided(f"no enclosure was found beyond {outside.reach}, where there are breakpoints")
    sides = [squares_beyond(piece, side, outside.q, int(outside.reach)) for piece, side in ((least, -1), (most, 1))]
    return _Norms(*((left + right).sqrt() for left, right in zip(*sides, strict=True)))


def _of_wave(activation: Activation, wave: Wave, outside: _Outside) -> _Norms:
    """|g(x)| is at most A + B |x| for the A and B that its values in one period and its rise say."""
    if any(precedes(*gap) for gap in two_periods(activation).gaps):
        raise Undecided(f"{activation.name} is not defined on an interval")
    rise, length, start = (abs(constant_ball(part)) for part in (wave.rise, wave.length, wave.start))
    per = rise / length
    level = _size(activation, 0) + rise + per * (start + length)
    mass, second, fourth = (part.sqrt() for part in outside.even)
    return _Norms(level * mass + per * second, _size(activation, 1) * mass, level * second + per * fourth)


def _of_product(expr: sp.Mul, outside: _Outside) -> _Norms:
    """Those of a product of which each factor but for one is bounded, and its slope too."""
    own = [factor for factor in expr.args if chooses(factor)]
    rest = sp.Mul(*(factor for factor in expr.args if factor not in own))
    if not own:
        raise Undecided(f"no enclosure was found of how {expr} grows")
    found = _norms(from_expression(rest), outside) if X in rest.free_symbols else _constant(rest, outside)
    for factor in own:
        size, steep = (_size(from_expression(factor), order) for order in (0, 1))
        found = _Norms(found.value * size, found.slope * size + found.value * steep, found.pulled * size)
    return found


def _climb(activation: Activation, outside: _Outside) -> arb:
    """A bound of the integral of |g'| where slopes are not bounded: by the ups and downs of a wave in one period."""
    try:
        parts = None if activation.wave is not None else parts_of(activation)
        swing = activation if parts is None else parts.swing
        wave = swing.wave
        assert wave is not None
        seen = two_periods(swing).seen(*wave.ends)
        low, high = (end.ball for end in extremes(seen, 0))
        way = sum(len(signed_runs(piece, 1)[0]) for piece in seen.pieces) * (high - low)
        mass, second, _ = outside.even
        edge = second / (constant_ball(outside.reach) * constant_ball(outside.q))  # twice the density there, and more
        rest = arb(0) if parts is None else _norms(parts.rest, outside).slope * mass.sqrt()
        return way * (edge + mass / constant_ball(wave.length)) + rest
    except Undecided:
        return arb.pos_inf()


def _constant(value: sp.Expr, outside: _Outside) -> _Norms:
    mass, second, _ = (part.sqrt() for part in outside.even)
    return _Norms(mass, arb(0), second).times(abs(constant_ball(value)))


def with_rest(ball: arb | None, bound: arb, square: bool) -> arb | None:
    """An integral over a window, with what lies beyond; one that diverges within does so if it is that of a square."""
    if ball is None or ball.is_nan() or (square and not ball.is_finite()):
        return ball
    return ball + arb(0, bound) if ball.is_finite() and bound.is_finite() else None


def _size(activation: Activation, order: int) -> arb:
    """The greatest size of the function or its slope, of a wave in one period; infinite where it is not known."""
    wave = activation.wave
    try:
        ends = extremes(activation if wave is None else two_periods(activation).seen(*wave.ends), order)
    except Undecided:
        return arb.pos_inf()
    sizes = [_top(end) for end in ends]
    return sizes[0].max(sizes[1])


def _top(end: Candidate) -> arb:
    return abs(end.ball).upper() if end.ball.is_finite() else arb.pos_inf()


def meeting(activation: Activation, line: sp.Expr, rise: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Two numbers between which the function meets a line, over which it rises, if it does."""
    wave = activation.wave
    assert wave is not None
    with ctx.workprec(64):
        low, high = (end.ball for end in extremes(activation.seen(*wave.ends), 0))
        ends = [constant_ball(end) if line == X else arb(0) for end in wave.ends]
        size = abs(low - ends[1]).max(abs(low - ends[0])).max(abs(high - ends[0])).max(abs(high - ends[1]))
        turns = (size / abs(constant_ball(rise))).upper()
        if not turns < MOST_PERIODS:
            raise Undecided(f"more than {MOST_PERIODS} periods in which the function may meet a line")
        count = int(float(turns)) + 2
    return wave.start - count * wave.length, wave.start + (count + 1) * wave.length


def mass(activation: Activation, spans: Sequence[tuple[sp.Expr, sp.Expr]]) -> Number:
    """P[z in one of the intervals or in one that is some periods off], z ~ N(0, 1)."""
    wave = activation.wave
    assert wave is not None
    with ctx.workprec(_BITS):
        length, far, root = constant_ball(wave.length), arb(DEVIATIONS), arb(2).sqrt()
        total = arb(0)
        for lower, upper in spans:
            low, high = constant_ball(lower), constant_ball(upper)
            first, last = ((-far - high) / length).lower().floor(), ((far - low) / length).upper().ceil()
            if not last - first < MOST_PIECES:
                raise Undecided(f"more than {MOST_PIECES} periods within {DEVIATIONS} deviations")
            for k in range(int(first.unique_fmpz()), int(last.unique_fmpz()) + 1):  # type: ignore[arg-type]
                total += ((high + k * length) / root).erf() / 2 - ((low + k * length) / root).erf() / 2
        rest = (far / root).erfc().upper()
        return confined(to_number(total + arb(0, rest)), 0.0, 1.0)
