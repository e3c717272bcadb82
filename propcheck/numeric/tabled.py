"""A function of very many pieces, all polynomials: found by a search, computed from a table of coefficients.

Each piece has its coefficients about a centre of its own, in two words, and is computed in arithmetic of two words
(Dekker, 1971; Knuth's sum), so that a result is rounded once, near a simple zero too. Where a piece comes near to a
zero of a higher order, or that is not shown, the bound is not known, and is said to be so.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import sympy as sp
from flint import arb, arb_poly, ctx, fmpq

from propcheck.activation import Activation
from propcheck.calculus.form import constant_ball
from propcheck.language import X
from propcheck.numeric.assembly import MOST_PIECES, at_breakpoint
from propcheck.numeric.formats import DOUBLE
from propcheck.numeric.rounding import sides
from propcheck.pieces.piece import Piece, piece_beside
from propcheck.verdict import InaccurateWarning, InputError

ULP = 1.0  # a result is rounded once, and to a narrower type once more
MOST_DEGREE = 8
_BITS = 300
_NEAR_ZERO = Fraction(1, 2**20)  # of its width: a piece that comes so near to 0 has 0 for its centre
_HUGE = 2.0**490  # beyond it the halves of a product leave the range
_SPLIT = 2.0**27 + 1
_HALVINGS = 40
Bounds = dict[int, float]
Loop = Callable[["Tabled", np.ndarray], np.ndarray]
ARRAYS = ("edges", "centres", "points", "values", "high", "low")  # of a table


@dataclass(frozen=True)
class Tabled:
    """Edges between pieces, for each piece a centre and coefficients in two words, and values at single points."""

    edges: np.ndarray
    centres: np.ndarray
    high: np.ndarray  # coefficient by piece
    low: np.ndarray
    points: np.ndarray
    values: np.ndarray
    ends: tuple[float, float]  # at -inf and inf
    known: bool  # is a result shown to be right to ULP units in the last place?

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The values at doubles, in doubles."""
        with np.errstate(all="ignore"):
            return values(self, x, np, _same)


# --- the search and the arithmetic, of any library of arrays: `xp` is NumPy, torch or jax.numpy ----------------------
# `keep` keeps a compiler from computing a product and a sum as one operation.


def _same(x: Any) -> Any:
    return x


def values(table: Any, x: Any, xp: Any, keep: Any) -> Any:
    """The values at an array of doubles, in doubles; the arrays of `table` are of the same library."""
    place = xp.searchsorted(table.edges, x, side="right")
    found = table.high[-1][place] + table.low[-1][place]
    if len(table.high) > 1:
        found = _polynomial(table, x, place, xp, keep)
    if len(table.points):
        at = xp.searchsorted(table.points, x).clip(max=len(table.points) - 1)
        found = xp.where(table.points[at] == x, table.values[at], found)
    found = xp.where(x == -xp.inf, table.ends[0], found)
    found = xp.where(x == xp.inf, table.ends[1], found)
    return xp.where(x != x, x, found)


def _polynomial(table: Any, x: Any, place: Any, xp: Any, keep: Any) -> Any:
    centre = table.centres[place]
    t, rest = _sum(x, -centre)
    total, tail = table.high[-1][place], table.low[-1][place]
    plain = total
    for k in range(len(table.high) - 2, -1, -1):
        more, less = table.high[k][place], table.low[k][place]
        plain = plain * t + more
        product, lost = _product(total, t, keep)
        lost = lost + (tail * t + total * rest)
        product, lost = _quick(product, lost)
        total, missed = _sum(product, more)
        total, tail = _quick(total, missed + (lost + less))
    return xp.where(xp.abs(t) < _HUGE, total + tail, plain)


def _sum(a: Any, b: Any) -> Any:
    """a + b and what it is rounded by (Knuth)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _quick(a: Any, b: Any) -> Any:
    """The same where a is not smaller than b."""
    total = a + b
    return total, b - (total - a)


def _product(a: Any, b: Any, keep: Any) -> Any:
    """a b and what it is rounded by (Dekker)."""
    total = keep(a * b)
    (ah, al), (bh, bl) = _halves(a, keep), _halves(b, keep)
    return total, ((ah * bh - total) + ah * bl + al * bh) + al * bl


def _halves(a: Any, keep: Any) -> Any:
    large = keep(_SPLIT * a)
    head = large - (large - a)
    return head, a - head


# The functions above in the order in which a source has them.
SOURCES = (_sum, _quick, _product, _halves, _polynomial, values)


# --- making the table ------------------------------------------------------------------------------------------------


def is_long(activation: Activation) -> bool:
    """Has it more pieces than a chain of cases is made of?"""
    return len(activation.pieces) > MOST_PIECES


def tabled(activation: Activation, order: int, kink: str) -> Tabled:
    """The table of the derivative of this order; an InputError where a piece is no polynomial."""
    polynomials = [_coefficients(activation, piece, order) for piece in activation.pieces]
    most = max(map(len, polynomials))
    edges: list[float] = []
    rows: list[tuple[float, Sequence[tuple[float, float]]]] = []
    known = True
    reached: sp.Expr = -sp.oo
    nothing = (0.0, [(float("nan"), 0.0)] * most)
    for piece, polynomial in zip(activation.pieces, polynomials, strict=True):
        if piece.lower != reached:
            rows.append(nothing)
        if piece.lower.is_finite:
            if piece.lower != reached and np.isfinite(float(reached)):
                edges.append(np.nextafter(sides(reached, DOUBLE)[0], np.inf))
            edges.append(sides(piece.lower, DOUBLE)[1])
        centre = _centre(piece, polynomial)
        moved = _moved(polynomial, centre)
        known = known and _is_simple(moved, polynomial, piece, centre)
        rows.append((float(centre), [*map(_words, moved), *[(0.0, 0.0)] * (most - len(moved))]))
        reached = piece.upper
    if reached is not sp.oo:
        edges.append(np.nextafter(sides(reached, DOUBLE)[0], np.inf))
        rows.append(nothing)
    special = dict(_special(activation, polynomials, order, kink))
    points = np.array(sorted(special))
    words = np.array([[*words] for _, words in rows])  # piece, coefficient, word
    return Tabled(
        np.array(edges),
        np.array([centre for centre, _ in rows]),
        np.ascontiguousarray(words[:, :, 0].T),
        np.ascontiguousarray(words[:, :, 1].T),
        points,
        np.array([special[at] for at in points]),
        (_end(activation, order, 0), _end(activation, order, -1)),
        known,
    )


def _coefficients(activation: Activation, piece: Piece, order: int) -> tuple[sp.Expr, ...]:
    expr = piece.derivative(order)
    if X not in expr.free_symbols:
        return (expr,)
    found = sp.Poly(expr, X).all_coeffs()[::-1] if expr.is_polynomial(X) else []
    if not found or len(found) > MOST_DEGREE + 1 or not all(c.is_Rational for c in found):
        many = f"{activation.name} has {len(activation.pieces)} pieces"
        raise InputError(
            f"{many}, and forms of more than {MOST_PIECES} are of polynomials up to degree {MOST_DEGREE} with rational"
            " coefficients"
        )
    return tuple(found)


def _centre(piece: Piece, polynomial: Sequence[sp.Expr]) -> Fraction:
    """A double in or beside the piece from which inputs are counted: next to an end at which the piece is 0."""
    ends = [float(constant_ball(end).mid()) for end in (piece.lower, piece.upper)]
    finite = [end for end in ends if np.isfinite(end)]
    if len(finite) < 2 or ends[0] <= 0 <= ends[1]:
        return Fraction(0)
    if len(polynomial) > 1:
        for end, near in zip((piece.lower, piece.upper), ends, strict=True):
            if _value(polynomial, end) == 0:
                return Fraction(near)
    width, nearest = Fraction(ends[1]) - Fraction(ends[0]), min(abs(Fraction(end)) for end in ends)
    return Fraction(0) if nearest < _NEAR_ZERO * width else Fraction((ends[0] + ends[1]) / 2)


def _moved(polynomial: Sequence[sp.Expr], centre: Fraction) -> Sequence[sp.Expr]:
    """The coefficients of powers of x - centre."""
    if len(polynomial) == 1 or not centre:
        return polynomial
    given = [Fraction(int(c.p), int(c.q)) for c in polynomial]  # type: ignore[attr-defined]
    moved = [
        sum((given[k] * comb(k, j) * centre ** (k - j) for k in range(j, len(given))), Fraction(0))
        for j in range(len(given))
    ]
    return [sp.Rational(c.numerator, c.denominator) for c in moved]


def _words(number: sp.Expr) -> tuple[float, float]:
    """A number in two doubles."""
    if number.is_Rational:
        exact = Fraction(int(number.p), int(number.q))  # type: ignore[attr-defined]
        high = float(exact)
        return (high, float(exact - Fraction(high))) if np.isfinite(high) else (high, 0.0)
    with ctx.workprec(_BITS):
        ball = constant_ball(number)
        high = float(ball.mid())
        return high, float((ball - high).mid())


def _is_simple(moved: Sequence[sp.Expr], polynomial: Sequence[sp.Expr], piece: Piece, centre: Fraction) -> bool:
    """Is the size of the polynomial, or what half a unit of the input changes, everywhere above what is rounded?

    A zero at an end of the piece, of whatever order, is divided out: beside it inputs are counted from the double that
    is nearest to it, and no other double is nearer than a third of what their distance and its own are together.
    """
    if len(moved) <= 2:
        return True
    rest = sp.Poly(list(polynomial)[::-1], X)
    for end in (piece.lower, piece.upper):
        if end.is_Rational and abs(Fraction(int(end.p), int(end.q)) - centre) <= np.spacing(abs(float(centre))):
            while rest.degree() > 0 and rest.eval(end) == 0:
                rest = rest.exquo(sp.Poly(X - end, X))
    with ctx.workprec(_BITS):
        at = arb(fmpq(centre.numerator, centre.denominator))
        own = [fmpq(int(c.p), int(c.q)) for c in _moved(rest.all_coeffs()[::-1], centre)]  # type: ignore[attr-defined]
        value, size = arb_poly(own), arb_poly([abs(c) for c in own])
        slope = value.derivative()
        low, high = (constant_ball(end) - at for end in (piece.lower, piece.upper))
        if not (low.is_finite() and high.is_finite()):
            return False
        todo = [(low.mid(), high.mid(), 0)]
        while todo:
            a, b, depth = todo.pop()
            box = a.union(b)
            room = size(abs(box)).abs_upper()
            change = slope(box).abs_lower() * (box + at).abs_lower() * arb(2) ** -54
            if value(box).abs_lower() > arb(2) ** -30 * room or change > arb(2) ** -82 * room:
                continue
            if depth == _HALVINGS:
                return False
            middle = ((a + b) / 2).mid()
            todo += [(a, middle, depth + 1), (middle, b, depth + 1)]
    return True


def _special(
    activation: Activation, polynomials: Sequence[Sequence[sp.Expr]], order: int, kink: str
) -> Iterator[tuple[float, float]]:
    """Breakpoints that are doubles and have another value than the piece on their right."""
    right_of = {piece.lower: k for k, piece in enumerate(activation.pieces)}
    left_of = {piece.upper: k for k, piece in enumerate(activation.pieces)}
    stated = activation.spec is not None and any(claim.key == "derivative" for claim in activation.spec.claims)
    for point in activation.points:
        low, high = sides(point.at, DOUBLE)
        if low != high:
            continue
        left, right = (
            _value(polynomials[of[point.at]], point.at) if point.at in of else None for of in (left_of, right_of)
        )
        if left is None or right is None or point.value is None:
            inner = right if left is None else left
            value = sp.nan if point.value is None or inner is None else inner if order else point.value
        elif order == 0:
            value = point.value
        elif left == right or kink == "right" or (kink == "catalogue" and not stated):
            value = right
        elif stated and kink == "catalogue":
            beside = [piece_beside(activation.pieces, point.at, side) for side in (-1, 1)]
            found = at_breakpoint(activation, beside[0], beside[1], order, kink)  # type: ignore[arg-type]
            value = {"left": left, "right": right}.get(str(found), found)
        else:
            value = {"left": left, "mean": (left + right) / 2, "zero": sp.S.Zero}[kink]
        if right is None or value != right:
            yield low, _words(value)[0] if value is not sp.nan else float("nan")


def _value(polynomial: Sequence[sp.Expr], at: sp.Expr) -> sp.Expr:
    total: sp.Expr = sp.S.Zero
    for coefficient in reversed(polynomial):
        total = total * at + coefficient
    return total


def _end(activation: Activation, order: int, place: int) -> float:
    piece = activation.pieces[place]
    end = piece.upper if place else piece.lower
    return float(piece.limit(end, order)) if end.is_infinite else float("nan")


# --- a compiled form -------------------------------------------------------------------------------------------------

Run = Callable[[np.ndarray, Sequence[np.ndarray]], None]
_BLOCK = 32768
_MANY = 1 << 16  # elements from which on it pays to wait for a loop to be compiled


def run(activation: Activation, orders: Sequence[int], kink: str, loop: Loop | None = None) -> tuple[Run, Bounds]:
    """The function of arrays that fills one for each order, and for each order the most ulp that it is wrong by.

    `loop` computes the same to the last bit, and quicker where there is much to compute.
    """
    made, bounds = tables(activation, orders, kink)

    def fill(x: np.ndarray, outputs: Sequence[np.ndarray]) -> None:
        quick = loop if x.size >= _MANY else None
        for start in range(0, x.size, _BLOCK):
            block = x[start : start + _BLOCK].astype(np.float64)
            for one, output in zip(made, outputs, strict=True):
                found = one(block) if quick is None else quick(one, block)
                with np.errstate(all="ignore"):
                    output[start : start + _BLOCK] = found

    return fill, bounds


def tables(activation: Activation, orders: Sequence[int], kink: str) -> tuple[list[Tabled], Bounds]:
    """The tables of these derivatives, and their bounds; a warning says of which none is known."""
    made = [tabled(activation, order, kink) for order in orders]
    bounds = {order: ULP if one.known else float("inf") for order, one in zip(orders, made, strict=True)}
    for order, most in bounds.items():
        if most > ULP:
            told = f"{activation.name}, order {order}: a piece comes near to a zero of a higher order"
            warnings.warn(f"{told}, where values may be wrong", InaccurateWarning, stacklevel=4)
    return made, bounds
