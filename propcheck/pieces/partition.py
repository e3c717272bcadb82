"""An expression resolved into pieces by the proved signs of what its branches compare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import sympy as sp
from flint import ctx
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from propcheck.calculus import Undecided, local
from propcheck.calculus.ball import rational_ball
from propcheck.calculus.form import compile_form
from propcheck.calculus.identity import is_zero
from propcheck.calculus.signs import constant_sign, precedes, same, signs, simple_rational
from propcheck.language import Condition, X, defined_where
from propcheck.language.limits import Refused
from propcheck.language.stairs import Stair, between, endless
from propcheck.pieces.domain import (
    domain_split,
    fills,
    one_pass,
    quotient,
    removable_points,
    standing_conditions,
    unsquared,
)
from propcheck.pieces.piece import Piece, Point, sample
from propcheck.pieces.unwinding import branch_ends, unwound
from propcheck.pieces.values import LINE_BITS, SPLITTING, branches_of, chooses, constant_choice, finite, limit, value_at
from propcheck.verdict import InputError

MAX_PIECES = 2048


def settle(expr: sp.Expr) -> sp.Expr:
    """Turns functions that SymPy may bring in by itself into those that the rest of the page knows."""
    if expr.has(sp.I, sp.zoo, sp.nan):
        raise InputError(f"{expr} is not a real number")
    return expr.replace(sp.re, lambda u: u) if expr.has(sp.re) else expr


def partition(
    expr: sp.Expr, conditions: tuple[Condition, ...] = (), lower: sp.Expr = -sp.oo, upper: sp.Expr = sp.oo
) -> tuple[tuple[Piece, ...], tuple[Point, ...], tuple[tuple[sp.Expr, sp.Expr], ...]]:
    """The pieces of an expression in X, its breakpoints with their values, and the gaps in its domain.

    It is resolved between two numbers where these are given, and nothing is said of what lies beyond.

    Other symbols stand for any number within their ranges. `conditions` must hold beside those of the expression; those
    in which branches are chosen are resolved with it.
    """
    raw: list[tuple[sp.Expr, sp.Expr, sp.Expr | None]] = []
    if expr.has(Stair) or any(u.has(Stair) for _, _, u in conditions):
        expr, conditions = _stepped(expr, conditions, lower, upper)
    if chooses(expr):
        conditions += tuple(standing_conditions(expr))
    beside = [defined_where(kind, u) for _, kind, u in conditions if chooses(u)]
    conditions = tuple(condition for condition in conditions if not chooses(condition[2]))
    todo: list[tuple[sp.Expr, sp.Expr, Any]] = [(lower, upper, sp.Tuple(expr, *beside))]
    while todo:
        lower, upper, current = todo.pop()
        if len(raw) + len(todo) > MAX_PIECES:
            raise Undecided(f"more than {MAX_PIECES} pieces")
        ends = branch_ends(current, lower, upper) if chooses(current) else []
        if ends:  # a line has zeros with short forms
            pairs = list(pairwise([lower, *ends, upper]))
            todo += [(*pair, unwound(current, *pair)) for pair in reversed(pairs)]
            continue
        steps = _steps(current, lower, upper)
        if len(steps) > 1:
            cuts = [lower, *sorted({step.at for step in steps if step.inside}), upper]
            if len(raw) + len(todo) + len(cuts) > MAX_PIECES:
                raise Undecided(f"more than {MAX_PIECES} pieces")
            todo += reversed([*_along(current, steps, cuts)])
            continue
        node = next(_decisions(current), None)
        if node is not None:
            u, branches = branches_of(node)
            while isinstance(split := domain_split(u, lower, upper), sp.Expr):
                u = split
            if split is not None:
                _cut(split, current, todo, raw)
                continue
            chart = one_pass(signs(u, X, lower, upper), u, touching=isinstance(node, (sp.Abs, sp.Max, sp.Min)))
            cuts = [lower, *[zero.at for zero in chart.zeros], upper]
            for k in reversed(range(len(chart.signs))):
                todo.append((cuts[k], cuts[k + 1], _replaced(current, {node: branches[chart.signs[k]]})))
            continue
        split = domain_split(current, lower, upper, conditions)
        if isinstance(split, sp.Expr):
            todo.append((lower, upper, sp.Tuple(split, *current.args[1:])))
        elif split is None:
            raw.append((lower, upper, unwound(unsquared(current.args[0], lower, upper), lower, upper)))
        else:
            _cut(split, current, todo, raw)
    raw.sort(key=_Left)
    return _assembled(expr, raw, lambda at: _met(conditions, at) and all(value_at(u, at) is not None for u in beside))


def _stepped(
    expr: sp.Expr, conditions: tuple[Condition, ...], lower: sp.Expr, upper: sp.Expr
) -> tuple[sp.Expr, tuple[Condition, ...]]:
    """An expression and what it needs with the cases of each step function between two numbers."""
    if lower.is_infinite or upper.is_infinite:
        steps = endless(expr) or "a step function"
        raise Undecided(f"infinitely many breakpoints: {steps} has a step again and again")
    try:
        needed = tuple((node, kind, between(u, lower, upper)) for node, kind, u in conditions)
        return between(expr, lower, upper), needed
    except Refused as reason:
        raise Undecided(f"too many terms: it {reason}") from None


def _cut(
    split: list[tuple[sp.Expr, sp.Expr, bool]],
    current: sp.Expr,
    todo: list[tuple[sp.Expr, sp.Expr, sp.Expr]],
    raw: list[tuple[sp.Expr, sp.Expr, sp.Expr | None]],
) -> None:
    """The parts inside a domain are still to be done; those outside are done."""
    for low, high, inside in reversed(split):
        if inside:
            todo.append((low, high, current))
        else:
            raw.append((low, high, None))


class _Left:
    """Sorts raw pieces by their left ends, exactly."""

    def __init__(self, part: tuple[sp.Expr, sp.Expr, sp.Expr | None]):
        self.lower = part[0]

    def __lt__(self, other: _Left) -> bool:
        return precedes(self.lower, other.lower)


def _decisions(expr: Any) -> Iterator[Any]:
    """Nodes that choose between branches and whose own arguments choose no more: the innermost, conditions first."""
    if isinstance(expr, sp.Piecewise):  # a later condition is asked where the earlier ones are decided, or is a line's
        for _, condition in expr.args:
            yield from _decisions(condition)
        return
    for arg in expr.args:
        yield from _decisions(arg)
    if isinstance(expr, SPLITTING) and expr.free_symbols:
        yield expr


@dataclass(frozen=True)
class _Step:
    """A node that chooses by the sign of a line: where that is 0, whether it rises, what it is below and above."""

    node: Any
    at: sp.Rational
    inside: bool
    below: Any
    above: Any

    def before(self, high: sp.Expr) -> Any:
        """What the node is on an interval up to `high` that the step does not lie inside of."""
        return self.below if bool(high <= self.at) else self.above


def _steps(current: Any, lower: sp.Expr, upper: sp.Expr) -> list[_Step]:
    """All nodes at once that choose by the sign of a line with rational numbers, between two rational ends.

    Many of them, as in a sum of masks, would be decided on each interval one after the other.
    """
    if not all(end.is_Rational or end.is_infinite for end in (lower, upper)):
        return []
    found = {}
    for node in _decisions(current):
        if node in found or any(arg.has(*SPLITTING) for arg in node.args):
            continue
        u, branches = branches_of(node)
        slope = u.coeff(X, 1)
        rest = u - slope * X
        if not (slope.is_Rational and slope != 0 and rest.is_Rational):
            continue
        at, rising = -rest / slope, 1 if slope > 0 else -1
        inside = bool(lower < at) and bool(at < upper)
        found[node] = _Step(node, at, inside, branches[-rising], branches[rising])
    return list(found.values())


def _along(current: Any, steps: list[_Step], cuts: list[sp.Expr]) -> Iterator[tuple[sp.Expr, sp.Expr, Any]]:
    """The intervals between the cuts with what `current` is there, from left to right.

    From one interval to the next only those terms of a sum change that have a step at the cut between them.
    """
    first, *beside = current.args
    terms = sp.Add.make_args(first)
    found = [set(_decisions(term)) if term.has(*SPLITTING) else set() for term in terms]
    by_node = {step.node: step for step in steps}
    inside = [[by_node[node] for node in nodes if node in by_node] for nodes in found]
    turning: dict[sp.Expr, list[int]] = {}
    for place, own in enumerate(inside):
        for at in {step.at for step in own if step.inside}:
            turning.setdefault(at, []).append(place)
    values: list[Any] = []
    total: Any = None
    for low, high in pairwise(cuts):
        if total is None:
            values = [
                _replaced(term, {s.node: s.before(high) for s in own}) for term, own in zip(terms, inside, strict=True)
            ]
            total = sp.Add(*values)
        else:
            moved = []
            for place in turning.get(low, ()):
                new = _replaced(terms[place], {step.node: step.before(high) for step in inside[place]})
                moved += [-values[place], new]
                values[place] = new
            total = sp.Add(total, *moved)
        rest = [_replaced(part, {step.node: step.before(high) for step in steps}) for part in beside]
        yield low, high, sp.Tuple(total, *rest)


def _replaced(expr: Any, values: Mapping[Any, Any]) -> Any:
    """`expr` with nodes replaced, branches that are decided taken, and nothing else evaluated that chooses."""
    if expr in values:
        return values[expr]
    if not expr.args or not expr.has(*{type(node) for node in values}):
        return expr
    args = [_replaced(arg, values) for arg in expr.args]
    if all(new is old for new, old in zip(args, expr.args, strict=True)):
        return expr
    if isinstance(expr, sp.Piecewise):
        kept = []
        for arg in args:
            branch, condition = arg.args
            if isinstance(condition, BooleanFalse):
                continue
            kept.append((branch, condition))
            if isinstance(condition, BooleanTrue):
                break
        if kept and isinstance(kept[0][1], BooleanTrue):
            return kept[0][0]
        return sp.Piecewise(*kept, evaluate=False) if kept else sp.nan
    if isinstance(expr, sp.functions.elementary.piecewise.ExprCondPair):
        return sp.functions.elementary.piecewise.ExprCondPair(*args)
    if isinstance(expr, (sp.Max, sp.Min, Relational)):
        made = expr.func(*args, evaluate=False)
        if not made.free_symbols:
            return constant_choice(made)
        return made
    made = expr.func(*args)
    return constant_choice(made) if isinstance(made, SPLITTING) and not made.free_symbols else made


# --- putting the parts together --------------------------------------------------------------------------------------


def _assembled(
    expr: sp.Expr, raw: list[tuple[sp.Expr, sp.Expr, sp.Expr | None]], admitted: Callable[[sp.Expr], bool]
) -> tuple[tuple[Piece, ...], tuple[Point, ...], tuple[tuple[sp.Expr, sp.Expr], ...]]:
    merged: list[tuple[sp.Expr, sp.Expr, sp.Expr | None]] = []
    points: list[Point] = []
    joins = _joins(expr)
    gaps: list[tuple[sp.Expr, sp.Expr]] = []
    for lower, upper, part in raw:
        if merged:
            last = merged[-1]
            value = _there(part if joins else None, expr, lower) if admitted(lower) else None
            if value is None and part is not None and last[2] is not None:
                value = _filling(last[2], part, lower)
            if part is not None and last[2] is not None and _continues(last[2], part, lower, value):
                merged[-1] = (last[0], upper, min(last[2], part, key=lambda e: (e.count_ops(), str(e))))
                continue
            points.append(Point(lower, value))
            if value is None and part is not None and last[2] is not None:
                gaps.append((lower, lower))
        merged.append((lower, upper, part))
    for lower, upper, part in merged:
        if part is None:
            gaps.append((lower, upper))
    pieces = tuple(piece_of(lower, upper, part) for lower, upper, part in merged if part is not None)
    return pieces, tuple(points), tuple(joined_gaps(gaps))


_CONTINUOUS = (
    sp.Add,
    sp.Mul,
    sp.Max,
    sp.Min,
    sp.Abs,
    sp.Symbol,
    sp.Rational,
    sp.exp,
    sp.tanh,
    sp.erf,
    sp.sinh,
    sp.atan,
)


def _joins(expr: sp.Expr) -> bool:
    """Is it made of what is continuous everywhere, so that it is at a breakpoint what the piece beside it is?"""
    return all(
        isinstance(node, _CONTINUOUS)
        or (isinstance(node, sp.Pow) and node.exp.is_Integer and bool(node.exp > 0 or node.base.is_positive))
        for node in sp.preorder_traversal(expr)
    )


def _there(part: sp.Expr | None, expr: sp.Expr, at: sp.Expr) -> sp.Expr | None:
    """The value at a breakpoint, by the piece on its right where it has one, and else by the whole."""
    value = value_at(part, at) if part is not None else None
    return value_at(expr, at) if value is None else value


def _met(conditions: tuple[Condition, ...], at: sp.Expr) -> bool:
    """Do the conditions hold at a point?"""
    for _, kind, u in conditions:
        value = value_at(u, at)
        if value is None or constant_sign(value) < (kind == "positive"):
            return False
    return True


def piece_of(lower: sp.Expr, upper: sp.Expr, expr: sp.Expr) -> Piece:
    """The piece of an expression that is analytic on an interval, the gaps in it filled in."""
    removable = removable_points(expr, lower, upper)
    return _straightened(Piece(lower, upper, quotient(expr, removable) if removable else expr, removable))


def _straightened(piece: Piece) -> Piece:
    """A piece on which the function is linear, however it is written, written as a x + b where a and b are rational."""
    symbols = piece.expr.free_symbols | piece.lower.free_symbols | piece.upper.free_symbols
    if symbols != {X} or piece.expr.is_polynomial(X):
        return piece
    form = compile_form(piece.expr, X, piece.removable)
    with ctx.workprec(LINE_BITS):
        point = rational_ball(sample(piece))
        value, slope, bend = form.series(point, 3)
        if not (value.is_finite() and bend.contains(0)):
            return piece
        a, b = simple_rational(slope), simple_rational(value - slope * point)
    if a is None or b is None or piece.is_zero(piece.expr - a * X - b) is not True:
        return piece
    return replace(piece, expr=a * X + b, removable=())


def _filling(left: sp.Expr, right: sp.Expr, at: sp.Expr) -> sp.Expr | None:
    """The common finite limit at a point where the formula has no value."""
    try:
        before, after = limit(left, at, -1), limit(right, at, 1)
    except Undecided:
        return None
    return after if finite(before) and finite(after) and same(before, after) else None


def _continues(left: sp.Expr, right: sp.Expr, at: sp.Expr, value: sp.Expr | None) -> bool:
    """Is the breakpoint none, since one analytic expression holds on both sides and at the point?"""
    if value is None or (left != right and is_zero(left - right) is not True):
        return False
    if local.regular(left, X, at):
        return is_zero(left.subs(X, at) - value) is True
    return fills(left, at) and same(limit(left, at, 1), value)


def joined_gaps(gaps: list[tuple[sp.Expr, sp.Expr]]) -> list[tuple[sp.Expr, sp.Expr]]:
    """Closed intervals from left to right, those that touch made one."""
    ordered: list[tuple[sp.Expr, sp.Expr]] = []
    for gap in sorted(gaps, key=lambda g: _Left((g[0], g[1], None))):
        if ordered and same(ordered[-1][1], gap[0]):
            ordered[-1] = (ordered[-1][0], gap[1])
        else:
            ordered.append(gap)
    return ordered
