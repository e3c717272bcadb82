"""Where the function is defined, how smooth it is, and whether it is affine, odd or even, monotone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import sympy as sp

from propcheck.activation import Activation
from propcheck.analysis.scale import at_scale, scale_of
from propcheck.calculus import Undecided, local, remembered
from propcheck.calculus.ball import rational_ball
from propcheck.calculus.form import compile_form
from propcheck.calculus.identity import is_zero
from propcheck.calculus.number import exact_number
from propcheck.calculus.phase import PHASES
from propcheck.calculus.signs import precedes, same, weak_sign
from propcheck.calculus.tail import driven, outward
from propcheck.language import X
from propcheck.pieces.piece import Piece, Point, sample
from propcheck.pieces.values import finite, limit
from propcheck.verdict import Fact, Number, Standing

HIGHEST_ORDER = 32
_LONGEST = 4000  # operations of a derivative whose limits are asked for
_WITNESSES = (sp.Rational(1, 3), sp.Rational(7, 5), sp.Integer(5), sp.Rational(1, 17))


def number(value: sp.Expr) -> Number:
    """An exact value as a Number."""
    return exact_number(value)


def domain(activation: Activation) -> Fact:
    """Where is the function not a real number?"""
    gaps = [[number(lower), number(upper)] for lower, upper in activation.gaps]
    if activation.period is not None:
        fields = {"undefined": gaps, "period": number(activation.period)}
        return Fact("domain", Standing.PROVED, fields, activation.trouble)
    if activation.trouble:
        return Fact("domain", Standing.OPEN, {"undefined": gaps}, activation.trouble)
    return Fact("domain", Standing.PROVED, {"undefined": gaps})


# --- smoothness ------------------------------------------------------------------------------------------------------


def smoothness(activation: Activation) -> Fact:
    """How many derivatives are continuous, and where is the first jump?"""
    kinks = []
    for point, left, right in breakpoints(activation.pieces, activation.points):
        outer = activation.on is not None and any(same(point.at, end) for end in activation.on)
        kink = _end_kink(point, left, right) if outer else kink_at(point, left, right)
        if kink is not None:
            kinks.append(kink)
    return Fact("smoothness", Standing.PROVED, smooth_fields(kinks))


def smooth_fields(kinks: list[dict]) -> dict[str, Any]:
    """What the kinks of a function say of it."""
    order = min((kink["order"] for kink in kinks), default=None)
    name = "C^inf" if order is None else "discontinuous" if order == 0 else f"C^{order - 1}"
    return {"class": name, "kinks": kinks}


def breakpoints(pieces: Sequence[Piece], points: Sequence[Point]) -> list[tuple[Point, Piece | None, Piece | None]]:
    """The finite ends of pieces with the pieces on their left and right."""
    values = {point.at: point for point in points}
    ends: list[tuple[Point, Piece | None, Piece | None]] = []
    for piece in pieces[:1]:
        if piece.lower is not -sp.oo:
            ends.append((_point(values, piece.lower), None, piece))
    for left, right in pairwise(pieces):
        if same(left.upper, right.lower):
            ends.append((_point(values, right.lower), left, right))
        else:
            ends += [(_point(values, left.upper), left, None), (_point(values, right.lower), None, right)]
    for piece in pieces[-1:]:
        if piece.upper is not sp.oo:
            ends.append((_point(values, piece.upper), piece, None))
    return ends


def _point(values: dict[sp.Expr, Point], at: sp.Expr) -> Point:
    return values.get(at) or next((p for key, p in values.items() if same(key, at)), Point(at, None))


def kink_at(point: Point, left: Piece | None, right: Piece | None) -> dict | None:
    """The lowest derivative that jumps at a breakpoint, with its one-sided values; None where none does."""
    joint = _joint(point, left, right)
    if joint is math.inf:
        return None
    for order in range(HIGHEST_ORDER + 1):
        if order and joint is not None and order < joint:
            continue
        if any(piece is not None and piece.derivative(order).count_ops() > _LONGEST for piece in (left, right)):
            raise Undecided(
                f"the first {order} derivatives agree at {point.at}, and the next is too long to write down"
            )
        sides = [one_sided(left, point.at, -1, order), one_sided(right, point.at, 1, order)]
        before, after = sides
        jump = (
            before is None
            or after is None
            or not finite(before)
            or not finite(after)
            or not same(before, after)
            or (order == 0 and (point.value is None or not same(before, point.value)))
        )
        if jump:
            shown = [None if side is None else number(side) for side in sides]
            return {"at": number(point.at), "order": order, "left": shown[0], "right": shown[1]}
    raise Undecided(f"the first {HIGHEST_ORDER} derivatives agree at {point.at}; whether all do")


def _end_kink(point: Point, left: Piece | None, right: Piece | None) -> dict | None:
    """The same at an end of the interval on which the function is looked at, from the inside alone."""
    piece, side = (right, 1) if left is None else (left, -1)
    if piece is None or point.value is None:
        return None
    for order in range(HIGHEST_ORDER + 1):
        beside = one_sided(piece, point.at, side, order)
        if beside is None or not finite(beside) or (order == 0 and not same(beside, point.value)):
            shown = None if beside is None else number(beside)
            ends = {"left": None, "right": shown} if side > 0 else {"left": shown, "right": None}
            return {"at": number(point.at), "order": order, **ends}
        if local.analytic(piece.expr, X, point.at):
            return None
    raise Undecided(f"the first {HIGHEST_ORDER} derivatives at {point.at}; whether all are finite")


def _joint(point: Point, left: Piece | None, right: Piece | None) -> float | None:
    """The lowest derivative that can differ at a breakpoint besides the value itself, inf where none does.

    Known where both sides are, but for what is flat, analytic there: then it is the order to which they touch.
    """
    if left is None or right is None:
        return None
    before, after = (local.analytic_part(piece.expr, X, point.at, side) for piece, side in ((left, -1), (right, 1)))
    if before is None or after is None:
        return None
    gap = after - before
    try:
        if is_zero(gap):
            value = point.value
            return math.inf if value is not None and same(limit(left.expr, point.at, -1), value) else None
        return local.order_at(gap, X, point.at)
    except Undecided:
        return None


def one_sided(piece: Piece | None, at: sp.Expr, side: int, order: int) -> sp.Expr | None:
    """A one-sided limit of a derivative; None where it is proved that there is none (or no function)."""
    if piece is None:
        return None
    try:
        return limit(piece.derivative(order), at, side)
    except Undecided:
        if without_limit(outward(piece.derivative(order), X, at, side)):
            return None
        raise


def without_limit(expr: sp.Expr) -> bool:
    """Is it proved that an expression has no limit at +oo? Two sequences with different limits prove it."""
    found: list[sp.Expr] = []
    for value in along_sequences(expr):
        if found and not same(value, found[0]):
            return True
        found.append(value)
    return False


def along_sequences(expr: sp.Expr) -> list[sp.Expr]:
    """Limits at +oo along sequences on which every wave stands still."""
    found = driven(expr, X)
    if found is None:
        return []
    limits = []
    for k in range(8):
        try:
            limits.append(limit(found.expr.subs(PHASES[0], sp.pi * k / 4), sp.oo, -1))
        except Undecided:
            continue
    return limits


# --- affine, parity --------------------------------------------------------------------------------------------------


def affine(activation: Activation) -> Fact:
    """Is the function a x + b on the whole line?"""
    if activation.gaps:
        return Fact("affine", Standing.PROVED, {"value": False})
    for piece in activation.pieces:
        if not steady(piece, 1):
            return Fact("affine", Standing.PROVED, {"value": False})
    slope, shift = _line(activation.pieces[0])
    one_line = all(
        same(slope, other_slope) and same(shift, other_shift)
        for other_slope, other_shift in map(_line, activation.pieces[1:])
    )
    whole = all(p.value is not None and same(p.value, slope * p.at + shift) for p in activation.points)
    return Fact("affine", Standing.PROVED, {"value": one_line and whole})


def _line(piece: Piece) -> tuple[sp.Expr, sp.Expr]:
    """Slope and intercept of a function that is linear on a piece."""
    point = sample(piece)
    slope = piece.derivative().subs(X, point)
    return slope, piece.expr.subs(X, point) - slope * point


def parity(activation: Activation) -> Fact:
    """Is the function odd, even, or neither?"""
    return Fact("parity", Standing.PROVED, {"value": symmetry(activation)})


@remembered
def symmetry(activation: Activation) -> str:
    """ "odd", "even" or "none", proved; the zero function counts as even.

    One that comes back after a period is looked at in two of them, around 0: what mirrors these mirrors all others.
    """
    if activation.trouble:
        if activation.wave is None:
            return _as_written(activation)
        activation = activation.seen(-activation.wave.length, activation.wave.length)
    open_kinds = {"even": -1, "odd": 1}
    samples = map(sample, activation.pieces)
    for point in (*_WITNESSES, *(known.at for known in activation.points), *samples):
        right, left = activation(point), activation(-point)
        if (right is None) != (left is None):
            return "none"
        if right is None or left is None:
            continue
        for kind, sign in list(open_kinds.items()):
            if is_zero(right + sign * left) is False:
                del open_kinds[kind]
        if not open_kinds:
            return "none"
    for kind, sign in open_kinds.items():
        if _mirrors(activation, sign):
            return kind
    raise Undecided("whether the function is odd or even: no point refutes it and no identity proves it")


def _as_written(activation: Activation) -> str:
    """The same of one whose pieces are not known, where its formula is one with its mirror image."""
    mirrored = activation.bound.xreplace({X: -X})
    for word, image in (("even", mirrored), ("odd", -mirrored)):
        if not activation.conditions and activation.bound == image:
            return word
    raise Undecided(activation.trouble)


def _mirrors(activation: Activation, sign: int) -> bool:
    """Is g(x) + sign g(-x) = 0 on the common refinement of the partition and its mirror image?"""
    pieces = activation.pieces
    if len(pieces) == 1 and pieces[0].lower is -sp.oo and pieces[0].upper is sp.oo:
        return is_zero(pieces[0].expr + sign * pieces[0].expr.xreplace({X: -X})) is True
    for piece in pieces:
        for other in pieces:
            common = piece.within(-other.upper, -other.lower)
            if common and is_zero(piece.expr + sign * other.expr.xreplace({X: -X}), *common) is not True:
                return False
    for lower, upper in activation.undefined:
        if not any(same(lower, -b) and same(upper, -a) for a, b in activation.undefined):
            return False
    for point in activation.points:
        mirrored = activation(-point.at)
        if (point.value is None) != (mirrored is None):
            return False
        if point.value is not None and mirrored is not None and not same(point.value, -sign * mirrored):
            return False
    return True


# --- monotonicity ----------------------------------------------------------------------------------------------------


def monotonicity(activation: Activation) -> Fact:
    """Does the function rise or fall on all of its domain?"""
    return Fact("monotonicity", Standing.PROVED, {"value": trend(activation)})


def trend(activation: Activation) -> str:
    """increasing, decreasing (strictly), non-decreasing, non-increasing, constant or none; proved."""
    return _trend(at_scale(activation, scale_of(activation)))


@remembered
def _trend(activation: Activation) -> str:
    found: set[int] = set()
    flat = False
    undecided: Undecided | None = None
    for piece in activation.pieces:
        try:
            got = slope_signs(piece)
        except Undecided as reason:
            undecided, got = reason, sampled_signs(piece)
        found |= got - {0}
        flat |= 0 in got
        if found >= {1, -1}:
            return "none"
    for point, left, right in breakpoints(activation.pieces, activation.points):
        if point.value is not None or (left is not None and right is not None):
            steps = [one_sided(left, point.at, -1, 0), point.value, one_sided(right, point.at, 1, 0)]
            known = [step for step in steps if step is not None]
            for before, after in pairwise(known):
                if not same(before, after):
                    found.add(1 if precedes(before, after) else -1)
    for steps in _over_gaps(activation):
        for before, after in pairwise(steps):
            if not same(before.value, after.value):
                found.add(1 if precedes(before.value, after.value) else -1)
            elif before.taken and after.taken:
                flat = True
    if found >= {1, -1}:
        return "none"
    if undecided is not None:
        raise undecided
    if not found:
        return "constant"
    if 1 in found:
        return "non-decreasing" if flat else "increasing"
    return "non-increasing" if flat else "decreasing"


@dataclass(frozen=True)
class _Step:
    """A value that the function takes beside a gap of its domain or within it, or only tends to."""

    value: sp.Expr
    taken: bool


def _over_gaps(activation: Activation) -> Iterator[list[_Step]]:
    """What stands beside each gap of the domain and, as single points, within it, from left to right."""
    ends = breakpoints(activation.pieces, activation.points)
    met = {end.at for end, *_ in ends}
    lone = [
        p
        for p in activation.points
        if p.value is not None and p.at not in met and not any(same(p.at, at) for at in met)
    ]
    before: list[_Step] = []
    last: sp.Expr = -sp.oo
    for end, left, right in ends:
        if right is None:
            before, last = _beside(end, left, -1), end.at
        elif left is None:
            within = [_Step(p.value, True) for p in lone if precedes(last, p.at) and precedes(p.at, end.at)]
            yield before + within + _beside(end, right, 1)
            before, last = [], end.at
    yield before + [_Step(p.value, True) for p in lone if precedes(last, p.at)]


def _beside(end: Point, piece: Piece | None, side: int) -> list[_Step]:
    """What a piece comes to at an end of it that lies at a gap."""
    value = one_sided(piece, end.at, side, 0) if end.value is None else end.value
    return [] if value is None else [_Step(value, end.value is not None)]


def slope_signs(piece: Piece) -> frozenset[int]:
    """The signs that the slope takes on a piece."""
    try:
        return piece.chart(piece.derivative(1)).all_signs
    except Undecided as reason:
        try:
            return frozenset({weak_sign(piece.derivative(1), X, piece.lower, piece.upper)})
        except Undecided:
            raise reason from None


def sampled_signs(piece: Piece, order: int = 1) -> set[int]:
    """Signs of a derivative, the slope unless told otherwise, that some points prove it to take."""
    form = compile_form(piece.derivative(order), X, piece.removable)
    signs: set[int] = set()
    middle = sample(piece)
    for k in range(40):
        point = middle + sp.Rational((-1) ** k * k * (k + 3), 11)
        if piece.holds(point):
            ball = form.ball(rational_ball(point))
            if ball > 0:
                signs.add(1)
            elif ball < 0:
                signs.add(-1)
    return signs


def constant_piece(piece: Piece) -> bool:
    """Is the function constant on a piece?"""
    return steady(piece, 0)


def steady(piece: Piece, order: int) -> bool:
    """Is the derivative of this order constant on a piece?"""
    if X not in piece.derivative(order).free_symbols:
        return True
    change = compile_form(piece.expr, X, piece.removable).series(rational_ball(sample(piece)), order + 2)[order + 1]
    if change.is_finite() and not change.contains(0):
        return False
    zero = piece.is_zero(piece.derivative(order + 1))
    if zero is None:
        raise Undecided(f"whether the derivative of order {order} of {piece.expr} is constant")
    return zero
