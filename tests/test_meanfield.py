"""The mean field: closed forms, mpmath, enclosures, published points, and laws that must hold."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
import sympy as sp
from click.testing import CliRunner
from drawn import expressions
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from second_opinion import Function

from propcheck.activation import Activation, from_expression
from propcheck.analysis import gaussian
from propcheck.calculus import Undecided
from propcheck.cli.phase import command
from propcheck.language import parse
from propcheck.meanfield import (
    CorrelationMap,
    Critical,
    best,
    diagram,
    edge,
    edge_at_biases,
    edge_at_weights,
    fixed_points,
    gains,
    maps,
    phase,
)
from propcheck.meanfield.absence import _probed, bending_of
from propcheck.meanfield.line import breakpoints, size_of
from propcheck.target import activation
from propcheck.verdict import InputError, Standing

QS = (1e-6, 1e-3, 0.37, 1.0, 50.0, 1e4, 1e6)


def text(formula: str) -> Activation:
    return from_expression(parse(formula, {}))


def close(value: float, exact: float, relative: float = 1e-12) -> bool:
    return abs(value - exact) <= relative * abs(exact)


# --- maps ------------------------------------------------------------------------------------------------------------


def half(power: int, q: float) -> float:
    """E[x^power; x > 0] for an even power."""
    return q ** (power // 2) * math.prod(range(power - 1, 0, -2)) / 2


def erf_slope(q: float) -> float:
    return 4 / (math.pi * math.sqrt(1 + 4 * q))


# E[g^2], E[g'^2] and E[x g g'], exactly.
CLOSED: dict[str, Callable[[float], tuple[float, float, float]]] = {
    "relu(x)": lambda q: (q / 2, 0.5, q / 2),
    "x if x > 0 else x/4": lambda q: (q * 17 / 32, 17 / 32, q * 17 / 32),
    "x**3": lambda q: (15 * q**3, 27 * q**2, 45 * q**3),
    "relu(x)**2": lambda q: (half(4, q), 4 * half(2, q), 2 * half(4, q)),
    "erf(x)": lambda q: (
        2 / math.pi * math.asin(2 * q / (1 + 2 * q)),
        erf_slope(q),
        4 * q / (math.pi * (1 + 2 * q) * math.sqrt(1 + 4 * q)),
    ),
    "sin(x)": lambda q: (-math.expm1(-2 * q) / 2, (1 + math.exp(-2 * q)) / 2, q * math.exp(-2 * q)),
    "exp(-x**2/2)": lambda q: (1 / math.sqrt(1 + 2 * q), q / (1 + 2 * q) ** 1.5, -q / (1 + 2 * q) ** 1.5),
    "sign(x)": lambda q: (1.0, 0.0, 0.0),
    "heaviside(x - 1)": lambda q: (
        math.erfc(1 / math.sqrt(2 * q)) / 2,
        0.0,
        math.exp(-1 / (2 * q)) / math.sqrt(2 * math.pi * q) / 2,
    ),
}
SWINGING = {"sin(x)"}  # at a large q they take too many nodes for a quick test, and E[x g g'] is all cancellation


@pytest.mark.parametrize("formula", CLOSED)
def test_moments_agree_with_closed_forms_over_twelve_decades(formula: str) -> None:
    here = maps(text(formula))
    for q in QS:
        if formula in SWINGING and q > 100:
            continue
        exact = CLOSED[formula](q)
        found = here.moments(q)
        scale = [abs(v) for v in exact]
        if formula in SWINGING:
            scale[2] = max(scale[2], q / 10)
        if formula.startswith("heaviside") and q < 1 / 400:  # some 1e-219, and past the doubles
            assert abs(found[0] - exact[0]) <= 2 * here.error(q)[0] * exact[0]
            continue
        for value, right, size in zip(found, exact, scale, strict=False):
            assert abs(value - right) <= 1e-12 * size, (q, found, exact)


def test_moments_that_grow_like_an_exponential_are_followed_until_they_leave_the_range() -> None:
    here = maps(text("exp(x)"))
    for q in (1e-6, 0.5, 8.0, 100.0):
        assert close(here.moments(q)[0], math.exp(2 * q)), q
    assert here.moments(1e4)[0] == math.inf
    quadratic = maps(text("exp(x**2/10)"))
    for q in (0.1, 1.0, 2.2):
        assert close(quadratic.moments(q)[0], 1 / math.sqrt(1 - 2 * q / 5)), q
    assert quadratic.moments(3.0)[0] == math.inf


def beyond(kink: float, q: float) -> tuple[float, float]:
    """E[g^2] and E[g'^2] of max(0, x - kink), at 50 digits."""
    with mpmath.workdps(50):
        k = mpmath.mpf(kink) / mpmath.sqrt(q)
        share = mpmath.ncdf(-k)
        return float(q * ((1 + k * k) * share - k * mpmath.npdf(k))), float(share)


def grown(power: float, q: float) -> tuple[float, float]:
    """E[g^2] and E[g'^2] of x^2 exp(power x)."""
    s = 2 * power * q
    even = [1, q + s**2, 3 * q**2 + 6 * q * s**2 + s**4]  # E[(s + x)^n], n = 0, 2, 4
    third = 3 * q * s + s**3
    scale = math.exp(2 * power**2 * q)
    return scale * even[2], scale * (4 * even[1] + 4 * power * third + power**2 * even[2])


FAR = {  # what g is made of lies many deviations away from 0
    "max(0, x - 1)": (lambda q: beyond(1, q), (1e-3, 0.0027, 0.01, 1.0)),
    "max(0, x - 1000)": (lambda q: beyond(1000, q), (1e3, 2700.0, 1e4, 1e6)),
    "x**2*exp(x/10)": (lambda q: grown(0.1, q), (1.0, 100.0, 500.0, 2000.0)),
    "cosh(x/20)": (lambda q: ((math.exp(q / 200) + 1) / 2, math.expm1(q / 200) / 800), (2e3,)),
}


@pytest.mark.parametrize("formula", FAR)
def test_what_lies_many_deviations_away_is_neither_lost_nor_cut_off(formula: str) -> None:
    exact, qs = FAR[formula]
    here = maps(text(formula))
    for q in qs:
        found, error = here.moments(q), here.error(q)
        for k, value in enumerate(exact(q)):
            assert close(found[k], value) or value < 1e-60, (q, k)
            assert abs(found[k] - value) <= 2 * error[k] * value, (q, k)


def test_what_outgrows_the_doubles_is_infinite_with_all_that_hangs_on_it() -> None:
    found = maps(text("exp(x/3)")).moments(1e4)
    assert (found[:3] == math.inf).all() and math.isnan(found[3])
    with pytest.raises(InputError, match="out of the range of doubles"):
        CorrelationMap(maps(text("exp(x/3)")), 1e3, 1.0, 0.0)(0.3)


KINKED = ("elu", "selu", "hard_swish", "softshrink", "gelu", "mish", "tanhshrink", "softsign")


@pytest.mark.parametrize("name", KINKED)
def test_the_catalogue_agrees_with_enclosures(name: str) -> None:
    made = activation(name)
    here = maps(made)
    for q in (sp.Rational(1, 2**14), sp.Rational(3, 7), sp.Integer(3000)):
        if here.fine and q < 0.01:
            continue
        balls = gaussian.moments(made.pieces, q).balls
        found = here.moments(float(q))
        for row, key in enumerate(("second_moment", "derivative_second_moment", "pull", "mean")):
            size = max(abs(float(balls[key].mid())), size_of(key, found, float(q)))
            assert abs(found[row] - float(balls[key].mid())) <= float(balls[key].rad()) + 1e-12 * size, (q, key)


def by_mpmath(formula: str, breaks: tuple[float, ...], q: float, order: int) -> tuple[float, float]:
    """E[g^2] and E[g] with g from another reading of the text, at 30 digits, on many short panels."""
    g, reach = Function(formula), 12 * math.sqrt(q)
    step = min(0.25, reach / 48)
    marks = {k * step for k in range(-round(reach / step), round(reach / step) + 1)}
    edges = np.array(sorted(marks | {b for b in breaks if abs(b) < reach}))
    nodes, weights = np.polynomial.legendre.leggauss(order)
    middle, radius = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    x = (middle[:, None] + radius[:, None] * nodes).ravel()
    weights = (radius[:, None] * weights).ravel() * np.exp(-x * x / (2 * q)) / math.sqrt(2 * math.pi * q)
    with mpmath.workdps(30):
        values = np.array([float(g(point)) for point in x.tolist()])
    return float(values**2 @ weights), float(values @ weights)


@settings(max_examples=12, deadline=None)
@given(expressions(depth=2, jumps=True), st.sampled_from((0.01, 0.7, 4.0)))
def test_random_formulas_agree_with_mpmath_to_the_stated_error(formula: str, q: float) -> None:
    try:
        here = maps(text(formula))
        second, _, _, mean = here.moments(q)
        error = here.error(q)
    except (InputError, Undecided):
        return
    breaks = breakpoints(here.activation)
    exact, rough = by_mpmath(formula, breaks, q, 14), by_mpmath(formula, breaks, q, 10)
    assume(abs(exact[0] - rough[0]) <= 1e-13 * exact[0])  # else it is this reference that is not good enough
    assert abs(second - exact[0]) <= (error[0] + 1e-13) * exact[0]
    assert abs(mean - exact[1]) <= (error[3] + 1e-13) * math.sqrt(exact[0])


def test_chi_parallel_is_the_slope_of_the_length_map_with_kinks_and_jumps() -> None:
    for formula in ("abs(x - 1)", "tanh(x) if x < 1/2 else x", "gelu(x)", "max(x, -1)"):
        here = maps(text(formula))
        for q in (0.2, 1.0, 9.0):
            h = 1e-4 * q
            difference = sum(
                weight * here.length(q + step * h, 1.3, 0.1) for step, weight in ((-2, 1), (-1, -8), (1, 8), (2, -1))
            ) / (12 * h)
            assert close(here.chi_parallel(q, 1.3), difference, 1e-9), (formula, q)


def test_what_swings_too_often_far_out_is_looked_at_nearer_by() -> None:
    border = edge(text("(" + " + ".join(f"cos({k}*x) + sin({k}*x)" for k in range(1, 13)) + ")/10"))
    assert border.stretches and 10 < border.searched[1] < 100
    (point,) = [point for point in border.points if point.kind == "edge"]
    q, w, b = (number.value for number in (point.q, point.sigma_w2, point.sigma_b2))
    assert q is not None and w is not None and b is not None
    with mpmath.workdps(30):

        def mean(square: Callable[[mpmath.mpf], mpmath.mpf]) -> mpmath.mpf:
            places = mpmath.linspace(-14, 14, 113)
            return mpmath.quad(lambda x: square(x) * mpmath.npdf(x, 0, mpmath.sqrt(q)), places) / 100

        second = mean(lambda x: sum(mpmath.cos(k * x) + mpmath.sin(k * x) for k in range(1, 13)) ** 2)
        slope = mean(lambda x: sum(k * (mpmath.cos(k * x) - mpmath.sin(k * x)) for k in range(1, 13)) ** 2)
        assert w == pytest.approx(float(1 / slope), rel=1e-9) and b == pytest.approx(
            float(q - second / slope), rel=1e-9
        )


def test_a_spike_between_the_nodes_is_not_missed() -> None:
    here = maps(text("x + 50*exp(-((x - 3)*200)**2)"))
    exact = gaussian.moments(here.activation.pieces, 1).second_moment.value
    assert exact is not None and close(here.moments(1.0)[0], exact, 1e-11)


# --- correlations ----------------------------------------------------------------------------------------------------


def relu_map(c: float) -> float:
    return (math.sqrt(1 - c * c) + (math.pi - math.acos(c)) * c) / math.pi


def erf_map(c: float) -> float:
    return 2 / math.pi * math.asin(2 * c / 3)


CORRELATIONS: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "relu(x)": (lambda c: relu_map(c) / 2, lambda c: (math.pi - math.acos(c)) / (2 * math.pi)),
    "erf(x)": (erf_map, lambda c: 4 / (3 * math.pi) / math.sqrt(1 - (2 * c / 3) ** 2)),
    "sin(x)": (lambda c: math.exp(-1) * math.sinh(c), lambda c: math.exp(-1) * math.cosh(c)),
    "sign(x)": (lambda c: 2 / math.pi * math.asin(c), lambda c: 2 / math.pi / math.sqrt(1 - c * c)),
    "exp(x)": (lambda c: math.exp(1 + c), lambda c: math.exp(1 + c)),
}


@pytest.mark.parametrize("formula", CORRELATIONS)
def test_correlations_agree_with_closed_forms(formula: str) -> None:
    product, slope = CORRELATIONS[formula]
    w, b = 1.5, 0.2
    here = CorrelationMap(maps(text(formula)), 1.0, w, b)
    for c in (-1.0, -0.9999, -0.7, 0.0, 0.3, 0.9, 0.999999, 1.0):
        assert abs(here(c) - (w * product(c) + b) / (w * product(1.0) + b)) < 4e-15, c
        if -1 < c < 1:
            assert close(here.slope(c), w * slope(c) / (w * product(1.0) + b), 1e-9 if c < -0.99 else 1e-11), c


@pytest.mark.parametrize("kink, q", [(1, 0.01), (1000, 1e4)])
def test_correlations_behind_a_far_kink_are_right(kink: int, q: float) -> None:
    """C(1/2) of max(0, x - k), by the mean of g(y) given x."""
    with mpmath.workdps(25):
        k = kink / mpmath.sqrt(q)
        width = mpmath.sqrt(3) / 2

        def given(x: mpmath.mpf) -> mpmath.mpf:
            rest = (x / 2 - k) / width
            return (x - k) * width * (rest * mpmath.ncdf(rest) + mpmath.npdf(rest)) * mpmath.npdf(x)

        product = mpmath.quad(given, [k, k + 2, k + 5, 2 * k, 2 * k + 3, 2 * k + 9]) * q
    here = CorrelationMap(maps(text(f"max(0, x - {kink})")), q, 1.0, 0.0)
    assert abs(here(0.5) - float(product) / beyond(kink, q)[0]) <= 1e-13


def test_a_jump_makes_the_slope_at_one_infinite() -> None:
    here = maps(text("sign(x)"))
    assert here.step(1.0, 1.0, 0.0) == pytest.approx((1.0, math.inf, 0.0))
    assert fixed_points(here, 1.0, 0.1).points[0].c == pytest.approx(0.218238032502, abs=1e-11)


def through(here: CorrelationMap, correlation: float, layers: int) -> np.ndarray:
    """The correlations from layer to layer, by a Chebyshev series in the angle, in which the map is smooth."""
    nodes = np.cos(math.pi * (np.arange(97) + 0.5) / 97)
    ratios = [here.ratio(angle) for angle in ((nodes + 1) * math.pi / 2).tolist()]
    series = np.polynomial.chebyshev.chebfit(nodes, ratios, 96)
    assert np.abs(series[-4:]).max() <= 1e-12 * np.abs(series).max()
    gaps = [1 - correlation]
    for _ in range(layers):
        angle = 2 * math.asin(math.sqrt(gaps[-1] / 2))
        gaps.append(gaps[-1] * float(np.polynomial.chebyshev.chebval(2 * angle / math.pi - 1, series)))
    return 1 - np.array(gaps)


def test_relu_on_its_edge_decorrelates_as_it_must() -> None:
    here = CorrelationMap(maps(text("relu(x)")), 1.0, 2.0, 0.0)
    first = here(0.0)
    assert close(first, 0.3183098861837907, 1e-15)
    assert close(here(first), 0.4937310902003715, 1e-15)
    path = through(here, 0.0, 20000)
    assert path[1] == pytest.approx(first, abs=1e-12)
    assert path[2] == pytest.approx(0.4937310902003715, abs=1e-12)
    gaps = [(1 - path[layer]) * layer**2 for layer in (5000, 20000)]
    limit = 9 * math.pi**2 / 2
    assert abs(gaps[1] - limit) < abs(gaps[0] - limit) < 0.01 * limit
    (point,) = edge(activation("relu")).points
    assert point.correlation is not None and point.correlation.coefficient is not None
    assert close(point.correlation.coefficient, limit)


def test_a_smooth_function_decorrelates_like_one_over_the_depth() -> None:
    here = maps(activation("tanh"))
    (point,) = edge_at_biases(here.activation, 0.05)
    q, w = point.q.value, point.sigma_w2.value
    assert q is not None and w is not None and point.correlation is not None
    path = through(CorrelationMap(here, q, w, 0.05), 0.2, 40000)
    assert point.correlation.exponent == 1
    assert (1 - path[-1]) * 40000 == pytest.approx(point.correlation.coefficient, rel=2e-3)


# --- fixed points ----------------------------------------------------------------------------------------------------


def test_fixed_points_are_fixed_and_their_correlations_too() -> None:
    cases = (("tanh", 3.0, 0.05), ("gelu", 2.2, 0.3), ("relu", 1.5, 0.1), ("selu", 1.1, 0.02), ("gaussian", 40.0, 0.0))
    for name, w, b in cases:
        here = maps(activation(name))
        for point in fixed_points(here, w, b).points:
            assert close(here.length(point.q, w, b), point.q, 1e-12), name
            assert point.c is not None and point.c_slope is not None
            assert abs(CorrelationMap(here, point.q, w, b)(point.c) - point.c) < 1e-13
            assert (point.c < 1) == (point.chi_1 > 1 + 1e-9) and point.c_slope <= 1


def test_several_fixed_points_are_all_found() -> None:
    three = fixed_points(maps(activation("gelu")), 1.98305826, 0.17292239).points
    assert [point.stability for point in three] == ["stable", "unstable", "stable"]
    few = fixed_points(maps(text("x*(1 + tanh(4*(x - 2)))/2 + x*(1 + tanh(4*(-x - 2)))/2")), 1.4, 0.01).points
    assert [point.stability for point in few[:2]] == ["stable", "unstable"]
    zero = fixed_points(maps(activation("tanh")), 0.5, 0.0).points
    assert [point.q for point in zero] == [0.0] and zero[0].xi_q == pytest.approx(1 / math.log(2))
    assert [point.q > 0 for point in fixed_points(maps(activation("tanh")), 2.0, 0.0).points] == [False, True]


def test_a_fixed_point_where_g_sleeps_is_found() -> None:
    for formula, b in (
        ("1 if x > 2 else (0 if x > -3 else -1)", 0.01),
        ("max(0, x - 1)", 0.0027),
        ("heaviside(x - 5)", 0.07),
    ):
        (point, *_) = fixed_points(maps(text(formula)), 1.0, b).points
        assert point.q == pytest.approx(b, rel=1e-12) and point.stability == "stable"


def test_without_weights_the_biases_are_all_that_is_left(recwarn: pytest.WarningsRecorder) -> None:
    for formula in ("exp(x)", "tanh(x)", "cos(x)"):
        here = maps(text(formula))
        assert [point.q for point in fixed_points(here, 0.0, 0.0).points] == [0.0]
        assert [point.q for point in fixed_points(here, 0.0, 0.3).points] == [pytest.approx(0.3)]
        fixed_points(here, 1e308, 1e308)
    assert not recwarn.list


def test_relu_keeps_every_length_at_two_and_zero() -> None:
    here = maps(activation("relu"))
    assert fixed_points(here, 2.0, 0.0).every
    assert all(close(here.chi_1(q, 2.0), 1, 1e-14) for q in QS)
    assert not fixed_points(here, 2.0, 0.1).points


# --- critical points -------------------------------------------------------------------------------------------------


def only(points: tuple[Critical, ...], kind: str) -> Critical:
    (point,) = (point for point in points if point.kind == kind)
    return point


def test_tanh_at_a_bias_variance_of_a_twentieth() -> None:
    (point,) = edge_at_biases(activation("tanh"), 0.05)
    assert close(point.sigma_w2.value or 0, 1.760954639606739, 1e-14)
    assert close(point.q.value or 0, 0.5700478816407641, 1e-14)
    assert point.standing is Standing.ENCLOSED and point.stability == "stable"
    again = edge_at_weights(activation("tanh"), 1.760954639606739)
    assert [close(other.sigma_b2.value or 0, 0.05) for other in again] == [True]


@pytest.mark.parametrize(
    "name, sigma_w2, sigma_b2",
    [  # Roberts, Yaida and Hanin 2022, arXiv 2106.10165, section 5.3.4, and three more that mpmath settles below
        ("gelu", 1.98305826, 0.17292239),
        ("silu", 1.98800468, 0.55514317),
        ("mish", None, None),
        ("hard_swish", None, None),
        ("serf", None, None),
    ],
)
def test_doubly_marginal_points(name: str, sigma_w2: float | None, sigma_b2: float | None) -> None:
    made = activation(name)
    point = only(edge(made).points, "marginal")
    assert point.standing is Standing.ENCLOSED and point.stability == "half-stable"
    q, w, b = (number.value or 0.0 for number in (point.q, point.sigma_w2, point.sigma_b2))
    if sigma_w2 is not None:
        assert (round(w, 8), round(b, 8)) == (sigma_w2, sigma_b2)
    for number in (point.q, point.sigma_w2, point.sigma_b2):
        assert number.lower is not None and number.upper is not None and number.value is not None
        assert number.lower <= number.value <= number.upper and number.upper - number.lower < 1e-6 * number.value
    found = gaussian.moments(made.pieces, sp.Rational(q)).balls
    slope, second, pull = (found[key] for key in ("derivative_second_moment", "second_moment", "pull"))
    assert abs(float(slope) * w - 1) < 1e-12
    assert abs(float(pull) * w / q - 1) < 1e-12
    assert abs(float(second) * w + b - q) < 1e-11 * q


def test_erf_without_biases_is_critical_at_a_quarter_of_pi() -> None:
    (point,) = edge_at_biases(activation("erf"), 0.0)
    assert point.sigma_w2.exact == "pi/4" and point.standing is Standing.PROVED


def test_lengths_fall_to_zero_as_the_law_says() -> None:
    for name in ("tanh", "sine", "elu"):
        here = maps(activation(name))
        point = only(edge(here.activation).points, "vanishing length")
        law, w = point.length, point.sigma_w2.value
        assert law.kind == "power" and law.exponent is not None and law.coefficient is not None and w is not None
        q, layers = 1.0, 4000
        for _ in range(layers):
            q = here.length(q, w, 0.0)
        assert q * layers**law.exponent == pytest.approx(law.coefficient, rel=0.02), name


@pytest.mark.parametrize(
    "formula, exponent, coefficient",
    [
        ("x/(1 + x**4)", 0.5, 1 / math.sqrt(60)),  # V(q)/q = 1 - 30 q^2 + ...
        ("x - x**5 + 10*x**7", 0.5, 1 / math.sqrt(60)),  # it grows from q = 0.01 on
        ("10000000*tanh(x/10000000)", 1.0, 0.5e14),
        ("x - x**11", 0.2, (2 * 10395 * 5) ** -0.2),
    ],
)
def test_the_first_term_beside_zero_decides_how_lengths_fall(formula: str, exponent: float, coefficient: float) -> None:
    point = only(edge(text(formula)).points, "vanishing length")
    assert point.usable and point.length.kind == "power"
    assert point.length.exponent == pytest.approx(exponent)
    assert point.length.coefficient == pytest.approx(coefficient, rel=1e-9)


@pytest.mark.parametrize(
    "formula, kind",
    [
        ("max(-1, min(1, x))", "slower"),
        ("x - x*sqrt(abs(x))/10", "unknown"),
        ("x + x*sqrt(abs(x))/10", "grows"),
        ("x + x**11", "grows"),
    ],
)
def test_lengths_near_zero_without_a_law_of_powers(formula: str, kind: str) -> None:
    assert only(edge(text(formula)).points, "vanishing length").length.kind == kind


def test_no_law_is_told_where_the_second_derivative_is_unbounded() -> None:
    for formula in ("x + x*sqrt(abs(x))/10", "x*sqrt(abs(x))"):  # E[g''^2] is infinite
        assert all(point.correlation is None for point in edge(text(formula)).points)


def test_a_length_that_is_always_the_same_is_reached_at_once() -> None:
    point = only(edge(text("sin(x) + cos(x)")).points, "edge")  # E[g^2] = 1 at every q
    assert str(point.length) == "at once"


@pytest.mark.parametrize(
    "name, none, unmarginal",
    [
        ("softplus", Standing.PROVED, Standing.PROVED),
        ("sign", Standing.PROVED, Standing.PROVED),
        ("sigmoid", None, Standing.PROVED),  # critical at large weights, but there lengths are never marginal
        ("tanh", None, Standing.PROVED),
        ("gaussian", None, Standing.COMPUTED),
    ],
)
def test_none_comes_with_a_reason(name: str, none: Standing | None, unmarginal: Standing) -> None:
    found = edge(activation(name))
    assert bool(found.none) == (none is not None) and found.exists == (none is None)
    if none is not None:
        assert found.standing is none
    assert found.unmarginal and found.unmarginal_standing is unmarginal


BENT = [  # on which side of chi_1 chi_parallel lies at every length; None where it is on both, or that is not shown
    ("0.8*x**2 + x/2 if x > 0 else 0.8*(exp(x) - 1 - x) + x/2", 1),
    ("x**2 + x if x > 0 else x*exp(x)/2", 1),
    ("x if x > 0 else x*exp(x)", None),
    ("max(-1, min(x, 2)) + x**2/9", None),
    ("abs(x) - x**2/9 if abs(x) < 1 else 8/9", -1),
    ("min(x, 1) + max(x, -2)/3", -1),
    ("x + max(x, 1)/5 - 2*max(x, -1)/5 + x**2", 1),  # though its masses at 1 and -1 differ
]


@pytest.mark.parametrize("formula, always", BENT)
def test_on_which_side_chi_parallel_lies_is_what_integrals_say(formula: str, always: int | None) -> None:
    assert bending_of(text(formula)).always == always
    function = Function(formula)
    with mpmath.workdps(20):
        for q in (mpmath.mpf(1) / 9, mpmath.mpf(1), mpmath.mpf(20)) if always else ():
            cuts = sorted({-9 * mpmath.sqrt(q), *function.breakpoints, mpmath.mpf(0), 9 * mpmath.sqrt(q)})

            def bend(x: mpmath.mpf, q: mpmath.mpf = q) -> mpmath.mpf:
                g, slope = function.jet(x, 2).c
                return (x * g * slope / q - slope**2) * mpmath.npdf(x, 0, mpmath.sqrt(q))

            assert mpmath.sign(mpmath.quad(bend, [cut for cut in cuts if abs(cut) <= cuts[-1]])) == always


def test_sigmoid_is_critical_only_at_weights_beyond_a_hundred() -> None:
    found = edge(activation("sigmoid"))
    (stretch,) = found.stretches
    assert min(stretch.sigma_w2) > 100 and stretch.q[0] == pytest.approx(45.6243, abs=1e-3)
    (point,) = found.points
    assert point.stability == "stable" and abs(point.chi_parallel) < 0.1


# --- the rest --------------------------------------------------------------------------------------------------------


def test_gains_are_exact_where_they_can_be_and_stand_beside_those_in_use() -> None:
    relu, tanh, leaky = (gains(activation(name)) for name in ("relu", "tanh", "leaky_relu"))
    assert relu.second_moment.exact == relu.gradient.exact == "sqrt(2)"
    assert relu.variance.value == pytest.approx(math.sqrt(2 / (1 - 1 / math.pi)), rel=1e-15)
    assert [round(row.difference or 0, 4) for row in relu.in_use] == [0, 0.0011]
    assert tanh.second_moment.value == pytest.approx(1.5925374197228312, rel=1e-14)
    assert tanh.in_use[0].value == 5 / 3
    assert abs(leaky.in_use[0].difference or 0) < 1e-15
    assert gains(activation("leaky_relu", {"a": "1/2"})).in_use[0].value == math.sqrt(1.6)
    assert not gains(activation("selu", {"alpha": 1})).in_use
    assert gains(activation("sign")).gradient.value is None


def test_a_diagram_agrees_with_the_fixed_points() -> None:
    made = activation("tanh")
    drawn = diagram(made, (0.5, 4.0), (0.0, 0.5), 12)
    here = maps(made)
    for i, j in ((11, 0), (5, 6), (2, 11)):
        (point,) = fixed_points(here, float(drawn.sigma_w2[i]), float(drawn.sigma_b2[j])).stable
        assert drawn.q[i, j] == pytest.approx(point.q, rel=1e-6)
        assert drawn.chi_1[i, j] == pytest.approx(point.chi_1, rel=1e-6)
    assert drawn.q[0, 0] == 0 and drawn.chi_1[0, 0] == pytest.approx(0.5)
    assert np.isfinite(drawn.chi_1).all() and json.dumps(drawn.to_json(), allow_nan=False)
    assert diagram(activation("relu"), (1.0, 3.0), (0.0, 1.0), 3).q[1, 0] == 1


def test_the_edge_of_what_sleeps_around_zero_is_told_in_numbers() -> None:
    """Where E[g'^2] is all but 0 the weights would be past the doubles."""
    found = phase("max(0, x - 1)", sigma_w2=1, sigma_b2=0.0027)
    assert all(max(stretch.sigma_w2) < 1e300 for stretch in found.edge.stretches)
    assert json.dumps(found.to_json(), allow_nan=False)


def test_phase_says_it_in_json() -> None:
    found = phase("gelu", sigma_w2=2, sigma_b2=0.2).to_json()
    assert found["recommended"]["code"]["torch"].startswith("torch.nn.init.normal_(layer.weight, std=(1.983058257")
    assert found["at"]["count"] == len(found["at"]["fixed_points"]) and found["at"]["standing"] == "computed"
    assert json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("target", ["x + sinh(x**3)", "x + abs(x - 5)**0.4 - 5**0.4", "tanh(x) + sqrt(abs(x - 2))"])
def test_where_a_square_is_infinite_at_every_q_nothing_is_critical(target: str) -> None:
    found = phase(target)
    assert found.edge.exists is False and found.edge.standing is Standing.PROVED and found.recommended is None
    assert json.dumps(found.to_json(), allow_nan=False)


def test_a_search_that_finds_none_says_where_it_looked() -> None:
    found = phase("1 + tanh(x)/1000").edge
    assert found.exists is None and not found.none and found.standing is Standing.OPEN
    assert found.searched == (1e-8, pytest.approx(1e6))


WRONG = (
    ("1/x", {}, "E[g^2] is infinite"),
    ("log(x)", {}, "not defined"),
    ("abs(sin(x))*exp(-x**2)", {}, "infinitely many breakpoints"),
    ("tanh", {"sigma_w2": -1.0}, "a variance"),
    ("tanh", {"sigma_b2": math.nan}, "a variance"),
)


@pytest.mark.parametrize("target, given, words", WRONG, ids=[f"{target} {given}" for target, given, _ in WRONG])
def test_what_cannot_be_answered_is_an_error_in_a_sentence(target: str, given: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words.replace("[", r"\[").replace("^", r"\^")):
        phase(target, **given)


def test_q_out_of_range_and_correlations_that_are_none_are_errors() -> None:
    here = maps(activation("tanh"))
    with pytest.raises(InputError, match="out of range"):
        here.length(1e9, 1.0, 0.0)
    with pytest.raises(InputError, match="between -1 and 1"):
        CorrelationMap(here, 1.0, 1.0, 0.0)(1.5)


def test_the_command_prints_a_page_code_and_json() -> None:
    asked = ["tanh", "--sigma-w2", "3", "--sigma-b2", "0.05", "--gains"]
    page = CliRunner(env={"COLUMNS": "80"}).invoke(command, asked)
    assert (
        page.exit_code in (0, None)
        and re.search(r"c\*, of any two inputs +0.299317641815", page.output)
        and "1.666666667" in page.output
    )
    code = CliRunner().invoke(command, ["relu", "--recommend"], standalone_mode=False).output
    assert "variance_scaling(2, " in code and "zeros_" in code
    none = CliRunner().invoke(command, ["softplus", "--recommend"], standalone_mode=False).output
    assert "No initialisation is critical (proved), as g g'' >= 0" in " ".join(none.split())
    none = CliRunner().invoke(command, ["softsign", "--sigma-w2", "0.5"], standalone_mode=False).output
    assert "no edge of chaos was found at this variance at q between 1e-08 and " in " ".join(none.split())
    both = CliRunner().invoke(command, ["relu", "tanh", "--json"], standalone_mode=False)
    assert [item["activation"]["name"] for item in json.loads(both.output)] == ["relu", "tanh"]


@pytest.mark.parametrize("formula, both", [("x*tanh(exp(3*x/2))", True), ("softplus(x)", False), ("sigmoid(x)", False)])
def test_two_signs_that_are_seen_leave_nothing_to_prove(formula, both):
    assert (_probed(activation(formula).pieces, True) == {-1, 1}) is both


@pytest.mark.parametrize("text", ["sigmoid({})", "softsign({})", "exp(-{}**2)", "{} if {} >= 0 else exp({}) - 1"])
@pytest.mark.parametrize("unit", ["1/3", "5/2"])
def test_what_the_edge_recommends_does_not_depend_on_the_unit_of_x(text: str, unit: str) -> None:
    one, other = (best(edge(activation(text.replace("{}", said)))) for said in ("x", f"({unit}*x)"))
    assert one is not None and other is not None

    def lost(point: Critical) -> float:
        """A number that does not depend on the unit: what is lost at the point that was chosen."""
        q, w, b = (float(number) for number in (point.q, point.sigma_w2, point.sigma_b2))
        return abs(point.chi_parallel) + b / min(q, w + b)

    assert lost(other) == pytest.approx(lost(one), rel=0.06)
