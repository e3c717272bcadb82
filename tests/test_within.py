"""Statements within a tolerance: right by how far they are off, refuted where they are farther, never by sampling."""

from __future__ import annotations

import json

import mpmath
import pytest
from mpmath import mp, mpf

import propcheck
from propcheck.spec import SpecError, load
from propcheck.spec.writing import write
from propcheck.verdict import InputError

TYPED = "x*(1/2 + 1/2*tanh(0.7978845608028654*(x + 0.044715*x**3)))"
SLOPE = (
    "1/2*(1 + tanh(0.7978845608028654*(x + 0.044715*x**3)))"
    " + x/2*(1 - tanh(0.7978845608028654*(x + 0.044715*x**3))**2)*0.7978845608028654*(1 + 0.134145*x**2)"
)


@pytest.mark.parametrize(
    ("target", "stated", "within", "outcome", "said"),
    [
        ("gelu_tanh", SLOPE, "1e-15", "proved", "at most 1.70e-17 apart, the most at x = -0.61389994"),
        ("gelu_tanh", SLOPE, "1e-17", "refuted", "up to 1.69e-17 apart"),
        ("gelu_tanh", SLOPE, None, "refuted", ""),
        ("tanh", "1 - tanh(x)**2", "1e-9", "proved", "equal"),
        ("tanh", "1 - tanh(x)**2 + 1e-12", "1e-9", "proved", "at most 1e-12 apart"),  # terms that cancel to a constant
        ("sigmoid", "sigmoid(x)*(1 - sigmoid(x)) - 1e-12", "1e-13", "refuted", "up to 1e-12 apart"),
        ("hard_swish", "0 if x < -3 else 1 if x > 3 else x/3 + 0.5000001", "1e-6", "proved", "1e-7 apart"),
        ("hard_swish", "0 if x < -3 else 1 if x > 3 else x/3 + 0.5001", "1e-6", "refuted", "up to 0.0001 apart"),
        ("relu", "1.0000001*heaviside(x)", "1e-6", "proved", "1e-7 apart"),
        ("relu", "5 if x == 0 else 1.0000001*heaviside(x)", "1e-6", "refuted", ""),
        ("softplus", "7 if x == 1 else 1.0000001*sigmoid(x)", "1e-6", "refuted", ""),
        ("sign(x)", "1/10**9", "1e-6", "proved", "1e-9 apart"),  # the limit from both sides of the jump, by convention
        ("log(x)", "1.0000001/x", "1e-6", "refuted", "up to inf apart"),
        ("x**2", "2.0000001*x", "1e-6", "refuted", "up to inf apart"),
    ],
)  # fmt: skip
def test_a_derivative_within_a_tolerance(target: str, stated: str, within: str | None, outcome: str, said: str) -> None:
    record = propcheck.verify(target, stated, within=within).to_json()["statements"][0]
    assert record["outcome"] == outcome and said in record["found"]
    assert outcome != "proved" or "within" not in record["found"] or record["standing"] == "enclosed"


def test_the_distance_that_is_told_is_that_of_mpmath_and_not_less() -> None:
    record = propcheck.verify("gelu_tanh", SLOPE, within=1e-15).to_json()["statements"][0]
    told = mpf(record["found"].split("at most ")[1].split(" apart")[0])
    with mp.workdps(60):
        g = lambda c: lambda x: x * (1 + mpmath.tanh(c * (x + mpf("0.044715") * x**3))) / 2  # noqa: E731
        exact, typed = g(mpmath.sqrt(2 / mp.pi)), g(mpf("0.7978845608028654"))
        gaps = [abs(mpmath.diff(exact, mpf(k) / 50) - mpmath.diff(typed, mpf(k) / 50)) for k in range(20, 50)]
    assert max(gaps) <= told <= max(gaps) * mpf("1.01")


def test_values_of_parameters_in_use_are_told() -> None:
    stated = "1 if x >= 0 else 1.00000001*a*exp(x)"
    record = propcheck.verify("elu", stated, within="1e-6", a=2).to_json()["statements"][0]
    assert record["outcome"] == "proved" and "(at a = 2)" in record["found"] and record["within"] == "1e-6"


SPEC = """
name = "mine"
expression = "x*tanh(log(1+exp(x)))"
[claims]
within = "1e-3"
"range.inf" = "-0.3089"
equals = "x*tanh(log(1 + exp(1.0001*x)))"
lipschitz = {is = 1.0885, within = "1e-9"}
parity = "none"
"""


def test_claims_have_a_tolerance_of_their_own_or_of_all(tmp_path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SPEC)
    outcomes = {
        item["key"]: item["outcome"] for item in json.loads(json.dumps(propcheck.verify(path).to_json()))["statements"]
    }
    assert outcomes == {"range.inf": "proved", "equals": "proved", "lipschitz": "refuted", "parity": "proved"}
    item = load(path)
    path.write_text(write(item))
    assert load(path) == item
    path.write_text(SPEC.replace('within = "1e-3"\n', ""))
    found = [statement["outcome"] for statement in propcheck.verify(path).to_json()["statements"]]
    assert found.count("refuted") == 3
    claimed = propcheck.analyze(load(path)).to_json()["claims"]
    assert [claim.get("within", "") for claim in claimed] == ["", "", "1e-9", ""]


@pytest.mark.parametrize("within", ["0", "-1e-9", "x", "nan"])
def test_a_tolerance_is_a_number_above_0(within: str, tmp_path) -> None:
    with pytest.raises(InputError):
        propcheck.verify("tanh", "1", within=within)
    path = tmp_path / "mine.toml"
    path.write_text(SPEC.replace('"1e-3"', f'"{within}"'))
    with pytest.raises(SpecError, match="claims.within"):
        load(path)


def test_what_has_typed_constants_is_named_within() -> None:
    found = propcheck.identify(TYPED)
    assert not found.same and [near.name for near in found.within] == ["gelu_tanh"]
    assert 1.4e-17 < found.within[0].sup.lower <= found.within[0].sup.upper < 1.41e-17  # type: ignore[operator]
    assert type(found).from_json(json.loads(json.dumps(found.to_json()))) == found
    assert propcheck.identify("gelu(x) + 1e-4*x").within == ()
