"""The facts of a function with endless kinks and no period, as tanh(x) + abs(sin(x))/10 and max(sin(x), tanh(x)) are.

A stretch of it refutes: two slopes of different sign, two points that are no mirror images. What is told of the whole
line is told of a sum p + w, where p comes back and w has finitely many pieces: near 0 by the pieces of the sum, and far
out by p and w apart. There p + w lies between the sums of their extremes; and since p comes back for ever, the greatest
value of p beside a limit of w is come near to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import sympy as sp
from flint import ctx

from propcheck.activation import Activation, from_expression
from propcheck.analysis import course, ends, extent, flat, output, shape, waves
from propcheck.analysis import zeros as roots
from propcheck.analysis.candidate import TOP, Candidate, largest, negated
from propcheck.analysis.parts import parts_of
from propcheck.analysis.window import MOST_PIECES
from propcheck.calculus import Undecided, local
from propcheck.calculus.ball import INFINITY
from propcheck.calculus.form import constant_ball
from propcheck.calculus.number import exact_number
from propcheck.calculus.signs import precedes, same, signs
from propcheck.language import X
from propcheck.language.functions import HEADS
from propcheck.language.stairs import Stair
from propcheck.pieces.piece import Piece
from propcheck.pieces.values import chooses
from propcheck.pieces.wave import Wave
from propcheck.verdict import Fact, Number, Standing

_BITS = 200
_CLOSE, _NEAR = sp.Integer(3), sp.Integer(8)  # how far a stretch reaches on both sides that may refute
_REACHES = (4, 12, 40)  # how far the pieces of the sum are looked at, beside the breakpoints of w
_WHOLE = (sp.Add, sp.Mul, sp.Pow, sp.Abs, sp.Max, sp.Min, sp.sign, sp.Heaviside, Stair, *HEADS)  # of any argument


def _stretch(activation: Activation) -> Activation:
    """The function near 0, a period of what comes back in it."""
    reach = _NEAR
    with suppress(Undecided):
        reach = sp.Max(reach, sp.ceiling(parts_of(activation).length))
    return activation.seen(-reach, reach)


@dataclass(frozen=True)
class _Cut:
    """The sum near 0, and w beyond, on the left and on the right."""

    near: Activation
    far: tuple[Activation, Activation]


def _cuts(activation: Activation, rest: Activation) -> Iterator[_Cut]:
    """The line cut in three, farther and farther out; all breakpoints of w lie in the middle."""
    parts = parts_of(activation)
    ends_ = [abs(point.at) for point in parts.rest.points]
    least = max((int(sp.ceiling(end)) for end in ends_), default=0)
    pieces = len(parts.periods.pieces)
    for reach in _REACHES:
        far = sp.Integer(least + max(reach, int(sp.ceiling(parts.length))))
        if float(far / parts.length) * pieces > MOST_PIECES:
            return
        yield _Cut(activation.seen(-far, far), (rest.within(-sp.oo, -far), rest.within(far, sp.oo)))


def _whole(activation: Activation) -> None:
    """Raises where the function jumps."""
    parts = parts_of(activation)
    if not (extent.in_one_piece(parts.periods) and extent.in_one_piece(parts.rest)):
        raise Undecided("a function that jumps again and again, and does not come back")


# --- what a stretch refutes, and the whole line ----------------------------------------------------------------------


def domain(activation: Activation) -> Fact:
    """Where is the function not a real number? It is so nowhere where all that it asks of its parts is shown."""
    with suppress(Undecided):
        parts_of(activation)
        return Fact("domain", Standing.PROVED, {"undefined": []})
    if activation.undefined or activation.conditions:
        raise Undecided(activation.trouble)
    nodes = [node for node in sp.preorder_traversal(activation.bound) if X in node.free_symbols and node != X]
    if not all(isinstance(node, _WHOLE) for node in nodes):
        raise Undecided(activation.trouble)
    asked = local.conditions(activation.bound, X)
    for _, kind, u in (item for item in asked if not (item[1] == "nonnegative" and item[2].is_nonnegative)):
        chart = None if chooses(u) else signs(u, X, -sp.oo, sp.oo)
        if chart is None or chart.zeros or (kind != "nonzero" and chart.all_signs != {1}):
            raise Undecided(activation.trouble)
    return Fact("domain", Standing.PROVED, {"undefined": []})


def smoothness(activation: Activation) -> Fact:
    """How many derivatives are continuous? The kinks of one period, where w has none that stand out.

    They come back with as large a jump, and not with the same slopes. The class is told beside kinks of w too: where p
    has kinks it has them again elsewhere, so that none of w makes up for all of them.
    """
    parts = parts_of(activation)
    wave, own = parts.wave, _kinks(parts.periods)
    for at, kink in _kinks(parts.rest):
        met = [other["order"] for place, other in own if same(place, _moved(at, wave))]
        if not met or met[0] >= kink["order"]:
            fields = shape.smooth_fields([item for _, item in (*own, *_kinks(parts.rest))])
            reason = f"endlessly many kinks that come back after {wave.length}, and one at {at} that does not"
            return Fact("smoothness", Standing.OPEN, {"class": fields["class"]}, reason)
    kinks = [kink for at, kink in _kinks(activation.seen(*wave.around)) if wave.chosen(at)]
    again = {"period": exact_number(wave.length), "drifts": True} if kinks else {}
    return Fact("smoothness", Standing.PROVED, shape.smooth_fields(kinks) | again)


def _kinks(near: Activation) -> list[tuple[sp.Expr, dict]]:
    """The kinks inside an interval, by their places."""
    inner = (place for place in shape.breakpoints(near.pieces, near.points) if all(place))
    return [(place[0].at, kink) for place in inner if (kink := shape.kink_at(*place)) is not None]


def _moved(at: sp.Expr, wave: Wave) -> sp.Expr:
    """The place in the period that is named which is whole periods off."""
    with ctx.workprec(_BITS):
        turns = constant_ball((at - wave.start) / wave.length).mid().floor().unique_fmpz()
    if turns is None:
        raise Undecided(f"how many periods off {at} is cannot be written")
    moved = at - int(turns) * wave.length
    steps = (moved + k * wave.length for k in (-1, 0, 1))
    return next(place for place in steps if not precedes(place, wave.start) and precedes(place, wave.ends[1]))


def affine(activation: Activation) -> Fact:
    """Is the function a x + b on the whole line?"""
    if not shape.affine(_stretch(activation))["value"]:
        return Fact("affine", Standing.PROVED, {"value": False})
    raise Undecided(activation.trouble)


def parity(activation: Activation) -> Fact:
    """Is the function odd, even, or neither?"""
    with suppress(Undecided):
        return shape.parity(activation)
    if shape.symmetry(_stretch(activation)) == "none":
        return Fact("parity", Standing.PROVED, {"value": "none"})
    parts = parts_of(activation)
    words = {shape.symmetry(parts.swing), shape.symmetry(parts.rest)}
    if len(words) == 1 and words != {"none"}:
        return Fact("parity", Standing.PROVED, {"value": words.pop()})
    raise Undecided("whether the function is odd or even: no point refutes it and no identity proves it")


def monotonicity(activation: Activation) -> Fact:
    """Does the function rise or fall on all of its domain?"""
    return Fact("monotonicity", Standing.PROVED, {"value": _trend(activation)})


def _trend(activation: Activation) -> str:
    if shape.trend(_stretch(activation)) == "none":
        return "none"
    _whole(activation)
    low, high = extremes(activation, 1)
    for end, words in ((low, ("increasing", "non-decreasing")), (negated(high), ("decreasing", "non-increasing"))):
        if end.ball > 0 or (end.value is not None and end.value.is_zero):
            strict = end.ball > 0 or end.attained is False or not dead_region(activation)["intervals"]
            return words[0] if strict else words[1]
    raise Undecided("whether the slope has one sign far out")


def monotone_intervals(activation: Activation) -> Fact:
    """The longest intervals on which the function rises, falls or is constant, where that is the whole line."""
    sign = {"increasing": 1, "decreasing": -1}.get(_trend(activation))
    if sign is None:
        raise Undecided("endlessly many intervals, which do not come back after a period")
    return course.told("monotone_intervals", {}, [course.Run(-sp.oo, sp.oo, sign)], None, sp.S.One, course.RISING)


def convexity(activation: Activation) -> Fact:
    """Is the function convex or concave? Where it is neither, the intervals are not told."""
    word = course.convexity(_stretch(activation))["value"]
    reason = "where it is convex: endlessly many intervals, which do not come back after a period"
    if word == "none":
        return Fact("convexity", Standing.OPEN, {"value": "none"}, reason)
    raise Undecided(reason)


def slope_of_output(activation: Activation) -> Fact:
    """Is g' a function of g? It is not if a stretch shows it, and it is if no value comes twice."""
    for reach in (_CLOSE, _NEAR):
        with suppress(Undecided):
            found = output.slope_of_output(activation.seen(-reach, reach))
            if not found["value"]:
                return found
    if _trend(activation) in ("increasing", "decreasing"):
        return Fact("slope_of_output", Standing.PROVED, {"value": True, "formula": None, "witness": None})
    raise Undecided("whether the slope is told by the output: no two points that refute it were found")


# --- values ----------------------------------------------------------------------------------------------------------


def extremes(activation: Activation, order: int) -> tuple[Candidate, Candidate]:
    """The infimum and the supremum of the derivative of this order."""
    parts = parts_of(activation)
    low, high = waves.extremes(parts.swing, order)
    found: list[Candidate] = []
    for sign, swing in ((-1, negated(low)), (1, high)):
        top = TOP if swing.value is sp.oo else _greatest(activation, order, sign, swing)
        found.append(top if sign > 0 else negated(top))
    return found[0], found[1]


def _greatest(activation: Activation, order: int, sign: int, swing: Candidate) -> Candidate:
    """The greatest value of the sum, or of what is turned over by the sign; `swing` is the greatest of p."""
    reason = Undecided(activation.trouble)
    for cut in _cuts(activation, parts_of(activation).rest):
        try:
            with ctx.workprec(_BITS):
                inner = _end(extent.extremes(cut.near, order), sign)
                tops = [inner]
                for side, tail in zip(ends.SIDES, cut.far, strict=True):
                    most = _end(extent.extremes(tail, order), sign)
                    if most.value is sp.oo:
                        return TOP
                    bound = most.ball + swing.ball
                    if _comes_to(tail.pieces[0], side, order, sign, most):
                        both = most.value is not None and swing.value is not None
                        value = sp.Add(most.value, swing.value) if both else None
                        tops.append(Candidate(value, bound, None, _taken(tail.pieces[0], order, most, swing)))
                    elif not bound < inner.ball:
                        raise Undecided(f"the greatest value on {tail.on}, of which only a bound is known at the ends")
                return largest(tops)
        except Undecided as why:
            reason = why
    raise reason


def _end(pair: tuple[Candidate, Candidate], sign: int) -> Candidate:
    return pair[1] if sign > 0 else negated(pair[0])


def _comes_to(piece: Piece, side: str, order: int, sign: int, most: Candidate) -> bool:
    """Is the greatest value of a piece its limit far out?"""
    if most.value is None:
        return False
    try:
        value = ends.end_limit(piece, side, order)
        return value is not None and same(sign * value, most.value)
    except Undecided:
        return False


def _taken(piece: Piece, order: int, most: Candidate, swing: Candidate) -> bool | None:
    """Is the sum of two greatest values taken? Each must be, and at one place."""
    if shape.steady(piece, order):
        return swing.attained
    return False if False in (most.attained, swing.attained) else None


def value_range(activation: Activation) -> Fact:
    """inf g and sup g."""
    return extent.range_fact("range", extremes(activation, 0))


def derivative_range(activation: Activation) -> Fact:
    """inf g' and sup g', one-sided values at kinks included."""
    return extent.range_fact("derivative_range", extremes(activation, 1))


def image(activation: Activation) -> Fact | None:
    """It does not arise where the function does not jump."""
    _whole(activation)
    return None


def lipschitz(activation: Activation) -> Number:
    """sup abs g'; infinite for a function that jumps."""
    parts = parts_of(activation)
    jumps = [not extent.in_one_piece(part) for part in (parts.periods, parts.rest)]
    if any(jumps):
        if all(jumps):
            raise Undecided("whether jumps make up for each other")
        return INFINITY
    low, high = extremes(activation, 1)
    return extent.number_of(largest([negated(low), high]))


# --- far out ---------------------------------------------------------------------------------------------------------


def _outer(rest: Activation) -> Iterator[tuple[str, Piece]]:
    """The pieces without end of what is defined on the whole line, each with its side."""
    for side in ends.SIDES:
        piece = ends.unbounded_piece(rest, side)
        assert piece is not None
        yield side, piece


def limits(activation: Activation) -> Fact:
    """The limits of g and g': infinite where those of w are and p is bounded; else none, but where p is a constant."""
    parts = parts_of(activation)
    found = ends.limits(parts.rest)
    if found.standing is not Standing.PROVED:
        raise Undecided(found.note)
    fields: dict[str, dict[str, Number | None]] = {}
    for side, piece in _outer(parts.rest):
        fields[side] = {
            name: _limit(parts.swing, ends.end_limit(piece, side, order), order)
            for name, order in (("value", 0), ("slope", 1))
        }
    return Fact("limits", Standing.PROVED, fields)


def _limit(swing: Activation, value: sp.Expr | None, order: int) -> Number | None:
    """The limit of p + w where w has this limit; Undecided where it has none."""
    if value is None:
        raise Undecided("two waves, neither of which has a limit")
    if value.is_infinite:
        low, high = waves.extremes(swing, order)
        if not (high if value is -sp.oo else low).ball.is_finite():
            raise Undecided("a wave that is not bounded, beside what grows")
        return exact_number(value)
    steady = waves.constant(swing) if order == 0 else waves.one_slope(swing)
    return None if steady is None else exact_number(steady + value)


def asymptotes(activation: Activation) -> Fact:
    """The lines to which the function comes near far out: none, where w comes near to one or is far from all."""
    parts = parts_of(activation)
    _swings(parts.swing)
    for side, piece in _outer(parts.rest):
        if ends.asymptote(piece, side) is None:
            slope = ends.end_limit(piece, side, 1)
            if slope is None or (slope.is_finite and not _runs_off(piece, side, slope)):
                raise Undecided("whether a wave beside what grows comes near to a line")
    return Fact("asymptotes", Standing.PROVED, {"left": None, "right": None})


def _runs_off(piece: Piece, side: str, slope: sp.Expr) -> bool:
    value = ends.end_limit(replace(piece, expr=piece.expr - slope * X), side, 0)
    return value is not None and value.is_infinite is True


def _swings(swing: Activation) -> None:
    """Raises where p is a constant."""
    if waves.constant(swing) is not None:
        raise Undecided("a wave that is a constant")


def saturation(activation: Activation) -> Fact:
    """Does the function settle to a constant on either side? Not where w has a limit and p has none."""
    parts = parts_of(activation)
    _swings(parts.swing)
    for side, piece in _outer(parts.rest):
        if ends.end_limit(piece, side, 0) is None:
            raise Undecided("whether the function settles far out")
    return Fact("saturation", Standing.PROVED, dict.fromkeys(ends.SIDES, "none"))


# --- points and regions ----------------------------------------------------------------------------------------------


def zeros(activation: Activation) -> Fact:
    """The points at which the function is 0, where they are all near 0."""
    try:
        return _met(activation, sp.S.Zero)
    except Undecided:
        for end, sign in zip(extremes(activation, 0), (1, -1), strict=True):
            never = end.value is not None and end.value.is_zero and end.attained is False
            if never or end.ball * sign > 0:
                return roots.told("zeros", roots.Found((), (), (), None))
        raise


def fixed_points(activation: Activation) -> Fact:
    """The points at which g(x) = x, where they are all near 0."""
    return _met(activation, X)


def _met(activation: Activation, line: sp.Expr) -> Fact:
    parts = parts_of(activation)
    with ctx.workprec(_BITS):
        low, high = (end.ball for end in waves.extremes(parts.swing, 0))
        rest = parts.rest if line == 0 else from_expression(parts.rest.bound - line)
        for cut in _cuts(activation, rest):
            pairs = [extent.extremes(tail, 0) for tail in cut.far]
            if all(least.ball + low > 0 or most.ball + high < 0 for least, most in pairs):
                return roots.fixed_points(cut.near) if line == X else roots.zeros(cut.near)
    raise Undecided(f"whether there are endlessly many {'fixed points' if line == X else 'zeros'} far out")


def dead_region(activation: Activation) -> Fact:
    """The intervals on which the slope is identically 0, where they are all near 0."""
    return flat.dead_region(_flat_near(activation, 1))


def zero_region(activation: Activation) -> Fact:
    """The intervals on which the function is identically 0, and the mass on which it is near 0."""
    return flat.with_near(flat.identically_zero(_flat_near(activation, 0)), activation)


def _flat_near(activation: Activation, order: int) -> Activation:
    """A stretch beyond which the derivative of this order is 0 on no interval."""
    parts = parts_of(activation)
    with ctx.workprec(_BITS):
        own = [
            (piece, extent.extremes(parts.periods.within(piece.lower, piece.upper), order))
            for piece in parts.periods.pieces
        ]
        for cut in _cuts(activation, parts.rest):
            if all(_never(tail, piece, pair, order) for tail in cut.far for piece, pair in own):
                return cut.near
    raise Undecided("whether the function is flat again and again far out")


def _never(tail: Activation, piece: Piece, own: tuple[Candidate, Candidate], order: int) -> bool:
    """Is the sum of w far out and of a piece of p, moved by any number of periods, 0 on no part of that piece?

    If it were, it would be so on all of it, since both are analytic there, and both would take equally many values.
    """
    (rest,) = tail.pieces
    if shape.steady(piece, order):
        if not shape.steady(rest, order):
            return True
        return not same(extent.only_value(piece, order) + extent.only_value(rest, order), sp.S.Zero)
    low, high = extent.extremes(tail, order)
    apart = bool(low.ball + own[0].ball > 0 or high.ball + own[1].ball < 0)
    return apart or bool(own[1].ball - own[0].ball > high.ball - low.ball)


ANSWERS: dict[str, Callable[[Activation], Fact | Number | None]] = {
    "domain": domain,
    "smoothness": smoothness,
    "affine": affine,
    "parity": parity,
    "monotonicity": monotonicity,
    "monotone_intervals": monotone_intervals,
    "convexity": convexity,
    "zeros": zeros,
    "fixed_points": fixed_points,
    "range": value_range,
    "image": image,
    "derivative_range": derivative_range,
    "lipschitz": lipschitz,
    "slope_of_output": slope_of_output,
    "limits": limits,
    "asymptotes": asymptotes,
    "saturation": saturation,
    "dead_region": dead_region,
    "zero_region": zero_region,
    **waves.BY_A_WINDOW,
}
"""What answers each question of a function with endless pieces that does not come back; the others are open."""
