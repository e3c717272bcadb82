"""Which designs are one function: a print of numbers finds those that may be, and a proof says that they are.

A print is made of balls with many more digits than it keeps, so that one function written in two ways has one print.
`equal` takes values at fixed points. `scale` is for functions c g(k x) with c, k > 0: it takes the values around a
place that moves with k, the first from the left on a ray at which g(2 x) passes a fixed multiple of g(x), over the
largest of them. What has no such place, such as ReLU, looks the same at every scale, and is taken around 1.

A print that is missed costs an analysis that need not have been; a print alone makes nothing a duplicate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation
from propcheck.calculus.ball import rational_ball
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.inquiries.equality import PROVED, equality
from propcheck.inquiries.relation import scaled
from propcheck.language import X, show
from propcheck.processes.precision import alone

EQUAL, SCALE, NONE = "equal", "scale", "none"
KINDS = (SCALE, EQUAL, NONE)
_BITS, _COARSE = 160, 64  # of what is kept, and of the search for a place
_DIGITS = 10  # of a value in a print
_TINY = 1e-25  # below this share of the largest a value counts as 0 in a print
_POINTS = tuple(sp.Rational(*q) for q in (
    (-31, 7), (-17, 6), (-5, 3), (-10, 11), (-3, 10), (-1, 9), (1, 8), (4, 9), (14, 13), (9, 7), (37, 11), (53, 9),
))  # fmt: skip
_RATIOS = (Fraction(137, 100), Fraction(183, 100), Fraction(61, 100), Fraction(271, 100), Fraction(23, 100))
_GRID, _STEPS = 10, 4  # powers of 2 on each side of 1 between which a place is looked for, in so many steps each
_AROUND = (Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(3, 2), Fraction(2), Fraction(4))
_MOST_DENOMINATOR = 4096  # of the square of a factor that is tried
_FACTORS = (sp.S.One, sp.pi, sp.log(2), 1 / sp.log(2), 1 / sp.pi)


@dataclass(frozen=True)
class Print:
    """What two designs have in common that may be one function: `mark`, and for those that differ by scale where and
    how large it was taken, in decimals. The mark is empty where there is none."""

    mark: str = ""
    at: str = ""
    size: str = ""

    def to_json(self) -> list[str]:
        return [self.mark, self.at, self.size]


class _Values:
    """The values of a function at points that are balls."""

    def __init__(self, activation: Activation):
        self._parts = [
            (piece.lower, piece.upper, compile_form(piece.expr, X, piece.removable)) for piece in activation.pieces
        ]
        self._ends: dict[int, list[tuple[arb, arb]]] = {}

    def at(self, point: arb) -> arb | None:
        """The value; None where the function has none, or where the point is not told from a breakpoint."""
        bits = ctx.prec
        if bits not in self._ends:
            self._ends[bits] = [(constant_ball(lower), constant_ball(upper)) for lower, upper, _ in self._parts]
        for (lower, upper), (_, _, form) in zip(self._ends[bits], self._parts, strict=True):
            if lower < point and point < upper:
                value = form.ball(point)
                return value if value.is_finite() else None
        return None


@alone
def taken(activation: Activation, kind: str) -> Print:
    """The print of an activation, of one of KINDS."""
    if kind == NONE or activation.trouble or activation.noise is not None or not activation.pieces:
        return Print()
    values = _Values(activation)
    with ctx.workprec(_BITS):
        if kind == EQUAL:
            return Print(_mark("equal", [values.at(rational_ball(point)) for point in _POINTS], None))
        return _scaled(values)


def _scaled(values: _Values) -> Print:
    place, name = next(_places(values), (arb(1), "1"))
    around = [values.at(place * _exact(side * step)) for side in (1, -1) for step in _AROUND]
    sizes = [abs(value) for value in around if value is not None and not value.contains(0)]
    if not sizes:
        return Print(_mark(f"scale {name}", around, None), _decimal(place), "1")
    largest = sizes[0]
    for size in sizes[1:]:
        largest = size if size.mid() > largest.mid() else largest
    return Print(_mark(f"scale {name}", around, largest), _decimal(place), _decimal(largest))


def _mark(kind: str, values: list[arb | None], largest: arb | None) -> str:
    told = []
    for value in values:
        if value is None:
            told.append("none")
            continue
        share = value if largest is None else value / largest
        told.append("0" if abs(share) < _TINY else share.mid().str(_DIGITS, radius=False))
    return hashlib.sha256("|".join([kind, *told]).encode()).hexdigest()[:24]


def _places(values: _Values) -> Iterator[tuple[arb, str]]:
    """Where on a ray g(2 x) first passes a multiple of g(x), with a name of which ray and which multiple."""
    for side in (1, -1):
        with ctx.workprec(_COARSE):
            grid = [side * arb(2) ** (arb(k) / _STEPS) for k in range(-_GRID * _STEPS, (_GRID + 1) * _STEPS + 1)]
            heights = [values.at(point) for point in grid]
        for ratio in _RATIOS:
            before = None
            for k in range(len(grid) - _STEPS):
                here, there = heights[k], heights[k + _STEPS]
                if here is None or there is None:
                    before = None
                    continue
                gap = there - _exact(ratio) * here
                sign = 1 if gap > 0 else -1 if gap < 0 else 0
                if sign and before is not None and sign != before[1]:
                    found = _narrowed(values, ratio, before[0], grid[k], before[1])
                    if found is not None:
                        yield found, f"{side} {ratio}"
                        return
                if sign:
                    before = grid[k], sign


def _narrowed(values: _Values, ratio: Fraction, low: arb, high: arb, sign: int) -> arb | None:
    """The place between two at which the gap has different signs, to half of the bits that there are."""
    low, high = low.mid(), high.mid()
    for _ in range(_BITS // 2 + 8):
        middle = ((low + high) / 2).mid()
        here, there = values.at(middle), values.at(2 * middle)
        if here is None or there is None:
            return None
        gap = there - _exact(ratio) * here
        if gap.contains(0):
            return middle if gap.rad() < 1e-30 else None
        if (gap > 0) == (sign > 0):
            low = middle
        else:
            high = middle
    return ((low + high) / 2).mid()


def _exact(value: Fraction) -> arb:
    return arb(value.numerator) / value.denominator


def _decimal(value: arb) -> str:
    return value.mid().str(30, radius=False)


# ---------------------------------------------------------------------------------------------- the same function


@alone
def relation(first: Activation, other: Activation, prints: tuple[Print, Print]) -> dict[str, Any] | None:
    """How `other` is the `first` function again, proved: `{"times": c, "stretch": k}` for other(x) = c first(k x), both
    1 where they are equal; None where that is not proved."""
    if equality(first, other).outcome == PROVED:
        return {"times": "1", "stretch": "1"}
    mine, theirs = prints
    if not (mine.at and theirs.at):
        return None
    with ctx.workprec(100):
        stretches = list(_recognised(arb(mine.at) / arb(theirs.at)))
    for stretch in stretches:
        for times in _times(mine, theirs):
            if stretch == times == 1:
                continue
            if equality(scaled(first, stretch, times, sp.S.Zero), other).outcome == PROVED:
                return {"times": show(times), "stretch": show(stretch)}
    return None


def _times(mine: Print, theirs: Print) -> list[sp.Expr]:
    with ctx.workprec(100):
        return list(_recognised(arb(theirs.size) / arb(mine.size)))


def _recognised(value: arb) -> Iterator[sp.Expr]:
    """The short exact numbers that a positive ball of about 25 digits may be: a rational, or a root of one, times a
    constant that formulas have."""
    for factor in _FACTORS:
        with ctx.workprec(100):
            square = (value / constant_ball(factor)) ** 2
            middle = square.mid()
            mantissa, exponent = (int(part) for part in middle.man_exp())
            if abs(exponent) > 400:
                continue
            exact = Fraction(mantissa) * Fraction(2) ** exponent
            short = exact.limit_denominator(_MOST_DENOMINATOR**2)
            if short > 0 and abs(exact - short) < short * Fraction(1, 10**20) and short.numerator < 10**8:
                yield sp.sqrt(sp.Rational(short.numerator, short.denominator)) * factor
