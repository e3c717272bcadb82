"""A piece: an analytic expression on an interval; a point: a breakpoint with its value."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sympy as sp

from propcheck.calculus import Undecided
from propcheck.calculus.chart import Chart, inner_point
from propcheck.calculus.identity import is_zero
from propcheck.calculus.signs import part, precedes, same, signs
from propcheck.language import X
from propcheck.pieces.domain import combined_over
from propcheck.pieces.values import limit
from propcheck.processes.lazy import cached_property

FEW = 32  # pieces that are each written as shortly as can be: nobody reads more


@dataclass(frozen=True)
class Piece:
    """An expression that is analytic on the open interval (lower, upper), with the gaps in it that are filled in.

    A part of a larger piece knows that as the `whole` from which it was cut.
    """

    lower: sp.Expr
    upper: sp.Expr
    expr: sp.Expr
    removable: tuple[sp.Expr, ...] = ()
    whole: Piece | None = field(default=None, compare=False, repr=False)

    def chart(self, expr: sp.Expr) -> Chart:
        """The signs of another expression of the same kind on this interval.

        Where the whole is known they are read off its chart if they can: far out a germ tells more than balls do.
        """
        if self.whole is not None:
            with suppress(Undecided):
                return part(self.whole.chart(expr), self.lower, self.upper)
        return signs(expr, X, self.lower, self.upper, self.removable)

    @cached_property
    def derivatives(self) -> list[sp.Expr]:
        return [self.expr]

    def derivative(self, order: int = 1) -> sp.Expr:
        """The derivative of this order, as an expression."""
        while len(self.derivatives) <= order:
            slope = sp.Add(*map(_slope, sp.Add.make_args(self.derivatives[-1])))
            slope = self._without_sizes(slope)
            self.derivatives.append(combined_over(slope, self.removable) if self.removable else slope)
        return self.derivatives[order]

    def _without_sizes(self, expr: sp.Expr) -> sp.Expr:
        """The expression without the |u| that SymPy makes of sqrt(u**2), where u keeps one sign on this interval."""
        for size in expr.atoms(sp.Abs) if expr.has(sp.Abs) else ():
            u = size.args[0]
            found = () if u.has(sp.Abs) else self.chart(u).signs
            if len(found) == 1:
                expr = expr.xreplace({size: found[0] * u})
        return expr

    def is_zero(self, expr: sp.Expr) -> bool | None:
        """Is another expression of the same kind zero on all of this interval?"""
        return is_zero(expr, self.lower, self.upper)

    def holds(self, at: sp.Expr) -> bool:
        """Does a point lie inside?"""
        return precedes(self.lower, at) and precedes(at, self.upper)

    def within(self, lower: sp.Expr, upper: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
        """The ends of the part that lies between two numbers; None where there is none."""
        low = self.lower if precedes(lower, self.lower) else lower
        high = self.upper if precedes(self.upper, upper) else upper
        return (low, high) if precedes(low, high) else None

    def limit(self, end: sp.Expr, order: int = 0) -> sp.Expr:
        """The limit of the derivative of this order at one of the ends: a number, oo or -oo."""
        return limit(self.derivative(order), end, 1 if same(end, self.lower) else -1)


@lru_cache(maxsize=4096)
def _slope(term: sp.Expr) -> sp.Expr:
    """The derivative of one term, which the pieces of a table may share."""
    return term.diff(X)


@dataclass(frozen=True)
class Point:
    """A breakpoint and the value of the function there; None where it is not defined."""

    at: sp.Expr
    value: sp.Expr | None


def piece_beside(pieces: Iterable[Piece], at: sp.Expr, side: int) -> Piece | None:
    """The piece that holds the points just beside a point, on its right for side 1, on its left for -1."""
    for piece in pieces:
        near, far = (piece.lower, piece.upper) if side > 0 else (piece.upper, piece.lower)
        reaches = precedes(at, far) if side > 0 else precedes(far, at)
        if reaches and not (precedes(at, near) if side > 0 else precedes(near, at)):
            return piece
    return None


def as_piecewise(pieces: tuple[Piece, ...], order: int = 0) -> sp.Expr:
    """The pieces (or a derivative of theirs) as one SymPy expression; a breakpoint belongs to the right-hand piece."""
    if len(pieces) == 1:
        return shortest(pieces[0].derivative(order))
    branches: list[tuple[sp.Expr, Any]] = []
    written = shortest if len(pieces) <= FEW else lambda expr: expr
    for piece in reversed(pieces):
        last = piece is pieces[0]
        branches.append((written(piece.derivative(order)), sp.true if last else sp.Ge(X, piece.lower, evaluate=False)))
    return sp.Piecewise(*branches, evaluate=False)


def shortest(expr: sp.Expr) -> sp.Expr:
    """The shortest of a few equal ways to write an expression, none of which costs a search."""
    forms = [expr, sp.factor_terms(expr)]
    if len(expr.args) <= 8:
        forms.append(sp.together(expr))
    counts = {form: form.count_ops() for form in forms}
    least = [form for form, count in counts.items() if count == min(counts.values())]
    return least[0] if len(least) == 1 else min(least, key=str)


def sample(piece: Piece) -> sp.Rational:
    """A point inside a piece."""
    return inner_point(piece.lower, piece.upper)
