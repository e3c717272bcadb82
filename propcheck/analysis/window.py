"""Integrals against a normal law of a function that comes back: its pieces in a window, and a bound of the rest.

|g(x)| is at most A + B |x| for the A and B that its values in one period and its rise say, and |g'| at most its bound
there, so that what lies beyond so many deviations is less than the moments of the law there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.analysis.candidate import Candidate
from propcheck.analysis.extent import extremes
from propcheck.calculus import Undecided, remembered
from propcheck.calculus.form import constant_ball
from propcheck.calculus.number import confined, to_number
from propcheck.language import X
from propcheck.pieces.piece import Piece
from propcheck.verdict import Number

DEVIATIONS = 12  # of the window; what lies beyond has a mass of 2**-109
MOST_PIECES = 400  # in a window
MOST_PERIODS = 200  # in which zeros are looked for one by one
_BITS = 128


def two_periods(activation: Activation) -> Activation:
    """Two periods of a function that comes back; Undecided where that is not shown."""
    if activation.periods is None:
        raise Undecided(activation.trouble)
    return activation.periods


def window(activation: Activation, q: sp.Rational, deviations: int = DEVIATIONS) -> Activation:
    """The function within so many deviations of N(0, q)."""
    if pieces_in_window(activation, q, deviations) > MOST_PIECES:
        raise Undecided(f"more than {MOST_PIECES} pieces within {deviations} deviations")
    reach = _reach(q, deviations)
    return activation.seen(-reach, reach)


def pieces_in_window(activation: Activation, q: sp.Rational, deviations: int = DEVIATIONS) -> float:
    """About how many pieces the function has within so many deviations of N(0, q)."""
    wave, seen = activation.wave, two_periods(activation)
    if wave is None:
        raise Undecided(activation.trouble)
    return (float(2 * _reach(q, deviations) / sp.N(wave.length)) + 1) * (len(seen.pieces) + 1) / 2


def _reach(q: sp.Rational, deviations: int) -> sp.Integer:
    """A whole number that is so many deviations or more."""
    return sp.ceiling(deviations * sp.sqrt(q))


@remembered
def pieces_near(activation: Activation, reach: int) -> tuple[Piece, ...]:
    """The pieces; of a function that comes back those so far out on both sides."""
    if activation.wave is None:
        return activation.pieces
    if float(2 * reach / sp.N(activation.wave.length)) * len(two_periods(activation).pieces) / 2 > MOST_PIECES:
        raise Undecided(f"more than {MOST_PIECES} pieces between {-reach} and {reach}")
    return activation.seen(sp.Integer(-reach), sp.Integer(reach)).pieces


def padded(near: Activation) -> tuple[Piece, ...]:
    """The pieces of a window with 0 beside them, so that only what lies within counts as a gap."""
    assert near.on is not None
    lower, upper = near.on
    return (Piece(-sp.oo, lower, sp.S.Zero), *near.pieces, Piece(upper, sp.oo, sp.S.Zero))


def beyond(activation: Activation, q: sp.Rational) -> Mapping[str, arb]:
    """Bounds of what each integral has outside of the window; infinite where none is known."""
    wave = activation.wave
    assert wave is not None
    with ctx.workprec(_BITS):
        rise, length, start = (abs(constant_ball(part)) for part in (wave.rise, wave.length, wave.start))
        per = rise / length
        level = _size(activation, 0) + rise + per * (start + length)
        slope = _size(activation, 1)
        reach, square = constant_ball(_reach(q, DEVIATIONS)), constant_ball(q)
        edge = (-reach * reach / (2 * square)).exp() / (2 * arb.pi() * square).sqrt()
        mass = (reach / (2 * square).sqrt()).erfc()
        first = 2 * square * edge
        second = 2 * square * reach * edge + square * mass
        value = level * mass + per * first
        pulled = level * first + per * second
        found = {
            "mean": value,
            "second_moment": level**2 * mass + 2 * level * per * first + per**2 * second,
            "derivative_mean": slope * mass,
            "derivative_second_moment": slope**2 * mass,
            "covariance": pulled,
            "pull": slope * pulled,
        }
        return {name: bound.upper() if bound.is_finite() else arb.pos_inf() for name, bound in found.items()}


def with_rest(ball: arb | None, bound: arb, square: bool) -> arb | None:
    """An integral over a window, with what lies beyond; one that diverges within does so if it is that of a square."""
    if ball is None or ball.is_nan() or (square and not ball.is_finite()):
        return ball
    return ball + arb(0, bound) if ball.is_finite() and bound.is_finite() else None


def _size(activation: Activation, order: int) -> arb:
    """The greatest size of the function or its slope in one period; infinite where it is not bounded or not known."""
    wave = activation.wave
    assert wave is not None and activation.periods is not None
    try:
        ends = extremes(activation.periods.seen(*wave.ends), order)
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
