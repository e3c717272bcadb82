"""Where a formula may do what inputs of all sizes miss: close to where an argument of one of its functions is small.

So `exp(-1e4*(x - 7.7)**2)` is as good as 0 but for a tenth on both sides of 7.7.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import sympy as sp
from flint import arb, ctx

from propcheck.calculus import Undecided
from propcheck.calculus.form import Form, compile_form
from propcheck.language import X
from propcheck.numeric.rounding import fixed

_LEVELS = (0.0, 0.03, 0.2, 0.7, 1.5, 3.0, 5.0, 8.0, 14.0, 25.0, 37.0, 90.0, 300.0, 690.0)
_MOST_DEGREE = 4
_MOST_ARGUMENTS = 6
_BITS = 100
_GRID = tuple(k / 3 + 0.013 for k in range(-30, 31))
_THIN = 8.0  # arguments that change by less, as x changes by its own size, are met by inputs of all sizes


@lru_cache(maxsize=512)
def landmarks(expr: sp.Expr) -> tuple[float, ...]:
    """The places at which polynomial arguments of a formula's functions take some small values, where these lie close.

    Around 0 there is none: inputs of all sizes come near to it.
    """
    found: set[float] = set()
    for coefficients in _arguments(expr)[:_MOST_ARGUMENTS]:
        for level in _LEVELS:
            for value in (level, -level):
                found |= _places(coefficients, value)
    for u in _differences(expr)[:_MOST_ARGUMENTS]:
        found |= _around_zeros(u)
    return tuple(sorted(found))


def _differences(expr: sp.Expr) -> list[sp.Expr]:
    """The arguments of functions and powers, no polynomials, that are a difference from a number."""
    nodes = [node for node in sp.preorder_traversal(expr) if isinstance(node, (sp.Function, sp.exp, sp.Pow))]
    arguments = dict.fromkeys(u for node in nodes for u in node.args if u.is_Add and u.free_symbols == {X})
    return [u for u in arguments if u.as_coeff_Add()[0] and not u.is_polynomial(X)]


def _around_zeros(u: sp.Expr) -> set[float]:
    """Inputs at which a function takes small values beside its zeros, nearer and nearer to them."""
    found: set[float] = set()
    try:
        form = compile_form(u, X)
    except Undecided:
        return found
    with ctx.workprec(_BITS):
        values = [form.ball(arb(at)) for at in _GRID]
        for low, high, first, last in zip(_GRID, _GRID[1:], values, values[1:], strict=False):
            if first > 0 and last < 0 or first < 0 and last > 0:
                zero = _zero(form, low, high, bool(first > 0))
                found |= {zero + s * abs(zero) * 2.0**-k for k in range(2, 40, 2) for s in (1.0, -1.3)}
    return found


def _zero(form: Form, low: float, high: float, falling: bool) -> float:
    for _ in range(50):
        middle = low / 2 + high / 2
        value = form.ball(arb(middle))
        if value.contains(0):
            return middle
        low, high = (middle, high) if bool(value > 0) == falling else (low, middle)
    return low


def _arguments(expr: sp.Expr) -> list[np.ndarray]:
    """The polynomials among the arguments of functions and powers that are not 0 at 0, by their coefficients."""
    out: dict[sp.Expr, np.ndarray] = {}
    for node in sp.preorder_traversal(expr):
        if not isinstance(node, (sp.Function, sp.exp, sp.Pow)):
            continue
        for u in node.args:
            if u in out or not u.has(X) or not u.is_polynomial(X) or sp.degree(u, X) > _MOST_DEGREE:
                continue
            try:
                coefficients = np.array([fixed(c) for c in sp.Poly(u, X).all_coeffs()])
            except Undecided:
                continue
            if coefficients[-1] and np.isfinite(coefficients).all():
                out[u] = coefficients
    return list(out.values())


def _places(coefficients: np.ndarray, value: float) -> set[float]:
    """Where a polynomial takes a value, and runs or bends steeply for the size of x."""
    shifted = coefficients.copy()
    shifted[-1] -= value
    try:
        with np.errstate(all="ignore"):
            roots = np.roots(shifted)
    except np.linalg.LinAlgError:
        return set()
    real = [float(root.real) for root in roots if abs(root.imag) <= 1e-6 * abs(root.real)]
    slope, bend = np.polyder(coefficients), np.polyder(coefficients, 2)
    with np.errstate(all="ignore"):
        return {
            at
            for at in real
            if abs(np.polyval(slope, at) * at) + np.sqrt(abs(np.polyval(bend, at))) * abs(at)
            > _THIN * max(1.0, abs(value))
        }


__all__ = ["landmarks"]
