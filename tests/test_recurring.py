"""Functions with endless pieces that come back after a period, up to a rise: their facts are those of one period."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from mpmath import mp, mpf
from second_opinion import Function

from propcheck.activation import Activation, from_spec
from propcheck.analysis import QUESTIONS, facts, window
from propcheck.analysis.gaussian import enclosed
from propcheck.claims import derivative
from propcheck.curves.graph import graph
from propcheck.inquiries.distance import difference
from propcheck.inquiries.equality import equality
from propcheck.language import X
from propcheck.meanfield.propagation import propagation
from propcheck.pieces.unwinding import unwound
from propcheck.report import phrases
from propcheck.spec import from_text
from propcheck.verdict import plain

PERIODS = {
    "abs(sin(x))": ("pi", "0"),
    "abs(cos(3*x))": ("pi/3", "0"),
    "asin(sin(x))": ("2*pi", "0"),
    "abs(asin(sin(x)))": ("pi", "0"),
    "abs(sin(pi*x))": ("1", "0"),
    "max(abs(sin(x)), abs(cos(x)))": ("pi/2", "0"),
    "abs(sin(x)) + abs(sin(3*x/2))": ("2*pi", "0"),
    "x + abs(sin(x))/2": ("pi", "pi"),
    "x if sin(x) > 0 else x + 1": ("2*pi", "2*pi"),
    "3 - 2*x + relu(sin(x + 1))": ("2*pi", "-4*pi"),
    "abs(tan(x))": ("pi", "0"),
    "x - floor(x)": ("1", "0"),
    "2*abs(x/2 - floor(x/2 + 1/2))": ("2", "0"),
    "abs(x - round(x))": ("1", "0"),
    "floor(pi*x)": ("1/pi", "1"),
    "floor(3*sin(x))": ("2*pi", "0"),
}
LINES = {
    "max(0, -abs(sin(x)))": (0, 0),
    "x + max(0, -abs(sin(x)))": (1, 0),
    "floor(x) + ceil(-x) - 2": (0, -2),
    "x/2 + max(abs(sin(x)), -abs(cos(x))) - abs(sin(x))": (sp.Rational(1, 2), 0),
}
NO_PERIOD = (
    "abs(sin(x))*exp(-x**2)",
    "abs(sin(x)) + abs(cos(sqrt(2)*x))",
    "abs(sin(x**2))",
    "x*abs(sin(x))",
    "abs(sin(x)) + 0*log(x)",  # defined for x > 0 alone
    "abs(sin(x)) if x > 0 else 0",
    "max(x, abs(sin(x)))",
)
FACTS: dict[str, dict[str, Any]] = {
    "abs(sin(x))": {
        "smoothness.class": "C^0",
        "smoothness.kinks": [{"at": "0", "order": 1, "left": "-1", "right": "1"}],
        "smoothness.period": "pi",
        "parity.value": "even",
        "monotonicity.value": "none",
        "monotone_intervals.intervals": [
            {"from": "-pi/2", "to": "0", "value": "decreasing"},
            {"from": "0", "to": "pi/2", "value": "increasing"},
        ],
        "convexity.intervals": [{"from": "0", "to": "pi", "value": "concave"}],
        "zeros.points": ["0"],
        "zeros.period": "pi",
        "fixed_points.points": ["0"],
        "range.inf": "0",
        "range.sup": "1",
        "lipschitz": "1",
        "limits.left.value": None,
        "asymptotes.right": None,
        "saturation.left": "none",
        "dead_region.mass": "0",
        "gaussian.derivative_mean": "0",
        "nonlinearity": "1",
    },
    "asin(sin(x))": {
        "parity.value": "odd",
        "fixed_points.intervals": [["-pi/2", "pi/2"]],
        "fixed_points.closed": [[True, True]],
        "zeros.points": ["-pi", "0"],
        "convexity.intervals": [
            {"from": "-pi/2", "to": "3*pi/2", "value": "concave"},
            {"from": "pi/2", "to": "5*pi/2", "value": "convex"},
        ],
        "range.sup": "pi/2",
        "gaussian.mean": "0",
        "gaussian.derivative_second_moment": 1.0,
    },
    "x + abs(sin(x))/2": {
        "monotonicity.value": "increasing",
        "monotone_intervals.intervals": [{"from": "-oo", "to": "oo", "value": "increasing"}],
        "derivative_range.inf": "1/2",
        "derivative_range.sup": "3/2",
        "range.inf": "-oo",
        "range.sup_attained": False,
        "zeros.points": ["0"],
        "fixed_points.points": ["0"],
        "fixed_points.period": "pi",
        "limits.right.value": "oo",
        "limits.right.slope": None,
        "slope_of_output.value": True,
    },
    "heaviside(sin(x))": {
        "smoothness.class": "discontinuous",
        "lipschitz": "oo",
        "dead_region.intervals": [["-oo", "oo"]],
        "dead_region.mass": "1",
        "zeros.intervals": [["-pi", "0"]],
        "zeros.closed": [[False, False]],
        "zero_region.period": "2*pi",
        "zero_region.mass": 0.5,
        "image.intervals": [["0", "0"], ["1/2", "1/2"], ["1", "1"]],
        "criticality.exists": False,
    },
    "x - floor(x)": {
        "smoothness.kinks": [{"at": "0", "order": 0, "left": "1", "right": "0"}],
        "smoothness.period": "1",
        "range.sup": "1",
        "range.sup_attained": False,
        "range.inf_attained": True,
        "zeros.points": ["0"],
        "zeros.period": "1",
        "limits.right.slope": "1",
        "limits.right.value": None,
        "fixed_points.intervals": [["0", "1"]],
        "fixed_points.closed": [[True, False]],
        "slope_of_output.formula": "1",
    },
    "2*abs(x/2 - floor(x/2 + 1/2))": {
        "parity.value": "even",
        "range.sup": "1",
        "lipschitz": "1",
        "zeros.period": "2",
        "monotone_intervals.intervals": [
            {"from": "-1", "to": "0", "value": "decreasing"},
            {"from": "0", "to": "1", "value": "increasing"},
        ],
    },
    "round(x)": {
        "monotonicity.value": "non-decreasing",
        "dead_region.mass": "1",
        "limits.left.value": "-oo",
        "zeros.intervals": [["-1/2", "1/2"]],
        "zeros.closed": [[True, True]],
    },
    "floor(x)": {"zero_region.intervals": [["0", "1"]], "zero_region.mass": "erf(sqrt(2)/2)/2", "zeros.points": []},
    "log(sin(x))": {
        "domain.undefined": [["-pi", "0"]],
        "domain.period": "2*pi",
        "range.sup": "0",
        "zeros.points": ["-3*pi/2"],
        "convexity.intervals": [{"from": "0", "to": "pi", "value": "concave"}],
    },
    "abs(tan(x))": {
        "range.sup": "oo",
        "range.inf_attained": True,
        "limits.right.value": None,
        "lipschitz": "oo",
    },
    "sqrt(abs(sin(x)))": {"lipschitz": "oo", "derivative_range.inf": "-oo", "range.sup": "1"},
    "2*x - 3*abs(sin(x))": {"monotonicity.value": "none", "limits.left.value": "-oo", "range.inf": "-oo"},
}


def activation(text: str) -> Activation:
    return from_spec(from_text(text))


def answers(text: str, keys: set[str]) -> dict[str, Any]:
    asked = [(key, question) for key, question in QUESTIONS if key in keys]
    return json.loads(json.dumps(plain(dict(facts(activation(text), asked)))))


def told(value: Any) -> Any:
    """A part of a fact, its numbers by their exact forms where they have them."""
    if isinstance(value, dict) and "exact" in value:
        return value["value"] if value["exact"] is None else value["exact"]
    if isinstance(value, dict):
        return {name: told(item) for name, item in value.items()}
    return [told(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("text", PERIODS)
def test_a_function_comes_back_after_its_period(text: str) -> None:
    wave = activation(text).wave
    assert wave is not None
    assert (str(wave.length), str(wave.rise)) == PERIODS[text]


@pytest.mark.parametrize("text", NO_PERIOD)
def test_without_a_period_that_is_shown_facts_are_open(text: str) -> None:
    made = activation(text)
    assert made.trouble and made.wave is None
    assert facts(made)["range"].standing == "open"


@pytest.mark.parametrize("text", ["sin(x)", "x + sin(x)**2", "gelu(sin(x))", "relu(x)"])
def test_what_has_finite_pieces_is_asked_on_the_whole_line(text: str) -> None:
    made = activation(text)
    assert not made.trouble and made.wave is None and made.pieces


@pytest.mark.parametrize("text", FACTS)
def test_facts_of_one_period_are_those_of_the_line(text: str) -> None:
    found = answers(text, {path.split(".")[0] for path in FACTS[text]})
    for path, expected in FACTS[text].items():
        key, *rest = path.split(".")
        value: Any = found[key]
        for name in rest:
            value = value[name]
        if isinstance(expected, float):
            assert told(value) == pytest.approx(expected, abs=1e-14), path
        else:
            assert told(value) == expected, path


def test_an_activation_that_comes_back_is_told_by_its_pieces_on_an_interval() -> None:
    seen = activation("abs(sin(x))").within(-8, 8)
    assert [piece.expr for piece in seen.pieces] == [
        (-1) ** k * sp.sin(sp.Symbol("x", real=True)) for k in (1, 0, 1, 0, 1, 0)
    ]


DERIVATIVES = [
    ("abs(sin(x))", "sign(sin(x))*cos(x)", "proved"),
    ("abs(sin(x))", "cos(x)", "refuted"),
    ("abs(sin(x))", "sign(sin(x))*cos(x) + (0 if x < 100 else 1)", "open"),  # it does not come back
    ("x + abs(sin(x))/2", "1 + sign(sin(x))*cos(x)/2", "proved"),
    ("asin(sin(x))", "sign(cos(x))", "proved"),
    ("relu(sin(x))", "heaviside(sin(x))*cos(x)", "proved"),
    ("relu(sin(2*x))", "heaviside(sin(2*x))*cos(2*x)", "refuted"),
]


@pytest.mark.parametrize(("text", "stated", "outcome"), DERIVATIVES)
def test_a_derivative_is_compared_over_the_periods_of_both(text: str, stated: str, outcome: str) -> None:
    made = activation(text)
    assert derivative.prove(made, derivative.read(made, stated)).outcome == outcome


PAIRS = [
    ("abs(sin(x))", "sin(x)*sign(sin(x))", "proved"),
    ("abs(sin(x))", "abs(cos(x - pi/2))", "proved"),
    ("acos(cos(x))", "pi/2 - asin(cos(x))", "proved"),
    ("abs(sin(x))", "abs(cos(x))", "refuted"),
    ("abs(sin(x))", "sin(x)", "refuted"),
    ("x + abs(sin(x))", "2*x + abs(sin(x))", "refuted"),
    ("abs(sin(x))", "abs(sin(x)) if x < 1000 else 7", "open"),
]


@pytest.mark.parametrize(("left", "right", "outcome"), PAIRS)
def test_functions_are_the_same_where_they_are_so_over_their_periods(left: str, right: str, outcome: str) -> None:
    found = equality(activation(left), activation(right))
    assert found.outcome == outcome
    assert (found.witness is not None) == (outcome == "refuted")


def test_a_difference_is_that_of_one_period() -> None:
    found = difference("abs(sin(x))", "abs(cos(x))", order=0)[0]
    assert found.farthest is not None and found.farthest.sup.exact == "1" and "again every pi" in found.farthest.note
    with mp.workdps(30):  # (abs(sin) - abs(cos))^2 = 1 - abs(sin(2 z))
        mean = 2 / mp.pi - 4 / mp.pi * mpmath.fsum(mpmath.exp(-8 * k * k) / (4 * k * k - 1) for k in range(1, 6))
        assert found.gaussian is not None and found.gaussian.value == pytest.approx(
            float(mpmath.sqrt(1 - mean)), abs=1e-12
        )
    far = difference("abs(sin(x))", "x", order=0, norm="sup")[0].farthest
    assert far is not None and far.sup.value == float("inf")


COMPUTED = [("abs(sin(x))", "sin(x)"), ("asin(sin(x))", None), ("x + abs(sin(x))/2", None)]


@pytest.mark.parametrize(("text", "like"), COMPUTED)
def test_what_becomes_of_signals_is_computed(text: str, like: str | None) -> None:
    found = propagation(activation(text))
    assert found["gradient"].known and found["dead"].known
    if like is not None:  # it has the same squares
        other = propagation(activation(like))
        assert found["gradient"].value == pytest.approx(other["gradient"].value, abs=1e-5)
        assert found["spread"].value == pytest.approx(other["spread"].value, abs=1e-5)


def fourier(terms: Callable[[int], mpf], q: int) -> mpf:
    """The sum of the terms of a series of cos(2 k z), z ~ N(0, q), of which the mean is exp(-2 k^2 q)."""
    return mpmath.fsum(terms(k) * mpmath.exp(-2 * k * k * q) for k in range(1, 12))


@pytest.mark.parametrize("q", [1, 4, 64])
def test_moments_are_those_of_fourier_series(q: int) -> None:
    with mp.workdps(40):
        pi = mp.pi
        mean = 2 / pi - 4 / pi * fourier(lambda k: 1 / mpf(4 * k * k - 1), q)  # of abs(sin(z))
        square = pi**2 / 12 + fourier(lambda k: mpf((-1) ** k) / k**2, q)  # of asin(sin(z))^2
        level = enclosed(activation("x + abs(sin(x))/2"), sp.Integer(q)).mean
        bent = enclosed(activation("asin(sin(x))"), sp.Integer(q)).second_moment
        for number, exact in ((level, mean / 2), (bent, square)):
            assert number.lower is not None and number.upper is not None
            assert number.lower <= exact <= number.upper
            assert number.upper - number.lower < 1e-12


def test_a_picture_shows_two_periods() -> None:
    drawn = graph(activation("x - floor(x)"))
    assert drawn["span"] == [-3.0, 3.0]
    assert len(drawn["curves"][0]["stretches"]) >= 4


def test_what_is_said_of_kinks_is_said_of_all_periods() -> None:
    found = json.loads(json.dumps(plain(dict(facts(activation("abs(sin(x))"))))))
    assert phrases.smoothness(found) == "C^0, kink at 0, again every pi"
    assert phrases.conventions(found) == [
        "at 0, again every pi, the slope jumps from -1 to 1, whatever the formula says there"
    ]
    assert phrases.sides(found, "limits", "value") == "none / none"


@pytest.mark.parametrize("text", LINES)
def test_a_line_that_is_written_with_endless_pieces_is_one(text):
    slope, intercept = LINES[text]
    found = facts(from_spec(from_text(text)))
    assert found["affine"]["value"] is True
    for side in ("left", "right"):
        line = found["asymptotes"][side]
        assert (line["slope"].exact, line["intercept"].exact) == (str(slope), str(intercept))
    assert bool(found["zeros"]["intervals"]) == (slope == intercept == 0)
    assert bool(found["fixed_points"]["intervals"]) == ((slope, intercept) == (1, 0))


def test_what_has_one_value_but_at_points_is_no_line():
    found = facts(from_spec(from_text("sign(abs(sin(x)))")))
    assert found["affine"]["value"] is False
    assert [point.exact for point in found["zeros"]["points"]] == ["0"]
    assert found["zeros"]["period"].exact == "pi"


# Products of which one factor comes back, the zeros of one period that are named, and the period; None: another zero.
ONE_FACTOR = {
    "sin(2*x)*sigmoid(-x - 1/2)": (["-pi/2", "0"], "pi"),
    "sin(x)/(1 + abs(x))": (["-pi", "0"], "2*pi"),
    "x*sin(x)": (["-pi", "0"], "2*pi"),
    "sin(x)*(x if x > 0 else 2*x)": (["-pi", "0"], "2*pi"),
    "sin(x)*(2 + cos(x))*sigmoid(x)": (["-pi", "0"], "2*pi"),
    "(1 + sin(x))*exp(-x)": (["-pi/2"], "2*pi"),
    "log(2 + sin(x))*sigmoid(x)": (["-pi/2"], "2*pi"),
    "sin(x)*exp(x) if x != 0 else 0": (["-pi", "0"], "2*pi"),
    "x*cos(x)": None,
    "sin(pi*x)/(pi*x)": None,
    "sin(x)*relu(x)": None,
    "sin(x)*cos(2*x)*sigmoid(x)": None,
    "sin(x)*exp(x) if x != 1 else 0": None,
    "sin(x)*exp(x) if x != 0 else 1": None,
}


@pytest.mark.parametrize("text", ONE_FACTOR)
def test_a_product_has_the_zeros_of_the_one_factor_that_comes_back(text):
    found = facts(from_spec(from_text(text)))["zeros"]
    if ONE_FACTOR[text] is None:
        assert found.standing.value == "open"
        return
    points, period = ONE_FACTOR[text]
    assert [point.exact for point in found["points"]] == points and found["period"].exact == period
    function = Function(text, {})
    with mp.workdps(50):
        step = mpf(sp.N(sp.sympify(period), 60))
        places = sorted(mpf(sp.N(sp.sympify(at), 60)) + k * step for at in points for k in range(-4, 4))
        values = [function.derivative(at, 0) for at in places]
        assert all(value is not None and abs(value) < mpf(10) ** -40 for value in values)
        for low, high in itertools.pairwise(places):  # of one sign in between
            inner = [function.derivative(low + (high - low) * k / 16, 0) for k in range(1, 16)]
            assert all(value > 0 for value in inner) or all(value < 0 for value in inner)


@pytest.mark.parametrize("text", ["gelu(-3*x) + sin(x)", "sin(x) + exp(-exp(x))", "sin(2*x + 1) + sigmoid(-20*x)"])
def test_a_least_value_that_balls_do_not_tell_from_a_level_is_enclosed(text):
    """Within 1e-40 of -1, below it or above: whether it is taken is not told."""
    found = facts(from_spec(from_text(text)))["range"]
    least = found["inf"]
    assert least.lower <= -1 <= least.upper and least.upper - least.lower < 1e-12
    assert found.standing.value == "proved" or found["inf_attained"] is None
    function = Function(text, {})
    with mp.workdps(60):
        seen = min(function.derivative(mpf(k) / 64, 0) for k in range(-2000, 2000))
        assert seen > mpf(least.lower)


WOUND = [(sp.asin, sp.sin), (sp.acos, sp.cos), (sp.asin, sp.cos), (sp.acos, sp.sin), (sp.atan, sp.tan)]


@pytest.mark.parametrize(("inverse", "wave"), WOUND, ids=lambda pair: str(pair))
@pytest.mark.parametrize("u", [X, 2 * X + 1, 3 - X, -X / 3, sp.pi * X], ids=str)
def test_an_inverse_of_a_wave_is_a_line_on_each_branch_and_left_alone_where_it_is_none(inverse, wave, u):
    (zero,) = sp.solve(u, X)
    step = abs(sp.pi / 2 / u.diff(X))
    expr = inverse(wave(u), evaluate=False)
    lines = 0
    for k in range(-5, 6):
        for width in (1, 2):
            lower, upper = zero + k * step, zero + (k + width) * step
            found = unwound(expr, lower, upper)
            lines += not found.has(inverse)
            for part in (sp.Rational(1, 7), sp.Rational(3, 5), sp.Rational(14, 15)):
                at = lower + part * (upper - lower)
                assert abs(sp.N(found.subs(X, at), 30) - sp.N(inverse(wave(u.subs(X, at))), 30)) < 1e-25
    assert lines >= 15  # of 22: each of half a branch, and every other one of two halves


BESIDE: dict[str, tuple[Callable, Callable]] = {
    "abs(sin(x))": (lambda x: abs(np.sin(x)), np.cos),
    "x + abs(sin(x))/2": (lambda x: x + abs(np.sin(x)) / 2, lambda x: 1 + np.cos(x) * np.sign(np.sin(x)) / 2),
    "3 - 2*x + relu(sin(x + 1))": (
        lambda x: 3 - 2 * x + np.maximum(0, np.sin(x + 1)),
        lambda x: np.cos(x + 1) * (np.sin(x + 1) > 0) - 2,
    ),
    "floor(x)/3": (lambda x: np.floor(x) / 3, lambda x: 0 * x),
}


@pytest.mark.parametrize("q", ["1/4", "1", "5"])
@pytest.mark.parametrize("text", BESIDE)
def test_what_lies_beyond_a_window_is_bounded(text, q, monkeypatch):
    monkeypatch.setattr(window, "DEVIATIONS", 2)
    bounds = window.beyond(from_spec(from_text(text)), sp.Rational(q))
    q = float(sp.Rational(q))
    x, step = np.linspace(np.ceil(2 * q**0.5), 12 * q**0.5, 40_001, retstep=True)
    x = np.concatenate([-x, x])
    law = np.exp(-(x**2) / (2 * q)) / (2 * np.pi * q) ** 0.5 * step
    g, slope = (part(x) for part in BESIDE[text])
    sizes = {
        "mean": g,
        "second_moment": g**2,
        "derivative_mean": slope,
        "derivative_second_moment": slope**2,
        "covariance": x * g,
        "pull": x * g * slope,
    }
    for name, size in sizes.items():
        total = float((abs(size) * law).sum())
        assert 0.99 * total <= float(bounds[name]) <= 200 * total, name
