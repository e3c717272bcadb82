"""Enclosures against mpmath: balls over boxes, Taylor coefficients, filled gaps, roots, outward rounding."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
import sympy as sp
from drawn import texts
from flint import arb, ctx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from second_opinion import Function

from propcheck.calculus import Undecided
from propcheck.calculus.ball import above, ball_of, below, rational_ball
from propcheck.calculus.form import RealRoot, compile_form, constant_ball, refine_root
from propcheck.calculus.number import exact_number, to_number
from propcheck.language import X, parse
from propcheck.verdict import Standing

QUICK = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
R = sp.Rational
ORDER = 6


def holds(ball: arb, value: mpf, slack: int = 45) -> bool:
    """Does the ball hold a value that mpmath knows to `slack` digits?"""
    if not ball.is_finite():
        return True
    digits = max(120, slack + 60)
    with mp.workdps(digits), ctx.workprec(4 * digits):
        room = (1 + abs(value)) * mpf(10) ** -slack
        middle = mpf(ball.mid().str(digits - 10, radius=False))
        radius = mpf(ball.rad().str(20, radius=False)) * (1 + mpf(10) ** -15)
        return abs(middle - value) <= radius + room


def rational(value: float) -> sp.Rational:
    return R(*Fraction(value).limit_denominator(10**6).as_integer_ratio())


def real(value: sp.Rational) -> mpf:
    return mpf(int(value.p)) / int(value.q)


NARROW = st.floats(-4, 4).map(rational)
WIDE = st.floats(-60, 60).map(rational)


@QUICK
@given(
    texts("smooth", 3), WIDE, st.sampled_from([R(0), R(1, 10**9), R(1, 100), R(1, 3), R(2), R(40)]), st.floats(-1, 1)
)
def test_a_ball_over_a_box_holds_the_values_in_it(text, centre, radius, share):
    form = compile_form(parse(text), X)
    point = centre + radius * rational(share)
    box = ball_of(rational_ball(centre - radius).lower(), rational_ball(centre + radius).upper())
    with mp.workdps(60):
        value = Function(text)(real(point))
    if value is not None:
        assert holds(form.ball(box), value)


@QUICK
@given(texts("smooth", 3), NARROW)
def test_at_a_point_a_smooth_function_is_enclosed_tightly(text, point):
    form = compile_form(parse(text), X)
    with mp.workdps(60):
        value = Function(text)(real(point))
    if value is None or abs(value) > mpf(10) ** 40:
        return
    with ctx.workprec(300):
        ball = form.ball(rational_ball(point))
        assert ball.is_finite() and holds(ball, value)
        assert ball.rad() < (1 + abs(ball.mid())) * arb(2) ** -60


@QUICK
@given(texts("smooth", 2), NARROW, st.sampled_from([R(0), R(1, 1000), R(1, 5), R(2)]), st.floats(-1, 1))
def test_series_over_a_box_hold_the_taylor_coefficients_at_every_point_of_it(text, centre, radius, share):
    form = compile_form(parse(text), X)
    point = centre + radius * rational(share)
    box = ball_of(rational_ball(centre - radius).lower(), rational_ball(centre + radius).upper())
    with mp.workdps(90):
        g = Function(text)
        if g(real(point)) is None:
            return
        expected = mpmath.taylor(g, real(point), ORDER - 1)
    with ctx.workprec(200):
        found, beginning = form.series(box, ORDER), form.series(box, 2)
    assert len(found) == ORDER
    assert all(holds(ball, value, 20) for ball, value in zip(beginning, expected[:2], strict=True))
    for ball, value in zip(found, expected, strict=True):
        assert holds(ball, value, 20), (ball, value)
    if radius == 0 and max(map(abs, expected)) < 10**20:
        assert all(ball.is_finite() and ball.rad() < (1 + abs(ball.mid())) * arb(2) ** -40 for ball in found)


ONES = (
    "exp(x)", "expm1(x)", "log(x)", "sqrt(x)", "1/sqrt(x)", "x**(1/3)", "x**5", "1/x", "sin(x)", "cos(x)", "tan(x)",
    "sinh(x)", "cosh(x)", "1/cosh(x)", "1/cosh(x)**3", "tanh(x)", "1 - tanh(x)**2", "asin(x/9)", "acos(x/9)", "atan(x)",
    "pi/2 - atan(x)", "asinh(x)", "acosh(x + 1)", "atanh(x/9)", "erf(x)", "1 - erf(x)", "sigmoid(x)", "softplus(x)",
)  # fmt: skip


@pytest.mark.parametrize("text", ONES)
@pytest.mark.parametrize("inner", ["x", "-2*x + 9", "x**2/5 + 1/7"])
def test_each_function_is_enclosed_with_its_slope_and_tightly_at_a_point(text, inner):
    written = text.replace("exp", "e_p").replace("x", f"({inner})").replace("e_p", "exp")
    form, g = compile_form(parse(written), X), Function(written)
    for low, high in ((R(1, 3), R(1, 3)), (R(1, 3), R(1, 2)), (R(1), R(3)), (R(5, 2), R(5, 2) + R(1, 2**70))):
        with mp.workdps(60), ctx.workprec(128):
            box = rational_ball(low).union(rational_ball(high))
            pair, more = form.series(box, 2), form.series(box, ORDER)
            assert holds(form.ball(box), g(real(low)), 40) and form.ball(box).overlaps(pair[0])
            for at in (low, high):
                expected = mpmath.taylor(g, real(at), ORDER - 1)
                assert all(holds(ball, value, 25) for ball, value in zip(more, expected, strict=True))
                assert all(holds(ball, value, 25) for ball, value in zip(pair, expected[:2], strict=True))
            if high - low < R(1, 2**60):
                assert all(ball.rad() < (1 + abs(ball.mid())) * arb(2) ** -55 for ball in (*pair, *more))


FILLED = [
    ("sin(x)/x", 0),
    ("(exp(x)-1)/x", 0),
    ("x/(exp(x)-1)", 0),
    ("tanh(x)/x", 0),
    ("(1-cos(x))/x**2", 0),
    ("log(1+x**2)/x", 0),
    ("(x-sin(x))/x**3", 0),
    ("(x**2-1)/(x-1)", 1),
    ("(x**3-8)/(x-2)", 2),
    ("(exp(x)-e)/(x-1)", 1),
    ("x*cosh(x)/sinh(x)", 0),
]


@pytest.mark.parametrize(("text", "gap"), FILLED)
@pytest.mark.parametrize("radius", [R(0), R(1, 10**8), R(1, 10), R(1, 4)])
@pytest.mark.parametrize("offset", [R(0), R(1, 10**7), R(1, 5), R(1, 2)])
def test_a_filled_gap_is_like_any_other_point(text, gap, radius, offset):
    form = compile_form(parse(text), X, (sp.Integer(gap),))
    centre = gap + offset
    box = ball_of(rational_ball(centre - radius).lower(), rational_ball(centre + radius).upper())
    g = Function(text)
    with ctx.workprec(300):
        value, series = form.ball(box), form.series(box, 4)
    assert value.is_finite() and all(ball.is_finite() for ball in series)
    with mp.workdps(160):
        for share in (R(-1), R(-1, 3), R(1, 2), R(1)):
            point = centre + radius * share
            if abs(point - gap) < R(1, 10**4):
                point += R(1, 10**28)  # beside the gap: the value differs from that in the box by less than the slack
            expected = mpmath.taylor(g, real(point), 3) if abs(point - gap) >= R(1, 10**4) else [g(real(point))]
            assert holds(value, expected[0], 25), (point, value, expected[0])
            for ball, coefficient in zip(series, expected, strict=False):
                assert holds(ball, coefficient, 15), (point, ball, coefficient)


@QUICK
@given(st.fractions(-50, 50, max_denominator=10**9), st.integers(0, 400))
def test_number_bounds_are_rounded_outward(value, shift):
    exact = R(value.numerator, value.denominator) / 3 + R(1, 2**shift)
    number = exact_number(exact)
    assert Fraction(number.lower) <= Fraction(int(exact.p), int(exact.q)) <= Fraction(number.upper)
    with ctx.workprec(200):
        ball = rational_ball(exact) + arb(0, 1e-30)
        assert arb(below(ball)) <= ball.lower() and arb(above(ball)) >= ball.upper()


@pytest.mark.parametrize("ball", [arb("nan"), arb.pos_inf(), arb.neg_inf(), arb(0, float("inf"))], ids=str)
def test_bounds_of_balls_that_are_not_finite_keep_to_the_safe_side(ball):
    if ball.is_nan() or not ball.is_exact():
        assert below(ball) == -float("inf") and above(ball) == float("inf")
    else:
        assert below(ball) == above(ball) == float(ball)


def test_an_enclosure_of_nothing_is_open():
    assert to_number(arb("nan")).standing is Standing.OPEN


@pytest.mark.parametrize(
    "text, near",
    [("x**5-x-1", 1.1673), ("x*exp(x)-1", 0.5671), ("cos(x)-x", 0.739), ("erf(x)-x/2", 1.9), ("x**3-2", 1.26)],
)
def test_a_root_is_as_exact_as_it_is_asked_to_be(text, near):
    root = RealRoot(parse(text), R(str(near)) - R(1, 10), R(str(near)) + R(1, 10))
    with mp.workdps(300):
        expected = mp.findroot(Function(text), mpf(near))
    for bits in (53, 200, 800):
        with ctx.workprec(bits):
            ball = root.ball()
            assert ball.rel_accuracy_bits() > bits - 20
            with mp.workdps(290), ctx.workprec(bits + 600):
                assert holds(ball, expected, 280)


def test_refining_keeps_the_sign_change():
    form = compile_form(parse("x**2-2"), X)
    for low, high in ((1, 2), (-2, -1), (0, 50)):
        with ctx.workprec(160):
            assert (refine_root(form, arb(low), arb(high)) ** 2).contains(2)


CONSTANTS = [
    "sqrt(2)",
    "pi**2/6",
    "exp(-sqrt(3))",
    "log(2)/3",
    "erf(1/3)",
    "atan(1/7)*4",
    "(1+sqrt(5))/2",
    "2**(1/3)",
    "acosh(3)",
]


@pytest.mark.parametrize("text", CONSTANTS)
def test_constants_are_enclosed(text):
    with mp.workdps(80), ctx.workprec(240):
        ball = constant_ball(parse(text))
        assert holds(ball, Function(text)(mpf(0)), 60) and ball.rel_accuracy_bits() > 200


@pytest.mark.parametrize("expr", [sp.gamma(X), sp.Max(X, 0), sp.besselj(0, X), sp.Abs(X)], ids=str)
def test_what_is_not_analytic_is_undecided(expr):
    with pytest.raises(Undecided):
        compile_form(expr, X)


@pytest.mark.parametrize(
    "text", ["log(x)", "sqrt(x)", "1/x", "asin(x)", "acosh(x)", "atanh(x)", "x**(1/3)", "tan(x)", "atan(1/x)"]
)
@pytest.mark.parametrize("low, high", [(-3, -2), (-1, 1), (0, 0), (0, 1), (-2, 2), (1, 2), (2, 3)])
def test_where_a_function_is_not_defined_the_ball_claims_nothing(text, low, high):
    form = compile_form(parse(text), X)
    box = ball_of(arb(low), arb(high))
    value, series = form.ball(box), form.series(box, 3)
    g = Function(text)
    for k in range(11):
        point = mpf(low) + mpf(high - low) * k / 10
        expected = g(point)
        if expected is not None:
            assert holds(value, expected, 12) and holds(series[0], expected, 12)


FAR_OUT = ["exp", "expm1", "tanh", "sigmoid", "softplus", "erfc", "erf", "atan", "asinh", "sinh", "cosh", "sqrt", "log"]


@pytest.mark.parametrize("name", FAR_OUT)
@pytest.mark.parametrize("scale", ["1", "1/sqrt(2)", "pi"])
@pytest.mark.parametrize("exponent", [3, 12, 20, 30])
def test_a_small_value_far_out_is_enclosed_to_as_many_bits_as_its_argument_leaves(name, scale, exponent):
    """exp(-u^2) and the like lose the bits of u^2 and no more, also where u is a ball."""
    for sign in "+-" if name not in ("sqrt", "log") else "+":
        form = compile_form(parse(f"{name}({sign}({scale})*x)"), X)
        with ctx.workprec(300):
            assert form.ball(arb(2) ** exponent / 3).rel_accuracy_bits() > 280 - 2 * exponent


STEEP = ["exp(x)", "exp(exp(x))", "x**3", "sinh(x)", "1/x", "log(x)", "exp(-x)", "x*exp(x)"]


@pytest.mark.parametrize("inner", STEEP)
@pytest.mark.parametrize(
    "name", ["tanh", "sigmoid", "softplus", "erf", "erfc", "atan", "asinh", "cosh", "sqrt", "log", "sin"]
)
def test_what_outgrows_every_ball_claims_nothing_and_ends_in_no_error(name, inner):
    """Values, series about a point and over a box, where an argument is finite, huge, infinite or none."""
    form = compile_form(parse(f"1/(1 + {name}({inner}))*x"), X)
    for at in (0.5, 30.0, 700.0, 1e5, 1e300, -3.0, -700.0, -1e300):
        for bits in (80, 300):
            with ctx.workprec(bits):
                value = form.ball(arb(at))
                series = form.series(arb(at), 3)
                form.series(arb(at, 1e-3), 3)
                assert not (value.is_finite() and series[0].is_finite()) or value.overlaps(series[0])
