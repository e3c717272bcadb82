"""Counts of operations, and what backward needs kept."""

from __future__ import annotations

import pytest
import sympy as sp

from propcheck.activation import from_expression, from_spec
from propcheck.analysis import cost
from propcheck.analysis.counting import KINDS, count
from propcheck.language import X, parse
from propcheck.spec import Parameter, Spec, find
from propcheck.verdict import Fact, Standing


def counted(**counts: int) -> dict[str, int]:
    return dict.fromkeys(KINDS, 0) | counts


def monotonicity(value: str) -> Fact:
    return Fact("monotonicity", Standing.PROVED, {"value": value})


def of(text: str, shape: str = "none") -> Fact:
    return cost.find(from_expression(parse(text, {})), monotonicity(shape))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", counted()),
        ("-x", counted()),
        ("x - 1", counted(add=1)),
        ("-x - 1", counted(add=1)),
        ("x/2", counted(mul=1)),
        ("2/x", counted(div=1)),
        ("x**2", counted(mul=1)),
        ("x**7", counted(mul=4)),
        ("x**8", counted(mul=3)),
        ("x**(-2)", counted(mul=1, div=1)),
        ("sqrt(x)", counted(div=1)),
        ("x**(3/2)", counted(mul=1, div=1)),
        ("x**(1/3)", counted(transcendental=1)),
        ("pi*sqrt(2)*x", counted(mul=1)),
        ("x + x**2 + 1 + pi", counted(add=2, mul=1)),  # the constants are one number
        ("exp(-x)", counted(transcendental=1)),
        ("sigmoid(x)", counted(add=1, div=1, transcendental=1)),
        ("softplus(x)", counted(add=1, transcendental=2)),
        ("softsign(x)", counted(add=1, div=1, compare=1)),
        ("tanh(x)", counted(transcendental=1)),
        ("relu(x)", counted(compare=1)),
        ("min(max(0, x), 6)", counted(compare=2)),
        ("x if x >= 0 else x/100", counted(mul=1, compare=1)),
        ("x*heaviside(x)", counted(mul=1, compare=1)),
        ("sin(x) + sin(x)**2", counted(add=1, mul=1, transcendental=1)),
        ("x/sqrt(1 + x**2)", counted(add=1, mul=1, div=2)),
        ("x*(1 + erf(x/sqrt(2)))/2", counted(add=1, mul=3, transcendental=1)),
    ],
)
def test_operations_are_counted_once_each(text, expected):
    assert count(parse(text, {})) == expected


def test_value_and_derivative_share_what_is_equal():
    sigmoid = 1 / (1 + sp.exp(-X))
    value, slope = count(sigmoid), count(sp.diff(sigmoid, X))
    together = count(sigmoid, sp.diff(sigmoid, X))
    assert together["transcendental"] == 1 == value["transcendental"] == slope["transcendental"]
    assert together["div"] == 1  # the reciprocal serves both
    for kind in KINDS:
        assert max(value[kind], slope[kind]) <= together[kind] <= value[kind] + slope[kind] + 1


def test_an_independent_parameter_is_a_constant():
    a = sp.Symbol("a", real=True)
    assert count(sp.exp(a) * X) == counted(mul=1)
    assert count(a * X, variables={X, a}) == counted(mul=1)
    assert count(sp.exp(a) * X, variables={X, a}) == counted(mul=1, transcendental=1)


@pytest.mark.parametrize(
    ("text", "shape", "expected"),
    [
        ("relu(x)", "non-decreasing", "sign"),
        ("x", "increasing", "sign"),
        ("abs(x)", "none", "sign"),
        ("x if x >= 0 else x/100", "increasing", "sign"),
        ("min(max(0, x), 6)", "non-decreasing", "output"),
        ("tanh(x)", "increasing", "output"),
        ("x if x >= 0 else exp(x) - 1", "increasing", "output"),
        ("x**2", "none", "input"),
        ("gelu(x)", "none", "input"),
        ("max(0, x - 1)", "non-decreasing", "output"),
    ],
)
def test_backward_keeps_the_least_that_gives_the_slope(text, shape, expected):
    assert of(text, shape)["saves"] == expected


def test_an_undecided_trend_leaves_open_what_backward_needs():
    fact = cost.find(from_expression(parse("tanh(x)", {})), Fact("monotonicity", Standing.OPEN))
    assert fact["saves"] is None and fact.note


@pytest.mark.parametrize(
    ("text", "everywhere"),
    [("tanh(x)", True), ("x if x >= 0 else exp(x) - 1", False), ("relu(x)", False), ("abs(tanh(x))", True)],
)
def test_a_transcendental_function_everywhere_is_told_from_one_on_a_part(text, everywhere):
    assert of(text)["transcendental_everywhere"] is everywhere


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("relu", {"parameters": 0, "inputs": 1, "draws": 0, "saves": "sign"}),
        ("prelu", {"parameters": 1, "inputs": 1, "draws": 0, "saves": "output"}),
        ("rrelu", {"parameters": 0, "inputs": 1, "draws": 1}),
        ("noisy_relu", {"parameters": 0, "inputs": 1, "draws": 1}),
        ("maxout", {"parameters": 0, "inputs": 2, "draws": 0}),
    ],
)
def test_what_a_unit_carries_is_told(name, fields):
    fact = cost.find(from_spec(find(name)), monotonicity("non-decreasing"))
    assert fact.standing is Standing.PROVED
    assert {key: fact[key] for key in fields} == fields


def test_noise_whose_variance_depends_on_x_costs_that_variance():
    noisy = cost.find(from_spec(find("noisy_relu")), monotonicity("non-decreasing"))
    assert noisy["value"]["transcendental"] == 1 and noisy["value"]["div"] >= 1


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        ("normal(x, 4 + x**2)", counted(add=2, mul=2, div=1)),  # x + sqrt(4 + x*x)*draw
        ("uniform(x, 4 + x + x**2)", counted(add=2, mul=2)),  # x + (4 + x*x)*draw
        ("normal(0, 4)", counted()),
    ],
)
def test_a_draw_is_moved_and_stretched_to_its_law(law, expected):
    random = Parameter("Y", "random", distribution=law)
    activation = from_spec(Spec("f", "Y", parameters=(random,)))
    fact = cost.find(activation, monotonicity("increasing"))
    assert fact["value"] == expected and fact["draws"] == 1
