"""Stated derivatives and antiderivatives, proved or refuted: each right one beside its nearest wrong one."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp
from mpmath import mp, mpf

from propcheck import spec, target
from propcheck.activation import from_spec
from propcheck.analysis import facts
from propcheck.claims.derivative import prove, read
from propcheck.claims.proof import OPEN, PROVED, REFUTED, Proof
from propcheck.spec import CLAIMS
from propcheck.verdict import Fact, Number


def proved(name: str, text: str, order: int = 1, **values: str) -> Proof:
    """What comes of a formula stated of a target."""
    activation = target.activation(name, values)
    return prove(activation, read(activation, text), order)


CASES = [
    # target, order, stated, outcome, what is found
    ("softsign", 1, "(1 - abs(softsign(x)))**2", PROVED, "equal everywhere"),
    ("softsign", 1, "1 - softsign(x)**2", REFUTED, "not equal on"),
    ("softsign", 1, "sign(x)**2*(1 - abs(softsign(x)))**2", REFUTED, "equal on every piece, and wrong at 0"),
    ("tanh", 1, "1 - tanh(x)**2 + (1e-9 if x > 1 and x < 1.001 else 0)", REFUTED, "on (1, 1001/1000)"),
    ("tanh", 1, "1 - tanh(x)**2 + (1 if x == 1/3 else 0)", REFUTED, "wrong at 1/3"),
    ("tanh", 1, "1 - tanh(x)**2 if x > 0 else 1 - tanh(x)**2 if x > -9 else 0", REFUTED, "on (-inf, -9)"),
    ("gelu", 1, "(1 + erf(x/sqrt(2)))/2 + x*exp(-x**2/2)/sqrt(2*pi)", PROVED, "equal everywhere"),
    ("gelu", 2, "(2 - x**2)*exp(-x**2/2)/sqrt(2*pi)", PROVED, "equal everywhere"),
    ("gelu", 2, "(2 - x**3)*exp(-x**2/2)/sqrt(2*pi)", REFUTED, "not equal"),
    ("gelu", 5, "(12*x - x**3 - 6*x)*exp(-x**2/2)/sqrt(2*pi)", REFUTED, "not equal"),
    ("cube", 3, "6", PROVED, "equal everywhere"),
    ("cube", 4, "0", PROVED, "equal everywhere"),
    # at kinks
    ("relu", 1, "1 if x > 0 else 0", PROVED, "the stated 0 is the one on the left, by convention"),
    ("relu", 1, "1 if x >= 0 else 0", PROVED, "the stated 1 is the one on the right, by convention"),
    ("relu", 1, "heaviside(x)", PROVED, "the stated 1/2 is their mean, by convention"),
    ("relu", 1, "1/4 if x == 0 else heaviside(x)", PROVED, "1/4 is between them, a subgradient, by convention"),
    ("relu", 1, "2 if x == 0 else heaviside(x)", REFUTED, "wrong at the kink 0"),
    ("relu", 1, "-1e-9 if x == 0 else heaviside(x)", REFUTED, "wrong at the kink 0"),
    ("relu", 1, "(1 + x/abs(x))/2", PROVED, "at 0 nothing is stated"),
    ("relu", 1, "1 if x > 0 else log(x)", REFUTED, "nothing is stated on (-inf, 0)"),
    ("relu6", 1, "1 if x > 0 and x < 6 else (2 if x == 6 else 0)", REFUTED, "wrong at the kink 6"),
    ("relu", 2, "0", PROVED, "at 0 the slope jumps, and the stated 0 is the limit from both sides"),
    ("relu", 2, "5 if x == 0 else 0", REFUTED, "wrong at the jump 0"),
    ("step", 1, "0", PROVED, "at 0 the function jumps"),
    ("sqrt(abs(x))", 1, "sign(x)/(2*sqrt(abs(x)))", PROVED, "at 0 nothing is stated"),
    ("log(abs(x))", 1, "1/x", PROVED, "equal everywhere"),
    ("x if x != 1 else 7", 1, "1", PROVED, "at 1 the function jumps"),
    # for all values of the parameters
    ("elu", 1, "1 if x >= 0 else a*exp(x)", PROVED, "for every a >= 0 (a = 0 by itself)"),
    ("elu", 1, "1 if x >= 0 else a*exp(x)", PROVED, "the kink vanishes when a = 1"),
    ("elu", 1, "1 if x >= 0 else exp(x)", REFUTED, "a = 1/2"),
    ("elu", 1, "1 if x >= 0 else a*exp(x) + (1/9 if a == 0 else 0)", REFUTED, "a = 0"),
    ("elu", 1, "1 if x >= 0 else a*exp(x) + (1/9 if a > 2 and a < 2.001 else 0)", REFUTED, "a = 4001/2000"),
    ("elu", 1, "7 if x == -3 else (1 if x >= 0 else a*exp(x))", REFUTED, "wrong at -3"),
    ("elu", 1, "7 if x == -a else (1 if x >= 0 else a*exp(x))", REFUTED, "wrong at -1"),
    ("elu", 1, "(1 + a)/2 if x == 0 else (1 if x > 0 else a*exp(x))", PROVED, "is their mean"),
    ("elu", 1, "(1 + 2*a)/3 if x == 0 else (1 if x > 0 else a*exp(x))", PROVED, "a subgradient"),
    ("elu", 1, "2*a if x == 0 else (1 if x > 0 else a*exp(x))", REFUTED, "wrong at"),
    ("trelu", 1, "1 if x >= 0 else a**2*(1 - tanh(a*x)**2)", PROVED, "the kink vanishes when a = 1"),
    ("trelu", 1, "1 if x >= 0 else a*(1 - tanh(a*x)**2)", REFUTED, "a = 1/2"),
    ("swish", 1, "sigmoid(beta*x)*(1 + beta*x*(1 - sigmoid(beta*x)))", PROVED, "beta >= 0 (beta = 0 by itself)"),
    ("swish", 1, "sigmoid(beta*x)*(1 + x*(1 - sigmoid(beta*x)))", REFUTED, "beta ="),
    ("xwish", 1, "arctan(beta*x)/pi + 1/2 + beta*x/(pi*(1 + beta**2*x**2))", PROVED, "for every beta > 0"),
    ("xwish", 1, "arctan(beta*x)/pi + 1/2 + beta*x/(pi*(1 + beta*x**2))", REFUTED, "beta ="),
    ("leaky_relu", 1, "1 if x > 0 else a", PROVED, "for every 0 < a < 1"),
    ("selu", 1, "scale if x > 0 else scale*alpha*exp(x)", PROVED, "vanishes when alpha*scale = scale"),
    ("squareplus", 1, "(1 + x/sqrt(x**2 + b))/2", PROVED, "at 0 nothing is stated (when b = 0)"),
    ("softshrink", 1, "0 if abs(x) < lambd else 1", PROVED, "everywhere but at -lambd and lambd"),
    ("softshrink", 1, "0 if abs(x) < lambd/2 else 1", REFUTED, "not equal"),
    ("threshold", 1, "1 if x > theta else tanh(x) - tanh(x)", PROVED, "for every real theta and real value"),
    ("threshold", 1, "1 if x > theta else tanh(x)", REFUTED, "not equal"),
    ("threshold", 1, "1 if x > theta else 0", PROVED, "for every real theta and real value"),
    ("threshold", 1, "1 if x > 1 else 0", REFUTED, "theta ="),
    # of random functions
    ("rrelu", 1, "1 if x > 0 else a", PROVED, "for every 1/8 < a < 1/3"),
    ("rrelu", 1, "1 if x > 0 else 11/48", PROVED, "compared with the mean over the noise"),
    ("rrelu", 1, "1 if x > 0 else 1/4", REFUTED, "not equal"),
    ("noisy_relu", 1, "heaviside(x)", PROVED, "compared with the mean over the noise"),
    # antiderivatives
    ("relu", -1, "relu(x)**2/2 + 3", PROVED, "equal everywhere"),
    ("relu", -1, "x**2/2 if x > 0 else 1", REFUTED, "continuous, and this one jumps at 0"),
    ("relu", -1, "relu(x)**2", REFUTED, "not equal"),
    ("sign", -1, "abs(x)", PROVED, "equal everywhere"),
    ("sigmoid", -1, "softplus(x)", PROVED, "equal everywhere"),
    ("1/x", -1, "log(abs(x)) + heaviside(x)", PROVED, "equal everywhere"),
    ("elu", -1, "x**2/2 + a if x >= 0 else a*(exp(x) - x)", PROVED, "for every a >= 0"),
    ("elu", -1, "x**2/2 if x >= 0 else a*(exp(x) - x)", REFUTED, "jumps at 0"),
]


@pytest.mark.parametrize(("name", "order", "text", "outcome", "found"), CASES, ids=[f"{c[0]}: {c[2]}" for c in CASES])
def test_what_is_stated_is_proved_or_refuted(name, order, text, outcome, found):
    proof = proved(name, text, order)
    assert (proof.outcome, found in str(proof)) == (outcome, True), proof
    assert (proof.witness is not None) == (outcome == REFUTED)


def test_a_witness_has_thirty_digits_and_holds_at_fifty():
    witness = proved("tanh", "1 - tanh(x)**2 + 1e-9").witness
    assert witness is not None
    with mpmath.workdps(50):
        x = mpf(1) * sp.Rational(witness.x).p / sp.Rational(witness.x).q
        assert abs(mpf(witness.value) - (1 - mp.tanh(x) ** 2)) < mpf(10) ** -30
        assert abs(mpf(witness.stated) - mpf(witness.value) - mpf(10) ** -9) < mpf(10) ** -29
    assert len(witness.value.replace("0.", "").lstrip("0")) >= 30


def test_a_wrong_one_is_refuted_at_the_parameters_at_which_it_is_wrong():
    witness = proved("elu", "1 if x >= 0 else exp(x)").witness
    assert witness is not None and witness.parameters == {"a": "1/2"}
    assert witness.piece == "on (-inf, 0)"


def test_parameters_that_are_held_stand_at_their_values():
    activation = target.activation("elu", {})
    stated = read(activation, "1 if x >= 0 else exp(x)")
    assert prove(activation, stated).outcome == REFUTED
    held = prove(activation, stated, held=("a",))
    assert (held.outcome, held.text) == (PROVED, "equal everywhere when a = 1")


def test_what_cannot_be_compared_is_open():
    assert proved("sin(x)*abs(sin(x))", "2*abs(sin(x))*cos(x)").outcome in (OPEN, PROVED)
    undecided = proved("elu", "1 if x >= 0 else (a*exp(x) if a < 1/1000003 or a > 1/1000003 else 0)")
    assert undecided.outcome != PROVED


@pytest.mark.parametrize("name", [name for name in spec.names() if target.activation(name, {}).values])
def test_the_derivative_found_with_symbols_is_right_for_every_value_in_the_ranges(name):
    activation = target.activation(name, {})
    proof = prove(activation, activation.derivative_expression())
    assert proof.outcome == PROVED and proof.parameters


# ---------------------------------------------------------------------------------------------- claims on other facts

NO_CLAIMS = {"noise.law", "noise.mean", "noise.variance", "cost.relative_time"}  # words, formulas, an estimate
NO_CLAIMS |= {"slope_of_output.formula", "slope_of_output.witness.output"}


def scalars(key: str, value: object):
    """(path, value) of each scalar in a fact."""
    if isinstance(value, Fact):
        for name, item in value.fields.items():
            yield from scalars(f"{key}.{name}", item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from scalars(f"{key}.{name}", item)
    elif isinstance(value, (Number, str, bool, int)):
        yield key.removesuffix(".value") if key.removesuffix(".value") in CLAIMS else key, value


@pytest.mark.parametrize("name", ["sigmoid", "relu6", "rrelu", "elu", "sine"])
def test_every_scalar_among_the_facts_can_be_claimed(name):
    paths = [path for key, fact in facts(from_spec(spec.find(name))).items() for path, _ in scalars(key, fact)]
    assert len(paths) > 40
    assert set(paths) - set(CLAIMS) - NO_CLAIMS == set()


POWERS = [  # formula, range of p, stated, outcome
    ("abs(x)**p", "p > 1", "p*abs(x)**(p - 1)*sign(x)", PROVED),
    ("abs(x)**p", "p > 1", "(p if x > 0 else -p)*abs(x)**(p - 1)", PROVED),
    ("abs(x)**p", "p > 1", "p*abs(x)**(p - 1)", REFUTED),
    ("abs(x)**p", "p > 1", "p*x*abs(x)**(p - 2)", OPEN),  # at 0 nothing is stated where p <= 2
    ("abs(x)**p", "p > 2", "p*x*abs(x)**(p - 2)", PROVED),
    ("abs(x)**p", "p > 2", "(p + 1e-9)*x*abs(x)**(p - 2)", REFUTED),
    ("sign(x)*abs(x)**p", "p > 1", "p*abs(x)**(p - 1)", PROVED),
    ("relu(x)**p", "p > 1", "p*relu(x)**(p - 1)", PROVED),
    ("relu(x)**p", "p > 0", "p*relu(x)**(p - 1)", REFUTED),  # 0**(-1/2) where p is 1/2
    ("x**p if x > 0 else 0", "p > 1", "p*x**(p - 1) if x > 0 else 0", PROVED),
    ("x/(1 + abs(x)**p)**(1/p)", "p > 1", "(1 + abs(x)**p)**(-1 - 1/p)", PROVED),
    ("x/(1 + abs(x)**p)**(1/p)", "p > 1", "(1 + abs(x)**p)**(-1/p)", REFUTED),
    ("(1 + x**2)**p", "", "2*p*x*(1 + x**2)**(p - 1)", PROVED),
]


@pytest.mark.parametrize(("text", "span", "stated", "outcome"), POWERS, ids=[f"{row[0]}: {row[2]}" for row in POWERS])
def test_powers_with_a_symbol_are_settled_for_all_its_values(text, span, stated, outcome):
    ranged = f'range = "{span}"' if span else ""
    item = spec.read(
        f'name = "mine"\nexpression = "{text}"\n[parameters.p]\nrole = "constant"\ndefault = "5/2"\n{ranged}'
    )
    activation = from_spec(item)
    assert prove(activation, read(activation, stated)).outcome == outcome


CLAIMED = """
name = "mine"
expression = "x if x >= 0 else a*x"
[parameters.a]
role = "constant"
default = "1/4"
range = "0 < a < 1"
[claims]
"""
LINES = [
    ('derivative_2 = "0"', "agrees"),
    ('derivative_2 = "1"', "contradicts"),
    ('antiderivative = "x**2/2 if x >= 0 else a*x**2/2"', "agrees"),
    ('antiderivative = "x**2/2 if x >= 0 else a*x**2"', "contradicts"),
    ('derivative = "1 if x >= 0 else 1/4"', "contradicts"),
    ('derivative = {is = "1 if x >= 0 else 1/4", at = {a = "1/4"}}', "agrees"),
    ('value = {is = "-1/4", at = {x = -1}}', "agrees"),
    ('value = {is = "-a*sqrt(2)", at = {x = "-sqrt(2)"}}', "agrees"),
    ('value = {is = "-1/2", at = {x = -1, a = "1/2"}}', "agrees"),
    ('value = {is = "-0.2500000001", at = {x = -1}}', "contradicts"),
    ('"dead_region.mass" = 0', "agrees"),
    ('"cost.saves" = "sign"', "agrees"),
    ('"cost.parameters" = 0', "agrees"),
    ('"cost.value.transcendental" = 0', "agrees"),
    ('"cost.value.mul" = 2', "contradicts"),
    ('"gaussian.mean" = "3/(4*sqrt(2*pi))"', "agrees"),
    ('"gaussian.second_moment" = "17/32"', "agrees"),
    ('"gaussian.elasticity" = 1', "agrees"),
    ('"limits.left.slope" = "a"', "agrees"),
    ('"limits.left.value" = "-inf"', "agrees"),
    ('"smoothness.class" = "C^0"', "agrees"),
    ('"derivative_range.sup" = 1', "agrees"),
    ('"criticality.exists" = true', "agrees"),
]


@pytest.mark.parametrize(("line", "outcome"), LINES, ids=[line for line, _ in LINES])
def test_any_fact_can_be_claimed(line, outcome):
    from propcheck.claims import check

    item = spec.read(CLAIMED + line)
    activation = from_spec(item)
    (finding,) = check(item, facts(activation), (), activation)
    assert finding.outcome == outcome, finding
