"""Where the function is 0, and where it is x: points, and the intervals on which it is so throughout."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cmp_to_key

import sympy as sp

from propcheck.activation import Activation
from propcheck.analysis.candidate import Candidate
from propcheck.analysis.extent import extremes, place_of
from propcheck.analysis.scale import at_scale, scale_of
from propcheck.calculus import Undecided, remembered
from propcheck.calculus.identity import is_zero
from propcheck.calculus.number import exact_number
from propcheck.calculus.signs import period_of, precedes, same, signs
from propcheck.language import X
from propcheck.pieces.domain import combined_over
from propcheck.pieces.piece import Piece, Point
from propcheck.verdict import Fact, weakest


@dataclass(frozen=True)
class Found:
    """The points, from left to right, and the intervals with whether each of their ends belongs to them."""

    points: tuple[sp.Expr, ...]
    spans: tuple[tuple[sp.Expr, sp.Expr], ...]
    closed: tuple[tuple[bool, bool], ...]
    period: sp.Expr | None


def zeros(activation: Activation) -> Fact:
    """The points at which the function is 0, and the intervals on which it is 0 throughout.

    Of endlessly many that come back with a period, those of one period are named.
    """
    try:
        return _told("zeros", activation, sp.S.Zero)
    except Undecided:
        if not _apart(activation):
            raise
        return told("zeros", Found((), (), (), None))


def fixed_points(activation: Activation) -> Fact:
    """The points at which g(x) = x, and the intervals on which that holds throughout."""
    return _told("fixed_points", activation, X)


def _told(key: str, activation: Activation, line: sp.Expr) -> Fact:
    scale = replace(scale_of(activation), outer=sp.S.One)
    rate = scale.inner
    found = equal_to(at_scale(activation, scale), line / rate if line == X else line)
    return told(key, found, rate)


def told(key: str, found: Found, rate: sp.Expr = sp.S.One) -> Fact:
    """What was found as a fact; it is found of the function of x times the rate."""
    points = [place_of(point / rate) for point in found.points]
    spans = [[place_of(end / rate) for end in span] for span in found.spans]
    standing = weakest(*(number.standing for number in (*points, *(end for span in spans for end in span))))
    fields = {"points": points, "intervals": spans, "closed": [list(pair) for pair in found.closed]}
    repeated = {} if found.period is None else {"period": exact_number(found.period / rate)}
    return Fact(key, standing, fields | repeated)


def _apart(activation: Activation) -> bool:
    """Do enclosures of the extremes show that the function is never 0?"""
    try:
        return apart(extremes(activation, 0))
    except Undecided:
        return False


def apart(ends: tuple[Candidate, Candidate]) -> bool:
    """Does 0 not lie between an infimum and a supremum?"""
    return bool(ends[0].ball > 0) or bool(ends[1].ball < 0)


@remembered
def equal_to(activation: Activation, line: sp.Expr) -> Found:
    """Where the function is the same as a line through 0."""
    try:
        return _by_charts(activation, line)
    except Undecided:
        found = _of_one_factor(activation) if line == 0 else None
        if found is None:
            raise
        return found


def _of_one_factor(activation: Activation) -> Found | None:
    """The zeros of a factor that comes back, of products which have no others: sin(x)/(1 + |x|), x sin(x).

    None where the pieces have no such factor in common, or another zero.
    """
    waves: list[set[sp.Expr]] = []
    others: list[sp.Expr] = []
    for piece in activation.pieces:
        waves.append(set())
        for part in sp.Mul.make_args(sp.factor_terms(piece.expr)):
            base, power = part.as_base_exp()
            chart = piece.chart(base) if period_of(base, X) is None else signs(base, X, -sp.oo, sp.oo)
            if not chart.zeros and 0 not in chart.signs:
                continue
            if not power.is_positive or 0 in chart.signs or piece.removable:
                return None
            if chart.period is None:
                others += [zero.at for zero in chart.zeros]
            else:
                waves[-1].add(-base if base.could_extract_minus_sign() else base)
    if activation.undefined or len(set.union(*waves)) != 1 or not all(waves):
        return None
    (wave,) = waves[0]
    chart = signs(wave, X, -sp.oo, sp.oo)
    hits = [point.value is not None and is_zero(point.value) for point in activation.points]
    others += [point.at for point, hit in zip(activation.points, hits, strict=True) if hit is not False]
    missed = [point.at for point, hit in zip(activation.points, hits, strict=True) if hit is not True]
    if any(is_zero(wave.subs(X, at)) is not True for at in others):
        return None
    if any(is_zero(wave.subs(X, at)) is not False for at in missed):
        return None
    return Found(_in_order(zero.at for zero in chart.zeros), (), (), chart.period)


def _by_charts(activation: Activation, line: sp.Expr) -> Found:
    points: list[sp.Expr] = []
    spans: list[tuple[sp.Expr, sp.Expr]] = []
    period = None
    for piece in activation.pieces:
        chart = piece.chart(_difference(piece, line))
        if chart.signs == (0,):
            spans.append((piece.lower, piece.upper))
            continue
        if chart.period is not None and chart.zeros:
            if piece.lower is not -sp.oo or piece.upper is not sp.oo:
                raise Undecided("endlessly many zeros on a half-line")
            period = chart.period
        points += [zero.at for zero in chart.zeros]
    hits = [point.at for point in activation.points if point.value is not None and _hits(activation, point, line)]
    joined, closed = _closed(spans, lambda at: any(same(at, hit) for hit in hits))
    points += [hit for hit in hits if not any(same(hit, end) for span in joined for end in span)]
    inner = (hit for span in joined for hit in points if precedes(span[0], hit) and precedes(hit, span[1]))
    return Found(_in_order(set(points) - {*inner}), tuple(joined), tuple(closed), period)


def _hits(activation: Activation, point: Point, line: sp.Expr) -> bool:
    """Is the value at a breakpoint that of the line? Where a piece was cut there, its whole tells more than balls."""
    try:
        return same(point.value, line.subs(X, point.at))
    except Undecided:
        for piece in activation.pieces:
            if piece.whole is not None and piece.whole.holds(point.at):
                chart = piece.whole.chart(_difference(piece.whole, line))
                if chart.period is None:
                    return any(same(zero.at, point.at) for zero in chart.zeros)
        raise


def _difference(piece: Piece, line: sp.Expr) -> sp.Expr:
    if line == 0:
        return piece.expr
    less = piece.expr - line
    return combined_over(less, piece.removable) if piece.removable else less


def _closed(
    spans: Sequence[tuple[sp.Expr, sp.Expr]], is_hit: Callable[[sp.Expr], bool]
) -> tuple[list[tuple[sp.Expr, sp.Expr]], list[tuple[bool, bool]]]:
    """Intervals that meet at a point which belongs to them made one, and which ends belong to each."""
    joined: list[tuple[sp.Expr, sp.Expr]] = []
    for span in spans:
        if joined and same(joined[-1][1], span[0]) and is_hit(span[0]):
            joined[-1] = (joined[-1][0], span[1])
        else:
            joined.append(span)
    return joined, [tuple(not end.is_infinite and is_hit(end) for end in span) for span in joined]  # type: ignore[misc]


def _in_order(points: Iterable[sp.Expr]) -> tuple[sp.Expr, ...]:
    return tuple(sorted(points, key=cmp_to_key(lambda one, two: -1 if precedes(one, two) else 1)))
