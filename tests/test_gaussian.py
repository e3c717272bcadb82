"""Gaussian integrals: against mpmath at 50 digits, published closed forms, and laws that must hold."""

from __future__ import annotations

import math

import mpmath
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from propcheck.activation import Activation, from_expression, from_spec
from propcheck.analysis import closed_form, criticality, gaussian
from propcheck.calculus.form import constant_ball
from propcheck.language import X, parse
from propcheck.spec import catalogue
from propcheck.verdict import Number, Standing

FIELDS: tuple[str, ...] = ("mean", "second_moment", "derivative_mean", "derivative_second_moment", "covariance", "pull")
INTEGRANDS = {
    "mean": lambda x, g, d: g,
    "second_moment": lambda x, g, d: g * g,
    "derivative_mean": lambda x, g, d: d,
    "derivative_second_moment": lambda x, g, d: d * d,
    "covariance": lambda x, g, d: x * g,
    "pull": lambda x, g, d: x * g * d,
}


def activation(text: str) -> Activation:
    return from_expression(parse(text, {}))


def moments(text: str, q: sp.Expr | int = 1) -> gaussian.Moments:
    return gaussian.moments(activation(text).pieces, q)


def reference(text: str, splits: tuple[float, ...] = (), q: int = 1) -> dict[str, mpmath.mpf]:
    """The integrals by mpmath, cut at the breakpoints and at `splits`, far enough out for 50 digits."""
    total = dict.fromkeys(FIELDS, mpmath.mpf(0))
    with mpmath.workdps(50):
        far = 24 * mpmath.sqrt(q)
        marks = sorted({-far, *(far * k / 8 for k in range(-4, 5)), far, *splits})
        for piece in activation(text).pieces:
            lower = max(-far, mpmath.mpf(sp.N(piece.lower, 60)) if piece.lower.is_finite else -mpmath.inf)
            upper = min(far, mpmath.mpf(sp.N(piece.upper, 60)) if piece.upper.is_finite else mpmath.inf)
            cuts = [lower, *[mark for mark in marks if lower < mark < upper], upper]
            both = sp.lambdify(X, [piece.expr, sp.diff(piece.expr, X)], "mpmath", cse=True)
            known: dict[mpmath.mpf, tuple] = {}

            def at(x, both=both, known=known):
                if x not in known:
                    known[x] = (*map(mpmath.re, both(x)), mpmath.exp(-x * x / (2 * q)) / mpmath.sqrt(2 * mpmath.pi * q))
                return known[x]

            for name, integrand in INTEGRANDS.items():

                def weighted(x, integrand=integrand, at=at):
                    g, d, density = at(x)
                    return integrand(x, g, d) * density

                total[name] += mpmath.quad(weighted, cuts)
    return total


def ends(number: Number) -> tuple[float, float]:
    assert number.lower is not None and number.upper is not None, number.note
    return number.lower, number.upper


def size(number: Number) -> float:
    return max(1.0, *map(abs, ends(number)))


def width(number: Number) -> float:
    lower, upper = ends(number)
    return upper - lower


def assert_holds(number: Number, value: mpmath.mpf, widest: float = 1e-12) -> None:
    lower, upper = ends(number)
    with mpmath.workdps(50):
        slack = mpmath.mpf(10) ** -38
        assert lower - slack <= value <= upper + slack, (number, value)
    assert width(number) <= widest * size(number)


SMOOTH = [
    "x",
    "x**2",
    "x**3 - 2*x",
    "sigmoid(x)",
    "tanh(x)",
    "softplus(x)",
    "gelu(x)",
    "x*sigmoid(x)",
    "x*tanh(softplus(x))",
    "atan(x)",
    "x*(atan(x) + pi/2)/pi",
    "erf(x)",
    "sin(x)",
    "x*cos(x)",
    "x + sin(x)**2",
    "exp(x)",
    "exp(-x**2)",
    "x*exp(x/2)",
    "(x + sqrt(x**2 + 4))/2",
    "x/sqrt(1 + x**2)",
    "log(x**2 + 1)",
    "asinh(x)",
    "1/(1 + x**2)",
]
PIECEWISE = [
    "relu(x)",
    "x if x >= 0 else x/100",
    "x if x >= 0 else exp(x) - 1",
    "softsign(x)",
    "min(max(0, x), 6)",
    "x*min(max(0, x + 3), 6)/6",
    "x if abs(x) > 1/2 else 0",
    "x if x >= 0 else tanh(x/2)/2",
    "log(1 + relu(x))",
    "max(0, x - sqrt(2))",
]


@pytest.mark.parametrize("text", SMOOTH + PIECEWISE)
def test_the_six_integrals_hold_what_mpmath_finds(text):
    found, expected = moments(text), reference(text)
    for name in FIELDS:
        assert_holds(getattr(found, name), expected[name])
    with mpmath.workdps(50):
        variance = expected["second_moment"] - expected["mean"] ** 2
    assert_holds(found.variance, variance)


@pytest.mark.parametrize("text", ["sigmoid(x)", "gelu(x)", "x if x >= 0 else exp(x) - 1", "sin(x)"])
@pytest.mark.parametrize("q", [4, 16])
def test_the_integrals_hold_at_another_variance(text, q):
    found, expected = moments(text, q), reference(text, q=q)
    for name in FIELDS:
        assert_holds(getattr(found, name), expected[name])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("sqrt(abs(x))", ("mean", "second_moment", "derivative_mean", "covariance", "pull")),
        ("x*log(abs(x))", FIELDS),
        ("x**2*log(abs(x))", FIELDS),
        ("x**(3/2) if x > 0 else 0", FIELDS),
        ("exp(-1/x) if x > 0 else 0", FIELDS),
        ("abs(x - 1)**(1/3)", ("mean", "second_moment", "derivative_mean", "covariance", "pull")),
        ("sqrt(abs(x**2 - 2))", ("mean", "second_moment", "derivative_mean", "covariance", "pull")),
        ("acosh(1 + abs(x))", ("mean", "second_moment", "derivative_mean", "covariance", "pull")),
    ],
)
def test_the_integrals_reach_up_to_a_singular_point(text, names):
    found, expected = moments(text), reference(text)
    for name in names:
        assert_holds(getattr(found, name), expected[name])


def test_a_lorentz_spike_a_millionth_wide_is_found():
    text = "1/(1 + 10**12*(x - 1/3)**2)"
    splits = tuple(1 / 3 + sign * 10.0**-k for k in range(1, 9) for sign in (-1, 1))
    found, expected = moments(text), reference(text, splits)
    for name in FIELDS:
        assert_holds(getattr(found, name), expected[name])
    assert width(found.second_moment) < 1e-15


def test_a_gaussian_spike_far_out_is_found():
    # E[exp(-a (z - 3)^2)] = exp(-9 a/(1 + 2 a))/sqrt(1 + 2 a)
    found = moments("exp(-(x - 3)**2*10**8)")
    with mpmath.workdps(50):
        for number, a in ((found.mean, mpmath.mpf(10) ** 8), (found.second_moment, 2 * mpmath.mpf(10) ** 8)):
            assert_holds(number, mpmath.exp(-9 * a / (1 + 2 * a)) / mpmath.sqrt(1 + 2 * a))


@pytest.mark.parametrize(
    ("text", "field", "exact"),
    [
        ("relu(x)", "mean", "1/sqrt(2*pi)"),
        ("relu(x)", "variance", "1/2 - 1/(2*pi)"),
        ("gelu(x)", "mean", "1/(2*sqrt(pi))"),
        ("gelu(x)", "second_moment", "1/3 + 1/(2*sqrt(3)*pi)"),
        ("erf(x)", "second_moment", "2/pi*asin(2/3)"),
        ("erf(x/2)", "second_moment", "2/pi*asin(1/3)"),
        ("(1 + erf(x/sqrt(2)))/2", "second_moment", "1/3"),
        ("sigmoid(x)", "mean", "1/2"),
        ("tanh(x)", "mean", "0"),
        ("x*sigmoid(x)", "derivative_mean", "1/2"),
        ("softplus(x)", "derivative_mean", "1/2"),
        ("sin(x)", "second_moment", "(1 - exp(-2))/2"),
        ("exp(-x**2)", "mean", "1/sqrt(3)"),
        ("exp(x)", "variance", "e**2 - e"),
        ("x**3", "second_moment", "15"),
        ("abs(x)", "mean", "sqrt(2/pi)"),
        ("x if x >= 0 else exp(x) - 1", "mean", "1/sqrt(2*pi) - 1/2 + sqrt(e)*erfc(1/sqrt(2))/2"),
        ("cosh(x)", "mean", "sqrt(e)"),
        ("x**2*exp(-x**2/2)", "mean", "1/(2*sqrt(2))"),
    ],
)
def test_known_closed_forms_are_found_and_proved(text, field, exact):
    number = gaussian.find(activation(text))[field]
    assert number.standing is Standing.PROVED and number.exact is not None
    with mpmath.workdps(50):
        assert_holds(number, mpmath.mpf(sp.N(parse(exact, {}), 50)), 1e-15)


EXACT = ["x*cos(x + 1)", "exp(x)*erf(x + 1)", "x**2*erf(x)", "x*exp(-x**2 + x)", "sinh(x/2)*x", "erf(x)*erf(x/3)*x**2"]


@pytest.mark.parametrize("text", SMOOTH + PIECEWISE + EXACT)
def test_every_closed_form_lies_in_its_enclosure(text):
    _assert_closed_forms_inside(activation(text))


def test_every_closed_form_of_the_catalogue_lies_in_its_enclosure():
    for spec in catalogue().values():
        _assert_closed_forms_inside(from_spec(spec))


def _assert_closed_forms_inside(function: Activation) -> None:
    exact = closed_form.integrals([(piece.lower, piece.upper, piece.expr) for piece in function.pieces])
    balls = gaussian.moments(function.pieces, 1).balls
    for name in FIELDS:
        value = getattr(exact, name)
        if value is not None:
            assert balls[name].overlaps(constant_ball(value)), (function, name, value, balls[name])


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("exp(x**2)", "mean", math.inf),
        ("-exp(x**2)", "mean", -math.inf),
        ("exp(x**2/4)", "second_moment", math.inf),
        ("exp(x**2/4)", "variance", math.inf),
        ("exp(x**2/4)", "derivative_second_moment", math.inf),
        ("1/x", "mean", None),
        ("1/x", "variance", None),
        ("1/x", "second_moment", math.inf),
        ("1/x", "derivative_mean", -math.inf),
        ("1/x**2", "mean", math.inf),
        ("1/abs(x)", "mean", math.inf),
        ("sqrt(abs(x))", "derivative_second_moment", math.inf),
        ("x*exp(x**2)", "mean", None),
        ("exp(x**4)", "variance", None),
        ("log(x)", "mean", None),
        ("log(abs(x))", "derivative_mean", None),
        ("log(abs(x))", "derivative_second_moment", math.inf),
    ],
)
def test_what_is_infinite_or_does_not_exist_is_proved_so(text, field, value):
    number = gaussian.find(activation(text))[field]
    assert number.value == value
    assert number.standing is Standing.PROVED


def test_what_converges_beside_what_diverges_is_still_enclosed():
    found = gaussian.find(activation("exp(x**2/4)"))
    with mpmath.workdps(50):
        assert_holds(found["mean"], mpmath.sqrt(2))
        assert_holds(gaussian.find(activation("log(abs(x))"))["mean"], -(mpmath.euler + mpmath.log(2)) / 2)


def test_the_mean_of_an_odd_function_is_exactly_zero():
    for text in ("tanh(x)", "x**3*exp(-x**2)", "sin(x**2)*x", "softsign(x)"):
        mean = gaussian.find(activation(text))["mean"]
        assert mean.exact == "0" and mean.standing is Standing.PROVED


@pytest.mark.parametrize(
    ("text", "value"),
    [("relu(x)", 1.0), ("x", 1.0), ("x**2", 2.0), ("3", 0.0), ("exp(x)", 2.0), ("x if x >= 0 else x/4", 1.0)],
)
def test_the_elasticity_of_a_power_is_its_exponent(text, value):
    elasticity = gaussian.find(activation(text))["elasticity"]
    assert elasticity.value == value and elasticity.standing is Standing.PROVED


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x", 0.0),
        ("2*x - 3", 0.0),
        ("abs(x)", 1.0),
        ("x**2", 1.0),
        ("x**3", 0.4),
        ("3", None),
        ("sin(x)**2 + cos(x)**2", None),
        ("relu(x)", 1 - 0.25 / (0.5 - 0.5 / math.pi)),
        ("heaviside(x)", 1 - 2 / math.pi),
    ],
)
def test_nonlinearity_is_the_share_that_no_line_explains(text, value):
    number = gaussian.nonlinearity(activation(text))
    assert number.standing is Standing.PROVED
    assert number.value == (pytest.approx(value, abs=1e-15) if value is not None else None)


@pytest.mark.parametrize(
    ("text", "exists", "weights", "biases"),
    [
        ("relu(x)", True, 2.0, 0.0),
        ("x", True, 1.0, 0.0),
        ("x if x >= 0 else x/4", True, 2 / (1 + 1 / 16), 0.0),
        ("x**2", True, 0.25, 0.25),
        ("exp(x)", True, math.exp(-2), 0.0),
        ("heaviside(x)", False, None, None),
        ("softplus(x)", False, None, None),
        ("x if x > 1/2 else 0", False, None, None),
        ("sqrt(abs(x))", False, None, None),
        ("log(x)", False, None, None),
        ("x + 1", False, None, None),
        ("x + abs(x - 5)**(2/5) - 5**(2/5)", False, None, None),  # E[g'^2] is infinite because of the slope at 5
        ("x + sinh(x**3)", False, None, None),  # no density falls as fast as this grows
        ("x*exp(x**4)", False, None, None),
        ("x*exp(x**2/3)", True, 1.0, 0.0),  # finite at q < 3/2: there is a limit q -> 0
        ("softplus(50*x)/50", False, None, None),
    ],
)
def test_a_critical_initialisation_is_found_or_refuted(text, exists, weights, biases):
    fact = criticality.criticality(activation(text))
    assert fact["exists"] is exists
    assert fact.standing is Standing.PROVED
    if exists:
        assert fact["sigma_w2"].value == pytest.approx(weights, rel=1e-15)
        assert fact["sigma_b2"].value == pytest.approx(biases, abs=1e-15)


@pytest.mark.parametrize("text", ["tanh(x)", "gelu(x)", "sigmoid(x)", "softsign(x)", "sin(x)"])
def test_a_critical_initialisation_is_critical(text):
    fact = criticality.criticality(activation(text))
    q = sp.Rational(fact["q"].exact)
    found = moments(text, q)
    weights, biases = fact["sigma_w2"].value, fact["sigma_b2"].value
    assert weights * found.derivative_second_moment.value == pytest.approx(1, abs=1e-12)
    assert weights * found.second_moment.value + biases == pytest.approx(float(q), rel=1e-12)
    assert biases >= 0


@pytest.mark.parametrize("text", ["relu(x) - 1000", "relu(x) - 40", "sigmoid(x/2)", "sigmoid(x/20)", "3*sigmoid(x/2)"])
def test_a_critical_initialisation_is_found_where_lengths_are_large(text):
    fact = criticality.criticality(activation(text))
    found = moments(text, sp.Rational(fact["q"].exact))
    weights, biases = fact["sigma_w2"], fact["sigma_b2"]
    assert fact.standing is Standing.ENCLOSED and biases.lower > 0
    assert weights.value * found.derivative_second_moment.value == pytest.approx(1, rel=1e-10)
    assert weights.value * found.second_moment.value + biases.value == pytest.approx(fact["q"].value, rel=1e-10)


@pytest.mark.parametrize("q", [16, 256, 1024])
def test_what_grows_far_out_is_enclosed_at_a_large_variance(q):
    found = moments("x*exp(x)", q)
    with mpmath.workdps(50):
        first, second = mpmath.exp(mpmath.mpf(q) / 2), mpmath.exp(2 * mpmath.mpf(q))
        expected = {"mean": q * first, "second_moment": (q + 4 * q**2) * second, "derivative_mean": (1 + q) * first}
        for name, value in expected.items():
            ball = found.balls[name]
            assert ball.rel_accuracy_bits() > 40
            assert abs(mpmath.mpf(ball.mid().str(60, radius=False)) / value - 1) < mpmath.mpf(2) ** -40


def test_a_bump_is_enclosed_at_a_variance_beside_which_it_is_thin():
    found = moments("1/cosh(x)", 2**36)
    with mpmath.workdps(30):
        whole = mpmath.quad(lambda x: mpmath.sech(x) ** 2, [-mpmath.inf, 0, mpmath.inf])  # against the peak's height
        assert found.second_moment.value == pytest.approx(float(whole / mpmath.sqrt(2 * mpmath.pi * 2**36)), rel=1e-9)


def test_a_search_that_finds_none_is_open():
    fact = criticality.criticality(activation("exp(x*x)"))  # E[g^2] is finite at q < 1/4
    assert fact["exists"] is None and fact.standing is Standing.OPEN


NARROW = {
    "max(0, x - 20)": {
        "mean": "1.3700124947295798e-90",
        "second_moment": "1.3599129147073807e-91",
        "derivative_second_moment": "2.7536241186062337e-89",
    },
    "x*heaviside(x - 16)": {"mean": "1.0261630727919035e-56", "second_moment": "1.6482496708675837e-55"},
    "heaviside(-13 - x)": {"mean": "6.1171643995498797e-39", "second_moment": "6.1171643995498797e-39"},
    "log(x - 29) if x > 30 else 0": {"mean": "1.5810197203175439e-199"},
    "max(0, x - 36)": {"mean": "1.1600539333726329e-285", "derivative_mean": "4.1826240657972833e-284"},
    "softplus(x - 40)": {"mean": "7.004352026168645e-18", "second_moment": "1.3336148155022614e-34"},
    "softplus(x - 100)": {"second_moment": "1.0225689071173034e-86"},
    "tanh(x)/10**40": {"second_moment": "3.9429449039784118e-81", "derivative_mean": "6.0570550960215884e-41"},
}


@pytest.mark.parametrize("text", NARROW)
def test_moments_have_digits_of_their_own_however_small(text):
    found = gaussian.find(activation(text))
    for name, value in NARROW[text].items():
        number, truth = found[name], float(value)
        assert number.lower <= truth * (1 + 1e-15) and truth * (1 - 1e-15) <= number.upper
        assert number.upper - number.lower <= 1e-13 * truth


@pytest.mark.parametrize(
    ("text", "mean"),
    [
        ("exp(x**2/2)/(1 + x**2)", math.sqrt(math.pi / 2)),
        ("exp(x**2/4)/(1 + x**2)", math.sqrt(math.pi / 2) * math.exp(0.25) * math.erfc(0.5)),
        ("exp(x**2/2)/(1 + x**4)", math.sqrt(math.pi) / 2),
    ],
)
def test_an_enclosure_that_tells_nothing_is_open(text, mean):
    fact = gaussian.find(activation(text))
    for name in ("mean", "second_moment", "variance", "derivative_second_moment"):
        number = fact[name]
        assert number.value is None or number.value == math.inf or number.upper < 100
    assert fact["mean"].value is None or fact["mean"].lower - 1e-15 <= mean <= fact["mean"].upper + 1e-15


@pytest.mark.parametrize("text", ["min(x, 20)", "max(x, -30)", "x + tanh(x)/10**12", "max(0, x - 20)", "tanh(x/10**6)"])
def test_shares_and_squares_keep_their_bounds(text):
    share, fact = gaussian.nonlinearity(activation(text)), gaussian.find(activation(text))
    assert 0 <= share.lower <= share.value <= share.upper <= 1
    for name in ("second_moment", "variance", "derivative_second_moment"):
        assert 0 <= fact[name].lower <= fact[name].value


_LINES = st.tuples(st.sampled_from(["1/2", "1", "2", "-1", "-3/2"]), st.sampled_from(["0", "1/3", "-2"]))
_SHAPES = "sigmoid({u}) tanh({u}) relu({u}) abs({u}) ({u}) ({u})**2 exp(-({u})**2) sin({u}) softplus({u})"
_BASES = st.sampled_from(_SHAPES.split())
_TERMS = st.builds(lambda base, line: base.format(u=f"({line[0]})*x + ({line[1]})"), _BASES, _LINES)


def _overlap(one: Number, two: Number) -> bool:
    (low, high), (least, most) = ends(one), ends(two)
    return max(low, least) <= min(high, most) + 1e-14 * max(size(one), size(two))


def _sum(one: Number, two: Number) -> Number:
    (low, high), (least, most) = ends(one), ends(two)
    return Number(None, low + least, high + most)


def _negated(number: Number) -> Number:
    lower, upper = ends(number)
    return Number(None, -upper, -lower)


@settings(max_examples=25, deadline=None)
@given(_TERMS, _TERMS)
def test_the_mean_of_a_sum_is_the_sum_of_the_means(first, second):
    f, g, both = moments(first), moments(second), moments(f"({first}) + ({second})")
    for name in ("mean", "derivative_mean", "covariance"):
        assert _overlap(getattr(both, name), _sum(getattr(f, name), getattr(g, name)))


@settings(max_examples=25, deadline=None)
@given(_TERMS)
def test_a_mirrored_function_has_mirrored_moments(text):
    f, mirrored = moments(text), moments(text.replace("x", "(-x)").replace("e(-x)p", "exp"))
    for name in ("mean", "second_moment", "derivative_second_moment", "pull"):
        assert _overlap(getattr(f, name), getattr(mirrored, name))
    for name in ("derivative_mean", "covariance"):
        assert _overlap(getattr(f, name), _negated(getattr(mirrored, name)))


@settings(max_examples=25, deadline=None)
@given(_TERMS, st.sampled_from([sp.Rational(1, 4), sp.Integer(2), sp.Integer(4), sp.Rational(9, 4)]))
def test_scaling_the_input_is_scaling_the_variance(text, q):
    scale = sp.sqrt(q)
    f = activation(text)
    scaled = gaussian.moments(from_expression(f.bound.xreplace({X: scale * X})).pieces)
    wide = gaussian.moments(f.pieces, q)
    for name in ("mean", "second_moment", "pull"):
        assert _overlap(getattr(scaled, name), getattr(wide, name))


@settings(max_examples=25, deadline=None)
@given(_TERMS)
def test_integration_by_parts_holds_for_continuous_functions(text):
    found = moments(text)
    assert _overlap(found.covariance, found.derivative_mean)


@pytest.mark.parametrize("text", ["log(log(x**2 + 3))", "sin(x)*exp(x**2/5)", "sin(exp(x))", "sin(100*x)"])
def test_a_tail_without_a_leading_term_is_bounded(text):
    assert gaussian.find(activation(text))["mean"].standing is not Standing.OPEN


@pytest.mark.parametrize("text", ["sin(1/x)", "cos(1/x**2)", "sin(x)*exp(x**2/3)", "exp(20*x)"])
def test_what_is_not_narrow_is_never_said_not_to_exist(text):
    for number in gaussian.find(activation(text)).fields.values():
        assert number.known or number.standing is Standing.OPEN
    share = gaussian.nonlinearity(activation(text))
    assert share.known or share.standing is Standing.OPEN


def test_one_integral_that_does_not_exist_leaves_the_others_unharmed():
    found = gaussian.find(activation("1/x"))
    assert found["mean"].value is None and found["second_moment"].value == math.inf
    assert gaussian.moments(activation("1/x").pieces).covariance.value == pytest.approx(1, abs=1e-12)


def test_a_steep_function_is_integrated_at_its_own_scale() -> None:
    """E[g'(z)] of tanh(k z) is 2 f(0) for large k, f the density, and that of its square 4 k/3 f(0)."""
    density = 1 / math.sqrt(2 * math.pi)
    found = gaussian.moments(from_expression(parse("tanh(1e60*x)")).pieces, 1, "odd")
    assert found.derivative_mean.value == pytest.approx(2 * density, rel=1e-13)
    assert found.derivative_second_moment.value == pytest.approx(4e60 / 3 * density, rel=1e-13)


def test_a_steep_function_that_is_not_cut_enough_is_open(monkeypatch) -> None:
    monkeypatch.setattr(gaussian, "MOST_TURNS", 4)
    gaussian._integrals.cache_clear()
    found = gaussian.moments(from_expression(parse("tanh(1e60*x)")).pieces, 1, "odd").derivative_mean
    gaussian._integrals.cache_clear()
    assert found.standing is Standing.OPEN and "tells nothing" in found.note
