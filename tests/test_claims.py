"""Claims against facts built by hand, each right one paired with its nearest wrong one; then the paper's own."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import mpmath
import pytest
import sympy as sp

from propcheck import claims, criteria, spec
from propcheck.activation import Activation, from_spec
from propcheck.claims import from_facts, from_pieces
from propcheck.inquiries.questions import QUESTIONS, ask
from propcheck.inquiries.questions import facts as all_facts
from propcheck.language import X, parse
from propcheck.spec import CLAIMS, Claim, Spec
from propcheck.verdict import Fact, Facts, Number, Standing, Verdict

INF = math.inf
PROVED, ENCLOSED, OPEN = Standing.PROVED, Standing.ENCLOSED, Standing.OPEN


def exact(text: str, value: float) -> Number:
    """A number with its exact form."""
    if math.isinf(value):
        return Number(value, value, value, text, PROVED)
    return Number(value, math.nextafter(value, -INF), math.nextafter(value, INF), text, PROVED)


def within(value: float, radius: float = 1e-12) -> Number:
    return Number(value, value - radius, value + radius, None, ENCLOSED)


ZERO, ONE = Number(0.0, 0.0, 0.0, "0", PROVED), Number(1.0, 1.0, 1.0, "1", PROVED)
INFINITE = exact("oo", INF)
UNKNOWN = Number.missing("was not found")
NONE = Number.missing("does not exist", PROVED)


def ranged(key: str, inf: Number, sup: Number, low: bool | None, high: bool | None, **more: Number) -> Fact:
    """The fact `range` or `derivative_range`."""
    fields = {"inf": inf, "sup": sup, "inf_attained": low, "sup_attained": high, "argmin": None, "argmax": None}
    return Fact(key, PROVED, fields | more)


# A function much like the sigmoid, with a mean that is only enclosed.
FACTS = Facts(
    {
        "domain": Fact("domain", PROVED, {"undefined": []}),
        "smoothness": Fact("smoothness", PROVED, {"class": "C^inf", "kinks": []}),
        "affine": Fact("affine", PROVED, {"value": False}),
        "parity": Fact("parity", OPEN),
        "monotonicity": Fact("monotonicity", PROVED, {"value": "increasing"}),
        "range": ranged("range", ZERO, ONE, False, False),
        "derivative_range": ranged("derivative_range", ZERO, exact("1/4", 0.25), False, True, argmax=ZERO),
        "lipschitz": exact("1/4", 0.25),
        "limits": Fact(
            "limits", PROVED, {"left": {"value": ZERO, "slope": ZERO}, "right": {"value": ONE, "slope": NONE}}
        ),
        "saturation": Fact("saturation", PROVED, {"left": "soft", "right": "soft"}),
        "zero_region": Fact("zero_region", PROVED, {"intervals": [], "mass": ZERO}),
        "dead_region": Fact("dead_region", OPEN),
        "gaussian": Fact(
            "gaussian",
            ENCLOSED,
            {"mean": within(0.5), "variance": UNKNOWN, "second_moment": exact("exp(-1)/sqrt(pi)", 0.20755374871029736)},
        ),
        "nonlinearity": within(0.01),
        "cost": Fact("cost", PROVED, {"saves": "output"}),
    }
)
VERDICTS = tuple(
    Verdict(number, key, word, PROVED, ("a reason",))
    for number, (key, word) in enumerate(
        {"differentiability": "holds", "zero_mean": "partly", "dead_units": "fails", "cost": "open"}.items()
    )
)

CASES = [
    # key, claimed, outcome
    ("range", "(0, 1)", "agrees"),
    ("range", "[0, 1)", "contradicts"),
    ("range", "(0, 2)", "contradicts"),
    ("range", "(-inf, 1)", "contradicts"),
    ("derivative_range", "(0, 1/4]", "agrees"),
    ("derivative_range", "(0, 0.25]", "agrees"),
    ("derivative_range", "(0, 1/4)", "contradicts"),
    ("derivative_range.sup", "1/4", "agrees"),
    ("derivative_range.sup", "0.2500000000000001", "contradicts"),
    ("derivative_range.sup_attained", True, "agrees"),
    ("derivative_range.sup_attained", False, "contradicts"),
    ("range.argmax", "0", "contradicts"),
    ("lipschitz", "0.25", "agrees"),
    ("lipschitz", "inf", "contradicts"),
    ("limits.left.value", "0", "agrees"),
    ("limits.right.value", "0", "contradicts"),
    ("limits.right.slope", "0", "contradicts"),
    ("gaussian.mean", "1/2", "open"),
    ("gaussian.mean", "0.51", "contradicts"),
    ("gaussian.variance", "1", "open"),
    ("gaussian.second_moment", "exp(-1)/sqrt(pi)", "agrees"),
    ("gaussian.second_moment", "1/(e*sqrt(pi))", "agrees"),
    ("gaussian.second_moment", "0.20755374871029736", "contradicts"),
    ("nonlinearity", "0.01", "open"),
    ("dead_region.mass", "0", "open"),
    ("zero_region.mass", "0", "agrees"),
    ("zero_region.mass", "1/2", "contradicts"),
    ("affine", False, "agrees"),
    ("affine", True, "contradicts"),
    ("parity", "odd", "open"),
    ("monotonicity", "increasing", "agrees"),
    ("monotonicity", "non-decreasing", "agrees"),
    ("monotonicity", "non-increasing", "contradicts"),
    ("smoothness.class", "C^inf", "agrees"),
    ("smoothness.class", "C^0", "contradicts"),
    ("saturation.left", "soft", "agrees"),
    ("saturation.left", "hard", "contradicts"),
    ("cost.saves", "output", "agrees"),
    ("cost.saves", "sign", "contradicts"),
    ("sign", "positive", "agrees"),
    ("sign", "nonnegative", "agrees"),
    ("sign", "negative", "contradicts"),
    ("sign", "both", "contradicts"),
    ("bounded_below", True, "agrees"),
    ("bounded_above", False, "contradicts"),
    ("differentiable", True, "agrees"),
    ("differentiable", False, "contradicts"),
    ("differentiability", "holds", "agrees"),
    ("differentiability", "+", "agrees"),
    ("differentiability", "-", "contradicts"),
    ("differentiability", "partly", "contradicts"),
    ("zero_mean", "+", "agrees"),
    ("zero_mean", "holds", "contradicts"),
    ("zero_mean", "-", "contradicts"),
    ("dead_units", "-", "agrees"),
    ("dead_units", "+", "contradicts"),
    ("cost", "-", "open"),
    ("prose", "it is widely liked", "open"),
]


def named(name: str) -> Activation:
    return from_spec(spec.find(name))


def examined(claim: Claim, activation: Activation, facts: Facts = FACTS) -> claims.Finding:
    (finding,) = claims.check(Spec("f", "x", claims=(claim,)), facts, VERDICTS, activation)
    return finding


@pytest.mark.parametrize(("key", "claimed", "outcome"), CASES, ids=[f"{key}-{value}" for key, value, _ in CASES])
def test_a_claim_on_a_fact(key, claimed, outcome):
    finding = examined(Claim(key, claimed), named("sigmoid"))
    assert finding.outcome == outcome, finding
    assert (finding.standing is OPEN) == (outcome == "open")
    assert finding.found or finding.reason


def test_an_end_that_is_attained_is_told_with_its_place():
    finding = examined(Claim("derivative_range", "(0, 1/4)"), named("sigmoid"))
    assert (finding.found, finding.reason) == ("(0, 1/4]", "the sup is attained, at 0")


def test_an_end_without_a_decided_bracket_is_open():
    facts = Facts(dict(FACTS) | {"range": ranged("range", ZERO, ONE, None, False)})
    assert examined(Claim("range", "(0, 1)"), named("sigmoid"), facts).outcome == "open"
    assert examined(Claim("range", "(0, 2)"), named("sigmoid"), facts).outcome == "contradicts"
    assert examined(Claim("sign", "positive"), named("sigmoid"), facts).outcome == "open"


def test_the_standing_is_that_of_what_was_found():
    assert examined(Claim("gaussian.mean", "0.51"), named("sigmoid")).standing is ENCLOSED
    assert examined(Claim("lipschitz", "1/4"), named("sigmoid")).standing is PROVED


def test_a_finding_rests_on_what_it_was_concluded_from_and_on_no_more():
    enclosed = replace(ranged("range", ZERO, within(1), False, False), standing=ENCLOSED)
    facts = Facts(dict(FACTS) | {"range": enclosed})
    for key, claimed, outcome, standing in (
        ("sign", "nonnegative", "agrees", PROVED),  # inf = 0 is known exactly
        ("sign", "positive", "agrees", ENCLOSED),  # and so is that it is not attained, which the fact tells
        ("range", "(1/2, 2)", "contradicts", PROVED),  # the inf alone refutes it
        ("range", "(0, 2)", "contradicts", ENCLOSED),
    ):
        finding = examined(Claim(key, claimed), named("sigmoid"), facts)
        assert (finding.outcome, finding.standing) == (outcome, standing), (key, claimed)


def test_no_facts_leave_every_claim_on_a_fact_open():
    sigmoid = named("sigmoid")
    for key, claimed, _ in CASES:
        if key not in criteria_keys():
            assert examined(Claim(key, claimed), sigmoid, Facts({})).outcome == "open", key


def criteria_keys() -> set[str]:
    return {page.KEY for page in criteria.PAGES}


# ---------------------------------------------------------------------------------------------- decided from the pieces

PIECES = [
    # activation, key, claimed, at, on, outcome
    ("relu", "slope", "1", {"x": "1"}, (), "agrees"),
    ("relu", "slope", "1", {"x": "-1"}, (), "contradicts"),
    ("relu", "slope", "1", {"x": "0"}, (), "contradicts"),
    ("relu", "slope.right", "1", {"x": "0"}, (), "agrees"),
    ("relu", "slope.left", "1", {"x": "0"}, (), "contradicts"),
    ("leaky_relu", "slope.left", "a", {"x": "0"}, (), "agrees"),
    ("leaky_relu", "slope.left", "1/10", {"x": "0", "a": "0.1"}, (), "agrees"),
    ("leaky_relu", "slope.left", "1/10", {"x": "0", "a": "0.2"}, (), "contradicts"),
    ("leaky_relu", "slope.left", "2", {"x": "0", "a": "2"}, (), "open"),
    ("sigmoid", "slope", "exp(1)/(1 + exp(1))^2", {"x": "1"}, (), "agrees"),
    ("sigmoid", "slope_at_most", "1/20", {}, ("(-inf, -3)", "(3, inf)"), "agrees"),
    ("sigmoid", "slope_at_most", "1/20", {}, ("(-inf, -2)",), "contradicts"),
    ("sigmoid", "slope_at_most", "1/4", {}, (), "agrees"),
    ("softsign", "slope_outlasts", "tanh", {}, (), "agrees"),
    ("tanh", "slope_outlasts", "softsign", {}, (), "contradicts"),
    ("softsign", "slope_above", "tanh", {}, ("(2, inf)",), "agrees"),
    ("softsign", "slope_above", "tanh", {}, ("(1, inf)",), "contradicts"),
    ("relu_softsign", "slope_above", "relu_softplus", {}, ("(-1/4, 0)",), "agrees"),
    ("relu_softsign", "slope_above", "relu_softplus", {}, ("(-1, 0)",), "contradicts"),
    ("relu_softsign", "slope_falls_faster_than", "relu_softplus", {}, ("(-1/2, 0)",), "agrees"),
    ("relu_softplus", "slope_falls_faster_than", "relu_softsign", {}, ("(-1/2, 0)",), "contradicts"),
    ("tanh", "slope_above", "tanh", {}, (), "contradicts"),
    ("elu", "equals", "relu(x)", {}, ("[0, inf)",), "agrees"),
    ("elu", "equals", "relu(x)", {}, (), "contradicts"),
    ("elu", "equals", "relu(x)", {"a": "0"}, (), "agrees"),
    ("swish", "equals", "relu(x)", {"beta": "oo"}, (), "agrees"),
    ("swish", "equals", "x", {"beta": "oo"}, (), "contradicts"),
    ("swish", "equals", "x/2", {"beta": "0"}, (), "agrees"),
    ("trelu", "equals", "x", {"a": "oo"}, (), "open"),
    ("sigmoid", "equals", "(1 + tanh(x/2))/2", {}, (), "agrees"),
    ("maxout", "piecewise_linear", True, {}, (), "agrees"),
    ("elu", "piecewise_linear", True, {}, (), "contradicts"),
]


@pytest.mark.parametrize(
    ("name", "key", "claimed", "at", "on", "outcome"),
    PIECES,
    ids=[f"{row[0]}-{row[1]}-{n}" for n, row in enumerate(PIECES)],
)
def test_a_claim_on_the_formula(name, key, claimed, at, on, outcome):
    finding = examined(Claim(key, claimed, at=at, on=on), named(name))
    assert finding.outcome == outcome, finding


# formula, key, claimed, where, outcome
OF_FORMULAS = [
    ("x", "slope_outlasts", "log(x)", {}, (), "open"),  # which is not defined on the left
    ("log(x)", "slope_outlasts", "x", {}, (), "contradicts"),  # decided on the right
    ("x**3", "slope_outlasts", "sqrt(x)", {}, (), "open"),
    ("x**3", "slope_outlasts", "x", {}, (), "agrees"),
    ("-x**3", "slope_outlasts", "x", {}, (), "agrees"),
    ("exp(x)", "slope_outlasts", "x", {}, (), "contradicts"),
    ("exp(-x)", "slope_outlasts", "x", {}, (), "contradicts"),
    ("x", "slope_outlasts", "relu(x)", {}, (), "contradicts"),
    ("x**3", "slope_outlasts", "tan(x)", {}, (), "open"),
    ("sqrt(abs(x))*sign(x)", "slope", "5", {"x": "0"}, (), "contradicts"),
    ("sqrt(abs(x))*sign(x)", "slope", "oo", {"x": "0"}, (), "agrees"),
    ("-sqrt(abs(x))*sign(x)", "slope", "oo", {"x": "0"}, (), "contradicts"),
    ("-sqrt(abs(x))*sign(x)", "slope", "-oo", {"x": "0"}, (), "agrees"),
    ("sqrt(abs(x))", "slope", "0", {"x": "0"}, (), "contradicts"),
    ("sqrt(abs(x))", "slope.left", "0", {"x": "0"}, (), "contradicts"),
    ("sqrt(abs(x))", "slope.right", "oo", {"x": "0"}, (), "agrees"),
    ("exp(x) if x != 0 else -1", "value", "-1", {"x": "0"}, (), "agrees"),
    ("exp(x) if x != 0 else -1", "value", "1", {"x": "0"}, (), "contradicts"),
    ("exp(x) if x != 0 else -1", "equals", "exp(x)", {}, (), "contradicts"),
    ("exp(x) if x != 0 else -1", "equals", "exp(x)", {}, ("(0, inf)",), "agrees"),
    ("acosh(cosh(x))", "equals", "x", {}, (), "contradicts"),
    ("acosh(cosh(x))", "equals", "x", {}, ("(-inf, 0)",), "contradicts"),
    ("sin(x)/x if x != 0 else 1", "equals", "sin(x)/x", {}, (), "agrees"),
    ("sin(x)/x if x != 0 else 0", "equals", "sin(x)/x", {}, (), "contradicts"),
]


@pytest.mark.parametrize(("text", "key", "claimed", "at", "on", "outcome"), OF_FORMULAS)
def test_a_claim_on_a_formula_with_a_bad_point_or_two_unlike_ends(text, key, claimed, at, on, outcome):
    finding = examined(Claim(key, claimed, at=at, on=on), named_expression(text))
    assert finding.outcome == outcome, finding


@pytest.mark.parametrize(
    ("text", "other", "on"),
    [
        ("acosh(cosh(x))", "x", "(0, inf)"),
        ("acosh(cosh(x))", "-x", "(-inf, 0)"),
        ("acosh(cosh(x - 3))", "x - 3", "(3, inf)"),
        ("asin(sin(x))", "x", "(-1, 1)"),
        ("atan(1/x) + atan(x)", "pi/2", "(0, inf)"),
        ("atan(1/x) + atan(x)", "-pi/2", "(-inf, 0)"),
    ],
)
def test_what_holds_on_an_interval_only_is_not_refuted_by_points_outside(text, other, on):
    assert examined(Claim("equals", other, on=(on,)), named_expression(text)).outcome != "contradicts"
    assert examined(Claim("equals", other), named_expression(text)).outcome != "agrees"


RANGES = {key: question for key, question in QUESTIONS if key in ("range", "image")}


@pytest.mark.parametrize(
    ("text", "claimed", "outcome"),
    [
        ("1/(exp(x) - 2)", "(-inf, inf)", "contradicts"),
        ("sign(x)", "[-1, 1]", "contradicts"),
        ("1/(x**2 - 1) + 1/(x - 3)", "(-inf, inf)", "agrees"),
        ("x if x < 0 else x - 1", "(-inf, inf)", "agrees"),
        ("sin(x)/x + 1/x", "(-inf, inf)", "agrees"),
    ],
)
def test_a_hull_is_not_the_range(text, claimed, outcome):
    activation = named_expression(text)
    known = {key: ask(question, key, activation) for key, question in RANGES.items()}
    facts = Facts({key: fact for key, fact in known.items() if fact is not None})
    finding = examined(Claim("range", claimed), activation, facts)
    assert finding.outcome == outcome, finding


def test_two_slopes_that_differ_late_are_told_in_as_many_digits():
    finding = examined(Claim("slope_above", "x + 1e-20*x"), named_expression("x"))
    assert finding.outcome == "contradicts"
    assert finding.found.split()[1] != finding.reason.split()[0]


def test_a_refuted_equation_names_a_point():
    finding = examined(Claim("equals", "max(0, x) if x > -7 else 1/8"), named("relu"))
    assert finding.outcome == "contradicts"
    assert "x = " in finding.reason


def test_an_equation_may_fail_at_a_single_point():
    assert examined(Claim("equals", "heaviside(x)"), named_expression("1 if x > 0 else 0")).outcome == "contradicts"
    assert examined(Claim("equals", "sign(x)**2"), named_expression("0 if x == 0 else 1")).outcome == "agrees"


def named_expression(text: str) -> Activation:
    return from_spec(spec.from_text(text))


def test_every_key_that_can_be_claimed_has_its_question():
    known = {**from_pieces.OF_THE_FORMULA, **from_facts.OF_THE_FACTS}
    assert all(key in known or kind in known for key, kind in CLAIMS.items())


# ---------------------------------------------------------------------------------------------- the paper


@cache
def paper(name: str) -> tuple[Activation, tuple[claims.Finding, ...]]:
    """A function of the paper, and what came of its claims."""
    item = spec.find(name)
    activation = from_spec(item)
    facts = all_facts(activation)
    return activation, claims.check(item, facts, criteria.judge(facts), activation)


PAPER = [name for name, item in spec.catalogue().items() if item.paper is not None]

# All that the paper says and the formulas deny: function, key, at, what it says.
DENIED = {
    ("sigmoid", "derivative_range", "(0, 1/4)"),
    ("sigmoid", "zero_mean", "+"),
    ("tanh", "derivative_range", "(0, 1)"),
    ("relu", "slope", "1"),
    ("noisy_relu", "dead_units", "+"),
    ("relu6", "slope", "0"),
    ("relu6", "limits.right.value", "0"),
    ("elu", "dead_units", "+"),
    ("relu_softplus", "convergence", "-"),
    ("xwish", "monotonicity", "none"),
    ("softsign", "slope_above", "tanh"),
    ("tanh", "gradient_flow", "-"),  # few signals get where it is flat
    ("tanh", "convergence", "-"),
    ("sigmoid", "sparsity", "-"),  # many outputs are nearly 0 or 1 at its critical initialisation
    ("sigmoid", "cost", "-"),  # 4 times ReLU's time; tanh and softplus 2.4 times
    ("tanh", "cost", "-"),
    ("softplus", "cost", "-"),
}


def test_what_the_paper_says_and_the_formulas_deny():
    found = {
        (name, finding.claim.key, finding.claim.value)
        for name in PAPER
        for finding in paper(name)[1]
        if finding.outcome == "contradicts"
    }
    assert found == DENIED


def test_only_prose_stays_open():
    for name in PAPER:
        for finding in paper(name)[1]:
            assert (finding.outcome == "open") == (finding.claim.key == "prose"), finding


DISAGREEMENTS: list[tuple[str, str, Mapping[str, str], str, str]] = [
    # function, key, at, part of what was found, part of the reason
    ("sigmoid", "derivative_range", {}, "(0, 1/4]", "the sup is attained, at 0"),
    ("tanh", "derivative_range", {}, "(0, 1]", "the sup is attained, at 0"),
    ("relu6", "limits.right.value", {}, "6", ""),
    ("relu", "slope", {"x": "0"}, "no slope", "0 on the left, 1 on the right"),
    ("relu6", "slope", {"x": "0"}, "no slope", "0 on the left, 1 on the right"),
    ("elu", "dead_units", {"a": "0"}, "fails", "the slope is 0 on (-inf, 0]"),
]


@pytest.mark.parametrize(("name", "key", "at", "found", "reason"), DISAGREEMENTS)
def test_a_disagreement_of_the_paper_comes_out_with_the_value_found(name, key, at, found, reason):
    (finding,) = [finding for finding in paper(name)[1] if (finding.claim.key, dict(finding.claim.at)) == (key, at)]
    assert finding.outcome == "contradicts"
    assert found in finding.found and reason in finding.reason


def test_what_the_paper_says_twice_and_differently_is_found():
    found = claims.paper_findings([paper(name) for name in PAPER])
    said = {str(finding.claim.value) for finding in found}
    assert any(text.startswith("sigmoid: - (section 1.1) and + (section 2)") for text in said)
    assert any(text.startswith("Noisy ReLU: - (section 1.2) and + (section 2)") for text in said)
    assert {finding.outcome for finding in found} == {"contradicts"}


def test_a_function_of_which_nothing_is_said_twice_contradicts_nothing():
    assert claims.paper_findings([paper("relu")]) == ()


def test_findings_can_be_written_as_json():
    for finding in paper("sigmoid")[1]:
        written = json.loads(json.dumps(finding.to_json()))
        assert written["outcome"] in ("agrees", "contradicts", "open")
        assert written["claimed"] == finding.claim.value


# ---------------------------------------------------------------------------------------------- beside the verdicts


def outcome(key: str, word: str) -> claims.Finding:
    return claims.Finding(Claim(key, "+"), word, "", PROVED)


@pytest.mark.parametrize(
    ("words", "together"),
    [
        ((), None),
        (("agrees",), "agrees"),
        (("agrees", "agrees"), "agrees"),
        (("agrees", "contradicts", "open"), "contradicts"),
        (("agrees", "open"), "open"),
    ],
)
def test_several_claims_on_one_criterion_count_as_the_worst(words, together):
    elsewhere = claims.Finding(Claim("cost", "+", at={"a": "0"}), "contradicts", "", PROVED)
    findings = [*(outcome("cost", word) for word in words), outcome("parity", "contradicts"), elsewhere]
    verdicts = claims.attach(VERDICTS, findings)
    assert {verdict.key: verdict.claim for verdict in verdicts}["cost"] == together
    assert {verdict.claim for verdict in verdicts if verdict.key != "cost"} == {None}


# ---------------------------------------------------------------------------------------------- what a profile asks

ASKED = [  # formula, key, claimed, outcome
    ("relu(x)", "lipschitz_continuous", True, "agrees"),
    ("relu(x)", "lipschitz_continuous", False, "contradicts"),
    ("x**2", "lipschitz_continuous", True, "contradicts"),
    ("sign(x)", "lipschitz_continuous", True, "contradicts"),  # its slope is 0, and its value jumps
    ("sqrt(abs(x))", "lipschitz_continuous", True, "contradicts"),
    ("x*cos(x)", "lipschitz_continuous", True, "contradicts"),
    ("x if x > 0 else log(-1 - x**2)", "lipschitz_continuous", True, "contradicts"),  # half of the line alone
    ("x", "nonlinearity_at_least", "2**-46", "contradicts"),
    ("x + 1e-12*abs(x)", "nonlinearity_at_least", "2**-46", "contradicts"),
    ("tanh(x/1000)", "nonlinearity_at_least", "2**-46", "agrees"),
    ("3 + 0*x", "nonlinearity_at_least", "2**-46", "contradicts"),
    ("relu(x)", "nonlinearity_at_least", "0.2665", "agrees"),
    ("relu(x)", "nonlinearity_at_least", "0.2666", "contradicts"),
    ("relu(x)", "nonlinearity_at_least", "sqrt(2)", "open"),
    ("relu(x)", "constant_share_at_most", "0.3183", "contradicts"),  # 1/pi
    ("relu(x)", "constant_share_at_most", "0.3184", "agrees"),
    ("tanh(x)", "constant_share_at_most", "0", "agrees"),
    ("0*x", "constant_share_at_most", "0", "agrees"),
    ("heaviside(x)", "constant_share_at_most", "1/2", "agrees"),
    ("exp(x**2)", "constant_share_at_most", "1/2", "open"),
    ("0*x", "degree_at_most", "0", "agrees"),
    ("x", "degree_at_most", "0", "contradicts"),
    ("x**4/2 - x", "degree_at_most", "4", "agrees"),
    ("x**4/2 - x", "degree_at_most", "3", "contradicts"),
    ("(x**3 + x)/(x**2 + 1)", "degree_at_most", "1", "agrees"),
    ("(sqrt(6) - sqrt(2)*sqrt(3))*x**5 + x", "degree_at_most", "1", "agrees"),
    ("x**2/(x**2 + 1)", "degree_at_most", "4", "contradicts"),
    ("x*tanh(log(1+exp(x)))", "degree_at_most", "4", "contradicts"),
    ("relu(x)", "degree_at_most", "4", "contradicts"),
    ("exp(x)", "degree_at_most", "999999999", "open"),
    ("x**100", "degree_at_most", "100", "agrees"),
    ("x**2 if x > 0 else x*x", "degree_at_most", "2", "agrees"),
    ("x**2 if x != 1 else 2", "degree_at_most", "2", "contradicts"),
    ("sqrt(x)**2", "degree_at_most", "1", "contradicts"),
    ("sin(x)", "slope_above", "0", "contradicts"),  # again and again, and 2 is one of the places
    ("x + sin(x)**2", "slope_above", "0", "contradicts"),  # it touches 0 at 3 pi/4, and is never below
    ("2*x + sin(x)", "slope_above", "0", "agrees"),
    ("x*cos(x)", "slope_at_most", "2", "contradicts"),
    ("x*cos(x)", "slope_above", "0", "contradicts"),
    ("sin(x)", "slope_above", "-x", "contradicts"),  # which it touches at odd multiples of pi
]  # fmt: skip


def asked_of(claim: Claim, formula: str) -> claims.Finding:
    activation = named_expression(formula)
    rests_on = ("domain", "smoothness", "lipschitz", "gaussian", "nonlinearity")
    found = {key: ask(dict(QUESTIONS)[key], key, activation) for key in rests_on}
    return examined(claim, activation, Facts({key: fact for key, fact in found.items() if fact is not None}))


@pytest.mark.parametrize(("formula", "key", "claimed", "outcome"), ASKED, ids=str)
def test_what_a_profile_asks_is_answered(formula, key, claimed, outcome):
    finding = asked_of(Claim(key, claimed), formula)
    assert finding.outcome == outcome, finding


@pytest.mark.parametrize("name", ["rrelu", "noisy_relu"])
def test_what_is_random_is_no_polynomial_where_its_mean_is_none(name):
    assert examined(Claim("degree_at_most", "4"), named(name)).outcome == "contradicts"


@pytest.mark.parametrize("formula", ["relu(x)", "sigmoid(x)", "softplus(x)", "x*sigmoid(x)", "cos(x)", "exp(x)"])
def test_the_share_of_the_constant_is_that_of_integrals_by_mpmath(formula):
    g = sp.lambdify(X, parse(formula), "mpmath")
    mean, square = (mpmath.quad(lambda x, n=n: g(x) ** n * mpmath.npdf(x), [-12, -4, 0, 4, 12]) for n in (1, 2))
    found = asked_of(Claim("constant_share_at_most", "1"), formula)
    assert float(found.found) == pytest.approx(float(mean**2 / square), rel=1e-5)
