"""Is a stated derivative right? Compared piece by piece on the common refinement of both partitions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp
from flint import ctx

from propcheck.activation import Activation, Piece, partition, sample, value_at
from propcheck.analysis.shape import breakpoints
from propcheck.calculus import Undecided
from propcheck.calculus.form import compile_form, rational_ball
from propcheck.calculus.identity import is_zero
from propcheck.calculus.signs import inner_point, precedes, same, within
from propcheck.grammar import X, parse
from propcheck.verdict import Standing

WITNESS_DIGITS = 30


@dataclass(frozen=True)
class Answer:
    """What came of a comparison on one interval or at one point."""

    outcome: bool | None
    text: str = ""


def verify(activation: Activation, text: str) -> tuple[str, Standing, str]:
    """("proved" | "refuted" | "open", standing, what was found) for a derivative stated in the expression language.

    At a kink no value is the derivative: one between the two slopes is a convention, and is named; another is wrong.
    """
    stated = parse(text, activation.spec.symbols() if activation.spec else {})
    put = {symbol: activation.values[symbol.name] for symbol in activation.ranges}
    bound = stated.xreplace(put)
    try:
        between = [*_on_intervals(activation.pieces, bound)]
        at = [*_at_points(activation, bound)]
    except Undecided as reason:
        return "open", Standing.OPEN, str(reason)
    for answer in (*between, *at):
        if answer.outcome is False:
            return "refuted", Standing.PROVED, answer.text
    if any(answer.outcome is None for answer in (*between, *at)):
        return "open", Standing.OPEN, next(a.text for a in (*between, *at) if a.outcome is None)
    where = "equal on every piece" + _for_all(activation, stated)
    return "proved", Standing.PROVED, "; ".join([where, *(answer.text for answer in at if answer.text)])


def _for_all(activation: Activation, stated: sp.Expr) -> str:
    """ ", for every a > 0" where the comparison succeeds with the parameters left symbolic."""
    ranges = {symbol: ends for symbol, ends in activation.ranges.items() if symbol in stated.free_symbols}
    if not ranges or activation.noise is not None:
        return ""
    try:
        with within(activation.ranges):
            pieces = partition(activation.expression, tuple(activation.ranges))[0]
            answers = [*_on_intervals(pieces, stated, tuple(activation.ranges))]
    except Undecided:
        return ""
    if not all(answer.outcome for answer in answers):
        return ""
    return f", for every {' and '.join(_span(symbol.name, *ends) for symbol, ends in ranges.items())}"


def _span(name: str, lower: sp.Expr, upper: sp.Expr) -> str:
    """The inside of a range: its ends are limits that the proof does not reach."""
    left = (
        f"{lower} < {name}" if lower.is_finite and upper.is_finite else f"{name} > {lower}" if lower.is_finite else name
    )
    return f"{left} < {upper}" if upper.is_finite else left


def _on_intervals(pieces: tuple[Piece, ...], stated: sp.Expr, opaque: tuple[sp.Symbol, ...] = ()) -> Iterator[Answer]:
    parts, _, _ = partition(stated, opaque)
    for piece in pieces:
        reached = piece.lower
        for part in parts:
            low = part.lower if precedes(piece.lower, part.lower) else piece.lower
            high = part.upper if precedes(part.upper, piece.upper) else piece.upper
            if not precedes(low, high):
                continue
            if precedes(reached, low):
                yield Answer(False, f"nothing is stated on ({reached}, {low})")
            reached = high
            yield _equal(piece.derivative(), part.expr, low, high)
        if precedes(reached, piece.upper):
            yield Answer(False, f"nothing is stated on ({reached}, {piece.upper})")


def _equal(slope: sp.Expr, stated: sp.Expr, low: sp.Expr, high: sp.Expr) -> Answer:
    zero = is_zero(slope - stated)
    if zero:
        return Answer(True)
    if zero is None:
        return Answer(None, f"whether {slope} equals {stated} on ({low}, {high})")
    return Answer(False, _witness(slope, stated, low, high))


def _witness(slope: sp.Expr, stated: sp.Expr, low: sp.Expr, high: sp.Expr) -> str:
    """A point of the interval where the two differ, with both values."""
    if (slope.free_symbols | stated.free_symbols | low.free_symbols | high.free_symbols) - {X}:
        return f"they differ on ({low}, {high})"
    middle = sample(Piece(low, high, slope))
    near = [middle, inner_point(low, middle), inner_point(middle, high)]
    with ctx.workprec(400):
        for point in near:
            left, right = (compile_form(e, X).ball(rational_ball(point)) for e in (slope, stated))
            if not (left - right).contains(0):
                shown = [ball.str(WITNESS_DIGITS, radius=False) for ball in (left, right)]
                return f"at x = {point} the derivative is {shown[0]}, the stated one {shown[1]}"
    return f"they differ on ({low}, {high})"


def _at_points(activation: Activation, stated: sp.Expr) -> Iterator[Answer]:
    """The stated value at each breakpoint of the function or of the stated derivative."""
    seen: list[sp.Expr] = []
    for point, left, right in breakpoints(activation):
        seen.append(point.at)
        if left is not None and right is not None:
            slopes = [left.limit(point.at, 1), right.limit(point.at, 1)]
            yield _at_point(point.at, slopes, value_at(stated, point.at))
    for point in partition(stated)[1]:
        if any(same(point.at, known) for known in seen):
            continue
        inside = next(
            (p for p in activation.pieces if precedes(p.lower, point.at) and precedes(point.at, p.upper)), None
        )
        if inside is not None:
            slope = inside.derivative().subs(X, point.at)
            yield _at_point(point.at, [slope, slope], point.value)


def _at_point(at: sp.Expr, slopes: list[sp.Expr], value: sp.Expr | None) -> Answer:
    left, right = slopes
    smooth = same(left, right)
    if value is None:
        return Answer(None if smooth else True, f"nothing is stated at {at}")
    if smooth:
        return (
            Answer(True)
            if same(value, left)
            else Answer(False, f"at {at} the derivative is {left}, the stated one {value}")
        )
    for slope, side in ((right, "right"), (left, "left")):
        if same(value, slope):
            return Answer(True, f"at the kink {at} the slope from the {side}, {value}, is taken by convention")
    low, high = (left, right) if precedes(left, right) else (right, left)
    if precedes(low, value) and precedes(value, high):
        return Answer(True, f"at the kink {at} a value between the slopes, {value}, is taken by convention")
    return Answer(False, f"at the kink {at} the slopes are {left} and {right}, the stated value {value} lies outside")
