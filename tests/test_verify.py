"""`propcheck verify` from outside: what is printed, and which status ends it."""

from __future__ import annotations

import json
import re

import pytest
import sympy

import propcheck
from propcheck import spec
from propcheck.inquiries import verification
from propcheck.verdict import InputError

_X = sympy.Symbol("x")


@pytest.fixture
def verify(propcheck):
    return lambda *arguments: propcheck("verify", *arguments)


MINE = """
name = "mine"
expression = "x if x >= 0 else a*(exp(x) - 1)"
[parameters.a]
role = "constant"
default = 1
range = "a >= 0"
[claims]
derivative = "1 if x >= 0 else a*exp(x)"
antiderivative = "x**2/2 + a if x >= 0 else a*(exp(x) - x)"
"range.inf" = "-1"
value = {is = "a/e - a", at = {x = -1}}
dead_units = "holds"
prose = "liked by many"
"""

STATUSES = [
    (["softsign", "--derivative", "(1-abs(softsign(x)))**2"], 0),
    (["softsign", "--derivative", "1 - softsign(x)**2"], 1),
    (["elu"], 0),
    (["sigmoid"], 1),  # the paper leaves out the largest slope, which is attained
    (["elu", "trelu"], 0),
    (["elu", "--derivative", "1 if x >= 0 else exp(x)", "--param", "a=1"], 1),
    (["x if x >= 0 else a*(exp(x) - 1)", "--derivative", "1 if x >= 0 else exp(x)", "--param", "a=1"], 0),
    (["-x**3", "--derivative", "-6*x", "--order", "2"], 0),
    (["relu", "--antiderivative", "relu(x)**2/2"], 0),
    (["relu", "--antiderivative", "relu(x)**2"], 1),
    (["relu", "tanh", "--derivative", "1 if x > 0 else 0"], 1),
    (["x*sin(1/x)", "--derivative", "cos(1/x)"], 1),
    (["--paper"], 0),
    (["mine.toml"], 0),
    (["sqrt(abs(x))*sign(x)", "--derivative", "5 if x == 0 else 1/(2*sqrt(abs(x)))"], 1),
    (["sin(x)/x if x != 0 else 1", "--derivative", "cos(x)/x - sin(x)/x**2"], 0),
    (["two.toml", "--derivative", "a*b*(1 - tanh(b*x)**2)"], 0),
    (["two.toml", "--derivative", "a*b*(1 - tanh(b*x)**2) + max(0, a - 1000)*max(0, b - 1000)"], 1),
    (["two.toml", "--derivative", "a*b*(1 - tanh(b*x)**2) + max(0, -7 - a)*max(0, b - 1000)"], 1),
    (["two.toml", "--derivative", "a*b*(1 - tanh(b*x)**2) + (1 if 10 < a < 11 and 20 < b < 20.5 else 0)"], 1),
    (["two.toml", "--derivative", "a*b*(1 - tanh(b*x)**2) + max(0, a*b - 5000)"], 1),
    (["two.toml", "--derivative", "a*b*(1 - tanh(b*x)**2) + max(0, a**2 - 1000)*max(0, b**2 - 1000)"], 1),
]
TWO = """
name = "two"
title = "Two"
expression = "a*tanh(b*x)"
[parameters.a]
role = "constant"
default = 1
[parameters.b]
role = "constant"
default = 1
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(MINE)
    (tmp_path / "two.toml").write_text(TWO)
    return tmp_path


@pytest.mark.parametrize(("arguments", "status"), STATUSES, ids=[" ".join(arguments) for arguments, _ in STATUSES])
def test_the_status_says_whether_something_is_refuted(here, verify, arguments, status):
    code, out, err = verify(*arguments)
    assert (code, err) == (status, "")
    assert ("refuted" in out.replace("0 refuted", "")) == (status == 1)
    assert out.isascii() and "\x1b" not in out and not any(line != line.rstrip() for line in out.splitlines())


WRONG = [
    ([], "name a target to verify"),
    (["gelu"], "nothing is stated of gelu, so nothing was verified"),
    (["gelu", "--order", "2"], "--order is that of --derivative EXPR, which is missing"),
    (["gelu", "--derivative", "1", "--order", "0"], "a whole number from 1, not 0"),
    (["gelu", "--derivative", "1 +"], "the derivative stated of gelu: column"),
    (["gelu", "--derivative", "a"], "the derivative stated of gelu"),
    (["gelu", "--antiderivative", "geluu(x)"], "the antiderivative stated of gelu"),
    (["gelu", "--paper"], "leave out the targets"),
    (["--paper", "--derivative", "x"], "leave out the targets"),
    (["elu", "--time-limit", "0"], "seconds above 0"),
    (["elu", "--param", "a=-1"], "outside its range"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[" ".join(case[0]) or "nothing" for case in WRONG])
def test_a_wrong_input_is_told_in_a_sentence(verify, arguments, message):
    status, out, err = verify(*arguments)
    assert (status, out) == (2, "")
    assert message in err and "Traceback" not in err


def test_every_statement_of_a_spec_is_verified_but_verdicts_and_prose(here, verify):
    status, out, _ = verify("mine.toml", "--json")
    found = json.loads(out)
    assert status == 0 and found["schema"] == "propcheck.verification/1"
    assert [(s["key"], s["outcome"]) for s in found["statements"]] == [
        ("derivative", "proved"),
        ("antiderivative", "proved"),
        ("range.inf", "proved"),
        ("value", "proved"),
    ]
    derivative = found["statements"][0]
    assert (derivative["parameters"], derivative["ends"]) == ("a >= 0", ["a = 0"])
    (kink,) = derivative["conventions"]
    assert (kink["at"], kink["left"], kink["right"], kink["stated"]) == ("0", "a", "1", "1")
    assert (kink["kind"], kink["vanishes"]) == ("right", "a = 1")


def test_a_refuted_one_has_its_witness(verify):
    _, out, _ = verify("elu", "--derivative", "1 if x >= 0 else exp(x)", "--json")
    (statement,) = json.loads(out)["statements"]
    assert statement["witness"] == {
        "x": "-1",
        "value": "0.183939720585721160797761885081",
        "stated": "0.367879441171442321595523770161",
        "piece": "on (-inf, 0)",
        "parameters": {"a": "1/2"},
    }
    _, out, _ = verify("elu", "--derivative", "1 if x >= 0 else exp(x)")
    assert "witness on (-inf, 0): x = -1, a = 1/2;" in " ".join(out.split())


def test_one_target_gives_an_object_and_several_a_list(verify):
    assert isinstance(json.loads(verify("relu", "--json")[1]), dict)
    names = [item["activation"]["name"] for item in json.loads(verify("relu", "elu", "--json")[1])]
    assert names == ["relu", "elu"]


def test_the_paper_in_json(verify):
    status, out, _ = verify("--paper", "--json")
    found = json.loads(out)
    assert status == 0 and found["schema"] == "propcheck.verification/1"
    assert len(found["equations"]) == 27 and [37, 38] in [finding["equations"] for finding in found["findings"]]


OPEN = ["x*abs(sin(x))", "--derivative", "abs(sin(x)) + x*cos(x)*sign(sin(x))"]


def test_an_open_statement_ends_with_status_3_under_strict_alone(verify):
    status, out, _ = verify(*OPEN)
    assert status == 0 and re.search(r"derivative +open", " ".join(out.replace("outcome", "").split()))
    assert verify(*OPEN, "--strict")[0] == 3
    assert verify("relu", "--derivative", "2", "--strict")[0] == 1


def test_what_time_runs_out_on_is_open(verify):
    mine = "x*tanh(log(1 + exp(x))/7)"  # no other test asks it: what is known already takes no time
    status, out, _ = verify(mine, "--derivative", f"x*0 + ({mine})/x", "--time-limit", "1e-9", "--strict")
    assert status == 3 and "used up" in " ".join(out.split())


def test_the_same_input_gives_the_same_words(verify):
    assert verify("elu", "sigmoid") == verify("elu", "sigmoid")


def test_from_python():
    (found,) = verification.verify_all([spec.find("relu")], verification.given("heaviside(x)", 1, None), None)
    assert found.outcomes == ["proved"] and "their mean" in str(found.statements[0][1].proof)
    with pytest.raises(InputError):
        verification.given("x", 0, None)


@pytest.mark.parametrize(
    ("item", "derivative", "outcome"),
    [
        (2, "0", "proved"),
        (2.5 * _X, "5/2", "proved"),
        (sympy.tanh(_X), 1 - sympy.tanh(_X) ** 2, "proved"),
        ("x**2", 2, "refuted"),
        ("max(0, x)", sympy.Heaviside(_X), "proved"),
        ("1.5*x", sympy.Float("1.5"), "proved"),
    ],
)
def test_numbers_and_expressions_of_sympy_are_verified(item, derivative, outcome):
    assert propcheck.verify(item, derivative).outcomes == [outcome]


@pytest.mark.parametrize("given", [[], len, {"derivative": "1"}, b"1", True])
def test_what_is_no_formula_is_told(given):
    with pytest.raises(InputError, match="the derivative is a formula in x"):
        propcheck.verify("x", given)


@pytest.mark.parametrize("order", ["1", 1.5, None, True, 0])
def test_what_is_no_order_is_told(order):
    with pytest.raises(InputError, match="a whole number from 1"):
        propcheck.verify("x", "1", order=order)
