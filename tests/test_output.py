"""Is the slope a function of the output: formulas held against mpmath, and points that deny it."""

from __future__ import annotations

import mpmath
import pytest
from mpmath import mp, mpf
from second_opinion import Function

import propcheck
from propcheck import Spec, spec
from propcheck.verdict import Fact, InputError


def asked(text: str, on: str | None = None) -> Fact:
    fact = propcheck.analyze(text, only=["slope_of_output"], on=on).facts["slope_of_output"]
    assert isinstance(fact, Fact)
    return fact


KNOWN = [
    ("sigmoid(x)", "y*(1 - y)"),
    ("tanh(3*x)", "3*(1 - y**2)"),
    ("relu(x)", "1 if y > 0 else 0"),
    ("-relu(x)", "0 if y >= 0 else -1"),
    ("min(max(x, 0), 6)", "0 if y >= 6 else (1 if y > 0 else 0)"),
    ("x if x > 0 else exp(x) - 1", "1 if y > 0 else y + 1"),
    ("softplus(2*x)", "2*(1 - exp(-y))"),
    ("log(sigmoid(x))", "1 - exp(y)"),
    ("x/(1 + abs(x))", "(1 - abs(y))**2"),
    ("atan(x)", "cos(y)**2"),
    ("asinh(x)", "1/cosh(y)"),
    ("x/sqrt(1 + x**2)", "(1 - y**2)**1.5"),
    ("exp(x) + 2", "y - 2"),
    ("x - heaviside(x)", "1"),  # its values meet, with one slope
    ("3", "0"),
]


@pytest.mark.parametrize("text, formula", KNOWN)
def test_the_formula_is_the_slope(text: str, formula: str) -> None:
    fact = asked(text)
    assert (fact["value"], fact["witness"], fact.standing) == (True, None, "proved")
    g, found, known = Function(text), *(Function(part.replace("y", "x")) for part in (fact["formula"], formula))
    with mp.workdps(40):
        for x in (mpf("-2.3"), mpf("-0.31"), mpf("0.17"), mpf("1.9"), mpf("7.7")):
            slope = mpmath.diff(g, x)
            assert abs(found(g(x)) - slope) < 1e-15 and abs(known(g(x)) - slope) < 1e-15, x
    assert propcheck.verify(text, fact["formula"]).outcomes == ["proved"]
    assert propcheck.verify(text, formula).outcomes == ["proved"]


@pytest.mark.parametrize(
    "text", ["x**2", "abs(x - 1)", "gelu(x)", "sin(x)", "x*sigmoid(x)", "x*min(max(x + 3, 0), 6)/6", "1/x**2",
             "x if x < 0 else 2*x - 5", "(x - 1)**2*(x + 2)"]
)  # fmt: skip
def test_one_output_with_two_slopes_denies_it(text: str) -> None:
    fact = asked(text)
    assert (fact["value"], fact["formula"], fact.standing) == (False, None, "proved")
    witness, g = fact["witness"], Function(text)
    with mp.workdps(40):
        places = [mpf(at.value) for at in witness["x"]]
        slopes = [mpmath.diff(g, at) for at in places]
        assert abs(g(places[0]) - g(places[1])) < 1e-14 and abs(slopes[0] - slopes[1]) > 1e-6
        assert all(abs(one - mpf(other.value)) < 1e-12 for one, other in zip(slopes, witness["slopes"], strict=True))
        assert abs(g(places[0]) - mpf(witness["output"].value)) < 1e-14


def test_where_it_is_one_without_a_known_formula_that_is_said() -> None:
    assert [asked("x**3 + x")[name] for name in ("value", "formula", "witness")] == [True, None, None]
    assert asked("x**2", on="0:3")["value"] and not asked("x**2", on="-1:3")["value"]
    assert asked("sin(x)/x")["value"] is False  # two points of a stretch deny it


def test_a_decided_sameness_needs_more_than_points() -> None:
    """sin comes back with the same slopes on every second stretch, and the others deny it."""
    assert asked("tan(x)", on="-1:1")["value"]
    assert asked("x if x < 0 else x - 3")["formula"] == "1"
    assert not asked("exp(x) if x < 0 else exp(x) - 1/2")["value"]


@pytest.mark.parametrize(
    "formula, outcome", [("y*(1 - y)", "proved"), ("y*(1 - y) + 1e-9*y", "refuted"), ("sigmoid(x)*(1 - y)", "proved")]
)
def test_y_stands_for_the_output_in_a_stated_derivative(formula: str, outcome: str) -> None:
    assert propcheck.verify("sigmoid", formula).outcomes == [outcome]
    made = Spec("mine", "sigmoid(x)", claims=(spec.claim("derivative", formula),))
    assert propcheck.verify(made).outcomes == [outcome]


def test_that_the_output_is_enough_for_the_slope_can_be_claimed() -> None:
    for text, outcomes in (("tanh(x)", ["proved", "refuted"]), ("x**2", ["refuted", "proved"])):
        claims = tuple(spec.claim("slope_of_output", said) for said in (True, False))
        assert propcheck.verify(Spec("mine", text, claims=claims)).outcomes == outcomes
    wave = Spec("wave", "sin(2*x)", claims=(spec.claim("zeros.period", "pi"), spec.claim("convexity.period", 3)))
    assert propcheck.verify(wave).outcomes == ["proved", "refuted"]


def test_y_with_parameters_and_a_parameter_that_is_called_y() -> None:
    elu = propcheck.verify("elu", "1 if y > 0 else y + a").to_json()["statements"][0]
    assert elu["outcome"] == "proved"
    assert propcheck.verify("y*x", "y", y=3).outcomes == ["proved"]
    assert propcheck.verify("tanh(x)", "-2*y*(1 - y**2)", order=2).outcomes == ["proved"]
    with pytest.raises(InputError, match="unknown name 'z'"):
        propcheck.verify("tanh(x)", "1 - z**2")


def test_a_formula_that_grows_too_long_with_the_output_in_it_is_open() -> None:
    long = " + ".join(f"tanh({k}*x)" for k in range(1, 200))
    found = propcheck.verify(long, " + ".join(f"sin({k}*y)" for k in range(1, 50)))
    assert found.outcomes == ["open"] and "parts, which is the limit" in found.to_json()["statements"][0]["reason"]
