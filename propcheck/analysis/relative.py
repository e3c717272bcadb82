"""What a difference of two functions is beside its size: a share of one of them, its sign, its Gaussian norm."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise

import sympy as sp

from propcheck.activation import Activation
from propcheck.analysis.gaussian import Moments, gap_in, known_parity, moments
from propcheck.analysis.supremum import cancels
from propcheck.calculus import Undecided
from propcheck.calculus.ball import INFINITY
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.calculus.number import to_number
from propcheck.calculus.signs import constant_sign, same
from propcheck.language import X
from propcheck.pieces.partition import piece_of
from propcheck.pieces.piece import Piece, Point, piece_beside
from propcheck.pieces.values import finite, limit
from propcheck.verdict import Number

Span = tuple[sp.Expr, sp.Expr, int]
_MOMENTS = ("second_moment", "derivative_second_moment")


@dataclass(frozen=True)
class Share:
    """A quotient h/b as a function where b is not 0 or both are; or the place where b is 0 and h is not."""

    ratio: Activation | None
    pole: tuple[sp.Expr, sp.Expr] | None
    filled: tuple[sp.Expr, ...] = ()  # where both are 0, and the limit stands
    left_out: tuple[tuple[sp.Expr, sp.Expr], ...] = ()  # where both are 0 all along


def share(activation: Activation, base: Activation, order: int) -> Share:
    """The derivative of this order over that of another function, whose pieces are no shorter."""
    pieces: list[Piece] = []
    filled: list[sp.Expr] = []
    left_out: list[tuple[sp.Expr, sp.Expr]] = []
    for piece in activation.pieces:
        beside = piece_beside(base.pieces, piece.lower, 1)
        assert beside is not None  # it is defined wherever a difference from it is
        top, bottom = piece.derivative(order), beside.derivative(order)
        if piece.is_zero(bottom):
            if piece.is_zero(top):
                left_out.append((piece.lower, piece.upper))
                continue
            return Share(None, (piece.lower, piece.upper))
        if piece.is_zero(top):
            pieces.append(replace(piece, expr=sp.S.Zero, removable=()))
            continue
        chart = Piece(piece.lower, piece.upper, bottom, beside.removable).chart(bottom)
        if chart.period is not None and chart.zeros:
            raise Undecided("a share of what is 0 again and again")
        form = compile_form(top, X, piece.removable)
        for zero in chart.zeros:
            beyond = form.ball(constant_ball(zero.at))
            if beyond != 0 or not all(finite(limit(top / bottom, zero.at, side)) for side in (-1, 1)):
                return Share(None, (zero.at, zero.at))
            filled.append(zero.at)
        pieces.append(piece_of(piece.lower, piece.upper, top / bottom))
    points = []
    for point in activation.points if order == 0 else ():
        under = None if point.value is None else base(point.at)
        if point.value is None or under is None:
            continue
        if constant_sign(under) == 0:
            if constant_sign(point.value) != 0:
                return Share(None, (point.at, point.at))
            continue
        points.append(Point(point.at, point.value / under))
    made = replace(
        activation,
        expression=activation.bound / base.bound,
        bound=activation.bound / base.bound,
        pieces=tuple(pieces),
        points=tuple(points),
    )
    return Share(made, None, tuple(filled), tuple(left_out))


def runs_away(activation: Activation) -> sp.Expr | None:
    """The end of a piece at which a function has an infinite limit; None where none is found."""
    for piece in activation.pieces:
        for end in (piece.lower, piece.upper):
            with suppress(Undecided):
                if piece.limit(end).is_infinite:
                    return end
    return None


def sign_intervals(activation: Activation, order: int) -> list[Span]:
    """Where the derivative of this order is positive, 0 and negative, from left to right."""
    spans: list[Span] = []
    for piece in activation.pieces:
        for span in _on_piece(piece, order):
            point = activation.point(span[0])
            if spans and point is not None and point.value is not None and same(spans[-1][1], span[0]):
                here = constant_sign(point.value) if order == 0 else span[2]
                if spans[-1][2] == span[2] == here:
                    spans[-1] = (spans[-1][0], span[1], span[2])
                    continue
                if here not in (spans[-1][2], span[2], 0):
                    spans.append((span[0], span[0], here))
            spans.append(span)
    return spans


def _on_piece(piece: Piece, order: int) -> list[Span]:
    expr = piece.derivative(order)
    if cancels(compile_form(expr, X, piece.removable), piece) and not expr.is_polynomial(X):
        raise Undecided("the signs of a function whose terms cancel")
    chart = piece.chart(expr)
    if chart.period is not None and chart.zeros:
        raise Undecided("the signs of what is 0 again and again")
    ends = [piece.lower, *(zero.at for zero in chart.zeros), piece.upper]
    return [(*pair, sign) for pair, sign in zip(pairwise(ends), chart.signs, strict=True)]


def gaussian_norm(activation: Activation, order: int) -> Number:
    """sqrt(E[h(z)^2]), z ~ N(0, 1), of the derivative of order 0 or 1; jumps add nothing to that of the slope."""
    pieces = _padded(activation.pieces)
    gap = gap_in(pieces)
    if gap:
        return Number.missing(gap.replace("g is", "one of them is"))
    return norm_of(moments(pieces, 1, known_parity(activation) if pieces == activation.pieces else "none"), order)


def norm_of(found: Moments, order: int) -> Number:
    """sqrt(E[h(z)^2]) or sqrt(E[h'(z)^2]) from the moments of h."""
    name = _MOMENTS[order]
    number: Number = getattr(found, name)
    if not number.known:
        return number
    if number.value == float("inf"):
        return INFINITY
    exact = found.exact.get(name)
    ball = found.balls[name]
    return to_number(ball.max(0).sqrt(), None if exact is None else sp.sqrt(exact))


def _padded(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """The pieces with 0 beside them, so that what lies outside adds nothing."""
    out = [*pieces]
    if pieces[0].lower is not -sp.oo:
        out.insert(0, Piece(-sp.oo, pieces[0].lower, sp.S.Zero))
    if pieces[-1].upper is not sp.oo:
        out.append(Piece(pieces[-1].upper, sp.oo, sp.S.Zero))
    return tuple(out)
