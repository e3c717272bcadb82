"""A plan -> one expression for all of the line, and the local spans that are laid over it.

Pieces are joined so that no untaken branch is computed on its bad side: every branch sees its input clipped to its own
interval. A constant piece that its neighbour reaches at the breakpoint costs nothing, since clipping yields it; two
pieces that are 0 where they meet are added; others are chosen by a comparison.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.calculus.identity import is_zero
from propcheck.calculus.signs import same
from propcheck.language import X
from propcheck.numeric import returning
from propcheck.numeric.conventions import KINKS, at_breakpoint, own_value
from propcheck.numeric.fitting import dyadic
from propcheck.numeric.functions import textbook
from propcheck.numeric.rounding import sides
from propcheck.numeric.span import Plan, Segment, Shortfall, Span
from propcheck.numeric.steps import At, Choice, PassNaN, Program, program
from propcheck.pieces.piece import Piece
from propcheck.pieces.values import limit
from propcheck.verdict import InputError

MOST_PIECES = 400

Evaluate = Callable[[sp.Expr, float], float]


@dataclass(frozen=True)
class Assembly:
    """What is computed everywhere, the spans on which something else holds, and the limits at -inf and +inf.

    In the closed spans of `exact` no form is good: a value there is computed another way (`wide.careful`), or it may
    be as wrong as `shortfalls` says. In those of `blind` no exact value was found either. `seen` are those that only
    trial has shown; in those of `doubtful` the estimate comes near to what is promised, or above, and trial decides.
    """

    main: sp.Expr
    local: tuple[Span, ...]
    ends: tuple[sp.Expr, sp.Expr] = (sp.nan, sp.nan)
    exact: tuple[tuple[float, float], ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    blind: tuple[tuple[float, float], ...] = ()
    seen: tuple[tuple[float, float], ...] = ()
    doubtful: tuple[Shortfall, ...] = ()

    def program(self) -> Program:
        return program([self.main])


def assembled(activation: Activation, plan: Plan, kink: str, evaluate: Evaluate) -> Assembly:
    """`evaluate` gives the floating-point value of a form at a point, as the backend computes it."""
    if kink not in KINKS:
        raise InputError(f"there is no convention {kink!r} for the value at a kink; there are {', '.join(KINKS)}")
    if activation.wave is not None:
        made = returning.laid(activation, plan.order, plan.work, plan.out, plan.found, kink)
        ends = tuple(sp.nan if end is None else end for end in returning.far_out(activation, plan.order))
        exact = tuple((short.lower, short.upper) for short in made.shortfalls)
        return Assembly(made.main, made.local, ends, exact, made.shortfalls, doubtful=made.doubtful)
    if len(plan.segments) > MOST_PIECES:
        many = f"{activation.name} has {len(plan.segments)} pieces"
        raise InputError(f"{many}, and compiled forms have at most {MOST_PIECES}, a chain of cases")
    segments = _with_gaps(plan.segments)
    overrides = _overrides(activation, plan, kink)
    main = segments[0].expr
    if len(segments) > 1:
        main = _joined(segments, overrides, evaluate)
    for at, value in overrides.items():
        if value is not None:
            main = Choice("eq", dyadic(at), value, main)
    if _forgets(main):
        main = PassNaN(main)
    local = tuple(span for segment in segments for span in segment.local)
    ends = (_limit(activation, plan.order, -1), _limit(activation, plan.order, 1))
    exact = tuple((short.lower, short.upper) for short in plan.shortfalls)
    doubtful = tuple(short for segment in plan.segments for short in segment.doubtful)
    return Assembly(main, local, ends, exact, plan.shortfalls, doubtful=doubtful)


def _with_gaps(segments: tuple[Segment, ...]) -> list[Segment]:
    """The segments, and NaN where the function is not defined."""
    out: list[Segment] = []
    reached = -math.inf
    for segment in segments:
        if segment.lower > reached:
            out.append(Segment(reached, segment.below, sp.nan))
        out.append(segment)
        reached = segment.above
    if reached < math.inf:
        out.append(Segment(reached, math.inf, sp.nan))
    return out


def _limit(activation: Activation, order: int, side: int) -> sp.Expr:
    """The limit at -inf or +inf; NaN where there is none."""
    piece = activation.pieces[-1 if side > 0 else 0]
    end = piece.upper if side > 0 else piece.lower
    if not end.is_infinite:
        return sp.nan
    try:
        value = piece.limit(end, order)
    except Undecided:
        return sp.nan
    return value if value.is_extended_real else sp.nan


# --- values at breakpoints -------------------------------------------------------------------------------------------


def _overrides(activation: Activation, plan: Plan, kink: str) -> dict[float, sp.Expr | None]:
    """Breakpoints where the value is not that of the piece on the right: None where it is that of the left one."""
    out: dict[float, sp.Expr | None] = {}
    pieces = activation.pieces
    for k, piece in enumerate(pieces):
        for gap in piece.removable:
            if (at := _number(gap, plan)) is not None:
                out |= _filled(piece, gap, at, plan.order)
        if k and same(pieces[k - 1].upper, piece.lower):
            value = at_breakpoint(activation, pieces[k - 1], piece, plan.order, kink)
            if value != "right" and (at := _number(piece.lower, plan)) is not None:
                out[at] = None if value == "left" else value
        left = k > 0 and same(pieces[k - 1].upper, piece.lower)
        right = k + 1 < len(pieces) and same(pieces[k + 1].lower, piece.upper)
        for end, neighbour in ((piece.lower, left), (piece.upper, right)):
            at = _number(end, plan)
            if at is not None and math.isfinite(at) and (not neighbour or own_value(activation, end) is None):
                out[at] = _at_border(activation, piece, end, plan.order)
    return out


def _number(at: sp.Expr, plan: Plan) -> float | None:
    """A breakpoint as a number of the working format; None where it lies between two."""
    low, high = sides(at, plan.work)
    return low if low == high else None


def _at_border(activation: Activation, piece: Piece, end: sp.Expr, order: int) -> sp.Expr:
    """The value, or the one-sided derivative, at an end of the domain; NaN where the function has no value there."""
    value = own_value(activation, end)
    if value is None:
        return sp.nan
    try:
        return piece.limit(end, order) if order else value
    except Undecided:
        return sp.nan


def _filled(piece: Piece, gap: sp.Expr, at: float, order: int) -> dict[float, sp.Expr | None]:
    """The value in a gap of the formula that its limit fills."""
    try:
        value = limit(piece.derivative(order), gap, 1)
    except Undecided:
        return {}
    return {at: value} if value.is_finite else {}


# --- joining ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    """A form on [lower, upper] of which the values at the ends are known."""

    lower: float
    upper: float
    expr: sp.Expr


def _joined(segments: list[Segment], overrides: dict[float, sp.Expr | None], evaluate: Evaluate) -> sp.Expr:
    parts = [_Part(segment.lower, segment.upper, segment.expr) for segment in segments]
    parts = _absorbed(parts, overrides, evaluate)
    if (even := _even(parts, overrides)) is not None:
        return even
    if len(parts) == 1:
        return _clipped(parts[0])
    if _sums(parts, overrides, evaluate):
        return sp.Add(*[_clipped(part) for part in parts])
    out = _clipped(parts[0])
    for part in parts[1:]:
        strict = part.lower in overrides and overrides[part.lower] is None
        out = Choice("gt" if strict else "ge", dyadic(part.lower), _clipped(part), out)
    return out


def _even(parts: list[_Part], overrides: dict[float, sp.Expr | None]) -> sp.Expr | None:
    """Two parts that are mirror images, as one of abs x."""
    if len(parts) != 2 or parts[1].lower != 0 or 0.0 in overrides or not parts[1].expr.free_symbols:
        return None
    if is_zero(textbook(parts[0].expr.xreplace({X: -X}) - parts[1].expr), sp.S.Zero, sp.oo) is not True:
        return None
    return At(parts[1].expr, sp.Abs(X))


def _absorbed(parts: list[_Part], overrides: dict[float, sp.Expr | None], evaluate: Evaluate) -> list[_Part]:
    """Without the constant end pieces that their neighbour yields when its input is clipped to the breakpoint."""
    while len(parts) > 1 and _yields(parts[1], parts[0], parts[1].lower, overrides, evaluate):
        parts = [_Part(parts[1].lower, parts[1].upper, _bound(parts[1].expr, parts[1].lower, None)), *parts[2:]]
        parts[0] = _Part(-math.inf, parts[0].upper, parts[0].expr)
    while len(parts) > 1 and _yields(parts[-2], parts[-1], parts[-2].upper, overrides, evaluate):
        last = parts[-2]
        parts = [*parts[:-2], _Part(last.lower, math.inf, _bound(last.expr, None, last.upper))]
    return parts


def _yields(
    part: _Part, constant: _Part, at: float, overrides: dict[float, sp.Expr | None], evaluate: Evaluate
) -> bool:
    if constant.expr.free_symbols or constant.expr is sp.nan or not part.expr.free_symbols or at in overrides:
        return False
    return evaluate(part.expr, at) == evaluate(constant.expr, at)


def _sums(parts: list[_Part], overrides: dict[float, sp.Expr | None], evaluate: Evaluate) -> bool:
    """Are there two parts, both 0 where they meet?"""
    if len(parts) != 2 or parts[1].lower in overrides:
        return False
    at = parts[1].lower
    return all(part.expr.free_symbols and evaluate(part.expr, at) == 0 for part in parts)


def _clipped(part: _Part) -> sp.Expr:
    """The form with its input clipped to its interval, where it may be computed outside."""
    if not part.expr.free_symbols:
        return part.expr
    return _bound(part.expr, part.lower, part.upper)


def _bound(expr: sp.Expr, lower: float | None, upper: float | None) -> sp.Expr:
    inside: sp.Expr = X
    if upper is not None and math.isfinite(upper):
        inside = sp.Min(inside, dyadic(upper), evaluate=False)
    if lower is not None and math.isfinite(lower):
        inside = sp.Max(inside, dyadic(lower), evaluate=False)
    return expr if inside == X else At(expr, inside)


def _forgets(main: sp.Expr) -> bool:
    """May the result be a number where the input is NaN?"""
    if not main.free_symbols:
        return True
    return any(not node.args[2].free_symbols or not node.args[3].free_symbols for node in main.atoms(Choice))
