"""What a floating-point function should return: the exact value at each input, enclosed by ball arithmetic.

The precision is raised until the ball is far narrower than a unit in the last place (ulp) of the value.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.calculus.ball import above, below
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.calculus.signs import precedes, same
from propcheck.language import X
from propcheck.numeric.conventions import at_breakpoint
from propcheck.numeric.formats import FORMATS, Format
from propcheck.numeric.returning import far_out
from propcheck.numeric.rounding import fixed
from propcheck.pieces.piece import Piece, Point
from propcheck.pieces.wave import Wave
from propcheck.processes.precision import alone
from propcheck.verdict import InaccurateWarning, InputError

_NARROW = 14  # a ball is narrow when its radius is at most an ulp times this power of 1/2
_SPARE_BITS = 70  # beyond those of the format, in the first attempt
_MOST_BITS = 6000  # sin(1e308) takes some 1100
_MARKED = 3  # periods on each side of 0 whose breakpoints are named
_MARK_BITS = 200  # precision at which a breakpoint is placed among the floating-point numbers


@dataclass(frozen=True)
class Right:
    """One right answer: the exact value, and the least and the largest that the input's own rounding may make of it."""

    value: arb
    low: arb
    high: arb

    @classmethod
    def of(cls, value: arb | None, *beside: arb | None) -> tuple[Right, ...]:
        """The value with those beside it; none where it is not known."""
        if value is None:
            return ()
        known = [value, *(other for other in beside if other is not None)]
        return (cls(value, min(known), max(known)),)

    def distance(self, computed: float, form: Format) -> float:
        """How far outside [low, high] a computed value lies, in ulps of the exact one; NaN is infinitely far."""
        if math.isnan(computed):
            return math.inf
        if math.isinf(computed):
            return 0.0 if (self.high >= form.overflow if computed > 0 else self.low <= -form.overflow) else math.inf
        found = arb(computed)
        if self.low <= found <= self.high:
            return 0.0
        gap = self.low - found if found < self.low else found - self.high
        return float(gap / arb((1, form.unit(self.value))))


@dataclass(frozen=True)
class Truth:
    """What is right at one input: any of `answers`, or NaN where `nothing`. Where there is neither, it is not known."""

    answers: tuple[Right, ...] = ()
    nothing: bool = False

    def distance(self, computed: float, form: Format) -> float:
        """The distance to the nearest answer, in ulps."""
        return min((answer.distance(computed, form) for answer in self.answers), default=math.inf)

    def overflows(self, form: Format) -> bool:
        """Is every answer too large for a finite number?"""
        return all(a.low >= form.overflow or a.high <= -form.overflow for a in self.answers)


@alone
def marks(activation: Activation) -> list[tuple[float, float]]:
    """For each breakpoint the nearest doubles on both sides, which are one where the breakpoint is a double.

    Of a function that comes back those of some periods about 0.
    """
    wave, places = activation.wave, [point.at for point in activation.points]
    if wave is not None and activation.periods is not None:
        named = [point.at for point in activation.periods.points if wave.chosen(point.at)]
        places = [at + k * wave.length for k in range(-_MARKED, _MARKED + 1) for at in named]
    with ctx.workprec(_MARK_BITS):
        return [(below(ball), above(ball)) for ball in map(constant_ball, places)]


@dataclass(frozen=True)
class Place:
    """Where an input lies: inside the piece of a number, or at the breakpoint before it."""

    piece: int
    at_start: bool = False


class Reference:
    """The derivative of one order of an activation, exact at each number of a format.

    At a breakpoint the value of the function is that of the formula. A derivative has none where its sides differ: each
    of them is right there, and so are their mean and 0, by one convention or another.
    """

    @alone
    def __init__(self, activation: Activation, order: int, form: Format):
        self.order, self.form, self.wave = order, form, activation.wave
        seen = activation if self.wave is None else activation.periods
        if seen is None or not seen.pieces:
            why = activation.trouble or "it has no pieces"
            raise InputError(f"the accuracy of {activation.name} cannot be measured: {why}")
        self.points = seen.points
        self.marks = marks(seen)
        starts = {piece.lower: piece for piece in seen.pieces}
        self.pieces = [starts.get(start) for start in (-sp.oo, *(point.at for point in self.points))]
        self._limits: dict[tuple[int, sp.Expr], sp.Expr | None] = {}
        self._far = (None, None) if self.wave is None else far_out(activation, order)

    def here(self, x: float) -> Reference:
        """What tells of a number: of a function that comes back what is seen of it so many periods off, else itself."""
        if self.wave is None or not math.isfinite(x):
            return self
        k = turns(self.wave, x)
        return self if k == 0 else Moved(self, k)

    @alone
    def truth(self, x: float, loose: bool = False) -> Truth:
        """What is right at x; with `loose`, also at any number within half an ulp of x on the same side of a kink."""
        if math.isnan(x):
            return Truth(nothing=True)
        if (here := self.here(x)) is not self:
            return here.truth(x, loose)
        if self.wave is not None and math.isinf(x):
            return Truth(Right.of(self._exact(self._far[x > 0])))
        place = self._place(x)
        if place.at_start:
            return self._at_breakpoint(place.piece, x, loose)
        piece = self.pieces[place.piece]
        if piece is None:
            return Truth(nothing=True)
        if math.isinf(x):
            return Truth(Right.of(self._exact(self._limit(place.piece, piece.upper if x > 0 else piece.lower))))
        steps = [self._step(place.piece, x, side) for side in (-1, 1)] if loose else []
        return Truth(Right.of(self._value(piece, arb(x)), *steps))

    @alone
    def rounded(self, x: float, computed: float) -> float:
        """The correctly rounded value at x: of several right ones the nearest to what was computed; NaN for none."""
        if (here := self.here(x)) is not self:
            return here.rounded(x, computed)
        answers = self.truth(x).answers
        if not answers:
            return math.nan
        value = min(answers, key=lambda answer: answer.distance(computed, self.form)).value
        place = self._place(x)
        piece = self.pieces[place.piece] if math.isfinite(x) else None
        if piece is not None and not place.at_start:
            settled = self._value(piece, arb(x), self._settles)
            value = value if settled is None else settled
        return self.form.rounded(value)

    def breakpoint(self, x: float) -> int | None:
        """The place of the breakpoint that x is; None where it is none."""
        return next((index for index, (low, high) in enumerate(self.marks) if x == low == high), None)

    def constant(self, value: sp.Expr) -> float:
        """A number or an infinity, correctly rounded."""
        if value.is_infinite or value is sp.nan:
            return float(value)
        found = self._middle(lambda: constant_ball(value), self._settles)
        return fixed(value) if found is None else self.form.rounded(found)

    def inside(self, x: float) -> Piece | None:
        """The piece in which a number lies; None at a breakpoint, and where the function is not defined."""
        place = self._place(x)
        return None if place.at_start else self.pieces[place.piece]

    def _place(self, x: float) -> Place:
        for index, (low, high) in enumerate(self.marks):
            if x == low == high:
                return Place(index + 1, at_start=True)
            if x <= low:
                return Place(index)
        return Place(len(self.marks))

    def _at_breakpoint(self, right: int, x: float, loose: bool) -> Truth:
        point = self._point(right - 1)
        sides = [(k, side) for k, side in ((right - 1, -1), (right, 1)) if self.pieces[k] is not None]
        limits = [self._limit(k, point.at) for k, _ in sides]
        steps = [self._step(k, x, side) if loose else None for k, side in sides]
        if self.order == 0 and point.value is not None:
            beside = [
                step
                for step, limit in zip(steps, limits, strict=True)
                if limit is not None and limit.is_finite and same(limit, point.value)
            ]
            return Truth(Right.of(self._exact(point.value), *beside))
        answers = [a for k, s in zip(limits, steps, strict=True) for a in Right.of(self._exact(k), s)]
        if self.order and len(answers) == 2 and not _agree(*limits):
            answers += Right.of(arb(0))
            finite = [limit for limit in limits if limit is not None and limit.is_finite]
            if len(finite) == 2:
                answers += Right.of(self._exact((finite[0] + finite[1]) / 2))
        return Truth(tuple(answers), nothing=point.value is None)

    def _step(self, index: int, x: float, side: int) -> arb | None:
        """The value half an ulp to one side of x, or the limit where the piece ends before that."""
        piece = self.pieces[index]
        if piece is None:
            return None
        with ctx.workprec(_MARK_BITS + max(math.frexp(x)[1], 0)):
            point = arb(x) + side * arb((1, self.form.unit(arb(x)) - 1))
            end = piece.upper if side > 0 else piece.lower
            inside = end.is_infinite or (constant_ball(end) - self._at(point)) * side > 0
        return self._value(piece, point) if inside else self._exact(self._limit(index, end))

    def _limit(self, index: int, end: sp.Expr) -> sp.Expr | None:
        """The one-sided limit at an end of a piece; None where there is none or it was not found."""
        key, piece = (index, end), self.pieces[index]
        if key not in self._limits and piece is not None:
            try:
                self._limits[key] = piece.limit(end, self.order)
            except Undecided:
                self._limits[key] = None
        return self._limits.get(key)

    def _at(self, x: arb) -> arb:
        """Where a number lies among the pieces."""
        return x

    def _point(self, index: int) -> Point:
        return self.points[index]

    def _exact(self, value: sp.Expr | None) -> arb | None:
        return None if value is None else self._middle(lambda: constant_ball(value), self._narrow)

    def ball(self, piece: Piece, x: arb) -> arb:
        """The value at a point inside a piece, as a ball at the working precision."""
        return enclosed(piece, self.order, x)

    def slope(self, piece: Piece, x: arb) -> arb:
        """What the value changes by there, as a ball."""
        return enclosed(piece, self.order + 1, self._at(x))

    def _value(self, piece: Piece, x: arb, good: Callable[[arb], bool] | None = None) -> arb | None:
        """The middle of a narrow ball around the value at a point inside a piece; None where none was found."""
        return self._middle(lambda: self.ball(piece, x), good or self._narrow)

    def _middle(self, ball: Callable[[], arb], good: Callable[[arb], bool]) -> arb | None:
        bits = self.form.bits + _SPARE_BITS
        while bits < _MOST_BITS:
            with ctx.workprec(bits):
                found = ball()
                if not found.is_nan() and (found.is_exact() or (found.is_finite() and good(found))):
                    return found.mid()
            bits *= 3
        return None

    def _narrow(self, ball: arb) -> bool:
        """Is the ball narrow, and on one side of the least number that overflows?"""
        size = abs(ball)
        if size >= self.form.overflow:
            return True
        return bool(size < self.form.overflow and ball.rad() <= arb((1, self.form.unit(ball.mid()) - _NARROW)))

    def _settles(self, ball: arb) -> bool:
        return self.form.rounded(ball.lower()) == self.form.rounded(ball.upper())


class Moved(Reference):
    """What a reference tells of a function that comes back, so many periods off: the same pieces, moved and raised."""

    def __init__(self, near: Reference, k: int):
        assert near.wave is not None
        vars(self).update(vars(near))
        self.shift, self.rise = k * near.wave.length, k * near.wave.rise if near.order == 0 else sp.S.Zero

    def here(self, x: float) -> Reference:
        return self

    def breakpoint(self, x: float) -> int | None:
        place = self._place(x)
        return place.piece - 1 if place.at_start else None

    def _place(self, x: float) -> Place:
        for index, point in enumerate(self.points):
            side = _beyond(x, point.at + self.shift)
            if side <= 0:
                return Place(index + (side == 0), at_start=side == 0)
        return Place(len(self.points))

    def _at(self, x: arb) -> arb:
        return x - constant_ball(self.shift)

    def ball(self, piece: Piece, x: arb) -> arb:
        return enclosed(piece, self.order, self._at(x)) + constant_ball(self.rise)

    def _limit(self, index: int, end: sp.Expr) -> sp.Expr | None:
        found = super()._limit(index, end)
        return found if found is None or not found.is_finite else found + self.rise

    def _point(self, index: int) -> Point:
        point = super()._point(index)
        return point if point.value is None else replace(point, value=point.value + self.rise)


def turns(wave: Wave, x: float) -> int:
    """How many periods off x lies from those about the start of one."""
    size = math.frexp(x)[1]
    with ctx.workprec(_MARK_BITS + max(size, 0)):
        found = (arb(x) - constant_ball(wave.start)) / constant_ball(wave.length)
        return int((found + arb(0.5)).mid().floor().fmpz())


def _beyond(x: float, at: sp.Expr) -> int:
    """1 where a double is beyond a breakpoint, -1 where it is not, 0 where it is one."""
    bits = _MARK_BITS + max(math.frexp(x)[1], 0)
    for more in (1, 4):
        with ctx.workprec(bits * more):
            gap = arb(x) - constant_ball(at)
        if gap > 0 or gap < 0:
            return 1 if gap > 0 else -1
    exact = sp.Rational(*x.as_integer_ratio())
    return 0 if same(exact, at) else -1 if precedes(exact, at) else 1


def enclosed(piece: Piece, order: int, x: arb) -> arb:
    """A derivative at a point inside a piece, as a ball at the working precision."""
    found = compile_form(piece.derivative(order), X, piece.removable).ball(x)
    if order and not found.is_finite():  # factors of it over- and underflow; the recurrences have none
        series = compile_form(piece.expr, X, piece.removable).series(x, order + 1)
        found = series[order] * math.factorial(order)
    return found


def _agree(left: sp.Expr | None, right: sp.Expr | None) -> bool:
    if left is None or right is None:
        return False
    return left == right if left.is_infinite or right.is_infinite else same(left, right)


# --- the exact function of arrays ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Oracle:
    """A derivative of an activation as a function of one-dimensional arrays, every value correctly rounded."""

    activation: Activation
    order: int
    kink: str
    dtype: np.dtype
    reference: Reference = field(repr=False, compare=False)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The values at the elements of x, some twenty thousand in a second; NaN where there is none."""
        with alone, np.errstate(all="ignore"):
            xs = x.astype(np.float64).tolist()
            values = [self.at(element) for element in xs]
            # At an infinity NaN says that no limit is known, as it does in every form.
            nan = [at for at, value in zip(xs, values, strict=True) if math.isnan(value) and not math.isinf(at)]
            lost = [at for at in nan if not self._is_nothing(at)]
            found = np.array(values, self.dtype)
        if lost:
            where = f"at x = {lost[0]!r}" + f" and {len(lost) - 1} more" * (len(lost) > 1)
            warnings.warn(f"{self.activation.name}: no exact value was found {where}", InaccurateWarning, stacklevel=2)
        return found

    def _is_nothing(self, x: float) -> bool:
        return self.reference.truth(x).nothing

    def at(self, x: float) -> float:
        """The value at one number of the format."""
        here = self.reference.here(x)
        index = here.breakpoint(x)
        if index is None or self.order == 0:
            return here.rounded(x, math.nan)
        before, after = (here.pieces[k] for k in (index, index + 1))
        if before is None or after is None:
            return here.rounded(x, math.nan)
        chosen = at_breakpoint(self.activation, before, after, self.order, self.kink)
        if isinstance(chosen, str):
            chosen = (before if chosen == "left" else after).limit(here.points[index].at, self.order)
        return here.constant(chosen)


@lru_cache(maxsize=256)
def oracle(activation: Activation, order: int, kink: str, dtype: Any) -> Oracle:
    """The exact derivative of an activation as a function of arrays of a dtype."""
    dtype = np.dtype(dtype)
    return Oracle(activation, order, kink, dtype, Reference(activation, order, FORMATS[dtype.name]))
