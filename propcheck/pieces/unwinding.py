"""An inverse of a wave of a line, as asin(sin(x)), on an interval on which it is a line itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key

import sympy as sp

from propcheck.calculus import Undecided
from propcheck.calculus.chart import inner_point
from propcheck.calculus.form import constant_ball
from propcheck.calculus.identity import is_zero
from propcheck.calculus.signs import MOST_ZEROS, by_sines, precedes
from propcheck.language import X

# Each pair of an inverse and a wave: where its first branch begins, in units of pi, and that line there as a function
# of u; the branches are pi long. The next one of those of sin and cos is turned round.
_BRANCHES = {
    (sp.asin, sp.sin): (-sp.S.Half, lambda u: u),
    (sp.acos, sp.cos): (sp.S.Zero, lambda u: u),
    (sp.asin, sp.cos): (sp.S.Zero, lambda u: sp.pi / 2 - u),
    (sp.acos, sp.sin): (-sp.S.Half, lambda u: sp.pi / 2 - u),
    (sp.atan, sp.tan): (-sp.S.Half, lambda u: u),
}
_KINDS = tuple({inverse for inverse, _ in _BRANCHES})


def unwound(expr: sp.Expr, lower: sp.Expr, upper: sp.Expr) -> sp.Expr:
    """The expression with each inverse of a wave replaced that is one line on all of (lower, upper).

    A tangent with a pole at an end is written as a quotient, whose limits there are known.
    """
    if not expr.has(*_KINDS, sp.tan) or lower.is_infinite or upper.is_infinite:
        return expr
    found = {}
    for node in expr.atoms(*_KINDS):
        wave, u = _wave(node.args[0])
        row = _BRANCHES.get((node.func, wave))
        line = None if row is None else _line(node.func, u, *row, lower, upper)
        if line is not None:
            found[node] = line
    expr = expr.xreplace(found) if found else expr
    poles = any(is_zero(sp.cos(u.args[0]).subs(X, end)) for u in expr.atoms(sp.tan) for end in (lower, upper))
    return by_sines(expr) if poles else expr


def branch_ends(expr: sp.Expr, lower: sp.Expr, upper: sp.Expr) -> list[sp.Expr]:
    """Where, between two numbers, an inverse of a wave goes from one line to the next, from left to right."""
    if not expr.has(*_KINDS) or not (lower.is_finite and upper.is_finite):
        return []
    found: dict[sp.Expr, None] = {}
    for node in expr.atoms(*_KINDS):
        wave, u = _wave(node.args[0])
        row, slope = _BRANCHES.get((node.func, wave)), u.diff(X)
        if row is None or u.free_symbols != {X} or slope.free_symbols or not slope.is_real or not slope.is_nonzero:
            continue
        turns = [constant_ball(u.subs(X, end) / sp.pi - row[0]) for end in (lower, upper)]
        least, most = (ball.mid().floor().unique_fmpz() for ball in turns)
        if least is None or most is None or abs(int(most) - int(least)) > MOST_ZEROS:
            return []
        first, last = sorted((int(least), int(most)))
        for k in range(first - 1, last + 2):
            at = sp.expand(X + ((row[0] + k) * sp.pi - u) / slope)
            if X not in at.free_symbols and precedes(lower, at) and precedes(at, upper):
                found[at] = None
    return sorted(found, key=cmp_to_key(lambda one, two: -1 if precedes(one, two) else 1))


def _wave(inner: sp.Expr) -> tuple[type, sp.Expr]:
    """The wave that an expression is and what that is of; -sin(u) is sin(-u), and -cos(u) is cos(u + pi)."""
    sign, wave = inner.as_coeff_Mul()
    if not wave.args or sign not in (1, -1):
        return type(inner), inner
    u = wave.args[0]
    return wave.func, u if sign == 1 else u + sp.pi if isinstance(wave, sp.cos) else -u


def _line(inverse: type, u: sp.Expr, first: sp.Expr, base: Callable, lower: sp.Expr, upper: sp.Expr) -> sp.Expr | None:
    slope = u.diff(X)
    if u.free_symbols != {X} or slope.free_symbols or not slope.is_real:
        return None
    turns = u.subs(X, inner_point(lower, upper)) / sp.pi - first
    whole = constant_ball(turns).floor().unique_fmpz()
    if whole is None:
        return None
    k = sp.Integer(int(whole))
    begin, end = (first + k) * sp.pi, (first + k + 1) * sp.pi
    try:
        if any(precedes(at, begin) or precedes(end, at) for at in (u.subs(X, lower), u.subs(X, upper))):
            return None
    except Undecided:
        return None
    mirrored = k % 2 == 1 and inverse is not sp.atan
    # a wave is the same at its mirror image in the middle between two branches
    inner = (2 * first + k + 1) * sp.pi - u if mirrored else u - k * sp.pi
    return sp.expand(base(inner))
