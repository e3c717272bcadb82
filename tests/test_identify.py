"""Which function of the catalogue is this? Each answer is proved, and checked here by another computation."""

import json
import re
from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from propcheck import analyze, compare, load
from propcheck.inquiries.equality import OPEN, PROVED
from propcheck.inquiries.identification import Identification, identify
from propcheck.inquiries.relation import simplest
from propcheck.verdict import InputError

SAME: list[tuple[str, dict[str, dict[str, str]]]] = [
    ("x/(1 + exp(-1.702*x))", {"quick_gelu": {}, "swish": {"beta": "851/500"}}),
    ("x*(1 + erf(x/sqrt(2)))/2", {"gelu": {}}),
    ("gelu(x)", {"gelu": {}}),
    ("2*sigmoid(2*x) - 1", {"tanh": {}, "soft_cap": {"c": "1"}}),
    ("log(1 + exp(x)) - log(2)", {"shifted_softplus": {}}),
    ("exp(x)/(1 + exp(x))", {"sigmoid": {}}),
    ("max(0.2*x, x)", {"leaky_relu": {"a": "1/5"}, "prelu": {"a": "1/5"}}),
    ("0.3*(exp(x) - 1) if x < 0 else x", {"elu": {"a": "3/10"}, "selu": {"alpha": "3/10", "scale": "1"}}),
    ("x if x > 0 else exp(x) - 1", {"elu": {"a": "1"}, "celu": {"alpha": "1"}, "selu": {"alpha": "1", "scale": "1"}}),
    ("x*(atan(sqrt(2)*x/3)/pi + 1/2)", {"xwish": {"beta": "sqrt(2)/3"}}),
    ("x*sigmoid(x*pi/7)", {"swish": {"beta": "pi/7"}}),
    ("x*sigmoid(x*(1 + sqrt(2)))", {"swish": {"beta": "1 + sqrt(2)"}}),
    ("x + sin(3*x)**2/3", {"snake": {"a": "3"}}),
    ("x if abs(x) > 0.7 else 0", {"hardshrink": {"lambd": "7/10"}}),
    ("max(x - 1/3, 0) - max(-x - 1/3, 0)", {"softshrink": {"lambd": "1/3"}}),
    ("x if x > 2 else -1", {"threshold": {"theta": "2", "value": "-1"}}),
    ("(x + sqrt(x**2 + 3))/2", {"squareplus": {"b": "3"}}),
    ("x/sqrt(1 + x**2/9)", {"isru": {"alpha": "1/9"}}),
    ("max(0, x)", {"relu": {}, "elu": {"a": "0"}, "squareplus": {"b": "0"}, "threshold": {"theta": "0", "value": "0"}}),
    ("x", {"linear": {}, "hardshrink": {"lambd": "0"}, "softshrink": {"lambd": "0"}}),
    ("x/2", {"swish": {"beta": "0"}}),
    ("abs(x)", {"absolute": {}, "maxout": {}}),
]
RELATED = {
    "3*tanh(x/2)": "6*sigmoid(x) - 3",
    "-1.7*max(0, -x)": "-17/10*relu(-x)",
    "pi*exp(-x**2) + log(2)": "pi*gaussian(x) + log(2)",
}
# Nearly a function of the catalogue, and yet none.
NOT_THE_SAME = [
    "x*sigmoid(1.702*x) + 1e-70",
    "x*(1 + erf(x/sqrt(2)))/2 if x < 100 else x",
    "max(0, x) if x != 1 else 2",
    "max(1.5*x, x)",
    "tanh(x) if x > -50 else -1",
    "sin(x + 1)",
]


@pytest.mark.parametrize(("text", "expected"), SAME, ids=[text for text, _ in SAME])
def test_the_function_is_found_with_its_parameters(text: str, expected: dict[str, dict[str, str]]) -> None:
    found = identify(text)
    assert {match.outcome for match in found.same} == {PROVED}
    assert {match.name: dict(match.parameters) for match in found.same} == expected
    wanted = load(text)
    for match in found.same:
        other = load(match.name, **match.parameters)
        for point in ("-37/5", "-2/3", "1/11", "8"):
            gap = sympy.N(wanted(sympy.Rational(point)) - other(sympy.Rational(point)), 40)
            assert abs(gap) < 1e-35


@pytest.mark.parametrize(("text", "formula"), RELATED.items())
def test_a_scaled_mirrored_or_shifted_function_is_named(text: str, formula: str) -> None:
    found = identify(text)
    assert found.same == ()
    assert formula in [match.formula for match in found.related]


@pytest.mark.parametrize("text", NOT_THE_SAME)
def test_what_is_nearly_a_known_function_is_not_taken_for_it(text: str) -> None:
    found = identify(text)
    assert found.same == ()
    assert len(found.nearest) == 3
    (name, _), *_ = found.nearest
    witness = found.apart[name]
    ours, theirs = (sympy.N(g(sympy.Rational(witness.x)), 90) for g in (load(text), load(name)))
    assert ours != theirs or witness.x == "100"  # there they differ after 2000 digits
    for value, told in ((ours, witness.left), (theirs, witness.right)):
        assert abs(value - sympy.Rational(told or 0)) < 1e-25
    assert Identification.from_json(found.to_json()) == found


def test_a_value_without_a_short_form_is_open_and_never_a_match() -> None:
    found = identify("x*sigmoid(x*exp(sin(1)) + x*erf(1/3)*log(7)/exp(sqrt(5)))")
    assert found.same == ()
    assert [(match.name, match.outcome) for match in found.unsettled] == [("swish", OPEN)]


@pytest.mark.parametrize("item", [None, ["relu"], {}, b"x", 1j, True, sympy.true])
def test_what_is_no_target_is_refused_in_a_sentence(item: object) -> None:
    for ask in (identify, analyze, lambda it: compare([it, "relu"])):
        with pytest.raises(InputError, match="and a target is a name of the catalogue"):
            ask(item)  # type: ignore[arg-type]


def test_the_time_limit_leaves_the_question_open() -> None:
    found = identify("gelu(x)", time_limit=1e-9)
    assert found.same == ()
    assert found.trouble


def test_the_command_has_a_status_for_found_and_one_for_not_found(propcheck) -> None:
    code, out, err = propcheck("identify", "x/(1+exp(-1.702*x))")
    assert (code, err) == (0, "")
    assert [re.split(r"\s\s+", line) for line in out.splitlines()[4:]] == [
        ["Swish (swish)", "beta = 851/500", "the same", "proved"],
        ["GELU (sigmoid form) (quick_gelu)", "the same", "proved"],
    ]
    code, out, err = propcheck("identify", "3*tanh(x/2)")
    assert (code, err) == (1, "")
    assert "no function of the catalogue was found to be the same" in out
    assert re.search(r"sigmoid +6\*sigmoid\(x\) - 3 +proved\n", out)
    assert "at a distance of" in out and "the nearest" in out


def test_open_has_its_status_under_strict(propcheck) -> None:
    formula = "abs(sin(x))*exp(-x**2)"
    assert propcheck("identify", formula)[0] == 1
    code, out, _ = propcheck("identify", formula, "--strict")
    assert code == 3
    assert "is open" in out


def test_json_has_the_matches(propcheck) -> None:
    code, out, _ = propcheck("identify", "silu", "--json")
    found = json.loads(out)
    assert (code, found["schema"]) == (0, "propcheck.identification/1")
    assert [(match["name"], match["parameters"]) for match in found["same"]] == [
        ("swish", {"beta": "1"}),
        ("eswish", {"b": "1"}),
    ]


@given(st.fractions(Fraction(1, 90), 90, max_denominator=400), st.fractions(0, 1, max_denominator=900))
def test_the_simplest_fraction_of_an_interval_has_the_smallest_denominator(low: Fraction, width: Fraction) -> None:
    high = low + width
    top, bottom = simplest(low, high, 100) or (0, 1)
    assert low <= Fraction(top, bottom) <= high
    assert not any(-(-low * q // 1) <= high * q for q in range(1, bottom))
    assert simplest(low, high, top.bit_length() + bottom.bit_length()) is None
