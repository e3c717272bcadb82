"""Polynomials read off expressions: against SymPy's own, and what is answered by them against another way."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from propcheck.calculus.identity import is_zero
from propcheck.calculus.local import order_at
from propcheck.calculus.polynomial import only_zero, polynomial
from propcheck.calculus.signs import signs
from propcheck.language import X

FRACTIONS = st.fractions(-9, 9, max_denominator=12).map(lambda q: sp.Rational(q.numerator, q.denominator))


@given(st.lists(FRACTIONS, min_size=1, max_size=5), FRACTIONS, st.integers(0, 3))
def test_a_polynomial_has_the_coefficients_and_the_orders_that_sympy_gives_it(
    coefficients: list[sp.Rational], at: sp.Rational, times: int
) -> None:
    expr = sum((c * X**k for k, c in enumerate(coefficients)), sp.S.Zero) * (X - at) ** times
    found = polynomial(expr, X)
    assert found is not None
    want = sp.Poly(expr, X)
    assert [sp.Rational(int(c.p), int(c.q)) for c in found.coeffs()[::-1]] == [c for c in want.all_coeffs() if found]
    assert is_zero(expr) is want.is_zero and is_zero(expr - want.as_expr() + 1) is False
    if not want.is_zero:
        assert order_at(expr, X, at) == next(k for k in range(20) if want.diff((X, k)).eval(at) != 0)


@given(FRACTIONS.filter(bool), FRACTIONS, FRACTIONS, st.sampled_from(["both", "left", "right", "none"]))
def test_a_line_has_its_sign_on_each_side_of_its_zero(
    slope: sp.Rational, zero: sp.Rational, end: sp.Rational, open_side: str
) -> None:
    lower = -sp.oo if open_side in ("both", "left") else end
    upper = sp.oo if open_side in ("both", "right") else (end + 3 if lower.is_finite else end)
    chart = signs(slope * X - slope * zero, X, lower, upper)
    inside = bool(lower < zero < upper)
    assert [found.at for found in chart.zeros] == [zero] * inside and len(chart.signs) == 1 + inside
    cuts = [max(lower, zero - 99), zero, min(upper, zero + 99)] if inside else [max(lower, -99), min(upper, 99)]
    for (left, right), sign in zip(zip(cuts, cuts[1:], strict=False), chart.signs, strict=True):
        assert sp.sign(slope * ((left + right) / 2 - zero)) == sign
    line = polynomial(slope * X - slope * zero, X)
    assert line is not None and only_zero(line) == zero


@pytest.mark.parametrize("text", ["exp(x)", "1/x", "sqrt(2)*x", "x**(1/2)", "x**65", "(x + 1)**33*x**40", "x + y"])
def test_what_is_no_short_polynomial_with_rational_coefficients_is_none(text: str) -> None:
    assert polynomial(sp.sympify(text, locals={"x": X}), X) is None
