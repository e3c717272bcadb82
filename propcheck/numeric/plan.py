"""Which form to compute where: a plan covers the line with spans, each with a form that is accurate on it.

The candidates are the stable forms of `rewriting`. Where none of them is accurate (near a zero in which terms cancel,
in a tail, where an intermediate result leaves the range of the format) a local form takes over, fitted to the function
in ball arithmetic: a power of a local variable t, times a polynomial in t, times an exponential where the function
falls like one; t is x less a centre, or 1/x in a tail. What no local form reaches is named in `shortfalls`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import sympy as sp
from flint import arb, arb_poly, ctx

from propcheck.activation import Activation, Piece
from propcheck.calculus import Undecided
from propcheck.calculus.form import Form, compile_form, constant_ball
from propcheck.grammar import X
from propcheck.numeric.formats import DOUBLE, Format
from propcheck.numeric.functions import Erfc, Expm1, Sech2, Sigmoid, Softplus, Stable
from propcheck.numeric.landmarks import landmarks
from propcheck.numeric.rewriting import forms, stabilised
from propcheck.numeric.rounding import BITS, Estimator, Truth, fixed, magnitude, power, sides
from propcheck.numeric.steps import (
    Compensated,
    CompensatedTail,
    Horner,
    Offset,
    Over,
    Reciprocal,
    Scaled,
    Times,
    program,
)
from propcheck.precision import alone
from propcheck.verdict import InputError

Found = tuple[tuple[float, float], ...]
PROMISED = 4.0
GOAL = 4.3  # the estimate that a form may reach, in units in the last place; what is measured stays below it

_NODES = (9, 27, 81)  # points at which a function is asked for; each set holds the one before
_MOST_DEGREE = 28
_PARTS = 8  # how often a span is halved before it is given up
_DEGREE_IN_TWO_WORDS = 6
_NEAR = 6  # powers of two on both sides of 1 where the grid is dense
_NOTHING = 2.0**-20
_BESIDE_ZERO = 60.0  # additions that a span around 0 counts for
_FAR = ((150, 300), (20, 30))  # powers of two between which a function may behave like a power
_NOT_NEAR = 3.0
_ALONE = 30.0  # the power of two from which on waves may lie between two numbers
_WAVES, _MET, _HALVINGS = 40.0, 100, 54  # how far out waves are met, at how many points, and how turns are found
_FINE = 3.0  # an estimate below it says no more than that the form is good
_PATCHED = 4.8  # what is worth a span of its own
_GOOD_ENOUGH = 5.0  # for a candidate that takes over a whole run
_MOST_SPANS = 16  # local spans of one piece
_KNOWN_SHARE = 0.4  # of the points of a span: where the exact value is not found a tail goes on as it began
_MOST_FITS = 20  # tries to find one
_MOST_ZEROS = 12  # of one function, the nearest to 0, that points are put around
_LAST_ZERO = 16.0  # zeros farther out are not looked for
_DOUBT = 3.6  # an estimate above it may be above what is promised somewhere beside
_MANY_GOOD = 6  # places that do not end a run of those that are doubtful
_FEWEST = 4  # points that a candidate must be good at, one after the other, to take over
_CALL = 6.0
_COSTS = {
    "x": 0.0, "const": 0.0, "add": 1.0, "sub": 1.0, "mul": 1.0, "neg": 1.0, "min": 1.0, "max": 1.0, "abs": 1.0,
    "div": 2.0, "sqrt": 3.0, "mul_tail": 10.0, "add_tail": 6.0, "erf": 40.0, "erfc": 40.0, "acot": 10.0, "sigmoid": 9.0,
    "softplus": 12.0, "softplus0": 14.0, "sech2": 10.0, "sin": 20.0, "cos": 20.0, "tan": 20.0,
}  # fmt: skip
_ZERO_BITS = 400
_STEEPEST = 30 * 200  # powers of two from 2^-60 to 2^-90: what falls faster is no power of x
_FALLING = (4, 6, 8, 10, 12, 20, 40)  # powers of two at which a function may have fallen to nothing
_BESIDE = 6  # powers of two of an ulp that are beside a breakpoint


@dataclass(frozen=True)
class Span:
    """From `lower` to `upper` the form is `expr`."""

    lower: float
    upper: float
    expr: sp.Expr


@dataclass(frozen=True)
class Shortfall:
    """Where the estimate stays above the goal, and by how much."""

    lower: float
    upper: float
    estimate: float


@dataclass(frozen=True)
class Segment:
    """One piece of the activation: a main form on the floats between two breakpoints, and local spans inside.

    A breakpoint that is no float lies between two: one belongs to the piece, the other one to its neighbour.
    """

    lower: float
    upper: float
    expr: sp.Expr
    local: tuple[Span, ...] = ()
    below: float = -math.inf  # the float next to the piece on the left, or the breakpoint itself
    above: float = math.inf
    doubtful: tuple[Shortfall, ...] = ()  # where the estimate of the main form comes near to what is promised


@dataclass(frozen=True)
class Plan:
    """The segments of one derivative of an activation, from left to right, for one working and one output format."""

    order: int
    work: Format
    out: Format
    segments: tuple[Segment, ...]
    shortfalls: tuple[Shortfall, ...] = ()


@alone
def plan(activation: Activation, order: int, work: Format, out: Format, found: Found = ()) -> Plan:
    """The plan of the derivative of this order; `InputError` where the function has no pieces.

    `found` are spans on which a form was seen to be wrong: there a local form is tried.
    """
    if not activation.pieces:
        raise InputError(f"{activation.name} cannot be compiled: {activation.trouble or 'it has no pieces'}")
    segments: list[Segment] = []
    short: list[Shortfall] = []
    for piece in activation.pieces:
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
    subject = _Subject(piece, order, work, out, lower, upper)
    subject.fits = _MOST_FITS // 2
    spans = [(max(low, lower), min(high, upper)) for low, high in found if low < upper and high > lower]
    local = [span for low, high in spans for span in subject.fitted([segment.expr], low, high)[0]]
    return replace(segment, local=(*segment.local, *local))


@lru_cache(maxsize=512)
def _segment(piece: Piece, order: int, work: Format, out: Format) -> tuple[Segment, tuple[Shortfall, ...]]:
    lower, upper = sides(piece.lower, work)[1], sides(piece.upper, work)[0]
    derivative = piece.derivative(order)
    if not derivative.free_symbols:
        return Segment(lower, upper, derivative), ()
    subject = _Subject(piece, order, work, out, lower, upper)
    points = subject.grid()
    if not points:
        return Segment(lower, upper, next(iter(forms(piece.expr, order)))), ()
    scored: list[tuple[float, sp.Expr, list[float]]] = []
    candidates = subject.candidates()
    points = subject.with_poles(candidates, points)
    for expr in candidates:
        errors = [subject.error(expr, truth) for truth in points]
        scored.append((subject.cost(expr) + _burden(points, errors), expr, errors))
    _, main, errors = min(scored, key=lambda item: item[0])
    endless = subject.endless(main)
    scored = [(cost, expr, _outside(endless, points, errors)) for cost, expr, errors in scored]
    errors = _outside(endless, points, errors)
    doubtful = tuple(_doubtful([lower, *(truth.point for truth in points), upper], errors))
    if all(e <= _PATCHED for e in errors):
        return Segment(lower, upper, main, doubtful=doubtful), endless
    others = [(expr, errors) for _, expr, errors in scored if expr is not main]
    segment, short = _patched(subject, main, errors, points, others)
    return replace(segment, doubtful=doubtful), (*short, *endless)


def _outside(spans: Sequence[Shortfall], points: Sequence[Truth], errors: Sequence[float]) -> list[float]:
    """The errors, those in some spans left out of account."""
    inside = [any(span.lower <= truth.point <= span.upper for span in spans) for truth in points]
    return [0.0 if left_out else error for left_out, error in zip(inside, errors, strict=True)]


def _doubtful(ends: Sequence[float], errors: Sequence[float]) -> Iterator[Shortfall]:
    """The spans in which a form is taken as it is though its estimate is near to what is promised, or above."""
    near = [e if e <= _PATCHED else 0.0 for e in errors]
    for first, last in _runs(near, _DOUBT, _MANY_GOOD):
        yield Shortfall(ends[first], ends[last + 2], max(near[first : last + 1]))


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
    subject: _Subject,
    main: sp.Expr,
    errors: list[float],
    points: list[Truth],
    others: list[tuple[sp.Expr, list[float]]],
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
    others: list[tuple[sp.Expr, list[float]]], first: int, last: int
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


def _runs(errors: Sequence[float], most: float = _PATCHED, good: int = 1) -> list[tuple[int, int]]:
    """The first and last places of each run of errors above the limit; so many good places do not end one."""
    runs: list[tuple[int, int]] = []
    for k, error in enumerate(errors):
        if error > most:
            if runs and k - runs[-1][1] <= good + 1:
                runs[-1] = (runs[-1][0], k)
            else:
                runs.append((k, k))
    return runs


class _Subject:
    """One derivative on one piece, with what is asked of it again and again."""

    def __init__(self, piece: Piece, order: int, work: Format, out: Format, lower: float, upper: float):
        self.piece, self.order, self.work, self.out = piece, order, work, out
        self.lower, self.upper = lower, upper
        # Breakpoints that are no floats: beside them the distance counts as it is, not as it might be.
        self.inexact = [
            end for end, exact in ((lower, piece.lower), (upper, piece.upper)) if _between_floats(exact, work)
        ]
        self.form: Form = compile_form(piece.derivative(order), X, piece.removable)
        # The coefficients of local forms are doubles, which a wider format gains nothing by.
        self.fits = 0 if work.bits <= DOUBLE.bits else _MOST_FITS + 1
        self._truths: dict[float, Truth | None] = {}
        self._estimators: dict[sp.Expr, Estimator | None] = {}

    # -- points --

    def rounded(self, value: float) -> float:
        return self.out.nearest(value)

    def truth(self, point: float) -> Truth | None:
        if point not in self._truths:
            found = Truth.at(self.form, point, self.out)
            beside = any(abs(point - end) <= abs(end) * 2.0 ** (_BESIDE - self.out.bits) for end in self.inexact)
            self._truths[point] = replace(found, allowed=0.0) if found is not None and beside else found
        return self._truths[point]

    def grid(self) -> list[Truth]:
        """Points of all sizes and both signs, more of them near 1, near the ends of the piece, and near zeros."""
        top, bottom = self.out.most - 1, self.out.least + 2
        exponents = [k / 4 for k in range(-4 * _NEAR, 4 * _NEAR + 1)]
        exponents += [_NEAR + 0.5 * k for k in range(1, 13)]
        exponents += [e for e in range(_NEAR + 6, top, max(3, top // 100))]
        exponents += [-_NEAR + (bottom + _NEAR) * (k / 24) for k in range(1, 25)]
        sizes = [_mantissa(k) * 2.0**e for k, e in enumerate(exponents) if e < top]
        sizes += [2.0 ** (top + share) for share in (-1.2, -0.2, 0.7)]
        values = {sign * size for size in sizes for sign in (1, -1)} | set(self.inexact)
        values |= set(landmarks(self.piece.expr))
        for end in (self.lower, self.upper):
            if math.isfinite(end) and end != 0:
                values |= {end + sign * abs(end) * 2.0**-k for k in range(1, self.out.bits + 1, 3) for sign in (1, -1)}
        truths = self._inside(values)
        for more in (self._around_zeros, self._into_underflow, self._into_underflow):
            known = {truth.point for truth in truths}
            added = [truth for truth in self._inside(more(truths)) if truth.point not in known]
            truths = sorted(truths + added, key=lambda truth: truth.point)
        return truths

    def _inside(self, values: set[float]) -> list[Truth]:
        points = sorted({self.rounded(v) for v in values if self._holds(self.rounded(v))})
        return [truth for truth in map(self.truth, points) if truth is not None]

    def _holds(self, point: float) -> bool:
        """Does a number lie inside the piece?"""
        return self.lower < point < self.upper or point in self.inexact

    def _around_zeros(self, truths: list[Truth]) -> set[float]:
        """Points that come nearer and nearer to each zero."""
        extra: set[float] = set()
        found = 0
        for before, after in sorted(pairwise(truths), key=lambda pair: abs(pair[0].point)):
            if found >= _MOST_ZEROS:
                break
            if before.point * after.point < 0 or max(abs(before.point), abs(after.point)) > _LAST_ZERO:
                continue
            if (before.value < 0) != (after.value < 0):
                zero = self.zero(before.point, after.point)
            elif before.slope * before.value < 0 < after.slope * after.value:  # it may touch 0 in between
                zero = self.zero(before.point, after.point, 1)
                if zero is not None and not self._vanishes(zero, before):
                    zero = None
            else:
                continue
            if zero is not None and not zero.is_zero():
                near, found = float(zero.mid()), found + 1
                extra |= {near + s * abs(near) * 2.0**-k for k in range(2, self.out.bits + 1, 2) for s in (1, -1)}
        return extra

    def _into_underflow(self, truths: list[Truth]) -> set[float]:
        """Points in between where the values fall through the subnormal numbers."""
        extra: set[float] = set()
        for before, after in zip(truths, truths[1:], strict=False):
            sizes = sorted(-(10**9) if (size := magnitude(t.value)) is None else size for t in (before, after))
            if sizes[0] <= self.out.least + self.out.bits + 4 <= sizes[1] + 8 and sizes[1] - sizes[0] > 3:
                extra |= {before.point + (after.point - before.point) * k / 8 for k in range(1, 8)}
        return extra

    def _vanishes(self, point: arb, beside: Truth) -> bool:
        with ctx.workprec(_ZERO_BITS):
            return bool(abs(self.form.ball(point)) < abs(beside.value) * power(-100))

    def zero(self, low: float, high: float, order: int = 0) -> arb | None:
        """The zero between two points at which the signs differ; of the slope where `order` is 1."""
        with ctx.workprec(_ZERO_BITS):
            a, b = arb(low), arb(high)
            sign = self.form.series(a, order + 1)[order] > 0
            for _ in range(200):
                middle = ((a + b) / 2).mid()
                value = self.form.series(middle, order + 1)[order]
                if value.contains(0):
                    return middle if value.is_finite() else None
                if (value > 0) == sign:
                    a = middle
                else:
                    b = middle
                if (b - a).abs_upper() < abs(a) * power(-160):
                    break
            return ((a + b) / 2).mid()

    # -- candidates and their errors --

    def candidates(self) -> list[sp.Expr]:
        found = list(forms(self.piece.expr, self.order))
        factored = _by_zeros(self.piece.derivative(self.order), self.work)
        if factored is not None:
            found.append(factored)
        found += [better for expr in found[:2] if (better := _of_sizes(expr, self.lower, self.upper)) not in found]
        for expr in found[:2]:
            better = _low_words(expr, self.work)
            if better != expr:
                found.append(better)
        return found

    def with_poles(self, candidates: list[sp.Expr], points: list[Truth]) -> list[Truth]:
        """The points, and more beside the places at which a candidate alone divides by 0."""
        places = [truth.point for truth in points]
        estimators = filter(None, map(self.estimator, candidates))
        poles = {pole for estimator in estimators for pole in estimator.poles(places)}
        near = {p + s * abs(p) * 2.0**-k for p in poles for k in range(1, self.out.bits + 1, 3) for s in (1, -1)}
        known = {truth.point: truth for truth in (*points, *self._inside(poles | near))}
        return [known[point] for point in sorted(known)]

    def cost(self, expr: sp.Expr) -> float:
        """How long a form takes, roughly, in additions."""
        estimator = self.estimator(expr)
        if estimator is None:
            return math.inf
        return sum(_COSTS.get(step.op, _CALL) for step in estimator.program.steps)

    def estimator(self, expr: sp.Expr) -> Estimator | None:
        if expr not in self._estimators:
            try:
                self._estimators[expr] = Estimator(program([expr]), self.work, self.out)
            except Undecided:
                self._estimators[expr] = None
        return self._estimators[expr]

    def error(self, expr: sp.Expr, truth: Truth) -> float:
        estimator = self.estimator(expr)
        return math.inf if estimator is None else estimator.excess(truth)

    def endless(self, main: sp.Expr) -> tuple[Shortfall, ...]:
        """Where the waves of a form cancel again and again: too often for local forms.

        Far out the rounding of the input, which grows with it, is worth more than what cancels, but where a wave turns;
        so far out that a wave lies between two numbers every input stands for itself.
        """
        waves = [node for node in main.atoms(sp.sin, sp.cos, sp.tan) if node.has(X)]
        if self.work.bits > DOUBLE.bits or not any(node.args[0].is_polynomial(X) for node in waves):
            return ()
        short = []
        for side, end in ((-1.0, self.lower), (1.0, self.upper)):
            if math.isinf(end):
                bad = [truth.point for truth in self._turns(side) if self.error(main, truth) > _PATCHED]
                often = bad and max(map(abs, bad)) > _NOT_NEAR
                near = min(bad, key=abs) / 2 if often else self._far_out(main, side)
                if near is not None:
                    low, high = sorted((near, end))
                    short.append(Shortfall(max(low, self.lower), min(high, self.upper), math.inf))
        return tuple(short)

    def _turns(self, side: float) -> list[Truth]:
        """Points on one side of 0, and those between them at which the function turns."""
        places = [side * (_WAVES * (k + 0.5) / _MET + 2.0 ** -(k % 5)) for k in range(_MET)]
        truths = self._inside(set(places))
        turns: set[float] = set()
        for before, after in pairwise(truths):
            if (before.slope < 0) != (after.slope < 0):
                turns.add(self._turn(before, after))
        return truths + self._inside({turn * (1 + s * 2.0**-k) for turn in turns for k in (12, 60) for s in (1, -1)})

    def _turn(self, before: Truth, after: Truth) -> float:
        low, high, falling = before.point, after.point, bool(before.slope > 0)
        with ctx.workprec(BITS):
            for _ in range(_HALVINGS):
                middle = low / 2 + high / 2
                slope = self.form.series(arb(middle), 2)[1]
                if middle in (low, high) or not (slope > 0 or slope < 0):
                    break
                low, high = (middle, high) if bool(slope > 0) == falling else (low, middle)
        return low

    def _far_out(self, main: sp.Expr, side: float) -> float | None:
        """From where on each number stands for itself, if the form is wrong at some of these."""
        exponents = [_ALONE + (self.out.most - 2 - _ALONE) * (k + 0.5) / _MET for k in range(_MET)]
        far = self._inside({side * 2.0**e * _mantissa(k) for k, e in enumerate(exponents)})
        return side * 2.0**_ALONE if any(self.error(main, truth) > PROMISED for truth in far) else None

    def borders(self, main: sp.Expr, points: list[Truth], first: int, last: int) -> tuple[float, float]:
        """The ends of a run, moved outward to where the main form is good again."""
        if first == 0:
            low = self.lower
        else:
            low = self._border(main, points[first - 1].point, points[first].point)
        if last == len(points) - 1:
            high = self.upper
        else:
            high = self._border(main, points[last + 1].point, points[last].point)
        return low, high

    def _border(self, main: sp.Expr, good: float, bad: float) -> float:
        """Between a point where the form is good and one where it is not: the place nearest to the bad one."""
        for _ in range(12):
            if abs(good - bad) <= 0.004 * abs(bad):
                break
            middle = self.rounded(_between(good, bad))
            if middle in (good, bad):
                break
            truth = self.truth(middle)
            if truth is not None and self.error(main, truth) <= _PATCHED:
                good = middle
            else:
                bad = middle
        return good

    # -- local forms --

    def fitted(self, candidates: list[sp.Expr], low: float, high: float) -> tuple[list[Span], list[Shortfall]]:
        """Local forms on [low, high]; where none reaches the goal, the best of the candidates, and what it misses."""
        spans: list[Span] = []
        short: list[Shortfall] = []
        main = candidates[0]
        todo = [(low, high, _PARTS)]
        while todo:
            nearest = min(range(len(todo)), key=lambda k: min(abs(todo[k][0]), abs(todo[k][1])))
            low, high, left = todo.pop(nearest)
            self.fits += 1
            expr = self._fit(low, high, main) if self.fits <= _MOST_FITS else None
            if expr is not None:
                spans.append(Span(low, high, expr))
                continue
            middle = 0.0 if low < 0 < high else self._vanishing(low, high) or _halfway(low, high)
            if left and middle is not None and self.fits < _MOST_FITS:
                todo += [(low, middle, left - 1), (middle, high, left - 1)]
                continue
            tired = self.fits > _MOST_FITS
            best = main if tired else self._best(candidates, low, high)
            short.append(self.shortfall(best, low, high))
            if best is not main:
                spans.append(Span(low, high, best))
        return sorted(spans, key=lambda s: s.lower), short

    def _best(self, candidates: list[sp.Expr], low: float, high: float) -> sp.Expr:
        """The candidate whose largest estimate on a span is least, the first of several."""
        best, least = candidates[0], self.worst(candidates[0], low, high)
        for expr in candidates[1:]:
            if (most := self.worst(expr, low, high, least)) < least:
                best, least = expr, most
        return best

    def _vanishing(self, low: float, high: float) -> float | None:
        """Where the function falls below every number of the format, if it does so in a tail."""
        if math.isfinite(low) == math.isfinite(high):
            return None
        near, far = (high, -1.0) if math.isinf(low) else (low, 1.0)
        near = self.rounded(near or far)
        sizes = (2.0**e for e in (*_FALLING, self.out.highest) if 2.0**e > 2 * abs(near))
        far = next((math.copysign(size, far) for size in sizes if self._is_nothing(math.copysign(size, far))), math.nan)
        if math.isnan(far) or self._is_nothing(near):
            return None
        while abs(far - near) > 2.0**-12 * abs(far):
            middle = self.rounded(_between(near, far))
            near, far = (near, middle) if self._is_nothing(middle) else (middle, far)
        return far if far not in (low, high) else None

    def _is_nothing(self, point: float) -> bool:
        truth = self.truth(point)
        size = None if truth is None else magnitude(truth.value)
        return size is not None and size < self.out.least

    def shortfall(self, main: sp.Expr, low: float, high: float) -> Shortfall:
        inside = [t for t in self._truths.values() if t is not None and low <= t.point <= high]
        return Shortfall(low, high, max((self.error(main, t) for t in inside), default=math.inf))

    def _fit(self, low: float, high: float, main: sp.Expr) -> sp.Expr | None:
        """A local form on [low, high] whose estimate meets the goal."""
        for attempt in (self._constant, self._tail, self._centred, self._exponential, self._steep):
            expr = attempt(low, high, main)
            if expr is not None and self.meets(expr, low, high):
                return expr
        return None

    def meets(self, expr: sp.Expr, low: float, high: float) -> bool:
        return self.worst(expr, low, high, GOAL) <= GOAL

    def worst(self, expr: sp.Expr, low: float, high: float, enough: float = math.inf) -> float:
        """The largest estimate on a span, or the first that is larger than `enough`."""
        points = self.samples(low, high, 24)
        truths = [truth for truth in map(self.truth, points) if truth is not None]
        if len(truths) < _KNOWN_SHARE * len(points):
            return math.inf
        most = 0.0
        for truth in truths:
            most = max(most, self.error(expr, truth))
            if most > enough or most == math.inf:
                break
        return most

    def samples(self, low: float, high: float, count: int) -> list[float]:
        """Points of a span, evenly spaced, and evenly spaced in size where it covers many sizes."""
        values: set[float] = set()
        finite_low = max(low, -(2.0 ** (self.out.most - 1)))
        finite_high = min(high, 2.0 ** (self.out.most - 1))
        for share in (2.0**-12, *((k + 0.5) / count for k in range(count)), 1 - 2.0**-12):
            values.add(finite_low + (finite_high - finite_low) * share)
            for start, end in ((finite_low, finite_high), (finite_high, finite_low)):
                if start * end > 0 and abs(start) < abs(end):
                    values.add(
                        math.copysign(2 ** (math.log2(abs(start)) * (1 - share) + math.log2(abs(end)) * share), end)
                    )
        if low <= 0 <= high and low < high:
            reach = max(abs(finite_low), abs(finite_high))
            depth = math.log2(reach) - self.out.least - 1
            for k in range(count):
                size = 2.0 ** (math.log2(reach) - depth * ((k + 0.5) / count) ** 2)
                values |= {v for v in (size, -size) if low < v < high}
        return sorted({self.rounded(v) for v in values if low < self.rounded(v) < high and v != 0})

    def _constant(self, low: float, high: float, main: sp.Expr) -> sp.Expr | None:
        """0, where the function is below every number of the format on all of a tail."""
        if math.isfinite(low) and math.isfinite(high):
            return None
        inner = self.rounded(high - abs(high) * 2.0**-20 if math.isinf(low) else low + abs(low) * 2.0**-20)
        truth = self.truth(inner)
        size = None if truth is None else magnitude(truth.value)
        return sp.S.Zero if size is not None and size < self.out.least else None

    def _tail(self, low: float, high: float, main: sp.Expr) -> sp.Expr | None:
        """x^m P(1/x) on a half-line, or on a span that reaches far."""
        if low < 0 < high or not max(abs(low), abs(high)) / 4 > min(abs(low), abs(high)) or 0 in (low, high):
            return None
        m = self._power_at_infinity(-1 if low < 0 else 1)
        if m is None:
            return None
        near = high if low < 0 else low
        far = low if low < 0 else high
        ends = (arb(0) if math.isinf(far) else 1 / arb(far), 1 / arb(near))
        fit = polynomial(lambda t: self._exact((1 / t).mid()) * t**m, *ends, self.out.bits, nonzero=True)
        if fit is None:
            return None
        factor = _horner(Reciprocal(X), fit, self.work)
        return None if factor is None else _spread(factor, m)

    def _power_at_infinity(self, sign: int) -> int | None:
        """m, where the function behaves like x^m."""
        return next((m for ends in _FAR if (m := self._power_between(sign, *ends)) is not None), None)

    def _power_between(self, sign: int, near: int, far: int) -> int | None:
        sizes = []
        for exponent in (near, far):
            with ctx.workprec(30 * BITS):
                value = self.form.ball(arb(sign) * power(exponent))
            size = magnitude(value) if value.is_finite() and not value.contains(0) else None
            if size is None:
                return None
            sizes.append(size)
        slope = (sizes[1] - sizes[0]) / (far - near)
        return round(slope) if abs(slope - round(slope)) < 0.02 and abs(slope) < 12 else None

    def _exact(self, point: arb) -> arb:
        for bits in (2 * BITS, 8 * BITS, 24 * BITS):
            with ctx.workprec(bits):
                value = self.form.ball(point)
                if value.is_finite() and value.rel_accuracy_bits() > 120:
                    return value
        return arb("nan")

    def _centred(self, low: float, high: float, main: sp.Expr) -> sp.Expr | None:
        """(x - c)^m P(x - c), c a zero inside the span, or its middle."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return None
        centre, m = arb(0), self._order_at_zero(low, high) if low <= 0 <= high else 0
        if m == 0:
            truths = [t for t in map(self.truth, self.samples(low, high, 8)) if t is not None]
            change = next(
                (k for k in range(len(truths) - 1) if (truths[k].value < 0) != (truths[k + 1].value < 0)), None
            )
            zero = None if change is None else self.zero(truths[change].point, truths[change + 1].point)
            order = 1
            if zero is None:
                zero, order = self._touching(truths), 2
            centre, m = (zero, order) if zero is not None else (arb(self.rounded((low + high) / 2)), 0)
        if m is None:
            return None
        with ctx.workprec(_ZERO_BITS):
            fit = polynomial(
                lambda t: self._exact((centre + t).mid()) / t**m, arb(low) - centre, arb(high) - centre, self.out.bits
            )
            if fit is None:
                return None
            first = self.work.nearest(float(centre.mid()))
            second = self.work.nearest(float((centre - arb(first)).mid()))
        t = X if centre.is_zero() else Offset(X, dyadic(first), dyadic(second))
        return _powered(t, m, _horner(t, fit, self.work))

    def _touching(self, truths: list[Truth]) -> arb | None:
        """A zero at which the sign does not change."""
        for before, after in zip(truths, truths[1:], strict=False):
            if before.slope * before.value < 0 < after.slope * after.value:
                zero = self.zero(before.point, after.point, 1)
                if zero is not None and self._vanishes(zero, before):
                    return zero
        return None

    def _order_at_zero(self, low: float, high: float) -> int | None:
        side = 1 if high > 0 else -1
        sizes = []
        for exponent in (-60, -90):
            value = self._exact(arb(side) * power(exponent))
            size = magnitude(value) if value.is_finite() else None
            if size is None:
                return None
            sizes.append(size)
        fall = sizes[0] - sizes[1]
        return round(fall / 30) if abs(fall) < _STEEPEST else None

    def _exponential(self, low: float, high: float, main: sp.Expr) -> sp.Expr | None:
        """P(x - c) exp(q), q a polynomial, computed as (P exp(q/2)) exp(q/2) so that nothing is lost on the way."""
        if not (math.isfinite(low) and math.isfinite(high)) or low <= 0 <= high:
            return None
        centre = self.rounded((low + high) / 2)
        for q in _exponents(next(iter(forms(self.piece.expr, self.order))), self.work):
            with ctx.workprec(2 * BITS):
                grow = compile_form(q, X)
                fit = polynomial(
                    lambda t, grow=grow: self._exact((centre + t).mid()) * (-grow.ball(centre + t)).exp(),
                    arb(low) - centre,
                    arb(high) - centre,
                    self.out.bits,
                )
            factor = None if fit is None else _horner(Offset(X, dyadic(centre), 0), fit, self.work)
            if factor is not None:
                if not q.is_Add and abs(q.as_independent(X)[0].p) == 1:
                    return Scaled(factor, q / 2)
                words = [word for c in sp.Poly(q / 2, X).all_coeffs()[::-1] for word in (c, sp.S.Zero)]
                mended = Times(factor, 1 + 2 * CompensatedTail(X, *words))
                return Scaled(mended, Compensated(X, *words))
        return None

    def _steep(self, low: float, high: float, main: sp.Expr) -> sp.Expr | None:
        """P(t) exp(q), t = x - c, where q is the parabola that the logarithm of the function comes near to."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return None
        if low <= 0 <= high and self._order_at_zero(low, high) != 0:
            return None
        centre = _short((low + high) / 2)
        first, last = self._rate(low), self._rate(high)
        if first is None or last is None:
            return None
        bend = (last - first) / (high - low) / 2
        words = [self.work.nearest(_short(value, 24)) for value in (first + 2 * bend * (centre - low), bend)]
        if not all(map(math.isfinite, words)):
            return None
        with ctx.workprec(2 * BITS):
            start = _short(float(abs(self._exact(arb(centre))).log().mid()))
            a, b = map(arb, words)
            fit = polynomial(
                lambda t: self._exact((centre + t).mid()) * (-start - (a + b * t) * t).exp(),
                arb(low) - centre,
                arb(high) - centre,
                self.out.bits,
            )
        factor = None if fit is None else _horner(Offset(X, dyadic(centre), 0), fit, self.work)
        if factor is None:
            return None
        t = X - dyadic(centre)
        q = sp.expand(dyadic(start) + dyadic(words[0]) * t + dyadic(words[1]) * t**2)
        halves = [word for c in sp.Poly(q / 2, X).all_coeffs()[::-1] for word in _two_words(c, self.work)]
        return Scaled(Times(factor, 1 + 2 * CompensatedTail(X, *halves)), Compensated(X, *halves))

    def _rate(self, point: float) -> float | None:
        """f'/f."""
        for bits in (4 * BITS, 24 * BITS):
            with ctx.workprec(bits):
                value, slope = self.form.series(arb(point), 2)
                rate = slope / value
                if rate.is_finite() and rate.rad() < 1e-3 * (1 + abs(rate)):
                    return float(rate.mid())
        return None


def _short(value: float, bits: int = 12) -> float:
    """A number of few bits near to another one."""
    if value == 0 or not math.isfinite(value):
        return value
    unit = 2.0 ** (math.frexp(value)[1] - bits)
    return round(value / unit) * unit


def _between_floats(end: sp.Expr, work: Format) -> bool:
    low, high = sides(end, work)
    return low != high


def _mantissa(k: int) -> float:
    """A number from 1 to 2 whose digits are those of no other k."""
    return 1 + (0.0371 + k * 0.6180339887) % 1


def _between(a: float, b: float) -> float:
    """Halfway, in size where the sizes are far apart."""
    if a * b > 0 and max(abs(a), abs(b)) > 4 * min(abs(a), abs(b)):
        return math.copysign(2 ** ((math.log2(abs(a)) + math.log2(abs(b))) / 2), a)
    return a / 2 + b / 2


def _halfway(low: float, high: float) -> float | None:
    if math.isinf(low) or math.isinf(high):
        near, side = (high, -1) if math.isinf(low) else (low, 1)
        if math.isinf(near):
            return None
        return near * 2 if 1 <= abs(near) < 1e30 and near * side > 0 else 4.0 * side if abs(near) < 1 else None
    near, far = sorted((low, high), key=abs)
    if abs(far) > 4 * max(abs(near), 1.0):  # where functions bend is near 0
        return math.copysign(2 * max(abs(near), 1.0), far)
    return low / 2 + high / 2 if high - low > 2.0**-20 * max(abs(low), abs(high)) else None


def dyadic(value: float) -> sp.Rational:
    """A double as the rational that it is."""
    if math.isinf(value):
        return sp.oo if value > 0 else -sp.oo  # type: ignore[return-value]
    top, bottom = value.as_integer_ratio()
    return sp.Rational(top, bottom)


def polynomial(
    function: Callable[[arb], arb],
    low: arb,
    high: arb,
    bits: int,
    nonzero: bool = False,
    most: int = _MOST_DEGREE,
) -> list[arb] | None:
    """The coefficients of a polynomial of at most a degree that meets the function on [low, high] to `bits` bits.

    It is the Chebyshev series, cut off where the rest is small beside the least value.
    """
    with ctx.workprec(2 * _ZERO_BITS):
        middle, half = (low + high) / 2, (high - low) / 2
        if half.is_zero():
            return None
        known: dict[tuple[int, int], arb] = {}
        for count in _NODES:
            values = []
            for k in range(count):
                common = math.gcd(2 * k + 1, count)
                place = ((2 * k + 1) // common, count // common)
                if place not in known:
                    known[place] = function((middle + half * _cosine(2 * k + 1, 2 * count)).mid()).mid()
                values.append(known[place])
            if not all(v.is_finite() for v in values):
                return None
            sizes = [abs(v) for v in values]
            floor = min(sizes) + (0 if nonzero else max(sizes) * power(-60))
            series = _chebyshev(values)
            degree = _degree(series, floor * power(-bits - 4))
            if degree is not None and degree <= most:
                return _monomials(series[: degree + 1], middle, half)
            if not abs(series[count // 2]) < abs(series[0]) * power(-bits * count // 112):
                return None  # it would take too many
    return None


@lru_cache(maxsize=4096)
def _cosine(top: int, bottom: int) -> arb:
    """cos(pi top/bottom)."""
    with ctx.workprec(2 * _ZERO_BITS):
        return (arb.pi() * top / bottom).cos()


def _chebyshev(values: Sequence[arb]) -> list[arb]:
    """The coefficients of the Chebyshev series that has these values at the Chebyshev points."""
    count = len(values)
    series = []
    for k in range(count):
        total = arb(0)
        for j, value in enumerate(values):
            total += value * _cosine(k * (2 * j + 1) % (4 * count), 2 * count)
        series.append((total * 2 / count).mid())
    series[0] /= 2
    return series


def _degree(series: Sequence[arb], small: arb) -> int | None:
    """Up to which degree a series is needed if what is left out is to be small; None where all of it is."""
    rest = arb(0)
    for degree in range(len(series) - 1, -1, -1):
        rest += abs(series[degree])
        if not rest < small:
            return degree if degree < len(series) - 3 else None
    return 0


def _monomials(series: Sequence[arb], middle: arb, half: arb) -> list[arb]:
    """The coefficients in powers of t of a Chebyshev series in (t - middle)/half, by Clenshaw's rule."""
    y = arb_poly([-middle / half, 1 / half])
    first, second = arb_poly([0]), arb_poly([0])
    for c in reversed(series[1:]):
        first, second = 2 * y * first - second + c, first
    made = y * first - second + series[0]
    return [made[k].mid() for k in range(len(series))]


def _horner(t: sp.Expr, coefficients: list[arb], work: Format) -> sp.Expr | None:
    words = [work.nearest(float(c)) for c in coefficients]
    if not all(map(math.isfinite, words)):
        return None
    kept = [dyadic(word) for word in words]
    while len(kept) > 1 and kept[-1] == 0:
        kept.pop()
    return kept[0] if len(kept) == 1 else Horner(t, *kept)


def _spread(factor: sp.Expr, m: int) -> sp.Expr:
    """factor x^m, the power taken in two parts, so that neither leaves the range before the result does."""
    step = Times if m > 0 else Over
    for part in ((abs(m) + 1) // 2, abs(m) // 2):
        if part:
            factor = step(factor, X**part)
    return factor


def _powered(t: sp.Expr, m: int, factor: sp.Expr | None) -> sp.Expr | None:
    return factor if m == 0 or factor is None else t**m * factor


def _exponents(main: sp.Expr, work: Format) -> list[sp.Expr]:
    """What the exponentials in a form may fall like, with coefficients of the working format."""
    found: list[sp.Expr] = []
    for node in sp.preorder_traversal(main):
        if not isinstance(node, (sp.exp, Stable, sp.cosh, sp.sinh)):
            continue
        u = node.args[0]
        if isinstance(node, (sp.exp, Sigmoid, Softplus, Expm1)):
            found.append(u)
        elif isinstance(node, Erfc):
            found.append(-(u**2))
        elif isinstance(node, (Sech2, sp.cosh, sp.sinh)):
            found += [2 * u, -2 * u]
    out: list[sp.Expr] = []
    for u in found:
        u = sp.expand(u)
        if u.is_polynomial(X) and 1 <= sp.degree(u, X) <= _DEGREE_IN_TWO_WORDS:
            rounded = [dyadic(work.nearest(fixed(c))) for c in sp.Poly(u, X).all_coeffs()]
            if not all(c.is_finite for c in rounded):  # a coefficient leaves the range of the format
                continue
            q = sp.Poly(rounded, X).as_expr()
            if q not in out:
                out.append(q)
    return out


def _by_zeros(expr: sp.Expr, work: Format) -> sp.Expr | None:
    """A polynomial by its rational zeros, each linear factor as a distance from its zero."""
    if not expr.is_polynomial(X) or not expr.free_symbols:
        return None
    constant, factors = sp.factor_list(expr, X)
    out = sp.sympify(constant)
    for factor, exponent in factors:
        poly = sp.Poly(factor, X)
        if poly.degree() == 1:
            slope, rest = poly.coeff_monomial(X), poly.coeff_monomial(1)
            zero = sp.S.Zero if rest == 0 else -rest / slope
            out *= slope**exponent * (X if zero == 0 else Offset(X, *_two_words(zero, work))) ** exponent
        else:
            out *= factor**exponent
    return out


def _of_sizes(expr: sp.Expr, lower: float, upper: float) -> sp.Expr:
    """The form with the powers of x put together, where x has one sign."""
    side = 1 if lower >= 0 else -1 if upper <= 0 else 0
    if not side or not any(not power.exp.is_Integer for power in expr.atoms(sp.Pow)):
        return expr
    size = sp.Dummy("t", positive=True)
    return expr.xreplace({X: side * size}).xreplace({size: side * X})


def _low_words(expr: sp.Expr, work: Format) -> sp.Expr:
    """Functions that amplify the error of their argument, of polynomials: the argument in two words, to first order."""

    def corrected(node: sp.Expr) -> sp.Expr:
        u = node.args[0]
        if u in (X, -X) or not u.is_polynomial(X) or sp.degree(u, X) > _DEGREE_IN_TWO_WORDS:
            return node
        coefficients = sp.Poly(u, X).all_coeffs()[::-1]
        words = [word for c in coefficients for word in _two_words(c, work)]
        if not all(word.is_finite for word in words):
            return node
        exact = len(coefficients) == 2 and words[2].p in (1, -1) and words[3] == 0 == coefficients[0]
        if exact and words[2].q & (words[2].q - 1) == 0:
            return node
        high, low = Compensated(X, *words), CompensatedTail(X, *words)
        if isinstance(node, sp.exp):
            return sp.exp(high) * (1 + low)
        if isinstance(node, Sigmoid):
            return Sigmoid(high) * (1 + Sigmoid(-high) * low)
        t = sp.Dummy("t", real=True)
        return node.func(high) + stabilised(node.func(t).diff(t)).xreplace({t: high}) * low

    amplifying = (sp.exp, sp.sin, sp.cos, sp.sinh, sp.cosh, Stable)
    return expr.replace(lambda node: isinstance(node, amplifying) and node.has(X), corrected)


def _two_words(constant: sp.Expr, work: Format) -> tuple[sp.Rational, sp.Rational]:
    """The number of the format nearest to a constant, and the one nearest to the rest."""
    with ctx.workprec(2 * BITS):
        ball = constant_ball(constant)
        first = work.nearest(float(ball.mid()))
        rest = ball - arb(first) if math.isfinite(first) else arb(0)
        second = 0.0 if rest.contains(0) else work.nearest(float(rest.mid()))
    return dyadic(first), dyadic(second)
