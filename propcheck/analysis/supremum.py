"""The greatest value by branch and bound over the whole line, where the turns cannot all be found."""

from __future__ import annotations

import math
from heapq import heappop, heappush
from itertools import count, islice

import sympy as sp
from flint import arb, arb_poly, ctx

from propcheck.activation import Activation
from propcheck.analysis.candidate import BOTTOM, TOP, Candidate, largest, negated
from propcheck.analysis.shape import along_sequences
from propcheck.calculus import Undecided
from propcheck.calculus.any_number import rooted
from propcheck.calculus.ball import ball_of, is_known, rational_ball
from propcheck.calculus.chart import inner_points
from propcheck.calculus.form import Form, compile_form, constant_ball
from propcheck.calculus.identity import is_zero
from propcheck.calculus.phase import waves
from propcheck.calculus.signs import STARTS, exact_zero, period_of, signs, weak_sign
from propcheck.calculus.swing import PHASE, level
from propcheck.calculus.tail import germ, outward
from propcheck.language import X
from propcheck.pieces.domain import over_one
from propcheck.pieces.piece import Piece
from propcheck.pieces.values import limit

_FEW_BOXES = 500  # where a number in the form is known by its ends alone
_BOXES = 6000
_PLAIN = 400  # boxes that are enclosed as the formula is written; the others by expansions, dearer and closer
_ORDER = 12  # of these
_SHORT, _LOST = 64, 14  # bits of a short number, and so many lost of it are many
SEEN = 13  # points of a piece at which it is looked how large a function is
_WIDTH = arb(2) ** -46  # relative width of an enclosure by branch and bound
LONGEST = 80  # characters of a closed form worth showing


def turns(piece: Piece, order: int) -> list[Candidate]:
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
            value = None if rooted(zero.at) else expr.subs(X, zero.at)
            ball = compile_form(expr, X, piece.removable).ball(constant_ball(zero.at))
            if value is not None and (rooted(value) or value.has(sp.nan, sp.zoo)):
                value = None
            elif value is not None and len(str(value)) > LONGEST:
                value = _shorter(value)
        out.append(Candidate(value, ball, zero.at, True))
    return out


def _shorter(value: sp.Expr) -> sp.Expr:
    forms = [value, sp.expand(value), sp.together(value), sp.factor_terms(value)]
    return min(forms, key=lambda e: (len(str(e)), str(e)))


# --- branch and bound ------------------------------------------------------------------------------------------------


def searched(
    activation: Activation, piece: Piece, order: int, reason: Undecided, unbounded: frozenset[sp.Expr]
) -> tuple[list[Candidate], list[Candidate]]:
    """Enclosures of the extremes on one piece without knowing where it turns; the unbounded ones are known.

    The least and the greatest value are each one of a few candidates.
    """
    expr = piece.derivative(order)
    lows = [BOTTOM] if -sp.oo in unbounded else [*map(negated, _highest(activation, piece, -expr, order, reason))]
    return lows, [TOP] if sp.oo in unbounded else _highest(activation, piece, expr, order, reason)


def _highest(activation: Activation, piece: Piece, expr: sp.Expr, order: int, reason: Undecided) -> list[Candidate]:
    form = compile_form(expr, X, piece.removable)
    plain = 0 if cancels(form, piece) else _PLAIN
    sides = {end: side for end, side in ((piece.lower, 1), (piece.upper, -1)) if not _regular_end(form, end)}
    moved = [outward(expr, X, end, side) for end, side in sides.items()]
    if any(_grows(far) for far in moved):
        return [TOP]
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
            return [whole]
        top, strict, boxes = _compact_supremum(form, low.lower(), high.upper(), plain)
        if all(tail.ball < top for tail in tails if tail.attained is None):
            inner = order > 0 or strict or not activation.points
            peaks = _peaks(piece, expr, boxes) if strict else None
            return [*(peaks or [Candidate(None, top, None, True if inner else None)]), *levels]
        highest = max([top.upper(), *(tail.ball.upper() for tail in tails)])
        known = all(tail.ball.is_finite() for tail in tails)
        if known and highest - top.lower() < 2 * _WIDTH * (1 + abs(top)):  # if it is only come near to is not told
            return [Candidate(None, ball_of(top.lower(), highest), None, None), *levels]
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


def boundless(piece: Piece, order: int) -> bool:
    """Does a derivative run away, upward or downward, along a sequence that goes to an infinite end of its piece?"""
    ends = [end for end in (piece.lower, piece.upper) if end.is_infinite]
    moved = [outward(piece.derivative(order), X, end, 0) for end in ends]
    return any(_grows(sign * far) for far in moved for sign in (1, -1))


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
    if is_zero(expr.diff(X)):  # waves that make up for each other: sin^2 + cos^2
        value = expr.subs(X, 0)
        return value, constant_ball(value)
    try:
        top = largest(turns(Piece(-sp.oo, sp.oo, expr), 0))
    except Undecided:
        end = expr.subs(X, sp.pi)
        top = largest([*turns(Piece(-sp.pi, sp.pi, expr), 0), Candidate(end, constant_ball(end), sp.pi, True)])
    return top.value, top.ball


def _greatest_of_all(piece: Piece, expr: sp.Expr, tails: list[Candidate]) -> Candidate | None:
    """A level that is come near to, where it is shown that the function never exceeds it.

    It is shown by factors of known sign, or since the function depends on x through waves of one argument alone.
    """
    values = seen(compile_form(expr, X, piece.removable), piece)
    for top in tails:
        if top.value is None or top.attained is False:
            continue
        if any(value > constant_ball(top.value) for value in values):
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
        box = ball_of(left, right)
        bend = form.series(box, 2)[1]
        bend = bend if bend < 0 else _expanded(form, box, box.mid())[1]
        if not bend < 0 or not (form.ball(left) > 0 and form.ball(right) < 0):
            return None
        gap = next((p for p in piece.removable if left < constant_ball(p) < right and limit(slope, p, 1) == 0), None)
        at = gap if gap is not None else exact_zero(slope, X, form, left, right, piece.removable)
        if at is None:
            return None
        exact = None if rooted(at) else limit(expr, at, 1)
        ball = compile_form(expr, X, piece.removable).ball(constant_ball(at)) if exact is None else constant_ball(exact)
        peaks.append(Candidate(exact, ball, at, True))
    return peaks


def cancels(form: Form, piece: Piece) -> bool:
    """Is a function made of terms so much larger than itself that balls over intervals say little of it?

    It is told by the digits that are lost where it is largest, of some points.
    """
    with ctx.workprec(_SHORT):
        values = seen(form, piece)
    known = [value for value in values if value.is_finite()]
    return bool(known) and max(known, key=lambda value: float(value.abs_lower())).rel_accuracy_bits() < _SHORT - _LOST


def seen(form: Form, piece: Piece) -> list[arb]:
    """The values at some points of a piece."""
    return [form.ball(rational_ball(point)) for point in islice(inner_points(piece.lower, piece.upper), SEEN)]


def _regular_end(form: Form, end: sp.Expr) -> bool:
    return not end.is_infinite and all(c.is_finite() for c in form.series(constant_ball(end), 2))


def _compact_supremum(form: Form, low: arb, high: arb, plain: int) -> tuple[arb, bool, list[tuple[arb, arb]]]:
    """A ball around the maximum on [low, high], whether it is taken away from the ends, and where it can be."""
    tops = [form.ball(end) for end in (low, high)]
    best = _lower_of(tops)
    ends = -_lower_of([-top for top in tops])
    order = count()
    heap = [(-math.inf, next(order), low, high)]
    highest = arb.neg_inf()
    last: list[tuple[arb, arb]] = []
    for turn in range(_BOXES if form.settled else _FEW_BOXES):
        if not heap:
            break
        _, _, left, right = heappop(heap)
        box = ball_of(left, right)
        centre = ((left + right) / 2).mid()
        middle = form.ball(centre)
        value, slope = form.series(box, 2) if turn < plain else _expanded(form, box, centre)
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


def _expanded(form: Form, box: arb, centre: arb) -> list[arb]:
    """The value and the slope over a box by an expansion about its centre, in which what cancels has cancelled."""
    around = form.series(box, _ORDER + 1)
    order = max((k for k in range(2, _ORDER + 1) if around[k].is_finite()), default=0)
    if not order:
        return around[:2]
    model = arb_poly([*form.series(centre, order), around[order]])
    return [model(box - centre), model.derivative()(box - centre)]


def _lower_of(balls: list[arb]) -> arb:
    """The largest lower end of those that are known."""
    first, second = (ball.lower() if is_known(ball) else arb.neg_inf() for ball in balls)
    return first if first > second else second
