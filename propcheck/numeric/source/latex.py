"""Exported formulas: the pieces of the function and of its derivatives, for a document with amsmath."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import sympy as sp

from propcheck import notation
from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.calculus.signs import same
from propcheck.language import told
from propcheck.numeric.source.heading import Export, Task, comment
from propcheck.pieces.piece import Piece, Point, shortest
from propcheck.pieces.printed import printed, tidied

_CASED = (sp.Piecewise, sp.Max, sp.Min, sp.sign, sp.Heaviside)


def source(task: Task) -> Export:
    """An equation for each order."""
    formulas = [(order, _formula(task.activation, order)) for order in task.orders]
    needs = ["Needs the package amsmath."]
    if task.activation.wave is not None and any(task.orders):
        needs += [
            "The derivatives are meant where the function has them, as it does but at some points of each period."
        ]
    needs += [r"\sigma is the logistic function, \sigma(x) = 1/(1 + e^{-x})."] * any(
        r"\sigma(" in formula for _, formula in formulas
    )
    parts = ["\n".join(f"% {line}".rstrip() for line in comment(task, needs))]
    for order, formula in formulas:
        left = f"{_letter(task.given or 'g')}{chr(39) * order}(x)"
        label = f"eq:{task.name(order).replace('_', '-')}"
        parts.append(f"\\begin{{equation}}\\label{{{label}}}\n  {left} = {formula}\n\\end{{equation}}")
    return Export("\n".join(parts) + "\n")


def _letter(name: str) -> str:
    return name if len(name) == 1 else f"\\operatorname{{{name.replace('_', chr(92) + '_')}}}"


def _formula(activation: Activation, order: int) -> str:
    if activation.wave is not None:
        return _again(activation, order)
    whole = _whole(activation, order)
    if whole is not None:
        return whole
    rows = list(_rows(activation, order))
    if len(rows) == 1 and not rows[0][1]:
        return rows[0][0]
    inner = " \\\\\n".join(f"    {value} & {condition}" for value, condition in rows)
    return f"\\begin{{cases}}\n{inner}\n  \\end{{cases}}"


def _whole(activation: Activation, order: int) -> str | None:
    """The formula without cases, as it was written or as one prints it; None where it has some."""
    if activation.on is not None or activation.undefined or activation.in_short or activation.noise is not None:
        return None
    if order == 0:
        known = activation.spec is not None and not activation.expression.has(*_CASED)
        return notation.latex(activation.formula) if known else None
    neighbours = [(p, q, _point(activation, q.lower)) for p, q in pairwise(activation.pieces) if same(p.upper, q.lower)]
    if any(_owner(before, after, point, order) == "nothing" for before, after, point in neighbours):
        return None  # the formula of both sides says nothing of the point between them
    made = printed(activation.symbolic, order) if activation.pieces else sp.Piecewise((sp.nan, True), evaluate=False)
    return None if isinstance(made, sp.Piecewise) else _set(made)


def _again(activation: Activation, order: int) -> str:
    """The formula of a function that comes back with endless pieces, in one: as it was written, or differentiated."""
    if order == 0:
        return (notation.latex(activation.formula) if activation.spec else "") or _set(activation.bound)
    return _set(activation.derivative_expression(order).replace(sp.DiracDelta, lambda *_: sp.S.Zero))


def _set(expr: sp.Expr) -> str:
    return notation.latex(told(expr)) or sp.latex(expr)


def _rows(activation: Activation, order: int) -> Iterator[tuple[str, str]]:
    """(value, condition) from left to right; breakpoints with a value of their own have a row."""
    bound = activation.pieces
    symbolic = activation.symbolic if len(activation.symbolic) == len(bound) else bound
    for place, (piece, shown) in enumerate(zip(bound, symbolic, strict=True)):
        before = bound[place - 1] if place and same(bound[place - 1].upper, piece.lower) else None
        point = _point(activation, piece.lower)
        if point is not None and _owner(before, piece, point, order) == "itself":
            yield _set(point.value), f"x = {_set(shown.lower)}"
        lower = _owner(before, piece, point, order) == "right"
        after = next((p for p in bound[place + 1 :][:1] if same(piece.upper, p.lower)), None)
        upper = _owner(piece, after, _point(activation, piece.upper), order) == "left"
        yield _set(tidied(shortest(shown.derivative(order)))), _condition(shown, lower, upper)


def _point(activation: Activation, at: sp.Expr) -> Point | None:
    return next((point for point in activation.points if same(point.at, at)), None)


def _owner(before: Piece | None, after: Piece | None, point: Point | None, order: int) -> str:
    """Whose value a breakpoint has: that of the `left` or the `right` piece, one `itself` has, or `nothing`'s."""
    if point is None or point.value is None:
        return "nothing"
    left, right = (_limit(piece, point.at, order) for piece in (before, after))
    if order == 0:
        return "right" if _equal(right, point.value) else "left" if _equal(left, point.value) else "itself"
    below = ((_limit(piece, point.at, k) for piece in (before, after)) for k in range(1, order))
    values = (_limit(piece, point.at, 0) for piece in (before, after))
    smooth = all(_equal(value, point.value) for value in values) and all(_equal(*pair) for pair in below)
    return "right" if smooth and _equal(left, right) else "nothing"


def _limit(piece: Piece | None, at: sp.Expr, order: int) -> sp.Expr | None:
    try:
        return None if piece is None else piece.limit(at, order)
    except Undecided:
        return None


def _equal(a: sp.Expr | None, b: sp.Expr | None) -> bool:
    return a is not None and b is not None and bool(a.is_finite and b.is_finite) and same(a, b)


def _condition(piece: Piece, lower: bool, upper: bool) -> str:
    """Where a piece holds, its lower and its upper end included or not."""
    below, above = ("\\leq" if end else "<" for end in (lower, upper))
    left = "" if piece.lower.is_infinite else f"{_set(piece.lower)} {below} "
    right = "" if piece.upper.is_infinite else f" {above} {_set(piece.upper)}"
    if left and not right:
        return f"x \\geq {_set(piece.lower)}" if lower else f"x > {_set(piece.lower)}"
    return f"{left}x{right}" if left or right else ""
