"""Verdicts over a parameter's range: what a family says is what single values say, and its thresholds are enclosed."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
import sympy as sp

import propcheck
from propcheck import target
from propcheck.activation import from_spec
from propcheck.language import parse
from propcheck.meanfield.propagation import propagation
from propcheck.meanfield.two_slopes import ratio_of, signals
from propcheck.verdict import InputError, Number

_OF_SCALE = ("q", "slope", "deviation")
_SHARES = (Fraction(1, 4), Fraction(1, 10))
_VERDICTS = ("differentiability", "zero_mean", "gradient_flow", "convergence", "noise_robustness")


def _ratio(text: str):
    slope = sp.Rational(text)
    return ratio_of(slope, 1 / slope if slope else sp.zoo)


@pytest.mark.parametrize("slope", ["0", "1/2000", "1/100", "1/4", "-1", "-1/3", "3", "999/1000"])
def test_signals_in_closed_form_are_those_that_a_grid_computes(slope):
    found = signals(_ratio(slope))
    computed = propagation(from_spec(target.read("x if x >= 0 else a*x", {"a": slope})))
    for name, number in found.fields.items():
        if isinstance(number, Number) and name not in _OF_SCALE:
            assert number.lower <= computed[name].upper and computed[name].lower <= number.upper, name
            assert number.upper - number.lower < 1e-6, name


@pytest.mark.parametrize("slope", ["0", "1/2000", "1/50", "1/4", "-1", "-1/3", "3", "999/1000"])
def test_signals_of_an_interval_hold_those_of_its_values(slope):
    narrow = signals(_ratio(slope))
    whole = signals(_ratio(slope).union(_ratio(slope) + 0.001), _SHARES)
    for name, number in narrow.fields.items():
        if isinstance(number, Number):
            assert whole[name].lower <= number.lower and number.upper <= whole[name].upper, name


@pytest.fixture(scope="module")
def leaky():
    return propcheck.family("x if x >= 0 else a*x", {"a": "-2:3"}, only=_VERDICTS)


def test_the_thresholds_of_a_leak_are_roots_of_the_measure(leaky):
    def ratio(t):
        return abs(1 - t) / mpmath.sqrt(2 * mpmath.pi * ((1 + t * t) / 2 - (1 - t) ** 2 / (2 * mpmath.pi)))

    gaps = [part["exact"]["a"] for part in leaky["zero_mean"] if part["standing"] == "open"]
    roots = [mpmath.findroot(lambda t, m=m: ratio(t) - m, at) for m, at in ((0.5, 0.2), (0.1, 0.8), (0.1, 1.3))]
    assert len(gaps) == len(roots)
    for (low, high), root in zip(gaps, roots, strict=True):
        assert mpmath.mpf(sp.Rational(low).p) / sp.Rational(low).q <= root <= sp.N(sp.Rational(high), 30)
        assert sp.Rational(high) - sp.Rational(low) < sp.Rational(1, 10**8)
    assert [part["value"] for part in leaky["zero_mean"] if part["value"]] == ["fails", "partly", "holds", "partly"]


@pytest.mark.parametrize("slope", ["-1.7", "-0.3", "0.05", "0.5", "0.95", "1.3"])
def test_verdicts_of_a_family_are_those_of_its_members(leaky, slope):
    alone = propcheck.analyze("x if x >= 0 else a*x", a=slope)
    for verdict in alone.criteria:
        if verdict.key in _VERDICTS:
            assert leaky.at(verdict.key, a=slope)["value"] == verdict.verdict, verdict.key


def test_what_does_not_follow_from_facts_is_open():
    found = propcheck.family("a*x**2 + x", {"a": "-1:2"}, only=["differentiability", "zero_mean"])
    assert found.at("differentiability", a="0")["value"] == "fails"
    assert found.at("differentiability", a="0")["standing"] == "proved"
    assert found.at("differentiability", a="0.7")["standing"] == "open"
    assert found.at("zero_mean", a="1.5")["standing"] == "open"


def test_cost_is_counted_with_the_parameter_as_a_symbol():
    (part,) = propcheck.family("swish", only=["cost"])["cost"]
    assert part["value"]["together"]["transcendental"] == 2
    assert part["exact"]["beta"] == ["0", "inf"]


def test_a_criterion_that_is_none_has_its_sentence():
    with pytest.raises(InputError, match="zero_men"):
        propcheck.family("elu", only=["zero_men"])


def test_a_number_says_which_way_it_goes_where_its_derivative_has_one_sign():
    made = propcheck.family("leaky_relu", only=["gaussian", "lipschitz"])
    (part,) = made["gaussian"]
    ways = {name: part["value"][name].get("goes") for name in ("mean", "second_moment", "variance", "elasticity")}
    assert ways == {"mean": "decreasing", "second_moment": "increasing", "variance": "increasing", "elasticity": None}


@pytest.mark.parametrize("value", ["3/2", "2", "7"])
def test_formulas_of_moments_hold_at_each_value(value):
    part = propcheck.family("elu", only=["gaussian"]).at("gaussian", a=value)
    alone = propcheck.analyze("elu", a=value, only=["gaussian"]).facts.gaussian
    for name in ("mean", "second_moment", "variance", "derivative_second_moment"):
        said = part["value"][name]
        assert said["lower"] == "-inf" or said["lower"] <= alone[name].upper
        assert said["upper"] == "inf" or alone[name].lower <= said["upper"]
        text = said.get("formula") or said["exact"]
        if text is not None:
            found = parse(text, {"a": sp.Symbol("a", real=True)})
            exactly = sp.N(found.subs(sp.Symbol("a", real=True), sp.Rational(value)), 20)
            assert alone[name].lower - 1e-12 <= exactly <= alone[name].upper + 1e-12, name


def test_the_table_of_a_family_is_read_in_eighty_columns():
    from propcheck.report.notebook import families, text

    made = propcheck.family("elu", only=["smoothness", "range", "dead_region", "zeros"])
    said = text.draw(families.family(made.to_json()))
    assert max(map(len, said.splitlines())) <= 80
    assert "from -a (not taken) to inf" in said and "the slope jumps" in said and "None" not in said
