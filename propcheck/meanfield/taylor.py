"""The Taylor coefficients of a piece beside one of its points, in balls."""

from __future__ import annotations

import math

import sympy as sp
from flint import arb, ctx

from propcheck.calculus import Undecided
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.language import X
from propcheck.pieces.piece import Piece
from propcheck.pieces.values import limit

_BITS = 256
_BY_LIMITS = 4  # coefficients that are sought as limits, where the formula itself is not analytic at the point


def beside(piece: Piece, end: sp.Expr, side: int, terms: int) -> list[arb]:
    """The coefficients on one side of a point: as many as are finite and found, at most `terms`."""
    with ctx.workprec(_BITS):
        try:
            found = _finite(compile_form(piece.expr, X, piece.removable).series(constant_ball(end), terms))
        except (Undecided, ValueError):
            found = []
        if len(found) >= min(terms, _BY_LIMITS):
            return found
        found = []
        for order in range(min(terms, _BY_LIMITS)):
            try:
                value = limit(piece.derivative(order), end, side)
                if not value.is_finite:
                    break
                found.append(constant_ball(value) / math.factorial(order))
            except (Undecided, NotImplementedError, ValueError):
                break
        return found


def _finite(series: list[arb]) -> list[arb]:
    known = [ball.is_finite() for ball in series]
    return series[: known.index(False)] if False in known else series
