"""A function on an interval: its facts there, its claims there, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sympy as sp
from click.testing import CliRunner

import propcheck
from propcheck import cli, spec
from propcheck.facts import BY_KEY
from propcheck.facts.claimable import on_interval
from propcheck.verdict import Fact, InputError, Number


def said(item: Any) -> Any:
    """A number by its exact form or ten digits; lists of them likewise."""
    if isinstance(item, list):
        return [said(part) for part in item]
    return (item.exact or f"{item.value:.10g}") if isinstance(item, Number) else item


def on(text: str, interval: Any, key: str) -> Fact:
    fact = propcheck.analyze(text, on=interval, only=[key]).facts[key]
    assert isinstance(fact, Fact)
    return fact


@pytest.mark.parametrize(
    "text, interval, low, high, attained",
    [
        ("x**2", "-1:2", "0", "4", (True, True)),
        ("x**2", (1, 2), "1", "4", (True, True)),
        ("gelu(x)", "-1:1", "-0.1699712075", "erf(sqrt(2)/2)/2 + 1/2", (True, True)),
        ("tanh(x)", "0:inf", "0", "1", (True, False)),
        ("sin(x)", "0:pi/6", "0", "1/2", (True, True)),
        ("sin(x)", "0:10", "-1", "1", (True, True)),
        ("abs(sin(x))", "1:7", "0", "1", (True, True)),  # endless kinks on the line
        ("tan(x)", "-1:pi/4", "-tan(1)", "1", (True, True)),
        ("log(x)", "0:1", "-oo", "0", (False, True)),
        ("sqrt(x)", "-3:4", "0", "2", (True, True)),
        ("heaviside(x)", "0:1", "1/2", "1", (True, True)),
        ("x if x < 1 else 5", "0:1", "0", "5", (True, True)),
        ("1/x", "1:inf", "0", "1", (False, True)),
        ("sin(x)/x", "-1:1", "sin(1)", "1", (True, True)),
        ("tanh(1e6*x)", "0:1", "0", "tanh(1000000)", (True, True)),
        ("3", "0:1", "3", "3", (True, True)),
    ],
)
def test_the_range_on_an_interval(text: str, interval: Any, low: str, high: str, attained: tuple[bool, bool]) -> None:
    fact = on(text, interval, "range")
    assert (said(fact["inf"]), said(fact["sup"])) == (low, high)
    assert (fact["inf_attained"], fact["sup_attained"]) == attained


@pytest.mark.parametrize(
    "text, interval, key, field, expected",
    [
        ("x**2", "-1:2", "derivative_range", "sup", "4"),
        ("relu(x)", "0:2", "derivative_range", "inf", "1"),
        ("gelu(x)", "-1:2", "monotonicity", "value", "none"),
        ("gelu(x)", "0:2", "monotonicity", "value", "increasing"),
        ("x + sin(x)**2", "-8:8", "monotonicity", "value", "increasing"),  # known from the line
        ("relu(x)", "-2:-1", "monotonicity", "value", "constant"),
        ("heaviside(x)", "0:1", "monotonicity", "value", "non-decreasing"),
        ("sin(x)", "0:pi", "convexity", "value", "concave"),
        ("heaviside(x)", "0:1", "convexity", "value", "concave"),  # it leaves the line at its end
        ("1/x", "1:2", "convexity", "value", "convex"),
        ("1/x", "-1:2", "convexity", "value", "none"),
        ("relu(x)", "0:2", "affine", "value", True),
        ("relu(x)", "-1:2", "affine", "value", False),
        ("heaviside(x)", "0:1", "affine", "value", False),
        ("relu(x)", "0:2", "smoothness", "class", "C^inf"),
        ("sqrt(x)", "0:2", "smoothness", "class", "C^0"),
        ("x*sqrt(x)", "0:2", "smoothness", "class", "C^1"),
        ("heaviside(x)", "0:1", "smoothness", "class", "discontinuous"),
        ("log(x)", "0:1", "domain", "undefined", [["0", "0"]]),
        ("sqrt(x)", "0:1", "domain", "undefined", []),
        ("1/x", "-1:1", "domain", "undefined", [["0", "0"]]),
        ("sin(x)", "pi:3*pi", "zeros", "points", ["pi", "2*pi", "3*pi"]),
        ("relu(x)", "-2:3", "zeros", "intervals", [["-2", "0"]]),
        ("relu(x)", "-2:3", "zeros", "closed", [[True, True]]),
        ("x**3", "0:5", "fixed_points", "points", ["0", "1"]),
        ("x*tanh(exp(x))", "-8:8", "fixed_points", "points", ["0"]),  # at 8 they are 1e-2588 apart
        ("heaviside(x)", "0:1", "image", "intervals", [["1/2", "1/2"], ["1", "1"]]),
    ],
)
def test_other_facts_on_an_interval(text: str, interval: str, key: str, field: str, expected: Any) -> None:
    assert said(on(text, interval, key)[field]) == expected


@pytest.mark.parametrize(
    "text, interval, expected",
    [("x**2", "-1:2", "4"), ("sqrt(x)", "0:1", "oo"), ("sqrt(x)", "1:4", "1/2"), ("heaviside(x)", "0:1", "oo")],
)
def test_the_lipschitz_constant_on_an_interval(text: str, interval: str, expected: str) -> None:
    assert said(propcheck.analyze(text, on=interval, only=["lipschitz"]).facts["lipschitz"]) == expected


def test_what_is_about_the_whole_line_is_left_out() -> None:
    analysis = propcheck.analyze("gelu", on="-8:8")
    assert set(analysis.facts) == {key for key, row in BY_KEY.items() if row.on} - {"image"}
    assert not analysis.criteria and not analysis.open
    assert analysis.description["on"] == ["-8", "8"] and analysis.activation.on == (-8, 8)
    assert propcheck.Analysis.from_json(analysis.to_json()).to_json() == analysis.to_json()
    with pytest.raises(InputError, match="gaussian is about the whole line; on an interval there are domain"):
        propcheck.analyze("gelu", on="-8:8", only=["gaussian"])
    with pytest.raises(InputError, match="zero_mean is about the whole line"):
        propcheck.analyze("gelu", on="-8:8", only="zero_mean")


def test_outside_of_the_interval_it_has_no_values() -> None:
    part = propcheck.load("relu").within(-1, "1/2")
    assert [part(x) for x in (-1, 0, sp.Rational(1, 2), 1, -2)] == [0, 0, sp.Rational(1, 2), None, None]
    assert part.within(0, 9).on == (0, 9) and part.within(0, 9)(5) is None
    assert str(part([-2.0, 0.25, 0.75])) == "[ nan 0.25  nan]"


def test_two_functions_may_be_equal_on_an_interval_alone() -> None:
    def outcome(interval: Any) -> str:
        return propcheck.compare(["relu", "x", "sqrt(x)**2"], on=interval, only=["range"]).equalities[0, 1].outcome

    assert (outcome("0:3"), outcome("-1:3"), outcome("0:inf"), outcome(None)) == (
        "proved",
        "refuted",
        "proved",
        "refuted",
    )
    gap = propcheck.compare(["heaviside(x)", "1"], on="0:1", only=["range"]).equalities[0, 1]
    assert (gap.outcome, gap.witness and gap.witness.x, gap.equal_on) == ("refuted", "0", ("(0, 1]",))


@pytest.mark.parametrize(
    "text, interval, derivative, outcome",
    [
        ("relu(x)", "0:3", "1", "proved"),
        ("relu(x)", "-1:3", "1", "refuted"),
        ("log(x)", "0:3", "1/x", "proved"),
        ("abs(sin(x))", "0:3", "cos(x)", "proved"),
        ("abs(sin(x))", "0:4", "cos(x)", "refuted"),
    ],
)
def test_a_derivative_is_verified_on_an_interval(text: str, interval: str, derivative: str, outcome: str) -> None:
    found = propcheck.verify(text, derivative, on=interval)
    assert found.outcomes == [outcome]
    assert outcome != "proved" or " on (0, 3)" in found.to_json()["statements"][0]["found"]


def test_a_derivative_with_parameters_is_verified_on_an_interval() -> None:
    elu = propcheck.verify("elu", "a*exp(x)", on="-3:-1")
    assert elu.outcomes == ["proved"] and "for every a >= 0" in elu.to_json()["statements"][0]["found"]
    assert propcheck.verify("elu", "a*exp(x)", on="-3:1").outcomes == ["refuted"]


# --- claims on intervals ---------------------------------------------------------------------------------------------

CLAIMED = """
name = "mine"
expression = "a*tanh(x)"

[parameters.a]
role = "constant"
default = 2

[claims]
parity = "odd"

[claims.on."[-1, 1]"]
range = "[-a*tanh(1), a*tanh(1)]"
lipschitz = {is = "a", source = "a note"}
monotonicity = "increasing"
zeros = "0"
derivative = "a*(1 - tanh(x)**2)"

[claims.on."[0, inf)"]
convexity = "concave"
range.sup_attained = true

[claims.on."(0, inf)"]
range.inf_attained = false
sign = "positive"
slope_at_most = 2
"""


def test_claims_may_be_meant_on_an_interval() -> None:
    made = spec.read(CLAIMED)
    verified = propcheck.verify(made)
    stated = [(statement.claim.key, *statement.claim.on) for statement, _ in verified.statements]
    found = dict(zip(stated, verified.outcomes, strict=True))
    assert len(found) == 11 and [key for key, outcome in found.items() if outcome != "proved"] == [
        ("range.sup_attained", "[0, inf)")
    ]
    assert found["range.sup_attained", "[0, inf)"] == "refuted"
    findings = propcheck.analyze(made, without=["edge_of_chaos", "propagation"]).claims
    assert [finding.outcome for finding in findings].count("agrees") == 10
    from propcheck.spec.writing import write

    assert spec.read(write(made)).claims == made.claims


@pytest.mark.parametrize(
    "lines, fault",
    [
        ('[claims.on."[1, -1]"]\nrange = "[0, 1]"', "is empty"),
        ('[claims.on."[1, 1]"]\nrange = "[0, 1]"', "is one point"),
        ('[claims.on."1:2"]\nrange = "[0, 1]"', "is not an interval"),
        ('[claims.on."[0, 1]"]\nparity = "odd"', "parity is not meant on one"),
        ('[claims.on."[0, 1]"]\nzero_mean = "holds"', "zero_mean is not meant on one"),
        ('[claims.on."[0, 1]"]\nvalue = {is = 0, at = {x = 0}}', "value is not meant on one"),
        ('[claims.on."[0, 1]"]\nrange = {is = "[0, 1]", on = "[0, 2]"}', "stands under [0, 1] already"),
        ("[claims]\non = 3", "must be a table"),
        ('[claims.on]\nrange = "[0, 1]"', "must be a table of claims"),
    ],
)
def test_a_claim_on_no_interval_is_a_fault(lines: str, fault: str) -> None:
    with pytest.raises(InputError) as caught:
        spec.read(f'name = "mine"\nexpression = "tanh(x)"\n{lines}\n')
    assert fault in str(caught.value)


def test_each_key_may_be_claimed_on_an_interval_or_says_that_it_may_not() -> None:
    kept = {key for key in spec.CLAIMS if on_interval(key)}
    assert {"range", "lipschitz", "zeros", "convexity", "derivative", "equals", "slope_at_most", "sign"} <= kept
    assert not {"zero_mean", "parity", "limits.left.value", "gaussian.mean", "nonlinearity", "slope", "prose"} & kept


# --- commands --------------------------------------------------------------------------------------------------------


def run(*args: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli.commands, args, standalone_mode=False)
    if isinstance(result.exception, InputError):
        return cli.WRONG_INPUT, result.stdout, str(result.exception)
    assert result.exception is None, result.exception
    return result.return_value, result.stdout, result.stderr


@pytest.mark.parametrize("command", [("analyze",), ("compare", "tanh"), ("verify", "--derivative", "1"), ("check",)])
@pytest.mark.parametrize("interval, why", [("2:1", "reversed"), ("0:x", "depends on x"), ("-3:-1", "not defined on")])
def test_a_bad_interval_is_one_sentence(command: tuple[str, ...], interval: str, why: str) -> None:
    status, out, error = run(*command, "log(x)", "--on", interval)
    assert (status, out) == (2, "") and why in error and "\n" not in error


def test_the_commands_look_at_an_interval(tmp_path: Path) -> None:
    status, out, _ = run("analyze", "gelu", "--on", "-1:inf")
    assert status == 0 and "GELU (gelu) on [-1, inf)" in out and "are left out" in out
    status, out, _ = run("analyze", "gelu", "--on", "-1:1", "--json")
    assert json.loads(out)["activation"]["on"] == ["-1", "1"] and json.loads(out)["criteria"] == []
    status, out, _ = run("compare", "relu", "x", "--on", "0:3")
    assert status == 0 and "on [0, 3]" in out and "relu and x are equal: proved" in out
    assert run("verify", "relu", "--derivative", "1", "--on", "1:3")[0] == 0
    assert run("verify", "relu", "--derivative", "1", "--on", "-1:3")[0] == 1
    status, out, error = run("check", "square", "--on", "-1:1", "--require", "lipschitz=2")
    assert status == 0 and "lipschitz" not in out and "criticality.exists" in error
    assert run("check", "square", "--on", "-1:1", "--require", "lipschitz=1")[0] == 1
    assert "about the whole line" in run("check", "square", "--on", "-1:1", "--require", "zero_mean=holds")[2]
    assert "goes with function" in run("plot", "criteria", "relu", "--on", "0:1", "-o", "a.svg")[2]
    assert run("plot", "function", "abs(sin(x))", "--on", "1:7", "-o", str(tmp_path / "a.json"))[0] == 0
    (graph,) = json.loads((tmp_path / "a.json").read_text())
    assert graph["span"] == [1, 7] and len(graph["curves"][0]["stretches"]) == 3
