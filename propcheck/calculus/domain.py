"""Where an expression is analytic: what its quotients, roots, logarithms and inverse functions ask for."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from propcheck.calculus.recursion import answers
from propcheck.calculus.signs import signs
from propcheck.calculus.undecided import Undecided
from propcheck.language.functions import HEADS


@answers
def analytic_on(expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr) -> bool:
    """Is it proved that the expression, as it is written, is analytic at every point of an open interval?"""
    try:
        return all(_keeps(u, x, lower, upper, positive) for u, positive in _asked(expr, x))
    except Undecided:
        return False


def _keeps(u: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr, positive: bool) -> bool:
    """Is `u` positive, or without a zero, on all of the interval?"""
    if u.is_positive:
        return True
    chart = signs(u, x, lower, upper)
    return not chart.zeros and len(chart.signs) == 1 and (chart.signs[0] > 0 if positive else chart.signs[0] != 0)


def _asked(expr: sp.Expr, x: sp.Symbol) -> Iterator[tuple[sp.Expr, bool]]:
    """What must be positive (True) or without a zero (False), the inner parts first."""
    for node in sp.postorder_traversal(expr):
        if not node.args or x not in node.free_symbols or isinstance(node, (sp.Add, sp.Mul)):
            continue
        if isinstance(node, sp.Pow):
            if not node.exp.is_Integer:
                yield node.base, True
            elif node.exp < 0:
                yield node.base, False
        elif (row := HEADS.get(node.func)) is not None:
            for kind, u in row.asks(node.args[0]):
                yield u, kind != "nonzero"
        else:
            raise Undecided(f"where {node.func} is analytic")
