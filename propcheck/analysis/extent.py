"""The least and the greatest value of the function and of its slope, and where they are attained.

On each piece the zeros of the next derivative are the only places where a turn can be, so the candidates are these, the
one-sided limits at the ends, and the values at breakpoints. Where those zeros cannot all be found, branch and bound
over the whole line encloses the extremes directly.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cmp_to_key

import sympy as sp
from flint import ctx

from propcheck.activation import Activation
from propcheck.analysis.candidate import BOTTOM, TOP, Candidate, largest, negated
from propcheck.analysis.scale import at_scale, scale_of
from propcheck.analysis.shape import breakpoints, steady
from propcheck.analysis.supremum import LONGEST, boundless, cancels, searched, turns
from propcheck.calculus import Undecided, remembered
from propcheck.calculus.any_number import rooted
from propcheck.calculus.ball import INFINITY, rational_ball
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.calculus.number import exact_number, to_number
from propcheck.calculus.signs import period_of, precedes, same
from propcheck.language import X
from propcheck.pieces.piece import Piece, Point, sample
from propcheck.pieces.values import finite, limit
from propcheck.verdict import Fact, Number, Standing, weakest

_BITS = 200


def value_range(activation: Activation) -> Fact:
    """inf g and sup g."""
    return range_fact("range", extremes(activation, 0))


def image(activation: Activation) -> Fact | None:
    """The values that the function takes, as intervals with the ends that belong to them.

    It does not arise where the range is one interval, as it is for every continuous function on one interval.
    """
    if in_one_piece(activation):
        return None
    with ctx.workprec(_BITS):
        unbounded: frozenset[sp.Expr] = frozenset()
        spans = [_on_piece(activation, piece, 0, unbounded) for piece in activation.pieces]
        values = [point.value for point in activation.points if point.value is not None]
        spans += [(at, at) for at in (Candidate(v, constant_ball(v), None, True) for v in values)]
        joined = _united(spans)
    if len(joined) == 1:
        return None
    shown = [[number_of(low), number_of(high)] for low, high in joined]
    closed = [[bool(low.attained), bool(high.attained)] for low, high in joined]
    standing = weakest(*(end.standing for ends in shown for end in ends))
    return Fact("image", standing, {"intervals": shown, "closed": closed})


def in_one_piece(activation: Activation) -> bool:
    """Is the domain one interval, and the function continuous on it?"""
    for point, left, right in breakpoints(activation.pieces, activation.points):
        inner = left is not None and right is not None
        if not inner and point.value is None:
            continue
        value, sides = point.value, _beside(point, left, right)
        if value is None or not all(finite(side) and same(side, value) for side in sides):
            return False
    gaps = [gap for gap in activation.undefined if gap[0] is not -sp.oo and gap[1] is not sp.oo]
    return not gaps


def _beside(point: Point, left: Piece | None, right: Piece | None) -> list[sp.Expr]:
    """The one-sided limits of g at a breakpoint."""
    sides = ((left, -1), (right, 1))
    return [limit(piece.expr, point.at, side) for piece, side in sides if piece is not None]


def _united(spans: list[tuple[Candidate, Candidate]]) -> list[tuple[Candidate, Candidate]]:
    """The union of intervals, from left to right, those that meet made one."""
    out: list[tuple[Candidate, Candidate]] = []
    for low, high in sorted(spans, key=cmp_to_key(lambda one, two: _before(one[0], two[0]))):
        if out and _meet(out[-1][1], low):
            place = _order(out[-1][1], high)
            out[-1] = (out[-1][0], high if place < 0 or (place == 0 and high.attained) else out[-1][1])
        else:
            out.append((low, high))
    return out


def _before(one: Candidate, two: Candidate) -> int:
    """The order of two lower ends: of equal ones the attained is first."""
    return _order(one, two) or bool(two.attained) - bool(one.attained)


def _meet(high: Candidate, low: Candidate) -> bool:
    """Does an interval that ends at one value reach the interval that begins at the other?"""
    place = _order(low, high)
    if place == 0 and None in (high.attained, low.attained) and True not in (high.attained, low.attained):
        raise Undecided("whether the function takes a value at the end of an interval of its values")
    return place < 0 or (place == 0 and bool(high.attained or low.attained))


def _order(one: Candidate, two: Candidate) -> int:
    """-1, 0 or 1 as one value is less than the other, equal to it or more; exact where they lie too near for balls."""
    if one.ball < two.ball:
        return -1
    if one.ball > two.ball:
        return 1
    if one.value is None or two.value is None:
        if one is two:
            return 0
        raise Undecided("whether two intervals of values meet")
    return -1 if precedes(one.value, two.value) else 1 if precedes(two.value, one.value) else 0


def derivative_range(activation: Activation) -> Fact:
    """inf g' and sup g', one-sided values at kinks included."""
    return range_fact("derivative_range", extremes(activation, 1))


def lipschitz(activation: Activation) -> Number:
    """sup abs g'; infinite for a function that jumps."""
    for point, left, right in breakpoints(activation.pieces, activation.points):
        sides = _beside(point, left, right) + ([] if point.value is None else [point.value])
        if len(sides) > 1 and not all(finite(side) and same(side, sides[0]) for side in sides):
            return INFINITY
    low, high = extremes(activation, 1)
    for end in (low, high):
        if end.value is not None and end.value.is_infinite:
            return INFINITY
    top = largest([negated(low), high])
    return number_of(top)


def range_fact(key: str, ends: tuple[Candidate, Candidate]) -> Fact:
    """The infimum and the supremum as a fact."""
    low, high = ends
    fields = {
        "inf": number_of(low),
        "sup": number_of(high),
        "inf_attained": low.attained,
        "sup_attained": high.attained,
        "argmin": _place(low),
        "argmax": _place(high),
    }
    standing = weakest(fields["inf"].standing, fields["sup"].standing)
    note = "" if None not in (low.attained, high.attained) else "whether an extreme is attained is not decided"
    return Fact(key, standing, fields, note)


def _place(end: Candidate) -> Number | None:
    if not end.attained or end.at is None:
        return None
    return place_of(end.at)


def place_of(at: sp.Expr) -> Number:
    """A place as a number."""
    return exact_number(at, Standing.ENCLOSED if rooted(at) else Standing.PROVED)


def number_of(end: Candidate) -> Number:
    """The value of a candidate as a number, exact where that is short."""
    if end.value is not None and end.value.is_infinite:
        return exact_number(end.value)
    if end.value is not None and not rooted(end.value) and len(str(end.value)) <= LONGEST:
        return exact_number(end.value)
    return to_number(end.ball)


@remembered
def extremes(activation: Activation, order: int) -> tuple[Candidate, Candidate]:
    """The infimum and the supremum of the derivative of this order over the domain, found at its scale."""
    if activation.trouble:  # what pieces and points it has are not all
        raise Undecided(activation.trouble)
    scale = replace(scale_of(activation), outer=sp.S.One)
    found = _extremes(at_scale(activation, scale), order)
    return found if scale.plain else (_carried(found[0], scale.inner, order), _carried(found[1], scale.inner, order))


def _carried(end: Candidate, rate: sp.Rational, order: int) -> Candidate:
    """An extreme of h as that of h(rate x)."""
    with ctx.workprec(_BITS):
        factor = rate**order
        value = None if end.value is None else factor * end.value
        return Candidate(
            value, rational_ball(factor) * end.ball, None if end.at is None else end.at / rate, end.attained
        )


def _extremes(activation: Activation, order: int) -> tuple[Candidate, Candidate]:
    with ctx.workprec(_BITS):
        unbounded = _unbounded(activation, order)
        if len(unbounded) == 2:
            return BOTTOM, TOP
        lows: list[Candidate] = []
        highs: list[Candidate] = []
        for piece in activation.pieces:
            low, high = _on_piece(activation, piece, order, unbounded)
            lows.append(low)
            highs.append(high)
        for at in _at_points(activation, order):
            lows.append(at)
            highs.append(at)
        return negated(largest([negated(low) for low in lows])), largest(highs)


def _at_points(activation: Activation, order: int) -> list[Candidate]:
    """The values at breakpoints, of the function alone."""
    known = [point for point in activation.points if order == 0 and point.value is not None]
    return [Candidate(point.value, constant_ball(point.value), point.at, True) for point in known]


def sizes(activation: Activation, order: int) -> list[Candidate]:
    """The sizes of the derivative of this order, among which the greatest is, found at its scale.

    A place that is none is not known, or the size is only approached; of a stretch of one value there is one point.
    """
    scale = replace(scale_of(activation), outer=sp.S.One)
    asked = at_scale(activation, scale)
    with ctx.workprec(_BITS):
        if _unbounded(asked, order) or any(boundless(piece, order) for piece in asked.pieces):
            return [TOP]
        found = _at_points(asked, order)
        ends = [*found, *map(negated, found)]
        for piece in asked.pieces:
            try:
                form = compile_form(piece.derivative(order), X, piece.removable)
                if cancels(form, piece) and not steady(piece, order):
                    raise Undecided("the turns of a function whose terms cancel")
                found = _known(asked, piece, order)
                ends += [*found, *map(negated, found)]
            except Undecided as reason:
                lows, highs = searched(asked, piece, order, reason, frozenset())
                ends += [*highs, *map(negated, lows)]
    return ends if scale.plain else [_carried(end, scale.inner, order) for end in ends]


def _unbounded(activation: Activation, order: int) -> frozenset[sp.Expr]:
    """The infinite limits at the ends of pieces, as far as they are decided: extremes that are known beforehand."""
    found = set()
    for piece in activation.pieces:
        for end in (piece.lower, piece.upper):
            try:
                found.add(piece.limit(end, order))
            except Undecided:
                continue
    return frozenset(found & {sp.oo, -sp.oo})


def _on_piece(
    activation: Activation, piece: Piece, order: int, unbounded: frozenset[sp.Expr]
) -> tuple[Candidate, Candidate]:
    try:
        found = _known(activation, piece, order)
        return negated(largest([*map(negated, found)])), largest(found)
    except Undecided as reason:
        lows, highs = searched(activation, piece, order, reason, unbounded)
        return negated(largest([*map(negated, lows)])), largest(highs)


def _known(activation: Activation, piece: Piece, order: int) -> list[Candidate]:
    """The values among which both extremes on a piece are."""
    if steady(piece, order):
        value = only_value(piece, order)
        return [Candidate(value, constant_ball(value), _inside(piece, activation, order), True)]
    return turns(piece, order) + _ends(activation, piece, order)


def only_value(piece: Piece, order: int) -> sp.Expr:
    """The value of a derivative that is constant on a piece, in its shortest form."""
    expr = piece.derivative(order)
    if X not in expr.free_symbols:
        return expr
    forms = [expr.subs(X, sample(piece))]
    for end in (piece.lower, piece.upper):
        try:
            forms.append(piece.limit(end, order))
        except Undecided:
            continue
    return min(forms, key=lambda e: (len(str(e)), str(e)))


def _inside(piece: Piece, activation: Activation, order: int) -> sp.Expr:
    """The point of a piece nearest to 0, its ends included where the function there is the same."""
    if precedes(piece.lower, sp.S.Zero) and precedes(sp.S.Zero, piece.upper):
        return sp.S.Zero
    near, inward = (piece.lower, 1) if not precedes(piece.lower, sp.S.Zero) else (piece.upper, -1)
    if order or _attained(activation, piece, near):
        return near
    other = piece.upper if inward > 0 else piece.lower
    return near + inward if other.is_infinite or precedes(abs(near - other), sp.S(2)) is False else (near + other) / 2


def _attained(activation: Activation, piece: Piece, end: sp.Expr) -> bool:
    """Is the one-sided limit of g at a finite end its value there?"""
    value = activation(end)
    return value is not None and finite(value) and same(value, piece.limit(end))


def _ends(activation: Activation, piece: Piece, order: int) -> list[Candidate]:
    out = []
    for end in (piece.lower, piece.upper):
        if end.is_infinite and period_of(piece.derivative(order), X) is not None:
            continue  # all values are taken within one period
        value = piece.limit(end, order)
        attained = not end.is_infinite and finite(value) and (order > 0 or _attained(activation, piece, end))
        out.append(Candidate(value, constant_ball(value), end if attained else None, bool(attained)))
    return out
