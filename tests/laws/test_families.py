"""What is said of a family is true of its members, and leaves none of them out."""

from __future__ import annotations

import random

import pytest
import sympy as sp
from families import check

from propcheck.families.inquiry import Family, family, family_all
from propcheck.verdict import InputError

_FACTS = ("smoothness", "monotonicity", "convexity", "range", "derivative_range", "lipschitz", "limits", "saturation")


@pytest.fixture(scope="module")
def known() -> dict[str, Family]:
    return {
        "elu": family("elu", only=_FACTS),
        "swish": family("swish", only=_FACTS),
        "x if x >= 0 else m*x": family("x if x >= 0 else m*x", {"m": "-2:2"}, only=_FACTS),
        "log(1 + exp(b*x))/b": family("log(1 + exp(b*x))/b", {"b": "1/100:100"}, only=_FACTS),
    }


def test_thresholds_are_exact_and_formulas_hold(known):
    elu = known["elu"]
    assert [part["exact"]["a"] for part in elu["smoothness"]] == [["0", "1"], ["1", "1"], ["1", "inf"]]
    assert [part["value"]["class"] for part in elu["smoothness"]] == ["C^0", "C^1", "C^0"]
    assert [part["value"]["exact"] for part in elu["lipschitz"]] == ["1", "a"]
    assert elu.at("range", a="3")["value"]["inf"]["exact"] == "-a"
    (zero, rest) = known["swish"]["derivative_range"]
    assert zero["exact"]["beta"] == ["0", "0"] and rest["exact"]["beta"] == ["0", "inf"]
    assert rest["value"]["sup"]["value"] == pytest.approx(1.0998393201288668, rel=1e-15)
    hinge = known["x if x >= 0 else m*x"]
    assert {tuple(part["exact"]["m"]) for part in hinge["monotonicity"]} == {("-2", "0"), ("0", "0"), ("0", "2")}


@pytest.mark.parametrize("seed", range(4))
def test_no_member_differs_from_its_family(known, seed):
    draw = random.Random(seed)
    for text, made in known.items():
        (name,) = made.parameters
        value = sp.Rational(str(round(draw.uniform(0.01, 1.9), 3)))
        partial = Family(made.description, made.parameters, made.facts, {}, {})
        asked, wrong = check(partial, text, {name: value}, _FACTS)
        assert asked >= 6 and not wrong


@pytest.mark.parametrize(
    ("text", "over", "values"),
    [
        ("atan(a*x)/a", "1/10:5", ("1/2", "3")),
        ("atan(x)/(5 - a)", "0:4", ("1/2", "4")),
        ("x/(1 + abs(x))/(3 - a) if x > 0 else x", "0:2", ("1/2", "2")),
        ("x if x >= 0 else 2*(exp(x/a) - 1)", "1/10:3", ("1/2", "5/2")),
    ],
)
def test_a_limit_with_the_parameter_in_a_quotient_is_finite(text, over, values):
    keys = ("smoothness", "limits", "asymptotes", "saturation", "derivative_range", "lipschitz")
    made = family(text, {"a": over}, only=keys)
    for value in values:
        asked, wrong = check(made, text, {"a": sp.Rational(value)}, keys)
        assert asked >= 4 and not wrong


@pytest.mark.parametrize(
    ("text", "over", "keys", "values"),
    [
        ("x + a*sin(x)", "0:1/2", "affine monotonicity convexity derivative_range lipschitz", ("1/1000000", "1/2")),
        ("x - a if x > a else (0 if x > -a else x + a)", "0:2", "smoothness monotonicity range", ("1/1000000", "1")),
        ("max(x - a, 0) - a*max(-x - a, 0)", "0:2", "smoothness monotonicity limits lipschitz", ("1/1000000", "3/2")),
        ("a*tanh(x) + (1 - a)*x", "0:1", "affine smoothness monotonicity", ("1/1000000", "999999/1000000")),
        ("x**a", "1/2:5/2", "domain smoothness", ("3/4", "999999/1000000", "1", "2", "9/4")),
        ("abs(x)**a*sign(x)", "1/2:5/2", "affine convexity", ("3/4", "999999/1000000", "1", "2", "9/4")),
        ("max(a*x, x) - 1", "2:inf", "domain affine monotonicity range", ("2", "1000000")),
    ],
)
def test_nothing_is_open_next_to_an_end_at_which_a_family_becomes_another(text, over, keys, values):
    keys = keys.split()
    made = family(text, {"a": over}, only=keys)
    assert set(keys) == set(made.decided)
    for value in values:
        asked, wrong = check(made, text, {"a": sp.Rational(value)}, keys)
        assert asked == len(keys) and not wrong


def test_a_power_of_x_is_not_taken_for_one_that_is_no_polynomial():
    made = family("x**p", {"p": "17/2:23/2"}, only=["domain", "monotonicity"])
    assert {key: made.at(key, p="10")["value"] for key in made.facts} == {"domain": None, "monotonicity": None}
    assert made.at("domain", p="35/4")["value"]["undefined"]


def test_the_parts_leave_no_value_out(known):
    for made in known.values():
        for found in made.facts.values():
            for left, right in zip(found, found[1:], strict=False):
                (name,) = left["exact"]
                assert left["exact"][name][1] == right["exact"][name][0]
                assert left["closed"][1] or right["closed"][0]


def test_two_parameters_have_boxes():
    made = family("x if x >= 0 else (l + u)/2*x", {"l": "0:1", "u": "0:1"}, only=("lipschitz", "monotonicity"))
    assert made.at("lipschitz", l="0.3", u="0.9")["value"]["exact"] == "1"
    assert made.at("monotonicity", l="0.3", u="0.9")["value"]["value"] == "increasing"
    assert made.at("monotonicity", l="0", u="0")["value"]["value"] == "non-decreasing"


def test_several_families_have_the_ranges_that_are_theirs():
    items = ["swish", "x if x >= 0 else m*x", "leaky_relu"]
    made = list(family_all(items, {"beta": "1:2", "m": "0:1"}, only=["monotonicity", "zero_mean"], workers=2))
    assert [one.parameters for one in made] == [{"beta": "1 <= beta <= 2"}, {"m": "0 <= m <= 1"}, {"a": "0 < a < 1"}]
    alone = family("swish", {"beta": "1:2"}, only=["monotonicity", "zero_mean"])
    assert made[0].to_json() == alone.to_json()
    with pytest.raises(InputError, match="none of the targets has a parameter 'q'"):
        list(family_all(items, {"q": "1:2"}))


@pytest.mark.parametrize(
    ("item", "over", "params", "said"),
    [
        ("relu", {}, {}, "no parameters"),
        ("elu", {"a": "5:1"}, {}, "reversed"),
        ("elu", {"a": "1:1"}, {}, "empty"),
        ("elu", {"a": "-1:2"}, {}, "leaves the range"),
        ("elu", {"b": "0:1"}, {}, "no parameter 'b'"),
        ("elu", {"a": "0:1"}, {"a": "1"}, "give one of them"),
        ("elu", {}, {"a": "1"}, "every parameter"),
        ("x*a + b*x**2 + c", {"a": "0:1", "b": "0:1", "c": "0:1"}, {}, "3 parameters"),
    ],
)
def test_a_wrong_range_has_its_sentence(item, over, params, said):
    with pytest.raises(InputError, match=said):
        family(item, over, **params)


def test_a_family_is_read_back_from_its_record(known):
    made = known["elu"]
    again = Family.from_json(made.to_json())
    assert again.to_json() == made.to_json() and again.at("lipschitz", a="2")["value"]["exact"] == "a"


def test_a_family_that_takes_its_whole_range_says_so():
    text = family("elu", only=["image"])._repr_markdown_()
    assert "the whole range is taken" in text and "intervals none" not in text


def test_formulas_in_two_parameters_are_written_shortly():
    found = family("a*x if x >= 0 else b*x", {"a": "1:2", "b": "0:1"}, only=["lipschitz"])
    said = {part["value"]["exact"] for part in found["lipschitz"] if part["value"]}
    assert said == {"1", "2", "a"}
