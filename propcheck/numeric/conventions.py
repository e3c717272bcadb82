"""The value of a derivative at a breakpoint, where the one-sided ones differ, by a convention."""

from __future__ import annotations

import sympy as sp

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.calculus.signs import same
from propcheck.language import parse
from propcheck.pieces.piece import Piece
from propcheck.pieces.values import value_at
from propcheck.verdict import InputError

KINKS = ("catalogue", "left", "right", "mean", "zero")


def at_breakpoint(activation: Activation, before: Piece, after: Piece, order: int, kink: str) -> sp.Expr | str:
    """`left`, `right`, or the value itself."""
    at = after.lower
    try:
        left, right = before.limit(at, order), after.limit(at, order)
    except Undecided:
        return "right"
    if same(left, right):
        return "right"
    wanted = _convention(activation, at, order, kink, left, right)
    if wanted is None or same(wanted, right):
        return "right"
    return "left" if same(wanted, left) else wanted


def _convention(
    activation: Activation, at: sp.Expr, order: int, kink: str, left: sp.Expr, right: sp.Expr
) -> sp.Expr | None:
    if order == 0:  # a jump: the value is the function's own
        return own_value(activation, at)
    if kink in ("left", "right"):
        return left if kink == "left" else right
    if kink == "mean":
        return (left + right) / 2 if left.is_finite and right.is_finite else right
    if kink == "zero":
        return sp.S.Zero
    return _stated(activation, at) if order == 1 else right


def _stated(activation: Activation, at: sp.Expr) -> sp.Expr | None:
    """The value at a kink that the catalogue's stated derivative takes; None where it states none."""
    spec = activation.spec
    if spec is None:
        return None
    for claim in spec.claims:
        if claim.key == "derivative" and not claim.at:
            symbols = spec.symbols()
            put = {symbols[name]: value for name, value in activation.values.items()}
            try:
                return value_at(parse(str(claim.value), symbols).xreplace(put), at)
            except (InputError, Undecided):
                return None
    return None


def own_value(activation: Activation, at: sp.Expr) -> sp.Expr | None:
    """The value at a breakpoint; None where there is none."""
    point = activation.point(at)
    return point and point.value
