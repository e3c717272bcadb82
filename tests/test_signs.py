"""Charts of signs: against functions whose zeros are known by construction, and against samples by mpmath."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
import sympy as sp
from drawn import texts
from flint import ctx
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from second_opinion import Function
from sympy import exp, log, oo, pi, sqrt

from propcheck.calculus import Undecided
from propcheck.calculus.chart import Chart, between, inner_point
from propcheck.calculus.form import constant_ball
from propcheck.calculus.identity import is_zero
from propcheck.calculus.signs import constant_sign, precedes, same, signs, within
from propcheck.language import X, parse

QUICK = settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
R = sp.Rational


def real(value: sp.Expr) -> mpf:
    if value.is_infinite:
        return mp.inf if value is oo else -mp.inf
    with ctx.workprec(mp.prec + 40):
        return mpf(constant_ball(value).mid().str(mp.dps + 10, radius=False))


def built(zeros: list[tuple[sp.Expr, int]], lower: sp.Expr, upper: sp.Expr, last: int) -> tuple[list, list]:
    """The zeros with their orders, and the signs, that a product of powers must have on (lower, upper)."""
    inside = sorted(((z, n) for z, n in zeros if real(lower) < real(z) < real(upper)), key=lambda item: real(item[0]))
    sign = last * (-1) ** sum(n for z, n in zeros if real(z) >= real(upper))
    pattern = [sign]
    for _, order in reversed(inside):
        pattern.insert(0, pattern[0] * (-1) ** order)
    return inside, pattern


def assert_chart(chart: Chart, zeros: list[tuple[sp.Expr, int]], lower: sp.Expr, upper: sp.Expr, last: int) -> None:
    with mp.workdps(60):
        inside, pattern = built(zeros, lower, upper, last)
        assert [zero.order for zero in chart.zeros] == [order for _, order in inside]
        assert list(chart.signs) == pattern
        for zero, (at, _) in zip(chart.zeros, inside, strict=True):
            assert abs(real(zero.at) - real(at)) < mpf(10) ** -35, (zero, at)


ENDS = [(-oo, oo), (R(0), oo), (-oo, R(1, 2)), (R(-3), R(3)), (sqrt(2), R(7)), (R(-1), R(1))]
ROOTS = st.one_of(
    st.fractions(-6, 6, max_denominator=12).map(lambda f: R(f.numerator, f.denominator)),
    st.sampled_from([sqrt(2), -sqrt(2), sqrt(3) - 1, (1 + sqrt(5)) / 2, R(1, 10**9), R(1) + R(1, 10**12), R(1), R(0)]),
)
FACTORS = st.lists(st.tuples(ROOTS, st.integers(1, 3)), min_size=1, max_size=4, unique_by=lambda item: item[0])


@settings(QUICK, max_examples=50)
@given(FACTORS, st.sampled_from(ENDS), st.sampled_from([1, -1, R(1, 1000)]))
def test_polynomials_have_the_zeros_they_are_built_from(factors, ends, scale):
    lower, upper = ends
    expr = sp.expand(scale * sp.Mul(*[(X - root) ** order for root, order in factors]))
    assume(sum(order for _, order in factors) <= 7)
    try:
        chart = signs(expr, X, lower, upper)
    except Undecided:
        return
    assert_chart(chart, factors, lower, upper, 1 if scale > 0 else -1)


@QUICK
@given(
    st.lists(
        st.tuples(st.fractions(-6, 6, max_denominator=12), st.integers(1, 3)),
        min_size=1,
        max_size=4,
        unique_by=lambda i: i[0],
    ),
    st.sampled_from(ENDS),
)
def test_rational_zeros_are_always_found(factors, ends):
    lower, upper = ends
    zeros = [(R(f.numerator, f.denominator), order) for f, order in factors]
    chart = signs(sp.expand(sp.Mul(*[(X - root) ** order for root, order in zeros])), X, lower, upper)
    assert_chart(chart, zeros, lower, upper, 1)


@QUICK
@given(
    st.lists(
        st.tuples(st.fractions(R(1, 9), 9, max_denominator=9), st.integers(1, 2)),
        min_size=1,
        max_size=3,
        unique_by=lambda i: i[0],
    ),
    st.sampled_from(ENDS),
    st.sampled_from([1, 2, R(1, 2)]),
)
def test_polynomials_in_an_exponential(factors, ends, rate):
    lower, upper = ends
    heights = [(R(f.numerator, f.denominator), order) for f, order in factors]
    expr = sp.expand(sp.Mul(*[(exp(rate * X) - height) ** order for height, order in heights]))
    zeros = [(log(height) / rate, order) for height, order in heights]
    assume(all(not same(zero, end) for zero, _ in zeros for end in ends))
    try:
        chart = signs(expr, X, lower, upper)
    except Undecided:
        return
    assert_chart(chart, zeros, lower, upper, 1)


CLOSE = [
    ("(x-1)*(x-1.000000001)", [(R(1), 1), (R("1.000000001"), 1)], 1),
    ("x**2 - 2*x + 1 - 1e-40", [(1 - R(1, 10**20), 1), (1 + R(1, 10**20), 1)], 1),
    ("x**2 - 2*x + 1", [(R(1), 2)], 1),
    ("x**2 - 2*x + 1 + 1e-40", [], 1),
    ("x**4 - 4*x**2 + 4", [(-sqrt(2), 2), (sqrt(2), 2)], 1),
    ("(x-pi)*(x-22/7)", [(pi, 1), (R(22, 7), 1)], 1),
    ("(x-pi)**2*(x-e)**3", [(sp.E, 3), (pi, 2)], 1),
    ("exp(2*x) - 2*exp(x) + 1", [(R(0), 2)], 1),
    ("exp(2*x) - 3*exp(x) + 2", [(R(0), 1), (log(2), 1)], 1),
    ("x*exp(x)", [(R(0), 1)], 1),
    ("x**3*exp(-x**2)", [(R(0), 3)], 1),
    ("x - sin(x)", [(R(0), 3)], 1),
    ("exp(x) - 1 - x", [(R(0), 2)], 1),
    ("cosh(x) - 1 - x**2/2", [(R(0), 4)], 1),
    ("tanh(x) - x", [(R(0), 3)], -1),
    ("log(1+exp(x)) - log(2)", [(R(0), 1)], 1),
    ("1/(1+exp(-x)) - 1/2", [(R(0), 1)], 1),
    ("erf(x)", [(R(0), 1)], 1),
    ("1 - tanh(x)**2", [], 1),
    ("exp(-x**2)", [], 1),
    ("log(1+exp(x)) - x", [], 1),
    ("sqrt(x**2+1) - x", [], 1),
    ("sqrt(x**2+1) - 2", [(-sqrt(3), 1), (sqrt(3), 1)], 1),
    ("1/(1+exp(-x)) - 1", [], -1),
    ("exp(x)-x-1-1e-30", None, 1),
]


@pytest.mark.parametrize("text, zeros, last", CLOSE, ids=[text for text, _, _ in CLOSE])
def test_zeros_that_are_close_or_multiple_or_not_there(text, zeros, last):
    chart = signs(parse(text), X, -oo, oo)
    if zeros is None:
        assert chart.signs == (1, -1, 1)
    else:
        assert_chart(chart, zeros, -oo, oo, last)


GAPS = [
    ("sin(x)/x", 0, R(-3), R(3), [1]),
    ("(exp(x)-1)/x", 0, -oo, oo, [1]),
    ("(x**2-1)/(x-1)", 1, -oo, oo, [-1, 1]),
    ("(1-cos(x))/x**2", 0, R(-6), R(6), [1]),
    ("(x-sin(x))/x**2", 0, R(-6), R(6), [-1, 1]),
    ("tanh(x)/x", 0, -oo, oo, [1]),
]


@pytest.mark.parametrize("text, gap, lower, upper, pattern", GAPS, ids=[text for text, *_ in GAPS])
def test_a_filled_gap_is_no_hindrance(text, gap, lower, upper, pattern):
    assert list(signs(parse(text), X, lower, upper, (sp.Integer(gap),)).signs) == pattern


@QUICK
@given(texts("smooth", 3), st.sampled_from(ENDS), st.booleans())
def test_charts_agree_with_samples(text, ends, of_slope):
    expr = parse(text)
    expr = expr.diff(X) if of_slope else expr
    lower, upper = ends
    try:
        chart = signs(expr, X, lower, upper)
    except Undecided:
        return
    if chart.period is not None:
        return
    with mp.workdps(80):
        g = Function(text)
        value = (lambda x: (g(x + mpf(10) ** -30) - g(x - mpf(10) ** -30)) * mpf(10) ** 30 / 2) if of_slope else g
        room = mpf(10) ** (-25 if of_slope else -70)
        cuts = [real(lower), *[real(zero.at) for zero in chart.zeros], real(upper)]
        assert all(left < right for left, right in pairwise(cuts))
        for k in range(-45, 46):
            point = mpf(k) ** 3 / 700 + mpf(1) / 97
            try:
                found = value(point)
            except TypeError:
                continue
            if found is None or abs(found) < room * (1 + abs(g(point))) * 1000:
                continue
            for (left, right), sign in zip(pairwise(cuts), chart.signs, strict=True):
                if left + mpf(10) ** -20 < point < right - mpf(10) ** -20:
                    assert found * sign > 0, (mp.nstr(point, 20), mp.nstr(found, 10), chart)
        for zero in chart.zeros:
            at = real(zero.at)
            around = value(at)
            if around is not None and abs(at) < 10**6:
                assert abs(around) < mpf(10) ** -18 * (1 + abs(g(at + 1) or 0) + abs(g(at)) + abs(at)) ** 3, (
                    zero,
                    around,
                )


PERIODIC = [
    ("sin(x)", 2, {1, -1}),
    ("cos(x) + 2", 0, {1}),
    ("1 - cos(x)", 1, {1}),
    ("sin(x)**2", 2, {1}),
    ("sin(x) + sin(2*x)/2", 2, {1, -1}),
    ("cos(3*x) - 1", 1, {-1}),
    ("sin(x)**2 + cos(x)**2 - 1", 0, {0}),
]


@pytest.mark.parametrize("text, zeros, pattern", PERIODIC, ids=[text for text, _, _ in PERIODIC])
def test_one_period_tells_all(text, zeros, pattern):
    chart = signs(parse(text), X, -oo, oo)
    assert set(chart.signs) == pattern and len(chart.zeros) == zeros


# --- order on the line -----------------------------------------------------------------------------------------------

ASCENDING = [-oo, -pi, -3, -sqrt(2), 0, R(1, 10**50), 1, sqrt(2), sp.E, R(314159265, 10**8), pi, R(22, 7), 10**30, oo]


def test_numbers_are_put_in_order():
    points = [sp.sympify(point) for point in ASCENDING]
    for left, right in pairwise(points):
        assert precedes(left, right) and not precedes(right, left) and not same(left, right)
        middle = inner_point(left, right)
        assert precedes(left, middle) and precedes(middle, right) and middle.is_Rational
    assert all(same(point, point) for point in points)


def test_a_point_lies_between_ends_that_have_symbols():
    a, b = sp.symbols("a b", positive=True)
    for lower, upper in ((-oo, a), (a, oo), (a, a + b), (-a, b), (-oo, -a), (-b, oo)):
        middle = inner_point(sp.sympify(lower), sp.sympify(upper))
        for values in ({a: R(1, 7), b: R(5)}, {a: R(9), b: R(1, 3)}):
            low, point, high = (sp.sympify(end).subs(values) for end in (lower, middle, upper))
            assert low < point < high


@pytest.mark.parametrize("left, right", [(log(4), 2 * log(2)), (sqrt(8), 2 * sqrt(2)), (exp(log(7)), 7)])
def test_equal_numbers_are_known_to_be_equal(left, right):
    assert same(left, sp.sympify(right))


@QUICK
@given(st.fractions(-100, 100), st.integers(1, 200))
def test_there_is_a_short_rational_between_two_numbers(start, bits):
    low = R(start.numerator, start.denominator)
    high = low + R(1, 2**bits)
    with ctx.workprec(1000):
        middle = between(constant_ball(low), constant_ball(high))
    assert Fraction(start) < Fraction(int(middle.p), int(middle.q)) < Fraction(start) + Fraction(1, 2**bits)


# --- constants with parameters ---------------------------------------------------------------------------------------

A, B = sp.Symbol("a", real=True), sp.Symbol("b", real=True)


@pytest.mark.parametrize(
    "value, ranges, sign",
    [
        (A, {A: (0, oo)}, 1),
        (A - 1, {A: (0, 1)}, -1),
        (A - R(1, 2), {A: (0, 1)}, None),
        (1 - A * B, {A: (0, 1), B: (0, 1)}, 1),
        (A**2 + 1, {A: (-oo, oo)}, 1),
        (A**2, {A: (-oo, oo)}, None),
        (A - A, {A: (-oo, oo)}, 0),
        (A**2 - 1, {A: (1, oo)}, 1),
        (-exp(A), {A: (-oo, oo)}, -1),
        (A - 2, {A: (-oo, 1)}, -1),
        (sqrt(A) + B, {A: (0, oo), B: (-oo, 0)}, None),
    ],
    ids=str,
)
def test_a_sign_holds_for_every_value_of_the_parameters(value, ranges, sign):
    with within({symbol: (sp.sympify(low), sp.sympify(high)) for symbol, (low, high) in ranges.items()}):
        if sign is None:
            with pytest.raises(Undecided):
                constant_sign(value)
        else:
            assert constant_sign(sp.sympify(value)) == sign


CUTS = [  # the first is where the search from -4 to 4 makes its first cut
    -sp.Rational(17976470139170105893905323442410281141767970279, 2**157),
    *(sp.Rational(k, 2**6) for k in (-63, 1, 77)),
]


@pytest.mark.parametrize("at", CUTS, ids=float)
def test_a_zero_on_a_cut_of_the_search_is_found(at):
    u = X - at
    chart = signs(sp.tanh(u) + u / 3 + u * exp(-(u**2)) / 5, X, -oo, oo)
    assert_chart(chart, [(at, 1)], -oo, oo, 1)


def test_a_chart_that_takes_long_by_factors_is_found_as_it_is_written():
    """Over one denominator the terms of a sum of roots cancel, and the search runs out of boxes."""
    slope = parse("0.5*(x + sqrt(x**2 + 1e-6)) + 0.5*(exp(x) - 1 + sqrt((exp(x) - 1)**2 + 1e-6))").diff(X)
    assert signs(slope, X, -oo, oo) == Chart((), (1,))
    assert signs(slope.diff(X), X, -oo, oo) == Chart((), (1,))


# What a gate that has all but closed leaves of an end at which the rest vanishes, and how near its one zero is to it.
BESIDE_AN_END = [
    ("3*x/10 - 1/2 - sigmoid(softplus(20*x))", 5, -1),
    ("tanh(x - 2) - exp(-150*x)", 2, 1),
    ("(3 - x)*(x + 1) - exp(-30*x)", 3, -1),
]


@pytest.mark.parametrize("text, end, side", BESIDE_AN_END)
def test_a_zero_beside_an_end_nearer_than_doubles_tell_is_found(text, end, side):
    expr = parse(text, {})
    chart = signs(expr, X, R(end - 1), R(end)) if side < 0 else signs(expr, X, R(end), R(end + 1))
    assert len(chart.zeros) == 1 and len(chart.signs) == 2 and chart.signs[0] == -chart.signs[1]
    f = sp.lambdify(X, expr.rewrite(exp), "mpmath")
    with mp.workdps(300):
        gap = abs(mpf(end) - mpf(sp.N(chart.zeros[0].at, 300)))
        assert 0 < gap < mpf(10) ** -30
        assert f(mpf(end) + side * gap * mpf("0.999")) * f(mpf(end) + side * gap * mpf("1.001")) < 0


@pytest.mark.parametrize(
    "text",
    ["-x*tanh((x/2 - 2)/(3 - x/2)) - 2*x - 1", "(2*x - 2)*tanh(log(exp(2*x - 2) + 1)) - x*tanh(log(exp(x/2) + 1))/2"],
)
def test_a_function_vanishes_at_a_root_of_it_in_whatever_form_it_is_written(text):
    expr = parse(text, {})
    zero = signs(expr, X, R(-3, 2), R(-1, 2)).zeros[0].at
    assert is_zero(sp.expand(expr).subs(X, zero)) is True and is_zero(expr.subs(X, zero) + R(1, 10**40)) is False
