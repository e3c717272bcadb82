"""Exported formulas: the pieces of the function and of its derivatives, for a document with amsmath."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.calculus.signs import same
from propcheck.numeric.source.heading import Export, Task, comment
from propcheck.pieces.piece import Piece, Point, shortest


def source(task: Task) -> Export:
    """An equation for each order."""
    head = [f"% {line}".rstrip() for line in comment(task, ["Needs the package amsmath."])]
    parts = ["\n".join(head)]
    for order in task.orders:
        left = f"{_letter(task.given or 'g')}{chr(39) * order}(x)"
        parts.append(f"\\begin{{equation}}\n  {left} = {_formula(task.activation, order)}\n\\end{{equation}}")
    return Export("\n".join(parts) + "\n")


def _letter(name: str) -> str:
    return name if len(name) == 1 else f"\\operatorname{{{name.replace('_', chr(92) + '_')}}}"


def _formula(activation: Activation, order: int) -> str:
    rows = list(_rows(activation, order))
    if len(rows) == 1 and not rows[0][1]:
        return rows[0][0]
    inner = " \\\\\n".join(f"    {value} & {condition}" for value, condition in rows)
    return f"\\begin{{cases}}\n{inner}\n  \\end{{cases}}"


def _rows(activation: Activation, order: int) -> Iterator[tuple[str, str]]:
    """(value, condition) from left to right; breakpoints with a value of their own have a row."""
    bound = activation.pieces
    symbolic = activation.symbolic if len(activation.symbolic) == len(bound) else bound
    for place, (piece, shown) in enumerate(zip(bound, symbolic, strict=True)):
        before = bound[place - 1] if place and same(bound[place - 1].upper, piece.lower) else None
        point = _point(activation, piece.lower)
        if point is not None and _owner(before, piece, point, order) == "itself":
            yield sp.latex(point.value), f"x = {sp.latex(shown.lower)}"
        lower = _owner(before, piece, point, order) == "right"
        after = next((p for p in bound[place + 1 :][:1] if same(piece.upper, p.lower)), None)
        upper = _owner(piece, after, _point(activation, piece.upper), order) == "left"
        yield sp.latex(shortest(shown.derivative(order))), _condition(shown, lower, upper)


def _point(activation: Activation, at: sp.Expr) -> Point | None:
    return next((point for point in activation.points if same(point.at, at)), None)


def _owner(before: Piece | None, after: Piece | None, point: Point | None, order: int) -> str:
    """Whose value a breakpoint has: that of the `left` or the `right` piece, one `itself` has, or `nothing`'s."""
    if point is None or point.value is None:
        return "nothing"
    left, right = (_limit(piece, point.at, order) for piece in (before, after))
    if order == 0:
        return "right" if _equal(right, point.value) else "left" if _equal(left, point.value) else "itself"
    return "right" if _equal(left, right) else "nothing"


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
    left = "" if piece.lower.is_infinite else f"{sp.latex(piece.lower)} {below} "
    right = "" if piece.upper.is_infinite else f" {above} {sp.latex(piece.upper)}"
    if left and not right:
        return f"x \\geq {sp.latex(piece.lower)}" if lower else f"x > {sp.latex(piece.lower)}"
    return f"{left}x{right}" if left or right else ""
