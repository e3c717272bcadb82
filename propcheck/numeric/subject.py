"""One derivative on one piece: its grid of hard points, the errors of forms there, and local forms for spans.

It is one page, since all of it works on one derivative of one piece, its grid and its exact values.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import sympy as sp
from flint import arb, ctx

from propcheck.calculus import Undecided
from propcheck.calculus.form import Form, compile_form
from propcheck.language import X
from propcheck.numeric.fitting import (
    ZERO_BITS,
    between,
    between_floats,
    by_zeros,
    dyadic,
    exponents_of,
    halfway,
    horner,
    low_words,
    mantissa,
    of_sizes,
    polynomial,
    powered,
    short_number,
    spread,
    two_words,
)
from propcheck.numeric.formats import DOUBLE, Format
from propcheck.numeric.functions import OPERATIONS
from propcheck.numeric.landmarks import landmarks
from propcheck.numeric.rewriting import forms, likeliest
from propcheck.numeric.rounding import BITS, Estimator, Truth, magnitude, power
from propcheck.numeric.screening import screened
from propcheck.numeric.span import Shortfall, Span
from propcheck.numeric.steps import (
    Compensated,
    CompensatedTail,
    Offset,
    Reciprocal,
    Scaled,
    Times,
    program,
)
from propcheck.pieces.piece import Piece

PROMISED = 4.0
GOAL = 4.3  # the estimate that a form may reach, in units in the last place; what is measured stays below it
_PARTS = 8  # how often a span is halved before it is given up
_NEAR = 6  # powers of two on both sides of 1 where the grid is dense
_HIGH_UP = 11  # a power of two beyond which few functions do anything but grow or fall as they did
_FAR = ((150, 300), (20, 30))  # powers of two between which a function may behave like a power
_NOT_NEAR = 3.0
_WELL_MET = 1000.0  # up to it no wave lies between two numbers, unless it is beyond all measure
_ALONE = 30.0  # the power of two from which on waves may lie between two numbers
_MET, _STEP, _FIRST_STEP = 200, 0.8, 0.4  # at how many points waves are met, so much of a wave apart
_MOST_TURNS, _HALVINGS = 8, 54  # the nearest ones and the least ones, and how they are found
_SIZES = 150  # of points so far out that a wave lies between two numbers
_OFTEN = 12  # points: some four turns
PATCHED = 4.8  # what is worth a span of its own
_KNOWN_SHARE = 0.4  # of the points of a span: where the exact value is not found a tail goes on as it began
MOST_FITS = 20  # tries to find one
_MOST_ZEROS = 12  # of one function, the nearest to 0, that points are put around
_LAST_ZERO = 16.0  # zeros farther out are not looked for
_MOST_STEPS, _SETTLED = 200, 160  # to a zero; the binary digits that are sure of it
_CALL = 6.0
_COSTS = {
    "x": 0.0, "const": 0.0, "add": 1.0, "sub": 1.0, "mul": 1.0, "neg": 1.0, "div": 2.0, "mul_tail": 10.0,
    "add_tail": 6.0, **{name: row.cost for name, row in OPERATIONS.items()},
}  # fmt: skip
_STEEPEST = 30 * 200  # powers of two from 2^-60 to 2^-90: what falls faster is no power of x
_FALLING = (4, 6, 8, 10, 12, 20, 40)  # powers of two at which a function may have fallen to nothing
_BESIDE = 6  # powers of two of an ulp that are beside a breakpoint


class Subject:
    """One derivative on one piece, with what is asked of it again and again."""

    def __init__(self, piece: Piece, order: int, work: Format, out: Format, lower: float, upper: float):
        self.piece, self.order, self.work, self.out = piece, order, work, out
        self.lower, self.upper = lower, upper
        # Breakpoints that are no floats: beside them the distance counts as it is, not as it might be.
        self.inexact = [
            end for end, exact in ((lower, piece.lower), (upper, piece.upper)) if between_floats(exact, work)
        ]
        self.form: Form = compile_form(piece.derivative(order), X, piece.removable)
        self.waves = _waves(piece.derivative(order))
        self.lasting = any(node.args[0].is_polynomial(X) for node in self.waves)  # others may come to rest
        self._rates = [compile_form(sp.diff(node.args[0], X), X) for node in self.waves]
        # The coefficients of local forms are doubles, which a wider format gains nothing by.
        self.fits = 0 if work.bits <= DOUBLE.bits else MOST_FITS + 1
        self._exactly = _exact_values(piece, order, out)
        self._truths: dict[float, Truth | None] = {}
        self._estimators: dict[sp.Expr, Estimator | None] = {}
        self._far: dict[float, list[Truth]] = {}
        self._waves_met: dict[float, tuple[list[Truth], list[Truth]]] = {}

    # -- points --

    def rounded(self, value: float) -> float:
        return self.out.nearest(value)

    def truth(self, point: float) -> Truth | None:
        if point not in self._truths:
            if point not in self._exactly:
                self._exactly[point] = Truth.at(self.form, point, self.out)
            found = self._exactly[point]
            beside = any(abs(point - end) <= abs(end) * 2.0 ** (_BESIDE - self.out.bits) for end in self.inexact)
            for_itself = beside or abs(point) > _WELL_MET and self._fastest(point) * abs(point) > 2.0**self.out.bits / 8
            self._truths[point] = replace(found, allowed=0.0) if found is not None and for_itself else found
        return self._truths[point]

    def _fastest(self, point: float) -> float:
        """How fast the argument of a wave changes at a point, the largest of all."""
        with ctx.workprec(BITS):
            return max((_size(rate.ball(arb(point))) for rate in self._rates), default=0.0)

    def grid(self) -> list[Truth]:
        """Points of all sizes and both signs, more of them near 1, near the ends of the piece, and near zeros."""
        top, bottom = self.out.most - 1, self.out.least + 2
        exponents = [k / 4 for k in range(-4 * _NEAR, 4 * _NEAR + 1)]
        exponents += [_NEAR + 0.5 * k for k in range(1, 13)]
        exponents += [e for e in range(_NEAR + 6, top, max(3, top // 100))]
        exponents += [-_NEAR - 0.5 * k for k in range(1, 13)]
        exponents += [-_NEAR + (bottom + _NEAR) * (k / 24) for k in range(1, 25)]
        sizes = [mantissa(k) * 2.0**e for k, e in enumerate(exponents) if e < top]
        sizes += [2.0 ** (top + share) for share in (-1.2, -0.2, 0.7)]
        # Just below a power of two the rounding of x excuses least of that of a sum or a product that is above one.
        sizes += [2.0**e * (1 - 2.0**-10) for e in range(-_NEAR, _HIGH_UP)]
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
        known = {truth.point: truth for truth in truths} | self.turning()
        return sorted(known.values(), key=lambda truth: truth.point)

    def turning(self) -> dict[float, Truth]:
        """Points at which the function turns, and some far out at which little is left of it, where there are waves."""
        if not self.waves:
            return {}
        met = [truth for side in (-1.0, 1.0) for truth in (*self._met(side)[1], *self._alone(side)[:_MOST_TURNS])]
        return {truth.point: truth for truth in met}

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
        with ctx.workprec(ZERO_BITS):
            return bool(abs(self.form.ball(point)) < abs(beside.value) * power(-100))

    def zero(self, low: float, high: float, order: int = 0) -> arb | None:
        """The zero between two points at which the signs differ; of the slope where `order` is 1.

        By Newton's steps, and by halving where they lead out of what is left between two signs.
        """
        with ctx.workprec(ZERO_BITS):
            a, b = arb(low), arb(high)
            sign, middle = self.form.series(a, order + 1)[order] > 0, ((a + b) / 2).mid()
            for _ in range(_MOST_STEPS):
                value, slope = self.form.series(middle, order + 2)[order:]
                if value.contains(0):
                    return middle if value.is_finite() else None
                a, b = (middle, b) if (value > 0) == sign else (a, middle)
                if (b - a).abs_upper() < abs(a) * power(-_SETTLED):
                    break
                step = value / ((order + 1) * slope)
                near = (middle - step).mid()
                if a < near < b:
                    if abs(step) < abs(near) * power(-_SETTLED):
                        return near
                    middle = near
                else:
                    middle = ((a + b) / 2).mid()
            return ((a + b) / 2).mid()

    # -- candidates and their errors --

    def candidates(self) -> list[sp.Expr]:
        found = list(forms(self.piece.expr, self.order))
        factored = by_zeros(self.piece.derivative(self.order), self.work)
        if factored is not None:
            found.append(factored)
        found += [better for expr in found[:2] if (better := of_sizes(expr, self.lower, self.upper)) not in found]
        for expr in found[:2]:
            better = low_words(expr, self.work)
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

    def error(self, expr: sp.Expr, truth: Truth, surely: bool = False) -> float:
        """The estimate at a point; with `surely` that of the worst case."""
        estimator = self.estimator(expr)
        return math.inf if estimator is None else estimator.excess(truth)[surely]

    def errors(self, expr: sp.Expr, truths: Sequence[Truth], surely: bool = False) -> list[float]:
        """The estimates at some points: where they are small they are found for all of them at once."""
        estimator = self.estimator(expr)
        if estimator is not None:
            estimator.know(screened(estimator, [truth for truth in truths if not estimator.knows(truth)]))
        return [self.error(expr, truth, surely) for truth in truths]

    def endless(self, main: sp.Expr) -> tuple[Shortfall, ...]:
        """Where the waves of a form cancel again and again: too often for local forms.

        Far out the rounding of the input, which grows with it, is worth more than what cancels, but where the function
        turns; so far out that a wave lies between two numbers every input stands for itself.
        """
        if self.work.bits > DOUBLE.bits or not self.waves:
            return ()
        whole = self.work is self.out and bool(_waves(main)) and any(map(_turns_at_numbers, self.waves))
        short = []
        for side, end in ((-1.0, self.lower), (1.0, self.upper)):
            span = self._again(main, side, end)
            if span is None and math.isinf(end) and self.lasting:
                near = self._far_out(main, side)
                if near is None and whole:
                    near = side * 2.0**_ALONE  # where such a wave turns no rounding of x excuses that of its argument
                span = None if near is None else (near, end)
            if span is not None:
                low, high = sorted(span)
                short.append(Shortfall(max(low, self.lower), min(high, self.upper), math.inf))
        return tuple(short)

    def _again(self, main: sp.Expr, side: float, end: float) -> tuple[float, float] | None:
        """From where to where a form is wrong at one wave after the other, on one side of 0."""
        walked, turning = self._met(side)
        if self.lasting:
            met = [*turning, *(truth for truth in walked if abs(truth.point) > _NOT_NEAR)]
        else:
            met = turning
        bad = [abs(truth.point) for truth in met if self.error(main, truth) > PATCHED]
        if not bad or max(bad) <= _NOT_NEAR:
            return None
        before = max((size for t in turning if (size := abs(t.point)) < min(bad) * (1 - 2.0**-8)), default=0.0)
        near, start = side * (min(bad) + before) / 2, self._start(side)
        reach = max(abs(truth.point - start) for truth in walked)
        if max(bad) - abs(start) > reach / 2:
            return near, end
        return (near, side * (max(bad) + reach / 4)) if len(bad) >= _OFTEN else None

    def _met(self, side: float) -> tuple[list[Truth], list[Truth]]:
        """Points on one side of 0 that meet the waves one after the other, and those at which the function turns."""
        if side not in self._waves_met:
            truths = self._inside(set(self._walk(side)))
            around = [(a, b) for a, b in pairwise(truths) if (a.slope < 0) != (b.slope < 0)]
            nearest = sorted(around, key=lambda pair: abs(pair[0].point))
            least = sorted(around, key=lambda pair: min(abs(pair[0].value), abs(pair[1].value)))
            turns = [self._turn(*pair) for pair in {*nearest[:_MOST_TURNS], *least[:_MOST_TURNS]}]
            beside = self._inside({turn * (1 + s * 2.0**-k) for turn in turns for k in (12, 60) for s in (1, -1)})
            self._waves_met[side] = truths, beside
        return self._waves_met[side]

    def _start(self, side: float) -> float:
        """The end next to 0 of what lies on one side of it."""
        return max(self.lower, 0.0) if side > 0 else min(self.upper, 0.0)

    def _walk(self, side: float) -> Iterator[float]:
        """Places of a piece from its end next to 0 outward, several in each wave."""
        at = start = self._start(side)
        for k in range(_MET):
            fastest = self._fastest(at)
            step = max(_STEP / fastest if fastest else math.inf, abs(at) * 2.0**-_ALONE)
            step = min(step, max(_FIRST_STEP, abs(at - start)))
            at += side * step
            if not self.lower < at < self.upper:
                return
            yield at + side * step * 2.0 ** -(k % 5) / 4

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
        return side * 2.0**_ALONE if any(self.error(main, truth) > PROMISED for truth in self._alone(side)) else None

    def _alone(self, side: float) -> list[Truth]:
        """Points so far out that a wave lies between two numbers, those that are nearest to a zero first."""
        if side not in self._far:
            exponents = [_ALONE + (self.out.most - 2 - _ALONE) * (k + 0.5) / _SIZES for k in range(_SIZES)]
            far = self._inside({side * 2.0**e * mantissa(k) for k, e in enumerate(exponents)})
            self._far[side] = sorted(
                far, key=lambda truth: abs(truth.value) / (abs(truth.value) + abs(truth.slope) + power(self.out.least))
            )
        return self._far[side]

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
            middle = self.rounded(between(good, bad))
            if middle in (good, bad):
                break
            truth = self.truth(middle)
            if truth is not None and self.error(main, truth) <= PATCHED:
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
            expr = self._fit(low, high, main) if self.fits <= MOST_FITS else None
            if expr is not None:
                spans.append(Span(low, high, expr))
                continue
            middle = 0.0 if low < 0 < high else self._vanishing(low, high) or halfway(low, high)
            if left and middle is not None and self.fits < MOST_FITS:
                todo += [(low, middle, left - 1), (middle, high, left - 1)]
                continue
            tired = self.fits > MOST_FITS
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
            middle = self.rounded(between(near, far))
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

    def worst(self, expr: sp.Expr, low: float, high: float, enough: float = math.inf, surely: bool = False) -> float:
        """The largest estimate on a span, or the first that is larger than `enough`."""
        points = self.samples(low, high, 24)
        truths = [truth for truth in map(self.truth, points) if truth is not None]
        if len(truths) < _KNOWN_SHARE * len(points):
            return math.inf
        most = 0.0
        for truth in truths:
            most = max(most, self.error(expr, truth, surely))
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
        factor = horner(Reciprocal(X), fit, self.work)
        return None if factor is None else spread(factor, m)

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
        with ctx.workprec(ZERO_BITS):
            fit = polynomial(
                lambda t: self._exact((centre + t).mid()) / t**m, arb(low) - centre, arb(high) - centre, self.out.bits
            )
            if fit is None:
                return None
            first = self.work.nearest(float(centre.mid()))
            second = self.work.nearest(float((centre - arb(first)).mid()))
        t = X if centre.is_zero() else Offset(X, dyadic(first), dyadic(second))
        return powered(t, m, horner(t, fit, self.work))

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
        for q in exponents_of(likeliest(self.piece.expr, self.order), self.work):
            with ctx.workprec(2 * BITS):
                grow = compile_form(q, X)
                fit = polynomial(
                    lambda t, grow=grow: self._exact((centre + t).mid()) * (-grow.ball(centre + t)).exp(),
                    arb(low) - centre,
                    arb(high) - centre,
                    self.out.bits,
                )
            factor = None if fit is None else horner(Offset(X, dyadic(centre), 0), fit, self.work)
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
        centre = short_number((low + high) / 2)
        first, last = self._rate(low), self._rate(high)
        if first is None or last is None:
            return None
        bend = (last - first) / (high - low) / 2
        words = [self.work.nearest(short_number(value, 24)) for value in (first + 2 * bend * (centre - low), bend)]
        if not all(map(math.isfinite, words)):
            return None
        with ctx.workprec(2 * BITS):
            start = short_number(float(abs(self._exact(arb(centre))).log().mid()))
            a, b = map(arb, words)
            fit = polynomial(
                lambda t: self._exact((centre + t).mid()) * (-start - (a + b * t) * t).exp(),
                arb(low) - centre,
                arb(high) - centre,
                self.out.bits,
            )
        factor = None if fit is None else horner(Offset(X, dyadic(centre), 0), fit, self.work)
        if factor is None:
            return None
        t = X - dyadic(centre)
        q = sp.expand(dyadic(start) + dyadic(words[0]) * t + dyadic(words[1]) * t**2)
        halves = [word for c in sp.Poly(q / 2, X).all_coeffs()[::-1] for word in two_words(c, self.work)]
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


@lru_cache(maxsize=64)
def _exact_values(piece: Piece, order: int, out: Format) -> dict[float, Truth | None]:
    """The exact values that were computed of one derivative, kept for the plan in the next working format."""
    return {}


def _size(value: arb) -> float:
    return float(abs(value).mid()) if value.is_finite() else 0.0


def _waves(expr: sp.Expr) -> list[sp.Expr]:
    return [node for node in expr.atoms(sp.sin, sp.cos, sp.tan) if node.has(X)]


def _turns_at_numbers(wave: sp.Expr) -> bool:
    """Does a wave turn at whole numbers, halves and the like?"""
    return bool((sp.diff(wave.args[0], X) / sp.pi).is_Rational)
