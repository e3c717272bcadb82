"""Claims that are decided from the pieces: formulas, values, slopes and comparisons of slopes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any

import sympy as sp
from flint import ctx

from propcheck.activation import Activation, from_expression
from propcheck.calculus import Undecided
from propcheck.calculus.ball import rational_ball
from propcheck.calculus.chart import inner_point, inner_points
from propcheck.calculus.form import compile_form
from propcheck.calculus.identity import is_zero
from propcheck.calculus.number import exact_number
from propcheck.calculus.signs import constant_sign, precedes, same, signs
from propcheck.claims import derivative, tolerance
from propcheck.claims.finding import AGREES, CONTRADICTS, OPEN, Case, Finding, same_number, undecided
from propcheck.claims.proof import PROVED, REFUTED, apart, span_text
from propcheck.criteria.reading import told
from propcheck.language import X, show
from propcheck.pieces.piece import Piece, piece_beside
from propcheck.pieces.values import limit, value_at
from propcheck.spec import Claim, Interval
from propcheck.spec.data import GIVEN
from propcheck.truth import UNDECIDED, Truth, all_of
from propcheck.verdict import InputError

ORDERS = {"derivative": 1, "derivative_2": 2, "antiderivative": -1}  # claims on a formula
_MOST_DEGREE = 100  # of a polynomial that is looked for
_WITNESSES = 7  # points inside an interval that are tried to refute an equation


# ---------------------------------------------------------------------------------------------- decided from the pieces


def _derivative(case: Case) -> Finding:
    return of_formula(case.activation, case.claim, ORDERS[case.claim.key])


def of_formula(activation: Activation, claim: Claim, order: int) -> Finding:
    """The finding on a stated derivative of this order (-1: antiderivative) of the claim's activation.

    It is meant for all parameters but those that the claim names; those of a bare expression have the values that they
    were given, where they have no range.
    """
    bare = activation.spec is not None and activation.spec.source == GIVEN
    stated = derivative.read(activation, str(claim.value))
    chosen = [item.name for item in activation.parameters if item.range is None]
    proof = derivative.prove(activation, stated, order, held=chosen if bare else claim.at)
    outcome = {PROVED: AGREES, REFUTED: CONTRADICTS}.get(proof.outcome, OPEN)
    reason = "not decided" if outcome == OPEN else ""
    if activation.on is not None and outcome == AGREES:
        proof = replace(proof, text=f"{proof.text} on {span_text(*activation.on)}")
    found = Finding(claim, outcome, str(proof), proof.standing, reason, proof)
    if outcome != AGREES and claim.within and order > 0:
        return tolerance.of_derivative(activation, stated, order, found)
    return found


def _equals(case: Case) -> Finding:
    """Is g the stated function where the claim is meant, or as near to it as the claim says?"""
    found = _equal(case)
    if found.outcome == AGREES or not case.claim.within or any(name != "x" for name in case.claim.at):
        return found
    return tolerance.of_function(case.activation, case.function(str(case.claim.value)), case.intervals(), found)


def _equal(case: Case) -> Finding:
    limits = {name: text for name, text in case.claim.at.items() if name != "x" and case.number(text).is_infinite}
    meant = _limit(case, limits) if limits else case.activation
    stated = case.function(str(case.claim.value))
    found = []
    for lower, upper, (left, right) in _stretches(case.intervals(), meant, stated):
        found.append(show(left.expr))
        difference = left.expr - right.expr
        if is_zero(difference):
            continue
        witness = _nonzero(difference, lower, upper)
        if witness is None:
            raise Undecided(f"whether {show(left.expr)} is {show(right.expr)} on ({lower}, {upper})")
        return case.shown(False, f"{show(left.expr)} on ({lower}, {upper})", reason=f"they differ at x = {witness}")
    for point in _breaks(case.intervals(), meant, stated):
        mine, other = (value_at(function.bound, point) for function in (meant, stated))
        if mine is None or other is None:
            raise Undecided(f"whether the two are equal at {point}")
        if not same_number(mine, other):
            return case.shown(False, f"{mine} at {point}", reason=f"they differ at x = {point}")
    return case.shown(True, found[0] if len(set(found)) == 1 else show(meant.bound))


def _limit(case: Case, limits: Mapping[str, str]) -> Activation:
    """The pointwise limit of a function of x and one product p x times x, as the parameter p goes to infinity.

    With x = s u, u > 0, and p = t/u such a function is u q(t), so that the limit for x of sign s is u lim q.
    """
    if len(limits) != 1:
        raise Undecided("a limit in several parameters at once")
    ((name, text),) = limits.items()
    parameter, u = case.symbols[name], sp.Symbol("u", positive=True)
    t = X if case.number(text) is sp.oo else -X
    others = {case.symbols[other]: value for other, value in case.activation.values.items() if other != name}
    expr = case.activation.expression.xreplace(others)
    at_zero = expr.subs(X, 0)
    halves = []
    for side in (1, -1):
        part = sp.Symbol("t")
        scaled: Any = expr.subs({X: side * u, parameter: part / u}, simultaneous=True) / u
        if scaled.has(u) or at_zero.has(parameter):
            raise Undecided(f"the limit of {show(expr)} as {name} goes to {text}")
        halves.append(side * X * limit(scaled.xreplace({part: t}), sp.oo, 1))
    joined = sp.Piecewise((halves[0], sp.Gt(X, 0)), (halves[1], sp.Lt(X, 0)), (at_zero, True), evaluate=False)
    return from_expression(joined, case.activation.name)


def _value_at(case: Case) -> Finding:
    """The value at a point."""
    if "x" not in case.claim.at:
        raise InputError("a claim on value says at which x it is meant: at = {x = 0}")
    found = case.activation(case.number(case.claim.at["x"]))
    if found is None:
        return case.shown(False, "not defined")
    return case.shown(same_number(found, case.number(case.claim.value)), told(exact_number(found)))


def _slope(case: Case) -> Finding:
    """The slope at a point: one-sided, or on both sides where g is continuous and they are equal."""
    if "x" not in case.claim.at:
        raise InputError(f"a claim on {case.claim.key} says at which x it is meant: at = {{x = 0}}")
    at, stated = case.number(case.claim.at["x"]), case.number(case.claim.value)
    sides = {"slope.left": (-1,), "slope.right": (1,)}.get(case.claim.key, (-1, 1))
    pieces = [_beside(case.activation, at, side) for side in sides]
    slopes = [limit(piece.derivative(), at, side) for piece, side in zip(pieces, sides, strict=True)]
    shown = [told(exact_number(slope)) for slope in slopes]
    if len(sides) == 2:
        values = [limit(piece.expr, at, side) for piece, side in zip(pieces, sides, strict=True)]
        value = value_at(case.activation.bound, at)
        if value is None or not all(same_number(value, other) for other in values):
            return case.shown(False, "no slope", reason=f"not continuous at {at}")
        if not same_number(*slopes):
            return case.shown(False, "no slope", reason=f"{shown[0]} on the left, {shown[1]} on the right")
    return case.shown(same_number(slopes[0], stated), shown[0])


def _slope_at_most(case: Case) -> Finding:
    most = case.number(case.claim.value)
    for lower, upper, (piece,) in _stretches(case.intervals(), case.activation):
        for sign in (1, -1):
            room = most - sign * piece.derivative()
            witness = _where(room, lower, upper, piece.removable, {-1})
            if witness is not None:
                found, _ = _told_apart(_value(piece, 1, witness), sign * most)
                return case.shown(False, f"slope {found} at x = {witness}")
    return case.shown(True, f"abs slope at most {case.claim.value} throughout")


def _slope_above(case: Case) -> Finding:
    return _compared(case, 1, lambda piece: piece.derivative(), "slope")


def _slope_falls_faster(case: Case) -> Finding:
    return _compared(case, 2, lambda piece: piece.derivative(2) ** 2, "abs slope of the slope")


def _compared(case: Case, order: int, size: Callable[[Piece], sp.Expr], noun: str) -> Finding:
    """Is the size of a derivative above that of the stated function's wherever the claim is meant?"""
    other = case.function(str(case.claim.value))
    included = _breaks(case.intervals(), case.activation, other)
    for lower, upper, pair in _stretches(case.intervals(), case.activation, other):
        lead = size(pair[0]) - size(pair[1])
        witness = _where(lead, lower, upper, (*pair[0].removable, *pair[1].removable), {-1, 0})
        if witness is not None:
            mine, theirs = _told_apart(*(_value(piece, order, witness) for piece in pair))
            reason = f"{theirs} for {other.title}" if other.bound.has(X) else ""
            return case.shown(False, f"{noun} {mine} at x = {witness}", reason)
        for end, side in ((lower, 1), (upper, -1)):
            if any(same(end, point) for point in included) and constant_sign(limit(lead, end, side)) <= 0:
                raise Undecided(f"the two meet at {end}")
    return case.shown(True, f"{noun} above that of {other.title} throughout")


def _slope_outlasts(case: Case) -> Finding:
    """Does g' over the slope of the stated function grow without bound on both sides?"""
    other = case.function(str(case.claim.value))
    shown, truths, reasons = [], [], []
    for end, side in ((-sp.oo, "left"), (sp.oo, "right")):
        try:
            found = limit(_slope_ratio(case.activation, other, end, side), end, 1)
        except Undecided as reason:
            shown.append(f"? on the {side}")
            truths.append(UNDECIDED)
            reasons.append(str(reason))
        else:
            shown.append(f"{told(exact_number(found))} on the {side}")
            truths.append(Truth(bool(found.is_infinite)))
    return case.finding(all_of(truths), f"the ratio of slopes tends to {', '.join(shown)}", reason="; ".join(reasons))


def _slope_ratio(one: Activation, other: Activation, end: sp.Expr, side: str) -> sp.Expr:
    """g' over the slope of another function, far out on one side."""
    slopes = []
    for function in (one, other):
        reaching = [piece for piece in function.pieces if end in (piece.lower, piece.upper)]
        if not reaching:
            raise Undecided(function.trouble or f"{function.title} is not defined far out on the {side}")
        slopes.append(reaching[0].derivative())
    if is_zero(slopes[1]) is not False:
        raise Undecided(f"the slope of {other.title} far out on the {side} is 0, or not told apart from it")
    return slopes[0] / slopes[1]


def _piecewise_linear(case: Case) -> Finding:
    zero = [Truth(piece.is_zero(piece.derivative(2))) for piece in case.activation.pieces]
    linear = all_of(zero) if zero else UNDECIDED
    found = "" if linear == UNDECIDED else f"{'linear' if linear.value else 'not linear'} on {len(zero)} pieces"
    return case.finding(linear.matches(bool(case.claim.value)), found)


def _degree_at_most(case: Case) -> Finding:
    """Is g one polynomial of at most this degree? On each piece it is where the next derivative is 0."""
    most, function = int(str(case.claim.value)), case.activation
    if function.trouble or not function.pieces:
        raise Undecided(function.trouble or f"{function.name} is defined nowhere")
    if most > _MOST_DEGREE:
        raise Undecided(f"degrees above {_MOST_DEGREE}")
    if function.undefined:
        return case.shown(False, "none", "not defined on the whole line")
    for piece in function.pieces:
        flat = piece.is_zero(piece.derivative(most + 1))
        if flat is None:
            raise Undecided(f"whether the derivative of order {most + 1} is 0")
        if not flat:
            return case.shown(False, f"none of degree {most}", f"the derivative of order {most + 1} is not 0")
    first = function.pieces[0].expr
    for piece in function.pieces[1:]:
        same_formula = piece.is_zero(piece.expr - first)
        if same_formula is None:
            raise Undecided(f"whether {show(first)} is {show(piece.expr)}")
        if not same_formula:
            return case.shown(False, "none", f"it is put together of {len(function.pieces)} pieces")
    if function.noise is not None:  # a polynomial for every draw would have a mean that is one
        raise Undecided("whether a random function is a polynomial")
    for point in function.points:
        if point.value is None or not same_number(point.value, first.subs(X, point.at)):
            return case.shown(False, "none", f"its value at {show(point.at)} is not that of {show(first)}")
    return case.shown(True, show(first))


def _prose(case: Case) -> Finding:
    return undecided(case.claim, "not a question that the formula decides")


# Questions by key, decided from the pieces.
OF_THE_FORMULA: dict[str, Callable[[Case], Finding]] = {
    **dict.fromkeys(ORDERS, _derivative),
    "value": _value_at,
    "equals": _equals,
    "slope": _slope,
    "slope.left": _slope,
    "slope.right": _slope,
    "slope_at_most": _slope_at_most,
    "slope_above": _slope_above,
    "slope_falls_faster_than": _slope_falls_faster,
    "slope_outlasts": _slope_outlasts,
    "piecewise_linear": _piecewise_linear,
    "degree_at_most": _degree_at_most,
    "prose": _prose,
}


# ---------------------------------------------------------------------------------------------- pieces on intervals


def _stretches(
    intervals: Iterable[Interval], *functions: Activation
) -> Iterator[tuple[sp.Expr, sp.Expr, tuple[Piece, ...]]]:
    """The open intervals, cut to `intervals`, on which each of the functions is one expression."""
    for span in intervals:
        yield from _refined(span.lower, span.upper, functions)


def _refined(
    lower: sp.Expr, upper: sp.Expr, functions: Sequence[Activation]
) -> Iterator[tuple[sp.Expr, sp.Expr, tuple[Piece, ...]]]:
    if not functions:
        yield lower, upper, ()
        return
    first, *rest = functions
    if first.trouble or not first.pieces:
        raise Undecided(first.trouble or f"{first.name} is defined nowhere")
    for gap in first.undefined:
        if precedes(lower, gap[1]) and precedes(gap[0], upper):
            raise Undecided(f"{first.name} is not defined on all of ({lower}, {upper})")
    for piece in first.pieces:
        if part := piece.within(lower, upper):
            for inner_low, inner_high, others in _refined(*part, rest):
                yield inner_low, inner_high, (piece, *others)


def _breaks(intervals: Iterable[Interval], *functions: Activation) -> list[sp.Expr]:
    """The breakpoints of the functions that lie in the intervals, and the ends that belong to them."""
    points = []
    for span in intervals:
        points += [end for end, closed in ((span.lower, span.lower_closed), (span.upper, span.upper_closed)) if closed]
        for point in chain.from_iterable(function.points for function in functions):
            if precedes(span.lower, point.at) and precedes(point.at, span.upper):
                points.append(point.at)
    return points


def _beside(activation: Activation, at: sp.Expr, side: int) -> Piece:
    piece = piece_beside(activation.pieces, at, side)
    if piece is None:
        raise Undecided(f"{activation.name} is not defined beside {at}")
    return piece


def _where(
    expr: sp.Expr, lower: sp.Expr, upper: sp.Expr, removable: Sequence[sp.Expr], wanted: set[int]
) -> sp.Expr | None:
    """A point of (lower, upper) at which the expression has one of the wanted signs; None where there is none.

    Where a chart of the signs is not to be had, a few points are tried: one of them may be enough.
    """
    try:
        return _on_chart(expr, lower, upper, removable, wanted)
    except Undecided:
        form = compile_form(expr, X)
        with ctx.workprec(200):
            for point in islice(inner_points(lower, upper), 2 * _WITNESSES + 1):
                ball = form.ball(rational_ball(point)) if point.is_Rational else None
                if ball is not None and ball.is_finite() and not ball.contains(0) and (1 if ball > 0 else -1) in wanted:
                    return point
        raise


def _on_chart(
    expr: sp.Expr, lower: sp.Expr, upper: sp.Expr, removable: Sequence[sp.Expr], wanted: set[int]
) -> sp.Expr | None:
    chart = signs(expr, X, lower, upper, removable)
    if chart.period is not None and not wanted.isdisjoint(chart.all_signs | ({0} if chart.zeros else set())):
        if 0 in wanted and chart.zeros and lower is -sp.oo and upper is sp.oo:
            return chart.zeros[0].at
        raise Undecided(f"where {show(expr)} changes its sign, again and again")
    cuts = [lower, *(zero.at for zero in chart.zeros), upper]
    for place, sign in enumerate(chart.signs):
        if sign in wanted:
            return inner_point(cuts[place], cuts[place + 1])
    return chart.zeros[0].at if 0 in wanted and chart.zeros else None


def _nonzero(expr: sp.Expr, lower: sp.Expr, upper: sp.Expr) -> sp.Rational | None:
    """A rational point of (lower, upper) at which the expression is not 0, proved by a ball."""
    form = compile_form(expr, X)
    point = inner_point(lower, upper)
    with ctx.workprec(200):
        for _ in range(_WITNESSES):
            ball = form.ball(rational_ball(point))
            if ball.is_finite() and not ball.contains(0):
                return point
            point = inner_point(point, upper)
    return None


def _value(piece: Piece, order: int, at: sp.Expr) -> sp.Expr:
    """The derivative of this order at a point inside the piece."""
    return limit(piece.derivative(order), at, 1)


def _told_apart(one: sp.Expr, other: sp.Expr) -> tuple[str, str]:
    """Two numbers, in as many digits as show that they differ where they do."""
    short = told(exact_number(one)), told(exact_number(other))
    return short if short[0] != short[1] or same(one, other) else apart(one, other)
