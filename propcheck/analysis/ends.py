"""What the function does far out: limits of its value and slope, and whether it saturates."""

from __future__ import annotations

import sympy as sp

from propcheck.activation import Activation
from propcheck.analysis.shape import constant_piece, without_limit
from propcheck.calculus import Undecided
from propcheck.calculus.number import exact_number
from propcheck.calculus.tail import outward
from propcheck.language import X
from propcheck.pieces.piece import Piece
from propcheck.pieces.values import limit
from propcheck.verdict import Fact, Number, Standing, weakest

SIDES = {"left": -sp.oo, "right": sp.oo}


def unbounded_piece(activation: Activation, side: str) -> Piece | None:
    """The piece that reaches to infinity on a side; None where the function is not defined there."""
    piece = activation.pieces[0 if side == "left" else -1]
    end = piece.lower if side == "left" else piece.upper
    return piece if end is SIDES[side] else None


def end_limit(piece: Piece, side: str, order: int) -> sp.Expr | None:
    """The limit of the value (order 0) or slope (order 1) far out; None where it is proved that there is none."""
    end = SIDES[side]
    expr = piece.derivative(order)
    try:
        return limit(expr, end, 0)
    except Undecided:
        if without_limit(outward(expr, X, end, 0)):
            return None
        raise


def limits(activation: Activation) -> Fact:
    """The limits of g and g' at both ends."""
    fields: dict[str, dict[str, Number | None]] = {}
    standings = []
    notes = []
    for side in SIDES:
        piece = unbounded_piece(activation, side)
        fields[side] = {}
        for name, order in (("value", 0), ("slope", 1)):
            try:
                value = None if piece is None else end_limit(piece, side, order)
                fields[side][name] = None if value is None else exact_number(value)
                standings.append(Standing.PROVED)
            except Undecided as reason:
                fields[side][name] = Number.missing(str(reason))
                standings.append(Standing.OPEN)
                notes.append(f"{side} {name}: {reason}")
    return Fact("limits", weakest(*standings), fields, "; ".join(notes))


def saturation(activation: Activation) -> Fact:
    """Does the function settle to a constant on either side?"""
    fields: dict[str, str | None] = {}
    notes = []
    for side in SIDES:
        piece = unbounded_piece(activation, side)
        try:
            fields[side] = "none" if piece is None else _saturates(piece, side)
        except Undecided as reason:
            fields[side] = None
            notes.append(f"{side}: {reason}")
    return Fact("saturation", Standing.OPEN if notes else Standing.PROVED, fields, "; ".join(notes))


def _saturates(piece: Piece, side: str) -> str:
    if constant_piece(piece):
        return "hard"
    value = end_limit(piece, side, 0)
    if value is None or not value.is_finite:
        return "none"
    slope = end_limit(piece, side, 1)
    return "soft" if slope is not None and slope.is_zero else "none"
