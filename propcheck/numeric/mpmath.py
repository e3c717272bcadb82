"""The derivatives at any number of digits, as numbers of mpmath: ball arithmetic, as precise as each value needs.

The argument is taken for exact, a text for the constant that it spells. Arrays come out as arrays of numbers.
"""

from __future__ import annotations

import reprlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from numbers import Integral
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from flint import arb, ctx

from propcheck.activation import Activation, exact
from propcheck.calculus import Undecided
from propcheck.calculus.form import compile_form, constant_ball
from propcheck.calculus.identity import is_zero
from propcheck.calculus.signs import same
from propcheck.language import X
from propcheck.numeric.conventions import at_breakpoint
from propcheck.numeric.returning import far_out
from propcheck.numeric.rounding import magnitude
from propcheck.numeric.truth import enclosed
from propcheck.numeric.wanted import Wanted
from propcheck.pieces.piece import Piece, piece_beside
from propcheck.pieces.values import limit
from propcheck.processes.precision import alone
from propcheck.spec import constant
from propcheck.verdict import InaccurateWarning, InputError

DIGITS, MOST_DIGITS = 50, 10_000
_SPARE = 14  # bits that a ball is narrower than a unit in the last place
_BITS = 1 << 16  # of the last attempt, or eight times those asked for


def compiled(
    activation: Activation, orders: tuple[int, ...], single: bool, kink: str, dtype: Any, wanted: Wanted
) -> Compiled:
    """The derivatives of these orders at so many digits, 50 where that is None; there is no `dtype` to choose."""
    if dtype is not None:
        raise InputError(f"mpmath has numbers of any precision and no dtype {dtype!r}; give digits=50 instead")
    digits: Any = DIGITS if wanted.digits is None else wanted.digits
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= MOST_DIGITS:
        raise InputError(f"digits is a whole number from 1 to {MOST_DIGITS}, not {digits!r}")
    if not activation.pieces and activation.wave is None:
        raise InputError(f"{activation.name} cannot be computed: {activation.trouble or 'it has no pieces'}")
    return Compiled(activation, orders, single, kink, digits)


@dataclass(frozen=True)
class Compiled:
    """`f(x)` for a number or an array of numbers; several orders give a tuple."""

    activation: Activation
    orders: tuple[int, ...]
    single: bool
    kink: str
    digits: int

    @property
    def bound(self) -> dict[int, float]:
        """For each order the most units in the last of its bits that a value is wrong by: it is rounded once."""
        return dict.fromkeys(self.orders, 0.5 + 2.0**-_SPARE)

    @alone
    def __call__(self, x: Any) -> Any:
        """The value at every element of x; NaN where there is none, and, with a warning, where none was found."""
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
        at = _exact(x)
        about, rise = self.activation, sp.S.Zero
        if about.wave is not None and at is not sp.nan:
            if at.is_infinite:
                return _number(far_out(about, order)[at is sp.oo])
            about, at, rise = _moved(about, at, order)
        held = None if at is sp.nan else self._held(about, at, order)
        if held is None or held is sp.nan:
            return mpmath.mpf("nan")
        if isinstance(held, Piece):
            found = self._inside(held, at, order, rise)
        elif held.is_infinite:
            return _number(held)
        else:
            held += rise
            found = self._settled(lambda: constant_ball(held))
            found = mpmath.mpf(0) if found is None and is_zero(held) else found
        if found is None:
            message = f"{self.activation.name}: no exact value was found at x = {x!r}"
            warnings.warn(message, InaccurateWarning, stacklevel=4)
            return mpmath.mpf("nan")
        return found

    def _held(self, about: Activation, at: sp.Expr, order: int) -> sp.Expr | Piece | None:
        """What holds at a point: a piece, or the value itself, or nothing."""
        left, right = (piece_beside(about.pieces, at, side) for side in (-1, 1))
        if left is not None and left is right:
            return limit(left.derivative(order), at, 1) if any(same(gap, at) for gap in left.removable) else left
        if at.is_finite:
            known = about.point(at)
            if known is None or known.value is None or order == 0:
                return known and known.value
        piece = left or right
        if left and right:  # the sides may differ
            chosen = at_breakpoint(about, left, right, order, self.kink)
            if isinstance(chosen, sp.Expr):
                return chosen
            piece = left if chosen == "left" else right
        try:
            value = sp.nan if piece is None else piece.limit(at, order)
        except Undecided:
            return None
        return value if value.is_extended_real else None

    def _inside(self, piece: Piece, at: sp.Expr, order: int, rise: sp.Expr) -> Any:
        """The derivative at a point of a piece: as it is written, else over one denominator, where less cancels."""
        expr = piece.derivative(order)
        found = self._settled(lambda: enclosed(piece, order, constant_ball(at)) + constant_ball(rise))
        if found is None and not piece.removable:
            form = compile_form(_over_one(expr), X)
            found = self._settled(lambda: form.ball(constant_ball(at)) + constant_ball(rise))
        return mpmath.mpf(0) if found is None and is_zero(expr.xreplace({X: at}) + rise) else found

    def _settled(self, ball: Callable[[], arb]) -> Any:
        """The middle of a ball that is narrow beside its size, rounded once; None where more bits do not make it so."""
        wanted = mpmath.libmp.dps_to_prec(self.digits)
        bits = wanted + 2 * _SPARE
        while bits <= max(_BITS, 8 * wanted):
            with ctx.workprec(bits):
                found = ball()
                size = abs(found.mid()) if found.is_finite() else arb(0)
                if found.is_exact() or found.rad() < size * arb((1, -wanted - _SPARE)):
                    mantissa, power = found.mid().man_exp()
                    with mpmath.workprec(wanted):
                        return mpmath.ldexp(int(mantissa), int(power))
            bits *= 3
        return None


def _moved(activation: Activation, at: sp.Expr, order: int) -> tuple[Activation, sp.Expr, sp.Expr]:
    """Two periods of a function that comes back, where a point lies in them, and what is to be added there."""
    wave, seen = activation.wave, activation.periods
    assert wave is not None and seen is not None
    with ctx.workprec(_SPARE + max(magnitude(constant_ball(at)) or 0, 64)):
        turns = (constant_ball(at) - constant_ball(wave.start)) / constant_ball(wave.length)
        k = sp.Integer(int((turns + arb(0.5)).mid().floor().fmpz()))
    return seen, at - k * wave.length, k * wave.rise if order == 0 else sp.S.Zero


def _number(value: sp.Expr | None) -> Any:
    """A limit."""
    if value is None:
        return mpmath.mpf("nan")
    return mpmath.mpf(value) if value.is_finite else mpmath.mpf("inf" if value is sp.oo else "-inf")


@lru_cache(maxsize=512)
def _over_one(expr: sp.Expr) -> sp.Expr:
    return sp.factor(expr.rewrite(sp.exp))


def _exact(x: Any) -> sp.Expr:
    """A number as what it is exactly; a text as the constant that it spells."""
    if isinstance(x, str):
        return constant(x)
    if isinstance(x, sp.Expr):
        if x is not sp.nan and not x.is_extended_real:
            raise InputError(f"a function is asked for at a real number, not at {x}")
        return exact(x)
    if isinstance(x, Integral):
        return sp.Integer(int(x))
    try:
        ratio = mpmath.libmp.to_rational(x._mpf_) if isinstance(x, mpmath.mpf) else x.as_integer_ratio()
        return sp.Rational(*map(int, ratio))
    except AttributeError:
        raise InputError(f"a function is asked for at a real number, not at {reprlib.repr(x)}") from None
    except (OverflowError, ValueError):
        return sp.sympify(float(x))  # an infinity, or NaN
