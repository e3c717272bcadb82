"""The sign of an expression in symbols: where it is told it is that of every value, and it is open where it turns."""

from __future__ import annotations

import random

import mpmath
import pytest
import sympy as sp

from propcheck.calculus import Undecided
from propcheck.calculus.corners import sign_at_corners
from propcheck.language import X

A, B = sp.symbols("a b", real=True)
LINE = (-sp.oo, sp.oo)
WIDE = (sp.S.Zero, sp.oo)

# expression, ranges, interval, sign; None where it turns within the ranges
CASES = [
    (X / A + sp.exp(-X / B), {A: ("3/2", "oo"), B: ("0", "4")}, LINE, 1),
    (X / A + sp.exp(-X / B), {A: ("3/2", "oo"), B: ("0", "5")}, LINE, None),
    (-X / A - sp.exp(-X / B), {A: ("3/2", "oo"), B: ("0", "4")}, LINE, -1),
    (sp.exp(X) - A * X, {A: ("0", "27/10")}, LINE, 1),
    (sp.exp(X) - A * X, {A: ("0", "14/5")}, LINE, None),
    (sp.exp(X) - A * X, {A: ("-1/100", "1")}, LINE, None),
    (A * X - 1 - sp.exp(X), {A: ("0", "3")}, (-sp.oo, sp.S.Zero), -1),
    (X + A + sp.exp(-X), {A: ("-1", "7")}, LINE, 1),
    (X + A + sp.exp(-X), {A: ("-2", "7")}, LINE, None),
    (A + B * sp.exp(X) + X**2, {A: ("1", "2"), B: ("-1", "5")}, (-sp.oo, sp.S.Zero), 1),
    (A - B * X**2, {A: ("0", "oo"), B: ("-oo", "0")}, WIDE, 1),
    (A * sp.sin(X) + X, {A: ("0", "1/2")}, WIDE, None),  # above 0, which it does not find: it falls and rises in a
]


def drawn(draw, lower, upper):
    low, high = (mpmath.mpf(str(end.evalf(30))) if end.is_finite else None for end in (lower, upper))
    if low is None:
        return (0 if high is None else high) - mpmath.mpf(draw.expovariate(0.3))
    return low + mpmath.mpf(draw.expovariate(0.3)) if high is None else low + (high - low) * draw.random()


@pytest.mark.parametrize(("expr", "ends", "span", "sign"), CASES, ids=lambda case: str(case)[:60])
def test_a_sign_is_that_of_every_value(expr, ends, span, sign):
    ranges = {symbol: tuple(map(sp.sympify, pair)) for symbol, pair in ends.items()}
    if sign is None:
        with pytest.raises(Undecided):
            sign_at_corners(expr, X, span[0], span[1], ranges)
        return
    assert sign_at_corners(expr, X, span[0], span[1], ranges) == sign
    draw, names = random.Random(str(expr)), [X, *ranges]
    value = sp.lambdify(names, expr, "mpmath")
    with mpmath.workdps(50):
        assert all(value(*(drawn(draw, *pair) for pair in (span, *ranges.values()))) * sign > 0 for _ in range(300))


def test_a_symbol_without_a_range_is_any_number_and_tells_nothing():
    with pytest.raises(Undecided):
        sign_at_corners(sp.exp(X) + A**2 + 1 + A * X, X, *LINE, {})
