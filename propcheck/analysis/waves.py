"""The facts of a function that comes back, as abs(sin(x)) and x + abs(sin(x))/2 do, from one period of its pieces.

g(x + P) = g(x) + D. Two periods hold what one has and all its neighbours: of the breakpoints, the runs and the zeros in
them those are named that lie in one, and the others follow by P. Where D is not 0 what depends on x itself, as zeros
do, lies as near to 0 as the values in one period and D say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sympy as sp

from propcheck.activation import Activation
from propcheck.analysis import course, criticality, extent, flat, gaussian, normal, output, shape
from propcheck.analysis import zeros as roots
from propcheck.analysis.candidate import BOTTOM, TOP, Candidate
from propcheck.analysis.scale import at_scale, scale_of
from propcheck.analysis.window import meeting, two_periods
from propcheck.calculus import Undecided
from propcheck.calculus.ball import INFINITY, MINUS_INFINITY
from propcheck.calculus.number import exact_number
from propcheck.calculus.signs import constant_sign, same
from propcheck.language import X
from propcheck.pieces.wave import Wave
from propcheck.verdict import Fact, Number, Standing


def wave_of(activation: Activation) -> Wave:
    """How a function comes back; Undecided where that is not shown."""
    if activation.wave is None:
        raise Undecided(activation.trouble)
    return activation.wave


def one_period(activation: Activation) -> Activation:
    """One period, its ends included."""
    return two_periods(activation).seen(*wave_of(activation).ends)


def _again(activation: Activation) -> dict[str, Number]:
    return {"period": exact_number(wave_of(activation).length)}


def domain(activation: Activation) -> Fact:
    """Where is the function not a real number?"""
    if activation.period is not None or activation.wave is None:
        return shape.domain(activation)
    gaps = [gap for gap in two_periods(activation).gaps if activation.wave.chosen(gap[0])]
    shown = [[exact_number(end) for end in gap] for gap in gaps]
    return Fact("domain", Standing.PROVED, {"undefined": shown} | (_again(activation) if gaps else {}))


def smoothness(activation: Activation) -> Fact:
    """How many derivatives are continuous, and where is the first jump? The kinks of one period are named."""
    wave, seen = wave_of(activation), two_periods(activation)
    places = [place for place in shape.breakpoints(seen.pieces, seen.points) if wave.chosen(place[0].at)]
    kinks = [kink for kink in (shape.kink_at(*place) for place in places) if kink is not None]
    return Fact("smoothness", Standing.PROVED, shape.smooth_fields(kinks) | (_again(activation) if kinks else {}))


def affine(activation: Activation) -> Fact:
    """Is the function a x + b on the whole line? It is if it is so in two periods that overlap all others."""
    return shape.affine(two_periods(activation))


def monotonicity(activation: Activation) -> Fact:
    """Does the function rise or fall on all of its domain? Each point has its neighbours in two periods."""
    return shape.monotonicity(two_periods(activation))


# --- where it rises and bends ----------------------------------------------------------------------------------------


def monotone_intervals(activation: Activation) -> Fact:
    """The longest intervals on which the function rises, falls or is constant."""
    return _runs(activation, "monotone_intervals", {}, course.RISING)


def convexity(activation: Activation) -> Fact:
    """Is the function convex or concave on its domain, and on which intervals is it?"""
    fields = {"value": "affine" if affine(activation)["value"] else "none"}
    return _runs(activation, "convexity", fields, course.BENDING)


def _runs(activation: Activation, key: str, fields: dict, words: dict[int, str]) -> Fact:
    """The runs that begin in one period. One that is longer than a period goes on for ever: it is so everywhere."""
    wave, seen = wave_of(activation), two_periods(activation)
    scale = replace(scale_of(seen), outer=sp.S.One)
    moved = at_scale(seen, scale)
    found, _ = course.rising(moved) if key == "monotone_intervals" else course.bending(moved)
    lower, upper = wave.around
    runs = [course.Run(run.lower / scale.inner, run.upper / scale.inner, run.sign) for run in found]
    if len(runs) == 1 and same(runs[0].lower, lower) and same(runs[0].upper, upper):
        return course.told(key, fields, [course.Run(-sp.oo, sp.oo, runs[0].sign)], None, sp.S.One, words)
    chosen = [run for run in runs if wave.chosen(run.lower)]
    return course.told(key, fields, chosen, wave.length, sp.S.One, words)


# --- values ----------------------------------------------------------------------------------------------------------


def extremes(activation: Activation, order: int) -> tuple[Candidate, Candidate]:
    """The infimum and the supremum of the derivative of this order over the domain."""
    if order == 0 and wave_of(activation).rise != 0:
        return BOTTOM, TOP
    return extent.extremes(two_periods(activation), order)


def value_range(activation: Activation) -> Fact:
    """inf g and sup g: those of one period where the function does not rise, and else all numbers lie between them."""
    return extent.range_fact("range", extremes(activation, 0))


def derivative_range(activation: Activation) -> Fact:
    """inf g' and sup g', one-sided values at kinks included."""
    return extent.range_fact("derivative_range", extremes(activation, 1))


def lipschitz(activation: Activation) -> Number:
    """sup abs g'; infinite for a function that jumps."""
    return extent.lipschitz(two_periods(activation))


def image(activation: Activation) -> Fact | None:
    """The values that the function takes, as intervals; it does not arise where they are one."""
    seen = two_periods(activation)
    if wave_of(activation).rise == 0:
        return extent.image(seen)
    if not extent.in_one_piece(seen):
        raise Undecided("the values of a function that jumps or is not defined again and again, and rises")
    return None


def slope_of_output(activation: Activation) -> Fact:
    """Is g' a function of g? Where the function rises from period to period, it is if no value comes twice."""
    seen = two_periods(activation)
    if wave_of(activation).rise != 0 and shape.trend(seen) in ("increasing", "decreasing"):
        return Fact("slope_of_output", Standing.PROVED, {"value": True, "formula": None, "witness": None})
    found = output.slope_of_output(seen)
    if wave_of(activation).rise != 0 and found["value"]:
        raise Undecided("whether the values of periods that are far apart are the same, and the slopes are not")
    return found


# --- far out ---------------------------------------------------------------------------------------------------------


def limits(activation: Activation) -> Fact:
    """The limits of g and g' at both ends: none of what comes back and is no constant."""
    wave = wave_of(activation)
    value: dict[str, Number | None] = {side: None for side in ("left", "right")}
    if wave.rise == 0:
        only = constant(activation)
        if only is not None:
            value = dict.fromkeys(value, exact_number(only))
    else:
        value = _climbing(activation)
    slope = one_slope(activation)
    told = None if slope is None else exact_number(slope)
    return Fact("limits", Standing.PROVED, {side: {"value": value[side], "slope": told} for side in value})


def _climbing(activation: Activation) -> dict[str, Number | None]:
    """Where the values of one period are bounded below, a function that rises goes to oo, and so on.

    Else it comes to all values again and again on that side, and in the end to those that it has left.
    """
    up = constant_sign(wave_of(activation).rise) > 0
    low, high = extent.extremes(one_period(activation), 0)
    deep, steep = (_infinite(end, sign) for end, sign in ((low, -1), (high, 1)))
    to_oo = None if deep else INFINITY
    from_oo = None if steep else MINUS_INFINITY
    return {"left": from_oo, "right": to_oo} if up else {"left": to_oo, "right": from_oo}


def _infinite(end: Candidate, sign: int) -> bool:
    """Is an extreme known to be infinite?"""
    if end.value is not None:
        return end.value == sign * sp.oo
    if end.ball.is_finite():
        return False
    raise Undecided("whether the values of one period are bounded")


def constant(activation: Activation) -> sp.Expr | None:
    """The one value of the function; None where it has several."""
    fact = shape.affine(two_periods(activation))
    return extent.only_value(two_periods(activation).pieces[0], 0) if fact["value"] else None


def one_slope(activation: Activation) -> sp.Expr | None:
    """The one slope of the function where it has one; None where it has several."""
    pieces = two_periods(activation).pieces
    if not all(shape.steady(piece, 1) for piece in pieces):
        return None
    slopes = [extent.only_value(piece, 1) for piece in pieces]
    return slopes[0] if all(same(slopes[0], slope) for slope in slopes[1:]) else None


def asymptotes(activation: Activation) -> Fact:
    """The lines to which the function comes near far out: none, unless it is one."""
    found = None
    if affine(activation)["value"]:
        piece = two_periods(activation).pieces[0]
        slope = extent.only_value(piece, 1)
        found = {"slope": exact_number(slope), "intercept": exact_number(sp.expand(piece.expr - slope * X).subs(X, 0))}
    return Fact("asymptotes", Standing.PROVED, {"left": found, "right": found})


def saturation(activation: Activation) -> Fact:
    """Does the function settle to a constant on either side? Only a constant does."""
    settled = wave_of(activation).rise == 0 and constant(activation) is not None
    return Fact("saturation", Standing.PROVED, dict.fromkeys(("left", "right"), "hard" if settled else "none"))


# --- points and regions ----------------------------------------------------------------------------------------------


def zeros(activation: Activation) -> Fact:
    """The points at which the function is 0, and the intervals on which it is 0 throughout."""
    try:
        return _met(activation, "zeros", sp.S.Zero, wave_of(activation).rise)
    except Undecided:
        if not roots.apart(extremes(activation, 0)):
            raise
        return roots.told("zeros", roots.Found((), (), (), None))


def fixed_points(activation: Activation) -> Fact:
    """The points at which g(x) = x, and the intervals on which that holds throughout."""
    wave = wave_of(activation)
    return _met(activation, "fixed_points", X, sp.expand(wave.rise - wave.length))


def _met(activation: Activation, key: str, line: sp.Expr, rise: sp.Expr) -> Fact:
    """Where the function is the same as a line through 0, over which it rises by so much in a period."""
    wave = wave_of(activation)
    if constant_sign(rise) != 0:
        near = activation.seen(*meeting(activation, line, rise))
        return roots.fixed_points(near) if line == X else roots.zeros(near)
    seen = two_periods(activation)
    scale = replace(scale_of(seen), outer=sp.S.One)
    rate = scale.inner
    found = roots.equal_to(at_scale(seen, scale), line / rate if line == X else line)
    points = [point for point in (at / rate for at in found.points) if wave.chosen(point)]
    spans = [(low / rate, high / rate) for low, high in found.spans]
    if len(spans) == 1 and all(same(*pair) for pair in zip(spans[0], wave.around, strict=True)):
        return roots.told(key, roots.Found((), ((-sp.oo, sp.oo),), ((False, False),), None))
    chosen = [(span, ends) for span, ends in zip(spans, found.closed, strict=True) if wave.chosen(span[0])]
    period = wave.length if points or chosen else None
    spans, closed = [span for span, _ in chosen], [ends for _, ends in chosen]
    return roots.told(key, roots.Found(tuple(points), tuple(spans), tuple(closed), period))


BY_A_WINDOW: dict[str, Callable[[Activation], Fact | Number | None]] = {
    "gaussian": gaussian.find,
    "gaussian_at": normal.moments,
    "nonlinearity": gaussian.nonlinearity,
    "criticality": criticality.criticality,
}
"""What answers the questions that a window and a bound of the rest answer, of any function with endless pieces."""
ANSWERS: dict[str, Callable[[Activation], Fact | Number | None]] = {
    "domain": domain,
    "smoothness": smoothness,
    "affine": affine,
    "parity": shape.parity,
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
    "dead_region": flat.dead_region,
    "zero_region": flat.zero_region,
    **BY_A_WINDOW,
}
"""What answers each question of a function that comes back with endless pieces; the others are open."""
