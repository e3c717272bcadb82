"""The least and the greatest value of the function and of its slope, and where they are attained.

On each piece the zeros of the next derivative are the only places where a turn can be, so the candidates are these, the
one-sided limits at the ends, and the values at breakpoints. Where those zeros cannot all be found, branch and bound
over the whole line encloses the extremes directly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cmp_to_key
from heapq import heappop, heappush
from itertools import count

import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation, Piece, limit, over_one, sample
from propcheck.analysis.scale import at_scale, scale_of
from propcheck.analysis.shape import along_sequences, breakpoints, steady
from propcheck.calculus import Undecided, remembered
from propcheck.calculus.form import (
    INFINITY,
    Form,
    RealRoot,
    ball_of,
    compile_form,
    constant_ball,
    exact_number,
    is_known,
    rational_ball,
    to_number,
)
from propcheck.calculus.phase import waves
from propcheck.calculus.signs import STARTS, exact_zero, period_of, precedes, same, signs, weak_sign
from propcheck.calculus.swing import PHASE, level
from propcheck.calculus.tail import germ, outward
from propcheck.grammar import X
from propcheck.verdict import Fact, Number, Standing, weakest

_BITS = 200
_BOXES = 6000
_WIDTH = arb(2) ** -46  # relative width of an enclosure by branch and bound
_LONGEST = 80  # characters of a closed form worth showing


@dataclass(frozen=True)
class Candidate:
    """A value that the function takes (`attained`) or approaches, and where."""

    value: sp.Expr | None  # exact where known
    ball: arb
    at: sp.Expr | None
    attained: bool | None


_TOP = Candidate(sp.oo, arb.pos_inf(), None, False)
_BOTTOM = Candidate(-sp.oo, arb.neg_inf(), None, False)


def value_range(activation: Activation) -> Fact:
    """inf g and sup g."""
    return _range_fact("range", activation, 0)


def image(activation: Activation) -> Fact | None:
    """The values that the function takes, as intervals with the ends that belong to them.

    It does not arise where the range is one interval, as it is for every continuous function on one interval.
    """
    if _in_one_piece(activation):
        return None
    with ctx.workprec(_BITS):
        unbounded: frozenset[sp.Expr] = frozenset()
        spans = [_on_piece(activation, piece, 0, unbounded) for piece in activation.pieces]
        values = [point.value for point in activation.points if point.value is not None]
        spans += [(at, at) for at in (Candidate(v, constant_ball(v), None, True) for v in values)]
        joined = _united(spans)
    if len(joined) == 1:
        return None
    shown = [[_number(low), _number(high)] for low, high in joined]
    closed = [[bool(low.attained), bool(high.attained)] for low, high in joined]
    standing = weakest(*(end.standing for ends in shown for end in ends))
    return Fact("image", standing, {"intervals": shown, "closed": closed})


def _in_one_piece(activation: Activation) -> bool:
    """Is the domain one interval, and the function continuous on it?"""
    for point, left, right in breakpoints(activation.pieces, activation.points):
        if left is None or right is None:
            continue
        sides = (limit(left.expr, point.at, -1), limit(right.expr, point.at, 1))
        if point.value is None or not all(side.is_finite and same(side, point.value) for side in sides):
            return False
    gaps = [gap for gap in activation.undefined if gap[0] is not -sp.oo and gap[1] is not sp.oo]
    return not gaps


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
    return _range_fact("derivative_range", activation, 1)


def lipschitz(activation: Activation) -> Number:
    """sup abs g'; infinite for a function that jumps."""
    for point, left, right in breakpoints(activation.pieces, activation.points):
        if left is None or right is None:
            continue
        sides = [limit(left.expr, point.at, -1), limit(right.expr, point.at, 1)]
        sides += [] if point.value is None else [point.value]
        if not all(side.is_finite and same(side, sides[0]) for side in sides):
            return INFINITY
    low, high = extremes(activation, 1)
    for end in (low, high):
        if end.value is not None and end.value.is_infinite:
            return INFINITY
    top = _largest([_negated(low), high])
    return _number(top)


def _range_fact(key: str, activation: Activation, order: int) -> Fact:
    low, high = extremes(activation, order)
    fields = {
        "inf": _number(low),
        "sup": _number(high),
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
    return exact_number(end.at, Standing.ENCLOSED if end.at.has(RealRoot) else Standing.PROVED)


def _number(end: Candidate) -> Number:
    if end.value is not None and end.value.is_infinite:
        return exact_number(end.value)
    if end.value is not None and not end.value.has(RealRoot) and len(str(end.value)) <= _LONGEST:
        return exact_number(end.value)
    return to_number(end.ball)


@remembered
def extremes(activation: Activation, order: int) -> tuple[Candidate, Candidate]:
    """The infimum and the supremum of the derivative of this order over the domain, found at its scale."""
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
            return _BOTTOM, _TOP
        lows: list[Candidate] = []
        highs: list[Candidate] = []
        for piece in activation.pieces:
            low, high = _on_piece(activation, piece, order, unbounded)
            lows.append(low)
            highs.append(high)
        if order == 0:
            for point in activation.points:
                if point.value is not None:
                    at = Candidate(point.value, constant_ball(point.value), point.at, True)
                    lows.append(at)
                    highs.append(at)
        return _negated(_largest([_negated(low) for low in lows])), _largest(highs)


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


def _negated(end: Candidate) -> Candidate:
    return Candidate(None if end.value is None else -end.value, -end.ball, end.at, end.attained)


def _largest(candidates: list[Candidate]) -> Candidate:
    """The largest candidate; equal ones are joined, attained when one of them is."""
    if not all(is_known(candidate.ball) for candidate in candidates):
        raise Undecided("a value that is not enclosed")
    best = candidates[0]
    for other in candidates[1:]:
        if other.ball > best.ball:
            best = other
        elif not best.ball > other.ball:
            best = _joined(best, other)
    return best


def _joined(one: Candidate, two: Candidate) -> Candidate:
    """The larger of two candidates whose balls overlap."""
    if one.value is not None and two.value is not None:
        if same(one.value, two.value):
            better = two if (two.attained and (not one.attained or _nearer(two.at, one.at))) else one
            value = min(one.value, two.value, key=lambda e: (len(str(e)), str(e)))
            return Candidate(value, better.ball, better.at, one.attained or two.attained)
        return two if precedes(one.value, two.value) else one
    low = one.ball.lower() if one.ball.lower() > two.ball.lower() else two.ball.lower()
    high = one.ball.upper() if one.ball.upper() > two.ball.upper() else two.ball.upper()
    attained = one.attained if one.attained == two.attained else None
    return Candidate(None, ball_of(low, high), None, attained)


def _nearer(one: sp.Expr | None, two: sp.Expr | None) -> bool:
    """Is the first place nearer to 0? Of several places the nearest is reported, the positive one of two equals."""
    if one is None or two is None:
        return two is None
    first, second = abs(constant_ball(one)), abs(constant_ball(two))
    return bool(first < second) or (not second < first and bool(constant_ball(one) > constant_ball(two)))


def _on_piece(
    activation: Activation, piece: Piece, order: int, unbounded: frozenset[sp.Expr]
) -> tuple[Candidate, Candidate]:
    if steady(piece, order):
        value = _only_value(piece, order)
        inside = Candidate(value, constant_ball(value), _inside(piece, activation, order), True)
        return inside, inside
    try:
        found = _turns(piece, order) + _ends(activation, piece, order)
        return _negated(_largest([_negated(c) for c in found])), _largest(found)
    except Undecided as reason:
        return _searched(activation, piece, order, reason, unbounded)


def _only_value(piece: Piece, order: int) -> sp.Expr:
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
    return value is not None and value.is_finite and same(value, piece.limit(end))


def _ends(activation: Activation, piece: Piece, order: int) -> list[Candidate]:
    out = []
    for end in (piece.lower, piece.upper):
        if end.is_infinite and period_of(piece.derivative(order), X) is not None:
            continue  # all values are taken within one period
        value = piece.limit(end, order)
        attained = end.is_finite and value.is_finite and (order > 0 or _attained(activation, piece, end))
        out.append(Candidate(value, constant_ball(value), end if attained else None, bool(attained)))
    return out


def _turns(piece: Piece, order: int) -> list[Candidate]:
    """The values at the interior points where the derivative changes sign."""
    chart = piece.chart(piece.derivative(order + 1))
    expr = piece.derivative(order)
    if chart.period is not None and chart.zeros and period_of(expr, X) is None:
        raise Undecided("a slope that is periodic with a function that is not")
    out = []
    for zero in chart.zeros:
        if zero.order % 2 == 0:
            continue
        if zero.at in piece.removable:
            value = limit(expr, zero.at, 1)
            ball = constant_ball(value)
        else:
            value = None if zero.at.has(RealRoot) else expr.subs(X, zero.at)
            ball = compile_form(expr, X, piece.removable).ball(constant_ball(zero.at))
            if value is not None and value.has(RealRoot, sp.nan, sp.zoo):
                value = None
            elif value is not None and len(str(value)) > _LONGEST:
                value = _shorter(value)
        out.append(Candidate(value, ball, zero.at, True))
    return out


def _shorter(value: sp.Expr) -> sp.Expr:
    forms = [value, sp.expand(value), sp.together(value), sp.factor_terms(value)]
    return min(forms, key=lambda e: (len(str(e)), str(e)))


# --- branch and bound ------------------------------------------------------------------------------------------------


def _searched(
    activation: Activation, piece: Piece, order: int, reason: Undecided, unbounded: frozenset[sp.Expr]
) -> tuple[Candidate, Candidate]:
    """Enclosures of the extremes on one piece without knowing where it turns; the unbounded ones are known."""
    expr = piece.derivative(order)
    low = _BOTTOM if -sp.oo in unbounded else _negated(_supremum(activation, piece, -expr, order, reason))
    return low, _TOP if sp.oo in unbounded else _supremum(activation, piece, expr, order, reason)


def _supremum(activation: Activation, piece: Piece, expr: sp.Expr, order: int, reason: Undecided) -> Candidate:
    form = compile_form(expr, X, piece.removable)
    sides = {end: side for end, side in ((piece.lower, 1), (piece.upper, -1)) if not _regular_end(form, end)}
    moved = [outward(expr, X, end, side) for end, side in sides.items()]
    if any(_grows(far) for far in moved):
        return _TOP
    for start in STARTS:
        try:
            tails = [_tail(far, start) for far in moved]
        except Undecided:
            continue
        low = _cut(piece.lower, start * (piece.lower in sides), 1)
        high = _cut(piece.upper, start * (piece.upper in sides), -1)
        if not low < high:
            continue
        levels = [tail for tail in tails if tail.attained is not None]
        whole = _greatest_of_all(piece, expr, tails)
        if whole is not None:
            return whole
        top, strict, boxes = _compact_supremum(form, low.lower(), high.upper())
        if all(tail.ball < top for tail in tails if tail.attained is None):
            inner = order > 0 or strict or not activation.points
            peaks = _peaks(piece, expr, boxes) if strict else None
            return _largest([*(peaks or [Candidate(None, top, None, True if inner else None)]), *levels])
    raise reason


def _cut(end: sp.Expr, start: int, inward: int) -> arb:
    """Where the part before an end is cut off that is known from `start` on; the end itself where `start` is 0."""
    if end.is_infinite:
        return arb(-inward * start)
    return constant_ball(end) + (arb(inward) / start if start else 0)


def _grows(expr: sp.Expr) -> bool:
    """Is an expression unbounded above as x -> oo?"""
    try:
        return limit(expr, sp.oo, -1) is sp.oo
    except Undecided:
        return any(value is sp.oo for value in along_sequences(expr))


def _tail(expr: sp.Expr, start: int) -> Candidate:
    """The supremum beyond `start`; with `attained` None a bound of it, beside the level that is come near to."""
    found = level(expr, X, start, _greatest_of_period)
    if found is not None and found.attained is not None:
        return Candidate(found.value, found.ball, None, found.attained)
    bound = germ(expr, X, start).bounds()[1]
    return Candidate(found.value, bound.min(found.ball), None, None) if found else Candidate(None, bound, None, None)


def _greatest_of_period(expr: sp.Expr) -> tuple[sp.Expr | None, arb]:
    """The greatest value of a function of the phase."""
    expr = expr.xreplace({PHASE: X})
    try:
        top = _largest(_turns(Piece(-sp.oo, sp.oo, expr), 0))
    except Undecided:
        end = expr.subs(X, sp.pi)
        top = _largest([*_turns(Piece(-sp.pi, sp.pi, expr), 0), Candidate(end, constant_ball(end), sp.pi, True)])
    return top.value, top.ball


def _greatest_of_all(piece: Piece, expr: sp.Expr, tails: list[Candidate]) -> Candidate | None:
    """A level that is come near to, where it is shown that the function never exceeds it.

    It is shown by factors of known sign, or since the function depends on x through waves of one argument alone.
    """
    for top in tails:
        if top.value is None or top.attained is False:
            continue
        try:
            every = waves(expr, X, lambda arg: True)
        except Undecided:
            every = None
        if top.attained and every is not None and every.driver is not None and X not in every.expr.free_symbols:
            return top
        try:
            if weak_sign(top.value - expr, X, piece.lower, piece.upper) > 0:
                taken = top.attained or _vanishes_for_ever(top.value - expr, piece) or None
                return Candidate(top.value, constant_ball(top.value), None, taken)
        except Undecided:
            continue
    return None


def _vanishes_for_ever(expr: sp.Expr, piece: Piece) -> bool:
    """Is one factor periodic with zeros, while no denominator is periodic?"""
    found = False
    for part in sp.Mul.make_args(sp.factor_terms(sp.together(expr))):
        base, power = part.as_base_exp()
        if X in base.free_symbols and period_of(base, X) is not None:
            if not power.is_positive:
                return False
            found |= bool(signs(base, X, piece.lower, piece.upper).zeros)
    return found


def _peaks(piece: Piece, expr: sp.Expr, boxes: list[tuple[arb, arb]]) -> list[Candidate] | None:
    """The turning points that the last boxes close in on, where each group of boxes holds just one."""
    groups: list[tuple[arb, arb]] = []
    for left, right in sorted(boxes, key=lambda box: float(box[0])):
        if groups and not groups[-1][1] < left:
            groups[-1] = (groups[-1][0], right if right > groups[-1][1] else groups[-1][1])
        else:
            groups.append((left, right))
    slope = over_one(expr.diff(X)) if piece.removable else expr.diff(X)
    form = compile_form(slope, X, piece.removable)
    peaks = []
    for left, right in groups:
        reach = right - left
        left, right = (left - reach).mid(), (right + reach).mid()
        bend = form.series(ball_of(left, right), 2)[1]
        if not bend < 0 or not (form.ball(left) > 0 and form.ball(right) < 0):
            return None
        gap = next((p for p in piece.removable if left < constant_ball(p) < right and limit(slope, p, 1) == 0), None)
        at = gap if gap is not None else exact_zero(slope, X, form, left, right, piece.removable)
        if at is None:
            return None
        exact = None if at.has(RealRoot) else limit(expr, at, 1)
        ball = compile_form(expr, X, piece.removable).ball(constant_ball(at)) if exact is None else constant_ball(exact)
        peaks.append(Candidate(exact, ball, at, True))
    return peaks


def _regular_end(form: Form, end: sp.Expr) -> bool:
    return not end.is_infinite and all(c.is_finite() for c in form.series(constant_ball(end), 2))


def _compact_supremum(form: Form, low: arb, high: arb) -> tuple[arb, bool, list[tuple[arb, arb]]]:
    """A ball around the maximum on [low, high], whether it is taken away from the ends, and where it can be."""
    tops = [form.ball(end) for end in (low, high)]
    best = _lower_of(tops)
    ends = -_lower_of([-top for top in tops])
    order = count()
    heap = [(-math.inf, next(order), low, high)]
    highest = arb.neg_inf()
    last: list[tuple[arb, arb]] = []
    for _ in range(_BOXES):
        if not heap:
            break
        _, _, left, right = heappop(heap)
        box = ball_of(left, right)
        value, slope = form.series(box, 2)
        centre = ((left + right) / 2).mid()
        middle = form.ball(centre)
        if middle.is_finite() and middle.lower() > best:
            best = middle.lower()
        top = value.upper() if value.is_finite() else arb.pos_inf()
        if slope.is_finite():
            mean = (middle + slope * (box - centre)).upper()
            top = mean if mean < top else top
            if not slope.contains(0) and left > low and right < high:
                continue
        if top < best:
            continue
        if top - best < _WIDTH * (1 + abs(best)):
            highest = top if top > highest else highest
            last.append((left, right))
            continue
        for part in ((left, centre), (centre, right)):
            heappush(heap, (-float(top), next(order), *part))
    else:
        raise Undecided("the greatest value within the limit of boxes")
    return ball_of(best, highest if highest > best else best), bool(ends < best), last


def _lower_of(balls: list[arb]) -> arb:
    """The largest lower end of those that are known."""
    first, second = (ball.lower() if is_known(ball) else arb.neg_inf() for ball in balls)
    return first if first > second else second
