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
from propcheck.pieces.values import finite, limit
from propcheck.verdict import Fact, Number, Standing, weakest

SIDES = {"left": -sp.oo, "right": sp.oo}


def unbounded_piece(activation: Activation, side: str) -> Piece | None:
    """The piece that reaches to infinity on a side; None where the function is not defined there."""
    piece = activation.pieces[0 if side == "left" else -1]
    end = piece.lower if side == "left" else piece.upper
    return piece if end is SIDES[side] else None


def end_limit(piece: Piece, side: str, order: int) -> sp.Expr | None:
    """The limit of the value (order 0) or slope (order 1) far out; None where it is proved that there is none."""
    return _limit_or_none(piece.derivative(order), side)


def _limit_or_none(expr: sp.Expr, side: str) -> sp.Expr | None:
    """The limit far out of an expression; None where it is proved that there is none."""
    end = SIDES[side]
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


def asymptotes(activation: Activation) -> Fact:
    """The lines to which the function comes near far out, horizontal ones among them; None on a side without one."""
    fields: dict[str, dict[str, Number] | None] = {}
    notes = []
    for side in SIDES:
        piece = unbounded_piece(activation, side)
        try:
            line = None if piece is None else asymptote(piece, side)
            names = ("slope", "intercept")
            fields[side] = line and {name: exact_number(value) for name, value in zip(names, line, strict=True)}
        except Undecided as reason:
            missing = Number.missing(str(reason))
            fields[side] = {"slope": missing, "intercept": missing}
            notes.append(f"{side}: {reason}")
    return Fact("asymptotes", Standing.OPEN if notes else Standing.PROVED, fields, "; ".join(notes))


def asymptote(piece: Piece, side: str) -> tuple[sp.Expr, sp.Expr] | None:
    """Slope and intercept of the line that g less it goes to 0; None where it is proved that there is none."""
    value = end_limit(piece, side, 0)
    if value is not None and finite(value):
        return sp.S.Zero, value
    try:
        slope = end_limit(piece, side, 1)
    except Undecided:
        slope = None
    if slope is None:  # g/x may have a limit where g' has none
        slope = _limit_or_none(piece.expr / X, side)
    if slope is None or not finite(slope):
        return None
    shift = _limit_or_none(piece.expr - slope * X, side)
    return None if shift is None or not finite(shift) else (slope, shift)


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
    if value is None or not finite(value):
        return "none"
    return "none" if end_limit(piece, side, 1) is None else "soft"  # where g settles, its slope can tend to 0 alone
