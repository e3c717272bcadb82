"""Laws of claims: what is found may be claimed, its neighbours may not, and no number refutes what agrees."""

from __future__ import annotations

import math
from functools import cache
from itertools import permutations
from typing import Any

import pytest
from second_opinion import Function, mp, mpf

from propcheck import claims, criteria
from propcheck.activation import Activation, from_spec
from propcheck.analysis import facts
from propcheck.spec import CLAIMS, Claim, Spec, from_text
from propcheck.verdict import Facts, Number, Verdict

TEXTS = (
    "relu(x)", "exp(x) - 1", "-exp(-x)", "x/(1 + x**2)", "x*sigmoid(x)", "-2*x - sin(x)", "min(max(x, -1), 2)",
    "3 - x**2", "sign(x)*sqrt(abs(x))", "-abs(x) - 1", "heaviside(x)", "sqrt(1 - x**2)",
)  # fmt: skip
AGREES, CONTRADICTS, OPEN = claims.AGREES, claims.CONTRADICTS, claims.OPEN


@cache
def known(text: str) -> tuple[Activation, Facts, tuple[Verdict, ...]]:
    activation = from_spec(from_text(text))
    found = facts(activation)
    return activation, found, tuple(criteria.judge(found))


def outcome(text: str, key: str, said: Any, at: dict[str, str] | None = None, on: tuple[str, ...] = ()) -> str:
    activation, found, verdicts = known(text)
    spec = Spec("f", "x", claims=(Claim(key, said, at=at or {}, on=on),))
    return claims.check(spec, found, verdicts, activation)[0].outcome


def found_at(text: str, key: str) -> Any:
    at: Any = known(text)[1]
    for name in key.split("."):
        at = at.get(name) if at is not None and not isinstance(at, Number) else None
    return at


def keys(kind: str) -> list[str]:
    """The keys of claims on facts that have values of this kind."""
    return [
        key for key, what in CLAIMS.items() if what == kind and ("." in key or key in ("lipschitz", "nonlinearity"))
    ]


@pytest.mark.parametrize("text", TEXTS)
def test_a_number_that_is_found_agrees_and_its_neighbours_do_not(text):
    for key in keys("number"):
        number = found_at(text, key)
        if not isinstance(number, Number) or not number.known:
            continue
        if math.isinf(number.value):
            said = "inf" if number.value > 0 else "-inf"
            other = {"inf": "-inf", "-inf": "inf"}[said]
            assert outcome(text, key, said) == AGREES, key
            assert [outcome(text, key, wrong) for wrong in (other, "5")] == [CONTRADICTS] * 2, key
            continue
        for wrong in ("inf", "-inf", str(number.upper + 1e-3), str(number.lower - 1e-3), str(-2 * number.value - 1.1)):
            assert outcome(text, key, wrong) == CONTRADICTS, (key, wrong)
        if number.lower == number.upper:
            assert outcome(text, key, repr(number.value)) == AGREES, key
        else:
            assert outcome(text, key, repr(number.value)) != AGREES or number.exact == repr(number.value), key


@pytest.mark.parametrize("text", TEXTS)
def test_a_range_that_is_found_agrees_and_no_other_does(text):
    for key in ("range", "derivative_range"):
        fact = known(text)[1][key]
        low, high = fact.get("inf"), fact.get("sup")
        if low is None or high is None or not all(n.lower == n.upper or math.isinf(n.value) for n in (low, high)):
            continue
        ends = [repr(n.value) for n in (low, high)]
        brackets = [fact["inf_attained"], fact["sup_attained"]]
        if None in brackets or ends[0] == ends[1]:
            continue
        if key == "range" and "image" in known(text)[1]:  # the hull of several intervals is not the range
            continue

        def spelt(ends: list[str], closed: list[bool]) -> str:
            return f"{'[' if closed[0] else '('}{ends[0]}, {ends[1]}{']' if closed[1] else ')'}"

        assert outcome(text, key, spelt(ends, brackets)) == AGREES, (key, ends)
        for k in (0, 1):
            if not math.isinf(float(ends[k])):
                turned = [closed != (place == k) for place, closed in enumerate(brackets)]
                assert outcome(text, key, spelt(ends, turned)) == CONTRADICTS, (key, turned)
            wider = [str(float(end) + (2 * place - 1)) if place == k else end for place, end in enumerate(ends)]
            if math.isinf(float(ends[k])):
                wider[k] = ("-1e9", "1e9")[k]
            assert outcome(text, key, spelt(wider, [False, False])) == CONTRADICTS, (key, wider)


WORDS = {
    "smoothness.class": ("C^inf", "C^0", "C^1", "discontinuous"),
    "parity": ("odd", "even", "none"),
    "saturation.left": ("hard", "soft", "none"),
    "saturation.right": ("hard", "soft", "none"),
    "affine": (True, False),
    "range.inf_attained": (True, False),
    "range.sup_attained": (True, False),
    "derivative_range.inf_attained": (True, False),
    "derivative_range.sup_attained": (True, False),
}


@pytest.mark.parametrize("text", TEXTS)
def test_of_the_words_for_a_fact_the_one_that_is_found_agrees(text):
    for key, words in WORDS.items():
        found = found_at(text, key) if "." in key else known(text)[1][key].get("value")
        for word in words if found is not None else ():
            assert outcome(text, key, word) == (AGREES if word == found else CONTRADICTS), (key, word)


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_said_of_signs_and_bounds_follows_from_the_range(text):
    fact = known(text)[1]["range"]
    low, high = fact["inf"].value, fact["sup"].value
    truths = {
        "positive": low > 0 or low == 0 and not fact["inf_attained"],
        "nonnegative": low >= 0,
        "negative": high < 0 or high == 0 and not fact["sup_attained"],
        "nonpositive": high <= 0,
        "both": low < 0 < high,
    }
    for word, truth in truths.items():
        assert outcome(text, "sign", word) == (AGREES if truth else CONTRADICTS), word
    for key, bounded in (("bounded_below", low > -math.inf), ("bounded_above", high < math.inf)):
        for said in (True, False):
            assert outcome(text, key, said) == (AGREES if said == bounded else CONTRADICTS), (key, said)
    smooth = known(text)[1]["smoothness"]["class"] not in ("C^0", "discontinuous")
    smooth = smooth and not known(text)[1]["domain"]["undefined"]
    for said in (True, False):
        assert outcome(text, "differentiable", said) == (AGREES if said == smooth else CONTRADICTS), said


# ---------------------------------------------------------------------------------------------- two functions

SHAPES = ("x", "x**3", "tanh(x)", "x/(1 + abs(x))", "asinh(x)", "exp(x)", "-2*x - sin(x)", "exp(-x) - 3*exp(2*x)")
PAIRS = list(permutations(SHAPES, 2))


def steep(text: str, x: mpf, order: int = 1) -> mpf:
    value = Function(text).derivative(x, order)
    assert value is not None
    return value


def points(low: str, high: str) -> list[mpf]:
    """Points of an interval, none of them special."""
    a, b = mpf(low), mpf(high)
    return [a + (b - a) * (k + mpf("0.377")) / 40 for k in range(40)]


def ahead(one: str, other: str, key: str, at: list[mpf]) -> bool:
    """Is the one ahead at all points, and at the zeros between them?"""
    if key == "slope_above":
        return all(steep(one, x) > steep(other, x) for x in at)
    bends = [steep(one, x, 2) for x in at]
    return len({mp.sign(bend) for bend in bends}) == 1 and all(
        abs(bend) > abs(steep(other, x, 2)) for x, bend in zip(at, bends, strict=True)
    )


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_comparison_of_slopes_is_not_refuted_by_a_point(one, other):
    for key, (low, high) in (("slope_above", ("0.3", "2")), ("slope_falls_faster_than", ("-3", "-0.6"))):
        with mp.workdps(40):
            truth = ahead(one, other, key, points(low, high))
        assert outcome(one, key, other, on=(f"({low}, {high})",)) == (AGREES if truth else CONTRADICTS), key


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_slope_outlasts_another_where_their_ratio_grows_at_both_ends(one, other):
    with mp.workdps(40):
        ratios = [
            [abs(steep(one, side * mpf(10) ** k) / steep(other, side * mpf(10) ** k)) for k in (1, 2, 3)]
            for side in (-1, 1)
        ]
    grows = [last > 5 * middle > 25 * first for first, middle, last in ratios]
    swings = any("sin" in text for text in (one, other))  # such a ratio may have no limit
    said = outcome(one, "slope_outlasts", other)
    assert said == (AGREES if all(grows) else CONTRADICTS) or swings and said == OPEN


@pytest.mark.parametrize("text", SHAPES)
def test_a_bound_on_slopes_agrees_above_the_steepest_point_alone(text):
    for low, high in (("-2", "-1/2"), ("1/4", "3"), ("-1", "2")):
        with mp.workdps(40):
            ends = [mpf(Function(end)(0)) for end in (low, high)]
            steps = [ends[0] + (ends[1] - ends[0]) * mpf(k) / 60 for k in range(61)]
            steps += [mpf(0)] * (ends[0] < 0 < ends[1])  # where softsign is steepest
            most = max(abs(steep(text, x)) for x in steps)
        on = (f"({low}, {high})",)
        assert outcome(text, "slope_at_most", mp.nstr(most * mpf("1.01"), 12), on=on) == AGREES, (low, high)
        assert outcome(text, "slope_at_most", mp.nstr(most * mpf("0.99"), 12), on=on) == CONTRADICTS, (low, high)
