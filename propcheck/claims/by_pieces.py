"""A function and its stated derivative compared on each common piece, and then at the points between them.

At a kink no value is the derivative: one of the slopes, or a value between them, is a convention, and is named; any
other is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise

import sympy as sp

from propcheck.calculus import Undecided
from propcheck.calculus.chart import inner_point, inner_points
from propcheck.calculus.form import compile_form
from propcheck.calculus.identity import is_zero
from propcheck.calculus.signs import constant_sign, precedes, same
from propcheck.claims.powers import limit_of, rises, settled
from propcheck.claims.proof import Witness, Wrong, digits_text, listed, pair_apart, place_text, span_text
from propcheck.language import X, show
from propcheck.pieces.partition import partition
from propcheck.pieces.piece import Piece, piece_beside
from propcheck.pieces.values import value_at

_POINTS = 12  # points of a piece at which a difference is looked for


@dataclass(frozen=True)
class Side:
    """One side of the comparison: its pieces, the points at which its value may differ from theirs, its values."""

    pieces: tuple[Piece, ...]
    places: list[sp.Expr]
    value: Callable[[sp.Expr], sp.Expr | None]

    def beside(self, at: sp.Expr) -> tuple[Piece | None, Piece | None]:
        """The pieces that hold just on the left and just on the right of a point."""
        return piece_beside(self.pieces, at, -1), piece_beside(self.pieces, at, 1)


def divided(expr: sp.Expr, on: tuple[sp.Expr, sp.Expr] | None = None) -> Side:
    """The pieces of an expression, on the interval alone where one is in view."""
    pieces, points, _ = partition(expr, (), *(on or (-sp.oo, sp.oo)))
    return Side(pieces, [point.at for point in points], lambda at: _value_at(expr, at))


def _value_at(expr: sp.Expr, at: sp.Expr) -> sp.Expr | None:
    """The value at a point; undecided where a power of 0 exists for some values of the symbols in it only."""
    for node in expr.atoms(sp.Pow):
        if (node.exp.free_symbols - {X}) and not rises(node.exp):
            base = value_at(node.base, at)
            if base is not None and _identical(base, sp.S.Zero):
                raise Undecided(f"whether {show(node)} exists at {place_text(at)}")
    return value_at(expr, at)


@dataclass(frozen=True)
class Taken:
    """A convention, exactly."""

    at: sp.Expr
    left: sp.Expr
    right: sp.Expr
    stated: sp.Expr | None
    kind: str
    jump: str


def compare(g: Side, said: Side, order: int, told: Mapping[str, str]) -> list[Taken]:
    """What is taken where the function has no derivative; raises where `said` is wrong, or is not decided to be right.

    An antiderivative (order -1) is compared by its slope, and must be continuous.
    """
    for piece in g.pieces:
        reached = piece.lower
        for part in said.pieces:
            if common := part.within(piece.lower, piece.upper):
                low, high = common
                if precedes(reached, low):
                    raise _unstated(piece.derivative(max(order, 0)), reached, low, told)
                reached = high
                _equal(piece.derivative(max(order, 0)), part.derivative(1 if order < 0 else 0), low, high, told)
        if precedes(reached, piece.upper):
            raise _unstated(piece.derivative(max(order, 0)), reached, piece.upper, told)
    if order < 0:
        _continuous(g, said, told)
        return []
    return _at_places(g, said, order, told)


def _unstated(true: sp.Expr, low: sp.Expr, high: sp.Expr, told: Mapping[str, str]) -> Wrong:
    where = f"on {span_text(low, high)}"
    at = inner_point(low, high)
    witness = None
    if not (true.subs(X, at).free_symbols or at.free_symbols):
        witness = Witness(place_text(at), digits_text(limit_of(true, at, 1)), "none", where, told)
    return Wrong(f"nothing is stated {where}", witness)


def _equal(true: sp.Expr, stated: sp.Expr, low: sp.Expr, high: sp.Expr, told: Mapping[str, str]) -> None:
    true, stated = settled(true), settled(stated)
    zero = is_zero(true - stated, low, high)
    if zero:
        return
    where = span_text(low, high)
    if zero is None:
        raise Undecided(f"whether {show(true)} equals {show(stated)} on {where}")
    witness = _witness(true, stated, low, high, told)
    raise Wrong(f"not equal on {where}", witness)


def _witness(true: sp.Expr, stated: sp.Expr, low: sp.Expr, high: sp.Expr, told: Mapping[str, str]) -> Witness | None:
    """A point of the interval at which balls tell the two apart; None where symbols stand in the way."""
    if (true.free_symbols | stated.free_symbols | low.free_symbols | high.free_symbols) - {X}:
        return None
    found = pair_apart([compile_form(side, X) for side in (true, stated)], islice(inner_points(low, high), _POINTS))
    return found and Witness(place_text(found[0]), *found[1], f"on {span_text(low, high)}", told)


def _continuous(g: Side, said: Side, told: Mapping[str, str]) -> None:
    """Raises where an antiderivative jumps inside the domain of the function."""
    for at in said.places:
        left, right = said.beside(at)
        if left is None or right is None or g.value(at) is None:
            continue
        sides = [limit_of(left.expr, at, -1), said.value(at), limit_of(right.expr, at, 1)]
        for before, after in pairwise(side for side in sides if side is not None):
            if not _identical(before, after):
                text = f"an antiderivative is continuous, and this one jumps at {place_text(at)}"
                jump = f"{digits_text(before)}, then {digits_text(after)}"
                raise Wrong(text, Witness(place_text(at), "without a jump", jump, "at a jump", told))


def _at_places(g: Side, said: Side, order: int, told: Mapping[str, str]) -> list[Taken]:
    """What is stated at each breakpoint of the function or of the stated derivative."""
    found: list[Taken] = []
    wrong: list[Wrong] = []
    seen: list[sp.Expr] = []
    for at in (*g.places, *said.places):
        if any(same(at, known) for known in seen):
            continue
        seen.append(at)
        left, right = g.beside(at)
        value = g.value(at)
        if left is None or right is None or value is None:
            continue
        try:
            taken = _at_place(at, left, right, value, said.value(at), order, told)
        except Wrong as reason:
            wrong.append(reason)
        else:
            found += [taken] if taken is not None else []
    if wrong:
        raise Wrong(f"equal on every piece, and wrong at {listed(map(str, wrong))}", wrong[0].witness)
    return found


def _at_place(
    at: sp.Expr,
    left: Piece,
    right: Piece,
    value: sp.Expr,
    stated: sp.Expr | None,
    order: int,
    told: Mapping[str, str],
) -> Taken | None:
    """What is stated at one point; None where it is the derivative."""
    jump = _jump(at, left, right, value, order)
    before, after = (limit_of(piece.derivative(order), at, side) for piece, side in ((left, -1), (right, 1)))
    alike = _identical(before, after)
    if stated is None:
        return Taken(at, before, after, None, "nothing", jump)
    if alike and _identical(stated, before):
        return Taken(at, before, after, stated, "both", jump) if jump else None
    if alike and not jump:
        witness = Witness(place_text(at), digits_text(before), digits_text(stated), "at a breakpoint", told)
        raise Wrong(place_text(at), witness)
    kind = None if alike else _kind(before, after, stated)
    if kind is None:
        sides = f"{digits_text(before)} on the left, {digits_text(after)} on the right"
        witness = Witness(place_text(at), sides, digits_text(stated), f"at a {'jump' if jump else 'kink'}", told)
        raise Wrong(f"the {'jump' if jump else 'kink'} {place_text(at)}", witness)
    return Taken(at, before, after, stated, kind, jump)


def _jump(at: sp.Expr, left: Piece, right: Piece, value: sp.Expr, order: int) -> str:
    """Which of the function and its derivatives below this order jumps at the point, if one does."""
    for k in range(order):
        before, after = (limit_of(piece.derivative(k), at, side) for piece, side in ((left, -1), (right, 1)))
        if not _identical(before, after) or (k == 0 and not _identical(before, value)):
            return ("the function", "the slope")[k] if k < 2 else f"the derivative of order {k}"
    return ""


def _kind(left: sp.Expr, right: sp.Expr, stated: sp.Expr) -> str | None:
    """Which convention a value at a kink is; None where it is none."""
    if _identical(stated, right):
        return "right"
    if _identical(stated, left):
        return "left"
    if left.is_finite and right.is_finite:
        share = sp.cancel((stated - left) / (right - left))
        if _identical(share, sp.Rational(1, 2)):
            return "mean"
        return "between" if constant_sign(share) > 0 and constant_sign(1 - share) > 0 else None
    low, high = (left, right) if precedes(left, right) else (right, left)
    return "between" if precedes(low, stated) and precedes(stated, high) else None


def _identical(left: sp.Expr, right: sp.Expr) -> bool:
    """Are two values equal, for all values of the symbols in them?"""
    left, right = settled(left), settled(right)
    if left == right:
        return True
    if not (left.is_finite is not False and right.is_finite is not False):
        return False
    equal = is_zero(left - right)
    if equal is None:
        raise Undecided(f"whether {show(left)} equals {show(right)}")
    return equal
