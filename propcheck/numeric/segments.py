"""Which form to compute where on some pieces: spans cover them, each with a form that is accurate on it.

The candidates are the stable forms of `rewriting`. Where none of them is accurate (near a zero in which terms cancel,
in a tail, where an intermediate result leaves the range of the format) a local form takes over, fitted to the function
in ball arithmetic: a power of a local variable t, times a polynomial in t, times an exponential where the function
falls like one; t is x less a centre, or 1/x in a tail. What no local form reaches is named in `shortfalls`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import overload

import sympy as sp

from propcheck.numeric import kept
from propcheck.numeric.formats import DOUBLE, Format
from propcheck.numeric.rewriting import likeliest
from propcheck.numeric.rounding import Truth, sides
from propcheck.numeric.span import Plan, Segment, Shortfall, Span
from propcheck.numeric.subject import GOAL, MOST_FITS, PATCHED, PROMISED, Subject
from propcheck.pieces.piece import Piece

Found = tuple[tuple[float, float], ...]
_NOTHING = 2.0**-20
_BESIDE_ZERO = 60.0  # additions that a span around 0 counts for
_FINE = 3.0  # an estimate below it says no more than that the form is good
_GOOD_ENOUGH = 5.0  # for a candidate that takes over a whole run
_MOST_SPANS = 16  # local spans of one piece
_MANY_GOOD = 6  # places that do not end a run of those that are doubtful
_STRIDE = 4  # a candidate is tried at each such point first, and left where its errors count for too much already
_FEWEST = 4  # points that a candidate must be good at, one after the other, to take over


@lru_cache(maxsize=512)
def planned(pieces: tuple[Piece, ...], order: int, work: Format, out: Format, found: Found) -> Plan:
    """The plan that was kept, or else made, and kept."""
    plan = kept.find(pieces, order, work, out, found)
    if plan is None:
        plan = _made(pieces, order, work, out, found)
        kept.keep(plan, pieces, found)
    return plan


def _made(pieces: tuple[Piece, ...], order: int, work: Format, out: Format, found: Found) -> Plan:
    segments: list[Segment] = []
    short: list[Shortfall] = []
    for piece in pieces:
        below, lower = sides(piece.lower, work)
        upper, above = sides(piece.upper, work)
        if lower > upper:  # no number of the format lies in the piece
            continue
        segment, missed = _segment(piece, order, work, out)
        segment = _mended(segment, piece, order, work, out, found)
        segments.append(replace(segment, lower=lower, upper=upper, below=below, above=above))
        short += missed
    return Plan(order, work, out, tuple(segments), tuple(short))


def _mended(segment: Segment, piece: Piece, order: int, work: Format, out: Format, found: Found) -> Segment:
    """The segment with local forms on what of these spans lies in it."""
    if not found or not segment.expr.free_symbols:
        return segment
    lower, upper = sides(piece.lower, work)[1], sides(piece.upper, work)[0]
    subject = Subject(piece, order, work, out, lower, upper)
    subject.fits = MOST_FITS // 2
    spans = [(max(low, lower), min(high, upper)) for low, high in found if low < upper and high > lower]
    local = [span for low, high in spans for span in subject.fitted([segment.expr], low, high)[0]]
    doubtful = (*segment.doubtful, *_doubtful_spans(subject, local))
    return replace(segment, local=(*segment.local, *local), doubtful=doubtful)


@lru_cache(maxsize=512)
def _segment(piece: Piece, order: int, work: Format, out: Format) -> tuple[Segment, tuple[Shortfall, ...]]:
    lower, upper = sides(piece.lower, work)[1], sides(piece.upper, work)[0]
    derivative = piece.derivative(order)
    if not derivative.free_symbols:
        return Segment(lower, upper, derivative), ()
    subject = Subject(piece, order, work, out, lower, upper)
    points = subject.grid()
    if not points:
        return Segment(lower, upper, likeliest(piece.expr, order)), ()
    candidates = subject.candidates()
    points = subject.with_poles(candidates, points)
    main = _cheapest(subject, candidates, points)
    endless = subject.endless(main)
    left_out = [any(span.lower <= truth.point <= span.upper for span in endless) for truth in points]
    if work.bits > DOUBLE.bits:  # where waves turn, how much is left of a sum is told as it is computed
        turning = subject.turning()
        left_out = [truth.point in turning for truth in points]
    errors = _but(left_out, subject.errors(main, points))
    most = subject.errors(main, points, surely=True)
    doubtful = tuple(_doubtful(subject, points, errors, _but(left_out, most)))
    if all(e <= PATCHED for e in errors):
        return Segment(lower, upper, main, doubtful=doubtful), endless
    others = [(expr, _Errors(subject, expr, points, left_out)) for expr in candidates if expr is not main]
    segment, short = _patched(subject, main, errors, points, others)
    return replace(segment, doubtful=(*doubtful, *_doubtful_spans(subject, segment.local))), (*short, *endless)


def _cheapest(subject: Subject, candidates: Sequence[sp.Expr], points: Sequence[Truth]) -> sp.Expr:
    """The candidate that costs least with what its errors count for, the first of several.

    Those that are dear by themselves come last, and are left as soon as they come to more than the best one.
    """
    best = (math.inf, 0)
    for k in sorted(range(len(candidates)), key=lambda k: subject.cost(candidates[k])):
        expr, some, errors = candidates[k], list[Truth](), list[float]()
        total = cost = subject.cost(expr)
        for start in range(_STRIDE):
            if total > best[0]:
                break
            some += points[start::_STRIDE]
            errors += subject.errors(expr, points[start::_STRIDE])
            total = cost + _burden(some, errors)
        best = min(best, (total, k))
    return candidates[best[1]]


class _Errors(Sequence[float]):
    """The errors of a candidate at the points of the grid, computed when they are asked for."""

    def __init__(self, subject: Subject, expr: sp.Expr, points: Sequence[Truth], left_out: Sequence[bool]):
        self.subject, self.expr, self.points, self.left_out = subject, expr, points, left_out

    def __len__(self) -> int:
        return len(self.points)

    @overload
    def __getitem__(self, k: int) -> float: ...
    @overload
    def __getitem__(self, k: slice) -> list[float]: ...
    def __getitem__(self, k: int | slice) -> float | list[float]:
        if isinstance(k, slice):
            self.subject.errors(self.expr, self.points[k])
            return [self[each] for each in range(*k.indices(len(self)))]
        return 0.0 if self.left_out[k] else self.subject.error(self.expr, self.points[k])


def _but(left_out: Sequence[bool], errors: Sequence[float]) -> list[float]:
    """The errors, those at some points left out of account."""
    return [0.0 if out else error for out, error in zip(left_out, errors, strict=True)]


def _doubtful(
    subject: Subject, points: Sequence[Truth], errors: Sequence[float], most: Sequence[float]
) -> Iterator[Shortfall]:
    """The spans in which a form is taken as it is though its errors may add up to more than what is promised."""
    taken = [sum_ if error <= PATCHED else 0.0 for error, sum_ in zip(errors, most, strict=True)]
    ends = [subject.lower, *(truth.point for truth in points), subject.upper]
    for first, last in _runs(taken, PROMISED, _MANY_GOOD):
        yield Shortfall(*_snapped(ends[first], ends[last + 2]), max(taken[first : last + 1]))


def _doubtful_spans(subject: Subject, local: Sequence[Span]) -> Iterator[Shortfall]:
    """The same of local forms that are taken for good."""
    for span in local:
        if subject.meets(span.expr, span.lower, span.upper):
            most = subject.worst(span.expr, span.lower, span.upper, surely=True)
            if most > PROMISED:
                yield Shortfall(span.lower, span.upper, most)


def _burden(points: Sequence[Truth], errors: Sequence[float]) -> float:
    """What errors at the points of the grid count for, in additions: most where inputs mostly lie.

    Beside 0 a span of its own is a cure, and costs no more.
    """
    total = beside_zero = 0.0
    for truth, error in zip(points, errors, strict=True):
        if error > _FINE:
            size, bad = abs(truth.point), min(math.log2(error / _FINE), 16.0)
            if size <= 2.0**-8:
                beside_zero += bad
            else:
                total += bad * (5.0 if size < 8 else 1.0 if size < 1000 else 0.03)
    return total + min(beside_zero, _BESIDE_ZERO)


def _patched(
    subject: Subject,
    main: sp.Expr,
    errors: list[float],
    points: list[Truth],
    others: Sequence[tuple[sp.Expr, Sequence[float]]],
) -> tuple[Segment, tuple[Shortfall, ...]]:
    local: list[Span] = []
    short: list[Shortfall] = []
    open_: list[tuple[float, float]] = []
    for first, last in _runs(errors):
        ends = subject.borders(main, points, first, last)
        whole = min(others, key=lambda other: max(other[1][first : last + 1]), default=None)
        if whole is not None and max(whole[1][first : last + 1]) <= _GOOD_ENOUGH:
            low, high = _snapped(*ends)
            if subject.worst(whole[0], low, high) <= _GOOD_ENOUGH:
                local.append(Span(low, high, whole[0]))
                continue
        for start, stop, expr in _shared_out(others, first, last):
            low = ends[0] if start == first else points[start].point
            high = ends[1] if stop == last else points[stop + 1].point
            low, high = _snapped(low, high)
            if expr is not None and len(local) < _MOST_SPANS and subject.meets(expr, low, high):
                local.append(Span(low, high, expr))
                continue
            if open_ and low == open_[-1][1] == 0.0:
                low = open_.pop()[0]
            open_.append((low, high))
    for low, high in sorted(open_, key=lambda run: min(abs(run[0]), abs(run[1]))):
        if len(local) >= _MOST_SPANS:
            short.append(subject.shortfall(main, low, high))
            continue
        spans, missed = subject.fitted([main, *(expr for expr, _ in others)], low, high)
        local += spans
        short += missed
    return Segment(subject.lower, subject.upper, main, tuple(local)), tuple(short)


def _shared_out(
    others: Sequence[tuple[sp.Expr, Sequence[float]]], first: int, last: int
) -> Iterator[tuple[int, int, sp.Expr | None]]:
    """The parts of a run, each with a candidate that is good on all of it, or None; as few as can be."""
    start = first
    while start <= last:
        reach, best = start, None
        for expr, errors in others:
            stop = start
            while stop <= last and errors[stop] <= GOAL:
                stop += 1
            if stop > reach:
                reach, best = stop, expr
        if best is None:
            reach = start + 1
            while reach <= last and not any(errors[reach] <= GOAL for _, errors in others):
                reach += 1
        elif reach <= last and reach - start < _FEWEST:  # not worth a span of its own
            best = None
            while reach <= last and not all(
                any(e[k] <= GOAL for _, e in others) for k in range(reach, min(reach + _FEWEST, last + 1))
            ):
                reach += 1
        yield start, reach - 1, best
        start = reach


def _snapped(low: float, high: float) -> tuple[float, float]:
    """The ends of a run, an end that is nearly 0 beside the other moved to 0."""
    if abs(high) < _NOTHING and _NOTHING < abs(low) < 1 / _NOTHING:
        high = 0.0
    elif abs(low) < _NOTHING and _NOTHING < abs(high) < 1 / _NOTHING:
        low = 0.0
    return low, high


def _runs(errors: Sequence[float], most: float = PATCHED, good: int = 1) -> list[tuple[int, int]]:
    """The first and last places of each run of errors above the limit; so many good places do not end one."""
    runs: list[tuple[int, int]] = []
    for k, error in enumerate(errors):
        if error > most:
            if runs and k - runs[-1][1] <= good + 1:
                runs[-1] = (runs[-1][0], k)
            else:
                runs.append((k, k))
    return runs
