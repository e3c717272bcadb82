"""The oracle: the textbook derivative at any number of digits, with mpmath.

Nothing is rewritten for stability. Instead the working precision is raised until two results in a row agree to all the
digits asked for; a result that stays under 10**-1000 is 0. Numbers come out as `mpmath.mpf`, arrays as arrays of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from propcheck.activation import Activation, Piece
from propcheck.calculus import Undecided
from propcheck.calculus.signs import precedes, same
from propcheck.grammar import X
from propcheck.numeric.assembly import at_breakpoint
from propcheck.precision import alone
from propcheck.verdict import InputError

DIGITS = 50
_GUARD = 10  # digits beyond those asked for, in the first attempt
_MOST = 20000  # digits of the last attempt
_ENOUGH = 1500  # digits from which on a result under `_NOTHING` is taken for 0
_NOTHING = mpmath.mpf(10) ** -1000


def compiled(
    activation: Activation,
    orders: tuple[int, ...],
    single: bool,
    kink: str,
    dtype: Any = None,
    strict: bool = True,
    digits: int = DIGITS,
) -> Compiled:
    """The derivatives of these orders at so many digits; there is no `dtype` to choose, and all values are exact."""
    if dtype is not None:
        raise InputError(f"mpmath has numbers of any precision and no dtype {dtype!r}; give digits=50 instead")
    if not activation.pieces:
        raise InputError(f"{activation.name} cannot be computed: {activation.trouble or 'it has no pieces'}")
    return Compiled(activation, orders, single, kink, digits)


@dataclass(frozen=True)
class Compiled:
    """`f(x)` for a number or an array of numbers; several orders give a tuple."""

    activation: Activation
    orders: tuple[int, ...]
    single: bool
    kink: str
    digits: int = DIGITS
    _known: dict[tuple[int, int], Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def bound(self) -> dict[int, float]:
        """For each order the most units in the last of the digits that a value is wrong by: it is rounded once."""
        return dict.fromkeys(self.orders, 0.5)

    @alone
    def __call__(self, x: Any) -> Any:
        """The value at every element of x, each taken for exact; texts are read as decimals."""
        results = tuple(self._each(x, order) for order in self.orders)
        return results[0] if self.single else results

    def _each(self, x: Any, order: int) -> Any:
        if not isinstance(x, np.ndarray | list | tuple):
            return self._at(x, order)
        array = np.asarray(x, dtype=object)
        out = np.empty(array.shape, dtype=object)
        for place in np.ndindex(array.shape):
            out[place] = self._at(array[place], order)
        return out

    def _at(self, x: Any, order: int) -> Any:
        exact = _exact(x)
        if exact is sp.nan:
            return mpmath.mpf("nan")
        value = self._constant(exact, order)
        if value is None:
            return mpmath.mpf("nan")
        if isinstance(value, Piece):
            value = value.derivative(order)
        return _settled(value, exact, self.digits)

    def _constant(self, x: sp.Expr, order: int) -> sp.Expr | Piece | None:
        """What holds at a point: a piece, or the value itself, or nothing."""
        pieces = self.activation.pieces
        for place, piece in enumerate(pieces):
            if x.is_infinite:
                if x == piece.lower or x == piece.upper:
                    return self._end(piece, x, order)
                continue
            if any(same(gap, x) for gap in piece.removable):
                return sp.limit(piece.derivative(order), X, x)
            if same(piece.lower, x):
                return self._start(place, x, order)
            if precedes(piece.lower, x) and precedes(x, piece.upper):
                return piece
        last = pieces[-1]
        known = any(same(point.at, x) and point.value is not None for point in self.activation.points)
        return self._end(last, x, order) if known and same(last.upper, x) else None

    def _start(self, place: int, x: sp.Expr, order: int) -> sp.Expr | None:
        """The value at the beginning of a piece, by the convention where the sides differ."""
        piece, pieces = self.activation.pieces[place], self.activation.pieces
        point = next((point for point in self.activation.points if same(point.at, x)), None)
        if point is not None and (point.value is None or order == 0):
            return point.value
        if place == 0 or not same(pieces[place - 1].upper, x):
            return self._end(piece, x, order)
        chosen = at_breakpoint(self.activation, pieces[place - 1], piece, order, self.kink)
        if isinstance(chosen, sp.Expr):
            return chosen
        return self._end(pieces[place - 1] if chosen == "left" else piece, x, order)

    def _end(self, piece: Piece, x: sp.Expr, order: int) -> sp.Expr | None:
        try:
            value = piece.limit(x, order)
        except Undecided:
            return None
        return value if value.is_extended_real else None


def _exact(x: Any) -> sp.Expr:
    """A number as the rational that it is."""
    if isinstance(x, sp.Expr):
        return x
    if isinstance(x, mpmath.mpf):
        if not mpmath.isfinite(x):
            return sp.nan if mpmath.isnan(x) else sp.oo if x > 0 else -sp.oo
        sign, mantissa, exponent, _ = x._mpf_
        return (-1) ** sign * sp.Integer(int(mantissa)) * sp.Integer(2) ** int(exponent)
    if isinstance(x, str | int):
        return sp.Rational(x)
    value = float(x)
    if not np.isfinite(value):
        return sp.nan if np.isnan(value) else sp.oo if value > 0 else -sp.oo
    return sp.Rational(*value.as_integer_ratio())


@lru_cache(maxsize=512)
def _function(expr: sp.Expr) -> Callable[..., Any]:
    return sp.lambdify([X], expr, "mpmath")


def _settled(expr: sp.Expr, x: sp.Expr, digits: int) -> Any:
    """The expression at x, to so many digits."""
    if expr.is_infinite:
        return mpmath.mpf("inf") if expr is sp.oo else mpmath.mpf("-inf")
    if not expr.free_symbols:
        return _rounded(_constant(expr, digits + _GUARD), digits)
    before, working = None, digits + _GUARD
    while working <= _MOST:
        with mpmath.workdps(working):
            point = mpmath.mpf(int(x.p)) / int(x.q) if x.is_Rational else _constant(x, working)
            try:
                value = mpmath.mpf(_function(expr)(point))
            # Digits are lacking: a denominator is 0, a root complex; or an exponent has more of them than there are.
            except (ZeroDivisionError, OverflowError, ValueError, TypeError):
                value = None
            if value is not None and before is not None and _agree(before, value, digits, working):
                return _rounded(value if abs(value) >= _NOTHING else mpmath.mpf(0), digits)
        before, working = value, 2 * working
    raise Undecided(f"{digits} digits of {expr} at x = {sp.N(x, 17)} take more than {_MOST}")


def _constant(value: sp.Expr, digits: int) -> Any:
    return mpmath.make_mpf(sp.Float(sp.N(value, digits), digits)._mpf_)


def _agree(before: Any, value: Any, digits: int, working: int) -> bool:
    if value == 0 or before == 0 or abs(value) < _NOTHING:
        return working >= _ENOUGH and abs(value) < _NOTHING and abs(before) < _NOTHING
    return abs(before - value) <= abs(value) * mpmath.mpf(10) ** -(digits + 2)


def _rounded(value: Any, digits: int) -> Any:
    with mpmath.workdps(digits):
        return +value
