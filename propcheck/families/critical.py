"""Values of a parameter at which something may change: candidates only, on both sides of which the proofs are made.

One-sided values, slopes and second derivatives at the breakpoints meet each other, 0 or a slope of 1 or -1; so do the
limits of the slopes far out; a coefficient of the formula, or of what it compares, is 0. Each is an equation in the
parameter, whose real roots are found where it is a polynomial of low degree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import combinations, pairwise

import sympy as sp

from propcheck.calculus import Undecided
from propcheck.calculus.signs import precedes, within
from propcheck.families.places import Place
from propcheck.language import X
from propcheck.pieces.partition import partition, settle
from propcheck.pieces.piece import Piece
from propcheck.verdict import InputError

_ORDERS = range(3)
_ORDERS_OF_POWERS = 9  # 0 to 8
_LARGEST_DEGREE = 4
_MOST = 12  # of them
_MOST_PARTS = 4  # that are resolved one by one


def critical(expression: sp.Expr, symbol: sp.Symbol, place: Place) -> list[sp.Expr]:
    """The candidates strictly inside a place, from left to right; 0 is one wherever it lies inside."""
    found: set[sp.Expr] = {sp.S.Zero}
    found.update(root for node in expression.atoms(sp.Pow, sp.exp) for root in _roots(_inner(node), symbol))
    found.update(root for gap in _exponents(expression) for root in _roots(gap, symbol))
    found.update(root for gap in _compared(expression) for root in _roots(gap, symbol))
    for pieces, far in _resolved(expression, symbol, place, _between(found, place)):
        for values in _meeting(pieces):
            for left, right in combinations(values, 2):
                found.update(_roots(left - right, symbol))
        for slope in (*far, *_slopes_at_zero(pieces)):
            found.update(root for level in (0, 1) for root in _roots(slope - level, symbol))
    return _between(found, place)[:_MOST]


def _between(found: Iterable[sp.Expr], place: Place) -> list[sp.Expr]:
    """Those strictly inside a place, from left to right."""
    return sorted({value for value in found if value.is_real and _inside(value, place)}, key=lambda value: float(value))


def _resolved(
    expression: sp.Expr, symbol: sp.Symbol, place: Place, cuts: Sequence[sp.Expr]
) -> Iterator[tuple[tuple[Piece, ...], list[sp.Expr]]]:
    """The pieces and the slopes far out over the place, or, where they differ, over the parts into which it is cut."""
    whole = (place.lower, place.upper)
    for ends in (whole, *pairwise([place.lower, *cuts, place.upper][: _MOST_PARTS + 1])):
        try:
            with within({symbol: ends}):
                pieces = partition(settle(expression))[0]
                far = list(_far_slopes(pieces))
        except (Undecided, InputError, TypeError, ValueError, AttributeError):
            continue
        yield pieces, far
        if ends == whole:
            return


def _exponents(expression: sp.Expr) -> Iterator[sp.Expr]:
    """What is 0 where a power of x becomes a polynomial: below, above and there it is smooth to other orders."""
    for node in expression.atoms(sp.Pow):
        if X in node.base.free_symbols and node.exp.free_symbols:
            yield from (node.exp - k for k in range(_ORDERS_OF_POWERS))


def _compared(expression: sp.Expr) -> Iterator[sp.Expr]:
    """What is 0 where the formula begins to compare otherwise: coefficients of the differences, and discriminants."""
    for node in expression.atoms(sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside, sp.core.relational.Relational):
        leaves = sorted(_leaves(node), key=str)
        for left, right in combinations([*leaves, *([sp.S.Zero] if len(leaves) == 1 else [])][:6], 2):
            gap = sp.expand(left - right)
            if gap.is_polynomial(X) and X in gap.free_symbols:
                poly = sp.Poly(gap, X)
                yield from poly.coeffs()
                if poly.degree() == 2:
                    yield poly.discriminant()
            else:
                yield sp.factor(gap).as_independent(X, as_Add=False)[0]


def _leaves(node: sp.Basic) -> set[sp.Expr]:
    """The expressions between which a node chooses, those of the choices inside it too."""
    args = node.args[:1] if isinstance(node, sp.Heaviside) else node.args
    found: set[sp.Expr] = set()
    for arg in args:
        found |= _leaves(arg) if isinstance(arg, (sp.Max, sp.Min)) else {arg}
    return found


def _inner(node: sp.Expr) -> sp.Expr:
    """What stands in a power or in front of x in an exponential."""
    return sp.expand(node.args[0]).coeff(X, 1) if isinstance(node, sp.exp) else node.args[0]


def _far_slopes(pieces: Sequence[Piece]) -> Iterator[sp.Expr]:
    for piece in pieces:
        for end in (piece.lower, piece.upper):
            if end.is_infinite:
                with suppress(Undecided, InputError, TypeError, ValueError):
                    yield piece.limit(end, 1)


def _slopes_at_zero(pieces: Iterable[Piece]) -> Iterator[sp.Expr]:
    """The slope at 0 of a piece that has 0 inside, whose turns are near where that vanishes."""
    for piece in pieces:
        with suppress(Undecided):
            if precedes(piece.lower, sp.S.Zero) and precedes(sp.S.Zero, piece.upper):
                yield piece.derivative().subs(X, 0)


def _meeting(pieces: Iterable[Piece]) -> Iterator[list[sp.Expr]]:
    """Lists of numbers that may meet: of each order the one-sided values at breakpoints, of slopes also 0, 1 and -1."""
    pieces = list(pieces)
    ends = sorted({end for piece in pieces for end in (piece.lower, piece.upper) if end.is_finite}, key=str)
    for order in _ORDERS:
        values: list[sp.Expr] = [sp.S.Zero]
        if order == 1:
            values += [sp.S.One, sp.S.NegativeOne]
        for piece in pieces:
            derivative = piece.expr.diff(X, order) if order else piece.expr
            values += [derivative.subs(X, end) for end in (piece.lower, piece.upper) if end.is_finite]
            if order == 1 and derivative.is_polynomial(X):
                values.append(derivative)
        yield [value for value in dict.fromkeys(values) if X not in value.free_symbols][:16]
    yield ends[:8]


def _roots(gap: sp.Expr, symbol: sp.Symbol) -> list[sp.Expr]:
    """The real roots of an equation that is a polynomial of low degree over another."""
    if symbol not in gap.free_symbols or gap.free_symbols - {symbol}:
        return []
    top = sp.together(gap).as_numer_denom()[0]
    if not top.is_polynomial(symbol):
        return []
    poly = sp.Poly(top, symbol)
    if not 1 <= poly.degree() <= _LARGEST_DEGREE:
        return []
    plain = sp.Symbol("t", real=True)
    roots = sp.roots(sp.Poly(top.xreplace({symbol: plain}), plain))
    return [root for root in roots if root.is_real and root.count_ops() < 12]


def _inside(value: sp.Expr, place: Place) -> bool:
    try:
        return precedes(place.lower, value) and precedes(value, place.upper)
    except Undecided:
        return False
