"""A function with endless pieces that comes back after a period, up to a rise: it is told by one period of pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from itertools import pairwise
from typing import Any, Protocol

import sympy as sp

from propcheck.calculus import Undecided
from propcheck.calculus.any_number import rooted
from propcheck.calculus.identity import is_zero
from propcheck.calculus.signs import precedes, same
from propcheck.language import X
from propcheck.language.periods import comes_back
from propcheck.pieces.piece import Piece, Point, piece_beside
from propcheck.pieces.values import chooses

_PARTS = (2, 3, 5, 7)  # into which a period is tried to be divided


class Seen(Protocol):
    """A function between two numbers: its pieces and breakpoints, and its value at a point."""

    @property
    def pieces(self) -> tuple[Piece, ...]: ...

    @property
    def points(self) -> tuple[Point, ...]: ...

    def __call__(self, point: Any, /) -> Any: ...


@dataclass(frozen=True)
class Wave:
    """g(x + length) = g(x) + rise at every x, `length` > 0; the period that is looked at begins at `start`.

    That is a breakpoint where one with a short form is known.
    """

    length: sp.Expr
    rise: sp.Expr
    start: sp.Expr

    @property
    def ends(self) -> tuple[sp.Expr, sp.Expr]:
        """One period."""
        return self.start, self.start + self.length

    @property
    def around(self) -> tuple[sp.Expr, sp.Expr]:
        """Two periods, in which `start` is the middle: what lies in one of them has its neighbours there."""
        return self.start - self.length, self.start + self.length

    def chosen(self, at: sp.Expr) -> bool:
        """Is it, of a place within the two periods and that which is one period off, the one that is named?"""
        return precedes(self.start - self.length, at) and not precedes(self.start, at)


def wave_of(expr: sp.Expr, beside: Sequence[sp.Expr], seen: Callable[[sp.Expr, sp.Expr], Seen]) -> Wave | None:
    """How an expression in X comes back, where that is shown; `seen` is the function between two numbers.

    `beside` are expressions that decide, besides it, where it has a value.
    """
    found = comes_back(expr, beside)
    if found is None:
        return None
    length, rise = found
    try:
        here = seen(-length, length)
        start = _start(here.pieces, length)
        wave = Wave(length, rise, start)
        if start != 0:
            here = seen(*wave.around)
        if not here.pieces:
            return None
        if _is_line(here):  # which comes back after any length
            return wave
        for parts in _PARTS:
            while _divides(here, wave, parts):
                wave = Wave(wave.length / parts, wave.rise / parts, start)
        return wave
    except Undecided:
        return None


def parted(expr: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """What comes back without a rise in a sum in X, and the rest of it; None where no such two are found."""
    terms = sp.Add.make_args(sp.expand_mul(expr, deep=False))
    waving = [term for term in terms if comes_back(term) is not None]
    for chosen in (waving, [term for term in waving if chooses(term)]):
        found = comes_back(sp.Add(*chosen))
        if found is not None:
            length, rise = found
            line = rise / length * X
            return sp.Add(*chosen) - line, sp.Add(*(term for term in terms if term not in chosen)) + line
    return None


def _start(pieces: Sequence[Piece], length: sp.Expr) -> sp.Expr:
    """The first breakpoint from 0 on that has a short form; 0 where none is found in one period."""
    ends = [end for piece in pieces for end in (piece.lower, piece.upper) if not rooted(end)]
    inside = _in_order(end for end in ends if not precedes(end, sp.S.Zero) and precedes(end, length))
    return inside[0] if inside else sp.S.Zero


def _is_line(here: Seen) -> bool:
    first = here.pieces[0].expr
    if is_zero(first.diff(X, 2)) is not True:
        return False
    values = [(first.subs(X, point.at), here(point.at)) for point in here.points]
    return all(is_zero(piece.expr - first) is True for piece in here.pieces[1:]) and all(
        value is not None and is_zero(value - along) is True for along, value in values
    )


def _divides(here: Seen, wave: Wave, parts: int) -> bool:
    """Does the function come back after a part of its period? Over one period it is compared with itself moved."""
    shift, rise = wave.length / parts, wave.rise / parts
    lower, upper = wave.start - shift, wave.start - shift + wave.length
    try:
        marks = [end for piece in here.pieces for end in (piece.lower, piece.upper)]
        marks += [point.at for point in here.points]
        marks += [mark - shift for mark in marks]
        cuts = _in_order([lower, upper, *(mark for mark in marks if precedes(lower, mark) and precedes(mark, upper))])
        return all(
            _follows(here(low + shift), here(low), rise) and _alike(here.pieces, low, high, shift, rise)
            for low, high in pairwise(cuts)
            if not same(low, high)
        )
    except Undecided:
        return False


def _alike(pieces: Sequence[Piece], low: sp.Expr, high: sp.Expr, shift: sp.Expr, rise: sp.Expr) -> bool:
    """Is g(x + shift) = g(x) + rise between two neighbouring cuts?"""
    near, far = piece_beside(pieces, low, 1), piece_beside(pieces, low + shift, 1)
    if near is None or far is None:
        return near is far
    return is_zero(moved(far.expr, shift) - near.expr - rise, low, high) is True


def moved(expr: sp.Expr, shift: sp.Expr) -> sp.Expr:
    """The expression at X + shift, whole turns left out of its waves."""
    return expr.xreplace({X: X + shift}).replace(_is_wave, lambda wave: wave.func(sp.expand(wave.args[0])))


def _is_wave(node: sp.Basic) -> bool:
    return isinstance(node, sp.sin | sp.cos | sp.tan)


def _follows(far: sp.Expr | None, near: sp.Expr | None, rise: sp.Expr) -> bool:
    if far is None or near is None:
        return far is near
    return is_zero(far - near - rise) is True


def _in_order(places: Iterable[sp.Expr]) -> list[sp.Expr]:
    return sorted(places, key=cmp_to_key(lambda one, two: -1 if precedes(one, two) else 1 if precedes(two, one) else 0))
