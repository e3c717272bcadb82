"""A chart: the zeros of an expression on an interval and its signs between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import sympy as sp
from flint import arb, ctx

from propcheck.calculus.ball import LARGEST
from propcheck.calculus.form import constant_ball
from propcheck.calculus.recursion import precedes
from propcheck.calculus.undecided import Undecided

BITS = 160  # working precision of a chart


@dataclass(frozen=True)
class Zero:
    """A zero: an exact point, and how often the function vanishes there (odd: the sign changes)."""

    at: sp.Expr
    order: int


@dataclass(frozen=True)
class Chart:
    """Signs on an interval: `signs[k]` holds strictly between zeros k-1 and k, ends excluded.

    A function that is identically zero has no zeros listed and the one sign 0. Where `period` is given the zeros listed
    are those of one period and the pattern repeats.
    """

    zeros: tuple[Zero, ...]
    signs: tuple[int, ...]
    period: sp.Expr | None = None

    @property
    def all_signs(self) -> frozenset[int]:
        return frozenset(self.signs)


def flip(chart: Chart, factor: int) -> Chart:
    return Chart(chart.zeros, tuple(factor * sign for sign in chart.signs), chart.period)


def position(point: sp.Expr) -> arb:
    """A point of the line as a ball good for comparing."""
    with ctx.workprec(BITS):
        return constant_ball(point)


def inner_point(lower: sp.Expr, upper: sp.Expr) -> sp.Expr:
    """A number (a rational, where the ends have no symbols) strictly between two exact numbers."""
    if lower is -sp.oo and upper is sp.oo:
        return sp.Rational(1, 3)
    if lower.free_symbols or upper.free_symbols:
        return upper - 1 if lower is -sp.oo else lower + 1 if upper is sp.oo else (lower + upper) / 2
    if lower is -sp.oo:
        return sp.Rational(_floor(position(upper).lower()) - 1)
    if upper is sp.oo:
        return sp.Rational(-_floor((-position(lower)).lower()) + 1)
    for bits in (BITS, 1000, 4000):
        with ctx.workprec(bits):
            low, high = constant_ball(lower).upper(), constant_ball(upper).lower()
            if low < high:
                return between(low, high)
    for guess in (sp.S.Zero, (lower + upper) / 2):  # numbers that are known by their ends alone: -a and a, of a near 0
        with suppress(Undecided):
            if guess.is_Rational and precedes(lower, guess) and precedes(guess, upper):
                return guess
    raise Undecided(f"{lower} and {upper} cannot be told apart")


def inner_points(lower: sp.Expr, upper: sp.Expr) -> Iterator[sp.Expr]:
    """Points of an interval without end: the middle, then on both sides of it, ever nearer to the ends."""
    yield (left := (right := inner_point(lower, upper)))
    while True:
        yield (left := inner_point(lower, left))
        yield (right := inner_point(right, upper))


def between(low: arb, high: arb) -> sp.Rational:
    """A short rational in the open interval (low, high)."""
    exponent = 0
    while True:
        scale = arb(2) ** exponent
        candidate = ((low + high) / 2 * scale).mid()
        n = _floor(candidate.lower())
        for k in (n, n + 1):
            value = arb(k) / scale
            if low < value < high:
                return sp.Rational(k) / sp.Rational(2) ** exponent
        exponent += 4 if exponent else 2
        if exponent > 8000:
            raise Undecided("two points cannot be told apart")


def _floor(value: arb) -> int:
    if not abs(value) < arb(2) ** LARGEST:  # FLINT ends the process where it cannot hold a number
        raise Undecided("a point so far out that it cannot be written")
    whole = value.floor().unique_fmpz()
    if whole is None:
        raise Undecided("a point that no ball tells apart from an integer")
    return int(whole)
