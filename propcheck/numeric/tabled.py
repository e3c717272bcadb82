"""A function of very many pieces: found by a search, computed from a table of coefficients of polynomials.

Each piece has its coefficients about a centre of its own, in two words, and is computed in arithmetic of two words
(Dekker, 1971; Knuth's sum), so that a result is rounded once, near a simple zero too. Where a piece comes near to a
zero of a higher order, or that is not shown, the bound is not known, and is said to be so.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from math import comb
from typing import Any

import numpy as np
import sympy as sp
from flint import arb, ctx, fmpq

from propcheck.activation import Activation
from propcheck.calculus import Undecided
from propcheck.calculus.form import constant_ball
from propcheck.calculus.polynomial import polynomial
from propcheck.language import X
from propcheck.numeric.assembly import MOST_PIECES
from propcheck.numeric.conventions import at_breakpoint
from propcheck.numeric.expanded import BITS, Part, expansions, is_simple, two_words
from propcheck.numeric.formats import DOUBLE
from propcheck.numeric.rounding import sides
from propcheck.pieces.piece import Piece, Point, piece_beside
from propcheck.verdict import InaccurateWarning, InputError

ULP = 1.0  # a result is rounded once, and to a narrower type once more
MOST_DEGREE = 8
_NEAR_ZERO = Fraction(1, 2**20)  # of its width: a piece that comes so near to 0 has 0 for its centre
_HUGE = 2.0**490  # beyond it the halves of a product leave the range
_SPLIT = 2.0**27 + 1
Compiled = Callable[[np.ndarray], Sequence[np.ndarray]]
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


@lru_cache(maxsize=32)
def tabled(activation: Activation, order: int, kink: str) -> Tabled:
    """The table of the derivative of this order; NaN where a piece without an end is no polynomial: see `beyond`."""
    edges: list[float] = []
    rows: list[Part] = []
    reached: sp.Expr = -sp.oo
    nothing = Part(None, 0.0, [(float("nan"), 0.0)], True)
    for piece in activation.pieces:
        if piece.lower != reached:
            rows.append(nothing)
        if piece.lower.is_finite:
            if piece.lower != reached and np.isfinite(float(reached)):
                edges.append(np.nextafter(sides(reached, DOUBLE)[0], np.inf))
            edges.append(sides(piece.lower, DOUBLE)[1])
        found = [nothing] if _is_beyond(piece) else _parts(activation, piece, order)
        edges += [part.edge for part in found if part.edge is not None]
        rows += found
        reached = piece.upper
    if reached is not sp.oo:
        edges.append(np.nextafter(sides(reached, DOUBLE)[0], np.inf))
        rows.append(nothing)
    special = dict(_special(activation, order, kink))
    points = np.array(sorted(special))
    most = max(len(part.words) for part in rows)
    words = np.array([[*part.words, *[(0.0, 0.0)] * (most - len(part.words))] for part in rows])  # part, power, word
    return Tabled(
        np.array(edges),
        np.array([part.centre for part in rows]),
        np.ascontiguousarray(words[:, :, 0].T),
        np.ascontiguousarray(words[:, :, 1].T),
        points,
        np.array([special[at] for at in points]),
        (_end(activation, order, 0), _end(activation, order, -1)),
        all(part.known for part in rows),
    )


@dataclass(frozen=True)
class Beyond:
    """The pieces that run on without end and are no polynomials, and the first double and the last of the table."""

    activation: Activation
    first: float
    last: float


def beyond(activation: Activation) -> Beyond | None:
    """What a table leaves to a form of its own; None where there is nothing."""
    far = [piece for piece in activation.pieces if _is_beyond(piece)]
    if not far:
        return None
    inner = [piece for piece in activation.pieces if not _is_beyond(piece)]
    first = sides(inner[0].lower, DOUBLE)[1] if inner[0].lower.is_finite else -np.inf
    last = sides(inner[-1].upper, DOUBLE)[0] if inner[-1].upper.is_finite else np.inf
    gap = (inner[0].lower, inner[-1].upper)
    points = tuple(Point(end, None) for end in gap if end.is_finite)
    pieces = tuple(replace(piece, whole=None) for piece in far)
    rest = replace(activation, pieces=pieces, points=points, undefined=(*activation.undefined, gap))
    return Beyond(rest, float(first), float(last))


def _is_beyond(piece: Piece) -> bool:
    return not (piece.lower.is_finite and piece.upper.is_finite) and polynomial(piece.expr, X) is None


def _parts(activation: Activation, piece: Piece, order: int) -> list[Part]:
    """A piece as a polynomial, or as several beside each other."""
    coefficients = _coefficients(piece, order)
    if coefficients is None:
        try:
            return expansions(piece, order)
        except Undecided as reason:
            told = f"{activation.name} has {len(activation.pieces)} pieces, and no form of one of them was found"
            raise InputError(f"{told}: {reason}") from None
    centre = _centre(piece, coefficients)
    moved = _moved(coefficients, centre)
    return [Part(None, float(centre), [*map(_words, moved)], _is_simple(moved, coefficients, piece, centre))]


def _coefficients(piece: Piece, order: int) -> tuple[sp.Expr, ...] | None:
    """The coefficients of a polynomial, that of the power 0 first; None where it is none with rational ones."""
    expr = piece.derivative(order)
    if X not in expr.free_symbols:
        return (expr,)
    found = polynomial(expr, X)
    if found is None or found.degree() > MOST_DEGREE:
        return None
    return tuple(sp.Rational(int(c.p), int(c.q)) for c in found.coeffs())


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
    with ctx.workprec(BITS):
        return two_words(constant_ball(number))


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
    with ctx.workprec(BITS):
        at = arb(fmpq(centre.numerator, centre.denominator))
        own = [fmpq(int(c.p), int(c.q)) for c in _moved(rest.all_coeffs()[::-1], centre)]  # type: ignore[attr-defined]
        low, high = (constant_ball(end) - at for end in (piece.lower, piece.upper))
        return bool(low.is_finite() and high.is_finite()) and is_simple(own, at, low.union(high), arb(0))


def _special(activation: Activation, order: int, kink: str) -> Iterator[tuple[float, float]]:
    """Breakpoints that are doubles and have another value than the piece on their right."""
    right_of = {piece.lower: piece for piece in activation.pieces}
    left_of = {piece.upper: piece for piece in activation.pieces}
    stated = activation.spec is not None and any(claim.key == "derivative" for claim in activation.spec.claims)
    for point in activation.points:
        low, high = sides(point.at, DOUBLE)
        if low != high:
            continue
        left, right = (of[point.at].limit(point.at, order) if point.at in of else None for of in (left_of, right_of))
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
        if right is None or value != right or _is_beyond(right_of[point.at]):
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


def run(
    activation: Activation, orders: Sequence[int], kink: str, compiled: Compiled | None, loop: Loop | None = None
) -> Run:
    """The function of arrays that fills one for each order. `compiled` is of the pieces that no table has (`beyond`).

    `loop` computes the same to the last bit, and quicker where there is much to compute.
    """
    made, far = tables(activation, orders, kink), beyond(activation)

    def fill(x: np.ndarray, outputs: Sequence[np.ndarray]) -> None:
        quick = loop if x.size >= _MANY else None
        for start in range(0, x.size, _BLOCK):
            given = x[start : start + _BLOCK]
            block = given.astype(np.float64)
            outer = None if far is None else (block < far.first) | (block > far.last)
            others = compiled(given[outer]) if compiled and outer is not None and outer.any() else None
            for place, (one, output) in enumerate(zip(made, outputs, strict=True)):
                found = one(block) if quick is None else quick(one, block)
                with np.errstate(all="ignore"):
                    output[start : start + _BLOCK] = found
                if others is not None:
                    output[start : start + _BLOCK][outer] = others[place]

    return fill


def tables(activation: Activation, orders: Sequence[int], kink: str) -> list[Tabled]:
    """The tables of these derivatives; a warning says of which no bound is known."""
    made = [tabled(activation, order, kink) for order in orders]
    for order, one in zip(orders, made, strict=True):
        if not one.known:
            told = f"{activation.name}, order {order}: a piece comes near to a zero of a higher order"
            warnings.warn(f"{told}, where values may be wrong", InaccurateWarning, stacklevel=4)
    return made


def bounds(activation: Activation, orders: Sequence[int], kink: str, others: Mapping[int, float]) -> dict[int, float]:
    """For each order the most ulp that a value is wrong by; `others` are those of the pieces that no table has."""
    known = {order: ULP if tabled(activation, order, kink).known else float("inf") for order in orders}
    return {order: max(most, others.get(order, ULP)) for order, most in known.items()}
