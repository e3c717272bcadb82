"""The catalogue's files: every spec loads, and its formula is the function that its source means.

The second opinion is an implementation in mpmath, written from the sources' definitions and not from the spec files.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import mpmath
import pytest
import sympy
from mpmath import mpf

from propcheck import spec
from propcheck.language import X, parse
from propcheck.spec import CRITERIA, Spec
from propcheck.verdict import InputError

PAPER = (
    "sigmoid tanh relu noisy_relu leaky_relu prelu rrelu relu6 swish xwish maxout elu trelu softplus softsign "
    "relu_softplus relu_softsign"
).split()
NAMES = spec.names()
POINTS = [mpf(text) for text in "-30 -7.5 -3 -2.5 -2 -1 -0.75 -0.5 -0.125 0 0.125 0.5 0.75 1 1.5 2 3 6 7.5 30".split()]


def sigma(u):
    return 1 / (1 + mpmath.exp(-u))


def positive(u):
    return max(u, mpf(0))


def clip(u, low, high):
    return min(max(u, mpf(low)), mpf(high))


def ramp(u):
    return clip(u + 3, 0, 6) / 6


def normal_cdf(u):
    return mpmath.erfc(-u / mpmath.sqrt(2)) / 2


# The functions with their default parameters; a random parameter stands at the value that `RANDOM` gives it.
RANDOM = {"noisy_relu": {"Y": "-1/3"}, "rrelu": {"a": "1/5"}}
SECOND: dict[str, Callable] = {
    "sigmoid": sigma,
    "tanh": mpmath.tanh,
    "relu": positive,
    "noisy_relu": lambda x: x - mpf(1) / 3 if x >= 0 else mpf(0),
    "leaky_relu": lambda x: x if x >= 0 else x / 100,
    "prelu": lambda x: x if x >= 0 else x / 4,
    "rrelu": lambda x: x if x >= 0 else x / 5,
    "relu6": lambda x: clip(x, 0, 6),
    "swish": lambda x: x * sigma(x),
    "xwish": lambda x: x * (mpmath.atan(x) / mpmath.pi + mpf(1) / 2),
    "maxout": abs,
    "elu": lambda x: x if x >= 0 else mpmath.expm1(x),
    "trelu": lambda x: x if x >= 0 else mpmath.tanh(x),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "relu_softplus": lambda x: x if x >= 0 else mpmath.log((1 + mpmath.exp(x)) / 2),
    "relu_softsign": lambda x: x if x >= 0 else x / (1 - x),
    "gelu": lambda x: x * normal_cdf(x),
    "gelu_tanh": lambda x: x * sigma(2 * mpmath.sqrt(2 / mpmath.pi) * (x + mpf("0.044715") * x**3)),
    "quick_gelu": lambda x: x * sigma(mpf("1.702") * x),
    "silu": lambda x: x * sigma(x),
    "mish": lambda x: x * mpmath.tanh(mpmath.log1p(mpmath.exp(x))),
    "selu": lambda x: (
        mpf("1.0507009873554804934193349852946")
        * (x if x > 0 else mpf("1.6732632423543772848170429916717") * mpmath.expm1(x))
    ),
    "celu": lambda x: x if x >= 0 else mpmath.expm1(x),
    "hard_sigmoid": ramp,
    "hard_swish": lambda x: x * ramp(x),
    "hard_tanh": lambda x: clip(x, -1, 1),
    "log_sigmoid": lambda x: mpmath.log(sigma(x)),
    "tanhshrink": lambda x: x - mpmath.tanh(x),
    "softshrink": lambda x: mpmath.sign(x) * positive(abs(x) - mpf("0.5")),
    "hardshrink": lambda x: x if abs(x) > mpf("0.5") else mpf(0),
    "threshold": lambda x: x if x > 1 else mpf(0),
    "exponential": mpmath.exp,
    "linear": lambda x: x,
    "squareplus": lambda x: (x + mpmath.hypot(x, 2)) / 2,
    "sparse_plus": lambda x: mpf(0) if x <= -1 else x if x >= 1 else ((x + 1) / 2) ** 2,
    "sparse_sigmoid": lambda x: (clip(x, -1, 1) + 1) / 2,
    "relu_squared": lambda x: positive(x) ** 2,
    "lecun_tanh": lambda x: mpf("1.7159") * mpmath.tanh(2 * x / 3),
    "penalized_tanh": lambda x: mpmath.tanh(x) * (1 if x > 0 else mpf("0.25")),
    "isru": lambda x: x / mpmath.hypot(1, x),
    "isrlu": lambda x: x if x >= 0 else x / mpmath.hypot(1, x),
    "sqnl": lambda x: clip(x, -2, 2) - mpmath.sign(x) * clip(x, -2, 2) ** 2 / 4,
    "arctan": mpmath.atan,
    "erf": mpmath.erf,
    "symlog": lambda x: mpmath.sign(x) * mpmath.log1p(abs(x)),
    "step": lambda x: mpf(1) if x >= 0 else mpf(0),
    "sign": lambda x: mpf(1) if x >= 0 else mpf(-1),
    "shifted_softplus": lambda x: mpmath.log(mpmath.exp(x) / 2 + mpf(1) / 2),
    "nlrelu": lambda x: mpmath.log1p(positive(x)),
    "bent_identity": lambda x: (mpmath.hypot(x, 1) - 1) / 2 + x,
    "elish": lambda x: (x if x >= 0 else mpmath.expm1(x)) * sigma(x),
    "phish": lambda x: x * mpmath.tanh(x * normal_cdf(x)),
    "logish": lambda x: x * mpmath.log1p(sigma(x)),
    "smish": lambda x: x * ((1 + sigma(x)) ** 2 - 1) / ((1 + sigma(x)) ** 2 + 1),
    "serf": lambda x: x * mpmath.erf(mpmath.log1p(mpmath.exp(x))),
    "tanhexp": lambda x: x * mpmath.tanh(mpmath.exp(x)),
    "lisht": lambda x: x * mpmath.tanh(x),
    "soft_modulus": lambda x: x**2 * (2 - abs(x)) if abs(x) <= 1 else abs(x),
    "snake": lambda x: x + (1 - mpmath.cos(2 * x)) / 2,
    "sine": mpmath.sin,
    "gcu": lambda x: x * mpmath.cos(x),
    "gaussian": lambda x: mpmath.exp(-(x**2)),
    "absolute": abs,
    "square": lambda x: x * x,
    "cube": lambda x: x * x * x,
    "star_relu": lambda x: mpf(8944) / 10000 * positive(x) ** 2 - mpf(4472) / 10000,
    "xielu": lambda x: mpf(4) / 5 * (x * x if x > 0 else mpmath.expm1(x) - x) + x / 2,
    "smelu": lambda x: mpmath.quad(positive, [x - 1, min(max(0, x - 1), x + 1), x + 1]) / 2,  # the mean of ReLU nearby
    "laplace": lambda x: normal_cdf((x - mpmath.sqrt(mpf(1) / 2)) * mpmath.sqrt(4 * mpmath.pi)),
    "dynamic_tanh": lambda x: mpmath.tanh(x / 2),
    "soft_cap": lambda x: 50 * mpmath.tanh(x / 50),
    "clamped_swish": lambda x: min(x, 7) * sigma(mpf("1.702") * min(x, 7)),
    "clamped_linear": lambda x: clip(x, -7, 7) + 1,
    "aptx": lambda x: x * sigma(2 * x),
    "sinlu": lambda x: (x + mpmath.sin(x)) * sigma(x),
    "ncu": lambda x: x * (1 - x) * (1 + x),
    "squ": lambda x: x * (x + 1),
    "hard_mish": lambda x: x * clip(x + 2, 0, 2) / 2,
    "hard_sigmoid_onnx": lambda x: clip(x / 5 + mpf(1) / 2, 0, 1),
    "elliott": lambda x: mpf(1) / 2 + x / (2 * (1 + abs(x))),
    "cloglog": lambda x: -mpmath.expm1(-mpmath.exp(x)),
    "loglog": lambda x: mpmath.exp(-mpmath.exp(-x)),
    "probit": normal_cdf,
    "cauchit": lambda x: mpmath.atan2(1, -x) / mpmath.pi,
    "cosine": mpmath.cos,
    "ricker": lambda x: -mpmath.diff(lambda u: mpmath.exp(-u * u / 2), x, 2),
    "multiquadric": lambda x: mpmath.hypot(1, x),
    "inverse_multiquadric": lambda x: mpmath.cos(mpmath.atan(x)),
    "inverse_quadratic": lambda x: mpmath.cos(mpmath.atan(x)) ** 2,
    "eswish": lambda x: 3 * x * sigma(x) / 2,
    "hard_elish": lambda x: (x if x >= 0 else mpmath.expm1(x)) * clip((x + 1) / 2, 0, 1),
    "soft_root_sign": lambda x: x / (x / 2 + mpmath.exp(-x / 3)),
    "shifted_relu": lambda x: positive(x + 1) - 1,
    "symexp": lambda x: mpmath.sign(x) * mpmath.expm1(abs(x)),
    "elu_plus_one": lambda x: mpmath.exp(min(x, mpf(0))) + positive(x),
    "bipolar_sigmoid": lambda x: mpmath.tanh(x / 2),
    "hexpo": lambda x: -mpmath.sign(x) * mpmath.expm1(-abs(x)),
    "arcsinh": mpmath.asinh,
    "clipped_relu": lambda x: clip(x, 0, 20),
    "pserf": lambda x: x * mpmath.erf(mpf(5) / 4 * mpmath.log1p(mpmath.exp(mpf(17) / 20 * x))),
    "dsilu": lambda x: mpmath.diff(lambda u: u * sigma(u), x),
    "hat": lambda x: positive(x + 1) - 2 * positive(x) + positive(x - 1),
    "relu_cubed": lambda x: positive(x) ** 3,
}


def bound(text: str, item: Spec, at: dict[str, str] | None = None) -> Any:
    """A formula of the spec with the values of its parameters in it."""
    symbols = item.symbols()
    values = {symbols[name]: value for name, value in spec.bind(item, at).items()}
    values |= {symbols[name]: spec.constant(value) for name, value in RANDOM.get(item.name, {}).items()}
    return parse(text, symbols).xreplace(values)


def value(expression: Any, x: Any) -> Any:
    """The expression at x, to 40 digits."""
    number = expression.subs(X, sympy.Rational(str(x))).evalf(40)
    return number._to_mpmath(140)


@pytest.fixture(autouse=True)
def digits():
    with mpmath.workdps(40):
        yield


def test_the_catalogue_holds_the_papers_functions_in_order_and_at_least_45_in_all():
    assert [entry.name for entry in spec.index() if entry.paper] == PAPER
    assert [spec.find(name).paper for name in PAPER] == list(range(1, 18))
    assert len(NAMES) >= 45
    assert NAMES[: len(PAPER)] == PAPER and NAMES[len(PAPER) :] == sorted(NAMES[len(PAPER) :])


def test_every_file_has_a_second_opinion():
    assert sorted(SECOND) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_spec_loads_and_says_where_it_comes_from(name):
    item = spec.find(name)
    assert item.name == name
    assert item.title and item.source
    assert all(claim.source for claim in item.claims)


def test_the_list_agrees_with_the_specs():
    for entry in spec.index():
        item = spec.find(entry.name)
        assert (entry.title, entry.source, entry.aliases, entry.paper) == (
            item.title,
            item.source,
            item.aliases,
            item.paper,
        )
        assert entry.formula == (item.expression or "max of linear units")


def test_no_two_specs_share_a_name_or_an_alias_even_when_written_loosely():
    words = [word for entry in spec.index() for word in (entry.name, *entry.aliases)]
    loose = [word.replace("_", "") for word in words]
    assert len(set(loose)) == len(loose)


@pytest.mark.parametrize("name", NAMES)
def test_a_formula_has_the_values_of_the_second_opinion(name):
    item = spec.find(name)
    expression = bound(item.formula, item)
    for x in POINTS:
        expected = mpf(SECOND[name](x))
        assert abs(value(expression, x) - expected) <= mpf(10) ** -30 * max(1, abs(expected)), f"{name} at {x}"


STATED = [(name, claim) for name in NAMES for claim in spec.find(name).claims if claim.key == "derivative"]


@pytest.mark.parametrize(("name", "claim"), STATED, ids=[f"{name}: {claim.source}" for name, claim in STATED])
def test_a_stated_derivative_is_that_of_the_second_opinion_away_from_kinks(name, claim):
    stated = bound(claim.value, spec.find(name))
    for x in (mpf("-2.3"), mpf("-0.7"), mpf("-0.1"), mpf("0.1"), mpf("0.9"), mpf("2.7"), mpf("6.5")):
        with mpmath.workdps(60):
            slope = mpmath.diff(SECOND[name], x, h=mpf(10) ** -20)
        assert abs(value(stated, x) - slope) < mpf(10) ** -15, f"{name} at {x}"


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        ("rectifier", positive),
        ("absolute", abs),
        ("quadratic", lambda x: max(2 * t * x - t * t for t in (-2, -1, 0, 1, 2))),
    ],
)
def test_a_preset_of_maxout_is_the_function_of_the_figure(preset, expected):
    item = spec.find(f"maxout:{preset}")
    assert item.name == f"maxout:{preset}"
    for x in POINTS:
        assert value(parse(item.formula), x) == expected(x)


def test_the_quadratic_preset_touches_the_square_at_its_tangents():
    formula = parse(spec.find("maxout:quadratic").formula)
    assert all(formula.subs(X, t) == t * t for t in range(-2, 3))


def test_the_lost_equation_of_trelu_is_marked_as_recovered():
    item = spec.find("trelu")
    assert "recovered" in item.source and "recovered" in item.note


# The table of the paper's section 2, by criterion 1 to 8: what each function has, or lacks, or is not said to.
TABLE = {
    "sigmoid": "+-.+---.",
    "tanh": "+-.+---.",
    "relu": ".+--+++.",
    "noisy_relu": "..+.....",
    "leaky_relu": "..+.....",
    "prelu": "..+.....",
    "rrelu": "..+.....",
    "relu6": ".....+.+",
    "swish": "..++....",
    "xwish": "..++....",
    "maxout": "..+.-...",
    "elu": "..++...+",
    "trelu": "..++...+",
    "softplus": "........",
    "softsign": "........",
    "relu_softplus": "..++..++",
    "relu_softsign": "..++..++",
}


@pytest.mark.parametrize("name", PAPER)
def test_the_papers_table_is_claimed_as_it_stands(name):
    said = {
        claim.key: claim.value
        for claim in spec.find(name).claims
        if claim.key in CRITERIA and claim.source == "section 2"
    }
    assert "".join(str(said.get(key, ".")) for key in CRITERIA) == TABLE[name]


@pytest.mark.parametrize(
    ("name", "key", "values"),
    [
        ("sigmoid", "zero_mean", {"-", "+"}),
        ("noisy_relu", "dead_units", {"-", "+"}),
        ("relu_softplus", "convergence", {"-", "+"}),
        ("sigmoid", "derivative_range", {"(0, 1/4)"}),
        ("tanh", "derivative_range", {"(0, 1)"}),
        ("relu6", "limits.right.value", {"0"}),
        ("relu", "slope", {"1"}),
        ("relu6", "slope", {"0"}),
        ("xwish", "monotonicity", {"none"}),
    ],
)
def test_where_the_paper_disagrees_with_itself_or_its_equations_both_sides_are_claimed(name, key, values):
    assert {claim.value for claim in spec.find(name).claims if claim.key == key} == values


def test_the_claims_on_the_papers_functions_are_the_papers_and_all_others_ones_own():
    for item in map(spec.find, spec.names()):
        assert {claim.said_by for claim in item.claims} <= ({"paper"} if item.paper else {""}), item.name


def test_elu_at_zero_is_claimed_too():
    claims = [claim for claim in spec.find("elu").claims if claim.at == {"a": "0"}]
    assert [(claim.key, claim.value) for claim in claims] == [("dead_units", "+")]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("gelu", "gelu"),
        ("LeakyReLU", "leaky_relu"),
        ("leaky-relu", "leaky_relu"),
        ("Hardswish", "hard_swish"),
        ("hard_silu", "hard_swish"),
        ("logistic", "sigmoid"),
        ("identity", "linear"),
        (" relu ", "relu"),
    ],
)
def test_a_spec_is_found_by_name_or_alias(written, name):
    assert spec.find(written).name == name


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("geluu", "did you mean gelu"),
        ("Sigmiod", "did you mean sigmoid"),
        ("", "the catalogue has no activation"),
        ("../pyproject", "the catalogue has no activation"),
        ("relu\x00", "the catalogue has no activation"),
        ("r" * 5000, "the catalogue has no activation"),
        ("maxout:absolut", "did you mean absolute"),
        ("maxout:", "it has rectifier, absolute, quadratic"),
        ("relu:soft", "relu has no presets"),
    ],
)
def test_an_unknown_name_gets_a_way_out(written, sentence):
    with pytest.raises(InputError) as caught:
        spec.find(written)
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 300


def test_listing_the_catalogue_loads_neither_sympy_nor_numpy():
    program = (
        "import json, sys; from propcheck import spec; count = len(spec.index()); "
        "print(json.dumps([count, sorted({'sympy', 'numpy', 'flint', 'mpmath'} & set(sys.modules))]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [len(NAMES), []]
